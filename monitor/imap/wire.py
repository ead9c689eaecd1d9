"""Reads FETCH answers fast: the lines and literals after a `UID FETCH a:b (...)` -> one `Fetched` per mail.

imaplib's reading costs 15 us a line and imapclient's lexer 45 to 160 us a mail; here the shape in which servers answer
takes one regular expression, other mails with one literal take three, and everything else goes through a small complete
tokenizer of RFC 3501 section 9. A test holds both against imapclient's answers on a real server. It knows no socket.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Protocol

Piece = bytes | tuple[bytes, bytes] | None
"""One element of imaplib's data: a line, or (line up to and with `{n}`, the n bytes of the literal)."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What the server said of one mail. `sections` holds the text of each asked section by its name as sent
    (`HEADER`, ``, `1.MIME`); a section that came as NIL is not in it."""

    uid: int
    received_at: datetime | None
    size: int
    flags: tuple[bytes, ...]
    sections: dict[bytes, bytes]


class Source(Protocol):
    """Where answers come from; see `line`."""

    def readline(self) -> bytes:
        """One line with its end."""

    def read(self, size: int) -> bytes:
        """So many bytes."""


_FETCH = re.compile(rb"\* (\d+) FETCH (?=\()", re.IGNORECASE)
_END = re.compile(rb"\{(\d{1,19})\+?\}\r\n\Z")
# what is asked for, in the order in which it is asked: so most servers answer
_USUAL = re.compile(
    rb"\* \d+ FETCH \(UID (\d{1,10}) FLAGS \(([^)]*)\) INTERNALDATE \"([^\"]{26})\" RFC822\.SIZE (\d{1,19}) "
    rb"BODY\[([A-Z0-9.]*)\] \{(\d{1,19})\}\r\n"
)
_SIZES = re.compile(
    rb"\* \d+ FETCH \((?:UID (\d{1,10}) RFC822\.SIZE (\d{1,19})|RFC822\.SIZE (\d{1,19}) UID (\d{1,10}))\)\r\n"
)


def answer(source: Source, tag: bytes) -> tuple[list[Fetched], str, bytes]:
    """The mails of one FETCH up to the line that ends it, then its status (OK, NO, BAD) and the server's own words.

    What a server says unasked in between is passed over. Raises `IMAP4.abort` where it says goodbye or garbage.
    """
    mails: list[Fetched] = []
    end = tag + b" "
    readline, read = source.readline, source.read
    while True:
        line = readline()
        if usual := _USUAL.fullmatch(line):
            literal = read(int(usual[6]))
            rest = readline()
            if rest == b")\r\n":
                mails.append(Fetched(
                    int(usual[1]), internal_date(usual[3]), int(usual[4]), tuple(usual[2].split()), {usual[5]: literal}
                ))  # fmt: skip
                continue
            mail = _any(source, line, literal, rest)
            if mail is not None:
                mails.append(mail)
        elif line.startswith(b"* "):
            mail = _any(source, line)
            if mail is not None:
                mails.append(mail)
        elif line.startswith(end):
            status, _, said = _whole(line)[len(end) :].strip().partition(b" ")
            return mails, status.decode("ascii", "replace").upper(), said
        elif not _whole(line).startswith(b"+"):
            raise imaplib.IMAP4.abort("unexpected response")


def _any(source: Source, line: bytes, literal: bytes | None = None, rest: bytes = b"") -> Fetched | None:
    """The mail of an untagged answer of any form, its further lines and literals read; None if it is about none."""
    if sizes := _SIZES.fullmatch(line):
        return Fetched(int(sizes[1] or sizes[4]), None, int(sizes[2] or sizes[3]), (), {})
    group: list[Piece] = []
    if literal is not None:
        group.append((line[:-2], literal))
        line = rest
    while mark := _END.search(line):
        group.append((line[:-2], source.read(int(mark[1]))))
        line = source.readline()
    group.append(_whole(line).rstrip(b"\r\n"))
    head = group[0]
    first = head[0] if isinstance(head, tuple) else head or b""
    if first[2:6].upper() == b"BYE ":
        raise imaplib.IMAP4.abort(first[6:].decode("utf-8", "replace"))
    is_fetch = _FETCH.match(first)
    if is_fetch is None:
        return None
    # as imaplib gives it: the number, then what stands in brackets
    start = is_fetch[1] + b" " + first[is_fetch.end() :]
    group[0] = (start, head[1]) if isinstance(head, tuple) else start
    return next(fetched(group), None)


def _whole(line: bytes) -> bytes:
    if not line:
        raise imaplib.IMAP4.abort("the connection ended")
    if not line.endswith(b"\n"):
        raise imaplib.IMAP4.abort("unterminated line")
    return line


_ONE_LITERAL = re.compile(rb"\d+ \(([^\"{]*(?:\"[^\"]*\"[^\"{]*)?)BODY\[([A-Z0-9.]*)\](?:<\d+>)? \{\d+\+?\}")
_TAIL = re.compile(rb"([^\"{(]*(?:\([^\"{()]*\)[^\"{(]*)?(?:\"[^\"]*\"[^\"{]*)?)\)")
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"RFC822\.SIZE (\d{1,19})")
_FLAGS = re.compile(rb"FLAGS \(([^)]*)\)")
_DATE = re.compile(rb"INTERNALDATE \"([^\"]{20,40})\"")


def fetched(data: Sequence[Piece]) -> Iterator[Fetched]:
    """Each mail of an answer. Answers without a UID (unasked flag changes) and garbage are passed over."""
    for group in _groups(data):
        mail = _plain(group) or _full(group)
        if mail is not None:
            yield mail


def _groups(data: Iterable[Piece]) -> Iterator[list[bytes | tuple[bytes, bytes]]]:
    """One list per `* n FETCH`: zero or more literals, then the line that ends it."""
    group: list[bytes | tuple[bytes, bytes]] = []
    for piece in data:
        if piece is None:
            continue
        group.append(piece)
        if isinstance(piece, bytes):
            yield group
            group = []


def _plain(group: list[bytes | tuple[bytes, bytes]]) -> Fetched | None:
    if len(group) != 2 or not isinstance(group[0], tuple) or not isinstance(group[1], bytes):
        return None
    line, literal = group[0]
    start, end = _ONE_LITERAL.fullmatch(line), _TAIL.fullmatch(group[1])
    if start is None or end is None:
        return None
    said = start[1] + end[1]
    uid = _UID.search(said)
    if uid is None:
        return None
    size, flags, date = _SIZE.search(said), _FLAGS.search(said), _DATE.search(said)
    return Fetched(
        int(uid[1]),
        internal_date(date[1]) if date else None,
        int(size[1]) if size else len(literal),
        tuple(flags[1].split()) if flags else (),
        {start[2]: literal},
    )


_MONTHS = {name: n for n, name in enumerate(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}


@lru_cache(maxsize=64)
def _zone(text: bytes) -> timezone:
    minutes = int(text[1:3]) * 60 + int(text[3:5])
    return timezone(timedelta(minutes=-minutes if text[:1] == b"-" else minutes))


def internal_date(text: bytes) -> datetime | None:
    """`17-Jul-1996 02:44:25 -0700` as an aware moment in UTC; None if it is no such thing."""
    text = text.strip()
    day, _, rest = text.partition(b"-")
    try:
        return datetime(
            int(rest[4:8]), _MONTHS[rest[:3].lower()], int(day),
            int(rest[9:11]), int(rest[12:14]), min(int(rest[15:17]), 59), tzinfo=_zone(rest[18:23]),
        ).astimezone(UTC)  # fmt: skip
    except (ValueError, KeyError, OverflowError):
        return None


_TOKEN = re.compile(rb"\s*(?:(\()|(\))|\"((?:[^\"\\]|\\.)*)\"|([^\s()\"]+))", re.S)
_ESCAPE = re.compile(rb"\\(.)", re.S)
_LITERAL_MARK = re.compile(rb"\{\d+\+?\}$")

Token = bytes | list["Token"] | None


def _full(group: list[bytes | tuple[bytes, bytes]]) -> Fetched | None:
    items = _items(group)
    if items is None:
        return None
    uid = size = 0
    date: datetime | None = None
    flags: tuple[bytes, ...] = ()
    sections: dict[bytes, bytes] = {}
    for key, value in items:
        name = key.upper()
        if name == b"UID" and isinstance(value, bytes) and value.isdigit():
            uid = int(value)
        elif name == b"RFC822.SIZE" and isinstance(value, bytes) and value.isdigit():
            size = int(value)
        elif name == b"INTERNALDATE" and isinstance(value, bytes):
            date = internal_date(value)
        elif name == b"FLAGS" and isinstance(value, list):
            flags = tuple(flag for flag in value if isinstance(flag, bytes))
        elif name.startswith(b"BODY[") and isinstance(value, bytes):
            sections[name[5:].partition(b"]")[0]] = value
    return Fetched(uid, date, size, flags, sections) if uid else None


def _items(group: list[bytes | tuple[bytes, bytes]]) -> list[tuple[bytes, Token]] | None:
    """The attribute-value pairs of one answer: `n (key value key value ...)`; None if it is not of that form."""
    tokens: list[tuple[str, bytes]] = []
    for piece in group:
        line = piece[0] if isinstance(piece, tuple) else piece
        at_literal = _LITERAL_MARK.search(line) if isinstance(piece, tuple) else None
        end = at_literal.start() if at_literal else len(line)
        position = 0
        while position < end:
            match = _TOKEN.match(line, position, end)
            if match is None:
                break
            position = match.end()
            if match[1] or match[2]:
                tokens.append(("mark", match[1] or match[2]))
            elif match[3] is not None:
                tokens.append(("value", _ESCAPE.sub(rb"\1", match[3])))
            else:
                tokens.append(("atom", match[4]))
        if isinstance(piece, tuple):
            tokens.append(("value", piece[1]))
    if len(tokens) < 3 or tokens[1] != ("mark", b"("):
        return None
    values = _nested(tokens[1:])
    pairs: list[tuple[bytes, Token]] = []
    iterator = iter(values)
    for key in iterator:
        if not isinstance(key, bytes):
            return None
        # BODY[HEADER.FIELDS (DATE FROM)] is one key though it holds a list
        while b"[" in key and b"]" not in key:
            more = next(iterator, b"]")
            key += b" " + (more if isinstance(more, bytes) else b"()")
        pairs.append((key, next(iterator, None)))
    return pairs


def _nested(tokens: list[tuple[str, bytes]]) -> list[Token]:
    """Tokens from the opening bracket on as nested lists; NIL (an atom) becomes None. Unbalanced ends are closed."""
    root: list[Token] = []
    stack: list[list[Token]] = [root]
    for kind, text in tokens:
        if text == b"(" and kind == "mark":
            inner: list[Token] = []
            stack[-1].append(inner)
            stack.append(inner)
        elif kind == "mark":
            stack.pop()
            if len(stack) <= 1:
                break
        else:
            stack[-1].append(None if kind == "atom" and text.upper() == b"NIL" else text)
    first = root[0] if root else []
    return first if isinstance(first, list) else []


def uid_set(uids: Sequence[int], *, limit: int = 6000) -> Iterator[tuple[bytes, list[int]]]:
    """Ascending UIDs as IMAP sets (`1:5,9,11:20`) of at most `limit` bytes, each with the UIDs that it asks for.

    Servers cap a command line (Dovecot: 64 KB; others less); ranges keep a full window at a dozen bytes.
    """
    parts: list[bytes] = []
    asked: list[int] = []
    length = index = 0
    while index < len(uids):
        end = index
        while end + 1 < len(uids) and uids[end + 1] == uids[end] + 1:
            end += 1
        part = b"%d" % uids[index] if end == index else b"%d:%d" % (uids[index], uids[end])
        if parts and length + len(part) > limit:
            yield b",".join(parts), asked
            parts, asked, length = [], [], 0
        parts.append(part)
        asked += uids[index : end + 1]
        length += len(part) + 1
        index = end + 1
    if parts:
        yield b",".join(parts), asked
