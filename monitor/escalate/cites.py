"""Which rules a step rests on besides its own: what its letter or form speaks of.

In charge of the ids that a text may cite; whether a rule may be cited at all is said by the rule (`Rule.citable`).
"""

from __future__ import annotations

from collections.abc import Mapping

from monitor.escalate.standing import Standing
from monitor.types import Settlement

# Section 11 of the rights table: "withdrawal + refund demand (cites 15, 17, 18, 15 % interest, 5(4))" and the like.
_WITH: Mapping[str, tuple[str, ...]] = {
    "kr-ecom-15-3-progress": ("kr-ecom-15-1-prepaid",),
    "kr-ecom-17-1-withdraw": (
        "kr-ecom-15-1-prepaid", "kr-ecom-15-2-unable", "kr-ecom-18-2-refund", "kr-ecom-18-2-interest",
        "kr-ecom-5-4-electronic",
    ),
    "kr-ecom-18-2-refund": ("kr-ecom-18-2-interest",),
    "kr-ecom-18-6-setoff": ("kr-ecom-18-2-refund",),
    "kr-ecom-18-11-joint": ("kr-ecom-18-2-refund",),
    "kr-pg-19": ("kr-ecom-18-11-joint",),
    "kr-naeyong": ("kr-ecom-17-1-withdraw", "kr-ecom-18-2-refund", "kr-ecom-18-2-interest"),
    "us-mito-refund": ("us-mito-30",),
    "uk-ccr-30": ("uk-ccr-34",),
    "eu-crd-9": ("eu-crd-11a", "eu-crd-13"),
    "fr-l216-6": ("fr-l216-1",),
    "fr-l216-7": ("fr-l216-6",),
}  # fmt: skip
_DESKS: Mapping[str, tuple[str, ...]] = {
    "kr-ecom-20-3-handling": ("kr-mk-11st", "kr-mk-gmarket", "kr-mk-coupang"),
    "kr-pg-19": ("kr-pg-inicis", "kr-pg-tosspayments", "kr-pg-kcp", "kr-pg-nice", "kr-pg-danal-etc"),
}  # fmt: skip


def cited(rung: str, own: tuple[str, ...], standing: Standing, payment: str) -> tuple[str, ...]:
    """The rules of a step: its own, those that its text speaks of, and the desk that it goes to where that is known."""
    rules = standing.rights.rules
    found = [*own, *_WITH.get(rung, ())]
    if standing.order.settlement is Settlement.ON_DELIVERY:
        found = ["kr-ecom-15-1-postpaid" if rule == "kr-ecom-15-1-prepaid" else rule for rule in found]
    involved = {event.reading.verdict.from_service for event in standing.order.events if event.reading is not None}
    if standing.shop is not None:
        involved.add(standing.shop.id)
    for desk in _DESKS.get(rung, ()):
        if desk in rules and involved & set(rules[desk].sellers):
            found.append(desk)
    return tuple(dict.fromkeys(rule for rule in found if rule in rules))
