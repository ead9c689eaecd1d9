"""Reads what a mail states about its order by the ordinary words of its language, whoever wrote it.

In charge of the order number, the total, the items, the dates with a label, the way of paying and what is said of
the money. Works on the pairs of `pairs` and on running sentences; prefers the better label, never the larger number.
Parcels are read in `tracking`, promises in sentences in `promises`, addresses in `contacts`, markup in `markup`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from monitor import dates, money
from monitor.extract.pairs import Line, Pair, Text
from monitor.extract.phrases import Hit, lower
from monitor.extract.words import TOKEN, Words, fold
from monitor.types import Kind, Money, Settlement, Span, Stated

QUOTE = 240  # characters of a quote


@dataclass(frozen=True, slots=True)
class Context:
    """What the reading of one mail needs besides its text."""

    text: Text
    kind: Kind
    near: date
    currency: str | None  # what a shared sign means in this mail; None: what the language says
    named: frozenset[str]  # currencies that the mail writes out anywhere
    order: dates.Order  # of all-digit dates
    own: frozenset[str]  # the user's addresses

    @property
    def words(self) -> Words:
        return self.text.words


def quoted(text: str, keep: str = "") -> str:
    """A quote: one line, not longer than 240 characters, card numbers reduced; `keep` is shown as it is."""
    text = " ".join(text.split())
    if len(text) > QUOTE:
        at = text.find(keep) if keep else -1
        start = max(0, at - 80) if at > QUOTE - len(keep) - 20 else 0
        text = text[start : start + QUOTE].strip()
    if keep and keep in text:
        before, _, after = text.partition(keep)
        return money.mask_card_numbers(before) + keep + money.mask_card_numbers(after)
    return money.mask_card_numbers(text)


# --- the order number ------------------------------------------------------------------------------------------------

_TOKEN = re.compile(rf"#?\s?({TOKEN})")
_DATE_LIKE = re.compile(r"(?:19|20)\d\d([-./])\d{1,2}\1\d{1,2}$|\d{1,2}([-./])\d{1,2}\2(?:\d{4}|\d\d)$")
_PHONE_LIKE = re.compile(r"(?:0\d{1,2}[-.]\d{3,4}[-.]\d{4}|1[568]\d\d[-.]\d{4}|\d{3}[-.]\d{3}[-.]\d{4})$")
_BUSINESS_LIKE = re.compile(r"\d{3}-\d{2}-\d{5}$")
_MONEY_AFTER = re.compile(r"\s{0,2}(?:[원円元€£₩$¥%개건점회장명일월년時分시分]|items?\b|pcs\b|days?\b|x\b|×)", re.IGNORECASE)
_CAPITALS = re.compile(r"[A-Z]{6,14}$")
_DOMAIN_LIKE = re.compile(r"(?:www\.|.{2,40}\.(?:com|net|org|kr|jp|de|fr|co|uk|io|shop|store|html?|php)$)", re.IGNORECASE)


def order_number(context: Context) -> tuple[Stated[str] | None, tuple[Stated[str], ...]]:
    """The number of the order, and, where equal witnesses name different ones, all of them and no number."""
    ranked: list[tuple[float, str, str, str]] = []  # rank, value, quote, reader
    for pair in context.text.by_field.get("order_number", ()):
        rank = next(rank for name, rank in pair.fields if name == "order_number")
        if value := _token(pair):
            ranked.append((rank * 10 + (2 if pair.how == "space" else 0), value, pair.quote, "generic"))
    for line, rank, value in _in_sentences_numbers(context):
        reader = "generic" if line.number >= 0 else "header"
        ranked.append((rank + (3 if line.number >= 0 else 2), value, line.raw, reader))
    if not ranked:
        return None, ()
    best = min(rank for rank, *_ in ranked)
    # numbers of other papers (transaction, receipt, invoice) stand in only where no order number is named, and the
    # first of them does: they are no rivals of one another
    top = [r for r in ranked if r[0] < 10] if best < 10 else [r for r in ranked if r[0] >= 10][:1]
    values = list(dict.fromkeys(value for _, value, _, _ in top))
    chosen = values[0] if len(values) == 1 else _of_several(values, top, context)
    if chosen is None:
        rivals = tuple(
            next(Stated(v, quoted(q, v), reader) for _, v, q, reader in top if v == value) for value in values[:5]
        )
        return None, rivals
    _, value, quote, reader = min((r for r in top if r[1] == chosen), key=lambda r: (r[3] == "header", r[0]))
    return Stated(value, quoted(quote, value), reader), ()


def _of_several(values: list[str], top: list[tuple[float, str, str, str]], context: Context) -> str | None:
    """Of several numbers the one that the better label names alone, else the one that the subject names too."""
    best = min(rank for rank, *_ in top)
    first = list(dict.fromkeys(value for rank, value, _, _ in top if rank == best))
    if len(first) == 1:
        return first[0]
    in_subject = [v for v in first if v in context.text.subject]
    if len(in_subject) == 1:
        return in_subject[0]
    longest = max(first, key=len)
    if all(v in longest for v in first):
        return longest
    return None


_NOUNS = frozenset(("order", "booking", "reservation", "confirmation", "reference"))


def _token(pair: Pair) -> str | None:
    """The number that stands at the value's place of a pair, or None where none does."""
    value = pair.value.lstrip(" :：#№\"'“(「[")
    match = _TOKEN.match(value)
    if match is None:
        return None
    token, rest = match[1], value[match.end() :]
    if token.isdigit() and rest[:1] == " " and (more := re.match(r"(?: \d{2,6}){1,4}(?!\S)", rest)):
        token += more[0].replace(" ", "")  # "1234 5678 9012"
    explicit = pair.how != "space" or "#" in pair.value[:2]
    noun_only = fold(pair.label) in _NOUNS
    return token if _plausible(token, rest, explicit=explicit and not noun_only, after_sign=pair.how == "colon") else None


