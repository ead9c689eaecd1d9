"""Finding the phrases of many lists in one text, with their places, in time that grows with the text.

In charge of the one pass over a mail on which the readers of sentences rest: a phrase is looked for only where its
rarest word (in scripts without spaces: its rarest pair of letters) occurs at all. What the lists mean is not known.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain
from typing import NamedTuple, TypeVar

from monitor.knowledge.phrases import latin_words, pairs

K = TypeVar("K")
MAX_HITS = 40  # places of one phrase; a text that repeats it more often tells nothing new
_WORDS = re.compile(r"[^\W_]+")
# words in scripts with spaces; those that touch Hangul or kana ("UPS로") are words of their own
# (what lies beyond is named by what it is not: to compile a class takes as long as it has characters)
_LATIN_WORDS = re.compile("(?:(?![^\u0000-\u10ff])[^\\W_])+")
_LETTERS = bytes(c if c >= 128 or chr(c).isalnum() else 32 for c in range(256))
_EAST_ASIAN = re.compile("[\u1100-\u11ff\u3005-\u318f\u3400-\u9fff\ua960-\ud7fb\uf900-\ufaff\uff66-\uffdc]")


class Hit(NamedTuple):  # of which a mail has some fifty: made in a third of the time of a frozen dataclass
    """A phrase and where it stands; `lists` are the names of the lists that have it."""

    start: int
    end: int
    lists: tuple[str, ...]


class Phrase(NamedTuple):
    """A phrase in lower case, the lists it stands in, and what must be in a text that has it."""

    text: str
    lists: tuple[str, ...]
    parts: frozenset[str] | frozenset[int]


def lower(text: str) -> str:
    """Lower case with every position kept ("İ" and its like would become two characters), hyphens as spaces."""
    if text.isascii():
        return text.lower().replace("-", " ")
    low = text.lower()
    if len(low) != len(text):
        low = "".join(c if len(c.lower()) != 1 else c.lower() for c in text)
    for sign, same in _SAME:
        low = low.replace(sign, same)
    return low


# "e-ticket" and "e ticket", "don’t" and "don't" are the same words
_SAME = (*((c, " ") for c in "-‐‑–"), ("’", "'"))


def _spaceless(character: str) -> bool:
    return character >= "\u1100"


class _Apart(NamedTuple):
    """A phrase of the language files, taken apart."""

    text: str  # in lower case
    keys: tuple[str, ...]  # its words and, of words in scripts without spaces, the pairs of letters
    parts: frozenset[str]  # the same where it is written with spaces, else empty


@lru_cache(maxsize=8192)
def _apart(phrase: str) -> _Apart:
    """Most phrases of a language stand in several of its lists."""
    low = lower(phrase).strip()
    words = (low,) if low.isalnum() else tuple(_WORDS.findall(low))
    if low.isascii() or not _spaceless(max(low)):
        return _Apart(low, words, frozenset(words))
    keys: list[str] = []
    for word in words:
        if _spaceless(max(word)):
            keys += [word[i : i + 2] for i in range(len(word) - 1) if _spaceless(word[i])]
        else:
            keys.append(word)
    return _Apart(low, tuple(keys), frozenset())


class Phrases:
    """Named lists of phrases, indexed. `joined`: those of another language, in lists of the same names."""

    __slots__ = ("_by_pair", "_by_word", "_pairs", "_phrases", "_signs", "_words")

    def __init__(self, lists: Mapping[str, Iterable[str]], joined: Phrases | None = None) -> None:
        names: dict[str, dict[str, None]] = {}
        apart: dict[str, _Apart] = {}
        for name, phrases in lists.items():
            for one in map(_apart, phrases):
                if one.text:
                    names.setdefault(one.text, {})[name] = None
                    apart[one.text] = one
        often = Counter(chain.from_iterable(one.keys for one in apart.values()))
        self._by_word: dict[str, list[Phrase]] = {}
        self._by_pair: dict[int, list[Phrase]] = {}
        self._signs: list[Phrase] = []
        self._phrases: dict[str, Phrase] = {}
        for text, keys, parts in apart.values():
            named = tuple(names[text])
            if joined is not None and (other := joined._phrases.get(text)) is not None:
                named = tuple(dict.fromkeys((*named, *other.lists)))
            if not keys:
                phrase = Phrase(text, named, frozenset())
                self._signs.append(phrase)
            else:
                best = keys[0] if len(keys) == 1 else min(keys, key=lambda key: (often[key], -len(key)))
                if _spaceless(best[0]):
                    phrase = Phrase(text, named, frozenset(pairs(text)))
                    self._by_pair.setdefault(min(pairs(best)), []).append(phrase)
                else:  # the other words of a phrase of words: it is looked for only where they occur as well
                    phrase = Phrase(text, named, parts)
                    self._by_word.setdefault(best, []).append(phrase)
            self._phrases[text] = phrase
        if joined is not None:
            self._join(joined)
        self._words = frozenset(self._by_word)
        self._pairs = frozenset(self._by_pair)

    def _join(self, other: Phrases) -> None:
        """Adds the phrases of another language that are not among these; they are not taken apart again."""
        _add(self._by_word, other._by_word, self._phrases)
        _add(self._by_pair, other._by_pair, self._phrases)
        self._signs += [phrase for phrase in other._signs if phrase.text not in self._phrases]
        self._phrases = {**other._phrases, **self._phrases}

    def search(self, text: str) -> list[Hit]:
        """Every place of every phrase in a text as it stands in a mail."""
        low = lower(text)
        return self.find(low, self.candidates(low))

    def find(self, text: str, candidates: Iterable[Phrase]) -> list[Hit]:
        """Every place of the `candidates` in a text in lower case (`lower`), by place, the longer first."""
        hits: list[Hit] = []
        for phrase in candidates:
            _places(text, phrase.text, phrase.lists, hits)
        hits.sort(key=lambda hit: (hit.start, -hit.end))
        return hits

    def candidates(self, text: str) -> list[Phrase]:
        """The phrases all parts of which occur in a text in lower case, wherever: no other can stand in it."""
        found = self._signs.copy()
        words = _words(text)
        for word in words & self._words:
            found += [phrase for phrase in self._by_word[word] if phrase.parts <= words]
        if self._by_pair and _EAST_ASIAN.search(text):
            present = pairs(text)
            for pair in present & self._pairs:
                found += [phrase for phrase in self._by_pair[pair] if phrase.parts <= present]
        return found


def _add(ours: dict[K, list[Phrase]], theirs: Mapping[K, list[Phrase]], known: Mapping[str, Phrase]) -> None:
    for key, phrases in theirs.items():
        if several := [phrase for phrase in phrases if phrase.text not in known]:
            ours.setdefault(key, []).extend(several)


def _words(text: str) -> set[str]:
    """What `_LATIN_WORDS` finds in a text, and perhaps more."""
    if not text.isascii() and (words := latin_words(text)) is not None:
        return words
    words = set(text.encode("utf-8", "replace").translate(_LETTERS).decode().split())
    if not text.isascii():  # only the words with letters that are not ASCII are left to the pattern
        foreign = [word for word in words if not word.isascii()]
        words.update(_LATIN_WORDS.findall(" ".join(foreign)))
    return words


def _places(text: str, phrase: str, lists: tuple[str, ...], hits: list[Hit]) -> None:
    """Appends the places of one phrase; one of letters with spaces between words counts only as whole words."""
    at = text.find(phrase)
    count = 0
    first, last = not _spaceless(phrase[0]) and phrase[0].isalnum(), not _spaceless(phrase[-1]) and phrase[-1].isalnum()
    while at >= 0 and count < MAX_HITS:
        end = at + len(phrase)
        before, after = text[at - 1 : at], text[end : end + 1]
        if not (first and before.isalnum() and not _spaceless(before)) and not (
            last and after.isalpha() and not _spaceless(after)
        ):
            hits.append(Hit(at, end, lists))
            count += 1
        at = text.find(phrase, end)
