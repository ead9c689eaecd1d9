"""Whom to turn to next, by which channel, from which day.

In charge of the plain rungs that need no law: `inquiry` and `demand` to the seller, `dispute` to whoever carried the
payment; and of the choice of the seller's address, number or page among those that the mails themselves name. It does
not judge (nothing happens here unless the judge flagged the order), writes no text and knows no ladder of rights.

The rule:

- Not flagged: nothing.
- The seller was not asked yet (no letter, or every letter came back): `inquiry`.
- He was asked and let the answer's day pass, or answered and let the day pass that he then named or owed: `demand`.
- He was sent a demand and let its day pass: `dispute`. Nothing comes after it here.

While an answer may still come, the next rung is shown with the day on which it becomes possible (`not_before`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from monitor.render import local_day
from monitor.types import (
    Address,
    Authentication,
    Event,
    Expectation,
    Judgement,
    Kind,
    Order,
    Reading,
    Rules,
    Source,
    Span,
    Step,
    Unit,
)

if TYPE_CHECKING:
    from monitor.workdays import Calendar

RUNGS: tuple[str, ...] = ("inquiry", "demand", "dispute")
DEFAULT_ANSWER = Span(3, Unit.BUSINESS_DAYS)  # Contracts: an answer is expected within 3 business days
DEMAND_DAYS = 7  # calendar days that a demand gives; a last day off work moves on, in the seller's favour

# Who takes a dispute about a payment of this class. Values and their addressees are those of the rights table; a class
# that is missing here (and an unknown one) leaves it open, and the text is written for both.
_TAKERS: Mapping[str, tuple[str, ...]] = {
    "provider": (
        *("paypal", "easy_pay", "easy_pay_balance", "easy_pay_card", "bnpl_klarna", "app_store", "mobile_carrier"),
        *("ars", "virtual_account", "alipay", "wechat_pay"),
    ),
    "card_issuer": (
        *("credit_card", "check_card", "debit_card", "charge_card", "credit_card_installment", "pos_loan", "revolving"),
        *("credit_card_overseas", "check_card_overseas", "card_via_stripe", "apple_pay", "google_pay", "samsung_pay"),
        *("visa", "mastercard", "amex", "jcb", "discover", "diners", "unionpay", "shop_pay"),
    ),
    "bank": ("bank_transfer", "bank_transfer_toss", "sepa_direct_debit", "wise_transfer", "zelle", "crypto"),
}
DISPUTE_ADDRESSEE: Mapping[str, str] = {payment: taker for taker, known in _TAKERS.items() for payment in known}
# Nobody holds money that was never paid ahead: there is nobody to dispute it with.
NOT_PREPAID = frozenset({"cod", "postpaid"})
_DISPUTE_CHANNEL: Mapping[str, str] = {"bnpl_klarna": "app", "mobile_carrier": "phone", "ars": "phone"}
_BANK_CHANNEL = "phone"

EVIDENCE: Mapping[str, tuple[str, ...]] = {
    "inquiry": (),
    "demand": ("order_confirmation", "letters"),
    "dispute": ("order_confirmation", "payment_proof", "promised_date", "letters"),
}


@dataclass(frozen=True, slots=True)
class Contacted:
    """A letter of the user to the seller that did not come back: when, as which rung, and until when it asks."""

    event: Event
    rung: str
    sent: date
    answer_due: date


def next_step(order: Order, judgement: Judgement, rules: Rules, *, own: Collection[str] = ()) -> Step | None:
    """The next step for a flagged order, or None.

    `own` are the user's addresses; those from which he wrote about this order, and those to which the shop's machine
    wrote, are taken as his without being told. Days are days in `rules.timezone`; business days those of
    `rules.country`.
    """
    if not judgement.flagged or order.suspicious or order.closed_at is not None:
        return None
    calendar = _calendar(rules)
    today = local_day(judgement.judged_at, rules.timezone)
    asked = contacted(order, rules, calendar)
    if not asked:
        return _to_seller(
            order, "inquiry", _first_day(order, judgement, rules, calendar, today), today, rules, calendar, own
        )
    last = asked[-1]
    if any(letter.rung == "dispute" for letter in asked):
        return None
    if not any(letter.rung == "demand" for letter in asked):
        answered = order.unanswered_letter_at is None
        possible = today if answered else _answer_due(judgement, last) + timedelta(days=1)
        return _to_seller(order, "demand", possible, today, rules, calendar, own)
    demand = next(letter for letter in reversed(asked) if letter.rung == "demand")
    return _to_payment(order, demand.answer_due + timedelta(days=1))


def contacted(order: Order, rules: Rules, calendar: Calendar) -> list[Contacted]:
    """The user's letters about this order that reached somebody, oldest first, each with the rung that it was.

    A letter sent by the program says its rung (and the day it named). Of letters that the user wrote by hand the first
    is the inquiry; a later one is a demand when the answer to the one before was overdue by then, else it belongs to
    the same inquiry. A letter that came back was never asked.
    """
    failed = {
        address.lower()
        for event in order.events
        if event.kind == Kind.BOUNCE and event.reading is not None
        for address in event.reading.failed_recipients
    }
    letters = sorted(order.letters, key=lambda event: event.at)
    if order.bounced:
        letters = letters[:-1]
    found: list[Contacted] = []
    for event in letters:
        to = _recipients(event)
        if to and to <= failed:
            continue
        sent = local_day(event.at, rules.timezone)
        rung = event.payload.get("rung", "")
        if rung not in RUNGS:
            rung = "inquiry"
            if found and sent > found[-1].answer_due:
                rung = "demand"
            elif found:
                rung = found[-1].rung
        due = _iso(event.payload.get("answer_by")) or _answer_by(rung, sent, rules, calendar)
        found.append(Contacted(event, rung, sent, due))
    return found


def _answer_due(judgement: Judgement, letter: Contacted) -> date:
    """The last day for an answer: the one that the letter named, else the judge's, else the usual period."""
    if letter.event.payload.get("answer_by"):
        return letter.answer_due
    return max(
        (due.due_on for due in judgement.dues if due.expectation is Expectation.ANSWER), default=letter.answer_due
    )


