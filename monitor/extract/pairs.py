"""A mail's text as lines, cells, and pairs of a label and its value, whatever layout they stand in.

In charge of finding that "69,000원" belongs to "결제금액": in one row of a table, in one column, behind a colon, behind
nothing but a space, or on the line below. Does not judge whether a value fits its field. Bounded: it looks at the
first 700 lines and at 1,500 characters of each.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from monitor import money
from monitor.extract.phrases import Hit, Phrase, lower
from monitor.extract.words import BULLET, LONGEST_LABEL, MEMO, Fields, Words, bare_label

MAX_LINES = 700
MAX_LINE = 1500
MAX_TEXT = 60_000
MAX_HTML = 400_000


class Pair(NamedTuple):
    """A label of the language files with the text that stands at its value's place, and the words of both."""

    fields: Fields
    value: str
    quote: str
    line: int
    how: str  # row, column, colon, below, space
    label: str = ""


class Line(NamedTuple):
    """One line of the text: folded to half width, its cells, and the same line as it stands."""

    number: int
    text: str
    cells: tuple[str, ...]
    raw: str

    def original(self, part: str) -> str:
        """A part of the folded text as it stands in the mail."""
        at = self.text.find(part)
        return self.raw[at : at + len(part)] if at >= 0 else part


@dataclass
class Text:
    """The lines of a mail, their pairs and the phrases in them. The subject is a line of its own, number -1."""

    words: Words
    subject: str
    body: str
    html: str = ""

    @cached_property
    def lines(self) -> list[Line]:
        """The lines that are not empty, without the subject."""
        out = []
        body = self.body[:MAX_TEXT]
        folded = money.fold(body)  # keeps every place
        raws = body.split("\n", MAX_LINES * 4)[: MAX_LINES * 4]
        wides = raws if folded is body else folded.split("\n", MAX_LINES * 4)
        for number, (raw, wide) in enumerate(zip(raws, wides, strict=False)):
            wide = wide[:MAX_LINE]
            text = wide.strip(" \r\f\v")
            if text and not text.isspace():
                lead = len(wide) - len(wide.lstrip(" \r\f\v")) if text != wide else 0
                cells = tuple(map(str.strip, text.split("\t"))) if "\t" in text else (text.strip(),)
                out.append(Line(number, text, cells, raw[lead : lead + len(text)]))
                if len(out) >= MAX_LINES:
                    break
        return out

    @cached_property
    def all_lines(self) -> list[Line]:
        """The subject, then the lines of the text."""
        return [Line(-1, self.subject, (self.subject,), self.subject), *self.lines]

    @cached_property
    def pairs(self) -> list[Pair]:
        """Every label with its value."""
        return list(_pairs(self.lines, self.tables, self.words))

    @cached_property
    def by_field(self) -> dict[str, list[Pair]]:
        """The pairs by the fields that their labels name."""
        out: dict[str, list[Pair]] = {}
        for pair in self.pairs:
            for name, _ in pair.fields:
                out.setdefault(name, []).append(pair)
        return out

    @cached_property
    def tables(self) -> list[Table]:
        """The tables with a header row."""
        return list(_tables(self.lines, self.words))

    @cached_property
    def links(self) -> list[str]:
        """Where the links of the HTML lead, as written there: web pages, mail addresses, telephone numbers."""
        html = self.html[:MAX_HTML]
        return (_ANY_HREF if "HREF" in html or "Href" in html else _HREF).findall(html)

    @cached_property
    def hits(self) -> dict[int, list[Hit]]:
        """The phrases of all lists by line number, places counted from the beginning of the line."""
        out: dict[int, list[Hit]] = {}
        for line, hit in map(self._in_line, self.words.phrases.find(self._whole, self._possible)):
            out.setdefault(line.number, []).append(hit)
        return out

    def places(self, name: str) -> list[tuple[Line, Hit]]:
        """Where the phrases of a list stand, in the order of the text, the subject's first.

        Each list is looked for when it is first asked for: most mails need few of them.
        """
        known = self._places.get(name)
        if known is None:
            possible = [phrase for phrase in self._possible if name in phrase.lists]
            found = self.words.phrases.find(self._whole, possible) if possible else []
            known = self._places[name] = [self._in_line(hit) for hit in found]
        return known

    @cached_property
    def _places(self) -> dict[str, list[tuple[Line, Hit]]]:
        return {}

    @cached_property
    def _whole(self) -> str:
        return lower("\n".join([line.text for line in self.all_lines]))

    @cached_property
    def _possible(self) -> list[Phrase]:
        return self.words.phrases.candidates(self._whole)

    @cached_property
    def _starts(self) -> list[int]:
        """Where in the whole each line begins."""
        return list(accumulate([len(line.text) + 1 for line in self.all_lines], initial=0))

    def _in_line(self, hit: Hit) -> tuple[Line, Hit]:
        at = bisect_right(self._starts, hit.start) - 1
        start = self._starts[at]
        return self.all_lines[at], Hit(hit.start - start, hit.end - start, hit.lists)


