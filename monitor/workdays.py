"""Working days: which days count as business days in a country, and where a span of time ends.

In charge of weekends, public holidays and their substitutes (the `holidays` library, imported when the first
working day is asked for) and the days the user adds (`calendar.extra_holidays`). It does not know what a
period is for, nor where the day of an event lies: callers pass days in the user's time zone.

A business day is a day that is neither a weekend day nor a public holiday of the country. In Korea these
are Saturday, Sunday and the days of 공휴일에 관한 법률, substitute days included (1 May since 2026). For the
United Kingdom the bank holidays are those of England and Wales.
"""

from __future__ import annotations

import sys
from calendar import monthrange
from collections.abc import Collection
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from monitor.types import Span, Unit

if TYPE_CHECKING:
    from holidays import HolidayBase

# A period that a mail states can be any number; ten years are more than any promise is worth.
LONGEST = 3660

# Codes that people write and ISO 3166-1 does not know.
ALIASES = {"UK": "GB", "EL": "GR"}

# Where a country has no list of its own: the part whose bank holidays most of its people live by.
SUBDIVISIONS = {"GB": "ENG"}

_DAY = timedelta(days=1)


def country_code(country: str) -> str:
    """ISO 3166-1 alpha-2 in upper case; `UK` becomes `GB`; "" stays ""."""
    code = country.strip().upper()
    return ALIASES.get(code, code)


def _days_off(country: str, *, years: int | None = None, language: str | None = None) -> HolidayBase:
    """A country's holidays. Raises NotImplementedError where the library knows none.

    The library is imported as late as possible, and no country's days but those that are asked for: it means to load
    one country at a time, but its package of countries names all 250, 50 ms and 8 MB of every command. So an empty
    package of that name, with the same folder, is in its place before the first country is loaded.
    """
    import holidays

    name = "holidays.countries"
    folder = Path(holidays.__file__).parent / "countries"
    if name not in sys.modules and folder.is_dir():
        empty = ModuleType(name)
        empty.__path__ = [str(folder)]
        sys.modules[name] = empty
    return holidays.country_holidays(country, subdiv=SUBDIVISIONS.get(country), years=years, language=language)


_ASKED: dict[tuple[str, frozenset[date]], dict[date, bool]] = {}
"""Whether a day is a business day, by country and extra holidays: what was asked once is true of every calendar."""


class Calendar:
    """The working days of one country.

    `country` is an ISO 3166-1 code. For a country the library does not know (or "") Monday to Friday are
    business days and `known` is False. `extra_holidays` are days off that were declared at short notice.
    """

    def __init__(self, country: str, extra_holidays: Collection[date] = ()) -> None:
        self.country = country_code(country)
        self.extra_holidays = frozenset(extra_holidays)
        # thousands of orders, and every page, ask about the same few hundred days
        self._asked = _ASKED.setdefault((self.country, self.extra_holidays), {})

    @cached_property
    def _days_off(self) -> HolidayBase | None:
        if not self.country:
            return None
        try:
            return _days_off(self.country)
        except NotImplementedError:
            return None

    @property
    def known(self) -> bool:
        """Whether this country's holidays are known; if not, only weekends are days off."""
        return self._days_off is not None

    def is_business_day(self, day: date) -> bool:
        """True unless `day` is a weekend day, a public holiday, or one of the extra holidays."""
        known = self._asked.get(day)
        if known is None:
            known = self._asked[day] = self._works(day)
        return known

    def _works(self, day: date) -> bool:
        if day in self.extra_holidays:
            return False
        if self._days_off is None:
            return day.weekday() < 5
        return bool(self._days_off.is_working_day(day))

    def add(self, day: date, span: Span) -> date:
        """The last day of a span that begins with the event of `day`; that day itself is not counted.

        Business days: the n-th business day after `day`. Days and weeks are calendar days, months end on the
        same day of the month or, where it is missing, on the month's last; an end that falls on a day off
        stays there. Spans beyond ten years are cut to that; the end is never later than `date.max`.
        """
        count = max(0, span.count)
        try:
            match span.unit:
                case Unit.BUSINESS_DAYS:
                    return self._business_day_after(day, min(count, LONGEST))
                case Unit.WEEKS:
                    return day + timedelta(days=min(7 * count, LONGEST))
                case Unit.MONTHS:
                    return _months_after(day, min(count, LONGEST // 30))
                case _:
                    return day + timedelta(days=min(count, LONGEST))
        except (OverflowError, ValueError):
            return date.max

    def between(self, a: date, b: date) -> int:
        """How many business days lie after `a` up to and including `b`; 0 where `b` is not after `a`."""
        count = 0
        day = a
        while day < b:
            day += _DAY
            count += self.is_business_day(day)
        return count

    @cached_property
    def _known_until(self) -> date:
        if self._days_off is None:
            return date.min
        base = self._days_off
        label = str(getattr(base, "estimated_label", "")).replace("%s", "").strip()
        last = date(base.end_year, 12, 31)
        if not label:
            return last
        for year in range(2020, base.end_year + 1):
            of_year = _days_off(self.country, years=year, language=base.default_language)
            if any(label in name for name in of_year.values()):
                return date(year - 1, 12, 31)
        return last

    def known_until(self) -> date:
        """The last day up to which all regular holidays are fixed and none is an estimate of a lunar date.

        `date.min` for an unknown country. Days that a government declares at short notice are never known
        ahead: they come with an update of the library or from `calendar.extra_holidays`.
        """
        return self._known_until

    def _business_day_after(self, day: date, count: int) -> date:
        while count > 0:
            day += _DAY
            count -= self.is_business_day(day)
        return day


def _months_after(day: date, count: int) -> date:
    years, month = divmod(day.month - 1 + count, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
