"""The commands about the program itself: settings, service, demonstration, page, and the rules that it rests on.

In charge of their arguments and help; what each does lies in the module that it calls.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.clock import clock
from monitor.cli.context import ConfigFile, Json, commands, day_of, opened, settings
from monitor.cli.failures import Refusal
from monitor.cli.words import say as sentence

app = commands()


@app.command()
def init(context: typer.Context, config: ConfigFile = None) -> None:
    """Ask a few questions and write the settings.

    Finds your mail provider by your address and shows what to switch on there. The password is
    never written into the settings: it goes into a file of its own that only you can read, or a
    command fetches it. An existing file is left alone.
    """
    from monitor.cli import setup

    try:
        setup.init(config or context.obj, os.environ)
    except typer.Abort:  # Ctrl-C at a question, or the end of the input
        raise Refusal("\n" + sentence("failure.interrupted")) from None


@app.command()
def check(context: typer.Context, config: ConfigFile = None) -> None:
    """Try the settings, and say what to mend.

    Logs in to each mailbox and looks for its folders, logs in to the sending server, and looks at
    the store, the time zone, the holidays and who may read the files. Reads no mail, sends none.
    """
    from monitor.cli import checks

    if not checks.check(settings(context, config), os.environ, clock()):
        raise typer.Exit(1)


@app.command()
def run(context: typer.Context, config: ConfigFile = None) -> None:
    """Keep watching: the service.

    Looks into the mailboxes every `schedule.poll_minutes` minutes and makes the daily digest. Ends
    cleanly on SIGTERM and Ctrl-C. Made for systemd (see systemd/), works in a terminal too.
    """
    from monitor import daemon

    loaded = settings(context, config)
    raise typer.Exit(daemon.run(loaded, os.environ, loaded.path))


@app.command()
def demo(
    folder: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where its files go; by default a folder of the program's own.",
                     show_default=False),
    ] = None,
    page: Annotated[
        bool, typer.Option("--page", help="Then serve the page with these orders, until Ctrl-C.")
    ] = False,
) -> None:  # fmt: skip
    """Show everything on a sample mailbox.

    Needs no settings. Starts a small mail server on this machine, reads the sample mailbox from it, and prints what was
    bought, who has gone silent, the drafts and where the digest lies.
    """
    from monitor.cli import showing

    played = showing.demo(folder, os.environ, clock(), page=page)
    if page:
        from monitor import daemon
        from monitor.config import load

        loaded = load(played, os.environ)
        raise typer.Exit(daemon.run(loaded, os.environ, loaded.path))


@app.command()
def page(
    context: typer.Context,
    forget_password: Annotated[
        bool, typer.Option("--forget-password", help="Forget the password, log everyone out, show a new set-up code.")
    ] = False,
    token: Annotated[
        str | None,
        typer.Option("--token", metavar="NAME", help="Make a token with which another program may ask the API.",
                     show_default=False),
    ] = None,
    calendar: Annotated[bool, typer.Option("--calendar", help="Make an address for your calendar program.")] = False,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Void all tokens and calendar addresses that were made before.")
    ] = False,
    config: ConfigFile = None,
) -> None:  # fmt: skip
    """Say where the review page is, and make keys to it.

    `refund-monitor run` serves the page. Tokens and addresses are shown once and kept only as hashes.
    """
    from monitor.cli import page as keys

    loaded = settings(context, config)
    with opened(loaded) as store:
        keys.page(store, loaded, clock(), forget=forget_password, token=token, calendar=calendar, revoke=revoke)


@app.command()
def rights(
    context: typer.Context,
    country: Annotated[
        str | None,
        typer.Option("--country", metavar="CODE", help="Only what somebody who lives there can use (KR, US, GB ...).",
                     show_default=False),
    ] = None,
    payment: Annotated[
        str | None,
        typer.Option("--payment", metavar="WAY", help="Only what takes this way to pay, e.g. credit_card_installment.",
                     show_default=False),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="DATE", help="The rules in force on this day; by default today.",
                     show_default=False),
    ] = None,
    json: Json = False,
    config: ConfigFile = None,
) -> None:  # fmt: skip
    """Print the rules that deadlines and letters rest on, each with its source and date.

    Rights by law, dispute programmes of cards, payment services and marketplaces, and bodies to turn to. A letter
    names a law only where its source was looked up and leaves little doubt.

    \b
      refund-monitor rights --country KR --payment credit_card_installment
      refund-monitor rights --country GB --at 2026-11-22 --json
    """
    from monitor.cli import rights as table

    loaded = settings(context, config)
    table.show(loaded, country, payment, day_of(at, loaded, "--at"), as_json=json)
