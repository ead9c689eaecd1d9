"""`mails`: every mail that was seen, what it was taken for and why; and one of them looked at again.

In charge of finding the order that a mail belongs to, of getting a mail again from where it lies (the store, a file,
the mailbox by PEEK), and of storing what a second reading says of it. Of a mail that is not about a purchase nothing
more is kept than before. It words nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor import imap, mailfiles
from monitor.config import Config, SecretError
from monitor.imap import MailboxError
from monitor.knowledge import Knowledge
from monitor.run import orders, reading
from monitor.run.intake import settle
from monitor.run.intake.batch import Batch
from monitor.run.intake.sessions import Session
from monitor.run.intake.summary import AccountSummary, Counts
from monitor.store.words import Location, MailRow
from monitor.types import Order, RawMail, Triage

if TYPE_CHECKING:
    from monitor.run.intake.reader import Reader
    from monitor.store import Store

SHORTEST = 4
"""Letters of a mail's id that are enough where they fit one mail only."""


class MailNotFound(LookupError):
    """No mail that was seen has that id."""


class MailAmbiguous(LookupError):
    """Several mails have an id that begins so; `ids` are a few of them."""

    def __init__(self, reference: str, ids: tuple[str, ...]) -> None:
        super().__init__(reference)
        self.ids = ids


@dataclass(frozen=True, slots=True)
class Entry:
    """One mail with the order that it belongs to, if any."""

    mail: MailRow
    order: Order | None


@dataclass(frozen=True, slots=True)
class Again:
    """A mail, read again. `raw` is None where it lies nowhere any more; then `missing` says why.

    `source`: "store", "file" or "mailbox". `triage` is what its header alone says, `read` what the whole of it says,
    whatever the header says.
    """

    entry: Entry
    raw: RawMail | None = None
    source: str = ""
    triage: Triage | None = None
    read: reading.Read | None = None
    missing: tuple[str, ...] = ()


def entries(
    store: Store, config: Config, *, now: datetime, since: datetime | None = None, kind: str | None = None,
    everything: bool = False,
) -> Iterator[Entry]:  # fmt: skip
    """Every mail by the moment it came, oldest first; `since`, `kind` (a `Kind` value) narrow it.

    Without `everything` only mails whose body was read: the header alone ruled the others out.
    """
    homes = _homes(store, config, now)
    for row in store.mails(since=since, candidate=None if everything else True):
        if kind is None or row.kind == kind:
            yield Entry(row, homes.get(row.identity))


def find(store: Store, config: Config, reference: str, *, now: datetime) -> Entry:
    """The mail with that id, or whose id alone begins so. Raises MailNotFound, MailAmbiguous."""
    wanted = reference.strip().casefold()
    row = store.mail(wanted)
    if row is None:
        if len(wanted) < SHORTEST:
            raise MailNotFound(reference)
        fitting = [found for found in store.mails() if found.identity.startswith(wanted)]
        if not fitting:
            raise MailNotFound(reference)
        if len(fitting) > 1:
            raise MailAmbiguous(reference, tuple(found.identity for found in fitting[:5]))
        row = fitting[0]
    return Entry(row, _homes(store, config, now).get(row.identity))


def _homes(store: Store, config: Config, now: datetime) -> dict[str, Order]:
    """By the identity of a mail: the order that holds it."""
    return {
        event.mail: view.order
        for view in orders.orders(store, config, None, now)
        for event in view.order.events
        if event.mail and event.reading is not None
    }


def again(
    store: Store, config: Config, knowledge: Knowledge, entry: Entry, *, now: datetime,
    environ: Mapping[str, str],
) -> Again:  # fmt: skip
    """The mail read again, from what is kept of it, else from where it lies; stores nothing."""
    reader = settle.make_reader(store, config, knowledge, now)
    raw, source, missing = _fetch(store, config, entry.mail, reader, environ)
    if raw is None:
        return Again(entry, missing=missing)
    triage = reader.decide(reader.header(raw.content, _authserv_id(config, raw.account)))
    read = reading.read(
        raw, entry.mail.identity, knowledge, now=now, own=config.own_addresses(), header_decides=False
    )  # fmt: skip
    return Again(entry, raw, source, triage, read)


