"""The language of a text, by its script and its small words. In charge of nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

from monitor.knowledge import Knowledge

# Letters are counted in bytes, in one pass where a pattern finds them run by run: those of a script by their high
# bytes in UTF-16, Latin ones (to U+024F) by their first byte in UTF-8 (C9 begins others too), kana by their first two.
_HANGUL, _HAN = bytes(range(0xAC, 0xD8)), bytes(range(0x4E, 0xA0))
_LATIN = bytes(c for c in range(128) if chr(c).isalpha()) + bytes(range(0xC3, 0xC9))
_LATIN_TOO = re.compile("[\u0240-\u024f]")
_KANA = tuple(bytes((0xE3, second)) for second in (0x81, 0x82, 0x83))  # U+3040, which is none, to U+30FF
_SHARED = ("・".encode(), "ー".encode())  # signs between words of other languages, too
_FEW = 15  # Chinese characters for each kana in a text of labels without sentences
SAMPLE = 4000
FIRST_WORDS = 500


@cache
def _stop_words(knowledge: Knowledge) -> Mapping[str, tuple[str, ...]]:
    out: dict[str, list[str]] = {}
    for language in knowledge.languages.values():
        if language.triage.script == "latin":
            for word in language.triage.stop_words:
                out.setdefault(word, []).append(language.code)
    return {word: tuple(codes) for word, codes in out.items()}


def detect(text: str, words: Sequence[str], knowledge: Knowledge) -> str:
    """ISO 639-1 code of the language that most of `text` is in, "und" where too few words tell.

    `words`: those of the text, folded; only the first few hundred count.
    """
    return by_script(text) or by_words(words, knowledge)


def by_script(text: str) -> str:
    """ko, ja or zh where most of a text is in their letters; "" for any other."""
    sample = text[:SAMPLE]
    if sample.isascii():
        return ""
    high = sample.encode("utf-16-le", "surrogatepass")[1::2]
    hangul, han = _within(high, _HANGUL), _within(high, _HAN)
    if hangul < 4 and han < 1 and b"\x30" not in high:
        return ""
    units = sample.encode("utf-8", "surrogatepass")
    latin = _within(units, _LATIN) + (len(_LATIN_TOO.findall(sample)) if b"\xc9" in units else 0)
    if hangul >= 4 and hangul * 8 >= latin:
        return "ko"
    kana = sum(map(units.count, _KANA)) - sum(map(units.count, _SHARED))
    # a Chinese text may name a Japanese product, or put の into its shop's name
    if kana and kana + han >= 3 and kana * _FEW >= han and (kana + han) * 8 >= latin:
        return "ja"
    return "zh" if han >= 3 and han * 8 >= latin else ""


def by_words(words: Sequence[str], knowledge: Knowledge) -> str:
    """The language of which most small words are, of those in Latin letters; "und" where too few tell."""
    votes: dict[str, int] = {}
    known = _stop_words(knowledge)
    for word, times in Counter(words[:FIRST_WORDS]).items():
        for code in known.get(word, ()):
            votes[code] = votes.get(code, 0) + times
    if not votes:
        return "und"
    first, second = sorted((*votes.values(), 0), reverse=True)[:2]
    if first < 2 or first - second < (2 if first < 6 else 1):  # sister languages share their small words
        return "und"
    return max(votes, key=lambda code: votes[code])


def _within(high: bytes, letters: bytes) -> int:
    return len(high) - len(high.translate(None, letters))
