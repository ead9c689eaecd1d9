"""The language of a text, by its script and its small words. In charge of nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from monitor.knowledge import Knowledge

_HANGUL = re.compile("[가-힣]+")
_KANA = re.compile("[ぁ-ヿ]+")
_HAN = re.compile("[一-鿿]+")
_LATIN = re.compile("[A-Za-zÀ-ɏ]+")
SAMPLE = 4000


@cache
def _stop_words(knowledge: Knowledge) -> Mapping[str, tuple[str, ...]]:
    out: dict[str, list[str]] = {}
    for language in knowledge.languages.values():
        if language.triage.script == "latin":
            for word in language.triage.stop_words:
                out.setdefault(word, []).append(language.code)
    return {word: tuple(codes) for word, codes in out.items()}


def detect(text: str, words: list[str], knowledge: Knowledge) -> str:
    """ISO 639-1 code of the language that most of `text` is in, "und" where too few words tell.

    `words`: those of the text, folded; only the first few hundred count.
    """
    sample = text[:SAMPLE]
    if not sample.isascii():
        letters = _count(_LATIN, sample)
        hangul = _count(_HANGUL, sample)
        if hangul >= 4 and hangul * 8 >= letters:
            return "ko"
        kana, han = _count(_KANA, sample), _count(_HAN, sample)
        if kana and kana + han >= 3 and (kana + han) * 8 >= letters:
            return "ja"
        if han >= 3 and han * 8 >= letters:
            return "zh"
    votes: dict[str, int] = {}
    known = _stop_words(knowledge)
    for word in filter(known.__contains__, words[:500]):
        for code in known[word]:
            votes[code] = votes.get(code, 0) + 1
    if not votes:
        return "und"
    first, second = sorted((*votes.values(), 0), reverse=True)[:2]
    if first < 2 or first - second < (2 if first < 6 else 1):  # sister languages share their small words
        return "und"
    return max(votes, key=lambda code: votes[code])


def _count(letters: re.Pattern[str], text: str) -> int:
    """How many letters of a text are of a script; looked for in runs, of which there are far fewer."""
    return sum(map(len, letters.findall(text)))
