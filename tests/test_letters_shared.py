"""One letter about several orders: what it says of which, in every language, and what cannot be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from monitor.knowledge import letters
from monitor.knowledge.letters import QUESTION, THANKS, WAVERS, WITHDRAWAL
from monitor.knowledge.letters_shared import fold, named, share
from monitor.link import link
from monitor.types import Address, Kind, Reading
from tests.cast import reading, stated

UNCLEAR = None
KO = ("N2611020051", "N2611030052")
EN = ("PO-380138", "PO-380139")
DE = ("WL-310131", "WL-310132")
FR = ("BL310141", "BL310142")
ES = ("480151", "480152")
JA = ("JP310151", "JP310152")
ZH = ("QS310161", "QS310162")


def said(subject: str, body: str, numbers: tuple[str, ...]) -> tuple[str | None, ...]:
    parts = letters.passages(body)
    folded = [fold(number) for number in numbers]
    found = share(subject, parts, named(subject, parts, folded), written=date(2026, 11, 9))
    return tuple(letter.family if (letter := found.get(number)) else UNCLEAR for number in folded)


@pytest.mark.parametrize(
    ("numbers", "subject", "body", "families"),
    [
        # each sentence counts for the order that it names
        (
            KO,
            "",
            "주문번호 N2611020051 은 취소하고 환불해 주세요.\n주문번호 N2611030052 는 언제 오는지 알려 주세요.",
            (WITHDRAWAL, QUESTION),
        ),
        (
            EN,
            "",
            "I cancel PO-380138 and ask for a refund. Please tell me when PO-380139 will ship.",
            (WITHDRAWAL, QUESTION),
        ),
        (DE, "", "ich widerrufe die Bestellung WL-310131. Wann wird WL-310132 geliefert?", (WITHDRAWAL, QUESTION)),
        (FR, "", "J’annule la commande BL310141. Quand sera livrée la commande BL310142 ?", (WITHDRAWAL, QUESTION)),
        (ES, "", "Cancelo el pedido 480151. ¿Cuándo llegará el pedido 480152?", (WITHDRAWAL, QUESTION)),
        (
            JA,
            "",
            "注文番号JP310151はキャンセルをお願いいたします。注文番号JP310152はいつ発送されますか。",
            (WITHDRAWAL, QUESTION),
        ),
        (ZH, "", "请取消订单QS310161并退款。订单QS310162什么时候发货？", (WITHDRAWAL, QUESTION)),
        # clauses of one sentence
        (KO, "", "N2611020051 주문은 취소하고 N2611030052 주문은 빨리 보내 주세요.", (WITHDRAWAL, QUESTION)),
        (KO, "", "N2611020051은 취소하고 N2611030052는 교환할 수 있나요?", (QUESTION, QUESTION)),
        (EN, "", "I cancel PO-380138 and ask for a refund, but please ship PO-380139.", (WITHDRAWAL, QUESTION)),
        (EN, "", "Please cancel PO-380138 and not PO-380139.", (WITHDRAWAL, QUESTION)),
        (EN, "", "If PO-380138 has not come by Friday I cancel it, and I cancel PO-380139.", (QUESTION, QUESTION)),
        (FR, "", "Je souhaite annuler la commande BL310141, mais garder la commande BL310142.", (WITHDRAWAL, WAVERS)),
        (JA, "", "注文番号JP310151はキャンセルをお願いし、JP310152は発送をお願いします。", (WITHDRAWAL, QUESTION)),
        (ZH, "", "QS310161请取消，QS310162请尽快发货。", (WITHDRAWAL, QUESTION)),
        # all of them: by the sentence, by a list, by the subject
        (KO, "", "주문번호 N2611020051, N2611030052 두 건 모두 청약을 철회합니다.", (WITHDRAWAL, WITHDRAWAL)),
        (
            KO,
            "",
            "다음 주문을 취소해 주세요.\n1. N2611020051 (캠핑 의자)\n2. N2611030052 (랜턴)\n감사합니다.",
            (WITHDRAWAL, WITHDRAWAL),
        ),
        (EN, "Orders PO-380138 and PO-380139", "Please cancel and refund the full amount.", (WITHDRAWAL, WITHDRAWAL)),
        (EN, "Orders PO-380138 and PO-380139", "Where are they?", (QUESTION, QUESTION)),
        (EN, "", "Neither PO-380138 nor PO-380139 has arrived. Please cancel both orders.", (WITHDRAWAL, WITHDRAWAL)),
        (
            EN,
            "",
            "Order numbers:\nPO-380138\nPO-380139\n\nI hereby withdraw from the contracts.",
            (WITHDRAWAL, WITHDRAWAL),
        ),
        (DE, "Bestellungen WL-310131 und WL-310132", "Bitte stornieren Sie beide.", (WITHDRAWAL, WITHDRAWAL)),
        (FR, "", "Je souhaite annuler les deux commandes : BL310141 et BL310142.", (WITHDRAWAL, WITHDRAWAL)),
        (ES, "", "Quiero cancelar ambos pedidos, 480151 y 480152.", (WITHDRAWAL, WITHDRAWAL)),
        (JA, "", "注文番号JP310151と注文番号JP310152の両方をキャンセルします。", (WITHDRAWAL, WITHDRAWAL)),
        (ZH, "", "请取消订单QS310161和QS310162，两个订单都请退款。", (WITHDRAWAL, WITHDRAWAL)),
        # entries of a list, a heading before each, the other one
        (EN, "", "PO-380138: cancel\nPO-380139: when will it ship?", (WITHDRAWAL, QUESTION)),
        (KO, "", "N2611020051 - 취소\nN2611030052 - 배송 문의", (WITHDRAWAL, QUESTION)),
        (
            EN,
            "",
            "Order number: PO-380138\nPlease cancel it.\n\nOrder number: PO-380139\nWhen will it ship?",
            (WITHDRAWAL, QUESTION),
        ),
        (KO, "", "N2611020051은 취소해 주세요. 나머지 N2611030052는 기다릴게요.", (WITHDRAWAL, THANKS)),
        # the refund goes with the order that was cancelled, not with the one asked about last
        (KO, "", "N2611020051은 취소합니다. N2611030052는 언제 오나요? 환불 부탁드립니다.", (WITHDRAWAL, QUESTION)),
        # what cannot be told
        (KO, "", "N2611020051도 안 오고 N2611030052도 안 왔습니다. 취소해 주세요.", (UNCLEAR, UNCLEAR)),
        (EN, "", "PO-380138 has not come. PO-380139 has not come either. Please cancel.", (UNCLEAR, UNCLEAR)),
        (EN, "", "Please cancel PO-380138 instead of PO-380139.", (UNCLEAR, UNCLEAR)),
        (EN, "", "I would like to cancel the first one. PO-380138 and PO-380139 are late.", (UNCLEAR, UNCLEAR)),
    ],
)
def test_a_sentence_counts_for_the_orders_that_it_is_about(
    numbers: tuple[str, ...], subject: str, body: str, families: tuple[str | None, ...]
) -> None:
    assert said(subject, body, numbers) == families


def test_what_is_said_of_an_order_that_nobody_knows_is_said_of_no_other() -> None:
    parts = letters.passages("Please cancel PO-999999. When will PO-380139 ship? My flat is 12-345678.")
    numbers = named("", parts, [fold("PO-380139")])
    assert numbers == ["po999999", "po380139"]  # it has the shape of an order's; the flat has not
    found = share("", parts, numbers)["po380139"]
    assert found is not None and found.family == QUESTION


def _letter(text: str, **values: object) -> Reading:
    made = reading(Kind.OTHER, own=True, to=["help@hanbit.example"], mentions=["A1001", "A1002"], days=5)
    finding = replace(
        made.finding, kind=Kind.OWN_LETTER, says=stated(WITHDRAWAL), passages=letters.passages(text)
    )  # fmt: skip
    return replace(made, finding=finding, **values)  # type: ignore[arg-type]  # fields of a reading


ORDERS = [
    reading(Kind.ORDER_CONFIRMATION, number="A1001"),
    reading(Kind.ORDER_CONFIRMATION, number="A1002", days=1),
]
OWN = ["mina@example.com"]


def test_a_letter_about_two_orders_is_in_the_story_of_both_and_asks_nothing_where_its_words_are_clear() -> None:
    letter = _letter("I cancel A1001. Please tell me when A1002 ships.")
    first, second = link([*ORDERS, letter], OWN).groups
    assert [group.members[-1].about for group in (first, second)] == ["a1001", "a1002"]
    assert sum(group.members[-1].elsewhere for group in (first, second)) == 1
    assert first.questions == second.questions == ()


def test_a_letter_about_two_orders_that_cannot_be_shared_out_asks_at_both() -> None:
    letter = _letter("Please cancel A1001 instead of A1002.")
    groups = link([*ORDERS, letter], OWN).groups
    assert [group.questions for group in groups] == [(f"which_order:{letter.identity}",)] * 2


def test_what_the_words_name_goes_before_the_thread_that_a_letter_stands_in() -> None:
    shop = replace(ORDERS[0], message_id="one@hanbit.example")
    letter = _letter("Please cancel A1002 and tell nobody about 12345.", references=("one@hanbit.example",))
    first, second = link([shop, ORDERS[1], letter], OWN).groups
    assert letter.identity not in {member.reading.identity for member in first.members}
    assert second.members[-1].about == "a1002"


def test_an_answer_to_a_letter_about_two_orders_that_names_neither_is_one_about_both() -> None:
    letter = replace(_letter("I cancel A1001. Please tell me when A1002 ships."), message_id="both@example.com")
    answer = reading(Kind.SELLER_REPLY, references=["both@example.com"], days=6)
    named_one = reading(Kind.SELLER_REPLY, references=["both@example.com"], mentions=["A1001"], days=7)
    groups = link([*ORDERS, letter, answer, named_one], OWN).groups
    mails = [[member.reading.identity for member in group.members] for group in groups]
    assert [answer.identity in found for found in mails] == [True, True]
    assert [named_one.identity in found for found in mails] == [True, False]


def test_a_letter_to_an_address_that_bears_the_shops_name_is_linked_by_its_number() -> None:
    bought = replace(ORDERS[0], subject="Your purchase from WillowClay (A1001)")
    wrote = reading(Kind.OTHER, own=True, to=["willowclay@outlook.com"], mentions=["A1001"], days=5)
    friend = replace(wrote, identity="friend", message_id="friend@example", to=(Address("", "annabell@outlook.com"),))
    linked = link([bought, ORDERS[1], wrote, friend], OWN)
    assert [member.reading.identity for member in linked.groups[0].members] == [bought.identity, wrote.identity]
    assert linked.unlinked == ("friend",)


def test_orders_that_share_a_letter_and_are_one_after_all_hold_it_once() -> None:
    letter = _letter("I cancel A1001. Please tell me when A1002 ships.")
    linked = link([*ORDERS, letter], OWN, same=[(ORDERS[0].identity, ORDERS[1].identity)])
    (group,) = linked.groups
    held = [member for member in group.members if member.reading.identity == letter.identity]
    assert len(held) == 1 and not held[0].elsewhere


@pytest.mark.parametrize(
    "text",
    [
        "Bitte stornieren Sie WL-1001 nicht, sondern WL-1002.",
        "Bitte stornieren Sie nicht WL-1001, sondern WL-1002.",
        "Bitte stornieren Sie WL-1002, nicht WL-1001.",
        "Please do not cancel WL-1001 but WL-1002.",
        "Please cancel WL-1002, not WL-1001.",
        "Merci d'annuler non pas WL-1001 mais WL-1002.",
        "N'annulez pas WL-1001, mais WL-1002.",
        "No cancelen WL-1001, sino WL-1002.",
        "주문 WL-1001이 아니라 WL-1002를 취소해 주세요.",
        "WL-1001ではなくWL-1002をキャンセルしてください。",
        "请取消WL-1002订单，而不是WL-1001。",
    ],
)
def test_of_not_this_one_but_that_one_only_that_one_is_given_up(text: str) -> None:
    found = share("", letters.passages(text), ["wl1001", "wl1002"], "", date(2026, 11, 1))
    assert {number: letter and letter.family for number, letter in found.items()} == {
        "wl1001": letters.QUESTION,
        "wl1002": letters.WITHDRAWAL,
    }


def test_what_is_asked_for_neither_of_two_is_given_up_for_neither() -> None:
    for text in (
        "Please do not cancel WL-1001, and do not cancel WL-1002.",
        "Why did you cancel WL-1001 but not WL-1002?",
    ):
        found = share("", letters.passages(text), ["wl1001", "wl1002"], "", date(2026, 11, 1))
        assert {letter and letter.family for letter in found.values()} <= {letters.QUESTION, None}