class Table(NamedTuple):
    """A column table: its header's fields by column, and its rows."""

    header: Line
    columns: tuple[Fields, ...]
    rows: tuple[Line, ...]


_ADDRESS = r"""\s{0,3}=\s{0,3}["']\s?((?i:https?:|mailto:|tel:)[^"'<>]{3,600})"""
_HREF, _ANY_HREF = re.compile(f"href{_ADDRESS}"), re.compile(f"(?i:href){_ADDRESS}")  # the first is four times as fast
_SPLIT = re.compile(r"\s*(?:[:：](?!//)|=(?!=)|\s[-–—]\s|[.·․…]{3,60})\s*")
_SPLITTING = ("=", "-", "–", "—", "…", "․", "·", "...")  # one of them, or a colon, is in each match of it
_COLON = re.compile(r"[:：](?!//)")
_BRACKETED = re.compile(r"^[\[【［「〔<《]\s?([^\[\]【】［］「」〔〕<>《》]{1,40})\s?[\]】］」〕>》]\s?[:：]?\s*(.*)$")


def _pairs(lines: list[Line], tables: list[Table], words: Words) -> Iterator[Pair]:
    in_table = {row.number: table for table in tables for row in table.rows}
    headers = {table.header.number for table in tables}
    for at, line in enumerate(lines):
        if line.number in headers:
            continue
        cells = line.cells
        if table := in_table.get(line.number):
            yield from _column_pairs(table, line)
        if len(cells) > 1:
            yield from _row_pairs(line, words)
        for cell in cells:
            if cell and cell not in words.mute:
                within = list(_inside(cell, line, words))
                yield from within
                if not within:  # shops write by templates: most of these come back in the next mail
                    if len(words.mute) > MEMO:
                        words.mute.clear()
                    words.mute.add(cell)
        if len(cells) == 1 or all(not c for c in cells[1:]) or _beside_buttons(cells, words):
            yield from _below(lines, at, words)


_NUMBERED = frozenset(("order_number", "tracking_number"))


def _beside_buttons(cells: tuple[str, ...], words: Words) -> bool:
    """Whether a label of a number has only words beside it ("Tracking number TAB Track package"): it stands below."""
    return (
        any(name in _NUMBERED for name, _ in words.fields_of[cells[0]])
        and not any(map(str.isdigit, "".join(cells)))
        and not any(words.fields_of[cell] for cell in cells[1:] if cell)
    )


def _row_pairs(line: Line, words: Words) -> Iterator[Pair]:
    """ "label TAB value", also several in one row, also with empty cells between."""
    cells = line.cells
    at = 0
    while at < len(cells) - 1:
        fields = words.fields_of[cells[at]]
        if not fields:
            at += 1
            continue
        label = bare_label(cells[at])
        following = at + 1
        while following < len(cells) and (not cells[following] or cells[following] in ":："):
            following += 1
        if following >= len(cells):
            return
        value = cells[following]
        if _is_label(value, fields, words):
            at = following  # two labels side by side
            continue
        last = cells[-1]
        if (
            following < len(cells) - 1
            and len(cells) > 3
            and any(n in ("total", "not_total", "refund") for n, _ in fields)
        ):
            # "Total TAB 3 TAB $45.00": the amount stands in the last cell
            yield Pair(fields, last, _quote(line, label, last), line.number, "row", label)
        yield Pair(fields, value.lstrip(":： "), _quote(line, label, value), line.number, "row", label)
        at = following + 1


def _is_label(text: str, fields: Fields, words: Words) -> bool:
    """Whether what stands at a value's place is itself a label. "Rechnung" is one, but behind "Zahlungsart" a value."""
    if any(map(str.isdigit, text)) or not words.fields_of[text]:
        return False
    if any(name == "payment_method" for name, _ in fields):
        hits = words.classes.search(text)
        if any(" " in text.strip() and hit.end - hit.start == len(text.strip()) for hit in hits):
            return False  # "Carte bancaire" behind "Moyen de paiement"
        return all(name == "unnamed" for hit in hits for name in hit.lists)
    return True


