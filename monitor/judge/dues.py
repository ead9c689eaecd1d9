"""What is open: every expectation of an order, with the day on which it is due and what that day rests on.

In charge of payment, dispatch, delivery, refund, its arrival and answer; whether being late is worth a flag is not
decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from monitor.judge.promises import delivery_promise, moves, stated
from monitor.judge.view import NO_GOODS, NO_TABLE_DATE, View, less
from monitor.types import Event, Expectation, Kind, Money, Order, OrderClass, Settlement, Source, Span, Unit

PAYMENT_DAYS = Span(3, Unit.BUSINESS_DAYS)
ANSWER_DAYS = Span(3, Unit.BUSINESS_DAYS)
CREDIT_DAYS = Span(7, Unit.BUSINESS_DAYS)  # until a refund shows on a card (`kr-refund-posting`); used everywhere


@dataclass(frozen=True, slots=True)
class Open:
    """An expectation before it is judged."""

    expectation: Expectation
    since: datetime
    due_on: date
    basis: str
    because: tuple[str, ...]


def open_expectations(view: View) -> list[Open]:
    """Every open expectation of an order, none of them judged."""
    goods = () if gives_up(view) else _goods(view)
    found = [_payment(view), *goods, _refund(view), _credit(view), _answer(view)]
    return [item for item in found if item is not None]


def given_up(view: View) -> list[Open]:
    """The goods that no due shows: had the user not given the order up, or not been lent the price, they would be."""
    return list(_goods(view, lent=view.lent)) if view.lent or gives_up(view) else []


def gives_up(view: View) -> bool:
    """Whether the user's own withdrawal ends what the seller owes in goods, and makes him owe the money.

    It does where the law lets a buyer withdraw from a distance sale without a reason, elsewhere once the seller was
    late or has put him off. Goods that came must go back first, and what the seller has ended himself counts from his
    own word.
    """
    order = view.order
    if order.withdrawal is None or view.ended or view.arrived or order.fully_refunded or not view.money_in:
        return False
    if order.order_class in NO_GOODS:
        return False
    day = view.day_of(order.withdrawal)
    put_off = any(event.kind == Kind.DELAYED and event.at <= order.withdrawal.at for event in order.events)
    return view.free_to_withdraw or put_off or any(item.due_on < day for item in _goods(view))


def _payment(view: View) -> Open | None:
    order = view.order
    if not view.awaits_payment or view.ended or order.order_class is OrderClass.FREE:
        return None
    since = order.payment_failed_at or order.placed_at
    promise = stated(view, Expectation.PAYMENT, order.payment_failed_at)
    because = _ids(order, Kind.PAYMENT_FAILED) or _opening(order)
    if promise is not None:
        return Open(Expectation.PAYMENT, since, promise.due, "promise", (promise.event_id,))
    return Open(Expectation.PAYMENT, since, view.after(since, PAYMENT_DAYS), "table", because)


def _goods(view: View, *, lent: bool = False) -> Iterator[Open]:
    if view.ended or view.arrived or (view.awaits_payment and not lent):
        return
    dispatch = None if view.dispatched and not view.more_to_come else _dispatch(view)
    if dispatch is not None:
        yield dispatch
    delivery = _delivery(view)
    if delivery is not None:
        yield delivery


def _dispatch(view: View) -> Open | None:
    order = view.order
    prepaid = order.settlement is not Settlement.ON_DELIVERY
    promise = stated(view, Expectation.DISPATCH)
    delivery = delivery_promise(view)
    own = view.rules.expect.get("dispatch")
    result: Open | None = None
    deferring = delivery is not None and moves(order, delivery)
    if promise is not None:
        result = Open(Expectation.DISPATCH, order.placed_at, promise.due, "promise", (promise.event_id,))
        deferring = deferring and delivery is not None and delivery.stated_at > promise.stated_at
    elif order.order_class in NO_GOODS:
        return None
    elif own is not None:
        since = (order.paid_at or order.placed_at) if prepaid else order.placed_at
        result = Open(Expectation.DISPATCH, since, view.after(since, own), "user", _opening(order))
    else:
        deferring = delivery is not None
        if order.order_class not in NO_TABLE_DATE:
            result = _dispatch_by_table(view)
    if deferring and delivery is not None and (result is None or delivery.due > result.due_on):
        return Open(Expectation.DISPATCH, order.placed_at, delivery.due, "promise", (delivery.event_id,))
    return result


def _dispatch_by_table(view: View) -> Open:
    order = view.order
    since, span = view.dispatch_clock
    return Open(Expectation.DISPATCH, since, view.after(since, span), "table", _opening(order))


def _delivery(view: View) -> Open | None:
    order = view.order
    promise = delivery_promise(view)
    if promise is not None:
        since = _dispatched_at(order) or order.placed_at
        return Open(Expectation.DELIVERY, since, promise.due, "promise", (promise.event_id,))
    since_dispatch = _dispatched_at(order)
    if order.arrived_said is False and order.order_class in (OrderClass.DIGITAL, OrderClass.SUBSCRIPTION):
        # What is supplied at once is late as soon as the user says that it did not come.
        return Open(
            Expectation.DELIVERY, order.placed_at, view.day(order.placed_at), "user", _ids(order, "not_arrived")
        )
    if since_dispatch is None or order.order_class in NO_GOODS - {OrderClass.SUBSCRIPTION}:
        return None
    because = _ids(order, Kind.SHIPPED) or _opening(order)
    own = view.rules.expect.get("delivery")
    if own is not None:
        return Open(Expectation.DELIVERY, since_dispatch, view.after(since_dispatch, own), "user", because)
    periods = view.periods
    due = view.after(since_dispatch, periods.delivery)
    if periods.not_before_dispatch:
        due = max(due, view.after(*view.dispatch_clock))
    return Open(Expectation.DELIVERY, since_dispatch, due, "table", because)


def _dispatched_at(order: Order) -> datetime | None:
    """When the first of the parcels that are still out was sent; None while none is out."""
    out = [p.shipped_at for p in order.parcels if p.delivered_at is None and p.shipped_at is not None]
    if out:
        return min(out)
    all_came = bool(order.parcels) and all(p.delivered_at is not None for p in order.parcels)
    return None if all_came and order.arrived_said is not False else order.shipped_at


def _refund(view: View) -> Open | None:
    """Money that is owed back: from the earliest cause that no refund has met yet."""
    order = view.order
    if order.fully_refunded:
        return None
    causes = list(_refund_causes(view))
    if not causes:
        return None
    since, because = min(causes, key=lambda cause: cause[0])
    asked = order.withdrawal_until if gives_up(view) else None  # his own later day holds
    promise = stated(view, Expectation.REFUND, since)
    if promise is not None:
        return Open(Expectation.REFUND, since, promise.due, "promise", (promise.event_id,))
    own = view.rules.expect.get("refund")
    span, basis = (own, "user") if own is not None else (view.periods.refund, "table")
    due = view.after(since, span)
    return Open(Expectation.REFUND, since, max(due, asked or due), basis, because)


def _credit(view: View) -> Open | None:
    """Money that was given back by a mail's word and has not come by the user's: from that mail on."""
    order = view.order
    if order.refund_missing_at is None or order.refunded_at is None:
        return None
    because = _ids(order, Kind.REFUND) or _ids(order, "not_refunded")
    due = view.after(order.refunded_at, CREDIT_DAYS)
    return Open(Expectation.CREDIT, order.refunded_at, due, "table", because)


def _refund_causes(view: View) -> Iterator[tuple[datetime, tuple[str, ...]]]:
    order = view.order
    owed_whole = order.paid or order.total
    if order.withdrawal is not None and gives_up(view):
        noon = datetime.combine(view.day_of(order.withdrawal), time(12), view.zone)
        yield noon if order.withdrawal.payload.get("day") else order.withdrawal.at, (order.withdrawal.id,)
    if order.cancelled_at is not None and view.money_in and not _met(order, order.cancelled_at, owed_whole):
        yield order.cancelled_at, _ids(order, Kind.CANCELLATION)
    if order.partly_cancelled and view.money_in:
        for event in order.events:
            part = event.reading.finding.partial if event.reading is not None else None
            if event.kind == Kind.CANCELLATION and part is not None and part.value and not _met(order, event.at, None):
                yield event.at, (event.id,)
    if order.refund_promised_at is not None and not _met(order, order.refund_promised_at, order.promised_back):
        yield order.refund_promised_at, _ids(order, Kind.REFUND_PROMISED)
    if order.returned_at is not None and view.money_in:
        came = [event for event in order.events if event.kind == Kind.RETURNED]
        told = any(event.source is Source.MAIL for event in came)  # perhaps of a part; the user's word is of the order
        if not _met(order, order.returned_at, None if told else owed_whole):
            yield order.returned_at, tuple(event.id for event in came)


def _met(order: Order, since: datetime, owed: Money | None) -> bool:
    """Whether a refund has met what was owed since then; where an amount is unknown, any later refund has."""
    return order.refunded_at is not None and order.refunded_at >= since and not less(order.given_back, owed)


def _answer(view: View) -> Open | None:
    order = view.order
    since = order.asked_after_withdrawal_at if gives_up(view) else order.unanswered_letter_at
    if since is None:
        return None
    because = tuple(event.id for event in order.letters if event.at == since)
    promise = stated(view, Expectation.ANSWER, since)
    if promise is not None:
        return Open(Expectation.ANSWER, since, promise.due, "promise", (promise.event_id,))
    own = view.rules.expect.get("answer")
    span, basis = (own, "user") if own is not None else (ANSWER_DAYS, "table")
    due = view.after(since, span)
    return Open(Expectation.ANSWER, since, max(due, order.answer_until or due), basis, because)


def waits_without_date(view: View) -> bool:
    """A pre-order or made-to-order good that nobody set a date for: it waits, and nothing is late."""
    return (
        view.order.order_class in (OrderClass.PREORDER, OrderClass.MADE_TO_ORDER)
        and not view.ended
        and not view.dispatched
        and not view.arrived
        and not view.awaits_payment
    )


def _ids(order: Order, kind: str) -> tuple[str, ...]:
    return tuple(event.id for event in order.events if event.kind == kind)


def _opening(order: Order) -> tuple[str, ...]:
    first: Event | None = next((event for event in order.events if event.source is Source.MAIL), None)
    return (first.id,) if first is not None else ()
