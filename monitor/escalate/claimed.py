"""Claims that a payment service or a marketplace says the user opened with it.

In charge of taking its mail for the deed: whoever opened a dispute on the page of the service need not say so here
once more; and of taking its no for the refusal. It decides neither whether the claim leads anywhere nor what follows
(`walk`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from monitor.knowledge import periods
from monitor.knowledge.rights import Rights, Rule
from monitor.types import Authentication, Event, Kind, Order, Source

_CLAIMS = frozenset({"provider_dispute", "marketplace_claim"})


def with_claims(order: Order, rights: Rights) -> Order:
    """The order, with every claim that mails of its service tell of as a contact of the user's, on the first one's day.

    A mail whose authentication is `fail` tells of none. The first mail about a claim may come later than the claim,
    never earlier: the day of opening that it states goes before its own, and a day that the user names (`did ... --on`)
    before both where it is earlier, as the earliest counts. The number under which the claim is kept is that of its
    mails where the user gave none. A mail that says that the claim was refused is the service's no to it, and to all
    that can be asked of the service after it.
    """
    found: list[Event] = []
    opened: set[str] = set()
    numbers: dict[str, str] = {}
    for event in sorted(order.events, key=lambda event: event.at):
        reading = event.reading
        if event.kind != Kind.DISPUTE_UPDATE or event.source is not Source.MAIL or reading is None:
            continue
        if reading.own or reading.program or reading.authentication is Authentication.FAIL:
            continue
        outcome = reading.finding.outcome
        if reading.finding.protected_until is not None and outcome is None and reading.finding.case_number is None:
            continue  # until when he is protected, or that it was extended: nobody opened anything
        refused = outcome is not None and outcome.value == periods.REFUSED
        rule = _opening(reading.verdict.from_service or order.seller.known, rights)
        if rule is not None and reading.finding.case_number is not None:
            numbers.setdefault(rule.id, reading.finding.case_number.value)
        if rule is not None and rule.id not in opened:
            opened.add(rule.id)
            found.append(_contact(event, order, rule))
        if refused and rule is not None:
            after = [other for other in rights.rules.values() if rule.id in other.needs]
            for one in (rule, *after):
                if one is not rule and one.id not in opened:
                    found.append(_contact(event, order, one))  # it decides only what was asked of it
                    opened.add(one.id)
                found.append(_contact(event, order, one, refused=True))
        elif refused and (asked := _asked_of_bank(order, event, rights)) is not None:
            found.append(_contact(event, order, asked, refused=True))
    if not found and not numbers:
        return order
    return replace(order, events=tuple(_numbered(event, numbers) for event in (*order.events, *found)))


def _numbered(event: Event, numbers: Mapping[str, str]) -> Event:
    """A contact with the case number that its mails name, where the user gave none."""
    number = numbers.get(event.payload.get("rung", "")) if event.kind == "contact" else None
    if number is None or event.payload.get("case_number") or "result" in event.payload:
        return event
    return replace(event, payload={**event.payload, "case_number": number})


def _contact(event: Event, order: Order, rule: Rule, *, refused: bool = False) -> Event:
    payload = {"rung": rule.id, "channel": rule.channel[0]} | ({"result": "refused"} if refused else {})
    opened = event.reading.finding.case_opened if event.reading is not None else None
    if opened is not None and not refused and opened.value <= event.at.date():
        payload["day"] = opened.value.isoformat()
    return Event(event.id, order.id, event.at, "contact", Source.MAIL, event.mail, None, payload)


def _asked_of_bank(order: Order, event: Event, rights: Rights) -> Rule | None:
    """What the user last asked of a card issuer or bank before a mail of theirs; None where he told of nothing."""
    asked = [
        rule
        for told in sorted(order.events, key=_on)
        if _on(told) <= _on(event) and told.kind in ("contact", "letter")
        and (rule := rights.rules.get(told.payload.get("rung", ""))) is not None
        and {"card_issuer", "bank"} & set(rule.addressee)
    ]  # fmt: skip
    return asked[-1] if asked else None


def _on(event: Event) -> str:
    """The day of a deed (ISO): the one that the user named, else that of the event."""
    return event.payload.get("day", "") or event.at.date().isoformat()


def _opening(service: str, rights: Rights) -> Rule | None:
    """The rule by which a claim is opened with a service (its id in the shops or payment services), None if none is."""
    if not service:
        return None
    for rule in rights.rules.values():
        named = any(service == seller or service.startswith(seller + "_") for seller in rule.sellers)
        if named and rule.text in _CLAIMS and not rule.needs:
            return rule
    return None
