"""One mail: from its header, whether the body is wanted; from its body, the rows that are kept of it.

In charge of isolating a mail that a stage stumbles over, of telling the user's own letters and the program's own
mails from others, and of what is kept of whom: of a mail that is not about a purchase no subject and no text.
It reads no mailbox and writes no store.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from monitor import classify, extract, parse
from monitor.classify import Known
from monitor.knowledge import Knowledge
from monitor.parse.authentication import organisational
from monitor.run import taught
from monitor.store.words import MailRow, RawRow
from monitor.types import Authentication, Header, Kind, Mail, Problem, RawMail, Reading, Triage, Verdict

READER_VERSION = "2"
"""Goes into every mail row; a better reader raises it and reads again what an older one saw."""

# Hangul and kana may touch the number on either side
_MENTION = re.compile(r"(?<![A-Za-z0-9_.@/-])([A-Za-z0-9][A-Za-z0-9_/-]{3,39})(?![A-Za-z0-9_@])")
_MENTIONS = 60

_NOT_A_PURCHASE = frozenset({Kind.OTHER, Kind.OWN_LETTER, Kind.AUTO_REPLY, Kind.SELLER_REPLY, Kind.BOUNCE})
"""Kinds that matter only where they belong to an order: kept for the moment, dropped after linking if they don't."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored of one mail."""

    mail: MailRow
    raw: RawRow | None = None
    reading: Reading | None = None
    problem: Problem | None = None


class Reader:
    """Reads the mails of one pass. `threads` grows with every candidate: what answers it is one too."""

    def __init__(
        self, knowledge: Knowledge, *, own: frozenset[str], program: Iterable[str], known: Known,
        threads: Iterable[str], now: datetime,
    ) -> None:  # fmt: skip
        self._knowledge, self._own, self._now = knowledge, own, now
        self._program = frozenset(program)
        self._known = known
        self._all_known = False  # orders of this very pass are not among them
        self._threads = {*threads, *self._program}

    def know(self, known: Known) -> None:
        """From here on these sellers, their order numbers and threads are known, as of everything stored so far."""
        self._known = known
        self._all_known = True
        self._threads |= known.message_ids

    def thread_hashes(self) -> frozenset[int]:
        """What the Message-IDs of all known threads hash to in this process."""
        return frozenset(map(hash, self._threads))

    def header(self, raw: bytes, authserv_id: str | None) -> Header:
        """The header of a mail; never raises."""
        return parse.header(raw, authserv_id=authserv_id)

    def decide(self, header: Header) -> Triage:
        """Whether the body is wanted. Remembers the thread of a candidate."""
        triage = self._decide(header)
        if triage.candidate and header.message_id:
            self._threads.add(header.message_id)
        return triage

    def _decide(self, header: Header) -> Triage:
        if header.message_id in self._program:
            return Triage(False, "sent by this program")
        if self.is_own(header):
            return Triage(True, "the user's own letter")
        if any(reference in self._threads for reference in header.references):
            return Triage(True, "an answer in a known thread")
        if taught.is_candidate(header, self._knowledge):
            return taught.CANDIDATE
        return classify.triage(header, self._knowledge, self._known)

    def is_own(self, header: Header) -> bool:
        """Whether the user wrote it: his address in From, and not forged as far as the receiving server can tell."""
        return header.sender.email in self._own and header.authentication is not Authentication.FAIL

    def ruled_out(self, header: Header, received_at: datetime | None, reason: str) -> MailRow:
        """What is kept of a mail whose header was enough."""
        return self._row(header, self.received(header, received_at), Kind.OTHER, reason)

    def received(self, header: Header, received_at: datetime | None) -> datetime:
        """When it came: INTERNALDATE, else the topmost Received, else Date, else the time of the pass."""
        return received_at or header.received_at or header.sent_at or self._now

    def read(self, raw: RawMail, header: Header, authserv_id: str | None) -> Kept:
        """What is kept of a candidate. A stage that fails costs a problem, never the pass."""
        received_at = self.received(header, raw.received_at)
        if self._says_nothing(header, raw.content):
            reason = "from a list or newsletter of a seller, and it names none of his orders"
            return Kept(self._row(header, received_at, Kind.OTHER, reason, candidate=True))
        stage = "parse"
        try:
            mail = parse.mail(replace(raw, received_at=received_at), now=self._now, authserv_id=authserv_id)
            stage = "classify"
            verdict = taught.verdict(mail, classify.classify(mail, self._knowledge), self._knowledge)
            imitates = None if self.is_own(header) else classify.lookalike(header, self._knowledge)
            if imitates:
                header = replace(header, authentication=Authentication.FAIL, authentication_detail=imitates)
            stage = "extract"
            return self._kept(raw, mail, header, verdict)
        except Exception as error:  # noqa: BLE001 - the loop that isolates mails; what it caught is recorded
            row = self._row(header, received_at, None, f"could not be read: {stage} failed", candidate=True)
            problem = Problem(
                stage,
                f"A mail could not be read ({stage}: {type(error).__name__}). It is kept as it came and read again by "
                "`refund-monitor rebuild`, best with a newer version.",
                header.identity,
            )
            return Kept(row, RawRow(header.identity, raw.content, raw.size, raw.left_out), None, problem)

    def _kept(self, raw: RawMail, mail: Mail, header: Header, verdict: Verdict) -> Kept:
        own = self.is_own(header)
        to_himself = own and mail.forwarded is not None and all(address.email in self._own for address in header.to)
        if own and not to_himself:
            verdict = replace(verdict, kind=Kind.OWN_LETTER)
        weak = verdict.kind in _NOT_A_PURCHASE
        row = self._row(header, mail.received_at, verdict.kind, verdict.reason, candidate=True)
        if weak and not (own or self._concerns(header, mail) or verdict.kind not in (Kind.OTHER, Kind.OWN_LETTER)):
            return Kept(row)
        if verdict.kind is Kind.OTHER and not own and self._names_no_order(header, mail):
            return Kept(row)
        finding = extract.extract(mail, verdict, self._knowledge)
        bounce = verdict.kind is Kind.BOUNCE
        reading = Reading(
            identity=header.identity,
            message_id=header.message_id,
            references=header.references,
            sender=header.sender,
            reply_to=header.reply_to,
            to=header.to,
            subject=header.subject,
            sent_at=header.sent_at,
            received_at=mail.received_at,
            authentication=header.authentication,
            auto_submitted=header.auto_submitted,
            verdict=verdict,
            finding=finding,
            own=own,
            program=header.message_id in self._program,
            accounts=(raw.account,),
            failed_recipients=parse.failed_recipients(mail) if bounce else (),
            body_mentions=mentions(header.subject, mail.text, mail.quoted) if weak else (),
            links_to=parse.returned_message_ids(mail) if bounce else (),
        )
        content = RawRow(header.identity, raw.content, raw.size or len(raw.content), raw.left_out)
        return Kept(replace(row, purchase=True), content, reading)

    def _says_nothing(self, header: Header, content: bytes) -> bool:
        """A seller's advert or newsletter in which no order number of his stands: nothing could link it."""
        if not self._all_known or not (header.bulk or header.advert) or self.is_own(header):
            return False
        if any(reference in self._threads for reference in header.references):
            return False
        if classify.triage(header, self._knowledge).candidate:  # by its own words
            return False
        return not contains_any(content, self._numbers(header))

    def _names_no_order(self, header: Header, mail: Mail) -> bool:
        """A mail of a known seller, in no thread, with no order number of his: linking would drop it again."""
        if not self._all_known or mail.forwarded is not None:
            return False
        if any(reference in self._threads for reference in header.references):
            return False
        text = f"{header.subject}\n{mail.text}\n{mail.quoted}"
        return not any(number in text for number in self._numbers(header))

    def _numbers(self, header: Header) -> tuple[str, ...]:
        return self._known.numbers.get(registrable(header.sender.domain), ())

    def _concerns(self, header: Header, mail: Mail) -> bool:
        """Whether a mail without purchase words may still be about one: in a known thread, or from a known seller."""
        return (
            any(reference in self._threads for reference in header.references)
            or registrable(header.sender.domain) in self._known.domains
            or header.sender.email in self._known.addresses
            or mail.forwarded is not None
        )

    def _row(
        self, header: Header, received_at: datetime, kind: Kind | None, reason: str, *, candidate: bool = False
    ) -> MailRow:
        return MailRow(
            identity=header.identity,
            message_id=header.message_id,
            sent_at=header.sent_at,
            received_at=received_at,
            counterpart_domain=self.counterpart(header),
            kind=kind.value if kind else None,
            reason=reason,
            candidate=candidate,
            authentication=header.authentication.value,
            reader_version=READER_VERSION,
        )

    def counterpart(self, header: Header) -> str:
        """The registrable domain of the other side: the sender, or whom the user wrote to first."""
        if not self.is_own(header):
            return registrable(header.sender.domain)
        return next((registrable(a.domain) for a in header.to if a.email and a.email not in self._own), "")