def _plausible(token: str, rest: str, *, explicit: bool, after_sign: bool) -> bool:
    """Whether a word can be an order number. `explicit`: the label says "number"; `after_sign`: a colon or # before."""
    digits = sum(c.isdigit() for c in token)
    if _DATE_LIKE.match(token) or _DOMAIN_LIKE.match(token):
        return False
    if digits == 0:
        return bool(_CAPITALS.match(token)) and (explicit or after_sign) and not rest[:1].isalpha()
    if digits * 3 < len(token) and not (explicit and token.upper() == token) and "_" not in token and "-" not in token:
        return False
    if _PHONE_LIKE.match(token) or _BUSINESS_LIKE.match(token):
        return False
    if _MONEY_AFTER.match(rest) and not explicit:
        return False
    if explicit or after_sign:
        return len(token) >= (1 if explicit else 3)
    return len(token) >= 4 and not (token.isdigit() and len(token) == 4 and token[:2] in ("19", "20"))


_NOT_NUMBERS = frozenset(
    ["CONFIRMATION", "CONFIRMED", "SHIPPED", "SHIPPING", "SUMMARY", "DETAILS", "STATUS", "UPDATE", "UPDATED", "RECEIPT", "INVOICE", "NUMBER", "REFERENCE", "PLACED", "RECEIVED", "CANCELLED", "CANCELED", "REFUNDED", "DELIVERED", "COMPLETE", "COMPLETED", "PROCESSING", "TRACKING", "HISTORY", "INFORMATION", "NOTIFICATION", "DELIVERY", "PAYMENT", "TOTAL", "ITEMS", "NEUES", "BESTELLUNG", "COMMANDE", "PEDIDO", "ORDINE", "BESTELLING", "PAYPAL", "AMAZON"]
)


