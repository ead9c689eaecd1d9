"""What a pass holds of one account and of the folder that it is reading: connection, cursor, what is still owed.

In charge of connecting with the account's settings and its provider's, and of remembering the mails that a server
could not give. Decides nothing about mails.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor import imap
from monitor.config import Account, Config, resolve, secret
from monitor.imap import Body, Connection, Folder
from monitor.knowledge import hosts
from monitor.run.intake.batch import SEGMENT_BYTES, Batch
from monitor.run.intake.reader import Kept
from monitor.run.intake.summary import AccountSummary, Counts
from monitor.store.words import FolderState, Location
from monitor.types import Header, Problem, RawMail

if TYPE_CHECKING:
    from monitor.store import Store

GONE_FOR = timedelta(days=7)
"""How long a folder that disappeared holds back `heard_until`; so long too a mail that the server cannot give."""

STORED_TOGETHER = 2_500_000
"""Bytes that are stored in one transaction, about: rows go all over the trees, so a page takes many of them at once."""

STORED_EVERY = 2.0
"""Seconds after which less than that is stored: a pass that is killed on a slow line has little to read again."""


@dataclass(slots=True)
class Session:
    """One account in one pass."""

    name: str
    account: Account
    summary: AccountSummary
    connection: Connection | None = None
    listed: list[Folder] = field(default_factory=list)  # by the server, and not looked at yet
    folders: dict[str, Folder] = field(default_factory=dict)
    finished: dict[str, FolderState] = field(default_factory=dict)  # read to their end in this pass
    gone: dict[str, FolderState] = field(default_factory=dict)  # known folders that the server does not list
    gaps: bool = False  # something that should have been read was not
    look_failed: bool = False  # nor could the second look be taken

    def connect(self, config: Config, environ: Mapping[str, str], answer_seconds: float) -> Connection:
        """The connection, opened if there is none. Raises `MailboxError`, `SecretError`."""
        if self.connection is None:
            account, known = self.account, hosts.load()
            provider = known.get(account.preset) or known.for_address(account.own_address or "")
            if account.host and not account.preset:
                provider = known.for_server(account.host)
            names = provider.usernames(account.own_address) if provider and account.own_address else ()
            self.connection = imap.connect(
                resolve(account, provider.imap if provider else None, usernames=names),
                secret(account, self.name, config, environ),
                account=self.name, provider=provider, answer_seconds=answer_seconds,
            )  # fmt: skip
        return self.connection

    def drop(self) -> None:
        """Close the connection, if there is one."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def note(self, message: str, *, gap: bool = True) -> None:
        """Something that a person may have to look at; a gap holds back what counts as heard."""
        self.gaps = self.gaps or gap
        self.summary.problems.append(Problem("mailbox", message))


@dataclass(slots=True)
class Part:
    """Some mails of a folder, stored together with the cursor behind them once all their bodies are read."""

    batch: Batch = field(default_factory=Batch)
    missing: set[str] = field(default_factory=set)  # identities of the mails that are being read
    next_uid: int = 0
    unread: dict[str, str | None] = field(default_factory=dict)

    def expect(self, identity: str) -> None:
        """This mail is being read."""
        self.missing.add(identity)

    def take(self, identity: str, kept: Kept, counts: Counts) -> None:
        """It is read."""
        self.missing.discard(identity)
        self.batch.add(kept, counts)

    def take_over(self, later: Part) -> None:
        """The part that follows, which is read as well."""
        self.batch.take_over(later.batch)
        self.next_uid = max(self.next_uid, later.next_uid)
        self.unread |= later.unread

    def identities(self) -> set[str]:
        """Its mails."""
        return self.batch.mails.keys() | self.missing


