"""Slips: what the user said by mistake is taken back, what was put away is opened again, what cannot be is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor import knowledge
from monitor.run import orders, pages, saying, undoing, wishes
from monitor.run.orders import StatementRefused
from monitor.run.rebuild import rebuild
from monitor.types import Event, Money, Order, Source
from tests import browser, post, web_world
from tests.post import NOW
from tests.web_world import fill, order_mail


@pytest.fixture
def page(tmp_path: Path) -> Iterator[browser.Page]:
    with browser.Page(tmp_path, language="ko", now=NOW, user=web_world.user()) as made:
        fill(made, [order_mail()])
        yield made


def order(page: browser.Page) -> Order:
    (view,) = orders.orders(page.store, page.config, None, NOW)
    return view.order


def say(page: browser.Page, client: httpx.Client, **fields: str) -> httpx.Response:
    return page.post(client, f"/orders/{order_id(page)}/say", **fields)


def order_id(page: browser.Page) -> str:
    return next(event.order_id for event in page.store.events() if event.mail)


def test_a_refund_said_by_mistake_is_taken_back_with_a_click_and_stays_so(
    chromium: Any, page: browser.Page
) -> None:  # fmt: skip
    client = page.client()
    say(page, client, verb="refunded", value="20000")
    assert order(page).given_back is not None
    with page.open(chromium, f"/orders/{order_id(page)}", size=browser.PHONE) as tab:
        tab.get_by_role("button", name="잘못 적었습니다, 취소").click()
        tab.locator(".timeline del", has_text="환불받음").wait_for()
        assert browser.axe(tab) == [] and not browser.overflows(tab)
    assert order(page).given_back is None
    rebuild(page.store, page.config, knowledge.load(), now=NOW)
    assert order(page).given_back is None
    assert [event.kind for event in page.store.statements()] == ["refunded", "taken_back"]  # both stay on record
    assert say(page, client, verb="undo").status_code == 422  # nothing is left to take back


def test_a_refund_that_was_told_of_and_never_came_is_said_with_a_click(chromium: Any, page: browser.Page) -> None:
    refunded = post.mail(
        "한빛상점 <order@hanbit-shop.co.kr>", "[한빛상점] 환불이 완료되었습니다",
        f"환불이 완료되었습니다.\n주문번호: {order(page).number}\n환불금액: 1,000원\n", NOW - timedelta(days=3),
    )  # fmt: skip
    fill(page, [refunded])
    assert order(page).given_back is not None
    with page.open(chromium, f"/orders/{order_id(page)}", size=browser.PHONE) as tab:
        tab.get_by_role("button", name="환불받지 못했습니다").first.click()
        tab.locator(".timeline", has_text="환불받지 못함").wait_for()
        assert browser.axe(tab) == [] and not browser.overflows(tab)
    assert order(page).refund_missing_at is not None


def test_a_word_that_cannot_be_is_not_called_taken_back(page: browser.Page) -> None:
    client = page.client()
    mail, said = order(page).events[0].mail, {"value": "1e9"}
    # as an older version took it
    page.store.append_event(Event("old", order_id(page), NOW, "refunded", Source.USER, mail, payload=said))
    say(page, client, verb="refunded", value="20000")
    say(page, client, verb="undo")
    text = client.get(f"/orders/{order_id(page)}").text
    assert text.count("쓸 수 없는 값이라 반영하지 않음") == 1 and text.count(">취소함<") == 1


def test_a_closed_and_a_put_off_order_are_opened_again(page: browser.Page) -> None:
    client = page.client()
    for verb, value in (("closed", "lost"), ("closed", "solved"), ("snooze", "2026-12-24")):
        say(page, client, verb=verb, value=value)
        away = order(page)
        assert away.closed_at is not None or away.snoozed_until is not None
        assert ("미루기 취소" if verb == "snooze" else "다시 열기") in client.get(f"/orders/{away.id}").text
        assert say(page, client, verb="reopen").status_code == 303
        rebuild(page.store, page.config, knowledge.load(), now=NOW)
        back = order(page)
        assert back.closed_at is None and back.snoozed_until is None
    assert say(page, client, verb="reopen").status_code == 422


def test_what_was_no_order_is_one_again(chromium: Any, page: browser.Page) -> None:
    client = page.client()
    key = order_id(page)
    assert say(page, client, verb="not-an-order").headers["location"] == f"/orders/{key}"
    rebuild(page.store, page.config, knowledge.load(), now=NOW)
    assert orders.orders(page.store, page.config, None, NOW) == []
    with page.open(chromium, "/orders", size=browser.PHONE) as tab:
        tab.get_by_role("link", name="주문이 아닌 것으로 표시한 항목").click()
        tab.get_by_role("button", name="주문이 맞습니다, 되돌리기").wait_for()
        assert browser.axe(tab) == [] and not browser.overflows(tab)
        tab.get_by_role("button", name="주문이 맞습니다, 되돌리기").click()
        tab.get_by_role("heading", name="한빛상점").first.wait_for()
    assert order(page).id == key
    assert "20261102-0001" in client.get("/orders").text


def test_the_command_line_opens_and_takes_back_too(page: browser.Page) -> None:
    def tell(verb: str, value: str | None = None) -> Event:
        return saying.say(page.store, page.config, "20261102-0001", verb, value, now=NOW)

    tell("closed", "lost")
    tell("reopen")
    assert order(page).closed_at is None
    tell("arrived")
    tell("undo")
    assert order(page).delivered_at is None
    tell("not-an-order")
    tell("reopen")
    assert order(page).number == "20261102-0001"
    with pytest.raises(StatementRefused):
        tell("reopen")


def test_all_came_back_means_the_rest_and_more_than_was_paid_is_a_slip(page: browser.Page) -> None:
    client = page.client()
    assert say(page, client, verb="refunded", value="2000").status_code == 303
    refused = say(page, client, verb="refunded", value="200000")
    assert refused.status_code == 422 and "결제하신 금액보다 많아집니다" in refused.text
    for slip in ("0", "1e3", "2000 USD", "9" * 40, "-5"):
        assert say(page, client, verb="refunded", value=slip).status_code == 422, slip
    say(page, client, verb="refunded")
    found = order(page).given_back
    assert found is not None and int(found.amount) == 31000


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("total", "9" * 40), ("total", "25.50 XXX"), ("total", "1e9"), ("placed_at", "9999-12-31"),
        ("placed_at", "1999-01-01"), ("placed_at", "2026-12-24"), ("dispatch_by", "9999-12-31"),
        ("promised_by", "0001-01-01"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_and_changes_nothing(page: browser.Page, field: str, value: str) -> None:
    client = page.client()
    before = order(page)
    refused = say(page, client, verb="set", field=field, value=value)
    assert refused.status_code == 422 and 'role="alert"' in refused.text
    assert order(page) == before


def test_deeds_and_delays_have_days_that_can_be(page: browser.Page) -> None:
    client = page.client()
    assert say(page, client, verb="did", value="inquiry", on="9999-12-31").status_code == 422
    assert say(page, client, verb="did", value="inquiry", on="2026-11-28").status_code == 422  # still to come
    assert say(page, client, verb="snooze", value="2020-01-01").status_code == 422
    assert page.store.statements() == []


def test_a_value_of_that_kind_from_before_keeps_nothing_from_being_shown(page: browser.Page) -> None:
    """Such rows can lie in a store: the forms took them once."""
    key, mail = order_id(page), order(page).events[0].mail
    for number, payload in enumerate(
        (
            {"field": "total", "value": "9" * 40 + " KRW"}, {"field": "placed_at", "value": "9999-12-31"},
            {"field": "dispatch_by", "value": "9999-12-31"},
        )
    ):  # fmt: skip
        at = NOW + timedelta(seconds=number)
        page.store.append_event(Event(wishes.new_id(), key, at, "set", Source.USER, mail=mail, payload=payload))
    page.store.append_event(
        Event(
            wishes.new_id(),
            key,
            NOW,
            "contact",
            Source.USER,
            mail=mail,
            payload={"rung": "inquiry", "day": "9999-12-31"},
        )
    )
    pages.refresh(page.store, page.config, now=NOW)
    client = page.client()
    for path in ("/", "/orders", "/statistics", f"/orders/{key}", "/api/v1/orders", "/api/v1/counts"):
        assert client.get(path).status_code == 200, path
    assert undoing.can_be_taken_back(page.store.events_of([key])[key]) == frozenset()
    assert re.search(r"31,000", client.get("/orders").text)


def test_a_correction_that_is_refused_stands_where_it_was_typed_with_the_reason(
    chromium: Any, page: browser.Page
) -> None:
    with page.open(chromium, f"/orders/{order_id(page)}", size=browser.PHONE) as tab:
        tab.locator("summary", has_text="고치기 금액").click()
        field = tab.get_by_label("금액", exact=True)
        field.fill("삼만천원쯤")
        field.press("Enter")
        field = tab.locator("[aria-invalid=true]")
        field.wait_for()
        assert field.input_value() == "삼만천원쯤" and field.is_visible()  # in an open fold, without a click
        assert tab.evaluate("document.activeElement.getAttribute('aria-invalid')") == "true"
        assert "금액으로 읽을 수 없습니다" in tab.locator(f"#{field.get_attribute('id')}-wrong").inner_text()
        assert browser.axe(tab) == [] and not browser.overflows(tab)


def test_what_was_logged_is_not_lost_with_a_case_number_that_cannot_be(page: browser.Page) -> None:
    client = page.client()
    (draft,) = page.store.drafts()
    typed = {"verb": "did", "on": "2026-11-19", "by": "phone", "person": "상담원 박", "note": "내일 답한다고 함"}
    typed["case"] = "<<< 4111 1111 1111 1111 >>>"
    rung = draft.rung
    for path, more in ((f"/orders/{order_id(page)}/say", {"value": rung}), (f"/drafts/{draft.id}/did", {})):
        refused = page.post(client, path, **typed, **more)
        assert refused.status_code == 422
        for kept in ('value="2026-11-19"', 'value="상담원 박"', "내일 답한다고 함", '<option value="phone" selected>'):
            assert kept in refused.text, (path, kept)
        assert "4111 1111" not in refused.text


def test_the_day_of_arrival_and_that_of_the_cards_debit_can_be_told(page: browser.Page) -> None:
    client = page.client()
    shown = client.get(f"/orders/{order_id(page)}").text
    for day in ("delivered_on", "card_payment_due_date"):
        assert f'<option value="{day}">' in shown
    assert say(page, client, verb="set", field="card_payment_due_date", value="2026-12-14").status_code == 303
    assert "다음 카드 결제일: 2026년 12월 14일" in client.get(f"/orders/{order_id(page)}").text
    assert say(page, client, verb="set", field="delivered_on", value="2026-11-18").status_code == 303
    assert order(page).delivered_at is not None


def test_a_closed_order_says_how_it_was_closed(page: browser.Page) -> None:
    client = page.client()
    say(page, client, verb="closed", value="lost")
    shown = client.get(f"/orders/{order_id(page)}").text
    assert re.search(r'종결한 주문입니다[^<]*<span class="badge warn">포기</span>', shown)
    say(page, client, verb="reopen")
    say(page, client, verb="closed", value="solved")
    assert '<span class="badge good">해결됨</span>' in client.get(f"/orders/{order_id(page)}").text


def test_a_sum_is_taken_as_it_is_said_and_told_with_its_currency(page: browser.Page) -> None:
    client = page.client()
    for typed in ("7만2천원", "칠만이천", "72,000"):
        assert say(page, client, verb="set", field="total", value=typed).status_code == 303, typed
        assert order(page).total == Money(Decimal(72_000), "KRW")
        shown = client.get(f"/orders/{order_id(page)}").text
        assert re.search(r'<span class="note">[^<]*72,000원', shown), typed
        page.post(client, f"/orders/{order_id(page)}/say", verb="undo")
    assert say(page, client, verb="refunded", value="2천원").status_code == 303
    assert order(page).given_back == Money(Decimal(2_000), "KRW")
