"""Habits of shop systems' mails: sums without a known label, numbers in brackets, notices to the shop's owner."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from monitor import knowledge, parse
from monitor.classify import classify
from monitor.extract import extract
from monitor.types import Finding, Kind, RawMail, Verdict

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def read(
    subject: str, text: str = "", html: str = "", sender: str = "Fern Hill <shop@fernhill.example>"
) -> tuple[Verdict, Finding]:
    """The verdict on a mail and its values."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "buyer@home.example", subject
    message["Date"] = "Mon, 02 Mar 2026 10:00:00 +0000"
    if html:
        message.set_content(html, subtype="html")
    else:
        message.set_content(text)
    known = knowledge.load()
    mail = parse.mail(RawMail("test", "", 0, 0, None, message.as_bytes()), now=NOW)
    verdict = classify(mail, known)
    return verdict, extract(mail, verdict, known)


def total_of(finding: Finding) -> str | None:
    """The total as it would be printed."""
    return f"{finding.total.value.amount} {finding.total.value.currency}" if finding.total else None


def number_of(finding: Finding) -> str | None:
    """The order number."""
    return finding.order_number.value if finding.order_number else None


ORDER = "Thank you for your order.\nOrder number: FH-5501\n"


def test_a_sum_whose_label_nobody_knows_is_known_by_what_stands_above_it() -> None:
    text = f"{ORDER}Lamp 40.00 EUR\nShade 9.50 EUR\nWrapping it up 3.00 EUR\nEverything 52.50 EUR\n"
    assert total_of(read("Your order FH-5501", text)[1]) == "52.50 EUR"


def test_amounts_that_do_not_add_up_make_no_total() -> None:
    text = f"{ORDER}Lamp 40.00 EUR\nShade 9.50 EUR\nEverything 62.50 EUR\n"
    assert total_of(read("Your order FH-5501", text)[1]) is None


def test_a_subtotal_that_adds_up_is_no_total() -> None:
    text = f"{ORDER}Lamp 40.00 EUR\nShade 9.50 EUR\nSubtotal 49.50 EUR\nDelivery 6.00 EUR\n"
    assert total_of(read("Your order FH-5501", text)[1]) is None


def test_of_two_totals_the_one_that_adds_up_counts() -> None:
    text = f"{ORDER}Total price: 41.60 EUR\nLamp 40.00 EUR\nShade 9.50 EUR\nShipping: 5.00 EUR\nTotal: 54.50 EUR\n"
    assert total_of(read("Your order FH-5501", text)[1]) == "54.50 EUR"


def test_cells_of_a_grid_stand_in_one_row() -> None:
    row = '<div style="display:grid;grid-template-columns:repeat(2,1fr)"><span>{}</span>\n<span>{}</span></div>'
    rows = "".join(row.format(*pair) for pair in (("Subtotal", "$49.50"), ("Grand total", "$54.50")))
    html = f"<p>Thank you for your order.</p><p>Order number: FH-5501</p>{rows}"
    assert total_of(read("Your order FH-5501", html=html)[1]) == "54.50 USD"


def test_a_label_and_an_amount_in_neighbouring_elements_do_not_run_together() -> None:
    html = "<p>Thank you for your order.</p><p>Order number: FH-5501</p><div><b>Order total</b><b>$54.50</b></div>"
    assert total_of(read("Your order FH-5501", html=html)[1]) == "54.50 USD"


def test_an_amount_in_pieces_stays_one() -> None:
    html = "<p>Thank you for your order.</p><p>Order total: <b>$</b><b>54</b><b>.50</b></p><p>Order number: FH-5501</p>"
    assert total_of(read("Your order FH-5501", html=html)[1]) == "54.50 USD"


def test_a_refunded_order_is_not_refunded_with_its_own_number() -> None:
    text = "Order refunded: 1190\nYour order has been refunded.\n[Order #1190]\nTotal: 79.00 EUR\n"
    finding = read("Your order #1190 has been refunded", text)[1]
    assert (number_of(finding), total_of(finding)) == ("1190", "79.00 EUR")


