"""The circumstances of one order on which steps of a ladder depend: `only_if` of the rights table.

In charge of answering each condition with yes, no, or not (yet) known, from the order, the shop, the payment and what
the user said. It knows no dates of rules and no order of steps. What the user says of a condition (`say ORDER
fraud_signals=yes`) goes before all that is concluded here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from monitor.knowledge import Shop, domains
from monitor.knowledge.rights import NETWORKS
from monitor.types import Card, Money, Order, OrderClass, Rules, Source
from monitor.workdays import country_code

# Marketplaces on which private persons sell to each other.
C2C = frozenset({"bunjang", "danggeun", "joonggonara", "mercari_jp", "paypay_flea", "yahoo_jp_auction"})
_ESCROW = re.compile(r"에스크로|구매\s?안전|안전\s?결제|escrow", re.IGNORECASE)
_TOSS = re.compile(r"토스|toss", re.IGNORECASE)
_LAST4 = re.compile(r"(\d{4})(?!\d)\D{0,3}$|[*•xX.·-]{1,16}\s?(\d{4})(?!\d)")
_NETWORK_WORDS: Mapping[str, re.Pattern[str]] = {
    "visa": re.compile(r"\bvisa\b|비자", re.IGNORECASE),
    "mastercard": re.compile(r"master\s?card|마스터", re.IGNORECASE),
    "amex": re.compile(r"\bamex\b|american express|아멕스", re.IGNORECASE),
    "jcb": re.compile(r"\bjcb\b", re.IGNORECASE),
    "discover": re.compile(r"\bdiscover\b", re.IGNORECASE),
    "diners": re.compile(r"\bdiners\b|다이너스", re.IGNORECASE),
    "unionpay": re.compile(r"union\s?pay|유니온페이|은련", re.IGNORECASE),
}

# Conditions that become true by something still to come: a step that wants one waits for it.
TO_COME = frozenset(
    {"refused", "refused_or_silent", "cross_border", "withdrawn", "over_60_days", "true_address", "goods_delivered"}
)
# Conditions that hold until somebody says otherwise: no mail could tell.
GRANTED = frozenset({"balance_unpaid", "instalments_paid"})
_CARDS = frozenset(
    {"credit_card", "check_card", "debit_card", "charge_card", "credit_card_installment", "card_via_stripe", *NETWORKS}
    | {"credit_card_overseas", "check_card_overseas", "apple_pay", "google_pay", "samsung_pay", "shop_pay"}
)
_DIGITAL = frozenset({OrderClass.DIGITAL, OrderClass.SUBSCRIPTION})


def kind_of_order(order: Order, shop: Shop | None) -> str:
    """The order in the words of the rights table: physical, service, digital or c2c."""
    if is_c2c(order, shop):
        return "c2c"
    if order.order_class in _DIGITAL or (shop is not None and shop.role in ("app_store", "subscription")):
        return "digital"
    return "service" if order.order_class is OrderClass.SERVICE else "physical"


def is_c2c(order: Order, shop: Shop | None) -> bool:
    said = said_of(order, "c2c")
    return said if said is not None else shop is not None and shop.id in C2C


def is_abroad(order: Order, rules: Rules, shop: Shop | None) -> bool:
    """The seller's known country is not the user's, or, that unknown, the order's currency is not."""
    said = said_of(order, "cross_border")
    if said is not None:
        return said
    home = country_code(rules.country)
    if not home:
        return False
    country = order.seller.country or (shop.country if shop is not None and shop.role != "marketplace" else "")
    if country:
        return country_code(country) != home
    money = order.total or order.paid
    return money is not None and money.currency not in currencies(home)


def currencies(country: str) -> frozenset[str]:
    """The currencies that are legal tender in a country today."""
    from monitor.escalate.tender import tender  # late: the table costs 6 MB

    return tender(country)


def said_of(order: Order, condition: str) -> bool | None:
    """What the user said of a condition; None where he said nothing. His last word counts."""
    found: bool | None = None
    for event in order.events:
        if event.kind == "set" and event.source is Source.USER and event.payload.get("field") == condition:
            found = event.payload.get("value") == "yes"
    return found


def card_of(order: Order, rules: Rules) -> Card | None:
    """The card of the settings with which the order was paid: the one that the user named, else by the mails' words."""
    if not rules.cards:
        return None
    last4 = ""
    for event in order.events:
        if event.kind == "set" and event.payload.get("field") == "card":
            last4 = event.payload.get("value", "")
    words = order.payment_method or ""
    if not last4 and (match := _LAST4.search(words)):
        last4 = match[1] or match[2]
    if last4:
        fits = [card for card in rules.cards if card.last4 == last4]
        return fits[0] if len(fits) == 1 else None
    folded = "".join(words.split()).casefold()
    fits = [card for card in rules.cards if card.issuer and "".join(card.issuer.split()).casefold() in folded]
    return fits[0] if len(fits) == 1 else None


