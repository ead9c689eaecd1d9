"""What the readers of one mail share: its text, its day, what its signs mean; and how a quote is made.

In charge of nothing else: the facts are gathered in `finding`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from monitor import dates, money
from monitor.extract import currency
from monitor.extract.pairs import Text
from monitor.extract.words import Words
from monitor.types import Kind

QUOTE = 240  # characters of a quote


@dataclass(frozen=True, slots=True)
class Context:
    """What the reading of one mail needs besides its text."""

    text: Text
    kind: Kind
    near: date
    currency: str | None  # what a shared sign means in this mail; None: what the language says
    source: str  # what the mail says, as it came
    order: dates.Order  # of all-digit dates
    own: frozenset[str]  # the user's addresses

    @property
    def words(self) -> Words:
        return self.text.words

    @property
    def named(self) -> frozenset[str]:
        """The currencies that the mail writes out anywhere."""
        return currency.named(self.source)


def quoted(text: str, keep: str = "") -> str:
    """A quote: one line, not longer than 240 characters, card numbers reduced; `keep` is shown as it is."""
    text = " ".join(text.split())
    if len(text) > QUOTE:
        at = text.find(keep) if keep else -1
        start = max(0, at - 80) if at > QUOTE - len(keep) - 20 else 0
        text = text[start : start + QUOTE].strip()
    if keep and keep in text:
        before, _, after = text.partition(keep)
        return money.mask_card_numbers(before) + keep + money.mask_card_numbers(after)
    return money.mask_card_numbers(text)
