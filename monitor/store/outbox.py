"""What the user approved: kept before the first byte leaves, and followed until it is known what became of it.

In charge of freezing a text, of letting exactly one worker at a time take it up, and of the wordings that a draft has
had. It sends nothing. Constraints and triggers of the database hold what matters (one row per approval, no text
changed, nothing sent taken up again), whatever this code does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import LargeBinary, Row, literal, select, update

from monitor.store import dialects, tables
from monitor.store.codec import dump_strings, load_draft, load_payload, load_reading, moment, optional_moment, text
from monitor.store.database import Database
from monitor.store.words import Outgoing, Wording
from monitor.types import Draft


class Outbox(Database):
    """The part of `Store` that keeps what was approved."""

    def put_out(self, row: Outgoing) -> Outgoing:
        """Keep an approved text, for good, before anything is done with it.

        The same approval (draft and nonce) a second time gives the row that is there already. Raises StoreError where
        another approval of that draft, or another letter of that order, is not over yet.
        """
        columns = tables.outbox.c
        with self.transaction(durable=True) as connection:
            same = select(tables.outbox).where(columns.draft_id == row.draft_id, columns.nonce == row.nonce)
            found = connection.execute(same).first()
            if found is not None:
                return _outgoing(found)
            values = asdict(row) | {
                "payload": dump_strings(dict(sorted(row.payload.items()))),
                "recipient": text(row.recipient),
                "subject": text(row.subject),
                "answer": text(row.answer),
                "approved_at": moment(row.approved_at),
                "updated_at": moment(row.updated_at),
                "next_try_at": optional_moment(row.next_try_at),
                "sent_at": optional_moment(row.sent_at),
            }
            connection.execute(tables.outbox.insert(), values)
        return row

    def outgoing(self, outgoing_id: str) -> Outgoing | None:
        """One row, by its id, with the bytes that leave or have left."""
        with self._reading() as connection:
            found = connection.execute(select(tables.outbox).where(tables.outbox.c.id == outgoing_id)).first()
        return None if found is None else _outgoing(found)

    def outbox(
        self,
        *,
        status: Iterable[str] | None = None,
        draft_id: str | None = None,
        order_id: str | None = None,
        message_ids: Iterable[str | None] | None = None,
    ) -> list[Outgoing]:
        """Rows by the moment of approval: of these statuses, of a draft, of an order, of these mails, or all.

        Without their content, which can be 35 MB each: `outgoing` gives a row with it.
        """
        columns = tables.outbox.c
        light = [literal(b"", LargeBinary).label("content") if one.name == "content" else one for one in columns]
        wanted = select(*light).order_by(columns.approved_at, columns.id)
        if status is not None:
            wanted = wanted.where(columns.status.in_(list(status)))
        if draft_id is not None:
            wanted = wanted.where(columns.draft_id == draft_id)
        if order_id is not None:
            wanted = wanted.where(columns.order_id == order_id)
        if message_ids is not None:
            wanted = wanted.where(columns.message_id.in_([one for one in message_ids if one]))
        with self._reading() as connection:
            return [_outgoing(row) for row in connection.execute(wanted)]

    def move_outgoing(
        self,
        outgoing_id: str,
        status: str,
        now: datetime,
        *,
        when: Iterable[str],
        answer: str | None = None,
        next_try_at: datetime | None = None,
        sent_at: datetime | None = None,
        attempt: bool = False,
    ) -> bool:
        """Set the status where it is still one of `when` (compare and set); whether it was.

        `attempt` counts one. A status that must not follow raises StoreError: the database refuses it.
        """
        columns = tables.outbox.c
        values: dict[str, Any] = {
            "status": status,
            "updated_at": moment(now),
            "next_try_at": optional_moment(next_try_at),
        }
        if answer is not None:
            values["answer"] = text(answer)
        if sent_at is not None:
            values["sent_at"] = moment(sent_at)
        if attempt:
            values["attempts"] = columns.attempts + 1
        change = update(tables.outbox).where(columns.id == outgoing_id, columns.status.in_(list(when))).values(values)
        with self.transaction(durable=True) as connection:
            return connection.execute(change).rowcount == 1

    def note_copy(self, outgoing_id: str, copy_state: str, now: datetime) -> None:
        """What is known of the copy in the Sent folder."""
        change = update(tables.outbox).where(tables.outbox.c.id == outgoing_id)
        with self.transaction() as connection:
            connection.execute(change.values(copy_state=copy_state, updated_at=moment(now)))

    @contextmanager
    def sending(self) -> Iterator[bool]:
        """Be the only one who sends, over all threads and processes; yields False where somebody else is at it.

        The lock is let go when its holder dies. So whoever gets it knows: a row that is `sending` was left behind.
        """
        try:
            if self._path is None:
                with self._plainly():
                    lock: Any = dialects.AdvisoryLock(self._engine, dialects.SENDING_KEY)
            else:
                lock = dialects.FileLock(self._path.with_name(self._path.name + ".sending"))
        except dialects.SecondInstance:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def lies_in_mailbox(self, message_id: str) -> datetime | None:
        """When a mail with this Message-ID came to lie in a folder that is read (drafts are not); None: it does not."""
        columns, places = tables.mail.c, tables.location.c
        wanted = (
            select(columns.received_at)
            .join(tables.location, places.identity == columns.identity)
            .where(columns.message_id == message_id)
            .limit(1)
        )
        with self._reading() as connection:
            return connection.scalar(wanted)

    def is_answered(self, message_id: str) -> bool:
        """Whether a mail that was read answers, or reports the return of, the letter with this Message-ID."""
        columns = tables.reading.c
        wanted = select(columns.reading).where(columns.reading.contains(message_id, autoescape=True)).limit(20)
        with self._reading() as connection:
            found = [load_reading(content) for content in connection.scalars(wanted)]
        return any(message_id in (*reading.references, *reading.links_to) for reading in found)

    # --- drafts and their wordings ---

    def draft(self, draft_id: str) -> Draft | None:
        """One draft by its id."""
        columns = tables.draft.c
        with self._reading() as connection:
            row = connection.execute(select(columns.draft, columns.status).where(columns.id == draft_id)).first()
        return None if row is None else replace(load_draft(row.draft), status=row.status)

    def add_wording(self, wording: Wording) -> None:
        """Keep a wording of a draft; the one that it already has is not kept twice."""
        kept = self.wordings(wording.draft_id)
        if kept and _same(kept[-1], wording):
            return
        values = asdict(wording) | {
            "at": moment(wording.at),
            "recipient": text(wording.recipient),
            "subject": text(wording.subject),
            "body": text(wording.body),
        }
        with self.transaction(durable=True) as connection:
            connection.execute(tables.draft_text.insert(), values)

    def wordings(self, draft_id: str) -> list[Wording]:
        """The wordings of a draft, oldest first."""
        columns = tables.draft_text.c
        wanted = select(
            columns.draft_id, columns.at, columns.source, columns.recipient, columns.subject, columns.body
        ).where(columns.draft_id == draft_id)
        with self._reading() as connection:
            return [Wording(*row) for row in connection.execute(wanted.order_by(columns.id))]


def _same(one: Wording, other: Wording) -> bool:
    return (one.source, one.recipient, one.subject, one.body) == (
        other.source,
        other.recipient,
        other.subject,
        other.body,
    )


def _outgoing(row: Row[Any]) -> Outgoing:
    values = dict(row._mapping)
    return Outgoing(**values | {"payload": load_payload(values["payload"]), "content": bytes(values["content"])})
