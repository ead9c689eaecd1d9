"""What is to be replaced in a mail, found in its decoded headers and texts.

In charge of recognising: names by the header, by salutations and labels; addresses by labels, headings and postal
codes; telephones, mail addresses, cards, long numbers, Message-IDs and the tokens of links by their form; order and
parcel numbers by what the program itself reads. Amounts and dates are left: nothing could be learnt from the sample
without them. The sender's name and domain are left, too: the sample is of his mails.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise
from urllib.parse import unquote

from monitor import parse
from monitor.knowledge import domains, personal
from monitor.parse import html as markup
from monitor.parse.charsets import decode, decode_words
from monitor.parse.headers import cut, fields
from monitor.parse.tree import Part, parts
from monitor.types import Finding, Mail, RawMail


@dataclass(frozen=True, slots=True)
class Original:
    """A text to be replaced. `form`: name, line (of an address), email, token, number or tracking."""

    text: str
    form: str


KEPT_HEADERS = frozenset(
    b"from sender to cc reply-to subject date message-id references in-reply-to mime-version content-type list-id "
    b"content-transfer-encoding content-disposition content-language content-id precedence auto-submitted "
    b"list-unsubscribe authentication-results x-autoreply x-autorespond x-auto-response-suppress x-failed-recipients "
    b"thread-topic importance return-receipt-to".split()
)
_WITHOUT_VALUES = frozenset((b"date", b"content-type", b"content-transfer-encoding", b"mime-version"))

EMAIL = re.compile(r"[A-Za-z0-9._%+=-]{1,64}@[A-Za-z0-9.-]{1,120}\.[A-Za-z]{2,20}")
_PHONE = re.compile(
    r"(?<![\w.,-])(?:\+\d{1,3}[ .-]?)?(?:\(0?\d{1,5}\)[ .-]?|0\d{1,4}[ .-]|\d{3}[ .-])"
    r"\d{2,4}[ .-]\d{2,4}(?:[ .-]\d{2,4}){0,2}(?![\w-]|[.,]\d)"
)
_CARD_END = re.compile(r"[*•●xX]{2,16}[ -]?(\d{3,4})(?!\d)")
_NUMBER = re.compile(r"(?<![\w.,])[A-Za-z0-9]{1,24}(?:[-_/][A-Za-z0-9]{1,24}){0,6}(?![A-Za-z0-9_]|[.,]\d)")
_DATE = re.compile(r"(?:19|20)\d\d[-./]?\d{1,2}[-./]?\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:19|20)?\d\d|20\d{6}T?\d{0,6}")
_MONEY = re.compile(r"\s?(?:원|円|元|won|yen|krw|jpy|usd|eur|€|\$|₩|￦|¥|￥|£)", re.IGNORECASE)
_AMOUNT = re.compile(r"[\d.,' ]{1,20}")
_URL = re.compile(r"https?://[^\s\"'<>()\[\]{}|\\^`]{4,2000}", re.IGNORECASE)
_WORD = re.compile(r"[a-z]{1,20}|[A-Z][a-z]{1,15}|\d{1,3}|utf-?8|[a-z]{1,15}[-_][a-z]{1,15}(?:[-_][a-z]{1,15})?")
_IP = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])")
_TAGS = re.compile(r"<[^<>]{0,20000}>")
_KOREAN_NAME = re.compile(r"(?<![가-힣])([가-힣]{2,5}) {0,2}(?:고객|회원)?님(?![가-힣]{3})")
_JAPANESE_NAME = re.compile(
    r"(?:^|[\n\t： :])([^\s\d、。,:：]{1,8}[ 　]?[^\s\d、。,:：]{1,8}) {0,2}[様样](?![々子態式])"
)


@cache
def _salutation() -> re.Pattern[str]:
    leads = "|".join(map(re.escape, personal.load().salutations))
    return re.compile(
        rf"(?:^|\n)\s{{0,5}}(?:{leads}) {{1,3}}([^\n\t,!.:;，！。、]{{2,40}}?)(?= {{0,2}}[,!.:;，！。、\n]|$)"
    )


def find(content: bytes, finding: Finding, *, own: Sequence[str], now: datetime) -> list[Original]:
    """All that is to be replaced in a mail, each once, the longest first."""
    mail = parse.mail(RawMail("anonymize", "", 0, 0, None, content), now=now)
    header = mail.forwarded or mail.header
    kept = _Kept(mail)
    texts = [*decoded(content), mail.text, mail.quoted]
    found: dict[str, Original] = {}

    def add(text: str, form: str) -> None:
        text = text.strip()
        if len(text) > 1 and not kept.holds(text, form) and any(map(str.isalnum, text)):
            found.setdefault(text, Original(text, form))

    for parcel in finding.tracking_numbers:
        add(parcel.value, "tracking")
    if finding.order_number is not None:
        add(finding.order_number.value, "number")
    visible = [text for text in texts if "</" not in text]  # what else there is, is source of HTML
    names = [
        *own,
        *(a.name for a in (*header.to, *mail.header.to)),
        *(name for text in visible for name in _names(text)),
    ]
    for name in names:
        for piece in _name_pieces(name):
            add(piece, "email" if "@" in piece else "name")
    for text in visible:
        for line in _addresses(text.splitlines()):
            for piece in _as_written(line, texts):
                add(piece, "line")
    for text in texts:
        for form, each in _formed(text):
            add(each, form)
    for key, value in fields(cut(content)[0]):
        shown = decode(value)
        if key in (b"message-id", b"references", b"in-reply-to"):
            for identifier in re.findall(r"<([^<>\s]{3,250})>", shown):
                add(identifier, "token")
        elif key in KEPT_HEADERS - _WITHOUT_VALUES:
            for form, each in _formed(decode_words(shown)):
                add(each, form)
    return sorted(found.values(), key=lambda original: -len(original.text))


class _Kept:
    """What stays: the sender's name and domain, and the words of both."""

    def __init__(self, mail: Mail) -> None:
        header = mail.forwarded or mail.header
        self._domain = domains.registrable(header.sender.domain)
        self._private = domains.is_free_mail(header.sender.domain)
        self._name = header.sender.name.casefold()
        self._names = {header.sender.name.casefold(), *header.sender.name.casefold().split()} - {""}

    def holds(self, text: str, form: str) -> bool:
        """Whether an original is the sender's own, or no name at all."""
        folded = text.casefold()
        if form == "name":
            return folded in self._names or personal.fold(text) in personal.load().no_names
        if form == "line":
            return len(self._name) > 3 and self._name in folded
        if form == "email":
            local, _, domain = folded.rpartition("@")
            of_sender = not self._private and domains.registrable(domain) == self._domain
            return of_sender and re.fullmatch(r"[a-z][a-z._-]{1,30}", local) is not None
        return False


