"""The words of the rule base: a period, a rule, a ladder and its rungs, and what holds them together.

In charge of their meaning, and of the questions that a rule answers about itself (may a letter cite it? is it in
force? does it take this payment and this amount?). It reads no file (`loading`) and counts no days
(`escalate.clocks`). Names and values of the fields are those of the rule base's own tables in `docs/laws.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from monitor.types import Money

LANGUAGES = ("ko", "en")

UNITS = ("hours", "calendar_days", "business_days", "weeks", "months", "years")

EVENTS = frozenset(
    {
        *("order_date", "order_complete_date", "payment_date", "payment_month_end", "loss_date", "debit_date"),
        *("promised_delivery_date", "latest_promised_delivery_date", "expected_delivery_date_last"),
        *("estimated_delivery_date_latest", "shipped_date", "delivery_date", "service_ceased_date"),
        *("buyer_protection_end_date", "contract_document_date", "address_known_date", "discovery_date"),
        "protection_stated_date",  # the last day of a buyer's protection as a mail names it
        *("cancel_date", "cancel_confirmed_date", "return_received_date", "return_date", "refund_due_date"),
        *("refund_right_vests_date", "credit_document_date", "breach_date", "seller_contact_date"),
        *("demand_received_date", "formal_demand_date", "complaint_date", "complete_file_date", "kca_relief_date"),
        *("report_date", "dispute_open_date", "notice_received_date", "final_response_date", "issuer_result_date"),
        *("order_served_date", "statement_sent_date", "card_payment_due_date", "transaction_date"),
        *("transaction_processing_date", "transaction_settlement_date", "fixed_date"),
    }
)
"""Clock events: the days from which a period can be counted."""

CATEGORIES = ("statute", "network", "provider", "regulator", "police", "court", "notice", "info")
SOURCE_KINDS = ("looked up", "mixed", "general knowledge, verify")
UNCERTAINTIES = ("low", "medium", "high")
WINDOW_KINDS = (
    "none", "info", "consumer_must_act_within", "seller_must_act_within", "issuer_must_answer_within",
    "provider_must_answer_within", "marketplace_must_answer_within", "body_must_answer_within",
    "opponent_must_act_within",
)  # fmt: skip
CLOCK_RULES = ("", "later_of", "earlier_of", "either", "goods_supplied")
WINDOW_ENDS = ("", "before_card_payment_day")
DAY_OFF = ("stays", "moves")
AMOUNT_MAX = ("limit", "cap", "note")
ADDRESSEES = ("seller", "card_issuer", "provider", "marketplace", "regulator", "police", "bank", "court", "self")
CHANNELS = ("email", "web_form", "app", "chat", "phone", "letter", "fax", "visit", "info")
ORDERS = ("physical", "service", "digital", "c2c", "any")
FAMILIES = (
    "inquiry", "demand", "dispute", "progress", "withdrawal", "refund_demand", "refund_reminder", "marketplace_claim",
    "provider_dispute", "escrow_hold", "card_objection", "chargeback", "instalment_defence", "setoff",
    "joint_liability", "bank_request", "certified_letter", "regulator_complaint", "police_report", "payment_order",
    "none",
)  # fmt: skip
CONDITIONS = {
    "open_market": "bought on a marketplace of several sellers",
    "fraud_signals": "at least two signs of fraud",
    "refused": "the one asked before (issuer, bank, provider) refused or found against the user",
    "refused_or_silent": "the one asked before refused, or let the time pass that it had for an answer",
    "digital": "the thing is digital: content, a licence, an app",
    "goods_delivered": "the goods were delivered",
    "not_delivered": "the goods were not delivered",
    "cross_border": "the seller sits in another country than the user",
    "toss_transfer": "paid by a transfer out of Toss",
    "no_escrow": "nobody holds the money until receipt is confirmed",
    "seller_gone": "it is known that the seller will not supply: closed, insolvent",
    "escrow": "the payment is held by an escrow service until receipt is confirmed",
    "c2c": "the seller is a private person",
    "withdrawn": "the user has withdrawn from or cancelled the contract",
    "balance_unpaid": "part of this purchase is not yet paid to the card issuer",
    "instalments_paid": "at least one instalment of this purchase is already paid",
    "over_60_days": "more than 60 days have passed since the first statement with this charge",
    "wrong_debit": "the debit itself is wrong: double, another sum, or never ordered",
    "over_100_pounds": "the item's price is over 100 and not over 30,000 pounds",
    "true_address": "a true postal address of the seller is known",
}
"""Conditions of a rung that stand alone; `PREFIXES` lists those that carry a value after a colon."""
PREFIXES = ("marketplace", "paid_by", "network")
EEA = frozenset(
    {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"}
    | {"IE", "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"}
)
"""Where the EU's directives on consumers hold (European Economic Area), ISO 3166-1."""
NETWORKS = ("visa", "mastercard", "amex", "jcb", "discover", "diners", "unionpay")


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time of a rule. `unit` is one of `UNITS`; the day of the event is not counted."""

    count: int
    unit: str

    def __str__(self) -> str:
        return f"{self.count} {self.unit}"


REFUND_PERIOD = Period(14, "calendar_days")
"""What a seller abroad, or in a country whose law we do not know, is given for a refund (Contracts: the usual 14)."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A time that must have gone by after an event before a step can be taken.

    `optional`: an event that never happens (no delivery date was given) does not hold the step up.
    """

    period: Period
    event: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Surcharge:
    """What is owed on top once a refund is late: `percent` of the sum until `until_days` late; None: without end."""

    percent: Decimal
    until_days: int | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One right, one programme, or one body. The user's time and the other side's are told apart by `window_kind`.

    Words (`title`, `demand`, `note`, `cite`) are by language; `cite` says how a letter names the law. `safe_window`,
    `alarm_before` and waits that the note calls a proposal are ours, the rest is the rule's.
    """

    id: str
    jurisdiction: str
    category: str
    ground: str
    title: Mapping[str, str]
    demand: Mapping[str, str]
    note: Mapping[str, str]
    cite: Mapping[str, str]
    text: str  # family of the letter, one of FAMILIES
    payment: tuple[str, ...]  # payment values, `any`, `any-prepaid`, `any-via-<marketplace>`, or a card network
    order: tuple[str, ...]
    addressee: tuple[str, ...]
    channel: tuple[str, ...]
    draft_mode: tuple[str, ...]
    evidence: tuple[str, ...]  # keys of `Rights.evidence`
    source: str
    source_kind: str
    source_date: str
    uncertainty: str
    window_kind: str = "none"
    clock_start: str = "none"
    clock_alt: str = ""
    clock_rule: str = ""
    clock_by_order: Mapping[str, str] = field(default_factory=dict)  # kind of order -> event, where it differs
    window: Period | None = None
    window_alt: Period | None = None  # with earlier_of: the period from `clock_alt`
    window_first: Period | None = None  # a first answer is due within this
    window_overseas: Period | None = None  # instead of `window` where the seller is abroad
    window_after: Period | None = None  # goes by before the window itself begins
    window_cap: Period | None = None
    window_cap_from: str = ""
    window_end: str = ""  # one of WINDOW_ENDS
    on_day_off: str = "stays"  # whether an end on a day off moves to the next working day
    first_day_counts: bool = False
    must_arrive: bool = False  # the other side must have received it by the last day
    agreed_date: str = ""  # event which, where known, replaces the period: the day that the parties agreed
    safe_window: Period | None = None
    alarm_before: Period | None = None  # the alarm so long before the last day
    wait: Period | None = None  # None: the rule says nothing
    wait_from: str = ""
    wait_or_from: str = ""  # the event instead, where that of `wait_from` has not happened
    waits: tuple[Wait, ...] = ()  # besides `wait`; all must be over
    wait_unless: str = ""  # event which, where known, makes `wait` fall away
    wait_waived_by: str = ""  # circumstance that makes `wait` fall away
    amount_min: Decimal | None = None
    amount_max: Decimal | None = None
    amount_max_is: str = "limit"  # limit: does not apply above; cap: applies, and gives no more; note: only told
    amount_currency: str = ""
    min_installment_months: int | None = None
    refund_within: Period | None = None  # the seller's time for a refund, where `window` is another time
    interest_percent: Decimal | None = None  # a year, simple
    interest_over_base: Decimal | None = None  # percentage points over the central bank's base rate
    surcharges: tuple[Surcharge, ...] = ()
    link: str = ""
    more_links: tuple[str, ...] = ()
    phone: str = ""
    phone_business_days: bool = False  # the line is open on business days only, as its page says
    phone_recalled: bool = False  # nobody saw the number at its owner's: to be shown as "look it up" only
    email: str = ""
    checked_on: date | None = None  # the day on which somebody opened the live source
    valid_from: date | None = None
    valid_until: date | None = None
    rules_out: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    seller_first: bool = False  # wants an attempt to settle with the seller
    sellers: tuple[str, ...] = ()  # ids of knowledge/shops whose programme or desk this is
    counterparts: Mapping[str, str] = field(default_factory=dict)  # card network -> the same dispute there
    pack: str = ""  # name of the file

    @property
    def citable(self) -> bool:
        """Whether a letter may name the law: its source was looked up, at least in part, and is not doubtful."""
        return self.source_kind in ("looked up", "mixed") and self.uncertainty in ("low", "medium")

    @property
    def country(self) -> str:
        """ISO 3166-1 of the country whose law or body it is; "" for networks, providers and the EU as a whole."""
        code = self.jurisdiction.partition("-")[0]
        return {"UK": "GB", "EU": "", "INTL": "", "NETWORK": ""}.get(code, code)

    @property
    def refund_period(self) -> Period | None:
        """The seller's time for a refund, from the end of the contract; None where the rule says nothing of it."""
        if self.refund_within is not None:
            return self.refund_within
        ends = self.clock_start in ("cancel_date", "refund_right_vests_date")
        return self.window if ends and self.window_kind == "seller_must_act_within" else None

    @property
    def users_time(self) -> bool:
        """Whether the period is the user's own (else it says when the other side is in breach)."""
        return self.window_kind == "consumer_must_act_within"

    def concerns(self, country: str) -> bool:
        """Whether somebody who lives in this country (ISO 3166-1) can use it: its own law, the EU's, or everybody's."""
        if self.jurisdiction == "EU":
            return country in EEA
        return self.country in ("", country)

    def in_force(self, day: date) -> bool:
        """Whether the rule holds on this day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )

    def takes(self, payment: str) -> bool:
        """Whether a payment of this class is within the rule. `any-prepaid`: all but payment on delivery or later."""
        if "any" in self.payment or payment in self.payment:
            return True
        return "any-prepaid" in self.payment and payment not in ("cod", "postpaid", "")

    def applies(self, amount: Money | None = None, instalments: int | None = None) -> bool | None:
        """Whether sum and number of instalments let the rule apply; None where that cannot be told.

        Bounds are inclusive. A sum in another currency than the bound's is never converted: None.
        """
        answers: list[bool | None] = []
        upper = self.amount_max if self.amount_max_is == "limit" else None
        if self.amount_min or upper is not None:
            if amount is None or amount.currency != self.amount_currency:
                answers.append(None)
            else:
                low = self.amount_min is None or amount.amount >= self.amount_min
                answers.append(low and (upper is None or amount.amount <= upper))
        if self.min_installment_months is not None:
            answers.append(None if instalments is None else instalments >= self.min_installment_months)
        if False in answers:
            return False
        return None if None in answers else True

    def cited(self, language: str) -> str:
        """How a letter in this language names the law; "" where it may not be named (`citable`)."""
        if not self.citable:
            return ""
        return self.cite.get(language) or self.cite.get("en", "")


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of a ladder. Its id is that of its rule.

    `after`: a clock event, or the id of an earlier step of the same ladder (meaning the day on which that step was
    done); "" at once. `wait` is counted from it. `only_if`: all must hold. `parallel`: does not wait for the step
    before it. `counts_from`: the event from which the step's own deadline counts, where it is not the rule's
    (unless the user says that nothing came).
    `or_after` and `or_wait` take the place of `after` and `wait` where the event of `after` is not known.
    """

    rule: str
    after: str = ""
    wait: Period | None = None
    only_if: tuple[str, ...] = ()
    parallel: bool = False
    counts_from: str = ""
    or_after: str = ""
    or_wait: Period | None = None

    @property
    def id(self) -> str:
        return self.rule


