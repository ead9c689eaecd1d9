"""The rules of the judge, one by one, on orders built by hand. Every date is counted in the comment beside it.

September 2026: the 1st is a Tuesday; Korean days off are the weekends and Thu 24, Fri 25, Sat 26 (추석).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.judge import NOTHING, QUESTIONS, REASONS, judge
from monitor.types import (
    Address,
    Authentication,
    Event,
    Expectation,
    Finding,
    Judgement,
    Kind,
    Money,
    Order,
    OrderClass,
    Parcel,
    Promise,
    Reading,
    Rules,
    Seller,
    Settlement,
    Source,
    Span,
    Stated,
    Unit,
    Verdict,
)

SEOUL = ZoneInfo("Asia/Seoul")
KOREAN = Rules(country="KR", timezone="Asia/Seoul")
AMERICAN = Rules(country="US", timezone="America/New_York")
BRITISH = Rules(country="GB", timezone="Europe/London")
GERMAN = Rules(country="DE", timezone="Europe/Berlin")
SHOP = Seller(key="shop.example", name="가게", domain="shop.example")
WON = Money(Decimal(30000), "KRW")
SOME = Money(Decimal(5000), "KRW")


def at(text: str, zone: str = "Asia/Seoul") -> datetime:
    """ "09-07" or "09-07 14:30" or "2027-01-04": a moment in 2026 unless the year is given, noon unless the hour is."""
    day, _, clock = text.partition(" ")
    day = day if len(day) == 10 else f"2026-{day}"
    return datetime.fromisoformat(f"{day}T{clock or '12:00'}").replace(tzinfo=ZoneInfo(zone))


def on(text: str) -> date:
    return date.fromisoformat(text if len(text) == 10 else f"2026-{text}")


def reading(kind: str, moment: datetime, **values: Any) -> Reading:
    finding = values.pop("finding", Finding(Kind(kind)))
    values = {"auto_submitted": False, "references": (), **values}
    return Reading(
        identity=f"{kind}-{moment.isoformat()}",
        message_id=values.pop("message_id", None),
        sender=Address("", "order@shop.example"),
        reply_to=None,
        to=(),
        subject="",
        sent_at=moment,
        received_at=moment,
        authentication=Authentication.NONE,
        verdict=Verdict(Kind(kind), None, "ko", ""),
        finding=finding,
        **values,
    )


def mail(kind: str, when: str, **values: Any) -> Event:
    moment = at(when)
    return Event(f"m-{kind}-{when}", "o1", moment, kind, Source.MAIL, reading=reading(kind, moment, **values))


def said(kind: str, when: str) -> Event:
    return Event(f"u-{kind}-{when}", "o1", at(when), kind, Source.USER)


def order(placed: str = "09-07", **values: Any) -> Order:
    placed_at = values.pop("placed_at", None) or at(placed)
    values = {"total": WON, "payment": "credit_card", "paid_at": placed_at, **values}
    if "events" not in values:
        opening = Event("m0", "o1", placed_at, "order_confirmation", Source.MAIL)
        values["events"] = (replace(opening, reading=reading("order_confirmation", placed_at)),)
    return Order(
        id=values.pop("id", "o1"), seller=values.pop("seller", SHOP), number="1", placed_at=placed_at, **values
    )


def shipped(placed: str, sent: str, **values: Any) -> Order:
    values = {"parcels": (Parcel("T1", "cj", at(sent), None),), "all_shipped": True, **values}
    values.setdefault("events", (mail("order_confirmation", placed), mail("shipped", sent)))
    return order(placed, shipped_at=at(sent), **values)


def verdict(
    one: Order,
    when: str | datetime,
    rules: Rules = KOREAN,
    earlier: tuple[Order, ...] = (),
    heard: Mapping[str, datetime] | None = None,
) -> Judgement:
    moment = at(when, rules.timezone) if isinstance(when, str) else when
    return next(j for j in judge([*earlier, one], rules, moment, heard or {}) if j.order_id == one.id)


def shown(judgement: Judgement) -> tuple[str, date | None, bool]:
    return judgement.waits_for, judgement.due_on, judgement.flagged


# -- the state -----------------------------------------------------------------------------------------------------


def test_an_order_that_counts_as_paid_is_paid() -> None:
    assert verdict(order(), "09-07 13:00").state == "paid"


@pytest.mark.parametrize("settlement", [Settlement.AWAITED, Settlement.ON_DELIVERY])
def test_an_order_whose_money_is_not_there_is_ordered(settlement: Settlement) -> None:
    assert verdict(order(settlement=settlement, paid_at=None), "09-08").state == "ordered"


def test_money_events_go_before_the_goods() -> None:
    one = shipped("09-01", "09-02", delivered_at=at("09-03"), refunded_at=at("09-05"), given_back=SOME)
    assert verdict(one, "09-06").state == "partly_refunded"
    assert verdict(replace(one, fully_refunded=True), "09-06").state == "refunded"


def test_the_latest_of_the_money_events_counts() -> None:
    one = order("09-01", cancelled_at=at("09-05"), refund_promised_at=at("09-03"))
    assert verdict(one, "09-06").state == "cancelled"
    assert verdict(replace(one, refund_promised_at=at("09-06")), "09-06 18:00").state == "refund_promised"


def test_one_mail_that_cancels_and_promises_is_a_promise() -> None:
    one = order("09-01", cancelled_at=at("09-05"), refund_promised_at=at("09-05"))
    assert verdict(one, "09-06").state == "refund_promised"


def test_a_failed_payment_is_the_state_until_the_goods_move() -> None:
    failed = order("09-01", settlement=Settlement.AWAITED, paid_at=None, payment_failed_at=at("09-01"))
    assert verdict(failed, "09-02").state == "payment_failed"
    assert verdict(replace(failed, shipped_at=at("09-03")), "09-04").state == "shipped"


def test_delivered_means_every_known_parcel() -> None:
    two = (Parcel("T1", "cj", at("09-02"), at("09-03")), Parcel("T2", "cj", at("09-02"), None))
    one = shipped("09-01", "09-02", parcels=two)
    assert verdict(one, "09-04").state == "shipped"
    assert verdict(replace(one, delivered_at=at("09-04")), "09-05").state == "delivered"


def test_a_parcel_that_was_only_announced_keeps_an_order_from_being_delivered() -> None:
    first = (Parcel("T1", "cj", at("09-02"), at("09-03")),)
    one = shipped("09-01", "09-02", parcels=first, parcels_expected=2, delivered_at=at("09-03"), all_shipped=False)
    judged = verdict(one, "09-07")
    # paid Tue 1: Wed 2 1, Thu 3 2, Fri 4 3; the rest has not been sent
    assert (judged.state, *shown(judged)) == ("shipped", "dispatch", on("09-04"), True)


def test_the_users_word_closes_everything() -> None:
    one = order("09-01", closed_at=at("09-20"), unanswered_letter_at=at("09-05"), questions=("which_value",))
    judged = verdict(one, "10-20")
    assert (judged.state, *shown(judged), judged.asks, judged.overdue_days) == ("closed", NOTHING, None, False, None, 0)


# -- dispatch ------------------------------------------------------------------------------------------------------


def test_korea_three_business_days_after_payment() -> None:
    # paid Mon 7: Tue 8 1, Wed 9 2, Thu 10 3
    assert shown(verdict(order("09-07"), "09-10 23:59")) == ("dispatch", on("09-10"), False)
    assert shown(verdict(order("09-07"), "09-11 00:00")) == ("dispatch", on("09-10"), True)


def test_korea_over_chuseok() -> None:
    # paid Tue 22: Wed 23 1, [24 25 26 추석, 27 Sun], Mon 28 2, Tue 29 3
    judged = verdict(order("09-22"), "10-01")
    assert (*shown(judged), judged.overdue_days) == ("dispatch", on("09-29"), True, 2)


def test_korea_counts_from_the_payment_where_it_came_later() -> None:
    # ordered Mon 7 by transfer, received Wed 9: Thu 10 1, Fri 11 2, Mon 14 3
    one = order("09-07", paid_at=at("09-09"), payment="bank_transfer")
    assert shown(verdict(one, "09-14")) == ("dispatch", on("09-14"), False)


def test_korea_not_prepaid_seven_days_after_the_order() -> None:
    # ordered Mon 7: Mon 14, a calendar week
    one = order("09-07", settlement=Settlement.ON_DELIVERY, paid_at=None, payment="cod")
    assert shown(verdict(one, "09-14")) == ("dispatch", on("09-14"), False)
    assert shown(verdict(one, "09-15")) == ("dispatch", on("09-14"), True)


def test_america_thirty_days_after_the_order() -> None:
    one = order(placed_at=at("09-07", "America/New_York"), total=Money(Decimal(20), "USD"))
    # 23 days of September left, then 7 of October
    assert shown(verdict(one, "10-07", AMERICAN)) == ("dispatch", on("10-07"), False)
    assert shown(verdict(one, "10-08", AMERICAN)) == ("dispatch", on("10-07"), True)


@pytest.mark.parametrize(("rules", "currency"), [(BRITISH, "GBP"), (GERMAN, "EUR")])
def test_britain_and_the_union_thirty_days_after_the_order(rules: Rules, currency: str) -> None:
    one = order(placed_at=at("12-10", rules.timezone), total=Money(Decimal(20), currency))
    # 21 days of December left, then 9 of January
    assert shown(verdict(one, "2027-01-10", rules)) == ("dispatch", on("2027-01-09"), True)


def test_elsewhere_thirty_days() -> None:
    swiss = Rules(country="CH", timezone="Europe/Zurich")
    one = order(placed_at=at("09-07", "Europe/Zurich"), total=Money(Decimal(20), "CHF"))
    assert verdict(one, "09-08", swiss).due_on == on("10-07")


@pytest.mark.parametrize(
    ("country", "currency", "abroad"),
    [("KR", "KRW", False), ("US", "KRW", True), ("KR", "USD", False), ("", "USD", True), ("", "KRW", False)],
)
def test_a_seller_is_abroad_by_his_country_else_by_the_currency(country: str, currency: str, abroad: bool) -> None:
    one = order("09-07", seller=replace(SHOP, country=country), total=Money(Decimal(20), currency))
    # abroad: 30 days, Mon 7 September + 30 = Wed 7 October; at home Thu 10
    assert verdict(one, "09-08").due_on == (on("10-07") if abroad else on("09-10"))


def test_a_seller_in_another_country_of_the_union_is_abroad_all_the_same() -> None:
    one = shipped("09-07", "09-08", seller=replace(SHOP, country="FR"), total=Money(Decimal(20), "EUR"))
    # abroad: delivery 30 days after Tue 8 September, not 7 business days
    assert verdict(one, "09-09", GERMAN).due_on == on("10-08")


def test_the_euro_is_the_money_of_every_country_that_has_it() -> None:
    for country in ("DE", "FR", "HR", "BG"):
        one = shipped("09-01", "09-02", total=Money(Decimal(20), "EUR"))
        rules = Rules(country=country, timezone="Europe/Berlin")
        assert verdict(one, "09-09", rules).due_on == on("10-01")  # 30 days after the order, not after the dispatch


def test_uk_is_gb() -> None:
    one = order("09-07", seller=replace(SHOP, country="UK"), refund_promised_at=at("09-08"))
    assert verdict(one, "09-09", BRITISH).due_on == on("09-22")  # 14 days


def test_without_a_country_the_widest_periods_apply() -> None:
    assert verdict(order("09-07"), "09-08", Rules(country="", timezone="UTC")).due_on == on("10-07")


# -- delivery ------------------------------------------------------------------------------------------------------


def test_korea_seven_business_days_after_dispatch() -> None:
    # sent Wed 16: Thu 17 1, Fri 18 2, Mon 21 3, Tue 22 4, Wed 23 5, [24-27], Mon 28 6, Tue 29 7
    judged = verdict(shipped("09-15", "09-16"), "09-29")
    assert (judged.state, *shown(judged), judged.asks) == ("shipped", "delivery", on("09-29"), False, None)


def test_after_the_delivery_date_the_user_is_asked_and_nothing_is_flagged() -> None:
    judged = verdict(shipped("09-15", "09-16"), "10-20")
    assert (*shown(judged), judged.asks) == ("delivery", on("09-29"), False, "arrived")
    assert judged.overdue_days == 21
    assert judged.reason == "ask.arrived"


def test_his_no_flags_from_the_day_after_the_date() -> None:
    one = shipped("09-15", "09-16", arrived_said=False)
    assert shown(verdict(one, "09-29")) == ("delivery", on("09-29"), False)
    judged = verdict(one, "09-30")
    assert (*shown(judged), judged.asks) == ("delivery", on("09-29"), True, None)


def test_his_yes_ends_it() -> None:
    one = shipped("09-15", "09-16", arrived_said=True)
    judged = verdict(one, "10-20")
    assert (judged.state, *shown(judged), judged.asks) == ("delivered", NOTHING, None, False, None)


def test_britain_delivery_is_not_due_before_the_thirty_days_are_over() -> None:
    pounds = Money(Decimal(20), "GBP")
    early = shipped("09-01", "09-03", total=pounds)
    # 7 business days after Thu 3 are Mon 14; 30 days after Tue 1 September are Thu 1 October
    assert verdict(early, "09-20", BRITISH).due_on == on("10-01")
    late = shipped("09-01", "09-28", total=pounds)
    # sent Mon 28: 29 1, 30 2, Thu 1 3, Fri 2 4, Mon 5 5, Tue 6 6, Wed 7 7
    assert verdict(late, "09-29", BRITISH).due_on == on("10-07")


def test_america_seven_business_days_after_dispatch() -> None:
    one = shipped("09-01", "09-02 22:00", total=Money(Decimal(20), "USD"))
    # sent Wed 2 in New York: Thu 3 1, Fri 4 2, [5 6, Mon 7 Labor Day], Tue 8 3, 9 4, 10 5, Fri 11 6, Mon 14 7
    assert verdict(one, "09-14", AMERICAN).due_on == on("09-14")


def test_abroad_thirty_days_after_dispatch() -> None:
    one = shipped("09-01", "09-03", seller=replace(SHOP, country="CN"))
    assert verdict(one, "09-04").due_on == on("10-03")


def test_of_two_parcels_the_one_still_out_sets_the_date() -> None:
    two = (Parcel("T1", "cj", at("09-02"), at("09-03")), Parcel("T2", "cj", at("09-10"), None))
    one = shipped("09-01", "09-02", parcels=two)
    # sent Thu 10: Fri 11 1, Mon 14 2, 15 3, 16 4, 17 5, Fri 18 6, Mon 21 7
    assert shown(verdict(one, "09-18")) == ("delivery", on("09-21"), False)


HISTORY = order("08-01", id="o0", delivered_at=at("08-05"), delivery_reported_by_mail=True, shipped_at=at("08-02"))


def test_a_seller_who_reports_deliveries_is_flagged_after_seven_business_days_of_silence() -> None:
    # due Tue 29 September: Wed 30 1, Thu 1 2, Fri 2 3, [3 4, Mon 5 substitute], Tue 6 4, Wed 7 5, Thu 8 6,
    # [Fri 9 한글날, 10 11], Mon 12 7; the flag comes on Tue 13
    one = shipped("09-15", "09-16")
    assert verdict(one, "10-12", earlier=(HISTORY,)).flagged is False
    judged = verdict(one, "10-13", earlier=(HISTORY,))
    assert (*shown(judged), judged.asks) == ("delivery", on("09-29"), True, "arrived")
    assert judged.reason == "due.delivery.unreported"


def test_any_mail_about_the_order_starts_that_count_anew() -> None:
    one = shipped("09-15", "09-16")
    one = replace(one, events=(*one.events, mail("shipped", "10-06")))
    # a notice on Tue 6: Wed 7 1, Thu 8 2, [9 10 11], Mon 12 3, 13 4, 14 5, 15 6, Fri 16 7; flag on Sat 17
    assert verdict(one, "10-16", earlier=(HISTORY,)).flagged is False
    assert verdict(one, "10-17", earlier=(HISTORY,)).flagged is True


def test_his_own_letter_is_no_news_of_the_parcel() -> None:
    one = shipped("09-15", "09-16")
    one = replace(one, events=(*one.events, mail("own_letter", "10-12"), mail("auto_reply", "10-12")))
    assert verdict(one, "10-13", earlier=(HISTORY,)).flagged is True


def test_only_earlier_orders_with_the_same_seller_tell_what_he_does() -> None:
    one = shipped("09-15", "09-16")
    later = replace(HISTORY, placed_at=at("09-20"))
    stranger = replace(HISTORY, seller=replace(SHOP, key="other.example"))
    for other in (later, stranger, replace(HISTORY, suspicious=True)):
        assert verdict(one, "10-20", earlier=(other,)).flagged is False


def arrived_silently(ident: str, placed: str) -> Order:
    events = (mail("order_confirmation", placed),)
    return order(placed, id=ident, events=events, arrived_said=True, delivered_at=at("08-30"), shipped_at=at("08-30"))


SILENT = (arrived_silently("a", "08-03"), arrived_silently("b", "08-10"))


def test_where_two_orders_came_without_a_dispatch_notice_an_overdue_dispatch_is_a_question() -> None:
    judged = verdict(order("09-07"), "09-11", earlier=SILENT)
    assert (*shown(judged), judged.asks) == ("dispatch", on("09-10"), False, "arrived")
    judged = verdict(order("09-07", arrived_said=False), "09-11", earlier=SILENT)
    assert (*shown(judged), judged.asks) == ("dispatch", on("09-10"), True, None)


def test_one_such_order_is_not_enough() -> None:
    judged = verdict(order("09-07"), "09-11", earlier=SILENT[:1])
    assert (*shown(judged), judged.asks) == ("dispatch", on("09-10"), True, None)


def test_orders_that_were_announced_do_not_count() -> None:
    announced = tuple(replace(o, events=(*o.events, mail("shipped", "08-20"))) for o in SILENT)
    assert verdict(order("09-07"), "09-11", earlier=announced).flagged is True


def test_before_the_date_such_a_seller_raises_no_question() -> None:
    assert verdict(order("09-07"), "09-10", earlier=SILENT).asks is None


# -- promised dates ------------------------------------------------------------------------------------------------


def promised(what: Expectation, due: str, event: Event) -> Promise:
    return Promise(what, on(due), event.at, event.id)


def with_promises(one: Order, *promises: tuple[Expectation, str, Event]) -> Order:
    known = {event.id for event in one.events}
    events = [event for _, _, event in promises if event.id not in known]
    return replace(
        one,
        events=tuple(sorted((*one.events, *events), key=lambda event: event.at)),
        promises=tuple(promised(*promise) for promise in promises),
    )


CONFIRMED = mail("order_confirmation", "09-07")
BASE = order("09-07", events=(CONFIRMED,))


def test_the_promised_date_goes_before_the_table_and_before_the_users_own() -> None:
    one = with_promises(BASE, (Expectation.DISPATCH, "09-15", CONFIRMED))
    own = replace(KOREAN, expect={"dispatch": Span(1, Unit.DAYS)})
    assert shown(verdict(one, "09-15", own)) == ("dispatch", on("09-15"), False)
    assert shown(verdict(one, "09-16", own)) == ("dispatch", on("09-15"), True)


@pytest.mark.parametrize(
    ("expect", "due"),
    [(Span(10, Unit.DAYS), "09-17"), (Span(5, Unit.BUSINESS_DAYS), "09-14"), (Span(1, Unit.WEEKS), "09-14")],
)
def test_the_users_own_period_goes_before_the_table(expect: Span, due: str) -> None:
    rules = replace(KOREAN, expect={"dispatch": expect})
    assert verdict(order("09-07"), "09-08", rules).due_on == on(due)


def test_the_users_own_periods_for_delivery_refund_and_answer() -> None:
    rules = replace(
        KOREAN,
        expect={"delivery": Span(2, Unit.DAYS), "refund": Span(5, Unit.DAYS), "answer": Span(1, Unit.BUSINESS_DAYS)},
    )
    assert verdict(shipped("09-07", "09-08"), "09-09", rules).due_on == on("09-10")
    assert verdict(order("09-07", cancelled_at=at("09-08")), "09-09", rules).due_on == on("09-13")
    one = shipped("09-01", "09-02", delivered_at=at("09-03"), unanswered_letter_at=at("09-11"))
    assert shown(verdict(one, "09-12", rules)) == ("answer", on("09-14"), False)  # Fri 11: Mon 14


def test_an_automatic_mail_does_not_move_a_date_that_was_promised() -> None:
    sent = mail("shipped", "09-09")
    one = shipped("09-07", "09-09", events=(CONFIRMED, sent))
    one = with_promises(one, (Expectation.DELIVERY, "09-12", CONFIRMED), (Expectation.DELIVERY, "09-30", sent))
    assert verdict(one, "09-10").due_on == on("09-12")


def test_but_it_sets_the_first_one() -> None:
    sent = mail("shipped", "09-09")
    one = with_promises(shipped("09-07", "09-09", events=(CONFIRMED, sent)), (Expectation.DELIVERY, "09-30", sent))
    assert verdict(one, "09-10").due_on == on("09-30")


@pytest.mark.parametrize("kind", ["seller_reply", "delayed"])
def test_a_date_in_an_answer_moves_it(kind: str) -> None:
    answer = mail(kind, "09-12")
    one = with_promises(BASE, (Expectation.DISPATCH, "09-10", CONFIRMED), (Expectation.DISPATCH, "09-18", answer))
    one = replace(one, last_human_word=answer.at)
    assert shown(verdict(one, "09-18")) == ("dispatch", on("09-18"), False)
    assert shown(verdict(one, "09-19")) == ("dispatch", on("09-18"), True)


def test_an_automatic_answer_moves_nothing() -> None:
    answer = mail("seller_reply", "09-12", auto_submitted=True)
    one = with_promises(BASE, (Expectation.DISPATCH, "09-10", CONFIRMED), (Expectation.DISPATCH, "09-18", answer))
    assert verdict(one, "09-13").due_on == on("09-10")


def test_any_mail_of_a_person_in_the_users_thread_is_an_answer() -> None:
    letter = mail("own_letter", "09-11", message_id="letter@me")
    answer = mail("order_confirmation", "09-12", references=("letter@me",))
    one = with_promises(BASE, (Expectation.DISPATCH, "09-10", CONFIRMED), (Expectation.DISPATCH, "09-18", answer))
    assert verdict(one, "09-13").due_on == on("09-10")
    assert verdict(replace(one, letters=(letter,)), "09-13").due_on == on("09-18")


def test_the_user_may_correct_a_date() -> None:
    word = said("set", "09-08")
    one = with_promises(BASE, (Expectation.DISPATCH, "09-30", CONFIRMED), (Expectation.DISPATCH, "09-09", word))
    assert verdict(one, "09-10").due_on == on("09-09")


def test_a_delivery_date_opens_delivery_before_the_dispatch_and_replaces_the_table() -> None:
    one = with_promises(BASE, (Expectation.DELIVERY, "09-21", CONFIRMED))
    # by the table the dispatch would be due on Thu 10; the agreed day takes its place
    assert shown(verdict(one, "09-18")) == ("delivery", on("09-21"), False)
    judged = verdict(one, "09-22")
    assert (*shown(judged), judged.asks) == ("delivery", on("09-21"), True, None)  # never sent: nothing to ask
    assert {due.expectation for due in judged.dues if due.flagged} == {Expectation.DELIVERY, Expectation.DISPATCH}


def test_a_delivery_date_before_the_table_date_of_dispatch_counts_as_it_is() -> None:
    one = with_promises(
        order("09-07", events=(CONFIRMED,), total=Money(Decimal(20), "USD")), (Expectation.DELIVERY, "09-15", CONFIRMED)
    )
    judged = verdict(one, "09-16 12:00", AMERICAN)
    # the 30 days for the dispatch run until 7 October, but the promised day is over
    assert shown(judged) == ("delivery", on("09-15"), True)


def test_the_users_own_period_for_dispatch_stands_beside_a_promised_delivery() -> None:
    one = with_promises(BASE, (Expectation.DELIVERY, "09-21", CONFIRMED))
    rules = replace(KOREAN, expect={"dispatch": Span(2, Unit.DAYS)})
    assert shown(verdict(one, "09-10", rules)) == ("dispatch", on("09-09"), True)


def test_an_answer_that_puts_off_the_dispatch_takes_back_the_delivery_date() -> None:
    answer = mail("seller_reply", "09-12")
    one = with_promises(BASE, (Expectation.DELIVERY, "09-11", CONFIRMED), (Expectation.DISPATCH, "09-21", answer))
    one = replace(one, last_human_word=answer.at)
    assert shown(verdict(one, "09-20")) == ("dispatch", on("09-21"), False)
    assert shown(verdict(one, "09-22")) == ("dispatch", on("09-21"), True)


def test_an_answer_that_names_a_delivery_date_puts_off_the_dispatch_with_it() -> None:
    answer = mail("seller_reply", "09-12")
    one = with_promises(BASE, (Expectation.DISPATCH, "09-10", CONFIRMED), (Expectation.DELIVERY, "09-21", answer))
    one = replace(one, last_human_word=answer.at)
    assert shown(verdict(one, "09-20")) == ("delivery", on("09-21"), False)


def test_a_date_that_was_over_when_it_was_stated_is_not_used() -> None:
    one = with_promises(BASE, (Expectation.DISPATCH, "08-20", CONFIRMED))
    assert verdict(one, "09-08").due_on == on("09-10")


# -- several expectations, letters ---------------------------------------------------------------------------------


def test_an_unanswered_letter_adds_answer_and_ends_nothing() -> None:
    # order Mon 7, due Thu 10; letter Fri 11: Mon 14 1, Tue 15 2, Wed 16 3
    one = order("09-07", unanswered_letter_at=at("09-11"))
    judged = verdict(one, "09-14")
    assert shown(judged) == ("dispatch", on("09-10"), True)
    assert {due.expectation: due.due_on for due in judged.dues} == {
        Expectation.DISPATCH: on("09-10"),
        Expectation.ANSWER: on("09-16"),
    }
    assert shown(verdict(one, "09-17")) == ("dispatch", on("09-10"), True)


def test_a_letter_about_a_delivered_order_waits_for_the_answer() -> None:
    one = shipped("09-01", "09-02", delivered_at=at("09-03"), unanswered_letter_at=at("09-11"))
    assert shown(verdict(one, "09-16")) == ("answer", on("09-16"), False)
    assert shown(verdict(one, "09-17")) == ("answer", on("09-16"), True)


def test_the_flagged_one_is_shown_before_an_earlier_one_that_is_not() -> None:
    # delivery due Tue 29 September, asked and not flagged; the letter of Wed 30 is due on Tue 6 October
    # (Thu 1 1, Fri 2 2, [3 4 5], Tue 6 3)
    one = shipped("09-15", "09-16", unanswered_letter_at=at("09-30"))
    assert shown(verdict(one, "10-06")) == ("delivery", on("09-29"), False)
    judged = verdict(one, "10-07")
    assert (*shown(judged), judged.asks) == ("answer", on("10-06"), True, "arrived")


# -- the seller's word ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "last_quiet_day", "flag_day"),
    [
        ("09-14", "09-17", "09-18"),  # Monday: Tue 1, Wed 2, Thu 3, flag on Fri
        ("09-15", "09-18", "09-19"),  # Tuesday: Wed 1, Thu 2, Fri 3, flag on Sat
        ("09-16", "09-21", "09-22"),  # Wednesday: Thu 1, Fri 2, Mon 3, flag on Tue
        ("09-12", "09-16", "09-17"),  # Saturday: Mon 1, Tue 2, Wed 3, flag on Thu
        ("09-22", "09-29", "09-30"),  # before 추석: Wed 23 1, Mon 28 2, Tue 29 3, flag on Wed
    ],
)
def test_the_flag_waits_until_the_last_human_word_is_three_business_days_old(
    word: str, last_quiet_day: str, flag_day: str
) -> None:
    one = order("09-01", last_human_word=at(word))  # due Fri 4
    held = verdict(one, f"{last_quiet_day} 23:59")
    assert (held.flagged, held.reason, held.due_on) == (False, "hold.word", on("09-04"))
    assert verdict(one, f"{flag_day} 00:00").flagged is True


def test_the_threshold_can_be_set_per_seller_and_per_expectation() -> None:
    one = order("09-01", last_human_word=at("09-14"))
    assert verdict(one, "09-15", replace(KOREAN, threshold=0)).flagged is True
    assert verdict(one, "09-16", replace(KOREAN, threshold=1)).flagged is True
    for name in ("shop.example", "가게", "SHOP.example"):
        assert verdict(one, "09-16", replace(KOREAN, threshold_by_seller={name: 1})).flagged is True
    assert verdict(one, "09-18", replace(KOREAN, threshold_by_seller={"shop.example": 5})).flagged is False
    assert verdict(one, "09-16", replace(KOREAN, threshold_by_expectation={"dispatch": 1})).flagged is True
    assert verdict(one, "09-16", replace(KOREAN, threshold_by_expectation={"refund": 1})).flagged is False
    both = replace(KOREAN, threshold_by_seller={"shop.example": 5}, threshold_by_expectation={"dispatch": 1})
    assert verdict(one, "09-18", both).flagged is False


def test_silent_since_is_the_last_human_word_else_the_order() -> None:
    assert verdict(order("09-01"), "09-20").silent_since == at("09-01")
    assert verdict(order("09-01", last_human_word=at("09-14")), "09-20").silent_since == at("09-14")


def test_extra_holidays_move_the_date_and_the_threshold() -> None:
    rules = replace(KOREAN, extra_holidays=(on("09-09"),))
    # paid Mon 7: Tue 8 1, [Wed 9 declared], Thu 10 2, Fri 11 3
    assert verdict(order("09-07"), "09-08", rules).due_on == on("09-11")
    one = order("09-01", last_human_word=at("09-07"))
    assert verdict(one, "09-11", rules).flagged is False  # Tue 8 1, Thu 10 2
    assert verdict(one, "09-12", rules).flagged is True


def test_a_snoozed_order_is_not_flagged_before_that_day() -> None:
    one = order("09-01", snoozed_until=on("09-20"))
    assert (verdict(one, "09-19").flagged, verdict(one, "09-19").reason) == (False, "hold.snoozed")
    assert verdict(one, "09-20").flagged is True


def test_a_suspicious_order_is_never_flagged_and_asks_nothing_of_a_payment() -> None:
    for one in (order("09-01", suspicious=True), order("09-01", suspicious=True, settlement=Settlement.AWAITED)):
        judged = verdict(one, "12-01")
        assert (judged.flagged, judged.asks, judged.urgent) == (False, None, False)


def test_two_delays_are_urgent_whatever_the_flag_says() -> None:
    assert verdict(order("09-07", put_off=1), "09-08").urgent is False
    judged = verdict(order("09-07", put_off=2), "09-08")
    assert (judged.urgent, judged.flagged) == (True, False)
    assert verdict(order("09-07", put_off=2, arrived_said=True), "09-08").urgent is False


# -- payment -------------------------------------------------------------------------------------------------------


def unpaid(placed: str = "09-07", **values: Any) -> Order:
    values = {"settlement": Settlement.AWAITED, "paid_at": None, "payment": "bank_transfer", **values}
    return order(placed, **values)


def test_an_awaited_payment_is_due_in_three_business_days_and_then_asked_about() -> None:
    # ordered Mon 7: Tue 8 1, Wed 9 2, Thu 10 3
    judged = verdict(unpaid(), "09-10")
    assert (judged.state, *shown(judged), judged.asks) == ("ordered", "payment", on("09-10"), False, None)
    judged = verdict(unpaid(), "09-11")
    assert (*shown(judged), judged.asks) == ("payment", on("09-10"), False, "paid")


def test_the_stated_deadline_goes_first() -> None:
    one = with_promises(unpaid(events=(CONFIRMED,)), (Expectation.PAYMENT, "09-08", CONFIRMED))
    assert verdict(one, "09-09").due_on == on("09-08")
    assert verdict(one, "09-09").asks == "paid"


def test_an_unpaid_order_is_never_flagged_not_even_for_a_letter() -> None:
    judged = verdict(unpaid(unanswered_letter_at=at("09-08")), "12-01")
    assert judged.flagged is False


def test_a_failed_payment_waits_for_payment_and_is_never_flagged() -> None:
    one = unpaid(payment="credit_card", payment_failed_at=at("09-08"))
    judged = verdict(one, "09-10")
    # failed Tue 8: Wed 9 1, Thu 10 2, Fri 11 3
    assert (judged.state, *shown(judged)) == ("payment_failed", "payment", on("09-11"), False)
    assert (verdict(one, "09-12").flagged, verdict(one, "09-12").asks) == (False, "paid")


def test_goods_that_were_sent_end_the_waiting_for_the_payment() -> None:
    one = unpaid(shipped_at=at("09-09"), parcels=(Parcel("T", "", at("09-09"), None),))
    assert verdict(one, "09-10").waits_for == "delivery"


def test_a_payment_that_was_awaited_starts_the_thirty_days_too() -> None:
    events = (mail("order_confirmation", "09-07"), said("paid", "09-14"))
    one = order("09-07", events=events, paid_at=at("09-14"), total=Money(Decimal(20), "EUR"))
    assert verdict(one, "09-15", GERMAN).due_on == on("10-14")


# -- refunds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "currency", "due"),
    [
        (KOREAN, "KRW", "09-29"),  # Tue 22: Wed 23 1, [24-27], Mon 28 2, Tue 29 3
        (AMERICAN, "USD", "10-01"),  # Wed 23 1, Thu 24 2, Fri 25 3, Mon 28 4, 29 5, 30 6, Thu 1 7
        (BRITISH, "GBP", "10-06"),  # 14 days
        (GERMAN, "EUR", "10-06"),
        (Rules(country="CH", timezone="Europe/Zurich"), "CHF", "10-06"),
    ],
)
@pytest.mark.parametrize("cause", ["cancelled_at", "refund_promised_at", "returned_at"])
def test_refunds_are_due_by_country_once_cancelled_promised_or_returned(
    rules: Rules, currency: str, due: str, cause: str
) -> None:
    moment = at("09-22", rules.timezone)
    one = order("09-01", total=Money(Decimal(20), currency), **{cause: moment})
    judged = verdict(one, due, rules)
    assert shown(judged) == ("refund", on(due), False)
    late = verdict(one, (on(due) + timedelta(days=1)).isoformat(), rules)
    assert (*shown(late), late.asks) == ("refund", on(due), True, "refund_arrived")


def test_abroad_a_refund_takes_fourteen_days() -> None:
    one = order("09-01", cancelled_at=at("09-08"), seller=replace(SHOP, country="US"))
    assert verdict(one, "09-09").due_on == on("09-22")


def test_the_earliest_cause_starts_the_clock_and_a_stated_date_goes_first() -> None:
    one = order("09-01", cancelled_at=at("09-07"), refund_promised_at=at("09-09"))
    assert verdict(one, "09-09").due_on == on("09-10")
    cancelling = mail("cancellation", "09-07")
    one = with_promises(one, (Expectation.REFUND, "09-18", cancelling))
    assert verdict(one, "09-09").due_on == on("09-18")


def test_what_a_mail_said_of_refunds_before_there_was_cause_for_one_sets_no_date() -> None:
    one = with_promises(
        order("09-07", events=(CONFIRMED,), cancelled_at=at("09-14")), (Expectation.REFUND, "09-30", CONFIRMED)
    )
    assert verdict(one, "09-15").due_on == on("09-17")  # Mon 14: Tue 15 1, Wed 16 2, Thu 17 3


def test_a_cancelled_order_that_was_never_paid_waits_for_nothing() -> None:
    for one in (
        unpaid(cancelled_at=at("09-09")),
        unpaid(payment_failed_at=at("09-08"), cancelled_at=at("09-09")),
        order("09-07", settlement=Settlement.ON_DELIVERY, paid_at=None, cancelled_at=at("09-09")),
        order("09-07", total=Money(Decimal(0), "KRW"), order_class=OrderClass.FREE, cancelled_at=at("09-09")),
    ):
        judged = verdict(one, "10-20")
        assert (judged.state, *shown(judged), judged.asks) == ("cancelled", NOTHING, None, False, None)


def test_a_full_refund_ends_everything() -> None:
    one = order("09-01", cancelled_at=at("09-07"), refunded_at=at("09-09"), given_back=WON, fully_refunded=True)
    judged = verdict(one, "10-20")
    assert (judged.state, *shown(judged)) == ("refunded", NOTHING, None, False)


def test_a_refund_of_part_of_a_cancelled_order_leaves_the_rest_owed() -> None:
    one = order("09-01", paid=WON, cancelled_at=at("09-07"), refunded_at=at("09-09"), given_back=SOME)
    judged = verdict(one, "09-14")
    assert (judged.state, *shown(judged)) == ("partly_refunded", "refund", on("09-10"), True)


def test_a_refund_whose_sum_no_mail_names_is_asked_about_and_calls_for_no_goods() -> None:
    one = order("09-01", refunded_at=at("09-09"), questions=("refund_sum",))
    judged = verdict(one, "09-16")
    assert (judged.state, *shown(judged)) == ("refunded", NOTHING, None, False)
    assert (judged.asks, judged.reason) == ("refund_arrived", "ask.refund_sum")


def test_a_partial_refund_of_an_order_that_stands_ends_nothing() -> None:
    one = order("09-07", paid=WON, refunded_at=at("09-08"), given_back=SOME)
    judged = verdict(one, "09-11")
    assert (judged.state, *shown(judged)) == ("partly_refunded", "dispatch", on("09-10"), True)


def test_a_promise_of_a_part_leaves_the_goods_owed_and_ends_with_that_part() -> None:
    part = SOME
    one = order("09-07", paid=WON, refund_promised_at=at("09-08"), promised_back=part)
    judged = verdict(one, "09-09")
    assert {due.expectation for due in judged.dues} == {Expectation.DISPATCH, Expectation.REFUND}
    paid = replace(one, refunded_at=at("09-10"), given_back=part)
    assert {due.expectation for due in verdict(paid, "09-10").dues} == {Expectation.DISPATCH}


def test_a_promise_of_the_whole_ends_the_goods() -> None:
    one = order("09-01", paid=WON, refund_promised_at=at("09-08"), promised_back=WON)
    judged = verdict(one, "09-11")
    assert (judged.state, *shown(judged)) == ("refund_promised", "refund", on("09-11"), False)


def test_cancellation_ends_dispatch_and_delivery() -> None:
    for one in (order("09-01", cancelled_at=at("09-14")), shipped("09-01", "09-02", cancelled_at=at("09-14"))):
        judged = verdict(one, "09-15")
        assert {due.expectation for due in judged.dues} == {Expectation.REFUND}


def test_a_part_that_was_cancelled_is_owed_while_the_rest_is_awaited() -> None:
    finding = Finding(Kind.CANCELLATION, partial=Stated(True, "", "generic"))
    cancelling = mail("cancellation", "09-08", finding=finding)
    one = order("09-07", events=(CONFIRMED, cancelling), partly_cancelled=True)
    judged = verdict(one, "09-09")
    assert {due.expectation: due.due_on for due in judged.dues} == {
        Expectation.DISPATCH: on("09-10"),
        Expectation.REFUND: on("09-11"),
    }
    assert judged.state == "paid"
    met = replace(one, refunded_at=at("09-09"), given_back=SOME)
    assert {due.expectation for due in verdict(met, "09-09 18:00").dues} == {Expectation.DISPATCH}


def test_a_return_of_delivered_goods_starts_the_refund() -> None:
    one = shipped("09-01", "09-02", delivered_at=at("09-03"), returned_at=at("09-14"))
    judged = verdict(one, "09-18")
    assert (judged.state, *shown(judged)) == ("delivered", "refund", on("09-17"), True)


def test_what_is_missing_of_the_money_for_an_order_sent_back_stays_owed() -> None:
    one = shipped("09-01", "09-02", delivered_at=at("09-03"), paid=WON, returned_at=at("09-14"))
    one = replace(one, refunded_at=at("09-16"), given_back=SOME)
    by_his_word = replace(one, events=(*one.events, said("returned", "09-14")))  # the order, not a part of it
    assert shown(verdict(by_his_word, "09-18")) == ("refund", on("09-17"), True)
    by_mail = replace(one, events=(*one.events, mail("returned", "09-14")))
    assert shown(verdict(by_mail, "09-18")) == (NOTHING, None, False)


# -- classes of orders ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [OrderClass.DIGITAL, OrderClass.SERVICE, OrderClass.FREE, OrderClass.SUBSCRIPTION])
def test_what_is_not_sent_waits_for_nothing(kind: OrderClass) -> None:
    judged = verdict(order("09-07", order_class=kind), "12-01")
    assert (judged.state, *shown(judged), judged.asks) == ("paid", NOTHING, None, False, None)


def test_but_past_a_promised_date_the_user_is_asked_and_his_no_flags() -> None:
    one = with_promises(BASE, (Expectation.DELIVERY, "09-08", CONFIRMED))
    one = replace(one, order_class=OrderClass.DIGITAL)
    judged = verdict(one, "09-09")
    assert (*shown(judged), judged.asks) == ("delivery", on("09-08"), False, "arrived")
    assert shown(verdict(replace(one, arrived_said=False), "09-09")) == ("delivery", on("09-08"), True)


@pytest.mark.parametrize("kind", [OrderClass.PREORDER, OrderClass.MADE_TO_ORDER])
def test_a_pre_order_has_only_the_date_that_was_stated(kind: OrderClass) -> None:
    one = replace(BASE, order_class=kind)
    judged = verdict(one, "12-01")
    assert (*shown(judged), judged.asks) == ("dispatch", None, False, None)
    assert judged.reason == "wait.dispatch.undated"
    dated = with_promises(one, (Expectation.DISPATCH, "10-30", CONFIRMED))
    assert shown(verdict(dated, "10-30")) == ("dispatch", on("10-30"), False)
    assert shown(verdict(dated, "10-31")) == ("dispatch", on("10-30"), True)
    rules = replace(KOREAN, expect={"dispatch": Span(20, Unit.DAYS)})
    assert verdict(one, "09-08", rules).due_on == on("09-27")


def test_a_pre_order_that_was_sent_is_like_any_other() -> None:
    assert verdict(shipped("09-15", "09-16", order_class=OrderClass.PREORDER), "09-17").due_on == on("09-29")


# -- time, zones, outages ------------------------------------------------------------------------------------------


def test_days_are_those_of_the_user() -> None:
    # 6 September 23:30 in London is Monday 7, 07:30 in Seoul: Tue 1, Wed 2, Thu 3
    moment = datetime(2026, 9, 6, 22, 30, tzinfo=UTC)
    one = order(placed_at=moment)
    assert verdict(one, "09-08").due_on == on("09-10")
    # the flag comes at midnight in Seoul, 15:00 UTC the day before
    assert verdict(one, datetime(2026, 9, 10, 14, 59, tzinfo=UTC)).flagged is False
    assert verdict(one, datetime(2026, 9, 10, 15, 0, tzinfo=UTC)).flagged is True


def test_nothing_is_judged_past_what_was_heard() -> None:
    one = order("09-07", accounts=("a", "b"))
    heard = {"a": at("09-10"), "b": at("09-20"), "c": at("09-01")}
    judged = verdict(one, "09-20", heard=heard)
    assert (judged.judged_at, judged.flagged, judged.reason) == (at("09-10"), False, "hold.gap")
    assert verdict(replace(one, accounts=("b",)), "09-20", heard=heard).flagged is True


def test_accounts_that_are_switched_off_do_not_count() -> None:
    one = order("09-07", accounts=("old", "new"))
    assert verdict(one, "09-20", heard={"new": at("09-20")}).flagged is True
    assert verdict(one, "09-20").judged_at == at("09-20")


def test_an_account_heard_beyond_the_asked_moment_changes_nothing() -> None:
    judged = verdict(order("09-07", accounts=("a",)), "09-10", heard={"a": at("10-10")})
    assert judged.judged_at == at("09-10")


def test_the_year_end_in_korea() -> None:
    # paid Wed 30 December: Thu 31 1, [1 January, 2 3 weekend], Mon 4 2, Tue 5 3
    assert verdict(order("12-30"), "2027-01-02").due_on == on("2027-01-05")


# -- questions -----------------------------------------------------------------------------------------------------


def test_questions_come_in_their_order() -> None:
    one = shipped("09-01", "09-02", payment=None, questions=("which_value:total", "which_order"))
    assert verdict(one, "12-01").asks == "which_order"
    assert verdict(replace(one, questions=("which_value:total",)), "12-01").asks == "which_value"
    assert verdict(replace(one, questions=()), "12-01").asks == "arrived"


def test_an_unknown_payment_is_asked_about_only_when_the_order_is_flagged() -> None:
    one = order("09-07", payment=None)
    assert verdict(one, "09-10").asks is None
    assert verdict(one, "09-11").asks == "payment_method"
    assert verdict(replace(one, payment="kakaopay"), "09-11").asks is None


# -- properties ----------------------------------------------------------------------------------------------------

MOMENT = st.integers(0, 120 * 24).map(lambda hours: at("08-01") + timedelta(hours=hours))
MOMENTS = st.none() | MOMENT
ORDERS = st.builds(
    Order,
    id=st.just("o1"),
    seller=st.just(SHOP),
    number=st.just("1"),
    placed_at=MOMENT,
    events=st.just(()),
    total=st.sampled_from([None, WON, Money(Decimal(0), "KRW"), Money(Decimal(5), "USD")]),
    settlement=st.sampled_from(Settlement),
    paid_at=MOMENTS,
    payment_failed_at=MOMENTS,
    order_class=st.sampled_from(OrderClass),
    parcels_expected=st.none() | st.integers(0, 3),
    shipped_at=MOMENTS,
    delivered_at=MOMENTS,
    arrived_said=st.none() | st.booleans(),
    cancelled_at=MOMENTS,
    returned_at=MOMENTS,
    refund_promised_at=MOMENTS,
    refunded_at=MOMENTS,
    fully_refunded=st.booleans(),
    closed_at=MOMENTS,
    last_human_word=MOMENTS,
    unanswered_letter_at=MOMENTS,
    suspicious=st.booleans(),
    put_off=st.integers(0, 3),
    promises=st.lists(
        st.builds(
            Promise,
            expectation=st.sampled_from(Expectation),
            due=st.dates(date(2026, 7, 1), date(2027, 1, 1)),
            stated_at=MOMENT,
            event_id=st.just("e"),
        ),
        max_size=3,
    ).map(tuple),
)


@given(ORDERS, MOMENT, st.sampled_from([KOREAN, AMERICAN, BRITISH]))
def test_whatever_an_order_looks_like_the_judgement_is_consistent(one: Order, now: datetime, rules: Rules) -> None:
    judged = judge([one], rules, now, {})[0]
    today = now.astimezone(ZoneInfo(rules.timezone)).date()
    assert judged.flagged == any(due.flagged for due in judged.dues)
    assert judged.reason in REASONS
    assert all(due.reason in REASONS for due in judged.dues)
    assert judged.asks is None or judged.asks in QUESTIONS
    assert all(today > due.due_on for due in judged.dues if due.flagged)
    assert len({due.expectation for due in judged.dues}) == len(judged.dues)
    if judged.flagged:
        assert not one.suspicious
        assert judged.due_on == min(due.due_on for due in judged.dues if due.flagged)
    elif judged.dues:
        assert judged.due_on == min(due.due_on for due in judged.dues)
    if judged.state == "closed":
        assert (judged.dues, judged.asks) == ((), None)
    if one.cancelled_at is not None:
        assert not {due.expectation for due in judged.dues} & {Expectation.DISPATCH, Expectation.DELIVERY}


@given(ORDERS, MOMENT, MOMENT)
def test_waiting_longer_never_takes_a_flag_back(one: Order, first: datetime, second: datetime) -> None:
    first, second = sorted((first, second))
    if judge([one], KOREAN, first, {})[0].flagged:
        assert judge([one], KOREAN, second, {})[0].flagged


# -- corners --------------------------------------------------------------------------------------------------------


def test_of_two_answers_the_later_one_counts() -> None:
    first, second = mail("seller_reply", "09-10"), mail("seller_reply", "09-12")
    one = with_promises(BASE, (Expectation.DELIVERY, "09-25", first), (Expectation.DISPATCH, "09-18", second))
    # first he named a day of delivery, then an earlier one of dispatch: both hold
    assert {due.expectation: due.due_on for due in verdict(one, "09-13").dues} == {
        Expectation.DELIVERY: on("09-25"),
        Expectation.DISPATCH: on("09-18"),
    }


def test_of_two_parcels_that_are_out_the_first_sets_the_date() -> None:
    two = (Parcel("T1", "cj", at("09-10"), None), Parcel("T2", "cj", at("09-14"), None))
    # sent Thu 10: Fri 11 1, Mon 14 2, 15 3, 16 4, 17 5, Fri 18 6, Mon 21 7
    assert verdict(shipped("09-09", "09-10", parcels=two), "09-15").due_on == on("09-21")


def test_a_refund_from_before_does_not_meet_what_is_owed_since() -> None:
    one = shipped("09-01", "09-02", delivered_at=at("09-03"), refunded_at=at("09-04"), given_back=SOME)
    one = replace(one, returned_at=at("09-14"))
    assert shown(verdict(one, "09-18")) == ("refund", on("09-17"), True)


def test_a_cancelled_order_that_was_never_paid_may_still_be_flagged_for_a_letter() -> None:
    one = unpaid(cancelled_at=at("09-08"), unanswered_letter_at=at("09-11"))
    assert shown(verdict(one, "09-17")) == ("answer", on("09-16"), True)


def test_a_full_refund_without_a_cancellation_ends_the_goods_too() -> None:
    one = order("09-01", refunded_at=at("09-08"), given_back=WON, fully_refunded=True)
    assert shown(verdict(one, "10-20")) == (NOTHING, None, False)


def test_cash_that_was_paid_at_the_door_is_owed_back_after_a_return() -> None:
    one = shipped("09-01", "09-02", settlement=Settlement.ON_DELIVERY, paid_at=None, payment="cod")
    one = replace(one, delivered_at=at("09-04"), returned_at=at("09-14"))
    assert shown(verdict(one, "09-18")) == ("refund", on("09-17"), True)


def test_a_free_order_counts_as_paid() -> None:
    assert verdict(unpaid(order_class=OrderClass.FREE), "10-20").state == "paid"
