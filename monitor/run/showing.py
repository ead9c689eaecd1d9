"""A mail as it may be shown: its words with what was read from them marked, and its HTML with nothing left that acts.

In charge of getting a kept mail again, of finding each quote in its text, and of what a hostile mail must not do on a
page: no script, style, form, frame, picture or link survives, and nothing is fetched from anywhere. Card numbers are
hidden. It renders no page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from monitor import parse, render
from monitor.types import Finding, Kind, Mail, Money, RawMail, Reading, Settlement, Span, Stated

if TYPE_CHECKING:
    from monitor.store import Store

LONGEST = 200_000
"""Characters of a mail's text that are shown."""


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a mail with the words that prove it. `value` is as in the finding; `reader`: who took it."""

    name: str
    value: object
    quote: str
    reader: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; `names`: the values that its words prove (empty: plain text)."""

    text: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """An attachment as it is named to a person: no folder, no control characters."""

    name: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Original:
    """A kept mail, fit to be shown. `unproven`: names of values whose words stand elsewhere (header, PDF, markup)."""

    identity: str
    subject: tuple[Piece, ...]
    sender: str
    to: str
    pieces: tuple[Piece, ...]
    quoted: str
    html: bool
    files: tuple[File, ...] = ()
    values: tuple[Value, ...] = ()
    unproven: frozenset[str] = frozenset()
    cut: bool = False
    left_out: tuple[str, ...] = field(default=())


# -- values -------------------------------------------------------------------------------------------------------

PLAIN = (
    "order_number", "total", "placed_at", "pay_by", "dispatch_by", "promised_by", "refund_by", "answer_by",
    "settlement", "payment_method", "instalments", "carrier", "parcels", "partial", "order_class",
)  # fmt: skip


def values(reading: Reading) -> list[Value]:
    """Every value that was read from a mail, with its proof."""
    if reading.own or reading.verdict.kind is Kind.OTHER:
        return []
    return list(_values(reading))


def _values(reading: Reading) -> Iterator[Value]:
    finding: Finding = reading.finding
    seller = reading.verdict.seller
    if seller is not None:
        yield Value("seller", seller.value.name, seller.quote, seller.reader)
    several = chain(
        (("item", item) for item in finding.items), (("tracking_number", number) for number in finding.tracking_numbers)
    )
    for name, stated in chain(((name, getattr(finding, name)) for name in PLAIN), several):
        if isinstance(stated, Stated):
            yield Value(name, stated.value, stated.quote, stated.reader)
    for contact in finding.contacts:
        yield Value("contact", contact.value, contact.quote, "generic")


def words(value: object, language: str, today: date) -> str:
    """A value as a reader of the language expects it, fit for a page."""
    if isinstance(value, Money):
        return render.money(value, language)
    if isinstance(value, date):
        return render.day(value, language, "dated" if value.year != today.year else "short", today)
    if isinstance(value, Span):
        return render.span(value, language)
    if isinstance(value, StrEnum):
        return render.word("settlement" if isinstance(value, Settlement) else "order_class", value.value, language)
    if isinstance(value, bool):
        return render.message("web.yes" if value else "web.no", language)
    return render.code(str(value), 120)


# -- text ---------------------------------------------------------------------------------------------------------


def mail(store: Store, identity: str) -> Mail | None:
    """The kept mail, read again from its bytes; None where it is not kept."""
    content, row = store.raw(identity), store.mail(identity)
    if content is None or row is None:
        return None
    raw = RawMail("", "", 0, 0, row.received_at, content, len(content), store.left_out(identity))
    return parse.mail(raw, now=row.received_at)


def original(store: Store, reading: Reading) -> Original | None:
    """A mail as it may be shown, with the words marked that prove its values; None where it is not kept."""
    found = mail(store, reading.identity)
    if found is None:
        return None
    proofs = values(reading)
    text = found.text[:LONGEST]
    subject, in_subject = marked(found.header.subject, proofs)
    pieces, in_text = marked(text, proofs)
    return Original(
        identity=reading.identity,
        subject=subject,
        sender=_address(found.header.sender.name, found.header.sender.email),
        to=", ".join(_address(to.name, to.email) for to in found.header.to[:5]),
        pieces=pieces,
        quoted=render.mask_cards(found.quoted[:LONGEST]),
        html=bool(found.html.strip()),
        files=tuple(File(safe_name(a.name), render.one_line(a.content_type, 60), a.size) for a in found.attachments),
        values=tuple(proofs),
        unproven=frozenset(value.name for value in proofs) - in_subject - in_text,
        cut=len(found.text) > LONGEST,
        left_out=tuple(render.one_line(name, 120) for name in found.left_out),
    )


def _address(name: str, email: str) -> str:
    shown = render.one_line(name, 80)
    return f"{shown} ({render.one_line(email, 120)})" if shown and shown != email else render.one_line(email, 120)


