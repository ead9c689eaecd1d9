"""The command line of the search. The search itself runs in a process of its own, because a hang or a lack of memory
ends it; it is begun again, with the mails it had found interesting, until the time is over."""

from __future__ import annotations

import argparse
import hashlib
import random
import subprocess
import sys
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST = 1_000_000
HANGS = 30  # seconds after which a mail that never ends is a finding


def main() -> int:
    options = _options()
    if options.again:
        return _again(options.again)
    place: Path = options.folder
    if options.search:
        _search(place, options.search)
    for name in ("corpus", "findings"):
        (place / name).mkdir(parents=True, exist_ok=True)
    before = set((place / "findings").iterdir())
    end = time.monotonic() + options.seconds
    while (left := int(end - time.monotonic())) > 0:
        line = [sys.executable, "-m", "tests.fuzz", "--folder", str(place), "--search", str(left)]
        with (place / "log").open("ab") as log:
            done = subprocess.run(line, cwd=ROOT, stdout=log, stderr=log)
        if done.returncode and end - time.monotonic() > left - 5:
            print(f"the search does not start: see {place / 'log'}", file=sys.stderr)
            return 2
    found = sorted(set((place / "findings").iterdir()) - before)
    for path in found:
        if path.suffix == ".txt":
            print(f"{path.with_suffix('.eml')}: {path.read_text().splitlines()[-1]}")
        elif not path.with_suffix(".txt").exists():
            print(f"{path}: hangs, or needs too much memory")
    print(f"{len({path.stem for path in found})} findings; {len(list((place / 'corpus').iterdir()))} mails kept")
    return 1 if found else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description="Search for mails that break the reading."
    )
    parser.add_argument("--seconds", type=int, default=1800, help="how long (default 1800)")
    parser.add_argument("--folder", type=Path, default=ROOT / ".fuzz", help="where mails and findings are kept")
    parser.add_argument("--again", type=Path, metavar="FILE", help="read one mail and show what happens")
    parser.add_argument("--search", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def _again(path: Path) -> int:
    from tests.fuzz import target

    started = time.process_time()
    target.one(path.read_bytes())
    print(f"{path}: nothing wrong ({time.process_time() - started:.2f} s of processor time)")
    return 0


def _search(place: Path, seconds: int) -> None:
    """Search for so many seconds; does not return."""
    import atheris

    with atheris.instrument_imports(include=["monitor"]):
        from tests.fuzz import target
    from tests.fuzz import mutations, seeds

    begun = list(seeds.seeds())
    for content in begun:
        (place / "corpus" / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)
        target.read(content)  # what is compiled or loaded once is no cost of the mail that happens to come first

    def one(content: bytes) -> None:
        try:
            target.one(content)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            _keep(place, content, error)

    def mutate(content: bytes, longest: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < 0.25:
            changed: bytes = atheris.Mutate(content, longest)
            return changed
        return mutations.change(content, chance, begun, longest)

    atheris.Setup(
        [
            "fuzz", f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-timeout={HANGS}",
            f"-report_slow_units={HANGS}", "-rss_limit_mb=1500",
            "-len_control=0", "-use_value_profile=0", f"-artifact_prefix={place}/findings/", "-print_final_stats=1",
            str(place / "corpus"),
        ],
        one,
        custom_mutator=mutate,
    )  # fmt: skip
    atheris.Fuzz()


def _keep(place: Path, content: bytes, error: Exception) -> None:
    """The shortest mail for each place in the code where something went wrong."""
    frames = traceback.extract_tb(error.__traceback__)
    where = next((f for f in reversed(frames) if "/monitor/" in f.filename), frames[-1])
    words = str(error) if type(error).__name__ == "Broken" else ""
    kind = "".join(c for c in words if c.isalpha())[:40]
    name = f"{type(error).__name__}-{Path(where.filename).stem}-{where.name}-{kind}".rstrip("-")
    path = place / "findings" / f"{name}.eml"
    if not path.exists() or path.stat().st_size > len(content):
        path.write_bytes(content)
        path.with_suffix(".txt").write_text(traceback.format_exc())


if __name__ == "__main__":
    sys.exit(main())
