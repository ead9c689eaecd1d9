"""Taking mails in from real mailboxes: nothing lost, nothing counted twice, nothing touched."""

from __future__ import annotations

import base64
import imaplib
import json
import time
import unicodedata
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import imap, knowledge
from monitor.config import Config
from monitor.run import intake, orders
from monitor.store import Store
from monitor.types import Kind
from tests import post
from tests.dovecot import Dovecot, Mailbox
from tests.hostile import hostile
from tests.post import NOW, at


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "monitor.sqlite3") as opened:
        yield opened


def scan(store: Store, config: Config, now: datetime = NOW, **more: Any) -> intake.ScanSummary:
    return intake.scan(store, config, knowledge.load(), now=now, environ={}, **more)


def content(store: Store) -> dict[str, Any]:
    """All that a pass can change, but for the moments at which it did."""
    return {
        "mails": list(store.mails()),
        "places": {row.identity: store.locations(row.identity) for row in store.mails()},
        "readings": store.readings(),
        "events": store.events(),
        "raw": {row.identity: store.raw(row.identity) for row in store.mails(purchase=True)},
        "cursors": [(s.account, s.folder, s.next_uid, s.heard_until) for s in store.folder_states()],
        "problems": [entry.problem for entry in store.problems()],
    }


def views(store: Store, config: Config) -> dict[str | None, orders.OrderView]:
    return {view.order.number: view for view in orders.orders(store, config, None, NOW)}


def test_orders_are_read_and_every_flag_stays(mailbox: Mailbox, store: Store) -> None:
    mailbox.add("INBOX", [(post.order(1, at(2)), at(2)), (post.shipped(1, at(4)), at(4))])
    mailbox.add("INBOX", [(post.personal(1, at(5)), at(5))])
    before, files = mailbox.state(), mailbox.files()
    config = post.config(mailbox)
    summary = scan(store, config)
    assert summary.complete
    assert summary.quiet
    assert (summary.counts.headers, summary.counts.new) == (3, 3)
    (view,) = views(store, config).values()
    assert (view.order.number, view.judgement.state) == ("20261102-0001", "shipped")
    assert mailbox.state() == before
    assert mailbox.files() == files


def test_of_other_mails_no_subject_and_no_text_is_kept(mailbox: Mailbox, store: Store, tmp_path: Path) -> None:
    secret = post.mail("friend@example.org", "Geheimnis-Betreff", "Geheimnis-Text", at(5))
    mailbox.add("INBOX", [(secret, at(5)), (post.order(1, at(2)), at(2))])
    scan(store, post.config(mailbox))
    store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"Geheimnis" not in kept
    assert b"example.org" in kept


def test_a_second_scan_reads_nothing_and_changes_nothing(mailbox: Mailbox, store: Store) -> None:
    mailbox.add("INBOX", post.mixed(60))
    mailbox.add("Sent", [(post.letter(1, at(5)), at(5))])
    config = post.config(mailbox)
    scan(store, config)
    before = content(store)
    summary = scan(store, config)
    assert (summary.counts.headers, summary.counts.bodies) == (0, 0)
    assert not summary.quiet
    assert content(store) == before


def test_new_mails_are_read_and_only_they(mailbox: Mailbox, store: Store) -> None:
    mailbox.add("INBOX", [(post.order(1, at(2)), at(2))])
    config = post.config(mailbox)
    scan(store, config)
    mailbox.add("INBOX", [(post.order(2, at(3)), at(3))])
    later = NOW + timedelta(hours=1)
    summary = scan(store, config, later)
    assert summary.counts.headers == 1
    assert set(views(store, config)) == {"20261102-0001", "20261102-0002"}
    assert store.heard_until("home") == later


def test_one_mail_in_several_folders_is_one_mail(mailbox: Mailbox, store: Store) -> None:
    for folder in ("INBOX", "Archive", "Shopping"):
        mailbox.add(folder, [(post.order(1, at(2)), at(2))])
    config = post.config(mailbox)
    summary = scan(store, config)
    assert summary.counts.new == 1
    (row,) = store.mails()
    assert {place.folder for place in store.locations(row.identity)} == {"INBOX", "Archive", "Shopping"}
    assert len(views(store, config)) == 1


