"""The plain rungs, for orders to which no ladder applies: whom to turn to next, by which channel, from which day.

In charge of `inquiry` and `demand` to the seller and `dispute` with whoever carried the payment; `contact` chooses the
seller's address, number or page. It does not judge (nothing happens here unless the judge flagged the order), writes no
text and knows no ladder of rights.

The rule:

- Not flagged: nothing.
- The seller was not asked yet (no letter, or every letter came back): `inquiry`.
- He was asked and let the answer's day pass, or answered and let the day pass that he then named or owed: `demand`.
- He was sent a demand and let its day pass: `dispute`. Nothing comes after it here.

While an answer may still come, the next rung is shown with the day on which it becomes possible (`not_before`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from monitor.escalate.contact import came_back, recipients, seller_contact
from monitor.knowledge import letters as letters_by_hand
from monitor.knowledge.rights import Rights, load_rights
from monitor.render import local_day
from monitor.types import (
    Event,
    Expectation,
    Judgement,
    Order,
    Rules,
    Span,
    Step,
    Unit,
)

if TYPE_CHECKING:
    from monitor.workdays import Calendar

RUNGS: tuple[str, ...] = ("inquiry", "demand", "dispute")
DEFAULT_ANSWER = Span(3, Unit.BUSINESS_DAYS)  # Contracts: an answer is expected within 3 business days
DEMAND_DAYS = 7  # calendar days that a demand gives; a last day off work moves on, in the seller's favour

# Nobody holds money that was never paid ahead: there is nobody to dispute it with.
NOT_PREPAID = frozenset({"cod", "postpaid"})
_DISPUTE_CHANNEL: Mapping[str, str] = {"bnpl_klarna": "app", "mobile_carrier": "phone", "ars": "phone"}
_BANK_CHANNEL = "phone"

EVIDENCE: Mapping[str, tuple[str, ...]] = {
    "inquiry": (),
    "demand": ("order_confirmation", "letters"),
    "dispute": ("order_confirmation", "payment_proof", "promised_date", "letters"),
}


def takers(rights: Rights | None = None) -> Mapping[str, str]:
    """Who takes a dispute about a payment of each class, by the rights table (`[[payment]] taker`).

    A class that it does not name, and an unknown one, leaves it open: then the text is written for issuer and provider.
    """
    known = rights if rights is not None else load_rights()
    return {payment.id: payment.taker for payment in known.payments.values() if payment.taker}


@dataclass(frozen=True, slots=True)
class Contacted:
    """A letter of the user to the seller that did not come back: when, as which rung, and until when it asks."""

    event: Event
    rung: str
    sent: date
    answer_due: date


def next_step(
    order: Order, judgement: Judgement, rules: Rules, *, own: Collection[str] = (), rights: Rights | None = None
) -> Step | None:
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
    disputed = any(event.kind == "contact" and event.payload.get("rung") == "dispute" for event in order.events)
    if disputed or any(letter.rung == "dispute" for letter in asked):
        return None
    if not any(letter.rung == "demand" for letter in asked):
        answered = order.unanswered_letter_at is None
        possible = today if answered else _answer_due(judgement, last) + timedelta(days=1)
        return _to_seller(order, "demand", possible, today, rules, calendar, own)
    demand = next(letter for letter in reversed(asked) if letter.rung == "demand")
    owed = [due.due_on for due in judgement.dues if due.expectation is Expectation.REFUND]  # before it nothing is late
    return _to_payment(order, max([demand.answer_due, *owed]) + timedelta(days=1), rights)


def contacted(order: Order, rules: Rules, calendar: Calendar) -> list[Contacted]:
    """The user's letters about this order that reached somebody, oldest first, each with the rung that it was.

    A letter sent by the program says its rung (and the day it named). One that the user wrote by hand is a demand where
    its own words declare or demand something. Of others the first is the inquiry; a later one counts as the demand when
    the answer to the one before was overdue by then (no right hangs on it here), else it belongs to the same rung. A
    letter that came back was never asked.
    """
    failed = came_back(order)
    letters = sorted(order.letters, key=lambda event: event.at)
    if order.bounced:
        letters = letters[:-1]
    found: list[Contacted] = []
    for event in letters:
        to = recipients(event)
        if to and to <= failed:
            continue
        sent = local_day(event.at, rules.timezone)
        rung = event.payload.get("rung", "")
        named = _iso(event.payload.get("answer_by"))
        if rung not in RUNGS:
            letter = letters_by_hand.of(event)
            if letter.family == letters_by_hand.THANKS:
                continue
            asks = (
                letters_by_hand.QUESTION,
                letters_by_hand.TAKEN_BACK,
                letters_by_hand.WAVERS,
                letters_by_hand.PERHAPS,
            )
            rung = "inquiry" if letter.family in asks else "demand"
            if found and rung == "inquiry":
                rung = "demand" if sent > found[-1].answer_due else found[-1].rung
            if named is None and letter.until is not None:
                named = calendar.add(sent, letter.until) if isinstance(letter.until, Span) else letter.until
        due = named or _answer_by(rung, sent, rules, calendar)
        found.append(Contacted(event, rung, sent, due))
    return found


def _answer_due(judgement: Judgement, letter: Contacted) -> date:
    """The last day for an answer: the one that the letter named, else the judge's, else the usual period."""
    finding = letter.event.reading.finding if letter.event.reading is not None else None
    if letter.event.payload.get("answer_by") or (finding is not None and finding.answer_by is not None):
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
        old_enough = calendar.add(word, Span(silence_threshold(order, judgement.waits_for, rules), Unit.BUSINESS_DAYS))
        first = max(first, old_enough + timedelta(days=1))
    return min(first, today)


def silence_threshold(order: Order, expectation: str, rules: Rules) -> int:
    """Business days of silence that the user grants: what is set for a seller goes before what is set for a thing."""
    names = {name.casefold() for name in (order.seller.key, order.seller.domain, order.seller.name) if name}
    for name, days in rules.threshold_by_seller.items():
        if name.casefold() in names:
            return days
    return rules.threshold_by_expectation.get(expectation, rules.threshold)


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


def _to_payment(order: Order, not_before: date, rights: Rights | None) -> Step | None:
    """The dispute with whoever carried the payment.

    Payment class unknown (or one that says nothing of who carried it): addressed to the provider, `assumed`, and the
    text is written for provider and issuer alike. Paid on delivery or not yet: nobody to turn to, None.
    """
    payment = order.payment or ""
    if payment in NOT_PREPAID:
        return None
    addressee = takers(rights).get(payment)
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
