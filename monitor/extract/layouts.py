"""Seller layouts: the values of a mail whose origin is known, read where that origin's mails have them.

In charge of recognising a layout and of applying its patterns; the layouts themselves are data (`knowledge/layouts`).
Bounded: 700 lines, 400 characters of each for patterns, 6,000 tags of HTML, 150 deep. A value is only taken if it has
the form of its field. Compares nothing with other readers: that is done where all readings meet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from monitor import dates, money
from monitor.extract import amounts
from monitor.extract.context import Context, quoted
from monitor.extract.pairs import Line
from monitor.extract.words import ORDER_NUMBER
from monitor.knowledge.domains import within
from monitor.knowledge.layout import FieldPattern, Layout, Layouts
from monitor.types import Header, Mail, Money, Span, Stated

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

MAX_TAGS = 6000
MAX_DEPTH = 150
MAX_HTML = 400_000
MAX_LINE = 400
MAX_NODES = 60

_NUMBER = re.compile(ORDER_NUMBER)
_TRACKING = re.compile(r"[A-Z0-9]{6,40}", re.IGNORECASE)
_BESIDE = " \u3000:：#№-–=.·"  # what stands between a label and its value


@dataclass(frozen=True, slots=True)
class Laid:
    """What the layout of a mail states. `id` "" where no layout fits."""

    id: str = ""
    taught: bool = False
    order_number: Stated[str] | None = None
    total: Stated[Money] | None = None
    items: tuple[Stated[str], ...] = ()
    placed_at: Stated[date] | None = None
    days: dict[str, Stated[date | Span]] = field(default_factory=dict)  # pay_by, dispatch_by, promised_by, refund_by
    payment_method: Stated[str] | None = None
    tracking_numbers: tuple[Stated[str], ...] = ()
    carrier: Stated[str] | None = None


def read(mail: Mail, context: Context, layouts: Layouts) -> Laid:
    """The values by the first layout that recognises the mail and finds anything in it.

    What that one does not find is taken from the older ones of the same origin: the user teaches one mail at a time.
    """
    page: Page | None = None
    found: Laid | None = None
    origin = ""
    header = mail.forwarded or mail.header
    senders = frozenset((header.sender.email, *within(header.sender.domain)))
    for layout in layouts:
        if layout.senders and senders.isdisjoint(layout.senders):
            continue
        if (found is None or layout.origin == origin) and recognises(layout, mail):
            page = page or Page(mail, context)
            laid = apply(layout, page)
            if found is not None:
                found = _filled(found, laid) if layout.taught is found.taught else found
            elif laid != Laid(layout.id, layout.taught):
                found, origin = laid, layout.origin
    return found or Laid()


def _filled(laid: Laid, older: Laid) -> Laid:
    """What one layout found, its gaps filled with what an older one did."""
    gaps = {
        each.name: getattr(older, each.name)
        for each in fields(Laid)
        if each.name not in ("id", "taught", "days") and not getattr(laid, each.name)
    }
    return replace(laid, **gaps, days={**older.days, **laid.days})


def recognises(layout: Layout, mail: Mail) -> bool:
    """Whether a mail is of the origin that a layout describes."""
    header = mail.forwarded or mail.header
    if layout.senders and not is_from(header, layout.senders):
        return False
    if layout.subject is not None and not layout.subject.search(header.subject[:MAX_LINE]):
        return False
    # the text first, which is the shorter of the two
    return all(map(mail.text.__contains__, layout.text)) and all(map(mail.html.__contains__, layout.html))


def is_from(header: Header, senders: Sequence[str]) -> bool:
    """Whether a mail comes from one of these addresses, or from one of these domains or one below it."""
    return header.sender.email in senders or any(domain in senders for domain in within(header.sender.domain))


@dataclass
class Page:
    """A mail as patterns see it."""

    mail: Mail
    context: Context

    @property
    def lines(self) -> list[Line]:
        return self.context.text.lines

    @cached_property
    def tree(self) -> LexborHTMLParser:
        """The HTML, cut where it gets so long or so deep that selectors would be expensive."""
        from selectolax.lexbor import LexborHTMLParser

        return LexborHTMLParser(_bounded(self.mail.html[:MAX_HTML]))


_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,30})")
_NOT_COUNTED = frozenset(  # without an end, or with one that may be left out
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "p",
     "li", "td", "th", "tr", "option", "dt", "dd", "tbody", "thead", "tfoot"]
)  # fmt: skip


def _bounded(html: str) -> str:
    """HTML up to `MAX_TAGS` tags, or to where elements lie more than `MAX_DEPTH` deep in one another."""
    if html.count("<") < MAX_DEPTH:
        return html
    depth = 0
    for count, tag in enumerate(_TAG.finditer(html)):
        if tag[2].lower() not in _NOT_COUNTED:
            depth = max(0, depth + (-1 if tag[1] else 1))
        if depth > MAX_DEPTH or count >= MAX_TAGS:
            return html[: tag.start()]
    return html


def apply(layout: Layout, page: Page) -> Laid:
    """What a layout finds in a mail that it recognises. Of several patterns for a field the first that fits counts."""
    reader = f"layout:{layout.id}"
    context = page.context
    single: dict[str, tuple[str, str]] = {}
    several: dict[str, dict[str, Stated[str]]] = {"items": {}, "tracking_numbers": {}}
    total: Stated[Money] | None = None
    days: dict[str, Stated[date | Span]] = {}
    for pattern in layout.fields:
        if pattern.kinds and context.kind not in pattern.kinds:
            continue
        name = pattern.name
        if name in several:
            for value, quote in hits(pattern, page) if not several[name] else ():
                fitting = _item(value) if name == "items" else _tracking(value)
                if fitting:
                    several[name].setdefault(fitting, Stated(fitting, quoted(quote, fitting), reader))
        elif name == "total":
            for value, quote in picked(pattern, page) if total is None else ():
                amount = amounts.amount(value, context, bare=True)
                if amount is not None:
                    total = Stated(Money(abs(amount.amount), amount.currency), quoted(quote), reader)
                    break
        elif name.endswith(("_by", "_at")):
            for value, quote in picked(pattern, page) if name not in days else ():
                day = _day(name, value, context)
                if day is not None:
                    days[name] = Stated(day, quoted(quote), reader)
                    break
        elif name not in single:
            for value, quote in picked(pattern, page):
                fitting = _fitting(name, value)
                if fitting:
                    single[name] = (fitting, quote)
                    break
    stated = {name: Stated(value, quoted(quote, value), reader) for name, (value, quote) in single.items()}
    placed = days.pop("placed_at", None)
    return Laid(
        id=layout.id,
        taught=layout.taught,
        order_number=stated.get("order_number"),
        total=total,
        items=tuple(several["items"].values())[:50],
        placed_at=Stated(placed.value, placed.quote, reader) if placed and isinstance(placed.value, date) else None,
        days=days,
        payment_method=stated.get("payment_method"),
        tracking_numbers=tuple(several["tracking_numbers"].values())[:20],
        carrier=stated.get("carrier"),
    )


# --- where a pattern hits --------------------------------------------------------------------------------------------


def picked(pattern: FieldPattern, page: Page) -> list[tuple[str, str]]:
    """The hits of a pattern in the order in which they are to be tried."""
    found = list(hits(pattern, page))
    return found[::-1] if pattern.pick == "last" else found


def hits(pattern: FieldPattern, page: Page) -> Iterator[tuple[str, str]]:
    """What stands at a pattern's place, cut out by its `take`, with the words around it; in the order of the mail."""
    for count, (value, quote) in enumerate(_places(pattern, page)):
        if count >= MAX_NODES:
            return
        if pattern.take is not None:
            match = pattern.take.search(value[:MAX_LINE])
            if match is None:
                continue
            value = match[1] if pattern.take.groups else match[0]
        if value and value.strip():
            yield value.strip(), quote


