"""A draft on its way to being a letter: edited, drafted anew, approved, discarded; what is approved is frozen.

In charge of holding an approval to the very text that was shown, of the recipient, of news that came meanwhile, and of
the outbox row that is committed before anything leaves (`sending` then carries it out). It opens no connection.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor import draft as drafting
from monitor import escalate, render, smtp
from monitor.config import Config
from monitor.run import enclosing, orders, wishes
from monitor.run.wishes import new_id
from monitor.store.words import Outgoing, StoreError, Wording
from monitor.types import Address, Authentication, Draft, Event, Order, Step

if TYPE_CHECKING:
    from monitor.store import Store

WAYS = ("smtp", "drafts", "copied")
"""Sent by the program, put into the mailbox's Drafts folder, or sent by the user himself."""

APPROVED = "approved"
"""Status of a draft whose outbox row is not over yet."""

_KEY = "approval.key"
LONGEST_SUBJECT = 200
LONGEST_BODY = 50_000


class NotApproved(Exception):
    """Why a text was not approved, edited or sent: `why` is a key of the catalog (`approval.<why>`).

    `events`: what came since the draft was shown, for `news`.
    """

    def __init__(self, why: str, events: tuple[Event, ...] = ()) -> None:
        super().__init__(why)
        self.why, self.events = why, events


@dataclass(frozen=True, slots=True)
class Text:
    """What of a draft the user may change."""

    to: str
    subject: str
    body: str
    enclosed: tuple[str, ...] = ()  # ids of the files that go along (`enclosing`)


@dataclass(frozen=True, slots=True)
class Approval:
    """The user's yes to a text. `seal` is what the page was given when that text was shown (`seal()`).

    `nonce`: made when it was shown, the same in each click on that page. `checked`: he said that he has compared an
    address that carries a warning. `early`: that he means to send it before the step's day.
    """

    draft_id: str
    text: Text
    seal: str
    nonce: str
    way: str
    checked: bool = False
    early: bool = False


def find(store: Store, draft_id: str) -> Draft:
    """The stored draft. Raises NotApproved ("gone")."""
    found = find_or_none(store, draft_id)
    if found is None:
        raise NotApproved("gone")
    return found


def find_or_none(store: Store, draft_id: str) -> Draft | None:
    """The stored draft, None where there is none."""
    return store.draft(draft_id)


def stage_of(row: Outgoing) -> str:
    """The stage under which problems with this letter are recorded."""
    return f"letter {row.id}"


def _forget_failures(store: Store, draft_id: str, now: datetime) -> None:
    """What went wrong with earlier tries is no problem any more: the user has decided anew."""
    for row in store.outbox(draft_id=draft_id, status=("failed", "withdrawn")):
        store.resolve_problems(now, stage=stage_of(row))


def text_of(draft: Draft) -> Text:
    """The part of a draft that the user may change."""
    return Text(draft.to or "", draft.subject, draft.body, draft.enclosed)


def cleaned(to: str, subject: str, body: str, enclosed: tuple[str, ...] = ()) -> Text:
    """What a form sent: lines end as in letters here, and neither address nor subject can hold a line break."""
    lines = body.replace("\r\n", "\n").replace("\r", "\n").strip("\n")[:LONGEST_BODY]
    return Text(" ".join(to.split()), " ".join(subject.split())[:LONGEST_SUBJECT], lines, enclosed)


def seal(store: Store, draft_id: str, text: Text, nonce: str) -> str:
    """Proves to `approve` that the program showed this very text and these very files.

    HMAC-SHA-256 with a key of this store; a file counts by its id and the SHA-256 of its bytes.
    """
    key = store.get_setting(_KEY)
    if key is None:
        store.set_setting(_KEY, secrets.token_hex(32))
        key = store.get_setting(_KEY) or ""
    parts = (draft_id, nonce, text.to, text.subject, text.body, *enclosing.marks(store, text.enclosed))
    content = b"".join(b"%d:%b" % (len(part.encode()), part.encode()) for part in parts)
    return hmac.new(bytes.fromhex(key), content, hashlib.sha256).hexdigest()


def news(store: Store, draft: Draft) -> tuple[Event, ...]:
    """What came to the draft's order since it was drafted, by the store's own record; empty where nothing did."""
    known = set(draft.based_on)
    events = wishes.standing(store.events(draft.order_id))
    fresh = [event for event in events if event.id not in known and drafting.is_news(event)]
    gone = known - {event.id for event in events}
    return tuple(fresh) or (tuple(events[-1:]) if gone else ())


