"""Statistics: sums per currency, days per rung, sellers by reliability, months; and the chart that is drawn of them."""

from __future__ import annotations

import re
import struct
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from monitor import digest as digests
from monitor import render, statistics
from monitor.digest import DigestInput, MonthSums
from monitor.run import statistics as gathering
from monitor.types import Event, Judgement, Kind, Money, Order, Seller, Source
from tests import browser
from tests.cast import HANBIT, NORTH, reading

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)  # noon in Seoul
WON = Money(Decimal(30000), "KRW")


def order(name: str, *, seller: Seller = HANBIT, days: float = 0, paid: Money | None = WON, **changes: object) -> Order:
    at = NOON + timedelta(days=days)
    made = Order(id=name, seller=seller, number=name, placed_at=at, events=(), paid=paid, total=paid)
    return replace(made, **changes)


def judged(order_: Order, *, flagged: bool = False) -> Judgement:
    return Judgement(order_.id, NOON, "paid", "dispatch", None, 0, None, flagged, False, None, (), "x")


def figures(*orders: Order, late: tuple[str, ...] = (), owed: dict[str, Money] | None = None) -> statistics.Statistics:
    judgements = {one.id: judged(one, flagged=one.id in late) for one in orders}
    return statistics.figures(orders, judgements, owed or {}, today=TODAY, timezone="Asia/Seoul")


def letter(days: float, rung: str = "") -> Event:
    at = NOON + timedelta(days=days)
    payload = {"rung": rung} if rung else {}
    return Event(f"l{days}", "o", at, "letter", Source.MONITOR, payload=payload)


def answer(days: float, kind: Kind = Kind.SELLER_REPLY, *, auto: bool = False) -> Event:
    found = reading(kind, at=NOON, days=days, auto=auto)
    return Event(f"a{days}", "o", found.received_at, kind.value, Source.MAIL, mail=found.identity, reading=found)


# -- money ----------------------------------------------------------------------------------------------------------


def test_money_is_summed_per_currency_and_never_across() -> None:
    euro = Money(Decimal("12.50"), "EUR")
    found = figures(
        order("a", given_back=WON, fully_refunded=True, refunded_at=NOON),
        order("b", given_back=euro, paid=euro, fully_refunded=True, refunded_at=NOON),
        order("c"),
        order("d", closed_at=NOON),
        owed={"c": WON},
    )
    sums = {s.currency: s for s in found.sums}
    assert (sums["KRW"].recovered, sums["KRW"].open, sums["KRW"].lost) == (30000, 30000, 30000)
    assert (sums["EUR"].recovered, sums["EUR"].open, sums["EUR"].lost) == (Decimal("12.50"), 0, 0)
    assert (sums["KRW"].recovered_orders, sums["KRW"].open_orders, sums["KRW"].lost_orders) == (1, 1, 1)


def test_what_is_lost_is_what_was_not_given_back_of_an_order_closed_without_goods() -> None:
    part = Money(Decimal(10000), "KRW")
    assert statistics.lost(order("a", closed_at=NOON)) == WON
    assert statistics.lost(order("b", closed_at=NOON, given_back=part)) == Money(Decimal(20000), "KRW")
    assert statistics.lost(order("c", closed_at=NOON, delivered_at=NOON)) is None
    assert statistics.lost(order("d", closed_at=NOON, fully_refunded=True, given_back=WON)) is None
    assert statistics.lost(order("e")) is None
    assert statistics.lost(order("f", closed_at=NOON, paid=None)) is None


def test_orders_of_doubtful_mails_do_not_count() -> None:
    assert figures(order("a", given_back=WON, suspicious=True)) == figures()


# -- rungs ----------------------------------------------------------------------------------------------------------


def test_days_per_rung_count_from_each_letter_to_the_first_answer_before_the_next() -> None:
    first, second = letter(0, "inquiry"), letter(10, "demand")
    events = (first, answer(3), second, answer(12, Kind.REFUND))
    told = order("a", letters=(first, second), events=events)
    silent = order("b", letters=(letter(0, "inquiry"),), events=(letter(0, "inquiry"), answer(1, auto=True)))
    found = {one.rung: one for one in figures(told, silent).rungs}
    assert (found["inquiry"].tried, found["inquiry"].answered, found["inquiry"].median_days) == (2, 1, 3)
    assert (found["demand"].tried, found["demand"].answered, found["demand"].longest_days) == (1, 1, 2)


