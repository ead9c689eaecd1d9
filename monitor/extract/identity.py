"""Who the seller is, from the foot of his mail: company, representative, register number, permit, address, phone.

In charge of finding the foot (it is where an official number stands behind its label), of telling its parts apart
however they are separated, and of the check digit of the Korean 사업자등록번호. The labels are the `[identity]` tables
of the language files. Addresses and phones elsewhere in the mail are not the seller's, or are read by `contacts`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from monitor.extract.contacts import MAIL, phones
from monitor.extract.context import Context, quoted
from monitor.extract.pairs import Line
from monitor.knowledge import values
from monitor.knowledge.patterns import Worded
from monitor.types import SellerIdentity, Stated

READER = "generic"
ANCHORS = ("registration", "permit", "vat")
LABELS = ("name", "representative", *ANCHORS, "address", "phone", "email")
GAP = 3  # lines, empty ones included, from one label of a foot to the next
FOOT = 12  # lines between two official numbers of one foot at most
LONGEST = 120  # characters of a value

_BREAK = re.compile(r"[|•‖\t]|\s[/·–-]\s|\s{3}")
_LEAD = Worded(r"(?:<number_lead>|\s|[:：.#=·-])*")
_TAIL = " \t|/·,;:-([\n"
_HEAD = " \t|/·,;:-\n"
_KOREAN_NUMBER = re.compile(r"(?<!\d)(\d{3})\s?-?\s?(\d{2})\s?-?\s?(\d{5})(?!\d)")
_NUMBER = re.compile(r"(?=[^\d]{0,24}\d)[A-Za-z0-9가-힣一-龥][\w .\-/()제호第号號]{2,45}")
_AMOUNT = re.compile(r"[\d. ]+\.\d{2}")  # "VAT 1 234.50" is what was paid
_DIGITS = {"registration": 4, "permit": 4, "vat": 7}  # that a number has at least
_PERSON_KO = re.compile(r"[가-힣]{2,5}(?:\s?[,·、&]\s?[가-힣]{2,5}){0,3}(?![가-힣])")
_PERSON = re.compile(r"[^\W\d_][^\d|/:;<>@]{1,48}")
_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)


def valid_registration(number: str) -> bool:
    """Whether a Korean 사업자등록번호 (ten digits, with or without hyphens) has the right check digit.

    Weights 1 3 7 1 3 7 1 3 5, the tens of the ninth digit times five added once more; the tenth digit makes the sum
    a multiple of ten.
    """
    digits = [int(c) for c in number if c in "0123456789"]
    if len(digits) != 10:
        return False
    total = sum(digit * weight for digit, weight in zip(digits, _WEIGHTS, strict=False)) + digits[8] * 5 // 10
    return (total + digits[9]) % 10 == 0


@dataclass(frozen=True, slots=True)
class _Labels:
    """The labels of a language and of English: one pattern, and what each folded label names."""

    pattern: re.Pattern[str]
    anchors: re.Pattern[str]
    official: tuple[str, ...]  # of the anchors, in lower case, without blanks
    names: Mapping[str, str]
    forms: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Part:
    """A label with what stands behind it, up to the next label or separator."""

    name: str
    value: str
    quote: str
    line: int  # its place among the lines


def read(context: Context) -> SellerIdentity | None:
    """What the foot of a mail says of the seller; None where no official number stands in it."""
    labels = _labels(context.words.language)
    body = context.text.body
    tight = "".join(body.casefold().split())  # the pattern tries each of its labels at each letter: 0.3 ms a mail
    if not any(label in tight for label in labels.official) or not labels.anchors.search(body):
        return None
    lines = context.text.lines
    parts = [part for at, line in enumerate(lines) for part in _parts(at, line, lines, labels)]
    anchors = [
        part for part in parts if part.name in ANCHORS and _number(part.name, part.value, context.words.language)
    ]
    if not anchors:
        return None
    first, last = _extent(parts, anchors, lines)
    found: dict[str, Stated[str]] = {}
    for part in reversed([part for part in parts if first <= part.line <= last]):
        value = _value(part, context)
        if value:
            found.setdefault(part.name, Stated(value, quoted(part.quote, value), READER))
    if not any(name in found for name in ANCHORS):
        return None
    if "name" not in found and (named := _by_form(lines[max(0, first - GAP) : last + GAP + 1], labels)):
        found["name"] = named
    registration = found.get("registration")
    korean = registration is not None and _KOREAN_NUMBER.fullmatch(registration.value) is not None
    checked = context.words.language == "ko" and korean
    return SellerIdentity(
        **found, checksum_ok=valid_registration(registration.value) if registration and checked else None
    )


def _extent(parts: Sequence[_Part], anchors: Sequence[_Part], lines: Sequence[Line]) -> tuple[int, int]:
    """The first and the last line of the foot: the last one of the mail, as far as label follows upon label.

    Above it may stand the feet of forwarded mails and the buyer's own address and phone.
    """
    first = last = anchors[-1].line
    for anchor in reversed(anchors):
        if first - anchor.line > FOOT:
            break
        first = anchor.line
    places = sorted({part.line for part in parts})
    for place in reversed([place for place in places if place < first]):
        if lines[first].number - lines[place].number > GAP:
            break
        first = place
    for place in [place for place in places if place > last]:
        if lines[place].number - lines[last].number > GAP:
            break
        last = place
    return first, last


@cache
def _labels(language: str) -> _Labels:
    tables = [values.tables(language).get("identity", {})]
    if language != "en":
        tables.append(values.tables("en").get("identity", {}))
    names: dict[str, str] = {}
    for table in tables:
        for name in LABELS:
            for label in table.get(name, ()):
                names.setdefault(_fold(label), name)
    every = {_spelled(label) for table in tables for name in LABELS for label in table.get(name, ())}
    official = {label for table in tables for name in ANCHORS for label in table.get(name, ())}
    forms = sorted({form for table in tables for form in table.get("forms", ())}, key=len, reverse=True)
    return _Labels(
        _one_of(every),
        _one_of(map(_spelled, official)),
        _shortest({"".join(unicodedata.normalize("NFC", label).casefold().split()) for label in official}),
        names,
        re.compile(r"(?<![^\W_])(?:" + "|".join(map(re.escape, forms)) + r")(?![a-z])|[㈜㈔]"),
    )


def _shortest(labels: set[str]) -> tuple[str, ...]:
    """Those that contain none of the others: where none of them stands, none of all does."""
    return tuple(one for one in labels if not any(other in one for other in labels if other != one))


def _one_of(spelled: Iterable[str]) -> re.Pattern[str]:
    """Any of these labels, the longest first, as words of their own; "신고번호제2024-..." has no blank behind it."""
    listed = "|".join(sorted(spelled, key=lambda one: (-len(one), one)))
    return re.compile(r"(?<![^\W_])(?:" + listed + r")(?:(?![^\W\d_])|(?=제\s?\d))", re.IGNORECASE)


def _fold(label: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", label).casefold() if c.isalnum())


def _spelled(label: str) -> str:
    """A label as a pattern: blanks may be missing or there, between Hangul and Han anywhere."""
    out: list[str] = []
    for character in unicodedata.normalize("NFC", label):
        if character.isspace():
            out.append(r"\s?")
        else:
            out.append(re.escape(character) + (r"\s?" if character >= "\u1100" else ""))
    spelled = "".join(out)
    return spelled.removesuffix(r"\s?").replace(r"\s?\s?", r"\s?")


def _parts(at: int, line: Line, lines: Sequence[Line], labels: _Labels) -> Iterator[_Part]:
    """The labels of a line with their values; for a label alone on its line the value is the next line."""
    text = line.text
    marks = list(labels.pattern.finditer(text))[:30]
    for number, mark in enumerate(marks):
        name = labels.names.get(_fold(mark[0]))
        if name is None:
            continue
        end = marks[number + 1].start() if number + 1 < len(marks) else len(text)
        lead = _LEAD.re.match(text, mark.end(), end)
        start = lead.end() if lead else mark.end()
        piece = text[start:end]
        cut = _BREAK.search(piece)
        piece = piece[: cut.start()] if cut else piece
        value = piece.lstrip(_HEAD).rstrip(_TAIL)[:LONGEST]
        if value:
            yield _Part(name, value, line.raw[mark.start() : start + len(piece.rstrip(_TAIL))], at)
        elif end == len(text) and at + 1 < len(lines):
            below = lines[at + 1]
            if not labels.pattern.match(below.text):
                yield _Part(name, below.text[:LONGEST].lstrip(_HEAD).rstrip(_TAIL), f"{line.raw} {below.raw}", at + 1)


def _value(part: _Part, context: Context) -> str:
    """The value of a part, "" where what stands there is none."""
    if part.name in ANCHORS:
        return _number(part.name, part.value, context.words.language)
    if part.name == "phone":
        return next(iter(phones(part.value, set())), "")
    if part.name == "email":
        match = MAIL.search(part.value)
        return match[0].lower() if match and match[0].lower() not in context.own else ""
    if part.name == "representative":
        person = (_PERSON_KO if "가" <= part.value[0] <= "힣" else _PERSON).match(part.value)
        return person[0].strip(_TAIL) if person else ""
    if part.name == "name":
        return part.value if 2 <= len(part.value) <= 60 and any(map(str.isalpha, part.value)) else ""
    return part.value if len(part.value) >= 6 and any(map(str.isalpha, part.value)) else ""


def _number(name: str, value: str, language: str) -> str:
    """The official number that a value begins with, "" if it does not."""
    if language == "ko" and (korean := _KOREAN_NUMBER.match(value)):
        return korean[0]
    match = _NUMBER.match(value)
    if match is None:
        return ""
    number = match[0]
    # without the words behind the last digit, but with what closes it: "제2024-서울강남-01234호", "HRB 12345 B"
    last = max(at for at, c in enumerate(number) if c.isdigit()) if any(map(str.isdigit, number)) else -1
    rest = re.match(r"\s?(?:호|号|號)|[A-Za-z](?![A-Za-z])|\s[A-Z](?![A-Za-z])", number[last + 1 :])
    number = number[: last + 1] + (rest[0] if rest else "")
    enough = _DIGITS[name] <= sum(map(str.isdigit, number))
    return number if enough and not _AMOUNT.fullmatch(number) else ""


def _by_form(lines: Sequence[Line], labels: _Labels) -> Stated[str] | None:
    """A company by its legal form: "(주)한빛상회", "Lindner GmbH"; the last of the foot."""
    for line in reversed(lines):
        mark = labels.pattern.search(line.text)
        text = line.text[: mark.start()] if mark else line.text
        for piece in re.split(r"[|•‖\t©,]|\s[/·–-]\s|\s{3}", text):
            name = piece.lstrip(_HEAD).rstrip(_TAIL)
            digits = sum(map(str.isdigit, name))
            if 3 <= len(name) <= 60 and len(name.split()) <= 8 and digits < 4 and labels.forms.search(name):
                return Stated(name, quoted(line.original(name)), READER)
    return None