def test_one_mail_in_two_accounts_is_one_mail(dovecot: Dovecot, store: Store) -> None:
    boxes = dovecot.user(), dovecot.user()
    for box in boxes:
        box.add("INBOX", [(post.order(1, at(2)), at(2))])
    config = post.config(*boxes)
    scan(store, config)
    (view,) = views(store, config).values()
    assert view.order.accounts == ("home", "second")


def test_drafts_and_trash_are_not_read(mailbox: Mailbox, store: Store) -> None:
    mailbox.add("Trash", [(post.order(1, at(2)), at(2))])
    mailbox.add("Drafts", [(post.letter(1, at(2)), at(2))])
    mailbox.add("Shopping", [(post.letter(2, at(2)), at(2))], (b"\\Draft",))
    scan(store, post.config(mailbox))
    assert list(store.mails()) == []


def test_letters_and_answers_from_elsewhere_join_their_order(mailbox: Mailbox, store: Store) -> None:
    mailbox.add("INBOX", [(post.order(1, at(2)), at(2)), (post.answer(1, at(6)), at(6))])
    mailbox.add("Sent", [(post.letter(1, at(5)), at(5))])
    config = post.config(mailbox)
    scan(store, config)
    (view,) = views(store, config).values()
    kinds = [event.kind for event in view.order.events]
    assert kinds[0] == Kind.ORDER_CONFIRMATION.value
    assert Kind.OWN_LETTER.value in kinds
    assert len(kinds) == 3
    assert view.order.last_human_word == at(6)


def test_letters_to_others_are_read_and_forgotten(mailbox: Mailbox, store: Store, tmp_path: Path) -> None:
    private = post.mail(post.ME, "Geheimnis", "Nur fuer dich, Geheimnis 12345", at(3), to="friend@example.org")
    mailbox.add("Sent", [(private, at(3))])
    scan(store, post.config(mailbox))
    assert store.readings() == []
    (row,) = store.mails()
    assert (row.purchase, store.raw(row.identity)) == (False, None)


def test_a_plain_word_of_a_seller_known_only_later_gets_a_second_look(mailbox: Mailbox, store: Store) -> None:
    # the archive is read after the inbox, so the seller is unknown when his plain word is met
    mailbox.add("INBOX", [(post.plain_word(at(6)), at(6)), (post.plain_word(at(1)), at(1))])
    mailbox.add("Archive", [(post.order(1, at(2)), at(2))])
    config = post.config(mailbox)
    summary = scan(store, config)
    assert summary.counts.second_look == 1  # only the one that came after the order
    (view,) = views(store, config).values()
    assert view.order.last_human_word == at(6)


def test_mails_of_a_known_seller_are_candidates_at_once(mailbox: Mailbox, store: Store) -> None:
    mailbox.add("INBOX", [(post.order(1, at(2)), at(2))])
    config = post.config(mailbox)
    scan(store, config)
    mailbox.add("INBOX", [(post.plain_word(at(6)), at(6))])
    summary = scan(store, config, NOW + timedelta(minutes=10))
    assert (summary.counts.bodies, summary.counts.second_look) == (1, 0)
    (view,) = views(store, config).values()
    assert view.order.last_human_word == at(6)


def test_what_the_program_sent_is_no_letter_and_no_purchase(mailbox: Mailbox, store: Store) -> None:
    store.remember_sent("order1@hanbit-shop.co.kr", "digest", at(1))
    mailbox.add("INBOX", [(post.order(1, at(2)), at(2))])
    scan(store, post.config(mailbox))
    (row,) = store.mails()
    assert (row.kind, row.reason, row.candidate) == ("other", "sent by this program", False)


def test_mails_older_than_the_first_months_are_left_alone(mailbox: Mailbox, store: Store) -> None:
    old, edge = NOW - timedelta(days=400), NOW - timedelta(days=80)
    mailbox.add("INBOX", [(post.order(1, old), old), (post.order(2, edge), edge)])
    config = post.config(mailbox)
    scan(store, config)
    assert set(views(store, config)) == {"20261102-0002"}


