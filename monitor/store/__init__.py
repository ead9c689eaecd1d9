"""The store: everything that the program remembers between two passes, on SQLite or PostgreSQL.

`Store` keeps mails (identity, place and verdict; of purchases also the raw mail and what was read from it), the
cursor of every folder, the events of the orders, what the program itself sent, drafts, problems and settings. It
decides nothing: it stores what it is given, whole or not at all, and never lets anything overwrite what the user
said. Importing this package is cheap; the database libraries are loaded when `Store` is first used.

    words.py     the rows that go in and out, and `StoreError`
    tables.py    the SQLModel tables
    codec.py     readings and drafts as JSON
    dialects.py  all that differs between SQLite and PostgreSQL
    database.py  opening, migrating, transactions, lock, backup
    mails.py     mails, locations, raw mails, readings, folder states
    ledger.py    events, drafts, what was sent, problems, settings
    outbox.py    approved texts and what became of them, wordings of drafts
    evidence.py  files that the user attached
    cases.py     what he said of payments that failed
    page.py      keys of the page, the orders as it lists them, words to search
    single.py    what one order's page asks for
    migrations/  Alembic, run by `Store.open`
    newest.py    what all of them make of an empty file, ready made
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.store.words import (
    AttachedFile,
    Candidate,
    FolderState,
    Location,
    MailRow,
    OpenProblem,
    Outgoing,
    RawRow,
    Sent,
    StoreError,
    Wording,
)

if TYPE_CHECKING:
    from monitor.store.store import Store

__all__ = [
    "AttachedFile",
    "Candidate",
    "FolderState",
    "Location",
    "MailRow",
    "OpenProblem",
    "Outgoing",
    "RawRow",
    "Sent",
    "Store",
    "StoreError",
    "Wording",
]


def __getattr__(name: str) -> Any:
    """Load the database libraries (over a second, 43 MB) only for those who open a store."""
    if name == "Store":
        from monitor.store.store import Store

        return Store
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
