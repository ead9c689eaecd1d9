"""Settings, to read: mailboxes and how they fare, periods, rules with their dates; and keys for other programs.

The settings themselves stay in the config file: a page that could change them would be worth breaking into.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from starlette.responses import Response

from monitor import render
from monitor.run import pages
from monitor.web import forms, keys
from monitor.web.forms import TheSite, User
from monitor.web.templating import Nav, respond

router = APIRouter()
NAV = Nav("settings", "/settings", 60)

OLD_DAYS = 365  # a file of rules whose facts are older is marked
KINDS = (keys.API, keys.CALENDAR)


@router.get("/settings")
def settings(request: Request, site: TheSite, user: User) -> Response:
    """All of it."""
    return _show(request, site, user)


@router.post("/settings/keys")
def new_key(
    request: Request, site: TheSite, user: User, kind: Annotated[str, Form(max_length=20)],
    name: Annotated[str, Form(max_length=80)] = "",
) -> Response:  # fmt: skip
    """Make a token for another program, or an address for a calendar, and show it: this once."""
    if kind not in KINDS:
        raise HTTPException(400)
    secret = keys.new_token(site, kind, " ".join(name.split()) or kind)
    shown = secret if kind == keys.API else f"{site.config.web.address()}/calendar/{secret}.ics"
    return _show(request, site, user, made=(kind, shown))


@router.post("/settings/keys/drop")
def drop_key(request: Request, site: TheSite, user: User, key: Annotated[str, Form(max_length=64)]) -> Response:
    """Make a key void."""
    allowed = {one.hash for kind in KINDS for one in site.store.keys(kind, site.now())}
    if key not in allowed:
        raise HTTPException(404)
    site.store.drop_key(key)
    return forms.redirect(request, "/settings", "web.settings.dropped")


@router.post("/settings/sessions/end")
def end_sessions(request: Request, site: TheSite, user: User) -> Response:
    """Log everyone out, this browser too."""
    site.store.drop_keys(keys.SESSION)
    return forms.redirect(request, "/login")


def _show(request: Request, site: TheSite, user: User, made: tuple[str, str] | None = None) -> Response:
    from monitor.knowledge.rights import load_rights
    from monitor.workdays import Calendar

    config, now, language = site.config, site.now(), user.language
    rights = load_rights()
    calendar = Calendar(config.user.country, config.calendar.extra_holidays)
    today = site.today()
    periods = [(name, getattr(config.expect, name)) for name in ("dispatch", "delivery", "refund", "answer")]
    return respond(
        request, "web/settings.html.j2", view=Mailboxes(pages.accounts(site.store, config)), config=config,
        states=site.account_states(), made=made, tokens=site.store.keys(keys.API, now),
        calendars=site.store.keys(keys.CALENDAR, now), sessions=len(site.store.keys(keys.SESSION, now)),
        packs=[(pack, (today - pack.compiled).days > OLD_DAYS) for pack in rights.packs],
        checked=max((rule.checked_on for rule in rights.rules.values() if rule.checked_on), default=None),
        holidays=calendar.known_until() if calendar.known else None,
        periods=[(name, "" if period is None else render.span(period, language)) for name, period in periods],
        country=lambda code: _country(code, language), pack_name=lambda name: _pack(name, language),
        version=version(), place=site.store.place, counts=site.store.count(),
    )  # fmt: skip


def _country(code: str, language: str) -> str:
    """A country by its name; the code where Babel knows none."""
    from babel import Locale

    return str(Locale.parse(language).territories.get({"UK": "GB"}.get(code, code), code))


def _pack(name: str, language: str) -> str:
    """What a file of rules is about: a country's law, or a kind of payment."""
    stem = name.rpartition("/")[2].partition(".")[0]
    if render.has_message(f"web.pack.{stem}", language):
        return render.message(f"web.pack.{stem}", language)
    return render.message("web.pack.law", language, country=_country(stem.upper(), language))


class Mailboxes:
    """`view.accounts`, as `accounts.html.j2` wants it."""

    def __init__(self, accounts: tuple[object, ...]) -> None:
        self.accounts = accounts


def version() -> str:
    """The version of the program."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("refund-monitor")
    except PackageNotFoundError:  # run from a checkout that was not installed
        return "–"