def _places(pattern: FieldPattern, page: Page) -> Iterator[tuple[str, str]]:
    if pattern.labels:
        yield from _at_labels(pattern, page.lines)
    elif pattern.css:
        for node in page.tree.css(pattern.css)[:MAX_NODES]:
            text = " ".join(node.text(deep=True, separator=" ")[:2000].split())
            yield text, text
    elif pattern.line is not None:
        for line in page.lines:
            match = pattern.line.search(line.text[:MAX_LINE])
            if match is not None:
                yield (match[1] if pattern.line.groups else match[0]) or "", line.raw
    elif pattern.subject is not None:
        header = page.mail.forwarded or page.mail.header
        match = pattern.subject.search(money.fold(header.subject)[:MAX_LINE])
        if match is not None:
            yield (match[1] if pattern.subject.groups else match[0]) or "", header.subject


def _at_labels(pattern: FieldPattern, lines: list[Line]) -> Iterator[tuple[str, str]]:
    labels = [plain(label) for label in pattern.labels]
    for at, line in enumerate(lines):
        for index, cell in enumerate(line.cells):
            behind = _behind(cell, labels)
            if behind is None:
                continue
            if pattern.where == "below":
                below = next((c for c in lines[at + 1].cells if c), "") if at + 1 < len(lines) else ""
                if not behind and below:
                    yield below, f"{line.raw} {lines[at + 1].original(below)}"
            elif behind:
                yield behind, line.original(cell)
            elif value := next((c.lstrip(_BESIDE) for c in line.cells[index + 1 :] if c.strip(_BESIDE)), ""):
                yield value, line.raw


