"""Folds the events of one order into the order as it stands.

In charge of what the events add up to: money paid, promised and given back, parcels, promises of dates, the
seller's last word, the user's unanswered letter. It does not judge (what is due, who is late) and does no I/O;
`now` plays no part in it: an order at a moment is the fold of the events up to that moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta, tzinfo
from decimal import Decimal

from monitor.ledger import own
from monitor.ledger.mails import take_letter, take_mail
from monitor.ledger.statements import parse_amount, take_statement
from monitor.ledger.tally import BY_USER, SELLER_KINDS, Add, Tally
from monitor.types import (
    Authentication,
    Event,
    Kind,
    Money,
    Order,
    OrderClass,
    Reading,
    Seller,
    Settlement,
    Source,
)

__all__ = ["Add", "fold", "parse_amount"]

# Methods whose money is not with the seller when the order is placed, unless a mail says that it has arrived.
PAID_LATER = frozenset({"bank_transfer", "virtual_account", "bank_transfer_toss", "postpaid"})
REFUND_SUM = "refund_sum"
"""The question that a refund of unknown sum raises; with ":part" where it is known to be no more than a part."""
_STATED_LATE = timedelta(days=60)  # a stated order date further back than this is some other date


def fold(
    order_id: str,
    seller: Seller,
    number: str | None,
    events: Sequence[Event],
    *,
    zone: tzinfo,
    add: Add,
    questions: Iterable[str] = (),
    accounts: Iterable[str] = (),
) -> Order:
    """The order that `events` (of one order, any order) tell.

    `zone` is the user's time zone; `add` turns a day and a stated `Span` into the day on which it ends. Raises
    ValueError when there are no events.
    """
    if not events:
        raise ValueError("an order without events")
    ordered = sorted(events, key=lambda event: (event.at, event.source is not Source.MAIL, event.id))
    tally = Tally(seller, number)
    opener = _opener(ordered)
    tally.placed_at = _placed_at(opener, zone)
    for event in ordered:
        if event.source is Source.MAIL and event.reading is not None:
            take_mail(tally, event, event.reading, zone, add)
        elif event.source is Source.USER:
            take_statement(tally, event, zone)
        elif event.kind == "letter":
            take_letter(tally, event)
    return _order(order_id, tally, ordered, opener, questions, accounts, zone, add)


def _opener(events: Sequence[Event]) -> Event:
    for event in events:
        if event.source is Source.MAIL and event.kind in SELLER_KINDS and event.kind != Kind.SELLER_REPLY:
            return event
    return events[0]


def _placed_at(opener: Event, zone: tzinfo) -> datetime:
    """The stated day of the order where the opening mail names one, else the moment of that mail."""
    stated = opener.reading.finding.placed_at if opener.reading is not None else None
    day = opener.at.astimezone(zone).date()
    if stated is None or stated.value >= day or day - stated.value > _STATED_LATE:
        return opener.at
    return datetime.combine(stated.value, time(), zone)


def _order(
    order_id: str,
    tally: Tally,
    events: Sequence[Event],
    opener: Event,
    questions: Iterable[str],
    accounts: Iterable[str],
    zone: tzinfo,
    add: Add,
) -> Order:
    readings = [event.reading for event in events if event.reading is not None]
    sellers = [r for e, r in _mail_pairs(events) if e.kind in SELLER_KINDS]
    opening = opener.reading
    suspicious = opening is not None and opening.authentication is Authentication.FAIL
    settlement, paid_at = _settlement(tally)
    total = tally.total
    if total is not None and total.amount == 0:
        tally.order_class = OrderClass.FREE
    paid = (tally.received or total) if settlement is Settlement.RECEIVED and paid_at is not None else None
    given, whole = _given_back(tally, paid or total)
    asked = set(questions)
    unknown = [refund for refund in tally.refunds if refund[1] is None]
    if not whole and unknown and tally.missing_at is None:
        part = given is not None or all(partial for _, _, partial, _ in unknown)
        asked.add(f"{REFUND_SUM}:part" if part else REFUND_SUM)
    if tally.disputed & {"order_number", "total"}:
        asked.add("which_value")
    fresh = [letter for letter in tally.letters if letter.id not in tally.bounced_letters]
    unanswered = own.unanswered(fresh, tally.last_word)
    came = tally.delivered_at is not None
    given_up = own.standing([*fresh, *(event for event in events if event.kind == "contact")], zone, add, came=came)
    if given_up.doubtful and not (tally.cancelled_at or tally.refunds or tally.shipped_at):
        asked.add("still_withdrawn")
    if given_up.perhaps and not (tally.cancelled_at or tally.refunds or tally.refund_promised_at):
        asked.add("perhaps_withdrawn")
    since = given_up.withdrawal
    told = tally.cancelled_at or tally.refunds or tally.refund_promised_at
    if since is None and not told and any(to == "marketplace" and own.gives_up(one) for one, to in tally.elsewhere):
        asked.add("withdrawn_elsewhere")  # does he give it up to the seller too?
    after = [one for one in unanswered if since is None or (one.at > since.at and not own.gives_up(one, came=came))]
    named = [own.asked_until(one, zone, add) for one in unanswered]
    return Order(
        id=order_id,
        seller=tally.seller,
        number=tally.number,
        placed_at=tally.placed_at or opener.at,
        events=tuple(events),
        items=tuple(tally.items),
        total=total,
        paid=paid,
        promised_back=tally.promised_back,
        given_back=given,
        settlement=settlement,
        paid_at=paid_at,
        payment_failed_at=tally.failed_at,
        payment=tally.payment,
        payment_method=tally.payment_method,
        instalments=tally.instalments,
        order_class=tally.order_class or OrderClass.PHYSICAL,
        parcels=tuple(tally.parcels),
        parcels_expected=tally.parcels_expected,
        shipped_at=tally.shipped_at,
        all_shipped=tally.shipped_at is not None
        and not tally.partly_shipped
        and len(tally.parcels) >= (tally.parcels_expected or 0),
        delivered_at=tally.delivered_at,
        delivery_reported_by_mail=tally.delivery_reported,
        arrived_said=tally.arrived_said,
        cancelled_at=tally.cancelled_at,
        partly_cancelled=tally.partly_cancelled,
        returned_at=tally.returned_at,
        refund_promised_at=tally.refund_promised_at,
        refunded_at=tally.refunds[-1][0] if tally.refunds else None,
        fully_refunded=whole and tally.missing_at is None,
        refund_missing_at=tally.missing_at,
        closed_at=tally.closed_at,
        snoozed_until=tally.snoozed_until,
        promises=tuple(tally.promises),
        put_off=tally.put_off,
        last_human_word=tally.last_human_word,
        unanswered_letter_at=unanswered[0].at if unanswered else None,
        answer_until=max((day for day in named if day is not None), default=None),
        withdrawal=since,
        withdrawal_until=given_up.until,
        asked_after_withdrawal_at=after[0].at if since is not None and after else None,
        letters=tuple(tally.letters),
        letters_elsewhere=tuple(tally.elsewhere),
        bounced=bool(tally.letters) and tally.letters[-1].id in tally.bounced_letters,
        authentication=opening.authentication if opening is not None else Authentication.NONE,
        suspicious=suspicious,
        contacts=tuple(tally.contacts),
        language=_language(sellers),
        questions=tuple(sorted(asked)),
        accounts=tuple(sorted({*accounts, *(name for r in readings for name in r.accounts)})),
        sold_by=tally.sold_by,
        identity=tally.identity,
        senders=tuple(dict.fromkeys(r.sender for r in sellers if r.authentication is not Authentication.FAIL)),
    )


def _mail_pairs(events: Sequence[Event]) -> list[tuple[Event, Reading]]:
    return [(e, e.reading) for e in events if e.source is Source.MAIL and e.reading is not None]


def _settlement(tally: Tally) -> tuple[Settlement, datetime | None]:
    """Paid when placed, unless the mails ask for the money or name a method that pays later, and none has it received.

    A seller who dispatches what was to be paid first has his money.
    """
    if tally.failed_at is not None:
        return Settlement.AWAITED, None
    if tally.on_delivery or tally.payment == "cod":
        return Settlement.ON_DELIVERY, tally.settled_at
    if tally.settled_at is not None:
        return Settlement.RECEIVED, tally.settled_at
    if tally.awaited or tally.payment in PAID_LATER:
        if tally.shipped_at is not None:
            return Settlement.RECEIVED, tally.shipped_at
        return Settlement.AWAITED, None
    return Settlement.RECEIVED, tally.placed_at


def _given_back(tally: Tally, owed: Money | None) -> tuple[Money | None, bool]:
    """The sum given back, and whether that is all of it. Sums in different currencies are never added.

    A mail that names no sum may be about a part: it is the whole by the user's own word alone, or where no sum is known
    of the order at all but from such mails.
    """
    if not tally.refunds:
        return None, False
    amounts = [amount for _, amount, _, _ in tally.refunds if amount is not None]
    if not amounts:
        said = any(service == BY_USER for _, _, _, service in tally.refunds)
        return None, said or (owed is None and tally.only_refunds)
    currency = owed.currency if owed is not None and any(m.currency == owed.currency for m in amounts) else None
    currency = currency or amounts[-1].currency
    total = sum((m.amount for m in amounts if m.currency == currency), Decimal(0))
    if owed is None or owed.currency != currency:
        whole = not any(partial for _, _, partial, _ in tally.refunds)
    else:
        whole = total >= owed.amount
    return Money(total, currency), whole


def _language(readings: Sequence[Reading]) -> str:
    counts: dict[str, int] = {}
    for reading in readings:
        if reading.verdict.language != "und":
            counts[reading.verdict.language] = counts.get(reading.verdict.language, 0) + 1
    return max(counts, key=lambda language: counts[language]) if counts else "en"
