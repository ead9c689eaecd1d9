"""`read`: mail files in, what they say out; nothing is stored.

In charge of reading no more of each mail than it calls for, and of isolating one that cannot be read. The parts meet
here as they do in a pass over a mailbox: header, triage, then, for candidates only, the whole mail, its verdict and
its values.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from monitor import mailfiles, parse
from monitor.knowledge import Knowledge
from monitor.run.chain import Chain
from monitor.types import Finding, Header, Kind, Mail, RawMail, Verdict

OWN = "it comes from one of the user's own addresses"


@dataclass(frozen=True, slots=True)
class Read:
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
    """Every mail below `paths`, in a stable order, one at a time.

    A mail that cannot be read is `other` with the reason. A path that cannot be used goes to `unusable` as a plain
    sentence, and the others are read all the same. `own`: the user's addresses. `progress` hears how many bytes
    have been read in all, `stumbled` the errors of our own that cost a mail. `header_decides`, `brief`: see `read`.
    """
    done = 0
    chain = Chain(knowledge, own, now)
    gc.freeze()  # what was loaded until here stays; looked through for garbage again and again, it cost 5 % and more
    for path in paths:
        hidden: list[str] = []
        try:
            place = _place(path)
            walk = mailfiles.walk([path], max_body=max_body, on_problem=hidden.append, beginnings=header_decides)
            for raw in walk:
                yield _read(
                    raw, place(raw), chain, stumbled, header_decides=header_decides, max_body=max_body, brief=brief
                )  # fmt: skip
                done += raw.size
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
    return _read(raw, file, chain, stumbled, header_decides=header_decides, max_body=max_body, brief=brief)


def _read(
    raw: RawMail, file: str, chain: Chain, stumbled: Callable[[Exception], None] | None, *, header_decides: bool,
    max_body: int, brief: bool,
) -> Read:  # fmt: skip
    header = mail = None
    try:
        header = parse.glimpse(raw.content)
        if header.sender.email in chain.own:
            header = parse.header(raw.content)  # whether it is the user who wrote it hangs on the authentication
        own = chain.is_own(header)
        first = chain.triage(header)
        if header_decides and not first.candidate and not own:
            return Read(file, header, None, _ruled_out(first.reason), None)
        if raw.account == mailfiles.ACCOUNT and len(raw.content) < raw.size and not raw.left_out:
            raw = mailfiles.read(raw.folder, raw.uid, max_body=max_body) or raw
        mail = chain.mail(raw)
        if own and chain.is_letter(header, mail):
            return Read(file, mail.header, mail, Verdict(Kind.OWN_LETTER, None, "und", OWN), None)
        verdict = chain.verdict(mail)
        return Read(file, mail.header, mail, verdict, chain.finding(mail, verdict, brief=brief))
    except Exception as error:  # noqa: BLE001 - one bad mail costs one line; the error's text may quote the mail
        if stumbled is not None:
            stumbled(error)
        return Read(file, header, mail, unreadable(f"the mail could not be read ({type(error).__name__})"), None)


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