def _quote(line: Line, label: str, value: str) -> str:
    """The part of a line from a label to its value."""
    start = line.text.find(label) if label else 0
    end = line.text.find(value, max(start, 0)) if value else -1
    if start < 0 or end < 0:
        return line.raw
    return line.raw[start : end + len(value)]


def _inside(cell: str, line: Line, words: Words) -> Iterator[Pair]:
    """Pairs within one cell or line: "label: value", "[label] value", "label value", several after one another."""
    bracketed = _BRACKETED.match(cell) if cell[0] in "[【［「〔<《" else None
    if bracketed and (fields := words.lookup(bracketed[1])):
        if bracketed[2]:
            yield Pair(fields, bracketed[2], line.original(cell), line.number, "colon", bracketed[1])
            if "   " in bracketed[2]:  # "【ご注文金額】今回のお買い物合計金額    3,864 円"
                yield from _leading(bracketed[2], line, words)
        return
    marks = list(_COLON.finditer(cell)) if (":" in cell or "：" in cell) else []
    if marks:
        yield from _colons(cell, marks, line, words)
    else:
        split = None
        head = cell[: LONGEST_LABEL + 70]  # what stands further right ends no label
        if any(map(head.__contains__, _SPLITTING)):
            split = _SPLIT.search(head)
        if split and split.start() <= LONGEST_LABEL and (fields := words.lookup(bare_label(cell[: split.start()]))):
            value = cell[split.end() :].strip()
            if value:
                yield Pair(fields, value, line.original(cell), line.number, "colon", cell[: split.start()])
                return
    yield from _leading(cell, line, words)


def _colons(cell: str, marks: list[re.Match[str]], line: Line, words: Words) -> Iterator[Pair]:
    """Every "label: value" of a run such as "Order ID: 8727 Date Added: 14/06/2026 Payment: Card"."""
    starts: list[tuple[int, int, Fields]] = []  # where the label begins, where its value begins, what it names
    floor = 0
    for mark in marks[:60]:
        label_start, fields = _label_before(cell, floor, mark.start(), words)
        if fields:
            starts.append((label_start, mark.end(), fields))
            floor = mark.end()
    for number, (start, value_start, fields) in enumerate(starts):
        end = starts[number + 1][0] if number + 1 < len(starts) else len(cell)
        value = cell[value_start:end].strip(" \t,;/|·(")
        if value:
            label = cell[start : value_start - 1]
            yield Pair(fields, value, line.original(cell[start:end].strip()), line.number, "colon", label)


def _label_before(cell: str, floor: int, end: int, words: Words) -> tuple[int, Fields]:
    """The longest label that ends at a colon and begins at a word after `floor`."""
    left = max(floor, end - LONGEST_LABEL)
    segment = cell[left:end]
    starts = [0] if left == floor or not cell[left - 1 : left].isalnum() else []
    starts += [m.end() for m in _GAP.finditer(segment)]
    for start in starts[-9:] if len(starts) > 9 else starts:
        label = segment[start:].strip()
        if label and (fields := words.lookup(bare_label(label))):
            return left + start, fields
    return end, ()


_GAP = re.compile(r"[\s,;/|·()（）\[\]]+")
_WORD = re.compile(r"[^\s:：#№]+")


# "총 결제금액22,800원": scripts without spaces may have none before the value either. What is left out is named instead
# of what is meant (U+1100 to U+FFDC, or a parenthesis): to compile a class takes as long as it has characters.
_GLUED = re.compile(r"((?:\(|(?![\uffdd-\U0010ffff])[^\u0000-\u10ff])[^\d₩¥$€£\\:#\t]{1,24}?)\s?([\d₩¥$€£\\#].{0,200})")


def _leading(cell: str, line: Line, words: Words) -> Iterator[Pair]:
    """ "주문번호 25092608311427", "Total $70.44", "BOOKING REFERENCE 12121212": a label, a space, its value."""
    body = cell
    if not cell[0].isalnum() and (bullet := BULLET.match(cell)):
        body = cell[bullet.end() :]
    first = _WORD.search(body, 0, LONGEST_LABEL + 12)
    fields, end = _longest_label(body, words) if first is not None and words.may_begin(first[0]) else ((), 0)
    if fields:
        if value := body[end:].strip(" :：#№\t"):
            yield Pair(fields, value, line.original(cell), line.number, "space", body[:end])
    elif (
        (body[:1] > "\u10ff" or body[:1] == "(")
        and (glued := _GLUED.match(body))
        and (fields := words.lookup(glued[1].strip()))
    ):
        yield Pair(fields, glued[2], line.original(cell), line.number, "space", glued[1])


