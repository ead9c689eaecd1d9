"""The command line: what is printed where, the exit status, and that nobody ever meets a traceback."""

from __future__ import annotations

import email
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from monitor import mailfiles
from monitor.cli import failures, mails, quick, screen, stories, words
from monitor.cli.failures import run
from monitor.config import load, places
from monitor.types import Mail, RawMail
from tests.commands import Run, Said, at_home, runner

ROOT = Path(__file__).parent.parent
ORDER_KEYS = [
    "id",
    "seller",
    "order_number",
    "total",
    "currency",
    "placed_at",
    "state",
    "waits_for",
    "due_on",
    "overdue_days",
    "silent_since",
    "flagged",
    "urgent",
    "asks",
    "reason",
    "paid",
    "promised_back",
    "given_back",
    "payment_method",
    "next_step",
]
MAIL_KEYS = [
    "file",
    "kind",
    "seller",
    "order_number",
    "total",
    "currency",
    "items",
    "tracking_number",
    "carrier",
    "payment_method",
    "language",
    "placed_at",
    "promised_by",
    "reason",
    "quotes",
]
DRAFT_KEYS = [
    "id",
    "order_id",
    "rung",
    "channel",
    "to",
    "subject",
    "body",
    "language",
    "status",
    "rules",
    "based_on",
]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line in this process, at home in an empty folder."""
    at_home(monkeypatch, tmp_path)
    return runner(capsys)


@pytest.fixture(scope="session")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the store of the sample mailbox, read over IMAP, and settings that lead to it."""
    if not os.environ.get("REFUND_MONITOR_NO_SKIP"):
        pytest.importorskip("pymap")
    from monitor import knowledge
    from monitor.demo import demonstration
    from monitor.run import intake, texts
    from monitor.store import Store

    folder = tmp_path_factory.mktemp("scanned")
    now = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    with demonstration(folder, now, "en") as config, Store.open(config.store_path()) as store:
        intake.scan(store, config, knowledge.load(), now=now)
        texts.refresh_drafts(store, config, now=now)
    (folder / "config.toml").write_text(
        '[user]\nname = "Mina Kim"\naddresses = ["mina@demo.example"]\nlanguage = "en"\ncountry = "KR"\n'
        'timezone = "Asia/Seoul"\n[store]\npath = "demo.sqlite3"\n[digest]\ndirectory = "digests"\n'
    )
    return folder


AT = "2026-11-23T09:00:00+09:00"


@pytest.fixture
def config(scanned: Path, tmp_path: Path) -> Path:
    """Settings with a store of their own, filled with the sample mailbox."""
    folder = tmp_path / "mine"
    shutil.copytree(scanned, folder)
    return folder / "config.toml"


def mail_file(folder: Path, name: str, subject: str, body: str, sender: str = "Shop <order@shop.example>") -> Path:
    path = folder / name
    path.write_bytes(
        f"From: {sender}\nTo: me@example.com\nSubject: {subject}\nDate: Mon, 2 Nov 2026 10:00:00 +0900\n"
        f"Message-ID: <{name}@shop.example>\nContent-Type: text/plain; charset=utf-8\n\n{body}\n".encode()
    )
    return path


def order_mail(folder: Path, name: str = "order.eml") -> Path:
    body = "주문이 완료되었습니다.\n주문번호: 20261102-0001\n결제금액: 12,000원\n결제수단: 신용카드\n"
    return mail_file(folder, name, "[가게] 주문이 완료되었습니다", body)


# -- the frame ----------------------------------------------------------------------------------------------------


