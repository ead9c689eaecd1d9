"""Where a text goes that is handed in by hand: the page of a form, the number of a call, and how sure each is.

In charge of choosing among what the rules, the forms, the files on card issuers and marketplaces, and the seller's own
mails state. It invents nothing: a number that nobody saw at its owner's is named as one to be looked up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.config import Config
from monitor.escalate.circumstances import card_of
from monitor.run import claims, ladders
from monitor.types import Draft, Order, Step
from monitor.workdays import Calendar

if TYPE_CHECKING:
    from monitor.knowledge import Shop
    from monitor.knowledge.rights import Rule
    from monitor.run.orders import OrderView

MAIL, CHECKED, FOUND, VERIFY, LOOK_UP = "mail", "checked", "found", "verify", "look_up"
"""How sure a way is: the seller's mail states it; its owner's page does; other sources do; it is general knowledge;
nobody knows it, and the user has to look it up."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to hand a text in. `kind`: web, phone or email; `value`: the address or number, "" where it is to be looked
    up; `certainty`: one of the words above; `whose`: a name, "" where the addressee of the step says it.
    """

    kind: str
    value: str
    certainty: str
    whose: str = ""


def ways(view: OrderView, step: Step | None, draft: Draft, config: Config) -> list[Way]:
    """The ways for this draft, the surest first within each kind; empty where a letter or mail goes out."""
    climb = ladders.ladders(config, config.rules(), Calendar(config.user.country, config.calendar.extra_holidays))
    rule = climb.rights.rules.get(draft.rung)
    whom = set(draft.addressee.split("+")) if draft.addressee else set(rule.addressee if rule is not None else ())
    if whom == {"seller"} or (draft.channel == "email" and draft.mode in ("", "email")):
        return [*_of_form(draft, rule), *_of_seller(step)]
    found: dict[tuple[str, str], Way] = {}
    shop = _office(view.order, whom, climb)
    for way in (*_of_form(draft, rule), *_of_rule(rule), *_of_shop(shop, rule)):
        found.setdefault((way.kind, way.value), way)
    known = {kind for kind, value in found if value}
    return [way for way in found.values() if way.value or way.kind not in known]


def _of_seller(step: Step | None) -> Iterator[Way]:
    """How the seller is reached, as his mails have it."""
    if step is None or not step.to:
        return
    kind = "email" if "@" in step.to else "web" if step.to.startswith(("https://", "http://")) else "phone"
    yield Way(kind, step.to, MAIL)


def _of_form(draft: Draft, rule: Rule | None) -> Iterator[Way]:
    if draft.link.startswith(("https://", "http://")):
        yield Way("web", draft.link, _certainty(rule))


def _of_rule(rule: Rule | None) -> Iterator[Way]:
    if rule is None:
        return
    for link in (rule.link, *rule.more_links):
        if link.startswith(("https://", "http://")):
            yield Way("web", link, _certainty(rule))
    if rule.phone and not rule.phone_recalled:
        yield Way("phone", rule.phone, _certainty(rule))
    elif rule.phone or "phone" in rule.channel:
        yield Way("phone", "", LOOK_UP)


def _of_shop(shop: Shop | None, rule: Rule | None) -> Iterator[Way]:
    """The contact of a card issuer, service or marketplace, as its file has it."""
    if shop is None:
        return
    told = shop.contact.get("certainty", "")
    certainty = (
        CHECKED if told.startswith(("official", "on an official")) else FOUND if "in the source" in told else VERIFY
    )
    for kind in ("web", "phone", "email"):
        recalled = kind == "phone" and rule is not None and rule.phone_recalled and rule.phone == shop.contact.get(kind)
        if shop.contact.get(kind) and not recalled:
            yield Way(kind, shop.contact[kind], certainty, shop.names[0])


def _office(order: Order, whom: set[str], climb: ladders.Ladders) -> Shop | None:
    """The card issuer or the marketplace of the order, where it is known by name."""
    if "card_issuer" in whom or "bank" in whom:
        card = card_of(order, climb.rules)
        named = climb.shops.for_name(card.issuer) if card is not None and card.issuer else None
        return named or claims.issuer_shop(order, climb)
    if "marketplace" in whom and order.seller.known:
        return climb.shops.get(order.seller.known)
    return None


def _certainty(rule: Rule | None) -> str:
    return FOUND if rule is not None and rule.source_kind == "looked up" else VERIFY
