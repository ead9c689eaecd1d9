"""Known shops, marketplaces, payment services, issuers and carriers: one file each in `shops/`.

In charge of finding the one whose address or domain a mail came from, and of their names. The folder is scanned for
the four lines that lookups need; a file is parsed when its shop is asked for, because hundreds of
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
from typing import Any, NamedTuple

from monitor.knowledge import domains
from monitor.knowledge.phrases import squeeze
from monitor.knowledge.words import KINDS, KnowledgeError
from monitor.types import Address

FOLDER = Path(__file__).parent / "shops"

ROLES = (
    "marketplace", "shop", "app_store", "subscription", "travel", "food", "payment_service", "payment_gateway",
    "card_issuer", "bank", "carrier_billing", "carrier", "other", "platform",
)  # fmt: skip
"""In the order in which one domain that several use is given to one of them."""
NAMING = frozenset({"payment_service", "payment_gateway", "card_issuer", "bank", "carrier_billing", "carrier"})
"""Roles whose mails speak of another seller than their sender."""


class Subject(NamedTuple):
    """Words seen in subjects of one kind of mail: a text that they contain, or a regular expression."""

    text: str
    regex: str
    language: str


@dataclass(frozen=True, slots=True)
class Shop:
    """What is known of one sender of mails to buyers. `descriptors`: how it is written on card statements."""

    id: str
    names: tuple[str, ...]  # the first is how it is shown
    role: str  # one of ROLES
    country: str  # ISO 3166-1, "" if unknown or several
    domains: tuple[str, ...]
    addresses: tuple[str, ...]
    order_number_format: str  # regular expression, "" if unknown
    contact: Mapping[str, str]
    subjects: Mapping[str, tuple[Subject, ...]]  # by kind
    descriptors: tuple[str, ...]
    source: tuple[str, ...]
    certainty: str
    sells: bool = False  # a marketplace that sells goods of its own too

    @property
    def names_another(self) -> bool:
        """Whether its mails speak of a purchase at somebody else's."""
        return self.role in NAMING

    def country_at(self, domain: str) -> str:
        """ISO 3166-1 of who writes from one of its domains: a marketplace in many countries has one for each.

        "" where nothing tells; `domain` is "" where only its name is known.
        """
        if self.role != "marketplace":
            return self.country
        endings = {domains.country(own) for own in self.domains} - {""}
        if domain:
            return domains.country(domain) or self.country
        return self.country if len(endings | {self.country}) <= 1 else ""


