"""What a text may state about an order: taken from its events, each value cleaned and cut to one line.

In charge of `Facts`, the one thing that templates see; the story that it tells comes from `story`. It writes no
sentence and decides no step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from monitor import render
from monitor.draft import clean, story
from monitor.draft.story import PLAIN_RUNGS, Earlier, Moment
from monitor.types import Expectation, Judgement, Kind, Money, Order, Settlement, Source, Step

if TYPE_CHECKING:
    from monitor.knowledge.rights.model import Rule

MAX_ITEMS = 5
_OWED = (Expectation.REFUND, Expectation.DELIVERY, Expectation.DISPATCH, Expectation.CREDIT)
_PAYERS = ("card_issuer", "bank", "provider", "payment")


class Writer(Protocol):
    """Who writes: the values of the config's `user` table that a letter needs."""

    @property
    def name(self) -> str: ...
    @property
    def addresses(self) -> Sequence[str]: ...
    @property
    def language(self) -> str: ...
    @property
    def timezone(self) -> str: ...
    @property
    def postal_address(self) -> str: ...
    @property
    def phone(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Claim:
    """The money asked for. All of it is computed elsewhere; what is not known is None and is not written.

    `rate`: simple interest in percent a year, running from `interest_from`; `interest` is what it comes to on
    `counted_to`, `total` the sum of both. `unpaid`: what of an instalment purchase has not been paid yet.
    """

    principal: Money | None = None
    rate: Decimal | None = None
    interest_from: date | None = None
    interest: Money | None = None
    counted_to: date | None = None
    total: Money | None = None
    refund_due: date | None = None
    unpaid: Money | None = None
    surcharge_percent: Decimal | None = None  # that a law adds to a late refund, whole and not by the year
    surcharge: Money | None = None
    statutory_interest: bool = False  # interest runs at a rate above one that changes (Germany): asked without a figure


@dataclass(frozen=True, slots=True)
class Card:
    """A card of the user: issuer, network and the last four digits. There is no place for more."""

    issuer: str = ""
    network: str = ""
    last4: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the templates know. Each may be missing; a text must read well without it.

    `situation`: dispatch, delivery, not_arrived (reported as delivered, the user says no), part_missing,
    refund_promised, refund_cancelled, refund_returned, refund_withdrawn (by the user himself), refund, credit, answer,
    open.
    """

    situation: str
    addressee: str
    assumed: bool
    today: date
    writer: str = ""
    writer_address: str = ""  # by post; only for printed letters and forms
    writer_phone: str = ""
    account: str = ""  # the address with which the user ordered
    seller: str = ""  # on a marketplace who sold there, where the mails name him
    marketplace: str = ""  # on which the seller sold; "" where the seller is not told from it
    number: str = ""
    placed: date | None = None
    items: tuple[str, ...] = ()
    more_items: int = 0
    amount: Money | None = None  # paid, or the order's total while nothing is
    paid: bool = True  # False: cash on delivery and the like
    method: str = ""
    parcels: tuple[tuple[str, str], ...] = ()  # carrier, tracking number; either may be empty
    promised: date | None = None
    promised_on: date | None = None  # when that day was announced
    promised_first: date | None = None  # the day announced at first, where the seller put it off since
    shipped: date | None = None
    delivered: date | None = None
    cancelled: date | None = None
    returned: date | None = None
    refund_promised: date | None = None
    refund: Money | None = None
    given_back: Money | None = None
    asked: tuple[date, ...] = ()  # days of the user's letters to the seller
    answered: date | None = None  # the seller's last human word after the first of them
    answer_by: date | None = None
    phone: str = ""
    timeline: tuple[Moment, ...] = ()
    # what only some addressees need
    to_name: Mapping[str, str] = field(default_factory=dict)  # language -> name of the addressee
    asks: Mapping[str, str] = field(default_factory=dict)  # language -> what this body or programme is asked to do
    earlier: tuple[Earlier, ...] = ()  # all that the user wrote or said before, to anybody, oldest first
    citations: tuple[Mapping[str, str], ...] = ()  # language -> article; only what may be cited
    paid_on: date | None = None
    card: str = ""  # issuer and last four digits
    issuer: Mapping[str, str] = field(default_factory=dict)  # language -> who issued the card
    instalments: int | None = None
    payment_day: date | None = None  # the card's next one
    principal: Money | None = None
    rate: Decimal | None = None
    interest_from: date | None = None
    interest: Money | None = None
    counted_to: date | None = None
    total: Money | None = None
    refund_due: date | None = None
    unpaid: Money | None = None
    surcharge_percent: Decimal | None = None  # added to a late refund by law (France)
    surcharge: Money | None = None
    statutory_interest: bool = False  # interest at a rate that is not known here
    ends_contract: bool = False  # this letter is the notice that the contract is over
    representative: str = ""  # of the seller, as the four below
    registration: str = ""
    permit: str = ""
    seller_address: str = ""
    seller_phone: str = ""
    seller_email: str = ""
    case_number: str = ""  # that the same addressee gave before
    evidence: tuple[Mapping[str, str], ...] = ()  # language -> name of what is attached
    printed: bool = False  # goes by post: with date, sender and a place to sign
    further_period: bool = False  # the day named is the last one that the law wants the seller to have
    refunded: date | None = None  # when the seller's last refund, a part of the money, was reported
    cancel_until: date | None = None  # the last day on which the payment itself can be cancelled
    withdrawn: date | None = None  # when the user gave the order up to the seller: from then on the refund falls due
    answer_due: date | None = None  # until when the seller may still answer the user's last letter
    subject: Mapping[str, str] = field(default_factory=dict)  # language -> how the text of this form is headed
    opening: Mapping[str, str] = field(default_factory=dict)  # language -> its first sentence
    part_told: date | None = None  # when money for a part of the order was first announced
    private_seller: bool = False  # a private person, who has no customer service

    @property
    def role(self) -> str:
        """Whom the text goes to first, where a rule names two."""
        return self.addressee.partition("+")[0]

    @property
    def about_money(self) -> bool:
        """Whether the user waits for money and not for goods."""
        return self.situation.startswith("refund") or self.situation == "credit"

    @property
    def shown_parcels(self) -> tuple[tuple[str, str], ...]:
        """The parcels, where the text is about goods and not about money."""
        return () if self.about_money else self.parcels

    @property
    def listed(self) -> bool:
        """Whether there is anything to list about the order."""
        return bool(self.number or self.placed or self.items or self.amount or self.method or self.shown_parcels)

    @property
    def asked_back(self) -> Money | None:
        """The sum to be given back, before interest."""
        return self.principal or self.refund or (self.amount if self.paid else None)

    @property
    def story(self) -> tuple[Moment | Earlier, ...]:
        """What happened to the order and what the user did about it, oldest first."""
        return tuple(sorted((*self.timeline, *self.earlier), key=lambda entry: entry.day))

    @property
    def to_seller(self) -> tuple[Earlier, ...]:
        """What was written to the seller before."""
        return tuple(one for one in self.earlier if one.role == "seller")

    @property
    def told(self) -> tuple[Earlier, ...]:
        """What was written to the seller before, and what by hand to the marketplace on which he sells."""
        by_hand = ("inquiry", "demand", "withdrawal", "refund_demand")
        market = [one for one in self.earlier if one.role == "marketplace" and one.what in by_hand and not one.refused]
        return tuple(one for one in self.earlier if one.role == "seller" or one in market)

    @property
    def seller_too(self) -> bool:
        """Whether the same letter goes to the seller as well."""
        return self.role != "seller" and self.addressee.endswith("+seller")

    @property
    def seller_refused(self) -> date | None:
        """When the seller last refused what was asked of him."""
        days = [one.day for one in self.timeline if one.what == "refused"]
        return days[-1] if days else None

    def has(self, condition: str) -> bool:
        """Whether what a paper needs to exist has happened (`knowledge.forms.CONDITIONS`)."""
        by_form = any(one.channel in ("web_form", "chat", "app") for one in self.to_seller)
        answers: Mapping[str, bool] = {
            "always": True,
            "asked": bool(self.asked),
            "cancelled": self.cancelled is not None,
            "complained": any(one.role in ("regulator", "marketplace", *_PAYERS) for one in self.earlier),
            "delivered": self.delivered is not None,
            "paid": self.paid,
            "promised": any(one.what.startswith("promised_") for one in self.timeline),
            "refund_promised": self.refund_promised is not None or self.cancelled is not None,
            "refused": self.refusal is not None,
            "returned": self.returned is not None,
            "shipped": self.shipped is not None,
            "withdrawn": self.withdrawn is not None or self.cancelled is not None,
            "on_market": by_form,
            "written": any(one.channel == "letter" or one.what == "certified_letter" for one in self.earlier),
        }
        return answers[condition]

    @property
    def announced_refund(self) -> bool:
        """Whether the seller announced the refund by a day that the words of the situation do not name."""
        told = self.situation in ("refund_promised", "credit") and not self.part_refunded
        return self.about_money and not told and self.promised is not None and self.promised_on is not None

    @property
    def part_announced(self) -> bool:
        """Whether the seller announced money for a part of the order while goods of it are still owed."""
        some = self.refund is not None and self.amount is not None and self.refund.currency == self.amount.currency
        if not some or self.part_told is None or self.about_money or self.given_back is not None:
            return False
        assert self.refund is not None and self.amount is not None
        return self.refund.amount < self.amount.amount

    @property
    def announced_past(self) -> bool:
        """Whether the day that he announced has passed too, and lay behind that on which the refund was due."""
        if not self.announced_refund or self.promised is None or self.refund_due is None:
            return False
        return self.refund_due < self.promised < self.today

    @property
    def reacted(self) -> bool:
        """Whether the seller has said or done anything since the user first wrote to him."""
        own = ("ordered", "paid")
        return bool(self.asked) and any(one.day >= self.asked[0] and one.what not in own for one in self.timeline)

    @property
    def acted(self) -> bool:
        """Whether the seller has said or done anything since the day of the user's last letter to him."""
        own = ("ordered", "paid")
        return bool(self.asked) and any(one.day > self.asked[-1] and one.what not in own for one in self.timeline)

    @property
    def disputed(self) -> Money | None:
        """The sum that is in dispute: what is still open where some of the money came back."""
        return self.asked_back if self.part_refunded else self.amount

    @property
    def overdue(self) -> bool:
        """Whether the day on which the refund was due has passed."""
        return self.refund_due is not None and self.refund_due < self.today

    @property
    def lapsed(self) -> date | None:
        """The end of the last period that the user set the seller for the goods, where it has passed."""
        set_ = [one.until for one in self.earlier if one.role == "seller" and one.what == "demand" and one.until]
        return set_[-1] if set_ and set_[-1] < self.today else None

    @property
    def refusal(self) -> Earlier | None:
        """The last refusal of a card issuer, bank or payment service that the user told of."""
        found = [one for one in self.earlier if one.refused and one.role in _PAYERS]
        return found[-1] if found else None

    @property
    def part_refunded(self) -> bool:
        """Whether some of the money came back and the rest is asked for."""
        rest = self.principal is not None and self.principal.amount > 0
        return self.about_money and self.situation != "credit" and self.given_back is not None and rest

    @property
    def defended(self) -> date | None:
        """The day on which the user withheld the instalments by a notice to the card issuer."""
        return self._last("instalment_defence", "card_issuer")

    def _last(self, what: str, role: str = "seller") -> date | None:
        days = [one.day for one in self.earlier if one.role == role and one.what == what and not one.refused]
        return days[-1] if days else None


def facts(
    step: Step,
    order: Order,
    judgement: Judgement,
    *,
    user: Writer,
    today: date,
    rules: Mapping[str, Rule],
    claim: Claim,
    card: Card | None,
    payment_day: date | None,
    issuer: Mapping[str, str],
) -> Facts:
    """The facts of `order` for `step`, as of `today` in the user's zone."""
    zone = user.timezone

    def on(moment: datetime | None) -> date | None:
        return None if moment is None else render.local_day(moment, zone)

    earlier = story.earlier(order, zone, rules)
    role = step.addressee.partition("+")[0]
    asked = tuple(dict.fromkeys(one.day for one in earlier if one.role == "seller" and not one.refused and one.asks))
    letters = story.letters_to_seller(order, rules)
    word = order.last_human_word
    answered = word if letters and word is not None and word > letters[0].at else None
    items = tuple(filter(None, (clean.said(item, 100) for item in order.items)))
    waits_for = _waited_for(step, judgement)
    promised = [p for p in order.promises if p.expectation == waits_for]
    first = promised[0].due if promised and promised[0].due < promised[-1].due else None
    # at the foot of a marketplace's mail stands the marketplace, not who sold there
    who = order.identity if not order.sold_by else None
    contacts = {} if order.sold_by else {contact.channel: contact.value for contact, _ in order.contacts}
    withdrawn = story.withdrawn(order, zone, rules)
    return Facts(
        situation=_told(situation(order, judgement), step, order, judgement, withdrawn=withdrawn is not None),
        withdrawn=withdrawn,
        answer_due=_answer_due(judgement, today, asked=bool(letters)),
        addressee=step.addressee,
        assumed=step.assumed and step.rung in PLAIN_RUNGS,  # of a rule it is the day that is assumed
        today=today,
        writer=clean.said(user.name, 60),
        writer_address=clean.said(user.postal_address, 200),
        writer_phone=clean.said(user.phone, 40),
        account=_account(order, user),
        seller=clean.said(order.sold_by or order.seller.name, 80),
        marketplace=clean.said(order.seller.name, 80) if order.sold_by else "",
        number=clean.number(order.number or ""),
        placed=on(order.placed_at),
        items=items[:MAX_ITEMS],
        more_items=max(len(items) - MAX_ITEMS, 0),
        amount=order.paid or order.total,
        paid=order.settlement is Settlement.RECEIVED,
        method=clean.said(order.payment_method or "", 60),
        parcels=tuple(
            (clean.said(parcel.carrier, 40), clean.number(parcel.tracking_number))
            for parcel in order.parcels[:MAX_ITEMS]
            if parcel.delivered_at is None and (parcel.carrier or parcel.tracking_number)
        ),
        promised=promised[-1].due if promised else None,
        promised_on=on(promised[-1].stated_at) if promised else None,
        promised_first=first,
        shipped=on(order.shipped_at),
        delivered=on(order.delivered_at),
        cancelled=on(order.cancelled_at),
        returned=on(order.returned_at),
        refund_promised=on(order.refund_promised_at),
        refund=order.promised_back,
        part_told=on(_part_told(order)),
        given_back=order.given_back,
        refunded=on(order.refunded_at),
        asked=asked,
        answered=on(answered),
        answer_by=named_day(step, today),
        phone=clean.said(step.to or "", 40) if step.channel == "phone" else "",
        timeline=story.timeline(order, zone, rules),
        earlier=earlier,
        paid_on=on(order.paid_at),
        card=_card(card),
        issuer=_issuer(card, issuer),
        instalments=order.instalments if (order.instalments or 0) > 1 else None,
        payment_day=payment_day,
        principal=claim.principal,
        rate=claim.rate,
        interest_from=claim.interest_from,
        interest=claim.interest if claim.interest is not None and claim.interest.amount > 0 else None,
        counted_to=claim.counted_to,
        total=claim.total,
        refund_due=claim.refund_due,
        unpaid=claim.unpaid,
        surcharge_percent=claim.surcharge_percent if claim.surcharge is not None else None,
        surcharge=claim.surcharge,
        statutory_interest=claim.statutory_interest,
        representative=clean.said(who.representative.value, 60) if who and who.representative else "",
        registration=clean.said(who.registration.value, 40) if who and who.registration else "",
        permit=clean.said(who.permit.value, 60) if who and who.permit else "",
        seller_address=clean.said(who.address.value, 150) if who and who.address else "",
        seller_phone=clean.said(who.phone.value if who and who.phone else contacts.get("phone", ""), 40),
        seller_email=clean.said(who.email.value if who and who.email else contacts.get("email", ""), 100),
        printed=step.channel in ("letter", "fax"),
        case_number=next((e.case_number for e in reversed(earlier) if e.case_number and e.role == role), ""),
    )


def _part_told(order: Order) -> datetime | None:
    """When the seller first announced money for a part of the order: by a promise, or as he cancelled that part."""
    for event in order.events if order.partly_cancelled else ():
        part = event.reading.finding.partial if event.reading is not None else None
        if event.kind == Kind.CANCELLATION and part is not None and part.value:
            return event.at
    return order.refund_promised_at


def situation(order: Order, judgement: Judgement) -> str:
    """What a letter about this order is about; see `Facts.situation`."""
    waits_for = judgement.waits_for
    if waits_for == Expectation.DELIVERY:
        told = [parcel.delivered_at is not None for parcel in order.parcels]
        some = any(told)
        if order.arrived_said is False and (order.delivered_at is not None or (some and all(told))):
            return "not_arrived"
        return "part_missing" if some and order.delivered_at is None else "delivery"
    if waits_for == Expectation.REFUND:
        if order.refund_promised_at is not None:
            return "refund_promised"
        if order.cancelled_at is not None:
            return "refund_cancelled"
        return "refund_returned" if order.returned_at is not None else "refund"
    if waits_for in (Expectation.DISPATCH, Expectation.CREDIT, Expectation.ANSWER):
        return str(waits_for)
    return "open"


def _told(what: str, step: Step, order: Order, judgement: Judgement, *, withdrawn: bool) -> str:
    """The situation as this text tells it: the money of an order that the user gave up himself; and to whoever was not
    asked himself not that an answer is missing, but what of.
    """
    if what == "answer":
        what = situation(order, replace(judgement, waits_for=_waited_for(step, judgement)))
    return "refund_withdrawn" if what == "refund" and withdrawn else what


def _waited_for(step: Step, judgement: Judgement) -> str:
    """What the text is about: in a letter by a rule, and to all others, what the missing answer was asked about."""
    if judgement.waits_for != Expectation.ANSWER or step.rung in PLAIN_RUNGS:
        return judgement.waits_for
    owed = {due.expectation for due in judgement.dues}
    return str(next((one for one in _OWED if one in owed), judgement.waits_for))


def _answer_due(judgement: Judgement, today: date, *, asked: bool) -> date | None:
    """Until when the seller may still answer; None where nobody waits for it, or the day has passed."""
    days = [due.due_on for due in judgement.dues if due.expectation is Expectation.ANSWER and due.due_on >= today]
    return max(days, default=None) if asked else None


def _card(card: Card | None) -> str:
    if card is None:
        return ""
    last4 = f"****{card.last4}" if len(card.last4) == 4 and card.last4.isdecimal() else ""
    return " ".join(filter(None, (clean.said(card.issuer, 40), clean.said(card.network, 20), last4)))


def _issuer(card: Card | None, named: Mapping[str, str]) -> Mapping[str, str]:
    """Who issued the card, by language: as the settings say, else as the mails do."""
    own = clean.said(card.issuer, 40) if card is not None else ""
    return {"ko": own, "en": own} if own else {language: clean.said(name, 40) for language, name in named.items()}


def _account(order: Order, user: Writer) -> str:
    """The address to which the shop wrote, where it is one of the user's."""
    own = {address.lower() for address in user.addresses}
    for event in order.events:
        if event.source is Source.MAIL and event.reading is not None and not event.reading.own:
            for address in event.reading.to:
                if address.email.lower() in own:
                    return render.one_line(address.email, 100)
    return ""


def named_day(step: Step, today: date) -> date | None:
    """The day that the letter names: the step's, or, where the mailbox was last read long ago, a week from today.

    Never later than the last day on which the step itself is safe: our own alarm before it where that lies ahead, and
    the Friday before where that is on a weekend. A day that is but assumed, for the way in which the user may have
    paid, takes nothing from what the cited law gives.
    """
    day = step.answer_by
    if day is not None and day <= today:
        day = today + timedelta(days=7)
        while day.weekday() >= 5:
            day += timedelta(days=1)
    known = () if step.assumed else (step.alarm_on, step.last_safe_day)
    ends = [end for end in known if end is not None and end > today]
    if day is None or not ends or day <= ends[0]:
        return day
    end = ends[0]
    while end.weekday() >= 5 and end - timedelta(days=1) > today:
        end -= timedelta(days=1)  # nobody works at the seller's on a weekend; later would be too late
    return end
