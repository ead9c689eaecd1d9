"""Failed payments on the page: opened by a form, completed, logged, closed; readable by everybody."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from monitor import render
from monitor.run import cases
from tests import browser
from tests.test_evidence import REAL_PNG

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
CARD = "4111 1111 1111 1111"  # passes the check digit of cards, belongs to nobody


def one_case(page: browser.Page) -> cases.Case:
    (found,) = cases.cases(page.store, page.config, now=NOW)
    return found


def test_the_cashwalk_story_is_told_in_a_browser_to_the_script_and_the_end(chromium: object, tmp_path: Path) -> None:
    picture = tmp_path / "error.png"
    picture.write_bytes(REAL_PNG)
    seconds = count()
    with browser.Page(tmp_path, language="ko", now=lambda: NOW + timedelta(seconds=next(seconds))) as page:
        with page.open(chromium, "/cases", size=browser.PHONE) as tab:
            tab.fill("#case-seller", "캐시워크")
            tab.fill("#case-at", "2026-11-20T14:05")
            tab.fill("#case-amount", "5,500원")
            tab.fill("#case-method", "SKT 소액결제")
            tab.fill("#case-error_code", "E-1042")
            tab.click("#new button")
            assert "정보가 부족함" in tab.inner_text("main")
            tab.fill("#case-account", "minji77")
            tab.click('form[action$="/set"] button')
            tab.locator("#now", has_text="준비").wait_for()
            script = tab.input_value("#text-phone")
            for words in (
                "[1. 소개]",
                "[2. 상황 설명]",
                "[3. 정보 전달과 요청]",
                "minji77",
                "E-1042",
                "SKT 휴대폰 소액결제",
            ):
                assert words in script
            tab.set_input_files("#case-file", str(picture))
            tab.click('form[action$="/files"] button')
            assert "error.png" in tab.inner_text("main")
            tab.select_option("#log-channel", "chat")
            tab.fill("#log-number", "CW-20261122-1")
            tab.click('form[action$="/contact"] button')
            assert "CW-20261122-1" in tab.inner_text("main")
        one = one_case(page)
        assert (one.status, one.case_numbers, len(one.files)) == ("waiting", ("CW-20261122-1",), 1)
        client = page.client()
        assert client.get(f"/cases/{one.id}/files/{one.files[0]}").content == REAL_PNG
        page.post(client, f"/cases/{one.id}/close", how="solved")
        assert one_case(page).status == "solved"
        page.post(client, f"/cases/{one.id}/close", how="reopen")
        assert one_case(page).open


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("size", [browser.WIDE, browser.PHONE])
@pytest.mark.parametrize("dark", [False, True])
def test_the_pages_can_be_read_by_everybody_in_every_light(
    chromium: object, tmp_path: Path, language: str, size: tuple[int, int], dark: bool
) -> None:
    with browser.Page(tmp_path, language=language, now=NOW) as page:
        key = cases.open_case(
            page.store, page.config, {"seller": "캐시워크", "amount": "5500", "method": "카드"}, now=NOW
        )
        cases.contact(page.store, key, channel="phone", whom="Lee", said="they call back", now=NOW)
        for path, title in (("/cases", render.message("web.cases.title", language)), (f"/cases/{key}", "캐시워크")):
            with page.open(chromium, path, size=size, dark=dark) as tab:
                assert title in tab.inner_text("h1")
                assert browser.axe(tab) == []
                assert not browser.overflows(tab)
                browser.shot(tab, f"case{len(path)}-{language}-{size[0]}-{'dark' if dark else 'light'}")


def test_a_case_at_which_there_is_nothing_to_do_is_not_on_the_first_page(tmp_path: Path) -> None:
    with browser.Page(tmp_path, language="ko", now=NOW) as page:
        client = page.client()
        key = cases.open_case(page.store, page.config, {"seller": "캐시워크", "amount": "5500"}, now=NOW)
        assert f"/cases/{key}" in client.get("/").text
        cases.contact(page.store, key, channel="phone", whom="Lee", said="they call back", now=NOW)
        assert one_case(page).next == "wait" and f"/cases/{key}" not in client.get("/").text


def test_no_whole_card_number_that_is_typed_comes_back(tmp_path: Path) -> None:
    with browser.Page(tmp_path, language="en", now=NOW) as page:
        client = page.client()
        page.post(client, "/cases", seller="Shop", method=f"Visa {CARD}", amount="12.50 EUR", message=f"card {CARD}")
        one = one_case(page)
        html = client.get(f"/cases/{one.id}").text
        assert "4111" not in html
        assert "1111" in html
        for path in tmp_path.rglob("*.sqlite3*"):
            assert not re.search(rb"4111[ -]?1111", path.read_bytes())  # four digits stand in random keys by chance


def test_nonsense_and_strangers_change_nothing(tmp_path: Path) -> None:
    with browser.Page(tmp_path, language="en", now=NOW) as page:
        client, stranger = page.client(), page.client(login=False)
        assert page.post(client, "/cases", seller="", amount="x").status_code == 422
        assert page.post(client, "/cases", seller="Shop", amount="much").status_code == 422
        assert client.post("/cases", data={"seller": "Shop"}, headers={"origin": page.url}).status_code == 403
        assert page.post(stranger, "/cases", seller="Shop").status_code in (303, 401, 403)
        assert page.store.case_events() == []
        assert client.get("/cases/czzzzzz").status_code == 404
        key = cases.open_case(page.store, page.config, {"seller": "Shop"}, now=NOW)
        assert page.post(client, f"/cases/{key}/contact", channel="pigeon").status_code == 422
        assert page.post(client, f"/cases/{key}/close", how="maybe").status_code == 422
        shown = {"seller": "Shop", "at": "2026-11-22T12:00"}
        assert page.post(client, f"/cases/{key}/set", nonsense="1", **shown).status_code == 303
        assert len(page.store.case_events()) == 1


def test_a_refused_form_keeps_what_was_typed_and_says_at_each_field_why(chromium: object, tmp_path: Path) -> None:
    with browser.Page(tmp_path, language="ko", now=NOW) as page:
        with page.open(chromium, "/cases", size=browser.PHONE) as tab:
            tab.fill("#case-seller", "캐시워크")
            tab.fill("#case-at", "9999-11-20T14:05")
            tab.fill("#case-amount", "-5")
            tab.fill("#case-message", "일시적인 오류")
            tab.select_option("#case-charged", "twice")
            tab.click("#new button")
            tab.get_by_role("alert").wait_for()
            assert "금액이 아닙니다" in tab.inner_text("#case-amount-wrong")
            assert "날짜를 확인" in tab.inner_text("#case-at-wrong")
            kept = {name: tab.input_value(f"#case-{name}") for name in ("seller", "at", "amount", "message", "charged")}
            assert kept == {
                "seller": "캐시워크", "at": "9999-11-20T14:05", "amount": "-5", "message": "일시적인 오류",
                "charged": "twice",
            }  # fmt: skip
            assert browser.axe(tab) == [] and not browser.overflows(tab)
            assert page.store.case_events() == []
            tab.fill("#case-amount", "5500")
            tab.fill("#case-at", "2026-11-20T14:05")
            tab.click("#new button")
            tab.locator("#now").wait_for()
            tab.fill("#case-device", "갤럭시 S24")
            tab.fill("#case-last_four", "12")
            tab.click('form[action$="/set"] button')
            tab.locator("#case-last_four-wrong").wait_for()
            assert (tab.input_value("#case-device"), tab.input_value("#case-last_four")) == ("갤럭시 S24", "12")
            assert browser.axe(tab) == [] and not browser.overflows(tab)
            tab.fill("#case-last_four", "1234")
            tab.click('form[action$="/set"] button')
            tab.get_by_role("status").first.wait_for()
        one = one_case(page)
        assert (one.device, one.last_four, one.amount and int(one.amount.amount)) == ("갤럭시 S24", "1234", 5500)
        said = [event.payload["field"] for event in page.store.case_events() if event.kind == "set"]
        assert set(said) == {"device", "last_four"}  # and nothing that stood there already


def test_a_missing_field_is_called_as_the_form_calls_it(tmp_path: Path) -> None:
    with browser.Page(tmp_path, language="ko", now=NOW) as page:
        html = page.post(page.client(), "/cases", seller="", amount="5,500원").text
        assert "'이용한 곳'" in html.replace("&#39;", "'") and "seller&#39;" not in html
        assert 'value="5,500원"' in html


def test_the_row_of_a_failed_payment_says_so_and_leads_to_its_case(tmp_path: Path) -> None:
    from monitor import knowledge as knowledges
    from monitor.run import pages
    from monitor.run.intake import files
    from tests.test_case import ERROR_AT, FAILED, mail

    now = datetime.now(UTC)
    with browser.Page(tmp_path, language="ko", now=now) as page:
        inbox = tmp_path / "inbox"
        inbox.mkdir()
        mail(inbox, "failed", "[캐시워크] 결제 실패 안내", FAILED, ERROR_AT)
        files.import_paths(page.store, page.config, knowledges.load(None), [inbox], now=now, heard_until=now)
        pages.refresh(page.store, page.config, now=now)
        [one] = cases.near(page.store, page.config, now=now)
        listed = page.client().get("/orders").text
        assert "결제가 실패했습니다" in listed and "판매자가 입금을 기다립니다" not in listed
        assert "5,500원" in listed and f'href="/cases/{one.id}"' in listed
        assert f'href="/orders/{one.order_id}"' in page.client().get("/orders", params={"q": "5500"}).text


def test_a_page_of_few_orders_finds_the_same_cases_as_the_whole_store(tmp_path: Path) -> None:
    from monitor import knowledge as knowledges
    from monitor.run import pages
    from monitor.run.intake import files
    from tests.test_case import ERROR_AT, FAILED, RECEIPT, mail

    now = datetime.now(UTC)
    with browser.Page(tmp_path, language="ko", now=now) as page:
        inbox = tmp_path / "inbox"
        inbox.mkdir()
        mail(inbox, "failed", "[캐시워크] 결제 실패 안내", FAILED, ERROR_AT)
        mail(
            inbox,
            "receipt",
            "[소액결제] 결제 완료 안내",
            RECEIPT.replace("캐시워크", "게임나라"),
            ERROR_AT,
            "bill@danal.co.kr",
        )
        files.import_paths(page.store, page.config, knowledges.load(None), [inbox], now=now, heard_until=now)
        cases.open_case(
            page.store, page.config, {"seller": "게임나라", "at": ERROR_AT.isoformat(), "amount": "5500"}, now=now
        )  # fmt: skip
        pages.refresh(page.store, page.config, now=now)
        near = cases.near(page.store, page.config, now=now)
        assert near == cases.cases(page.store, page.config, now=now)
        assert sorted(one.charged for one in near) == ["unknown", "yes"]