# -- the recipient ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checked:
    """What is to be said of a recipient: why he cannot be one, or what the user should look at first (both keys)."""

    refusal: str | None = None
    warning: str | None = None


def check_recipient(draft: Draft, order: Order | None, to: str, own: Collection[str]) -> Checked:
    """Whether a letter may go to `to`: well formed, read by somebody, not the user's own, not named by a forged mail.

    An address that no authenticated mail of the order names carries a warning.
    """
    address = Address("", to.lower())
    if not to:
        return Checked(refusal="no_address")
    if to.lower() in {mine.lower() for mine in own}:
        return Checked(refusal="own_address")
    if escalate.unread(address):
        return Checked(refusal="no_reply")
    if not escalate.usable(address):
        return Checked(refusal="not_an_address")
    named = _named(order) if order is not None else {}
    best = named.get(to.lower())
    if best is Authentication.FAIL:
        return Checked(refusal="forged")
    if draft.to and to.lower() == draft.to.lower() and not draft.edited:
        return Checked(warning=draft.warning)
    if best is None:
        return Checked(warning="approval.warning.typed")
    return Checked(warning=None if best is Authentication.PASS else "draft.warning.unauthenticated")


def _named(order: Order) -> dict[str, Authentication]:
    """Each address that the order's mails name, with the best authentication among them."""
    rank = {Authentication.PASS: 2, Authentication.NONE: 1, Authentication.FAIL: 0}
    found: dict[str, Authentication] = {}
    for event in order.events:
        reading = event.reading
        if reading is None or reading.own:
            continue
        contacts = [c.value for c in reading.finding.contacts if c.channel == "email"]
        senders = [a.email for a in (reading.sender, reading.reply_to) if a is not None and a.email]
        for address in (*contacts, *senders):
            before = found.get(address.lower())
            if before is None or rank[reading.authentication] > rank[before]:
                found[address.lower()] = reading.authentication
    return found


# -- the text -----------------------------------------------------------------------------------------------------


def edit(store: Store, draft: Draft, text: Text, *, now: datetime) -> Draft:
    """Keep the user's own words for a draft that is ready, and which files he wants to go along.

    The wording before stays known. Whoever only chose files keeps the text of the day. Raises NotApproved (also
    "too_large", and "secret" for a whole card number or a resident number, which never rest here).
    """
    if draft.status != "ready":
        raise NotApproved("not_ready")
    if text == text_of(draft) and draft.edited:
        return draft
    if enclosing.too_large(enclosing.chosen(store, text.enclosed)):
        raise NotApproved("too_large")
    _refuse_secrets(store, draft, text)
    if text == replace(text_of(draft), enclosed=text.enclosed) and not draft.edited:
        changed = replace(draft, enclosed=text.enclosed)
        with store.transaction():
            if not store.save_draft(changed, now):
                raise NotApproved("not_ready")
            enclosing.forget_packs(store, draft.enclosed, text.enclosed)
        return changed
    fields = drafting.refilled(draft, text.body)
    changed = replace(
        draft, to=text.to or None, subject=text.subject, body=text.body, edited=True, enclosed=text.enclosed,
        fields=fields,
    )  # fmt: skip
    with store.transaction():
        enclosing.forget_packs(store, draft.enclosed, text.enclosed)
        if not store.wordings(draft.id):
            store.add_wording(Wording(draft.id, now, "monitor", draft.to or "", draft.subject, draft.body))
        store.add_wording(Wording(draft.id, now, "user", text.to, text.subject, text.body))
        if not store.save_draft(changed, now):
            raise NotApproved("not_ready")
    return changed


def _refuse_secrets(store: Store, draft: Draft, text: Text) -> None:
    """Raises NotApproved ("secret") where the user's words hold what must not leave, and the drafted text did not."""
    drafted = [draft.subject, draft.body] if not draft.edited else []
    drafted += [
        words for one in store.wordings(draft.id) if one.source == "monitor" for words in (one.subject, one.body)
    ]
    if drafting.typed_secret(f"{text.subject}\n{text.body}", "\n".join(drafted)):
        raise NotApproved("secret")


