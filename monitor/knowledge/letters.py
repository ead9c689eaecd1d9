"""What a letter that the user wrote by hand says: a withdrawal, a demand for money or for goods, or no more than a
question; and the day that it sets.

In charge of the words of `letters.toml`. A question about a withdrawal, a condition ("otherwise I cancel"), what the
seller did or promised: these declare nothing. Where words are unclear nothing is said of them. It reads no mail
(`extract` does) and knows no ladder.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import dates
from monitor.knowledge.words import KnowledgeError
from monitor.types import Span

if TYPE_CHECKING:
    from monitor.types import Event

FILE = Path(__file__).with_name("letters.toml")
WITHDRAWAL, REFUND_DEMAND, DEMAND, QUESTION = "withdrawal", "refund_demand", "demand", "question"
THANKS = "thanks"  # it asks for nothing: it thanks, says that the money came, or that he will wait
TAKEN_BACK = "taken_back"  # what he withdrew or asked back before is to stand no longer: he wants the goods
WAVERS = "wavers"  # he may want the goods after all: only he can say whether his withdrawal still stands
PERHAPS = "perhaps"  # it asks that the order be cancelled, or tells that he said so: a withdrawal? only he can say
ABOUT, SHARED_BY = "about", "shared_by"
"""Payload of the event of a letter about several orders: the number of this one, and all of them (folded numbers)."""
FAMILIES = (WITHDRAWAL, REFUND_DEMAND, DEMAND, QUESTION, THANKS, TAKEN_BACK, WAVERS, PERHAPS)
LONGEST = 20_000  # characters of a letter that are looked at
FURTHEST = 185  # days ahead that a letter sets; a later day is about something else
_PATTERNS = (
    "asks_whether", "condition", "told", "wants", "goods", "money", "content", "unsettled", "tell", "taken_back",
    "wavers", "perhaps",
)  # fmt: skip
_SHARED = (
    "every", "other", "one_of", "list_follows", "label", "copula", "joins", "seam", "asks_first", "asks_last",
    "condition_first", "not_first", "but_second", "not_but", "not_second",
)  # fmt: skip
_IN_QUOTES = re.compile(r"[\"“„«「『]([^\"“”„«»「」『』]{4,200})[\"”“»」』]")  # another's words: they declare nothing
_REPLY = re.compile(
    r"\s{0,3}(?:re|aw|antw|sv|fwd?|wg|tr|rv|rif|odp|회신|답장|전달|回复|回覆|答复|返信|转发)\s?(?:\[\d{1,3}\])?\s{0,2}[:：]",
    re.IGNORECASE,
)
_ENDS = re.compile(r"(?<=[!?。？！；;])|(?<=[^\W\d_][.])(?=\s)|(?<=\d{4}[.])(?=\s)|(?<=\))(?=\.\s)")
_QUESTION_MARK = re.compile(r"[?？]\s*[)\"”’]?\s*$")
_TO_THE_DAY = r"(?:[^\W\d_]{2,12},?\s)?$"  # a weekday may stand between "by" and the day
_VERB_LAST = frozenset({"ko", "ja", "zh"})  # languages in which what is to be done by a day stands behind it
_SHORT_LINE = 40  # columns: a line that ends earlier was not broken by the mail program but by its writer


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says. `family`: one of `FAMILIES`, `quote` the words that say so. `until`: the day that it sets,
    or the time from its own day on, with its words in `until_quote`."""

    family: str
    quote: str
    until: date | Span | None = None
    until_quote: str = ""


@dataclass(frozen=True, slots=True)
class _Words:
    """The file, compiled. `says`, `title`: by family; `before`, `after`: by language."""

    says: dict[str, re.Pattern[str]]
    title: dict[str, re.Pattern[str]]
    other: dict[str, re.Pattern[str]]
    before: dict[str, re.Pattern[str]]
    after: dict[str, re.Pattern[str]]
    entry: dict[str, re.Pattern[str]]
    shared: dict[str, re.Pattern[str]]


@cache
def _words() -> _Words:
    """The file, read once. Raises KnowledgeError where it cannot be read as such."""
    try:
        table = tomllib.loads(FILE.read_text(encoding="utf-8"))
        families = (WITHDRAWAL, REFUND_DEMAND, DEMAND)
        return _Words(
            {family: _one(table[family]["says"]) for family in families},
            {family: _one(table[family]["title"]) for family in families},
            {name: _one(table[name]) for name in _PATTERNS},
            {language: _some(parts, _TO_THE_DAY) for language, parts in table["before_day"].items()},
            {language: _some(parts) for language, parts in table["after_day"].items()},
            {family: _one(table["entry"][family]) for family in (WITHDRAWAL, REFUND_DEMAND)},
            {name: _one(table["shared"][name]) for name in _SHARED},
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, AttributeError, re.error) as error:
        raise KnowledgeError(f"{FILE.name}: {error}") from None


