"""The user's own letters: to whom each went, which withdrawal stands, and until when he gave time himself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from monitor.escalate.facts import gather
from monitor.judge import judge
from monitor.knowledge import letters
from monitor.ledger import fold
from monitor.types import Event, Kind, Order, Rules, Seller, Span, Stated
from tests.cast import HANBIT, NOON, SEOUL, add_days, mail_event, reading, said, stated, won

COUPANG = Seller(key="coupang.com", name="쿠팡", domain="coupang.com", known="coupang")
ETSY = Seller(key="etsy.com", name="Etsy", domain="etsy.com", known="etsy")
BOUGHT = mail_event(reading(Kind.ORDER_CONFIRMATION, number="1", total=won(9000)))
RULES = Rules("KR", "Asia/Seoul")


def letter(family: str, days: float, to: str = "help@hanbit.example", until: date | None = None) -> Event:
    made = reading(Kind.OWN_LETTER, own=True, to=[to], days=days)
    day: Stated[date | Span] | None = None if until is None else Stated(until, str(until), "generic")
    return mail_event(replace(made, finding=replace(made.finding, says=stated(family), answer_by=day)))


def order(*events: Event, seller: Seller = HANBIT) -> Order:
    return fold("order", seller, "1", (BOUGHT, *events), zone=SEOUL, add=add_days)


@pytest.mark.parametrize(
    ("to", "whom"),
    [
        ("help@hanbit.example", "seller"),
        ("help@etsy.com", "marketplace"),
        ("service@paypal.com", "provider"),
        ("help@shinhancard.com", "card_issuer"),
    ],
)
def test_a_letter_counts_for_whom_it_went_to(to: str, whom: str) -> None:
    told = order(letter(letters.WITHDRAWAL, 5, to))
    assert [found[1] for found in told.letters_elsewhere] == ([] if whom == "seller" else [whom])
    assert len(told.letters) == (whom == "seller")
    assert (told.unanswered_letter_at is None) == (told.withdrawal is None) == (whom != "seller")


def test_a_marketplace_that_sells_itself_is_the_seller_unless_its_mails_name_one() -> None:
    wrote = letter(letters.QUESTION, 5, "help@coupang.com")
    assert order(wrote, seller=COUPANG).unanswered_letter_at is not None
    assert order(letter(letters.QUESTION, 5, "support@etsy.com"), seller=ETSY).unanswered_letter_at is None
    bought = reading(Kind.ORDER_CONFIRMATION, number="1", seller=COUPANG)
    named = mail_event(replace(bought, finding=replace(bought.finding, sold_by=stated("바른상사"))))
    assert order(named, wrote, seller=COUPANG).letters_elsewhere == ((wrote, "marketplace"),)


@pytest.mark.parametrize(
    ("to", "shop", "his"),
    [
        ("brighthome-x7@marketplace.amazon.com", "amazon", True),
        ("bob77@members.ebay.com", "ebay", True),
        ("support@members.ebay.com", "ebay", False),
        ("help@ebay.com", "ebay", False),
    ],
)
def test_an_address_by_which_a_marketplace_passes_letters_on_is_the_sellers(to: str, shop: str, his: bool) -> None:
    seller = Seller(key=f"{shop}.com", name=shop, domain=f"{shop}.com", known=shop)
    bought = reading(Kind.ORDER_CONFIRMATION, number="1", seller=seller)
    named = mail_event(replace(bought, finding=replace(bought.finding, sold_by=stated("Bright Home"))))
    assert (order(named, letter(letters.QUESTION, 5, to), seller=seller).unanswered_letter_at is not None) == his


def test_a_withdrawal_that_went_to_the_marketplace_alone_is_asked_about() -> None:
    assert order(letter(letters.WITHDRAWAL, 5, "help@etsy.com"), seller=ETSY).questions == ("withdrawn_elsewhere",)
    both = (letter(letters.WITHDRAWAL, 5, "help@etsy.com"), letter(letters.WITHDRAWAL, 6))
    assert order(*both, seller=ETSY).questions == ()


def test_a_withdrawal_stands_until_it_is_taken_back_and_a_new_one_stands_again() -> None:
    first, back = letter(letters.WITHDRAWAL, 5), letter(letters.TAKEN_BACK, 6)
    again = letter(letters.REFUND_DEMAND, 7)
    assert order(first).withdrawal == first
    assert order(first, back).withdrawal is None
    assert order(first, back, again).withdrawal == again
    assert order(first, letter(letters.THANKS, 6)).withdrawal == first


@pytest.mark.parametrize("family", [letters.WAVERS, letters.DEMAND])
def test_where_only_he_can_say_whether_it_stands_he_is_asked(family: str) -> None:
    told = order(letter(letters.WITHDRAWAL, 5), letter(family, 6))
    assert told.withdrawal is None and "still_withdrawn" in told.questions
    (judged,) = judge([told], RULES, NOON + timedelta(days=8), {})
    assert judged.asks == "which_value"
    again = said("contact", days=9, rung="kr-ecom-17-1-withdraw")
    assert order(letter(letters.WITHDRAWAL, 5), letter(family, 6), again).questions == ()
    assert order(letter(family, 6)).questions == ()


def test_a_letter_that_may_cancel_is_asked_about_until_he_says_what_it_was() -> None:
    perhaps = letter(letters.PERHAPS, 5)
    told = order(perhaps)
    assert told.withdrawal is None and told.questions == ("perhaps_withdrawn",)
    (judged,) = judge([told], RULES, NOON + timedelta(days=8), {})
    assert judged.asks == "which_value"
    assert order(perhaps, said("contact", days=9, rung="kr-ecom-17-1-withdraw")).questions == ()
    assert order(perhaps, letter(letters.WITHDRAWAL, 6)).questions == ()


def test_a_call_by_which_he_withdraws_counts_from_the_day_that_he_names() -> None:
    # Mon 2 March is a day off (for 1 March); paid then: Tue 3, Wed 4, Thu 5. Withdrawn Mon 9: Tue 10, Wed 11, Thu 12.
    told = order(said("contact", days=9, rung="kr-ecom-17-1-withdraw", day="2026-03-09"))
    (judged,) = judge([told], RULES, NOON + timedelta(days=9), {})
    assert (judged.waits_for, judged.due_on) == ("refund", date(2026, 3, 12))
    assert [due.expectation for due in judged.given_up] == ["dispatch"]


def test_his_own_later_day_holds_for_the_answer_and_for_the_money() -> None:
    asked = order(letter(letters.QUESTION, 1, until=date(2026, 3, 20)))
    (judged,) = judge([asked], RULES, NOON + timedelta(days=1), {})
    assert [due.due_on for due in judged.dues if due.expectation == "answer"] == [date(2026, 3, 20)]
    withdrawn = order(letter(letters.WITHDRAWAL, 7, until=date(2026, 3, 20)))
    (judged,) = judge([withdrawn], RULES, NOON + timedelta(days=8), {})
    assert [(due.expectation, due.due_on) for due in judged.dues] == [("refund", date(2026, 3, 20))]


def test_elsewhere_a_withdrawal_wants_a_seller_who_is_late() -> None:
    american = Rules("US", "Asia/Seoul")
    early, late = order(letter(letters.WITHDRAWAL, 5)), order(letter(letters.WITHDRAWAL, 40))
    for told, waits in ((early, "answer"), (late, "refund")):
        (judged,) = judge([told], american, NOON + timedelta(days=41), {})
        assert waits in [due.expectation for due in judged.dues]
        assert ("refund" in [due.expectation for due in judged.dues]) == (waits == "refund")


def test_who_was_put_off_by_the_seller_may_give_the_order_up_anywhere() -> None:
    told = order(mail_event(reading(Kind.DELAYED, days=4)), letter(letters.REFUND_DEMAND, 5))
    (judged,) = judge([told], Rules("US", "Asia/Seoul"), NOON + timedelta(days=6), {})
    # Sat 7 March with a seller abroad (the sum is in won): + 14 = 21 March.
    assert [(due.expectation, due.due_on) for due in judged.dues] == [("refund", date(2026, 3, 21))]


def test_goods_that_came_and_a_cancellation_of_the_sellers_leave_the_withdrawal_to_them() -> None:
    for event in (
        mail_event(reading(Kind.DELIVERED, days=2)),
        mail_event(reading(Kind.REFUND, days=8, total=won(9000))),
    ):
        (judged,) = judge([order(event, letter(letters.WITHDRAWAL, 5))], RULES, NOON + timedelta(days=20), {})
        assert "refund" not in [due.expectation for due in judged.dues] and judged.given_up == ()


def test_a_cancellation_that_says_when_the_money_comes_back_is_the_written_promise_of_it() -> None:
    plain = reading(Kind.CANCELLATION, days=3, total=won(9000))
    promised = reading(Kind.CANCELLATION, days=3, total=won(9000), refund_by=date(2026, 3, 12))
    found = [gather(order(mail_event(one)), "Asia/Seoul", None, due_on=None) for one in (plain, promised)]
    assert "credit_document_date" not in found[0]
    assert found[1]["credit_document_date"] == date(2026, 3, 5)
