"""`ladder`: every step that can be taken about one order, for people, and as JSON lines where asked for."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from monitor import render
from monitor.cli import screen
from monitor.cli.stories import order_named, reference
from monitor.cli.words import language
from monitor.cli.words import say as sentence
from monitor.types import Step

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.escalate import Way
    from monitor.run.orders import OrderView
    from monitor.store import Store

MARKS = {"open": ">", "waiting": ".", "done": "x", "expired": "-", "ruled_out": "-"}


def ladder(store: Store, config: Config, name: str, at: datetime | None, now: datetime, *, as_json: bool) -> None:
    """Every step of one order's ladder: as JSON lines, or with the reason of each."""
    from monitor.run import ladders, output

    view = order_named(store, config, name, now, at)
    way = ladders.of_view(view, config)
    if as_json:
        for step in way.steps:
            screen.put_json(output.ladder_json(step, ladders.step_reason(step, language())))
        return
    order = view.order
    screen.put(sentence("ladder.title", seller=screen.clean(order.seller.name), order=reference(order)))
    if not way.ways:
        screen.put(sentence("ladder.none"))
    elif len(way.ways) == 1:
        screen.put(sentence("ladder.which", ladder=ladder_name(way.ways[0])))
    today = view.judgement.judged_at.date()
    if len(way.ways) > 1:
        branches(view, way.ways)
    screen.put()
    for step in way.steps:
        lines(step, today)
    screen.put()
    screen.put(sentence("ladder.hint", id=reference(order)))


def ladder_name(way: Way) -> str:
    """What a ladder is called: its note in the user's language."""
    note = way.branch.ladder.note
    return f"{way.branch.ladder.id} ({note.get(language()) or note.get('en', '')})"


def branches(view: OrderView, ways: tuple[Way, ...]) -> None:
    """The ladders that may hold, where the way of paying is not sure."""
    screen.put(sentence("ladder.branches"))
    for way in ways:
        payment = render.word("payment", way.branch.payment or way.branch.ladder.payment[0], language())
        screen.put("  " + sentence("ladder.branch", payment=payment, ladder=ladder_name(way)))
    screen.put("  " + sentence("ladder.ask", id=reference(view.order)))


def lines(step: Step, today: date) -> None:
    """One step on two lines: its state, name, addressee and days; and why."""
    from monitor.run import ladders

    def day(value: date) -> str:
        return render.day(value, language(), "short", today)

    parts = [
        f"{MARKS[step.status]} {render.word('status', step.status, language())}",
        f"{render.word('rung', step.rung, language())} [{step.rung}]",
        f"{render.word('addressee', step.addressee, language())}, {render.word('channel', step.channel, language())}",
    ]
    days = [sentence("ladder.from", day=day(step.not_before))]
    if step.before_bill:
        days.append(render.message("ladder.before_bill", language()))
    elif step.last_safe_day is not None:
        days.append(sentence("ladder.until", day=day(step.last_safe_day)))
    if step.alarm_on is not None and not step.before_bill:
        days.append(sentence("ladder.alarm", day=day(step.alarm_on)))
    if step.assumed and not step.before_bill:
        days.append(sentence("ladder.assumed"))
    screen.put("  ".join(parts))
    if step.status in ("open", "waiting"):
        screen.put("    " + ", ".join(days))
    screen.put("    " + ladders.step_reason(step, language()))
