"""Mails in files: mbox, Maildir, .eml, folders of them."""

from __future__ import annotations

import json
import mailbox as stdlib_mailbox
import os
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import knowledge, mailfiles
from monitor.run import output, reading
from monitor.types import Kind, RawMail, Verdict

FROM = b"From shop@example.com Mon Nov 02 12:00:00 2026\n"


def mail(n: int, body: bytes = b"hello\n", extra: bytes = b"") -> bytes:
    return b"Message-ID: <%d@example.com>\nFrom: shop@example.com\n%sSubject: order %d\n\n%s" % (n, extra, n, body)


def subjects(mails: list[RawMail]) -> list[bytes]:
    return [line for raw in mails for line in raw.content.splitlines() if line.startswith(b"Subject:")]


def walk(*paths: Path) -> list[RawMail]:
    return list(mailfiles.walk(paths))


def test_an_mbox_gives_each_mail_and_its_place(tmp_path: Path) -> None:
    path = tmp_path / "anything"
    path.write_bytes(b"".join(FROM + mail(n) + b"\n" for n in range(1, 4)))
    got = walk(path)
    assert [raw.content for raw in got] == [mail(n) for n in range(1, 4)]
    assert [(raw.account, raw.folder, raw.received_at) for raw in got] == [("import", str(path), None)] * 3
    for raw in got:
        assert mailfiles.read(raw.folder, raw.uid) == raw


def test_the_mails_agree_with_the_standard_library(tmp_path: Path) -> None:
    path = tmp_path / "box"
    box = stdlib_mailbox.mbox(path)
    for n in range(20):
        box.add(mail(n, b"From the beginning\n\nFrom here on\n>From there\n" * n))
    box.flush()
    theirs = [bytes(box.get_bytes(key)) for key in box.keys()]  # noqa: SIM118 - no mapping
    assert [raw.content.replace(b"\n>From ", b"\nFrom ") for raw in walk(path)] == [
        content.replace(b"\n>>From ", b"\nFrom ").replace(b"\n>From ", b"\nFrom ") for content in theirs
    ]


def test_quoted_from_lines_are_restored(tmp_path: Path) -> None:
    path = tmp_path / "box"
    path.write_bytes(FROM + mail(1, b"\n>From me\n>>From you\n> From none\n"))
    assert walk(path)[0].content.endswith(b"\nFrom me\n>From you\n> From none\n")


def test_a_sentence_that_begins_with_from_is_no_new_mail(tmp_path: Path) -> None:
    path = tmp_path / "box"
    path.write_bytes(FROM + mail(1, b"a\n\nFrom now on we ship daily.\n\nFrom Monday to Friday 9:00 we answer.\n"))
    assert len(walk(path)) == 1


