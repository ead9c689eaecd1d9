"""The text for one step: a letter, a form's text or a call script, in the seller's language and the user's.

In charge of the facts that a text states (each cleaned, cut to one line, card numbers masked), of the templates
`drafts/<rung>/<language>.j2`, of the headers that put a letter into its thread, and of locking a draft whose facts are
no longer those of its order. It chooses no recipient (`escalate` does), sends nothing and cites no law: a text states
facts, asks, and names a day.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol

from monitor import render
from monitor.types import (
    Address,
    Draft,
    Event,
    Expectation,
    Judgement,
    Kind,
    Money,
    Order,
    Reading,
    Settlement,
    Source,
    Step,
)

MAX_ITEMS = 5
MAX_TIMELINE = 20
# Events by which the program notes its own doings; no news on the order, so they lock no draft.
_NO_NEWS = frozenset({"drafted", "digest", "notified", "exported", "discarded"})
_MESSAGE_ID = re.compile(r"[!-;=?-~]{1,250}")  # printable ASCII without blanks and angle brackets


class Writer(Protocol):
    """Who writes: the values of the config's `user` table that a letter needs."""

    @property
    def name(self) -> str: ...
    @property
    def addresses(self) -> Sequence[str]: ...
    @property
    def language(self) -> str: ...
    @property
    def timezone(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of an order's story: `what` happened, on which day, with its day or amount where it has one."""

    what: str
    day: date
    until: date | None = None
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What the templates know. Each may be missing; a text must read well without it.

    `situation`: dispatch, delivery, not_arrived (reported as delivered, the user says no), part_missing,
    refund_promised, refund_cancelled, refund_returned, refund, credit, answer, open.
    """

    situation: str
    addressee: str
    assumed: bool
    today: date
    writer: str = ""
    account: str = ""  # the address with which the user ordered
    seller: str = ""
    number: str = ""
    placed: date | None = None
    items: tuple[str, ...] = ()
    more_items: int = 0
    amount: Money | None = None  # paid, or the order's total while nothing is
    paid: bool = True  # False: cash on delivery and the like
    method: str = ""
    parcels: tuple[tuple[str, str], ...] = ()  # carrier, tracking number; either may be empty
    promised: date | None = None
    shipped: date | None = None
    delivered: date | None = None
    cancelled: date | None = None
    returned: date | None = None
    refund_promised: date | None = None
    refund: Money | None = None
    given_back: Money | None = None
    asked: tuple[date, ...] = ()  # days of the user's letters to the seller
    answered: date | None = None  # the seller's last human word after the first of them
    answer_by: date | None = None
    phone: str = ""
    timeline: tuple[Moment, ...] = ()

    @property
    def shown_parcels(self) -> tuple[tuple[str, str], ...]:
        """The parcels, where the text is about goods and not about money."""
        return () if self.situation.startswith("refund") or self.situation == "credit" else self.parcels

    @property
    def listed(self) -> bool:
        """Whether there is anything to list about the order."""
        return bool(self.number or self.placed or self.items or self.amount or self.method or self.shown_parcels)


def draft(
    step: Step,
    order: Order,
    judgement: Judgement,
    *,
    user: Writer,
    today: date,
    language: str | None = None,
) -> Draft:
    """The text for `step`, ready for the user's eyes; nothing leaves by itself.

    To the seller it is written in the seller's language where there are letters in it, else in English; to the user's
    own payment service, card company or bank in the user's; `language` overrides. `gloss` is the same text in the
    user's language where that is another. The id is made from order, rung and the events it rests on: the same facts
    give the same draft. The day that a letter names counts from `today` (in the user's zone), so the text of one id
    moves with the day until the user approves it. A step whose `not_before` lies ahead can be drafted; whether it may
    be shown as ready is the caller's question.
    """
    mine = render.supported(user.language)
    theirs = render.supported(order.language) if step.addressee == "seller" else mine
    written_in = render.supported(language, theirs) if language else theirs
    to, warning = _recipient(step, user)
    facts = _facts(step, order, judgement, user, today)
    subject, body = _write(step, facts, written_in)
    gloss = None if written_in == mine else "\n\n".join(_write(step, facts, mine))
    last = _thread(order) if step.addressee == "seller" else None
    based_on = news(order)
    return Draft(
        id=_draft_id(order.id, step.rung, based_on),
        order_id=order.id,
        rung=step.rung,
        channel=step.channel,
        to=to,
        subject=subject,
        body=body,
        language=written_in,
        status="ready",
        rules=step.rules,
        based_on=based_on,
        gloss=gloss,
        warning=warning,
        in_reply_to=last.message_id if last else None,
        references=_references(last) if last else (),
    )


def news(order: Order) -> tuple[str, ...]:
    """The ids of the events on which a draft for this order rests: all but the program's own notes, sorted."""
    return tuple(sorted(e.id for e in order.events if not (e.source is Source.MONITOR and e.kind in _NO_NEWS)))


def lock(draft: Draft, order: Order) -> Draft:
    """The draft, with status `locked` where it was ready and the order's events are no longer those it rests on."""
    if draft.status == "ready" and set(draft.based_on) != set(news(order)):
        return replace(draft, status="locked")
    return draft


def message(
    draft: Draft,
    sender: Address,
    *,
    at: datetime,
    unsent: bool = False,
) -> EmailMessage:
    """The draft as a mail from `sender`, dated `at` (aware): for `draft ID --eml FILE` (`unsent`) and for SMTP.

    `unsent` adds X-Unsent: 1, so that mail programs open the file as a letter to be sent. The Message-ID is made of
    rung and draft id at the sender's domain: the same draft is always the same message. A draft without a recipient
    gives a mail without To. Raises ValueError where `sender` has no usable address.
    """
    mail = EmailMessage(policy=render.mail_policy())
    mail["From"] = render.mail_address(sender)
    if draft.to:
        mail["To"] = render.mail_address(Address("", draft.to))
    mail["Subject"] = render.one_line(draft.subject, 200)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{draft.rung}.{draft.id}@{sender.domain}>"
    if draft.in_reply_to and _MESSAGE_ID.fullmatch(draft.in_reply_to):
        mail["In-Reply-To"] = f"<{draft.in_reply_to}>"
    references = [reference for reference in draft.references if _MESSAGE_ID.fullmatch(reference)]
    if references:
        mail["References"] = " ".join(f"<{reference}>" for reference in references)
    if unsent:
        mail["X-Unsent"] = "1"
    mail.set_content(draft.body + "\n", charset="utf-8")
    return mail


def _draft_id(order_id: str, rung: str, based_on: Sequence[str]) -> str:
    return hashlib.sha256("\n".join((order_id, rung, *based_on)).encode()).hexdigest()[:12]


def _recipient(step: Step, user: Writer) -> tuple[str | None, str | None]:
    """The address for the To header: only for mail, and never the user's own, whatever the step says."""
    if step.channel != "email":
        return None, step.warning
    own = {address.lower() for address in user.addresses}
    if not step.to or step.to.lower() in own:
        return None, "draft.warning.no_address"
    return step.to, step.warning


def _write(step: Step, facts: Facts, language: str) -> tuple[str, str]:
    """Subject and body: the letter, or the call script where the step is a call."""
    parts = render.blocks(f"drafts/{step.rung}/{language}.j2", language, f=facts)
    return render.one_line(parts["subject"], 150), parts["script" if step.channel == "phone" else "letter"]


# -- facts ------------------------------------------------------------------------------------------------------


def _facts(step: Step, order: Order, judgement: Judgement, user: Writer, today: date) -> Facts:
    zone = user.timezone

    def on(moment: datetime | None) -> date | None:
        return None if moment is None else render.local_day(moment, zone)

    letters = _delivered_letters(order)
    asked = tuple(dict.fromkeys(render.local_day(letter.at, zone) for letter in letters))
    word = order.last_human_word
    answered = word if letters and word is not None and word > letters[0].at else None
    items = tuple(filter(None, (_said(item, 100) for item in order.items)))
    promised = [p.due for p in order.promises if p.expectation == judgement.waits_for]
    return Facts(
        situation=situation(order, judgement),
        addressee=step.addressee,
        assumed=step.assumed,
        today=today,
        writer=render.one_line(user.name, 60),
        account=_account(order, user),
        seller=_said(order.seller.name, 80),
        number=render.code(order.number or ""),
        placed=on(order.placed_at),
        items=items[:MAX_ITEMS],
        more_items=max(len(items) - MAX_ITEMS, 0),
        amount=order.paid or order.total,
        paid=order.settlement is Settlement.RECEIVED,
        method=_said(order.payment_method or "", 60),
        parcels=tuple(
            (_said(parcel.carrier, 40), render.code(parcel.tracking_number))
            for parcel in order.parcels[:MAX_ITEMS]
            if parcel.delivered_at is None and (parcel.carrier or parcel.tracking_number)
        ),
        promised=promised[-1] if promised else None,
        shipped=on(order.shipped_at),
        delivered=on(order.delivered_at),
        cancelled=on(order.cancelled_at),
        returned=on(order.returned_at),
        refund_promised=on(order.refund_promised_at),
        refund=order.promised_back,
        given_back=order.given_back,
        asked=asked,
        answered=on(answered),
        answer_by=_answer_by(step, today),
        phone=_said(step.to or "", 40) if step.channel == "phone" else "",
        timeline=_timeline(order, zone),
    )


def situation(order: Order, judgement: Judgement) -> str:
    """What a letter about this order is about; see `Facts.situation`."""
    waits_for = judgement.waits_for
    if waits_for == Expectation.DELIVERY:
        if order.arrived_said is False and order.delivered_at is not None:
            return "not_arrived"
        some = any(parcel.delivered_at is not None for parcel in order.parcels)
        return "part_missing" if some and order.delivered_at is None else "delivery"
    if waits_for == Expectation.REFUND:
        if order.refund_promised_at is not None:
            return "refund_promised"
        if order.cancelled_at is not None:
            return "refund_cancelled"
        return "refund_returned" if order.returned_at is not None else "refund"
    if waits_for in (Expectation.DISPATCH, Expectation.CREDIT, Expectation.ANSWER):
        return str(waits_for)
    return "open"


def _said(value: str, limit: int) -> str:
    """A value from a mail as a letter may repeat it."""
    return render.mask_cards(render.one_line(value, limit))


def _account(order: Order, user: Writer) -> str:
    """The address to which the shop wrote, where it is one of the user's."""
    own = {address.lower() for address in user.addresses}
    for event in order.events:
        if event.source is Source.MAIL and event.reading is not None and not event.reading.own:
            for address in event.reading.to:
                if address.email.lower() in own:
                    return render.one_line(address.email, 100)
    return ""


def _answer_by(step: Step, today: date) -> date | None:
    """The day that the letter names: the step's, or, where the mailbox was last read long ago, a week from today."""
    if step.answer_by is None or step.answer_by > today:
        return step.answer_by
    day = today + timedelta(days=7)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day


def _delivered_letters(order: Order) -> list[Event]:
    letters = sorted(order.letters, key=lambda event: event.at)
    return letters[:-1] if order.bounced else letters


def _timeline(order: Order, zone: str) -> tuple[Moment, ...]:
    """What happened to the order, oldest first: for the text to whoever carried the payment."""
    found: list[Moment] = []

    def add(what: str, at: datetime | None, *, until: date | None = None, amount: Money | None = None) -> None:
        if at is not None:
            found.append(Moment(what, render.local_day(at, zone), until, amount))

    add("ordered", order.placed_at, amount=order.total)
    if order.paid_at is not None and order.paid_at != order.placed_at:
        add("paid", order.paid_at, amount=order.paid)
    for promise in order.promises:
        add(f"promised_{promise.expectation}", promise.stated_at, until=promise.due)
    add("shipped", order.shipped_at)
    add("delivered", order.delivered_at)
    add("cancelled", order.cancelled_at)
    add("returned", order.returned_at)
    add("refund_promised", order.refund_promised_at, amount=order.promised_back)
    add("refunded", order.refunded_at, amount=order.given_back)
    for event in _delivered_letters(order):
        rung = event.payload.get("rung", "")
        add("asked_demand" if rung == "demand" else "asked", event.at)
    for event in order.events:
        if event.kind == Kind.SELLER_REPLY and event.reading is not None and not event.reading.auto_submitted:
            add("answered", event.at)
    unique = dict.fromkeys(sorted(found, key=lambda moment: moment.day))  # stable: same day keeps the order above
    return tuple(unique)[-MAX_TIMELINE:]


# -- thread -----------------------------------------------------------------------------------------------------


def _thread(order: Order) -> Reading | None:
    """The mail that the letter answers: the last of the seller's human replies and the user's own letters."""
    bounced = order.letters[-1].id if order.bounced and order.letters else None
    for event in sorted(order.events, key=lambda event: event.at, reverse=True):
        reading = event.reading
        if reading is None or not reading.message_id or event.id == bounced:
            continue
        human = event.kind == Kind.SELLER_REPLY and not reading.auto_submitted
        if (human and reading.authentication != "fail") or reading.own:
            return reading if _MESSAGE_ID.fullmatch(reading.message_id) else None
    return None


def _references(reading: Reading) -> tuple[str, ...]:
    """RFC 5322 3.6.4: the references of the mail answered, then its own id; the first and the newest of a long row."""
    chain = [*reading.references, reading.message_id or ""]
    unique = [reference for reference in dict.fromkeys(chain) if _MESSAGE_ID.fullmatch(reference)]
    return tuple(unique if len(unique) <= 12 else [unique[0], *unique[-11:]])
