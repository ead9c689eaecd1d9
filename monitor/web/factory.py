"""The application: the gate, every module of `pages` that has a `router`, the API, and answers to errors.

A page is added by adding a module: nothing is registered by hand.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from monitor import render
from monitor.config import Config
from monitor.store.words import StoreError
from monitor.web import api, forms, pages, templating
from monitor.web.gate import Gate, told
from monitor.web.site import Site

THREADS = 6  # requests that are worked on at once: one user, and memory for each thread

log = logging.getLogger("refund-monitor")


def make(
    config: Config,
    clock: Callable[[], datetime] | None = None,
    states: Callable[[], Mapping[str, datetime]] | None = None,
) -> FastAPI:
    """The application for these settings; see `monitor.web.app`."""
    site = Site(config, clock, states)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        from anyio import to_thread

        to_thread.current_default_thread_limiter().total_tokens = THREADS
        yield
        site.close()

    app = FastAPI(
        title="Refund monitor",
        version="1",
        description="What the page shows, as JSON. Amounts are decimal strings, times ISO 8601 with offset.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # its scripts come from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        dependencies=[Depends(forms.checked)],
    )
    app.state.site = site
    menu: list[templating.Nav] = []
    for found in sorted(iter_modules(pages.__path__), key=lambda module: module.name):
        module = import_module(f"{pages.__name__}.{found.name}")
        app.include_router(module.router, include_in_schema=False)
        menu += [module.NAV] if hasattr(module, "NAV") else []
    app.include_router(api.router)
    app.state.menu = sorted(menu, key=lambda entry: entry.rank)
    app.add_middleware(Gate, site=site)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    app.add_exception_handler(StoreError, _store)
    app.add_exception_handler(Exception, _unexpected)
    return app


def _json(request: Request) -> bool:
    return request.url.path.startswith("/api/")


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = error.detail if isinstance(error.detail, str) else ""
    if _json(request):
        return JSONResponse({"detail": detail or str(error.status_code)}, error.status_code, error.headers)
    return templating.failure(request, error.status_code, detail)


async def _misunderstood(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    if not _json(request):
        return templating.failure(request, 400)
    # the place and what is wrong, never what was given
    what: list[dict[str, Any]] = [{"loc": list(e["loc"]), "msg": e["msg"], "type": e["type"]} for e in error.errors()]
    return JSONResponse({"detail": what}, 422)


async def _store(request: Request, error: Exception) -> Response:
    if _json(request):
        return JSONResponse({"detail": str(error)}, 503)
    language = forms.visitor(request).language
    return told(request, 503, language, render.message("web.error.store", language), str(error), back="/")


async def _unexpected(request: Request, error: Exception) -> Response:
    # where it happened and of what kind, never what it held: messages of exceptions can quote mails
    place, trace = "", error.__traceback__
    while trace is not None:
        place, trace = f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}", trace.tb_next
    route = getattr(request.scope.get("route"), "path", "?")
    log.error("The page failed: %s at %s (%s)", type(error).__name__, place, route)
    # the server closes the connection after such an answer: who does not know sends his next question into the void
    ends = {"connection": "close"}
    if _json(request):
        return JSONResponse({"detail": "an error of the program; the log names the place"}, 500, ends)
    answer = templating.failure(request, 500)
    answer.headers.update(ends)
    return answer
