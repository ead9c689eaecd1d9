"""The files of `static`, under names that change with their content, so that browsers may keep them for ever."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException
from starlette.responses import Response

from monitor.web import templating

router = APIRouter()


@router.get("/static/{name}")
def static(name: str) -> Response:
    """A file by its hashed name."""
    for asset in templating.assets().values():
        if asset.url == f"/static/{name}":
            headers = {"cache-control": "public, max-age=31536000, immutable"}
            return Response(asset.content, media_type=asset.content_type, headers=headers)
    raise HTTPException(404)


@router.get("/favicon.ico")
def favicon() -> Response:
    """Browsers ask for it whatever the page says."""
    icon = templating.assets()["icon.svg"]
    return Response(icon.content, media_type=icon.content_type, headers={"cache-control": "public, max-age=86400"})
