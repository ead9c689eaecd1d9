"""Finding many phrases in a text, in time that grows with the text and not with the number of phrases.

In charge of folding a text (width, case, accents and punctuation do not count) and of the two ways to look for
phrases in it: whole words in languages that write spaces, anywhere in Korean, Japanese and Chinese, whose spaces
do not count either. What the phrases mean is not known here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

SPACELESS = frozenset({"ko", "ja", "zh"})
"""Languages whose phrases are looked for without spaces."""

_COMBINING = re.compile("[\u0300-\u036f]+")
_STROKES = str.maketrans("łŁ", "lL")  # no combining mark by Unicode, but left out by those who write without accents
# What NFKD is asked about: not Hangul, kana and ideographs, which it would take apart or leave.
_COMPOSED = re.compile("[\u00a0-\u10ff\u1e00-\u303f\u3200-\u33ff\uf900-\ufdff\ufe30-\uffef]+")
# what tells "교환/반품" from "교환 반품" or carries a meaning of its own stays: / : % and the dot
# Tables of bytes do in one pass what patterns do sign by sign; what is not ASCII passes through them in UTF-8.
_KEPT = b"abcdefghijklmnopqrstuvwxyz0123456789\n"
_LOWER = bytes(range(256)).lower().replace(b"\t", b"\n")
_WORDS_OF = bytes(c if c >= 128 or c in _KEPT else 32 for c in _LOWER)
_SIGNS_OF = bytes(c for c in range(128) if _LOWER[c] not in _KEPT + b"/:%")
_FOREIGN_SIGNS = re.compile(r"[^\w\x00-\x7f]+")
_FOREIGN_SIGNS_BUT_DOTS = re.compile(r"[^\w\x00-\x7f·]+")


def fold(text: str) -> str:
    """Words in lower case without accents, single spaces between them; TABs and line ends become line ends."""
    if not text.isascii():
        text = _FOREIGN_SIGNS.sub(" ", _COMPOSED.sub(_decomposed, text).casefold())
    text = text.encode("utf-8", "replace").translate(_WORDS_OF).decode("utf-8")
    if "\n" not in text:
        return " ".join(text.split())
    return "\n".join(filter(None, [" ".join(line.split()) for line in text.split("\n")]))


def _decomposed(found: re.Match[str]) -> str:
    return _COMBINING.sub("", unicodedata.normalize("NFKD", found[0])).translate(_STROKES)


def squeeze(text: str) -> str:
    """The text without spaces and nearly all punctuation, in lower case; TABs and line ends become line ends."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        for dot in "・ㆍ‧•":
            text = text.replace(dot, "·")
        text = _FOREIGN_SIGNS_BUT_DOTS.sub("", text.casefold())
    return text.encode("utf-8", "replace").translate(_LOWER, _SIGNS_OF).decode("utf-8").strip("\n")


def folded(text: str, language: str) -> str:
    """`text` as phrases of `language` are looked for in it: `squeeze` or `fold`."""
    return squeeze(text) if language in SPACELESS else fold(text)


class PhraseIndex:
    """Phrases of one language, each with the numbers of the lists it stands in.

    A phrase is tried only where its rarest word (or, without spaces, its rarest pair of letters) occurs at all, and
    all its others do, so that a text costs one pass over its words, however many phrases there are.
    """

    __slots__ = ("_by_key", "_singles", "_spaceless")

    def __init__(self, phrases: Iterable[tuple[str, int]], *, spaceless: bool) -> None:
        lists: dict[str, list[int]] = {}
        for phrase, number in phrases:
            if phrase:
                lists.setdefault(phrase, []).append(number)
        self._spaceless = spaceless
        self._by_key: dict[str, list[tuple[str, tuple[int, ...], frozenset[str]]]] = {}
        self._singles: list[tuple[str, tuple[int, ...]]] = []
        frequency: dict[str, int] = {}
        for phrase in lists:
            for key in set(self._keys(phrase)):
                frequency[key] = frequency.get(key, 0) + 1
        for phrase, numbers in lists.items():
            keys = self._keys(phrase)
            entry = (phrase if spaceless else f" {phrase} ", tuple(dict.fromkeys(numbers)), frozenset(keys))
            if not keys:
                self._singles.append(entry[:2])
                continue
            best = min(keys, key=lambda key: (frequency[key], -len(key)))
            self._by_key.setdefault(best, []).append(entry)

    def _keys(self, text: str) -> list[str]:
        if self._spaceless:
            return [text[i : i + 2] for i in range(len(text) - 1)]
        return text.split()

    def find(self, text: str) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The phrases that occur in `text` (folded, without line ends, padded with spaces where the language has
        them), each with the lists it stands in."""
        present = set(map(str.__add__, text, text[1:])) if self._spaceless else set(text.split())
        for key in present & self._by_key.keys():
            for phrase, numbers, parts in self._by_key[key]:
                if parts <= present and phrase in text:
                    yield phrase, numbers
        for entry in self._singles:
            if entry[0] in text:
                yield entry


class Beginnings:
    """Beginnings of words, looked up at every word of a short text."""

    __slots__ = ("_buckets",)

    def __init__(self, phrases: Iterable[str]) -> None:
        buckets: dict[str, list[str]] = {}
        for phrase in dict.fromkeys(phrases):
            buckets.setdefault(phrase[:2], []).append(phrase)
        self._buckets = {key: tuple(several) for key, several in buckets.items()}

    def find(self, text: str) -> str | None:
        """The first word of `text` (folded) that begins with one of the phrases, from there on; None if none does."""
        at = 0
        buckets = self._buckets
        while True:
            bucket = buckets.get(text[at : at + 2])
            if bucket is not None and text.startswith(bucket, at):
                return text[at : at + 40]
            at = text.find(" ", at) + 1
            if not at:
                return None
