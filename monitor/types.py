"""The words of the program: frozen values and enums, standard library only.

Every module speaks in these; none of them does anything. Money is a decimal with an ISO 4217 currency, a
moment is an aware datetime, a day is a date in the user's time zone. A value that is not known is None,
never a placeholder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")


class Kind(StrEnum):
    """What a mail says. `PUBLIC_KIND` maps these to the fewer kinds of the machine-readable output."""

    ORDER_CONFIRMATION = "order_confirmation"
    PAYMENT_RECEIPT = "payment_receipt"
    PAYMENT_FAILED = "payment_failed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    CANCELLATION = "cancellation"
    RETURNED = "returned"  # a return was accepted or has arrived
    REFUND_PROMISED = "refund_promised"
    REFUND = "refund"
    SELLER_REPLY = "seller_reply"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    OWN_LETTER = "own_letter"
    DISPUTE_UPDATE = "dispute_update"
    OTHER = "other"


class Authentication(StrEnum):
    """What the receiving server said of the sender (RFC 8601), reduced to what the program acts on."""

    PASS = "pass"  # noqa: S105 - the word of RFC 8601, no password
    FAIL = "fail"
    NONE = "none"


class Expectation(StrEnum):
    """What an order can wait for."""

    PAYMENT = "payment"
    DISPATCH = "dispatch"
    DELIVERY = "delivery"
    ANSWER = "answer"
    REFUND = "refund"
    CREDIT = "credit"


class Settlement(StrEnum):
    """What a mail says about the money of an order."""

    RECEIVED = "received"
    AWAITED = "awaited"  # bank transfer, virtual account, payment later: not yet here
    ON_DELIVERY = "on_delivery"


class OrderClass(StrEnum):
    """Classes of orders whose clocks differ from those of a parcel."""

    PHYSICAL = "physical"
    DIGITAL = "digital"
    SERVICE = "service"  # tickets, bookings, food
    PREORDER = "preorder"
    MADE_TO_ORDER = "made_to_order"
    SUBSCRIPTION = "subscription"
    FREE = "free"


class Unit(StrEnum):
    """Units of a `Span`."""

    DAYS = "days"
    BUSINESS_DAYS = "business_days"
    WEEKS = "weeks"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as a text or a law states it: "3 business days". The first day is not counted."""

    count: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as stated, with its ISO 4217 currency."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Stated(Generic[T]):
    """A value with the words that prove it and the reader that took it from them.

    `reader` is one of "markup", "layout:<shop id>", "generic", "header", "pdf", "user".
    """

    value: T
    quote: str
    reader: str


@dataclass(frozen=True, slots=True)
class Address:
    """A mail address: display name (may be empty) and addr-spec in lower case (may be empty if broken)."""

    name: str
    email: str

    @property
    def domain(self) -> str:
        return self.email.rpartition("@")[2]


@dataclass(slots=True)  # not frozen, which makes it cost four times as much: there is one for each mail of a mailbox
class RawMail:
    """A mail as a mailbox gave it. `received_at` is the server's INTERNALDATE; None where files give none."""

    account: str
    folder: str
    uidvalidity: int
    uid: int
    received_at: datetime | None
    content: bytes
    size: int = 0  # RFC822.SIZE; `content` is shorter when only some parts were fetched
    left_out: tuple[str, ...] = ()  # parts that were too large to fetch, named


@dataclass(frozen=True, slots=True)
class Header:
    """What the header block alone tells; enough to decide whether the body is worth fetching.

    `identity` is the mail's identity: SHA-256 (hex, 32 chars) of Message-ID + From + Date, else of the header.
    """

    identity: str
    message_id: str | None
    references: tuple[str, ...]  # References and In-Reply-To, oldest first, without angle brackets
    sender: Address
    reply_to: Address | None
    to: tuple[Address, ...]  # To and Cc, decoded
    subject: str
    sent_at: datetime | None
    received_at: datetime | None  # topmost Received header; the caller prefers INTERNALDATE
    content_type: str
    bulk: bool  # List-Id, List-Unsubscribe, Precedence: bulk/list
    auto_submitted: bool  # RFC 3834 Auto-Submitted other than "no", X-Autoreply and the like
    advert: bool  # marked as advert: (광고), [AD]
    authentication: Authentication
    authentication_detail: str = ""  # the words of the header that decided, for the explanation
    auto_replied: bool = False  # says itself that it answers automatically (RFC 3834 auto-replied, X-Autoreply)


@dataclass(frozen=True, slots=True)
class Attachment:
    """An attached file: named, measured, never opened here."""

    name: str
    content_type: str
    size: int
    content: bytes | None = None  # only of types that a reader asks for (application/pdf), else None


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail, decoded: NFC text, no invisible characters, hidden HTML dropped."""

    header: Header
    received_at: datetime  # INTERNALDATE, else topmost Received, else Date, else the time of the import
    text: str  # what a reader sees: text/plain, or the HTML as text with table cells kept apart
    html: str  # the HTML as decoded, "" if none; hostile
    attachments: tuple[Attachment, ...] = ()
    forwarded: Header | None = None  # the header of the mail that this one forwards (inline or message/rfc822)
    quoted: str = ""  # the quoted earlier mail, cut from `text`
    left_out: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()  # what had to be repaired, in plain words


@dataclass(frozen=True, slots=True)
class Triage:
    """Whether a header alone makes the mail a candidate, and why."""

    candidate: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sold. `key` scopes order numbers: id of a known shop, else registrable domain, else the folded name."""

    key: str
    name: str
    domain: str = ""  # registrable domain of the seller's own mails, "" if only known by name
    known: str = ""  # id in knowledge/shops, "" if unknown
    country: str = ""  # ISO 3166-1, "" if unknown


