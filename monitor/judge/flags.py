"""Whether what is open is worth a flag, and what only the user can tell."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date

from monitor.judge.dues import Open
from monitor.judge.view import NO_GOODS, View
from monitor.types import Due, Expectation, Kind, Source, Span, Unit

QUESTIONS = ("which_order", "which_value", "arrived", "refund_arrived", "paid", "payment_method")
"""What can be asked of the user, in the order in which it is asked."""

UNREPORTED_DAYS = 7  # business days without a mail, after which a seller who reports deliveries is flagged

# Mails that say nothing about the goods: they do not break a seller's silence on a delivery.
_NO_NEWS = frozenset({Kind.OWN_LETTER, Kind.AUTO_REPLY, Kind.BOUNCE, Kind.OTHER})


def flag(view: View, item: Open) -> str | None:
    """Why an open expectation is flagged: "" by its date alone, or a word of `REASONS`; None if it is not."""
    order = view.order
    goods = item.expectation in (Expectation.DISPATCH, Expectation.DELIVERY)
    if order.suspicious or item.expectation is Expectation.PAYMENT:
        return None
    if view.awaits_payment and not (view.lent and goods):
        return None
    if view.today <= item.due_on or not _silent(view, item.expectation):
        return None
    if order.snoozed_until is not None and view.today < order.snoozed_until:
        return None
    if not goods:
        return ""
    if order.arrived_said is False:
        return "not_arrived"
    if item.expectation is Expectation.DELIVERY and view.dispatched:
        return "unreported" if _delivery_unreported(view, item) else None
    return None if view.asks_before_flagging else ""


def _silent(view: View, expectation: Expectation) -> bool:
    """Whether the seller's last human word is old enough, or there never was one."""
    word = view.order.last_human_word
    if word is None:
        return True
    return _full_days_since(view, view.day(word), _threshold(view, expectation))


def _full_days_since(view: View, day: date, count: int) -> bool:
    """Whether `count` business days after `day` are over: the day after it is day 1, today is not over yet."""
    return count <= 0 or view.calendar.add(day, Span(count, Unit.BUSINESS_DAYS)) < view.today


def _threshold(view: View, expectation: Expectation) -> int:
    """Business days; what is set for a seller goes before what is set for an expectation."""
    seller = view.order.seller
    names = {_folded(name) for name in (seller.key, seller.domain, seller.known, seller.name) if name.strip()}
    for name, days in view.rules.threshold_by_seller.items():
        if _folded(name) in names:
            return days
    return view.rules.threshold_by_expectation.get(expectation, view.rules.threshold)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _delivery_unreported(view: View, item: Open) -> bool:
    """A seller who reports deliveries has been silent about this one for seven business days after its date."""
    if not view.history.reports_deliveries or view.order.order_class in NO_GOODS:
        return False
    news = [
        view.day(event.at)
        for event in view.order.events
        if event.source is Source.MAIL and event.kind not in _NO_NEWS and event.at <= view.judged_at
    ]
    quiet_since = max([item.due_on, *news])
    return _full_days_since(view, quiet_since, UNREPORTED_DAYS)


def asks_of(view: View, dues: Sequence[Due]) -> str | None:
    """The first of `QUESTIONS` that applies, or None."""
    order = view.order
    raised = {question.partition(":")[0] for question in order.questions}
    late = {due.expectation for due in dues if view.today > due.due_on}
    applies = {
        "which_order": "which_order" in raised,
        "which_value": bool({"which_value", "still_withdrawn", "withdrawn_elsewhere", "perhaps_withdrawn"} & raised),
        "arrived": order.arrived_said is None
        and (
            (view.dispatched and Expectation.DELIVERY in late)
            or (view.asks_before_flagging and bool(late & {Expectation.DISPATCH, Expectation.DELIVERY}))
        ),
        "refund_arrived": order.refund_missing_at is None and (Expectation.REFUND in late or "refund_sum" in raised),
        "paid": view.awaits_payment and Expectation.PAYMENT in late,
        "payment_method": order.payment is None and any(due.flagged for due in dues),
    }
    if order.suspicious:  # whoever wrote these mails, asking about their parcel or payment would lend them weight
        applies.update(arrived=False, refund_arrived=False, paid=False, payment_method=False)
    return next((question for question in QUESTIONS if applies[question]), None)
