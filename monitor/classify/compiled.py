"""The words of a language, arranged for looking all of them up at once.

In charge of numbering the lists and of taking apart what an index finds. Pure data; weighs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cache, cached_property

from monitor.knowledge import Knowledge
from monitor.knowledge.memo import Memo
from monitor.knowledge.phrases import PhraseIndex, fold, squeeze
from monitor.knowledge.words import KINDS
from monitor.types import Kind

SUBJECT, STARTS, BODY, WEAK, EXCLUDED = range(5)
_WIDTH = 5
_TABLES = (
    ("advert", "subject"), ("advert", "body"), ("advert", "lures"), ("advert", "bills"),
    ("advert", "work"), ("advert", "sales"), ("advert", "arrivals"), ("advert", "offices"),
    ("auto_reply", "subject"), ("auto_reply", "marker"), ("auto_reply", "out_of_office"),
    ("auto_reply", "receipt_of_inquiry"), ("auto_reply", "send_only"), ("auto_reply", "bounce"),
    ("reply", "courtesy"), ("reply", "topics"),
)  # fmt: skip
_TRIAGE = ("own", "order_number", "total", "tracking", "merchant", "signature")
_EXTRA = 1000


@dataclass(frozen=True)
class Compiled:
    """One language, ready to search."""

    code: str
    spaceless: bool
    index: PhraseIndex
    status: Mapping[str, tuple[Kind, ...]]
    by_first_word: Mapping[str, list[tuple[str, tuple[Kind, ...]]]]  # the status phrases that are no topics
    status_labels: tuple[str, ...]
    topics: tuple[str, ...]  # padded: what a state can be said of ("order", "parcel"); none without spaces
    payments: frozenset[str]  # those of the topics that are paid
    names: tuple[str, ...]  # of the lists from _EXTRA on
    before: tuple[str, ...]  # words that make what follows conditional
    after: tuple[str, ...]  # words that make what stands before conditional
    negations: tuple[str, ...]  # words shortly before that make it not so

    @cached_property
    def states_index(self) -> PhraseIndex:
        """The status phrases."""
        return PhraseIndex(((phrase, 0) for phrase in self.status), spaceless=self.spaceless)

    @cached_property
    def topic_words(self) -> frozenset[str]:
        """The words with which topics begin."""
        return frozenset(topic.split()[0] for topic in self.topics)

    @cached_property
    def offices(self) -> Memo[tuple[str, ...]]:
        """A sender's name -> the words in it that say that an office, an insurer or a school writes."""
        return Memo(self._offices_in)

    def _offices_in(self, name: str) -> tuple[str, ...]:
        padded = squeeze(name) if self.spaceless else f" {fold(name)} "
        return tuple(self.find(padded).extra.get("advert.offices", ()))

    def is_conditional(self, padded: str, at: int, length: int) -> bool:
        """Whether the phrase at `at` is said of no event: "once your order has been shipped", "has not shipped"."""
        lead = padded[max(0, at - (8 if self.spaceless else 24)) : at + (0 if self.spaceless else 1)]
        if self.before and any(word in lead for word in self.before):
            return True
        if self.negations:
            near = lead[-12:]
            if near.endswith(self.negations) if self.spaceless else any(word in near for word in self.negations):
                return True
        return bool(self.after) and padded.startswith(self.after, at + length)

    def states(self, line: str) -> dict[Kind, str]:
        """What a folded line says of an order, with any words between: "your Maple order 123 is confirmed"."""
        words = line.split()
        if self.by_first_word.keys().isdisjoint(words) or self.topic_words.isdisjoint(words):
            return {}
        line = f" {line} "
        at = min((place for place in map(line.find, self.topics) if place >= 0), default=-1)
        if at < 0:
            return {}
        found: dict[Kind, str] = {}
        said = line[at + 1 :].split()
        paid = said[0] in self.payments  # "your payment for order 5501 has been received"
        for word in said:
            for phrase, kinds in self.by_first_word.get(word, ()):
                place = line.find(f" {phrase} ", at + 1)
                if place < 0 or self.is_conditional(line, place, len(phrase)):
                    continue
                for kind in kinds:
                    if paid and kind is Kind.ORDER_CONFIRMATION:
                        kind = Kind.PAYMENT_RECEIPT
                    if len(phrase) > len(found.get(kind, "")):
                        found[kind] = phrase
        longest = max(map(len, found.values()), default=0)
        return {
            kind: phrase for kind, phrase in found.items()
            if len(phrase) == longest or not any(phrase in other and phrase != other for other in found.values())
        }  # fmt: skip

    def candidates(self, keys: Set[str | int]) -> list[tuple[str, tuple[int, ...]]]:
        """The phrases, with their lists, that a mail of these words (or pairs of letters) can have."""
        return self.index.candidates(keys)

    def can_speak(self, words: Set[str | int]) -> bool:
        """Whether a mail of these words can have a phrase of this language, or a word for a state, at all."""
        return bool(self.index.candidates(words) or self.states_index.candidates(words))

    def hits(self, bare: str, candidates: Iterable[tuple[str, tuple[int, ...]]]) -> Hits:
        """Which of the candidates occur in a padded text without numbers, by kind and list.

        What a kind's `not` phrases take out is left out.
        """
        return self._sorted(bare, [found for found in candidates if found[0] in bare])

    def find(self, padded: str) -> Hits:
        """All phrases in a padded text."""
        return self._sorted(padded, self.index.find(padded))

    def _sorted(self, padded: str, found: Iterable[tuple[str, tuple[int, ...]]]) -> Hits:
        hits = Hits()
        for phrase, numbers in sorted(found):  # sets have another order in each run
            for number in numbers:
                if number >= _EXTRA:
                    hits.extra.setdefault(self.names[number - _EXTRA], []).append(phrase)
                else:
                    at, part = divmod(number, _WIDTH)
                    hits.kinds.setdefault(KINDS[at], ([], [], [], [], []))[part].append(phrase)
        for lists in hits.kinds.values():
            if lists[EXCLUDED]:
                if any(lists[:EXCLUDED]):
                    self._exclude(padded, lists)
                lists[EXCLUDED].sort()
        return hits

    def _exclude(self, padded: str, lists: tuple[list[str], ...]) -> None:
        """Drops the phrases that stand only where a `not` phrase does; one that contains it says more and stays."""
        taken = sorted(lists[EXCLUDED], key=len, reverse=True)
        bare = self._without(padded, taken)
        for part in (SUBJECT, STARTS, BODY, WEAK):
            kept = []
            for phrase in lists[part]:
                within = [other for other in taken if other in phrase and other != phrase]
                text = self._without(padded, [other for other in taken if other not in within]) if within else bare
                if phrase in text:
                    kept.append(phrase)
            lists[part][:] = kept

    def _without(self, padded: str, phrases: list[str]) -> str:
        gap = "\n" if self.spaceless else " \n "
        for phrase in phrases:
            padded = padded.replace(phrase, gap)
        return padded


