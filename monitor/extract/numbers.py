"""The number of the order: behind a label, beside a word for order in a sentence, in the subject.

In charge of telling it from the numbers that stand around it (customers, parcels, telephones, dates, firms) and of
not choosing between two that have equal witnesses.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from functools import cache

from monitor import money
from monitor.extract import tracking
from monitor.extract.context import Context, quoted
from monitor.extract.pairs import Line, Pair
from monitor.extract.phrases import Hit
from monitor.extract.words import ORDER_NUMBER, fold
from monitor.knowledge import patterns
from monitor.knowledge.patterns import Worded
from monitor.types import Kind, Stated

_TOKEN = re.compile(rf"#?\s?({ORDER_NUMBER})")
_DATE_LIKE = re.compile(r"(?:19|20)\d\d([-./])\d{1,2}\1\d{1,2}$|\d{1,2}([-./])\d{1,2}\2(?:\d{4}|\d\d)$")
_SPAN_LIKE = re.compile(r"\d{1,3}-[a-z]{3,12}$")  # "your order (21-day lead time)"
_PHONE_LIKE = re.compile(r"(?:0\d{1,2}[-.]\d{3,4}[-.]\d{4}|1[568]\d\d[-.]\d{4}|\d{3}[-.]\d{3}[-.]\d{4})$")
_BUSINESS_LIKE = re.compile(r"\d{3}-\d{2}-\d{5}$")
_POSTAL = re.compile(r"[A-Z]{2}\d{9}[A-Z]{2}$")  # a parcel's number as all posts write it (UPU S10)
_MONEY_AFTER = Worded(r"\s{0,2}(?:[원円元€£₩$¥%×]|<counted\b>)", re.IGNORECASE)
# "주문 SB-3301 건은": the matter of an order, no count of orders
_MATTER = Worded(r"\s{0,2}<matter>")
_CAPITALS = re.compile(r"[A-Z]{6,14}$")
_DOMAIN_LIKE = re.compile(
    r"(?:www\.|.{2,40}\.(?:com|net|org|kr|jp|de|fr|co|uk|io|shop|store|html?|php)$)", re.IGNORECASE
)


SENTENCES = 2  # the best rank of a number in a subject or sentence; labels that say "number" have better ones


def order_number(context: Context) -> tuple[Stated[str] | None, tuple[Stated[str], ...], bool]:
    """The number of the order, or, where equal witnesses name different ones, no number and all of them; and whether
    the number is that of another paper (an invoice, a receipt, a transaction) which stands in for it."""
    ranked: list[tuple[float, str, str, str]] = []  # rank, value, quote, reader
    for pair in context.text.by_field.get("order_number", ()):
        rank = next(rank for name, rank in pair.fields if name == "order_number")
        if value := _token(pair):
            ranked.append((rank * 10 + (2 if pair.how == "space" else 0), value, pair.quote, "generic"))
    best = min((rank for rank, *_ in ranked), default=SENTENCES)
    surest = {value: quote for rank, value, quote, _ in reversed(ranked) if rank == best}
    if best < SENTENCES and len(surest) == 1:  # no sentence could say otherwise
        [(value, quote)] = surest.items()
        return Stated(value, quoted(quote, value), "generic"), (), False
    for line, rank, value in _in_sentences_numbers(context):
        reader = "generic" if line.number >= 0 else "header"
        ranked.append((rank + SENTENCES + (line.number >= 0), value, line.raw, reader))
    ranked += _elsewhere(context, bool(ranked))
    if not ranked:
        return None, (), False
    best = min(rank for rank, *_ in ranked)
    # numbers of other papers (receipt, invoice, transaction) stand in only where no order number is named, and the
    # one whose label stands first in the list does: they are no rivals of one another
    top = [r for r in ranked if r[0] < 10] if best < 10 else sorted(ranked, key=lambda r: r[0])[:1]
    values = list(dict.fromkeys(value for _, value, _, _ in top))
    chosen = values[0] if len(values) == 1 else _of_several(values, top, context)
    if chosen is None:
        rivals = tuple(
            next(Stated(v, quoted(q, v), reader) for _, v, q, reader in top if v == value) for value in values[:5]
        )
        return None, rivals, False
    _, value, quote, reader = min((r for r in top if r[1] == chosen), key=lambda r: (r[3] == "header", r[0]))
    return Stated(value, quoted(quote, value), reader), (), best >= 10


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


def _token(pair: Pair) -> str | None:
    """The number that stands at the value's place of a pair, or None where none does."""
    value = pair.value.lstrip(" :：#№\"'“(「[【『")
    match = _TOKEN.match(value)
    if match is None:
        return None
    token, rest = match[1], value[match.end() :]
    if token.isdigit() and rest[:1] == " " and (more := re.match(r"(?: \d{2,6}){1,4}(?!\S)", rest)):
        token += more[0].replace(" ", "")  # "1234 5678 9012"
    explicit = pair.how != "space" or "#" in pair.value[:2]
    noun_only = fold(pair.label) in _folded("bare_noun")
    return (
        token if _plausible(token, rest, explicit=explicit and not noun_only, after_sign=pair.how == "colon") else None
    )


