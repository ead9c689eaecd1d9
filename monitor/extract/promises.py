"""What a mail promises in running sentences, and what it says of the order as a whole.

In charge of days and spans beside words such as "will arrive", "출고 예정", "within 5 business days", of parts and
parcels, and of the classes of orders whose clocks differ (tickets, downloads, pre-orders). Dates behind labels are
read in `generic`. Resolves no span into a date: that takes a calendar.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from monitor import dates
from monitor.extract.amounts import is_free
from monitor.extract.context import Context, quoted
from monitor.extract.phrases import Hit, lower
from monitor.extract.words import Words
from monitor.knowledge.patterns import Worded
from monitor.types import Kind, Money, OrderClass, Span, Stated

_FIELD = {
    "dispatch": "dispatch_by",
    "delivery": "promised_by",
    "refund": "refund_by",
    "answer": "answer_by",
    "payment": "pay_by",
}
_SENTENCE = re.compile(r"(?:(?<=[^\W\d_A-Z]{2}[.!?])|(?<=\d{4}[.!?]))\s{1,3}(?=[^a-z\s])|(?<=。)")
_CLAUSE = re.compile(r"(?<=[。!?,;])(?!\d)")  # Chinese strings whole stories together with commas


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


def read(context: Context, *, brief: bool = False) -> Promises:
    """The first promise of each kind, sentence by sentence; `brief`: of delivery, and nothing else."""
    if brief:
        return _promised(Promises(), context, ("delivery",)) if _fits("delivery", context.kind) else Promises()
    found = Promises()
    places = context.text.places
    if partial := places("partial"):
        found = replace(found, partial=Stated(True, quoted(partial[0][0].raw), "generic"))
    for line, _ in places("parcel"):
        more = context.kind not in _SENT  # "was sent in 2 parcels" names those sent; "1 of 2" says that more will come
        if any(map(str.isdigit, line.text)) and (count := _parcels(lower(line.text), context.words, whole=more)):
            found = replace(found, parcels=Stated(count, quoted(line.raw), "generic"))
            break
    return _promised(found, context, _FIELD)


def _promised(found: Promises, context: Context, kinds: Iterable[str]) -> Promises:
    """Adds what the sentences with words of these kinds promise."""
    cued = {line.number: line for kind in kinds for line, _ in context.text.places(f"promise.{kind}")}
    for number in sorted(cued, key=lambda n: (n < 0, n)):
        line = cued[number]
        at = 0
        stops = _CLAUSE if context.words.language == "zh" else _SENTENCE
        for end in (*(m.end() for m in stops.finditer(line.text)), len(line.text)):
            hits = [h for h in context.text.hits[number] if at <= h.start < end]
            found = _sentence(line.text[at:end], line.raw[at:end], at, hits, found, context)
            at = end
    return found


def _sentence(sentence: str, raw: str, offset: int, hits: list[Hit], found: Promises, context: Context) -> Promises:
    """Adds what one sentence promises. `hits`: its phrases, placed in the line in which it begins at `offset`."""
    cues = {
        kind: [(h.start - offset, h.end - offset) for h in hits if f"promise.{kind}" in h.lists]
        for kind in _FIELD
        if _fits(kind, context.kind)
    }
    wanted = [kind for kind, places in cues.items() if places and getattr(found, _FIELD[kind]) is None]
    if not wanted:
        return found
    lists = {name for hit in hits for name in hit.lists}
    if "not" in lists and "allow" not in lists:
        return found
    if "vague" in lists:  # what is usual is promised to nobody; of a refund it tells the bank's time, which is known
        wanted = [kind for kind in wanted if kind == "refund"]
    days = [
        day for day in _days(sentence, context) if isinstance(day.value, Span) or (day.value - context.near).days >= -3
    ]
    if not days:
        return found
    everywhere = [(kind, *cue) for kind, places in cues.items() for cue in places]
    for kind in wanted:
        day = min(days, key=lambda d: min(_distance(d, *cue) for cue in cues[kind]))
        nearest = min(_distance(day, *cue) for cue in cues[kind])
        # words of another promise may stand nearer to the day: "출고 후 3일 이내 도착"
        rival = min((_distance(day, start, end) for other, start, end in everywhere if other != kind), default=999)
        if kind == "dispatch" and context.kind in _SENT and not _to_come(day.value, context.near):
            continue  # "sent on Monday" in the notice of it
        if nearest <= 90 and nearest <= rival:
            found = _with(found, kind, Stated(day.value, quoted(raw), "generic"))
    return found


# in English mails from nowhere in particular: "on 3/20" can be but one day, "on 3/5" two
_BEFORE_DAY = Worded(r"(?:^|\s)<before_day>\s{1,2}$", re.IGNORECASE)


def _days(sentence: str, context: Context) -> list[dates.Found]:
    """The days and spans of a sentence; of all-digit dates without year those that can be read in one way only."""
    table = context.words

    def find(order: dates.Order) -> list[dates.Found]:
        return dates.find(sentence, table.language, context.near, order=order, table=table.dates, side="future")

    found = list(find(context.order))
    if table.language == "en" and not context.order and "/" in sentence:
        month_first, day_first = find("MDY"), find("DMY")
        for day, others in [(d, day_first) for d in month_first] + [(d, month_first) for d in day_first]:
            if all(d.start != day.start for d in (*others, *found)) and _BEFORE_DAY.re.search(sentence[: day.start]):
                found.append(day)
    return found


_SENT = (Kind.SHIPPED, Kind.DELIVERED)


def _to_come(day: date | Span, near: date) -> bool:
    return isinstance(day, Span) or day > near


def _with(found: Promises, kind: str, stated: Stated[date | Span]) -> Promises:
    match kind:
        case "dispatch":
            return replace(found, dispatch_by=stated)
        case "delivery":
            return replace(found, promised_by=stated)
        case "refund":
            return replace(found, refund_by=stated)
        case "answer":
            return replace(found, answer_by=stated)
        case _:
            return replace(found, pay_by=stated)


def _distance(hit: dates.Found, start: int, end: int) -> int:
    return max(0, start - hit.end, hit.start - end)


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


def _parcels(low: str, table: Words, *, whole: bool) -> int | None:
    """How many parcels a line counts. `whole`: also where it does not say which of them this one is."""
    for pattern, one_of in table.parcels:
        if (one_of or whole) and (match := pattern.search(low)) and 1 < int(match[1]) <= 50:
            return int(match[1])
    return None


_CLASSES = (
    ("preorder", OrderClass.PREORDER),
    ("made_to_order", OrderClass.MADE_TO_ORDER),
    ("subscription", OrderClass.SUBSCRIPTION),
    ("digital_named", OrderClass.DIGITAL),
    ("service_named", OrderClass.SERVICE),
    ("digital", OrderClass.DIGITAL),
    ("service", OrderClass.SERVICE),
)
_ONCE = ("preorder", "made_to_order", "subscription", "digital_named", "service_named")  # said once is said
# What they sell who sell nothing else, by their role in `knowledge/shops`.
_BY_ROLE = {
    "app_store": OrderClass.DIGITAL,
    "subscription": OrderClass.SUBSCRIPTION,
    "food": OrderClass.SERVICE,
    "travel": OrderClass.SERVICE,
}
_ALSO_GOODS = ("app_store", "subscription")  # some of them sell devices too


def order_class(
    context: Context, total: Stated[Money] | None, marked: Stated[OrderClass] | None, seller: Stated[str] | None = None
) -> Stated[OrderClass] | None:
    """The class of the order where the mail's words tell one, else that of all that its seller sells (`seller`: his
    role, as it is known); None for an ordinary parcel."""
    if total is not None and is_free(total):
        return Stated(OrderClass.FREE, total.quote, "generic")
    if marked is not None:
        return marked
    if context.kind in (Kind.SHIPPED, Kind.DELIVERED):
        return None
    for name, value in _CLASSES:
        lines = [line for line, _ in context.text.places(f"class.{name}") if len(line.text) < 300]
        # one mention in passing ("your tickets will be posted") tells less than two, or the subject
        if lines and (len({line.number for line in lines}) > 1 or lines[0].number < 0 or name in _ONCE):
            return Stated(value, quoted(lines[0].raw), "generic")
    if seller is not None and (usual := _BY_ROLE.get(seller.value)) is not None:
        if seller.value in _ALSO_GOODS and _sends_goods(context):
            return None
        return Stated(usual, seller.quote, seller.reader)
    return None


def is_app_store(context: Context, seller: Stated[str] | None) -> bool:
    """Whether a mail is about something bought in an app store, which bills for those who sell in it."""
    return seller is not None and seller.value == "app_store" and not _sends_goods(context)


def _sends_goods(context: Context) -> bool:
    """Whether a mail speaks of where and how something is sent."""
    fields = context.text.by_field
    return bool(context.text.places("goods") or fields.get("tracking_number") or fields.get("dispatch_by"))
