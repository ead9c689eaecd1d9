"""Money that will come back, told from money that came.

In charge of sentences that promise a refund with other words between ("wird in den nächsten Tagen erstattet") and of
what follows for the kinds: a subject that says "refund" over a text that only promises it makes no refund, an answer
or a delay notice that promises the money back is a promise; a subject that says "your order" or "dispatch" over a text
that only tells of a delay makes a delay notice. The words stand in the table `[coming]` of the language
files. Weighs no other kinds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property

from monitor.classify.wording import Folded
from monitor.knowledge import Knowledge
from monitor.knowledge.phrases import fold, squeeze
from monitor.types import Kind

FIRST = 1200  # characters of the text: what comes below are the terms of sale
LONGEST = 300  # characters of a sentence
# It begins with one class of signs: all others are passed over at once.
_ENDS = re.compile(r"[.!?。！？\n\t](?:(?<=[。！？\n\t])|(?=\s|$)(?:(?<=\D.)|(?<=\d{4}.)))")


@dataclass(frozen=True)
class Words:
    """The words of one language, as its texts are folded."""

    spaceless: bool
    refund: tuple[str, ...]
    ends: tuple[str, ...]
    done: tuple[str, ...]
    conditional: tuple[str, ...]

    def fold(self, text: str) -> str:
        """A text as these words are looked for in it: padded with spaces where the language writes them."""
        return squeeze(text) if self.spaceless else f" {fold(text)} "

    @cached_property
    def _parts(self) -> tuple[frozenset[str], ...]:
        return tuple(frozenset(word.split()) for word in self.refund)

    def can_promise(self, written: Folded) -> bool:
        """Whether a mail has the words of which these are, wherever they stand."""
        if self.spaceless:
            return any(word in written.padded for word in self.refund)
        return any(parts <= written.keys for parts in self._parts)

    def promises(self, sentence: str) -> bool:
        """Whether a folded sentence says that money will come back, and makes it depend on nothing."""
        at = min((place for place in map(sentence.find, self.refund) if place >= 0), default=-1)
        if at < 0 or any(word in sentence for word in (*self.conditional, *self.done)):
            return False
        return any(word in sentence for word in self.ends)

    def is_done(self, subject: str) -> bool:
        """Whether a folded subject says that the money has come back."""
        return any(word in subject for word in self.done)


@cache
def words(knowledge: Knowledge, code: str) -> Words | None:
    """The table `[coming]` of a language; None where there is no file for it."""
    language = knowledge.languages.get(code)
    if language is None:
        return None

    def table(key: str) -> tuple[str, ...]:
        found = language.table("coming", key)
        return found if language.spaceless else tuple(f" {word} " for word in found)

    return Words(language.spaceless, table("refund"), table("ends"), table("done"), table("not"))


def sentence(text: str, chosen: Words, written: Folded) -> str:
    """The first sentence of the beginning of a text that promises money back; "" if none does.

    `written`: the text, folded; where it has no word of it, no sentence is taken apart.
    """
    if not chosen.can_promise(written):
        return ""
    for piece in _ENDS.split(text[:FIRST]):
        if 4 < len(piece) <= LONGEST and chosen.promises(chosen.fold(piece)):
            return " ".join(piece.split())
    return ""


def kind_of(kind: Kind, said: set[Kind], promising: str, *, subject_done: bool, weak: bool, tracked: bool) -> Kind:
    """What a mail is, of which `kind` is best supported. `said`: kinds with whole phrases in the text; `weak`: for
    `kind` there are but words that are said in mails of all kinds; `tracked`: it names a parcel."""
    if kind in (Kind.ORDER_CONFIRMATION, Kind.SHIPPED) and Kind.DELAYED in said and kind not in said and not tracked:
        return Kind.DELAYED
    if subject_done or Kind.REFUND in said:
        return kind
    if kind is Kind.REFUND:
        return Kind.REFUND_PROMISED if promising or Kind.REFUND_PROMISED in said else kind
    if promising and (weak or kind in (Kind.SELLER_REPLY, Kind.DELAYED)):
        return Kind.CANCELLATION if Kind.CANCELLATION in said else Kind.REFUND_PROMISED
    return kind
