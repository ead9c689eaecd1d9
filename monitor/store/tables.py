"""The tables, as SQLModel classes. They describe; the migrations in `migrations/` make them.

The indexes of a part of the rows are so on PostgreSQL too; here that is left out, since naming it loads all that
SQLAlchemy knows of PostgreSQL, 50 ms of every command.

Moments are aware and stored in UTC. Readings and drafts are JSON text (see `codec`), so that the words of
`monitor.types` can grow without a migration for each. Foreign keys are checked at the end of a transaction: within
one, the order of the writes is free.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy import text as sql_text
from sqlmodel import Field, SQLModel

_HAS_RAW = sql_text("raw_sha256 IS NOT NULL")  # few mails have one
_NOT_OVER = sql_text("status NOT IN ('failed', 'withdrawn')")
_ON_ITS_WAY = sql_text("status IN ('queued', 'sending', 'outcome_unknown')")
_WITHOUT_ROWID = {"sqlite_with_rowid": False}  # one tree less to write to: these two tables take all the bulk


def _refers_to(target: str, *, nullable: bool = False, primary_key: bool = False) -> Column[str]:
    key = ForeignKey(target, deferrable=True, initially="DEFERRED")
    return Column(Text, key, nullable=nullable, primary_key=primary_key)


class Mail(SQLModel, table=True):
    """Every mail that was seen, once, however many folders it lies in."""

    __tablename__ = "mail"
    __table_args__ = (
        Index("ix_mail_received", "received_at"),
        Index("ix_mail_counterpart", "counterpart_domain", "received_at"),
        Index("ix_mail_raw", "raw_sha256", sqlite_where=_HAS_RAW),
    )

    identity: str = Field(primary_key=True, sa_type=Text)
    message_id: str | None = Field(sa_type=Text)
    sent_at: datetime | None
    received_at: datetime
    counterpart_domain: str = Field(sa_type=Text)
    kind: str | None = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    candidate: bool
    purchase: bool
    authentication: str = Field(sa_type=Text)
    reader_version: str = Field(sa_type=Text)
    raw_sha256: str | None = Field(sa_column=_refers_to("raw.sha256", nullable=True))


class Location(SQLModel, table=True):
    """Where a mail lies; one mail can have several places, a place holds one mail."""

    __tablename__ = "location"
    __table_args__ = (Index("ix_location_identity", "identity"), _WITHOUT_ROWID)

    account: str = Field(primary_key=True, sa_type=Text)
    folder: str = Field(primary_key=True, sa_type=Text)
    uidvalidity: int = Field(primary_key=True, sa_type=BigInteger)
    uid: int = Field(primary_key=True, sa_type=BigInteger)
    identity: str = Field(sa_column=_refers_to("mail.identity"))


class Raw(SQLModel, table=True):
    """Mails of purchases as they came, zlib-compressed, by the SHA-256 of the content."""

    __tablename__ = "raw"

    sha256: str = Field(primary_key=True, sa_type=Text)
    content: bytes = Field(sa_type=LargeBinary)
    size: int = Field(sa_type=BigInteger)
    left_out: str = Field(sa_type=Text)  # JSON list of names


class Reading(SQLModel, table=True):
    """What was read from a mail of a purchase: a cache, thrown away by a rebuild."""

    __tablename__ = "reading"
    __table_args__ = (
        Index("ix_reading_received", "received_at", "identity"),
        Index("ix_reading_order", "seller_key", "order_number"),
    )

    identity: str = Field(sa_column=_refers_to("mail.identity", primary_key=True))
    received_at: datetime
    seller_key: str | None = Field(sa_type=Text)
    order_number: str | None = Field(sa_type=Text)
    version: int
    reading: str = Field(sa_type=Text)


class Folder(SQLModel, table=True):
    """How far each folder of each account was read."""

    __tablename__ = "folder"

    account: str = Field(primary_key=True, sa_type=Text)
    folder: str = Field(primary_key=True, sa_type=Text)
    uidvalidity: int = Field(sa_type=BigInteger)
    next_uid: int = Field(sa_type=BigInteger)
    heard_until: datetime | None
    backfill_from: datetime | None
    updated_at: datetime


class Event(SQLModel, table=True):
    """What happened to an order. Rows of the user and of the monitor are append-only: triggers see to it.

    `mail` has no foreign key: what the user said outlives whatever becomes of the mail row.
    """

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_order", "order_id", "at"),
        Index("ix_event_source", "source", "at"),
        Index("ix_event_anchor", "anchor_seller", "anchor_number"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    order_id: str = Field(sa_type=Text)
    at: datetime
    kind: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    mail: str | None = Field(sa_type=Text)
    anchor_seller: str | None = Field(sa_type=Text)
    anchor_number: str | None = Field(sa_type=Text)
    payload: str = Field(sa_type=Text)  # JSON object of strings


class Sent(SQLModel, table=True):
    """What the program itself sent or put away, by Message-ID. Append-only."""

    __tablename__ = "sent"

    message_id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    at: datetime
    order_id: str | None = Field(sa_type=Text)
    draft_id: str | None = Field(sa_type=Text)


class Draft(SQLModel, table=True):
    """Texts that wait for the user's decision, and those that he decided on."""

    __tablename__ = "draft"
    __table_args__ = (Index("ix_draft_order", "order_id"),)

    id: str = Field(primary_key=True, sa_type=Text)
    order_id: str = Field(sa_type=Text)
    rung: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    draft: str = Field(sa_type=Text)
    created_at: datetime
    updated_at: datetime


