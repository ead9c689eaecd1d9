"""Extraction: markup, disagreements, what must never be kept, parcels, contacts, and mails that mean harm."""

from __future__ import annotations

import json
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import parse
from monitor.extract import extract
from monitor.extract.tracking import ALGORITHMS, passes
from monitor.extract.words import fold, words
from monitor.knowledge import tracking, values
from monitor.types import Address, Authentication, Finding, Header, Kind, Mail, Money, OrderClass, RawMail, Verdict

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def mail_of(text: str = "", html: str = "", subject: str = "Your order", sender: str = "orders@shop.example") -> Mail:
    """A mail as `parse` makes it."""
    message = EmailMessage()
    message["From"] = f"Shop <{sender}>"
    message["To"] = "Buyer <buyer@home.example>"
    message["Subject"] = subject
    message["Date"] = "Sun, 22 Nov 2026 12:00:00 +0000"
    if html:
        message.set_content(html, subtype="html")
    else:
        message.set_content(text)
    return parse.mail(RawMail("test", "", 0, 0, None, message.as_bytes()), now=NOW)


def read(
    text: str = "", html: str = "", kind: Kind = Kind.ORDER_CONFIRMATION, language: str = "en", **more: str
) -> Finding:
    return extract(mail_of(text, html, **more), Verdict(kind, None, language, "test"))


def json_ld(*things: dict[str, Any]) -> str:
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(thing)}</script>' for thing in things)
    return f"<html><head>{scripts}</head><body><p>Thank you.</p></body></html>"


# --- markup ----------------------------------------------------------------------------------------------------------

ORDER = {
    "@context": "http://schema.org",
    "@type": "Order",
    "orderNumber": "A-1009",
    "orderDate": "2026-11-21T10:00:00+09:00",
    "price": "57.50",
    "priceCurrency": "GBP",
    "acceptedOffer": {"@type": "Offer", "itemOffered": {"@type": "Product", "name": "Walnut Tray"}, "price": "57.50"},
}


def test_an_order_in_json_ld_is_read_with_its_reader_named() -> None:
    found = read(html=json_ld(ORDER))
    assert found.order_number is not None
    assert (found.order_number.value, found.order_number.reader) == ("A-1009", "markup")
    assert found.total is not None
    assert found.total.value == Money(Decimal("57.50"), "GBP")
    assert found.placed_at is not None
    assert found.placed_at.value == date(2026, 11, 21)
    assert [item.value for item in found.items] == ["Walnut Tray"]


def test_a_parcel_in_json_ld_names_order_carrier_and_day() -> None:
    parcel = {
        "@context": "https://schema.org",
        "@type": "ParcelDelivery",
        "trackingNumber": "RB123456785GB",
        "expectedArrivalUntil": "2026-11-27T12:00:00+00:00",
        "carrier": {"@type": "Organization", "name": "Royal Mail"},
        "partOfOrder": {"@type": "Order", "orderNumber": "A-1009"},
    }
    found = read(html=json_ld(parcel), kind=Kind.SHIPPED)
    assert [number.value for number in found.tracking_numbers] == ["RB123456785GB"]
    assert found.promised_by is not None
    assert found.promised_by.value == date(2026, 11, 27)
    assert found.carrier is not None
    assert found.carrier.value == "Royal Mail"
    assert found.order_number is not None
    assert found.order_number.value == "A-1009"


@pytest.mark.parametrize("wrap", [lambda t: [t], lambda t: {"@context": "https://schema.org", "@graph": [t]}])
def test_arrays_and_graphs_are_walked(wrap: Any) -> None:
    found = read(html=json_ld(wrap(ORDER)))
    assert found.order_number is not None
    assert found.order_number.value == "A-1009"


