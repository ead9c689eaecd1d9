"""Days and spans of time in text, read with a declared language: "11월 22일(일)", "22. November", "3~5 business days".

In charge of turning words into a `date` or a `Span`. The names of months and weekdays, the words for tomorrow and
for business days stand in the `[dates]` table of each language file. What has no year takes the one that lies
nearest to `near`; what could be two days (11/12/2026 in English) is None unless the caller knows the order. Times
of day are ignored, and no clock is read: `near` is the day on which the text was written. Does not know what a
date is about, nor when a span ends.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

from monitor.types import Span, Unit

Order = Literal["YMD", "DMY", "MDY", ""]
LONGEST = 400  # characters that are looked at: a date that stands further down is not what the caller asked about


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a language for days: the `[dates]` table of its file. All in lower case."""

    order: Order = ""  # of the parts of an all-digit date with its year last; "" where a language has both
    months: Mapping[str, int] = field(default_factory=dict)
    weekdays: Mapping[str, int] = field(default_factory=dict)  # Monday is 0
    days_from_now: Mapping[str, int] = field(default_factory=dict)  # tomorrow -> 1
    numbers: Mapping[str, int] = field(default_factory=dict)  # "two" -> 2
    units: Mapping[str, str] = field(default_factory=dict)  # word -> days, business_days, weeks, months, hours
    business: tuple[str, ...] = ()  # words that turn days near them into business days
    bare_days: tuple[
        str, ...
    ] = ()  # words for days that also end a date ("22일"): a span only with one of the above near
    next_week: tuple[str, ...] = ()
    this_week: tuple[str, ...] = ()
    until: tuple[str, ...] = ()  # what stands between the two ends of a range, besides dashes

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Words:
        """From the `[dates]` table of a language file: months and weekdays are lists of lists of spellings."""

        def places(rows: Any, first: int) -> dict[str, int]:
            return {str(word).lower(): at for at, row in enumerate(rows, first) for word in row}

        return cls(
            order=table.get("order", ""),
            months=places(table.get("months", ()), 1),
            weekdays=places(table.get("weekdays", ()), 0),
            days_from_now={w.lower(): int(n) for n, row in table.get("days_from_now", {}).items() for w in row},
            numbers={w.lower(): int(n) for n, row in table.get("numbers", {}).items() for w in row},
            units={w.lower(): unit for unit, row in table.get("units", {}).items() for w in row},
            business=tuple(w.lower() for w in table.get("business", ())),
            bare_days=tuple(w.lower() for w in table.get("bare_days", ())),
            next_week=tuple(w.lower() for w in table.get("next_week", ())),
            this_week=tuple(w.lower() for w in table.get("this_week", ())),
            until=tuple(w.lower() for w in table.get("until", ())),
        )


class Found(NamedTuple):
    """A day or a span, and where its words stand in the text that was searched."""

    value: date | Span
    start: int
    end: int


_LANGUAGES = Path(__file__).parent / "knowledge" / "languages"


@cache
def words(language: str) -> Words:
    """The words of a language (ISO 639-1), read once from its file; those of English for an unknown one."""
    source = _LANGUAGES / f"{language}.toml" if language.isalpha() else None
    if source is None or not source.is_file():
        return Words() if language == "en" else words("en")
    return Words.of(_table(source.read_text(encoding="utf-8")))


def _table(text: str) -> Mapping[str, Any]:
    """The `[dates]` table of a language file; the others are not parsed, a file is large."""
    start = text.find("\n[dates]")
    if start < 0:
        return {}
    end = text.find("\n[", start + 2)
    table: Mapping[str, Any] = tomllib.loads(text[start : end if end >= 0 else len(text)])["dates"]
    return table


