"""What a letter asks for, put together: sums from `escalate.amounts`, the card from the settings.

In charge of handing both to `draft`, which computes nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from monitor import draft as drafting
from monitor import knowledge
from monitor.escalate.amounts import Owed, owed, surcharge
from monitor.escalate.circumstances import card_of, is_abroad, kind_of_order
from monitor.escalate.facts import refund_due
from monitor.escalate.happenings import next_payment_day
from monitor.knowledge.phrases import squeeze
from monitor.render import local_day
from monitor.types import Due, Expectation, Money
from monitor.workdays import country_code

if TYPE_CHECKING:
    from monitor.knowledge import Shop
    from monitor.run.ladders import Ladders
    from monitor.types import Judgement, Order, Rules


def claim_of(order: Order, judgement: Judgement, ladders: Ladders) -> drafting.Claim:
    """The money that a letter about this order asks for on the day of the judgement."""
    folder = ladders.config.knowledge_folder()
    shops = knowledge.load(folder if folder.is_dir() else None).shops
    shop = shops.get(order.seller.known) if order.seller.known else None
    judgement = _with_refund_due(order, judgement, ladders, shop)
    found = owed(order, judgement, ladders.rules, ladders.rights, ladders.calendar, shop=shop)
    late = _surcharge(order, judgement, found, ladders, shop)
    return drafting.Claim(
        surcharge_percent=late[0] if late else None,
        surcharge=late[1] if late else None,
        statutory_interest=_statutory_interest(order, judgement, found, ladders, shop),
        principal=found.principal,
        rate=found.rate,
        interest_from=found.interest_from,
        interest=found.interest,
        counted_to=found.counted_to or (local_day(judgement.judged_at, ladders.rules.timezone) if late else None),
        total=_sum(found.principal, late[1]) if late else found.total,
        refund_due=found.refund_due,
        unpaid=found.unpaid,
    )


def _surcharge(
    order: Order, judgement: Judgement, found: Owed, ladders: Ladders, shop: Shop | None
) -> tuple[Decimal, Money] | None:
    """What the law of the user's country adds to a refund that is late (France: 10, 20 or 50 %), as percent and sum.

    Only where the contract ended before anything came: by the seller's own cancellation, or by the user's notice. Of a
    seller abroad none is asked, nor where the rule may not be cited.
    """
    rules, today = ladders.rules, local_day(judgement.judged_at, ladders.rules.timezone)
    ended = order.cancelled_at is not None or drafting.withdrawn(order, rules.timezone, ladders.rights.rules)
    if found.principal is None or found.refund_due is None or not ended or is_abroad(order, rules, shop):
        return None
    if order.delivered_at is not None or order.returned_at is not None:
        return None
    kind = kind_of_order(order, shop)
    for rule in ladders.rights.rules.values():
        if rule.surcharges and rule.citable and rule.country == country_code(rules.country) and rule.in_force(today):
            added = surcharge(found.principal, found.refund_due, today, rule)
            if kind in rule.order and added.amount > 0:
                days = (today - found.refund_due).days
                step = next(one for one in rule.surcharges if one.until_days is None or days <= one.until_days)
                return step.percent, added
    return None


def _statutory_interest(
    order: Order, judgement: Judgement, found: Owed, ladders: Ladders, shop: Shop | None
) -> bool:  # fmt: skip
    """Whether a late refund bears interest above a base rate (Germany), which changes and is not known here."""
    rules, today = ladders.rules, local_day(judgement.judged_at, ladders.rules.timezone)
    if found.refund_due is None or today <= found.refund_due or is_abroad(order, rules, shop):
        return False
    kind, country = kind_of_order(order, shop), country_code(rules.country)
    return any(
        rule.interest_over_base is not None and rule.country == country and kind in rule.order and rule.in_force(today)
        for rule in ladders.rights.rules.values()
    )


def _sum(principal: Money | None, added: Money) -> Money:
    return added if principal is None else Money(principal.amount + added.amount, principal.currency)


def _with_refund_due(order: Order, judgement: Judgement, ladders: Ladders, shop: Shop | None) -> Judgement:
    """The judgement, with the day on which the refund falls due by the user's own withdrawal where it names none.

    Of goods that were delivered the refund waits for their return, so nothing is counted there.
    """
    if any(due.expectation is Expectation.REFUND for due in judgement.dues) or order.delivered_at is not None:
        return judgement
    zone = ladders.rules.timezone
    day = drafting.withdrawn(order, zone, ladders.rights.rules)
    if day is None:
        return judgement
    abroad = is_abroad(order, ladders.rules, shop)
    due_on = refund_due(ladders.rights, day, ladders.calendar, abroad=abroad)
    since = datetime.combine(day, time(), ZoneInfo(zone))
    due = Due(Expectation.REFUND, since, due_on, True, (), "user", "due.refund.user")
    return replace(judgement, dues=(*judgement.dues, due))


def issuer_of(order: Order, ladders: Ladders) -> Mapping[str, str]:
    """Who issued the card by the mails ("신한카드 일시불"): language -> name; empty where none is known."""
    shop = issuer_shop(order, ladders)
    if shop is None:
        return {}
    latin = next((name for name in shop.names if name.isascii()), shop.names[0])
    return {"ko": shop.names[0], "en": latin}


def issuer_shop(order: Order, ladders: Ladders) -> Shop | None:
    """What is known of the issuer whom the mails name, None where they name none."""
    stated = (order.payment_method or "").casefold()
    words, spaced = squeeze(stated), " ".join(re.findall(r"\w+", stated))
    shops = ladders.shops
    best: tuple[str, str] = ("", "")
    for name, shop_id in shops.by_name.items() if words else ():
        bare = _LATIN.sub("", name)  # a mail says 국민카드 where the company is KB국민카드
        found = next((form for form in (name, bare) if len(form) >= 4 and form in words), "")
        shop = shops.get(shop_id) if len(found) > len(best[0]) else None
        if shop is not None and found.isascii() and not _as_word(shop.names, spaced):
            continue  # a "purchase" is no Chase, and Citizens are not Citi
        if shop is not None and shop.role == "card_issuer" and shop_id not in ISSUE_NONE:
            best = (found, shop_id)
    return shops.get(best[1])


def _as_word(names: Sequence[str], text: str) -> bool:
    """Whether one of the names stands in the text as a word of its own."""
    spelled = (" ".join(re.findall(r"\w+", name.casefold())) for name in names)
    return any(f" {name} " in f" {text} " for name in spelled)


_LATIN = re.compile(r"^[a-z]+(?=[가-힣])")
ISSUE_NONE = ("jcb", "discover", "amex")
"""Known senders of card mails whose name in a mail is that of the network, whoever issued the card."""


def card_for(order: Order, judgement: Judgement, rules: Rules) -> tuple[drafting.Card | None, date | None]:
    """The user's card by which the order was paid, and the day on which its next bill is debited."""
    card = card_of(order, rules)
    if card is None:
        return None, None
    today = local_day(judgement.judged_at, rules.timezone)
    day = next_payment_day(today, card.payment_day) if card.payment_day else None
    return drafting.Card(card.issuer, card.network, card.last4), day
