"""Mails for the tests of `classify`, read from `classify/*.toml` and made into messages."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from monitor import parse
from monitor.types import Kind, Mail, RawMail

FOLDER = Path(__file__).parent / "classify"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PUBLIC = {
    Kind.RETURNED: "cancellation", Kind.REFUND_PROMISED: "refund", Kind.DISPUTE_UPDATE: "seller_reply",
    Kind.DELAYED: "seller_reply", Kind.AUTO_REPLY: "other", Kind.BOUNCE: "other", Kind.OWN_LETTER: "other",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One mail, and what must be read from it."""

    name: str
    language: str
    mail: Mail
    kinds: tuple[str, ...]
    seller: str | None  # must be in the name found, "" where there must be none, None where it does not matter
    service: str | None


def cases() -> list[Case]:
    """Every mail of every file, named by file and number."""
    out = []
    for path in sorted(FOLDER.glob("*.toml")):
        for number, entry in enumerate(tomllib.loads(path.read_text("utf-8"))["mail"], 1):
            kinds = tuple(entry.get("kind_ok", [entry["kind"]]))
            name = f"{path.stem}-{number:02}-{entry['kind']}"
            language = entry.get("lang", path.stem)
            out.append(Case(name, language, mail_of(entry), kinds, entry.get("seller"), entry.get("service")))
    return out


def mail_of(entry: dict[str, Any]) -> Mail:
    """The entry of a file as a parsed mail."""
    raw = raw_of(entry)
    return parse.mail(RawMail("a", "INBOX", 1, 1, NOW, raw, len(raw)), now=NOW)


def raw_of(entry: dict[str, Any]) -> bytes:
    """The entry of a file as a message."""
    message = EmailMessage(policy=SMTP)
    message["From"] = entry.get("from", "Shop <mail@shop.example>")
    message["To"] = "dana.reed@mail.example"
    message["Subject"] = entry["subject"]
    message["Date"] = "Thu, 12 Nov 2026 09:41:00 +0000"
    message["Message-ID"] = "<1@test.example>"
    if entry.get("bulk"):
        message["List-Unsubscribe"] = "<https://shop.example/u>"
    if entry.get("auto"):
        message["Auto-Submitted"] = "auto-replied"
    if entry.get("auth"):
        message["Authentication-Results"] = f"mx.mail.example; dmarc={entry['auth']}"
    if "html" in entry:
        message.set_content(entry["html"], subtype="html", charset="utf-8")
    else:
        message.set_content(entry["text"], charset="utf-8")
    return message.as_bytes()


def public(kind: Kind) -> str:
    """The kind as the machine-readable output has it."""
    return PUBLIC.get(kind, kind.value)
