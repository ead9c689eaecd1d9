"""The service: one instance, a pass at a time, pauses for what fails, and a clean stop within seconds."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from monitor.config import Config
from monitor.daemon import once, service
from monitor.daemon.service import Pauses, Service
from monitor.daemon.systemd import Notifier
from monitor.run import digests
from monitor.run.intake import AccountSummary, ScanSummary
from monitor.store import Store

ROOT = Path(__file__).parent.parent


def settings(folder: Path, **tables: Any) -> Config:
    return Config.model_validate(
        {
            "user": {"addresses": ["me@example.com"], "language": "en", "country": "KR", "timezone": "Asia/Seoul"},
            "store": {"path": folder / "store.sqlite3"},
            "digest": {"directory": folder / "digests"},
            "accounts": {
                "home": {"host": "127.0.0.1", "port": 1, "tls": "none", "address": "home@example.com", "password": "x"},
                "work": {"host": "127.0.0.1", "port": 1, "tls": "none", "address": "work@example.com", "password": "x"},
            },
            **tables,
        }
    )


def child(folder: Path, body: str) -> list[str]:
    """A pass that does what `body` says."""
    script = folder / "pass.py"
    script.write_text("import json, os, signal, sys, time\n" + textwrap.dedent(body))
    return [sys.executable, str(script)]


def until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def ears(tmp_path: Path) -> Iterator[socket.socket]:
    """What systemd would hear."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(str(tmp_path / "notify"))
        door.settimeout(10)
        yield door


# -- systemd ------------------------------------------------------------------------------------------------------


def test_systemd_hears_what_is_told(ears: socket.socket, tmp_path: Path) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "120000000"})
    notifier.tell("READY=1", "STATUS=Watching")
    assert ears.recv(1000) == b"READY=1\nSTATUS=Watching"
    assert notifier.watchdog_seconds == 60


def test_an_abstract_address_is_understood() -> None:
    name = f"refund-monitor-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind("\0" + name)
        door.settimeout(10)
        Notifier({"NOTIFY_SOCKET": "@" + name}).tell("WATCHDOG=1")
        assert door.recv(100) == b"WATCHDOG=1"


def test_where_nobody_listens_nothing_happens(tmp_path: Path) -> None:
    for environ in ({}, {"NOTIFY_SOCKET": str(tmp_path / "gone")}, {"NOTIFY_SOCKET": "x" * 500}):
        Notifier(environ).tell("READY=1")
    assert Notifier({"WATCHDOG_USEC": "1000000"}).watchdog_seconds is None


# -- pauses -------------------------------------------------------------------------------------------------------


def test_an_account_that_fails_rests_longer_each_time_and_at_most_an_hour() -> None:
    now = [0.0]
    pauses = Pauses(600, clock=lambda: now[0])
    assert [pauses.failed("home") for _ in range(7)] == [600, 1200, 2400, 3600, 3600, 3600, 3600]
    assert pauses.resting() == ["home"]
    now[0] += 3600
    assert pauses.resting() == []
    assert pauses.worked("home") is True
    assert pauses.worked("home") is False
    assert pauses.failed("home") == 600
    now[0] += 600
    assert pauses.resting() == []  # the very next pass tries again


def test_an_account_left_out_stays_the_users_own(tmp_path: Path) -> None:
    config = settings(tmp_path)
    less = once.without(config, ["home"])
    assert set(less.accounts) == {"work"}
    assert less.own_addresses() == config.own_addresses()
    assert less.store_path() == config.store_path()
    assert once.without(config, []) is config


# -- passes -------------------------------------------------------------------------------------------------------


def test_an_account_that_failed_is_left_out_of_the_next_passes(tmp_path: Path) -> None:
    command = child(
        tmp_path,
        f"""
        with open({str(tmp_path / "passes")!r}, "a") as file:
            file.write(json.dumps(sys.argv[1:]) + "\\n")
        names = [name for name in ("home", "work") if name not in sys.argv[1:]]
        print("a library's chatter")
        print(json.dumps({{"done": 1, "of": 2}}))
        print(json.dumps({{"accounts": {{name: "refused" if name == "home" else None for name in names}}, "new": 1}}))
        """,
    )
    watching = Service(settings(tmp_path), command, dict(os.environ), Notifier({}))
    now = [0.0]
    watching._pauses.clock = lambda: now[0]
    for _ in range(4):
        watching.look()
        now[0] += 600
    passes = [json.loads(line) for line in (tmp_path / "passes").read_text().splitlines()]
    assert passes == [[], [], ["home"], []]


