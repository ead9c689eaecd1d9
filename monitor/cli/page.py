"""`page`: where the page is, and the keys to it: a new password, tokens for other programs, the calendar's address."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from monitor.cli import screen
from monitor.cli.words import say

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.store import Store


def page(
    store: Store, config: Config, now: datetime, *, forget: bool, token: str | None, calendar: bool, revoke: bool
) -> None:
    """Do what is asked; with nothing, say where the page is."""
    from monitor.web import keys
    from monitor.web.site import Site

    site = Site(config, lambda: now)
    address = config.web.address()
    try:
        if revoke:
            screen.put(say("page.revoked", count=store.drop_keys(keys.API) + store.drop_keys(keys.CALENDAR)))
        if forget:
            screen.put(say("page.forgotten", address=f"{address}/setup", code=keys.forget_password(store)))
        if token is not None:
            screen.put(say("page.token", token=keys.new_token(site, keys.API, token)))
        if calendar:
            secret = keys.new_token(site, keys.CALENDAR, "calendar")
            screen.put(say("page.calendar", address=f"{address}/calendar/{secret}.ics"))
        if not (revoke or forget or token is not None or calendar):
            screen.put(say("page.address", address=address) if config.web.enabled else say("page.off"))
            if not keys.has_password(store):
                screen.put(say("page.no_password", address=f"{address}/setup", code=keys.new_code(store)))
    finally:
        site.close()
