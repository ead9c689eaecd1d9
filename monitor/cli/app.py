"""The command line as a whole: its commands by subject, the option that goes before all of them, and the version."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli import case, screen
from monitor.cli.commands import mails, orders, program
from monitor.cli.context import ConfigFile

app = typer.Typer(
    name="refund-monitor",
    help="Reads your order mails, notices when a seller has gone silent, and prepares the next step.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help: it stands in the README as it is printed
    pretty_exceptions_enable=False,  # failures.py says what went wrong
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            screen.put(f"refund-monitor {version('refund-monitor')}")
        except PackageNotFoundError:  # run from a checkout that was not installed
            screen.put("refund-monitor (not installed)")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    config: ConfigFile = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    context.obj = config


for group in (program, mails, orders):
    app.add_typer(group.app)
app.add_typer(case.app, name="case")
