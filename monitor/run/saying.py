"""What the user says of an order: statements, corrections, and the steps that he took outside the program.

In charge of refusing what makes no sense and of recording the rest, append-only, on the mail that opened the order and
on seller + number. What follows from it is computed anew whenever somebody asks.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from monitor import ledger, render, sellercheck
from monitor.config import Config
from monitor.run.orders import OrderNotFound, OrderView, StatementRefused, opening_mail, relink_about
from monitor.run.wishes import can_be_a_day, new_id
from monitor.types import Event, Order, Source

if TYPE_CHECKING:
    from monitor.knowledge.rights import Rights
    from monitor.store import Store

DAYS = ("placed_at", "promised_by", "dispatch_by", "refund_by", "pay_by", "delivered_on")
SETTABLE = (
    "seller",
    "order_number",
    "items",
    "tracking_number",
    "carrier",
    "total",
    "payment",
    "payment_method",
    "instalments",
    "card",
    "seller_check",
    *DAYS,
)
"""Fields that `say ORDER FIELD=VALUE` takes, besides the clock events and the circumstances of the rights table."""

_YES = frozenset({"yes", "y", "true", "1", "예", "네"})
_NO = frozenset({"no", "n", "false", "0", "아니오", "아니요"})
_ZONES = timedelta(days=1)  # the user's day can be a day ahead of UTC's
_LONG_AGO = timedelta(days=3653)  # ten years: no right of a buyer lives longer
_TRACKING = re.compile(r"(?:[A-Za-z0-9-]{0,40}=)?[A-Za-z0-9-]{6,40}", re.ASCII)
LONGEST = 120  # characters of a name that the user gives
MOST_ITEMS = 30
SHORTEST_CARD = 14  # digits of the cards in use today (ISO/IEC 7812 allows fewer; nobody issues them any more)
_CASE_NUMBER = re.compile(r"[\w#./ -]{1,40}")
CLOSED_AS = ("solved", "lost")
UNDOING = ("reopen", "undo")
CHANNELS = ("email", "web_form", "app", "chat", "phone", "letter", "fax", "visit")


def say(
    store: Store,
    config: Config,
    reference: str,
    verb: str,
    value: str | None,
    *,
    now: datetime,
    details: Mapping[str, str] | None = None,
    view: OrderView | None = None,
    other: OrderView | None = None,
) -> Event:
    """Records what the user says of an order; append-only, on the mail that opened it and on seller + number.

    `verb`: arrived, not-arrived, paid, returned, refunded (value: an amount, optional), not-refunded (the money has not
    come, whatever a mail says), not-an-order, closed, snooze (value: an ISO date), same-as (value: the other order),
    set (value: FIELD=VALUE), did (value: a step of the ladder that he took by a form, a call or a letter of his own),
    refused (value: the step whose addressee said no; optional), reopen (what was closed, put off, or said to be no
    order), undo (value: the event that was a slip, by default his last word).
    `details` of the last two: `on` (ISO date), `by` (channel), `case` (case number), `note`, `person` (whom he spoke
    to). `closed` takes a value too: solved or lost. `view` (and `other`, of same-as): the order, where it is at hand.
    Raises OrderNotFound, OrderAmbiguous, StatementRefused.
    """
    from monitor.run import single  # late: it asks `orders`, which hands on to here

    if verb in UNDOING:
        return _undone(store, config, view, reference, verb, value, now)
    view = view or single.found(store, config, reference, now=now)
    order = view.order
    payload = {"seller": order.seller.key, "number": order.number or ""}
    kind = verb.replace("-", "_")
    if kind in ("arrived", "not_arrived", "paid", "returned", "not_refunded", "not_an_order", "closed"):
        if value and not (kind == "closed" and value in CLOSED_AS):
            raise StatementRefused("no_value", verb=verb)
        if value:
            payload["value"] = value
    elif kind == "refunded":
        payload["value"] = _given_back(order, value)
    elif kind == "snooze":
        payload["value"] = _day(value, now)
        if date.fromisoformat(payload["value"]) <= render.local_day(now, config.user.timezone):
            raise StatementRefused("past_day", "past_day", value=value)
    elif kind == "same_as":
        joined = (other or single.found(store, config, value or "", now=now)).order
        if joined.id == order.id:
            raise StatementRefused("same_order")
        payload["same_mail"] = opening_mail(joined) or ""
    elif kind == "set":
        name, _, content = (value or "").partition("=")
        payload["field"], payload["value"] = _field(name.strip(), content.strip(), order, now)
        if payload["field"] == "payment" and payload["value"] not in _rights(config).payments:
            known = _rights(config).payments
            near = difflib.get_close_matches(payload["value"], known, n=1)
            raise StatementRefused("payment", value=payload["value"], known=", ".join(known), near="".join(near))
    elif kind in ("did", "refused"):
        payload |= _contact(view, config, kind, (value or "").strip(), details or {}, now)
        kind = "contact"
    else:
        raise StatementRefused("verb", verb=verb)
    event = Event(
        id=new_id(),
        order_id=order.id,
        at=now,
        kind=kind,
        source=Source.USER,
        mail=opening_mail(order),
        payload=payload,
    )
    with store.transaction():
        store.append_event(event)
    if kind == "same_as":  # no other word changes which mails belong together
        relink_about(store, config, event)
    return event


def _contact(
    view: OrderView, config: Config, kind: str, rung: str, details: Mapping[str, str], now: datetime
) -> dict[str, str]:  # fmt: skip
    rights = _rights(config)
    if kind == "did" or rung:
        known = {*rights.rules, "inquiry", "demand", "dispute"}
        if rung not in known:
            near = difflib.get_close_matches(rung, sorted(known), n=1)
            raise StatementRefused("step", value=rung, id=view.order.id, near="".join(near))
    payload = {"rung": rung, "result": "refused" if kind == "refused" else ""}
    rule = rights.rules.get(rung)
    channel = details.get("by", "").strip() or (rule.channel[0] if rule is not None else "")
    if channel and channel not in CHANNELS:
        raise StatementRefused("channel", value=channel, known=", ".join(CHANNELS))
    payload["channel"] = channel
    payload["whom"] = "+".join(rule.addressee) if rule is not None else ""
    if details.get("on"):
        payload["day"] = _day(details["on"], now)
        if date.fromisoformat(payload["day"]) > render.local_day(now, config.user.timezone):
            raise StatementRefused("day_to_come", "day_to_come", value=details["on"])
    number = details.get("case", "").strip()
    if sum(map(str.isdigit, number)) >= SHORTEST_CARD:  # one case number in ten of 13 digits passes for a card's
        number = render.mask_cards(number)
    if number and not _CASE_NUMBER.fullmatch(number):
        raise StatementRefused("case_number")
    payload["case_number"] = number
    payload["said"] = render.mask_secrets(details.get("note", "")[:500])
    payload["person"] = render.mask_secrets(" ".join(details.get("person", "").split())[:80])
    return {key: content for key, content in payload.items() if content}


def _rights(config: Config) -> Rights:
    from monitor.knowledge.rights import load_rights

    folder = config.knowledge_folder()
    return load_rights(folder if folder.is_dir() else None)


def _items(value: str) -> str:
    """Goods as the user names them, one a line or with ";" between; kept in one line."""
    names = [render.mask_secrets(render.one_line(one, LONGEST)) for one in re.split(r"[;\r\n]+", value)]
    named = [name.strip() for name in names if name.strip()]
    if not named:
        raise StatementRefused("items")
    return "; ".join(named[:MOST_ITEMS])


def _undone(
    store: Store, config: Config, view: OrderView | None, reference: str, verb: str, value: str | None, now: datetime
) -> Event:  # fmt: skip
    """Take back a statement, or what put the order away. An order that is none is found by what was said of it."""
    from monitor.run import single, undoing

    view = view or single.named(store, config, reference, now=now)
    if view is not None:
        order_id = view.order.id
    else:
        try:
            order_id = undoing.find_dropped(store, reference)
        except OrderNotFound:
            order_id = single.found(store, config, reference, now=now).order.id
    if verb == "reopen":
        return undoing.reopen(store, order_id, now=now)
    return undoing.take_back(store, config, order_id, value or None, now=now)


def _given_back(order: Order, value: str | None) -> str:
    """The sum that came back, beside what is known already. More than was paid is a slip, not a windfall."""
    if not value:
        return ""
    owed = order.paid or order.total
    amount = ledger.parse_amount(value, owed.currency if owed else None)
    if amount is None or not amount.amount:
        raise StatementRefused("amount", value=value)
    if owed is not None and amount.currency != owed.currency:
        raise StatementRefused("currency", "currency", currency=owed.currency)
    before = order.given_back.amount if order.given_back is not None else 0
    if owed is not None and before + amount.amount > owed.amount:
        paid = f"{owed.amount} {owed.currency}"
        raise StatementRefused("more_than_paid", "more_than_paid", paid=paid, before=before)
    return value


def _day(value: str | None, now: datetime) -> str:
    try:
        day = date.fromisoformat((value or "").strip()).isoformat()
    except ValueError:
        raise StatementRefused("date", value=value or "") from None
    if not can_be_a_day(day, now):
        raise StatementRefused("far_day", "far_day", value=day)
    return day


def _field(name: str, value: str, order: Order, now: datetime) -> tuple[str, str]:
    from monitor.knowledge.rights import CONDITIONS, EVENTS

    if name not in SETTABLE and name not in EVENTS and name not in CONDITIONS:
        near = difflib.get_close_matches(name, [*SETTABLE, *sorted(EVENTS), *CONDITIONS], n=1)
        raise StatementRefused("field", name=name, known=", ".join(SETTABLE), near="".join(near))
    if not value:
        raise StatementRefused("empty", name=name)
    if name in DAYS or name in EVENTS:
        day = _day(value, now)
        if name == "placed_at" and not timedelta(0) <= now.date() - date.fromisoformat(day) + _ZONES < _LONG_AGO:
            raise StatementRefused("order_day", "far_day", value=day)
        if name == "delivered_on" and date.fromisoformat(day) > now.date() + _ZONES:
            raise StatementRefused("day_to_come", "day_to_come", value=day)
        return name, day
    if name == "items":
        return name, _items(value)
    if name == "tracking_number" and not _TRACKING.fullmatch(value):
        raise StatementRefused("tracking_number")
    if name in ("carrier", "seller", "order_number", "payment_method"):
        return name, render.mask_cards(render.one_line(value, LONGEST))
    if name in CONDITIONS:
        if value.casefold() not in _YES | _NO:
            raise StatementRefused("yes_or_no", name=name)
        return name, "yes" if value.casefold() in _YES else "no"
    if name == "total" and ledger.parse_amount(value, order.total.currency if order.total else None) is None:
        raise StatementRefused("amount", value=value)
    if name == "instalments" and not (value.isdecimal() and 1 <= int(value) <= 60):
        raise StatementRefused("instalments", value=value)
    if name == "seller_check" and value not in sellercheck.FINDINGS:
        raise StatementRefused("seller_check", known=", ".join(sellercheck.FINDINGS))
    if name == "card" and not re.fullmatch(r"[0-9]{4}", value):
        # never repeated: it may be a whole number
        raise StatementRefused("card")
    return name, value
