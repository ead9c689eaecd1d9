"""The command line in tests: called in this process, with the user at home in an empty folder.

Whatever a test calls, no traceback may be printed; the outcome is a `Said`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from monitor.cli.failures import run

OURS = ("REFUND_MONITOR", "XDG_", "LC_", "LANG", "STATE_DIRECTORY", "CREDENTIALS")
"""How the variables begin that would lead a command to the settings of whoever runs the tests."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and how it ended."""

    status: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Said]


def at_home(monkeypatch: pytest.MonkeyPatch, folder: Path, **variables: str) -> None:
    """From now on the user lives in `folder`, with no settings but these variables."""
    for name in list(os.environ):
        if name.startswith(OURS):
            monkeypatch.delenv(name)
    for name, value in {"HOME": str(folder), "LANG": "C.UTF-8", "TZ": "UTC", **variables}.items():
        monkeypatch.setenv(name, value)


def runner(capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that runs `refund-monitor` with its arguments."""

    def run_(*arguments: object) -> Said:
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return Said(status, printed.out, printed.err)

    return run_