def marked(text: str, proofs: Sequence[Value]) -> tuple[tuple[Piece, ...], frozenset[str]]:
    """The text in pieces, the quoted words apart, and the names of the values whose words were found.

    A quote is found whatever blanks and line breaks stand between its words; of several places all are marked, ten at
    most. Outside of marks, and in marks that are no order or tracking number, card numbers are hidden.
    """
    spans: list[tuple[int, int, str]] = []
    found: set[str] = set()
    for proof in proofs:
        for start, end in _places(text, proof.quote):
            spans.append((start, end, proof.name))
            found.add(proof.name)
    cuts = sorted({0, len(text), *(edge for start, end, _ in spans for edge in (start, end))})
    pieces: list[Piece] = []
    for start, end in pairwise(cuts):
        names = tuple(dict.fromkeys(name for first, last, name in spans if first <= start and end <= last))
        part = text[start:end]
        if not {"order_number", "tracking_number"} & set(names):
            part = render.mask_cards(part)
        if pieces and pieces[-1].names == names:
            pieces[-1] = Piece(pieces[-1].text + part, names)
        elif part:
            pieces.append(Piece(part, names))
    return tuple(pieces), frozenset(found)


def _places(text: str, quote: str) -> list[tuple[int, int]]:
    parts = quote.strip().rstrip("…").split()
    if not parts or len(quote) > 2_000:
        return []
    pattern = re.compile(r"\s+".join(re.escape(part) for part in parts))
    return [match.span() for _, match in zip(range(10), pattern.finditer(text), strict=False)]


_NAME = re.compile(r"[\x00-\x1f\x7f<>:\"|?*]")


def safe_name(name: str, limit: int = 120) -> str:
    """The name of an attached file without any folder, control character or leading dot; never empty."""
    last = render.one_line(name, 2_000).replace("\\", "/").rpartition("/")[2]
    last = _NAME.sub("", last).strip().lstrip(". ")
    return (last if len(last) <= limit else last[: limit - 20] + "…" + last[-19:]) or "file"


# -- HTML ---------------------------------------------------------------------------------------------------------

TAGS = frozenset(
    {
        *("a", "abbr", "b", "bdi", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup", "dd"),
        *("del", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "ins", "li", "ol", "p", "pre"),
        *("q", "s", "small", "span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u"),
        *("ul", "font", "img"),
    }
)
ATTRIBUTES = {
    "td": {"colspan", "rowspan", "align", "valign"},
    "th": {"colspan", "rowspan", "align", "valign"},
    "ol": {"start"},
    "img": {"alt"},
    "*": {"dir", "lang"},
}
"""No `style` and no `class`: what a mail's styles could draw or ask for is not worth what they could do. No `href`, no
`src`: nothing here leads or asks anywhere."""

SWALLOWED = frozenset({"script", "style", "title", "head", "template", "noscript", "svg", "math", "iframe", "object",
                       "embed", "select", "textarea", "button", "audio", "video", "canvas", "map"})  # fmt: skip
"""Elements that go with all that is in them."""

_BETWEEN = re.compile(r">([^<]+)")
_NUMBER = re.compile(r"\d{1,2}")


def safe_html(html: str) -> str:
    """A mail's HTML with nothing left that acts or asks for anything: text, tables, lists, emphasis.

    A picture becomes its description; a link its words. Card numbers are hidden.
    """
    import nh3

    def attribute(tag: str, name: str, value: str) -> str | None:
        if name in ("colspan", "rowspan", "start"):
            return value if _NUMBER.fullmatch(value) else None
        if name in ("align", "valign", "dir"):
            return value if value.isalpha() and len(value) < 10 else None
        if name == "lang":
            return value if re.fullmatch(r"[A-Za-z-]{2,12}", value) else None
        return value[:300]

    cleaned = nh3.clean(
        html[: LONGEST * 5],
        tags=set(TAGS),
        clean_content_tags=set(SWALLOWED),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=attribute,
        strip_comments=True,
        link_rel=None,
        url_schemes=set(),
        generic_attribute_prefixes=set(),
    )
    cleaned = _IMAGE.sub(_described, cleaned)
    return _BETWEEN.sub(lambda match: ">" + render.mask_cards(match[1]), ">" + cleaned)[1:]


_IMAGE = re.compile(r"<img(?: [^<>]*)?>")
_ALT = re.compile(r'\balt="([^"]*)"')


def _described(match: re.Match[str]) -> str:
    found = _ALT.search(match[0])
    return f"<span>[{found[1]}]</span>" if found and found[1].strip() else ""


def html_of(store: Store, identity: str) -> str | None:
    """The mail's HTML made safe; None where the mail is not kept or has none."""
    found = mail(store, identity)
    return safe_html(found.html) if found is not None and found.html.strip() else None
