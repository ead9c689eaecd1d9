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


def split(store: Store, config: Config, view: OrderView, mails: Sequence[str], *, now: datetime) -> str:
    """Make an order of their own of these mails; its id. Raises StatementRefused."""
    chosen = _chosen(view.order, mails)
    _say(store, config, view.order, wishes.APART, {"mails": ",".join(chosen)}, chosen, now)
    return store.page_home(chosen[0]) or link.order_id(chosen[0])


def move(store: Store, config: Config, view: OrderView, mail: str, to: OrderView | None, *, now: datetime) -> None:
    """A mail does not belong here, but to the order `to`, or (None) to no order. Raises StatementRefused."""
    chosen = _chosen(view.order, [mail])
    payload = {"wrong_mail": chosen[0]}
    if to is not None:
        home = orders.opening_mail(to.order)
        if to.order.id == view.order.id or home is None:
            raise StatementRefused("same_order")
        payload["to_mail"] = home
    _say(store, config, view.order, wishes.MOVED, payload, chosen, now)


def _chosen(order: Order, mails: Sequence[str]) -> list[str]:
    held = [event.mail for event in order.events if event.source is Source.MAIL and event.mail]
    chosen = [mail for mail in held if mail in set(mails)]
    if not chosen or len(chosen) < len(set(mails)):
        raise StatementRefused("no_such_mail")
    if len(chosen) == len(held):
        raise StatementRefused("all_mails")
    return chosen


def _say(
    store: Store, config: Config, order: Order, kind: str, payload: Mapping[str, str], gone: Sequence[str],
    now: datetime,
) -> None:  # fmt: skip
    stays = next(event.mail for event in order.events if event.source is Source.MAIL and event.mail not in gone)
    opening = orders.opening_mail(order)
    event = Event(
        id=wishes.new_id(),
        order_id=order.id,
        at=now,
        kind=kind,
        source=Source.USER,
        mail=opening if opening is not None and opening not in gone else stays,
        payload={"seller": order.seller.key, "number": order.number or "", **payload},
    )
    with store.transaction():
        store.append_event(event)
    orders.relink_about(store, config, event)
