"""Whether a seller's answer refuses a cancellation, a withdrawal or a refund, and which of his answers did.

In charge of the words of `refusals.toml`, read sentence by sentence: a condition, a question, what holds only in
general or in part, and what stands in quotation marks refuse nothing; nor does a mail that gives the money back in
another sentence. Where words are unclear no refusal is read: the answer then only buys the seller the usual wait. What
follows from a refusal is up to `escalate` and `draft`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.knowledge import letters
from monitor.knowledge.periods import REFUSED
from monitor.knowledge.words import KnowledgeError
from monitor.types import Authentication, Kind

if TYPE_CHECKING:
    from monitor.knowledge.rights.model import Rule
    from monitor.types import Event, Order

FILE = Path(__file__).with_name("refusals.toml")
TABLES = ("refuses", "general", "denies", "grants", "regrets")
KINDS = (Kind.SELLER_REPLY, Kind.DELAYED, Kind.SHIPPED)
"""Kinds of mail that can refuse; a dispatch notice only where it answers ("cannot be cancelled, as it was sent")."""
_ASKED = frozenset((letters.WITHDRAWAL, letters.REFUND_DEMAND, letters.DEMAND, letters.PERHAPS))
_ASKS_NOTHING = frozenset(("inquiry", "progress", "none"))  # texts of rules to which no refusal is an answer


@cache
def _tables() -> dict[str, dict[str, list[str]]]:
    """The file. Raises KnowledgeError where it cannot be read as such."""
    try:
        table = tomllib.loads(FILE.read_text(encoding="utf-8"))
        return {name: dict(table[name]) for name in TABLES}
    except (OSError, tomllib.TOMLDecodeError, KeyError, ValueError) as error:
        raise KnowledgeError(f"{FILE.name}: {error}") from None


@cache
def _words(table: str, language: str) -> re.Pattern[str]:
    """A table's words, of a language, or of all where the file does not know it. Raises KnowledgeError.

    They are for texts in small letters: to ignore case takes three times as long.
    """
    tables = _tables()
    known = language in tables["refuses"]
    parts = [part for own, parts in tables[table].items() if own == language or not known for part in parts]
    try:
        return re.compile("|".join(parts))
    except (TypeError, re.error) as error:
        raise KnowledgeError(f"{FILE.name}: {error}") from None


def refusal(text: str, language: str = "") -> str:
    """The sentence by which an answer of the seller's refuses a cancellation, a withdrawal or a refund; "" without one.

    `text`: what he wrote himself, without the earlier mail that he quotes; `language` (ISO 639-1): "" if not known.
    """
    refuses = _words("refuses", language)
    if refuses.search(text[: letters.LONGEST].lower()) is None:
        return ""  # as most mails: no sentence need be taken apart, and no other words be known
    denies, grants = _words("denies", language), _words("grants", language)
    found = ""
    for stated in letters.passages(text):
        sentence = stated.lower()
        no = refuses.search(sentence)
        if no is None or denies.search(sentence):
            if grants.search(sentence) and not letters.open_ended(sentence):
                return ""
            continue
        rest = sentence[: no.start()] + " " + sentence[no.end() :]
        if grants.search(rest):
            return ""
        if not found and not _hedged(sentence, rest, language):
            found = stated
    return found


def _hedged(sentence: str, rest: str, language: str) -> bool:
    """Whether a sentence refuses only under a condition, in part, in general, or asks. `rest`: without its no."""
    if letters.open_ended(rest):
        return True
    general, regrets = _words("general", language), _words("regrets", language)
    return general.search(sentence) is not None and regrets.search(sentence) is None


def told(order: Order, rules: Mapping[str, Rule]) -> tuple[Event, ...]:
    """The seller's answers that refused what the user had asked of him before: his money, a cancellation, the goods.

    A refusal that nobody had asked for is none: it may be a line of his terms. `rules`: what letters by a rung said.
    """
    asked = [event.at for event in (*order.letters, *_calls(order)) if _wants(event, rules)]
    since = min(asked, default=None)
    if since is None:
        return ()
    return tuple(event for event in order.events if event.at > since and _refuses(event))


def _calls(order: Order) -> list[Event]:
    return [event for event in order.events if event.kind == "contact" and event.payload.get("rung")]


def _wants(event: Event, rules: Mapping[str, Rule]) -> bool:
    rung = event.payload.get("rung", "")
    if not rung:
        return letters.of(event).family in _ASKED
    rule = rules.get(rung)
    if rule is None:
        return rung == "demand"
    return rule.addressee[0] == "seller" and rule.text not in _ASKS_NOTHING


def _refuses(event: Event) -> bool:
    reading = event.reading
    if reading is None or event.kind not in KINDS or reading.own or reading.auto_submitted:
        return False
    outcome = reading.finding.outcome
    return outcome is not None and outcome.value == REFUSED and reading.authentication is not Authentication.FAIL
