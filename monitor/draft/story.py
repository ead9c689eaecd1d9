"""What happened to an order and what the user did about it, oldest first, for a text that tells it.

In charge of the timeline (mails and their promises) and of the letters, calls, chats and forms that went before, each
with whom it went to. It writes no sentence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from monitor import render
from monitor.draft import clean
from monitor.knowledge import letters, refusals
from monitor.knowledge.forms import load_forms
from monitor.types import Event, Expectation, Kind, Money, Order, Source, Span, Unit

if TYPE_CHECKING:
    from monitor.knowledge.rights.model import Rule

MAX_TIMELINE = 20
MAX_EARLIER = 8
_ELSEWHERE = ("marketplace", "provider", "card_issuer", "bank")  # to whom letters by hand are worth telling of
_ASKS_NOTHING = (letters.THANKS, letters.TAKEN_BACK)
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
    rung: str = ""  # the rule of a step to somebody else than the seller
    by_mail: bool = False  # a mail of the service told of it
    goods: bool = False  # a request to deliver: the day that it names is the last one for the goods
    office_ko: str = ""  # the name of the office or service, by language
    office_en: str = ""
    void: bool = False  # a cancellation that was taken back later

    @property
    def asks(self) -> bool:
        """Whether it asked for anything that could be answered: thanks do not, nor what was taken back."""
        return self.what not in _ASKS_NOTHING and not self.void


# What a letter by hand is told as where its words say so.
_BY_ITS_WORDS = frozenset(
    (letters.WITHDRAWAL, letters.REFUND_DEMAND, letters.DEMAND, letters.THANKS, letters.TAKEN_BACK, letters.PERHAPS)
)

# What a text that a rule names for somebody else says to the seller: that the contract is given up.
TO_SELLER: Mapping[str, str] = {"instalment_defence": "withdrawal", "chargeback": "withdrawal"}


def day_of(event: Event, zone: str) -> date:
    """The day of a deed: the one that the user named, else the day of the mail or of the word."""
    named = _iso(event.payload.get("day")) if event.kind == "contact" else None
    return named or render.local_day(event.at, zone)


def withdrawn(order: Order, zone: str, rules: Mapping[str, Rule]) -> date | None:
    """The day on which the user gave the order up to the seller, where that stands.

    Not a letter about money that the seller owed by his own word already: a cancellation, a return, a promise.
    """
    given_up = order.withdrawal
    if given_up is None or (given_up.payload.get("rung") in load_forms().after_delivery and not order.delivered_at):
        return None
    before = (order.cancelled_at, order.returned_at, order.refund_promised_at)
    if any(at is not None and at <= given_up.at for at in before):
        return None
    return day_of(given_up, zone)


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
    elif (said := letters.of(event).family) in _BY_ITS_WORDS and event.reading is not None:
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
    gave_up = withdrawn(order, zone, rules) is not None
    void = letters.void_before(written)  # what was withdrawn, and taken back since
    found = [
        Earlier(what=_what(event, order, rules, to), day=day_of(event, zone), role=to)
        for event, to in order.letters_elsewhere if to in _ELSEWHERE
    ]  # fmt: skip
    for event in sorted(order.events, key=lambda event: event.at):
        sent = event.kind == "letter" and event.source is Source.MONITOR and event.id not in known
        if (event.id not in events and event.kind != "contact" and not sent) or role(event, rules) == "self":
            continue  # "self": the user looked something up
        to = role(event, rules)
        what = _what(event, order, rules, to)
        if what == "refund_demand" and order.withdrawal is not None and event.id == order.withdrawal.id and gave_up:
            what = "withdrawal"  # whoever asks for all his money first gives the order up
        gone = void is not None and event.at < void and to == "seller" and what in ("withdrawal", "refund_demand")
        found.append(
            Earlier(
                what="withdrawal" if gone else what,
                void=gone,
                day=day_of(event, zone),
                role=to,
                channel=event.payload.get("channel", "email"),
                until=_iso(event.payload.get("answer_by")) or _until(event, zone),
                case_number=clean.said(event.payload.get("case_number", ""), 60),
                said=clean.said(event.payload.get("said", ""), 200),
                by_mail=event.kind == "contact" and event.source is Source.MAIL,
                goods=what == "demand" and to == "seller" and event.payload.get("rung", "") not in PLAIN_RUNGS,
                office_ko=_office(event, to, "ko"),
                office_en=_office(event, to, "en"),
                rung="" if to == "seller" else event.payload.get("rung", ""),
                refused=event.kind == "contact" and event.payload.get("result") == "refused",
            )
        )
    found.sort(key=lambda one: one.day)  # stable: what was told late stands where it was done
    return _once(found)[-MAX_EARLIER:]


def _office(event: Event, to: str, language: str) -> str:
    """What the office is called that a text went to; "" where the order's own facts name it (seller, card issuer)."""
    if to not in ("regulator", "police", "court", "provider", "marketplace"):
        return ""
    form = load_forms().of(event.payload.get("rung", ""))
    return form.name.get(language, "") if form is not None else ""


