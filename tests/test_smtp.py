"""Sending, against a real SMTP server on the loopback: what arrives, to whom, and what is said when it does not."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as ServerProtocol
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from monitor.smtp import Server, SmtpError, Status, check, send

ME = "mina@example.com"
SHOP = "cs@hanbit.example"


def letter(**headers: str) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    for name, value in {
        "From": ME,
        "To": SHOP,
        "Subject": "[문의] 주문",
        "Message-ID": "<a@example.com>",
        **headers,
    }.items():
        mail[name] = value
    mail.set_content("고객센터 담당자님께\n\n.점으로 시작하는 줄\n..\n.\n끝\n", charset="utf-8")
    return mail


@dataclass
class Recorder:
    """Takes mails as the server sees them; `after_data` decides what happens when the text has come."""

    envelopes: list[Envelope] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    after_data: Callable[[ServerProtocol], str] | None = None

    async def handle_RCPT(
        self, server: ServerProtocol, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: ServerProtocol, session: Session, envelope: Envelope) -> str:
        self.envelopes.append(envelope)
        return self.after_data(server) if self.after_data else "250 queued as 1"


class Loopback(Controller):
    """aiosmtpd's controller on a free port: its own first connection goes to the port asked for, which is 0."""

    def taken_port(self) -> int:
        return int(self.server.sockets[0].getsockname()[1])

    def _trigger_server(self) -> None:
        with socket.create_connection(("127.0.0.1", self.taken_port()), 5) as plain:
            if self.ssl_context is None:
                plain.recv(64)
                return
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with context.wrap_socket(plain) as wrapped:
                wrapped.recv(64)


@contextmanager
def running(recorder: Recorder, tls: str = "none", **options: Any) -> Iterator[Server]:
    controller = Loopback(recorder, hostname="127.0.0.1", port=0, **options)
    controller.start()
    try:
        yield Server("127.0.0.1", controller.taken_port(), tls, timeout=5)
    finally:
        controller.stop()


