"""Folds the events of one order into the order as it stands.

In charge of what the events add up to: money paid, promised and given back, parcels, promises of dates, the
seller's last word, the user's unanswered letter. It does not judge (what is due, who is late) and does no I/O;
`now` plays no part in it: an order at a moment is the fold of the events up to that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal, InvalidOperation

from monitor.types import (
    Authentication,
    Contact,
    Event,
    Expectation,
    Kind,
    Money,
    Order,
    OrderClass,
    Parcel,
    Promise,
    Reading,
    Seller,
    SellerIdentity,
    Settlement,
    Source,
    Span,
)

Add = Callable[[date, Span], date]

# Methods whose money is not with the seller when the order is placed, unless a mail says that it has arrived.
_PAID_LATER = frozenset({"bank_transfer", "virtual_account", "bank_transfer_toss", "postpaid"})
_SELLER_KINDS = frozenset(
    {
        Kind.ORDER_CONFIRMATION,
        Kind.PAYMENT_RECEIPT,
        Kind.PAYMENT_FAILED,
        Kind.SHIPPED,
        Kind.DELIVERED,
        Kind.DELAYED,
        Kind.CANCELLATION,
        Kind.RETURNED,
        Kind.REFUND_PROMISED,
        Kind.REFUND,
        Kind.SELLER_REPLY,
        Kind.DISPUTE_UPDATE,
    }
)
# A person at the seller's wrote these; confirmations, receipts and dispatch notices come from a machine.
_HUMAN = frozenset({Kind.SELLER_REPLY, Kind.DELAYED, Kind.DISPUTE_UPDATE})
_STATED_LATE = timedelta(days=60)  # a stated order date further back than this is some other date
_SAME_REFUND = timedelta(days=10)  # the shop's and the card company's notice of one refund


@dataclass(slots=True)
class _Tally:
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
    closed_at: datetime | None = None
    snoozed_until: date | None = None
    promises: list[Promise] = field(default_factory=list)
    put_off: int = 0
    last_word: datetime | None = None  # of the seller, by whatever mail that is not automatic
    last_human_word: datetime | None = None
    letters: list[Event] = field(default_factory=list)
    bounced_letters: set[str] = field(default_factory=set)
    contacts: list[tuple[Contact, Authentication]] = field(default_factory=list)
    identity: SellerIdentity | None = None
    disputed: set[str] = field(default_factory=set)  # fields whose readers disagree
    placed_at: datetime | None = None


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
    tally = _Tally(seller, number)
    opener = _opener(ordered)
    tally.placed_at = _placed_at(opener, zone)
    for event in ordered:
        if event.source is Source.MAIL and event.reading is not None:
            _take_mail(tally, event, event.reading, zone, add)
        elif event.source is Source.USER:
            _take_statement(tally, event, zone)
        elif event.kind == "letter":
            tally.letters.append(event)
    return _order(order_id, tally, ordered, opener, questions, accounts)


def _opener(events: Sequence[Event]) -> Event:
    for event in events:
        if event.source is Source.MAIL and event.kind in _SELLER_KINDS and event.kind != Kind.SELLER_REPLY:
            return event
    return events[0]


def _placed_at(opener: Event, zone: tzinfo) -> datetime:
    """The stated day of the order where the opening mail names one, else the moment of that mail."""
    stated = opener.reading.finding.placed_at if opener.reading is not None else None
    day = opener.at.astimezone(zone).date()
    if stated is None or stated.value >= day or day - stated.value > _STATED_LATE:
        return opener.at
    return datetime.combine(stated.value, time(), zone)


# -- mails ------------------------------------------------------------------------------------------------------


def _take_mail(tally: _Tally, event: Event, reading: Reading, zone: tzinfo, add: Add) -> None:
    kind = Kind(event.kind)
    if kind is Kind.OWN_LETTER:
        tally.letters.append(event)
        return
    if kind is Kind.BOUNCE:
        _take_bounce(tally, reading)
        return
    if kind not in _SELLER_KINDS:
        return
    _take_contacts(tally, reading)
    answers = _answers_letter(tally, reading)
    if not (reading.auto_submitted and kind is Kind.SELLER_REPLY):
        tally.last_word = event.at
    if answers or (kind in _HUMAN and not reading.auto_submitted):
        tally.last_human_word = event.at
    _take_values(tally, event, reading)
    _take_promises(tally, event, reading, zone, add)
    _take_kind(tally, kind, event, reading)


def _answers_letter(tally: _Tally, reading: Reading) -> bool:
    """Whether a mail answers a letter of the user in its thread, written by a person."""
    if reading.auto_submitted:
        return False
    sent = {letter.reading.message_id for letter in tally.letters if letter.reading is not None}
    return any(reference in sent for reference in reading.references)


def _take_bounce(tally: _Tally, reading: Reading) -> None:
    about = {*reading.links_to, *reading.references}
    failed = set(reading.failed_recipients)
    for letter in reversed(tally.letters):
        sent = letter.reading
        if sent is not None and (sent.message_id in about or (not about and failed & {to.email for to in sent.to})):
            tally.bounced_letters.add(letter.id)
            return
    if tally.letters:
        tally.bounced_letters.add(tally.letters[-1].id)


def _take_contacts(tally: _Tally, reading: Reading) -> None:
    if reading.authentication is Authentication.FAIL:
        return
    known = {(contact.channel, contact.value) for contact, _ in tally.contacts}
    tally.identity = reading.finding.identity or tally.identity
    for contact in reading.finding.contacts:
        if (contact.channel, contact.value) not in known:
            tally.contacts.append((contact, reading.authentication))


def _take_values(tally: _Tally, event: Event, reading: Reading) -> None:
    """What a later mail states completes what an earlier one left open; it never overwrites it."""
    finding = reading.finding
    if tally.number is None and finding.order_number is not None:
        tally.number = finding.order_number.value
    if finding.total is not None and event.kind in (Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT):
        tally.total = tally.total or finding.total.value
    if not tally.items:
        tally.items = [item.value for item in finding.items]
    tally.payment = tally.payment or finding.payment
    if tally.payment_method is None and finding.payment_method is not None:
        tally.payment_method = finding.payment_method.value
    if tally.instalments is None and finding.instalments is not None:
        tally.instalments = finding.instalments.value
    if tally.order_class is None and finding.order_class is not None:
        tally.order_class = finding.order_class.value
    if finding.parcels is not None:
        tally.parcels_expected = max(tally.parcels_expected or 0, finding.parcels.value)
    tally.disputed.update(name for name, _ in finding.disagreements)
    for name in ("order_number", "total"):
        if getattr(finding, name) is not None:
            tally.disputed.discard(name)
    if finding.settlement is not None:
        match finding.settlement.value:
            case Settlement.AWAITED:
                tally.awaited = True
            case Settlement.ON_DELIVERY:
                tally.on_delivery = True
            case Settlement.RECEIVED:
                tally.settled_at = tally.settled_at or event.at


def _take_promises(tally: _Tally, event: Event, reading: Reading, zone: tzinfo, add: Add) -> None:
    if reading.authentication is Authentication.FAIL:
        return
    finding = reading.finding
    day = event.at.astimezone(zone).date()
    moved = False
    for expectation, stated in (
        (Expectation.PAYMENT, finding.pay_by),
        (Expectation.DISPATCH, finding.dispatch_by),
        (Expectation.DELIVERY, finding.promised_by),
        (Expectation.REFUND, finding.refund_by),
        (Expectation.ANSWER, finding.answer_by),
    ):
        if stated is None:
            continue
        due = add(day, stated.value) if isinstance(stated.value, Span) else stated.value
        earlier = [promise for promise in tally.promises if promise.expectation is expectation]
        moved = moved or any(due > promise.due for promise in earlier[-1:])
        tally.promises.append(Promise(expectation, due, event.at, event.id))
    if event.kind == Kind.DELAYED or (moved and event.kind == Kind.SELLER_REPLY):
        tally.put_off += 1


def _take_kind(tally: _Tally, kind: Kind, event: Event, reading: Reading) -> None:
    finding = reading.finding
    partial = finding.partial is not None and finding.partial.value
    amount = finding.total.value if finding.total is not None else None
    match kind:
        case Kind.ORDER_CONFIRMATION:
            tally.failed_at = None
        case Kind.PAYMENT_RECEIPT:
            tally.failed_at = None
            tally.settled_at = tally.settled_at or event.at
            tally.received = tally.received or amount
        case Kind.PAYMENT_FAILED:
            if tally.settled_at is None and tally.shipped_at is None:
                tally.failed_at = event.at
        case Kind.SHIPPED:
            _take_dispatch(tally, event, reading, partial)
        case Kind.DELIVERED:
            _take_delivery(tally, event, reading)
        case Kind.DELAYED if finding.tracking_numbers and tally.shipped_at is None:
            _take_dispatch(tally, event, reading, partial)
        case Kind.CANCELLATION:
            if partial:
                tally.partly_cancelled = True
                tally.promised_back = tally.promised_back or amount
            else:
                tally.cancelled_at = tally.cancelled_at or event.at
                if finding.refund_by is not None:  # the cancellation itself says when the money comes back
                    tally.promised_back = tally.promised_back or amount
        case Kind.RETURNED:
            tally.returned_at = event.at
        case Kind.REFUND_PROMISED:
            tally.refund_promised_at = tally.refund_promised_at or event.at
            tally.promised_back = amount or tally.promised_back
        case Kind.REFUND:
            _take_refund(tally, event.at, amount, partial, reading.verdict.from_service)


def _take_dispatch(tally: _Tally, event: Event, reading: Reading, partial: bool) -> None:
    finding = reading.finding
    tally.failed_at = None
    tally.partly_shipped = partial
    tally.shipped_at = tally.shipped_at or event.at
    carrier = finding.carrier.value if finding.carrier is not None else ""
    known = {parcel.tracking_number for parcel in tally.parcels}
    for tracking in finding.tracking_numbers:
        if tracking.value in known:
            continue
        unnamed = next((i for i, parcel in enumerate(tally.parcels) if not parcel.tracking_number), None)
        if unnamed is not None and not partial:
            # The notice came first, its tracking number later: still one parcel.
            tally.parcels[unnamed] = replace(tally.parcels[unnamed], tracking_number=tracking.value, carrier=carrier)
        else:
            tally.parcels.append(Parcel(tracking.value, carrier, event.at, None))
        known.add(tracking.value)
    if not finding.tracking_numbers and (not tally.parcels or partial):
        tally.parcels.append(Parcel("", carrier, event.at, None))


def _take_delivery(tally: _Tally, event: Event, reading: Reading) -> None:
    """One notice of delivery is about the parcels that it names; one that names none is about one parcel.

    Taking it for all would hide a second parcel that never came, and that is the dearer mistake.
    """
    tally.delivery_reported = True
    tally.failed_at = None
    tally.shipped_at = tally.shipped_at or event.at
    named = {tracking.value for tracking in reading.finding.tracking_numbers}
    if not tally.parcels:
        carrier = reading.finding.carrier.value if reading.finding.carrier is not None else ""
        tally.parcels = [Parcel(number, carrier, None, None) for number in sorted(named)] or [
            Parcel("", carrier, None, None)
        ]
    waiting = [i for i, parcel in enumerate(tally.parcels) if parcel.delivered_at is None]
    hit = [i for i in waiting if tally.parcels[i].tracking_number in named] if named else waiting[:1]
    if named and not hit:
        hit = [i for i in waiting if not tally.parcels[i].tracking_number][:1]
    for index in hit:
        tally.parcels[index] = replace(tally.parcels[index], delivered_at=event.at)
    if all(p.delivered_at for p in tally.parcels) and len(tally.parcels) >= (tally.parcels_expected or 1):
        tally.delivered_at = event.at


def _take_refund(tally: _Tally, at: datetime, amount: Money | None, partial: bool, service: str) -> None:
    for earlier_at, earlier, _, earlier_service in tally.refunds:
        same_sum = amount is None or earlier is None or amount == earlier
        if service != earlier_service and same_sum and abs(at - earlier_at) <= _SAME_REFUND:
            return  # the shop and the card company report one refund
    tally.refunds.append((at, amount, partial, service))


# -- the user's word --------------------------------------------------------------------------------------------


def _take_statement(tally: _Tally, event: Event, zone: tzinfo) -> None:
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
        case "refunded":
            amount = parse_amount(value, tally.total.currency if tally.total else None)
            given = amount or tally.received or tally.total
            whole = amount is None or (tally.total is not None and amount.amount >= tally.total.amount)
            tally.refunds.append((event.at, given, not whole, "user"))
        case "closed":
            tally.closed_at = event.at
        case "snooze":
            tally.snoozed_until = date.fromisoformat(value)
        case "set":
            _set(tally, event.payload.get("field", ""), value, event, zone)


def _set(tally: _Tally, name: str, value: str, event: Event, zone: tzinfo) -> None:
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
        case "placed_at":
            tally.placed_at = datetime.combine(date.fromisoformat(value), time(), zone)
        case "promised_by" | "dispatch_by" | "refund_by" | "pay_by":
            expectation = {
                "promised_by": Expectation.DELIVERY,
                "dispatch_by": Expectation.DISPATCH,
                "refund_by": Expectation.REFUND,
                "pay_by": Expectation.PAYMENT,
            }[name]
            tally.promises.append(Promise(expectation, date.fromisoformat(value), event.at, event.id))


def parse_amount(text: str, currency: str | None) -> Money | None:
    """ "12000", "12.50 EUR" or "EUR 12.50" as the user types it; None where it is no amount or has no currency."""
    words = text.replace(",", "").split()
    for word in list(words):
        if len(word) == 3 and word.isalpha():
            currency = word.upper()
            words.remove(word)
    try:
        amount = Decimal(words[0]) if len(words) == 1 else None
    except InvalidOperation:
        return None
    if amount is None or currency is None or not amount.is_finite() or amount < 0:
        return None
    return Money(amount, currency)


# -- the sum ----------------------------------------------------------------------------------------------------


def _order(
    order_id: str,
    tally: _Tally,
    events: Sequence[Event],
    opener: Event,
    questions: Iterable[str],
    accounts: Iterable[str],
) -> Order:
    readings = [event.reading for event in events if event.reading is not None]
    sellers = [r for e, r in _mail_pairs(events) if e.kind in _SELLER_KINDS]
    opening = opener.reading
    suspicious = opening is not None and opening.authentication is Authentication.FAIL
    settlement, paid_at = _settlement(tally)
    total = tally.total
    if total is not None and total.amount == 0:
        tally.order_class = OrderClass.FREE
    paid = (tally.received or total) if settlement is Settlement.RECEIVED and paid_at is not None else None
    given, whole = _given_back(tally, paid or total)
    asked = set(questions)
    if tally.disputed & {"order_number", "total"}:
        asked.add("which_value")
    fresh = [letter for letter in tally.letters if letter.id not in tally.bounced_letters]
    unanswered = [letter for letter in fresh if tally.last_word is None or letter.at > tally.last_word]
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
        fully_refunded=whole,
        closed_at=tally.closed_at,
        snoozed_until=tally.snoozed_until,
        promises=tuple(tally.promises),
        put_off=tally.put_off,
        last_human_word=tally.last_human_word,
        unanswered_letter_at=unanswered[0].at if unanswered else None,
        letters=tuple(tally.letters),
        bounced=bool(tally.letters) and tally.letters[-1].id in tally.bounced_letters,
        authentication=opening.authentication if opening is not None else Authentication.NONE,
        suspicious=suspicious,
        contacts=tuple(tally.contacts),
        language=_language(sellers),
        questions=tuple(sorted(asked)),
        accounts=tuple(sorted({*accounts, *(name for r in readings for name in r.accounts)})),
        identity=tally.identity,
        senders=tuple(dict.fromkeys(r.sender for r in sellers if r.authentication is not Authentication.FAIL)),
    )


def _mail_pairs(events: Sequence[Event]) -> list[tuple[Event, Reading]]:
    return [(e, e.reading) for e in events if e.source is Source.MAIL and e.reading is not None]


def _settlement(tally: _Tally) -> tuple[Settlement, datetime | None]:
    """Paid when placed, unless the mails ask for the money or name a method that pays later, and none has it received.

    A seller who dispatches what was to be paid first has his money.
    """
    if tally.failed_at is not None:
        return Settlement.AWAITED, None
    if tally.on_delivery or tally.payment == "cod":
        return Settlement.ON_DELIVERY, tally.settled_at
    if tally.settled_at is not None:
        return Settlement.RECEIVED, tally.settled_at
    if tally.awaited or tally.payment in _PAID_LATER:
        if tally.shipped_at is not None:
            return Settlement.RECEIVED, tally.shipped_at
        return Settlement.AWAITED, None
    return Settlement.RECEIVED, tally.placed_at


def _given_back(tally: _Tally, owed: Money | None) -> tuple[Money | None, bool]:
    """The sum given back, and whether that is all of it. Sums in different currencies are never added."""
    if not tally.refunds:
        return None, False
    amounts = [amount for _, amount, _, _ in tally.refunds if amount is not None]
    unnamed_whole = any(amount is None and not partial for _, amount, partial, _ in tally.refunds)
    if not amounts:
        return (owed if unnamed_whole else None), unnamed_whole
    currency = owed.currency if owed is not None and any(m.currency == owed.currency for m in amounts) else None
    currency = currency or amounts[-1].currency
    total = sum((m.amount for m in amounts if m.currency == currency), Decimal(0))
    if owed is None or owed.currency != currency:
        whole = not any(partial for _, _, partial, _ in tally.refunds)
    else:
        whole = total >= owed.amount or unnamed_whole
    return Money(total, currency), whole


def _language(readings: Sequence[Reading]) -> str:
    counts: dict[str, int] = {}
    for reading in readings:
        if reading.verdict.language != "und":
            counts[reading.verdict.language] = counts.get(reading.verdict.language, 0) + 1
    return max(counts, key=lambda language: counts[language]) if counts else "en"