def parse(
    text: str,
    language: str,
    near: date,
    *,
    order: Order = "",
    table: Words | None = None,
    side: Literal["past", "future", ""] = "",
) -> date | Span | None:
    """The first day or span that a text names, of a range its last day, or None.

    `near`: the day of the mail. `order`: of the parts of an all-digit date where the caller knows it (the sender's
    country), else that of the language. `side`: the day can only lie before `near` (an order's date) or after it (a
    promise); it decides between two readings of one text and is no filter. `table` replaces the language's words.
    """
    found = find(text, language, near, order=order, table=table, side=side)
    return found[0].value if found else None


def find(
    text: str,
    language: str,
    near: date,
    *,
    order: Order = "",
    table: Words | None = None,
    side: Literal["past", "future", ""] = "",
) -> list[Found]:
    """All days and spans of a text's first 400 characters, in order. Arguments as of `parse`. Never raises."""
    table = words(language) if table is None else table
    grammar = _grammar(_Key(language, table))
    folded = text[:LONGEST].lower()
    if len(folded) != len(text[:LONGEST]):  # "İ" and a few others change their length
        folded = "".join(c if len(c.lower()) != 1 else c.lower() for c in text[:LONGEST])
    folded = folded.translate(_WIDE)
    if (whole := grammar.year_first.fullmatch(folded)) and (day := _day(int(whole[1]), int(whole[3]), int(whole[4]))):
        return [Found(day, 0, len(folded))]  # as most of those behind a label are written: no other pattern is tried
    hits: list[Found] = []
    taken: list[tuple[int, int]] = []
    for hit in grammar.hits(folded, near, order or table.order, side):
        if not any(start < hit.end and hit.start < end for start, end in taken):
            taken.append((hit.start, hit.end))
            if hit.value is not None:
                hits.append(Found(hit.value, hit.start, hit.end))
    hits.sort(key=lambda hit: hit.start)
    return list(_ranges(hits, folded, grammar))


_WIDE = {0xFF10 + n: 0x30 + n for n in range(10)} | {
    0xFF0F: 0x2F, 0xFF0E: 0x2E, 0xFF0D: 0x2D, 0x3000: 0x20, 0xA0: 0x20, 0x202F: 0x20, 0xFF5E: 0x7E, 0x301C: 0x7E,
    0x2013: 0x2D, 0x2014: 0x2D, 0xFF08: 0x28, 0xFF09: 0x29,
}  # fmt: skip


class _Hit(NamedTuple):
    value: date | Span | None  # None: words that look like a day but cannot be one, or could be two
    start: int
    end: int


class _Key(NamedTuple):
    """Grammars are built once per language; the tables themselves are mappings and cannot be hashed."""

    language: str
    table: Words

    def __hash__(self) -> int:
        return hash(self.language)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.language == other.language and self.table == other.table


@cache
def _grammar(key: _Key) -> _Grammar:
    return _Grammar(key.language, key.table)


def _any(some: Mapping[str, Any] | tuple[str, ...]) -> str:
    """An alternation, longest first; "$^" (never) when there is nothing to choose from. Dots may be missing."""
    return "|".join(re.escape(word) for word in sorted(some, key=len, reverse=True)) or r"(?!)"


_OF = r"(?:st|nd|rd|th|er|º|°|ª|\.)?(?: ?de | of | |\.)? ?"  # what stands between a day and its month


