"""The commands about mails: taking them in, showing how they are read, teaching how they are to be read.

In charge of their arguments and help; what each does lies in the module that it calls.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.clock import clock
from monitor.cli.context import ConfigFile, Json, Mark, Paths, commands, loading, moment, opened, settings
from monitor.cli.failures import Refusal
from monitor.cli.words import say as sentence

app = commands()


@app.command()
def scan(context: typer.Context, config: ConfigFile = None) -> None:
    """Read what is new in all mailboxes, once.

    The mailboxes are only read: no mail is marked, moved or deleted. The first time it reads back
    `reading.first_months` months.
    """
    with ExitStack() as held:
        with loading():
            from monitor.cli import mails
            from monitor.run.intake import Ahead

            loaded = settings(context, config)
            now = clock()  # before the mailbox is opened: what comes later than this was not heard
            path = loaded.store_path()
            first = isinstance(path, Path) and not os.path.exists(path)  # noqa: PTH110 - it answers, whatever is wrong
            ahead = held.enter_context(Ahead(loaded, first_pass=now if first else None))
            store = held.enter_context(opened(loaded))
        if not mails.scan(store, loaded, now, ahead=ahead):
            raise typer.Exit(1)


@app.command("import")
def import_(
    context: typer.Context,
    path: Paths,
    heard_until: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="The files tell everything up to this moment; by default now.",
                     show_default=False),
    ] = None,
    config: ConfigFile = None,
) -> None:  # fmt: skip
    """Take in mails from files.

    Takes mbox files (Google Takeout among them), Maildirs, .eml files, and folders of these. The mails
    are treated as if they had come from a mailbox, whatever their age; a mail from one of your own
    addresses is your own letter. Nothing is counted twice.
    """
    from monitor.cli import mails

    loaded = settings(context, config)
    until = moment(heard_until, loaded, "--heard-until")
    with opened(loaded) as store:
        mails.import_(store, loaded, path, until, clock())


@app.command()
def read(
    context: typer.Context,
    path: Paths,
    json: Json = False,
    generic_only: Annotated[
        bool, typer.Option("--generic-only", help="Without the layouts of known shop systems and sellers.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Show what is read from mail files, and why.

    Stores nothing. Without --json each mail is explained: its kind, every value with the words that prove it, what
    was refused, and why a mail is not about a purchase.
    """
    from monitor.cli import mails

    if not mails.read(settings(context, config), path, clock(), as_json=json, generic_only=generic_only):
        raise typer.Exit(1)


@app.command("mails")
def mails_(
    context: typer.Context,
    mail_id: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="Explain this mail; the beginning of its id will do.", show_default=False),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="DAY", help="Only what came on this day (2026-11-01) or later.", show_default=False),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="Only mails taken for this: order_confirmation, refund, other ...",
                     show_default=False),
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Also those that their header alone ruled out.")] = False,
    health: Annotated[
        bool, typer.Option("--health", help="How well each sender's mails can be read, lately and before.")
    ] = False,
    reread: Annotated[
        bool, typer.Option("--reread", help="With ID: store what it says now, and link the orders anew.")
    ] = False,
    json: Json = False,
    config: ConfigFile = None,
) -> None:  # fmt: skip
    """List every mail that was seen, and why it was or was not taken for a purchase.

    With an ID, that mail is read again and explained: from what is kept of it, else from its file or from the
    mailbox, where it is only looked at.

    \b
      refund-monitor mails --since 2026-11-01
      refund-monitor mails --kind other --all
      refund-monitor mails 3f2a9c01 --reread
    """
    from monitor.cli import mailbook

    if mail_id is None and reread:
        raise Refusal(sentence("usage.reread"), 2)
    if health and (mail_id is not None or since is not None or kind is not None or all_):
        raise Refusal(sentence("usage.health"), 2)
    wanted = mailbook.check_kind(kind)
    loaded = settings(context, config)
    first = moment(since, loaded, "--since")
    with opened(loaded) as store:
        if health:
            mailbook.health(store, loaded, clock(), as_json=json)
        elif mail_id is None:
            mailbook.listing(store, loaded, first, wanted, clock(), everything=all_, as_json=json)
        else:
            mailbook.explain(store, loaded, mail_id, clock(), reread=reread, as_json=json)


@app.command()
def teach(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A mail file of the seller.")],
    order_number: Annotated[list[str] | None, Mark("the order number")] = None,
    total: Annotated[list[str] | None, Mark("the amount in all")] = None,
    items: Annotated[list[str] | None, Mark("a thing bought; once for each")] = None,
    tracking_number: Annotated[list[str] | None, Mark("a tracking number; once for each")] = None,
    carrier: Annotated[list[str] | None, Mark("the carrier")] = None,
    payment_method: Annotated[list[str] | None, Mark("how it was paid")] = None,
    placed_at: Annotated[list[str] | None, Mark("the day of the order")] = None,
    promised_by: Annotated[list[str] | None, Mark("the day of delivery")] = None,
    seller: Annotated[list[str] | None, Mark("the seller's name")] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="KIND", help="What mails with such a subject say.",
                                 show_default=False),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the layout; keep nothing.")] = False,
    config: ConfigFile = None,
) -> None:  # fmt: skip
    """Teach how a seller's mails are to be read.

    Give each value as it stands in the mail. From where it stands a layout is made for all mails of
    this sender, tried on his older mails, and kept in your own folder. Without any value it shows
    what is read now and what can be given.

    \b
      refund-monitor teach mail.eml
      refund-monitor teach mail.eml --order-number "A-1042" --total "34,000원"
      refund-monitor teach mail.eml --kind shipped --tracking-number 123456789013
    """
    from monitor.cli import teaching

    given = {
        "order_number": order_number, "total": total, "items": items, "tracking_numbers": tracking_number,
        "carrier": carrier, "payment_method": payment_method, "placed_at": placed_at, "promised_by": promised_by,
        "seller": seller,
    }  # fmt: skip
    marks = {name: texts for name, texts in given.items() if texts}
    loaded = settings(context, config)
    with opened(loaded) as store:
        teaching.teach(store, loaded, file, marks, kind, clock(), dry_run=dry_run)


@app.command()
def anonymize(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A mail file.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where the sample goes; by default beside it.", show_default=False),
    ] = None,
    config: ConfigFile = None,
) -> None:
    """Make a sample of a mail that you can share.

    Replaces names, addresses, telephones, mail addresses, numbers of orders, parcels and cards, and what
    links and headers carry; the same by the same, in the same length. Wording, amounts, dates, structure
    and encodings stay. Look at the sample before you share it: a name in the middle of a sentence may stay.
    """
    from monitor.cli import teaching

    teaching.anonymize(settings(context, config), file, out, clock())


@app.command()
def rebuild(context: typer.Context, config: ConfigFile = None) -> None:
    """Read all kept mails again.

    For after an update: newer readers may see more. What you said and what the program did stays.
    """
    from monitor.cli import mails

    loaded = settings(context, config)
    with opened(loaded) as store:
        mails.rebuild(store, loaded, clock())
