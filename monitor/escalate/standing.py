"""One order at one moment, as every step of a ladder needs to see it.

In charge of what is asked again and again on the way up a ladder: the user's day, whether goods or money are owed,
since when that is late, who is the shop, which card was used. It chooses no ladder and no step.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from monitor.escalate.circumstances import Circumstances, card_of, is_abroad, kind_of_order, network_of
from monitor.escalate.claimed import with_claims
from monitor.escalate.plain import silence_threshold
from monitor.knowledge import Shop, refusals
from monitor.knowledge.rights import Rights
from monitor.render import local_day
from monitor.types import Card, Due, Expectation, Judgement, Order, OrderClass, Rules, Settlement, Span, Unit
from monitor.workdays import Calendar

_DAY = timedelta(days=1)
_GOODS = (Expectation.DISPATCH, Expectation.DELIVERY)
_AT_ONCE = frozenset({OrderClass.DIGITAL, OrderClass.SUBSCRIPTION, OrderClass.SERVICE})

GOODS, MONEY, SETTLED, UNPAID = "goods", "money", "settled", "unpaid"


@dataclass(frozen=True, slots=True)
class Standing:
    """One order at one moment.

    `phase`: what the seller owes: goods, money (after a cancellation, a return or a promise), nothing (`settled`), or
    nothing yet (`unpaid`). `late`: the first day on which he was late with it; None where nothing has a date.
    `refused`: his last word was a no to what the user had asked.
    """

    order: Order
    judgement: Judgement
    rules: Rules
    rights: Rights
    calendar: Calendar
    shop: Shop | None
    own: Collection[str]
    card: Card | None
    network: str
    abroad: bool
    kind: str
    today: date
    phase: str
    due: Due | None
    late: date | None
    circumstances: Circumstances = field(repr=False)
    refused: bool = False

    @property
    def order_day(self) -> date:
        """The day of the order, in the user's time zone."""
        return local_day(self.order.placed_at, self.rules.timezone)

    @property
    def flagged(self) -> bool:
        """Whether anything is to be done: flagged, or refused with the day over, as a no leaves nothing to wait for."""
        return self.judgement.flagged or any(due.flagged for due in self.judgement.given_up) or self._over_and_refused

    @property
    def _over_and_refused(self) -> bool:
        order = self.order
        if not self.refused or self.late is None or self.today < self.late or order.suspicious:
            return False
        if order.snoozed_until is not None and self.today < order.snoozed_until:
            return False
        return self.phase == MONEY or (self.phase == GOODS and self.judgement.asks != "arrived")


def standing(
    order: Order,
    judgement: Judgement,
    rules: Rules,
    rights: Rights,
    calendar: Calendar,
    shop: Shop | None = None,
    own: Collection[str] = (),
) -> Standing:
    """What the ladders need to know of an order. `shop`: the known shop that sold, None if unknown."""
    order = with_claims(order, rights)
    judgement = replace(judgement, dues=(*judgement.dues, *judgement.given_up))  # since when the goods were late
    today = local_day(judgement.judged_at, rules.timezone)
    card = card_of(order, rules)
    network = network_of(order, card)
    abroad = is_abroad(order, rules, shop)
    phase = _phase(order, judgement)
    due = _due(judgement, phase)
    refused = any(event.at == order.last_human_word for event in refusals.told(order, rights.rules))
    circumstances = Circumstances(
        order, order.payment or "", network, shop, abroad, order.cancelled_at is not None, False, None, today
    )
    return Standing(
        order, judgement, rules, rights, calendar, shop, own, card, network, abroad, kind_of_order(order, shop), today,
        phase, due, _late(order, judgement, rules, calendar, due, today, refused=refused), circumstances, refused,
    )  # fmt: skip


def _phase(order: Order, judgement: Judgement) -> str:
    waits = {due.expectation for due in judgement.dues}
    if order.closed_at is None and Expectation.CREDIT in waits and not waits & set(_GOODS):
        return MONEY
    if order.closed_at is not None or order.fully_refunded or "refund_sum" in order.questions:
        return SETTLED  # of the last, the user has to say first what is still open
    if Expectation.REFUND in waits and not waits & set(_GOODS):
        return MONEY
    if waits & set(_GOODS):
        return GOODS
    if Expectation.PAYMENT in waits:
        return UNPAID
    if order.cancelled_at is not None or order.returned_at is not None or order.settlement is Settlement.AWAITED:
        return SETTLED if order.settlement is not Settlement.AWAITED else UNPAID
    came = order.delivered_at is not None and order.arrived_said is not False
    return SETTLED if came or order.order_class is OrderClass.FREE else GOODS


def _due(judgement: Judgement, phase: str) -> Due | None:
    """The expectation that the ladder is about: the flagged one of its kind, else the earliest."""
    wanted = (Expectation.REFUND, Expectation.CREDIT) if phase == MONEY else _GOODS
    dues = [due for due in judgement.dues if due.expectation in wanted]
    flagged = [due for due in dues if due.flagged]
    return min(flagged or dues, key=lambda due: due.due_on, default=None)


def _late(
    order: Order, judgement: Judgement, rules: Rules, calendar: Calendar, due: Due | None, today: date, *, refused: bool
) -> date | None:
    """The first day on which asking is right: after the due day, and after the seller's last word has grown old, unless
    that was a no.

    What is supplied at once and has no day of its own is late from the day of the order on. Who gave the order up waits
    for his money, however late the seller meant to deliver.
    """
    if due is None:
        return local_day(order.placed_at, rules.timezone) if order.order_class in _AT_ONCE else None
    money = [other.due_on for other in judgement.dues if other.expectation is Expectation.REFUND]
    first = min([due.due_on, *money]) + _DAY
    if order.last_human_word is not None and not refused:
        word = local_day(order.last_human_word, rules.timezone)
        threshold = silence_threshold(order, due.expectation, rules)
        first = max(first, calendar.add(word, Span(threshold, Unit.BUSINESS_DAYS)) + _DAY)
    return min(first, today) if due.flagged else first
