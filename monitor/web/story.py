"""One order as its page tells it: the timeline with the proof of every value, and the questions.

In charge of gathering and wording; it decides nothing and writes nothing. Every word of a mail is cleaned here or in
`run.showing` before a template sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from monitor import link, render
from monitor.ledger import parse_amount
from monitor.run import showing, undoing, wishes
from monitor.run.orders import OrderView
from monitor.store.words import Outgoing
from monitor.types import OPENING_KINDS, Authentication, Event, Kind, Order, Reading, Source, Stated
from monitor.web import wording

if TYPE_CHECKING:
    from monitor.store import Store

QUIET = frozenset({"drafted", "digest", "notified", "exported", "discarded"})
"""The program's own doings: told in small print only."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A value in words, the words that prove it, and where they stand. `anchor`: in the mail's own page."""

    name: str
    text: str
    quote: str
    reader: str
    mail: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the story. `who`: mail, own, user or monitor. `doubt`: authentication, where it is no pass.

    `undo`: the user can take it back; `gone`: he has, or (`void`) it holds a value that cannot be.
    """

    id: str
    at: datetime
    who: str
    kind: str
    title: str
    note: str = ""
    sender: str = ""
    subject: str = ""
    doubt: str = ""
    mail: str = ""
    proofs: tuple[Proof, ...] = ()
    quiet: bool = False
    undo: bool = False
    gone: bool = False
    void: bool = False


@dataclass(frozen=True, slots=True)
class Rival:
    """Two readings of one value, for the user to choose from."""

    field: str
    choices: tuple[str, ...]
    mail: str


def entries(view: OrderView, language: str, today: date, said: Sequence[Event] = ()) -> list[Entry]:
    """The story, oldest first. `said`: all that was ever said of the order, so that slips taken back are shown too."""
    counted = {event.id for event in view.order.events}
    possible = undoing.can_be_taken_back(said)
    slips = [e for e in said if e.id not in counted and e.source is Source.USER and e.kind != wishes.TAKEN_BACK]
    taken_back = {e.payload.get("event", "") for e in said if e.kind == wishes.TAKEN_BACK}
    currency = view.order.total.currency if view.order.total is not None else None
    told = sorted((*view.order.events, *slips), key=lambda e: (e.at, e.source is not Source.MAIL, e.id))
    return [
        replace(
            entry(event, language, today, currency), undo=event.id in possible, gone=event.id not in counted,
            void=event.id not in counted and event.id not in taken_back,
        )
        for event in told
    ]  # fmt: skip


def entry(event: Event, language: str, today: date, currency: str | None = None) -> Entry:
    """One event as a line of the story. `currency`: of the order, in which amounts without one are meant."""
    reading = event.reading
    if event.source is Source.MAIL and reading is not None:
        return Entry(
            id=event.id,
            at=event.at,
            who="own" if reading.own else "mail",
            kind=event.kind,
            title=render.word("kind", event.kind, language),
            sender=render.one_line(reading.sender.name or reading.sender.email, 80),
            subject=render.mask_cards(render.one_line(reading.subject, 160)),
            doubt=doubt(reading),
            mail=reading.identity,
            proofs=tuple(proofs(reading, language, today)) if event.kind != Kind.BOUNCE else (),
        )
    return Entry(
        id=event.id,
        at=event.at,
        who="user" if event.source is Source.USER else "monitor",
        kind=event.kind,
        title=render.word("event", event.kind, language),
        note=note(event, language, today, currency),
        quiet=event.kind in QUIET,
    )


def doubt(reading: Reading) -> str:
    """The authentication of a mail where there is something to say about it."""
    return "" if reading.own or reading.authentication is Authentication.PASS else reading.authentication.value


def proofs(reading: Reading, language: str, today: date) -> Iterator[Proof]:
    """Every value that a mail states, in words, with its quote."""
    seen: set[tuple[str, str]] = set()
    for value in showing.values(reading):
        text = showing.words(value.value, language, today)
        if value.name == "instalments" and isinstance(value.value, int):
            text = render.instalments(value.value, language)
        if (value.name, text) in seen:
            continue
        seen.add((value.name, text))
        quote = render.mask_cards(render.one_line(value.quote, 160))
        if value.name in ("order_number", "tracking_number"):
            quote = render.code(value.quote, 160)
        yield Proof(value.name, text, quote, value.reader.partition(":")[0], reading.identity, f"proof-{value.name}")


