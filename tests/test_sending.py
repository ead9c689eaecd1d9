"""Approved letters, over a real SMTP server into a real mailbox: each leaves once, or it is said what is not known."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from monitor import knowledge, smtp
from monitor.config import Config
from monitor.draft.filling import shortened
from monitor.run import approving, intake, ladders, orders, sending, texts
from monitor.run.approving import Approval, NotApproved, Text
from monitor.store import Outgoing, Store, StoreError
from monitor.types import Draft, Event, FormField, Source
from monitor.workdays import Calendar
from tests import post
from tests.dovecot import Mailbox
from tests.post import NOW, at
from tests.test_smtp import Loopback, Recorder

SHOP = "cs@hanbit-shop.co.kr"


def order_mail() -> bytes:
    """An order whose mail names the address that answers, and whose sender is proven."""
    text = (
        "주문해 주셔서 감사합니다.\n주문번호: 20261102-0001\n상품명: 머그컵\n"
        "총 결제금액: 31,000원\n결제수단: 신용카드\n"
        f"문의: {SHOP}\n"
    )
    extra = {"Authentication-Results": "mx.example.net; dmarc=pass header.from=hanbit-shop.co.kr"}
    return post.mail(
        "한빛상점 <order@hanbit-shop.co.kr>",
        "[한빛상점] 주문이 접수되었습니다",
        text,
        at(2),
        id_="order1@shop",
        extra=extra,
    )


@dataclass
class World:
    """A mailbox with one overdue order, its draft, and a server that takes the letters."""

    mailbox: Mailbox
    store: Store
    recorder: Recorder
    config: Config
    path: Path

    def scan(self, now: datetime = NOW) -> None:
        intake.scan(self.store, self.config, knowledge.load(), now=now, environ={})
        texts.refresh_drafts(self.store, self.config, now=now)

    def view(self, now: datetime = NOW) -> orders.OrderView:
        (view,) = orders.orders(self.store, self.config, None, now)
        return view

    def draft(self) -> Draft:
        (found,) = [draft for draft in self.store.drafts() if draft.status != "discarded"]
        return found

    def approval(self, *, nonce: str = "click", way: str = "smtp", **changes: str) -> Approval:
        draft = self.draft()
        text = replace(approving.text_of(draft), **changes)
        return Approval(draft.id, text, approving.seal(self.store, draft.id, text, nonce), nonce, way, checked=True)

    def approve(self, now: datetime = NOW, **more: Any) -> Outgoing:
        view = self.view()
        return approving.approve(
            self.store, self.config, self.approval(**more), now=now, order=view.order, step=view.step
        )

    def work(self, now: datetime = NOW, config: Config | None = None) -> sending.Work:
        return sending.work(self.store, config or self.config, now=now, environ={}, patience=0)

    def row(self) -> Outgoing:
        [*_, last] = self.store.outbox()
        found = self.store.outgoing(last.id)
        assert found is not None
        return found

    def in_folder(self, folder: str) -> list[bytes]:
        with self.mailbox.client() as client:
            client.select_folder(folder, readonly=True)
            uids = client.search("ALL")
            return [found[b"BODY[]"] for found in client.fetch(uids, ["BODY.PEEK[]"]).values()] if uids else []


@contextmanager
def served(recorder: Recorder) -> Iterator[smtp.Server]:
    controller = Loopback(recorder, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        yield smtp.Server("127.0.0.1", controller.taken_port(), "none")
    finally:
        controller.stop()


def values(mailbox: Mailbox, store: Path, port: int) -> dict[str, Any]:
    """Settings as the config file would give them."""
    return {
        "user": {
            "name": "김민지", "addresses": [post.ME], "language": "ko", "country": "KR", "timezone": "Asia/Seoul",
        },
        "store": {"path": str(store)},
        "accounts": {
            "home": {
                "host": "127.0.0.1", "port": mailbox.port, "tls": "none", "username": mailbox.name,
                "password": "secret", "address": post.ME,
            }
        },
        "smtp": {"host": "127.0.0.1", "port": port, "tls": "none", "sender": post.ME},
    }  # fmt: skip


def settings(mailbox: Mailbox, store: Path, port: int) -> Config:
    return Config.model_validate(values(mailbox, store, port))


@pytest.fixture
def world(mailbox: Mailbox, tmp_path: Path) -> Iterator[World]:
    mailbox.add("INBOX", [(order_mail(), at(2))])
    recorder = Recorder()
    path = tmp_path / "monitor.sqlite3"
    with served(recorder) as server, Store.open(path) as store:
        made = World(mailbox, store, recorder, settings(mailbox, path, server.port), path)
        made.scan()
        yield made


# -- the way of a letter ------------------------------------------------------------------------------------------


def test_an_approved_letter_arrives_once_lies_in_sent_and_moves_the_ladder_on(world: World) -> None:
    draft = world.draft()
    assert (draft.to, draft.status) == (SHOP, "ready")
    row = world.approve()
    assert world.recorder.envelopes == []  # approving sends nothing
    assert world.work().done == {row.id: "sent"}
    [envelope] = world.recorder.envelopes
    assert b" +0900\r\n" in bytes(envelope.original_content)  # dated in the sender's own time
    assert (envelope.mail_from, envelope.rcpt_tos) == (post.ME, [SHOP])
    assert envelope.content == row.content
    letter = message_from_bytes(row.content, policy=default)
    assert letter["Message-ID"] == f"<{row.message_id}>"
    assert letter.get_content().replace("\r\n", "\n").strip() == draft.body.strip()
    [filed] = world.in_folder("Sent")
    assert filed == row.content
    assert world.row().copy_state == "filed"
    [event] = [event for event in world.store.statements() if event.kind == "letter"]
    assert (event.payload["rung"], event.payload["to"], event.payload["message_id"]) == (
        draft.rung, SHOP, row.message_id,
    )  # fmt: skip
    view = world.view()
    assert [letter.id for letter in view.order.letters] == [event.id]
    assert (
        view.step is not None
        and view.step.rung != draft.rung
        and str(view.step.not_before) > event.payload["answer_by"]
    )
    for _ in range(3):
        world.work(NOW + timedelta(hours=1))
        world.scan(NOW + timedelta(hours=1))
    assert len(world.recorder.envelopes) == 1 and len(world.in_folder("Sent")) == 1
    assert len(world.view().order.letters) == 1  # the copy in Sent is not a second letter
    assert world.store.draft(draft.id).status == "sent"  # type: ignore[union-attr]  # it is there: asserted above


def test_the_day_that_is_kept_is_the_one_that_the_text_names(world: World) -> None:
    view, draft = world.view(), world.draft()
    assert view.step is not None and view.step.answer_by is not None and draft.answer_by == view.step.answer_by
    near = view.step.answer_by - timedelta(days=2)
    capped = texts.text_for(
        replace(view.step, last_safe_day=near), view.order, view.judgement, world.config, NOW,
        ladders.ladders(world.config, world.config.rules(), Calendar("KR")),
    )  # fmt: skip
    assert capped is not None and capped.answer_by == near and capped.id == draft.id
    world.store.save_draft(capped, NOW)
    assert world.approve().payload["answer_by"] == near.isoformat()


def test_a_day_that_the_user_took_out_of_the_text_is_not_kept(world: World) -> None:
    draft = world.draft()
    assert draft.answer_by is not None
    body = draft.body.replace(f"{draft.answer_by:%Y}년 {draft.answer_by.month}월 {draft.answer_by.day}일", "가까운 날")
    approving.edit(world.store, draft, replace(approving.text_of(draft), body=body), now=NOW)
    assert world.approve().payload["answer_by"] == ""


@pytest.mark.parametrize(
    ("typed", "refused"),
    [
        ("카드번호 4111 1111 1111 1111 로 결제했습니다.", True),
        ("My card is 4111-1111-1111-1111.", True),
        ("주민번호 900101-1234567", True),
        ("카드 끝 네 자리는 1111입니다. 2026-11-02에 주문했고 운송장은 640123456789입니다.", False),
        ("연락처는 010-1234-5678, 접수번호는 SH-2026-0001입니다.", False),
    ],
)
def test_a_card_or_resident_number_that_the_user_types_is_neither_kept_nor_approved(
    world: World, typed: str, refused: bool
) -> None:
    draft = world.draft()
    text = replace(approving.text_of(draft), body=f"{draft.body}\n{typed}")
    if not refused:
        assert approving.edit(world.store, draft, text, now=NOW).body.endswith(typed)
        return
    with pytest.raises(NotApproved, match="secret"):
        approving.edit(world.store, draft, text, now=NOW)
    with pytest.raises(NotApproved, match="secret"):
        world.approve(body=text.body)
    assert world.store.outbox() == [] and world.store.wordings(draft.id) == []
    assert typed.encode() not in b"".join(file.read_bytes() for file in world.path.parent.glob("monitor.sqlite3*"))


def test_the_users_own_words_go_into_the_field_of_the_form_that_took_the_text(world: World) -> None:
    draft = world.draft()
    fields = (
        FormField("seller", "판매자", "한빛상점"),
        FormField("text", "내용", draft.body),
        FormField("short", "요약", shortened(draft.body, 100), max_length=100),
    )
    form = replace(draft, fields=fields)
    world.store.save_draft(form, NOW)
    body = "다시 쓴 글입니다. " * 10
    edited = approving.edit(world.store, form, replace(approving.text_of(form), body=body), now=NOW)
    assert [field.value for field in edited.fields] == ["한빛상점", body, shortened(body, 100)]


def test_an_order_number_that_looks_like_a_card_may_stand_in_an_edited_letter(world: World) -> None:
    draft = world.draft()
    numbered = replace(draft, body=f"주문번호: 4111111111111111\n{draft.body}")
    world.store.save_draft(numbered, NOW)
    text = replace(approving.text_of(numbered), body=numbered.body + "\n감사합니다.")
    edited = approving.edit(world.store, numbered, text, now=NOW)
    again = replace(text, body=text.body + "\n확인 부탁드립니다.")
    assert approving.edit(world.store, edited, again, now=NOW).body == again.body


def test_a_double_click_is_one_letter(world: World) -> None:
    first, second = world.approve(), world.approve()
    assert first.id == second.id
    world.work()
    world.work()
    assert world.approve().status == "sent"
    assert len(world.recorder.envelopes) == 1


def test_two_tabs_and_many_threads_send_one_letter(world: World) -> None:
    outcomes: list[object] = []

    def click(nonce: str) -> None:
        try:
            outcomes.append(world.approve(nonce=nonce).id)
        except NotApproved as refused:
            outcomes.append(refused.why)
        world.work()

    threads = [threading.Thread(target=click, args=(f"tab{number % 3}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    world.work()
    assert len(outcomes) == 6 and len({outcome for outcome in outcomes if len(str(outcome)) == 32}) == 1
    assert len(world.recorder.envelopes) == 1


def test_a_letter_is_not_approved_where_one_letter_of_it_differs_from_what_was_shown(world: World) -> None:
    approval = world.approval()
    view = world.view()
    for text in (
        replace(approval.text, body=approval.text.body + " "),
        replace(approval.text, body=approval.text.body.replace("주문", "주믄", 1)),
        replace(approval.text, subject=approval.text.subject + "."),
        replace(approval.text, to="cs2@hanbit-shop.co.kr"),
    ):
        with pytest.raises(NotApproved, match="differs"):
            approving.approve(world.store, world.config, replace(approval, text=text), now=NOW, order=view.order)
    with pytest.raises(NotApproved, match="differs"):
        approving.approve(world.store, world.config, replace(approval, nonce="other"), now=NOW, order=view.order)
    assert world.store.outbox() == []


def test_news_that_came_while_the_draft_was_open_locks_it(world: World) -> None:
    approval, view = world.approval(), world.view()
    world.mailbox.add("INBOX", [(post.shipped(1, at(20, 8)), at(20, 8))])
    intake.scan(world.store, world.config, knowledge.load(), now=NOW, environ={})
    with pytest.raises(NotApproved) as refused:
        approving.approve(world.store, world.config, approval, now=NOW, order=view.order)
    assert refused.value.why == "news" and [event.kind for event in refused.value.events] == ["shipped"]
    assert world.store.outbox() == []


def test_news_that_comes_while_a_letter_waits_keeps_it_here(world: World) -> None:
    world.recorder.refused[SHOP] = "451 try again later"
    world.approve()
    world.work()
    assert world.row().status == "queued"
    world.mailbox.add("INBOX", [(post.shipped(1, at(20, 8)), at(20, 8))])
    world.scan()
    world.recorder.refused.clear()
    world.work(NOW + timedelta(hours=1))
    assert (world.row().status, world.row().answer) == ("failed", sending.NEWS)
    assert world.recorder.envelopes == []


# -- the recipient ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("", "no_address"),
        (post.ME, "own_address"),
        (post.ME.upper(), "own_address"),
        ("no-reply@hanbit-shop.co.kr", "no_reply"),
        ("noreply@hanbit-shop.co.kr", "no_reply"),
        ("hanbit", "not_an_address"),
        ("cs@hanbit-shop.co.kr, thief@evil.example", "not_an_address"),
        ("cs@hanbit-shop.co.kr\r\nBcc: thief@evil.example", "not_an_address"),
        ("한빛@hanbit-shop.co.kr", "not_an_address"),
    ],
)
def test_a_letter_goes_to_no_address_that_nobody_reads_or_that_is_none(world: World, to: str, why: str) -> None:
    with pytest.raises(NotApproved) as refused:
        world.approve(to=to)
    assert refused.value.why == why and world.store.outbox() == []


def test_an_address_without_proof_is_used_only_after_the_user_compared_it(world: World) -> None:
    view = world.view()
    unchecked = replace(world.approval(to="help@hanbit-shop.example"), checked=False)
    with pytest.raises(NotApproved, match="unchecked"):
        approving.approve(world.store, world.config, unchecked, now=NOW, order=view.order)
    approving.approve(world.store, world.config, replace(unchecked, checked=True), now=NOW, order=view.order)
    world.work()
    assert world.recorder.envelopes[0].rcpt_tos == ["help@hanbit-shop.example"]


def test_a_subject_cannot_bring_a_header_with_it(world: World) -> None:
    text = approving.cleaned(SHOP, "Order\r\nBcc: thief@evil.example", "Body\r\n\r\nmore")
    assert text == Text(SHOP, "Order Bcc: thief@evil.example", "Body\n\nmore")
    world.approve(subject="Order\r\nBcc: thief@evil.example")
    world.work()
    letter = message_from_bytes(world.row().content, policy=default)
    assert letter["Bcc"] is None and world.recorder.envelopes[0].rcpt_tos == [SHOP]


# -- faults -------------------------------------------------------------------------------------------------------


def _dies(server: Any) -> str:
    server.transport.abort()
    return "250 never heard"


def test_a_connection_that_breaks_after_the_text_is_never_repeated(world: World) -> None:
    world.recorder.after_data = _dies
    world.approve()
    world.work()
    assert world.row().status == "outcome_unknown"
    world.recorder.after_data = None
    for hours in range(1, 60, 7):
        world.work(NOW + timedelta(hours=hours))
        world.scan(NOW + timedelta(hours=hours))
    assert len(world.recorder.envelopes) == 1  # the server has it; it came once
    assert world.row().status == "outcome_unknown"
    with pytest.raises(NotApproved):
        world.approve(nonce="again")
    with pytest.raises(StoreError):
        world.store.move_outgoing(world.row().id, "queued", NOW, when=("outcome_unknown",))
    with pytest.raises(StoreError):
        world.store.move_outgoing(world.row().id, "sending", NOW, when=("outcome_unknown",))


def test_an_unknown_outcome_is_cleared_by_what_lies_in_sent(world: World) -> None:
    world.recorder.after_data = _dies
    row = world.approve()
    world.work()
    world.mailbox.add("Sent", [(row.content, NOW)])  # the provider's server filed it: so it took it
    world.work(NOW + timedelta(minutes=10))
    assert (world.row().status, world.row().answer) == ("sent", sending.SEEN_IN_SENT)
    assert len(world.view().order.letters) == 1
    world.work(NOW + timedelta(minutes=20))
    assert len(world.in_folder("Sent")) == 1


def test_an_unknown_outcome_is_cleared_by_an_answer(world: World) -> None:
    world.recorder.after_data = _dies
    row = world.approve()
    world.work()
    when = NOW + timedelta(hours=3)
    answer = post.mail(f"상담원 <{SHOP}>", "Re: 문의", "오늘 발송하겠습니다.\n", when, answers=row.message_id)
    world.mailbox.add("INBOX", [(answer, when)])
    world.scan(when)
    world.work(when)
    assert (world.row().status, world.row().answer) == ("sent", sending.ANSWERED)


def test_the_user_says_that_an_unknown_letter_never_came_and_approves_it_anew(world: World) -> None:
    world.recorder.after_data = _dies
    first = world.approve()
    world.work()
    assert sending.settle(world.store, world.row(), "not_sent", now=NOW)
    assert world.store.draft(first.draft_id).status == "ready"  # type: ignore[union-attr]  # stored above
    world.recorder.after_data = None
    second = world.approve(nonce="again")
    assert second.message_id != first.message_id
    world.work()
    assert [row.status for row in world.store.outbox()] == ["failed", "sent"]
    assert not sending.settle(world.store, world.row(), "not_sent", now=NOW)  # what was sent stays sent


def test_the_user_says_that_an_unknown_letter_did_arrive(world: World) -> None:
    world.recorder.after_data = _dies
    world.approve()
    world.work()
    assert sending.settle(world.store, world.row(), "sent", now=NOW)
    assert world.row().status == "sent" and len(world.view().order.letters) == 1


def test_a_refusal_for_good_can_be_corrected_and_approved_as_another_letter(world: World) -> None:
    world.recorder.refused[SHOP] = "550 no such user"
    first = world.approve()
    world.work()
    assert world.row().status == "failed" and "550 no such user" in world.row().answer
    world.recorder.refused.clear()
    assert world.draft().status == "ready"
    second = world.approve(nonce="again")
    world.work()
    assert second.message_id != first.message_id and len(world.recorder.envelopes) == 1
    assert world.row().status == "sent"


def test_a_server_that_is_busy_is_asked_again_later_and_later(world: World) -> None:
    world.recorder.refused[SHOP] = "451 greylisted"
    world.approve()
    pauses = []
    moment = NOW
    for _ in range(4):
        world.work(moment)
        row = world.row()
        assert row.status == "queued" and row.next_try_at is not None
        pauses.append(row.next_try_at - moment)
        world.work(moment + pauses[-1] / 2)  # before its time nothing is tried
        assert world.row().attempts == row.attempts
        moment = row.next_try_at
    assert pauses == sorted(pauses) and pauses[0] < pauses[-1]
    world.recorder.refused.clear()
    world.work(moment)
    assert world.row().status == "sent" and len(world.recorder.envelopes) == 1


def test_what_could_not_go_out_for_a_day_fails_and_can_be_approved_anew(world: World) -> None:
    world.recorder.refused[SHOP] = "451 greylisted"
    world.approve()
    world.work()
    world.work(NOW + sending.GIVE_UP + timedelta(minutes=1))
    assert world.row().status == "failed" and world.row().answer.startswith(sending.TOO_LATE)
    assert world.draft().status == "ready"


def test_a_server_that_is_not_there_is_tried_later_and_one_that_refuses_the_log_in_is_not(world: World) -> None:
    row = world.approve()
    nowhere = world.config.model_copy(update={"smtp": world.config.smtp.model_copy(update={"port": 1})})
    world.work(config=nowhere)
    assert world.row().status == "queued" and world.row().attempts == 1
    unprotected = nowhere.smtp.model_copy(update={"host": "smtp.invalid.example"})
    world.work(NOW + timedelta(hours=3), config=world.config.model_copy(update={"smtp": unprotected}))
    assert world.row().status == "failed" and row.id == world.row().id


def test_a_letter_that_waits_can_be_taken_back(world: World) -> None:
    world.recorder.refused[SHOP] = "451 greylisted"
    world.approve()
    world.work()
    assert sending.settle(world.store, world.row(), "not_sent", now=NOW)
    world.recorder.refused.clear()
    world.work(NOW + timedelta(hours=3))
    assert world.row().status == "withdrawn" and world.recorder.envelopes == []
    assert world.draft().status == "ready"


_SENDS = """
import json
import sys
from datetime import datetime
from monitor.config import Config
from monitor.run import sending
from monitor.store import Store
config = Config.model_validate(json.load(sys.stdin))
with Store.open(config.store_path()) as store:
    sending.work(store, config, now=datetime.fromisoformat(sys.argv[1]), environ={}, patience=0)
