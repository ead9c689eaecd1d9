"""Reading a mailbox over IMAP, against a real Dovecot."""

from __future__ import annotations

import imaplib
import io
import unicodedata
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage

import pytest

from monitor import imap
from monitor.config import Login
from monitor.imap import connection as connection_module
from monitor.imap import wire
from monitor.imap.folders import Folder, assign, decode_name, watched
from monitor.knowledge import hosts
from tests.dovecot import PASSWORD, Mailbox

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


def mail(n: int, text: str = "안녕하세요", subject: str = "주문") -> bytes:
    made = EmailMessage()
    made["From"] = f"shop{n}@example.com"
    made["To"] = "me@example.net"
    made["Subject"] = f"{subject} {n}"
    made["Date"] = "Mon, 02 Nov 2026 12:00:00 +0000"
    made["Message-ID"] = f"<{n}@example.com>"
    made.set_content(text)
    return made.as_bytes().replace(b"\n", b"\r\n")


def open_(mailbox: Mailbox, password: str = PASSWORD) -> imap.Connection:
    login = Login("127.0.0.1", mailbox.port, "none", (mailbox.name,), "me@example.net")
    return imap.connect(login, password, account="home", answer_seconds=20)


def folder(connection: imap.Connection, name: str) -> Folder:
    return next(f for f in connection.folders() if f.name == name)


def uids(connection: imap.Connection, first: int = 1, since: date | None = None) -> list[int]:
    return [uid for window, _ in connection.uids(first, since) for uid in window]


def test_roles_come_from_special_use(mailbox: Mailbox) -> None:
    mailbox.add("Shopping", [(mail(1), NOON)])
    with open_(mailbox) as connection:
        roles = {f.name: f.role for f in connection.folders()}
    assert roles == {
        "INBOX": "inbox", "Sent": "sent", "Drafts": "drafts", "Trash": "trash", "Junk": "junk", "Archive": "archive",
        "Shopping": "other",
    }  # fmt: skip


def test_sent_is_read_first_and_trash_and_drafts_never(mailbox: Mailbox) -> None:
    mailbox.add("Shopping", [(mail(1), NOON)])
    with open_(mailbox) as connection:
        chosen, missing = watched(connection.folders())
    assert chosen[0].name == "Sent"
    assert {f.name for f in chosen} == {"Sent", "INBOX", "Archive", "Shopping", "Junk"}
    assert missing == []


def test_a_folder_that_does_not_exist_is_named(mailbox: Mailbox) -> None:
    with open_(mailbox) as connection:
        assert watched(connection.folders(), ["INBOX", "Nonsense"])[1] == ["Nonsense"]
        with pytest.raises(imap.MailboxError) as raised:
            connection.examine(Folder("Nonsense", b"Nonsense", "other"))
        assert raised.value.kind is imap.Failure.FOLDER_MISSING
        assert not raised.value.fatal
        assert connection.examine(folder(connection, "INBOX")).exists == 0


def test_headers_agree_with_imapclient(mailbox: Mailbox) -> None:
    mailbox.add("INBOX", [(mail(n, "x" * n), NOON + timedelta(hours=n)) for n in range(1, 30)])
    with mailbox.client() as other:
        other.select_folder("INBOX", readonly=True)
        expected = other.fetch(list(range(1, 30)), ["INTERNALDATE", "RFC822.SIZE", "FLAGS", "BODY.PEEK[HEADER]"])
    with open_(mailbox) as connection:
        connection.examine(folder(connection, "INBOX"))
        got, failed = connection.headers(uids(connection))
    assert failed == []
    assert [f.uid for f in got] == list(range(1, 30))
    for fetched in got:
        theirs = expected[fetched.uid]
        assert fetched.sections[b"HEADER"] == theirs[b"BODY[HEADER]"]
        assert fetched.size == theirs[b"RFC822.SIZE"]
        assert fetched.received_at is not None
        assert fetched.received_at.replace(tzinfo=None) == theirs[b"INTERNALDATE"].replace(tzinfo=None)


