"""How an order is paid and whether the money is there: the mail's words, their class, instalments.

In charge of the way of paying behind a label or in a sentence. A class is given only where the words tell it: a card
that may be a credit or a debit card has none. What follows from a class is up to the ladders.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from monitor import dates, money
from monitor.extract.context import Context, quoted
from monitor.extract.pairs import Pair
from monitor.extract.words import Words
from monitor.knowledge import patterns
from monitor.knowledge.patterns import Worded
from monitor.types import Kind, Settlement, Span, Stated

if TYPE_CHECKING:
    from monitor.knowledge import Shop

_INSTALMENTS = Worded(r"(\d{1,2})\s?<instalments>")
# From three parts on a card payment is an instalment sale: Article 2 of Korea's Instalment Transactions Act speaks of a
# price paid over two months or more in three parts or more.
INSTALMENT_SALE = 3
_ACCOUNT = re.compile(r"\s?[(（][^()（）]{0,40}\d[\d-]{6,24}[^()（）]{0,40}[)）]")  # whereto it is to be transferred
# "銀行振込 みやこ銀行 下京支店 普通 1234567"
_AT_BANK = Worded(r"\s[^\s\d]{1,12}<bank_ends>\s.{0,40}\d{5,}.*$")
_LONGER = re.compile(r"[^\d:：]{1,30}[:：]\s?(?=\S)")
_METHOD_END = re.compile(r"\s*(?:[|｜;\t]|\s{3,}|\.\s)")


def payment_method(context: Context) -> Stated[str] | None:
    """The mail's own words for the way of paying, from behind a label; a card number keeps four digits."""
    pairs = context.text.by_field.get("payment_method", [])
    unnamed: Stated[str] | None = None
    for pair in sorted(pairs, key=lambda p: p.how == "space"):
        value = _METHOD_END.split(pair.value, maxsplit=1)[0].strip(" .,:：")
        value = _ACCOUNT.sub("", value).strip()
        if any(map(str.isdigit, value)) and any(map(value.__contains__, patterns.words("bank_ends"))):
            value = _AT_BANK.re.sub("", value)
        if not value or len(value) > 80 or not any(c.isalpha() or c in "*•" for c in value):
            continue
        far = 6 if context.words.language in ("ko", "ja", "zh") else 15
        if pair.how == "space" and all(hit.start > far for hit in context.words.classes.search(value)):
            continue  # "Zahlung für Ihre Bestellung ist per ...", "결제 영수증 보기(토스페이먼츠 제공)"
        if pair.how == "space" and (longer := _LONGER.match(value)) and not context.words.classes.search(longer[0]):
            continue  # "결제 실패 사유: 카드 잔액 부족": a longer label, of something else
        known = classes(value, context.words)
        if known is None and _is_method(pair, value):
            known = "unnamed"  # a way of paying by its label that no list knows: a shop's own wallet or card
        if known is None:
            continue
        stated = Stated(money.mask_card_numbers(value), quoted(pair.quote), "generic")
        if known != "unnamed":
            return stated
        unnamed = unnamed or stated
    return (
        unnamed or _method_in_sentence(context) or _method_in_label(context) or _card_with_its_end(context)
        or _method_alone(context) or _asked_for(context)
        or (_method_in_sentence(context, receipt=True) or _hidden_card(context)
            if context.kind is Kind.PAYMENT_RECEIPT else None)
    )  # fmt: skip


def is_in_name(method: Stated[str], shop: str) -> bool:
    """Whether what seems a way of paying is part of the name of the shop where was paid: "LAWSON KANDA"."""
    return len(method.value) < len(shop) and method.value in shop and shop in method.quote


# a label that speaks of nothing but the way of paying, and a value that is a name and nothing else
_SURE = Worded("<method_label>", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_][^\d@:/?!。]{1,30}(?:[*x•.]{1,4}\s?\d{4})?")


def _is_method(pair: Pair, value: str) -> bool:
    """Whether a value no list knows is a way of paying all the same."""
    return (
        pair.how != "space" and len(value.split()) <= 4 and value.casefold() not in patterns.words("no_method")
        and _SURE.re.search(pair.label) is not None and _NAME.fullmatch(value) is not None
    )  # fmt: skip


