"""Money that will come back is told from money that came: the kinds inside the program, finer than the output's."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from monitor import knowledge, parse
from monitor.classify import classify
from monitor.types import Kind, RawMail

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def kind(subject: str, text: str) -> Kind:
    message = EmailMessage()
    message["From"] = "Shop <help@shop.example>"
    message["To"] = "buyer@home.example"
    message["Subject"] = subject
    message["Date"] = "Mon, 02 Mar 2026 10:00:00 +0000"
    message.set_content(text)
    mail = parse.mail(RawMail("test", "", 0, 0, None, message.as_bytes()), now=NOW)
    return classify(mail, knowledge.load()).kind


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("[오후상점] 환불 안내", "주문번호 OS-4410 환불 42,000원은 6월 3일까지 처리해 드리겠습니다."),
        ("[오후상점] 환불 안내", "주문번호 OS-4412 환불이 진행 중입니다. 카드사에 따라 3~5일 소요됩니다."),
        ("Re: Order DA-1240", "Hi Kim,\n\nSorry, that one is sold out. I will refund the full $80.00 to your card."),
        ("Re: Order DA-1250", "Hi Kim,\n\nSorry for the wait. You will receive a full refund of $80.00 shortly."),
        ("Re: Your order DA-1280", "Hi Kim,\n\nthe book is sold out. We will refund your £18.50 by 19 March in full."),
        ("Re: Bestellung WL-90", "Guten Tag,\n\nleider ist die Vase vergriffen. Der Betrag von 39,00 EUR zu Ihrer "
         "Bestellung WL-90 wird in den nächsten Tagen erstattet.\n\nMit freundlichen Grüßen"),
    ],
)  # fmt: skip
def test_a_promise_of_money_is_no_refund_and_no_mere_answer(subject: str, text: str) -> None:
    assert kind(subject, text) is Kind.REFUND_PROMISED


@pytest.mark.parametrize(
    ("subject", "text", "want"),
    [
        ("[오후상점] 환불 안내", "주문번호 OS-4413 환불이 완료되었습니다. 환불금액 42,000원", Kind.REFUND),
        ("[오후상점] 환불 완료", "주문번호 OS-4414 환불금액 42,000원. 카드사에 따라 3~5일 소요됩니다.", Kind.REFUND),
        ("Your refund for order DA-1290", "We have refunded $80.00. It will appear within 5 days.", Kind.REFUND),
        ("Re: Order DA-1260", "Hi,\n\nThank you for your message. If you send order DA-1260 back we will refund it.",
         Kind.SELLER_REPLY),
        ("Re: 배송 문의 (주문번호 OS-4415)",
         "입고 지연으로 6월 27일에 발송 예정입니다. 기다리기 어려우시면 회신해 주시면 전액 환불해 드리겠습니다.",
         Kind.SELLER_REPLY),
        ("[오후상점] 품절 안내",
         "주문번호 OS-4411 상품이 품절되어 주문이 취소되었습니다. 42,000원은 환불해 드릴 예정입니다.",
         Kind.CANCELLATION),
    ],
)  # fmt: skip
def test_money_that_came_or_depends_on_something_is_no_promise(subject: str, text: str, want: Kind) -> None:
    assert kind(subject, text) is want


def test_an_answer_about_an_order_with_a_short_number_is_read() -> None:
    assert kind("Re: Order KS-94 not shipped", "Hi Kim,\n\nSo sorry about this. Your vase will ship on March 16.") is (
        Kind.SELLER_REPLY
    )
