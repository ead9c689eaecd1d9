"""Orders: all of them, to search, filter and sort; and the same as a table for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from monitor import render
from monitor.run import cases, output, pages
from monitor.store.page import SORTS
from monitor.types import Money
from monitor.web import wording
from monitor.web.forms import TheSite, User
from monitor.web.pages.today import Rows
from monitor.web.templating import Nav, respond

router = APIRouter()
NAV = Nav("orders", "/orders", 20)

PER_PAGE = 50
LONGEST = 100  # characters that are looked for
STATES = (
    "ordered", "paid", "shipped", "delivered", "cancelled", "refund_promised", "partly_refunded", "refunded",
    "payment_failed", "closed",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the address asks for; what makes no sense counts as not asked."""

    q: str
    mood: str
    state: str
    sort: str
    page: int
    cut: bool = False  # more was typed than is looked for

    def url(self, **changes: object) -> str:
        """The address of the same list with these changes; a change leads to its first page."""
        values = {"q": self.q, "mood": self.mood, "state": self.state, "sort": self.sort, "page": 1, **changes}
        usual = {"q": "", "mood": "", "state": "", "sort": "", "page": 1}
        given = {key: value for key, value in values.items() if value != usual[key]}
        return "/orders" + (f"?{urlencode(given)}" if given else "")


Word = Annotated[str, Query(max_length=5_000)]  # as much as an address can hold: `gate.LONGEST_PATH`


@router.get("/orders")
def orders(
    request: Request,
    site: TheSite,
    user: User,
    q: Word = "",
    mood: Word = "",
    state: Word = "",
    sort: Word = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """A page of the list."""
    holds = pages.ensure(site.store, site.config, now=site.now())
    wanted = _wanted(q, mood, state, sort, page)
    found, count = _find(site, wanted)
    counts = site.store.page_counts()
    failed = any(one.state == "payment_failed" for one in found)
    told = cases.near(site.store, site.config, now=site.now()) if failed else []
    return respond(
        request, "web/orders.html.j2", wanted=wanted, found=found, count=count, per_page=PER_PAGE, holds=holds,
        rows=Rows(site, user), moods=[one for one in pages.MOODS if counts["mood"].get(one)], counts=counts,
        states=[one for one in STATES if counts["state"].get(one)], sorts=tuple(SORTS),
        cases={one.order_id: one.id for one in told if one.order_id},
        drafts=pages.waiting(site.store, found),
    )  # fmt: skip


@router.get("/orders.csv")
def table(
    site: TheSite, user: User, q: Word = "", mood: Word = "", state: Word = "", sort: Word = ""
) -> StreamingResponse:
    """The same list as CSV (RFC 4180, UTF-8 with a byte order mark, which spreadsheets want to see Hangul).

    Heads and states are in the reader's language; programs ask the API.
    """
    pages.ensure(site.store, site.config, now=site.now())
    lines = _lines(site, _wanted(q, mood, state, sort, 1), user.language)
    day = render.local_day(site.now(), site.config.user.timezone)
    headers = {"content-disposition": f'attachment; filename="orders-{day.isoformat()}.csv"'}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


def _wanted(q: str, mood: str, state: str, sort: str, page: int) -> Wanted:
    words = " ".join(q.split())
    return Wanted(
        cut=len(words) > LONGEST,
        q=words[:LONGEST],
        mood=mood if mood in pages.MOODS else "",
        state=state if state in STATES else "",
        sort=sort if sort in SORTS else "",
        page=page,
    )


def _find(
    site: TheSite, wanted: Wanted, limit: int = PER_PAGE, offset: int | None = None
) -> tuple[list[pages.Summary], int]:
    return pages.find(
        site.store,
        search=wanted.q,
        moods=(wanted.mood,) if wanted.mood else (),
        states=(wanted.state,) if wanted.state else (),
        sort=wanted.sort or ("decide" if wanted.mood == "act" else "placed"),
        limit=limit,
        offset=(wanted.page - 1) * PER_PAGE if offset is None else offset,
    )


COLUMNS = (
    "id", "seller", "order_number", "items", "placed_on", "state", "waits_for", "due_on", "overdue_days",
    "silent_since", "flagged", "urgent", "asks", "currency", "total", "paid", "promised_back", "given_back",
    "payment_method", "next_step", "not_before", "last_safe_day", "reason",
)  # fmt: skip


def _lines(site: TheSite, wanted: Wanted, language: str) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\N{ZERO WIDTH NO-BREAK SPACE}")
    writer.writerow([render.message(f"web.csv.{name}", language) for name in COLUMNS])
    offset, batch = 0, 500
    while True:
        found, _ = _find(site, wanted, batch, offset)
        for one in found:
            cells = _cells(one, language, site.config.user.timezone)
            writer.writerow([safe_cell(value, language) for value in cells])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
        if len(found) < batch:
            return
        offset += batch


def _cells(one: pages.Summary, language: str, timezone: str) -> list[object]:
    step = one.step

    def amount(value: Money | None) -> str:
        return output.amount(value) or ""

    def word(family: str, value: str | None) -> str:
        return render.word(family, value, language) if value else ""

    money = one.total or one.paid or one.given_back or one.promised_back
    return [
        one.id, one.seller, one.number, "; ".join(one.items), one.placed_on, word("state", one.state),
        word("waits_for", one.waits_for), one.due_on, one.overdue_days, one.silent_since, one.flagged, one.urgent,
        word("asks", one.asks), money.currency if money else "", amount(one.total), amount(one.paid),
        amount(one.promised_back), amount(one.given_back), word("payment", one.payment),
        wording.rung_name(step.rung, language) if step else "", step.not_before if step else "",
        step.last_safe_day if step else "",
        wording.reason(one, language, timezone),
    ]  # fmt: skip


def safe_cell(value: object, language: str = "en") -> str:
    """A value for a cell that no spreadsheet takes for a formula (OWASP, "CSV Injection"): marked as text by "'"."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return render.message("web.yes" if value else "web.no", language)
    text = str(value)
    return "'" + text if text.startswith(_FORMULA) else text