"""


@pytest.mark.parametrize("moment", ["before the greeting", "after the text"])
def test_killed_in_the_midst_it_is_not_sent_a_second_time(world: World, moment: str) -> None:
    row = world.approve()
    begun = threading.Event()
    server: Any = None
    hanging: Recorder
    if moment == "after the text":

        class Hanging(Recorder):
            async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
                self.envelopes.append(envelope)
                begun.set()
                await asyncio.sleep(60)
                return "250 too late"

        hanging = Hanging()
        context = served(hanging)
        port = context.__enter__().port
    else:
        import socket

        server = socket.create_server(("127.0.0.1", 0))  # takes the connection and never says a word
        port, hanging, context = server.getsockname()[1], Recorder(), None

        taken: list[Any] = []  # a connection that nobody holds is closed at once

        def take() -> None:
            taken.append(server.accept())
            begun.set()

        threading.Thread(target=take, daemon=True).start()
    content = json.dumps(values(world.mailbox, world.path, port))
    child = subprocess.Popen([sys.executable, "-c", _SENDS, NOW.isoformat()], stdin=subprocess.PIPE, text=True)
    try:
        assert child.stdin is not None
        child.stdin.write(content)
        child.stdin.close()
        assert begun.wait(60)
        assert world.work().busy  # while it lives, nobody else takes the row up
        assert world.row().status == "sending"
        os.kill(child.pid, signal.SIGKILL)
        child.wait(10)
    finally:
        child.kill()
        if context is not None:
            context.__exit__(None, None, None)
        if server is not None:
            server.close()
    for hours in (0, 1, 30):
        world.work(NOW + timedelta(hours=hours))
    assert (world.row().id, world.row().status) == (row.id, "outcome_unknown")
    assert world.recorder.envelopes == [] and len(hanging.envelopes) == (moment == "after the text")


# -- drafts, copies, bounces --------------------------------------------------------------------------------------


def test_a_letter_is_put_into_drafts_once_and_is_known_again_in_sent(world: World) -> None:
    row = world.approve(way="drafts")
    world.work()
    assert world.row().status == "filed" and world.in_folder("Drafts") == [row.content]
    world.work(NOW + timedelta(hours=1))
    assert len(world.in_folder("Drafts")) == 1 and world.recorder.envelopes == []
    assert world.view().order.letters == ()
    sent_at = NOW + timedelta(hours=2)
    world.mailbox.add("Sent", [(row.content, sent_at)])  # the user has sent it from his mail program
    world.scan(sent_at)
    world.work(sent_at)
    view = world.view(sent_at)
    assert world.row().status == "sent"
    [letter] = view.order.letters
    assert letter.payload["rung"] == row.payload["rung"] and letter.reading is not None


def test_an_append_that_broke_off_is_not_repeated_where_the_draft_lies_there(world: World) -> None:
    row = world.approve(way="drafts")
    world.mailbox.add("Drafts", [(row.content, NOW)])  # it came through, but the answer was lost
    world.work()
    assert world.row().status == "filed" and len(world.in_folder("Drafts")) == 1


def test_a_text_sent_by_hand_counts_as_one_letter_though_it_lies_in_sent(world: World) -> None:
    row = world.approve(way="copied")
    world.work()
    assert world.recorder.envelopes == [] and world.row().status == "filed"
    by_hand = post.mail(
        post.ME, row.subject, "주문번호 20261102-0001 언제 오나요?", NOW, to=SHOP, id_="hand@example.net"
    )
    world.mailbox.add("Sent", [(by_hand, NOW)])
    world.scan(NOW)
    assert sending.settle(world.store, world.row(), "sent", now=NOW)
    [letter] = world.view(NOW).order.letters
    assert letter.payload["rung"] == row.payload["rung"]
    [event] = [event for event in world.store.statements() if event.kind == "letter"]
    assert "message_id" not in event.payload


def test_an_answer_to_a_letter_of_the_program_comes_back_into_the_order(world: World) -> None:
    row = world.approve()
    world.work()
    when = NOW + timedelta(hours=3)
    # another address, no order number, no word of a purchase: only the thread tells
    answer = post.mail(
        "이수진 <sujin@helpdesk.example>", "Re: 안녕하세요", "확인하고 있습니다.\n", when, answers=row.message_id
    )
    world.mailbox.add("INBOX", [(answer, when)])
    world.scan(when)
    order = world.view(when).order
    assert [event.kind for event in order.events] == ["order_confirmation", "letter", "seller_reply"]
    assert order.last_human_word == when


def bounce(message_id: str, when: datetime) -> bytes:
    """A report of non-delivery as RFC 3464 has it, with the returned headers."""
    boundary = "b0"
    return (
        f"From: Mail Delivery System <MAILER-DAEMON@mx.example.net>\r\nTo: {post.ME}\r\n"
        f"Subject: Undelivered Mail Returned to Sender\r\nDate: {when:%a, %d %b %Y %H:%M:%S} +0000\r\n"
        f"Message-ID: <bounce.{when:%H%M}@mx.example.net>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"\r\n\r\n'
        f"--{boundary}\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n"
        f"--{boundary}\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
        f"Final-Recipient: rfc822; {SHOP}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--{boundary}\r\nContent-Type: text/rfc822-headers\r\n\r\nFrom: {post.ME}\r\nTo: {SHOP}\r\n"
        f"Message-ID: <{message_id}>\r\nSubject: x\r\n\r\n--{boundary}--\r\n"
    ).encode()


def test_a_bounce_comes_back_into_the_order_and_the_address_is_not_used_again(world: World) -> None:
    row = world.approve()
    world.work()
    when = NOW + timedelta(minutes=5)
    world.mailbox.add("INBOX", [(bounce(row.message_id, when), when)])
    world.scan(when)
    view = world.view(when)
    assert [event.kind for event in view.order.events] == ["order_confirmation", "letter", "bounce"]
    assert view.order.bounced and view.order.unanswered_letter_at is None
    assert view.step is not None and view.step.rung == row.payload["rung"] and view.step.to != SHOP


def test_a_letter_survives_a_rebuild_with_its_answer(world: World) -> None:
    from monitor.run.rebuild import rebuild

    row = world.approve()
    world.work()
    when = NOW + timedelta(hours=3)
    answer = post.mail("이수진 <sujin@helpdesk.example>", "Re: 안녕", "확인 중입니다.\n", when, answers=row.message_id)
    world.mailbox.add("INBOX", [(answer, when)])
    world.scan(when)
    before = [(event.kind, event.id) for event in world.view(when).order.events]
    rebuild(world.store, world.config, knowledge.load(), now=when)
    assert [(event.kind, event.id) for event in world.view(when).order.events] == before


def test_what_was_approved_cannot_be_changed_by_any_statement(world: World) -> None:
    from sqlalchemy import text

    row = world.approve()
    world.work()
    for statement in (
        "UPDATE outbox SET content = x'00'",
        "UPDATE outbox SET recipient = 'thief@evil.example'",
        "UPDATE outbox SET status = 'queued'",
        "UPDATE outbox SET status = 'failed'",
        "DELETE FROM outbox",
        "INSERT OR REPLACE INTO outbox SELECT * FROM outbox",
    ):
        with pytest.raises(StoreError), world.store.transaction() as connection:
            connection.execute(text(statement))
    assert world.row().content == row.content and world.row().status == "sent"


def test_a_provider_that_files_copies_itself_gets_none_from_us(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_who_files", lambda config, connection: "server")
    world.approve()
    world.work()
    assert world.row().copy_state == "server" and world.in_folder("Sent") == []


def test_a_copy_that_the_server_files_late_is_found_and_not_doubled(world: World) -> None:
    row = world.approve()

    def file_it() -> None:
        time.sleep(0.4)
        world.mailbox.add("Sent", [(row.content, NOW)])

    filing = threading.Thread(target=file_it)
    filing.start()
    sending.work(world.store, world.config, now=NOW, environ={}, patience=1.5)
    filing.join()
    assert world.row().copy_state == "found" and len(world.in_folder("Sent")) == 1


def test_edited_words_are_kept_with_those_before_and_can_be_drafted_anew(world: World) -> None:
    draft = world.draft()
    changed = approving.edit(world.store, draft, Text(SHOP, "문의", "짧게 여쭙니다."), now=NOW)
    assert changed.edited and world.store.draft(draft.id) == changed
    world.scan(NOW + timedelta(days=1))  # the day moves the text of a draft, but not the user's own words
    (current,) = texts.drafts(world.store, world.config, None, NOW + timedelta(days=1))
    assert current.body == "짧게 여쭙니다."
    assert [wording.source for wording in world.store.wordings(draft.id)] == ["monitor", "user"]
    again = approving.redo(world.store, world.view(), now=NOW)
    assert not again.edited and again.body == draft.body
    assert [wording.source for wording in world.store.wordings(draft.id)] == ["monitor", "user", "monitor"]


def test_a_word_of_the_user_after_drafting_is_news_too(world: World) -> None:
    approval, view = world.approval(), world.view()
    orders.say(world.store, world.config, view.order.id, "arrived", None, now=NOW)
    with pytest.raises(NotApproved) as refused:
        approving.approve(world.store, world.config, approval, now=NOW, order=view.order)
    assert [event.kind for event in refused.value.events] == ["arrived"]
    assert isinstance(refused.value.events[0], Event) and refused.value.events[0].source is Source.USER


def test_a_step_whose_day_has_not_come_is_sent_only_where_the_user_means_it(world: World) -> None:
    world.approve()
    world.work()
    texts.refresh_drafts(world.store, world.config, now=NOW)
    view = world.view()
    assert view.draft is not None and view.step is not None and view.step.not_before > NOW.date()
    text = approving.text_of(view.draft)
    seal = approving.seal(world.store, view.draft.id, text, "n")
    early = Approval(view.draft.id, text, seal, "n", "smtp", checked=True)
    with pytest.raises(NotApproved, match="early"):
        approving.approve(world.store, world.config, early, now=NOW, order=view.order, step=view.step)
    meant = replace(early, early=True)
    assert approving.approve(world.store, world.config, meant, now=NOW, order=view.order, step=view.step)


def test_a_pass_of_the_service_sends_what_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import nullcontext

    from monitor.daemon import once

    monkeypatch.setattr(once, "_now", lambda: NOW + timedelta(minutes=30))
    world.recorder.refused[SHOP] = "451 try again later"
    world.approve()
    world.work()
    world.recorder.refused.clear()
    quiet: Any = nullcontext()
    once.work(world.store, world.config, [], {}, quiet)
    assert world.row().status == "sent" and len(world.recorder.envelopes) == 1


def test_a_pass_of_the_service_keeps_back_what_has_become_old_news(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import nullcontext

    from monitor.daemon import once

    monkeypatch.setattr(once, "_now", lambda: NOW + timedelta(minutes=30))
    world.recorder.refused[SHOP] = "451 try again later"
    world.approve()
    world.work()
    world.recorder.refused.clear()
    world.mailbox.add("INBOX", [(post.shipped(1, at(20, 8)), at(20, 8))])
    quiet: Any = nullcontext()
    once.work(world.store, world.config, [], {}, quiet)  # the mail is read before the letter is tried again
    assert world.row().status == "failed" and world.recorder.envelopes == []
    assert [p.problem.stage for p in world.store.problems()] == [f"letter {world.row().id}"]


def test_only_the_users_own_word_takes_a_problem_of_a_letter_away(world: World) -> None:
    world.recorder.after_data = _dies
    row = world.approve()
    world.work()
    assert [p.problem.stage for p in world.store.problems()] == [f"letter {row.id}"]
    world.work(NOW + timedelta(hours=1))
    assert len(world.store.problems()) == 1
    sending.settle(world.store, world.row(), "sent", now=NOW)
    assert world.store.problems() == []
