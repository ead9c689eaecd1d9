"""Evidence on the page: what belongs to an order besides its mails, the pack to send with a claim, the seller check."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, HTTPException, Request, UploadFile
from starlette.responses import Response

from monitor import render, sellercheck
from monitor.evidence import MAX_BYTES, FileRefused, NoTypst, available
from monitor.run import cases, evidence, sellers
from monitor.run.orders import OrderView
from monitor.web import after, forms
from monitor.web.forms import TheSite, User
from monitor.web.order import find
from monitor.web.templating import respond

router = APIRouter()

_INLINE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def seller_part(request: Request, site: TheSite, view: OrderView) -> tuple[str, dict[str, Any]]:
    """The seller check, for the page of an order."""
    past = sellers.listed_past(site.store, view.order.id)
    language = forms.visitor(request).language
    return "web/seller_check.html.j2", {
        "check": sellers.seller_check(view, (), site.config, past=past),
        "said": lambda point: sellercheck.said(point, language),
    }


def files_part(request: Request, site: TheSite, view: OrderView) -> tuple[str, dict[str, Any]]:
    """Files, notes and the evidence pack, for the page of an order."""
    return "web/evidence.html.j2", _values(site, view)


ORDER_PARTS = ((50, seller_part), (60, files_part))


def _values(site: TheSite, view: OrderView) -> dict[str, Any]:
    notes = [event for event in view.order.events if event.kind == "note"]
    return {
        "id": view.order.id,
        "files": evidence.files_of(site.store, view.order),
        "notes": notes,
        "said": {e.payload["attachment"]: e.payload.get("said", "") for e in view.order.events if e.kind == "attached"},
        "printable": available(),
        "letter": view.draft is not None and view.draft.language in render.LANGUAGES,
        "largest": MAX_BYTES // 1_000_000,
        "bytes": MAX_BYTES,
    }


@router.get("/orders/{order_id}/files")
def files(request: Request, site: TheSite, user: User, order_id: str) -> Response:
    """The files of an order by themselves."""
    view = find(site, order_id)
    return respond(request, "web/files.html.j2", view=view, part=_values(site, view))


@router.post("/orders/{order_id}/files")
def attach(
    request: Request, site: TheSite, user: User, order_id: str, file: Annotated[UploadFile, File()],
    note: Annotated[str, Form(max_length=2_000)] = "",
) -> Response:  # fmt: skip
    """Take a file."""
    view = find(site, order_id)
    target = f"/orders/{view.order.id}#evidence"
    content = file.file.read(MAX_BYTES + 1)
    before = {one.id for one in evidence.files_of(site.store, view.order)}
    try:
        kept = evidence.attach(site.store, view.order, file.filename or "file", content, now=site.now(), note=note)
    except FileRefused as refused:
        return respond(
            request, "web/files.html.j2", status=422, view=view, part=_values(site, view),
            wrong_file=f"attach.{refused.key}", typed_note=render.mask_secrets(note),
        )  # fmt: skip
    after.changed(site, [view.order.id])
    if kept.id in before:
        return forms.redirect(request, target, "web.evidence.there", tone="warn", name=kept.name)
    return forms.redirect(request, target, "web.evidence.attached", name=kept.name)


@router.get("/orders/{order_id}/files/{file_id}")
def download(request: Request, site: TheSite, user: User, order_id: str, file_id: str) -> Response:
    """An attached file, as it was given; never run by the browser."""
    view = find(site, order_id)
    known = next((one for one in evidence.files_of(site.store, view.order) if one.id == file_id), None)
    content = site.store.attachment(file_id) if known is not None else None
    if known is None or content is None:
        raise HTTPException(404)
    return as_file(known.name, known.content_type, content, inline=known.content_type in _INLINE)


@router.post("/orders/{order_id}/files/{file_id}/delete")
def detach(request: Request, site: TheSite, user: User, order_id: str, file_id: str) -> Response:
    """Take a file back."""
    view = find(site, order_id)
    if not evidence.detach(site.store, view.order, file_id, now=site.now()):
        raise HTTPException(404)
    after.changed(site, [view.order.id])
    return forms.redirect(request, f"/orders/{view.order.id}#evidence", "web.evidence.detached")


@router.post("/orders/{order_id}/notes")
def note(
    request: Request, site: TheSite, user: User, order_id: str, text: Annotated[str, Form(max_length=2_000)] = ""
) -> Response:
    """Take a note."""
    view = find(site, order_id)
    target = f"/orders/{view.order.id}#evidence"
    try:
        evidence.add_note(site.store, view.order, text, now=site.now())
    except ValueError:
        return forms.redirect(request, target, "web.evidence.no_note", tone="bad")
    after.changed(site, [view.order.id])
    return forms.redirect(request, target, "web.evidence.noted")


@router.get("/orders/{order_id}/evidence.{ending}")
def pack(
    request: Request, site: TheSite, user: User, order_id: str, ending: str, language: str | None = None
) -> Response:
    """The evidence pack: `evidence.zip` with everything, `evidence.pdf` alone."""
    if ending not in ("zip", "pdf") or (language is not None and language not in render.LANGUAGES):
        raise HTTPException(404)
    view = find(site, order_id)
    try:
        made = evidence.pack(
            site.store, site.config, view, now=site.now(), language=language,
            more=cases.files_for(site.store, site.config, view.order.id, now=site.now(), views=[view]),
        )  # fmt: skip
    except NoTypst:
        return forms.redirect(request, f"/orders/{view.order.id}#evidence", "pack.no_typst", tone="warn")
    if ending == "zip":
        return as_file(f"{made.stem}.zip", "application/zip", made.archive)
    return as_file(f"{made.stem}.pdf", "application/pdf", made.pdf)


@router.post("/orders/{order_id}/letter.pdf")
def letter(
    request: Request, site: TheSite, user: User, order_id: str, address: Annotated[str, Form(max_length=300)] = ""
) -> Response:
    """The letter of the next step as the post office takes it (내용증명)."""
    view = find(site, order_id)
    if view.draft is None:
        raise HTTPException(404)
    try:
        content = evidence.certified(view, view.draft, site.config, now=site.now(), address=address)
    except NoTypst:
        return forms.redirect(request, f"/orders/{view.order.id}#evidence", "pack.no_typst", tone="warn")
    return as_file(f"letter-{view.draft.id}.pdf", "application/pdf", content)


def as_file(name: str, content_type: str, content: bytes, *, inline: bool = False) -> Response:
    """A file to be kept, under a name in any script (RFC 6266); what it is, is not guessed by the browser."""
    from urllib.parse import quote

    plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "._-") else "_" for sign in name)
    place = "inline" if inline else "attachment"
    headers = {
        "content-disposition": f"{place}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'; frame-ancestors 'self'",
        "cache-control": "private, no-store",
    }
    return Response(content, media_type=content_type, headers=headers)
