"""`mails` for people: every mail that was seen with its verdict and the reason, and one mail explained."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from monitor import render
from monitor.cli import mails, screen
from monitor.cli.failures import Refusal
from monitor.cli.words import language, say
from monitor.run import reasons
from monitor.types import Kind, Order

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.run.mails import Again, Entry
    from monitor.store import Store

SHOWN = 12
"""Letters of a mail's id in the list; any beginning that fits one mail only will do."""


def check_kind(kind: str | None) -> str | None:
    """The kind as the store has it. Refuses (status 2) what no mail can be."""
    if kind is None:
        return None
    wanted = kind.strip().casefold().replace("-", "_")
    if wanted not in {known.value for known in Kind}:
        names = ", ".join(known.value for known in Kind)
        raise Refusal(say("mails.no_kind", kind=screen.clean(kind), kinds=names), 2)
    return wanted


def listing(
    store: Store, config: Config, since: datetime | None, kind: str | None, now: datetime, *, everything: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """One line per mail, oldest first: when, whose, what it was taken for, its order, and on the next line why."""
    from monitor.run import mails as book

    shown = 0
    for entry in book.entries(store, config, now=now, since=since, kind=kind, everything=everything):
        shown += 1
        if as_json:
            screen.put_json(_json(entry, config))
        else:
            _line(entry, config)
    if as_json:
        return
    if shown:
        screen.put()
    passed_over = 0 if everything else sum(
        1 for row in store.mails(since=since, candidate=False) if kind is None or row.kind == kind
    )  # fmt: skip
    screen.put(say("mails.sum", count=shown))
    if passed_over:
        screen.put(say("mails.passed_over", count=passed_over))


def _line(entry: Entry, config: Config) -> None:
    mail = entry.mail
    when = render.moment(mail.received_at, language(), config.user.timezone)
    parts = [mail.identity[:SHOWN], when, screen.clean(mail.counterpart_domain) or "?", _kind(mail.kind)]
    if entry.order is not None:
        parts.append(say("mails.order", order=_order(entry.order)))
    screen.put("  ".join(parts))
    seen = "" if mail.candidate else f" ({say('mails.header_only')})"
    screen.put(f"    {screen.clean(reasons.said(mail.reason, language()))}{seen}")


def _kind(kind: str | None) -> str:
    return mails.kind_name(kind) if kind is not None else say("mails.unread")


def _order(order: Order) -> str:
    return " ".join(part for part in (screen.clean(order.seller.name), screen.clean(order.number or order.id)) if part)


def _json(entry: Entry, config: Config) -> dict[str, Any]:
    mail, order = entry.mail, entry.order
    return {
        "id": mail.identity,
        "received_at": mail.received_at.astimezone(ZoneInfo(config.user.timezone)).isoformat(timespec="seconds"),
        "domain": mail.counterpart_domain or None,
        "kind": mail.kind,
        "reason": mail.reason or None,
        "header_only": not mail.candidate,
        "kept": mail.purchase,
        "authentication": mail.authentication,
        "order": order.id if order is not None else None,
        "order_number": order.number if order is not None else None,
    }


def health(store: Store, config: Config, now: datetime, *, as_json: bool) -> None:
    """How many mails of each sender could be read before and lately; those that can no longer be read come first."""
    from rich.table import Table

    from monitor import health as measure
    from monitor.run import senders

    found = senders.senders(store, now)
    if as_json:
        for one in found:
            screen.put_json(
                {
                    "sender": one.sender, "name": one.name, "before_read": one.before.read, "before": one.before.mails,
                    "recent_read": one.recent.read, "recent": one.recent.mails, "dropped": one.dropped,
                }
            )  # fmt: skip
        return
    if not found:
        screen.put(say("health.none"))
        return
    grid = Table(box=None, pad_edge=False)
    days = {"days": measure.RECENT.days}
    for key in ("health.sender", "health.before", "health.recent"):
        grid.add_column(say(key, **days), no_wrap=key != "health.sender")
    for one in found:
        name = screen.clean(one.name)
        title = name if name == one.sender else f"{name} ({screen.clean(one.sender)})"
        cells = [f"{tally.read}/{tally.mails}" if tally.mails else "" for tally in (one.before, one.recent)]
        grid.add_row(("! " if one.dropped else "  ") + title, *cells, style="bold red" if one.dropped else None)
    screen.console().print(grid)
    screen.put()
    dropped = sum(one.dropped for one in found)
    screen.put(say("health.dropped", count=dropped) if dropped else say("health.well"))


def explain(store: Store, config: Config, name: str, now: datetime, *, reread: bool, as_json: bool) -> None:
    """One mail: what is stored of it, and what a reading of today says of its header and of the whole of it."""
    from monitor import knowledge
    from monitor.run import mails as book
    from monitor.run import output, texts

    known = knowledge.load(config.knowledge_folder())
    found = book.again(store, config, known, _found(store, config, name, now), now=now, environ=os.environ)
    stored = None
    if reread:
        with store.lock():
            stored = book.take(store, config, known, found, now=now)
            texts.refresh_drafts(store, config, now=now)
    entry = stored or found.entry
    if as_json:
        read = found.read
        today = output.reading_json(entry.mail.identity, read.verdict, read.finding) if read is not None else None
        screen.put_json({**_json(entry, config), "reading": today})
    else:
        _explained(found, config)
        if stored is not None:
            screen.put(say("mails.stored", kind=_kind(entry.mail.kind)))
            if entry.order is not None:
                screen.put(say("mails.belongs", order=_order(entry.order)))
            elif not entry.mail.purchase:
                screen.put(say("mails.not_kept"))
        elif reread and found.raw is not None:
            screen.put(say("mails.not_stored"))
    if found.raw is None:
        for sentence in found.missing:
            screen.remark(screen.clean(sentence))
        raise Refusal(say("mails.gone"))


def _explained(found: Again, config: Config) -> None:
    _line(found.entry, config)
    if found.raw is None or found.read is None or found.triage is None:
        return
    screen.put()
    screen.put(say("mails.read_again", source=say(f"mails.from.{found.source}")))
    decided = say("mails.header_wants" if found.triage.candidate else "mails.header_drops")
    screen.put(f"  {decided} {screen.clean(reasons.said(found.triage.reason, language()))}")
    mails.explain(found.read)


def _found(store: Store, config: Config, name: str, now: datetime) -> Entry:
    from monitor.run import mails as book

    try:
        return book.find(store, config, name, now=now)
    except book.MailAmbiguous as several:
        raise Refusal(say("mails.which", name=screen.clean(name), ids=", ".join(several.ids))) from None
    except book.MailNotFound:
        raise Refusal(say("mails.unknown", name=screen.clean(name))) from None
