"""The user's word that a refund has not come, though a mail says that it was made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor import draft, escalate, judge
from monitor.escalate.amounts import claim
from monitor.knowledge.rights import load_rights
from monitor.ledger import fold
from monitor.types import Event, Expectation, Judgement, Kind, Order, Rules, Source
from monitor.workdays import Calendar
from tests.cast import HANBIT, SEOUL, add_days, mail_event, reading, won
from tests.drafting import KIM, SMITH

RIGHTS = load_rights()
RULES = Rules(country="KR", timezone="Asia/Seoul")
PLACED = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


def said(kind: str, days: float, **payload: str) -> Event:
    at = PLACED + timedelta(days=days)
    return Event(f"{kind}{days}", "o", at, kind, Source.USER, payload=payload)


def order(*events: Event, language: str = "ko") -> Order:
    opener = mail_event(reading(Kind.ORDER_CONFIRMATION, at=PLACED, number="1042", total=won(90000)))
    cancelled = mail_event(reading(Kind.CANCELLATION, at=PLACED, days=2, name="off"))
    told = fold("o", HANBIT, "1042", (opener, cancelled, *events), zone=SEOUL, add=add_days)
    return replace(told, language=language, payment="credit_card")


def refund(days: float, **more: object) -> Event:
    return mail_event(reading(Kind.REFUND, at=PLACED, days=days, name=f"r{days}", **more))  # type: ignore[arg-type] # its fields


def judged(told: Order, days: float) -> Judgement:
    (found,) = judge.judge([told], RULES, PLACED + timedelta(days=days), {})
    return found


def test_what_the_user_misses_is_waited_for_seven_business_days_after_the_mail_and_then_flagged() -> None:
    told = order(refund(3, total=won(90000)), said("not_refunded", 8))
    # the mail of Thu 5 November: Fri 6 1, Mon 9 2, 10 3, 11 4, 12 5, 13 6, Mon 16 7
    early, late = judged(told, 12), judged(told, 15)
    assert (early.waits_for, early.due_on, early.flagged) == ("credit", date(2026, 11, 16), False)
    assert (late.waits_for, late.flagged, late.asks, late.state) == ("credit", True, None, "refunded")
    assert late.reason == "due.credit.table"


@pytest.mark.parametrize("last", [refund(9, total=won(90000)), said("refunded", 9)])
def test_a_later_mail_or_his_own_word_that_it_came_ends_it(last: Event) -> None:
    told = order(refund(3, total=won(90000)), said("not_refunded", 8), last)
    assert judged(told, 30).waits_for == "nothing" and told.fully_refunded


def test_his_no_answers_the_question_whether_a_refund_that_no_mail_reports_has_come() -> None:
    assert judged(order(), 15).asks == "refund_arrived"
    told = judged(order(said("not_refunded", 14)), 15)
    assert (told.asks, told.waits_for, told.flagged) == (None, "refund", True)


def test_a_refund_without_a_sum_that_has_not_come_is_missed_whole() -> None:
    told = order(refund(3), said("not_refunded", 8))
    assert told.questions == () and judged(told, 15).waits_for == "credit"
    assert claim(told).principal == won(90000)


def test_the_seller_is_asked_for_the_proof_and_the_whole_sum_stays_claimed() -> None:
    told = order(refund(3, total=won(90000)), said("not_refunded", 8))
    judgement = judged(told, 15)
    found = escalate.escalation(told, judgement, RULES, RIGHTS, Calendar("KR"))
    assert found.step is not None and found.step.addressee.startswith("seller")
    assert claim(told).principal == won(90000)
    text = draft.draft(found.step, told, judgement, user=KIM, today=date(2026, 11, 17), rights=RIGHTS)
    assert "환불(90,000원)이 완료되었다는 안내를 받았으나" in text.body and "확인할 수 있는 자료" in text.body
    assert "답변을 받지 못" not in text.body and text.rules == ()


@pytest.mark.parametrize("language", ["ko", "en", "de", "fr", "es", "ja", "zh"])
def test_no_letter_about_a_missed_refund_says_that_the_seller_did_nothing(language: str) -> None:
    wrote = reading(Kind.OWN_LETTER, at=PLACED, days=1, own=True, to=("cs@hanbit.example",), name="own")
    told = order(mail_event(wrote), refund(3, total=won(90000)), said("not_refunded", 8), language=language)
    judgement = judged(told, 15)
    found = escalate.escalation(told, judgement, RULES, RIGHTS, Calendar("KR"))
    (letter,) = [step for step in found.steps if step.rung == "kr-ecom-18-2-refund"]
    assert judgement.waits_for == Expectation.CREDIT
    step = replace(letter, channel="email", to="cs@hanbit.example")
    text = draft.draft(step, told, judgement, user=SMITH, today=date(2026, 11, 17), rights=RIGHTS)
    assert text.language == language
    for nothing in ("답변을 받지 못", "no answer", "not received an answer", "keine Antwort", "pas reçu de réponse",
                    "no he recibido respuesta", "ご回答をいただけて", "没有收到答复"):  # fmt: skip
        assert nothing not in text.body, text.body
