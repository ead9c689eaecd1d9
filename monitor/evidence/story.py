"""The story of an order as the sections of an evidence pack: facts, amounts, what happened, letters, mails, files.

In charge of choosing and wording, in the addressee's language; every value from a mail is cleaned and card numbers are
masked. It says what the mails say and what the user did, names what is the user's own word as such, and claims nothing:
no article, no accusation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import zip_longest
from typing import Any
from zoneinfo import ZoneInfo

from monitor import render
from monitor.evidence.pack import Member
from monitor.types import Authentication, Event, Judgement, Kind, Money, Order, Reading, Source

MAX_ROWS = 300
"""Rows of a table: a story with more is told in its latest."""


@dataclass(frozen=True, slots=True)
class MailFile:
    """A mail of the story and the file in the ZIP that holds it as it came; `sha256` "" where it is no longer kept."""

    event: Event
    path: str
    sha256: str
    authentication_detail: str = ""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """An attached file: its path in the ZIP, its name and kind, when it was attached, what was said of it."""

    path: str
    name: str
    content_type: str
    size: int
    at: datetime
    sha256: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter, call or chat of the user and whether an answer came. `message_id`: of a letter by mail."""

    at: datetime
    channel: str
    to: str
    subject: str
    answered: datetime | None
    message_id: str = ""


