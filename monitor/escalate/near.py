"""Whether a deadline of an order can be near at all: a quick look that spares thousands of ladders.

In charge of never saying no where the walk would find a last safe day within a week; it may say yes too often. No date
that it compares is a deadline.
"""

from __future__ import annotations

from datetime import date, timedelta

from monitor.escalate.branches import jurisdiction
from monitor.knowledge.rights import Period, Rights
from monitor.types import Order, Rules

_BEFORE, _AFTER = 3, 12  # days off by time zones, days off work and the day after which an end falls
_PER_UNIT = {"hours": 1 / 24, "calendar_days": 1.0, "business_days": 1.4, "weeks": 7.0, "months": 30.5, "years": 365.25}
_SLACK = {"business_days": 12, "months": 4, "years": 6}
_UNDER_WAY = timedelta(days=400)


def deadline_periods(rights: Rights, rules: Rules) -> frozenset[int]:
    """How many days after some event a step of the user's own ladders can have its last day, roughly."""
    home = jurisdiction(rules)
    used = {
        rule.id
        for ladder in rights.ladders
        if ladder.jurisdiction in (home, "INTL")
        for rung in ladder.steps
        for rule in (rights.rules[rung.rule],)
    }
    used |= {other for rule in list(used) for other in rights.rules[rule].counterparts.values()}
    used |= {"net-visa-13-6", "net-visa-13-7"}
    used |= {rule.id for rule in rights.rules.values() if rule.jurisdiction == "INTL"}
    found: set[int] = set()
    for rule_id in used & rights.rules.keys():
        rule = rights.rules[rule_id]
        if rule.users_time:
            shift = rule.window_after
            for period in (rule.window, rule.window_alt, rule.window_overseas, rule.window_cap):
                if period is not None:
                    found |= _days(period)
                    if shift is not None:
                        found |= {days + more for days in _days(period) for more in _days(shift)}
    return frozenset(found)


def _days(period: Period) -> set[int]:
    days = round(period.count * _PER_UNIT[period.unit])
    slack = _SLACK.get(period.unit, 0)
    return set(range(days - slack, days + slack + 1, 6)) | {days + slack}


def deadline_may_be_near(order: Order, today: date, periods: frozenset[int], *, cards: bool = False) -> bool:
    """Whether some day in the order's story lies one of `periods` back from about now.

    Always for an order paid by instalments or carrier billing that is under way: their deadlines come with the month;
    and where the settings know cards (`cards`), whose days of billing no event shows.
    """
    monthly = cards or order.instalments or order.payment in ("mobile_carrier", "ars", "credit_card_installment")
    if monthly and today - order.placed_at.date() < _UNDER_WAY:
        return True
    moments = (order.placed_at, order.paid_at, order.shipped_at, order.cancelled_at, order.returned_at,
               order.refund_promised_at, *(event.at for event in order.events if event.reading is None))  # fmt: skip
    days = {moment.date() for moment in moments if moment is not None}
    days |= {promise.due for promise in order.promises}
    findings = [event.reading.finding for event in order.events if event.reading is not None]
    if any(finding.protected_until is not None for finding in findings):
        return True  # a day that is a last one by itself
    days |= {finding.debit_on.value for finding in findings if finding.debit_on is not None}
    days |= {
        date.fromisoformat(event.payload["value"])
        for event in order.events
        if event.kind == "set" and event.payload.get("field", "").endswith("_date")
    }
    back = {(today - day).days for day in days}
    return any(gone - _BEFORE <= period <= gone + _AFTER for gone in back for period in periods)
