"""Forms that a user fills in himself: of payment services, marketplaces, card issuers, banks and public bodies.

In charge of loading and validating `payments/forms*.toml`: which fields a form asks for, its page (with
where that address was found), and what the user should know before he uses it. It writes no text and opens no page.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from monitor.knowledge.words import KnowledgeError

FOLDER = Path(__file__).parent / "payments"
LANGUAGES = ("ko", "en")
SITUATIONS = ("goods", "money", "other")
_WORDS = ("subject", "opening", "asks_money", "asks_debit", "asks_card")
_FORM_KEYS = {"id", "rungs", "name", "link", "link_source", "language", "asks", "fields", "hints", *_WORDS}
CONDITIONS = frozenset(
    {"asked", "cancelled", "complained", "delivered", "promised", "refund_promised", "refused", "returned", "shipped"}
    | {"withdrawn", "on_market", "paid", "written"}
)  # fmt: skip
"""What must have happened for a paper to exist; `monitor.draft.facts` knows whether it has."""
_FIELD_KEYS = {"label", "value", "required", "choices"}

Text = Mapping[str, str]  # language -> words


class FormDataError(KnowledgeError):
    """A file of forms is wrong; the message names every fault."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `value` names the fact that goes in ("" for what only the user knows), `choices` what to pick instead.

    `choices`: situation ("goods", "money", "other") -> what to choose. `max_length` in characters, with its
    `length_source`: only where somebody states it.
    """

    key: str
    label: Text
    value: str = ""
    required: bool = True
    choices: Mapping[str, Text] = field(default_factory=dict)
    max_length: int | None = None
    length_source: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """One form. `name`: whose it is; `rungs`: the steps that use it; `language`: the one it wants, "" for the user's.

    `asks`: what this body is asked to do, a whole sentence; `asks_money` the same once the money is owed, `asks_debit`
    and `asks_card` the same where it is known that the payment was a direct debit or one by card. `subject` and
    `opening`: how its text begins, where the family's own words do not fit the law that it rests on. `link` "" where
    the page is only reached from an app or an account; `link_source`: rule id or page where the address was read.
    `hints`: message keys for the user.
    """

    id: str
    rungs: tuple[str, ...]
    name: Text
    link: str = ""
    link_source: str = ""
    language: str = ""
    asks: Text = field(default_factory=dict)
    fields: tuple[Field, ...] = ()
    hints: tuple[str, ...] = ()
    subject: Text = field(default_factory=dict)
    opening: Text = field(default_factory=dict)
    asks_money: Text = field(default_factory=dict)
    asks_debit: Text = field(default_factory=dict)
    asks_card: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limit:
    """How many characters a field takes at one card issuer, with the page that says so."""

    issuer: tuple[str, ...]
    field: str
    max_length: int
    source: str


@dataclass(frozen=True, slots=True)
class Forms:
    """All forms, what a family of texts warns the user of, and the rules whose day is a last one for the seller."""

    forms: tuple[Form, ...]
    hints: Mapping[str, tuple[str, ...]]  # family -> message keys for the user
    further_period: frozenset[str]  # rules that want the seller to be given a last day before the contract may end
    limits: tuple[Limit, ...] = ()
    after_delivery: frozenset[str] = frozenset()  # rules about goods that came; before that the seller gets a last day
    before_dispatch: frozenset[str] = frozenset()  # rules that a seller keeps by sending the goods: not cited after it
    ends_contract: frozenset[str] = frozenset()  # rules whose refund letter is also the notice that ends the contract
    enclosures: Mapping[str, Text] = field(default_factory=dict)  # key of evidence -> how a letter names the paper
    papers_if: Mapping[str, str] = field(default_factory=dict)  # key of evidence -> what must have happened for it

    def limit(self, issuer: str, key: str) -> int | None:
        """The stated limit of a field at the card issuer whose name stands in `issuer`, or None."""
        name = issuer.casefold()
        for limit in self.limits:
            if limit.field == key and any(one.casefold() in name for one in limit.issuer):
                return limit.max_length
        return None

    def of(self, rung: str) -> Form | None:
        """The form for a step, or None."""
        return next((form for form in self.forms if rung in form.rungs), None)


@cache
def load_forms(folder: Path = FOLDER) -> Forms:
    """Every form of the folder. Raises FormDataError with all faults at once."""
    faults: list[str] = []
    forms: list[Form] = []
    known: dict[str, Mapping[str, Any]] = {}
    hints: dict[str, tuple[str, ...]] = {}
    further: set[str] = set()
    returns: set[str] = set()
    supply: set[str] = set()
    ends: set[str] = set()
    sets: dict[str, list[str]] = {}
    limits: list[Limit] = []
    enclosures: dict[str, Text] = {}
    papers_if: dict[str, str] = {}
    files = sorted(folder.glob("forms*.toml"))
    tables = [(path, tomllib.loads(path.read_text(encoding="utf-8"))) for path in files]
    for path, table in tables:
        for key, value in table.get("field", {}).items():
            faults += [f"{path.name}: field {key}: unknown {name!r}" for name in value.keys() - _FIELD_KEYS]
            faults += _bilingual(f"{path.name}: field {key}", value.get("label"))
            for name, choice in value.get("choices", {}).items():
                faults += [] if name in SITUATIONS else [f"{path.name}: field {key}: unknown choice {name!r}"]
                faults += _bilingual(f"{path.name}: field {key}.{name}", choice)
            known[key] = value
        hints |= {family: tuple(keys) for family, keys in table.get("hints", {}).items()}
        further |= set(table.get("further_period", ()))
        returns |= set(table.get("after_delivery", ()))
        supply |= set(table.get("before_dispatch", ()))
        ends |= set(table.get("ends_contract", ()))
        sets |= table.get("set", {})
        for key, words in table.get("enclosures", {}).items():
            faults += _bilingual(f"{path.name}: enclosures.{key}", words)
            enclosures[key] = words
        for key, condition in table.get("papers_if", {}).items():
            faults += [] if condition in CONDITIONS else [f"{path.name}: papers_if.{key}: unknown {condition!r}"]
            papers_if[key] = condition
        for entry in table.get("limit", ()):
            missing = {"issuer", "field", "max_length", "source"} - entry.keys()
            faults += [f"{path.name}: limit: no {name}" for name in sorted(missing)]
            if not missing:
                limits.append(Limit(tuple(entry["issuer"]), entry["field"], entry["max_length"], entry["source"]))
    for path, table in tables:
        for entry in table.get("form", ()):
            where = f"{path.name}: {entry.get('id', '?')}"
            faults += [f"{where}: unknown {name!r}" for name in entry.keys() - _FORM_KEYS]
            faults += [f"{where}: no {name}" for name in ("id", "rungs", "name", "asks") if not entry.get(name)]
            faults += _bilingual(f"{where}: name", entry.get("name")) + _bilingual(f"{where}: asks", entry.get("asks"))
            for name in _WORDS:
                faults += _bilingual(f"{where}: {name}", entry[name]) if name in entry else []
            if bool(entry.get("link")) != bool(entry.get("link_source")):
                faults.append(f"{where}: link and link_source belong together")
            if entry.get("link") and not str(entry["link"]).startswith("https://"):
                faults.append(f"{where}: link must begin with https://")
            named = [one for name in entry.get("fields", ()) for one in _set(name, sets)]
            fields = [_field(where, one, known, faults) for one in _once(named)]
            if not faults:
                forms.append(_form(entry, [one for one in fields if one is not None]))
    ids = [form.id for form in forms]
    faults += [f"form {name}: twice" for name in sorted({name for name in ids if ids.count(name) > 1})]
    rungs = [rung for form in forms for rung in form.rungs]
    faults += [f"rung {rung}: two forms" for rung in sorted({rung for rung in rungs if rungs.count(rung) > 1})]
    if faults:
        raise FormDataError("; ".join(faults))
    rules = frozenset(returns), frozenset(supply), frozenset(ends)
    return Forms(tuple(forms), hints, frozenset(further), tuple(limits), *rules, enclosures, papers_if)


def _bilingual(where: str, value: object) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: must be a table of ko and en"]
    return [f"{where}: no {language}" for language in LANGUAGES if not value.get(language)]


def _set(name: object, sets: Mapping[str, list[str]]) -> list[object]:
    """What a form names: itself, or, after "@", the fields of a set."""
    if isinstance(name, str) and name.startswith("@"):
        return list(sets.get(name[1:], [name]))
    return [name]


def _once(fields: list[object]) -> list[object]:
    """Each field once, at its first place."""
    keys = [one.get("key") if isinstance(one, dict) else one for one in fields]
    return [one for place, one in enumerate(fields) if keys[place] not in keys[:place]]


def _field(where: str, one: object, known: Mapping[str, Mapping[str, Any]], faults: list[str]) -> Field | None:
    """A field as a form names it: its key, or a table with the key and what differs in this form."""
    table: Mapping[str, Any] = {"key": one} if isinstance(one, str) else one if isinstance(one, dict) else {}
    key = str(table.get("key", ""))
    if key not in known:
        faults.append(f"{where}: unknown field {key!r}")
        return None
    if ("max_length" in table) != ("length_source" in table):
        faults.append(f"{where}: {key}: a length limit needs its source")
    whole = {**known[key], **table}
    return Field(
        key=key,
        label=whole["label"],
        value=whole.get("value", ""),
        required=whole.get("required", True),
        choices=whole.get("choices", {}),
        max_length=whole.get("max_length"),
        length_source=whole.get("length_source", ""),
    )


def _form(entry: Mapping[str, Any], fields: list[Field]) -> Form:
    return Form(
        id=entry["id"],
        rungs=tuple(entry["rungs"]),
        name=entry["name"],
        link=entry.get("link", ""),
        link_source=entry.get("link_source", ""),
        language=entry.get("language", ""),
        asks=entry["asks"],
        fields=tuple(fields),
        hints=tuple(entry.get("hints", ())),
        **{name: entry[name] for name in _WORDS if name in entry},
    )
