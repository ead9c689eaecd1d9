"""Drafts: read beside the facts that they rest on, edited, approved; forms to copy, calls to note, letters to print.

Nothing leaves by opening a page: every way out is a form with its token, the text that was shown is sealed, and one
click, however often it is made, is one letter.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Query, Request
from starlette.responses import Response

from monitor import evidence, render
from monitor.run import approving, enclosing, pages, preparing, saying, sending
from monitor.run.approving import Approval, NotApproved, Text
from monitor.run.orders import StatementRefused
from monitor.types import Draft
from monitor.web import after, forms, wording
from monitor.web.draft import Shown, load, names_of, page
from monitor.web.forms import TheSite, User
from monitor.web.pages.evidence import as_file
from monitor.web.templating import Nav, respond

router = APIRouter()
NAV = Nav("drafts", "/drafts", 30)

WAIT = 12.0  # seconds that a page waits for a server before it says "on its way"
SENT_SHOWN = 20
PER_PAGE = 50
UNSETTLED = ("queued", "sending", "outcome_unknown", "filed")
LOCKS = frozenset({"news", "changed", "not_ready", "under_way", "differs"})
"""Refusals that mean: what was shown is no longer what is (HTTP 409)."""

Token = Annotated[str, Form(max_length=200)]
Line = Annotated[str, Form(max_length=2_000)]
Body = Annotated[str, Form(max_length=100_000)]
Ids = Annotated[list[str] | None, Form(max_length=200)]


@router.get("/drafts")
def drafts(request: Request, site: TheSite, user: User, page: Annotated[int, Query(ge=1, le=10_000)] = 1) -> Response:
    """The drafts that wait, a page of them, and the letters that went out last."""
    waiting, count = site.store.undecided_drafts(PER_PAGE, (page - 1) * PER_PAGE)
    letters = {row.draft_id: row for row in site.store.outbox(status=UNSETTLED)}
    sent = site.store.outbox(status=("sent",))[-SENT_SHOWN:][::-1] if page == 1 else []
    names = names_of(site, {draft.order_id for draft in waiting} | {row.order_id for row in sent}, user.language)
    return respond(
        request, "web/drafts.html.j2", waiting=waiting, letters=letters, sent=sent, names=names, count=count, page=page,
        per_page=PER_PAGE, rung=lambda rung: wording.rung_name(rung, user.language),
        clocks=_clocks(site, waiting, user.language),
    )  # fmt: skip


def _clocks(site: TheSite, waiting: Sequence[Draft], language: str) -> dict[str, list[wording.Phrase]]:
    """By draft, where it is that of the next step of its order or of the one that ends first: its days."""
    if not pages.current(site.store, site.config, now=site.now()):
        return {}  # they are made anew by the next page that lists orders
    kept = site.store.summaries({draft.order_id for draft in waiting})
    found = {key: pages.read(summary) for key, summary in kept.items()}
    return {
        draft.id: wording.clock(one, site.today(), language)
        for draft in waiting
        if (one := found.get(draft.order_id)) is not None
        and draft.rung in {ahead.rung for ahead in (one.step, one.closing) if ahead is not None}
    }


@router.get("/drafts/{draft_id}")
def draft(request: Request, site: TheSite, user: User, draft_id: str) -> Response:
    """The page of one draft."""
    return page(request, site, user, load(site, draft_id))


# -- what can be done with it -------------------------------------------------------------------------------------


@router.post("/drafts/{draft_id}/save")
def save(
    request: Request, site: TheSite, user: User, draft_id: str, subject: Line = "", body: Body = "", to: Line = "",
    enclose: Ids = None, pack: Token = "",
) -> Response:  # fmt: skip
    """The user's own words, and which files he wants to go along."""
    shown = load(site, draft_id)
    text = approving.cleaned(to, subject, body, _chosen(site, shown, enclose or (), pack))
    try:
        if shown.news:
            raise NotApproved("news", shown.news)
        if text != approving.text_of(shown.draft):
            approving.edit(site.store, shown.draft, text, now=site.now())
    except NotApproved as refused:
        return _refused(request, site, user, shown, refused, text)
    return forms.redirect(request, f"/drafts/{draft_id}", "web.draft.saved")


