"""Fixtures shared by all tests: a real Dovecot, started once per session, and a fresh mailbox on it per test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import dovecot as dovecot_server


@pytest.fixture(scope="session")
def dovecot() -> Iterator[dovecot_server.Dovecot]:
    """The server; skipped where Dovecot is absent, failed where skips are forbidden."""
    yield from dovecot_server.start()


@pytest.fixture
def mailbox(dovecot: dovecot_server.Dovecot) -> dovecot_server.Mailbox:
    """An empty mailbox of its own."""
    return dovecot.user()
