"""Orders, judgements and users to draft letters from: an order of 2 November, looked at on the 23rd."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from monitor import ledger
from monitor.types import Authentication, Event, Judgement, Kind, Order
from tests.cast import HANBIT, ME, SEOUL, add_days, mail_event, reading, won

TODAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PLACED = datetime(2026, 11, 2, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class User:
    """Who writes, as the `[user]` table of the settings has it."""

    name: str = "김민지"
    addresses: tuple[str, ...] = (ME,)
    language: str = "ko"
    timezone: str = "Asia/Seoul"
    postal_address: str = ""
    phone: str = ""


KIM = User()
SMITH = User(name="Jane Smith", language="en", timezone="Europe/London")


def order_of(*events: Event, **changes: object) -> Order:
    """An order that one mail opened; `events` that came after it, `changes` of what follows from them."""
    opener = mail_event(
        reading(
            Kind.ORDER_CONFIRMATION,
            at=PLACED,
            number="2026-1102",
            total=won(126800),
            authentication=Authentication.PASS,
        )
    )
    made = ledger.fold("order", HANBIT, "2026-1102", (opener, *events), zone=SEOUL, add=add_days)
    return replace(made, **({"language": "ko"} | changes))


def judged(waits_for: str = "dispatch") -> Judgement:
    """A flagged order that waits for this."""
    return Judgement(
        "order", NOW, "paid", waits_for, date(2026, 11, 5), 18, PLACED, True, False, None, (), "reason.plain"
    )