_TO_TOKEN = re.compile(
    r"[.)]?\s{0,2}(?:(?:is|was|ist|lautet|est|es|è|은|는|이|가|は|为|為)(?![a-z])\s{0,2}[:：]?\s{0,2})?"
    rf"(?P<sign>[:：#№]\s{{0,2}}#?|[(（\[「【\"'“]\s?#?)?(?P<token>{TOKEN})"
)
_BEFORE_NOUN = re.compile(rf"[#№]\s?({TOKEN})\s?번?\s?$")


def _in_sentences_numbers(context: Context) -> Iterable[tuple[Line, int, str]]:
    """Numbers beside a word for order in running text and subject, with a rank: 0 where "number", "#" or a colon
    stands between."""
    hits = context.text.hits
    for name in ("order", "order_label"):
        for line, hit in context.text.lines_by_list.get(name, ()):
            text, end, explicit = line.text, hit.end, name == "order_label"
            for _ in range(3):
                number = next(
                    (h for h in hits[line.number] if "number" in h.lists and 0 <= h.start - end <= 2 and
                     not text[end : h.start].strip()), None
                )  # fmt: skip
                if number is None:
                    break
                end, explicit = number.end, True
            if match := _TO_TOKEN.match(text, end):
                rank = _rank_of(match, text, hit.start, end, explicit)
                if rank is not None:
                    yield line, rank, match["token"]
            if before := _BEFORE_NOUN.search(text[max(0, hit.start - 45) : hit.start]):
                if _plausible(before[1], "", explicit=False, after_sign=True):
                    yield line, 1, before[1]


def _rank_of(match: re.Match[str], text: str, start: int, end: int, explicit: bool) -> int | None:
    token, rest, sign = match["token"], text[match.end() :], match["sign"] is not None
    if match.start("token") == end and not sign and text[end - 1].isascii():
        return None  # "order5"
    if any(c.isdigit() for c in token):
        return (0 if explicit or sign else 1) if _plausible(token, rest, explicit=explicit, after_sign=sign) else None
    # shops that number with letters only: capitals beside a word that is not in capitals
    if not _CAPITALS.match(token) or token in _NOT_NUMBERS or (rest[:1].isalpha() and rest[:1].isascii()):
        return None
    noun = text[start:end]
    if noun.isupper() and noun.isascii():
        return None
    return 1 if explicit or sign else 2


# --- amounts ---------------------------------------------------------------------------------------------------------

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


def total(context: Context) -> Stated[Money] | None:
    """The grand total that the mail states for this order; of a refund the amount given back.

    The best label decides; of equal labels the last, because what belongs to one item stands above what belongs to
    the order.
    """
    refunded = context.kind in _REFUNDS
    cancelled = context.kind in _CANCELS
    candidates: list[tuple[float, int, Money, str]] = []  # rank, line, amount, quote
    for pair in context.text.pairs:
        for name, rank in pair.fields:
            if name == "refund":
                rank = -10 if refunded else 8 if cancelled else 99
            elif name != "total":
                continue
            if rank == 99:
                continue
            value = _amount_of(pair, context)
            if value is None or (value.amount < 0 and not cancelled):
                continue
            candidates.append((rank, pair.line, value, pair.quote))
            break
    best = min((c[0] for c in candidates), default=99)
    if (refunded and best > -10) or best > 0:
        candidates += _in_sentences(context, refunded)
        if refunded and min((c[0] for c in candidates), default=99) >= 0:
            candidates += _only_amount(context)
    if not candidates and context.kind in (Kind.PAYMENT_RECEIPT, *_REFUNDS):
        candidates = _the_only_one(context)
    if not candidates:
        return None
    best = min(c[0] for c in candidates)
    _, _, value, quote = max((c for c in candidates if c[0] == best), key=lambda c: c[1])
    if value.amount < 0:
        value = Money(-value.amount, value.currency)
    return Stated(value, quoted(quote), "generic")


_CONNECTED = re.compile(
    r"(?:to|for|paid|charged|due|via|by|incl|inkl|in|an|für|mit|per|de|du|par|avec|con|su|in|met|van|aan|ttc|\()\b[^\d]{0,30}$", re.IGNORECASE
)


