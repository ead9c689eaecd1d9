"""What a mail lists by the ordinary words of its language: the things bought, and days behind labels.

In charge of items and labelled dates. Works on the pairs and tables of `pairs`; sentences with promises are read in
`promises`.
"""

from __future__ import annotations

import re
from datetime import date

from monitor import dates, money
from monitor.extract.context import Context, quoted
from monitor.extract.words import fold
from monitor.types import Span, Stated


def items(context: Context) -> tuple[Stated[str], ...]:
    """The names of the things bought, from tables with a column of items and from labelled values."""
    out: dict[str, Stated[str]] = {}
    for table in context.text.tables:
        columns = [at for at, column in enumerate(table.columns) if any(n == "item" for n, _ in column)]
        others = any(n in ("quantity", "price") for column in table.columns for n, _ in column)
        if not columns or not (others or len(table.columns) > 2):
            continue
        for row in table.rows[:50]:
            name = row.cells[columns[0]]
            if _is_item(name, context):
                out.setdefault(name, Stated(name, quoted(row.raw), "generic"))
    if not out:
        for pair in context.text.pairs:
            if pair.fields[0][0] == "item" and pair.how in ("row", "colon") and _is_item(pair.value, context):
                out.setdefault(pair.value, Stated(pair.value, quoted(pair.quote), "generic"))
    return tuple(out.values())[:50]


def _is_item(name: str, context: Context) -> bool:
    if not 2 <= len(name) <= 200 or not any(map(str.isalpha, name)):
        return False
    if context.words.lookup(name):
        return False
    found = money.find(name, context.words.language, context.currency, table=context.words.money)
    return not (found and found[0].end - found[0].start > len(name) - 3)


def sold_by(context: Context, marketplace: str) -> Stated[str] | None:
    """Who sold on a marketplace, where the mail names one seller, and not the marketplace itself."""
    named: dict[str, Stated[str]] = {}
    for pair in context.text.by_field.get("sold_by", ()):
        name = _RATING.sub("", pair.value).strip(" ·|-")
        if 2 <= len(name) <= 60 and any(map(str.isalpha, name)) and not context.words.lookup(name):
            named.setdefault(fold(name), Stated(name, quoted(pair.quote), "generic"))
    own = fold(marketplace)
    others = [stated for key, stated in named.items() if key and key != own]
    return others[0] if len(others) == 1 else None


_RATING = re.compile(r"\s*\(\s*[\d.,]+\s?%?[^()]{0,20}\)\s*$|\s+[\d.,]+\s?%.*$")  # "radio_bob_77 (99.8%)"

_PROMISES = ("dispatch_by", "promised_by")


def day(context: Context, field: str) -> Stated[date | Span] | None:
    """A day or span that stands behind a label of a field."""
    past = field == "placed_at"
    pairs = context.text.by_field.get(field, ())
    usual = {line.number for line, _ in context.text.places("vague")} if pairs and field in _PROMISES else set()
    for pair in pairs:
        if pair.line in usual:  # "delivery time: 2-3 days on average"
            continue
        value = dates.parse(
            pair.value[:80], context.words.language, context.near, order=context.order, table=context.words.dates,
            side="past" if past else "future",
        )  # fmt: skip
        if value is not None and not (past and isinstance(value, Span)):
            return Stated(value, quoted(pair.quote), "generic")
    return None


def placed_at(context: Context) -> Stated[date] | None:
    """The day on which the order was placed, where the mail names it. Not later than the mail itself."""
    stated = day(context, "placed_at")
    if stated is None or isinstance(stated.value, Span) or (stated.value - context.near).days > 1:
        return None
    return Stated(stated.value, stated.quote, stated.reader)
