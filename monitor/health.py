"""Whether a sender's mails can still be read: what could be read of them lately, beside what could be before.

Shops change their mails, and a reader that knew the old ones may find nothing in the new. In charge of telling such
a drop from chance, with the numbers below. It reads no store and words nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

RECENT = timedelta(days=60)
"""What counts as lately."""

BEFORE = timedelta(days=365)
"""The stretch before that, with which it is compared."""

ENOUGH_BEFORE = 5
ENOUGH_RECENT = 3
"""Fewer mails on a side say nothing."""

FALL = 0.5
"""The share must have fallen to this part of what it was, or below."""

CHANCE = 0.02
"""How likely so few readable mails among the recent ones may be, were nothing changed (Fisher's exact test, one-sided).

8 of 8 and then 0 of 3 is a drop (0.6 %), so is 5 of 5 and then 0 of 3 (1.8 %); 5 of 5 and then 1 of 3 is none (11 %).
"""

MOSTLY = 0.8
"""A sender of whose earlier mails at least so many were purchase mails that could be read is measured by all his mails:
one that is no longer taken for a purchase mail counts as not read. Of the others, who mail advertisements as well,
only those count that are taken for purchase mails: there the values may be missing."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One mail of a sender whose body was looked into; his adverts and his personal answers are not for here.

    `purchase`: it was taken for a purchase mail. `read`: it was, and the values that such a mail has were found.
    """

    sender: str
    name: str
    at: datetime
    purchase: bool
    read: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """So many mails of so many could be read."""

    read: int = 0
    mails: int = 0

    @property
    def share(self) -> float:
        """0 to 1; 0 where there are no mails."""
        return self.read / self.mails if self.mails else 0.0


@dataclass(frozen=True, slots=True)
class Sender:
    """How well the mails of one sender can be read. `dropped`: they can no longer be read as they could."""

    sender: str
    name: str
    before: Tally
    recent: Tally
    dropped: bool


@dataclass(slots=True)
class _Heap:
    """The mails of one sender, before and lately."""

    name: str = ""
    named_at: datetime | None = None
    before: list[Seen] = field(default_factory=list)
    recent: list[Seen] = field(default_factory=list)


def senders(seen: Iterable[Seen], now: datetime) -> list[Sender]:
    """Every sender with mails in the two stretches up to `now`; those whose mails can no longer be read come first."""
    heaps: dict[str, _Heap] = {}
    for mail in seen:
        age = now - mail.at
        if age < timedelta(0) or age >= RECENT + BEFORE:
            continue
        heap = heaps.setdefault(mail.sender, _Heap())
        if mail.name and (heap.named_at is None or mail.at >= heap.named_at):
            heap.name, heap.named_at = mail.name, mail.at
        (heap.recent if age < RECENT else heap.before).append(mail)
    made = [_sender(key, heap) for key, heap in heaps.items()]
    shown = [sender for sender in made if sender.before.mails or sender.recent.mails]
    return sorted(shown, key=lambda one: (not one.dropped, -one.recent.mails, -one.before.mails, one.sender))


def dropped(seen: Iterable[Seen], now: datetime) -> list[Sender]:
    """Only the senders whose mails can no longer be read."""
    return [sender for sender in senders(seen, now) if sender.dropped]


def _sender(key: str, heap: _Heap) -> Sender:
    every = _tally(heap.before)
    whole = every.share >= MOSTLY and every.mails >= ENOUGH_BEFORE
    before = every if whole else _tally(mail for mail in heap.before if mail.purchase)
    recent = _tally(heap.recent if whole else (mail for mail in heap.recent if mail.purchase))
    return Sender(key, heap.name or key, before, recent, _is_drop(before, recent))


def _tally(mails: Iterable[Seen]) -> Tally:
    counted = [mail.read for mail in mails]
    return Tally(sum(counted), len(counted))


def _is_drop(before: Tally, recent: Tally) -> bool:
    return (
        before.mails >= ENOUGH_BEFORE
        and recent.mails >= ENOUGH_RECENT
        and before.read > 0
        and recent.share <= before.share * FALL
        and chance(before, recent) <= CHANCE
    )


def chance(before: Tally, recent: Tally) -> float:
    """How likely at most so many readable ones among the recent mails are if which ones are readable is pure chance."""
    mails, read = before.mails + recent.mails, before.read + recent.read
    ways = sum(math.comb(read, hits) * math.comb(mails - read, recent.mails - hits) for hits in range(recent.read + 1))
    return ways / math.comb(mails, recent.mails)
