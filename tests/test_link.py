from __future__ import annotations

import random
import sys
from dataclasses import replace
from datetime import date
from types import FrameType
from typing import Any

import pytest

from monitor.link import Group, Linked, Wishes, fold_name, link, order_id
from monitor.types import Authentication, Kind, Reading, Seller, Stated
from tests.cast import HANBIT, ME, NORTH, reading, won

OWN = frozenset({ME})


def groups(*readings: Reading) -> list[Group]:
    return list(link(readings, OWN).groups)


def kinds(group: Group) -> list[Kind]:
    return [member.kind for member in group.members]


def test_mails_with_one_number_from_one_seller_are_one_order() -> None:
    (group,) = groups(
        reading(Kind.ORDER_CONFIRMATION, number="2026-1", total=won(9000)),
        reading(Kind.SHIPPED, number="20261", days=2),
    )
    assert kinds(group) == [Kind.ORDER_CONFIRMATION, Kind.SHIPPED]
    assert group.number == "2026-1"


def _of_card(days: float, case: str = "", **values: Any) -> Reading:
    """A card company's mail about a dispute: it names no seller."""
    told = reading(Kind.DISPUTE_UPDATE, seller=None, sender="noreply@card.example", days=days, **values)
    number = Stated(case, case, "test") if case else None
    return replace(told, finding=replace(told.finding, case_number=number))


def test_a_card_companys_mail_about_a_dispute_finds_its_order_by_its_number_its_case_or_its_sum() -> None:
    one = reading(Kind.ORDER_CONFIRMATION, number="HB-10001", total=won(9000))
    other = reading(Kind.ORDER_CONFIRMATION, number="NG-20002", total=won(7000), seller=NORTH)
    by_number = _of_card(5, case="2026-77123", mentions=["HB-10001"])
    by_case = _of_card(9, case="202677123")
    by_sum = _of_card(9, total=won(7000))
    first, second = groups(one, other, by_number, by_case, by_sum)
    assert [member.reading.identity for member in first.members[1:]] == [by_number.identity, by_case.identity]
    assert [member.reading.identity for member in second.members[1:]] == [by_sum.identity]
    told = Wishes(case_numbers={"kb55512": one.identity})
    given = _of_card(9, case="KB-55512")
    assert link([one, other, given], OWN, wishes=told).groups[0].members[1].reading == given


def test_a_dispute_over_a_sum_that_two_orders_have_is_asked_about() -> None:
    one = reading(Kind.ORDER_CONFIRMATION, number="HB-10001", total=won(9000))
    other = reading(Kind.ORDER_CONFIRMATION, number="NG-20002", total=won(9000), seller=NORTH)
    news = _of_card(5, total=won(9000))
    linked = link([one, other, news], OWN)
    assert {question for group in linked.groups for question in group.questions} == {f"which_order:{news.identity}"}
    assert all(len(group.members) == 1 for group in linked.groups)


def test_equal_numbers_at_two_shops_stay_apart() -> None:
    found = groups(
        reading(Kind.ORDER_CONFIRMATION, number="1001", seller=HANBIT),
        reading(Kind.ORDER_CONFIRMATION, number="1001", seller=NORTH),
        reading(Kind.SHIPPED, number="1001", seller=NORTH, days=1),
    )
    assert sorted((g.seller.key, len(g.members)) for g in found) == [("hanbit.example", 1), ("north.example", 2)]


def test_a_receipt_of_a_payment_service_joins_the_order_of_the_same_amount() -> None:
    unnamed = reading(
        Kind.PAYMENT_RECEIPT, total=won(45000), seller=None, service="pg", sender="receipt@pg.example", days=0.01
    )
    (group,) = groups(reading(Kind.ORDER_CONFIRMATION, number="7", total=won(45000)), unnamed)
    assert kinds(group) == [Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT]
    assert group.seller == HANBIT


def test_the_receipt_may_come_before_the_confirmation() -> None:
    shop = Seller(key="한빛상회", name="한빛상회")
    receipt = reading(Kind.PAYMENT_RECEIPT, total=won(45000), seller=shop, service="pg", sender="r@pg.example")
    (group,) = groups(receipt, reading(Kind.ORDER_CONFIRMATION, number="7", total=won(45000), days=0.01))
    assert group.number == "7"
    assert group.seller.domain == "hanbit.example"


