"""Which step is next, and what several ladders have in common while the way of paying is not known.

In charge of the choice among the steps that the walk has found, of merging branches, and of whether a deadline is near
(`urgent`). It counts no days.

The rule:

- The first open step of the ladder is next; where none is open, the first that becomes possible, with its day.
- The nearest hard deadline beats the order: an open step whose day would pass before the one in turn is answered comes
  first. Before the seller was written to at all, only the rule's own last day counts for this, afterwards our alarm.
  Of two that can be taken now, that whose alarm has come and that ends earlier goes first, assumed or not, whatever
  else is open or waits. A step that would end a claim still to be made comes first only for its own last day.
- A card's step whose alarm has come does not overtake an open claim with a marketplace or a payment service that ends
  sooner, while a week is left for it: what the card gives is still there after it.
- On signs of fraud letters to the seller come last.
- A step whose last day was a guess and is over is named without that day, as the true one nobody knows; and it comes
  after all others, unless only steps that were not taken keep it waiting (`walk`).
- What can be done at any time (a report to an authority) is next only when nothing else is.
- Branches: what all of them share, and what holds whatever the way of paying, with the earliest last safe day of all.
  A last safe day on which all of them agree, and that rests on known facts in each, is none that is assumed.
- A claim with a marketplace or a payment service that was made is followed up before the seller is written to again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from monitor.escalate.branches import Branch
from monitor.escalate.standing import SETTLED, UNPAID, Standing
from monitor.escalate.walk import BROUGHT_FORWARD, DONE, EXPIRED, OPEN, WAITING
from monitor.knowledge.rights import Rule
from monitor.types import Step

URGENT = timedelta(days=7)
ROUND = timedelta(days=6)  # what one letter and its answer take: three business days, a weekend and the day after
_ANY_PAYMENT = frozenset({"any", "any-prepaid"})
_CLAIMS = frozenset({"marketplace_claim", "provider_dispute"})
_BLOCKED = ("ladder.waiting.condition", "ladder.waiting.event", "ladder.waiting.payment", "ladder.waiting.behind",
            "ladder.waiting.claim", "ladder.waiting.paid", "ladder.waiting.undated")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """One branch walked: the ladder, the payment class considered, and every step."""

    branch: Branch
    steps: tuple[Step, ...]


def merged(ways: Sequence[Way], standing: Standing) -> tuple[Step, ...]:
    """The steps of the order's ladder; of several branches those that hold whichever it is.

    While the branch is not certain they are assumed, but for those whose day does not depend on it.
    """
    if not ways:
        return ()
    if len(ways) == 1 and not ways[0].branch.assumed:
        return ways[0].steps
    found = []
    tables = [{step.rung: step for step in way.steps} for way in ways]
    for step in ways[0].steps:
        same = [table[step.rung] for table in tables if step.rung in table]
        rule = standing.rights.rules[step.rung]
        if len(same) < len(ways) and not (_ANY_PAYMENT & set(rule.payment)):
            continue
        ends = [other for other in same if other.last_safe_day is not None]
        end = min(ends, key=lambda other: other.last_safe_day or date.max, default=step)
        found.append(
            replace(
                step, last_safe_day=end.last_safe_day, alarm_on=end.alarm_on,
                assumed=not (len(same) == len(ways) and _certain(rule, ways, same)),
            )
        )  # fmt: skip
    return tuple(found)


def _certain(rule: Rule, ways: Sequence[Way], same: Sequence[Step]) -> bool:
    """Whether a last safe day is the same known day on every branch, for a step that is open on every one of them."""
    if len(ways) == 1 and rule.jurisdiction != "INTL":
        return False  # one branch, but the region is a guess: another law may hold
    told = ways[0].branch.payment != ""
    if not told and not any(name in _ANY_PAYMENT or name.startswith("any-via-") for name in rule.payment):
        return False
    days = {step.last_safe_day for step in same}
    return len(days) == 1 and None not in days and not any(step.assumed for step in same)


def earliest_end(ways: Sequence[Way], today: date) -> date | None:
    """The earliest last safe day of all steps that are still to be taken, in whatever branch."""
    days = [
        step.last_safe_day
        for way in ways
        for step in way.steps
        if step.status in (OPEN, WAITING) and step.last_safe_day is not None and step.last_safe_day >= today
    ]
    return min(days, default=None)


def next_step(ways: Sequence[Way], standing: Standing, *, urgent: bool) -> Step | None:
    """The step to take next, None where nothing is left or nothing is wrong."""
    if standing.phase in (SETTLED, UNPAID) or not (standing.flagged or urgent):
        return None
    steps = merged(ways, standing)
    # Urgent but not flagged: what the near deadline is about; where the seller has put it off again, what comes next.
    near_one = None if standing.flagged else _for_deadline(steps, standing)
    any_time, claimed = _any_time(ways, standing), _claimed(ways, standing, steps)
    gone = {step.rung for step in steps if _gone(step, standing.today)}
    last = {step.rung for step in steps if step.rung in gone and step.reason != BROUGHT_FORWARD}
    ahead = [replace(step, status=EXPIRED) if step.rung in last else step for step in steps]
    chosen = near_one or _in_turn(ahead, standing, any_time, claimed)
    if chosen is None or chosen.rung in any_time:  # nothing else is left: the true day may be later
        chosen = _in_turn(steps, standing, any_time, claimed)
    if chosen is None:
        return None
    if chosen.rung in gone:
        chosen = replace(chosen, last_safe_day=None, alarm_on=None)
    if any(way.branch.assumed for way in ways):
        end = earliest_end(ways, standing.today)
        if end is not None and (len(ways) > 1 or not ways[0].branch.payment):
            chosen = replace(chosen, last_safe_day=end, assumed=chosen.assumed or end != chosen.last_safe_day)
    return chosen


def _gone(step: Step, today: date) -> bool:
    """Whether the last day of a step that can still be tried was a guess, and that day is over."""
    return step.assumed and step.status == OPEN and step.last_safe_day is not None and step.last_safe_day < today


def near(steps: Sequence[Step], standing: Standing) -> list[Step]:
    """Steps whose known last safe day is at most a week off, the nearest first.

    A deadline that comes back every month (the card's payment day) is none before the order is late.
    """
    today = standing.today
    found = [
        step
        for step in steps
        if step.status in (OPEN, WAITING)
        and not step.assumed
        and step.last_safe_day is not None
        and today <= step.last_safe_day <= today + URGENT
        and step.not_before <= step.last_safe_day
        and not (standing.rights.rules[step.rung].window_end and step.not_before > today)
    ]
    return sorted(found, key=lambda step: step.last_safe_day or date.max)


def _for_deadline(steps: Sequence[Step], standing: Standing) -> Step | None:
    """The order is not flagged, but a deadline is near."""
    found = near(steps, standing)
    return found[0] if found else None


def _claimed(ways: Sequence[Way], standing: Standing, steps: Sequence[Step]) -> int:
    """The place of a claim that was made and that a further step of its programme follows; -1 where there is none."""
    table = {step.rung: step for step in steps}
    found = -1
    for place, step in enumerate(steps):
        if step.status != DONE or standing.rights.rules[step.rung].text not in _CLAIMS:
            continue
        follows = (
            table[rung.rule]
            for way in ways
            for rung in way.branch.rungs
            if rung.rule in table and step.rung in standing.rights.rules[rung.rule].needs
        )
        if any(other.status in (OPEN, WAITING) and other.reason not in _BLOCKED for other in follows):
            found = place
    return found


def _in_turn(
    steps: Sequence[Step], standing: Standing, any_time: frozenset[str], claimed: int
) -> Step | None:  # fmt: skip
    today = standing.today
    passed = max((i for i, step in enumerate(steps) if step.status == DONE), default=-1)
    possible = [
        step for i, step in enumerate(steps)
        if step.status == OPEN and not (step.addressee == "self" and i < passed) and step.rung not in any_time
        and not (step.addressee.startswith("seller") and i < claimed)
    ]  # fmt: skip
    if standing.circumstances.holds("fraud_signals"):
        # No polite steps: the payment's route and the police on the same day.
        possible.sort(key=lambda step: step.addressee.startswith("seller") or step.addressee == "self")
    coming = [
        step for i, step in enumerate(steps)
        if step.status == WAITING and step.reason not in _BLOCKED
        and not (step.addressee.startswith("seller") and i < claimed)
    ]  # fmt: skip
    timed = [step for step in coming if step.reason != "ladder.waiting.step"] or coming
    first = possible[0] if possible else min(timed, key=lambda step: step.not_before, default=None)
    if first is None:
        return next((step for step in steps if step.status == OPEN), None)
    answered = first.not_before if first.status == WAITING else _answered_by(first, steps, today)
    asked = any(step.status == DONE and step.addressee.startswith("seller") for step in steps)
    waits = first.status == WAITING or first.addressee.startswith("seller")
    pressing = [
        (day, step)
        for step in steps
        if step.status == OPEN
        and step is not first
        and (waits or not step.assumed or _ends_sooner(step, first, today))  # a form takes no time by itself
        and (day := _deadline(step, steps, asked, today)) is not None
        and (_passes_before(step, answered, today) or first.addressee == "self")
    ]
    if not pressing:
        return first
    own = _deadline(first, steps, asked, today) if first.status == OPEN else None
    day, step = min(pressing, key=lambda pair: (pair[0], pair[1].last_safe_day or date.max))
    if own is None or (day, step.last_safe_day or date.max) < (own, first.last_safe_day or date.max):
        return _claim_before(step, steps, standing) or step
    return first


def _claim_before(card: Step, steps: Sequence[Step], standing: Standing) -> Step | None:
    """The claim with a marketplace or payment service that a card's step must not overtake: it ends sooner, can be made
    now, stands before it in the ladder, and the card's own last day leaves time for it. None where there is none.
    """
    if not {"card_issuer", "bank"} & set(card.addressee.split("+")) or card.last_safe_day is None:
        return None
    if card.last_safe_day <= standing.today + URGENT:
        return None
    for step in steps:
        if step is card:
            return None
        claim = standing.rights.rules[step.rung].text in _CLAIMS and step.status == OPEN
        if claim and step.last_safe_day is not None and standing.today <= step.last_safe_day <= card.last_safe_day:
            return step
    return None


def _passes_before(step: Step, answered: date, today: date) -> bool:
    """Whether a step is lost if the one in turn goes first, or the day on which we remind of it has come."""
    last, alarm = step.last_safe_day, step.alarm_on or step.last_safe_day
    return last is None or alarm is None or last < answered or alarm <= today


def _ends_sooner(step: Step, first: Step, today: date) -> bool:
    """Whether the alarm of a step has come, and its last day is before that of the step in turn."""
    alarm, last = step.alarm_on or step.last_safe_day, step.last_safe_day
    if alarm is None or last is None or not alarm <= today <= last:
        return False
    return last < (first.last_safe_day or date.max)


def _answered_by(step: Step, steps: Sequence[Step], today: date) -> date:
    """When the step after `step` would be possible if this one were taken today."""
    if step.answer_by is not None:
        return max(step.answer_by, today) + timedelta(days=1)
    return today + ROUND


def _deadline(step: Step, steps: Sequence[Step], asked: bool, today: date) -> date | None:
    """The day by which a step wants to be taken, as far as that may upset the order of the ladder."""
    if step.last_safe_day is None:
        return today if step.reason == BROUGHT_FORWARD else None  # for the deadline of what comes after it
    ends_claim = any(
        other.rung in step.rules_out and other.status in (OPEN, WAITING) and other.reason not in _BLOCKED
        for other in steps
    )
    if step.last_safe_day < today:  # only an assumed one is open still
        return today if step.reason == BROUGHT_FORWARD and not ends_claim else None
    if ends_claim or not asked:
        return None if step.assumed else step.last_safe_day
    if step.alarm_on is not None:
        return max(step.alarm_on, today)
    return step.last_safe_day


def _any_time(ways: Sequence[Way], standing: Standing) -> frozenset[str]:
    """Reports that can be made at any time and move no money by themselves."""
    rules = standing.rights.rules
    return frozenset(
        rung.rule
        for way in ways
        for rung in way.branch.rungs
        if rules[rung.rule].text == "regulator_complaint" and not rung.after and not rung.only_if
    )
