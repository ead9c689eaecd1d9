"""The day by which a letter asks for the money: never sooner than the law that it cites, unless a deadline presses.

Tried for every rule that gives the seller a time for the refund, with every letter of every ladder that cites it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from monitor.draft import draft
from monitor.escalate import Escalation, escalation
from monitor.escalate.clocks import after
from monitor.escalate.facts import refund_due
from monitor.escalate.standing import standing
from monitor.judge import judge
from monitor.knowledge.rights import REFUND_PERIOD, Ladder, load_rights
from monitor.types import Card, Expectation, Kind, Money, Order, Promise, Rules, Seller, Step
from monitor.workdays import Calendar
from tests.cast import HANBIT, mail_event, reading, said
from tests.drafting import User
from tests.test_escalate_ladders import COUNTRIES, NAMED, PLACED, did, order_of, rules_of

RIGHTS = load_rights()
HOME = {"UK": ("GB", ""), "EU": ("AT", ""), "CA-ON": ("CA", "CA-ON")}
MONEY = {"KR": "KRW", "US": "USD", "UK": "GBP", "JP": "JPY", "AU": "AUD", "CA-ON": "CAD"}
LADDERS = [ladder for ladder in RIGHTS.ladders if not ladder.overlay]
GIVES_TIME = sorted(rule.id for rule in RIGHTS.rules.values() if rule.refund_period is not None)
AT = PLACED + timedelta(days=45)


def rules_for(ladder: Ladder) -> Rules:
    country, region = HOME.get(ladder.jurisdiction, (ladder.jurisdiction, ""))
    return rules_of(country, region=region)


def bought(ladder: Ladder, *done: tuple[str, float], **more: object) -> Order:
    rules = rules_for(ladder)
    events = [did(rung, day) for rung, day in done]
    if "c2c" in ladder.order:
        events.append(said("set", field="c2c", value="yes"))
    told = order_of(
        *events,
        payment=NAMED.get(ladder.payment[0], ladder.payment[0]),
        payment_method="Visa ****4242",
        instalments=6 if "installment" in ladder.id else None,
        total=Money(Decimal(250000), MONEY.get(ladder.jurisdiction, "EUR")),
        seller=replace(HANBIT, country="CN" if "overseas" in ladder.id else rules.country),
    )  # fmt: skip
    due = PLACED.date() + timedelta(days=7)
    promise = Promise(Expectation.DELIVERY, due, PLACED, told.events[0].id)
    return replace(told, promises=(promise,), **more)  # type: ignore[arg-type] # fields of Order by name


def climbed(order: Order, rules: Rules, at: datetime = AT) -> tuple[Escalation, Calendar]:
    calendar = Calendar(rules.country)
    (judgement,) = judge([order], rules, at, {})
    return escalation(order, judgement, rules, RIGHTS, calendar), calendar


def letters(ladder: Ladder, at: datetime = AT, **more: object) -> Iterator[tuple[Step, Order]]:
    """Every letter to the seller, as the first thing that he ever hears."""
    order = bought(ladder, **more)
    found, _ = climbed(order, rules_for(ladder), at)
    for step in found.steps:
        if step.addressee.startswith("seller") and step.answer_by is not None:
            yield step, order


def text_of(step: Step, order: Order, rules: Rules, at: datetime = AT) -> tuple[str, ...]:
    (judgement,) = judge([order], rules, at, {})
    user = User(language="en", timezone=COUNTRIES[rules.country])
    today = standing(order, judgement, rules, RIGHTS, Calendar(rules.country)).today
    return draft(step, order, judgement, user=user, today=today, rights=RIGHTS).rules


@pytest.mark.parametrize("ladder", LADDERS, ids=lambda ladder: ladder.id)
@pytest.mark.parametrize("rule_id", GIVES_TIME)
def test_no_letter_asks_for_the_money_sooner_than_a_law_that_it_cites(ladder: Ladder, rule_id: str) -> None:
    rules = rules_for(ladder)
    calendar, period = Calendar(rules.country), RIGHTS.rules[rule_id].refund_period
    assert period is not None
    for step, order in letters(ladder):
        if rule_id not in text_of(step, order, rules):
            continue
        sent = max(step.not_before, AT.astimezone(ZoneInfo(COUNTRIES[rules.country])).date())
        assert step.answer_by is not None and step.answer_by >= after(sent, period, calendar), step


def test_every_law_with_a_time_for_the_refund_is_cited_by_some_letter_of_its_own_ladder() -> None:
    cited = {
        rule
        for ladder in LADDERS
        for step, order in letters(ladder)
        for rule in text_of(step, order, rules_for(ladder))
    }
    of_ladders = {rung.rule for ladder in LADDERS for rung in ladder.steps}
    assert set(GIVES_TIME) & of_ladders <= cited


def test_a_law_that_gives_the_seller_a_time_says_the_same_as_the_others_of_its_country() -> None:
    for country in ("KR", "US", "GB", "DE", "FR", "CA", "AT"):
        given = {
            str(rule.refund_period)
            for rule in RIGHTS.rules.values()
            if rule.refund_period is not None
            and (rule.country == country or (rule.jurisdiction, country) == ("EU", "AT"))
        }
        assert given == {str(RIGHTS.refund_period(country))}, country


@pytest.mark.parametrize("country", ["KR", "US", "GB", "DE", "FR", "AT", "JP", "AU"])
@pytest.mark.parametrize("abroad", [False, True])
def test_the_ladder_and_the_judge_expect_the_money_on_the_same_day(country: str, abroad: bool) -> None:
    cancelled = mail_event(reading(Kind.CANCELLATION, at=PLACED, days=14))
    order = order_of(cancelled, seller=Seller("s", "S", country="CN" if abroad else country))
    (judgement,) = judge([order], rules_of(country), AT, {})
    (due,) = [due.due_on for due in judgement.dues if due.expectation is Expectation.REFUND]
    day = cancelled.at.astimezone(ZoneInfo(COUNTRIES[country])).date()
    assert refund_due(RIGHTS, day, Calendar(country), abroad=abroad) == due


def test_a_seller_abroad_is_given_fourteen_days_whatever_the_law_at_home_says() -> None:
    day = date(2026, 10, 8)
    assert refund_due(RIGHTS, day, Calendar("KR"), abroad=True) == date(2026, 10, 22)
    assert refund_due(RIGHTS, day, Calendar("KR")) == date(2026, 10, 14)  # [Fri 9 Hangul Day], 12 1, 13 2, 14 3
    assert str(REFUND_PERIOD) == "14 calendar_days"


# Debited on 12 October, to be returned within 56 days: until 7 December. Withdrawn on 25 November the law gives until
# the 9th.
DEBIT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(("ladder_id", "rung"), [("ladder-de", "de-bgb-355-357"), ("ladder-eu-sdd", "eu-crd-9")])
def test_a_day_never_lies_after_the_last_of_a_debits_return_and_then_cites_no_law_that_gives_longer(
    ladder_id: str, rung: str
) -> None:
    ladder = RIGHTS.ladder(ladder_id)
    rules = rules_for(ladder)
    debited = said("set", field="debit_date", value="2026-10-12")
    order = bought(ladder, (ladder.steps[0].rule, 60))
    order = replace(order, payment="sepa_direct_debit", payment_method="SEPA", events=(*order.events, debited))
    found, _ = climbed(order, rules, DEBIT)
    (step,) = [step for step in found.steps if step.rung == rung]
    (back,) = [step for step in found.steps if step.rung == "eu-psd2-card"]
    assert back.last_safe_day == date(2026, 12, 7)
    assert step.pressed and step.answer_by is not None and DEBIT.date() < step.answer_by < back.last_safe_day
    given = {rule for rule in text_of(step, order, rules, DEBIT) if RIGHTS.rules[rule].refund_period is not None}
    assert given == set()


def test_a_guess_at_the_day_of_a_bill_presses_nobody() -> None:
    ladder = RIGHTS.ladder("ladder-kr-card-lump")
    for step, _ in letters(ladder, PLACED + timedelta(days=15)):
        assert not step.pressed


def test_a_letter_written_after_the_mailbox_was_last_read_gives_the_whole_time_from_its_own_day() -> None:
    from monitor.config import Config
    from monitor.run.ladders import ladders as all_ladders

    ladder = RIGHTS.ladder("ladder-us-credit")
    rules, order = rules_for(ladder), bought(ladder)
    (judgement,) = judge([order], rules, AT, {})
    climb = all_ladders(Config(), rules, Calendar("US"))
    (step,) = [step for step in climb.of(order, judgement).steps if step.rung == "us-mito-refund"]
    later = AT + timedelta(days=6)
    moved = climb.as_of(step, order, judgement, later)
    assert step.answer_by is not None and moved.answer_by is not None
    assert moved.answer_by >= after(later.date(), RIGHTS.refund_period("US"), Calendar("US")) > step.answer_by


def test_the_cards_of_the_settings_change_nothing_about_the_law() -> None:
    ladder = RIGHTS.ladder("ladder-us-credit")
    rules = replace(rules_for(ladder), cards=(Card("", "visa", "credit", "4242", 14, 15),))
    found, calendar = climbed(bought(ladder), rules)
    (step,) = [step for step in found.steps if step.rung == "us-mito-refund"]
    sent = max(step.not_before, AT.date())
    assert step.answer_by == after(sent, RIGHTS.refund_period("US"), calendar)
