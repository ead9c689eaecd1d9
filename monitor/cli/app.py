"""The commands: their arguments and their help. What each does lies in the module that it calls."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import case as cases
from monitor.cli import screen, words
from monitor.cli.clock import clock as clock
from monitor.cli.failures import Refusal
from monitor.cli.words import say as sentence

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.store import Store

app = typer.Typer(
    name="refund-monitor",
    help="Reads your order mails, notices when a seller has gone silent, and prepares the next step.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help: it stands in the README as it is printed
    pretty_exceptions_enable=False,  # failures.py says what went wrong
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

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
Paths = Annotated[list[Path], typer.Argument(metavar="PATH...", help="Mail files, folders, mbox files or Maildirs.")]


def Mark(what: str) -> Any:
    """An option that marks a text of a mail: "as it stands" there."""
    return typer.Option(metavar="TEXT", help=f"As it stands in the mail: {what}.", show_default=False)


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
def _loading() -> Iterator[None]:
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
def scan(context: typer.Context, config: ConfigFile = None) -> None:
    """Read what is new in all mailboxes, once.

    The mailboxes are only read: no mail is marked, moved or deleted. The first time it reads back
    `reading.first_months` months.
    """
    with ExitStack() as held:
        with _loading():
            from monitor.cli import mails
            from monitor.run.intake import Ahead

            loaded = settings(context, config)
            ahead = held.enter_context(Ahead(loaded))
            store = held.enter_context(opened(loaded))
        if not mails.scan(store, loaded, clock(), ahead=ahead):
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
        typer.Argument(metavar="[ID]", help="Explain this mail; the beginning of its id will do.", show_default=False),
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
def say(
    context: typer.Context,
    order: OrderName,
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="arrived, not-arrived, paid, returned, refunded [AMOUNT], not-an-order, closed, "
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


@app.command()
def rebuild(context: typer.Context, config: ConfigFile = None) -> None:
    """Read all kept mails again.

    For after an update: newer readers may see more. What you said and what the program did stays.
    """
    from monitor.cli import mails

    loaded = settings(context, config)
    with opened(loaded) as store:
        mails.rebuild(store, loaded, clock())


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
        Path | None, typer.Argument(metavar="[FILE]", help="A picture, a PDF or a recording.", show_default=False)
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


app.add_typer(cases.app, name="case")


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
