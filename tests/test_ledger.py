from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from monitor.ledger import fold, parse_amount
from monitor.types import Authentication, Contact, Event, Expectation, Kind, Money, Order, Settlement, Span, Unit
from tests.cast import HANBIT, ME, NOON, SEOUL, add_days, mail_event, reading, said, won


def order(*events: Event) -> Order:
    return fold("order", HANBIT, None, events, zone=SEOUL, add=add_days)


def mail(kind: Kind, **facts: object) -> Event:
    return mail_event(reading(kind, **facts))  # type: ignore[arg-type]  # facts are reading's own keywords


def test_an_order_counts_as_paid_when_it_is_placed() -> None:
    told = order(mail(Kind.ORDER_CONFIRMATION, number="1", total=won(9000)))
    assert (told.settlement, told.paid, told.paid_at) == (Settlement.RECEIVED, won(9000), NOON)


@pytest.mark.parametrize("payment", ["bank_transfer", "virtual_account"])
def test_a_method_that_pays_later_awaits_the_money(payment: str) -> None:
    told = order(mail(Kind.ORDER_CONFIRMATION, total=won(9000), payment=payment))
    assert (told.settlement, told.paid, told.paid_at) == (Settlement.AWAITED, None, None)


def test_a_receipt_or_the_users_word_settles_what_was_awaited() -> None:
    asked = mail(Kind.ORDER_CONFIRMATION, total=won(9000), settlement=Settlement.AWAITED)
    by_mail = order(asked, mail(Kind.PAYMENT_RECEIPT, total=won(9000), days=1))
    by_word = order(asked, said("paid", days=2))
    assert by_mail.paid_at == NOON + timedelta(days=1)
    assert by_word.paid_at == NOON + timedelta(days=2)
    assert by_word.paid == won(9000)


def test_cash_on_delivery_is_not_paid() -> None:
    told = order(mail(Kind.ORDER_CONFIRMATION, total=won(9000), payment="cod"))
    assert (told.settlement, told.paid) == (Settlement.ON_DELIVERY, None)


def test_a_failed_payment_stands_only_until_one_worked() -> None:
    failed = mail(Kind.PAYMENT_FAILED, total=won(9000))
    assert order(failed).payment_failed_at == NOON
    assert order(failed, mail(Kind.ORDER_CONFIRMATION, total=won(9000), days=1)).payment_failed_at is None


def test_two_parcels_are_delivered_only_when_both_are() -> None:
    events = [
        mail(Kind.ORDER_CONFIRMATION, total=won(9000)),
        mail(Kind.SHIPPED, tracking=["A1"], days=1),
        mail(Kind.SHIPPED, tracking=["B2"], days=1.5),
        mail(Kind.DELIVERED, tracking=["A1"], days=2),
    ]
    assert order(*events).delivered_at is None
    assert order(*events, mail(Kind.DELIVERED, tracking=["B2"], days=4)).delivered_at == NOON + timedelta(days=4)


def test_a_delivery_notice_without_number_is_about_one_parcel() -> None:
    events = [mail(Kind.SHIPPED, tracking=["A1", "B2"]), mail(Kind.DELIVERED, days=2)]
    assert order(*events).delivered_at is None
    assert order(*events, mail(Kind.DELIVERED, days=3)).delivered_at is not None


def test_the_number_of_a_parcel_may_come_after_its_notice() -> None:
    told = order(mail(Kind.SHIPPED), mail(Kind.SHIPPED, tracking=["A1"], days=1), mail(Kind.DELIVERED, days=2))
    assert [parcel.tracking_number for parcel in told.parcels] == ["A1"]
    assert told.delivered_at is not None


def test_parcels_that_were_announced_but_never_sent_keep_the_order_open() -> None:
    told = order(mail(Kind.SHIPPED, tracking=["A1"], parcels=2), mail(Kind.DELIVERED, tracking=["A1"], days=1))
    assert (told.all_shipped, told.delivered_at) == (False, None)


