"""Mails, where they lie, what was read from them, and how far each folder was read."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Row, bindparam, delete, exists, func, select, update

from monitor.store import dialects, tables
from monitor.store.codec import (
    READING_VERSION,
    load_reading,
    moment,
    optional_moment,
    optional_text,
    pack_raw,
    pack_reading,
    text,
)
from monitor.store.database import BATCH, Database, chunks
from monitor.store.words import (
    FolderState,
    Location,
    MailRow,
    PackedRaw,
    PackedReading,
    RawRow,
    StoreError,
)
from monitor.types import Reading, Source


class Mails(Database):
    """The part of `Store` that keeps mails."""

    # --- mails and their places ---

    def known(self, identities: Iterable[str]) -> set[str]:
        """Those of `identities` that are in the store."""
        mail = tables.mail.c
        with self._reading() as connection:
            return {
                identity
                for chunk in chunks(identities)
                for identity in connection.scalars(select(mail.identity).where(mail.identity.in_(chunk)))
            }

    def save_mails(self, rows: Iterable[MailRow]) -> None:
        """Insert mails, or replace what is kept of them; a raw mail that is already kept stays kept."""
        with self.transaction() as connection:
            for batch in _batches(map(_mail_values, rows)):
                dialects.write_many(connection, tables.mail, batch, keep=frozenset({"raw_sha256"}))

    def save_locations(self, rows: Iterable[Location]) -> None:
        """Note where mails lie. The mails must be in the store by the end of the transaction."""
        with self.transaction() as connection:
            for batch in _batches(map(_location_values, rows)):
                dialects.write_many(connection, tables.location, batch)

    def mail(self, identity: str) -> MailRow | None:
        """What is kept of one mail, None if it was never seen."""
        with self._reading() as connection:
            found = connection.execute(select(tables.mail).where(tables.mail.c.identity == identity)).first()
            return None if found is None else MailRow(*found)

    def mails(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        candidate: bool | None = None,
        purchase: bool | None = None,
    ) -> Iterator[MailRow]:
        """Mails by (received_at, identity), received at `since` or later and up to `until`, where given.

        `candidate`, `purchase`: only those of which that is true or false. Streams: memory does not
        grow with the mailbox. Do not write to the store while iterating.
        """
        mail = tables.mail.c
        wanted = select(tables.mail).order_by(mail.received_at, mail.identity)
        if since is not None:
            wanted = wanted.where(mail.received_at >= moment(since))
        if until is not None:
            wanted = wanted.where(mail.received_at <= moment(until))
        if candidate is not None:
            wanted = wanted.where(mail.candidate == candidate)
        if purchase is not None:
            wanted = wanted.where(mail.purchase == purchase)
        with self._reading() as connection:
            for row in connection.execute(wanted.execution_options(yield_per=BATCH)):
                yield MailRow(*row)

    def locations(self, identity: str) -> list[Location]:
        """Every place where a mail lies."""
        return self.places([identity]).get(identity, [])

    def places(self, identities: Iterable[str]) -> dict[str, list[Location]]:
        """Every place where these mails lie, by mail; those that lie nowhere are absent."""
        location = tables.location.c
        places: dict[str, list[Location]] = {}
        with self._reading() as connection:
            for chunk in chunks(identities):
                wanted = select(tables.location).where(location.identity.in_(chunk))
                order = (location.account, location.folder, location.uidvalidity, location.uid)
                for row in connection.execute(wanted.order_by(*order)):
                    places.setdefault(row.identity, []).append(Location(*row))
        return places

    def accounts_by_mail(self) -> dict[str, tuple[str, ...]]:
        """For every mail with a reading: the names of the accounts in which it lies, sorted."""
        location, reading = tables.location.c, tables.reading.c
        joined = tables.reading.join(tables.location, location.identity == reading.identity)
        wanted = select(reading.identity, location.account).select_from(joined).distinct()
        accounts: dict[str, tuple[str, ...]] = {}
        with self._reading() as connection:
            for identity, account in connection.execute(wanted.order_by(reading.identity, location.account)):
                accounts[identity] = (*accounts.get(identity, ()), account)
        return accounts

    def forget_locations(self, account: str, folder: str, uidvalidity: int | None = None) -> int:
        """Forget where mails lie in a folder (all, or of one UIDVALIDITY); the mails stay. Returns how many places."""
        location = tables.location.c
        condition = (location.account == text(account)) & (location.folder == text(folder))
        if uidvalidity is not None:
            condition &= location.uidvalidity == uidvalidity
        with self.transaction() as connection:
            return connection.execute(delete(tables.location).where(condition)).rowcount

    def ruled_out(self, domains: Iterable[str], since: datetime | None = None) -> list[MailRow]:
        """Mails that their header alone had ruled out, but whose counterpart is among `domains`, newest last.

        `domains` are compared as they were saved (registrable domains).
        """
        mail = tables.mail.c
        found: list[MailRow] = []
        with self._reading() as connection:
            for chunk in chunks(map(text, domains)):
                wanted = select(tables.mail).where(mail.candidate.is_(False), mail.counterpart_domain.in_(chunk))
                if since is not None:
                    wanted = wanted.where(mail.received_at >= moment(since))
                found += (MailRow(*row) for row in connection.execute(wanted))
        found.sort(key=lambda row: (row.received_at, row.identity))
        return found

    # --- raw mails and readings ---

    def save_raw(self, rows: Iterable[RawRow | PackedRaw]) -> None:
        """Keep mails as they came, compressed, and note it in their mail rows, which must have been saved before."""
        packed = [row if isinstance(row, PackedRaw) else pack_raw(row) for row in rows]
        if not packed:
            return
        links = {row.identity: {"of": row.identity, "digest": row.sha256} for row in packed}
        link = (
            update(tables.mail).where(tables.mail.c.identity == bindparam("of")).values(raw_sha256=bindparam("digest"))
        )
        with self.transaction() as connection:
            for batch in _batches(map(_raw_values, packed)):
                dialects.write_many(connection, tables.raw, batch, only_new=True)
            if connection.execute(link, list(links.values())).rowcount != len(links):
                raise StoreError("A raw mail belongs to a mail that is not in the store. This is a program error.")

    def raw(self, identity: str) -> bytes | None:
        """The mail as it came (without the parts that were left out), None if it is not kept."""
        mail, raw = tables.mail.c, tables.raw.c
        wanted = select(raw.content).join(tables.mail, mail.raw_sha256 == raw.sha256).where(mail.identity == identity)
        with self._reading() as connection:
            content = connection.scalar(wanted)
        return None if content is None else zlib.decompress(content)

    def left_out(self, identity: str) -> tuple[str, ...]:
        """The named parts that are missing from `raw(identity)`."""
        mail, raw = tables.mail.c, tables.raw.c
        wanted = select(raw.left_out).join(tables.mail, mail.raw_sha256 == raw.sha256).where(mail.identity == identity)
        with self._reading() as connection:
            names = connection.scalar(wanted)
        return () if names is None else tuple(json.loads(names))

    def save_readings(self, readings: Iterable[Reading | PackedReading]) -> None:
        """Insert or replace what was read from mails, which must be in the store by the end of the transaction."""
        packed = (reading if isinstance(reading, PackedReading) else pack_reading(reading) for reading in readings)
        with self.transaction() as connection:
            written: list[str] = []
            for batch in _batches(one._asdict() for one in packed):
                dialects.write_many(connection, tables.reading, batch)
                written += [f"m{values['identity']}" for values in batch]
            self._page_stale(connection, written)

    def readings(self, until: datetime | None = None) -> list[Reading]:
        """What was read from mails received up to `until` (all if None), by (received_at, identity)."""
        reading = tables.reading.c
        wanted = select(reading.reading).where(reading.version == READING_VERSION)
        if until is not None:
            wanted = wanted.where(reading.received_at <= moment(until))
        with self._reading() as connection:
            found = connection.scalars(wanted.order_by(reading.received_at, reading.identity))
            return [load_reading(content) for content in found]

    def reading(self, identity: str) -> Reading | None:
        """What was read from one mail, None if nothing is kept."""
        reading = tables.reading.c
        wanted = select(reading.reading).where(reading.identity == identity, reading.version == READING_VERSION)
        with self._reading() as connection:
            content = connection.scalar(wanted)
        return None if content is None else load_reading(content)

    def purge_readings(self, identities: Iterable[str]) -> None:
        """Drop what was read from mails, and the raw mails: only their rows stay, no longer as purchases."""
        mail, raw, reading = tables.mail.c, tables.raw.c, tables.reading.c
        with self.transaction() as connection:
            for chunk in chunks(identities):
                connection.execute(delete(tables.reading).where(reading.identity.in_(chunk)))
                kept = select(mail.raw_sha256).where(mail.identity.in_(chunk), mail.raw_sha256.is_not(None))
                digests = list(connection.scalars(kept))
                released = update(tables.mail).where(mail.identity.in_(chunk))
                connection.execute(released.values(raw_sha256=None, purchase=False))
                unused = raw.sha256.in_(digests) & ~exists().where(mail.raw_sha256 == raw.sha256)
                connection.execute(delete(tables.raw).where(unused))

    def unread(self) -> list[str]:
        """Identities of the mails that are kept as they came but wait to be read (again), oldest first."""
        mail, reading = tables.mail.c, tables.reading.c
        current = exists().where(reading.identity == mail.identity, reading.version == READING_VERSION)
        wanted = select(mail.identity).where(mail.raw_sha256.is_not(None), mail.kind.is_(None) | ~current)
        with self._reading() as connection:
            return list(connection.scalars(wanted.order_by(mail.received_at, mail.identity)))

    def rebuild_begin(self) -> list[str]:
        """Throw away all that was read from mails: readings, mail events, and the verdicts of the mails kept raw.

        What was decided by the header alone stays: there is nothing in the store to decide it from again. So do raw
        mails, places, folder states, what the user said, what the program did, drafts and settings. Returns the
        identities to read again (see `unread`). To rebuild whole or not at all, open a `transaction` around it.
        """
        mail = tables.mail
        with self.transaction() as connection:
            connection.execute(delete(tables.reading))
            connection.execute(delete(tables.event).where(tables.event.c.source == Source.MAIL.value))
            forgotten = update(mail).where(mail.c.raw_sha256.is_not(None))
            connection.execute(forgotten.values(kind=None, reason="", purchase=False, reader_version=""))
            self._page_stale(connection)
            return self.unread()

    # --- folders ---

    def folder_state(self, account: str, folder: str) -> FolderState | None:
        """How far a folder was read, None if it never was."""
        of = tables.folder.c
        wanted = select(tables.folder).where(of.account == text(account), of.folder == text(folder))
        with self._reading() as connection:
            found = connection.execute(wanted).first()
        return None if found is None else _folder_state(found)

    def folder_states(self, account: str | None = None) -> list[FolderState]:
        """How far all folders were read, of one account or of all."""
        of = tables.folder.c
        wanted = select(tables.folder).order_by(of.account, of.folder)
        if account is not None:
            wanted = wanted.where(of.account == text(account))
        with self._reading() as connection:
            return [_folder_state(row) for row in connection.execute(wanted)]

    def set_folder_state(self, state: FolderState) -> None:
        """Note how far a folder was read: in the same transaction as the mails that were read from it."""
        with self.transaction() as connection:
            values = {
                "account": text(state.account),
                "folder": text(state.folder),
                "uidvalidity": state.uidvalidity,
                "next_uid": state.next_uid,
                "heard_until": optional_moment(state.heard_until),
                "backfill_from": optional_moment(state.backfill_from),
                "updated_at": moment(state.updated_at),
            }
            connection.execute(dialects.upsert(connection, tables.folder), values)

    def forget_folder(self, account: str, folder: str) -> None:
        """Forget a folder that is no longer watched: its state and its places; the mails stay."""
        of = tables.folder.c
        with self.transaction() as connection:
            self.forget_locations(account, folder)
            connection.execute(delete(tables.folder).where(of.account == text(account), of.folder == text(folder)))

    def heard_until(self, account: str, folders: Iterable[str] | None = None) -> datetime | None:
        """The moment up to which an account is known to be read: the lowest of its folders.

        `folders`: those that are watched; None for all that have a state. None if one of them was never read to its
        end, or there is none.
        """
        states = {state.folder: state.heard_until for state in self.folder_states(account)}
        watched = set(states) if folders is None else {text(folder) for folder in folders}
        moments = [states.get(folder) for folder in watched]
        heard = [at for at in moments if at is not None]
        return min(heard) if heard and len(heard) == len(moments) else None

    def count(self) -> dict[str, int]:
        """How many mails, purchases, readings and places are kept."""
        wanted = {
            "mails": select(func.count()).select_from(tables.mail),
            "purchases": select(func.count()).select_from(tables.mail).where(tables.mail.c.purchase),
            "readings": select(func.count()).select_from(tables.reading),
            "locations": select(func.count()).select_from(tables.location),
        }
        with self._reading() as connection:
            return {name: connection.scalar(question) or 0 for name, question in wanted.items()}


def _batches(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        yield batch


def _mail_values(row: MailRow) -> dict[str, Any]:
    return {
        "identity": row.identity,
        "message_id": optional_text(row.message_id),
        "sent_at": optional_moment(row.sent_at),
        "received_at": moment(row.received_at),
        "counterpart_domain": text(row.counterpart_domain),
        "kind": row.kind,
        "reason": text(row.reason),
        "candidate": row.candidate,
        "purchase": row.purchase,
        "authentication": row.authentication,
        "reader_version": row.reader_version,
        "raw_sha256": row.raw_sha256,
    }


def _location_values(row: Location) -> dict[str, Any]:
    return {
        "account": text(row.account),
        "folder": text(row.folder),
        "uidvalidity": row.uidvalidity,
        "uid": row.uid,
        "identity": row.identity,
    }


def _raw_values(row: PackedRaw) -> dict[str, Any]:
    return {"sha256": row.sha256, "content": row.content, "size": row.size, "left_out": row.left_out}


def _folder_state(row: Row[Any]) -> FolderState:
    return FolderState(*tuple(row))
