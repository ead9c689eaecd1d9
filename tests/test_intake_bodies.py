"""The second process of a long pass, and what a second look fetches: nothing is lost or read twice for nothing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from monitor import knowledge
from monitor.classify import Known
from monitor.config import Config
from monitor.run import intake, orders
from monitor.run.intake import bodies
from monitor.run.intake.bodies import Bodies
from monitor.run.intake.reader import Kept, Reader, contains_any, mentions
from monitor.store import Store
from monitor.types import RawMail
from tests import post
from tests.dovecot import Mailbox
from tests.post import NOW, at
from tests.test_intake_killed import fill, in_a_process, outcome
from tests.test_intake_killed import scan as scan_into


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.sqlite3") as opened:
        yield opened


def scan(store: Store, config: Config, now: datetime = NOW) -> intake.ScanSummary:
    return intake.scan(store, config, knowledge.load(), now=now, environ={})


def reader() -> Reader:
    known = Known()
    return Reader(knowledge.load(), own=frozenset({post.ME}), program=(), known=known, threads=(), now=NOW)


def raw(content: bytes) -> RawMail:
    return RawMail("home", "INBOX", 1, 1, at(2), content, len(content), ())


def helpers(of: int) -> set[int]:
    """Processes that this one has started and that still run."""
    children = set()
    for task in Path(f"/proc/{of}/task").iterdir():
        children |= set(map(int, (task / "children").read_text().split()))
    return children


two_processors = pytest.mark.skipif(not bodies._may_split(), reason="one processor, or not Linux")


@two_processors
@pytest.mark.parametrize("enough", [-1, bodies.ENOUGH], ids=["parsed here", "parsed there"])
def test_with_a_second_process_the_outcome_is_the_same(
    mailbox: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, enough: int
) -> None:
    fill(mailbox)
    config = post.config(mailbox, batch=20)
    alone, together = tmp_path / "alone.sqlite3", tmp_path / "together.sqlite3"
    scan_into(alone, config)
    started: list[int] = []
    begin = Bodies.begin

    def watched(self: Bodies, mails: int) -> None:
        begin(self, mails)
        if self._process is not None:
            started.append(self._process.pid)

    monkeypatch.setattr(bodies, "LONG", 50)
    monkeypatch.setattr(bodies, "ENOUGH", enough)
    monkeypatch.setattr(Bodies, "begin", watched)
    scan_into(together, config)
    assert len(set(started)) == 1
    assert outcome(together, config) == outcome(alone, config)
    assert set(started).isdisjoint(helpers(os.getpid()))


@two_processors
def test_a_mail_that_no_stage_can_parse_costs_a_problem_in_both_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    one, content = reader(), post.order(1, at(2))

    def stumbles(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("monitor.parse.mail", stumbles)
    monkeypatch.setattr(bodies, "ENOUGH", -1)
    expected = one.read(raw(content), one.header(content, None), None)
    assert expected.problem is not None and expected.problem.stage == "parse" and expected.raw is not None
    reading = Bodies(one)
    reading.begin(bodies.LONG)
    kept: list[Kept] = []
    reading.read(raw(content), one.header(content, None), None, kept.append)
    reading.collect(all_of_them=True)
    reading.close()
    assert kept == [expected]


@two_processors
def test_the_second_process_takes_the_second_look_with_the_threads_of_the_whole_pass() -> None:
    answer = post.personal(1, at(5)).replace(b"Subject:", b"In-Reply-To: <begun-later@shop.example>\nSubject:", 1)
    outcomes = []
    for split in (True, False):
        one = reader()
        reading = Bodies(one)
        if split:
            reading.begin(bodies.LONG)
        one.threads.add("begun-later@shop.example")  # by a candidate that came after the second process had started
        reading.know(Known())
        kept: list[Kept] = []
        for content in (answer, post.personal(2, at(6))):
            look = bodies.Look(raw(content), one.header(content, None).identity, None, True, frozenset())
            reading.look(look, kept.append)
        reading.collect(all_of_them=True)
        reading.close()
        outcomes.append(kept)
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0]) == 1


@two_processors
def test_where_the_second_process_dies_its_mails_are_read_here() -> None:
    mails = [post.order(n, at(2)) for n in range(1, 30)]
    one = reader()
    expected = [one.read(raw(content), one.header(content, None), None) for content in mails]
    reading = Bodies(one)
    reading.begin(bodies.LONG)
    kept: list[Kept] = []
    for place, content in enumerate(mails):
        reading.read(raw(content), one.header(content, None), None, kept.append)
        if place == 10:
            os.kill(reading._process.pid, signal.SIGKILL)
    reading.collect(all_of_them=True)
    reading.close()
    assert kept == expected


@two_processors
def test_the_second_process_holds_nothing_and_ends_with_the_first(tmp_path: Path) -> None:
    def first() -> None:
        with Store.open(tmp_path / "store.sqlite3") as held, held.lock():
            reading = Bodies(reader())
            reading.begin(bodies.LONG)
            content = post.order(1, at(2))
            reading.read(raw(content), reader().header(content, None), None, lambda _: None)
            reading.collect(all_of_them=True)  # it works
            (tmp_path / "pid").write_text(str(reading._process.pid))
            os.kill(reading._process.pid, signal.SIGSTOP)  # it cannot hear of the end of the first one
            (tmp_path / "ready").touch()
            time.sleep(60)

    pid = in_a_process(first)
    end = time.monotonic() + 20
    while not (tmp_path / "ready").exists() and time.monotonic() < end:
        time.sleep(0.02)
    second = int((tmp_path / "pid").read_text())
    try:
        open_files = [str(entry.readlink()) for entry in Path(f"/proc/{second}/fd").iterdir()]
        assert not any("store.sqlite3" in name for name in open_files)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        with Store.open(tmp_path / "store.sqlite3") as store, store.lock():
            pass  # nobody holds it any more
        os.kill(second, signal.SIGCONT)
        while runs(second) and time.monotonic() < end:
            time.sleep(0.02)
        assert not runs(second)
    finally:
        if runs(second):
            os.kill(second, signal.SIGKILL)


def runs(process: int) -> bool:
    """Whether a process exists and is more than a name that nobody asked for."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_short_pass_and_one_processor_do_without(monkeypatch: pytest.MonkeyPatch) -> None:
    reading = Bodies(reader())
    reading.begin(bodies.LONG - 1)
    assert reading._process is None
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    reading.begin(bodies.LONG)
    assert reading._process is None
    kept: list[Kept] = []
    content = post.order(1, at(2))
    reading.read(raw(content), reader().header(content, None), None, kept.append)
    assert kept[0].reading is not None


