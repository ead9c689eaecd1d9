"""Rows of many mails, stored whole or not at all, together with the cursor of the folder they came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.run.intake.reader import Kept
from monitor.run.intake.summary import Counts
from monitor.run.unsettled import UNSETTLED
from monitor.store.words import FolderState, Location, MailRow, PackedRaw, PackedReading
from monitor.types import Problem

if TYPE_CHECKING:
    from monitor.store import Store

SEGMENT_BYTES = 8_000_000
"""Bodies held before they are stored: bounds memory; a batch of larger mails is stored in several transactions."""


@dataclass(slots=True)
class Batch:
    """What waits to be stored."""

    mails: dict[str, MailRow] = field(default_factory=dict)
    locations: list[Location] = field(default_factory=list)
    raws: list[PackedRaw] = field(default_factory=list)
    readings: list[PackedReading] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add_header(self, row: MailRow) -> None:
        """A mail whose header was enough."""
        self.mails[row.identity] = row

    def add(self, kept: Kept, counts: Counts) -> None:
        """A mail that was read whole."""
        self.mails[kept.mail.identity] = kept.mail
        counts.bodies += 1
        if kept.raw is not None:
            self.raws.append(kept.raw)
        if kept.reading is not None:
            self.readings.append(kept.reading)
            counts.kept.add(kept.reading.identity)
        if kept.problem is not None:
            self.problems.append(kept.problem)
            counts.unreadable += 1

    def take_over(self, later: Batch) -> None:
        """All that waits in another one, which came after this."""
        self.mails.update(later.mails)
        self.locations += later.locations
        self.raws += later.raws
        self.readings += later.readings
        self.problems += later.problems

    @property
    def size(self) -> int:
        """Bytes, roughly, that it takes to hold it."""
        return 500 * (len(self.mails) + len(self.locations)) + sum(len(raw.content) for raw in self.raws)

    def store(
        self, store: Store, now: datetime, *, state: FolderState | None = None,
        settings: Mapping[str, str | None] | None = None,
    ) -> None:  # fmt: skip
        """One transaction: mails, places, raw mails, readings, problems, the folder's cursor."""
        with store.transaction():
            if self.mails:
                store.save_mails(self.mails.values())
                store.set_setting(UNSETTLED, "1")
            if self.locations:
                store.save_locations(self.locations)
            if self.raws:
                store.save_raw(self.raws)
            if self.readings:
                store.save_readings(self.readings)
            for problem in self.problems:
                store.add_problem(problem.stage, problem.message, mail=problem.mail, now=now)
            for key, value in (settings or {}).items():
                store.set_setting(key, value)
            if state is not None:
                store.set_folder_state(state)