def test_a_pass_that_breaks_off_costs_nothing_but_a_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    service._log_to_stderr({})
    for body in ("sys.exit(3)", "os.kill(os.getpid(), 9)", "print('{\"accounts\"')", "print('[]')"):
        Service(settings(tmp_path), child(tmp_path, body), dict(os.environ), Notifier({})).look()
        assert "ended with status" in capfd.readouterr().err
    Service(settings(tmp_path), ["/nonexistent/python"], {}, Notifier({})).look()
    assert "could not be started" in capfd.readouterr().err


def test_a_pass_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "SILENT_FOR", 0.2)
    watching = Service(settings(tmp_path), child(tmp_path, "time.sleep(60)"), dict(os.environ), Notifier({}))
    looking = threading.Thread(target=watching.look)
    looking.start()
    until(lambda: watching._child is not None)
    time.sleep(0.3)
    watching._look_at_child()
    looking.join(10)
    assert not looking.is_alive()


# -- the whole service --------------------------------------------------------------------------------------------


def free_port() -> int:
    """One that was free a moment ago."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


RUN = """
import os, sys
from pathlib import Path
from monitor.config import load
from monitor.daemon import service
service.child_command = lambda: [sys.executable, sys.argv[2]]
sys.exit(service.run(load(Path(sys.argv[1]), os.environ), os.environ, Path(sys.argv[1])))
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the service with a pass of our own; ends it at the end."""
    running: list[subprocess.Popen[str]] = []
    config = tmp_path / "config.toml"
    config.write_text(
        '[user]\nlanguage = "en"\ntimezone = "Asia/Seoul"\n[store]\npath = "store.sqlite3"\n'
        '[accounts.home]\nhost = "127.0.0.1"\npassword = "secret-word"\n'
        f"[web]\nport = {free_port()}\n"
    )

    def start_(body: str, **environ: str) -> subprocess.Popen[str]:
        script = child(tmp_path, body)[1]
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(config), script], cwd=ROOT, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "HOME": str(tmp_path), **environ},
        )  # fmt: skip
        running.append(process)
        return process

    yield start_
    for process in running:
        process.kill()
        process.wait()
        if process.stderr:
            process.stderr.close()


GOOD = 'open({path!r}, "a").write("pass\\n"); print(json.dumps({{"accounts": {{"home": None}}, "new": 0}}))'


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_looks_at_once_tells_systemd_and_stops_cleanly(
    start: Callable[..., subprocess.Popen[str]], ears: socket.socket, tmp_path: Path, number: int
) -> None:
    done = tmp_path / "done"
    process = start(GOOD.format(path=str(done)), NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="400000")
    heard = [ears.recv(1000).decode() for _ in range(3)]
    assert heard[0].startswith("READY=1")
    assert any(word.startswith("WATCHDOG=1") for word in heard)
    until(done.exists)
    process.send_signal(number)
    assert process.wait(10) == 0
    while not heard[-1].startswith("STOPPING=1"):
        heard.append(ears.recv(1000).decode())
    assert process.stderr is not None
    assert "secret-word" not in process.stderr.read()


def test_a_running_pass_is_asked_to_end_and_gets_its_time(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    body = f"""
        def end(number, frame):
            time.sleep(0.5)
            open({str(tmp_path / "ended")!r}, "w").close()
            sys.exit(0)
        signal.signal(signal.SIGTERM, end)
        open({str(tmp_path / "begun")!r}, "w").close()
        time.sleep(60)
        """
    process = start(body)
    until((tmp_path / "begun").exists)
    begun = time.monotonic()
    process.terminate()
    assert process.wait(15) == 0
    assert (tmp_path / "ended").exists()
    assert time.monotonic() - begun < 8


def test_a_pass_that_will_not_end_is_killed(start: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    body = f"""
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        open({str(tmp_path / "begun")!r}, "w").write(str(os.getpid()))
        time.sleep(60)
        """
    process = start(body)
    until(lambda: (tmp_path / "begun").exists() and (tmp_path / "begun").read_text() != "")
    process.terminate()
    assert process.wait(service.GRACE + 10) == 0
    assert not Path(f"/proc/{(tmp_path / 'begun').read_text()}").exists()


def test_a_second_service_on_the_same_store_is_refused(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    done = tmp_path / "done"
    first = start(GOOD.format(path=str(done)))
    until(done.exists)
    second = start(GOOD.format(path=str(done)))
    assert second.wait(15) == 1
    assert second.stderr is not None
    assert f"process {first.pid}" in second.stderr.read()
    first.kill()
    first.wait()
    third = start(GOOD.format(path=str(done)))  # a lock dies with its holder
    until(lambda: done.read_text().count("pass") >= 2)
    third.terminate()
    assert third.wait(10) == 0


def test_when_idle_it_stays_below_80_mb(start: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> None:
    done = tmp_path / "done"
    process = start(GOOD.format(path=str(done)))
    until(done.exists)
    time.sleep(0.5)
    status = Path(f"/proc/{process.pid}/status").read_text()
    resident = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert resident is not None
    assert int(resident[1]) < 80 * 1024


def told(process: subprocess.Popen[str], pattern: str) -> re.Match[str]:
    """The first line of its log that fits."""
    assert process.stderr is not None
    for line in process.stderr:
        found = re.search(pattern, line)
        if found is not None:
            return found
    raise AssertionError(f"it never said {pattern}")


def test_it_serves_the_page_and_says_where_and_with_what_code(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = start(GOOD.format(path=str(tmp_path / "done")))
    said = told(process, r"The page: (http://\S+)/setup .* code: ([A-Z0-9-]+)")
    client = httpx.Client(base_url=said[1], timeout=30, follow_redirects=True)
    token = re.search(r'name="csrf" value="(\w+)"', client.get("/setup").text)
    assert token is not None
    form = {"csrf": token[1], "code": said[2], "password": "long enough now", "again": "long enough now"}
    assert client.post("/setup", data=form).status_code == 200
    settings_page = client.get("/settings").text
    assert "next try" in settings_page and "secret-word" not in settings_page
    process.terminate()
    assert process.wait(10) == 0
    with pytest.raises(httpx.ConnectError):
        client.get("/")
    again = start(GOOD.format(path=str(tmp_path / "done")))
    assert told(again, r"The page: (http://\S+)")[0].count("code") == 0


def test_a_port_that_is_taken_costs_the_page_and_nothing_else(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        process = start(GOOD.format(path=str(tmp_path / "done")), REFUND_MONITOR_WEB__PORT=port)
        told(process, rf"The page cannot be served at 127\.0\.0\.1, port {port}: .*Set web.port")
        until((tmp_path / "done").exists)
        process.terminate()
        assert process.wait(10) == 0


# -- one pass -----------------------------------------------------------------------------------------------------


class Clock:
    """The pass' own clock, set by the test."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def passing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., dict[str, object]]]:
    """Runs `once.work` at a moment, with mailboxes that answer as told."""
    from monitor.run import intake

    config = settings(tmp_path)
    clock = Clock(datetime(2026, 11, 23, tzinfo=UTC))
    state = {"first": True}

    def scan(store: Store, config: Config, knowledge: object, *, now: datetime, **_: object) -> ScanSummary:
        summary = ScanSummary(now, [AccountSummary(name) for name in config.accounts], quiet=state["first"])
        state["first"] = False
        return summary

    monkeypatch.setattr(intake, "scan", scan)
    monkeypatch.setattr(once, "_now", clock)

    class Never:
        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    with Store.open(config.store_path()) as store:

        def work(at: datetime) -> dict[str, object]:
            clock.at = at
            return once.work(store, config, [], {}, Never())  # type: ignore[arg-type]  # no signals here

        yield work


