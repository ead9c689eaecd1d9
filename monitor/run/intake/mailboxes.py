"""One pass over all mailboxes: folder by folder, window by window, batch by batch.

In charge of cursors, of UIDVALIDITY, of gaps, and of `heard_until`, which moves only when a folder was read to its end
and the pass was settled: to the moment the pass began. One account that fails stops no other and keeps its own.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from monitor import imap
from monitor.classify import Known
from monitor.config import Config, SecretError
from monitor.imap import Connection, Fetched, Folder, MailboxError
from monitor.knowledge import Knowledge, hosts
from monitor.run.intake import files, settle
from monitor.run.intake.ahead import Ahead
from monitor.run.intake.batch import SEGMENT_BYTES, Batch
from monitor.run.intake.bodies import Bodies, Look
from monitor.run.intake.reader import Kept, Reader
from monitor.run.intake.sessions import GONE_FOR, OpenFolder, Part, Session, batches, months_before, segments
from monitor.run.intake.settle import Wanted
from monitor.run.intake.summary import AccountSummary, Counts, Progress, ScanSummary
from monitor.store.words import FolderState
from monitor.types import Header

if TYPE_CHECKING:
    from monitor.store import Store

RECONNECTS = 3  # in one pass and only where the last connection brought something


def scan(
    store: Store, config: Config, knowledge: Knowledge, *, now: datetime, progress: Progress | None = None,
    environ: Mapping[str, str] | None = None, answer_seconds: float = imap.SECONDS_TO_ANSWER,
    ahead: Ahead | None = None,
) -> ScanSummary:  # fmt: skip
    """One pass over every enabled account: read what is new, store it, link it. Reads only.

    Raises no `MailboxError`: an account that cannot be read is named in the summary, with what to do, and recorded
    as a problem until it can. `environ` is where passwords named by `password_env` are looked up. `ahead`: a
    connection that was opened while the program was loading.
    """
    quiet = store.get_setting(settle.QUIET_BEFORE)
    first_pass = datetime.fromisoformat(quiet) if quiet else now
    if quiet is None:
        store.set_setting(settle.QUIET_BEFORE, now.isoformat())
    summary = ScanSummary(started_at=now, quiet=quiet is None)
    run = _Pass(store, config, knowledge, now, first_pass, progress, summary, environ, answer_seconds, ahead)
    with _rarely_collected():
        try:
            run.read_all()
            run.settle()
        finally:
            run.close()
    return summary


@contextmanager
def _rarely_collected() -> Iterator[None]:
    """Look for garbage in cycles a hundred times less often, and never in what was loaded before.

    Mails leave hardly any behind, and the search costs a tenth of a pass. What starts here inherits it.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(70_000, 10, 10)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


