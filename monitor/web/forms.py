"""What every form needs: the check of its token, the visitor, the way back, and a word about what was done.

A change is made by POST only, and only where the form carries the token that belongs to the browser's cookie; tokens of
other programs (`Authorization: Bearer`) need none, since no browser sends them by itself.
"""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from monitor.web import gate, keys
from monitor.web.gate import Visitor
from monitor.web.site import Site

FIELD = "csrf"
HEADER = "x-csrf-token"
_LONGEST_FLASH = 1500


def visitor(request: Request) -> Visitor:
    """Who is asking; strangers too."""
    found: Visitor = request.state.visitor
    return found


def site(request: Request) -> Site:
    """The site that answers."""
    found: Site = request.app.state.site
    return found


def require_user(request: Request) -> Visitor:
    """Who is asking, where it is someone who may come in. The gate has seen to it already: this is the second lock."""
    found = visitor(request)
    if found.user is None:
        raise HTTPException(401)
    return found


async def checked(request: Request) -> None:
    """Refuses a change whose form does not carry the token of this browser."""
    if request.method in gate.SAFE or request.url.path == gate.ENDED:  # which changes nothing
        return
    asking = visitor(request)
    if asking.how == "token":
        return
    given = request.headers.get(HEADER)
    if given is None:
        form = await request.form(max_files=20, max_fields=500)
        value = form.get(FIELD)
        given = value if isinstance(value, str) else ""
    if not keys.csrf_fits(site(request), asking.cookie, given):
        raise HTTPException(403, "form")


TheSite = Annotated[Site, Depends(site)]
User = Annotated[Visitor, Depends(require_user)]


def local_path(target: str | None, otherwise: str = "/") -> str:
    """`target` if it is a path of this page, else `otherwise`: nobody is led elsewhere by a link to us."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or len(target) > 1000:
        return otherwise
    if any(ord(sign) < 33 or sign == "\\" for sign in target):
        return otherwise
    parts = urlsplit(target)
    return otherwise if parts.scheme or parts.netloc else target


def redirect(request: Request, target: str, key: str | None = None, *, tone: str = "good", **values: str) -> Response:
    """Go to a path of this page (303: by GET), there saying the message `key` of the catalog.

    `tone`: good, warn or bad.
    """
    response = RedirectResponse(local_path(target), 303)
    if key is not None:
        flash(request, response, key, tone=tone, **values)
    return response


def flash(request: Request, response: Response, key: str, *, tone: str = "good", **values: str) -> None:
    """Have the next page say the message `key` with these values."""
    content = json.dumps([tone, key, values], ensure_ascii=True)
    if len(content) > _LONGEST_FLASH:
        content = json.dumps([tone, key, {name: value[:80] for name, value in values.items()}], ensure_ascii=True)
    packed = base64.urlsafe_b64encode(content.encode()).decode()
    signed = f"{packed}.{keys.sign(site(request), 'flash', packed)}"
    response.headers.append("set-cookie", gate.cookie("flash", signed, visitor(request).secure, seconds=60))


def flashed(request: Request) -> tuple[str, str, dict[str, Any]] | None:
    """What this page has to say: tone, key and values."""
    kept = request.cookies.get(gate.cookie_name("flash", visitor(request).secure), "")
    packed, _, signature = kept.partition(".")
    if not packed or keys.sign(site(request), "flash", packed) != signature:
        return None
    tone, key, values = json.loads(base64.urlsafe_b64decode(packed))
    return tone, key, values
