"""The text for a step beside the next one: what it would close is said, its day moves on, words of the user stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor import config as settings
from monitor.run import approving, orders, preparing
from monitor.store import Store
from tests.commands import Run, at_home, runner

SEOUL = ZoneInfo("Asia/Seoul")
PLACED = datetime(2026, 6, 1, 10, 0, tzinfo=SEOUL)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=SEOUL)
PAYPAL = "prov-paypal-open"


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line of somebody in Seoul who bought abroad and paid by PayPal."""
    user = {"COUNTRY": "KR", "TIMEZONE": "Asia/Seoul", "LANGUAGE": "en", "NAME": "Mina Kim",
            "ADDRESSES": "me@example.com"}  # fmt: skip
    at_home(monkeypatch, tmp_path, **{f"REFUND_MONITOR_USER__{name}": value for name, value in user.items()})
    mail = EmailMessage()
    mail["From"], mail["To"] = "Pine Outfitters <orders@pineoutfitters.com>", "me@example.com"
    mail["Subject"], mail["Date"] = "Your Pine Outfitters order PO-160001 is confirmed", format_datetime(PLACED)
    mail["Message-ID"] = "<one@pineoutfitters.com>"
    mail.set_content(
        "Hi Mina,\n\nThanks for your order!\n\nOrder number: PO-160001\nOrder date: 2026-06-01\n\n1 x Rain jacket\n\n"
        "Total: US$120.00\nPayment method: PayPal\n"
    )
    (tmp_path / "mail.eml").write_bytes(mail.as_bytes())
    made = runner(capsys)
    assert made("import", tmp_path / "mail.eml", "--heard-until", NOW.isoformat()).status == 0
    return made


@pytest.fixture
def world(command: Run) -> tuple[Store, settings.Config]:
    import os

    loaded = settings.load(None, os.environ)
    return Store.open(loaded.store_path()), loaded


def view_of(store: Store, config: settings.Config, now: datetime = NOW) -> orders.OrderView:
    (view,) = orders.orders(store, config, None, now)
    return view


def test_a_step_that_would_close_another_way_that_is_still_open_says_which(
    world: tuple[Store, settings.Config], command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, config = world
    view = view_of(store, config)
    way = preparing.ladders.of_view(view, config)
    ahead = [step.rung for step in way.steps if step.status in ("open", "waiting") and step.rung != PAYPAL]
    behind = [step.rung for step in way.steps if step.status in ("expired", "ruled_out", "done")]
    assert ahead
    closing = tuple(
        replace(step, rules_out=(ahead[0], *behind, "prov-etsy")) if step.rung == PAYPAL else step for step in way.steps
    )
    closed = replace(view, step=None, draft=None, way=replace(way, steps=closing))
    step = preparing.step_of(closed, config, PAYPAL)
    assert step is not None and preparing.ends(closed, config, step) == (ahead[0],)
    assert preparing.ends(view, config, replace(step, rules_out=("prov-etsy",))) == ()
    monkeypatch.setattr(orders, "orders", lambda *_: [closed])
    said = command("draft", "PO-160001", "--step", PAYPAL, "--at", NOW.isoformat()).out
    assert "! This step would close other ways that are still open: " in said


def test_a_prepared_text_moves_with_the_day_until_the_user_changes_it(world: tuple[Store, settings.Config]) -> None:
    store, config = world
    view = view_of(store, config)
    rung = next(
        step.rung
        for step in preparing.ladders.of_view(view, config).steps
        if step.addressee == "seller" and step.status == "open" and step.answer_by is not None
    )
    first = preparing.prepare(store, config, view, rung, now=NOW).draft
    assert preparing.prepare(store, config, view, rung, now=NOW).draft == first
    later = NOW + timedelta(days=10)
    moved = preparing.as_of_today(first, view_of(store, config, later), config, now=later)
    assert moved.id == first.id and moved.answer_by is not None and first.answer_by is not None
    assert moved.answer_by > first.answer_by and moved.body != first.body
    mine = approving.edit(store, first, replace(approving.text_of(first), body="My own words."), now=NOW)
    assert preparing.as_of_today(mine, view_of(store, config, later), config, now=later) == mine
    again = preparing.prepare(store, config, view_of(store, config, later), rung, now=later).draft
    assert again.body == "My own words." and again.edited


def test_a_text_that_was_put_away_is_there_again_when_it_is_asked_for(world: tuple[Store, settings.Config]) -> None:
    store, config = world
    view = view_of(store, config)
    draft = preparing.prepare(store, config, view, PAYPAL, now=NOW).draft
    approving.discard(store, draft, now=NOW)
    assert store.draft(draft.id).status == "discarded"  # type: ignore[union-attr]  # it was just put there
    assert preparing.prepare(store, config, view, PAYPAL, now=NOW).draft.status == "ready"


def test_what_is_no_step_and_what_has_no_text_is_refused(world: tuple[Store, settings.Config]) -> None:
    store, config = world
    view = view_of(store, config)
    with pytest.raises(preparing.NotPrepared) as refused:
        preparing.prepare(store, config, view, "us-mito-30", now=NOW)
    assert refused.value.why == "unknown"
    for step in preparing.ladders.of_view(view, config).steps:
        why = preparing.refusal(step, config)
        if step.status in ("expired", "ruled_out"):
            assert why == step.status
        if why:
            with pytest.raises(preparing.NotPrepared, match=why):
                preparing.prepare(store, config, view, step.rung, now=NOW)
    assert store.drafts() == []
