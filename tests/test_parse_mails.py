"""Whole mails of our own making, each with what must be read from it beside it (`<name>.json`).

`python -m tests.test_parse_mails` writes the expected files anew; the difference is then read by a person.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.parse import failed_recipients, mail, returned_message_ids
from monitor.types import Header, RawMail

FOLDER = Path(__file__).parent / "mails" / "parse"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def read(path: Path) -> dict[str, Any]:
    found = mail(RawMail("test", "INBOX", 1, 1, None, path.read_bytes()), now=NOW)
    return {
        "header": _header(found.header),
        "text": found.text.split("\n"),
        "quoted": found.quoted.split("\n"),
        "forwarded": _header(found.forwarded) if found.forwarded else None,
        "attachments": [[a.name, a.content_type, a.size, a.content is not None] for a in found.attachments],
        "failed_recipients": list(failed_recipients(found)),
        "returned_message_ids": list(returned_message_ids(found)),
        "defects": list(found.defects),
    }


def _header(header: Header) -> dict[str, Any]:
    return {
        "from": [header.sender.name, header.sender.email],
        "subject": header.subject,
        "sent_at": header.sent_at.isoformat() if header.sent_at else None,
        "received_at": header.received_at.isoformat() if header.received_at else None,
        "advert": header.advert,
        "auto_submitted": header.auto_submitted,
        "authentication": str(header.authentication),
    }


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.eml")), ids=lambda path: path.stem)
def test_a_mail_is_read_as_written_beside_it(path: Path) -> None:
    assert read(path) == json.loads(path.with_suffix(".json").read_text("utf-8"))


def test_every_expected_file_has_its_mail() -> None:
    assert {p.stem for p in FOLDER.glob("*.json")} == {p.stem for p in FOLDER.glob("*.eml")}


if __name__ == "__main__":
    for each in sorted(FOLDER.glob("*.eml")):
        each.with_suffix(".json").write_text(json.dumps(read(each), ensure_ascii=False, indent=1) + "\n", "utf-8")
