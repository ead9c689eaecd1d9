"""How fast the page answers with 10,000 orders and 100,000 events: each page beside its own SQL, run bare.

    python -m tests.bench --only pages

The store is generated: every order with four mails and what was done about it. What a page asks the database is
written down while it is asked for, and then run again on a plain connection: that is its bare SQL.
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event as listening

from monitor.run import orders as linking
from monitor.run import pages, saying, single
from monitor.store import MailRow, Store, tables
from monitor.store.codec import dump_strings
from monitor.types import (
    Address,
    Authentication,
    Finding,
    Kind,
    Money,
    Reading,
    Seller,
    Stated,
    Verdict,
)
from monitor.web import keys
from monitor.web.site import Site
from tests import browser

ORDERS, EVENTS = 10_000, 100_000
SELLERS = 400
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TIMES = 15
LINKED, SUMMED = 15.0, 20.0  # seconds of processor time for all of them
FACTOR, FLOOR, MEDIAN = 10.0, 0.030, 0.150  # wanted: within ten times the bare SQL or 30 ms; the median below 150 ms
GOODS = (
    "원목 독서대",
    "공기청정기",
    "도자기 찻잔",
    "Brass desk lamp",
    "만년필 잉크",
    "Tea sampler",
    "Kinderbuch",
    "은반지",
)
WORDS = (
    "주문해 주셔서 감사합니다", "배송이 시작되었습니다", "결제가 완료되었습니다", "your order has been dispatched",
    "we have received your payment", "문의하신 내용을 확인하고 있습니다", "환불은 영업일 기준", "고객센터",
)  # fmt: skip
SAID = ("notified", "drafted", "exported", "discarded", "notified", "drafted")


def contend(only: Sequence[str] | None, status: int, *, strict: bool) -> int:
    """The pages' part of the bench, unless `only` names others; returns the exit status, so far `status`."""
    if only and "pages" not in only:
        return status
    return status or int(not run() and strict)


def run(keep: Path | None = None) -> bool:
    """Print the figures; whether all that is wanted was met. `keep`: a folder whose store serves the next time too."""
    if keep is not None and (keep / "store.sqlite3").exists():
        with browser.Page(keep, now=NOW) as page:
            return _measure(page, keep)
    if keep is not None:
        return _run(keep)
    with tempfile.TemporaryDirectory(prefix="refund-monitor-bench-pages-") as folder:
        return _run(Path(folder))


def _run(folder: Path) -> bool:
    folder.mkdir(parents=True, exist_ok=True)
    config = browser.settings(folder)
    with Store.open(config.store_path()) as store:
        made = _timed(partial(_fill, store))
        linked = _timed(partial(linking.relink, store, config, now=NOW))
        summed = _timed(partial(pages.refresh, store, config, now=NOW))
        pages.renew(store, config, now=NOW)
        act, second = (row.id for row in store.page_orders(moods=("act",), sort="placed")[0][:2])
        one, other = (single.one(store, config, order_id, now=NOW) for order_id in (act, second))
        joined = _timed(
            lambda: saying.say(store, config, act, "same-as", None, now=NOW, view=one, other=other)
        )  # fmt: skip
        followed = _timed(partial(pages.renew, store, config, now=NOW))
        waited = _timed(partial(pages.ensure, store, config, now=NOW + timedelta(days=1)))
        day = _timed(partial(pages.renew, store, config, now=NOW + timedelta(days=1)))
        pages.refresh(store, config, now=NOW)
        counts = store.count()
        with store._reading() as connection:
            events = connection.exec_driver_sql("SELECT count(*) FROM event").scalar()
        known = sum(store.page_counts()["mood"].values())
    size = (folder / "store.sqlite3").stat().st_size / 1e6
    print(f"\npages: {known:,} orders, {events:,} events, {counts['readings']:,} mails read, {size:,.0f} MB; made in "
          f"{made.work:.0f} s of processor time", flush=True)  # fmt: skip
    met = True
    for what, taken, limit in (
        ("everything linked", linked, LINKED),
        ("everything summed up", summed, SUMMED),
        ("two orders made one", joined, 1.0),
        ("the lists follow that", followed, 1.0),
        ("a page on a new day", waited, 2.0),
        ("the rest of the new day", day, 8.0),
    ):
        well = taken.work <= limit
        met &= well
        print(f"  {what:32}{taken.work:9.2f} s   wanted: {limit:.0f}: {'yes' if well else 'NO'}", flush=True)
    with browser.Page(folder, now=NOW) as page:
        return _measure(page, folder) and met


def _measure(page: browser.Page, folder: Path) -> bool:
    assert page.server._server is not None
    app: Any = page.server._server.config.app
    store: Store = app.state.site.store
    asked: list[tuple[str, Any]] = []

    def note(_: Any, cursor: Any, sql: str, values: Any, context: Any, many: bool) -> None:
        asked.append((sql, values))

    listening.listen(store._engine, "before_cursor_execute", note)
    bare = sqlite3.connect(folder / "store.sqlite3")
    bare.execute("PRAGMA cache_size = -8000")
    client, met = page.client(), True
    print(f"{'':34}{'median':>9}{'processor':>11}{'bare SQL':>10}   (ms; judged by processor time: other work "
          "on the machine is not in it)")  # fmt: skip
    for path in _paths(store, page):
        client.get(path)
        asked.clear()
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        statements = list(asked)
        taken = [_timed(partial(client.get, path)) for _ in range(TIMES)]
        again = [_timed(partial(_again, bare, statements)) for _ in range(5)]
        plain, work = statistics.median(one.work for one in again), statistics.median(one.work for one in taken)
        limit = min(max(FACTOR * plain, FLOOR), MEDIAN)
        well = work <= limit
        met &= well
        shown = path if len(path) < 32 else path[:31] + "…"
        waited = statistics.median(one.waited for one in taken)
        print(f"  {shown:32}{waited * 1000:9.1f}{work * 1000:11.1f}{plain * 1000:10.2f}   "
              f"wanted: {limit * 1000:.0f}: {'yes' if well else 'NO'}", flush=True)  # fmt: skip
    bare.close()
    return met


