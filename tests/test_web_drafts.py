"""Drafts on the page, in a real browser and by plain requests: read, edited, approved, sent once, locked by news."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor import knowledge
from monitor.run import digests, intake, orders, pages, sending, texts
from monitor.store.words import Outgoing
from monitor.types import Draft, FormField
from tests import browser, post, web_world
from tests.dovecot import Mailbox
from tests.post import NOW, at
from tests.test_smtp import Loopback, Recorder

BOTH = pytest.mark.parametrize("size", [browser.WIDE, browser.PHONE], ids=["wide", "phone"])


@dataclass
class Desk:
    """The page over a real mailbox and a real sending server."""

    page: browser.Page
    mailbox: Mailbox
    recorder: Recorder

    def scan(self) -> None:
        intake.scan(self.page.store, self.page.config, knowledge.load(), now=NOW, environ={})
        texts.refresh_drafts(self.page.store, self.page.config, now=NOW)
        pages.refresh(self.page.store, self.page.config, now=NOW)

    @property
    def draft(self) -> Draft:
        (found,) = [draft for draft in self.page.store.drafts() if draft.status in ("ready", "locked", "approved")]
        return found

    def row(self) -> Outgoing:
        """The letter that was approved last, with its bytes."""
        found = self.page.store.outgoing(self.page.store.outbox()[-1].id)
        assert found is not None
        return found

    def in_folder(self, folder: str) -> list[bytes]:
        with self.mailbox.client() as client:
            client.select_folder(folder, readonly=True)
            uids = client.search("ALL")
            return [found[b"BODY[]"] for found in client.fetch(uids, ["BODY.PEEK[]"]).values()] if uids else []


@contextmanager
def served(recorder: Recorder) -> Iterator[int]:
    controller = Loopback(recorder, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        yield controller.taken_port()
    finally:
        controller.stop()


@pytest.fixture
def desk(mailbox: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(sending, "SERVER_FILES_WITHIN", 0.0)
    mailbox.add("INBOX", [(web_world.order_mail(), at(2))])
    recorder = Recorder()
    account = {
        "host": "127.0.0.1", "port": mailbox.port, "tls": "none", "username": mailbox.name, "password": "secret",
        "address": post.ME,
    }  # fmt: skip
    with (
        served(recorder) as port,
        browser.Page(
            tmp_path, language="ko", now=NOW, user=web_world.user(), accounts={"home": account},
            smtp={"host": "127.0.0.1", "port": port, "tls": "none", "sender": post.ME},
        ) as page,
    ):  # fmt: skip
        made = Desk(page, mailbox, recorder)
        made.scan()
        yield made


def form(client: httpx.Client, path: str) -> dict[str, str]:
    """What the form of approval on a draft's page would send, as a browser does (lines end in CRLF)."""
    text = client.get(path).text
    hidden = dict(re.findall(r'name="(csrf|seal|nonce)" value="([^"]+)"', text))
    found = re.search(r'<textarea id="body"[^>]*>\n(.*?)</textarea>', text, re.S)
    assert found is not None, text[:2000]
    import html

    fields = dict(re.findall(r'name="(to|subject)"[^>]*? value="([^"]*)"', text))
    return {
        **hidden,
        **{name: html.unescape(value) for name, value in fields.items()},
        "body": html.unescape(found[1]).replace("\n", "\r\n"),
        "way": "smtp",
    }


def digest_link(page: browser.Page) -> str:
    """Where the link of today's digest leads."""
    web = page.config.web.model_copy(update={"base_url": page.url})
    digest = digests.preview(page.store, page.config.model_copy(update={"web": web}), now=NOW)
    found = re.search(rf'href="{re.escape(page.url)}(/orders/[0-9a-f]+)"', digest.html)
    assert found is not None, digest.text
    return found[1]


# -- the main story -----------------------------------------------------------------------------------------------