def _amount_of(pair: Pair, context: Context) -> Money | None:
    """The amount of a pair; one behind a bare space must begin there, or the label was part of a longer one."""
    text = pair.value
    if pair.how == "space":
        found = money.find(
            text[:60], context.words.language, context.currency, table=context.words.money
        )
        if not found:
            return None
        # "Total charged to PayPal $45.00", but not "Total discount $5.00"
        between = text[: found[0].start].strip(" (:")
        if found[0].start > 3 and (any(c.isdigit() for c in between) or not _CONNECTED.match(between)):
            return None
        if any(name == "not_total" for word in between.split() for name, _ in context.words.lookup(word)):
            return None
        return found[0].money
    value = amount(text, context)
    if value is None and pair.how in ("row", "colon", "below") and re.fullmatch(r"[-−]?\d[\d.,' ]*", text):
        value = amount(text, context, bare=True)
    return value


def _the_only_one(context: Context) -> list[tuple[float, int, Money, str]]:
    """Of a receipt or refund that labels nothing: its amount, if it names one amount alone ("$144.00* at STORE")."""
    words = context.words
    seen: dict[Money, tuple[int, str]] = {}
    for line in context.text.all_lines[:120]:
        if any(c.isdigit() for c in line.text):
            for found in money.find(line.text[:400], words.language, context.currency, table=words.money)[:9]:
                seen.setdefault(found.money, (line.number, line.raw))
        if len(seen) > 1:
            return []
    labelled = {pair.line for pair in context.text.by_field.get("not_total", ())}
    return [(5, number, value, raw) for value, (number, raw) in seen.items() if number not in labelled]


def _only_amount(context: Context) -> list[tuple[float, int, Money, str]]:
    """Of a mail about a refund: the amount of a sentence that speaks of giving back and names no other."""
    words = context.words
    out: list[tuple[float, int, Money, str]] = []
    for name in ("refund_after", "refund_before", "promise.refund"):
        for line, hit in context.text.lines_by_list.get(name, ()):
            start = max((m.end() for m in _STOP.finditer(line.text, 0, hit.start)), default=0)
            stop = _STOP.search(line.text, hit.end)
            sentence = line.text[start : stop.end() if stop else len(line.text)]
            amounts = {f.money for f in money.find(sentence, words.language, context.currency, table=words.money)[:20]}
            if len(amounts) == 1:
                out.append((-8, line.number, amounts.pop(), line.original(sentence)))
    return out


_STOP = re.compile(r"[.!?。]\s|\t")
_GAP_BEFORE = re.compile(r"[\s:：(]{0,3}(?:은|는|이|が|は|を|:)?\s?")
_GAP_AFTER = re.compile(r"[\s,)]{0,3}(?:[을를이가은는의도을이]|が|を|は|の)?\s?")


def _in_sentences(context: Context, refunded: bool) -> list[tuple[float, int, Money, str]]:
    """Amounts beside words such as "charged a total of" or "환불되었습니다"."""
    words = context.words
    out: list[tuple[float, int, Money, str]] = []
    places = context.text.lines_by_list
    for rank, kind in ((-9, "refund"), (1, "total")):
        if kind == "refund" and not refunded:
            continue
        before: dict[int, list[Hit]] = {}
        after: dict[int, list[Hit]] = {}
        lines: dict[int, Line] = {}
        for name, by_line in ((f"{kind}_before", before), (f"{kind}_after", after)):
            for line, hit in places.get(name, ()):
                by_line.setdefault(line.number, []).append(hit)
                lines[line.number] = line
        for number, line in lines.items():
            text = line.text
            if not any(c.isdigit() for c in text):
                continue
            for found in money.find(text, words.language, context.currency, table=words.money)[:20]:
                if any(
                    h.end <= found.start <= h.end + 5 and _GAP_BEFORE.fullmatch(text[h.end : found.start])
                    for h in before.get(number, ())
                ) or any(
                    found.end <= h.start <= found.end + 5 and _GAP_AFTER.fullmatch(text[found.end : h.start])
                    for h in after.get(number, ())
                ):
                    out.append((rank, number, found.money, line.raw))
    return out


