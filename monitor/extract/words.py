"""The value words of a language, compiled: which label names which field, which phrases stand before an amount.

In charge of folding labels so that "주문 번호", "주문번호:" and "Order No." meet their entry, and of the tables
`[labels]`, `[money]`, `[dates]`, `[payment]` and `[promises]` of the language files. Each language is joined with
English, because shop systems leave half of their strings untranslated. Does not look at mails.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from monitor import dates, money
from monitor.extract.phrases import Phrases
from monitor.knowledge import tracking, values
from monitor.knowledge.memo import Memo
from monitor.knowledge.patterns import Worded

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
    "tracking_number_weak": ("tracking_number", 1),
    "carrier": ("carrier", 0),
    "parcels": ("parcels", 0),
    "contact": ("contact", 0),
    "other": ("other", 0),
    "sold_by": ("sold_by", 0),
}
Fields = tuple[tuple[str, float], ...]  # what a label names, each with its rank
MEMO = 4096
LONGEST_LABEL = 48  # characters; what is longer is no label
_CONNECTOR = Worded(r"\s<connector>\s(?=\S)", re.IGNORECASE)
_COUNT = re.compile(r"(?<!\w)\d{1,3}\s?[^\W\d_]{1,12}(?:\(s\))?")  # "Total 2 items"
# "Endbetrag inkl. 19 % MwSt.": how much of it is tax
_TAX = Worded(r"\s<tax_included>\b[^\d]{0,12}\d{1,2}(?:[.,]\d{1,2})?\s?%.{0,14}$", re.IGNORECASE)
# "Montant total de la commande", "Gesamtbetrag Ihrer Bestellung": of what it is the total
_OF_ORDER = Worded(r"\s(?:<of_the>[\s'’]){1,3}<order_end>$", re.IGNORECASE)
# "Total in CHF", "Gesamtbetrag EUR": in what money it is
_IN_MONEY = Worded(r"[\s,]{1,3}<in_money>?\s?([A-Z]{3}|[€£$])$")
_PARENTHESES = re.compile(r"[(（\[［【][^()（）\[\]［］【】]{0,30}[)）\]］】]")


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Width-, case-, accent-, space- and punctuation-blind form of a label."""
    if text.isascii():
        return "".join(filter(str.isalnum, text.casefold()))
    decomposed = unicodedata.normalize("NFKD", text.casefold()).replace("ł", "l")
    kept = "".join(filter(str.isalnum, decomposed))
    return unicodedata.normalize("NFC", kept)


BULLET = re.compile(r"^(?:[-–—*•·▪■□●○◆◇▶▷※→>|]|\d{1,2}[.)](?=\s))\s{0,3}")


def bare_label(label: str) -> str:
    """A label without bullet and final colon."""
    label = label.strip()
    if label and not label[0].isalnum():
        label = BULLET.sub("", label, count=1)
    return label.rstrip(" :：.-–")


