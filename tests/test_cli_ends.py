"""How commands end when something outside of them does: the reader, the disk, the streams, the user's patience."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from monitor.cli import mails, screen
from monitor.config import places
from tests.commands import Run, at_home, runner

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "tests" / "mails" / "values"
COMMANDS = ("--help", "orders", "orders --json", "rights --json", "read --json tests/mails/values")


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the command line in this process, at home in an empty folder."""
    at_home(monkeypatch, tmp_path)
    return runner(capsys)


@pytest.fixture
def taken_in(command: Run, tmp_path: Path) -> Path:
    """A home with some orders."""
    assert command("import", SAMPLES).status == 0
    return tmp_path


def shell(line: str, home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """`refund-monitor` within a line for the shell, as a process of its own."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8", "TZ": "UTC", **variables}
    call = line.replace("refund-monitor", f"{sys.executable} -m monitor")
    return subprocess.run(["bash", "-c", call], cwd=ROOT, env=environ, capture_output=True, text=True)


@pytest.mark.parametrize("arguments", COMMANDS)
def test_whoever_stops_listening_gets_silence_and_the_status_of_sigpipe(taken_in: Path, arguments: str) -> None:
    done = shell(f"refund-monitor {arguments} | true; exit ${{PIPESTATUS[0]}}", taken_in)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_full_disk_behind_a_redirection_is_one_line(taken_in: Path, arguments: str) -> None:
    done = shell(f"refund-monitor {arguments} > /dev/full", taken_in)
    assert (done.returncode, done.stderr) == (1, "Not everything could be written: No space left on device.\n")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_with_its_streams_closed_a_command_does_its_work_and_prints_nowhere(taken_in: Path, closed: str) -> None:
    done = shell(
        f"refund-monitor import tests/mails/values {closed} && refund-monitor orders --json {closed}", taken_in
    )
    assert (done.returncode, done.stderr) == (0, "")
    again = shell("refund-monitor orders --json", taken_in)
    assert again.returncode == 0
    assert len(again.stdout.splitlines()) > 50  # the store is sound: nothing was printed into it


def test_ctrl_c_while_libraries_are_loaded_is_no_traceback(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'monitor.cli.failures': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Finder())\n"
        "from monitor.cli import main\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "")


def test_ctrl_c_during_a_command_is_told_in_the_users_language(command: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(mails, "read", stopped)
    assert (command("read", SAMPLES).status, command("read", SAMPLES).err) == (130, "Stopped.\n")
    monkeypatch.setenv("REFUND_MONITOR_USER__LANGUAGE", "ko")
    assert command("read", SAMPLES).err == "중단했습니다.\n"


def test_the_end_of_the_input_at_a_question_is_told_in_the_users_language(tmp_path: Path) -> None:
    done = shell("refund-monitor init < /dev/null", tmp_path, LANG="ko_KR.UTF-8")
    assert done.returncode == 1
    assert done.stderr.endswith("\n중단했습니다.\n")
    assert list(tmp_path.rglob("*.toml")) == []


@pytest.mark.parametrize("encoding", ["ascii", "euc-kr", "iso-8859-1"])
def test_a_terminal_of_another_encoding_gets_every_line(taken_in: Path, encoding: str) -> None:
    usual = shell("refund-monitor orders && refund-monitor mails --health && refund-monitor rights", taken_in)
    other = subprocess.run(
        ["bash", "-c", " && ".join(f"{sys.executable} -m monitor {c}" for c in ("orders", "mails --health", "rights"))],
        cwd=ROOT, capture_output=True,
        env={"PATH": os.environ["PATH"], "HOME": str(taken_in), "TZ": "UTC", "PYTHONIOENCODING": encoding},
    )  # fmt: skip
    assert (other.returncode, other.stderr) == (0, b"")
    assert abs(len(other.stdout.splitlines()) - len(usual.stdout.splitlines())) < 300  # boxes of ASCII have more lines
    assert ("공방".encode(encoding) if encoding == "euc-kr" else b"FF-301") in other.stdout


@pytest.mark.parametrize("when", ["0001-01-01", "9999-12-31", "9999-12-31T23:59:59-12:00"])
@pytest.mark.parametrize("arguments", ["orders", "drafts", "show X", "ladder X", "rights", "import tests/mails/values"])
def test_a_moment_that_nobody_can_mean_is_wrong_usage(command: Run, arguments: str, when: str) -> None:
    option = "--heard-until" if arguments.startswith("import") else "--at"
    said = command(*arguments.split(), option, when)
    assert (said.status, said.out) == (2, "")
    assert option in said.err and when in said.err


@pytest.mark.parametrize("width", [20, 40, 60, 75])
def test_a_terminal_too_narrow_for_the_table_still_shows_state_and_day_of_every_order(
    taken_in: Path, command: Run, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    objects = command("orders", "--json").objects
    monkeypatch.setattr(screen, "console", lambda: Console(width=width, file=sys.stdout, highlight=False, markup=False))
    lines = command("orders").out.split("\n\n")[0].splitlines()
    assert len(lines) == 2 * len(objects)
    for order in objects:
        (place,) = (
            n
            for n, line in enumerate(lines)
            if str(order["id"]) in line or f"  {order['order_number']}  " in f"  {line}"
        )
        if order["due_on"] is not None:
            assert str(int(str(order["due_on"])[-2:])) in lines[place + 1]


def test_an_empty_home_is_that_of_the_account_and_not_the_root_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "")
    assert places.home({"HOME": ""}) == Path(pwd.getpwuid(os.getuid()).pw_dir)
