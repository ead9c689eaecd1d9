"""The 24 ladders told as mails: `orders --json`, `ladder --json` and `drafts --json`, with every day counted by hand.

The stories lie in tests/ladders (see its README.md); the mails go the whole way, as those of tests/test_stories.py do.
"""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.escalate import REASONS, STATUSES
from monitor.knowledge.rights import load_rights
from monitor.render import has_message
from tests import test_stories
from tests.test_stories import Teller, empty_store, moment

__all__ = ["empty_store"]

FOLDER = Path(__file__).parent / "ladders"
DATA = frozenset({"mails.toml", "shops.toml"})
Table = dict[str, Any]


def load(name: str) -> Table:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def stories() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.toml")):
        if path.name in DATA:
            continue
        file = load(path.name)
        for story in file["story"]:
            told = {**story, "settings": {**file.get("settings", {}), **story.get("settings", {})}}
            told.setdefault("shop", file.get("shop", "daon"))
            yield pytest.param(told, id=f"{path.stem}-{story['name']}")


class Climber(Teller):
    """A teller who also reads ladders and drafts."""

    def ladder(self, entry: Table, at: datetime) -> list[Table]:
        order = self.order(entry, at)
        printed = self.command("ladder", order["id"], "--json", "--at", at.isoformat())
        return [json.loads(line) for line in printed.splitlines()]

    def say(self, entry: Table, at: datetime) -> None:
        self.now = at
        self.command("say", self.order(entry, at)["id"], *entry["words"].split(" "))

    def drafts(self, at: datetime) -> list[Table]:
        return [json.loads(line) for line in self.command("drafts", "--json", "--at", at.isoformat()).splitlines()]

    def check(self, entry: Table, at: datetime) -> None:
        self.now = max(self.now, at)
        if "ladder" in entry:
            expected = [" ".join(line.split()) for line in entry["ladder"].strip().splitlines()]
            assert [row(step) for step in self.ladder(entry, at)] == expected, f"at {entry['at']}"
        order = self.order(entry, at)
        if "next" in entry:
            step = order["next_step"]
            assert ("-" if step is None else next_row(step)) == " ".join(entry["next"].split()), f"at {entry['at']}"
        if "draft" in entry:
            found = [d for d in self.drafts(at) if d["order_id"] == order["id"] and d["rung"] == entry["draft"]]
            assert len(found) == 1 and found[0]["body"].strip(), f"at {entry['at']}: {self.drafts(at)}"
        for name in ("rules", "rules_out"):
            for rung, ids in entry.get(name, {}).items():
                (step,) = [step for step in self.ladder(entry, at) if step["rung"] == rung]
                assert set(ids) <= set(step[name]), f"at {entry['at']}: {step}"
        rest = {"at", "ladder", "next", "draft", "rules", "rules_out"}
        if simple := {key: value for key, value in entry.items() if key not in rest}:
            super().check({"at": entry["at"], **simple}, at)


def row(step: Table) -> str:
    """One step as the stories write it: rung, state, first day, last safe day, alarm."""
    days = " ".join(step[name] or "-" for name in ("not_before", "last_safe_day", "alarm_on"))
    return f"{step['rung']} {step['status']} {days}{' assumed' if step['assumed'] else ''}"


def next_row(step: Table) -> str:
    """The next step as the stories write it: rung, addressee, channel, first day, last safe day."""
    days = " ".join(step[name] or "-" for name in ("not_before", "last_safe_day"))
    return f"{step['rung']} {step['addressee']} {step['channel']} {days}{' assumed' if step['assumed'] else ''}"


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mails and shops of these stories besides those of the others."""
    monkeypatch.setattr(test_stories, "MAILS", {**test_stories.MAILS, **load("mails.toml")})
    monkeypatch.setattr(test_stories, "ITEMS", {**test_stories.ITEMS, "fr": "Lampe de bureau"})
    monkeypatch.setattr(test_stories, "SHOPS", {**test_stories.SHOPS, **load("shops.toml")})


@pytest.mark.usefixtures("mails")
@pytest.mark.parametrize("story", list(stories()))
def test_the_story_goes_up_its_ladder_as_counted_by_hand(
    story: Table, tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(empty_store, tmp_path / "store.db")
    teller = Climber(story, tmp_path, monkeypatch)
    turns = [(moment(entry["at"], story), teller.check, entry) for entry in story["checks"]]
    turns += [(moment(entry["at"], story), teller.say, entry) for entry in story.get("says", ())]
    turns.sort(key=lambda turn: turn[0])
    teller.receive(max(turns[-1][0], *(moment(entry["at"], story) for entry in story["mails"])) + timedelta(minutes=1))
    for at, turn, entry in turns:
        turn(entry, at)


def test_every_ladder_of_the_rights_table_has_a_story() -> None:
    told = {story.values[0]["tells"] for story in stories() if "tells" in story.values[0]}
    assert {ladder.id for ladder in load_rights().ladders} <= told


def test_every_reason_and_every_state_is_in_both_catalogs() -> None:
    for language in ("en", "ko"):
        assert [reason for reason in REASONS if not has_message(reason, language)] == []
        assert [status for status in STATUSES if not has_message(f"status.{status}", language)] == []
