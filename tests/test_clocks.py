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

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.escalate import amounts
from monitor.escalate.clocks import Facts, Window, after, derive, next_payment_day, on_days, window
from monitor.knowledge.rights import EVENTS, Period, Rule, load_rights
from monitor.types import Money, Order, Seller
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


# -- what follows from the facts ------------------------------------------------------------------------------------


def test_the_refund_is_due_by_the_law_of_the_users_country() -> None:
    facts = Facts({"order_date": date(2026, 3, 1), "payment_date": date(2026, 3, 2), "cancel_date": date(2026, 3, 9)})

    def due(country: str) -> date:
        return derive(facts, RIGHTS, calendar_of(country), country=country).events["refund_due_date"]

    assert due("KR") == date(2026, 3, 12)  # 3 business days: 10, 11, 12
    assert due("US") == date(2026, 3, 18)  # 7 working days: 10, 11, 12, 13, 16, 17, 18
    assert due("GB") == date(2026, 3, 23)  # 14 days
    assert due("FR") == date(2026, 3, 23)
    assert due("NL") == date(2026, 3, 23)


def test_what_is_derived_never_displaces_what_is_known() -> None:
    known = {"order_date": date(2026, 3, 1), "payment_date": date(2026, 3, 4), "refund_due_date": date(2026, 5, 1),
             "promised_delivery_date": date(2026, 3, 10), "cancel_date": date(2026, 3, 9)}  # fmt: skip
    found = derive(Facts(known), RIGHTS, calendar_of("KR"), country="KR").events
    assert {event: found[event] for event in known} == known
    assert found["order_complete_date"] == date(2026, 3, 4)
    assert found["payment_month_end"] == date(2026, 3, 31)
    assert found["breach_date"] == date(2026, 3, 11)


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
    return Order("o1", Seller("s", "S"), "1", datetime(2026, 3, 1), (), **values)  # noqa: DTZ001 - no clock is read


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


@settings(max_examples=200, deadline=None)
@given(
    rule=st.sampled_from([rule for rule in RIGHTS.rules.values() if rule.users_time and rule.window]),
    paid=days, late=st.integers(0, 60), unknown=st.sampled_from(sorted(EVENTS)),
)  # fmt: skip
def test_not_knowing_a_day_never_makes_a_deadline_later(rule: Rule, paid: date, late: int, unknown: str) -> None:
    happened = {"delivery_date", "cancel_date", "return_received_date", "credit_document_date"}
    full = dict.fromkeys(EVENTS - happened - {"order_date", "payment_date"}, paid + timedelta(days=late))
    full |= {"order_date": paid, "payment_date": paid}
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
