"""`read`: mail files in, what they say out; nothing is stored.

In charge of reading no more of each mail than it calls for, and of isolating one that cannot be read. The parts meet
here as they do in a pass over a mailbox: header, triage, then, for candidates only, the whole mail, its verdict and
its values.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from monitor import mailfiles, parse
from monitor.knowledge import Knowledge
from monitor.run.chain import Chain
from monitor.types import Finding, Header, Kind, Mail, RawMail, Verdict

OWN = "it comes from one of the user's own addresses"


class Read(NamedTuple):  # made in a quarter of the time of a frozen dataclass: there is one for each mail
    """What became of one mail. `mail` and `finding` are None where the header alone ruled it out.

    `header` is but a glimpse (`parse.glimpse`) where it alone decided. `file` is the path as it was given; of a
    further mail in an mbox, with the offset of that mail behind a colon.
    """

    file: str
    header: Header | None
    mail: Mail | None
    verdict: Verdict
    finding: Finding | None


def read_paths(
    paths: Sequence[Path], knowledge: Knowledge, *, now: datetime, own: frozenset[str] = frozenset(),
    max_body: int = mailfiles.MAX_BODY, unusable: Callable[[str], None] | None = None,
    progress: Callable[[int, int | None], None] | None = None, stumbled: Callable[[Exception], None] | None = None,
    header_decides: bool = True, brief: bool = False,
) -> Iterator[Read]:  # fmt: skip
    """Every mail below `paths`, in a stable order, a few at a time.

    A mail that cannot be read is `other` with the reason. A path that cannot be used goes to `unusable` as a plain
    sentence, and the others are read all the same. `own`: the user's addresses. `progress` hears how many bytes
    have been read in all, `stumbled` the errors of our own that cost a mail. `header_decides`, `brief`: see `read`.
    """
    done = 0
    stages = _Stages(Chain(knowledge, own, now), stumbled, max_body, header_decides=header_decides, brief=brief)
    gc.freeze()  # what was loaded until here stays; looked through for garbage again and again, it cost 5 % and more
    for path in paths:
        hidden: list[str] = []
        walk = mailfiles.walk([path], max_body=max_body, on_problem=hidden.append, beginnings=header_decides)
        try:
            for file, read in _together(walk, _place(path), stages):
                yield read
                done += file.size
                if progress is not None:
                    progress(done, None)
        except mailfiles.MailFilesError as error:
            if unusable is not None:
                unusable(str(error))
        for sentence in hidden:  # a file on the way that may not be read
            yield Read(str(path), None, None, unreadable(sentence), None)


def read(
    raw: RawMail, file: str, knowledge: Knowledge, *, now: datetime, own: frozenset[str] = frozenset(),
    stumbled: Callable[[Exception], None] | None = None, header_decides: bool = True,
    max_body: int = mailfiles.MAX_BODY, brief: bool = False,
) -> Read:  # fmt: skip
    """One mail: what its header says, and, where that makes it a candidate, what the whole of it says.

    `header_decides=False`: the whole of it is read whatever the header says. Where `raw` holds only the beginning of a
    file, the rest, up to `max_body` bytes, is read for a candidate. `brief`: of the values only those that the
    machine-readable output has.
    """
    chain = Chain(knowledge, own, now)
    stages = _Stages(chain, stumbled, max_body, header_decides=header_decides, brief=brief)
    return next(read for _, read in _together([raw], lambda _: file, stages))


HEADERS_TOGETHER = 64
CANDIDATES_TOGETHER = 64
BYTES_TOGETHER = 4_000_000  # of the mails that one stage is given at once: it bounds the memory
MAILS_TOGETHER = 1_000


@dataclass(slots=True)
class _Mail:
    """A mail on its way through the stages, and in the end what became of it."""

    file: str
    raw: RawMail | None
    size: int
    header: Header | None = None
    own: bool = False
    mail: Mail | None = None
    verdict: Verdict | None = None
    read: Read | None = None


def _together(
    walk: Iterable[RawMail], place: Callable[[RawMail], str], stages: _Stages
) -> Iterator[tuple[_Mail, Read]]:  # fmt: skip
    """Every mail of `walk` with what became of it, in their order.

    Each stage is given several mails in a row: its code and its tables are then still in the processor's caches, which
    the other stages fill with theirs. It is a sixth of the time.
    """
    queue: list[_Mail] = []
    candidates: list[_Mail] = []
    fresh: list[_Mail] = []
    size = 0  # of the fresh ones
    stopped: mailfiles.MailFilesError | None = None
    mails = iter(walk)
    while True:
        try:
            raw = next(mails, None)
        except mailfiles.MailFilesError as error:  # what was read before it counts
            raw, stopped = None, error
        if raw is not None:
            fresh.append(_Mail(place(raw), raw, raw.size))
            size += raw.size
        if raw is None or len(fresh) >= HEADERS_TOGETHER or size >= BYTES_TOGETHER:
            stages.run(fresh, stages.first)
            queue += fresh
            candidates += [one for one in fresh if one.read is None]
            fresh, size = [], 0
            if (
                raw is None or len(candidates) >= CANDIDATES_TOGETHER or len(queue) >= MAILS_TOGETHER
                or sum(one.size for one in candidates) >= BYTES_TOGETHER
            ):  # fmt: skip
                for stage in (stages.whole, stages.verdict, stages.finding):
                    stages.run(candidates, stage)
                for one in queue:
                    if one.read is not None:
                        yield one, one.read
                queue, candidates = [], []
        if raw is None:
            break
    if stopped is not None:
        raise stopped


@dataclass(slots=True)
class _Stages:
    """The stages, each of which leaves its result in the mail; the last that a mail comes to leaves `read`."""

    chain: Chain
    stumbled: Callable[[Exception], None] | None
    max_body: int
    header_decides: bool
    brief: bool

    def run(self, mails: list[_Mail], stage: Callable[[_Mail], None]) -> None:
        """One stage for all mails that are not yet decided; one that cannot be read costs no other."""
        for one in mails:
            if one.read is None:
                try:
                    stage(one)
                except Exception as error:  # noqa: BLE001 - one bad mail costs one line; the error may quote the mail
                    if self.stumbled is not None:
                        self.stumbled(error)
                    why = unreadable(f"the mail could not be read ({type(error).__name__})")
                    one.read = Read(one.file, one.header, one.mail, why, None)

    def first(self, one: _Mail) -> None:
        """What the beginning of its header says: whether it is a candidate, or the user's own."""
        assert one.raw is not None  # for the type checker
        content = one.raw.content
        header = one.header = parse.glimpse(content)
        if header.sender.email in self.chain.own:
            header = one.header = parse.header(content)  # whether the user wrote it hangs on the authentication
            one.own = self.chain.is_own(header)
        first = self.chain.triage(header)
        if self.header_decides and not first.candidate and not one.own:
            one.read = Read(one.file, header, None, _ruled_out(first.reason), None)
            one.raw = None

    def whole(self, one: _Mail) -> None:
        """The whole of a candidate."""
        assert one.raw is not None and one.header is not None
        raw, one.raw = one.raw, None
        if raw.account == mailfiles.ACCOUNT and len(raw.content) < raw.size and not raw.left_out:
            raw = mailfiles.read(raw.folder, raw.uid, max_body=self.max_body) or raw
        mail = one.mail = self.chain.mail(raw)
        if one.own and self.chain.is_letter(one.header, mail):
            one.read = Read(one.file, mail.header, mail, Verdict(Kind.OWN_LETTER, None, "und", OWN), None)

    def verdict(self, one: _Mail) -> None:
        """What it is about."""
        assert one.mail is not None
        one.verdict = self.chain.verdict(one.mail)

    def finding(self, one: _Mail) -> None:
        """Its values."""
        assert one.mail is not None and one.verdict is not None
        found = self.chain.finding(one.mail, one.verdict, brief=self.brief)
        one.read = Read(one.file, one.mail.header, one.mail, one.verdict, found)


@lru_cache(64)
def _ruled_out(why: str) -> Verdict:
    """The verdict on a mail that its header rules out: nineteen of twenty have one of a few."""
    return Verdict(Kind.OTHER, None, "und", why)


def unreadable(why: str) -> Verdict:
    """The verdict on a mail that could not be read."""
    return Verdict(Kind.OTHER, None, "und", why)


def _place(given: Path) -> Callable[[RawMail], str]:
    """How the place of a mail is shown: below the path as the user gave it."""
    whole, shown = str(given.absolute()), str(given)

    def place(raw: RawMail) -> str:
        file = shown + raw.folder[len(whole) :] if raw.folder.startswith(whole) else raw.folder
        return f"{file}:{raw.uid}" if raw.uid else file

    return place
