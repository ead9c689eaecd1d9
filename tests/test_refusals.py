"""Whether a seller's answer refuses a cancellation or a refund, read sentence by sentence."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import parse
from monitor.classify import classify
from monitor.extract import extract
from monitor.knowledge import letters, load, refusals
from monitor.types import Kind, RawMail

REFUSES = """
고객님, 주문번호 N1 상품은 주문 제작 상품이라 취소 및 환불이 어렵습니다. 양해 부탁드립니다.
고객님, 주문번호 N2 상품은 이미 포장이 완료되어 취소가 불가합니다. 발송까지 조금만 기다려 주세요.
안녕하세요. 요청하신 취소는 이미 출고 준비가 끝나 처리해 드릴 수 없습니다.
죄송하지만 환불은 도와드리기 어렵습니다.
고객님의 환불 요청은 거절되었습니다.
죄송하지만 단순 변심에 의한 취소는 불가합니다.
주문 취소는 안 됩니다. 곧 보내드릴게요.
청약철회는 받아들일 수 없습니다.
Unfortunately we are unable to cancel or refund order PO-600003 because it is already in production.
We're sorry, but your order can no longer be cancelled as it has already been packed.
Your refund request has been declined.
We are unable to process your return for order FL-20981 at this time.
We cannot accept your cancellation.
You are not eligible for a refund.
Guten Tag, eine Stornierung der Bestellung WL-600005 ist leider nicht mehr möglich, da sie bereits verpackt wurde.
Ihren Widerruf können wir nicht akzeptieren.
Wir können Ihnen den Betrag leider nicht erstatten.
Ihren Widerruf weisen wir zurück.
Nous ne pouvons malheureusement pas annuler votre commande, elle est déjà en préparation.
L'annulation de votre commande n'est plus possible.
Votre demande de remboursement a été refusée.
Lamentablemente no podemos cancelar su pedido porque ya está preparado.
La cancelación ha sido rechazada.
申し訳ございませんが、ご注文のキャンセルはお受けできません。
ご注文後のキャンセルはいたしかねます。
返金には応じられません。
很抱歉，您的订单已进入生产环节，无法取消。
您的退款申请已被拒绝。
Purtroppo non possiamo annullare il suo ordine.
Helaas kunnen wij uw bestelling niet meer annuleren.
Infelizmente não é possível cancelar o pedido.
Niestety nie możemy anulować zamówienia.
"""
REFUSES_NOTHING = """
상품 발송이 어렵습니다. 환불해 드리겠습니다.
재고가 없어 보내 드릴 수 없습니다. 주문을 취소하고 환불 처리해 드리겠습니다.
취소가 불가한 것은 아닙니다.
환불이 어려우시면 교환으로 진행해 주세요.
발송 후에는 취소가 불가합니다.
※ 주문제작 상품은 취소/환불이 불가합니다.
환불이 아직 안 되었습니다. 확인 중입니다.
배송비는 환불되지 않습니다.
일부 상품은 취소가 어렵습니다.
11월 13일까지 환불은 어렵고, 20일에 입금해 드리겠습니다.
고객님께서 "취소가 불가합니다"라고 적으신 부분 확인했습니다. 확인 후 연락드리겠습니다.
환불이 어렵다고 하신 부분은 오해가 있으셨던 것 같습니다.
포장된 경우 취소가 불가합니다.
취소 요청 철회는 불가합니다. 이미 환불되었습니다.
전화로는 취소가 어려우니 앱에서 신청해 주세요.
We cannot ship your order and will refund you in full.
We are unable to ship the item, so we have cancelled your order.
We cannot refund you until we have received the return.
Shipping costs cannot be refunded.
Once an order has shipped it cannot be cancelled.
If the goods are damaged we cannot refund them.
We have not refunded you yet.
We cannot cancel the order any more, but you can return the item for a full refund.
It is not impossible to cancel your order.
Your order was cancelled; a refund is not possible, as nothing was charged.
Wir können leider nicht liefern und erstatten den Betrag.
Die Versandkosten können wir nicht erstatten.
Eine Stornierung ist nicht ausgeschlossen.
Nach dem Versand ist eine Stornierung nicht mehr möglich.
Wir können die Bestellung nicht mehr stornieren. Nach der Rücksendung erhalten Sie Ihr Geld zurück.
Nous ne pouvons pas expédier votre commande et vous remboursons.
Le remboursement n'est pas encore arrivé.
No podemos enviar su pedido y procederemos al reembolso.
発送ができかねますので、返金させていただきます。
発送後のキャンセルはできません。
送料の返金はできません。
无法发货，将为您退款。
运费不能退款。
Your order is delayed until 17 November. We are sorry.
"""


@pytest.mark.parametrize("text", REFUSES.strip().split("\n"))
def test_a_no_to_a_cancellation_or_a_refund_is_read(text: str) -> None:
    assert refusals.refusal(f"Hello,\n{text}\nShop")


@pytest.mark.parametrize("text", REFUSES_NOTHING.strip().split("\n"))
def test_a_condition_a_part_a_quote_or_a_refund_is_no_refusal(text: str) -> None:
    assert refusals.refusal(f"Hello,\n{text}\nShop") == ""


@pytest.mark.parametrize(
    "text",
    ["Your refund request for order 1042 has been declined.", "L'annulation de votre commande n'est plus possible."],
)
def test_a_mail_that_refuses_a_refund_promises_none(text: str) -> None:
    content = f"From: Shop <help@shop.example>\nTo: me@example.com\nSubject: Re: Order 1042\n\n{text}\n"
    mail = parse.mail(RawMail("home", "INBOX", 1, 1, None, content.encode()), now=datetime(2026, 11, 7, tzinfo=UTC))
    verdict = classify(mail, load())
    finding = extract(mail, verdict, load())
    assert verdict.kind is Kind.SELLER_REPLY
    assert finding.outcome is not None and finding.outcome.value == "refused"


def test_each_language_of_the_letters_has_words_for_a_no() -> None:
    table = tomllib.loads(refusals.FILE.read_text(encoding="utf-8"))
    of_letters = set(tomllib.loads(letters.FILE.read_text(encoding="utf-8"))["withdrawal"]["says"])
    assert {name: set(parts) for name, parts in table.items()} == dict.fromkeys(refusals.TABLES, of_letters)
    for parts in table.values():
        for pattern in (p for own in parts.values() for p in own):
            assert re.compile(pattern).search("") is None  # an empty pattern would find a refusal in every mail
            plain = re.sub(r"\\.", "", pattern)
            assert plain == plain.lower(), pattern  # it would never be found: texts are looked at in small letters


def test_case_does_not_count_in_a_refusal() -> None:
    assert refusals.refusal("WE CANNOT CANCEL YOUR ORDER.") == "WE CANNOT CANCEL YOUR ORDER."


@given(st.text(max_size=300))
def test_any_text_is_looked_at_without_a_fault(text: str) -> None:
    assert refusals.refusal(text) in ("", *letters.passages(text))
