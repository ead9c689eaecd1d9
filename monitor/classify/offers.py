"""Offers to undo a purchase: what would happen if the buyer wished it.

In charge of finding the sentences that leave it to the buyer whether he cancels, and what the seller would do then
("If you would rather not wait, let us know. We will refund you in full."): nothing in them has happened, and nothing
is promised. They are blanked out of a text before its words are weighed. The words stand in the table `[offers]` of the
language files. Weighs nothing itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property

from monitor.classify.wording import Folded
from monitor.knowledge import Knowledge
from monitor.knowledge.phrases import PhraseIndex, fold, squeeze

LONGEST = 400  # characters of a sentence
FOLLOWS = 2  # sentences after an offer that may tell what would follow
# Ends of sentences. A date may end one ("on 16 November 2026."), an ordinal or abbreviation does not ("16. November");
# a line end does, except where the sentence goes on in small letters. It begins with one class of signs: all others
# are passed over at once.
_END = re.compile(
    r"[.!?\t\n。！？](?:(?<=[\t。！？])|(?<=\n)(?![a-zß-ÿ])|(?=\s)(?:(?<=[^\W\d].)|(?<=\d{4}.)|(?<=[€$£%)\"”’'].)))"
)


@dataclass(frozen=True)
class Words:
    """The words of one language, as its texts are folded."""

    spaceless: bool
    wish: tuple[str, ...]  # the buyer might want out
    condition: tuple[str, ...]
    undo: tuple[str, ...]  # beginnings of words for cancelling and paying back
    otherwise: tuple[str, ...]
    done: tuple[str, ...]  # it has come back already

    def fold(self, text: str) -> str:
        """A text as these words are looked for in it."""
        return squeeze(text) if self.spaceless else f" {fold(text)} "

    @cached_property
    def _index(self) -> PhraseIndex:
        return PhraseIndex(((word.strip(), 0) for word in (*self.wish, *self.condition)), spaceless=False)

    def can_offer(self, written: Folded) -> bool:
        """Whether a mail has words of both sorts, wherever they stand."""
        if not _any(self.undo, written.padded):
            return False
        if self.spaceless:
            return _any(self.wish, written.padded) or _any(self.condition, written.padded)
        return bool(self._index.candidates(written.keys))

    def within(self, written: Folded) -> Words:
        """The few of these words that a text has at all: no other need be looked for in its sentences."""

        def here(words: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(filter(written.padded.__contains__, words))

        return Words(
            self.spaceless,
            here(self.wish),
            here(self.condition),
            here(self.undo),
            here(self.otherwise),
            here(self.done),
        )


@cache
def words(knowledge: Knowledge, code: str) -> Words | None:
    """The table `[offers]` of a language; None where there is no file for it."""
    language = knowledge.languages.get(code)
    if language is None:
        return None

    def table(name: str, key: str, end: str = " ") -> tuple[str, ...]:
        found = language.table(name, key)
        return found if language.spaceless else tuple(f" {word}{end}" for word in found)

    return Words(
        language.spaceless, table("offers", "wish"), table("offers", "condition"), table("offers", "undo", ""),
        table("offers", "otherwise"), table("coming", "done"),
    )  # fmt: skip


def without(text: str, chosen: Words) -> str:
    """The text with its offers left blank. TABs and line ends stay where they are."""
    kept: list[str] = []
    open_for = 0  # sentences
    start = 0
    for end in (*(match.end() for match in _END.finditer(text)), len(text)):
        sentence, start = text[start:end], end
        if len(sentence) > LONGEST or not any(map(str.isalpha, sentence)):
            kept.append(sentence)
            continue
        folded = chosen.fold(sentence)
        offered, opens = _offers(sentence, folded, chosen, follows=open_for > 0)
        open_for = FOLLOWS if opens else max(0, open_for - 1)
        kept.append("".join(sign if sign in "\n\t" else " " for sign in sentence) if offered else sentence)
    return "".join(kept)


def _offers(sentence: str, folded: str, chosen: Words, *, follows: bool) -> tuple[bool, bool]:
    """Whether a sentence is (part of) an offer, and whether the next ones may tell what would follow from it."""
    undoes, wishes = _any(chosen.undo, folded), _any(chosen.wish, folded)
    if not (undoes or wishes) or _any(chosen.otherwise, folded) or _any(chosen.done, folded):
        return False, False
    asks = sentence.rstrip().endswith(("?", "？"))
    if wishes or (asks and undoes):
        return True, True
    return follows or _any(chosen.condition, folded), False


def _any(words: tuple[str, ...], folded: str) -> bool:
    return any(map(folded.__contains__, words))
