"""The words of a case, and what may be said of one.

In charge of what a value of the user may hold: an amount, a moment, four digits of a card and never more. Whatever a
person types here may end up in a mail to a stranger, so card numbers, expiry dates, passwords and resident numbers are
taken out before anything is kept.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal, InvalidOperation

from monitor import render
from monitor.money import spelled
from monitor.types import Contact, Money, Seller, Stated

FIELDS: tuple[str, ...] = (
    "seller", "at", "amount", "method", "issuer", "last_four", "carrier", "error_code", "account", "app_version",
    "device", "message", "charged", "order", "call_at", "case_number",
)  # fmt: skip
"""What can be said of a case, with `case open` and `case set`."""

NONE_WORDS = frozenset({"none", "no", "없음", "없다", "-"})
"""What says that there is no error code: an answer, not a gap."""


class Refused(ValueError):
    """A value that cannot be taken. `key` names the message that says why, `values` fill it."""

    def __init__(self, key: str, **values: str) -> None:
        super().__init__(key)
        self.key = key
        self.values = values


@dataclass(frozen=True, slots=True)
class Movement:
    """What a mail says about money: `charge`, `confirmed` (the order was taken after all) or `refund`."""

    kind: str
    at: datetime
    amount: Money | None
    mail: str
    order_id: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class Contacted:
    """What the user told of a call, a chat or a mail, or an answer that came by mail (`channel` "answer")."""

    at: datetime
    channel: str
    whom: str = ""
    said: str = ""
    case_number: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of what the customer centre will ask. `source`: mail, you, or "" where it is missing."""

    key: str
    required: bool
    value: str = ""
    source: str = ""

    @property
    def done(self) -> bool:
        return bool(self.value)


