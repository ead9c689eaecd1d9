"""How well the mails of each sender can be read: gathers from the store what `health` compares.

In charge of which mails count, and under whose name. A sender is a registrable domain; where many sellers share one
(a mail provider, a shop platform), the seller that was read from the mail.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from monitor import health
from monitor.health import Seen, Sender
from monitor.knowledge import domains
from monitor.types import Finding, Kind, Reading

if TYPE_CHECKING:
    from monitor.store import Store

_PURCHASE = frozenset(
    {
        Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT, Kind.PAYMENT_FAILED, Kind.SHIPPED, Kind.DELIVERED,
        Kind.DELAYED, Kind.CANCELLATION, Kind.RETURNED, Kind.REFUND_PROMISED, Kind.REFUND,
    }
)  # fmt: skip
_ON_THE_WAY = frozenset({Kind.SHIPPED, Kind.DELIVERED, Kind.DELAYED})
_ADVERT = "marked as an advert"  # the verdict's reason


def senders(store: Store, now: datetime) -> list[Sender]:
    """Every sender of the last 14 months, those whose mails can no longer be read first."""
    return health.senders(_seen(store, now), now)


def dropped(store: Store, now: datetime) -> list[Sender]:
    """The senders whose mails can no longer be read."""
    return health.dropped(_seen(store, now), now)


def _seen(store: Store, now: datetime) -> Iterator[Seen]:
    """The mails that count: bodies that were looked into, without letters, personal answers and marked adverts."""
    readings = {reading.identity: reading for reading in store.readings()}
    for row in store.mails(since=now - health.RECENT - health.BEFORE, until=now, candidate=True):
        kind = None if row.kind is None else Kind(row.kind)
        if kind not in _PURCHASE and kind not in (None, Kind.OTHER):
            continue
        if kind is Kind.OTHER and row.reason == _ADVERT:
            continue
        reading = readings.get(row.identity)
        sender, name = _name(row.counterpart_domain, reading)
        if sender:
            purchase = kind in _PURCHASE and reading is not None
            read = purchase and reading is not None and has_values(reading.finding)
            yield Seen(sender, name, row.received_at, purchase, read)


def _name(domain: str, reading: Reading | None) -> tuple[str, str]:
    """What the sender is counted under and what he is called; "" where nobody knows who it was."""
    seller = reading.verdict.seller.value if reading is not None and reading.verdict.seller is not None else None
    if domains.is_shared(domain):
        return (seller.key, seller.name) if seller is not None else ("", "")
    own = seller is not None and reading is not None and not reading.verdict.from_service
    return domain, seller.name if seller is not None and own else ""


def has_values(finding: Finding) -> bool:
    """Whether a purchase mail gave what such a mail has: an order number or an amount, or where the parcel is."""
    if finding.order_number is not None or finding.total is not None:
        return True
    return finding.kind in _ON_THE_WAY and bool(finding.tracking_numbers)
