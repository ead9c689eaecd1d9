"""One order: its story with the proof of every value, what only the user can tell, the ladder; and its mails."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib import import_module
from pkgutil import iter_modules
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import HTMLResponse, Response

from monitor import render
from monitor.digest.view import AccountState
from monitor.run import cases, corrections, ladders, pages, preparing, saying, showing, single, undoing
from monitor.run import orders as ordering
from monitor.run.orders import OrderView, StatementRefused
from monitor.run.saying import CHANNELS, CLOSED_AS
from monitor.types import Event, Source, Step
from monitor.web import after, forms, story, wording
from monitor.web.forms import TheSite, User
from monitor.web.templating import respond

router = APIRouter()

PAYMENTS = (
    "credit_card", "check_card", "debit_card", "credit_card_installment", "bank_transfer", "bank_transfer_toss",
    "virtual_account", "easy_pay", "easy_pay_card", "easy_pay_balance", "mobile_carrier", "paypal", "apple_pay",
    "google_pay", "samsung_pay", "bnpl_klarna", "sepa_direct_debit", "app_store", "cod", "postpaid",
)  # fmt: skip
"""What the question "how did you pay?" offers; `say FIELD=VALUE` takes every value of the rights table."""

VERBS = (
    "arrived", "not-arrived", "paid", "returned", "refunded", "not-refunded", "not-an-order", "closed", "snooze",
    "same-as", "set", "did", "refused", "reopen", "undo",
)  # fmt: skip
TOLD_DAYS = ("promised_by", "dispatch_by", "refund_by", "pay_by", "delivered_on", "card_payment_due_date")
"""Days that can be told where no mail states them: the seller's, that of the arrival, that of the card's debit."""

Short = Annotated[str, Form(max_length=300)]
Long = Annotated[str, Form(max_length=4_000)]


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form of the order's page held when it was refused: it stands there again."""

    verb: str = ""
    value: str = ""
    field: str = ""
    which: str = ""
    on: str = ""
    by: str = ""
    case: str = ""
    person: str = ""
    note: str = ""

    def place(self, facts: Sequence[story.Fact]) -> str:
        """The id of the input that was refused; "" where the page has none for it."""
        if self.verb != "set":
            homes = {"refunded": "refunded", "snooze": "snooze", "same-as": "same", "did": "did", "refused": "did"}
            return homes.get(self.verb, "")
        of = [
            f"set-{place}" for place, fact in enumerate(facts, 1)
            if fact.settable and (fact.field or fact.name) == self.field and fact.which == self.which
        ]  # fmt: skip
        return next(iter(of), "date-value" if self.field in TOLD_DAYS else "")


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the ladder as the page words it."""

    step: Step
    name: str
    status: str
    reason: str
    rules_out: tuple[str, ...]
    now: bool
    text: bool = False  # whether there is a text for it now
    ends: tuple[str, ...] = ()  # what else is still ahead and would be closed by taking it


def find(site: TheSite, order_id: str) -> OrderView:
    """The order; under an older id too. 404 where there is none."""
    view = single.one(site.store, site.config, order_id, now=site.now())
    if view is None:
        home = single.under_an_older_id(site.store, order_id)
        view = single.one(site.store, site.config, home, now=site.now()) if home is not None else None
    if view is None:
        raise HTTPException(404)
    return view


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
    return respond(request, "web/order_dropped.html.j2", events=undoing.dropped(site.store)[:200])


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
        return respond(request, "web/order_dropped.html.j2", events=[found])
    if view.order.id != order_id:
        return forms.redirect(request, f"/orders/{view.order.id}")
    return page(request, site, user, view)


def page(
    request: Request, site: TheSite, user: User, view: OrderView, *, status: int = 200, error: str = "",
    typed: Typed | None = None,
) -> Response:  # fmt: skip
    """The page of one order. `error`: why a form was refused; `typed`: what it held."""
    language, today, zone = user.language, site.today(), site.config.user.timezone
    found = pages.summary(view, site.config, None)
    rows = site.store.outbox(order_id=view.order.id)
    drafts = [
        draft for draft in site.store.drafts(view.order.id)
        if draft.status == "ready" or (draft.status == "locked" and draft.edited)  # else written anew when wanted
    ]  # fmt: skip
    said = site.store.events(view.order.id, sources=(Source.USER,))
    proofs = story.entries(view, language, today, said)
    facts = story.facts(view, language, today, zone)
    typed = typed or Typed()
    return respond(
        request, "web/order.html.j2", status=status, view=view, one=found, name=wording.name(found, language),
        reason=wording.reason(found, language, zone), phrases=wording.clock(found, today, language),
        entries=proofs, facts=facts, rivals=story.rivals(view.order),
        ladder=ladder(site, view, language), letters=story.under_way(rows), drafts=drafts,
        rung=lambda rung: wording.rung_name(rung, language), field=lambda name: story.field_name(name, language),
        payments=PAYMENTS, channels=CHANNELS, closed_as=CLOSED_AS, parts=_parts(request, site, view),
        others=_others(site, view), rival_text=lambda field, value: story.value_text(field, value, language),
        reading=_reading(site, view), homeless=story.homeless(view.order, site.store), case_id=_case(site, view),
        error=error, typed=typed, wrong=typed.place(facts) if error else "", days_told=TOLD_DAYS,
        by_bill=view.order.payment in story.INSTALMENTS,
    )  # fmt: skip


def ladder(site: TheSite, view: OrderView, language: str) -> list[Rung]:
    """The steps in order, each with its days and with what it would rule out."""
    steps = ladders.of_view(view, site.config).steps
    ahead = {step.rung for step in steps if step.status in ("open", "waiting")}
    next_rung = view.step.rung if view.step is not None else ""
    return [
        Rung(
            step=step,
            name=wording.rung_name(step.rung, language),
            status=step.status,
            reason="" if step.reason in ("", "ladder.open") else ladders.step_reason(step, language),
            rules_out=tuple(wording.rung_name(rung, language) for rung in step.rules_out),
            now=step.rung == next_rung,
            text=step.status in ("open", "waiting") and not preparing.refusal(step, site.config),
            ends=tuple(wording.rung_name(rung, language) for rung in step.rules_out if rung in ahead),
        )
        for step in steps or ((view.step,) if view.step is not None else ())
    ]


def _parts(request: Request, site: TheSite, view: OrderView) -> list[tuple[str, dict[str, Any]]]:
    """What other pages put into this one: their `ORDER_PARTS`."""
    package = import_module("monitor.web.pages")
    found: list[tuple[int, Any]] = []
    for module in iter_modules(package.__path__):
        found += getattr(import_module(f"monitor.web.pages.{module.name}"), "ORDER_PARTS", ())
    parts = [make(request, site, view) for _, make in sorted(found, key=lambda one: one[0])]
    return [part for part in parts if part is not None]


def _case(site: TheSite, view: OrderView) -> str:
    """The payment error that is told of at the order, where its payment failed; "" where there is none."""
    if view.judgement.state != "payment_failed":
        return ""
    found = cases.near(site.store, site.config, now=site.now())
    return next((one.id for one in found if one.order_id == view.order.id), "")


def _reading(site: TheSite, view: OrderView) -> list[AccountState]:
    """The mailboxes that hold the order's mails, and up to when each was read."""
    names = set(view.order.accounts)
    states = [state for state in pages.accounts(site.store, site.config) if state.name in names]
    heard = ordering.heard_until(site.store, site.config).get(ordering.IMPORT)
    if ordering.IMPORT in names and not states:
        states.append(AccountState(ordering.IMPORT, "", heard, None))
    return states


