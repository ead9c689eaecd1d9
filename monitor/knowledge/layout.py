"""Layouts: how the mails of one shop system or seller are built, one numbered file each in `layouts/`.

In charge of reading and checking those files: how a mail of that origin is recognised, and where each value stands in
it. The patterns are applied by `monitor.extract.layouts`. A file is cut at its examples, which only the tests read. A
layout is never edited to fit a changed mail: the changed mail gets the next number.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from re import _constants as codes  # type: ignore[attr-defined]  # the standard library's own view of a pattern
from re import _parser as regexes  # type: ignore[attr-defined]  # as above
from typing import Any, NamedTuple

from monitor.knowledge.words import KINDS, KnowledgeError
from monitor.types import Kind

FOLDER = Path(__file__).parent / "layouts"

SINGLE = ("order_number", "total", "placed_at", "pay_by", "dispatch_by", "promised_by", "refund_by", "payment_method",
          "carrier")  # fmt: skip
SEVERAL = ("items", "tracking_numbers")
FIELDS = (*SINGLE, *SEVERAL)
"""What a layout can find, under the names of `Finding`."""

_NAME = re.compile(r"[a-z0-9_]+_[1-9]\d?")
_SELECTOR = re.compile(r"""[\w\s.#>\[\]="'*^$:()+,~-]{1,300}""")
MAX_PATTERNS = 60
MAX_WAYS = 4000  # in how many ways the repetitions of one pattern can share a text between them


@dataclass(frozen=True, slots=True)
class FieldPattern:
    """Where one value stands: at a label, at a CSS selector, in a line, or in the subject.

    `take` cuts the value out of what stands there (its first group, else all of it). `where`: "right" of the label, on
    its line, or "below" it. `pick`: which of several hits counts; of fields with several values all do.
    """

    name: str
    labels: tuple[str, ...] = ()
    where: str = "right"
    css: str = ""
    line: re.Pattern[str] | None = None
    subject: re.Pattern[str] | None = None
    take: re.Pattern[str] | None = None
    pick: str = "first"
    kinds: frozenset[Kind] = frozenset()


class KindPattern(NamedTuple):
    """A kind of mail by its subject. Only layouts that the user taught have these."""

    kind: Kind
    subject: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Layout:
    """How the mails of one origin are built. `taught`: by the user, from a mail of his own."""

    id: str
    origin: str
    seen: tuple[str, ...]
    senders: tuple[str, ...]  # domains or whole addresses, in lower case; one of them
    html: tuple[str, ...]  # pieces of the HTML source; all of them
    text: tuple[str, ...]  # pieces of the text; all of them
    subject: re.Pattern[str] | None
    fields: tuple[FieldPattern, ...]
    kinds: tuple[KindPattern, ...] = ()
    seller: str = ""
    taught: bool = False


@dataclass(frozen=True)
class Layouts:
    """All layouts: those of the package, and those that the user taught, which come first."""

    folders: tuple[Path, ...] = (FOLDER,)
    taught: tuple[Path, ...] = ()

    @cached_property
    def all(self) -> tuple[Layout, ...]:
        """Every layout: the taught ones first, of one origin the newest first. Raises `KnowledgeError`."""
        return (*(_read(self.taught, taught=True)), *_read(self.folders, taught=False))

    def __iter__(self) -> Iterator[Layout]:
        return iter(self.all)

    def __bool__(self) -> bool:
        return bool(self.folders or self.taught)


NONE = Layouts((), ())
"""No layouts at all: reading by markup and words alone."""


def _read(folders: tuple[Path, ...], *, taught: bool) -> list[Layout]:
    faults: list[str] = []
    found: dict[str, Layout] = {}
    for folder in folders:
        for path in folder.glob("[!_.]*.toml"):
            try:
                found[path.stem] = parse(path, taught=taught, trusted=not taught)
            except KnowledgeError as wrong:
                faults.append(str(wrong))
    if faults:
        raise KnowledgeError("\n".join(sorted(faults)))

    def newest_first(name: str) -> tuple[str, int]:
        stem, _, number = name.rpartition("_")
        return stem, -int(number)

    return [found[name] for name in sorted(found, key=newest_first)]


def parse(path: Path, *, taught: bool = False, trusted: bool = False) -> Layout:
    """One layout file without its examples. Raises `KnowledgeError` naming the file and all that is wrong in it.

    `trusted`: a file of the package, whose patterns and selectors the tests have looked at: that takes longer than
    everything else.
    """
    try:
        text = path.read_text("utf-8")
        data: dict[str, Any] = tomllib.loads(text.partition("\n[[example]]")[0])
    except (OSError, ValueError) as wrong:
        raise KnowledgeError(f"{path.name}: cannot be read as TOML: {wrong}") from None
    reader = _Reader(path.name, taught, trusted)
    layout = reader.layout(path.stem, data)
    if reader.faults:
        raise KnowledgeError("\n".join(reader.faults))
    return layout


class _Reader:
    """Collects the faults of one file."""

    def __init__(self, file: str, taught: bool, trusted: bool) -> None:
        self.file, self.taught, self.trusted = file, taught, trusted
        self.faults: list[str] = []

    def fault(self, where: str, what: str) -> None:
        self.faults.append(f"{self.file}: {where}: {what}")

    def layout(self, name: str, data: Mapping[str, Any]) -> Layout:
        if not _NAME.fullmatch(name):
            self.fault("name", "a layout's file is called by its origin and a number, such as magento2_1.toml")
        for key in data.keys() - {"origin", "seen", "recognise", "field", "kind", "seller"}:
            self.fault(key, "unknown key")
        recognise = self.table("recognise", data.get("recognise", {}), ("senders", "html", "text", "subject"))
        senders = tuple(entry.lower() for entry in self.texts("recognise.senders", recognise.get("senders", [])))
        html = self.texts("recognise.html", recognise.get("html", []))
        text = self.texts("recognise.text", recognise.get("text", []))
        subject = self.pattern("recognise.subject", recognise.get("subject", ""))
        if not (senders or html or text or subject):
            self.fault("recognise", "says nothing by which a mail could be recognised")
        if not self.texts("seen", data.get("seen", [])):
            self.fault("seen", "names no mail, template or document that was seen")
        entries = data.get("field", [])
        if not isinstance(entries, list) or len(entries) > MAX_PATTERNS or not (entries or data.get("kind")):
            self.fault("field", f"wants one to {MAX_PATTERNS} patterns")
            entries = []
        if (data.get("kind") or data.get("seller")) and not self.taught:
            self.fault("kind", "only a layout that the user taught decides over kind and seller")
        return Layout(
            id=name,
            origin=str(data.get("origin", "")) or name.rpartition("_")[0],
            seen=self.texts("seen", data.get("seen", [])),
            senders=senders,
            html=html,
            text=text,
            subject=subject,
            fields=tuple(self.field(f"field {at}", entry) for at, entry in enumerate(entries, 1)),
            kinds=tuple(self.kind(f"kind {at}", entry) for at, entry in enumerate(data.get("kind", []), 1)),
            seller=str(data.get("seller", "")),
            taught=self.taught,
        )

    def table(self, where: str, value: Any, keys: tuple[str, ...]) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            self.fault(where, "wants a table")
            return {}
        for key in value.keys() - set(keys):
            self.fault(f"{where}.{key}", "unknown key")
        return value

    def texts(self, where: str, value: Any) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(entry, str) and entry.strip() for entry in value):
            return tuple(value)
        self.fault(where, "wants a list of texts")
        return ()

    def kind(self, where: str, value: Any) -> KindPattern:
        entry = self.table(where, value, ("name", "subject"))
        subject = self.pattern(f"{where}.subject", entry.get("subject", ""))
        names = {kind.value for kind in KINDS}
        if entry.get("name") not in names:
            self.fault(f"{where}.name", f"is none of {', '.join(sorted(names))}")
        if subject is None:
            self.fault(f"{where}.subject", "is missing")
        return KindPattern(
            Kind(entry["name"]) if entry.get("name") in names else Kind.OTHER, subject or re.compile("(?!)")
        )

    def field(self, where: str, value: Any) -> FieldPattern:
        keys = ("name", "label", "where", "css", "line", "subject", "take", "pick", "kinds")
        entry = self.table(where, value, keys)
        name = entry.get("name", "")
        if name not in FIELDS:
            self.fault(f"{where}.name", f"{name!r} is none of {', '.join(FIELDS)}")
        places = [key for key in ("label", "css", "line", "subject") if entry.get(key)]
        if len(places) != 1:
            self.fault(where, "wants one of label, css, line, subject")
        if entry.get("where", "right") not in ("right", "below"):
            self.fault(f"{where}.where", "is right or below")
        if entry.get("pick", "first") not in ("first", "last"):
            self.fault(f"{where}.pick", "is first or last")
        css = str(entry.get("css", ""))
        if css and not self.trusted and not self._selects(css):
            self.fault(f"{where}.css", "is no selector that can be used here")
        kinds = frozenset(entry.get("kinds", ()))
        known = {kind.value for kind in Kind}
        if kinds - known:
            self.fault(f"{where}.kinds", f"no kind of mail is called {', '.join(sorted(kinds - known))}")
        return FieldPattern(
            name=name,
            labels=self.texts(f"{where}.label", entry.get("label", [])),
            where=entry.get("where", "right"),
            css=css,
            line=self.pattern(f"{where}.line", entry.get("line", "")),
            subject=self.pattern(f"{where}.subject", entry.get("subject", "")),
            take=self.pattern(f"{where}.take", entry.get("take", "")),
            pick=entry.get("pick", "first"),
            kinds=frozenset(Kind(kind) for kind in kinds & known),
        )

    def _selects(self, css: str) -> bool:
        if not _SELECTOR.fullmatch(css) or ":has" in css or ":is" in css or ":where" in css:
            return False
        from selectolax.lexbor import LexborHTMLParser  # late: layouts without selectors need no HTML parser

        try:
            LexborHTMLParser("<p>").css(css)
        except Exception:  # noqa: BLE001 - whatever it raises for a selector that it does not take
            return False
        return True

    def pattern(self, where: str, text: Any) -> re.Pattern[str] | None:
        if not text:
            return None
        if not isinstance(text, str):
            self.fault(where, "wants a regular expression")
            return None
        if not self.trusted and (why := not_bounded(text)):
            self.fault(where, why)
            return None
        return re.compile(text, re.IGNORECASE)


