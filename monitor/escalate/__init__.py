"""Whom to turn to next, by which channel, from which day, until which day.

In charge of the way from a late order to the user's money: the ladder of rights and programmes of his country and his
way of paying, with the state of each step, or the plain rungs where no ladder applies. It does not judge, writes no
text, and sends nothing.

    standing        Order, Judgement    -> Standing     what is owed, since when, by whom
    branches        Standing            -> Branch       which ladder, or which several
    course          Branch              -> Course       what set which clock in motion, which rules hold
    walk            Course              -> Step         every step with its days and its state (clocks counts)
    choose          Steps               -> Step         the next one
    plain           Order               -> Step         inquiry, demand, dispute: where no ladder applies
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from monitor.escalate import choose, plain
from monitor.escalate.branches import branches
from monitor.escalate.choose import Way
from monitor.escalate.claimed import with_claims
from monitor.escalate.contact import seller_contact, unread, usable
from monitor.escalate.near import deadline_may_be_near, deadline_periods
from monitor.escalate.plain import NOT_PREPAID, RUNGS, takers
from monitor.escalate.standing import SETTLED, UNPAID, Standing, standing
from monitor.escalate.walk import OPEN, REASONS, STATUSES, walk
from monitor.knowledge import Shop
from monitor.knowledge.rights import Rights
from monitor.types import Judgement, Order, Rules, Step
from monitor.workdays import Calendar

__all__ = [
    "NOT_PREPAID", "REASONS", "RUNGS", "STATUSES", "Escalation", "Way", "deadline_may_be_near",
    "deadline_periods", "escalation", "next_step",
    "seller_contact", "takers", "unread", "usable", "with_claims",
]  # fmt: skip

next_step = plain.next_step


@dataclass(frozen=True, slots=True)
class Escalation:
    """What can be done about one order. `ways`: every ladder that may hold, () where none does.

    `steps`: those of the one ladder, or what the several share. `urgent`: a last safe day that rests on known facts is
    at most a week off. `asks_payment`: which ladder holds makes a difference now.
    """

    ways: tuple[Way, ...]
    steps: tuple[Step, ...]
    step: Step | None
    urgent: bool
    asks_payment: bool


_NOTHING = Escalation((), (), None, False, False)


def escalation(
    order: Order,
    judgement: Judgement,
    rules: Rules,
    rights: Rights,
    calendar: Calendar,
    *,
    shop: Shop | None = None,
    own: Collection[str] = (),
) -> Escalation:
    """The way of one order, and the next step on it.

    `shop`: the known shop that sold. `own`: the user's addresses. Days are days in `rules.timezone`. Where no ladder
    applies the plain rungs hold: `inquiry`, `demand`, `dispute`.
    """
    if order.suspicious or order.closed_at is not None:
        return _NOTHING
    seen = standing(order, judgement, rules, rights, calendar, shop, own)
    found = branches(seen.circumstances, rules, rights, seen.card)
    if not found:
        step = plain.next_step(order, judgement, rules, own=own, rights=rights)
        return Escalation((), (step,) if step is not None else (), step, False, False)
    ways = tuple(Way(branch, walk(seen, branch)) for branch in found)
    steps = choose.merged(ways, seen)
    owed = seen.phase not in (SETTLED, UNPAID) and judgement.waits_for != "nothing"
    near = owed and bool(choose.near(steps, seen))
    urgent = near or judgement.urgent
    step = choose.next_step(ways, seen, urgent=urgent)
    return Escalation(ways, steps, step, near, _asks(ways, steps, seen))


def _asks(ways: tuple[Way, ...], steps: tuple[Step, ...], seen: Standing) -> bool:
    """Whether the user should say how he paid: only some of the ladders have a step that could be taken now."""
    if len(ways) < 2 or not seen.flagged or any(step.status == OPEN for step in steps):
        return False
    return any(step.status == OPEN for way in ways for step in way.steps)
