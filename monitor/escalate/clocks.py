"""When a step of a rule can be taken, and until when: days counted as the rule counts them.

In charge of the arithmetic of one rule: which event it counts from, which days count, where its end falls, and what is
used where an event is not known. It knows neither orders nor ladders: the caller hands in days (`Facts`) in the
user's time zone, from `on_days` where he has moments. It reads no clock: `today` is a parameter.

How days are counted

- The day of the event is not counted (Korea: Civil Act 157; EU: Regulation 1182/71 art. 3), unless the rule says so.
- An end on a day off moves to the next working day where the law says so (`on_day_off = "moves"`: Korea, Civil Act
  161; EU, Regulation 1182/71 art. 3(4), and Germany, France). Limits of networks, providers and of British and US law
  stay: moving them would be a guess in the user's disfavour.
- Months end on the same day of the month or, where it is missing, on the month's last (UK, EU). In Korea and Japan a
  period of months begins on the day after the event and ends on the day before the day that corresponds to it (Civil
  Act 160): what begins with a month ends with a month.
- Hours: an event is known by its day only. 48 hours that began on a day may be over at the end of the next day, so that
  is the last day on which it is surely still possible; a wait of 48 hours is over on the day after the next.
- Business days are those of the rule's country. Networks and providers without a country: for a deadline Monday to
  Friday without any holiday (the earliest), for a wait the user's own.

Whose time it is

A period in which the seller, an issuer, a provider or a body must act or answer gives the user no `last_safe_day`: it
says when the other side is in breach, or when its silence is an answer. Its last day is `due_on`, the day after it
`breach_on`. Only where the user himself must act by a day is there a `last_safe_day`, the rule's own last day. The
`alarm_on` before it is ours (`safe_window`, `alarm_before`, else one day of margin for time zones).

What is not known

An event that surely was but whose day is not known is put at its earliest possible day, and the result is `assumed`.
An event that has not happened starts no clock: nothing is supplied, so the days for withdrawal have not begun.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache

from monitor.escalate.happenings import Facts, Start, known, later, month_end, next_payment_day, start_of
from monitor.knowledge.rights import Period, Rule
from monitor.render import local_day
from monitor.types import Span, Unit
from monitor.workdays import Calendar

__all__ = ["Facts", "Window", "after", "next_payment_day", "on_days", "window"]

_DAY = timedelta(days=1)
_UNITS: Mapping[str, Unit] = {
    "calendar_days": Unit.DAYS,
    "business_days": Unit.BUSINESS_DAYS,
    "weeks": Unit.WEEKS,
    "months": Unit.MONTHS,
}
_MONTHS_FROM_NEXT_DAY = frozenset({"KR", "JP"})

# What makes the step possible at all: before it there is nothing to escalate, to review or to dispute.
_OPENS = frozenset({"dispute_open_date", "issuer_result_date", "service_ceased_date"})


@dataclass(frozen=True, slots=True)
class Window:
    """When a step can be taken. All days in the user's time zone, the last ones included.

    `not_before` None: at once. `last_safe_day` None: no end, or its clock has not begun (`clock_waits_for`).
    `waits_for`: the event without which the step cannot be taken yet. `due_on` and `breach_on`: of the other side's
    time; `first_due_on`: where it owes a first word earlier. `counted_from`: the event that the end was counted from.
    """

    not_before: date | None = None
    last_safe_day: date | None = None
    alarm_on: date | None = None
    assumed: bool = False
    counted_from: str = ""
    due_on: date | None = None
    breach_on: date | None = None
    waits_for: str = ""
    clock_waits_for: str = ""
    must_arrive: bool = False
    first_due_on: date | None = None

    def expired(self, today: date) -> bool:
        """Whether the last day has surely passed: an assumed end never has."""
        return self.last_safe_day is not None and today > self.last_safe_day and not self.assumed


def on_days(moments: Mapping[str, datetime], timezone: str) -> Facts:
    """The facts of these moments: each on its day in the user's time zone (an IANA name)."""
    return Facts({event: local_day(moment, timezone) for event, moment in moments.items()})