@dataclass(slots=True)
class Hits:
    """Phrases found. `kinds`: per kind the five lists; `extra`: by "table.key"."""

    kinds: dict[Kind, tuple[list[str], list[str], list[str], list[str], list[str]]] = field(default_factory=dict)
    extra: dict[str, list[str]] = field(default_factory=dict)


@cache
def compiled(knowledge: Knowledge, code: str) -> Compiled | None:
    """The words of language `code`; None where there is no file for it."""
    language = knowledge.languages.get(code)
    if language is None:
        return None
    lists: dict[int, tuple[str, ...]] = {}
    status: dict[str, list[Kind]] = {}
    for number, kind in enumerate(KINDS):
        words = language.kinds[kind]
        base = number * _WIDTH
        lists |= {
            base + SUBJECT: words.subject, base + STARTS: words.starts, base + BODY: words.body,
            base + WEAK: words.weak, base + EXCLUDED: words.excluded,
        }  # fmt: skip
        for phrase in words.status:
            status.setdefault(phrase, []).append(kind)
    before, negations = language.table("conditional", "before"), language.table("conditional", "not")
    if not language.spaceless:
        before = tuple(f" {word} " for word in before)
        negations = tuple(f" {word} " for word in negations)
    names: list[str] = []
    for table, key in _TABLES:
        lists[_EXTRA + len(names)] = language.table(table, key)
        names.append(f"{table}.{key}")
    for key in _TRIAGE:
        lists[_EXTRA + len(names)] = getattr(language.triage, key)
        names.append(key)
    topics = () if language.spaceless else tuple(f" {word} " for word in language.table("reply", "topics"))
    by_first_word: dict[str, list[tuple[str, tuple[Kind, ...]]]] = {}
    for phrase, kinds in status.items():
        if f" {phrase} " not in topics:
            by_first_word.setdefault(phrase.partition(" ")[0], []).append((phrase, tuple(kinds)))
    return Compiled(
        code, language.spaceless, language.index(lists), {phrase: tuple(kinds) for phrase, kinds in status.items()},
        by_first_word, tuple(sorted(language.triage.status, key=len, reverse=True)),
        topics, frozenset(language.table("reply", "payments")), tuple(names),
        before, language.table("conditional", "after"), negations,
    )  # fmt: skip
