"""What a mail about a failed payment says of the error: its code, and the cause in its own words.

In charge of finding both in the text as a reader sees it, with the words that prove them. It decides nothing: several
causes may be named, and a mail that names none leaves all of them open.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor import render
from monitor.knowledge import payment_errors
from monitor.types import Stated

LONGEST_LINE = 400
LINES = 400


@dataclass(frozen=True, slots=True)
class Told:
    """An error code, and causes (ids of the knowledge file), each with its quote."""

    code: Stated[str] | None = None
    causes: tuple[Stated[str], ...] = ()


def told(text: str) -> Told:
    """What `text` (of a mail, decoded) tells of the error."""
    known = payment_errors.load()
    code: Stated[str] | None = None
    causes: dict[str, Stated[str]] = {}
    for line in text.splitlines()[:LINES]:
        line = line[:LONGEST_LINE]
        if code is None and (match := known.code.search(line)) and _is_code(match[1]):
            code = Stated(match[1], _quote(line), "generic")
        folded = payment_errors.fold(line)
        for cause, phrases in known.causes:
            if cause not in causes and any(phrase in folded for phrase in phrases):
                causes[cause] = Stated(cause, _quote(line), "generic")
    return Told(code, tuple(causes.values()))


def _is_code(word: str) -> bool:
    """Four digits alone may be a year, but behind such a label they are a code; a lone word in capitals needs three."""
    return any(map(str.isdigit, word)) or (word.isupper() and len(word) >= 3)


def _quote(line: str) -> str:
    return render.mask_cards(render.one_line(line, 160))
