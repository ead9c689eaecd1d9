"""Bodies are read: here, or, in a long pass, in a second process while this one talks to the server and the store.

In charge of handing the mails over, and of getting what is kept of it back to whoever asked. The second
process (Linux, two processors or more) is a copy of this one that knows what the reader knows; it holds no connection
and no store, and ends with this one, however that ends. Where it dies, its mails are read here. While it has enough to
do, this process does the first step of reading for it, which needs none of the words of many languages that would have
to lie in memory twice. What is kept of a mail is the same in both places, so nothing depends on which was faster.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from monitor.classify import Known
from monitor.run.intake.reader import Job, Kept, Reader
from monitor.types import Header, RawMail

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

LONG = 200
"""Mails from which on a pass is long: below, a second process costs more than it brings, in time and in memory."""

AHEAD = 3_000_000  # bytes that wait for the second process: enough for what this one does between two batches
ENOUGH = 300_000  # with so many the second process has enough to do for the moment
TOGETHER = 16  # mails that are read at once, stage by stage, where so many wait
SENT_TOGETHER = 6

Done = Callable[[Kept], None]


@dataclass(frozen=True, slots=True)
class Look:
    """A mail for the second look; the fields are the arguments of `Reader.again`."""

    raw: RawMail
    identity: str
    authserv_id: str | None
    in_vain: bool
    senders: frozenset[str]

    def with_reader(self, reader: Reader) -> Kept | None:
        """What the second look brings, if anything."""
        return reader.again(self.raw, self.identity, self.authserv_id, in_vain=self.in_vain, senders=self.senders)


@dataclass(frozen=True, slots=True)
class _Given:
    """A mail that the second process has: its bytes, how to read it here, and who hears what that one has found."""

    size: int
    here: Callable[[], Kept | None]
    heard: Callable[[Kept | None], None]
    done: Done


_KNOWN = 0  # in the place of a job's number: what comes is what is known of the sellers


class Bodies:
    """Reads the bodies of a pass."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._process: Any = None
        self._jobs: Connection | None = None  # to the second process; None where there is none
        self._results: Connection | None = None
        self._given: dict[int, _Given] = {}
        self._outbox: list[tuple[int, Job | Look]] = []  # given, and not sent yet
        self._number = self._ahead = 0

    def begin(self, mails: int) -> None:
        """So many mails are to come: start the second process where that is worth it, and not twice."""
        if self._process is None and mails >= LONG and _may_split():
            from multiprocessing import get_context

            _give_memory_back()
            gc.freeze()  # what both share stays shared: the collector of neither touches it again
            context = get_context("fork")
            jobs, self._jobs = context.Pipe(duplex=False)
            self._results, results = context.Pipe(duplex=False)
            _widen(jobs)
            self._process = context.Process(target=_work, args=(jobs, results, self._reader), daemon=True)
            try:
                self._process.start()
            except OSError:  # no process or no memory for it: mails are read here
                self._hang_up()
            jobs.close()
            results.close()

    def read(self, raw: RawMail, header: Header, authserv_id: str | None, done: Done) -> None:
        """Read a candidate; `done` hears what is kept of it, at once or at one of the next calls of `collect`."""
        in_thread = self._reader.in_thread(header)
        if (kept := self._reader.passed_over(raw, header, in_thread)) is not None:
            done(kept)  # sooner said than handed over
            return
        self._hand_out()
        mail = None
        if self._jobs is not None and self._ahead > ENOUGH:
            mail = self._reader.parsed(raw, header, authserv_id)
        sent = raw if mail is None else replace(raw, content=b"")
        self._give(
            (sent, header, authserv_id, in_thread, mail), len(raw.content),
            here=partial(self._reader.read, raw, header, authserv_id, in_thread),
            heard=lambda kept: None if kept is None else done(self._reader.with_raw(kept, header, raw)),
            done=done,
        )  # fmt: skip

    def look(self, look: Look, done: Done) -> None:
        """Take the second look at a mail; `done` hears of it as in `read`, and nothing where it tells nothing new."""
        self._hand_out()
        if self._jobs is not None and self._ahead > ENOUGH:  # the cheap part here: most mails end with it
            raw, identity, authserv_id = look.raw, look.identity, look.authserv_id
            header = self._reader.worth_another_look(
                raw, identity, authserv_id, in_vain=look.in_vain, senders=look.senders
            )
            if header is not None:
                self.read(raw, header, authserv_id, done)
            return
        self._give(
            look, len(look.raw.content),
            here=partial(look.with_reader, self._reader),
            heard=lambda kept: None if kept is None else done(kept),
            done=done,
        )  # fmt: skip

    def _give(
        self, job: Job | Look, size: int, *, here: Callable[[], Kept | None], heard: Callable[[Kept | None], None],
        done: Done,
    ) -> None:  # fmt: skip
        while self._given and self._ahead + size > AHEAD:
            self.collect(at_least=1)
        if self._jobs is None:
            if (kept := here()) is not None:
                done(kept)
            return
        self._number += 1
        self._given[self._number] = _Given(size, here, heard, done)
        self._ahead += size
        self._outbox.append((self._number, job))
        if len(self._outbox) >= SENT_TOGETHER or len(self._outbox) == len(self._given):  # the other has nothing to do
            self._send(self._outbox)

    @property
    def waiting(self) -> bool:
        """Whether something is being read of which nobody has heard yet."""
        return bool(self._given)

    def know(self, known: Known) -> None:
        """From here on these sellers are known to all who read (see `Reader.know`), and the threads of this pass."""
        self._send(self._outbox)
        self._reader.know(known)
        self._send([(_KNOWN, (known, self._reader.threads))])

    def collect(self, *, at_least: int = 0, all_of_them: bool = False) -> None:
        """Hand out what the second process has finished; wait for so many, or for all."""
        self._send(self._outbox)
        self._hand_out(at_least=at_least, all_of_them=all_of_them)

    def _send(self, jobs: Sequence[tuple[int, Job | Look | tuple[Known, set[str]]]]) -> None:
        if jobs and self._jobs is not None:
            try:
                self._jobs.send_bytes(_packed(jobs))
            except OSError:
                self._lost()
        self._outbox.clear()

    def _hand_out(self, *, at_least: int = 0, all_of_them: bool = False) -> None:
        try:
            while self._given and self._results is not None:
                if not (all_of_them or at_least > 0 or self._results.poll()):
                    break
                for number, kept in pickle.loads(self._results.recv_bytes()):  # noqa: S301 - a copy of this process
                    at_least -= 1
                    given = self._given.pop(number)
                    self._ahead -= given.size
                    given.heard(kept)
        except (OSError, EOFError):
            self._lost()

    def close(self) -> None:
        """End the second process; what it still reads is forgotten. From here on mails are read here."""
        self._given.clear()
        self._outbox.clear()
        if self._jobs is not None:
            self._hang_up()
            self._process.join()

    def _hang_up(self) -> None:
        for end in (self._jobs, self._results):
            if end is not None:
                end.close()
        self._jobs = self._results = None

    def _lost(self) -> None:
        """The second process is gone: what it had is read here."""
        self._hang_up()
        given, self._given, self._ahead = self._given, {}, 0
        self._outbox.clear()
        for one in given.values():
            if (kept := one.here()) is not None:
                one.done(kept)