class Teller:
    """Tells one order in one language."""

    def __init__(self, order: Order, judgement: Judgement, *, language: str, timezone: str, today: date) -> None:
        self.order, self.judgement = order, judgement
        self.language, self.timezone, self.today = render.supported(language), timezone, today

    def t(self, key: str, **values: object) -> str:
        return render.message(key, self.language, **values)

    def day(self, value: datetime | date) -> str:
        plain = render.local_day(value, self.timezone) if isinstance(value, datetime) else value
        return render.day(plain, self.language, "long")

    def moment(self, value: datetime) -> str:
        return render.moment(value, self.language, self.timezone)

    def money(self, value: Money) -> str:
        return render.money(value, self.language)

    def zone(self, now: datetime) -> str:
        """In which zone every time stands: "Times are those of Asia/Seoul (UTC+09:00)."."""
        offset = now.astimezone(ZoneInfo(self.timezone)).strftime("%z")
        return self.t("pack.zone", zone=self.timezone, offset=f"UTC{offset[:3]}:{offset[3:5]}")

    # -- sections

    def sections(
        self, mails: Sequence[MailFile], files: Sequence[Enclosure], sent: Mapping[str, Member] | None = None
    ) -> list[dict[str, Any]]:
        """All sections that have something to say, in order. `sent`: by Message-ID the letters that are enclosed."""
        found = [
            self.facts(), self.amounts(), self.timeline(mails), self.letters(sent or {}), self.mails(mails),
            self.files(files),
        ]  # fmt: skip
        return [section for section in found if section]

    def facts(self) -> dict[str, Any]:
        """The order and its seller."""
        order, rows = self.order, []

        def add(key: str, value: str) -> None:
            if value:
                rows.append([self.t(f"pack.fact.{key}"), value])

        add("seller", said(order.seller.name, 100))
        identity = order.identity
        if identity is not None:
            for key in ("name", "representative", "registration", "permit", "address", "phone", "email"):
                stated = getattr(identity, key)
                if stated is not None:
                    add(f"seller_{key}", said(stated.value, 120))
        add("number", render.code(order.number or ""))
        add("placed", self.day(order.placed_at))
        add("items", "; ".join(filter(None, (said(item, 120) for item in order.items[:10]))))
        if order.total is not None:
            add("total", self.money(order.total))
        add("method", said(order.payment_method or "", 80) or self._payment())
        if order.instalments is not None and order.instalments > 1:
            add("instalments", str(order.instalments))
        for promise in order.promises:
            add(
                "promised",
                self.t(
                    "pack.promise", what=render.word("waits_for", promise.expectation, self.language),
                    day=self.day(promise.due), stated=self.day(promise.stated_at),
                ),
            )  # fmt: skip
        for parcel in order.parcels:
            number = render.code(parcel.tracking_number)
            add("parcel", " ".join(part for part in (said(parcel.carrier, 40), number) if part))
        add("state", render.word("state", self.judgement.state, self.language))
        if self.judgement.waits_for != "nothing" and self.judgement.due_on is not None:
            waits = render.word("waits_for", self.judgement.waits_for, self.language)
            add("waits", self.t("pack.waits", what=waits, day=self.day(self.judgement.due_on)))
        if self.judgement.silent_since is not None and order.last_human_word is not None:
            add("silent", self.day(self.judgement.silent_since))
        return {"heading": self.t("pack.facts"), "facts": rows}

    def _payment(self) -> str:
        return render.word("payment", self.order.payment, self.language) if self.order.payment else ""

    def amounts(self) -> dict[str, Any]:
        """Paid, promised back, given back, outstanding."""
        order, rows = self.order, []
        for key, value in (
            ("paid", order.paid), ("promised_back", order.promised_back), ("given_back", order.given_back),
        ):  # fmt: skip
            if value is not None:
                rows.append([self.t(f"pack.amount.{key}"), self.money(value)])
        rest = outstanding(order)
        if rest is not None:
            rows.append([self.t("pack.amount.outstanding"), self.money(rest)])
        return {"heading": self.t("pack.amounts"), "facts": rows} if rows else {}

    def timeline(self, mails: Sequence[MailFile]) -> dict[str, Any]:
        """What happened, oldest first: the mails, and what the user said and did, told apart."""
        paths = {mail.event.id: mail.path for mail in mails}
        rows = []
        for event in self.order.events:
            row = self._happened(event)
            if row is not None:
                what, detail = row
                if event.id in paths:
                    detail = " · ".join(part for part in (detail, paths[event.id]) if part)
                rows.append([self.moment(event.at), {"text": what, "small": detail} if detail else what])
        if not rows:
            return {}
        note = self.t("pack.cut", count=MAX_ROWS) if len(rows) > MAX_ROWS else ""
        head = [self.t("pack.column.when"), self.t("pack.column.what")]
        table = {"widths": [4.4, 0], "head": head, "rows": rows[-MAX_ROWS:]}
        return {"heading": self.t("pack.timeline"), "note": note, "table": table}

    def _happened(self, event: Event) -> tuple[str, str] | None:
        if event.source is Source.MAIL and event.reading is not None:
            reading = event.reading
            kind = render.word("kind", event.kind, self.language) if not reading.own else self.t("pack.own_letter")
            return kind, self._quote(reading)
        if event.source is Source.MONITOR and event.kind != "letter":
            return None
        payload = event.payload
        if event.kind == "letter":
            return self.t("pack.own_letter"), said(payload.get("subject", ""), 150)
        if event.kind == "contact":
            channel = payload.get("channel", "")
            named = render.word("channel", channel, self.language) if channel else ""
            parts = (named, _whom(payload, self.language), payload.get("case_number", ""), payload.get("said", ""))
            return self.t("pack.contact"), " · ".join(own_words(part, 500) for part in parts if part)
        if event.kind == "note":
            return self.t("pack.note"), own_words(payload.get("said", ""), 500)
        if event.kind in _TOLD:
            return self.t("pack.user_said", what=render.word("event", event.kind, self.language)), ""
        return None

    def _quote(self, reading: Reading) -> str:
        """The subject, and of a promise or a cancellation the words that prove it."""
        parts = [said(reading.subject, 140)]
        finding = reading.finding
        for stated in (finding.dispatch_by, finding.promised_by, finding.refund_by):
            if stated is not None and not reading.own and stated.reader == "markup":
                when = stated.value
                day = self.day(when) if isinstance(when, date) else render.span(when, self.language)
                parts.append(self.t("pack.in_markup", day=day))
            elif stated is not None and not reading.own:
                parts.append(f"“{said(stated.quote, 160)}”")
        return " · ".join(dict.fromkeys(part for part in parts if part))

    def letters(self, sent: Mapping[str, Member]) -> dict[str, Any]:
        """What the user wrote and said to whom, and how long it has gone unanswered."""
        rows = []
        for letter in letters(self.order):
            if letter.answered is not None:
                answer = self.t("pack.answered", day=self.day(letter.answered))
            else:
                days = (self.today - render.local_day(letter.at, self.timezone)).days
                answer = self.t("pack.unanswered", days=render.days(max(days, 0), self.language))
            to = " · ".join(part for part in (said(letter.to, 80), said(letter.subject, 140)) if part)
            if (file := sent.get(letter.message_id)) is not None:
                to = f"{to}\n{file.path}\nSHA-256 {file.sha256}"
            channel = render.word("channel", letter.channel, self.language)
            rows.append([self.day(letter.at), {"text": channel, "small": to} if to else channel, answer])
        if not rows:
            return {}
        head = [self.t("pack.column.when"), self.t("pack.column.to"), self.t("pack.column.answer")]
        return {"heading": self.t("pack.letters"), "table": {"widths": [4.4, 0, 4.2], "head": head, "rows": rows}}

    def mails(self, mails: Sequence[MailFile]) -> dict[str, Any]:
        """Every mail with its sender, what the receiving server said of it, and the checksum of the original."""
        rows: list[list[Any]] = []
        for mail in mails[-MAX_ROWS:]:
            reading = mail.event.reading
            if reading is None:
                continue
            proof = self.t("pack.own_mail") if reading.own else self._authentication(reading, mail)
            small = f"{mail.path}\nSHA-256 {mail.sha256}" if mail.sha256 else self.t("pack.not_kept")
            sender = f"{said(reading.sender.email, 100)}: {said(reading.subject, 140)}"
            rows.append([self.moment(reading.received_at), {"text": sender, "small": small}, proof])
        if not rows:
            return {}
        head = [self.t("pack.column.received"), self.t("pack.column.mail"), self.t("pack.column.authentication")]
        return {
            "heading": self.t("pack.mails"), "note": self.t("pack.mails.note"),
            "table": {"widths": [3.4, 0, 3], "head": head, "rows": rows},
        }  # fmt: skip

    def _authentication(self, reading: Reading, mail: MailFile) -> str | dict[str, Any]:
        word = render.message(f"pack.authentication.{reading.authentication}", self.language)
        if mail.authentication_detail and reading.authentication is not Authentication.NONE:
            return {"text": word, "small": said(mail.authentication_detail, 120), "narrow": True}
        return word

    def files(self, files: Sequence[Enclosure]) -> dict[str, Any]:
        """Attached files with their checksums."""
        rows = [
            [
                self.moment(file.at),
                {"text": " – ".join(part for part in (said(file.name, 100), own_words(file.note, 200)) if part),
                 "small": f"{file.path}\nSHA-256 {file.sha256}"},
                f"{file.content_type}, {size(file.size)}",
            ]
            for file in files
        ]  # fmt: skip
        if not rows:
            return {}
        head = [self.t("pack.column.attached"), self.t("pack.column.file"), self.t("pack.column.kind")]
        return {"heading": self.t("pack.files"), "table": {"widths": [3.6, 0, 3.4], "head": head, "rows": rows}}


