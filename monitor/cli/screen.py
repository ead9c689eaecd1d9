"""What the command line prints, and how: JSON lines and text on stdout, remarks, questions and progress on stderr."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console

Advance = Callable[[int, int | None], None]
"""Tell the progress bar how much is done, and of how much (None: as said before, or unknown)."""


def clean(text: str, *, lines: bool = False) -> str:
    """Text of a mail made harmless for a terminal: no escape sequences, no control or direction characters."""
    kept = "".join(sign if (lines and sign == "\n") or unicodedata.category(sign)[0] != "C" else " " for sign in text)
    return kept if lines else " ".join(kept.split())


def on_terminal() -> bool:
    """Whether progress can be shown: stderr is a terminal."""
    return sys.stderr.isatty()


def put(text: str = "") -> None:
    """A line on stdout."""
    _write(sys.stdout, text)


def remark(text: str) -> None:
    """A line on stderr."""
    _write(sys.stderr, text)


def put_json(value: Mapping[str, Any]) -> None:
    """One object on a line of its own. Hangul stays readable; what no encoding can carry is escaped."""
    try:
        sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
    except UnicodeEncodeError:  # a terminal of another encoding, or half a character in a broken mail
        sys.stdout.write(json.dumps(value) + "\n")


def put_line(line: str) -> None:
    """A line of JSON as `put_json` would write it."""
    try:
        sys.stdout.write(line + "\n")
    except UnicodeEncodeError:
        sys.stdout.write(json.dumps(json.loads(line)) + "\n")


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text + "\n")
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")


def console() -> Console:
    """A rich console on stdout: as wide as the terminal, wide enough not to cut anything where there is none."""
    from rich.console import Console

    if isinstance(sys.stdout, TextIOWrapper):  # signs that the terminal's encoding lacks become "?", as in `put`
        sys.stdout.reconfigure(errors="replace")
    return Console(width=None if sys.stdout.isatty() else 200, highlight=False, emoji=False, markup=False)


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Advance | None]:
    """A progress bar on stderr while the block runs; None where stderr is no terminal."""
    if not on_terminal():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task(label, total=total)

        def advance(done: int, of: int | None) -> None:
            bar.update(task, completed=done, total=of if of is not None else total)

        yield advance
