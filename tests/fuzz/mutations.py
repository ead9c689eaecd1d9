"""Changes that keep a mail a mail: its headers, parts, charsets, encodings, tags, and the words that readers look for.

In charge of going deep: random bytes hardly ever make a table whose label is known. Reads the words from the language
files, so that new languages and labels are tried too.
"""

from __future__ import annotations

import base64
import quopri
import random
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from monitor.knowledge import words

CHARSETS = (
    "utf-8", "euc-kr", "cp949", "ks_c_5601-1987", "iso-2022-jp", "iso-2022-kr", "shift_jis", "gb18030", "big5", "utf-7",
    "utf-16", "utf-16-le", "hz", "iso-8859-1", "us-ascii", "x-unknown", "idna", "unicode_escape", "\"", "",
)  # fmt: skip
ENCODINGS = ("base64", "quoted-printable", "8bit", "7bit", "binary", "x-uuencode", "bas64", "")
TYPES = (
    "text/plain", "text/html", "multipart/mixed", "multipart/alternative", "multipart/related", "multipart/report",
    "multipart/digest", "message/rfc822", "message/delivery-status", "application/pdf", "application/octet-stream",
    "text/calendar", "application/xhtml+xml", "text/plain; format=flowed; delsp=yes", "text", "/",
)  # fmt: skip
FIELDS = (
    "From", "Sender", "To", "Cc", "Reply-To", "Subject", "Date", "Message-ID", "References", "In-Reply-To", "Received",
    "Authentication-Results", "Precedence", "List-Id", "List-Unsubscribe", "Auto-Submitted", "X-Failed-Recipients",
    "Return-Path", "Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "X-Gmail-Labels",
)  # fmt: skip
TAGS = (
    "table", "tr", "td", "th", "div", "span", "p", "br", "dl", "dt", "dd", "pre", "blockquote", "a", "img", "b", "ul",
    "li", "style", "script", "svg", "template", "select", "textarea", "body", "html", "head", "h1", "font", "center",
    "input", "math", "frameset", "noscript", "plaintext", "xmp", "tbody", "colgroup", "form", "button", "iframe",
)  # fmt: skip
ATTRIBUTES = (
    'style="display:none"', 'style="display:flex"', 'style="display:inline-block"', 'style="float:left"',
    'style="font-size:0"', 'style="max-height:0;overflow:hidden"', 'style="display:table-row"', "hidden",
    'align="left"',
    'class="gmail_quote"', 'id="divRplyFwdMsg"', 'type="cite"', 'alt="주문번호 20261122-0001"', "style", 'colspan="9"',
    'href="https://t.example/track?no=123456789012"', 'href="mailto:help@shop.example"', 'itemprop="orderNumber"',
    'itemscope itemtype="http://schema.org/Order"', 'itemprop="price" content="1e9"', 'href="tel:+82-2-123-4567"',
)  # fmt: skip
VALUES = (
    "12,000원", "₩12,000", "￦１２，０００", "$1,234.56", "1.234,56 €", "CHF 1'299.95", "-5 EUR", "1만 2천원",
    "3.5만원", "¥1,200",
    "1 234,56 zł", "USD", "$", "(12.00)", "9" * 30, "0", "1e400", "2026-11-22", "11월 22일(일)", "22. November 2026",
    "11/12/2026",
    "Nov 31", "2026年13月45日", "3~5 business days", "내일", "morgen", "in 99 Tagen", "0 days", "29 February",
    "9999-12-31",
    "20261122-0001234", "#1042", "SPC-118-9983", "1Z999AA10123456784", "RR123456785KR", "4111 1111 1111 1111",
    "012-34-56789",
    "02-1234-5678", "420900019405511899223197428490", "CONFIRMED", "12개월", "İ" * 9, "ß", "ﬁ", "a\u0308",
    "\u200b1\u200c2\u200d",
    "\u202e", "\u3164", "½", "²", "①", "٣٤", "१२", "𝟙𝟚", "㎏", "㋿", "ﷺ", "\ud7a3", "ᄀ" * 4, "e\u0301" * 20,
    '{"@context":"http://schema.org","@type":"Order","orderNumber":"7","price":"1e9999","priceCurrency":"KRW"}',
    '<script type="application/ld+json">{"@context":"http://schema.org","@type":["Order"],"seller":[{"name":1}],'
    '"orderStatus":{"@id":[1]},"orderDelivery":[{"trackingNumber":{"@value":[2]},"expectedArrivalUntil":"2026-02-30"}]}</script>',
    "---------- Forwarded message ---------\nFrom: A <a@b.example>\nDate: 1 Nov 2026\nSubject: A\nTo: c@d.example\n\n",
    "On 1 Nov 2026 at 10:00, A <a@b.example> wrote:\n> ", "-----Original Message-----\n",
    "http://schema.org/OrderCancelled",
)  # fmt: skip