def test_help_loads_nothing_heavy_and_the_module_runs_like_the_command() -> None:
    code = "import sys\nfrom monitor.cli.failures import run\nrun(['--help'])\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert loaded.isdisjoint({"sqlalchemy", "sqlmodel", "holidays", "babel", "rich", "jinja2", "imapclient"})
    module = subprocess.run(
        [sys.executable, "-m", "monitor", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert module.stdout == done.stdout


def test_reading_as_json_loads_neither_database_nor_calendar_nor_colours(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom monitor.cli.failures import run\n"
        f"status = run(['read', '--json', {str(order_mail(tmp_path))!r}])\nprint(*sys.modules, file=sys.stderr)\n"
        "sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert loaded.isdisjoint({"sqlalchemy", "sqlmodel", "holidays", "babel", "rich", "jinja2", "apscheduler"})
    assert json.loads(done.stdout)["order_number"] == "20261102-0001"


def test_reading_as_json_without_settings_loads_nothing_for_other_commands_or_for_settings(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom monitor.cli.failures import run\n"
        f"status = run(['read', '--json', {str(order_mail(tmp_path))!r}])\nprint(*sys.modules, file=sys.stderr)\n"
        "sys.exit(status)"
    )
    home = {"HOME": str(tmp_path), "LANG": "C.UTF-8"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=home, capture_output=True, text=True, check=True)
    assert set(done.stderr.split()).isdisjoint({"typer", "pydantic", "monitor.cli.app", "monitor.config.model"})
    assert json.loads(done.stdout)["order_number"] == "20261102-0001"


def test_reading_says_the_same_with_settings_as_without(
    command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = ("read", "--json", order_mail(tmp_path), tmp_path / "none.eml")
    assert quick.paths([str(argument) for argument in given], os.environ) is not None
    without = command(*given)
    monkeypatch.setenv("REFUND_MONITOR_READING__MAX_BODY_MB", "10")
    assert quick.paths([str(argument) for argument in given], os.environ) is None
    assert command(*given) == without
    assert (without.status, len(without.objects)) == (1, 1)


def test_reading_takes_the_same_part_of_a_large_mail_and_the_same_folder_with_settings_as_without(
    tmp_path: Path,
) -> None:
    config = load(None, {"HOME": str(tmp_path)})
    assert config.reading.max_body_mb * 1_000_000 == mailfiles.MAX_BODY
    assert config.knowledge_folder() == places.data_home({"HOME": str(tmp_path)}) / places.KNOWLEDGE
    assert config.own_addresses() == frozenset()


@pytest.mark.parametrize(
    "arguments",
    [(), ("read",), ("read", "a"), ("read", "--json"), ("read", "--json", "--json", "a"), ("read", "--json", "-h"),
     ("read", "--json", "a", "--generic-only"), ("read", "--json", "--", "-a"), ("read", "--json", ""),
     ("--config", "c", "read", "--json", "a"), ("orders", "--json", "a")],
)  # fmt: skip
def test_only_the_plainest_reading_goes_without_the_libraries_of_commands(arguments: tuple[str, ...]) -> None:
    assert quick.paths(arguments, {"HOME": "/nowhere"}) is None


def test_the_version_is_told(command: Run) -> None:
    said = command("--version")
    assert said.status == 0
    assert said.out.startswith("refund-monitor ")


@pytest.mark.parametrize(
    "arguments",
    [("fly",), ("orders", "--colour"), ("read",), ("show",), ("say", "1"), ("draft", "x", "--eml", "a", "--discard"),
     ("digest", "--preview", "--write"), ("say", "1", "flown"), ("orders", "--at", "tomorrow")],
)  # fmt: skip
def test_wrong_usage_ends_with_2_and_prints_nothing_on_stdout(command: Run, arguments: tuple[str, ...]) -> None:
    said = command(*arguments)
    assert said.status == 2
    assert said.err
    assert not said.out


def test_settings_can_be_named_before_and_after_the_command(command: Run, config: Path) -> None:
    before, after = command("--config", config, "orders", "--json"), command("orders", "--json", "--config", config)
    assert before.status == after.status == 0
    assert before.out == after.out != ""


def test_a_missing_settings_file_is_told_with_its_name(command: Run, tmp_path: Path) -> None:
    said = command("orders", "--config", tmp_path / "none.toml")
    assert said.status == 1
    assert str(tmp_path / "none.toml") in said.err


def test_all_problems_of_the_settings_are_told_at_once(command: Run, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[user]\ncuntry = 'KR'\n[digest]\nat = 'dawn'\n")
    said = command("orders", "--config", path)
    assert said.status == 1
    assert "did you mean 'country'" in said.err
    assert "digest.at" in said.err


def test_the_language_is_that_of_the_settings_else_of_the_locale(
    command: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    assert "주문이 없습니다" in command("orders").out
    assert "Orders:" in command("orders", "--config", config).out
    monkeypatch.setenv("REFUND_MONITOR_USER__LANGUAGE", "ko")
    assert "주의가 필요한 주문" in command("orders", "--config", config).out


def test_an_unexpected_error_is_one_line_and_its_log_holds_no_value(
    command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> bool:
        raise ZeroDivisionError("the text of a mail")

    monkeypatch.setattr(mails, "read", broken)
    said = command("read", order_mail(tmp_path))
    assert said.status == 1
    assert "ZeroDivisionError" in said.err
    log = tmp_path / ".local/share/refund-monitor/error.log"
    assert str(log) in said.err
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert "broken" in log.read_text()
    assert "the text of a mail" not in log.read_text() + said.err


def test_with_debug_the_place_of_an_unexpected_error_is_shown(
    command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(mails, "read", lambda *_, **__: 1 // 0)
    monkeypatch.setenv(failures.DEBUG, "1")
    assert run(["read", str(tmp_path)]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_whoever_stops_listening_is_not_complained_to(tmp_path: Path) -> None:
    for number in range(200):
        order_mail(tmp_path, f"{number}.eml")
    done = subprocess.run(
        f"{sys.executable} -m monitor read --json {tmp_path} | head -1",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert len(done.stdout.splitlines()) == 1
    assert "Error" not in done.stderr


# -- read ---------------------------------------------------------------------------------------------------------


def test_read_prints_one_object_per_mail_in_a_stable_order(command: Run, tmp_path: Path) -> None:
    for name in ("b.eml", "a.eml", "c.eml"):
        order_mail(tmp_path, name)
    said = command("read", "--json", tmp_path)
    assert said.status == 0
    assert said.err == ""
    assert [Path(str(line["file"])).name for line in said.objects] == ["a.eml", "b.eml", "c.eml"]
    for line in said.objects:
        assert list(line) == MAIL_KEYS
        assert (line["kind"], line["order_number"], line["total"], line["currency"]) == (
            "order_confirmation", "20261102-0001", "12000", "KRW",
        )  # fmt: skip


def test_a_path_that_is_missing_is_told_after_the_others_were_read(command: Run, tmp_path: Path) -> None:
    said = command("read", "--json", tmp_path / "none.eml", order_mail(tmp_path))
    assert said.status == 1
    assert len(said.objects) == 1
    assert "none.eml" in said.err


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 500, b"Subject: =?utf-8?b?//8=?=\n\n\xff", b"From: x\n" * 5])
def test_a_mail_that_cannot_be_read_is_a_line_and_no_error(command: Run, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.eml"
    path.write_bytes(content)
    said = command("read", "--json", path)
    assert said.status == 0
    assert [line["kind"] for line in said.objects] == ["other"]
    assert said.objects[0]["reason"]


def test_a_mail_over_which_a_stage_stumbles_is_other_and_the_next_is_read(
    command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitor import parse

    whole = parse.mail

    def stumbling(raw: RawMail, *, now: datetime, authserv_id: str | None = None) -> Mail:
        if raw.folder.endswith("a.eml"):
            raise RuntimeError("words of the mail")
        return whole(raw, now=now, authserv_id=authserv_id)

    monkeypatch.setattr(parse, "mail", stumbling)
    order_mail(tmp_path, "a.eml"), order_mail(tmp_path, "b.eml")
    said = command("read", "--json", tmp_path)
    assert said.status == 0
    assert [line["kind"] for line in said.objects] == ["other", "order_confirmation"]
    assert said.objects[0]["reason"] == "the mail could not be read (RuntimeError)"


def test_the_users_own_letter_is_no_purchase(command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFUND_MONITOR_USER__ADDRESSES", "me@example.com")
    path = mail_file(tmp_path, "own.eml", "주문번호: 20261102-0001 문의", "언제 발송됩니까?", "me@example.com")
    (line,) = command("read", "--json", path).objects
    assert line["kind"] == "other"
    assert "own" in str(line["reason"])


def test_read_explains_each_value_with_its_words_and_its_reader(command: Run, tmp_path: Path) -> None:
    said = command("read", order_mail(tmp_path))
    assert said.status == 0
    assert "order confirmation" in said.out
    assert "order number: 20261102-0001  ← “주문번호: 20261102-0001” (text)" in said.out
    assert "amount: ₩12,000  ← " in said.out
    assert "Why: " in said.out


def test_read_explains_why_a_mail_is_not_about_a_purchase(command: Run, tmp_path: Path) -> None:
    said = command("read", mail_file(tmp_path, "hi.eml", "Lunch?", "See you at noon.", "Friend <f@friend.example>"))
    assert "not about a purchase" in said.out
    assert re.search(r"Why: \S+ \S+", said.out)


def test_nothing_in_a_mail_can_steer_the_terminal(command: Run, tmp_path: Path) -> None:
    body = "주문이 완료되었습니다.\n주문번호: 20261102-0001\n상품명: \x1b[2Jpen\u202e\x07\n결제금액: 12,000원\n"
    said = command(
        "read", mail_file(tmp_path, "esc.eml", "주문이 완료되었습니다 \x1b]0;x\x07", body, "\x1b[31mShop <o@s.example>")
    )
    assert said.status == 0
    assert not set(said.out) & {"\x1b", "\x07", "\u202e"}


def test_no_progress_bar_is_drawn_where_there_is_no_terminal(command: Run, tmp_path: Path) -> None:
    assert command("read", order_mail(tmp_path)).err == ""


# -- orders -------------------------------------------------------------------------------------------------------


def test_without_any_settings_and_store_there_are_no_orders(command: Run) -> None:
    assert command("orders", "--json") == Said(0, "", "")
    assert "No orders" in command("orders").out
    assert command("drafts", "--json") == Said(0, "", "")


def test_orders_as_json_have_the_keys_of_the_contract(command: Run, config: Path) -> None:
    said = command("orders", "--json", "--at", AT, "--config", config)
    assert said.status == 0
    assert said.err == ""
    assert len(said.objects) > 10
    assert all(list(line) == ORDER_KEYS for line in said.objects)
    assert any(line["flagged"] for line in said.objects)


def test_orders_judges_as_of_the_moment_asked_for_and_stores_nothing(command: Run, config: Path) -> None:
    before = command("orders", "--json", "--at", AT, "--config", config)
    early = command("orders", "--json", "--at", "2026-09-20T00:00:00+09:00", "--config", config)
    assert len(early.objects) < len(before.objects)
    assert command("orders", "--json", "--at", AT, "--config", config) == before


def test_the_table_shows_every_order_and_why_it_is_flagged_in_a_narrow_terminal_too(
    command: Run, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = command("orders", "--json", "--config", config).objects
    said = command("orders", "--config", config)
    for line in objects:
        assert str(line["order_number"] or line["id"]) in said.out
    monkeypatch.setattr(screen, "console", lambda: Console(width=80, file=sys.stdout, highlight=False, markup=False))
    narrow = command("orders", "--config", config)
    for line in objects:
        number = str(line["order_number"] or line["id"])
        assert number[:9] in narrow.out
        assert str(line["seller"])[:4] in narrow.out
    flagged = [line for line in objects if line["flagged"]]
    assert flagged
    for line in flagged:
        assert str(line["reason"]) in said.out
    assert f"flagged: {len(flagged)}" in said.out


def test_show_tells_the_story_with_the_words_of_the_mails(command: Run, config: Path) -> None:
    said = command("show", "D-7781", "--config", config)
    assert said.status == 0
    assert "D-7781" in said.out
    assert "“주문번호: D-7781”" in said.out
    assert "your letter" in said.out


def test_an_unknown_order_is_told(command: Run, config: Path) -> None:
    for arguments in (("show", "nothing"), ("say", "nothing", "arrived")):
        said = command(*arguments, "--config", config)
        assert said.status == 1
        assert "'nothing'" in said.err


def test_an_order_number_of_two_shops_is_asked_back_with_the_ids(command: Run, config: Path) -> None:
    said = command("show", "100234", "--config", config)
    assert said.status == 1
    ids = [line.split()[0] for line in said.err.splitlines()[1:]]
    assert len(ids) == 2
    for id_ in ids:
        assert command("show", id_, "--config", config).status == 0


# -- say ----------------------------------------------------------------------------------------------------------


def state(command: Run, config: Path, number: str) -> dict[str, object]:
    (line,) = [
        line for line in command("orders", "--json", "--config", config).objects if line["order_number"] == number
    ]
    return line


@pytest.mark.parametrize(
    "words",
    [
        "refunded much", "refunded 9999999", "refunded 5USD", "snooze never", "snooze 2020-01-01", "snooze 9999-12-31",
        "same-as D-7781", "payment=beads", "did nothing", "did inquiry --by pigeon", "did inquiry --on 2030-01-01",
        "did inquiry --case ***", "nonsense=1", "total=", "total=much", "items=;", "tracking_number=1", "card=12345",
        "instalments=many", "seller_check=perhaps", "placed_at=2001-01-01", "delivered_on=2030-01-01", "undo", "reopen",
    ],
)  # fmt: skip
def test_a_refusal_says_what_would_do_in_the_users_language(
    command: Run, config: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    english = command("say", "D-7781", *words.split(), "--config", config)
    monkeypatch.setenv("REFUND_MONITOR_USER__LANGUAGE", "ko")
    korean = command("say", "D-7781", *words.split(), "--config", config)
    assert (english.status, korean.status) == (2, 2), english.err + korean.err
    assert not re.search("[가-힣]", english.err)
    assert re.search("[가-힣]", korean.err)


def test_what_the_user_says_changes_the_order(command: Run, config: Path) -> None:
    said = command("say", "5002877", "arrived", "--config", config)
    assert said.status == 0
    assert "Noted" in said.out
    assert state(command, config, "5002877")["state"] == "delivered"
    command("say", "GR-4410", "refunded", "47000", "--config", config)
    assert state(command, config, "GR-4410")["state"] == "refunded"
    command("say", "D-7781", "closed", "--config", config)
    assert state(command, config, "D-7781")["state"] == "closed"
    command("say", "HN2026-55120", "dispatch_by=2027-01-05", "--config", config)
    assert state(command, config, "HN2026-55120")["due_on"] == "2027-01-05"
    command("say", "20260914-1107", "not-an-order", "--config", config)
    numbers = [line["order_number"] for line in command("orders", "--json", "--config", config).objects]
    assert "20260914-1107" not in numbers


def test_a_letter_about_an_order_that_the_user_closed_is_not_offered_any_more(command: Run, config: Path) -> None:
    letter = first_draft(command, config)
    command("say", letter["order_id"], "closed", "--config", config)
    after = {line["id"]: line["status"] for line in command("drafts", "--json", "--config", config).objects}
    assert after.get(letter["id"], "locked") == "locked"


@pytest.mark.parametrize(
    ("arguments", "words_"),
    [
        (("arived",), "Did you mean 'arrived'?"),
        (("arrived", "today"), "takes no value"),
        (("snooze",), "needs a day"),
        (("snooze", "soon"), "soon"),
        (("same-as",), "needs another order"),
        (("refunded", "some"), "some"),
        (("colour=red",), "colour"),
    ],
)
def test_what_cannot_be_said_is_refused_with_2(
    command: Run, config: Path, arguments: tuple[str, ...], words_: str
) -> None:
    said = command("say", "GR-4410", *arguments, "--config", config)
    assert said.status == 2
    assert words_ in said.err
    assert said.out == ""


# -- drafts -------------------------------------------------------------------------------------------------------


def first_draft(command: Run, config: Path) -> dict[str, object]:
    return command("drafts", "--json", "--config", config).objects[0]


def test_drafts_as_json_have_the_keys_of_the_contract(command: Run, config: Path) -> None:
    said = command("drafts", "--json", "--config", config)
    assert said.status == 0
    assert said.objects
    assert all(list(line) == DRAFT_KEYS for line in said.objects)
    assert all(str(line["id"]) in command("drafts", "--config", config).out for line in said.objects)


def test_a_letter_is_shown_by_the_beginning_of_its_id(command: Run, config: Path) -> None:
    letter = first_draft(command, config)
    said = command("draft", str(letter["id"])[:8], "--config", config)
    assert said.status == 0
    assert str(letter["body"]).splitlines()[0] in said.out
    assert command("draft", "", "--config", config).status == 1
    assert command("draft", "zzz", "--config", config).status == 1


def test_an_exported_letter_is_a_mail_file_for_the_user_alone_and_nothing_is_written_over(
    command: Run, config: Path, tmp_path: Path
) -> None:
    letter, path = first_draft(command, config), tmp_path / "letter.eml"
    said = command("draft", letter["id"], "--eml", path, "--config", config)
    assert said.status == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert message["To"] == letter["to"]
    assert message["From"].addresses[0].addr_spec == "mina@demo.example"
    assert message["Subject"] == letter["subject"]
    assert message.get_content().split() == str(letter["body"]).split()
    assert first_draft(command, config)["status"] == "exported"
    again = command("draft", letter["id"], "--eml", path, "--config", config)
    assert again.status == 1
    assert str(path) in again.err


def test_a_discarded_letter_is_not_ready_any_more(command: Run, config: Path) -> None:
    letter = first_draft(command, config)
    assert command("draft", letter["id"], "--discard", "--config", config).status == 0
    after = {line["id"]: line["status"] for line in command("drafts", "--json", "--config", config).objects}
    assert after.get(letter["id"], "discarded") == "discarded"


def test_a_letter_cannot_be_written_where_there_is_no_folder(command: Run, config: Path, tmp_path: Path) -> None:
    letter = first_draft(command, config)
    said = command("draft", letter["id"], "--eml", tmp_path / "no" / "letter.eml", "--config", config)
    assert said.status == 1
    assert "letter.eml" in said.err
    assert first_draft(command, config)["status"] == "ready"


def other_step(command: Run, config: Path) -> tuple[str, str]:
    """An order with a letter waiting, and a step of its ladder with a form of its own that is not the next one."""
    letters = {str(line["order_id"]): line["rung"] for line in command("drafts", "--json", "--config", config).objects}
    for order, rung in letters.items():
        for step in command("ladder", order, "--json", "--config", config).objects:
            ahead = step["rung"] not in (rung, "kr-thecheat") and step["status"] in ("open", "waiting")
            if ahead and step["channel"] == "web_form":
                return order, str(step["rung"])
    raise AssertionError("no order of the sample mailbox has such a step")


def test_any_step_of_a_ladder_gets_its_letter_which_is_then_kept_like_any_other(command: Run, config: Path) -> None:
    order, rung = other_step(command, config)
    before = command("drafts", "--json", "--config", config).objects
    said = command("draft", order, "--step", rung, "--at", AT, "--config", config)
    assert said.status == 0
    assert command("drafts", "--json", "--config", config).objects == before  # a look at a moment stores nothing
    said = command("draft", order, "--step", rung, "--config", config)
    assert said.status == 0
    after = command("drafts", "--json", "--config", config).objects
    (fresh,) = [line for line in after if line not in before]
    assert (fresh["order_id"], fresh["rung"], fresh["status"]) == (order, rung, "ready")
    assert str(fresh["id"]) in said.out
    assert command("draft", fresh["id"], "--json", "--config", config).objects == [fresh]
    again = command("draft", order, "--step", rung, "--json", "--config", config).objects
    assert again == [fresh]
    assert command("draft", fresh["id"], "--discard", "--config", config).status == 0
    assert command("drafts", "--json", "--config", config).objects == before


def test_a_letter_is_shown_with_its_form_and_what_to_say_and_to_bring(command: Run, config: Path) -> None:
    order, rung = other_step(command, config)
    said = command("draft", order, "--step", rung, "--config", config).out
    (line,) = command("draft", order, "--step", rung, "--json", "--config", config).objects
    assert str(line["body"]) in said
    for heading in ("for their form", "what to say on the phone", "for a chat", "have ready", "keep in mind"):
        assert f"--- {heading}" in said
    form = said.partition("--- for their form")[2].partition("\n--- ")[0]
    assert re.search(r"(?m)^.+: \(the text above\)$", form)
    assert re.search(r"(?m)^.+: ____ \(fill this in yourself\)$", form)
    assert re.search(r"(?m)^- \S", said.partition("--- keep in mind")[2])


def test_a_step_that_is_not_there_or_not_open_any_more_gets_no_letter(command: Run, config: Path) -> None:
    order, _ = other_step(command, config)
    unknown = command("draft", order, "--step", "kr-no-such-step", "--config", config)
    assert unknown.status == 2
    assert "kr-no-such-step" in unknown.err
    gone = [
        step
        for step in command("ladder", order, "--json", "--config", config).objects
        if step["status"] in ("ruled_out", "expired")
    ]
    assert gone
    for step in gone:
        said = command("draft", order, "--step", step["rung"], "--config", config)
        assert said.status == 1
        assert "There is no letter for this step" in said.err
    assert command("draft", order, "--at", AT, "--config", config).status == 2


# -- digest -------------------------------------------------------------------------------------------------------


def test_the_digest_is_printed_or_written_and_sent_to_nobody(command: Run, config: Path) -> None:
    printed = command("digest", "--preview", "--config", config)
    assert printed.status == 0
    assert command("digest", "--config", config).out == printed.out != ""
    written = command("digest", "--write", "--config", config)
    assert written.status == 0
    files = sorted((config.parent / "digests").iterdir())
    assert [file.suffix for file in files] == [".eml", ".html"]
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    assert all(str(file) in written.out for file in files)


# -- the store ----------------------------------------------------------------------------------------------------


def test_a_second_pass_at_the_same_time_is_refused_in_plain_words(command: Run, config: Path) -> None:
    from monitor.store import Store

    config.write_text(config.read_text() + '[accounts.home]\nhost = "127.0.0.1"\nport = 1\ntls = "none"\n')
    with Store.open(config.parent / "demo.sqlite3") as store, store.lock():
        said = command("scan", "--config", config)
    assert said.status == 1
    assert said.err.strip()


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 2000])
def test_a_store_that_is_none_is_told(command: Run, config: Path, content: bytes) -> None:
    for file in config.parent.glob("demo.sqlite3*"):
        file.unlink()
    (config.parent / "demo.sqlite3").write_bytes(content)
    said = command("orders", "--config", config)
    assert said.status == 1
    assert "demo.sqlite3" in said.err


def test_scan_without_a_mailbox_says_how_to_set_one_up(command: Run) -> None:
    said = command("scan")
    assert said.status == 1
    assert "refund-monitor init" in said.err


def test_run_without_a_mailbox_and_without_the_page_ends_at_once(command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFUND_MONITOR_WEB__ENABLED", "false")
    said = command("run")
    assert said.status == 1
    assert "refund-monitor init" in said.err


# -- words --------------------------------------------------------------------------------------------------------


def test_every_statement_of_the_contract_can_be_said() -> None:
    said = {"arrived", "not-arrived", "paid", "returned", "refunded", "not-an-order", "closed", "snooze", "same-as"}
    done = {"did", "refused"}  # what the user did himself, and what was answered
    slips = {"reopen", "undo"}
    assert set(stories.VERBS) == said | done | slips | {"not-refunded"}  # a refund that was told of and never came


@pytest.fixture(autouse=True)
def _spoken() -> Iterator[None]:
    yield
    words.speak(None)


# -- import -------------------------------------------------------------------------------------------------------


def test_import_takes_files_once_and_says_up_to_when_they_tell_everything(command: Run, tmp_path: Path) -> None:
    folder = tmp_path / "mails"
    folder.mkdir()
    order_mail(folder)
    said = command("import", folder, "--heard-until", "2026-11-20T09:00:00+09:00")
    assert said.status == 0, said.err
    assert "20 Nov 2026" in said.out
    (order,) = command("orders", "--json").objects
    assert (order["order_number"], order["total"], order["currency"]) == ("20261102-0001", "12000", "KRW")
    command("import", folder)
    assert len(command("orders", "--json").objects) == 1


def test_import_refuses_a_path_that_is_missing(command: Run, tmp_path: Path) -> None:
    said = command("import", tmp_path / "none")
    assert said.status == 1
    assert str(tmp_path / "none") in said.err


def test_orders_of_imported_mails_are_judged_up_to_the_moment_that_was_named(command: Run, tmp_path: Path) -> None:
    order_mail(tmp_path)
    command("import", tmp_path / "order.eml", "--heard-until", "2026-11-03T00:00:00+09:00")
    (early,) = command("orders", "--json").objects
    assert early["flagged"] is False
    command("import", tmp_path / "order.eml", "--heard-until", "2027-03-01T00:00:00+09:00")
    (late,) = command("orders", "--json", "--at", "2027-02-01T00:00:00+09:00").objects
    assert late["flagged"] is True


def test_rebuild_gives_the_same_orders_and_keeps_what_was_said(command: Run, config: Path) -> None:
    command("say", "D-7781", "closed", "--config", config)
    command("draft", first_draft(command, config)["id"], "--discard", "--config", config)
    before = command("orders", "--json", "--at", AT, "--config", config)
    letters = command("drafts", "--json", "--config", config)
    said = command("rebuild", "--config", config)
    assert said.status == 0, said.err
    assert command("orders", "--json", "--at", AT, "--config", config) == before
    assert command("drafts", "--json", "--config", config) == letters


# -- demo ---------------------------------------------------------------------------------------------------------


def test_the_demonstration_does_the_main_job_and_starts_clean_each_time(command: Run, tmp_path: Path) -> None:
    folder = tmp_path / "shown"
    folder.mkdir()
    (folder / "mine.txt").write_text("not yours")
    first, second = (command("demo", "--folder", folder) for _ in range(2))
    assert first.status == second.status == 0, first.err
    sums = [re.findall(r"Orders: (\d+), flagged: (\d+)", said.out) for said in (first, second)]
    assert sums[0] == sums[1]
    ((orders, flagged),) = sums[0]
    assert int(orders) >= 14
    assert int(flagged) >= 1
    assert (folder / "mine.txt").read_text() == "not yours"
    assert {path.suffix for path in folder.glob("digest-*")} == {".html", ".eml"}
    assert "refund-monitor init" in first.out
    shown = re.search(r"refund-monitor --config (\S+) show (\S+)", first.out)
    assert shown is not None
    assert command("--config", shown[1], "show", shown[2]).status == 0


def test_the_demonstration_goes_on_to_serve_its_page_until_it_is_stopped(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {**os.environ, "REFUND_MONITOR_WEB__PORT": str(port), "XDG_DATA_HOME": str(tmp_path)}
    command_line = [sys.executable, "-m", "monitor", "demo", "--page", "--folder", str(tmp_path / "demo")]
    running = subprocess.Popen(command_line, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/setup", timeout=5) as answer:
                    assert answer.status == 200
                break
            except OSError:
                assert running.poll() is None, running.stdout.read() if running.stdout else ""
                time.sleep(0.2)
        else:
            raise AssertionError("the page was never served")
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
    assert running.returncode == 0