@dataclass(frozen=True, slots=True)
class Other:
    """An order that this one could be joined with, or that a mail could belong to."""

    id: str
    name: str
    item: str


def _others(site: TheSite, view: OrderView) -> list[Other]:
    """The newest orders of the same seller."""
    found: list[Other] = []
    for order_id, summary in site.store.neighbours(view.order.id, 30):
        kept = json.loads(summary)
        name = " · ".join(part for part in (kept.get("seller"), kept.get("number")) if part)
        found.append(Other(order_id, name, next(iter(kept.get("items") or ()), "")))
    return found


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
) -> Response:
    """A statement about the order. `which`: of several parcels the one meant, by its number."""
    view = find(site, order_id)
    if verb not in VERBS:
        raise HTTPException(400)
    said = f"{field}={which + '=' if which else ''}{value.strip()}" if verb == "set" else value.strip() or None
    details = {"on": on, "by": by, "case": case, "note": note, "person": person}
    other = None
    if verb == "same-as" and said:
        other = single.one(site.store, site.config, said, now=site.now())
    try:
        event = saying.say(
            site.store, site.config, view.order.id, verb, said, now=site.now(), details=details, view=view, other=other
        )
    except (StatementRefused, ordering.OrderNotFound, ordering.OrderAmbiguous) as refused:
        typed = Typed(verb, *map(render.mask_secrets, (value, field, which, on, by, case, person, note)))
        return page(request, site, user, view, status=422, error=_refusal(refused, verb, field), typed=typed)
    if verb in saying.UNDOING:
        after.changed(site, [view.order.id])
        return forms.redirect(request, f"/orders/{view.order.id}", f"web.order.undone.{verb}")
    return _said(request, site, view, event, other)