def _chosen(site: TheSite, shown: Shown, enclose: Sequence[str], pack: str) -> tuple[str, ...]:
    """The files that a form names, as far as they belong here, and the evidence pack where it asks for one."""
    order = shown.view.order if shown.view is not None else None
    ids = enclosing.of_letter(shown.draft, order, site.store, enclose)
    if not pack or not shown.open or shown.view is None or any(enclosing.is_pack(one) for one in ids):
        return ids
    try:
        return (*ids, enclosing.print_pack(site.store, site.config, shown.view, shown.draft, now=site.now()).id)
    except evidence.NoTypst:
        return ids


@router.post("/drafts/{draft_id}/approve")
def approve(
    request: Request,
    site: TheSite,
    user: User,
    draft_id: str,
    way: Token,
    seal: Token,
    nonce: Token,
    subject: Line = "",
    body: Body = "",
    to: Line = "",
    checked: Token = "",
    early: Token = "",
    enclose: Ids = None,
    pack: Token = "",
) -> Response:
    """The yes to the very text and files that were shown: kept, and then sent, put into Drafts, or left to the user."""
    shown = load(site, draft_id)
    text = approving.cleaned(to, subject, body, _chosen(site, shown, enclose or (), pack))
    approval = Approval(draft_id, text, seal, nonce, way, checked=bool(checked), early=bool(early))
    view = shown.view
    try:
        row = approving.approve(
            site.store, site.config, approval, now=site.now(), order=view.order if view is not None else None,
            step=preparing.step_of(view, site.config, shown.draft.rung) if view is not None else None,
        )  # fmt: skip
    except NotApproved as refused:
        if refused.why == "differs" and shown.open:
            # kept, so that nothing typed is lost; sent only after it was shown
            shown = _kept(site, shown, text)
        return _refused(request, site, user, shown, refused, text)
    if row.status == "queued":
        sending.start(site.store, site.config, row.id, clock=site.now, wait=WAIT, environ=os.environ)
    after.changed(site, [row.order_id])
    return _said(request, site, row.id)


def _kept(site: TheSite, shown: Shown, text: Text) -> Shown:
    """Keep what was typed and chosen. What cannot be kept is shown again from the form itself."""
    try:
        approving.edit(site.store, shown.draft, text, now=site.now())
    except NotApproved:
        return shown
    return load(site, shown.draft.id)


def _said(request: Request, site: TheSite, row_id: str) -> Response:
    row = site.store.outgoing(row_id)
    if row is None:
        raise HTTPException(404)
    tone = {"sent": "good", "filed": "good", "failed": "bad", "outcome_unknown": "warn"}.get(row.status, "warn")
    by_way = row.status == "filed" or (row.status == "queued" and row.way == "drafts")
    key = f"{row.status}_{row.way}" if by_way else row.status
    return forms.redirect(request, f"/drafts/{row.draft_id}", f"web.draft.said.{key}", tone=tone, to=row.recipient)


def _refused(request: Request, site: TheSite, user: User, shown: Shown, refused: NotApproved, text: Text) -> Response:
    status = 409 if refused.why in LOCKS else 422
    if refused.why == "news":
        after.changed(site, [shown.draft.order_id])  # the draft is locked now, and the next one made
        shown = load(site, shown.draft.id)
    if refused.why == "differs" and shown.news:
        refused = NotApproved("news", shown.news)  # it was locked meanwhile: to approve it once more is no way out
    if refused.why == "changed":
        return page(request, site, user, shown, status=status, error="approval.changed", stale=text)
    return page(
        request, site, user, shown, status=status, error=f"approval.{refused.why}", text=text, events=refused.events
    )


@router.post("/drafts/{draft_id}/settle")
def settle(request: Request, site: TheSite, user: User, draft_id: str, row: Token, word: Token) -> Response:
    """The user's word on a letter whose fate only he knows."""
    found = site.store.outgoing(row)
    if found is None or found.draft_id != draft_id or word not in ("sent", "not_sent"):
        raise HTTPException(404)
    if not sending.settle(site.store, found, word, now=site.now()):
        return forms.redirect(request, f"/drafts/{draft_id}", "web.draft.settled_already", tone="warn")
    after.changed(site, [found.order_id])
    return forms.redirect(request, f"/drafts/{draft_id}", f"web.draft.settled.{word}")


@router.post("/drafts/{draft_id}/discard")
def discard(request: Request, site: TheSite, user: User, draft_id: str) -> Response:
    """Away with it; its page then offers to take it back."""
    return _put(request, site, user, draft_id, approving.discard)


@router.post("/drafts/{draft_id}/restore")
def restore(request: Request, site: TheSite, user: User, draft_id: str) -> Response:
    """What was put away is there again, as it was."""
    return _put(request, site, user, draft_id, approving.restore, "web.draft.restored")