def test_a_reservation_is_a_service_with_its_own_number() -> None:
    reservation = {
        "@context": "http://schema.org",
        "@type": "LodgingReservation",
        "reservationNumber": "HX7781",
        "totalPrice": "182400",
        "priceCurrency": "KRW",
        "reservationFor": {"@type": "LodgingBusiness", "name": "Harbour Inn"},
    }
    found = read(html=json_ld(reservation))
    assert found.order_number is not None
    assert found.order_number.value == "HX7781"
    assert found.total is not None
    assert found.total.value == Money(Decimal(182400), "KRW")
    assert found.order_class is not None
    assert found.order_class.value is OrderClass.SERVICE


def test_microdata_is_read_like_json_ld() -> None:
    html = (
        '<html><body><div itemscope itemtype="http://schema.org/Order"><meta itemprop="orderNumber" content="M-77">'
        '<meta itemprop="price" content="1299.90"><meta itemprop="priceCurrency" content="EUR">'
        '<div itemprop="acceptedOffer" itemscope itemtype="http://schema.org/Offer">'
        '<div itemprop="itemOffered" itemscope itemtype="http://schema.org/Product"><span itemprop="name">Lamp</span>'
        "</div></div></div></body></html>"
    )
    found = read(html=html)
    assert found.order_number is not None
    assert found.order_number.value == "M-77"
    assert found.total is not None
    assert found.total.value == Money(Decimal("1299.90"), "EUR")
    assert [item.value for item in found.items] == ["Lamp"]


@pytest.mark.parametrize(
    "broken",
    [
        '{"@context":"http://schema.org","@type":"Order","orderNumber":"{{order.number}}"}',
        '{"@context":"http://schema.org","@type":"Order","orderNumber":null,"price":"free"}',
        '{"@context":"http://schema.org","@type":"Order","price":"12.00","priceCurrency":"XYZ"}',
        '{"@context":"http://schema.org","@type":"Order",',
        '{"@type":["Order"],"acceptedOffer":[[[[{"a":1}]]]],"x":"schema.org","orderDelivery":"soon"}',
        "[" * 3000 + "1 schema.org" + "]" * 3000,
        "",
    ],
)
def test_half_filled_or_broken_markup_states_nothing_and_breaks_nothing(broken: str) -> None:
    found = read(html=f'<html><script type="application/ld+json">{broken}</script><p>schema.org Hello</p></html>')
    assert found.order_number is None
    assert found.total is None


# --- two readers -----------------------------------------------------------------------------------------------------


def test_readers_that_disagree_give_a_question_and_no_value() -> None:
    html = json_ld(ORDER).replace("Thank you.", "Order number: A-2000</p><p>Order total: £57.50")
    found = read(html=html)
    assert found.order_number is None
    assert [name for name, _ in found.disagreements] == ["order_number"]
    assert {stated.value for stated in found.disagreements[0][1]} == {"A-1009", "A-2000"}
    assert {stated.reader for stated in found.disagreements[0][1]} == {"markup", "generic"}
    assert found.total is not None


def test_a_subtotal_is_no_disagreement_with_the_marked_total() -> None:
    html = json_ld(ORDER).replace("Thank you.", "Subtotal: £50.00</p><p>Shipping: £7.50")
    found = read(html=html)
    assert found.total is not None
    assert found.total.value.amount == Decimal("57.50")
    assert not found.disagreements


def test_two_orders_in_one_mail_are_a_question() -> None:
    found = read("Order number: 11881\nOrder number: 11882\n")
    assert found.order_number is None
    assert [name for name, _ in found.disagreements] == ["order_number"]


def test_two_totals_that_nothing_explains_are_a_question() -> None:
    found = read("주문번호: RA-5501\n총 결제금액: 52,000원\n결제금액: 54,500원\n", language="ko")
    assert found.total is None
    assert [(name, {stated.value for stated in rivals}) for name, rivals in found.disagreements] == [
        ("total", {"52000 KRW", "54500 KRW"})
    ]


