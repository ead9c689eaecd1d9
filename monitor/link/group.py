"""One order while it grows, and what it and a mail say of each other.

In charge of the questions that need nothing but these two: can the mail come from the order's seller, does its number
speak against it, what kind is it at its place. Which orders come into question at all, `books` knows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from monitor.knowledge.domains import is_free_mail
from monitor.link.words import Member, fold_name, fold_number
from monitor.types import OPENING_KINDS, Authentication, Kind, Reading, Seller

PURCHASE = OPENING_KINDS | {Kind.SELLER_REPLY, Kind.DISPUTE_UPDATE}
_NAME = 5  # letters of a name in an address that say whose it is
_AT_ONCE = timedelta(minutes=2)  # nobody reads a letter, looks its order up and answers within this time


@dataclass(slots=True, eq=False)
class Open:
    """A group while it grows; two of them are never equal, whatever they hold."""

    seller: Seller | None
    number: str | None
    suspicious: bool
    opened_at: datetime
    last_at: datetime
    place: int  # among all groups, in the order in which they were opened
    members: list[Member] = field(default_factory=list)
    questions: set[str] = field(default_factory=set)
    amounts: set[tuple[Decimal, str]] = field(default_factory=set)
    kinds: set[Kind] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    domains: set[str] = field(default_factory=set)
    sender_domains: set[str] = field(default_factory=set)
    stands_in: bool = False  # `number` is that of a receipt, an invoice or a transaction
    letters_at: list[datetime] = field(default_factory=list)  # of the user's and the program's letters
    dead: bool = False


def compatible(group: Open, reading: Reading) -> bool:
    """Whether the mail can come from (or be about) the seller of the group."""
    seller = reading.verdict.seller
    if seller is None or group.seller is None:
        return True
    mine, its = seller.value, group.seller
    if mine.key == its.key or (mine.domain and mine.domain in group.domains):
        return True
    ours, theirs = fold_name(mine.name), fold_name(its.name)
    if not ours or not theirs:
        return False
    short, long = sorted((ours, theirs), key=len)
    return short == long or (len(short) >= 3 and long.startswith(short))


def knows(group: Open, reading: Reading) -> bool:
    """Whether the mail names the very seller of the group."""
    seller = reading.verdict.seller
    return seller is not None and group.seller is not None and seller.value.key == group.seller.key


def number_free(group: Open, number: str) -> bool:
    """Two different order numbers are two orders, whatever else agrees."""
    return not number or group.number is None or fold_number(group.number) == number


def named(group: Open, mentions: frozenset[str]) -> bool:
    """Whether the group's own number is among these folded ones."""
    return bool(group.number) and fold_number(group.number or "") in mentions


def mentions(reading: Reading) -> frozenset[str]:
    """Every number that the mail carries, folded: its order's, and those that look like one."""
    words = [fold_number(word) for word in reading.body_mentions]
    if reading.finding.order_number is not None:
        words.append(fold_number(reading.finding.order_number.value))
    return frozenset(word for word in words if word)


def speaks_of(group: Open, email: str) -> bool:
    """Whether the order's own mails bear the name that stands in an address: "Your purchase from WillowClay"."""
    local, _, domain = email.partition("@")
    names = {"".join(filter(str.isalpha, fold_name(part))) for part in (local, domain.partition(".")[0])}
    if is_free_mail(domain):
        names = {"".join(filter(str.isalpha, fold_name(local)))}
    mails = [member.reading for member in group.members if not member.reading.own]
    told = [fold_name(mail.subject) for mail in mails]
    told += [fold_name(mail.finding.sold_by.value) for mail in mails if mail.finding.sold_by is not None]
    return any(len(name) >= _NAME and name in text for name in names for text in told)


def in_context(group: Open, reading: Reading, kind: Kind) -> Kind:
    """The kind that a mail has at its place, where that says more than its words.

    After a letter of the user, a bare "your order 1001" is the answer, not a second confirmation; and an answer that
    comes at once and names no day or sum is a machine's acknowledgement, in whatever words.
    """
    finding = reading.finding
    letters = group.letters_at
    if not letters or reading.authentication is Authentication.FAIL:
        return kind
    if kind is Kind.ORDER_CONFIRMATION and kind in group.kinds and finding.total is None and not finding.items:
        kind = Kind.SELLER_REPLY
    says_something = finding.total or finding.dispatch_by or finding.promised_by or finding.refund_by
    at_once = any(sent <= reading.received_at <= sent + _AT_ONCE for sent in letters)
    return Kind.AUTO_REPLY if kind is Kind.SELLER_REPLY and at_once and not says_something else kind


def sender_as_seller(reading: Reading) -> Seller:
    """Where no mail names the seller: the sender stands in, so that the order can be shown."""
    sender = reading.sender
    return Seller(key=sender.domain or sender.email, name=sender.name or sender.domain or sender.email)
