"""Mails with what a person says stands in them: a folder with `labels.jsonl`, or the project's own sample mails."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from monitor.demo import samples
from tests import classify_cases, test_classify

TESTS = Path(__file__).parent.parent
FIELDS = ("seller", "order_number", "total", "currency", "tracking_number", "payment_method")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A mail and its label. `values`: by field; None where the mail states nothing, absent where nobody looked."""

    name: str
    source: str
    language: str
    content: bytes
    kind: str
    also_right: frozenset[str] = frozenset()
    values: Mapping[str, str | None] = field(default_factory=dict)
    own: frozenset[str] = frozenset()  # addresses of the user


class Unusable(Exception):
    """The folder cannot be scored; the message says why."""


def corpus(folder: Path) -> tuple[list[Labelled], int]:
    """The labelled mails of a folder, and how many labels have no mail there. Raises `Unusable`."""
    path = folder / "labels.jsonl"
    try:
        labels = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise Unusable(f"{path}: {error}") from None
    mails: list[Labelled] = []
    absent = 0
    for label in labels:
        file = folder / label["file"]
        if not file.is_file():
            absent += 1
            continue
        values = {name: _text(label[name]) for name in FIELDS if name in label}
        mails.append(
            Labelled(
                label["file"], str(label.get("source", "?")), str(label.get("lang", "?")), file.read_bytes(),
                label["kind"], frozenset(label.get("kind_ok") or ()), values,
            )
        )  # fmt: skip
    return mails, absent


def _text(value: Any) -> str | None:
    return None if value in (None, "") else str(value)


def own() -> list[Labelled]:
    """The project's own sample mails: all written for it, none taken from anyone's mailbox."""
    return [*_values(), *_kinds(), *_demonstration()]


def _values() -> Iterator[Labelled]:
    """tests/mails/values: what each states lies beside it; only what is named there was looked at."""
    for path in sorted((TESTS / "mails" / "values").glob("*.eml")):
        expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
        want = expected["want"]
        values: dict[str, str | None] = {
            name: _text(want[name]) for name in ("order_number", "payment_method") if name in want
        }
        if "total" in want:
            amount, _, currency = (want["total"] or "").partition(" ")
            values |= {"total": amount or None, "currency": currency or None}
        if "tracking" in want:
            values["tracking_number"] = next(iter(want["tracking"]), None)
        kind = classify_cases.PUBLIC.get(expected["kind"], expected["kind"])
        also = frozenset({"shipped"}) if expected["kind"] == "delayed" else frozenset()
        yield Labelled(path.stem, "values", expected["language"], path.read_bytes(), kind, also, values)


def _kinds() -> Iterator[Labelled]:
    """tests/classify: kinds and sellers; no values."""
    for path in sorted(classify_cases.FOLDER.glob("*.toml")):
        for number, entry in enumerate(tomllib.loads(path.read_text("utf-8"))["mail"], 1):
            seller = {"seller": _text(entry["seller"])} if "seller" in entry else {}
            yield Labelled(
                f"{path.stem}-{number}", "kinds", entry.get("lang", path.stem), classify_cases.raw_of(entry),
                entry["kind"], frozenset(entry.get("kind_ok", ())), seller,
            )  # fmt: skip


def _demonstration() -> Iterator[Labelled]:
    """The demonstration's mailbox: kinds, as the names of its mails say them."""
    for path in sorted((Path(samples.__file__).parent / "mailbox").glob("*.toml")):
        languages = {mail["id"]: mail["lang"] for mail in tomllib.loads(path.read_text("utf-8"))["mail"]}
        for delivery in samples.deliveries(date(2026, 11, 22)):
            name = delivery.content.partition(b"@mail.demo.example>")[0].rpartition(b"<")[2].decode("ascii", "replace")
            if name not in languages:
                continue
            kinds = {classify_cases.public(kind) for kind in test_classify.wanted(name) or ()} or {"other"}
            yield Labelled(
                name, "demonstration", languages[name], delivery.content, min(kinds), frozenset(kinds),
                own=frozenset({samples.ADDRESS}),
            )  # fmt: skip
