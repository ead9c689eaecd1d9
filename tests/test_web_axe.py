"""axe-core on the pages that no story walks over: first password, log-in, errors, and states of orders and drafts."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.run import orders, pages
from monitor.store.words import StoreError
from tests import browser, post, web_world
from tests.post import NOW, at
from tests.web_world import fill, order_mail

LANGUAGES = pytest.mark.parametrize("language", ["ko", "en"])
FORMS = [(size, dark) for size in (browser.WIDE, browser.PHONE) for dark in (False, True)]
TWO_FORMS = FORMS[::3]  # wide and light, phone and dark: for pages made of nothing but what others show in all four


@pytest.fixture
def world(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[browser.Page]:
    language = str(request.getfixturevalue("language"))
    with browser.Page(tmp_path, language=language, now=NOW, user=web_world.user(language)) as page:
        yield page


def looked_at(chromium: Any, page: browser.Page, paths: list[str], *, login: bool = True) -> None:
    for size, dark in FORMS:
        with page.open(chromium, paths[0], size=size, dark=dark, login=login) as tab:
            for path in paths:
                tab.goto(page.url + path)
                assert browser.axe(tab) == [], (path, size, dark)
                assert not browser.overflows(tab), (path, size, dark)


@LANGUAGES
def test_the_page_for_the_first_password_is_accessible_in_every_form(
    chromium: Any, tmp_path: Path, language: str
) -> None:  # fmt: skip
    with browser.Page(tmp_path, language=language, now=NOW, fresh=True, user=web_world.user(language)) as page:
        for size, dark in FORMS:
            with page.open(chromium, "/setup", size=size, dark=dark, login=False) as tab:
                tab.locator("input[name=password]").wait_for()
                assert browser.axe(tab) == [] and not browser.overflows(tab), (size, dark)


@LANGUAGES
def test_the_log_in_after_a_session_that_ended_is_accessible(chromium: Any, world: browser.Page, language: str) -> None:
    looked_at(chromium, world, ["/login?ended=1&next=/drafts/abc"], login=False)


@LANGUAGES
def test_states_of_orders_and_drafts_and_errors_are_accessible(
    chromium: Any, world: browser.Page, language: str
) -> None:  # fmt: skip
    fill(world, [order_mail(1), order_mail(2, at(3)), order_mail(3, at(4))])
    found = {view.order.number: view for view in orders.orders(world.store, world.config, None, NOW)}
    client = world.client()
    closed, snoozed, locked = (found[f"20261102-{number:04d}"].order.id for number in (1, 2, 3))
    draft = next(draft for draft in world.store.drafts(locked) if draft.status == "ready")
    world.post(client, f"/orders/{closed}/say", verb="closed", value="lost")
    world.post(client, f"/orders/{snoozed}/say", verb="snooze", value="2026-12-24")
    fill(world, [post.shipped(3, at(19))])
    pages.refresh(world.store, world.config, now=NOW)
    mail = next(event.mail for event in found["20261102-0001"].order.events if event.mail)
    paths = [
        f"/orders/{closed}", f"/orders/{snoozed}", f"/orders/{locked}", f"/drafts/{draft.id}", f"/mails/{mail}",
        f"/mails/{mail}/teach", "/orders/nothing", "/orders/dropped", "/cases", "/settings",
    ]  # fmt: skip
    looked_at(chromium, world, paths)


@LANGUAGES
def test_refused_forms_are_accessible(chromium: Any, world: browser.Page, language: str) -> None:
    fill(world, [order_mail(1)])
    (view,) = orders.orders(world.store, world.config, None, NOW)
    for size, dark in FORMS:
        with world.open(chromium, "/cases", size=size, dark=dark) as tab:
            tab.locator("#case-seller").fill("한빛상점")
            tab.locator("#case-amount").fill("-5")
            tab.locator("#new button").click()
            tab.get_by_role("alert").first.wait_for()
            assert browser.axe(tab) == [] and not browser.overflows(tab), (size, dark)
            tab.goto(f"{world.url}/orders/{view.order.id}")
            tab.locator("#refunded").fill("99999999")
            tab.locator("form:has(#refunded) button").click()
            tab.get_by_role("alert").first.wait_for()
            assert browser.axe(tab) == [] and not browser.overflows(tab), (size, dark)


def _refusals(page: browser.Page, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, httpx.Response]]:
    """Every way in which the page says no, with the status that it must have."""
    html = {"accept": "text/html"}
    client, stranger = page.client(headers=html), page.client(login=False, headers=html)
    yield 400, client.get("/orders", params={"page": "x"})
    yield 403, client.post("/cases", data={"seller": "x"}, headers={"origin": page.url})
    yield 403, client.post("/cases", data={"seller": "x"}, headers={"origin": "https://elsewhere.example"})
    yield 404, client.get("/orders/nothing")
    yield 405, client.post("/statistics", data={"csrf": page.token(client)}, headers={"origin": page.url})
    yield 413, _announced(page, client, "/cases", 1_000_001)
    yield 413, _announced(page, client, "/orders/abc/files", 26_000_001)
    yield 414, client.get("/orders", params={"q": "x" * 3_000})
    yield 421, client.get("/", headers={"host": "elsewhere.example"})
    yield 401, stranger.post("/drafts/abc/save", data={"body": "words"}, headers={"origin": page.url})
    for _ in range(6):
        refused = page.post(stranger, "/login", password="wrong one, again")
    yield 429, refused
    monkeypatch.setattr("monitor.web.pages.statistics.statistics.recent", lambda *_, **__: 1 / 0)
    yield 500, client.get("/statistics")
    monkeypatch.setattr("monitor.web.pages.statistics.statistics.recent", _no_store)
    yield 503, client.get("/statistics")


def _announced(page: browser.Page, client: httpx.Client, path: str, size: int) -> httpx.Response:
    """What is said of a body of this size, of which not a byte is sent: the answer comes before it."""
    line = http.client.HTTPConnection(page.url.removeprefix("http://"), timeout=20)
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    headers = {"content-length": str(size), "origin": page.url, "cookie": cookies, "accept": "text/html"}
    line.request("POST", path, headers=headers)
    answer = line.getresponse()
    return httpx.Response(answer.status, headers=dict(answer.headers), text=answer.read().decode())


def _no_store(*_: object, **__: object) -> None:
    raise StoreError("The disk with the store is full.")


@LANGUAGES
def test_whatever_is_refused_is_refused_on_an_accessible_page(
    chromium: Any, world: browser.Page, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = []
    for status, answer in _refusals(world, monkeypatch):
        assert answer.status_code == status and answer.headers["content-type"].startswith("text/html"), answer.text
        assert "<h1" in answer.text and f'lang="{language}"' in answer.text, status
        assert status != 500 or answer.headers["connection"] == "close"  # as the server does after such an answer
        answers.append(answer)
    for size, dark in TWO_FORMS:
        with world.open(chromium, "/login", size=size, dark=dark, login=False) as tab:
            for answer in answers:
                tab.route("**/refused", lambda route, _, text=answer.text: route.fulfill(
                    status=200, headers={"content-type": "text/html; charset=utf-8"}, body=text
                ))  # fmt: skip
                tab.goto(f"{world.url}/refused")
                assert browser.axe(tab) == [], (answer.status_code, size, dark)
                assert not browser.overflows(tab), (answer.status_code, size, dark)
                tab.unroute("**/refused")
            browser.shot(tab, f"refused-{answers[-1].status_code}-{language}-{size[0]}-{'dark' if dark else 'light'}")


@LANGUAGES
def test_what_was_typed_before_the_log_in_is_shown_accessibly(
    chromium: Any, world: browser.Page, language: str
) -> None:  # fmt: skip
    for size, dark in TWO_FORMS:
        with world.open(chromium, "/cases", size=size, dark=dark) as tab:
            tab.fill("#case-seller", "한빛상점")
            tab.fill("#case-message", "아주 긴 이름" * 30)
            tab.context.clear_cookies()
            tab.context.add_cookies([{"name": "rm_language", "value": language, "url": world.url}])
            tab.click("#new button")
            tab.get_by_role("alert").wait_for()
            assert browser.axe(tab) == [] and not browser.overflows(tab), (size, dark)
            tab.fill("#password", browser.PASSWORD)
            tab.locator("main form button").click()
            tab.wait_for_url("**/continue")
            assert browser.axe(tab) == [] and not browser.overflows(tab), (size, dark)