def network_of(order: Order, card: Card | None) -> str:
    """The card network, "" where it is not known."""
    if card is not None and card.network:
        return card.network
    if order.payment in NETWORKS:
        return order.payment
    words = order.payment_method or ""
    named = [network for network, pattern in _NETWORK_WORDS.items() if pattern.search(words)]
    return named[0] if len(named) == 1 else ""


_TAKES_BACK: Mapping[str, str] = {"registered": "not_registered", "not_listed": "listed"}


def fraud_signals(order: Order) -> frozenset[str]:
    """Signs of fraud that the mails show or that the user found by looking the seller up (`seller_check`); two of
    them, or his plain word, count as fraud signals.
    """
    found = set()
    for event in order.events:
        if event.kind == "set" and event.payload.get("field") == "seller_check":
            value = event.payload.get("value", "")
            found.discard(_TAKES_BACK.get(value, ""))
            if value in _TAKES_BACK.values() or value in ("site_closed", "several_victims"):
                found.add(value)
    if order.identity is not None and order.identity.checksum_ok is False:
        found.add("registration_number")
    if order.bounced:
        found.add("unreachable")
    if order.senders and all(domains.is_free_mail(sender.domain) for sender in order.senders):
        found.add("free_mail")
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """One order as the conditions see it. `payment`: the class that is considered, "" unknown."""

    order: Order
    payment: str
    network: str
    shop: Shop | None
    abroad: bool
    withdrawn: bool
    refused: bool
    statement_sent: date | None
    today: date
    silent: bool = False  # whoever was asked last has let the time for his answer pass

    def holds(self, condition: str) -> bool | None:
        """Whether the condition holds; None: not known, or not yet (`TO_COME`)."""
        said = said_of(self.order, condition)
        if said is not None:
            return said
        if condition in GRANTED:
            return True
        prefix, _, value = condition.partition(":")
        if prefix == "marketplace":
            return self.shop is not None and (self.shop.id == value or self.shop.id.startswith(value + "_"))
        if prefix == "paid_by":
            return self._paid_by(value)
        if prefix == "network":
            return self.network == value if self.network else None
        return self._alone(condition)

    def _paid_by(self, value: str) -> bool | None:
        if not self.payment:
            return None
        return self.payment in _CARDS if value == "card" else self.payment == value

    def _alone(self, condition: str) -> bool | None:
        order = self.order
        delivered = order.delivered_at is not None and order.arrived_said is not False
        answers: Mapping[str, bool | None] = {
            "open_market": self.shop is not None and self.shop.role == "marketplace",
            "fraud_signals": len(fraud_signals(order)) >= 2,
            "refused": True if self.refused else None,
            "refused_or_silent": True if self.refused or self.silent else None,
            "digital": kind_of_order(order, self.shop) == "digital",
            "goods_delivered": True if delivered else None,
            "not_delivered": not delivered,
            "cross_border": self.abroad or (False if order.seller.country else None),
            "toss_transfer": self.payment == "bank_transfer_toss" or bool(_TOSS.search(order.payment_method or "")),
            "escrow": escrowed(order, self.payment, self.shop),
            "no_escrow": not escrowed(order, self.payment, self.shop),
            "seller_gone": False,
            "c2c": is_c2c(order, self.shop),
            "withdrawn": True if self.withdrawn else None,
            "over_60_days": True
            if self.statement_sent is not None and self.today > self.statement_sent + timedelta(days=60)
            else None,
            "wrong_debit": False,
            "over_100_pounds": _between(order.total, Decimal("100.01"), Decimal(30000), "GBP"),
            "true_address": True
            if (order.identity is not None and order.identity.address is not None)
            or any(contact.channel == "letter" for contact, _ in order.contacts)
            else None,
        }
        return answers.get(condition, False)


def escrowed(order: Order, payment: str, shop: Shop | None) -> bool:
    """Whether somebody holds the money until receipt is confirmed: by the way of paying, the market or the words."""
    if payment in ("virtual_account", "easy_pay_balance") or _ESCROW.search(order.payment_method or ""):
        return True
    return shop is not None and shop.role == "marketplace" and shop.country == "KR"


def _between(money: Money | None, low: Decimal, high: Decimal, currency: str) -> bool | None:
    if money is None or money.currency != currency:
        return None
    return low <= money.amount <= high