def test_both_readers_of_answers_agree(mailbox: Mailbox) -> None:
    mailbox.add("INBOX", [(mail(n), NOON) for n in range(1, 8)], (b"\\Flagged", b"$Label"))
    with open_(mailbox) as connection:
        connection.examine(folder(connection, "INBOX"))
        data = connection._uid("FETCH", "1:*", "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])")
        usual = connection._mails("1:*", "(UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER])", 0)
    groups = list(wire._groups(data))
    assert len(groups) == 7
    for group, read in zip(groups, usual, strict=True):
        assert wire._plain(group) == wire._full(group) == read  # none of the three may decline


def test_reading_leaves_every_flag_as_it_was(mailbox: Mailbox) -> None:
    mailbox.add("INBOX", [(mail(n), NOON) for n in range(1, 6)])
    before, files = mailbox.state(), mailbox.files()
    with open_(mailbox) as connection:
        connection.examine(folder(connection, "INBOX"))
        connection.headers([1, 2, 3])
        assert [len(bodies) for bodies, _ in connection.bodies([(1, 500), (2, 500)], 10_000_000)] == [2]
    assert mailbox.state() == before
    assert mailbox.files() == files
    assert all("new/" in name for name in files)


def test_a_range_that_ends_with_a_star_never_gives_an_older_mail(mailbox: Mailbox) -> None:
    mailbox.add("INBOX", [(mail(n), NOON) for n in range(1, 4)])
    with open_(mailbox) as connection:
        connection.examine(folder(connection, "INBOX"))
        connection._examined = imap.Examined(1, None, 3)  # a server that does not tell UIDNEXT
        assert connection._search("UID 9:*") == [3]
        assert list(connection.uids(9)) == [([], 9)]
        assert list(connection.uids(2)) == [([2, 3], 4)]


def test_since_asks_for_a_day_more(mailbox: Mailbox) -> None:
    mailbox.add("INBOX", [(mail(n), datetime(2026, 11, n, 23, 30, tzinfo=UTC)) for n in range(1, 6)])
    with open_(mailbox) as connection:
        connection.examine(folder(connection, "INBOX"))
        assert set(uids(connection, since=date(2026, 11, 4))) >= {3, 4, 5}
        assert 1 not in uids(connection, since=date(2026, 11, 4))


def test_wide_ranges_are_searched_in_windows(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "UIDS_PER_SEARCH", 3)
    mailbox.add("INBOX", [(mail(n), NOON) for n in range(1, 9)])
    with open_(mailbox) as connection:
        connection.examine(folder(connection, "INBOX"))
        assert list(connection.uids(2)) == [([2, 3, 4], 5), ([5, 6, 7], 8), ([8], 9)]


def test_bodies_come_in_rounds_of_bounded_size(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "BYTES_PER_ROUND", 5_000)
    mailbox.add("INBOX", [(mail(n, "x" * 70 + "\n" + "y" * 1500), NOON) for n in range(1, 8)])
    with open_(mailbox) as connection:
        connection.examine(folder(connection, "INBOX"))
        got, _ = connection.headers(uids(connection))
        rounds = list(connection.bodies([(f.uid, f.size) for f in got], 10_000_000))
    assert len(rounds) > 2
    assert sorted(body.fetched.uid for bodies, _ in rounds for body in bodies) == list(range(1, 8))
    assert all(sum(len(body.content) for body in bodies) <= 5_000 for bodies, _ in rounds)


def test_a_mail_that_is_gone_is_no_failure(mailbox: Mailbox) -> None:
    mailbox.add("INBOX", [(mail(n), NOON) for n in range(1, 4)])
    with open_(mailbox) as connection:
        connection.examine(folder(connection, "INBOX"))
        with mailbox.client() as other:
            other.select_folder("INBOX")
            other.delete_messages([2])
            other.expunge([2])
        got, failed = connection.headers([1, 2, 3])
        assert [f.uid for f in got] == [1, 3]
        assert failed == []


