"""A server that hangs, cuts off or lies costs a plain message, never a crash, a hang or a lost mail."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from monitor import imap
from monitor.config import Login
from monitor.imap import Failure, line
from tests.hostile import HostileServer, hostile

MAILS = [
    b"From: shop@example.com\r\nMessage-ID: <%d@example.com>\r\nSubject: order %d\r\n\r\nhello %d\r\n" % (n, n, n)
    for n in range(1, 6)
]


def open_(server: HostileServer) -> imap.Connection:
    login = Login("127.0.0.1", server.port, "none", ("me",), "me@example.net")
    return imap.connect(login, "secret", connect_seconds=0.7, answer_seconds=0.7)


def read_all(server: HostileServer) -> tuple[list[bytes], list[int]]:
    with open_(server) as connection:
        (inbox,) = connection.folders()
        connection.examine(inbox)
        found = [uid for window, _ in connection.uids(1) for uid in window]
        headers, failed = connection.headers(found)
        contents = []
        for bodies, empty in connection.bodies([(f.uid, f.size) for f in headers], 10_000_000):
            contents += [body.content for body in bodies]
            failed += empty
        return contents, failed


def test_the_server_behaves_without_a_trick() -> None:
    with hostile(MAILS) as server:
        assert read_all(server) == (MAILS, [])
        assert not any(command.startswith(("SELECT", "STORE", "UID STORE", "APPEND")) for command in server.commands)
        assert not any("BODY[" in command or "RFC822 " in command for command in server.commands)


@pytest.mark.parametrize(
    ("trick", "kind"),
    [
        ("hang_at_greeting", Failure.TIMEOUT),
        ("garbage_at_greeting", Failure.GARBLED),
        ("bye_at_greeting", Failure.BUSY),
        ("hang_at_login", Failure.TIMEOUT),
        ("cut_after_login", Failure.CUT_OFF),
        ("hang_in_fetch", Failure.TIMEOUT),
        ("cut_in_literal", Failure.CUT_OFF),
        ("bye_in_fetch", Failure.CUT_OFF),
        ("garbage_in_fetch", Failure.GARBLED),
        ("huge_literal", Failure.TOO_LARGE),
        ("endless_line", Failure.TOO_LARGE),
    ],
)
def test_each_misbehaviour_has_its_words_and_an_end(trick: str, kind: Failure) -> None:
    started = time.monotonic()
    with hostile(MAILS, trick) as server, pytest.raises(imap.MailboxError) as raised:
        read_all(server)
    assert raised.value.kind is kind
    assert raised.value.fatal
    assert raised.value.message("ko") != raised.value.message("en")
    assert time.monotonic() - started < 8


@pytest.mark.parametrize("trick", ["drip_at_greeting", "drip_at_login", "drip_in_fetch"])
def test_a_server_that_gives_a_byte_now_and_then_is_left(trick: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "SLOWEST", 40_000)  # 5 headers are given a second
    started = time.monotonic()
    with hostile(MAILS, trick) as server, pytest.raises(imap.MailboxError) as raised:
        read_all(server)
    assert raised.value.kind is Failure.TIMEOUT
    assert time.monotonic() - started < 8


def test_a_slow_answer_that_goes_on_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer may take longer than one wait may: the time that it has grows with what was asked."""
    monkeypatch.setattr(line, "SLOWEST", 5)
    ours, theirs = socket.socketpair()

    class Imap:
        sock, send = ours, ours.sendall

    def slowly() -> None:
        for _ in range(20):
            theirs.sendall(b"x")
            time.sleep(0.05)

    with ours, theirs:
        source = line.Line(Imap(), 0.2)
        source.allow(20)  # 4 seconds and twice the silence
        threading.Thread(target=slowly, daemon=True).start()
        assert source.read(20) == b"x" * 20


@pytest.mark.parametrize("trick", ["empty_literal", "nil_body", "empty_header"])
def test_an_empty_answer_is_asked_for_once_more(trick: str) -> None:
    with hostile(MAILS, trick, times=1) as server:
        contents, failed = read_all(server)
    assert (sorted(contents), failed) == (sorted(MAILS), [])


@pytest.mark.parametrize("trick", ["empty_literal", "nil_body", "empty_header"])
def test_an_answer_that_stays_empty_is_never_taken_for_a_mail(trick: str) -> None:
    with hostile(MAILS, trick) as server:
        contents, failed = read_all(server)
    assert contents == []
    assert failed == [1, 2, 3, 4, 5]


def test_a_mail_that_the_server_refuses_costs_only_itself() -> None:
    with hostile(MAILS, "refuse_one") as server:
        contents, failed = read_all(server)
    assert contents == [mail for n, mail in enumerate(MAILS, 1) if n != 2]
    assert failed == [2]


def test_a_server_that_does_not_tell_uidnext_is_read_to_its_end() -> None:
    with hostile(MAILS, "no_uidnext") as server, open_(server) as connection:
        (inbox,) = connection.folders()
        assert connection.examine(inbox).uidnext is None
        assert list(connection.uids(3)) == [([3, 4, 5], 6)]
        assert list(connection.uids(6)) == [([], 6)]


def test_nobody_there_is_said_plainly() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, but nobody listens
        login = Login("127.0.0.1", nobody.getsockname()[1], "none", ("me",), None)
        with pytest.raises(imap.MailboxError) as raised:
            imap.connect(login, "secret", connect_seconds=1)
    assert raised.value.kind is Failure.REFUSED


def test_an_unknown_name_is_said_plainly() -> None:
    with pytest.raises(imap.MailboxError) as raised:
        imap.connect(Login("mail.invalid", 993, "implicit", ("me",), None), "secret", connect_seconds=5)
    assert raised.value.kind in (Failure.DNS, Failure.TIMEOUT)


def test_tls_on_a_plain_port_is_said_plainly() -> None:
    with hostile(MAILS) as server, pytest.raises(imap.MailboxError) as raised:
        imap.connect(Login("127.0.0.1", server.port, "implicit", ("me",), None), "secret", connect_seconds=2)
    assert raised.value.kind is Failure.TLS


def test_a_server_without_starttls_gets_no_password() -> None:
    with hostile(MAILS) as server, pytest.raises(imap.MailboxError) as raised:
        imap.connect(Login("127.0.0.1", server.port, "starttls", ("me",), None), "secret", connect_seconds=2)
    assert raised.value.kind is Failure.TLS
    assert "LOGIN" not in server.commands


def test_no_password_travels_unencrypted_to_another_machine() -> None:
    with pytest.raises(imap.MailboxError) as raised:
        imap.connect(Login("192.0.2.1", 143, "none", ("me",), None), "secret", connect_seconds=1)
    assert raised.value.kind is Failure.PLAIN_REFUSED


def test_the_password_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    with hostile(MAILS) as server:
        read_all(server)
    assert "secret" not in caplog.text
    assert "hello 1" not in caplog.text
