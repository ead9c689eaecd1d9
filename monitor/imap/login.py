"""Logging in: server, TLS, user name, password -> a `Connection`, or a `MailboxError` that says what to click.

In charge of never sending a password in the clear and never trying a wrong one twice. Reads nothing.
"""

from __future__ import annotations

import imaplib
import ipaddress
import ssl
from collections.abc import Sequence
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS

from monitor.config import Login
from monitor.imap.connection import WIRE_ERRORS, Connection, drop
from monitor.imap.errors import Failure, MailboxError, translate
from monitor.imap.line import Line
from monitor.knowledge.hosts import MailHost

SECONDS_TO_CONNECT = 20.0
SECONDS_TO_ANSWER = 90.0


class _Client(IMAPClient):  # type: ignore[misc]  # imapclient carries no types
    """imapclient's client over a `Line`, which is in place before the server's first word."""

    line: Line

    def _create_IMAP4(self) -> imaplib.IMAP4:
        client, seconds = self, self._timeout.connect

        class Plain(IMAP4WithTimeout):  # type: ignore[misc]  # the same
            def open(self, *arguments: Any, **named: Any) -> None:
                super().open(*arguments, **named)
                client.line = Line(self, seconds)

        class Secure(IMAP4_TLS):  # type: ignore[misc]  # the same
            def open(self, *arguments: Any, **named: Any) -> None:
                super().open(*arguments, **named)
                client.line = Line(self, seconds)

        if self.ssl:
            return Secure(self.host, self.port, self.ssl_context, seconds)
        return Plain(self.host, self.port, seconds)


def connect(
    login: Login | None, password: str | None, *, account: str = "", provider: MailHost | None = None,
    connect_seconds: float = SECONDS_TO_CONNECT, answer_seconds: float = SECONDS_TO_ANSWER,
) -> Connection:  # fmt: skip
    """Log in. `login` and `password` come from `config.resolve` and `config.secret`. Raises `MailboxError`.

    A second form of the log-in name is tried only where the provider is known to take either, and never more:
    repeated wrong log-ins lock accounts.
    """
    if login is None:
        raise MailboxError(Failure.NO_SERVER, provider=provider)
    user = login.usernames[0] if login.usernames else ""
    if provider is not None and provider.auth == ("xoauth2",):
        raise MailboxError(Failure.OAUTH_NEEDED, host=login.host, user=user, provider=provider)
    if not password:
        raise MailboxError(Failure.NO_PASSWORD, host=login.host, user=user, provider=provider)
    if login.tls == "none" and not _loopback(login.host):
        raise MailboxError(Failure.PLAIN_REFUSED, host=login.host, user=user, provider=provider)
    timeout = SocketTimeout(connect_seconds, answer_seconds)
    client: _Client | None = None
    at_login = False
    try:
        context = ssl.create_default_context()
        client = _Client(login.host, login.port, ssl=login.tls == "implicit", ssl_context=context, timeout=timeout)
        client._imap.debug = 0  # no protocol log: it would hold mails
        client.line.wait_at_most(answer_seconds)
        if login.tls == "starttls":
            client.starttls(context)
        at_login = True
        _log_in(client, login.usernames or ("",), password)
        connection = Connection(client, client.line, login.host, user, account, provider)
        at_login = False
        connection.introduce()
    except WIRE_ERRORS as error:
        if client is not None:
            drop(client)
        if isinstance(error, CapabilityError):
            no_tls = "no STARTTLS is offered"
            raise MailboxError(Failure.TLS, host=login.host, user=user, detail=no_tls, provider=provider) from error
        raise translate(error, host=login.host, user=user, provider=provider, login=at_login) from error
    return connection


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def _log_in(client: IMAPClient, usernames: Sequence[str], password: str) -> None:
    last = len(usernames) - 1
    for index, name in enumerate(usernames):
        try:
            if name.isascii() and password.isascii():
                client.login(name, password)
            else:  # LOGIN has no way to say which charset; PLAIN is UTF-8 (RFC 4616)
                client.plain_login(name, password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            if index == last:
                raise
        else:
            return
