"""Drafts made from an order: facts, language, recipient, thread and mail. How they read: test_draft_texts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.draft import draft, lock, message, named_day, situation
from monitor.types import (
    Address,
    Authentication,
    Draft,
    Event,
    Expectation,
    Kind,
    Order,
    Parcel,
    Promise,
    Source,
    Step,
)
from tests.cast import HANBIT, ME, mail_event, reading, said
from tests.drafting import KIM, NOW, PLACED, SMITH, TODAY, User, judged, order_of

RUNGS = ("inquiry", "demand", "dispute")
HEADERS = {
    *("from", "to", "subject", "date", "message-id"),
    *("content-type", "content-transfer-encoding", "mime-version"),
}


def step(rung: str = "inquiry", **changes: object) -> Step:
    values: dict[str, object] = {"addressee": "seller", "channel": "email", "not_before": TODAY} | changes
    values.setdefault("to", "cs@hanbit.example")
    values.setdefault("answer_by", date(2026, 11, 26))
    return Step("order", rung, **values)


def made(
    order: Order, a_step: Step | None = None, user: User = KIM, waits_for: str = "dispatch", **more: object
) -> Draft:
    return draft(a_step or step(), order, judged(waits_for), user=user, today=TODAY, **more)


def test_the_same_facts_give_the_same_draft_and_news_another() -> None:
    order = order_of()
    assert made(order) == made(order)
    assert made(order).id == draft(step(), order, judged(), user=KIM, today=TODAY + timedelta(days=1)).id
    shipped = order_of(mail_event(reading(Kind.SHIPPED, at=PLACED, days=20)))
    assert made(shipped).id != made(order).id
    assert made(order, step("demand")).id != made(order).id


def test_a_draft_locks_itself_when_news_arrives_but_not_by_the_programs_own_notes() -> None:
    order = order_of()
    ready = made(order)
    note = Event("n1", "order", NOW, "drafted", Source.MONITOR)
    assert lock(ready, replace(order, events=(*order.events, note))).status == "ready"
    assert lock(ready, order_of(said("arrived", at=PLACED, days=20))).status == "locked"
    assert lock(ready, order_of(mail_event(reading(Kind.SELLER_REPLY, at=PLACED, days=20)))).status == "locked"
    letter = Event("l1", "order", NOW, "letter", Source.MONITOR)
    assert lock(ready, replace(order, events=(*order.events, letter))).status == "locked"
    sent = replace(ready, status="sent")
    assert lock(sent, order_of(said("arrived", at=PLACED, days=20))).status == "sent"


def test_a_letter_is_written_in_the_sellers_language_with_a_gloss_in_the_users() -> None:
    korean_shop = order_of()
    english_shop = order_of(language="en")
    german_shop = order_of(language="de")
    assert (made(korean_shop).language, made(korean_shop).gloss) == ("ko", None)
    abroad = made(english_shop)
    assert abroad.language == "en" and "Dear customer service" in abroad.body
    assert abroad.gloss is not None and "안녕하십니까" in abroad.gloss and abroad.gloss.startswith("[문의]")
    assert made(german_shop).language == "de" and "Sehr geehrte" in made(german_shop).body
    assert made(order_of(language="pt")).language == "en"
    assert made(english_shop, user=SMITH).gloss is None
    assert made(korean_shop, user=SMITH).gloss is not None


def test_ones_own_card_issuer_is_written_to_in_ones_own_language() -> None:
    text = made(order_of(language="en"), step("dispute", addressee="card_issuer", channel="web_form", to=None))
    assert text.language == "ko" and text.gloss is None and text.body.startswith("카드사 담당자님께")


def test_a_dispute_about_an_unknown_payment_is_written_for_both() -> None:
    text = made(
        order_of(), step("dispute", addressee="provider", channel="web_form", to=None, assumed=True), user=SMITH
    )
    assert text.body.startswith("To the payment provider or card issuer")


def test_a_letter_never_goes_to_the_users_own_address() -> None:
    text = made(order_of(), step(to=ME.upper()))
    assert text.to is None and text.warning == "draft.warning.no_address" and text.body


def test_without_an_address_the_text_still_stands() -> None:
    form = made(
        order_of(), step(channel="web_form", to="https://hanbit.example/qna", warning="draft.warning.no_address")
    )
    assert form.to is None and form.warning == "draft.warning.no_address" and "2026-1102" in form.body
    call = made(order_of(), step(channel="phone", to="1588-0000"))
    assert call.to is None and "1588-0000" in call.body and "[2. 상황 설명]" in call.body


@pytest.mark.parametrize(
    ("waits_for", "changes", "expected"),
    [
        ("dispatch", {}, "dispatch"),
        ("delivery", {}, "delivery"),
        ("delivery", {"arrived_said": False, "delivered_at": NOW}, "not_arrived"),
        ("delivery", {"arrived_said": False}, "delivery"),
        ("delivery", {"parcels": (Parcel("1", "CJ", PLACED, NOW), Parcel("2", "CJ", PLACED, None))}, "part_missing"),
        ("refund", {"cancelled_at": NOW, "refund_promised_at": NOW}, "refund_promised"),
        ("refund", {"cancelled_at": NOW}, "refund_cancelled"),
        ("refund", {"returned_at": NOW}, "refund_returned"),
        ("refund", {}, "refund"),
        ("credit", {}, "credit"),
        ("answer", {}, "answer"),
        ("nothing", {}, "open"),
    ],
)
def test_the_letter_is_about_what_the_order_waits_for(
    waits_for: str, changes: dict[str, object], expected: str
) -> None:
    assert situation(replace(order_of(), **changes), judged(waits_for)) == expected


def test_a_letter_states_the_promise_that_was_not_kept() -> None:
    kept = Promise(Expectation.DISPATCH, date(2026, 11, 4), PLACED, "e")
    moved = Promise(Expectation.DISPATCH, date(2026, 11, 10), PLACED, "f")
    text = made(order_of(promises=(kept, moved)))
    assert "발송 예정일(2026년 11월 10일, 처음 안내는 2026년 11월 4일)이 지났으나" in text.body


def test_values_from_mails_stay_in_their_line() -> None:
    order = order_of(
        items=("Lamp\r\nBcc: all@evil.example\n\n[요청 사항] <script>x</script>", "A" * 5000),
        payment_method="국민카드 4111-1111-1111-1111",
        number="2026-1\r\nTo: x@evil.example",
        seller=replace(HANBIT, name="한빛\u202e상회\nhttps://evil.example/login"),
    )
    text = made(order)
    assert "\r" not in text.body + text.subject and "\n" not in text.subject
    assert not [line for line in text.body.split("\n") if line.startswith(("Bcc", "To:", "[요청 사항]"))]
    assert "<" not in text.body and "\u202e" not in text.body and "evil.example/login" not in text.body
    assert "4111" not in text.body and "****1111" in text.body
    assert max(map(len, text.body.split("\n"))) < 400
    mail = message(text, Address("", ME), at=NOW)
    assert mail["Bcc"] is None and mail["To"] == "cs@hanbit.example"


@settings(deadline=None)  # the first text of a run loads the templates
@given(st.text(), st.text(), st.text(), st.text())
def test_no_value_from_a_mail_can_break_a_letter_or_its_headers(number: str, item: str, method: str, name: str) -> None:
    order = order_of(number=number, items=(item,), payment_method=method, seller=replace(HANBIT, name=name))
    for rung in RUNGS:
        text = made(order, step(rung))
        mail = message_from_bytes(message(text, Address(name, ME), at=NOW).as_bytes(), policy=default)
        assert mail["To"] == "cs@hanbit.example" and mail["Subject"] == text.subject
        assert {key.lower() for key in mail} == HEADERS
        assert mail.get_content().replace("\r\n", "\n") == text.body + "\n"


def test_an_order_number_is_never_masked_by_chance() -> None:
    luhn_valid = "4000000000000002"
    assert luhn_valid in made(order_of(number=luhn_valid)).body
    assert "4000 0000" not in made(order_of(number="4000 0000 0000 0002")).body


# -- thread and mail --------------------------------------------------------------------------------------------------


def test_a_letter_continues_the_last_conversation() -> None:
    mine = mail_event(
        reading(Kind.OWN_LETTER, at=PLACED, days=5, own=True, message_id="a@me.example", to=("cs@hanbit.example",))
    )
    assert made(order_of(mine), step("demand")).in_reply_to == "a@me.example"
    reply = mail_event(
        reading(Kind.SELLER_REPLY, at=PLACED, days=6, message_id="b@hanbit.example", references=("a@me.example",))
    )
    text = made(order_of(mine, reply), step("demand"))
    assert (text.in_reply_to, text.references) == ("b@hanbit.example", ("a@me.example", "b@hanbit.example"))
    mail = message(text, Address("김민지", ME), at=NOW)
    assert mail["In-Reply-To"] == "<b@hanbit.example>"
    assert mail["References"] == "<a@me.example> <b@hanbit.example>"


def test_an_automatic_answer_a_failed_one_and_a_lost_letter_make_no_thread() -> None:
    auto = mail_event(reading(Kind.SELLER_REPLY, at=PLACED, days=6, auto=True))
    fake = mail_event(reading(Kind.SELLER_REPLY, at=PLACED, days=7, authentication=Authentication.FAIL))
    assert made(order_of(auto, fake)).in_reply_to is None
    mine = mail_event(reading(Kind.OWN_LETTER, at=PLACED, days=5, own=True, message_id="a@me.example"))
    bounce = mail_event(reading(Kind.BOUNCE, at=PLACED, days=5.1, links_to=("a@me.example",)))
    assert made(order_of(mine, bounce)).in_reply_to is None


def test_a_dispute_shows_no_thread_of_the_sellers() -> None:
    mine = mail_event(reading(Kind.OWN_LETTER, at=PLACED, days=5, own=True, message_id="a@me.example"))
    text = made(order_of(mine), step("dispute", addressee="card_issuer", channel="email", to="cs@card.example"))
    assert text.in_reply_to is None and text.references == ()


def test_a_hostile_message_id_never_reaches_a_header() -> None:
    mine = mail_event(reading(Kind.OWN_LETTER, at=PLACED, days=5, own=True, message_id="a@b>\r\nBcc: x@evil.example"))
    text = made(order_of(mine))
    assert text.in_reply_to is None
    forced = replace(text, in_reply_to="a\r\nBcc: x@evil.example", references=("ok@x.example", "no t@x.example"))
    mail = message(forced, Address("", ME), at=NOW)
    assert mail["In-Reply-To"] is None and mail["References"] == "<ok@x.example>" and mail["Bcc"] is None


def test_long_threads_keep_their_first_and_their_newest_references() -> None:
    references = tuple(f"r{place}@x.example" for place in range(60))
    reply = mail_event(
        reading(Kind.SELLER_REPLY, at=PLACED, days=6, message_id="last@x.example", references=references)
    )
    kept = made(order_of(reply)).references
    assert len(kept) == 12 and kept[0] == "r0@x.example" and kept[-1] == "last@x.example"


def test_an_eml_file_opens_as_a_letter_to_be_sent() -> None:
    text = made(order_of())
    raw = message(text, Address("김민지", ME), at=NOW, unsent=True).as_bytes()
    mail = message_from_bytes(raw, policy=default)
    assert mail["X-Unsent"] == "1" and mail["From"] == f"김민지 <{ME}>" and mail["To"] == "cs@hanbit.example"
    assert mail["Subject"] == text.subject and mail["Date"].datetime == NOW
    assert mail["Message-ID"] == f"<inquiry.{text.id}@example.com>"
    assert mail.get_content_type() == "text/plain" and mail.get_content_charset() == "utf-8"
    assert "format" not in mail["Content-Type"].params
    assert mail.get_content().replace("\r\n", "\n") == text.body + "\n"
    assert raw.isascii() and b"\r\n" in raw and max(map(len, raw.split(b"\r\n"))) <= 998
    assert message(text, Address("", ME), at=NOW)["X-Unsent"] is None


def test_a_draft_without_a_recipient_becomes_a_mail_without_to() -> None:
    text = made(order_of(), step(channel="web_form", to=None))
    assert message(text, Address("", ME), at=NOW, unsent=True)["To"] is None


def test_a_sender_without_an_address_is_refused() -> None:
    with pytest.raises(ValueError, match="local@domain"):
        message(made(order_of()), Address("x", ""), at=NOW)


def test_the_story_for_the_payment_service_tells_what_was_tried_and_when() -> None:
    mine = mail_event(reading(Kind.OWN_LETTER, at=PLACED, days=8, own=True, to=("cs@hanbit.example",)))
    demand = Event("l2", "order", PLACED + timedelta(days=14), "letter", Source.MONITOR, payload={"rung": "demand"})
    order = order_of(mine, demand, payment="credit_card")
    text = made(order, step("dispute", addressee="card_issuer", channel="web_form", to=None))
    assert "- 2026년 11월 2일 (월): 주문 (126,800원)" in text.body
    assert "- 2026년 11월 10일 (화): 판매자에게 문의" in text.body
    assert "- 2026년 11월 16일 (월): 판매자에게 기한을 정하여 처리 요청" in text.body
    assert "여러 차례 연락하였으나(마지막 연락 2026년 11월 16일" in text.body


def test_a_letter_made_late_names_a_day_that_is_still_to_come() -> None:
    stale = step("demand", answer_by=date(2026, 11, 20))
    assert "2026년 11월 30일 (월)" in made(order_of(), stale).body


def test_a_word_from_the_morning_does_not_answer_a_letter_of_the_evening() -> None:
    morning = mail_event(reading(Kind.SELLER_REPLY, at=PLACED, days=8))
    evening = mail_event(reading(Kind.OWN_LETTER, at=PLACED, days=8.3, own=True, to=("cs@hanbit.example",)))
    assert "답변을 받지 못하여" in made(order_of(morning, evening), step("demand")).body
    later = mail_event(reading(Kind.SELLER_REPLY, at=PLACED, days=8.4))
    assert "답변을 받았으나" in made(order_of(morning, evening, later), step("demand")).body


def test_a_letter_that_a_deadline_cuts_short_names_no_day_of_a_weekend() -> None:
    # Saturday 28 November is the last safe day: Friday 27 is named, unless the letter is of that Friday itself
    asked, last = date(2026, 12, 2), date(2026, 11, 28)
    assert named_day(step(answer_by=asked, last_safe_day=last), TODAY) == date(2026, 11, 27)
    assert named_day(step(answer_by=asked, last_safe_day=last), date(2026, 11, 27)) == last


def test_a_last_day_that_is_but_assumed_does_not_shorten_the_time_that_the_law_gives_the_seller() -> None:
    asked, last = TODAY + timedelta(days=3), TODAY + timedelta(days=1)
    for assumed, named in ((True, asked), (False, last)):
        assert named_day(step(answer_by=asked, last_safe_day=last, assumed=assumed), TODAY) == named
