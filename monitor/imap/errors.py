"""What can go wrong with a mailbox, in kinds that a person can act on.

In charge of turning whatever a socket, TLS, imaplib, imapclient or a server says into one `MailboxError` with a
plain sentence in the user's language and the provider's set-up steps. It never repeats a password or a mail.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from enum import StrEnum

from monitor.knowledge import hosts
from monitor.knowledge.hosts import MailHost


class Failure(StrEnum):
    """Kinds of failure; the words for each lie in `knowledge/mail_hosts/_errors.toml`."""

    LOGIN_REFUSED = "login_refused"
    IMAP_OFF = "imap_off"
    APP_PASSWORD_NEEDED = "app_password_needed"  # noqa: S105 - a kind of failure, no secret
    OAUTH_NEEDED = "oauth_needed"
    NO_PASSWORD = "no_password"  # noqa: S105
    NO_SERVER = "no_server"
    PLAIN_REFUSED = "plain_refused"
    DNS = "dns"
    REFUSED = "refused"
    TLS = "tls"
    TIMEOUT = "timeout"
    CUT_OFF = "cut_off"
    BUSY = "busy"
    GARBLED = "garbled"
    FOLDER_MISSING = "folder_missing"
    NO_FOLDER_FOR_ROLE = "no_folder_for_role"
    TOO_LARGE = "too_large"
    OTHER = "other"


TRANSIENT = frozenset({Failure.TIMEOUT, Failure.CUT_OFF, Failure.BUSY})
"""Failures after which trying again later, with nothing changed, makes sense."""

_BUSY = re.compile(r"\[(?:UNAVAILABLE|INUSE|LIMIT)\]|too many|try again|rate limit|maximum number of connections", re.I)
_OAUTH = re.compile(r"basic auth\w* is disabled|BasicAuthBlocked", re.I)
_APP_PASSWORD = re.compile(r"application-specific password|app password|application password", re.I)
_IMAP_OFF = re.compile(r"not enabled for IMAP|enable IMAP|IMAP.{0,20}(?:disabled|not enabled)", re.I)


class MailboxError(Exception):
    """A mailbox, or a folder of it, cannot be used.

    `kind` says what to do about it, `detail` is the server's own sentence (cleaned, cut), `fatal` whether the
    connection is gone.
    """

    def __init__(
        self, kind: Failure, *, host: str = "", user: str = "", detail: str = "", provider: MailHost | None = None,
        fatal: bool = True,
    ) -> None:  # fmt: skip
        self.kind, self.host, self.user, self.provider, self.fatal = kind, host, user, provider, fatal
        self.detail = clean(detail)
        super().__init__(self.message("en"))

    def message(self, language: str = "en") -> str:
        """One plain sentence or two: what happened, and what the provider's own error text means."""
        sentence = hosts.load().say(
            self.kind.value, language, host=self.host, user=self.user, detail=self.detail or "-"
        )
        meant = self._meant(language)
        return f"{sentence} {meant}" if meant else sentence

    def steps(self, language: str = "en") -> tuple[str, ...]:
        """What to click at that provider, for failures that set-up can mend; else nothing."""
        mendable = (
            Failure.LOGIN_REFUSED, Failure.IMAP_OFF, Failure.APP_PASSWORD_NEEDED, Failure.OAUTH_NEEDED,
            Failure.NO_PASSWORD,
        )  # fmt: skip
        if self.provider is None or self.kind not in mendable:
            return ()
        return self.provider.steps.get(language) or self.provider.steps.get("en", ())

    def _meant(self, language: str) -> str:
        if self.provider is None or not self.detail:
            return ""
        said = self.detail.casefold()
        for error in self.provider.errors:
            if error.contains.casefold() in said:
                return error.meaning.get(language) or error.meaning.get("en", "")
        return ""


def clean(text: object) -> str:
    """A server's words for showing: printable, on one line, at most 200 characters, without imaplib's wrapping."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    words = re.sub(r"^b(['\"])(.*)\1$", r"\2", words.strip(), flags=re.S)
    words = "".join(c if c.isprintable() else " " for c in words)
    return " ".join(words.split())[:200]


def translate(
    error: BaseException, *, host: str, user: str = "", provider: MailHost | None = None, login: bool = False
) -> MailboxError:
    """The `MailboxError` for an exception of socket, ssl, imaplib or imapclient. `login`: it happened at log-in."""
    kind = _kind(error, provider, login=login)
    # a TimeoutError's own words ("timed out") add nothing; an OSError's errno text does
    detail = getattr(error, "strerror", None) or clean(error.args[0] if error.args else error)
    return MailboxError(kind, host=host, user=user, detail=str(detail), provider=provider)


def _kind(error: BaseException, provider: MailHost | None, *, login: bool) -> Failure:
    if isinstance(error, socket.gaierror):
        return Failure.DNS
    if isinstance(error, TimeoutError):
        return Failure.TIMEOUT
    if isinstance(error, ssl.SSLError):
        # a hang-up in mid-session is no fault of the certificate
        return Failure.CUT_OFF if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError) else Failure.TLS
    if isinstance(error, ConnectionRefusedError):
        return Failure.REFUSED
    if isinstance(error, ConnectionError):
        return Failure.CUT_OFF
    said = clean(error.args[0] if error.args else error)
    if isinstance(error, imaplib.IMAP4.abort):
        if _BUSY.search(said):
            return Failure.BUSY
        if "timed out" in said:
            return Failure.TIMEOUT
        if "were asked" in said or "longer than" in said:  # our own limits: see `line`
            return Failure.TOO_LARGE
        if "unexpected response" in said or "unterminated line" in said or "unexpected tagged" in said:
            return Failure.GARBLED
        return Failure.CUT_OFF
    if isinstance(error, OSError):
        return Failure.REFUSED
    if login:
        return _kind_of_refusal(said, provider)
    if _BUSY.search(said):
        return Failure.BUSY
    return Failure.GARBLED if isinstance(error, ValueError | IndexError | KeyError) else Failure.OTHER


def _kind_of_refusal(said: str, provider: MailHost | None) -> Failure:
    if provider is not None:
        for known in provider.errors:
            if known.kind and known.contains.casefold() in said.casefold():
                return Failure(known.kind)
    for pattern, kind in (
        (_OAUTH, Failure.OAUTH_NEEDED),
        (_APP_PASSWORD, Failure.APP_PASSWORD_NEEDED),
        (_IMAP_OFF, Failure.IMAP_OFF),
        (_BUSY, Failure.BUSY),
    ):
        if pattern.search(said):
            return kind
    return Failure.LOGIN_REFUSED
