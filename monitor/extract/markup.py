"""schema.org markup in a mail's HTML: JSON-LD and microdata of orders, invoices, parcels and reservations.

In charge of the values that the sender marked for machines. Looks at HTML only where "schema.org" occurs in it, and
believes a value only if it has the form of its field: half-filled templates are common. Compares nothing with the
text: that is done where both readings meet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from monitor import money
from monitor.extract.context import Context, quoted
from monitor.types import Money, OrderClass, Span, Stated

READER = "markup"
MAX_HTML = 1_000_000
MAX_NODES = 400
_SERVICES = re.compile(
    r"(?:Event|Flight|Lodging|Train|Bus|RentalCar|Taxi|FoodEstablishment|Boat|Package)?Reservation$|Ticket$"
)


@dataclass(frozen=True, slots=True)
class Marked:
    """What the markup states."""

    order_number: Stated[str] | None = None
    total: Stated[Money] | None = None
    items: tuple[Stated[str], ...] = ()
    placed_at: Stated[date] | None = None
    promised_by: Stated[date | Span] | None = None
    payment_method: Stated[str] | None = None
    tracking_numbers: tuple[Stated[str], ...] = ()
    carrier: Stated[str] | None = None
    order_class: Stated[OrderClass] | None = None


def read(html: str, context: Context) -> Marked:
    """The order that the markup of a mail describes; of several orders only what they share."""
    if "schema.org" not in html:
        return Marked()
    try:
        tree = LexborHTMLParser(html[:MAX_HTML])
        things = [*_json(tree), *_microdata(tree)][:MAX_NODES]
    except (ValueError, RecursionError, TypeError):
        return Marked()
    return _marked(things, context)


# --- the two syntaxes, brought to nested mappings --------------------------------------------------------------------


def _json(tree: LexborHTMLParser) -> Iterator[Mapping[str, Any]]:
    for node in tree.css('script[type="application/ld+json"]')[:20]:
        text = (node.text(deep=True) or "").strip()
        text = text.removeprefix("<!--").removesuffix("-->").strip()
        text = text.removeprefix("//<![CDATA[").removesuffix("//]]>").strip()
        try:
            parsed = json.loads(text, parse_float=str, parse_int=str, strict=False)
        except (ValueError, RecursionError):
            # trailing commas are the most common fault of templates
            try:
                parsed = json.loads(
                    re.sub(r",\s{0,50}([}\]])", r"\1", text), parse_float=str, parse_int=str, strict=False
                )
            except (ValueError, RecursionError):
                continue
        yield from _flat(parsed, 0)


def _flat(thing: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """The top-level things of a document: of arrays and of @graph."""
    if depth > 4:
        return
    if isinstance(thing, list):
        for one in thing[:100]:
            yield from _flat(one, depth + 1)
    elif isinstance(thing, dict):
        if "@graph" in thing:
            yield from _flat(thing["@graph"], depth + 1)
        if "@type" in thing:
            yield thing


def _microdata(tree: LexborHTMLParser) -> Iterator[Mapping[str, Any]]:
    for node in tree.css("[itemscope]")[:MAX_NODES]:
        attributes = node.attributes
        if "itemprop" not in attributes and "schema.org" in (attributes.get("itemtype") or ""):
            yield _scope(node, 0)


def _scope(node: LexborNode, depth: int) -> dict[str, Any]:
    kind = (node.attributes.get("itemtype") or "").rstrip("/").rpartition("/")[2]
    out: dict[str, Any] = {"@type": kind}
    if depth > 6:
        return out
    pending = list(node.iter())
    seen = 0
    while pending and seen < 2000:
        child = pending.pop(0)
        seen += 1
        attributes = child.attributes
        name = attributes.get("itemprop")
        inner: Any = None
        if "itemscope" in attributes:
            inner = _scope(child, depth + 1)
        else:
            pending[:0] = list(child.iter())
            if name:
                inner = next(
                    (attributes[a] for a in ("content", "href", "datetime", "src", "value") if attributes.get(a)),
                    child.text(deep=True).strip(),
                )
        if name and inner not in (None, ""):
            for each in name.split()[:3]:
                if each in out:
                    out[each] = [*out[each], inner] if isinstance(out[each], list) else [out[each], inner]
                else:
                    out[each] = inner
    return out


# --- what they say ---------------------------------------------------------------------------------------------------


def _type(thing: Mapping[str, Any]) -> str:
    kind = thing.get("@type")
    if isinstance(kind, list):
        kind = kind[0] if kind else ""
    return str(kind or "").rstrip("/").rpartition("/")[2]


def _all(value: Any) -> list[Any]:
    if value in (None, ""):
        return []
    return value[:50] if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    for one in _all(value):
        if isinstance(one, Mapping):
            one = one.get("name") or one.get("@value") or one.get("value")
        if isinstance(one, (str, int)) and str(one).strip():
            text = " ".join(str(one).split())
            # a template whose fields were not filled in
            if not re.search(r"\{\{|\}\}|\{%|%[A-Z_]{3,}%|\[\[|^(?:null|undefined|none|n/?a)$", text, re.IGNORECASE):
                return text[:300]
    return ""


def _marked(things: list[Mapping[str, Any]], context: Context) -> Marked:
    numbers: dict[str, Stated[str]] = {}
    totals: dict[Money, Stated[Money]] = {}
    items: dict[str, Stated[str]] = {}
    tracking: dict[str, Stated[str]] = {}
    placed: Stated[date] | None = None
    promised: Stated[date | Span] | None = None
    method = carrier = None
    service: Stated[OrderClass] | None = None
    for thing in things:
        kind = _type(thing)
        if kind == "Order" or kind == "Invoice":
            orders = (
                [o for o in _all(thing.get("referencesOrder")) if isinstance(o, Mapping)] if kind == "Invoice" else []
            )
            for order in (thing, *orders):
                if number := _text(order.get("orderNumber")):
                    numbers.setdefault(number, _stated("orderNumber", number))
                placed = placed or _day("orderDate", order, context)
                for name in _names(order):
                    items.setdefault(name, _stated("name", name))
                for parcel in _all(order.get("orderDelivery")):
                    if isinstance(parcel, Mapping):
                        promised, carrier = _parcel(parcel, tracking, promised, carrier, context)
            for value, quote in _totals(thing):
                totals.setdefault(value, Stated(value, quote, READER))
            method = method or _method(thing)
        elif kind == "ParcelDelivery":
            promised, carrier = _parcel(thing, tracking, promised, carrier, context)
            for order in _all(thing.get("partOfOrder")):
                if isinstance(order, Mapping) and (number := _text(order.get("orderNumber"))):
                    numbers.setdefault(number, _stated("orderNumber", number))
            for name in _names({"acceptedOffer": None, "orderedItem": thing.get("itemShipped")}):
                items.setdefault(name, _stated("name", name))
        elif _SERVICES.search(kind):
            if number := _text(thing.get("reservationNumber") or thing.get("reservationId")):
                numbers.setdefault(number, _stated("reservationNumber", number))
            for value, quote in _totals(thing):
                totals.setdefault(value, Stated(value, quote, READER))
            if name := _text(thing.get("reservationFor")):
                items.setdefault(name, _stated("reservationFor", name))
            placed = placed or _day("bookingTime", thing, context)
            service = service or Stated(OrderClass.SERVICE, kind, READER)
    return Marked(
        order_number=next(iter(numbers.values())) if len(numbers) == 1 else None,
        total=next(iter(totals.values())) if len(totals) == 1 else None,
        items=tuple(items.values())[:50],
        placed_at=placed,
        promised_by=promised,
        payment_method=method,
        tracking_numbers=tuple(tracking.values())[:20],
        carrier=carrier,
        order_class=service,
    )


def _stated(name: str, value: str) -> Stated[str]:
    return Stated(value, quoted(f"{name}: {value}", value), READER)


def _names(order: Mapping[str, Any]) -> Iterator[str]:
    """Names of the things ordered: acceptedOffer / itemOffered, orderedItem."""
    for key in ("acceptedOffer", "orderedItem"):
        for one in _all(order.get(key)):
            inner = one
            for deeper in ("itemOffered", "orderedItem"):
                if isinstance(inner, Mapping) and isinstance(inner.get(deeper), (Mapping, list, str)):
                    inner = inner[deeper]
            if name := _text(inner):
                yield name


def _totals(thing: Mapping[str, Any]) -> Iterator[tuple[Money, str]]:
    """The price of a whole order or reservation; never that of one offer."""
    specification = next((s for s in _all(thing.get("totalPaymentDue")) if isinstance(s, Mapping)), {})
    price = thing.get("price") or thing.get("totalPrice") or specification.get("price") or specification.get("value")
    currency = _text(
        thing.get("priceCurrency") or thing.get("currency") or specification.get("priceCurrency")
        or specification.get("currency")
    ).upper()  # fmt: skip
    text = _text(price)
    if not text:
        return
    if currency not in money.CODES:
        found = money.parse(text, "en")
        if found is None:
            return
        yield found, quoted(f"price: {text}")
        return
    try:
        amount = Decimal(re.sub(r"[^\d.,-]", "", text))
    except InvalidOperation:
        found = money.parse(f"{currency} {text}", "en")
        if found is None:
            return
        amount = found.amount
    if amount.is_finite() and abs(amount) < 10**12:
        if money.decimals(currency) == 0 and amount == amount.to_integral_value():
            amount = amount.to_integral_value()
        yield Money(amount, currency), quoted(f"price: {text} {currency}")


def _day(name: str, thing: Mapping[str, Any], context: Context) -> Stated[date] | None:
    text = _text(thing.get(name))
    try:
        value = date.fromisoformat(text[:10])
    except ValueError:
        return None
    if not -400 < (value - context.near).days < 400:
        return None
    return Stated(value, quoted(f"{name}: {text}"), READER)


def _parcel(
    parcel: Mapping[str, Any],
    tracking: dict[str, Stated[str]],
    promised: Stated[date | Span] | None,
    carrier: Stated[str] | None,
    context: Context,
) -> tuple[Stated[date | Span] | None, Stated[str] | None]:
    if number := _text(parcel.get("trackingNumber")):
        tracking.setdefault(number, _stated("trackingNumber", number))
    if promised is None:
        found = _day("expectedArrivalUntil", parcel, context) or _day("expectedArrivalFrom", parcel, context)
        promised = Stated(found.value, found.quote, READER) if found else None
    if carrier is None and (name := _text(parcel.get("carrier") or parcel.get("provider"))):
        carrier = _stated("carrier", name)
    return promised, carrier


def _method(thing: Mapping[str, Any]) -> Stated[str] | None:
    value = _text(thing.get("paymentMethod"))
    if not value or "://" in value:
        value = value.rpartition("/")[2].rpartition("#")[2]
    return _stated("paymentMethod", money.mask_card_numbers(value)) if value else None
