"""The page for tests: served by the real server on a port of its own, walked by a real browser, asked by httpx.

    page = browser.Page(folder, language="ko")           a page with a store of its own; `with` ends it
    page.store                                           its store
    page.client()                                        httpx, logged in; `client(login=False)` as a stranger
    page.post(client, "/path", key="value")              a form, with its token

In tests with a browser use the fixture `chromium` (tests/conftest.py) and `page.open(chromium, ...)`, which gives a tab
that is logged in. Chromium is Debian's; where it is missing the test is skipped.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.config import Config
from monitor.store import Store
from monitor.web import keys
from monitor.web.server import Server

PASSWORD = "a long enough secret"
CHROMIUM = "/usr/bin/chromium"
SHOTS = os.environ.get("REFUND_MONITOR_SHOTS", "")
"""A folder: screenshots are put there."""
WIDE, PHONE = (1280, 900), (390, 844)


def settings(folder: Path, **tables: Any) -> Config:
    """Settings of a user in Korea with a store in `folder`; `tables` replace whole tables."""
    given = {
        "user": {"addresses": ["me@example.com"], "name": "Kim Minji", "language": "en", "country": "KR",
                 "timezone": "Asia/Seoul"},
        "store": {"path": str(folder / "store.sqlite3")},
        "digest": {"directory": str(folder / "digests")},
        **tables,
    }  # fmt: skip
    config = Config.model_validate(given)
    config._data_home = folder
    return config


class Page:
    """A served page with a password, and those who visit it."""

    def __init__(
        self, folder: Path, *, language: str = "en", now: datetime | Callable[[], datetime] | None = None,
        fresh: bool = False, **tables: Any,
    ) -> None:  # fmt: skip
        """`now`: what the page takes for the present moment. `fresh`: no password was set yet."""
        self.folder = folder
        config = settings(folder, **tables)
        user = config.user.model_copy(update={"language": language})
        private = (config._path, config._assumed, config._data_home, config._home)
        self.config = config.model_copy(update={"user": user})
        (self.config._path, self.config._assumed, self.config._data_home, self.config._home) = private
        moment = now() if callable(now) else now
        clock = now if callable(now) else (lambda: moment) if moment is not None else (lambda: datetime.now(UTC))
        self.now = clock
        self.store = Store.open(self.config.store_path())
        self.code = keys.new_code(self.store) if fresh else ""
        if not fresh and not keys.has_password(self.store):
            keys.set_password(self.store, PASSWORD)
        self.server = Server(self.config, clock=clock, port=0)
        self.server.start()
        self.url = f"http://127.0.0.1:{self.server.port}"

    def __enter__(self) -> Page:
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()
        self.store.close()

    def client(self, *, login: bool = True, **options: Any) -> httpx.Client:
        """Someone who asks without a browser; follows no redirects by itself."""
        client = httpx.Client(base_url=self.url, timeout=30, **options)
        if login:
            token = self.token(client, "/login")
            answer = client.post("/login", data={"csrf": token, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
        return client

    def token(self, client: httpx.Client, path: str = "/") -> str:
        """The token of the forms on a page."""
        text = client.get(path, follow_redirects=True).text
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', text)
        assert found is not None, text[:500]
        return found[1]

    def post(self, client: httpx.Client, path: str, /, **fields: Any) -> httpx.Response:
        """A form as a browser would send it from our own page."""
        door = "/login" if not any("session" in name for name in client.cookies) else "/"
        return client.post(path, data={"csrf": self.token(client, door), **fields}, headers={"origin": self.url})

    @contextmanager
    def open(
        self, chromium: Any, path: str = "/", *, size: Sequence[int] = WIDE, dark: bool = False, login: bool = True,
        script: bool = True, **options: Any,
    ) -> Iterator[Any]:  # fmt: skip
        """A tab (playwright.sync_api.Page) that shows `path`. Fails at the end where the page logged an error."""
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if dark else "light",
            java_script_enabled=script, accept_downloads=True, **options,
        )  # fmt: skip
        try:
            if login:
                client = self.client()
                context.add_cookies(
                    [{"name": name, "value": value, "url": self.url} for name, value in client.cookies.items()]
                )
                client.close()
            tab = context.new_page()
            errors: list[str] = []
            tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
            tab.on("pageerror", lambda error: errors.append(str(error)))
            tab.errors = errors
            tab.goto(self.url + path)
            yield tab
            unexpected = [error for error in errors if "Failed to load resource" not in error]
            assert not unexpected, unexpected
        finally:
            context.close()


@contextmanager
def launched() -> Iterator[Any]:
    """Debian's Chromium, headless; skips where it or Playwright is missing."""
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium (Debian: apt install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield running
        finally:
            running.close()


def axe(tab: Any) -> list[str]:
    """What axe-core finds against WCAG 2.0 and 2.1, A and AA; an empty list is what is wanted."""
    from axe_playwright_python.sync_playwright import Axe

    tab.wait_for_load_state()
    options = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
    found = Axe().run(tab, options=options).response["violations"]
    return [f"{one['id']}: {node['html'][:160]} ({node['failureSummary'][:200]})" for one in found
            for node in one["nodes"]]  # fmt: skip


def overflows(tab: Any) -> bool:
    """Whether the page is wider than its window, which a phone shows as a page that slides about."""
    return bool(tab.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"))


def shot(tab: Any, name: str) -> None:
    """A screenshot of the whole page, where they are wanted (REFUND_MONITOR_SHOTS)."""
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        tab.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
