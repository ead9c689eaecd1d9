"""Coming in: the first password, sessions, and what is refused before any page is made."""

from __future__ import annotations

import html
import http.client
import random
import re
import socket
import string
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from starlette.requests import Request

from monitor.web import app, forms, keys, templating
from monitor.web.gate import Gate
from monitor.web.throttle import Throttle
from tests import browser


def test_the_first_password_needs_the_code_from_the_terminal(chromium: Any, tmp_path: Path) -> None:
    with browser.Page(tmp_path, fresh=True) as page, page.open(chromium, login=False) as tab:
        assert tab.url == page.url + "/setup"
        assert browser.axe(tab) == []
        browser.shot(tab, "setup-en-wide-light")
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


# -- what is refused before any page is made ----------------------------------------------------------------------


@pytest.fixture
def page(tmp_path: Path) -> Iterator[browser.Page]:
    with browser.Page(tmp_path) as served:
        yield served


def raw(page: browser.Page, request: bytes) -> bytes:
    """The beginning of the answer to bytes that no client would send."""
    with socket.create_connection(("127.0.0.1", page.server.port), timeout=10) as door:
        door.sendall(request)
        return door.recv(4000)


def test_an_answer_does_not_wait_for_the_acknowledgement_of_its_head(page: browser.Page) -> None:
    accepting = page.server._socket
    assert accepting.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)  # connections inherit it


def test_a_name_that_is_not_ours_is_refused(page: browser.Page) -> None:
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.nip.io:80", "[::2]", "", "a b", "10.1.2.3"):
        answer = httpx.get(page.url + "/login", headers={"host": host})
        assert answer.status_code in (400, 421), host
        assert "password" not in answer.text
    for host in ("localhost", "127.0.0.1:9", "[::1]:80", "LOCALHOST"):
        assert httpx.get(page.url + "/login", headers={"host": host}).status_code == 200, host
    assert b"421" in raw(page, b"GET /login HTTP/1.0\r\n\r\n").split(b"\r\n")[0]
    two = raw(page, b"GET /login HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n").split(b"\r\n")[0]
    assert b" 4" in two


def test_names_of_the_settings_are_ours(tmp_path: Path) -> None:
    web = {"base_url": "https://orders.example.com", "hosts": ["nas.lan"], "insecure_http": True}
    with browser.Page(tmp_path, web=web) as page:
        for host in ("orders.example.com", "orders.example.com:443", "nas.lan", "NAS.lan:80"):
            assert httpx.get(page.url + "/login", headers={"host": host}).status_code == 200, host
        assert httpx.get(page.url + "/login", headers={"host": "other.lan"}).status_code == 421


def test_without_a_token_a_form_changes_nothing(page: browser.Page) -> None:
    client = page.client()
    other = page.client()
    for token in ("", "0" * 64, page.token(other), page.token(httpx.Client(base_url=page.url), "/login")):
        answer = client.post("/settings/keys", data={"csrf": token, "kind": "api", "name": "x"})
        assert answer.status_code == 403, token
    assert client.post("/settings/keys", json={"kind": "api"}).status_code == 403
    assert client.post("/settings/keys", content=b"\xff" * 100).status_code == 403
    assert page.store.keys(keys.API, page.now()) == []
    assert page.post(client, "/settings/keys", kind="api", name="x").status_code == 200
    assert len(page.store.keys(keys.API, page.now())) == 1


def test_no_get_changes_anything(page: browser.Page) -> None:
    client = page.client()
    for path in ("/logout", "/language", "/settings/keys", "/settings/sessions/end", "/answer"):
        assert client.get(path).status_code in (404, 405), path
    assert client.get("/").status_code == 200


