"""Files that go along with a letter: chosen on the draft's page, covered by the approval, received byte by byte."""

from __future__ import annotations

import hashlib
import zlib
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.evidence import available
from monitor.run import approving, enclosing, evidence, orders
from monitor.types import Order
from tests import browser
from tests.post import NOW
from tests.test_web_drafts import Desk, desk, form

__all__ = ["desk"]
PHOTO = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + bytes(range(256)) * 40
NOTE = "통화 내용: 다음 주에 보낸다고 함\n.\n끝".encode()


def order_of(desk: Desk) -> Order:
    (view,) = orders.orders(desk.page.store, desk.page.config, None, NOW)
    return view.order


def attach(desk: Desk, name: str = "문자 화면.png", content: bytes = PHOTO) -> str:
    return evidence.attach(desk.page.store, order_of(desk), name, content, now=NOW).id


def files(content: bytes) -> dict[str, bytes]:
    letter = message_from_bytes(content, policy=default)
    assert isinstance(letter, EmailMessage)
    return {str(part.get_filename()): part.get_content() if part.get_content_maintype() != "text" else
            part.get_payload(decode=True) for part in letter.iter_attachments()}  # fmt: skip


def opened(desk: Desk, client: httpx.Client, *enclosed: str, **more: str) -> dict[str, Any]:
    """The fields of the draft's page, with these files ticked."""
    return {**form(client, f"/drafts/{desk.draft.id}"), "enclose": list(enclosed), **more}


@pytest.mark.parametrize("size", [browser.WIDE, browser.PHONE], ids=["wide", "phone"])
def test_a_screenshot_and_the_evidence_go_with_the_letter_and_lie_in_sent(
    chromium: Any, desk: Desk, tmp_path: Path, size: tuple[int, int]
) -> None:
    order_id = desk.draft.order_id
    photo = tmp_path / "문자 화면.png"
    photo.write_bytes(PHOTO)
    with desk.page.open(chromium, f"/orders/{desk.draft.order_id}/files", size=size) as tab:
        tab.get_by_text("파일 첨부").first.click()
        tab.locator("#evidence-file").set_input_files(str(photo))
        tab.locator("form[enctype] button").click()
        tab.get_by_role("status").first.wait_for()
        tab.goto(f"{desk.page.url}/drafts/{desk.draft.id}")
        tab.get_by_label("문자 화면.png").check()
        tab.get_by_label("증빙 자료 PDF").check()
        tab.get_by_role("button", name="승인하고 지금 보내기").click()
        # they were chosen after the letter was shown: shown once more with their sizes, and not sent
        tab.get_by_text("승인은 이 파일들까지 포함합니다").wait_for()
        assert desk.recorder.envelopes == []
        assert tab.locator("input[name=enclose]:checked").count() == 2
        assert tab.get_by_text("10 kB").count() == 1
        assert browser.axe(tab) == [] and not browser.overflows(tab)
        browser.shot(tab, f"draft-files-{size[0]}")
        with tab.expect_download() as download:
            tab.get_by_role("link", name="열어 보기 evidence-").click()
        looked_at = Path(download.value.path()).read_bytes()
        tab.get_by_role("button", name="승인하고 지금 보내기").click()
        tab.get_by_role("heading", name="보냈습니다").wait_for()
        assert tab.get_by_role("link", name="문자 화면.png").count() == 1
        assert browser.axe(tab) == [] and not browser.overflows(tab)
        tab.goto(f"{desk.page.url}/orders/{order_id}")
        tab.locator(".timeline li.monitor", has_text="문자 화면.png").wait_for()
    [envelope] = desk.recorder.envelopes
    row = desk.row()
    assert envelope.content == row.content and desk.in_folder("Sent") == [row.content]
    received = files(envelope.content)
    assert received.pop("문자 화면.png") == PHOTO
    [(name, pack)] = received.items()
    assert name == "evidence-20261102-0001.pdf" and pack == looked_at and pack.startswith(b"%PDF-")


def test_a_letter_with_another_list_of_files_than_the_one_shown_is_refused(desk: Desk) -> None:
    photo, note = attach(desk), attach(desk, "통화.txt", NOTE)
    client = desk.page.client()
    path = f"/drafts/{desk.draft.id}"
    fields = opened(desk, client, photo)
    assert client.post(f"{path}/save", data=fields).status_code == 303
    for other in ([], [note], [photo, note], [note, photo]):
        fields = opened(desk, client, photo)
        stored = desk.draft.enclosed
        refused = client.post(f"{path}/approve", data={**fields, "enclose": other})
        assert refused.status_code == 409 and desk.page.store.outbox() == [], other
        assert desk.draft.enclosed == tuple(other) != stored  # kept, and shown once more
        client.post(f"{path}/save", data=opened(desk, client, photo))
    assert client.post(f"{path}/approve", data=opened(desk, client, photo)).status_code == 303
    [envelope] = desk.recorder.envelopes
    assert envelope.content is not None and files(envelope.content) == {"문자 화면.png": PHOTO}