def _first_day(order: Order, judgement: Judgement, rules: Rules, calendar: Calendar, today: date) -> date:
    """The day on which asking became right: after the due date, and after the seller's last word has grown old enough.

    Never past the day judged: the judge has already flagged.
    """
    first = judgement.due_on + timedelta(days=1) if judgement.due_on else today
    if order.last_human_word is not None:
        word = local_day(order.last_human_word, rules.timezone)
        old_enough = calendar.add(word, Span(_threshold(order, judgement, rules), Unit.BUSINESS_DAYS))
        first = max(first, old_enough + timedelta(days=1))
    return min(first, today)


def _threshold(order: Order, judgement: Judgement, rules: Rules) -> int:
    """Business days of silence that the user grants: what is set for a seller goes before what is set for a thing."""
    names = {name.casefold() for name in (order.seller.key, order.seller.domain, order.seller.name) if name}
    for name, days in rules.threshold_by_seller.items():
        if name.casefold() in names:
            return days
    return rules.threshold_by_expectation.get(judgement.waits_for, rules.threshold)


def _to_seller(
    order: Order,
    rung: str,
    not_before: date,
    today: date,
    rules: Rules,
    calendar: Calendar,
    own: Collection[str],
) -> Step:
    channel, to, warning = seller_contact(order, own)
    return Step(
        order_id=order.id,
        rung=rung,
        addressee="seller",
        channel=channel,
        not_before=not_before,
        evidence=EVIDENCE[rung],
        to=to,
        warning=warning,
        answer_by=_answer_by(rung, max(today, not_before), rules, calendar),
    )


def _to_payment(order: Order, not_before: date) -> Step | None:
    """The dispute with whoever carried the payment.

    Payment class unknown (or one that says nothing of who carried it): addressed to the provider, `assumed`, and the
    text is written for provider and issuer alike. Paid on delivery or not yet: nobody to turn to, None.
    """
    payment = order.payment or ""
    if payment in NOT_PREPAID:
        return None
    addressee = DISPUTE_ADDRESSEE.get(payment)
    channel = _BANK_CHANNEL if addressee == "bank" else _DISPUTE_CHANNEL.get(payment, "web_form")
    return Step(
        order_id=order.id,
        rung="dispute",
        addressee=addressee or "provider",
        channel=channel,
        not_before=not_before,
        evidence=EVIDENCE["dispute"],
        assumed=addressee is None,
        warning="draft.warning.payment_unknown" if addressee is None else None,
    )


