"""Mails: every one that was seen, what it was taken for and why; one read again; a layout taught from one."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Form, HTTPException, Query, Request
from starlette.responses import Response

from monitor import render
from monitor.run import pages, reasons
from monitor.types import Kind, Money
from monitor.web import forms, story
from monitor.web.forms import TheSite, User
from monitor.web.templating import Nav, respond

if TYPE_CHECKING:
    from monitor.knowledge import Knowledge
    from monitor.run.teaching import Lesson
    from monitor.store.words import MailRow, Outgoing
    from monitor.types import Mail, Reading

router = APIRouter()
NAV = Nav("mails", "/mails", 40)

PER_PAGE = 50
MOST_TEXT = 30_000  # characters of a mail's text beside which its values are marked
MARKS = ("order_number", "total", "items", "tracking_numbers", "carrier", "payment_method", "placed_at", "promised_by",
         "seller")  # fmt: skip
Word = Annotated[str, Query(max_length=5_000)]
Short = Annotated[str, Form(max_length=2_000)]


@dataclass(frozen=True, slots=True)
class Line:
    """A mail in the list. `draft_id`: of a letter that left through this page; then `sender` is to whom it went."""

    mail: MailRow
    kind: str | None
    subject: str
    sender: str
    order_id: str | None
    draft_id: str = ""


@router.get("/mails")
def mails(
    request: Request,
    site: TheSite,
    user: User,
    kind: Word = "",
    domain: Word = "",
    all: bool = False,
    page: Annotated[int, Query(ge=1, le=20_000)] = 1,
) -> Response:
    """The list, newest first."""
    kind = kind if kind in {each.value for each in Kind} else ""
    domain = "".join(domain.split()).casefold()[:253]  # a name in the DNS is no longer (RFC 1035)
    found = site.store.page_mail_rows(
        kind=kind, everything=all, domain=domain, limit=PER_PAGE + 1, offset=(page - 1) * PER_PAGE
    )
    letters = _letters(site, [row for row, _, _ in found])
    lines = [_line(*row, letters) for row in found[:PER_PAGE]]
    return respond(
        request, "web/mails.html.j2", lines=lines, kind=kind, domain=domain, all=all, page=page,
        more=len(found) > PER_PAGE, kinds=[each.value for each in Kind],
        why=lambda reason: reasons.said(reason, user.language),
    )  # fmt: skip


@router.get("/mails/{identity}")
def mail(request: Request, site: TheSite, user: User, identity: str) -> Response:
    """One mail: what it was taken for, why, and every value that was read from it."""
    row = _row(site, identity)
    read = site.store.reading(identity)
    return respond(
        request, "web/mail.html.j2", mail=row, reading=read,
        line=_line(row, read, site.store.page_home(identity), _letters(site, [row])),
        places=site.store.locations(identity), kept=row.raw_sha256 is not None,
        proofs=list(story.proofs(read, user.language, site.today())) if read is not None else [],
        field=lambda name: story.field_name(name, user.language),
        why=lambda reason: reasons.said(reason, user.language),
    )  # fmt: skip


@router.post("/mails/{identity}/reread")
def reread(request: Request, site: TheSite, user: User, identity: str) -> Response:
    """Read it again, from where it lies, and store what it says now."""
    from monitor import knowledge
    from monitor.run import mails as reading

    entry = reading.Entry(_row(site, identity), None)
    known = knowledge.load(site.config.knowledge_folder())
    found = reading.again(site.store, site.config, known, entry, now=site.now(), environ=os.environ)
    back = f"/mails/{identity}"
    if found.raw is None:
        why = "; ".join(found.missing) or render.message("web.mail.nowhere", user.language)
        return forms.redirect(request, back, "web.mail.not_found", tone="warn", why=pages.clean(why, 300))
    before = entry.mail.kind
    after = reading.take(site.store, site.config, known, found, now=site.now())
    if after is None:
        return forms.redirect(request, back, "web.mail.unreadable", tone="bad")
    key = "web.mail.reread_same" if after.mail.kind == before else "web.mail.reread_new"
    return forms.redirect(request, back, key, kind=render.word("kind", after.mail.kind or "other", user.language))


@router.get("/mails/{identity}/teach")
def teach(request: Request, site: TheSite, user: User, identity: str) -> Response:
    """What is read of it now, beside its text, to mark what stands where."""
    row = _row(site, identity)
    content = site.store.raw(identity)
    return _teach(request, site, user, row, content)


@router.post("/mails/{identity}/teach")
def learn(
    request: Request,
    site: TheSite,
    user: User,
    identity: str,
    do: Short = "try",
    kind: Short = "",
    order_number: Short = "",
    total: Short = "",
    items: Short = "",
    tracking_numbers: Short = "",
    carrier: Short = "",
    payment_method: Short = "",
    placed_at: Short = "",
    promised_by: Short = "",
    seller: Short = "",
) -> Response:
    """Learn a layout from what was marked: `do` is fetch (get the mail first), try (show it) or keep."""
    from monitor import knowledge
    from monitor.run import mails as reading
    from monitor.run import teaching

    row = _row(site, identity)
    known = knowledge.load(site.config.knowledge_folder())
    content = site.store.raw(identity)
    if content is None:
        again = reading.again(
            site.store, site.config, known, reading.Entry(row, None), now=site.now(), environ=os.environ
        )
        content = None if again.raw is None else again.raw.content
        if content is None:
            why = "; ".join(again.missing) or render.message("web.mail.nowhere", user.language)
            return forms.redirect(
                request, f"/mails/{identity}", "web.mail.not_found", tone="warn", why=pages.clean(why, 300)
            )
    given = {
        "order_number": order_number, "total": total, "items": items, "tracking_numbers": tracking_numbers,
        "carrier": carrier, "payment_method": payment_method, "placed_at": placed_at, "promised_by": promised_by,
        "seller": seller,
    }  # fmt: skip
    given = {name: text.strip() for name, text in given.items() if text.strip()}
    kind = kind if kind in {each.value for each in Kind} else ""
    if do == "fetch":
        return _teach(request, site, user, row, content)
    marks = {name: text.splitlines() if name in ("items", "tracking_numbers") else [text]
             for name, text in given.items()}  # fmt: skip
    marks = {name: [text.strip() for text in texts if text.strip()] for name, texts in marks.items()}
    own = [site.config.user.name, *sorted(site.config.own_addresses())]
    try:
        parsed = teaching.mail_of(content, site.now())
        lesson = teaching.learn(
            parsed, marks, Kind(kind) if kind else None, known, folder=site.config.knowledge_folder(), own=own
        )
    except teaching.NotTaught as why:
        values = {name: pages.clean(text, 120) for name, text in why.values.items()}
        return _teach(request, site, user, row, content, given=given, kind=kind, wrong=(why.key, values))
    lesson = teaching.tried(lesson, site.store, known, besides=parsed.header.identity, now=site.now())
    if do != "keep":
        return _teach(request, site, user, row, content, given=given, kind=kind, lesson=lesson)
    path = teaching.keep(lesson, site.config.knowledge_folder())
    knowledge.load.cache_clear()
    return forms.redirect(request, f"/mails/{identity}", "web.teach.kept", name=path.name)


def _teach(
    request: Request, site: TheSite, user: User, row: MailRow, content: bytes | None, *,
    given: dict[str, str] | None = None, kind: str = "", wrong: tuple[str, dict[str, str]] | None = None,
    lesson: Lesson | None = None,
) -> Response:  # fmt: skip
    now: dict[str, str] = {}
    parsed: Mail | None = None
    if content is not None:
        parsed, now = _now(site, content, user.language)
    text = render.mask_cards("\n".join(line for line in (parsed.text if parsed else "").splitlines() if line.strip()))
    return respond(
        request, "web/teach.html.j2", status=200 if wrong is None else 422, mail=row, kept=content is not None,
        subject=parsed.header.subject if parsed else "", text=text[:MOST_TEXT].replace("\t", " | "), now=now,
        given=given or {}, kind=kind, kinds=[each.value for each in Kind], marks=MARKS, lesson=lesson, wrong=wrong,
        has=render.has_message, field=lambda name: story.field_name(FIELDS.get(name) or name, user.language),
    )  # fmt: skip


FIELDS = {"items": "item", "tracking_numbers": "tracking_number"}


def _now(site: TheSite, content: bytes, language: str) -> tuple[Mail, dict[str, str]]:
    """The mail, and what is read of it as things are: field -> value."""
    from monitor import knowledge
    from monitor.run import teaching

    known: Knowledge = knowledge.load(site.config.knowledge_folder())
    parsed = teaching.mail_of(content, site.now())
    verdict, finding = teaching.read_now(parsed, known)
    values = {"kind": verdict.kind.value}
    for name in MARKS:
        stated = verdict.seller if name == "seller" else getattr(finding, name)
        if name == "seller" and stated is not None:
            values[name] = pages.clean(stated.value.name)
        elif isinstance(stated, tuple) and stated:
            values[name] = ", ".join(_readable(one.value, language) for one in stated[:5])
        elif stated is not None and not isinstance(stated, tuple):
            values[name] = _readable(stated.value, language)
    return parsed, values


def _readable(value: object, language: str) -> str:
    from monitor.run import teaching

    return render.money(value, language) if isinstance(value, Money) else pages.clean(teaching.readable(value))


def _row(site: TheSite, identity: str) -> MailRow:
    row = site.store.mail(identity) if len(identity) <= 64 else None
    if row is None:
        raise HTTPException(404)
    return row


def _letters(site: TheSite, rows: Sequence[MailRow]) -> dict[str, Outgoing]:
    """Those of these mails that are copies of letters of the program, by Message-ID."""
    return {row.message_id: row for row in site.store.outbox(message_ids=[mail.message_id for mail in rows])}


def _line(row: MailRow, read: Reading | None, order_id: str | None, letters: Mapping[str, Outgoing]) -> Line:
    letter = letters.get(row.message_id or "")
    if letter is not None:
        subject, to = pages.clean(letter.subject, 160), pages.clean(letter.recipient)
        return Line(row, Kind.OWN_LETTER, subject, to, letter.order_id, letter.draft_id)
    if read is None:
        return Line(row, row.kind, "", pages.clean(row.counterpart_domain), order_id)
    sender = read.sender.name or read.sender.email
    return Line(row, row.kind, pages.clean(read.subject, 160), pages.clean(sender), order_id)
