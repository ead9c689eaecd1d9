"""The language files' TOML, read line by line: most of it is lists of words, one to a line.

In charge of being fast where a file is written as those of the package are (a tenth of the time of `tomllib`, which
counts because a reader needs several languages at once). All else, and whatever is wrong, is left to `tomllib`.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

_TABLE = re.compile(r"\[(\w+(?:\.\w+)*)\]")
# Strings without escapes, and lists of them, are the same in JSON.
_WORDS = re.compile(r'(\w+) = ("[^"\\]*"|\["[^\\]*"\])')
_KEY = re.compile(r"\w+ = ")


def loads(text: str) -> dict[str, Any]:
    """What `tomllib.loads` makes of a text, errors included."""
    try:
        return _by_lines(text)
    except ValueError:
        return tomllib.loads(text)


def _by_lines(text: str) -> dict[str, Any]:
    """Raises ValueError for a statement of several lines, and for all that would have to be looked at closely."""
    root: dict[str, Any] = {}
    tables = {"": root}  # by their names, those between included
    named: set[str] = set()
    table = root
    for line in text.split("\n"):
        if not line or line.startswith("#"):
            continue
        if found := _TABLE.fullmatch(line):
            if found[1] in named:
                raise ValueError("a table that comes twice")
            named.add(found[1])
            table = _table(found[1], tables)
            continue
        if found := _WORDS.fullmatch(line):
            words = json.loads(found[2])
            if not isinstance(words, str) and set(map(type, words)) != {str}:
                raise ValueError("no list of strings")
            entries = {found[1]: words}
        elif _KEY.match(line):
            entries = tomllib.loads(line)
        else:
            raise ValueError("neither a table nor a plain key")
        if not table.keys().isdisjoint(entries):
            raise ValueError("a key that comes twice")
        table.update(entries)
    return root


def _table(name: str, tables: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The table of a name, made with those that it lies in where there is none yet."""
    if name not in tables:
        outer, _, last = name.rpartition(".")
        around = _table(outer, tables)
        if last in around:
            raise ValueError("a table that is a value")
        around[last] = tables[name] = {}
    return tables[name]
