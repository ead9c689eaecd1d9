"""Asks the summaries that are kept: searched and sorted, one alone, the figures of the first page. It words nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.config import Config
from monitor.digest.view import AccountState
from monitor.run.pages.renewal import current
from monitor.run.pages.summing import Summary, folded, load
from monitor.types import Order, Seller, Step

if TYPE_CHECKING:
    from monitor.run.orders import OrderView
    from monitor.store import Store


ALL = 10_000_000  # orders: as many as there are


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft that waits for the user's decision."""

    order_id: str
    draft_id: str
    rung: str
    status: str


def find(
    store: Store, *, search: str = "", moods: Sequence[str] = (), states: Sequence[str] = (), sort: str = "placed",
    backwards: bool = False, limit: int = 50, offset: int = 0,
) -> tuple[list[Summary], int]:  # fmt: skip
    """Summaries and how many there are in all. `sort`: a key of `store.page.SORTS`."""
    rows, count = store.page_orders(
        moods=moods, states=states, search=folded(search)[:100], sort=sort, backwards=backwards, limit=limit,
        offset=offset,
    )  # fmt: skip
    return [load(row) for row in rows], count


def one(store: Store, order_id: str) -> Summary | None:
    """The summary of one order."""
    row = store.page_order(order_id)
    return None if row is None else load(row)


def listed(store: Store, config: Config, *, now: datetime) -> list[OrderView] | None:
    """Every order as its line and its row say it, oldest first: from the summaries where they hold, else None.

    What no line says (events, parcels, the ladder) is not there; the draft is that of the next step, as it was stored.
    """
    from monitor.run.orders import OrderView
    from monitor.run.unsettled import UNSETTLED

    if store.get_setting(UNSETTLED) is not None or not current(store, config, now=now):
        return None
    summaries = [load(row) for row in store.page_orders(limit=ALL)[0]]
    drafts = waiting(store, summaries)
    views = []
    for one in summaries:
        order = Order(
            id=one.id, seller=Seller("", one.seller if one.seller_as_read is None else one.seller_as_read),
            number=one.number_as_read if one.number_as_read is not None else one.number or None,
            placed_at=one.placed_at, events=(), total=None if one.tried else one.total, paid=one.paid,
            promised_back=one.promised_back, given_back=one.given_back, payment=one.payment,
        )  # fmt: skip
        step, draft = None, drafts.get(one.id)
        if one.step is not None:
            step = Step(
                order_id=one.id, rung=one.step.rung, addressee=one.step.addressee, channel=one.step.channel,
                not_before=one.step.not_before, last_safe_day=one.step.last_safe_day, alarm_on=one.step.alarm_on,
                assumed=one.step.assumed, rules=one.step.rules, rules_out=one.step.rules_out,
                before_bill=one.step.before_bill,
            )  # fmt: skip
        text = None if draft is None or step is None or draft.rung != step.rung else store.draft(draft.draft_id)
        views.append(OrderView(order, one.judgement(), step, text, frozenset()))
    return sorted(views, key=lambda view: (view.order.placed_at, view.order.id))


def telling(store: Store, config: Config, *, now: datetime) -> set[str] | None:
    """Ids of the orders of which there is something to tell, where the summaries hold, else None.

    All but those for which nothing is open: no question, no money, no letter that came back, no draft.
    """
    from monitor.run.unsettled import UNSETTLED

    if store.get_setting(UNSETTLED) is not None or not current(store, config, now=now):
        return None
    rows = store.page_orders(limit=ALL)[0]
    found = {row.id for row in rows if row.mood != "rest" or row.stake}
    quiet = [row for row in rows if row.id not in found]
    for row in quiet:
        kept = json.loads(row.summary)
        if kept["questions"] or kept["bounced"] or kept["asks"] or kept["step"]:
            found.add(row.id)
    return found | {order_id for order_id, *_ in store.page_drafts(row.id for row in quiet)}


def waiting(store: Store, listed: Iterable[Summary]) -> dict[str, Waiting]:
    """The draft of each of these orders that waits for a decision.

    That of the next step comes before those that were prepared beside it; one that is ready before one that is locked.
    """
    steps = {one.id: one.step.rung if one.step is not None else "" for one in listed}
    found: dict[str, Waiting] = {}
    drafts = [Waiting(*values) for values in store.page_drafts(steps)]
    for draft in sorted(drafts, key=lambda draft: (draft.rung != steps[draft.order_id], draft.status != "ready")):
        found.setdefault(draft.order_id, draft)
    return found


def accounts(store: Store, config: Config) -> tuple[AccountState, ...]:
    """Each mailbox: up to when it was read, and what stands in the way."""
    from monitor.run import digests

    problems = {found.problem.stage: found.problem.message for found in store.problems()}
    return tuple(digests.accounts(store, config, problems))
