"""What the user has done about an order so far: letters, calls, forms, each as the rung of the ladder that it was.

In charge of reading letters and contacts out of an order's events, and of taking letters that he wrote by hand for the
rungs that they most likely were. Whether a deed leads anywhere is decided by the walk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from monitor.escalate.contact import came_back, recipients
from monitor.render import local_day
from monitor.types import Event, Order, Source

CONTACT = "contact"
REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that the user did, as a rung: when, by what, and until when it waits for an answer.

    `answer_due`: the day that the letter named, else None (the ladder decides). `refused`: the other side said no, and
    when he learned of it.
    """

    rung: str
    day: date
    at: datetime
    channel: str = ""
    answer_due: date | None = None
    case_number: str = ""
    refused: date | None = None
    by_hand: bool = False


def deeds(
    order: Order,
    timezone: str,
    rungs: Callable[[date], Sequence[str]],
    period: Callable[[str, date], date],
    known: Callable[[str], bool],
) -> list[Deed]:
    """Everything done, oldest first. Letters that came back count for nothing.

    `rungs(day)` are the ids of the rungs that write to the seller, in the order of the ladder, as they stood on that
    day; `period(rung, day)` is the last day for an answer; `known` tells ids of rules. A letter that the program sent
    says its rung. Of letters written by hand the first is the first rung to the seller, a later one the next when the
    answer to the one before was overdue by then, else it belongs to the same rung. Letters sent as `inquiry` or
    `demand`, before a ladder applied, are taken as if by hand.
    """
    found: list[Deed] = []
    for event in _letters(order):
        day = local_day(event.at, timezone)
        rung = event.payload.get("rung", "")
        named = _iso(event.payload.get("answer_by"))
        by_hand = not known(rung)
        if by_hand:
            rung = _by_hand(found, day, rungs(day), period)
            if not rung:
                continue
        found.append(Deed(rung, day, event.at, "email", named, event.payload.get("case_number", ""), by_hand=by_hand))
    found += _contacts(order, timezone)
    refusals = {deed.rung: deed.refused for deed in found if deed.refused is not None}
    done = [deed for deed in found if deed.refused is None]
    return sorted(
        (
            Deed(
                deed.rung, deed.day, deed.at, deed.channel, deed.answer_due, deed.case_number,
                refusals.get(deed.rung), deed.by_hand,
            )
            for deed in done
        ),
        key=lambda deed: deed.at,
    )  # fmt: skip


def refusals(order: Order, timezone: str) -> list[tuple[str, date]]:
    """What the user said of refusals: the rung (or "") and the day that he named, else the day on which he said it."""
    return [
        (event.payload.get("rung", ""), _iso(event.payload.get("day")) or local_day(event.at, timezone))
        for event in order.events
        if event.kind == CONTACT and event.payload.get("result") == REFUSED
    ]


def _letters(order: Order) -> list[Event]:
    failed = came_back(order)
    letters = sorted(order.letters, key=lambda event: event.at)
    if order.bounced:
        letters = letters[:-1]
    told = any(event.source is Source.MONITOR for event in letters)
    kept = []
    for event in letters:
        to = recipients(event)
        if to and to <= failed:
            continue
        if told and event.reading is not None and event.reading.program:
            continue  # the mailbox' own copy of a letter that the program noted when it sent it
        kept.append(event)
    return kept


def _by_hand(
    found: Sequence[Deed], day: date, rungs: Sequence[str], period: Callable[[str, date], date]
) -> str:  # fmt: skip
    if not rungs:
        return ""
    last = next((deed for deed in reversed(found) if deed.rung in rungs), None)
    if last is None:
        return rungs[0]
    if day <= (last.answer_due or period(last.rung, last.day)):
        return last.rung
    following = rungs.index(last.rung) + 1
    return rungs[min(following, len(rungs) - 1)]


def _contacts(order: Order, timezone: str) -> list[Deed]:
    found = []
    for event in order.events:
        if event.kind != CONTACT or not event.payload.get("rung"):
            continue
        said = local_day(event.at, timezone)
        day = _iso(event.payload.get("day")) or said
        refused = day if event.payload.get("result") == REFUSED else None
        found.append(
            Deed(
                event.payload["rung"], day, event.at, event.payload.get("channel", ""),
                _iso(event.payload.get("answer_by")), event.payload.get("case_number", ""), refused,
            )
        )  # fmt: skip
    return found


def _iso(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None
