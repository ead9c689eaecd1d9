"""The user's own letters: whom each went to, and what those to the seller add up to.

In charge of telling a letter to the marketplace, to a payment service or to a bank from one to the seller; of the
withdrawal that stands, and of until when he himself gave time for an answer or for the money. Which step of a ladder a
letter was is up to `escalate`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING

from monitor.knowledge import letters
from monitor.ledger.tally import Add
from monitor.types import Address, Event, Reading, Seller, Span

if TYPE_CHECKING:
    from monitor.knowledge import Shop

SELLER = "seller"
# Names of a marketplace's own desks.
_DESK = re.compile(
    r"(?:^|[._+-])(?:cs|help|helpdesk|support|services?|customers?|care|contact|info|kundenservice|claims?|disputes?"
    r"|no-?reply|donotreply|auto|notification|order|orders|account|payments?)(?:$|[._+-])",
    re.IGNORECASE,
)
# The role of whoever owns an address (`knowledge.sellers.ROLES`) as an addressee of the ladders.
_ADDRESSEES = {
    "marketplace": "marketplace", "payment_service": "provider", "payment_gateway": "provider",
    "carrier_billing": "provider", "card_issuer": "card_issuer", "bank": "bank", "carrier": "carrier",
}  # fmt: skip
# Texts by which the contract is given up or the money asked back.
_GIVES_UP = frozenset({"withdrawal", "refund_demand", "chargeback"})


@dataclass(frozen=True, slots=True)
class Standing:
    """What the letters to the seller add up to.

    `withdrawal`: the letter or call by which he gave the order up, where that stands; `until`: the day until which he
    gave time for the money, where it names one. `doubtful`: he may want the goods after all, only he can tell.
    `perhaps`: a letter may give the order up, and none clearly does.
    """

    withdrawal: Event | None = None
    until: date | None = None
    doubtful: bool = False
    perhaps: bool = False


def addressee(reading: Reading, seller: Seller, sold_by: str, senders: Collection[str]) -> str:
    """Whom a letter of the user went to: "seller", or one of the other addressees of the ladders.

    `senders`: addresses from which the seller himself has written. A marketplace that sells its own goods is the seller
    where no mail of the order names another one.
    """
    from monitor import knowledge  # late: most mailboxes hold no letter

    shops = knowledge.load().shops
    roles = []
    for to in reading.to:
        if not to.email or to.email == reading.sender.email:
            continue
        shop = shops.for_sender(Address("", to.email))
        role = _ADDRESSEES.get(shop.role, SELLER) if shop is not None else SELLER
        if shop is not None and shop.role == "marketplace":
            if _relays(to, shop, senders) or (shop.sells and not sold_by and shop.id == seller.known):
                role = SELLER
        elif shop is not None and shop.id == seller.known:
            role = SELLER
        roles.append(role)
    return SELLER if SELLER in roles or not roles else roles[0]


def _relays(to: Address, shop: Shop, senders: Collection[str]) -> bool:
    """Whether an address of a marketplace passes letters on to the seller: one below its domains, and no desk's."""
    below = any(to.domain.endswith(f".{domain}") for domain in shop.domains)
    if not below or to.email in shop.addresses:
        return False
    return to.email in senders or not _DESK.search(to.email.partition("@")[0])


def to_seller(letter: Event) -> bool:
    """Whether a letter that counts for an order is one to its seller: those to others say so by their rung."""
    rule = _rule(letter)
    return rule is None or rule[1] == SELLER


def gives_up(letter: Event, *, came: bool = False) -> bool:
    """Whether a letter or call gives the order up, or asks its money back; `came`: the goods were delivered.

    A rule that lets a buyer withdraw from what he received is, before that, the demand for it.
    """
    rule = _rule(letter)
    if rule is not None:
        from monitor.knowledge.forms import load_forms

        demand = not came and letter.payload["rung"] in load_forms().after_delivery
        return rule[0] in _GIVES_UP and rule[1] == SELLER and not demand
    return letter.reading is not None and letters.of(letter).family in (letters.WITHDRAWAL, letters.REFUND_DEMAND)


def standing(deeds: Iterable[Event], zone: tzinfo, add: Add, *, came: bool = False) -> Standing:
    """What letters and calls to the seller add up to (`deeds`: those that reached him, and what he was told).

    `came`: see `gives_up`.
    """
    withdrawal: Event | None = None
    until: date | None = None
    doubtful = perhaps = False
    for deed in sorted(deeds, key=lambda event: event.at):  # what he said last counts, of whatever day
        if deed.payload.get("result") == "refused" or not to_seller(deed):
            continue
        family = "" if _rule(deed) is not None or deed.reading is None else letters.of(deed).family
        if gives_up(deed, came=came):
            day = asked_until(deed, zone, add)
            if withdrawal is None or done_on(deed, zone) < done_on(withdrawal, zone):
                withdrawal = deed
            until = max(filter(None, (until, day)), default=None)
            doubtful = perhaps = False
        elif family == letters.PERHAPS and withdrawal is None:
            perhaps = True
        elif family == letters.TAKEN_BACK:
            perhaps = False
            withdrawal, until, doubtful = None, None, False
        elif family in (letters.WAVERS, letters.DEMAND) and withdrawal is not None:
            withdrawal, until, doubtful = None, None, True
        elif family != letters.THANKS and deed.kind == "contact":
            doubtful = perhaps = False
    return Standing(withdrawal, until, doubtful, perhaps)


def asked_until(letter: Event, zone: tzinfo, add: Add) -> date | None:
    """The day until which a letter gives time, None where it names none."""
    named = letter.payload.get("answer_by", "")
    if named:
        try:
            return date.fromisoformat(named)
        except ValueError:
            return None
    until = letters.of(letter).until
    return add(letter.at.astimezone(zone).date(), until) if isinstance(until, Span) else until


def done_on(event: Event, zone: tzinfo) -> date:
    """The day of a deed: the one that the user named, else that of the event."""
    try:
        return date.fromisoformat(event.payload.get("day", ""))
    except ValueError:
        return event.at.astimezone(zone).date()


def unanswered(found: Sequence[Event], last_word: datetime | None) -> list[Event]:
    """The letters to the seller that want an answer and have had none."""
    return [
        letter
        for letter in found
        if (last_word is None or letter.at > last_word)
        and to_seller(letter)
        and letters.of(letter).family != letters.THANKS
    ]


def _rule(event: Event) -> tuple[str, str] | None:
    """Text and first addressee of the rule that a letter or call was made by, None where it was none of a rule."""
    rung = event.payload.get("rung", "")
    if not rung:
        return None
    from monitor.knowledge.rights import load_rights  # late: most orders have no letter

    rule = load_rights().rules.get(rung)
    return (rule.text, rule.addressee[0]) if rule is not None else None
