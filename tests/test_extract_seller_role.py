"""The class of an order by what its seller sells, where the mail's own words tell none."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from monitor import knowledge, parse
from monitor.classify import classify
from monitor.extract import extract
from monitor.types import Finding, OrderClass, RawMail

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
