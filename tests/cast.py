"""A small cast for tests of the pure stages: readings and events built by hand, with names instead of mocks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeVar
from zoneinfo import ZoneInfo

from monitor.types import (
    Address,
    Authentication,
    Contact,
    Event,
    Finding,
    Kind,
    Money,
    Reading,
    Seller,
    Settlement,
    Source,
    Span,
    Stated,
    Unit,
    Verdict,
)

T = TypeVar("T")

ME = "mina@example.com"
SEOUL = ZoneInfo("Asia/Seoul")
NOON = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)  # noon in Seoul, a Monday (and a substitute holiday there)
HANBIT = Seller(key="hanbit.example", name="한빛상회", domain="hanbit.example")
NORTH = Seller(key="north.example", name="North Store", domain="north.example")


def stated(value: T) -> Stated[T]:
    """A value as if a mail had said it."""
    return Stated(value, str(value), "generic")


def won(amount: int) -> Money:
    return Money(Decimal(amount), "KRW")


def add_days(day: date, span: Span) -> date:
    """Calendar arithmetic that is enough for the ledger: business days are its caller's charge."""
    return day + timedelta(days=span.count * (7 if span.unit is Unit.WEEKS else 1))


def reading(
    kind: Kind,
    *,
    at: datetime = NOON,
    days: float = 0,
    seller: Seller | None = HANBIT,
    number: str | None = None,
    total: Money | None = None,
    tracking: Sequence[str] = (),
    message_id: str | None = None,
    references: Sequence[str] = (),
    sender: str | None = None,
    to: Sequence[str] = (ME,),
    own: bool = False,
    authentication: Authentication = Authentication.NONE,
    auto: bool = False,
    service: str = "",
    payment: str | None = None,
    settlement: Settlement | None = None,
    promised_by: date | Span | None = None,
    refund_by: date | Span | None = None,
    placed_at: date | None = None,
    partial: bool | None = None,
    parcels: int | None = None,
    contacts: Sequence[Contact] = (),
    mentions: Sequence[str] = (),
    failed: Sequence[str] = (),
    links_to: Sequence[str] = (),
    account: str = "home",
    program: bool = False,
    name: str = "",
) -> Reading:
    """A reading of one mail; `days` after `at`. Its identity is made from everything that tells it apart."""
    moment = at + timedelta(days=days)
    address = sender or (ME if own else f"shop@{seller.domain}" if seller and seller.domain else "info@unknown.example")
    seed = f"{kind}{moment}{number}{address}{total}{tracking}{message_id}{name}"
    identity = hashlib.sha256(seed.encode()).hexdigest()[:32]
    finding = Finding(
        kind=kind,
        order_number=stated(number) if number else None,
        total=stated(total) if total else None,
        tracking_numbers=tuple(stated(t) for t in tracking),
        payment=payment,
        settlement=stated(settlement) if settlement else None,
        promised_by=stated(promised_by) if promised_by else None,
        refund_by=stated(refund_by) if refund_by else None,
        placed_at=stated(placed_at) if placed_at else None,
        partial=stated(partial) if partial is not None else None,
        parcels=stated(parcels) if parcels else None,
        contacts=tuple(contacts),
    )
    verdict = Verdict(kind, stated(seller) if seller and not own else None, "ko", "test", from_service=service)
    return Reading(
        identity=identity,
        message_id=message_id or f"{identity}@example",
        references=tuple(references),
        sender=Address("", address),
        reply_to=None,
        to=tuple(Address("", t) for t in to),
        subject="",
        sent_at=moment,
        received_at=moment,
        authentication=authentication,
        auto_submitted=auto,
        verdict=verdict,
        finding=finding,
        own=own,
        program=program,
        accounts=(account,),
        failed_recipients=tuple(failed),
        body_mentions=tuple(mentions),
        links_to=tuple(links_to),
    )


def mail_event(reading: Reading, kind: Kind | None = None) -> Event:
    """The event that linking makes of a reading."""
    return Event(
        id="m" + reading.identity,
        order_id="order",
        at=reading.received_at,
        kind=(kind or reading.verdict.kind).value,
        source=Source.MAIL,
        mail=reading.identity,
        reading=reading,
    )


def said(kind: str, *, at: datetime = NOON, days: float = 0, **payload: str) -> Event:
    """Something that the user said."""
    return Event(
        id=f"u{kind}{days}",
        order_id="order",
        at=at + timedelta(days=days),
        kind=kind,
        source=Source.USER,
        payload=payload,
    )
