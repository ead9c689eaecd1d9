"""What became of the money: recovered, open and lost; how long each rung took; which sellers keep their word; by month.

In charge of the figures alone. Amounts of different currencies are never added up. What is drawn of them, and in which
words, is up to the page, the digest and the templates.

- recovered: what was given back, of orders that were late, refused or asked about; a plain return counts as well.
- open: what the user has paid and has neither goods nor money for (the digest's sum).
- lost: of orders that the user closed without goods: what he paid, less what came back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise
from math import sqrt
from statistics import median

from monitor.render import local_day, one_line
from monitor.types import Event, Judgement, Kind, Money, Order, Source

MONTHS = 12
"""Months that the chart shows, the present one among them."""


@dataclass(frozen=True, slots=True)
class Sums:
    """The money of one currency, and of how many orders."""

    currency: str
    recovered: Decimal = Decimal(0)
    open: Decimal = Decimal(0)
    lost: Decimal = Decimal(0)
    recovered_orders: int = 0
    open_orders: int = 0
    lost_orders: int = 0


@dataclass(frozen=True, slots=True)
class RungTime:
    """How long a rung took: letters and calls, how many were answered, and in how many days (median, longest)."""

    rung: str
    tried: int
    answered: int
    median_days: float | None
    longest_days: int | None


@dataclass(frozen=True, slots=True)
class SellerFigures:
    """How the orders with one seller went. `score`: the lower end of what his share of good orders may be (95 %).

    By that end a seller with one good order of one does not stand above one with nineteen of twenty (Wilson 1927).
    """

    key: str
    name: str
    orders: int
    good: int
    bad: int
    open: int
    median_answer_days: float | None
    score: float


@dataclass(frozen=True, slots=True)
class Month:
    """What happened in a month, per currency: spent on orders placed in it, given back and lost in it."""

    first: date
    spent: Mapping[str, Decimal] = field(default_factory=dict)
    recovered: Mapping[str, Decimal] = field(default_factory=dict)
    lost: Mapping[str, Decimal] = field(default_factory=dict)
    late: int = 0


@dataclass(frozen=True, slots=True)
class Statistics:
    """All figures as of `today`."""

    today: date
    orders: int
    sums: tuple[Sums, ...] = ()
    rungs: tuple[RungTime, ...] = ()
    sellers: tuple[SellerFigures, ...] = ()
    months: tuple[Month, ...] = ()

    @property
    def currencies(self) -> tuple[str, ...]:
        """The currencies in which there is anything to draw, the one with the most orders first."""
        counts = {s.currency: s.recovered_orders + s.open_orders + s.lost_orders for s in self.sums}
        for month in self.months:
            for moved in (month.spent, month.recovered, month.lost):
                for currency in moved:
                    counts[currency] = counts.get(currency, 0) + 1
        return tuple(sorted(counts, key=lambda c: (-counts[c], c)))


def figures(
    orders: Sequence[Order],
    judgements: Mapping[str, Judgement],
    owed: Mapping[str, Money],
    *,
    today: date,
    timezone: str,
    months: int = MONTHS,
) -> Statistics:
    """The figures of these orders. `owed`: by order id, what is open of it; `today` in the user's zone."""
    real = [order for order in orders if not order.suspicious]
    return Statistics(
        today=today,
        orders=len(real),
        sums=_sums(real, owed),
        rungs=_rungs(real),
        sellers=_sellers(real, judgements),
        months=_months(real, judgements, today, timezone, months),
    )


def lost(order: Order) -> Money | None:
    """What is lost of an order that the user closed without goods and without all of his money; None if nothing is."""
    if order.closed_at is None or order.paid is None or order.delivered_at is not None or order.fully_refunded:
        return None
    back = order.given_back
    if back is not None and back.currency == order.paid.currency:
        rest = order.paid.amount - back.amount
        return Money(rest, order.paid.currency) if rest > 0 else None
    return order.paid


def good(order: Order) -> bool:
    """Whether an order ended well: it arrived and nobody says otherwise, or all of the money came back."""
    return order.fully_refunded or (order.delivered_at is not None and order.arrived_said is not False)


def _sums(orders: Iterable[Order], owed: Mapping[str, Money]) -> tuple[Sums, ...]:
    found: dict[str, dict[str, list[Decimal]]] = {}

    def add(what: str, money: Money | None) -> None:
        if money is not None and money.amount > 0:
            found.setdefault(money.currency, {}).setdefault(what, []).append(money.amount)

    for order in orders:
        add("recovered", order.given_back)
        add("open", owed.get(order.id))
        add("lost", lost(order))
    return tuple(
        Sums(
            currency,
            recovered=sum(kinds.get("recovered", ()), Decimal(0)),
            open=sum(kinds.get("open", ()), Decimal(0)),
            lost=sum(kinds.get("lost", ()), Decimal(0)),
            recovered_orders=len(kinds.get("recovered", ())),
            open_orders=len(kinds.get("open", ())),
            lost_orders=len(kinds.get("lost", ())),
        )
        for currency, kinds in sorted(found.items())
    )


