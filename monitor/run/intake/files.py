"""Mails from files, through the same path as those from a mailbox, whatever their age.

Files have no order: an answer may lie before the letter that it answers, all of Sent after all of the inbox. So what
answers something and was passed over is remembered, and looked at when all threads are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import mailfiles
from monitor.classify import Known
from monitor.config import Config
from monitor.knowledge import Knowledge
from monitor.run import orders
from monitor.run.intake import settle
from monitor.run.intake.batch import SEGMENT_BYTES, Batch
from monitor.run.intake.reader import Reader
from monitor.run.intake.settle import Wanted
from monitor.run.intake.summary import Counts, ImportSummary, Progress
from monitor.store.words import Location
from monitor.types import Problem, RawMail

if TYPE_CHECKING:
    from monitor.store import Store

ACCOUNT = mailfiles.ACCOUNT
_BATCH = 500


def import_paths(
    store: Store, config: Config, knowledge: Knowledge, paths: Sequence[Path], *, now: datetime,
    heard_until: datetime | None = None, progress: Progress | None = None,
) -> ImportSummary:  # fmt: skip
    """Take in mbox, Maildir and .eml files; folders are walked. Raises `MailFilesError` for a path that cannot be used.

    What has one of the user's addresses in From is his own letter. `heard_until` (default `now`) is the moment up to
    which the files are taken to tell everything. `progress` hears bytes. Importing the same again changes nothing.
    """
    summary = ImportSummary(heard_until=heard_until or now)
    run = _Import(store, config, settle.make_reader(store, config, knowledge, now), now, summary)
    total = mailfiles.total_bytes(paths) if progress is not None else None
    done = 0
    for raw in mailfiles.walk(paths, max_body=run.max_body, on_problem=run.unusable):
        run.take(raw)
        if progress is not None:
            done += raw.size
            progress(done, total)
    run.flush()
    run.answers()
    settle.settle(store, config, now=now, look=run.look)
    settle.drop_unlinked(store, summary.counts.kept)
    with store.transaction():
        store.set_setting(orders.IMPORT_HEARD_UNTIL, summary.heard_until.isoformat())
        if store.get_setting(settle.QUIET_BEFORE) is None:
            store.set_setting(settle.QUIET_BEFORE, now.isoformat())
    return summary


@dataclass(slots=True)
class _Import:
    """The state of one import."""

    store: Store
    config: Config
    reader: Reader
    now: datetime
    summary: ImportSummary
    waiting: list[RawMail] = field(default_factory=list)
    waiting_bytes: int = 0
    # answers to something that nobody knew yet: hashes of what they answer, folder, uid
    passed_over: list[tuple[frozenset[int], str, int]] = field(default_factory=list)

    @property
    def max_body(self) -> int:
        return self.config.reading.max_body_mb * 1_000_000

    def unusable(self, sentence: str) -> None:
        """A file on the way that may not be read."""
        self.summary.problems.append(Problem("import", sentence))
        self.store.add_problem("import", sentence, now=self.now)

    def take(self, raw: RawMail) -> None:
        """One more mail; stored with others."""
        self.waiting.append(raw)
        self.waiting_bytes += len(raw.content)
        if len(self.waiting) >= _BATCH or self.waiting_bytes > SEGMENT_BYTES:
            self.flush()

    def flush(self) -> None:
        """Store what waits, in one transaction."""
        counts = self.summary.counts
        mails = [(raw, self.reader.header(raw.content, None)) for raw in self.waiting]
        counts.headers += len(mails)
        stored = self.store.known(header.identity for _, header in mails)
        batch = Batch()
        for raw, header in mails:
            batch.locations.append(Location(ACCOUNT, raw.folder, raw.uidvalidity, raw.uid, header.identity))
            if header.identity in stored:
                continue
            stored.add(header.identity)
            counts.new += 1
            triage = self.reader.decide(header)
            kept = self.reader.read(raw, header, None) if triage.candidate else None
            if kept is not None:
                self.reader.note(header, kept)
            if kept is None:
                batch.add_header(self.reader.ruled_out(header, None, triage.reason))
            else:
                batch.add(kept, counts)
            if header.references and (kept is None or kept.reading is None):
                answered = frozenset(hash(reference) for reference in header.references[-20:])
                self.passed_over.append((answered, raw.folder, raw.uid))
        batch.store(self.store, self.now)
        self.summary.problems += batch.problems
        self.waiting, self.waiting_bytes = [], 0

    def answers(self) -> None:
        """Read what answers a letter or an order mail that came later in the files. Answers have answers."""
        while True:
            threads = self.reader.thread_hashes()
            hits = [entry for entry in self.passed_over if entry[0] & threads]
            if not hits:
                return
            self.passed_over = [entry for entry in self.passed_over if not entry[0] & threads]
            places = [Location(ACCOUNT, folder, 0, uid, "") for _, folder, uid in hits]
            batch, size = Batch(), 0
            for place in places:
                raw = mailfiles.read(place.folder, place.uid, max_body=self.max_body)
                if raw is None:
                    continue
                header = self.reader.header(raw.content, None)
                self.reader.decide(header)
                batch.add(self.reader.read(raw, header, None), self.summary.counts)
                size += len(raw.content)
                if size > SEGMENT_BYTES:
                    batch.store(self.store, self.now)
                    batch, size = Batch(), 0
            batch.store(self.store, self.now)

    def look(self, wanted: Sequence[Wanted], known: Known) -> tuple[int, bool]:
        """The second look of `settle`: whatever still lies in files can be read again; mailboxes are for `scan`."""
        self.reader.know(known)
        threads = self.reader.thread_hashes()
        of_files = [one for one in wanted if any(place.account == ACCOUNT for place in one.candidate.locations)]
        new = [
            one for one in of_files
            if not (one.in_vain and self.reader.says_the_same(one.candidate.mail, one.numbers, threads))
        ]  # fmt: skip
        counts = self.summary.counts
        read, found = look(self.store, new, self.reader, self.now, self.max_body, counts)
        counts.second_look += read
        return found, len(of_files) < len(wanted)


def look(
    store: Store, wanted: Iterable[Wanted], reader: Reader, now: datetime, max_body: int, counts: Counts
) -> tuple[int, int]:  # fmt: skip
    """Read mails of files once more, where they still lie there: how many said something new, how many are kept."""
    read = found = size = 0
    batch = Batch()
    for one in wanted:
        place = next(place for place in one.candidate.locations if place.account == ACCOUNT)
        raw = mailfiles.read(place.folder, place.uid, max_body=max_body)
        if raw is None:
            continue
        kept = reader.again(raw, one.candidate.mail.identity, None, in_vain=one.in_vain, senders=one.senders)
        if kept is None:
            continue
        batch.add(kept, counts)
        read += 1
        found += kept.reading is not None
        size += len(raw.content)
        if size > SEGMENT_BYTES:
            batch.store(store, now)
            batch, size = Batch(), 0
    batch.store(store, now)
    return read, found