def _plausible(token: str, rest: str, *, explicit: bool, after_sign: bool) -> bool:
    """Whether a word can be an order number. `explicit`: the label says "number"; `after_sign`: a colon or # before."""
    digits = sum(map(str.isdigit, token))
    if _DATE_LIKE.match(token) or _DOMAIN_LIKE.match(token) or _SPAN_LIKE.match(token):
        return False
    if digits == 0:
        return bool(_CAPITALS.match(token)) and (explicit or after_sign) and not rest[:1].isalpha()
    capitals = (explicit or after_sign or digits > 2) and token.upper() == token
    mixed = explicit and digits > 1 and len(token) >= 8 and not (token.islower() or token.istitle())  # "RYa0mx6tjs"
    if digits * 3 < len(token) and not (capitals or mixed) and "_" not in token and "-" not in token:
        return False
    if _PHONE_LIKE.match(token) or _BUSINESS_LIKE.match(token):
        return False
    if _POSTAL.match(token) and tracking.ALGORITHMS["s10"](token):
        return False
    if _MONEY_AFTER.re.match(rest) and not explicit:
        return (after_sign or not token.isdigit()) and len(token) >= 4 and _MATTER.re.match(rest) is not None
    if explicit or after_sign:
        return len(token) >= (1 if explicit else 3)
    return len(token) >= 4 and not (token.isdigit() and len(token) == 4 and token[:2] in ("19", "20"))


@cache
def _folded(table: str) -> frozenset[str]:
    return frozenset(map(fold, patterns.words(table)))


def _no_number(capitals: str) -> bool:
    """Whether a word in capitals is one that stands beside the word for order, or the name of who carries payments."""
    return fold(capitals) in _folded("no_number") or capitals in ("PAYPAL", "AMAZON")


_TO_TOKEN = Worded(
    r"[.)]?\s{0,2}(?:<is>(?![a-z])\s{0,2}[:：]?\s{0,2})?"
    rf"(?P<sign>[:：#№]\s{{0,2}}#?|[(（\[「【\"'“]\s?#?)?(?P<token>{ORDER_NUMBER})"
)
_HAPPENED = Worded(r"\s<\bhappened\b>")
_GROUPS = re.compile(r"\d{4}(?: \d{4}){1,4}(?![\w.,])")  # "your order 4412 3456 is ready"
_BEFORE_NOUN = Worded(rf"[#№]\s?({ORDER_NUMBER})\s?<numbered>?\s?$")
# "한별님, 2511080002000017 주문이 완료되었습니다", "결제 확인 | LN-20418 주문"
_BEFORE_KOREAN = Worded(
    r"(?:(?:^|[,\])】.|]\s?)(\d{10,20}|[A-Z]{1,5}-\d{4,16})|(?:^|\s)(\d{6,8}-[A-Z]?\d{3,10}))\s?<numbered>?\s?$"
)