def test_what_other_pages_ask_for_is_refused(page: browser.Page) -> None:
    client = page.client()
    token = page.token(client)
    form = {"csrf": token, "kind": "api"}
    for headers in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": page.url, "sec-fetch-site": "cross-site"},
        {"origin": "http://127.0.0.1:1", "sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
    ):
        assert client.post("/settings/keys", data=form, headers=headers).status_code == 403, headers
    assert page.store.keys(keys.API, page.now()) == []
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    assert client.get("/", headers=link).status_code == 200  # a link in the digest
    assert client.get("/api/v1/counts", headers=link).status_code == 403
    for other in ({"sec-fetch-dest": "iframe"}, {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}):
        assert client.get("/", headers={**link, **other}).status_code == 403, other
    for site in ("cross-site", "same-site"):
        asked = {"sec-fetch-site": site, "sec-fetch-mode": "cors", "origin": "https://evil.example"}
        answer = client.get("/api/v1/orders", headers=asked)
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
    asked = {"origin": "https://evil.example", "access-control-request-method": "GET"}
    assert client.options("/api/v1/orders", headers=asked).status_code == 403


def test_another_page_in_a_browser_gets_nothing_from_us(chromium: Any, page: browser.Page) -> None:
    class Evil(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(
                f"""<form id="f" method="post" action="{page.url}/settings/keys"><input name="kind" value="api"></form>
                <iframe src="{page.url}/"></iframe><img src="{page.url}/api/v1/counts">""".encode()
            )

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Evil)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with page.open(chromium) as tab:
            tab.goto(f"http://localhost:{server.server_port}/")
            stolen = tab.evaluate(
                f"fetch('{page.url}/api/v1/counts', {{credentials: 'include'}}).then(r => r.text(), () => 'refused')"
            )
            assert stolen == "refused"
            assert tab.frames[1].url.startswith("chrome-error:")  # no frame of another page shows us
            tab.evaluate("document.getElementById('f').submit()")
            tab.wait_for_url(f"{page.url}/**")
            assert page.store.keys(keys.API, page.now()) == []
            tab.errors.clear()
    finally:
        server.shutdown()
        server.server_close()


def test_a_planted_session_is_not_the_one_that_is_opened(page: browser.Page) -> None:
    planted = "a" * 43
    client = httpx.Client(base_url=page.url, cookies={"rm_session": planted, "rm_visit": "b" * 43})
    answer = client.post("/login", data={"csrf": page.token(client, "/login"), "password": browser.PASSWORD})
    assert answer.status_code == 303
    opened = answer.headers.get_list("set-cookie")
    (session,) = [cookie for cookie in opened if cookie.startswith("rm_session=") and "Max-Age=0" not in cookie]
    assert planted not in session
    assert "HttpOnly" in session and "SameSite=Lax" in session and "Path=/" in session
    assert httpx.get(page.url + "/", cookies={"rm_session": planted}).status_code == 303
    secret = session.partition("=")[2].partition(";")[0]
    assert httpx.get(page.url + "/", cookies={"rm_session": secret}).status_code == 200
    (kept,) = page.store.keys(keys.SESSION, page.now())
    assert secret not in kept.hash and kept.hash == keys.hashed(secret)


def test_a_session_ends_at_logout_at_its_time_and_with_a_new_password(tmp_path: Path) -> None:
    now = [datetime(2026, 11, 23, tzinfo=UTC)]
    with browser.Page(tmp_path, now=lambda: now[0]) as page:
        first, second = page.client(), page.client()
        assert page.post(first, "/logout").status_code == 303
        assert first.get("/").status_code == 303 and second.get("/").status_code == 200
        now[0] += timedelta(days=31)
        assert second.get("/").status_code == 303
        third = page.client()
        assert third.get("/").status_code == 200
        code = keys.forget_password(page.store)
        assert third.get("/").status_code == 303
        assert third.get("/login").headers["location"] == "/setup"
        assert keys.code_fits(page.store, code)


def test_the_code_works_once_and_only_before_there_is_a_password(tmp_path: Path) -> None:
    with browser.Page(tmp_path, fresh=True) as page:
        client = page.client(login=False)
        form = {"code": page.code, "password": browser.PASSWORD, "again": browser.PASSWORD}
        short = page.post(client, "/setup", **{**form, "password": "short", "again": "short"})
        assert short.status_code == 403
        answer = client.post("/setup", data={"csrf": page.token(client, "/setup"), **form})
        assert answer.status_code == 303
        stranger = page.client(login=False)
        token = page.token(stranger, "/login")
        again = stranger.post("/setup", data={"csrf": token, **form, "password": "x" * 12, "again": "x" * 12})
        assert again.headers["location"] == "/login"
        assert keys.password_fits(page.store, browser.PASSWORD)
        assert not keys.code_fits(page.store, page.code)


