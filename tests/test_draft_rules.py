"""Drafts for the steps of the ladders: which text, which language, which form, which articles, and no secret in any."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import draft, render
from monitor.draft import Card, Claim, NoText
from monitor.draft.filling import VALUES, shortened
from monitor.knowledge.forms import FormDataError, load_forms
from monitor.knowledge.letters import meant
from monitor.knowledge.rights import Rule, load_rights
from monitor.store.codec import dump_draft, load_draft
from monitor.types import (
    Authentication,
    Contact,
    Draft,
    Event,
    Expectation,
    Kind,
    Order,
    Parcel,
    Promise,
    SellerIdentity,
    Source,
    Stated,
    Step,
)
from tests.cast import HANBIT, mail_event, reading, won
from tests.drafting import KIM, NOW, PLACED, SMITH, TODAY, User, judged
from tests.drafting import order_of as an_order
from tests.texts import flaws

RIGHTS = load_rights()
WITH_TEXT = [rule for rule in RIGHTS.rules.values() if rule.text != "none"]
CLAIM = Claim(won(126800), Decimal(15), date(2026, 11, 25), won(521), date(2026, 12, 4), won(127321), TODAY, won(90000))
CARD = Card("신한카드", "Visa", "7890")


def order_of(*events: Event, **changes: object) -> Order:
    """An order whose mails name the card that paid it."""
    return an_order(*events, **({"payment_method": "신한카드"} | changes))


def step(rule: Rule, **changes: object) -> Step:
    values: dict[str, object] = {
        "addressee": "+".join(rule.addressee),
        "channel": rule.channel[0],
        "not_before": TODAY,
        "rules": (rule.id,),
        "evidence": rule.evidence,
        "answer_by": date(2026, 11, 30),
        "to": "cs@hanbit.example" if rule.channel[0] == "email" else None,
    }
    return Step("order", rule.id, **(values | changes))


def made(rung: str, order: Order | None = None, user: User = KIM, waits_for: str = "delivery", **more: object) -> Draft:
    changes = {key: more.pop(key) for key in ("channel", "rules", "rules_out", "to", "answer_by") if key in more}
    values = {"claim": CLAIM, "card": CARD, "payment_day": date(2026, 12, 14)} | more
    the_step = step(RIGHTS.rules[rung], **changes)
    return draft.draft(
        the_step, order or order_of(), judged(waits_for), user=user, today=TODAY, rights=RIGHTS, **values
    )


def whole(text: Draft) -> str:
    """Everything of a draft that anybody might send, paste, print or say."""
    parts = [text.subject, text.body, text.gloss, text.script, text.chat, text.private_message]
    return "\n".join([*filter(None, parts), *(field.value for field in text.fields)])


# -- every rule -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", WITH_TEXT, ids=lambda rule: rule.id)
def test_every_rule_gives_a_draft_on_each_of_its_channels(rule: Rule) -> None:
    for channel in rule.channel:
        for user in (KIM, SMITH):
            for waits_for in ("dispatch", "delivery", "refund", "answer"):
                text = made(rule.id, user=user, waits_for=waits_for, channel=channel)
                assert text.subject and text.body and text.rung == rule.id
                gloss = (text.gloss or "").partition("\n\n")[2]  # its first line is the subject
                for part in filter(None, (text.body, text.script, text.chat, text.private_message, gloss)):
                    assert not flaws(part), (channel, flaws(part), part)
                assert all(render.has_message(hint, "ko") and render.has_message(hint, "en") for hint in text.hints)
                assert load_draft(dump_draft(text)) == text


@pytest.mark.parametrize("rule", [rule for rule in RIGHTS.rules.values() if rule.text == "none"], ids=lambda r: r.id)
def test_a_step_of_watching_or_looking_up_has_no_text(rule: Rule) -> None:
    assert not draft.has_text(rule.id, RIGHTS)
    with pytest.raises(NoText):
        made(rule.id)


def test_the_program_knows_its_own_rules_without_being_given_them() -> None:
    rule = RIGHTS.rules["kr-ecom-17-1-withdraw"]
    text = draft.draft(step(rule), order_of(), judged(), user=KIM, today=TODAY)
    assert text == draft.draft(step(rule), order_of(), judged(), user=KIM, today=TODAY, rights=RIGHTS)
    assert draft.family("inquiry") == "inquiry" and draft.family("kr-1372") == "regulator_complaint"
    assert draft.family("no-such-rule") == ""


# -- articles ---------------------------------------------------------------------------------------------------------


def refuse_uncitable(text: Draft) -> None:
    """Fails on a text that names the law of a rule which may not be cited, or lists one it does not name."""
    for rule in RIGHTS.rules.values():
        named = [words for words in rule.cite.values() if len(words) > 8 and f"- {words}\n" in whole(text) + "\n"]
        others = {words for other in RIGHTS.rules.values() if other.citable for words in other.cite.values()}
        if not rule.citable:
            assert not set(named) - others, (text.rung, rule.id, named)
    for rung in text.rules:
        rule = RIGHTS.rules[rung]
        assert rule.citable and any(f"- {words}\n" in text.body + "\n" for words in rule.cite.values()), (
            text.rung,
            rung,
        )


@pytest.mark.parametrize("rule", WITH_TEXT, ids=lambda rule: rule.id)
def test_a_text_cites_only_what_may_be_cited(rule: Rule) -> None:
    everything = tuple(RIGHTS.rules)  # even where a step named all rules there are
    for user in (KIM, SMITH):
        for rules in ((rule.id,), everything):
            refuse_uncitable(made(rule.id, user=user, rules=rules, channel="email"))


def test_the_refusal_refuses() -> None:
    good = made("kr-ecom-17-1-withdraw")
    refuse_uncitable(good)
    recalled = RIGHTS.rules["kr-ecom-20-3-handling"]
    assert not recalled.citable
    with pytest.raises(AssertionError):
        refuse_uncitable(replace(good, body=f"{good.body}\n- {recalled.cite['ko']}\n"))
    with pytest.raises(AssertionError):
        refuse_uncitable(replace(good, rules=(*good.rules, "kr-ecom-18-2-refund")))


def test_a_letter_cites_the_articles_of_its_step_and_says_so() -> None:
    text = made("kr-ecom-17-1-withdraw", rules=("kr-ecom-17-1-withdraw", "kr-ecom-18-2-interest", "kr-civil-544"))
    assert text.rules == ("kr-ecom-17-1-withdraw", "kr-ecom-18-2-interest")
    for rung in text.rules:
        assert RIGHTS.rules[rung].cite["ko"] in text.body
    assert "민법" not in text.body


def test_without_a_citable_rule_the_same_is_asked_without_the_article() -> None:
    text = made("kr-civil-544")
    assert text.rules == () and "[관련 규정]" not in text.body
    assert "추가 기간" in text.body and "2026년 11월 30일" in text.body


def test_an_office_is_not_told_what_it_is_founded_on() -> None:
    for rung in ("kr-1372", "kr-kca-relief", "kr-police-ecrm", "us-cfpb"):
        text = made(rung)
        assert text.rules == () and "형법" not in whole(text) and "소비자기본법" not in whole(text)


# -- languages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ja", "de", "fr", "es", "zh"])
def test_a_seller_abroad_is_written_to_in_his_language_with_a_gloss(language: str) -> None:
    text = made("eu-crd-9", order_of(language=language))
    assert text.language == language and text.gloss is not None and "청약을 철회하고" in text.gloss
    assert text.private_message is not None and text.private_message.startswith("Hello")
    assert made("eu-crd-9", order_of(language="pt")).language == "en"


def test_an_office_is_written_to_in_the_language_of_its_country() -> None:
    assert made("kr-kca-relief", user=SMITH).language == "ko"
    assert made("kr-kca-relief", user=SMITH).gloss is not None
    assert made("us-cfpb", user=KIM).language == "en" and made("uk-fos-6m", user=KIM).language == "en"
    assert made("kr-card-objection", user=SMITH).language == "ko"
    assert made("prov-paypal-open", user=KIM).language == "ko" and made("prov-paypal-open", user=SMITH).language == "en"
    assert made("us-cfpb", user=SMITH).gloss is None


# -- channels and what stands beside a text ---------------------------------------------------------------------------


def test_the_channel_decides_what_the_text_is() -> None:
    form = made("kr-card-objection", channel="web_form")
    assert form.mode == "prepared_form" and form.to is None and form.fields and form.script is not None
    call = made("kr-card-objection", channel="phone")
    assert call.mode == "call_script" and call.body == call.script and "[2. 상황 설명]" in call.body
    letter = made("kr-card-objection", channel="letter")
    assert letter.mode == "letter" and letter.body.startswith("2026년 11월 23일\n보내는 사람: 김민지")
    assert letter.body.endswith("김민지 드림 (서명 또는 인)") and "(서명" not in form.body
    chat = made("kr-naverpay", channel="chat")
    assert chat.body == chat.chat and "\n" not in chat.body
    mail = made("kr-ecom-15-3-progress")
    assert mail.mode == "email" and mail.to == "cs@hanbit.example" and mail.fields == ()


def test_a_private_message_comes_with_the_warning_for_the_user() -> None:
    text = made("kr-ecom-15-3-progress")
    assert text.private_message is not None and "draft.hint.defamation" in text.hints
    assert "명예훼손" in render.message("draft.hint.defamation", "ko") and "명예훼손" not in whole(text)
    office = made("kr-1372")
    assert office.private_message is None and "draft.hint.defamation" not in office.hints


def test_a_certified_letter_has_sender_recipient_date_and_three_copies() -> None:
    identity = SellerIdentity(
        address=Stated("서울특별시 강남구 1", "", "generic"), representative=Stated("이한빛", "", "generic")
    )
    text = made("kr-naeyong", order_of(identity=identity), channel="letter")
    assert text.mode == "letter" and "draft.hint.certified_letter" in text.hints and text.chat is None
    for words in (
        "[발신인]",
        "김민지",
        "[수신인]",
        "한빛상회",
        "이한빛",
        "서울특별시 강남구 1",
        "3부",
        "2026년 11월 23일",
    ):
        assert words in text.body
    assert "127,321원" in text.body and "연 15%" in text.body


def test_what_a_step_rules_out_is_told_to_the_user_and_not_to_the_addressee() -> None:
    text = made("net-visa-13-1", rules_out=("prov-amazon-atoz",))
    assert "draft.hint.rules_out" in text.hints and "amazon" not in whole(text).lower()
    assert "draft.hint.rules_out" not in made("net-visa-13-1").hints


def test_the_defence_names_the_unpaid_instalments_and_the_next_payment_day() -> None:
    text = made("kr-install-16-defence", order_of(instalments=6), channel="letter")
    assert "90,000원" in text.body and "2026년 12월 14일" in text.body and "6개월" in text.body
    assert {"draft.hint.before_payment_day", "draft.hint.both"} <= set(text.hints)
    to_seller = made("kr-install-8-withdraw", channel="letter")
    assert "청약을 철회하고" in to_seller.body and "draft.hint.both" in to_seller.hints


def test_a_notice_without_an_answer_is_followed_by_a_question_for_it() -> None:
    payload = {"rung": "kr-install-16-defence", "channel": "letter"}
    sent = Event("c1", "order", PLACED + timedelta(days=9), "contact", Source.USER, payload=payload)
    again = made("kr-install-16-5-reply", order_of(sent), channel="letter").body
    assert "2026년 11월 11일에 아래 할부 거래에 대하여 항변권을 행사하였으나, 아직 답변을" in again
    assert "행사하였으나" not in made("kr-install-16-5-reply", channel="letter").body


def test_what_was_refunded_already_is_named_and_not_asked_again() -> None:
    text = made("kr-ecom-18-2-refund", order_of(given_back=won(20000)), claim=Claim(principal=won(106800))).body
    assert "- 아직 환불받지 못한 금액: 106,800원" in text and "- 이미 환불받은 금액: 20,000원" in text


def test_earlier_letters_and_calls_are_told_with_their_dates_and_numbers() -> None:
    letter = Event("l1", "order", PLACED + timedelta(days=14), "letter", Source.MONITOR,
                   payload={"rung": "kr-ecom-17-1-withdraw", "answer_by": "2026-11-20"})  # fmt: skip
    payload = {"rung": "kr-card-objection", "channel": "phone", "case_number": "SH-2026-9", "said": "검토 중"}
    call = Event("c1", "order", PLACED + timedelta(days=16), "contact", Source.USER, payload=payload)
    order = order_of(letter, call)
    text = made("kr-card-objection", order)
    assert "- 2026년 11월 16일 (월): 판매자에게 청약철회(주문 취소) 통지 (2026년 11월 20일까지 환불 요청)" in text.body
    assert "카드사에 이의 신청 (전화, 접수번호 SH-2026-9). 내용: 검토 중" in text.body
    assert "SH-2026-9" in (text.script or "")
    assert any(field.key == "case_number" and field.value == "SH-2026-9" for field in text.fields)
    looked = Event("c2", "order", PLACED + timedelta(days=17), "contact", Source.USER, payload={"rung": "kr-thecheat"})
    assert "2026년 11월 19일" not in made("kr-card-objection", order_of(looked)).body
    # a call to the card issuer is no letter to the seller
    assert "2026년 11월 18일" not in made("kr-ecom-18-2-refund", order).body
    assert "2026년 11월 16일에 아래 주문의 청약철회" in made("kr-ecom-18-2-refund", order).body


def test_a_form_lists_its_fields_ready_to_copy_with_a_place_for_the_case_number() -> None:
    text = made("prov-paypal-open", user=SMITH, waits_for="delivery")
    fields = {field.key: field for field in text.fields}
    assert fields["reason"].choice and fields["reason"].value == "Item not received"
    assert fields["number"].value == "2026-1102" and fields["text"].value == text.body
    assert fields["transaction"].value == "" and fields["transaction"].required
    assert fields["case_number"].value == "" and not fields["case_number"].required
    assert text.link == "https://www.paypal.com/disputes/" and "draft.hint.keep_open" in text.hints
    assert {f.key: f.value for f in made("prov-paypal-open", waits_for="refund").fields}["reason"] == "환불을 받지 못함"
    # no day was promised, nobody was written to
    assert text.attachments == ("transaction_number", "description", "order_confirmation")
    asked = made("prov-paypal-open", order_of(own("Where is it?", 6)), user=SMITH, waits_for="delivery")
    assert "contact_log" in asked.attachments
    assert set(asked.attachments) - {"order_confirmation"} <= set(RIGHTS.rules[asked.rung].evidence)


def test_a_general_step_uses_the_form_of_the_desk_that_it_goes_to() -> None:
    general = made("kr-ecom-20-3-handling")
    assert general.body.startswith("쇼핑몰 고객센터 담당자님께")
    coupang = made("kr-ecom-20-3-handling", rules=("kr-ecom-20-3-handling", "kr-mk-coupang"))
    assert coupang.body.startswith("쿠팡 고객센터 담당자님께") and "1577-7011" in (coupang.script or "")
    gateway = made("kr-pg-19", rules=("kr-pg-19", "kr-ecom-18-11-joint", "kr-pg-tosspayments"))
    assert gateway.body.startswith("토스페이먼츠 담당자님께") and gateway.link == "https://www.tosspayments.com"
    assert made("kr-pg-19").link == ""


def test_every_form_has_a_place_for_the_case_number_and_every_prepared_form_has_its_form() -> None:
    forms = load_forms()
    for form in forms.forms:
        assert any(field.key == "case_number" for field in form.fields), form.id
        assert {field.value for field in form.fields} <= VALUES | {""}
        assert set(form.rungs) <= set(RIGHTS.rules)
        assert all(render.has_message(hint, "ko") and render.has_message(hint, "en") for hint in form.hints)
        assert form.link_source in RIGHTS.rules or form.link_source == ""
        for rung in form.rungs:
            if form.link:
                assert form.link in RIGHTS.rules[rung].link, (form.id, RIGHTS.rules[rung].link)
    for rule in WITH_TEXT:
        if "prepared_form" in rule.draft_mode:
            assert forms.of(rule.id) is not None, rule.id
    assert forms.further_period <= set(RIGHTS.rules)
    assert set(forms.enclosures) <= set(RIGHTS.evidence)


def test_no_form_leads_to_a_page_that_is_closed() -> None:
    closed = RIGHTS.rules["eu-odr-closed"]
    assert not draft.has_text(closed.id, RIGHTS)
    for form in load_forms().forms:
        assert "odr" not in form.link or "odr.kca.go.kr" in form.link
        assert "ec.europa.eu/consumers/odr" not in form.link


def test_a_stated_length_limit_shortens_the_text_by_whole_paragraphs() -> None:
    items = tuple(f"상품 {number} " + "가" * 90 for number in range(5))
    samsung = Card("삼성카드", "", "7890")
    letters = [
        Event(f"l{day}", "order", PLACED + timedelta(days=day), "letter", Source.MONITOR,
              payload={"rung": "kr-ecom-17-1-withdraw", "said": "나" * 190})
        for day in range(8, 16)
    ]  # fmt: skip
    text = made("kr-card-objection", order_of(*letters, items=items), card=samsung)
    field = next(field for field in text.fields if field.key == "text")
    assert field.max_length == 2000 and len(text.body) > 2000 >= len(field.value) and field.value in text.body
    other = made("kr-card-objection", order_of(*letters, items=items))
    assert next(field for field in other.fields if field.key == "text").max_length is None
    assert shortened("aaaa\n\nbbbb\n\ncccc", 11) == "aaaa\n\nbbbb" and len(shortened("x" * 50, 20)) == 20


def test_old_drafts_can_still_be_read() -> None:
    text = made("kr-ecom-15-3-progress")
    stored = json.loads(dump_draft(text))
    for name in ("mode", "link", "fields", "attachments", "script", "chat", "private_message", "hints"):
        del stored[name]
    old = load_draft(json.dumps(stored))
    assert old.body == text.body and old.fields == () and old.script is None and old.mode == "email"


def test_faults_in_the_data_of_forms_are_all_told_at_once(tmp_path) -> None:
    (tmp_path / "forms.toml").write_text(
        '[field]\nok = { label = { ko = "가" } }\n[[form]]\nid = "x"\nrungs = ["r"]\nname = { ko = "가", en = "a" }\n'
        'link = "http://x.example"\nfields = ["nope", { key = "ok", max_length = 5 }]\n'
    )
    with pytest.raises(FormDataError) as caught:
        load_forms(tmp_path)
    for words in ("no en", "no asks", "link and link_source", "https://", "'nope'", "needs its source"):
        assert words in str(caught.value)


@settings(max_examples=40, deadline=None)
@given(st.text(), st.text(), st.text(), st.text())
def test_no_value_can_break_a_form_or_a_printed_letter(name: str, address: str, told: str, case: str) -> None:
    identity = SellerIdentity(representative=Stated(name, "", "generic"), address=Stated(address, "", "generic"))
    payload = {"rung": "kr-naeyong", "channel": "phone", "said": told, "case_number": case}
    call = Event("c1", "order", PLACED + timedelta(days=9), "contact", Source.USER, payload=payload)
    order = order_of(call, identity=identity, seller=replace(HANBIT, name=name), items=(told,))
    for rung in ("kr-naeyong", "kr-kca-relief", "kr-payment-order", "kr-police-ecrm"):
        text = made(rung, order)
        plain = made(rung)
        assert "\r" not in whole(text) and "<" not in text.body and "\n" not in text.subject
        assert len(text.body.split("\n")) <= len(plain.body.split("\n")) + 20
        assert [field.key for field in text.fields] == [field.key for field in plain.fields]
        assert all("\n" not in field.value for field in text.fields if field.key != "text")


# -- secrets ----------------------------------------------------------------------------------------------------------

SECRETS = (
    *("4111111111111111", "4111-1111-1111-1111", "4111 1111 1111 1111", "12/27", "09/2028", "hunter2", "9021"),
    *("900101-1234567", "900101-1234568", "900101-2345678", "secret99", "443322", "987654"),
)


def poisoned() -> Order:
    """An order whose mails and notes say everything that must not be repeated."""
    said = {
        "items": (
            "선풍기 카드 4111-1111-1111-1111 유효기간 12/27",
            "주민등록번호 900101-1234567",
            "Lamp password: hunter2",
        ),
        "payment_method": "국민카드 4111 1111 1111 1111 (exp 09/2028, CVC 9021)",
        "identity": SellerIdentity(
            representative=Stated("이한빛 900101-2345678", "", "generic"),
            registration=Stated("4111111111111111", "", "generic"),
            permit=Stated("비밀번호 hunter2", "", "generic"),
            address=Stated("서울 비밀번호는 secret99", "", "generic"),
            phone=Stated("02-000-0000 인증번호 443322", "", "generic"),
            email=Stated("cs@hanbit.example", "", "generic"),
        ),
        "contacts": ((Contact("phone", "OTP 987654", ""), Authentication.PASS),),
        "parcels": (Parcel("4111-1111-1111-1111", "CJ 유효기간: 12/27", PLACED, None),),
        "seller": replace(HANBIT, name="한빛상회 PIN 9021"),
        "number": "900101-1234568",
        "instalments": 3,
    }
    words = {
        "inquiry": "비밀번호는 hunter2 라고 함",
        "kr-card-objection": "카드 4111-1111-1111-1111 유효기간 12/27",
        "kr-1372": "주민번호 900101-1234567, 인증번호: 443322",
    }
    notes = []
    for place, (rung, told) in enumerate(words.items()):
        payload = {"rung": rung, "channel": "phone", "said": told, "case_number": "카드 4111111111111111"}
        notes.append(
            Event(f"c{place}", "order", PLACED + timedelta(days=8 + place), "contact", Source.USER, None, None, payload)
        )
    return order_of(*notes, **said)


@pytest.mark.parametrize("rung", ["inquiry", "demand", "dispute", *(rule.id for rule in WITH_TEXT)])
def test_no_text_repeats_a_card_number_expiry_password_or_resident_number(rung: str) -> None:
    order = poisoned()
    card = Card("신한카드 4111111111111111", "Visa", "4111111111111111")
    user = replace(KIM, name="김민지 비밀번호 hunter2")
    for who in (user, replace(user, language="en")):
        if rung in RIGHTS.rules:
            text = made(rung, order, user=who, card=card)
        else:
            plain = Step("order", rung, "seller" if rung != "dispute" else "card_issuer", "email", TODAY)
            text = draft.draft(plain, order, judged(), user=who, today=TODAY, rights=RIGHTS, card=card)
        for secret in SECRETS:
            assert secret not in whole(text), (secret, [line for line in whole(text).split("\n") if secret in line])
        assert not re.search(r"(?<!\d)(?:\d[ -]?){15}\d(?!\d)", whole(text))


def test_harmless_words_are_left_as_they_are() -> None:
    items = (
        "비밀번호 도어락",
        "Password manager, 1 year",
        "Pin badge 2024",
        "Valid umbrella",
        "교환 12/27 한정판 케이스",
    )
    text = made("kr-ecom-15-3-progress", order_of(items=items)).body
    for item in items:
        assert item in text
    assert "260501-1000123" in made("kr-ecom-15-3-progress", order_of(number="260501-1000123")).body


# -- what has been done and said before --------------------------------------------------------------------------------


def own(subject: str, days: int) -> Event:
    letter = reading(Kind.OWN_LETTER, at=PLACED, days=days, number="2026-1102", own=True)
    return mail_event(replace(letter, subject=subject))


def told(rung: str, day: date, **payload: str) -> Event:
    """What the user typed today of a step that he took on `day`."""
    return Event(
        "c" + rung + day.isoformat(), "order", NOW, "contact", Source.USER, None, None,
        {"rung": rung, "day": day.isoformat()} | payload,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "family"),
    [
        ("주문번호 1 청약철회 및 환불 요청", "withdrawal"),
        ("주문 취소 및 환불 요청드립니다", "withdrawal"),
        ("주문을 취소합니다", "withdrawal"),
        ("Widerruf meiner Bestellung 1", "withdrawal"),
        ("Cancellation of my order 1", "withdrawal"),
        ("Cancel order 1 and refund", "withdrawal"),
        ("Annulation de ma commande", "withdrawal"),
        ("ご注文のキャンセルのお願い", "withdrawal"),
        ("환불을 요청드립니다", "refund_demand"),
        ("Refund request for order 1", "refund_demand"),
        ("Mise en demeure de livrer", "demand"),
        ("Lieferung mit Nachfrist", "demand"),
        ("배송 문의", ""),
        ("주문 취소 가능한가요", ""),
        ("Order 1: where is it?", ""),
        ("Can I cancel my order?", ""),
    ],
)
def test_a_letter_is_what_its_own_words_say(words: str, family: str) -> None:
    assert meant(words) == family


def test_a_withdrawal_declared_before_is_cited_by_its_day_and_not_declared_again() -> None:
    order = order_of(own("배송 문의", 4), own("주문번호 2026-1102 청약철회 및 환불 요청", 10))
    claim = Claim(won(126800), Decimal(15), date(2026, 11, 18), won(312), TODAY, won(127112), date(2026, 11, 17))
    for rung in ("kr-ecom-18-2-refund", "kr-naeyong"):
        if rung not in RIGHTS.rules:
            continue
        text = made(rung, order, waits_for="dispatch", claim=claim).body
        assert "2026년 11월 12일에 아래 주문의 청약철회(주문 취소)를 알려 드렸으나" in text
        assert "환불 기한(2026년 11월 17일)이 지났습니다." in text and "2026년 11월 18일부터" in text
        assert "이에 주문 취소와" not in text and "의사표시로" not in text
        assert "- 2026년 11월 12일 (목): 청약철회(주문 취소) 통지" in text and "2026년 11월 6일 (금): 문의" in text


def test_what_the_user_tells_late_stands_at_the_day_on_which_he_did_it() -> None:
    objected = told("kr-card-objection", date(2026, 11, 20), channel="web_form")
    text = made("kr-kca-relief", order_of(objected, told("kr-ecom-18-2-refund", date(2026, 11, 18)))).body
    asked = text.index("2026년 11월 18일 (수): 판매자에게 청약철회(주문 취소) 통지")  # the first word about money
    assert asked < text.index("2026년 11월 20일 (금): 카드사에") and "2026년 11월 23일 (월):" not in text


def test_no_letter_asks_for_a_day_after_the_last_safe_day_of_its_own_step() -> None:
    the_step = step(
        RIGHTS.rules["kr-micropay-month"], channel="email", to="cs@hanbit.example", answer_by=date(2026, 12, 2),
        last_safe_day=date(2026, 11, 30), alarm_on=date(2026, 11, 27),
    )  # fmt: skip
    found = draft.draft(the_step, order_of(), judged("dispatch"), user=KIM, today=TODAY, rights=RIGHTS)
    assert "2026년 11월 27일 (금)까지 결제를 취소하시고" in found.body and "12월" not in found.body
    assert "2026년 11월 30일이 지나기 전에" in found.body


def test_while_nothing_came_japan_is_asked_to_deliver_by_a_day_without_the_article_on_returns() -> None:
    found = made("jp-tokusho-15-3", order_of(language="ja"), waits_for="delivery")
    assert "2026年11月30日(月)までに商品をお届けください" in found.body and "契約を解除し" in found.body
    assert "15条の3" not in found.body and "キャンセルいたします" not in found.body and found.rules == ()


@pytest.mark.parametrize("rung", ["uk-cra-28", "de-bgb-475-323", "eu-crd-18", "fr-l216-6", "kr-civil-544"])
@pytest.mark.parametrize(
    ("language", "delivers", "sends"),
    [
        ("ko", "인도", "발송하시고"), ("en", "deliver", "dispatch the order"), ("de", "liefern Sie", "versenden"),
        ("fr", "de livrer", "d'expédier"), ("es", "entreguen", "envíen"), ("ja", "お届けください", "発送し"),
        ("zh", "送达", "发货，"),
    ],
)  # fmt: skip
def test_a_further_period_is_set_for_delivery(rung: str, language: str, delivers: str, sends: str) -> None:
    text = made(rung, order_of(language=language), waits_for="dispatch").body
    assert delivers in text and sends not in text


def test_ontarios_card_issuer_is_written_to_once_the_seller_was_told_of_the_cancellation() -> None:
    order = order_of(told("ca-on-26-99", date(2026, 11, 5), channel="email"), language="en")
    found = made(
        "ca-on-26-99", order, user=SMITH, channel="letter", claim=Claim(won(126800), refund_due=date(2026, 11, 20))
    )
    assert "To 신한카드" in found.body and "notice of cancellation to the seller" in found.body
    assert "On 5 November 2026 I notified the seller" in found.body and "due on 20 November 2026" in found.body
    assert "chargeback requested from the seller" not in found.body


def test_what_was_sent_and_did_not_come_is_looked_for_and_the_article_on_supply_is_not_cited() -> None:
    order = order_of(mail_event(reading(Kind.SHIPPED, at=PLACED, days=1, number="2026-1102")))
    found = made("kr-ecom-15-3-progress", order, waits_for="delivery")
    assert "택배사에 상품의 위치를 확인" in found.body and "재발송하거나 환불해" in found.body
    assert "운송장 번호를 알려" not in found.body and "15조" not in found.body


def test_a_complaint_about_a_card_issuers_refusal_names_it_and_its_day() -> None:
    order = order_of(told("kr-card-objection", date(2026, 11, 20), result="refused"))
    found = made("kr-card-fss-7", order)
    assert found.subject.startswith("[재조사 요청]")
    assert (
        "2026년 11월 20일에 카드사(신한카드)에서" in found.body
        and "받아들이지 않는다는 답변을 받았습니다" in found.body
    )


def test_until_when_the_user_was_to_pay_is_no_word_of_the_sellers() -> None:
    promise = Promise(Expectation.PAYMENT, date(2026, 11, 4), PLACED, "m")
    assert "11월 4일" not in made("kr-kca-relief", order_of(promises=(promise,))).body


def test_the_users_postal_address_stands_on_paper_and_in_forms_and_in_no_mail_to_a_seller() -> None:
    at_home = replace(KIM, postal_address="서울특별시 중구 세종대로 110", phone="010-0000-0000")
    for rung in ("kr-naeyong", "kr-install-16-defence", "kr-payment-order"):
        body = made(rung, user=at_home, channel="letter").body
        assert at_home.postal_address in body and at_home.phone in body
        blank = made(rung, channel="letter").body
        assert re.search(r"(?m)^(?:- )?주소: _{10,}$", blank) and "연락처: _" not in blank
    fields = {field.key: field.value for field in made("kr-kca-relief", user=at_home).fields}
    assert (fields["own_address"], fields["own_phone"]) == (at_home.postal_address, at_home.phone)
    assert {field.key: field.value for field in made("kr-kca-relief").fields}["own_address"] == ""
    for rung in ("kr-ecom-15-3-progress", "kr-ecom-17-1-withdraw", "kr-ecom-18-2-refund"):
        text = whole(made(rung, user=at_home))
        assert at_home.postal_address not in text and at_home.phone not in text


def test_a_certified_letter_has_places_for_both_postal_addresses() -> None:
    rung = next(rule.id for rule in WITH_TEXT if rule.text == "certified_letter")
    text = made(rung).body
    assert text.count("- 주소: ") == 2


def test_a_claim_names_who_sold_on_the_marketplace_and_not_the_marketplaces_own_register_entry() -> None:
    of_the_market = SellerIdentity(
        registration=Stated("120-88-00767", "", "generic"), address=Stated("서울특별시 송파구 1", "", "generic")
    )
    order = order_of(sold_by="바른상사", identity=of_the_market, seller=replace(HANBIT, name="행복쇼핑"))
    for rung in ("kr-ecom-20-3-handling", "kr-card-objection", "kr-kca-relief", "kr-naeyong"):
        text = made(rung, order)
        assert "바른상사" in text.body and "행복쇼핑" in text.body
        assert "120-88-00767" not in whole(text) and "송파구" not in whole(text)
    fields = {field.key: field.value for field in made("kr-card-objection", order).fields}
    assert fields["seller"] == "바른상사 (행복쇼핑)"
    assert "120-88-00767" in whole(made("kr-kca-relief", replace(order, sold_by="")))


def test_the_card_issuer_is_called_by_his_name_where_it_is_known() -> None:
    issuer = {"ko": "현대카드", "en": "Hyundai Card"}
    assert made("kr-card-objection", card=None, issuer=issuer).body.startswith("현대카드 담당자님께")
    assert made("kr-card-objection", issuer=issuer).body.startswith("신한카드 담당자님께")  # the settings know better
    assert made("kr-card-objection", card=None).body.startswith("카드사 담당자님께")
    overseas = made("net-visa-13-1", user=SMITH, card=None, issuer=issuer).body
    assert overseas.startswith("To Hyundai Card, disputes")
    assert "현대카드" not in made("kr-ecom-20-3-handling", card=None, issuer=issuer).body.partition("\n")[0]


def test_an_order_that_is_cancelled_already_is_not_cancelled_once_more() -> None:
    order = order_of(cancelled_at=PLACED + timedelta(days=3), language="de")
    for rung in ("de-bgb-355-357", "eu-crd-9", "kr-ecom-17-1-withdraw"):
        german = made(rung, order, waits_for="refund").body
        assert "erstatten Sie den Betrag" in german and "widerrufe" not in german
        assert "widerrufe" in made(rung, order_of(language="de"), waits_for="delivery").body


def test_what_a_payment_service_hands_on_to_a_seller_abroad_is_in_a_language_that_he_reads() -> None:
    abroad = made("prov-paypal-open", order_of(language="en"))
    assert abroad.language == "en" and abroad.gloss is not None and "[경과]" in abroad.gloss
    assert made("prov-paypal-open", order_of(language="ja")).language == "en"
    at_home = made("prov-paypal-open", order_of(language="ko"))
    assert at_home.language == "ko" and at_home.gloss is None
    assert made("kr-pg-19", order_of(language="en")).language == "ko"  # a gateway at home reads Korean


def test_a_chat_and_a_private_message_in_a_foreign_language_have_their_gloss() -> None:
    text = made("eu-crd-9", order_of(language="ja"))
    assert text.chat is not None and text.chat.startswith("Hello") and text.private_message is not None
    assert text.chat_gloss is not None and text.chat_gloss.startswith("안녕하십니까")
    assert text.private_gloss is not None and "메시지로" in text.private_gloss
    assert load_draft(dump_draft(text)) == text
    at_home = made("kr-ecom-15-3-progress")
    assert at_home.chat is not None and at_home.chat_gloss is None and at_home.private_gloss is None


def test_a_period_that_the_users_own_letter_set_is_told_and_when_it_has_passed() -> None:
    letter = own("Mise en demeure de livrer", 6)
    assert letter.reading is not None
    finding = replace(
        letter.reading.finding,
        says=Stated("demand", "", "generic"),
        answer_by=Stated(date(2026, 11, 16), "", "generic"),
    )
    order = order_of(replace(letter, reading=replace(letter.reading, finding=finding)), language="fr")
    text = made("fr-l216-7", order, waits_for="delivery")
    assert "Le délai de livraison fixé au 16 novembre 2026 est passé sans livraison. Par la présente, je" in text.body
    assert "- 8 novembre 2026 : ma demande de livraison, délai de livraison fixé au 16 novembre 2026" in text.body
    assert text.gloss is not None and "정해 드린 기한(2026년 11월 16일)이 지났으나" in text.gloss