def redo(store: Store, view: orders.OrderView, *, now: datetime, fresh: Draft | None = None) -> Draft:
    """The draft from its template, with the facts and the day of now; what was written before stays known.

    `fresh`: the text of now for a step that the user asked for himself (`preparing.made`); without it that of the next
    step. The files that were chosen stay chosen; a pack that was printed before the news does not. Raises NotApproved
    ("no_step") where the order calls for no text any more.
    """
    made = fresh or view.draft
    if made is None:
        raise NotApproved("no_step")
    before = find_or_none(store, made.id)
    kept = tuple(one for one in before.enclosed if not enclosing.is_pack(one)) if before is not None else ()
    fresh = replace(made, status="ready", edited=False, enclosed=kept)
    with store.transaction():
        if store.wordings(fresh.id):
            store.add_wording(Wording(fresh.id, now, "monitor", fresh.to or "", fresh.subject, fresh.body))
        for old in store.drafts(fresh.order_id):
            if old.status in ("ready", "locked", "discarded"):
                enclosing.forget_packs(store, old.enclosed)
            if old.id != fresh.id and old.status == "locked":
                store.set_draft_status(old.id, "discarded", now)
            elif old.id == fresh.id and old.status not in ("ready", "locked"):
                store.set_draft_status(old.id, "ready", now)  # taken back from "discarded", or copied out and not sent
        if not store.save_draft(fresh, now):
            raise NotApproved("not_ready")
    return fresh


def discard(store: Store, draft: Draft, *, now: datetime) -> None:
    """Put a draft away. Raises NotApproved where it is on its way or was sent."""
    if draft.status in (APPROVED, "sent"):
        raise NotApproved("not_ready")
    with store.transaction():
        store.set_draft_status(draft.id, "discarded", now)
        _forget_failures(store, draft.id, now)
        enclosing.forget_packs(store, draft.enclosed)


def restore(store: Store, draft: Draft, *, now: datetime) -> None:
    """A draft that was put away is there again, with the user's own words. Raises NotApproved where it was not."""
    if draft.status != "discarded":
        raise NotApproved("not_ready")
    with store.transaction():
        store.set_draft_status(draft.id, "locked" if news(store, draft) else "ready", now)


def approve(
    store: Store,
    config: Config,
    approval: Approval,
    *,
    now: datetime,
    order: Order | None,
    step: Step | None = None,
) -> Outgoing:
    """Freeze the approved text and commit it to the outbox; `sending.work` carries it out.

    The same click twice gives the same row. `order` is the draft's as it stands (for the recipient); `step` the one
    that it calls for now: it knows the day by which an answer is asked, and who is addressed. Raises NotApproved: gone,
    not_ready, differs (text or files are not those shown), changed (it was edited elsewhere since), news, way,
    too_large, empty, secret, the recipient's refusals, unchecked, early (the day of the step has not come), under_way.
    """
    if approval.way not in WAYS:
        raise NotApproved("way")
    draft = find(store, approval.draft_id)
    again = [row for row in store.outbox(draft_id=draft.id) if row.nonce == approval.nonce]
    if again:
        return again[0]
    text = approval.text
    if not hmac.compare_digest(seal(store, draft.id, text, approval.nonce), approval.seal):
        raise NotApproved("differs")
    if enclosing.too_large(enclosing.chosen(store, text.enclosed)):
        raise NotApproved("too_large")
    if not text.subject.strip() or not text.body.strip():
        raise NotApproved("empty")
    _refuse_secrets(store, draft, text)
    checked = check_recipient(draft, order, text.to, config.own_addresses())
    if checked.refusal:
        raise NotApproved(checked.refusal)
    if checked.warning and not approval.checked:
        raise NotApproved("unchecked")
    if draft.status == "locked" or news(store, draft):  # they may have moved the step's day, too
        raise NotApproved("news", news(store, draft))
    today = render.local_day(now, config.user.timezone)
    if step is not None and step.rung == draft.rung and step.not_before > today and not approval.early:
        raise NotApproved("early")
    row = _row(store, config, draft, approval, now, order, step)
    try:
        with store.transaction(durable=True):
            draft = find(store, approval.draft_id)
            if draft.status == "locked":
                raise NotApproved("news", news(store, draft))
            if draft.status != "ready":
                raise NotApproved("not_ready")
            there = tuple(file.id for file in enclosing.chosen(store, draft.enclosed))
            if there != text.enclosed or (draft.edited and replace(text_of(draft), enclosed=there) != text):
                raise NotApproved("changed")
            if came := news(store, draft):
                raise NotApproved("news", came)
            if any(other.status in ("queued", "sending", "outcome_unknown")
                   for other in store.outbox(order_id=draft.order_id)):  # fmt: skip
                raise NotApproved("under_way")
            if text != text_of(draft):  # the day in an unedited text moves: what counts is what was shown
                said = replace(draft, to=text.to, subject=text.subject, body=text.body, enclosed=text.enclosed)
                store.save_draft(said, now)
            _forget_failures(store, draft.id, now)
            row = store.put_out(row)
            if approval.way == "smtp":
                store.remember_sent(row.message_id, "letter", now, draft.order_id, draft.id)
            if approval.way == "copied":
                store.set_draft_status(draft.id, "exported", now)
            else:
                store.set_draft_status(draft.id, APPROVED, now)
    except StoreError:
        # A second approval was faster: the database let only one of them in.
        rows = [
            found for found in store.outbox(draft_id=approval.draft_id) if found.status not in ("failed", "withdrawn")
        ]
        if not rows:
            raise
        if rows[0].nonce != approval.nonce:
            raise NotApproved("under_way") from None
        return rows[0]
    return row


