"""Working days: every expected day is counted by hand; 2026 and 2027 as the Korean almanac (월력요항) has them."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.types import Span, Unit
from monitor.workdays import Calendar, country_code

KR = Calendar("KR")
BUSINESS = Unit.BUSINESS_DAYS


def days(text: str) -> list[date]:
    return [date.fromisoformat(day) for day in text.split()]


@pytest.mark.parametrize(
    "day",
    days(
        "2026-01-01 2026-02-16 2026-02-17 2026-02-18 "  # New Year, 설
        "2026-03-02 "  # 삼일절 fell on Sunday
        "2026-05-01 2026-05-05 2026-05-25 "  # 노동절, 어린이날, 부처님오신날 fell on Sunday
        "2026-06-03 2026-07-17 2026-08-17 "  # local elections, 제헌절, 광복절 fell on Saturday
        "2026-09-24 2026-09-25 2026-09-26 "  # 추석, its third day a Saturday: no substitute (only Sundays have one)
        "2026-10-05 2026-10-09 2026-12-25 "  # 개천절 fell on Saturday, 한글날, Christmas
        "2027-02-08 2027-02-09"  # 설 on Sunday: the day after the third is its substitute
    ),
)
def test_korean_public_holidays_and_their_substitutes_are_no_business_days(day: date) -> None:
    assert not KR.is_business_day(day)


@pytest.mark.parametrize("day", days("2026-09-23 2026-09-28 2026-06-05 2026-06-08 2026-10-02 2026-10-06 2027-02-10"))
def test_the_days_around_them_are(day: date) -> None:
    assert KR.is_business_day(day)


def test_saturday_and_sunday_are_no_business_days() -> None:
    assert [KR.is_business_day(date(2026, 11, day)) for day in (20, 21, 22, 23)] == [True, False, False, True]


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-09-07", 3, "2026-09-10"),  # Mon: Tue 1, Wed 2, Thu 3
        ("2026-09-22", 3, "2026-09-29"),  # Tue: Wed 23 1, [24 25 26 추석, 27 Sun], Mon 28 2, Tue 29 3
        ("2026-09-25", 1, "2026-09-28"),  # 추석 itself: the next business day is Monday
        ("2026-02-13", 3, "2026-02-23"),  # Fri: [14 15 weekend, 16-18 설], Thu 19 1, Fri 20 2, [21 22], Mon 23 3
        ("2026-12-30", 3, "2027-01-05"),  # Wed: Thu 31 1, [1 Jan, 2 3 weekend], Mon 4 2, Tue 5 3
        ("2027-02-05", 3, "2027-02-12"),  # Fri: [6 7 weekend/설, 8 설, 9 substitute], Wed 10 1, Thu 11 2, Fri 12 3
        ("2026-09-05", 3, "2026-09-09"),  # Saturday: Mon 1, Tue 2, Wed 3
        ("2026-09-07", 0, "2026-09-07"),
    ],
)
def test_business_days_are_counted_from_the_day_after(start: str, count: int, end: str) -> None:
    assert KR.add(date.fromisoformat(start), Span(count, BUSINESS)) == date.fromisoformat(end)


@pytest.mark.parametrize(
    ("start", "span", "end"),
    [
        ("2026-09-19", Span(7, Unit.DAYS), "2026-09-26"),  # ends on 추석 and stays there
        ("2026-12-25", Span(30, Unit.DAYS), "2027-01-24"),  # 6 days of December + 24
        ("2026-02-20", Span(2, Unit.WEEKS), "2026-03-06"),  # February has 28 days
        ("2028-02-20", Span(14, Unit.DAYS), "2028-03-05"),  # 29 in a leap year
        ("2026-01-31", Span(1, Unit.MONTHS), "2026-02-28"),
        ("2028-01-31", Span(1, Unit.MONTHS), "2028-02-29"),
        ("2026-11-30", Span(3, Unit.MONTHS), "2027-02-28"),
        ("2026-12-31", Span(12, Unit.MONTHS), "2027-12-31"),
    ],
)
def test_days_weeks_and_months_are_of_the_calendar(start: str, span: Span, end: str) -> None:
    assert KR.add(date.fromisoformat(start), span) == date.fromisoformat(end)


def test_between_counts_the_last_day_and_not_the_first() -> None:
    assert KR.between(date(2026, 9, 7), date(2026, 9, 10)) == 3
    assert KR.between(date(2026, 9, 22), date(2026, 9, 28)) == 2  # Wed 23, Mon 28
    assert KR.between(date(2026, 9, 7), date(2026, 9, 7)) == 0
    assert KR.between(date(2026, 9, 10), date(2026, 9, 7)) == 0


def test_extra_holidays_are_days_off() -> None:
    calendar = Calendar("KR", [date(2026, 9, 23)])  # declared at short notice, the day before 추석
    assert calendar.add(date(2026, 9, 22), Span(1, BUSINESS)) == date(2026, 9, 28)


@pytest.mark.parametrize(
    ("country", "day"),
    [
        ("GB", "2026-04-06"),  # Easter Monday, a bank holiday in England
        ("UK", "2026-08-31"),  # summer bank holiday; `UK` is understood
        ("gb", "2026-12-28"),  # Boxing Day fell on Saturday
        ("DE", "2026-05-14"),
        ("FR", "2026-07-14"),
        ("JP", "2026-05-06"),
        ("JP", "2026-09-22"),  # between two holidays
        ("US", "2026-07-03"),  # Independence Day fell on Saturday
        ("US", "2026-11-26"),
    ],
)
def test_other_countries_have_their_own(country: str, day: str) -> None:
    calendar = Calendar(country)
    assert calendar.known
    assert not calendar.is_business_day(date.fromisoformat(day))


def test_korean_holidays_are_working_days_elsewhere() -> None:
    assert all(Calendar(country).is_business_day(date(2026, 9, 25)) for country in ("GB", "DE", "US", "JP"))


def test_the_weekend_is_that_of_the_country() -> None:
    saudi = Calendar("SA")
    assert not saudi.is_business_day(date(2026, 11, 20))  # Friday
    assert saudi.is_business_day(date(2026, 11, 22))  # Sunday


@pytest.mark.parametrize("country", ["", "XX", "Atlantis"])
def test_an_unknown_country_has_weekends_only_and_says_so(country: str) -> None:
    calendar = Calendar(country)
    assert not calendar.known
    assert calendar.known_until() == date.min
    assert calendar.is_business_day(date(2026, 12, 25))
    assert not calendar.is_business_day(date(2026, 12, 26))  # a Saturday


def test_it_says_up_to_which_day_the_holidays_are_known() -> None:
    assert KR.known
    assert KR.known_until() >= date(2030, 12, 31)  # 설 and 추석 come from tables, not from estimates
    assert Calendar("IN").known_until() < KR.known_until()  # there later years are estimates


def test_absurd_spans_end_somewhere() -> None:
    for unit in Unit:
        assert KR.add(date(2026, 11, 22), Span(10**12, unit)) <= date.max
        assert KR.add(date(9999, 12, 30), Span(50, unit)) == date.max
        assert KR.add(date(2026, 11, 22), Span(-5, unit)) == date(2026, 11, 22)


def test_codes_that_are_not_iso_are_understood() -> None:
    assert [country_code(code) for code in ("uk", " kr ", "EL", "")] == ["GB", "KR", "GR", ""]


@given(st.dates(date(2024, 1, 1), date(2032, 1, 1)), st.integers(1, 60))
def test_adding_and_counting_agree(start: date, count: int) -> None:
    end = KR.add(start, Span(count, BUSINESS))
    assert KR.is_business_day(end)
    assert KR.between(start, end) == count
    assert KR.between(start, end - timedelta(days=1)) == count - 1


def test_the_library_is_not_imported_before_it_is_needed() -> None:
    code = "import sys, monitor.workdays as w; w.Calendar('KR'); assert 'holidays' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_country_is_loaded_alone_and_says_the_same_as_with_all_others() -> None:
    ask = (
        "import sys\nfrom datetime import date, timedelta\n{before}\nfrom monitor.workdays import Calendar\n"
        "days = [date(2026, 1, 1) + timedelta(n) for n in range(731)]\n"
        "for country in ('KR', 'GB', 'DE', 'US', 'JP', 'CN', 'AS'):\n"
        "    calendar = Calendar(country)\n"
        "    print(country, [calendar.is_business_day(day) for day in days], calendar.known_until())\n"
        "print(sum(name.startswith('holidays.countries.') for name in sys.modules), file=sys.stderr)\n"
    )
    alone, together = (
        subprocess.run([sys.executable, "-c", ask.format(before=before)], check=True, capture_output=True, text=True)
        for before in ("", "import holidays.countries")
    )
    assert alone.stdout == together.stdout
    assert int(alone.stderr) < 15 < 200 < int(together.stderr)  # one stands on another here and there: AS on US