def _calendar(rules: Rules) -> Calendar:
    from monitor.workdays import Calendar  # late: it brings the holidays library

    return Calendar(rules.country, rules.extra_holidays)


def _answer_by(rung: str, day: date, rules: Rules, calendar: Calendar) -> date:
    """The last day for an answer to a letter of `day`; never one on which nobody works."""
    if rung == "demand":
        end = day + timedelta(days=DEMAND_DAYS)
    else:
        end = calendar.add(day, rules.expect.get("answer") or DEFAULT_ANSWER)
    while not calendar.is_business_day(end):
        end += timedelta(days=1)
    return end


def _iso(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


def _recipients(event: Event) -> set[str]:
    if event.reading is not None:
        return {address.email.lower() for address in event.reading.to if address.email}
    to = event.payload.get("to", "")
    return {to.lower()} if to else set()


# -- the seller's address ---------------------------------------------------------------------------------------

_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+'\-]{0,63}@(?:[A-Za-z0-9\-]{1,63}\.){1,8}[A-Za-z][A-Za-z0-9\-]{1,30}")
# The local part with dots, dashes and underscores taken out, so that "do-not.reply" and "donotreply" are one word.
_UNREAD_ANYWHERE = re.compile(
    r"noreply|donotreply|dontreply|noreturn|norespond|noresponder|noresponda|nepasrepondre|nonrispondere|keineantwort"
    r"|nichtantworten|nietbeantwoorden|plznoreply|sendonly|mailonly|mailerdaemon|postmaster|notification|autoconfirm"
    r"|autoreply|autobevestiging|automail|automated|unsubscribe|발신전용"
)
_UNREAD_WORD = re.compile(
    r"notify|noti|notice|bounces?|alerts?|news|newsletters?|marketing|promo|mailer|daemon|robot|bot|auto|system|donot"
    r"|nobody|null|abuse"
)
_UNREAD_NAME = re.compile(r"발신\s?전용|no.?reply|do not reply|회신\s?불가", re.IGNORECASE)
_DESK = re.compile(
    r"cs|csc|cscenter|voc|callcenter|help|helpdesk|support|services?|customers?|customercare|customerservice|contact|care"
    r"|contactus|customersupport|ask|hello|hi|info|inquiry|qna|desk|kundenservice|kundendienst|clientes|sav|reklamation"
)
_OTHER_OFFICE = re.compile(
    r"privacy|dpo|gdpr|datenschutz|legal|law|press|pr|media|jobs|careers?|recruit|hr|sales|biz|business|partners?"
    r"|partnership|ads?|investor|ir|security|webmaster|admin|hostmaster|root|dev|tech|copyright|safety|ethics"
)


def _words(address: Address) -> list[str]:
    return re.split(r"[._+\-\d]", address.email.rpartition("@")[0].lower())


def unread(address: Address) -> bool:
    """Whether an address is one that nobody reads: no-reply, notification, bounce and the like, or marked send-only."""
    local = address.email.rpartition("@")[0].lower()
    return bool(
        _UNREAD_ANYWHERE.search(re.sub(r"[._+\-]", "", local))
        or any(map(_UNREAD_WORD.fullmatch, _words(address)))
        or _UNREAD_NAME.search(address.name[:200])
    )


def usable(address: Address, own: Collection[str] = ()) -> bool:
    """Whether a letter may go to `address`: well formed, read by somebody, and not the user's own."""
    return (
        _ADDRESS.fullmatch(address.email) is not None
        and address.email.lower() not in {mine.lower() for mine in own}
        and not unread(address)
    )


@dataclass(frozen=True, slots=True)
class _Candidate:
    address: Address
    rank: int
    authentication: Authentication
    place: int  # later mails have higher places

    def key(self) -> tuple[int, int, bool, int]:
        return (self.rank, _office(self.address), self.authentication is not Authentication.PASS, -self.place)


def seller_contact(order: Order, own: Collection[str] = ()) -> tuple[str, str | None, str | None]:
    """Channel, address (or number, or page) and warning for a letter to the seller.

    Addresses come from the seller's own mails only, never from one whose authentication is `fail`, never from those of
    a payment service or carrier, and never one that came back. First the address to which a person at the seller's
    asked to be answered; then one that the mails name, best at the seller's domain; then the sender itself where it
    looks like a desk. Without an address: phone, page or chat as the mails name them, else the seller's web form.
    """
    mine = {address.lower() for address in own} | _users_own(order)
    failed = _failed(order)
    candidates = [
        candidate
        for candidate in _candidates(order)
        if usable(candidate.address, mine) and candidate.address.email.lower() not in failed
    ]
    if candidates:
        best = min(candidates, key=_Candidate.key)
        proven = any(
            other.address.email == best.address.email and other.authentication is Authentication.PASS
            for other in candidates
        )
        return "email", best.address.email.lower(), None if proven else "draft.warning.unauthenticated"
    for channel in ("web_form", "chat", "phone", "letter"):
        for contact, authentication in order.contacts:
            if contact.channel == channel and authentication is not Authentication.FAIL:
                proven = authentication is Authentication.PASS
                warning = "draft.warning.no_address" if proven else "draft.warning.no_address_unauthenticated"
                return channel, contact.value, warning
    return "web_form", None, "draft.warning.no_address"


def _candidates(order: Order) -> Iterator[_Candidate]:
    service_domains = set()
    for place, (event, reading) in enumerate(_seller_mails(order)):
        if reading.verdict.from_service:
            service_domains.add(reading.sender.domain)
            continue
        human = event.kind in (Kind.SELLER_REPLY, Kind.DELAYED) and not reading.auto_submitted
        for address, named in ((reading.reply_to, True), (reading.sender, False)):
            if address is None:
                continue
            at_home = _at(address, order.seller.domain)
            if human and event.kind == Kind.SELLER_REPLY:
                rank = 0
            elif at_home and (named or _office(address) == 0):
                rank = 2
            else:
                rank = 4 if named or at_home else 5
            # Reply-To goes before From of the same mail.
            yield _Candidate(address, rank, reading.authentication, 2 * place + named)
    for contact, authentication in order.contacts:
        if contact.channel != "email" or authentication is Authentication.FAIL:
            continue
        address = Address("", contact.value.strip().lower())
        if address.domain in service_domains and not _at(address, order.seller.domain):
            continue
        yield _Candidate(address, 1 if _at(address, order.seller.domain) else 3, authentication, 0)


def _seller_mails(order: Order) -> Iterator[tuple[Event, Reading]]:
    for event in sorted(order.events, key=lambda event: event.at):
        reading = event.reading
        if event.source is not Source.MAIL or reading is None or reading.own or reading.program:
            continue
        if reading.authentication is Authentication.FAIL:
            continue
        if event.kind in (Kind.BOUNCE, Kind.OWN_LETTER, Kind.OTHER):
            continue
        yield event, reading


def _users_own(order: Order) -> set[str]:
    """Addresses that must be the user's: he wrote from them, or the shop's machine wrote to them."""
    found: set[str] = set()
    for event in order.events:
        reading = event.reading
        if reading is None:
            continue
        if reading.own or event.kind == Kind.OWN_LETTER:
            found.add(reading.sender.email.lower())
        elif event.kind not in (Kind.SELLER_REPLY, Kind.BOUNCE):
            found.update(address.email.lower() for address in reading.to)
    return found


def _failed(order: Order) -> set[str]:
    """Addresses from which a letter came back."""
    found = {
        address.lower()
        for event in order.events
        if event.kind == Kind.BOUNCE and event.reading is not None
        for address in event.reading.failed_recipients
    }
    if order.bounced and order.letters:
        found |= _recipients(max(order.letters, key=lambda event: event.at))
    return found


def _at(address: Address, domain: str) -> bool:
    return bool(domain) and (address.domain.lower() == domain or address.domain.lower().endswith("." + domain))


def _office(address: Address) -> int:
    """0 a desk that answers customers, 1 anybody, 2 an office for something else (privacy, press, jobs)."""
    words = _words(address)
    if any(map(_OTHER_OFFICE.fullmatch, words)):
        return 2
    return 0 if any(map(_DESK.fullmatch, words)) else 1
