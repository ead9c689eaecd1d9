"""What holds for every ladder, whatever happened to the order: found by trying many, not by example."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import escalate, ledger
from monitor.escalate import Escalation, deadline_may_be_near, deadline_periods, escalation
from monitor.escalate.branches import branches, jurisdiction
from monitor.escalate.choose import URGENT
from monitor.escalate.facts import on_day_of_month
from monitor.escalate.standing import standing
from monitor.judge import judge
from monitor.knowledge import load
from monitor.knowledge.rights import Ladder, load_rights
from monitor.types import (
    Card,
    Event,
    Expectation,
    Judgement,
    Kind,
    Money,
    Order,
    OrderClass,
    Promise,
    Rules,
    Seller,
    Settlement,
    Source,
    Stated,
    Step,
)
from monitor.workdays import Calendar
from tests.cast import HANBIT, SEOUL, add_days, mail_event, reading, said

RIGHTS = load_rights()
PLACED = datetime(2026, 9, 7, 3, 0, tzinfo=UTC)
PAYMENTS = (None, *sorted(RIGHTS.payments))
COUNTRIES = {
    "KR": "Asia/Seoul", "US": "America/New_York", "GB": "Europe/London", "DE": "Europe/Berlin", "FR": "Europe/Paris",
    "AT": "Europe/Vienna", "JP": "Asia/Tokyo", "AU": "Australia/Sydney", "CA": "America/Toronto",
    "BR": "America/Sao_Paulo", "": "UTC",
}  # fmt: skip
SELLERS = (HANBIT, Seller("a", "A", "a.example", "amazon", "US"), Seller("b", "B", country="KR"))
NAMED = {"any": "credit_card", "credit_card_overseas": "credit_card", "check_card_overseas": "check_card"}
CALENDARS = {country: Calendar(country) for country in COUNTRIES}


def rules_of(country: str, **more: object) -> Rules:
    return replace(Rules(country, COUNTRIES[country]), **more)  # type: ignore[arg-type] # fields of Rules by name


def judged(order: Order, rules: Rules, at: datetime) -> Judgement:
    (found,) = judge([order], rules, at, {})
    return found


def climbed(order: Order, rules: Rules, at: datetime) -> tuple[Judgement, Escalation]:
    judgement = judged(order, rules, at)
    return judgement, escalation(order, judgement, rules, RIGHTS, CALENDARS[rules.country])


def order_of(*events: Event, **changes: object) -> Order:
    bought = mail_event(reading(Kind.ORDER_CONFIRMATION, at=PLACED))
    told = ledger.fold("order", HANBIT, "2026-1", (bought, *events), zone=SEOUL, add=add_days)
    return replace(told, **changes)  # type: ignore[arg-type] # fields of Order by name


def did(rung: str, days: float, **payload: str) -> Event:
    return said("contact", at=PLACED, days=days, rung=rung, **payload)


@st.composite
def stories(draw: st.DrawFn) -> tuple[Order, Rules, datetime]:
    country = draw(st.sampled_from(sorted(COUNTRIES)))
    days = st.integers(min_value=0, max_value=700)
    events: list[Event] = []
    for index, rung in enumerate(draw(st.lists(st.sampled_from(sorted(RIGHTS.rules)), max_size=4, unique=True))):
        events.append(did(rung, draw(days) + index / 100))
    if draw(st.booleans()):
        events.append(mail_event(reading(Kind.OWN_LETTER, at=PLACED, days=draw(days) + 0.5, own=True, name="letter")))
    if draw(st.booleans()):
        events.append(said("contact", at=PLACED, days=draw(days) + 0.7, result="refused"))
    for kind in (Kind.SHIPPED, Kind.CANCELLATION, Kind.REFUND_PROMISED):
        if draw(st.integers(0, 3)) == 0:
            events.append(mail_event(reading(kind, at=PLACED, days=draw(st.integers(0, 40)) + 0.3)))
    currency = draw(st.sampled_from(("KRW", "USD", "GBP", "EUR", "JPY", "AUD", "CAD", "BRL")))
    total = draw(st.one_of(st.none(), st.sampled_from((50, 150, 40000, 200000, 250000))))
    order = order_of(
        *events,
        payment=draw(st.sampled_from(PAYMENTS)),
        payment_method=draw(st.sampled_from((None, "카드", "Visa ****4242", "네이버페이", "가상계좌 (에스크로)"))),
        instalments=draw(st.sampled_from((None, 1, 3, 6))),
        total=None if total is None else Money(Decimal(total), currency),
        order_class=draw(st.sampled_from(tuple(OrderClass))),
        seller=draw(st.sampled_from(SELLERS)),
    )  # fmt: skip
    promised = draw(st.one_of(st.none(), st.integers(0, 200)))
    if promised is not None:
        due = PLACED.date() + timedelta(days=promised)
        order = replace(order, promises=(Promise(Expectation.DELIVERY, due, PLACED, order.events[0].id),))
    cards = draw(
        st.sampled_from(
            (
                (),
                (Card("", "visa", "credit", "4242", 14, None),),
                (Card("카드", last4="", payment_day=31, statement_day=15),),
            )
        )
    )
    return order, rules_of(country, cards=cards), PLACED + timedelta(days=draw(days), hours=draw(st.integers(0, 23)))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories())
def test_whatever_happened_the_steps_are_in_order_with_themselves(story: tuple[Order, Rules, datetime]) -> None:
    order, rules, at = story
    judgement, found = climbed(order, rules, at)
    assert len({step.rung for step in found.steps}) == len(found.steps)
    for step in found.steps:
        assert step.status in escalate.STATUSES
        assert not found.ways or step.reason in escalate.REASONS
        assert (step.alarm_on is None) == (step.last_safe_day is None)
        assert step.alarm_on is None or step.last_safe_day is None or step.alarm_on <= step.last_safe_day
        assert not found.ways or set(step.rules) <= RIGHTS.rules.keys()
        assert not found.ways or step.addressee == "+".join(RIGHTS.rules[step.rung].addressee)
        if step.status == "expired":
            assert step.last_safe_day is not None and step.last_safe_day < at.date() + timedelta(days=1)
    chosen = found.step
    if chosen is not None:
        late = judgement.flagged or any(due.flagged for due in judgement.given_up)
        assert late or judgement.urgent or found.urgent
        assert chosen.rung in {other.rung for other in found.steps}
        assert chosen.status in ("open", "waiting")
        today = at.astimezone(ZoneInfo(rules.timezone)).date()
        assert chosen.last_safe_day is None or chosen.last_safe_day >= today  # a guess that is over is no day to name
        if order.payment is None and found.ways and not order.instalments and not rules.cards:
            assert chosen.assumed


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories())
def test_the_quick_look_never_misses_a_near_deadline(story: tuple[Order, Rules, datetime]) -> None:
    order, rules, at = story
    _, found = climbed(order, rules, at)
    if found.urgent:
        day = at.astimezone(UTC).date()
        assert deadline_may_be_near(order, day, deadline_periods(RIGHTS, rules), cards=bool(rules.cards))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories())
def test_urgent_rests_on_known_facts_and_on_seven_days(story: tuple[Order, Rules, datetime]) -> None:
    order, rules, at = story
    _, found = climbed(order, rules, at)
    if found.urgent:
        today = standing(order, judged(order, rules, at), rules, RIGHTS, CALENDARS[rules.country]).today
        ends = [
            s.last_safe_day
            for s in found.steps
            if not s.assumed and s.last_safe_day and s.status in ("open", "waiting")
        ]
        assert any(today <= end <= today + URGENT for end in ends)


@pytest.mark.parametrize(
    "ladder", [ladder for ladder in RIGHTS.ladders if not ladder.overlay], ids=lambda ladder: ladder.id
)
def test_every_ladder_is_reached_by_the_payments_that_it_names(ladder: object) -> None:

    assert isinstance(ladder, Ladder)
    country, region = {"UK": ("GB", ""), "EU": ("AT", ""), "CA-ON": ("CA", "CA-ON")}.get(
        ladder.jurisdiction, (ladder.jurisdiction, "")
    )
    rules = rules_of(country, region=region)
    assert jurisdiction(rules) == ladder.jurisdiction
    overseas = ladder.id == "ladder-kr-overseas-card"
    c2c = said("set", field="c2c", value="yes")
    for payment in ladder.payment:
        order = order_of(
            *([c2c] if "c2c" in ladder.order else []),
            payment=NAMED.get(payment, payment),
            payment_method="무통장입금 (에스크로)" if ladder.id == "ladder-kr-transfer-escrow" else None,
            seller=replace(HANBIT, country="US" if overseas else country),
        )  # fmt: skip
        seen = standing(order, judged(order, rules, PLACED + timedelta(days=40)), rules, RIGHTS, CALENDARS[country])
        found = branches(seen.circumstances, rules, RIGHTS, None)
        assert [branch.ladder.id for branch in found] == [ladder.id], payment


def test_a_letter_that_came_back_is_no_step() -> None:
    wrote = reading(Kind.OWN_LETTER, at=PLACED, days=5, own=True, to=("cs@hanbit.example",), message_id="l@me")
    bounced = reading(Kind.BOUNCE, at=PLACED, days=5.1, failed=("cs@hanbit.example",), links_to=("l@me",))
    order = order_of(mail_event(wrote), mail_event(bounced), payment="credit_card")
    _, found = climbed(order, rules_of("KR"), PLACED + timedelta(days=6))
    assert found.steps[0].status == "open"


def test_a_letter_of_the_program_says_which_step_it_was_and_until_when_it_waits() -> None:
    sent = Event(
        "letter", "order", PLACED + timedelta(days=4), "letter", Source.MONITOR,
        payload={"rung": "kr-ecom-17-1-withdraw", "to": "cs@hanbit.example", "answer_by": "2026-09-21"},
    )  # fmt: skip
    order = order_of(sent, payment="credit_card_installment", instalments=6)
    _, found = climbed(order, rules_of("KR"), PLACED + timedelta(days=5))
    by_rung = {step.rung: step for step in found.steps}
    assert by_rung["kr-ecom-17-1-withdraw"].status == "done"
    assert by_rung["kr-ecom-15-3-progress"].status == "open"  # never taken, and still possible


def test_a_day_of_the_month_that_a_month_lacks_is_its_last() -> None:
    assert on_day_of_month(date(2027, 2, 1), 31) == date(2027, 2, 28)
    assert on_day_of_month(date(2028, 2, 29), 30) == date(2028, 2, 29)
    assert on_day_of_month(date(2026, 12, 15), 14) == date(2027, 1, 14)


def test_a_suspicious_order_has_no_ladder() -> None:
    order = order_of(payment="credit_card", suspicious=True)
    _, found = climbed(order, rules_of("KR"), PLACED + timedelta(days=30))
    assert found.steps == () and found.step is None and not found.urgent


def test_silence_is_not_counted_before_the_order_is_paid() -> None:
    order = order_of(payment="bank_transfer", settlement=Settlement.AWAITED, paid_at=None)
    _, found = climbed(order, rules_of("KR"), PLACED + timedelta(days=30))
    assert found.step is None
    assert {step.status for step in found.steps} <= {"waiting", "ruled_out"}


# -- the nearest hard deadline beats the order -----------------------------------------------------------------------


def overtaken(found: Escalation, today: date) -> list[str]:
    """Open steps whose alarm has come and that end before the chosen one, though nothing speaks against them.

    A step that would end a claim still to be made waits for its own last day; and nobody goes to a third before the
    seller was asked, as long as his answer comes before the last day.
    """
    chosen = found.step
    if chosen is None:
        return []
    open_ = {step.rung for step in found.steps if step.status in ("open", "waiting")}
    asked = any(step.status == "done" and step.addressee.startswith("seller") for step in found.steps)
    first_letter = chosen.addressee.startswith("seller") and not asked
    answered = chosen.answer_by or today + timedelta(days=6)
    return [
        step.rung
        for step in found.steps
        if step.status == "open" and step.rung != chosen.rung and step.alarm_on is not None
        and step.last_safe_day is not None and step.alarm_on <= today <= step.last_safe_day
        and step.last_safe_day < (chosen.last_safe_day or date.max)
        and not open_ & set(step.rules_out)
        and not (first_letter and (step.assumed or step.last_safe_day > answered))
    ]  # fmt: skip


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(stories())
def test_no_step_is_chosen_while_one_that_ends_earlier_has_had_its_alarm(story: tuple[Order, Rules, datetime]) -> None:
    order, rules, at = story
    judgement, found = climbed(order, rules, at)
    if judgement.flagged:
        today = at.astimezone(UTC).date()
        zone = standing(order, judgement, rules, RIGHTS, CALENDARS[rules.country]).today
        assert overtaken(found, max(today, zone)) == []


@pytest.mark.parametrize(
    "ladder", [ladder for ladder in RIGHTS.ladders if not ladder.overlay], ids=lambda ladder: ladder.id
)
@pytest.mark.parametrize("statement", [None, 15])
def test_on_every_day_of_every_ladder_the_step_that_ends_earliest_goes_first_once_its_alarm_has_come(
    ladder: Ladder, statement: int | None
) -> None:
    country, region = {"UK": ("GB", ""), "EU": ("AT", ""), "CA-ON": ("CA", "CA-ON")}.get(
        ladder.jurisdiction, (ladder.jurisdiction, "")
    )
    card = Card("", "visa", "", "4242", 14, statement)
    rules = rules_of(country, region=region, cards=(card,) if statement else ())
    currency = {"KR": "KRW", "US": "USD", "UK": "GBP", "JP": "JPY", "AU": "AUD", "CA-ON": "CAD"}
    events = [said("set", field="c2c", value="yes")] if "c2c" in ladder.order else []
    begins = 3
    for _ in range(6):  # nothing done yet, then one step more each time, and what follows on the days after
        taken: Step | None = None
        for day in range(begins, 180, 4):
            order = order_of(
                *events,
                payment=NAMED.get(ladder.payment[0], ladder.payment[0]),
                payment_method="Visa ****4242",
                instalments=6 if "installment" in ladder.id else None,
                total=Money(Decimal(250000), currency.get(ladder.jurisdiction, "EUR")),
                seller=replace(HANBIT, country="US" if "overseas" in ladder.id else country),
            )  # fmt: skip
            promised = PLACED.date() + timedelta(days=7)
            order = replace(order, promises=(Promise(Expectation.DELIVERY, promised, PLACED, order.events[0].id),))
            at = PLACED + timedelta(days=day)
            judgement, found = climbed(order, rules, at)
            today = standing(order, judgement, rules, RIGHTS, CALENDARS[country]).today
            assert not judgement.flagged or overtaken(found, today) == [], f"day {day}"
            if taken is None and found.step is not None and found.step.status == "open":
                taken, begins = found.step, day
        if taken is None:
            break
        events.append(did(taken.rung, begins + 0.5))


# -- single things that hold on a ladder ------------------------------------------------------------------------------


def at_day(order: Order, rules: Rules, day: float) -> dict[str, Step]:
    _, found = climbed(order, rules, PLACED + timedelta(days=day))
    return {step.rung: step for step in found.steps}


def british(*events: Event) -> Order:
    promise = Promise(Expectation.DELIVERY, PLACED.date() + timedelta(days=14), PLACED, "m")
    seller = replace(HANBIT, country="GB")
    told = order_of(*events, payment="credit_card", total=Money(Decimal(150), "GBP"), seller=seller)
    return replace(told, promises=(promise,))


def test_eight_weeks_of_silence_open_the_complaint_to_the_bank_without_a_refusal() -> None:
    order, rules = british(did("uk-cra-28", 15), did("uk-s75", 30)), rules_of("GB")
    # claimed on 7 October 2026: 8 weeks end on 2 December, day 86; from day 87 silence is an answer
    waiting, opened = at_day(order, rules, 86)["uk-fos-8w"], at_day(order, rules, 87)["uk-fos-8w"]
    assert (waiting.status, waiting.because) == ("waiting", "refused_or_silent")
    assert waiting.not_before == opened.not_before == date(2026, 12, 3) and opened.status == "open"
    refused = british(did("uk-cra-28", 15), did("uk-s75", 30), said("contact", at=PLACED, days=40, result="refused"))
    assert at_day(refused, rules, 41)["uk-fos-8w"].status == "open"


def test_a_step_rules_out_only_programmes_that_can_concern_the_order() -> None:
    plain = british(did("uk-cra-28", 15))
    assert at_day(plain, rules_of("GB"), 40)["uk-chargeback"].rules_out == ()
    card = order_of(payment="credit_card", payment_method="Visa ****4242", seller=replace(HANBIT, country="US"))
    assert at_day(card, rules_of("US"), 60)["net-visa-13-1"].rules_out == ()
    market = replace(card, seller=SELLERS[1])
    judgement = judged(market, rules_of("US"), PLACED + timedelta(days=60))
    shops = load().shops
    found = escalation(market, judgement, rules_of("US"), RIGHTS, CALENDARS["US"], shop=shops.get("amazon"))
    (visa,) = [step for step in found.steps if step.rung == "net-visa-13-1"]
    assert visa.rules_out == ("prov-amazon-atoz",)


def test_our_own_day_shortens_nobodys_time_before_it_has_come_and_then_says_whose_it_is() -> None:
    abroad = replace(HANBIT, country="CN")
    letter = reading(Kind.OWN_LETTER, at=PLACED, days=37, own=True, to=("cs@hanbit.example",), name="own")
    gives_up = replace(letter.finding, says=Stated("withdrawal", "withdrawal", "generic"))
    order = order_of(
        mail_event(replace(letter, finding=gives_up)), payment="visa", payment_method="Visa ****4242", seller=abroad,
        total=Money(Decimal(680), "CNY"),
    )  # fmt: skip
    # given up on 14 October: the money is due by the 28th; paid on 7 September, our day is + 45 = 22 October
    before, on = at_day(order, rules_of("KR"), 40), at_day(order, rules_of("KR"), 45)
    early, opened = before["kr-card-overseas-chargeback"], on["kr-card-overseas-chargeback"]
    assert (early.status, early.not_before) == ("waiting", date(2026, 10, 22))
    assert (opened.status, opened.reason) == ("open", "ladder.open.alarm")
    assert opened.last_safe_day == date(2027, 1, 5)


def test_after_a_no_of_the_seller_nothing_more_is_waited_for() -> None:
    letter = reading(Kind.OWN_LETTER, at=PLACED, days=4, own=True, to=("cs@hanbit.example",), name="own")
    gives_up = replace(letter.finding, says=Stated("withdrawal", "withdrawal", "generic"))
    reply = reading(Kind.SELLER_REPLY, at=PLACED, days=7, name="no")
    no = replace(reply.finding, outcome=Stated("refused", "취소가 불가합니다", "generic"))
    first = mail_event(replace(letter, finding=gives_up))
    told = [
        at_day(order_of(first, mail_event(answer), payment="credit_card"), rules_of("KR"), 8)["kr-ecom-18-2-refund"]
        for answer in (reply, replace(reply, finding=no))
    ]
    # given up on Fri 11 September: Mon 14 1, Tue 15 2, Wed 16 3: from the 17th, whether or not he said no on the 14th
    assert told[1].not_before == date(2026, 9, 17) <= told[0].not_before


def test_our_day_for_the_bank_goes_before_a_letter_to_the_seller_only_once_it_has_come() -> None:
    def next_on(day: float) -> str:
        asked = reading(Kind.OWN_LETTER, at=PLACED, days=31, own=True, to=("cs@hanbit.example",), name="own")
        order = order_of(
            mail_event(asked), payment="credit_card", payment_method="Visa ****4242",
            total=Money(Decimal(120), "USD"), seller=replace(HANBIT, country="US"),
        )  # fmt: skip
        _, found = climbed(order, rules_of("US"), PLACED + timedelta(days=day))
        return found.step.rung if found.step is not None else ""

    # bought on 7 September: the notice must arrive by 6 November, our day is 22 October, day 45
    assert (next_on(44), next_on(45)) == ("us-mito-refund", "us-fcba-60")


def test_a_marketplaces_own_programme_wants_no_card_behind_paypal() -> None:
    ebay = replace(HANBIT, known="ebay", country="US")
    promise = Promise(Expectation.DELIVERY, PLACED.date() + timedelta(days=14), PLACED, "m")
    order = replace(order_of(payment="paypal", seller=ebay, total=Money(Decimal(50), "USD")), promises=(promise,))
    judgement = judged(order, rules_of("US"), PLACED + timedelta(days=40))
    found = escalation(order, judgement, rules_of("US"), RIGHTS, CALENDARS["US"], shop=load().shops.get("ebay"))
    assert {step.rung: step.status for step in found.steps}["prov-ebay-open"] == "open"
