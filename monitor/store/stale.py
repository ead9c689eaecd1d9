"""What changed since the orders were listed for the page: marks, set with each change and wiped when it was followed.

A mark is set in the transaction that makes the change, so none is lost, and carries the generation of the store, so
that wiping it never wipes a younger one about the same order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select, update

from monitor.store import dialects, tables
from monitor.store.database import PAGE_GENERATION, PAGE_MARKS, Database, chunks

BUILT = "page.built"
"""Setting: what the listed orders were made from."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What the listed orders were made from, and the marks of what changed since (see `PAGE_MARKS`)."""

    built: str
    marks: tuple[str, ...]


class Stale(Database):
    """The part of `Store` that knows which listed orders do not hold any more."""

    def page_listed(self) -> Listed:
        """What the listed orders were made from and what changed since, as of one moment."""
        columns = tables.setting.c
        wanted = select(columns.key, columns.value).where(columns.key.in_((BUILT, PAGE_MARKS)))
        with self._reading() as connection:
            found = {row[0]: row[1] for row in connection.execute(wanted)}
        return Listed(found.get(BUILT, ""), tuple(found.get(PAGE_MARKS, "").split()))

    def page_generation(self) -> str:
        """A number that grows with every change on which the listed orders rest."""
        with self._reading() as connection:
            found = select(tables.setting.c.value).where(tables.setting.c.key == PAGE_GENERATION)
            return str(connection.scalar(found))

    def page_is_built(self, stamp: str) -> None:
        """Note what the listed orders were made from."""
        with self.transaction() as connection:
            connection.execute(dialects.upsert(connection, tables.setting), {"key": BUILT, "value": stamp})

    def page_mark(self, order_ids: Iterable[str]) -> None:
        """These orders do not hold any more, for a reason that no event tells of (a new day has come)."""
        with self.transaction() as connection:
            self._page_stale(connection, order_ids)

    def page_wipe(self, marks: Iterable[str]) -> None:
        """What these marks tell of was followed; younger ones stay."""
        done = set(marks)
        setting = tables.setting.c
        with self.transaction() as connection:
            kept = connection.scalar(select(setting.value).where(setting.key == PAGE_MARKS).with_for_update())
            left = [mark for mark in (kept or "").split() if mark not in done]
            change = update(tables.setting).where(setting.key == PAGE_MARKS)
            connection.execute(change.values(value="".join(f" {mark}" for mark in left)))

    def page_marked(self, marks: Iterable[str]) -> tuple[dict[str, set[str]], bool]:
        """The marks of each order ("": of mails that belong to none), and whether one of them stands for everything."""
        by_what: dict[str, set[str]] = {}
        for mark in marks:
            by_what.setdefault(mark.partition(":")[2], set()).add(mark)
        everything = bool(by_what.pop("*", None))
        event = tables.event.c
        mails = [what for what in by_what if what.startswith("m")]  # the ids of orders are hexadecimal
        homes: dict[str, str] = {}
        with self._reading() as connection:
            for chunk in chunks(mails):
                found = connection.execute(select(event.id, event.order_id).where(event.id.in_(chunk)))
                homes.update((row[0], row[1]) for row in found)
        for mail in mails:
            by_what.setdefault(homes.get(mail, ""), set()).update(by_what.pop(mail))
        return by_what, everything
