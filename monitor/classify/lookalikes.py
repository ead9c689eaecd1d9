"""Who pretends to be a known shop. In charge of comparing a sender's name and domain with those of the shops in
`knowledge`; what becomes of the mail is up to others."""

from __future__ import annotations

from monitor.knowledge import Knowledge
from monitor.types import Header


def lookalike(header: Header, knowledge: Knowledge) -> str | None:
    """Why the sender seems to imitate a known shop, as a plain English sentence; None if he does not."""
    return None
