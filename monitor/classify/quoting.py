"""From phrases back to the words of the mail. In charge of finding the lines in which the folded phrases stand."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

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
    everything = "\n".join(found.written.lines)
    pieces = sorted({piece for phrase in phrases[:6] for piece in _pieces_with(everything, phrase, most)})
    if not pieces:
        return
    lines = mail.text[:READ].split("\n")
    ends = list(accumulate(1 + line.count("\t") for line in lines))  # pieces up to the end of each line
    for number in list(dict.fromkeys(bisect_right(ends, piece) for piece in pieces))[:most]:
        line = " ".join(lines[number].split())
        start = 0
        if len(line) > LENGTH:
            plain = "\n".join(filter(None, found.written.lines[ends[number - 1] if number else 0 : ends[number]]))
            at = next((at for at in map(plain.find, phrases[:6]) if at >= 0), 0)
            start = max(0, at - LENGTH // 2)
        yield line[start : start + LENGTH]


def _pieces_with(everything: str, phrase: str, most: int) -> Iterator[int]:
    """The first lines of a text that have a phrase, by number, up to `most` of them."""
    at = everything.find(phrase)
    number = seen = 0
    for _ in range(most):
        if at < 0:
            return
        number += everything.count("\n", seen, at)
        yield number
        seen = at
        at = everything.find(phrase, max(everything.find("\n", at), at + 1))