class _Pass:
    """The state of one pass; nothing of it outlives the pass."""

    def __init__(
        self, store: Store, config: Config, knowledge: Knowledge, now: datetime, first_pass: datetime,
        progress: Progress | None, summary: ScanSummary, environ: Mapping[str, str] | None, answer_seconds: float,
        ahead: Ahead | None,
    ) -> None:  # fmt: skip
        self.store, self.config, self.knowledge, self.now = store, config, knowledge, now
        self.summary, self.progress = summary, progress
        self.environ = os.environ if environ is None else environ
        self.answer_seconds, self.ahead = answer_seconds, ahead
        self.backfill_from = months_before(first_pass, config.reading.first_months)
        self.max_body = config.reading.max_body_mb * 1_000_000
        self.sessions: dict[str, Session] = {}
        self.done = self.total = 0
        self.found = 0  # readings that the second look has brought
        self._reader: Reader | None = None
        self._bodies: Bodies | None = None

    @property
    def reader(self) -> Reader:
        """Made when the first new mail turns up: a pass without any does not need what it loads."""
        if self._reader is None:
            self._reader = settle.make_reader(self.store, self.config, self.knowledge, self.now)
        return self._reader

    @property
    def bodies(self) -> Bodies:
        """Whoever reads bodies."""
        if self._bodies is None:
            self._bodies = Bodies(self.reader)
        return self._bodies

    # --- accounts ---

    def read_all(self) -> None:
        for name, account in self.config.accounts.items():
            if not account.enabled:
                continue
            summary = AccountSummary(name)
            self.summary.accounts.append(summary)
            session = self.sessions[name] = Session(name, account, summary)
            self._guarded(session, self._read_account)

    def _guarded(self, session: Session, action: Callable[[Session], None]) -> bool:
        """Do something with an account; what fails stays with that account. Reconnects where that makes sense."""
        seen = -1
        for attempt in range(RECONNECTS + 1):
            try:
                action(session)
            except MailboxError as error:
                session.drop()
                brought = session.summary.counts.headers + session.summary.counts.bodies
                broken = error.kind in (imap.Failure.TIMEOUT, imap.Failure.CUT_OFF)
                if broken and seen < brought and attempt < RECONNECTS:
                    seen = brought
                    continue
                self._failed(session, error)
                return False
            except SecretError as error:
                session.gaps = True
                session.summary.error = f"The password of the account {session.name}: {error}."
                return False
            else:
                return True
        return False

    def _failed(self, session: Session, error: MailboxError) -> None:
        language = self.config.user.language
        session.gaps = True
        session.summary.error = error.message(language)
        session.summary.steps = error.steps(language)

    def _connect(self, session: Session) -> Connection:
        opened = None
        if session.connection is None and self.ahead is not None:
            opened = self.ahead.take(session.name)
        if opened is not None:
            session.connection, session.listed = opened.connection, opened.folders
        return session.connect(self.config, self.environ, self.answer_seconds)

    def _read_account(self, session: Session) -> None:
        connection = self._connect(session)
        chosen = self._choose(session, connection)
        for folder in chosen:
            if folder.name in session.finished:
                continue
            try:
                self._read_folder(session, connection, folder)
            except MailboxError as error:
                if error.fatal:
                    raise
                session.note(error.message(self.config.user.language))

    def _choose(self, session: Session, connection: Connection) -> list[Folder]:
        """The folders to read. Each gets a state before the first is read, so that none is forgotten in between."""
        listed, session.listed = session.listed or connection.folders(), []
        session.folders = {folder.name: folder for folder in listed}
        chosen, missing = imap.watched(listed, session.account.folders, gmail=connection.gmail)
        session.summary.folders = [folder.name for folder in chosen]
        names = {folder.name for folder in chosen}
        states = {state.folder: state for state in self.store.folder_states(session.name)}
        with self.store.transaction():
            for name in [*sorted(names), *missing]:
                if name not in states:
                    self.store.set_folder_state(
                        FolderState(session.name, name, 0, 1, None, self.backfill_from, self.now)
                    )
            for name, state in states.items():
                if name in names or name in missing:
                    continue
                if name in session.folders or session.account.folders:
                    self.store.forget_folder(session.name, name)  # no longer to be read
                else:
                    session.gone[name] = state
        there = ", ".join(sorted(session.folders))
        for name in missing:
            session.note(self._words("folder_unknown", folder=name, account=session.name, there=there))
        return chosen

    # --- folders ---

    def _read_folder(self, session: Session, connection: Connection, folder: Folder) -> None:
        state = self.store.folder_state(session.name, folder.name)
        examined = connection.examine(folder)
        state = self._current(session, state, folder, examined.uidvalidity)
        of = OpenFolder(session, connection, folder, state)
        of.remember_unread(self.store)
        try:
            if of.unread:
                # what the server could not give last time; the cursor stays where it is
                self._read_batch(of, sorted(of.unread), state.next_uid)
            if examined.uidnext is None or state.next_uid < examined.uidnext:
                self.total += max(0, min(examined.exists, (examined.uidnext or 0) - state.next_uid))
                end = state.next_uid
                for window, end in connection.uids(state.next_uid, self.backfill_from.date()):
                    windows = list(batches(window, self.config.reading.batch, end))
                    for (uids, next_uid), (ahead, _) in zip(windows, [*windows[1:], ([], 0)], strict=True):
                        self._read_batch(of, uids, next_uid, ahead)
                self._store_pending(of, all_of_them=True)
                if of.state.next_uid < end:
                    of.state = replace(of.state, next_uid=end)
                    self.store.set_folder_state(of.state)
        finally:
            # whatever stopped the folder: what was read of it before is kept
            self._store_pending(of, all_of_them=True)
        if of.owes(self.now):
            session.gaps = True
        else:
            session.finished[folder.name] = of.state

    def _current(self, session: Session, state: FolderState | None, folder: Folder, uidvalidity: int) -> FolderState:
        """The state to go on from: from the start where the server renumbered its mails or more is to be read back."""
        if state is None or state.uidvalidity == 0:
            for name, gone in list(session.gone.items()):
                if gone.uidvalidity == uidvalidity and uidvalidity:
                    del session.gone[name]  # renamed
                    self.store.forget_folder(session.name, name)
            state = FolderState(session.name, folder.name, uidvalidity, 1, None, self.backfill_from, self.now)
        elif state.uidvalidity != uidvalidity:
            with self.store.transaction():
                self.store.forget_locations(session.name, folder.name)
                state = replace(state, uidvalidity=uidvalidity, next_uid=1, updated_at=self.now)
                self.store.set_folder_state(state)
        elif state.backfill_from is None or state.backfill_from > self.backfill_from:
            state = replace(state, next_uid=1, backfill_from=self.backfill_from)
        return state

    def _read_batch(self, of: OpenFolder, uids: Sequence[int], next_uid: int, ahead: Sequence[int] = ()) -> None:
        """Headers of a batch, bodies of its candidates, one transaction (several where the bodies are large)."""
        counts = of.session.summary.counts
        got, failed = of.connection.headers(uids)
        of.connection.ask_ahead(ahead)
        counts.headers += len(got)
        mails = list(self._wanted(of, got))
        stored = self.store.known(header.identity for _, header in mails) | of.on_their_way()
        new = {header.identity for _, header in mails} - stored
        if new:
            self.bodies.begin(self.total - self.done)
        part, todo, waiting = Part(), [], 0
        for fetched, header in mails:
            if header.identity in new:
                new.discard(header.identity)
                counts.new += 1
                triage = self.reader.decide(header)
                if triage.candidate:
                    todo.append((fetched, header))
                    waiting += min(fetched.size, self.max_body)
                else:
                    part.batch.add_header(self.reader.ruled_out(header, fetched.received_at, triage.reason))
            part.batch.locations.append(of.location(fetched.uid, header))
            if waiting > SEGMENT_BYTES:
                failed += self._read_bodies(of, part, todo)
                self._enqueue(of, part, stored, fetched.uid + 1)
                part, todo, waiting = Part(), [], 0
        failed += self._read_bodies(of, part, todo)
        for uid in uids:
            if uid in failed:
                of.unread.setdefault(uid, self.now)
            else:
                of.unread.pop(uid, None)
        if failed:
            of.session.note(self._words("mails_empty", n=len(failed), folder=of.folder.name))
        self._enqueue(of, part, stored, next_uid)
        self._advance(len(uids))

    def _wanted(self, of: OpenFolder, got: Sequence[Fetched]) -> Iterator[tuple[Fetched, Header]]:
        authserv_id = of.session.account.authserv_id
        for fetched in got:
            # in a folder with all mail, or one of the user's own, a letter may lie that was never sent
            if b"\\Draft" in fetched.flags and of.folder.role not in ("sent", "inbox"):
                of.session.summary.counts.drafts += 1
            elif fetched.received_at is None or fetched.received_at >= self.backfill_from:
                yield fetched, self.reader.header(fetched.sections[b"HEADER"], authserv_id, fetched.received_at)

    def _read_bodies(self, of: OpenFolder, part: Part, todo: Sequence[tuple[Fetched, Header]]) -> list[int]:
        """Fetch candidates and have them read into `part`; the UIDs that came back empty."""
        headers = {fetched.uid: header for fetched, header in todo}
        empty: list[int] = []
        sizes = [(fetched.uid, fetched.size) for fetched, _ in todo]
        counts, authserv_id = of.session.summary.counts, of.session.account.authserv_id
        for bodies, failed in of.connection.bodies(sizes, self.max_body):
            empty += failed
            for body in bodies:
                header = headers[body.fetched.uid]

                def done(kept: Kept, header: Header = header) -> None:
                    self.reader.note(header, kept)
                    part.take(header.identity, kept, counts)

                part.expect(header.identity)
                self.bodies.read(of.raw(body), header, authserv_id, done)
        return empty

    def _enqueue(self, of: OpenFolder, part: Part, stored: set[str], next_uid: int) -> None:
        """Have a part stored when it is read. What its locations name is in the store, on its way there, or nowhere."""
        stored = stored | part.identities()
        part.batch.locations = [place for place in part.batch.locations if place.identity in stored]
        part.next_uid, part.unread = next_uid, of.unread_setting()
        of.pending.append(part)
        self._store_pending(of)

    def _store_pending(self, of: OpenFolder, *, all_of_them: bool = False) -> None:
        """Store the parts that are read, in their order, with the cursor and what the server could not give."""
        if of.pending:
            self.bodies.collect()
        while all_of_them and any(part.missing for part in of.pending) and self.bodies.waiting:
            self.bodies.collect(at_least=1)
        part = of.take_read()
        if part is not None and (all_of_them or of.worth_storing):
            of.state = replace(of.state, next_uid=max(of.state.next_uid, part.next_uid), updated_at=self.now)
            part.batch.store(self.store, self.now, state=of.state, settings=part.unread)
            of.stored()

    def _advance(self, count: int) -> None:
        self.done += count
        if self.progress is not None:
            self.progress(self.done, max(self.total, self.done))

    # --- the end of the pass ---

    def settle(self) -> None:
        """Link, look again; then, and only then, the folders that were read count as heard."""
        settle.settle(self.store, self.config, now=self.now, look=self._look)
        if self._bodies is not None:
            self._bodies.close()
        for session in self.sessions.values():
            settle.drop_unlinked(self.store, session.summary.counts.kept)
            if not session.look_failed:
                with self.store.transaction():
                    for state in session.finished.values():
                        self.store.set_folder_state(replace(state, heard_until=self.now, updated_at=self.now))
            self._report(session)
            session.summary.heard_until = self.store.heard_until(session.name)

    def _report(self, session: Session) -> None:
        """Record what is wrong with an account, and settle what no longer is."""
        summary = session.summary
        for name, state in session.gone.items():
            if self.now - state.updated_at > GONE_FOR:
                self.store.forget_folder(session.name, name)
            else:
                session.note(self._words("folder_gone", folder=name, account=session.name))
        messages = {problem.message for problem in summary.problems}
        if summary.error is not None:
            messages.add(summary.error)
        elif session.gaps and messages:
            summary.error = min(messages)
        stage = f"account {session.name}"
        open_now = {entry.problem.message for entry in self.store.problems() if entry.problem.stage == stage}
        if open_now - messages:
            self.store.resolve_problems(self.now, stage=stage)
        for message in sorted(messages):
            self.store.add_problem(stage, message, now=self.now)

    def _words(self, key: str, **values: object) -> str:
        return hosts.load().say(key, self.config.user.language, **values)

    def _look(self, wanted: Sequence[Wanted], known: Known) -> tuple[int, bool]:
        """Fetch and read mails again that a header alone, or a reading without their seller, had ruled out."""
        self.bodies.know(known)
        threads = self.reader.thread_hashes()
        places: dict[str, dict[str, dict[int, Wanted]]] = {}
        from_files: list[Wanted] = []
        for one in wanted:
            if one.in_vain and self.reader.says_the_same(one.candidate.mail, one.numbers, threads):
                continue
            for place in one.candidate.locations:
                if place.account in self.sessions and place.folder in self.sessions[place.account].folders:
                    places.setdefault(place.account, {}).setdefault(place.folder, {})[place.uid] = one
                    break
            else:
                if any(place.account == files.ACCOUNT for place in one.candidate.locations):
                    from_files.append(one)
        self.found = 0
        failed = False
        self.bodies.begin(sum(len(uids) for folders in places.values() for uids in folders.values()))
        for name, folders in places.items():
            session = self.sessions[name]
            if not self._guarded(session, partial(self._look_into, folders=folders)):
                session.look_failed = failed = True
        counts = Counts()
        _, found = files.look(self.store, from_files, self.reader, self.now, self.max_body, counts)
        return self.found + found, failed

    def _look_into(self, session: Session, folders: Mapping[str, Mapping[int, Wanted]]) -> None:
        connection = self._connect(session)
        for name, wanted in folders.items():
            folder = session.folders[name]
            try:
                examined = connection.examine(folder)
            except MailboxError as error:
                if error.fatal:
                    raise
                continue  # gone since the pass began
            state = self.store.folder_state(session.name, name)
            if state is None or state.uidvalidity != examined.uidvalidity:
                continue
            self._look_at(OpenFolder(session, connection, folder, state), wanted)

    def _look_at(self, of: OpenFolder, wanted: Mapping[int, Wanted]) -> None:
        """The second look into one folder. Of people's mailboxes only what comes from known addresses is fetched."""
        counts, authserv_id = of.session.summary.counts, of.session.account.authserv_id
        found: list[Kept] = []
        for uids, _ in batches(sorted(wanted), self.config.reading.batch, 0):
            if strangers := [uid for uid in uids if wanted[uid].senders]:
                got, _ = of.connection.headers(strangers)
                headers = {f.uid: self.reader.header(f.sections[b"HEADER"], authserv_id, f.received_at) for f in got}
                theirs = {uid for uid, h in headers.items() if self.reader.is_from(h, wanted[uid].senders)}
                uids = [uid for uid in uids if not wanted[uid].senders or uid in theirs]
            for segment in segments(of.connection.sizes(uids), self.max_body):
                for bodies, _ in of.connection.bodies(segment, self.max_body):
                    for body in bodies:
                        one = wanted[body.fetched.uid]
                        mail = one.candidate.mail
                        look = Look(of.raw(body), mail.identity, authserv_id, one.in_vain, one.senders)
                        self.bodies.look(look, found.append)
                self._store_found(found, counts)
        self.bodies.collect(all_of_them=True)
        self._store_found(found, counts)

    def _store_found(self, found: list[Kept], counts: Counts) -> None:
        """Store what the second look has brought so far."""
        batch = Batch()
        for kept in found:
            batch.add(kept, counts)
        found.clear()
        batch.store(self.store, self.now)
        counts.second_look += len(batch.mails)
        self.found += len(batch.readings)

    def close(self) -> None:
        if self._bodies is not None:
            self._bodies.close()
        for session in self.sessions.values():
            session.drop()
