"""From phrases back to the words of the mail. In charge of finding the lines in which the folded phrases stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.classify.evidence import READ, Evidence
from monitor.knowledge.phrases import folded
from monitor.types import Header, Kind, Mail

LENGTH = 160


def quotes(mail: Mail, header: Header, found: Evidence, kind: Kind) -> Iterator[str]:
    """The subject, if it speaks for `kind`, and up to two lines of the text that do."""
    if kind in found.in_subject:
        yield header.subject.strip()[:LENGTH]
    yield from lines(mail, found.words.get(kind, ()), found.language)


def lines(mail: Mail, phrases: Sequence[str], language: str, most: int = 2) -> Iterator[str]:
    """Up to `most` lines of the text that have one of the folded `phrases`, as they stand there."""
    if not phrases:
        return
    wanted = tuple(phrases[:6])
    given = 0
    for line in mail.text[:READ].splitlines():
        if not line.strip():
            continue
        plain = folded(line, language)
        at = next((at for at in map(plain.find, wanted) if at >= 0), -1)
        if at < 0:
            continue
        line = " ".join(line.split())
        start = 0 if len(line) <= LENGTH else max(0, at - LENGTH // 2)
        yield line[start : start + LENGTH]
        given += 1
        if given == most:
            return