def _name_pieces(name: str) -> Iterator[str]:
    """A name whole, and its words, which stand alone in salutations."""
    name = " ".join(name.split()).strip(" .,:")
    if EMAIL.fullmatch(name):
        yield name
    if not name or "@" in name or any(map(str.isdigit, name)) or len(name) > 60:
        return
    yield name
    for word in name.split():
        if len(word) > (1 if word[0] >= "\u1100" else 2) and word[0] == word[0].upper():
            yield word


def _names(text: str) -> Iterator[str]:
    for pattern in (_salutation(), _KOREAN_NAME, _JAPANESE_NAME):
        for match in pattern.finditer(text[:60_000]):
            yield match[1]
    for line in text.splitlines()[:2000]:
        for label, value in _labelled(line):
            if personal.fold(label) in personal.load().names and len(value) < 60:
                yield re.sub(r"\s{0,2}(?:님|様|さま|样)$", "", value)


def _labelled(line: str) -> Iterator[tuple[str, str]]:
    """Label and value of a line: two cells, or "label: value" in a cell."""
    cells = [cell.strip() for cell in line[:600].split("\t") if cell.strip()]
    if len(cells) == 2:
        yield from pairwise(cells)
    for cell in cells:
        label, colon, value = cell.replace("：", ":", 1).partition(":")
        if colon and value.strip():
            yield label, value.strip()


def _addresses(lines: Sequence[str]) -> Iterator[str]:
    """Lines of addresses: behind a label, or below a heading up to the next blank line."""
    known = personal.load()
    at = 0
    while at < min(len(lines), 3000):
        line = lines[at]
        for label, value in _labelled(line):
            if personal.fold(label) in known.addresses | known.phones and not _is_other(value):
                yield value
        cells = [cell for cell in line.split("\t") if cell.strip()]
        at += 1
        if not cells or not all(personal.fold(cell) in known.addresses for cell in cells):
            continue
        for _ in cells:  # two headings side by side are followed by two blocks
            while at < len(lines) and not lines[at].strip():
                at += 1
            for _ in range(9):
                if at >= len(lines) or not lines[at].strip() or "\t" in lines[at].strip() or _is_other(lines[at]):
                    break
                if len(lines[at].strip()) > 70:
                    break  # a sentence, no line of an address
                label, colon, value = lines[at].partition(":")
                if colon and personal.fold(label) not in known.phones:
                    break
                yield value if colon else lines[at]
                at += 1


