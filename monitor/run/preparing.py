"""The text for any step of an order's ladder, asked for by hand: beside the next step others can be open too.

In charge of which steps can have a text now, of making it and of keeping it as a draft like any other. The text for the
next step is made by `orders` without being asked for; what a text says is the business of `draft`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from monitor import draft as drafting
from monitor.run import ladders, texts
from monitor.types import Draft, Step
from monitor.workdays import Calendar

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.run.orders import OrderView
    from monitor.store import Store

GONE = frozenset({"expired", "ruled_out"})
_AHEAD = frozenset({"open", "waiting"})


class NotPrepared(Exception):
    """Why a step has no text: `why` is unknown, expired, ruled_out, which_order or no_text (catalog: web.prepare)."""

    def __init__(self, why: str, step: Step | None = None) -> None:
        super().__init__(why)
        self.why, self.step = why, step


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft that was asked for, its step, and the steps still ahead that taking it would end (ids of rungs)."""

    draft: Draft
    step: Step
    ends: tuple[str, ...] = ()


def step_of(view: OrderView, config: Config, rung: str) -> Step | None:
    """The step of that id on the order's ladder, None where it has none."""
    if view.step is not None and view.step.rung == rung:
        return view.step
    return next((step for step in ladders.of_view(view, config).steps if step.rung == rung), None)


def refusal(step: Step, config: Config) -> str:
    """Why there is no text for a step of the ladder: expired, ruled_out or no_text; "" where there is one."""
    if step.status in GONE:
        return step.status
    return "" if drafting.has_text(step.rung, _climb(config).rights) else "no_text"


def ends(view: OrderView, config: Config, step: Step) -> tuple[str, ...]:
    """The steps still ahead that taking `step` would rule out: the user is told before he takes it."""
    out = set(step.rules_out)
    return tuple(
        other.rung for other in ladders.of_view(view, config).steps if other.rung in out and other.status in _AHEAD
    )


def made(view: OrderView, config: Config, rung: str, moment: datetime) -> Prepared:
    """The text for the step `rung` as of `moment`, that of the view; nothing is stored. Raises NotPrepared."""
    step = step_of(view, config, rung)
    if step is None:
        raise NotPrepared("unknown")
    if why := refusal(step, config):
        raise NotPrepared(why, step)
    if view.draft is not None and view.draft.rung == rung:
        return Prepared(view.draft, step, ends(view, config, step))
    found = texts.text_for(step, view.order, view.judgement, config, moment, _climb(config))
    if found is None:
        seller = step.addressee.startswith("seller")
        raise NotPrepared("which_order" if seller and drafting.in_doubt(view.order) else "no_text", step)
    return Prepared(found, step, ends(view, config, step))


def prepare(store: Store, config: Config, view: OrderView, rung: str, *, now: datetime) -> Prepared:
    """The text for the step `rung`, kept as a draft that is ready; asked for again it is the same draft.

    `view`: the order as of now. A draft that the user has edited, approved or sent stays as it is; one that he had put
    away, or of which he took back that it was done, is ready again. Raises NotPrepared.
    """
    fresh = made(view, config, rung, now)
    with store.transaction():
        stored = store.draft(fresh.draft.id)
        if stored is None or stored.status in ("ready", "locked", "discarded", "done"):
            if stored is not None and stored.status != "ready":
                store.set_draft_status(stored.id, "ready", now)
            if stored is None or not stored.edited:
                store.save_draft(_with_files(fresh.draft, stored), now)
        kept = store.draft(fresh.draft.id) or fresh.draft
    return replace(fresh, draft=kept)


def as_of_today(stored: Draft, view: OrderView | None, config: Config, *, now: datetime) -> Draft:
    """A stored draft as it reads now: its day moves on until the user approves it; his own words stay."""
    if view is None or stored.edited or stored.status != "ready":
        return stored
    try:
        fresh = made(view, config, stored.rung, now).draft
    except NotPrepared:
        return stored
    return _with_files(fresh, stored) if fresh.id == stored.id else stored


def _with_files(fresh: Draft, stored: Draft | None) -> Draft:
    """The text of today, with the files that the user chose for it before."""
    return replace(fresh, status="ready", enclosed=stored.enclosed if stored is not None else ())


def _climb(config: Config) -> ladders.Ladders:
    rules = config.rules()
    return ladders.ladders(config, rules, Calendar(rules.country, rules.extra_holidays))