@pytest.mark.parametrize(
    "line",
    [
        b"From 1234567890@xxx Mon Nov 02 03:00:00 +0000 2026\r\n",
        b"From - Mon Nov  2 12:00:00 2026\r\n",
        b"From MAILER-DAEMON Mon Nov  2 12:00:00 2026\r\n",
        b"From a@b.c  Mon, 2 Nov 2026 12:00:00 +0900\r\n",
    ],
)
def test_takeout_and_other_from_lines_with_crlf(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "All mail Including Spam and Trash.mbox"
    path.write_bytes(b"".join(line + mail(n).replace(b"\n", b"\r\n") + b"\r\n" for n in (1, 2)))
    assert [raw.content for raw in walk(path)] == [mail(n).replace(b"\n", b"\r\n") for n in (1, 2)]


@pytest.mark.parametrize(
    "labels", [b"Drafts", b"Trash,Opened", b"=?UTF-8?Q?=EC=9E=84=EC=8B=9C=EB=B3=B4=EA=B4=80=ED=95=A8?=", b"Chat"]
)
def test_takeout_drafts_trash_and_chats_are_passed_over(tmp_path: Path, labels: bytes) -> None:
    path = tmp_path / "takeout.mbox"
    kept, left = mail(1, extra=b"X-Gmail-Labels: Inbox,Orders\n"), mail(2, extra=b"X-Gmail-Labels: %s\n" % labels)
    path.write_bytes(FROM + kept + b"\n" + FROM + left)
    assert [raw.content for raw in walk(path)] == [kept]


def test_from_lines_across_blocks_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "box"
    mails = [mail(n, b"x" * (n * 37 % 900) + b"\n") for n in range(300)]
    path.write_bytes(b"".join(FROM + one + b"\n" for one in mails))
    for block in (1000, 1024, 1999, 4096):
        monkeypatch.setattr(mailfiles, "_BLOCK", block)
        assert [raw.content for raw in walk(path)] == mails


def test_a_huge_mbox_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "box"
    with path.open("wb") as file:
        for n in range(60):
            file.write(FROM + mail(n, b"0123456789abcde\n" * 65_000) + b"\n")
    tracemalloc.start()
    count = sum(1 for _ in mailfiles.walk([path]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 60
    assert peak < 8_000_000


def test_of_an_oversized_mail_the_beginning_is_read_and_the_rest_named(tmp_path: Path) -> None:
    path = tmp_path / "big.eml"
    path.write_bytes(mail(1, b"0123456789abcde\n" * 100_000))
    (raw,) = mailfiles.walk([path], max_body=1_000_000)
    assert len(raw.content) == 1_000_000
    assert raw.size == path.stat().st_size
    assert "1,000,000" in raw.left_out[0]


def test_a_maildir_is_read_and_left_as_it_is(tmp_path: Path) -> None:
    box = stdlib_mailbox.Maildir(tmp_path / "Mail")
    box.add(mail(1))
    seen = stdlib_mailbox.MaildirMessage(mail(2))
    seen.set_subdir("cur")
    seen.set_flags("S")
    box.add(seen)
    draft = stdlib_mailbox.MaildirMessage(mail(3))
    draft.set_subdir("cur")
    draft.set_flags("D")
    box.add(draft)
    box.add_folder("Sent").add(mail(4))
    box.add_folder("Trash").add(mail(5))
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    assert sorted(subjects(walk(tmp_path / "Mail"))) == [b"Subject: order 1", b"Subject: order 2", b"Subject: order 4"]
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


def test_a_folder_is_walked_and_what_is_no_mail_passed_over(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "a.eml").write_bytes(mail(1))
    (tmp_path / "deep" / "no extension").write_bytes(mail(2))
    (tmp_path / "box").write_bytes(FROM + mail(3))
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (tmp_path / "readme").write_bytes(b"just words\n")
    (tmp_path / "broken.eml").write_bytes(b"\x00\x01\x02")
    (tmp_path / "loop").symlink_to(tmp_path)
    got = walk(tmp_path)
    assert sorted(subjects(got)) == [b"Subject: order %d" % n for n in (1, 2, 3)]
    assert any(raw.content == b"\x00\x01\x02" for raw in got)
    assert len(got) == 4


def test_a_file_with_a_mark_at_its_start_is_still_a_mail(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(b"\xef\xbb\xbf\r\n" + mail(1))
    assert walk(path)[0].content == mail(1)


@pytest.mark.parametrize("named", ["nothing here.eml", "a/b"])
def test_a_missing_path_is_said_in_plain_words(tmp_path: Path, named: str) -> None:
    with pytest.raises(mailfiles.MailFilesError, match="does not exist"):
        walk(tmp_path / named)


def test_something_that_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(mailfiles.MailFilesError, match="neither a file nor a folder"):
        walk(tmp_path / "pipe")


def test_an_unreadable_file_on_the_way_costs_itself_only(tmp_path: Path) -> None:
    (tmp_path / "a.eml").symlink_to("/proc/self/mem")  # opens, and fails when read: for root as well
    (tmp_path / "b.eml").write_bytes(mail(2))
    heard: list[str] = []
    got = list(mailfiles.walk([tmp_path], on_problem=heard.append))
    assert subjects(got) == [b"Subject: order 2"]
    assert len(heard) == 1
    assert "a.eml cannot be read" in heard[0]
    with pytest.raises(mailfiles.MailFilesError, match="cannot be read"):
        walk(tmp_path / "a.eml")


def test_a_mail_that_is_gone_is_none(tmp_path: Path) -> None:
    assert mailfiles.read(str(tmp_path / "gone"), 0) is None


def test_of_a_long_mail_the_beginning_comes_first_and_the_whole_on_demand(tmp_path: Path) -> None:
    long = b"From: a@b.example\r\nSubject: long\r\n\r\n" + b"words \r\n" * 10_000
    headed = b"From: a@b.example\nSubject: x\nX-Long: " + b"y" * 20_000 + b"\n\nbody\n"
    (tmp_path / "1.eml").write_bytes(long)
    (tmp_path / "2.eml").write_bytes(headed)
    (tmp_path / "3.eml").write_bytes(b"From: a@b.example\n\nshort\n")
    (tmp_path / "4.eml").write_bytes(long + b"more" * 1_000_000)
    beginnings = list(mailfiles.walk([tmp_path], beginnings=True, max_body=1_000_000))
    assert [len(raw.content) < raw.size for raw in beginnings] == [True, False, False, True]
    assert len(beginnings[0].content) == mailfiles.BEGINNING
    assert beginnings[3].left_out
    whole = list(mailfiles.walk([tmp_path], max_body=1_000_000))
    assert [mailfiles.read(raw.folder, raw.uid, max_body=1_000_000) for raw in beginnings] == whole
    assert whole[0].content == long


def test_the_line_of_a_mail_is_its_json() -> None:
    for kind in (Kind.OTHER, Kind.AUTO_REPLY, Kind.SHIPPED):
        verdict = Verdict(kind, None, "ko", 'words in "quotes"')
        line = output.reading_line('a "b"/주문.eml', verdict, None)
        assert line == json.dumps(output.reading_json('a "b"/주문.eml', verdict, None), ensure_ascii=False)


def test_reading_files_says_the_same_whatever_their_length(tmp_path: Path) -> None:
    order = (
        "From: Shop <order@shop.example>\nSubject: Order confirmation\nContent-Type: text/plain; charset=utf-8\n\n"
        "Thank you for your order.\nOrder number: 100234\nTotal: $45.00\n"
    )
    (tmp_path / "long.eml").write_text("X-Long: " + "z" * 3_000 + "\n" + order + "\n" * 30_000 + "Carrier: UPS\n")
    (tmp_path / "short.eml").write_text(order)
    long, short = reading.read_paths([tmp_path], knowledge.load(), now=datetime(2026, 11, 22, tzinfo=UTC))
    assert long.mail is not None
    assert "UPS" in long.mail.text
    for read in (long, short):
        assert read.finding is not None
        assert read.finding.order_number is not None
        assert read.finding.order_number.value == "100234"
