"""The words of orders: what the ledger remembers of mails, what happened, what is due, the next step and its draft.

Part of `monitor.types`, which has them under its own name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from monitor.types import (
    Address,
    Authentication,
    Contact,
    Expectation,
    Finding,
    Money,
    OrderClass,
    Seller,
    SellerIdentity,
    Settlement,
    Span,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """One mail of a purchase (or one that may be: an own letter, a reply) as the ledger remembers it."""

    identity: str
    message_id: str | None
    references: tuple[str, ...]
    sender: Address
    reply_to: Address | None
    to: tuple[Address, ...]
    subject: str
    sent_at: datetime | None
    received_at: datetime
    authentication: Authentication
    auto_submitted: bool
    verdict: Verdict
    finding: Finding
    own: bool = False  # sent by the user (From is one of his addresses, authentication not `fail`)
    program: bool = False  # sent by this program (digest, notification, letter)
    accounts: tuple[str, ...] = ()
    failed_recipients: tuple[str, ...] = ()  # of a bounce (RFC 3464 Final-Recipient)
    body_mentions: tuple[str, ...] = ()  # order-number-like words of own letters and replies, for linking
    links_to: tuple[str, ...] = ()  # Message-IDs in the returned headers of a bounce


class Source(StrEnum):
    """Who made an event."""

    MAIL = "mail"
    USER = "user"
    MONITOR = "monitor"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to an order. Append-only where the source is user or monitor.

    `kind` is a `Kind` value for mails; for the user: arrived not_arrived paid returned refunded not_refunded
    not_an_order closed snooze same_as set; for the monitor: letter drafted digest notified.
    """

    id: str
    order_id: str
    at: datetime
    kind: str
    source: Source
    mail: str | None = None  # identity of the mail that it comes from or was made about
    reading: Reading | None = None
    payload: Mapping[str, str] = field(default_factory=dict)
    anchor_seller: str | None = None  # a statement hangs on the mail it was made about and on seller key + order number
    anchor_number: str | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """A day that the seller named for something (already resolved to a date), and when he named it."""

    expectation: Expectation
    due: date
    stated_at: datetime
    event_id: str


