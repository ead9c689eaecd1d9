"""What statements say of which mails belong together, and which letters the program sent, in linking's words.

In charge of the order among statements that contradict each other (the later one counts). It links nothing.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from monitor.ledger import parse_amount
from monitor.link import Letter, Wishes, fold_number
from monitor.store.words import Outgoing
from monitor.types import Event, Source


def new_id() -> str:
    """An id for a statement; ids sort by when they were made, so that of two words at one moment the later counts."""
    return f"{time.time_ns():016x}{secrets.token_hex(8)}"


APART = "split"
"""Statement: the mails in payload `mails` (identities, comma-separated) form an order of their own."""

MOVED = "wrong_mail"
"""Statement: the mail in payload `wrong_mail` belongs to the order of `to_mail`, or, without one, to none."""


TAKEN_BACK = "taken_back"
"""Statement: the one in payload `event` was a slip."""

_WORDS = frozenset(
    {"seller", "order_number", "payment_method", "payment", "items", "tracking_number", "carrier", "seller_check"}
)
_YEARS_AHEAD = 20
_FIRST_YEAR = 2000


def standing(events: Sequence[Event]) -> list[Event]:
    """The events without the statements that the user took back, and without values that cannot be.

    Such a value cannot be said any more; one from before must not keep an order, and with it every list, from being
    judged.
    """
    gone = {event.payload.get("event", "") for event in events if event.kind == TAKEN_BACK}
    return [
        event for event in events
        if event.source is not Source.USER
        or (event.kind != TAKEN_BACK and event.id not in gone and _can_be(event))
    ]  # fmt: skip


def can_be_a_day(value: str, now: datetime) -> bool:
    """Whether this is no date at all, or one that somebody can mean."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return True
    return _FIRST_YEAR <= day.year <= now.year + _YEARS_AHEAD


def _can_be(event: Event) -> bool:
    said = event.payload
    if event.kind == "refunded" or said.get("field") == "total":
        return not said.get("value") or parse_amount(said["value"], "KRW") is not None
    days = [said.get("day", "")]
    if event.kind == "snooze" or (event.kind == "set" and said.get("field") not in _WORDS):
        days.append(said.get("value", ""))
    return all(can_be_a_day(day, event.at) for day in days)


def put_away(events: Sequence[Event]) -> bool:
    """Whether the user's last word on it (of standing events) is that this is no order."""
    words = [event for event in events if event.kind in ("not_an_order", "reopened") and event.source is Source.USER]
    last = max(words, key=lambda event: (event.at, event.id), default=None)
    return last is not None and last.kind == "not_an_order"


LINKING = frozenset({"same_as", APART, MOVED, "contact", "letter", TAKEN_BACK})
"""Kinds of statements and deeds by which linking goes."""


def wishes(said: Sequence[Event]) -> Wishes:
    """Which mails the user put together, apart, or elsewhere; the last word about a mail counts."""
    ordered = sorted(said, key=lambda event: (event.at, event.id))
    last: dict[str, int] = {}  # by mail: the place of the last statement that took it out of its order
    for place, event in enumerate(ordered):
        if event.kind in (APART, MOVED):
            last.update(dict.fromkeys(_mails(event), place))
    same = [
        (event.mail, event.payload["same_mail"])
        for place, event in enumerate(ordered)
        if event.kind == "same_as" and event.mail and event.payload.get("same_mail")
        and place > max(last.get(event.mail, -1), last.get(event.payload["same_mail"], -1))
    ]  # fmt: skip
    apart = []
    moved: dict[str, str | None] = {}
    for place, event in enumerate(ordered):
        current = tuple(mail for mail in _mails(event) if last.get(mail) == place)
        if event.kind == APART and current:
            apart.append(current)
        elif event.kind == MOVED:
            moved.update(dict.fromkeys(current, event.payload.get("to_mail") or None))
    return Wishes(tuple(same), tuple(apart), moved, _case_numbers(ordered))


SHORTEST_CASE_NUMBER = 5
"""Signs of a case number that can be watched for: a shorter one stands in many a mail by chance."""


def _case_numbers(ordered: Sequence[Event]) -> dict[str, str]:
    """By folded case number that the user was given: a mail of the order that it is about."""
    found: dict[str, str] = {}
    for event in ordered:
        number = fold_number(event.payload.get("case_number", ""))
        if event.kind == "contact" and event.mail and watched(number):
            found.setdefault(number, event.mail)
    return found


def watched(number: str) -> bool:
    """Whether a case number (folded) is worth watching for: long enough, with digits."""
    return len(number) >= SHORTEST_CASE_NUMBER and sum(map(str.isdigit, number)) >= 3


def case_numbers(said: Iterable[Event], of_cases: Iterable[Event]) -> frozenset[str]:
    """Every case number as it was given, of orders and of failed payments: mails that carry one are read."""
    return frozenset(
        event.payload["case_number"]
        for event in (*said, *of_cases)
        if event.kind == "contact" and watched(fold_number(event.payload.get("case_number", "")))
    )


UNSETTLED = ("sending", "outcome_unknown", "filed")
"""Statuses of approved texts that may have gone out: an answer, or the text in the Sent folder, would prove it."""


def letters(said: Iterable[Event], outgoing: Iterable[Outgoing] = ()) -> list[Letter]:
    """The letters that the program sent, or may have sent, and knows the Message-IDs of."""
    sent = [
        Letter(event.payload["message_id"], event.at, event.payload.get("to", ""), event.mail)
        for event in said
        if event.kind == "letter" and event.mail and event.payload.get("message_id")
    ]
    maybe = [
        Letter(row.message_id, row.approved_at, row.recipient, row.payload["mail"])
        for row in outgoing
        if row.way != "copied" and row.payload.get("mail")
    ]
    return sent + maybe


def _mails(event: Event) -> list[str]:
    named = event.payload.get("mails", "") if event.kind == APART else event.payload.get("wrong_mail", "")
    return [mail for mail in named.split(",") if mail] if event.kind in (APART, MOVED) else []