@dataclass(frozen=True, slots=True)
class Words:
    """All value words of one language, English joined."""

    language: str
    labels: Mapping[str, Fields]  # folded label -> (field, rank), the language's own first
    heads: frozenset[str]  # folded beginnings of labels up to two characters: a cheap test before anything else
    beginnings: tuple[str, ...]  # folded labels and fillers, sorted: what begins one stands right before it
    filler: frozenset[str]
    excluding: tuple[str, ...]
    phrases: Phrases  # every list that is looked for in running text, see `LISTS`
    classes: Phrases  # the ways to pay alone, for values behind a label
    class_order: Mapping[str, int]
    parcels: tuple[tuple[re.Pattern[str], bool], ...]  # with whether it says which of them one is
    money: money.Signs
    dates: dates.Words
    fields_of: Memo[Fields] = field(init=False)  # a cell -> what it names if it is a label
    begins: Memo[bool] = field(init=False)
    known: Memo[Fields] = field(init=False)
    mute: set[str] = field(default_factory=set)  # cells that hold no label, bounded

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", Memo(self._lookup))
        object.__setattr__(self, "begins", Memo(self._may_begin))
        object.__setattr__(self, "fields_of", Memo(lambda cell: self.lookup(bare_label(cell))))

    def may_begin(self, word: str) -> bool:
        """Whether a label can begin with this word: the cheap test that most lines of a mail fail."""
        return self.begins[word]

    def _may_begin(self, word: str) -> bool:
        folded = fold(word)
        if folded in self.filler:
            return True
        if folded[:2] not in self.heads:
            return False
        # whatever `lookup` takes off, the label or filler it meets begins with this word, or this word with it
        return (
            self._begins_one(folded)
            or any(folded[:length] in self.labels or folded[:length] in self.filler for length in range(1, len(folded)))
            or not word.isalpha()
        )

    def _begins_one(self, folded: str) -> bool:
        at = bisect_left(self.beginnings, folded)
        return folded != "" and at < len(self.beginnings) and self.beginnings[at].startswith(folded)

    def lookup(self, label: str) -> Fields:
        """The fields that a label names, () if none. "Your order number:", "Total (incl. VAT)" are labels too."""
        return () if len(label) > LONGEST_LABEL or not label else self.known[label]

    def _lookup(self, label: str) -> Fields:
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
        if any(map(str.isdigit, label)):
            if "%" in label and (hit := self.labels.get(fold(_TAX.re.sub("", label)), ())):
                return hit
            if hit := self.labels.get(fold(_COUNT.sub(" ", label)), ()):
                return hit
        if (code := _IN_MONEY.re.search(label)) and (code[1] in money.CODES or code[1] in "€£$"):
            return self.lookup(label[: code.start()])
        whole = self.labels.get(fold(_OF_ORDER.re.sub("", label)), ()) if " " in label else ()
        if any(name in ("total", "refund") for name, _ in whole):
            return whole
        for _ in range(3):
            shorter = self._strip(folded)
            if shorter == folded:
                return self._connected(label)
            folded = shorter
            if hit := self.labels.get(folded):
                return hit
        return ()

    def _connected(self, label: str) -> Fields:
        """ "Total charged to Visa x-4242" is a total; "Total for shipping" is not."""
        head = _CONNECTOR.re.search(label)
        if head is None:
            return ()
        hit = self.labels.get(fold(label[: head.start()]), ())
        rest = label[head.end() :]
        if any(name == "not_total" for word in rest.split() for name, _ in self.labels.get(fold(word), ())):
            return ()
        return tuple((name, rank) for name, rank in hit if name in ("total", "refund"))

    def _strip(self, folded: str) -> str:
        """Without one filler word at the beginning, else without one at the end."""
        for length in range(min(len(folded) - 1, 20), 0, -1):
            if folded[:length] in self.filler:
                return folded[length:]
        for length in range(min(len(folded) - 1, 20), 0, -1):
            if folded[-length:] in self.filler:
                return folded[:-length]
        return folded


def _merged(tables: list[Mapping[str, Any]], table: str, key: str) -> list[str]:
    return [str(word) for one in tables for word in one.get(table, {}).get(key, ())]


@cache
def words(language: str) -> Words:
    """The compiled words of a language; those of an unknown one are English."""
    own = values.tables(language)
    english = values.tables("en")
    return build(language, [own] if language == "en" or own is english else [own, english])


@cache
def totals_of_all_languages() -> Mapping[str, int]:
    """Folded labels of a total in any language, with their ranks; without those that mean a part of one elsewhere.

    For mails in two languages: shop systems translate a letter, or its table, but not always both.
    """
    found: dict[str, int] = {}
    parts: set[str] = set()
    for language in values.LANGUAGES:
        labels = values.tables(language).get("labels", {})
        parts |= {fold(label) for label in labels.get("not_total", ())}
        for rank, key in enumerate(("total", "total_plain")):
            for label in labels.get(key, ()):
                found.setdefault(fold(label), rank)
    return {label: rank for label, rank in found.items() if label not in parts}


