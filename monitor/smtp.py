"""Hands one mail to an SMTP server and says what became of it.

In charge of the connection (implicit TLS, STARTTLS, none on this machine only), of the log-in, of the envelope, and of
telling apart what every sender must know: sent, refused, try later, unknown. It keeps no queue and never sends twice:
where the connection broke after the text began, nobody knows whether the server took the mail, and only a person may
decide to send again. A letter goes to all of its recipients or to none.
"""

from __future__ import annotations

import copy
import ipaddress
import re
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from enum import StrEnum

from monitor import render
from monitor.render import one_line

TIMEOUT = 60.0  # seconds for each answer of the server; RFC 5321 4.5.3.2 would grant minutes, a person would not
CHUNK = 65_536
"""Bytes handed over at once: Python's time limit counts for a whole `sendall`, and a letter with files over a slow line
takes minutes without anything being wrong."""
_ADDRESS = re.compile(r"[!-;=?-~]{1,64}@[A-Za-z0-9.\-:\[\]]{1,255}")


class Status(StrEnum):
    """What became of a mail."""

    SENT = "sent"
    REFUSED = "refused"  # the server will not take it; sending the same again is no use
    TRY_LATER = "try_later"  # nothing was taken; the same mail may be sent again
    UNKNOWN = "unknown"  # the connection broke after the text began: it may have been taken


@dataclass(frozen=True, slots=True)
class Outcome:
    """The status and why, in plain words (a server's answer is quoted in one cleaned line)."""

    status: Status
    reason: str
    code: int | None = None  # the SMTP reply code that decided, where there was one
    said: str = ""  # the server's own words with it, cleaned
    detail: str = ""  # the system's words where no server said anything


@dataclass(frozen=True, slots=True)
class Server:
    """Where and how to send. `tls`: implicit, starttls or none. Without `username` there is no log-in."""

    host: str
    port: int
    tls: str = "implicit"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = TIMEOUT
    context: ssl.SSLContext | None = field(default=None, repr=False)  # None: the system's certificate authorities


class Trouble(StrEnum):
    """What is wrong with the settings for sending; the words for each are `smtp.*` in the catalog."""

    UNREACHABLE = "unreachable"
    UNPROTECTED = "unprotected"
    NO_STARTTLS = "no_starttls"
    LOGIN_REFUSED = "login_refused"
    NO_LOGIN = "no_login"
    CHARACTERS = "characters"
    CERTIFICATE = "certificate"
    NO_TLS = "no_tls"
    NO_SERVER = "no_server"
    BAD_NAME = "bad_name"


class SmtpError(Exception):
    """The server cannot be used as it is set up: a person has to change something. `message` says what.

    `detail`: what the server or the system said of it, cleaned.
    """

    def __init__(self, kind: Trouble, server: Server, detail: str = "") -> None:
        self.kind, self.server, self.detail = kind, server, detail
        super().__init__(self.message("en"))

    def message(self, language: str) -> str:
        """What is wrong and what to change, as a sentence."""
        server = self.server
        return render.message(
            f"smtp.{self.kind.value}", language, host=one_line(server.host), port=server.port,
            user=one_line(server.username or ""), detail=self.detail or "-",
        )  # fmt: skip


def send(server: Server, message: EmailMessage, envelope_from: str, recipients: Sequence[str]) -> Outcome:
    """Send `message` to `recipients` (the envelope; Cc and Bcc belong in it) and say what became of it.

    A Bcc header is not sent. All recipients must be accepted, else nothing is sent to any. Raises SmtpError where the
    settings are at fault (log-in refused, no TLS, certificate not trusted, name unknown); every other trouble is an
    Outcome.
    """
    return send_content(server, content(message), envelope_from, recipients)


def send_content(server: Server, content: bytes, envelope_from: str, recipients: Sequence[str]) -> Outcome:
    """Send these very bytes (of `content()`); otherwise as `send`."""
    wrong = [address for address in (envelope_from, *recipients) if not _ADDRESS.fullmatch(address)]
    if wrong or not recipients:
        return Outcome(Status.REFUSED, "there is no valid recipient" if not wrong else "an address is not valid")
    try:
        client = _connected(server)
    except (OSError, smtplib.SMTPException) as trouble:
        detail = _words(trouble)
        return Outcome(Status.TRY_LATER, f"the server could not be reached or broke off: {detail}", detail=detail)
    try:
        return _transaction(client, content, envelope_from, list(dict.fromkeys(recipients)))
    finally:
        client.close()


def check(server: Server) -> None:
    """Connect and log in, send nothing. Raises SmtpError in plain words where that fails, for whatever reason."""
    try:
        client = _connected(server)
    except (OSError, smtplib.SMTPException) as trouble:
        raise SmtpError(Trouble.UNREACHABLE, server, _words(trouble)) from None
    _quit(client)
    client.close()


def content(message: EmailMessage) -> bytes:
    """The mail as it goes over the wire: CRLF, 7 bit, without Bcc."""
    if "Bcc" in message:
        message = copy.deepcopy(message)
        del message["Bcc"]
    return message.as_bytes(policy=message.policy.clone(cte_type="7bit", linesep="\r\n"))


