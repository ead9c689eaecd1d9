"""The machine-readable output of the Contracts: one flat JSON object per mail, order, step and draft.

In charge of names, order of keys and spelling of values (ISO 8601 with offset, ISO dates, decimal strings, ISO 4217,
null); it computes nothing.
"""

from __future__ import annotations

import json
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from monitor.types import PUBLIC_KIND, Finding, Kind, Money, Span, Stated, Verdict

if TYPE_CHECKING:
    from monitor.types import Draft, Judgement, Order, Step

Json = dict[str, Any]


def public_kind(kind: Kind, finding: Finding | None = None) -> Kind:
    """The kind as other programs see it: a notice of delay is `shipped` where a parcel is on its way."""
    if kind is Kind.DELAYED and finding is not None and finding.tracking_numbers:
        return Kind.SHIPPED
    return PUBLIC_KIND.get(kind, kind)


def amount(money: Money | None) -> str | None:
    """A decimal string without exponent: "126800", "57.50"."""
    return None if money is None else format_decimal(money.amount)


def format_decimal(value: Decimal) -> str:
    """Plain notation; trailing zeros stay as stated, none are added."""
    return format(value, "f")


def reading_json(file: str, verdict: Verdict, finding: Finding | None) -> Json:
    """The line of `read --json` for one mail."""
    kind = public_kind(verdict.kind, finding)
    found = finding if finding is not None and kind is not Kind.OTHER else Finding(kind)
    seller = verdict.seller if kind is not Kind.OTHER else None
    total = found.total.value if found.total else None
    quotes: dict[str, str] = {}
    for name, stated in (
        ("seller", seller),
        ("order_number", found.order_number),
        ("total", found.total),
        ("tracking_number", found.tracking_numbers[0] if found.tracking_numbers else None),
        ("carrier", found.carrier),
        ("payment_method", found.payment_method),
        ("placed_at", found.placed_at),
        ("promised_by", found.promised_by),
    ):
        if stated is not None:
            quotes[name] = stated.quote
    if verdict.quotes and kind is not Kind.OTHER:
        quotes["kind"] = verdict.quotes[0]
    return {
        "file": file,
        "kind": kind.value,
        "seller": seller.value.name if seller else None,
        "order_number": _value(found.order_number),
        "total": amount(total),
        "currency": total.currency if total else None,
        "items": [item.value for item in found.items],
        "tracking_number": found.tracking_numbers[0].value if found.tracking_numbers else None,
        "carrier": _value(found.carrier),
        "payment_method": _value(found.payment_method),
        "language": verdict.language,
        "placed_at": _day(found.placed_at),
        "promised_by": _day(found.promised_by),
        "reason": verdict.reason,
        "quotes": quotes,
    }


def reading_line(file: str, verdict: Verdict, finding: Finding | None) -> str:
    """`reading_json` as JSON. Most mails of a mailbox are about no purchase, and their lines differ in little."""
    if verdict.kind is Kind.OTHER or public_kind(verdict.kind, finding) is Kind.OTHER:
        return f'{{"file": {_ENCODER.encode(file)}, {_no_purchase(verdict.language, verdict.reason)}'
    return _ENCODER.encode(reading_json(file, verdict, finding))


_ENCODER = json.JSONEncoder(ensure_ascii=False)  # Hangul stays readable


@lru_cache(1024)
def _no_purchase(language: str, reason: str) -> str:
    """What follows behind the file in the line of a mail that is about no purchase."""
    line = _ENCODER.encode(reading_json("", Verdict(Kind.OTHER, None, language, reason), None))
    return line.removeprefix('{"file": "", ')


def order_json(order: Order, judgement: Judgement, step: Step | None, *, timezone: str, language: str) -> Json:
    """The line of `orders --json` for one order; `reason` is a sentence in the user's language."""
    from monitor import render  # late: to read mails nothing is put into words

    total = order.total
    zone = ZoneInfo(timezone)
    return {
        "id": order.id,
        "seller": order.seller.name,
        "order_number": order.number,
        "total": amount(total),
        "currency": total.currency if total else None,
        "placed_at": _moment(order.placed_at, zone),
        "state": judgement.state,
        "waits_for": judgement.waits_for,
        "due_on": _iso(judgement.due_on),
        "overdue_days": judgement.overdue_days,
        "silent_since": _moment(judgement.silent_since, zone),
        "flagged": judgement.flagged,
        "urgent": judgement.urgent,
        "asks": judgement.asks,
        "reason": render.reason(judgement, language, timezone),
        "paid": amount(order.paid),
        "promised_back": amount(order.promised_back),
        "given_back": amount(order.given_back),
        "payment_method": order.payment,
        "next_step": None if step is None else step_json(step),
    }


def step_json(step: Step) -> Json:
    """`next_step` of an order."""
    return {
        "rung": step.rung,
        "addressee": step.addressee,
        "channel": step.channel,
        "not_before": _iso(step.not_before),
        "last_safe_day": _iso(step.last_safe_day),
        "rules": list(step.rules),
        "rules_out": list(step.rules_out),
        "assumed": step.assumed,
    }


def ladder_json(step: Step, reason: str) -> Json:
    """The line of `ladder --json` for one step; `reason` is a sentence in the user's language."""
    return {
        "rung": step.rung,
        "addressee": step.addressee,
        "channel": step.channel,
        "not_before": _iso(step.not_before),
        "last_safe_day": _iso(step.last_safe_day),
        "alarm_on": _iso(step.alarm_on),
        "rules": list(step.rules),
        "rules_out": list(step.rules_out),
        "assumed": step.assumed,
        "status": step.status,
        "reason": reason,
    }


def draft_json(draft: Draft) -> Json:
    """The line of `drafts --json` for one draft."""
    return {
        "id": draft.id,
        "order_id": draft.order_id,
        "rung": draft.rung,
        "channel": draft.channel,
        "to": draft.to,
        "subject": draft.subject,
        "body": draft.body,
        "language": draft.language,
        "status": draft.status,
        "rules": list(draft.rules),
        "based_on": list(draft.based_on),
    }


def _value(stated: Stated[str] | None) -> str | None:
    return None if stated is None else stated.value


def _day(stated: Stated[date] | Stated[date | Span] | None) -> str | None:
    """A stated day; a span ("within 3 days") has no day of its own and stays null here."""
    return stated.value.isoformat() if stated is not None and isinstance(stated.value, date) else None


def _iso(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _moment(value: datetime | None, zone: tzinfo) -> str | None:
    return None if value is None else value.astimezone(zone).isoformat(timespec="seconds")