@dataclass(slots=True)
class OpenFolder:
    """One folder being read. `unread`: UIDs that the server could not give, and since when."""

    session: Session
    connection: Connection
    folder: Folder
    state: FolderState
    unread: dict[int, datetime] = field(default_factory=dict)
    pending: deque[Part] = field(default_factory=deque)  # parts that are being read, in their order
    read: Part | None = None  # what is read and not stored yet
    stored_at: float = field(default_factory=time.monotonic)  # the last time that something was
    _had_unread: bool = False

    def location(self, uid: int, header: Header) -> Location:
        """The place of a mail in this folder."""
        return Location(self.session.name, self.folder.name, self.state.uidvalidity, uid, header.identity)

    def raw(self, body: Body) -> RawMail:
        """A mail of this folder as it came."""
        mail = body.fetched
        place = (self.session.name, self.folder.name, self.state.uidvalidity, mail.uid)
        return RawMail(*place, mail.received_at, body.content, mail.size, body.left_out)

    def on_their_way(self) -> set[str]:
        """Mails that will be in the store when the pending parts are."""
        waiting = [*self.pending, self.read] if self.read is not None else self.pending
        return set().union(*(part.identities() for part in waiting))

    def take_read(self) -> Part | None:
        """What is read of the pending parts, up to the first that is not, together with what was read before."""
        while self.pending and not self.pending[0].missing:
            part = self.pending.popleft()
            if self.read is None:
                self.read = part
            else:
                self.read.take_over(part)
        return self.read

    def stored(self) -> None:
        """What was read is in the store."""
        self.read, self.stored_at = None, time.monotonic()

    @property
    def worth_storing(self) -> bool:
        """Whether enough was read for a transaction, or it was long ago that something was stored."""
        if self.read is None:
            return False
        return self.read.batch.size >= STORED_TOGETHER or time.monotonic() - self.stored_at >= STORED_EVERY

    def remember_unread(self, store: Store) -> None:
        """Take up what earlier passes could not get, if the UIDs still mean the same."""
        stored = store.get_setting(self._key)
        parts = json.loads(stored) if stored else {}
        if parts.get("uidvalidity") == self.state.uidvalidity:
            self.unread = {int(uid): datetime.fromisoformat(since) for uid, since in parts["uids"].items()}
        self._had_unread = bool(stored)

    def unread_setting(self) -> dict[str, str | None]:
        """The setting to store with the cursor; nothing where there is nothing to say."""
        if not self.unread and not self._had_unread:
            return {}
        self._had_unread = bool(self.unread)
        uids = {str(uid): since.isoformat() for uid, since in self.unread.items()}
        return {self._key: json.dumps({"uidvalidity": self.state.uidvalidity, "uids": uids}) if uids else None}

    def owes(self, now: datetime) -> bool:
        """Whether one of the mails that could not be read may be the answer that is waited for."""
        return any(now - since < GONE_FOR for since in self.unread.values())

    @property
    def _key(self) -> str:
        return f"unread:{self.session.name}:{self.folder.name}"


def months_before(moment: datetime, months: int) -> datetime:
    """The same day so many months earlier, or the last day of that month."""
    year, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    day = moment.day
    while True:
        try:
            return moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            day -= 1


def batches(uids: Sequence[int], size: int, end: int) -> Iterator[tuple[Sequence[int], int]]:
    """UIDs in batches, each with the cursor after it; after the last one that is `end`."""
    for start in range(0, len(uids), size):
        batch = uids[start : start + size]
        yield batch, (batch[-1] + 1 if start + size < len(uids) else max(end, batch[-1] + 1))


def segments(sizes: Sequence[tuple[int, int]], max_body: int) -> Iterator[list[tuple[int, int]]]:
    """Mails by (UID, size) in groups whose bodies may be held at once."""
    segment: list[tuple[int, int]] = []
    waiting = 0
    for uid, size in sizes:
        segment.append((uid, size))
        waiting += min(size, max_body)
        if waiting > SEGMENT_BYTES:
            yield segment
            segment, waiting = [], 0
    if segment:
        yield segment