@BOTH
def test_from_the_digest_to_a_letter_that_arrives_once_and_lies_in_sent(
    chromium: Any, desk: Desk, size: tuple[int, int]
) -> None:
    """Digest link, order, quote, edited, approved, received once, in Sent; all with clicks."""
    page = desk.page
    order_id = desk.draft.order_id
    with page.open(chromium, digest_link(page), size=size) as tab:
        assert browser.axe(tab) == [] and not browser.overflows(tab)
        browser.shot(tab, f"order-{size[0]}")
        tab.locator("#facts ~ dl a.quote", has_text="31,000원").press("Enter")
        mark = tab.locator("mark#proof-total")
        assert mark.inner_text() == "총 결제금액: 31,000원" and mark.is_visible()
        assert browser.axe(tab) == [] and not browser.overflows(tab)
        browser.shot(tab, f"order-mail-{size[0]}")
        tab.goto(f"{page.url}/orders/{order_id}")
        tab.locator("#next ~ .row-acts a").click()
        assert browser.axe(tab) == [] and not browser.overflows(tab)
        browser.shot(tab, f"draft-{size[0]}")
        text = tab.locator("#body").input_value()
        tab.locator("#body").fill(text + "\n\n덧붙임: 문 앞에 두셔도 됩니다.")
        tab.get_by_role("button", name="승인하고 지금 보내기").click()
        # it was changed after it was shown: kept, shown once more, and not sent
        assert tab.locator("[role=alert]").first.inner_text().startswith("보여 드린 뒤에 글이 바뀌었습니다")
        assert desk.recorder.envelopes == []
        assert tab.locator("ins", has_text="덧붙임").count() == 1
        assert browser.axe(tab) == [] and not browser.overflows(tab)
        browser.shot(tab, f"draft-differs-{size[0]}")
        tab.get_by_role("button", name="승인하고 지금 보내기").dblclick()
        tab.get_by_role("heading", name="보냈습니다").wait_for()
        assert browser.axe(tab) == [] and not browser.overflows(tab)
        browser.shot(tab, f"draft-sent-{size[0]}")
        tab.reload()
        tab.goto(f"{page.url}/orders/{order_id}")
        assert tab.locator(".timeline li.monitor").count() == 1
        browser.shot(tab, f"order-sent-{size[0]}")
    [envelope] = desk.recorder.envelopes
    assert envelope.rcpt_tos == [web_world.SHOP]
    row = desk.row()
    letter = message_from_bytes(row.content, policy=default)
    assert letter.get_content().rstrip().endswith("문 앞에 두셔도 됩니다.")
    assert desk.in_folder("Sent") == [row.content]
    desk.scan()
    assert len(desk.recorder.envelopes) == 1
    (view,) = orders.orders(page.store, page.config, None, NOW)
    assert len(view.order.letters) == 1


def test_the_copy_in_sent_stands_among_the_mails_as_ones_own_letter(desk: Desk) -> None:
    client = desk.page.client()
    path = f"/drafts/{desk.draft.id}"
    assert client.post(f"{path}/approve", data=form(client, path)).status_code == 303
    desk.scan()
    row = desk.row()
    for kind in ("", "own_letter"):
        listed = client.get("/mails", params={"kind": kind}).text
        assert row.subject in listed and f"받는 사람: {web_world.SHOP}" in listed
        assert f'href="/orders/{row.order_id}"' in listed
    assert row.subject not in client.get("/mails", params={"kind": "other", "all": "true"}).text
    [told] = [one for one in client.get("/api/v1/mails").json() if one["kind"] == "own_letter"]
    assert (told["order_id"], told["subject"]) == (row.order_id, row.subject)
    shown = client.get(f"/mails/{told['id']}").text
    assert f'href="{path}"' in shown and web_world.SHOP in shown and "메일 서버의 확인 정보 없음" not in shown


def test_without_scripts_a_letter_is_read_and_put_into_drafts(chromium: Any, desk: Desk) -> None:
    with desk.page.open(chromium, f"/drafts/{desk.draft.id}", script=False) as tab:
        tab.get_by_role("button", name="임시보관함에 넣기").click()
        tab.get_by_role("heading", name="임시보관함에 넣었습니다").wait_for()
        row = desk.row()
        assert desk.in_folder("Drafts") == [row.content] and desk.recorder.envelopes == []
        tab.get_by_role("button", name="보냈습니다").click()
        tab.get_by_role("heading", name="보냈습니다").wait_for()
    (view,) = orders.orders(desk.page.store, desk.page.config, None, NOW)
    assert [letter.payload["way"] for letter in view.order.letters] == ["drafts"]


