"""Failed payments on the page: opened by a form, completed, logged, texts to copy, closed when they are solved."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, HTTPException, Request, UploadFile
from starlette.responses import Response

from monitor import case as payment_case
from monitor import render
from monitor.case import Case
from monitor.evidence import MAX_BYTES, FileRefused
from monitor.knowledge import payment_errors
from monitor.run import cases, evidence
from monitor.web import forms
from monitor.web.forms import TheSite, User
from monitor.web.templating import Nav, respond

router = APIRouter()
NAV = Nav("cases", "/cases", 35)

Short = Annotated[str, Form(max_length=200)]
CHANNELS = ("phone", "chat", "email", "web_form", "app")
ASKED = ("seller", "at", "amount", "method", "error_code", "message", "account", "charged")
"""What the form for a new case asks, in this order; the rest can be added afterwards."""


@router.get("/cases")
def listing(request: Request, site: TheSite, user: User) -> Response:
    """All cases, those that want something first; and the form for a new one."""
    found = cases.near(site.store, site.config, now=site.now())
    ordered = sorted(found, key=lambda one: (not one.open, -one.at.timestamp()))
    return respond(request, "web/cases.html.j2", cases=ordered, asked=ASKED)


@router.post("/cases")
def open_(
    request: Request, site: TheSite, user: User, seller: Short = "", at: Short = "", amount: Short = "",
    method: Short = "", error_code: Short = "", message: Short = "", account: Short = "", charged: Short = "",
) -> Response:  # fmt: skip
    """Open a case by hand."""
    values = {"seller": seller, "at": at, "amount": amount, "method": method, "error_code": error_code,
              "message": message, "account": account, "charged": charged}  # fmt: skip
    try:
        with site.store.transaction():
            key = cases.open_case(site.store, site.config, values, now=site.now())
    except payment_case.Refused as refused:
        return _refused(request, "/cases#new", refused, user.language)
    return forms.redirect(request, f"/cases/{key}", "web.cases.opened")


def _refused(request: Request, place: str, refused: payment_case.Refused, language: str) -> Response:
    """Back to where it was typed; a field is called as the form calls it, not as the command line does."""
    values = dict(refused.values)
    if refused.key == "case.refused.empty":
        values["name"] = render.word("case.item", values["name"], language)
    return forms.redirect(request, place, refused.key, tone="bad", **values)


@router.get("/cases/{case_id}")
def show(request: Request, site: TheSite, user: User, case_id: str) -> Response:
    """One case: what was charged, what is missing, causes, contacts, texts."""
    found, one = _find(site, case_id)
    if one.id != case_id:
        return forms.redirect(request, f"/cases/{one.id}")
    texts = [cases.text(found, one, site.config, channel, now=site.now()) for channel in payment_case.CHANNELS]
    kept = site.store.attachments()
    return respond(
        request, "web/case.html.j2", one=one, texts=texts, causes=_causes(one), channels=CHANNELS,
        files=[kept[key] for key in one.files if key in kept], earlier=one.earlier, largest=MAX_BYTES // 1_000_000,
        fields=[name for name in payment_case.FIELDS if name not in ("order", "case_number")],
    )  # fmt: skip


def _causes(one: Case) -> list[tuple[str, str]]:
    """Causes with the words of the mail that names them ("" where none does); those first."""
    named = {cause.value: cause.quote for cause in one.causes}
    cards, carrier = ("card_data", "balance", "declined"), one.payment == "mobile_carrier"
    known = [cause for cause, _ in payment_errors.load().causes]
    shown = [
        cause for cause in known
        if cause in named or not ((cause == "carrier_limit" and not carrier) or (cause in cards and carrier))
    ]  # fmt: skip
    return [(cause, named.get(cause, "")) for cause in sorted(shown, key=lambda cause: cause not in named)]


@router.post("/cases/{case_id}/set")
def set_(
    request: Request, site: TheSite, user: User, case_id: str, field: Short = "", value: Short = ""
) -> Response:  # fmt: skip
    """Add or correct a value."""
    _, one = _find(site, case_id)
    try:
        with site.store.transaction():
            cases.set_value(site.store, site.config, one.id, field, value, now=site.now())
    except payment_case.Refused as refused:
        return _refused(request, f"/cases/{one.id}", refused, user.language)
    except LookupError:
        return forms.redirect(request, f"/cases/{one.id}", "web.cases.no_order", tone="bad")
    return forms.redirect(request, f"/cases/{one.id}", "web.cases.kept")


@router.post("/cases/{case_id}/contact")
def contact(
    request: Request, site: TheSite, user: User, case_id: str, channel: Short = "", whom: Short = "",
    said: Annotated[str, Form(max_length=1_000)] = "", case_number: Short = "",
) -> Response:  # fmt: skip
    """Log a call, a chat or a mail."""
    _, one = _find(site, case_id)
    if channel not in CHANNELS:
        raise HTTPException(422)
    cases.contact(
        site.store, one.id, channel=channel, whom=whom, said=said, case_number=case_number, now=site.now()
    )  # fmt: skip
    return forms.redirect(request, f"/cases/{one.id}", "web.cases.logged")


@router.post("/cases/{case_id}/close")
def close(request: Request, site: TheSite, user: User, case_id: str, how: Short = "") -> Response:
    """Close a case, or open it again."""
    _, one = _find(site, case_id)
    if how == "reopen":
        cases.reopen(site.store, one.id, now=site.now())
    else:
        try:
            cases.close(site.store, one.id, how, now=site.now())
        except payment_case.Refused:
            raise HTTPException(422) from None
    return forms.redirect(request, f"/cases/{one.id}", "web.cases.kept")


@router.post("/cases/{case_id}/files")
def attach(
    request: Request, site: TheSite, user: User, case_id: str, file: Annotated[UploadFile, File()]
) -> Response:  # fmt: skip
    """Take a screenshot."""
    _, one = _find(site, case_id)
    content = file.file.read(MAX_BYTES + 1)
    try:
        with site.store.transaction():
            kept = evidence.keep(site.store, file.filename or "file", content, now=site.now())
            cases.attached(site.store, one.id, kept.id, now=site.now())
    except FileRefused as refused:
        return forms.redirect(request, f"/cases/{one.id}", f"attach.{refused.key}", tone="bad")
    return forms.redirect(request, f"/cases/{one.id}", "web.evidence.attached", name=kept.name)


@router.get("/cases/{case_id}/files/{file_id}")
def download(request: Request, site: TheSite, user: User, case_id: str, file_id: str) -> Response:
    """An attached file, as it was given."""
    from monitor.web.pages.evidence import as_file

    _, one = _find(site, case_id)
    known = site.store.attachments().get(file_id) if file_id in one.files else None
    content = site.store.attachment(file_id) if known is not None else None
    if known is None or content is None:
        raise HTTPException(404)
    return as_file(known.name, known.content_type, content)


def _find(site: Any, case_id: str) -> tuple[list[Case], Case]:
    found = cases.near(site.store, site.config, now=site.now())
    try:
        return found, cases.find(found, case_id)
    except (cases.CaseNotFound, cases.CaseAmbiguous):
        raise HTTPException(404) from None