def sender_of(config: Config) -> str | None:
    """The address that letters are sent from: `smtp.sender`, that of `smtp.account`, else the user's first."""
    account = config.accounts.get(config.smtp.account or "")
    mine = (
        config.smtp.sender,
        account.own_address if account is not None else None,
        *config.user.addresses,
        *(other.own_address for other in config.accounts.values()),
    )
    return next((address for address in mine if address), None)


def _row(
    store: Store, config: Config, draft: Draft, approval: Approval, now: datetime, order: Order | None,
    step: Step | None,
) -> Outgoing:  # fmt: skip
    sender = sender_of(config)
    if sender is None:
        raise NotApproved("no_sender")
    if step is not None and step.rung != draft.rung:
        step = None
    text = approval.text
    mail = drafting.message(
        replace(draft, to=text.to, subject=text.subject, body=text.body),
        Address(config.user.name, sender),
        at=now.astimezone(ZoneInfo(config.user.timezone)),  # RFC 5322 3.3: the day that the sender's calendar shows
    )
    # Its own at each approval: a letter that failed and was approved anew is another letter.
    message_id = f"{draft.rung}.{draft.id}.{secrets.token_hex(6)}@{sender.rpartition('@')[2]}"
    del mail["Message-ID"]
    mail["Message-ID"] = f"<{message_id}>"
    files = enclosing.chosen(store, text.enclosed)
    try:
        enclosing.into(mail, store, files)
    except KeyError:  # taken back in this very moment
        raise NotApproved("differs") from None
    content = smtp.content(mail)
    payload = {
        "rung": draft.rung,
        "to": text.to.lower(),
        "subject": text.subject,
        "way": approval.way,
        "answer_by": _day_named(draft, text, step, render.local_day(now, config.user.timezone)),
        "addressee": step.addressee if step is not None else draft.addressee,
        "seller": order.seller.key if order is not None else "",
        "number": (order.number or "") if order is not None else "",
        "mail": _anchor(order) if order is not None else "",
        "enclosures": "\n".join(file.name for file in files),
    }
    return Outgoing(
        id=new_id(),
        draft_id=draft.id,
        order_id=draft.order_id,
        nonce=approval.nonce,
        way=approval.way,
        message_id=message_id,
        sender=sender,
        recipient=text.to.lower(),
        subject=text.subject,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        payload=payload,
        approved_at=now,
        # What the user sends himself is his from here on: like a text in the Drafts folder it waits for his word.
        status="filed" if approval.way == "copied" else "queued",
        attempts=0,
        next_try_at=None,
        answer="",
        sent_at=None,
        copy_state="pending" if approval.way == "smtp" else "none",
        updated_at=now,
    )


def _day_named(draft: Draft, text: Text, step: Step | None, today: date) -> str:
    """The day that the approved text itself names (ISO), "" where it names none: the next step counts from that day."""
    days = (drafting.named_day(step, today) if step is not None else None, draft.answer_by)
    for day in filter(None, days):
        written = re.escape(render.day(day, draft.language, "plain"))
        if re.search(rf"(?<!\d){written}", text.body):
            return day.isoformat()
    return ""


def _anchor(order: Order) -> str:
    """The mail on which a statement about this order hangs: that which opened it."""
    return orders.opening_mail(order) or ""