def not_bounded(pattern: str) -> str:
    """Why a regular expression could take long on a hostile text; "" for one that cannot, as far as can be told.

    Every repetition has an upper bound, none contains another one of variable length, and together they leave no more
    than `MAX_WAYS` ways to share a text between them.
    """
    if len(pattern) > 500:
        return "is longer than 500 characters"
    try:
        tree = regexes.parse(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as wrong:
        return f"is no regular expression: {wrong}"
    try:
        ways = _ways(tree, inside=False)
    except _Unbounded as wrong:
        return str(wrong)
    allowed = MAX_WAYS * (50 if pattern.startswith("^") else 1)  # tried at one place only
    return "" if ways <= allowed else f"its repetitions leave too many ways ({ways} of {allowed})"


class _Unbounded(ValueError):
    pass


_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)


def _ways(tree: Any, *, inside: bool) -> int:
    """In how many ways a pattern can match at one place, at most."""
    ways = 1
    for operation, argument in tree:
        if operation in _REPEATS:
            low, high, body = argument
            if high == codes.MAXREPEAT:
                raise _Unbounded("has a repetition without an upper bound; write {0,40} instead of *")
            inner = _ways(body, inside=inside or high > 1)
            if high > 1 and (inner > 1 or inside):
                raise _Unbounded("has a repetition within a repetition")
            ways *= max(1, high - low + 1) * inner
        elif operation is codes.SUBPATTERN:
            ways *= _ways(argument[-1], inside=inside)
        elif operation is codes.BRANCH:
            ways *= sum(_ways(branch, inside=inside) for branch in argument[1])
        elif operation in (codes.ASSERT, codes.ASSERT_NOT):
            ways *= _ways(argument[1], inside=inside)
        elif operation is codes.ATOMIC_GROUP:
            ways *= _ways(argument, inside=inside)
        elif operation in (codes.GROUPREF, codes.GROUPREF_EXISTS):
            raise _Unbounded("refers back to a group")
    return ways
