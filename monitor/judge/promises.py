"""Which of the dates that a seller named holds: the first, or the one that an answer moved it to."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.judge.view import View
from monitor.types import Expectation, Kind, Order, Promise, Source

_DAY = timedelta(days=1)

# Kinds of mail in which a seller answers in person, or takes back a date: these move a date.
_ANSWERS = frozenset({Kind.SELLER_REPLY, Kind.DELAYED, Kind.REFUND_PROMISED, Kind.DISPUTE_UPDATE})


def stated(view: View, expectation: Expectation, since: datetime | None = None) -> Promise | None:
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
        if current is None or moves(order, promise):
            current = promise
    return current


def delivery_promise(view: View) -> Promise | None:
    """The delivery date that holds, unless an answer has since put off the dispatch beyond it."""
    delivery = stated(view, Expectation.DELIVERY)
    dispatch = stated(view, Expectation.DISPATCH)
    if delivery is None or dispatch is None:
        return delivery
    put_off = moves(view.order, dispatch) and dispatch.stated_at > delivery.stated_at and dispatch.due >= delivery.due
    return None if put_off else delivery


def moves(order: Order, promise: Promise) -> bool:
    """Whether a date moves the one stated before: only an answer does, or the user's own correction."""
    event = next((event for event in order.events if event.id == promise.event_id), None)
    if event is None:
        return False
    reading = event.reading
    automatic = reading is not None and reading.auto_submitted
    if event.source is Source.USER or event.kind == Kind.DELAYED or (event.kind in _ANSWERS and not automatic):
        return True
    if reading is None or automatic:
        return False
    letters = {letter.reading.message_id for letter in order.letters if letter.reading is not None}
    return any(reference in letters for reference in reading.references)


def _kind_of(order: Order, event_id: str) -> str | None:
    return next((event.kind for event in order.events if event.id == event_id), None)
