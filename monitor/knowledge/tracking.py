"""Carriers and the shapes of their tracking numbers, from `tracking.toml`.

In charge of loading and checking that file. Whether a number passes is computed in `monitor.extract.tracking`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Carrier(NamedTuple):
    """A carrier: its name in its own country's writing, the names that mails use, its link domains."""

    id: str
    name: str
    country: str  # ISO 3166-1, EU or WORLD
    names: tuple[str, ...]
    domains: tuple[str, ...]


class Format(NamedTuple):
    """One shape of tracking number. `algorithm` "" means that any number of this shape passes."""

    id: str
    carrier: str  # id of a Carrier, "" where several share the shape
    pattern: str
    algorithm: str
    valid: tuple[str, ...]
    invalid: tuple[str, ...]

    @property
    def regex(self) -> re.Pattern[str]:
        """The shape, compiled when a number is first held against it."""
        return _compiled(self.pattern)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


class Tracking(NamedTuple):
    """The whole file."""

    carriers: Mapping[str, Carrier]
    formats: tuple[Format, ...]


_FILE = Path(__file__).parent / "tracking.toml"


@cache
def formats() -> Tracking:
    """The carriers and formats, read once. Raises ValueError for a format of a carrier that the file doesn't have."""
    table = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    carriers = {
        one["id"]: Carrier(one["id"], one["name"], one["country"], tuple(one["names"]), tuple(one["domains"]))
        for one in table["carrier"]
    }
    shapes = tuple(
        Format(
            one["id"],
            one["carrier"],
            one["regex"],
            one.get("algorithm", ""),
            tuple(one["valid"]),
            tuple(one["invalid"]),
        )
        for one in table["format"]
    )
    if unknown := {shape.carrier for shape in shapes} - {*carriers, ""}:
        raise ValueError(f"tracking.toml: formats of unknown carriers: {', '.join(sorted(unknown))}")
    return Tracking(carriers, shapes)