def seoul(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Seoul"))


def test_the_first_pass_makes_no_digest_and_the_first_comes_at_its_next_hour(
    passing: Callable[..., dict[str, object]], tmp_path: Path
) -> None:
    assert "digest" not in passing(seoul("2026-11-23T09:00"))
    assert "digest" not in passing(seoul("2026-11-23T09:10"))
    assert "digest" not in passing(seoul("2026-11-24T07:29"))
    assert passing(seoul("2026-11-24T07:31"))["digest"]
    assert "digest" not in passing(seoul("2026-11-24T07:41"))
    assert [path.name for path in sorted((tmp_path / "digests").glob("*.html"))] == ["digest-2026-11-24.html"]


def test_after_a_downtime_the_digest_of_today_is_made_once(passing: Callable[..., dict[str, object]]) -> None:
    passing(seoul("2026-11-23T06:00"))
    assert passing(seoul("2026-11-23T08:00"))["digest"]
    assert passing(seoul("2026-11-27T23:50"))["digest"]
    assert "digest" not in passing(seoul("2026-11-27T23:59"))
    assert "digest" not in passing(seoul("2026-11-28T00:01"))
    assert passing(seoul("2026-11-28T07:30"))["digest"]


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_in_the_night_of_the_clock_change_there_is_exactly_one_digest(tmp_path: Path, day: str) -> None:
    user = {"timezone": "Europe/Berlin", "country": "DE"}
    config = settings(tmp_path, user=user, digest={"at": "02:30", "directory": tmp_path / "digests"})
    zone, made = ZoneInfo("Europe/Berlin"), 0
    begin = datetime.fromisoformat(day).replace(tzinfo=zone).astimezone(UTC)
    with Store.open(config.store_path()) as store:
        store.set_setting(digests.LAST_DIGEST_FOR, (begin.astimezone(zone).date() - timedelta(days=1)).isoformat())
        for minutes in range(0, 23 * 60, 10):
            now = begin + timedelta(minutes=minutes)
            if digests.due(store, config, now=now) is not None:
                digests.deliver(store, config, now=now)
                made += 1
    assert made == 1


def test_a_digest_that_cannot_go_out_is_tried_again(passing: Callable[..., dict[str, object]], tmp_path: Path) -> None:
    passing(seoul("2026-11-23T06:00"))
    (tmp_path / "digests").write_text("a file where the folder belongs")
    assert "digests" in str(passing(seoul("2026-11-23T08:00"))["not_sent"])
    (tmp_path / "digests").unlink()
    assert passing(seoul("2026-11-23T08:10"))["digest"]


def test_a_real_pass_names_what_it_cannot_reach_and_ends_well(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        '[user]\nlanguage = "en"\n[store]\npath = "store.sqlite3"\n[digest]\nvia = "none"\n[accounts.home]\n'
        'host = "127.0.0.1"\nport = 1\ntls = "none"\nusername = "me"\npassword = "secret-word"\n'
    )
    done = subprocess.run(
        service.child_command(), cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "HOME": str(tmp_path), "REFUND_MONITOR_CONFIG": str(tmp_path / "config.toml")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout.splitlines()[-1])
    assert "127.0.0.1" in outcome["accounts"]["home"]
    assert "secret-word" not in done.stdout + done.stderr


def test_a_pass_with_wrong_settings_says_so_and_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[usr]\n")
    done = subprocess.run(
        service.child_command(), cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "REFUND_MONITOR_CONFIG": str(tmp_path / "config.toml")},
    )  # fmt: skip
    assert done.returncode == 1
    assert "did you mean 'user'" in done.stderr
    assert "Traceback" not in done.stderr


# -- the units ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", ["refund-monitor.service", "user/refund-monitor.service"])
def test_the_unit_is_understood_by_systemd(tmp_path: Path, unit: str) -> None:
    try:
        subprocess.run(["systemd-analyze", "--version"], capture_output=True, check=True)
    except FileNotFoundError:
        if os.environ.get("REFUND_MONITOR_NO_SKIP"):
            raise
        pytest.skip("systemd-analyze is not here")
    text = (ROOT / "systemd" / unit).read_text(encoding="utf-8")
    copy = tmp_path / "refund-monitor.service"
    copy.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", text))
    done = subprocess.run(["systemd-analyze", "--man=no", "verify", str(copy)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("unit", ["refund-monitor.service", "user/refund-monitor.service"])
def test_every_block_of_the_unit_has_its_reason(unit: str) -> None:
    text = (ROOT / "systemd" / unit).read_text(encoding="utf-8")
    body = text.partition("[Service]\n")[2].partition("\n[Install]")[0]
    for block in body.split("\n\n"):
        assert block.lstrip().startswith("#"), block