def large_mail(megabytes: int) -> bytes:
    made = EmailMessage()
    made["From"] = "shop@example.com"
    made["Subject"] = "Your order 4711"
    made["Message-ID"] = "<large@example.com>"
    made.set_content("Order number: 4711\nTotal: 12.00 EUR\n")
    made.add_alternative("<p>Order number: <b>4711</b></p>", subtype="html")
    made.add_attachment(b"%PDF-1.4 tiny", maintype="application", subtype="pdf", filename="영수증.pdf")
    made.add_attachment(bytes(megabytes * 1_000_000), maintype="video", subtype="mp4", filename="film.mp4")
    return made.as_bytes().replace(b"\n", b"\r\n")


def test_of_a_large_mail_only_text_and_small_pdfs_are_fetched(mailbox: Mailbox) -> None:
    original = large_mail(12)
    mailbox.add("INBOX", [(original, NOON)])
    with open_(mailbox) as connection:
        connection.examine(folder(connection, "INBOX"))
        got, _ = connection.headers([1])
        ((bodies, _),) = connection.bodies([(1, got[0].size)], 10_000_000)
    body = bodies[0]
    assert len(body.content) < 10_000
    assert b"Order number: 4711" in body.content
    assert body.content.startswith(got[0].sections[b"HEADER"])
    assert len(body.left_out) == 1
    assert "film.mp4" in body.left_out[0]
    import email

    parsed = email.message_from_bytes(body.content)
    kinds = [part.get_content_type() for part in parsed.walk()]
    assert kinds == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/pdf", "video/mp4",
    ]  # fmt: skip
    assert [part.get_payload(decode=True) for part in parsed.walk()][4] == b"%PDF-1.4 tiny"
    film = next(part for part in parsed.walk() if part.get_content_type() == "video/mp4")
    assert "film.mp4" in film["X-Refund-Monitor-Left-Out"]
    assert not parsed.defects


def test_of_a_huge_plain_text_only_the_beginning_is_fetched(mailbox: Mailbox) -> None:
    mailbox.add("INBOX", [(mail(1, "Order 4711\n" + "filler line\n" * 1_000_000), NOON)])
    with open_(mailbox) as connection:
        connection.examine(folder(connection, "INBOX"))
        got, _ = connection.headers([1])
        assert got[0].size > 10_000_000
        ((bodies, _),) = connection.bodies([(1, got[0].size)], 10_000_000)
    assert b"Order 4711" in bodies[0].content
    assert len(bodies[0].content) < 1_100_000
    assert bodies[0].left_out


def test_a_wrong_password_is_said_in_plain_words(mailbox: Mailbox) -> None:
    with pytest.raises(imap.MailboxError) as raised:
        open_(mailbox, password="nonsense")
    assert raised.value.kind is imap.Failure.LOGIN_REFUSED
    assert "app password" in raised.value.message("en")
    assert "앱 비밀번호" in raised.value.message("ko")
    assert "nonsense" not in str(raised.value)


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_mails_come_over_tls(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch, tls: str) -> None:
    mailbox.add("INBOX", [(mail(n, "x\n" * 5000), NOON) for n in range(1, 4)])
    server = mailbox.server
    login = Login("127.0.0.1", server.tls_port if tls == "implicit" else server.port, tls, (mailbox.name,), None)
    with pytest.raises(imap.MailboxError) as raised:
        imap.connect(login, PASSWORD)
    assert raised.value.kind is imap.Failure.TLS  # self-signed: trusted only where the user says so
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    with imap.connect(login, PASSWORD) as connection:
        connection.examine(folder(connection, "INBOX"))
        got, _ = connection.headers([1, 2, 3])
        ((bodies, _),) = connection.bodies([(f.uid, f.size) for f in got], 10_000_000)
    assert [len(body.content) for body in bodies] == [f.size for f in got]


def test_sizes_can_be_asked_for_alone(mailbox: Mailbox) -> None:
    mailbox.add("INBOX", [(mail(n, "x" * n), NOON) for n in range(1, 6)])
    with open_(mailbox) as connection:
        connection.examine(folder(connection, "INBOX"))
        got, _ = connection.headers([5, 2, 4])
        assert connection.sizes([5, 2, 99, 4]) == [(f.uid, f.size) for f in got]


