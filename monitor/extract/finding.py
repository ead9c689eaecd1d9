"""One mail's Finding: asks each reader, compares, and keeps what stands.

In charge of the facts that hold for a whole mail (what a bare "$" means in it, which way round its dates are
written) and of merging what the markup says with what the words say. The reading itself is in the modules beside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from monitor import money
from monitor.extract import amounts, contacts, generic, markup, numbers, paying, promises, tracking
from monitor.extract.context import Context
from monitor.extract.pairs import Text
from monitor.extract.words import Words, fold, words
from monitor.types import Finding, Kind, Mail, Money, Stated, Verdict

if TYPE_CHECKING:
    from monitor.knowledge import Knowledge

T = TypeVar("T")

# Countries by the end of a domain, for what "$" and "11/12" mean there. Those whose dollar is not the American one.
_DOLLARS = {
    "CA": "CAD", "AU": "AUD", "NZ": "NZD", "HK": "HKD", "TW": "TWD", "SG": "SGD", "MX": "MXN", "AR": "ARS", "CL": "CLP",
    "CO": "COP", "UY": "UYU", "US": "USD", "KR": "USD", "JP": "USD", "GB": "USD", "DE": "USD", "FR": "USD", "CN": "USD",
}  # fmt: skip
_YEN = {"JP": "JPY", "CN": "CNY"}
_KRONE = {"SE": "SEK", "NO": "NOK", "DK": "DKK", "IS": "ISK"}
_MONTH_FIRST = frozenset(("US", "PH"))
_NAMED = re.compile(
    r"(?<![A-Za-z])("
    + "|".join(sorted(money.CODES))
    + r"|US\$|CA\$|C\$|AU\$|A\$|NZ\$|HK\$|NT\$|S\$|MX\$|R\$|CN¥|JP¥)(?![A-Za-z])|"
    r"([₩€£₹₫฿원円])"
)
_QUALIFIED = {
    "US$": "USD", "CA$": "CAD", "C$": "CAD", "AU$": "AUD", "A$": "AUD", "NZ$": "NZD", "HK$": "HKD", "NT$": "TWD",
    "S$": "SGD", "MX$": "MXN", "R$": "BRL", "CN¥": "CNY", "JP¥": "JPY", "₩": "KRW", "원": "KRW", "円": "JPY",
    "€": "EUR", "£": "GBP", "₹": "INR", "₫": "VND", "฿": "THB",
}  # fmt: skip
_YEN_WORDS = re.compile(r"\d\s?(?:yen|円)|\bJPY\b", re.IGNORECASE)
_YUAN_WORDS = re.compile(r"\d\s?(?:yuan|元)|\b(?:CNY|RMB)\b", re.IGNORECASE)


def extract(mail: Mail, verdict: Verdict, knowledge: Knowledge | None = None) -> Finding:
    """Everything that a purchase mail states. Never raises on the content of a mail."""
    if verdict.kind in (Kind.OTHER, Kind.BOUNCE, Kind.AUTO_REPLY):
        return Finding(kind=verdict.kind)
    context = context_of(mail, verdict)
    marked = markup.read(mail.html, context)
    number, rivals, stands_in = numbers.order_number(context)
    if stands_in and marked.order_number is not None:
        number = None  # the markup names the order itself
    total = amounts.total(context)
    method = paying.payment_method(context)
    payment = paying.classes(method.value, context.words) if method else None
    instalments = paying.instalments(context)
    if payment == "credit_card" and instalments is not None and instalments.value >= paying.INSTALMENT_SALE:
        payment = "credit_card_installment"
    parcels = tracking.read(mail, context, number.value if number else None)
    said = promises.read(context)
    disagreements: list[tuple[str, tuple[Stated[str], ...]]] = [("order_number", rivals)] if rivals else []
    number = _agree("order_number", marked.order_number, number, disagreements, _same_number)
    total = _agree("total", marked.total, total, disagreements, _same_money)
    return Finding(
        kind=verdict.kind,
        order_number=number,
        total=total,
        items=marked.items or generic.items(context),
        placed_at=_first(marked.placed_at, generic.placed_at(context)),
        pay_by=_first(generic.day(context, "pay_by"), said.pay_by),
        dispatch_by=_first(generic.day(context, "dispatch_by"), said.dispatch_by),
        promised_by=_first(marked.promised_by, generic.day(context, "promised_by"), said.promised_by),
        refund_by=_first(generic.day(context, "refund_by"), said.refund_by),
        answer_by=_first(generic.day(context, "answer_by"), said.answer_by),
        settlement=paying.settlement(context, method, payment),
        payment_method=_first(method, marked.payment_method),
        payment=payment if payment != "unnamed" else None,
        instalments=instalments,
        tracking_numbers=_union(parcels.numbers, marked.tracking_numbers),
        carrier=_first(parcels.carrier, marked.carrier),
        parcels=said.parcels or parcels.parcels,
        partial=said.partial,
        order_class=promises.order_class(context, total, marked.order_class),
        contacts=contacts.read(mail, context, [s.value for s in (*parcels.numbers, number) if s is not None]),
        disagreements=tuple(disagreements),
        stands_in=stands_in and number is not None and number.reader != markup.READER,
    )


def context_of(mail: Mail, verdict: Verdict) -> Context:
    """The facts that hold for the whole mail."""
    header = mail.forwarded or mail.header
    compiled = words(verdict.language)
    sent = header.sent_at or mail.header.sent_at or mail.received_at
    near = sent.date()
    country = _country(header.sender.domain, verdict)
    named = _named(mail.text)
    return Context(
        text=Text(compiled, money.fold(header.subject)[:400], mail.text),
        kind=verdict.kind,
        near=near,
        currency=_shared_currency(mail.text, named, country, compiled),
        named=named,
        order="MDY" if country in _MONTH_FIRST else "DMY" if country and verdict.language == "en" else "",
        own=frozenset(a.email for a in mail.header.to),
    )


def _country(domain: str, verdict: Verdict) -> str:
    """ISO 3166-1 of the seller: as the verdict knows it, else by the end of his domain, else ""."""
    if verdict.seller is not None and verdict.seller.value.country:
        return verdict.seller.value.country
    end = domain.rpartition(".")[2].upper()
    if end in ("UK", "GB"):
        return "GB"
    known = {*_DOLLARS, *_KRONE, "IT", "ES", "NL", "AT", "CH", "BE", "IE", "PL", "IN", "ZA"} - {"CO"}
    return end if end in known else "CO" if domain.endswith(".com.co") else ""


def _named(text: str) -> frozenset[str]:
    """The currencies that a text writes out or shows with a sign of their own."""
    hits = {m[1] or m[2] for m in _NAMED.finditer(text[:60_000])}
    return frozenset(_QUALIFIED.get(hit, hit) for hit in hits)


def _shared_currency(text: str, named: frozenset[str], country: str, compiled: Words) -> str | None:
    """What a sign that several currencies share means in this mail: what the mail itself writes out, else the
    sender's country. None: nothing says, the table of the language decides (or leaves it unread)."""
    if "$" in text:
        dollars = named & money.SHARED["$"]
        if len(dollars) == 1:
            return next(iter(dollars))
        if country in _DOLLARS and not dollars:
            return _DOLLARS[country]
    if "¥" in text or "￥" in text:
        yen, yuan = bool(_YEN_WORDS.search(text)), bool(_YUAN_WORDS.search(text))
        if yen != yuan:
            return "JPY" if yen else "CNY"
        if country in _YEN:
            return _YEN[country]
    if "kr" in text and country in _KRONE:
        return _KRONE[country]
    return None


