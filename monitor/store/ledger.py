"""What happened to the orders, what the program did, and what it asks of the user.

Events that come from mails are a cache that follows the readings. Events of the user and of the monitor itself are
append-only; triggers in the database refuse to change them, whatever this code does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Row, Select, bindparam, delete, select, update

from monitor.store import dialects, tables
from monitor.store.codec import (
    READING_VERSION,
    dump_draft,
    dump_strings,
    load_draft,
    load_payload,
    load_reading,
    moment,
    optional_text,
    text,
)
from monitor.store.database import Database, chunks
from monitor.store.words import OpenProblem, Sent, StoreError
from monitor.types import Draft, Event, Problem, Reading, Source

UNDECIDED = ("ready", "locked")  # drafts that the program may still rewrite


class Ledger(Database):
    """The part of `Store` that keeps the stories of orders."""

    # --- events ---

    def sync_mail_events(self, events: Iterable[Event], *, replacing: Iterable[str] | None = None) -> set[str]:
        """Make the stored events of mails equal to `events`: add, change, drop.

        `replacing`: the ids of the stored events that `events` stand for; by default all that there are. Returns the
        ids of the orders that gained, lost or changed an event. What the user and the monitor said is not touched.
        Raises StoreError if one of `events` has the id of such a statement.
        """
        columns = tables.event.c
        wanted = {values["id"]: values for values in map(_event_values, events)}
        if any(values["source"] != Source.MAIL.value for values in wanted.values()):
            raise ValueError("sync_mail_events takes events of mails only")
        with self.transaction() as connection:
            told = select(tables.event).where(columns.source == Source.MAIL.value)
            parts = [told]
            if replacing is not None:
                parts = [told.where(columns.id.in_(chunk)) for chunk in chunks(replacing)]
            before = {row["id"]: dict(row) for part in parts for row in connection.execute(part).mappings()}
            changed = {key for key, values in wanted.items() if before.get(key) != values}
            vanished = before.keys() - wanted.keys()
            for chunk in chunks(vanished | (changed & before.keys())):
                connection.execute(delete(tables.event).where(columns.id.in_(chunk)))
            if changed:
                connection.execute(tables.event.insert(), [wanted[key] for key in sorted(changed)])
            touched = {before[key]["order_id"] for key in vanished | (changed & before.keys())}
            touched |= {wanted[key]["order_id"] for key in changed}
            if touched:
                self._page_stale(connection, touched)
        return touched

    def append_event(self, event: Event) -> None:
        """Record what the user said or the monitor did, for good. Raises StoreError if the id is already recorded."""
        if event.source is Source.MAIL:
            raise ValueError("events of mails are stored by sync_mail_events")
        with self.transaction(durable=True) as connection:
            connection.execute(tables.event.insert(), _event_values(event))
            self._page_stale(connection, [event.order_id])

    def reattach(self, homes: Mapping[str, str]) -> None:
        """Hang statements on other orders (event id -> order id): the only thing about them that may change."""
        if not homes:
            return
        columns = tables.event.c
        move = update(tables.event).where(columns.id == bindparam("event")).values(order_id=bindparam("home"))
        moved = [{"event": event_id, "home": text(order_id)} for event_id, order_id in homes.items()]
        left: set[str] = set()
        with self.transaction() as connection:
            for chunk in chunks(homes):
                left.update(connection.scalars(select(columns.order_id).where(columns.id.in_(chunk))))
            if connection.execute(move, moved, execution_options={"preserve_rowcount": True}).rowcount != len(moved):
                raise StoreError("There is no event in the store that could be hung on another order: it is gone.")
            self._page_stale(connection, left.union(homes.values()))

    def events(
        self,
        order_id: str | None = None,
        until: datetime | None = None,
        *,
        sources: Iterable[Source] = tuple(Source),
        kinds: Iterable[str] | None = None,
    ) -> list[Event]:
        """Events by (at, id): of one order or of all, up to `until`, of some `kinds` or of all.

        Those of mails come with their reading.
        """
        columns = tables.event.c
        wanted = _with_readings().where(columns.source.in_([source.value for source in sources]))
        if order_id is not None:
            wanted = wanted.where(columns.order_id == order_id)
        if until is not None:
            wanted = wanted.where(columns.at <= moment(until))
        if kinds is not None:
            wanted = wanted.where(columns.kind.in_(list(kinds)))
        with self._reading() as connection:
            return [_event(row) for row in connection.execute(wanted)]

    def events_of(self, order_ids: Iterable[str]) -> dict[str, list[Event]]:
        """The events of these orders, by (at, id); those of mails with their reading."""
        found: dict[str, list[Event]] = {}
        with self._reading() as connection:
            for chunk in chunks(order_ids):
                for row in connection.execute(_of_orders(), {"orders": chunk}):
                    found.setdefault(row.order_id, []).append(_event(row))
        return found

    def statements(self, until: datetime | None = None, *, kinds: Iterable[str] | None = None) -> list[Event]:
        """What the user said and the monitor did, up to `until`, by (at, id); of some `kinds` or of all."""
        return self.events(until=until, sources=(Source.USER, Source.MONITOR), kinds=kinds)

    # --- what the program sent ---

    def own_message_ids(self) -> set[str]:
        """The Message-IDs (without angle brackets) of all that the program itself sent or put away."""
        with self._reading() as connection:
            return set(connection.scalars(select(tables.sent.c.message_id)))

    def remember_sent(
        self, message_id: str, kind: str, at: datetime, order_id: str | None = None, draft_id: str | None = None
    ) -> None:
        """Note a mail for good, before it goes out; a second time changes nothing. `kind`: see `Sent`."""
        with self.transaction(durable=True) as connection:
            connection.execute(
                dialects.insert_new(connection, tables.sent),
                {
                    "message_id": text(message_id),
                    "kind": kind,
                    "at": moment(at),
                    "order_id": order_id,
                    "draft_id": draft_id,
                },
            )

    def sent(self, kind: str | None = None) -> list[Sent]:
        """What the program sent, oldest first; of one kind or all."""
        columns = tables.sent.c
        wanted = select(tables.sent).order_by(columns.at, columns.message_id)
        if kind is not None:
            wanted = wanted.where(columns.kind == kind)
        with self._reading() as connection:
            return [Sent(*row) for row in connection.execute(wanted)]

    # --- drafts ---

    def save_draft(self, draft: Draft, now: datetime) -> bool:
        """Store a draft, or rewrite it while the user has not decided on it. False if he has: his text stays."""
        columns = tables.draft.c
        values = {
            "id": draft.id,
            "order_id": draft.order_id,
            "rung": draft.rung,
            "status": draft.status,
            "draft": dump_draft(draft),
            "created_at": moment(now),
            "updated_at": moment(now),
        }
        with self.transaction() as connection:
            statement = dialects.upsert(
                connection, tables.draft, fixed=("created_at",), where=columns.status.in_(UNDECIDED)
            )
            # An INSERT's row count is thrown away unless asked for.
            return connection.execute(statement, values, execution_options={"preserve_rowcount": True}).rowcount > 0

    def drafts(self, order_id: str | None = None) -> list[Draft]:
        """Drafts of one order or of all, oldest first."""
        columns = tables.draft.c
        wanted = select(columns.draft, columns.status).order_by(columns.created_at, columns.id)
        if order_id is not None:
            wanted = wanted.where(columns.order_id == order_id)
        with self._reading() as connection:
            return [replace(load_draft(row.draft), status=row.status) for row in connection.execute(wanted)]

    def set_draft_status(self, draft_id: str, status: str, now: datetime) -> None:
        """Note what became of a draft: ready, locked, discarded, exported, sent. What was sent stays sent."""
        columns = tables.draft.c
        change = update(tables.draft).where(columns.id == draft_id, columns.status != "sent")
        with self.transaction(durable=True) as connection:
            if connection.execute(change.values(status=status, updated_at=moment(now))).rowcount != 1:
                raise StoreError(f"There is no draft {draft_id} that could still be changed.")

    # --- problems ---

    def add_problem(self, stage: str, message: str, *, mail: str | None = None, now: datetime | None = None) -> None:
        """Record a problem; the same one that is still open is not recorded twice.

        `message`: plain words and what the user can do, never words of a mail; `mail`: its identity. `now` is when it
        was noticed: by default the wall clock, since nothing is judged by it.
        """
        columns = tables.problem.c
        values = {"stage": stage, "mail": mail, "message": text(message)}
        same = select(columns.id).where(
            columns.stage == stage,
            columns.mail.is_not_distinct_from(mail),
            columns.message == values["message"],
            columns.resolved_at.is_(None),
        )
        at = moment(now or datetime.now(UTC))
        with self.transaction() as connection:
            if connection.execute(same).first() is None:
                connection.execute(tables.problem.insert(), {**values, "at": at, "resolved_at": None})

    def problems(self, open_only: bool = True) -> list[OpenProblem]:
        """Recorded problems, oldest first."""
        columns = tables.problem.c
        wanted = select(tables.problem).order_by(columns.at, columns.id)
        if open_only:
            wanted = wanted.where(columns.resolved_at.is_(None))
        with self._reading() as connection:
            return [
                OpenProblem(row.id, row.at, Problem(row.stage, row.message, row.mail), row.resolved_at)
                for row in connection.execute(wanted)
            ]

    def resolve_problems(self, now: datetime, *, stage: str | None = None, mail: str | None = None) -> int:
        """Mark open problems of a stage, of a mail, or of both together as settled. Returns how many."""
        if stage is None and mail is None:
            raise ValueError("name a stage or a mail")
        columns = tables.problem.c
        settled = update(tables.problem).where(columns.resolved_at.is_(None)).values(resolved_at=moment(now))
        if stage is not None:
            settled = settled.where(columns.stage == stage)
        if mail is not None:
            settled = settled.where(columns.mail == mail)
        with self.transaction() as connection:
            return connection.execute(settled).rowcount

    # --- settings ---

    def get_setting(self, key: str) -> str | None:
        """A small fact about this store, None if it was never set."""
        with self._reading() as connection:
            return connection.scalar(select(tables.setting.c.value).where(tables.setting.c.key == key))

    def set_setting(self, key: str, value: str | None) -> None:
        """Set a small fact, or with None forget it."""
        with self.transaction() as connection:
            if value is None:
                connection.execute(delete(tables.setting).where(tables.setting.c.key == key))
            else:
                connection.execute(dialects.upsert(connection, tables.setting), {"key": key, "value": text(value)})


def _event_values(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "order_id": text(event.order_id),
        "at": moment(event.at),
        "kind": event.kind,
        "source": event.source.value,
        "mail": event.mail,
        "anchor_seller": optional_text(event.anchor_seller),
        "anchor_number": optional_text(event.anchor_number),
        "payload": dump_strings(dict(sorted(event.payload.items()))),
    }


@cache
def _with_readings() -> Select[Any]:
    """Events by (at, id), those of mails with their reading."""
    columns, reading = tables.event.c, tables.reading.c
    joined = tables.event.outerjoin(
        tables.reading,
        (reading.identity == columns.mail)
        & (reading.version == READING_VERSION)
        & (columns.source == Source.MAIL.value),
    )
    return select(tables.event, reading.reading).select_from(joined).order_by(columns.at, columns.id)


@cache
def _of_orders() -> Select[Any]:
    """What `events_of` asks, put together once: that takes longer than the answer."""
    return _with_readings().where(tables.event.c.order_id.in_(bindparam("orders", expanding=True)))


def _event(row: Row[Any]) -> Event:
    reading: Reading | None = None if row.reading is None else load_reading(row.reading)
    return Event(
        id=row.id,
        order_id=row.order_id,
        at=row.at,
        kind=row.kind,
        source=Source(row.source),
        mail=row.mail,
        reading=reading,
        payload=load_payload(row.payload),
        anchor_seller=row.anchor_seller,
        anchor_number=row.anchor_number,
    )
