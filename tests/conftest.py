"""Fixtures shared by all tests: a real Dovecot, started once per session, and a fresh mailbox on it per test.

With REFUND_MONITOR_NO_SKIP=1 a skipped test is a failed one: where all is installed, nothing may go unproved.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from typing import Any

import pytest

from tests import browser
from tests import dovecot as dovecot_server

NO_SKIP = os.environ.get("REFUND_MONITOR_NO_SKIP") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turns a skip, in the test or in a fixture of it, into a failure where skips are forbidden."""
    report = yield
    if NO_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which REFUND_MONITOR_NO_SKIP=1 forbids: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def dovecot() -> Iterator[dovecot_server.Dovecot]:
    """The server; skipped where Dovecot is absent, failed where skips are forbidden."""
    yield from dovecot_server.start()


@pytest.fixture
def mailbox(dovecot: dovecot_server.Dovecot) -> dovecot_server.Mailbox:
    """An empty mailbox of its own."""
    return dovecot.user()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A browser (playwright.sync_api.Browser) for the session; skipped where Chromium is absent."""
    with browser.launched() as running:
        yield running