def test_number_and_sum_together_join_a_receipt_signed_by_a_service() -> None:
    service = Seller(key="pg.example", name="Naru Payments", domain="pg.example")
    confirmed = reading(Kind.ORDER_CONFIRMATION, number="HB-1", total=won(45000))
    (group,) = groups(
        confirmed, reading(Kind.PAYMENT_RECEIPT, number="HB-1", total=won(45000), seller=service, days=0.01)
    )
    assert len(group.members) == 2
    assert group.seller == HANBIT
    assert len(groups(confirmed, reading(Kind.PAYMENT_RECEIPT, number="HB-1", total=won(9), seller=service))) == 2


@pytest.mark.parametrize("receipt_first", [True, False])
def test_the_number_of_a_payment_service_is_not_the_orders(receipt_first: bool) -> None:
    service = reading(
        Kind.PAYMENT_RECEIPT,
        number="8FH22019",
        total=won(45000),
        sender="service@pay.example",
        days=0 if receipt_first else 1,
    )
    shop = reading(Kind.ORDER_CONFIRMATION, number="NL-40418", total=won(45000), days=0.5)
    (group,) = groups(service, shop, reading(Kind.SHIPPED, number="NL-40418", days=2))
    assert (group.number, len(group.members)) == ("NL-40418", 3)


def test_an_invoice_number_is_no_other_order() -> None:
    invoice = replace(
        reading(Kind.REFUND, number="INV-7", days=3),
        finding=replace(reading(Kind.REFUND, number="INV-7").finding, stands_in=True),
    )
    (group,) = groups(reading(Kind.ORDER_CONFIRMATION, number="1"), invoice)
    assert (group.number, kinds(group)[-1]) == ("1", Kind.REFUND)


def test_two_orders_of_one_sum_at_one_shop_stay_two() -> None:
    orders = [reading(Kind.ORDER_CONFIRMATION, number=n, total=won(45000), days=d) for n, d in (("1", 0), ("2", 1))]
    receipts = [reading(Kind.PAYMENT_RECEIPT, number=n, total=won(45000), days=d) for n, d in (("1", 0.1), ("2", 1.1))]
    assert sorted(len(g.members) for g in groups(*orders, *receipts)) == [2, 2]


def test_two_receipts_of_one_sum_are_two_purchases() -> None:
    assert len(groups(*(reading(Kind.PAYMENT_RECEIPT, total=won(9900), days=d) for d in (0, 30)))) == 2


def test_a_failed_payment_and_the_order_that_worked_are_one_story() -> None:
    (group,) = groups(
        reading(Kind.PAYMENT_FAILED, total=won(31000)),
        reading(Kind.ORDER_CONFIRMATION, number="88", total=won(31000), days=0.1),
    )
    assert kinds(group) == [Kind.PAYMENT_FAILED, Kind.ORDER_CONFIRMATION]


def test_a_parcel_is_found_by_its_tracking_number() -> None:
    carrier = reading(
        Kind.DELIVERED, seller=None, service="cj", sender="no-reply@carrier.example", tracking=["6543-2109"], days=3
    )
    (group,) = groups(
        reading(Kind.ORDER_CONFIRMATION, number="9"),
        reading(Kind.SHIPPED, number="9", tracking=["65432109"], days=1),
        carrier,
    )
    assert kinds(group)[-1] is Kind.DELIVERED


def test_a_carriers_notice_that_came_first_waits_for_the_shops_mail() -> None:
    early = reading(Kind.SHIPPED, seller=None, service="cj", sender="no-reply@carrier.example", tracking=["65432109"])
    (group,) = groups(early, reading(Kind.SHIPPED, number="9", tracking=["65432109"], days=1))
    assert len(group.members) == 2


def test_a_notice_without_number_belongs_to_the_sellers_only_order() -> None:
    (group,) = groups(reading(Kind.ORDER_CONFIRMATION, number="1"), reading(Kind.SHIPPED, days=2))
    assert kinds(group) == [Kind.ORDER_CONFIRMATION, Kind.SHIPPED]


def test_a_refund_by_a_payment_service_joins_the_order_of_the_seller_it_names() -> None:
    shop = Seller(key="한빛상회", name="(주)한빛상회")
    other = Seller(key="다른상회", name="다른상회")
    ordered = reading(Kind.ORDER_CONFIRMATION, number="HB-1", total=won(45000))
    back = reading(Kind.REFUND, seller=shop, service="pg", sender="r@pg.example", total=won(45000), days=7)
    (group,) = groups(ordered, back)
    assert kinds(group) == [Kind.ORDER_CONFIRMATION, Kind.REFUND]
    stranger = reading(Kind.REFUND, seller=other, service="pg", sender="r@pg.example", total=won(45000), days=7)
    assert [kinds(g) for g in groups(ordered, stranger)] == [[Kind.ORDER_CONFIRMATION], [Kind.REFUND]]