@pytest.mark.parametrize(
    "password",
    ["1234567890", "0987654321", "aaaaaaaaaaaa", "abcabcabcabc", "password123", "Passw0rd1234", "1q2w3e4r5t",
     "qwertyuiop12", "iloveyou1234", "abcd1234efgh", "비밀번호1234567"],
)  # fmt: skip
def test_a_first_password_that_everybody_tries_is_refused_with_the_reason(tmp_path: Path, password: str) -> None:
    with browser.Page(tmp_path, fresh=True) as page:
        client = page.client(login=False)
        given = {"csrf": page.token(client, "/setup"), "code": page.code, "password": password, "again": password}
        answer = client.post("/setup", data=given, headers={"origin": page.url})
        assert answer.status_code == 403 and "too easily guessed" in answer.text
        assert not keys.has_password(page.store)


def test_random_passwords_and_a_few_words_are_no_easy_ones() -> None:
    dice = random.Random(1)
    signs = string.ascii_letters + string.digits
    made = ["".join(dice.choices(signs, k=10)) for _ in range(10_000)]
    assert sum(map(keys.easily_guessed, made)) < 100
    assert not any(map(keys.easily_guessed, ("correct horse battery", "a long enough secret", "파란 지붕 아래 고양이")))


def test_a_flood_of_log_ins_is_slowed_down_and_the_right_password_waits_too(page: browser.Page) -> None:
    client = page.client(login=False)
    token = page.token(client, "/login")
    statuses = [client.post("/login", data={"csrf": token, "password": f"guess {n}"}).status_code for n in range(40)]
    assert statuses[:5] == [403] * 5
    assert set(statuses[5:]) == {429}
    slowed = client.post("/login", data={"csrf": token, "password": browser.PASSWORD})
    assert slowed.status_code == 429 and int(slowed.headers["retry-after"]) > 0


def test_pauses_grow_are_forgotten_and_spare_those_who_have_been_in() -> None:
    now = [0.0]
    throttle = Throttle(clock=lambda: now[0])
    for _ in range(5):
        assert throttle.wait("10.0.0.1") == 0
        throttle.failed("10.0.0.1")
    assert throttle.wait("10.0.0.1") == 15 and throttle.wait("10.0.0.2") == 0
    now[0] += 15
    throttle.failed("10.0.0.1")
    assert throttle.wait("10.0.0.1") == 30
    for _ in range(20):
        throttle.failed("10.0.0.1")
    assert throttle.wait("10.0.0.1") == 900
    assert throttle.wait("::ffff:10.0.0.1") == 900
    throttle.failed("2001:db8::1")
    for number in range(4):
        throttle.failed(f"2001:db8::{number + 2:x}")  # the same customer
    assert throttle.wait("2001:db8::99") > 0
    throttle.worked("10.0.0.9")
    for number in range(60):
        throttle.failed(f"10.1.{number}.1")
    assert throttle.wait("10.2.0.1") > 0 and throttle.wait("10.0.0.9") == 0
    now[0] += 3601
    assert throttle.wait("10.0.0.1") == 0 and throttle.wait("10.2.0.1") == 0


def test_the_refusal_of_a_long_form_reaches_whoever_sends_it(page: browser.Page) -> None:
    head = b"POST /cases HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://elsewhere.example\r\n"
    for _ in range(10):
        with socket.create_connection(("127.0.0.1", page.server.port), timeout=20) as line:
            line.sendall(head + b"Content-Length: 250000\r\n\r\n" + b"x" * 250_000)  # a reset would be an error here
            told = b""
            while more := line.recv(4096):
                told += more
        assert told.startswith(b"HTTP/1.1 403 ")