def _paths(store: Store, page: browser.Page) -> Iterator[str]:
    order = store.page_orders(moods=("act",), sort="placed")[0][0]
    mail = next(row.identity for row, _, _ in store.page_mail_rows(limit=1))
    draft = store.page_open_drafts(1)
    yield from ("/", "/orders", f"/orders?q={order.number}", "/orders?q=은반지+seller", "/orders?q=찻잔")
    yield from ("/orders?q=dispatched", "/orders?mood=act", "/orders?sort=amount&page=150")
    yield "/orders?state=delivered&sort=seller"
    yield f"/orders/{order.id}"
    yield "/drafts"
    if draft:
        yield f"/drafts/{draft[0].id}"
    yield from ("/mails", "/mails?kind=shipped&page=100", f"/mails/{mail}", "/statistics", "/settings")
    yield from ("/api/v1/counts", "/api/v1/orders", f"/api/v1/orders/{order.id}")
    site = Site(page.config, page.now)
    yield f"/calendar/{keys.new_token(site, keys.CALENDAR, 'bench')}.ics"
    site.close()


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds: on the clock, and of the processor (the client's part in them too)."""

    waited: float
    work: float


def _timed(do: Callable[[], object]) -> Taken:
    clock, work = time.perf_counter(), time.process_time()
    do()
    return Taken(time.perf_counter() - clock, time.process_time() - work)


def _again(connection: sqlite3.Connection, statements: list[tuple[str, Any]]) -> None:
    for sql, values in statements:
        if not sql.startswith(("BEGIN", "COMMIT", "PRAGMA")):
            connection.execute(sql, values).fetchall()


def _fill(store: Store) -> None:
    """Mails, readings, words and deeds; what linking makes of them is linking's own."""
    told = 0
    for first in range(0, ORDERS, 1000):
        rows: list[MailRow] = []
        readings: list[Reading] = []
        words: dict[str, str] = {}
        deeds: list[dict[str, Any]] = []
        for number in range(first, first + 1000):
            for reading in _mails(number):
                readings.append(reading)
                rows.append(_row(reading))
                told_words = " ".join(WORDS[(number + place) % len(WORDS)] for place in range(12))
                words[reading.identity] = f"{reading.subject} {told_words}"
            opening = _identity(number, 0)
            for place, kind in enumerate(SAID):
                told += 1
                deeds.append(
                    {"id": f"{told:032x}", "order_id": "", "at": NOW - timedelta(days=place + 1), "kind": kind,
                     "source": "monitor", "mail": opening, "anchor_seller": None, "anchor_number": None,
                     "payload": dump_strings({})}
                )  # fmt: skip
        with store.transaction() as connection:
            store.save_mails(rows)
            store.save_readings(readings)
            store.page_mails_add(words)
            connection.execute(tables.event.insert(), deeds)


def _row(reading: Reading) -> MailRow:
    domain, kind = reading.sender.email.partition("@")[2], reading.verdict.kind.value
    return MailRow(
        reading.identity, reading.message_id, reading.sent_at, reading.received_at, domain, kind,
        "its words say so", candidate=True, purchase=True, authentication="pass", reader_version="bench",
    )  # fmt: skip


def _identity(number: int, place: int) -> str:
    return f"{number:08x}{place:02x}".ljust(32, "0")


def _mails(number: int) -> Iterator[Reading]:
    """Four mails of an order; one in twelve is recent, and of those most never went out."""
    seller = Seller(f"shop{number % SELLERS}.example", f"Seller {number % SELLERS}", f"shop{number % SELLERS}.example")
    recent = number % 12 == 0
    placed = NOW - timedelta(days=12 + number % 40 if recent else 90 + number % 3000, minutes=number)
    code = f"{placed:%Y%m%d}-{number:06}"
    total = Money(Decimal(9_000 + number * 37 % 400_000), "KRW" if number % 5 else "USD")
    kinds = [Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT, Kind.SHIPPED, Kind.DELIVERED]
    if recent and number % 36:
        kinds = [Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT, Kind.PAYMENT_RECEIPT, Kind.PAYMENT_RECEIPT]
    for place, kind in enumerate(kinds):
        at = placed + timedelta(days=place)
        yield Reading(
            identity=_identity(number, place),
            message_id=f"{number}.{place}@{seller.domain}",
            references=(),
            sender=Address(seller.name, f"shop@{seller.domain}"),
            reply_to=None,
            to=(Address("", "me@example.com"),),
            subject=f"[{seller.name}] {WORDS[place]} ({code})",
            sent_at=at,
            received_at=at,
            authentication=Authentication.PASS,
            auto_submitted=False,
            verdict=Verdict(kind, Stated(seller, seller.name, "header"), "ko", "its words say so"),
            finding=Finding(
                kind,
                order_number=Stated(code, f"주문번호 {code}", "generic"),
                total=Stated(total, f"{total.amount}", "generic") if place < 2 else None,
                items=(Stated(f"{GOODS[number % len(GOODS)]} {number}", "", "generic"),) if place == 0 else (),
                payment="credit_card",
            ),
        )


if __name__ == "__main__":
    import sys

    raise SystemExit(0 if run(Path(sys.argv[1]) if sys.argv[1:] else None) else 1)