class _Grammar:
    """The patterns of one language, each compiled when it is first needed: most days are written in one of a few ways,
    and to compile all takes as long as to read two mails."""

    def __init__(self, language: str, table: Words) -> None:
        self.table = table
        self.east = language in ("ko", "ja", "zh")
        self._months, self._weekdays, self._units, self._numbers, self._untils = (
            _any(some) for some in (table.months, table.weekdays, table.units, table.numbers, table.until)
        )

    @cached_property
    def year_first(self) -> re.Pattern[str]:
        return re.compile(r"(?<!\d)(\d{4}) ?([-./]) ?(\d{1,2}) ?\2 ?(\d{1,2})(?!\d)\.?")

    @cached_property
    def signed(self) -> re.Pattern[str]:
        return re.compile(r"(?<!\d)(?:'?(\d{4}|\d{2}) ?[年년] ?)?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일号號]?(?!\d)")

    @cached_property
    def digits(self) -> re.Pattern[str]:
        return re.compile(r"(?<![\d/.\-])(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/]|\.\d|-\d)")

    @cached_property
    def short(self) -> re.Pattern[str]:
        return re.compile(r"(?<![\d/.\-])(\d{1,2})([/.])(\d{1,2})(?![\d/%]|\.\d)(?= ?\(|\.?(?:\s|$)|[^\d.])")

    @cached_property
    def day_month(self) -> re.Pattern[str]:
        return re.compile(
            rf"(?<![\d.,])(\d{{1,2}}){_OF}({self._months})(?![^\W\d_])\.?"
            r"(?:(?:,| de| del|)? ?'?(\d{4}|(?<=')\d{2})(?!\d))?"
        )

    @cached_property
    def day_range(self) -> re.Pattern[str]:
        return re.compile(
            rf"(?<![\d.,])(\d{{1,2}})(?:st|nd|rd|th|\.)? ?(?:-|~|{self._untils}) ?"
            rf"(?=\d{{1,2}}{_OF}(?:{self._months})(?![^\W\d_]))"
        )

    @cached_property
    def month_day(self) -> re.Pattern[str]:
        return re.compile(
            rf"(?<![^\W\d_])({self._months})\.? ?(\d{{1,2}})(?:st|nd|rd|th)?(?![\d:])(?:(?:,| of|) ?(\d{{4}})(?!\d))?"
        )

    @cached_property
    def month_day_tail(self) -> re.Pattern[str]:
        return re.compile(rf" ?(?:-|~|{self._untils}) ?(\d{{1,2}})(?:st|nd|rd|th)?(?![\d:/.])(?:, ?(\d{{4}}))?")

    @cached_property
    def soon(self) -> re.Pattern[str]:
        soon = _any(self.table.days_from_now)
        return re.compile(rf"(?:{soon})" if self.east else rf"(?<![^\W\d_])(?:{soon})(?![^\W\d_])")

    @cached_property
    def weekday(self) -> re.Pattern[str]:
        return re.compile(rf"({self._weekdays})" if self.east else rf"(?<![^\W\d_])({self._weekdays})(?![^\W\d_])")

    @cached_property
    def span(self) -> re.Pattern[str]:
        return re.compile(
            rf"(?<![\d.,:/-])(?:(\d{{1,3}})(?: ?(?:-|~|{self._untils}|/|or|oder|ou|o|of) ?(\d{{1,3}}))?|"
            rf"(?<![^\W\d_])({self._numbers})(?: ?(?:-|~|{self._untils}) ?({self._numbers}))?)"
            rf" ?(?:\([^()]{{0,4}}\) ?)?({self._units})"
            + (r"(?![^\W\d_])(?!\s(?:a|per|pro|par|por|al|alla|la|à la)\s)" if not self.east else "")
        )

    @cached_property
    def bare_span(self) -> re.Pattern[str]:
        bare = _any(self.table.bare_days)
        return re.compile(rf"(?<![\d.,:/月월-])(\d{{1,2}})(?: ?[~-] ?(\d{{1,2}}))? ?(?:{bare})(?!요일|曜)")

    @cached_property
    def day_only(self) -> re.Pattern[str]:
        return re.compile(r"(?<![\d.월月])(\d{1,2}) ?[日일号號] ?(?=\(|까지|에|도착|までに|まで|に|前|之前)")

    @cached_property
    def between(self) -> re.Pattern[str]:
        short = rf"(?:{self._weekdays}|[^\W\d_]{{2,3}}\.?)"  # "Di., 24.11. - Fr., 27.11."
        return re.compile(rf"\s?(?:\([^()]{{1,8}}\)|{short})?[,.]?\s?(?:-|~|{self._untils})\s?(?:{short},?\s?)?")

    def hits(self, text: str, near: date, order: str, side: str) -> Iterator[_Hit]:
        """All readings, the surest patterns first: a later one never overlaps an earlier one."""
        if any(c.isdigit() for c in text):
            for m in self.year_first.finditer(text):
                yield _Hit(_day(int(m[1]), int(m[3]), int(m[4])), m.start(), m.end())
            for m in self.signed.finditer(text):
                if "月" in m[0] or "월" in m[0]:
                    yield _Hit(self._dated(m[1], int(m[2]), int(m[3]), near, side), m.start(), m.end())
            if self.table.months:
                for m in self.day_range.finditer(text):
                    yield _Hit(None, m.start(), m.end())
                for m in self.day_month.finditer(text):
                    value = self._dated(m[3], self.table.months[m[2]], int(m[1]), near, side)
                    yield _Hit(value, m.start(), m.end())
                for m in self.month_day.finditer(text):
                    tail = self.month_day_tail.match(text, m.end())
                    day, year, end = int(m[2]), m[3], m.end()
                    if tail and not m[3] and int(tail[1]) > day:
                        day, year, end = int(tail[1]), tail[2], tail.end()
                    yield _Hit(self._dated(year, self.table.months[m[1]], day, near, side), m.start(), end)
            for m in self.digits.finditer(text):
                value = self._digits(m[1], m[3], m[4], m[2], near, order, side)
                yield _Hit(value, m.start(), m.end())
            yield from self._spans(text)
            if self.east:
                for m in self.short.finditer(text):
                    yield _Hit(self._dated(None, int(m[1]), int(m[3]), near, side), m.start(), m.end())
                for m in self.day_only.finditer(text):
                    yield _Hit(_day_of_month(int(m[1]), near), m.start(), m.end())
            elif order in ("DMY", "MDY"):
                for m in self.short.finditer(text):
                    if m[2] == "." and order != "DMY":
                        continue
                    month, day = (int(m[1]), int(m[3])) if order == "MDY" else (int(m[3]), int(m[1]))
                    yield _Hit(self._dated(None, month, day, near, side), m.start(), m.end())
        else:
            yield from self._spans(text)
        for m in self.soon.finditer(text):
            yield _Hit(near + timedelta(self.table.days_from_now[m[0]]), m.start(), m.end())
        for m in self.weekday.finditer(text):
            yield _Hit(self._weekday(text, m, near), m.start(), m.end())

    def _spans(self, text: str) -> Iterator[_Hit]:
        for m in self.span.finditer(text):
            count = int(m[2] or m[1]) if m[1] else self.table.numbers[m[4] or m[3]]
            unit = self.table.units[m[5]]
            if unit == "hours":
                count, unit = -(-count // 24), "days"
            if unit == "days":
                around = text[max(0, m.start() - 14) : m.start()] + "|" + text[m.end() : m.end() + 14]
                if any(word in around for word in self.table.business):
                    unit = "business_days"
            yield _Hit(Span(count, Unit(unit)) if count else None, m.start(), m.end())
        if self.table.bare_days:
            for m in self.bare_span.finditer(text):
                around = text[max(0, m.start() - 14) : m.start()] + "|" + text[m.end() : m.end() + 14]
                business = any(word in around for word in self.table.business)
                if business or m[2]:
                    unit = Unit.BUSINESS_DAYS if business else Unit.DAYS
                    yield _Hit(Span(int(m[2] or m[1]), unit), m.start(), m.end())

    def _dated(self, year: str | None, month: int, day: int, near: date, side: str) -> date | None:
        if year:
            return _day(int(year) + (2000 if len(year) == 2 else 0), month, day)
        return _nearest(month, day, near, side)

    def _digits(self, first: str, second: str, last: str, sign: str, near: date, order: str, side: str) -> date | None:
        if self.east and len(last) == 2 and len(first) == 2:  # 26.11.22
            value = _day(2000 + int(first), int(second), int(last))
            if value is not None and abs((value - near).days) < 800:
                return value
        year = int(last) + (2000 if len(last) == 2 else 0)
        day_first, month_first = _day(year, int(second), int(first)), _day(year, int(first), int(second))
        if day_first == month_first or month_first is None or sign == ".":
            return day_first
        if day_first is None:
            return month_first
        if order in ("DMY", "MDY"):
            return day_first if order == "DMY" else month_first
        if side:
            possible = [
                d for d in (day_first, month_first) if (-32 <= (d - near).days <= 1 if side == "past" else
                                                        -1 <= (d - near).days <= 183)
            ]  # fmt: skip
            return possible[0] if len(possible) == 1 else None
        return None

    def _weekday(self, text: str, match: re.Match[str], near: date) -> date:
        before = text[max(0, match.start() - 12) : match.start()]
        monday = near - timedelta(near.weekday())
        wanted = self.table.weekdays[match[1]]
        if any(word in before for word in self.table.next_week):
            return monday + timedelta(7 + wanted)
        if any(word in before for word in self.table.this_week):
            day = monday + timedelta(wanted)
            return day if day >= near else day + timedelta(7)  # on a Sunday "this week" is the one that begins
        return near + timedelta((wanted - near.weekday() - 1) % 7 + 1)


def _ranges(hits: list[Found], text: str, grammar: _Grammar) -> Iterator[Found]:
    """Joins "24 Nov" and "27 Nov" with a dash between them into the later, and drops a weekday beside its date."""
    days: list[Found] = []
    for hit in hits:
        last = days[-1] if days else None
        if last is not None and not isinstance(last.value, Span) and not isinstance(hit.value, Span):
            plain = [text[f.start : f.end] in grammar.table.weekdays for f in (last, hit)]
            if plain[0] != plain[1] and _BESIDE.fullmatch(text[last.end : hit.start]):
                # "Friday, 27 November", "11월 22일(일)": the weekday adds nothing
                days[-1] = Found(hit.value if plain[0] else last.value, last.start, hit.end)
                continue
        days.append(hit)
    at = 0
    while at < len(days):
        current = days[at]
        at += 1
        while at < len(days):
            one, other = current.value, days[at].value
            if isinstance(one, Span) or isinstance(other, Span):
                break
            gap = text[current.end : days[at].start]
            if len(gap) > 24 or not grammar.between.fullmatch(gap):
                break
            current = Found(max(one, other), current.start, days[at].end)
            at += 1
        yield _to_day_only(current, text)


_BESIDE = re.compile(r"[ ,.(]{0,3}(?:den|the|le|el|il|de|dem)?[ ,.(]{0,2}")


_TO_DAY = re.compile(r" ?(?:\([^()]{1,4}\))? ?[~-] ?(\d{1,2}) ?[일日]")


def _to_day_only(found: Found, text: str) -> Found:
    """ "11월 24일 ~ 27일": the second end names only its day."""
    tail = _TO_DAY.match(text, found.end)
    if tail is None or not isinstance(found.value, date):
        return found
    value = _day(found.value.year, found.value.month, int(tail[1]))
    if value is None or value < found.value:
        return found
    return Found(value, found.start, tail.end())


def _day(year: int, month: int, day: int) -> date | None:
    """A date, or None where there is no such day or no mail could mean it."""
    if not (1990 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31):
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _nearest(month: int, day: int, near: date, side: str) -> date | None:
    """A day without a year in the year that puts it nearest to `near`; a promise up to eleven months ahead."""
    days = [d for d in (_day(near.year + n, month, day) for n in (-1, 0, 1)) if d is not None]
    if side == "future":
        days = [d for d in days if (d - near).days > -31] or days
    elif side == "past":
        days = [d for d in days if (d - near).days <= 1] or days
    return min(days, key=lambda d: abs((d - near).days)) if days else None


def _day_of_month(day: int, near: date) -> date | None:
    """ "by the 30th": the next such day, today included."""
    for months in range(3):
        year, month = near.year + (near.month - 1 + months) // 12, (near.month - 1 + months) % 12 + 1
        value = _day(year, month, day)
        if value is not None and value >= near:
            return value
    return None
