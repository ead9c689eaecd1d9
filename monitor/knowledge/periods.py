"""Days in mails on which the user's own rights hang, and how a claim ended: the words for them.

In charge of the words of `periods.toml`: until when a buyer is protected, when an account is debited, whether a claim
was granted or refused. Which rule counts from such a day is up to `escalate`.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from functools import cache
from pathlib import Path

from monitor import dates
from monitor.knowledge import letters
from monitor.knowledge.words import KnowledgeError

FILE = Path(__file__).with_name("periods.toml")
PROTECTED_UNTIL, DEBIT_ON = "protected_until", "debit_on"
REFUSED, GRANTED = "refused", "granted"
NEAR = 120  # characters between the words and their day
LONGEST = 60_000  # characters of a mail that are looked at
_DAYS, _OUTCOMES = (PROTECTED_UNTIL, DEBIT_ON), (REFUSED, GRANTED)


@cache
def _words() -> tuple[dict[str, re.Pattern[str]], dict[str, tuple[str, ...]]]:
    """The file, read once: the words, and the signs without which those for days need not be looked for.

    Raises KnowledgeError where it cannot be read as such.
    """
    try:
        table = tomllib.loads(FILE.read_text(encoding="utf-8"))
        words = {
            name: re.compile("|".join(part for parts in table[name].values() for part in parts), re.IGNORECASE)
            for name in (*_DAYS, *_OUTCOMES)
        }
        return words, {name: tuple(table["signs"][name]) for name in _DAYS}
    except (OSError, tomllib.TOMLDecodeError, KeyError, AttributeError, re.error) as error:
        raise KnowledgeError(f"{FILE.name}: {error}") from None


def day(name: str, text: str, language: str, near: date, order: dates.Order = "") -> tuple[date, str] | None:
    """The day that a text names for `name` (PROTECTED_UNTIL, DEBIT_ON), with its line; None where it names none.

    `near`: the day of the mail; `order`: of the parts of an all-digit date, as `dates.find` takes it. The first day
    behind the words counts, else the last before them in the same line, else the first of the next line.
    """
    text = text[:LONGEST]
    words, signs = _words()
    lowered = text.lower()
    if not any(sign in lowered for sign in signs[name]):
        return None
    for match in words[name].finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        end = text.find("\n", match.end())
        line = text[start : end if end >= 0 else len(text)]
        following = text[end + 1 :].lstrip("\n").partition("\n")[0] if end >= 0 else ""
        at = match.start() - start
        after = line[match.end() - start :][:NEAR]
        for part, last in ((after, False), (line[max(0, at - NEAR) : at], True), (following[:NEAR], False)):
            days = [
                found.value
                for found in dates.find(part, language, near, order=order, side="future")
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
