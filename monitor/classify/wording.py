"""Subject and text of one mail, as phrases are looked for in them.

In charge of folding both at most once for all languages that are written alike (with spaces between words, or
without), and of what an index of phrases goes by. Looks for nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Set
from functools import cache, cached_property

from monitor.knowledge import patterns
from monitor.knowledge.phrases import fold, fold_lines, latin_words, pairs, squeeze

# [a-z]{0,4}\d[\d/]{2,40}, written so that it begins with one class of signs: all others are passed over at once
_CODES = re.compile(r"[a-z\d](?:(?<=\d)[\d/]{2,40}|(?<=[a-z])[a-z]{0,3}\d[\d/]{2,40})")
# a number from its first digit on, with what follows it in groups, up to the end of a word
_DIGITS = re.compile(r"\d\w{2,40}(?: \d\w{0,40}){0,6}(?= )")
_ASCII_DIGITS = re.compile(_DIGITS.pattern, re.ASCII)  # the same for a text in ASCII, in half of the time
LEAD = 4  # letters before the first digit of a number
# "AM-5521" is one number, and "your order AM-5521 is delayed" says "your order is delayed"
_CODE_DASH = re.compile(r"-(?=\d{3})(?:" + "|".join(rf"(?<=\b[A-Z]{{{n}}}-)" for n in range(1, LEAD + 1)) + ")")


class Folded:
    """Subject and text folded one way, without spaces (`spaceless`) or with a single one between words.

    What is padded has no line ends: they are spaces, or nothing. What is `bare` lacks the numbers besides:
    "order #1042 confirmed" says "order confirmed".
    """

    def __init__(self, subject: str, short: str, text: str, *, spaceless: bool) -> None:
        folding = squeeze if spaceless else fold
        self.spaceless = spaceless
        self.short = folding(short)  # the subject without "Re:" and tags
        self.head = self._padded(folding(subject))
        self.lines = fold_lines(text, spaceless=spaceless)  # what stands between TABs and line ends
        self.body = "\n".join(self.lines).strip("\n") if spaceless else "\n".join(filter(None, self.lines))
        self.padded = self._padded(self.body)

    def _padded(self, folded: str) -> str:
        return folded.replace("\n", "") if self.spaceless else f" {folded.replace(chr(10), ' ')} "

    def _unnumbered(self, padded: str) -> str:
        return _CODES.sub("", padded) if self.spaceless else without_numbers(padded)

    @cached_property
    def bare_head(self) -> str:
        """The subject, padded, without numbers."""
        return self._unnumbered(self.head)

    @cached_property
    def bare_short(self) -> str:
        """The subject without "Re:" and tags, padded, without numbers."""
        return self._unnumbered(self.short if self.spaceless else f" {self.short} ")

    @cached_property
    def bare(self) -> str:
        """The text, padded, without numbers."""
        return self._unnumbered(self.padded)

    @cached_property
    def words(self) -> list[str]:
        """The words of the text, in their order."""
        return self.padded.split()

    @cached_property
    def keys(self) -> Set[str | int]:
        """What `PhraseIndex.candidates` goes by, of subject and text together."""
        if self.spaceless:
            return pairs(self.bare) | pairs(self.bare_head)
        return {*self.words, *self.head.split()}


class Wording:
    """One mail, folded each way when it is first asked for."""

    def __init__(self, subject: str, short: str, text: str) -> None:
        self.subject, self.short, self.text = (_CODE_DASH.sub("", part) for part in (subject, short, text))

    @cached_property
    def spaced(self) -> Folded:
        """For languages that write spaces."""
        return Folded(self.subject, self.short, self.text, spaceless=False)

    @cached_property
    def packed(self) -> Folded:
        """For Korean, Japanese and Chinese, whose spaces do not count."""
        return Folded(self.subject, self.short, self.text, spaceless=True)

    def folded(self, *, spaceless: bool) -> Folded:
        """One of the two."""
        return self.packed if spaceless else self.spaced

    @cached_property
    def latin(self) -> Set[str | int]:
        """Words of the mail among which are all that stand in it in Latin letters."""
        known = None if "spaced" in self.__dict__ else latin_words(f"{self.subject}\n{self.text}")
        return self.spaced.keys if known is None else known


@cache
def _number_words() -> frozenset[str]:
    return frozenset(map(fold, patterns.words("number_word")))


def without_numbers(padded: str) -> str:
    """A folded text with spaces, padded, without the numbers in it and a word such as "no" before them.

    The same as ` (?:(?:no|nr|n|num|number|numero|nummer) )?[a-z]{0,4}\\d\\w{2,40}(?: \\d\\w{0,40}){0,6}(?= )` replaced
    by nothing, in a quarter of the time: that pattern would be tried at every word.
    """
    digits = _ASCII_DIGITS if padded.isascii() else _DIGITS
    found = digits.search(padded)
    if found is None:
        return padded
    number_words = _number_words()
    kept: list[str] = []
    done = 0  # what stands before it is kept or left out
    while found is not None:
        digit, end = found.span()
        start = padded.rfind(" ", 0, digit)
        lead = padded[start + 1 : digit]
        if start < done or len(lead) > LEAD or (lead and not (lead.isascii() and lead.isalpha())):
            found = digits.search(padded, padded.find(" ", digit))
            continue
        before = padded.rfind(" ", done, start)
        if before >= 0 and padded[before + 1 : start] in number_words:
            start = before
        kept.append(padded[done:start])
        done = end
        found = digits.search(padded, end)
    kept.append(padded[done:])
    return "".join(kept)