def _in_sentences_numbers(context: Context) -> Iterable[tuple[Line, int, str]]:
    """Numbers beside a word for order in running text and subject, with a rank: 0 where "number", "#" or a colon
    stands between."""
    words: dict[int, list[Hit]] = {}
    east = context.words.language == "ko"
    for line, hit in context.text.places("number"):
        words.setdefault(line.number, []).append(hit)
    for name in ("order", "order_label"):
        for line, hit in context.text.places(name):
            text, end, explicit = line.text, hit.end, name == "order_label"
            for _ in range(3):
                number = next(
                    (h for h in words.get(line.number, ()) if 0 <= h.start - end <= 2 and
                     not text[end : h.start].strip()), None
                )  # fmt: skip
                if number is None:
                    break
                end, explicit = number.end, True
            rank = None
            if match := _TO_TOKEN.re.match(text, end):
                grouped = _GROUPS.match(text, match.start("token")) if match["token"].isdigit() else None
                rank = _rank_of(match, text, hit.start, end, explicit)
                if rank is not None:
                    yield line, rank, grouped[0].replace(" ", "") if grouped else match["token"]
            if rank is None and "(" in text and (inside := _in_brackets(text, hit.end, words.get(line.number, ()))):
                yield line, 1, inside
            if rank is None and (farther := _behind_phrase(text, hit.end, words.get(line.number, ()))):
                yield line, 1, farther
            wrapped = rank is None and hit.end >= len(line.text) - _WRAPPED and line.number >= 0
            if wrapped and (below := _on_the_next_line(context, line, hit.end, words)):
                yield line, 1, below
            before = _BEFORE_NOUN.re.search(text[max(0, hit.start - 45) : hit.start]) or (
                _BEFORE_KOREAN.re.search(text[max(0, hit.start - 45) : hit.start]) if east and hit.start > 6 else None
            )
            found = before[before.lastindex or 0] if before else ""
            if found and _plausible(found, "", explicit=False, after_sign=True):
                yield line, 1, found


_OPENED = re.compile(r"[(（\[]\s?[#№]?\s?$")
_BRACKETED = re.compile(rf"[.:：]{{0,2}}\s?[#№]?\s?({ORDER_NUMBER})\s?[)）\]]")
_FAR = 90  # characters between a word for order and the brackets behind it


def _in_brackets(text: str, end: int, words: Iterable[Hit]) -> str:
    """ "your order at Maple Hill (number: 10077) of 4 March": what stands in brackets behind a word for order."""
    for word in words:
        if end < word.start <= end + _FAR and _OPENED.search(text[max(end, word.start - 4) : word.start]):
            match = _BRACKETED.match(text, word.end)
            if match is not None and _plausible(match[1], "", explicit=True, after_sign=True):
                return match[1]
    return ""


def _behind_phrase(text: str, end: int, words: Iterable[Hit]) -> str:
    """ "your order from Maple Hill with the reference XKBKNABJK": what stands behind several words that say a number
    comes, in the same sentence as the word for order."""
    for word in words:
        several = " " in text[word.start : word.end].strip()
        if several and end < word.start <= end + _FAR and not _NEXT_SENTENCE.search(text[end : word.start]):
            match = _BEHIND.match(text, word.end)
            if match is not None and _plausible(match[1], text[match.end() :], explicit=True, after_sign=True):
                return match[1]
    return ""


def _on_the_next_line(context: Context, line: Line, end: int, words: dict[int, list[Hit]]) -> str:
    """ "the refund for your order with the / reference XKBKNABJK.": a text that was wrapped between the two."""
    lines = context.text.lines
    at = bisect_right(lines, line.number, key=lambda one: one.number)
    if at >= len(lines) or not _WRAP.fullmatch(line.text, end):
        return ""
    following = lines[at]
    number = next((hit for hit in words.get(following.number, ()) if hit.start == 0), None)
    match = _BEHIND.match(following.text, number.end if number else 0)
    if match is None or (number is None and following.text[match.end() :].strip(" .。,!！")):
        return ""
    return match[1] if _plausible(match[1], "", explicit=number is not None, after_sign=True) else ""


_WRAPPED = 12  # characters that may stand between a word for order and the end of its line
_WRAP = re.compile(r"(?: [a-zà-ÿ]{1,5}){0,2}\s*")
_NEXT_SENTENCE = re.compile(r"[.!?:;]\s")
_BEHIND = re.compile(rf"[:：]?\s?[#№\"'“‘]?\s?({ORDER_NUMBER})(?![\w-])")
_CLOSED = re.compile(rf"[(\[【「]\s?(?:#|№|no\.?\s)?\s?({ORDER_NUMBER})\s?[)\]】」]\W{{0,3}}$", re.IGNORECASE)
# "Invoice FGM-22910, $15.00", "invoice 00421 has been paid", "Rechnung Nr. 4F2A91BC"
_PAPER = Worded(
    r"[ :]{1,2}(?:(?i:<number_word>)\.? )?[#№]?"
    r"((?:[A-Z]{1,6}-?)?\d{3,20}(?:-\d{1,12}){0,2}|(?=[A-Z]{0,9}\d[A-Z]{0,9}\d)(?=\d{0,9}[A-Z])[A-Z0-9]{7,12})"
    r"(?![\w.,-]{0,1}\w)"
)
_SIGNED = re.compile(rf"[ :]{{0,2}}[#№]\s?({ORDER_NUMBER})")


