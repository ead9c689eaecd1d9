"""Coming in: the first password, logging in and out, and the language of the page."""

from __future__ import annotations

from math import ceil
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from monitor.render import LANGUAGES
from monitor.web import forms, gate, keys
from monitor.web.forms import TheSite, User
from monitor.web.templating import respond

router = APIRouter()

Text = Annotated[str, Form(max_length=2000)]


@router.get("/login")
def login_form(request: Request, site: TheSite, next: str = "/", ended: bool = False) -> Response:
    """Ask for the password; where none was set yet, lead to where the first one is."""
    if forms.visitor(request).user is not None:
        return forms.redirect(request, next)
    if not keys.has_password(site.store):
        return forms.redirect(request, "/setup")
    return respond(request, "web/login.html.j2", next=forms.local_path(next), wrong=None, ended=ended)


@router.post("/login")
def login(request: Request, site: TheSite, password: Text, next: Text = "/") -> Response:
    """Open a session where the password is right."""
    asking = forms.visitor(request)
    target = forms.local_path(next)
    if not keys.has_password(site.store):
        return forms.redirect(request, "/setup")
    pause = site.throttle.wait(asking.address)
    if pause > 0:
        return _wait(request, "web/login.html.j2", pause, next=target)
    if not keys.password_fits(site.store, password):
        site.throttle.failed(asking.address)
        return respond(request, "web/login.html.j2", status=403, next=target, wrong=("web.login.wrong", {}))
    site.throttle.worked(asking.address)
    return _come_in(request, site, target)


@router.get("/setup")
def setup_form(request: Request, site: TheSite) -> Response:
    """Ask for the code from the terminal and for a first password."""
    if keys.has_password(site.store):
        return forms.redirect(request, "/login")
    return respond(request, "web/setup.html.j2", wrong=None, shortest=keys.SHORTEST)


@router.post("/setup")
def setup(request: Request, site: TheSite, code: Text, password: Text, again: Text) -> Response:
    """Set the first password."""
    asking = forms.visitor(request)
    if keys.has_password(site.store):
        return forms.redirect(request, "/login")
    pause = site.throttle.wait(asking.address)
    if pause > 0:
        return _wait(request, "web/setup.html.j2", pause, shortest=keys.SHORTEST)
    wrong = None
    if not keys.code_fits(site.store, code):
        site.throttle.failed(asking.address)
        wrong = "web.setup.wrong_code"
    elif not keys.SHORTEST <= len(password) <= keys.LONGEST:
        wrong = "web.setup.length"
    elif password != again:
        wrong = "web.setup.differ"
    if wrong is not None:
        values = {"shortest": keys.SHORTEST, "longest": keys.LONGEST} if wrong == "web.setup.length" else {}
        return respond(
            request, "web/setup.html.j2", status=403, wrong=(wrong, values), shortest=keys.SHORTEST
        )  # fmt: skip
    keys.set_password(site.store, password)
    return _come_in(request, site, "/")


@router.post("/logout")
def logout(request: Request, site: TheSite, user: User) -> Response:
    """End this session."""
    if user.session:
        site.store.drop_key(keys.hashed(user.session))
    response = forms.redirect(request, "/login")
    response.headers.append("set-cookie", gate.cookie("session", "", user.secure, seconds=0))
    return response


@router.post("/language")
def language(request: Request, to: Text, back: Text = "/") -> Response:
    """Speak another language from now on, in this browser."""
    response = forms.redirect(request, back)
    if to in LANGUAGES:
        secure = "; Secure" if forms.visitor(request).secure else ""
        cookie = f"rm_language={to}; Path=/; SameSite=Lax; Max-Age=31536000; HttpOnly{secure}"
        response.headers.append("set-cookie", cookie)
    return response


def _come_in(request: Request, site: TheSite, target: str) -> Response:
    """A new session under a new secret, whatever the browser held before: nobody can plant one (session fixation)."""
    asking = forms.visitor(request)
    if asking.session:
        site.store.drop_key(keys.hashed(asking.session))
    secret = keys.open_session(site, request.headers.get("user-agent", "")[:80])
    response = forms.redirect(request, target)
    life = site.config.web.session_days * 86_400
    response.headers.append("set-cookie", gate.cookie("session", secret, asking.secure, seconds=life))
    response.headers.append("set-cookie", gate.cookie("visit", "", asking.secure, seconds=0))
    return response


def _wait(request: Request, template: str, pause: float, **values: object) -> Response:
    minutes = max(1, ceil(pause / 60))
    wrong = ("web.login.wait", {"minutes": minutes})
    response = respond(request, template, status=429, wrong=wrong, **values)
    response.headers["retry-after"] = str(ceil(pause))
    return response