_SOFT_BREAK = re.compile(rb"=\r?\n")
_BASE64_PART = re.compile(
    rb"(?i)content-transfer-encoding:[ \t]*base64[\s\S]{0,2000}?\r?\n\r?\n([A-Za-z0-9+/=\r\n]{4,400000})"
)


def contains_any(content: bytes, numbers: Iterable[str]) -> bool:
    """Whether one of the order numbers stands in a mail's bytes: as they came, unfolded, or behind base64."""
    wanted = [number.encode("utf-8", "replace") for number in numbers]
    if not wanted:
        return False
    flat = _SOFT_BREAK.sub(b"", content)
    if any(number in flat for number in wanted):
        return True
    for part in _BASE64_PART.finditer(content):
        block = re.sub(rb"[\r\n]", b"", part[1])
        text = binascii.a2b_base64(block[: len(block) // 4 * 4])
        if any(number in text for number in wanted):
            return True
    return False


@lru_cache(maxsize=8192)
def registrable(domain: str) -> str:
    """The registrable domain, or the domain itself where there is none (bare host names)."""
    return organisational(domain) or domain


def mentions(*texts: str) -> tuple[str, ...]:
    """Words that may be order numbers: at least three digits, at most 40 signs; each once, at most 60."""
    found: dict[str, None] = {}
    for text in texts:
        for match in _MENTION.finditer(text[:100_000]):
            word = match[1].strip("-_/")
            if sum(sign.isdigit() for sign in word) >= 3:
                found[word] = None
                if len(found) >= _MENTIONS:
                    return tuple(found)
    return tuple(found)