def _is_other(value: str) -> bool:
    """Whether what stands at an address' place is an amount, or another label."""
    folded = personal.fold(value)
    known = personal.load()
    if not folded or folded in known.addresses | known.names | known.phones:
        return True
    rest = _MONEY.sub("", value)
    return rest != value and _AMOUNT.fullmatch(rest.strip()) is not None


def _as_written(line: str, texts: Sequence[str]) -> Iterator[str]:
    """A line, or, where HTML has tags within it, the pieces between them."""
    line = line.strip()
    yield line
    for text in texts:
        if "</" in text:
            for piece in _TAGS.split(text):
                piece = " ".join(entities.unescape(piece).split())
                if len(piece) > 2 and piece != line and piece in line:
                    yield piece


def _formed(text: str) -> Iterator[tuple[str, str]]:
    """What is known by its form alone."""
    for match in EMAIL.finditer(text):
        yield "email", match[0]
    for match in _URL.finditer(text.replace("&amp;", "&")):
        for token in tokens(match[0]):
            yield "token", token
    if "</" in text:
        return  # source of HTML: its texts come as lines, too
    text = _URL.sub(" ", text)
    for match in _PHONE.finditer(text):
        if not _DATE.fullmatch(match[0].strip()) and sum(map(str.isdigit, match[0])) >= 8:
            yield "number", match[0]
    for pattern, group in ((_CARD_END, 1), (_IP, 0)):
        for match in pattern.finditer(text):
            yield "number", match[group]
    for match in _NUMBER.finditer(text):
        token = match[0]
        digits = sum(map(str.isdigit, token))
        if digits < 5 or digits * 3 < len(token) or _DATE.fullmatch(token):
            continue
        if not (_MONEY.match(text, match.end()) or _MONEY.match(text[max(0, match.start() - 1) : match.start()])):
            yield "number", token


def tokens(link: str) -> Iterator[str]:
    """The pieces of a link that may say who it was made for: long ones, ones with digits, values of queries."""
    _, _, rest = link.partition("://")
    host, _, path = rest.partition("/")
    if host.endswith(("w3.org", "schema.org")):
        return  # names of vocabularies, the same in all mails
    path, _, query = path.partition("?")
    query, _, fragment = query.partition("#")
    for label in host.split(".")[:-2]:
        if len(label) > 15 and any(map(str.isdigit, label)):
            yield label
    for piece in re.split(r"[/;#]", path):
        stem = piece.rpartition(".")[0] or piece
        digits = any(map(str.isdigit, stem))
        if (len(stem) > 7 and digits and not _DATE.fullmatch(stem)) or (len(stem) > 30 and stem.count("-") < 3):
            yield stem
    for pair in re.split(r"[&;]", query):
        name, sign, value = pair.partition("=")
        value = value if sign else name
        for each in {value, unquote(value)}:
            if len(each) > 2 and not _WORD.fullmatch(each) and "/" not in each[:8]:
                yield each
    if len(fragment) > 7 and any(map(str.isdigit, fragment)):
        yield fragment


# --- the texts of a mail ---------------------------------------------------------------------------------------------


def decoded(content: bytes) -> list[str]:
    """Every text part of a mail, decoded; of HTML the visible text, then the source."""
    return [text for part in leaves(parts(content, [])) for text in shown(part)]


def shown(part: Part) -> Iterator[str]:
    """The texts of one part."""
    if part.content_type.startswith("text/"):
        text = decode(part.content(10_000_000, []), part.charset)
        if part.content_type == "text/html":
            visible = markup.text(text).replace(markup.CELL, "\t")
            yield visible.replace(markup.QUOTE_BEGIN, "").replace(markup.QUOTE_END, "")
        yield text


def leaves(part: Part) -> Iterable[Part]:
    """The parts that have content of their own."""
    if not part.children:
        yield part
    for child in part.children:
        yield from leaves(child)
