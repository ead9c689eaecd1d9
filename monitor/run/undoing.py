"""What the user takes back: a statement that was a slip, an order that he had put away too early.

In charge of which statements can be taken back and of saying so, append-only: the slip stays on record, and nothing
rests on it any more (`wishes.standing` leaves it out wherever statements are read). Orders that are no orders by the
user's word are in no list; they are found here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from monitor import link
from monitor.config import Config
from monitor.run import orders, wishes
from monitor.run.orders import OrderNotFound, StatementRefused
from monitor.types import Event, Source

if TYPE_CHECKING:
    from monitor.store import Store

_LINKING = frozenset({"same_as", wishes.APART, wishes.MOVED})
_KEPT = frozenset({"attached", "detached", wishes.TAKEN_BACK})
"""What has a way of its own to be undone, or is an undoing."""


def can_be_taken_back(events: Iterable[Event]) -> frozenset[str]:
    """The ids of the statements among these events of an order that can be taken back."""
    return frozenset(
        event.id for event in wishes.standing(list(events)) if event.source is Source.USER and event.kind not in _KEPT
    )


def take_back(
    store: Store, config: Config, order_id: str, event_id: str | None = None, *, now: datetime
) -> Event:  # fmt: skip
    """Take back one statement about an order, by default the last one. Raises StatementRefused ("nothing_to_undo")."""
    events = store.events_of([order_id]).get(order_id, [])
    possible = can_be_taken_back(events)
    found = [event for event in events if event.id in possible and event_id in (None, event.id)]
    if not found:
        raise StatementRefused("nothing_to_undo", "nothing_to_undo")
    slip = max(found, key=lambda event: (event.at, event.id))
    said = _say(store, slip, wishes.TAKEN_BACK, {"event": slip.id, "kind": slip.kind}, now)
    if slip.kind in _LINKING:
        orders.relink_about(store, config, slip)
    return said


def reopen(store: Store, order_id: str, *, now: datetime) -> Event:
    """An order that was closed, put off, or said to be none, is watched again. Raises StatementRefused where it is."""
    events = wishes.standing(store.events_of([order_id]).get(order_id, []))
    away = [event for event in events if event.kind in ("closed", "snooze", "not_an_order", "reopened")]
    last = max(away, key=lambda event: (event.at, event.id), default=None)
    if last is None or last.kind == "reopened":
        raise StatementRefused("not_closed", "not_closed")
    return _say(store, last, "reopened", {}, now)


def dropped(store: Store) -> list[Event]:
    """The statements by which orders are none, newest first: one of each order that is still away."""
    found: dict[str, Event] = {}
    for event in sorted(wishes.standing(store.statements()), key=lambda event: (event.at, event.id)):
        if event.kind in ("not_an_order", "reopened"):
            found[event.order_id] = event
    return [event for event in reversed(found.values()) if event.kind == "not_an_order"]


def seller_of(store: Store, event: Event) -> str:
    """Who sold, by name, of an order that is none: as its mail named him, else the key under which he was known."""
    read = store.reading(event.mail) if event.mail else None
    named = read.verdict.seller if read is not None else None
    return (named.value.name if named is not None else "") or event.payload.get("seller", "")


def find_dropped(store: Store, reference: str) -> str:
    """The id of an order that is none by the user's word, by its id or number. Raises OrderNotFound."""
    number = link.fold_number(reference.strip())
    for event in dropped(store):
        if reference.strip() == event.order_id or (number and number == link.fold_number(event.payload["number"])):
            return event.order_id
    raise OrderNotFound(reference)


def _say(store: Store, about: Event, kind: str, payload: dict[str, str], now: datetime) -> Event:
    event = Event(
        id=wishes.new_id(),
        order_id=about.order_id,
        at=now,
        kind=kind,
        source=Source.USER,
        mail=about.mail,
        payload={name: about.payload.get(name, "") for name in ("seller", "number")} | payload,
    )
    with store.transaction():
        store.append_event(event)
    return event
