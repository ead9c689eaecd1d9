"""What a mail says of a purchase: kinds, sellers, languages, and what is none, on mails written for the tests."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor import knowledge, parse
from monitor.classify import Known, classify, lookalike, triage
from monitor.classify.language import detect
from monitor.demo import samples
from monitor.knowledge.phrases import fold
from monitor.types import Address, Kind, RawMail, Verdict
from tests.classify_cases import NOW, Case, cases, mail_of, public

KNOWLEDGE = knowledge.load()
CASES = cases()


def read(entry: dict[str, object]) -> Verdict:
    return classify(mail_of(entry), KNOWLEDGE)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_mail_is_read_as_what_it_is(case: Case) -> None:
    verdict = classify(case.mail, KNOWLEDGE)
    assert public(verdict.kind) in case.kinds, verdict.reason
    if case.kinds != ("other",):
        assert triage(case.mail.header, KNOWLEDGE).candidate
    name = verdict.seller.value.name if verdict.seller else ""
    if case.seller is not None:
        assert case.seller.casefold() in name.casefold()
        assert bool(case.seller) == bool(name)
    if case.service is not None:
        assert verdict.from_service == case.service


@pytest.mark.parametrize("case", [case for case in CASES if case.kinds != ("other",)], ids=lambda case: case.name)
def test_the_language_is_told_and_the_deciding_words_stand_in_the_mail(case: Case) -> None:
    verdict = classify(case.mail, KNOWLEDGE)
    assert verdict.language == case.language
    assert verdict.quotes
    header = case.mail.forwarded or case.mail.header
    said = " ".join(f"{header.subject} {case.mail.text}".split())
    for quote in verdict.quotes:
        assert " ".join(quote.split()) in said
        assert quote not in verdict.reason, "a reason never quotes the mail"


# -- the demonstration's mailbox -----------------------------------------------------------------------------------

ENDINGS = {
    "order": {Kind.ORDER_CONFIRMATION}, "shipped": {Kind.SHIPPED}, "delivered": {Kind.DELIVERED},
    "paid": {Kind.PAYMENT_RECEIPT}, "paypal": {Kind.PAYMENT_RECEIPT}, "receipt": {Kind.PAYMENT_RECEIPT},
    "refund": {Kind.REFUND}, "cancelled": {Kind.CANCELLATION}, "promise": {Kind.REFUND_PROMISED},
    "failed": {Kind.PAYMENT_FAILED}, "auto": {Kind.AUTO_REPLY}, "bounce": {Kind.BOUNCE},
    "answer": {Kind.SELLER_REPLY}, "renewal": {Kind.PAYMENT_RECEIPT},
}  # fmt: skip
NO_PURCHASE = ("advert", "newsletter", "phish", "friend", "work", "school", "meeting", "welcome", "bank-terms",
               "review-request", "password-reset", "to-friend")  # fmt: skip
SAMPLES = samples.deliveries(date(2026, 11, 22))


def wanted(sample: str) -> set[Kind] | None:
    """What the id of a sample mail says it is; None for the user's own letters, which are known by their sender."""
    if sample.startswith(NO_PURCHASE):
        return {Kind.OTHER}
    for part in reversed(sample.split("-")):
        if part in ENDINGS:
            return ENDINGS[part]
    return None


@pytest.mark.parametrize("at", range(len(SAMPLES)))
def test_every_sample_mail_is_read_right(at: int) -> None:
    content = SAMPLES[at].content
    mail = parse.mail(RawMail("a", "INBOX", 1, 1, NOW, content, len(content)), now=NOW)
    sample = (mail.header.message_id or "").partition("@")[0].partition(".")[0]
    kinds = wanted(sample)
    if kinds is None:
        return
    verdict = classify(mail, KNOWLEDGE)
    assert verdict.kind in kinds, (sample, verdict.reason)
    if kinds.isdisjoint({Kind.OTHER, Kind.BOUNCE, Kind.AUTO_REPLY}):
        assert triage(mail.header, KNOWLEDGE).candidate
        assert verdict.seller is not None


def test_the_sample_mails_that_say_what_they_are_are_most_of_them() -> None:
    ids = [
        (parse.header(sample.content).message_id or "").partition("@")[0].partition(".")[0] for sample in SAMPLES
    ]  # fmt: skip
    assert sum(wanted(sample) is not None for sample in ids) >= 60