@pytest.mark.parametrize(
    ("subject", "text", "number"),
    [
        ("Lieferstatus", "Der Status Ihrer Bestellung bei Fern Hill (Nummer: HF2031) ist jetzt: Versandt.", "HF2031"),
        ("Fern Hill parcel notice #R554120", "Your parcel has been shipped.\nThank you for your order.", "R554120"),
        ("Fern Hill answers, ticket #554120", "Your order has been shipped today, thank you.", None),
    ],
)  # fmt: skip
def test_a_number_in_brackets_or_in_the_subject_is_the_orders(subject: str, text: str, number: str | None) -> None:
    assert number_of(read(subject, text)[1]) == number


def test_a_tracking_number_may_be_written_with_dots() -> None:
    text = "Ihre Bestellung wurde versandt.\nSendungsnummer: 99.60.141370.00123456\nBestellwert: CHF 64.90\n"
    numbers = read("Ihre Bestellung wurde versandt", text)[1].tracking_numbers
    assert [stated.value for stated in numbers] == ["99.60.141370.00123456"]


def test_a_shops_own_number_of_a_shipment_is_no_tracking_number() -> None:
    text = "Ihre Bestellung wurde versandt.\nIhre Sendung #100000512 zu Bestellung #100000633\n"
    assert read("Ihre Sendung #100000512 zu Bestellung #100000633", text)[1].tracking_numbers == ()


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("[Fern Hill]: New order #1190", "You've received the following order from Ann Lee:\n#1190\nTotal: $20.00"),
        ("Neue Bestellung #1190", "Ann Lee hat soeben Bestellung Nr. 1190 aufgegeben.\nGesamt: 20,00 €"),
        ("Bestellung (#5501)", "Folgende Artikel wurden soeben unter Fern Hill bestellt:\nBestellnummer: 5501"),
        ("New order 5501", "Dear Admin,\na new order has been placed.\nOrder number: 5501\nTotal: $20.00"),
        ("El cliente canceló", "El cliente ha cancelado el pedido 5501.\nPedido: 5501\nTotal: 20,00 €"),
        ("New download purchase - Order #5501", "Hello\nDownloads sold:\nLamp plans\nAmount: $20.00\nThank you"),
        ("새로운 주문 접수됨 | FH-5501", "새로운 주문을 받았습니다. 스토어의 주문 처리 페이지로 이동하십시오."),
        ("Nieuwe bestelling #1190", "Ann Lee heeft zojuist bestelling 1190 geplaatst.\nTotaal: € 20,00"),
    ],
)  # fmt: skip
def test_what_is_written_to_the_owner_of_a_shop_is_no_purchase(subject: str, text: str) -> None:
    assert read(subject, text)[0].kind is Kind.OTHER