def test_reading_further_back_can_be_asked_for_later(mailbox: Mailbox, store: Store) -> None:
    old, edge = NOW - timedelta(days=80), NOW - timedelta(days=10)
    mailbox.add("INBOX", [(post.order(1, old), old), (post.order(2, edge), edge)])
    scan(store, post.config(mailbox, first_months=1))
    assert len(list(store.mails())) == 1
    config = post.config(mailbox, first_months=6)
    scan(store, config)
    assert set(views(store, config)) == {"20261102-0001", "20261102-0002"}


def test_the_late_evening_of_the_first_day_is_read(mailbox: Mailbox, store: Store) -> None:
    first_day = datetime.fromisoformat("2026-10-20T09:00:00+00:00")
    mails = [first_day - timedelta(minutes=1), first_day, first_day + timedelta(hours=14, minutes=59)]
    mailbox.add("INBOX", [(post.order(n, when), when) for n, when in enumerate(mails, 1)])
    config = post.config(mailbox, first_months=1)
    scan(store, config)
    assert set(views(store, config)) == {"20261102-0002", "20261102-0003"}


def renumber(mailbox: Mailbox, folder: str) -> None:
    """Delete and make a folder again, with the same mails and new UIDs: UIDVALIDITY changes."""
    with mailbox.client() as client:
        client.select_folder(folder)
        mails = client.fetch(client.search("ALL"), ["BODY.PEEK[]", "INTERNALDATE"])
        client.select_folder("INBOX")
        client.delete_folder(folder)
    mailbox.add(folder, [(m[b"BODY[]"], m[b"INTERNALDATE"]) for _, m in sorted(mails.items(), reverse=True)])


def test_renumbered_mails_are_found_again_and_not_doubled(mailbox: Mailbox, store: Store) -> None:
    mailbox.add("Archive", [(post.order(n, at(n)), at(n)) for n in (1, 2, 3)])
    config = post.config(mailbox)
    scan(store, config)
    before, validity = content(store), store.folder_state("home", "Archive").uidvalidity
    renumber(mailbox, "Archive")
    mailbox.add("Archive", [(post.order(4, at(4)), at(4))])
    summary = scan(store, config)
    assert store.folder_state("home", "Archive").uidvalidity != validity
    assert (summary.counts.headers, summary.counts.new) == (4, 1)
    assert len(views(store, config)) == 4
    after = content(store)
    assert [m for m in after["mails"] if m in before["mails"]] == before["mails"]
    assert all(len(places) == 1 for places in after["places"].values())


def test_vanished_mails_keep_their_order(mailbox: Mailbox, store: Store) -> None:
    mailbox.add("INBOX", [(post.order(n, at(n)), at(n)) for n in (1, 2)])
    config = post.config(mailbox)
    scan(store, config)
    with mailbox.client() as client:
        client.select_folder("INBOX")
        client.delete_messages([1, 2])
        client.expunge()
    mailbox.add("INBOX", [(post.order(3, at(3)), at(3))])
    scan(store, config)
    assert len(views(store, config)) == 3


def test_decomposed_names_and_a_folder_the_user_made(mailbox: Mailbox, store: Store) -> None:
    mailbox.add(unicodedata.normalize("NFD", "쇼핑"), [(post.order(1, at(2)), at(2))])
    config = post.config(mailbox)
    scan(store, config)
    assert len(views(store, config)) == 1
    assert store.folder_state("home", "쇼핑") is not None


def test_an_account_that_is_down_keeps_its_moment_and_stops_no_other(dovecot: Dovecot, store: Store) -> None:
    boxes = dovecot.user(), dovecot.user()
    for n, box in enumerate(boxes, 1):
        box.add("INBOX", [(post.order(n, at(2)), at(2))])
    config = post.config(*boxes)
    scan(store, config)
    down = config.model_copy(deep=True)
    with hostile([], "bye_at_greeting") as server:
        down.accounts["home"] = down.accounts["home"].model_copy(update={"port": server.port})
        later = NOW + timedelta(days=2)
        summary = scan(store, down, later)
    assert store.heard_until("home") == NOW
    assert store.heard_until("second") == later
    assert [(a.name, a.error is None) for a in summary.accounts] == [("home", False), ("second", True)]
    assert [entry.problem.stage for entry in store.problems()] == ["account home"]
    scan(store, config, later)
    assert store.problems() == []
    assert store.heard_until("home") == later


