"""Evidence: files and notes that the user adds to an order, and the pack that he sends with a claim.

In charge of keeping a file only after its content told what it is, of noting on the order that it belongs there (it
outlives a rebuild, as all that he says), and of gathering mails, files and story into a PDF and a ZIP.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor import evidence, parse, render
from monitor.config import Config
from monitor.evidence import story
from monitor.evidence.paper import Unprintable
from monitor.knowledge.forms import load_forms
from monitor.run import orders
from monitor.run.wishes import new_id
from monitor.store.words import AttachedFile
from monitor.types import Draft, Event, Order, Source

if TYPE_CHECKING:
    from monitor.run.orders import OrderView
    from monitor.store import Store

SHOWN_PICTURES = 12
SHOWN_BYTES = 6_000_000
_SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
NOTE_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Pack:
    """An evidence pack: the PDF, the ZIP that holds it with the mails and files, and a name for both without ending."""

    stem: str
    pdf: bytes
    archive: bytes
    language: str
    mails: int
    files: int
    not_kept: int


# -- files and notes ----------------------------------------------------------------------------------------------


def keep(store: Store, name: str, content: bytes, *, now: datetime) -> AttachedFile:
    """Keeps a file and returns what is known of it. Raises evidence.FileRefused."""
    kind = evidence.kind_of(content)
    file = AttachedFile(
        id=uuid.uuid4().hex[:12],
        at=now,
        name=evidence.safe_name(render.mask_secrets(name), kind),
        content_type=kind,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    store.add_attachment(file, content)
    return file


def attach(store: Store, order: Order, name: str, content: bytes, *, now: datetime, note: str = "") -> AttachedFile:
    """Attaches a file to an order; one with the same bytes that is there already stays the only one, under its name.

    Raises evidence.FileRefused.
    """
    digest = hashlib.sha256(content).hexdigest()
    there = next((file for file in files_of(store, order) if file.sha256 == digest), None)
    if there is not None and not note.strip():
        return there
    with store.transaction():
        file = there or keep(store, name, content, now=now)
        payload = {"attachment": file.id, "value": file.name, "sha256": file.sha256}
        if note.strip():
            payload["said"] = story.own_words(note, NOTE_LENGTH)
        _say(store, order, "attached", payload, now)
    return file


def detach(store: Store, order: Order, attachment: str, *, now: datetime) -> bool:
    """Takes an attached file back: it is forgotten, the note that there was one stays. False where it is not his."""
    file = next((one for one in files_of(store, order) if one.id == attachment), None)
    if file is None:
        return False
    with store.transaction():
        _say(store, order, "detached", {"attachment": file.id, "value": file.name}, now)
        store.drop_attachment(file.id)
    return True


def add_note(store: Store, order: Order, text: str, *, now: datetime) -> None:
    """Notes something on an order: what was said on the telephone, what stood on a page. Raises ValueError for none."""
    words = render.mask_secrets(text.strip()[:NOTE_LENGTH])
    if not words:
        raise ValueError("an empty note")
    _say(store, order, "note", {"said": words, "value": render.own_line(words, 200)}, now)


def files_of(store: Store, order: Order) -> list[AttachedFile]:
    """The files attached to an order, oldest first."""
    kept = store.attachments()
    found: dict[str, AttachedFile] = {}
    for event in order.events:
        attachment = event.payload.get("attachment", "")
        if event.kind == "attached" and attachment in kept:
            found[attachment] = kept[attachment]
        elif event.kind == "detached":
            found.pop(attachment, None)
    return list(found.values())


def _say(store: Store, order: Order, kind: str, payload: Mapping[str, str], now: datetime) -> None:
    store.append_event(
        Event(
            id=new_id(),
            order_id=order.id,
            at=now,
            kind=kind,
            source=Source.USER,
            mail=orders.opening_mail(order),
            payload={**payload, "seller": order.seller.key, "number": order.number or ""},
        )
    )


# -- the pack -----------------------------------------------------------------------------------------------------


def pack(
    store: Store, config: Config, view: OrderView, *, now: datetime, language: str | None = None,
    more: Sequence[AttachedFile] = (),
) -> Pack:  # fmt: skip
    """The evidence pack of an order in `language` (by default that of the next step's addressee).

    `more`: files of a case that hangs on the order. Raises evidence.NoTypst where typst is missing.
    """
    order = view.order
    spoken = render.supported(language or addressee_language(view, config))
    mails, members, missing = _mails(store, order)
    letters = _sent_letters(store, order, config.user.timezone)
    members += letters.values()
    enclosures, contents = _files(store, order, more)
    members += [evidence.Member(one.path, contents[one.path]) for one in enclosures]
    zone = config.user.timezone
    teller = story.Teller(
        order, view.judgement, language=spoken, timezone=zone, today=render.local_day(now, zone)
    )  # fmt: skip
    title = " · ".join(
        part for part in (story.said(order.seller.name, 80), render.code(order.number or "")) if part
    )  # fmt: skip
    name = render.one_line(config.user.name, 60)
    made = teller.t("pack.made", day=render.moment(now, spoken, zone))
    values = {
        "lang": spoken,
        "title": teller.t("pack.title"),
        "author": name,
        "subtitle": title,
        "made": " ".join(
            part for part in (teller.t("pack.by", name=name) if name else "", made, teller.zone(now)) if part
        ),
        "footer": teller.t("pack.footer", title=title),
        "sections": teller.sections(mails, enclosures, letters),
        "pictures_heading": teller.t("pack.pictures"),
        "pictures": [],
    }
    shown = [
        one for one in enclosures if one.content_type in _SHOWN and one.size <= SHOWN_BYTES
    ][:SHOWN_PICTURES]  # fmt: skip
    pictures = {_picture(place, one): contents[one.path] for place, one in enumerate(shown)}
    captions = [
        {"file": _picture(place, one), "caption": f"{one.path} · {teller.moment(one.at)}"}
        for place, one in enumerate(shown)
    ]
    try:
        pdf = evidence.printed("pack", {**values, "pictures": captions}, at=now, pictures=pictures)
    except Unprintable:  # a picture that only begins like one: it stays in the ZIP, the paper goes without
        pdf = evidence.printed("pack", values, at=now)
    stem = _stem(order)
    members.insert(0, evidence.Member(f"{stem}.pdf", pdf))
    local = render.local_day(now, zone)
    stamp = now.replace(year=local.year, month=local.month, day=local.day)
    archive = evidence.zipped(members, stamp)
    return Pack(stem, pdf, archive, spoken, len(mails), len(enclosures), missing)


def _picture(place: int, file: story.Enclosure) -> str:
    return f"picture-{place}{evidence.files.EXTENSIONS[file.content_type]}"


def addressee_language(view: OrderView, config: Config) -> str:
    """The language of whoever gets the pack: that of the letter that is next, else the user's."""
    if view.draft is not None:
        return view.draft.language
    return config.user.language


def _stem(order: Order) -> str:
    known = order.number or ""
    if render.mask_cards(known) != known:
        known = ""
    number = re.sub(r"[^A-Za-z0-9-]+", "-", known).strip("-")[:40]
    return f"evidence-{number or order.id}"


def _mails(store: Store, order: Order) -> tuple[list[story.MailFile], list[evidence.Member], int]:
    found, members, missing = [], [], 0
    place = 0
    for event in order.events:
        if event.source is not Source.MAIL or event.reading is None or event.mail is None:
            continue
        place += 1
        content = store.raw(event.mail)
        path = f"mails/{place:03d}-{event.at:%Y-%m-%d}-{event.kind}.eml"
        if content is None or store.left_out(event.mail):
            missing += 1  # a mail of which parts were left out is not as it came: it is named, not enclosed
            found.append(story.MailFile(event, "", ""))
            continue
        member = evidence.Member(path, content)
        members.append(member)
        found.append(story.MailFile(event, path, member.sha256, parse.header(content).authentication_detail))
    return found, members, missing


def _sent_letters(store: Store, order: Order, timezone: str) -> dict[str, evidence.Member]:
    """The letters that the program sent, as they left, by Message-ID; one that also lies in Sent is a mail already."""
    held = {event.reading.message_id for event in order.events if event.reading is not None}
    found: dict[str, evidence.Member] = {}
    for row in store.outbox(order_id=order.id, status=("sent",)):
        whole = store.outgoing(row.id) if row.message_id not in held and row.way != "copied" else None
        if whole is not None:
            day = render.local_day(row.sent_at or row.approved_at, timezone).isoformat()
            path = f"mails/letter-{len(found) + 1:02d}-{day}.eml"
            found[row.message_id] = evidence.Member(path, whole.content)
    return found


def _files(
    store: Store, order: Order, more: Sequence[AttachedFile]
) -> tuple[list[story.Enclosure], dict[str, bytes]]:  # fmt: skip
    notes = {e.payload.get("attachment"): e.payload.get("said", "") for e in order.events if e.kind == "attached"}
    enclosures: list[story.Enclosure] = []
    contents: dict[str, bytes] = {}
    unique = {file.id: file for file in (*files_of(store, order), *more)}
    for place, file in enumerate(unique.values(), 1):
        content = store.attachment(file.id)
        if content is None:
            continue
        path = f"files/{place:02d}-{file.name}"
        contents[path] = content
        enclosures.append(
            story.Enclosure(path, file.name, file.content_type, file.size, file.at, file.sha256, notes.get(file.id, ""))
        )
    return enclosures, contents


# -- a letter as the post office certifies it -----------------------------------------------------------------------


def certified(view: OrderView, letter: Draft, config: Config, *, now: datetime, address: str = "") -> bytes:
    """A letter printed as 내용증명: sender, recipient, title, text, date. Raises evidence.NoTypst.

    `address`: the user's, by default that of the settings; without one a line is left to be filled in by hand. On a
    marketplace the recipient is who sold there, and what stands at the foot of its mails is not said of him. In Korean
    or English.
    """
    language = render.supported(letter.language)
    order, user = view.order, config.user
    identity = order.identity if not order.sold_by else None
    phones = [contact.value for contact, _ in order.contacts if contact.channel == "phone" and not order.sold_by]
    papers = load_forms().enclosures

    def stated(name: str) -> str:
        value = getattr(identity, name, None) if identity is not None else None
        return story.said(value.value, 150) if value is not None else ""

    def t(key: str, **values: object) -> str:
        return render.message(key, language, **values)

    paragraphs = _core([block.splitlines() for block in letter.body.split("\n\n") if block.strip()])
    seller = order.sold_by or order.seller.name
    values = {
        "lang": language,
        "heading": t("certified.heading"),
        "title": story.said(letter.subject.removeprefix("[내용증명] ").removeprefix("Certified letter: "), 150),
        "labels": {key: t(f"certified.{key}") for key in (
            "name", "address", "phone", "recipient", "sender", "subject", "enclosures", "seal",
        )},
        "recipient": {"name": stated("name") or story.said(seller, 100), "address": stated("address"),
                      "phone": stated("phone") or story.said(next(iter(phones), ""), 40)},
        "sender": {"name": render.one_line(user.name, 60),
                   "address": render.one_line(address or user.postal_address, 150),
                   "phone": render.one_line(", ".join(filter(None, (user.phone, *user.addresses[:1]))), 100)},
        "paragraphs": [[render.mask_cards(line) for line in block] for block in paragraphs],
        "enclosures": list(dict.fromkeys(papers[key][language] for key in letter.attachments if key in papers)),
        "date": render.day(render.local_day(now, config.user.timezone), language, "plain"),
        "copies": t("certified.copies"),
    }  # fmt: skip
    return evidence.printed("certified", values, at=now)


_OPENS, _CLOSES = ("제목:", "Subject:"), ("이 서면은 같은 내용으로", "This letter is made out in three copies")


def _core(paragraphs: list[list[str]]) -> list[list[str]]:
    """The letter itself, of one drafted as 내용증명: both sides, title and copies have their own place on the paper."""
    first = next((place for place, block in enumerate(paragraphs) if block[0].startswith(_OPENS)), -1)
    last = next((place for place, block in enumerate(paragraphs) if block[0].startswith(_CLOSES)), len(paragraphs))
    return paragraphs[first + 1 : last] if 0 <= first < last < len(paragraphs) else paragraphs