def test_a_call_and_a_form_count_as_tries_too() -> None:
    call = Event("k", "o", NOON, "contact", Source.USER, payload={"rung": "kr-pg-19", "channel": "phone"})
    (one,) = figures(order("a", events=(call, answer(5)))).rungs
    assert (one.rung, one.tried, one.answered, one.median_days) == ("kr-pg-19", 1, 1, 5)


# -- sellers --------------------------------------------------------------------------------------------------------


def test_the_interval_of_a_share_is_wilsons() -> None:
    # 10 of 10: 10 / (10 + 1.96^2) = 10 / 13.8416 = 0.7225
    assert statistics.wilson(10, 10) == pytest.approx(0.7225, abs=1e-4)
    # 1 of 1: 1 / (1 + 3.8416) = 0.2065
    assert statistics.wilson(1, 1) == pytest.approx(0.2065, abs=1e-4)
    # 19 of 20: middle 0.95 + 0.09604 = 1.04604, spread 1.96 * sqrt(0.002375 + 0.002401) = 0.13545, over 1.19208
    assert statistics.wilson(19, 20) == pytest.approx((1.04604 - 0.13545) / 1.19208, abs=1e-4)
    assert statistics.wilson(0, 0) == 0


def test_one_good_order_does_not_stand_above_nineteen_of_twenty() -> None:
    many = [order(f"n{i}", seller=NORTH, delivered_at=NOON) for i in range(19)]
    bad = order("bad", seller=NORTH)
    once = order("once", delivered_at=NOON)
    undecided = order("open", seller=Seller("x", "X"))
    found = figures(*many, bad, once, undecided, late=("bad",)).sellers
    assert [one.key for one in found] == [NORTH.key, HANBIT.key, "x"]
    assert (found[0].good, found[0].bad, found[2].open) == (19, 1, 1)


# -- months ---------------------------------------------------------------------------------------------------------


def test_a_months_money_lies_in_the_month_of_the_users_calendar() -> None:
    late_evening = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)  # 1 November, 01:00 in Seoul
    found = figures(order("a", placed_at=late_evening), order("b", refunded_at=NOON, given_back=WON, days=-60))
    months = {month.first: month for month in found.months}
    assert len(months) == 12
    assert min(months) == date(2025, 12, 1)
    assert months[date(2026, 11, 1)].spent == {"KRW": 30000}
    assert months[date(2026, 11, 1)].recovered == {"KRW": 30000}
    assert months[date(2026, 9, 1)].spent == {"KRW": 30000}
    assert months[date(2026, 10, 1)].spent == {}


@pytest.mark.parametrize(
    ("values", "steps"),
    [
        ((), ("0", "1")),
        (("0",), ("0", "1")),
        (("30000",), ("0", "10000", "20000", "30000")),
        (("129.90", "4"), ("0", "50", "100", "150")),
        (("0.03",), ("0", "0.01", "0.02", "0.03")),
        (("99999999",), ("0", "50000000", "100000000")),
    ],
)
def test_the_lines_of_a_chart_are_round_and_reach_the_longest_bar(
    values: tuple[str, ...], steps: tuple[str, ...]
) -> None:
    found = statistics.steps_of([Decimal(value) for value in values])
    assert [Decimal(step) for step in steps] == list(found)


# -- the chart ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", render.LANGUAGES)
def test_the_chart_says_in_words_what_its_bars_show(language: str) -> None:
    found = figures(order("a"), order("b", refunded_at=NOON, given_back=WON, fully_refunded=True))
    drawn = gathering.chart(found, "KRW", language)
    last = drawn.columns[-1]
    assert [round(bar.share, 2) for bar in last.bars] == [1.0, 0.5, 0.0]
    assert render.money(Money(Decimal(60000), "KRW"), language) in last.sentence
    assert render.money(WON, language) in last.sentence
    assert render.money(Money(Decimal(60000), "KRW"), language) in drawn.description
    empty = drawn.columns[0]
    assert render.message("statistics.nothing", language) in empty.sentence


def test_the_picture_is_a_png_of_sensible_size() -> None:
    pytest.importorskip("typst")
    made = gathering.picture(gathering.chart(figures(order("a")), "KRW", "ko"), "ko")
    assert made.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", made[16:24])
    assert 600 < width < 1200
    assert 200 < height < 700