@pytest.mark.parametrize(
    "text",
    [
        "총 결제금액: 52,000원\n배송비: 2,500원\n결제금액: 54,500원\n",  # the shipping lies between them
        "총 결제금액: 60,000원\n쿠폰할인: -5,500원\n결제금액: 54,500원\n",
        "결제금액: 54,500원\n결제금액: 54,500원\n",
    ],
)
def test_two_totals_with_what_lies_between_them_are_one(text: str) -> None:
    found = read("주문번호: RA-5501\n" + text, language="ko")
    assert found.total is not None and found.total.value == Money(Decimal(54500), "KRW") and not found.disagreements


def test_the_labelled_grand_total_wins_over_larger_amounts() -> None:
    found = read(
        "Original price: $900.00\nSubtotal: $200.00\nDiscount: -$150.00\nGrand total: $50.00\nBalance: $999.00\n"
    )
    assert found.total is not None
    assert found.total.value.amount == Decimal("50.00")


# --- what is not taken -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "Customer number: 8812345",
        "Phone: 010-1234-5678",
        "사업자등록번호 220-81-12345",
        "Order date: 2026-11-20",
        "Tracking number: RB123456785GB",
        "Order now and save!",
        "Order 3 items",
        "Your order contains 2 items.",
        "ORDER CONFIRMATION",
        "Call 1588-1234 to order",
        "Orders over $50 ship free",
        "Order in 2026 styles",
    ],
)
def test_other_numbers_are_no_order_number(line: str) -> None:
    assert read(line, subject="Hello").order_number is None


def test_points_and_coupons_are_no_total() -> None:
    found = read("적립 포인트 1,238점\n쿠폰 할인 5,000원\n포인트합계 1,238점\n배송비 3,000원\n", language="ko")
    assert found.total is None


def test_a_card_number_never_leaves_the_mail() -> None:
    number = "4111 1111 1111 1111"
    found = read(
        f"Order number: 5512\nTotal: $10.00 charged to {number}\nPayment method: Visa {number}\n"
        f"If you have questions about card {number.replace(' ', '')} contact us at 0800 555 0142.\n"
    )
    text = repr(found)
    assert "4111 1111" not in text
    assert "4111111111111111" not in text
    assert "1111" in text
    assert found.payment == "visa"


def test_a_long_order_number_that_looks_like_a_card_is_kept_where_its_label_says_so() -> None:
    found = read("Order number: 4111111111111111\n")
    assert found.order_number is not None
    assert found.order_number.value == "4111111111111111"


def test_other_mails_have_no_values() -> None:
    assert read("Order number: 5512\n", kind=Kind.OTHER) == Finding(Kind.OTHER)


# --- contacts --------------------------------------------------------------------------------------------------------


def test_the_sellers_contacts_are_told_from_the_buyers_and_from_no_reply() -> None:
    found = read(
        html=(
            "<p>Order number: 5512</p><p>E-mail: buyer@home.example</p><p>Telephone: 503-555-0148</p>"
            "<p>This mail was sent by no-reply@shop.example.</p>"
            "<p>Questions? Write to support@shop.example or call us at +1 503-555-0190.</p>"
            '<p><a href="https://shop.example/contact-us">Contact</a> <a href="https://shop.example/unsubscribe">Stop</a></p>'
        )
    )
    assert {(contact.channel, contact.value) for contact in found.contacts} == {
        ("email", "support@shop.example"),
        ("phone", "+1 503-555-0190"),
        ("web_form", "https://shop.example/contact-us"),
    }


def test_a_korean_footer_gives_the_customer_centre_and_not_the_business_number() -> None:
    found = read(
        "고객센터 1588-0000 | 대표 홍길동 | 사업자등록번호 220-81-12345 | 통신판매업신고 2026-서울강남-01234\n",
        language="ko",
    )
    assert [(contact.channel, contact.value) for contact in found.contacts] == [("phone", "1588-0000")]


# --- parcels ---------------------------------------------------------------------------------------------------------

