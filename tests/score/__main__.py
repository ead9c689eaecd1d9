"""The command line of the score, and its table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor import knowledge
from monitor.knowledge import Knowledge
from monitor.run import output, reading
from monitor.types import RawMail
from tests.score.figures import Figures, figures
from tests.score.labelled import FIELDS, Labelled, Unusable, corpus, own

Readings = dict[str, dict[str, Any]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Score a folder, or the project's own sample mails. Status 1 where the folder cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m tests.score", description=__doc__)
    parser.add_argument("corpus", nargs="?", type=Path, help="a folder with labels.jsonl; by default our own mails")
    parser.add_argument("--wrong", action="store_true", help="name the mails and fields that were read wrong")
    chosen = parser.parse_args(arguments)
    try:
        mails, absent = corpus(chosen.corpus) if chosen.corpus else (own(), 0)
    except Unusable as error:
        print(error, file=sys.stderr)
        return 1
    if not mails:
        print("There is no mail to any label.", file=sys.stderr)
        return 1
    known, generic = knowledge.load(), knowledge.load(generic_only=True)
    every_day = read(mails, known)
    for line in table(mails, every_day, read(mails, generic), read(mails, known, header_decides=False), absent):
        print(line)
    if chosen.wrong:
        print()
        print("\n".join(figures(mails, every_day).wrong))
    return 0


def read(mails: Iterable[Labelled], known: Knowledge, *, header_decides: bool = True) -> Readings:
    """What `refund-monitor read --json` says of each mail, by its name."""
    now = datetime.now(UTC)
    found: Readings = {}
    for mail in mails:
        raw = RawMail("score", mail.name, 0, 0, None, mail.content, len(mail.content))
        done = reading.read(raw, mail.name, known, now=now, own=mail.own, header_decides=header_decides)
        found[mail.name] = output.reading_json(done.file, done.verdict, done.finding)
    return found


def table(
    mails: Sequence[Labelled], every_day: Readings, generic: Readings, whole: Readings, absent: int = 0
) -> Iterable[str]:
    """The lines of the report."""
    on, off, unled = figures(mails, every_day), figures(mails, generic), figures(mails, whole)
    purchases = sum(mail.kind != "other" for mail in mails)
    yield f"{len(mails)} mails, {purchases} about purchases" + (f"; {absent} labels without a mail" if absent else "")
    yield ""
    yield f"{'':28}{'with layouts':>20}{'--generic-only':>20}"
    rows: list[tuple[str, Callable[[Figures], object]]] = [
        ("detection recall", lambda of: of.found), ("detection precision", lambda of: of.true),
        ("false alarms", lambda of: of.alarms), ("kind", lambda of: of.kinds),
    ]  # fmt: skip
    for name in FIELDS:
        rows.append((f"{name} recall", lambda of, name=name: of.recall[name]))
        rows.append((f"{name} precision", lambda of, name=name: of.precision[name]))
    for title, figure in rows:
        yield f"{title:28}{figure(on)!s:>20}{figure(off)!s:>20}"
    yield ""
    yield f"{'detection recall':28}{'header decides':>20}{'every mail whole':>20}"
    yield f"{'':28}{on.found!s:>20}{unled.found!s:>20}"
    lost = sorted(set(on.missed) - set(unled.missed))
    yield "  lost by the header: " + (", ".join(lost) if lost else "none")
    for title, key in (("language", _language), ("source", _source)):
        yield ""
        yield from _groups(title, key, mails, every_day, generic)


def _language(mail: Labelled) -> str:
    return mail.language


def _source(mail: Labelled) -> str:
    return mail.source


_SHORT = {"order_number": "number", "tracking_number": "tracking", "payment_method": "payment"}


def _groups(
    title: str, key: Callable[[Labelled], str], mails: Sequence[Labelled], every_day: Readings, generic: Readings
) -> Iterable[str]:
    """Recall group by group; where layouts make a difference, a second line without them."""
    columns = ("mails", "alarms", "found", "kind", *(_SHORT.get(name, name) for name in FIELDS))
    width = min(48, max(28, 2 + max(len(key(mail)) for mail in mails)))
    yield f"recall by {title}".ljust(width) + "".join(f"{column:>10}" for column in columns)
    groups: dict[str, list[Labelled]] = {}
    for mail in mails:
        groups.setdefault(key(mail), []).append(mail)
    for name, members in sorted(groups.items()):
        lines = [_group(figures(members, readings)) for readings in (every_day, generic)]
        yield name[: width - 1].ljust(width) + lines[0]
        if lines[0] != lines[1]:
            yield "  --generic-only".ljust(width) + lines[1]


def _group(of: Figures) -> str:
    shares = [of.found, of.kinds, *(of.recall[name] for name in FIELDS)]
    return f"{of.mails:>10}{of.alarms.part:>10}" + "".join(
        f"{f'{share.part}/{share.whole}' if share.whole else '-':>10}" for share in shares
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BrokenPipeError:  # whoever reads has seen enough
        sys.stderr.close()
        sys.exit(1)
