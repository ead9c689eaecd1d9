"""How a page is rendered: `respond(request, "web/today.html.j2", ...)`; assets by their hash; error pages.

In every template: `t(key, ...)` and `n(key, count, ...)` are messages in the page's language, `w(family, value)` the
name of a coded value, `money day moment days` write values in it; `csrf_field()` belongs into every form that changes
something; `asset(name)` is the address of a file in `static`; `here` the path, `visitor` who is asking, `today` his
day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from monitor import render
from monitor.types import Money
from monitor.web import forms, gate, keys

TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


@dataclass(frozen=True, slots=True)
class Nav:
    """An entry of the menu: its word is `web.nav.<key>`; entries are shown by `rank`."""

    key: str
    path: str
    rank: int


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of `static`, under a name that changes with its content."""

    url: str
    content: bytes
    content_type: str


@cache
def assets() -> Mapping[str, Asset]:
    """All files of `static`, by name."""
    found: dict[str, Asset] = {}
    for file in resources.files("monitor.web").joinpath("static").iterdir():
        stem, dot, ending = file.name.rpartition(".")
        content_type = TYPES.get(dot + ending)
        if content_type is not None:
            content = file.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:12]
            found[file.name] = Asset(f"/static/{stem}.{digest}.{ending}", content, content_type)
    return found


def asset(name: str) -> str:
    """The address of a file in `static`."""
    return assets()[name].url


def respond(request: Request, name: str, /, *, status: int = 200, **values: Any) -> HTMLResponse:
    """The template `name` as an answer."""
    asking = forms.visitor(request)
    said = forms.flashed(request)
    html = render.environment(True).get_template(name).render(**context(request), said=said, **values)
    response = HTMLResponse(html, status)
    if said is not None:
        response.headers.append("set-cookie", gate.cookie("flash", "", asking.secure, seconds=0))
    return response


def context(request: Request) -> dict[str, Any]:
    """What every template knows."""
    from markupsafe import Markup

    asking, site = forms.visitor(request), forms.site(request)
    language, zone = asking.language, site.config.user.timezone
    today = site.today()

    def t(key: str, **values: object) -> str:
        return render.message(key, language, **values)

    def n(key: str, count: int, **values: object) -> str:
        return render.counted(key, count, language, **values)

    def w(family: str, value: str) -> str:
        return render.word(family, value, language)

    def money(value: Money) -> str:
        return render.money(value, language)

    def day(value: date, style: str = "short") -> str:
        return render.day(value, language, style, today)

    def moment(value: datetime) -> str:
        return render.moment(value, language, zone)

    def days(count: int) -> str:
        return render.days(count, language)

    @cache  # a page has dozens of forms, all with the same token
    def csrf_field() -> Markup:
        token = keys.csrf_token(site, asking.cookie)
        return Markup('<input type="hidden" name="{}" value="{}">').format(forms.FIELD, token)

    return {
        "language": language,
        "t": t,
        "n": n,
        "w": w,
        "money": money,
        "day": day,
        "moment": moment,
        "days": days,
        "csrf_field": csrf_field,
        "asset": asset,
        "visitor": asking,
        "today": today,
        "here": request.url.path,
        "there": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        "menu": request.app.state.menu,
        "is_htmx": request.headers.get("hx-request") == "true",
    }


def failure(request: Request, status: int, key: str = "") -> Response:
    """An error in plain words: the message `web.error.<key>`, else that of the status, and what can be done."""
    language = forms.visitor(request).language
    wanted = next((k for k in (key, str(status)) if k and render.has_message(f"web.error.{k}", language)), "other")
    return respond(request, "web/error.html.j2", status=status, code=status, key=f"web.error.{wanted}")