def _method_in_label(context: Context) -> Stated[str] | None:
    """ "Total charged to PayPal: $45.00", "Total charged to TAB PayPal $45.00"; "가상계좌번호: 2710-..."."""
    search = context.words.classes.search
    for pair in context.text.by_field.get("total", ()):
        for text in (pair.label, pair.value[:30]):
            for hit in search(text):
                if "unnamed" not in hit.lists and (text is pair.label or hit.start == 0):
                    return Stated(text[hit.start : hit.end], quoted(pair.quote), "generic")
    for pair in context.text.by_field.get("other", ()):
        for hit in search(pair.label):
            if "virtual_account" in hit.lists and any(map(str.isdigit, pair.value)):
                return Stated(pair.label[hit.start : hit.end], quoted(pair.quote), "generic")
    return None


# lists whose lines speak of paying or of giving back
_PAYING = ("settlement.received", "refund_before", "refund_after", "promise.refund")
# 카드사, カード会社: who issued the card, not what was paid with; 카드 결제는: what holds for all who pay so
_ISSUER_OR_TOPIC = Worded("<issuer_or_topic>")
# "신용카드: 2-3영업일": how long it takes where it was paid so
_CONDITION = re.compile(r"[^\s:：\d]{0,10}\s?[:：](?!.{0,60}(?:[$€£¥₩]|\d ?(?:원|円|元|EUR|USD)))\s?\S")
_VIA = Worded(r"\b<paid_via>\s{1,2}|<method_named>[\s,:(]{1,3}", re.IGNORECASE)
# "Visa ending in 1234", "Mastercard - 4444", "Visa ••••1234": a card by its name with its last four digits
_CARD_END = Worded(
    r"(?:\s(?:<card_kind>\s)?<card>)?[\s,(]{0,3}"
    r"(?:<card_ends>|[-–x*•.·]{1,12})[\s:]{0,2}(?:[*x•·]{1,12}\s?){0,3}\d{4}(?!\d|[-/.,]\d)",
    re.IGNORECASE,
)
_CARDS = frozenset(f"payment.{name}" for name in (
    "visa", "mastercard", "amex", "jcb", "discover", "diners", "unionpay", "credit_card", "debit_card", "check_card",
    "shop_pay", "apple_pay", "google_pay", "mobile_carrier",
))  # fmt: skip
_BUYING = (
    Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT, Kind.PAYMENT_FAILED, Kind.REFUND, Kind.REFUND_PROMISED,
    Kind.CANCELLATION,
)  # fmt: skip


def _card_with_its_end(context: Context) -> Stated[str] | None:
    """A card that the mail names with its last four digits, wherever it stands."""
    if context.kind not in _BUYING:
        return None
    for line in context.text.lines:
        for hit in context.text.hits.get(line.number, ()):
            if not _CARDS.isdisjoint(hit.lists) and (end := _CARD_END.re.match(line.text, hit.end)):
                written = line.text[hit.start : end.end()]
                return Stated(money.mask_card_numbers(written), quoted(line.raw), "generic")
    return None


def _method_alone(context: Context) -> Stated[str] | None:
    """The one way of paying that stands in a line or cell of its own, where shops put it below the buyer's address;
    without an address only one of several words: "Cash on delivery" names no card that a shop takes."""
    if context.kind not in _BUYING:
        return None
    goods = any(line.number >= 0 for line, _ in context.text.places("goods"))
    found: dict[str, Stated[str]] = {}
    for line in context.text.lines[:200]:
        for cell in line.cells:
            if 3 <= len(cell) <= 32 and not any(map(str.isdigit, cell)):
                hits = context.words.classes.search(cell)
                whole = any(hit.end - hit.start == len(cell.strip(" .:")) for hit in hits)
                if whole and (goods or (" " in cell and context.kind is Kind.ORDER_CONFIRMATION)):
                    found.setdefault(cell.casefold(), Stated(cell, quoted(line.raw), "generic"))
    return next(iter(found.values())) if len(found) == 1 else None


