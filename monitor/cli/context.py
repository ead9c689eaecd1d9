"""What all commands share: their options, the settings, the store, and moments as the user writes them."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import words
from monitor.cli.clock import clock
from monitor.cli.failures import Refusal
from monitor.cli.words import say as sentence

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.store import Store

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The settings; by default those in the usual places.",
                 show_default=False),
]  # fmt: skip
Json = Annotated[bool, typer.Option("--json", help="One JSON object per line on stdout, and nothing else.")]
At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="Judge as of this moment (ISO 8601); stores nothing.",
                 show_default=False),
]  # fmt: skip
OrderName = Annotated[str, typer.Argument(metavar="ORDER", help="The order's id, or its number where that is unique.")]
Paths = Annotated[list[Path], typer.Argument(metavar="PATH", help="Mail files, folders, mbox files or Maildirs.")]


def Mark(what: str) -> Any:
    """An option that marks a text of a mail: "as it stands" there."""
    return typer.Option(metavar="TEXT", help=f"As it stands in the mail: {what}.", show_default=False)


def commands(**more: Any) -> typer.Typer:
    """A group of commands whose help is printed as it stands in the README."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, **more)


def settings(context: typer.Context, path: Path | None) -> Config:
    """The settings: of the file named after or before the command, else of the usual places."""
    from monitor.config import load

    config = load(path or context.obj, os.environ)
    words.speak(config.user.language)
    return config


@contextmanager
def opened(config: Config) -> Iterator[Store]:
    """The store of these settings, closed again at the end."""
    from monitor.store import Store

    with Store.open(config.store_path()) as store:
        yield store


@contextmanager
def loading() -> Iterator[None]:
    """While libraries are loaded nobody looks for garbage: what they make stays, and the search is a fifth of it."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def moment(text: str | None, config: Config, option: str) -> datetime | None:
    """A moment of the command line; without offset it is on the user's clock. A day alone means its first minute.

    Refuses (status 2) what is no moment, or none that anybody can mean: years that no calendar reckons with.
    """
    if text is None:
        return None
    from zoneinfo import ZoneInfo

    from monitor.run.wishes import can_be_a_day

    try:
        parsed = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Refusal(sentence("usage.time", option=option, text=text), 2) from None
    if not can_be_a_day(parsed.date().isoformat(), clock()):
        raise Refusal(sentence("usage.far", option=option, text=text), 2)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=ZoneInfo(config.user.timezone))


def day_of(text: str | None, config: Config, option: str) -> date:
    """A day of the command line, a moment's on the user's clock; without one it is today."""
    from monitor.render import local_day

    return local_day(moment(text, config, option) or clock(), config.user.timezone)