def _tries(order: Order) -> list[tuple[str, datetime, datetime | None]]:
    """Every letter and call about an order: its rung, when, and when an answer came (before the next try), or None."""
    answers = sorted(event.at for event in order.events if _is_answer(event))
    tries = sorted(
        ((_rung(event, place), event.at) for place, event in enumerate(_asked(order))), key=lambda one: one[1]
    )
    found = []
    ends = [*(at for _, at in tries[1:]), None][: len(tries)]
    for (rung, at), end in zip(tries, ends, strict=True):
        answer = next((one for one in answers if one > at and (end is None or one <= end)), None)
        found.append((rung, at, answer))
    return found


def _asked(order: Order) -> list[Event]:
    asked = {event.id: event for event in order.letters}
    for event in order.events:
        if event.kind == "contact":
            asked[event.id] = event
    return sorted(asked.values(), key=lambda event: event.at)


def _rung(event: Event, place: int) -> str:
    """What a letter was: as the program noted it; one that the user wrote by himself is an inquiry, later a demand."""
    return event.payload.get("rung") or ("inquiry" if place == 0 else "demand")


def _is_answer(event: Event) -> bool:
    if event.source is not Source.MAIL or event.reading is None or event.reading.auto_submitted:
        return False
    return event.kind in (
        Kind.SELLER_REPLY, Kind.DISPUTE_UPDATE, Kind.REFUND, Kind.REFUND_PROMISED, Kind.CANCELLATION, Kind.SHIPPED,
        Kind.DELAYED, Kind.RETURNED, Kind.DELIVERED,
    )  # fmt: skip


def _rungs(orders: Iterable[Order]) -> tuple[RungTime, ...]:
    tries: dict[str, list[int | None]] = {}
    for order in orders:
        for rung, at, answer in _tries(order):
            tries.setdefault(rung, []).append(None if answer is None else (answer - at).days)
    found = []
    for rung, days in tries.items():
        took = [one for one in days if one is not None]
        found.append(
            RungTime(rung, len(days), len(took), median(took) if took else None, max(took) if took else None)
        )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.tried, one.rung)))


def wilson(successes: int, of: int, z: float = 1.96) -> float:
    """The lower end of the interval of a share (E. B. Wilson, JASA 22, 1927); 0 where nothing was tried."""
    if of == 0:
        return 0.0
    share = successes / of
    middle = share + z * z / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - spread) / (1 + z * z / of)


def _sellers(orders: Iterable[Order], judgements: Mapping[str, Judgement]) -> tuple[SellerFigures, ...]:
    by_seller: dict[str, list[Order]] = {}
    for order in orders:
        by_seller.setdefault(order.seller.key, []).append(order)
    found = []
    for key, own in by_seller.items():
        well = sum(good(order) for order in own)
        ill = sum(
            not good(order) and (lost(order) is not None or (order.id in judgements and judgements[order.id].flagged))
            for order in own
        )
        answers = [(answer - at).days for order in own for _, at, answer in _tries(order) if answer is not None]
        found.append(
            SellerFigures(
                key=key,
                name=one_line(own[-1].seller.name, 80),
                orders=len(own),
                good=well,
                bad=ill,
                open=len(own) - well - ill,
                median_answer_days=median(answers) if answers else None,
                score=wilson(well, well + ill),
            )
        )
    # those about whom nothing is decided come last, whatever their number
    return tuple(sorted(found, key=lambda s: (s.good + s.bad == 0, -s.score, -s.good, s.bad, s.name)))


def _months(
    orders: Sequence[Order], judgements: Mapping[str, Judgement], today: date, timezone: str, count: int
) -> tuple[Month, ...]:
    firsts = [_back(today.replace(day=1), back) for back in range(count - 1, -1, -1)]
    spent: dict[date, dict[str, Decimal]] = {first: {} for first in firsts}
    recovered: dict[date, dict[str, Decimal]] = {first: {} for first in firsts}
    gone: dict[date, dict[str, Decimal]] = {first: {} for first in firsts}
    late = dict.fromkeys(firsts, 0)

    def put(where: dict[date, dict[str, Decimal]], at: datetime | None, money: Money | None) -> None:
        if at is None or money is None or money.amount <= 0:
            return
        first = local_day(at, timezone).replace(day=1)
        if first in where:
            where[first][money.currency] = where[first].get(money.currency, Decimal(0)) + money.amount

    for order in orders:
        put(spent, order.placed_at, order.paid)
        put(recovered, order.refunded_at, order.given_back)
        put(gone, order.closed_at, lost(order))
        first = local_day(order.placed_at, timezone).replace(day=1)
        if first in late and order.id in judgements and judgements[order.id].flagged:
            late[first] += 1
    return tuple(Month(first, spent[first], recovered[first], gone[first], late[first]) for first in firsts)


def _back(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 - months, 12)
    return date(year, month + 1, 1)


def steps_of(values: Sequence[Decimal], lines: int = 4) -> tuple[Decimal, ...]:
    """Round values for the lines of a chart from 0 to at least the largest: 0, 50 000, 100 000 ..."""
    top = max(values, default=Decimal(0))
    if top <= 0:
        return (Decimal(0), Decimal(1))
    raw = top / lines
    power = Decimal(10) ** (raw.adjusted())
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw)
    count = int((top / step).to_integral_value(ROUND_CEILING))
    found = tuple(step * place for place in range(count + 1))
    assert all(later > earlier for earlier, later in pairwise(found))
    return found