def _refusal(refused: Exception, verb: str, field: str) -> str:
    """The key of what is to be said of a refused statement."""
    if isinstance(refused, ordering.OrderNotFound | ordering.OrderAmbiguous):
        return "web.order.refused.no_such_order"
    if isinstance(refused, StatementRefused) and refused.why:
        return f"web.order.refused.{refused.why}"
    if str(refused) in ("no_such_mail", "all_mails", "same_order"):
        return f"web.order.refused.{refused}"
    kinds = {"refunded": "amount", "snooze": "day", "same-as": "same_order", "did": "step", "refused": "step"}
    if verb == "set":
        day = field in saying.DAYS or field.endswith(("_date", "_on"))
        return "web.order.refused." + ("amount" if field == "total" else "day" if day else "value")
    return f"web.order.refused.{kinds.get(verb, 'value')}"


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
    return forms.redirect(request, f"/orders/{home}", "web.order.said")


@router.post("/orders/{order_id}/mails/{identity}/move")
def move(request: Request, site: TheSite, user: User, order_id: str, identity: str, to: Short) -> Response:
    """A mail that does not belong here: to an order of its own, to another order, or to none."""
    view = find(site, order_id)
    ids = [view.order.id]
    try:
        if to == "own":
            ids.append(corrections.split(site.store, site.config, view, [identity], now=site.now()))
        else:
            other = None if to == "none" else single.one(site.store, site.config, to, now=site.now())
            if other is None and to != "none":
                raise ordering.OrderNotFound(to)
            if other is not None and _mails(view) == {identity}:  # all of this order: the two are one
                saying.say(
                    site.store, site.config, view.order.id, "same-as", other.order.id, now=site.now(), view=view,
                    other=other,
                )  # fmt: skip
            else:
                corrections.move(site.store, site.config, view, identity, other, now=site.now())
            ids += [other.order.id] if other is not None else []
    except (StatementRefused, ordering.OrderNotFound) as refused:
        return page(request, site, user, view, status=422, error=_refusal(refused, "move", ""))
    # the mail may have been the one that opened the order, and so have given it its id
    homes = {home for home in map(site.store.page_home, _mails(view)) if home is not None}
    after.changed(site, [*ids, *homes])
    stays = next((one for one in (view.order.id, *sorted(homes)) if site.store.events_of([one])), None)
    return forms.redirect(request, f"/orders/{stays}" if stays else "/orders", "web.order.moved")


@router.post("/orders/{order_id}/which")
def which(request: Request, site: TheSite, user: User, order_id: str, mail: Short, to: Short = "") -> Response:
    """The answer to "which order is this mail about?"."""
    view = find(site, order_id)
    homes = {view.order.id, site.store.page_home(mail) or ""}
    try:
        said = corrections.place(site.store, site.config, mail, to, view, now=site.now())
    except (StatementRefused, ordering.OrderNotFound) as refused:
        return page(request, site, user, view, status=422, error=_refusal(refused, "move", ""))
    homes |= {said.order_id, to, site.store.page_home(mail) or ""}
    after.changed(site, homes - {"", "own", "none"})
    stays = [one for one in (site.store.page_home(mail), view.order.id) if one and site.store.events_of([one])]
    return forms.redirect(request, f"/orders/{stays[0]}" if stays else "/orders", "web.order.moved")


def _mails(view: OrderView) -> set[str]:
    return {event.mail for event in view.order.events if event.mail}


# -- mails --------------------------------------------------------------------------------------------------------


@router.get("/orders/{order_id}/mails/{identity}")
def mail(request: Request, site: TheSite, user: User, order_id: str, identity: str) -> Response:
    """A mail of the order: its words, with those marked that prove a value."""
    view = find(site, order_id)
    event = next((e for e in view.order.events if e.mail == identity and e.reading is not None), None)
    if event is None or event.reading is None:
        raise HTTPException(404)
    language, today = user.language, site.today()
    found = pages.summary(view, site.config, None)
    original = showing.original(site.store, event.reading)
    return respond(
        request, "web/order_mail.html.j2", view=view, name=wording.name(found, language), event=event,
        original=original, anchored=_anchored(original.pieces if original is not None else ()),
        doubt=story.doubt(event.reading),
        proofs=list(story.proofs(event.reading, language, today)),
        field=lambda name: story.field_name(name, language), others=_others(site, view),
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
    if identity not in _mails(view):
        raise HTTPException(404)
    html = showing.html_of(site.store, identity)
    if html is None:
        raise HTTPException(404)
    content = (
        f'<!DOCTYPE html><html lang="{escape(view.order.language)}"><head><meta charset="utf-8"><title>-</title>'
        f"<style>{FRAME_STYLE}</style></head><body>{html}</body></html>"
    )
    return HTMLResponse(content, headers={"content-security-policy": FRAME_POLICY})
