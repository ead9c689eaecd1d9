"""What the user's word adds to an order, and amounts as he types them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time, tzinfo
from decimal import Decimal

from monitor.ledger.tally import BY_USER, Tally
from monitor.money import CODES, spelled
from monitor.types import (
    Event,
    Expectation,
    Money,
    Parcel,
    Promise,
)

LARGEST = Decimal(10) ** 12
"""More than anybody pays for an order in any currency; beyond it a finger slipped."""


def take_statement(tally: Tally, event: Event, zone: tzinfo) -> None:
    value = event.payload.get("value", "")
    match event.kind:
        case "arrived":
            tally.arrived_said = True
            tally.shipped_at = tally.shipped_at or event.at
            tally.delivered_at = event.at
        case "not_arrived":
            tally.arrived_said = False
            tally.delivered_at = None
        case "paid":
            tally.settled_at = event.at
            tally.failed_at = None
        case "returned":
            tally.returned_at = event.at
        case "not_refunded":
            tally.missing_at = event.at
        case "refunded":
            tally.missing_at = None
            amount = parse_amount(value, tally.total.currency if tally.total else None)
            unnamed = [at for at, sum_, _, _ in tally.refunds if sum_ is None]  # he says how much these were
            tally.refunds = [refund for refund in tally.refunds if refund[1] is not None]
            given = amount or rest(tally)
            whole = amount is None or (tally.total is not None and amount.amount >= tally.total.amount)
            tally.refunds.append((unnamed[-1] if unnamed else event.at, given, not whole, BY_USER))
        case "closed":
            tally.closed_at = event.at
        case "reopened":
            tally.closed_at = tally.snoozed_until = None
        case "snooze":
            tally.snoozed_until = date.fromisoformat(value)
        case "set":
            _set(tally, event.payload.get("field", ""), value, event, zone)


def _set(tally: Tally, name: str, value: str, event: Event, zone: tzinfo) -> None:
    tally.disputed.discard(name)
    match name:
        case "seller":
            tally.seller = replace(tally.seller, name=value)
        case "order_number":
            tally.number = value
        case "total":
            money = parse_amount(value, tally.total.currency if tally.total else None)
            tally.total = money or tally.total
        case "payment":
            tally.payment = value
        case "payment_method":
            tally.payment_method = value
        case "instalments":
            tally.instalments = int(value)
        case "placed_at":
            tally.placed_at = datetime.combine(date.fromisoformat(value), time(), zone)
        case "items":
            tally.items = [item for item in value.split("; ") if item]
        case "tracking_number":
            _number(tally, value)
        case "carrier":
            tally.parcels = [replace(parcel, carrier=value) for parcel in tally.parcels] or [
                Parcel("", value, None, None)
            ]
        case "delivered_on":
            came = datetime.combine(date.fromisoformat(value), time(), zone)
            tally.arrived_said, tally.delivered_at = True, came
            tally.shipped_at = min(tally.shipped_at, came) if tally.shipped_at else came
        case "promised_by" | "dispatch_by" | "refund_by" | "pay_by":
            expectation = {
                "promised_by": Expectation.DELIVERY,
                "dispatch_by": Expectation.DISPATCH,
                "refund_by": Expectation.REFUND,
                "pay_by": Expectation.PAYMENT,
            }[name]
            tally.promises.append(Promise(expectation, date.fromisoformat(value), event.at, event.id))


def _number(tally: Tally, value: str) -> None:
    """ "NEW" for the only parcel, or for the one without a number; "OLD=NEW" for one among several."""
    old, _, new = value.rpartition("=")
    numbers = [parcel.tracking_number for parcel in tally.parcels]
    if old in numbers:
        place = numbers.index(old)
    elif len(numbers) == 1:
        place = 0
    else:
        place = numbers.index("") if "" in numbers else len(numbers)
    if place == len(numbers):
        tally.parcels.append(Parcel(new, "", None, None))
    else:
        tally.parcels[place] = replace(tally.parcels[place], tracking_number=new)


def rest(tally: Tally) -> Money | None:
    """What "all of it came back" means: the sum paid, without what had come back before."""
    owed = tally.received or tally.total
    if owed is None:
        return None
    before = sum((m.amount for _, m, _, _ in tally.refunds if m is not None and m.currency == owed.currency), Decimal())
    return Money(max(owed.amount - before, Decimal()), owed.currency)


def parse_amount(text: str, currency: str | None) -> Money | None:
    """ "12000", "12.50 EUR", "EUR 12.50", "7만2천원" or "칠만이천 원" as the user types it.

    None where it is no amount, has no currency, or is more than anybody can have paid.
    """
    if "원" in text or "₩" in text:
        currency = "KRW"
    words = text.replace(",", "").replace("원", " ").replace("₩", " ").split()
    for word in list(words):
        if len(word) == 3 and word.isascii() and word.isalpha():
            currency = word.upper()
            words.remove(word)
    said = spelled("".join(words))
    if said is not None and said <= LARGEST and (currency or "KRW") in CODES:
        return Money(said, currency or "KRW")
    if len(words) != 1 or not re.fullmatch(r"[0-9]{1,13}(\.[0-9]{1,4})?", words[0], re.ASCII):
        return None
    amount = Decimal(words[0])
    if currency is None or currency not in CODES or amount > LARGEST:
        return None
    return Money(amount, currency)
