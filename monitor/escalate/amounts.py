"""How much can be asked for: what is still owed of an order, and what a late refund adds to it.

In charge of the sums of a claim: paid minus given back, late-payment interest, and surcharges that a law adds to a late
refund. Sums stay in the currency in which they were charged: nothing is converted, and sums of different currencies are
never subtracted. Rates are the rules' (`interest_percent`, `interest_over_base`, `surcharges`), none stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from monitor.knowledge.rights import Rule
from monitor.money import decimals
from monitor.types import Money, Order

YEAR = 365  # days by which a yearly rate is divided, in leap years too


@dataclass(frozen=True, slots=True)
class Claim:
    """What can be claimed of an order.

    `principal` None: cannot be told, because nothing says what was paid, or because it was given back in another
    currency (`mixed`). `over`: as much as was paid, or more, has come back.
    """

    principal: Money | None
    paid: Money | None = None
    given_back: Money | None = None
    mixed: bool = False

    @property
    def over(self) -> bool:
        return self.principal is not None and self.principal.amount <= 0


def claim(order: Order) -> Claim:
    """Paid minus given back; an order's total where no mail states a payment. In the currency charged."""
    paid = order.paid or order.total
    back = order.given_back
    if paid is None or back is None:
        if order.fully_refunded and paid is not None:
            return Claim(Money(Decimal(0), paid.currency), paid, paid)
        return Claim(paid, paid, back)
    if paid.currency != back.currency:
        if order.fully_refunded:
            return Claim(Money(Decimal(0), paid.currency), paid, back, mixed=True)
        return Claim(None, paid, back, mixed=True)
    left = Decimal(0) if order.fully_refunded else max(paid.amount - back.amount, Decimal(0))
    return Claim(Money(left, paid.currency), paid, back)


def interest(principal: Money, due: date, today: date, rule: Rule, *, base_rate: Decimal | None = None) -> Money:
    """Simple interest on `principal` from the day after `due` up to and including `today`.

    Days over 365, times the rule's yearly rate (Korea: 15 %, Act on Consumer Protection in Electronic Commerce art.
    18(2)). Rounded down to the currency's smallest unit (whole won, cents), so that never more is asked for than is
    owed. A rate above the central bank's base rate (Germany, BGB s. 288) needs `base_rate`, in per cent; without it,
    and for a rule that knows no interest, the sum is zero.
    """
    rate = rule.interest_percent
    if rate is None and rule.interest_over_base is not None and base_rate is not None:
        rate = rule.interest_over_base + base_rate
    days = (today - due).days
    if rate is None or rate <= 0 or days <= 0 or principal.amount <= 0:
        return _rounded(Decimal(0), principal.currency)
    return _rounded(principal.amount * rate * days / (100 * YEAR), principal.currency)


def surcharge(principal: Money, due: date, today: date, rule: Rule) -> Money:
    """What the law adds to a refund that is late by so many days (France, Code de la consommation L241-4: 10, 20 or
    50 %). Zero up to and including `due`, and for a rule that knows none. Rounded down, as `interest`.
    """
    days = (today - due).days
    if days > 0 and principal.amount > 0:
        for step in rule.surcharges:
            if step.until_days is None or days <= step.until_days:
                return _rounded(principal.amount * step.percent / 100, principal.currency)
    return _rounded(Decimal(0), principal.currency)


def within_cap(principal: Money, rule: Rule) -> Money:
    """As much of the sum as the rule can give (compensation up to a limit). Another currency is left as it is."""
    if rule.amount_max_is != "cap" or rule.amount_max is None or principal.currency != rule.amount_currency:
        return principal
    return Money(min(principal.amount, rule.amount_max), principal.currency)


def _rounded(amount: Decimal, currency: str) -> Money:
    return Money(amount.quantize(Decimal(1).scaleb(-decimals(currency)), rounding=ROUND_DOWN), currency)