# --- items, dates with a label ---------------------------------------------------------------------------------------


def items(context: Context) -> tuple[Stated[str], ...]:
    """The names of the things bought, from tables with a column of items and from labelled values."""
    out: dict[str, Stated[str]] = {}
    for table in context.text.tables:
        columns = [at for at, column in enumerate(table.columns) if any(n == "item" for n, _ in column)]
        others = any(n in ("quantity", "price") for column in table.columns for n, _ in column)
        if not columns or not (others or len(table.columns) > 2):
            continue
        for row in table.rows[:50]:
            name = row.cells[columns[0]]
            if _is_item(name, context):
                out.setdefault(name, Stated(name, quoted(row.raw), "generic"))
    if not out:
        for pair in context.text.pairs:
            if pair.fields[0][0] == "item" and pair.how in ("row", "colon") and _is_item(pair.value, context):
                out.setdefault(pair.value, Stated(pair.value, quoted(pair.quote), "generic"))
    return tuple(out.values())[:50]


def _is_item(name: str, context: Context) -> bool:
    if not 2 <= len(name) <= 200 or not any(c.isalpha() for c in name):
        return False
    if context.words.lookup(name):
        return False
    found = money.find(name, context.words.language, context.currency, table=context.words.money)
    return not (found and found[0].end - found[0].start > len(name) - 3)


def day(context: Context, field: str) -> Stated[date | Span] | None:
    """A day or span that stands behind a label of a field."""
    past = field == "placed_at"
    for pair in context.text.by_field.get(field, ()):
        value = dates.parse(
            pair.value[:80], context.words.language, context.near, order=context.order, table=context.words.dates,
            side="past" if past else "future",
        )  # fmt: skip
        if value is not None and not (past and isinstance(value, Span)):
            return Stated(value, quoted(pair.quote), "generic")
    return None


def placed_at(context: Context) -> Stated[date] | None:
    """The day on which the order was placed, where the mail names it. Not later than the mail itself."""
    stated = day(context, "placed_at")
    if stated is None or isinstance(stated.value, Span) or (stated.value - context.near).days > 1:
        return None
    return Stated(stated.value, stated.quote, stated.reader)


# --- paying ----------------------------------------------------------------------------------------------------------

_INSTALMENTS = re.compile(r"(\d{1,2})\s?(?:개월|ヶ月|か月|カ月|回|期|個月|个月|x\b|installments?|instalments?|Raten|fois|cuotas|rate\b|mensualit)")
_ONE_PAYMENT = ("일시불", "一括", "1回", "paid in full", "single payment")
_METHOD_END = re.compile(r"\s*(?:[|｜;\t]|\s{3,}|\.\s)")


def payment_method(context: Context) -> Stated[str] | None:
    """The mail's own words for the way of paying, from behind a label; a card number keeps four digits."""
    for pair in context.text.by_field.get("payment_method", ()):
        value = _METHOD_END.split(pair.value, maxsplit=1)[0].strip(" .,:：")
        if not value or len(value) > 80 or not any(c.isalpha() or c in "*•" for c in value):
            continue
        if classes(value, context.words) is not None:
            return Stated(money.mask_card_numbers(value), quoted(pair.quote), "generic")
    return _method_in_sentence(context)


_VIA = re.compile(
    r"(?i)\b(?:via|paid with|paid by|paid using|charged to your|using your|to your|with your|from your|per|mit|"
    r"par|avec|con|mediante|tramite|met)\s{1,2}"
)