# "LN-5512": capitals, a hyphen, digits, as shops number their orders
_CODE = re.compile(r"(?<![\w-])[A-Z]{2,5}-\d{4,12}(?![\w-])")


def _in_subject_and_text(context: Context) -> str:
    """The one code that stands in the subject and in the text, or in the text twice; "" if none or several do."""
    found = _CODE.findall(context.text.subject) + [
        code for line in context.text.lines[:60] if "-" in line.text for code in _CODE.findall(line.text)
    ]
    twice = {
        code for code in found
        if found.count(code) > 1 and code.partition("-")[0] not in money.CODES and not code.startswith(_OF_RETURNS)
    }  # fmt: skip
    return twice.pop() if len(twice) == 1 and len(set(found)) == 1 else ""


_OF_RETURNS = ("RMA-", "RET-", "RTN-", "RT-")
_ONE_SIGNED = re.compile(rf"(?<![\w#/-])(?P<word>[^\W\d_]{{0,20}})[ .:]{{0,2}}#\s?(?P<number>{ORDER_NUMBER})(?![\w#])")


def _signed_in_subject(context: Context) -> str:
    """The one number with a "#" in the subject, where it is not that of some other thing ("Ticket #12345"): "Maple
    Hill shipment notification #R554120990"."""
    if "#" not in context.text.subject:
        return ""
    found = list(_ONE_SIGNED.finditer(context.text.subject))
    if len(found) != 1 or context.text.subject.count("#") != 1 or fold(found[0]["word"]) in _folded("other_numbered"):
        return ""
    number = found[0]["number"]
    ordered = any(line.number < 0 for line, _ in context.text.places("order"))  # "Order confirmed - #LP-118"
    enough = sum(map(str.isdigit, number)) >= (3 if ordered and "-" in number else 4)
    fits = enough and _plausible(number, "", explicit=True, after_sign=True)
    return number if fits else ""


_MIXED = re.compile(r"[ :#]{1,3}(?=[A-Z0-9]{0,11}[A-Z])(?=[A-Z]{0,11}\d[A-Z]{0,11}\d)([A-Z0-9]{6,12})(?![\w-])")


def _behind_order_twice(context: Context, line: Line) -> str:
    """ "Order MK3UZQ5: on its way": letters and digits mixed behind the word for order in the subject, where the text
    has them too; with so few digits one place alone would not do."""
    for place, hit in context.text.places("order"):
        match = _MIXED.match(line.text, hit.end) if place.number == line.number else None
        if match is not None and match[1] in context.text.body[:4000]:
            return match[1]
    return ""


_CLOSING = re.compile(r"(?:[:：]|\s[-–—·|])\s?#?\s?([A-Z0-9]{1,6}(?:-?[A-Z0-9]{2,14}){1,3})$")


def _closing_the_subject(context: Context, *, ordered: bool) -> str:
    """The code after the colon or dash that ends the subject, where the text has it too: "Order canceled: ZQXWF";
    one that is written as shops number their orders counts alone where the subject is `ordered`: says what it is of."""
    match = _CLOSING.search(context.text.subject.rstrip(" ."))
    code = match[1] if match is not None else ""
    digits = sum(map(str.isdigit, code))
    if (
        not 5 <= len(code) <= 20
        or _no_number(code)
        or code.startswith(_OF_RETURNS)
        or (digits < 2 and match is not None and match[0][0] not in ":：")
    ):
        return ""
    if ordered and _CODE.fullmatch(code) and code[:3] not in money.CODES:
        return code
    whole = re.compile(rf"(?<![A-Za-z0-9]){re.escape(code)}(?![A-Za-z0-9])")
    return code if any(whole.search(line.raw) for line in context.text.lines[:120] if line.number >= 0) else ""


# "(réf. MA-10443)", in a text that says nowhere what of
_REFERENCE = Worded(rf"[(（]<reference>\.?\s?[:：]?\s?[#№]?({ORDER_NUMBER})\s?[)）]", re.IGNORECASE)


def _in_lone_brackets(context: Context) -> str:
    found = {
        match[1] for line in context.text.lines[:60] if "(" in line.text
        for match in _REFERENCE.re.finditer(line.text) if any(map(str.isdigit, match[1]))
    }  # fmt: skip
    return found.pop() if len(found) == 1 else ""


