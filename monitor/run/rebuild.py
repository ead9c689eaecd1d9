"""`rebuild`: everything that was read from mails is thrown away and read again from the mails as they came.

In charge of doing that whole or not at all, and of leaving alone what the user said and what the program did. It
fetches nothing: mails whose header alone ruled them out keep that verdict until the mailbox is read again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.config import Config
from monitor.knowledge import Knowledge
from monitor.run import orders
from monitor.run.intake import settle
from monitor.run.intake.batch import Batch
from monitor.run.intake.summary import Counts, Progress
from monitor.types import RawMail

if TYPE_CHECKING:
    from monitor.store import Store

_BATCH = 200


@dataclass(frozen=True, slots=True)
class RebuildSummary:
    """How many mails were read again, how many of them are about purchases, and how many could not be read."""

    mails: int
    purchases: int
    unreadable: int


def rebuild(
    store: Store, config: Config, knowledge: Knowledge, *, now: datetime, progress: Progress | None = None
) -> RebuildSummary:
    """Reads every kept mail again and links the orders anew, in one transaction: interrupted, nothing has changed."""
    counts = Counts()
    with store.transaction():
        waiting = store.rebuild_begin()
        reader = settle.make_reader(store, config, knowledge, now)
        batch = Batch()
        for done, identity in enumerate(waiting, 1):
            content = store.raw(identity)
            row = store.mail(identity)
            if content is None or row is None:
                continue
            place = next(iter(store.locations(identity)), None)
            account = config.accounts.get(place.account) if place is not None else None
            authserv_id = account.authserv_id if account is not None else None
            header = reader.header(content, authserv_id)
            raw = RawMail(
                account=place.account if place is not None else orders.IMPORT,
                folder=place.folder if place is not None else "",
                uidvalidity=place.uidvalidity if place is not None else 0,
                uid=place.uid if place is not None else 0,
                received_at=row.received_at,
                content=content,
                size=len(content),
                left_out=store.left_out(identity),
            )
            reader.decide(header)  # so that its thread is known to the answers that follow
            batch.add(reader.read(raw, header, authserv_id), counts)
            if len(batch.mails) >= _BATCH:
                batch.store(store, now)
                batch = Batch()
            if progress is not None:
                progress(done, len(waiting))
        batch.store(store, now)
        orders.relink(store, config, now=now)  # the next scan settles: it can also fetch what is missing
    return RebuildSummary(len(waiting), counts.purchases, counts.unreadable)
