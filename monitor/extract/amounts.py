"""The total of the order, or what was given back: the best label decides, never the largest number.

In charge of amounts behind labels, in sentences, and of the one amount of a receipt that labels nothing. Parts of a
total (goods, shipping, tax, discount) are known by their labels and left alone.
"""

from __future__ import annotations

import re
from decimal import Decimal

from monitor import money
from monitor.extract import adding_up
from monitor.extract.context import Context, quoted
from monitor.extract.pairs import Line, Pair
from monitor.extract.phrases import Hit
from monitor.extract.words import fold, totals_of_all_languages
from monitor.knowledge.patterns import Worded
from monitor.types import Kind, Money, Stated

_REFUNDS = (Kind.REFUND, Kind.REFUND_PROMISED)
_CANCELS = (*_REFUNDS, Kind.CANCELLATION, Kind.RETURNED)


def amount(text: str, context: Context, *, bare: bool = False) -> Money | None:
    """The amount at the beginning of a value, in the mail's own currency where it has only a shared sign."""
    words = context.words
    default = context.currency
    if bare and default is None and len(context.named) == 1:
        (default,) = context.named
    found = money.find(text[:120], words.language, default, bare=bare and default is not None, table=words.money)
    if not found:
        return None
    if found[0].start > 24 and len(found) == 1 and not bare:
        return None
    return found[0].money


def total(context: Context) -> tuple[Stated[Money] | None, Stated[Money] | None]:
    """The grand total that the mail states for this order (of a refund the amount given back), and its rival if any.

    The best label decides; of equal labels the last, because what belongs to one item stands above what belongs to
    the order. A rival is another amount behind an equal label, where nothing in the mail explains the difference:
    which of the two was paid is for the user to say.
    """
    refunded = context.kind in _REFUNDS
    cancelled = context.kind in _CANCELS
    candidates: list[tuple[float, int, Money, str]] = []  # rank, line, amount, quote
    labels: dict[tuple[int, Money], str] = {}
    for pair in context.text.pairs:
        for name, rank in pair.fields:
            if name == "refund":
                rank = -10 if refunded else 8 if cancelled else 99
            elif name != "total":
                continue
            if rank == 99:
                continue
            value = _amount_of(pair, context) if not _is_summand(pair) else None
            if value is None or (value.amount < 0 and not cancelled):
                continue
            candidates.append((rank, pair.line, value, pair.quote))
            labels[pair.line, value] = fold(pair.label)
            break
    best = min((c[0] for c in candidates), default=99)
    if (refunded and best > -10) or best > 0:
        candidates += _in_sentences(context, refunded)
        if refunded and min((c[0] for c in candidates), default=99) >= 0:
            candidates += _only_amount(context)
    if not candidates and context.kind in (Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT, *_REFUNDS):
        candidates = _in_another_language(context)
    if not candidates and cancelled and not refunded:  # "your order was cancelled, EUR 20 will be refunded"
        candidates = _in_sentences(context, refunded=True)
        candidates = candidates or _only_amount(context)
    lines = context.text.lines
    # a card notice: a few short lines without labels
    terse = context.kind is Kind.CANCELLATION and len(lines) <= 9 and all(len(line.text) <= 40 for line in lines)
    terse = terse or (context.kind is Kind.ORDER_CONFIRMATION and len(lines) == 1 and len(lines[0].text) <= 80)
    if not candidates and (terse or context.kind in (Kind.PAYMENT_RECEIPT, Kind.PAYMENT_FAILED, *_REFUNDS)):
        candidates = _the_only_one(context)
    if not candidates and context.kind is not Kind.OTHER:
        candidates = _of_an_order(context)
        candidates = candidates or [(6, row.line, row.amount, row.quote) for row in adding_up.totals(context)]
        candidates = candidates or _lone_subtotal(context) or _lone_price(context)
    if not candidates:
        return None, None
    best = min(c[0] for c in candidates)
    equal = [c for c in candidates if c[0] == best]
    _, at, value, quote = max(equal, key=lambda c: c[1])
    if best == 0 and not cancelled and (whole := _with_additions(at, value, candidates, context)) is not None:
        at, value, quote = whole
    elif not cancelled and (added := _the_sum(value, candidates, context)) is not None:
        return Stated(added.amount, quoted(added.quote), "generic"), None
    label = labels.get((at, value), "")
    if value.amount < 0:
        value = Money(-value.amount, value.currency)
    chosen = Stated(value, quoted(quote), "generic")
    others = {c[2]: c for c in equal if c[2] != value and c[1] != at}
    if len(others) == 1 and label and not refunded and not cancelled:
        [(_, above, other, its_quote)] = others.values()
        its_label = labels.get((above, other), "")
        alike = its_label and (its_label in label or label in its_label)  # "order value" may differ from "to pay"
        if alike and other.amount > 0 and not _explained(value, other, context):
            return chosen, Stated(other, quoted(its_quote), "generic")
    return chosen, None


