"""What "$", "¥" or "kr" mean in one mail: the currencies that it names, and the seller's country.

In charge of the one currency that a shared sign stands for in a mail, by what the mail itself writes out, else by the
country of the sender, else by what the text tells of the seller's country. Where signs of two countries stand in it
the sign stays unread, or is what the language takes it for. Amounts are read elsewhere.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from monitor import money
from monitor.extract.words import Words
from monitor.knowledge import countries
from monitor.types import Verdict

# Countries by the end of a domain, for what "$" and "11/12" mean there. Those whose dollar is not the American one.
_DOLLARS = {
    "CA": "CAD", "AU": "AUD", "NZ": "NZD", "HK": "HKD", "TW": "TWD", "SG": "SGD", "MX": "MXN", "AR": "ARS", "CL": "CLP",
    "CO": "COP", "UY": "UYU", "DO": "DOP", "US": "USD", "EC": "USD", "SV": "USD", "PA": "USD", "PR": "USD",
    "KR": "USD", "JP": "USD", "GB": "USD", "DE": "USD", "FR": "USD", "CN": "USD",
}  # fmt: skip
_YEN = {"JP": "JPY", "CN": "CNY"}
_YUAN = {"TW": "TWD", "HK": "HKD", "MO": "MOP", "CN": "CNY"}
_AT_HOME = {"ko": "KRW", "ja": "JPY"}  # languages of one country
_TRADITIONAL = re.compile("[訂單總額運費號碼們後貨買賣]")
_KRONE = {"SE": "SEK", "NO": "NOK", "DK": "DKK", "IS": "ISK"}
_CENTRAL_AFRICA = frozenset(("CM", "CF", "CG", "GA", "GQ", "TD"))  # their francs CFA are not those of West Africa
_BOLIVARES = {"BO": "BOB", "VE": "VES"}
_OTHERS = frozenset(("IT", "ES", "NL", "AT", "CH", "BE", "IE", "PL", "IN", "ZA"))
MONTH_FIRST = frozenset(("US", "PH"))
"""Countries that write the month first."""
_QUALIFIED = {
    "US$": "USD", "CA$": "CAD", "C$": "CAD", "AU$": "AUD", "A$": "AUD", "NZ$": "NZD", "HK$": "HKD", "NT$": "TWD",
    "S$": "SGD", "MX$": "MXN", "R$": "BRL", "RD$": "DOP", "AR$": "ARS", "RMB": "CNY", "CN¥": "CNY", "JP¥": "JPY",
    "₩": "KRW", "원": "KRW", "円": "JPY", "€": "EUR", "£": "GBP", "₹": "INR", "₫": "VND", "฿": "THB",
}  # fmt: skip
_OWN_SIGNS = tuple((sign, code) for sign, code in _QUALIFIED.items() if sign[0] > "Z")
_WITH_SIGN = tuple((sign, code) for sign, code in _QUALIFIED.items() if sign[-1] in "$¥")
_WRITTEN = {**{code.encode(): code for code in money.CODES}, b"RMB": "CNY"}
_LETTERS = bytes(c if c < 128 and chr(c).isalpha() else 32 for c in range(256))


def country(domain: str, verdict: Verdict) -> str:
    """ISO 3166-1 of the seller: as the verdict knows it, else by the end of his domain, else "".

    Who sells from China to the world writes to each buyer in that buyer's currency and order of dates.
    """
    if verdict.seller is not None and (own := verdict.seller.value.country):
        return own if own != "CN" or domain.endswith(".cn") else ""
    end = domain.rpartition(".")[2].upper()
    if end in ("UK", "GB"):
        return "GB"
    known = {*_DOLLARS, *_KRONE, *_CENTRAL_AFRICA, *_BOLIVARES, *_OTHERS} - {"CO"}
    return end if end in known else "CO" if domain.endswith(".com.co") else ""


@lru_cache(maxsize=4)
def named(text: str) -> frozenset[str]:
    """The currencies that a text writes out or shows with a sign of their own."""
    text = text[: countries.LONGEST]
    found = {code for sign, code in _OWN_SIGNS if sign in text}
    # its words in ASCII letters first, in one pass: to look for each code alone takes five times as long
    for written in _WRITTEN.keys() & set(text.encode("ascii", "replace").translate(_LETTERS).split()):
        if _stands(written.decode(), text, "$¥"):
            found.add(_WRITTEN[written])
    if "$" in text or "¥" in text:
        found.update(code for sign, code in _WITH_SIGN if sign in text and _stands(sign, text))
    return frozenset(found)


def _stands(written: str, text: str, no: str = "") -> bool:
    """Whether a code or sign stands somewhere with no letter beside it: "AUSD" names no currency. Nor one of `no`
    behind it."""
    at = text.find(written)
    while at >= 0:
        before, behind = text[at - 1 : at], text[at + len(written) : at + len(written) + 1]
        beside = (before.isascii() and before.isalpha()) or (behind.isascii() and behind.isalpha())
        if not beside and (not behind or behind not in no):
            return True
        at = text.find(written, at + 1)
    return False


def shared(text: str, country: str, compiled: Words) -> str | None:
    """What a sign that several currencies share means in this mail. None: nothing says, the table of the language
    decides (or leaves it unread). `country`: of the sender, or ""."""
    if "$" in text:
        dollars = named(text) & money.SHARED["$"] or _spelled(text, compiled)
        if len(dollars) == 1:
            return next(iter(dollars))
        if country in _DOLLARS and not dollars:
            return _DOLLARS[country]
        if not country and (told := _told(text, "$", dollars, compiled)):
            return told
    if "¥" in text or "￥" in text:
        yen, yuan = _counts_in(text, "JPY"), _counts_in(text, "CNY")
        if yen != yuan:
            return "JPY" if yen else "CNY"
        if country in _YEN:
            return _YEN[country]
    if "kr" in text and country in _KRONE:
        return _KRONE[country]
    if "CFA" in text and (country in _CENTRAL_AFRICA or _told(text, "FCFA", frozenset(), compiled) == "XAF"):
        return "XAF"
    if "Bs" in text and (bolivares := _BOLIVARES.get(country) or _told(text, "Bs", frozenset(), compiled)):
        return bolivares
    if compiled.language == "zh":  # 元, and numbers without any sign
        yuans = named(text) & money.SHARED["元"]
        if country in _YUAN or len(yuans) == 1:
            return _YUAN[country] if country in _YUAN else next(iter(yuans))
        if "元" in text and _TRADITIONAL.search(text[:4000]):
            return "TWD"
    if compiled.language in _AT_HOME and not named(text) - {_AT_HOME[compiled.language]}:
        return _AT_HOME[compiled.language]  # "환불금액 : 42,000": numbers without any sign
    return None


def _spelled(text: str, compiled: Words) -> frozenset[str]:
    """The dollars and pesos that a text calls by their names: "pesos colombianos"; "dollars" alone are any."""
    lowered = text[: countries.LONGEST].casefold()
    return frozenset(
        code for word, code in compiled.money.words.items()
        if code != "USD" and code in money.SHARED["$"] and word in lowered
    )  # fmt: skip


def _told(text: str, sign: str, among: frozenset[str], compiled: Words) -> str | None:
    """The currency of the seller's country by what the text tells of it; None where it tells nothing, or of two.

    Places and telephones can be the buyer's: they count only where the sign would be unread otherwise, and for francs
    CFA, for which one who buys abroad is sent another bill.
    """
    possible = among or money.SHARED[sign]
    for sure in (True, False) if sign == "FCFA" or sign not in compiled.money.shared else (True,):
        told = [own & possible for own in countries.currencies(text, sure=sure)]
        found = {code for own in told for code in own if len(own) == 1}
        if len(found) == 1:
            return found.pop()
        if found:
            return None
    return None


@cache
def _counted(code: str) -> re.Pattern[str]:
    words = [word for word, own in money.signs("en").words.items() if own == code]
    signs = {"JPY": ["円"], "CNY": ["元"]}[code]
    return re.compile(rf"\d\s?(?:{'|'.join((*words, *signs))})", re.IGNORECASE)


def _counts_in(text: str, code: str) -> bool:
    """Whether a text has amounts in yen, or in yuan, written out."""
    return code in named(text) or _counted(code).search(text) is not None
