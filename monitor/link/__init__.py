"""Decides whose story each mail belongs to.

In charge of grouping readings into orders: by order number within one seller, by thread, by tracking number, by
amount and date. It looks at all readings at once, oldest first, so that the result depends only on the set of
mails and never on the order in which mailboxes delivered them. It also gives the mails that only their context
explains their kind: the user's own letters, and answers that name no order. It reads no text and judges nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from monitor.link.linker import Linker
from monitor.link.words import Group, Linked, Member, fold_name, fold_number, order_id
from monitor.types import Reading

__all__ = ["Group", "Linked", "Member", "fold_name", "fold_number", "link", "order_id"]


def link(readings: Sequence[Reading], own: Collection[str], same: Iterable[tuple[str, str]] = ()) -> Linked:
    """Groups readings into orders.

    `readings` in any order; `own` the user's addresses; `same` pairs of mail identities that the user declared to
    be one order. Deterministic: the same set of readings gives the same groups, ids and kinds.
    """
    linker = Linker(frozenset(address.casefold() for address in own))
    for reading in sorted(readings, key=lambda r: (r.received_at, r.identity)):
        linker.take(reading)
    linker.second_round()
    for one, other in same:
        linker.merge(one, other)
    return linker.result()
