"""Importing files: the same path, the same outcome as over IMAP."""

from __future__ import annotations

import mailbox as stdlib_mailbox
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import knowledge, mailfiles
from monitor.cli import letters
from monitor.cli import mails as taking
from monitor.config import Config
from monitor.run import intake, orders
from monitor.store import Store
from tests import post
from tests.dovecot import Mailbox
from tests.post import NOW, at


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store" / "monitor.sqlite3") as opened:
        yield opened


def take(store: Store, config: Config, *paths: Path, now: datetime = NOW, **more: Any) -> intake.ImportSummary:
    return intake.import_paths(store, config, knowledge.load(), list(paths), now=now, **more)


def received(content: bytes, when: datetime) -> bytes:
    """The mail with the Received header that a server would have put on top."""
    return b"Received: from a by b; %s\r\n" % f"{when:%a, %d %b %Y %H:%M:%S} +0000".encode() + content


def sample() -> list[tuple[bytes, datetime]]:
    """Orders, letters, answers, plain words and noise."""
    mails = post.mixed(80)
    mails += [(post.letter(1, at(5)), at(5)), (post.answer(1, at(6)), at(6)), (post.order(1, at(2)), at(2))]
    mails += [(post.plain_word(at(9)), at(9))]
    return [(received(content, when), when) for content, when in mails]


def as_mbox(path: Path, mails: list[bytes]) -> Path:
    path.write_bytes(b"".join(b"From x Mon Nov 02 12:00:00 2026\r\n" + content + b"\r\n" for content in mails))
    return path


def as_maildir(path: Path, mails: list[bytes]) -> Path:
    box = stdlib_mailbox.Maildir(path)
    for content in mails:
        box.add(content)
    return path


def as_files(path: Path, mails: list[bytes]) -> Path:
    path.mkdir()
    for n, content in enumerate(mails):
        (path / f"{n:04d}.eml").write_bytes(content)
    return path


def told(store: Store, config: Config) -> list[tuple[Any, ...]]:
    """Orders and mails, without the places that they came from."""
    found: list[tuple[Any, ...]] = [
        (v.order.id, v.order.number, v.judgement.state, [(e.kind, e.at, e.mail) for e in v.order.events])
        for v in orders.orders(store, config, NOW, NOW)
    ]
    return found + [(row.identity, row.kind, row.received_at, row.purchase) for row in store.mails()]


@pytest.mark.parametrize("form", [as_mbox, as_maildir, as_files])
def test_files_tell_the_same_as_a_mailbox(mailbox: Mailbox, store: Store, tmp_path: Path, form: Any) -> None:
    mails = sample()
    own = [entry for entry in mails if b"From: minji" in entry[0]]
    mailbox.add("INBOX", [entry for entry in mails if entry not in own])
    mailbox.add("Sent", own)
    over_imap = post.config(mailbox)
    intake.scan(store, over_imap, knowledge.load(), now=NOW, environ={})
    expected = told(store, over_imap)
    shuffled = [content for content, _ in mails]
    random.Random(3).shuffle(shuffled)
    with Store.open(tmp_path / "other.sqlite3") as other:
        summary = take(other, post.config(), form(tmp_path / "mails", shuffled))
        got = told(other, post.config())
    assert summary.counts.headers == len(mails)
    assert len(got) > 80
    assert got == expected


def test_importing_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    path = as_mbox(tmp_path / "box", [content for content, _ in sample()])
    config = post.config()
    take(store, config, path)
    before = (told(store, config), store.count(), store.events())
    summary = take(store, config, path)
    assert (summary.counts.new, summary.counts.bodies) == (0, 0)
    assert (told(store, config), store.count(), store.events()) == before


def test_age_does_not_matter(store: Store, tmp_path: Path) -> None:
    old = NOW - timedelta(days=3000)
    take(store, post.config(), as_files(tmp_path / "old", [post.order(1, old)]))
    (view,) = orders.orders(store, post.config(), None, NOW)
    assert view.order.placed_at == old


def test_heard_until_is_now_or_what_is_said(store: Store, tmp_path: Path) -> None:
    path = as_files(tmp_path / "mails", [post.order(1, at(2))])
    config = post.config()
    assert take(store, config, path).heard_until == NOW
    assert orders.heard_until(store, config) == {"import": NOW}
    assert take(store, config, path, heard_until=at(5)).heard_until == at(5)
    assert orders.heard_until(store, config) == {"import": at(5)}


def test_an_answer_that_lies_before_its_letter_is_read(store: Store, tmp_path: Path) -> None:
    mails = [post.answer(1, at(6)), post.letter(1, at(5)), post.order(1, at(2))]
    take(store, post.config(), as_mbox(tmp_path / "box", mails))
    (view,) = orders.orders(store, post.config(), None, NOW)
    assert [event.at for event in view.order.events] == [at(2), at(5), at(6)]


def test_a_path_that_cannot_be_used_is_said_before_anything_is_stored(store: Store, tmp_path: Path) -> None:
    path = as_files(tmp_path / "mails", [post.order(1, at(2))])
    with pytest.raises(mailfiles.MailFilesError):
        take(store, post.config(), path, tmp_path / "missing")
    assert list(store.mails()) == []


def test_imported_mails_and_a_mailbox_share_one_store(mailbox: Mailbox, store: Store, tmp_path: Path) -> None:
    mailbox.add("INBOX", [(post.plain_word(at(6)), at(6))])
    config = post.config(mailbox)
    intake.scan(store, config, knowledge.load(), now=NOW, environ={})
    take(store, config, as_files(tmp_path / "mails", [post.order(1, at(2))]))
    # the seller is known only now; his plain word lies in the mailbox and is fetched at the next scan
    intake.scan(store, config, knowledge.load(), now=NOW, environ={})
    (view,) = orders.orders(store, config, None, NOW)
    assert view.order.last_human_word == at(6)


def test_progress_counts_bytes(store: Store, tmp_path: Path) -> None:
    path = as_mbox(tmp_path / "box", [post.order(n, at(2)) for n in range(1, 5)])
    heard: list[tuple[int, int | None]] = []
    take(store, post.config(), path, progress=lambda done, of: heard.append((done, of)))
    done, of = heard[-1]
    assert of == path.stat().st_size
    assert 0.8 * of < done <= of


def test_letters_are_made_when_somebody_asks_and_what_he_has_seen_is_locked_by_news(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = post.config()
    first = as_files(tmp_path / "first", [received(post.order(n, at(2)), at(2)) for n in (1, 2)])
    taking.import_(store, config, [first], NOW, NOW)
    assert store.drafts() == []  # most of the work of a pass, and nobody looks yet
    assert {view.order.number for view in orders.orders(store, config, None, NOW) if view.draft} == {
        "20261102-0001",
        "20261102-0002",
    }
    letters.drafts(store, config, NOW, NOW, as_json=True)  # a look at a moment stores nothing
    assert store.drafts() == []
    letters.drafts(store, config, None, NOW, as_json=True)
    assert [draft.status for draft in store.drafts()] == ["ready", "ready"]
    second = as_files(tmp_path / "second", [received(post.shipped(1, at(20, 8)), at(20, 8))])
    taking.import_(store, config, [second], NOW + timedelta(hours=1), NOW + timedelta(hours=1))
    by_order = {view.order.id: view.order.number for view in orders.orders(store, config, None, NOW)}
    statuses = {by_order[draft.order_id]: draft.status for draft in store.drafts()}
    assert statuses == {"20261102-0001": "locked", "20261102-0002": "ready"}
