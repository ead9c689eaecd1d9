"""The rows that go into the store and come out of it, and the one error that it raises.

Plain frozen values without any database library, so that those who only hand rows around stay light. All moments
are aware datetimes; they come back in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from monitor.types import Problem


class StoreError(Exception):
    """The store cannot be used. The message says in plain words what is wrong and what to do about it."""


@dataclass(frozen=True, slots=True)
class MailRow:
    """What is kept of every mail that was seen: no subject, no text.

    `counterpart_domain` is the registrable domain of the sender, or of the first recipient of the user's own
    letter. `kind` is a `Kind` value, None where the mail waits to be read (again). `candidate`: the body was
    read, not only the header. `purchase`: kept, because it is about a purchase.
    """

    identity: str
    message_id: str | None
    sent_at: datetime | None
    received_at: datetime
    counterpart_domain: str
    kind: str | None
    reason: str
    candidate: bool = False
    purchase: bool = False
    authentication: str = "none"
    reader_version: str = ""
    raw_sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """One place where a mail lies. Of imported files: account "import", folder = path, uid = position in it."""

    account: str
    folder: str
    uidvalidity: int
    uid: int
    identity: str


@dataclass(frozen=True, slots=True)
class RawRow:
    """A mail as it came. `content` is shorter than `size` (bytes) where parts were left out, which are named."""

    identity: str
    content: bytes
    size: int = 0
    left_out: tuple[str, ...] = ()


class PackedRaw(NamedTuple):
    """A `RawRow` as the store keeps it: compressed by zlib, under its SHA-256 (see `codec.pack_raw`)."""

    identity: str
    sha256: str
    content: bytes
    size: int
    left_out: str


class PackedReading(NamedTuple):
    """A `Reading` as the store keeps it, as JSON (see `codec.pack_reading`)."""

    identity: str
    received_at: datetime
    seller_key: str | None
    order_number: str | None
    version: int
    reading: str


@dataclass(frozen=True, slots=True)
class FolderState:
    """How far a folder was read: every mail with a UID below `next_uid` is in the store.

    `heard_until`: the moment up to which the folder is known to be read to its end, None if it never was.
    `backfill_from`: the oldest day that the first run goes back to.
    """

    account: str
    folder: str
    uidvalidity: int
    next_uid: int
    heard_until: datetime | None
    backfill_from: datetime | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A mail that its header alone had ruled out, and where its body can be fetched."""

    mail: MailRow
    locations: tuple[Location, ...]


@dataclass(frozen=True, slots=True)
class Sent:
    """A mail that the program itself sent or put away. `kind`: digest, notification or letter."""

    message_id: str
    kind: str
    at: datetime
    order_id: str | None = None
    draft_id: str | None = None


@dataclass(frozen=True, slots=True)
class OpenProblem:
    """A recorded `Problem` with its number and times."""

    id: int
    at: datetime
    problem: Problem
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file that the user attached, without its content. `content_type` was told from its first bytes."""

    id: str
    at: datetime
    name: str
    content_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A text that the user approved, as it will leave or has left, and what became of it.

    `way`: smtp (sent by the program), drafts (put into the Drafts folder), copied (the user sends it himself).
    `status`: queued, sending, sent, outcome_unknown, failed, filed (lies in Drafts), withdrawn. `content`: the exact
    bytes (empty in lists of rows), `sha256` theirs. `answer`: why, in plain words. `payload`: what the event `letter`
    will say.
    `copy_state`: what is known of the copy in the Sent folder: pending, found, filed, server, none, or given_up.
    """

    id: str
    draft_id: str
    order_id: str
    nonce: str
    way: str
    message_id: str
    sender: str
    recipient: str
    subject: str
    content: bytes
    sha256: str
    payload: Mapping[str, str]
    approved_at: datetime
    status: str
    attempts: int
    next_try_at: datetime | None
    answer: str
    sent_at: datetime | None
    copy_state: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Wording:
    """One wording of a draft. `source`: monitor (drafted, or drafted anew) or user (edited)."""

    draft_id: str
    at: datetime
    source: str
    recipient: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class PageKey:
    """A way in as it is kept: the SHA-256 of the secret, what it opens (session, api, calendar), and until when."""

    hash: str
    kind: str
    name: str
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class PageRow:
    """An order as the page lists it. `summary` is JSON that `run.pages` writes and reads; the rest is to find it by.

    `mood`: act, ask, old, wait, rest or doubt. `decide_on`, `due_on`, `safe_until`: days. `amount` is only to sort by,
    `stake` is in ten-thousandths of the unit. `words` are folded.
    """

    id: str
    seller_key: str
    seller: str
    number: str
    placed_at: datetime
    moved_at: datetime
    state: str
    mood: str
    decide_on: date | None
    due_on: date | None
    safe_until: date | None
    next_on: date | None
    stake_currency: str
    stake: int
    currency: str
    amount: float
    words: str
    summary: str
