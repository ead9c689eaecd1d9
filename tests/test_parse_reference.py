"""Our reading against two others', the standard library's and mail-parser's, on mails that are well formed: where both
of them agree, so must we. (Where they are known to fail, Korean and ISO-2022 text among it, the other tests decide.)
"""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

import mailparser
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.parse import mail
from monitor.types import RawMail

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LETTERS = "abcdefghij XYZ 0123456789 äöüßéèñ 가나다라주문 日本語注文"
words = st.text(LETTERS, min_size=1, max_size=60).map(lambda t: " ".join(t.split())).filter(bool)
lines = st.lists(words, min_size=1, max_size=8)
names = st.one_of(st.text("abc DEF.,", max_size=20), st.text("abcDEF가나éü", max_size=12)).map(
    lambda t: " ".join(t.split())
)
moments = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
files = st.binary(max_size=400)


@st.composite
def messages(draw: st.DrawFn) -> tuple[EmailMessage, list[str], list[bytes]]:
    """A well-formed mail, the lines of its text, its attachments."""
    message = EmailMessage()
    message["From"] = formataddr((draw(names), "shop@example.com"))
    message["To"] = ", ".join(formataddr((draw(names), f"to{n}@example.org")) for n in range(draw(st.integers(1, 3))))
    message["Subject"] = draw(words)
    message["Message-ID"] = "<1@example.com>"
    message["Date"] = format_datetime(draw(moments))
    text = draw(lines)
    encoding = draw(st.sampled_from(["base64", "quoted-printable", "8bit"]))
    message.set_content("\n".join(text) + "\n", cte=encoding)
    attached = draw(st.lists(files, max_size=3))
    for number, content in enumerate(attached):
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=f"파일 {number}.bin")
    return message, text, attached


@settings(max_examples=150, deadline=None)
@given(messages())
def test_well_formed_mails_are_read_as_the_two_references_read_them(
    made: tuple[EmailMessage, list[str], list[bytes]],
) -> None:
    message, text, attached = made
    raw = message.as_bytes(policy=email.policy.SMTP)
    ours = mail(RawMail("test", "INBOX", 1, 1, None, raw), now=NOW)
    standard = email.message_from_bytes(raw, policy=email.policy.default)
    other = mailparser.parse_from_bytes(raw)

    assert ours.defects == ()
    assert ours.header.subject == " ".join(str(standard["Subject"]).split()) == " ".join(other.subject.split())
    sender = standard["From"].addresses[0]
    assert (ours.header.sender.name, ours.header.sender.email) == (
        " ".join(sender.display_name.split()),
        sender.addr_spec,
    )
    assert ours.header.sender.email == other.from_[0][1]
    assert [a.email for a in ours.header.to] == [a.addr_spec for a in standard["To"].addresses]
    # Python folds a long list with its comma encoded ("=?utf-8?q?=2C?="); mail-parser stops reading there
    assert {address for _, address in other.to} <= {a.email for a in ours.header.to}
    assert ours.header.sent_at == standard["Date"].datetime == other.date
    assert ours.header.message_id == "1@example.com"

    body = standard.get_body(("plain",))
    assert body is not None
    assert ours.text.split("\n") == body.get_content().splitlines() == text
    assert "".join(other.text_plain[0].split()) == "".join(ours.text.split())

    parts = list(standard.iter_attachments())
    assert (
        [a.name for a in ours.attachments]
        == [p.get_filename() for p in parts]
        == [a["filename"] for a in other.attachments]
    )
    assert [a.size for a in ours.attachments] == [len(p.get_content()) for p in parts] == [len(a) for a in attached]


@settings(max_examples=80, deadline=None)
@given(lines, lines)
def test_of_two_versions_we_read_one_that_the_standard_library_offers(text: list[str], page: list[str]) -> None:
    message = EmailMessage()
    message["From"], message["Subject"] = "shop@example.com", "x"
    message.set_content("\n".join(text))
    message.add_alternative("".join(f"<p>{line}</p>" for line in page), subtype="html")
    ours = mail(RawMail("test", "INBOX", 1, 1, None, message.as_bytes()), now=NOW)
    plain = message.get_body(("plain",))
    assert plain is not None
    assert ours.text.split("\n") in (plain.get_content().rstrip("\n").split("\n"), "\n\n".join(page).split("\n"))
