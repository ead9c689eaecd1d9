"""What a digest is made of and what it is made into: plain values, and the sums of open money.

In charge of the shapes that the caller fills and the renderers read. It chooses and words nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from monitor.types import Draft, Expectation, Judgement, Money, Order, Problem, Step


@dataclass(frozen=True, slots=True)
class AccountState:
    """One mailbox: up to when it was read completely (None: never), and what stands in the way, in plain words."""

    name: str
    address: str = ""
    heard_until: datetime | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Unread:
    """A sender whose mails can no longer be read: so many of so many before, and in the last `days`."""

    name: str
    read_before: int
    before: int
    read_lately: int
    lately: int
    days: int


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A failed payment that is not settled: its status and next thing (words of `case`), and the days that count."""

    id: str
    seller: str
    amount: Money | None
    status: str
    next: str
    next_on: date | None = None
    call_at: datetime | None = None
    last_safe_day: date | None = None


@dataclass(frozen=True, slots=True)
class MonthSums:
    """The money of one month in one currency: spent on its orders, given back and lost in it."""

    first: date
    spent: Decimal
    recovered: Decimal
    lost: Decimal


@dataclass(frozen=True, slots=True)
class DigestInput:
    """All that a digest is made of, as of one moment.

    `first_run_at`: when the program first read these mailboxes (None: it has not; everything is old). `announced`: ids
    of orders that an earlier digest or notification has named as late. `looked_at`, `about_purchases`, `not_read`:
    mails since the last digest. `base_url`: where the page can be opened; links begin with it, "" makes none.
    """

    timezone: str
    orders: tuple[Order, ...] = ()
    judgements: Mapping[str, Judgement] = field(default_factory=dict)  # by order id
    steps: Mapping[str, Step] = field(default_factory=dict)  # by order id
    drafts: tuple[Draft, ...] = ()
    problems: tuple[Problem, ...] = ()
    accounts: tuple[AccountState, ...] = ()
    looked_at: int = 0
    about_purchases: int = 0
    not_read: int = 0
    first_run_at: datetime | None = None
    announced: frozenset[str] = frozenset()
    holidays_known_until: date | None = None
    unread: tuple[Unread, ...] = ()
    base_url: str = ""
    cases: tuple[OpenCase, ...] = ()
    stale_packs: tuple[tuple[str, date], ...] = ()  # name and day of each file of rules that is older than a year
    months: tuple[MonthSums, ...] = ()  # oldest first, all in `months_currency`
    months_currency: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a chart: its length in percent of the longest, its tone. What it is, the row's lines say."""

    percent: int
    tone: str


@dataclass(frozen=True, slots=True)
class Row:
    """One entry: a title with an amount or a day beside it, lines beneath, and commands or a page to act with.

    `link`: the address of the page about it, "" where the page can't be reached from elsewhere.
    """

    title: str
    aside: str = ""
    badges: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    link: str = ""
    bars: tuple[Bar, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its rows. `tone` colours it: act, late, soon, warn, calm."""

    key: str
    heading: str
    tone: str
    rows: tuple[Row, ...]
    note: str = ""


def money_open(orders: Iterable[Order], judgements: Mapping[str, Judgement]) -> dict[str, tuple[Money, int]]:
    """Money that the user has paid and has neither goods nor refund for: currency -> sum and number of orders.

    Counted per order: what was promised back, else what was paid, less what was given back. Orders that wait for
    nothing, whose payment is still awaited, or that a doubtful mail opened do not count.
    """
    found: dict[str, tuple[Money, int]] = {}
    for order in orders:
        judgement = judgements.get(order.id)
        owed = _owed(order, judgement) if judgement else None
        if owed is not None and owed.amount > 0:
            total, count = found.get(owed.currency, (Money(owed.amount - owed.amount, owed.currency), 0))
            found[owed.currency] = (Money(total.amount + owed.amount, owed.currency), count + 1)
    return dict(sorted(found.items()))


def _owed(order: Order, judgement: Judgement) -> Money | None:
    if order.suspicious or order.closed_at is not None or judgement.waits_for in ("nothing", Expectation.PAYMENT):
        return None
    owed = order.paid
    if judgement.waits_for in (Expectation.REFUND, Expectation.CREDIT):
        owed = order.promised_back or owed
    back = order.given_back
    if owed is not None and back is not None and back.currency == owed.currency:
        if judgement.waits_for == Expectation.CREDIT:
            return back
        owed = Money(owed.amount - back.amount, owed.currency)
    return owed
