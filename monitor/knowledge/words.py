"""The language files' tables by which kinds of mail are known: `[triage] [kinds.*] [advert] [auto_reply] [reply]`.

In charge of reading and checking them and of building the phrase indexes. The languages are the files that are there.
`triage` words of all languages are read at once, the rest of a language when a mail in it comes along: a file is
cut at its table headers, so that a start does not pay for tables that nobody asks for. The tables of values
(`[labels]` and what follows) are read by `values`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from monitor.knowledge import lists
from monitor.knowledge.phrases import SPACELESS, PhraseIndex, fold_lines, folded
from monitor.types import Kind

FOLDER = Path(__file__).parent / "languages"

KINDS = (
    Kind.ORDER_CONFIRMATION, Kind.PAYMENT_RECEIPT, Kind.PAYMENT_FAILED, Kind.SHIPPED, Kind.DELIVERED, Kind.DELAYED,
    Kind.CANCELLATION, Kind.RETURNED, Kind.REFUND_PROMISED, Kind.REFUND, Kind.SELLER_REPLY, Kind.DISPUTE_UPDATE,
    Kind.OTHER,
)  # fmt: skip
"""The kinds that have word lists, each under `[kinds.<kind>]`."""

SCRIPTS = ("latin", "hangul", "kana", "han")
FIELDS = ("subject", "status", "body", "weak", "not")


class KnowledgeError(ValueError):
    """A data file is wrong; the message names file and key of every fault."""


@dataclass(frozen=True, slots=True)
class TriageWords:
    """What is needed of a language to look at a header, and to tell languages apart. All folded."""

    code: str
    name: str
    script: str
    stop_words: frozenset[str]
    subject: tuple[str, ...]
    sender: tuple[str, ...]
    own: tuple[str, ...]
    order_number: tuple[str, ...]
    total: tuple[str, ...]
    tracking: tuple[str, ...]
    merchant: tuple[str, ...]
    status: tuple[str, ...]
    signature: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KindWords:
    """The phrases of one kind in one language, folded. `starts` are subject phrases that count at the start only."""

    subject: tuple[str, ...]
    starts: tuple[str, ...]
    status: tuple[str, ...]
    body: tuple[str, ...]
    weak: tuple[str, ...]
    excluded: tuple[str, ...]


class Language:
    """The words of one language. What is not in `triage` is read when first asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        text = path.read_text("utf-8")
        cut = _TABLE.search(text, text.find("[triage]") + 1)
        self.triage = _triage(path, _parsed(path, text[: cut.start() if cut else len(text)]))
        self.code = self.triage.code
        self.spaceless = self.code in SPACELESS

    @cached_property
    def _tables(self) -> Mapping[str, Any]:
        text = self._path.read_text("utf-8")
        at = text.find("\n[labels]")
        return _checked(self._path, _parsed(self._path, text if at < 0 else text[:at]))

    @cached_property
    def kinds(self) -> Mapping[Kind, KindWords]:
        """The phrases of each kind."""
        return {kind: self._kind(self._tables["kinds"][kind.value]) for kind in KINDS if kind in self._tables["kinds"]}

    def _kind(self, table: Mapping[str, list[str]]) -> KindWords:
        subject = table.get("subject", [])
        return KindWords(
            subject=self.fold(phrase for phrase in subject if not phrase.startswith("^")),
            starts=self.fold(phrase[1:] for phrase in subject if phrase.startswith("^")),
            status=self.fold(table.get("status", [])),
            body=self.fold(table.get("body", [])),
            weak=self.fold(table.get("weak", [])),
            excluded=self.fold(table.get("not", [])),
        )

    @cached_property
    def forwards(self) -> tuple[str, ...]:
        """How the subject of a forwarded mail begins, in lower case, with the colon."""
        return tuple(f"{prefix.casefold()}:" for prefix in self._reply.get("forwards", ()))

    @cached_property
    def unrelated(self) -> KindWords:
        """The phrases of mails that are about something else than a purchase; the rest of the file is not read."""
        return self._kind(self._alone("kinds.other").get("kinds", {}).get("other", {}))

    @cached_property
    def _reply(self) -> Mapping[str, Any]:
        table: Mapping[str, Any] = self._alone("reply").get("reply", {})
        return table

    def _alone(self, name: str) -> Mapping[str, Any]:
        """One table of the file, parsed without the others; empty where there is none."""
        text = self._path.read_text("utf-8")
        at = text.find(f"\n[{name}]")
        end = _TABLE.search(text, at + 2) if at >= 0 else None
        return _parsed(self._path, text[at : end.start() if end else len(text)]) if at >= 0 else {}

    def table(self, name: str, key: str) -> tuple[str, ...]:
        """A list of `[advert]`, `[auto_reply]` or `[reply]`, folded; empty where the file has none."""
        return self.fold(self._tables.get(name, {}).get(key, ()))

    def raw(self, name: str, key: str) -> tuple[str, ...]:
        """The same list as it stands in the file."""
        return tuple(self._tables.get(name, {}).get(key, ()))

    def fold(self, phrases: Any) -> tuple[str, ...]:
        """Phrases as they are looked for in this language; those that fold to nothing are left out."""
        together = fold_lines("\n".join(phrases), spaceless=self.spaceless)  # a tenth of the cost of one by one
        return tuple(dict.fromkeys(filter(None, together)))

    def index(self, lists: Mapping[int, tuple[str, ...]]) -> PhraseIndex:
        """An index over numbered lists of folded phrases."""
        return PhraseIndex(
            ((phrase, number) for number, phrases in lists.items() for phrase in phrases), spaceless=self.spaceless
        )