@dataclass(frozen=True, slots=True)
class Verdict:
    """Is this mail about a purchase, and what does it say?

    `reason` is one plain English line (catalog-free: for explanation and logs it never quotes the mail);
    `quotes` are the words that decided, `rivals` the kinds that lost, each with why.
    """

    kind: Kind
    seller: Stated[Seller] | None
    language: str  # ISO 639-1, "und" if unknown
    reason: str
    quotes: tuple[str, ...] = ()
    rivals: tuple[tuple[Kind, str], ...] = ()
    from_service: str = ""  # id of the payment service, issuer or carrier that sent it, "" if the seller did


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach the seller that a mail itself states. `channel`: email, phone, web_form, chat, letter."""

    channel: str
    value: str
    quote: str


@dataclass(frozen=True, slots=True)
class SellerIdentity:
    """Who the seller says that he is, as it stands at the foot of his mails. Each value as written there.

    `registration`: number in the register of companies or of businesses (사업자등록번호, HRB, SIRET, KvK ...).
    `checksum_ok`: whether its check digit is right, None where it has none that is known; a wrong one is kept all the
    same. `permit`: number of a notification or licence to sell (통신판매업신고번호 ...).
    """

    name: Stated[str] | None = None
    representative: Stated[str] | None = None
    registration: Stated[str] | None = None
    checksum_ok: bool | None = None
    permit: Stated[str] | None = None
    vat: Stated[str] | None = None
    address: Stated[str] | None = None
    phone: Stated[str] | None = None
    email: Stated[str] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """The values that a mail states about an order; None or empty where it states none."""

    kind: Kind
    order_number: Stated[str] | None = None
    total: Stated[Money] | None = None  # grand total; for a refund or a promise of one: the amount given back
    items: tuple[Stated[str], ...] = ()
    placed_at: Stated[date] | None = None
    pay_by: Stated[date | Span] | None = None
    dispatch_by: Stated[date | Span] | None = None
    promised_by: Stated[date | Span] | None = None  # delivery
    refund_by: Stated[date | Span] | None = None
    answer_by: Stated[date | Span] | None = None  # in the user's own letter: the day that he sets
    settlement: Stated[Settlement] | None = None
    payment_method: Stated[str] | None = None  # the mail's words
    payment: str | None = None  # a `payment` value of the rights table: credit_card, bank_transfer, ...
    instalments: Stated[int] | None = None
    tracking_numbers: tuple[Stated[str], ...] = ()
    carrier: Stated[str] | None = None
    parcels: Stated[int] | None = None  # how many parcels the order comes in, where stated
    # whether this refund, cancellation or dispatch covers only part of the order; False: a refund "in full"
    partial: Stated[bool] | None = None
    order_class: Stated[OrderClass] | None = None
    contacts: tuple[Contact, ...] = ()
    disagreements: tuple[tuple[str, tuple[Stated[str], ...]], ...] = ()  # field name, the rival values as text
    stands_in: bool = False  # `order_number` is that of an invoice, receipt or transaction: the mail names no other
    identity: SellerIdentity | None = None
    sold_by: Stated[str] | None = None  # on a marketplace: who sold there, where the mail names one seller
    notes: tuple[str, ...] = ()  # what of the mail could not be read, in plain words that quote nothing
    says: Stated[str] | None = None  # of the user's own letter: what it declares (`knowledge.letters.FAMILIES`)
    protected_until: Stated[date] | None = None  # last day for a claim with the marketplace, as it says itself
    debit_on: Stated[date] | None = None  # when the user's account is debited
    outcome: Stated[str] | None = None  # of a dispute: "refused" or "granted"; of an answer of the seller's: "refused"
    case_number: Stated[str] | None = None  # of a mail about a dispute: the number that the service gave it
    case_opened: Stated[date] | None = None  # of a mail about a dispute: when it says that it was opened
    passages: tuple[str, ...] = ()  # of the user's own letter with several numbers: its sentences, card numbers reduced


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


PUBLIC_KIND: Mapping[Kind, Kind] = {
    Kind.DELAYED: Kind.SELLER_REPLY,  # `shipped` where a parcel is on its way: see run.public_kind
    Kind.RETURNED: Kind.CANCELLATION,
    Kind.REFUND_PROMISED: Kind.REFUND,
    Kind.DISPUTE_UPDATE: Kind.SELLER_REPLY,
    Kind.AUTO_REPLY: Kind.OTHER,
    Kind.BOUNCE: Kind.OTHER,
    Kind.OWN_LETTER: Kind.OTHER,
}

OPENING_KINDS: frozenset[Kind] = frozenset(
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
    }
)
"""Kinds of mails that tell of an order by themselves: each can open one."""