FORMATS = tracking.formats().formats


@pytest.mark.parametrize("shape", FORMATS, ids=lambda shape: shape.id)
def test_each_format_takes_its_own_examples_and_refuses_the_others(shape: tracking.Format) -> None:
    assert shape.algorithm in {"", *ALGORITHMS}
    for number in shape.valid:
        assert passes(number, shape), number
    for number in shape.invalid:
        assert not passes(number, shape), number


def test_a_number_without_label_counts_only_beside_its_carrier_and_with_its_check_digit() -> None:
    def numbers(text: str) -> list[str]:
        return [stated.value for stated in read(text, kind=Kind.SHIPPED).tracking_numbers]

    assert numbers("Your order is on its way.\nFedEx 986578788855\n") == ["986578788855"]
    assert numbers("Your order is on its way.\nFedEx 986578788856\n") == []
    assert numbers("Your order is on its way.\n986578788855\n") == []
    assert numbers("Your order is on its way.\nUPS 1Z5R89390357567127\n") == ["1Z5R89390357567127"]


def test_a_number_in_a_link_counts_only_on_a_carriers_page_or_in_a_line_on_tracking() -> None:
    def numbers(html: str) -> list[str]:
        return [stated.value for stated in read(html=html, kind=Kind.SHIPPED).tracking_numbers]

    assert numbers('<p>Sent.</p><a href="https://www.ups.com/track?tracknum=1Z5R89390357567127">Where is it?</a>') == [
        "1Z5R89390357567127"
    ]
    assert numbers('<p>Sent.</p><a href="https://shop.example/p?id=77325103042112">Shop</a>') == []
    assert numbers("<p>Track your package here: https://t.example/773251030421</p>") == ["773251030421"]


# --- the language files ----------------------------------------------------------------------------------------------

TABLES = ("labels", "money", "dates", "promises", "identity")


@pytest.mark.parametrize("language", values.LANGUAGES)
def test_every_language_has_the_value_tables_of_the_reference_language(language: str) -> None:
    reference, own = values.tables("en"), values.tables(language)
    assert language == "en" or own is not reference, f"{language}.toml has no value tables"
    for table in TABLES:
        assert reference[table].keys() == own[table].keys(), table
        empty = {key for key, some in own[table].items() if not some and reference[table][key]}
        assert empty <= {"signs", "allow", "this_week", "next_week", "vat", "permit"}, (table, empty)
    assert own["payment"]["settlement"].keys() == reference["payment"]["settlement"].keys()
    assert set(own["payment"]) >= {"credit_card", "bank_transfer", "paypal", "cod", "unnamed", "settlement"}
    assert len(own["dates"]["months"]) == 12
    assert len(own["dates"]["weekdays"]) == 7


@pytest.mark.parametrize("language", values.LANGUAGES)
def test_no_label_is_both_a_total_and_a_part_of_one(language: str) -> None:
    table = values.tables(language)["labels"]
    parts = {fold(label) for label in table["not_total"]}
    for name in ("total", "total_plain", "refund"):
        assert not parts & {fold(label) for label in table[name]}, (name, parts & {fold(w) for w in table[name]})


@pytest.mark.parametrize("language", values.LANGUAGES)
def test_classes_of_payment_are_those_of_the_rights_table(language: str) -> None:
    known = {
        "credit_card", "check_card", "debit_card", "bank_transfer", "virtual_account", "mobile_carrier", "easy_pay",
        "easy_pay_balance", "paypal", "app_store", "bnpl_klarna", "sepa_direct_debit", "cod", "postpaid", "pos_loan",
        "credit_card_installment", "visa", "mastercard", "amex", "jcb", "discover", "diners", "unionpay", "apple_pay",
        "google_pay", "samsung_pay", "shop_pay", "alipay", "wechat_pay", "card_via_stripe", "wise_transfer", "zelle",
        "crypto",
    }  # fmt: skip
    assert set(words(language).class_order) - {"unnamed"} <= known