def test_headers_asked_for_ahead_are_those_that_come(mailbox: Mailbox) -> None:
    mailbox.add("INBOX", [(mail(n), NOON) for n in range(1, 10)])
    with open_(mailbox) as connection:
        connection.examine(folder(connection, "INBOX"))
        plain = [connection.headers(uids) for uids in ([1, 2, 3], [4, 5, 6])]
        first = connection.headers([1, 2, 3])
        connection.ask_ahead([4, 5, 6])
        ((bodies, _),) = connection.bodies([(1, 600), (2, 600)], 10_000_000)  # something else comes in between
        assert [body.fetched.uid for body in bodies] == [1, 2]
        assert [first, connection.headers([4, 5, 6])] == plain
        connection.ask_ahead([7, 8, 9])
        assert connection.examine(folder(connection, "Sent")).exists == 0  # and an answer that nobody wants is let go


def test_drafts_are_filed_in_the_folder_with_that_role(mailbox: Mailbox) -> None:
    with open_(mailbox) as connection:
        assert connection.append("drafts", b"Subject: x\n\nhello\n", ("\\Draft",)) == "Drafts"
    assert mailbox.state()["Drafts"][0][1] == (b"\\Draft", b"\\Recent")


def test_decomposed_hangul_names_are_one_name(mailbox: Mailbox) -> None:
    decomposed = unicodedata.normalize("NFD", "쇼핑")
    mailbox.add(decomposed, [(mail(1), NOON)])
    with open_(mailbox) as connection:
        found = folder(connection, "쇼핑")
        assert connection.examine(found).exists == 1
        assert watched(connection.folders(), ["쇼핑"]) == ([found], [])
        assert watched(connection.folders(), [decomposed]) == ([found], [])


def test_names_stand_in_where_a_server_tells_no_roles() -> None:
    naver = hosts.load().get("naver")
    listing = [
        ((b"\\HasNoChildren",), b"/", name)
        for name in (b"INBOX", b"Sent Messages", b"&vPSwuLpUx3zVaA-", b"&wqTTOLpUx3zVaA-", b"Deleted Messages", b"Work")
    ]
    roles = {f.name: f.role for f in assign(listing, naver)}
    assert roles["INBOX"] == "inbox"
    assert roles["Sent Messages"] == roles["보낸메일함"] == "sent"
    assert roles["스팸메일함"] == "junk"
    assert roles["Deleted Messages"] == "trash"
    assert roles["Work"] == "other"


def test_names_below_inbox_count_too() -> None:
    listing = [((), b".", name) for name in (b"INBOX", b"INBOX.Sent", b"INBOX.Trash", b"INBOX.Shops")]
    assert [f.role for f in assign(listing)] == ["inbox", "sent", "trash", "other"]


def test_gmail_is_read_through_all_mail() -> None:
    listing = [
        ((), b"/", b"INBOX"),
        ((b"\\All",), b"/", b"[Gmail]/&yATMtLz0rQDVaA-"),
        ((b"\\Sent",), b"/", b"[Gmail]/&vPSwuNO4ycDVaA-"),
        ((b"\\Junk",), b"/", b"[Gmail]/&wqTTONVo-"),
        ((b"\\Trash",), b"/", b"[Gmail]/&1zTJwNG1-"),
        ((b"\\Noselect",), b"/", b"[Gmail]"),
        ((b"\\Important",), b"/", b"[Gmail]/&yRHGlA-"),
        ((), b"/", b"Shops"),
    ]
    chosen, _ = watched(assign(listing, hosts.load().get("gmail")), gmail=True)
    assert [f.name for f in chosen] == ["[Gmail]/전체보관함", "[Gmail]/스팸함"]


@pytest.mark.parametrize("wire_name", [b"&broken", b"\xec\x87\xbc\xed\x95\x91", b"&2D0-", b"a&-b"])
def test_no_folder_name_is_too_broken_to_show(wire_name: bytes) -> None:
    assert decode_name(wire_name).encode("utf-8")