def build(language: str, tables: list[Mapping[str, Any]]) -> Words:
    """Compile parsed language files: the language's own first, then those it is joined with."""
    labels: dict[str, Fields] = {}
    for number, one in enumerate(tables):
        joined: dict[str, list[tuple[str, float]]] = {}
        for key, (name, rank) in FIELDS.items():
            for at, word in enumerate(one.get("labels", {}).get(key, ())):
                # a label of the order number counts the more the earlier it stands: "order" before "booking"
                joined.setdefault(fold(word), []).append((name, rank + at / 1000 if name == "order_number" else rank))
        for folded, hits in joined.items():
            if number == 0 or folded not in labels:
                labels[folded] = tuple(hits)
    payment = _payment([one.get("payment", {}) for one in tables])
    english = words("en") if len(tables) == 2 and tables[1] is values.tables("en") else None
    own = tables if english is None else tables[:1]
    filler = frozenset(fold(w) for w in _merged(tables, "labels", "filler"))
    return Words(
        language=language,
        labels=labels,
        heads=frozenset(folded[:2] for folded in labels),
        beginnings=tuple(sorted({*labels, *filler})),
        filler=filler,
        excluding=tuple(w.casefold() for w in _merged(tables, "labels", "excluding")),
        phrases=Phrases(_lists(own, tables), english.phrases if english else None),
        classes=Phrases(_payment([one.get("payment", {}) for one in own]), english.classes if english else None),
        class_order={key: at for at, key in enumerate(payment)},
        parcels=_parcels(_merged(tables, "promises", "parcel_of")),
        money=money.Signs.of(tables[0].get("money", {})),
        dates=dates.Words.of(tables[0].get("dates", {})),
    )


def _lists(tables: list[Mapping[str, Any]], all_tables: list[Mapping[str, Any]]) -> dict[str, list[str]]:
    """What is looked for in running text, by list. `all_tables`: with those that these are joined with, which then
    have the names of carriers."""
    payment_tables = [one.get("payment", {}) for one in tables]
    lists = {name: _merged(tables, table, key) for name, (table, key) in LISTS.items()}
    lists |= {f"settlement.{key}": _merged(payment_tables, "settlement", key) for key in SETTLEMENT}
    lists |= {f"payment.{key}": some for key, some in _payment(payment_tables).items()}
    lists["tracking"] = [w for w in _merged(tables, "labels", "tracking_number") if _is_number(w)]
    if tables is all_tables:
        lists["carrier"] = [name for one in tracking.formats().carriers.values() for name in one.names]
    nouns = {fold(w) for w in _merged(all_tables, "labels", "order_words")}
    lists["order_label"] = [
        w for w in _merged(tables, "labels", "order_number") if fold(w) not in nouns and _is_number(w)
    ]
    lists["paper"] = [w for w in _merged(tables, "labels", "order_number_weak") if len(fold(w)) >= 5]
    lists["parcel"] = [max(re.split(r"\{[nm]\}", w), key=len).strip() for w in _merged(tables, "promises", "parcel_of")]
    return lists


def _is_number(label: str) -> bool:
    """Whether a label of the order number is long enough to be looked for within a sentence."""
    return len(fold(label)) >= (3 if label[0] >= "\u1100" else 7)


# Lists that are looked for in running text: their name here, their table and key in the language file.
LISTS: Mapping[str, tuple[str, str]] = {
    **{key: ("labels", key) for key in ("total_before", "total_after", "refund_before", "refund_after", "contact")},
    "order": ("labels", "order_words"),
    "parcel_word": ("labels", "parcel_words"),
    "number": ("labels", "number_words"),
    **{f"promise.{key}": ("promises", key) for key in ("dispatch", "delivery", "refund", "answer", "payment")},
    **{key: ("promises", key) for key in ("not", "vague", "allow", "partial", "goods")},
    **{
        f"class.{key}": ("promises", key)
        for key in (
            "preorder",
            "made_to_order",
            "subscription",
            "digital_named",
            "digital",
            "service_named",
            "service",
        )
    },
}
SETTLEMENT = ("awaited", "received", "on_delivery")


def _payment(tables: list[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The words of each class of payment; the order of the classes is that of the language's own file."""
    order = dict.fromkeys(key for one in tables for key in one if key not in ("settlement", "unnamed"))
    return {key: [str(w) for one in tables for w in one.get(key, ())] for key in (*order, "unnamed")}


def _parcels(phrases: list[str]) -> tuple[tuple[re.Pattern[str], bool], ...]:
    """ "parcel {n} of {m}" as patterns whose one group is the number of parcels, and whether they have an {n}."""
    return tuple(
        (
            re.compile(
                re.escape(p.lower())
                .replace(r"\{n\}", r"\d{1,2}")
                .replace(r"\{m\}", r"(\d{1,2})")
                .replace(r"\ ", r"\s?")
            ),
            "{n}" in p,
        )
        for p in phrases
    )


# What can be an order number: letters and digits in groups joined by - _ . / or #, at most 50 characters.
ORDER_NUMBER = r"[A-Za-z0-9][A-Za-z0-9]{0,39}(?:[-_./][A-Za-z0-9]{1,30}){0,6}"
