"""A mail that fits several orders is a question with the mail beside it; every answer holds, and asks no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor import knowledge
from monitor.run import orders, saying
from monitor.run.orders import OrderView
from monitor.run.rebuild import rebuild
from tests import browser, post, web_world
from tests.post import NOW, at
from tests.web_world import fill, order_mail

LATE = "[한빛상점] 배송 지연 안내"


def delay() -> bytes:
    text = "주문하신 상품의 배송이 지연되고 있습니다. 11월 25일까지 발송하겠습니다.\n"
    return post.mail("한빛상점 <order@hanbit-shop.co.kr>", LATE, text, at(6), id_="late@hanbit", extra=web_world.PROOF)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[browser.Page]:
    with browser.Page(tmp_path, language="ko", now=NOW, user=web_world.user()) as made:
        fill(made, [order_mail(1), order_mail(2, at(3)), delay()])
        yield made


def views(page: browser.Page) -> dict[str | None, OrderView]:
    return {view.order.number: view for view in orders.orders(page.store, page.config, None, NOW)}


def kinds(page: browser.Page, number: int) -> list[str]:
    return [event.kind for event in views(page)[f"20261102-{number:04d}"].order.events if event.reading is not None]


def asking(page: browser.Page) -> list[str | None]:
    return [number for number, view in views(page).items() if view.judgement.asks == "which_order"]


def mail_in_doubt(page: browser.Page) -> str:
    (identity,) = {
        question.partition(":")[2] for view in views(page).values() for question in view.order.questions
    }  # fmt: skip
    return identity


def test_the_question_shows_its_mail_and_takes_it_where_the_user_says(chromium: Any, page: browser.Page) -> None:
    assert set(asking(page)) == {None, "20261102-0002"}  # at the order that it opened, and at the newest that it fits
    first, lone = (views(page)[number].order.id for number in ("20261102-0001", None))
    with page.open(chromium, f"/orders/{lone}", size=browser.PHONE) as tab:
        question = tab.get_by_role("group", name="이 메일은 어느 주문에 관한 것입니까?")
        question.get_by_role("link", name=LATE).wait_for()
        assert browser.axe(tab) == [] and not browser.overflows(tab)
        question.get_by_role("radio", name="20261102-0001").check()
        tab.locator("form", has=question).get_by_role("button").click()
        tab.wait_for_url(f"**/orders/{first}")
        tab.get_by_text("메일을 옮김").first.wait_for()
    for _ in range(2):
        assert asking(page) == [] and None not in views(page)
        assert kinds(page, 1) == ["order_confirmation", "delayed"] and kinds(page, 2) == ["order_confirmation"]
        rebuild(page.store, page.config, knowledge.load(), now=NOW)


def test_the_same_answer_is_taken_at_the_other_order_that_asks(page: browser.Page) -> None:
    second, mail = views(page)["20261102-0002"].order.id, mail_in_doubt(page)
    client = page.client()
    assert LATE in client.get(f"/orders/{second}").text
    answer = page.post(client, f"/orders/{second}/which", mail=mail, to=second)
    assert answer.status_code == 303
    assert asking(page) == [] and kinds(page, 2) == ["order_confirmation", "delayed"] and None not in views(page)
    assert LATE in client.get(f"/orders/{second}").text  # in its story now


@pytest.mark.parametrize("to, left", [("own", 3), ("none", 2)])
def test_an_order_of_its_own_and_none_are_answers_too_and_can_be_taken_back(
    page: browser.Page, to: str, left: int
) -> None:
    second, mail = views(page)["20261102-0002"].order.id, mail_in_doubt(page)
    lone = views(page)[None].order.id
    client = page.client()
    assert page.post(client, f"/orders/{second}/which", mail=mail, to=to).status_code == 303
    assert len(views(page)) == left
    assert asking(page) == []
    if to == "own":
        slip = next(event for event in views(page)[None].order.events if event.kind == "split")
        assert page.post(client, f"/orders/{lone}/say", verb="undo", value=slip.id).status_code == 303
        assert set(asking(page)) == {None, "20261102-0002"}


def test_joining_the_two_orders_that_it_fits_ends_the_question(page: browser.Page) -> None:
    first, second = (views(page)[f"20261102-000{n}"].order.id for n in (1, 2))
    client = page.client()
    assert page.post(client, f"/orders/{second}/say", verb="same-as", value=first).status_code == 303
    client.get("/orders")
    assert asking(page) == []


def test_a_mail_that_is_not_asked_about_cannot_be_placed(page: browser.Page) -> None:
    first, mail = views(page)["20261102-0001"].order.id, mail_in_doubt(page)
    assert page.post(page.client(), f"/orders/{first}/which", mail=mail, to=first).status_code == 422
    second = views(page)["20261102-0002"].order.id
    for to in ("", "nonsense", views(page)[None].order.id):
        assert page.post(page.client(), f"/orders/{second}/which", mail=mail, to=to).status_code == 422


def own(day: int, text: str) -> bytes:
    return post.mail(f"김민지 <{post.ME}>", "주문 20261102-0001", text, at(day), to=web_world.SHOP)


def test_the_page_asks_whether_a_withdrawal_still_stands_and_a_step_marked_as_done_answers(tmp_path: Path) -> None:
    with browser.Page(tmp_path, language="ko", now=NOW, user=web_world.user()) as made:
        gone = own(3, "주문번호 20261102-0001 주문을 취소하겠습니다. 환불해 주세요.\n")
        fill(made, [order_mail(1), gone, own(4, "주문번호 20261102-0001 건입니다. 그냥 보내 주시면 좋겠습니다.\n")])
        (order,) = [view.order for view in views(made).values()]
        client = made.client()
        assert "취소하지 않은 주문으로 봅니다" in client.get(f"/orders/{order.id}").text
        saying.say(
            made.store, made.config, order.id, "did", "kr-ecom-17-1-withdraw", now=NOW, details={"on": "2026-11-03"}
        )
        (order,) = [view.order for view in views(made).values()]
        assert order.questions == () and order.withdrawal is not None
