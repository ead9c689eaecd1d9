"""The state of every step of one ladder: done, open, waiting, expired or ruled out, with its days.

In charge of walking a ladder from its foot: what the user has done sets events in motion, what he has not done yet is
put at its earliest day, so that every later step has a day too. It chooses neither the ladder (`branches`) nor the step
to take (`choose`), and it counts no period of a rule (`clocks`).

How the days of a step come about

- Nothing goes to the seller, or against him, before he is late (`Standing.late`). Only steps whose own clock began with
  the payment (the month of carrier billing, the 48 hours of an app store) and a look at a fraud list need no lateness.
- `after` a letter, with a time to wait: the step is possible on the day after that time, as an answer may come on its
  last day. A last day off work moves to the next working day, as the letter names it. An answer that led nowhere ends
  the wait. Times of a marketplace in hours, and times counted from another event, are counted as they stand.
- A known deadline that the order of the ladder would miss pulls its step forward, as far as its own rule allows.
- An assumed last day that lies behind us is not lost, as the true one may be later (until `PERHAPS_LATER`): its step
  does not wait behind one that was not taken.
- A declaration that can be made at any time (withdrawal) comes forward too where a step that comes after it has an
  alarm that is past.
- A step that would end a claim which is still running waits for that claim, until its own alarm.
- `assumed` is said of `last_safe_day`; what the way of paying leaves open is added by `choose`. Days that follow from
  steps not yet taken are plans, not assumptions; a deadline that counts from such a day is one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from monitor.escalate import clocks
from monitor.escalate.branches import Branch
from monitor.escalate.circumstances import TO_COME, Circumstances
from monitor.escalate.cites import cited
from monitor.escalate.clocks import Window
from monitor.escalate.contact import seller_contact
from monitor.escalate.course import ANSWER, Course
from monitor.escalate.deeds import Deed
from monitor.escalate.facts import OWN_EVENTS, consequences
from monitor.escalate.happenings import Facts
from monitor.escalate.standing import MONEY, SETTLED, UNPAID, Standing
from monitor.knowledge.forms import load_forms
from monitor.knowledge.rights import EVENTS, Period, Rule, Rung
from monitor.types import Step

_DAY = timedelta(days=1)
OPEN, WAITING, DONE, EXPIRED, RULED_OUT = "open", "waiting", "done", "expired", "ruled_out"
BROUGHT_FORWARD, FOR_ALARM = "ladder.open.deadline", "ladder.open.alarm"
STATUSES = (OPEN, WAITING, DONE, EXPIRED, RULED_OUT)
REASONS = (
    "ladder.open", BROUGHT_FORWARD, FOR_ALARM, "ladder.done", "ladder.expired",
    "ladder.waiting.due", "ladder.waiting.hold", "ladder.waiting.told", "ladder.waiting.undated", "ladder.waiting.paid",
    "ladder.waiting.step", "ladder.waiting.day", "ladder.waiting.event", "ladder.waiting.condition",
    "ladder.waiting.payment", "ladder.waiting.behind", "ladder.waiting.claim",
    "ladder.out.by", "ladder.out.settled", "ladder.out.refund_sum", "ladder.out.cancelled",
    "ladder.out.elsewhere", "ladder.out.amount",
    "ladder.out.kind", "ladder.out.condition",
)  # fmt: skip
"""Every message key that the reason of a step can carry."""

_NO_GOODS = frozenset({"ladder.out.cancelled", "ladder.out.elsewhere"})  # the goods are wanted no more
# What an assumed day may be off: a first bill or debit comes two months after the purchase at most.
PERHAPS_LATER = timedelta(days=62)
# The user can tell these days (`[[cards]]`): a guess at them shortens nobody's time to answer.
_OF_A_BILL = frozenset({"card_payment_due_date", "statement_sent_date"})
_PAYERS = frozenset({"bank", "card_issuer", "provider", "marketplace"})
SILENCE = Period(8, "weeks")  # FCA handbook, DISP 1.6: after eight weeks without an answer the complaint can go on
LONG_PAST = timedelta(days=180)  # after so long an assumed last day has passed, whatever the true one was
# Events with which the user's own time begins before anybody is late.
_FROM_PAYMENT = frozenset(
    {"payment_date", "payment_month_end", "loss_date", "contract_document_date", "statement_sent_date"}
)
# Events after which a time to wait is a time for an answer: on its last day one may still come.
_SILENCE = frozenset({"seller_contact_date", "report_date"})


@dataclass(slots=True)
class _Walker(Course):
    """`projected`: clock events that steps to come will set off, as early as they can. `bases`: see `_anchor`."""

    projected: dict[str, date] = field(default_factory=dict)
    steps: dict[str, Step] = field(default_factory=dict)
    bases: dict[str, date | None] = field(default_factory=dict)
    circumstances: Circumstances | None = None
    contact: tuple[str, str | None, str | None] | None = None

    def walk(self) -> tuple[Step, ...]:
        standing = self.standing
        self.take()
        self.circumstances = replace(
            standing.circumstances,
            payment=self.branch.payment,
            withdrawn="cancel_date" in self.known,
            refused="issuer_result_date" in self.known,
            silent=(over := self._silent_from()) is not None and over <= standing.today,
            statement_sent=self.known.get("statement_sent_date") or self.known.get("payment_date"),
        )
        for rung, rule in self.rungs:
            self.steps[rung.rule] = self._step(rung, rule)
        return tuple(self.steps.values())

    # -- one step -----------------------------------------------------------------------------------------------------

    def _step(self, rung: Rung, rule: Rule) -> Step:
        window, windowed = self._window(rung, rule)
        free = not rung.after and ("self" in rule.addressee or (rule.users_time and rule.clock_start in _FROM_PAYMENT))
        late = self.standing.late
        lawful = max(filter(None, (window.not_before, None if free else late)), default=None)
        needs = self._needs(rule)
        base = self._anchor(rung)
        if self._half_done(rule) and (owed := self.known.get("refund_due_date")) is not None:
            base = owed + _DAY
        self.bases[rule.id] = base
        waits = [day for day in (base, lawful, *(day for _, day in needs if day is not None)) if day is not None]
        if (posted := self._posted(rule)) is not None:
            waits.append(posted)
        if (over := self._period_over(rule)) is not None:
            waits.append(over)
        contact = self._at("seller_contact_date")
        if rule.seller_first and contact is not None:
            waits.append(contact)
        if rule.addressee[0] == "seller" and (asked := self._asked_until()) is not None:
            waits.append(asked)
        if (owed := self._refund_over(rule)) is not None:
            waits.append(owed)
        planned = max(waits, default=self.standing.order_day if free else self.standing.today)
        pulled = ""
        alarm = window.alarm_on or window.last_safe_day
        if alarm is not None and planned > alarm:
            soonest = max(lawful or self.standing.order_day, self.standing.order_day)
            if not window.assumed:
                pulled = BROUGHT_FORWARD if planned > (window.last_safe_day or alarm) else FOR_ALARM
            # A guessed deadline shortens the wait, but only a known one goes before steps that were not taken; our own
            # day shortens nobody's time to answer before it has come.
            early = max(soonest, window.last_safe_day or alarm) if window.assumed else soonest
            planned = min(planned, max(early, alarm) if pulled == FOR_ALARM and self.standing.today < alarm else early)
            lately = perhaps_later(window.last_safe_day, self.standing.today) and not bill_is_a_guess(window)
            if window.assumed and lately and self._kept_back(rung):
                planned, pulled = soonest, BROUGHT_FORWARD
        if planned > self.standing.today and rule.text == "withdrawal" and self._pressed(rung):
            planned, pulled = max(lawful or self.standing.order_day, self.standing.order_day), BROUGHT_FORWARD
        if "refused_or_silent" in rung.only_if:
            opens = [day for day in (self.known.get("issuer_result_date"), self._silent_from()) if day is not None]
            planned = max(planned, min(opens, default=planned))
        if "refused" in rung.only_if and (told := self.known.get("issuer_result_date")) is not None:
            planned = max(planned, told)
        if rule.phone_business_days and rule.channel[0] == "phone" and not pulled:
            planned = self.working(planned)
        status, reason, because = self._status(rung, rule, window, planned, free, needs, pulled)
        if status == DONE:
            planned = min(planned, self.done[rule.id].day)
        step = self._made(rule, window, planned, windowed, (status, reason, because))
        if status in (OPEN, WAITING) and reason not in ("ladder.waiting.condition", "ladder.waiting.behind"):
            self._project(rule, max(planned, self.standing.today))
        return step

    def _refund_over(self, rule: Rule) -> date | None:
        """The first day on which a chargeback can say that the refund has not come; None where none is owed yet."""
        due = self.known.get("refund_due_date")
        if rule.text != "chargeback" or rule.addressee[0] == "seller" or due is None or "cancel_date" not in self.known:
            return None
        return due + _DAY

    def _silent_from(self) -> date | None:
        """The first day on which the silence of whoever was asked last is an answer: after eight weeks (UK)."""
        asked = [self.known[event] for event in ("complaint_date", "dispute_open_date") if event in self.known]
        return self.add(min(asked), SILENCE) + _DAY if asked else None

    def _kept_back(self, rung: Rung) -> bool:
        """Whether only an earlier step that nobody took yet keeps this one waiting."""
        before = self._earlier(rung.after) if rung.after not in EVENTS else None
        if before is None or before.status not in (OPEN, WAITING):
            return False
        return self._period_over(self.standing.rights.rules[before.rung]) is None  # he may, but need not, write again

    def _pressed(self, rung: Rung) -> bool:
        """Whether a bank's or issuer's step that comes after this one is past its alarm, and not surely lost."""
        assert self.circumstances is not None
        today = self.standing.today
        for other, rule in self.rungs:
            if other.after != rung.rule or other.wait is not None or not {"bank", "card_issuer"} & set(rule.addressee):
                continue
            if rule.id in self.done or any(self.circumstances.holds(name) is not True for name in other.only_if):
                continue
            window = self._one_window(other, rule)
            alarm, last = window.alarm_on, window.last_safe_day
            if alarm is None or last is None or today < alarm:
                continue
            if bill_is_a_guess(window):
                continue
            if today <= last or (window.assumed and perhaps_later(last, today)):
                return True
        return False

    def _window(self, rung: Rung, rule: Rule) -> tuple[Window, tuple[str, ...]]:
        """The window of a rule; where the card's network is not known, the stricter of Visa's and Mastercard's."""
        one = self._one_window(rung, rule)
        if not rule.counterparts or self.standing.network:
            return one, (rule.id,)
        given = "promised_delivery_date" in self.known
        other_rule = self.standing.rights.counterpart(rule.id, "mastercard", date_given=given)
        other = self._one_window(rung, other_rule)
        ends = [found for found in (one, other) if found.last_safe_day is not None]
        strict = min(ends, key=lambda found: found.last_safe_day or date.max, default=one)
        opens = max((day for day in (one.not_before, other.not_before) if day is not None), default=None)
        return replace(strict, not_before=opens, assumed=True), (rule.id, other_rule.id)

    def _one_window(self, rung: Rung, rule: Rule) -> Window:
        standing = self.standing
        events = {**self.projected, **self.known}
        guessed = {event for event in self.projected if event not in self.known}
        for needed in rule.needs:
            for event in OWN_EVENTS:
                if event in self.by_rung.get(needed, {}):
                    events[event] = self.by_rung[needed][event]
                    guessed = guessed - {event} if needed in self.done else guessed | {event}
        parts = standing.order.instalments
        today = max(standing.today, standing.late or standing.today)
        billed = self.known.get("card_payment_due_date")
        if billed is not None and billed > today:
            today = billed - _DAY  # nothing of this purchase is debited before its first bill
        return clocks.window(
            rule, Facts(events, frozenset(guessed)), standing.calendar,
            today=today,
            payment_day=standing.card.payment_day if standing.card is not None else None,
            instalments=parts if parts is not None and parts > 1 else None,
            order_kind=standing.kind, overseas=standing.abroad,
            counts_from="" if standing.order.arrived_said is False else rung.counts_from,
        )  # fmt: skip

    def _bill_told(self) -> bool:
        """Whether the user has told the day on which the card is debited next."""
        return self.known.get("card_payment_due_date", date.min) > self.standing.today

    def _at(self, event: str) -> date | None:
        return self.known.get(event) or self.projected.get(event)

    def _anchor(self, rung: Rung) -> date | None:
        """The day that a step waits for by its place in the ladder; None where it waits for none, or none is known."""
        after, wait = self._place(rung)
        if self.standing.phase == MONEY and rung.rule == self.refund_rule():
            after, wait = "refund_due_date", Period(1, "calendar_days")
        if after in EVENTS:
            day = self._at(after)
            if day is None or wait is None:
                return day
            end = self.add(day, wait)
            end = end + _DAY if after in _SILENCE and wait.unit != "hours" else end
            named = self.named.get(after)
            return named + _DAY if named is not None and named > end else end
        step = self._earlier(after)
        if step is None:
            return None
        if step.status in (RULED_OUT, EXPIRED):
            return None if step.reason in _NO_GOODS else self.bases.get(step.rung)
        deed = self.done.get(step.rung)
        day = deed.day if deed is not None else max(self.standing.today, step.not_before)
        if wait is None:
            return day
        if wait.unit == "hours":
            return self.add(day, wait)
        named = deed.answer_due if deed is not None else None
        by_hand = named if deed is not None and deed.by_hand else None
        if deed is not None and self._answered(deed, step):
            given = by_hand + _DAY if by_hand is not None else day
            return max(day, given, self.standing.late or day)
        if by_hand is not None and self.standing.rights.rules[step.rung].text in ("progress", "inquiry"):
            return by_hand + _DAY  # nobody but the user says how long a question may take
        end = self.add(day, wait)
        if step.addressee.startswith("seller"):
            end = max(self.working(end), self.answer_by(step.rung, day))
        return max(end, named or end) + _DAY

    def _place(self, rung: Rung) -> tuple[str, Period | None]:
        """After what a step comes, and how long: where that cannot be, after what the ladder names in its stead.

        Where no demand to the seller can be made any more (the month of carrier billing is over), the bodies count from
        the complaint to whoever carried the payment.
        """
        if rung.after in EVENTS and self._at(rung.after) is None:
            if rung.or_after:
                return rung.or_after, rung.or_wait
            if rung.after == "formal_demand_date" and self._at("complaint_date") is not None:
                return "complaint_date", rung.wait
        return rung.after, rung.wait

    def _asked_until(self) -> date | None:
        """The day from which the seller can be written to again after a mere question that he has not answered."""
        asked, word = self.asked, self.standing.order.last_human_word
        if asked is None or (word is not None and word > asked.at):
            return None
        answer = self.standing.calendar.add(asked.day, self.standing.rules.expect.get("answer") or ANSWER)
        return max(self.working(answer), asked.answer_due or answer) + _DAY

    def _posted(self, rule: Rule) -> date | None:
        """In Korea a cancelled payment takes up to seven business days to show: before that nobody else is asked."""
        told, posting = self.known.get("cancel_confirmed_date"), self.standing.rights.rules.get("kr-refund-posting")
        if told is None or posting is None or posting.window is None or self.standing.phase != MONEY:
            return None
        if self.branch.ladder.jurisdiction != "KR" or rule.addressee[0] == "seller":
            return None
        return self.add(told, posting.window)

    def _earlier(self, rung: str) -> Step | None:
        """The step of an id of the ladder, under the id of the network's rule that took its place where one did."""
        if rung in self.steps:
            return self.steps[rung]
        rule = self.standing.rights.rules.get(rung)
        return self.steps.get(self.rule_of(rule).id) if rule is not None else None

    def _answered(self, deed: Deed, step: Step) -> bool:
        """Whether the seller has written since: then silence is not what is waited for any more."""
        word = self.standing.order.last_human_word
        return step.addressee.startswith("seller") and word is not None and word > deed.at

    def _needs(self, rule: Rule) -> list[tuple[str, date | None]]:
        """What must be tried first and is not done yet, each with the day from which it can be; None: it cannot yet."""
        found: list[tuple[str, date | None]] = []
        for needed in rule.needs:
            step = self.steps.get(needed)
            if step is None or step.status in (DONE, RULED_OUT, EXPIRED):
                continue
            found.append((needed, max(step.not_before, self.standing.today)))
        return found

    def _status(
        self,
        rung: Rung,
        rule: Rule,
        window: Window,
        planned: date,
        free: bool,
        needs: Sequence[tuple[str, date | None]],
        pulled: str,
    ) -> tuple[str, str, str]:
        """Status, reason, and what the reason names."""
        standing = self.standing
        if rule.id in self.done and not self._half_done(rule) and self._period_over(rule) is None:
            return DONE, "ladder.done", self.done[rule.id].day.isoformat()
        if (out := self._ruled_out(rung, rule)) is not None:
            return RULED_OUT, *out
        if standing.phase == UNPAID:
            return WAITING, "ladder.waiting.paid", ""
        last = window.last_safe_day
        if window.expired(standing.today) or (last is not None and standing.today > last + LONG_PAST):
            return EXPIRED, "ladder.expired", last.isoformat() if last is not None else ""
        if (held := self._held(rung, rule, window)) is not None:
            return WAITING, *held
        if needs:
            return WAITING, "ladder.waiting.step", needs[0][0]
        if not pulled and self._kept_back(rung):
            before = self._earlier(rung.after)
            return WAITING, "ladder.waiting.step", before.rung if before is not None else rung.after
        if not free and not standing.flagged:
            if standing.late is None:
                return WAITING, "ladder.waiting.undated", ""
            if standing.today < standing.late:
                return WAITING, "ladder.waiting.due", standing.late.isoformat()
            return WAITING, "ladder.waiting.hold" if standing.due is not None else "ladder.waiting.told", ""
        if standing.today < planned:
            return WAITING, *self._why_later(rung, planned)
        return OPEN, pulled or "ladder.open", planned.isoformat()

    def _ruled_out(self, rung: Rung, rule: Rule) -> tuple[str, str] | None:
        standing = self.standing
        if standing.phase == SETTLED:
            return ("ladder.out.refund_sum" if "refund_sum" in standing.order.questions else "ladder.out.settled"), ""
        if rule.id in self.ended:
            return "ladder.out.by", self.ended[rule.id]
        if standing.phase == MONEY and self.about_goods(rule):
            return "ladder.out.cancelled", ""
        if rule.text in ("progress", "inquiry") and "withdrawn_elsewhere" in standing.order.questions:
            return (
                "ladder.out.elsewhere",
                "",
            )  # he told the marketplace that he gives it up: no letter asks for the goods
        if rule.applies(standing.order.total, standing.order.instalments) is False:
            return "ladder.out.amount", ""
        if rule.addressee[0] != "seller" and "any" not in rule.order and standing.kind not in rule.order:
            return "ladder.out.kind", ""
        assert self.circumstances is not None
        for condition in rung.only_if:
            if self.circumstances.holds(condition) is False:
                return "ladder.out.condition", condition
        return None

    def _held(self, rung: Rung, rule: Rule, window: Window) -> tuple[str, str] | None:
        """What must happen before the step makes sense at all, other than time going by."""
        assert self.circumstances is not None
        for condition in rung.only_if:
            if self.circumstances.holds(condition) is None:
                return ("ladder.waiting.condition" if condition in TO_COME else "ladder.waiting.payment"), condition
        after, _ = self._place(rung)
        if after in EVENTS and self._at(after) is None and not rung.or_after:
            return "ladder.waiting.event", after
        missing = window.waits_for if after == rung.after or window.waits_for != rung.after else ""
        if missing and missing != "promised_delivery_date" and self._at(missing) is None:
            return "ladder.waiting.event", missing
        if self._card_behind(rule):
            return "ladder.waiting.behind", ""
        running = self._running_claim(rule, window)
        return ("ladder.waiting.claim", running) if running else None

    def _period_over(self, rule: Rule) -> date | None:
        """The day on which the one letter by which the seller was given a last day can be followed by the next.

        Where one rule has both letters (Japan: the demand, then the notice that the contract is over), and nothing has
        come by then; None where there is no such letter, or its period runs.
        """
        if rule.id not in load_forms().after_delivery or "delivery_date" in self.known:
            return None
        written = [deed for deed in self.all_done if deed.rung == rule.id]
        if len(written) != 1 or written[0].gives_up:
            return None
        over = (written[0].answer_due or self.answer_by(rule.id, written[0].day)) + _DAY
        return over if self.standing.today >= over else None

    def _half_done(self, rule: Rule) -> bool:
        """A step in two halves (Ontario): the seller was written to, the issuer not yet."""
        return (
            rule.text == "chargeback"
            and rule.addressee[0] == "seller"
            and {deed.channel for deed in self.all_done if deed.rung == rule.id} == {"email"}
        )

    def _card_behind(self, rule: Rule) -> bool:
        """A card's step of an order paid by PayPal or Klarna: it needs a card behind, and comes when these failed."""
        payment = self.branch.payment
        if payment not in ("paypal", "bnpl_klarna") or rule.takes(payment):
            return False
        if not {"card_issuer", "bank"} & set(rule.addressee):
            return False  # a marketplace's own programme wants no card
        own = [step for step in self.steps.values() if step.rung.startswith(("prov-paypal", "prov-klarna"))]
        return not any(step.status == EXPIRED or self._refusal(step.rung) for step in own)

    def _refusal(self, rung: str) -> bool:
        return any(refused in (rung, "") for refused, _ in self.refused)

    def _running_claim(self, rule: Rule, window: Window) -> str:
        """A claim that this step would end and that is still running, unless the step's own alarm has come."""
        alarm = window.alarm_on or window.last_safe_day
        if alarm is not None and not window.assumed and self.standing.today >= alarm:
            return ""
        for other in rule.rules_out:
            if other in self.done and not self._refusal(other):
                return other
        return ""

    def _why_later(self, rung: Rung, planned: date) -> tuple[str, str]:
        step = self._earlier(rung.after) if rung.after and rung.after not in EVENTS else None
        if step is not None and step.status in (OPEN, WAITING):
            return "ladder.waiting.step", step.rung
        return "ladder.waiting.day", planned.isoformat()

    def _made(
        self, rule: Rule, window: Window, planned: date, windowed: tuple[str, ...], state: tuple[str, str, str]
    ) -> Step:
        standing = self.standing
        addressee = "+".join(rule.addressee)
        channel, to, warning = rule.channel[0], None, None
        if self._half_done(rule):
            channel = "letter"
        elif rule.addressee[0] == "seller" and channel == "email":
            if self.contact is None:
                self.contact = seller_contact(standing.order, standing.own)
            found, to, warning = self.contact
            channel = next((name for name in (found, "web_form", *rule.channel[1:]) if name in rule.channel), found)
            if found == "web_form" and standing.shop is not None and standing.shop.role == "marketplace":
                channel = found  # its message form reaches the seller, whose address nobody knows
            to = to if channel == found else None
        sent_on = max(planned, standing.today)
        answer_by, pressed = None, False
        if rule.addressee[0] == "seller" and rule.text != "none":
            answer_by = self.answer_by(rule.id, sent_on)
            if self._asks_money(rule) and (end := self._presses(rule, sent_on, answer_by)) is not None:
                answer_by, pressed = end, True
        return Step(
            order_id=standing.order.id,
            rung=rule.id,
            addressee=addressee,
            channel=channel,
            not_before=planned,
            last_safe_day=window.last_safe_day,
            rules=cited(rule.id, windowed, standing, self.branch.payment),
            rules_out=tuple(other for other in rule.rules_out if self._concerns(other)),
            evidence=rule.evidence,
            assumed=window.last_safe_day is not None and window.assumed,
            to=to,
            warning=warning,
            answer_by=answer_by,
            pressed=pressed,
            alarm_on=window.alarm_on if window.last_safe_day is not None else None,
            status=state[0],
            reason=state[1],
            because=state[2],
            before_bill=rule.window_end == "before_card_payment_day"
            and bill_is_a_guess(window)
            and not self._bill_told(),
        )

    def _concerns(self, rule_id: str) -> bool:
        """Whether a programme can concern this order at all: a step of the ladder none of whose conditions is false."""
        assert self.circumstances is not None
        return any(
            own.id == rule_id and all(self.circumstances.holds(name) is not False for name in rung.only_if)
            for rung, own in self.rungs
        )

    def _presses(self, rule: Rule, sent_on: date, asked: date) -> date | None:
        """The day that a letter of `sent_on` names in place of `asked`, where a hard deadline would pass before it.

        Hard: the last safe day of a claim against whoever carried the payment, which comes once. The day is that of our
        alarm, or the last that leaves a day to act. None where none presses, or where it leaves no time to answer.
        """
        assert self.circumstances is not None
        found = []
        for rung, other in self.rungs:
            if other.id == rule.id or other.id in self.done or other.id in self.ended or other.window_end:
                continue
            if not _PAYERS & set(other.addressee) or not other.users_time:
                continue
            if any(self.circumstances.holds(name) is False for name in rung.only_if):
                continue
            window, _ = self._window(rung, other)
            last = window.last_safe_day
            if last is None or not sent_on < last <= asked or bill_is_a_guess(window):
                continue
            alarm = window.alarm_on if window.alarm_on is not None and window.alarm_on > sent_on else last - _DAY
            found.append(min(alarm, last - _DAY))
        end = min(found, default=None)
        return end if end is not None and end > sent_on else None

    def _project(self, rule: Rule, day: date) -> None:
        came = "delivery_date" in self.known
        effects = consequences(rule, day, self.refund_due, goods_came=came)
        self.by_rung.setdefault(rule.id, effects)
        for event, when in effects.items():
            if event not in self.known:
                self.projected.setdefault(event, when)


def bill_is_a_guess(window: Window) -> bool:
    """Whether a window hangs on a day of the card's bill that nobody told."""
    return window.assumed and window.counted_from in _OF_A_BILL


def perhaps_later(last: date | None, today: date) -> bool:
    """Whether a last day that is a guess has passed so lately that the true one may be still to come."""
    return last is not None and last < today <= last + PERHAPS_LATER


def walk(standing: Standing, branch: Branch) -> tuple[Step, ...]:
    """Every step of a branch, in the order of the ladder, with its state as of `standing`."""
    return _Walker(standing, branch).walk()
