"""The days of one order from which the periods of the rules are counted.

In charge of turning what mails, the user and his deeds tell into clock events (`knowledge.rights.EVENTS`). A day that
nobody knows takes the value that gives the earliest deadline and is marked as assumed, or is left out where the rules
count from something else without it. It counts no period of a rule (`clocks`) and chooses no step.

How unknown days are filled:

- The day on which a card transaction was processed or settled is that of the payment: it is never earlier, and the
  rights table names it as the substitute. It is therefore not marked.
- A promised day of delivery that nobody named: the day of the order. `expected_delivery_date_last` and
  `latest_promised_delivery_date` stay unknown instead, because networks count otherwise where no date was given.
- The first statement with the charge, and the day on which a card's bill is debited: the day of the payment, unless the
  card is in the settings with its days. A card's bill whose day of closing is not given is taken for the next one.
- The end of a marketplace's own protection (AliExpress): 60 days after dispatch, the shortest that is told of.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from monitor.knowledge.rights import EVENTS, Rule
from monitor.render import local_day
from monitor.types import Card, Event, Expectation, Kind, Order, Source, Span, Unit
from monitor.workdays import Calendar

_DAY = timedelta(days=1)
SHORTEST_PROTECTION = timedelta(days=60)

# How long a seller has for a refund once the contract was withdrawn from or cancelled. The rules themselves
# (kr-ecom-18-2-refund, us-mito-refund, uk-ccr-34, eu-crd-13, fr-l216-7, ca-on-26-99) say the same.
REFUND_PERIOD: Mapping[str, Span] = {
    "KR": Span(3, Unit.BUSINESS_DAYS),
    "US": Span(7, Unit.BUSINESS_DAYS),
    "CA": Span(15, Unit.DAYS),
    "": Span(14, Unit.DAYS),
}

# What a letter or form of these families is, besides itself, as an event.
_DEMANDS = frozenset({"demand", "withdrawal", "refund_demand", "refund_reminder", "certified_letter"})
_CANCELS = frozenset({"withdrawal", "refund_demand"})
_DISPUTES = frozenset({"chargeback", "provider_dispute"})
_NOTICES = frozenset({"chargeback", "instalment_defence", "card_objection", "setoff"})
_COMPLAINTS = frozenset(
    {"marketplace_claim", "provider_dispute", "escrow_hold", "joint_liability", "bank_request", "card_objection"}
    | {"regulator_complaint", "setoff"}
)


class Days:
    """Clock events as they are known (`events`), which of them are assumed, and which will follow from steps to come.

    `projected`: days that rest on a step which is not taken yet, as early as it can be taken.
    """

    __slots__ = ("assumed", "events", "projected")

    def __init__(self) -> None:
        self.events: dict[str, date] = {}
        self.assumed: set[str] = set()
        self.projected: set[str] = set()

    def know(self, event: str, day: date | None, *, assumed: bool = False) -> None:
        """Sets an event unless it is known already; None is nothing known."""
        if day is not None and event not in self.events:
            self.events[event] = day
            if assumed:
                self.assumed.add(event)

    def correct(self, event: str, day: date) -> None:
        """What the user says of an event goes before what was read or assumed."""
        self.events[event] = day
        self.assumed.discard(event)
        self.projected.discard(event)

    def project(self, event: str, day: date) -> None:
        """Sets an event that will follow from a step to come."""
        if event not in self.events or event in self.assumed:
            self.events[event] = day
            self.assumed.discard(event)
            self.projected.add(event)


def gather(order: Order, timezone: str, card: Card | None, *, due_on: date | None, today: date) -> Days:
    """What is known of the order itself, without what the user did; `due_on`: the last good day of the goods."""

    def on(moment: object) -> date | None:
        return None if moment is None else local_day(moment, timezone)  # type: ignore[arg-type]  # datetimes of Order

    days = Days()
    for name, day in said_days(order):
        days.correct(name, day)
    placed = local_day(order.placed_at, timezone)
    paid = on(order.paid_at)
    days.know("order_date", placed)
    days.know("payment_date", paid or placed, assumed=paid is None)
    payment = days.events["payment_date"]
    unpaid = "payment_date" in days.assumed
    days.know("order_complete_date", max(placed, payment), assumed=unpaid)
    days.know("payment_month_end", payment.replace(day=monthrange(payment.year, payment.month)[1]), assumed=unpaid)
    for event in ("loss_date", "transaction_date", "transaction_processing_date", "transaction_settlement_date"):
        days.know(event, payment, assumed=unpaid)
    days.know("debit_date", payment, assumed=not _receipt(order))
    days.know("contract_document_date", _first(order, Kind.ORDER_CONFIRMATION, timezone) or placed)
    _promises(days, order, timezone, placed)
    days.know("shipped_date", on(order.shipped_at))
    if order.arrived_said is not False:
        days.know("delivery_date", on(order.delivered_at))
    days.know("cancel_date", on(order.cancelled_at))
    days.know("cancel_confirmed_date", on(order.cancelled_at))
    days.know("refund_right_vests_date", on(order.cancelled_at))
    days.know("return_date", on(order.returned_at))
    days.know("return_received_date", on(order.returned_at))
    days.know("credit_document_date", on(order.refund_promised_at))
    days.know("breach_date", due_on + _DAY if due_on is not None else None)
    days.know(
        "buyer_protection_end_date", (days.events.get("shipped_date") or payment) + SHORTEST_PROTECTION, assumed=True
    )
    _card_days(days, card, payment, today)
    return days


def said_days(order: Order) -> Iterable[tuple[str, date]]:
    """Clock events that the user named (`say ORDER statement_sent_date=2026-10-05`); the last word on each counts."""
    for event in order.events:
        name = event.payload.get("field", "")
        if event.kind == "set" and event.source is Source.USER and name in EVENTS:
            yield name, date.fromisoformat(event.payload["value"])


def _receipt(order: Order) -> bool:
    """Whether something tells when the money went: a receipt, or the user."""
    return any(event.kind in (Kind.PAYMENT_RECEIPT, "paid") for event in order.events)


def _first(order: Order, kind: Kind, timezone: str) -> date | None:
    found: Event | None = next((event for event in order.events if event.kind == kind), None)
    return local_day(found.at, timezone) if found is not None else None


def _promises(days: Days, order: Order, timezone: str, placed: date) -> None:
    """The first day of delivery that was named, and the latest. A date that was over when it was stated is no promise.

    The user's own correction takes the place of what the seller said.
    """
    by_user = {event.id for event in order.events if event.source is Source.USER}
    said = [promise.due for promise in order.promises
            if promise.expectation is Expectation.DELIVERY and promise.event_id in by_user]  # fmt: skip
    named = [promise.due for promise in order.promises
             if promise.expectation is Expectation.DELIVERY and promise.event_id not in by_user
             and promise.due >= local_day(promise.stated_at, timezone) - _DAY]  # fmt: skip
    if said:
        named = [said[-1]]
    if named:
        days.know("promised_delivery_date", named[0])
        for event in (
            "latest_promised_delivery_date", "expected_delivery_date_last", "estimated_delivery_date_latest",
        ):  # fmt: skip
            days.know(event, max(named))
        return
    dispatch = [promise.due for promise in order.promises if promise.expectation is Expectation.DISPATCH]
    # What is sent on a day does not arrive before it.
    days.know("promised_delivery_date", max(dispatch[0], placed) if dispatch else placed, assumed=True)
    days.know("estimated_delivery_date_latest", days.events["promised_delivery_date"], assumed=True)


def _card_days(days: Days, card: Card | None, payment: date, today: date) -> None:
    """The first statement with the charge, and the next day on which the card's bill is debited."""
    if card is not None and card.statement_day is not None:
        sent = on_day_of_month(payment, card.statement_day)
        days.know("statement_sent_date", sent)
    days.know("statement_sent_date", payment, assumed=True)
    if card is not None and card.payment_day is not None:
        closed = days.events["statement_sent_date"]
        known = card.statement_day is not None
        days.know("card_payment_due_date", on_day_of_month(closed + _DAY, card.payment_day), assumed=not known)
    days.know("card_payment_due_date", payment, assumed=True)


