"""What a look at every page found: facts that stay in their columns, no sentence twice, days of today by their name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor import render
from monitor.run import cases, orders
from monitor.run import today as first_page
from monitor.store.words import StoreError
from monitor.web.pages import settings
from tests import browser, post, web_sample, web_world
from tests.web_sample import NOW


@pytest.fixture
def page(tmp_path: Path) -> Iterator[browser.Page]:
    with web_sample.page(tmp_path) as served:
        yield served


def test_a_store_that_cannot_be_used_is_told_on_a_page_with_a_way_back(
    page: browser.Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise StoreError("the file is locked")

    client = page.client()
    monkeypatch.setattr(settings, "respond", broken)
    answer = client.get("/settings", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (503, "text/html; charset=utf-8")
    assert "the file is locked" in answer.text and 'href="/"' in answer.text
    plain = client.get("/settings")
    assert plain.status_code == 503 and plain.headers["content-type"].startswith("text/plain")


def test_what_another_page_sent_is_refused_with_a_way_to_the_first_page(page: browser.Page) -> None:
    answer = page.client().post("/answer", headers={"accept": "text/html", "origin": "https://elsewhere.example"})
    assert answer.status_code == 403 and 'href="/"' in answer.text


@pytest.mark.parametrize(("language", "one", "six"), [("ko", "일시불", "6개월"), ("en", "in one payment", "6 months")])
def test_instalments_are_told_in_words(language: str, one: str, six: str) -> None:
    assert (render.instalments(1, language), render.instalments(6, language)) == (one, six)


def test_the_facts_of_an_order_with_two_parcels_stay_in_their_columns(chromium: Any, page: browser.Page) -> None:
    """A value without a name of its own (the second parcel) must not push the next ones out of their places."""
    with_two = next(v for v in orders.orders(page.store, page.config, None, NOW) if len(v.order.parcels) > 1)
    for size in (browser.WIDE, browser.PHONE):
        with page.open(chromium, f"/orders/{with_two.order.id}", size=size) as tab:
            widths = tab.evaluate("[...document.querySelectorAll('.known dd')].map(one => one.clientWidth)")
            assert len(widths) > 8 and min(widths) > 200, widths


def test_steps_that_do_not_apply_are_folded_and_a_text_that_is_there_is_not_offered_anew(page: browser.Page) -> None:
    late = next(v for v in orders.orders(page.store, page.config, None, NOW) if v.order.seller.name == "한빛상회")
    client = page.client()
    text = client.get(f"/orders/{late.order.id}").text
    ladder = text[text.index('<ol class="ladder">') : text.index("</ol>", text.index('<ol class="ladder">'))]
    now = ladder[ladder.index("aria-current") : ladder.index("</li>", ladder.index("aria-current"))]
    assert "해당 없음" not in ladder and "해당 없는 단계" in text
    assert "/drafts/" in now and "/prepare" not in now


def test_a_closed_order_says_so_once(page: browser.Page) -> None:
    client = page.client()
    order = orders.orders(page.store, page.config, None, NOW)[0].order.id
    page.post(client, f"/orders/{order}/say", verb="closed", value="lost")
    text = client.get(f"/orders/{order}").text
    assert text.count('value="reopen"') == 1 and 'id="next"' not in text


def test_the_currency_of_most_orders_comes_first(page: browser.Page) -> None:
    view = first_page.today(page.store, page.config, now=NOW, limit=5)
    counts = [count for _, count in view.stake]
    assert len(counts) > 2 and counts == sorted(counts, reverse=True) and view.stake[0][0].currency == "KRW"


def test_an_order_whose_payment_failed_leads_to_what_can_be_done(tmp_path: Path) -> None:
    text = "결제에 실패했습니다.\n주문번호: UM-77\n상품명: 만년필\n결제금액: 46,000원\n결제수단: 신용카드\n"
    failed = post.mail("우리문구 <order@urimungu.example>", "[우리문구] 결제 실패 안내", text, post.at(19))
    with browser.Page(tmp_path, language="ko", now=post.NOW, user=web_world.user()) as page:
        web_world.fill(page, [failed])
        (view,) = orders.orders(page.store, page.config, None, post.NOW)
        (case,) = cases.cases(page.store, page.config, now=post.NOW)
        assert f'href="/cases/{case.id}"' in page.client().get(f"/orders/{view.order.id}").text


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_menu_is_one_line_on_a_phone(chromium: Any, tmp_path: Path, language: str) -> None:
    with browser.Page(tmp_path, language=language) as page, page.open(chromium, "/", size=browser.PHONE) as tab:
        tops = tab.eval_on_selector_all(".menu a", "all => [...new Set(all.map(a => a.getBoundingClientRect().top))]")
        assert len(tops) == 1
        assert not browser.overflows(tab)
        ends = tab.eval_on_selector_all(".menu a", "all => Math.max(...all.map(a => a.getBoundingClientRect().right))")
        assert ends <= browser.PHONE[0]
