"""Single orders as of now, without computing all of them: for a page that shows one, and after a word about one.

In charge of taking the story of an order from what the last linking stored, and of as much of the seller's other
orders as the judge needs. It links nothing: whoever changes which mails belong together calls `orders.relink` first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from monitor import link
from monitor.config import Config
from monitor.run import orders, wishes
from monitor.run.unsettled import UNSETTLED
from monitor.types import Event, Reading

if TYPE_CHECKING:
    from monitor.run.orders import OrderView
    from monitor.store import Store

MOST_EARLIER = 60
"""Orders of the same seller that are looked at: what his silence means shows in the last few dozen."""


def one(store: Store, config: Config, order_id: str, *, now: datetime) -> OrderView | None:
    """The order with that id as of now; None where there is none, or where the user said that it is no order."""
    return some(store, config, [order_id], now=now).get(order_id)


def under_an_older_id(store: Store, order_id: str) -> str | None:
    """The order that was, or could have been, known under another id: that which one of its mails would give it."""
    return next((home for mail, home in store.homes().items() if link.order_id(mail) == order_id), None)


def named(store: Store, config: Config, reference: str, *, now: datetime) -> OrderView | None:
    """The order with that id, or with that number where it is unique, as `orders.find` has it, looking at no others.

    None where what was stored last is not linked yet, and where nothing linked bears that name: then only `orders.find`
    among all can tell. Raises OrderAmbiguous.
    """
    return None if store.get_setting(UNSETTLED) is not None else bearing(store, config, reference, now=now)


def bearing(store: Store, config: Config, reference: str, *, now: datetime) -> OrderView | None:
    """The same of what was linked last, whether or not something waits to be linked. Raises OrderAmbiguous."""
    wanted = reference.strip()
    if view := one(store, config, wanted, now=now):
        return view
    if (home := under_an_older_id(store, wanted)) is not None and (view := one(store, config, home, now=now)):
        return view
    number = link.fold_number(wanted)
    if not number:
        return None
    views = some(store, config, store.orders_numbered(link.fold_number, number), now=now).values()
    matches = [view for view in views if view.order.number and link.fold_number(view.order.number) == number]
    if len(matches) > 1:
        raise orders.OrderAmbiguous(reference, sorted(matches, key=lambda view: (view.order.placed_at, view.order.id)))
    return matches[0] if matches else None


def found(store: Store, config: Config, reference: str, *, now: datetime) -> OrderView:
    """The order of that name as of now; among all where the quick look does not know it.

    Raises OrderNotFound, OrderAmbiguous.
    """
    view = named(store, config, reference, now=now)
    return view or orders.find(orders.orders(store, config, None, now), reference)


def beside(store: Store, config: Config, view: OrderView, *, now: datetime) -> list[OrderView]:
    """The order with those others that tell something for it, without their next steps.

    The orders that may be with its seller, and those about which anybody was written to: how that went.
    """
    ids = store.orders_with_seller_of(view.order.id) | store.orders_written_about()
    return [view, *some(store, config, ids - {view.order.id}, now=now, steps=False).values()]


def some(
    store: Store, config: Config, order_ids: Iterable[str], *, now: datetime, steps: bool = True
) -> dict[str, OrderView]:
    """These orders as of now, by id; those that are not there (any more) are left out. `steps`: see `views_of`."""
    wanted = set(order_ids)
    events = store.events_of(wanted)
    asked = orders.questions(store)
    stories = {order_id: _story(config, order_id, found, asked.get(order_id, ())) for order_id, found in events.items()}
    neighbours = store.telling_orders(wanted, MOST_EARLIER) - events.keys()
    for order_id, found in store.events_of(neighbours).items():
        stories[order_id] = _story(config, order_id, found, ())
    known = [story for story in stories.values() if story is not None]
    mails = [event.mail for story in known for event in story.events if event.mail]
    views = orders.views_of(store, config, known, now, store.accounts_of(mails), only=wanted, steps=steps)
    return {view.order.id: view for view in views if view.order.id in wanted}


def _story(config: Config, order_id: str, events: Sequence[Event], questions: tuple[str, ...]) -> orders.Story | None:
    """A story from its stored events. Seller and number are what linking makes of these very mails."""
    events = wishes.standing(events)
    readings: list[Reading] = [event.reading for event in events if event.reading is not None]
    if not readings:
        return None
    groups = link.link(readings, config.own_addresses(), wishes=wishes.wishes(events)).groups
    if len(groups) != 1 or len(groups[0].members) != len(readings):  # others than these mails made them one order
        together = link.Wishes(apart=(tuple(reading.identity for reading in readings),))
        groups = link.link(readings, config.own_addresses(), wishes=together).groups
    group = next((group for group in groups if group.id == order_id), groups[0] if groups else None)
    if group is None:
        return None
    return orders.Story(
        id=order_id,
        seller=group.seller,
        number=group.number,
        events=tuple(events),
        questions=questions,
        aliases=frozenset(link.order_id(reading.identity) for reading in readings),
        dropped=wishes.put_away(events),
    )
