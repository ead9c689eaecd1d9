"""The pages of all orders, mails and settings, the API, the calendar and the table: what they say, and to whom."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor import render
from monitor.run import orders, pages, reasons, today
from monitor.run.pages import renewal
from monitor.store import Store
from monitor.web import keys, wording
from monitor.web.pages import calendar
from monitor.web.pages.orders import safe_cell
from tests import browser, web_sample
from tests.web_sample import NOW, TODAY

PATHS = ("/", "/orders", "/orders?mood=act", "/orders?q=nothing+fits+this", "/mails", "/mails?all=true", "/settings",
         "/statistics", "/drafts", "/nothing-here")  # fmt: skip
LOOKS = [(size, dark) for size in (browser.WIDE, browser.PHONE) for dark in (False, True)]


@pytest.fixture
def page(tmp_path: Path) -> Iterator[browser.Page]:
    with web_sample.page(tmp_path) as served:
        yield served


def names(text: str) -> list[str]:
    """The orders that a list shows, in its order."""
    return re.findall(r'<a href="/orders/[0-9a-f]+">([^<]+)</a>', text)


# -- in a browser ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ko", "en"])
def test_every_page_can_be_used_by_everyone_on_every_screen(chromium: Any, tmp_path: Path, language: str) -> None:
    with web_sample.page(tmp_path, language=language) as page:
        purchase = next(row.identity for row in page.store.mails(purchase=True))
        other = next(row.identity for row in page.store.mails(purchase=False))
        order = page.store.page_orders()[0][0].id
        paths = (*PATHS, f"/orders/{order}", f"/mails/{purchase}", f"/mails/{other}", f"/mails/{purchase}/teach")
        for size, dark in LOOKS:
            with page.open(chromium, "/", size=size, dark=dark) as tab:
                for path in paths:
                    tab.goto(page.url + path)
                    where = f"{path} {size[0]} {'dark' if dark else 'light'} {language}"
                    assert browser.axe(tab) == [], where
                    assert not browser.overflows(tab), where
                    look = f"{'wide' if size == browser.WIDE else 'phone'}-{'dark' if dark else 'light'}"
                    browser.shot(tab, f"{re.sub(r'[^a-z]+', '-', path.strip('/')) or 'today'}-{language}-{look}")
        for path in ("/login",):
            for size, dark in LOOKS:
                with page.open(chromium, path, size=size, dark=dark, login=False) as tab:
                    assert browser.axe(tab) == [] and not browser.overflows(tab)
                    look = f"{'wide' if size == browser.WIDE else 'phone'}-{'dark' if dark else 'light'}"
                    browser.shot(tab, f"login-{language}-{look}")


def test_orders_are_searched_while_typing_and_without_scripts_too(chromium: Any, page: browser.Page) -> None:
    from playwright.sync_api import expect

    with page.open(chromium, "/orders") as tab:
        assert tab.locator("#found tbody tr").count() > 10
        tab.locator("#q").press_sequentially("HN2026")
        expect(tab.locator("#found tbody tr")).to_have_count(1)
        assert "HN2026-55120" in tab.locator("#found").inner_text()
        assert "q=HN2026" in tab.url
    with page.open(chromium, "/orders", script=False) as tab:
        tab.locator("#q").fill("공기청정기")
        tab.locator("#q").press("Enter")
        expect(tab.locator("#found tbody tr")).to_have_count(1)


def test_a_question_is_answered_from_the_first_page_by_keyboard(chromium: Any, page: browser.Page) -> None:
    with page.open(chromium, "/") as tab:
        before = tab.locator("#act").locator("xpath=..").locator("li").count()
        button = tab.get_by_role("button", name="도착했습니다").first
        name = button.locator("xpath=ancestor::li").locator("h3 a").inner_text()
        button.focus()
        tab.keyboard.press("Enter")
        tab.wait_for_load_state()
        assert name in tab.locator("[role=status]").first.inner_text()
        assert tab.locator("#act").locator("xpath=..").locator("li").count() == before - 1
    said = [event.kind for event in page.store.statements()]
    assert said == ["arrived"]


def test_the_language_is_switched_and_stays(chromium: Any, page: browser.Page) -> None:
    with page.open(chromium, "/orders?mood=act") as tab:
        assert tab.locator("h1").inner_text() == "주문"
        tab.get_by_role("button", name="English").click()
        assert tab.locator("h1").inner_text() == "Orders"
        assert tab.url.endswith("/orders?mood=act")
        tab.goto(page.url + "/")
        assert tab.locator("html").get_attribute("lang") == "en"


def test_a_layout_is_taught_by_marking_in_the_text(chromium: Any, page: browser.Page) -> None:
    identity = next(
        row.identity for row, read, _ in page.store.page_mail_rows(kind="order_confirmation", limit=50)
        if read is not None and "HN2026-55120" in read.subject + str(read.finding.order_number)
    )  # fmt: skip
    with page.open(chromium, f"/mails/{identity}/teach") as tab:
        tab.locator("#order_number").focus()
        tab.evaluate(
            """() => { const text = document.getElementById('mailtext').firstChild;
            const at = text.data.indexOf('HN2026-55120'); const range = document.createRange();
            range.setStart(text, at); range.setEnd(text, at + 12); getSelection().removeAllRanges();
            getSelection().addRange(range);
            document.getElementById('mailtext').dispatchEvent(new MouseEvent('mouseup', {bubbles: true})); }"""
        )
        assert tab.locator("#order_number").input_value() == "HN2026-55120"
        tab.locator("#total").fill("not in this mail")
        tab.get_by_role("button", name="시험하기").click()
        assert "not in this mail" in tab.get_by_role("alert").inner_text()
        tab.locator("#total").fill("")
        tab.get_by_role("button", name="시험하기").click()
        assert tab.locator("#lesson").count() == 1
        assert browser.axe(tab) == []
        tab.get_by_role("button", name="이 규칙 저장").click()
        assert tab.url.endswith(f"/mails/{identity}")
    kept = list((page.config.knowledge_folder() / "layouts").glob("*.toml"))
    assert len(kept) == 1 and "order_number" in kept[0].read_text()


# -- what they say --------------------------------------------------------------------------------------------------


def test_the_summaries_say_what_the_orders_say(page: browser.Page) -> None:
    views = {view.order.id: view for view in orders.orders(page.store, page.config, None, NOW)}
    found, count = pages.find(page.store, limit=500)
    assert count == len(views) == len(found)
    for one in found:
        view = views[one.id]
        assert (one.state, one.waits_for, one.due_on, one.overdue_days, one.flagged, one.urgent, one.asks) == (
            view.judgement.state, view.judgement.waits_for, view.judgement.due_on, view.judgement.overdue_days,
            view.judgement.flagged, view.judgement.urgent, view.judgement.asks,
        )  # fmt: skip
        assert (one.step.rung if one.step else None) == (view.step.rung if view.step else None)
        assert (one.total, one.paid, one.given_back) == (view.order.total, view.order.paid, view.order.given_back)


def test_today_sorts_by_the_day_on_which_waiting_costs_something(page: browser.Page) -> None:
    view = today.today(page.store, page.config, now=NOW)
    assert view.act and all(one.flagged for one in view.act)
    days = [one.decide_on or date.max for one in view.act]
    assert days == sorted(days)
    text = page.client().get("/").text
    shown = [name for name in names(text) if any(one.number and one.number in name for one in view.act)]
    assert len(shown) >= len(view.act)


def test_the_silence_clock_says_how_long_what_next_and_until_when(page: browser.Page) -> None:
    one = today.today(page.store, page.config, now=NOW).act[0]
    step = pages.NextStep(
        "inquiry", "seller", "email", TODAY - timedelta(days=7), TODAY + timedelta(days=21), None, False
    )
    given = replace(
        one, step=step, silent_since=TODAY - timedelta(days=9), answered=True, put_off_until=None, closing=None
    )
    said = " · ".join(phrase.text for phrase in wording.clock(given, TODAY, "en"))
    assert said == ("silent for 9 days · next step (inquiry) possible since Mon 16 Nov · last safe day Mon 14 Dec")
    pressing = replace(given, step=replace(step, last_safe_day=TODAY + timedelta(days=2)))
    assert wording.clock(pressing, TODAY, "ko")[-1].tone == "late"


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("HN2026-55120", "HN2026-55120"),
        ("hn202655120", "HN2026-55120"),
        ("하늘가전", "HN2026-55120"),
        ("공기청정기", "HN2026-55120"),
        ("690,000원", "HN2026-55120"),
        ("690000", "HN2026-55120"),
        ("하늘가전 공기", "HN2026-55120"),
        ("lamps", "NL-40418"),
        ("86.40", "NL-40418"),
    ],
)  # fmt: skip
def test_an_order_is_found_by_number_seller_item_and_amount(page: browser.Page, search: str, found: str) -> None:
    listed, _ = pages.find(page.store, search=search)
    assert [one.number for one in listed] == [found]


def test_an_order_is_found_by_words_that_stand_only_in_its_mails(page: browser.Page) -> None:
    connection = page.store._engine.raw_connection()
    rows = connection.cursor().execute(
        "SELECT m.order_id, m.words, o.words FROM page_mail m JOIN page_order o ON o.id = m.order_id"
    ).fetchall()  # fmt: skip
    connection.close()
    tried = 0
    for order_id, words, known in rows[:25]:
        for length in (9, 3, 2):
            word = next((w for w in words.split() if len(w) == length and w not in known and w.isalpha()), None)
            if word is not None:
                tried += 1
                assert order_id in [one.id for one in pages.find(page.store, search=word, limit=500)[0]], word
    assert tried > 30


def test_a_search_that_is_too_long_is_shortened_and_says_so(page: browser.Page) -> None:
    client = page.client()
    answer = client.get("/orders", params={"q": "가" * 120, "sort": "x" * 300})
    assert answer.status_code == 200 and "앞 100자" in answer.text and "가" * 101 not in answer.text
    assert "앞 100자" not in client.get("/orders", params={"q": "가"}).text
    assert client.get("/orders.csv", params={"q": "x" * 500}).status_code == 200
    assert client.get("/mails", params={"domain": "x" * 500}).status_code == 200


def test_nothing_that_is_searched_for_is_taken_for_a_command(page: browser.Page) -> None:
    client = page.client()
    for search in (
        '"', "'", "%", "_", "*", "a*", '" OR 1', "NEAR(", "-", "\\", "\x00", "(((", "'; DROP TABLE mail", "﷽" * 50,
        "{words}", "AND", "환", "💸", "\ud7a3", "%%%",
    ):  # fmt: skip
        answer = client.get("/orders", params={"q": search})
        assert answer.status_code == 200, search
    assert page.store.count()["mails"] == 72


def test_filters_sorting_and_pages_lead_through_all_orders(page: browser.Page) -> None:
    client = page.client()
    for sort in ("decide", "placed", "moved", "seller", "amount", "safe", "nonsense"):
        assert len(set(names(client.get("/orders", params={"sort": sort}).text))) == 22, sort
    amounts = [one.total.amount for one in pages.find(page.store, sort="amount")[0] if one.total]
    assert amounts == sorted(amounts, reverse=True)
    moods = page.store.page_counts()["mood"]
    for mood, count in moods.items():
        assert pages.find(page.store, moods=(mood,))[1] == count
    first, count = pages.find(page.store, limit=10)
    second, _ = pages.find(page.store, limit=10, offset=10)
    third, _ = pages.find(page.store, limit=10, offset=20)
    assert count == 22 and len({one.id for one in (*first, *second, *third)}) == 22
    assert client.get("/orders?page=999").status_code == 200


def test_the_first_page_tells_of_a_mailbox_that_cannot_be_read(tmp_path: Path) -> None:
    account = {"address": "mina@demo.example", "host": "127.0.0.1", "port": 1, "password": "x"}
    with web_sample.page(tmp_path, language="en", accounts={"home": account}) as page:
        page.store.add_problem("account home", "The password is refused. <b>Make an app password.</b>")
        for path in ("/", "/settings"):
            text = page.client().get(path).text
            assert "The password is refused. &lt;b&gt;Make an app password." in text
            assert "not yet read to the end" in text
        text = page.client().get("/").text
        assert 0 < text.index("A mailbox cannot be read at the moment: home") < text.index('class="figures"')


def test_a_mail_says_what_it_was_taken_for_and_can_be_read_again(page: browser.Page) -> None:
    client = page.client()
    row, read, home = next(one for one in page.store.page_mail_rows(kind="order_confirmation") if one[2])
    assert read is not None
    text = client.get(f"/mails/{row.identity}").text
    assert reasons.said(row.reason, "ko") in text.replace("&#39;", "'") and f"/orders/{home}" in text
    answer = page.post(client, f"/mails/{row.identity}/reread")
    assert answer.status_code == 303
    assert "주문 확인" in client.get(answer.headers["location"]).text
    assert client.get("/mails/0000").status_code == 404


# -- the cache ------------------------------------------------------------------------------------------------------


def test_a_word_renews_the_summary_and_a_new_day_renews_all(page: browser.Page) -> None:
    store, config = page.store, page.config
    assert pages.current(store, config, now=NOW)
    one = today.today(store, config, now=NOW).act[0]
    orders.say(store, config, one.id, "closed", None, now=NOW)
    assert not pages.current(store, config, now=NOW)
    pages.changed(store, config, [one.id], now=NOW)
    renewed = pages.one(store, one.id)
    assert renewed is not None and renewed.state == "closed" and renewed.mood == "rest"
    assert pages.current(store, config, now=NOW)
    assert not pages.current(store, config, now=NOW + timedelta(days=1))
    assert pages.ensure(store, config, now=NOW + timedelta(days=1))
    assert pages.current(store, config, now=NOW + timedelta(days=1))


def test_what_another_process_says_is_not_taken_for_our_own_word(page: browser.Page) -> None:
    store, config = page.store, page.config
    assert pages.current(store, config, now=NOW)
    first, second = today.today(store, config, now=NOW).act[:2]
    with Store.open(config.store_path()) as other:
        orders.say(other, config, second.id, "closed", None, now=NOW)
    orders.say(store, config, first.id, "closed", None, now=NOW)
    pages.changed(store, config, [first.id], now=NOW)
    assert not pages.current(store, config, now=NOW)
    assert pages.ensure(store, config, now=NOW)
    assert {one.id for one in today.today(store, config, now=NOW).act}.isdisjoint({first.id, second.id})


def test_the_cache_may_be_thrown_away_at_any_moment(page: browser.Page) -> None:
    before = pages.find(page.store, limit=500)
    page.store.page_forget()
    page.store.page_is_built("")
    pages.read_words(page.store, now=NOW)
    pages.refresh(page.store, page.config, now=NOW)
    assert pages.find(page.store, limit=500) == before
    assert pages.find(page.store, search="공기청정기")[1] == 1


def test_while_a_large_list_is_renewed_the_page_says_so(page: browser.Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renewal, "MOST_AT_ONCE", 3)
    act = today.today(page.store, page.config, now=NOW).act[:5]
    page.store.page_mark(one.id for one in act)
    text = page.client().get("/").text
    assert render.message("web.stale", "ko") in text
    assert len(page.store.page_listed().marks) == 2  # the others were looked at
    assert render.message("web.stale", "ko") not in page.client().get("/").text


# -- other programs -------------------------------------------------------------------------------------------------


def token(page: browser.Page) -> dict[str, str]:
    from monitor.web.site import Site

    site = Site(page.config, page.now)
    made = keys.new_token(site, keys.API, "test")
    site.close()
    return {"Authorization": f"Bearer {made}"}


def test_the_api_wants_a_token_or_a_session(page: browser.Page) -> None:
    for headers in ({}, {"authorization": "Bearer rm_wrong" + "x" * 40}, {"authorization": "Basic eDp4"}):
        answer = httpx.get(page.url + "/api/v1/counts", headers=headers)
        assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
    given = token(page)
    assert httpx.get(page.url + "/api/v1/counts", headers=given).status_code == 200
    assert page.client().get("/api/v1/counts").status_code == 200
    assert httpx.get(page.url + "/", headers=given).status_code == 303  # a token opens the API and nothing else
    assert httpx.post(page.url + "/settings/keys", headers=given, data={"kind": "api"}).status_code == 401
    page.store.drop_keys(keys.API)
    assert httpx.get(page.url + "/api/v1/counts", headers=given).status_code == 401


def test_the_api_speaks_as_the_command_line_does(page: browser.Page) -> None:
    from monitor.run import output

    client = page.client()
    listed = client.get("/api/v1/orders", params={"limit": 500}).json()
    assert listed["count"] == 22
    by_id = {one["id"]: one for one in listed["orders"]}
    for view in orders.orders(page.store, page.config, None, NOW):
        told = output.order_json(view.order, view.judgement, view.step, timezone="Asia/Seoul", language="ko")
        given = {key: by_id[view.order.id][key] for key in told}
        assert given == told
        story = client.get(f"/api/v1/orders/{view.order.id}").json()
        assert story["order"]["id"] == view.order.id and len(story["events"]) == len(view.order.events)
        assert isinstance(client.get(f"/api/v1/orders/{view.order.id}/ladder").json(), list)
    counts = client.get("/api/v1/counts").json()
    assert counts["decide"] == sum(one["flagged"] for one in by_id.values())
    assert sum(counts[key] for key in ("decide", "ask", "wait", "old", "doubt", "rest")) == 22
    drafts = client.get("/api/v1/drafts").json()
    assert drafts and client.get(f"/api/v1/drafts/{drafts[0]['id']}").json() == drafts[0]
    mails = client.get("/api/v1/mails", params={"everything": True, "limit": 500}).json()
    assert len(mails) == 72 and any(mail["order_id"] for mail in mails)
    for path in ("orders/none", "orders/none/ladder", "drafts/none", "none"):
        answer = client.get(f"/api/v1/{path}")
        assert answer.status_code == 404 and "detail" in answer.json()


def test_no_full_card_number_reaches_a_page_or_the_api(page: browser.Page) -> None:
    client = page.client()
    for path in ("/", "/orders", "/mails", "/api/v1/orders?limit=500", "/orders.csv", "/api/v1/mails?limit=500"):
        text = client.get(path).text
        assert render.mask_cards(text) == text or not re.search(r"(?:\d{4}[ -]){3}\d{4}", text), path


def test_the_calendar_is_a_calendar_and_its_address_is_its_key(page: browser.Page) -> None:
    client = page.client()
    made = page.post(client, "/settings/keys", kind="calendar", name="phone").text
    address = re.search(r"/calendar/[\w-]+\.ics", made)
    assert address is not None
    assert address[0] not in client.get("/settings").text  # shown once
    feed = httpx.get(page.url + address[0])
    assert feed.headers["content-type"].startswith("text/calendar")
    lines = feed.content.decode().split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-2] == "END:VCALENDAR"
    page.post(client, "/cases", seller="캐시워크", amount="5500", method="SKT 휴대폰 소액결제", charged="yes")
    month_end = (TODAY.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    cases = [part for part in httpx.get(page.url + address[0]).text.split("BEGIN:VEVENT") if "-case@" in part]
    assert any(f"DTSTART;VALUE=DATE:{month_end:%Y%m%d}" in part and "캐시워크" in part for part in cases)
    assert all(len(line.encode()) <= 75 for line in lines)
    assert httpx.get(page.url + "/calendar/" + "a" * 43 + ".ics").status_code == 404
    key = re.search(r'name="key" value="([0-9a-f]{64})"', made)
    assert key is not None
    assert page.post(client, "/settings/keys/drop", key=key[1]).status_code == 303
    assert httpx.get(page.url + address[0]).status_code == 404


def test_a_payment_day_that_nobody_told_is_no_day_of_the_calendar(page: browser.Page) -> None:
    pages.ensure(page.store, page.config, now=page.now())
    found, _ = pages.find(page.store, moods=("act", "ask", "wait", "old"), sort="safe", limit=100)
    one = next(each for each in found if each.step is not None)
    assert one.step is not None
    known = replace(one, step=replace(one.step, last_safe_day=TODAY, before_bill=False), closing=None)
    untold = replace(one, step=replace(one.step, last_safe_day=TODAY, before_bill=True), closing=None)
    feeds = [calendar.write([each], "en", NOW, "http://x") for each in (known, untold)]
    assert [f"UID:{one.id}-safe" in feed for feed in feeds] == [True, False]


def test_events_are_whole_days_escaped_and_folded_between_letters() -> None:
    text = "Last safe day: Müller; Söhne, \\ GmbH\nBEGIN:VEVENT" + "가" * 60
    lines = list(calendar.event("1-safe", date(2026, 12, 31), text, "http://x/orders/1", NOW))
    assert "DTSTART;VALUE=DATE:20261231" in lines and "DTEND;VALUE=DATE:20270101" in lines
    (summary,) = [line for line in lines if line.startswith("SUMMARY")]
    folded = list(calendar.fold(summary))
    assert all(len(line.encode("utf-8")) <= 75 for line in folded)
    assert "".join([folded[0], *(line[1:] for line in folded[1:])]) == summary
    assert "\\;" in summary and "\\," in summary and "\\\\" in summary and "\\nBEGIN" in summary
    assert "\n" not in summary


def test_the_table_opens_in_a_spreadsheet_and_runs_nothing_there(page: browser.Page) -> None:
    answer = page.client().get("/orders.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 22 and {"하늘가전"} <= {row["판매자"] for row in rows}
    assert {"배송 완료", "결제 실패"} & {row["상태"] for row in rows}
    assert {row["긴급"] for row in rows} <= {"예", "아니요"}
    filtered = page.client().get("/orders.csv", params={"q": "HN2026"}).text
    assert len(filtered.splitlines()) == 2
    for evil in ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", '=HYPERLINK("http://x")'):
        assert safe_cell(evil) == "'" + evil
    assert safe_cell("A-1") == "A-1" and safe_cell(None) == "" and safe_cell(True) == "yes"


@pytest.mark.filterwarnings("ignore")
def test_the_api_is_as_it_is_described_and_never_fails(page: browser.Page) -> None:
    import schemathesis
    from hypothesis import HealthCheck, Phase, settings
    from hypothesis import given as drawn

    token_ = token(page)
    schema = schemathesis.openapi.from_url(page.url + "/api/v1/openapi.json", headers=token_)
    known = {
        "order_id": page.store.page_orders()[0][0].id,
        "draft_id": page.client().get("/api/v1/drafts").json()[0]["id"],
    }
    asked: dict[str, int] = {}

    def ask(case: Any) -> None:
        asked[case.path] = asked.get(case.path, 0) + 1
        if case.path_parameters and asked[case.path] % 2:  # ids that are there, every other time
            case.path_parameters = {name: known[name] for name in case.path_parameters}
        response = case.call_and_validate(headers=token_)
        assert response.status_code < 500

    for operation in schema.get_all_operations():
        bounded = settings(
            max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True,
            phases=[Phase.generate],
        )  # fmt: skip
        bounded(drawn(case=operation.ok().as_strategy())(ask))()
    assert len(asked) == 7 and min(asked.values()) >= 1, asked


# -- the digest and the command line --------------------------------------------------------------------------------


def test_links_of_the_digest_lead_to_the_page_where_it_has_an_address(tmp_path: Path) -> None:
    from monitor.run import digests

    with web_sample.page(tmp_path, web={"base_url": "https://orders.example.com"}) as page:
        made = digests.preview(page.store, page.config, now=NOW)
        links = set(re.findall(r'href="(https://orders\.example\.com/[^"]+)"', made.html))
        assert any("/orders/" in link for link in links) and any("/drafts/" in link for link in links)
        assert all(link in made.text for link in links)
        assert "refund-monitor say" not in made.text
        client = page.client()
        for link in links:
            path = link.removeprefix("https://orders.example.com")
            assert client.get(path).status_code == 200, path
    (tmp_path / "other").mkdir()
    with web_sample.page(tmp_path / "other") as page:
        made = digests.preview(page.store, page.config, now=NOW)
        assert "href=" not in made.html and "refund-monitor say" in made.text


def test_check_says_when_links_lead_nowhere_and_when_others_can_read_along(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from monitor.cli import checks, words
    from monitor.config import Config

    monkeypatch.setattr(words, "_language", "en")  # a command of another test may have spoken another one

    def said(via: str = "smtp", **web: Any) -> str:
        checks._page(Config.model_validate({"web": web, "digest": {"via": via}}), checks.Report())
        return capsys.readouterr().out

    assert "set web.base_url" in said()
    assert "set web.base_url" not in said("file")
    assert "leads to this machine only" in said(base_url="http://localhost:8377")
    assert "read along" in said(listen="0.0.0.0", insecure_http=True, base_url="http://nas.lan:8377")
    assert "every visitor from outside is refused" in said(listen="0.0.0.0", base_url="https://x.example")
    assert "set web.base_url" in said(listen="0.0.0.0")
    assert "nobody gets there" in said(base_url="http://nas.lan:8377")
    assert "nobody gets there" not in said(base_url="https://orders.example.com")  # a proxy on this machine
    outside = {"listen": "0.0.0.0", "insecure_http": True}
    assert "answers on port 8377" in said(**outside, base_url="http://nas.lan:8080")
    assert "answers on port" not in said(**outside, base_url="http://nas.lan:8377")
    assert "http://127.0.0.1:8377" in said(listen="0.0.0.0") and "0.0.0.0:" not in said(listen="0.0.0.0")
    assert said(base_url="https://x.example").count("!") == 0
    assert said(enabled=False) == ""


def test_keys_are_made_and_voided_on_the_command_line(page: browser.Page, capsys: pytest.CaptureFixture[str]) -> None:
    from monitor.cli import page as command

    def said(**wanted: Any) -> str:
        asked = {"forget": False, "token": None, "calendar": False, "revoke": False, **wanted}
        command.page(page.store, page.config, NOW, **asked)
        return capsys.readouterr().out

    made = re.search(r"rm_[\w-]{43}", said(token="dashboard"))
    assert made is not None
    headers = {"authorization": f"Bearer {made[0]}"}
    assert httpx.get(page.url + "/api/v1/counts", headers=headers).status_code == 200
    address = re.search(r"/calendar/[\w-]+\.ics", said(calendar=True))
    assert address is not None and httpx.get(page.url + address[0]).status_code == 200
    said(revoke=True)
    assert httpx.get(page.url + "/api/v1/counts", headers=headers).status_code == 401
    assert httpx.get(page.url + address[0]).status_code == 404
    code = re.search(r"[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}", said(forget=True))
    assert code is not None and keys.code_fits(page.store, code[0])


def test_who_only_wants_the_head_gets_no_body(page: browser.Page) -> None:
    answer = page.client().head("/")
    assert answer.status_code == 200 and answer.content == b""
