"""Coming in: the first password, sessions, and what is refused before any page is made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests import browser


def test_the_first_password_needs_the_code_from_the_terminal(chromium: Any, tmp_path: Path) -> None:
    with browser.Page(tmp_path, fresh=True) as page, page.open(chromium, login=False) as tab:
        assert tab.url == page.url + "/setup"
        for code, again in (("AAAA-AAAA-AAAA", browser.PASSWORD), (page.code, "something else")):
            tab.get_by_label("Set-up code").fill(code)
            tab.get_by_label("New password").fill(browser.PASSWORD)
            tab.get_by_label("The same once more").fill(again)
            tab.get_by_role("button", name="Set the password").click()
            assert tab.get_by_role("alert").count() == 1
        tab.get_by_label("Set-up code").fill(page.code.lower().replace("-", " "))
        tab.get_by_label("New password").fill(browser.PASSWORD)
        tab.get_by_label("The same once more").fill(browser.PASSWORD)
        tab.get_by_role("button", name="Set the password").click()
        assert tab.url == page.url + "/"
        tab.get_by_role("button", name="Log out").click()
        assert tab.url == page.url + "/login"
        tab.get_by_label("Password", exact=True).fill(browser.PASSWORD)
        tab.get_by_role("button", name="Log in").click()
        assert tab.url == page.url + "/"
        assert browser.axe(tab) == []
