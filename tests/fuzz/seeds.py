"""The mails to begin with: those of the demonstration, of the tests and of the bench.

In charge of undoing transfer encodings, so that a change to the bytes is a change to the text.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from datetime import date
from email.message import Message
from pathlib import Path

MAILS = Path(__file__).parents[1] / "mails"


def seeds() -> Iterator[bytes]:
    """Every sample mail as it is, and with its texts in 8 bits; small ones only."""
    for content in _samples():
        if len(content) < 100_000:
            yield content
            bare = _bare(content)
            if bare != content:
                yield bare


def _samples() -> Iterator[bytes]:
    from monitor.demo.samples import deliveries
    from tests.bench.mailbox import mails

    for delivery in deliveries(date(2026, 11, 22)):
        yield delivery.content
    for path in sorted(MAILS.rglob("*.eml")):
        yield path.read_bytes()
    taken = 0
    for mail in mails(400):
        if mail.sort == "purchase" and len(mail.content) < 20_000:
            yield mail.content
            taken += 1
    assert taken


def _bare(content: bytes) -> bytes:
    """The mail with the texts of its parts in 8 bits; as it is where that does not work."""
    message = email.message_from_bytes(content, policy=email.policy.compat32)
    try:
        for part in message.walk():
            if part.get_content_maintype() == "text" and part.get("Content-Transfer-Encoding"):
                _undo(part)
        return message.as_bytes()
    except (ValueError, LookupError, KeyError, AttributeError):
        return content


def _undo(part: Message) -> None:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)
    part.replace_header("Content-Transfer-Encoding", "8bit")
    part.set_payload(data.decode("ascii", "surrogateescape"))
