"""`check`: tries what the settings name, and says in plain words what is wrong and what to click."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from monitor import render
from monitor.cli import screen
from monitor.cli.words import language, say, say_if_known

if TYPE_CHECKING:
    from monitor.config import Account, Config
    from monitor.imap import Connection
    from monitor.knowledge.hosts import Hosts

HOLIDAYS_AHEAD = timedelta(days=90)


class Report:
    """Lines of a check; remembers whether anything failed. A warning is no failure."""

    def __init__(self) -> None:
        self.well = True

    def good(self, text: str) -> None:
        """Something works."""
        screen.put(f"✓ {text}")

    def warn(self, text: str) -> None:
        """Something works, but a person should know."""
        screen.put(f"! {text}")

    def bad(self, text: str, *steps: str) -> None:
        """Something does not work, and what to do about it."""
        self.well = False
        screen.put(f"✗ {text}")
        for step in steps:
            screen.put(f"    - {step}")


def check(config: Config, environ: Mapping[str, str], now: datetime) -> bool:
    """Try everything; returns whether nothing failed."""
    from monitor.knowledge import hosts

    report = Report()
    _settings(config, report)
    _store(config, report)
    _calendar(config, now, report)
    known = hosts.load()
    if not config.accounts:
        report.warn(say("check.no_account"))
    for name, account in config.accounts.items():
        if account.enabled:
            _mailbox(config, name, account, known, environ, report)
        else:
            report.warn(say("check.switched_off", account=name))
    _sending(config, known, environ, report)
    _page(config, report)
    screen.put()
    screen.put(say("check.well") if report.well else say("check.not_well"))
    return report.well


def _settings(config: Config, report: Report) -> None:
    from monitor.config import readable_by_others, uses_plain_password

    if config.path is None:
        report.warn(say("check.no_file"))
    else:
        report.good(say("check.file", path=config.path))
    for key in config.assumed:
        value = getattr(config.user, key.rpartition(".")[2]) or say("check.unknown")
        report.warn(say("check.assumed", key=key, value=value))
    plain = uses_plain_password(config)
    for table in plain:
        report.warn(say("check.plain_password", table=table))
    secret_files = [config.locate(login.password_file) for login in (*config.accounts.values(), config.smtp)
                    if login.password_file]  # fmt: skip
    if config.path is not None and plain:
        secret_files.append(config.path)
    for path in secret_files:
        if readable_by_others(path):
            report.warn(say("check.readable", path=path))


def _store(config: Config, report: Report) -> None:
    from monitor.store import Store, StoreError

    try:
        with Store.open(config.store_path()) as store:
            with store.transaction(durable=True):
                store.set_setting("check", None)  # writes nothing that lasts, but needs all that a write needs
            faults = store.check()
            place = store.place
    except StoreError as error:
        report.bad(str(error))
        return
    if faults:
        report.bad(say("check.store_faults", place=place, faults="; ".join(faults)))
    else:
        report.good(say("check.store", place=place))
    path = config.store_path()
    if isinstance(path, Path) and not os.access(path.parent, os.W_OK):
        report.bad(say("check.store_folder", path=path.parent))


def _calendar(config: Config, now: datetime, report: Report) -> None:
    from monitor.workdays import Calendar

    zone = config.user.timezone
    report.good(say("check.zone", zone=zone, now=render.moment(now, language(), zone)))
    calendar = Calendar(config.user.country, config.calendar.extra_holidays)
    if not config.user.country:
        report.warn(say("check.no_country"))
    elif not calendar.known:
        report.warn(say("check.no_holidays", country=config.user.country))
    else:
        until = calendar.known_until()
        text = say("check.holidays", country=config.user.country, day=render.day(until, language(), "plain"))
        (report.good if until > now.date() + HOLIDAYS_AHEAD else report.warn)(text)


def _mailbox(
    config: Config, name: str, account: Account, known: Hosts, environ: Mapping[str, str], report: Report
) -> None:
    from monitor.config import SecretError, resolve, secret
    from monitor.imap import MailboxError, connect

    host = known.get(account.preset)
    if account.preset and host is None:
        names = ", ".join(sorted(known.by_id))
        report.bad(say("check.unknown_preset", account=name, preset=account.preset, names=names))
        return
    if host is None and account.host:
        host = known.for_server(account.host)
    elif host is None and account.own_address:
        host = known.for_address(account.own_address)
    usernames = host.usernames(account.own_address) if host and account.own_address else ()
    login = resolve(account, host.imap if host else None, usernames=usernames)
    if login is None:
        report.bad(say("check.no_server", account=name))
        return
    try:
        password = secret(account, name, config, environ)
        with connect(login, password, account=name, provider=host) as connection:
            report.good(say("check.login", account=name, host=login.host))
            _folders(account, name, connection, report)
    except SecretError as error:
        report.bad(say("check.secret", account=name, what=error))
    except MailboxError as error:
        report.bad(f"{name}: {error.message(language())}", *error.steps(language()))


def _folders(account: Account, name: str, connection: Connection, report: Report) -> None:
    from monitor.imap import watched

    folders = connection.folders()
    chosen, missing = watched(folders, account.folders, gmail=connection.gmail)
    for folder in missing:
        names = ", ".join(screen.clean(f.name) for f in folders if f.selectable)
        report.bad(say("check.folder_missing", account=name, folder=screen.clean(folder), names=names))
    read = ", ".join(f"{screen.clean(folder.name)} ({folder_role(folder.role)})" for folder in chosen)
    if chosen:
        report.good(say("check.folders", account=name, folders=read))
    else:
        report.bad(say("check.no_folder", account=name))
    if not account.folders and not connection.gmail and not any(folder.role == "sent" for folder in chosen):
        # without Sent the program cannot know that the user has written already
        report.warn(say("check.no_sent", account=name))


def _page(config: Config, report: Report) -> None:
    """Whether links in the digest lead anywhere, and who may read along."""
    web = config.web
    if not web.enabled:
        return
    local = (urlsplit(web.address()).hostname or "") in ("localhost", "127.0.0.1", "::1", "0.0.0.0", "::")  # noqa: S104
    report.good(say("check.page", address=web.address()))
    inside = ip_address(web.listen).is_loopback
    if web.base_url is None and (config.digest.via == "smtp" or not inside):
        report.warn(say("check.page_no_url"))
    elif local and web.base_url is not None:
        report.warn(say("check.page_loopback", address=web.base_url))
    elif inside and web.address().startswith("http://") and web.base_url is not None and not web.trusted_proxies:
        report.warn(say("check.page_unreached", address=web.base_url, listen=web.listen))
    elif not inside and not web.trusted_proxies and _other_port(web.base_url, web.port):
        report.warn(say("check.page_port", address=web.base_url, port=web.port))
    if not inside and web.insecure_http:
        report.warn(say("check.page_plain"))
    elif not inside and not web.trusted_proxies:
        report.warn(say("check.page_refuses", listen=web.listen))


def _other_port(base_url: str | None, port: int) -> bool:
    """Whether an address without TLS, behind which no proxy stands, names another port than the page's own."""
    parts = urlsplit(base_url or "")
    return parts.scheme == "http" and (parts.port or 80) != port


def folder_role(role: str) -> str:
    """What a folder's role is called."""
    return say_if_known(f"folder.{role}", role)


def _sending(config: Config, known: Hosts, environ: Mapping[str, str], report: Report) -> None:
    from monitor import smtp as sending
    from monitor.config import SecretError
    from monitor.run import digests

    if config.smtp.host is None and config.smtp.account is None:
        if config.digest.via == "smtp":
            report.bad(say("check.no_smtp"))
        return
    try:
        server = digests.sending_server(config, environ)  # the very server that the digest goes to
        sending.check(server)
        report.good(say("check.smtp", host=server.host))
    except digests.NotSent:
        report.bad(say("check.no_smtp"))
    except SecretError as error:
        report.bad(say("check.secret", account="smtp", what=error))
    except sending.SmtpError as error:
        account = config.accounts.get(config.smtp.account or "")
        host = known.get(account.preset) or known.for_address(account.own_address or "") if account else None
        report.bad(error.message(language()), *(host.steps.get(language(), ()) if host else ()))
