"""The one place of the command line that reads the clock."""

from __future__ import annotations

from datetime import UTC, datetime


def clock() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)
