"""One mail: from its header, whether the body is wanted; from its body, the rows that are kept of it.

In charge of isolating a mail that a stage stumbles over, of telling the program's own mails from others, of what a
second look can change, and of what is kept of whom: of a mail that is not about a purchase no subject and no text.
The order of the stages is that of `chain`. It reads no mailbox and writes no store.
"""

from __future__ import annotations

import binascii
import re
import string
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import repeat

from monitor import classify, parse
from monitor.classify import Known
from monitor.knowledge import Knowledge, domains
from monitor.link import fold_number
from monitor.run.chain import Chain
from monitor.store.codec import pack_raw, pack_reading
from monitor.store.words import MailRow, PackedRaw, PackedReading, RawRow
from monitor.types import Authentication, Header, Kind, Mail, Problem, RawMail, Reading, Triage, Verdict

READER_VERSION = "2"
"""Goes into every mail row; a better reader raises it and reads again what an older one saw."""

# Few words have three digits, so these are looked for first.
_THREE_DIGITS = re.compile(r"[0-9](?:[A-Za-z_/-]{0,39}[0-9]){2}")
_SIGNS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/-")
_WITHOUT_BREAK = re.compile(r"[A-Za-z0-9_/-]+")
# Hangul and kana may touch the number on either side.
_MENTION = re.compile(
    r"(?<![A-Za-z0-9_.@/-])(?=(?:[A-Za-z_/-]{0,39}[0-9]){3})([A-Za-z0-9][A-Za-z0-9_/-]{3,39})(?![A-Za-z0-9_@])"
)
_MENTIONS = 60

_NOT_A_PURCHASE = frozenset({Kind.OTHER, Kind.OWN_LETTER, Kind.AUTO_REPLY, Kind.SELLER_REPLY, Kind.BOUNCE})
"""Kinds that matter only where they belong to an order: kept for the moment, dropped after linking if they don't."""


Job = tuple[RawMail, Header, str | None, bool, Mail | None]
"""A candidate with its header, the authserv-id that is believed, whether it answers a known mail, and the parsed mail
where that was done already; then the raw one needs no content."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored of one mail. `mentions`: what may be order numbers in a mail that was read in vain."""

    mail: MailRow
    raw: PackedRaw | None = None
    reading: PackedReading | None = None
    problem: Problem | None = None
    mentions: tuple[str, ...] = ()


