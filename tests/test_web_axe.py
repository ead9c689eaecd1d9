"""axe-core on the pages that no story walks over: first password, log-in, errors, and states of orders and drafts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.run import orders, pages
from tests import browser, post, web_world
from tests.post import NOW, at
from tests.web_world import fill, order_mail

LANGUAGES = pytest.mark.parametrize("language", ["ko", "en"])
FORMS = [(size, dark) for size in (browser.WIDE, browser.PHONE) for dark in (False, True)]


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
            tab.get_by_role("status").first.wait_for()
            assert browser.axe(tab) == [] and not browser.overflows(tab), (size, dark)
            tab.goto(f"{world.url}/orders/{view.order.id}")
            tab.locator("#refunded").fill("99999999")
            tab.locator("form:has(#refunded) button").click()
            tab.get_by_role("alert").first.wait_for()
            assert browser.axe(tab) == [] and not browser.overflows(tab), (size, dark)
