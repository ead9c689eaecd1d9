"""When a value is right, and the sums. A value is right or it is not; nothing is half right.

recall     right ones of those that the mails state
precision  right ones of those that were given (for a mail whose field somebody looked at)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from tests.score.labelled import FIELDS, Labelled

OTHER = "other"
_CODES = frozenset({"order_number", "tracking_number", "currency"})
_LONGER = 3  # a name may be that many times as long as the other that it contains, and eight letters more


@dataclass(slots=True)
class Share:
    """So many of so many."""

    part: int = 0
    whole: int = 0

    def count(self, hit: bool) -> None:
        """One more of the whole, and of the part if it is a hit."""
        self.whole += 1
        self.part += hit

    def __str__(self) -> str:
        return f"{self.part / self.whole:6.1%} ({self.part}/{self.whole})" if self.whole else "-"


@dataclass(slots=True)
class Figures:
    """What became of a set of mails."""

    mails: int = 0
    found: Share = field(default_factory=Share)  # purchase mails that were taken for one
    true: Share = field(default_factory=Share)  # mails taken for a purchase that are one
    alarms: Share = field(default_factory=Share)  # mails of no purchase that were taken for one
    kinds: Share = field(default_factory=Share)
    recall: dict[str, Share] = field(default_factory=lambda: {name: Share() for name in FIELDS})
    precision: dict[str, Share] = field(default_factory=lambda: {name: Share() for name in FIELDS})
    missed: list[str] = field(default_factory=list)  # names of purchase mails that were not taken for one
    wrong: list[str] = field(default_factory=list)  # "name: field", for who wants to look

    def count(self, mail: Labelled, reading: Mapping[str, Any]) -> None:
        """Count one mail. `reading` is the object that `refund-monitor read --json` prints for it."""
        self.mails += 1
        got = str(reading["kind"])
        if mail.kind == OTHER:
            self._count_other(mail, got)
            return
        if got == OTHER and OTHER in mail.also_right:
            return  # may be left alone as well
        self.found.count(got != OTHER)
        if got == OTHER:
            self.missed.append(mail.name)
        else:
            self.true.count(True)
        right = got == mail.kind or got in mail.also_right
        self.kinds.count(right)
        if not right:
            self.wrong.append(f"{mail.name}: kind is {got}, not {mail.kind}")
        for name, want in mail.values.items():
            given = reading.get(name)
            good = same(name, given, want)
            if want is not None:
                self.recall[name].count(good)
            if given not in (None, ""):
                self.precision[name].count(good)
            if not good and (want is not None or given not in (None, "")):
                self.wrong.append(f"{mail.name}: {name}")

    def _count_other(self, mail: Labelled, got: str) -> None:
        if got in mail.also_right and got != OTHER:
            return
        self.alarms.count(got != OTHER)
        if got != OTHER:
            self.true.count(False)
            self.wrong.append(f"{mail.name}: taken for {got}, is about no purchase")


def same(name: str, given: object, want: str | None) -> bool:
    """Whether a value is the one that the mail states. Names may carry a legal form or the end of a domain."""
    if want is None or given in (None, ""):
        return False
    if name == "total":
        try:
            return Decimal(str(given)) == Decimal(want)
        except InvalidOperation:
            return False
    one, other = sorted((_bare(str(given)), _bare(want)), key=len)
    if name in _CODES:
        return bool(one) and one == other
    return bool(one) and one in other and len(other) <= _LONGER * len(one) + 8


def _bare(text: str) -> str:
    """Letters and digits only, without case and width."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).casefold())


def figures(mails: Iterable[Labelled], readings: Mapping[str, Mapping[str, Any]]) -> Figures:
    """The sums over these mails; `readings` by the mail's name."""
    made = Figures()
    for mail in mails:
        made.count(mail, readings[mail.name])
    return made
