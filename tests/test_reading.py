"""`run.reading`: several mails are on their way through the stages at once; nobody notices."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import knowledge, parse
from monitor.run import reading
from monitor.run.chain import Chain
from monitor.types import Kind, Mail, RawMail, Verdict

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ORDER = """From: Moon Shop <orders@moonshop.example>
To: me@example.com
Subject: Your order MS-{number} is confirmed
Date: Thu, 05 Nov 2026 10:00:00 +0000
Message-ID: <{number}@moonshop.example>

Thank you for your order.
Order number: MS-{number}
Order total: $57.50
"""
CHAT = """From: Ann <ann@example.org>
To: me@example.com
Subject: Lunch {number}
Date: Thu, 05 Nov 2026 10:00:00 +0000
Message-ID: <{number}@example.org>

At noon?
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two hundred mails, every fifth of them an order."""
    for number in range(200):
        text = (CHAT if number % 5 else ORDER).format(number=1000 + number)
        (tmp_path / f"{number:03}.eml").write_text(text, encoding="utf-8")
    return tmp_path


def test_mails_come_in_the_order_of_their_files_each_with_its_own_values(folder: Path) -> None:
    found = list(reading.read_paths([folder], knowledge.load(), now=NOW))
    assert [Path(read.file).name for read in found] == [f"{number:03}.eml" for number in range(200)]
    for number, read in enumerate(found):
        if number % 5:
            assert read.verdict.kind is Kind.OTHER
            assert read.mail is None
        else:
            assert read.verdict.kind is Kind.ORDER_CONFIRMATION
            assert read.finding is not None
            assert read.finding.order_number is not None
            assert read.finding.order_number.value == f"MS-{1000 + number}"


def test_a_mail_that_fails_a_stage_costs_no_other_in_the_same_row(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judge = Chain.verdict

    def stumbling(self: Chain, mail: Mail) -> Verdict:
        if "MS-1050" in mail.text:
            raise ValueError("on purpose")
        return judge(self, mail)

    monkeypatch.setattr(Chain, "verdict", stumbling)
    heard: list[Exception] = []
    found = list(reading.read_paths([folder], knowledge.load(), now=NOW, stumbled=heard.append))
    assert len(found) == 200
    assert [str(error) for error in heard] == ["on purpose"]
    assert found[50].verdict.reason == "the mail could not be read (ValueError)"
    assert sum(read.verdict.kind is Kind.ORDER_CONFIRMATION for read in found) == 39


def test_progress_counts_each_mail_once(folder: Path) -> None:
    told: list[int] = []
    list(reading.read_paths([folder], knowledge.load(), now=NOW, progress=lambda done, _: told.append(done)))
    assert len(told) == 200
    assert told[-1] == sum(path.stat().st_size for path in folder.iterdir())


def test_a_plain_version_that_cannot_outweigh_the_html_is_not_decoded() -> None:
    html = "<p>" + "Thank you for your order of one lamp. " * 20 + "</p>"
    content = (
        "From: a@b.example\r\nSubject: x\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain; charset=no-such-thing\r\n\r\nThank you.\r\n"
        f"--b\r\nContent-Type: text/html\r\n\r\n{html}\r\n--b--\r\n"
    ).encode()
    mail = parse.mail(RawMail("t", "", 0, 0, None, content), now=NOW)
    assert mail.text.startswith("Thank you for your order of one lamp.")
    assert mail.defects == ()


def test_a_stub_of_html_loses_against_the_plain_version_wherever_it_stands() -> None:
    plain = "Content-Type: text/plain\r\n\r\n" + "Order 7 has been shipped to you today. " * 20
    stub = "Content-Type: text/html\r\n\r\n<p>Please enable HTML.</p>"
    for first, second in ((plain, stub), (stub, plain)):
        content = (
            "From: a@b.example\r\nSubject: x\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
            f"--b\r\n{first}\r\n--b\r\n{second}\r\n--b--\r\n"
        ).encode()
        mail = parse.mail(RawMail("t", "", 0, 0, None, content), now=NOW)
        assert mail.text.startswith("Order 7 has been shipped")