@pytest.mark.parametrize(
    ("subject", "text", "kind"),
    [
        ("Problem", "Leider konnten wir die Zahlung für Bestellung 5501 nicht buchen.", "payment_failed"),
        ("Il tuo ordine", "Il tuo ordine 5501 non è andato a buon fine.", "payment_failed"),
        ("Deine Bestellung #5501", "Deine Bestellung wurde teilweise zurückerstattet.", "refund"),
        ("Order receipt from Fern Hill", "Thanks for buying.\nOrder number: 5501\nTotal: $20.00", "order_confirmation"),
        ("New order note", "A new order note has been added to your account:\n\"On Monday.\"", "seller_reply"),
        ("Bestellung 5501", "Der Status Ihrer Bestellung 5501 lautet jetzt: Versandt.", "shipped"),
        ("Your order", "Your order from Fern Hill has been fulfilled.\nTracking number: 771234567890", "shipped"),
        ("Payment for order #5501 was confirmed", "Thank you for purchasing.\nTotal: $20.00", "payment_receipt"),
        ("Payment required", "We were unable to automatically charge your saved payment method.", "payment_failed"),
        ("Update on order #5501", "The lamp of your order #5501 is currently on backorder.", "delayed"),
        ("Su pedido", "Su pedido con ID 5501 ha sido eliminado por el vendedor.", "cancellation"),
        ("Twoje zamówienie 5501", "Chcemy przypomnieć o płatności za zamówienie nr 5501.", "payment_failed"),
        ("In attesa del bonifico", "Il tuo ordine ABCDEFGHI è stato effettuato correttamente.", "order_confirmation"),
        ("Order 5501", "Your payment has been cancelled, we cannot process order 5501.", "payment_failed"),
        ("Your order", "Your order has been shipped.\nThank you for shopping with Fern Hill!", "shipped"),
        ("Your order", "Thanks for your order.\nOne item may cause a slight delay in your delivery.", "delayed"),
        ("주문 상태 업데이트", "귀하의 주문이 배송되었습니다. 곧 받으실 수 있습니다.", "shipped"),
        ("注文が確認されました", "注文番号 #5501 が確認され、発送済みとしてマークされました。", "shipped"),
        ("Je bestelling 5501", "Je bestelling 5501 kan worden opgehaald in onze winkel.", "shipped"),
        ("Tu pedido", "Tu pedido ha sido recogido. Gracias por tu compra.", "delivered"),
        ("Your order 5501", "Your order 5501 will be delivered to our store in Leeds.", "order_confirmation"),
    ],
)  # fmt: skip
def test_what_shop_systems_say_happened(subject: str, text: str, kind: str) -> None:
    assert read(subject, text)[0].kind.value == kind


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Du hast 39 Punkte für deine Bestellung erhalten", "Ab 100 Punkten bekommst du 5 € Rabatt."),
        ("Hoe bevalt je bestelling #5501?", "Je bestelling is een week geleden bezorgd. Schrijf een review."),
        ("Rimborso approvato", "Il tuo rimborso spese è stato approvato. Accedi per vedere la nota spese."),
        ("Resolved: delays in order confirmation emails", "Order confirmation emails were delayed for some stores."),
    ],
)
def test_what_a_shop_writes_around_an_order_is_no_news_of_it(subject: str, text: str) -> None:
    assert read(subject, text)[0].kind is Kind.OTHER


def test_where_a_person_is_the_sender_the_shop_is_the_one_that_the_domain_spells() -> None:
    text = "Fern Hill Garden Supply\nYour order S00412 amounting in $ 54.50 has been confirmed.\n--\nRuth Vance\n"
    verdict, _ = read("Your order (Ref S00412)", text, sender="Ruth Vance <sales@fernhill.example>")
    assert verdict.seller is not None
    assert verdict.seller.value.name == "Fern Hill Garden Supply"


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("You placed order #5501 for 64.90 EUR on 4 March.", "64.90 EUR"),
        ("Your order 5501 amounting in 64.90 EUR has been confirmed.", "64.90 EUR"),
        ("Order 5501: you save 10.00 EUR on your next order.", None),
    ],
)
def test_what_an_order_is_worth_is_read_from_its_sentence(text: str, total: str | None) -> None:
    assert total_of(read("Your order 5501", f"Thank you for your order.\n{text}")[1]) == total


def test_a_label_that_begins_like_a_total_and_has_the_largest_amount_is_one() -> None:
    text = "Vielen Dank für Ihre Bestellung.\nBestellnummer: 5501\nLampe 40,00 €\nGesamtsummenwert: 45,90 €\n"
    assert total_of(read("Ihre Bestellung", text)[1]) == "45.90 EUR"


def test_a_value_below_an_underlined_label_is_read() -> None:
    text = "Vielen Dank für Ihre Bestellung.\nBestellnummer: 5501\nGesamt: 45,90 €\nZahlung:\n--------\nKreditkarte\n"
    method = read("Ihre Bestellung", text)[1].payment_method
    assert method is not None
    assert method.value == "Kreditkarte"


