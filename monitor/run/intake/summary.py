"""What a pass did, for people and for the digest. Only values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from monitor.types import Problem

Progress = Callable[[int, int | None], None]
"""Hears how far a pass has come: mails (of a scan) or bytes (of an import) done, and of how many, None if unknown."""


@dataclass(slots=True)
class Counts:
    """How many mails of a pass took which way."""

    headers: int = 0  # headers fetched, or read from files
    new: int = 0  # seen for the first time
    bodies: int = 0  # read whole
    kept: set[str] = field(default_factory=set)  # identities of purchase mails, and of letters and answers about them
    second_look: int = 0  # read because their seller became known only in this pass
    drafts: int = 0  # passed over as drafts
    unreadable: int = 0

    @property
    def purchases(self) -> int:
        """How many mails were kept, each counted once."""
        return len(self.kept)


@dataclass(slots=True)
class AccountSummary:
    """One account of a scan. `error` is None where every watched folder was read to its end."""

    name: str
    counts: Counts = field(default_factory=Counts)
    folders: list[str] = field(default_factory=list)
    heard_until: datetime | None = None
    error: str | None = None  # plain words in the user's language
    steps: tuple[str, ...] = ()  # what to click at that provider
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class ScanSummary:
    """One pass over all accounts. `quiet`: the first one, of which nothing is notified."""

    started_at: datetime
    accounts: list[AccountSummary] = field(default_factory=list)
    quiet: bool = False

    @property
    def counts(self) -> Counts:
        """The sums over all accounts."""
        return add([account.counts for account in self.accounts])

    @property
    def complete(self) -> bool:
        """Whether every account was read to its end."""
        return all(account.error is None for account in self.accounts)


@dataclass(slots=True)
class ImportSummary:
    """One import. `heard_until`: up to when what was imported is taken to tell everything."""

    heard_until: datetime
    counts: Counts = field(default_factory=Counts)
    problems: list[Problem] = field(default_factory=list)


def add(parts: list[Counts]) -> Counts:
    """The sum, count by count."""
    total = Counts()
    for part in parts:
        for name in Counts.__slots__:
            value, more = getattr(total, name), getattr(part, name)
            setattr(total, name, value | more if isinstance(value, set) else value + more)
    return total