def _put(
    request: Request, site: TheSite, user: User, draft_id: str, deed: Callable[..., None], said: str | None = None
) -> Response:
    shown = load(site, draft_id)
    try:
        deed(site.store, shown.draft, now=site.now())
    except NotApproved as refused:
        return _refused(request, site, user, shown, refused, approving.text_of(shown.draft))
    after.changed(site, [shown.draft.order_id])
    return forms.redirect(request, f"/drafts/{draft_id}", said)


@router.post("/drafts/{draft_id}/redo")
def redo(request: Request, site: TheSite, user: User, draft_id: str, sure: Token = "") -> Response:
    """The same step drafted anew, with the facts and the day of now. Before the user's own words go, he is asked."""
    shown = load(site, draft_id)
    if shown.view is None:
        raise HTTPException(404)
    if shown.draft.edited and not sure:
        return page(request, site, user, shown, asked="redo")
    try:
        fresh = approving.redo(site.store, shown.view, now=site.now(), fresh=_anew(site, shown))
    except NotApproved as refused:
        return _refused(request, site, user, shown, refused, approving.text_of(shown.draft))
    after.changed(site, [fresh.order_id])
    return forms.redirect(request, f"/drafts/{fresh.id}", "web.draft.redone")


def _anew(site: TheSite, shown: Shown) -> Draft | None:
    """The text of now for the draft's own step; None where there is none any more: then it is the next step's."""
    if shown.view is None:
        return None
    try:
        return preparing.made(shown.view, site.config, shown.draft.rung, site.now()).draft
    except preparing.NotPrepared:
        return None


@router.post("/drafts/{draft_id}/did")
def did(
    request: Request,
    site: TheSite,
    user: User,
    draft_id: str,
    verb: Token,
    on: Token = "",
    by: Token = "",
    case: Token = "",
    person: Token = "",
    note: Body = "",
) -> Response:
    """A call, form, chat or letter of the user's own: done, with what was said."""
    shown = load(site, draft_id)
    if shown.view is None or verb not in ("did", "refused"):
        raise HTTPException(404)
    details = {"on": on, "by": by, "case": case, "person": person, "note": note}
    try:
        saying.say(
            site.store, site.config, shown.draft.order_id, verb, shown.draft.rung, now=site.now(), details=details,
            view=shown.view,
        )  # fmt: skip
    except StatementRefused:
        kept = {name: render.mask_secrets(value) for name, value in details.items()}
        return page(request, site, user, shown, status=422, error="web.order.refused.step", logged=kept)
    if shown.draft.status in ("ready", "locked"):
        site.store.set_draft_status(draft_id, "done", site.now())
    after.changed(site, [shown.draft.order_id])
    return forms.redirect(request, f"/orders/{shown.draft.order_id}", "web.draft.noted")


@router.get("/drafts/{draft_id}/files/{file_id}")
def enclosed(request: Request, site: TheSite, user: User, draft_id: str, file_id: str) -> Response:
    """A file that was chosen for the letter, to be looked at before it goes."""
    stored = approving.find_or_none(site.store, draft_id)
    known = [one for one in enclosing.chosen(site.store, stored.enclosed if stored else ()) if one.id == file_id]
    content = site.store.attachment(file_id) if known else None
    if not known or content is None:
        raise HTTPException(404)
    return as_file(known[0].name, known[0].content_type, content)


@router.get("/drafts/{draft_id}/print")
def paper(request: Request, site: TheSite, user: User, draft_id: str) -> Response:
    """The text as a letter on paper: for the browser's own print."""
    shown = load(site, draft_id)
    return respond(request, "web/draft_print.html.j2", draft=shown.draft, user_name=site.config.user.name)


@router.get("/drafts/{draft_id}/letter.pdf")
def pdf(request: Request, site: TheSite, user: User, draft_id: str) -> Response:
    """The text as a PDF in the form that the post office certifies."""
    from monitor.run import evidence as packs

    shown = load(site, draft_id)
    if shown.view is None:
        raise HTTPException(404)
    try:
        content: Any = packs.certified(shown.view, shown.draft, site.config, now=site.now())
    except evidence.NoTypst:
        return forms.redirect(request, f"/drafts/{draft_id}", "web.draft.no_typst", tone="warn")
    headers = {"content-disposition": f'attachment; filename="letter-{shown.draft.id}.pdf"'}
    return Response(content, media_type="application/pdf", headers=headers)
