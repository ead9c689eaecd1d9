"""The first mailbox is opened while the program is still loading: most of it is waiting for the server.

In charge of handing what was opened, or what went wrong, over to the pass. Reads no mail and knows no store.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Thread
from types import TracebackType
from typing import Self

from monitor import imap
from monitor.config import Config
from monitor.imap import Connection, Folder, MailboxError
from monitor.run.intake.sessions import Session, months_before
from monitor.run.intake.summary import AccountSummary

_PATIENCE = 0.0005  # seconds after which the thread gets its turn: its answers to the server are short, loading is not


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection to an account, with the folders that its server listed."""

    connection: Connection
    folders: list[Folder]


class Ahead:
    """Connects to the first enabled account, in a thread, from the moment it is made.

    Use as a context manager around what has to be loaded and the pass itself: a connection that no pass has taken is
    closed at the end. `first_pass`: where this is going to be the first pass of all, the moment at which it began
    (as `scan` gets it); then it is also asked which mails are to be read.
    """

    def __init__(
        self, config: Config, environ: Mapping[str, str] | None = None, answer_seconds: float = imap.SECONDS_TO_ANSWER,
        *, first_pass: datetime | None = None,
    ) -> None:  # fmt: skip
        self._config, self._answer_seconds = config, answer_seconds
        self._first_pass = first_pass
        self._environ = os.environ if environ is None else environ
        self._account = first = next((name for name, account in config.accounts.items() if account.enabled), None)
        self._connection: Connection | None = None
        self._folders: list[Folder] = []
        self._error: Exception | None = None
        # a daemon: where loading fails, nobody waits for a server that does not answer
        self._thread = Thread(target=self._open, args=(first,), daemon=True)
        self._patience = sys.getswitchinterval()
        if first is not None:
            sys.setswitchinterval(_PATIENCE)
            self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.setswitchinterval(self._patience)
        if self._connection is not None:
            self._connection.close()

    def take(self, account: str) -> Opened | None:
        """What was opened, once, where it is of this account. Raises what connecting raised, once."""
        if account != self._account:
            return None
        self._account = None
        self._thread.join()
        sys.setswitchinterval(self._patience)
        connection, self._connection = self._connection, None
        if self._error is not None:
            if connection is not None:
                connection.close()
            raise self._error
        return None if connection is None else Opened(connection, self._folders)

    def _open(self, name: str) -> None:
        session = Session(name, self._config.accounts[name], AccountSummary(name))
        try:
            self._connection = connection = session.connect(self._config, self._environ, self._answer_seconds)
            listed = connection.folders()
            chosen, _ = imap.watched(listed, session.account.folders, gmail=connection.gmail)
            # the server reads the index of a large folder now, and need not when the pass opens it
            if large := [folder for folder in chosen if folder.role != "sent"]:
                connection.examine(large[0])
                if self._first_pass is not None:
                    months = self._config.reading.first_months
                    connection.search_ahead(months_before(self._first_pass, months).date())
            self._folders = listed
        except MailboxError as error:
            if self._connection is None or error.fatal:
                self._error = error
        except Exception as error:  # noqa: BLE001 - it is the pass that answers for it
            self._error = error
