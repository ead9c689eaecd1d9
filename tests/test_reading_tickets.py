"""Mails of ticket offices, makers and givers: codes of letters alone, one amount told twice, discussions of orders."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from email.message import EmailMessage

import pytest

from monitor import knowledge, parse
from monitor.classify import classify
from monitor.extract import extract
from monitor.types import Finding, Kind, Money, RawMail, Verdict

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def read(sender: str, subject: str, text: str = "", html: str = "", *, listed: bool = False) -> tuple[Verdict, Finding]:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "buyer@home.example", subject
    message["Date"] = "Mon, 02 Mar 2026 10:00:00 +0000"
    if listed:
        message["List-Id"] = "<team.lists.example>"
    message.set_content(html or text, subtype="html" if html else "plain")
    mail = parse.mail(RawMail("test", "", 0, 0, None, message.as_bytes()), now=NOW)
    known = knowledge.load()
    verdict = classify(mail, known)
    return verdict, extract(mail, verdict, known)


@pytest.mark.parametrize(
    ("subject", "text", "number"),
    [
        ("Your order: ZQKWF", "Hello,\n\nthank you for your order for LinuxDays.\n\nYou can view it at\n"
         "https://tickets.example/days/order/ZQKWF/8hd7s2/\n", "ZQKWF"),
        ("Payment received for your order: B7KRX", "we received your payment for LinuxDays. Thank you!", "B7KRX"),
        ("Order canceled: WMKTB", "your order WMKTB for LinuxDays has been canceled.", "WMKTB"),
        ("Your order: ABOUT", "Hello,\n\nthank you for your order.\n\nTotal: $20.00\n", None),
    ],
)  # fmt: skip
def test_a_code_that_ends_the_subject_is_the_number_if_the_text_has_it_too(
    subject: str, text: str, number: str | None
) -> None:
    _, found = read("LinuxDays <tickets@linuxdays.example>", subject, text)
    assert (found.order_number.value if found.order_number else None) == number


def test_the_number_of_an_invoice_that_was_paid_has_digits_alone() -> None:
    verdict, found = read(
        "Lang Design <billing@langdesign.example>", "Payment received for invoice 00421",
        "Thank you for your payment of $640.00.\nPayment for invoice 00421 has been received.\n",
    )  # fmt: skip
    assert verdict.kind is Kind.PAYMENT_RECEIPT
    assert found.order_number is not None and found.order_number.value == "00421"


def test_an_amount_in_brackets_says_the_one_before_it_again() -> None:
    _, found = read(
        "Inkwell <noreply@inkwell.example>", "You have been refunded.",
        "Your purchase of Brushes for €22.40 ($24 USD) on Inkwell has been fully refunded.",
    )  # fmt: skip
    assert found.total is not None and found.total.value == Money(Decimal("22.40"), "EUR")


def test_a_subtotal_to_which_nothing_is_added_is_the_total() -> None:
    page = "<p>Thank you for your order.</p><p>Order reference: QX7P2A91</p><table>{}</table>"
    alone = "<tr><td>Subtotal</td><td>38,00 €</td></tr>"
    _, found = read("Lantern Fair <tickets@lanterns.example>", "Order confirmation", html=page.format(alone))
    assert found.total is not None and found.total.value == Money(Decimal("38.00"), "EUR")
    more = alone + "<tr><td>Tax</td><td>4,00 €</td></tr>"
    _, found = read("Lantern Fair <tickets@lanterns.example>", "Order confirmation", html=page.format(more))
    assert found.total is None or found.total.value != Money(Decimal("38.00"), "EUR")


def test_what_the_reader_is_asked_to_pay_by() -> None:
    ask = "Merci pour votre commande n° CMD-0311.\nTotal : 90,60 €\n{}\nIBAN : FR76 3000 4000 0312 3456 7890 143\n"
    _, found = read("Bois <a@bois.example>", "Confirmation de commande", ask.format(
        "Pour finaliser votre commande, veuillez effectuer un virement bancaire sur le compte suivant :"))  # fmt: skip
    assert found.payment_method is not None and found.payment_method.value == "virement bancaire"
    _, found = read("Bois <a@bois.example>", "Confirmation de commande", ask.format(
        "Si vous réglez plus tard, veuillez effectuer un virement bancaire."))  # fmt: skip
    assert found.payment_method is None


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("[team-dev] Re: numbers collide after refund",
         "I can reproduce it: place an order with total $20.00, refund it.\nThe mail then says \"Your order #1042 has "
         "been shipped\".\n\nTo unsubscribe from the mailing list write to team-leave@lists.example"),
        ("[acme/store] Refund mail shows the wrong total (Issue #731)",
         "bot created an issue (acme/store#731)\n\nSteps: order #88123, total $59.00, then refund.\nThe mail \"Your "
         "refund has been issued\" shows $0.00.\n\nReply to this email directly or view it on GitHub"),
    ],
)  # fmt: skip
def test_those_who_discuss_orders_bought_nothing(subject: str, text: str) -> None:
    assert read("Kim <kim@lists.example>", subject, text, listed=True)[0].kind is Kind.OTHER


@pytest.mark.parametrize(
    ("subject", "text", "want"),
    [
        ("Conference: Confirmation for Reservation 6A1C3F0E",
         "your reservation for Conference has been completed successfully.\n\nTotal 190.00 CHF\n\nReservation id: "
         "6A1C3F0E\n", Kind.ORDER_CONFIRMATION),
        ("Your payment has succeeded", "The payment of €26.00 that was initiated on March 1, 2026 has succeeded.\n"
         "Thank you for this donation!", Kind.PAYMENT_RECEIPT),
        ("You pre-ordered The Atlas!", "You have successfully pre-ordered The Atlas. You'll be charged on April 3.",
         Kind.ORDER_CONFIRMATION),
        ("Nieuwe bestelling VH-10432 · € 68,95", "VH-10432\nBedrag: € 68,95\nKlant: Sanne Visser\nOpen in beheer\n"
         "Zet de bestelling op verzonden zodra het pakket weg is.", Kind.OTHER),
        ("Nowe zamówienie nr 1043", "Nowe zamówienie nr 1043\nKlient: marta@home.example\nRazem: 76,99 zł\n"
         "Zobacz w panelu: https://dom.example/admin/1043", Kind.OTHER),
    ],
)  # fmt: skip
def test_what_makers_and_ticket_offices_say(subject: str, text: str, want: Kind) -> None:
    assert read("Linden <info@linden.example>", subject, text)[0].kind is want


def test_a_purse_names_who_was_paid() -> None:
    verdict, found = read(
        "Borsa <noreply@borsa.example>", "Hai pagato 12,50 € a Bar Tiglio",
        "Ciao Giulia,\n\nhai pagato 12,50 € a Bar Tiglio il 10/11/2026 alle 08:14.",
    )  # fmt: skip
    assert verdict.seller is not None and verdict.seller.value.name == "Bar Tiglio"
    assert found.total is not None and found.total.value == Money(Decimal("12.50"), "EUR")


def test_what_one_paid_to_the_sender_himself_names_nobody_else() -> None:
    verdict, _ = read("Bar Tiglio <noreply@bartiglio.example>", "Hai pagato 12,50 € a Bar Tiglio", "Grazie!")
    assert verdict.seller is not None and verdict.seller.value.domain == "bartiglio.example"


@pytest.mark.parametrize(
    ("sentence", "number"),
    [
        ("deine Buchung HMX2K4P9QR in Porto wurde bestätigt.", "HMX2K4P9QR"),
        ("deine Buchung PORTO26 wurde bestätigt.", None),
    ],
)
def test_capitals_with_digits_behind_the_word_for_booking(sentence: str, number: str | None) -> None:
    _, found = read("Herberge <info@herberge.example>", "Deine Buchung ist bestätigt", f"Hallo Jens,\n\n{sentence}")
    assert (found.order_number.value if found.order_number else None) == number


def test_a_number_behind_an_abbreviation_with_points() -> None:
    _, found = read(
        "Loja Tília <noreply@lojatilia.example>", "A sua encomenda foi entregue",
        "Olá Rui,\n\nA sua encomenda n.º 88771234 foi entregue.",
    )  # fmt: skip
    assert found.order_number is not None and found.order_number.value == "88771234"


def test_goods_that_came_back_and_money_that_was_paid_is_a_refund() -> None:
    verdict, found = read(
        "Tilo <pedidos@tilo.example>", "Hemos tramitado tu devolución",
        "Hola, Carmen:\n\nHemos recibido tu devolución del pedido 88123401 y hemos realizado el reembolso de 64,90 € "
        "en tu tarjeta terminada en 4471.",
    )  # fmt: skip
    assert verdict.kind is Kind.REFUND
    assert found.total is not None and found.total.value == Money(Decimal("64.90"), "EUR")


def test_a_question_about_an_invoice_is_no_receipt() -> None:
    text = "Hallo, ich habe eine Frage zu eurer letzten Rechnung. Ruft ihr mich an?"
    assert read("Leni <leni@home.example>", "Frage zur Rechnung", text)[0].kind is Kind.OTHER


def test_a_booking_at_somebodys_that_was_cancelled() -> None:
    verdict, _ = read(
        "Dormire <noreply@dormire.example>", "La tua prenotazione presso Hotel Tiglio è stata cancellata",
        "la tua prenotazione presso Hotel Tiglio è stata cancellata gratuitamente.\n\nNumero di conferma: 4012345678\n",
    )  # fmt: skip
    assert verdict.kind is Kind.CANCELLATION


@pytest.mark.parametrize(
    ("sender", "subject", "text", "want"),
    [
        ("Nordwind <hilfe@nordwind.example>", "Update zu deiner Retoure R-1188",
         "Hallo Jens,\n\nLeider mussten wir deine Retoure ablehnen.", Kind.SELLER_REPLY),
        ("Faro <dona@faro.example>", "¡Gracias por tu donación!",
         "¡Gracias por tu donación!\n\nImporte: 25,00 €", Kind.PAYMENT_RECEIPT),
        ("Ferretería <pedidos@ferreteria.example>", "Tu pedido está listo para retirar",
         "Tu pedido 88121 está listo para retirar. Sucursal: Centro.", Kind.SHIPPED),
        ("Loja <loja@loja.example>", "Como correu a sua encomenda?",
         "Como correu a sua encomenda? Pode deixar um comentário.", Kind.OTHER),
        ("Board <do-not-reply@board.example>", "Kim mentioned you on the card Refund flow",
         "Kim commented on the card Refund flow: order #4410 was refunded twice, total $80.00", Kind.OTHER),
    ],
)  # fmt: skip
def test_more_words_of_small_shops(sender: str, subject: str, text: str, want: Kind) -> None:
    assert read(sender, subject, text)[0].kind is want


def test_the_number_of_a_return_is_no_order_number() -> None:
    _, found = read(
        "Onderdelen <rma@onderdelen.example>", "Retour ontvangen · RMA-20933",
        "We hebben je retour ontvangen.\n\nJe pakket met RMA-20933 is bij ons binnen.",
    )  # fmt: skip
    assert found.order_number is None


@pytest.mark.parametrize(
    ("sender", "subject", "text", "want", "number"),
    [
        ("Linde Fanshop <shop@linde.example>", "Deine Bestellung #1182 ist bereit – Linde Fanshop",
         "Hallo Jens,\n\ndeine Bestellung #1182 ist bereit zur Abholung!", Kind.SHIPPED, "1182"),
        ("Salón Ceibo <hola@ceibo.example>", "Tu reserva para el 14 de noviembre no se completó",
         "Hola Carmen,\n\nLa seña no se acreditó y la reserva se dio de baja.", Kind.CANCELLATION, None),
        ("Pizzeria Sole <ordini@sole.example>", "Il tuo ordine è pronto per il ritiro!",
         "Ciao Anna,\n\nil tuo ordine #88 è pronto per il ritiro.", Kind.SHIPPED, "88"),
        ("System <info@memora.example>", "Neue Bestellung! #8812",
         "Neue bezahlte Bestellung eingegangen:\n\nBestellnummer: 8812\n\nKunde: Lea\n\nTotal: CHF 89.00", Kind.OTHER,
         None),
        ("Worder <noreply@worder.example>", "Seu pedido LGPD de acesso foi processado", "Seu pedido foi concluído.",
         Kind.OTHER, None),
    ],
)  # fmt: skip
def test_states_of_small_shops_orders(sender: str, subject: str, text: str, want: Kind, number: str | None) -> None:
    verdict, found = read(sender, subject, text)
    assert verdict.kind is want
    if want is not Kind.OTHER:
        assert (found.order_number.value if found.order_number else None) == number


def test_whom_a_payment_went_to_is_the_seller() -> None:
    verdict, _ = read(
        "Praxis Portal <no-reply@praxisportal.example>", "Reçu de votre paiement",
        "Bonjour Claire,\n\nVotre paiement de 50,00 € à Dr Tilleul a bien été effectué par carte bancaire.",
    )  # fmt: skip
    assert verdict.kind is Kind.PAYMENT_RECEIPT
    assert verdict.seller is not None and verdict.seller.value.name == "Dr Tilleul"


def test_a_tracker_that_names_itself_in_brackets_tells_of_no_order() -> None:
    verdict, _ = read(
        "Kim Lee <jira@acme.example>", "[JIRA] (SHOP-731) Refund email is sent twice",
        'Kim Lee updated an issue\n\nCustomer got "Your refund of $45.00 has been issued" two times for order #1042.',
    )  # fmt: skip
    assert verdict.kind is Kind.OTHER
