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

    `verb`: arrived, not-arrived, paid, returned, refunded (value: an amount, optional), not-an-order, closed, snooze
    (value: an ISO date), same-as (value: the other order), set (value: FIELD=VALUE), did (value: a step of the ladder
    that he took by a form, a call or a letter of his own), refused (value: the step whose addressee said no; optional),
    reopen (what was closed, put off, or said to be no order), undo (value: the event that was a slip, by default his
    last word).
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
    if kind in ("arrived", "not_arrived", "paid", "returned", "not_an_order", "closed"):
        if value and not (kind == "closed" and value in CLOSED_AS):
            raise StatementRefused(f"'{verb}' takes no value")
        if value:
            payload["value"] = value
    elif kind == "refunded":
        payload["value"] = _given_back(order, value)
    elif kind == "snooze":
        payload["value"] = _day(value, now)
        if date.fromisoformat(payload["value"]) <= render.local_day(now, config.user.timezone):
            raise StatementRefused(f"'{value}' has passed; an order is put off until a later day", "past_day")
    elif kind == "same_as":
        joined = (other or single.found(store, config, value or "", now=now)).order
        if joined.id == order.id:
            raise StatementRefused("that is the same order already")
        payload["same_mail"] = opening_mail(joined) or ""
    elif kind == "set":
        name, _, content = (value or "").partition("=")
        payload["field"], payload["value"] = _field(name.strip(), content.strip(), order, now)
        if payload["field"] == "payment" and payload["value"] not in _rights(config).payments:
            known = _rights(config).payments
            near = difflib.get_close_matches(payload["value"], known, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise StatementRefused(f"'{payload['value']}' is no way of paying; these are: {', '.join(known)}{hint}")
    elif kind in ("did", "refused"):
        payload |= _contact(view, config, kind, (value or "").strip(), details or {}, now)
        kind = "contact"
    else:
        raise StatementRefused(f"'{verb}' is nothing that can be said of an order")
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
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise StatementRefused(
                f"'{rung}' is no step; `refund-monitor ladder {view.order.id}` lists those of this order{hint}"
            )
    payload = {"rung": rung, "result": "refused" if kind == "refused" else ""}
    rule = rights.rules.get(rung)
    channel = details.get("by", "").strip() or (rule.channel[0] if rule is not None else "")
    if channel and channel not in CHANNELS:
        raise StatementRefused(f"'{channel}' is no way to reach anybody; these are: {', '.join(CHANNELS)}")
    payload["channel"] = channel
    payload["whom"] = "+".join(rule.addressee) if rule is not None else ""
    if details.get("on"):
        payload["day"] = _day(details["on"], now)
        if date.fromisoformat(payload["day"]) > render.local_day(now, config.user.timezone):
            raise StatementRefused(
                f"'{details['on']}' is still to come; name the day on which it was done", "day_to_come"
            )
    number = details.get("case", "").strip()
    if sum(map(str.isdigit, number)) >= SHORTEST_CARD:  # one case number in ten of 13 digits passes for a card's
        number = render.mask_cards(number)
    if number and not _CASE_NUMBER.fullmatch(number):
        raise StatementRefused("a case number is letters, digits, '-', '/', '.' and '#', 40 at most")
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
        raise StatementRefused("'items' are the goods, with ';' between")
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
        raise StatementRefused(f"'{value}' is no amount; write it as 12000, 12.50 or '12.50 EUR'")
    if owed is not None and amount.currency != owed.currency:
        raise StatementRefused(f"the order is in {owed.currency}: say what came back in {owed.currency}", "currency")
    before = order.given_back.amount if order.given_back is not None else 0
    if owed is not None and before + amount.amount > owed.amount:
        raise StatementRefused(
            f"that would be more than was paid ({owed.amount} {owed.currency}); what is known of already "
            f"({before}) is not said again. Correct the total first if it is wrong", "more_than_paid",
        )  # fmt: skip
    return value


def _day(value: str | None, now: datetime) -> str:
    try:
        day = date.fromisoformat((value or "").strip()).isoformat()
    except ValueError:
        raise StatementRefused(f"'{value or ''}' is no date; write it as 2026-12-24") from None
    if not can_be_a_day(day, now):
        raise StatementRefused(f"'{day}' is no date that can be meant here", "far_day")
    return day


def _field(name: str, value: str, order: Order, now: datetime) -> tuple[str, str]:
    from monitor.knowledge.rights import CONDITIONS, EVENTS

    if name not in SETTABLE and name not in EVENTS and name not in CONDITIONS:
        near = difflib.get_close_matches(name, [*SETTABLE, *sorted(EVENTS), *CONDITIONS], n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise StatementRefused(f"'{name}' cannot be set; these can: {', '.join(SETTABLE)}{hint}")
    if not value:
        raise StatementRefused(f"'{name}=' needs a value")
    if name in DAYS or name in EVENTS:
        day = _day(value, now)
        if name == "placed_at" and not timedelta(0) <= now.date() - date.fromisoformat(day) + _ZONES < _LONG_AGO:
            raise StatementRefused(f"'{day}' cannot be the day of the order", "far_day")
        if name == "delivered_on" and date.fromisoformat(day) > now.date() + _ZONES:
            raise StatementRefused(f"'{day}' is still to come", "day_to_come")
        return name, day
    if name == "items":
        return name, _items(value)
    if name == "tracking_number" and not _TRACKING.fullmatch(value):
        raise StatementRefused(f"'{name}' is letters, digits and '-', 6 to 40; of several parcels OLD=NEW")
    if name in ("carrier", "seller", "order_number", "payment_method"):
        return name, render.mask_cards(render.one_line(value, LONGEST))
    if name in CONDITIONS:
        if value.casefold() not in _YES | _NO:
            raise StatementRefused(f"'{name}' is yes or no")
        return name, "yes" if value.casefold() in _YES else "no"
    if name == "total" and ledger.parse_amount(value, order.total.currency if order.total else None) is None:
        raise StatementRefused(f"'{value}' is no amount; write it as '12.50 EUR'")
    if name == "instalments" and not (value.isdecimal() and 1 <= int(value) <= 60):
        raise StatementRefused(f"'{value}' is no number of monthly parts; 1 is a payment in one sum")
    if name == "seller_check" and value not in sellercheck.FINDINGS:
        found = ", ".join(sellercheck.FINDINGS)
        raise StatementRefused(f"'{name}' is what you found by looking the seller up: {found}")
    if name == "card" and not re.fullmatch(r"[0-9]{4}", value):
        # never repeated: it may be a whole number
        raise StatementRefused("'card' is the last four digits of the card, and no more")
    return name, value