class Outbox(SQLModel, table=True):
    """What the user approved, frozen, and what became of it. The text never changes; triggers see to it.

    A draft has at most one row that is not over (`failed`, `withdrawn`), an order at most one on its way.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("draft_id", "nonce", name="uq_outbox_approval"),
        UniqueConstraint("message_id", name="uq_outbox_message"),
        Index("ux_outbox_draft", "draft_id", unique=True, sqlite_where=_NOT_OVER),
        Index("ux_outbox_order", "order_id", unique=True, sqlite_where=_ON_ITS_WAY),
        Index("ix_outbox_status", "status"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    draft_id: str = Field(sa_type=Text)
    order_id: str = Field(sa_type=Text)
    nonce: str = Field(sa_type=Text)
    way: str = Field(sa_type=Text)
    message_id: str = Field(sa_type=Text)
    sender: str = Field(sa_type=Text)
    recipient: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    content: bytes = Field(sa_type=LargeBinary)
    sha256: str = Field(sa_type=Text)
    payload: str = Field(sa_type=Text)  # JSON object of strings: what the event will say
    approved_at: datetime
    status: str = Field(sa_type=Text)
    attempts: int
    next_try_at: datetime | None
    answer: str = Field(sa_type=Text)
    sent_at: datetime | None
    copy_state: str = Field(sa_type=Text)
    updated_at: datetime


class DraftText(SQLModel, table=True):
    """Each wording that a draft has had, in the order in which it got them. Append-only."""

    __tablename__ = "draft_text"
    __table_args__ = (Index("ix_draft_text", "draft_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    draft_id: str = Field(sa_type=Text)
    at: datetime
    source: str = Field(sa_type=Text)
    recipient: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)


class Problem(SQLModel, table=True):
    """What a person may have to look at."""

    __tablename__ = "problem"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    stage: str = Field(sa_type=Text)
    mail: str | None = Field(sa_type=Text)
    message: str = Field(sa_type=Text)
    resolved_at: datetime | None


class Setting(SQLModel, table=True):
    """Small facts about this store: last_digest_for, quiet_before, instance ..."""

    __tablename__ = "setting"

    key: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(sa_type=Text)


class Attachment(SQLModel, table=True):
    """Files that the user attached to an order or a case, as they were given. Never changed; deleted when he takes one
    back."""

    __tablename__ = "attachment"

    id: str = Field(primary_key=True, sa_type=Text)
    at: datetime
    name: str = Field(sa_type=Text)
    content_type: str = Field(sa_type=Text)
    size: int = Field(sa_type=BigInteger)
    sha256: str = Field(sa_type=Text)
    content: bytes = Field(sa_type=LargeBinary)


class CaseEvent(SQLModel, table=True):
    """What the user said of a payment that failed, and what he did about it. Append-only: triggers see to it."""

    __tablename__ = "case_event"
    __table_args__ = (Index("ix_case_event_case", "case_id", "at"),)

    id: str = Field(primary_key=True, sa_type=Text)
    case_id: str = Field(sa_type=Text)
    at: datetime
    kind: str = Field(sa_type=Text)
    payload: str = Field(sa_type=Text)  # JSON object of strings


class PageKey(SQLModel, table=True):
    """What lets someone come in: a session, a token of the API, the secret of the calendar. Only hashes lie here."""

    __tablename__ = "page_key"
    __table_args__ = (Index("ix_page_key_kind", "kind", "expires_at"),)

    hash: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    created_at: datetime
    expires_at: datetime | None


class PageOrder(SQLModel, table=True):
    """The orders as they were last judged: a cache for the page, refreshed by `run`, thrown away by a rebuild."""

    __tablename__ = "page_order"
    __table_args__ = (
        Index("ix_page_order_mood", "mood", "decide_on", "due_on", "id"),
        Index("ix_page_order_stake", "mood", "stake_currency", "stake"),
        Index("ix_page_order_next", "mood", "next_on"),
        Index("ix_page_order_placed", "placed_at", "id"),
        Index("ix_page_order_moved", "moved_at", "id"),
        Index("ix_page_order_state", "state", "placed_at"),
        Index("ix_page_order_seller", "seller", "id"),
        Index("ix_page_order_with", "seller_key", "placed_at"),
        Index("ix_page_order_amount", "amount", "id"),
        Index("ix_page_order_safe", "safe_until", "id"),
    )

    id: str = Field(primary_key=True, sa_type=Text)
    seller_key: str = Field(sa_type=Text)
    seller: str = Field(sa_type=Text)  # folded, to sort by
    number: str = Field(sa_type=Text)
    placed_at: datetime
    moved_at: datetime  # of the newest event
    state: str = Field(sa_type=Text)
    mood: str = Field(sa_type=Text)  # act, ask, old, wait, rest, doubt
    decide_on: str | None = Field(sa_type=Text)  # ISO date: after this day waiting costs something
    due_on: str | None = Field(sa_type=Text)  # ISO date
    safe_until: str | None = Field(sa_type=Text)  # ISO date: the nearest last safe day
    next_on: str | None = Field(sa_type=Text)  # ISO date: the next day on which something falls due or is possible
    stake_currency: str = Field(sa_type=Text)
    stake: int = Field(sa_type=BigInteger)  # ten-thousandths of the currency's unit: sums stay exact
    currency: str = Field(sa_type=Text)
    amount: float  # to sort by, never to be shown
    words: str = Field(sa_type=Text)  # folded: number, seller, items, amounts, subjects
    summary: str = Field(sa_type=Text)  # JSON


class PageMail(SQLModel, table=True):
    """The words of the mails of purchases, to be searched: a cache as well."""

    __tablename__ = "page_mail"
    __table_args__ = (Index("ix_page_mail_order", "order_id"),)

    id: int | None = Field(default=None, primary_key=True)
    identity: str = Field(sa_type=Text, unique=True)
    order_id: str = Field(sa_type=Text)
    words: str = Field(sa_type=Text)


metadata = SQLModel.metadata


def _table(model: type[SQLModel]) -> Table:
    return metadata.tables[str(model.__tablename__)]


# The same tables for SQLAlchemy Core: bulk writes go through these, not through objects.
mail = _table(Mail)
location = _table(Location)
raw = _table(Raw)
reading = _table(Reading)
folder = _table(Folder)
event = _table(Event)
sent = _table(Sent)
draft = _table(Draft)
outbox = _table(Outbox)
draft_text = _table(DraftText)
problem = _table(Problem)
setting = _table(Setting)
attachment = _table(Attachment)
case_event = _table(CaseEvent)
page_key = _table(PageKey)
page_order = _table(PageOrder)
page_mail = _table(PageMail)
