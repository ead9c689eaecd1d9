"""The few sentences that several pages say of an order: the silence clock, the reason, the name of a row.

In charge of words only; what is said was decided by the judge and the ladder.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta

from monitor import render
from monitor.run.pages import Summary

SOON = 7  # days before a last safe day from which it is shown as pressing
ANSWERS = {
    "arrived": ("arrived", "not-arrived"),
    "refund_arrived": ("refunded", "not-refunded"),
    "paid": ("paid",),
}
"""Questions that a single word settles, and the words of `say`."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A part of a line. `tone` colours it: late, soon, calm or "".

    `kind`: silent, due, step, safe, closing or snoozed.
    """

    text: str
    tone: str = ""
    kind: str = ""


def clock(found: Summary, today: date, language: str) -> list[Phrase]:
    """The silence clock: "silent for 9 days · next step possible since Mon 16 Nov · last safe day Mon 14 Dec"."""

    def t(key: str, **values: object) -> str:
        return render.message(f"web.clock.{key}", language, **values)

    def day(value: date) -> str:
        text = render.day(value, language, "short", today)
        return t("today", day=text) if value == today else t("tomorrow", day=text) if value == tomorrow else text

    tomorrow = today + timedelta(days=1)
    phrases: list[Phrase] = []
    if found.silent_since is not None and (found.flagged or found.step is not None):
        days = (today - found.silent_since).days
        key = "silent" if found.answered else "never"
        if days > 0:
            phrases.append(Phrase(t(key, days=render.days(days, language)), "late" if found.flagged else "", "silent"))
    if found.due_on is not None and not found.flagged and found.mood in ("wait", "ask"):
        what = render.word("waits_for", found.waits_for, language)
        phrases.append(Phrase(t("due", what=what, day=day(found.due_on)), kind="due"))
    bill = render.message("ladder.before_bill", language)  # where the last day is a mere stand-in, it is not named
    step = found.step
    if step is not None:
        rung = rung_name(step.rung, language)
        key = "since" if step.not_before < today else "now" if step.not_before == today else "from"
        phrases.append(Phrase(t(key, rung=rung, day=day(step.not_before)), kind="step"))
        if step.last_safe_day is not None:
            left = (step.last_safe_day - today).days
            tone = "late" if left <= SOON else "soon" if left <= 3 * SOON else ""
            key = "safe_past" if left < 0 else "safe_assumed" if step.assumed else "safe"
            text = bill if step.before_bill else t(key, day=day(step.last_safe_day))
            phrases.append(Phrase(text, tone, "safe"))
    if found.closing is not None:
        left = (found.closing.last_safe_day - today).days
        tone = "late" if left <= SOON else "soon" if left <= 3 * SOON else ""
        key = "closing_assumed" if found.closing.assumed else "closing"
        closes = rung_name(found.closing.rung, language)
        ends = t(key, rung=closes, day=day(found.closing.last_safe_day))
        phrases.append(Phrase(f"{closes}: {bill}" if found.closing.before_bill else ends, tone, "closing"))
    if found.put_off_until is not None and found.put_off_until > today:
        phrases.append(Phrase(t("snoozed", day=day(found.put_off_until)), kind="snoozed"))
    return phrases


def rung_name(rung: str, language: str) -> str:
    """What a step is called."""
    return render.word("rung", rung, language)


def reason(found: Summary, language: str, timezone: str) -> str:
    """Why an order is judged as it is, in a sentence."""
    if found.state == "payment_failed" and found.waits_for == "payment":
        return render.message("web.reason.payment_failed", language)
    return render.reason(found.judgement(), language, timezone)


def name(found: Summary, language: str) -> str:
    """Seller and number: what a row is called."""
    seller = found.seller or render.message("digest.unnamed_seller", language)
    return f"{seller} · {found.number}" if found.number else seller


def kept_name(summary: str, language: str) -> str:
    """The same, of a summary as it is kept (JSON)."""
    kept = json.loads(summary)
    seller = kept.get("seller") or render.message("digest.unnamed_seller", language)
    return " · ".join(part for part in (seller, kept.get("number")) if part)