@dataclass(frozen=True, slots=True)
class Opening:
    """How a case began: one failed payment, told by mails or by hand.

    `attempts`: when it failed, each time that a mail told so. `causes`: ids of causes that the mails name.
    """

    id: str
    at: datetime
    seller: Seller
    attempts: tuple[datetime, ...]
    by_hand: bool
    language: str = ""
    amount: Money | None = None
    method: str = ""
    payment: str = ""
    error_code: Stated[str] | None = None
    causes: tuple[Stated[str], ...] = ()
    account: str = ""
    contacts: tuple[Contact, ...] = ()
    order_id: str | None = None
    order_number: str = ""
    mails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A failed payment as everything told of it adds up.

    `charged`: yes, no, twice, refunded, later (a later attempt went through), unknown; `charged_because`: mail, you or
    "". `status`: preparing, ready, waiting, late, answered, solved, lost, old (from a mail of long ago, never touched).
    `next`: the one thing to do now: fill_in, contact, wait, contact_again, confirm, nothing; `next_on` its day.
    `level`: 1, or 2 where it happened before or nobody answered. `last_safe_day`: carrier billing is cancelled only
    within the month of the payment.
    """

    id: str
    at: datetime
    seller: Seller
    by_hand: bool
    language: str
    amount: Money | None
    method: str
    payment: str
    issuer: str
    last_four: str
    carrier: str
    error_code: str
    account: str
    app_version: str
    device: str
    message: str
    causes: tuple[Stated[str], ...]
    attempts: tuple[datetime, ...]
    movements: tuple[Movement, ...]
    charged: str
    charged_because: str
    items: tuple[Item, ...]
    contacts: tuple[Contact, ...]
    contacted: tuple[Contacted, ...]
    files: tuple[str, ...]
    status: str
    next: str
    next_on: date | None
    level: int
    earlier: tuple[str, ...]
    order_id: str | None
    order_number: str
    call_at: datetime | None
    case_numbers: tuple[str, ...]
    answer_by: date | None
    last_safe_day: date | None
    closed_at: datetime | None
    mails: tuple[str, ...] = ()
    touched: bool = False  # the user has said something of it

    @property
    def missing(self) -> tuple[str, ...]:
        """What has to be known before anybody is contacted."""
        return tuple(item.key for item in self.items if item.required and not item.done)

    @property
    def open(self) -> bool:
        return self.status not in ("solved", "lost", "old")


def case_id(seed: str) -> str:
    """The id of a case: of the mail that told it first, or of a random seed for one opened by hand."""
    return "c" + hashlib.sha256(f"case\n{seed}".encode()).hexdigest()[:9]


_RESIDENT = re.compile(r"(?<!\d)\d{6}\s?-\s?[1-8]\d{6}(?!\d)")
_EXPIRY = re.compile(
    r"(?:유효\s?기간|만료일|expir(?:y|es|ation)(?:\s?date)?|valid\s?(?:thru|until)|exp)"
    r"[\s:：.은는이]{0,4}\d{1,2}\s?[/.\-월년]\s?\d{2,4}월?",
    re.IGNORECASE,
)
_SECRET = re.compile(
    r"(?:비밀\s?번호|암호|인증\s?번호|보안\s?코드|password|passcode|pin|cvc2?|cvv2?|cid|otp|one-time code)"
    r"(?:는|은|이|:|：|=|\s|is|was){0,6}[A-Za-z0-9!@#$%^&*_+\-]{3,32}",
    re.IGNORECASE,
)


def cleaned(value: str, limit: int = 200) -> str:
    """A text of the user's as it may be kept and repeated: one line, no card number, expiry, password, resident number.

    What was taken out leaves "***" behind, so that he sees it.
    """
    text = render.one_line(value, limit)
    text = _RESIDENT.sub("***", text)
    text = _EXPIRY.sub("***", text)
    text = _SECRET.sub("***", text)
    return render.mask_cards(text)


def settable(name: str, value: str, *, currency: str, zone: tzinfo) -> str:
    """A value as it is kept: an amount with its currency, a moment with its offset, four digits. Raises Refused."""
    if name not in FIELDS:
        raise Refused("case.refused.field", name=render.one_line(name, 40), fields=", ".join(FIELDS))
    text = value.strip()
    if not text:
        raise Refused("case.refused.empty", name=name)
    if name == "amount":
        money = parse_amount(text, currency)
        if money is None:
            wanting = "amount" if currency or parse_amount(text, "EUR") is None else "currency"
            raise Refused(f"case.refused.{wanting}", value=cleaned(text, 60))
        return f"{money.amount} {money.currency}"
    if name in ("at", "call_at"):
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise Refused("case.refused.moment", value=cleaned(text, 60)) from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat()
    if name == "last_four":
        digits = re.sub(r"\D", "", text)
        if len(digits) < 4:
            raise Refused("case.refused.last_four")
        return digits[-4:]  # of a whole number, too, only these are kept
    if name == "charged":
        word = text.casefold()
        known = {"예": "yes", "네": "yes", "아니오": "no", "아니요": "no", "모름": "unknown", "이중": "twice"}
        known |= {answer: answer for answer in ("yes", "no", "twice", "unknown")}
        if word not in known:
            raise Refused("case.refused.charged")
        return known[word]
    if name == "error_code":
        return "none" if text.casefold() in NONE_WORDS else cleaned(text, 40)
    return cleaned(text)


def parse_amount(text: str, currency: str) -> Money | None:
    """ "12,000원", "7만2천원", "12000", "12.50 EUR" or "EUR 12.50" as a person types it; None where it is no amount."""
    body = text.strip()
    dollar = currency if currency in ("CAD", "AUD", "NZD", "SGD", "HKD") else "USD"
    for sign, code in (("원", "KRW"), ("₩", "KRW"), ("€", "EUR"), ("£", "GBP"), ("$", dollar)):
        if sign in body:
            body, currency = body.replace(sign, " "), code
    words = body.replace(",", "").split()
    for word in list(words):
        if len(word) == 3 and word.isascii() and word.isalpha():
            currency = word.upper()
            words.remove(word)
    try:
        amount = spelled("".join(words)) or (Decimal(words[0]) if len(words) == 1 else None)
    except InvalidOperation:
        return None
    if amount is None or not currency or not amount.is_finite() or amount < 0 or amount >= Decimal(10) ** 12:
        return None
    return Money(amount, currency)