def test_a_text_that_lies_in_drafts_is_called_outdated_once_the_order_has_changed(desk: Desk) -> None:
    client, draft = desk.page.client(), desk.draft
    path = f"/drafts/{draft.id}"
    client.post(f"{path}/approve", data={**form(client, path), "way": "drafts"})
    assert desk.row().status == "filed" and "주문 내용이 바뀌었습니다" not in client.get(path).text
    desk.page.post(client, f"/orders/{draft.order_id}/say", verb="set", field="total", value="29000 KRW")
    assert "주문 내용이 바뀌었습니다" in client.get(path).text


@BOTH
def test_news_that_arrives_while_the_draft_is_open_locks_it(chromium: Any, desk: Desk, size: tuple[int, int]) -> None:
    old = desk.draft
    with desk.page.open(chromium, f"/drafts/{old.id}", size=size) as tab:
        desk.mailbox.add("INBOX", [(post.shipped(1, at(20, 8)), at(20, 8))])
        desk.scan()
        with tab.expect_navigation() as answer:
            tab.get_by_role("button", name="승인하고 지금 보내기").click()
        assert answer.value.status == 409
        assert "새 소식" in tab.locator("[role=alert]").first.inner_text()
        assert tab.locator("#news ~ ul li").count() == 1 and "발송" in tab.locator("#news ~ ul").inner_text()
        assert tab.get_by_role("button", name="승인하고 지금 보내기").count() == 0
        assert browser.axe(tab) == [] and not browser.overflows(tab)
        browser.shot(tab, f"draft-locked-{size[0]}")
    assert desk.recorder.envelopes == [] and desk.page.store.outbox() == []
    assert desk.page.store.draft(old.id).status == "locked"  # type: ignore[union-attr]  # it was just shown


@BOTH
def test_a_phone_call_is_noted_with_whom_when_and_what_was_said(
    chromium: Any, desk: Desk, size: tuple[int, int]
) -> None:
    order_id, rung = desk.draft.order_id, desk.draft.rung
    with desk.page.open(chromium, f"/drafts/{desk.draft.id}", size=size) as tab:
        tab.locator("summary", has_text="다른 방법(전화, 채팅, 양식)으로 전했습니다").click()
        tab.locator("#log-on").fill("2026-11-19")
        tab.locator("#log-by").select_option("phone")
        tab.locator("#log-person").fill("상담원 박지훈")
        tab.locator("#log-case").fill("CS-20261119-7")
        tab.locator("#log-note").fill("다음 주 화요일에 발송하겠다고 함")
        browser.shot(tab, f"draft-log-{size[0]}")
        tab.get_by_role("button", name="마쳤음을 기록").click()
        story = tab.locator(".timeline").inner_text()
        assert "상담원 박지훈" in story and "접수번호 CS-20261119-7" in story and "화요일" in story
        assert browser.axe(tab) == [] and not browser.overflows(tab)
    [event] = [event for event in desk.page.store.statements() if event.kind == "contact"]
    assert (event.order_id, event.payload["rung"], event.payload["channel"], event.payload["day"]) == (
        order_id, rung, "phone", "2026-11-19",
    )  # fmt: skip


# -- by plain requests --------------------------------------------------------------------------------------------


def test_nothing_is_sent_by_a_look(desk: Desk) -> None:
    client = desk.page.client()
    path = f"/drafts/{desk.draft.id}"
    for address in (path, f"{path}/print", "/drafts", f"{path}/approve", f"{path}/approve?way=smtp", f"{path}/save"):
        assert client.get(address).status_code in (200, 405)
    assert desk.recorder.envelopes == [] and desk.page.store.outbox() == []


@pytest.mark.parametrize("field", ["to", "subject", "body"])
def test_one_sign_more_or_less_than_was_shown_is_refused(desk: Desk, field: str) -> None:
    client = desk.page.client()
    path = f"/drafts/{desk.draft.id}"
    fields = form(client, path)
    fields[field] = fields[field].replace("cs@", "cs1@") if field == "to" else fields[field] + "."
    answer = client.post(f"{path}/approve", data={**fields, "checked": "yes"})
    assert answer.status_code == 409 and "바뀌었습니다" in answer.text
    assert desk.page.store.outbox() == [] and desk.recorder.envelopes == []


def test_a_seal_that_was_not_given_out_opens_nothing(desk: Desk) -> None:
    client = desk.page.client()
    path = f"/drafts/{desk.draft.id}"
    fields = form(client, path)
    for changes in ({"seal": "0" * 64}, {"nonce": "made-up"}, {"seal": ""}, {"csrf": "0" * 64}):
        answer = client.post(f"{path}/approve", data={**fields, **changes})
        assert answer.status_code in (400, 403, 409, 422)
    assert desk.page.store.outbox() == []


