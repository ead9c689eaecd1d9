"""What a letter that the user wrote himself says of itself: what it declares, and the day that it sets.

In charge of giving its own words, without what it quotes, to `knowledge.letters`. What follows from it for the ladder
is up to `escalate`.
"""

from __future__ import annotations

import re
from dataclasses import replace

from monitor import money
from monitor.extract.context import quoted
from monitor.types import Finding, Mail, Stated, Verdict

_NUMBER = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z_/-]{0,39}[0-9])[A-Za-z0-9][A-Za-z0-9_/-]{3,39}(?![A-Za-z0-9])")
_MOST = 80  # sentences of a letter that are kept


def added(finding: Finding, mail: Mail, verdict: Verdict) -> Finding:
    """The finding of an own letter with what it says; the day that it sets takes the place of any other answer day."""
    from monitor.knowledge import letters  # late: `read` meets no own letter

    header = mail.header
    written = (header.sent_at or mail.received_at).date()
    found = letters.read(header.subject, mail.text, verdict.language, written)
    until = None if found.until is None else Stated(found.until, quoted(found.until_quote), "generic")
    said = Stated(found.family, quoted(found.quote), "generic")
    return replace(finding, says=said, answer_by=until, passages=_passages(mail))


def _passages(mail: Mail) -> tuple[str, ...]:
    """The sentences of a letter with several numbers, of which more than one may be an order's: see
    `knowledge.letters_shared`. () where there is but one number."""
    from monitor.knowledge import letters

    numbers = {match[0] for match in _NUMBER.finditer(f"{mail.header.subject}\n{mail.text}\n{mail.quoted}"[:100_000])}
    if len(numbers) < 2:
        return ()
    return tuple(money.mask_card_numbers(sentence) for sentence in letters.passages(mail.text)[:_MOST])
