"""Which ladder an order climbs: by the user's country, his way of paying, and the kind of order.

In charge of choosing the ladder, or the several that are possible while the way of paying is not known, and of placing
the overlays: a marketplace's own guarantee and PayPal come before the card, and after the letters to the seller. It
counts no days and judges no step.

Where the mails leave the way of paying open (a brand says nothing of credit or debit; an easy-pay service has a card or
a balance behind it), there is one branch for each ladder that may hold. Several ways of paying that lead to one ladder
are one branch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from monitor.escalate.circumstances import Circumstances, kind_of_order
from monitor.knowledge.rights import Ladder, Rights, Rule, Rung
from monitor.types import Card, Order, Rules
from monitor.workdays import country_code

EU = frozenset(
    {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"}
    | {"IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"}
)
# Zones of the tz database in which Ontario lies; `user.region` says it outright.
_ONTARIO = frozenset({"America/Toronto", "America/Thunder_Bay", "America/Nipigon", "America/Rainy_River"})
_JURISDICTION: Mapping[str, str] = {
    "KR": "KR", "US": "US", "GB": "UK", "DE": "DE", "FR": "FR", "JP": "JP", "AU": "AU",
}  # fmt: skip
UNKNOWN = ""
_OVERSEAS = {
    "credit_card": "credit_card_overseas",
    "credit_card_installment": "credit_card_overseas",
    "check_card": "check_card_overseas",
    "debit_card": "check_card_overseas",
    "charge_card": "credit_card_overseas",
}
_KIND_OF_CARD = {"credit": "credit_card", "check": "check_card", "debit": "debit_card", "charge": "charge_card"}
_CARD_WORD = re.compile(r"카드|card|carte|karte|カード", re.IGNORECASE)
INSTALMENT_MONTHS = 3
INSTALMENT_SUM_KR = Decimal(200000)  # Decree to the Instalment Transactions Act, art. 11: below it no defence
# Ways of paying that stand before a card, and whose own programme comes first.
_BEFORE_CARD = frozenset({"paypal", "bnpl_klarna"})
# The desks of easy-pay services, by what mails call them.
_DESKS = (
    ("kr-naverpay", re.compile(r"네이버|naver", re.IGNORECASE)),
    ("kr-kakaopay", re.compile(r"카카오|kakao", re.IGNORECASE)),
    ("kr-tosspay-payco", re.compile(r"토스|toss|페이코|payco", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class Branch:
    """One way that the order may have to go. `payment`: the class that is considered; `rungs`: with the overlays.

    `assumed`: that this payment class, or the region, is not known.
    """

    ladder: Ladder
    payment: str
    rungs: tuple[Rung, ...]
    assumed: bool = False


def jurisdiction(rules: Rules) -> str:
    """The jurisdiction of the user in the words of the ladders; "" where there are none for his country."""
    country = country_code(rules.country)
    if country == "CA":
        ontario = rules.region == "CA-ON" if rules.region else rules.timezone in _ONTARIO
        return "CA-ON" if ontario else ""
    return _JURISDICTION.get(country, "EU" if country in EU else "")


def branches(case: Circumstances, rules: Rules, rights: Rights, card: Card | None) -> tuple[Branch, ...]:
    """The ladders that may hold, the likeliest first; () where none does."""
    home = jurisdiction(rules)
    if not home:
        return ()
    told = payment_of(case, home, card)
    candidates = [told] if told else [_unknown(case)]
    if told in ("cod", "postpaid"):
        return ()
    # Klarna stands in no ladder of its own: the letters to the seller are those of the card's
    behind = "card" if told == "bnpl_klarna" else candidates[0]
    payments = list(dict.fromkeys(_expanded(behind, case, home, rights)))
    found: dict[str, Branch] = {}
    for payment in payments:
        ladder = _ladder(case, home, payment, rights)
        if ladder is not None and ladder.id not in found:
            found[ladder.id] = Branch(ladder, payment, ladder.steps)
    guessed = home == "CA-ON" and not rules.region
    several = len(found) > 1 or not told or guessed
    paid_before_card = told if told in _BEFORE_CARD else ""
    if paid_before_card:
        # PayPal and Klarna stand before whatever is behind them; the likeliest ladder carries the rest
        found = dict(list(found.items())[:1])
        several = guessed
    placed = []
    for branch in found.values():
        considered = replace(case, payment=paid_before_card or branch.payment if told else UNKNOWN)
        rungs = _with_overlays(branch.ladder, considered, rights)
        if paid_before_card == "bnpl_klarna":
            rungs = tuple(rung for rung in rungs if rights.rules[rung.rule].takes("bnpl_klarna"))
        placed.append(Branch(branch.ladder, considered.payment, rungs, several))
    return tuple(placed)


def payment_of(case: Circumstances, home: str, card: Card | None) -> str:
    """The payment class as far as the mails, the user and his card tell; "" where nothing does."""
    order = case.order
    payment = order.payment or ""
    if home == "KR" and case.shop is not None and case.shop.role == "app_store" and payment not in ("mobile_carrier",):
        return "app_store"
    if payment == "ars":
        payment = "mobile_carrier"
    if card is not None and card.kind and payment not in _BEFORE_CARD and payment != "credit_card_installment":
        payment = _KIND_OF_CARD[card.kind]
    if payment in ("", "credit_card", "charge_card", "visa", "mastercard", "amex", "jcb", "unionpay", "diners"):
        parts = order.instalments
        if parts is not None and parts >= (2 if home == "JP" else INSTALMENT_MONTHS):
            payment = "credit_card_installment"
        elif parts == 1:
            payment = "credit_card"  # one payment or several is a choice that only credit cards have
    if payment == "credit_card_installment" and home == "KR" and not _instalment_sale(order):
        payment = "credit_card"
    if home == "KR" and payment == "debit_card":
        payment = "check_card"
    if home != "KR" and payment == "check_card":
        payment = "debit_card"
    if payment == "charge_card":
        payment = "credit_card"
    return payment


def _instalment_sale(order: Order) -> bool:
    """Whether months and sum may give the defence; what is not known does not rule it out."""
    if order.instalments is not None and order.instalments < INSTALMENT_MONTHS:
        return False
    total = order.total or order.paid
    return total is None or total.currency != "KRW" or total.amount >= INSTALMENT_SUM_KR


def _unknown(case: Circumstances) -> str:
    """What an unnamed way of paying may be: a card where the words speak of one, else anything."""
    return "card" if _CARD_WORD.search(case.order.payment_method or "") else UNKNOWN


def _expanded(payment: str, case: Circumstances, home: str, rights: Rights) -> Iterator[str]:
    """The classes that may be behind a payment class, in the words of this jurisdiction's ladders."""
    if payment == "card":
        yield from _expanded("visa", case, home, rights)
        return
    if payment == UNKNOWN:
        yield from _anything(case, home)
        return
    known = rights.payments.get(payment)
    here = _here(payment, case, home)
    yield here
    if any(here in ladder.payment for ladder in rights.ladders if ladder.jurisdiction == home):
        return
    for behind in known.branches if known is not None else ():
        yield from _expanded(_here(behind, case, home), case, home, rights)


