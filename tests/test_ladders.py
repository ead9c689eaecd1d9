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
from typer.testing import CliRunner

from monitor.cli import app as door
from monitor.cli.failures import Refusal
from monitor.escalate import REASONS, STATUSES
from monitor.knowledge.rights import load_rights
from monitor.render import has_message, message
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
        if "steps" in entry:
            rows = {step["rung"]: row(step) for step in self.ladder(entry, at)}
            for wanted in entry["steps"]:
                assert f"{rows[wanted.split()[0]]} ".startswith(f"{wanted} "), f"at {entry['at']}: {rows}"
        told = {step["rung"]: step["reason"] for step in self.ladder(entry, at)} if "reasons" in entry else {}
        for rung, key in entry.get("reasons", {}).items():
            assert told[rung] in (message(key, "en"), message(key, "ko")), f"at {entry['at']}: {told}"
        order = self.order(entry, at)
        if "next" in entry:
            step = order["next_step"]
            assert ("-" if step is None else next_row(step)) == " ".join(entry["next"].split()), f"at {entry['at']}"
        if "draft" in entry:
            found = [d for d in self.drafts(at) if d["order_id"] == order["id"] and d["rung"] == entry["draft"]]
            assert len(found) == 1 and found[0]["body"].strip(), f"at {entry['at']}: {self.drafts(at)}"
            assert [text for text in entry.get("tells", ()) if text not in found[0]["body"]] == [], found[0]["body"]
        for name in ("rules", "rules_out"):
            for rung, ids in entry.get(name, {}).items():
                (step,) = [step for step in self.ladder(entry, at) if step["rung"] == rung]
                assert set(ids) <= set(step[name]), f"at {entry['at']}: {step}"
        rest = {"at", "ladder", "steps", "reasons", "next", "draft", "tells", "rules", "rules_out"}
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


# -- at the terminal -------------------------------------------------------------------------------------------------


BOUGHT: Table = {
    "name": "terminal",
    "shop": "daon",
    "settings": {"USER__COUNTRY": "KR", "USER__TIMEZONE": "Asia/Seoul"},
    "mails": [{"at": "2026-09-07 10:00", "use": "ko-buy", "extra": "결제수단: 신용카드 (일시불)"}],
}
LATE = "2026-09-11 09:00"


@pytest.fixture
def climber(mails: None, tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch) -> Climber:
    """An order that is late by a day."""
    shutil.copy(empty_store, tmp_path / "store.db")
    teller = Climber(BOUGHT, tmp_path, monkeypatch)
    teller.receive(moment(LATE, BOUGHT))
    return teller


def refused(climber: Climber, *words: str) -> str:
    result = CliRunner().invoke(door.app, list(words))
    assert isinstance(result.exception, Refusal) and result.exception.status == 2, result.output
    return str(result.exception)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_ladder_is_told_in_words_with_every_step(
    climber: Climber, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFUND_MONITOR_USER__LANGUAGE", language)
    told = climber.command("ladder", "20260907-0001")
    for step in load_rights().ladder("ladder-kr-card-lump").steps:
        assert f"[{step.rule}]" in told
    assert "{" not in told and "None" not in told and "ladder." not in told
    assert ("지금 할 수 있습니다" if language == "ko" else "Can be done now") in told
    shown = climber.command("show", "20260907-0001")
    assert "ladder-kr-card-lump" in shown


def test_a_step_that_does_not_exist_is_refused_and_a_near_one_named(climber: Climber) -> None:
    assert "kr-pg-19" in refused(climber, "say", "20260907-0001", "did", "kr-pg-9")
    assert "2026-12-24" in refused(climber, "say", "20260907-0001", "did", "kr-pg-19", "--on", "tomorrow")
    assert "phone" in refused(climber, "say", "20260907-0001", "did", "kr-pg-19", "--by", "pigeon")
    refused(climber, "say", "20260907-0001", "arrived", "--case", "1")


def test_a_card_number_said_of_an_order_is_refused_and_not_repeated(climber: Climber) -> None:
    assert "4111" not in refused(climber, "say", "20260907-0001", "card=4111111111111111")
    climber.command("say", "20260907-0001", "card=1111")


def test_a_way_of_paying_that_nobody_knows_is_refused(climber: Climber) -> None:
    assert "check_card" in refused(climber, "say", "20260907-0001", "payment=chekc_card")
    refused(climber, "say", "20260907-0001", "instalments=many")
    refused(climber, "say", "20260907-0001", "fraud_signals=perhaps")
    refused(climber, "say", "20260907-0001", "statement_sent_date=soon")


def test_a_call_told_late_counts_from_its_day_and_no_earlier(climber: Climber) -> None:
    climber.now = moment("2026-09-20 09:00", BOUGHT)
    climber.command("say", "20260907-0001", "did", "kr-ecom-15-3-progress", "--on", "2026-09-14", "--by", "phone")
    entry = {"order": "20260907-0001"}

    def first(day: str) -> str:
        return str(climber.ladder(entry, moment(f"{day} 12:00", BOUGHT))[0]["status"])

    assert [first(day) for day in ("2026-09-12", "2026-09-14", "2026-09-20")] == ["open", "done", "done"]


def test_an_order_that_does_not_exist_has_no_ladder(climber: Climber) -> None:
    assert isinstance(CliRunner().invoke(door.app, ["ladder", "nothing"]).exception, Refusal)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_step_before_a_payment_day_that_nobody_told_says_so_and_names_no_day_that_moves_on_every_day(
    mails: None, tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    shutil.copy(empty_store, tmp_path / "store.db")
    mail = {**BOUGHT["mails"][0], "total": "360,000원", "extra": "결제수단: 신용카드 6개월 할부"}
    bought = {**BOUGHT, "mails": [mail]}
    climber = Climber(bought, tmp_path, monkeypatch)
    climber.receive(moment(LATE, bought))
    monkeypatch.setenv("REFUND_MONITOR_USER__LANGUAGE", language)
    told = climber.command("ladder", "20260907-0001").splitlines()
    place = next(i for i, line in enumerate(told) if "[kr-install-16-defence]" in line)
    assert message("ladder.before_bill", language) in told[place + 1]
    assert message("ladder.before_bill", language) in climber.command("show", "20260907-0001")
