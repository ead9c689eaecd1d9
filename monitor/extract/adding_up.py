"""Amounts below one another that add up: which of them is the sum, whatever its label says.

In charge of mails whose total has a label that no language file knows, and of those that state two. Only the amounts
that end a line or a row of cells count, and only a sum of what stands right above it is one: goods, shipping, tax,
less discounts. Called only where the labels leave it open.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from monitor import money
from monitor.extract.context import Context
from monitor.extract.words import fold
from monitor.types import Money

MAX_LINES = 300
MAX_ROWS = 60
REACH = 9  # summands of one sum

_DECIMALS = re.compile(r"[-−]?\s?\d[\d.,' ]{0,14}[.,]\d{2}")


class Row(NamedTuple):
    """An amount at the end of a line, with the words before it."""

    line: int
    amount: Money
    label: str
    quote: str


def sums(context: Context) -> list[Row]:
    """The rows that are the sum of what stands above them, in the order of the mail."""
    rows = _rows(context)
    return [row for at, row in enumerate(rows) if row.amount.amount > 0 and _adds_up(rows, at, context)]


def totals(context: Context) -> list[Row]:
    """The total of a mail none of whose labels is known: the last sum, else the last row that begins like a total
    ("Total for your basket now") and is the largest amount of all; at most one."""
    rows = _rows(context)
    added = [row for at, row in enumerate(rows) if row.amount.amount > 0 and _adds_up(rows, at, context)]
    if added:
        return added[-1:]
    largest = max((row.amount.amount for row in rows), default=Decimal(0))
    named = [row for row in rows if row.amount.amount == largest > 0 and _like_a_total(row.label, context)]
    return named[-1:]


def _like_a_total(label: str, context: Context) -> bool:
    """Whether the first word of a label is one for a total, or begins with one of six letters or more, and none of
    its words is one for a part."""
    words = label[:48].split()
    lookup = context.words.lookup
    if not words or any(name == "not_total" for word in words for name, _ in lookup(word.strip(":.,()"))):
        return False
    first = fold(words[0])
    if any(name == "total" and rank <= 1 for name, rank in lookup(words[0].strip(":.,()"))):
        return True
    return len(first) > 6 and any(
        name == "total" and rank == 0
        for length in range(6, len(first))
        for name, rank in context.words.labels.get(first[:length], ())
    )


def _rows(context: Context) -> list[Row]:
    words = context.words
    default = context.currency
    if default is None and len(context.named) == 1:
        (default,) = context.named
    rows: list[Row] = []
    for line in context.text.lines[:MAX_LINES]:
        if not any(map(str.isdigit, line.text[-24:])):
            continue
        filled = [cell for cell in line.cells if cell]
        if not filled:
            continue
        value = filled[-1] if len(filled) > 1 else line.text
        found = money.find(value[-60:], words.language, context.currency, table=words.money)
        if found and found[-1].end >= len(value[-60:].rstrip(" .*)")):
            amount = found[-1].money
            before = value[: len(value) - len(value[-60:]) + found[-1].start]
        elif len(filled) > 1 and default is not None and _DECIMALS.fullmatch(value):
            bare = money.find(value, words.language, default, bare=True, table=words.money)
            if not bare:
                continue
            amount, before = bare[0].money, ""
        else:
            continue
        label = filled[0] if len(filled) > 1 else before
        if len(label) <= 120:
            rows.append(Row(line.number, amount, label, line.raw))
            if len(rows) >= MAX_ROWS:
                break
    return rows


def _adds_up(rows: list[Row], at: int, context: Context) -> bool:
    """Whether a row is the sum of two or more rows right above it. One of those may be tax that is contained in the
    rest, or a discount that has no minus; goods alone are their own sum where shipping is free."""
    total = rows[at].amount
    if _is_part(rows[at].label, context):
        return False
    parts: list[Decimal] = []
    for row in reversed(rows[max(0, at - REACH) : at]):
        if row.amount.currency != total.currency:
            return False
        parts.append(row.amount.amount)
        if len(parts) < 2:
            continue
        whole = sum(parts)
        counted = sum(1 for part in parts if part)
        if whole == total.amount and (counted > 1 or _is_part(row.label, context)):
            return True
        if counted > 2 and any(
            whole - part == total.amount or whole - 2 * part == total.amount for part in parts[:-1] if part > 0
        ):
            return True
    return False


def _is_part(label: str, context: Context) -> bool:
    return any(name == "not_total" for name, _ in context.words.fields_of[label[:48]])
