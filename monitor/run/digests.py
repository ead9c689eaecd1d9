"""The daily digest: gathered from the store, sent or filed, never twice for one day and never lost.

In charge of what goes into a digest, of where it goes, and of the record that it went. The Message-ID is committed
before the first byte leaves, so that the digest is known as our own when it lies in the mailbox that is read.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor import digest as digests
from monitor import health, smtp
from monitor.config import Config, SecretError, resolve, secret
from monitor.digest import AccountState, Digest, DigestInput, MonthSums, OpenCase, Unread
from monitor.knowledge import hosts
from monitor.run import cases, orders, senders, statistics, texts
from monitor.run.intake import settle
from monitor.types import Address, Event, Source
from monitor.workdays import Calendar

if TYPE_CHECKING:
    from monitor.store import Store

LAST_DIGEST_FOR = "digest.last_for"
"""Setting: the local day of the last digest (ISO date)."""

QUIET_BEFORE = settle.QUIET_BEFORE
"""Setting: the moment of the first pass (ISO 8601); what was overdue before it is not announced."""

_MAILBOX = "account "  # stage of the problems of an account: "account <name>", as intake writes it
_FIRST_LOOK_BACK = timedelta(days=1)


class NotSent(Exception):
    """A digest could not be sent or written; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """Where a digest went: an address, or the files that hold it."""

    to: str
    files: tuple[Path, ...] = ()


def gather(store: Store, config: Config, *, now: datetime) -> DigestInput:
    """Everything that the digest of `now` speaks of; writes nothing."""
    views, few = _views(store, config, now)
    drafts = texts.drafts(store, config, None, now, views=views)
    since = _since(store, now)
    mails = list(store.mails(since=since))
    problems = store.problems()
    announced = frozenset(event.order_id for event in store.statements(kinds=["notified"]))
    calendar = Calendar(config.user.country, config.calendar.extra_holidays)
    months, currency = _months(store, None if few else views, config, now)
    return DigestInput(
        timezone=config.user.timezone,
        orders=tuple(view.order for view in views),
        judgements={view.order.id: view.judgement for view in views},
        steps={view.order.id: view.step for view in views if view.step is not None},
        drafts=tuple(drafts),
        problems=tuple(found.problem for found in problems if not found.problem.stage.startswith(_MAILBOX)),
        accounts=tuple(accounts(store, config, {f.problem.stage: f.problem.message for f in problems})),
        looked_at=len(mails),
        about_purchases=sum(mail.purchase for mail in mails),
        not_read=sum(found.problem.mail is not None for found in problems if found.at >= since),
        first_run_at=first_run(store),
        announced=announced,
        holidays_known_until=calendar.known_until(),
        base_url=(config.web.base_url or "") if config.web.enabled else "",
        unread=tuple(
            Unread(one.name, one.before.read, one.before.mails, one.recent.read, one.recent.mails, health.RECENT.days)
            for one in senders.dropped(store, now)
        ),
        cases=_cases(store, config, None if few else views, now),
        stale_packs=_stale_packs(config, now),
        months=months,
        months_currency=currency,
    )


def _views(store: Store, config: Config, now: datetime) -> tuple[list[orders.OrderView], bool]:
    """The orders of which a digest can speak, where the page's lists hold (and True); else all."""
    from monitor.run import pages, single

    telling = pages.telling(store, config, now=now)
    if telling is None:
        return orders.orders(store, config, None, now), False
    found = single.some(store, config, telling, now=now).values()
    return sorted(found, key=lambda view: (view.order.placed_at, view.order.id)), True


def _cases(
    store: Store, config: Config, views: Sequence[orders.OrderView] | None, now: datetime
) -> tuple[OpenCase, ...]:  # fmt: skip
    """The failed payments that are not settled; those of before the first pass only where the user spoke of them.

    `views`: all orders, where they are at hand.
    """
    first = first_run(store)
    known = cases.quick(store, config, now=now) if views is None else cases.cases(store, config, now=now, views=views)
    return tuple(
        OpenCase(one.id, one.seller.name, one.amount, one.status, one.next, one.next_on, one.call_at, one.last_safe_day)
        for one in known
        if one.open and (one.touched or (first is not None and one.at >= first))
    )


def _stale_packs(config: Config, now: datetime) -> tuple[tuple[str, date], ...]:
    """The files of rules that are older than a year."""
    from monitor.knowledge.rights import load_rights, stale_packs

    folder = config.knowledge_folder()
    rights = load_rights(folder if folder.is_dir() else None)
    today = now.astimezone(ZoneInfo(config.user.timezone)).date()
    return tuple((pack.name, pack.compiled) for pack in stale_packs(rights, today))


def _months(
    store: Store, views: Sequence[orders.OrderView] | None, config: Config, now: datetime
) -> tuple[tuple[MonthSums, ...], str]:  # fmt: skip
    """What the money did month by month, in the currency in which most happened. `views`: all orders, where at hand."""
    figures = statistics.current(store, config, now=now) if views is None else None
    if figures is None:
        all_ = views if views is not None else orders.orders(store, config, None, now, steps=False)
        figures = statistics.of_views(all_, config, now=now)
    if not figures.currencies:
        return (), ""
    currency = figures.currencies[0]
    zero = Decimal(0)
    return tuple(
        MonthSums(m.first, m.spent.get(currency, zero), m.recovered.get(currency, zero), m.lost.get(currency, zero))
        for m in figures.months
    ), currency