def _with_additions(
    at: int, value: Money, candidates: list[tuple[float, int, Money, str]], context: Context
) -> tuple[int, Money, str] | None:
    """A plain total further down that is the value and what is added to it between the two: "Pledge amount 79.00,
    shipping 12.00, total 91.00"."""
    for rank, line, other, quote in candidates:
        if rank != 1 or line <= at or other.currency != value.currency or other.amount <= value.amount:
            continue
        parts = [
            part.amount for pair in context.text.by_field.get("not_total", ())
            if at < pair.line < line and (part := _amount_of(pair, context)) is not None and part.amount > 0
        ]  # fmt: skip
        if other.amount - value.amount in (*parts, sum(parts)):
            return line, other, quote
    return None


_SUBTOTAL = Worded("<subtotal>", re.IGNORECASE)


def _lone_subtotal(context: Context) -> list[tuple[float, int, Money, str]]:
    """Of an order that names no total and nothing that is added to its subtotal: the subtotal, which is the total."""
    if context.kind not in (Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT):
        return []
    parts = [
        (pair, value) for pair in context.text.by_field.get("not_total", ())
        if (value := _amount_of(pair, context)) is not None and value.amount
    ]  # fmt: skip
    if len({(pair.line, value) for pair, value in parts}) != 1:
        return []
    pair, value = parts[0]
    if not _SUBTOTAL.re.fullmatch(pair.label.strip(" :：")):
        return []
    return [(7, pair.line, value, pair.quote)]


def _lone_price(context: Context) -> list[tuple[float, int, Money, str]]:
    """Of a confirmation that names one amount in all, alone on its line: what the one thing costs is the total."""
    counted = any(any(map(str.isdigit, pair.value[:4])) for pair in context.text.by_field.get("quantity", ()))
    if counted or context.kind is not Kind.ORDER_CONFIRMATION:
        return []  # what is counted has a price of its own
    words, seen, alone = context.words, set[Money](), []
    for line in context.text.all_lines[:120]:
        if _COUNTED.search(line.text):
            return []
        if any(map(str.isdigit, line.text)):
            for found in money.find(line.text[:400], words.language, context.currency, table=words.money)[:9]:
                seen.add(found.money)
                if found.end - found.start >= len(line.text.strip()) - 4:
                    alone.append((7.0, line.number, found.money, line.raw))
    return alone[:1] if len(seen) == 1 and len(alone) == 1 and alone[0][2].amount > 0 else []


# "2 x", "x 2", "Qty: 2": several of one thing
_COUNTED = re.compile(r"(?<!\w)(?:[x×]\s?\d{1,3}|\d{1,3}\s?[x×])(?!\w)", re.IGNORECASE)
_WORTH = Worded(
    r"[\s.:]{0,2}(?:<number_word>\.?\s{0,2})?[#№]?\s?[A-Z0-9][\w-]{0,24}[\s,(]{1,3}<worth>\s{1,2}(?=\D{0,4}\d)",
    re.IGNORECASE,
)


def _of_an_order(context: Context) -> list[tuple[float, int, Money, str]]:
    """ "You placed order #3322 for 64.90 EUR", "your order S00412 amounting in $ 54.50"."""
    out: list[tuple[float, int, Money, str]] = []
    for line, hit in context.text.places("order"):
        match = _WORTH.re.match(line.text, hit.end)
        if match is None:
            continue
        rest = line.text[match.end() : match.end() + 40]
        found = money.find(rest, context.words.language, context.currency, table=context.words.money)
        if found and found[0].start <= 1 and found[0].money.amount > 0:
            out.append((3, line.number, found[0].money, line.raw))
    return out if len({amount for _, _, amount, _ in out}) == 1 else []


