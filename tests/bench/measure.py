"""One command, measured: how long it ran, and how much memory it needed at most."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PLAIN_TIME = "/usr/bin/time"


@dataclass(frozen=True)
class Measured:
    """`seconds` of wall time, `cpu` seconds of the command and its children, `peak` resident memory in MB."""

    seconds: float
    cpu: float
    peak: float


class Failed(Exception):
    """A command did not do what was to be measured."""


def command(
    arguments: Sequence[str | Path],
    *,
    environment: Mapping[str, str],
    core: int | None = None,
    stdout: Path | None = None,
) -> Measured:
    """Run a command to its end. `core`: the one processor that it and its children may use.

    Raises Failed, with the end of what it said, where its exit status is not 0.
    """
    with (
        tempfile.TemporaryFile() as errors,
        Path(stdout or os.devnull).open("wb") as out,
    ):
        line = [str(part) for part in arguments]
        # What Linux calls a command's peak starts with that of the process it was forked from: a tiny one, if we can.
        report = Path(tempfile.mkstemp()[1]) if Path(PLAIN_TIME).exists() else None
        if report is not None:
            line = [PLAIN_TIME, "-f", "%M", "-o", str(report), *line]
        allowed = os.sched_getaffinity(0)
        if core is not None:
            os.sched_setaffinity(0, {core})
        started = time.perf_counter()
        try:
            process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=out, stderr=errors, env=dict(environment))
        finally:
            os.sched_setaffinity(0, allowed)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = usage.ru_maxrss / 1024
        if report is not None:
            peak = int(report.read_text().split()[-1]) / 1024
            report.unlink()
        if process.returncode != 0:
            errors.seek(0)
            said = errors.read()[-2000:].decode("utf-8", "replace")
            raise Failed(f"{' '.join(map(str, arguments))} ended with {process.returncode}: {said}")
    return Measured(seconds, usage.ru_utime + usage.ru_stime, peak)


def until_idle(
    arguments: Sequence[str | Path], *, environment: Mapping[str, str], ready: Callable[[], bool], patience: float = 120
) -> float:
    """Start a service, wait until it has done its first work and rests, and return its resident memory in MB.

    At rest: `ready()`, and then five seconds in which it used less than a hundredth of a processor. The service is
    then asked to stop (SIGTERM) and has ten seconds to do so.
    """
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            [str(part) for part in arguments], stdout=subprocess.DEVNULL, stderr=errors, env=dict(environment)
        )
        try:
            end = time.monotonic() + patience
            done = False
            while not (done := done or ready()) or _cpu_over(process.pid, 5.0) > 0.05:
                if process.poll() is not None or time.monotonic() > end:
                    errors.seek(0)
                    said = errors.read()[-2000:].decode("utf-8", "replace")
                    raise Failed(f"{' '.join(map(str, arguments))} did not come to rest: {said}")
                time.sleep(0.5)
            return resident(process.pid)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def resident(process: int) -> float:
    """Resident memory of a process and its children, in MB."""
    total = 0.0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
        except OSError:
            continue
        if status.parent.name == str(process) or re.search(rf"^PPid:\s+{process}$", text, re.MULTILINE):
            found = re.search(r"^VmRSS:\s+(\d+) kB", text, re.MULTILINE)
            total += int(found[1]) / 1024 if found else 0
    return total


def _cpu_over(process: int, seconds: float) -> float:
    def used() -> float:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    try:
        before = used()
        time.sleep(seconds)
        return used() - before
    except OSError:
        return 0.0


def found(tool: str) -> str | None:
    """Where a tool is, also where only root looks; None if it is not installed."""
    return shutil.which(tool, path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin" + os.pathsep + "/usr/bin")
