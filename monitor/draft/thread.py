"""The draft as a mail: the thread that it continues, and its headers.

In charge of In-Reply-To and References (RFC 5322 3.6.4) and of the message itself. It sends nothing.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from monitor import render
from monitor.types import Address, Draft, Kind, Order, Reading

_MESSAGE_ID = re.compile(r"[!-;=?-~]{1,250}")  # printable ASCII without blanks and angle brackets


def message(
    draft: Draft,
    sender: Address,
    *,
    at: datetime,
    unsent: bool = False,
) -> EmailMessage:
    """The draft as a mail from `sender`, dated `at` (aware): for `draft ID --eml FILE` (`unsent`) and for SMTP.

    `unsent` adds X-Unsent: 1, so that mail programs open the file as a letter to be sent. The Message-ID is made of
    rung and draft id at the sender's domain: the same draft is always the same message. A draft without a recipient
    gives a mail without To. Raises ValueError where `sender` has no usable address.
    """
    mail = EmailMessage(policy=render.mail_policy())
    mail["From"] = render.mail_address(sender)
    if draft.to:
        mail["To"] = render.mail_address(Address("", draft.to))
    mail["Subject"] = render.one_line(draft.subject, 200)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{draft.rung}.{draft.id}@{sender.domain}>"
    if draft.in_reply_to and _MESSAGE_ID.fullmatch(draft.in_reply_to):
        mail["In-Reply-To"] = f"<{draft.in_reply_to}>"
    references = [reference for reference in draft.references if _MESSAGE_ID.fullmatch(reference)]
    if references:
        mail["References"] = " ".join(f"<{reference}>" for reference in references)
    if unsent:
        mail["X-Unsent"] = "1"
    mail.set_content(draft.body + "\n", charset="utf-8")
    return mail


def answered_mail(order: Order) -> Reading | None:
    """The mail that the letter answers: the last of the seller's human replies and the user's own letters."""
    bounced = order.letters[-1].id if order.bounced and order.letters else None
    for event in sorted(order.events, key=lambda event: event.at, reverse=True):
        reading = event.reading
        if reading is None or not reading.message_id or event.id == bounced:
            continue
        human = event.kind == Kind.SELLER_REPLY and not reading.auto_submitted
        if (human and reading.authentication != "fail") or reading.own:
            return reading if _MESSAGE_ID.fullmatch(reading.message_id) else None
    return None


def references(reading: Reading) -> tuple[str, ...]:
    """RFC 5322 3.6.4: the references of the mail answered, then its own id; the first and the newest of a long row."""
    chain = [*reading.references, reading.message_id or ""]
    unique = [reference for reference in dict.fromkeys(chain) if _MESSAGE_ID.fullmatch(reference)]
    return tuple(unique if len(unique) <= 12 else [unique[0], *unique[-11:]])
