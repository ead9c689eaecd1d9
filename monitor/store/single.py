"""What is asked for one order: its neighbours of the same seller, and the accounts in which its mails lie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import case, func, select

from monitor.store import tables
from monitor.store.codec import load_draft
from monitor.store.database import Database, chunks
from monitor.types import Draft


class Single(Database):
    """The part of `Store` that looks at single orders."""

    def earlier_orders(self, order_ids: Iterable[str], limit: int) -> list[str]:
        """For each of these orders the ids of at most `limit` that were placed before it with the same seller."""
        columns = tables.page_order.c
        found: list[str] = []
        with self._reading() as connection:
            for order_id in order_ids:
                mine = connection.execute(
                    select(columns.seller, columns.seller_key, columns.placed_at).where(columns.id == order_id)
                ).first()
                if mine is None:
                    continue
                # by the folded name, which has an index; the same name may stand for two sellers
                earlier = select(columns.id).where(
                    columns.seller == mine.seller,
                    columns.seller_key == mine.seller_key,
                    columns.placed_at <= mine.placed_at,
                    columns.id != order_id,
                )
                found += connection.scalars(earlier.order_by(columns.placed_at.desc()).limit(limit))
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
        """Drafts that wait for the user, those first whose order loses something soonest; and how many there are."""
        draft, order = tables.draft.c, tables.page_order.c
        waits = draft.status.in_(("ready", "locked", "approved", "exported"))
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
