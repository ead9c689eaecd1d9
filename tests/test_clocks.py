"""Deadlines counted by hand (`clocks/*.toml`) against the program, and what holds of every clock whatever the days."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.escalate import amounts
from monitor.escalate.clocks import Facts, Window, after, next_payment_day, on_days, window
from monitor.escalate.happenings import SHORTEST_PROTECTION, month_end
from monitor.knowledge.rights import EVENTS, Period, Rule, load_rights
from monitor.types import Card, Due, Event, Expectation, Judgement, Money, Order, Rules, Seller, Source
from monitor.workdays import Calendar

FOLDER = Path(__file__).parent / "clocks"
RIGHTS = load_rights()
KEYS = {field.name for field in fields(Window)}
CALENDARS: dict[str, Calendar] = {}


def calendar_of(country: str) -> Calendar:
    return CALENDARS.setdefault(country, Calendar(country))


def tables(kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in sorted(FOLDER.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        for entry in content.get(kind, []):
            yield path.stem, {"country": content.get("country", ""), **entry}


CASES = list(tables("case"))


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[f"{file}: {case['name']}" for file, case in CASES])
def test_a_deadline_is_as_counted_by_hand(case: Mapping[str, Any]) -> None:
    unknown = set(case) - {
        *("name", "rule", "country", "facts", "moments", "timezone", "expect", "none", "assumed", "extra_holidays"),
        *("today", "payment_day", "instalments", "order_kind", "overseas", "circumstances"),
    }
    assert not unknown
    if "moments" in case:
        facts = on_days(case["moments"], case["timezone"])
    else:
        facts = Facts(case["facts"], frozenset(case.get("assumed", ())))
    assert set(facts.events) <= EVENTS
    extra = case.get("extra_holidays", ())
    calendar = Calendar(case["country"], extra) if extra else calendar_of(case["country"])
    options = {
        key: case[key] for key in ("today", "payment_day", "instalments", "order_kind", "overseas", "circumstances")
        if key in case
    }  # fmt: skip
    found = window(RIGHTS.rules[case["rule"]], facts, calendar, **options)
    expected = case.get("expect", {})
    assert set(expected) | set(case.get("none", ())) <= KEYS
    assert {key: getattr(found, key) for key in expected} == expected
    assert {key: getattr(found, key) for key in case.get("none", ())} == dict.fromkeys(case.get("none", ()))


def test_every_case_shows_how_it_was_counted() -> None:
    for path in sorted(FOLDER.glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        bare = re.findall(r"(?m)^\[\[(?:case|interest|surcharge)\]\]\n(?!# .{12,})", text)
        assert bare == [], path.name


def test_there_are_as_many_cases_as_were_asked_for() -> None:
    def count(*prefixes: str) -> int:
        return sum(case["rule"].startswith(prefixes) for _, case in CASES)

    assert len(CASES) >= 120
    assert count("kr-") >= 50
    assert count("us-") >= 15
    assert count("uk-") >= 15
    assert count("eu-", "de-", "fr-") >= 15


def test_every_rule_with_a_period_has_a_case() -> None:
    counted = {case["rule"] for _, case in CASES if case.get("expect")}
    with_period = {rule.id for rule in RIGHTS.rules.values() if rule.window is not None or rule.window_end}
    assert with_period - counted == set()


def test_every_network_provider_and_marketplace_with_a_time_has_a_case() -> None:
    counted = {case["rule"] for _, case in CASES}
    timed = {
        rule.id for rule in RIGHTS.rules.values()
        if rule.category in ("network", "provider") and (rule.window is not None or (rule.wait and rule.wait.count))
    }  # fmt: skip
    assert timed - counted <= {"kr-mk-gmarket"}  # the twin of kr-mk-11st, word for word


def money(text: str) -> Money:
    amount, currency = text.split()
    return Money(Decimal(amount), currency)


@pytest.mark.parametrize("case", [case for _, case in tables("interest")])
def test_interest_is_as_computed_by_hand(case: Mapping[str, Any]) -> None:
    base = Decimal(case["base_rate"]) if "base_rate" in case else None
    rule = RIGHTS.rules[case["rule"]]
    found = amounts.interest(money(case["principal"]), case["due"], case["today"], rule, base_rate=base)
    assert found == money(case["interest"])
    assert str(found.amount) == case["interest"].split()[0]  # as many decimals as the currency has


@pytest.mark.parametrize("case", [case for _, case in tables("surcharge")])
def test_a_surcharge_is_as_computed_by_hand(case: Mapping[str, Any]) -> None:
    found = amounts.surcharge(money(case["principal"]), case["due"], case["today"], RIGHTS.rules[case["rule"]])
    assert found == money(case["surcharge"])


# -- days ------------------------------------------------------------------------------------


def test_hours_of_a_wait_are_rounded_up_to_days() -> None:
    assert after(date(2026, 3, 10), Period(48, "hours"), calendar_of("KR")) == date(2026, 3, 12)
    assert after(date(2026, 3, 10), Period(25, "hours"), calendar_of("KR")) == date(2026, 3, 12)


def test_the_next_payment_day_is_after_today_and_falls_on_the_months_last_where_it_is_missing() -> None:
    assert next_payment_day(date(2026, 1, 31), 31) == date(2026, 2, 28)
    assert next_payment_day(date(2024, 1, 31), 30) == date(2024, 2, 29)
    assert next_payment_day(date(2026, 12, 25), 25) == date(2027, 1, 25)
    assert next_payment_day(date(2026, 12, 24), 25) == date(2026, 12, 25)


def test_an_assumed_end_has_never_expired() -> None:
    rule = RIGHTS.rules["us-fcba-60"]
    sure = window(rule, Facts({"statement_sent_date": date(2026, 1, 5)}), calendar_of("US"))
    guess = window(rule, Facts({"payment_date": date(2026, 1, 5)}), calendar_of("US"))
    assert sure.last_safe_day == guess.last_safe_day == date(2026, 3, 6)
    assert sure.expired(date(2026, 3, 7))
    assert not sure.expired(date(2026, 3, 6))
    assert not guess.expired(date(2026, 3, 7))


def test_a_rules_country_counts_its_own_holidays_whoever_asks() -> None:
    facts = Facts({"payment_date": date(2026, 2, 13)})  # Seollal lies between
    rule = RIGHTS.rules["kr-ecom-15-1-prepaid"]
    assert window(rule, facts, calendar_of("US")).due_on == window(rule, facts, calendar_of("KR")).due_on


# -- the claim ------------------------------------------------------------------------------------------------------


def order(**values: Any) -> Order:
    return Order("o1", Seller("s", "S"), "1", datetime(2026, 3, 1, tzinfo=SEOUL), (), **values)


def test_what_is_claimed_is_what_was_paid_less_what_came_back() -> None:
    assert amounts.claim(order(paid=money("50000 KRW"))).principal == money("50000 KRW")
    assert amounts.claim(order(total=money("50000 KRW"))).principal == money("50000 KRW")
    part = amounts.claim(order(paid=money("50000 KRW"), given_back=money("20000 KRW")))
    assert part.principal == money("30000 KRW")
    assert not part.over
    more = amounts.claim(order(paid=money("50000 KRW"), given_back=money("60000 KRW")))
    assert more.principal == money("0 KRW")
    assert more.over


def test_a_full_refund_leaves_nothing_to_claim_whatever_the_mail_stated() -> None:
    assert amounts.claim(order(paid=money("50000 KRW"), fully_refunded=True)).over
    assert amounts.claim(order(paid=money("49.90 USD"), given_back=money("66000 KRW"), fully_refunded=True)).over


def test_currencies_are_never_mixed_in_a_claim() -> None:
    mixed = amounts.claim(order(paid=money("49.90 USD"), given_back=money("30000 KRW")))
    assert mixed.principal is None
    assert mixed.mixed
    assert amounts.claim(order()).principal is None


KOREA = Rules("KR", "Asia/Seoul")
SEOUL = ZoneInfo("Asia/Seoul")


def judged(day: date, refund_due: date | None) -> Judgement:
    moment = datetime(day.year, day.month, day.day, 9, tzinfo=SEOUL)
    dues = (
        () if refund_due is None else (Due(Expectation.REFUND, moment, refund_due, True, (), "table", "reason.plain"),)
    )
    return Judgement("o1", moment, "cancelled", "refund", refund_due, 0, None, True, False, None, dues, "reason.plain")


def owed(day: date, due: date | None, rules: Rules = KOREA, **values: Any) -> amounts.Owed:
    return amounts.owed(order(**values), judged(day, due), rules, RIGHTS, calendar_of(rules.country))


def test_a_late_refund_bears_the_interest_of_the_users_country() -> None:
    # due 12 Mar, 11 Apr is 30 days later: 100,000 x 0.15 x 30 / 365 = 1,232
    found = owed(date(2026, 4, 11), date(2026, 3, 12), paid=money("100000 KRW"))
    assert found.rate == 15
    assert found.interest_from == date(2026, 3, 13)
    assert found.interest == money("1232 KRW")
    assert found.total == money("101232 KRW")
    assert found.counted_to == date(2026, 4, 11)


@pytest.mark.parametrize("announced", [date(2026, 3, 20), date(2026, 3, 10)])
def test_interest_counts_from_the_laws_day_whatever_day_the_seller_announced(announced: date) -> None:
    """Withdrawn on Mon 9 March: 10 1, 11 2, Thu 12 3; from Fri 13 to Sat 11 April are 30 days."""
    letter = Event("w", "o1", datetime(2026, 3, 9, 12, tzinfo=SEOUL), "letter", Source.MONITOR)
    told = datetime(2026, 3, 10, 12, tzinfo=SEOUL)
    paid = money("100000 KRW")
    found = owed(date(2026, 4, 11), announced, paid=paid, withdrawal=letter, cancelled_at=told)
    assert (found.interest_from, found.interest) == (date(2026, 3, 13), money("1232 KRW"))
    assert found.refund_due == min(announced, date(2026, 3, 12))
    before = owed(date(2026, 3, 12), announced, paid=paid, withdrawal=letter, cancelled_at=told)
    assert before.interest is None and before.interest_from == date(2026, 3, 13)
    granted = owed(date(2026, 4, 11), announced, paid=paid, withdrawal=letter, withdrawal_until=date(2026, 3, 31))
    assert granted.interest_from == date(2026, 4, 1)


def test_before_the_refund_is_late_the_rate_is_told_and_nothing_is_added() -> None:
    found = owed(date(2026, 3, 12), date(2026, 3, 12), paid=money("100000 KRW"))
    assert (found.principal, found.rate) == (money("100000 KRW"), Decimal(15))
    assert found.interest_from == date(2026, 3, 13)
    assert found.interest is None
    assert found.total is None


def test_interest_runs_on_what_is_left_after_a_partial_refund() -> None:
    found = owed(date(2026, 4, 11), date(2026, 3, 12), paid=money("150000 KRW"), given_back=money("50000 KRW"))
    assert found.total == money("101232 KRW")


def test_of_a_seller_abroad_and_in_other_countries_no_interest_is_asked() -> None:
    abroad = owed(date(2026, 4, 11), date(2026, 3, 12), paid=money("59.90 USD"), total=money("59.90 USD"))
    assert (abroad.principal, abroad.rate, abroad.total) == (money("59.90 USD"), None, None)
    british = owed(date(2026, 4, 11), date(2026, 3, 12), Rules("GB", "Europe/London"), paid=money("59.90 GBP"))
    assert (british.principal, british.rate) == (money("59.90 GBP"), None)


def test_the_users_own_withdrawal_sets_the_day_of_the_refund() -> None:
    sent = datetime(2026, 3, 9, 12, tzinfo=SEOUL)
    letter = Event("l1", "o1", sent, "letter", Source.MONITOR, payload={"rung": "kr-ecom-17-1-withdraw"})
    found = owed(date(2026, 3, 20), None, paid=money("100000 KRW"), letters=(letter,))
    assert found.refund_due == date(2026, 3, 12)  # Tue 10, Wed 11, Thu 12
    assert found.interest == money("328 KRW")  # 8 days: 13 to 20 Mar; 100,000 x 0.15 x 8 / 365 = 328.8


def test_instalments_not_yet_debited_are_counted_by_the_cards_days() -> None:
    # bought 5 Jan in 6 parts of 50,000; drawn up on the 1st (1 Feb), debited on the 14th: 14 Feb, 14 Mar; 4 left
    rules = Rules("KR", "Asia/Seoul", cards=(Card("신한", payment_day=14, statement_day=1, last4="1234"),))
    bought: dict[str, Any] = {"paid": money("300000 KRW"), "instalments": 6, "payment_method": "신한카드 (끝 1234)",
                              "paid_at": datetime(2026, 1, 5, 9, tzinfo=SEOUL)}  # fmt: skip
    assert owed(date(2026, 3, 20), None, rules, **bought).unpaid == money("200000 KRW")
    assert owed(date(2026, 1, 20), None, rules, **bought).unpaid == money("300000 KRW")
    assert owed(date(2026, 12, 20), None, rules, **bought).unpaid == money("0 KRW")
    assert owed(date(2026, 3, 20), None, **bought).unpaid is None  # no card in the settings: not known


def test_compensation_up_to_a_limit_gives_no_more() -> None:
    rule = RIGHTS.rules["kr-toss-compensation"]
    assert amounts.within_cap(money("700000 KRW"), rule) == money("500000 KRW")
    assert amounts.within_cap(money("300000 KRW"), rule) == money("300000 KRW")
    assert amounts.within_cap(money("700 USD"), rule) == money("700 USD")


# -- whatever the days ----------------------------------------------------------------------------------------------

days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@settings(max_examples=300, deadline=None)
@given(
    rule=st.sampled_from(list(RIGHTS.rules.values())),
    events=st.dictionaries(st.sampled_from(sorted(EVENTS)), days, max_size=12),
    today=st.none() | days,
    payment_day=st.none() | st.integers(1, 31),
    instalments=st.none() | st.integers(1, 36),
    order_kind=st.sampled_from(["physical", "service", "digital", "c2c"]),
    country=st.sampled_from(["KR", "US", "GB", "DE", ""]),
)
def test_whatever_the_days_an_alarm_is_never_after_the_last_day_and_only_the_users_time_has_one(
    rule: Rule, events: dict[str, date], today: date | None, payment_day: int | None, instalments: int | None,
    order_kind: str, country: str,
) -> None:  # fmt: skip
    found = window(
        rule, Facts(events), calendar_of(country), today=today, payment_day=payment_day, instalments=instalments,
        order_kind=order_kind,
    )  # fmt: skip
    assert (found.last_safe_day is None) == (found.alarm_on is None)
    if found.last_safe_day is not None:
        assert rule.users_time
        assert found.alarm_on is not None
        assert found.alarm_on <= found.last_safe_day
        assert found.due_on is None
    if found.due_on is not None:
        assert not rule.users_time
        assert found.breach_on == found.due_on + timedelta(days=1)


@settings(max_examples=300, deadline=None)
@given(
    rule=st.sampled_from([rule for rule in RIGHTS.rules.values() if rule.users_time and rule.window]),
    paid=days, late=st.integers(0, 60), unknown=st.sampled_from(sorted(EVENTS)),
)  # fmt: skip
def test_not_knowing_a_day_never_makes_a_deadline_later(rule: Rule, paid: date, late: int, unknown: str) -> None:
    happened = {"delivery_date", "cancel_date", "return_received_date", "credit_document_date"}
    full = dict.fromkeys(EVENTS - happened - {"order_date", "payment_date"}, paid + timedelta(days=late))
    full |= {
        "order_date": paid,
        "payment_date": paid,
        "payment_month_end": month_end(paid),
        "breach_date": paid + timedelta(days=late + 1),
        "buyer_protection_end_date": paid + timedelta(days=SHORTEST_PROTECTION + late),
        "protection_stated_date": paid + timedelta(days=SHORTEST_PROTECTION + late),
        "card_payment_due_date": next_payment_day(paid + timedelta(days=late), 25),
    }
    if unknown in happened | {"order_date"} or unknown not in full:
        return
    less = {event: day for event, day in full.items() if event != unknown}
    known = window(rule, Facts(full), calendar_of("KR"), payment_day=25)
    guess = window(rule, Facts(less), calendar_of("KR"), payment_day=25)
    if known.last_safe_day is not None and guess.last_safe_day is not None:
        assert guess.last_safe_day <= known.last_safe_day


def test_days_at_the_end_of_the_calendar_do_no_harm() -> None:
    for rule in RIGHTS.rules.values():
        for day in (date.max, date.min):
            window(rule, Facts(dict.fromkeys(EVENTS, day)), calendar_of(""), today=day, payment_day=31, instalments=3)
