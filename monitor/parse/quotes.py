"""Own words, quoted mail, forwarded mail. In charge of cutting a text into what its writer wrote and what he quotes,
and of reading the header that an inline forward carries. Works on lines; knows the phrases of mail programs, which
are few, and nothing of shops.

Nothing is cut when there is nothing above it: a mail that is all quotation is a forward, or has no other content.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timezone
from functools import cache

from monitor.knowledge import patterns
from monitor.knowledge.patterns import Worded
from monitor.parse.charsets import one_line
from monitor.parse.headers import addresses
from monitor.parse.html import CELL, QUOTE_BEGIN, QUOTE_END
from monitor.parse.moments import spoken
from monitor.types import Address, Authentication, Header

MAX_LINES = 20_000

# "---------- Forwarded message ---------" and its kin, without the dashes, stars and colons around them.
_FORWARD_LINE = Worded(r"[\s>*_=-]{0,60}<forwarded>[\s*_=:.：-]{0,60}\Z", re.IGNORECASE)
_ORIGINAL_LINE = Worded(r"[\s>*_=-]{1,60}<original>[\s*_=:：-]{1,60}\Z", re.IGNORECASE)


@cache
def _mark() -> re.Pattern[str]:
    """Begins either; the letters with which one can begin (or an inner choice) pass over most lines at once."""
    words = "|".join((*patterns.words("forwarded"), *patterns.words("original")))
    letters = "".join(sorted(set(re.findall(r"[|(:](\w)", f"|{words}"))))
    return Worded(rf"[\s>*_=-]{{0,60}}(?=[{letters}])(?:<forwarded>|<original>)", re.IGNORECASE).re


_FORWARD_SUBJECT = Worded(
    r"\s{0,3}[\[(]?<forward_prefix>\s?(?:\[\d{1,3}\])?[\])]?\s{0,2}[:：]|\s{0,3}\[<forward_tag>\]", re.IGNORECASE
)
_REPLY_SUBJECT = Worded(r"\s{0,3}<reply_prefix>\s?(?:\[\d{1,3}\])?\s{0,2}[:：]", re.IGNORECASE)

# The line above a quotation. Each alternative ends the line (or the two or three lines it was wrapped to).
_ATTRIBUTION = Worded(r"<wrote>\s?[:：]?\Z", re.IGNORECASE)
_ENDS_LIKE_ATTRIBUTION = Worded(r"<wrote_ends>\s?[:：]\Z", re.IGNORECASE)
_BEGINS_ATTRIBUTION = Worded(r"<wrote_begins>|\d{4}[년年./-]|.{0,40}<[^<>\s]{3,80}@", re.IGNORECASE)
_HAS_DATE_OR_ADDRESS = re.compile(r"\d{1,4}.{0,120}\d{1,2}|@")

_FIELD_NAMES = ("from", "date", "to", "subject", "cc", "reply-to")
_FIELD = Worded(
    r"[\s>*|]{0,12}(?:(?P<from><field_from>)|(?P<date><field_date>)|(?P<to><field_to>)|(?P<subject><field_subject>)"
    r"|(?P<cc><field_cc>)|(?P<reply_to><field_reply_to>))"
    rf"\s{{0,3}}\*{{0,2}}\s{{0,2}}(?:[:：]\*{{0,2}}|{CELL}|\t)\s{{0,3}}(?P<value>.{{0,500}})\Z",
    re.IGNORECASE,
)


DEEPEST = 3  # forwards within a forward that are looked into


@dataclass(slots=True)
class Split:
    """`own`: what the mail itself says (of a forward: what it passes on). `quoted`: the rest."""

    own: str
    quoted: str
    forwarded: Header | None = None


def split(text: str, subject: str, where: timezone | None = None, *, answers: bool = False) -> Split:
    """Cuts a text (with the marks of `html.text`, or plain) as the module says. `where` is the writer's time zone.

    `answers`: its header says that it answers another mail. Only then, or below an "On ... wrote:", are lines that
    begin with ">" a quotation; elsewhere shops point with them at links.
    """
    answers = answers or _REPLY_SUBJECT.re.match(subject) is not None
    # What a quotation can begin with: a line with a mark, one that ends in a colon, a header block whose From has an
    # address. Most mails of shops have none of it, and their lines need not be looked at one by one.
    lines = text.split("\n")[:MAX_LINES]
    marks, blocks = any(map(_mark().match, lines)), "@" in text
    colons = ":\n" in text or "：\n" in text or text.endswith(_COLONS)
    if not (marks or blocks or colons or answers or QUOTE_BEGIN in text or QUOTE_END in text):
        return Split(_tidy(lines), "")
    if (marks or blocks) and (forward := _forward(lines, subject, where, marks=marks, blocks=blocks)):
        return forward
    own: list[str] = []
    quoted: list[str] = []
    depth = 0
    index = 0
    ends = frozenset(at for at, line in enumerate(lines) if line.endswith(_COLONS)) if colons else frozenset()
    while index < len(lines):
        line = lines[index]
        if line == QUOTE_BEGIN:
            depth += 1
        elif line == QUOTE_END:
            depth = max(0, depth - 1)
        elif depth:
            quoted.append(line)
        elif answers and line.startswith(">"):
            quoted.append(line.lstrip("> "))
        elif (index in ends or index + 1 in ends or index + 2 in ends) and (taken := _attribution(lines, index)):
            quoted += lines[index : index + taken]
            index += taken
            answers = True
            if not _quote_follows(lines, index):  # no marks: all below it is the quotation
                quoted += [line for line in lines[index:] if line not in (QUOTE_BEGIN, QUOTE_END)]
                break
            continue
        elif (marks and _ORIGINAL_LINE.re.match(line)) or (blocks and _starts_block(lines, index)):
            quoted += [line for line in lines[index:] if line not in (QUOTE_BEGIN, QUOTE_END)]
            break
        else:
            own.append(line)
        index += 1
    if not any(line.strip() for line in own):
        return Split(_tidy(_unmarked(lines)), "")
    return Split(_tidy(own), _tidy(quoted))


def _unmarked(lines: list[str]) -> list[str]:
    return [
        line.lstrip("> ") if line.startswith(">") else line for line in lines if line not in (QUOTE_BEGIN, QUOTE_END)
    ]


def _tidy(lines: list[str]) -> str:
    """Lines as text: cells apart by tabs, no blank line at either end, none after another."""
    out: list[str] = []
    for line in lines:
        line = line.replace(CELL, "\t").rstrip()
        if line or (out and out[-1]):
            out.append(line)
    return "\n".join(out).strip("\n")


_COLONS = (":", "：")


def _attribution(lines: list[str], index: int) -> int:
    """How many lines the "On ... wrote:" here takes; 0 if there is none. One of the next three ends in a colon."""
    line = lines[index].strip()
    if len(line) < 6 or len(line) > 400:
        return 0
    joined = line
    for taken in (1, 2, 3):
        if taken > 1:
            if index + taken > len(lines):
                return 0
            following = lines[index + taken - 1].strip()
            if not following or len(following) > 300:
                return 0
            joined += " " + following
        ends = _ENDS_LIKE_ATTRIBUTION.re.search(joined)
        if ends and _HAS_DATE_OR_ADDRESS.search(joined) and _ATTRIBUTION.re.match(joined):
            if taken > 1 and not _begins_attribution(line):
                return 0
            return taken
    return 0


def _begins_attribution(line: str) -> bool:
    return _BEGINS_ATTRIBUTION.re.match(line) is not None


def _quote_follows(lines: list[str], index: int) -> bool:
    for line in lines[index : index + 4]:
        if line.strip():
            return line.startswith(">") or line == QUOTE_BEGIN
    return False


def _starts_block(lines: list[str], index: int) -> bool:
    """Whether a header block of a quoted mail begins here: From with an address, and two more fields right below."""
    line = lines[index]
    if ":" not in line and CELL not in line and "：" not in line and "\t" not in line:
        return False
    first = _FIELD.re.match(line)
    if first is None or not (first["from"] or first["date"]):
        return False
    found = _block(lines, index)
    return found is not None and len(found[0]) >= 3 and "@" in found[0].get("from", "")


def _block(lines: list[str], index: int, *, wrapped: bool = True) -> tuple[dict[str, str], int] | None:
    """The fields of the header block here, and the line behind it. `wrapped`: long values may go on below."""
    found: dict[str, str] = {}
    last = ""
    at = index
    blank = 0
    while at < len(lines) and at < index + 30:
        line = lines[at]
        bare = line.strip(" >*|" + CELL)
        if not bare or line in (QUOTE_BEGIN, QUOTE_END):
            blank += 1
            if len(found) >= 3 or blank > (2 if found else 4):
                break
            at += 1
            continue
        field = _FIELD.re.match(line)
        if field is None:
            if (
                wrapped
                and found
                and last
                and not blank
                and at == index + len(found)
                and len(bare) < 300
                and last in ("to", "cc", "subject", "from")
            ):
                found[last] += " " + bare  # a long value, wrapped
                at += 1
                index += 1
                continue
            break
        name = next(name for name in _FIELD_NAMES if field[name.replace("-", "_")])
        if name in found:
            break
        found[name] = field["value"].replace(CELL, " ").strip(" *")
        last = name
        if not found[name] and at + 1 < len(lines) and not _FIELD.re.match(lines[at + 1]):
            found[name] = lines[at + 1].strip(" >*|" + CELL)  # the value stands on the next line
            at += 1
            index += 1
        if blank:
            index += blank
            blank = 0
        at += 1
    return (found, at) if "from" in found and len(found) >= 2 else None


def _forward(
    lines: list[str], subject: str, where: timezone | None, *, marks: bool, blocks: bool, depth: int = 0
) -> Split | None:  # fmt: skip
    """The forwarded mail that these lines pass on, if they do; of one that was passed on twice the innermost.

    `marks`, `blocks`: whether any line has a mark of a forwarded mail, or an address.
    """
    wants = _FORWARD_SUBJECT.re.match(subject) is not None
    replies = _REPLY_SUBJECT.re.match(subject) is not None
    nothing_above = True
    for index, line in enumerate(lines[:400]):
        bare = line.strip()
        if not bare or bare in (QUOTE_BEGIN, QUOTE_END):
            continue
        if not (marks or wants or nothing_above):
            return None
        marked = marks and _FORWARD_LINE.re.match(line) is not None
        original = marks and not marked and _ORIGINAL_LINE.re.match(line) is not None
        if marked or (original and (wants or (nothing_above and not replies))):
            begin = index + 1
        elif blocks and (wants or (nothing_above and not replies)) and _starts_block(lines, index):
            begin = index
        else:
            nothing_above = False
            continue
        while begin < len(lines) and (not lines[begin].strip(" >") or lines[begin] in (QUOTE_BEGIN, QUOTE_END)):
            begin += 1
        if begin >= len(lines) or (found := _block(lines, begin)) is None:
            if original:
                nothing_above = False
                continue
            return None
        named, end = found
        inner = _unmarked(lines[end:])
        if not any(line.strip() for line in inner) and (found := _block(lines, begin, wrapped=False)) is not None:
            named, end = found  # no blank line stands between the fields and the text
            inner = _unmarked(lines[end:])
        if not any(line.strip() for line in inner):
            return None
        body = _tidy(inner)
        if depth < DEEPEST and _FORWARD_SUBJECT.re.match(named.get("subject", "")):
            marks, blocks = any(map(_mark().match, inner)), "@" in body
            if deeper := _forward(inner, named["subject"], where, marks=marks, blocks=blocks, depth=depth + 1):
                return deeper
        return Split(body, "", _inner_header(named, body, where))
    return None


def _inner_header(named: dict[str, str], body: str, where: timezone | None) -> Header:
    """The header that a forward states in its text. Nobody vouches for it."""
    sender = _address(named.get("from", ""))
    sent = spoken(named.get("date", ""), where)
    subject = one_line(named.get("subject", ""))
    words = "\n".join((named.get("from", ""), named.get("date", ""), subject, body[:2000]))
    return Header(
        identity=hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:32],
        message_id=None,
        references=(),
        sender=sender,
        reply_to=_address(named["reply-to"]) if named.get("reply-to") else None,
        to=tuple(a for a in addresses(named.get("to", "").encode("utf-8", "replace")) if a.email),
        subject=subject,
        sent_at=sent,
        received_at=None,
        content_type="",
        bulk=False,
        auto_submitted=False,
        advert=False,
        authentication=Authentication.NONE,
        authentication_detail="forwarded: nobody vouches for its sender",
    )


def _address(value: str) -> Address:
    value = re.sub(r"\[?mailto:([^\]\s>]{1,200})\]?", r"\1", value)
    found = addresses(value.encode("utf-8", "replace"))
    return next((a for a in found if a.email), found[0] if found else Address("", ""))