def _the_sum(value: Money, candidates: list[tuple[float, int, Money, str]], context: Context) -> adding_up.Row | None:
    """Of two totals with nothing in the mail between them, the one that is the sum of the rows above it, where the
    other is not: "Total price 1,174.91" at the top, "Total 1,289.40" below goods and shipping."""
    others = {c[2] for c in candidates if c[2] != value and 0 <= c[0] <= 1}
    if len(others) != 1 or _explained(value, next(iter(others)), context):
        return None
    added = [row for row in adding_up.sums(context) if row.amount == value or row.amount in others]
    if len({row.amount for row in added}) == 1 and added[-1].amount in others:
        return added[-1]
    return None


def _explained(one: Money, other: Money, context: Context) -> bool:
    """Whether the mail names what lies between two totals (shipping, a coupon), or what the lesser is a part of."""
    apart = {abs(one.amount - other.amount), max(one.amount, other.amount) - 2 * min(one.amount, other.amount)}
    if one.currency != other.currency:
        return True  # what was asked, and what was charged
    return any(
        abs(found.money.amount) in apart
        for line in context.text.all_lines[:300] if any(map(str.isdigit, line.text))
        for found in money.find(line.text[:400], context.words.language, one.currency, table=context.words.money)[:9]
    )  # fmt: skip


_SUM = re.compile(r"\d[^+＋=]{0,12}[+＋]\s?[^\d+=]{1,30}\d")


def _is_summand(pair: Pair) -> bool:
    """Whether a label stands in a sum written out: "goods 62,000 + shipping 2,500 - discount 0 = total 64,500"."""
    if pair.how != "space" or not _SUM.search(pair.quote[:300]):
        return False
    own = pair.value.partition("(")[0]
    if own != pair.value and any(map(str.isdigit, own)) and not _SUM.search(pair.quote.partition(pair.value)[0] + own):
        return False  # "total 220,000 (goods 217,000 + shipping 3,000)"
    return "=" in pair.value or "=" not in pair.quote or pair.quote.rfind("=") < pair.quote.find(pair.value)


_BARE = re.compile(r"[-−]?\d[\d.,' ]{0,20}(?:\([^()\d]{1,30}\))?")
_CONNECTED = Worded(r"(?:<total_link>|\()\b[^\d]{0,30}$", re.IGNORECASE)


def _amount_of(pair: Pair, context: Context) -> Money | None:
    """The amount of a pair; one behind a bare space must begin there, or the label was part of a longer one."""
    text = pair.value
    if pair.how == "space":
        found = money.find(text[:60], context.words.language, context.currency, table=context.words.money)
        if not found:
            return None
        # "Total charged to PayPal $45.00", but not "Total discount $5.00"
        between = text[: found[0].start].strip(" (:")
        if found[0].start > 3 and (any(map(str.isdigit, between)) or not _CONNECTED.re.match(between)):
            return None
        if any(name == "not_total" for word in between.split() for name, _ in context.words.lookup(word)):
            return None
        return found[0].money
    value = amount(text, context)
    if value is None and pair.how in ("row", "colon", "below") and _BARE.fullmatch(text):
        if text.isdigit() and len(text) > 2 and f"#{text}" in context.text.body:
            return None  # "Order refunded: 1190", and "Order #1190" below
        value = amount(text, context, bare=True)
    return value


def _in_another_language(context: Context) -> list[tuple[float, int, Money, str]]:
    """Totals whose label is of another language than the letter around them."""
    labels = totals_of_all_languages()
    out: list[tuple[float, int, Money, str]] = []
    for line in context.text.lines[:200]:
        if len(line.cells) > 1:
            label, value = next((c for c in line.cells if c), ""), line.cells[-1]
        else:
            label, _, value = line.text.partition(":")
        if 2 < len(label) < 40 and any(map(str.isdigit, value)) and (folded := fold(label)) in labels:
            found = money.find(value[:60], context.words.language, context.currency, table=context.words.money)
            if found and found[0].money.amount >= 0:
                out.append((labels[folded], line.number, found[0].money, line.raw))
    return out


def _the_only_one(context: Context) -> list[tuple[float, int, Money, str]]:
    """Of a receipt or refund that labels nothing: its amount, if it names one amount alone ("$144.00* at STORE")."""
    words = context.words
    seen: dict[Money, tuple[int, str]] = {}
    labelled = {pair.line for pair in context.text.by_field.get("not_total", ())}
    for line in context.text.all_lines[:120]:
        if line.number not in labelled and any(map(str.isdigit, line.text)):
            for found in money.find(line.text[:400], words.language, context.currency, table=words.money)[:9]:
                if _converted(line.text, found):
                    continue
                seen.setdefault(found.money, (line.number, line.raw))
        if len(seen) > 1:
            return []
    return [(5, number, value, raw) for value, (number, raw) in seen.items()]