_TOLD = frozenset({"arrived", "not_arrived", "paid", "returned", "refunded", "not_refunded", "closed"})


def said(value: str, limit: int) -> str:
    """A value from a mail or of the user's as a stranger may read it: one line, no card number."""
    return render.mask_secrets(render.one_line(value, limit))


def own_words(value: str, limit: int) -> str:
    """Words of the user's own as a stranger may read them: one line, as he wrote them, no card or resident number."""
    return render.mask_secrets(render.own_line(value, limit))


def size(count: int) -> str:
    """A file's size: "740 kB", "1.2 MB", "25 MB" (powers of ten)."""
    return (
        f"{count / 1_000_000:.1f}".removesuffix(".0") + " MB"
        if count >= 1_000_000
        else f"{max(1, round(count / 1000))} kB"
    )


def outstanding(order: Order) -> Money | None:
    """What was paid and not given back, while the goods have not come; None where that cannot be said."""
    if order.paid is None or (order.delivered_at is not None and order.arrived_said is not False):
        return None
    back = order.given_back
    if order.fully_refunded or (back is not None and back.currency != order.paid.currency):
        return None
    rest = order.paid.amount - (back.amount if back is not None else Decimal(0))
    return Money(rest, order.paid.currency) if rest > 0 else None


def letters(order: Order) -> list[Letter]:
    """The user's letters, calls and chats by time, each with the first human answer that came before the next."""
    known = {event.id for event in order.letters}
    calls = [event for event in order.events if event.kind == "contact" and event.id not in known]
    asked = sorted((*order.letters, *calls), key=lambda event: event.at)
    answers = sorted(
        event.at
        for event in order.events
        if event.source is Source.MAIL
        and event.reading is not None
        and not event.reading.auto_submitted
        and event.kind in (Kind.SELLER_REPLY, Kind.DISPUTE_UPDATE, Kind.REFUND_PROMISED, Kind.REFUND, Kind.DELAYED)
    )
    found = []
    for event, following in zip_longest(asked, asked[1:]):
        answer = next(
            (one for one in answers if one > event.at and (following is None or one <= following.at)), None
        )  # fmt: skip
        found.append(Letter(event.at, *_letter(event), answer, event.payload.get("message_id", "")))
    return found


def _whom(payload: Mapping[str, str], language: str) -> str:
    """Whom the user turned to, by name; a rule can name several, with "+" between."""
    found = [render.word("addressee", one, language) for one in payload.get("whom", "").split("+") if one]
    return ", ".join(found)


def _letter(event: Event) -> tuple[str, str, str]:
    payload: Mapping[str, str] = event.payload
    if event.reading is not None:
        return "email", ", ".join(to.email for to in event.reading.to[:3]), event.reading.subject
    number = payload.get("case_number", "")
    return payload.get("channel") or "email", payload.get("to") or payload.get("whom", ""), (
        payload.get("subject") or number
    )  # fmt: skip
