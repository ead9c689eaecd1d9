"""One order: its page, and what the user says of it there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from monitor import render
from monitor.run import orders as ordering
from monitor.run import preparing, saying, undoing
from monitor.run.orders import OrderView, StatementRefused
from monitor.types import Event
from monitor.web import after, forms
from monitor.web.draft import names_of
from monitor.web.forms import TheSite, User
from monitor.web.order import Typed, find, named, page, refusal, undo_of
from monitor.web.templating import respond

router = APIRouter()

VERBS = (
    "arrived", "not-arrived", "paid", "returned", "refunded", "not-refunded", "not-an-order", "closed", "snooze",
    "same-as", "set", "did", "refused", "reopen", "undo",
)  # fmt: skip

Short = Annotated[str, Form(max_length=300)]
Long = Annotated[str, Form(max_length=4_000)]


@router.post("/orders/{order_id}/prepare")
def prepare(request: Request, site: TheSite, user: User, order_id: str, rung: Short) -> Response:
    """The text for a step of the ladder, asked for by hand."""
    view = find(site, order_id)
    try:
        made = preparing.prepare(site.store, site.config, view, rung, now=site.now())
    except preparing.NotPrepared as refused:
        if refused.why == "unknown":
            raise HTTPException(404) from None
        return page(request, site, user, view, status=422, error=f"web.prepare.{refused.why}")
    after.changed(site, [view.order.id])
    return forms.redirect(request, f"/drafts/{made.draft.id}", "web.prepare.made")


@router.get("/orders/dropped")
def dropped(request: Request, site: TheSite, user: User) -> Response:
    """What is no order by the user's word; here he can think again."""
    return _dropped(request, site, undoing.dropped(site.store)[:200])


def _dropped(request: Request, site: TheSite, events: Sequence[Event]) -> Response:
    sellers = {event.id: render.one_line(undoing.seller_of(site.store, event), 80) for event in events}
    return respond(request, "web/order_dropped.html.j2", events=events, sellers=sellers)


@router.post("/orders/{order_id}/reopen")
def reopen(request: Request, site: TheSite, user: User, order_id: str) -> Response:
    """What was closed, put off, or said to be no order, is watched again."""
    try:
        undoing.reopen(site.store, order_id, now=site.now())
    except StatementRefused:
        raise HTTPException(404) from None
    after.changed(site, [order_id])
    return forms.redirect(request, f"/orders/{order_id}", "web.order.reopened")


@router.get("/orders/{order_id}")
def order(request: Request, site: TheSite, user: User, order_id: str) -> Response:
    """The page of one order."""
    try:
        view = find(site, order_id)
    except HTTPException:
        found = next((event for event in undoing.dropped(site.store) if event.order_id == order_id), None)
        if found is None:
            raise
        return _dropped(request, site, [found])
    if view.order.id != order_id:
        return forms.redirect(request, f"/orders/{view.order.id}")
    return page(request, site, user, view)


# -- the user's voice ---------------------------------------------------------------------------------------------


@router.post("/orders/{order_id}/say")
def say(
    request: Request,
    site: TheSite,
    user: User,
    order_id: str,
    verb: Short,
    value: Long = "",
    field: Short = "",
    on: Short = "",
    by: Short = "",
    case: Short = "",
    person: Short = "",
    note: Long = "",
    which: Short = "",
    sure: Short = "",
) -> Response:
    """A statement about the order. `which`: of several parcels the one meant, by its number; `sure`: that an order of
    another seller is the same.
    """
    view = find(site, order_id)
    if verb not in VERBS:
        raise HTTPException(400)
    said = f"{field}={which + '=' if which else ''}{value.strip()}" if verb == "set" else value.strip() or None
    details = {"on": on, "by": by, "case": case, "note": note, "person": person}
    typed = Typed(verb, *map(render.mask_secrets, (value, field, which, on, by, case, person, note)))
    other: OrderView | None = None
    try:
        if verb == "same-as":
            other = named(site, value)
            if not sure and other.order.seller.key != view.order.seller.key:
                return page(request, site, user, view, status=422, typed=typed, joining=other)
        event = saying.say(
            site.store, site.config, view.order.id, verb, said, now=site.now(), details=details, view=view, other=other
        )
    except (StatementRefused, ordering.OrderNotFound, ordering.OrderAmbiguous) as refused:
        return page(request, site, user, view, status=422, error=refusal(refused, verb, field), typed=typed)
    if verb in saying.UNDOING:
        return _undone(request, site, user, view, verb, event)
    return _said(request, site, view, event, other)


def _undone(request: Request, site: TheSite, user: User, view: OrderView, verb: str, event: Event) -> Response:
    """Taken back, or opened again; with the way to the order that is one of its own again."""
    slips = site.store.statements(kinds=[event.payload.get("kind", "")])
    told = next((one.payload for one in slips if one.id == event.payload.get("event", "")), {})
    mails = [told.get("same_mail", ""), told.get("wrong_mail", ""), *told.get("mails", "").split(",")]
    homes = {home for mail in filter(None, mails) if (home := site.store.page_home(mail)) is not None}
    after.changed(site, {view.order.id, *homes})
    values: dict[str, str] = {}
    for home in homes - {view.order.id}:
        values = {"link": f"/orders/{home}", "name": names_of(site, {home}, user.language).get(home, home)}
    return forms.redirect(request, f"/orders/{view.order.id}", f"web.order.undone.{verb}", **values)


def _said(request: Request, site: TheSite, view: OrderView, event: Event, other: OrderView | None = None) -> Response:
    ids = [view.order.id] + ([other.order.id] if other is not None else [])
    home = event.order_id
    kept = next((found for found in site.store.events_of(ids).items() if event.id in {e.id for e in found[1]}), None)
    if kept is not None:
        home = kept[0]
    after.changed(site, [*ids, home])
    if event.kind == "not_an_order":
        seller = render.one_line(view.order.seller.name, 60)
        return forms.redirect(request, f"/orders/{home}", "web.order.dropped", seller=seller)
    if event.kind == "same_as":
        return forms.redirect(request, f"/orders/{home}", "web.order.joined", **undo_of(site, event))
    return forms.redirect(request, f"/orders/{home}", "web.order.said", **undo_of(site, event))
