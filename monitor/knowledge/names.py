"""What senders' names and texts say beside a seller's own name, from `sender_names.toml`.

In charge of loading it and of taking such words off a display name. Which name is the seller's is up to `classify`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path

from monitor.knowledge.phrases import fold, squeeze

_FILE = Path(__file__).parent / "sender_names.toml"
_EDGES = " \t\"'`*-–—_|:·,.;/\\<>#!~"
_TAG = re.compile(r"^\s{0,3}[\[【(（]([^\[\]【】()（）]{1,40})[\]】)）]")
_PERSON_AT = re.compile(r"[A-Z][\w'-]{1,20}\s(?:at|from|von|bei|chez|van|da|de)\s([A-Z].{2,60})$")
_BRACKETED = re.compile(r"[(（\[【]([^()（）\[\]【】]{2,60})[)）\]】]")
# Hangul, kana and Han characters and nothing else
_EASTERN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")
_SPLIT = re.compile(r"\s[|–—/·:-]\s|\s?[|｜／]\s?")
_SUM = r"(?-i:(?:[A-Z]{3}|[A-Z]{0,2}[$€£₹¥₩]|Rs\.?)\s?\d[\d.,]*|\d[\d.,]*\s?(?:€|zł|kr\b|[A-Z]{3}\b))"
_CLOSING = re.compile(r"\s?[(（][^()（）]{1,40}[)）]$")


@dataclass(frozen=True)
class NameWords:
    """The lists of the file; `words` folded."""

    words: frozenset[str]
    pieces: tuple[str, ...]
    via: re.Pattern[str]
    signed: tuple[str, ...]
    signed_before: tuple[str, ...]
    paid_to: tuple[str, ...]
    paid_to_before: tuple[str, ...]
    paid_to_first: tuple[str, ...]
    sent_by: tuple[str, ...]
    sent_to: tuple[str, ...]
    banks: tuple[str, ...]
    no_banks: frozenset[str]
    bank_pieces: tuple[str, ...]
    came_in: tuple[str, ...]
    spending: tuple[str, ...]

    @cached_property
    def bought(self) -> re.Pattern[str]:
        """A word by which a bank says that something was bought."""
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, self.spending))})\b", re.IGNORECASE)

    @cached_property
    def spent(self) -> re.Pattern[str]:
        """Such a word with a sum of money near it."""
        bought = self.bought.pattern
        return re.compile(rf"{bought}[^\n]{{0,80}}?{_SUM}|{_SUM}[^\n]{{0,30}}{bought}", re.IGNORECASE)


@cache
def load() -> NameWords:
    """The lists, read once."""
    data = tomllib.loads(_FILE.read_text("utf-8"))
    via = "|".join(re.escape(word) for word in data["via"])
    return NameWords(
        words=frozenset(fold(word) for word in data["words"]),
        pieces=tuple(sorted(data["pieces"], key=len, reverse=True)),
        via=re.compile(rf"(.{{2,60}}?)\s{{1,3}}(?:{via})\s{{1,3}}\S", re.IGNORECASE),
        signed=tuple(data["signed"]),
        signed_before=tuple(data["signed_before"]),
        paid_to=tuple(data["paid_to"]),
        paid_to_before=tuple(data["paid_to_before"]),
        paid_to_first=tuple(phrase.casefold() for phrase in data["paid_to_first"]),
        sent_by=tuple(data["sent_by"]),
        sent_to=tuple(data["sent_to"]),
        banks=tuple(data["banks"]),
        no_banks=frozenset(data["no_banks"]),
        bank_pieces=tuple(data["bank_pieces"]),
        came_in=tuple(phrase.casefold() for phrase in data["came_in"]),
        spending=tuple(data["spent"]),
    )


@lru_cache(4096)
def is_bank(display: str, label: str) -> bool:
    """Whether who bears this name, or has this name in his domain, is a bank or an issuer of cards by its words."""
    noise = load()
    words = {*fold(display).split(), *label.split("-"), label.replace("-", "")} - {""} - noise.no_banks
    return any(word.startswith(noise.banks) or word.endswith(noise.banks) for word in words) or any(
        piece in display for piece in noise.bank_pieces
    )


@lru_cache(4096)
def own_name(display: str, label: str = "") -> str:
    """The seller's own name in a display name: "Maple Tools Customer Service" -> "Maple Tools"; "" if none is left.

    `label` is the name in the sender's domain: of several names the one like it is the seller's, as in
    "Marta (Maple Tools)".
    """
    noise = load()
    name = unicodedata.normalize("NFC", display[:200]).replace("\N{HANGUL FILLER}", " ").strip(_EDGES)
    if found := noise.via.match(name):
        name = found[1]
    if "@" in name:
        return ""
    found = _PERSON_AT.match(name)
    if found and not (label and fold(name).replace(" ", "") in label.replace("-", "")):  # "Café da Serra" is all name
        name = found[1]
    parts = [part for part in _SPLIT.split(name) if part and part.strip()]
    stripped = [part for part in (_strip(part, noise) for part in parts) if part]
    if label:
        like = label.replace("-", "")
        for part in (*stripped, *(_strip(found[1], noise) for found in _BRACKETED.finditer(name))):
            plain = squeeze(part.replace("&", "and"))
            if len(plain) >= 3 and (plain in like or like in plain):
                if part.isascii() and stripped and len(stripped[0]) >= 4 and _EASTERN.fullmatch(stripped[0]):
                    return stripped[0]  # "달빛공방 (DalbitGongbang)"; shorter ones are the names of persons
                return part
    if stripped:
        return stripped[0]
    if found := _TAG.match(name):
        return _strip(found[1], noise)
    return ""


def _strip(name: str, noise: NameWords) -> str:
    name = name.strip(_EDGES)
    if tagged := _TAG.match(name):  # "[Shop] Orders", "(주)Shop"
        rest = _strip(name[tagged.end() :], noise)
        return rest or _strip(tagged[1], noise)
    if closing := _CLOSING.search(name):
        name = name[: closing.start()]
    for _ in range(8):
        before = name
        for piece in noise.pieces:
            name = name.removeprefix(piece).removesuffix(piece).strip(_EDGES)
        name = _strip_words(name, noise)
        if name == before or not name:
            break
    return name if any(letter.isalnum() for letter in name) else ""


def _strip_words(name: str, noise: NameWords) -> str:
    """Takes noise words off the end, and those off the beginning that cannot begin a name."""
    if fold(name) in noise.words:
        return ""
    words = name.split()
    for count in (3, 2, 1):
        while len(words) > count and fold(" ".join(words[-count:])) in noise.words - _MAY_END:
            words = words[:-count]
        while len(words) > count and fold(" ".join(words[:count])) in noise.words - _MAY_BEGIN:
            words = words[count:]
    return " ".join(words).strip(_EDGES)


# "The Home Depot", "Mail Boxes": words that can be part of a name where another word follows or precedes
_MAY_BEGIN = frozenset({
    "the", "shop", "mail", "email", "help", "booking", "account", "das", "boutique", "tienda", "team", "your", "and",
    "negozio", "service", "info", "ticket", "tickets", "store", "delivery", "order", "payment", "l equipe",
})  # fmt: skip
_MAY_END = frozenset({
    "the", "shop", "store", "boutique", "and", "tickets", "delivery", "webshop", "your", "mail", "help", "booking",
})  # fmt: skip
