"""The course of one order: what set which clock in motion, and which rules hold for each rung of its ladder.

In charge of the events that are known (the order itself, the user's deeds, refusals), of the rungs as they stand (the
rule of the card's network, the letter about money where goods are off), and of when an answer to a letter is due. It
gives no step a state and no day of its own (`walk`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from monitor.escalate import clocks
from monitor.escalate.branches import Branch
from monitor.escalate.deeds import ASKED, Deed, deeds, refusals
from monitor.escalate.facts import consequences, ended, gather, refund_due
from monitor.escalate.standing import GOODS, MONEY, Standing
from monitor.knowledge import letters
from monitor.knowledge.forms import load_forms
from monitor.knowledge.rights import Period, Rule, Rung
from monitor.types import Span, Unit

_DAY = timedelta(days=1)
ANSWER = Span(3, Unit.BUSINESS_DAYS)  # Contracts: an answer is expected within 3 business days
DEMAND = Period(7, "calendar_days")  # ours: what a letter with a date gives where the ladder names no time
_GOODS_LETTERS = frozenset({"progress", "demand", "withdrawal", "inquiry"})
_NOT_A_LETTER = frozenset({"none", "certified_letter", "instalment_defence", "chargeback"})
# The letter that asks for the money back once the goods are no longer owed.
_REFUND_RULE: Mapping[str, str] = {
    "KR": "kr-ecom-18-2-refund", "US": "us-mito-refund", "UK": "uk-ccr-34", "EU": "eu-crd-13",
    "DE": "de-bgb-355-357", "FR": "fr-l216-7", "JP": "jp-tokusho-15-3", "AU": "au-acl-36", "CA-ON": "ca-on-26-99",
}  # fmt: skip
# Events after which the ladder waits for what a letter asked for.
_WAITS_FOR_LETTER = frozenset({"formal_demand_date", "refund_due_date", "cancel_date"})
# Letters that ask for the money, and those of them that say themselves that the contract is over.
_ASKS_MONEY = frozenset({"withdrawal", "refund_demand", "refund_reminder", "certified_letter", "chargeback"})
_ENDS_CONTRACT = frozenset({"withdrawal", "chargeback"})
_NO_REFUND_LETTER = frozenset({"ladder-kr-app-store"})


@dataclass(slots=True)
class Course:
    """What is known of one order on one branch. `known`: clock events; `ended`: rungs that a step taken has ruled out.

    `by_rung`: what each step set, or will set, in motion. `done`: the first deed of each rung, `all_done` every one.
    `asked`: his last letter that was a question and no rung. `named`: by clock event, until when the letter that set it
    in motion waits for an answer, where the user's own letter names a day.
    """

    standing: Standing
    branch: Branch
    rungs: list[tuple[Rung, Rule]] = field(default_factory=list)
    known: dict[str, date] = field(default_factory=dict)
    done: dict[str, Deed] = field(default_factory=dict)
    all_done: list[Deed] = field(default_factory=list)
    by_rung: dict[str, dict[str, date]] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    refused: list[tuple[str, date]] = field(default_factory=list)
    asked: Deed | None = None
    named: dict[str, date] = field(default_factory=dict)

    def take(self) -> None:
        """Gathers the events, lays out the rungs and takes in what was done and refused."""
        standing = self.standing
        order, timezone = standing.order, standing.rules.timezone
        due = standing.due.due_on if standing.due is not None and standing.phase == GOODS else None
        self.known = gather(order, timezone, standing.card, due_on=due)
        self._owed_back()
        self._lay_out()
        self.refused = refusals(order, timezone)
        self._take_refusals()
        self._take_deeds()

    def _owed_back(self) -> None:
        standing = self.standing
        if standing.phase != MONEY:
            return
        since = self.known.get("return_received_date") or self.known.get("cancel_date")
        if standing.due is not None:
            self.known.setdefault("refund_due_date", standing.due.due_on)
        elif since is not None:
            self.known.setdefault("refund_due_date", self.refund_due(since))

    def _lay_out(self) -> None:
        """The rungs with the rules that hold: those of the card's network, those about money where goods are off."""
        rules = self.standing.rights.rules
        rungs = list(self.branch.rungs)
        if self.standing.phase == MONEY:
            rungs = self._with_refund_letter(rungs)
        seen: set[str] = set()
        for rung in rungs:
            rule = self.rule_of(rules[rung.rule])
            if rule.id in seen or (rule.id != rung.rule and any(other.rule == rule.id for other in rungs)):
                continue
            seen.add(rule.id)
            self.rungs.append((rung if rung.rule == rule.id else replace(rung, rule=rule.id), rule))

    def _with_refund_letter(self, rungs: list[Rung]) -> list[Rung]:
        refund = self.refund_rule()
        rules = self.standing.rights.rules
        if not refund or any(rung.rule == refund for rung in rungs) or refund not in rules:
            return rungs
        at = max((i + 1 for i, rung in enumerate(rungs) if "seller" in rules[rung.rule].addressee), default=0)
        return [*rungs[:at], Rung(refund, after="refund_due_date", wait=Period(1, "calendar_days")), *rungs[at:]]

    def refund_rule(self) -> str:
        """The rule by which money is asked back on this ladder; "" where no letter to the seller does."""
        if self.branch.ladder.id in _NO_REFUND_LETTER:
            return ""
        if any(rung.rule == "kr-civil-544" for rung in self.branch.rungs):
            return "kr-civil-544"
        return _REFUND_RULE.get(self.branch.ladder.jurisdiction, "")

    def rule_of(self, rule: Rule) -> Rule:
        """The rule that holds in place of one: that of the card's network, and of money where goods are off."""
        rules = self.standing.rights.rules
        if rule.id == "net-visa-13-1" and self.standing.phase == MONEY:
            rule = rules["net-visa-13-6" if "credit_document_date" in self.known else "net-visa-13-7"]
        if rule.counterparts and self.standing.network:
            return self.standing.rights.counterpart(
                rule.id, self.standing.network, date_given="promised_delivery_date" in self.known
            )
        return rule

    # -- what was done ------------------------------------------------------------------------------------------------

    def _take_refusals(self) -> None:
        """What an issuer, a bank or a payment service refused; a marketplace's no opens no complaint about them."""
        for rung, day in self.refused:
            rule = self.standing.rights.rules.get(rung)
            if rule is not None and not {"card_issuer", "bank", "provider"} & set(rule.addressee):
                continue
            self.known["issuer_result_date"] = max(day, self.known.get("issuer_result_date", day))
            if rung in ("", "uk-fos-8w"):
                self.known["final_response_date"] = day

    def _take_deeds(self) -> None:
        order, timezone = self.standing.order, self.standing.rules.timezone
        rules = self.standing.rights.rules
        for deed in deeds(order, timezone, self._letters_on, self.answer_by, rules, self.standing.calendar):
            rule = rules.get(deed.rung)
            if rule is None:
                if deed.rung == ASKED:
                    self.asked = deed
                    self.known["seller_contact_date"] = min(self.known.get("seller_contact_date", deed.day), deed.day)
                continue
            rung = self._rung_of(rule)
            self.done.setdefault(rung, deed)
            self.all_done.append(replace(deed, rung=rung))
            came = "delivery_date" in self.known
            effects = consequences(rule, deed.day, self.refund_due, goods_came=came)
            if self._declared(deed):
                effects |= ended(deed.day, self.refund_due, goods_came=came)
            self.by_rung.setdefault(rung, effects)
            for event, day in effects.items():
                if event == "refund_due_date" and self.standing.phase == MONEY:
                    continue
                if day < self.known.get(event, date.max):
                    self.known[event] = day
                    self.named.pop(event, None)
                    if deed.by_hand and deed.answer_due is not None and event in _WAITS_FOR_LETTER:
                        self.named[event] = deed.answer_due
            for other in rule.rules_out:
                self.ended.setdefault(other, rung)

    def _declared(self, deed: Deed) -> bool:
        """Whether a letter by hand declares the contract over, whatever the rung that it was taken for is about."""
        if not deed.by_hand or deed.implied:
            return False
        wrote = (event for event in self.standing.order.letters if event.at == deed.at)
        return any(letters.of(event).family == letters.WITHDRAWAL for event in wrote)

    def _rung_of(self, rule: Rule) -> str:
        """The rung that a deed was: a dispute filed under another network's rule, or before the goods were off, too."""
        present = {found.id for _, found in self.rungs}
        if rule.id in present:
            return rule.id
        stands_for = self.rule_of(rule).id
        if stands_for in present:
            return stands_for
        return next((found.id for _, found in self.rungs if rule.id in found.counterparts.values()), rule.id)

    def _letters_on(self, day: date) -> Sequence[str]:
        """The letters to the seller that the ladder had on a day: about goods, then about the money owed back."""
        causes = [self.known[event] for event in ("cancel_date", "return_date", "credit_document_date")
                  if event in self.known]  # fmt: skip
        letters = [
            rule.id for _, rule in self.rungs
            if rule.addressee[0] == "seller" and (rule.text not in _NOT_A_LETTER or rule.id == self.refund_rule())
        ]  # fmt: skip
        if self.standing.phase == MONEY and causes and day >= min(causes):
            return [rule_id for rule_id in letters if not self.about_goods(self.standing.rights.rules[rule_id])]
        rules = [self.standing.rights.rules[rung.rule] for rung in self.branch.rungs]
        return [
            rule.id for rule in rules
            if rule.addressee[0] == "seller" and (rule.text not in _NOT_A_LETTER or rule.id == self.refund_rule())
        ]  # fmt: skip

    def about_goods(self, rule: Rule) -> bool:
        """Whether a letter is about goods that are not owed any more once the order is cancelled."""
        return "seller" in rule.addressee and rule.text in _GOODS_LETTERS and rule.id != self.refund_rule()

    def answer_by(self, rung: str, day: date) -> date:
        """The last day for an answer to a letter of `day`: what the ladder waits before its next step."""
        rule = self.standing.rights.rules.get(rung)
        if rule is not None and rule.text in ("progress", "inquiry"):
            own = self.standing.rules.expect.get("answer")
            return self.working(self.standing.calendar.add(day, own or ANSWER))
        if rule is not None and rule.window is not None and rule.clock_start == "demand_received_date":
            return self.working(self.add(day, rule.window))
        waits = [
            self.add(day, found.wait)
            for found in self.branch.rungs
            if found.after == rung and found.wait is not None and found.wait.unit != "hours"
        ]
        asked = min(waits, default=self.add(day, DEMAND))
        if rule is not None and self._asks_money(rule):
            ended, due = self.known.get("cancel_date"), self.known.get("refund_due_date")
            if due is not None and (ended is None or ended < day):
                asked = max(asked, due)  # this letter is a reminder; no law gives the time once more
            elif rule.text in _ENDS_CONTRACT:
                asked = self.refund_due(day)  # the money is due by then, whatever the letter says
            else:
                asked = max(asked, self.refund_due(day))
        return self.working(asked)

    def _asks_money(self, rule: Rule) -> bool:
        """Whether a letter asks the seller for the money; what has not come cannot be sent back (Japan)."""
        if rule.addressee[0] != "seller" or rule.text not in _ASKS_MONEY:
            return False
        return rule.id not in load_forms().after_delivery or "delivery_date" in self.known

    def refund_due(self, since: date) -> date:
        """The last day for the money where the contract ended on `since`."""
        standing = self.standing
        return refund_due(standing.rights, since, standing.calendar, abroad=standing.abroad)

    def working(self, day: date) -> date:
        """The day itself or the next on which somebody works in the user's country."""
        while not self.standing.calendar.is_business_day(day):
            day += _DAY
        return day

    def add(self, day: date, period: Period) -> date:
        """The day on which a wait that began on `day` is over."""
        return clocks.after(day, period, self.standing.calendar)