# -- seller --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sender", "subject", "text", "name"),
    [
        ("Maple Tools Customer Service <care@mapletools.example>", "Your order 1 has shipped", "", "Maple Tools"),
        ("no-reply <no-reply@mapletools.example>", "[Maple Tools] Your order 123 has shipped", "", "Maple Tools"),
        ("no-reply@mail.mapletools.co.uk", "Your order 12345 has shipped", "Tracking number 123456", "mapletools"),
        ("orders@x7.example", "Your order 123 has shipped", "Thank you for shopping at Maple Tools.", "Maple Tools"),
        ("orders@x7.example", "Your order 123 has shipped", "Order number 123\n© 2026 Maple Tools Ltd.", "Maple Tools"),
        ("Maple Tools via Shopify <a@shopifyemail.com>", "Your order 123 has shipped", "", "Maple Tools"),
        ("소담문구 고객센터 <cs@sodam.example>", "주문하신 상품이 발송되었습니다", "주문번호 20261112", "소담문구"),
        ("발송전용 <noreply@x7.example>", "[소담문구] 주문하신 상품이 발송되었습니다", "주문번호 2026112", "소담문구"),
        ('"(주)한빛상회" <a@hanbit.example>', "주문이 완료되었습니다", "주문번호 20261112", "한빛상회"),
    ],
)
def test_the_seller_is_named_by_what_the_mail_says(sender: str, subject: str, text: str, name: str) -> None:
    verdict = read({"from": sender, "subject": subject, "text": text})
    assert verdict.seller is not None
    assert verdict.seller.value.name == name


def test_a_seller_is_keyed_by_shop_then_domain_then_name() -> None:
    def key(sender: str) -> tuple[str, str]:
        seller = read({"from": sender, "subject": "Your order 123456 has shipped", "text": "Tracking: 12345678"}).seller
        assert seller is not None
        return seller.value.key, seller.value.domain

    assert key("Amazon.com <shipment-tracking@amazon.com>") == ("amazon", "amazon.com")
    assert key("Maple Tools <a@mail.mapletools.co.uk>") == ("mapletools.co.uk", "mapletools.co.uk")
    assert key("Maple Tools <a@t.shopifyemail.com>") == ("mapletools", "")


def test_schema_org_markup_names_the_seller_where_the_sender_does_not() -> None:
    html = (
        '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "Order", '
        '"orderNumber": "A-1", "orderStatus": "https://schema.org/OrderInTransit", '
        '"merchant": {"@type": "Organization", "name": "Maple Tools"}}</script><p>Hello, there is news.</p>'
    )
    verdict = read({"from": "info <info@x7.example>", "subject": "News of order A-10021", "html": html})
    assert verdict.kind is Kind.SHIPPED
    assert verdict.seller is not None
    assert (verdict.seller.value.name, verdict.seller.reader) == ("Maple Tools", "markup")


def test_a_payment_service_that_names_no_merchant_leaves_the_seller_open() -> None:
    text = "Your payment has been processed.\nTransaction ID: 4XY12345AB\nAmount: $24.50 USD"
    verdict = read({"from": "PayPal <service@paypal.com>", "subject": "Payment confirmation", "text": text})
    assert verdict.kind is Kind.PAYMENT_RECEIPT
    assert verdict.seller is None
    assert verdict.from_service == "paypal"


# -- what only looks like an event ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("We will email you once your order has shipped.", Kind.ORDER_CONFIRMATION),
        ("As soon as your parcel has been delivered you can return it.", Kind.ORDER_CONFIRMATION),
        ("If your order was cancelled, the refund has been issued already.", Kind.ORDER_CONFIRMATION),
        ("Your order will be delivered on Friday.", Kind.ORDER_CONFIRMATION),
        ("Your order has not been shipped yet.", Kind.ORDER_CONFIRMATION),
    ],
)
def test_what_may_happen_is_not_what_happened(text: str, kind: Kind) -> None:
    text = f"We have received your order.\n{text}\nOrder number: 10231\nTotal: $20"
    entry = {"from": "Maple <a@maple.example>", "subject": "Thank you for your order 10231", "text": text}
    assert read(entry).kind is kind


def test_the_steps_of_a_progress_bar_are_not_states() -> None:
    text = "Order number 10231\nOrdered\tShipped\tOut for delivery\tDelivered\nThank you for your order.\nTotal $20"
    entry = {"from": "Maple <a@maple.example>", "subject": "Order 10231 confirmed", "text": text}
    assert read(entry).kind is Kind.ORDER_CONFIRMATION


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("Shipped", Kind.SHIPPED), ("Canceled", Kind.CANCELLATION), ("Refunded", Kind.REFUND),
        ("Failed", Kind.PAYMENT_FAILED), ("Delivered", Kind.DELIVERED), ("Processing", Kind.ORDER_CONFIRMATION),
    ],
)  # fmt: skip
def test_a_plain_update_is_what_its_status_says(status: str, kind: Kind) -> None:
    text = f"Order ID: 10231\nYour order has been updated to the following status:\n{status}\nPlease reply."
    entry = {"from": "Maple <a@maple.example>", "subject": "Maple - Order Update 10231", "text": text}
    assert read(entry).kind is kind


