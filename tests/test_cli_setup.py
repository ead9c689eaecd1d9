"""`init` and `check`: from no settings to a mailbox that is read, and what is said of all that stands in the way."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor.cli import words
from monitor.cli.app import app
from monitor.cli.failures import Refusal, run
from monitor.config import load, secret

ANSWERS_NAVER = ["ko", "김민지", "", "", "me@naver.com", "1", "app-pass word", "", "n"]


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    for name in list(os.environ):
        if name.startswith(("REFUND_MONITOR", "XDG_", "LC_", "STATE_DIRECTORY", "CREDENTIALS")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LANG", "C.UTF-8")
    monkeypatch.setenv("TZ", "UTC")
    words.speak(None)
    yield tmp_path
    words.speak(None)


def ask(answers: list[str], *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["init", *arguments], input="\n".join(answers) + "\n")
    if isinstance(result.exception, Refusal):
        return result.exception.status, result.output + str(result.exception)
    return result.exit_code, result.output


def test_init_writes_settings_that_are_private_and_hold_no_password(home: Path) -> None:
    status, printed = ask(ANSWERS_NAVER)
    assert status == 0, printed
    path = home / ".config/refund-monitor/config.toml"
    password = path.with_name("home.password")
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(password.stat().st_mode) == 0o600
    assert "app-pass" not in path.read_text() + printed
    config = load(None, os.environ)
    assert (config.user.language, config.user.country, config.user.timezone) == ("ko", "KR", "Asia/Seoul")
    assert config.user.name == "김민지"
    assert config.accounts["home"].address == "me@naver.com"
    assert secret(config.accounts["home"], "home", config, os.environ) == "app-pass word"
    assert config.smtp.account == "home"
    assert config.digest.via == "file"


def test_init_shows_the_providers_steps_in_the_users_language() -> None:
    _, printed = ask(ANSWERS_NAVER)
    assert "애플리케이션 비밀번호" in printed


def test_init_leaves_existing_settings_alone(home: Path) -> None:
    path = home / "mine.toml"
    path.write_text("# mine")
    status, printed = ask(ANSWERS_NAVER, "--config", str(path))
    assert status == 1
    assert str(path) in printed
    assert path.read_text() == "# mine"


def test_init_asks_again_until_an_answer_can_be_used(home: Path) -> None:
    answers = ["de", "en", "", "Seoul", "Europe/London", "England", "uk", "me", "me@gmail.com",
               "2", "pass show 'my mail'", "soon", "6:45", "y"]  # fmt: skip
    status, printed = ask(answers, "--config", str(home / "c.toml"))
    assert status == 0, printed
    config = load(home / "c.toml", os.environ)
    assert (config.user.timezone, config.user.country) == ("Europe/London", "GB")
    assert config.accounts["home"].password_command == ("pass", "show", "my mail")
    assert (config.digest.at.hour, config.digest.via) == (6, "smtp")


def test_init_takes_a_server_for_an_unknown_provider_and_a_preset_for_an_own_domain(home: Path) -> None:
    server = ["en", "", "Europe/Berlin", "", "me@example.com", "imap.example.com", "143", "3", "MY_PASSWORD", ""]
    assert ask(server, "--config", str(home / "a.toml"))[0] == 0
    account = load(home / "a.toml", os.environ).accounts["home"]
    assert (account.host, account.port, account.password_env) == ("imap.example.com", 143, "MY_PASSWORD")
    preset = ["en", "", "Europe/Berlin", "", "me@example.com", "fastmail", "4", "", "n"]
    assert ask(preset, "--config", str(home / "b.toml"))[0] == 0
    assert load(home / "b.toml", os.environ).accounts["home"].preset == "fastmail"


def test_init_says_what_to_do_where_no_password_is_taken(home: Path) -> None:
    status, printed = ask(["en", "", "", "US", "me@outlook.com"])
    assert status == 1
    assert "forwarded" in printed
    assert not (home / ".config/refund-monitor/config.toml").exists()


def test_init_without_a_mailbox_leads_to_import(home: Path) -> None:
    status, printed = ask(["en", "", "Asia/Seoul", "", ""])
    assert status == 0, printed
    assert "refund-monitor import" in printed
    assert load(None, os.environ).accounts == {}


def test_init_that_is_broken_off_leaves_nothing_behind(home: Path) -> None:
    status, _ = ask(["en", ""])
    assert status == 1
    assert list(home.rglob("*.toml")) == []


def test_a_name_with_quotes_and_backslashes_survives(home: Path) -> None:
    ask(["en", 'Kim "Minji" \\ 민지', "Asia/Seoul", "", ""])
    assert load(None, os.environ).user.name == 'Kim "Minji" \\ 민지'


# -- check --------------------------------------------------------------------------------------------------------


@pytest.fixture
def port(home: Path) -> Iterator[int]:
    """A real IMAP server with an inbox and a folder for sent mails."""
    if not os.environ.get("REFUND_MONITOR_NO_SKIP"):
        pytest.importorskip("pymap")
    from datetime import UTC, datetime

    from monitor.demo.server import Delivery, mailbox

    mail = b"From: a@example.com\r\nSubject: hi\r\n\r\nhi\r\n"
    now = datetime.now(UTC)
    with mailbox([Delivery("INBOX", now, mail), Delivery("Sent", now, mail)]) as port_:
        yield port_


def settings(home: Path, account: str, rest: str = "") -> Path:
    path = home / "config.toml"
    path.write_text(
        '[user]\nlanguage = "en"\ncountry = "KR"\ntimezone = "Asia/Seoul"\n[store]\npath = "store.sqlite3"\n'
        '[accounts.home]\nhost = "127.0.0.1"\ntls = "none"\naddress = "me@example.com"\nusername = "demo"\n'
        f"{account}\n{rest}"
    )
    path.chmod(0o600)
    return path


def check(path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    status = run(["check", "--config", str(path)])
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    return status, printed.out + printed.err


def test_check_says_that_everything_works(home: Path, port: int, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "pw").write_text("demo\n")
    (home / "pw").chmod(0o600)
    status, printed = check(settings(home, f'port = {port}\npassword_file = "pw"'), capsys)
    assert status == 0, printed
    assert "home: logged in at 127.0.0.1" in printed
    assert "INBOX (inbox)" in printed
    assert "Sent (sent)" in printed
    assert "Holidays of KR are known until" in printed
    assert "!" not in printed
    assert "Everything works." in printed


def test_check_warns_of_passwords_that_others_can_read(
    home: Path, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    path = settings(home, f'port = {port}\npassword = "demo"')
    path.chmod(0o644)
    status, printed = check(path, capsys)
    assert status == 0
    assert "The password of accounts.home stands in the settings" in printed
    assert f"chmod 600 {path}" in printed


def test_check_names_what_was_derived_and_not_given(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "config.toml"
    path.write_text('[store]\npath = "store.sqlite3"\n')
    status, printed = check(path, capsys)
    assert status == 0
    assert "user.country is not set" in printed
    assert "No mailbox is set up" in printed


@pytest.mark.parametrize(
    ("account", "words_"),
    [
        ('password = "sesame"', "refused"),
        ("", "password"),
        ('password_env = "NOT_SET"', "NOT_SET"),
        ('password = "demo"\nfolders = ["Einkauf"]', "there is no folder 'Einkauf'"),
    ],
)
def test_check_says_what_is_wrong_with_a_mailbox(
    home: Path, port: int, capsys: pytest.CaptureFixture[str], account: str, words_: str
) -> None:
    status, printed = check(settings(home, f"port = {port}\n{account}"), capsys)
    assert status == 1
    assert words_ in printed
    assert "sesame" not in printed
    assert "lines with ✗" in printed


def test_check_says_when_nobody_answers(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, printed = check(settings(home, 'port = 1\npassword = "x"'), capsys)
    assert status == 1
    assert "127.0.0.1" in printed


def test_check_knows_the_providers_by_name(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "config.toml"
    path.write_text(
        '[store]\npath = "s"\n[accounts.home]\npreset = "gmial"\n[accounts.work]\naddress = "a@example.com"\n'
    )
    status, printed = check(path, capsys)
    assert status == 1
    assert "there is no provider 'gmial'" in printed
    assert "gmail" in printed
    assert "accounts.work.host" in printed


def test_check_leaves_alone_what_is_switched_off(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, printed = check(settings(home, 'port = 1\npassword = "x"\nenabled = false'), capsys)
    assert status == 0
    assert "home: switched off" in printed


def test_check_tries_the_sending_server(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Sink
    from aiosmtpd.smtp import AuthResult

    def authenticate(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
        return AuthResult(success=getattr(data, "password", b"") == b"right", handled=False)

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    sink = Controller(Sink(), hostname="127.0.0.1", port=number, authenticator=authenticate, auth_require_tls=False)
    sink.start()
    try:
        for password, expected in (("right", 0), ("wrong", 1)):
            smtp = (
                f'[smtp]\nhost = "127.0.0.1"\nport = {number}\ntls = "none"\nusername = "me"\npassword = "{password}"\n'
            )
            status, printed = check(settings(home, "port = 1\nenabled = false", smtp), capsys)
            assert status == expected, printed
            assert ("Sending: logged in" in printed) == (expected == 0)
            assert f'"{password}"' not in printed
    finally:
        sink.stop()


def test_check_says_that_a_digest_by_mail_needs_a_server(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, printed = check(settings(home, "port = 1\nenabled = false", '[digest]\nvia = "smtp"\n'), capsys)
    assert status == 1
    assert "smtp.account" in printed


def test_check_says_that_the_store_cannot_be_written(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = settings(home, "port = 1\nenabled = false")
    path.write_text(path.read_text().replace('"store.sqlite3"', '"/proc/nowhere/store.sqlite3"'))
    status, printed = check(path, capsys)
    assert status == 1
    assert "/proc/nowhere" in printed
