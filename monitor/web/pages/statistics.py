"""Statistics: money recovered, open and lost; days per rung; sellers by reliability; what moved month by month."""

from __future__ import annotations

from decimal import Decimal

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from monitor import render
from monitor.evidence import NoTypst
from monitor.run import statistics
from monitor.types import Money
from monitor.web import wording
from monitor.web.forms import TheSite, User
from monitor.web.templating import Nav, respond

router = APIRouter()
NAV = Nav("statistics", "/statistics", 50)

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 720, 260, 96, 12, 28
"""The drawing, in the units of its own coordinates."""

MOST_SELLERS = 40
MOST_CHARTS = 3


@router.get("/statistics")
def page(request: Request, site: TheSite, user: User) -> Response:
    """All figures, each chart with its table."""
    figures, fresh = statistics.recent(site.store, site.config, now=site.now())
    charts = [statistics.chart(figures, currency, user.language) for currency in figures.currencies[:MOST_CHARTS]]
    return respond(
        request, "web/statistics.html.j2", figures=figures, fresh=fresh,
        charts=[(drawn, _drawing(drawn)) for drawn in charts], series=statistics.SERIES,
        sellers=figures.sellers[:MOST_SELLERS], more=max(0, len(figures.sellers) - MOST_SELLERS),
        amount=lambda value, currency: render.money(Money(Decimal(value), currency), user.language),
        rung=lambda rung: wording.rung_name(rung, user.language),
    )  # fmt: skip


@router.get("/statistics/{currency}.png")
def picture(request: Request, site: TheSite, user: User, currency: str) -> Response:
    """A chart as a picture, to be put elsewhere."""
    figures, _ = statistics.recent(site.store, site.config, now=site.now())
    if currency not in figures.currencies:
        raise HTTPException(404)
    try:
        content = statistics.picture(statistics.chart(figures, currency, user.language), user.language)
    except NoTypst:
        raise HTTPException(404) from None
    return Response(content, media_type="image/png", headers={"cache-control": "private, no-store"})


def _drawing(drawn: statistics.Chart) -> dict[str, object]:
    """Where everything of a chart lies, in whole units: lines with their labels, columns with their bars."""
    high = HEIGHT - TOP - BOTTOM
    wide = (WIDTH - LEFT) / max(1, len(drawn.columns))
    bar = wide * 0.78 / len(statistics.SERIES)
    lines = [(round(TOP + high * (1 - at), 1), text) for at, text in drawn.lines]
    columns = []
    for place, column in enumerate(drawn.columns):
        left = LEFT + wide * place
        bars = [
            {
                "series": one.series,
                "x": round(left + wide * 0.11 + bar * number, 1),
                "y": round(TOP + high * (1 - one.share), 1),
                "width": round(bar * 0.9, 1),
                "height": round(high * one.share, 1),
                "text": f"{column.whole}: {one.text}",
            }
            for number, one in enumerate(column.bars)
            if one.share > 0
        ]
        columns.append({"name": column.name, "x": round(left + wide / 2, 1), "bars": bars})
    return {"width": WIDTH, "height": HEIGHT, "left": LEFT, "lines": lines, "columns": columns, "foot": HEIGHT - 8}
