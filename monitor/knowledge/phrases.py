"""Finding many phrases in a text, in time that grows with the text and not with the number of phrases.

In charge of folding a text (width, case, accents and punctuation do not count) and of the two ways to look for
phrases in it: whole words in languages that write spaces, anywhere in Korean, Japanese and Chinese, whose spaces
do not count either. What the phrases mean is not known here.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Set
from functools import lru_cache
from itertools import chain

SPACELESS = frozenset({"ko", "ja", "zh"})
"""Languages whose phrases are looked for without spaces."""

_COMBINING = re.compile("[\u0300-\u036f]+")
_STROKES = str.maketrans("łŁ", "lL")  # no combining mark by Unicode, but left out by those who write without accents
# What NFKD is asked about: not Hangul, kana and ideographs, which it would take apart or leave.
_COMPOSED = re.compile("[\u00a0-\u10ff\u1e00-\u303f\u3200-\u33ff\uf900-\ufdff\ufe30-\uffef]+")
# All that is neither of these nor ASCII: without any of it, a text is decomposed at once and not run by run.
_LEFT_ALONE = re.compile("[^\u0000-\u007f\u00a0-\u10ff\u1e00-\u303f\u3200-\u33ff\uf900-\ufdff\ufe30-\uffef]")
# what tells "교환/반품" from "교환 반품" or carries a meaning of its own stays: / : % and the dot
# Tables of bytes do in one pass what patterns do sign by sign; what is not ASCII passes through them in UTF-8.
_KEPT = b"abcdefghijklmnopqrstuvwxyz0123456789\n"
_LOWER = bytes(range(256)).lower().replace(b"\t", b"\n")
_WORDS_OF = bytes(c if c >= 128 or c in _KEPT else 32 for c in _LOWER)
_SIGNS_OF = bytes(c for c in range(128) if _LOWER[c] not in _KEPT + b"/:%")
_ASCII = bytes(range(128))
_NO_ASCII = re.compile(r"[^\x00-\x7f]+")
_LATIN_OF = bytes(c if chr(c).isalnum() and c < 128 else 32 for c in _LOWER)
# Signs and letters of Korean, Japanese and Chinese texts that fold to no Latin letter, and join none.
_NOT_EASTERN = re.compile(
    "[^\x00-\x7f\u00a0\u00a7\u00a9\u00ab\u00ae\u00b0\u00b7\u00bb\u00d7\u2010-\u2027\u2030-\u203b\u20a9"
    "\u2190-\u2193\u2500-\u2767\u3000-\u302d\u3041-\u3098\u30a0-\u30ff\u3131-\u318e\u3200-\u321e\u3400-\u9fff"
    "\uac00-\ud7a3\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\uffe0-\uffe6\U0001f300-\U0001faff]"
)
_FOREIGN_SIGNS = re.compile(r"[^\w\x00-\x7f]+")
_FOREIGN_SIGNS_BUT_DOTS = re.compile(r"[^\x00-\x7f·\uac00-\ud7a3\w]+")  # the class of `\w` is asked about few signs


MANY_SIGNS = 40  # letters and signs that are not ASCII, of different kinds in one text


def fold(text: str) -> str:
    """Words in lower case without accents, single spaces between them; TABs and line ends become line ends."""
    text = _plain(text)
    if "\n" not in text:
        return " ".join(text.split())
    return "\n".join(filter(None, _tidy(text)))


def fold_lines(text: str, *, spaceless: bool) -> list[str]:
    """`squeeze` or `fold`, as a list of what stands between TABs and line ends; empty where nothing does."""
    return _squeezed(text).split("\n") if spaceless else _tidy(_plain(text))


def _tidy(plain: str) -> list[str]:
    """The lines of a text with single spaces; together, in half of the time that it takes one by one."""
    while "  " in plain:
        plain = plain.replace("  ", " ")
    return [line.strip(" ") for line in plain.split("\n")]


def _plain(text: str) -> str:
    if not text.isascii():
        signs = set(text.encode("utf-8", "replace").translate(None, _ASCII).decode("utf-8"))
        if _LEFT_ALONE.search("".join(signs)):
            text = _FOREIGN_SIGNS.sub(" ", _COMPOSED.sub(_decomposed, text).casefold())
        elif len(signs) > MANY_SIGNS:
            text = _NO_ASCII.sub(_folded_run, unicodedata.normalize("NFKD", text))
        else:  # texts in Latin letters have a few accents and signs, again and again
            for sign in signs:
                text = text.replace(sign, _folded_sign(sign))
    return text.encode("utf-8", "replace").translate(_WORDS_OF).decode("utf-8")


def _folded_run(found: re.Match[str]) -> str:
    return _folded_signs(found[0])


@lru_cache(4096)
def _folded_sign(sign: str) -> str:
    return _folded_signs(unicodedata.normalize("NFKD", sign))


@lru_cache(4096)
def _folded_signs(decomposed: str) -> str:
    return _FOREIGN_SIGNS.sub(" ", _COMBINING.sub("", decomposed).translate(_STROKES).casefold())


def _decomposed(found: re.Match[str]) -> str:
    return _COMBINING.sub("", unicodedata.normalize("NFKD", found[0])).translate(_STROKES)


def latin_words(text: str) -> set[str] | None:
    """The words in Latin letters of a text in an East Asian script, at a tenth of the cost of `fold`.

    Among them are all such words of the folded text. None where a sign of another kind is in it that folding could
    make part of one ("ｏｒｄｅｒ", "café").
    """
    if _NOT_EASTERN.search(text):
        return None
    return set(text.encode().translate(_LATIN_OF).decode().split())


def squeeze(text: str) -> str:
    """The text without spaces and nearly all punctuation, in lower case; TABs and line ends become line ends."""
    return _squeezed(text).strip("\n")


def _squeezed(text: str) -> str:
    if text.isascii():
        return text.encode().translate(_LOWER, _SIGNS_OF).decode()
    text = unicodedata.normalize("NFKC", text).casefold()
    text = text.encode("utf-8", "replace").translate(_LOWER, _SIGNS_OF).decode("utf-8")
    if text.isalnum():  # as most subjects and labels are then: there is no sign left in them
        return text
    for dot in "・ㆍ‧•":
        text = text.replace(dot, "·")
    return _FOREIGN_SIGNS_BUT_DOTS.sub("", text)


def folded(text: str, language: str) -> str:
    """`text` as phrases of `language` are looked for in it: `squeeze` or `fold`."""
    return squeeze(text) if language in SPACELESS else fold(text)


def pairs(text: str) -> set[int]:
    """All pairs of neighbouring letters in a text, each as a number; `pairs("주문")` is what stands for that pair.

    A pair is two units of UTF-16 read as one: a quarter of the time that a set of texts of two letters takes.
    """
    units = text.encode("utf-16-le", "surrogatepass")
    even, odd = len(units) & ~3, (len(units) - 2) & ~3
    found = set(memoryview(units)[:even].cast("I"))
    if odd > 0:
        found.update(memoryview(units)[2 : 2 + odd].cast("I"))
    return found


class PhraseIndex:
    """Phrases of one language, each with the numbers of the lists it stands in.

    A phrase is tried only where its rarest word (or, without spaces, its rarest pair of letters) occurs at all, and
    all its others do, so that a text costs one pass over its words, however many phrases there are.
    """

    __slots__ = ("_by_key", "_rarest", "_singles", "_spaceless")

    def __init__(self, phrases: Iterable[tuple[str, int]], *, spaceless: bool) -> None:
        lists: dict[str, list[int]] = {}
        for phrase, number in phrases:
            if phrase:
                lists.setdefault(phrase, []).append(number)
        self._spaceless = spaceless
        self._by_key: dict[str | int, list[tuple[str, tuple[int, ...], frozenset[str | int]]]] = {}
        self._singles: list[tuple[str, tuple[int, ...]]] = []
        keys_of = {phrase: frozenset(self.keys(phrase)) for phrase in lists}
        often = Counter(chain.from_iterable(keys_of.values()))
        # of equally rare words the longer is the rarer in texts
        rank = often if spaceless else {key: times - len(str(key)) / 100 for key, times in often.items()}
        for phrase, numbers in lists.items():
            keys = keys_of[phrase]
            text, several = phrase if spaceless else f" {phrase} ", tuple(dict.fromkeys(numbers))
            if keys:
                self._by_key.setdefault(min(keys, key=rank.__getitem__), []).append((text, several, keys))
            else:
                self._singles.append((text, several))
        self._rarest = frozenset(self._by_key)

    def keys(self, text: str) -> Set[str | int]:
        """What `candidates` goes by: the words of a folded text, or its pairs of letters."""
        return pairs(text) if self._spaceless else set(text.split())

    def find(self, text: str) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The phrases that occur in `text` (folded, without line ends, padded with spaces where the language has
        them), each with the lists it stands in."""
        return (found for found in self.candidates(self.keys(text)) if found[0] in text)

    def candidates(self, present: Set[str | int]) -> list[tuple[str, tuple[int, ...]]]:
        """The phrases all of whose words (or pairs of letters) are `present`: no other can occur in the text."""
        found = self._singles.copy()
        for key in present & self._rarest:
            for phrase, numbers, parts in self._by_key[key]:
                if parts <= present:
                    found.append((phrase, numbers))
        return found


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