def _method_in_sentence(context: Context) -> Stated[str] | None:
    """ "You have been charged £169.70 via PayPal", "신용카드 결제 확인": a method in a line that speaks of paying."""
    words = context.words
    east = words.language in ("ko", "ja", "zh")
    for line, _ in context.text.lines_by_list.get("settlement.received", ()):
        if len(line.text) > 400:
            continue
        methods = [h for h in context.text.hits[line.number] if any(n.startswith("payment.") for n in h.lists)]
        if not methods:
            continue
        if east and len(line.text) <= 60:
            return Stated(line.text[methods[0].start : methods[0].end], quoted(line.raw), "generic")
        for match in _VIA.finditer(line.text):
            for hit in methods:
                if 0 <= hit.start - match.end() <= 12 and hit.lists != ("payment.unnamed",):
                    return Stated(line.text[hit.start : hit.end], quoted(line.raw), "generic")
    return None


_HIDDEN_CARD = re.compile(r"[*•xX.·]{2,16}[ -]?\d{4}(?!\d)")


def classes(method: str, words: Words) -> str | None:
    """The `payment` value that a method's words name; "unnamed" for a method that tells no class, None for none."""
    names = [name for hit in words.classes.find(lower(method)) for name in hit.lists]
    if names:
        return min(names, key=lambda name: words.class_order[name])
    return "unnamed" if _HIDDEN_CARD.search(method) else None


def instalments(context: Context) -> Stated[int] | None:
    """In how many monthly parts a card payment is split; 1 where the mail says that it is not."""
    by_field = context.text.by_field
    for pair in (*by_field.get("instalments", ()), *by_field.get("payment_method", ())):
        names = {name for name, _ in pair.fields}
        if match := _INSTALMENTS.search(pair.value):
            return Stated(int(match[1]), quoted(pair.quote), "generic") if int(match[1]) else None
        if any(word in pair.value for word in _ONE_PAYMENT):
            return Stated(1, quoted(pair.quote), "generic")
        if "instalments" in names and (digits := re.fullmatch(r"0?(\d{1,2})", pair.value)):
            return Stated(max(1, int(digits[1])), quoted(pair.quote), "generic")
    return None


_LATER = ("bank_transfer", "virtual_account", "postpaid")
_AT_ONCE = re.compile(r"실시간|퀵계좌|계좌간편|sofort|ideal|bancontact", re.IGNORECASE)
_GONE_OUT = (Kind.SHIPPED, Kind.DELIVERED, *_CANCELS)


def settlement(context: Context, method: Stated[str] | None, payment: str | None) -> Stated[Settlement] | None:
    """Whether the money is there, is awaited, or is paid at the door: by the mail's words, else by the way of paying."""
    places = context.text.lines_by_list
    seen = {
        name: places[f"settlement.{name}"][0][0].raw
        for name in ("awaited", "received", "on_delivery")
        if f"settlement.{name}" in places
    }
    if method is not None and (payment == "cod" or ("on_delivery" in seen and payment in (None, "cod"))):
        return Stated(Settlement.ON_DELIVERY, method.quote, "generic")
    if context.kind in _GONE_OUT or context.kind is Kind.PAYMENT_FAILED:
        return None
    if context.kind is Kind.PAYMENT_RECEIPT:
        quote = seen.get("received") or (method.quote if method else "")
        return Stated(Settlement.RECEIVED, quoted(quote), "generic") if quote else None
    if payment in _LATER and method is not None:
        if _AT_ONCE.search(method.value):
            return Stated(Settlement.RECEIVED, method.quote, "generic")
        if "received" in seen and "awaited" not in seen:
            return Stated(Settlement.RECEIVED, quoted(seen["received"]), "generic")
        return Stated(Settlement.AWAITED, quoted(seen.get("awaited", method.quote)), "generic")
    if "awaited" in seen and payment is None and "received" not in seen:
        return Stated(Settlement.AWAITED, quoted(seen["awaited"]), "generic")
    if "received" in seen and "awaited" not in seen:
        return Stated(Settlement.RECEIVED, quoted(seen["received"]), "generic")
    return None


def is_free(stated: Stated[Money] | None) -> bool:
    """Whether nothing was to be paid."""
    return stated is not None and stated.value.amount == Decimal(0)
