"""Mails that were linked wrongly, orders that are one: the page asks, says where the mail is, offers to undo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.run import orders
from monitor.run.orders import OrderView
from tests import browser, post, web_world
from tests.post import NOW, at
from tests.web_world import fill, order_mail

OTHER_SHOP = "주문해 주셔서 감사합니다.\n주문번호: B-778899\n상품명: 우산\n총 결제금액: 12,000원\n결제수단: 신용카드\n"


def umbrella() -> bytes:
    return post.mail(
        "우산가게 <order@umbrella-shop.co.kr>", "[우산가게] 주문이 접수되었습니다", OTHER_SHOP, at(4), id_="u@u"
    )


@pytest.fixture
def page(tmp_path: Path) -> Iterator[browser.Page]:
    with browser.Page(tmp_path, language="ko", now=NOW, user=web_world.user()) as made:
        fill(made, [order_mail(1), order_mail(2, at(3)), post.shipped(2, at(6)), umbrella()])
        yield made


def views(page: browser.Page) -> dict[str | None, OrderView]:
    return {view.order.number: view for view in orders.orders(page.store, page.config, None, NOW)}


def mails(view: OrderView) -> list[str]:
    return [event.mail for event in view.order.events if event.mail and event.reading is not None]


def test_orders_of_two_sellers_are_joined_only_after_a_question_and_taken_apart_with_a_click(
    chromium: Any, page: browser.Page
) -> None:
    first, umbrella_order = (views(page)[number].order.id for number in ("20261102-0001", "B-778899"))
    with page.open(chromium, f"/orders/{first}", size=browser.PHONE) as tab:
        tab.get_by_text("다른 주문과 같은 주문입니다").click()
        tab.get_by_label("다른 주문의 주문번호나 관리번호").fill("b778899")
        tab.get_by_role("button", name="합치기", exact=True).click()
        asked = tab.get_by_role("alert")
        asked.get_by_text("한빛상점").wait_for()
        assert "우산가게 · B-778899" in asked.inner_text()
        assert browser.axe(tab) == [] and not browser.overflows(tab)
        assert len(views(page)) == 3
        asked.get_by_role("button", name="그래도 합치기").click()
        done = tab.get_by_role("status")
        done.get_by_text("하나로 합쳤습니다").wait_for()
        assert browser.axe(tab) == [] and not browser.overflows(tab)
        assert set(views(page)) == {"20261102-0001", "20261102-0002"}
        done.get_by_role("button", name="되돌리기").click()
        tab.get_by_role("status").get_by_role("link", name="B-778899").wait_for()
    assert {number: view.order.id for number, view in views(page).items()}["B-778899"] == umbrella_order
    assert "B-778899" in page.client().get("/orders").text


def test_orders_of_one_seller_are_joined_without_a_question(page: browser.Page) -> None:
    client = page.client()
    first = views(page)["20261102-0001"].order.id
    joined = page.post(client, f"/orders/{first}/say", verb="same-as", value="20261102-0002")
    assert joined.status_code == 303
    assert set(views(page)) == {"20261102-0001", "B-778899"}


def test_after_a_mail_was_split_off_the_page_leads_to_its_new_order_and_back(chromium: Any, page: browser.Page) -> None:
    second = views(page)["20261102-0002"]
    parcel = mails(second)[1]
    with page.open(chromium, f"/orders/{second.order.id}/mails/{parcel}") as tab:
        tab.get_by_label("이 메일은").select_option("own")
        tab.locator("form[action$=move]").get_by_role("button").click()
        told = tab.get_by_role("status")
        told.get_by_role("link", name="한빛상점").click()
        tab.wait_for_url(f"**/orders/{page.store.page_home(parcel)}")
        assert len(orders.orders(page.store, page.config, None, NOW)) == 4
        tab.go_back()
    client = page.client()
    (said,) = page.store.statements(kinds=["split"])
    undone = page.post(client, f"/orders/{second.order.id}/say", verb="undo", value=said.id)
    assert undone.status_code == 303 and mails(views(page)["20261102-0002"]) == mails(second)


def test_a_mail_is_told_to_belong_to_an_order_of_another_seller_by_its_number(page: browser.Page) -> None:
    client = page.client()
    second = views(page)["20261102-0002"]
    parcel = mails(second)[1]
    path = f"/orders/{second.order.id}/mails/{parcel}"
    for unknown in ("Z-1", "  -  ", "x" * 80):
        refused = page.post(client, f"{path}/move", to="none", number=unknown)
        assert refused.status_code == 422 and "하나로 정해지지 않습니다" in refused.text
        assert f'value="{unknown}"' in refused.text and f'action="{path}/move"' in refused.text  # still at the mail
    assert page.post(client, f"{path}/move", to="none", number=" b 778899 ").status_code == 303
    assert mails(views(page)["B-778899"])[-1] == parcel and mails(views(page)["20261102-0002"]) == mails(second)[:1]


def test_the_question_where_a_mail_belongs_takes_a_number_too(tmp_path: Path) -> None:
    from tests.test_web_which import delay

    with browser.Page(tmp_path, language="ko", now=NOW, user=web_world.user()) as page:
        fill(page, [order_mail(1), order_mail(2, at(3)), umbrella(), delay()])
        asking = next(view for view in views(page).values() if view.judgement.asks == "which_order")
        mail = next(q.partition(":")[2] for q in asking.order.questions if q.startswith("which_order:"))
        client = page.client()
        path = f"/orders/{asking.order.id}/which"
        assert page.post(client, path, mail=mail, to="other", number="").status_code == 422
        assert page.post(client, path, mail=mail, to="other", number="B-778899").status_code == 303
        assert mail in mails(views(page)["B-778899"])
        assert not [view for view in views(page).values() if view.judgement.asks == "which_order"]


def test_the_command_line_says_that_two_sellers_were_joined_and_how_to_undo_it(
    page: browser.Page, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from monitor.cli import stories

    first = views(page)["20261102-0001"].order.id
    stories.say(page.store, page.config, first, "same-as", "20261102-0002", NOW, {})
    assert "undo" not in capsys.readouterr().out
    stories.say(page.store, page.config, first, "same-as", "B-778899", NOW, {})
    told = capsys.readouterr().out
    assert "우산가게" in told and f"refund-monitor say {views(page)['20261102-0001'].order.id} undo" in told
