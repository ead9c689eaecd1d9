"""The value words of a language, compiled: which label names which field, which phrases stand before an amount.

In charge of folding labels so that "주문 번호", "주문번호:" and "Order No." meet their entry, and of the tables
`[labels]`, `[money]`, `[dates]`, `[payment]` and `[promises]` of the language files. Each language is joined with
English, because shop systems leave half of their strings untranslated. Does not look at mails.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from monitor import dates, money
from monitor.knowledge import values

# Fields that a label can name, each with the rank of its list: a lower one is the better witness.
FIELDS: Mapping[str, tuple[str, int]] = {
    "order_number": ("order_number", 0),
    "order_number_weak": ("order_number", 1),
    "total": ("total", 0),
    "total_plain": ("total", 1),
    "total_weak": ("total", 2),
    "not_total": ("not_total", 0),
    "refund": ("refund", 0),
    "item": ("item", 0),
    "quantity": ("quantity", 0),
    "price": ("price", 0),
    "placed_at": ("placed_at", 0),
    "pay_by": ("pay_by", 0),
    "dispatch_by": ("dispatch_by", 0),
    "promised_by": ("promised_by", 0),
    "refund_by": ("refund_by", 0),
    "answer_by": ("answer_by", 0),
    "payment_method": ("payment_method", 0),
    "instalments": ("instalments", 0),
    "tracking_number": ("tracking_number", 0),
    "carrier": ("carrier", 0),
    "parcels": ("parcels", 0),
    "contact": ("contact", 0),
    "other": ("other", 0),
}
LONGEST_LABEL = 48  # characters; what is longer is no label
_PARENTHESES = re.compile(r"[(（\[［【][^()（）\[\]［］【】]{0,30}[)）\]］】]")


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Width-, case-, accent-, space- and punctuation-blind form of a label."""
    if text.isascii():
        return "".join(c for c in text.casefold() if c.isalnum())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in decomposed if c.isalnum())
    return unicodedata.normalize("NFC", kept)


@dataclass(frozen=True, slots=True)
class Words:
    """All value words of one language, English joined."""

    language: str
    labels: Mapping[str, tuple[tuple[str, int], ...]]  # folded label -> (field, rank), the language's own first
    heads: frozenset[str]  # folded beginnings of labels up to two characters: a cheap test before anything else
    filler: frozenset[str]
    excluding: tuple[str, ...]
    phrases: Mapping[str, tuple[str, ...]]  # total_before, refund_after, partial ...: lower case, longest first
    order_sentence: re.Pattern[str]
    money: money.Signs
    dates: dates.Words
    payment: tuple[tuple[str, re.Pattern[str]], ...]  # class, its words; in order
    settlement: Mapping[str, re.Pattern[str]]
    promises: Mapping[str, re.Pattern[str]]
    cues: re.Pattern[str]  # any word of any promise
    found: dict[str, tuple[tuple[str, int], ...]] = field(default_factory=dict)  # memo of `lookup`, bounded

    def lookup(self, label: str) -> tuple[tuple[str, int], ...]:
        """The fields that a label names, () if none. "Your order number:", "Total (incl. VAT)" are labels too."""
        if len(label) > LONGEST_LABEL or not label:
            return ()
        known = self.found.get(label)
        if known is None:
            known = self._lookup(label)
            if len(self.found) < 4096:
                self.found[label] = known
        return known

    def _lookup(self, label: str) -> tuple[tuple[str, int], ...]:
        folded = fold(label)
        if not folded or len(folded) > 40:
            return ()
        if hit := self.labels.get(folded):
            return hit
        if "(" in label or "（" in label or "[" in label or "【" in label:
            inner = " ".join(_PARENTHESES.findall(label)).casefold()
            if any(word in inner for word in self.excluding):
                return ()
            folded = fold(_PARENTHESES.sub(" ", label)) or folded
            if hit := self.labels.get(folded):
                return hit
        for _ in range(3):
            shorter = self._strip(folded)
            if shorter == folded:
                return ()
            folded = shorter
            if hit := self.labels.get(folded):
                return hit
        return ()

    def _strip(self, folded: str) -> str:
        """Without one filler word at the beginning, else without one at the end."""
        for length in range(min(len(folded) - 1, 20), 0, -1):
            if folded[:length] in self.filler:
                return folded[length:]
        for length in range(min(len(folded) - 1, 20), 0, -1):
            if folded[-length:] in self.filler:
                return folded[:-length]
        return folded


