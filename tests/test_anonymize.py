"""Samples for sharing: nothing of the user's is left in them, and they are read as the originals are."""

from __future__ import annotations

import base64
import random
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import knowledge, parse
from monitor.cli.failures import run
from monitor.extract.tracking import passes
from monitor.knowledge import tracking
from monitor.parse.headers import cut
from monitor.parse.tree import Part, parts
from monitor.run.anonymize import originals, sample
from monitor.run.anonymize.originals import Original
from monitor.run.anonymize.replacing import Replacements
from monitor.types import Finding, Kind, RawMail

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KNOWN = knowledge.load()
MAILS = sorted((Path(__file__).parent / "mails").rglob("*.eml"))


def anonymized(content: bytes) -> bytes:
    made = sample(content, KNOWN, now=NOW, own=["박미나"], source=random.Random(7))
    assert made.left == ()
    assert made.changed == ()
    return made.content


ENGLISH = """Dear Mina Park,

your order MB-204417 has been shipped with UPS.
Tracking number: 1Z12345E0205271688
Total: $36.50
Paid with Visa **** 4417

Shipping address

Mina Park
77 Quarry Lane
Springfield, OR 97477
Phone: (503) 555-0142

Follow it: https://marble.example/t/9f8e7d6c5b4a3f2e?user=mina.park%40home.example&lang=en
"""
KOREAN = """<html><body><h1>주문이 접수되었습니다</h1><p>박미나 고객님, 주문해 주셔서 감사합니다.</p>
<table><tr><th>주문번호</th><td>20261102-0042317</td></tr><tr><th>결제금액</th><td>34,000원</td></tr>
<tr><th>받는분</th><td><b>박미나</b></td></tr><tr><th>주소</th><td>서울시 마포구 샘플로 12, 301호</td></tr>
<tr><th>휴대폰</th><td>010-2345-6789</td></tr><tr><th>결제수단</th><td>신용카드</td></tr></table>
<a href="https://shop.example/o?no=20261102-0042317&amp;m=mina.park@home.example">주문 보기</a>
<!-- to: mina.park@home.example --></body></html>"""
SECRETS = (
    "Mina", "Park", "박미나", "mina.park@home.example", "mina.park", "MB-204417", "204417", "1Z12345E0205271688",
    "4417",
    "77 Quarry Lane", "Springfield", "97477", "555-0142", "9f8e7d6c5b4a3f2e", "20261102-0042317", "0042317",
    "서울시 마포구 샘플로 12, 301호", "010-2345-6789", "20261122120000.77@marble.example", "198.51.100.77",
)  # fmt: skip


def mail(charset: str = "utf-8", cte: str = "base64") -> bytes:
    message = EmailMessage(policy=policy.SMTP)
    message["Return-Path"] = "<bounce+mina.park=home.example@marble.example>"
    message["Received"] = (
        "from relay (198.51.100.77) by mx.home.example for <mina.park@home.example>; Mon, 02 Nov 2026 10:00:01 +0900"
    )
    message["Received"] = "from inner (198.51.100.77) by relay; Mon, 02 Nov 2026 10:00:00 +0900"
    message["X-Mailer-Recipient"] = "mina.park@home.example"
    message["From"] = "Marble Lane <orders@marble.example>"
    message["To"] = "박미나 <mina.park@home.example>"
    message["Subject"] = "Your order MB-204417 has been shipped, 박미나님"
    message["Date"] = "Mon, 02 Nov 2026 10:00:00 +0900"
    message["Message-ID"] = "<20261122120000.77@marble.example>"
    message["Authentication-Results"] = "mx.home.example; dkim=pass header.d=marble.example; dmarc=pass"
    message.set_content(ENGLISH, charset="utf-8", cte="quoted-printable")
    message.add_alternative(KOREAN, subtype="html", charset=charset, cte=cte)
    message.add_attachment(b"%PDF-1.4 Mina Park", maintype="application", subtype="pdf", filename="MB-204417.pdf")
    return message.as_bytes()