def with_password(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (b"mina", b"secret")
    return AuthResult(success=good, handled=False)


def test_a_letter_arrives_as_it_was_written() -> None:
    recorder = Recorder()
    with running(recorder) as server:
        outcome = send(server, letter(), ME, [SHOP])
    assert outcome.status is Status.SENT and outcome.code == 250
    [envelope] = recorder.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (ME, [SHOP])
    content = envelope.content
    assert isinstance(content, bytes) and content.isascii()
    arrived = message_from_bytes(content, policy=default)
    assert arrived["Subject"] == "[문의] 주문" and arrived["Message-ID"] == "<a@example.com>"
    assert arrived.get_content().replace("\r\n", "\n") == "고객센터 담당자님께\n\n.점으로 시작하는 줄\n..\n.\n끝\n"


def test_lines_that_begin_with_a_dot_survive() -> None:
    recorder = Recorder()
    mail = letter()
    mail.set_content(".\n..two\n.one\nplain\n", cte="7bit")
    with running(recorder) as server:
        assert send(server, mail, ME, [SHOP]).status is Status.SENT
    arrived = message_from_bytes(recorder.envelopes[0].content or b"", policy=default)
    assert arrived.get_content().replace("\r\n", "\n") == ".\n..two\n.one\nplain\n"


def test_bcc_is_in_the_envelope_and_not_in_the_mail_and_everyone_gets_one() -> None:
    recorder = Recorder()
    mail = letter(Cc="two@hanbit.example", Bcc=f"{ME}, hidden@example.com", **{"Reply-To": "reply@example.com"})
    with running(recorder) as server:
        outcome = send(server, mail, ME, [SHOP, "two@hanbit.example", ME, "hidden@example.com", SHOP])
    assert outcome.status is Status.SENT
    [envelope] = recorder.envelopes
    assert envelope.rcpt_tos == [SHOP, "two@hanbit.example", ME, "hidden@example.com"]
    content = envelope.content
    assert isinstance(content, bytes) and b"bcc" not in content.lower() and b"hidden@" not in content
    arrived = message_from_bytes(content, policy=default)
    assert arrived["Cc"] == "two@hanbit.example" and arrived["Reply-To"] == "reply@example.com"
    assert mail["Bcc"] is not None, "the caller's own message is left as it is"


def test_a_mail_of_two_forms_keeps_both_without_its_bcc() -> None:
    recorder = Recorder()
    mail = letter(Bcc="hidden@example.com")
    mail.add_alternative("<p>안녕하십니까</p>", subtype="html")
    with running(recorder) as server:
        assert send(server, mail, ME, [SHOP]).status is Status.SENT
    arrived = message_from_bytes(recorder.envelopes[0].content or b"", policy=default)
    assert [part.get_content_type() for part in arrived.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert "안녕하십니까" in arrived.get_body(("html",)).get_content()


@pytest.mark.parametrize(
    ("answer", "status"), [("550 no such user", Status.REFUSED), ("450 mailbox busy", Status.TRY_LATER)]
)
def test_a_letter_goes_to_all_of_its_recipients_or_to_none(answer: str, status: Status) -> None:
    recorder = Recorder(refused={"gone@hanbit.example": answer})
    with running(recorder) as server:
        outcome = send(server, letter(), ME, [SHOP, "gone@hanbit.example"])
    assert outcome.status is status and outcome.code == int(answer[:3])
    assert "gone@hanbit.example" in outcome.reason and answer[4:] in outcome.reason
    assert recorder.envelopes == []


@pytest.mark.parametrize(("answer", "status"), [("554 spam", Status.REFUSED), ("451 try again", Status.TRY_LATER)])
def test_a_text_that_the_server_turns_down_is_not_sent(answer: str, status: Status) -> None:
    recorder = Recorder(after_data=lambda server: answer)
    with running(recorder) as server:
        outcome = send(server, letter(), ME, [SHOP])
    assert (outcome.status, outcome.code) == (status, int(answer[:3]))


def test_a_connection_that_breaks_after_the_text_leaves_the_outcome_unknown() -> None:
    def hang_up(server: ServerProtocol) -> str:
        assert server.transport is not None
        server.transport.abort()
        return "250 never seen"

    recorder = Recorder(after_data=hang_up)
    with running(recorder) as server:
        outcome = send(server, letter(), ME, [SHOP])
    assert outcome.status is Status.UNKNOWN and "may have gone out" in outcome.reason
    assert len(recorder.envelopes) == 1, "the server has the mail: sending it again would double it"


def scripted(*answers: bytes, close_after: int | None = None) -> tuple[Server, Thread]:
    """A server that says its lines in turn, whatever it hears, and hangs up after `close_after` of them."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, listener:
            connection.settimeout(5)
            stream = connection.makefile("rb")
            for place, answer in enumerate(answers):
                connection.sendall(answer)
                if place + 1 == close_after:
                    return
                if not stream.readline():
                    return
            while stream.readline():
                pass

    thread = Thread(target=serve, daemon=True)
    thread.start()
    return Server("127.0.0.1", listener.getsockname()[1], tls="none", timeout=1), thread


def test_a_server_that_never_answers_after_the_text_leaves_the_outcome_unknown() -> None:
    server, _ = scripted(b"220 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n")
    outcome = send(server, letter(), ME, [SHOP])
    assert outcome.status is Status.UNKNOWN and "timed out" in outcome.reason


@pytest.mark.parametrize("lines", [1, 2, 3, 4])
def test_a_connection_that_breaks_before_the_text_may_be_tried_again(lines: int) -> None:
    server, thread = scripted(b"220 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", close_after=lines)
    outcome = send(server, letter(), ME, [SHOP])
    thread.join(5)
    assert outcome.status is Status.TRY_LATER


def test_a_server_that_speaks_nonsense_may_be_tried_again() -> None:
    server, _ = scripted(b"\xff\xfe hello there\r\n" * 3, close_after=1)
    assert send(server, letter(), ME, [SHOP]).status is Status.TRY_LATER


def test_a_server_that_is_not_there_may_be_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert send(Server("127.0.0.1", port, tls="none"), letter(), ME, [SHOP]).status is Status.TRY_LATER
    with pytest.raises(SmtpError, match="could not be reached"):
        check(Server("127.0.0.1", port, tls="none"))


def test_the_right_password_logs_in() -> None:
    recorder = Recorder()
    with running(recorder, authenticator=with_password, auth_required=True, auth_require_tls=False) as server:
        known = Server(server.host, server.port, "none", "mina", "secret", timeout=5)
        check(known)
        assert send(known, letter(), ME, [SHOP]).status is Status.SENT


def test_a_wrong_password_is_said_in_plain_words_that_do_not_hold_it() -> None:
    recorder = Recorder()
    with running(recorder, authenticator=with_password, auth_required=True, auth_require_tls=False) as server:
        wrong = Server(server.host, server.port, "none", "mina", "wr0ng-pass", timeout=5)
        for attempt in (lambda: check(wrong), lambda: send(wrong, letter(), ME, [SHOP])):
            with pytest.raises(SmtpError, match="refused the log-in of mina") as refused:
                attempt()
            assert "wr0ng-pass" not in str(refused.value) and refused.value.__cause__ is None
            assert "로그인을 거절했습니다" in refused.value.message("ko")
        assert "wr0ng-pass" not in repr(wrong)
    assert recorder.envelopes == []


def test_a_server_without_log_in_is_named_as_such() -> None:
    with running(Recorder()) as server:
        known = Server(server.host, server.port, "none", "mina", "secret", timeout=5)
        with pytest.raises(SmtpError, match="offers no log-in"):
            check(known)


def test_nothing_is_sent_unprotected_to_another_machine() -> None:
    with pytest.raises(SmtpError, match="without protection"):
        send(Server("mail.example.com", 25, tls="none"), letter(), ME, [SHOP])


def test_starttls_that_is_not_offered_is_an_error_and_never_skipped() -> None:
    recorder = Recorder()
    with running(recorder) as server, pytest.raises(SmtpError, match="does not offer STARTTLS"):
        send(Server(server.host, server.port, "starttls", timeout=5), letter(), ME, [SHOP])
    assert recorder.envelopes == []


def test_an_unprotected_server_is_named_where_tls_was_set() -> None:
    with running(Recorder()) as server, pytest.raises(SmtpError, match="does not speak TLS"):
        check(Server(server.host, server.port, "implicit", timeout=5))


@pytest.mark.parametrize(
    "address", ["", "nobody", "a b@x.example", "a@x.example\r\nRCPT TO:<b@x.example>", "<a@x.example>"]
)
def test_an_address_that_is_none_never_reaches_the_server(address: str) -> None:
    recorder = Recorder()
    with running(recorder) as server:
        assert send(server, letter(), ME, [SHOP, address]).status is Status.REFUSED
        assert send(server, letter(), address, [SHOP]).status is Status.REFUSED
        assert send(server, letter(), ME, []).status is Status.REFUSED
    assert recorder.envelopes == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 of nobody's authority."""
    openssl = shutil.which("openssl")
    if openssl is None:
        forbidden = os.environ.get("REFUND_MONITOR_NO_SKIP") == "1"
        (pytest.fail if forbidden else pytest.skip)("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *name, *files],
        check=True,
        capture_output=True,
    )
    return folder


def contexts(folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return serving, ssl.create_default_context(cafile=str(folder / "cert.pem"))


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_letter_arrives_over_tls_and_an_unknown_certificate_is_refused(tls: str, certificate: Path) -> None:
    serving, trusting = contexts(certificate)
    recorder = Recorder()
    option = {"ssl_context": serving} if tls == "implicit" else {"tls_context": serving, "require_starttls": True}
    with running(recorder, tls, **option) as server:
        trusted = Server(server.host, server.port, tls, timeout=5, context=trusting)
        assert send(trusted, letter(), ME, [SHOP]).status is Status.SENT
        with pytest.raises(SmtpError, match="is not trusted"):
            send(Server(server.host, server.port, tls, timeout=5), letter(), ME, [SHOP])
    assert len(recorder.envelopes) == 1


def test_an_answer_to_the_text_that_means_nothing_leaves_the_outcome_unknown() -> None:
    recorder = Recorder(after_data=lambda server: "350 what now")
    with running(recorder) as server:
        outcome = send(server, letter(), ME, [SHOP])
    assert outcome.status is Status.UNKNOWN and outcome.code == 350 and len(recorder.envelopes) == 1


def test_a_large_letter_over_a_slow_line_takes_its_time_and_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is for each answer, not for the whole of the text: files of minutes are no broken connection."""
    connect = socket.create_connection

    def narrow(*arguments: Any, **options: Any) -> socket.socket:
        line = connect(*arguments, **options)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8192)
        return line

    monkeypatch.setattr(socket, "create_connection", narrow)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    got = bytearray()
    pauses: list[int] = []

    def slow_server() -> None:
        line, _ = listener.accept()
        with line, line.makefile("rwb", buffering=0) as talk:
            talk.write(b"220 slow\r\n")
            while command := talk.readline():
                if not command.upper().startswith(b"DATA"):
                    talk.write(b"250 OK\r\n")
                    continue
                talk.write(b"354 go on\r\n")
                while not got.endswith(b"\r\n.\r\n"):
                    got.extend(line.recv(65_536))
                    if len(got) // 300_000 > len(pauses):
                        pauses.append(len(got))
                        time.sleep(0.25)
                talk.write(b"250 queued\r\n")

    mail = letter()
    mail.add_attachment(os.urandom(1_500_000), maintype="application", subtype="pdf", filename="계약서.pdf")
    thread = Thread(target=slow_server, daemon=True)
    thread.start()
    outcome = send(Server("127.0.0.1", listener.getsockname()[1], "none", timeout=1.0), mail, ME, [SHOP])
    listener.close()
    assert outcome.status is Status.SENT and len(got) > 2_000_000
    assert len(pauses) * 0.25 > 1.0  # longer in all than what one answer may take
