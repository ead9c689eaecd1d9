"""Evidence on the page: a file attached, shown, downloaded and taken back; the pack; what is refused."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from monitor import render
from monitor.run import orders
from tests import browser
from tests.test_evidence import REAL_PNG, flat
from tests.test_statistics import fill

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


def first_order(page: browser.Page) -> str:
    return orders.orders(page.store, page.config, None, NOW)[0].order.id


def test_a_screenshot_is_attached_and_the_pack_downloaded_and_its_text_is_korean(
    chromium: object, tmp_path: Path
) -> None:
    pytest.importorskip("typst")
    picture = tmp_path / "화면.png"
    picture.write_bytes(REAL_PNG)
    with browser.Page(tmp_path, language="ko", now=NOW) as page:
        fill(page, tmp_path)
        order = first_order(page)
        with page.open(chromium, f"/orders/{order}") as tab:
            tab.click("#evidence details:nth-of-type(1) summary")
            tab.set_input_files("#evidence-file", str(picture))
            tab.fill("#evidence-file-note", "배송 조회 화면")
            tab.click("#evidence details:nth-of-type(1) button")
            assert "화면.png" in tab.inner_text("#evidence")
            with tab.expect_download() as waiting:
                tab.click('#evidence a[href$="evidence.zip"]')
            saved = Path(waiting.value.path()).read_bytes()
        archive = zipfile.ZipFile(io.BytesIO(saved))
        assert archive.read("files/01-화면.png") == REAL_PNG
        pdf = next(name for name in archive.namelist() if name.endswith(".pdf"))
        document = pypdfium2.PdfDocument(archive.read(pdf))
        told = flat("".join(document[n].get_textpage().get_text_range() for n in range(len(document))))
        for words in ("증빙 자료", "한빛상회", "20261102-0001", "30,000원", "배송 조회 화면"):
            assert flat(words) in told


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("size", [browser.WIDE, browser.PHONE])
@pytest.mark.parametrize("dark", [False, True])
def test_the_files_can_be_read_by_everybody_in_every_light(
    chromium: object, tmp_path: Path, language: str, size: tuple[int, int], dark: bool
) -> None:
    with browser.Page(tmp_path, language=language, now=NOW) as page:
        fill(page, tmp_path)
        with page.open(chromium, f"/orders/{first_order(page)}/files", size=size, dark=dark) as tab:
            assert tab.inner_text("h1") == render.message("web.evidence.title", language)
            for summary in tab.query_selector_all("details summary"):
                summary.click()
            assert browser.axe(tab) == []
            assert not browser.overflows(tab)
            browser.shot(tab, f"files-{language}-{size[0]}-{'dark' if dark else 'light'}")


def upload(page: browser.Page, client: object, order: str, name: str, content: bytes) -> int:
    token = page.token(client)  # type: ignore[arg-type] # an httpx client; the type is the helper's
    answer = client.post(  # type: ignore[attr-defined] # as above
        f"/orders/{order}/files", data={"csrf": token, "note": ""}, files={"file": (name, content)},
        headers={"origin": page.url},
    )  # fmt: skip
    return int(answer.status_code)


def test_what_is_no_picture_is_refused_and_a_downloaded_file_never_acts(tmp_path: Path) -> None:
    with browser.Page(tmp_path, language="en", now=NOW) as page:
        fill(page, tmp_path)
        client, order = page.client(), first_order(page)
        assert upload(page, client, order, "x.png", b"<svg onload=alert(1)>") == 422
        assert page.store.attachments() == {}
        assert upload(page, client, order, "../../etc/x\u202egnp.exe", REAL_PNG) == 303
        (file,) = page.store.attachments().values()
        assert (file.name, file.content_type) == ("x_gnp.png", "image/png")
        got = client.get(f"/orders/{order}/files/{file.id}")
        assert got.content == REAL_PNG
        assert got.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in got.headers["content-security-policy"]
        assert "\n" not in got.headers["content-disposition"] and ".." not in got.headers["content-disposition"]
        assert client.get(f"/orders/{order}/files/nothing").status_code == 404
        other = orders.orders(page.store, page.config, None, NOW)[1].order.id
        assert client.get(f"/orders/{other}/files/{file.id}").status_code == 404  # it belongs to the other order
        gone = page.post(client, f"/orders/{order}/files/{file.id}/delete")
        assert gone.status_code == 303
        assert client.get(f"/orders/{order}/files/{file.id}").status_code == 404


def test_a_stranger_and_a_form_without_its_token_change_nothing(tmp_path: Path) -> None:
    with browser.Page(tmp_path, language="en", now=NOW) as page:
        fill(page, tmp_path)
        order = first_order(page)
        stranger = page.client(login=False)
        assert stranger.get(f"/orders/{order}/evidence.zip").status_code in (303, 401, 403)
        client = page.client()
        answer = client.post(
            f"/orders/{order}/files", files={"file": ("a.png", REAL_PNG)}, headers={"origin": page.url}
        )
        assert answer.status_code == 403
        assert page.post(stranger, f"/orders/{order}/notes", text="x").status_code in (303, 401, 403)
        assert page.store.attachments() == {}
        assert [e for e in page.store.statements() if e.kind in ("attached", "note")] == []


def test_a_file_that_is_there_already_is_kept_once_and_its_new_note_is_kept(tmp_path: Path) -> None:
    with browser.Page(tmp_path, language="en", now=NOW) as page:
        fill(page, tmp_path)
        client, order = page.client(), first_order(page)

        def attach(name: str, note: str) -> str:
            answer = client.post(
                f"/orders/{order}/files", data={"csrf": page.token(client), "note": note},
                files={"file": (name, REAL_PNG)}, headers={"origin": page.url},
            )  # fmt: skip
            assert answer.status_code == 303
            return client.get(f"/orders/{order}").text

        assert "already there" not in attach("one.png", "the parcel")
        shown = attach("two.png", "the parcel, from the left")
        assert "already there" in shown and "one.png" in shown and "two.png" not in shown
        assert "the parcel, from the left" in shown
        assert len(page.store.attachments()) == 1
        [file] = page.store.attachments()
        page.post(client, f"/orders/{order}/files/{file}/delete")
        assert "already there" not in attach("two.png", "")  # taken back, so it is new
        assert len(page.store.attachments()) == 1


def test_no_resident_number_rests_where_the_user_typed_one(tmp_path: Path) -> None:
    with browser.Page(tmp_path, language="en", now=NOW) as page:
        fill(page, tmp_path)
        client, order = page.client(), first_order(page)
        typed = "he asked for 900101-1234567"
        page.post(client, f"/orders/{order}/notes", text=typed)
        person = "Lee 900101 - 1234567"
        page.post(client, f"/orders/{order}/say", verb="did", value="inquiry", note=typed, person=person)
        page.post(client, f"/orders/{order}/say", verb="set", field="items", value="mug 900101-1234567")
        client.post(
            f"/orders/{order}/files", data={"csrf": page.token(client), "note": typed},
            files={"file": ("900101-1234567.png", REAL_PNG)}, headers={"origin": page.url},
        )  # fmt: skip
        said = {event.kind: event.payload for event in page.store.statements()}
        assert set(said) == {"note", "contact", "set", "attached"}
        assert (
            said["note"]["said"]
            == said["contact"]["said"]
            == said["attached"]["said"]
            == ("he asked for ******-*******")
        )
        assert "1234567" not in client.get(f"/orders/{order}").text
    for path in tmp_path.rglob("*.sqlite3*"):
        assert b"1234567" not in path.read_bytes()


def test_a_note_is_kept_without_the_card_number_in_it(tmp_path: Path) -> None:
    with browser.Page(tmp_path, language="en", now=NOW) as page:
        fill(page, tmp_path)
        client, order = page.client(), first_order(page)
        page.post(client, f"/orders/{order}/notes", text="card 4111 1111 1111 1111 was asked for")
        (event,) = [e for e in page.store.statements() if e.kind == "note"]
        assert event.payload["said"] == "card ****1111 was asked for"
        assert page.post(client, f"/orders/{order}/notes", text="  ").status_code == 303
        assert len([e for e in page.store.statements() if e.kind == "note"]) == 1


def test_whether_a_file_was_taken_is_said_where_the_browser_stands(chromium: object, tmp_path: Path) -> None:
    drawing = tmp_path / "bild.svg"
    drawing.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    picture = tmp_path / "bild.png"
    picture.write_bytes(REAL_PNG)
    with browser.Page(tmp_path, language="ko", now=NOW) as page:
        fill(page, tmp_path)
        with page.open(chromium, f"/orders/{first_order(page)}", size=browser.PHONE) as tab:
            tab.click("#evidence details:nth-of-type(1) summary")
            tab.set_input_files("#evidence-file", str(drawing))
            tab.fill("#evidence-file-note", "색이 다릅니다")
            tab.click("#evidence details:nth-of-type(1) button")
            refused = tab.get_by_role("alert")
            refused.wait_for()
            assert_seen(refused)
            assert tab.locator("#evidence-file-note").input_value() == "색이 다릅니다"
            assert browser.axe(tab) == [] and not browser.overflows(tab)
            tab.set_input_files("#evidence-file", str(picture))
            tab.click("#evidence details:nth-of-type(1) button")
            said = tab.locator(".notice.good[role=status]")
            said.wait_for()
            assert said.count() == 1
            assert_seen(said)


def assert_seen(notice: Any) -> None:
    box = notice.bounding_box()
    assert box is not None and 0 <= box["y"] < browser.PHONE[1], box


def test_a_file_that_is_too_large_is_told_before_anything_is_sent_and_the_note_stays(
    chromium: object, tmp_path: Path
) -> None:
    film = tmp_path / "film.png"
    with film.open("wb") as file:
        file.truncate(25_000_001)
    picture = tmp_path / "bild.png"
    picture.write_bytes(REAL_PNG)
    with browser.Page(tmp_path, language="ko", now=NOW) as page:
        fill(page, tmp_path)
        with page.open(chromium, f"/orders/{first_order(page)}", size=browser.PHONE) as tab:
            tab.click("#evidence details:nth-of-type(1) summary")
            tab.fill("#evidence-file-note", "색이 다릅니다")
            tab.set_input_files("#evidence-file", str(film))
            tab.get_by_role("alert").get_by_text("25 MB").wait_for()
            tab.click("#evidence details:nth-of-type(1) button")
            assert tab.locator("#evidence-file:invalid").count() == 1
            assert browser.axe(tab) == [] and not browser.overflows(tab)
            tab.set_input_files("#evidence-file", str(picture))
            tab.click("#evidence details:nth-of-type(1) button")
            tab.locator(".notice.good[role=status]").wait_for()
        (kept,) = [event for event in page.store.statements() if event.kind == "attached"]
        assert kept.payload["said"] == "색이 다릅니다"