def _here(payment: str, case: Circumstances, home: str) -> str:
    if home == "KR":
        payment = {"debit_card": "check_card", "charge_card": "credit_card", "bank_transfer_toss": "bank_transfer"}.get(
            payment, payment
        )
        return _OVERSEAS.get(payment, payment) if case.abroad else payment
    return {"check_card": "debit_card", "charge_card": "credit_card"}.get(payment, payment)


def _anything(case: Circumstances, home: str) -> Iterator[str]:
    """Every way of paying that has a ladder here and that this order may have been paid by."""
    if home == "KR" and case.abroad:
        yield "credit_card_overseas"
        return
    if home != "KR":
        yield from ("credit_card", "debit_card", "bank_transfer", "sepa_direct_debit")
        return
    yield "credit_card"
    total = case.order.total
    if total is None or total.currency != "KRW" or total.amount >= INSTALMENT_SUM_KR:
        yield "credit_card_installment"
    yield from ("check_card", "bank_transfer", "mobile_carrier")
    if kind_of_order(case.order, case.shop) == "digital":
        yield "app_store"


def _ladder(case: Circumstances, home: str, payment: str, rights: Rights) -> Ladder | None:
    """The ladder for one payment class: the one made for this kind of order and these circumstances goes first."""
    kind = kind_of_order(case.order, case.shop)
    considered = replace(case, payment=payment)
    fits = [
        ladder
        for ladder in rights.ladders
        if ladder.jurisdiction == home
        and not ladder.overlay
        and (payment in ladder.payment or "any" in ladder.payment)
        and ("any" in ladder.order or kind in ladder.order)
        and all(considered.holds(condition) for condition in ladder.only_if)
    ]
    return max(fits, key=lambda ladder: ("any" not in ladder.order, len(ladder.only_if)), default=None)