def preview(store: Store, config: Config, *, now: datetime) -> Digest:
    """The digest of `now` in the user's language; nothing is recorded."""
    return digests.digest(gather(store, config, now=now), config.user.language, now)


def due(store: Store, config: Config, *, now: datetime) -> date | None:
    """The local day whose digest is due and has not gone out; None before its hour, or when it has.

    After a downtime the digest of today is still made, once; those of the days missed are not made up.
    """
    local = now.astimezone(ZoneInfo(config.user.timezone))
    if local.time() < config.digest.at or config.digest.via == "none":
        return None
    last = store.get_setting(LAST_DIGEST_FOR)
    return None if last is not None and date.fromisoformat(last) >= local.date() else local.date()


def deliver(store: Store, config: Config, *, now: datetime, environ: Mapping[str, str] | None = None) -> Delivered:
    """Makes the digest and sends or files it as the config says; records the day, the Message-ID and what it announced.

    Raises NotSent. After a broken connection whose outcome is unknown the day counts as done: one digest too few is
    better than two.
    """
    view = gather(store, config, now=now)
    made = digests.digest(view, config.user.language, now)
    day = now.astimezone(ZoneInfo(config.user.timezone)).date()
    to = config.digest_to()
    if config.digest.via == "smtp":
        if to is None:
            raise NotSent("no address is known for the digest; set digest.to in the config file")
        sender = config.smtp.sender or to
        mail = digests.message(made, Address("", to), Address("Refund monitor", sender), ZoneInfo(config.user.timezone))
        server = sending_server(config, os.environ if environ is None else environ)
        with store.transaction():
            store.remember_sent(str(mail["Message-ID"]).strip("<>"), "digest", now)
        try:
            outcome = smtp.send(server, mail, sender, [to])
        except smtp.SmtpError as error:
            raise NotSent(error.message(config.user.language)) from error
        if outcome.status in (smtp.Status.REFUSED, smtp.Status.TRY_LATER):
            raise NotSent(outcome.reason)
        delivered = Delivered(to)
    else:
        delivered = write(made, config, to or "digest@localhost", day)
    _record(store, view, day, now)
    return delivered


def write(made: Digest, config: Config, to: str, day: date) -> Delivered:
    """The digest as an HTML file and as a mail file in the digest folder, mode 0600. Raises NotSent."""
    folder = config.digest_folder()
    sender = Address("Refund monitor", config.smtp.sender or to)
    mail = digests.message(made, Address("", to), sender, ZoneInfo(config.user.timezone))
    page, letter = folder / f"digest-{day.isoformat()}.html", folder / f"digest-{day.isoformat()}.eml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, content in ((page, made.html.encode("utf-8")), (letter, mail.as_bytes())):
            _write_private(path, content)
    except OSError as error:
        raise NotSent(f"the digest cannot be written to {folder}: {error.strerror or error}") from error
    return Delivered(str(folder), (page, letter))


def sending_server(config: Config, environ: Mapping[str, str]) -> smtp.Server:
    """The server that takes the user's mail, as the config and the provider's data say. Raises NotSent."""
    account = config.accounts.get(config.smtp.account or "")
    address = config.smtp.sender or (account.own_address if account is not None else None)
    known = hosts.load()
    host = known.get(account.preset) if account is not None and account.preset else None
    if host is None and address is not None:
        host = known.for_address(address)
    names = host.usernames(address) if host is not None and address is not None else ()
    login = resolve(
        config.smtp, host.smtp if host is not None else None, protocol="smtp", address=address, usernames=names
    )
    if login is None:
        raise NotSent('no sending server is set up; add [smtp] to the config file, or use digest.via = "file"')
    try:
        password = secret(config.smtp, "smtp", config, environ)
    except SecretError as error:
        raise NotSent(str(error)) from error
    return smtp.Server(
        host=login.host,
        port=login.port,
        tls=login.tls,
        username=login.usernames[0] if login.usernames and password is not None else None,
        password=password,
    )


def _record(store: Store, view: DigestInput, day: date, now: datetime) -> None:
    with store.transaction():
        store.set_setting(LAST_DIGEST_FOR, day.isoformat())
        for order in view.orders:
            if view.judgements[order.id].flagged and order.id not in view.announced:
                event = Event(
                    id=uuid.uuid4().hex,
                    order_id=order.id,
                    at=now,
                    kind="notified",
                    source=Source.MONITOR,
                    mail=next((e.mail for e in order.events if e.mail), None),
                    payload={"seller": order.seller.key, "number": order.number or ""},
                )
                store.append_event(event)


def _since(store: Store, now: datetime) -> datetime:
    sent = store.sent("digest")
    return max((record.at for record in sent), default=now - _FIRST_LOOK_BACK)


def first_run(store: Store) -> datetime | None:
    """When the program first looked; None: it has not."""
    quiet = store.get_setting(QUIET_BEFORE)
    return datetime.fromisoformat(quiet) if quiet else None


def accounts(store: Store, config: Config, problems: Mapping[str, str]) -> list[AccountState]:
    """Each mailbox that is read: up to when it was, and what stands in the way (`problems`: by stage)."""
    heard = orders.heard_until(store, config)
    return [
        AccountState(
            name=name,
            address=account.own_address or "",
            heard_until=None if heard.get(name) in (None, orders.NEVER) else heard[name],
            problem=problems.get(_MAILBOX + name),
        )
        for name, account in config.accounts.items()
        if account.enabled
    ]


def _write_private(path: Path, content: bytes) -> None:
    """Whole or not at all: written beside, then moved into place."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
