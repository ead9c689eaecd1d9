"""`read --json PATH...` as programs call it: without the libraries that the other commands need.

To parse arguments and to check settings takes twice as long as to load all that reads a mail. A call that needs
neither, since it is plain and there are no settings, does without: same lines, same exit status, in half of the start.
Anything else (other options, `--help`, wrong usage, settings in a file or the environment, a progress bar to show) is
left to `app`.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from monitor.cli import screen
from monitor.cli.clock import clock
from monitor.cli.failures import show_if_debugging
from monitor.config import places


def paths(arguments: Sequence[str], environ: Mapping[str, str]) -> list[Path] | None:
    """What such a call is to read; None for any other call."""
    command, *rest = arguments or ("",)
    named = [argument for argument in rest if argument != "--json"]
    if command != "read" or len(rest) != len(named) + 1 or not named:
        return None
    if not all(named) or any(name.startswith("-") for name in named) or screen.on_terminal():
        return None
    if any(name.startswith(places.PREFIX) for name in environ) or places.find(None, environ) is not None:
        return None
    return [Path(name) for name in named]


def read(given: Sequence[Path]) -> bool:
    """One line of JSON for each mail. False where a path cannot be used (the others are read all the same)."""
    gc.set_threshold(500_000, 20, 20)  # what follows leaves next to no garbage that refers to itself
    from monitor import knowledge
    from monitor.run import output, reading

    unusable: list[str] = []
    known = knowledge.load(places.data_home(os.environ) / places.KNOWLEDGE)
    mails = reading.read_paths(
        given, known, now=clock(), unusable=unusable.append, stumbled=show_if_debugging, brief=True
    )
    for mail in mails:
        screen.put_line(output.reading_line(mail.file, mail.verdict, mail.finding))
    for sentence in unusable:
        screen.remark(screen.clean(sentence))
    return not unusable