def _longest_label(body: str, words: Words) -> tuple[Fields, int]:
    """The fields of the longest label of up to six words that a text begins with, and where it ends."""
    fields: Fields = ()
    end = 0
    for count, match in enumerate(_WORD.finditer(body, 0, LONGEST_LABEL + 12)):
        at = match.end()
        if count >= 6 or at > LONGEST_LABEL:
            break
        if fields and match[0] in money.CODES:
            break  # "Total GBP 120.32": so does the code
        # "Total € 59,95": the sign belongs to the value
        if at < len(body) and any(map(str.isalnum, match[0])) and (found := words.lookup(bare_label(body[:at]))):
            fields, end = found, at
    return fields, end


_RULE = re.compile(r"[-=_*~–—]{3,200}")
_AFTER_SUM = frozenset("円圓元원€$0123456789")


def _below(lines: list[Line], at: int, words: Words) -> Iterator[Pair]:
    """A label alone on its line, its value on the next."""
    fields = words.fields_of[lines[at].cells[0]]
    if not fields or (lines[at].cells[0][-1] in _AFTER_SUM and any(map(str.isdigit, lines[at].cells[0]))):
        return  # "合計 2 点 884 円" is no label of what follows
    following = at + 1
    if following < len(lines) and lines[following].text[0] in "-=_*~" and _RULE.fullmatch(lines[following].text):
        following += 1  # a label underlined
    if following >= len(lines) or lines[following].number - lines[at].number > 4:
        return
    value = next((c for c in lines[following].cells if c), "")
    if not value or len(value) > 200:
        return
    if _is_label(value, fields, words):
        return
    quote = f"{lines[at].raw} {lines[following].original(value)}"
    yield Pair(fields, value, quote, lines[following].number, "below", bare_label(lines[at].cells[0]))


# --- tables with a header row ----------------------------------------------------------------------------------------


def _tables(lines: list[Line], words: Words) -> Iterator[Table]:
    at = 0
    while at < len(lines):
        columns = _header(lines[at], words) if len(lines[at].cells) > 1 else ()
        if not columns:
            at += 1
            continue
        rows: list[Line] = []
        width = len(lines[at].cells)
        following = at + 1
        if following < len(lines) and _NOTE.fullmatch(lines[following].text):
            following += 1  # "(credit card)", set below one of the names
        while following < len(lines) and len(rows) < 200:
            cells = lines[following].cells
            if len(cells) != width or _header(lines[following], words) or words.fields_of[cells[0]]:
                break  # a label in the first cell: a total, or rows of label and value
            if not cells[0] and _is_total_row(cells, words):
                break
            rows.append(lines[following])
            following += 1
        if rows:
            yield Table(lines[at], columns, tuple(rows))
            at = following
        else:
            at += 1


_NOTE = re.compile(r"[(（][^()（）\t]{1,30}[)）]")


def _header(line: Line, words: Words) -> tuple[Fields, ...]:
    """The fields of a header row: at least two cells, nearly all of them labels, none with a value in it."""
    cells = line.cells
    if len(cells) < 2 or len(line.text) > 300 or (len(cells) == 2 and not cells[1]):
        return ()
    columns = tuple(words.fields_of[cell] if cell else () for cell in cells)
    named = sum(bool(c) for c in columns)
    filled = sum(bool(c) for c in cells)
    if named < 2 or named * 3 < filled * 2 or any(map(str.isdigit, line.text)):
        return ()
    return columns


def _is_total_row(cells: tuple[str, ...], words: Words) -> bool:
    label = bare_label(cells[0]) or (bare_label(cells[1]) if len(cells) > 2 else "")
    return any(name in ("total", "not_total", "refund") for name, _ in words.lookup(label))


_OF_ITEM = ("total", "refund", "placed_at", "carrier")


def _column_pairs(table: Table, row: Line) -> Iterator[Pair]:
    """Column name and cell. Amounts in a table of items belong to an item, not to the order."""
    of_items = any(name == "item" for column in table.columns for name, _ in column)
    for label, column, value in zip(table.header.cells, table.columns, row.cells, strict=False):
        fields = tuple((n, r) for n, r in column if not (of_items and (n in _OF_ITEM or r >= 1)))
        if fields and value:
            yield Pair(fields, value, f"{label} … {row.original(value)}", row.number, "column", label)