Change = Callable[[random.Random, bytes], bytes]


@cache
def vocabulary() -> tuple[str, ...]:
    """Every word and phrase of the language files."""
    found: dict[str, None] = {}
    for path in sorted(Path(words.FOLDER).glob("*.toml")):
        for text in _strings(tomllib.loads(path.read_text("utf-8"))):
            found[text] = None
    return tuple(found)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def change(content: bytes, chance: random.Random, others: list[bytes], longest: int) -> bytes:
    """The mail with one to six changes."""
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        if chance.random() < 0.08 and others:
            content = _splice(chance, content, chance.choice(others))
        else:
            content = chance.choice(CHANGES)(chance, content)
        if len(content) > longest:
            content = content[:longest]
    return content


def _cut(content: bytes) -> tuple[bytes, bytes, bytes]:
    for end in (b"\r\n\r\n", b"\n\n"):
        head, found, body = content.partition(end)
        if found:
            return head, found, body
    return content, b"\n\n", b""


def _place(chance: random.Random, content: bytes) -> int:
    """Anywhere, more often at a line's beginning or behind a tag or colon."""
    at = chance.randrange(len(content) + 1)
    if chance.random() < 0.7:
        found = content.find(chance.choice((b"\n", b">", b":", b" ", b"--", b"=")), at)
        at = found + 1 if found >= 0 else at
    return at


def _word(chance: random.Random) -> str:
    return chance.choice(VALUES) if chance.random() < 0.45 else chance.choice(vocabulary())


def _encoded(text: str, chance: random.Random) -> bytes:
    return text.encode(chance.choice(("utf-8", "utf-8", "utf-8", "cp949", "utf-16-le")), "replace")


def _insert_words(chance: random.Random, content: bytes) -> bytes:
    glue = chance.choice((" ", ": ", "\t", "\n", "", "：", " | ", "</td><td>", "<br>", "."))
    text = glue.join(_word(chance) for _ in range(chance.randrange(1, 8)))
    at = _place(chance, content)
    return content[:at] + _encoded(text, chance) + content[at:]


def _insert_tags(chance: random.Random, content: bytes) -> bytes:
    pieces: list[str] = []
    for _ in range(chance.randrange(1, 10)):
        tag = chance.choice(TAGS)
        attributes = " ".join(chance.choice(ATTRIBUTES) for _ in range(chance.choice((0, 0, 1, 2))))
        pieces.append(f"<{tag} {attributes}>{_word(chance) if chance.random() < 0.6 else ''}")
        if chance.random() < 0.6:
            pieces.append(f"</{chance.choice((tag, tag, chance.choice(TAGS)))}>")
    at = _place(chance, content)
    return content[:at] + "".join(pieces).encode() + content[at:]


def _table(chance: random.Random, content: bytes) -> bytes:
    rows = "".join(
        "<tr>" + "".join(f"<td>{_word(chance)}</td>" for _ in range(chance.randrange(1, 5))) + "</tr>"
        for _ in range(chance.randrange(1, 8))
    )
    at = _place(chance, content)
    return content[:at] + f"<table>{rows}</table>".encode() + content[at:]


def _field(chance: random.Random, content: bytes) -> bytes:
    """A header field added, as mails write them: plain, folded, as encoded-words, in 8 bits."""
    text = " ".join(_word(chance) for _ in range(chance.randrange(1, 5))).replace("\n", " ")
    charset = chance.choice(CHARSETS)
    try:
        raw = text.encode(charset or "utf-8", "replace")
    except (LookupError, UnicodeError):
        raw = text.encode()
    form = chance.randrange(5)
    if form == 0:
        value = b"=?%s?B?%s?=" % (charset.encode(), base64.b64encode(raw))
    elif form == 1:
        value = b"=?%s?Q?%s?=" % (charset.encode(), quopri.encodestring(raw, header=True).replace(b"=\n", b""))
    elif form == 2:
        value = b"\r\n ".join(raw.split(b" "))
    elif form == 3:
        value = b'"%s" <a@%s.example>, <b@c.example>; d' % (raw, raw[:9])
    else:
        value = raw
    head, gap, body = _cut(content)
    line = chance.choice(FIELDS).encode() + b": " + value
    return (line + b"\r\n" + head if chance.random() < 0.5 else head + b"\r\n" + line) + gap + body


def _kind(chance: random.Random, content: bytes) -> bytes:
    """Another type, charset or encoding over the same bytes."""
    line = f"Content-Type: {chance.choice(TYPES)}; charset={chance.choice(CHARSETS)}; boundary=b\r\n"
    line += f"Content-Transfer-Encoding: {chance.choice(ENCODINGS)}\r\n"
    if chance.random() < 0.3:
        line += f"Content-Disposition: {chance.choice(('attachment', 'inline', 'x'))}; filename*=utf-8''%ea%b0\r\n"
    return line.encode() + content


def _reencode(chance: random.Random, content: bytes) -> bytes:
    head, gap, body = _cut(content)
    form = chance.randrange(3)
    if form == 0:
        body, name = base64.encodebytes(body), b"base64"
    elif form == 1:
        body, name = quopri.encodestring(body), b"quoted-printable"
    else:
        charset = chance.choice(CHARSETS)
        try:
            body = body.decode("utf-8", "replace").encode(charset, "replace")
        except (LookupError, UnicodeError):
            return content
        return b"Content-Type: text/html; charset=%s\r\n" % charset.encode() + head + gap + body
    return b"Content-Transfer-Encoding: " + name + b"\r\n" + head + gap + body


def _wrap(chance: random.Random, content: bytes) -> bytes:
    """The mail as a part of another."""
    kind = chance.choice(TYPES[2:9]).encode()
    mark = b"%d" % chance.randrange(3)
    head = b"From: Shop <a@shop.example>\r\nSubject: Fwd: order\r\n"
    if kind == b"message/rfc822":
        return head + b"Content-Type: message/rfc822\r\n\r\n" + content
    part = chance.choice((b"Content-Type: message/rfc822\r\n\r\n", b"", b"\r\n")) + content
    parts = [part, b"Content-Type: " + chance.choice(TYPES).encode() + b"\r\n\r\n" + _word(chance).encode()]
    chance.shuffle(parts)
    lines = b"".join(b"--" + mark + b"\r\n" + one + b"\r\n" for one in parts)
    return head + b"Content-Type: " + kind + b"; boundary=" + mark + b"\r\n\r\n" + lines + b"--" + mark + b"--"


def _repeat(chance: random.Random, content: bytes) -> bytes:
    """A piece many times over: what is not linear shows here."""
    start = _place(chance, content)
    piece = content[start : start + chance.choice((1, 2, 3, 5, 8, 13, 30, 80, 300))]
    times = 1 << chance.randrange(1, 17 if chance.random() < 0.1 else 7)  # bombs are slow, and stay among the seeds
    if chance.random() < 0.3:
        piece = _word(chance).encode() + chance.choice((b"", b" ", b"\n", b"\t", b":"))
    times = min(times, 1 + 200_000 // max(1, len(piece)))
    return content[:start] + piece * times + content[start:]


def _drop(chance: random.Random, content: bytes) -> bytes:
    start = _place(chance, content)
    return content[:start] + content[start + chance.choice((1, 2, 5, 20, 100, 1000)) :]


def _bytes(chance: random.Random, content: bytes) -> bytes:
    start = _place(chance, content)
    return content[:start] + chance.randbytes(chance.choice((1, 1, 2, 4, 16))) + content[start + chance.randrange(3) :]


def _splice(chance: random.Random, content: bytes, other: bytes) -> bytes:
    here, there = _place(chance, content), _place(chance, other)
    return content[:here] + other[there : there + chance.choice((50, 500, 5000))] + content[here:]


CHANGES: tuple[Change, ...] = (
    _insert_words, _insert_words, _insert_words, _insert_tags, _insert_tags, _table, _field, _field, _kind, _reencode,
    _wrap, _repeat, _repeat, _drop, _drop, _bytes, _bytes,
)  # fmt: skip
