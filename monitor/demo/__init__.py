"""The demonstration: a mailbox of sample mails on a real IMAP server in this process, and settings that lead to it.

In charge of the sample mailbox and of nothing else: reading, judging and showing are done by the same code that a
real mailbox goes through.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from monitor.config import Config
from monitor.demo.samples import ADDRESS, ZONE, deliveries
from monitor.demo.server import HOST, PASSWORD, USER, DemoUnavailable, mailbox

__all__ = ["DemoUnavailable", "demonstration"]


@contextmanager
def demonstration(folder: Path, now: datetime, language: str) -> Iterator[Config]:
    """Settings for the sample mailbox while its server runs; the store and the digests lie in `folder`.

    `now` (aware) is the moment from which the dates of the sample mails are counted; `language` (ko, en) is the one
    that the program speaks to the user. Raises DemoUnavailable where the extra `demo` is not installed.
    """
    samples = deliveries(now.astimezone(ZONE).date())
    with mailbox(sample for sample in samples if sample.received_at <= now) as port:
        yield Config.model_validate(
            {
                "user": {
                    "name": "김민아" if language == "ko" else "Mina Kim",
                    "addresses": [ADDRESS],
                    "language": language,
                    "country": "KR",
                    "timezone": str(ZONE),
                },
                "store": {"path": folder / "demo.sqlite3"},
                "accounts": {
                    "demo": {
                        "host": HOST,
                        "port": port,
                        "tls": "none",
                        "username": USER,
                        "password": PASSWORD,
                        "address": ADDRESS,
                        "folders": ["INBOX", "Sent"],
                    }
                },
                "digest": {"via": "file", "directory": folder},
            }
        )
