"""What letters tell of what was said before: a refusal, an announced refund, thanks, what was taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from monitor import draft
from monitor.draft import Claim
from monitor.types import Due, Event, Expectation, Kind, Money, Promise, Source, Stated
from tests.cast import mail_event, reading
from tests.drafting import KIM, PLACED, SMITH, TODAY, judged, order_of
from tests.test_draft_withdrawn import RIGHTS, letter, made, refusal, step

LANGUAGES = ("ko", "en", "de", "fr", "es", "ja", "zh")
# the rung whose letter to a seller declares the withdrawal, and the one that asks for the money after it
WITHDRAWS, ASKS = "de-bgb-355-357", "eu-crd-13"


def promise(day: date, days: float, what: Expectation = Expectation.REFUND) -> Promise:
    return Promise(what, day, PLACED + timedelta(days=days), "e")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ko", "2026년 11월 9일에 제 요청을 받아들이기 어렵다는 답변을 받았습니다."),
        ("en", "On 9 November 2026 you declined my request."),
        ("de", "Am 9. November 2026 haben Sie mein Anliegen abgelehnt."),
        ("fr", "Le 9 novembre 2026, vous avez refusé ma demande."),
        ("es", "El 9 de noviembre de 2026 ustedes rechazaron mi solicitud."),
        ("ja", "2026年11月9日に、ご対応が難しいとのご回答をいただきました。"),
        ("zh", "贵店于2026年11月9日答复不同意我的请求。"),
    ],
)
@pytest.mark.parametrize("first", ["withdrawal", "demand"])
def test_a_letter_names_the_refusal_that_came_before_it_in_every_language(
    language: str, words: str, first: str
) -> None:
    order = order_of(letter(first, 4), refusal(7), language=language)
    due = date(2026, 11, 20) if first == "withdrawal" else None
    found = made(ASKS if due else WITHDRAWS, order, due=due, channel="email", to="cs@hanbit.example")
    assert found.language == language and words in found.body, found.body


def test_a_no_that_nobody_had_asked_for_is_but_an_answer() -> None:
    found = made("kr-card-objection", order_of(letter("question", 4), refusal(7)), user=KIM)
    assert "판매자 답변" in found.body and "거절" not in found.body


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ko", "2026년 11월 8일에 2026년 11월 17일까지 환불을 처리하신다는 안내를 받았습니다."),
        ("en", "On 8 November 2026 you announced the refund by 17 November 2026."),
        ("de", "Am 8. November 2026 haben Sie die Erstattung bis zum 17. November 2026 angekündigt."),
        ("fr", "Le 8 novembre 2026, vous avez annoncé le remboursement pour le 17 novembre 2026."),
        ("es", "El 8 de noviembre de 2026 ustedes anunciaron el reembolso para el 17 de noviembre de 2026."),
        ("ja", "2026年11月8日に、2026年11月17日までに返金いただけるとのご案内をいただいております。"),
        ("zh", "贵店曾于2026年11月8日告知将在2026年11月17日之前退款。"),
    ],
)
def test_after_a_withdrawal_the_letter_names_the_day_that_the_seller_announced(language: str, words: str) -> None:
    order = order_of(letter("withdrawal", 4), language=language, promises=(promise(date(2026, 11, 17), 6),))
    found = made(ASKS, order, due=date(2026, 11, 17), channel="email", to="cs@hanbit.example")
    assert words in found.body, found.body


def test_a_form_tells_who_announced_the_refund_and_a_cancellation_comes_before_its_day() -> None:
    order = order_of(
        letter("withdrawal", 4), cancelled_at=PLACED + timedelta(days=6), promises=(promise(date(2026, 11, 17), 6),)
    )
    form = made("net-visa-13-6", order, due=date(2026, 11, 17)).body
    assert "On 8 November 2026 the seller announced the refund by 17 November 2026." in form
    assert form.index("cancellation notice") < form.index("seller announced the refund by Tue 17 Nov")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_came_back_in_part_is_never_told_as_nothing(language: str) -> None:
    """The letter that asks for the money, and the reminder of one that was announced."""
    paid = order_of().total
    assert paid is not None
    rest = Money(paid.amount * 0 + 5000, paid.currency)
    order = order_of(
        letter("withdrawal", 4), language=language, given_back=Money(paid.amount - 5000, paid.currency),
        refunded_at=PLACED + timedelta(days=9), refund_promised_at=PLACED + timedelta(days=6),
    )  # fmt: skip
    due = Due(Expectation.REFUND, PLACED, date(2026, 11, 20), True, (), "table", "due.refund.table")
    judgement = replace(judged("refund"), dues=(due,))
    for rung in (ASKS, "demand"):
        found = draft.draft(
            step(rung, channel="email", to="cs@hanbit.example") if rung == ASKS else
            replace(step(ASKS, channel="email", to="cs@hanbit.example"), rung="demand", rules=()),
            order, judgement, user=SMITH, today=TODAY, rights=RIGHTS, language=language,
            claim=Claim(principal=rest, refund_due=date(2026, 11, 20)),
        )  # fmt: skip
        assert "121" in found.body and "11" in found.body
        for nothing in ("아직 환불이 확인되지 않습니다", "I have not seen a refund", "ist bisher nicht eingegangen",
                        "je n'ai pas reçu de remboursement", "no he recibido el reembolso", "返金がまだ確認できて",
                        "至今没有收到退款"):  # fmt: skip
            assert nothing not in found.body, found.body


@pytest.mark.parametrize("language", ["de", "fr", "es", "ja", "zh"])
def test_a_reminder_of_a_refund_names_the_part_that_came(language: str) -> None:
    paid = order_of().total
    assert paid is not None
    facts = draft.Facts(
        "refund_promised", "seller", False, TODAY, given_back=paid, principal=paid, refund_promised=TODAY,
    )  # fmt: skip
    whole = draft.write("refund_reminder", language, replace(facts, given_back=None)).letter
    part = draft.write("refund_reminder", language, facts).letter
    assert part.count("126") >= 2 > whole.count("126")


def test_thanks_and_what_was_taken_back_are_told_as_such_and_are_no_question() -> None:
    order = order_of(letter("withdrawal", 4), letter("taken_back", 5), letter("thanks", 6))
    body = made("kr-ecom-15-3-progress", order, user=KIM).body
    assert "11월 6일 (금): 청약철회(주문 취소) 통지 (이후 거둠)" in body
    assert "11월 7일 (토): 주문 취소 요청을 거두겠다는 연락" in body and "11월 8일 (일): 안내에 대한 회신" in body
    form = made("kr-card-objection", order, user=KIM).body
    assert "연락하였으나" not in form and "답변을 받지 못" not in form


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_that_was_put_off_is_named_with_the_first_one(language: str) -> None:
    moved = (
        promise(date(2026, 11, 10), 3, Expectation.DISPATCH),
        promise(date(2026, 11, 19), 9, Expectation.DISPATCH),
    )
    found = draft.draft(
        step("de-bgb-475-323", channel="email", to="cs@hanbit.example"), order_of(language=language, promises=moved),
        judged("dispatch"), user=SMITH, today=TODAY, rights=RIGHTS,
    )  # fmt: skip
    line = next(one for one in found.body.splitlines() if "19" in one)
    assert "10" in line and line.index("19") < line.index("10")


def test_a_refusal_of_the_card_issuer_reads_as_a_sentence() -> None:
    asked = Event("c1", "order", PLACED + timedelta(days=9), "contact", Source.USER, payload={"rung": "uk-chargeback"})
    said = Event(
        "c2", "order", PLACED + timedelta(days=12), "contact", Source.USER,
        payload={"rung": "uk-chargeback", "result": "refused"},
    )  # fmt: skip
    body = made("uk-fos-8w", order_of(letter("withdrawal", 4), asked, said), due=date(2026, 11, 20)).body
    assert "the card issuer refused my chargeback request" in body and "chargeback request to the card issuer" in body


def test_an_escrow_is_asked_for_the_refund_after_a_withdrawal_and_for_a_check_before_it() -> None:
    after = made("kr-ecom-24-escrow", order_of(letter("withdrawal", 4)), user=KIM, due=date(2026, 11, 11)).body
    before = made("kr-ecom-24-escrow", order_of(), user=KIM).body
    assert "청약철회(주문 취소)에 따라 대금" in after and "공급이 확인되지 않으면" not in after
    assert "공급이 확인되지 않으면 대금" in before


def test_the_card_issuer_is_not_told_of_a_marketplace_what_a_seller_wrote() -> None:
    wrote = reading(Kind.OWN_LETTER, at=PLACED, days=5, own=True, to=("help@coupang.com",), name="market")
    asked = mail_event(replace(wrote, finding=replace(wrote.finding, says=Stated("withdrawal", "취소", "generic"))))
    order = replace(order_of(), letters_elsewhere=((asked, "marketplace"),), language="de")
    found = made("de-bgb-355-357", order, channel="email", to="cs@hanbit.example")
    assert "7. November 2026: meine Stornierung beim Marktplatz" in found.body


@pytest.mark.parametrize(
    ("payment", "asked", "not_asked"),
    [
        ("sepa_direct_debit", "Please return this direct debit.", "card"),
        ("visa", "Please raise a dispute about this card payment", "direct debit"),
        (None, "Please return this direct debit. If it was a card payment", "nothing of the kind"),
    ],
)
def test_a_bank_is_asked_for_what_goes_with_the_way_of_paying_that_is_known(
    payment: str | None, asked: str, not_asked: str
) -> None:
    order = order_of(letter("withdrawal", 4), payment=payment)
    body = made("eu-psd2-card", order, due=date(2026, 11, 20), channel="web_form").body
    assert asked in body and not_asked not in body and "- order confirmation" in body


def test_a_call_names_the_payment_the_refusal_and_nothing_that_stands_below() -> None:
    order = order_of(letter("withdrawal", 4), refusal(7))
    spoken = made("kr-card-objection", order, user=KIM, due=date(2026, 11, 11)).script
    assert spoken is not None and "한빛상회에서 결제한 126,800원 건으로 전화드렸습니다." in spoken
    assert "판매자는 2026년 11월 9일에 요청을 거절했습니다." in spoken and "마지막으로 연락" not in spoken
    english = made("jp-188-ccj", order, due=date(2026, 12, 11)).script
    assert english is not None and "below" not in english and "I last wrote" not in english
    assert "The seller refused on 9 November 2026." in english
