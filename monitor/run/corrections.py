"""Which mails belong together, where linking was wrong: the user's word, recorded and linked anew.

In charge of refusing what makes no sense and of the statement; `wishes` says it to linking. Like every statement it
hangs on a mail that stays in the order, and outlives a rebuild.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from monitor import link
from monitor.config import Config
from monitor.run import orders, wishes
from monitor.run.orders import OrderView, StatementRefused
from monitor.types import Event, Order, Source

if TYPE_CHECKING:
    from monitor.store import Store


def split(store: Store, config: Config, view: OrderView, mails: Sequence[str], *, now: datetime) -> Event:
    """Make an order of their own of these mails. Raises StatementRefused."""
    chosen = _chosen(view.order, mails)
    return _say(store, config, view.order, wishes.APART, {"mails": ",".join(chosen)}, chosen, now)


def move(store: Store, config: Config, view: OrderView, mail: str, to: OrderView | None, *, now: datetime) -> Event:
    """A mail does not belong here, but to the order `to`, or (None) to no order. Raises StatementRefused."""
    chosen = _chosen(view.order, [mail])
    payload = {"wrong_mail": chosen[0]}
    if to is not None:
        home = orders.opening_mail(to.order)
        if to.order.id == view.order.id or home is None:
            raise StatementRefused("same_order")
        payload["to_mail"] = home
    return _say(store, config, view.order, wishes.MOVED, payload, chosen, now)


def place(store: Store, config: Config, mail: str, to: str, view: OrderView, *, now: datetime) -> Event:
    """The answer to the question where a mail belongs that fits several orders, asked at the order `view`.

    `to`: the id of an order, "own" (the mail tells of an order of its own) or "none". The mail may lie in an order that
    it opened itself, in another one, or in none yet. Raises StatementRefused, OrderNotFound.
    """
    from monitor.run import single

    if mail not in map(link.asked, view.order.questions):
        raise StatementRefused("no_such_mail")
    if to == "own":
        at_home = single.one(store, config, store.page_home(mail) or "", now=now) or view
        return _record(store, config, at_home.order, wishes.APART, {"mails": mail}, mail, now)
    if to == "none":
        asked_at = (key for key, asked in orders.questions(store).items() if mail in map(link.asked, asked))
        places = (view, *single.some(store, config, asked_at, now=now).values())
        for order in (place.order for place in places):
            if stays := next((held for held in _held(order) if held != mail), None):
                return _record(store, config, order, wishes.MOVED, {"wrong_mail": mail}, stays, now)
        raise StatementRefused("all_mails")
    target = single.one(store, config, to, now=now)
    opening = orders.opening_mail(target.order) if target is not None else None
    if target is None or opening is None or opening == mail:
        raise orders.OrderNotFound(to)
    return _record(store, config, target.order, wishes.MOVED, {"wrong_mail": mail, "to_mail": opening}, opening, now)


def _held(order: Order) -> list[str]:
    return [event.mail for event in order.events if event.source is Source.MAIL and event.mail]


def _chosen(order: Order, mails: Sequence[str]) -> list[str]:
    held = _held(order)
    chosen = [mail for mail in held if mail in set(mails)]
    if not chosen or len(chosen) < len(set(mails)):
        raise StatementRefused("no_such_mail")
    if len(chosen) == len(held):
        raise StatementRefused("all_mails")
    return chosen


def _say(
    store: Store, config: Config, order: Order, kind: str, payload: Mapping[str, str], gone: Sequence[str],
    now: datetime,
) -> Event:  # fmt: skip
    stays = next(mail for mail in _held(order) if mail not in gone)
    opening = orders.opening_mail(order)
    hangs_on = opening if opening is not None and opening not in gone else stays
    return _record(store, config, order, kind, payload, hangs_on, now)


def _record(
    store: Store, config: Config, order: Order, kind: str, payload: Mapping[str, str], hangs_on: str | None,
    now: datetime,
) -> Event:  # fmt: skip
    event = Event(
        id=wishes.new_id(),
        order_id=order.id,
        at=now,
        kind=kind,
        source=Source.USER,
        mail=hangs_on,
        payload={"seller": order.seller.key, "number": order.number or "", **payload},
    )
    with store.transaction():
        store.append_event(event)
    orders.relink_about(store, config, event)
    return event
