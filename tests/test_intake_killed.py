"""A pass that is killed at any moment and run again comes to the same end as one that was left in peace."""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor import knowledge
from monitor.config import Config
from monitor.run import intake, orders
from monitor.run.intake import bodies, sessions
from monitor.store import Store
from tests import post
from tests.dovecot import Mailbox
from tests.post import NOW, at

KILLS = 50


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each batch of these few mails is stored by itself, as thousands of them are."""
    monkeypatch.setattr(sessions, "STORED_TOGETHER", 10_000)


def fill(mailbox: Mailbox) -> None:
    """A few hundred mails with everything in them that makes the order of reading matter."""
    mailbox.add("INBOX", post.mixed(160))
    mailbox.add("INBOX", [(post.answer(n, at(6)), at(6)) for n in (1, 2)])
    mailbox.add("Archive", post.mixed(40, seed=9))  # partly the same mails again
    mailbox.add("Archive", [(post.order(900 + n, at(3), f"shop{n}.co.kr"), at(3)) for n in range(8)])
    mailbox.add("INBOX", [(post.plain_word(at(8), f"shop{n}.co.kr", 900 + n), at(8)) for n in range(8)])
    mailbox.add("Sent", [(post.letter(900 + n, at(7), f"shop{n}.co.kr"), at(7)) for n in range(4)])
    mailbox.add("Sent", [(post.letter(n, at(5)), at(5)) for n in (1, 2)])


def outcome(path: Path, config: Config) -> dict[str, Any]:
    """Orders, events, mails, readings, places, cursors: everything but the times at which they were written."""
    with Store.open(path) as store:
        return {
            "orders": [
                (v.order.id, v.order.number, v.judgement, [e.id for e in v.order.events])
                for v in orders.orders(store, config, None, NOW)
            ],
            "events": store.events(),
            "mails": list(store.mails()),
            "readings": store.readings(),
            "places": {row.identity: store.locations(row.identity) for row in store.mails()},
            "raw": {row.identity: store.raw(row.identity) for row in store.mails()},
            "cursors": [(s.account, s.folder, s.uidvalidity, s.next_uid, s.heard_until) for s in store.folder_states()],
            "settings": [store.get_setting(key) for key in ("intake.known", "intake.unsettled", "quiet_before")],
            "problems": [entry.problem for entry in store.problems()],
        }


def scan(path: Path, config: Config) -> None:
    with Store.open(path) as store:
        intake.scan(store, config, knowledge.load(), now=NOW, environ={})


def in_a_process(action: Callable[[], None]) -> int:
    """Start `action` in a process of its own."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            action()
            status = 0
        finally:
            os._exit(status)
    return pid


def mails_in(path: Path) -> int:
    with Store.open(path) as store:
        return store.count()["mails"]


@pytest.mark.timeout(600)
def test_killed_at_fifty_moments_the_outcome_is_the_same(
    mailbox: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a second process and without one, by turns."""
    fill(mailbox)
    config = post.config(mailbox, batch=20)
    knowledge.load()
    empty = tmp_path / "empty.sqlite3"
    Store.open(empty).close()

    scan(tmp_path / "first.sqlite3", config)  # what the first mails load is loaded: all passes take equally long now
    peaceful = tmp_path / "peaceful.sqlite3"
    shutil.copy(empty, peaceful)
    started = time.monotonic()
    assert os.waitpid(in_a_process(lambda: scan(peaceful, config)), 0)[1] == 0
    duration = time.monotonic() - started
    expected = outcome(peaceful, config)
    assert len(expected["orders"]) > 30
    assert expected["settings"][1] is None

    dice = random.Random(20261120)
    struck = 0
    stages: set[int] = set()
    for n in range(KILLS):
        monkeypatch.setattr(bodies, "LONG", 30 if n % 2 else 1_000_000)
        path = tmp_path / f"killed{n}.sqlite3"
        shutil.copy(empty, path)
        pid = in_a_process(lambda path=path: scan(path, config))
        time.sleep(dice.uniform(0, duration))
        os.kill(pid, signal.SIGKILL)
        if os.WIFSIGNALED(os.waitpid(pid, 0)[1]):
            struck += 1
            stages.add(mails_in(path))
        else:
            duration *= 0.8  # the machine has less to do by now than when a pass was timed
        scan(path, config)
        assert outcome(path, config) == expected, f"after kill {n}"
        for left in tmp_path.glob(f"{path.name}*"):
            left.unlink()
    # the test means something only if the kills met the pass at many different points
    assert struck > KILLS * 0.6
    assert len(stages) >= 8


def test_killed_again_and_again_it_still_comes_to_its_end(
    mailbox: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(mailbox)
    config = post.config(mailbox, batch=20)
    peaceful, path = tmp_path / "peaceful.sqlite3", tmp_path / "killed.sqlite3"
    scan(peaceful, config)
    Store.open(path).close()
    monkeypatch.setattr(bodies, "LONG", 30)
    dice = random.Random(7)
    for _ in range(12):
        pid = in_a_process(lambda: scan(path, config))
        time.sleep(dice.uniform(0.02, 0.4))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    scan(path, config)
    assert outcome(path, config) == outcome(peaceful, config)
