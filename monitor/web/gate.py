"""Before any page: is this request one that may be answered at all, and who is asking?

In charge of the Host header (a page elsewhere could point its own name at this machine: DNS rebinding), of requests
that other pages make (Fetch Metadata and Origin), of plain http beyond this machine, of sizes, of sessions, tokens and
the header of a trusted proxy, and of the security headers of every answer. Nothing of a request's body is read before
its sender may come in, but for a form of moderate size, which a session's end must not cost him. Forms are checked for
their token by `forms.checked`.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from ipaddress import IPv6Address, ip_address, ip_network
from secrets import token_urlsafe
from typing import Any
from urllib.parse import quote, urlsplit

from anyio import move_on_after, to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from monitor import render
from monitor.evidence import MAX_BYTES
from monitor.store.words import StoreError
from monitor.web import keys
from monitor.web.site import Site

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY = 1_000_000  # bytes of a form
_THING = re.compile(r"/(?:orders|drafts|cases|mails)/[^/]+")
UPLOADS: tuple[tuple[re.Pattern[str], int], ...] = ((re.compile(r"/(?:orders|cases)/[^/]+/files"), 26_000_000),)
"""Paths that take files, and how many bytes a request to them may have."""
ENDED = "/login/ended"
"""Where the form of somebody whose session has ended is taken: he logs in, and is asked whether it shall be kept."""
TYPED = 300_000  # bytes of such a form
_SECONDS_FOR_A_BODY = 2.0
LONGEST_PATH = 2_000  # characters, with the query

PUBLIC = re.compile(r"/(?:login|setup|language|static/[^/]+|calendar/[^/]+\.ics)")
"""What may be asked for by someone who has not logged in."""

SAFE = ("GET", "HEAD", "OPTIONS")
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # not "no-referrer": with that, browsers send "Origin: null" with our own forms
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "cache-control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is asking. `user` is None for a stranger; `how`: password, proxy or token.

    `cookie` is what form tokens are made from: the session, else a cookie of its own. `plain`: over a network without
    TLS, which every page says.
    """

    user: str | None
    how: str
    session: str
    cookie: str
    address: str
    secure: bool
    plain: bool
    language: str
    fresh: bool = False  # the cookie is new and has to be set


