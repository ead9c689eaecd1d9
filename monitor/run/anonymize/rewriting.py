"""The bytes of a mail with replacements in them; boundaries, charsets and transfer encodings as they were.

In charge of headers (encoded words are decoded, replaced, and encoded again), of text parts, of HTML (tags stay, their
links and texts are replaced), of attached mails, and of emptying attached files. The chain of Received lines is cut to
the date of the newest; headers that only carry traces of the way are dropped.
"""

from __future__ import annotations

import base64
import binascii
import html as entities
import json
import quopri
import re
from collections.abc import Iterator
from urllib.parse import unquote

from monitor.parse.charsets import codec, decode, decode_words
from monitor.parse.headers import cut
from monitor.parse.tree import Part, parts
from monitor.run.anonymize.originals import KEPT_HEADERS, leaves, shown
from monitor.run.anonymize.replacing import Replacements

_BOUNDARY = re.compile(r"(?i)(?<=[;\s])boundary\*?0?\*?\s{0,3}=")
_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:")
_ENCODED = r"=\?([\w.:-]{1,40})(?:\*[\w-]{1,20})?\?([bBqQ])\?[^?\s]{0,600}\?="
_WORDS = re.compile(rf"{_ENCODED}(?:[ \t\r\n]{{1,8}}{_ENCODED.replace('(', '(?:').replace('(?:?:', '(?:')})*")


def rewrite(content: bytes, replacements: Replacements) -> bytes:
    """A whole mail with the replacements in it."""
    block, start = cut(content)
    if not _FIELD.match(block.lstrip(b"\n")):
        block, start = b"", 0
    head = _header(content[:start], replacements, top=True) if start else b""
    return head + _body(parts(content, []), content, replacements, start, len(content))


# --- headers ---------------------------------------------------------------------------------------------------------


def _header(raw: bytes, replacements: Replacements, *, top: bool) -> bytes:
    """A header block, blank line included, with its line ends as they were."""
    out = []
    received = False
    results = False
    for field in _fields(raw):
        match = _FIELD.match(field)
        name = match[1].lower() if match else b""
        if match is None:
            out.append(field if not field.strip() else b"")  # an mbox line, or garbage
            continue
        if top and name == b"received":
            if not received and b";" in field:
                end = b"\r\n" if field.endswith(b"\r\n") else b"\n"
                out.append(b"Received: by mx.example;" + field.rpartition(b";")[2].rstrip(b"\r\n") + end)
            received = True
            continue
        if top and name not in KEPT_HEADERS:
            continue
        if name == b"authentication-results":
            if results:
                continue
            results = True
        out.append(_value(field, replacements))
    return b"".join(out)


def _fields(raw: bytes) -> Iterator[bytes]:
    lines = raw.splitlines(keepends=True)
    at = 0
    while at < len(lines):
        end = at + 1
        while end < len(lines) and lines[end][:1] in b" \t" and lines[end].strip():
            end += 1
        yield b"".join(lines[at:end])
        at = end


def _value(field: bytes, replacements: Replacements) -> bytes:
    """A header field replaced. One in which nothing is replaced keeps its bytes."""
    charset = _charset_of(field)
    whole = field.decode(charset)
    boundary = _BOUNDARY.search(whole)  # what the parts are told apart by stays
    text, kept = (whole[: boundary.start()], whole[boundary.start() :]) if boundary else (whole, "")

    def words(match: re.Match[str]) -> str:
        written = decode_words(match[0])
        made = replacements.apply(written)
        end = "\r\n " if "\r\n" in text else "\n "
        return match[0] if made == written else end.join(_encoded(made, match[1], match[2]))

    first = _WORDS.sub(words, text)
    # what is no encoded word; originals may be broken by folding
    pieces = re.split(r"(=\?[^\s?]{1,60}\?[bBqQ]\?[^?\s]{0,600}\?=)", first)
    done = "".join(piece if at % 2 else replacements.apply(piece) for at, piece in enumerate(pieces))
    if done == text:
        flat = re.sub(r"\r?\n[ \t]", " ", text)
        made = replacements.apply(flat) if "=?" not in flat else flat
        done = text if made == flat else made
    return field if done == text else (done + kept).encode(charset, "replace")


def _charset_of(data: bytes) -> str:
    for name in ("ascii", "utf-8", "cp949"):
        try:
            if data.decode(name).encode(name) == data:
                return name
        except UnicodeError:
            continue
    return "latin-1"


def _encoded(text: str, charset: str, how: str) -> list[str]:
    """A text as encoded words of at most 75 characters (RFC 2047)."""
    name = codec(charset) or "utf-8"
    words: list[str] = []
    piece = ""
    for sign in text:
        if len(_word(piece + sign, charset, name, how)) > 75 and piece:
            words.append(_word(piece, charset, name, how))
            piece = ""
        piece += sign
    return [*words, _word(piece, charset, name, how)]


def _word(text: str, charset: str, name: str, how: str) -> str:
    data = text.encode(name, "replace")
    if how in "bB":
        return f"=?{charset}?{how}?{base64.b64encode(data).decode()}?="
    safe = "".join(
        chr(byte) if chr(byte).isalnum() and byte < 128 else "_" if byte == 32 else f"={byte:02X}" for byte in data
    )
    return f"=?{charset}?{how}?{safe}?="


# --- parts -----------------------------------------------------------------------------------------------------------


def _body(part: Part, raw: bytes, replacements: Replacements, start: int, end: int) -> bytes:
    """The bytes from `start` to `end`, with every part in them replaced."""
    if not part.children:
        return _leaf(part, replacements) + raw[part.end : end]
    if part.children[0].raw is not raw:  # an attached mail in a transfer encoding
        inner = part.content(50_000_000, [])
        return _encode(rewrite(inner, replacements), part, raw[part.start : part.end]) + raw[part.end : end]
    out = []
    at = start
    for child in part.children:
        head = _head_of(raw, at, child)
        preamble = raw[at:head]
        out.append(preamble if b"\n--" in preamble or preamble.startswith(b"--") or not preamble.strip() else b"")
        out.append(_header(raw[head : child.start], replacements, top=part.content_type.startswith("message/")))
        out.append(_body(child, raw, replacements, child.start, child.end))
        at = child.end
    out.append(raw[at:end])
    return b"".join(out)


def _head_of(raw: bytes, at: int, child: Part) -> int:
    """Where a part's header begins: behind the boundary line, or at once."""
    line = at
    head = at
    while line < child.start:
        following = raw.find(b"\n", line, child.start)
        following = child.start if following < 0 else following + 1
        if raw[line : line + 2] == b"--":
            head = following
        line = following
    return head


def _leaf(part: Part, replacements: Replacements) -> bytes:
    raw = part.raw[part.start : part.end]
    if not part.content_type.startswith("text/"):
        if part.content_type.startswith("message/"):
            charset = _charset_of(raw)
            return replacements.apply(raw.decode(charset)).encode(charset, "replace")
        return _encode(b"removed", part, raw) if raw.strip() else raw
    data = part.content(50_000_000, [])
    name = _codec_of(part, data)
    text = data.decode(name, "surrogateescape")
    made = html(text, replacements) if part.content_type == "text/html" else replacements.apply(text)
    if made == text:
        return raw
    return _encode(_in_charset(made, name, as_html=part.content_type == "text/html"), part, raw)


def _codec_of(part: Part, data: bytes) -> str:
    """A codec that gives these bytes back: the declared one, else a guess."""
    for name in (codec(part.charset or "") or "", "utf-8", "cp949"):
        try:
            if name and data.decode(name).encode(name) == data:
                return name
        except (UnicodeError, LookupError):
            continue
    return "latin-1"


def _in_charset(text: str, name: str, *, as_html: bool) -> bytes:
    """A text in a codec; what the codec cannot write (an entity of HTML that was decoded) as a number, else as "?"."""
    try:
        return text.encode(name, "surrogateescape")
    except UnicodeEncodeError:
        pass
    signs = {}
    for sign in set(text):
        try:
            sign.encode(name, "surrogateescape")
        except UnicodeEncodeError:
            signs[ord(sign)] = f"&#{ord(sign)};" if as_html else "?"
    return text.translate(signs).encode(name, "surrogateescape")


def _encode(data: bytes, part: Part, before: bytes) -> bytes:
    """Content in the transfer encoding and with the line ends that the part had."""
    end = b"\r\n" if b"\r\n" in before else b"\n"
    tail = before[len(before.rstrip(b"\r\n")) :]
    if part.encoding == "base64":
        width = max((len(line) for line in before.split(end)[:50]), default=76) or 76
        plain = base64.b64encode(data)
        lines = [plain[at : at + width] for at in range(0, len(plain), width)] if width < 1000 else [plain]
        return end.join(lines) + tail
    if part.encoding == "quoted-printable":
        encoded = quopri.encodestring(data.replace(b"\r\n", b"\n"))
        return encoded.replace(b"\n", end).rstrip(b"\r\n") + tail
    if part.encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        rows = [binascii.b2a_uu(data[at : at + 45]) for at in range(0, len(data), 45)]
        return b"begin 644 removed" + end + b"".join(rows).replace(b"\n", end) + b"`" + end + b"end" + tail
    return data.rstrip(b"\r\n") + tail


# --- HTML ------------------------------------------------------------------------------------------------------------

_MARKUP = re.compile(
    r"(<!--.{0,200000}?-->|<(?:script|style)\b.{0,200000}?</(?:script|style)\s{0,5}>|<[^<>]{0,20000}>)", re.S | re.I
)
_ATTRIBUTE = re.compile(r"(=\s{0,3})(\"[^\"]{0,10000}\"|'[^']{0,10000}'|[^\s\"'<>]{1,5000})")


def html(text: str, replacements: Replacements) -> str:
    """HTML with the replacements in its texts, in the values of its attributes, and in its scripts and comments."""
    out = []
    for at, piece in enumerate(_MARKUP.split(text)):
        if at % 2 == 0:
            out.append(_unescaped(piece, replacements))
        elif piece[:4] == "<!--" or piece[:7].lower() in ("<script", "<style>", "<style "):
            out.append(_script(piece, replacements))
        else:
            out.append(_ATTRIBUTE.sub(lambda m: m[1] + _quoted(m[2], replacements), piece))
    return "".join(out)


def _quoted(written: str, replacements: Replacements) -> str:
    """An attribute's value, in its quotation marks if it has some."""
    if written[0] not in "\"'":
        return _unescaped(written, replacements)
    return written[0] + _unescaped(written[1:-1], replacements) + written[-1]


def _unescaped(text: str, replacements: Replacements) -> str:
    """A text with entities in it; one in which nothing is replaced stays as it is written."""
    if "&" not in text:
        return replacements.apply(text)
    plain = entities.unescape(text)
    made = replacements.apply(plain)
    return text if made == plain else entities.escape(made, quote=True).replace("\u00a0", "&nbsp;")


def _script(text: str, replacements: Replacements) -> str:
    made = replacements.apply(text)
    if "\\u" in made:  # JSON may write every character as its number
        made = re.sub(
            r'"(?:[^"\\]|\\.){0,5000}"',
            lambda m: _json_string(m[0], replacements) if "\\u" in m[0] else m[0],
            made,
        )
    return made


def _json_string(written: str, replacements: Replacements) -> str:
    try:
        plain = str(json.loads(written))
    except ValueError:
        return written
    made = replacements.apply(plain)
    return written if made == plain else json.dumps(made)


# --- the proof -------------------------------------------------------------------------------------------------------


def left(content: bytes, replacements: Replacements) -> tuple[str, ...]:
    """Originals that still stand somewhere: in the bytes, in a header, in a part as its source or as it is shown."""
    raw = decode(content)
    block, _ = cut(content)
    texts = [raw, unquote(raw), decode_words(re.sub(r"\r?\n[ \t]", " ", decode(block)))]
    for part in leaves(parts(content, [])):
        texts.append(decode_words(re.sub(r"\r?\n[ \t]", " ", decode(part.block))))
        for text in shown(part):
            texts += [text, entities.unescape(text), unquote(text)]
    whole = "\n".join(texts)
    return tuple(text for text in replacements.originals if stands(text, whole))


def stands(text: str, whole: str) -> bool:
    """Whether a text stands in another as a word of its own."""
    if text not in whole:
        return False
    start = r"(?<![A-Za-z0-9])" if text[0].isascii() and text[0].isalnum() else ""
    end = r"(?![A-Za-z0-9])" if text[-1].isascii() and text[-1].isalnum() else ""
    return re.search(f"{start}{re.escape(text)}{end}", whole) is not None
