"""Shares one letter of the user out among the orders that it names: what it says of which.

In charge of the words around the numbers. A sentence counts for the orders that it names; one that names none for those
named last, or for those that its own words mean ("both", "the other one"); a list for what is said before it, or of it.
A sentence about several orders that says different things of them is cut where its clauses meet. What cannot be told
declares nothing of any order that it may be about: `share` gives None for these, and somebody asks. It links nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from itertools import pairwise

from monitor.knowledge import letters
from monitor.knowledge.letters import DEMAND, REFUND_DEMAND, WITHDRAWAL, Letter
from monitor.types import Reading

MOST = 12  # orders that one letter is shared out among
_DECLARES = (WITHDRAWAL, REFUND_DEMAND, DEMAND, letters.TAKEN_BACK)
_TOKEN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9][A-Za-z0-9]{0,39}(?:[-_./][A-Za-z0-9]{1,30}){0,6}")
_DAY = re.compile(r"(?:19|20)\d\d[-./]?[01]?\d[-./]?[0-3]?\d$|[0-3]?\d[./-][01]?\d[./-](?:19|20)?\d\d$")
_NOT_WORD = re.compile(r"[\W_]+")
_BARE = 24  # letters beside the numbers, up to which a line is an entry of a list and no sentence
_HEADING = 60  # characters up to which an entry is read as a heading is: "1001: cancellation"
_ENDS = re.compile(r"[.!?。？！]\s*$")
_ASKS = re.compile(r"[?？]\s*$")


@dataclass(slots=True)
class _Unit:
    """A sentence, clause or entry of a list: what it says, and the orders that it names itself."""

    text: str
    names: frozenset[str]
    bare: bool = False
    heading: bool = False  # bare, and nothing but the number: what follows is about it
    held: bool = False  # under a condition, or part of a question, that stands at the head of its sentence
    muddled: bool = False  # it says something of several orders, and not where one ends and the other begins
    said: str = field(default="", init=False)  # the family that it declares by itself


@dataclass(slots=True)
class _Sharing:
    """A letter while it is shared out. `units`: by order, in the order of the letter."""

    every: frozenset[str]
    units: dict[str, list[_Unit]]
    declared: set[str] = field(default_factory=set)
    met: list[frozenset[str]] = field(default_factory=list)  # the sets of orders that it spoke of, one after the other
    unclear: set[str] = field(default_factory=set)

    def give(self, unit: _Unit, orders: Collection[str]) -> None:
        for number in orders:
            self.units[number].append(unit)
        if unit.said in (WITHDRAWAL, REFUND_DEMAND):
            self.declared.update(orders)


def fold(number: str) -> str:
    """Case-, width- and punctuation-blind form of an order number."""
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", number).casefold())


def named(subject: str, passages: Sequence[str], known: Collection[str], rivals: Collection[str] = ()) -> list[str]:
    """The numbers (folded) of which a letter speaks in its own words, in the order in which it names them.

    `known`: those of the user's orders, `rivals`: others that stand beside a word for an order. A number of the shape
    of a known one is taken for an order's too: what is said of an order that nobody knows is said of no other.
    """
    text = unicodedata.normalize("NFKC", "\n".join((subject, *passages)))
    places = {number: match.start() for number in {*known, *rivals} if (match := _at(number).search(text))}
    shapes = {_shape(number) for number in known if number in places}
    for match in _TOKEN.finditer(text):
        token = match[0].rstrip("-_./")
        number = fold(token)
        part = any(number in other or other in number for other in places)
        if not part and _shape(number) in shapes and not _DAY.match(token):
            places[number] = match.start()
    return sorted(places, key=places.__getitem__)[:MOST]


def of(reading: Reading, number: str, numbers: Sequence[str]) -> Letter:
    """What a letter says of the order `number`, one of the orders `numbers` that it speaks of (all folded).

    Where that cannot be told it declares nothing.
    """
    letter = shares(reading, numbers).get(number)
    return letter or Letter(letters.QUESTION, reading.finding.says.quote if reading.finding.says else "")


def shares(reading: Reading, numbers: Sequence[str]) -> dict[str, Letter | None]:
    """What a letter that was read says of each of these orders (folded numbers); None where that cannot be told."""
    written = (reading.sent_at or reading.received_at).date()
    return share(reading.subject, reading.finding.passages, numbers, reading.verdict.language, written)


def spoken_of(reading: Reading, known: Collection[str]) -> list[str]:
    """The order numbers of which a letter speaks in its own words: see `named`."""
    rivals = {fold(s.value) for name, stated in reading.finding.disagreements if name == "order_number" for s in stated}
    if reading.finding.order_number is not None:
        rivals.add(fold(reading.finding.order_number.value))
    return named(reading.subject, reading.finding.passages, known, rivals)


def share(
    subject: str, passages: Sequence[str], numbers: Sequence[str], language: str = "", written: date | None = None
) -> dict[str, Letter | None]:
    """What a letter says of each of these orders (folded numbers); None where that cannot be told.

    `passages`: its sentences (`letters.sentences`), without what it quotes; `language`, `written`: see `letters.read`.
    """
    return dict(_share(subject, tuple(passages), tuple(numbers), language, written))


@lru_cache(maxsize=256)
def _share(
    subject: str, passages: tuple[str, ...], numbers: tuple[str, ...], language: str, written: date | None
) -> tuple[tuple[str, Letter | None], ...]:
    every = frozenset(numbers)
    in_subject = _names(subject, every)
    sharing = _Sharing(every, {number: [] for number in numbers})
    _walk(sharing, [unit for passage in passages for unit in _cut(passage, every)], in_subject)
    parts = {number: [unit for unit in units if not unit.held] for number, units in sharing.units.items()}
    differ = len({tuple(unit.text for unit in units) for units in parts.values()}) > 1
    found: list[tuple[str, Letter | None]] = []
    for number in numbers:
        if number in sharing.unclear:
            found.append((number, None))
            continue
        own = in_subject == {number} or (not differ and (not in_subject or number in in_subject))
        texts = [_without_numbers(unit.text, every) for unit in parts[number]]
        letter = letters.read_parts(subject if own else "", texts, language, written)
        if letter.family == letters.QUESTION:
            letter = next(filter(None, map(_as_entry, (unit for unit in parts[number] if unit.names))), letter)
        if not letter.quote:
            letter = Letter(letter.family, subject, letter.until, letter.until_quote)
        found.append((number, letter))
    return tuple(found)


def _as_entry(unit: _Unit) -> Letter | None:
    """A short entry of a list that says no more than a noun: "1001 - cancellation"."""
    if len(unit.text) > _HEADING or letters.idle(unit.text):
        return None
    family = letters.titled(_without_numbers(unit.text, unit.names).strip(" -–—:：,."))
    return Letter(family, unit.text) if family else None


# -- whose each sentence is -------------------------------------------------------------------------------------------


def _walk(sharing: _Sharing, units: list[_Unit], in_subject: frozenset[str]) -> None:
    words = letters.shared_words()
    context, heading = in_subject, bool(in_subject)
    if in_subject:
        sharing.met.append(in_subject)
    waiting: list[_Unit] = []  # said before any order was named
    before_list: _Unit | None = None  # "please cancel the following orders:"
    after_bare = False
    for unit in units:
        unit.said = _said(unit)
        if unit.names:
            listed = unit.bare and not unit.said
            if listed and after_bare:
                context = context | unit.names
                sharing.met[-1] = context
            else:
                context = unit.names
                sharing.met.append(context)
            heading, after_bare = unit.heading, listed
            sharing.give(unit, unit.names)
            if unit.muddled and unit.said:
                sharing.unclear |= unit.names
            if not listed:
                before_list = None
            elif before_list is not None:
                sharing.give(before_list, unit.names)
            continue
        after_bare, before_list = False, None
        if words["every"].search(unit.text):
            context, heading = sharing.every, False
            sharing.met.append(context)
            sharing.give(unit, context)
        elif words["other"].search(unit.text) and len(sharing.every) == 2 and len(context) == 1:
            context, heading = sharing.every - context, False
            sharing.met.append(context)
            sharing.give(unit, context)
        elif words["one_of"].search(unit.text) and unit.said:
            sharing.unclear |= sharing.every
        elif words["list_follows"].search(unit.text):
            before_list = unit
            waiting.append(unit)
        elif not context:
            waiting.append(unit)
        else:
            _goes_on(sharing, unit, context, heading)
    _place_waiting(sharing, waiting, in_subject)


def _goes_on(sharing: _Sharing, unit: _Unit, context: frozenset[str], heading: bool) -> None:
    """A sentence that names no order, after one that does."""
    if not unit.said or heading or context <= sharing.declared or len(set(sharing.met)) == 1:
        sharing.give(unit, context)
    elif sharing.declared and unit.said == REFUND_DEMAND:
        sharing.give(unit, tuple(sharing.declared))  # "I cancel A. When does B come? Please refund me."
    else:
        sharing.unclear |= frozenset().union(*sharing.met)


def _place_waiting(sharing: _Sharing, waiting: Sequence[_Unit], in_subject: frozenset[str]) -> None:
    """What was said before any order was named: of all, where the letter says the same of all."""
    loose = [unit for unit in waiting if not any(unit in units for units in sharing.units.values())]
    if not loose:
        return
    named_at_all = {number for number, units in sharing.units.items() if units}
    alike = len({tuple(unit.text for unit in units if not unit.bare) for units in sharing.units.values()}) == 1
    whose = in_subject or (sharing.every if alike and named_at_all in (set(), sharing.every) else frozenset())
    for unit in loose:
        if whose:
            sharing.give(unit, whose)
        elif unit.said:
            sharing.unclear |= sharing.every


def _said(unit: _Unit) -> str:
    """What a sentence declares by itself: "" where that is nothing."""
    if unit.held:
        return ""
    family = letters.read_parts("", [_without_numbers(unit.text, unit.names)]).family
    if family in _DECLARES:
        return family
    entry = _as_entry(unit) if unit.names else None
    return entry.family if entry is not None else ""


# -- numbers in sentences ---------------------------------------------------------------------------------------------


@cache
def _at(number: str) -> re.Pattern[str]:
    """A folded number as it may stand in a text, with signs between its letters and digits."""
    inner = r"[-_./ ]?".join(map(re.escape, number))
    return re.compile(rf"(?<![A-Za-z0-9]){inner}(?![A-Za-z0-9])", re.IGNORECASE)


def _shape(number: str) -> str:
    return "".join("9" if sign.isdigit() else "A" if sign.isascii() else sign for sign in number)


def _names(text: str, numbers: Collection[str]) -> frozenset[str]:
    text = unicodedata.normalize("NFKC", text)
    return frozenset(number for number in numbers if _at(number).search(text))


def _without_numbers(text: str, numbers: Collection[str]) -> str:
    """A sentence as its words would stand without the numbers: "the order 1001 is" as "the order is"."""
    return " ".join(_bare_of(unicodedata.normalize("NFKC", text), numbers).split())


def _cut(passage: str, numbers: Collection[str]) -> Iterator[_Unit]:
    """A sentence as it is, or, where it says several things of several orders, clause by clause."""
    passage = unicodedata.normalize("NFKC", passage)
    places = sorted((match.start(), match.end(), n) for n in numbers for match in _at(n).finditer(passage))
    names = frozenset(number for _, _, number in places)
    left = _words_beside(passage, names)
    whole = _Unit(passage, names, left is not None and left <= _BARE, left == 0)
    if len(names) < 2:
        yield whole
        return
    if contrasted := _contrasted(passage, places):
        yield from contrasted
        return
    words = letters.shared_words()
    ends: list[int] = []
    for (_, end, one), (start, _, other) in pairwise(places):
        between = passage[end:start]
        if one == other or words["joins"].fullmatch(between):
            continue
        seams = [match.end() for match in words["seam"].finditer(between)]
        if not seams:
            whole.muddled = True  # "1001 instead of 1002"
            yield whole
            return
        ends.append(end + seams[-1])
    if not ends:
        yield whole
        return
    held = bool((_ASKS.search(passage) and words["asks_first"].match(passage)) or words["asks_last"].search(passage))
    start = 0
    for end in (*ends, len(passage)):
        clause = passage[start:end].strip()
        yield _Unit(clause, _names(clause, numbers), held=held)
        held = held or (start == 0 and letters.leads_with_condition(clause))
        start = end


def _contrasted(passage: str, places: Sequence[tuple[int, int, str]]) -> tuple[_Unit, ...]:
    """What "cancel not A but B", or "cancel B, not A", says of the two; empty where a sentence is not of that form.

    Of the one that is denied it says nothing, of the other what it says without the denial.
    """
    if len(places) != 2 or places[0][2] == places[1][2]:
        return ()
    words = letters.shared_words()
    (start, end, first), (begins, _, second) = places
    before, between, rest = passage[:start], passage[end:begins], passage[begins:]
    denied = words["not_first"].search(before[-40:]) or words["not_first"].search(between)
    if words["not_but"].search(between) or (denied and words["but_second"].search(between)):
        wanted, other, text = second, first, words["not_first"].sub("", before) + rest
    elif (no := words["not_second"].search(between)) and not words["not_first"].search(before[-40:]):
        wanted, other, text = first, second, passage[: end + no.start()] + passage[-1:]
    else:
        return ()
    unit = _Unit(" ".join(text.split()), frozenset({wanted}))
    if not _said(unit):
        return ()
    return unit, _Unit(passage, frozenset({other}), held=True)


def _words_beside(text: str, names: Collection[str]) -> int | None:
    """How many letters stand beside the numbers of an entry of a list; None where the line is a sentence."""
    words = letters.shared_words()
    rest = words["copula"].sub(" ", words["label"].sub(" ", _bare_of(text, names)))
    left = sum(sign.isalpha() for sign in rest)
    if not left:
        return 0
    said = _ENDS.search(text) and not words["copula"].search(text)
    return None if said or letters.read_parts("", [rest]).family in _DECLARES else left


def _bare_of(text: str, names: Collection[str]) -> str:
    for number in names:
        text = _at(number).sub(" ", text)
    return text
