"""What has to be done after a change: the lists that are kept of the orders follow, and drafts are made or locked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from monitor.run import single, texts

if TYPE_CHECKING:
    from monitor.run.orders import OrderView
    from monitor.web.site import Site


def changed(site: Site, order_ids: Iterable[str]) -> dict[str, OrderView]:
    """These orders changed: sum them up anew, lock drafts that rest on old facts, make the drafts that are due now.

    Returns the orders as they stand.
    """
    from monitor.run import pages

    wanted = list(dict.fromkeys(order_ids))
    now = site.now()
    views = single.some(site.store, site.config, wanted, now=now)
    with site.store.transaction():
        for order_id in wanted:
            _drafts(site, order_id, views.get(order_id))
    pages.changed(site.store, site.config, wanted, now=now)
    return views


def _drafts(site: Site, order_id: str, view: OrderView | None) -> None:
    stored = {draft.id: draft for draft in site.store.drafts(order_id)}
    for draft in stored.values():
        if (status := texts.standing(draft, view)) != draft.status:
            site.store.set_draft_status(draft.id, status, site.now())
    if view is not None and view.draft is not None and view.draft.id not in stored:
        site.store.save_draft(view.draft, site.now())
