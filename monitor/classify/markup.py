"""What a mail's schema.org markup says of it: kind and seller. In charge of JSON-LD and, roughly, of microdata;
values such as amounts and numbers are up to `extract`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from monitor.types import Kind

MAX_SCRIPT = 200_000
MAX_NODES = 2_000


class Markup(NamedTuple):
    """`kind` is None where the markup is about a purchase and does not say what happened."""

    kind: Kind | None
    seller: str  # "" where none is named
    type: str  # of schema.org


_TYPES = frozenset({
    "Order", "OrderItem", "ParcelDelivery", "Invoice", "Reservation", "FlightReservation", "LodgingReservation",
    "EventReservation", "TrainReservation", "BusReservation", "RentalCarReservation", "FoodEstablishmentReservation",
    "TaxiReservation",
})  # fmt: skip
_STATUS = {
    "ordercancelled": Kind.CANCELLATION, "ordercanceled": Kind.CANCELLATION, "orderdelivered": Kind.DELIVERED,
    "orderintransit": Kind.SHIPPED, "orderpickupavailable": Kind.SHIPPED, "orderprocessing": Kind.ORDER_CONFIRMATION,
    "orderpaymentdue": Kind.ORDER_CONFIRMATION, "orderreturned": Kind.RETURNED, "orderproblem": Kind.DELAYED,
    "paymentcomplete": Kind.PAYMENT_RECEIPT, "paymentautomaticallyapplied": Kind.PAYMENT_RECEIPT,
    "paymentdeclined": Kind.PAYMENT_FAILED, "paymentpastdue": Kind.PAYMENT_FAILED,
    "reservationconfirmed": Kind.ORDER_CONFIRMATION, "reservationcancelled": Kind.CANCELLATION,
    "confirmed": Kind.ORDER_CONFIRMATION, "cancelled": Kind.CANCELLATION,
}  # fmt: skip
_SELLERS = ("seller", "merchant", "broker", "provider", "reservationFor.provider", "underName.provider")
_SCRIPT = re.compile(r"<script[^>]{0,300}ld\+json[^>]{0,100}>", re.IGNORECASE)
_ITEM = re.compile(r"itemtype\s{0,3}=\s{0,3}[\"']https?://schema\.org/(\w{3,40})[\"']", re.IGNORECASE)
_ITEM_STATUS = re.compile(r"schema\.org/((?:Order|Payment|Reservation)[A-Z]\w{3,30})\b")
_ITEM_SELLER = re.compile(
    r"itemprop\s{0,3}=\s{0,3}[\"'](?:seller|merchant|broker|provider)[\"'][^<]{0,300}(?:<[^>]{0,300}>\s{0,50}){0,3}?"
    r"<[^>]{0,200}itemprop\s{0,3}=\s{0,3}[\"']name[\"'][^>]{0,20}(?:content\s{0,3}=\s{0,3}[\"']([^\"'<>]{1,80})[\"']|>([^<]{1,80})<)",
    re.IGNORECASE,
)


def read(html: str) -> Markup | None:
    """The markup of a purchase in a mail's HTML; None where there is none, or none that can be read."""
    if "schema.org" not in html:
        return None
    found: Markup | None = None
    for node in _nodes(html):
        kind = str(node.get("@type", ""))
        if kind not in _TYPES:
            continue
        here = Markup(_kind(node, kind), _seller(node), kind)
        if found is None or (found.kind is None and here.kind is not None):
            found = Markup(here.kind, here.seller or (found.seller if found else ""), kind)
        elif here.seller and not found.seller:
            found = Markup(found.kind, here.seller, found.type)
    return found or _microdata(html)


def _nodes(html: str) -> Iterator[dict[str, Any]]:
    """All objects of all JSON-LD scripts, outer ones first."""
    left = MAX_NODES
    for script in list(_SCRIPT.finditer(html, 0, 3_000_000))[:10]:
        end = html.find("</script", script.end())
        text = html[script.end() : end if end >= 0 else len(html)]
        if len(text) > MAX_SCRIPT:
            continue
        try:
            data = json.loads(text.strip().removeprefix("<!--").removesuffix("-->"), strict=False)
        except (ValueError, RecursionError):
            continue
        waiting = [data]
        while waiting and left:
            left -= 1
            node = waiting.pop(0)
            if isinstance(node, dict):
                yield node
                waiting += node.values()
            elif isinstance(node, list):
                waiting += node[:200]


def _kind(node: dict[str, Any], kind: str) -> Kind | None:
    for key in ("orderStatus", "paymentStatus", "reservationStatus", "deliveryStatus"):
        status = node.get(key)
        if isinstance(status, dict):
            status = status.get("@id") or status.get("name")
        if isinstance(status, str) and (found := _STATUS.get(status.rpartition("/")[2].lower())):
            return found
    if kind == "ParcelDelivery":
        return Kind.SHIPPED
    if kind == "Invoice":
        return None
    return Kind.ORDER_CONFIRMATION if kind.endswith("Reservation") else None


def _seller(node: dict[str, Any]) -> str:
    for key in _SELLERS:
        value: Any = node
        for step in key.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if isinstance(value, list):
            value = value[0] if value else None
        name = value.get("name") if isinstance(value, dict) else value
        if isinstance(name, str) and 1 < len(name.strip()) <= 80 and "://" not in name:
            return name.strip()
    inner = node.get("partOfOrder") or node.get("orderedItem")
    return _seller(inner) if isinstance(inner, dict) else ""


def _microdata(html: str) -> Markup | None:
    kinds = [kind for kind in _ITEM.findall(html[:400_000]) if kind in _TYPES]
    if not kinds:
        return None
    status = _ITEM_STATUS.search(html[:400_000])
    seller = _ITEM_SELLER.search(html[:400_000])
    return Markup(
        _STATUS.get(status[1].lower()) if status else Kind.SHIPPED if "ParcelDelivery" in kinds else None,
        (seller[1] or seller[2] or "").strip() if seller else "",
        kinds[0],
    )
