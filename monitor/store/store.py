"""`Store`: the parts put together."""

from __future__ import annotations

from monitor.store.cases import Cases
from monitor.store.evidence import Evidence
from monitor.store.ledger import Ledger
from monitor.store.mails import Mails
from monitor.store.outbox import Outbox
from monitor.store.page import Page
from monitor.store.searched import Searched
from monitor.store.single import Single
from monitor.store.stale import Stale


class Store(Mails, Ledger, Evidence, Cases, Outbox, Page, Searched, Single, Stale):
    """All that the program remembers. Open with `Store.open(path)`, best as `with Store.open(path) as store:`.

    Every method that writes is atomic by itself; `with store.transaction():` makes one write of several. A store may
    be used from several threads; each has its own transactions.
    """