def next_card_payment(card: Card | None, today: date) -> date | None:
    """The next day after `today` on which the card's bill is debited; None where that day is not known."""
    if card is None or card.payment_day is None:
        return None
    return on_day_of_month(today + _DAY, card.payment_day)


def on_day_of_month(start: date, day: int) -> date:
    """The first day on or after `start` that is the given day of its month, or the month's last where it lacks it."""
    year, month = start.year, start.month
    while True:
        found = date(year, month, min(day, monthrange(year, month)[1]))
        if found >= start:
            return found
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def consequences(rule: Rule, day: date, calendar: Calendar, *, goods_came: bool = False) -> dict[str, date]:
    """The clock events that a step taken on `day` sets off."""
    found: dict[str, date] = {}
    to_seller = "seller" in rule.addressee
    if to_seller and rule.text != "none":
        found["seller_contact_date"] = day
    if to_seller and rule.text in _DEMANDS:
        found["formal_demand_date"] = found["demand_received_date"] = day
    if to_seller and rule.text in _CANCELS:
        found["cancel_date"] = found["refund_right_vests_date"] = day
        if not goods_came:
            found["refund_due_date"] = refund_due(rule.country, day, calendar)
    if rule.text in _DISPUTES:
        found["dispute_open_date"] = found["report_date"] = day
    if rule.text == "marketplace_claim":
        found["report_date"] = day
    if rule.text in _NOTICES:
        found["notice_received_date"] = day
    if rule.text in _COMPLAINTS:
        found["complaint_date"] = found["complete_file_date"] = day
    return found


def refund_due(country: str, since: date, calendar: Calendar) -> date:
    """The last day for a refund that became due by a withdrawal or cancellation on `since`."""
    return calendar.add(since, REFUND_PERIOD.get(country, REFUND_PERIOD[""]))
