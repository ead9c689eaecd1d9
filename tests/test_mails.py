"""`mails`: every mail with its verdict and reason, and one of them read again from wherever it still lies."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from monitor import knowledge
from monitor.cli import failures
from monitor.config import Config
from monitor.run import intake, mails
from monitor.store import Store
from monitor.store.words import MailRow
from monitor.types import Kind
from tests import post
from tests.dovecot import Mailbox
from tests.post import NOW, at

NOBODY: Mapping[str, str] = {}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "monitor.sqlite3") as opened:
        yield opened


def files(folder: Path, *contents: bytes) -> Path:
    """Mail files in a folder of their own."""
    folder.mkdir(exist_ok=True)
    for number, content in enumerate(contents):
        (folder / f"{number}.eml").write_bytes(content)
    return folder


def taken(store: Store, folder: Path) -> Config:
    config = post.config()
    intake.import_paths(store, config, knowledge.load(), [folder], now=NOW)
    return config


def row(store: Store, domain: str) -> MailRow:
    (found,) = [mail for mail in store.mails() if mail.counterpart_domain == domain]
    return found


def again(store: Store, config: Config, domain: str) -> mails.Again:
    entry = mails.find(store, config, row(store, domain).identity, now=NOW)
    return mails.again(store, config, knowledge.load(), entry, now=NOW, environ=NOBODY)


def test_every_mail_is_listed_with_its_order_and_the_header_only_ones_on_demand(store: Store, tmp_path: Path) -> None:
    mailed = (post.order(1, at(2)), post.shipped(1, at(4)), post.personal(1, at(5)))
    config = taken(store, files(tmp_path / "mails", *mailed))
    read = list(mails.entries(store, config, now=NOW))
    assert [(e.mail.kind, e.order.number if e.order else None) for e in read] == [
        ("order_confirmation", "20261102-0001"), ("shipped", "20261102-0001"),
    ]  # fmt: skip
    everything = list(mails.entries(store, config, now=NOW, everything=True))
    assert [(e.mail.kind, e.order) for e in everything[2:]] == [("other", None)]
    assert all(e.mail.reason for e in everything)
    assert [e.mail.kind for e in mails.entries(store, config, now=NOW, since=at(3), kind="shipped")] == ["shipped"]


def test_a_mail_is_found_by_the_beginning_of_its_id(store: Store, tmp_path: Path) -> None:
    config = taken(store, files(tmp_path / "mails", post.order(1, at(2)), post.personal(1, at(5))))
    wanted = row(store, "hanbit-shop.co.kr").identity
    assert mails.find(store, config, wanted[:10], now=NOW).mail.identity == wanted
    for unknown in ("ffffffffff", "", wanted[:3]):
        with pytest.raises(mails.MailNotFound):
            mails.find(store, config, unknown, now=NOW)


def test_an_id_that_several_mails_share_names_them(store: Store) -> None:
    twins = [MailRow("abcd" + end * 28, None, None, at(2), "x.example", "other", "no words") for end in "12"]
    store.save_mails(twins)
    with pytest.raises(mails.MailAmbiguous) as raised:
        mails.find(store, post.config(), "abcd", now=NOW)
    assert raised.value.ids == tuple(twin.identity for twin in twins)


def test_a_kept_mail_is_read_again_though_its_file_is_gone(store: Store, tmp_path: Path) -> None:
    folder = files(tmp_path / "mails", post.order(1, at(2)))
    config = taken(store, folder)
    (folder / "0.eml").unlink()
    found = again(store, config, "hanbit-shop.co.kr")
    assert found.source == "store"
    assert found.read is not None
    assert found.read.verdict.kind is Kind.ORDER_CONFIRMATION


def test_a_mail_that_its_header_ruled_out_is_read_whole_from_its_file(store: Store, tmp_path: Path) -> None:
    config = taken(store, files(tmp_path / "mails", post.personal(3, at(5))))
    found = again(store, config, "example.org")
    assert found.source == "file"
    assert found.triage is not None
    assert not found.triage.candidate
    assert found.read is not None
    assert found.read.mail is not None
    assert "내일 만날까" in found.read.mail.text
    assert store.raw(found.entry.mail.identity) is None


def test_a_mail_that_lies_nowhere_any_more_says_so(store: Store, tmp_path: Path) -> None:
    folder = files(tmp_path / "mails", post.personal(3, at(5)))
    config = taken(store, folder)
    (folder / "0.eml").write_bytes(post.personal(4, at(6)))  # another mail lies there now
    found = again(store, config, "example.org")
    assert (found.raw, found.read) == (None, None)


def test_reading_again_stores_what_turns_out_to_be_a_purchase(store: Store, tmp_path: Path) -> None:
    config = taken(store, files(tmp_path / "mails", post.order(7, at(2))))
    identity = row(store, "hanbit-shop.co.kr").identity
    # as an older version would have left it: decided by the header alone
    store.purge_readings([identity])
    old = store.mail(identity)
    assert old is not None
    store.save_mails([MailRow(identity, old.message_id, old.sent_at, old.received_at, old.counterpart_domain, "other",
                              "no word of purchases in its header")])  # fmt: skip
    entry = mails.take(store, config, knowledge.load(), again(store, config, "hanbit-shop.co.kr"), now=NOW)
    assert entry is not None
    assert entry.order is not None
    assert entry.order.number == "20261102-0007"
    assert store.raw(identity) is not None
    stored = store.mail(identity)
    assert stored is not None
    assert (stored.kind, stored.purchase, stored.candidate) == ("order_confirmation", True, True)


def test_of_a_mail_that_is_no_purchase_nothing_is_kept_when_it_is_read_again(store: Store, tmp_path: Path) -> None:
    secret = post.mail("friend@example.org", "Geheimnis-Betreff", "Geheimnis-Text", at(5))
    config = taken(store, files(tmp_path / "mails", secret))
    entry = mails.take(store, config, knowledge.load(), again(store, config, "example.org"), now=NOW)
    assert entry is not None
    assert entry.order is None
    assert not entry.mail.purchase
    assert store.raw(entry.mail.identity) is None
    assert store.reading(entry.mail.identity) is None
    store.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"Geheimnis" not in kept


def test_a_mail_that_a_stage_stumbles_over_is_left_as_it_is(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = taken(store, files(tmp_path / "mails", post.personal(3, at(5))))
    before = list(store.mails())
    found = again(store, config, "example.org")

    def stumble(*_: object) -> None:
        raise ValueError("no words of the mail")

    monkeypatch.setattr("monitor.run.chain.classify", stumble)
    assert mails.take(store, config, knowledge.load(), found, now=NOW) is None
    assert list(store.mails()) == before
    assert store.raw(before[0].identity) is None


def test_a_mail_is_fetched_from_the_mailbox_again_and_every_flag_stays(mailbox: Mailbox, store: Store) -> None:
    mailbox.add("INBOX", [(post.personal(3, at(5)), at(5)), (post.order(1, at(2)), at(2))])
    config = post.config(mailbox)
    intake.scan(store, config, knowledge.load(), now=NOW, environ={})
    before, kept = mailbox.state(), mailbox.files()
    found = again(store, config, "example.org")
    assert found.source == "mailbox"
    assert found.raw is not None
    assert found.raw.received_at == at(5)
    assert found.read is not None
    assert found.read.verdict.kind is Kind.OTHER
    assert (mailbox.state(), mailbox.files()) == (before, kept)


def test_a_mailbox_that_is_not_there_is_named(store: Store, mailbox: Mailbox) -> None:
    mailbox.add("INBOX", [(post.personal(3, at(5)), at(5))])
    config = post.config(mailbox)
    intake.scan(store, config, knowledge.load(), now=NOW, environ={})
    away = config.model_copy(
        update={"accounts": {"home": config.accounts["home"].model_copy(update={"port": 1})}}
    )  # fmt: skip
    found = again(store, away, "example.org")
    assert found.raw is None
    assert [line.partition(":")[0] for line in found.missing] == ["home"]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The command line at home in an empty folder, with three mails taken in."""
    for name in list(os.environ):
        if name.startswith(("REFUND_MONITOR", "XDG_", "LC_", "LANG")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LANG", "C.UTF-8")
    mailed = (post.order(1, at(2)), post.shipped(1, at(4)), post.personal(1, at(5)))
    assert failures.run(["import", str(files(tmp_path / "mails", *mailed))]) == 0
    return tmp_path


@pytest.mark.usefixtures("command")
def test_the_command_lists_explains_and_stores(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert failures.run(["mails", "--all", "--json"]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["domain"], one["kind"], one["header_only"], one["order_number"]) for one in listed] == [
        ("hanbit-shop.co.kr", "order_confirmation", False, "20261102-0001"),
        ("hanbit-shop.co.kr", "shipped", False, "20261102-0001"),
        ("example.org", "other", True, None),
    ]
    assert failures.run(["mails"]) == 0
    shown = capsys.readouterr().out
    assert "order 한빛상점 20261102-0001" in shown
    assert "example.org" not in shown
    assert "1 more were ruled out" in shown
    assert failures.run(["mails", listed[2]["id"][:8]]) == 0
    explained = capsys.readouterr().out
    assert "passed over" in explained
    assert "its file" in explained
    assert failures.run(["mails", listed[0]["id"], "--reread", "--json"]) == 0
    (once,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert once["reading"]["order_number"] == "20261102-0001"
    assert once["order"] == listed[0]["order"]


@pytest.mark.usefixtures("command")
def test_how_well_each_sender_can_be_read_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert failures.run(["mails", "--health", "--json"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"sender": "hanbit-shop.co.kr", "name": "한빛상점", "before_read": 0, "before": 0, "recent_read": 2,
         "recent": 2, "dropped": False}
    ]  # fmt: skip
    assert failures.run(["mails", "--health"]) == 0
    shown = capsys.readouterr().out
    assert "한빛상점 (hanbit-shop.co.kr)" in shown
    assert "2/2" in shown
    assert "No sender's mails" in shown
    assert failures.run(["mails", "--health", "--all"]) == 2


@pytest.mark.usefixtures("command")
def test_wrong_use_of_the_command_says_what_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert failures.run(["mails", "--reread"]) == 2
    assert failures.run(["mails", "--kind", "purchase"]) == 2
    assert "order_confirmation" in capsys.readouterr().err
    assert failures.run(["mails", "0000000000"]) == 1
    assert failures.run(["mails", "--since", "yesterday"]) == 2


@pytest.mark.usefixtures("command")
def test_a_mail_that_is_gone_ends_with_status_one(command: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (command / "mails" / "2.eml").unlink()
    capsys.readouterr()
    assert failures.run(["mails", "--all", "--json", "--kind", "other"]) == 0
    (one,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert failures.run(["mails", one["id"]]) == 1
    assert "could not be read again" in capsys.readouterr().err