def _one(by_language: dict[str, list[str]]) -> re.Pattern[str]:
    """One pattern of all languages: a short letter does not tell surely which it is written in."""
    return _some([part for parts in by_language.values() for part in parts])


def _some(parts: list[str], end: str = "") -> re.Pattern[str]:
    return re.compile(f"(?:{'|'.join(parts) or '(?!)'}){end}", re.IGNORECASE)


def meant(subject: str, body: str = "") -> str:
    """The family of texts that a letter belongs to: withdrawal, refund_demand, demand; "" where it declares none.

    `body`: the user's own words, without what he quotes.
    """
    family = read(subject, body).family
    return family if family in (WITHDRAWAL, REFUND_DEMAND, DEMAND) else ""


def read(subject: str, body: str = "", language: str = "", written: date | None = None) -> Letter:
    """What a letter says, and the day that it sets. `language` (ISO 639-1) may be "", `written`: the day of the letter,
    without which no day is read."""
    return read_parts(subject, passages(body), language, written)


def passages(body: str) -> tuple[str, ...]:
    """The sentences of a letter, without what stands in quotation marks."""
    return tuple(sentences(_IN_QUOTES.sub(" ", body[:LONGEST])))


def read_parts(subject: str, parts: Sequence[str], language: str = "", written: date | None = None) -> Letter:
    """What the sentences of a letter say: see `read`."""
    until, until_quote = None, ""
    demanded = ""
    if written is not None:
        for sentence in parts:
            if until is None and (found := _day_set(sentence, language, written)) is not None:
                until, until_quote, goods = found[0], sentence, found[1]
                demanded = sentence if goods else ""
    family, quote = _family(subject, parts, demanded)
    return Letter(family, quote, until, until_quote)


def of(event: Event) -> Letter:
    """What a letter of the user says, as it was read when it came in; of one read by an older version its subject.

    A letter of the program's own (no mail, or sent by it) is a question here: its rung says what it is.
    """
    reading = event.reading
    if reading is None:
        return Letter(QUESTION, "")
    finding = reading.finding
    if finding.says is None:
        return read(reading.subject)
    if event.payload.get(ABOUT) and finding.passages:
        from monitor.knowledge import letters_shared  # late: it reads with this module

        return letters_shared.of(reading, event.payload[ABOUT], event.payload.get(SHARED_BY, "").split())
    if not finding.passages and any(name == "order_number" for name, _ in finding.disagreements):
        return Letter(QUESTION, finding.says.quote)  # read by an older version: it may be about another order
    until = finding.answer_by
    return Letter(
        finding.says.value, finding.says.quote, until.value if until else None, until.quote if until else ""
    )  # fmt: skip


def void_before(written: Iterable[Event]) -> datetime | None:
    """The moment of the last letter by hand after which an earlier withdrawal is not known to stand; None without one.

    By such a letter he takes it back, says that he may want the goods, or sets a day for them.
    """
    by_hand = [event for event in written if event.reading is not None and not event.payload.get("rung")]
    return max((event.at for event in by_hand if of(event).family in (TAKEN_BACK, WAVERS, DEMAND)), default=None)


def _family(subject: str, parts: Sequence[str], demanded: str) -> tuple[str, str]:
    """The family, and the words that say so. A day for the goods goes first: who sets one has not given them up yet."""
    words = _words()
    back = [sentence for sentence in parts if words.other["taken_back"].search(sentence)]
    if back:
        rest = [sentence for sentence in parts if sentence not in back]
        sure = not any(open_ended(one) or words.other["asks_whether"].search(one) for one in back)
        declared = _family("", rest, "")[0] in (WITHDRAWAL, REFUND_DEMAND)
        return (TAKEN_BACK if sure and not declared else WAVERS), back[0]
    if demanded:
        return DEMAND, demanded
    plain = [sentence for sentence in parts if not idle(sentence)]
    heading = "" if _REPLY.match(subject) or idle(subject) else subject
    asked = " ".join(sentence for sentence in parts if words.other["asks_whether"].search(sentence))
    for family, in_letter in ((DEMAND, True), (WITHDRAWAL, True), (WITHDRAWAL, False), (DEMAND, False),
                              (REFUND_DEMAND, True), (REFUND_DEMAND, False)):  # fmt: skip
        said, title = words.says[family], words.title[family]
        if in_letter:
            found = next((sentence for sentence in plain if said.search(sentence)), "")
        elif heading and (said.search(heading) or title.search(heading)):
            # a heading over a question about the same is no more than the question
            found = "" if said.search(asked) or title.search(asked) else heading
        else:
            found = ""
        if found:
            return family, found
    if wavering := next((one for one in parts if words.other["wavers"].search(one)), ""):
        return WAVERS, wavering
    if perhaps := next((one for one in parts if words.other["perhaps"].search(one)), ""):
        return PERHAPS, perhaps
    if (content := _content(parts)) and not demanded:
        return THANKS, content
    return QUESTION, subject or (parts[0] if parts else "")


