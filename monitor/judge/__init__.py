"""Says what each order waits for, until when, who has fallen silent, and what only the user can tell.

In charge of turning folded orders and the user's rules into judgements at one moment: open expectations with
their last days, the flag, the question to the user. Pure: reads no clock and no mail. It does not decide whom to
turn to (escalate) and writes nothing.

How the wording of the contract was settled where it leaves room:

- All days are days in the user's time zone. `due_on` is the last good day; overdue begins the day after.
- The flag also wants the seller's last human word to be `threshold` business days old, the day after the word
  being day 1, and comes on the calendar day after the last of them: a word of Monday flags on Friday.
- Several expectations are open at once. An unanswered letter adds `answer` to them and ends none; which one is
  shown follows the one rule for all (flagged first, then the earliest). On equal days `answer` comes last.
- A delivery date promised for an order that is not dispatched yet opens `delivery` at once, and replaces the
  table's date for `dispatch` where it is later: the table speaks where mails state no date (so does the Korean
  statute: an agreed date of supply takes the place of the three business days).
- A date moves by a seller's answer only: a reply, a delay notice, a word on a dispute or refund, any mail of a
  person in the user's thread, or the user's own correction. An automatic mail sets the first date and moves none.
  An answer that names a later day of dispatch takes back a delivery date promised before, and the other way round.
- A date that was over when it was stated is taken for a misreading and not used.
- Full cancellation, a refund or promise of the whole sum, and a return end `dispatch` and `delivery`.
- Digital goods, services, free orders and renewals wait for goods only until a stated date, and past it the user
  is asked first: nobody mails that a concert took place. Pre-orders and made-to-order goods have no table date.
- The user's own withdrawal ends `dispatch` and `delivery` and opens `refund`, until the seller confirms or the goods
  come: where the law gives that right without a reason (KR, GB, EU), elsewhere once the goods were late. It waits for
  the money, not for an answer; a later day that the letter sets itself holds. One taken back stands no longer.
- A refund that a mail reports and the user misses (`say ORDER not-refunded`) opens `credit`, seven business days after
  that mail; a later mail about a refund, or his word that it came, ends it. His no to `refund_arrived` ends that.
- `refund_arrived` is asked when a refund is overdue (it may have come without a mail); `payment_method` when an
  order is flagged and the method unknown, since only then does it matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitor.judge.dues import Open, given_up, open_expectations, waits_without_date
from monitor.judge.flags import QUESTIONS, asks_of, flag
from monitor.judge.view import View, histories
from monitor.types import Due, Expectation, Judgement, Order, OrderClass, Rules, Settlement
from monitor.workdays import Calendar

__all__ = ["NOTHING", "QUESTIONS", "REASONS", "judge"]

NOTHING = "nothing"
_STATES = (
    "closed",
    "refunded",
    "partly_refunded",
    "refund_promised",
    "cancelled",
    "delivered",
    "shipped",
    "payment_failed",
    "paid",
    "ordered",
)
_BASES = ("promise", "user", "table")
REASONS: tuple[str, ...] = (
    *(f"due.{what}.{basis}" for what in ("dispatch", "answer", "refund") for basis in _BASES),
    "due.credit.table",
    "wait.credit.table",
    "due.delivery.promise",
    "due.delivery.unreported",
    "due.delivery.not_arrived",
    "due.dispatch.not_arrived",
    "wait.payment.promise",
    "wait.payment.table",
    *(
        f"wait.{expectation}.{basis}"
        for expectation in ("dispatch", "delivery", "answer", "refund")
        for basis in _BASES
    ),
    "wait.dispatch.undated",
    *(f"ask.{question}" for question in QUESTIONS),
    "ask.refund_sum",
    "hold.word",
    "hold.snoozed",
    "hold.suspicious",
    "hold.gap",
    *(f"done.{state}" for state in _STATES),
)
"""Every message key that `Judgement.reason` and `Due.reason` can carry; each catalog has all of them."""

# On equal days the first of these is shown.
_RANK = (
    Expectation.PAYMENT,
    Expectation.DELIVERY,
    Expectation.DISPATCH,
    Expectation.REFUND,
    Expectation.CREDIT,
    Expectation.ANSWER,
)


def judge(orders: Sequence[Order], rules: Rules, now: datetime, heard_until: Mapping[str, datetime]) -> list[Judgement]:
    """Judges every order as of `now`, or as of the moment up to which its accounts were read, if that is earlier.

    `heard_until` names the accounts that count (those switched off are absent). All orders are needed at once:
    what a seller did with earlier orders says what his silence means. Times are aware; days are days in
    `rules.timezone` (an IANA name). One judgement per order, in the order given.
    """
    history = histories(orders)
    zone = ZoneInfo(rules.timezone)
    calendar = _calendar(rules.country, rules.extra_holidays)
    judgements = []
    for order in orders:
        heard = [heard_until[name] for name in order.accounts if name in heard_until]
        judged_at = min([now, *heard])
        view = View(order, rules, history[order.id], calendar, zone, judged_at, now)
        judgements.append(_judgement(view))
    return judgements


@lru_cache(maxsize=8)
def _calendar(country: str, extra_holidays: tuple[date, ...]) -> Calendar:
    return Calendar(country, extra_holidays)


def _judgement(view: View) -> Judgement:
    order = view.order
    state = _state(view)
    dues: tuple[Due, ...] = () if state == "closed" else tuple(_due(view, item) for item in open_expectations(view))
    flagged = [due for due in dues if due.flagged]
    shown = min(flagged or dues, key=lambda due: (due.due_on, _RANK.index(due.expectation)), default=None)
    undated = shown is None and state != "closed" and waits_without_date(view)
    asks = None if state == "closed" else asks_of(view, dues)
    waits_for = shown.expectation.value if shown is not None else Expectation.DISPATCH.value if undated else NOTHING
    return Judgement(
        order_id=order.id,
        judged_at=view.judged_at,
        state=state,
        waits_for=waits_for,
        due_on=shown.due_on if shown is not None else None,
        overdue_days=max(0, (view.today - shown.due_on).days) if shown is not None else 0,
        silent_since=order.last_human_word or order.placed_at,
        flagged=bool(flagged),
        urgent=order.put_off >= 2 and waits_for != NOTHING and not order.suspicious,
        asks=asks,
        dues=dues,
        reason=_reason(view, state, dues, shown, undated, asks),
        given_up=() if state == "closed" else tuple(_due(view, item) for item in given_up(view)),
    )


def _due(view: View, item: Open) -> Due:
    cause = flag(view, item)
    word = "wait" if cause is None else "due"
    return Due(
        expectation=item.expectation,
        since=item.since,
        due_on=item.due_on,
        flagged=cause is not None,
        because=item.because,
        basis=item.basis,
        reason=f"{word}.{item.expectation}.{cause or item.basis}",
    )


def _state(view: View) -> str:
    """The latest of the money events, else the goods, else the payment."""
    order = view.order
    if order.closed_at is not None:
        return "closed"
    money: list[tuple[datetime, str]] = []
    if order.cancelled_at is not None:
        money.append((order.cancelled_at, "cancelled"))
    if order.refund_promised_at is not None:
        money.append((order.refund_promised_at, "refund_promised"))
    if order.refunded_at is not None:
        unknown = "refund_sum" in order.questions or order.refund_missing_at is not None
        whole = order.fully_refunded or unknown  # as the mail says, whose sum or arrival is open
        money.append((order.refunded_at, "refunded" if whole else "partly_refunded"))
    if money:
        # At the same moment the one further along counts: `max` keeps the first of equals.
        return max(reversed(money), key=lambda event: event[0])[1]
    if view.arrived:
        return "delivered"
    if view.dispatched:
        return "shipped"
    if order.payment_failed_at is not None:
        return "payment_failed"
    return "paid" if order.settlement is Settlement.RECEIVED or order.order_class is OrderClass.FREE else "ordered"


def _asking(view: View, asks: str, dues: Sequence[Due]) -> str:
    if asks == "refund_arrived" and not any(
        due.expectation is Expectation.REFUND and view.today > due.due_on for due in dues
    ):
        return "ask.refund_sum"  # nothing is overdue: a refund was reported without its sum
    return f"ask.{asks}"


def _reason(view: View, state: str, dues: Sequence[Due], shown: Due | None, undated: bool, asks: str | None) -> str:
    if shown is None:
        if asks is not None:
            return _asking(view, asks, dues)
        return "wait.dispatch.undated" if undated else f"done.{state}"
    if shown.flagged:
        return shown.reason
    if view.order.suspicious:
        return "hold.suspicious"
    if asks is not None:
        return _asking(view, asks, dues)
    if any(view.today > due.due_on and due.expectation is not Expectation.PAYMENT for due in dues):
        snoozed = view.order.snoozed_until is not None and view.today < view.order.snoozed_until
        return "hold.snoozed" if snoozed else "hold.word"
    if any(view.day(view.now) > due.due_on for due in dues):
        return "hold.gap"
    return shown.reason
