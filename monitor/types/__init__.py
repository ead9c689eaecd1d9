"""The words of the program: frozen values and enums, standard library only.

Every module speaks in these; none of them does anything. Those of mails stand here, those of orders in `orders`,
and all of them are imported from here. Money is a decimal with an ISO 4217 currency, a
moment is an aware datetime, a day is a date in the user's time zone. A value that is not known is None,
never a placeholder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from monitor.types.orders import (
        Card as Card,
    )
    from monitor.types.orders import (
        Draft as Draft,
    )
    from monitor.types.orders import (
        Due as Due,
    )
    from monitor.types.orders import (
        Event as Event,
    )
    from monitor.types.orders import (
        FormField as FormField,
    )
    from monitor.types.orders import (
        Judgement as Judgement,
    )
    from monitor.types.orders import (
        Order as Order,
    )
    from monitor.types.orders import (
        Parcel as Parcel,
    )
    from monitor.types.orders import (
        Problem as Problem,
    )
    from monitor.types.orders import (
        Promise as Promise,
    )
    from monitor.types.orders import (
        Reading as Reading,
    )
    from monitor.types.orders import (
        Rules as Rules,
    )
    from monitor.types.orders import (
        Source as Source,
    )
    from monitor.types.orders import (
        Step as Step,
    )

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

_OF_ORDERS = frozenset(
    (
        "Card",
        "Draft",
        "Due",
        "Event",
        "FormField",
        "Judgement",
        "Order",
        "Parcel",
        "Problem",
        "Promise",
        "Reading",
        "Rules",
        "Source",
        "Step",
    )
)

if not TYPE_CHECKING:  # a type checker would take any name for one of these

    def __getattr__(name: str) -> Any:
        """The words of `orders`, loaded when the first is asked for: to read mails takes none, and they take as long
        to load as all others together."""
        if name not in _OF_ORDERS:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from monitor.types import orders

        globals().update({each: getattr(orders, each) for each in _OF_ORDERS})
        return globals()[name]
