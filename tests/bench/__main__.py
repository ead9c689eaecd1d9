"""The command line of the bench, and its report."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import dovecot
from tests.bench import mailbox, pages, runs
from tests.bench.measure import Failed, Measured, found

# What issue after issue must not lose: (a, b, how many times as fast a has to be).
WANTED_RATIOS = (
    ("read", "policy.default", 8.0),
    ("read", "notmuch new", 2.0),
    ("read", "mu index", 1.5),
    ("scan", "mbsync", 2.5),
    ("scan", "mbsync, FSync no", None),
)
WANTED_PEAK = {"read": 150.0, "scan": 150.0, "scan, nothing new": 150.0}  # MB
WANTED_IDLE = 80.0  # MB


def main() -> int:
    options = _options()
    say(
        f"{options.mails:,} mails, {options.repeat} repetitions, {os.cpu_count()} processors, "
        f"Python {sys.version.split()[0]}"
    )
    contenders = [c for c in runs.CONTENDERS if not options.only or c.name.split(",")[0] in options.only]
    missing = {c.name: c.missing() for c in contenders}
    for name, tools in missing.items():
        if tools:
            say(f"  left out: {name} (not installed: {tools})")
    contenders = [c for c in contenders if not missing[c.name]]
    with _folder(options.keep) as folder, _server(any(c.served for c in contenders)) as server:
        started = time.perf_counter()
        about = mailbox.write(folder / f"mailbox-{options.mails}", options.mails)
        say(
            f"  mailbox: {about['bytes'] / 1e6:,.0f} MB, median {about['median'] / 1000:.1f} KB, "
            f"mean {about['mean'] / 1000:.1f} KB, {about['purchases']:.0f} about a purchase, "
            f"{about['attachments']:.0f} with a file ({time.perf_counter() - started:.0f} s)"
        )
        cores = sorted(os.sched_getaffinity(0))
        bench = runs.Bench(
            folder / f"mailbox-{options.mails}", options.mails, folder / "work", cores[-1], int(about["purchases"])
        )
        if server is not None:
            runs.serve(bench, server)
        if options.profile:
            runs.profile(bench, options.profile)
            return 0
        results: dict[str, list[Measured]] = {c.name: [] for c in contenders}
        for repetition in range(options.repeat):
            for contender in contenders:
                try:
                    if not contender.served:
                        runs.warm(bench)
                    measured = contender.run(bench)
                except Failed as failure:
                    say(f"  {contender.name}: {failure}")
                    continue
                results[contender.name].append(measured)
                say(
                    f"  {repetition + 1}: {contender.name:20} {options.mails / measured.seconds:>9,.0f} mails/s "
                    f"{measured.seconds:>8.2f} s  {measured.cpu:>8.2f} s of processor  peak {measured.peak:>5.0f} MB"
                )
        resting = None
        if server is not None and (not options.only or "idle" in options.only):
            try:
                resting = runs.idle(bench).peak
            except Failed as failure:
                say(f"  idle: {failure}")
        status = _report(results, bench, resting, strict=options.strict)
        return pages.contend(options.only, status, strict=options.strict)


def _report(results: dict[str, list[Measured]], bench: runs.Bench, resting: float | None, *, strict: bool) -> int:
    speed = {
        name: bench.mails / statistics.median(m.seconds for m in measured)
        for name, measured in results.items()
        if measured
    }
    peak = {name: max(m.peak for m in measured) for name, measured in results.items() if measured}
    work = {name: statistics.median(m.cpu for m in measured) for name, measured in results.items() if measured}
    short = 0
    say("")
    say(f"{'':22}{'mails/s':>10}{'peak MB':>10}   (medians; reading files: on one core)")
    for name, rate in speed.items():
        limit = WANTED_PEAK.get(name)
        mark = "" if limit is None else f"   wanted: peak below {limit:.0f} MB: {_met(peak[name] < limit)}"
        short += limit is not None and peak[name] >= limit
        say(f"{name:22}{rate:>10,.0f}{peak[name]:>10.0f}{mark}")
    for note in bench.notes.items():
        say("  {}: {}".format(*note))
    say("")
    for one, other, wanted in WANTED_RATIOS:
        if one in speed and other in speed:
            ratio = speed[one] / speed[other]
            mark = "" if wanted is None else f"   wanted: at least {wanted:g}: {_met(ratio >= wanted)}"
            if one == "read":  # both ran on one core, so that processor time tells the same without other work in it
                mark += f"   (by processor time: {work[other] / work[one]:.2f})"
            short += wanted is not None and ratio < wanted
            say(f"{one} / {other:22}{ratio:>8.2f}{mark}")
    if resting is not None:
        short += resting >= WANTED_IDLE
        mark = f"wanted: below {WANTED_IDLE:.0f} MB: {_met(resting < WANTED_IDLE)}"
        say(f"run, at rest: {resting:.0f} MB resident   {mark}")
    failed = [name for name, measured in results.items() if not measured]
    for name in failed:
        say(f"{name}: did not run")
    return 1 if failed or (strict and short) else 0


def _met(met: bool) -> str:
    return "yes" if met else "NO"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="How fast the program reads.")
    parser.add_argument("--mails", type=int, default=20_000, help="size of the generated mailbox (default 20000)")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions; the median counts (default 3)")
    parser.add_argument(
        "--only",
        type=lambda names: names.split(","),
        help="of: read, policy.default, notmuch new, mu index, scan, mbsync, idle, pages",
    )
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the generated mailbox here for the next time")
    parser.add_argument("--profile", choices=("read", "scan"), help="tell where the time of one of them goes, and stop")
    parser.add_argument("--strict", action="store_true", help="exit status 1 where less than wanted was reached")
    return parser.parse_args()


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    # Below /tmp, beside the server's folder: the mailbox is then hard-linked into it, not copied.
    folder = keep or Path(tempfile.mkdtemp(prefix="refund-monitor-bench-", dir="/tmp"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder / "work" if keep else folder, ignore_errors=True)


@contextmanager
def _server(wanted: bool) -> Iterator[dovecot.Dovecot | None]:
    if not wanted or found("dovecot") is None:
        yield None
        return
    # On a busy machine the server may answer before it has written its process id, which `start` then misses.
    for attempt in range(5):
        try:
            yield from dovecot.start()
            return
        except FileNotFoundError as error:
            _stop_leftover(str(error.filename).removesuffix("run/master.pid") + "dovecot.conf")
            if attempt == 4:
                raise


def _stop_leftover(config: str) -> None:
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if config.encode() in line.read_bytes().split(b"\0"):
                os.kill(int(line.parent.name), signal.SIGTERM)
        except OSError:
            continue


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
