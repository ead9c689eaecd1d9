"""The days that a period can be counted from, and what stands in for one that is not known.

In charge of `Facts` and of finding the day of a clock event: as it is known, under another name for the same day, or
put at its earliest possible day and marked as assumed. What has not happened stays None: no clock begins by it.
`clocks` counts from here on.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

# Days. AliExpress pages name 60, 75 and 90: the shortest, until the order page is read; less the 15 that its rule adds
# after completion, as the earliest end is that of the protection itself.
SHORTEST_PROTECTION = 60 - 15
LEGAL_DELIVERY = 30  # days after the order: the delivery that UK and EU law expect where none was agreed

EXPECTED = (
    "latest_promised_delivery_date", "estimated_delivery_date_latest", "expected_delivery_date_last",
    "promised_delivery_date",
)  # fmt: skip
# The same day under another name, or the one that the rule base names where the exact one is not known.
STANDS_FOR: Mapping[str, tuple[str, ...]] = {
    "transaction_date": ("payment_date",),
    "transaction_processing_date": ("transaction_date", "payment_date"),
    "transaction_settlement_date": ("transaction_date", "payment_date"),
    "loss_date": ("payment_date",),
    "refund_right_vests_date": ("cancel_date",),
    **{event: tuple(other for other in EXPECTED if other != event) for event in EXPECTED},
}
# The earliest day on which it can have been, where its own is not known.
_NOT_BEFORE: Mapping[str, tuple[str, ...]] = {
    "payment_date": ("order_date",),
    "transaction_date": ("order_date",),
    "transaction_processing_date": ("order_date",),
    "transaction_settlement_date": ("order_date",),
    "loss_date": ("order_date",),
    "contract_document_date": ("order_date",),
    "debit_date": ("payment_date", "order_date"),
    "statement_sent_date": ("payment_date", "order_date"),
    "order_complete_date": ("order_date",),
    "discovery_date": ("delivery_date",),
    "demand_received_date": ("formal_demand_date",),
    "promised_delivery_date": ("payment_date", "order_date"),
    "latest_promised_delivery_date": ("payment_date", "order_date"),
    "expected_delivery_date_last": ("payment_date", "order_date"),
    "estimated_delivery_date_latest": ("payment_date", "order_date"),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """The days that are known: clock event -> day in the user's time zone. `assumed`: events whose day is a guess."""

    events: Mapping[str, date] = field(default_factory=dict)
    assumed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Start:
    """A day to count from, the event that it is the day of, and whether it is a guess."""

    day: date
    event: str
    assumed: bool


def next_payment_day(after_day: date, payment_day: int) -> date:
    """The first card payment day after `after_day`; a day that a month lacks is its last. Holidays do not move it."""
    year, month = after_day.year, after_day.month
    while year <= date.max.year:
        found = date(year, month, min(max(payment_day, 1), monthrange(year, month)[1]))
        if found > after_day:
            return found
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return date.max


def later(day: date, days: int) -> date:
    """So many days later (negative: earlier); the ends of the calendar where there is none, as mails name any year."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min


def month_end(day: date) -> date:
    """The last day of its month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def known(event: str, facts: Facts) -> Start | None:
    """The day of an event as it is known, under its own name or one that stands for it; None if only assumed."""
    for name in (event, *STANDS_FOR.get(event, ())):
        if name in facts.events and name not in facts.assumed:
            return Start(facts.events[name], event, False)
    if event == "payment_month_end" and (paid := known("payment_date", facts)) is not None:
        return Start(month_end(paid.day), event, False)
    if event == "breach_date" and (expected := known("promised_delivery_date", facts)) is not None:
        return Start(later(expected.day, 1), event, False)
    return None


def start_of(event: str, facts: Facts, payment_day: int | None = None, *, earliest: bool = True) -> Start | None:
    """The day from which to count; the earliest possible where it is not known; None if it has not happened.

    `earliest` False: no day is put at its earliest, as for a wait, which an early day would cut short.
    """
    if event in facts.events:
        return Start(facts.events[event], event, event in facts.assumed)
    if (sure := known(event, facts)) is not None:
        return sure
    for name in (*STANDS_FOR.get(event, ()), *(_NOT_BEFORE.get(event, ()) if earliest else ())):
        if name in facts.events:
            return Start(facts.events[name], event, True)
    paid = start_of("payment_date", facts) if event != "payment_date" else None
    if paid is None or not earliest:
        return None
    match event:
        case "payment_month_end":
            return Start(month_end(paid.day), event, True)
        case "card_payment_due_date":
            day = next_payment_day(paid.day, payment_day) if payment_day else later(paid.day, 1)
            return Start(day, event, True)
        case "buyer_protection_end_date":
            return Start(later(paid.day, SHORTEST_PROTECTION), event, True)
        case "breach_date":
            return Start(later(paid.day, LEGAL_DELIVERY + 1), event, True)
        case _:
            return None
