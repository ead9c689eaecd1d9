"""Bodies are read: here, or, in a long pass, in a second process while this one talks to the server and the store.

In charge of giving each mail to whoever is free, and of getting what is kept of it back to whoever asked. The second
process (Linux, two processors or more) is a copy of this one that knows what the reader knows; it holds no connection
and no store, and ends with this one, however that ends. Where it dies, its mails are read here. What is kept of a mail
is the same in both places, so nothing depends on which of the two was faster.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from monitor.classify import Known
from monitor.run.intake.reader import Kept, Reader
from monitor.types import Header, RawMail

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

LONG = 1_000
"""Mails from which on a pass is long: below, a second process costs more than it brings."""

AHEAD = 3_000_000  # bytes that wait for the second process; above, the next mail is read here

Done = Callable[[Kept | None], None]


class Bodies:
    """Reads the bodies of a pass. `waiting`: how many mails are with the second process."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._process: Any = None
        self._connection: Connection | None = None
        self._given: dict[int, tuple[str, tuple[Any, ...], Done]] = {}
        self._number = self._ahead = 0

    @property
    def waiting(self) -> int:
        return len(self._given)

    def begin(self, mails: int) -> None:
        """So many mails are to come: start the second process if that is worth it. Starting it again does nothing."""
        if self._connection is None and self._process is None and mails >= LONG and _may_split():
            from multiprocessing import get_context

            context = get_context("fork")
            self._connection, far = context.Pipe()
            self._process = context.Process(target=_work, args=(far, self._reader), daemon=True)
            self._process.start()
            far.close()

    def read(self, raw: RawMail, header: Header, authserv_id: str | None, done: Done) -> None:
        """Read a candidate; `done` hears what is kept of it, at once or at one of the next calls of `collect`."""
        self._give(raw, "read", (raw, header, authserv_id, self._reader.in_thread(header)), done)

    def again(
        self,
        raw: RawMail,
        identity: str,
        authserv_id: str | None,
        *,
        in_vain: bool,
        senders: frozenset[str],
        done: Done,
    ) -> None:
        """Read a mail at the second look: see `Reader.again`."""
        self._give(raw, "_again", (raw, identity, authserv_id, in_vain, senders), done)

    def know(self, known: Known) -> None:
        """See `Reader.know`. Nothing may be waiting."""
        self._reader.know(known)
        if self._connection is not None:
            try:
                self._connection.send_bytes(_packed((0, "_know", (known, self._reader.threads))))
            except OSError:
                self._lost()

    def collect(self, *, all_of_them: bool = False) -> None:
        """Hand out what the second process has finished; with `all_of_them` wait for the rest."""
        try:
            while self._given and self._connection is not None and (all_of_them or self._connection.poll()):
                number, kept = pickle.loads(self._connection.recv_bytes())  # noqa: S301 - from a copy of this process
                _, arguments, done = self._given.pop(number)
                self._ahead -= len(arguments[0].content)
                done(kept)
        except (OSError, EOFError):
            self._lost()

    def close(self) -> None:
        """End the second process; what it still reads is forgotten."""
        self._given.clear()
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._process.join()

    def _give(self, raw: RawMail, name: str, arguments: tuple[Any, ...], done: Done) -> None:
        self.collect()
        if self._connection is None or (self._given and self._ahead + len(raw.content) > AHEAD):
            done(getattr(_Here, name)(self._reader, *arguments))
            return
        self._number += 1
        self._given[self._number] = (name, arguments, done)
        self._ahead += len(raw.content)
        try:
            self._connection.send_bytes(_packed((self._number, name, arguments)))
        except OSError:
            self._lost()

    def _lost(self) -> None:
        """The second process is gone: what it had is read here."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        given, self._given, self._ahead = self._given, {}, 0
        for name, arguments, done in given.values():
            done(getattr(_Here, name)(self._reader, *arguments))


class _Here:
    """What can be asked of a reader, here or in the second process."""

    @staticmethod
    def read(reader: Reader, raw: RawMail, header: Header, authserv_id: str | None, in_thread: bool) -> Kept:
        return reader.read(raw, header, authserv_id, in_thread)

    @staticmethod
    def _again(
        reader: Reader, raw: RawMail, identity: str, authserv_id: str | None, in_vain: bool, senders: frozenset[str]
    ) -> Kept | None:
        return reader.again(raw, identity, authserv_id, in_vain=in_vain, senders=senders)

    @staticmethod
    def _know(reader: Reader, known: Known, threads: set[str]) -> None:
        reader.threads |= threads
        reader.know(known)


def _may_split() -> bool:
    # elsewhere a copy of a running process is not safe to go on with
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


def _packed(value: object) -> bytes:
    return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)


# --- in the second process --------------------------------------------------------------------------------------------


def _work(connection: Connection, reader: Reader) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first one ends, and this one with it
    _let_go(connection.fileno())
    jobs: SimpleQueue[bytes | None] = SimpleQueue()
    # Taken off the pipe at once, so that the first process never waits while this one waits for it.
    Thread(target=_take, args=(connection, jobs), daemon=True).start()
    with suppress(OSError):
        while (job := jobs.get()) is not None:
            number, name, arguments = pickle.loads(job)  # noqa: S301 - from the process that this one is a copy of
            result = getattr(_Here, name)(reader, *arguments)
            if number:
                connection.send_bytes(_packed((number, result)))
    os._exit(0)


def _take(connection: Connection, jobs: SimpleQueue[bytes | None]) -> None:
    try:
        while True:
            jobs.put(connection.recv_bytes())
    except (EOFError, OSError):
        os._exit(0)  # the first process has ended: whatever is being read is wanted by nobody


def _let_go(kept: int) -> None:
    """Close what the first process had open: its connections, its store and the lock on it are not ours to hold."""
    os.closerange(3, kept)
    os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))
