"""Delay notices that offer the money back: the new day is read, and nothing was promised. In every language."""

# ruff: noqa: E501 - a sample keeps the lines of its mail, and Korean, Japanese and Chinese letters count twice

from __future__ import annotations

from datetime import UTC, date, datetime
from email.message import EmailMessage

import pytest

from monitor import knowledge, parse
from monitor.classify import classify, offers
from monitor.extract import extract
from monitor.knowledge.words import FOLDER
from monitor.types import Finding, Kind, RawMail

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)


def read(subject: str, text: str) -> tuple[Kind, Finding]:
    """The kind of a mail of 2 November 2026, and its values."""
    message = EmailMessage()
    message["From"] = "Shop <help@shop.example>"
    message["To"] = "buyer@home.example"
    message["Subject"] = subject
    message["Date"] = "Mon, 02 Nov 2026 10:00:00 +0000"
    message.set_content(text)
    mail = parse.mail(RawMail("test", "", 0, 0, None, message.as_bytes()), now=NOW)
    verdict = classify(mail, knowledge.load())
    return verdict.kind, extract(mail, verdict, knowledge.load())


LATE = {
    "en": [
        (
            "Your order PO-380138 is delayed",
            "Hello Kim,\n\nyour order PO-380138 is delayed and will ship on November 16, 2026. If you would rather not wait, let us know and we will cancel it and refund you in full.\n\nHarbor & Pine",
        ),
        (
            "Update on order PO-380138",
            "Hi Kim,\n\nWe are sorry, the lamp from your order PO-380138 is running late. We now expect to send it on November 16. You are welcome to cancel at any time. We will then refund you straight away.\n\nBest",
        ),
        (
            "Order PO-380138",
            "Hello,\n\nyour order PO-380138 has been delayed. The new delivery date is November 16, 2026.\nPrefer not to wait? Just reply to this email. You will get a full refund.\n",
        ),
        (
            "Delay",
            "Hello,\n\nDue to a shortage your order PO-380138 will ship by November 16, 2026. Should this not suit you, we will gladly refund the purchase price.",
        ),
    ],
    "ko": [
        (
            "[바른상사] 발송 지연 안내",
            "고객님, 주문번호 20261101-1234 상품의 발송이 11월 16일로 지연됩니다. 취소를 원하시면 고객센터로 연락 주세요. 바로 환불해 드리겠습니다.",
        ),
        (
            "주문하신 상품 발송 안내",
            "주문번호 20261101-1234\n입고 지연으로 11월 16일에 발송될 예정입니다. 기다리시기 어려우시면 언제든지 말씀해 주세요. 전액 환불 처리해 드리겠습니다.",
        ),
        (
            "Re: 배송 문의",
            "안녕하세요. 주문번호 20261101-1234 상품은 11월 16일에 출고 예정입니다.\n혹시 취소가 필요하시다면 답장 부탁드립니다.\n확인 즉시 환불 진행해 드리겠습니다.",
        ),
        (
            "[바른상사] 배송이 늦어지고 있습니다",
            "주문번호 20261101-1234 상품은 11월 16일 발송 예정입니다. 취소 요청 시 즉시 전액 환불됩니다. 불편을 드려 죄송합니다.",
        ),
    ],
    "de": [
        (
            "Ihre Bestellung WL-310131",
            "Guten Tag,\n\ndie Lieferung Ihrer Bestellung WL-310131 verzögert sich bis zum 16. November 2026. Wenn Sie nicht warten möchten, melden Sie sich bitte. Wir erstatten Ihnen den Kaufpreis dann umgehend.",
        ),
        (
            "Ihre Bestellung WL-310131",
            "Guten Tag,\n\nleider kann Ihre Bestellung erst am 16.11.2026 versendet werden. Auf Wunsch stornieren wir die Bestellung und erstatten den Betrag sofort.",
        ),
        (
            "Lieferverzögerung Bestellung WL-310131",
            "Hallo,\ndein Artikel verspätet sich. Neuer Liefertermin: 16.11.2026\nDu möchtest nicht so lange warten? Dann storniere einfach deine Bestellung. Dein Geld bekommst du selbstverständlich zurück.",
        ),
    ],
    "fr": [
        (
            "Votre commande AM-5521",
            "Bonjour,\n\nla livraison de votre commande AM-5521 est retardée : elle sera expédiée le 16 novembre 2026. Si vous ne souhaitez pas attendre, contactez-nous. Nous vous rembourserons alors intégralement.",
        ),
        (
            "Retard de votre commande AM-5521",
            "Bonjour, votre commande AM-5521 sera livrée le 16 novembre 2026 au lieu du 5. Vous préférez annuler ? Répondez à ce message et vous serez remboursé sous 48 h.",
        ),
    ],
    "es": [
        (
            "Su pedido MO-5521",
            "Hola:\n\nSu pedido MO-5521 se ha retrasado y se enviará el 16 de noviembre de 2026. Si no desea esperar, escríbanos. Le reembolsaremos el importe íntegro.",
        ),
        (
            "Retraso en su pedido MO-5521",
            "Su pedido MO-5521 llegará el 16 de noviembre de 2026. ¿Prefiere cancelarlo? Avísenos y le devolveremos el dinero.",
        ),
    ],
    "it": [
        (
            "Il suo ordine LG-883",
            "Gentile cliente,\n\nla consegna del suo ordine LG-883 è in ritardo: verrà spedito il 16 novembre 2026. Se non desidera attendere, ci contatti. La rimborseremo subito.",
        ),
        (
            "Ritardo ordine LG-883",
            "Il suo ordine LG-883 arriverà il 16 novembre 2026. Preferisce annullarlo? Ci scriva e riceverà il rimborso completo.",
        ),
    ],
    "nl": [
        (
            "Je bestelling KW-2201",
            "Beste klant,\n\nde levering van je bestelling KW-2201 is vertraagd tot 16 november 2026. Wil je niet wachten? Laat het ons weten. We betalen je dan het volledige bedrag terug.",
        ),
        (
            "Vertraging bestelling KW-2201",
            "Je bestelling KW-2201 wordt op 16 november 2026 verzonden. Liever annuleren? Dan krijg je je geld direct terug.",
        ),
    ],
    "pt": [
        (
            "A sua encomenda CL-771",
            "Olá,\n\na entrega da sua encomenda CL-771 está atrasada e será enviada a 16 de novembro de 2026. Se não quiser esperar, contacte-nos. Faremos o reembolso total de imediato.",
        ),
        (
            "Atraso no seu pedido CL-771",
            "Seu pedido CL-771 será entregue em 16 de novembro de 2026. Prefere cancelar? Responda a este e-mail e devolveremos o valor integral.",
        ),
    ],
    "pl": [
        (
            "Twoje zamówienie MB-1029",
            "Dzień dobry,\n\nrealizacja zamówienia MB-1029 opóźni się, wysyłka nastąpi 16 listopada 2026. Jeśli nie chce Pani czekać, prosimy o kontakt. Zwrócimy wtedy całą kwotę.",
        ),
        (
            "Opóźnienie zamówienia MB-1029",
            "Zamówienie MB-1029 zostanie dostarczone 16 listopada 2026 r. Wolisz zrezygnować? Napisz do nas, a zwrócimy pieniądze.",
        ),
    ],
    "ja": [
        (
            "ご注文 KT-20541 の発送遅延について",
            "佐藤様\n\nご注文KT-20541の商品は入荷が遅れており、11月16日に発送予定です。キャンセルをご希望の場合はご連絡ください。すぐに返金いたします。",
        ),
        (
            "【重要】発送遅延のお知らせ",
            "注文番号：KT-20541\n発送予定日が2026年11月16日に変更となりました。お待ちいただけないようでしたら、お手数ですがご返信ください。全額ご返金させていただきます。",
        ),
    ],
    "zh": [
        (
            "关于订单QT-3021延迟发货",
            "尊敬的顾客：您的订单QT-3021延迟发货，预计2026年11月16日发出。如需取消请联系客服。我们将立即为您退款。",
        ),
        (
            "訂單 CM-5580 延遲出貨",
            "親愛的顧客，您的訂單 CM-5580 將延至 2026 年 11 月 16 日出貨。不想等待的話請回覆此信。我們會立刻為您辦理退款。",
        ),
    ],
}


