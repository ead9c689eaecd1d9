"""Known shops, marketplaces, payment services, issuers and carriers: one file each in `shops/`.

In charge of finding the one whose domain a mail came from, and of their names. The folder is scanned for the two
lines that a lookup needs (`names`, `domains`); a file is parsed when its shop is asked for, because hundreds of
files would cost a start more than all else.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from monitor.knowledge.phrases import squeeze
from monitor.knowledge.words import KnowledgeError

FOLDER = Path(__file__).parent / "shops"

ROLES = ("shop", "marketplace", "payment", "issuer", "carrier", "platform", "tickets", "travel", "digital", "other")
NAMING = frozenset({"payment", "issuer", "carrier"})
"""Roles whose mails speak of another seller than their sender."""


@dataclass(frozen=True, slots=True)
class Shop:
    """What is known of one sender of mails to buyers. `subjects`: kind -> patterns seen in subjects."""

    id: str
    names: tuple[str, ...]  # the first is how it is shown
    role: str  # one of ROLES
    country: str  # ISO 3166-1, "" if unknown or several
    domains: tuple[str, ...]
    addresses: tuple[str, ...]
    order_number_format: str  # regular expression, "" if unknown
    contact: Mapping[str, str]
    subjects: Mapping[str, tuple[Mapping[str, str], ...]]
    source: tuple[str, ...]
    certainty: str

    @property
    def names_another(self) -> bool:
        """Whether its mails speak of a purchase at somebody else's."""
        return self.role in NAMING


@dataclass(frozen=True)
class Shops:
    """All known senders. Folders later in the list win over earlier ones (the user's own files come last)."""

    folders: tuple[Path, ...] = (FOLDER,)
    _parsed: dict[str, Shop] = field(default_factory=dict)

    @cached_property
    def paths(self) -> Mapping[str, Path]:
        """id -> file."""
        found = {path.stem: path for folder in self.folders for path in sorted(folder.glob("[!_]*.toml"))}
        return dict(sorted(found.items()))

    @cached_property
    def _lines(self) -> Mapping[str, tuple[Sequence[str], Sequence[str]]]:
        return {shop_id: _names_and_domains(path) for shop_id, path in self.paths.items()}

    @cached_property
    def by_domain(self) -> Mapping[str, str]:
        """domain -> id, of every domain that a file names."""
        return {domain: shop_id for shop_id, (_, domains) in self._lines.items() for domain in domains}

    @cached_property
    def by_name(self) -> Mapping[str, str]:
        """Folded name -> id."""
        out: dict[str, str] = {}
        for shop_id, (names, _) in self._lines.items():
            for name in names:
                out.setdefault(squeeze(name), shop_id)
        return out

    def get(self, shop_id: str) -> Shop | None:
        """The shop of this id; None if there is none."""
        if shop_id not in self._parsed:
            path = self.paths.get(shop_id)
            if path is None:
                return None
            self._parsed[shop_id] = parse(path)
        return self._parsed[shop_id]

    def for_domain(self, domain: str) -> Shop | None:
        """The shop that owns this mail domain or one above it."""
        shop_id = self.id_for_domain(domain)
        return self.get(shop_id) if shop_id else None

    def id_for_domain(self, domain: str) -> str | None:
        """Its id alone, without parsing the file."""
        by_domain = self.by_domain
        while domain:
            if domain in by_domain:
                return by_domain[domain]
            domain = domain.partition(".")[2]
        return None

    def for_name(self, name: str) -> Shop | None:
        """The shop of exactly this name (case, spaces and punctuation do not count)."""
        shop_id = self.by_name.get(squeeze(name))
        return self.get(shop_id) if shop_id else None

    def __iter__(self) -> Iterator[Shop]:
        for shop_id in self.paths:
            shop = self.get(shop_id)
            if shop is not None:
                yield shop

    def validate(self) -> None:
        """Parses every file. Raises `KnowledgeError` with all faults at once."""
        faults: list[str] = []
        for path in self.paths.values():
            try:
                parse(path)
            except KnowledgeError as wrong:
                faults.append(str(wrong))
        if faults:
            raise KnowledgeError("\n".join(faults))


_LINE = re.compile(r"^(names|domains) = (\[.*\])$", re.MULTILINE)


def _names_and_domains(path: Path) -> tuple[Sequence[str], Sequence[str]]:
    """The two lines, each a one-line list of basic strings: TOML that is JSON too."""
    try:
        found = {key: json.loads(value) for key, value in _LINE.findall(path.read_text("utf-8"))}
    except (OSError, ValueError):
        found = {}
    if found.keys() != {"names", "domains"}:
        shop = parse(path)  # a file of the user's may be laid out differently
        return shop.names, shop.domains
    return found["names"], found["domains"]


_NEEDED = ("names", "role", "domains", "source", "certainty")
_OPTIONAL = ("id", "country", "addresses", "order_number_format", "contact", "subjects", "notes")


def parse(path: Path) -> Shop:
    """One shop file. Raises `KnowledgeError` naming the file and what is wrong in it."""
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as wrong:
        raise KnowledgeError(f"{path.name}: cannot be read as TOML: {wrong}") from None
    faults = [f"{path.name}: {key}: unknown key" for key in data if key not in (*_NEEDED, *_OPTIONAL)]
    faults += [f"{path.name}: missing key {key}" for key in _NEEDED if key not in data]
    if data.get("id", path.stem) != path.stem:
        faults.append(f"{path.name}: id: is not the name of the file")
    if data.get("role") not in (None, *ROLES):
        faults.append(f"{path.name}: role: {data['role']!r} is none of {', '.join(ROLES)}")
    if not data.get("names"):
        faults.append(f"{path.name}: names: wants at least one name")
    for key in ("names", "domains", "addresses", "source"):
        if not all(isinstance(entry, str) and entry for entry in data.get(key, [])):
            faults.append(f"{path.name}: {key}: wants a list of texts")
    pattern = data.get("order_number_format", "")
    try:
        re.compile(pattern)
    except re.error as wrong:
        faults.append(f"{path.name}: order_number_format: {wrong}")
    if faults:
        raise KnowledgeError("\n".join(faults))
    return Shop(
        id=path.stem,
        names=tuple(data["names"]),
        role=data["role"],
        country=data.get("country", ""),
        domains=tuple(data["domains"]),
        addresses=tuple(data.get("addresses", ())),
        order_number_format=pattern,
        contact=data.get("contact", {}),
        subjects={kind: tuple(patterns) for kind, patterns in data.get("subjects", {}).items()},
        source=tuple(data["source"]),
        certainty=data["certainty"],
    )