def test_a_spoofed_mail_that_asks_for_card_data_is_no_purchase() -> None:
    entry = {"from": "한빛상회 <order@hanbit.example>", "subject": "[한빛상회] 환불 처리 안내", "auth": "fail",
             "text": "주문번호 HB-88213 환불을 위해 카드정보를 입력해 주세요. 환불금액 84,000원"}  # fmt: skip
    assert read(entry).kind is Kind.OTHER


def test_an_advert_mark_outweighs_all_words() -> None:
    text = "주문번호 20261112\n총 결제금액 12,000원\n주문해 주셔서 감사합니다."
    assert read({"subject": "(광고) 주문이 완료되었습니다", "text": text}).kind is Kind.OTHER


# -- triage --------------------------------------------------------------------------------------------------------


def test_what_belongs_to_a_known_story_is_always_a_candidate() -> None:
    header = mail_of({"from": "Lee <lee@firm.example>", "subject": "hello", "text": "x"}).header
    assert not triage(header, KNOWLEDGE).candidate
    assert triage(header, KNOWLEDGE, Known(domains=frozenset({"firm.example"}))).candidate
    assert triage(header, KNOWLEDGE, Known(addresses=frozenset({"lee@firm.example"}))).candidate
    assert triage(header, KNOWLEDGE, Known(addresses=frozenset({"dana.reed@mail.example"}))).candidate, "as recipient"
    reply = replace(header, references=("a@b", "order-1@shop"))
    assert triage(reply, KNOWLEDGE, Known(message_ids=frozenset({"order-1@shop"}))).candidate
    below = replace(header, sender=Address("", "x@mail.firm.example"))
    assert triage(below, KNOWLEDGE, Known(domains=frozenset({"firm.example"}))).candidate


def test_a_known_seller_s_advert_stays_a_candidate_only_by_its_domain() -> None:
    header = mail_of({"from": "Shop <a@shop.example>", "subject": "(광고) 세일", "text": "x"}).header
    assert not triage(header, KNOWLEDGE).candidate
    assert triage(header, KNOWLEDGE, Known(domains=frozenset({"shop.example"}))).candidate


@pytest.mark.parametrize(
    "entry",
    [
        {"from": "MAILER-DAEMON@mx.example", "subject": "Undelivered Mail Returned to Sender"},
        {"from": "postmaster@mx.example", "subject": "배달 실패"},
        {"from": "Dana <dana@gmail.com>", "subject": "Fwd: look at this"},
        {"from": "Dana <dana@gmail.com>", "subject": "전달: 이것 좀 봐"},
        {"from": "Amazon <x@amazon.com>", "subject": "A message"},
        {"from": "Netflix <info@account.netflix.com>", "subject": "Now streaming", "bulk": True},
    ],
)
def test_reports_forwards_and_known_shops_are_candidates(entry: dict[str, object]) -> None:
    assert triage(mail_of({**entry, "text": "x"}).header, KNOWLEDGE).candidate


@pytest.mark.parametrize(
    "entry",
    [
        {"from": "Jonas <jonas@gmail.com>", "subject": "Re: dinner on Friday"},
        {"from": "지훈 <jihoon@naver.com>", "subject": "주말에 볼까?"},
        {"from": "List <dev@lists.example>", "subject": "[dev] linker error on arm64", "bulk": True},
        {"from": "Letter <news@paper.example>", "subject": "Five things to read this morning", "bulk": True},
        {"from": "Netflix <info@news.netflix.com>", "subject": "Now streaming", "bulk": True},
        {"from": "Priya <priya@firm.example>", "subject": "minutes of Monday"},
    ],
)
def test_personal_mail_and_lists_without_words_of_purchases_are_not_fetched(entry: dict[str, object]) -> None:
    assert not triage(mail_of({**entry, "text": "x"}).header, KNOWLEDGE).candidate


@pytest.mark.parametrize(
    ("subject", "candidate"),
    [
        ("이용대금 명세서 안내", False),  # a bill of a card: "대금" and "명세" stand only within it
        ("개인정보 이용내역 통지", False),
        ("이용대금 명세서 안내 - 주문하신 상품이 발송되었습니다", True),  # and something of a purchase beside it
        ("Cambios en nuestra política de privacidad", False),
        ("Cambios en la fecha de su pedido", True),
        ("Re: 이용대금 명세서 안내", True),  # an answer bears the subject of another mail
        ("주문하신 상품의 이용내역", True),
    ],
)
def test_a_word_of_purchases_within_a_phrase_for_something_else_makes_no_candidate(
    subject: str, candidate: bool,
) -> None:  # fmt: skip
    header = mail_of({"from": "Bank <info@bank.example>", "subject": subject, "text": "x"}).header
    assert triage(header, KNOWLEDGE).candidate is candidate


