"""The schedule, the signals and the child that does each pass."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO
from zoneinfo import ZoneInfo

from monitor.config import Config
from monitor.daemon.systemd import Notifier

if TYPE_CHECKING:
    from monitor.web.server import Server

log = logging.getLogger("refund-monitor")

HEARTBEAT = 10.0  # seconds between two looks of the main thread where systemd asks for nothing
SILENT_FOR = 900.0  # seconds without a sign after which a pass counts as hanging (a server may keep us 90)
GRACE = 10.0  # seconds that a pass has to end after SIGTERM
LONGEST_PAUSE = 3600.0  # an hour: few enough wrong log-ins for any provider, and no long wait after an outage


def run(config: Config, environ: Mapping[str, str], path: Path | None) -> int:
    """Watch until SIGTERM or SIGINT; returns the exit status. `path` is the file that the settings came from."""
    _log_to_stderr(environ)
    if not any(account.enabled for account in config.accounts.values()):
        if not config.web.enabled:
            log.error("There is no mailbox to watch. `refund-monitor init` sets one up.")
            return 1
        log.warning(
            "There is no mailbox to watch; `refund-monitor init` sets one up. The page shows what was imported."
        )
    lock = _only_one(config)
    if lock is None:
        return 1
    with lock:
        return Service(config, child_command(), _child_environment(environ, path), Notifier(environ)).run()


def child_command() -> list[str]:
    """How a pass is started."""
    return [sys.executable, "-m", "monitor.daemon.once"]


@dataclass(slots=True)
class Pauses:
    """Accounts that failed rest, longer each time: a wrong password tried every few minutes locks the account."""

    every: float  # seconds between two passes
    clock: Callable[[], float] = time.monotonic
    _failures: dict[str, int] = field(default_factory=dict)
    _until: dict[str, float] = field(default_factory=dict)

    def resting(self) -> list[str]:
        """The accounts to leave out now."""
        now = self.clock()
        return sorted(name for name, until in self._until.items() if until > now)

    def left(self) -> dict[str, float]:
        """How many seconds each resting account still rests."""
        now = self.clock()
        return {name: until - now for name, until in self._until.copy().items() if until > now}

    def failed(self, name: str) -> float:
        """Note a failure; returns the pause in seconds."""
        self._failures[name] = self._failures.get(name, 0) + 1
        pause = float(min(self.every * 2 ** min(self._failures[name] - 1, 16), LONGEST_PAUSE))
        # a little less than the pass after it, so that a pause of one round is no pause
        self._until[name] = self.clock() + pause - self.every / 2
        return pause

    def worked(self, name: str) -> bool:
        """Note that it works; returns whether it did not before."""
        self._until.pop(name, None)
        return self._failures.pop(name, 0) > 0


class Service:
    """Runs passes until told to stop."""

    def __init__(self, config: Config, command: Sequence[str], environ: Mapping[str, str], notifier: Notifier) -> None:
        self._config, self._command, self._environ, self._notifier = config, list(command), dict(environ), notifier
        self._pauses = Pauses(config.schedule.poll_minutes * 60.0)
        self._stop = threading.Event()
        self._child: subprocess.Popen[str] | None = None
        self._scheduler: Any = None
        self._sign = time.monotonic()

    def run(self) -> int:
        """Start the schedule, wait for a signal, stop within seconds."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        web = self._config.web.enabled
        page = serve_page(self._config, self._environ, self.next_tries) if web else None
        scheduler = self._scheduler = self._schedule()
        scheduler.start()
        self._notifier.tell("READY=1", "STATUS=Watching")
        names = ", ".join(name for name, account in self._config.accounts.items() if account.enabled) or "no mailbox"
        log.info("Watching %s every %d minutes; digest at %s (%s)", names, self._config.schedule.poll_minutes,
                 self._config.digest.at.strftime("%H:%M"), self._config.user.timezone)  # fmt: skip
        pause = min(self._notifier.watchdog_seconds or HEARTBEAT, HEARTBEAT)
        while not self._stop.wait(pause):
            self._notifier.tell("WATCHDOG=1")
            self._look_at_child()
        self._notifier.tell("STOPPING=1", "STATUS=Stopping")
        log.info("Stopping")
        scheduler.pause()
        if page is not None:
            page.stop()
        self._end_child()
        with suppress(RuntimeError):  # a job that came due in this very moment
            scheduler.shutdown(wait=True)
        return 0

    def _schedule(self) -> Any:
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        logging.getLogger("apscheduler").setLevel(logging.WARNING)
        zone = ZoneInfo(self._config.user.timezone)
        scheduler = BackgroundScheduler(
            timezone=zone,
            executors={"default": ThreadPoolExecutor(1)},  # never two passes at once
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        minutes = self._config.schedule.poll_minutes
        # many copies of this program must not knock at one provider at the same second
        jitter = min(60, minutes * 6)
        scheduler.add_job(self.look, "interval", minutes=minutes, jitter=jitter, next_run_time=datetime.now(zone))
        if self._config.digest.via != "none":
            # what is due is decided by the pass from the store: a missed or doubled hour (DST) changes nothing
            at = self._config.digest.at
            scheduler.add_job(self.look, "cron", hour=at.hour, minute=at.minute, second=1)
        return scheduler

    def next_tries(self) -> dict[str, datetime]:
        """When each mailbox is looked into next: with the next pass, or with the first after its pause."""
        jobs = self._scheduler.get_jobs() if self._scheduler is not None else []
        passes = [job.next_run_time for job in jobs if job.next_run_time is not None]
        if not passes:
            return {}
        first, pauses = min(passes), self._pauses.left()
        now = datetime.now(first.tzinfo)
        return {
            name: max(first, now + timedelta(seconds=pauses.get(name, 0.0)))
            for name, account in self._config.accounts.items()
            if account.enabled
        }

    def look(self) -> None:
        """One pass in a child; notes which accounts failed."""
        if self._stop.is_set():
            return
        resting = self._pauses.resting()
        outcome: dict[str, Any] | None = None
        try:
            child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [*self._command, *resting], env=self._environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                text=True, encoding="utf-8", errors="replace",
            )  # fmt: skip
        except OSError as error:
            log.error("A pass could not be started: %s", error.strerror)
            return
        with child:
            self._sign, self._child = time.monotonic(), child
            if self._stop.is_set():  # told to stop while it was being started
                child.terminate()
            assert child.stdout is not None
            for line in child.stdout:
                self._sign = time.monotonic()
                outcome = _parsed(line) or outcome
        self._child = None
        if self._stop.is_set():
            return
        if child.returncode != 0 or outcome is None or "accounts" not in outcome:
            log.error("A pass ended with status %d; the next one goes on where it stopped", child.returncode)
            return
        self._note(outcome, resting)

    def _note(self, outcome: Mapping[str, Any], resting: Sequence[str]) -> None:
        for name, error in outcome["accounts"].items():
            if error is None:
                if self._pauses.worked(name):
                    log.info("%s works again", name)
                continue
            pause = self._pauses.failed(name)
            log.warning("%s: %s (next try in %d minutes)", name, error, round(pause / 60))
        new, purchases = outcome.get("new", 0), outcome.get("purchases", 0)
        log.log(logging.INFO if new else logging.DEBUG, "%d new mails, %d about purchases", new, purchases)
        if outcome.get("unreadable"):
            log.warning("%d mails could not be read; the digest names them", outcome["unreadable"])
        if outcome.get("digest"):
            log.info("The digest went to %s", outcome["digest"])
        if outcome.get("not_sent"):
            log.warning("The digest could not go out and is tried again: %s", outcome["not_sent"])
        status = f"STATUS=Last look {datetime.now(ZoneInfo(self._config.user.timezone)):%Y-%m-%d %H:%M}"
        self._notifier.tell(status + (f"; resting: {', '.join(resting)}" if resting else ""))

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop.set()

    def _look_at_child(self) -> None:
        child = self._child
        if child is not None and time.monotonic() - self._sign > SILENT_FOR:
            log.error("A pass has shown no sign of life for %d minutes and is ended", SILENT_FOR // 60)
            child.kill()

    def _end_child(self) -> None:
        child = self._child
        if child is None:
            return
        child.terminate()
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            child.kill()  # safe at any moment: the cursor moves in the transaction that stores the mails


def serve_page(
    config: Config, environ: Mapping[str, str], states: Callable[[], Mapping[str, datetime]]
) -> Server | None:
    """Have the page answer as soon as somebody asks, and say where; where no password was set yet, with what code one
    may be. None, with a word why, where it cannot be served: the mailboxes are watched all the same.
    """
    from monitor.web.server import Busy, Server

    try:
        server = Server(config, states=states)
    except Busy as error:
        log.error("%s", error)
        return None
    server.start_when_asked(lambda: _say_where(config, environ))
    return server


def _say_where(config: Config, environ: Mapping[str, str]) -> None:
    code = ""
    if config.web.user_header is None:
        asked = [sys.executable, "-m", "monitor.web.first"]
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            asked, env=dict(environ), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False
        )
        code = done.stdout.strip()
    if code:
        log.info("The page: %s/setup - set a password there, with this code: %s", config.web.address(), code)
    else:
        log.info("The page: %s", config.web.address())


