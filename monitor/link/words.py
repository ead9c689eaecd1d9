"""What linking gives back, and the folded forms in which numbers and names are compared."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from monitor.knowledge.patterns import Worded
from monitor.types import Kind, Reading, Seller

_LEGAL_FORM = Worded(r"<\blegal_form\b>\.?")
_NOT_WORD = re.compile(r"[\W_]+")

WHICH_ORDER = "which_order"
"""What linking may ask of the user: "which_order:<identity>", of the mail that fits several orders."""


def asked(question: str) -> str | None:
    """The identity of the mail that a question of linking is about, None for other questions."""
    name, _, identity = question.partition(":")
    return identity if name == WHICH_ORDER and identity else None


@dataclass(frozen=True, slots=True)
class Member:
    """One mail in an order's story, with the kind that it has there (context can decide it).

    `shared_by`: of the user's letter about several orders, their numbers (folded); `about`: this order's among them.
    `elsewhere`: it is in the story of another order too, which is its first home.
    """

    reading: Reading
    kind: Kind
    about: str = ""
    shared_by: tuple[str, ...] = ()
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that the program sent: its Message-ID, when and to whom it went, and a mail of the order it is about."""

    message_id: str
    at: datetime
    to: str
    mail: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user said of which mails belong together; all mails by their identity.

    `same`: pairs that are one order. `apart`: mails that form an order of their own. `moved`: a mail that belongs
    to the order of another mail, or (None) to no order at all. `case_numbers`: folded numbers under which somebody
    keeps the user's complaint, each with a mail of the order.
    """

    same: tuple[tuple[str, str], ...] = ()
    apart: tuple[tuple[str, ...], ...] = ()
    moved: Mapping[str, str | None] = field(default_factory=dict)
    case_numbers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """One order: its id, its mails oldest first, and the questions that linking raised."""

    id: str
    seller: Seller
    number: str | None
    members: tuple[Member, ...]
    questions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Linked:
    """All orders, and the mails that belong to none."""

    groups: tuple[Group, ...]
    unlinked: tuple[str, ...]  # identities


def order_id(identity: str) -> str:
    """The id of the order that the mail `identity` opened: 10 hex characters, the same after every rebuild."""
    return hashlib.sha256(b"order:" + identity.encode()).hexdigest()[:10]


@lru_cache(maxsize=4096)
def fold_number(number: str) -> str:
    """Case-, width- and punctuation-blind form of an order or tracking number."""
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", number).casefold())


@lru_cache(maxsize=1024)
def fold_name(name: str) -> str:
    """A seller's name without legal form, case, width and punctuation."""
    bare = _LEGAL_FORM.re.sub(" ", unicodedata.normalize("NFKC", name).casefold())
    return _NOT_WORD.sub("", bare)