def test_the_same_form_posted_twice_is_one_letter(desk: Desk) -> None:
    client = desk.page.client()
    path = f"/drafts/{desk.draft.id}"
    fields = form(client, path)
    answers = [client.post(f"{path}/approve", data=fields).status_code for _ in range(3)]
    assert answers == [303, 303, 303]
    assert len(desk.recorder.envelopes) == 1 and len(desk.page.store.outbox()) == 1


def test_a_text_changed_in_another_window_is_not_sent_as_it_was(desk: Desk) -> None:
    client = desk.page.client()
    path = f"/drafts/{desk.draft.id}"
    fields = form(client, path)
    saved = client.post(f"{path}/save", data={**fields, "body": "Kurz und anders."})
    assert saved.status_code == 303
    answer = client.post(f"{path}/approve", data=fields)
    assert answer.status_code == 409 and "다른 창" in answer.text
    assert desk.page.store.outbox() == []


def test_a_line_break_in_the_address_or_subject_brings_no_header(desk: Desk) -> None:
    client = desk.page.client()
    path = f"/drafts/{desk.draft.id}"
    fields = form(client, path)
    evil = {"subject": fields["subject"] + "\r\nBcc: thief@evil.example", "to": fields["to"]}
    assert client.post(f"{path}/save", data={**fields, **evil}).status_code == 303
    client.post(f"{path}/approve", data=form(client, path))
    row = desk.row()
    assert message_from_bytes(row.content, policy=default)["Bcc"] is None
    assert desk.recorder.envelopes[0].rcpt_tos == [web_world.SHOP]
    bad = client.post(f"{path}/approve", data={**fields, "to": "cs@hanbit-shop.co.kr\r\nBcc: thief@evil.example"})
    assert bad.status_code in (303, 409, 422) and len(desk.page.store.outbox()) == 1


def test_an_unknown_outcome_is_shown_and_settled_by_a_word(desk: Desk) -> None:
    def dies(server: Any) -> str:
        server.transport.abort()
        return "250 never heard"

    desk.recorder.after_data = dies
    client = desk.page.client()
    path = f"/drafts/{desk.draft.id}"
    client.post(f"{path}/approve", data=form(client, path))
    text = client.get(path).text
    assert "발송되었는지 알 수 없습니다" in text and "승인하고 지금 보내기" not in text
    [row] = desk.page.store.outbox()
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', text)
    assert token is not None
    answer = client.post(f"{path}/settle", data={"csrf": token[1], "row": row.id, "word": "not_sent"})
    assert answer.status_code == 303 and "승인하고 지금 보내기" in client.get(path).text
    desk.recorder.after_data = None
    client.post(f"{path}/approve", data=form(client, path))
    assert [one.status for one in desk.page.store.outbox()] == ["failed", "sent"]
    assert len(desk.recorder.envelopes) == 2  # the user himself said that the first one never came


def test_a_refused_letter_says_why_and_can_be_corrected(desk: Desk) -> None:
    desk.recorder.refused[web_world.SHOP] = "550 no such user here"
    client = desk.page.client()
    path = f"/drafts/{desk.draft.id}"
    client.post(f"{path}/approve", data=form(client, path))
    text = client.get(path).text
    assert "발송되지 않았습니다" in text and "550 no such user here" in text
    desk.recorder.refused.clear()
    client.post(f"{path}/approve", data=form(client, path))
    assert desk.page.store.outbox()[-1].status == "sent"


def test_a_draft_that_was_put_away_is_had_back_with_the_users_own_words(chromium: Any, desk: Desk) -> None:
    draft = desk.draft
    with desk.page.open(chromium, f"/drafts/{draft.id}", size=browser.PHONE, script=False) as tab:
        tab.locator("#body").fill("제 손으로 쓴 글입니다.")
        tab.get_by_role("button", name="고친 내용 저장").click()
        tab.get_by_role("status").wait_for()
        tab.get_by_role("button", name="버리기").click()
        tab.get_by_role("heading", name="초안을 버렸습니다").wait_for()
        assert desk.page.store.draft(draft.id).status == "discarded"  # type: ignore[union-attr]  # it was just put away
        tab.get_by_role("button", name="되살리기").click()
        tab.get_by_role("status").wait_for()
        assert tab.locator("#body").input_value() == "제 손으로 쓴 글입니다."
    assert desk.draft.status == "ready"