def test_what_the_header_rules_out_by_such_a_phrase_the_whole_mail_is_not_either() -> None:
    text = "고객님의 이용대금 명세서를 보내 드립니다. 결제하실 금액: 120,000원"
    mail = mail_of({"from": "Bank <info@bank.example>", "subject": "이용대금 명세서 안내", "text": text})
    assert classify(mail, KNOWLEDGE).kind is Kind.OTHER


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("주문이 접수되었습니다. Thank you", "ko"), ("ご注文ありがとうございます", "ja"), ("您的订单已经发货", "zh"),
        ("Ihre Bestellung ist nicht auf dem Weg zu Ihnen und das ist nicht gut", "de"), ("123 456", "und"),
    ],
)  # fmt: skip
def test_the_script_and_the_small_words_tell_the_language(text: str, language: str) -> None:
    assert detect(text, fold(text).split(), KNOWLEDGE) == language


def test_long_lines_are_quoted_around_the_words_that_decided_and_cells_stay_apart() -> None:
    filler = "ein langer Satz ohne Belang " * 12
    text = f"Status\tVersand\n{filler}Ihre Bestellung wurde versandt, Bestellnummer 12345678, {filler}"
    verdict = read({"from": "Shop <order@laden.example>", "subject": "Hallo", "text": text})
    assert verdict.kind is Kind.SHIPPED
    assert any("wurde versandt" in quote for quote in verdict.quotes)
    assert all(len(quote) <= 160 for quote in verdict.quotes)


# -- look-alikes ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sender",
    [
        "Amazon <x@evil.example>", "PayPal <a@paypa1.com>", "PayPal <a@paypai.com>", "쿠팡 <a@coupang-event.kr>",
        "Amazon <a@amazon.evil.com>", "x <a@xn--pypal-4ve.com>", "DHL Express <p@dhl-redelivery.example>",
        "Zalando <a@zalondo.de>", "Netflix <a@netflix.xyz>",
    ],
)  # fmt: skip
def test_impostors_are_told(sender: str) -> None:
    assert lookalike(mail_of({"from": sender, "subject": "x", "text": "x"}).header, KNOWLEDGE)


@pytest.mark.parametrize(
    "sender",
    [
        "Amazon.com <auto-confirm@amazon.com>", "Amazon.com.au <a@amazon.com.au>", "Netflix <info@mailer.netflix.com>",
        "Maple Tools <a@mapletools.example>", "Peach <hi@peachstore.com>", "Mr. Target <a@targetsports.com>",
        "Dana <dana@gmail.com>", "", "Shop", "Paybal Tools <a@paybal.example>",
    ],
)  # fmt: skip
def test_honest_senders_are_left_alone(sender: str) -> None:
    assert lookalike(mail_of({"from": sender, "subject": "x", "text": "x"}).header, KNOWLEDGE) is None


# -- properties ----------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200), st.text(max_size=2000), st.text(max_size=60), st.booleans())
def test_no_text_whatever_makes_it_stumble(subject: str, text: str, name: str, bulk: bool) -> None:
    mail = mail_of({"subject": "x", "text": "x", "bulk": bulk})
    header = replace(mail.header, subject=subject, sender=Address(name, f"{name}@{text[:20]}"))
    triage(header, KNOWLEDGE)
    lookalike(header, KNOWLEDGE)
    verdict = classify(replace(mail, header=header, text=text, html=text), KNOWLEDGE)
    assert isinstance(verdict.kind, Kind)


WORDS = [
    "order", "shipped", "your", "refund", "total", "12345", "주문번호", "배송완료", "환불", "(광고)", "\t", "\n",
    "©", "Re:", "[", "]", "ご注文", "once", "not", "status",
]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=300))
def test_no_heap_of_its_own_words_makes_it_stumble(words: list[str]) -> None:
    mail = mail_of({"subject": "x", "text": "x"})
    text = " ".join(words)
    classify(replace(mail, header=replace(mail.header, subject=text[:300]), text=text), KNOWLEDGE)


@pytest.mark.parametrize(
    "unit",
    [
        "order ", "주문", "a\t", "© ", "[", "\n", "status: shipped\n", "merchant\t", "<", "é ",
        '<script type="application/ld+json">{"a":[', 'itemtype="http://schema.org/Order" ', 'itemprop="seller"<',
    ],
)  # fmt: skip
def test_a_million_characters_cost_no_more_than_their_reading(unit: str) -> None:
    mail = mail_of({"subject": "Your order", "text": "x"})
    long = unit * (1_000_000 // len(unit))
    started = time.process_time()
    classify(replace(mail, text=long, html=f"schema.org {long}", header=replace(mail.header, subject=long)), KNOWLEDGE)
    triage(replace(mail.header, subject=long), KNOWLEDGE)
    assert time.process_time() - started < 5