# --- mails that mean harm --------------------------------------------------------------------------------------------


def bare(text: str, html: str = "") -> Mail:
    """A mail whose text is exactly this, past `parse`."""
    header = Header(
        identity="x", message_id=None, references=(), sender=Address("", "a@shop.example"), reply_to=None, to=(),
        subject=text[:80], sent_at=NOW, received_at=None, content_type="text/plain", bulk=False, auto_submitted=False,
        advert=False, authentication=Authentication.NONE,
    )  # fmt: skip
    return Mail(header=header, received_at=NOW, text=text, html=html)


PIECES = st.sampled_from(
    [
        "Order number: ", "주문번호 ", "Total: ", "결제금액\t", "12,000원", "$5.00", "\t", "\n", ":", "#", "A-100", "@",
        "1Z5R89390357567127", "배송예정일 ", "11월 25일", "within 3 days", "will be delivered ", "http://t.example/",
        "［】", "()", "\u200b", "İ", "ß", "㈜", "\ud7ff",
    ]
)  # fmt: skip


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(PIECES | st.text(max_size=12), max_size=30).map("".join),
    st.text(max_size=100),
    st.sampled_from(list(Kind)),
    st.sampled_from(["ko", "en", "ja", "de", "zh", "und", "xx"]),
)
def test_no_text_makes_it_fail(text: str, html: str, kind: Kind, language: str) -> None:
    extract(bare(text, f"schema.org {html}"), Verdict(kind, None, language, ""))


@pytest.mark.parametrize(
    "unit",
    [
        "1 ",
        "Order number ",
        "Total ",
        "a:",
        "\t",
        "주문번호:",
        "$1 ",
        "4111 ",
        "will be delivered 3 days. ",
        "<a href='",
        "A-",
    ],
)
@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_hostile_mail_costs_no_more_than_a_moment(unit: str, language: str) -> None:
    text = unit * (300_000 // len(unit))
    started = time.process_time()
    extract(bare(text, text), Verdict(Kind.SHIPPED, None, language, ""))
    extract(bare(text.replace(" ", "\n"), text), Verdict(Kind.REFUND, None, language, ""))
    assert time.process_time() - started < 8


def test_a_table_in_another_language_than_its_letter_still_gives_the_total() -> None:
    found = read("We have received your order 5512.\nCarrito:\t19,95 €\nEnvío:\t4,90 €\nTotal pedido:\t24,85 €\n")
    assert found.total is not None
    assert found.total.value == Money(Decimal("24.85"), "EUR")


# --- what live mails do ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "language", "method"),
    [
        ("You paid $35.50 by Visa ending in 4421", Kind.ORDER_CONFIRMATION, "en", "Visa ending in 4421"),
        ("We've refunded $23.19 to your Mastercard for order 10987654.", Kind.REFUND, "en", "Mastercard"),
        ("Your refund of $9.00 goes to your original payment method, PayPal.", Kind.REFUND, "en", "PayPal"),
        ("Total charged to PayPal\t$86.50", Kind.ORDER_CONFIRMATION, "en", "PayPal"),
        ("결제수단\t모아머니", Kind.ORDER_CONFIRMATION, "ko", "모아머니"),
        ("Moyen de paiement :\tCarte bancaire\nTotal :\t43,90 €", Kind.ORDER_CONFIRMATION, "fr", "Carte bancaire"),
        ("환불은 카드사에 따라 3~5영업일이 걸립니다.", Kind.REFUND, "ko", None),
        ("Payment method: pending", Kind.ORDER_CONFIRMATION, "en", None),
    ],
)
def test_the_way_of_paying_is_read_where_live_mails_say_it(
    text: str, kind: Kind, language: str, method: str | None
) -> None:
    found = read(text, kind=kind, language=language)
    assert (found.payment_method.value if found.payment_method else None) == method