_TABLE = re.compile(r"^\[", re.MULTILINE)


def load(folder: Path = FOLDER) -> Mapping[str, Language]:
    """Every language that has a file, English first. Raises `KnowledgeError` with all faults at once."""
    faults: list[str] = []
    found: dict[str, Language] = {}
    for path in sorted(folder.glob("*.toml"), key=lambda path: (path.stem != "en", path.stem)):
        try:
            found[path.stem] = Language(path)
        except KnowledgeError as wrong:
            faults.append(str(wrong))
    if not faults and "en" not in found:
        faults.append(f"{folder.name}: there is no en.toml, the language that the others are compared with")
    if faults:
        raise KnowledgeError("\n".join(faults))
    return found


def _parsed(path: Path, text: str) -> Mapping[str, Any]:
    try:
        return lists.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise KnowledgeError(f"{path.name}: is not TOML: {wrong}") from None


_TRIAGE_LISTS = tuple(field.name for field in fields(TriageWords) if field.name not in ("code", "name", "script"))


def _triage(path: Path, data: Mapping[str, Any]) -> TriageWords:
    faults = [f"{path.name}: missing key {key}" for key in ("code", "name", "script") if not data.get(key)]
    if data.get("code") not in (None, path.stem):
        faults.append(f"{path.name}: code: {data['code']!r} is not the name of the file")
    if data.get("script") not in (None, *SCRIPTS):
        faults.append(f"{path.name}: script: {data['script']!r} is none of {', '.join(SCRIPTS)}")
    table = data.get("triage", {})
    faults += [f"{path.name}: triage.{key}: unknown key" for key in table if key not in _TRIAGE_LISTS]
    for key in _TRIAGE_LISTS:
        faults += _list_faults(f"{path.name}: triage.{key}", table.get(key))
    if faults:
        raise KnowledgeError("\n".join(faults))

    code = path.stem

    def words(key: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(filter(None, (folded(word, code) for word in table[key]))))

    return TriageWords(
        code, data["name"], data["script"], frozenset(words("stop_words")),
        *(words(key) for key in _TRIAGE_LISTS if key != "stop_words"),
    )  # fmt: skip


def _checked(path: Path, data: Mapping[str, Any]) -> Mapping[str, Any]:
    faults: list[str] = []
    names = {kind.value for kind in KINDS}
    for name, table in data.get("kinds", {}).items():
        if name not in names:
            faults.append(f"{path.name}: kinds.{name}: no kind of mail is called so")
            continue
        for key, phrases in table.items():
            if key not in FIELDS:
                faults.append(f"{path.name}: kinds.{name}.{key}: unknown key")
            else:
                faults += _list_faults(f"{path.name}: kinds.{name}.{key}", phrases)
    faults += [f"{path.name}: missing table kinds.{name}" for name in sorted(names - data.get("kinds", {}).keys())]
    for name in ("advert", "auto_reply", "reply"):
        if name not in data:
            faults.append(f"{path.name}: missing table {name}")
        for key, phrases in data.get(name, {}).items():
            faults += _list_faults(f"{path.name}: {name}.{key}", phrases)
    if faults:
        raise KnowledgeError("\n".join(faults))
    return data


def _list_faults(where: str, value: object) -> list[str]:
    if not isinstance(value, list) or not value:
        return [f"{where}: wants a list with at least one phrase"]
    if not all(isinstance(phrase, str) and phrase.strip() for phrase in value):
        return [f"{where}: an entry is no phrase"]
    return []