def test_a_wrong_password_names_the_account_and_what_to_do(mailbox: Mailbox, store: Store) -> None:
    config = post.config(mailbox)
    config.accounts["home"] = config.accounts["home"].model_copy(update={"password": None, "password_env": "X"})
    summary = intake.scan(store, config, knowledge.load(), now=NOW, environ={"X": "wrong"})
    assert summary.accounts[0].error is not None
    assert "앱 비밀번호" in summary.accounts[0].error
    assert store.heard_until("home") is None


def logins(mailbox: Mailbox, result: str, *, at_least: int = 0) -> int:
    """How often the server's log says so of this user; the log is waited for until it does so often."""
    deadline = time.monotonic() + 15
    while True:
        lines = (mailbox.server.home / "dovecot.log").read_text(errors="replace").splitlines()
        count = sum(mailbox.name in line and result in line for line in lines)
        if count >= at_least or time.monotonic() > deadline:
            return count
        time.sleep(0.05)


def test_a_mailbox_opened_ahead_is_read_over_that_connection(mailbox: Mailbox, store: Store) -> None:
    mailbox.add("INBOX", [(post.order(1, at(2)), at(2))])
    config = post.config(mailbox)
    before = logins(mailbox, "Login:")
    with intake.Ahead(config, environ={}) as ahead:
        assert scan(store, config, ahead=ahead).complete
    assert logins(mailbox, "Login:") == before + 1
    assert store.heard_until("home") == NOW
    with intake.Ahead(config, environ={}) as ahead:  # a second account, and nothing ahead of it
        both = post.config(mailbox, mailbox.server.user())
        assert scan(store, both, NOW + timedelta(minutes=1), ahead=ahead).complete


@pytest.mark.parametrize("first", [True, False])
def test_what_was_asked_ahead_is_not_asked_again(
    mailbox: Mailbox, store: Store, monkeypatch: pytest.MonkeyPatch, first: bool
) -> None:
    mailbox.add("INBOX", [(post.order(n, at(2)), at(2)) for n in range(1, 4)])
    config = post.config(mailbox)
    sent: list[tuple[str, ...]] = []
    ask = imaplib.IMAP4._command

    def noted(self: imaplib.IMAP4, name: str, *arguments: str) -> object:
        sent.append((name, *arguments))
        return ask(self, name, *arguments)

    monkeypatch.setattr(imaplib.IMAP4, "_command", noted)
    with intake.Ahead(config, environ={}, first_pass=NOW if first else None) as ahead:
        ahead._thread.join()
        asked_ahead = len(sent)
        assert scan(store, config, ahead=ahead).complete
    assert store.count()["mails"] == 3
    assert sum(command[0] == "LIST" for command in sent) == 1
    searches = [place for place, command in enumerate(sent) if command[:2] == ("UID", "SEARCH")]
    assert [place < asked_ahead for place in searches] == [first]


def test_what_was_searched_ahead_counts_for_that_state_of_the_folder_only(mailbox: Mailbox, store: Store) -> None:
    mailbox.add("INBOX", [(post.order(1, at(2)), at(2))])
    config = post.config(mailbox)
    with intake.Ahead(config, environ={}, first_pass=NOW) as ahead:
        ahead._thread.join()
        mailbox.add("INBOX", [(post.order(2, at(3)), at(3))])
        assert scan(store, config, ahead=ahead).complete
    assert store.count()["mails"] == 2


def test_a_wrong_password_is_tried_once_also_ahead(mailbox: Mailbox, store: Store) -> None:
    config = post.config(mailbox)
    config.accounts["home"] = config.accounts["home"].model_copy(update={"password": None, "password_env": "X"})
    with intake.Ahead(config, environ={"X": "wrong"}) as ahead:
        summary = intake.scan(store, config, knowledge.load(), now=NOW, environ={"X": "wrong"}, ahead=ahead)
    assert summary.accounts[0].error is not None
    assert "앱 비밀번호" in summary.accounts[0].error
    assert logins(mailbox, "auth failed, 1 attempts", at_least=1) == 1