def forms(secret: str) -> set[bytes]:
    """A text in every way in which it could stand in the bytes of a mail."""
    out = {quote(secret).encode()} if not secret.isascii() else {secret.encode()}
    for charset in ("utf-8", "cp949", "utf-16-le"):
        data = secret.encode(charset, "ignore")
        if len(data) > 3:
            out.add(data)
            for shift in range(3):  # wherever it begins within base64
                plain = base64.b64encode(b"\0" * shift + data)
                body = plain[4 if shift else 0 : -4]
                if len(body) > 8:
                    out.add(body)
    return out


@pytest.mark.parametrize("charset", ["utf-8", "euc-kr"])
@pytest.mark.parametrize("cte", ["base64", "quoted-printable", "8bit"])
def test_nothing_of_the_users_is_left_in_any_form(charset: str, cte: str) -> None:
    made = anonymized(mail(charset, cte))
    decoded = message_from_bytes(made, policy=policy.default)
    texts = [made.decode("utf-8", "replace"), *(f"{key}: {value}" for key, value in decoded.items())]
    texts += [part.get_content() for part in decoded.walk() if part.get_content_maintype() == "text"]
    texts += [str(part.get_filename()) for part in decoded.walk()]
    whole = "\n".join(texts)
    for secret in SECRETS:
        assert not re.search(rf"(?<![A-Za-z0-9]){re.escape(secret)}(?![A-Za-z0-9])", whole), secret
        for form in forms(secret):
            assert len(form) < 6 or form not in made.replace(b"\r\n", b""), (secret, form)


def skeleton(part: Part) -> tuple[object, ...]:
    return (
        part.content_type,
        part.charset,
        part.encoding,
        part.disposition,
        *(skeleton(each) for each in part.children),
    )


@pytest.mark.parametrize("charset", ["utf-8", "euc-kr"])
@pytest.mark.parametrize("cte", ["base64", "quoted-printable", "8bit"])
def test_structure_charsets_and_encodings_stay(charset: str, cte: str) -> None:
    content = mail(charset, cte)
    made = anonymized(content)
    assert skeleton(parts(made, [])) == skeleton(parts(content, []))
    assert b"\n" not in made.replace(b"\r\n", b"")
    assert message_from_bytes(made).get_boundary() == message_from_bytes(content).get_boundary()


def test_the_way_of_the_mail_is_cut_to_its_date() -> None:
    block, _ = cut(anonymized(mail()))
    lines = block.decode("ascii").splitlines()
    assert [line for line in lines if line.startswith("Received:")] == [
        "Received: by mx.example; Mon, 02 Nov 2026 10:00:01 +0900"
    ]
    assert not any(line.startswith(("Return-Path", "X-Mailer")) for line in lines)
    assert any(line.startswith("Authentication-Results:") for line in lines)


def test_the_same_original_is_the_same_replacement_everywhere() -> None:
    made = message_from_bytes(anonymized(mail()), policy=policy.default)
    plain, html = (part.get_content() for part in made.walk() if part.get_content_maintype() == "text")
    number = re.search(r"your order (\S+) has", plain)
    name = re.search(r"Dear (\S+) (\S+),", plain)
    korean = re.search(r"<b>(\S+)</b>", html)
    assert number is not None
    assert name is not None
    assert korean is not None
    assert f"order {number[1]} has been shipped" in str(made["Subject"])
    assert re.fullmatch(r"MB-\d{6}", number[1])
    assert f"\n{name[1]} {name[2]}\n" in plain.replace("\r\n", "\n")
    assert re.fullmatch(r"[A-Z][a-z]{3} [A-Z][a-z]{3}", f"{name[1]} {name[2]}")
    assert f"{korean[1]} 고객님" in html
    assert korean[1] in str(made["To"])
    assert re.fullmatch(r"[가-힣]{3}", korean[1])


