"""What the user's own letters say: by their own words, sentence by sentence, in every language."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.knowledge.letters import PERHAPS, QUESTION, TAKEN_BACK, THANKS, WAVERS, meant, read
from monitor.types import Span, Unit

WRITTEN = date(2026, 11, 6)  # a Friday
DAYS, BUSINESS_DAYS = Unit.DAYS, Unit.BUSINESS_DAYS


@pytest.mark.parametrize(
    ("subject", "body", "family"),
    [
        # Korean
        ("배송 문의", "주문한 상품이 아직 발송되지 않았습니다. 언제 발송되는지 알려 주세요.", ""),
        ("배송 재문의", "지난주에 문의드렸는데 답이 없습니다. 언제 발송되나요?", ""),
        ("문의", "배송이 늦어져 청약을 철회하오니 결제 금액 전액을 환불해 주시기 바랍니다.", "withdrawal"),
        ("주문 건", "오래 기다렸습니다.\n주문을 취소하고 전액 환불해 주세요.", "withdrawal"),
        ("주문 건", "청약을 철회합니다.", "withdrawal"),
        ("주문 취소 요청", "빠른 처리 부탁드립니다.", "withdrawal"),
        ("주문 건", "주문 취소 및 환불 부탁드립니다.", "withdrawal"),
        ("주문 취소", "주문 취소가 가능한지 궁금합니다.", ""),
        ("주문 건", "지금 주문을 취소할 수 있나요? 환불은 얼마나 걸리나요?", ""),
        ("주문 건", "11월 20일까지 배송되지 않으면 주문을 취소하겠습니다.", ""),
        ("주문 건", "배송이 불가한 경우 주문을 취소해 주세요.", ""),
        ("주문 건", "주문이 취소되었다고 들었는데 사실인지 확인 부탁드립니다.", ""),
        ("주문 건", "저는 주문을 취소하지 않습니다. 상품을 보내 주세요.", ""),
        ("환불 지연", "아직 입금되지 않았습니다. 대금을 환급해 주시기 바랍니다.", "refund_demand"),
        ("환불 규정 문의", "환불 규정이 어떻게 되나요?", ""),
        ("이행 최고", "상품을 보내 주시기 바랍니다.", "demand"),
        ("주문 건", "취소 처리 부탁드려요.", "withdrawal"),
        ("주문 건", "주문번호 N2611020053 취소해 주세요.", "withdrawal"),
        ("주문 건", "마음이 바뀌어 구매를 취소하고 싶습니다.", "withdrawal"),
        ("주문 건", "반품 신청을 취소해 주세요.", ""),
        ("Order 1", "Cancel order 1 please.", "withdrawal"),
        ("주문 건", "구매를 철회하고 싶습니다.", "withdrawal"),
        ("구독", "정기구독을 해지합니다.", "withdrawal"),
        ("구독", "정기배송 해지 신청합니다. 다음 달부터 결제되지 않게 해 주세요.", "withdrawal"),
        ("구독", "구독을 해지하면 위약금이 있나요?", ""),
        ("定期便", "定期購入を解約したいです。", "withdrawal"),
        ("定期便", "定期便の解約はどうすればよいですか。", ""),
        ("訂單", "依消保法第19條，我在七日內解除契約，請退還價金。", "withdrawal"),
        ("訂單", "可以解除契約嗎？", ""),
        ("Order 1", "Please don't cancel my order, I do not want a refund. I only want the goods.", ""),
        ("Order 1", "Please do not cancel the order.", ""),
        ("Bestellung 1", "Bitte stornieren Sie die Bestellung nicht, ich möchte die Ware.", ""),
        ("Bestellung 1", "Ich widerrufe den Vertrag, da die Ware nicht geliefert wurde.", "withdrawal"),
        ("주문 건", "물건은 이제 안 받겠습니다. 없던 일로 해 주시고 결제한 금액 89,000원 돌려주세요.", "withdrawal"),
        ("주문 건", "주문을 물러 주시고 카드 결제도 취소해 주세요.", "withdrawal"),
        ("주문 건", "결제한 89,000원 돌려주세요.", "refund_demand"),
        (
            "주문 건",
            '홈페이지에 "주문을 취소하고 전액 환불해 주세요"라고 쓰면 된다고 되어 있던데, 저는 취소를 원하지 않습니다.',
            "",
        ),
        ("주문 건", '> 인용\n"청약철회 및 환불을 요청합니다"라고 회신하면 된다고 하셨지만 그대로 기다리겠습니다.', ""),
        # English
        ("Order 1: where is it?", "my order has not arrived. Please tell me when it will ship.", ""),
        ("Order 1", "I cancel the order and ask you to refund the full amount.", "withdrawal"),
        ("Order 1", "I hereby cancel my order.", "withdrawal"),
        ("Order 1", "Please cancel my order and refund me.", "withdrawal"),
        ("Order 1", "I would like to cancel this purchase.", "withdrawal"),
        ("주문 건", "배송이 너무 늦어서 취소하려고 합니다. 환불 처리 부탁드려요.", "withdrawal"),
        ("주문 건", "취소하려고 했는데 그냥 기다릴게요. 언제 오나요?", ""),
        ("주문 건", "교환 취소해 주시고 원래대로 보내 주세요.", ""),
        ("Order 1", "It never shipped, so please go ahead and cancel it.", "withdrawal"),
        ("Order 1", "It has been three weeks. Just refund me please.", "refund_demand"),
        ("Order 1", "You said you would refund me on Friday.", ""),
        ("Order 1", "Please do not refund me, just send it.", ""),
        ("Bestellung 1", "Da die Ware nicht da ist, möchte ich vom Kauf zurücktreten.", "withdrawal"),
        ("Bestellung 1", "Ich möchte mein Geld zurück.", "refund_demand"),
        ("Bestellung 1", "Ich möchte nicht stornieren, ich möchte nur wissen, wann die Ware kommt.", ""),
        ("Ordine 1", "Vorrei annullare il mio ordine e ricevere il rimborso.", "withdrawal"),
        ("Ordine 1", "Se non arriva entro venerdì vorrei annullare.", ""),
        ("Bestelling 1", "Ik wil mijn bestelling annuleren en mijn geld terug.", "withdrawal"),
        ("Bestelling 1", "Ik wil niet annuleren, ik wil mijn pakket.", ""),
        ("Zamówienie 1", "Chcę anulować zamówienie i otrzymać zwrot pieniędzy.", "withdrawal"),
        ("注文 1", "商品が届かないのでキャンセルして返金してください。", "withdrawal"),
        ("注文 1", "キャンセルしたいのですが、できますか？", ""),
        ("Order 1", "Please stop order PO-7. I do not need the jacket any more.", "withdrawal"),
        ("Order 1", "I would like my $120.00 returned.", "refund_demand"),
        ("Order 1", "Kindly return my £240.00.", "refund_demand"),
        ("Order 1", "I don't want my money back, I want the lamp.", ""),
        ("Order 1", "If it has not come by Monday, I will cancel.", ""),
        ("Order 1", "Please ship it or I cancel the order.", ""),
        ("Order 1", "Can I still cancel my order?", ""),
        ("Cancellation", "How do I cancel my order, and what is your policy?", ""),
        ("Cancellation policy", "Please send me your terms.", ""),
        ("Order 1", "I do not want to cancel, I want my lamp.", ""),
        ("Order 1", "You cancelled my order without a word.", ""),
        ("Order 1", "Please refund the full amount of $120.", "refund_demand"),
        ("Order 1", "I request a full refund.", "refund_demand"),
        ("Order 1", "When will I get my refund?", ""),
        ("Re: Cancellation of your order", "Thank you, I will wait.", ""),
        ("Order 1", "I therefore treat the contract as at an end.", "withdrawal"),
        ("Final notice", "Where is my order?", "demand"),
        # German
        ("Bestellung 1", "hiermit widerrufe ich den Vertrag über meine Bestellung.", "withdrawal"),
        ("Bestellung 1", "Ich trete vom Vertrag zurück.", "withdrawal"),
        ("Bestellung 1", "Bitte stornieren Sie meine Bestellung.", "withdrawal"),
        ("Stornierung meiner Bestellung 1", "Guten Tag,\nvielen Dank.", "withdrawal"),
        ("Bestellung 1", "Andernfalls trete ich vom Vertrag zurück.", ""),
        ("Bestellung 1", "Wie kann ich die Bestellung stornieren?", ""),
        ("Bestellung 1: Nachfrist", "Bitte liefern Sie die Ware.", "demand"),
        ("Bestellung 1", "Wo bleibt meine Bestellung? Bitte um Auskunft.", ""),
        ("Bestellung 1", "Bitte erstatten Sie mir den Kaufpreis.", "refund_demand"),
        # French, Spanish
        ("Commande 1", "J’annule ma commande et vous demande le remboursement.", "withdrawal"),
        ("Commande 1", "Je vous notifie la résolution du contrat.", "withdrawal"),
        ("Commande 1", "À défaut, je vous notifie la résolution du contrat.", ""),
        ("Commande 1", "Où en est ma commande ?", ""),
        ("Commande 1", "Je vous mets en demeure de livrer.", "demand"),
        ("Commande 1", "Je vous prie de me rembourser.", "refund_demand"),
        ("Pedido 1", "Cancelo el pedido y solicito el reembolso.", "withdrawal"),
        ("Pedido 1", "¿Puedo cancelar el pedido?", ""),
        ("Pedido 1", "Solicito el reembolso íntegro.", "refund_demand"),
        ("Pedido 1", "Si no llega, cancelo el pedido.", ""),
        # Japanese, Chinese
        ("注文1の件", "注文をキャンセルいたします。返金をお願いいたします。", "withdrawal"),
        ("注文1の件", "契約を解除します。", "withdrawal"),
        ("注文1の件", "キャンセルは可能でしょうか。", ""),
        ("注文1の件", "いつ発送されますか。", ""),
        ("注文1の件", "お届けがない場合は契約を解除します。", ""),
        ("注文1の件", "返金をお願いいたします。", "refund_demand"),
        ("订单1", "请取消订单并退款。", "withdrawal"),
        ("订单1", "可以取消订单吗？", ""),
        ("订单1", "请退款。", "refund_demand"),
        # Italian, Dutch, Portuguese, Polish
        ("Ordine 1", "Con la presente recedo dal contratto.", "withdrawal"),
        ("Bestelling 1", "Hierbij herroep ik de overeenkomst.", "withdrawal"),
        ("Encomenda 1", "Cancelo a encomenda.", "withdrawal"),
        ("Zamówienie 1", "Odstępuję od umowy.", "withdrawal"),
        # broken by the mail program in the middle of a sentence
        ("Order 1", "As nothing has arrived and nobody has answered me, I hereby\ncancel the order.", "withdrawal"),
    ],
)
def test_a_letter_is_what_its_sentences_declare(subject: str, body: str, family: str) -> None:
    assert meant(subject, body) == family


@pytest.mark.parametrize(
    ("body", "family"),
    [
        ("환불 잘 받았습니다. 빠르게 처리해 주셔서 감사합니다.", THANKS),
        ("네, 환불해 주신다니 감사합니다. 그때까지 기다리겠습니다.", THANKS),
        ("감사합니다. 그런데 환불은 아직 들어오지 않았습니다.", QUESTION),
        # content to wait until the day that the seller named: it waits for no answer
        ("그대로 기다리겠습니다. 17일에는 꼭 보내 주세요.", THANKS),
        ("기다리겠습니다. 배송 정보를 알려 주세요.", QUESTION),
        ("Merci pour l'information. Je préfère attendre la livraison le 20 novembre.", THANKS),
        ("Thank you for the update, I will wait.", THANKS),
        ("Ich warte gern bis zum 20. November.", THANKS),
        ("Muchas gracias, ya lo he recibido.", THANKS),
        ("Ya he recibido el pedido pero falta un artículo.", QUESTION),
        ("Grazie mille, è arrivato.", THANKS),
        ("Aspetto una vostra risposta.", QUESTION),
        ("Bedankt, het is binnen.", THANKS),
        ("Ik wacht nog steeds op mijn pakket.", QUESTION),
        ("Obrigada, já recebi.", THANKS),
        ("Aguardo a vossa resposta.", QUESTION),
        ("Thanks, it has arrived.", THANKS),
        ("It has arrived broken. What now?", QUESTION),
        ("承知いたしました。20日までお待ちします。", THANKS),
        # what was declared is to stand no longer, or may not
        ("어제 보낸 취소 요청은 없던 걸로 하고 그냥 보내 주세요.", TAKEN_BACK),
        ("Please ignore my cancellation.", TAKEN_BACK),
        ("Ich nehme meine Stornierung zurück.", TAKEN_BACK),
        ("Je retire ma demande d'annulation.", TAKEN_BACK),
        ("Retiro mi solicitud de cancelación.", TAKEN_BACK),
        ("昨日のキャンセルの依頼はなかったことにしてください。", TAKEN_BACK),
        ("请忽略我昨天的取消申请。", TAKEN_BACK),
        ("Can I take back my cancellation?", WAVERS),
        ("마음이 바뀌었습니다. 그냥 보내 주시면 좋겠습니다.", WAVERS),
        ("배송이 언제 되는지 궁금합니다. 감사합니다.", QUESTION),
        ("Thank you for the quick refund, all is settled.", THANKS),
        ("Thank you for your reply. I have still not received the parcel.", QUESTION),
        ("I received the wrong item.", QUESTION),
        ("Vielen Dank für die schnelle Erstattung, das Geld ist eingegangen.", THANKS),
        ("Ich habe das Paket nicht erhalten.", QUESTION),
        ("返金を確認いたしました。ご対応ありがとうございました。", THANKS),
    ],
)
def test_a_letter_of_thanks_asks_for_nothing(body: str, family: str) -> None:
    assert read("Re: 1", body).family == family


@pytest.mark.parametrize(
    ("body", "family"),
    [
        ("주문을 취소해 주실 수 있을까요?", PERHAPS),
        ("지난번에 전화로 취소하겠다고 말씀드렸는데 환불이 안 됐네요. 확인 부탁드립니다.", PERHAPS),
        ("Could you please cancel my order?", PERHAPS),
        ("Könnten Sie die Bestellung bitte stornieren?", PERHAPS),
        ("Pourriez-vous annuler ma commande ?", PERHAPS),
        ("注文をキャンセルしていただけますか。", PERHAPS),
        ("취소가 가능한가요?", QUESTION),
        ("Can I still cancel my order?", QUESTION),
        ("Kann man die Bestellung noch stornieren?", QUESTION),
    ],
)
def test_a_polite_question_for_the_cancellation_may_be_one(body: str, family: str) -> None:
    assert read("Re: 1", body).family == family


@pytest.mark.parametrize(
    ("body", "family", "until"),
    [
        ("Please deliver it by 29 November 2026; otherwise I will treat the contract as at an end.", "demand", 29),
        ("Please deliver within 14 days.", "demand", Span(14, DAYS)),
        ("Please reply by Friday, 20 November 2026.", QUESTION, 20),
        ("If I do not hear from you by 20 November, I will cancel.", QUESTION, 20),
        ("You promised to deliver by 20 November. Where is it?", QUESTION, None),
        ("Please let me know whether it will arrive by 20 November.", QUESTION, None),
        ("I ordered on 2 November. Please tell me when it ships.", QUESTION, None),
        ("I cancel the order. Please refund the full amount by 20 November 2026.", "withdrawal", 20),
        ("Bitte liefern Sie bis zum 20.11.2026.", "demand", 20),
        ("Ich setze Ihnen eine Frist bis zum 20.11. Andernfalls trete ich zurück.", "demand", 20),
        ("Bitte liefern Sie innerhalb von 10 Tagen.", "demand", Span(10, DAYS)),
        ("Je vous mets en demeure de la livrer avant le 16 novembre 2026.", "demand", 16),
        ("Merci de me livrer sous 8 jours.", "demand", Span(8, DAYS)),
        ("Les ruego que entreguen el pedido antes del 20 de noviembre.", "demand", 20),
        ("11월 20일까지 배송해 주시기 바랍니다.", "demand", 20),
        ("11월 20일(금)까지 상품을 보내 주세요. 그렇지 않으면 주문을 취소하겠습니다.", "demand", 20),
        ("7일 이내에 배송해 주세요.", "demand", Span(7, DAYS)),
        ("11월 20일까지 배송된다고 안내하셨는데 확인 부탁드립니다.", QUESTION, None),
        ("청약을 철회합니다. 3영업일 이내에 환불해 주시기 바랍니다.", "withdrawal", Span(3, BUSINESS_DAYS)),
        ("11月20日までにお届けください。", "demand", 20),
        ("11月20日までに発送してください。", "demand", 20),
        ("请在11月20日之前发货。", "demand", 20),
        ("Prego consegnare entro il 20 novembre 2026.", "demand", 20),
    ],
)
def test_the_day_that_a_letter_sets_is_read(body: str, family: str, until: int | Span | None) -> None:
    found = read("", body, written=WRITTEN)
    assert found.family == family
    assert found.until == (date(2026, 11, until) if isinstance(until, int) else until)


def test_a_day_that_is_over_or_far_off_is_none_that_a_letter_sets() -> None:
    assert read("", "Please deliver by 2 November 2026.", written=WRITTEN).until is None
    assert read("", "Please deliver by 29 November 2027.", written=WRITTEN).until is None