def test_a_connection_that_no_pass_takes_is_closed(mailbox: Mailbox) -> None:
    config = post.config(mailbox)
    with intake.Ahead(config, environ={}) as ahead:
        assert ahead.take("another") is None
        ahead._thread.join()
        assert logins(mailbox, "Login:", at_least=1) == 1
    assert logins(mailbox, "Disconnected: Logged out", at_least=1) == 1


def test_a_password_that_cannot_be_had_stops_only_its_account(dovecot: Dovecot, store: Store) -> None:
    config = post.config(dovecot.user(), dovecot.user())
    config.accounts["home"] = config.accounts["home"].model_copy(update={"password": None, "password_env": "X"})
    summary = scan(store, config)
    assert summary.accounts[0].error is not None
    assert "X" in summary.accounts[0].error
    assert store.heard_until("second") == NOW


def test_a_wanted_folder_that_does_not_exist_holds_the_account_back(mailbox: Mailbox, store: Store) -> None:
    mailbox.add("INBOX", [(post.order(1, at(2)), at(2))])
    config = post.config(mailbox)
    config.accounts["home"] = config.accounts["home"].model_copy(update={"folders": ("INBOX", "Shops")})
    summary = scan(store, config)
    assert summary.accounts[0].error is not None
    assert "Shops" in summary.accounts[0].error
    assert "Archive" in summary.accounts[0].error  # the real ones are named
    assert len(views(store, config)) == 1
    assert store.heard_until("home") is None


def test_a_folder_that_disappears_holds_back_for_a_week(mailbox: Mailbox, store: Store) -> None:
    mailbox.add("Shopping", [(post.order(1, at(2)), at(2))])
    config = post.config(mailbox)
    scan(store, config)
    with mailbox.client() as client:
        client.delete_folder("Shopping")
    summary = scan(store, config, NOW + timedelta(days=1))
    assert summary.accounts[0].error is not None
    assert "Shopping" in summary.accounts[0].error
    assert store.heard_until("home") == NOW
    scan(store, config, NOW + timedelta(days=9))
    scan(store, config, NOW + timedelta(days=9, hours=1))
    assert store.heard_until("home") == NOW + timedelta(days=9, hours=1)
    assert store.problems() == []


def test_a_renamed_folder_is_no_loss(mailbox: Mailbox, store: Store) -> None:
    mailbox.add("Shopping", [(post.order(1, at(2)), at(2))])
    config = post.config(mailbox)
    scan(store, config)
    with mailbox.client() as client:
        client.rename_folder("Shopping", "Shops")
    later = NOW + timedelta(days=1)
    assert scan(store, config, later).complete
    assert store.heard_until("home") == later
    assert len(views(store, config)) == 1


def test_a_mail_that_comes_back_empty_is_never_done(store: Store) -> None:
    mails = [post.order(n, at(2)) for n in (1, 2)]
    with hostile(mails, "empty_literal") as server:
        server.name = "me"
        config = post.config(server)
        summary = scan(store, config)
        assert summary.accounts[0].error is not None
        assert views(store, config) == {}
        assert store.heard_until("home") is None
        server.trick = ""
        later = NOW + timedelta(hours=1)
        assert scan(store, config, later).complete
        assert len(views(store, config)) == 2
        assert store.heard_until("home") == later
        assert store.problems() == []
        assert scan(store, config, later).counts.headers == 0


@pytest.mark.parametrize("trick", ["cut_in_literal", "hang_in_fetch"])
def test_a_broken_connection_is_taken_up_where_it_stopped(store: Store, trick: str) -> None:
    mails = [post.order(n, at(2)) for n in range(1, 8)]
    with hostile(mails, trick, times=1) as server:
        server.name = "me"
        config = post.config(server, batch=2)
        summary = scan(store, config, answer_seconds=1)
        assert summary.complete
        assert len(views(store, config)) == 7


def test_a_server_that_stays_broken_ends_the_pass(store: Store) -> None:
    with hostile([post.order(1, at(2))], "hang_in_fetch") as server:
        server.name = "me"
        summary = scan(store, post.config(server), answer_seconds=0.5)
    assert not summary.complete
    assert store.heard_until("home") is None


