"""What is asked for one order: its neighbours of the same seller, and the accounts in which its mails lie."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, case, func, literal, select

from monitor.store import tables
from monitor.store.codec import load_draft, load_payload, moment
from monitor.store.database import Database, chunks
from monitor.types import Draft, Kind, Source

MOST_TELLING = 4  # orders of a seller that show one of his habits
_TELLING = ("delivered", "shipped", "arrived")  # kinds of events by which they are found
_EVER, _FOR_EVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_DEEDS = ("letter", "contact", Kind.OWN_LETTER.value)


class Single(Database):
    """The part of `Store` that looks at single orders."""

    def telling_orders(self, order_ids: Iterable[str], limit: int) -> set[str]:
        """Orders that show what silence means to the sellers of these: whether they report deliveries and dispatches.

        For each order, of the last `limit` that were placed before it and have a mail of the same seller: a few newest
        of those whose delivery a mail reported, and of those that arrived though no mail had told of their dispatch.
        The judge wants one of the former and two of the latter; the others are there because some may not count (see
        `judge`).
        """
        of_order, newest_before, told = _telling_questions()
        earlier: list[list[str]] = []
        kinds: dict[str, set[str]] = {}
        with self._reading() as connection:
            for order_id in order_ids:
                mine = connection.execute(of_order, {"order": order_id}).all()
                keys = {row.seller_key for row in mine if row.seller_key}
                if not keys:
                    continue
                known = {
                    "sellers": sorted(keys),
                    "placed": min(row.at for row in mine),
                    "order": order_id,
                    "most": limit,
                }
                earlier.append(list(connection.scalars(newest_before, known)))
            for chunk in chunks(other for found in earlier for other in found):
                for row in connection.execute(told, {"orders": chunk}):
                    kinds.setdefault(row[0], set()).add(row[1])
        telling: set[str] = set()
        for found in earlier:
            reported = [other for other in found if "delivered" in kinds.get(other, ())]
            silent = [other for other in found if other in kinds and "shipped" not in kinds[other]]
            telling.update(reported[:MOST_TELLING], silent[:MOST_TELLING])
        return telling

    def orders_written_about(self) -> set[str]:
        """The orders about which the user wrote, called or filled in a form, or let the program send a letter."""
        columns = tables.event.c
        with self._reading() as connection:
            return set(connection.scalars(select(columns.order_id).where(columns.kind.in_(_DEEDS)).distinct()))

    def orders_with_seller_of(
        self, order_id: str, *, since: datetime = _EVER, until: datetime = _FOR_EVER
    ) -> set[str]:  # fmt: skip
        """The orders that may have this one's seller: by their mails, or by the user's word on who he is.

        `since`, `until`: only those of which a mail came between these moments.
        """
        event, reading = tables.event.c, tables.reading.c
        its_mails = tables.event.join(tables.reading, reading.identity == event.mail)
        mails = tables.event.join(tables.reading, event.id == literal("m") + reading.identity)
        his = select(reading.seller_key).select_from(its_mails).where(event.order_id == order_id)
        with self._reading() as connection:
            keys = {key for key in connection.scalars(his.distinct()) if key}
            found: set[str] = set()
            for chunk in chunks(keys):
                wanted = select(event.order_id).select_from(mails).where(
                    reading.seller_key.in_(chunk), reading.received_at.between(moment(since), moment(until))
                )  # fmt: skip
                found.update(connection.scalars(wanted.distinct()))
            named = event.payload.contains('"field": "seller"')
            said = select(event.order_id).where(event.source == Source.USER.value, event.kind == "set", named)
            return found.union(connection.scalars(said))

    def orders_numbered(self, fold: Callable[[str], str], number: str) -> set[str]:
        """The orders of which a mail names a number that `fold` makes `number` of, or to which the user gave it."""
        event, reading = tables.event.c, tables.reading.c
        mails = tables.event.join(tables.reading, event.id == literal("m") + reading.identity)
        with self._reading() as connection:
            known = connection.scalars(select(reading.order_number).where(reading.order_number.is_not(None)).distinct())
            meant = [stated for stated in known if fold(stated) == number]
            found: set[str] = set()
            for chunk in chunks(meant):
                wanted = select(event.order_id).select_from(mails).where(reading.order_number.in_(chunk))
                found.update(connection.scalars(wanted))
            told = select(event.order_id, event.payload).where(
                event.source == Source.USER.value, event.kind == "set", event.payload.contains("order_number")
            )
            for row in connection.execute(told):
                if fold(load_payload(row.payload).get("value", "")) == number:
                    found.add(row.order_id)
        return found

    def neighbours(self, order_id: str, limit: int) -> list[tuple[str, str]]:
        """Other orders with the same seller, by name, newest first: id, and the summary that lists show (JSON)."""
        columns = tables.page_order.c
        with self._reading() as connection:
            seller = connection.scalar(select(columns.seller).where(columns.id == order_id))
            if seller is None:
                return []
            wanted = select(columns.id, columns.summary).where(columns.seller == seller, columns.id != order_id)
            found = connection.execute(wanted.order_by(columns.placed_at.desc()).limit(limit))
            return [(row.id, row.summary) for row in found]

    def homes(self) -> dict[str, str]:
        """By mail: the order that it belongs to, of all."""
        event = tables.event.c
        with self._reading() as connection:
            wanted = select(event.mail, event.order_id).where(event.source == Source.MAIL.value)
            return {row[0]: row[1] for row in connection.execute(wanted)}

    def summaries(self, order_ids: Iterable[str]) -> dict[str, str]:
        """Of these orders the summaries that lists show (JSON), by id."""
        columns = tables.page_order.c
        found: dict[str, str] = {}
        with self._reading() as connection:
            for chunk in chunks(order_ids):
                wanted = select(columns.id, columns.summary).where(columns.id.in_(chunk))
                found.update((row.id, row.summary) for row in connection.execute(wanted))
        return found

    def undecided_drafts(self, limit: int, offset: int) -> tuple[list[Draft], int]:
        """Drafts that wait for the user, those first whose order loses something soonest; and how many there are.

        Of those that news overtook only the ones that hold his own words: the others are written anew when wanted.
        """
        draft, order = tables.draft.c, tables.page_order.c
        own_words = draft.draft.like('%"edited":true%') | draft.draft.like('%"edited": true%')
        waits = draft.status.in_(("ready", "approved", "exported")) | ((draft.status == "locked") & own_words)
        rank = case({"ready": 0, "approved": 1, "exported": 1}, value=draft.status, else_=2)
        joined = tables.draft.outerjoin(tables.page_order, order.id == draft.order_id)
        wanted = select(draft.draft, draft.status).select_from(joined).where(waits)
        wanted = wanted.order_by(
            rank, order.decide_on.is_(None), order.decide_on, order.due_on.is_(None), order.due_on, draft.created_at,
            draft.id,
        )  # fmt: skip
        with self._reading() as connection:
            count = connection.scalar(select(func.count()).select_from(tables.draft).where(waits)) or 0
            rows = connection.execute(wanted.limit(limit).offset(offset))
            return [replace(load_draft(row.draft), status=row.status) for row in rows], count

    def accounts_of(self, identities: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """For these mails: the names of the accounts in which each lies, sorted."""
        columns = tables.location.c
        accounts: dict[str, tuple[str, ...]] = {}
        with self._reading() as connection:
            for chunk in chunks(identities):
                wanted = select(columns.identity, columns.account).where(columns.identity.in_(chunk)).distinct()
                for identity, account in connection.execute(wanted.order_by(columns.identity, columns.account)):
                    accounts[identity] = (*accounts.get(identity, ()), account)
        return accounts


@cache
def _telling_questions() -> tuple[Select[Any], Select[Any], Select[Any]]:
    """What `telling_orders` asks, put together once: that takes longer than the answers.

    The mails of an order with their seller; the newest orders of these sellers before it; which kinds of event orders
    have.
    """
    event, reading = tables.event.c, tables.reading.c
    mails = tables.event.join(tables.reading, event.id == literal("m") + reading.identity)
    # from an order to its mails by the one, from mails to their orders by the other: each has its index
    its_mails = tables.event.join(tables.reading, reading.identity == event.mail)
    of_order = select(reading.seller_key, event.at).select_from(its_mails).where(event.order_id == bindparam("order"))
    before = select(event.order_id).select_from(mails).where(
        reading.seller_key.in_(bindparam("sellers", expanding=True)),
        reading.received_at <= bindparam("placed"),
        event.order_id != bindparam("order"),
    )  # fmt: skip
    newest = before.group_by(event.order_id).order_by(func.min(reading.received_at).desc()).limit(bindparam("most"))
    of_these = event.order_id.in_(bindparam("orders", expanding=True))
    told = select(event.order_id, event.kind).where(of_these, event.kind.in_(_TELLING))
    return of_order, newest, told