def test_a_large_upload_is_refused_before_it_is_read(page: browser.Page) -> None:
    client = page.client()
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    head = f"Host: 127.0.0.1\r\nCookie: {cookie}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    announced = raw(page, f"POST /settings/keys HTTP/1.1\r\n{head}Content-Length: 200000000\r\n\r\n".encode())
    assert b" 413 " in announced.split(b"\r\n")[0]
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", page.server.port), timeout=20) as door:
        door.sendall(f"POST /settings/keys HTTP/1.1\r\n{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        door.sendall(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
        sent = 0
        try:
            for _ in range(200):
                door.sendall(chunk)
                sent += 1
        except OSError:
            pass
        with suppress(OSError):
            assert b" 413 " in door.recv(1000).split(b"\r\n")[0]
    assert sent < 60, "it was read to its end"
    assert time.monotonic() - started < 15
    stranger = raw(page, b"POST /orders/x/files HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 20000000\r\n\r\n")
    assert b" 303 " in stranger.split(b"\r\n")[0]  # to the door, without waiting for a byte of it


def test_long_addresses_and_bent_ones_are_refused_or_not_found(page: browser.Page) -> None:
    client = page.client()
    assert client.get("/" + "a" * 3000).status_code == 414
    assert client.get("/orders?q=" + "a" * 3000).status_code == 414
    for path in (
        "/static/../keys.py", "/static/..%2f..%2fkeys.py", "/static/%00", "/%2e%2e/etc/passwd", "/drafts/%00",
        "/mails/" + "x" * 300, "/orders/..%2f..", "/mails/%F0%28", "/calendar/x.ics",
    ):  # fmt: skip
        assert client.get(path).status_code in (404, 405, 422), path


def test_nobody_is_led_elsewhere() -> None:
    for bent in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", None,
                 "/ok\r\nset-cookie: a=b", "\\\\evil", "/\t/evil.example", "evil"):  # fmt: skip
        assert forms.local_path(bent) == "/", bent
    assert forms.local_path("/orders?q=a%20b&page=2") == "/orders?q=a%20b&page=2"


