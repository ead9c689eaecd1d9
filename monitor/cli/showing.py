"""`demo`: the main job on the sample mailbox, done by the same code as on a real one."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import render
from monitor.cli import letters, mails, screen, stories, words
from monitor.cli.failures import Refusal
from monitor.cli.words import say

if TYPE_CHECKING:
    from monitor.config import Config

_OURS = ("demo.sqlite3*", "digest-*.html", "digest-*.eml")


def demo(folder: Path | None, environ: Mapping[str, str], now: datetime, *, page: bool = False) -> Path:
    """Serve the sample mailbox, read it over IMAP, print orders and letters, write the digest.

    Returns the settings that lead to what was read. `page`: the caller goes on to serve it; else it is said how.
    """
    from monitor.config import places
    from monitor.demo import DemoUnavailable, demonstration
    from monitor.run import digests, orders, texts
    from monitor.store import Store

    target = (folder or places.data_home(environ) / "demo").absolute()
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    for pattern in _OURS:  # every demonstration starts clean; what is not ours stays
        for old in target.glob(pattern):
            old.unlink()
    try:
        with demonstration(target, now, words.language()) as config, Store.open(config.store_path()) as store:
            screen.put(say("demo.start"))
            # As if it had been watching all along: the digest of a first run keeps quiet about what was late before.
            store.set_setting(digests.QUIET_BEFORE, (now - timedelta(days=365)).isoformat())
            mails.scan(store, config, now, sum_up=False)
            screen.put()
            views = orders.orders(store, config, None, now)
            stories.table(views, config, now)
            ready = [draft for draft in texts.drafts(store, config, None, now) if draft.status == "ready"]
            if ready:
                screen.put()
                screen.put(say("demo.drafts"))
                for letter in ready:
                    letters.draft_line(letter)
            day = render.local_day(now, config.user.timezone)
            made = digests.preview(store, config, now=now)
            delivered = digests.write(made, config, config.digest_to() or "digest@localhost", day)
    except DemoUnavailable as missing:
        raise Refusal(f"{missing}\n{say('demo.missing')}") from None
    screen.put()
    for path in delivered.files:
        screen.put(say("demo.look", path=path))
    played = _play(target, config)
    if page:
        screen.put()
        return played
    if views:
        screen.put(say("demo.play", command=f"{_command()} --config {played} show {views[0].order.id}"))
        where = f" --folder {folder}" if folder is not None else ""
        screen.put(say("demo.page", command=f"{_command()} demo --page{where}"))
    own = " && ".join(f"{_command()} {step}" for step in ("init", "check", "scan", "orders"))
    screen.put(say("demo.own", command=own))
    return played


def _command() -> str:
    """How this very program is called: by its name where the shell finds it, else by where it lies."""
    called = Path(sys.argv[0])
    if shutil.which("refund-monitor") is not None or called.name != "refund-monitor":
        return "refund-monitor"
    return os.path.relpath(called) if called.is_absolute() else str(called)


def _play(folder: Path, config: Config) -> Path:
    """Settings that lead to what the demonstration has read (its mailbox is gone by then)."""
    from monitor.config.explain import toml

    user = config.user
    lines = ["[user]", f"name = {toml(user.name)}", f"addresses = {toml(user.addresses)}",
             f"language = {toml(user.language)}", f"country = {toml(user.country)}",
             f"timezone = {toml(user.timezone)}", "", "[store]", 'path = "demo.sqlite3"', ""]  # fmt: skip
    path = folder / "demo.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
