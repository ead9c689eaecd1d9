"""Logging in: server, TLS, user name, password -> a `Connection`, or a `MailboxError` that says what to click.

In charge of never sending a password in the clear and never trying a wrong one twice. Reads nothing.
"""

from __future__ import annotations

import imaplib
import ipaddress
import ssl
from collections.abc import Sequence

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import CapabilityError

from monitor.config import Login
from monitor.imap.connection import WIRE_ERRORS, Connection, drop
from monitor.imap.errors import Failure, MailboxError, translate
from monitor.knowledge.hosts import MailHost

SECONDS_TO_CONNECT = 20.0
SECONDS_TO_ANSWER = 90.0
LINE_LIMIT = 4_000_000  # imaplib's own 1,000,000 is too short for such a line


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
    client: IMAPClient | None = None
    at_login = False
    try:
        context = ssl.create_default_context()
        client = IMAPClient(login.host, login.port, ssl=login.tls == "implicit", ssl_context=context, timeout=timeout)
        _tame(client)
        if login.tls == "starttls":
            client.starttls(context)
        at_login = True
        _log_in(client, login.usernames or ("",), password)
        connection = Connection(client, login.host, user, account, provider)
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


def _tame(client: IMAPClient) -> None:
    """No protocol log (it would hold mails), and lines and literals of our own maximum lengths."""
    imap = client._imap
    imap.debug = 0

    def readline() -> bytes:
        line: bytes = imap.file.readline(LINE_LIMIT + 1)
        if len(line) > LINE_LIMIT:
            raise imaplib.IMAP4.abort("a line longer than 4 MB")
        return line

    imap.readline = readline