def window(
    rule: Rule,
    facts: Facts,
    calendar: Calendar,
    *,
    today: date | None = None,
    payment_day: int | None = None,
    instalments: int | None = None,
    order_kind: str = "physical",
    overseas: bool = False,
    circumstances: Collection[str] = (),
    counts_from: str = "",
) -> Window:
    """The window of one rule.

    `calendar`: of the user's country. `payment_day`: day of the month on which the card is paid (1 to 31; a day that a
    month lacks is its last), None if unknown. `order_kind`: physical, service, digital, c2c. `overseas`: the seller is
    abroad. `circumstances`: conditions that hold (`seller_gone`). `counts_from`: an event that takes the place of the
    rule's own. `today` decides only which card payment day is the next; without it the first possible day does.
    """
    own = _calendar_of(rule, calendar)
    not_before, waits_for = _opening(rule, facts, calendar if not rule.country else own, circumstances)
    latest = max([*facts.events.values(), *([today] if today else [])], default=date.min)
    if rule.valid_from and rule.valid_from > latest:
        not_before = max(not_before, rule.valid_from) if not_before else rule.valid_from
    if rule.window_end == "before_card_payment_day":
        found = _before_payment_day(rule, facts, own, not_before, today, payment_day, instalments)
    else:
        found = _counted(rule, facts, own, payment_day, order_kind, overseas, counts_from)
    if not waits_for and found.clock_waits_for in _OPENS:
        waits_for = found.clock_waits_for
    alarm = found.alarm_on
    if alarm is not None and found.last_safe_day is not None:
        alarm = min(max(alarm, not_before) if not_before else alarm, found.last_safe_day)
    return replace(found, not_before=not_before, waits_for=waits_for, alarm_on=alarm, must_arrive=rule.must_arrive)


