"""Which drafts stand in the lists: those that wait for the user, not those that the program has overtaken itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from monitor.types import Draft
from tests import browser, web_world
from tests.post import NOW


@pytest.fixture
def page(tmp_path: Path) -> Iterator[browser.Page]:
    with browser.Page(tmp_path, language="ko", now=NOW, user=web_world.user()) as made:
        web_world.fill(made, [web_world.order_mail()])
        yield made


def the_order(page: browser.Page) -> str:
    return page.store.drafts()[0].order_id


def say(page: browser.Page, client: httpx.Client, **fields: str) -> None:
    assert page.post(client, f"/orders/{the_order(page)}/say", **fields).status_code == 303


def take_back(page: browser.Page, client: httpx.Client) -> None:
    shown = client.get(f"/orders/{the_order(page)}").text
    said = re.findall(r'name="verb" value="undo"><input type="hidden" name="value" value="([^"]+)"', shown)
    say(page, client, verb="undo", value=said[-1])


def ready(page: browser.Page) -> list[Draft]:
    return [draft for draft in page.store.drafts() if draft.status == "ready"]


def test_drafts_that_corrections_have_overtaken_pile_up_nowhere(page: browser.Page) -> None:
    client = page.client()
    for total in ("32000", "33000", "34000"):
        say(page, client, verb="set", field="total", value=total)
    assert len([draft for draft in page.store.drafts() if draft.status == "locked"]) == 3
    assert "잠김" not in client.get("/drafts").text
    shown = client.get(f"/orders/{the_order(page)}").text
    assert "잠김" not in shown and "다른 초안" not in shown
    assert client.get("/drafts").text.count('class="cap" href="/drafts/') == 1


def test_own_words_that_news_have_overtaken_stay_in_the_lists(page: browser.Page) -> None:
    client = page.client()
    (draft,) = ready(page)
    page.store.save_draft(replace(draft, body=draft.body + "\n꼭 답해 주십시오.", edited=True), NOW)
    say(page, client, verb="set", field="total", value="32000")
    assert f"/drafts/{draft.id}" in client.get("/drafts").text
    assert f"/drafts/{draft.id}" in client.get(f"/orders/{draft.order_id}").text


def test_a_draft_is_ready_again_with_own_words_once_the_news_are_taken_back(page: browser.Page) -> None:
    client = page.client()
    (draft,) = ready(page)
    page.store.save_draft(replace(draft, body=draft.body + "\n꼭 답해 주십시오.", edited=True), NOW)
    say(page, client, verb="set", field="total", value="32000")
    assert [one.id for one in ready(page)] != [draft.id]
    take_back(page, client)
    (back,) = ready(page)
    assert back.id == draft.id and "꼭 답해 주십시오." in back.body


def test_a_text_that_was_handed_in_by_hand_waits_no_more_and_is_had_again_if_that_was_a_slip(
    page: browser.Page,
) -> None:
    client = page.client()
    (draft,) = ready(page)
    done = page.post(client, f"/drafts/{draft.id}/did", verb="did", on="2026-11-20", by="phone")
    assert done.status_code == 303
    assert f'href="/drafts/{draft.id}"' not in client.get("/drafts").text
    take_back(page, client)
    prepared = page.post(client, f"/orders/{draft.order_id}/prepare", rung=draft.rung)
    assert prepared.headers["location"] == f"/drafts/{draft.id}"
    assert 'name="body"' in client.get(f"/drafts/{draft.id}").text


def test_what_a_letter_says_stands_beside_it_in_the_language_in_which_the_page_is_read(page: browser.Page) -> None:
    client = page.client()
    (draft,) = ready(page)
    assert draft.language == "ko"
    assert "같은 내용을" not in client.get(f"/drafts/{draft.id}").text  # who reads the page can read the letter
    page.post(client, "/language", to="en", back="/")
    shown = client.get(f"/drafts/{draft.id}").text
    assert "The same in English" in shown and "Please let me know:" in shown
    assert "안녕하십니까." in shown  # the letter itself stays as it is
