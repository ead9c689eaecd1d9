"""Today: what needs a decision, sorted by the day on which waiting costs something; the money; what was read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from monitor.run import pages
from monitor.run import today as first_page
from monitor.web import forms, wording
from monitor.web.forms import TheSite, User
from monitor.web.templating import Nav, respond

router = APIRouter()
NAV = Nav("today", "/", 10)

SHOWN = 30  # rows of a section; the rest is a click away


@router.get("/")
def today(request: Request, site: TheSite, user: User) -> Response:
    """The first page."""
    now = site.now()
    holds = pages.ensure(site.store, site.config, now=now)
    view = first_page.today(site.store, site.config, now=now, limit=SHOWN)
    found = site.store.summaries({row.order_id for row in view.letters})
    return respond(
        request, "web/today.html.j2", view=view, holds=holds, rows=Rows(site, user), states=site.account_states(),
        answers=wording.ANSWERS, names={key: wording.kept_name(kept, user.language) for key, kept in found.items()},
    )  # fmt: skip


@router.post("/answer")
def answer(
    request: Request,
    site: TheSite,
    user: User,
    order: Annotated[str, Form(max_length=80)],
    verb: Annotated[str, Form(max_length=20)],
    back: Annotated[str, Form(max_length=1000)] = "/",
) -> Response:
    """A question that one word settles, answered from the list."""
    from monitor.run import orders
    from monitor.web import after
    from monitor.web.order import undo_of

    if not any(verb in verbs for verbs in wording.ANSWERS.values()):
        raise HTTPException(400)
    found = pages.one(site.store, order)
    if found is None:
        raise HTTPException(404)
    try:
        said = orders.say(site.store, site.config, order, verb, None, now=site.now())
    except (orders.OrderNotFound, orders.OrderAmbiguous):
        raise HTTPException(404) from None
    after.changed(site, [order])
    name = wording.name(found, user.language)
    return forms.redirect(request, back, "web.today.answered", name=name, **undo_of(site, said))


class Rows:
    """How templates word an order in a list."""

    def __init__(self, site: TheSite, user: User) -> None:
        self._today, self._language, self._zone = site.today(), user.language, site.config.user.timezone

    def clock(self, found: pages.Summary) -> list[wording.Phrase]:
        """The silence clock."""
        return wording.clock(found, self._today, self._language)

    def reason(self, found: pages.Summary) -> str:
        """Why it is judged as it is."""
        return wording.reason(found, self._language, self._zone)

    def name(self, found: pages.Summary) -> str:
        """Seller and number."""
        return wording.name(found, self._language)

    def rung(self, value: str) -> str:
        """The name of a step."""
        return wording.rung_name(value, self._language)
