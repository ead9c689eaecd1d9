"""What the page keeps: who may come in, and the orders as they were last judged, in a form that is quick to ask.

Keys lie here as hashes only. `page_order` and `page_mail` are a cache that follows from the rest of the store: `run`
fills it, nothing is decided by it, and it may be thrown away at any moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, func, or_, select
from sqlalchemy import text as sql_text

from monitor.store import dialects, tables
from monitor.store.codec import READING_VERSION, load_draft, load_reading, moment, optional_moment, text
from monitor.store.database import Database, chunks
from monitor.store.words import MailRow, PageKey, PageRow
from monitor.types import Draft, Kind, Reading

GRAM = 3  # letters that the trigram index needs
MOST_GRAMS = 400  # trigrams that a search for two letters opens into
OPEN = ("act", "ask", "wait", "old")
"""Moods of orders in which something is open."""
SORTS: Mapping[str, tuple[str, bool]] = {
    "decide": ("decide_on", False),
    "placed": ("placed_at", True),
    "moved": ("moved_at", True),
    "seller": ("seller", False),
    "amount": ("amount", True),
    "safe": ("safe_until", False),
}
"""Orders by: the column, and whether the greatest comes first."""


class Page(Database):
    """The part of `Store` that serves the page."""

    # --- keys ---

    def add_key(self, key: PageKey) -> None:
        """Keep a new key."""
        with self.transaction(durable=True) as connection:
            connection.execute(
                tables.page_key.insert(),
                {
                    "hash": key.hash,
                    "kind": key.kind,
                    "name": text(key.name),
                    "created_at": moment(key.created_at),
                    "expires_at": optional_moment(key.expires_at),
                },
            )

    def key(self, hash_: str, kind: str, now: datetime) -> PageKey | None:
        """The key with this hash, if it opens `kind` and has not expired."""
        columns = tables.page_key.c
        wanted = select(tables.page_key).where(columns.hash == hash_, columns.kind == kind)
        with self._reading() as connection:
            row = connection.execute(wanted.where(_valid(now))).first()
        return None if row is None else PageKey(*row)

    def keys(self, kind: str, now: datetime) -> list[PageKey]:
        """All keys of a kind that have not expired, oldest first."""
        columns = tables.page_key.c
        wanted = select(tables.page_key).where(columns.kind == kind, _valid(now))
        with self._reading() as connection:
            return [PageKey(*row) for row in connection.execute(wanted.order_by(columns.created_at, columns.hash))]

    def drop_key(self, hash_: str) -> bool:
        """Forget a key; whether there was one."""
        with self.transaction(durable=True) as connection:
            gone = connection.execute(delete(tables.page_key).where(tables.page_key.c.hash == hash_))
            return gone.rowcount > 0

    def drop_keys(self, kind: str, *, expired_at: datetime | None = None) -> int:
        """Forget all keys of a kind, or only those that had expired by then. Returns how many."""
        columns = tables.page_key.c
        unwanted = delete(tables.page_key).where(columns.kind == kind)
        if expired_at is not None:
            unwanted = unwanted.where(columns.expires_at <= moment(expired_at))
        with self.transaction(durable=True) as connection:
            return connection.execute(unwanted).rowcount

    # --- orders as the page lists them ---

    def page_fill(self, rows: Iterable[PageRow]) -> None:
        """Make the listed orders equal to `rows` (all of them); only what differs is written."""
        columns = tables.page_order.c
        wanted = {row.id: _values(row) for row in rows}
        with self.transaction() as connection:
            stored = {row["id"]: dict(row) for row in connection.execute(select(tables.page_order)).mappings()}
            for chunk in chunks(stored.keys() - wanted.keys()):
                connection.execute(delete(tables.page_order).where(columns.id.in_(chunk)))
            changed = [values for key, values in wanted.items() if stored.get(key) != values]
            if changed:
                connection.execute(dialects.upsert(connection, tables.page_order), changed)

    def page_put(self, rows: Iterable[PageRow], *, gone: Iterable[str] = ()) -> None:
        """Write these listed orders anew, drop those that are `gone`, leave the others."""
        values = [_values(row) for row in rows]
        with self.transaction() as connection:
            for chunk in chunks(gone):
                connection.execute(delete(tables.page_order).where(tables.page_order.c.id.in_(chunk)))
            if values:
                connection.execute(dialects.upsert(connection, tables.page_order), values)

    def page_order(self, order_id: str) -> PageRow | None:
        """One listed order."""
        with self._reading() as connection:
            row = connection.execute(select(tables.page_order).where(tables.page_order.c.id == order_id)).first()
        return None if row is None else _row(row)

    def page_orders(
        self,
        *,
        moods: Sequence[str] = (),
        states: Sequence[str] = (),
        search: str = "",
        sort: str = "placed",
        backwards: bool = False,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[list[PageRow], int]:
        """Listed orders and how many there are in all. `search` is folded as `words` are; `sort`: a key of `SORTS`.

        What has no value to sort by comes last, whichever way it is sorted.
        """
        columns = tables.page_order.c
        with self._reading() as connection:
            conditions: list[ColumnElement[bool]] = []
            if moods:
                conditions.append(columns.mood.in_(moods))
            if states:
                conditions.append(columns.state.in_(states))
            for word in text(search).split():
                conditions.append(self._holds(connection, word))
            name, downwards = SORTS[sort]
            column = columns[name]
            down = downwards is not backwards
            wanted = select(tables.page_order).where(*conditions)
            if column.nullable:
                wanted = wanted.order_by(column.is_(None))
            wanted = wanted.order_by(column.desc() if down else column)
            if name == "decide_on":
                wanted = wanted.order_by(columns.due_on)
            wanted = wanted.order_by(columns.id.desc() if down else columns.id)
            rows = [_row(row) for row in connection.execute(wanted.limit(limit).offset(offset))]
            if not offset and len(rows) < limit:
                return rows, len(rows)
            count = connection.scalar(select(func.count()).select_from(tables.page_order).where(*conditions))
            return rows, int(count or 0)

    def page_counts(self) -> dict[str, dict[str, int]]:
        """How many listed orders there are of each mood and of each state."""
        columns = tables.page_order.c
        found: dict[str, dict[str, int]] = {}
        with self._reading() as connection:
            for name in ("mood", "state"):
                counted = select(columns[name], func.count()).group_by(columns[name])
                found[name] = {row[0]: row[1] for row in connection.execute(counted)}
        return found

    def page_coming(self, first: date, last: date, limit: int) -> list[PageRow]:
        """Orders that merely wait, and for which something falls due or becomes possible between these days."""
        columns = tables.page_order.c
        wanted = select(tables.page_order).where(
            columns.mood == "wait", columns.next_on.between(first.isoformat(), last.isoformat())
        )
        with self._reading() as connection:
            return [_row(row) for row in connection.execute(wanted.order_by(columns.next_on).limit(limit))]

    def page_stakes(self) -> list[tuple[str, str, int, int]]:
        """Money that is open, by mood and currency: mood, currency, sum in ten-thousandths, number of orders."""
        columns = tables.page_order.c
        wanted = select(columns.mood, columns.stake_currency, func.sum(columns.stake), func.count())
        wanted = wanted.where(columns.stake > 0).group_by(columns.mood, columns.stake_currency)
        with self._reading() as connection:
            return [(row[0], row[1], int(row[2]), int(row[3])) for row in connection.execute(wanted)]

    def page_open_with(self, order_ids: Iterable[str], limit: int) -> list[str]:
        """Of each seller of these listed orders: ids of at most `limit` in which something is open, newest first."""
        columns = tables.page_order.c
        found: list[str] = []
        with self._reading() as connection:
            sellers: set[str] = set()
            for chunk in chunks(order_ids):
                sellers.update(connection.scalars(select(columns.seller_key).where(columns.id.in_(chunk))))
            for seller in sorted(sellers):
                wanted = select(columns.id).where(columns.seller_key == seller, columns.mood.in_(OPEN))
                found += connection.scalars(wanted.order_by(columns.placed_at.desc()).limit(limit))
        return found

    def page_unsettled(self) -> list[str]:
        """Ids of the listed orders of which a new day may change something."""
        columns = tables.page_order.c
        with self._reading() as connection:
            return list(connection.scalars(select(columns.id).where(columns.mood.in_((*OPEN, "doubt")))))

    def page_urgent_first(self, order_ids: Iterable[str], limit: int) -> list[str]:
        """At most `limit` of these orders: those not listed yet, then by the day on which to decide something."""
        columns, ids = tables.page_order.c, set(order_ids)
        known: list[tuple[str, str]] = []
        with self._reading() as connection:
            for chunk in chunks(ids):
                wanted = select(columns.id, func.coalesce(columns.decide_on, columns.due_on, "9999"))
                known += [(row[1], row[0]) for row in connection.execute(wanted.where(columns.id.in_(chunk)))]
        fresh = sorted(ids.difference(order_id for _, order_id in known))
        return [*fresh, *(order_id for _, order_id in sorted(known))][:limit]

    def page_drafts(self, order_ids: Iterable[str]) -> list[tuple[str, str, str, str]]:
        """Drafts of these orders that wait for a decision: order id, draft id, rung, status."""
        columns, found = tables.draft.c, []
        with self._reading() as connection:
            for chunk in chunks(order_ids):
                wanted = select(columns.order_id, columns.id, columns.rung, columns.status)
                wanted = wanted.where(columns.order_id.in_(chunk), columns.status.in_(("ready", "locked")))
                found += [(row[0], row[1], row[2], row[3]) for row in connection.execute(wanted.order_by(columns.id))]
        return found

    def page_open_drafts(self, limit: int) -> list[Draft]:
        """Drafts that wait for a decision, newest first."""
        columns = tables.draft.c
        wanted = select(columns.draft, columns.status).where(columns.status.in_(("ready", "locked")))
        with self._reading() as connection:
            found = connection.execute(wanted.order_by(columns.created_at.desc(), columns.id).limit(limit))
            return [replace(load_draft(row.draft), status=row.status) for row in found]

    def page_drafts_count(self) -> int:
        """How many drafts are ready to be decided on."""
        wanted = select(func.count()).select_from(tables.draft).where(tables.draft.c.status == "ready")
        with self._reading() as connection:
            return int(connection.scalar(wanted) or 0)

    def mails_since(self, since: datetime) -> tuple[int, int]:
        """How many mails came since a moment, and how many of them are about purchases."""
        mail = tables.mail.c
        purchases = func.sum(case((mail.purchase, 1), else_=0))
        wanted = select(func.count(), purchases).where(mail.received_at >= moment(since))
        with self._reading() as connection:
            row = connection.execute(wanted).one()
        return int(row[0] or 0), int(row[1] or 0)

    def page_mail_rows(
        self, *, kind: str = "", everything: bool = False, domain: str = "", limit: int = 50, offset: int = 0
    ) -> list[tuple[MailRow, Reading | None, str | None]]:
        """Mails, newest first: each with what was read from it and the id of its order, where there are any.

        `everything`: also those that their header alone ruled out. `domain`: only of counterparts that begin so. The
        copy of a letter that the program sent counts as one of the user's own (`outbox`).
        """
        mail, reading, event = tables.mail.c, tables.reading.c, tables.event.c
        joined = tables.mail.outerjoin(
            tables.reading, (reading.identity == mail.identity) & (reading.version == READING_VERSION)
        )
        wanted = select(tables.mail, reading.reading).select_from(joined)
        letter = mail.message_id.in_(select(tables.outbox.c.message_id))
        if not everything:
            wanted = wanted.where(mail.candidate | letter)
        if kind == Kind.OWN_LETTER:
            wanted = wanted.where((mail.kind == kind) | letter)
        elif kind:
            wanted = wanted.where(mail.kind == kind, mail.message_id.is_(None) | ~letter)
        if domain:
            wanted = wanted.where(mail.counterpart_domain.between(domain, domain + "\U0010ffff"))
        wanted = wanted.order_by(mail.received_at.desc(), mail.identity.desc()).limit(limit).offset(offset)
        with self._reading() as connection:
            rows = [dict(row) for row in connection.execute(wanted).mappings()]
            identities = [row["identity"] for row in rows]
            homes: dict[str, str] = {}
            for chunk in chunks(f"m{identity}" for identity in identities):
                found = select(event.mail, event.order_id).where(event.id.in_(chunk))
                homes.update({row[0]: row[1] for row in connection.execute(found)})
        return [
            (MailRow(**row), None if read is None else load_reading(read), homes.get(row["identity"]))
            for row, read in ((row, row.pop("reading")) for row in rows)
        ]

    def page_home(self, identity: str) -> str | None:
        """The order to which a mail belongs."""
        event = tables.event.c
        with self._reading() as connection:
            return connection.scalar(select(event.order_id).where(event.id == f"m{identity}"))

    def page_forget(self) -> None:
        """Throw the whole cache away."""
        with self.transaction() as connection:
            connection.execute(delete(tables.page_order))
            connection.execute(delete(tables.page_mail))

    def _holds(self, connection: Connection, word: str) -> ColumnElement[bool]:
        """The condition that an order, or one of its mails, holds `word`."""
        columns, mail = tables.page_order.c, tables.page_mail.c
        in_order = func.instr(columns.words, word) > 0
        pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        if connection.dialect.name != "sqlite":
            in_order = columns.words.like(pattern, escape="\\")
            return or_(in_order, columns.id.in_(select(mail.order_id).where(mail.words.like(pattern, escape="\\"))))
        query = _quoted(word) if len(word) >= GRAM else _opened(connection, word)
        if not query:
            return in_order
        hits = sql_text(
            "SELECT order_id FROM page_mail WHERE id IN (SELECT rowid FROM page_search WHERE page_search MATCH :query)"
        ).bindparams(query=query)
        return or_(in_order, columns.id.in_(hits.columns(mail.order_id)))


def _opened(connection: Connection, word: str) -> str:
    """All trigrams that begin with one or two letters, as one search: Korean words are often that short."""
    grams = connection.scalars(
        sql_text("SELECT term FROM page_vocabulary WHERE term >= :low AND term < :high LIMIT :most"),
        {"low": word, "high": word + "\U0010ffff", "most": MOST_GRAMS},
    )
    return " OR ".join(_quoted(gram) for gram in grams)


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'


def _valid(now: datetime) -> ColumnElement[bool]:
    expires = tables.page_key.c.expires_at
    return or_(expires.is_(None), expires > moment(now))


def _values(row: PageRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "seller_key": text(row.seller_key),
        "seller": text(row.seller),
        "number": text(row.number),
        "placed_at": moment(row.placed_at),
        "moved_at": moment(row.moved_at),
        "state": row.state,
        "mood": row.mood,
        "decide_on": None if row.decide_on is None else row.decide_on.isoformat(),
        "due_on": None if row.due_on is None else row.due_on.isoformat(),
        "safe_until": None if row.safe_until is None else row.safe_until.isoformat(),
        "next_on": None if row.next_on is None else row.next_on.isoformat(),
        "stake_currency": row.stake_currency,
        "stake": row.stake,
        "currency": row.currency,
        "amount": row.amount,
        "words": text(row.words),
        "summary": text(row.summary),
    }


def _row(row: Any) -> PageRow:
    values = dict(row._mapping)
    for name in ("decide_on", "due_on", "safe_until", "next_on"):
        values[name] = None if values[name] is None else date.fromisoformat(values[name])
    return PageRow(**values)