@dataclass(frozen=True)
class Shops:
    """All known senders. Folders later in the list win over earlier ones (the user's own files come last)."""

    folders: tuple[Path, ...] = (FOLDER,)
    _parsed: dict[str, Shop] = field(default_factory=dict)

    @cached_property
    def paths(self) -> Mapping[str, Path]:
        """id -> file."""
        found = {path.stem: path for folder in self.folders for path in folder.glob("[!_]*.toml")}
        return dict(sorted(found.items()))

    @cached_property
    def _lines(self) -> Mapping[str, _Lines]:
        return {shop_id: _lines(path) for shop_id, path in self.paths.items()}

    @cached_property
    def by_domain(self) -> Mapping[str, tuple[str, ...]]:
        """domain -> ids, of every domain that a file names; shared mail domains are nobody's."""
        out: dict[str, list[str]] = {}
        for shop_id, lines in sorted(self._lines.items(), key=lambda item: ROLES.index(item[1].role)):
            for domain in lines.domains:
                if not (domains.is_given_out(domain) or lines.role == "platform"):
                    out.setdefault(domain, []).append(shop_id)
        return {domain: tuple(ids) for domain, ids in out.items()}

    @cached_property
    def by_address(self) -> Mapping[str, str]:
        """Address -> id, of every sender address that a file names."""
        return {
            address: shop_id
            for shop_id, lines in self._lines.items() if lines.role != "platform" for address in lines.addresses
        }  # fmt: skip

    @cached_property
    def by_name(self) -> Mapping[str, str]:
        """Folded name -> id."""
        out: dict[str, str] = {}
        for shop_id, lines in self._lines.items():
            if lines.role != "platform":
                for name in lines.names:
                    out.setdefault(squeeze(name), shop_id)
        return out

    @cached_property
    def platforms(self) -> frozenset[str]:
        """Folded names of shop systems, which stand in their customers' mails and sold nothing."""
        return frozenset(
            squeeze(name) for lines in self._lines.values() if lines.role == "platform" for name in lines.names
        )

    @cached_property
    def services_by_label(self) -> Mapping[str, str]:
        """The name in the domain of a payment service or carrier -> id: they send from domains in many countries."""
        out: dict[str, str] = {}
        for shop_id, lines in self._lines.items():
            if lines.role in ("payment_service", "payment_gateway", "carrier"):
                for domain in lines.domains:
                    if domains.is_free_mail(domain):  # everybody writes from naver.com, not only its payment service
                        continue
                    if len(label := domains.likely_label(domain)) >= 3:
                        out.setdefault(label, shop_id)
        return out

    def get(self, shop_id: str) -> Shop | None:
        """The shop of this id; None if there is none."""
        if shop_id not in self._parsed:
            path = self.paths.get(shop_id)
            if path is None:
                return None
            self._parsed[shop_id] = parse(path)
        return self._parsed[shop_id]

    def for_sender(self, sender: Address) -> Shop | None:
        """The shop that writes from this address: by the address itself, else its domain or one above it.

        Where several use one domain, a name in the local part or the display name decides, else their roles
        (see `ROLES`).
        """
        if shop_id := self.by_address.get(sender.email):
            return self.get(shop_id)
        ids = self.ids_for_domain(sender.domain)
        if len(ids) > 1:
            written = squeeze(f"{sender.email.partition(chr(64))[0]} {sender.name}")
            for shop_id in ids:
                if any(squeeze(known) in written for known in self._lines[shop_id].names):
                    return self.get(shop_id)
        return self.get(ids[0]) if ids else None

    def ids_for_domain(self, domain: str) -> tuple[str, ...]:
        """The ids of those who send from this domain or from one above it; no file is parsed."""
        by_domain = self.by_domain
        while domain:
            if found := by_domain.get(domain):
                return found
            domain = domain.partition(".")[2]
        return ()

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


_LINE = re.compile(r"^(names|role|domains|addresses) = ([\[\"].*[\]\"])$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Lines:
    """What a lookup needs of a file."""

    names: Sequence[str]
    role: str
    domains: Sequence[str]
    addresses: Sequence[str] = ()


def _lines(path: Path) -> _Lines:
    """The lines that lookups need, each on one line as the package's files have them: TOML that is JSON too."""
    try:
        lines = ", ".join(f'"{key}": {value}' for key, value in _LINE.findall(path.read_bytes().decode()))
        return _Lines(**json.loads("{" + lines + "}"))
    except (OSError, ValueError, TypeError):
        shop = parse(path)  # a file of the user's may be laid out differently
        return _Lines(shop.names, shop.role, shop.domains, shop.addresses)


_NEEDED = ("names", "role", "domains", "source", "certainty")
_OPTIONAL = ("id", "country", "addresses", "order_number_format", "contact", "subjects", "descriptors", "sells")


_KINDS = frozenset(kind.value for kind in KINDS)


def _pattern_faults(where: str, pattern: str) -> list[str]:
    try:
        re.compile(pattern)
    except re.error as wrong:
        return [f"{where}: {wrong}"]
    return []


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
    faults += _pattern_faults(f"{path.name}: order_number_format", pattern)
    for kind, entries in data.get("subjects", {}).items():
        if kind not in _KINDS:
            faults.append(f"{path.name}: subjects.{kind}: no kind of mail is called so")
        for entry in entries:
            if not ({"language"} < entry.keys() <= {"language", "text", "regex"}):
                faults.append(f"{path.name}: subjects.{kind}: an entry has language and text or regex")
            faults += _pattern_faults(f"{path.name}: subjects.{kind}", entry.get("regex", ""))
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
        subjects={
            kind: tuple(Subject(entry.get("text", ""), entry.get("regex", ""), entry["language"]) for entry in entries)
            for kind, entries in data.get("subjects", {}).items()
        },
        descriptors=tuple(data.get("descriptors", ())),
        source=tuple(data["source"]),
        certainty=data["certainty"],
        sells=data.get("sells", False) is True,
    )