@pytest.mark.parametrize(
    ("subject", "text"),
    [pytest.param(*one, id=f"{code}{n}") for code, some in LATE.items() for n, one in enumerate(some)],
)
def test_a_delay_with_an_offer_to_cancel_keeps_its_new_day_and_promises_no_money(subject: str, text: str) -> None:
    kind, found = read(subject, text)
    assert kind in (Kind.DELAYED, Kind.SELLER_REPLY)
    days = {stated.value for stated in (found.dispatch_by, found.promised_by) if stated is not None}
    assert days == {date(2026, 11, 16)}
    assert found.refund_by is None


def test_every_language_has_words_for_offers() -> None:
    loaded = knowledge.load()
    assert set(LATE) == {path.stem for path in FOLDER.glob("*.toml")}
    for code in LATE:
        chosen = offers.words(loaded, code)
        assert chosen is not None
        assert chosen.wish and chosen.condition and chosen.undo and chosen.otherwise


@pytest.mark.parametrize(
    ("subject", "text", "want"),
    [
        ("Order PO-77120", "Hello,\n\nyour order PO-77120 has been cancelled. If you have questions, call us. We will refund "
         "$40.00 within 5 business days.", Kind.CANCELLATION),
        ("Your refund for order PO-77121", "We have refunded $40.00 for order PO-77121. If you do not see the refund within "
         "10 days, please contact us.", Kind.REFUND),
        ("Re: Order PO-77122", "Hi Kim,\n\nthe shelf is sold out. As you asked to cancel, we will refund your $40.00 by 9 "
         "November.", Kind.REFUND_PROMISED),
        ("[오후상점] 주문 취소 안내", "주문번호 20261101-7712 주문이 취소되었습니다. 문의사항이 있으시면 연락 주세요. 42,000원은 3일 이내에 환불해 드리겠습니다.",
         Kind.CANCELLATION),
        ("Re: Bestellung WL-7712", "Guten Tag,\n\nwir haben Ihre Bestellung WL-7712 storniert. Wenn Sie Fragen haben, melden Sie "
         "sich. Der Kaufpreis wird in den nächsten Tagen erstattet.", Kind.CANCELLATION),
    ],
)  # fmt: skip
def test_what_was_cancelled_or_promised_without_a_wish_stands(subject: str, text: str, want: Kind) -> None:
    assert read(subject, text)[0] in (want, Kind.REFUND_PROMISED)


def test_what_follows_without_the_buyers_word_is_no_offer() -> None:
    kind, _ = read("Order PO-77123", "Hi Kim,\n\nyour order PO-77123 is sold out. If you prefer another colour, let us know. "
                   "Otherwise we will refund you in full on 6 November.")  # fmt: skip
    assert kind is Kind.REFUND_PROMISED


def test_lines_and_cells_of_a_text_stay_where_they_are() -> None:
    chosen = offers.words(knowledge.load(), "en")
    assert chosen is not None
    text = "Late\tNovember\nIf you would rather not wait, let us know and we\nwill refund you.\n\nBest wishes"
    blanked = offers.without(text, chosen)
    assert "refund" not in blanked
    assert [len(line) for line in blanked.split("\n")] == [len(line) for line in text.split("\n")]
    assert blanked.startswith("Late\tNovember\n")
    assert blanked.endswith("Best wishes")