def test_a_mail_that_a_stage_stumbles_over_costs_one_problem(
    mailbox: Mailbox, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitor.run import chain

    real = chain.extract

    def stumbles(mail: Any, *more: Any, **named: Any) -> Any:
        if "머그컵 2" in mail.text:
            raise RuntimeError("머그컵 2")
        return real(mail, *more, **named)

    monkeypatch.setattr(chain, "extract", stumbles)
    mailbox.add("INBOX", [(post.order(n, at(2)), at(2)) for n in (1, 2, 3)])
    config = post.config(mailbox)
    summary = scan(store, config)
    assert summary.counts.unreadable == 1
    assert set(views(store, config)) == {"20261102-0001", "20261102-0003"}
    (problem,) = [entry.problem for entry in store.problems()]
    assert problem.stage == "extract"
    assert "머그컵" not in problem.message
    assert store.unread() == [problem.mail]  # kept as it came, for a better reader


def test_of_a_sixty_megabyte_mail_the_text_is_read(mailbox: Mailbox, store: Store) -> None:
    from email import message_from_bytes, policy

    made = message_from_bytes(post.order(1, at(2)), policy=policy.SMTP)
    made.add_attachment(bytes(45_000_000), maintype="video", subtype="mp4", filename="film.mp4")
    huge = made.as_bytes()
    assert len(huge) > 60_000_000
    mailbox.add("INBOX", [(huge, at(2))])
    config = post.config(mailbox)
    scan(store, config)
    (row,) = store.mails()
    assert set(views(store, config)) == {"20261102-0001"}
    assert "film.mp4" in store.left_out(row.identity)[0]


def test_broken_mails_are_taken_in_too(mailbox: Mailbox, store: Store) -> None:
    broken = [b"\r\n", b"\r\nno header at all", b"Subject: x\r\n\r\n", b"\x80\xff: \x01\r\n\r\n\xff", b"From:\r\n\r\n"]
    mailbox.add("INBOX", [(content, at(2)) for content in broken])
    summary = scan(store, post.config(mailbox))
    assert summary.complete
    assert summary.counts.headers == len(broken)
    assert scan(store, post.config(mailbox)).counts.headers == 0


def test_progress_is_told(mailbox: Mailbox, store: Store) -> None:
    mailbox.add("INBOX", post.mixed(30))
    heard: list[tuple[int, int | None]] = []
    scan(store, post.config(mailbox, batch=10), progress=lambda done, of: heard.append((done, of)))
    assert heard[-1] == (30, 30)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)


def test_an_account_switched_off_is_left_alone(mailbox: Mailbox, store: Store) -> None:
    config = post.config(mailbox)
    config.accounts["home"] = config.accounts["home"].model_copy(update={"enabled": False})
    assert scan(store, config).accounts == []


def test_settings_stay_small_and_hold_no_mail(mailbox: Mailbox, store: Store) -> None:
    mailbox.add("INBOX", post.mixed(40))
    scan(store, post.config(mailbox))
    known = json.loads(store.get_setting("intake.known") or "")
    assert known["domains"] == ["hanbit-shop.co.kr"]
    assert store.get_setting("intake.unsettled") is None


def test_outlook_is_told_what_is_possible() -> None:
    from monitor.config import Login
    from monitor.knowledge import hosts

    provider = hosts.load().get("outlook")
    with pytest.raises(imap.MailboxError) as raised:
        imap.connect(Login("outlook.office365.com", 993, "implicit", ("a",), None), "x", provider=provider)
    assert "forward" in raised.value.message("en")


def test_an_order_number_is_found_in_a_mail_as_it_came() -> None:
    from monitor.run.intake.reader import contains_any

    hidden = b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes("주문 HB-88213 안내".encode() * 40)
    assert contains_any(b"your order HB-8=\r\n8213 is late", ["HB-88213"])
    assert contains_any(hidden, ["HB-88213"])
    assert not contains_any(hidden, ["HB-9"])
    assert not contains_any(b"HB-88213", [])
