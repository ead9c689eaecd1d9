"""The ladder of each order: rights, known shops and orders meet here.

In charge of loading what the ladders need (rules, shops) once, and of looking at no more orders than necessary: the way
of an order is walked when it is flagged, when somebody asks for it, or when one of its deadlines may be near.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import escalate, knowledge, render
from monitor.config import Config
from monitor.escalate import Escalation
from monitor.escalate.circumstances import is_c2c
from monitor.knowledge.rights import Rights, load_rights
from monitor.types import Judgement, Order, Rules, Step
from monitor.workdays import Calendar

if TYPE_CHECKING:
    from monitor.run.orders import OrderView


@dataclass(frozen=True)
class Ladders:
    """What every order's ladder is made from; rules and shops are loaded when the first order needs them."""

    config: Config
    rules: Rules
    calendar: Calendar
    own: Collection[str]

    @cached_property
    def rights(self) -> Rights:
        return load_rights(self._folder)

    @cached_property
    def shops(self) -> knowledge.Shops:
        return knowledge.load(self._folder).shops

    @property
    def _folder(self) -> Path | None:
        folder = self.config.knowledge_folder()
        return folder if folder.is_dir() else None

    @cached_property
    def _periods(self) -> frozenset[int]:
        return escalate.deadline_periods(self.rights, self.rules)

    def of(self, order: Order, judgement: Judgement) -> Escalation:
        """The way of one order, with every step."""
        shop = self.shops.get(order.seller.known) if order.seller.known else None
        return escalate.escalation(order, judgement, self.rules, self.rights, self.calendar, shop=shop, own=self.own)

    def judged(self, order: Order, judgement: Judgement) -> tuple[Judgement, Escalation | None]:
        """The judgement with what only the ladder can tell (urgent, which way of paying), and the way if it matters."""
        late = judgement.flagged or any(due.flagged for due in judgement.given_up)
        if not late and not self._may_be_urgent(order, judgement):
            return judgement, None
        found = self.of(order, judgement)
        urgent = judgement.urgent or found.urgent
        asks = judgement.asks or ("payment_method" if found.asks_payment else None)
        if urgent != judgement.urgent or asks != judgement.asks:
            judgement = replace(judgement, urgent=urgent, asks=asks)
        return judgement, found

    def _may_be_urgent(self, order: Order, judgement: Judgement) -> bool:
        if judgement.urgent:
            return True
        if judgement.waits_for in ("nothing", "payment") or order.suspicious:
            return False
        today = render.local_day(judgement.judged_at, self.rules.timezone)
        return escalate.deadline_may_be_near(order, today, self._periods, cards=bool(self.rules.cards))

    def told(self, order: Order) -> Order:
        """The order, with the claims that mails of payment services and marketplaces tell of."""
        return escalate.with_claims(order, self.rights)

    def private(self, order: Order) -> bool:
        """Whether a private person sold."""
        return is_c2c(order, self.shops.get(order.seller.known) if order.seller.known else None)

    def as_of(self, step: Step, order: Order, judgement: Judgement, moment: datetime) -> Step:
        """The step, with the day that its letter names counted from `moment`: the mailbox may have been read before."""
        if step.answer_by is None or moment <= judgement.judged_at:
            return step
        if render.local_day(moment, self.rules.timezone) == render.local_day(judgement.judged_at, self.rules.timezone):
            return step
        now = self.of(order, replace(judgement, judged_at=moment))
        found = next((other for other in now.steps if other.rung == step.rung and other.answer_by is not None), None)
        return step if found is None else replace(step, answer_by=found.answer_by, pressed=found.pressed)


def ladders(config: Config, rules: Rules, calendar: Calendar) -> Ladders:
    """The rules and shops of the package and of the user's own folder.

    They are loaded with the first order that needs them, which raises `KnowledgeError` where one is wrong.
    """
    return Ladders(config, rules, calendar, config.own_addresses())


def of_view(view: OrderView, config: Config) -> Escalation:
    """The way of one order as somebody asks for it: also where nothing calls for it yet."""
    if view.way is not None:
        return view.way
    rules = config.rules()
    return ladders(config, rules, Calendar(rules.country, rules.extra_holidays)).of(view.order, view.judgement)


def step_reason(step: Step, language: str) -> str:
    """Why a step has its state, as a sentence in the user's language."""
    values = {"day": "", "rung": "", "what": ""}
    if step.because:
        try:
            values["day"] = render.day(date.fromisoformat(step.because), language)
        except ValueError:
            values["rung"] = render.word("rung", step.because, language)
            values["what"] = _what(step, language)
    if not step.reason:
        return render.message("ladder.open", language)
    return render.message(step.reason, language, **values)


def _what(step: Step, language: str) -> str:
    """A condition or an event by its name."""
    if step.reason == "ladder.waiting.event":
        key = f"clock.{step.because}"
        return render.message(key if render.has_message(key, language) else "clock.other", language)
    prefix, colon, value = step.because.partition(":")
    if not colon:
        return render.word("condition", prefix, language)
    family = "market" if prefix == "marketplace" else "payment"  # a network is named like a way of paying
    return render.message(f"condition.{prefix}", language, value=render.word(family, value, language))
