"""Values of the rule files: periods, amounts, lists and words, each refused with the place and what was expected.

In charge of one value at a time; what belongs together is checked in `loading`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from monitor.knowledge.rights import model
from monitor.knowledge.rights.model import EVENTS, LANGUAGES, UNITS, Period, Surcharge, Wait

_INHERIT_UNIT = {"window_overseas": "window_unit", "window_cap": "window_unit"}
_KNOWN_IN_LIST: Mapping[str, tuple[str, ...]] = {
    "order": model.ORDERS,
    "addressee": model.ADDRESSEES,
    "channel": model.CHANNELS,
    "draft_mode": ("email", "letter", "prepared_form", "call_script", "none"),
}


class Values:
    """Makes values of TOML and collects faults; a faulty one gives some value, as the file is refused in the end."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def fault(self, where: str, what: str) -> None:
        """Notes what is wrong at a place."""
        self.faults.append(f"{where}: {what}")

    def period(self, where: str, key: str, entry: Mapping[str, Any]) -> Period | None:
        """The period of a key and its unit; None where it is not given."""
        count = entry.get(key)
        unit = entry.get(f"{key}_unit", entry.get(_INHERIT_UNIT.get(key, ""), None))
        if count is None:
            if f"{key}_unit" in entry:
                self.fault(where, f"{key}_unit without {key}")
            return None
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            self.fault(where, f"{key} = {count!r}: a whole number")
            return None
        if count == 0 and unit is None and key == "wait":
            return Period(0, "calendar_days")
        if unit not in UNITS:
            self.fault(where, f"{key} wants {key}_unit, one of {', '.join(UNITS)}")
            return None
        return Period(count, str(unit))

    def wait(self, where: str, entry: Mapping[str, Any]) -> Wait:
        """A further wait."""
        period = self.period(where, "wait", entry) or Period(0, "calendar_days")
        event = str(entry.get("from", ""))
        if event not in EVENTS:
            self.fault(where, f"waits: {event!r} is no clock event")
        return Wait(period, event, bool(entry.get("optional", False)))

    def surcharge(self, where: str, entry: Mapping[str, Any]) -> Surcharge:
        """A step of a surcharge."""
        until = entry.get("until_days")
        return Surcharge(self.decimal(where, "surcharges.percent", entry.get("percent", 0)), until)

    def decimal(self, where: str, key: str, value: object) -> Decimal:
        """An exact number."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault(where, f"{key} = {value!r}: a number")
            return Decimal(0)
        return Decimal(str(value))

    def listed(self, where: str, key: str, value: object) -> tuple[str, ...]:
        """A list of words, known ones where the key has a fixed set."""
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            self.fault(where, f"{key} wants a list of words")
            return ()
        for item in value:
            if key in _KNOWN_IN_LIST and item not in _KNOWN_IN_LIST[key]:
                self.fault(where, f"{key}: unknown '{item}'")
        return tuple(value)

    def words(self, where: str, key: str, value: object, *, may_be_empty: bool = False) -> Mapping[str, str]:
        """A text in Korean and English at least."""
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            self.fault(where, f"{key} wants a text for each language")
            return {}
        if value or not may_be_empty:
            for language in LANGUAGES:
                if not str(value.get(language, "")).strip():
                    self.fault(where, f"{key}.{language} is missing")
        return MappingProxyType({str(language): str(text) for language, text in value.items()})


def tables(value: object) -> Iterator[Mapping[str, Any]]:
    """The tables of an array of tables; nothing else."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))


def items(value: object) -> Iterator[tuple[str, Any]]:
    """The entries of a table; none of anything else."""
    if isinstance(value, dict):
        yield from ((str(key), item) for key, item in value.items())
