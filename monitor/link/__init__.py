"""Decides whose story each mail belongs to.

In charge of grouping readings into orders: by order number within one seller, by thread, by tracking number, by
amount and date. It looks at all readings at once, oldest first, so that the result depends only on the set of
mails and never on the order in which mailboxes delivered them. It also gives the mails that only their context
explains their kind: the user's own letters, and answers that name no order. It reads no text and judges nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence

from monitor.link.linker import Linker
from monitor.link.words import Group, Letter, Linked, Member, Wishes, asked, fold_name, fold_number, order_id
from monitor.types import Reading

__all__ = ["Group", "Letter", "Linked", "Member", "Wishes", "asked", "fold_name", "fold_number", "link", "order_id"]


def link(
    readings: Sequence[Reading],
    own: Collection[str],
    same: Iterable[tuple[str, str]] = (),
    *,
    letters: Iterable[Letter] = (),
    wishes: Wishes | None = None,
) -> Linked:
    """Groups readings into orders.

    `readings` in any order; `own` the user's addresses; `same` pairs of mail identities that the user declared to
    be one order, `wishes` what else he said of which mails belong where; `letters` those that the program sent, so
    that answers to them and bounces of them find their order. Deterministic: the same set of readings gives the same
    groups, ids and kinds.
    """
    wishes = wishes or Wishes()
    linker = Linker(frozenset(address.casefold() for address in own), wishes)
    sent = deque(sorted(letters, key=lambda letter: (letter.at, letter.message_id)))
    for reading in sorted(readings, key=lambda r: (r.received_at, r.identity)):
        while sent and sent[0].at < reading.received_at:
            linker.take_letter(sent.popleft())
        linker.take(reading)
    for letter in sent:
        linker.take_letter(letter)
    linker.second_round()
    linker.move()
    for one, other in (*same, *wishes.same):
        linker.merge(one, other)
    return linker.result()
