"""`case`: payments that failed, for people and as JSON lines. What it all means is said by `run.cases`.

In charge of the arguments, of what is shown of a case, and of nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor import render
from monitor.cli import screen
from monitor.cli.clock import clock
from monitor.cli.context import ConfigFile, Json, commands, moment, opened, settings
from monitor.cli.failures import Refusal
from monitor.cli.words import language
from monitor.cli.words import say as sentence

if TYPE_CHECKING:
    from monitor.case import Case
    from monitor.config import Config
    from monitor.store import Store

app = commands(
    no_args_is_help=True,
    help="Payments that failed: was it charged, what to prepare, what to say, until it is really solved.",
)
CaseId = Annotated[str, typer.Argument(metavar="ID", help="The case's id, or the beginning of it.")]


@app.command("open")
def open_(
    context: typer.Context,
    seller: Annotated[str, typer.Option(metavar="NAME", help="The shop or app.", show_default=False)],
    at: Annotated[str | None, typer.Option(metavar="TIME", help="When the error came; by default now.",
                                           show_default=False)] = None,
    amount: Annotated[str | None, typer.Option(metavar="AMOUNT", help="Such as 5500 or '12.50 EUR'.",
                                               show_default=False)] = None,
    method: Annotated[str | None, typer.Option(metavar="TEXT", help="How you paid: '신한카드 1234', 'SKT 소액결제'. "
                                               "Of a card only the last four digits are kept.",
                                               show_default=False)] = None,
    error_code: Annotated[str | None, typer.Option(metavar="CODE", help="As shown, or none.",
                                                   show_default=False)] = None,
    message: Annotated[str | None, typer.Option(metavar="TEXT", help="The words on the screen.",
                                                show_default=False)] = None,
    account: Annotated[str | None, typer.Option(metavar="ID", help="Your account there; never a password.",
                                                show_default=False)] = None,
    charged: Annotated[str | None, typer.Option(metavar="WORD", help="yes, no, twice or unknown.",
                                                show_default=False)] = None,
    app_version: Annotated[str | None, typer.Option(metavar="TEXT", help="Of the app.", show_default=False)] = None,
    device: Annotated[str | None, typer.Option(metavar="TEXT", help="Telephone or browser.",
                                               show_default=False)] = None,
    screenshot: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="A picture of the error; can be given "
                                                          "several times.", show_default=False)] = None,
    config: ConfigFile = None,
) -> None:  # fmt: skip
    """Open a case by hand: an error inside an app brings no mail."""
    from monitor.run import cases

    loaded = settings(context, config)
    values = {
        "seller": seller, "at": at, "amount": amount, "method": method, "error_code": error_code, "message": message,
        "account": account, "charged": charged, "app_version": app_version, "device": device,
    }  # fmt: skip
    now = clock()
    with opened(loaded) as store:
        files = [_checked(path) for path in screenshot or ()]
        with _plainly(), store.transaction():
            given = {name: value for name, value in values.items() if value is not None}
            key = cases.open_case(store, loaded, given, now=now)
            for name, content in files:
                _keep(store, key, name, content, now)
        screen.put(sentence("case.opened", id=key))
        screen.put()
        _show(store, loaded, key, now)


@app.command("list")
def list_(context: typer.Context, json: Json = False, config: ConfigFile = None) -> None:
    """List all cases, those that want something first."""
    from monitor.run import cases

    loaded = settings(context, config)
    with opened(loaded) as store:
        found = cases.quick(store, loaded, now=clock())
    if json:
        for one in found:
            screen.put_json(as_json(one, loaded))
        return
    if not found:
        screen.put(sentence("case.none"))
        return
    for one in sorted(found, key=lambda case: (not case.open, -case.at.timestamp())):
        amount = render.money(one.amount, language()) if one.amount else ""
        parts = [one.id, screen.clean(one.seller.name), amount, render.moment(one.at, language(), loaded.user.timezone)]
        screen.put("  ".join(part for part in parts if part))
        screen.put(f"    {render.word('case.status', one.status, language())}: {next_line(one)}")


@app.command()
def show(context: typer.Context, case_id: CaseId, config: ConfigFile = None) -> None:
    """Show a case: what was charged, likely causes, what is missing, what comes next."""

    loaded = settings(context, config)
    with opened(loaded) as store:
        _show(store, loaded, case_id, clock())


@app.command("set")
def set_(
    context: typer.Context,
    case_id: CaseId,
    values: Annotated[
        list[str],
        typer.Argument(
            metavar="FIELD=VALUE",
            help="seller, at, amount, method, issuer, last_four, carrier, error_code, account, app_version, device, "
            "message, charged, order, call_at, case_number.",
        ),
    ],
    config: ConfigFile = None,
) -> None:
    """Add or correct values of a case.

    \b
      refund-monitor case set c12 last_four=1234 account=minji77
      refund-monitor case set c12 charged=twice
      refund-monitor case set c12 call_at=2026-11-23T10:30
    """
    from monitor.run import cases

    loaded = settings(context, config)
    now = clock()
    pairs = [text.partition("=") for text in values]
    for name, sign, _ in pairs:
        if not sign:
            raise Refusal(sentence("case.no_pair", text=screen.clean(name)), 2)
    with opened(loaded) as store:
        one = _found(store, loaded, case_id, now)
        with _plainly(), store.transaction():
            for name, _, value in pairs:
                cases.set_value(store, loaded, one.id, name.strip(), value, now=now)
        _show(store, loaded, one.id, now)


@app.command()
def contact(
    context: typer.Context,
    case_id: CaseId,
    channel: Annotated[str, typer.Option(metavar="WORD", help="phone, chat, email, web_form or app.")],
    at: Annotated[str | None, typer.Option(metavar="TIME", help="When; by default now.", show_default=False)] = None,
    whom: Annotated[str, typer.Option(metavar="NAME", help="With whom.", show_default=False)] = "",
    said: Annotated[str, typer.Option(metavar="TEXT", help="What was said.", show_default=False)] = "",
    case_number: Annotated[str, typer.Option(metavar="NUMBER", help="As they gave it; mails that carry it are watched "
                                             "for.", show_default=False)] = "",
    config: ConfigFile = None,
) -> None:  # fmt: skip
    """Log a call, a chat or a mail; from here an answer is waited for."""
    from monitor.run import cases

    if channel not in ("phone", "chat", "email", "web_form", "app"):
        raise Refusal(sentence("case.channel", text=screen.clean(channel)), 2)
    loaded = settings(context, config)
    now = clock()
    when = moment(at, loaded, "--at")
    with opened(loaded) as store:
        one = _found(store, loaded, case_id, now)
        cases.contact(
            store, one.id, channel=channel, whom=whom, said=said, case_number=case_number, now=now, at=when
        )  # fmt: skip
        _show(store, loaded, one.id, now)


@app.command()
def attach(
    context: typer.Context,
    case_id: CaseId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A picture, a PDF or a recording.")],
    config: ConfigFile = None,
) -> None:
    """Attach a screenshot or another file to a case."""

    loaded = settings(context, config)
    now = clock()
    with opened(loaded) as store:
        one = _found(store, loaded, case_id, now)
        name, content = _checked(file)
        with store.transaction():
            _keep(store, one.id, name, content, now)
        _show(store, loaded, one.id, now)


@app.command()
def text(
    context: typer.Context,
    case_id: CaseId,
    channel: Annotated[str, typer.Option(metavar="WORD", help="phone, chat or email.")],
    language: Annotated[str | None, typer.Option(metavar="CODE", help="ko or en; by default as they speak.",
                                                 show_default=False)] = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Even where facts are missing.")] = False,
    config: ConfigFile = None,
) -> None:  # fmt: skip
    """Write what to say on the phone, in a chat or by mail. Sends nothing."""
    from monitor.case import CHANNELS
    from monitor.run import cases

    if channel not in CHANNELS:
        raise Refusal(sentence("case.text_channel", text=screen.clean(channel)), 2)
    if language is not None and language not in render.LANGUAGES:
        raise Refusal(sentence("case.language", text=screen.clean(language)), 2)
    loaded = settings(context, config)
    now = clock()
    with opened(loaded) as store:
        found = cases.quick(store, loaded, now=now)
    one = _among(found, case_id)
    if one.missing and not anyway:
        names = ", ".join(item_name(key) for key in one.missing)
        raise Refusal(sentence("case.not_ready", items=names, id=one.id))
    made = cases.text(found, one, loaded, channel, now=now, language=language)
    if channel == "email":
        screen.put(screen.clean(made.subject))
        screen.put()
    screen.put(screen.clean(made.body, lines=True))


@app.command()
def close(
    context: typer.Context,
    case_id: CaseId,
    how: Annotated[str, typer.Argument(metavar="HOW", help="solved or lost.")],
    config: ConfigFile = None,
) -> None:
    """Close a case: solved, or given up.

    A case closes by itself when a mail shows that the money came back or the order went through.
    """
    from monitor.run import cases

    loaded = settings(context, config)
    now = clock()
    with opened(loaded) as store:
        one = _found(store, loaded, case_id, now)
        with _plainly():
            cases.close(store, one.id, how, now=now)
        screen.put(sentence("case.closed", id=one.id, status=render.word("case.status", how, language())))


@app.command()
def reopen(context: typer.Context, case_id: CaseId, config: ConfigFile = None) -> None:
    """Open a case again that was closed too early."""
    from monitor.run import cases

    loaded = settings(context, config)
    now = clock()
    with opened(loaded) as store:
        one = _found(store, loaded, case_id, now)
        cases.reopen(store, one.id, now=now)
        _show(store, loaded, one.id, now)


# -- showing ------------------------------------------------------------------------------------------------------


def item_name(key: str) -> str:
    """What an item of the checklist is called."""
    return render.word("case.item", key, language())


def next_line(one: Case) -> str:
    """The one thing to do now, in a sentence."""
    day = one.answer_by or one.next_on
    return render.message(
        f"case.next.{one.next}", language(), day=render.day(day, language(), "short") if day else ""
    )  # fmt: skip


def item_value(one: Case, key: str, value: str, timezone: str) -> str:
    """The value of an item as a reader of the language expects it."""
    if key == "time":
        return render.moment(one.at, language(), timezone)
    if key == "amount" and one.amount is not None:
        return render.money(one.amount, language())
    if key == "error_code" and value == "none":
        return render.message("case.no_code", language())
    return screen.clean(value)


def _show(store: Store, config: Config, name: str, now: datetime) -> None:
    from monitor.knowledge import payment_errors
    from monitor.run import cases

    found = cases.quick(store, config, now=now)
    one = _among(found, name)
    spoken, zone = language(), config.user.timezone
    title = [one.id, screen.clean(one.seller.name), render.money(one.amount, spoken) if one.amount else ""]
    screen.put(" · ".join(part for part in title if part))
    screen.put(f"  {render.word('case.status', one.status, spoken)}: {next_line(one)}")
    because = f" ({render.message(f'case.because.{one.charged_because}', spoken)})" if one.charged_because else ""
    screen.put(f"  {render.message(f'case.charged.{one.charged}', spoken)}{because}")
    if one.last_safe_day is not None:
        day = render.day(one.last_safe_day, spoken, "short")
        screen.put(f"  {render.message('case.month_end', spoken, day=day)}")
    if one.order_id:
        screen.put(f"  {sentence('case.order', order=screen.clean(one.order_number or one.order_id))}")
    if one.earlier:
        again = render.message("case.repeats", spoken, count=len(one.earlier))
        screen.put(f"  {again} ({', '.join(one.earlier)})")
    if one.call_at is not None:
        screen.put(f"  {sentence('case.call', when=render.moment(one.call_at, spoken, zone))}")
    screen.put()
    screen.put(sentence("case.asked"))
    for item in one.items:
        mark = "[x]" if item.done else "[ ]" if item.required else "[-]"
        value = item_value(one, item.key, item.value, zone) if item.done else sentence("case.missing")
        screen.put(f"  {mark} {item_name(item.key)}: {value}")
    if one.open:
        screen.put()
        screen.put(sentence("case.causes"))
        named = {cause.value: cause.quote for cause in one.causes}
        known = [cause for cause, _ in payment_errors.load().causes]
        for cause in sorted(known, key=lambda each: each not in named):
            if cause == "carrier_limit" and one.payment != "mobile_carrier" and cause not in named:
                continue
            if cause in ("card_data", "balance", "declined") and one.payment == "mobile_carrier" and cause not in named:
                continue
            sign = "!" if cause in named else "-"
            screen.put(f"  {sign} {render.message(f'cause.{cause}', spoken)}")
            screen.put(f"      {render.message(f'cause.{cause}.check', spoken)}")
            if cause in named:
                screen.put(f"      “{screen.clean(named[cause])}”")
    if one.contacted:
        screen.put()
        screen.put(sentence("case.log"))
        for entry in one.contacted:
            when = render.moment(entry.at, spoken, zone)
            if entry.channel == "answer":
                screen.put(f"  {when}  {sentence('case.answer')}")
                continue
            words = [render.word("channel", entry.channel, spoken), entry.whom, entry.case_number, entry.said]
            screen.put(f"  {when}  " + " · ".join(screen.clean(word) for word in words if word))
    if one.open and not one.missing:
        screen.put()
        screen.put(sentence("case.texts", id=one.id))


def as_json(one: Case, config: Config) -> dict[str, object]:
    """A case as a line of `case list --json`."""
    return {
        "id": one.id,
        "seller": one.seller.name,
        "at": one.at.isoformat(),
        "amount": str(one.amount.amount) if one.amount else None,
        "currency": one.amount.currency if one.amount else None,
        "method": one.method or None,
        "payment": one.payment or None,
        "last_four": one.last_four or None,
        "error_code": one.error_code or None,
        "account": one.account or None,
        "charged": one.charged,
        "status": one.status,
        "next": one.next,
        "next_on": one.next_on.isoformat() if one.next_on else None,
        "answer_by": one.answer_by.isoformat() if one.answer_by else None,
        "last_safe_day": one.last_safe_day.isoformat() if one.last_safe_day else None,
        "level": one.level,
        "missing": list(one.missing),
        "causes": [cause.value for cause in one.causes],
        "attempts": len(one.attempts),
        "earlier": list(one.earlier),
        "order_id": one.order_id,
        "case_numbers": list(one.case_numbers),
        "by_hand": one.by_hand,
    }


def _found(store: Store, config: Config, name: str, now: datetime) -> Case:
    from monitor.run import cases

    return _among(cases.quick(store, config, now=now), name)


def _among(found: list[Case], name: str) -> Case:
    from monitor.run import cases

    try:
        return cases.find(found, name)
    except cases.CaseAmbiguous as several:
        raise Refusal(sentence("case.which", name=screen.clean(name), ids=", ".join(several.ids))) from None
    except cases.CaseNotFound:
        raise Refusal(sentence("case.unknown", name=screen.clean(name))) from None


@contextmanager
def _plainly() -> Iterator[None]:
    """Turns a value that cannot be taken into a plain sentence (status 2)."""
    from monitor.case import Refused
    from monitor.run.orders import OrderAmbiguous, OrderNotFound

    try:
        yield
    except Refused as refused:
        raise Refusal(render.message(refused.key, language(), **refused.values), 2) from None
    except (OrderNotFound, OrderAmbiguous) as unknown:
        raise Refusal(sentence("order.unknown", name=screen.clean(str(unknown)))) from None


def _checked(path: Path) -> tuple[str, bytes]:
    from monitor.cli.evidence import read_file

    return read_file(path)


def _keep(store: Store, key: str, name: str, content: bytes, now: datetime) -> None:
    from monitor.run import cases, evidence

    file = evidence.keep(store, name, content, now=now)
    cases.attached(store, key, file.id, now=now)