def test_a_receipt_says_in_a_sentence_how_it_was_paid() -> None:
    text = "Die Zahlung für Ihre Bestellung 5501 in Höhe von 45,90 EUR ist per PayPal bei uns eingegangen.\n"
    verdict, finding = read("Zahlungseingang zu Ihrer Bestellung 5501", text)
    assert verdict.kind is Kind.PAYMENT_RECEIPT
    assert finding.payment_method is not None
    assert finding.payment_method.value == "PayPal"


def test_what_was_given_back_is_known_with_the_way_it_went() -> None:
    text = "Ihre Bestellung 5501 wurde storniert.\nRückerstattungsbetrag: 38,40 €\nRückerstattungsmethode: PayPal\n"
    verdict, finding = read("Ihre Bestellung wurde storniert", text)
    assert (verdict.kind, total_of(finding)) == (Kind.CANCELLATION, "38.40 EUR")
    assert finding.payment_method is not None
    assert finding.payment_method.value == "PayPal"


def test_francs_of_west_africa_have_no_decimals() -> None:
    text = "Merci pour votre commande.\nCommande : PM-4412\nTotal : 15 000 XOF\n"
    assert total_of(read("Votre commande PM-4412", text)[1]) == "15000 XOF"


def test_a_number_that_closes_the_subject_of_a_sellers_letter_is_the_orders() -> None:
    text = "We are contacting you regarding your parcel. Please accept our apologies and let us know your thoughts.\n"
    verdict, finding = read("Hello Ann, looking forward to your response (112-4471920-8833011)", text)
    assert (verdict.kind, number_of(finding)) == (Kind.SELLER_REPLY, "112-4471920-8833011")


def test_what_one_night_costs_is_no_total() -> None:
    text = "Your booking is confirmed.\nBooking ID: 44181\nPrice per night: 140.00 USD\n"
    assert total_of(read("Booking confirmation 44181", text)[1]) is None


def test_an_amount_in_brackets_behind_the_number_of_a_paper_is_the_amount() -> None:
    text = "Thanks! We received your payment for INV-3310 (£420.00).\n"
    assert total_of(read("Payment received - INV-3310", text)[1]) == "420.00 GBP"


@pytest.mark.parametrize(
    ("subject", "text", "number"),
    [
        ("Reembolso", "Hemos procesado el reembolso de tu pedido de Olmo con la referencia XKBKNABJK.", "XKBKNABJK"),
        ("Livraison", "Votre commande ayant la référence XKBKNABJK est en cours d'acheminement.", "XKBKNABJK"),
        ("Refund", "We have processed your refund for order with the\nreference XKBKNABJK.\nBye", "XKBKNABJK"),
        ("新留言", "您收到了一条由 青屿茶社 发来的留言，关于订单\nXKBKNABJK 。", "XKBKNABJK"),
        ("결제 확인|FH-5501 주문", "결제 완료, 주문이 접수되었습니다.", "FH-5501"),
        ("Refund", "We have refunded your order with the\nparcel SMALLBOX of Ann.", None),
        ("Refund", "We have refunded your order. You will find the invoice with the reference of the shop.", None),
    ],
)
def test_a_number_comes_behind_the_words_for_it_in_the_same_sentence(
    subject: str, text: str, number: str | None
) -> None:
    assert number_of(read(subject, text)[1]) == number


def test_an_order_that_waits_for_its_transfer_says_what_is_to_be_paid() -> None:
    text = "Ihre Bestellung #20418 wartet auf die Überweisung von 79,00 €.\nVerwendungszweck: 20418\n"
    verdict, finding = read("Ihre Bestellung wartet auf die Überweisung", text)
    assert (verdict.kind, total_of(finding)) == (Kind.ORDER_CONFIRMATION, "79.00 EUR")
    assert finding.payment_method is not None
    assert finding.payment_method.value == "Überweisung"


