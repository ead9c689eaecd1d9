"""Says what each order waits for, until when, who has fallen silent, and what only the user can tell.

In charge of turning folded orders and the user's rules into judgements at one moment: open expectations with
their last days, the flag, the question to the user. Pure: reads no clock and no mail. It does not decide whom to
turn to (escalate) and writes nothing.

How the wording of the contract was settled where it leaves room:

- All days are days in the user's time zone. `due_on` is the last good day; overdue begins the day after.
- The flag also wants the seller's last human word to be `threshold` business days old, the day after the word
  being day 1, and comes on the calendar day after the last of them: a word of Monday flags on Friday.
- Several expectations are open at once. An unanswered letter adds `answer` to them and ends none; which one is
  shown follows the one rule for all (flagged first, then the earliest). On equal days `answer` comes last.
- A delivery date promised for an order that is not dispatched yet opens `delivery` at once, and replaces the
  table's date for `dispatch` where it is later: the table speaks where mails state no date (so does the Korean
  statute: an agreed date of supply takes the place of the three business days).
- A date moves by a seller's answer only: a reply, a delay notice, a word on a dispute or refund, any mail of a
  person in the user's thread, or the user's own correction. An automatic mail sets the first date and moves none.
  An answer that names a later day of dispatch takes back a delivery date promised before, and the other way round.
- A date that was over when it was stated is taken for a misreading and not used.
- Full cancellation, a refund or promise of the whole sum, and a return end `dispatch` and `delivery`.
- Digital goods, services, free orders and renewals wait for goods only until a stated date, and past it the user
  is asked first: nobody mails that a concert took place. Pre-orders and made-to-order goods have no table date.
- `refund_arrived` is asked when a refund is overdue (it may have come without a mail); `payment_method` when an
  order is flagged and the method unknown, since only then does it matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitor.types import (
    Due,
    Event,
    Expectation,
    Judgement,
    Kind,
    Money,
    Order,
    OrderClass,
    Promise,
    Rules,
    Settlement,
    Source,
    Span,
    Unit,
)
from monitor.workdays import Calendar, country_code

NOTHING = "nothing"
QUESTIONS = ("which_order", "which_value", "arrived", "refund_arrived", "paid", "payment_method")
"""What can be asked of the user, in the order in which it is asked."""

_STATES = (
    "closed",
    "refunded",
    "partly_refunded",
    "refund_promised",
    "cancelled",
    "delivered",
    "shipped",
    "payment_failed",
    "paid",
    "ordered",
)
_BASES = ("promise", "user", "table")
REASONS: tuple[str, ...] = (
    *(f"{word}.{expectation}.{basis}" for word in ("due", "wait") for expectation in Expectation for basis in _BASES),
    "due.dispatch.not_arrived",
    "due.delivery.not_arrived",
    "due.delivery.unreported",
    "wait.dispatch.undated",
    *(f"ask.{question}" for question in QUESTIONS),
    "hold.word",
    "hold.snoozed",
    "hold.suspicious",
    "hold.gap",
    *(f"done.{state}" for state in _STATES),
)
"""Every message key that `Judgement.reason` and `Due.reason` can carry; each catalog has all of them."""

_DAY = timedelta(days=1)
_EU = frozenset(
    {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"}
    | {"IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"}
)
_NEW_EURO = {"BG": "EUR"}  # since 2026-01-01, which the CLDR data at hand do not know yet

# What is expected when the mails state no date (the table of the contract).
_PAYMENT_DAYS = Span(3, Unit.BUSINESS_DAYS)
_ANSWER_DAYS = Span(3, Unit.BUSINESS_DAYS)
_ON_DELIVERY_DISPATCH = Span(7, Unit.DAYS)
_UNREPORTED = 7  # business days without a mail, after which a seller who reports deliveries is flagged


@dataclass(frozen=True, slots=True)
class _Periods:
    """One row of the table. `from_payment`: dispatch counts from the payment, else from the order."""

    dispatch: Span
    delivery: Span
    refund: Span
    from_payment: bool = False
    not_before_dispatch: bool = False  # delivery is not due before the period for dispatch is over


_TABLE = {
    "KR": _Periods(
        Span(3, Unit.BUSINESS_DAYS), Span(7, Unit.BUSINESS_DAYS), Span(3, Unit.BUSINESS_DAYS), from_payment=True
    ),
    "US": _Periods(Span(30, Unit.DAYS), Span(7, Unit.BUSINESS_DAYS), Span(7, Unit.BUSINESS_DAYS)),
    "EU": _Periods(Span(30, Unit.DAYS), Span(7, Unit.BUSINESS_DAYS), Span(14, Unit.DAYS), not_before_dispatch=True),
    "": _Periods(Span(30, Unit.DAYS), Span(30, Unit.DAYS), Span(14, Unit.DAYS)),
}

# Classes for which nobody mails that the thing was done: the user is asked before anything is flagged.
_NO_GOODS = frozenset({OrderClass.DIGITAL, OrderClass.SERVICE, OrderClass.FREE, OrderClass.SUBSCRIPTION})
_NO_TABLE_DATE = _NO_GOODS | {OrderClass.PREORDER, OrderClass.MADE_TO_ORDER}

# Kinds of mail in which a seller answers in person, or takes back a date: these move a date.
_ANSWERS = frozenset({Kind.SELLER_REPLY, Kind.DELAYED, Kind.REFUND_PROMISED, Kind.DISPUTE_UPDATE})
# Mails that say nothing about the goods: they do not break a seller's silence on a delivery.
_NO_NEWS = frozenset({Kind.OWN_LETTER, Kind.AUTO_REPLY, Kind.BOUNCE, Kind.OTHER})
# On equal days the first of these is shown.
_RANK = (
    Expectation.PAYMENT,
    Expectation.DELIVERY,
    Expectation.DISPATCH,
    Expectation.REFUND,
    Expectation.CREDIT,
    Expectation.ANSWER,
)


def judge(orders: Sequence[Order], rules: Rules, now: datetime, heard_until: Mapping[str, datetime]) -> list[Judgement]:
    """Judges every order as of `now`, or as of the moment up to which its accounts were read, if that is earlier.

    `heard_until` names the accounts that count (those switched off are absent). All orders are needed at once:
    what a seller did with earlier orders says what his silence means. Times are aware; days are days in
    `rules.timezone` (an IANA name). One judgement per order, in the order given.
    """
    histories = _histories(orders)
    zone = ZoneInfo(rules.timezone)
    calendar = _calendar(rules.country, rules.extra_holidays)
    judgements = []
    for order in orders:
        heard = [heard_until[name] for name in order.accounts if name in heard_until]
        judged_at = min([now, *heard])
        view = _View(order, rules, histories[order.id], calendar, zone, judged_at, now)
        judgements.append(_judgement(view))
    return judgements


@lru_cache(maxsize=8)
def _calendar(country: str, extra_holidays: tuple[date, ...]) -> Calendar:
    return Calendar(country, extra_holidays)


# -- what a seller did before -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _History:
    """What earlier orders with this seller showed."""

    reports_deliveries: bool = False
    silent_dispatches: int = 0  # orders that arrived though no dispatch was announced

    @property
    def dispatches_silently(self) -> bool:
        return self.silent_dispatches >= 2


def _histories(orders: Sequence[Order]) -> dict[str, _History]:
    by_seller: dict[str, list[Order]] = defaultdict(list)
    for order in orders:
        by_seller[order.seller.key].append(order)
    histories: dict[str, _History] = {}
    for of_seller in by_seller.values():
        reports, silent = False, 0
        for order in sorted(of_seller, key=lambda o: (o.placed_at, o.id)):
            histories[order.id] = _History(reports, silent)
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


# -- one order ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _View:
    """One order, seen by one user at one moment."""

    order: Order
    rules: Rules
    history: _History
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
        order = self.order
        return (
            order.settlement is Settlement.AWAITED or order.payment_failed_at is not None
        ) and order.shipped_at is None

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
        return self.order.order_class in _NO_GOODS or (not self.dispatched and self.history.dispatches_silently)

    @property
    def periods(self) -> _Periods:
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


@lru_cache(maxsize=256)
def _currencies(country: str, day: date) -> tuple[str, ...]:
    # Imported here: most judgements need no table of currencies, and it costs 6 MB.
    from babel.numbers import get_territory_currencies

    current = tuple(get_territory_currencies(country, start_date=day))
    return (*current, _NEW_EURO[country]) if country in _NEW_EURO else current


def _judgement(view: _View) -> Judgement:
    order = view.order
    state = _state(view)
    dues: tuple[Due, ...] = () if state == "closed" else tuple(_dues(view))
    flagged = [due for due in dues if due.flagged]
    shown = min(flagged or dues, key=lambda due: (due.due_on, _RANK.index(due.expectation)), default=None)
    undated = shown is None and state != "closed" and _waits_without_date(view)
    asks = None if state == "closed" else _asks(view, dues)
    waits_for = shown.expectation.value if shown is not None else Expectation.DISPATCH.value if undated else NOTHING
    return Judgement(
        order_id=order.id,
        judged_at=view.judged_at,
        state=state,
        waits_for=waits_for,
        due_on=shown.due_on if shown is not None else None,
        overdue_days=max(0, (view.today - shown.due_on).days) if shown is not None else 0,
        silent_since=order.last_human_word or order.placed_at,
        flagged=bool(flagged),
        urgent=order.put_off >= 2 and waits_for != NOTHING and not order.suspicious,
        asks=asks,
        dues=dues,
        reason=_reason(view, state, dues, shown, undated, asks),
    )


def _state(view: _View) -> str:
    """The latest of the money events, else the goods, else the payment."""
    order = view.order
    if order.closed_at is not None:
        return "closed"
    money: list[tuple[datetime, str]] = []
    if order.cancelled_at is not None:
        money.append((order.cancelled_at, "cancelled"))
    if order.refund_promised_at is not None:
        money.append((order.refund_promised_at, "refund_promised"))
    if order.refunded_at is not None:
        money.append((order.refunded_at, "refunded" if order.fully_refunded else "partly_refunded"))
    if money:
        # At the same moment (one mail cancels and promises) the one further along counts: `max` keeps the first.
        return max(reversed(money), key=lambda event: event[0])[1]
    if view.arrived:
        return "delivered"
    if view.dispatched:
        return "shipped"
    if order.payment_failed_at is not None:
        return "payment_failed"
    return "paid" if order.settlement is Settlement.RECEIVED or order.order_class is OrderClass.FREE else "ordered"


# -- what is open -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Open:
    """An expectation before it is judged."""

    expectation: Expectation
    since: datetime
    due_on: date
    basis: str
    because: tuple[str, ...]


def _dues(view: _View) -> Iterator[Due]:
    """Every open expectation of an order, judged."""
    found = [_payment(view), *_goods(view), _refund(view), _answer(view)]
    for item in found:
        if item is None:
            continue
        cause = _flag(view, item)
        word = "wait" if cause is None else "due"
        yield Due(
            expectation=item.expectation,
            since=item.since,
            due_on=item.due_on,
            flagged=cause is not None,
            because=item.because,
            basis=item.basis,
            reason=f"{word}.{item.expectation}.{cause or item.basis}",
        )


def _payment(view: _View) -> _Open | None:
    order = view.order
    if not view.awaits_payment or _ended(view) or order.order_class is OrderClass.FREE:
        return None
    since = order.payment_failed_at or order.placed_at
    promise = _stated(view, Expectation.PAYMENT)
    because = _ids(order, Kind.PAYMENT_FAILED) or _opening(order)
    if promise is not None:
        return _Open(Expectation.PAYMENT, since, promise.due, "promise", (promise.event_id,))
    return _Open(Expectation.PAYMENT, since, view.after(since, _PAYMENT_DAYS), "table", because)


def _goods(view: _View) -> Iterator[_Open]:
    if _ended(view) or view.arrived or view.awaits_payment:
        return
    dispatch = None if view.dispatched and not view.more_to_come else _dispatch(view)
    if dispatch is not None:
        yield dispatch
    delivery = _delivery(view)
    if delivery is not None:
        yield delivery


def _ended(view: _View) -> bool:
    """No goods are owed any more: cancelled, returned, or the whole sum was given or promised back."""
    order = view.order
    return (
        order.cancelled_at is not None
        or order.returned_at is not None
        or order.fully_refunded
        or (order.refund_promised_at is not None and _promises_all(order))
    )


def _promises_all(order: Order) -> bool:
    if order.partly_cancelled:
        return False
    for event in order.events:
        if event.kind == Kind.REFUND_PROMISED and event.reading is not None:
            partial = event.reading.finding.partial
            if partial is not None and partial.value:
                return False
    return not _less(order.promised_back, order.paid or order.total)


def _less(amount: Money | None, whole: Money | None) -> bool:
    """Whether an amount is known to be less than the whole; sums in different currencies cannot be compared."""
    return (
        amount is not None and whole is not None and amount.currency == whole.currency and amount.amount < whole.amount
    )


def _dispatch(view: _View) -> _Open | None:
    order = view.order
    prepaid = order.settlement is not Settlement.ON_DELIVERY
    promise = _stated(view, Expectation.DISPATCH)
    delivery = _delivery_promise(view)
    own = view.rules.expect.get("dispatch")
    paid_at = order.paid_at or order.placed_at
    result: _Open | None = None
    deferring = delivery is not None and _moves(order, delivery)
    if promise is not None:
        result = _Open(Expectation.DISPATCH, order.placed_at, promise.due, "promise", (promise.event_id,))
        deferring = deferring and delivery is not None and delivery.stated_at > promise.stated_at
    elif order.order_class in _NO_GOODS:
        return None
    elif own is not None:
        since = paid_at if prepaid else order.placed_at
        result = _Open(Expectation.DISPATCH, since, view.after(since, own), "user", _opening(order))
    else:
        deferring = delivery is not None
        if order.order_class not in _NO_TABLE_DATE:
            result = _dispatch_by_table(view, prepaid, paid_at)
    if deferring and delivery is not None and (result is None or delivery.due > result.due_on):
        return _Open(Expectation.DISPATCH, order.placed_at, delivery.due, "promise", (delivery.event_id,))
    return result


def _dispatch_by_table(view: _View, prepaid: bool, paid_at: datetime) -> _Open:
    order, periods = view.order, view.periods
    span = periods.dispatch if prepaid else _ON_DELIVERY_DISPATCH
    since = paid_at if prepaid and periods.from_payment else order.placed_at
    return _Open(Expectation.DISPATCH, since, view.after(since, span), "table", _opening(order))


def _delivery(view: _View) -> _Open | None:
    order = view.order
    promise = _delivery_promise(view)
    if promise is not None:
        since = _dispatched_at(order) or order.placed_at
        return _Open(Expectation.DELIVERY, since, promise.due, "promise", (promise.event_id,))
    since_dispatch = _dispatched_at(order)
    if since_dispatch is None or order.order_class in _NO_GOODS - {OrderClass.SUBSCRIPTION}:
        return None
    because = _ids(order, Kind.SHIPPED) or _opening(order)
    own = view.rules.expect.get("delivery")
    if own is not None:
        return _Open(Expectation.DELIVERY, since_dispatch, view.after(since_dispatch, own), "user", because)
    periods = view.periods
    due = view.after(since_dispatch, periods.delivery)
    if periods.not_before_dispatch:
        due = max(due, view.after(order.placed_at, periods.dispatch))
    return _Open(Expectation.DELIVERY, since_dispatch, due, "table", because)


def _dispatched_at(order: Order) -> datetime | None:
    """When the first of the parcels that are still out was sent."""
    out = [p.shipped_at for p in order.parcels if p.delivered_at is None and p.shipped_at is not None]
    return min(out) if out else order.shipped_at


def _refund(view: _View) -> _Open | None:
    """Money that is owed back: from the earliest cause that no refund has met yet."""
    order = view.order
    if order.fully_refunded:
        return None
    causes = list(_refund_causes(view))
    if not causes:
        return None
    since, because = min(causes, key=lambda cause: cause[0])
    promise = _stated(view, Expectation.REFUND, since)
    if promise is not None:
        return _Open(Expectation.REFUND, since, promise.due, "promise", (promise.event_id,))
    own = view.rules.expect.get("refund")
    span, basis = (own, "user") if own is not None else (view.periods.refund, "table")
    return _Open(Expectation.REFUND, since, view.after(since, span), basis, because)


def _refund_causes(view: _View) -> Iterator[tuple[datetime, tuple[str, ...]]]:
    order = view.order
    owed_whole = order.paid or order.total
    if order.cancelled_at is not None and view.money_in and not _met(order, order.cancelled_at, owed_whole):
        yield order.cancelled_at, _ids(order, Kind.CANCELLATION)
    if order.partly_cancelled and view.money_in:
        for event in order.events:
            part = event.reading.finding.partial if event.reading is not None else None
            if event.kind == Kind.CANCELLATION and part is not None and part.value and not _met(order, event.at, None):
                yield event.at, (event.id,)
    if order.refund_promised_at is not None and not _met(order, order.refund_promised_at, order.promised_back):
        yield order.refund_promised_at, _ids(order, Kind.REFUND_PROMISED)
    if order.returned_at is not None and view.money_in and not _met(order, order.returned_at, None):
        yield order.returned_at, _ids(order, Kind.RETURNED) or _ids(order, "returned")


def _met(order: Order, since: datetime, owed: Money | None) -> bool:
    """Whether a refund has met what was owed since then; where an amount is unknown, any later refund has."""
    return order.refunded_at is not None and order.refunded_at >= since and not _less(order.given_back, owed)


def _answer(view: _View) -> _Open | None:
    order = view.order
    since = order.unanswered_letter_at
    if since is None:
        return None
    because = tuple(event.id for event in order.letters if event.at == since)
    promise = _stated(view, Expectation.ANSWER, since)
    if promise is not None:
        return _Open(Expectation.ANSWER, since, promise.due, "promise", (promise.event_id,))
    own = view.rules.expect.get("answer")
    span, basis = (own, "user") if own is not None else (_ANSWER_DAYS, "table")
    return _Open(Expectation.ANSWER, since, view.after(since, span), basis, because)


def _waits_without_date(view: _View) -> bool:
    """A pre-order or made-to-order good that nobody set a date for: it waits, and nothing is late."""
    return (
        view.order.order_class in (OrderClass.PREORDER, OrderClass.MADE_TO_ORDER)
        and not _ended(view)
        and not view.dispatched
        and not view.arrived
        and not view.awaits_payment
    )


# -- promised dates -----------------------------------------------------------------------------------------------


def _stated(view: _View, expectation: Expectation, since: datetime | None = None) -> Promise | None:
    """The date that holds: the first one stated (at or after `since`), or the last that an answer moved it to."""
    order = view.order
    current: Promise | None = None
    for promise in order.promises:
        if promise.expectation is not expectation:
            continue
        by_user = _kind_of(order, promise.event_id) == "set"
        if not by_user:
            if since is not None and promise.stated_at < since:
                continue
            if promise.due < view.day(promise.stated_at) - _DAY:
                continue
        if current is None or _moves(order, promise):
            current = promise
    return current


def _delivery_promise(view: _View) -> Promise | None:
    """The delivery date that holds, unless an answer has since put off the dispatch beyond it."""
    delivery = _stated(view, Expectation.DELIVERY)
    dispatch = _stated(view, Expectation.DISPATCH)
    if delivery is None or dispatch is None:
        return delivery
    put_off = _moves(view.order, dispatch) and dispatch.stated_at > delivery.stated_at and dispatch.due >= delivery.due
    return None if put_off else delivery


def _moves(order: Order, promise: Promise) -> bool:
    """Whether a date moves the one stated before: only an answer does, or the user's own correction."""
    event = next((event for event in order.events if event.id == promise.event_id), None)
    if event is None:
        return False
    if event.source is Source.USER or event.kind in _ANSWERS:
        return True
    reading = event.reading
    if reading is None or reading.auto_submitted:
        return False
    letters = {letter.reading.message_id for letter in order.letters if letter.reading is not None}
    return any(reference in letters for reference in reading.references)


