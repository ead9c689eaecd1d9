"""Failed payments on the page: opened by a form, completed, logged, texts to copy, closed when they are solved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, File, Form, HTTPException, Request, UploadFile
from starlette.responses import Response

from monitor import case as payment_case
from monitor import render
from monitor.case import Case, Refused
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
TOLD = (
    "seller", "at", "amount", "method", "issuer", "last_four", "carrier", "charged", "error_code", "message", "account",
    "app_version", "device", "call_at",
)  # fmt: skip
"""What can be added and corrected."""


@router.get("/cases")
def listing(request: Request, site: TheSite, user: User) -> Response:
    """All cases, those that want something first; and the form for a new one."""
    return _listing(request, site, {}, {})


def _listing(request: Request, site: TheSite, typed: Mapping[str, str], wrong: Mapping[str, Refused]) -> Response:
    found = cases.near(site.store, site.config, now=site.now())
    ordered = sorted(found, key=lambda one: (not one.open, -one.at.timestamp()))
    return respond(
        request, "web/cases.html.j2", status=422 if wrong else 200, cases=ordered,
        fields=_fields(ASKED, typed, {}, wrong, forms.visitor(request).language), wrong=bool(wrong),
    )  # fmt: skip


@router.post("/cases")
def open_(
    request: Request, site: TheSite, user: User, seller: Short = "", at: Short = "", amount: Short = "",
    method: Short = "", error_code: Short = "", message: Short = "", account: Short = "", charged: Short = "",
) -> Response:  # fmt: skip
    """Open a case by hand."""
    values = {"seller": seller, "at": at, "amount": amount, "method": method, "error_code": error_code,
              "message": message, "account": account, "charged": charged}  # fmt: skip
    given = {name: value for name, value in values.items() if value.strip() or name == "seller"}
    wrong = cases.refusals(given, site.config, now=site.now())
    if wrong:
        return _listing(request, site, values, wrong)
    with site.store.transaction():
        key = cases.open_case(site.store, site.config, given, now=site.now())
    return forms.redirect(request, f"/cases/{key}", "web.cases.opened")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form. `value`: what stands in it; `was`: what stood in it when it was shown, which is no change.

    `wrong`: why what was typed cannot be taken, in words.
    """

    name: str
    value: str
    was: str
    wrong: str


def _fields(
    names: Sequence[str], typed: Mapping[str, str], known: Mapping[str, str], wrong: Mapping[str, Refused],
    language: str,
) -> list[Field]:  # fmt: skip
    return [
        Field(name, payment_case.cleaned(typed.get(name, known.get(name, ""))), known.get(name, ""),
              _why(wrong[name], language) if name in wrong else "")
        for name in names
    ]  # fmt: skip


def _why(refused: Refused, language: str) -> str:
    """What is to be said of a refused value; a field is called as the form calls it, not as the command line does."""
    values = dict(refused.values)
    if refused.key == "case.refused.empty":
        values["name"] = render.message(f"web.cases.name.{values['name']}", language)
    return render.message(refused.key, language, **values)


def _known(one: Case, zone: ZoneInfo) -> dict[str, str]:
    """What is known of a case, as its form shows it. Whether it was charged: only what the user said himself."""
    moment = "%Y-%m-%dT%H:%M"
    return {
        "seller": render.one_line(one.seller.name, 200),
        "at": one.at.astimezone(zone).strftime(moment),
        "amount": f"{one.amount.amount:f} {one.amount.currency}" if one.amount is not None else "",
        "method": one.method,
        "issuer": one.issuer,
        "last_four": one.last_four,
        "carrier": one.carrier,
        "error_code": one.error_code,
        "account": one.account,
        "app_version": one.app_version,
        "device": one.device,
        "message": one.message,
        "charged": one.charged if one.charged_because == "you" else "",
        "call_at": one.call_at.astimezone(zone).strftime(moment) if one.call_at is not None else "",
    }


@router.get("/cases/{case_id}")
def show(request: Request, site: TheSite, user: User, case_id: str) -> Response:
    """One case: what was charged, what is missing, causes, contacts, texts."""
    found, one = _find(site, case_id)
    if one.id != case_id:
        return forms.redirect(request, f"/cases/{one.id}")
    return _show(request, site, found, one, {}, {})


def _show(
    request: Request, site: TheSite, found: list[Case], one: Case, typed: Mapping[str, str],
    wrong: Mapping[str, Refused],
) -> Response:  # fmt: skip
    texts = [cases.text(found, one, site.config, channel, now=site.now()) for channel in payment_case.CHANNELS]
    kept = site.store.attachments()
    known = _known(one, ZoneInfo(site.config.user.timezone))
    return respond(
        request, "web/case.html.j2", status=422 if wrong else 200, one=one, texts=texts, causes=_causes(one),
        channels=CHANNELS, files=[kept[key] for key in one.files if key in kept], earlier=one.earlier,
        largest=MAX_BYTES // 1_000_000, wrong=bool(wrong),
        fields=_fields(TOLD, typed, known, wrong, forms.visitor(request).language),
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
    request: Request, site: TheSite, user: User, case_id: str, seller: Short = "", at: Short = "", amount: Short = "",
    method: Short = "", issuer: Short = "", last_four: Short = "", carrier: Short = "", error_code: Short = "",
    account: Short = "", app_version: Short = "", device: Short = "", message: Short = "", charged: Short = "",
    call_at: Short = "",
) -> Response:  # fmt: skip
    """Add or correct values: those that are not as they were."""
    found, one = _find(site, case_id)
    typed = {
        "seller": seller, "at": at, "amount": amount, "method": method, "issuer": issuer, "last_four": last_four,
        "carrier": carrier, "error_code": error_code, "account": account, "app_version": app_version, "device": device,
        "message": message, "charged": charged, "call_at": call_at,
    }  # fmt: skip
    known = _known(one, ZoneInfo(site.config.user.timezone))
    changed = {name: value for name, value in typed.items() if value.strip() != known[name].strip()}
    wrong = cases.refusals(changed, site.config, now=site.now())
    if wrong:
        return _show(request, site, found, one, typed, wrong)
    with site.store.transaction():
        for name, value in changed.items():
            cases.set_value(site.store, site.config, one.id, name, value, now=site.now())
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
        except Refused:
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