def test_before_ones_own_words_are_dropped_one_is_asked(chromium: Any, desk: Desk) -> None:
    draft = desk.draft
    with desk.page.open(chromium, f"/drafts/{draft.id}", size=browser.PHONE, script=False) as tab:
        drafted = tab.locator("#body").input_value()
        tab.get_by_role("button", name="처음부터 다시 쓰기").click()  # nothing of his own: nothing to ask
        tab.get_by_role("status").wait_for()
        tab.locator("#body").fill("제 손으로 쓴 글입니다.")
        tab.get_by_role("button", name="고친 내용 저장").click()
        tab.get_by_role("status").wait_for()
        tab.get_by_role("button", name="처음부터 다시 쓰기").click()
        tab.get_by_role("heading", name="처음 글로 되돌리시겠습니까?").wait_for()
        assert desk.page.store.draft(draft.id).edited  # type: ignore[union-attr]  # it was just written
        tab.get_by_role("link", name="그대로 두기").click()
        tab.wait_for_url(f"**/drafts/{draft.id}")
        assert tab.locator("#body").input_value() == "제 손으로 쓴 글입니다."
        tab.get_by_role("button", name="처음부터 다시 쓰기").click()
        tab.get_by_role("button", name="고친 내용을 버리고 새로 쓰기").click()
        tab.get_by_role("status").wait_for()
        assert tab.locator("#body").input_value() == drafted


def test_there_is_no_page_of_a_draft_that_does_not_exist(desk: Desk) -> None:
    client = desk.page.client()
    assert client.get("/drafts/000000000000").status_code == 404
    assert desk.page.post(client, "/drafts/000000000000/discard").status_code == 404


# -- forms, calls, letters ----------------------------------------------------------------------------------------


def variant(desk: Desk, mode: str, channel: str, **changes: Any) -> str:
    """The waiting draft as one of another kind; its id."""
    drafted = next(draft for draft in desk.page.store.drafts() if draft.mode == "email")
    made = replace(drafted, id=f"{mode[:6]:0<12}", mode=mode, channel=channel, **changes)
    desk.page.store.save_draft(made, NOW)
    return made.id


@BOTH
def test_a_form_is_copied_field_by_field_and_each_field_says_how_long_it_is(
    chromium: Any, desk: Desk, size: tuple[int, int]
) -> None:
    fields = (
        FormField("number", "주문번호", "20261102-0001", max_length=30),
        FormField("reason", "사유", "발송이 되지 않았습니다.", max_length=5),
        FormField("phone", "연락처", ""),
        FormField("kind", "분류", "배송 지연", choice=True, required=False),
    )
    draft_id = variant(desk, "prepared_form", "web_form", link="https://help.example/form", fields=fields)
    options: Any = {"permissions": ["clipboard-read", "clipboard-write"]}
    with desk.page.open(chromium, f"/drafts/{draft_id}", size=size, **options) as tab:
        assert tab.locator("[data-count='field-1']").inner_text() == "13자(최대 30자)"
        assert "over" in (tab.locator("[data-count='field-2']").get_attribute("class") or "")
        tab.locator("[data-copy='field-1']").click()
        assert tab.evaluate("navigator.clipboard.readText()") == "20261102-0001"
        assert tab.locator("[data-copy='field-1']").inner_text() == "복사됨"
        link = tab.get_by_role("link", name="접수 양식 열기")
        assert link.get_attribute("href") == "https://help.example/form" and "noreferrer" in (
            link.get_attribute("rel") or ""
        )
        assert browser.axe(tab) == [] and not browser.overflows(tab)
        browser.shot(tab, f"draft-form-{size[0]}")


@BOTH
def test_a_call_has_its_script_beside_a_log_and_a_letter_its_print(
    chromium: Any, desk: Desk, size: tuple[int, int]
) -> None:
    for mode, channel in (("call_script", "phone"), ("letter", "letter")):
        draft_id = variant(desk, mode, channel)
        with desk.page.open(chromium, f"/drafts/{draft_id}", size=size) as tab:
            assert tab.locator(".letter-text").first.inner_text().strip()
            assert tab.locator("#log-by").input_value() == channel
            assert browser.axe(tab) == [] and not browser.overflows(tab)
            browser.shot(tab, f"draft-{mode}-{size[0]}")
    with desk.page.open(chromium, f"/drafts/{draft_id}/print", size=size) as tab:
        tab.emulate_media(media="print")
        assert tab.locator(".paper").is_visible() and not tab.locator(".no-print").first.is_visible()
        assert not tab.locator("header.top").is_visible()
        browser.shot(tab, f"draft-print-{size[0]}")


