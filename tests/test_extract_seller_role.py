"""The class of an order by what its seller sells, where the mail's own words tell none."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from monitor import knowledge, parse
from monitor.classify import classify
from monitor.extract import extract
from monitor.types import Finding, OrderClass, RawMail, Settlement

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def read(sender: str, subject: str, text: str) -> Finding:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "buyer@home.example", subject
    message["Date"] = "Mon, 02 Mar 2026 10:00:00 +0000"
    message.set_content(text)
    known = knowledge.load()
    mail = parse.mail(RawMail("test", "", 0, 0, None, message.as_bytes()), now=NOW)
    return extract(mail, classify(mail, known), known)


@pytest.mark.parametrize(
    ("sender", "subject", "text", "want"),
    [
        ("Google Play <googleplay-noreply@google.com>", "Google Play 주문 영수증",
         "감사합니다.\n주문번호: GPA.3301-2202-1103-44055\n별조각 300개 ₩5,500\n합계: ₩5,500", OrderClass.DIGITAL),
        ("Apple <no_reply@email.apple.com>", "Your receipt from Apple.",
         "Receipt\nOrder ID: MQRS7T8U9V\nSketch Pad $9.99\nTOTAL $9.99", OrderClass.DIGITAL),
        ("Microsoft <store@microsoft.com>", "Thanks for your order",
         "Thank you for your order!\nOrder number: 4400112233\nKeyboard $99.00\nTotal $99.00\n"
         "Shipping address: 1 Elm Road", None),
        ("Fir & Fern <orders@firfern.example>", "Order FF-400 confirmed",
         "Thank you for your order!\nOrder number: FF-400\nTotal: $24.00", None),
    ],
)  # fmt: skip
def test_an_app_store_sends_no_goods_unless_it_says_so(
    sender: str, subject: str, text: str, want: OrderClass | None
) -> None:
    found = read(sender, subject, text)
    assert (found.order_class.value if found.order_class else None) is want


@pytest.mark.parametrize(
    ("sender", "subject", "text", "want"),
    [
        (
            "eBay <ebay@ebay.com>",
            "Order confirmed: Vintage radio",
            "Thanks for your order!\nOrder number: 12-34567-89012\nSeller: radio_bob_77 (99.8%)\nOrder total: $80.00\n",
            "radio_bob_77",
        ),
        (
            "쿠팡 <no-reply@coupang.com>",
            "[쿠팡] 주문이 완료되었습니다",
            "주문번호: 28000123456789\n상품명: 전기포트 1개\n판매자: 바른상사\n결제금액: 45,000원\n",
            "바른상사",
        ),
        (  # the marketplace sells itself
            "쿠팡 <no-reply@coupang.com>",
            "[쿠팡] 주문이 완료되었습니다",
            "주문번호: 28000123456789\n상품명: 전기포트 1개\n판매자: 쿠팡\n결제금액: 45,000원\n",
            None,
        ),
        (  # two sellers in one mail: which of them is silent is not known
            "Amazon.com <auto-confirm@amazon.com>",
            "Your Amazon.com order",
            "Order # 112-1234567-7654321\nLamp\nSold by: BrightHome Trading\nRug\nSold by: North Rugs\n"
            "Order Total: $30.00\n",
            None,
        ),
        (  # a shop of its own has no seller beside itself
            "Pine Outfitters <orders@pineoutfitters.com>",
            "Your order 1001 is confirmed",
            "Order number: 1001\nSold by: Pine Holding\nTotal: $30.00\n",
            None,
        ),
    ],
)
def test_who_sold_on_a_marketplace_is_read_where_the_mail_names_one(
    sender: str, subject: str, text: str, want: str | None
) -> None:
    found = read(sender, subject, text).sold_by
    assert (found.value if found else None) == want


@pytest.mark.parametrize(
    ("sender", "subject", "text", "payment", "words"),
    [
        ("Google Play <googleplay-noreply@google.com>", "Google Play 주문 영수증",
         "감사합니다.\n주문번호: GPA.3301-2202-1103-44055\n별조각 300개 ₩5,500\n합계: ₩5,500", "app_store", None),
        ("Google Play <googleplay-noreply@google.com>", "Google Play 주문 영수증",
         "주문번호: GPA.3301-2202-1103-44056\n별조각 300개 ₩5,500\n합계: ₩5,500\n결제 수단: 휴대폰 결제(KT)",
         "mobile_carrier", "휴대폰 결제(KT)"),
        ("Apple <no_reply@email.apple.com>", "Your receipt from Apple.",
         "Receipt\nOrder ID: MQRS7T8U9V\nSketch Pad $9.99\nTOTAL $9.99", "app_store", None),
        ("PayPal <service@paypal.de>", "Beleg für Ihre Zahlung an Nordlicht GmbH",
         "Sie haben eine Zahlung über 31,50 EUR an Nordlicht GmbH gesendet.\nTransaktionscode: 4HG12345RT678901B",
         "paypal", None),
        ("PayPal <service@paypal.com>", "Receipt for your payment to Maple Tools",
         "You paid $31.50 USD to Maple Tools\nTransaction ID: 4HG12345RT678901B\nPaid with: Visa x-4242", "paypal",
         "Visa x-4242"),
        ("Klarna <no-reply@klarna.de>", "Deine Rechnung von Nordlicht GmbH",
         "Danke für deinen Einkauf bei Nordlicht GmbH.\nBestellnummer: NL-20417\nRechnungsbetrag: 31,50 €",
         "bnpl_klarna", None),
    ],
)  # fmt: skip
def test_who_carried_the_payment_tells_its_class_where_the_mail_names_none(
    sender: str, subject: str, text: str, payment: str, words: str | None
) -> None:
    found = read(sender, subject, text)
    assert found.payment == payment
    assert (found.payment_method.value if found.payment_method else None) == words


@pytest.mark.parametrize(
    ("method", "awaited"),
    [
        ("Klarna Rechnung", True), ("Klarna - Pay in 30 days", True), ("Klarna (später bezahlen)", True),
        ("Klarna", False), ("Klarna Sofort", False), ("Klarna Pay now", False),
    ],
)  # fmt: skip
def test_what_is_bought_on_a_klarna_invoice_is_not_paid_yet(method: str, awaited: bool) -> None:
    label, total = ("Zahlungsart", "Gesamtsumme") if "R" in method or "ä" in method else ("Payment method", "Total")
    found = read("Holz & Licht <hallo@holzlicht.example>", "Order HL-2041 confirmed / Bestellung HL-2041 bestätigt",
                 f"Order number: HL-2041\n{label}: {method}\n{total}: 118.90 EUR")  # fmt: skip
    assert found.payment == "bnpl_klarna"
    assert (found.settlement is not None and found.settlement.value is Settlement.AWAITED) == awaited