@dataclass(frozen=True, slots=True)
class Parcel:
    """One parcel of an order; `tracking_number` "" where the dispatch notice named none."""

    tracking_number: str
    carrier: str
    shipped_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as its events tell it. Folded, never stored as truth."""

    id: str
    seller: Seller
    number: str | None
    placed_at: datetime
    events: tuple[Event, ...]
    items: tuple[str, ...] = ()
    total: Money | None = None
    paid: Money | None = None
    promised_back: Money | None = None
    given_back: Money | None = None
    settlement: Settlement = Settlement.RECEIVED
    paid_at: datetime | None = None  # when the payment counts as made; None while it is awaited
    payment_failed_at: datetime | None = None  # of a failure with no payment after it
    payment: str | None = None
    payment_method: str | None = None
    instalments: int | None = None
    order_class: OrderClass = OrderClass.PHYSICAL
    parcels: tuple[Parcel, ...] = ()
    parcels_expected: int | None = None
    shipped_at: datetime | None = None  # first dispatch notice
    all_shipped: bool = False
    delivered_at: datetime | None = None  # when every known parcel is delivered
    delivery_reported_by_mail: bool = False
    arrived_said: bool | None = None  # the user's yes or no to "has it arrived?"
    cancelled_at: datetime | None = None
    partly_cancelled: bool = False
    returned_at: datetime | None = None
    refund_promised_at: datetime | None = None
    refunded_at: datetime | None = None
    fully_refunded: bool = False
    refund_missing_at: datetime | None = None  # when the user said that the money has not come, whatever mails say
    closed_at: datetime | None = None
    snoozed_until: date | None = None
    promises: tuple[Promise, ...] = ()  # in the order in which they were made
    put_off: int = 0  # how often the seller moved a date
    last_human_word: datetime | None = None
    unanswered_letter_at: datetime | None = None  # the user's first letter since the seller's last word
    answer_until: date | None = None  # the latest day that such letters set themselves
    withdrawal: Event | None = None  # by which the user gave the order up, where that stands: a letter, or a call
    withdrawal_until: date | None = None  # until when he himself gave time for the money
    asked_after_withdrawal_at: datetime | None = None  # his first unanswered letter about anything else since then
    letters: tuple[Event, ...] = ()  # the user's letters to the seller about this order
    letters_elsewhere: tuple[tuple[Event, str], ...] = ()  # those to others (marketplace, provider, bank ...), and whom
    bounced: bool = False  # the user's last letter came back
    authentication: Authentication = Authentication.NONE  # the worst of its mails that opened it
    suspicious: bool = False  # opened by a mail whose authentication is `fail`
    contacts: tuple[tuple[Contact, Authentication], ...] = ()
    language: str = "en"  # of the seller's mails
    questions: tuple[str, ...] = ()  # which_order, which_value ... raised by linking or reading
    accounts: tuple[str, ...] = ()  # that have seen its mails, or from whose address the user wrote
    senders: tuple[Address, ...] = ()  # of the seller's mails
    sold_by: str = ""  # on a marketplace (then `seller` is the marketplace): who sold there, "" if unknown
    identity: SellerIdentity | None = None  # as the newest of his mails that says it has it


@dataclass(frozen=True, slots=True)
class Card:
    """One of the user's payment cards, as far as deadlines hang on it. Never a number: four digits at most.

    `network`: visa, mastercard, amex, jcb, discover, diners, unionpay or "" (a domestic one); `kind`: credit, check,
    debit, charge or "". `payment_day` is the day of the month on which the bill is debited, `statement_day` that on
    which it is drawn up; None where not given. A day that a month lacks is its last.
    """

    issuer: str
    network: str = ""
    kind: str = ""
    last4: str = ""
    payment_day: int | None = None
    statement_day: int | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """What the judge needs to know of the user: all periods are `Span`s, None where the table decides."""

    country: str
    timezone: str
    threshold: int = 3  # business days
    threshold_by_seller: Mapping[str, int] = field(default_factory=dict)  # seller key or domain or folded name
    threshold_by_expectation: Mapping[str, int] = field(default_factory=dict)
    expect: Mapping[str, Span] = field(default_factory=dict)  # dispatch, delivery, refund, answer
    extra_holidays: tuple[date, ...] = ()
    cards: tuple[Card, ...] = ()
    region: str = ""  # ISO 3166-2 of where the user lives ("CA-ON"), where laws differ within the country


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that an order waits for. `due_on`: the last day on which it can still be done."""

    expectation: Expectation
    since: datetime
    due_on: date
    flagged: bool
    because: tuple[str, ...]  # event ids
    basis: str  # promise, user, table: what the date rests on
    reason: str  # message key of the catalog, e.g. "due.dispatch.promise"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the judge says about one order at one moment."""

    order_id: str
    judged_at: datetime  # the earlier of the asked moment and `heard_until`
    state: str
    waits_for: str  # an Expectation value or "nothing"
    due_on: date | None
    overdue_days: int
    silent_since: datetime | None
    flagged: bool
    urgent: bool
    asks: str | None
    dues: tuple[Due, ...]
    reason: str  # one message key of the catalog that says why (see Due.reason)
    given_up: tuple[Due, ...] = ()  # goods that no due shows: he wants them no more, or a service lent him the price


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to turn to next, by which channel, from when, until when."""

    order_id: str
    rung: str  # inquiry, demand, dispute, or the id of a rule of the rights table
    addressee: str  # seller, marketplace, payment_provider, card_issuer, ...
    channel: str
    not_before: date
    last_safe_day: date | None = None
    rules: tuple[str, ...] = ()
    rules_out: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    assumed: bool = False
    to: str | None = None  # mail address, phone number or page that the mails themselves name, as `channel` says
    warning: str | None = None  # message key: what the user should know of `to`, or of its absence
    answer_by: date | None = None  # the day that the letter names
    alarm_on: date | None = None  # our own day before `last_safe_day`
    status: str = "open"  # open, waiting, done, expired, ruled_out
    reason: str = ""  # message key that says why it has this status
    because: str = ""  # what the reason names: the id of a rung, or a day (ISO)
    pressed: bool = False  # `answer_by` is earlier than a law gives for a refund: the letter does not cite that law
    before_bill: bool = False  # ends with the card's next payment day, which nobody told; `last_safe_day` stands in


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of somebody's form: `value` is ready to be copied, "" where the user must fill it in himself.

    `max_length` (characters) only where a source states it; `choice` where the form offers a list to pick from.
    """

    key: str
    label: str
    value: str
    required: bool = True
    max_length: int | None = None
    choice: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A text for one step. It rests on `based_on` (event ids); news on the order locks it."""

    id: str
    order_id: str
    rung: str
    channel: str
    to: str | None
    subject: str
    body: str
    language: str
    status: str  # ready, locked, discarded, exported, done (by the user's own hand), sent
    rules: tuple[str, ...]
    based_on: tuple[str, ...]
    gloss: str | None = None  # the same in the user's language, where that differs
    warning: str | None = None  # message key: address from an unauthenticated mail, no address known ...
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    mode: str = "email"  # email, prepared_form, call_script, letter: what the user does with it
    link: str = ""  # the page of the form, from the rule base; "" where none is known
    fields: tuple[FormField, ...] = ()
    attachments: tuple[str, ...] = ()  # keys of evidence to bring, named by the catalog's `evidence.<key>`
    script: str | None = None  # for a call about the same step, in the user's language
    chat: str | None = None  # short, to be pasted into a chat
    private_message: str | None = None  # for a direct message on a social network, never for a public post
    hints: tuple[str, ...] = ()  # message keys: what the user should know; never part of the text
    edited: bool = False  # the user changed the wording: what is stored is shown, not the text of today
    enclosed: tuple[str, ...] = ()  # ids of the files that the user chose to send along
    chat_gloss: str | None = None  # `chat` in the user's language, where that differs
    private_gloss: str | None = None  # `private_message` likewise
    answer_by: date | None = None  # the day that the text names
    addressee: str = ""  # of its step; what goes to the seller is told from what goes to others by it


@dataclass(frozen=True, slots=True)
class Problem:
    """Something a person may have to look at. Names a mail by its identity, never by its text."""

    stage: str
    message: str  # plain words, and what the user can do
    mail: str | None = None
