"""Orders of somebody else: what a shop's own page, a marketplace or a booking service tells the one who sells.

In charge of one question: whether a mail that tells of a new order tells it to the one who ordered. Its words are in
the language files, `[advert]`: `arrivals` tell of an order, `customers` are the labels by which a shop is told whose it
is, `thanked` is what is said to him and not to the shop.
"""

from __future__ import annotations

from functools import cache

from monitor.classify.evidence import Evidence
from monitor.knowledge import Knowledge
from monitor.knowledge.phrases import SPACELESS, folded

CUSTOMERS, SOMEBODYS = "it tells of a customer's order", "it tells of somebody's order"
WEIGHTS = {CUSTOMERS: 10.0, SOMEBODYS: 8.0}
"""How much each speaks against a purchase of the reader's: the second rests on what the mail does not say."""

_FIRST = 300  # folded characters of the text in which a notice says what it is about
_LINES = 80
_LABEL = 30  # letters of the longest label


@cache
def _words(knowledge: Knowledge, language: str) -> tuple[frozenset[str], tuple[str, ...]]:
    spoken = knowledge.languages[language]
    thanked = spoken.table("advert", "thanked")
    if not spoken.spaceless:
        thanked = tuple(f" {phrase} " for phrase in thanked)
    return frozenset(spoken.table("advert", "customers")), thanked


def told_of(found: Evidence, knowledge: Knowledge) -> str:
    """Why a new order that the mail tells of seems another's, one of `WEIGHTS`; "" where it is the reader's or none."""
    arrivals = found.extra.get("advert.arrivals")
    if not arrivals or found.language not in knowledge.languages:
        return ""
    if not found.subject_extra.get("advert.arrivals"):
        beginning = found.written.padded[:_FIRST]
        if not any(phrase in beginning for phrase in arrivals):
            return ""
    customers, thanked = _words(knowledge, found.language)
    if any(phrase in found.written.padded or phrase in found.written.head for phrase in thanked):
        return ""
    if any(not customers.isdisjoint(_labels(line, found.language)) for line in found.text.split("\n")[:_LINES]):
        return CUSTOMERS
    return "" if found.count("own") or _greeted_by_name(found) else SOMEBODYS


def _greeted_by_name(found: Evidence) -> bool:
    """Whether the one whom the subject names is the one who is greeted: "Payment received from Ida Brook", "Hi Ida
    Brook"."""
    greeting = next(filter(None, map(str.strip, found.text.split("\n"))), "").rstrip(" ,!:.")
    words = f" {folded(greeting, found.language)} " if len(greeting) <= _LABEL else ""
    courtesy = max((one for one in found.extra.get("reply.courtesy", ()) if words.startswith(one)), key=len, default="")
    name = words.removeprefix(courtesy.rstrip())
    return bool(courtesy) and len(name) > 2 and name in found.written.head


def _labels(line: str, language: str) -> tuple[str, ...]:
    """What stands before the first colon or TAB of a line, folded; where blanks do not count, its first word too."""
    label = line.replace("：", ":").replace("\t", ":", 1).partition(":")[0]
    found = folded(label, language) if len(label) <= _LABEL else ""
    return (found, folded(label.split()[0], language)) if language in SPACELESS and " " in label else (found,)