def test_uid_sets_are_short_and_complete() -> None:
    wanted = [1, 2, 3, 7, 9, 10, *range(100, 5000), *range(6000, 9000, 2)]
    sets = list(wire.uid_set(wanted, limit=200))
    assert [uid for _, uids in sets for uid in uids] == wanted
    assert all(len(text) <= 200 for text, _ in sets)
    assert sets[0][0].startswith(b"1:3,7,9:10,100:4999,6000,")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"17-Jul-1996 02:44:25 -0700", datetime(1996, 7, 17, 9, 44, 25, tzinfo=UTC)),
        (b" 7-Feb-2026 21:52:25 +0900", datetime(2026, 2, 7, 12, 52, 25, tzinfo=UTC)),
        (b"nonsense", None),
        (b"31-Feb-2026 00:00:00 +0000", None),
        (b"01-Jan-0001 00:00:00 +0900", None),
    ],
)
def test_internal_dates(text: bytes, expected: datetime | None) -> None:
    assert wire.internal_date(text) == expected


@pytest.mark.parametrize(
    "pieces",
    [
        [(b"3 (UID 7 BODY[HEADER] {5}", b"A: b\n"), b' FLAGS (\\Seen) INTERNALDATE "17-Jul-1996 02:44:25 -0700")'],
        [(b'3 (INTERNALDATE "17-Jul-1996 02:44:25 -0700" FLAGS (\\Seen) UID 7 BODY[HEADER] {5}', b"A: b\n"), b")"],
        [b'3 (UID 7 FLAGS (\\Seen) INTERNALDATE "17-Jul-1996 02:44:25 -0700" BODY[HEADER] "A: b\n")'],
        [b'3 (BODY[HEADER] "A: b\n" UID 7 INTERNALDATE "17-Jul-1996 02:44:25 -0700" FLAGS (\\Seen))'],
    ],
)
def test_answers_may_come_in_any_order_and_quoted(pieces: list[wire.Piece]) -> None:
    (got,) = wire.fetched(pieces)
    assert (got.uid, got.flags, got.sections) == (7, (b"\\Seen",), {b"HEADER": b"A: b\n"})
    assert got.received_at == datetime(1996, 7, 17, 9, 44, 25, tzinfo=UTC)


class Said:
    """What a server says, as `wire.answer` reads it."""

    def __init__(self, said: bytes) -> None:
        self._file = io.BytesIO(said)
        self.readline, self.read = self._file.readline, self._file.read


def test_what_is_said_in_between_is_passed_over() -> None:
    mails, status, words = wire.answer(
        Said(
            b"* 4 EXISTS\r\n* 2 FETCH (FLAGS (\\Seen))\r\n"
            b'* 3 FETCH (UID 7 FLAGS () INTERNALDATE "17-Jul-1996 02:44:25 -0700" RFC822.SIZE 9 BODY[HEADER] {5}\r\n'
            b'A: b\n)\r\n* LIST () "/" {6}\r\n* BYE \r\n'
            b"* 4 FETCH (UID 8 BODY[HEADER] {5}\r\nC: d\n FLAGS (\\Seen))\r\n* OK still here\r\nA7 OK done\r\n"
        ),
        b"A7",
    )
    assert [(mail.uid, mail.sections) for mail in mails] == [(7, {b"HEADER": b"A: b\n"}), (8, {b"HEADER": b"C: d\n"})]
    assert (status, words) == ("OK", b"done")


@pytest.mark.parametrize(
    "said", [b"", b"* 1 EXISTS", b"* BYE too late\r\n", b"SSH-2.0\r\n", b"* 3 FETCH (UID 7 BODY[] {3}\r\nabc"]
)
def test_an_answer_without_an_end_is_none(said: bytes) -> None:
    with pytest.raises(imaplib.IMAP4.abort):
        wire.answer(Said(said), b"A7")


@pytest.mark.parametrize(
    "pieces", [[b"3 (FLAGS (\\Seen))"], [b"nonsense"], [b"3 (((("], [b"))))"], [None], [b'3 ("'], []]
)
def test_unasked_answers_and_garbage_are_passed_over(pieces: list[wire.Piece]) -> None:
    assert list(wire.fetched(pieces)) == []


def test_a_missing_section_is_not_an_empty_one() -> None:
    (got,) = wire.fetched([b"3 (UID 7 RFC822.SIZE 90 BODY[HEADER] NIL)"])
    assert b"HEADER" not in got.sections