def plain(label: str) -> str:
    """A label as labels are compared: half width, lower case, single spaces, without colon or bullet at its ends."""
    return " ".join(money.fold(label).casefold().split()).strip(_BESIDE + "*•▪■[](){}【】")


def _behind(cell: str, labels: list[str]) -> str | None:
    """What stands in a cell behind one of the labels; "" if nothing does, None if it begins with none of them."""
    start = cell.lstrip(_BESIDE + "*•▪■[【(")
    lowered = start.casefold()
    if len(lowered) != len(start):
        return None  # rare letters that change their length: places would not agree
    for label in labels:
        if lowered.startswith(label):
            rest = start[len(label) :]
            if rest and rest[0].isalnum() and (rest[0] >= "\u1100" or label[-1:] < "\u1100"):
                continue  # the label is only the beginning of a longer word
            return rest.strip(_BESIDE + ")]】")
    return None


# --- whether it can be a value of the field --------------------------------------------------------------------------


def _fitting(name: str, value: str) -> str:
    if name == "order_number":
        match = _NUMBER.match(value.lstrip("#№ "))
        number = match[0] if match else ""
        return number if len(number) >= 2 and (any(map(str.isdigit, number)) or number.isupper()) else ""
    if len(value) > 80 or not any(c.isalpha() or c in "*•" for c in value):
        return ""
    return money.mask_card_numbers(value)


def _item(value: str) -> str:
    return value if 2 <= len(value) <= 200 and any(map(str.isalpha, value)) else ""


def _tracking(value: str) -> str:
    tight = re.sub(r"[ -]", "", value)
    return tight if _TRACKING.fullmatch(tight) and sum(map(str.isdigit, tight)) >= 5 else ""


def _day(name: str, value: str, context: Context) -> date | Span | None:
    past = name == "placed_at"
    day = dates.parse(
        value[:80], context.words.language, context.near, order=context.order, table=context.words.dates,
        side="past" if past else "future",
    )  # fmt: skip
    if past and (day is None or isinstance(day, Span) or (day - context.near).days > 1):
        return None
    return day