@pytest.mark.parametrize("language", render.LANGUAGES)
def test_the_digest_draws_the_months_with_the_figures_in_words(language: str) -> None:
    months = tuple(
        MonthSums(
            date(2026, number, 1), Decimal(20000 * (number - 5)), Decimal(5000 if number == 11 else 0), Decimal(0)
        )
        for number in range(5, 12)
    )
    made = digests.digest(
        DigestInput("Asia/Seoul", months=months, months_currency="KRW"), language, datetime(2026, 11, 22, tzinfo=UTC)
    )
    assert render.money(Money(Decimal(120000), "KRW"), language) in made.text
    assert render.money(Money(Decimal(5000), "KRW"), language) in made.text
    widths = [int(width) for width in re.findall(r'class="bar-\w+" width="(\d+)%"', made.html)]
    assert max(widths) == 100
    assert sorted(widths)[:2] == [4, 17]  # 5,000 and 20,000 of 120,000
    assert "<img" not in made.html and "<svg" not in made.html


def test_a_digest_without_anything_recovered_or_lost_draws_nothing() -> None:
    months = (MonthSums(date(2026, 11, 1), Decimal(100), Decimal(0), Decimal(0)),)
    made = digests.digest(
        DigestInput("UTC", months=months, months_currency="KRW"), "en", datetime(2026, 11, 22, tzinfo=UTC)
    )
    assert "Money by month" not in made.text


# -- the page -------------------------------------------------------------------------------------------------------

MAIL = """Received: from out.example by mx.example.com with ESMTPS; {date}
From: "한빛상회" <order@hanbit.co.kr>
To: me@example.com
Subject: {subject}
Date: {date}
Message-ID: <{name}@hanbit.co.kr>
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: 8bit
MIME-Version: 1.0

주문번호: {number}
상품명: 무선 이어폰
{label}: 30,000원
결제수단: 신용카드
"""


def fill(page: browser.Page, folder: Path) -> None:
    """Two orders, one of them cancelled and refunded."""
    from monitor import knowledge as knowledges
    from monitor.run.intake import files

    inbox = folder / "inbox"
    inbox.mkdir()
    for name, number, day, subject, label in (
        ("a", "20261102-0001", 2, "[한빛상회] 주문이 접수되었습니다", "결제금액"),
        ("b", "20261103-0002", 3, "[한빛상회] 주문이 접수되었습니다", "결제금액"),
        ("c", "20261103-0002", 9, "[한빛상회] 환불이 완료되었습니다", "환불금액"),
    ):
        date_ = f"{day:02d} Nov 2026 12:00:00 +0900"
        text = MAIL.format(date=date_, subject=subject, name=name, number=number, label=label)
        (inbox / f"{name}.eml").write_bytes(text.encode())
    now = page.now()
    files.import_paths(page.store, page.config, knowledges.load(None), [inbox], now=now, heard_until=now)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_page_shows_sums_charts_and_sellers_with_a_table_beside_each_chart(language: str, tmp_path: Path) -> None:
    with browser.Page(tmp_path, language=language, now=datetime(2026, 11, 22, 3, tzinfo=UTC)) as page:
        fill(page, tmp_path)
        client = page.client()
        html = client.get("/statistics").text
        assert render.money(WON, language) in html
        svg = re.search(r'<svg class="chart" viewBox.*?</svg>', html, re.DOTALL)
        assert svg is not None
        tree = ElementTree.fromstring(svg[0])
        assert tree.get("role") == "img"
        labelled = (tree.get("aria-labelledby") or "").split()
        texts = {node.get("id"): node.text for node in tree if node.get("id")}
        assert len(labelled) == 2 and all(texts[name] for name in labelled)
        assert len(tree.findall("rect")) == 2  # spent and given back, in November
        assert "<details>" in html and render.message("web.statistics.table", language) in html
        picture = client.get("/statistics/KRW.png")
        assert picture.content.startswith(b"\x89PNG")
        assert client.get("/statistics/XYZ.png").status_code == 404


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("size", [browser.WIDE, browser.PHONE])
@pytest.mark.parametrize("dark", [False, True])
def test_the_page_can_be_read_by_everybody_in_every_light(
    chromium: object, tmp_path: Path, language: str, size: tuple[int, int], dark: bool
) -> None:
    with browser.Page(tmp_path, language=language, now=datetime(2026, 11, 22, 3, tzinfo=UTC)) as page:
        fill(page, tmp_path)
        with page.open(chromium, "/statistics", size=size, dark=dark) as tab:
            assert tab.inner_text("h1") == render.message("web.nav.statistics", language)
            assert browser.axe(tab) == []
            assert not browser.overflows(tab)
            browser.shot(tab, f"statistics-{language}-{size[0]}-{'dark' if dark else 'light'}")