@pytest.mark.parametrize(
    ("text", "kind", "language", "amount"),
    [
        ("결제금액\t64,500원\n총 상품금액 62,000원 + 배송비 2,500원\n= 총 결제금액 64,500원", Kind.ORDER_CONFIRMATION,
         "ko", "64500"),
        ("Total refund: $31.20\nItem refund: $28.99\nTax refund: $2.21", Kind.REFUND, "en", "31.20"),
        ("Your booking was cancelled and EUR 212.00 will be refunded to your card.", Kind.CANCELLATION, "en", "212.00"),
        ("Wir haben Ihnen heute 124,10 € für die Bestellung erstattet (abzüglich 4,90 € Versandkosten).", Kind.REFUND,
         "de", "124.10"),
        ("We have refunded your card with $84.00 today, less $5.00 for the return.", Kind.REFUND, "en", "84.00"),
        ("배송비 5,000원을 차감하고 84,000원이 환불되었습니다.", Kind.REFUND, "ko", "84000"),
        ("We konnen € 9,99 niet afschrijven. Pas je betaalgegevens aan.", Kind.PAYMENT_FAILED, "nl", "9.99"),
    ],
)  # fmt: skip
def test_the_amount_of_an_order_is_told_from_its_parts(text: str, kind: Kind, language: str, amount: str) -> None:
    found = read(text, kind=kind, language=language)
    assert found.total is not None
    assert found.total.value.amount == Decimal(amount)


@pytest.mark.parametrize(
    ("subject", "text", "number"),
    [
        ("We got your order! (TT-20931)", "Hello Sam,\n1 × Oak tray £45.00", "TT-20931"),
        ("Your receipt from Larkfield Press #1180-2291", "Paid November 12, 2026", "1180-2291"),
        ("Your payment", "Transaction ID: 5TY12345AB678901C\nInvoice ID: LP-20991", "LP-20991"),
        ("Your order (2 items)", "Hello", None),
    ],
)
def test_the_number_stands_in_the_subject_or_on_the_better_paper(subject: str, text: str, number: str | None) -> None:
    found = read(text, kind=Kind.PAYMENT_RECEIPT, subject=subject)
    assert (found.order_number.value if found.order_number else None) == number


def test_a_parcel_s_number_beside_a_word_for_it_needs_no_label() -> None:
    found = read("Your item QM123456785GB from Larkfield was delivered on 24-01-2026.", kind=Kind.DELIVERED)
    assert [number.value for number in found.tracking_numbers] == ["QM123456785GB"]


def test_the_number_of_a_dispute_is_not_that_of_the_order() -> None:
    found = read(
        "이의제기가 접수되었습니다.\n접수번호: 2026110300127\n거래금액: 89,000원",
        kind=Kind.DISPUTE_UPDATE,
        language="ko",
    )
    assert found.order_number is None
    assert found.case_number is not None
    assert found.case_number.value == "2026110300127"


def test_a_dispute_tells_its_number_and_its_day_beside_the_order() -> None:
    found = read(
        "Case ID: PP-R-QXZ-402938475\nOrder number: A-1009\nYou opened this dispute on November 2, 2026.",
        kind=Kind.DISPUTE_UPDATE,
    )
    assert found.order_number is not None and found.order_number.value == "A-1009"
    assert found.case_number is not None and found.case_number.value == "PP-R-QXZ-402938475"
    assert found.case_opened is not None and found.case_opened.value == date(2026, 11, 2)


