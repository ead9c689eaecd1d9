"""Claims that a payment service or a marketplace says the user opened with it.

In charge of taking its mail for the deed: whoever opened a dispute on the page of the service need not say so here
once more. It decides neither whether the claim leads anywhere nor what follows (`walk`).
"""

from __future__ import annotations

from dataclasses import replace

from monitor.knowledge.rights import Rights, Rule
from monitor.types import Authentication, Event, Kind, Order, Source

_CLAIMS = frozenset({"provider_dispute", "marketplace_claim"})


def with_claims(order: Order, rights: Rights) -> Order:
    """The order, with every claim that mails of its service tell of as a contact of the user's, on the first one's day.

    A mail whose authentication is `fail` tells of none. The first mail about a claim may come later than the claim,
    never earlier: a day that the user names (`did ... --on`) goes before it, as the earliest counts.
    """
    found: dict[str, Event] = {}
    for event in sorted(order.events, key=lambda event: event.at):
        reading = event.reading
        if event.kind != Kind.DISPUTE_UPDATE or event.source is not Source.MAIL or reading is None:
            continue
        if reading.own or reading.program or reading.authentication is Authentication.FAIL:
            continue
        rule = _opening(reading.verdict.from_service or order.seller.known, rights)
        if rule is None or rule.id in found:
            continue
        payload = {"rung": rule.id, "channel": rule.channel[0]}
        found[rule.id] = Event(event.id, order.id, event.at, "contact", Source.MAIL, event.mail, None, payload)
    return replace(order, events=(*order.events, *found.values())) if found else order


def _opening(service: str, rights: Rights) -> Rule | None:
    """The rule by which a claim is opened with a service (its id in the shops or payment services), None if none is."""
    if not service:
        return None
    for rule in rights.rules.values():
        named = any(service == seller or service.startswith(seller + "_") for seller in rule.sellers)
        if named and rule.text in _CLAIMS and not rule.needs:
            return rule
    return None