def after(day: date, period: Period, calendar: Calendar) -> date:
    """The day on which a wait that began on `day` is over: that many days after it. Hours are rounded up to days."""
    if period.unit == "hours":
        return later(day, -(-period.count // 24))
    return _plus(day, period, calendar)


# -- from when ------------------------------------------------------------------------------------------------------


def _opening(rule: Rule, facts: Facts, calendar: Calendar, circumstances: Collection[str]) -> tuple[date | None, str]:
    """The first day, None for at once; and the event that has to happen first, "" if none."""
    days = []
    missing = ""
    waits = [(wait.period, wait.event, wait.optional) for wait in rule.waits]
    waived = rule.wait_waived_by in circumstances or (rule.wait_unless and known(rule.wait_unless, facts) is not None)
    if rule.wait is not None and rule.wait_from and not waived:
        happened = not rule.wait_or_from or start_of(rule.wait_from, facts, earliest=False) is not None
        waits.append((rule.wait, rule.wait_from if happened else rule.wait_or_from, False))
    for period, event, optional in waits:
        start = known(event, facts) if optional else start_of(event, facts, earliest=False)
        if start is not None:
            days.append(after(start.day, period, calendar))
        elif not optional:
            missing = missing or event
    return (None if missing or not days else max(days)), missing


# -- until when -----------------------------------------------------------------------------------------------------


def _counted(
    rule: Rule,
    facts: Facts,
    calendar: Calendar,
    payment_day: int | None,
    order_kind: str,
    overseas: bool,
    counts_from: str,
) -> Window:
    if rule.agreed_date in facts.events and rule.agreed_date not in facts.assumed:
        agreed = facts.events[rule.agreed_date]
        margin = _margin(rule, agreed, calendar) if rule.users_time else None
        return _of_kind(rule, agreed, margin, Start(agreed, rule.agreed_date, False))
    if rule.window is None:
        return Window()
    first = counts_from or rule.clock_by_order.get(order_kind, rule.clock_start)
    period = rule.window_overseas if overseas and rule.window_overseas else rule.window
    rest = "" if counts_from or order_kind in rule.clock_by_order else rule.clock_rule
    starts: list[tuple[Start, Period]] = []
    start = start_of(first, facts, payment_day)
    other = start_of(rule.clock_alt, facts, payment_day) if rule.clock_alt else None
    match rest:
        case "later_of":
            if start is None or other is None:
                return Window(clock_waits_for=first if start is None else rule.clock_alt)
            starts = [(max(start, other, key=lambda found: found.day), period)]
        case "either":
            sure = [found for event in (first, rule.clock_alt) if (found := known(event, facts)) is not None]
            some = sure or [found for found in (start, other) if found is not None]
            if not some:
                return Window(clock_waits_for=first)
            starts = [(max(some, key=lambda found: found.day), period)]
        case "earlier_of":
            both = ((start, period), (other, rule.window_alt or period))
            starts = [(found, length) for found, length in both if found is not None]
        case "goods_supplied":
            supplied = order_kind in ("physical", "c2c") and "delivery_date" in facts.events
            chosen, event = (other, rule.clock_alt) if supplied else (start, first)
            if chosen is None:
                return Window(clock_waits_for=event)
            starts = [(chosen, period)]
        case _:
            starts = [(start, period)] if start is not None else []
    if not starts:
        return Window(clock_waits_for=first)
    ends = [(_end(rule, found.day, length, calendar), found) for found, length in starts]
    last, chosen_start = min(ends, key=lambda pair: pair[0])
    assumed = any(found.assumed for end, found in ends if end == last)
    alarm = _alarm(rule, chosen_start.day, last, calendar)
    if rule.window_cap is not None:
        cap = start_of(rule.window_cap_from, facts, payment_day)
        if cap is not None and (limit := _plus(cap.day, rule.window_cap, calendar)) < last:
            alarm = later(limit, (alarm - last).days)  # the same margin before the earlier end
            last, chosen_start, assumed = limit, cap, cap.assumed
    counted = _of_kind(rule, last, alarm, replace(chosen_start, assumed=assumed))
    if rule.window_first is not None:
        return replace(counted, first_due_on=_end(rule, chosen_start.day, rule.window_first, calendar))
    return counted


def _of_kind(rule: Rule, last: date, alarm: date | None, start: Start) -> Window:
    if rule.users_time:
        return Window(last_safe_day=last, alarm_on=alarm, assumed=start.assumed, counted_from=start.event)
    return Window(due_on=last, breach_on=later(last, 1), assumed=start.assumed, counted_from=start.event)


def _end(rule: Rule, day: date, period: Period, calendar: Calendar) -> date:
    if rule.first_day_counts:
        day = later(day, -1)
    if rule.window_after is not None:
        day = _plus(day, rule.window_after, calendar)
    if period.unit == "hours":
        return later(day, max(0, period.count // 24 - 1))
    if period.unit == "months" and calendar.country in _MONTHS_FROM_NEXT_DAY:
        end = _months_from_next_day(day, period.count)
    else:
        end = _plus(day, period, calendar)
    if rule.on_day_off == "moves":
        while end < date.max and not calendar.is_business_day(end):
            end += _DAY
    return end


def _alarm(rule: Rule, start: date, last: date, calendar: Calendar) -> date:
    if rule.safe_window is not None:
        if rule.window_after is not None:
            start = _plus(start, rule.window_after, calendar)
        return min(last, _plus(start, rule.safe_window, calendar))
    if rule.alarm_before is not None:
        return _minus(last, rule.alarm_before, calendar)
    return later(last, -1)


def _margin(rule: Rule, last: date, calendar: Calendar) -> date:
    """Our own day before a last day that was stated: as far before it as the rule's own is before its period's end."""
    if rule.safe_window is None or rule.window is None:
        return _alarm(replace(rule, safe_window=None), last, last, calendar)
    return later(last, (_plus(last, rule.safe_window, calendar) - _plus(last, rule.window, calendar)).days)


def _before_payment_day(
    rule: Rule,
    facts: Facts,
    calendar: Calendar,
    not_before: date | None,
    today: date | None,
    payment_day: int | None,
    instalments: int | None,
) -> Window:
    """Before the next card payment day, as what is paid by then is lost; nothing after the last instalment's.

    Unknown payment day: tomorrow may be it, so the first possible day is the last safe one.
    """
    firsts = [day for day in (not_before, today) if day is not None]
    if not firsts:
        start = start_of(rule.clock_start, facts)
        if start is None:
            return Window(clock_waits_for=rule.clock_start)
        firsts = [start.day]
    first = max(firsts)
    if payment_day is None:
        return Window(last_safe_day=first, alarm_on=first, assumed=True, counted_from="card_payment_due_date")
    day = next_payment_day(first, payment_day)
    assumed = rule.clock_start in facts.assumed
    paid = known("payment_date", facts)
    if instalments is not None and paid is not None:
        final = paid.day
        for _ in range(max(instalments, 1)):
            final = next_payment_day(final, payment_day)
        if day > final:  # as the first bill may have come a month later, the true end may be later too
            day, assumed = final, True
    alarm = _minus(day, rule.alarm_before, calendar) if rule.alarm_before else later(day, -2)
    return Window(last_safe_day=later(day, -1), alarm_on=alarm, assumed=assumed, counted_from="card_payment_due_date")


# -- days -----------------------------------------------------------------------------------------------------------


def _plus(day: date, period: Period, calendar: Calendar) -> date:
    if period.unit == "years":
        return calendar.add(day, Span(12 * period.count, Unit.MONTHS))
    return calendar.add(day, Span(period.count, _UNITS[period.unit]))


def _minus(day: date, period: Period, calendar: Calendar) -> date:
    if period.unit != "business_days":
        return later(day, -period.count)
    left = period.count
    while left > 0 and day > date.min:
        day -= _DAY
        left -= calendar.is_business_day(day)
    return day


def _months_from_next_day(day: date, count: int) -> date:
    """Korea, Civil Act 160: from the day after; until the day before the corresponding one, or the month's last."""
    begins = later(day, 1)
    years, month = divmod(begins.month - 1 + count, 12)
    year, month = begins.year + years, month + 1
    if year > date.max.year:
        return date.max
    if begins.day > monthrange(year, month)[1]:
        return month_end(date(year, month, 1))
    return date(year, month, begins.day) - _DAY


def _calendar_of(rule: Rule, calendar: Calendar) -> Calendar:
    """The rule's country's, the user's for the EU's rules, weekdays alone for networks and providers."""
    if rule.country:
        return calendar if calendar.country == rule.country else _foreign(rule.country)
    return calendar if rule.jurisdiction == "EU" else _foreign("")


@cache
def _foreign(country: str) -> Calendar:
    return Calendar(country)
