"""What each mail adds to an order: values, promised dates, parcels, refunds, letters and their bounces."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

from monitor.ledger import own
from monitor.ledger.statements import rest
from monitor.ledger.tally import SELLER_KINDS, Add, Tally
from monitor.types import (
    Authentication,
    Event,
    Expectation,
    Kind,
    Money,
    Parcel,
    Promise,
    Reading,
    Settlement,
    Span,
)

# A person at the seller's wrote these; confirmations, receipts and dispatch notices come from a machine.
_HUMAN = frozenset({Kind.SELLER_REPLY, Kind.DELAYED, Kind.DISPUTE_UPDATE})
_SAME_LETTER = timedelta(days=3)  # a prepared text that was sent by hand is noted within days, if at all
_SAME_REFUND = timedelta(days=10)  # the shop's and the card company's notice of one refund


def take_mail(tally: Tally, event: Event, reading: Reading, zone: tzinfo, add: Add) -> None:
    kind = Kind(event.kind)
    if kind is Kind.OWN_LETTER:
        to = own.addressee(reading, tally.seller, tally.sold_by, tally.senders)
        if to == own.SELLER:
            take_letter(tally, event)
        else:
            tally.elsewhere.append((event, to))
        return
    if kind is Kind.BOUNCE:
        _take_bounce(tally, reading)
        return
    if kind not in SELLER_KINDS:
        return
    _take_contacts(tally, reading)
    tally.senders.add(reading.sender.email)
    tally.only_refunds = tally.only_refunds and kind is Kind.REFUND
    answers = _answers_letter(tally, reading)
    # a payment service, a carrier or the desk of a marketplace that decides claims, not the seller
    third = kind is Kind.DISPUTE_UPDATE or (bool(reading.verdict.from_service) and kind in _HUMAN)
    if not third and not (reading.auto_submitted and kind is Kind.SELLER_REPLY):
        tally.last_word = event.at
    if not third and (answers or (kind in _HUMAN and not reading.auto_submitted)):
        tally.last_human_word = event.at
    _take_values(tally, event, reading)
    _take_promises(tally, event, reading, zone, add)
    _take_kind(tally, kind, event, reading)


def take_letter(tally: Tally, event: Event) -> None:
    """A letter of the user: one that the mailbox shows, or one that the program sent or prepared for him.

    Both can be about one and the same (he sent the prepared text from his mail program): then it counts once, with
    the rung and the day that the program noted and the Message-ID that the mailbox shows.
    """
    for place, known in enumerate(tally.letters):
        if (known.reading is None) != (event.reading is None) and _same_letter(known, event):
            noted, seen = (known, event) if event.reading is not None else (event, known)
            tally.letters[place] = replace(noted, reading=seen.reading, at=min(noted.at, seen.at))
            return
    tally.letters.append(event)


def _same_letter(one: Event, other: Event) -> bool:
    if _letter_id(one) is not None and _letter_id(one) == _letter_id(other):
        return True
    by_hand = {one.payload.get("way"), other.payload.get("way")} & {"copied", "drafts"}
    return bool(by_hand and _letter_to(one) & _letter_to(other)) and abs(one.at - other.at) <= _SAME_LETTER


def _letter_id(letter: Event) -> str | None:
    return letter.reading.message_id if letter.reading is not None else letter.payload.get("message_id") or None


def _letter_to(letter: Event) -> set[str]:
    if letter.reading is not None:
        return {to.email for to in letter.reading.to}
    return {letter.payload["to"].lower()} if letter.payload.get("to") else set()


def _answers_letter(tally: Tally, reading: Reading) -> bool:
    """Whether a mail answers a letter of the user in its thread, written by a person."""
    if reading.auto_submitted:
        return False
    sent = {_letter_id(letter) for letter in tally.letters} - {None}
    return any(reference in sent for reference in reading.references)


def _take_bounce(tally: Tally, reading: Reading) -> None:
    about = {*reading.links_to, *reading.references}
    failed = set(reading.failed_recipients)
    for letter in reversed(tally.letters):
        if _letter_id(letter) in about or (not about and failed & _letter_to(letter)):
            tally.bounced_letters.add(letter.id)
            return
    if tally.letters:
        tally.bounced_letters.add(tally.letters[-1].id)


def _take_contacts(tally: Tally, reading: Reading) -> None:
    if reading.authentication is Authentication.FAIL:
        return
    known = {(contact.channel, contact.value) for contact, _ in tally.contacts}
    tally.identity = reading.finding.identity or tally.identity
    for contact in reading.finding.contacts:
        if (contact.channel, contact.value) not in known:
            tally.contacts.append((contact, reading.authentication))


def _take_values(tally: Tally, event: Event, reading: Reading) -> None:
    """What a later mail states completes what an earlier one left open; it never overwrites it."""
    finding = reading.finding
    if tally.number is None and finding.order_number is not None:
        tally.number = finding.order_number.value
    if finding.total is not None and event.kind in (Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT):
        tally.total = tally.total or finding.total.value
    if not tally.sold_by and finding.sold_by is not None:
        tally.sold_by = finding.sold_by.value
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
    if event.kind != Kind.DISPUTE_UPDATE:  # whose number and sum are those of the claim as well
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


def _take_promises(tally: Tally, event: Event, reading: Reading, zone: tzinfo, add: Add) -> None:
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
        if stated is None or (expectation is Expectation.REFUND and event.kind == Kind.REFUND):
            continue  # when the money that was sent arrives says nothing of when the rest of it is sent
        due = add(day, stated.value) if isinstance(stated.value, Span) else stated.value
        earlier = [promise for promise in tally.promises if promise.expectation is expectation]
        moved = moved or any(due > promise.due for promise in earlier[-1:])
        tally.promises.append(Promise(expectation, due, event.at, event.id))
    if event.kind == Kind.DELAYED or (moved and event.kind == Kind.SELLER_REPLY):
        tally.put_off += 1


def _take_kind(tally: Tally, kind: Kind, event: Event, reading: Reading) -> None:
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
        case Kind.DISPUTE_UPDATE if finding.outcome is not None and finding.outcome.value == "granted":
            tally.refund_promised_at = tally.refund_promised_at or event.at  # the service gives the money back
            tally.promised_back = amount or tally.promised_back
        case Kind.REFUND:
            tally.missing_at = None  # a new notice: it may have come since he looked
            if amount is None and finding.partial is not None and not finding.partial.value:
                amount = rest(tally)  # "in full", without a sum
            _take_refund(tally, event.at, amount, partial, reading.verdict.from_service)


def _take_dispatch(tally: Tally, event: Event, reading: Reading, partial: bool) -> None:
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


def _take_delivery(tally: Tally, event: Event, reading: Reading) -> None:
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


def _take_refund(tally: Tally, at: datetime, amount: Money | None, partial: bool, service: str) -> None:
    for place, (earlier_at, earlier, part, earlier_service) in enumerate(tally.refunds):
        same_sum = amount is None or earlier is None or amount == earlier
        if service != earlier_service and same_sum and abs(at - earlier_at) <= _SAME_REFUND:
            # the shop and the card company report one refund; either may be the one that names its sum
            known = amount if earlier is None else earlier
            tally.refunds[place] = (earlier_at, known, part or partial, earlier_service)
            return
    tally.refunds.append((at, amount, partial, service))
