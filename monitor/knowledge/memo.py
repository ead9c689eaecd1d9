"""What was found out about a short text, remembered: shops write by templates, so most lines come again.

In charge of the bound: of how many texts, and that no long one is kept. Lives in memory alone, as long as the process.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

MOST = 4096  # texts
LONGEST = 200  # characters of one


class Memo(dict[str, T]):
    """`memo[text]` is what `find_out(text)` says; a text that comes again costs one look-up.

    When it is full it forgets all: numbers and amounts, each of which comes once, fill it soon.
    """

    __slots__ = ("_find_out",)

    def __init__(self, find_out: Callable[[str], T]) -> None:
        super().__init__()
        self._find_out = find_out

    def __missing__(self, text: str) -> T:
        value = self._find_out(text)
        if len(text) <= LONGEST:
            if len(self) >= MOST:
                self.clear()
            self[text] = value
        return value
