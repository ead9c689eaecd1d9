"""How much can be asked for: what is still owed of an order, and what a late refund adds to it.

In charge of the sums of a claim: paid minus given back, late-payment interest, and surcharges that a law adds to a late
refund. Sums stay in the currency in which they were charged: nothing is converted, and sums of different currencies are
never subtracted. Rates are the rules' (`interest_percent`, `interest_over_base`, `surcharges`), none stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import TYPE_CHECKING

from monitor.escalate.circumstances import card_of, is_abroad, kind_of_order
from monitor.escalate.facts import on_day_of_month, refund_due
from monitor.escalate.happenings import next_payment_day
from monitor.knowledge.rights import Rights, Rule
from monitor.money import decimals
from monitor.render import local_day
from monitor.types import Expectation, Judgement, Money, Order, Rules
from monitor.workdays import Calendar, country_code

if TYPE_CHECKING:
    from monitor.knowledge import Shop

_DAY = timedelta(days=1)
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


@dataclass(frozen=True, slots=True)
class Owed:
    """What a letter can ask for on one day. What is not known is None.

    `rate`: percent a year that a late refund bears by the law of the user's country; `interest_from` the first day of
    it, `interest` what it comes to on `counted_to`, `total` both together. `unpaid`: instalments not yet debited.
    """

    principal: Money | None
    refund_due: date | None = None
    rate: Decimal | None = None
    interest_from: date | None = None
    interest: Money | None = None
    counted_to: date | None = None
    total: Money | None = None
    unpaid: Money | None = None


def owed(
    order: Order, judgement: Judgement, rules: Rules, rights: Rights, calendar: Calendar, *, shop: Shop | None = None
) -> Owed:
    """What is owed of an order on the day of the judgement, in the user's time zone.

    Interest is that of the user's own country, so of a seller abroad none is asked; nor where the rule may not be
    cited. The refund is due on the day that the judge names, else counted from the user's own withdrawal.
    """
    today = local_day(judgement.judged_at, rules.timezone)
    principal = claim(order).principal
    abroad = is_abroad(order, rules, shop)
    due = _refund_due(order, judgement, rules, rights, calendar, abroad=abroad)
    rule = None if abroad else _late_rule(rights, rules.country, kind_of_order(order, shop), today)
    unpaid = _unpaid(order, rules, today)
    if rule is None or rule.interest_percent is None:
        return Owed(principal, due, unpaid=unpaid)
    announced, by_law = due, _due_by_law(order, rules, rights, calendar) or due
    due = min(filter(None, (due, by_law)), default=None)
    if announced is None or by_law is None or today <= max(announced, by_law) or not principal or principal.amount <= 0:
        return Owed(principal, due, rule.interest_percent, by_law + _DAY if by_law else None, unpaid=unpaid)
    grown = interest(principal, by_law, today, rule)
    total = Money(principal.amount + grown.amount, principal.currency)
    return Owed(principal, due, rule.interest_percent, by_law + _DAY, grown, today, total, unpaid)


def _due_by_law(order: Order, rules: Rules, rights: Rights, calendar: Calendar) -> date | None:
    """The law's last day for the refund, from which a late one bears interest; None where no mail tells its beginning.

    A day that the seller announces for it moves when he is reminded and not what the law gives, to neither side. One
    that the user granted himself holds.
    """
    began = [order.returned_at] if order.delivered_at is not None else [order.cancelled_at]
    days = [local_day(at, rules.timezone) for at in began if at is not None]
    if order.withdrawal is not None and order.delivered_at is None:
        named = order.withdrawal.payload.get("day", "")
        days.append(date.fromisoformat(named) if named else local_day(order.withdrawal.at, rules.timezone))
    if not days:
        return None
    found = refund_due(rights, min(days), calendar)
    granted = order.withdrawal_until
    return max(found, granted) if granted is not None else found


def _refund_due(
    order: Order, judgement: Judgement, rules: Rules, rights: Rights, calendar: Calendar, *, abroad: bool
) -> date | None:
    days = [due.due_on for due in judgement.dues if due.expectation is Expectation.REFUND]
    if days:
        return min(days)
    for event in sorted(order.letters, key=lambda letter: letter.at):
        rule = rights.rules.get(event.payload.get("rung", ""))
        if rule is not None and rule.text == "withdrawal" and order.delivered_at is None:
            return refund_due(rights, local_day(event.at, rules.timezone), calendar, abroad=abroad)
    return None


def _late_rule(rights: Rights, country: str, kind: str, today: date) -> Rule | None:
    for rule in rights.rules.values():
        if rule.interest_percent is None or rule.country != country_code(country) or not rule.citable:
            continue
        if rule.in_force(today) and (kind in rule.order or "any" in rule.order):
            return rule
    return None


def _unpaid(order: Order, rules: Rules, today: date) -> Money | None:
    """The instalments that are not debited yet, by the days of the card in the settings; None where they are not known.

    Equal parts, the first with what does not divide. The first is debited on the payment day after the first statement.
    """
    card, parts, total = card_of(order, rules), order.instalments, order.paid or order.total
    if card is None or card.payment_day is None or card.statement_day is None or not parts or parts < 2:
        return None
    if total is None or order.paid_at is None:
        return None
    sent = on_day_of_month(local_day(order.paid_at, rules.timezone), card.statement_day)
    debit = on_day_of_month(sent + _DAY, card.payment_day)
    gone = 0
    while gone < parts and debit <= today:
        gone += 1
        debit = next_payment_day(debit, card.payment_day)
    if gone == 0:
        return total
    part = _rounded(total.amount / parts, total.currency)
    return Money(part.amount * (parts - gone), total.currency)


def claim(order: Order) -> Claim:
    """Paid minus given back; an order's total where no mail states a payment. In the currency charged."""
    paid = order.paid or order.total
    back = order.given_back
    if order.refund_missing_at is not None:
        return Claim(paid, paid, None)  # by mail it came back, by the user's word it did not
    if back is None and any(question.startswith("refund_sum") for question in order.questions):
        return Claim(None, paid, None)  # some of it came back, nobody knows how much
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
