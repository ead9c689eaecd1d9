"""A whole mail: bytes to `Mail`. In charge of choosing what is shown among the parts, and of putting headers, text,
quotations, forwarded mail, delivery reports and attachments together. Bounded in size and time, never raises.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone

from monitor.parse import html as markup
from monitor.parse import quotes
from monitor.parse.charsets import clean, decode, one_line
from monitor.parse.headers import cut, fields, from_block, text_of
from monitor.parse.reports import from_daemon
from monitor.parse.tree import Part, parts
from monitor.types import Attachment, Authentication, Header, Mail, RawMail

MAX_TEXT = 4 * 1024 * 1024  # octets of encoded text that are read of one mail
MAX_TOTAL = 3_000_000  # characters of text that a mail may have
MAX_PDF = 3 * 1024 * 1024  # octets of files that are kept of one mail: a receipt has some 100 KB
MAX_RETURNED = 8_000
KEPT_TYPES = ("application/pdf", "application/x-pdf")


@dataclass(slots=True)
class _Budget:
    """What may still be read of one mail, so that many large parts cost no more than one."""

    defects: list[str] = field(default_factory=list)
    octets: int = MAX_TEXT
    attachments: int = MAX_PDF

    def note(self, words: str) -> None:
        if words not in self.defects:
            self.defects.append(words)


@dataclass(slots=True)
class _Shown:
    """What the parts seen so far show. `text` still carries the marks of `html.text`."""

    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    inner: Part | None = None  # the first attached mail
    report: bool = False
    spare: Part | None = None  # a text that is called an attachment, for mails with no other text

    def weight(self) -> int:
        return sum(map(_weight, self.texts))


def mail(raw: RawMail, *, now: datetime, authserv_id: str | None = None) -> Mail:
    """The `Mail` in these bytes. Never raises: what is broken is read as far as possible and named in `defects`.

    `now` is the moment of taking in, for mails that carry no date at all.
    """
    content = raw.content
    begins = cut(content)
    head = from_block(begins[0], authserv_id=authserv_id)
    budget = _Budget()
    root = parts(content, budget.defects, begins)
    shown = _show(root, budget)
    forwarded: Header | None = None
    depth = 0
    while shown.inner is not None and not shown.report and depth < 40:
        inner = shown.inner
        forwarded = replace(
            from_block(inner.block),
            authentication=Authentication.NONE,
            authentication_detail="forwarded as an attachment",
        )
        attachments = shown.attachments
        shown = _show(inner, budget)
        shown.attachments = attachments + shown.attachments
        depth += 1
    text = "\n\n".join(text for text in shown.texts if text)
    if len(text) > MAX_TOTAL or text.count("\n") > quotes.MAX_LINES:
        budget.note("a very long text was read only in its beginning")
        text = text[:MAX_TOTAL]
    quoted = ""
    if shown.report or from_daemon(head):  # its "quotation" is the letter that came back
        if failed := dict(fields(root.block)).get(b"x-failed-recipients"):  # Exim says it nowhere else
            text = f"X-Failed-Recipients: {text_of(failed[:2000])}\n\n{text}"
        text = text.replace(markup.CELL, "\t").replace(markup.QUOTE_BEGIN, "").replace(markup.QUOTE_END, "")
    else:
        outer = forwarded or head
        where = _zone(outer.sent_at)
        split = quotes.split(text, outer.subject, where, answers=bool(outer.references))
        text, quoted = _unmarked(split.own), _unmarked(split.quoted)
        forwarded = split.forwarded or forwarded
    return Mail(
        header=head,
        received_at=raw.received_at or head.received_at or head.sent_at or now,
        text=text,
        html="\n".join(shown.htmls),
        attachments=tuple(shown.attachments),
        forwarded=forwarded,
        quoted=quoted,
        left_out=raw.left_out,
        defects=tuple(budget.defects),
    )


def _unmarked(text: str) -> str:
    """Without the marks of a quotation that stands within a row of cells, where it ends no line."""
    return text.replace(markup.QUOTE_BEGIN, "").replace(markup.QUOTE_END, "")


def _zone(moment: datetime | None) -> timezone | None:
    offset = moment.utcoffset() if moment else None
    return timezone(offset) if offset is not None and abs(offset) < timedelta(hours=24) else None


def _show(root: Part, budget: _Budget) -> _Shown:
    shown = _render(root, budget)
    if not any(shown.texts) and shown.spare is not None:
        _text(shown.spare, shown, budget)
    return shown


def _render(part: Part, budget: _Budget) -> _Shown:
    """What one part shows, with all below it. Depth is bounded by `tree`."""
    shown = _Shown()
    kind = part.content_type
    if kind == "multipart/alternative":
        _alternative(part, shown, budget)
    elif kind == "multipart/report" or (kind.startswith("multipart/") and _is_report(part)):
        _report(part, shown, budget)
    elif kind.startswith("multipart/"):
        for child in part.children:
            _add(shown, _render(child, budget))
    elif kind in ("message/rfc822", "message/global"):
        _attach(part, shown, budget)
        shown.inner = part.children[0] if part.children else None
    elif kind in ("text/plain", "text/html", "application/xhtml+xml") or (kind == "text/enriched"):
        if part.disposition == "attachment" or (part.name and part.disposition != "inline" and kind != "text/html"):
            _attach(part, shown, budget)
            shown.spare = part if part.end - part.start < 400_000 else None
        else:
            _text(part, shown, budget)
    else:
        _attach(part, shown, budget)
    return shown


def _add(shown: _Shown, other: _Shown) -> None:
    shown.texts += other.texts
    shown.htmls += other.htmls
    shown.attachments += other.attachments
    shown.inner = shown.inner or other.inner
    shown.report = shown.report or other.report
    shown.spare = shown.spare or other.spare


def _alternative(part: Part, shown: _Shown, budget: _Budget) -> None:
    """Of several versions of one text the HTML, unless it says much less than the plain one.

    Shops write their HTML with care and let a program make the rest: often a stub, an empty part, or the text of
    another template; and the HTML keeps its rows and cells. Plain text gains length from what is no content (labels
    repeated, links, rules), so the HTML has to say far less before it counts as the stub of the two.
    """
    best: _Shown | None = None
    for child in sorted(part.children, key=_is_plain):  # which need not be read where the HTML wins whatever it says
        if best is not None and best.htmls and _is_plain(child) and _outweighs(best, child, budget):
            continue
        one = _render(child, budget)
        shown.attachments += one.attachments
        shown.inner = shown.inner or one.inner
        shown.spare = shown.spare or one.spare
        shown.htmls += one.htmls
        if not any(one.texts):
            continue
        if best is None:
            best = one
        elif one.htmls and not best.htmls:
            if one.weight() * 5 >= best.weight() * 2:
                best = one
        elif best.htmls and not one.htmls:
            if best.weight() * 5 < one.weight() * 2:
                best = one
        elif one.weight() > best.weight():
            best = one
    if best is not None:
        shown.texts += best.texts


def _is_plain(part: Part) -> bool:
    return part.content_type == "text/plain" and part.disposition != "attachment" and not part.name


def _outweighs(best: _Shown, plain: Part, budget: _Budget) -> bool:
    """Whether HTML wins against a plain text of which no more is known than how many characters it has."""
    if plain.content(1000, [])[:200].lstrip()[:1] == b"<":  # HTML under a wrong name
        return False
    weight = best.weight() * 5
    if weight >= min(plain.end - plain.start, budget.octets) * 2:  # no encoding has more characters than bytes
        return True
    data = plain.content(budget.octets, [])
    try:
        characters = len(data.decode())
    except UnicodeDecodeError:
        characters = len(data)
    return weight >= characters * 2


_LINK = re.compile(r"(?:[Hh]ttps?://|HTTPS?://|www\.)\S{1,2000}")
# Bytes of UTF-8 that count for nothing: ASCII but letters and digits, all but the first byte of a character, and the
# first byte of those from U+2000 to U+2FFF, which are signs, arrows and rules.
_WEIGHTLESS = bytes(c for c in range(256) if (c < 128 and not chr(c).isalnum()) or 128 <= c < 192 or c == 0xE2)


def _weight(text: str) -> int:
    """How much a text says: its letters and digits, addresses of pages not counted."""
    text = text[:400_000]
    if "://" in text or "www." in text:
        text = _LINK.sub("", text)
    return len(text.encode("utf-8", "replace").translate(None, _WEIGHTLESS))


def _is_report(part: Part) -> bool:
    return any(child.content_type == "message/delivery-status" for child in part.children)


def _report(part: Part, shown: _Shown, budget: _Budget) -> None:
    """A delivery report: the words for people, then the status fields, then the header of the returned letter."""
    shown.report = True
    for child in part.children:
        kind = child.content_type
        if kind in ("message/delivery-status", "message/global-delivery-status", "message/disposition-notification"):
            shown.texts.append(clean(decode(child.content(64_000, budget.defects))).strip())
        elif kind in ("message/rfc822", "message/global"):
            block = child.children[0].block if child.children else b""
            shown.texts.append(_returned(block))
            _attach(child, shown, budget)
        elif kind in ("text/rfc822-headers", "message/global-headers"):
            shown.texts.append(_returned(child.content(64_000, budget.defects).replace(b"\r\n", b"\n")))
        else:
            one = _render(child, budget)
            one.inner = None
            _add(shown, one)


def _returned(block: bytes) -> str:
    lines = [
        f"{one_line(name[:200].decode('ascii', 'replace')).title()}: {text_of(value[:2000])}"
        for name, value in fields(block)[:200]
    ]
    return "\n".join(lines)[:MAX_RETURNED]


def _attach(part: Part, shown: _Shown, budget: _Budget) -> None:
    content = None
    named_pdf = part.content_type == "application/octet-stream" and part.name.lower().endswith(".pdf")
    size = part.size()
    if (part.content_type in KEPT_TYPES or named_pdf) and size <= budget.attachments:
        content = part.content(2 * MAX_PDF, budget.defects)
        size = len(content)
        budget.attachments -= size
    shown.attachments.append(Attachment(part.name, part.content_type, size, content))


_LOOKS_LIKE_HTML = re.compile(r"\s{0,200}(?:<!doctype\s+html|<html[\s>]|<(?:body|head|table|div)[\s>])", re.IGNORECASE)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s{0,3}=\s{0,3}[\"']?([\w.:-]{1,40})", re.IGNORECASE)


def _text(part: Part, shown: _Shown, budget: _Budget) -> None:
    if budget.octets <= 0:
        budget.note("a very long text was read only in its beginning")
        return
    data = part.content(budget.octets, budget.defects)
    budget.octets -= part.end - part.start
    is_html = part.content_type != "text/plain"
    label = part.charset
    if not label and (is_html or data[:200].lstrip()[:1] == b"<") and (meta := _META_CHARSET.search(data[:4096])):
        label = meta[1].decode("ascii", "replace")
    decoded = decode(data, label, budget.defects)
    if is_html or _LOOKS_LIKE_HTML.match(decoded):
        shown.htmls.append(decoded)
        shown.texts.append(clean_marked(markup.text(decoded)))
        return
    if part.params.get("format", "").lower() == "flowed":
        decoded = _unflowed(decoded, part.params.get("delsp", "").lower() == "yes")
    shown.texts.append(_plain(clean(decoded)))


def clean_marked(text: str) -> str:
    """`clean` for text whose marks must survive: `html.text` has already removed what nobody sees."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


_TABS = re.compile("\t{2,}")


def _plain(text: str) -> str:
    out: list[str] = []
    for line in text.split("\n"):
        line = line.rstrip()
        if "\t" in line:  # tabs that indent say nothing; tabs that line up columns are cells
            line = _TABS.sub("\t", line.lstrip("\t"))
        if line or (out and out[-1]):
            out.append(line)
    return "\n".join(out).strip("\n")


def _unflowed(text: str, delsp: bool) -> str:
    """format=flowed (RFC 3676): a line that ends in a space goes on in the next of the same quote depth."""
    out: list[str] = []
    open_depth = -1
    for line in text.replace("\r\n", "\n").split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        soft = bare.endswith(" ") and bare != "-- "
        shown = bare[:-1] if soft and delsp else bare
        if open_depth == depth and out:
            out[-1] += shown
        else:
            out.append(">" * depth + (" " if depth else "") + shown)
        open_depth = depth if soft else -1
    return "\n".join(out)