def _with_overlays(ladder: Ladder, case: Circumstances, rights: Rights) -> tuple[Rung, ...]:
    """The rungs of a ladder with those of the overlays that apply, after the seller and before the card."""
    own = {rung.rule for rung in ladder.steps}
    added: list[Rung] = []
    for overlay in ("overlay-marketplace", "overlay-paypal", "overlay-klarna"):
        try:
            steps = rights.ladder(overlay)
        except KeyError:
            continue
        if "any" not in steps.payment and case.payment not in steps.payment:
            continue
        for rung in steps.steps:
            if rung.rule not in own and all(case.holds(condition) for condition in rung.only_if):
                added.append(rung)
    known = own | {rung.rule for rung in added}
    added += [Rung(rule.id, after="seller_contact_date") for rule in _programmes(case, rights) if rule.id not in known]
    if desk := _desk(case, rights, ladder):
        added.append(desk)
    if not added:
        return ladder.steps
    at = _place(ladder, rights)
    escalates = next((i for i, rung in enumerate(ladder.steps) if rung.rule == "prov-paypal-open"), None)
    if escalates is not None and all(rung.rule.startswith("prov-paypal") for rung in added):
        at = escalates + 1
    return (*ladder.steps[:at], *added, *ladder.steps[at:])


def _programmes(case: Circumstances, rights: Rights) -> Iterator[Rule]:
    """Guarantees of marketplaces that no overlay lists (Temu, SHEIN): by the shops that the rule names."""
    if case.shop is None:
        return
    listed = {rung.rule for ladder in rights.ladders for rung in ladder.steps}
    for rule in rights.rules.values():
        if (
            rule.jurisdiction == "INTL"
            and rule.id not in listed
            and "marketplace" in rule.addressee
            and case.shop.id in rule.sellers
        ):
            yield rule


def _desk(case: Circumstances, rights: Rights, ladder: Ladder) -> Rung | None:
    """The desk of the easy-pay service that took the payment: it speaks with the seller and can cancel."""
    if not (case.order.payment or "").startswith("easy_pay") or ladder.jurisdiction != "KR" or case.abroad:
        return None
    words = f"{case.order.payment_method or ''} {case.shop.id if case.shop is not None else ''}"
    for rule_id, pattern in _DESKS:
        if pattern.search(words) and rule_id in rights.rules:
            return Rung(rule_id, after="kr-ecom-17-1-withdraw", parallel=True)
    return None


def _place(ladder: Ladder, rights: Rights) -> int:
    """Before the first step that goes to whoever carried the payment, else after the last letter to the seller."""
    last = 0
    for index, rung in enumerate(ladder.steps):
        rule = rights.rules[rung.rule]
        if "seller" in rule.addressee:
            last = index + 1
        elif {"card_issuer", "bank"} & set(rule.addressee):
            return index
    return last