def _may_split() -> bool:
    # elsewhere a copy of a running process is not safe to go on with
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


def _give_memory_back() -> None:
    """Have glibc return the memory of large blocks at once: by default it keeps more of them the more it has seen.

    Two processes that read mails with attachments of some megabytes need 15 MB less for it. Elsewhere nothing happens.
    """
    import ctypes

    with suppress(OSError, AttributeError):
        change = ctypes.CDLL(None).mallopt
        change(_M_MMAP_THRESHOLD, 1 << 17)
        change(_M_TRIM_THRESHOLD, 1 << 17)
        change(_M_ARENA_MAX, 1)


def _widen(pipe: Connection) -> None:
    """Let a megabyte lie in a pipe: with the usual 64 KiB, whoever writes waits for whoever reads at every mail."""
    import fcntl

    with suppress(OSError):  # more than this user may have
        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, 1 << 20)


_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # of malloc.h


def _packed(value: object) -> bytes:
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


# --- in the second process --------------------------------------------------------------------------------------------


def _work(inbox: Connection, results: Connection, reader: Reader) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first one ends, and this one with it
    _let_go({inbox.fileno(), results.fileno()})
    jobs: SimpleQueue[bytes] = SimpleQueue()
    # Taken off the pipe at once, so that the first process never waits while this one waits for it.
    Thread(target=_take, args=(inbox, jobs), daemon=True).start()
    with suppress(OSError):
        while True:
            bodies: list[tuple[int, Job]] = []
            found: list[tuple[int, Kept | None]] = []
            known = None
            while known is None and len(bodies) + len(found) < TOGETHER and not ((bodies or found) and jobs.empty()):
                for number, job in pickle.loads(jobs.get()):  # noqa: S301 - from the process that this is a copy of
                    if number == _KNOWN:
                        known = job
                    elif isinstance(job, Look):
                        found.append((number, job.with_reader(reader)))
                    else:
                        bodies.append((number, job))
            if bodies:
                kept = reader.understood_together([job for _, job in bodies])
                found += zip((number for number, _ in bodies), kept, strict=True)
            if found:
                results.send_bytes(_packed(found))
            if known is not None:
                reader.know(known[0])
                reader.threads |= known[1]
    os._exit(0)


def _take(inbox: Connection, jobs: SimpleQueue[bytes]) -> None:
    try:
        while True:
            jobs.put(inbox.recv_bytes())
    except (EOFError, OSError):
        os._exit(0)  # the first process has ended: whatever is being read is wanted by nobody


def _let_go(kept: set[int]) -> None:
    """Close what the first process had open: its connections, its store and the lock on it are not ours to hold."""
    first = 3
    for end in (*sorted(kept), os.sysconf("SC_OPEN_MAX")):
        os.closerange(first, end)
        first = end + 1