def test_a_letter_is_had_as_pdf(desk: Desk) -> None:
    pytest.importorskip("typst")
    import pypdfium2  # type: ignore[import-untyped]  # the package has no types

    draft_id = variant(desk, "letter", "letter")
    answer = desk.page.client().get(f"/drafts/{draft_id}/letter.pdf")
    assert answer.status_code == 200 and answer.headers["content-type"] == "application/pdf"
    text = "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(answer.content))
    assert "20261102-0001" in text and "김민지" in text


def test_a_form_that_links_to_a_script_leads_nowhere(desk: Desk) -> None:
    draft_id = variant(desk, "prepared_form", "web_form", link="javascript:alert(1)")
    assert "javascript:" not in desk.page.client().get(f"/drafts/{draft_id}").text


def test_a_letter_that_did_not_go_out_is_told_on_the_first_page_until_it_is_settled(desk: Desk) -> None:
    desk.recorder.refused[web_world.SHOP] = "550 no such user here"
    client, path = desk.page.client(), f"/drafts/{desk.draft.id}"
    client.post(f"{path}/approve", data=form(client, path))
    stages = [problem.problem.stage for problem in desk.page.store.problems()]
    assert [stage for stage in stages if stage.startswith("letter ")]
    assert "발송되지 않았습니다" in client.get("/").text


def test_a_text_that_was_changed_in_another_window_is_shown_and_the_way_out_works(desk: Desk) -> None:
    client = desk.page.client()
    path = f"/drafts/{desk.draft.id}"
    mine = form(client, path)
    theirs = form(client, path)
    client.post(f"{path}/save", data={**theirs, "body": theirs["body"] + "\r\n다른 창에서 더한 줄"})
    refused = client.post(f"{path}/approve", data=mine)
    assert refused.status_code == 409 and desk.page.store.outbox() == []
    assert "이 창에서 고치신 글" in refused.text
    shown = re.search(r'<textarea id="body"[^>]*>\n(.*?)</textarea>', refused.text, re.S)
    assert shown is not None and "다른 창에서 더한 줄" in shown[1]
    assert client.post(f"{path}/approve", data=form(client, path)).status_code == 303
    [envelope] = desk.recorder.envelopes
    assert "다른 창에서 더한 줄" in message_from_bytes(envelope.content or b"", policy=default).get_content()


def test_a_letter_that_was_thrown_away_is_prepared_again_from_the_ladder(chromium: Any, desk: Desk) -> None:
    draft = desk.draft
    desk.page.post(desk.page.client(), f"/drafts/{draft.id}/discard")
    with desk.page.open(chromium, f"/orders/{draft.order_id}", size=browser.PHONE) as tab:
        tab.locator("ol.ladder li[aria-current] form button").click()
        tab.get_by_role("button", name="승인하고 지금 보내기").wait_for()
        assert tab.url.endswith(f"/drafts/{draft.id}")
    assert desk.draft.status == "ready"


def test_the_text_for_a_form_is_edited_too(desk: Desk) -> None:
    stored = desk.draft
    desk.page.store.save_draft(
        replace(stored, mode="prepared_form", channel="web_form", edited=True, body="양식에 넣을 글"), NOW
    )
    client = desk.page.client()
    text = client.get(f"/drafts/{stored.id}").text
    assert 'id="edit-body"' in text
    token = re.search(r'name="csrf" value="([0-9a-f]+)"', text)
    assert token is not None
    fields = {"csrf": token[1], "to": stored.to or "", "subject": stored.subject, "body": "고쳐 쓴 글"}
    assert client.post(f"/drafts/{stored.id}/save", data=fields).status_code == 303
    assert desk.draft.body == "고쳐 쓴 글" and "고쳐 쓴 글" in client.get(f"/drafts/{stored.id}").text


def test_the_list_of_drafts_says_from_when_and_until_when(desk: Desk) -> None:
    text = desk.page.client().get("/drafts").text
    assert "부터 가능" in text and 'class="row-line clock"' in text
