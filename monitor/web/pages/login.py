"""Coming in: the first password, logging in and out, the language; and what was typed when a session had ended."""

from __future__ import annotations

import json
import re
from math import ceil
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from monitor.render import LANGUAGES
from monitor.web import forms, gate, keys
from monitor.web.forms import TheSite, User
from monitor.web.site import Typed
from monitor.web.templating import respond

router = APIRouter()

Text = Annotated[str, Form(max_length=2000)]
Kept = Annotated[str, Form(max_length=2 * gate.TYPED)]

MOST_TYPED = 4  # forms that are held at once
SHOWN = (
    "seller", "amount", "method", "to", "subject", "body", "text", "note", "said", "message", "value", "person", "whom",
    "case",
)  # fmt: skip
"""Fields of a form whose words are shown again before they are kept."""


@router.get("/login")
def login_form(request: Request, site: TheSite, next: str = "/", ended: bool = False) -> Response:
    """Ask for the password; where none was set yet, lead to where the first one is."""
    if forms.visitor(request).user is not None:
        return forms.redirect(request, next)
    if not keys.has_password(site.store):
        return forms.redirect(request, "/setup")
    return respond(request, "web/login.html.j2", next=forms.local_path(next), wrong=None, ended=ended)


@router.post("/login")
def login(
    request: Request, site: TheSite, password: Text, next: Text = "/", typed: Kept = "", at: Text = ""
) -> Response:
    """Open a session where the password is right. `typed`, `at`: the form that was sent after the last one ended."""
    asking = forms.visitor(request)
    target = forms.local_path(next)
    if not keys.has_password(site.store):
        return forms.redirect(request, "/setup")
    pause = site.throttle.wait(asking.address)
    if pause > 0:
        return _wait(request, "web/login.html.j2", pause, next=target, typed=typed, at=at)
    if not keys.password_fits(site.store, password):
        site.throttle.failed(asking.address)
        return respond(
            request, "web/login.html.j2", status=403, next=target, wrong=("web.login.wrong", {}), typed=typed, at=at
        )  # fmt: skip
    site.throttle.worked(asking.address)
    return _come_in(request, site, target, _typed(typed, at))


@router.post(gate.ENDED)
async def ended(request: Request) -> Response:
    """A form of somebody whose session has ended: he may log in; what he typed goes along, and is kept nowhere."""
    path = getattr(request.state, "typed_at", None)
    if path is None:
        raise HTTPException(404)
    form = await request.form(max_files=0, max_fields=500)
    fields = [(name, value) for name, value in form.multi_items() if isinstance(value, str) and name != forms.FIELD]
    return respond(
        request, "web/login.html.j2", status=401, next=gate.page_of(path), wrong=None, ended="typed",
        typed=json.dumps(fields), at=path,
    )  # fmt: skip


@router.get("/continue")
def go_on(request: Request, site: TheSite, user: User) -> Response:
    """What was typed when the session ended, to be kept now, or not."""
    held = site.typed.get(keys.hashed(user.session))
    if held is None:
        return forms.redirect(request, "/")
    shown = [(name, value) for name, value in held.fields if name in SHOWN and value.strip()]
    return respond(request, "web/continue.html.j2", held=held, shown=shown, page=gate.page_of(held.path))


_APPROVAL = re.compile(r"(/drafts/[^/]+)/approve")


def _typed(typed: str, path: str) -> Typed | None:
    """The form as it came back from the log-in. An approval is no more than a text to be kept: it is given anew."""
    if not typed or forms.local_path(path, "") == "":
        return None
    try:
        fields = tuple((str(name), str(value)) for name, value in json.loads(typed))
    except (ValueError, TypeError):
        return None
    approval = _APPROVAL.fullmatch(path)
    return Typed(f"{approval[1]}/save" if approval else path, fields)


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
    elif keys.easily_guessed(password):
        wrong = "web.setup.easy"
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


def _come_in(request: Request, site: TheSite, target: str, typed: Typed | None = None) -> Response:
    """A new session under a new secret, whatever the browser held before: nobody can plant one (session fixation)."""
    asking = forms.visitor(request)
    if asking.session:
        site.store.drop_key(keys.hashed(asking.session))
    secret = keys.open_session(site, request.headers.get("user-agent", "")[:80])
    if typed is not None:
        for old in list(site.typed)[: len(site.typed) - MOST_TYPED + 1]:
            site.typed.pop(old, None)
        site.typed[keys.hashed(secret)] = typed
        target = "/continue"
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
