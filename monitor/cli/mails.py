"""`read`, `scan`, `import` and `rebuild` for people: what was read of each mail and why, and what a pass did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import render
from monitor.cli import screen
from monitor.cli.failures import Refusal, show_if_debugging
from monitor.cli.words import language, say, say_if_known
from monitor.run import reasons
from monitor.types import Finding, Kind, Money, SellerIdentity, Settlement, Span, Stated, Verdict

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.run.intake import Ahead
    from monitor.run.orders import OrderView
    from monitor.run.reading import Read
    from monitor.store import Store


def read(config: Config, paths: list[Path], now: datetime, *, as_json: bool, generic_only: bool = False) -> bool:
    """Show what each mail of the files says. False where a path cannot be used (the others are read all the same)."""
    from monitor import knowledge, mailfiles
    from monitor.run import output, reading

    known = knowledge.load(config.knowledge_folder(), generic_only=generic_only)
    unusable: list[str] = []
    total = mailfiles.total_bytes(paths) if screen.on_terminal() else None
    with screen.progress(say("progress.read"), total=total) as advance:
        mails = reading.read_paths(
            paths, known, now=now, own=config.own_addresses(),
            max_body=config.reading.max_body_mb * 1_000_000, unusable=unusable.append, progress=advance,
            stumbled=show_if_debugging, brief=as_json,
        )  # fmt: skip
        for mail in mails:
            if as_json:
                screen.put_line(output.reading_line(mail.file, mail.verdict, mail.finding))
            else:
                explain(mail)
    for sentence in unusable:
        screen.remark(screen.clean(sentence))
    return not unusable


def scan(store: Store, config: Config, now: datetime, *, sum_up: bool = True, ahead: Ahead | None = None) -> bool:
    """One pass over all mailboxes, and what it brought. False where a mailbox could not be read to its end.

    `sum_up`: say at the end how many orders there are and where to see them. `ahead`: a connection opened before.
    """
    from monitor import knowledge
    from monitor.run import intake

    if not any(account.enabled for account in config.accounts.values()):
        raise Refusal(say("scan.none"))
    with store.lock(), screen.progress(say("progress.scan")) as advance:
        known = knowledge.load(config.knowledge_folder())
        summary = intake.scan(store, config, known, now=now, progress=advance, ahead=ahead)
        views = _settled(store, config, now)
    for account in summary.accounts:
        if account.error is not None:
            screen.remark(say("scan.account_failed", account=account.name, what=account.error))
            for step in account.steps:
                screen.remark(f"    - {step}")
        counts = account.counts
        screen.put(say("scan.account", account=account.name, seen=counts.new, purchases=counts.purchases))
    if sum_up:
        _sum(views, summary.counts.unreadable)
    return summary.complete


def import_(store: Store, config: Config, paths: list[Path], until: datetime | None, now: datetime) -> None:
    """Take in files, and say what they brought and up to when they count as complete."""
    from monitor import knowledge, mailfiles
    from monitor.run import intake

    total = mailfiles.total_bytes(paths) if screen.on_terminal() else None
    with store.lock(), screen.progress(say("progress.import"), total=total) as advance:
        summary = intake.import_paths(
            store, config, knowledge.load(config.knowledge_folder()), paths, now=now, heard_until=until,
            progress=advance,
        )  # fmt: skip
        views = _settled(store, config, now)
    counts = summary.counts
    screen.put(say("import.sum", seen=counts.headers, purchases=counts.purchases, known=counts.headers - counts.new))
    for problem in summary.problems:
        screen.remark(screen.clean(problem.message))
    heard = render.moment(summary.heard_until, language(), config.user.timezone)
    screen.put(say("import.heard", moment=heard))
    _sum(views, counts.unreadable)


def rebuild(store: Store, config: Config, now: datetime) -> None:
    """Read the kept mails again, and say what came of it."""
    from monitor import knowledge
    from monitor.run import rebuild as rebuilding

    with store.lock(), screen.progress(say("progress.rebuild")) as advance:
        known = knowledge.load(config.knowledge_folder())
        summary = rebuilding.rebuild(store, config, known, now=now, progress=advance)
        views = _settled(store, config, now)
    screen.put(say("rebuild.sum", count=summary.mails, purchases=summary.purchases))
    _sum(views, summary.unreadable)


def _settled(store: Store, config: Config, now: datetime) -> list[OrderView]:
    """The orders after mails were taken in. Their texts, most of the work, are made when somebody asks for them."""
    from monitor.run import orders, texts

    views = orders.orders(store, config, None, now, steps=False)
    texts.lock_drafts(store, views, now=now)
    return views


def _sum(views: list[OrderView], unreadable: int) -> None:
    if unreadable:
        screen.remark(say("scan.problems", count=unreadable))
    screen.put(say("scan.orders", count=len(views), flagged=sum(view.judgement.flagged for view in views)))


def explain(read: Read) -> None:
    """One mail: its kind, why, each value with the words that prove it and who read them, and what was refused."""
    verdict, finding = read.verdict, read.finding
    screen.put(screen.clean(read.file))
    known = verdict.seller.value.name if verdict.seller else None
    parts = [kind_name(verdict.kind), screen.clean(known) if known else None]
    screen.put("  " + " · ".join(part for part in parts if part))
    screen.put(f"  {say('read.why')} {screen.clean(reasons.said(verdict.reason, language()))}")
    if verdict.quotes and verdict.kind is not Kind.OTHER:
        screen.put(f"  {say('read.words')} " + ", ".join(quoted(words) for words in verdict.quotes))
    if finding is not None and verdict.kind is not Kind.OTHER:
        for line in value_lines(verdict, finding):
            screen.put("    " + line)
        for field, rivals in finding.disagreements:
            told = " / ".join(f"{screen.clean(r.value)} ({reader_name(r.reader)})" for r in rivals)
            screen.put(f"  {say('read.disagree', field=say_if_known('field.' + field, field), rivals=told)}")
    for kind, why in verdict.rivals:
        screen.put(f"  {say('read.refused', kind=kind_name(kind), why=screen.clean(reasons.said(why, language())))}")
    if read.mail is not None:
        notes = finding.notes if finding is not None else ()
        for defect in (*read.mail.defects, *read.mail.left_out, *notes):
            screen.put(f"  {say('read.defect', what=screen.clean(defect))}")
    screen.put()


def value_lines(verdict: Verdict, finding: Finding) -> Iterator[str]:
    """Each value of a mail with its quote and its reader, aligned."""
    rows = list(_rows(verdict, finding))
    for name, text, quote, reader in rows:
        label = say_if_known(f"field.{name}", name.replace("_", " "))
        proof = f"  ← {quoted(quote)} ({reader_name(reader)})" if quote else ""
        yield f"{label}: {text}{proof}"


def _rows(verdict: Verdict, finding: Finding) -> Iterator[tuple[str, str, str, str]]:
    if verdict.seller:
        yield "seller", screen.clean(verdict.seller.value.name), verdict.seller.quote, verdict.seller.reader
    plain = chain(
        [("order_number", finding.order_number), ("total", finding.total)],
        (("item", item) for item in finding.items),
        [
            ("placed_at", finding.placed_at), ("pay_by", finding.pay_by), ("dispatch_by", finding.dispatch_by),
            ("promised_by", finding.promised_by), ("refund_by", finding.refund_by), ("answer_by", finding.answer_by),
            ("settlement", finding.settlement), ("payment_method", finding.payment_method),
            ("instalments", finding.instalments),
        ],
        (("tracking_number", number) for number in finding.tracking_numbers),
        [
            ("carrier", finding.carrier), ("parcels", finding.parcels), ("partial", finding.partial),
            ("order_class", finding.order_class),
        ],
    )  # fmt: skip
    for name, stated in plain:
        if isinstance(stated, Stated):
            yield name, _text(stated.value), stated.quote, stated.reader
    for contact in finding.contacts:
        channel = render.word("channel", contact.channel, language())
        yield "contact", f"{channel} {screen.clean(contact.value)}", contact.quote, "generic"
    if finding.identity is not None:
        for name, value, quote in identity_rows(finding.identity):
            yield f"identity.{name}", value, quote, "generic"


IDENTITY = ("name", "representative", "registration", "permit", "vat", "address", "phone", "email")


def identity_rows(identity: SellerIdentity) -> Iterator[tuple[str, str, str]]:
    """Who the seller says that he is: field, value and quote; a check digit that is known is told right or wrong."""
    for name in IDENTITY:
        stated = getattr(identity, name)
        if stated is None:
            continue
        value = screen.clean(stated.value)
        if name == "registration" and identity.checksum_ok is not None:
            value += f" ({say('identity.checksum', answer=say('yes' if identity.checksum_ok else 'no'))})"
        yield name, value, stated.quote


def _text(value: object) -> str:
    if isinstance(value, Money):
        return render.money(value, language())
    if isinstance(value, date):
        return render.day(value, language(), "plain")
    if isinstance(value, Span):
        return render.span(value, language())
    if isinstance(value, StrEnum):
        family = "settlement" if isinstance(value, Settlement) else "order_class"
        return render.word(family, value.value, language())
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    return screen.clean(str(value))


def quoted(text: str) -> str:
    """Words of a mail in quotation marks, cut where they are long."""
    line = screen.clean(text)
    return f"“{line if len(line) <= 100 else line[:99].rstrip() + '…'}”"


def kind_name(kind: Kind | str) -> str:
    """What a kind of mail is called."""
    return render.word("kind", str(kind), language())


def reader_name(reader: str) -> str:
    """Who read a value: markup, the layout of a shop, the general reader, the header, the user."""
    name, _, shop = reader.partition(":")
    return say_if_known(f"reader.{name}", name) + (f" {shop}" if shop else "")
