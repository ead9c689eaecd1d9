"""Today: what needs a decision, sorted by the day on which waiting costs something."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from monitor.web.forms import TheSite, User
from monitor.web.templating import Nav, respond

router = APIRouter()
NAV = Nav("today", "/", 10)


@router.get("/")
def today(request: Request, site: TheSite, user: User) -> Response:
    """The first page."""
    return respond(request, "web/today.html.j2")
