"""What forms and letters tell of an order that the user gave up, of a refusal, of a claim's number and of papers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from monitor import draft, escalate
from monitor.draft import Claim
from monitor.knowledge.forms import CONDITIONS, load_forms
from monitor.knowledge.rights import load_rights
from monitor.types import Draft, Due, Event, Expectation, Kind, Order, Settlement, Source, Stated, Step
from tests.cast import mail_event, reading
from tests.drafting import KIM, PLACED, SMITH, TODAY, judged, order_of

RIGHTS = load_rights()


def step(rung: str, **more: object) -> Step:
    rule = RIGHTS.rules[rung]
    plain = Step("order", rung, "+".join(rule.addressee), rule.channel[0], TODAY, rules=(rung,), evidence=rule.evidence)
    return replace(plain, **more)  # type: ignore[arg-type] # fields of Step by name


def made(rung: str, order: Order, *, user: object = SMITH, due: date | None = None, **more: object) -> Draft:
    judgement = judged("refund" if due else "delivery")
    if due is not None:
        judgement = replace(
            judgement, dues=(Due(Expectation.REFUND, PLACED, due, True, (), "table", "due.refund.table"),)
        )
    return draft.draft(
        step(rung, **more), escalate.with_claims(order, RIGHTS), judgement, user=user,  # type: ignore[arg-type]
        today=TODAY, rights=RIGHTS, claim=Claim(refund_due=due),
    )  # fmt: skip


def letter(says: str, days: float, until: date | None = None) -> Event:
    wrote = reading(Kind.OWN_LETTER, at=PLACED, days=days, own=True, to=("cs@hanbit.example",), name=f"own{days}")
    finding = replace(
        wrote.finding,
        says=Stated(says, says, "generic"),
        answer_by=Stated(until, "", "generic") if until else None,
    )
    return mail_event(replace(wrote, finding=finding))


@pytest.mark.parametrize("rung", ["net-visa-13-1", "net-mc-4853-notprovided-date", "net-visa-13-7", "us-fcba-60"])
@pytest.mark.parametrize("says", ["withdrawal", "refund_demand"])
def test_a_form_after_a_withdrawal_tells_its_day_and_when_the_refund_was_due(rung: str, says: str) -> None:
    found = made(rung, order_of(letter(says, 4)), due=date(2026, 11, 20))
    assert "On 6 November 2026 I notified the seller of the cancellation" in found.body
    assert "The refund was due on 20 November 2026." in found.body
    assert "without an answer" not in found.body and "not supplied as agreed" not in found.body
    assert "my question" not in found.body and "notice of cancellation to the seller" in found.body
    korean = made(rung, order_of(letter(says, 4)), user=KIM, due=date(2026, 11, 20), channel="web_form")
    if korean.language == "ko":
        assert "2026년 11월 6일에 판매자에게 청약철회(주문 취소)를 통지하였으나" in korean.body
        assert "환불 기한은 2026년 11월 20일이었습니다" in korean.body and "답변을 받지 못했" not in korean.body


def test_before_the_refund_is_due_nothing_says_that_it_has_not_come() -> None:
    found = made("net-visa-13-1", order_of(letter("withdrawal", 18)), due=date(2026, 12, 4))
    assert "The refund is due by 4 December 2026." in found.body
    assert "have not" not in found.body


def test_a_paper_is_named_only_where_what_it_tells_of_has_happened() -> None:
    plain = made("net-visa-13-1", order_of())
    assert "receipt of the return" not in plain.body and "promised day" not in plain.body
    assert "return_receipt" not in plain.attachments and "settle_attempt" not in plain.attachments
    returned = order_of(letter("question", 4), returned_at=PLACED + timedelta(days=9))
    found = made("net-visa-13-1", returned)
    assert "receipt of the return" in found.body and "settle_attempt" in found.attachments


def test_every_condition_of_a_paper_is_one_that_the_facts_can_tell() -> None:
    facts = draft.Facts("open", "seller", False, TODAY, paid=False)
    assert set(load_forms().papers_if.values()) <= CONDITIONS
    assert all(facts.has(condition) is False for condition in CONDITIONS)
    assert set(load_forms().papers_if) <= set(RIGHTS.evidence)


def test_no_letter_to_the_seller_is_ready_while_it_is_open_to_which_order_a_mail_belongs() -> None:
    sure = order_of(letter("question", 4))
    ready = made("us-mito-refund", sure, channel="email", to="cs@hanbit.example")
    doubtful = replace(sure, questions=("which_order:0123",))
    with pytest.raises(draft.Unsure):
        made("us-mito-refund", doubtful)
    assert draft.lock(ready, doubtful).status == "locked" and draft.lock(ready, sure).status == "ready"
    form = made("net-visa-13-1", doubtful)  # to others than the seller all is as it was
    assert draft.lock(form, doubtful).status == "ready"


def test_a_form_about_an_invoice_says_nothing_of_a_payment() -> None:
    billed = order_of(
        letter("question", 32), settlement=Settlement.AWAITED, paid=None, paid_at=None, payment="bnpl_klarna"
    )
    found = made("prov-klarna", billed)
    assert "billed through your service" in found.body and "I paid" not in found.body
    assert found.subject.startswith("Invoice through") and "payment_proof" not in found.attachments
    assert "payment_proof" in made("prov-klarna", order_of(letter("question", 32))).attachments


def dispute(days: float, **more: object) -> Event:
    told = reading(Kind.DISPUTE_UPDATE, at=PLACED, days=days, name=f"pp{days}")
    finding = replace(told.finding, **more)  # type: ignore[arg-type] # fields of Finding by name
    return mail_event(replace(told, finding=finding, verdict=replace(told.verdict, from_service="paypal")))


NUMBER = Stated("PP-R-ABC-123456789", "Case ID: PP-R-ABC-123456789", "generic")


def test_the_number_and_the_day_of_a_dispute_come_from_the_mails_of_the_service() -> None:
    found = made("prov-paypal-escalate", order_of(dispute(8, case_number=NUMBER)))
    line = "10 November 2026: dispute raised with the PayPal Resolution Centre"
    assert line in found.body and "case number PP-R-ABC-123456789" in found.body
    assert {field.key: field.value for field in found.fields}["earlier_case"] == NUMBER.value
    assert found.script is None or NUMBER.value in found.script


def test_the_day_of_opening_that_a_mail_states_goes_before_its_own_day() -> None:
    opened = Stated(date(2026, 11, 9), "opened on Nov 9, 2026", "generic")
    found = made("prov-paypal-escalate", order_of(dispute(8, case_number=NUMBER, case_opened=opened)))
    assert "9 November 2026: dispute raised" in found.body and "10 November 2026: dispute" not in found.body


def test_a_dispute_that_the_user_told_of_and_a_mail_as_well_is_told_once() -> None:
    said = Event("c1", "order", PLACED + timedelta(days=9), "contact", Source.USER,
                 payload={"rung": "prov-paypal-open", "day": "2026-11-10", "channel": "web_form"})  # fmt: skip
    found = made("prov-paypal-escalate", order_of(said, dispute(8, case_number=NUMBER)))
    assert found.body.count("dispute raised") == 1 and NUMBER.value in found.body
    assert len(set(found.based_on)) == len(found.based_on)


def refusal(days: float) -> Event:
    no = reading(Kind.SELLER_REPLY, at=PLACED, days=days, name=f"no{days}")
    return mail_event(
        replace(no, finding=replace(no.finding, outcome=Stated("refused", "취소가 불가합니다", "generic")))
    )


def test_a_no_of_the_seller_is_told_as_a_refusal() -> None:
    order = order_of(letter("withdrawal", 4), refusal(7))
    found = made("kr-card-objection", order, user=KIM, due=date(2026, 11, 11))
    assert "2026년 11월 9일 (월): 판매자가 요청을 거절함" in found.body and "판매자 답변" not in found.body
    assert "판매자는 2026년 11월 9일에 요청을 거절하였습니다." in found.body
    assert "The seller refused on 9 November 2026." in made("net-visa-13-1", order, due=date(2026, 11, 11)).body


@pytest.mark.parametrize(
    ("language", "named", "passed"),
    [
        ("ko", "상품 인도 요청 (2026년 11월 18일까지 인도)", "정해 드린 기한(2026년 11월 18일)이 지났으나"),
        ("en", "further period for delivery until 18 November 2026", "set until 18 November 2026 has passed"),
        (
            "de",
            "Nachfrist bis zum 18. November 2026",
            "Die bis zum 18. November 2026 gesetzte Frist ist ohne Lieferung",
        ),
        ("fr", "délai de livraison fixé au 18 novembre 2026", "Le délai de livraison fixé au 18 novembre 2026"),
        ("es", "plazo adicional hasta el 18 de noviembre de 2026", "fijado hasta el 18 de noviembre de 2026, ha"),
        ("ja", "2026年11月18日をお届けの期限としました", "2026年11月18日も過ぎて"),
        ("zh", "请求最迟于2026年11月18日交货", "交货期限（2026年11月18日）已过"),
    ],
)
def test_a_day_for_the_goods_is_no_day_for_an_answer_and_the_next_letter_says_that_it_passed(
    language: str, named: str, passed: str
) -> None:
    order = order_of(letter("demand", 4, date(2026, 11, 18)), language=language)
    found = made("de-bgb-355-357", order, channel="email", to="cs@hanbit.example")
    assert found.language == language and named in found.body and passed in found.body


def test_after_his_own_period_a_buyer_in_japan_gives_notice_that_the_contract_is_over() -> None:
    order = order_of(letter("demand", 4, date(2026, 11, 18)), language="ja")
    found = made("jp-tokusho-15-3", order, channel="email", to="cs@hanbit.example")
    assert "2026年11月18日も過ぎて" in found.body and "契約を解除し" in found.body and "返金" in found.subject
    waiting = order_of(letter("demand", 4, date(2026, 11, 30)), language="ja")
    assert "契約を解除し、お支払い" not in made("jp-tokusho-15-3", waiting, channel="email").body


def test_a_text_that_rests_on_a_statute_does_not_speak_of_card_networks() -> None:
    given_up = letter("withdrawal", 4)
    ontario = made("ca-on-26-99", order_of(given_up), due=date(2026, 11, 21), channel="letter")
    assert ontario.subject.startswith("Request to cancel or reverse a card payment") and "network" not in ontario.body
    section = made("uk-s75", order_of())
    assert section.subject.startswith("Section 75 claim") and "I make a claim against you" in section.body


def test_a_reminder_to_the_card_issuer_is_headed_as_one() -> None:
    sent = Event("c1", "order", PLACED + timedelta(days=9), "contact", Source.USER,
                 payload={"rung": "kr-install-16-defence", "day": "2026-11-11", "channel": "letter"})  # fmt: skip
    first = made("kr-install-16-defence", order_of(letter("withdrawal", 4)), user=KIM)
    second = made("kr-install-16-5-reply", order_of(letter("withdrawal", 4), sent), user=KIM)
    assert "할부금 지급 거절 통지" in first.subject and "항변 수용 여부 회신 요청" in second.subject
    assert "판매자(한빛상회)에게도 함께 보냅니다" in first.body and "함께 보냅니다" not in second.body


def test_a_private_seller_has_no_customer_centre() -> None:
    the_step = step("kr-civil-544", channel="email", to="a@example.org", answer_by=date(2026, 11, 30))
    found = draft.draft(
        the_step, order_of(), judged("delivery"), user=KIM, today=TODAY, rights=RIGHTS, private_seller=True
    )
    assert found.body.startswith("한빛상회 님께") and "고객센터 담당자" not in found.body


def test_interest_of_one_day_is_that_of_one_day() -> None:
    paid = order_of().total
    facts = draft.Facts(
        "refund", "seller", False, TODAY, amount=paid, interest=paid, interest_from=TODAY, counted_to=TODAY
    )
    assert "(2026년 11월 23일 하루)" in draft.write("refund_demand", "ko", facts).letter
    assert "(for 23 November 2026)" in draft.write("refund_demand", "en", facts).letter


def test_a_seller_who_reads_another_language_gets_the_letter_in_a_chat_and_the_user_is_told() -> None:
    found = made("de-bgb-475-323", order_of(language="de"), channel="chat", answer_by=date(2026, 12, 1))
    assert found.language == "de" and "Sehr geehrte" in found.body and "draft.hint.english_speech" in found.hints
    own = made("de-bgb-475-323", order_of(language="en"), channel="chat", answer_by=date(2026, 12, 1))
    assert own.body == own.chat and "draft.hint.english_speech" not in own.hints


def shipped(days: float) -> Event:
    return mail_event(reading(Kind.SHIPPED, at=PLACED, days=days, name=f"sent{days}"))


@pytest.mark.parametrize("rung", ["kr-pg-19", "kr-card-objection", "kr-kca-relief"])
def test_nobody_is_told_that_nothing_was_sent_or_answered_where_something_was(rung: str) -> None:
    order = order_of(letter("withdrawal", 4), shipped(9))
    found = made(rung, order, user=KIM, due=date(2026, 11, 11))
    assert "공급하지 않은" not in found.body and "답변을 받지 못했" not in found.body
    assert "판매자의 발송 안내" in found.body and "환불 기한은 2026년 11월 11일이었습니다" in found.body
    asked = made(rung, order_of(letter("question", 4), shipped(9)), user=KIM)
    assert "답변을 받지 못했" not in asked.body


@pytest.mark.parametrize("rung", ["kr-pg-19", "net-visa-13-7", "kr-card-objection"])
def test_only_the_open_rest_is_in_dispute_where_some_of_the_money_came_back(rung: str) -> None:
    paid = order_of().total
    assert paid is not None
    order = order_of(letter("withdrawal", 4), given_back=replace(paid, amount=paid.amount - 5000),
                     refunded_at=PLACED + timedelta(days=9))  # fmt: skip
    due = Due(Expectation.REFUND, PLACED, date(2026, 11, 11), True, (), "table", "due.refund.table")
    judgement = replace(judged("refund"), dues=(due,))
    found = draft.draft(
        step(rung), order, judgement, user=KIM, today=TODAY, rights=RIGHTS,
        claim=Claim(principal=replace(paid, amount=paid.amount * 0 + 5000), refund_due=date(2026, 11, 11)),
    )  # fmt: skip
    assert "(5,000원)" in found.subject and "126,800" not in found.subject
    assert "아직 환불되지 않은 금액(5,000원)의 결제를 취소하거나 환불하여" in found.body
    assert "121,800원만 환불되었고" in found.body


def test_what_proves_the_ground_is_attached_whatever_else_the_rule_wants() -> None:
    found = made("kr-card-objection", order_of(letter("withdrawal", 4)), user=KIM, due=date(2026, 11, 11))
    assert {"order_confirmation", "withdrawal_notice"} <= set(found.attachments)
    assert "- 취소(청약철회) 통지" in found.body and "- 주문 확인 메일" in found.body


@pytest.mark.parametrize(
    ("method", "issuer", "value"),
    [
        ("신용카드 일시불", {}, ""),
        ("Visa", {}, ""),
        ("신한카드 일시불", {"ko": "신한카드", "en": "Shinhan"}, "신한카드 일시불"),
        ("Visa ending in 4242", {}, "Visa ending in 4242"),
        ("무통장입금 (국민은행)", {}, "무통장입금 (국민은행)"),
    ],
)
def test_a_card_that_no_mail_names_is_left_to_fill_in(method: str, issuer: dict[str, str], value: str) -> None:
    order = order_of(payment="credit_card", payment_method=method)
    step_ = Step("order", "kr-card-objection", "card_issuer", "web_form", TODAY)
    found = draft.draft(
        step_, order, judged("delivery"), user=KIM, today=TODAY, rights=RIGHTS, issuer=issuer
    )  # fmt: skip
    (field,) = [one for one in found.fields if one.key == "card"]
    assert field.value == value and field.required
