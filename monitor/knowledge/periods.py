"""Days in mails on which the user's own rights hang, the number of his case, and how a claim ended: the words for them.

In charge of the words of `periods.toml`: until when a buyer is protected, when an account is debited, under which
number and since when a claim is kept, whether it was granted or refused, whether a refund is the whole sum. Which rule
counts from such a day is up to `escalate`.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from monitor import dates
from monitor.knowledge import letters
from monitor.knowledge.words import KnowledgeError

FILE = Path(__file__).with_name("periods.toml")
PROTECTED_UNTIL, DEBIT_ON = "protected_until", "debit_on"
REFUSED, GRANTED = "refused", "granted"
NEAR = 120  # characters between the words and their day
LONGEST = 60_000  # characters of a mail that are looked at
CASE_NUMBER, CASE_OPENED = "case_number", "case_opened"
WHOLE, NOT_WHOLE = "whole", "not_whole"
_DAYS, _OUTCOMES, _CASES = (PROTECTED_UNTIL, DEBIT_ON), (REFUSED, GRANTED), (CASE_NUMBER, CASE_OPENED)
# What can be the number of a case, behind its label: letters and digits in groups; and PayPal's own, which need none.
_NUMBER = re.compile(
    r"[^\S\n]{0,3}(?:is|ist|est|es|lautet|è)?[\s:：#№.()\[\]-]{0,6}"
    r"((?=[A-Z\d./_-]{0,39}\d{3})[A-Z\d]{1,24}(?:[-_/.][A-Z\d]{1,24}){0,6})(?![\w])",
    re.IGNORECASE,
)
_PAYPAL = re.compile(r"(?<![\w-])PP-(?:R-|D-)?[A-Z\d]{3}-\d[\d-]{5,14}(?![\w-])")


@cache
def _words() -> tuple[dict[str, re.Pattern[str]], dict[str, tuple[str, ...]]]:
    """The file, read once: the words, and the signs without which those for days need not be looked for.

    Raises KnowledgeError where it cannot be read as such.
    """
    try:
        table = tomllib.loads(FILE.read_text(encoding="utf-8"))
        words = {
            name: re.compile("|".join(part for parts in table[name].values() for part in parts), re.IGNORECASE)
            for name in (*_DAYS, *_OUTCOMES, *_CASES, WHOLE, NOT_WHOLE)
        }
        return words, {name: tuple(table["signs"][name]) for name in _DAYS}
    except (OSError, tomllib.TOMLDecodeError, KeyError, AttributeError, re.error) as error:
        raise KnowledgeError(f"{FILE.name}: {error}") from None


def day(name: str, text: str, language: str, near: date, order: dates.Order = "") -> tuple[date, str] | None:
    """The day that a text names for `name` (PROTECTED_UNTIL, DEBIT_ON), with its line; None where it names none.

    `near`: the day of the mail; `order`: of the parts of an all-digit date, as `dates.find` takes it.
    """
    text = text[:LONGEST]
    words, signs = _words()
    lowered = text.lower()
    if not any(sign in lowered for sign in signs[name]):
        return None
    return _day_behind(words[name], text, language, near, order, "future")


def case_number(subject: str, text: str) -> tuple[str, str] | None:
    """The number of the case that a mail about a dispute names, with its line; None where it names none."""
    words, _ = _words()
    everything = f"{subject}\n{text[:LONGEST]}"
    found = _PAYPAL.search(everything)
    if found is not None:
        return found[0], _line(everything, found.start())
    for label in words[CASE_NUMBER].finditer(everything):
        if (number := _NUMBER.match(everything, label.end())) is not None:
            return number[1], _line(everything, number.start(1))
    return None


def case_opened(text: str, language: str, near: date, order: dates.Order = "") -> tuple[date, str] | None:
    """The day on which a mail about a dispute says that it was opened, with its line. Arguments as of `day`."""
    return _day_behind(_words()[0][CASE_OPENED], text[:LONGEST], language, near, order, "past")


def _line(text: str, at: int) -> str:
    return text[text.rfind("\n", 0, at) + 1 :].partition("\n")[0]


def _day_behind(
    words: re.Pattern[str], text: str, language: str, near: date, order: dates.Order, side: Literal["past", "future"]
) -> tuple[date, str] | None:
    """The first day behind the words, else the last before them in the same line, else the first of the next line."""
    for match in words.finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        end = text.find("\n", match.end())
        line = text[start : end if end >= 0 else len(text)]
        following = text[end + 1 :].lstrip("\n").partition("\n")[0] if end >= 0 else ""
        at = match.start() - start
        after = line[match.end() - start :][:NEAR]
        for part, last in ((after, False), (line[max(0, at - NEAR) : at], True), (following[:NEAR], False)):
            days = [
                found.value
                for found in dates.find(part, language, near, order=order, side=side)
                if isinstance(found.value, date)
            ]
            if days:
                return (days[-1] if last else days[0]), line
    return None


def outcome(subject: str, text: str) -> tuple[str, str] | None:
    """How a mail says that a claim ended (REFUSED, GRANTED), with the sentence; None where it says neither, or both."""
    seen: dict[str, str] = {}
    words, _ = _words()
    for sentence in (subject, *letters.sentences(text)):
        for name in _OUTCOMES:
            if name not in seen and words[name].search(sentence) and not letters.open_ended(sentence):
                seen[name] = sentence
    return next(iter(seen.items())) if len(seen) == 1 else None


def whole_refund(subject: str, text: str) -> str:
    """The sentence by which a mail about a refund says that all of the money came back; "" where none does so."""
    words, _ = _words()
    if words[WHOLE].search(f"{subject}\n{text[:LONGEST]}") is None:
        return ""
    for sentence in (subject, *letters.sentences(text[:LONGEST])):
        if words[WHOLE].search(sentence) and not (words[NOT_WHOLE].search(sentence) or letters.open_ended(sentence)):
            return sentence
    return ""
