"""The review page: what needs the user, why, and what happens if he waits; served by `run` on his own machine.

A page without a build step: HTML from templates, one style sheet, htmx where it helps, all of it in the package. It
calls `run` and nothing below, decides nothing, and changes nothing by GET. Who may come in is told in `gate`.

    site.py       what a running page holds: settings, store, clock, secret, throttle
    gate.py       before any page: host, origin, sizes, transport, who is asking; and the security headers
    keys.py       password, sessions, tokens, CSRF tokens, one-time set-up code
    throttle.py   how often someone may try a password
    templating.py how a page is rendered; flash messages; assets
    factory.py    the application: every module of `pages` that has a `router`
    server.py     the thread that serves it in the service
    first.py      the code for the first password, made by a process of its own
    pages/        one module for each group of pages
    api/          the same as JSON, described by OpenAPI
    static/       style sheet and scripts

Importing this package is cheap; FastAPI is loaded when `app` is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from monitor.config import Config

__all__ = ["app"]


def app(
    config: Config,
    *,
    clock: Callable[[], datetime] | None = None,
    states: Callable[[], Mapping[str, datetime]] | None = None,
) -> FastAPI:
    """The page as an ASGI application.

    `clock` gives the present moment (aware), by default the machine's; `states` tells when each mailbox is tried next.
    """
    from monitor.web.factory import make

    return make(config, clock, states)