@dataclass(frozen=True, slots=True)
class Ladder:
    """The way for one country, payment class and kind of order. `overlay`: goes before another ladder's card steps."""

    id: str
    jurisdiction: str
    payment: tuple[str, ...]
    note: Mapping[str, str]
    steps: tuple[Rung, ...]
    order: tuple[str, ...] = ("any",)
    only_if: tuple[str, ...] = ()
    pack: str = ""

    @property
    def overlay(self) -> bool:
        return self.id.startswith("overlay-")

    @property
    def country(self) -> str:
        """As `Rule.country`."""
        code = self.jurisdiction.partition("-")[0]
        return {"UK": "GB", "EU": "", "INTL": ""}.get(code, code)


@dataclass(frozen=True, slots=True)
class Payment:
    """A way to pay. `branches`: what it may be underneath, where the class alone does not say which rules hold.

    `taker`: who takes a dispute about it. `rules`: provider rules that belong to it.
    """

    id: str
    name: Mapping[str, str]
    taker: str
    branches: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pack:
    """One file of rules. `compiled`: the day on which its facts were put together."""

    name: str
    compiled: date
    rules: int
    ladders: int
    own: bool = False  # the user's own file


@dataclass(frozen=True, slots=True)
class Rights:
    """All rules, ladders and payment classes."""

    rules: Mapping[str, Rule]
    ladders: tuple[Ladder, ...]
    packs: tuple[Pack, ...]
    payments: Mapping[str, Payment] = field(default_factory=lambda: MappingProxyType({}))
    evidence: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))

    def ladder(self, ladder_id: str) -> Ladder:
        """The ladder of this id. Raises KeyError where there is none."""
        for ladder in self.ladders:
            if ladder.id == ladder_id:
                return ladder
        raise KeyError(ladder_id)

    def refund_period(self, country: str) -> Period:
        """The time that sellers of a country (ISO 3166-1) have for a refund once a contract is over.

        By its own law, else the EU's; where no rule says it, `REFUND_PERIOD`.
        """
        stated = [rule for rule in self.rules.values() if rule.category == "statute" and rule.refund_period is not None]
        own = [rule for rule in stated if rule.country == country != ""]
        fits = own or [rule for rule in stated if rule.jurisdiction == "EU" and country in EEA]
        return fits[0].refund_period or REFUND_PERIOD if fits else REFUND_PERIOD

    def counterpart(self, rule_id: str, network: str, *, date_given: bool = True) -> Rule:
        """The dispute of another card network that does what this rule does; the rule itself where none is known.

        Mastercard counts otherwise where the seller never gave a date (`date_given` False).
        """
        rule = self.rules[rule_id]
        names = (network,) if date_given else (f"{network}:no_date", network)
        for name in names:
            if name in rule.counterparts:
                return self.rules[rule.counterparts[name]]
        return rule