class Reader:
    """Reads the mails of one pass. `threads` grows with every candidate: what answers it is one too."""

    def __init__(
        self, knowledge: Knowledge, *, own: frozenset[str], program: Iterable[str], known: Known,
        threads: Iterable[str], now: datetime,
    ) -> None:  # fmt: skip
        self._chain = Chain(knowledge, own, now)
        self._knowledge, self._own, self._now = knowledge, own, now
        self._program = frozenset(program)
        self._known = known
        self._all_known = False  # orders of this very pass are not among them
        self.threads = {*threads, *self._program}
        self._notes: dict[str, array[int]] = {}  # of mails read in vain: hashes of what they answer and mention

    def know(self, known: Known) -> None:
        """From here on these sellers, their order numbers and threads are known, as of everything stored so far."""
        self._known = replace(known, case_numbers=self._known.case_numbers)
        self._all_known = True
        self.threads |= known.message_ids

    def thread_hashes(self) -> frozenset[int]:
        """What the Message-IDs of all known threads hash to in this process."""
        return frozenset(map(hash, self.threads))

    def header(self, raw: bytes, authserv_id: str | None, received_at: datetime | None = None) -> Header:
        """The header of a mail; never raises. `received_at`: where the mailbox tells when it came."""
        return parse.header(raw, authserv_id=authserv_id, received=received_at is None)

    def decide(self, header: Header) -> Triage:
        """Whether the body is wanted. Remembers the thread of a candidate."""
        triage = self._decide(header)
        if triage.candidate and header.message_id:
            self.threads.add(header.message_id)
        return triage

    def _decide(self, header: Header) -> Triage:
        if header.message_id in self._program:
            return Triage(False, "sent by this program")
        if self._chain.is_own(header):
            return Triage(True, "the user's own letter")
        if self.in_thread(header):
            return Triage(True, "an answer in a known thread")
        return self._chain.triage(header, self._known)

    def in_thread(self, header: Header) -> bool:
        """Whether a mail answers one that is known to be about a purchase, or may be."""
        return bool(header.references) and not self.threads.isdisjoint(header.references)

    def is_from(self, header: Header, addresses: frozenset[str]) -> bool:
        """Whether a mail comes from one of these addresses, or wants its answer there."""
        return header.sender.email in addresses or (header.reply_to is not None and header.reply_to.email in addresses)

    def ruled_out(self, header: Header, received_at: datetime | None, reason: str) -> MailRow:
        """What is kept of a mail whose header was enough."""
        return self._row(header, self.received(header, received_at), Kind.OTHER, reason)

    def received(self, header: Header, received_at: datetime | None) -> datetime:
        """When it came: INTERNALDATE, else the topmost Received, else Date, else the time of the pass."""
        return received_at or header.received_at or header.sent_at or self._now

    def read(self, raw: RawMail, header: Header, authserv_id: str | None, in_thread: bool | None = None) -> Kept:
        """What is kept of a candidate. A stage that fails costs a problem, never the pass.

        `in_thread`: whether it answers a known mail, where that was asked already.
        """
        if in_thread is None:
            in_thread = self.in_thread(header)
        if (kept := self.passed_over(raw, header, in_thread)) is not None:
            return kept
        return self.with_raw(self.understood(raw, header, authserv_id, in_thread), header, raw)

    def parsed(self, raw: RawMail, header: Header, authserv_id: str | None) -> Mail | None:
        """The first step of `understood`; None where it fails, which is for that one to say."""
        try:
            return self._chain.mail(replace(raw, received_at=self.received(header, raw.received_at)), authserv_id)
        except Exception:  # noqa: BLE001 - it is met again, and recorded, in `understood`
            return None

    def understood(
        self, raw: RawMail, header: Header, authserv_id: str | None, in_thread: bool, mail: Mail | None = None
    ) -> Kept:
        """`read` without the mail as it came. `mail`: where it was parsed already; then `raw` needs no content."""
        return self.understood_together([(raw, header, authserv_id, in_thread, mail)])[0]

    def understood_together(self, jobs: Sequence[Job]) -> list[Kept]:
        """`understood` of several mails, stage by stage.

        The code and the tables of a stage are then still in the processor's caches, which the other stages fill with
        theirs: it is a sixth of the time.
        """
        mails = [self._stages(*job) for job in jobs]
        for _ in range(2):  # parsed, classified
            for mail in mails:
                next(mail)
        return [kept for mail in mails if (kept := next(mail)) is not None]

    def _stages(
        self, raw: RawMail, header: Header, authserv_id: str | None, in_thread: bool, mail: Mail | None
    ) -> Iterator[Kept | None]:
        """Stops behind each stage; the third stop brings what is kept, whether or not a stage failed."""
        received_at = self.received(header, raw.received_at)
        chain = self._chain
        left = 3
        try:
            if mail is None:
                mail = chain.mail(replace(raw, received_at=received_at), authserv_id)
            left -= 1
            yield None
            verdict = chain.verdict(mail)
            imitates = None if chain.is_own(header) else classify.lookalike(header, self._knowledge)
            if imitates:
                header = replace(header, authentication=Authentication.FAIL, authentication_detail=imitates)
            left -= 1
            yield None
            kept = self._kept(raw, mail, header, verdict, in_thread)
        except Exception as error:  # noqa: BLE001 - the loop that isolates mails; what it caught is recorded
            stage = chain.stage
            row = self._row(header, received_at, None, f"could not be read: {stage} failed", candidate=True)
            problem = Problem(
                stage,
                f"A mail could not be read ({stage}: {type(error).__name__}). It is kept as it came and read again by "
                "`refund-monitor rebuild`, best with a newer version.",
                header.identity,
            )
            kept = Kept(row, problem=problem)
            yield from repeat(None, left - 1)
        yield kept

    def with_raw(self, kept: Kept, header: Header, raw: RawMail) -> Kept:
        """With the mail as it came, where that is kept: of a purchase, and of one that could not be read."""
        if kept.reading is None and kept.problem is None:
            return kept
        return replace(kept, raw=pack_raw(RawRow(header.identity, raw.content, raw.size, raw.left_out)))

    def passed_over(self, raw: RawMail, header: Header, in_thread: bool) -> Kept | None:
        """What is kept of a candidate that need not be read: his newsletter, in which none of his orders stands."""
        if not self._says_nothing(header, raw.content, in_thread):
            return None
        reason = "from a list or newsletter of a seller, and it names none of his orders"
        return Kept(self._row(header, self.received(header, raw.received_at), Kind.OTHER, reason, candidate=True))

    def again(
        self, raw: RawMail, identity: str, authserv_id: str | None, *, in_vain: bool = False,
        senders: frozenset[str] = frozenset(),
    ) -> Kept | None:  # fmt: skip
        """What is kept of a mail at the second look; None where there is nothing new to say of it.

        The arguments are those of `worth_another_look`.
        """
        header = self.worth_another_look(raw, identity, authserv_id, in_vain=in_vain, senders=senders)
        return None if header is None else self.read(raw, header, authserv_id)

    def worth_another_look(
        self, raw: RawMail, identity: str, authserv_id: str | None, *, in_vain: bool, senders: frozenset[str]
    ) -> Header | None:
        """The header of a mail that has to be read at the second look; None where that could tell nothing new.

        `identity`: that of the mail which has to lie there. `in_vain`: its body said nothing of a purchase, so only
        its place in a thread or an order number can tell more. `senders`: where given, only mails of theirs count.
        """
        header = self.header(raw.content, authserv_id, raw.received_at)
        if header.identity != identity or (senders and not self.is_from(header, senders)):
            return None
        if in_vain and not self.in_thread(header) and not contains_any(raw.content, self._numbers(header)):
            return None
        return header

    def note(self, header: Header, kept: Kept) -> None:
        """Remember what a mail that was read in vain answers and mentions."""
        if kept.reading is None and kept.problem is None and kept.mail.kind == Kind.OTHER.value:
            words = [fold_number(word) for word in kept.mentions]
            self._notes[header.identity] = array("q", map(hash, (*header.references, *words)))

    def says_the_same(self, mail: MailRow, numbers: Iterable[str], threads: frozenset[int]) -> bool:
        """Whether a mail that was read in vain in this pass answers none of these threads and names no such number.

        `threads`: as `thread_hashes` gives them.
        """
        note = self._notes.get(mail.identity)
        if note is None:
            return False
        return threads.isdisjoint(note) and {hash(fold_number(number)) for number in numbers}.isdisjoint(note)

    def _kept(self, raw: RawMail, mail: Mail, header: Header, verdict: Verdict, in_thread: bool) -> Kept:
        own = self._chain.is_own(header)
        if self._chain.is_letter(header, mail):
            verdict = replace(verdict, kind=Kind.OWN_LETTER)
        weak = verdict.kind in _NOT_A_PURCHASE
        row = self._row(header, mail.received_at, verdict.kind, verdict.reason, candidate=True)
        if verdict.kind is Kind.OTHER and not own:
            if not self._concerns(header, mail, in_thread):
                return Kept(row, mentions=mentions(header.subject, mail.text, mail.quoted))
            if self._names_no_order(header, mail, in_thread):
                return Kept(row)
        finding = self._chain.finding(mail, verdict)
        if verdict.kind is Kind.DISPUTE_UPDATE and finding.order_number is None:
            weak = True  # a card company's, which names the order by the way, if at all
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
        return Kept(replace(row, purchase=True), reading=pack_reading(reading))

    def _says_nothing(self, header: Header, content: bytes, in_thread: bool) -> bool:
        """A seller's advert or newsletter in which no order number of his stands: nothing could link it."""
        if not self._all_known or in_thread or not (header.bulk or header.advert) or self._chain.is_own(header):
            return False
        if classify.triage(header, self._knowledge).candidate:  # by its own words
            return False
        return not contains_any(content, self._numbers(header))

    def _names_no_order(self, header: Header, mail: Mail, in_thread: bool) -> bool:
        """A mail of a known seller, in no thread, with no order number of his: linking would drop it again."""
        if not self._all_known or in_thread or mail.forwarded is not None or self._names_a_case(header):
            return False
        text = f"{header.subject}\n{mail.text}\n{mail.quoted}"
        return not any(number in text for number in self._numbers(header))

    def _numbers(self, header: Header) -> tuple[str, ...]:
        numbers = self._known.numbers
        of_orders = numbers.get(registrable(header.sender.domain)) or numbers.get(header.sender.email, ())
        return (*of_orders, *self._known.case_numbers)

    def _concerns(self, header: Header, mail: Mail, in_thread: bool) -> bool:
        """Whether a mail without purchase words may still be about one: in a known thread, or from a known seller."""
        return (
            in_thread
            or registrable(header.sender.domain) in self._known.domains
            or header.sender.email in self._known.addresses
            or mail.forwarded is not None
            or self._names_a_case(header)
        )

    def _names_a_case(self, header: Header) -> bool:
        return any(number in header.subject for number in self._known.case_numbers)

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
        if not self._chain.is_own(header):
            return registrable(header.sender.domain)
        return next((registrable(a.domain) for a in header.to if a.email and a.email not in self._own), "")