def _first(*stated: Stated[T] | None) -> Stated[T] | None:
    return next((s for s in stated if s is not None), None)


def _union(first: Sequence[Stated[str]], second: Sequence[Stated[str]]) -> tuple[Stated[str], ...]:
    known = {fold(s.value) for s in first}
    return (*first, *(s for s in second if fold(s.value) not in known))


def _same_number(one: str, other: str) -> bool:
    one, other = fold(one), fold(other)
    return one == other or one in other or other in one


def _same_money(one: Money, other: Money) -> bool:
    return one == other


def _agree(
    field: str,
    marked: Stated[T] | None,
    read: Stated[T] | None,
    disagreements: list[tuple[str, tuple[Stated[str], ...]]],
    same: Any,
) -> Stated[T] | None:
    """The value of two readers: of one if the other is silent, of both if they agree, else none and a question."""
    if marked is None or read is None:
        return marked if read is None else read
    if same(marked.value, read.value):
        return read if isinstance(read.value, str) and len(str(read.value)) > len(str(marked.value)) else marked
    disagreements.append((field, tuple(Stated(_as_text(s.value), s.quote, s.reader) for s in (marked, read))))
    return None


def _as_text(value: object) -> str:
    return f"{value.amount} {value.currency}" if isinstance(value, Money) else str(value)
