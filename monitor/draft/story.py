"""What happened to an order and what the user did about it, oldest first, for a text that tells it.

In charge of the timeline (mails and their promises) and of the letters, calls, chats and forms that went before, each
with whom it went to. It writes no sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from monitor import render
from monitor.draft import clean
from monitor.knowledge import letters
from monitor.knowledge.forms import load_forms
from monitor.types import Event, Expectation, Kind, Money, Order, Source, Span, Unit

if TYPE_CHECKING:
    from monitor.knowledge.rights.model import Rule

MAX_TIMELINE = 20
MAX_EARLIER = 8
PLAIN_RUNGS = ("inquiry", "demand", "dispute")
"""Rungs that need no law; all others are ids of rules."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of an order's story: `what` happened, on which day, with its day or amount where it has one."""

    what: str
    day: date
    until: date | None = None
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """A letter, call, chat or form of the user about this order. `what`: family of its text; `role`: to whom."""

    what: str
    day: date
    role: str = "seller"
    channel: str = "email"
    until: date | None = None
    case_number: str = ""
    said: str = ""
    refused: bool = False  # the other side said no, and the user learned of it on that day


# What a text that a rule names for somebody else says to the seller: that the contract is given up.
TO_SELLER: Mapping[str, str] = {"instalment_defence": "withdrawal", "chargeback": "withdrawal"}


def day_of(event: Event, zone: str) -> date:
    """The day of a deed: the one that the user named, else the day of the mail or of the word."""
    named = _iso(event.payload.get("day")) if event.kind == "contact" else None
    return named or render.local_day(event.at, zone)


def withdrawn(order: Order, zone: str, rules: Mapping[str, Rule]) -> date | None:
    """The first day on which the user told the seller that he withdraws or cancels."""
    days = [one.day for one in earlier(order, zone, rules) if one.role == "seller" and one.what == "withdrawal"]
    return min(days, default=None)


def _what(event: Event, order: Order, rules: Mapping[str, Rule], to: str) -> str:
    """The family of texts that a letter or contact was of: by its rung, else by its own words."""
    rung = event.payload.get("rung", "")
    if rung in rules:
        what = rules[rung].text
        if to == "seller":
            what = TO_SELLER.get(what, what)
        if rung in load_forms().after_delivery and order.delivered_at is None:
            what = "demand"
        if rung in load_forms().ends_contract and to == "seller":
            what = "withdrawal"
    elif (said := letters.of(event).family) not in (letters.QUESTION, letters.THANKS):
        what = said
    else:
        what = rung if rung in PLAIN_RUNGS else "inquiry"
    return "inquiry" if what == "none" else what


def role(event: Event, rules: Mapping[str, Rule]) -> str:
    """Whom a letter or a contact went to."""
    rung = event.payload.get("rung", "")
    given = event.payload.get("addressee", "")
    if given or rung in rules:
        return given.partition("+")[0] or rules[rung].addressee[0]
    return "payment" if rung == "dispute" else "seller"


def letters_to_seller(order: Order, rules: Mapping[str, Rule]) -> list[Event]:
    """The user's letters to the seller that did not come back, oldest first."""
    written = sorted(order.letters, key=lambda event: event.at)
    delivered = written[:-1] if order.bounced else written
    return [letter for letter in delivered if role(letter, rules) == "seller"]


def earlier(order: Order, zone: str, rules: Mapping[str, Rule]) -> tuple[Earlier, ...]:
    """What the user wrote or said about the order, to anybody, oldest first; what came back was never said."""
    written = sorted(order.letters, key=lambda event: event.at)
    events = dict.fromkeys(event.id for event in (written[:-1] if order.bounced else written))
    known = {event.id for event in written}
    found: list[Earlier] = []
    for event in sorted(order.events, key=lambda event: event.at):
        sent = event.kind == "letter" and event.source is Source.MONITOR and event.id not in known
        if (event.id not in events and event.kind != "contact" and not sent) or role(event, rules) == "self":
            continue  # "self": the user looked something up
        to = role(event, rules)
        found.append(
            Earlier(
                what=_what(event, order, rules, to),
                day=day_of(event, zone),
                role=to,
                channel=event.payload.get("channel", "email"),
                until=_iso(event.payload.get("answer_by")) or _until(event, zone),
                case_number=clean.said(event.payload.get("case_number", ""), 60),
                said=clean.said(event.payload.get("said", ""), 200),
                refused=event.kind == "contact" and event.payload.get("result") == "refused",
            )
        )
    found.sort(key=lambda one: one.day)  # stable: what was told late stands where it was done
    return tuple(dict.fromkeys(found))[-MAX_EARLIER:]


def _until(event: Event, zone: str) -> date | None:
    """The day that a letter of the user's own sets, where it names one or counts calendar days."""
    until = letters.of(event).until
    if isinstance(until, Span):
        days = {Unit.DAYS: until.count, Unit.WEEKS: 7 * until.count}.get(until.unit)
        return day_of(event, zone) + timedelta(days=days) if days else None
    return until


def _iso(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value or "")
    except ValueError:
        return None


def timeline(order: Order, zone: str) -> tuple[Moment, ...]:
    """What happened to the order, oldest first, without what the user wrote or said himself (`Facts.earlier`)."""
    found: list[Moment] = []

    def add(what: str, at: datetime | None, *, until: date | None = None, amount: Money | None = None) -> None:
        if at is not None:
            found.append(Moment(what, render.local_day(at, zone), until, amount))

    add("ordered", order.placed_at, amount=order.total)
    if order.paid_at is not None and order.paid_at != order.placed_at:
        add("paid", order.paid_at, amount=order.paid)
    for promise in order.promises:
        if promise.expectation is Expectation.PAYMENT:
            continue  # until when the user was to pay: no word of the seller's about what he would do
        add(f"promised_{promise.expectation}", promise.stated_at, until=promise.due)
    add("shipped", order.shipped_at)
    add("delivered", order.delivered_at)
    add("cancelled", order.cancelled_at)
    add("returned", order.returned_at)
    add("refund_promised", order.refund_promised_at, amount=order.promised_back)
    add("refunded", order.refunded_at, amount=order.given_back)
    for event in order.events:
        if event.kind == Kind.SELLER_REPLY and event.reading is not None and not event.reading.auto_submitted:
            add("answered", event.at)
    unique = dict.fromkeys(sorted(found, key=lambda moment: moment.day))  # stable: same day keeps the order above
    return tuple(unique)[-MAX_TIMELINE:]
