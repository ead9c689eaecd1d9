"""Delivery reports (RFC 3464) and the bounces of mail servers that never heard of them. In charge of whom a letter did
not reach and which letter it was, read from `Mail.text`, where `body` has put the machine-readable parts.
"""

from __future__ import annotations

import re

from monitor.types import Header, Mail

_RECIPIENT = re.compile(
    r"^(final|original)-recipient\s{0,5}:\s{0,5}[\w-]{1,40}\s{0,5};\s{0,5}(\S{1,300})", re.IGNORECASE | re.MULTILINE
)
_ACTION = re.compile(r"^action\s{0,5}:\s{0,5}([a-z]{1,20})", re.IGNORECASE | re.MULTILINE)
_FAILED_LINE = re.compile(r"^x-failed-recipients\s{0,5}:\s{0,5}(.{1,1000})$", re.IGNORECASE | re.MULTILINE)
_BRACKETED = re.compile(r"^\s{0,8}<([^<>\s@]{1,100}@[^<>\s@]{1,200})>(?:\s\(.{0,200}\))?:", re.MULTILINE)
_MESSAGE_ID = re.compile(r"^[\s>]{0,8}message-id\s{0,5}:\s{0,5}<([^<>\s]{1,500})>", re.IGNORECASE | re.MULTILINE)
_DAEMON = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon|mdaemon)(?:@|\Z)")


def is_bounce(mail: Mail) -> bool:
    """Whether a mail server says that a letter did not arrive: a delivery report, or a daemon's own words."""
    return mail.header.content_type == "multipart/report" or from_daemon(mail.header)


def from_daemon(header: Header) -> bool:
    """Whether a mail server itself is the sender; some write no more than "MAILER-DAEMON" in From."""
    return _DAEMON.match(header.sender.email or header.sender.name.lower()) is not None


def failed_recipients(mail: Mail) -> tuple[str, ...]:
    """The addresses (lower case) that a bounce says could not be reached; empty for any other mail."""
    if not is_bounce(mail):
        return ()
    found: dict[str, None] = {}
    for block in re.split(r"\n\s*\n", mail.text):
        action = _ACTION.search(block)
        if action and action[1].lower() != "failed":  # delayed, delivered, relayed, expanded
            continue
        for recipient in _RECIPIENT.finditer(block):
            if action:
                found[_plain(recipient[2])] = None
    for line in _FAILED_LINE.finditer(mail.text):
        for address in line[1].split(","):
            found[_plain(address)] = None
    if not found and not _RECIPIENT.search(mail.text):
        for address in _BRACKETED.findall(mail.text):
            found[_plain(address)] = None
    return tuple(address for address in found if "@" in address)


def returned_message_ids(mail: Mail) -> tuple[str, ...]:
    """The Message-IDs (without angle brackets) of the letters that a bounce gives back; empty for any other mail."""
    if not is_bounce(mail):
        return ()
    own = mail.header.message_id
    found = dict.fromkeys(_MESSAGE_ID.findall(mail.text))
    for reference in mail.header.references:
        found.setdefault(reference)
    return tuple(i for i in found if i != own)


def _plain(address: str) -> str:
    return address.strip().strip("<>;,.").lower()
