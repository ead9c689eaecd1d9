"""The days of one order from which the periods of the rules are counted.

In charge of turning what mails, the user and his deeds tell into clock events (`knowledge.rights.EVENTS`). Only what is
known goes in; what stands in for the rest is up to `happenings`. It counts no period of a rule (`clocks`) and chooses
no step.

A new promise moves only what counts from the latest one: `promised_delivery_date` stays the first day that was named,
`latest_promised_delivery_date` and its like are the last.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from monitor.escalate import clocks
from monitor.knowledge.forms import load_forms
from monitor.knowledge.rights import EVENTS, REFUND_PERIOD, Rights, Rule
from monitor.render import local_day
from monitor.types import Authentication, Card, Event, Expectation, Kind, Order, Source
from monitor.workdays import Calendar

_DAY = timedelta(days=1)
_LATEST = ("latest_promised_delivery_date", "expected_delivery_date_last", "estimated_delivery_date_latest")

# What a letter or form of these families is, besides itself, as an event.
_DEMANDS = frozenset({"demand", "withdrawal", "refund_demand", "refund_reminder", "certified_letter", "chargeback"})
_CANCELS = frozenset({"withdrawal", "refund_demand", "chargeback"})
_DISPUTES = frozenset({"chargeback", "provider_dispute", "card_objection"})
_NOTICES = frozenset({"chargeback", "instalment_defence", "card_objection", "setoff"})
_COMPLAINTS = frozenset(
    {"marketplace_claim", "provider_dispute", "escrow_hold", "joint_liability", "bank_request", "card_objection"}
    | {"regulator_complaint", "setoff"}
)

# The events that a step which another one needs sets off: that one counts from them and from no other step's.
OWN_EVENTS = ("dispute_open_date", "report_date", "complaint_date", "notice_received_date")


def gather(order: Order, timezone: str, card: Card | None, *, due_on: date | None) -> dict[str, date]:
    """The clock events that are known of the order itself; `due_on`: the last good day of the goods.

    What the user says of an event (`say ORDER statement_sent_date=2026-10-05`) goes before what was read.
    """

    def on(moment: datetime | None) -> date | None:
        return None if moment is None else local_day(moment, timezone)

    placed = local_day(order.placed_at, timezone)
    paid, cancelled, returned = on(order.paid_at), on(order.cancelled_at), on(order.returned_at)
    came = on(order.delivered_at) if order.arrived_said is not False else None
    found: dict[str, date | None] = {
        "order_date": placed,
        "payment_date": paid,
        "order_complete_date": max(placed, paid) if paid else None,
        "payment_month_end": paid.replace(day=monthrange(paid.year, paid.month)[1]) if paid else None,
        "debit_date": _read(order, "debit_on", last=False) or (paid if _receipt(order) else None),
        "protection_stated_date": _read(order, "protected_until", last=True),
        "contract_document_date": _first(order, Kind.ORDER_CONFIRMATION, timezone) or placed,
        "shipped_date": on(order.shipped_at),
        "delivery_date": came,
        "cancel_date": cancelled,
        "cancel_confirmed_date": cancelled,
        "refund_right_vests_date": cancelled,
        "return_date": returned,
        "return_received_date": returned,
        "credit_document_date": on(order.refund_promised_at or (order.cancelled_at if order.promised_back else None)),
        "breach_date": due_on + _DAY if due_on is not None else None,
        **_promises(order, timezone),
        **(_statement(card, paid) if card is not None and paid is not None else {}),
    }
    said = dict(_said(order))
    if "buyer_protection_end_date" in said:
        found["protection_stated_date"] = None  # he read the order page, which goes before an older mail
    return {event: day for event, day in found.items() if day is not None} | said


def _said(order: Order) -> Iterable[tuple[str, date]]:
    """Clock events that the user named; the last word on each counts."""
    for event in order.events:
        name = event.payload.get("field", "")
        if event.kind == "set" and event.source is Source.USER and name in EVENTS:
            yield name, date.fromisoformat(event.payload["value"])


def _read(order: Order, name: str, *, last: bool) -> date | None:
    """A day that mails state (a field of their findings): the last of several, or the first."""
    found = [
        stated.value
        for event in order.events
        if event.reading is not None
        and event.source is Source.MAIL
        and not event.reading.own
        and event.reading.authentication is not Authentication.FAIL
        and (stated := getattr(event.reading.finding, name)) is not None
    ]
    return (found[-1] if last else found[0]) if found else None


def _receipt(order: Order) -> bool:
    """Whether something tells when the money went: a receipt, or the user."""
    return any(event.kind in (Kind.PAYMENT_RECEIPT, "paid") for event in order.events)


def _first(order: Order, kind: Kind, timezone: str) -> date | None:
    found: Event | None = next((event for event in order.events if event.kind == kind), None)
    return local_day(found.at, timezone) if found is not None else None


def _promises(order: Order, timezone: str) -> dict[str, date]:
    """The first day of delivery that was named, and the latest. A date that was over when it was stated is no promise.

    The user's own correction takes the place of what the seller said.
    """
    by_user = {event.id for event in order.events if event.source is Source.USER}
    delivery = [promise for promise in order.promises if promise.expectation is Expectation.DELIVERY]
    said = [promise.due for promise in delivery if promise.event_id in by_user]
    named = said[-1:] or [
        promise.due for promise in delivery if promise.due >= local_day(promise.stated_at, timezone) - _DAY
    ]
    if not named:
        return {}
    return {"promised_delivery_date": named[0]} | dict.fromkeys(_LATEST, max(named))


def _statement(card: Card, paid: date) -> dict[str, date]:
    """The first statement with the charge, and the day on which it is debited, where the settings have the card's days.

    Without the day on which bills are drawn up the first statement is not known, and `happenings` takes the earliest.
    """
    if card.statement_day is None:
        return {}
    sent = on_day_of_month(paid, card.statement_day)
    due = {} if card.payment_day is None else {"card_payment_due_date": on_day_of_month(sent + _DAY, card.payment_day)}
    return {"statement_sent_date": sent, **due}


def on_day_of_month(start: date, day: int) -> date:
    """The first day on or after `start` that is the given day of its month, or the month's last where it lacks it."""
    year, month = start.year, start.month
    while True:
        found = date(year, month, min(day, monthrange(year, month)[1]))
        if found >= start:
            return found
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def consequences(
    rule: Rule, day: date, refund: Callable[[date], date], *, goods_came: bool = False
) -> dict[str, date]:  # fmt: skip
    """The clock events that a step taken on `day` sets off. `refund`: when money asked back on a day is due."""
    found: dict[str, date] = {}
    to_seller = "seller" in rule.addressee
    if to_seller and rule.text != "none":
        found["seller_contact_date"] = day
    if to_seller and rule.text in _DEMANDS:
        found["formal_demand_date"] = found["demand_received_date"] = day
    if to_seller and rule.text in _CANCELS and (goods_came or rule.id not in load_forms().after_delivery):
        found |= ended(day, refund, goods_came=goods_came)
    if rule.text in _DISPUTES:
        found["dispute_open_date"] = day
    if rule.text in ("provider_dispute", "marketplace_claim"):
        found["report_date"] = day
    if rule.text in _NOTICES:
        found["notice_received_date"] = day
    if rule.text in _COMPLAINTS:
        found["complaint_date"] = found["complete_file_date"] = day
    return found


def ended(day: date, refund: Callable[[date], date], *, goods_came: bool = False) -> dict[str, date]:
    """The clock events of a contract that the user ended on `day`; of goods that came the refund waits for them."""
    found = {"cancel_date": day, "refund_right_vests_date": day}
    return found if goods_came else found | {"refund_due_date": refund(day)}


def refund_due(rights: Rights, since: date, calendar: Calendar, *, abroad: bool = False) -> date:
    """The last day for a refund that became due by a withdrawal or cancellation on `since`.

    By the law of the calendar's country, which is the user's; of a seller `abroad` the usual 14 days are expected.
    """
    return clocks.after(since, REFUND_PERIOD if abroad else rights.refund_period(calendar.country), calendar)
