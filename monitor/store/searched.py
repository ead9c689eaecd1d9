"""The words of the mails of purchases, to be searched from the page, and the order to which each mail leads.

A cache as `page` keeps them: whatever is in it follows from the rest of the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, delete, select, update

from monitor.store import dialects, tables
from monitor.store.codec import text
from monitor.store.database import Database, chunks
from monitor.types import Source


class Searched(Database):
    """The part of `Store` that knows the words of mails."""

    def page_mails_missing(self) -> list[str]:
        """Mails of orders whose words cannot be searched yet, oldest first."""
        event, mail = tables.event.c, tables.page_mail.c
        wanted = select(event.mail).outerjoin(tables.page_mail, mail.identity == event.mail)
        with self._reading() as connection:
            wanted = wanted.where(event.source == Source.MAIL.value, mail.id.is_(None))
            return [str(identity) for identity in connection.scalars(wanted.order_by(event.at))]

    def page_mails_add(self, words: Mapping[str, str]) -> None:
        """Words of mails, by their identity."""
        # with a blank at the end, so that the last two letters begin a trigram as well
        with self.transaction() as connection:
            homes = self._homes(connection, words)
            values = [
                {"identity": key, "order_id": homes.get(key, ""), "words": text(value) + " "}
                for key, value in words.items()
            ]
            if values:
                connection.execute(dialects.insert(connection, tables.page_mail).on_conflict_do_nothing(), values)

    def _homes(self, connection: Connection, identities: Iterable[str]) -> dict[str, str]:
        """By mail: the order that it belongs to."""
        event = tables.event.c
        homes: dict[str, str] = {}
        for chunk in chunks(f"m{identity}" for identity in identities):
            found = connection.execute(select(event.id, event.order_id).where(event.id.in_(chunk)))
            homes.update((row[0][1:], row[1]) for row in found)
        return homes

    def page_mails_moved(self, order_ids: Iterable[str]) -> None:
        """Mails came to these orders or left them: have their words lead to where they belong now."""
        event, columns = tables.event.c, tables.page_mail.c
        with self.transaction() as connection:
            stored: dict[str, str] = {}
            for chunk in chunks(order_ids):
                there = select(columns.identity, columns.order_id).where(columns.order_id.in_(chunk))
                stored.update((row[0], row[1]) for row in connection.execute(there))
                here = select(columns.identity, columns.order_id).join(
                    tables.event, (event.mail == columns.identity) & (event.source == Source.MAIL.value)
                )
                stored.update((row[0], row[1]) for row in connection.execute(here.where(event.order_id.in_(chunk))))
            homes = self._homes(connection, stored)
            moved = [
                {"home": homes.get(key, ""), "mail": key} for key, old in stored.items() if homes.get(key, "") != old
            ]
            if moved:
                change = update(tables.page_mail).where(columns.identity == bindparam("mail"))
                connection.execute(change.values(order_id=bindparam("home")), moved)

    def page_mails_home(self, homes: Mapping[str, str]) -> None:
        """Say to which order each mail belongs (identity -> order id), all of them; other mails' words are dropped."""
        columns = tables.page_mail.c
        with self.transaction() as connection:
            known = connection.execute(select(columns.identity, columns.order_id))
            stored = {row[0]: row[1] for row in known}
            for chunk in chunks(stored.keys() - homes.keys()):
                connection.execute(delete(tables.page_mail).where(columns.identity.in_(chunk)))
            moved = [{"home": homes[key], "mail": key} for key, old in stored.items() if homes.get(key, old) != old]
            if moved:
                change = update(tables.page_mail).where(columns.identity == bindparam("mail"))
                connection.execute(change.values(order_id=bindparam("home")), moved)