def _alternatives(words: Iterable[str]) -> re.Pattern[str]:
    """A pattern for any of some phrases; words of alphabets with spaces are matched whole."""
    parts = []
    for word in sorted({w.casefold() for w in words}, key=len, reverse=True):
        part = re.escape(word).replace(r"\ ", r"\s{1,3}")
        if word[0].isalnum() and ord(word[0]) < 0x1100:
            part = r"(?<![^\W\d_])" + part
        if word[-1].isalpha() and ord(word[-1]) < 0x1100:
            part += r"(?![^\W\d_])"
        parts.append(part)
    return re.compile("|".join(parts) if parts else r"(?!)")


def _merged(tables: list[Mapping[str, Any]], table: str, key: str) -> list[str]:
    return [str(word) for one in tables for word in one.get(table, {}).get(key, ())]


@cache
def words(language: str) -> Words:
    """The compiled words of a language; those of an unknown one are English."""
    own = values.tables(language)
    english = values.tables("en")
    return build(language, [own] if language == "en" or own is english else [own, english])


def build(language: str, tables: list[Mapping[str, Any]]) -> Words:
    """Compile parsed language files: the language's own first, then those it is joined with."""
    labels: dict[str, tuple[tuple[str, int], ...]] = {}
    for number, one in enumerate(tables):
        joined: dict[str, list[tuple[str, int]]] = {}
        for key, (name, rank) in FIELDS.items():
            for word in one.get("labels", {}).get(key, ()):
                joined.setdefault(fold(word), []).append((name, rank))
        for folded, hits in joined.items():
            if number == 0 or folded not in labels:
                labels[folded] = tuple(hits)
    phrases = {
        key: tuple(sorted({w.casefold() for w in _merged(tables, table, key)}, key=len, reverse=True))
        for table, key in (
            *(("labels", k) for k in ("total_before", "total_after", "refund_before", "refund_after")),
            *(("promises", k) for k in ("parcel_of", "allow")),
            ("labels", "contact"),
            ("money", "free"),
        )
    }
    promises = {
        key: _alternatives(_merged(tables, "promises", key))
        for key in (
            "dispatch", "delivery", "refund", "answer", "payment", "not", "partial", "preorder", "made_to_order",
            "subscription", "digital", "service",
        )
    }  # fmt: skip
    cues = _alternatives(
        word for key in ("dispatch", "delivery", "refund", "answer", "payment") for word in _merged(tables, "promises", key)
    )
    settlement_tables = [one.get("payment", {}) for one in tables]
    return Words(
        language=language,
        labels=labels,
        heads=frozenset(folded[:2] for folded in labels),
        filler=frozenset(fold(w) for w in _merged(tables, "labels", "filler")),
        excluding=tuple(w.casefold() for w in _merged(tables, "labels", "excluding")),
        phrases=phrases,
        order_sentence=_order_sentence(tables),
        money=money.Signs.of(tables[0].get("money", {})),
        dates=dates.Words.of(tables[0].get("dates", {})),
        payment=_payment(settlement_tables),
        settlement={
            key: _alternatives(_merged(settlement_tables, "settlement", key))
            for key in ("awaited", "received", "on_delivery")
        },
        promises=promises,
        cues=cues,
    )


def _payment(tables: list[Mapping[str, Any]]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The classes of payment, the language's own words first in each; the order is that of the first file."""
    order = list(dict.fromkeys(key for one in tables for key in one if key not in ("settlement", "unnamed")))
    return tuple(
        (key, _alternatives([str(w) for one in tables for w in one.get(key, ())])) for key in (*order, "unnamed")
    )


# What can be an order number: letters and digits in groups joined by - _ . / or #, at most 50 characters.
TOKEN = r"[A-Za-z0-9][A-Za-z0-9]{0,39}(?:[-_./][A-Za-z0-9]{1,30}){0,6}"


def _order_sentence(tables: list[Mapping[str, Any]]) -> re.Pattern[str]:
    """ "Your order #12345", "Bestellung mit Nummer 000005822", "주문 100741": a word for order, then its number."""
    nouns = sorted(set(_merged(tables, "labels", "order_words")), key=len, reverse=True)
    numbers = sorted(set(_merged(tables, "labels", "number_words")), key=len, reverse=True)
    noun = "|".join(rf"(?<![^\W\d_]){re.escape(w)}" if w.isascii() else re.escape(w) for w in nouns) or "(?!)"
    number = "|".join(
        re.escape(w).replace(r"\ ", r"\s") + (r"(?![^\W\d_])" if w[-1].isalpha() and ord(w[-1]) < 0x1100 else "") for w in numbers
    )
    return re.compile(
        rf"(?i:(?P<noun>{noun}))(?P<explicit>\s{{0,2}}(?i:{number})\.?)?\s{{0,2}}(?P<sign>[:：#№]\s{{0,2}}|[(（\[「【\"'“]\s?#?)?"
        rf"(?P<token>{TOKEN})"
    )
