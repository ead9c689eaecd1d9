"""What the user said of payments that failed: append-only, like everything he says.

In charge of the rows. What they add up to, and which mails belong to a case, is decided elsewhere: nothing of it is
stored, so that a rebuild has nothing to lose.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import and_, func, literal, or_, select

from monitor.store import tables
from monitor.store.codec import dump_strings, load_payload, moment, text
from monitor.store.database import Database
from monitor.types import Event, Source


class Cases(Database):
    """The part of `Store` that keeps what was said of cases. `Event.order_id` holds the id of the case."""

    def append_case_event(self, event: Event) -> None:
        """Record what the user said or did, for good. Raises StoreError if the id is already recorded."""
        values = {
            "id": event.id,
            "case_id": text(event.order_id),
            "at": moment(event.at),
            "kind": event.kind,
            "payload": dump_strings(dict(sorted(event.payload.items()))),
        }
        with self.transaction(durable=True) as connection:
            connection.execute(tables.case_event.insert(), values)

    def case_events(self, case_id: str | None = None) -> list[Event]:
        """What was said of one case or of all, by (at, id)."""
        columns = tables.case_event.c
        wanted = select(tables.case_event).order_by(columns.at, columns.id)
        if case_id is not None:
            wanted = wanted.where(columns.case_id == case_id)
        with self._reading() as connection:
            return [
                Event(row.id, row.case_id, row.at, row.kind, Source.USER, payload=load_payload(row.payload))
                for row in connection.execute(wanted)
            ]

    def orders_told_by(self, kind: str) -> list[str]:
        """The ids of the orders that a mail of this kind belongs to."""
        event, mail = tables.event.c, tables.mail.c
        # over the mails, of which a row is a quarter as long as that of an event
        of_mail = event.id == literal("m") + mail.identity
        wanted = select(event.order_id).select_from(tables.mail.join(tables.event, of_mail))
        with self._reading() as connection:
            return sorted(connection.scalars(wanted.where(mail.kind == kind, event.kind == kind).distinct()))

    def listed_orders_of(self, seller_keys: Iterable[str], names: Iterable[str]) -> list[str]:
        """The ids of listed orders with these sellers: by key, or by a folded name with which the other's begins."""
        columns = tables.page_order.c
        whole = func.length(columns.seller) >= 2  # a single letter begins many names
        alike = [
            or_(
                columns.seller.startswith(name, autoescape=True),
                and_(whole, func.substr(literal(name), 1, func.length(columns.seller)) == columns.seller),
            )
            for name in names if name
        ]  # fmt: skip
        keys = [key for key in seller_keys if key]
        if not alike and not keys:
            return []
        with self._reading() as connection:
            return sorted(connection.scalars(select(columns.id).where(or_(columns.seller_key.in_(keys), *alike))))

    def listed_beside(self, order_id: str, limit: int) -> list[tuple[str, str, str]]:
        """Other listed orders with the same seller, newest first: id, state and mood."""
        columns = tables.page_order.c
        with self._reading() as connection:
            mine = connection.execute(
                select(columns.seller, columns.seller_key).where(columns.id == order_id)
            ).first()  # fmt: skip
            if mine is None:
                return []
            beside = select(columns.id, columns.state, columns.mood).where(
                columns.seller == mine.seller, columns.seller_key == mine.seller_key, columns.id != order_id
            )  # fmt: skip
            return [tuple(row) for row in connection.execute(beside.order_by(columns.placed_at.desc()).limit(limit))]
