"""The mails of an order: each with its words and what they prove, and where one belongs that was linked wrongly."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from html import escape
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import HTMLResponse, Response

from monitor import render
from monitor.run import corrections, pages, saying, showing
from monitor.run import orders as ordering
from monitor.run.orders import OrderView, StatementRefused
from monitor.types import Event
from monitor.web import after, forms, story, wording
from monitor.web.draft import names_of
from monitor.web.forms import TheSite, User
from monitor.web.order import find, mails_of, named, others_of, page, refusal, undo_of
from monitor.web.templating import respond

router = APIRouter()

Short = Annotated[str, Form(max_length=300)]


@router.post("/orders/{order_id}/mails/{identity}/move")
def move(
    request: Request, site: TheSite, user: User, order_id: str, identity: str, to: Short = "", number: Short = ""
) -> Response:  # fmt: skip
    """A mail that does not belong here: to an order of its own, to another order, or to none.

    `to`: own, none, or the id of an order; `number`: instead of it the number (or id) of an order of any seller.
    """
    view = find(site, order_id)
    other: OrderView | None = None
    try:
        if not to and not number.strip():
            raise StatementRefused("choose", "choose")
        if number.strip() or to not in ("own", "none"):
            other = named(site, number.strip() or to)
        if to == "own" and other is None:
            said = corrections.split(site.store, site.config, view, [identity], now=site.now())
        elif other is not None and mails_of(view) == {identity}:  # all of this order: the two are one
            said = saying.say(
                site.store, site.config, view.order.id, "same-as", other.order.id, now=site.now(), view=view,
                other=other,
            )  # fmt: skip
        else:
            said = corrections.move(site.store, site.config, view, identity, other, now=site.now())
    except (StatementRefused, ordering.OrderNotFound, ordering.OrderAmbiguous) as refused:
        wrong = refusal(refused, "move", "")
        return _page(request, site, user, view, identity, status=422, error=wrong, typed=render.mask_secrets(number))
    # the mail may have been the one that opened the order, and so have given it its id
    homes = {home for home in map(site.store.page_home, mails_of(view)) if home is not None}
    after.changed(site, [view.order.id, *([other.order.id] if other is not None else []), *homes])
    stays = next((one for one in (view.order.id, *sorted(homes)) if site.store.events_of([one])), None)
    return _moved(request, site, user, said, identity, stays)


@router.post("/orders/{order_id}/which")
def which(
    request: Request, site: TheSite, user: User, order_id: str, mail: Short, to: Short = "", number: Short = ""
) -> Response:  # fmt: skip
    """The answer to "which order is this mail about?". `to`, `number`: as for `move`; to "other" the number."""
    view = find(site, order_id)
    homes = {view.order.id, site.store.page_home(mail) or ""}
    try:
        to = named(site, number).order.id if to == "other" else to
        said = corrections.place(site.store, site.config, mail, to, view, now=site.now())
    except (StatementRefused, ordering.OrderNotFound, ordering.OrderAmbiguous) as refused:
        return page(request, site, user, view, status=422, error=refusal(refused, "move", ""))
    homes |= {said.order_id, to, site.store.page_home(mail) or ""}
    after.changed(site, homes - {"", "own", "none"})
    stays = [one for one in (site.store.page_home(mail), view.order.id) if one and site.store.events_of([one])]
    return _moved(request, site, user, said, mail, stays[0] if stays else None)


def _moved(
    request: Request, site: TheSite, user: User, said: Event, mail: str, stays: str | None
) -> Response:  # fmt: skip
    """To the order where one was, with the way to that which has the mail now, and the way back."""
    home = site.store.page_home(mail)
    values = undo_of(site, said)
    if home is not None and home != stays:
        values |= {"link": f"/orders/{home}", "name": names_of(site, {home}, user.language).get(home, home)}
    return forms.redirect(request, f"/orders/{stays}" if stays else "/orders", "web.order.moved", **values)


@router.get("/orders/{order_id}/mails/{identity}")
def mail(request: Request, site: TheSite, user: User, order_id: str, identity: str) -> Response:
    """A mail of the order: its words, with those marked that prove a value."""
    return _page(request, site, user, find(site, order_id), identity)


def _page(
    request: Request, site: TheSite, user: User, view: OrderView, identity: str, *, status: int = 200, error: str = "",
    typed: str = "",
) -> Response:  # fmt: skip
    """`error`: why the mail was not moved; `typed`: the number that was given for the order where it belongs."""
    event = next((e for e in view.order.events if e.mail == identity and e.reading is not None), None)
    if event is None or event.reading is None:
        raise HTTPException(404)
    language, today = user.language, site.today()
    found = pages.summary(view, site.config, None)
    original = showing.original(site.store, event.reading)
    return respond(
        request, "web/order_mail.html.j2", status=status, view=view, name=wording.name(found, language), event=event,
        original=original, anchored=_anchored(original.pieces if original is not None else ()),
        doubt=story.doubt(event.reading),
        proofs=list(story.proofs(event.reading, language, today)),
        field=lambda name: story.field_name(name, language), others=others_of(site, view), error=error, typed=typed,
    )  # fmt: skip


def _anchored(pieces: Sequence[showing.Piece]) -> list[tuple[showing.Piece, tuple[str, ...]]]:
    """Each piece with the names under which links find it: those of the values that it is the first to prove."""
    taken: set[str] = set()
    found: list[tuple[showing.Piece, tuple[str, ...]]] = []
    for piece in pieces:
        names = tuple(name for name in piece.names if name not in taken)
        taken.update(names)
        found.append((piece, names))
    return found


FRAME_STYLE = (
    "body{margin:.75rem;font:15px/1.5 system-ui,'Apple SD Gothic Neo','Noto Sans KR',sans-serif;color:#16191d;"
    "background:#fff;overflow-wrap:anywhere}table{border-collapse:collapse;max-width:100%}td,th{padding:.15rem .4rem;"
    "vertical-align:top}"
)
_HASH = b64encode(hashlib.sha256(FRAME_STYLE.encode()).digest()).decode()
FRAME_POLICY = f"sandbox; default-src 'none'; style-src 'sha256-{_HASH}'; frame-ancestors 'self'; base-uri 'none'"


@router.get("/orders/{order_id}/mails/{identity}/html")
def frame(site: TheSite, user: User, order_id: str, identity: str) -> Response:
    """The mail's own HTML, made harmless: for a sandboxed frame, under a policy that lets it load nothing."""
    view = find(site, order_id)
    if identity not in mails_of(view):
        raise HTTPException(404)
    html = showing.html_of(site.store, identity)
    if html is None:
        raise HTTPException(404)
    content = (
        f'<!DOCTYPE html><html lang="{escape(view.order.language)}"><head><meta charset="utf-8"><title>-</title>'
        f"<style>{FRAME_STYLE}</style></head><body>{html}</body></html>"
    )
    return HTMLResponse(content, headers={"content-security-policy": FRAME_POLICY})
