"""The commands about orders: what they wait for, what can be done, the letters, and what the user says of them.

In charge of their arguments and help; what each does lies in the module that it calls.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.clock import clock
from monitor.cli.context import At, ConfigFile, Json, OrderName, commands, moment, opened, settings
from monitor.cli.failures import Refusal
from monitor.cli.words import say as sentence

app = commands()


@app.command()
def orders(context: typer.Context, json: Json = False, at: At = None, config: ConfigFile = None) -> None:
    """List the orders and what they wait for.

    For each: what is expected until when, since when the seller has been silent, whether that is too
    long, and what can be done next.
    """
    from monitor.cli import stories

    loaded = settings(context, config)
    with opened(loaded) as store:
        stories.orders(store, loaded, moment(at, loaded, "--at"), clock(), as_json=json)


@app.command()
def show(context: typer.Context, order: OrderName, at: At = None, config: ConfigFile = None) -> None:
    """Tell the story of one order.

    Every mail and everything you said, with the words that prove each value.
    """
    from monitor.cli import stories

    loaded = settings(context, config)
    with opened(loaded) as store:
        stories.show(store, loaded, order, moment(at, loaded, "--at"), clock())


@app.command()
def ladder(
    context: typer.Context, order: OrderName, json: Json = False, at: At = None, config: ConfigFile = None
) -> None:
    """Show every step that can be taken about an order, and until when.

    The ladder of your country and of the way you paid: whom to turn to, by which channel, from which day, what is the
    last safe day, what a step would rule out, and what was done already.
    """
    from monitor.cli import ladder as ladders

    loaded = settings(context, config)
    with opened(loaded) as store:
        ladders.ladder(store, loaded, order, moment(at, loaded, "--at"), clock(), as_json=json)


@app.command()
def say(
    context: typer.Context,
    order: OrderName,
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="arrived, not-arrived, paid, returned, refunded [AMOUNT], not-refunded, not-an-order, closed, "
            "reopen, undo, snooze DATE, same-as ORDER, did STEP, refused [STEP], or FIELD=VALUE.",
        ),
    ],
    value: Annotated[
        str | None, typer.Argument(metavar="VALUE", help="The amount, date, order or step that belongs to it.",
                                   show_default=False)
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DAY", help="With did and refused: the day; by default today.",
                                 show_default=False)
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", metavar="CHANNEL", help="With did: phone, web_form, chat, app, letter ...",
                                 show_default=False)
    ] = None,
    case: Annotated[
        str | None, typer.Option("--case", metavar="NUMBER", help="With did: the case number that you were given.",
                                 show_default=False)
    ] = None,
    note: Annotated[
        str | None, typer.Option("--note", metavar="TEXT", help="With did and refused: what was said.",
                                 show_default=False)
    ] = None,
    config: ConfigFile = None,
) -> None:  # fmt: skip
    """Say what you know about an order.

    What you say is never overwritten by anything that is read later. A step of the ladder that you took by a form,
    a call or a letter of your own is told with `did`; the answer "no" to it with `refused`.

    \b
      refund-monitor say 12345 arrived
      refund-monitor say 12345 refunded 12000
      refund-monitor say 12345 snooze 2026-12-24
      refund-monitor say 12345 promised_by=2026-12-01
      refund-monitor say 12345 payment=credit_card_installment
      refund-monitor say 12345 did kr-pg-19 --by phone --case 20261201-77
      refund-monitor say 12345 refused kr-card-objection --on 2026-12-10
    """
    from monitor.cli import stories

    details = {name: text for name, text in (("on", on), ("by", by), ("case", case), ("note", note)) if text}
    stories.check_statement(what, value, details)
    loaded = settings(context, config)
    with opened(loaded) as store:
        stories.say(store, loaded, order, what, value, clock(), details)


@app.command()
def drafts(context: typer.Context, json: Json = False, at: At = None, config: ConfigFile = None) -> None:
    """List the letters that wait for your decision.

    None of them is ever sent by itself.
    """
    from monitor.cli import letters

    loaded = settings(context, config)
    with opened(loaded) as store:
        letters.drafts(store, loaded, moment(at, loaded, "--at"), clock(), as_json=json)


@app.command()
def draft(
    context: typer.Context,
    draft_id: Annotated[
        str, typer.Argument(metavar="ID", help="The draft's id, or the beginning of it; with --step the order.")
    ],
    step: Annotated[
        str | None,
        typer.Option("--step", metavar="STEP", help="The letter for this step of the order's ladder.",
                     show_default=False),
    ] = None,
    eml: Annotated[
        Path | None,
        typer.Option("--eml", metavar="FILE", help="Write it as a mail file that your mail program opens.",
                     show_default=False),
    ] = None,
    discard: Annotated[bool, typer.Option("--discard", help="Put it away; it is not offered again.")] = False,
    json: Json = False,
    at: At = None,
    config: ConfigFile = None,
) -> None:  # fmt: skip
    """Show a letter; export it, or put it away.

    With it stand the fields of the form, what to say on the phone or in a chat, and what to bring. With `--step` the
    letter is made for any step of the ladder, also beside the next one.
    """
    from monitor.cli import letters

    if eml is not None and discard:
        raise Refusal(sentence("usage.eml_or_discard"), 2)
    if at is not None and (step is None or eml is not None or discard):
        raise Refusal(sentence("usage.at_with_step"), 2)
    loaded = settings(context, config)
    with opened(loaded) as store:
        letters.draft(
            store, loaded, draft_id, clock(), step=step, at=moment(at, loaded, "--at"), eml=eml, discard=discard,
            as_json=json,
        )  # fmt: skip


@app.command()
def digest(
    context: typer.Context,
    preview: Annotated[bool, typer.Option("--preview", help="Print today's digest (the default).")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Write it into digest.directory, as HTML and as a mail file.")
    ] = False,
    config: ConfigFile = None,
) -> None:
    """Show today's digest, or write it to files.

    Sends nothing.
    """
    from monitor.cli import stories

    if preview and write:
        raise Refusal(sentence("usage.preview_or_write"), 2)
    loaded = settings(context, config)
    with opened(loaded) as store:
        stories.digest(store, loaded, clock(), write=write)


@app.command()
def attach(
    context: typer.Context,
    order: OrderName,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A picture, a PDF or a recording.", show_default=False)
    ] = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="What it shows; alone: a note.", show_default=False)] = "",
    config: ConfigFile = None,
) -> None:
    """Attach a file or a note to an order, as evidence.

    What a file is, its content tells. A photograph of the parcel, a saved chat, a recorded call.
    """
    from monitor.cli import evidence

    if file is None and not note.strip():
        raise Refusal(sentence("usage.attach"), 2)
    loaded = settings(context, config)
    with opened(loaded) as store:
        evidence.attach(store, loaded, order, file, note, clock())


@app.command("evidence")
def evidence_(
    context: typer.Context,
    order: OrderName,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the files go.")] = Path(),
    language: Annotated[str | None, typer.Option(metavar="CODE", help="ko or en; by default the addressee's.",
                                                 show_default=False)] = None,
    letter: Annotated[bool, typer.Option("--letter", help="Instead, the letter of the next step, printed for the post "
                                         "office (내용증명).")] = False,
    address: Annotated[str, typer.Option(metavar="TEXT", help="With --letter: your postal address.",
                                         show_default=False)] = "",
    config: ConfigFile = None,
) -> None:  # fmt: skip
    """Make the evidence pack of an order: a PDF, and a ZIP with the original mails.

    The PDF tells the facts, what happened, what was not answered, who sent the mails, and lists every file
    with its SHA-256. Needs the extra `pdf`.
    """
    from monitor.cli import evidence

    loaded = settings(context, config)
    with opened(loaded) as store:
        evidence.pack(store, loaded, order, out, clock(), spoken=language, letter=letter, address=address)