def test_a_notice_that_fits_two_orders_is_a_question_not_a_choice() -> None:
    linked = link(
        [
            reading(Kind.ORDER_CONFIRMATION, number="1"),
            reading(Kind.ORDER_CONFIRMATION, number="2", days=1),
            reading(Kind.REFUND_PROMISED, days=4),
        ],
        OWN,
    )
    assert [kinds(g) for g in linked.groups[:2]] == [[Kind.ORDER_CONFIRMATION]] * 2
    asked = (f"which_order:{linked.groups[2].members[0].reading.identity}",)
    assert [group.questions for group in linked.groups] == [(), asked, asked]


def test_a_letter_of_the_user_is_linked_by_the_order_that_it_names() -> None:
    letter = reading(Kind.OTHER, own=True, to=["help@hanbit.example"], mentions=["2"], days=5)
    linked = link(
        [reading(Kind.ORDER_CONFIRMATION, number="1"), reading(Kind.ORDER_CONFIRMATION, number="2", days=1), letter],
        OWN,
    )
    assert kinds(linked.groups[1]) == [Kind.ORDER_CONFIRMATION, Kind.OWN_LETTER]


def test_a_letter_about_two_orders_asks_at_both_which_it_belongs_to() -> None:
    letter = reading(Kind.OTHER, own=True, to=["help@hanbit.example"], mentions=["1", "2"], days=5)
    linked = link(
        [reading(Kind.ORDER_CONFIRMATION, number="1"), reading(Kind.ORDER_CONFIRMATION, number="2", days=1), letter],
        OWN,
    )
    assert all(group.questions == (f"which_order:{letter.identity}",) for group in linked.groups[:2])


def test_a_letter_that_names_no_order_asks_at_each_that_it_may_be_about() -> None:
    letter = reading(Kind.OTHER, own=True, to=["help@hanbit.example"], days=5)
    linked = link(
        [reading(Kind.ORDER_CONFIRMATION, number="1"), reading(Kind.ORDER_CONFIRMATION, number="2", days=1), letter],
        OWN,
    )
    assert [group.questions for group in linked.groups] == [(f"which_order:{letter.identity}",)] * 2
    assert all(kinds(group) == [Kind.ORDER_CONFIRMATION] for group in linked.groups)


def test_a_letter_to_a_stranger_is_nobodys_story() -> None:
    linked = link(
        [
            reading(Kind.ORDER_CONFIRMATION, number="1"),
            reading(Kind.OTHER, own=True, to=["friend@mail.example"], days=1),
        ],
        OWN,
    )
    assert len(linked.unlinked) == 1


def test_an_answer_in_the_thread_is_an_answer_whatever_its_words() -> None:
    letter = reading(Kind.OTHER, own=True, to=["help@hanbit.example"], message_id="q@me", days=2)
    answer = reading(Kind.OTHER, seller=None, sender="kim@helpdesk.example", references=["q@me"], days=3)
    robot = reading(Kind.OTHER, seller=None, sender="kim@helpdesk.example", references=["q@me"], days=2.1, auto=True)
    (group,) = groups(reading(Kind.ORDER_CONFIRMATION, number="1"), letter, answer, robot)
    assert kinds(group) == [Kind.ORDER_CONFIRMATION, Kind.OWN_LETTER, Kind.AUTO_REPLY, Kind.SELLER_REPLY]


def test_an_answer_at_once_is_a_machines_unless_it_names_a_day() -> None:
    ordered = reading(Kind.ORDER_CONFIRMATION, number="7", message_id="o")
    letter = reading(Kind.OWN_LETTER, own=True, to=["shop@hanbit.example"], message_id="l", days=5)
    minute = 1 / 1440

    def answer(kind: Kind, after: float, day: date | None = None) -> Kind:
        answered = reading(kind, references=["l"], days=5 + after, promised_by=day)
        (group,) = groups(ordered, letter, answered)
        return kinds(group)[-1]

    for kind in (Kind.OTHER, Kind.SELLER_REPLY):
        assert answer(kind, minute) is Kind.AUTO_REPLY
        assert answer(kind, 30 * minute) is Kind.SELLER_REPLY
        assert answer(kind, minute, date(2026, 4, 1)) is Kind.SELLER_REPLY