@pytest.mark.parametrize(("sender", "currency"), [("boutik.example", "XOF"), ("boutik.cm", "XAF")])
def test_francs_cfa_are_those_of_the_sellers_country(sender: str, currency: str) -> None:
    text = "Merci pour votre commande.\nCommande : PM-4412\nTotal : 15 000 FCFA\n"
    _, finding = read("Votre commande PM-4412", text, sender=f"Boutik <vente@{sender}>")
    assert total_of(finding) == f"15000 {currency}"


def test_the_only_amount_of_a_confirmation_that_stands_alone_is_its_total() -> None:
    text = f"{ORDER}Lamp Oslo\n$8,450 MXN\nWe will write again when it is sent.\n"
    assert total_of(read("Your order FH-5501 is confirmed", text)[1]) == "8450 MXN"
    assert total_of(read("Your order FH-5501 is confirmed", text.replace("Lamp Oslo", "Lamp Oslo x 2"))[1]) is None
    assert total_of(read("Your order FH-5501 is confirmed", f"{ORDER}Free delivery from 50.00 EUR on.\n")[1]) is None


def test_a_way_of_paying_of_several_words_that_stands_alone_counts_without_an_address() -> None:
    finding = read("Your order FH-5501", f"{ORDER}Total: 24500 XOF\nCash on delivery\nWe will call you.\n")[1]
    assert finding.payment_method is not None and finding.payment_method.value == "Cash on delivery"
    finding = read("Your order FH-5501", f"{ORDER}Total: 24500 XOF\nPayPal\nWe will call you.\n")[1]
    assert finding.payment_method is None  # a shop's sign at its foot


def test_the_number_of_a_paper_may_mix_digits_and_letters() -> None:
    text = "Guten Tag,\nanbei Ihre Rechnung Nr. 4F2A91BC vom 12.3.2026.\nWir haben Ihre Zahlung erhalten.\n"
    assert number_of(read("Ihre Rechnung", text, sender="Druckhof <info@druckhof.example>")[1]) == "4F2A91BC"


@pytest.mark.parametrize(
    ("subject", "text", "number"),
    [
        (
            "Order confirmed — 9F3A1C20",
            "Thank you for your order.\nOrder details\n#9F3A1C20\nTotal 40.00 EUR\n",
            "9F3A1C20",
        ),
        ("Your order is shipped · VB-20418", "Your parcel left us this morning.\n", "VB-20418"),
        ("Refund processed — VB-20418", "We have refunded 40.00 EUR to your card.\n", "VB-20418"),
        ("Return approved — RMA-20418", "Your return has been approved.\n", None),
        ("Order confirmed — Maple 2026", "Thank you for your order. Total 40.00 EUR\n", None),
        (
            "Your payment did not go through",
            "Nothing was charged (ref. FH-5501). Your payment was declined.\n",
            "FH-5501",
        ),
        (
            "Payment received",
            "We have received your payment of 40.00 EUR. We ship your order (21-day lead time).\n",
            None,
        ),
    ],
)
def test_numbers_at_the_end_of_subjects_and_in_brackets(subject: str, text: str, number: str | None) -> None:
    assert number_of(read(subject, text)[1]) == number


