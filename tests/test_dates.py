"""Days and spans: how nine languages name them, seen from Sunday, 22 November 2026."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import dates
from monitor.knowledge.values import LANGUAGES
from monitor.types import Span, Unit

SUNDAY = date(2026, 11, 22)


def days(count: int) -> Span:
    return Span(count, Unit.DAYS)


def business(count: int) -> Span:
    return Span(count, Unit.BUSINESS_DAYS)


@pytest.mark.parametrize(
    ("text", "language", "wanted"),
    [
        ("2026-11-25", "en", date(2026, 11, 25)),
        ("2026년 11월 25일", "ko", date(2026, 11, 25)),
        ("2026.11.25", "ko", date(2026, 11, 25)),
        ("2026. 12. 2.", "ko", date(2026, 12, 2)),
        ("26.11.25", "ko", date(2026, 11, 25)),
        ("'26년 11월 25일", "ko", date(2026, 11, 25)),
        ("11월 25일(수)", "ko", date(2026, 11, 25)),
        ("11/25(수)", "ko", date(2026, 11, 25)),
        ("1월 3일", "ko", date(2027, 1, 3)),
        ("11월 24일 ~ 27일", "ko", date(2026, 11, 27)),
        ("11월 24일(화) ~ 11월 27일(금)", "ko", date(2026, 11, 27)),
        ("11/24 ~ 11/27", "ko", date(2026, 11, 27)),
        ("2026-11-25 18:00까지", "ko", date(2026, 11, 25)),
        ("30일까지", "ko", date(2026, 11, 30)),
        ("내일", "ko", date(2026, 11, 23)),
        ("모레까지", "ko", date(2026, 11, 24)),
        ("금요일까지", "ko", date(2026, 11, 27)),
        ("다음 주 금요일", "ko", date(2026, 11, 27)),
        ("3~5영업일 이내", "ko", business(5)),
        ("영업일 기준 3~5일", "ko", business(5)),
        ("평일 기준 2~3일 소요", "ko", business(3)),
        ("3일 이내", "ko", days(3)),
        ("2주 이내", "ko", Span(2, Unit.WEEKS)),
        ("24시간 이내", "ko", days(1)),
        ("2026年11月25日", "ja", date(2026, 11, 25)),
        ("11月25日（水）", "ja", date(2026, 11, 25)),
        ("2026/11/25", "ja", date(2026, 11, 25)),
        ("明日", "ja", date(2026, 11, 23)),
        ("３営業日以内", "ja", business(3)),
        ("1週間程度", "ja", Span(1, Unit.WEEKS)),
        ("11月25日", "zh", date(2026, 11, 25)),
        ("3-5个工作日内", "zh", business(5)),
        ("7天内", "zh", days(7)),
        ("Nov 25, 2026", "en", date(2026, 11, 25)),
        ("25th November", "en", date(2026, 11, 25)),
        ("11/25/2026", "en", date(2026, 11, 25)),
        ("25/11/2026", "en", date(2026, 11, 25)),
        ("Nov 24 - Nov 27", "en", date(2026, 11, 27)),
        ("Nov 24 - 27", "en", date(2026, 11, 27)),
        ("24-27 November", "en", date(2026, 11, 27)),
        ("Tue, Nov 24 - Mon, Nov 30", "en", date(2026, 11, 30)),
        ("Friday, November 27", "en", date(2026, 11, 27)),
        ("December 29 - January 4", "en", date(2027, 1, 4)),
        ("by Friday", "en", date(2026, 11, 27)),
        ("tomorrow by 9pm", "en", date(2026, 11, 23)),
        ("within 3 business days", "en", business(3)),
        ("3-5 business days", "en", business(5)),
        ("two to three weeks", "en", Span(3, Unit.WEEKS)),
        ("within a week", "en", Span(1, Unit.WEEKS)),
        ("within 48 hours", "en", days(2)),
        ("22. November 2026", "de", SUNDAY),
        ("24.11.2026", "de", date(2026, 11, 24)),
        ("Dienstag, den 24.11.", "de", date(2026, 11, 24)),
        ("übermorgen", "de", date(2026, 11, 24)),
        ("5-7 Werktage", "de", business(7)),
        ("le 24 novembre", "fr", date(2026, 11, 24)),
        ("entre le 24 novembre et le 26 novembre", "fr", date(2026, 11, 26)),
        ("03/12/2026", "fr", date(2026, 12, 3)),
        ("sous 5 à 10 jours ouvrés", "fr", business(10)),
        ("25 novembre", "it", date(2026, 11, 25)),
        ("3-5 giorni lavorativi", "it", business(5)),
        ("del 24 al 26 de noviembre", "es", date(2026, 11, 26)),
        ("20 de noviembre de 2026", "es", date(2026, 11, 20)),
        ("dinsdag 24 november", "nl", date(2026, 11, 24)),
        ("binnen 2 werkdagen", "nl", business(2)),
        ("24 listopada 2026 r.", "pl", date(2026, 11, 24)),
        ("od 24 do 26 listopada", "pl", date(2026, 11, 26)),
        ("śr. 25 lis - czw. 26 lis", "pl", date(2026, 11, 26)),
        ("do 3 września", "pl", date(2026, 9, 3)),
        ("w piątek, 27 listopada", "pl", date(2026, 11, 27)),
        ("w ciągu 3-5 dni roboczych", "pl", business(5)),
        ("w ciągu dwóch tygodni", "pl", Span(2, Unit.WEEKS)),
        ("pojutrze", "pl", date(2026, 11, 24)),
        ("24 de novembro de 2026", "pt", date(2026, 11, 24)),
        ("entre 24 e 26 de novembro", "pt", date(2026, 11, 26)),
        ("entre os dias 24/11 e 27/11", "pt", date(2026, 11, 27)),
        ("quinta-feira, 26 de novembro", "pt", date(2026, 11, 26)),
        ("até 3 de março", "pt", date(2027, 3, 3)),
        ("até 7 dias úteis", "pt", business(7)),
        ("amanhã", "pt", date(2026, 11, 23)),
    ],
)
def test_a_day_is_read_as_its_language_names_it(text: str, language: str, wanted: date | Span) -> None:
    assert dates.parse(text, language, SUNDAY) == wanted


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("11/12/2026", "en"),  # 11 December or 12 November
        ("31.02.2026", "de"),
        ("1234", "en"),
        ("02-555-0142", "ko"),
        ("20260812-0001234", "ko"),
        ("so schnell wie möglich", "de"),
        ("we are open 7 days a week", "en"),
        ("10:00 - 12:00", "en"),
        ("50/50", "de"),
        ("", "ko"),
    ],
)
def test_what_could_be_two_days_or_is_none_is_not_read(text: str, language: str) -> None:
    assert dates.parse(text, language, SUNDAY) is None


def test_the_order_that_a_caller_knows_settles_an_ambiguous_date() -> None:
    assert dates.parse("11/12/2026", "en", SUNDAY, order="DMY") == date(2026, 12, 11)
    assert dates.parse("11/12/2026", "en", SUNDAY, order="MDY") == date(2026, 11, 12)


def test_a_promise_cannot_lie_in_the_past_nor_an_order_in_the_future() -> None:
    assert dates.parse("11/12/2026", "en", SUNDAY, side="past") == date(2026, 11, 12)
    assert dates.parse("04/12/2026", "en", SUNDAY, side="future") == date(2026, 12, 4)


def test_the_year_turns_with_the_mail() -> None:
    assert dates.parse("12월 30일", "ko", date(2027, 1, 2)) == date(2026, 12, 30)
    assert dates.parse("Jan 3", "en", date(2026, 12, 28)) == date(2027, 1, 3)


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)))
def test_a_full_date_is_read_whatever_the_day_of_the_mail(day: date) -> None:
    assert dates.parse(f"{day.year}년 {day.month}월 {day.day}일", "ko", SUNDAY) == day
    assert dates.parse(f"{day.day}.{day.month}.{day.year}", "de", SUNDAY) == day


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.integers(-180, 180))
def test_a_date_without_year_lies_nearest_to_the_mail(day: date, distance: int) -> None:
    near = date.fromordinal(day.toordinal() + distance)
    if (day.month, day.day) != (2, 29):
        assert dates.parse(f"{day.month}월 {day.day}일", "ko", near) == day


@given(st.text(max_size=200), st.sampled_from([*LANGUAGES, "und", ""]))
def test_no_text_makes_it_fail(text: str, language: str) -> None:
    for found in dates.find(text, language, SUNDAY):
        assert 0 <= found.start < found.end <= len(text)


@pytest.mark.parametrize("unit", ["1", "1-", "11/", "1 to ", "Nov ", "11월 ", "(", "24 - "])
def test_time_does_not_explode(unit: str) -> None:
    started = time.process_time()
    dates.find(unit * 20_000, "en", SUNDAY)
    dates.find(unit * 20_000, "ko", SUNDAY)
    assert time.process_time() - started < 1
