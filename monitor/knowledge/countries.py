"""What a text says of the country of a seller: the loader of `countries.toml`.

In charge of finding the numbers of firms, the taxes and ways to pay that only one country has, and, as weaker signs,
calling codes and names of places, which can be the buyer's. What a sign such as "$" means then is up to `extract`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from monitor.knowledge.words import KnowledgeError

FILE = Path(__file__).with_name("countries.toml")
_LETTERS = bytes(c if c >= 128 or chr(c).isalpha() else 32 for c in range(256))
LONGEST = 60_000  # characters of a mail that are looked at


@cache
def _table() -> dict[str, dict[str, str | list[str]]]:
    """The file. Raises KnowledgeError where it cannot be read as such."""
    try:
        table = tomllib.loads(FILE.read_text(encoding="utf-8"))
        keys = {"currency", "numbers", "taxes", "pays", "phone", "names"}
        wrong = [f"{code}: {sorted(keys ^ set(own))}" for code, own in table.items() if set(own) != keys]
        if wrong:
            raise ValueError(", ".join(wrong))
        return table
    except (OSError, tomllib.TOMLDecodeError, TypeError, ValueError) as error:
        raise KnowledgeError(f"{FILE.name}: {error}") from None


@cache
def _by_word(*keys: str) -> dict[str, frozenset[str]]:
    """Word -> currencies of the countries that have it."""
    found: dict[str, set[str]] = {}
    for country in _table().values():
        for key in keys:
            for word in country[key]:
                found.setdefault(word, set()).add(str(country["currency"]))
    return {word: frozenset(currencies) for word, currencies in found.items()}


@cache
def _pattern(word: str, *, numbered: bool) -> re.Pattern[str]:
    """It as a word of its own; `numbered`: what a firm's number is called, with a number behind it."""
    number = r"[^\w\n]{0,4}(?:(?:No|Nr|N[º°])[^\w\n]{0,3})?(?=[A-ZÑ&]{0,4}-?\d[\d. -]{5})"
    behind = number if numbered else r"(?!\w)"
    return re.compile(rf"(?<!\w){re.escape(word)}{behind}")


@cache
def _calling() -> re.Pattern[str]:
    codes = sorted((str(own["phone"]) for own in _table().values() if own["phone"]), key=len, reverse=True)
    return re.compile(rf"(?:\+|(?<!\w)00)({'|'.join(codes)})[\s().-]{{0,3}}\d[\d\s().-]{{6,14}}")


def currencies(text: str, *, sure: bool) -> list[frozenset[str]]:
    """The currencies to which the signs of a country in a text point, one set for each sign of it.

    `sure`: only by what a seller has of his own country (his numbers, taxes, ways to pay); else only by calling codes
    and names of places.
    """
    text = text[:LONGEST]
    if sure:
        return [*_words(text, "numbers"), *_words(text, "taxes", "pays")]
    by_code = {str(own["phone"]): frozenset((str(own["currency"]),)) for own in _table().values()}
    codes = set(_calling().findall(text)) if "+" in text or "00" in text else ()
    return [*(by_code[code] for code in codes), *_words(text, "names")]


@cache
def _by_letters(*keys: str) -> dict[bytes, list[str]]:
    """The letters with which a word begins -> the words that begin with them."""
    found: dict[bytes, list[str]] = {}
    for word in _by_word(*keys):
        first, *_ = word.encode().translate(_LETTERS).split() or [b""]
        found.setdefault(first, []).append(word)
    return found


def _words(text: str, *keys: str) -> Iterable[frozenset[str]]:
    numbered = keys == ("numbers",)
    by_word = _by_word(*keys)
    possible = by_word.keys() if numbered else _possible(text, *keys)  # letters may follow: "RFC ABC010203XY1"
    found = [(word, own) for word, own in by_word.items() if word in possible and word in text]  # none in most mails
    return [own for word, own in found if _pattern(word, numbered=numbered).search(text)]


def _possible(text: str, *keys: str) -> set[str]:
    """The words whose first letters are a word of the text, in one pass: to look for each takes ten times as long."""
    present = {b"", *text.encode("utf-8", "replace").translate(_LETTERS).split()}
    by_letters = _by_letters(*keys)
    return {word for first in by_letters.keys() & present for word in by_letters[first]}
