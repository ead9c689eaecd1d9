"""One order seen by one user at one moment: the facts that every rule of the judge asks for.

In charge of the user's days, the country's table of periods, whether the seller is abroad, whether the goods came
and the money is in, and what the seller did with earlier orders. Decides nothing about what is late.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitor.types import Event, Kind, Money, Order, OrderClass, Rules, Settlement, Source, Span, Unit
from monitor.workdays import Calendar, country_code

_EU = frozenset(
    {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"}
    | {"IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"}
)
_NEW_EURO = {"BG": "EUR"}  # since 2026-01-01, which the CLDR data at hand do not know yet


@dataclass(frozen=True, slots=True)
class Periods:
    """One row of the table. `from_payment`: dispatch counts from the payment, else from the order."""

    dispatch: Span
    delivery: Span
    refund: Span
    from_payment: bool = False
    not_before_dispatch: bool = False  # delivery is not due before the period for dispatch is over


# What is expected when the mails state no date (the table of the contract).
_TABLE = {
    "KR": Periods(
        Span(3, Unit.BUSINESS_DAYS), Span(7, Unit.BUSINESS_DAYS), Span(3, Unit.BUSINESS_DAYS), from_payment=True
    ),
    "US": Periods(Span(30, Unit.DAYS), Span(7, Unit.BUSINESS_DAYS), Span(7, Unit.BUSINESS_DAYS)),
    "EU": Periods(Span(30, Unit.DAYS), Span(7, Unit.BUSINESS_DAYS), Span(14, Unit.DAYS), not_before_dispatch=True),
    "": Periods(Span(30, Unit.DAYS), Span(30, Unit.DAYS), Span(14, Unit.DAYS)),
}

# Cash on delivery: nobody holds the user's money, so the seller has longer (Korea: 전자상거래법 제15조제1항 본문).
ON_DELIVERY_DISPATCH = Span(7, Unit.DAYS)

# Payment values whose money is not with the seller when the order is placed.
_PAID_LATER = frozenset({"bank_transfer", "virtual_account", "bank_transfer_toss", "postpaid"})

# Ways of paying by which somebody else pays the seller at once, and the user him later.
_LENDERS = frozenset({"bnpl_klarna"})

# Classes for which nobody mails that the thing was done: the user is asked before anything is flagged.
NO_GOODS = frozenset({OrderClass.DIGITAL, OrderClass.SERVICE, OrderClass.FREE, OrderClass.SUBSCRIPTION})
NO_TABLE_DATE = NO_GOODS | {OrderClass.PREORDER, OrderClass.MADE_TO_ORDER}


@dataclass(frozen=True, slots=True)
class History:
    """What earlier orders with this seller showed."""

    reports_deliveries: bool = False
    silent_dispatches: int = 0  # orders that arrived though no dispatch was announced

    @property
    def dispatches_silently(self) -> bool:
        return self.silent_dispatches >= 2


def histories(orders: Sequence[Order]) -> dict[str, History]:
    by_seller: dict[str, list[Order]] = defaultdict(list)
    for order in orders:
        by_seller[order.seller.key].append(order)
    histories: dict[str, History] = {}
    for of_seller in by_seller.values():
        reports, silent = False, 0
        for order in sorted(of_seller, key=lambda o: (o.placed_at, o.id)):
            histories[order.id] = History(reports, silent)
            if order.suspicious:
                continue
            reports = reports or order.delivery_reported_by_mail
            silent += _arrived(order) and not _dispatch_announced(order)
    return histories


def _arrived(order: Order) -> bool:
    return order.arrived_said is True or order.delivered_at is not None


def _dispatch_announced(order: Order) -> bool:
    if not order.events:
        return order.shipped_at is not None
    return any(
        event.kind == Kind.SHIPPED
        or (event.kind == Kind.DELAYED and event.reading is not None and event.reading.finding.tracking_numbers)
        for event in order.events
        if event.source is Source.MAIL
    )


@dataclass(frozen=True, slots=True)
class View:
    """One order, seen by one user at one moment."""

    order: Order
    rules: Rules
    history: History
    calendar: Calendar
    zone: ZoneInfo
    judged_at: datetime
    now: datetime

    @property
    def today(self) -> date:
        return self.day(self.judged_at)

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def after(self, moment: datetime, span: Span) -> date:
        return self.calendar.add(self.day(moment), span)

    def day_of(self, deed: Event) -> date:
        """The day of a letter or call: the one that the user named, else that of the event."""
        try:
            return date.fromisoformat(deed.payload.get("day", ""))
        except ValueError:
            return self.day(deed.at)

    @property
    def free_to_withdraw(self) -> bool:
        """Whether the law of the user's country lets him withdraw from a distance sale before the goods come."""
        country = country_code(self.rules.country)
        return country in ("KR", "GB") or country in _EU

    @property
    def arrived(self) -> bool:
        """Everything came: the user says so, or the mails do (his no takes back what mails said before it)."""
        order = self.order
        return order.arrived_said is True or (order.delivered_at is not None and not self.more_to_come)

    @property
    def more_to_come(self) -> bool:
        """The seller named more parcels than he has announced."""
        order = self.order
        return order.parcels_expected is not None and len(order.parcels) < order.parcels_expected

    @property
    def dispatched(self) -> bool:
        return self.order.shipped_at is not None

    @property
    def awaits_payment(self) -> bool:
        """The money is not there yet, the order stands, and nothing was sent that would say otherwise."""
        order = self.order
        unpaid = order.settlement is Settlement.AWAITED or order.payment_failed_at is not None
        return unpaid and order.shipped_at is None and not self.ended

    @property
    def lent(self) -> bool:
        """A service has paid the seller and waits for the user's money itself: the seller owes the goods all the same.

        As Klarna's invoice does. The order awaits payment for all that; what the seller is late with is no flag of it.
        """
        return self.awaits_payment and self.order.payment in _LENDERS and self.order.payment_failed_at is None

    @property
    def ended(self) -> bool:
        """No goods are owed any more: cancelled, returned, or the whole sum was given or promised back."""
        order = self.order
        return (
            order.cancelled_at is not None
            or order.returned_at is not None
            or order.fully_refunded
            or (order.refund_missing_at is not None and order.refunded_at is not None)
            or "refund_sum" in order.questions  # the money came back; only the user can tell how much of it
            or (order.refund_promised_at is not None and _promises_all(order))
        )

    @property
    def dispatch_clock(self) -> tuple[datetime, Span]:
        """What the table counts dispatch from, and how long it gives.

        Where the payment was awaited at first, it starts the clock in every country; where the order counted as
        paid when placed, only the Korean row counts from the payment.
        """
        order, periods = self.order, self.periods
        if order.settlement is Settlement.ON_DELIVERY:
            return order.placed_at, ON_DELIVERY_DISPATCH
        from_payment = periods.from_payment or _was_awaited(order)
        return (order.paid_at or order.placed_at) if from_payment else order.placed_at, periods.dispatch

    @property
    def money_in(self) -> bool:
        """The seller has, or had, the user's money."""
        order = self.order
        if order.order_class is OrderClass.FREE or (order.total is not None and order.total.amount == 0):
            return False
        if order.payment_failed_at is not None:
            return False
        if order.settlement is Settlement.ON_DELIVERY:
            return order.paid is not None or order.paid_at is not None or self.arrived
        return order.settlement is Settlement.RECEIVED

    @property
    def asks_before_flagging(self) -> bool:
        """Silence says nothing yet: this seller announces no dispatch, or there is nothing to dispatch."""
        return self.order.order_class in NO_GOODS or (not self.dispatched and self.history.dispatches_silently)

    @property
    def periods(self) -> Periods:
        if self.abroad:
            return _TABLE[""]
        country = country_code(self.rules.country)
        return _TABLE["EU"] if country == "GB" or country in _EU else _TABLE.get(country, _TABLE[""])

    @property
    def abroad(self) -> bool:
        """The seller's known country is not the user's, or, that unknown, the order's currency is not."""
        home = country_code(self.rules.country)
        if not home:
            return False
        if self.order.seller.country:
            return country_code(self.order.seller.country) != home
        money = self.order.total or self.order.paid
        return money is not None and money.currency not in _currencies(home, self.day(self.order.placed_at))


