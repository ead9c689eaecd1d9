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
from monitor.knowledge.phrases import fold, squeeze

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
    def _keys(self) -> tuple[frozenset[str], ...]:
        return tuple(frozenset(word.split()) for word in (*self.wish, *self.condition))

    def can_offer(self, written: Folded) -> bool:
        """Whether a mail has words of both sorts, wherever they stand."""
        if not any(word in written.padded for word in self.undo):
            return False
        if self.spaceless:
            return any(word in written.padded for word in (*self.wish, *self.condition))
        return any(words <= written.keys for words in self._keys)


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
    undoes = any(word in folded for word in chosen.undo)
    wishes = any(word in folded for word in chosen.wish)
    if not (undoes or wishes) or any(word in folded for word in (*chosen.otherwise, *chosen.done)):
        return False, False
    asks = sentence.rstrip().endswith(("?", "？"))
    if wishes or (asks and undoes):
        return True, True
    return follows or any(word in folded for word in chosen.condition), False