def note(event: Event, language: str, today: date, currency: str | None = None) -> str:
    """What the user said or the program did, in one line."""
    said = event.payload
    parts: list[str] = []
    if said.get("rung"):
        parts.append(wording.rung_name(said["rung"], language))
    if event.kind == "letter":
        parts += [said.get("to", ""), said.get("subject", "")]
        if said.get("answer_by"):
            parts.append(render.message("web.order.answer_by", language, day=_day(said["answer_by"], language, today)))
        if said.get("enclosures"):
            names = render.joined(said["enclosures"].splitlines(), language)
            parts.append(render.message("web.order.enclosures", language, names=names))
    elif event.kind == "contact":
        if said.get("channel"):
            parts.append(render.word("channel", said["channel"], language))
        parts += [_day(said["day"], language, today) if said.get("day") else "", said.get("person", "")]
        if said.get("case_number"):
            parts.append(render.message("web.order.case_number", language, number=said["case_number"]))
        if said.get("result"):
            parts.append(render.message("web.order.refused", language))
        parts.append(said.get("said", ""))
    elif said.get("field"):
        value = _value(said["field"], said.get("value", ""), language, currency)
        parts.append(f"{field_name(said['field'], language)}: {value}")
    elif event.kind == "closed" and said.get("value"):
        parts.append(render.message(f"web.order.closed.{said['value']}", language))
    elif said.get("value"):
        parts.append(_value(event.kind, said["value"], language, currency))
    elif said.get("text") or said.get("note") or said.get("name"):
        parts.append(said.get("text") or said.get("note") or said["name"])
        parts.append(said.get("said", ""))
    return " · ".join(render.mask_secrets(render.one_line(part, 500)) for part in parts if part)


def _day(value: str, language: str, today: date) -> str:
    try:
        return render.day(date.fromisoformat(value), language, "short", today)
    except ValueError:
        return ""


def value_text(name: str, value: str, language: str) -> str:
    """A value as the user chose or typed it, in words."""
    return _value(name, value, language)


def _value(name: str, value: str, language: str, currency: str | None = None) -> str:
    if name == "payment":
        return render.word("payment", value, language)
    if name == "tracking_number":
        return value.replace("=", " → ").removeprefix(" → ")
    if name in ("total", "refunded") and (amount := parse_amount(value, currency)) is not None:
        return render.money(amount, language)
    try:
        return render.day(date.fromisoformat(value), language, "dated")
    except ValueError:
        return value


def field_name(name: str, language: str) -> str:
    """What a value is called."""
    key = f"web.field.{name}"
    if render.has_message(key, language):
        return render.message(key, language)
    return render.word("set", name, language)


def rivals(order: Order) -> list[Rival]:
    """Values about which the readers of a mail disagree and which nobody has settled."""
    if "which_value" not in order.questions:
        return []
    settled = {event.payload.get("field") for event in order.events if event.kind == "set"}
    found: list[Rival] = []
    for event in order.events:
        if event.reading is None:
            continue
        for name, stated in event.reading.finding.disagreements:
            choices = tuple(dict.fromkeys(render.code(_plain(one), 80) for one in stated))
            if name not in settled and len(choices) > 1 and name not in {rival.field for rival in found}:
                found.append(Rival(name, choices, event.reading.identity))
    return found


@dataclass(frozen=True, slots=True)
class Homeless:
    """A mail that fits several orders: only the user can tell where it belongs. `own`: it can be an order by itself;
    `home`: the order in which it lies now.
    """

    mail: str
    at: datetime
    kind: str
    sender: str
    subject: str
    own: bool
    home: str


def homeless(order: Order, store: Store) -> list[Homeless]:
    """The mails of which it is asked at this order where they belong."""
    found: list[Homeless] = []
    for mail in dict.fromkeys(filter(None, map(link.asked, order.questions))):
        read = store.reading(mail)
        if read is not None:
            found.append(
                Homeless(
                    mail=mail,
                    at=read.received_at,
                    kind=Kind.OWN_LETTER if read.own else read.verdict.kind,
                    sender=render.one_line(read.sender.name or read.sender.email, 80),
                    subject=render.mask_cards(render.one_line(read.subject, 160)),
                    own=not read.own and read.verdict.kind in OPENING_KINDS,
                    home=store.page_home(mail) or "",
                )
            )
    return found


def _plain(stated: Stated[str]) -> str:
    return str(stated.value)


def under_way(rows: Sequence[Outgoing]) -> list[Outgoing]:
    """Approved letters that the user should know of: waiting, unknown, lying in Drafts, failed and not tried anew."""
    last = {row.draft_id: row for row in rows}
    return [row for row in last.values() if row.status in ("queued", "sending", "outcome_unknown", "filed", "failed")]
