"""The way of one mail through the stages: header, triage, then the whole of it, its verdict, its values.

In charge of the order of the stages and of where the user's own words come between them (what he taught, what he
wrote himself), once for all who read mails: `reading` for files that nothing is stored of, `intake` for mailboxes.
Knows at which stage a mail stands, so that whoever isolates the mails can name the one that failed. Decides nothing
about threads, keeps nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor import parse
from monitor.classify import Known, classify, triage
from monitor.classify.triage import NOBODY
from monitor.extract import extract
from monitor.knowledge import Knowledge
from monitor.run import taught
from monitor.types import Authentication, Finding, Header, Mail, RawMail, Triage, Verdict


@dataclass(slots=True)
class Chain:
    """The stages with what all of them need: the knowledge, the user's addresses, the moment of taking in."""

    knowledge: Knowledge
    own: frozenset[str]
    now: datetime
    stage: str = "parse"  # the one that works, or worked last

    def is_own(self, header: Header) -> bool:
        """Whether the user wrote it: his address in From, and not forged as far as the receiving server can tell.

        A `parse.glimpse` has no authentication and is not enough for a mail with one of his addresses in From.
        """
        return header.sender.email in self.own and header.authentication is not Authentication.FAIL

    def is_letter(self, header: Header, mail: Mail) -> bool:
        """Whether a mail is a letter of the user's; what he forwards to himself is read as the mail inside."""
        to_himself = mail.forwarded is not None and all(address.email in self.own for address in header.to)
        return self.is_own(header) and not to_himself

    def triage(self, header: Header, known: Known = NOBODY) -> Triage:
        """Whether what the header says makes the mail worth reading; a glimpse is enough."""
        if self.knowledge.layouts.taught and taught.is_candidate(header, self.knowledge):
            return taught.CANDIDATE
        return triage(header, self.knowledge, known)

    def mail(self, raw: RawMail, authserv_id: str | None = None) -> Mail:
        """The whole mail, decoded."""
        self.stage = "parse"
        return parse.mail(raw, now=self.now, authserv_id=authserv_id)

    def verdict(self, mail: Mail) -> Verdict:
        """What the mail is about; what the user taught about its sender comes first."""
        self.stage = "classify"
        return taught.verdict(mail, classify(mail, self.knowledge), self.knowledge)

    def finding(self, mail: Mail, verdict: Verdict, *, brief: bool = False) -> Finding:
        """The values that it states; `brief`: those of the machine-readable output."""
        self.stage = "extract"
        return extract(mail, verdict, self.knowledge, brief=brief)
