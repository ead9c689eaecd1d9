"""The sample mailbox in a store, read once per test run and copied for each test that wants it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from monitor import knowledge
from monitor.demo.samples import ADDRESS, deliveries
from monitor.run import intake, pages
from monitor.run.intake import settle
from monitor.store import Store
from tests import browser

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TODAY = NOW.date()
USER = {"addresses": [ADDRESS], "name": "김민아", "language": "ko", "country": "KR", "timezone": "Asia/Seoul"}


@cache
def _made() -> Path:
    folder = Path(mkdtemp(prefix="refund-monitor-sample-"))
    mails = folder / "mails"
    mails.mkdir()
    samples = [sample for sample in deliveries(TODAY) if sample.received_at <= NOW]
    for number, sample in enumerate(samples):
        (mails / f"{number:03}.eml").write_bytes(sample.content)
    config = browser.settings(folder, user=USER)
    with Store.open(config.store_path()) as store:
        # as if it had been watching all along: what was late before the program came is told apart
        store.set_setting(settle.QUIET_BEFORE, (NOW - timedelta(days=365)).isoformat())
        intake.import_paths(store, config, knowledge.load(), [mails], now=NOW, heard_until=NOW)
        pages.read_words(store, now=NOW)
        pages.refresh(store, config, now=NOW)
    return folder / "store.sqlite3"


def page(folder: Path, **options: Any) -> browser.Page:
    """A page over the sample mailbox, in `folder`; as of `NOW` unless told otherwise."""
    shutil.copy(_made(), folder / "store.sqlite3")
    return browser.Page(folder, **{"now": NOW, "user": USER, "language": "ko", **options})
