"""What a mail promises in running sentences, and what it says of the order as a whole.

In charge of days and spans beside words such as "will arrive", "출고 예정", "within 5 business days", of parts and
parcels, and of the classes of orders whose clocks differ (tickets, downloads, pre-orders). Dates behind labels are
read in `generic`. Resolves no span into a date: that takes a calendar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from monitor import dates
from monitor.extract.generic import Context, is_free, quoted
from monitor.extract.words import Words
from monitor.types import Kind, Money, OrderClass, Span, Stated

_FIELD = {"dispatch": "dispatch_by", "delivery": "promised_by", "refund": "refund_by", "answer": "answer_by", "payment": "pay_by"}
_SENTENCE = re.compile(r"(?<=[a-z가-힣)\d]{2}[.!?])\s+(?=[A-Z0-9가-힣\"'(])|(?<=[。！？])|\n")


@dataclass(frozen=True, slots=True)
class Promises:
    """The promises of a mail's sentences."""

    pay_by: Stated[date | Span] | None = None
    dispatch_by: Stated[date | Span] | None = None
    promised_by: Stated[date | Span] | None = None
    refund_by: Stated[date | Span] | None = None
    answer_by: Stated[date | Span] | None = None
    parcels: Stated[int] | None = None
    partial: Stated[bool] | None = None


def read(context: Context) -> Promises:
    """The first promise of each kind, sentence by sentence, the subject last."""
    found = Promises()
    table = context.words
    texts = [line.text for line in context.text.lines[:300] if len(line.text) > 6]
    for text in (*texts, context.text.subject):
        folded = text.casefold()
        if found.partial is None and table.promises["partial"].search(folded):
            found = replace(found, partial=Stated(True, quoted(text), "generic"))
        if found.parcels is None and any(c.isdigit() for c in text) and (count := _parcels(folded, table)):
            found = replace(found, parcels=Stated(count, quoted(text), "generic"))
        if not table.cues.search(folded):
            continue
        for sentence in _SENTENCE.split(text):
            if sentence and len(sentence) > 5:
                found = _sentence(sentence, found, context)
    return found


def _sentence(sentence: str, found: Promises, context: Context) -> Promises:
    table = context.words
    folded = sentence.casefold()
    if not table.cues.search(folded):
        return found
    refused = table.promises["not"].search(folded)
    if refused and not any(word in folded for word in table.phrases["allow"]):
        return found
    hits = dates.find(
        sentence, table.language, context.near, order=context.order, table=table.dates, side="future"
    )
    hits = [h for h in hits if isinstance(h.value, Span) or (h.value - context.near).days >= -3]
    if not hits:
        return found
    for kind, field in _FIELD.items():
        if getattr(found, field) is not None or not _fits(kind, context.kind):
            continue
        cues = list(table.promises[kind].finditer(folded))
        if not cues:
            continue
        hit = min(hits, key=lambda h: min(_distance(h, c.start(), c.end()) for c in cues))
        nearest = min(_distance(hit, c.start(), c.end()) for c in cues)
        if nearest > 90 or _nearer_other(hit, nearest, kind, folded, table):
            continue
        found = replace(found, **{field: Stated(hit.value, quoted(sentence), "generic")})
    return found


def _distance(hit: dates.Found, start: int, end: int) -> int:
    return max(0, start - hit.end, hit.start - end)


def _nearer_other(hit: dates.Found, nearest: int, kind: str, folded: str, table: Words) -> bool:
    """Whether words of another promise stand nearer to the day: "출고 후 3일 이내 도착"."""
    for other in _FIELD:
        if other == kind:
            continue
        for cue in table.promises[other].finditer(folded):
            if _distance(hit, cue.start(), cue.end()) < nearest:
                return True
    return False


def _fits(promise: str, kind: Kind) -> bool:
    """Whether a mail of this kind can promise this."""
    if promise == "refund":
        return kind in (Kind.REFUND, Kind.REFUND_PROMISED, Kind.CANCELLATION, Kind.RETURNED, Kind.SELLER_REPLY,
                        Kind.DISPUTE_UPDATE)  # fmt: skip
    if promise == "payment":
        return kind in (Kind.ORDER_CONFIRMATION, Kind.PAYMENT_FAILED, Kind.SELLER_REPLY)
    if promise == "answer":
        return kind in (Kind.SELLER_REPLY, Kind.AUTO_REPLY, Kind.DISPUTE_UPDATE, Kind.DELAYED, Kind.RETURNED)
    return kind not in (Kind.REFUND, Kind.REFUND_PROMISED, Kind.CANCELLATION, Kind.DELIVERED, Kind.PAYMENT_FAILED)


@cache
def _parcel_patterns(phrases: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(
        re.compile(re.escape(p).replace(r"\{n\}", r"\d{1,2}").replace(r"\{m\}", r"(\d{1,2})").replace(r"\ ", r"\s?"))
        for p in phrases
    )


def _parcels(folded: str, table: Words) -> int | None:
    for pattern in _parcel_patterns(table.phrases["parcel_of"]):
        if (match := pattern.search(folded)) and 1 < int(match[1]) <= 50:
            return int(match[1])
    return None


_CLASSES = (
    ("preorder", OrderClass.PREORDER),
    ("made_to_order", OrderClass.MADE_TO_ORDER),
    ("subscription", OrderClass.SUBSCRIPTION),
    ("digital", OrderClass.DIGITAL),
    ("service", OrderClass.SERVICE),
)


def order_class(
    context: Context, total: Stated[Money] | None, marked: Stated[OrderClass] | None
) -> Stated[OrderClass] | None:
    """The class of the order where the mail's words tell one; None for an ordinary parcel."""
    if total is not None and is_free(total):
        return Stated(OrderClass.FREE, total.quote, "generic")
    if marked is not None:
        return marked
    if context.kind in (Kind.SHIPPED, Kind.DELIVERED):
        return None
    texts = [context.text.subject, *(line.text for line in context.text.lines[:60] if len(line.text) < 300)]
    for name, value in _CLASSES:
        pattern = context.words.promises[name]
        hits = [t for t in texts if pattern.search(t.casefold())]
        # one mention in passing ("your tickets will be posted") tells less than two, or the subject
        if hits and (len(hits) > 1 or hits[0] is texts[0] or name in ("preorder", "made_to_order", "subscription")):
            return Stated(value, quoted(hits[0]), "generic")
    return None