def test_a_file_that_was_taken_back_after_the_letter_was_shown_stops_the_letter(desk: Desk) -> None:
    photo = attach(desk)
    client = desk.page.client()
    path = f"/drafts/{desk.draft.id}"
    client.post(f"{path}/save", data=opened(desk, client, photo))
    fields = opened(desk, client, photo)
    evidence.detach(desk.page.store, order_of(desk), photo, now=NOW)
    assert client.post(f"{path}/approve", data=fields).status_code == 409
    assert desk.page.store.outbox() == []
    assert client.post(f"{path}/approve", data=opened(desk, client)).status_code == 303  # as it is shown now
    assert files(desk.row().content) == {}


def test_files_of_another_order_or_draft_do_not_go_along(desk: Desk) -> None:
    attach(desk)
    strange = evidence.keep(desk.page.store, "fremd.txt", b"of somebody else", now=NOW).id
    client = desk.page.client()
    path = f"/drafts/{desk.draft.id}"
    client.post(f"{path}/save", data=opened(desk, client, strange, "pack-0123456789ab", "../../etc/passwd"))
    assert desk.draft.enclosed == ()
    client.post(f"{path}/approve", data=opened(desk, client, strange))
    assert files(desk.row().content) == {}
    assert client.get(f"{path}/files/{strange}").status_code == 404


def test_more_than_mail_servers_take_is_refused_and_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enclosing, "LARGEST_SUM", len(PHOTO) + len(NOTE) - 1)
    photo, note = attach(desk), attach(desk, "통화.txt", NOTE)
    client = desk.page.client()
    path = f"/drafts/{desk.draft.id}"
    refused = client.post(f"{path}/save", data=opened(desk, client, photo, note))
    assert refused.status_code == 422 and "메일 서버가 받지 않습니다" in refused.text
    assert desk.draft.enclosed == ()
    text = approving.cleaned(desk.draft.to or "", desk.draft.subject, desk.draft.body, (photo, note))
    seal = approving.seal(desk.page.store, desk.draft.id, text, "n")
    with pytest.raises(approving.NotApproved) as why:
        approving.approve(
            desk.page.store, desk.page.config, approving.Approval(desk.draft.id, text, seal, "n", "smtp"), now=NOW,
            order=order_of(desk),
        )  # fmt: skip
    assert why.value.why == "too_large"


def test_what_goes_to_the_drafts_folder_has_its_files_and_a_text_file_stays_as_it_was(desk: Desk) -> None:
    note = attach(desk, "통화.txt", NOTE)
    client = desk.page.client()
    path = f"/drafts/{desk.draft.id}"
    before = desk.draft
    client.post(f"{path}/save", data=opened(desk, client, note))
    assert not desk.draft.edited and desk.draft.body == before.body  # the day in the text goes on with the days
    client.post(f"{path}/approve", data=opened(desk, client, note, way="drafts"))
    [lying] = desk.in_folder("Drafts")
    assert files(lying) == {"통화.txt": NOTE}


@pytest.mark.skipif(not available(), reason="typst is not installed")
def test_a_pack_that_was_left_out_again_is_forgotten(desk: Desk) -> None:
    client = desk.page.client()
    path = f"/drafts/{desk.draft.id}"
    client.post(f"{path}/save", data=opened(desk, client, pack="yes"))
    [pack] = desk.draft.enclosed
    kept = desk.page.store.attachment(pack)
    assert kept is not None and kept.startswith(b"%PDF-")
    assert evidence.files_of(desk.page.store, order_of(desk)) == []  # it is no file of the order
    client.post(f"{path}/save", data=opened(desk, client))
    assert desk.draft.enclosed == () and desk.page.store.attachment(pack) is None


def test_a_letter_of_25_megabytes_leaves_whole(desk: Desk) -> None:
    noise = b"%PDF-1.7\n" + hashlib.shake_128(b"noise").digest(24_000_000)
    assert len(zlib.compress(noise, 1)) > 23_000_000
    big = attach(desk, "계약서.pdf", noise)
    client = desk.page.client()
    path = f"/drafts/{desk.draft.id}"
    client.post(f"{path}/save", data=opened(desk, client, big))
    client.post(f"{path}/approve", data=opened(desk, client, big), timeout=60)
    assert files(desk.recorder.envelopes[0].content or b"") == {"계약서.pdf": noise}