def _was_awaited(order: Order) -> bool:
    if order.payment in _PAID_LATER:
        return True
    for event in order.events:
        if event.kind == Kind.PAYMENT_FAILED or (event.source is Source.USER and event.kind == "paid"):
            return True
        settlement = event.reading.finding.settlement if event.reading is not None else None
        if settlement is not None and settlement.value is Settlement.AWAITED:
            return True
    return False


def _promises_all(order: Order) -> bool:
    if order.partly_cancelled:
        return False
    for event in order.events:
        if event.kind == Kind.REFUND_PROMISED and event.reading is not None:
            partial = event.reading.finding.partial
            if partial is not None and partial.value:
                return False
    return not less(order.promised_back, order.paid or order.total)


def less(amount: Money | None, whole: Money | None) -> bool:
    """Whether an amount is known to be less than the whole; sums in different currencies cannot be compared."""
    return (
        amount is not None and whole is not None and amount.currency == whole.currency and amount.amount < whole.amount
    )


@lru_cache(maxsize=256)
def _currencies(country: str, day: date) -> tuple[str, ...]:
    # Imported here: most judgements need no table of currencies, and it costs 6 MB.
    from babel.numbers import get_territory_currencies

    current = tuple(get_territory_currencies(country, start_date=day))
    return (*current, _NEW_EURO[country]) if country in _NEW_EURO else current