def _hidden_card(context: Context) -> Stated[str] | None:
    """The one card of a receipt of which nothing but its last digits stands on a line: "•••• 4242"."""
    found = [
        line for line in context.text.lines[:120]
        if line.text[:1] in "*•·xX" and len(line.text) <= 24 and _ENDS_ALONE.fullmatch(line.text.strip())
    ]  # fmt: skip
    if len({line.text.strip() for line in found}) != 1:
        return None
    return Stated(money.mask_card_numbers(found[0].text.strip()), quoted(found[0].raw), "generic")


_ENDS = Worded(r"\s(?:(?:<card_ends>|<before_digits>)\s)?[*x•·]{0,12}\s?\d{4}(?!\d|[.,/-]\d)", re.IGNORECASE)
_ENDS_ALONE = re.compile(r"(?:[*•·xX]{2,4}[ -]?){1,4}\d{4}")
_WHERE_IT_APPLIES = Worded(r"<\bapplies_if\b>", re.IGNORECASE)


def _asked_for(context: Context) -> Stated[str] | None:
    """What the mail asks its reader to pay by: "veuillez effectuer un virement bancaire", "make a bank transfer"."""
    if context.kind is not Kind.ORDER_CONFIRMATION:
        return None
    for line, asked in context.text.places("settlement.awaited"):
        for hit in context.text.hits.get(line.number, ()) if len(line.text) <= 400 else ():
            named = "payment.bank_transfer" in hit.lists and asked.start < hit.start <= asked.end + 12
            if named and not _WHERE_IT_APPLIES.re.search(line.text[: asked.start]):
                return Stated(line.text[hit.start : hit.end], quoted(line.raw), "generic")
    return None


def _method_in_sentence(context: Context, *, receipt: bool = False) -> Stated[str] | None:
    """ "You have been charged £169.70 via PayPal", "신용카드 결제 확인": a method in a line that speaks of paying; in a
    `receipt` in one of the first lines, all of which do."""
    words = context.words
    east = words.language in ("ko", "ja", "zh")
    places = context.text.places
    paying = context.text.lines[:12] if receipt else [line for name in _PAYING for line, _ in places(name)]
    for line in dict.fromkeys(paying):
        if len(line.text) > 400 or line.number not in context.text.hits:
            continue
        methods = [
            h for h in context.text.hits[line.number]
            if any(n.startswith("payment.") for n in h.lists) and not _ISSUER_OR_TOPIC.re.match(line.text, h.end)
            and "://" not in line.text[: h.start].rpartition(" ")[2] and not _CONDITION.match(line.text, h.end)
        ]  # fmt: skip
        if receipt:  # "カードご利用のお知らせ" names none
            methods = [hit for hit in methods if line.text[hit.start : hit.end] not in patterns.words("card")]
        if not methods:
            continue
        if east and len(line.text) <= 60:
            return Stated(line.text[methods[0].start : methods[0].end], quoted(line.raw), "generic")
        for match in _VIA.re.finditer(line.text):
            for hit in methods:
                several = " " in line.text[hit.start : hit.end]  # "carte bancaire", but not "card"
                if 0 <= hit.start - match.end() <= 12 and (several or hit.lists != ("payment.unnamed",)):
                    ends = _ENDS.re.match(line.text, hit.end)  # "card ending in 1234"
                    written = line.text[hit.start : ends.end() if ends else hit.end]
                    return Stated(money.mask_card_numbers(written), quoted(line.raw), "generic")
    return None


# "신한카드 3개월 할부": a debit card is always paid in one sum, so what is paid in months is a credit card
_IN_MONTHS = Worded("<paid_in_months>")
_HIDDEN_CARD = re.compile(r"(?:[*•xX.·]{2,16}|[*•])[ -]?\d{4}(?!\d)")


def classes(method: str, words: Words) -> str | None:
    """The `payment` value that a method's words name; "unnamed" for a method that tells no class, None for none."""
    names = [name for hit in words.classes.search(method) for name in hit.lists]
    if names:
        name = min(names, key=lambda name: words.class_order[name])
        months = _IN_MONTHS.re.search(method) if name == "unnamed" else None
        return "credit_card" if months is not None and int(months["months"]) > 1 else name
    return "unnamed" if _HIDDEN_CARD.search(method) else None


