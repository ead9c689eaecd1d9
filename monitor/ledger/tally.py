"""What is being added up: an order while its events are taken in, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from monitor.types import (
    OPENING_KINDS,
    Authentication,
    Contact,
    Event,
    Kind,
    Money,
    OrderClass,
    Parcel,
    Promise,
    Seller,
    SellerIdentity,
    Span,
)

Add = Callable[[date, Span], date]

BY_USER = "user"
"""In place of the service that told of a refund: the user's own word."""
SELLER_KINDS = OPENING_KINDS | {Kind.SELLER_REPLY, Kind.DISPUTE_UPDATE}


@dataclass(slots=True)
class Tally:
    """An order while its events are being added up."""

    seller: Seller
    number: str | None
    total: Money | None = None
    received: Money | None = None
    awaited: bool = False
    on_delivery: bool = False
    settled_at: datetime | None = None
    failed_at: datetime | None = None
    payment: str | None = None
    payment_method: str | None = None
    instalments: int | None = None
    order_class: OrderClass | None = None
    items: list[str] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    parcels_expected: int | None = None
    partly_shipped: bool = False
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    delivery_reported: bool = False
    arrived_said: bool | None = None
    cancelled_at: datetime | None = None
    partly_cancelled: bool = False
    returned_at: datetime | None = None
    promised_back: Money | None = None
    refund_promised_at: datetime | None = None
    refunds: list[tuple[datetime, Money | None, bool, str]] = field(default_factory=list)
    missing_at: datetime | None = None  # when the user said that the money of a reported refund has not come
    only_refunds: bool = True  # no mail of the seller's but about refunds
    closed_at: datetime | None = None
    snoozed_until: date | None = None
    promises: list[Promise] = field(default_factory=list)
    put_off: int = 0
    last_word: datetime | None = None  # of the seller, by whatever mail that is not automatic
    last_human_word: datetime | None = None
    letters: list[Event] = field(default_factory=list)
    elsewhere: list[tuple[Event, str]] = field(default_factory=list)  # letters to others than the seller, and to whom
    senders: set[str] = field(default_factory=set)  # addresses from which the seller wrote
    bounced_letters: set[str] = field(default_factory=set)
    contacts: list[tuple[Contact, Authentication]] = field(default_factory=list)
    identity: SellerIdentity | None = None
    sold_by: str = ""
    disputed: set[str] = field(default_factory=set)  # fields whose readers disagree
    placed_at: datetime | None = None
