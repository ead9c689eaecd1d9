"""From phrases back to the words of the mail. In charge of finding the lines in which the folded phrases stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.classify.evidence import READ, Evidence
from monitor.types import Header, Kind, Mail

LENGTH = 160


def quotes(mail: Mail, header: Header, found: Evidence, kind: Kind) -> Iterator[str]:
    """The subject, if it speaks for `kind`, and up to two lines of the text that do."""
    if kind in found.in_subject:
        yield header.subject.strip()[:LENGTH]
    yield from lines(mail, found.words.get(kind, ()), found)


def lines(mail: Mail, phrases: Sequence[str], found: Evidence, most: int = 2) -> Iterator[str]:
    """Up to `most` lines of the text that have one of the folded `phrases`, as they stand there."""
    wanted = tuple(phrases[:6])
    everything = "\n".join(found.folded)
    if not any(phrase in everything for phrase in wanted):
        return
    given = first = 0
    for line in mail.text[:READ].split("\n"):
        after = first + 1 + line.count("\t")
        plain = "\n".join(filter(None, found.folded[first:after]))
        first = after
        at = next((at for at in map(plain.find, wanted) if at >= 0), -1)
        if at < 0:
            continue
        line = " ".join(line.split())
        start = 0 if len(line) <= LENGTH else max(0, at - LENGTH // 2)
        yield line[start : start + LENGTH]
        given += 1
        if given == most:
            return