def _content(parts: Sequence[str]) -> str:
    """The sentence by which a letter is content with what came or was promised; "" where it wants anything at all."""
    other = _words().other
    found = ""
    for sentence in parts:
        if _QUESTION_MARK.search(sentence) or any(other[n].search(sentence) for n in ("asks_whether", "unsettled")):
            return ""
        if other["wants"].search(sentence) and not (
            other["goods"].search(sentence)
            and not other["money"].search(sentence)
            and not other["tell"].search(sentence)
        ):
            return ""  # that the goods come when they were announced, he may want and be content
        if not found and other["content"].search(sentence):
            found = sentence
    return found


def _about_goods(sentence: str, start: int, end: int, *, verb_last: bool) -> bool:
    """Whether a sentence sets the day that stands in it at `start` to `end` for the goods.

    Where it speaks of money too, the word nearest to the day decides: behind it where verbs come last, else before it.
    """
    words = _words()
    goods = [match.start() for match in words.other["goods"].finditer(sentence)]
    goods += [match.start() for match in words.says[DEMAND].finditer(sentence)]
    money = [match.start() for match in words.other["money"].finditer(sentence)]
    if not goods or not money:
        return bool(goods)
    places = [(place, True) for place in goods] + [(place, False) for place in money]
    behind = sorted((place, of_goods) for place, of_goods in places if place >= end)
    ahead = sorted(((place, of_goods) for place, of_goods in places if place < start), reverse=True)
    first, second = (behind, ahead) if verb_last else (ahead, behind)
    return (first or second or [(0, True)])[0][1]


def titled(text: str) -> str:
    """The family that a short entry of a list declares by its noun alone; "" where it declares none."""
    entry = _words().entry
    return next((family for family in (WITHDRAWAL, REFUND_DEMAND) if entry[family].search(text)), "")


def leads_with_condition(sentence: str) -> bool:
    """Whether a sentence begins with a condition, which holds for all of it."""
    return _words().shared["condition_first"].match(sentence) is not None


def shared_words() -> Mapping[str, re.Pattern[str]]:
    """The words by which one letter speaks of several orders: the tables `shared` of `letters.toml`."""
    return _words().shared


def idle(sentence: str) -> bool:
    """Whether a sentence declares nothing, whatever its words: it asks, sets a condition, or tells what others did."""
    other = _words().other
    return bool(open_ended(sentence) or other["asks_whether"].search(sentence) or other["told"].search(sentence))


def open_ended(sentence: str) -> bool:
    """Whether a sentence is a question or stands under a condition."""
    return bool(_QUESTION_MARK.search(sentence) or _words().other["condition"].search(sentence))


def _day_set(sentence: str, language: str, written: date) -> tuple[date | Span, bool] | None:
    """The day, or the time, that a sentence gives the reader, and whether for the goods; None where it gives none."""
    words = _words()
    if words.other["told"].search(sentence):
        return None
    if not (words.other["wants"].search(sentence) or words.other["condition"].search(sentence)):
        return None
    for spoken in dict.fromkeys((language, *words.before)):
        if spoken not in words.before:
            continue
        for found in dates.find(sentence, spoken, written, side="future"):
            if not _is_limit(sentence, found, spoken):
                continue
            if isinstance(found.value, Span) or 0 < (found.value - written).days <= FURTHEST:
                verb_last = spoken in _VERB_LAST
                return found.value, _about_goods(sentence, found.start, found.end, verb_last=verb_last)
    return None


def _is_limit(sentence: str, found: dates.Found, language: str) -> bool:
    words = _words()
    before, after = sentence[max(0, found.start - 60) : found.start], sentence[found.end : found.end + 20]
    if words.before[language].search(before) or words.after[language].match(after):
        return True
    return words.after[language].search(sentence[found.start : found.end]) is not None  # "7일 이내" is one


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text; a line that the mail program broke is put together with the next."""
    for part in re.split(r"\n\s*\n", text):
        whole = ""
        for line in part.split("\n"):
            line = line.strip()
            if not line:
                continue
            glue = "" if whole and _wide(whole[-1]) and _wide(line[0]) and not "가" <= whole[-1] <= "힣" else " "
            whole = f"{whole}{glue}{line}" if whole else line
            if _columns(line) < _SHORT_LINE:
                yield from _cut(whole)
                whole = ""
        if whole:
            yield from _cut(whole)


def _cut(text: str) -> Iterator[str]:
    start = 0
    for end in (*(match.start() for match in _ENDS.finditer(text)), len(text)):
        if sentence := text[start:end].strip():
            yield sentence[:600]
        start = end


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _columns(line: str) -> int:
    return sum(2 if _wide(character) else 1 for character in line)