def _kind_of(order: Order, event_id: str) -> str | None:
    return next((event.kind for event in order.events if event.id == event_id), None)


def _ids(order: Order, kind: str) -> tuple[str, ...]:
    return tuple(event.id for event in order.events if event.kind == kind)


def _opening(order: Order) -> tuple[str, ...]:
    first: Event | None = next((event for event in order.events if event.source is Source.MAIL), None)
    return (first.id,) if first is not None else ()


# -- the flag and the questions -------------------------------------------------------------------------------------


def _flag(view: _View, item: _Open) -> str | None:
    """Why an open expectation is flagged: "" by its date alone, or a word of `REASONS`; None if it is not."""
    order = view.order
    if order.suspicious or view.awaits_payment or item.expectation is Expectation.PAYMENT:
        return None
    if view.today <= item.due_on or not _silent(view, item.expectation):
        return None
    if order.snoozed_until is not None and view.today < order.snoozed_until:
        return None
    if item.expectation not in (Expectation.DISPATCH, Expectation.DELIVERY):
        return ""
    if order.arrived_said is False:
        return "not_arrived"
    if item.expectation is Expectation.DELIVERY and view.dispatched:
        return "unreported" if _delivery_unreported(view, item) else None
    return None if view.asks_before_flagging else ""


def _silent(view: _View, expectation: Expectation) -> bool:
    """Whether the seller's last human word is old enough, or there never was one."""
    word = view.order.last_human_word
    if word is None:
        return True
    return view.calendar.between(view.day(word), view.today - _DAY) >= _threshold(view, expectation)