def _elsewhere(context: Context, named: bool) -> Iterable[tuple[float, str, str, str]]:
    """What subjects do: "Your order is in! (TT-20931)", "Your receipt from Maple Tools #2841-7730"; and the numbers of
    other papers in sentences."""
    line = next((line for line, _ in context.text.places("order") if line.number < 0), None)
    if line is None and not named and context.kind in (Kind.SELLER_REPLY, Kind.DELAYED):
        line = context.text.all_lines[0]  # "Waiting for your answer (112-4471920)"
    closed = _CLOSED.search(line.text) if line is not None and not named else None
    if line is not None and closed is not None and _plausible(closed[1], "", explicit=False, after_sign=True):
        yield 4, closed[1], line.raw, "header"
    both = "" if named or closed is not None else _in_subject_and_text(context)
    if both:
        yield 5, both, context.text.subject, "header"
    if line is not None and not named and closed is None and not both:
        twice = _behind_order_twice(context, line) if line.number < 0 else ""
        both = twice or _closing_the_subject(context, ordered=True)
        if both:
            yield 5, both, context.text.subject, "header"
    elif line is None and not named and (code := _closing_the_subject(context, ordered=context.kind in _OF_ORDERS)):
        yield 5, code, context.text.subject, "header"
    if not named and closed is None and not both and (signed := _signed_in_subject(context)):
        yield 6, signed, context.text.subject, "header"
    for line, hit in context.text.places("paper"):
        if line.number < 0 and (match := _SIGNED.search(line.text, hit.end)):
            if _plausible(match[1], line.text[match.end() :], explicit=True, after_sign=True):
                yield 12, match[1], line.raw, "header"
            return
        match = _PAPER.re.match(line.text, hit.end) if line.number >= 0 else None
        if match is not None and (not match[1].isdigit() or _plausible(match[1], "", explicit=False, after_sign=False)):
            yield 13, match[1], line.raw, "generic"
    if not named and context.kind is Kind.PAYMENT_RECEIPT and (alone := _beside_its_day(context)):
        yield 14, *alone, "generic"
    if not named and closed is None and not both and (bracketed := _in_lone_brackets(context)):
        yield 15, bracketed, bracketed, "generic"


_OF_ORDERS = (Kind.CANCELLATION, Kind.RETURNED, Kind.REFUND, Kind.REFUND_PROMISED, Kind.SHIPPED, Kind.DELIVERED)


# "FN-20931", "88213-2026": the number of a paper, which stands where its heading would, its day beside or below it
_HEADING = re.compile(r"#?\s?([A-Z]{1,6}-\d{3,12}(?:-\d{1,12}){0,2}|\d{4,12}-\d{1,12}(?:-\d{1,12})?)")
_DAY = re.compile(r"(?=.{0,30}\b(?:19|20)\d\d\b)[^\d]{0,14}\d{1,4}\b.{0,20}")


def _beside_its_day(context: Context) -> tuple[str, str] | None:
    """Of a receipt that labels nothing: the one number that stands alone, with a day beside it or on the line below."""
    lines = context.text.lines[:80]
    found: dict[str, str] = {}
    for at, line in enumerate(lines):
        match = _HEADING.fullmatch(line.cells[0]) if "-" in line.cells[0][:14] else None
        if match is None or not _plausible(match[1], "", explicit=True, after_sign=True):
            continue
        rest = [cell for cell in line.cells[1:] if cell]
        rest = rest or [below.text for below in lines[at + 1 : at + 3] if any(map(str.isalnum, below.text))]
        if rest and _DAY.fullmatch(rest[0][:60]):
            found[match[1]] = line.raw
    return next(iter(found.items())) if len(found) == 1 else None


def _rank_of(match: re.Match[str], text: str, start: int, end: int, explicit: bool) -> int | None:
    token, rest, sign = match["token"], text[match.end() :], match["sign"] is not None
    if match.start("token") == end and not sign and text[end - 1].isascii():
        return None  # "order5"
    if any(map(str.isdigit, token)):
        explicit = explicit or (sign and "#" in match["sign"] and len(token) == 2)  # a small shop's order #88
        if len(token) == 3 and token.isdigit() and not explicit and not sign:  # "Your order 318 has been delivered"
            return 1 if _HAPPENED.re.match(rest) else None
        return (0 if explicit or sign else 1) if _plausible(token, rest, explicit=explicit, after_sign=sign) else None
    # shops that number with letters only: capitals beside a word that is not in capitals
    if not _CAPITALS.match(token) or _no_number(token) or (rest[:1].isalpha() and rest[:1].isascii()):
        return None
    noun = text[start:end]
    if noun.isupper() and noun.isascii():
        return None
    return 1 if explicit or sign else 2