class Gate:
    """The outermost layer of the application."""

    def __init__(self, app: App, site: Site) -> None:
        self.app, self.site = app, site
        web = site.config.web
        base = urlsplit(web.base_url or "")
        self.base_host, self.base_netloc, self.base_secure = base.hostname, base.netloc, base.scheme == "https"
        self.hosts = {*LOOPBACK_NAMES, *(host.strip("[]") for host in web.hosts)}
        if self.base_host:
            self.hosts.add(self.base_host)
        self.proxies = [ip_network(network) for network in web.trusted_proxies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        method = scope["method"]
        refusal = self._refuse(request)
        visitor: Visitor | None = None
        if refusal is None:
            try:
                visitor = await to_thread.run_sync(self._visitor, request)
            except StoreError as error:
                language = self._language(request, _cookies(request))
                refusal = told(request, 503, language, render.message("web.error.store", language), why=str(error))
        if visitor is not None:
            scope.setdefault("state", {})["visitor"] = visitor
            refusal = self._admit(request, visitor)
            if refusal is None and visitor.user is None and not PUBLIC.fullmatch(request.url.path):
                scope["state"]["typed_at"] = request.url.path
                scope = {**scope, "path": ENDED, "raw_path": ENDED.encode(), "query_string": b""}

        body = Body(receive, limit(request.url.path))

        async def send_guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = self._headers(message["headers"], visitor)
                if body.too_large:  # or the rest of it would still be taken and thrown away
                    headers = [
                        *(pair for pair in headers if pair[0].lower() != b"connection"),
                        (b"connection", b"close"),
                    ]
                message["headers"] = headers
            await send(message)

        if refusal is not None:
            await _take_off(body, request)
            await refusal(scope, receive, send_guarded)
            return
        if method == "HEAD":  # the server leaves the body out
            scope = {**scope, "method": "GET"}
        await self.app(scope, body, send_guarded)

    # -- what is refused, whoever asks

    def _refuse(self, request: Request) -> Response | None:
        language = self._language(request, _cookies(request))

        def refused(status: int, key: str, **values: object) -> Response:
            text = render.message(f"web.refused.{key}", language, **values)
            return told(request, status, language, text, back="/" if key == "origin" else "")

        if len(request.url.path) + len(request.url.query) > LONGEST_PATH:
            return refused(414, "path")
        host = self._host(request)
        if host is None:
            return refused(421, "host")
        _, plain = self._transport(request, host)
        if plain and not self.site.config.web.insecure_http:
            return refused(403, "plain")
        if not self._same_origin(request):
            return refused(403, "origin")
        length = request.headers.get("content-length", "0")
        if not length.isdigit() or int(length) > limit(request.url.path):
            most = limit(request.url.path)
            return refused(413, "large", megabytes=(most if most == BODY else MAX_BYTES) // 1_000_000)
        return None

    def _host(self, request: Request) -> str | None:
        """The name under which the page was opened; None where it is not one of ours."""
        named = request.headers.getlist("host")
        if len(named) != 1:
            return None
        try:
            host = urlsplit("//" + named[0]).hostname
        except ValueError:
            return None
        if host is None:
            return None
        here = (request.scope.get("server") or ("", 0))[0]
        # the very address that the connection was made to: an address cannot be pointed elsewhere as a name can
        return host if host in self.hosts or (host == here and _is_address(host)) else None

    def _transport(self, request: Request, host: str) -> tuple[bool, bool]:
        """Whether the user's browser speaks TLS, and whether it speaks plain http over a network."""
        peer = _peer(request)
        if self._trusted(peer):
            secure = request.headers.get("x-forwarded-proto", "").strip().lower() == "https"
        else:
            # a proxy on this machine, by which alone one gets here under that name
            secure = self.base_secure and host == self.base_host and _is_loopback(peer)
        local = _is_loopback(peer) and host in LOOPBACK_NAMES and "x-forwarded-for" not in request.headers
        return secure, not secure and not local

    def _trusted(self, peer: str) -> bool:
        return _is_address(peer) and any(ip_address(peer) in network for network in self.proxies)

    def _same_origin(self, request: Request) -> bool:
        """Whether our own page asks, a program that is no browser, or someone who follows a link or types an address.

        Fetch Metadata (W3C) where the browser sends it, Origin in any case. Links lead to pages only: never to the API,
        never into a frame of another page, never by a form.
        """
        site = request.headers.get("sec-fetch-site", "same-origin")
        if site not in ("same-origin", "none"):
            page = request.headers.get("sec-fetch-mode") == "navigate" and request.method in SAFE
            shown = request.headers.get("sec-fetch-dest", "document") == "document"
            if not (page and shown) or request.url.path.startswith("/api/"):
                return False
        origin = request.headers.get("origin")
        if origin is None:
            return True
        if request.method in SAFE and site == "same-origin" and origin == "null":
            return True
        netloc = urlsplit(origin).netloc.lower()
        return netloc != "" and netloc in (request.headers.get("host", "").lower(), self.base_netloc)

    # -- who asks

    def _visitor(self, request: Request) -> Visitor:
        cookies = _cookies(request)
        host = self._host(request) or ""
        secure, plain = self._transport(request, host)
        session = cookies.get(cookie_name("session", secure), "")
        visit = cookies.get(cookie_name("visit", secure), "")
        user, how = self._user(request, session)
        fresh = False
        if how == "password":
            visit = session
        elif len(visit) < 20:
            visit, fresh = token_urlsafe(32), True
        return Visitor(
            user=user,
            how=how,
            session=session if how == "password" else "",
            cookie=visit,
            address=self._address(request),
            secure=secure,
            plain=plain,
            language=self._language(request, cookies),
            fresh=fresh,
        )

    def _user(self, request: Request, session: str) -> tuple[str | None, str]:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if request.url.path.startswith("/api/") and kind.lower() == "bearer":
            known = keys.known(self.site, token.strip(), keys.API)
            return (known.name, "token") if known is not None else (None, "")
        header = self.site.config.web.user_header
        if header and self._trusted(_peer(request)):
            named = request.headers.getlist(header)
            allowed = self.site.config.web.users
            if len(named) == 1 and named[0].strip() and (not allowed or named[0].strip() in allowed):
                return named[0].strip()[:80], "proxy"
        if session and keys.known(self.site, session, keys.SESSION) is not None:
            return "", "password"
        return None, ""

    def _address(self, request: Request) -> str:
        """Where the request comes from: the last hop that is no trusted proxy."""
        peer = _peer(request)
        hops = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
        while self._trusted(peer) and hops:
            hop = hops.pop().strip()
            if not _is_address(hop):
                break
            peer = hop
        return peer

    def _language(self, request: Request, cookies: Mapping[str, str]) -> str:
        """What was chosen on the page, else in the settings; where nobody chose, what the browser asks for."""
        config = self.site.config
        usual: str = config.user.language
        if "user.language" in config.assumed:
            usual = asked_language(request.headers.get("accept-language", ""), usual)
        return render.supported(cookies.get("rm_language"), usual)

    def _admit(self, request: Request, visitor: Visitor) -> Response | None:
        """None for who may come in, else the way to the door."""
        path = request.url.path
        if visitor.user is not None or PUBLIC.fullmatch(path):
            return None
        if path.startswith("/api/"):
            return JSONResponse(
                {"detail": render.message("web.refused.token", visitor.language)}, 401, {"www-authenticate": "Bearer"}
            )
        target = path + (f"?{request.url.query}" if request.url.query else "")
        if request.method in SAFE:
            return RedirectResponse("/login" if target == "/" else f"/login?next={quote(target, safe='')}", 303)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        size = int(request.headers.get("content-length", TYPED + 1))
        if kind == "application/x-www-form-urlencoded" and size <= TYPED:
            return None
        # what was sent was not kept: say so, and lead back to the page that it came from
        return RedirectResponse(f"/login?ended=1&next={quote(page_of(path), safe='')}", 303)

    # -- what every answer carries

    def _headers(self, given: list[tuple[bytes, bytes]], visitor: Visitor | None) -> list[tuple[bytes, bytes]]:
        present = {name.lower() for name, _ in given}
        own_policy = b"content-security-policy" in present
        added = [
            (name.encode(), value.encode())
            for name, value in HEADERS.items()
            if name.encode() not in present and not (own_policy and name == "x-frame-options")
        ]
        if visitor is not None and visitor.fresh:
            made = cookie("visit", visitor.cookie, visitor.secure)
            added.append((b"set-cookie", made.encode("ascii")))
        return [*given, *added]


def told(request: Request, status: int, language: str, text: str, why: str = "", back: str = "") -> Response:
    """A refusal before anybody is known, or without the store: a plain page with a way back for a browser, plain words
    for a program. `why`: what lies behind it; `back`: where a way back leads.
    """
    if "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse(f"{text}\n{why}\n" if why else f"{text}\n", status, {"connection": "close"})
    from monitor.web.templating import asset  # it knows the gate

    upload = status == 413 and limit(request.url.path) != BODY
    if status in (413, 414):
        back = request.url.path.rpartition("/")[0] if upload else "/"
    page = render.page(
        "web/refused.html.j2", language, text=text, why=why, code=status, style=asset("page.css"),
        back=back,
    )  # fmt: skip
    return HTMLResponse(page, status, {"connection": "close"})


async def _take_off(body: Body, request: Request) -> None:
    """Take a small body off the line before it is refused: what is left unread when the connection is closed resets
    it, and takes the answer along. A large one would only cost time.
    """
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or not 0 < int(length) <= TYPED:
        return
    with move_on_after(_SECONDS_FOR_A_BODY):
        message = await body()
        while message.get("more_body"):
            message = await body()


def asked_language(header: str, otherwise: str) -> str:
    """The language of the page that an Accept-Language header (RFC 9110, 12.5.4) wants most, else `otherwise`."""
    wanted: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        name, _, weight = part.strip().partition(";")
        given = re.fullmatch(r"\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*", weight) if weight else None
        language = render.supported(name, "")
        if language and (given or not weight):
            wanted.append((float(given[1]) if given else 1.0, language))
    best = max(wanted, key=lambda one: one[0], default=(0.0, ""))  # of equal ones the first
    return best[1] if best[0] > 0 else otherwise


def page_of(path: str) -> str:
    """The page on which a form with this address stands."""
    page = _THING.match(path)
    return page[0] if page else "/"


def limit(path: str) -> int:
    """How many bytes the body of a request to `path` may have."""
    return next((most for pattern, most in UPLOADS if pattern.fullmatch(path)), BODY)


def cookie_name(purpose: str, secure: bool) -> str:
    """`__Host-` (RFC 6265bis) keeps neighbours under the same domain from setting it; it needs TLS."""
    return f"__Host-rm_{purpose}" if secure else f"rm_{purpose}"


def cookie(purpose: str, value: str, secure: bool, *, seconds: int | None = None) -> str:
    """A Set-Cookie header: never readable by scripts, never sent along by other pages' forms."""
    life = "" if seconds is None else f"; Max-Age={seconds}"
    return f"{cookie_name(purpose, secure)}={value}; Path=/; HttpOnly; SameSite=Lax{life}{'; Secure' if secure else ''}"


class Body:
    """`receive` that ends a body which grows beyond what is allowed, whatever its length said."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive, self._left = receive, most
        self.too_large = False

    async def __call__(self) -> MutableMapping[str, Any]:
        """The next part. Raises HTTPException(413)."""
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.too_large = True
            raise HTTPException(413)
        return message


def _cookies(request: Request) -> dict[str, str]:
    jar: dict[str, str] = {}
    for header in request.headers.getlist("cookie"):
        for part in header.split(";"):
            try:
                jar.update({name: morsel.value for name, morsel in SimpleCookie(part.strip()).items()})
            except CookieError:
                continue
    return jar


def _peer(request: Request) -> str:
    return str((request.scope.get("client") or ("", 0))[0])


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_loopback(text: str) -> bool:
    if not _is_address(text):
        return False
    address = ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback
