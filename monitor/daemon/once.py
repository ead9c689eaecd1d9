"""One pass as a process of its own: read the mailboxes, refresh drafts, look after letters, and the digest when due.

Started by the service as `python -m monitor.daemon.once [ACCOUNT TO LEAVE OUT ...]`, with the service's environment.
It prints lines of JSON: {"done": ..., "of": ...} now and then, so that the service sees it live, and at the end what
came of it. SIGTERM ends it at once: what was not stored yet is read again by the next pass; only a digest that is
just going out is finished first.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import FrameType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor.config import Config, ConfigError, SecretError, load

if TYPE_CHECKING:
    from monitor.store import Store

SECONDS_BETWEEN_SIGNS = 5.0


class _Stop:
    """SIGTERM: at once, or, while something must not be cut off, after that."""

    def __init__(self) -> None:
        self._held = False
        self._wanted = False
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._wanted = True
        if not self._held:
            sys.exit(128 + number)

    def __enter__(self) -> None:
        self._held = True

    def __exit__(self, *_: object) -> None:
        self._held = False
        if self._wanted:
            sys.exit(128 + signal.SIGTERM)


def main(left_out: Sequence[str], environ: Mapping[str, str]) -> int:
    """One pass; returns the exit status. What went wrong is a plain line on stderr, never a text of a mail."""
    stop = _Stop()
    from monitor.knowledge import KnowledgeError
    from monitor.store import Store, StoreError

    try:
        config = load(None, environ)
        with Store.open(config.store_path()) as store, store.lock():
            outcome = work(store, config, left_out, environ, stop)
            if config.web.enabled:
                for_the_page(store, config)
    except ConfigError as error:
        print("\n".join(error.problems), file=sys.stderr)
        return 1
    except (StoreError, SecretError, KnowledgeError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(outcome, ensure_ascii=False), flush=True)
    return 0


def work(
    store: Store, config: Config, left_out: Sequence[str], environ: Mapping[str, str], stop: _Stop
) -> dict[str, object]:
    """Read, refresh the drafts, and the digest where its hour has come and it has not gone out."""
    from monitor import knowledge
    from monitor.run import digests, intake, pages, sending

    summary = intake.scan(
        store, without(config, left_out), knowledge.load(config.knowledge_folder()), now=_now(), progress=_signs(),
        environ=environ,
    )  # fmt: skip
    pages.renew(store, config, now=_now())  # with the drafts of what changed
    if sending.pending(store):
        with stop:  # after the mails were read: news keeps back what still waits
            sending.work(store, config, now=_now(), environ=environ)
    outcome: dict[str, object] = {
        "accounts": {account.name: account.error for account in summary.accounts},
        "new": summary.counts.new,
        "purchases": summary.counts.purchases,
        "unreadable": summary.counts.unreadable,
    }
    day = digests.due(store, config, now=_now())
    if day is None:
        return outcome
    if summary.quiet:
        # the first reading is quiet: its digest would only tell of old things, the next comes at its hour
        store.set_setting(digests.LAST_DIGEST_FOR, _now().astimezone(ZoneInfo(config.user.timezone)).date().isoformat())
        return outcome
    try:
        with stop:
            outcome["digest"] = digests.deliver(store, config, now=_now(), environ=environ).to
    except (digests.NotSent, SecretError) as error:
        outcome["not_sent"] = str(error)
    return outcome


def for_the_page(store: Store, config: Config) -> None:
    """Have the words of new mails searchable, the lists as things are now, and the statistics those of today."""
    from monitor.run import pages, statistics

    pages.read_words(store, now=_now(), progress=_signs())
    pages.renew(store, config, now=_now())
    statistics.keep_today(store, config, now=_now())


def without(config: Config, left_out: Sequence[str]) -> Config:
    """The settings without the accounts that have a pause; their addresses stay the user's own."""
    if not left_out:
        return config
    user = config.user.model_copy(update={"addresses": tuple(sorted(config.own_addresses()))})
    accounts = {name: account for name, account in config.accounts.items() if name not in left_out}
    return config.model_copy(update={"user": user, "accounts": accounts})


def _now() -> datetime:
    return datetime.now(UTC)


class _signs:
    """Tells the service every few seconds how far the pass is."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, done: int, of: int | None) -> None:
        if time.monotonic() - self._last >= SECONDS_BETWEEN_SIGNS:
            self._last = time.monotonic()
            print(json.dumps({"done": done, "of": of}), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
