"""What a letter that the user wrote himself says of itself: what it declares, and the day that it sets.

In charge of giving its own words, without what it quotes, to `knowledge.letters`. What follows from it for the ladder
is up to `escalate`.
"""

from __future__ import annotations

from dataclasses import replace

from monitor.extract.context import quoted
from monitor.types import Finding, Mail, Stated, Verdict


def added(finding: Finding, mail: Mail, verdict: Verdict) -> Finding:
    """The finding of an own letter with what it says; the day that it sets takes the place of any other answer day."""
    from monitor.knowledge import letters  # late: `read` meets no own letter

    header = mail.header
    written = (header.sent_at or mail.received_at).date()
    found = letters.read(header.subject, mail.text, verdict.language, written)
    until = None if found.until is None else Stated(found.until, quoted(found.until_quote), "generic")
    return replace(finding, says=Stated(found.family, quoted(found.quote), "generic"), answer_by=until)