_NO_BASE64 = bytes(set(range(256)) - set(string.ascii_letters.encode() + string.digits.encode() + b"+/"))  # nor padding
_END_OF_HEADER = re.compile(rb"\n\r?\n")
_LONGEST_HEADER = 2_000  # bytes of a part's header behind its encoding
_LONGEST_BLOCK = 400_000


def contains_any(content: bytes, numbers: Iterable[str]) -> bool:
    """Whether one of the order numbers stands in a mail's bytes: as they came, unfolded, or behind base64."""
    wanted, shared = _in_bytes(tuple(numbers))
    if not wanted:
        return False
    flat = content.replace(b"=\r\n" if b"\r\n" in content[:1000] else b"=\n", b"")
    if shared in flat and any(number in flat for number in wanted):
        return True
    lowered = content.lower()
    at = -1
    while (at := lowered.find(b"base64", at + 1)) >= 0:
        if not lowered.startswith(b"content-transfer-encoding:", lowered.rfind(b"\n", 0, at) + 1):
            continue
        start = _END_OF_HEADER.search(content, at, at + _LONGEST_HEADER)
        if start is None:
            continue
        end = content.find(b"\n--", start.end(), start.end() + _LONGEST_BLOCK)  # the next boundary
        block = content[start.end() : end if end >= 0 else start.end() + _LONGEST_BLOCK].translate(None, _NO_BASE64)
        text = binascii.a2b_base64(block[: len(block) // 4 * 4])
        if shared in text and any(number in text for number in wanted):
            return True
    return False


@lru_cache(maxsize=64)
def _in_bytes(numbers: tuple[str, ...]) -> tuple[list[bytes], bytes]:
    """Order numbers as they stand in mails, and how all of them begin: where that does not occur, none of them does."""
    wanted = [number.encode("utf-8", "replace") for number in numbers]
    return wanted, _beginning(wanted) if wanted else b""


def _beginning(numbers: list[bytes]) -> bytes:
    first, last = min(numbers), max(numbers)
    length = 0
    while length < len(first) and first[length] == last[length]:
        length += 1
    return first[:length]


@lru_cache(maxsize=8192)
def registrable(domain: str) -> str:
    """The registrable domain, or the domain itself where there is none (bare host names)."""
    return domains.registrable(domain) or domain


def mentions(*texts: str) -> tuple[str, ...]:
    """Words that may be order numbers: at least three digits, at most 40 signs; each once, at most 60."""
    found: dict[str, None] = {}
    for text in texts:
        text = text[:100_000]
        end = 0
        while digits := _THREE_DIGITS.search(text, end):
            # what stands around them without a break, and the sign before and behind it
            start = digits.start()
            while start > end and text[start - 1] in _SIGNS:
                start -= 1
            end = _WITHOUT_BREAK.match(text, start).end()  # type: ignore[union-attr]  # a digit at least
            for match in _MENTION.finditer(text[max(0, start - 1) : end + 1]):
                word = match[1].strip("-_/")
                if sum(map(str.isdigit, word)) >= 3:
                    found[word] = None
                    if len(found) >= _MENTIONS:
                        return tuple(found)
    return tuple(found)
