"""Moments as mails write them: the Date and Received headers, and the dates that mail programs write for people into
the header of a forwarded mail. In charge of getting an aware moment or None, never a wrong guess out of garbage. Dates
in the text of a shop's mail are the business of `monitor.dates`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import cache, lru_cache

from monitor.knowledge import patterns, values
from monitor.knowledge.patterns import Worded

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_NUMBERS = {name.title().encode(): number for name, number in _MONTHS.items()}
_DATE = re.compile(
    r"(?:[A-Za-z]{3,9}\s*,?\s*)?(\d{1,2})[\s-]{1,3}([A-Za-z]{3})[a-z]{0,6}\.?[\s-]{1,3}(\d{4}|\d{2})[\s,]{1,3}"
    r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?:[.,]\d{1,9})?\s*([+-]\d{2}:?\d{2}|[A-Za-z]{1,5})?"
)
_ISO = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[T\s]{1,2}(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d{1,9})?\s*"
    r"([+-]\d{2}:?\d{2}|[A-Za-z]{1,5})?"
)
_HALF_OF_DAY = re.compile(r"\d\s?[ap]\.?m\b", re.IGNORECASE)
# Hours east of Greenwich. RFC 5322 knows only the American ones; these are what mailers write besides.
_ZONES = {
    "kst": 9,
    "jst": 9,
    "hkt": 8,
    "sgt": 8,
    "pht": 8,
    "awst": 8,
    "ict": 7,
    "wib": 7,
    "msk": 3,
    "eet": 2,
    "eest": 3,
}
_ZONES |= {"cet": 1, "cest": 2, "mez": 1, "mesz": 2, "met": 1, "west": 1, "wet": 0, "bst": 1, "aest": 10, "aedt": 11}
_ZONES |= {
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
    "akst": -9,
    "hst": -10,
}


@lru_cache(maxsize=256)
def zone(name: str) -> timezone:
    """The zone of a `+0900` or a name; UTC for one that means nothing (`-0000`, RFC 5322 section 3.3)."""
    if name[:1] in ("+", "-"):
        digits = name[1:].replace(":", "")
        minutes = int(digits[:2]) * 60 + int(digits[2:4])
        if not minutes or minutes >= 24 * 60:
            return UTC
        return timezone(timedelta(minutes=minutes if name[0] == "+" else -minutes))
    hours = _ZONES.get(name.lower(), 0)
    return timezone(timedelta(hours=hours)) if hours else UTC


def date(value: bytes) -> datetime | None:
    """A Date header as an aware moment; None for what is no date or lies outside 1970 to 2199."""
    if not value:
        return None
    if usual := _usual(value):
        return usual
    text = value[:200].decode("ascii", "replace").strip()
    if found := _DATE.match(text):
        day, month, year, hour, minute, second, offset = found.groups()
        number = _MONTHS.get(month.lower(), 0)
    elif found := _ISO.match(text):
        year, month, day, hour, minute, second, offset = found.groups()
        number = int(month)
    else:
        people = spoken(value[:200].decode("utf-8", "replace"), None)
        return people if _HALF_OF_DAY.search(text) else _other_date(text) or people
    if offset in ("AM", "PM", "am", "pm"):
        return spoken(text, None)
    whole = int(year)
    if len(year) == 2:
        whole += 2000 if whole < 70 else 1900
    return moment(whole, number, int(day), int(hour), int(minute), int(second or 0), zone(offset or ""))


def _usual(value: bytes) -> datetime | None:
    """`date` of what nearly all programs write (`Thu, 06 Nov 2025 01:43:40 +0000`), in half of the time."""
    try:
        weekday, day, month, year, clock, offset = value.split()
        hour, minute, second = clock.split(b":")
        number = _NUMBERS[month]
    except (ValueError, KeyError):
        return None
    digits = day + year + hour + minute + second + offset[1:]
    lengths = len(day) <= 2, len(hour), len(minute), len(second), len(year), len(offset)
    if weekday[-1:] != b"," or lengths != (True, 2, 2, 2, 4, 5) or offset[:1] not in b"+-" or not digits.isdigit():
        return None
    where = zone(offset.decode("ascii"))
    return moment(int(year), number, int(day), int(hour), int(minute), int(second), where)


def moment(year: int, month: int, day: int, hour: int, minute: int, second: int, where: timezone) -> datetime | None:
    """The moment, or None where there is no such day or it is none a mail can have. Leap seconds become :59."""
    if not 1970 <= year < 2200:
        return None
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=where)
    except (ValueError, OverflowError):
        return None


def _other_date(text: str) -> datetime | None:
    """The forms that the standard library knows and the two patterns do not (asctime, missing parts)."""
    from email.utils import parsedate_tz  # late: it takes a dozen other modules, and next to no date comes to it

    try:
        parts = parsedate_tz(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    if parts is None:
        return None
    offset = parts[9] or 0
    where = timezone(timedelta(seconds=offset)) if abs(offset) < 86400 else UTC
    return moment(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], where)


# --- as people read them ---

_YMD = re.compile(r"(\d{4})\s?[-./년年]\s?(\d{1,2})\s?[-./월月]\s?(\d{1,2})")
_DMY = Worded(r"(\d{1,2})<day_ordinal>?\.?\s?<day_of>?([^\W\d_]{3,12})\.?,?\s<day_of>?(\d{4})")
_MDY = Worded(r"([^\W\d_]{3,12})\.?\s(\d{1,2})<day_ordinal>?,?\s(\d{4})")
_NUMERIC = re.compile(r"(\d{1,2})([./])(\d{1,2})[./](\d{4})")
_CLOCK = Worded(
    r"(<morning>|<afternoon>)?\s?(\d{1,2})\s?[:시時时h]\s?(\d{2})\s?분?(?::(\d{2}))?\s?([ap]\.?m\.?)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(?:GMT|UTC)\s?([+-])(\d{1,2})(?::?(\d{2}))?|\s([+-])(\d{2}):?(\d{2})\b|\b(KST|JST)\b")


@cache
def _month_stems() -> tuple[tuple[str, ...], ...]:
    """How the names of each month begin, in all languages."""
    named = (patterns.words("month_stem", language) for language in values.LANGUAGES)
    return tuple(zip(*filter(None, named), strict=True))


def spoken(text: str, where: timezone | None) -> datetime | None:
    """The moment that a mail program wrote for people to read. `where` is the zone to take where it names none."""
    text = text[:200]
    day = _day(text)
    if day is None:
        return None
    clock = _CLOCK.re.search(text, day[3])
    hour, minute, second = (int(clock[2]), int(clock[3]), int(clock[4] or 0)) if clock else (0, 0, 0)
    if clock:
        half = (clock[1] or clock[5] or "").lower().replace(".", "")
        if half in patterns.words("afternoon") and hour < 12:
            hour += 12
        elif half in patterns.words("morning") and hour == 12:
            hour = 0
    return moment(day[0], day[1], day[2], hour, minute, second, _offset(text) or where or UTC)


def _offset(text: str) -> timezone | None:
    found = _OFFSET.search(text)
    if found is None:
        return None
    if found[7]:
        return zone("+0900")
    sign, hours, minutes = (found[1], found[2], found[3]) if found[1] else (found[4], found[5], found[6])
    return zone(f"{sign}{int(hours):02d}{int(minutes or 0):02d}")


def _day(text: str) -> tuple[int, int, int, int] | None:
    if found := _YMD.search(text):
        return int(found[1]), int(found[2]), int(found[3]), found.end()
    if (found := _DMY.re.search(text)) and (month := _month(found[2])):
        return int(found[3]), month, int(found[1]), found.end()
    if (found := _MDY.re.search(text)) and (month := _month(found[1])):
        return int(found[3]), month, int(found[2]), found.end()
    if found := _NUMERIC.search(text):
        first, second = int(found[1]), int(found[3])
        # 12.11.2026 is day first; 11/12/2026 is month first where that is a month, as American programs write
        if found[2] == "/" and first <= 12:
            return int(found[4]), first, second, found.end()
        return int(found[4]), second, first, found.end()
    return None


def _month(word: str) -> int:
    word = word.lower()
    for number, starts in enumerate(_month_stems(), start=1):
        if word.startswith(starts):
            return number
    return 0
