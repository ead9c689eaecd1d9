"""Attached PDF receipts: read where the mail leaves number or amount to them, harmless whatever they are."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from monitor import knowledge, parse
from monitor.classify import classify
from monitor.extract import extract, pdf
from monitor.types import Attachment, Finding, Kind, Money, RawMail, Stated, Verdict
from tests.papers import pdf as paper

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RECEIPT = ["Receipt", "Order number: NS-88213", "Subtotal 70.00 EUR", "Shipping 9.90 EUR", "Total 79.90 EUR"]
KOREAN = ["영수증", "주문번호: 20261102-0007", "상품금액 10,000원", "배송비 2,000원", "총 결제금액 12,000원"]
BARE = "Thank you for your order. Your receipt is attached."


def mail_with(text: str, *contents: bytes, mime: str = "application/pdf", name: str = "receipt.pdf") -> RawMail:
    message = EmailMessage()
    message["From"] = "North Store <orders@north.example>"
    message["To"] = "mina@home.example"
    message["Subject"] = "Your order confirmation"
    message["Date"] = "Thu, 12 Nov 2026 09:41:00 +0000"
    message.set_content(text)
    for content in contents:
        main, _, sub = mime.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return RawMail("a", "", 0, 0, None, message.as_bytes())


def finding(
    text: str, *contents: bytes, language: str = "en", kind: Kind = Kind.ORDER_CONFIRMATION, **more: str
) -> Finding:
    mail = parse.mail(mail_with(text, *contents, **more), now=NOW)
    return extract(mail, Verdict(kind, None, language, "test"))


def told(stated: Stated[str] | Stated[Money] | None) -> tuple[str, str] | None:
    if stated is None:
        return None
    value = stated.value
    return (f"{value.amount} {value.currency}" if isinstance(value, Money) else value), stated.reader


def values(found: Finding) -> Sequence[object]:
    return told(found.order_number), told(found.total)


@pytest.fixture
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever starts a process fails."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a PDF was read that nobody needs")

    monkeypatch.setattr(subprocess, "run", refuse)


def test_number_and_amount_come_from_the_receipt_where_the_mail_has_none() -> None:
    found = finding(BARE, paper(RECEIPT))
    assert values(found) == (
        ("NS-88213", "pdf"), ("79.90 EUR", "pdf"),
    )  # fmt: skip
    assert found.order_number is not None
    assert found.order_number.quote == "Order number: NS-88213"
    assert found.total is not None
    assert found.total.quote == "Total 79.90 EUR"
    assert (found.stands_in, found.notes, found.disagreements) == (False, (), ())


def test_a_korean_receipt_is_read() -> None:
    found = finding("주문해 주셔서 감사합니다. 영수증을 첨부합니다.", paper(KOREAN), language="ko")
    assert values(found) == (("20261102-0007", "pdf"), ("12000 KRW", "pdf"))


def test_a_pdf_is_known_by_its_name_too() -> None:
    found = finding(BARE, paper(RECEIPT), mime="application/octet-stream", name="Rechnung.PDF")
    assert values(found) == (("NS-88213", "pdf"), ("79.90 EUR", "pdf"))


@pytest.mark.usefixtures("no_process")
def test_a_pdf_is_not_opened_where_the_mail_says_it_all() -> None:
    found = finding("Order number: NS-1\nTotal: 5.00 EUR", paper(RECEIPT))
    assert values(found) == (("NS-1", "generic"), ("5.00 EUR", "generic"))


@pytest.mark.usefixtures("no_process")
@pytest.mark.parametrize("kind", [Kind.OTHER, Kind.SELLER_REPLY, Kind.OWN_LETTER, Kind.AUTO_REPLY])
def test_a_pdf_is_not_opened_in_a_mail_of_another_kind(kind: Kind) -> None:
    assert finding(BARE, paper(RECEIPT), kind=kind).notes == ()


@pytest.mark.usefixtures("no_process")
def test_a_pdf_that_contradicts_itself_in_size_is_not_opened() -> None:
    big = Attachment("a.pdf", "application/pdf", 9_000_000, b"%PDF-1.4" + b"\0" * pdf.MAX_BYTES)
    unkept = Attachment("a.pdf", "application/pdf", 9_000_000)
    assert [pdf.text(one).note for one in (big, unkept)] == ["an attached PDF was too large to be read"] * 2


def test_mail_and_receipt_that_disagree_make_a_question() -> None:
    found = finding("Order number: NS-88213\nYour receipt is attached.\nOrder total: 12.00 EUR", paper(RECEIPT))
    assert told(found.total) == ("12.00 EUR", "generic"), "both are there: the receipt is not asked"
    found = finding("Thank you!\nOrder total: 12.00 EUR", paper(RECEIPT))
    assert told(found.order_number) == ("NS-88213", "pdf")
    assert found.total is None
    ((name, rivals),) = found.disagreements
    assert (name, [(one.value, one.reader) for one in rivals]) == (
        "total", [("12.00 EUR", "generic"), ("79.90 EUR", "pdf")],
    )  # fmt: skip


def test_two_receipts_that_disagree_make_a_question() -> None:
    other = ["Receipt", "Order number: NS-88214", "Total 79.90 EUR"]
    found = finding(BARE, paper(RECEIPT), paper(other))
    assert values(found) == (None, ("79.90 EUR", "pdf"))
    assert [name for name, _ in found.disagreements] == ["order_number"]


def test_the_number_of_an_invoice_stands_in_and_says_so() -> None:
    found = finding(BARE, paper(["Invoice number: INV-2026-17", "Total 79.90 EUR"]))
    assert told(found.order_number) == ("INV-2026-17", "pdf")
    assert found.stands_in
    found = finding("Order number: NS-1", paper(["Invoice number: INV-2026-17", "Total 79.90 EUR"]))
    assert values(found) == (("NS-1", "generic"), ("79.90 EUR", "pdf"))
    assert (found.stands_in, found.disagreements) == (False, ())


def test_what_the_invoice_came_to_is_not_what_a_refund_gives_back() -> None:
    found = finding("We have refunded your order.", paper(RECEIPT), kind=Kind.REFUND)
    assert values(found) == (("NS-88213", "pdf"), None)


NOUGHT = "00" * 32
ENCRYPTED = f"/Encrypt << /Filter /Standard /V 1 /R 2 /O <{NOUGHT}> /U <{NOUGHT}> /P -4 >> /ID [<00><00>]"


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (paper(RECEIPT, trailer=ENCRYPTED), "encrypted"),
        (paper(RECEIPT)[:300], "broken"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 40, "broken"),
        (b"MZ no PDF at all", "broken"),
        (b"", "broken"),
        (paper([]), "pictures only"),
    ],
    ids=["encrypted", "cut", "noise", "program", "empty", "no text"],
)
def test_a_pdf_that_cannot_be_read_costs_a_note(content: bytes, note: str) -> None:
    found = finding(BARE + "\nTotal: 5.00 EUR", content)
    assert told(found.total) == ("5.00 EUR", "generic")
    assert len(found.notes) == 1
    assert note in found.notes[0]
    assert "receipt.pdf" not in found.notes[0]


def test_only_the_first_pages_and_files_are_read() -> None:
    found = finding(BARE, paper(*[["nothing here"]] * pdf.MAX_PAGES, RECEIPT))
    assert values(found) == (None, None)
    found = finding(BARE, *[paper(["nothing here"])] * pdf.MAX_FILES, paper(RECEIPT))
    assert values(found) == (None, None)


def test_a_pdf_that_takes_too_long_or_too_much_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    content = paper(RECEIPT)
    attachment = Attachment("a.pdf", "application/pdf", len(content), content)
    limits = pdf._SCRIPT.partition("import pypdfium2")[0].replace(f"({pdf.SECONDS}, {pdf.SECONDS})", "(1, 1)")
    for burden, note in (("while True: pass", "broken"), ("bytes(2_000_000_000)", "broken")):
        monkeypatch.setattr(pdf, "_SCRIPT", f"{limits}\n{burden}")
        began = time.perf_counter()
        assert note in pdf.text(attachment).note
        assert time.perf_counter() - began < pdf.WAIT
    monkeypatch.setattr(pdf, "WAIT", 0.5)
    monkeypatch.setattr(pdf, "_SCRIPT", "import time; time.sleep(60)")
    assert "too long" in pdf.text(attachment).note


def test_a_machine_that_starts_no_process_costs_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert "no further process" in finding(BARE, paper(RECEIPT)).notes[0]


def test_a_mail_with_a_receipt_is_read_from_its_bytes_on() -> None:
    mail = parse.mail(
        mail_with("Hi Mina,\nthank you for your order! Your receipt is attached.", paper(RECEIPT)), now=NOW
    )
    known = knowledge.load()
    verdict = classify(mail, known)
    assert verdict.kind is Kind.ORDER_CONFIRMATION, verdict.reason
    assert values(extract(mail, verdict, known)) == (("NS-88213", "pdf"), ("79.90 EUR", "pdf"))
