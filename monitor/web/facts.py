"""The facts of an order as they stand: each in words, with what proves it and with what a form for it begins with.

In charge of choosing among what the mails state and the user said. How a value is worded and quoted, `story` says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from monitor import render
from monitor.run import showing
from monitor.run.orders import OrderView
from monitor.web import story
from monitor.web.story import Proof

INSTALMENTS = frozenset({"credit_card", "credit_card_installment", "easy_pay_card"})
"""Ways of paying that can be by instalments."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A value of the order as it stands: in words, and what proves it (nothing where only the user said it).

    `set_to`: what a form for its correction begins with; `kind` of that form: text, lines, date, money or payment.
    `field`: what it corrects, where that is not `name`; `which`: the parcel, by the number that it has now.
    """

    name: str
    text: str
    proof: Proof | None
    said: bool
    set_to: str = ""
    kind: str = "text"
    settable: bool = True
    field: str = ""
    which: str = ""


def of_order(view: OrderView, language: str, today: date, timezone: str) -> list[Fact]:
    """What is known of the order, each with its proof."""
    order = view.order
    proven: dict[str, Proof] = {}
    several: dict[str, list[Proof]] = {}
    for event in order.events:
        if event.reading is None or event.reading.own:
            continue
        for proof in story.proofs(event.reading, language, today):
            if proof.name in ("item", "tracking_number"):
                several.setdefault(proof.name, []).append(proof)
            elif proof.name == "total" and event.kind not in ("order_confirmation", "payment_receipt"):
                proven.setdefault("money_back", proof)
            elif proof.name in ("promised_by", "dispatch_by", "refund_by", "pay_by"):
                proven[proof.name] = proof
            else:
                proven.setdefault(proof.name, proof)
    said = {
        event.payload["field"]: event.payload.get("value", "")
        for event in order.events
        if event.kind == "set" and event.payload.get("field")
    }
    found = [
        Fact("seller", render.one_line(order.seller.name or order.seller.domain, 80), proven.get("seller"),
             "seller" in said, render.one_line(order.seller.name, 80)),
        Fact("order_number", render.code(order.number or ""), proven.get("order_number"), "order_number" in said,
             render.code(order.number or "")),
        Fact("total", render.money(order.total, language) if order.total else "", proven.get("total"), "total" in said,
             f"{order.total.amount} {order.total.currency}" if order.total else "", "money"),
    ]  # fmt: skip
    items = several.get("item", [])
    goods = "\n".join(render.code(item, 120) for item in order.items)
    for place, item in enumerate(order.items[:12] or ("",)):
        text = render.code(item, 120)
        shown = next((one for one in items if one.text == text), None)
        found.append(
            Fact(
                "item" if not place else "",
                text,
                shown,
                "items" in said,
                goods,
                "lines",
                settable=not place,
                field="items",
            )
        )
    placed = render.local_day(order.placed_at, timezone)
    found.append(
        Fact("placed_at", showing.words(placed, language, today), proven.get("placed_at"), "placed_at" in said,
             placed.isoformat(), "date")
    )  # fmt: skip
    method = render.word("payment", order.payment, language) if order.payment else ""
    shown = proven.get("payment_method")
    if order.payment_method:
        words = render.mask_cards(render.one_line(order.payment_method, 60))
        # the seller's own words stand beside it as the proof, where there is one
        told = method and (words == method or (shown is not None and words in shown.quote))
        method = method if told else f"{method} ({words})" if method else words
    found.append(
        Fact("payment", method, shown, bool({"payment", "payment_method"} & said.keys()),
             order.payment or "", "payment")
    )  # fmt: skip
    for name in ("pay_by", "dispatch_by", "promised_by", "refund_by"):
        stated = proven.get(name)
        if name in said:
            text = showing.words(date.fromisoformat(said[name]), language, today)
            found.append(Fact(name, text, None, True, said[name], "date"))
        elif stated is not None:
            found.append(Fact(name, stated.text, stated, False, "", "date"))
    numbers = several.get("tracking_number", [])
    numbers_said = [
        event.payload.get("value", "") for event in order.events if event.payload.get("field") == "tracking_number"
    ]
    for place, parcel in enumerate(order.parcels[:6]):
        number = render.code(parcel.tracking_number, 120)
        carrier = render.one_line(parcel.carrier, 40)
        shown = next((one for one in numbers if one.text == number), None)
        mine = {one.rpartition("=")[2] for one in numbers_said}
        found.append(
            Fact(
                "tracking_number",
                number,
                shown,
                parcel.tracking_number in mine,
                number,
                field="tracking_number",
                which=parcel.tracking_number,
            )
        )
        if not place or carrier:
            found.append(
                Fact(
                    "carrier",
                    carrier,
                    None,
                    "carrier" in said,
                    carrier,
                    settable=not place,
                    field="carrier",
                )
            )
    if not order.parcels:
        found.append(Fact("tracking_number", "", None, False))
    if order.delivered_at is not None:
        came = render.local_day(order.delivered_at, timezone)
        by_hand = "delivered_on" in said or order.arrived_said is True
        found.append(
            Fact("delivered_on", showing.words(came, language, today), None, by_hand, came.isoformat(), "date")
        )
    if order.payment in INSTALMENTS or order.instalments:
        found.append(
            Fact(
                "instalments",
                render.instalments(order.instalments, language) if order.instalments else "",
                proven.get("instalments"),
                "instalments" in said,
                str(order.instalments or ""),
            )
        )
    return found
