"""With a phone and no sending server: a letter is copied field by field, a slip is taken back where it is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import browser, web_sample
from tests.web_sample import NOW

LAMPS, CUPS = "NL-40418", "5002877"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[browser.Page]:
    with web_sample.page(tmp_path) as served:
        yield served


def order_id(page: browser.Page, number: str) -> str:
    return next(row.id for row in page.store.page_orders(limit=500)[0] if row.number == number)


def test_a_letter_that_is_sent_by_hand_is_copied_field_by_field_on_a_phone(chromium: Any, page: browser.Page) -> None:
    order = order_id(page, LAMPS)
    draft = next(one for one in page.store.undecided_drafts(50, 0)[0] if one.order_id == order)
    options: Any = {"permissions": ["clipboard-read", "clipboard-write"]}
    with page.open(chromium, f"/drafts/{draft.id}", size=browser.PHONE, **options) as tab:
        by_hand = tab.get_by_role("button", name="직접 복사해서 보내기")
        assert "primary" in (by_hand.get_attribute("class") or "")  # the one way there is
        by_hand.click()
        tab.get_by_role("heading", name="직접 보내시는 편지입니다").wait_for()
        tab.get_by_role("button", name="복사 내용").click()
        assert tab.evaluate("navigator.clipboard.readText()") == draft.body
        link = tab.get_by_role("link", name="메일 앱에서 새 편지 열기").get_attribute("href")
        assert link is not None and link.startswith(f"mailto:{draft.to}?subject=Request%20to%20deliver%20my%20order")
        assert browser.axe(tab) == [] and not browser.overflows(tab)
        browser.shot(tab, "copied-390")
        tab.goto(f"{page.url}/orders/{order}")
        step = tab.locator(".ladder li[aria-current=step]")
        assert step.get_by_role("link", name="보낼 글 보기").get_attribute("href") == f"/drafts/{draft.id}"
        assert step.get_by_role("button").count() == 0  # no second text for what is on its way
        browser.shot(tab, "order-copied-390")


def test_an_answer_that_was_a_slip_is_taken_back_right_where_it_was_given(chromium: Any, page: browser.Page) -> None:
    order = order_id(page, CUPS)
    with page.open(chromium, "/", size=browser.PHONE) as tab:
        row = tab.locator("li", has=tab.locator(f"a[href='/orders/{order}']"))
        row.get_by_role("button", name="도착했습니다").click()
        told = tab.get_by_role("status")
        told.get_by_role("button", name="되돌리기").click()
        tab.wait_for_url(f"**/orders/{order}")
        tab.get_by_text("도착했습니까").wait_for()
    assert [event.kind for event in page.store.statements()] == ["arrived", "taken_back"]
    with page.open(chromium, f"/orders/{order}", size=browser.PHONE) as tab:
        tab.get_by_role("navigation", name="이 화면의 내용").get_by_role("link", name="이 주문에 대해 알리기").click()
        told_there = tab.locator("#say")
        told_there.wait_for()
        box = told_there.bounding_box()
        assert box is not None and -5 <= box["y"] < browser.PHONE[1]
        tab.get_by_role("button", name="반품했습니다").click()
        tab.get_by_role("status").get_by_role("button", name="되돌리기").click()
        tab.get_by_text("취소했습니다").wait_for()
        assert browser.axe(tab) == [] and not browser.overflows(tab)


def test_no_mail_is_moved_by_a_click_without_a_choice(page: browser.Page) -> None:
    order = order_id(page, LAMPS)
    mail = next(event.mail for event in page.store.events(order) if event.mail)
    client = page.client()
    path = f"/orders/{order}/mails/{mail}"
    assert '<option value="">' in client.get(path).text
    refused = page.post(client, f"{path}/move", to="", number="")
    assert refused.status_code == 422 and "골라 주십시오" in refused.text
    assert page.store.page_home(mail) == order and page.now() == NOW
