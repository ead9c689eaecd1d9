"""A right that may end soon: told where it is decided on, with the way to its text, also while an answer is awaited."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.run import pages, texts
from tests import browser, post, web_world
from tests.post import NOW, at

RIGHT = "kr-install-16-defence"


@pytest.fixture
def page(tmp_path: Path) -> Iterator[browser.Page]:
    """An order by instalments that came late while the program watched; the days of the card are not known."""
    text = (
        "주문해 주셔서 감사합니다.\n주문번호: 20261102-0001\n상품명: 공기청정기\n총 결제금액: 690,000원\n"
        f"결제수단: 신용카드 (할부 6개월)\n문의: {web_world.SHOP}\n"
    )
    mail = post.mail(
        "한빛상점 <order@hanbit-shop.co.kr>", "[한빛상점] 주문이 접수되었습니다", text, at(5), id_="one@hanbit",
        extra=web_world.PROOF,
    )  # fmt: skip
    with browser.Page(tmp_path, language="ko", now=NOW, user=web_world.user()) as made:
        web_world.fill(made, [mail], now=at(6))
        made.store.set_setting("import.heard_until", NOW.isoformat())
        texts.refresh_drafts(made.store, made.config, now=NOW)
        pages.refresh(made.store, made.config, now=NOW)
        yield made


def asked_the_seller(page: browser.Page) -> str:
    """The inquiry was made by telephone today; returns the order."""
    (draft,) = [one for one in page.store.drafts() if one.status == "ready"]
    done = page.post(page.client(), f"/drafts/{draft.id}/did", verb="did", on="2026-11-20", by="phone")
    assert done.status_code == 303
    return draft.order_id


def test_the_first_page_leads_to_the_text_of_a_right_that_may_end_while_an_answer_is_awaited(
    chromium: Any, page: browser.Page
) -> None:
    order = asked_the_seller(page)
    found = pages.one(page.store, order)
    assert found is not None and found.mood == "wait" and found.closing is not None and found.closing.rung == RIGHT
    with page.open(chromium, "/", size=browser.PHONE) as tab:
        assert "한빛상점" not in tab.inner_text("section[aria-labelledby=soon]")  # it stands in one place
        assert tab.inner_text(".figures .value >> nth=0") == "1"
        tab.click("section[aria-labelledby=act] button:has-text('글 준비: 할부항변권 행사')")
        tab.wait_for_url("**/drafts/*")
        assert "할부항변권 행사" in tab.inner_text("h1")


def test_the_page_of_a_draft_says_from_when_until_when_and_what_comes_first(page: browser.Page) -> None:
    order = asked_the_seller(page)
    client = page.client()
    shown = client.get(f"/orders/{order}").text
    assert "다음 단계보다 먼저 끝날 수 있는 것이 있습니다: 할부항변권 행사, 다음 카드 결제일 전까지" in shown
    draft = page.post(client, f"/orders/{order}/prepare", rung=RIGHT).headers["location"]
    text = client.get(draft).text
    assert "다음 카드 결제일 전까지(결제일을 아직 알 수 없음)" in text and "늦어도 11월 20일" not in text
    assert "먼저 진행할 단계: 청약철회·환불 요청" in text
    assert "[[cards]]" in text
    listed = client.get("/drafts").text
    assert "할부항변권 행사: 다음 카드 결제일 전까지" in listed and "늦어도 오늘" not in listed


def test_the_day_of_the_cards_debit_makes_an_assumed_last_day_exact(chromium: Any, page: browser.Page) -> None:
    (draft,) = page.store.drafts()
    with page.open(chromium, f"/orders/{draft.order_id}") as tab:
        tab.get_by_label("다음 카드 결제일").fill("2026-12-14")
        tab.locator("form", has=tab.get_by_label("다음 카드 결제일")).get_by_role("button").click()
        tab.locator(".ladder", has_text="늦어도 12월 13일 (일)까지").wait_for()
        assert "늦어도 11월 20일" not in tab.inner_text("main")