@pytest.mark.parametrize(
    ("label", "number"),
    [("ID vente", "88213"), ("ID de venta", "88213"), ("Sale ID", "88213"), ("ID da venda", "88213")],
)
def test_the_number_of_a_sale_is_that_of_the_order(label: str, number: str) -> None:
    text = f"Thank you for your order.\n{label}: {number}\nTransaction ID: TX-9912331\nTotal: 40.00 EUR\n"
    languages = {"ID vente": "Merci pour votre commande.", "ID de venta": "Gracias por tu compra.",
                 "ID da venda": "Obrigado pela sua compra."}  # fmt: skip
    text = text.replace("Thank you for your order.", languages.get(label, "Thank you for your order."))
    assert number_of(read("Receipt", text)[1]) == number


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Return request rejected", "Your return request for order 5501 was rejected: it was worn."),
        ("Your return", "Unfortunately your return for order 5501 could not be approved."),
        ("Retoure abgelehnt", "Ihre Rücksendung zu Bestellung 5501 wurde leider abgelehnt."),
        ("Demande de retour", "Votre demande de retour pour la commande 5501 a été refusée."),
        ("Reso rifiutato", "La tua richiesta di reso per l'ordine 5501 è stata rifiutata."),
        ("Retour afgewezen", "Je retouraanvraag voor bestelling 5501 is afgewezen."),
        ("Devolução recusada", "A sua solicitação de devolução do pedido 5501 foi recusada."),
        ("Devolución rechazada", "Tu solicitud de devolución para el pedido 5501 ha sido rechazada."),
        ("Zwrot odrzucony", "Twoja prośba o zwrot zamówienia 5501 została odrzucona."),
        ("반품 요청 안내", "고객님, 주문번호 5501의 반품 요청이 거절되었습니다. 사용 흔적이 있습니다."),
    ],
)
def test_a_return_that_is_refused_is_an_answer_that_refuses(subject: str, text: str) -> None:
    verdict, finding = read(subject, text)
    assert verdict.kind is Kind.SELLER_REPLY
    assert finding.outcome is not None and finding.outcome.value == "refused"


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        (
            "Re: PO-1",
            "Hi Anna,\n\nwe have cancelled PO-1 as you asked. You will have your 49.90 EUR back within 5 days.",
        ),
        ("Re: pedido 5501", "Hola,\n\nhemos cancelado el pedido 5501. Tendrá su dinero en 5 días hábiles."),
        ("Re: commande 5501", "Bonjour,\n\nnous avons annulé votre commande 5501. Cordialement"),
    ],
)
def test_a_sellers_answer_that_he_cancelled_is_a_cancellation(subject: str, text: str) -> None:
    assert read(subject, text)[0].kind in (Kind.CANCELLATION, Kind.REFUND_PROMISED)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Il tuo ordine è stato consegnato", "Ciao Giulia,\nl'ordine 318 è stato consegnato. Buon ascolto!\n"),
        ("Delivered", "Hi Daniel,\nyour order 318 has been delivered. Enjoy!\n"),
        ("Zugestellt", "Hallo Sabine,\ndeine Bestellung 318 wurde zugestellt. Viel Freude damit!\n"),
    ],
)
def test_three_digits_are_an_orders_number_where_the_sentence_says_what_became_of_it(subject: str, text: str) -> None:
    assert number_of(read(subject, text)[1]) == "318"


def test_three_digits_in_another_sentence_are_none() -> None:
    text = "Your order has been delivered.\nSpend 100 more and your next order 250 points richer.\n"
    assert number_of(read("Your order was delivered", text)[1]) is None


def test_signs_of_soles_make_no_mail_french() -> None:
    text = "Hola, tu orden N.° 4410 está confirmada.\nChal: S/ 159.00\nTotal: S/ 174.00 (envío S/ 15.00)\n"
    verdict, reading = read("Orden N.° 4410 confirmada", text, sender="Wasi <ventas@wasi.pe>")
    assert verdict.language == "es" and total_of(reading) == "174.00 PEN"
    assert number_of(reading) == "4410"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Gracias por tu compra.\nFolio: KB-7F21Q\nTotal: 40,00 EUR\n", "KB-7F21Q"),
        ("Gracias por tu compra. Tu reserva con folio KB-7F21Q está confirmada.\n", "KB-7F21Q"),
        (
            "Gracias por tu compra. El pedido que hiciste el 14/05/2026 con folio 'B0004417' ha sido enviado.\n",
            "B0004417",
        ),
        ("Dziękujemy za rezerwację KB-2604-118. Kwota: 120,00 zł\n", "KB-2604-118"),
    ],
)
def test_folios_and_bookings_in_other_cases_are_numbers_of_orders(text: str, number: str) -> None:
    assert number_of(read("Confirmación" if "Gracias" in text else "Potwierdzenie", text)[1]) == number