def take(store: Store, config: Config, knowledge: Knowledge, found: Again, *, now: datetime) -> Entry | None:
    """Store what a mail that was read again says, as a pass would have, and link all orders anew.

    Where it is not about a purchase, only its verdict is kept, and what was kept of it before is dropped.
    None: it could not be read, and nothing was changed.
    """
    identity = found.entry.mail.identity
    if found.raw is None:
        return None
    reader = settle.make_reader(store, config, knowledge, now)
    authserv_id = _authserv_id(config, found.raw.account)
    header = reader.header(found.raw.content, authserv_id)
    reader.decide(header)
    kept = reader.read(found.raw, header, authserv_id)
    if kept.problem is not None:
        return None
    with store.transaction():
        store.resolve_problems(now, mail=identity)
        if kept.reading is None:
            store.purge_readings([identity])
        batch = Batch()
        batch.add(kept, Counts())
        batch.store(store, now)
        orders.relink(store, config, now=now)
    return Entry(store.mail(identity) or found.entry.mail, _homes(store, config, now).get(identity))


def _authserv_id(config: Config, account: str) -> str | None:
    return config.accounts[account].authserv_id if account in config.accounts else None


# -- getting a mail again -----------------------------------------------------------------------------------------


def _fetch(
    store: Store, config: Config, row: MailRow, reader: Reader, environ: Mapping[str, str]
) -> tuple[RawMail | None, str, tuple[str, ...]]:
    """The mail, whence it came, and, where it could not be had, why."""
    places = store.locations(row.identity)
    content = store.raw(row.identity)
    if content is not None:
        place = places[0] if places else Location(orders.IMPORT, "", 0, 0, row.identity)
        left_out = store.left_out(row.identity)
        raw = RawMail(
            place.account, place.folder, place.uidvalidity, place.uid, row.received_at, content, len(content), left_out
        )
        return raw, "store", ()
    max_body = config.reading.max_body_mb * 1_000_000
    missing: list[str] = []
    for place in sorted(places, key=lambda place: place.account != mailfiles.ACCOUNT):  # files cost no connection
        if place.account == mailfiles.ACCOUNT:
            file = mailfiles.read(place.folder, place.uid, max_body=max_body)
            if file is not None and reader.header(file.content, None).identity == row.identity:
                return file, "file", ()
        elif place.account in config.accounts:
            try:
                mail = _from_mailbox(config, place, reader, max_body, environ)
            except MailboxError as error:
                missing.append(f"{place.account}: {error.message(config.user.language)}")
                continue
            except SecretError as error:
                missing.append(f"{place.account}: {error}")
                continue
            if mail is not None:
                return mail, "mailbox", ()
    return None, "", tuple(missing)


def _from_mailbox(
    config: Config, place: Location, reader: Reader, max_body: int, environ: Mapping[str, str]
) -> RawMail | None:
    """The mail from its place in a mailbox, None if it lies there no more. Raises `MailboxError`, `SecretError`."""
    session = Session(place.account, config.accounts[place.account], AccountSummary(place.account))
    try:
        connection = session.connect(config, environ, imap.SECONDS_TO_ANSWER)
        folder = next((folder for folder in connection.folders() if folder.name == place.folder), None)
        if folder is None or connection.examine(folder).uidvalidity != place.uidvalidity:
            return None
        got, _ = connection.headers([place.uid])
        authserv_id = _authserv_id(config, place.account)
        for fetched in got:
            if reader.header(fetched.sections[b"HEADER"], authserv_id).identity != place.identity:
                continue
            for bodies, _ in connection.bodies([(fetched.uid, fetched.size)], max_body):
                for body in bodies:
                    return RawMail(
                        place.account, place.folder, place.uidvalidity, place.uid, body.fetched.received_at,
                        body.content, body.fetched.size, body.left_out,
                    )  # fmt: skip
        return None
    finally:
        session.drop()
