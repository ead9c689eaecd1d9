"""The texts of steps: made for a moment, kept as drafts, locked by news; what the user decided about each holds.

In charge of which steps want a text, of putting together what it is made from, and of the standing of stored drafts.
Asking for one by hand is `preparing`'s, deciding about one `approving`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from monitor import draft as drafting
from monitor import render
from monitor.config import Config
from monitor.run import claims
from monitor.types import Draft, Judgement, Order, Step

if TYPE_CHECKING:
    from monitor.escalate import Escalation
    from monitor.run.ladders import Ladders
    from monitor.run.orders import OrderView
    from monitor.store import Store


def written(step: Step, way: Escalation) -> Iterator[Step]:
    """The steps that want a text: the next; where the user only looks something up, the open letter after it."""
    yield step
    if step.addressee == "self":
        later = way.steps[way.steps.index(step) + 1 :] if step in way.steps else ()
        yield from [other for other in later if other.status == "open" and other.addressee.startswith("seller")][:1]


def text_for(
    step: Step, order: Order, judgement: Judgement, config: Config, moment: datetime, climb: Ladders
) -> Draft | None:
    """The text for a step as of `moment`; None where there is nothing to write (a look at a fraud list)."""
    today = render.local_day(moment, climb.rules.timezone)
    card, payment_day = claims.card_for(order, judgement, climb.rules)
    try:
        return drafting.draft(
            climb.as_of(step, order, judgement, moment), climb.told(order), judgement, user=config.user, today=today,
            rights=climb.rights, claim=claims.claim_of(order, judgement, climb), card=card,
            payment_day=payment_day, issuer=claims.issuer_of(order, climb), private_seller=climb.private(order),
        )  # fmt: skip
    except drafting.NoText:
        return None


def _as_decided(today: Draft, stored: Draft | None) -> Draft:
    """The text of today, or the one that the user has put into his own words; with what he decided about it."""
    if stored is None:
        return today
    return stored if stored.edited else replace(today, status=stored.status, enclosed=stored.enclosed)


def refresh_drafts(
    store: Store, config: Config, *, now: datetime, views: Sequence[OrderView] | None = None,
    only: Collection[str] | None = None,
) -> list[Draft]:  # fmt: skip
    """Stores the drafts of this moment; those whose order has news are locked. Returns the new ones.

    `views`: the orders of this moment, where they were just made; `only`: ids of the orders that they are all of.
    """
    from monitor.run import orders

    if views is None:
        views = orders.orders(store, config, None, now)
    fresh: list[Draft] = []
    with store.transaction():
        stored = lock_drafts(store, views, now=now, only=only)
        for view in views:
            if view.draft is not None and view.draft.id not in stored:
                store.save_draft(view.draft, now)
                fresh.append(view.draft)
    return fresh


def lock_drafts(
    store: Store, views: Sequence[OrderView], *, now: datetime, only: Collection[str] | None = None
) -> set[str]:
    """Lock the stored drafts whose order has news, unlock those whose news were taken back; returns the ids of all.

    No text is made for it. `only`: the drafts of these orders; by default `views` are all orders that there are.
    """
    by_order = {view.order.id: view for view in views}
    with store.transaction():
        stored = store.drafts()
        for draft in stored:
            view = by_order.get(draft.order_id)
            if only is not None and draft.order_id not in only:
                continue
            if (status := standing(draft, view)) != draft.status:
                store.set_draft_status(draft.id, status, now)
    return {draft.id for draft in stored}


def standing(draft: Draft, view: OrderView | None) -> str:
    """The status of a stored draft as its order (None: it is gone) is now.

    With news it is locked; where that was taken back, and all is as it was, it is ready again, own words and all.
    """
    if draft.status not in ("ready", "locked"):
        return draft.status
    return "locked" if view is None else drafting.lock(replace(draft, status="ready"), view.order).status


def keep_drafts(store: Store, shown: Sequence[Draft], *, now: datetime) -> None:
    """Store drafts that somebody has seen, where they are not stored yet: with news on their order they are locked."""
    stored = {draft.id for draft in store.drafts()}
    fresh = [draft for draft in shown if draft.id not in stored]
    if fresh:
        with store.transaction():
            for draft in fresh:
                store.save_draft(draft, now)


def drafts(
    store: Store, config: Config, at: datetime | None, now: datetime, *, views: Sequence[OrderView] | None = None,
    of: str | None = None,
) -> list[Draft]:  # fmt: skip
    """The drafts of a moment: those that its orders call for, with what the user decided about each.

    `views`: the orders of that moment, where they were just made; `of`: the order that they are all of.
    """
    from monitor.run import orders

    if views is None:
        views = orders.orders(store, config, at, now)
    decided = {draft.id: draft for draft in store.drafts(of)}
    current = [_as_decided(view.draft, decided.get(view.draft.id)) for view in views if view.draft is not None]
    if at is not None:
        return current
    from monitor.run import preparing

    ids = {draft.id for draft in current}
    by_order = {view.order.id: view for view in views}
    kept = [draft for draft in decided.values() if draft.id not in ids and draft.status != "discarded"]
    return current + [preparing.as_of_today(draft, by_order.get(draft.order_id), config, now=now) for draft in kept]