def _parsed(line: str) -> dict[str, Any] | None:
    """An outcome; None for a mere sign of life, or what a library printed."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) and "accounts" in value else None


def _only_one(config: Config) -> TextIO | None:
    """The lock of the one service on this store; None, with a word why, where another holds it."""
    place = config.store_path()
    path = (
        place.with_name(place.name + ".service") if isinstance(place, Path) else config.data_folder() / "service.lock"
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600), "r+")
    except OSError as error:
        log.error("%s cannot be written: %s", path, error.strerror)
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        log.error("The service is running already on this store (process %s).", file.read(20).strip() or "unknown")
        file.close()
        return None
    file.truncate(0)
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


def _child_environment(environ: Mapping[str, str], path: Path | None) -> dict[str, str]:
    child = dict(environ)
    child.pop("NOTIFY_SOCKET", None)  # only the service itself speaks to systemd
    if path is not None:
        child["REFUND_MONITOR_CONFIG"] = str(path.absolute())
    return child


def _log_to_stderr(environ: Mapping[str, str]) -> None:
    """Plain lines; the journal adds the time by itself."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        logging.Formatter("%(message)s" if environ.get("JOURNAL_STREAM") else "%(asctime)s %(message)s")
    )
    log.handlers[:] = [handler]
    log.setLevel(logging.DEBUG if environ.get("REFUND_MONITOR_DEBUG") else logging.INFO)
    log.propagate = False