def _only_amount(context: Context) -> list[tuple[float, int, Money, str]]:
    """Of a mail about a refund: the amount of a sentence that speaks of giving back and names no other."""
    words = context.words
    out: list[tuple[float, int, Money, str]] = []
    for name in ("refund_after", "refund_before", "promise.refund"):
        for line, hit in context.text.places(name):
            start = max((m.end() for m in _STOP.finditer(line.text, 0, hit.start)), default=0)
            stop = _STOP.search(line.text, hit.end)
            sentence = line.text[start : stop.end() if stop else len(line.text)]
            sums = money.find(sentence, words.language, context.currency, table=words.money)[:20]
            amounts = {f.money for f in sums if not (_taken_off(sentence, f) or _converted(sentence, f))}
            if len(amounts) == 1:
                out.append((-8, line.number, amounts.pop(), line.original(sentence)))
    return out


_STOP = re.compile(r"[.!?。]\s|\t")
# What was kept back: "(abzüglich 4,90 € Versandkosten)", "less $5 shipping", "배송비 5,000원 차감"
_LESS = Worded(r"<\bkept_back_before\b>[^\d]{0,30}$", re.IGNORECASE)
_OFF = Worded(r"[\s(（)]{0,3}<particle>?\s?<kept_back_after>", re.IGNORECASE)


def _converted(sentence: str, found: money.Found) -> bool:
    """Whether an amount in brackets says again what the amount before them does: "€22.40 ($24 USD)"."""
    opened = sentence[found.start] == "(" or sentence[: found.start].endswith("(")
    return opened and _AMOUNT_BEFORE.search(sentence[max(0, found.start - 24) : found.start]) is not None


# an amount by its sign before or behind; a bare number may be that of a paper: "your payment for INV-3310 (£420.00)"
_AMOUNT_BEFORE = re.compile(
    r"(?:(?:[^\W\d_]{0,3}[$€£¥₩₹₺₽]|[A-Z]{2,3})[ \xa0]?\d[\d., \xa0]*"
    r"|\d[ \xa0]?(?:[$€£¥₩₹₺₽원元円]|[A-Za-zł]{2,3}))[ \xa0]?\(?$"
)


def _taken_off(sentence: str, found: money.Found) -> bool:
    """Whether an amount of a sentence about a refund is what was kept back of it."""
    return bool(_LESS.re.search(sentence[: found.start]) or _OFF.re.match(sentence, found.end))


_GAP_BEFORE = Worded(r"[\s:：(]{0,3}(?:<particle>|:)?\s?")
_GAP_AFTER = Worded(r"[\s,(（)]{0,3}<particle>?\s?")


def _in_sentences(context: Context, refunded: bool) -> list[tuple[float, int, Money, str]]:
    """Amounts beside words such as "charged a total of" or "환불되었습니다"."""
    words = context.words
    out: list[tuple[float, int, Money, str]] = []
    places = context.text.places
    for rank, kind in ((-9, "refund"), (1, "total")):
        if kind == "refund" and not refunded:
            continue
        before: dict[int, list[Hit]] = {}
        after: dict[int, list[Hit]] = {}
        lines: dict[int, Line] = {}
        for name, by_line in ((f"{kind}_before", before), (f"{kind}_after", after)):
            for line, hit in places(name):
                by_line.setdefault(line.number, []).append(hit)
                lines[line.number] = line
        named = {pair.line for pair in context.text.by_field.get("not_total", ()) if pair.how == "row"}
        for number, line in lines.items():
            text = line.text
            if not any(map(str.isdigit, text)) or (kind == "total" and number in named and len(line.cells) == 2):
                continue  # "배송비 결제 TAB 3,000원" says what was paid for
            for found in money.find(text, words.language, context.currency, table=words.money)[:20]:
                if any(
                    h.end <= found.start <= h.end + 5 and _GAP_BEFORE.re.fullmatch(text[h.end : found.start])
                    for h in before.get(number, ())
                ) or any(
                    found.end <= h.start <= found.end + 5 and _GAP_AFTER.re.fullmatch(text[found.end : h.start])
                    for h in after.get(number, ())
                ):
                    out.append((rank, number, found.money, line.raw))
    return out


def is_free(stated: Stated[Money] | None) -> bool:
    """Whether nothing was to be paid."""
    return stated is not None and stated.value.amount == Decimal(0)