def _once(found: Sequence[Earlier]) -> tuple[Earlier, ...]:
    """Each deed once: what a mail of a service tells and the user told as well is one, on its first day."""
    kept: list[Earlier] = []
    for one in found:
        same = next((i for i, other in enumerate(kept) if other == one or _same_claim(other, one)), None)
        if same is None:
            kept.append(one)
        elif not kept[same].case_number and one.case_number:
            kept[same] = replace(kept[same], case_number=one.case_number)
    return tuple(kept)


def _same_claim(one: Earlier, other: Earlier) -> bool:
    """Whether both tell of one claim with a service: the same text to the same office, and no second case number."""
    if one.refused or other.refused or one.by_mail == other.by_mail:
        return False
    numbers = {one.case_number, other.case_number} - {""}
    return (one.rung, one.role) == (other.rung, other.role) and len(numbers) < 2


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


def timeline(order: Order, zone: str, rules: Mapping[str, Rule]) -> tuple[Moment, ...]:
    """What happened to the order, oldest first, without what the user wrote or said himself (`Facts.earlier`)."""
    found: list[Moment] = []

    def add(what: str, at: datetime | None, *, until: date | None = None, amount: Money | None = None) -> None:
        if at is not None:
            found.append(Moment(what, render.local_day(at, zone), until, amount))

    add("ordered", order.placed_at, amount=order.total)
    if order.paid_at is not None and order.paid_at != order.placed_at:
        add("paid", order.paid_at, amount=order.paid)
    add("shipped", order.shipped_at)
    add("delivered", order.delivered_at)
    add("cancelled", order.cancelled_at)
    add("returned", order.returned_at)
    by_day = any(
        p.expectation is Expectation.REFUND and p.stated_at == order.refund_promised_at for p in order.promises
    )
    if not by_day:
        add("refund_promised", order.refund_promised_at, amount=order.promised_back)
    for promise in order.promises:
        if promise.expectation is Expectation.PAYMENT:
            continue  # until when the user was to pay: no word of the seller's about what he would do
        sum_ = order.promised_back if promise.expectation is Expectation.REFUND else None
        add(f"promised_{promise.expectation}", promise.stated_at, until=promise.due, amount=sum_)
    add("refunded", order.refunded_at, amount=order.given_back)
    no = {event.id for event in refusals.told(order, rules)}
    for event in order.events:
        if event.id in no:
            add("refused", event.at)
        elif event.kind == Kind.SELLER_REPLY and event.reading is not None and not event.reading.auto_submitted:
            add("answered", event.at)
    unique = dict.fromkeys(sorted(found, key=lambda moment: moment.day))  # stable: same day keeps the order above
    return tuple(unique)[-MAX_TIMELINE:]
