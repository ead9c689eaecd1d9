"""Mails that mean harm or are broken: nothing may raise, and nothing may take long. Times are of the processor."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.parse import failed_recipients, header, mail, returned_message_ids
from monitor.types import Mail, RawMail

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HEAD = b"From: a@b.example\r\nSubject: x\r\n"
MULTI = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
SAMPLES = [p.read_bytes() for p in sorted((Path(__file__).parent / "mails" / "parse").glob("*.eml"))]


def read(content: bytes) -> Mail:
    found = mail(RawMail("test", "INBOX", 1, 1, None, content), now=NOW)
    failed_recipients(found)
    returned_message_ids(found)
    return found


def page(body: bytes) -> bytes:
    return HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n" + body


def seconds(content: bytes) -> tuple[Mail, float]:
    start = time.process_time()
    found = read(content)
    return found, time.process_time() - start


@pytest.mark.parametrize(
    "body",
    [
        b"<div>" * 1_000_000,
        b"<b></p>" * 700_000,
        b"<div></b>" * 500_000,
        b"<b>x</b>" * 600_000,
        b"<table><tr><td>" * 100_000,
        b"<span style=a>" * 100_000,
        b'<div style="display:flex">' * 5_000,
        b'<div><div style="float:left">' * 300,
        b"<table><tr><td>a</td><td>" * 150,
        b'<div style="font-size:0">' * 400 + b"<i style=font-size:9px>x",
        b"<p " + b"a=b " * 1_000_000 + b">",
        b"&nbsp;&zwnj;" * 400_000,
        b"<" * 4_000_000,
        b"<!--" * 500_000,
        b"<dl>" * 2_000,
        b"<svg><foreignObject>" * 5_000,
    ],
    ids=lambda body: body[:24].decode(),
)
def test_an_html_bomb_is_read_in_bounded_time(body: bytes) -> None:
    assert seconds(page(body))[1] < 2


@pytest.mark.parametrize(
    "body",
    [
        b"On 1 2 a@b x wrote\r\n" * 100_000,
        (b"On 1 2 a@b " + b"x " * 150 + b":\r\n") * 20_000,
        b"From: a@b.example\r\n" * 100_000,
        b"---- Forwarded message ----\r\n" * 100_000,
        (b"-" * 900 + b"\r\n") * 5_000,
        (b" " * 900 + b"x\r\n") * 5_000,
        b">" * 2_000_000,
        b"a" * 5_000_000,
        b"\r\n" * 2_000_000,
        "가".encode("cp949") * 1_000_000,
        bytes(range(128, 256)) * 20_000,
        b"\x1b$B" + b"!" * 2_000_000,
    ],
    ids=lambda body: repr(body[:12]),
)
@pytest.mark.parametrize("subject", [b"Fwd: x", b"Re: x"])
def test_a_text_bomb_is_read_in_bounded_time(body: bytes, subject: bytes) -> None:
    assert seconds(b"From: a@b.example\r\nSubject: " + subject + b"\r\n\r\n" + body)[1] < 3


@pytest.mark.parametrize(
    "field",
    [
        b"To: " + b"," * 400_000,
        b"To: " + b'"' * 400_000,
        b"To: " + b"(" * 400_000,
        b"To: " + b"<a@b.example>, " * 100_000,
        b"From: " + b"a@" * 100_000,
        b"Subject: " + b"=?a?q?" * 100_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 30_000,
        b"Authentication-Results: x; " + b"dkim=pass (" * 100_000,
        b"\r\n".join([b"Authentication-Results: x; dkim=pass header.d=a.b"] * 20_000),
        b"References: " + b"<a@b> " * 100_000,
        b"Received: " + b";" * 400_000,
        b"Date: " + b"1 " * 200_000,
        b"Content-Type: text/plain" + b'; a="\\' * 100_000,
        b"Content-Type: text/plain" + b"; a*0*=%41" * 100_000,
        b"X: " + b"\r\n a" * 200_000,
        b"a" * 600_000,
        b"\r\n".join([b"a: b"] * 100_000),
    ],
    ids=lambda field: field[:28].decode(),
)
def test_a_header_bomb_is_read_in_bounded_time(field: bytes) -> None:
    start = time.process_time()
    header(field + b"\r\n\r\n")
    assert time.process_time() - start < 0.5
    assert seconds(field + b"\r\n\r\nbody")[1] < 1


def test_mails_inside_mails_end_somewhere() -> None:
    raw = HEAD + b"\r\nhello"
    for _ in range(2_000):
        raw = HEAD + b"Content-Type: message/rfc822\r\n\r\n" + raw
    found, took = seconds(raw)
    assert took < 1
    assert "parts nested too deep to read" in found.defects


def test_parts_inside_parts_end_somewhere() -> None:
    nested = b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1) for n in range(3_000)
    )
    found, took = seconds(HEAD + b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n" + nested)
    assert took < 1
    assert "parts nested too deep to read" in found.defects


def test_of_ten_thousand_parts_the_first_are_read() -> None:
    found, took = seconds(MULTI + b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n" * 10_000 + b"--b--")
    assert took < 1
    assert found.text.count("hello") > 400
    assert "too many parts: the rest was not read" in found.defects


def test_many_large_parts_cost_no_more_than_one() -> None:
    part = b"--b\r\nContent-Type: text/html\r\n\r\n" + b"<b>x</b>" * 20_000 + b"\r\n"
    found, took = seconds(MULTI + part * 200 + b"--b--")
    assert took < 2
    assert "a very long text was read only in its beginning" in found.defects


def test_a_mail_of_sixty_megabytes_is_read_without_touching_its_attachment() -> None:
    attachment = (b"QUJD" * 19 + b"\r\n") * 770_000
    raw = (
        MULTI + b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: application/pdf; name=x.pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + attachment + b"--b--"
    )
    assert len(raw) > 60_000_000
    found, took = seconds(raw)
    assert took < 2
    assert found.text == "hello"
    assert [(a.name, a.size, a.content) for a in found.attachments] == [("x.pdf", 770_000 * 57, None)]


def test_boundary_lines_without_end_are_no_trap() -> None:
    assert seconds(MULTI + b"--b x\r\n" * 500_000)[1] < 3
    assert seconds(MULTI + b"--b" * 1_000_000)[1] < 3
    assert seconds(MULTI + b"--b\r\n" * 300_000)[1] < 3


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\r\n\r\n", b"\x00", b"From ", b":", b": x\n\n", b"no header at all", b"From: a\n", b"\xff" * 100],
)
def test_next_to_nothing_is_a_mail_as_well(content: bytes) -> None:
    found = read(content)
    assert found.received_at == NOW
    assert len(found.header.identity) == 32


def test_text_without_any_header_is_read_whole() -> None:
    assert read(b"Hello\n\nOrder 7 is on its way\n").text == "Hello\n\nOrder 7 is on its way"


def check(found: Mail) -> None:
    for text in (found.text, found.quoted, found.header.subject, found.header.sender.name):
        text.encode("utf-8")  # no lone surrogates: it can be stored
        assert "\x00" not in text
        assert "\r" not in text
        assert not any("\x01" <= c <= "\x05" for c in text)
    assert found.received_at.utcoffset() is not None


@settings(max_examples=300, deadline=2000)
@given(st.binary(max_size=3000))
def test_any_bytes_are_a_mail(content: bytes) -> None:
    check(read(content))
    check(read(HEAD + b"Content-Type: text/html\r\n\r\n" + content))


@settings(max_examples=300, deadline=2000)
@given(
    st.sampled_from(["iso-2022-kr", "iso-2022-jp", "hz", "utf-7", "utf-16", "cp949", "gb18030", "shift_jis", "x", ""]),
    st.sampled_from(["base64", "quoted-printable", "8bit", "x-uuencode"]),
    st.binary(max_size=500),
)
def test_any_bytes_are_a_text_in_any_charset(charset: str, encoding: str, content: bytes) -> None:
    head = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    check(read(HEAD + head.encode() + content))


@settings(max_examples=300, deadline=2000)
@given(st.integers(min_value=0), st.sampled_from(SAMPLES))
def test_a_damaged_mail_is_still_a_mail(seed: int, sample: bytes) -> None:
    chance = random.Random(seed)
    damaged = bytearray(sample)
    for _ in range(chance.randrange(1, 12)):
        if not damaged:
            break
        at = chance.randrange(len(damaged))
        kind = chance.randrange(4)
        if kind == 0:
            damaged[at] = chance.randrange(256)
        elif kind == 1:
            del damaged[at : at + chance.randrange(1, 200)]
        elif kind == 2:
            damaged[at:at] = damaged[at : at + chance.randrange(1, 300)]
        else:
            damaged = damaged[: max(at, 1)]
    check(read(bytes(damaged)))