@two_processors
def test_where_no_second_process_can_be_had_mails_are_read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    reading = Bodies(reader())
    reading.begin(bodies.LONG)
    kept: list[Kept] = []
    content = post.order(1, at(2))
    reading.read(raw(content), reader().header(content, None), None, kept.append)
    reading.collect(all_of_them=True)
    reading.close()
    assert kept[0].reading is not None


# --- the second look --------------------------------------------------------------------------------------------------


def fetched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The UIDs of the bodies that are fetched from here on."""
    from monitor.imap import Connection

    uids: list[int] = []
    real = Connection.bodies

    def bodies_(self: Connection, sizes: Any, max_body: int) -> Any:
        uids.extend(uid for uid, _ in sizes)
        return real(self, sizes, max_body)

    monkeypatch.setattr(Connection, "bodies", bodies_)
    return uids


def test_what_was_read_in_vain_is_not_fetched_again_unless_it_names_an_order(
    mailbox: Mailbox, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its subject made a candidate of it, its text says nothing; then the sender turns out to be a seller."""
    shop, subject = "이수진 <sujin@hanbit-shop.co.kr>", "주문 관련"
    vain = post.mail(shop, subject, "안녕하세요, 내일 2026년 11월 5일에 뵐까요?\n", at(4), id_="v1@hanbit")
    names = post.mail(shop, subject, "안녕하세요, 20261102-0001 말입니다.\n", at(5), id_="v2@hanbit")
    mailbox.add("INBOX", [(vain, at(4)), (names, at(5))])
    mailbox.add("Archive", [(post.order(1, at(2)), at(2))])
    uids = fetched(monkeypatch)
    config = post.config(mailbox)
    summary = scan(store, config)
    assert sorted(uids) == [1, 1, 2, 2]  # the order has the UID 1 of its folder
    assert summary.counts.second_look == 1
    (view,) = orders.orders(store, config, None, NOW)
    assert len(view.order.events) == 2