def test_refunds_add_up_and_the_same_refund_reported_twice_counts_once() -> None:
    events = [
        mail(Kind.ORDER_CONFIRMATION, total=won(9000)),
        mail(Kind.REFUND, total=won(4000), partial=True, days=3),
        mail(Kind.REFUND, total=won(4000), service="card", days=4),
    ]
    told = order(*events)
    assert (told.given_back, told.fully_refunded) == (won(4000), False)
    whole = order(*events, mail(Kind.REFUND, total=won(5000), days=20))
    assert (whole.given_back, whole.fully_refunded) == (won(9000), True)


def test_a_cancellation_that_names_the_day_of_the_refund_promises_its_sum() -> None:
    placed = mail(Kind.ORDER_CONFIRMATION, total=won(9000))
    plain = order(placed, mail(Kind.CANCELLATION, total=won(9000), days=1))
    dated = order(placed, mail(Kind.CANCELLATION, total=won(9000), refund_by=date(2026, 3, 10), days=1))
    assert (plain.promised_back, dated.promised_back) == (None, won(9000))


def test_a_refund_without_amount_is_not_taken_for_all_of_it_until_the_user_says_how_much_it_was() -> None:
    paid = mail(Kind.ORDER_CONFIRMATION, total=won(9000))
    unnamed = mail(Kind.REFUND, days=1)
    for part, question in (({}, "refund_sum"), ({"partial": True}, "refund_sum:part")):
        told = order(paid, mail(Kind.REFUND, days=1, **part))
        assert (told.given_back, told.fully_refunded, told.questions) == (None, False, (question,))
    known = order(paid, unnamed, said("refunded", days=2, value="8000"))
    assert (known.given_back, known.fully_refunded, known.questions) == (won(8000), False, ())
    assert known.refunded_at == unnamed.at  # on the day of the mail, not on that of his word
    whole = order(paid, unnamed, said("refunded", days=2))
    assert (whole.given_back, whole.fully_refunded, whole.questions) == (won(9000), True, ())


def test_a_refund_in_full_without_a_sum_is_all_that_was_still_to_come_back() -> None:
    paid, whole = mail(Kind.ORDER_CONFIRMATION, total=won(9000)), mail(Kind.REFUND, partial=False, days=3)
    told = order(paid, whole)
    assert (told.given_back, told.fully_refunded, told.questions) == (won(9000), True, ())
    told = order(paid, mail(Kind.REFUND, total=won(2000), days=1), whole)
    assert (told.given_back, told.fully_refunded) == (won(9000), True)


def test_the_sum_of_a_refund_is_that_of_the_one_of_two_notices_that_names_it() -> None:
    paid = mail(Kind.ORDER_CONFIRMATION, total=won(9000))
    told = order(paid, mail(Kind.REFUND, days=1), mail(Kind.REFUND, total=won(8000), service="card", days=2))
    assert (told.given_back, told.fully_refunded, told.questions) == (won(8000), False, ())


def test_the_day_on_which_a_refund_arrives_is_no_promise_of_the_rest() -> None:
    paid = mail(Kind.ORDER_CONFIRMATION, total=won(9000))
    told = order(paid, mail(Kind.REFUND, total=won(8000), refund_by=date(2026, 3, 6), days=1))
    assert told.promises == ()


def test_the_users_word_that_money_came_back_counts() -> None:
    told = order(mail(Kind.ORDER_CONFIRMATION, total=won(9000)), said("refunded", days=2, value="3000"))
    assert (told.given_back, told.fully_refunded) == (won(3000), False)


def test_machines_have_no_human_word_and_people_do() -> None:
    events = [mail(Kind.ORDER_CONFIRMATION), mail(Kind.SHIPPED, days=1), mail(Kind.AUTO_REPLY, days=2)]
    assert order(*events).last_human_word is None
    assert order(*events, mail(Kind.SELLER_REPLY, days=3)).last_human_word == NOON + timedelta(days=3)


