"""Amounts: how nine languages write them, and what is no amount."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import money
from monitor.types import Money


@pytest.mark.parametrize(
    ("text", "language", "amount", "currency"),
    [
        ("12,000원", "ko", "12000", "KRW"),
        ("12,000 원", "ko", "12000", "KRW"),
        ("₩69,000", "ko", "69000", "KRW"),
        ("￦１２，０００", "ko", "12000", "KRW"),
        ("KRW 12,000", "ko", "12000", "KRW"),
        ("12,000원정", "ko", "12000", "KRW"),
        ("1만 2천원", "ko", "12000", "KRW"),
        ("1만2,500원", "ko", "12500", "KRW"),
        ("3만원", "ko", "30000", "KRW"),
        ("1만2000원", "ko", "12000", "KRW"),
        ("3만5백원", "ko", "30500", "KRW"),
        ("2억 3천만원", "ko", "230000000", "KRW"),
        ("일금 칠만이천원정", "ko", "72000", "KRW"),
        ("금 12만3천5백 원", "ko", "123500", "KRW"),
        ("3.5만원", "ko", "35000", "KRW"),
        ("1억 2,000만원", "ko", "120000000", "KRW"),
        ("\\12,000", "ko", "12000", "KRW"),
        ("\\12,000", "ja", "12000", "JPY"),
        ("₩12,000.00", "en", "12000", "KRW"),
        ("-12,000원", "ko", "-12000", "KRW"),
        ("(5.00 USD)", "en", "-5.00", "USD"),
        ("-$5.00", "en", "-5.00", "USD"),
        ("$-5.00", "en", "-5.00", "USD"),
        ("$1,234.56", "en", "1234.56", "USD"),
        ("US$12.34", "ko", "12.34", "USD"),
        ("US $12.34", "en", "12.34", "USD"),
        ("CA$ 89.00", "en", "89.00", "CAD"),
        ("$45.00 CAD", "en", "45.00", "CAD"),
        ("A$20", "en", "20", "AUD"),
        ("HK$1,280", "zh", "1280", "HKD"),
        ("NT$ 1,280", "zh", "1280", "TWD"),
        ("£70.44", "en", "70.44", "GBP"),
        ("1.234,56 €", "de", "1234.56", "EUR"),
        ("1.234,56 €", "en", "1234.56", "EUR"),
        ("EUR 23,98", "de", "23.98", "EUR"),
        ("€45,90 EUR", "de", "45.90", "EUR"),
        ("1 189,90 €", "fr", "1189.90", "EUR"),
        ("1 189,90 €", "fr", "1189.90", "EUR"),
        ("1.129 €", "de", "1129", "EUR"),
        ("€ 45,-", "nl", "45", "EUR"),
        ("CHF 1'299.95", "de", "1299.95", "CHF"),
        ("1 234,56 zł", "pl", "1234.56", "PLN"),
        ("1 234,56 zł", "pl", "1234.56", "PLN"),
        ("1.234,56 PLN", "pl", "1234.56", "PLN"),
        ("43,90 zl", "pl", "43.90", "PLN"),
        ("118,40 ZŁ", "pl", "118.40", "PLN"),
        ("50 złotych", "pl", "50", "PLN"),
        ("R$ 1.234,56", "pt", "1234.56", "BRL"),
        ("R$89,90", "pt", "89.90", "BRL"),
        ("BRL 1.234,56", "pt", "1234.56", "BRL"),
        ("1 234,56 €", "pt", "1234.56", "EUR"),
        ("200 reais", "pt", "200", "BRL"),
        ("¥1,980", "ja", "1980", "JPY"),
        ("1,980円(税込)", "ja", "1980", "JPY"),
        ("3,000(円)", "ja", "3000", "JPY"),
        ("1万2千円", "ja", "12000", "JPY"),
        ("¥199.00", "zh", "199.00", "CNY"),
        ("199元", "zh", "199", "CNY"),
        ("新台幣 1,280 元", "zh", "1280", "TWD"),
        ("新臺幣1,280元整", "zh", "1280", "TWD"),
        ("港幣 410.00", "zh", "410.00", "HKD"),
        ("人民币68.00元", "zh", "68.00", "CNY"),
        ("9,775 Yen", "en", "9775", "JPY"),
    ],
)
def test_an_amount_is_read_as_its_language_writes_it(text: str, language: str, amount: str, currency: str) -> None:
    assert money.parse(text, language) == Money(Decimal(amount), currency)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("1,234", "en"),  # no currency
        ("840점", "ko"),
        ("500 points", "en"),
        ("¥1,980", "en"),  # yen or yuan
        ("$45.00", "zh"),  # whose dollar?
        ("$1.299", "es"),
        ("45 kr", "en"),
        ("₩12.50", "ko"),  # there is no half won
        ("20260812-0001234", "ko"),
        ("010-1234-5678", "ko"),
        ("5원칙", "ko"),
        ("", "en"),
    ],
)
def test_what_names_no_currency_or_is_no_amount_is_not_read(text: str, language: str) -> None:
    assert money.parse(text, language) is None


@pytest.mark.parametrize(
    ("text", "language", "hint", "currency"),
    [
        ("$45.00", "zh", "HKD", "HKD"),
        ("$45.00", "en", "CAD", "CAD"),
        ("¥500", "en", "JPY", "JPY"),
        ("45 kr", "en", "SEK", "SEK"),
    ],
)
def test_a_sign_that_currencies_share_takes_what_the_mail_tells(
    text: str, language: str, hint: str, currency: str
) -> None:
    found = money.parse(text, language, hint)
    assert found is not None
    assert found.currency == currency


def test_a_hint_does_not_overrule_a_sign_of_one_currency() -> None:
    assert money.parse("£45.00", "en", "USD") == Money(Decimal("45.00"), "GBP")
    assert money.parse("45 EUR", "en", "USD") == Money(Decimal(45), "EUR")


def test_a_model_number_before_a_price_is_no_part_of_it_where_spaces_do_not_group() -> None:
    found = money.find("iPhone 15 999 €", "de")
    assert [one.money.amount for one in found] != [Decimal(15999)]


def test_amounts_are_found_with_their_place() -> None:
    text = "상품 30,000원, 배송비 ₩3,000, 합계 3만 3천원"
    found = money.find(text, "ko")
    assert [str(one.money.amount) for one in found] == ["30000", "3000", "33000"]
    assert [text[one.start : one.end] for one in found] == ["30,000원", "₩3,000", "3만 3천원"]


def test_brackets_that_repeat_an_amount_in_words_are_no_loss() -> None:
    found = money.find("일금 칠만이천원정 (₩72,000)", "ko")
    assert [one.money.amount for one in found] == [Decimal(72_000)]


@given(st.integers(1, 10**9))
def test_a_won_amount_written_out_is_read_back(amount: int) -> None:
    assert money.parse(f"{amount:,}원", "ko") == Money(Decimal(amount), "KRW")


@given(st.integers(0, 10**8), st.integers(0, 99))
def test_a_euro_amount_written_in_german_is_read_back(whole: int, cents: int) -> None:
    text = f"{whole:,}".replace(",", ".") + f",{cents:02} €"
    assert money.parse(text, "de") == Money(Decimal(f"{whole}.{cents:02}"), "EUR")


@given(st.text(max_size=300), st.sampled_from(["ko", "en", "ja", "de", "fr", "zh", "und"]))
def test_no_text_makes_it_fail_and_places_lie_in_the_text(text: str, language: str) -> None:
    for found in money.find(text, language):
        assert 0 <= found.start < found.end <= len(text)
        assert found.money.amount.is_finite()


@pytest.mark.parametrize("unit", ["1", "1,", "$1 ", "(", "- ", "1 000 ", "만", "USD ", "1만"])
def test_time_grows_with_the_text_and_not_faster(unit: str) -> None:
    started = time.process_time()
    money.find(unit * (60_000 // len(unit)), "fr")
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("card 4111 1111 1111 1111 used", "card **** **** **** 1111 used"),
        ("4111-1111-1111-1111", "****-****-****-1111"),
        ("378282246310005", "***********0005"),
        ("order 4111111111111112", "order 4111111111111112"),  # fails the Luhn check
        ("1234567890", "1234567890"),
        # other numbers beside it, and what else stands between its groups
        ("1234 4111 1111 1111 1111 5", "1234 **** **** **** 1111 5"),
        ("4111 1111 1111 1111 123", "**** **** **** 1111 123"),
        ("4111/1111/1111/1111 12/27", "****/****/****/1111 12/27"),
        ("4111\u20131111\u00a01111\u20131111", "****\u2013****\u00a0****\u20131111"),
    ],
)
def test_card_numbers_keep_their_last_four_digits(text: str, masked: str) -> None:
    assert money.mask_card_numbers(text) == masked


def _with_check_digit(digits: str) -> str:
    doubled = "0246813579"  # twice a digit, the sum of its digits
    total = sum(int(d) if i % 2 else int(doubled[int(d)]) for i, d in enumerate(reversed(digits)))
    return digits + str(-total % 10)


@given(
    st.text(alphabet="0123456789", min_size=12, max_size=18).map(_with_check_digit),
    st.sampled_from(["", " ", "-"]),
    st.text(alphabet="ab원 :", max_size=9),
)
def test_no_card_number_is_left_in_a_masked_text(number: str, between: str, around: str) -> None:
    written = between.join(number[i : i + 4] for i in range(0, len(number), 4))
    masked = money.mask_card_numbers(f"{around}x{written}x{around}")
    kept = "".join(c for c in masked if c.isdigit())
    assert kept == number[-4:] or len(set(number)) == 1


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("7만2천", 72_000), ("7만 2천", 72_000), ("칠만이천", 72_000), ("3.5만", 35_000), ("72천", 72_000),
        ("1만2000", 12_000), ("1만 2,000", 12_000), ("만", 10_000), ("십이만삼천오백", 123_500), ("이천만", 20_000_000),
        ("1억2천만", 120_000_000), ("１만2천3백40", 12_340), ("백", 100),
    ],
)  # fmt: skip
def test_a_number_as_it_is_said_in_korean_is_read_whole(text: str, amount: int) -> None:
    assert money.spelled(text) == amount


@pytest.mark.parametrize(
    "text", ["72000", "", "만만", "7만2천쯤", "7만2천만", "약 7만", "1.23456만", "만원", "-7만", "이천이십사년"]
)
def test_what_is_no_number_as_it_is_said_is_not_read(text: str) -> None:
    assert money.spelled(text) is None
