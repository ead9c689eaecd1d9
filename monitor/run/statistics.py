"""Statistics of the store: gathers the orders of a moment and hands them to `statistics`; and the chart's shape.

In charge of what counts as open (the digest's sum) and of turning months into the bars of a chart, for the page's SVG
and for a picture. It words nothing but labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from monitor import digest as digests
from monitor import evidence, render, statistics
from monitor.config import Config
from monitor.run import orders
from monitor.statistics import Statistics
from monitor.types import Money

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from monitor.run.orders import OrderView
    from monitor.store import Store

SERIES = ("spent", "recovered", "lost")


@dataclass(frozen=True, slots=True)
class BarOfMonth:
    """A bar: its series, its height from 0 to 1, its amount in words."""

    series: str
    share: float
    text: str


@dataclass(frozen=True, slots=True)
class Column:
    """A month of the chart: its name, short and whole, its bars, and everything in one sentence."""

    name: str
    whole: str
    bars: tuple[BarOfMonth, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of one currency, ready to be drawn: lines (place from 0 to 1, label) and columns."""

    currency: str
    title: str
    description: str
    lines: tuple[tuple[float, str], ...]
    columns: tuple[Column, ...]


def gather(
    store: Store, config: Config, *, now: datetime, views: Sequence[OrderView] | None = None
) -> Statistics:  # fmt: skip
    """The figures as of `now`. `views`: the orders of `now`, where the caller has them."""
    found = orders.orders(store, config, None, now) if views is None else views
    return of_views(found, config, now=now)


def odds(views: Sequence[OrderView], config: Config, rung: str, *, now: datetime) -> statistics.RungTime | None:
    """How letters of this rung fared so far: how many were answered, in how many days; None where none was sent."""
    return next((one for one in of_views(views, config, now=now).rungs if one.rung == rung), None)


KEPT = "page.statistics"
"""Setting: the figures as they were last worked out, and what they were made from (JSON)."""

MOST_AT_ONCE = 3_000
"""Orders that are looked at anew while somebody waits; with more, the figures of the last pass are shown."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Figures with the stamp of what they were made from."""

    stamp: str
    figures: Statistics


@cache
def _adapter() -> TypeAdapter[Kept]:
    from pydantic import TypeAdapter

    return TypeAdapter(Kept)


def keep(store: Store, figures: Statistics) -> None:
    """Keeps figures for the page, as made from what the store holds now."""
    store.set_setting(KEPT, _adapter().dump_json(Kept(_stamp(store, figures.today), figures)).decode())


def recent(store: Store, config: Config, *, now: datetime) -> tuple[Statistics, bool]:
    """The figures, and whether they are those of this moment: of many orders, those of the last pass are given."""
    today = render.local_day(now, config.user.timezone)
    kept = store.get_setting(KEPT)
    found = _read(kept) if kept is not None else None
    if found is not None:
        if found.stamp == _stamp(store, today):
            return found.figures, True
        if found.figures.orders > MOST_AT_ONCE:
            return found.figures, False
    figures = gather(store, config, now=now)
    keep(store, figures)
    return figures, True


def current(store: Store, config: Config, *, now: datetime) -> Statistics | None:
    """The figures that are kept, where they are those of this moment."""
    kept = store.get_setting(KEPT)
    found = _read(kept) if kept is not None else None
    return (
        found.figures if found and found.stamp == _stamp(store, render.local_day(now, config.user.timezone)) else None
    )


def keep_today(store: Store, config: Config, *, now: datetime) -> None:
    """Once a day: works the figures out anew, so that those of many orders, which no page waits for, are not old."""
    kept = store.get_setting(KEPT)
    found = _read(kept) if kept is not None else None
    if found is None or found.figures.today != render.local_day(now, config.user.timezone):
        keep(store, of_views(orders.orders(store, config, None, now, steps=False), config, now=now))


def _read(kept: str) -> Kept | None:
    """What another version of the program kept may look otherwise: then it is made anew."""
    try:
        return _adapter().validate_json(kept)
    except ValueError:
        return None


def _stamp(store: Store, today: date) -> str:
    return f"{store.page_generation()}/{today.isoformat()}"


def of_views(views: Sequence[OrderView], config: Config, *, now: datetime) -> Statistics:
    """The figures of these orders."""
    judgements = {view.order.id: view.judgement for view in views}
    owed: dict[str, Money] = {}
    for view in views:
        for money, _ in digests.money_open([view.order], judgements).values():
            owed[view.order.id] = money
    zone = config.user.timezone
    return statistics.figures(
        [view.order for view in views], judgements, owed, today=render.local_day(now, zone), timezone=zone
    )


def chart(figures: Statistics, currency: str, language: str) -> Chart:
    """The monthly chart of one currency, in `language`."""
    values = [_of(month, name).get(currency, Decimal(0)) for month in figures.months for name in SERIES]
    steps = statistics.steps_of(values)
    top = steps[-1]

    def money(value: Decimal) -> str:
        return render.money(Money(value, currency), language)

    columns = []
    for month in figures.months:
        bars = [
            BarOfMonth(name, float(value / top), f"{render.message(f'statistics.{name}', language)} {money(value)}")
            for name in SERIES
            for value in [_of(month, name).get(currency, Decimal(0))]
        ]
        said = ", ".join(bar.text for bar in bars if bar.share > 0) or render.message("statistics.nothing", language)
        whole = render.month(month.first, language)
        columns.append(Column(render.month_short(month.first, language), whole, tuple(bars), f"{whole}: {said}"))
    first, last = figures.months[0].first, figures.months[-1].first
    description = render.message(
        "statistics.chart.description", language, first=render.month(first, language),
        last=render.month(last, language),
        **{name: money(sum((_of(m, name).get(currency, Decimal(0)) for m in figures.months), Decimal(0)))
           for name in SERIES},
    )  # fmt: skip
    return Chart(
        currency,
        render.message("statistics.chart.title", language, currency=currency),
        description,
        tuple((float(step / top), money(step)) for step in steps),
        tuple(columns),
    )


def _of(month: statistics.Month, name: str) -> Mapping[str, Decimal]:
    found: Mapping[str, Decimal] = getattr(month, name)
    return found


def picture(drawn: Chart, language: str) -> bytes:
    """The chart as a PNG. Raises evidence.NoTypst where typst is missing."""
    values: dict[str, Any] = {
        "lang": render.supported(language),
        "title": drawn.title,
        "series": [render.message(f"statistics.{name}", language) for name in SERIES],
        "lines": [{"at": at, "text": text} for at, text in drawn.lines],
        "months": [{"name": column.name, "values": [bar.share for bar in column.bars]} for column in drawn.columns],
    }
    return evidence.picture("chart", values)