def test_a_second_confirmation_without_goods_or_sum_answers_the_letter_before_it() -> None:
    ordered = reading(Kind.ORDER_CONFIRMATION, number="1001", total=won(9000))
    letter = reading(Kind.OWN_LETTER, own=True, to=["shop@hanbit.example"], days=5)
    bare = reading(Kind.ORDER_CONFIRMATION, number="1001", sender="jun@hanbit.example", days=6)
    assert kinds(groups(ordered, letter, bare)[0])[-1] is Kind.SELLER_REPLY
    assert kinds(groups(ordered, bare)[0])[-1] is Kind.ORDER_CONFIRMATION
    full = reading(Kind.ORDER_CONFIRMATION, number="1001", total=won(9000), days=6)
    assert kinds(groups(ordered, letter, full)[0])[-1] is Kind.ORDER_CONFIRMATION


def test_a_bounce_belongs_to_the_letter_that_came_back() -> None:
    letter = reading(Kind.OTHER, own=True, to=["help@hanbit.example"], message_id="q@me", days=2)
    bounce = reading(Kind.BOUNCE, seller=None, sender="mailer-daemon@mx.example", links_to=["q@me"], days=2.1)
    (group,) = groups(reading(Kind.ORDER_CONFIRMATION, number="1"), letter, bounce)
    assert kinds(group)[-1] is Kind.BOUNCE


def test_a_forged_mail_never_joins_a_real_order() -> None:
    forged = reading(Kind.REFUND, number="1", authentication=Authentication.FAIL, days=1)
    found = groups(reading(Kind.ORDER_CONFIRMATION, number="1", authentication=Authentication.PASS), forged)
    assert [kinds(g) for g in found] == [[Kind.ORDER_CONFIRMATION], [Kind.REFUND]]


def test_what_the_program_sent_itself_is_nobodys_story() -> None:
    assert groups(reading(Kind.ORDER_CONFIRMATION, number="1", program=True)) == []


def test_orders_that_the_user_calls_one_become_one() -> None:
    first, second = reading(Kind.ORDER_CONFIRMATION, number="1"), reading(Kind.SHIPPED, number="77", days=3)
    (group,) = link([first, second], OWN, [(first.identity, second.identity)]).groups
    assert group.id == order_id(first.identity)
    assert len(group.members) == 2


@pytest.mark.parametrize("seed", range(5))
def test_the_result_does_not_depend_on_the_order_of_arrival(seed: int) -> None:
    mails = [
        reading(Kind.ORDER_CONFIRMATION, number="1", total=won(1000)),
        reading(Kind.PAYMENT_RECEIPT, total=won(1000), seller=None, service="pg", days=0.1),
        reading(Kind.SHIPPED, number="1", tracking=["123456789012"], days=1),
        reading(Kind.DELIVERED, seller=None, service="cj", tracking=["123456789012"], days=2),
        reading(Kind.ORDER_CONFIRMATION, number="2", total=won(5000), days=2),
        reading(Kind.OTHER, own=True, to=["help@hanbit.example"], mentions=["2"], days=6, message_id="q@me"),
        reading(Kind.OTHER, seller=None, references=["q@me"], days=7),
        reading(Kind.ORDER_CONFIRMATION, number="1", seller=NORTH, days=3),
    ]
    expected = link(mails, OWN)
    random.Random(seed).shuffle(mails)
    assert link(mails, OWN) == expected


def test_names_are_compared_without_legal_form_and_case() -> None:
    assert fold_name("주식회사 한빛상회") == fold_name("(주)한빛상회") == fold_name("한빛 상회")
    assert fold_name("North Store GmbH") == fold_name("north store")


def test_no_mails_give_no_orders() -> None:
    assert link([], OWN) == Linked((), ())


def _steps(count: int) -> int:
    """How many functions linking calls for this many orders with one seller, a day apart, two mails each."""
    mails = [
        reading(kind, number=f"2026-{day:05}", total=won(1000 + day), days=day + part)
        for day in range(count)
        for part, kind in ((0, Kind.ORDER_CONFIRMATION), (0.5, Kind.SHIPPED))
    ]
    calls = 0

    def count_calls(frame: FrameType, event: str, what: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count_calls)
    try:
        found = link(mails, OWN)
    finally:
        sys.setprofile(None)
    assert len(found.groups) == count
    return calls


def test_twice_as_many_orders_with_one_seller_take_twice_the_steps() -> None:
    few, many = _steps(200), _steps(400)
    assert many < 2.2 * few