def test_every_answer_carries_the_security_headers(page: browser.Page) -> None:
    client = page.client()
    for path in ("/", "/orders", "/nothing", "/api/v1/counts", templating.asset("page.css"), "/api/v1/nothing"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers
        cached = "immutable" in headers["cache-control"]
        assert cached if path.startswith("/static") else headers["cache-control"] == "no-store", path


# -- plain http, proxies, single sign-on --------------------------------------------------------------------------


def apart(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """In a thread of its own: the browser keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(anyio.run, ask).result()


class Asked:
    """The application without a server, asked from any address."""

    def __init__(self, folder: Path, peer: str, host: str = "orders.example.com", **web: Any) -> None:
        self.app = app(browser.settings(folder, web=web))
        self.store = self.app.state.site.store
        if not keys.has_password(self.store):
            keys.set_password(self.store, browser.PASSWORD)
        transport = httpx.ASGITransport(app=self.app, client=(peer, 4000))
        # https, so that it sends Secure cookies
        self._client = httpx.AsyncClient(transport=transport, base_url=f"https://{host}")

    def get(self, path: str = "/", **headers: str) -> httpx.Response:
        return apart(lambda: self._client.get(path, headers=headers))

    def login(self, **headers: str) -> httpx.Response:
        found = re.search(r'name="csrf" value="([0-9a-f]+)"', self.get("/login", **headers).text)
        assert found is not None
        data = {"csrf": found[1], "password": browser.PASSWORD}
        return apart(lambda: self._client.post("/login", data=data, headers=headers))


URL = "https://orders.example.com"


def test_plain_http_beyond_this_machine_is_refused_unless_it_is_allowed_and_then_said(tmp_path: Path) -> None:
    refused = Asked(tmp_path, "192.168.1.20", "nas.lan", hosts=["nas.lan"]).get("/login")
    assert refused.status_code == 403 and "insecure_http" in refused.text
    faked = Asked(tmp_path, "192.168.1.20", "nas.lan", hosts=["nas.lan"])
    assert faked.get("/login", **{"x-forwarded-proto": "https"}).status_code == 403
    local = Asked(tmp_path, "192.168.1.20", "localhost").get("/login")
    assert local.status_code == 403  # a name alone makes no one local
    allowed = Asked(tmp_path, "192.168.1.20", "nas.lan", hosts=["nas.lan"], insecure_http=True)
    assert allowed.login().status_code == 303
    for path in ("/", "/orders", "/settings", "/mails", "/nothing"):
        assert "without encryption" in allowed.get(path).text, path
    here = Asked(tmp_path, "127.0.0.1", "127.0.0.1")
    assert here.login().status_code == 303
    assert "without encryption" not in here.get("/").text


def test_cookies_are_secure_behind_a_proxy_with_tls(tmp_path: Path) -> None:
    proxied = Asked(tmp_path, "192.168.1.2", base_url=URL, trusted_proxies=["192.168.1.2"])
    answer = proxied.login(**{"x-forwarded-proto": "https"})
    cookies = answer.headers.get_list("set-cookie")
    assert any(cookie.startswith("__Host-rm_session=") and "Secure" in cookie for cookie in cookies), cookies
    assert proxied.get("/login", **{"x-forwarded-proto": "http"}).status_code == 403
    same_machine = Asked(tmp_path, "127.0.0.1", base_url=URL).login()
    assert any("__Host-rm_session=" in cookie for cookie in same_machine.headers.get_list("set-cookie"))


def test_who_logs_in_by_a_header_comes_from_the_named_proxy_only(tmp_path: Path) -> None:
    web = {"base_url": URL, "trusted_proxies": ["192.168.1.2"], "user_header": "Remote-User", "users": ["minji"]}
    tls = {"x-forwarded-proto": "https"}
    assert Asked(tmp_path, "192.168.1.2", **web).get("/", **tls, **{"remote-user": "minji"}).status_code == 200
    for peer, name in (("192.168.1.2", "other"), ("192.168.1.2", ""), ("127.0.0.1", "minji")):
        assert Asked(tmp_path, peer, **web).get("/", **tls, **{"remote-user": name}).status_code == 303, (peer, name)
    assert Asked(tmp_path, "192.168.1.3", **web).get("/", **tls, **{"remote-user": "minji"}).status_code == 403
    off = Asked(tmp_path, "192.168.1.2", base_url=URL, trusted_proxies=["192.168.1.2"])
    assert off.get("/", **tls, **{"remote-user": "minji"}).status_code == 303


def test_the_throttle_sees_through_a_trusted_proxy_and_through_no_other(tmp_path: Path) -> None:
    proxied = Asked(tmp_path, "192.168.1.2", base_url=URL, trusted_proxies=["192.168.1.0/24"])
    gate = Gate(proxied.app, proxied.app.state.site)

    def seen(peer: str, forwarded: str) -> str:
        headers = [(b"host", b"orders.example.com"), (b"x-forwarded-for", forwarded.encode())]
        return gate._address(Request({"type": "http", "client": (peer, 1), "headers": headers}))

    assert seen("192.168.1.2", "1.1.1.1, 203.0.113.5, 192.168.1.7") == "203.0.113.5"
    assert seen("192.168.1.2", "nonsense") == "192.168.1.2"
    assert seen("203.0.113.9", "10.0.0.1") == "203.0.113.9"


def test_what_was_sent_to_a_session_that_had_ended_is_said_and_leads_back(page: browser.Page) -> None:
    client = page.client(login=False)
    answer = client.post("/drafts/abc123/save", files={"body": b"viel"}, headers={"origin": page.url})
    assert answer.status_code == 303 and answer.headers["location"] == "/login?ended=1&next=%2Fdrafts%2Fabc123"


def test_what_was_typed_outlives_the_end_of_the_session(chromium: Any, page: browser.Page) -> None:
    words = 'Er sagte: "morgen" & <b>nicht</b> heute\n둘째 줄'
    with page.open(chromium, "/cases", script=False) as tab:
        tab.fill("#case-seller", "캐시워크")
        tab.fill("#case-message", "화면이 멈춤 & <b>끝</b>")
        tab.context.clear_cookies()  # as when its time is over
        tab.click("#new button")
        tab.get_by_role("alert").wait_for()
        assert page.store.case_events() == []
        tab.fill("#password", "wrong, the first time")
        tab.locator("main form button").click()
        tab.fill("#password", browser.PASSWORD)
        tab.locator("main form button").click()
        tab.wait_for_url("**/continue")
        assert "화면이 멈춤 & <b>끝</b>" in tab.inner_text("main")
        assert page.store.case_events() == []  # only once he has said so
        tab.locator("main form button").click()
        tab.locator("#now").wait_for()
        [opened] = page.store.case_events()
        assert opened.payload["seller"] == "캐시워크"
    client = page.client(login=False)
    answer = client.post("/drafts/abc123/approve", data={"body": words, "way": "smtp"}, headers={"origin": page.url})
    assert answer.status_code == 401
    found = re.findall(r'name="(csrf|typed|at|next)" value="([^"]*)"', answer.text)
    hidden = {name: html.unescape(value) for name, value in found}
    answer = client.post("/login", data={**hidden, "password": browser.PASSWORD}, headers={"origin": page.url})
    assert answer.headers["location"] == "/continue"
    text = client.get("/continue").text
    assert 'action="/drafts/abc123/save"' in text and words in html.unescape(text)  # an approval is given anew


def test_a_form_from_elsewhere_is_not_taken_up_at_the_log_in(page: browser.Page) -> None:
    client = page.client(login=False)
    for origin in ("https://evil.example", "null"):
        refused = client.post("/drafts/abc123/save", data={"body": "x"}, headers={"origin": origin})
        assert refused.status_code == 403 and "typed" not in refused.text
    assert client.post("/login/ended", data={"a": "b"}, headers={"origin": page.url}).status_code == 401
    for at in ("https://evil.example/", "//evil.example/", "/\\evil.example"):
        stranger = page.client(login=False)
        given = {"password": browser.PASSWORD, "typed": '[["a", "b"]]', "at": at}
        sent = page.post(stranger, "/login", **given)
        assert sent.headers["location"] == "/"
    assert page.post(page.client(), "/login/ended", a="b").status_code == 404


def test_a_file_that_is_too_large_is_refused_on_a_page_with_a_way_back(page: browser.Page) -> None:
    cookies = "; ".join(f"{name}={value}" for name, value in page.client().cookies.items())

    def asked(accept: str) -> tuple[int, str, str]:
        line = http.client.HTTPConnection(page.url.removeprefix("http://"), timeout=20)
        headers = {"content-length": "60000000", "origin": page.url, "cookie": cookies, "accept": accept}
        line.request("POST", "/orders/abc/files", headers=headers)
        answer = line.getresponse()
        return answer.status, answer.headers["content-type"], answer.read().decode()

    status, kind, text = asked("text/html")
    assert status == 413 and kind.startswith("text/html") and 'href="/orders/abc"' in text and "25" in text
    status, kind, _ = asked("*/*")
    assert status == 413 and kind.startswith("text/plain")


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"),
        ("en-GB,en;q=0.9,ko;q=0.8", "en"),
        ("de-DE,de;q=0.9,ko;q=0.4,en;q=0.3", "ko"),
        ("de", "en"),
        ("ko;q=0", "en"),
        ("ko;q=much, ;;,", "en"),
        ("", "en"),
    ],
)
def test_the_browser_says_the_language_where_nobody_has_chosen_one(tmp_path: Path, asked: str, language: str) -> None:
    with browser.Page(tmp_path, fresh=True) as page:
        headers = {"accept-language": asked}
        page.config._assumed = ("user.language",)
        setup = httpx.get(page.url + "/setup", headers=headers)
        assert f'<html lang="{language}"' in setup.text
        chosen = httpx.get(page.url + "/setup", headers=headers, cookies={"rm_language": "en"})
        assert '<html lang="en"' in chosen.text
        page.config._assumed = ()  # the settings name it
        assert '<html lang="en"' in httpx.get(page.url + "/setup", headers=headers).text
