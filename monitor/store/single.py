"""What is asked for one order: its neighbours of the same seller, and the accounts in which its mails lie."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from monitor.store import tables
from monitor.store.database import Database, chunks


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

    def neighbours(self, order_id: str, limit: int) -> list[str]:
        """The ids of other orders with the same seller, by name, newest first."""
        columns = tables.page_order.c
        with self._reading() as connection:
            seller = connection.scalar(select(columns.seller).where(columns.id == order_id))
            if seller is None:
                return []
            wanted = select(columns.id).where(columns.seller == seller, columns.id != order_id)
            return list(connection.scalars(wanted.order_by(columns.placed_at.desc()).limit(limit)))

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