def _threshold(view: _View, expectation: Expectation) -> int:
    """Business days; what is set for a seller goes before what is set for an expectation."""
    seller = view.order.seller
    names = {name.strip().casefold() for name in (seller.key, seller.domain, seller.known, seller.name) if name.strip()}
    for name, days in view.rules.threshold_by_seller.items():
        if name.strip().casefold() in names:
            return days
    return view.rules.threshold_by_expectation.get(expectation, view.rules.threshold)


def _delivery_unreported(view: _View, item: _Open) -> bool:
    """A seller who reports deliveries has been silent about this one for seven business days after its date."""
    if not view.history.reports_deliveries or view.order.order_class in _NO_GOODS:
        return False
    news = [
        view.day(event.at)
        for event in view.order.events
        if event.source is Source.MAIL and event.kind not in _NO_NEWS and event.at <= view.judged_at
    ]
    quiet_since = max([item.due_on, *news])
    return view.calendar.between(quiet_since, view.today - _DAY) >= _UNREPORTED


def _asks(view: _View, dues: Sequence[Due]) -> str | None:
    order = view.order
    raised = {question.partition(":")[0] for question in order.questions}
    late = {due.expectation for due in dues if view.today > due.due_on}
    applies = {
        "which_order": "which_order" in raised,
        "which_value": "which_value" in raised,
        "arrived": order.arrived_said is None
        and (
            (view.dispatched and Expectation.DELIVERY in late)
            or (view.asks_before_flagging and bool(late & {Expectation.DISPATCH, Expectation.DELIVERY}))
        ),
        "refund_arrived": Expectation.REFUND in late,
        "paid": view.awaits_payment and Expectation.PAYMENT in late,
        "payment_method": order.payment is None and any(due.flagged for due in dues),
    }
    if order.suspicious:  # whoever wrote these mails, asking about their parcel or payment would lend them weight
        applies.update(arrived=False, refund_arrived=False, paid=False, payment_method=False)
    return next((question for question in QUESTIONS if applies[question]), None)


def _reason(view: _View, state: str, dues: Sequence[Due], shown: Due | None, undated: bool, asks: str | None) -> str:
    if shown is None:
        if asks is not None:
            return f"ask.{asks}"
        return "wait.dispatch.undated" if undated else f"done.{state}"
    if shown.flagged:
        return shown.reason
    if view.order.suspicious:
        return "hold.suspicious"
    if asks is not None:
        return f"ask.{asks}"
    if any(view.today > due.due_on and due.expectation is not Expectation.PAYMENT for due in dues):
        snoozed = view.order.snoozed_until is not None and view.today < view.order.snoozed_until
        return "hold.snoozed" if snoozed else "hold.word"
    if any(view.day(view.now) > due.due_on for due in dues):
        return "hold.gap"
    return shown.reason