def test_a_letter_is_unanswered_until_the_seller_writes_and_not_by_a_robot() -> None:
    letter = mail(Kind.OWN_LETTER, own=True, to=["help@hanbit.example"], message_id="q@me", days=2)
    robot = mail(Kind.AUTO_REPLY, references=["q@me"], days=2.1)
    told = order(mail(Kind.ORDER_CONFIRMATION), letter, robot)
    assert told.unanswered_letter_at == NOON + timedelta(days=2)
    answered = order(mail(Kind.ORDER_CONFIRMATION), letter, robot, mail(Kind.SELLER_REPLY, days=3))
    assert answered.unanswered_letter_at is None


def test_a_letter_that_came_back_waits_for_no_answer() -> None:
    letter = mail(Kind.OWN_LETTER, own=True, to=["help@hanbit.example"], message_id="q@me", days=2)
    told = order(mail(Kind.ORDER_CONFIRMATION), letter, mail(Kind.BOUNCE, links_to=["q@me"], days=2.1))
    assert (told.bounced, told.unanswered_letter_at) == (True, None)


def test_a_span_is_counted_from_the_mail_that_states_it() -> None:
    told = order(mail(Kind.ORDER_CONFIRMATION, promised_by=Span(3, Unit.DAYS)))
    assert [(p.expectation, p.due) for p in told.promises] == [(Expectation.DELIVERY, date(2026, 3, 5))]


def test_putting_an_order_off_is_counted() -> None:
    told = order(
        mail(Kind.ORDER_CONFIRMATION, promised_by=date(2026, 3, 5)),
        mail(Kind.DELAYED, promised_by=date(2026, 3, 9), days=3),
        mail(Kind.SELLER_REPLY, promised_by=date(2026, 3, 16), days=7),
    )
    assert told.put_off == 2


def test_the_day_of_the_order_is_the_one_that_its_mail_states() -> None:
    told = order(mail(Kind.ORDER_CONFIRMATION, placed_at=date(2026, 2, 27)))
    assert told.placed_at.astimezone(SEOUL).date() == date(2026, 2, 27)


def test_a_date_far_back_is_not_the_day_of_the_order() -> None:
    assert order(mail(Kind.ORDER_CONFIRMATION, placed_at=date(2019, 1, 1))).placed_at == NOON


def test_a_forged_mail_gives_no_address_and_makes_the_order_suspicious() -> None:
    contact = Contact("email", "pay@evil.example", "")
    told = order(mail(Kind.ORDER_CONFIRMATION, contacts=[contact], authentication=Authentication.FAIL))
    assert (told.suspicious, told.contacts, told.senders) == (True, (), ())


def test_what_the_user_corrects_stands() -> None:
    told = order(
        mail(Kind.ORDER_CONFIRMATION, total=won(9000), number="1"),
        said("set", days=1, field="total", value="8000"),
    )
    assert told.total == won(8000)


def test_the_users_no_is_taken_back_by_his_yes() -> None:
    shipped = mail(Kind.SHIPPED)
    assert order(shipped, said("not_arrived", days=5)).arrived_said is False
    assert order(shipped, said("not_arrived", days=5), said("arrived", days=6)).delivered_at is not None


def test_accounts_that_saw_the_mails_or_sent_the_letters_are_named() -> None:
    told = order(
        mail(Kind.ORDER_CONFIRMATION, account="home"), mail(Kind.OWN_LETTER, own=True, account="work", to=[ME], days=1)
    )
    assert told.accounts == ("home", "work")


@pytest.mark.parametrize(
    ("text", "currency", "money"),
    [
        ("12000", "KRW", won(12000)),
        ("12,000", "KRW", won(12000)),
        ("12.50 EUR", None, Money(Decimal("12.50"), "EUR")),
        ("eur 12.50", "KRW", Money(Decimal("12.50"), "EUR")),
        ("twelve", "KRW", None),
        ("-5", "KRW", None),
        ("12", None, None),
        ("NaN", "KRW", None),
    ],
)
def test_amounts_that_the_user_types(text: str, currency: str | None, money: Money | None) -> None:
    assert parse_amount(text, currency) == money
