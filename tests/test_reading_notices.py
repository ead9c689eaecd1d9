"""Notices of banks and issuers, forwards of forwards, receipts that label nothing, and what only resembles them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from monitor import knowledge, parse
from monitor.classify import classify, triage
from monitor.extract import extract
from monitor.knowledge import names
from monitor.types import Finding, Kind, Mail, RawMail, Verdict

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def mail_of(sender: str, subject: str, text: str = "", html: str = "") -> Mail:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, "buyer@home.example", subject
    message["Date"] = "Mon, 02 Mar 2026 10:00:00 +0000"
    message.set_content(html or text, subtype="html" if html else "plain")
    return parse.mail(RawMail("test", "", 0, 0, None, message.as_bytes()), now=NOW)


def read(sender: str, subject: str, text: str = "", html: str = "") -> tuple[Verdict, Finding]:
    known = knowledge.load()
    mail = mail_of(sender, subject, text, html)
    verdict = classify(mail, known)
    return verdict, extract(mail, verdict, known)


@pytest.mark.parametrize(
    ("sender", "subject", "text", "seller", "amount"),
    [
        ("Bancoriente <avisos@bancoriente.example>", "Avisos",
         "Bancoriente: Compraste COP31.500,00 en CAFE LA NUBE con tu T.Cred *4471, el 08/04/2026 a las 17:38.",
         "CAFE LA NUBE", "31500.00"),
        ("Harbour Bank Alerts <alerts@harbourbank.example>", "You made a purchase.",
         "Hello,\n\na purchase of $41.20 was made on your Harbour Bank credit card account on August 05, 2026 towards "
         "NORTH PIER BAKERY.\n\nAccount:\n********1234\n", "NORTH PIER BAKERY", "41.20"),
        ("みなと銀行 <info@minatobank.example>", "【デビット】ご利用代金お引き落としのお知らせ",
         "ご利用代金を普通預金口座よりお引き落としいたしました。\n\nお引落日時：2026/02/03 04:05:06\n"
         "お引落金額：2,310円\n加盟店名：カワセミ書店\n取引明細番号：2B770031\n", "カワセミ書店", "2310"),
        ("Stadtbank <info@stadtbank.example>", "Kartenumsatz",
         "Ihre Kartenzahlung mit der Karte *4471 über 23,90 EUR\nHändler: Kräuterladen Mohn",
         "Kräuterladen Mohn", "23.90"),
        ("Prados <avisos@notificacionesprados.example>", "Notificación de transacción",
         "Comercio:\tPANADERIA EL NIDO\nFecha:\tNov 6, 2026, 10:32\nTarjeta:\tAMEX ***********6380\n"
         "Tipo de Transacción:\tCOMPRA\nMonto:\tCRC 1,390.00", "PANADERIA EL NIDO", "1390.00"),
        ("Harbour Bank <alerts@harbourbank.example>", "Credit Card Transaction Alert",
         "Rs.1,450.00 spent on your Harbour Bank Credit Card ending XX1234 at Lotus Books on 15/06/2026.",
         "Lotus Books", "1450.00"),
        ("Quay <alerts@quay.example>", "Transaction Alerts",
         "Dear Customer,\n\nYour Scan & Pay transaction on 24 Feb 18:38 was successful.\n\nAmount: SGD4.80\n"
         "From: Wallet (Mobile ending 1234)\nTo: LIM NOODLE STALL\n\nYours faithfully\nQuay Bank Ltd\n",
         "LIM NOODLE STALL", "4.80"),
        ("Banco del Valle <avisos@bancovalle.cl>", "Cargo en Cuenta",
         "Carmen Soto:\n\nTe informamos que se ha realizado una compra por $7.390 con cargo a Cuenta ****3204 en "
         "LIBRERIA EL FARO el 18/12/2025 19:00.", "LIBRERIA EL FARO", "7390"),
        ("Banco del Norte <avisos@banconorte.example>", "Notificación de transacción internacional",
         "Le informamos de la transacción realizada:\n\nComercio: NORTHPIER.COM/BILL\n\nMonto: USD 9.99\n\nGracias "
         "por usar su tarjeta", "NORTHPIER.COM/BILL", "9.99"),
        ("Quay Panamá <notificaciones@quay.com.pa>", "Notificación de cargo",
         "Se ha realizado un cargo a su tarjeta MasterCard Quay 9020, por valor de USD 103.21 en NORTH PIER BIKES el "
         "día 04/02/2019", "NORTH PIER BIKES", "103.21"),
        ("소나무은행 <alert@sonamubank.example>", "[소나무은행] 체크카드 승인 알림",
         "[체크.승인]\n22,000원\n소나무(1*9*)김*정님\n01/23 12:34 들꽃식당\n누적 97,440원\n", "들꽃식당", "22000"),
    ],
)  # fmt: skip
def test_a_bank_tells_of_a_purchase_at_somebody_elses(
    sender: str, subject: str, text: str, seller: str, amount: str
) -> None:
    verdict, found = read(sender, subject, text)
    assert verdict.kind is Kind.PAYMENT_RECEIPT
    assert verdict.seller is not None and verdict.seller.value.name == seller
    assert found.total is not None and str(found.total.value.amount) == amount


@pytest.mark.parametrize(
    "text",
    [
        "Bancoriente: recibiste una transferencia de MARIA LUNA por COP505.000,00 en tu cuenta *3037, el 10/08/26.",
        "Se ha realizado un retiro sin tarjeta\n\nMonto: 50,000.00 CRC\nLugar donde se retiró el dinero: PLAZA NORTE",
        "Bancoriente: tu clave fue cambiada el 10/08/26 a las 19:41. Si no fuiste tú, llámanos.",
    ],
)
def test_what_else_a_bank_tells_is_no_purchase(text: str) -> None:
    verdict, _ = read("Bancoriente <avisos@bancoriente.example>", "Avisos", text)
    assert verdict.kind is Kind.OTHER


def test_the_mail_of_a_bank_is_read_whatever_its_subject_says() -> None:
    header = mail_of("Bancoriente <luna@bancoriente.example>", "Novedades", "x").header
    assert triage(header, knowledge.load()).candidate
    header = mail_of("Wanderverein <luna@wanderverein.example>", "Novedades", "x").header
    assert not triage(header, knowledge.load()).candidate


def test_an_offer_to_cancel_what_nobody_ordered_is_a_lure() -> None:
    verdict, _ = read(
        "PayPal Notice <service@paypal-case-desk.example>", "Receipt for your payment of $611.00 USD",
        "You sent a payment of $611.00 USD to Blue Coin Desk.\nIf you did not authorize this transaction, please "
        "cancel and claim an instant refund here:\n\nhttps://paypal-case-desk.example/refund\n",
    )  # fmt: skip
    assert verdict.kind is Kind.OTHER


def test_money_that_a_seller_received_is_no_purchase_of_his() -> None:
    verdict, _ = read(
        "PayPal <service@paypal.com>", "Item 3310 - payment received from anna_k",
        "Hello,\n\nYou received a payment of £3.40 GBP from anna_k\nThanks for using PayPal. You can now ship any "
        "items.\nTransaction ID: 9AB12345CD678901E\nTotal £3.40 GBP\n",
    )  # fmt: skip
    assert verdict.kind is Kind.OTHER


def test_a_question_how_one_likes_it_is_no_delivery() -> None:
    verdict, _ = read(
        "Fern Market <reviews@fernmarket.example>", "Did 'Oak stool' meet your expectations? Review it",
        "Your recent purchase\n\nHi, your package has been delivered!\n\nHow would you rate your recent purchase?\n",
    )  # fmt: skip
    assert verdict.kind is Kind.OTHER


def test_of_a_mail_forwarded_twice_the_innermost_counts() -> None:
    verdict, found = read(
        "Anna <anna@home.example>", "Fwd: WG: Your order",
        "Anfang der weitergeleiteten Mail:\n\n> Von: Karl Klein <karl@office.example>\n> Datum: 12. Februar 2026\n"
        "> An: <anna@home.example>\n> Betreff: WG: Your order\n>\n> Von: Elm Kitchen [mailto:shop@elmkitchen.example]\n"
        "> Gesendet: Sonntag, 12. Februar 2026 18:46\n> An: karl@office.example\n> Betreff: Your order\n>\n"
        "> Thank you for your order\n> Order code\n> 1472\n> 1 x Soup\n> CHF 9.90\n> Total in CHF\n> 18.40\n",
    )  # fmt: skip
    assert verdict.seller is not None and verdict.seller.value.name == "Elm Kitchen"
    assert found.total is not None
    assert (str(found.total.value.amount), found.total.value.currency) == ("18.40", "CHF")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("The receipt for your purchase.\n\nLW-20441\n-----\n\nMarch 3, 2026\n-----\n\nTotal\n\n$264.00\n", "LW-20441"),
        ("This is the receipt for your purchase.\n\n88213-2026\t3 March 2026\n\nTotal\t$14.50\n", "88213-2026"),
        ("This is the receipt for your purchase.\n\nCall 555-0100\n\nTotal\t$14.50\n", None),
    ],
)  # fmt: skip
def test_a_receipt_has_its_number_beside_its_day(text: str, number: str | None) -> None:
    _, found = read("Loomworks <billing@loomworks.example>", "Receipt for your recent purchase", text)
    assert (found.order_number.value if found.order_number else None) == number


def test_a_tracking_number_stands_below_its_label_where_a_button_is_beside_it() -> None:
    _, found = read(
        "Fern Market <orders@fernmarket.example>", "Your order is on its way",
        html="<table><tr><td><p>Tracking Number</p><p>1Z999AA10123456784</p></td><td><a>Track Package</a></td></tr>"
        "</table><p>Your order is on its way.</p><p>Order Number</p><p>F-20931</p>",
    )  # fmt: skip
    assert [stated.value for stated in found.tracking_numbers] == ["1Z999AA10123456784"]


def test_a_slip_without_a_senders_name_is_headed_by_the_shop() -> None:
    verdict, found = read(
        "recu@lecoin.example", "Reçu Café Mésange",
        "\nCAFÉ MÉSANGE\n12 rue des Lilas\n\nCAFÉ   €3.50\nCROISSANT   €4.80\n\nSous-total:   €8.30\nTotal:   €9.96\n",
    )  # fmt: skip
    assert verdict.kind is Kind.PAYMENT_RECEIPT
    assert verdict.seller is not None and verdict.seller.value.name == "Café Mésange"
    assert found.total is not None and str(found.total.value.amount) == "9.96"


def test_a_carriers_mail_with_a_number_tells_of_a_parcel() -> None:
    verdict, found = read(
        "UPS <notice@ups.com>", "UPS Package Delivery",
        "Hello,\n\nTracking: 1Z999AA10123456784\n\nDelivery by: Monday, February 17, 2026\nFrom: Elm Books\n",
    )  # fmt: skip
    assert verdict.kind is Kind.SHIPPED
    assert verdict.seller is not None and verdict.seller.value.name == "Elm Books"
    assert [stated.value for stated in found.tracking_numbers] == ["1Z999AA10123456784"]


@pytest.mark.parametrize(
    ("subject", "text", "want"),
    [
        ("Your order is almost ready to ship", "We are working on your order 869898.\nORDER NUMBER: 869898\n",
         Kind.ORDER_CONFIRMATION),
        ("Your transfer's complete", "Your money has transferred.\n\nAmount: $423.00\n"
         "Your confirmation number is MM8ZU7J0YKVM38V.", Kind.OTHER),
        ("Dziś doręczamy Twoją paczkę", "Dziś doręczamy Twoją paczkę 1000399528451U", Kind.SHIPPED),
        ("Votre colis est disponible", "Votre colis avec le numéro de suivi 6A12345678901 est disponible en point "
         "retrait.", Kind.SHIPPED),
    ],
)  # fmt: skip
def test_words_of_the_state_of_an_order(subject: str, text: str, want: Kind) -> None:
    verdict, _ = read("Linden <info@linden.example>", subject, text)
    assert verdict.kind is want


@pytest.mark.parametrize(
    "text",
    [
        "Te informamos que se ha realizado un giro en Cajero por $30.000 con cargo a Cuenta ****3204 el 13/12/2025.",
        "Tipo: Transferencia\n\nMonto: CRC 25,000.00\n\nGracias por usar su tarjeta",
    ],
)
def test_money_drawn_or_sent_is_no_purchase(text: str) -> None:
    verdict, _ = read("Banco del Valle <avisos@bancovalle.cl>", "Notificación de movimiento", text)
    assert verdict.kind is Kind.OTHER


def test_pesos_by_their_country() -> None:
    _, found = read(
        "Faro <hola@faro.example>", "Se ha generado tu pedido J7741",
        "Se ha generado tu pedido J7741 por $1840 pesos argentinos.\n\nMonto: $1840 (Pesos argentinos)\n",
    )  # fmt: skip
    assert found.total is not None and found.total.value.currency == "ARS"


def test_a_card_of_which_only_the_last_digits_stand_there() -> None:
    _, found = read(
        "Maple Kitchen <receipts@maplekitchen.example>", "Your receipt",
        "This is your receipt.\n\nTotal charged:\n\n48.24 USD\n\n•••• 0000\n",
    )  # fmt: skip
    assert found.payment_method is not None and found.payment_method.value == "•••• 0000"


def test_a_newsletter_that_asks_whether_your_order_was_cancelled_tells_of_none() -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        "Ratgeber <post@ratgeber.example>",
        "a@home.example",
        "Ihr Recht",
    )
    message["List-Unsubscribe"] = "<https://ratgeber.example/u>"
    message.set_content("Ihre Bestellung wurde storniert und das Geld fehlt? Wir erklären, was zu tun ist.")
    mail = parse.mail(RawMail("test", "", 0, 0, None, message.as_bytes()), now=NOW)
    assert classify(mail, knowledge.load()).kind is Kind.OTHER


@pytest.mark.parametrize("name", ["Powerbank Store", "Burbank Books", "Werkbank Meyer"])
def test_a_shop_whose_name_ends_like_a_bank_is_none(name: str) -> None:
    assert not names.is_bank(name, name.partition(" ")[0].casefold())
    assert names.is_bank("Stadtbank Linde", "stadtbank")


def test_a_notice_of_an_order_to_its_own_sender_is_the_shops_own() -> None:
    text = (
        "Order no. HL-20931\n\nBeechwood bench\t1\t€ 89.00\nTotal: € 89.00\n\nCustomer: Edda Moor\n"
        "Phone: 030 555 0199\n"
    )
    to_the_buyer, _ = read("Hazel Living <shop@hazel-living.example>", "Order HL-20931", text)
    assert to_the_buyer.kind is Kind.ORDER_CONFIRMATION
    to_himself, _ = read("Hazel Living <buyer@home.example>", "Order HL-20931", text)
    assert to_himself.kind is Kind.OTHER


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Nowe zamówienie HL-20931", "Wpłynęło nowe zamówienie.\n\nNumer zamówienia: HL-20931\nRazem: 89,00 zł\n"
         "Klient: Edda Moor\nTelefon: 600 555 019\n"),
        ("Novo pedido #20931", "Um pedido acabou de chegar pelo site. Confirme no painel.\n\nPedido: 20931\n"
         "Total: R$ 89,00\nCliente: Edda Moor\n"),
        ("[새 주문] 문하늘 - 89,000원", "새 주문이 접수되었습니다.\n\n주문번호: 20260302-0931\n"
            "총 결제금액: 89,000원\n고객 정보: 문하늘\n"),
    ],
)  # fmt: skip
def test_a_new_order_told_to_the_owner_is_no_purchase(subject: str, text: str) -> None:
    verdict, _ = read("Hazel Living <no-reply@hazel-living.example>", subject, text)
    assert verdict.kind is Kind.OTHER


def test_whose_account_a_shop_asks_to_pay_into_is_not_the_shop() -> None:
    text = (
        "Vielen Dank für Ihre Bestellung HL-20931.\n\nGesamtbetrag: 89,00 €\n\nBitte überweisen Sie auf:\n"
        "Empfänger: Edda Moor\nIBAN: DE02 1203 0000 0000 2020 51\n"
    )
    verdict, _ = read("Hazel Living <shop@hazel-living.example>", "Bestellung HL-20931", text)
    assert verdict.seller is not None and verdict.seller.value.name == "Hazel Living"


def test_dominican_pesos_have_a_sign_of_their_own() -> None:
    _, finding = read(
        "Garaje Luna <ventas@garajeluna.example>", "Pedido 20931 confirmado",
        "Gracias por tu pedido 20931.\n\nTotal: RD$ 3,250.00\n",
    )  # fmt: skip
    assert finding.total is not None and finding.total.value.currency == "DOP"