def test_a_pass_that_was_killed_before_the_second_look_comes_to_the_same_end(mailbox: Mailbox, tmp_path: Path) -> None:
    """What was read in vain before is not remembered then, so it is fetched, and said to be the same."""
    shop, subject = "이수진 <sujin@hanbit-shop.co.kr>", "주문 관련"
    vain = post.mail(shop, subject, "안녕하세요, 내일 2026년 11월 5일에 뵐까요?\n", at(4), id_="v1@hanbit")
    mailbox.add("INBOX", [(vain, at(4))])
    config = post.config(mailbox)
    with Store.open(tmp_path / "killed.sqlite3") as store, pytest.MonkeyPatch.context() as patch:

        def killed(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        patch.setattr("monitor.run.intake.settle.settle", killed)
        with pytest.raises(KeyboardInterrupt):
            scan(store, config)
    mailbox.add("Archive", [(post.order(1, at(2)), at(2))])
    scan_into(tmp_path / "killed.sqlite3", config)
    scan_into(tmp_path / "whole.sqlite3", config)
    killed_, whole = (outcome(tmp_path / f"{name}.sqlite3", config) for name in ("killed", "whole"))
    assert killed_ == whole


def test_an_answer_from_a_sellers_own_mailbox_gets_a_second_look(mailbox: Mailbox, store: Store) -> None:
    """He writes from an address such as people have: what others send from there stays unread."""
    domain = "hanmail.net"
    mailbox.add("INBOX", [(post.plain_word(at(6), domain), at(6))])
    stranger = post.mail(f"지훈 <jihun@{domain}>", "안녕", "20261102-0001 이 뭐야?\n", at(6), id_="j1@hanmail.net")
    mailbox.add("INBOX", [(stranger, at(6))])
    first = post.order(1, at(2), domain).replace(b"order@hanmail.net", b"sujin@hanmail.net")
    mailbox.add("Archive", [(first, at(2))])
    config = post.config(mailbox)
    summary = scan(store, config)
    assert summary.counts.second_look == 1
    (view,) = orders.orders(store, config, None, NOW)
    assert view.order.last_human_word == at(6)
    rows = {row.message_id: row for row in store.mails()}
    assert not rows["j1@hanmail.net"].candidate


def test_the_second_look_asks_who_wrote_only_once(mailbox: Mailbox, store: Store) -> None:
    domain = "hanmail.net"
    stranger = post.mail(f"지훈 <jihun@{domain}>", "안녕", "뭐해?\n", at(6), id_="j1@hanmail.net")
    first = post.order(1, at(2), domain).replace(b"order@hanmail.net", b"sujin@hanmail.net")
    mailbox.add("INBOX", [(stranger, at(6)), (first, at(2))])
    config = post.config(mailbox)
    scan(store, config)
    mailbox.add("INBOX", [(post.shipped(1, at(3)), at(3))])
    with pytest.MonkeyPatch.context() as patch:
        uids: list[int] = []
        from monitor.imap import Connection

        real = Connection.headers
        patch.setattr(Connection, "headers", lambda self, asked: uids.extend(asked) or real(self, asked))
        scan(store, config, NOW.replace(minute=10))
    assert uids == [3]


def test_mentions_are_words_with_three_digits_or_more() -> None:
    text = "주문번호A-12345입니다 no12 ab1c2d3 user@a1b2c3.com 2026/11/02 -- 1_2_3_4 " + "x" * 60 + "123"
    assert mentions(text) == ("A-12345", "ab1c2d3", "2026/11/02", "1_2_3_4")


@pytest.mark.parametrize("head", [b"Content-Transfer-Encoding: BASE64", b"content-transfer-encoding:base64"])
def test_numbers_that_begin_alike_are_found_behind_base64(head: bytes) -> None:
    import base64

    content = b"Subject: x\r\n" + head + b"\r\n\r\n" + base64.encodebytes(b"order GM-2026-0042 is here")
    assert contains_any(content, ("GM-2026-0041", "GM-2026-0042"))
    assert not contains_any(content, ("GM-2026-0041", "GM-2026-0043"))
    assert not contains_any(content, ("GN-2026-0041", "GN-2026-0042"))