def _is_klarna_invoice(method: str, payment: str | None, words: Words) -> bool:
    """Whether a purchase through Klarna is paid after delivery: "Klarna Rechnung", "Klarna - Pay in 30 days"."""
    if payment != "bnpl_klarna" or _AT_ONCE.re.search(method):
        return False
    return any("postpaid" in hit.lists for hit in words.classes.search(method))


def credit(context: Context, method: Stated[str] | None, payment: str | None) -> Stated[date | Span] | None:
    """How long a way of paying later itself gives: "Klarna Rechnung (30 Tage)", "Pay in 30 days". None where none."""
    if method is None or not (payment == "postpaid" or _is_klarna_invoice(method.value, payment, context.words)):
        return None
    words = context.words
    time = dates.parse(method.value, words.language, context.near, table=words.dates)
    return Stated(time, method.quote, method.reader) if isinstance(time, Span) else None


_BEFORE_CARD = ("paypal", "bnpl_klarna")


def class_by_service(payment: str | None, service: Shop | None, words: Words) -> str | None:
    """The class of a payment of which the service that carried it writes.

    PayPal and Klarna stand before the card behind them: what PayPal took from a Visa card was paid with PayPal. Of
    others only what their own mail names nothing nearer for.
    """
    if service is None or service.role != "payment_service":
        return payment
    own = classes(service.names[0], words)
    return own if own in _BEFORE_CARD or (payment in (None, "unnamed") and own is not None) else payment


def instalments(context: Context) -> Stated[int] | None:
    """In how many monthly parts a card payment is split; 1 where the mail says that it is not."""
    by_field = context.text.by_field
    for pair in (*by_field.get("instalments", ()), *by_field.get("payment_method", ())):
        names = {name for name, _ in pair.fields}
        if match := _INSTALMENTS.re.search(pair.value):
            return Stated(int(match[1]), quoted(pair.quote), "generic") if int(match[1]) else None
        if any(word in pair.value for word in patterns.words("one_payment")):
            return Stated(1, quoted(pair.quote), "generic")
        if "instalments" in names and (digits := re.fullmatch(r"0?(\d{1,2})", pair.value)):
            return Stated(max(1, int(digits[1])), quoted(pair.quote), "generic")
    return None


_LATER = ("bank_transfer", "virtual_account", "postpaid")
_AT_ONCE = Worded("<at_once>", re.IGNORECASE)
_GONE_OUT = (
    Kind.SHIPPED, Kind.DELIVERED, Kind.CANCELLATION, Kind.RETURNED, Kind.REFUND_PROMISED, Kind.REFUND
)  # fmt: skip


def settlement(context: Context, method: Stated[str] | None, payment: str | None) -> Stated[Settlement] | None:
    """Whether the money is there, awaited, or paid at the door: by the mail's words, else by the way of paying."""
    places = context.text.places
    seen = {
        name: lines[0][0].raw
        for name in ("awaited", "received", "on_delivery")
        if (lines := places(f"settlement.{name}"))
    }
    if method is not None and (payment == "cod" or ("on_delivery" in seen and payment in (None, "cod"))):
        return Stated(Settlement.ON_DELIVERY, method.quote, "generic")
    if context.kind in _GONE_OUT or context.kind is Kind.PAYMENT_FAILED:
        return None
    if context.kind is Kind.PAYMENT_RECEIPT:
        quote = seen.get("received") or (method.quote if method else "")
        return Stated(Settlement.RECEIVED, quoted(quote), "generic") if quote else None
    if method is not None and (payment in _LATER or _is_klarna_invoice(method.value, payment, context.words)):
        if _AT_ONCE.re.search(method.value):
            return Stated(Settlement.RECEIVED, method.quote, "generic")
        if "received" in seen and "awaited" not in seen:
            return Stated(Settlement.RECEIVED, quoted(seen["received"]), "generic")
        return Stated(Settlement.AWAITED, quoted(seen.get("awaited", method.quote)), "generic")
    if "awaited" in seen and payment is None and "received" not in seen:
        return Stated(Settlement.AWAITED, quoted(seen["awaited"]), "generic")
    if "received" in seen and "awaited" not in seen:
        return Stated(Settlement.RECEIVED, quoted(seen["received"]), "generic")
    return None
