"""What a sign that several currencies share means in a mail: its country by the domain, by a code, by the text."""

from __future__ import annotations

import pytest

from monitor import money
from monitor.extract.words import words
from monitor.knowledge import countries
from monitor.knowledge.countries import currencies
from tests.test_shop_templates import read, total_of

PEDIDO = "Gracias por tu compra.\nNúmero de pedido: 5501\nBotas x 1\t$ 367.000\nTotal\t$ 367.000\n"
ORDER = "Thank you for your order.\nOrder number: 5501\nBoots x 1\t$120.00\nTotal\t$120.00\n"
SHOP = "Botas del Sur <ventas@botasdelsur.com>"


def bought(text: str, sender: str = SHOP) -> str | None:
    return total_of(read("Tu pedido 5501", text, sender=sender)[1])


@pytest.mark.parametrize(
    ("foot", "total"),
    [
        ("Botas del Sur SAS, NIT: 900.123.456-7", "367000 COP"),
        ("Botas del Sur SpA, RUT 76.123.456-5", "367000 CLP"),
        ("CUIT: 30-71234567-9", "367000 ARS"),
        ("RFC: BSU010101AB1", "367000 MXN"),
        ("Paga en OXXO antes del viernes", "367000 MXN"),
        ("Dirección: Carrera 7 # 45-10, Bogotá", "367000 COP"),
        ("WhatsApp: +57 300 123 4567", "367000 COP"),
        ("Tel. +56 2 2345 6789", "367000 CLP"),
        ("Precios en pesos colombianos", "367000 COP"),
        ("", None),
        ("NIT: 900.123.456-7\nRUT 76.123.456-5", None),
    ],
)
def test_a_bare_dollar_sign_is_read_by_what_the_text_tells_of_the_sellers_country(foot: str, total: str | None) -> None:
    assert bought(f"{PEDIDO}\n{foot}\n") == total


def test_the_sellers_numbers_weigh_more_than_a_place_that_may_be_the_buyers() -> None:
    assert bought(f"{PEDIDO}\nEntrega: Buenos Aires, Argentina\nBotas del Sur SpA, RUT 76.123.456-5") == "367000 CLP"


@pytest.mark.parametrize(
    ("foot", "total"),
    [
        ("ABN 12 345 678 901", "120.00 AUD"),
        ("Includes HST", "120.00 CAD"),
        ("Ship to: 4 George Street, Sydney NSW, Australia", "120.00 USD"),  # the buyer may live there
        ("By RFC 2822 this mail has a date", "120.00 USD"),
        ("", "120.00 USD"),
    ],
)
def test_where_the_language_takes_the_sign_for_one_only_what_is_the_sellers_own_says_otherwise(
    foot: str, total: str
) -> None:
    assert total_of(read("Your order 5501", f"{ORDER}\n{foot}\n", sender="Bush Boots <hi@bushboots.com>")[1]) == total


def test_the_ending_of_a_domain_weighs_more_than_the_text() -> None:
    assert bought(f"{PEDIDO}\nNIT: 900.123.456-7", sender="Botas <ventas@botas.cl>") == "367000 CLP"


def test_soles_and_bolivianos_are_read_by_their_signs() -> None:
    assert [str(found.money.amount) for found in money.find("S/ 129.90, S/.15.00 y GRACIAS/ 5", "es")] == [
        "129.90", "15.00",
    ]  # fmt: skip
    text = "Gracias por tu compra.\nNúmero de pedido: 5501\nTotal: Bs. 350,00\nNIT 1023456029\n"
    assert bought(text) == "350.00 BOB"
    assert bought(text.replace("NIT 1023456029", "RIF: J-12345678-9")) == "350.00 VES"


@pytest.mark.parametrize(
    ("foot", "total"),
    [
        ("Service client : +237 6 99 12 34 56", "34000 XAF"),
        ("Livraison à Libreville", "34000 XAF"),
        ("Boutique : Cotonou, Bénin", "34000 XOF"),
        ("", "34000 XOF"),
    ],
)
def test_francs_cfa_are_those_of_the_country_that_the_text_names(foot: str, total: str) -> None:
    text = f"Merci pour votre commande.\nCommande n° 5501\nTotal : 34 000 FCFA\n{foot}\n"
    assert total_of(read("Votre commande 5501", text, sender="Senteurs <bonjour@senteurs.com>")[1]) == total


def test_the_name_of_a_number_without_a_number_says_nothing() -> None:
    assert currencies("We follow the RFC of the month. Her nit pick, no EIN given.", sure=True) == []


def test_no_word_says_two_things_of_one_sign_but_names_of_numbers() -> None:
    for word, found in {**countries._by_word("taxes", "pays"), **countries._by_word("names")}.items():
        assert len(found) == 1, word


def test_countries_name_currencies_that_share_a_sign() -> None:
    signs = frozenset.union(*money.SHARED.values())
    assert {str(own["currency"]) for own in countries._table().values()} <= signs
    assert words("es").money.shared.get("$") is None  # else places and telephones would not be asked
