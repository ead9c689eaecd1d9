"""Amounts of money in text, read with a declared language: "12,000원", "1.234,56 €", "CHF 1'299.95".

In charge of numbers, their group and decimal signs, currency signs and codes, and of hiding card numbers.
What the signs mean in a language stands in the `[money]` table of its language file. Does not know which
amount of a mail is its total, and never adds a currency that the text does not state: a sign that several
currencies share ("$", "¥", "kr") becomes one only by the language's table or by what the caller gives as
`default_currency`; where neither decides, the amount is not returned.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from monitor.types import Money

# ISO 4217 codes that a mail may write out. Minor units other than 2 are listed in `_DECIMALS`.
CODES = frozenset(
    [
        "AED",
        "AMD",
        "ARS",
        "AUD",
        "AZN",
        "BAM",
        "BDT",
        "BGN",
        "BHD",
        "BND",
        "BOB",
        "BRL",
        "BWP",
        "BYN",
        "CAD",
        "CHF",
        "CLP",
        "CNY",
        "COP",
        "CRC",
        "CZK",
        "DKK",
        "DOP",
        "DZD",
        "EGP",
        "ETB",
        "EUR",
        "GBP",
        "GEL",
        "GHS",
        "GTQ",
        "HKD",
        "HNL",
        "HUF",
        "IDR",
        "ILS",
        "INR",
        "ISK",
        "JMD",
        "JOD",
        "JPY",
        "KES",
        "KHR",
        "KRW",
        "KWD",
        "KZT",
        "LAK",
        "LBP",
        "LKR",
        "MAD",
        "MDL",
        "MKD",
        "MMK",
        "MNT",
        "MOP",
        "MUR",
        "MVR",
        "MXN",
        "MYR",
        "NAD",
        "NGN",
        "NIO",
        "NOK",
        "NPR",
        "NZD",
        "OMR",
        "PEN",
        "PHP",
        "PKR",
        "PLN",
        "PYG",
        "QAR",
        "RON",
        "RSD",
        "RUB",
        "RWF",
        "SAR",
        "SEK",
        "SGD",
        "THB",
        "TND",
        "TRY",
        "TTD",
        "TWD",
        "TZS",
        "UAH",
        "UGX",
        "USD",
        "UYU",
        "UZS",
        "VND",
        "XAF",
        "XOF",
        "XPF",
        "ZAR",
        "ZMW",
    ]
)
_DECIMALS: Mapping[str, int] = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "RWF", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 3),
}

# Signs that mean one currency wherever they stand. RMB, NTD and the like are no ISO codes, but ordinary spellings.
_SIGNS: Mapping[str, str] = {
    "€": "EUR", "£": "GBP", "₩": "KRW", "₹": "INR", "₫": "VND", "฿": "THB", "₺": "TRY", "₽": "RUB", "₪": "ILS",
    "₱": "PHP", "₴": "UAH", "₦": "NGN", "zł": "PLN", "ZŁ": "PLN", "zl": "PLN", "Kč": "CZK",
    "Ft": "HUF", "RM": "MYR", "Rp": "IDR", "Fr.": "CHF",
    "SFr.": "CHF", "Rs.": "INR", "Rs": "INR",
    "RMB": "CNY", "NTD": "TWD", "US$": "USD", "U$S": "USD", "USD$": "USD", "CA$": "CAD",
    "C$": "CAD", "CAD$": "CAD", "CDN$": "CAD", "A$": "AUD", "AU$": "AUD", "AUD$": "AUD", "NZ$": "NZD", "HK$": "HKD",
    "HKD$": "HKD", "NT$": "TWD", "TWD$": "TWD", "S$": "SGD", "SG$": "SGD", "MX$": "MXN", "MXN$": "MXN", "R$": "BRL",
    "CLP$": "CLP", "COP$": "COP", "AR$": "ARS", "RD$": "DOP", "S/.": "PEN", "S/": "PEN", "₡": "CRC", "₲": "PYG",
}  # fmt: skip
# Signs that several currencies share: by the caller's hint if it is among these, else by the language, else unread.
SHARED: Mapping[str, frozenset[str]] = {
    "$": frozenset(["USD", "CAD", "AUD", "NZD", "HKD", "TWD", "SGD", "MXN", "ARS", "CLP", "COP", "UYU", "DOP", "BRL"]),
    "¥": frozenset(("JPY", "CNY")),
    "kr": frozenset(("SEK", "NOK", "DKK", "ISK")),
    "\\": frozenset(("KRW", "JPY")),  # old Korean and Japanese charsets show the sign as a backslash
    "元": frozenset(("CNY", "TWD", "HKD", "MOP")),
    "FCFA": frozenset(("XOF", "XAF")),
    "Bs": frozenset(("BOB", "VES")),
    "Bs.": frozenset(("BOB", "VES")),
    "円": frozenset(("JPY",)),
    "원": frozenset(("KRW",)),
    "圓": frozenset(("TWD", "HKD", "JPY")),
}
# A hint that is not the language's own also overrules the word for "yuan" in a mail from Taipei or Hong Kong.
_FIXED = {"円": "JPY", "원": "KRW"}


@dataclass(frozen=True, slots=True)
class Signs:
    """How a language writes amounts: the `[money]` table of its file."""

    decimal: str = "."
    group: frozenset[str] = frozenset(",")
    shared: Mapping[str, str] = field(default_factory=dict)  # a shared sign -> the currency it means here
    words: Mapping[str, str] = field(default_factory=dict)  # word in lower case -> ISO code: "dollars", "yen"

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> Signs:
        """From the `[money]` table of a language file."""
        words = {str(word).casefold(): code for code, some in table.get("words", {}).items() for word in some}
        return cls(
            decimal=table.get("decimal", "."),
            group=frozenset(table.get("group", (",",))),
            shared=dict(table.get("signs", {})),
            words=words,
        )


class Found(NamedTuple):
    """An amount and where it stands in the text that was searched (as given, before any folding)."""

    money: Money
    start: int
    end: int


_LANGUAGES = Path(__file__).parent / "knowledge" / "languages"


@cache
def signs(language: str) -> Signs:
    """The signs of a language (ISO 639-1), read once from its file; those of English for an unknown one."""
    source = _LANGUAGES / f"{language}.toml" if language.isalpha() else None
    if source is None or not source.is_file():
        return Signs() if language == "en" else signs("en")
    return Signs.of(_table(source.read_text(encoding="utf-8")))


def _table(text: str) -> Mapping[str, Any]:
    """The `[money]` table of a language file; the others are not parsed, a file is large."""
    start = text.find("\n[money]")
    if start < 0:
        return {}
    end = text.find("\n[", start + 2)
    table: Mapping[str, Any] = tomllib.loads(text[start : end if end >= 0 else len(text)])["money"]
    return table


def decimals(currency: str) -> int:
    """Digits of the minor unit by ISO 4217: 2 for most, 0 for KRW and JPY, 3 for KWD."""
    return _DECIMALS.get(currency, 2)


_NUMBER = r"\d{1,3}(?:(?P<g>[,.'’ ])\d{3})(?:(?P=g)\d{3}){0,4}(?:[.,]\d{1,2})?(?!\d)|\d{1,12}(?:[.,]\d{1,3})?(?!\d)"
_MINUS = "-−–▲△"
_DIGIT = re.compile(r"\d")
_HAN = re.compile("[一-鿿]+")


@lru_cache(maxsize=32)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    letters = sorted((*CODES, *(s for s in _SIGNS if s[0].isalpha()), "Bs.", "Bs"), key=len, reverse=True)
    codes = "|".join(re.escape(code) for code in letters)
    marks = "|".join(re.escape(mark) for mark in (*(s for s in _SIGNS if not s[0].isalpha()), "$", "¥", "\\"))
    han = [word for word in words if _HAN.fullmatch(word)]  # "新台幣 1,280 元": in Chinese the name stands before
    named_before = "".join(f"|{re.escape(word)}" for word in sorted(han, key=len, reverse=True))
    before = rf"(?:(?<![A-Za-z])(?:{codes}|US|CA|AU|NZ|HK|NT|SG|C|A)\ ?(?:{marks})?|{marks}{named_before})"
    local = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    named = rf"|(?i:{local})(?![^\W\d_])|(?<=[만천억万千])(?:{local})" if local else ""
    # also in parentheses: the codes stand in the pattern once, because to compile them takes a millisecond
    after = rf"(?P<in>\()?(?:(?:{codes}|kr)(?![A-Za-z])|{marks}|[円元圓]|원(?![칙산형]){named})(?(in)\))"
    return re.compile(
        rf"(?P<open>\()?(?P<minus>[{_MINUS}]\ ?)?(?P<before>{before}\ {{0,2}})?(?P<inner>[{_MINUS}]\ ?)?"
        rf"(?:(?<![\d.,])|(?<=[A-Za-z/]\.))(?P<number>{_NUMBER})(?P<dash>[.,][-–—])?"
        rf"(?P<after>\ {{0,2}}{after}(?:(?<=\d€)(?P<cents>\d\d)(?![\d.,€]))?)?(?P<close>\))?"
    )


# "1만 2천원", "3.5만원", "1万2千円": counted in ten-thousands and thousands, the unit of money last.
_COUNTED = re.compile(
    r"(?<![\d.,])(?:(\d{1,4}(?:\.\d{1,2})?) ?[억億亿] ?)?(?:(\d{1,4}(?:[.,]\d{1,3})?) ?[만万萬] ?)?"
    r"(?:(\d{1,2}(?:\.\d)?) ?[천千] ?)?(\d{1,3}(?:,\d{3})?)? ?([원円元])"
)


# "7만2천원", "1만 2000원", "일금 칠만이천원정": a number as it is said, before the unit of money
_DIGITS_SAID = r"[\d영공일이삼사오육륙칠팔구십백천]"
_BEFORE_WON = re.compile(
    rf"(?<![\d.,])(?:일?금 ?)?((?:{_DIGITS_SAID}{{1,12}}억 ?)?(?:(?:{_DIGITS_SAID}|[.,]){{0,12}}만 ?)?"
    rf"(?:{_DIGITS_SAID}{{1,5}}천 ?)?(?:{_DIGITS_SAID}|,){{0,12}}) ?원"
)
_UNIT = re.compile("[십백천만억]")


def _in_korean(text: str) -> list[Found]:
    """The amounts of a text that are said rather than written in digits alone."""
    found: list[Found] = []
    for match in _BEFORE_WON.finditer(text) if "원" in text and _UNIT.search(text) else ():
        run = match[1].strip()
        in_words = not any(map(str.isdigit, run))
        before = text[match.start() - 1 : match.start()]
        if len(run) < 2 or (in_words and "가" <= before <= "힣"):  # "만원" alone is more often a full house
            continue
        if (number := spelled(run)) is not None:
            found.append(Found(Money(number, "KRW"), match.start(), match.end()))
    return found


def fold(text: str) -> str:
    """Full-width digits and signs as ASCII, NBSP and thin spaces as space; the length is kept, so positions hold."""
    if text.isascii() or unicodedata.is_normalized("NFKC", text):  # the latter tells within microseconds
        return text
    for character in set(text):  # few of them need it, and a text has few different ones
        if character > "\x7f" and (folded := _fold_character(character)) != character:
            text = text.replace(character, folded)
    return text


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if character in "\u00a0\u2007\u2009\u202f\u3000":
        return " "
    if character == "￥":
        return "¥"
    narrow = unicodedata.normalize("NFKC", character)
    return narrow if len(narrow) == 1 and not "\u3131" <= character <= "\u318e" else character


def find(
    text: str,
    language: str,
    default_currency: str | None = None,
    *,
    bare: bool = False,
    table: Signs | None = None,
) -> list[Found]:
    """All amounts of a text, in order.

    `default_currency` (ISO 4217) decides a sign that several currencies share, if it is one of them; with `bare` it
    is also that of numbers without any sign. `table` replaces the language's own signs. An amount is negative where
    a minus or brackets say so. Never raises; linear in the length of the text.
    """
    table = signs(language) if table is None else table
    folded = fold(text)
    if _DIGIT.search(folded) is None:
        return _in_korean(folded)
    found: list[Found] = []
    counted_to = -1
    if any(unit in folded for unit in "십백만천억万千萬億亿"):
        found += _in_korean(folded)
        said = [(f.start, f.end) for f in found]
        for match in _COUNTED.finditer(folded):
            if any(start < match.end() and match.start() < end for start, end in said):
                continue
            if (counted := _counted(match, table, default_currency)) is not None:
                found.append(counted)
    taken = [(f.start, f.end) for f in found]
    for match in _pattern(tuple(table.words)).finditer(folded):
        counted_to = match.start("number")
        if any(start <= counted_to < end for start, end in taken):
            continue
        if (one := _amount(match, table, default_currency, bare)) is not None:
            found.append(one)
    if taken:
        found.sort(key=lambda f: f.start)
        found = [one for at, one in enumerate(found) if not (at and _says_again(found[at - 1], one))]
    return found


def _says_again(said: Found, one: Found) -> bool:
    """Whether brackets repeat what was said before them, and mean no loss: "일금 칠만이천원정 (₩72,000)"."""
    same = said.money.currency == one.money.currency and said.money.amount == -one.money.amount
    return same and 0 <= one.start - said.end <= 4


def parse(
    text: str, language: str, default_currency: str | None = None, *, bare: bool = False, table: Signs | None = None
) -> Money | None:
    """The first amount of a text, or None. Arguments as of `find`."""
    found = find(text, language, default_currency, bare=bare, table=table)
    return found[0].money if found else None


def _amount(match: re.Match[str], table: Signs, default: str | None, bare: bool) -> Found | None:
    before, after = (match["before"] or "").strip(), (match["after"] or "").strip(" ()")
    if match["cents"]:  # "79€98", as it is written in France
        after = after[:-2]
    currency = _currency(before, after, table, default)
    if currency is None:
        if before or after or not bare or default is None:
            return None
        if match.start("number") and match.string[match.start("number") - 1].isalpha():
            return None
        currency = default
    amount = _number(match["number"], currency, table)
    if amount is None:
        return None
    if match["cents"] and amount == amount.to_integral_value():
        amount += Decimal(match["cents"]) / 100
    bracketed = bool(match["open"] and match["close"])
    if match["minus"] or match["inner"] or bracketed:
        start = match.start("minus") if match["minus"] else match.start("inner") if match["inner"] else -1
        # "10-20 €" is a range and "A-1,000원" a name: a minus has no letter or digit before it
        outer = match.string[start - 1] if start > 0 else " "
        if bracketed or not outer.isalnum():
            amount = -amount
    start = match.start("open") if bracketed else match.start("number")
    if not bracketed and before:
        start = match.start("before")
    end = match.end("close") if bracketed else match.end("after") if after else match.end("number")
    return Found(Money(amount, currency), start, end)


def _currency(before: str, after: str, table: Signs, default: str | None) -> str | None:
    """The currency of an amount by the words around it; a written code wins over a sign ("$45.00 CAD")."""
    for side in (after, before):
        if side in CODES:
            return side
        if side[:3] in CODES:
            return side[:3]
    for side in (before, after):
        if not side:
            continue
        tight = side.replace(" ", "")
        if tight in _SIGNS:
            return _SIGNS[tight]
        if tight in _FIXED:
            return _FIXED[tight]
        if tight in SHARED:
            return default if default in SHARED[tight] else table.shared.get(tight)
        if (word := side.casefold()) in table.words:
            return table.words[word]
    return None


def _number(text: str, currency: str, table: Signs) -> Decimal | None:
    """A number with group and decimal signs -> Decimal; None where the signs fit no way of writing this currency."""
    places = decimals(currency)
    last = max(text.rfind("."), text.rfind(","))
    separators = [c for c in text if not c.isdigit()]
    if not separators:
        return Decimal(text)
    tail = len(text) - last - 1 if last >= 0 else 0
    if " " in separators and " " not in table.group:
        return None  # "15 999 €" is 999 € after a model number wherever spaces do not group digits
    if last < 0:
        return Decimal("".join(c for c in text if c.isdigit()))
    mixed = len(set(separators)) > 1
    if mixed or tail != 3:
        if not mixed and len(separators) > 1:
            return None  # "1,234,56"
        whole = "".join(c for c in text[:last] if c.isdigit())
        value = Decimal(f"{whole}.{text[last + 1 :]}")
        if places == 0:
            return value.to_integral_value() if value == value.to_integral_value() else None
        return value
    # one kind of sign with three digits behind it: a group, unless the currency has three decimals and the language
    # writes them with this sign
    if len(separators) == 1 and places == 3 and text[last] == table.decimal:
        return Decimal(text.replace(",", "."))
    return Decimal("".join(c for c in text if c.isdigit()))


def _counted(match: re.Match[str], table: Signs, default: str | None) -> Found | None:
    hundred_millions, ten_thousands, thousands, ones, unit = match.groups()
    if not (hundred_millions or ten_thousands or thousands):
        return None
    currency = _FIXED.get(unit) or (default if default in SHARED[unit] else table.shared.get(unit))
    if currency is None:
        return None
    amount = sum(
        (
            Decimal(part.replace(",", "")) * factor
            for part, factor in (
                (hundred_millions, 100_000_000),
                (ten_thousands, 10_000),
                (thousands, 1_000),
                (ones, 1),
            )
            if part
        ),
        Decimal(0),
    )
    return Found(Money(amount.quantize(Decimal(1)), currency), match.start(), match.end())


_NUMERALS = str.maketrans("영공일이삼사오육륙칠팔구", "001234566789")
_MYRIADS = (("억", 100_000_000), ("만", 10_000), ("", 1))
_PART = re.compile(
    r"(?:(?P<thousands>\d{0,4}(?:\.\d{1,2})?)천)?(?:(?P<hundreds>\d?)백)?(?:(?P<tens>\d?)십)?(?P<ones>\d{1,4}(?:\.\d{1,2})?)?",
    re.ASCII,
)


def spelled(text: str) -> Decimal | None:
    """A number as it is said in Korean, the whole text: "7만2천", "1만 2000", "칠만이천", "3.5만"; without currency.

    None for all else, and for a plain number, which needs no such reading.
    """
    rest = fold(text).replace(" ", "").replace(",", "").translate(_NUMERALS)
    if not any(unit in rest for unit in "십백천만억"):
        return None
    total = Decimal(0)
    for unit, factor in _MYRIADS:
        before, found, after = rest.partition(unit) if unit else (rest, "", "")
        if unit and not found:
            continue
        if (part := _said(before, 1 if unit else 0)) is None:
            return None
        total, rest = total + part * factor, after
    return total.quantize(Decimal(1)) if total == total.to_integral_value() else None


def _said(text: str, empty: int) -> Decimal | None:
    """A part of a number below ten thousand; `empty`: what it is worth where nothing stands before its unit."""
    match = _PART.fullmatch(text)
    if match is None:
        return None
    if not text:
        return Decimal(empty)
    units = zip(("thousands", "hundreds", "tens", "ones"), (1_000, 100, 10, 1), strict=True)
    return sum((Decimal(match[name] or 1) * factor for name, factor in units if match[name] is not None), Decimal(0))


# --- card numbers ----------------------------------------------------------------------------------------------------

_LONG_NUMBER = re.compile(r"(?<![\d])\d(?:[ \-.]?\d){12,18}(?!\d)")
# What may stand between the groups; in them a number counts whatever other numbers stand beside it.
_BETWEEN = r"[ \t\u00a0\u2007\u202f\-\u2010-\u2015._/,:·]{1,3}"
CARD_GROUPS = ((4, 4, 4, 4, 3), (4, 4, 4, 4), (4, 6, 5), (4, 6, 4))
"""As cards print their numbers: 4-4-4-4 (and 19 digits), 4-6-5 (American Express), 4-6-4 (Diners Club)."""


@cache
def _grouped() -> tuple[re.Pattern[str], ...]:
    shapes = (_BETWEEN.join(f"[0-9]{{{size}}}" for size in sizes) for sizes in CARD_GROUPS)
    return tuple(re.compile(rf"(?<![0-9])(?=({shape})(?![0-9]))") for shape in shapes)


def mask_card_numbers(text: str) -> str:
    """Every number of 13 to 19 digits that passes the Luhn check (ISO/IEC 7812-1) reduced to its last four digits.

    Tracking and order numbers that happen to pass are masked too where they stand in running text; a reader that
    knows by its label that a number is none of a card keeps the value, not the quote.
    """
    if sum(map(str.isdigit, text)) < 13:
        return text
    text = _LONG_NUMBER.sub(_mask, text)
    for shape in _grouped():
        for found in list(shape.finditer(text)):
            start, end = found.span(1)
            if _is_one(found[1]):
                text = text[:start] + _hidden(found[1]) + text[end:]
    return text


def is_card_number(text: str) -> bool:
    """Whether a text is a number of 13 to 19 digits (spaces and hyphens allowed) that passes the Luhn check."""
    return _LONG_NUMBER.fullmatch(text) is not None and _is_one(text)


def passes_luhn(number: str) -> bool:
    """Whether the digits of a text, which may be grouped, pass the Luhn check (ISO/IEC 7812-1 annex B)."""
    digits = [int(c) for c in number if c.isdecimal()]
    total = sum(d if i % 2 == 0 else (d * 2 - 9 if d > 4 else d * 2) for i, d in enumerate(reversed(digits)))
    return total % 10 == 0


def _is_one(number: str) -> bool:
    return passes_luhn(number) and len({c for c in number if c.isdecimal()}) > 1  # a row of noughts is none


def _mask(match: re.Match[str]) -> str:
    number = match[0]
    return _hidden(number) if is_card_number(number) else number


def _hidden(number: str) -> str:
    """All digits but the last four as stars."""
    kept = 0
    out = []
    for character in reversed(number):
        if character.isdigit():
            kept += 1
            out.append(character if kept <= 4 else "*")
        else:
            out.append(character)
    return "".join(reversed(out))
