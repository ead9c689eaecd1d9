"""Reads the rule files and refuses what is wrong with them, all faults at once.

In charge of turning TOML into `Rights`: the files of the package, then those of the user's own folder (`laws/` and
`payments/` in it), where a rule of a known id replaces the keys that it gives. `forms*.toml` in `payments/` are not
rules and are left to their own loader.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from monitor.knowledge.rights import model
from monitor.knowledge.rights.model import (
    CONDITIONS,
    EVENTS,
    NETWORKS,
    PREFIXES,
    UNITS,
    Ladder,
    Pack,
    Payment,
    Period,
    Rights,
    Rule,
    Rung,
)
from monitor.knowledge.rights.values import Values, items, tables
from monitor.knowledge.words import KnowledgeError

FOLDER = Path(__file__).parent.parent
PARTS = ("laws", "payments")

_PERIODS = (
    "window", "window_alt", "window_first", "window_overseas", "window_after", "window_cap", "safe_window",
    "alarm_before", "wait", "refund_within",
)  # fmt: skip
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "category": model.CATEGORIES,
    "source_kind": model.SOURCE_KINDS,
    "uncertainty": model.UNCERTAINTIES,
    "window_kind": model.WINDOW_KINDS,
    "clock_rule": model.CLOCK_RULES,
    "window_end": model.WINDOW_ENDS,
    "on_day_off": model.DAY_OFF,
    "amount_max_is": model.AMOUNT_MAX,
    "text": model.FAMILIES,
}
_LISTS = (
    "payment",
    "order",
    "addressee",
    "channel",
    "draft_mode",
    "evidence",
    "rules_out",
    "needs",
    "sellers",
    "more_links",
)
_EVENT_FIELDS = (
    "clock_start",
    "clock_alt",
    "window_cap_from",
    "agreed_date",
    "wait_from",
    "wait_or_from",
    "wait_unless",
)
_REQUIRED = (
    "id", "jurisdiction", "category", "ground", "title", "demand", "cite", "text", "payment", "order", "addressee",
    "channel", "draft_mode", "source", "source_kind", "source_date", "uncertainty",
)  # fmt: skip
_WORDS = ("title", "demand", "note", "cite")
_DECIMALS = ("amount_min", "amount_max", "interest_percent", "interest_over_base")
_DATES = ("checked_on", "valid_from", "valid_until")
_FLAGS = ("first_day_counts", "must_arrive", "phone_business_days", "phone_recalled", "seller_first")
_TEXTS = (
    "jurisdiction", "ground", "wait_waived_by", "link", "phone", "email", "source", "source_date", "amount_currency",
)  # fmt: skip
_KEYS = frozenset(item.name for item in fields(Rule)) - {"pack"} | {f"{name}_unit" for name in _PERIODS}
_RUNG_KEYS = frozenset({"rule", "after", "wait", "or_after", "or_wait", "only_if", "parallel", "counts_from"})
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")


class RightsError(KnowledgeError):
    """A rule file is wrong; the message names file, rule and key of every fault."""


@cache
def load_rights(user_folder: Path | None = None) -> Rights:
    """All rules and ladders: those of the package and, from `user_folder`, those that the user added or corrected.

    Cached per folder. Raises `RightsError` with all faults at once.
    """
    reader = _Reader()
    for part in PARTS:
        reader.read_folder(FOLDER / part, own=False)
    if user_folder is not None:
        for part in PARTS:
            reader.read_folder(user_folder / part, own=True)
    return reader.finish()


def stale_packs(rights: Rights, today: date) -> tuple[Pack, ...]:
    """The files whose facts are older than a year: every rule of theirs should be looked up again.

    A file counts as old as its compilation, or as the oldest look at a live source if every rule had one since.
    """
    limit = today.replace(year=today.year - 1) if (today.month, today.day) != (2, 29) else date(today.year - 1, 2, 28)
    found = []
    for pack in rights.packs:
        looks = [rule.checked_on for rule in rights.rules.values() if rule.pack == pack.name]
        known = [look for look in looks if look is not None]
        seen = min(known) if looks and len(known) == len(looks) else pack.compiled
        if max(seen, pack.compiled) < limit:
            found.append(pack)
    return tuple(found)


class _Reader(Values):
    """Collects raw tables and faults over several files, then makes the values."""

    def __init__(self) -> None:
        super().__init__()
        self.rules: dict[str, dict[str, Any]] = {}
        self.ladders: dict[str, dict[str, Any]] = {}
        self.payments: dict[str, dict[str, Any]] = {}
        self.evidence: dict[str, Mapping[str, str]] = {}
        self.packs: dict[str, dict[str, Any]] = {}

    def read_folder(self, folder: Path, *, own: bool) -> None:
        for path in sorted(folder.glob("*.toml")):
            if not path.name.startswith("forms"):
                self._read(path, own=own)

    def _read(self, path: Path, *, own: bool) -> None:
        name = f"{path.parent.name}/{path.name}" if not own else f"own {path.parent.name}/{path.name}"
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
            self.fault(name, str(wrong))
            return
        for key in table.keys() - {"pack", "rule", "ladder", "payment", "evidence"}:
            self.fault(name, f"unknown table '{key}'")
        pack = table.get("pack")
        compiled = pack.get("compiled") if isinstance(pack, dict) else None
        if not isinstance(compiled, date):
            self.fault(name, "[pack] needs `compiled`, the day on which its facts were put together (a TOML date)")
            compiled = date.min
        self.packs[name] = {"compiled": compiled, "own": own}
        for key, known in (("rule", self.rules), ("ladder", self.ladders), ("payment", self.payments)):
            seen: set[str] = set()
            for entry in tables(table.get(key, [])):
                entry_id = entry.get("id")
                if not isinstance(entry_id, str) or not entry_id:
                    self.fault(name, f"a [[{key}]] has no id")
                elif entry_id in seen or (entry_id in known and not own):
                    self.fault(name, f"{entry_id}: this id is given twice")
                else:
                    seen.add(entry_id)
                    known[entry_id] = {**known.get(entry_id, {}), **entry, "pack": name}
        for key, words in items(table.get("evidence", {})):
            self.evidence[key] = self.words(name, f"evidence.{key}", words)

    def finish(self) -> Rights:
        rules = {key: rule for key, entry in self.rules.items() if (rule := self._rule(entry)) is not None}
        ladders = [ladder for entry in self.ladders.values() if (ladder := self._ladder(entry)) is not None]
        payments = {key: payment for key, entry in self.payments.items() if (payment := self._payment(entry))}
        if self.faults:
            raise RightsError("\n".join(self.faults))
        packs = tuple(
            Pack(
                name,
                pack["compiled"],
                sum(rule.pack == name for rule in rules.values()),
                sum(ladder.pack == name for ladder in ladders),
                pack["own"],
            )
            for name, pack in self.packs.items()
        )
        return Rights(
            MappingProxyType(rules),
            tuple(ladders),
            packs,
            MappingProxyType(payments),
            MappingProxyType(self.evidence),
        )

    # -- one rule ----------------------------------------------------------------------------------------------

    def _rule(self, entry: Mapping[str, Any]) -> Rule | None:
        before = len(self.faults)
        pack, rule_id = str(entry["pack"]), str(entry["id"])
        where = f"{pack} {rule_id}"
        for key in entry.keys() - _KEYS - {"pack"}:
            self.fault(where, f"unknown key '{key}'")
        for key in _REQUIRED:
            if not entry.get(key):
                self.fault(where, f"'{key}' is missing")
        if not _ID.fullmatch(rule_id):
            self.fault(where, "an id is lower-case words joined by '-'")
        for key, choices in _CHOICES.items():
            if key in entry and entry[key] not in choices:
                self.fault(where, f"{key} = {entry[key]!r}: one of {', '.join(map(repr, choices))}")
        values: dict[str, Any] = {
            key: value for key, value in entry.items() if key in _KEYS and not key.endswith("_unit")
        }
        for key in _LISTS:
            values[key] = self.listed(where, key, entry.get(key, []))
        for key in _PERIODS:
            values[key] = self.period(where, key, entry)
        for key in _WORDS:
            values[key] = self.words(where, key, entry.get(key, {}), may_be_empty=key == "note")
        for key in _DECIMALS:
            if key in entry:
                values[key] = self.decimal(where, key, entry[key])
        for key in _DATES:
            if key in entry and type(entry[key]) is not date:
                self.fault(where, f"{key} wants a TOML date")
        for key in _TEXTS:
            if not isinstance(entry.get(key, ""), str):
                self.fault(where, f"{key} wants a text")
        for key in _FLAGS:
            if not isinstance(entry.get(key, False), bool):
                self.fault(where, f"{key} wants true or false")
        if type(entry.get("min_installment_months", 1)) is not int:
            self.fault(where, "min_installment_months wants a whole number")
        for key in _EVENT_FIELDS:
            event = entry.get(key, "")
            if event not in EVENTS and event not in ("", "none"):
                self.fault(where, f"{key} = {event!r}: no clock event")
        values["clock_by_order"] = dict(items(entry.get("clock_by_order", {})))
        for kind, event in values["clock_by_order"].items():
            if kind not in model.ORDERS or event not in EVENTS:
                self.fault(where, f"clock_by_order.{kind} = {event!r}: a kind of order and a clock event")
        values["waits"] = tuple(self.wait(where, wait) for wait in tables(entry.get("waits", [])))
        values["surcharges"] = tuple(self.surcharge(where, step) for step in tables(entry.get("surcharges", [])))
        values["counterparts"] = dict(items(entry.get("counterparts", {})))
        self._check(where, entry, values)
        if len(self.faults) > before:
            return None
        return Rule(**{**values, "pack": pack})

    def _check(self, where: str, entry: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        start = entry.get("clock_start", "none")
        if values["window"] is not None and (start == "none" or entry.get("window_kind", "none") == "none"):
            self.fault(where, "a window wants clock_start and window_kind")
        if values["wait"] is not None and values["wait"].count and not entry.get("wait_from"):
            self.fault(where, "wait wants wait_from")
        if values["window_cap"] is not None and not entry.get("window_cap_from"):
            self.fault(where, "window_cap wants window_cap_from")
        if entry.get("clock_rule") and not entry.get("clock_alt"):
            self.fault(where, "clock_rule wants clock_alt")
        if any(key in entry for key in ("amount_min", "amount_max")) and not entry.get("amount_currency"):
            self.fault(where, "an amount wants amount_currency (ISO 4217)")
        for key in ("rules_out", "needs"):
            for other in values[key]:
                if other not in self.rules:
                    self.fault(where, f"{key}: there is no rule '{other}'")
        for network, other in values["counterparts"].items():
            if network.partition(":")[0] not in NETWORKS or other not in self.rules:
                self.fault(where, f"counterparts.{network} = {other!r}: a card network and a rule")
        for key in values["evidence"]:
            if key not in self.evidence:
                self.fault(where, f"evidence: no words for '{key}'")
        for pay in values["payment"]:
            plain = pay in ("any", "any-prepaid") or pay in NETWORKS or pay in self.payments
            if not plain and not pay.startswith("any-via-"):
                self.fault(where, f"payment: unknown '{pay}'")

    # -- ladders and payments ----------------------------------------------------------------------------------

    def _ladder(self, entry: Mapping[str, Any]) -> Ladder | None:
        before = len(self.faults)
        where = f"{entry['pack']} {entry['id']}"
        allowed = {"id", "jurisdiction", "payment", "note", "step", "order", "only_if", "pack"}
        for key in entry.keys() - allowed:
            self.fault(where, f"unknown key '{key}'")
        payment = self.listed(where, "payment", entry.get("payment", []))
        for pay in payment:
            if pay != "any" and pay not in self.payments:
                self.fault(where, f"payment: unknown '{pay}'")
        steps: list[Rung] = []
        for step in tables(entry.get("step", [])):
            steps.append(self._rung(where, step, {rung.id for rung in steps}))
        if not steps:
            self.fault(where, "a ladder wants at least one [[ladder.step]]")
        note = self.words(where, "note", entry.get("note", {}))
        order = self.listed(where, "order", entry.get("order", ["any"]))
        only_if = self._conditions(where, entry.get("only_if", []))
        if len(self.faults) > before:
            return None
        return Ladder(
            str(entry["id"]), str(entry.get("jurisdiction", "")), payment, note, tuple(steps), order, only_if,
            str(entry["pack"]),
        )  # fmt: skip

    def _rung(self, where: str, step: Mapping[str, Any], earlier: set[str]) -> Rung:
        rule = str(step.get("rule", ""))
        where = f"{where} step {rule}"
        for key in step.keys() - _RUNG_KEYS:
            self.fault(where, f"unknown key '{key}'")
        if rule not in self.rules:
            self.fault(where, f"there is no rule '{rule}'")
        if rule in earlier:
            self.fault(where, "this rule is already a step of the ladder")
        after, wait = self._start(where, step, "after", "wait", earlier)
        or_after, or_wait = self._start(where, step, "or_after", "or_wait", earlier)
        counts_from = str(step.get("counts_from", ""))
        if counts_from and counts_from not in EVENTS:
            self.fault(where, f"counts_from = '{counts_from}': no clock event")
        only_if = self._conditions(where, step.get("only_if", []))
        return Rung(rule, after, wait, only_if, bool(step.get("parallel", False)), counts_from, or_after, or_wait)

    def _start(
        self, where: str, step: Mapping[str, Any], key: str, wait_key: str, earlier: set[str]
    ) -> tuple[str, Period | None]:
        after = str(step.get(key, ""))
        if after and after not in EVENTS and after not in earlier:
            self.fault(where, f"{key} = '{after}': neither a clock event nor an earlier step")
        if wait_key not in step:
            return after, None
        count, _, unit = str(step[wait_key]).partition(" ")
        if not count.isdigit() or unit not in UNITS:
            self.fault(where, f'{wait_key} = {step[wait_key]!r}: write it as "3 business_days"')
            return after, None
        if not after:
            self.fault(where, f"{wait_key} wants {key}")
        return after, Period(int(count), unit)

    def _conditions(self, where: str, value: object) -> tuple[str, ...]:
        found = self.listed(where, "only_if", value)
        for condition in found:
            prefix, _, rest = condition.partition(":")
            if condition not in CONDITIONS and not (prefix in PREFIXES and rest):
                self.fault(where, f"only_if: unknown '{condition}'")
        return found

    def _payment(self, entry: Mapping[str, Any]) -> Payment | None:
        before = len(self.faults)
        where = f"{entry['pack']} payment {entry['id']}"
        for key in entry.keys() - {"id", "name", "taker", "branches", "rules", "pack"}:
            self.fault(where, f"unknown key '{key}'")
        name = self.words(where, "name", entry.get("name", {}))
        taker = str(entry.get("taker", ""))
        if taker and taker not in model.ADDRESSEES:
            self.fault(where, f"taker: unknown '{taker}'")
        branches = self.listed(where, "branches", entry.get("branches", []))
        rules = self.listed(where, "rules", entry.get("rules", []))
        for branch in branches:
            if branch not in self.payments:
                self.fault(where, f"branches: unknown '{branch}'")
        for rule in rules:
            if rule not in self.rules:
                self.fault(where, f"there is no rule '{rule}'")
        return Payment(str(entry["id"]), name, taker, branches, rules) if len(self.faults) == before else None
