"""The words beside which a mail says who its reader is, from `personal.toml`. In charge of loading and folding them."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "personal.toml"
_NO_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Personal:
    """The lists of the file; all but the salutations folded."""

    names: frozenset[str]
    addresses: frozenset[str]
    phones: frozenset[str]
    salutations: tuple[str, ...]
    no_names: frozenset[str]


def fold(label: str) -> str:
    """A label as labels are compared here."""
    return _NO_LETTERS.sub("", label).casefold()


@cache
def load() -> Personal:
    """The lists, read once."""
    data = tomllib.loads(_FILE.read_text("utf-8"))
    names, addresses, phones, no_names = (
        frozenset(map(fold, data[key])) for key in ("names", "addresses", "phones", "no_names")
    )
    return Personal(names, addresses, phones, tuple(sorted(data["salutations"], key=len, reverse=True)), no_names)