@pytest.mark.parametrize(
    ("text", "language", "amount"),
    [
        ("Base fare            GBP 62.00\nTotal                GBP 120.32", "en", "120.32"),
        ("Pledge amount\t$79.00\nShipping\t$12.00\nTotal\t$91.00", "en", "91.00"),
        ("Order amount\t$79.00\nShipping\t$12.00\nTotal points\t4\nTotal\t$150.00", "en", "79.00"),
        ("SSD 1 To\t74€99\nFrais de livraison\t4€99\nMontant total\t79€98", "fr", "79.98"),
        ("1 passager\t45,00 €\nMontant total payé\t45,00 €", "fr", "45.00"),
        ("【今回のお買い物金額合計】 8,980円", "ja", "8980"),
    ],
)
def test_the_grand_total_is_read_from_what_shops_write_around_it(text: str, language: str, amount: str) -> None:
    found = read(text, language=language)
    assert found.total is not None
    assert found.total.value.amount == Decimal(amount)


def test_the_carriers_number_goes_before_the_shops_own_number_of_a_delivery() -> None:
    text = "주문번호\t4012345678\t배송번호\t998877665\n택배사\tCJ대한통운\t송장번호\t640112233445"
    found = read(text, kind=Kind.SHIPPED, language="ko")
    assert [number.value for number in found.tracking_numbers] == ["640112233445"]


def test_a_head_of_three_columns_with_one_unknown_word_is_a_head() -> None:
    text = "Paketnummer\tAbsender\tHinweis zur Abgabe\n01475012345678\tHolzlicht GmbH\t13:05 - 14:05"
    found = read(text, kind=Kind.SHIPPED, language="de")
    assert [number.value for number in found.tracking_numbers] == ["01475012345678"]


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("결제방법\t무통장입금(가온은행 790-01-123456 예금주 봄날상점)\n총 결제금액\t58,300원", "무통장입금"),
        ("가상계좌번호\t2710-1234-567-890\n결제금액\t55,000원", "가상계좌"),
    ],
)
def test_an_account_to_pay_to_tells_the_way_of_paying_and_is_no_part_of_it(text: str, method: str) -> None:
    found = read(text, language="ko")
    assert found.payment_method is not None
    assert found.payment_method.value == method


def test_a_total_with_its_share_of_tax_in_the_label_is_the_total() -> None:
    text = "Warenwert\t114,80 €\nVersandkosten\t4,90 €\nEndbetrag inkl. 19 % MwSt.\t119,70 €"
    found = read(text, language="de")
    assert found.total is not None
    assert found.total.value.amount == Decimal("119.70")


def test_a_number_in_groups_of_four_is_one_number_in_a_sentence_too() -> None:
    found = read("Great news - your order 5512 3456 is ready to collect.")
    assert found.order_number is not None
    assert found.order_number.value == "55123456"


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("订单号 KS-5512 今天交给顺丰：SF5551234432109", "zh", "SF5551234432109"),
        ("Ta commande voyage avec Colissimo, suivi 6A55512344321.", "fr", "6A55512344321"),
        ("Bestelling KS-5512 ligt bij PostNL: 3SKIST5551234", "nl", "3SKIST5551234"),
    ],
)
def test_the_one_long_number_beside_a_carrier_is_that_of_the_parcel(text: str, language: str, number: str) -> None:
    assert [one.value for one in read(text, kind=Kind.SHIPPED, language=language).tracking_numbers] == [number]


def test_of_two_long_numbers_beside_a_carrier_none_is_guessed() -> None:
    text = "Your parcel with FedEx: reference AB5551234432 customer CD5551234433"
    assert read(text, kind=Kind.SHIPPED).tracking_numbers == ()


@pytest.mark.parametrize(
    ("subject", "text", "number"),
    [
        ("Good news about KS-5512", "We packed KS-5512 this morning.", "KS-5512"),
        ("Good news about KS-5512", "We packed KS-5513 this morning.", None),
        ("Good news", "We packed USD-5512 and USD-5512.", None),
    ],
)
def test_a_code_in_subject_and_text_is_the_orders_number(subject: str, text: str, number: str | None) -> None:
    found = read(text, kind=Kind.SHIPPED, subject=subject)
    assert (found.order_number.value if found.order_number else None) == number