def test_amounts_dates_wording_and_the_seller_stay() -> None:
    made = message_from_bytes(anonymized(mail()), policy=policy.default)
    plain, html = (part.get_content() for part in made.walk() if part.get_content_maintype() == "text")
    assert "Total: $36.50" in plain
    assert "34,000원" in html
    assert made["From"] == "Marble Lane <orders@marble.example>"
    assert made["Date"] == "Mon, 02 Nov 2026 10:00:00 +0900"


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_every_mail_of_the_tests_is_read_as_before_up_to_the_replacements(path: Path) -> None:
    made = sample(path.read_bytes(), KNOWN, now=NOW, source=random.Random(1))
    assert made.changed == ()
    assert made.left == ()


@pytest.mark.parametrize("shape", [s for s in tracking.formats().formats if s.algorithm], ids=lambda shape: shape.id)
def test_a_parcel_number_keeps_its_format_and_its_check_digit(shape: tracking.Format) -> None:
    for number in shape.valid:
        tight = re.sub(r"[ -]", "", number).upper()
        if not passes(tight, shape):
            continue
        made = Replacements([Original(tight, "tracking")], random.Random(3)).originals[tight]
        assert made != tight
        assert passes(made, shape)


def test_a_number_written_in_groups_is_the_same_number() -> None:
    found = [Original("4444-1375-8703", "number"), Original("444413758703", "tracking")]
    made = Replacements(found, random.Random(5)).originals
    assert made["4444-1375-8703"].replace("-", "") == made["444413758703"]


@given(st.text(max_size=60))
def test_a_replacement_has_the_length_and_the_kinds_of_its_original(text: str) -> None:
    made = Replacements([Original(text, "line")], random.Random(2)).originals
    for original, new in made.items():
        assert len(new) == len(original)
        assert [sign.isdigit() for sign in new] == [sign.isdigit() for sign in original] or not original.isascii()
        assert [sign.isspace() for sign in new] == [sign.isspace() for sign in original]


@given(st.binary(max_size=600))
def test_no_bytes_make_it_raise(content: bytes) -> None:
    sample(content, KNOWN, now=NOW, source=random.Random(1))


def test_a_json_part_of_the_html_that_escapes_every_letter_is_replaced_too() -> None:
    message = EmailMessage()
    message["From"], message["To"] = "Shop <a@shop.example>", "박미나 <mina@home.example>"
    message.set_content(
        '<script type="application/ld+json">{"name":"\\ubc15\\ubbf8\\ub098"}</script><p>박미나님</p>', subtype="html"
    )
    assert b"\\ubc15\\ubbf8\\ub098" not in message_from_bytes(anonymized(message.as_bytes())).get_payload(decode=True)


def test_what_is_found_is_what_stands_beside_labels_and_below_headings() -> None:
    found = originals.find(mail(), Finding(Kind.OTHER), own=(), now=NOW)
    by_form = {(original.text, original.form) for original in found}
    assert {("77 Quarry Lane", "line"), ("Mina Park", "name"), ("(503) 555-0142", "line")} <= by_form
    assert not any("36.50" in original.text or "34,000" in original.text for original in found)


def test_the_command_writes_the_sample_beside_the_mail_and_over_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("REFUND_MONITOR_USER__LANGUAGE", "en")
    (tmp_path / "order.eml").write_bytes(mail())
    assert run(["anonymize", str(tmp_path / "order.eml")]) == 0
    written = tmp_path / "order.anonymized.eml"
    assert b"Quarry" not in written.read_bytes()
    assert written.stat().st_mode & 0o077 == 0
    assert "Look at it before you share it" in capsys.readouterr().out
    shown = parse.mail(RawMail("t", "", 0, 0, None, written.read_bytes()), now=NOW)
    assert shown.header.sender.email == "orders@marble.example"
    assert run(["anonymize", str(tmp_path / "order.eml")]) == 1
    assert "exists already" in capsys.readouterr().err
