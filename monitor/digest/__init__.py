"""The daily mail: what needs a decision, what is late and why, what comes next, what was read and what was not.

In charge of choosing and ordering what the user is told once a day, and of the mail that carries it. Everything it says
was decided elsewhere (`judge`, `escalate`, `draft`); it only selects. Sections are built once, as plain text, and both
the text and the HTML are made from the same sections, so that neither says more than the other. Amounts of different
currencies are never added up. On a first run it is quiet: what was overdue before the program first looked is listed
at the end, never announced.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from email.message import EmailMessage
from email.utils import format_datetime

from monitor import render
from monitor.digest.view import AccountState, DigestInput, MonthSums, OpenCase, Row, Section, Unread, money_open
from monitor.digest.writer import HOLIDAY_WARNING, HORIZON, MAX_ROWS, STALE, Writer
from monitor.types import Address

__all__ = [
    "HOLIDAY_WARNING",
    "HORIZON",
    "MAX_ROWS",
    "STALE",
    "AccountState",
    "Digest",
    "DigestInput",
    "MonthSums",
    "OpenCase",
    "Row",
    "Section",
    "Unread",
    "digest",
    "message",
    "money_open",
]

MESSAGE_DOMAIN = "digest.refund-monitor.invalid"  # RFC 2606: nobody's; only we make Message-IDs with it
LIST_ID = f"<{MESSAGE_DOMAIN}>"


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest, rendered. `at` is the moment it speaks of."""

    subject: str
    text: str
    html: str
    at: datetime
    language: str
    sections: tuple[Section, ...] = ()


def digest(view: DigestInput, language: str, now: datetime) -> Digest:
    """The digest of `now` (aware) in `language` (ko or en; another speaks English). Days are in `view.timezone`."""
    writer = Writer(view, render.supported(language), now)
    sections = tuple(section for section in writer.sections() if section.rows)
    late, decisions = len(writer.late), len(writer.decisions)
    day = render.day(writer.today, writer.language, "short")
    values = {
        "title": writer.t("digest.title"),
        "day": render.day(writer.today, writer.language),
        "summary": writer.summary(),
        "figures": (
            (str(decisions), writer.t("digest.figure.decisions"), "act"),
            (str(late), writer.t("digest.figure.late"), "late"),
            (str(len(writer.soon)), writer.t("digest.figure.soon"), "soon"),
        ),
        "sections": sections,
        "footer": tuple(writer.footer()),
    }
    return Digest(
        subject=writer.t("digest.subject", summary=writer.short_summary(), day=day),
        text=_trimmed(render.page("digest/digest.txt.j2", writer.language, **values)),
        html=render.page("digest/digest.html.j2", writer.language, **values),
        at=now,
        language=writer.language,
        sections=sections,
    )


def message(digest: Digest, to: Address, sender: Address, zone: tzinfo = UTC) -> EmailMessage:
    """The digest as a mail: text and HTML side by side, marked as made by a machine (RFC 3834) and with our List-Id.

    Its Date is given in `zone`, the reader's (RFC 5322 3.3).

    The Message-ID is made of the moment and the text: the same digest is always the same message. Raises ValueError
    for an address that cannot stand in a header.
    """
    mail = EmailMessage(policy=render.mail_policy())
    seed = hashlib.sha256(f"{digest.at.isoformat()}\n{to.email}\n{digest.text}".encode()).hexdigest()[:16]
    mail["From"] = render.mail_address(sender)
    mail["To"] = render.mail_address(to)
    mail["Subject"] = render.one_line(digest.subject, 150)
    mail["Date"] = format_datetime(digest.at.astimezone(zone))
    mail["Message-ID"] = f"<{digest.at:%Y%m%d}.{seed}@{MESSAGE_DOMAIN}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Id"] = f"refund-monitor {LIST_ID}"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["Content-Language"] = digest.language
    mail.set_content(digest.text, charset="utf-8")
    mail.add_alternative(digest.html, subtype="html", charset="utf-8")
    return mail


def _trimmed(text: str) -> str:
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return "\n".join(line for place, line in enumerate(lines) if line or lines[place - 1]) + "\n"