@pytest.mark.parametrize(
    ("text", "language", "amount"),
    [
        ("Gracias, ya preparamos tu pedido KS-5512. Total 21,50 € con tarjeta.", "es", "21.50"),
        ("주문이 들어왔어요. 주문번호 KS-5512, 총 21,500원 (카카오페이)", "ko", "21500"),
        ("Danke! Bestellnr. KS-5512, Summe 21,50 €, bezahlt per PayPal.", "de", "21.50"),
        ("Retrait en magasin 0,00 €\nMontant total de la commande 129,00 € TTC", "fr", "129.00"),
        ("Total estimado: 84,37 €", "es", "84.37"),
        ("Versand 4,90 €\nGesamtbetrag Ihrer Bestellung: 44,80 €", "de", "44.80"),
    ],
)
def test_a_total_in_the_middle_of_a_sentence_is_read(text: str, language: str, amount: str) -> None:
    found = read(text, language=language)
    assert found.total is not None
    assert found.total.value.amount == Decimal(amount)


def test_a_notice_of_a_cancelled_card_payment_needs_no_label() -> None:
    found = read("가온카드 승인취소\n최*민님\n45,900원\n봄날상점\n11/10 13:22", kind=Kind.CANCELLATION, language="ko")
    assert found.total is not None
    assert found.total.value == Money(Decimal(45900), "KRW")


@pytest.mark.parametrize(
    ("subject", "text", "language", "number"),
    [
        ("Your parcel", "Parcel 5512-3348 left us this morning.", "en", "5512-3348"),
        ("Your parcel", "Your package 2026-11-09 is on its way.", "en", None),  # a day
        ("Il tuo ordine", "Numero spedizione: RM 551233440", "it", "RM551233440"),
        (
            "A parcel by Royal Mail",
            "Your parcel from Fern & Fold, QM 1234 5678 5GB, comes today.",
            "en",
            "QM123456785GB",
        ),
        ("Your order", "The tracking number is 5512 3344 5566 and works from tonight.", "en", "551233445566"),
        ("Your order", "Good news.\nShipment ID: 00370730254738512345", "en", "00370730254738512345"),
    ],
)
def test_a_parcels_number_in_groups_is_one_number(subject: str, text: str, language: str, number: str | None) -> None:
    found = read(text, kind=Kind.SHIPPED, language=language, subject=subject)
    assert [one.value for one in found.tracking_numbers] == ([number] if number else [])


def test_several_parcels_numbers_each_on_its_line_are_all_read() -> None:
    text = (
        "Today 2 parcels from Fern & Fold reach you:\n00340434161234500021\n00340434161234500038\n\nBetween 11 and 1."
    )
    found = read(text, kind=Kind.SHIPPED, language="en", subject="Your parcels are on their way")
    assert [one.value for one in found.tracking_numbers] == ["00340434161234500021", "00340434161234500038"]


def test_a_cards_digits_that_close_a_sentence_belong_to_it() -> None:
    found = read("We charged $9.00 to your card ending in 4242.", kind=Kind.PAYMENT_RECEIPT, language="en")
    assert found.payment_method is not None
    assert found.payment_method.value == "card ending in 4242"


def test_a_posts_number_is_no_orders_number() -> None:
    found = read("A encomenda DA123456785PT chega hoje.", kind=Kind.SHIPPED, language="pt", subject="A sua encomenda")
    assert found.order_number is None
    assert [one.value for one in found.tracking_numbers] == ["DA123456785PT"]


def test_letters_and_digits_mixed_behind_the_word_for_order_count_where_subject_and_text_have_them() -> None:
    found = read("Your order QX3UZP5 left us.", kind=Kind.SHIPPED, subject="Order QX3UZP5: on its way")
    assert found.order_number is not None
    assert found.order_number.value == "QX3UZP5"
    assert read("Use it today.", kind=Kind.SHIPPED, subject="Order QX3UZP5: on its way").order_number is None