def _connected(server: Server) -> smtplib.SMTP:
    """A connection, protected and logged in. Raises SmtpError, OSError, SMTPException; leaves no socket behind."""
    if server.tls == "none" and not _loopback(server.host):
        raise SmtpError(Trouble.UNPROTECTED, server)
    context = server.context or ssl.create_default_context()
    # A literal instead of this machine's name: it would cost a DNS query, and it is nobody's business.
    name = "[127.0.0.1]"
    client: smtplib.SMTP | None = None
    try:
        if server.tls == "implicit":
            client = smtplib.SMTP_SSL(server.host, server.port, name, timeout=server.timeout, context=context)
        else:
            client = smtplib.SMTP(server.host, server.port, name, timeout=server.timeout)
        client.ehlo_or_helo_if_needed()
        if server.tls == "starttls":
            if not client.has_extn("starttls"):
                raise SmtpError(Trouble.NO_STARTTLS, server)
            client.starttls(context=context)
            client.ehlo_or_helo_if_needed()
        if server.username:
            _log_in(client, server)
    except BaseException as trouble:
        if client is not None:
            client.close()
        explained = _explained(trouble, server)
        if explained is not None:
            raise explained from None
        raise
    return client


def _log_in(client: smtplib.SMTP, server: Server) -> None:
    try:
        client.login(server.username or "", server.password or "")
    except smtplib.SMTPAuthenticationError as refused:
        if 400 <= refused.smtp_code < 500:
            raise smtplib.SMTPResponseException(refused.smtp_code, refused.smtp_error) from None
        raise SmtpError(Trouble.LOGIN_REFUSED, server, _answer(refused.smtp_error)) from None
    except smtplib.SMTPNotSupportedError:
        raise SmtpError(Trouble.NO_LOGIN, server) from None
    except UnicodeEncodeError:
        raise SmtpError(Trouble.CHARACTERS, server) from None


def _explained(trouble: BaseException, server: Server) -> SmtpError | None:
    """Troubles of connecting that only a change of the settings can mend."""
    import socket

    if isinstance(trouble, ssl.SSLCertVerificationError):
        return SmtpError(Trouble.CERTIFICATE, server, one_line(trouble.verify_message))
    if isinstance(trouble, ssl.SSLError):
        return SmtpError(Trouble.NO_TLS, server)
    if isinstance(trouble, socket.gaierror) and trouble.errno == socket.EAI_NONAME:
        return SmtpError(Trouble.NO_SERVER, server)
    if isinstance(trouble, UnicodeError):
        return SmtpError(Trouble.BAD_NAME, server)
    return None


def _transaction(client: smtplib.SMTP, content: bytes, envelope_from: str, recipients: list[str]) -> Outcome:
    """One mail: MAIL, RCPT for each, DATA (RFC 5321 3.3)."""
    try:
        size = [f"size={len(content)}"] if client.has_extn("size") else []
        code, answer = client.mail(envelope_from, size)
        if code != 250:
            return _turned_down(client, code, answer, "the sender")
        for recipient in recipients:
            code, answer = client.rcpt(recipient)
            if code not in (250, 251):
                return _turned_down(client, code, answer, recipient)
        code, answer = client.docmd("DATA")
        if code != 354:
            return _turned_down(client, code, answer, "the mail")
    except (OSError, smtplib.SMTPException) as trouble:
        detail = _words(trouble)
        return Outcome(Status.TRY_LATER, f"the connection broke before the text was sent: {detail}", detail=detail)
    try:
        text = memoryview(_dotted(content))
        for start in range(0, len(text), CHUNK):
            client.send(bytes(text[start : start + CHUNK]))
        code, answer = client.getreply()
    except (OSError, smtplib.SMTPException) as trouble:
        return Outcome(
            Status.UNKNOWN,
            f"the connection broke while the text was being sent ({_words(trouble)}); the mail may have gone out. "
            "Look into the Sent folder or ask the recipient before sending it again",
        )
    if code == 250:
        _quit(client)
        return Outcome(Status.SENT, _answer(answer), code, f"{code} {_answer(answer)}")
    if not 400 <= code < 600:
        _quit(client)
        return Outcome(
            Status.UNKNOWN,
            f"the server's answer to the text is none that says what became of it: {code} {_answer(answer)}. "
            "Look into the Sent folder or ask the recipient before sending it again",
            code,
        )
    return _turned_down(client, code, answer, "the mail")


def _turned_down(client: smtplib.SMTP, code: int, answer: bytes, what: str) -> Outcome:
    """RFC 5321 4.2.1: 4yz may be tried again, 5yz not. 421 and a broken line (-1) are the server going away."""
    _quit(client)
    status = Status.TRY_LATER if code < 0 or 400 <= code < 500 else Status.REFUSED
    said = f"{code} {_answer(answer)}" if code > 0 else ""
    return Outcome(status, f"the server did not take {what}: {code} {_answer(answer)}", code, said)


def _quit(client: smtplib.SMTP) -> None:
    try:
        client.quit()
    except (OSError, smtplib.SMTPException):
        client.close()  # the mail's fate is settled; how the server says goodbye changes nothing


def _dotted(content: bytes) -> bytes:
    """Transparency and the closing dot (RFC 5321 4.5.2)."""
    body = re.sub(rb"(?m)^\.", b"..", content)
    return body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _answer(text: bytes | str) -> str:
    return one_line(text.decode("utf-8", "replace") if isinstance(text, bytes) else text, 200)


def _words(trouble: Exception) -> str:
    if isinstance(trouble, TimeoutError):
        return "no answer in time"
    if isinstance(trouble, smtplib.SMTPResponseException):
        return f"{trouble.smtp_code} {_answer(trouble.smtp_error)}"
    if isinstance(trouble, OSError) and trouble.strerror:
        return one_line(trouble.strerror)
    return one_line(str(trouble)) or type(trouble).__name__
