"""What the page shows of one order, in one value: made from what was judged, kept as a row, and read back from it.

In charge of what a summary holds and of the words by which it is found. It decides nothing and words nothing.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING

from monitor import render
from monitor.config import Config
from monitor.digest.view import money_open
from monitor.store.words import PageRow
from monitor.types import Judgement, Kind, Money, Order, Source, Step

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from monitor.run.orders import OrderView

FORM = 8
"""Raise this when summaries change their form: kept ones are made anew."""

MOODS: tuple[str, ...] = ("act", "ask", "wait", "old", "doubt", "rest")
"""What an order is to the user: something to do, a question, waiting, something to do that was late before the program
came, of doubtful origin, nothing more."""

STAKE = 10_000  # parts of a currency's unit in which sums are kept: no currency has more than four decimals
OWN = ("case_number", "person", "said", "note", "text", "name", "to", "subject")
"""Payload of what the user said and did that is searched like the words of mails."""
MOST_IN_ORDER = 4_000  # characters by which an order can be searched


@dataclass(frozen=True, slots=True)
class NextStep:
    """What can be done next, as far as a list shows it."""

    rung: str
    addressee: str
    channel: str
    not_before: date
    last_safe_day: date | None
    alarm_on: date | None
    assumed: bool
    rules: tuple[str, ...] = ()
    rules_out: tuple[str, ...] = ()
    before_bill: bool = False


@dataclass(frozen=True, slots=True)
class Closing:
    """The step beside the next one that is lost first by waiting, whether it can be taken already or not."""

    rung: str
    last_safe_day: date
    alarm_on: date | None
    assumed: bool
    before_bill: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """One order as lists show it. Amounts are money, days those of the user's calendar.

    `at_stake`: what was paid and is neither delivered nor given back. `silent`: whether the seller ever wrote at all
    (`answered`) and since when he has not. `reason` and `judged_at` make a sentence with `render.reason`. `closing`:
    only where it ends before the next step does. `seller_as_read`, `number_as_read`: where they differ from what a page
    may show; for other programs. `tried`: the total is that of a payment that failed, no mail states another.
    """

    id: str
    seller: str
    domain: str
    number: str
    items: tuple[str, ...]
    placed_on: date
    placed_at: datetime
    total: Money | None
    paid: Money | None
    promised_back: Money | None
    given_back: Money | None
    at_stake: Money | None
    payment: str | None
    state: str
    mood: str
    waits_for: str
    due_on: date | None
    overdue_days: int
    silent_since: date | None
    answered: bool
    flagged: bool
    urgent: bool
    asks: str | None
    questions: tuple[str, ...]
    reason: str
    judged_at: datetime
    silent_at: datetime | None
    put_off_until: date | None
    step: NextStep | None
    bounced: bool
    accounts: tuple[str, ...]
    moved_on: date
    closing: Closing | None = None
    seller_as_read: str | None = None
    number_as_read: str | None = None
    tried: bool = False

    @property
    def decide_on(self) -> date | None:
        """The day after which waiting costs something: the nearest last safe day. Our own alarm is no such day."""
        days = [one.last_safe_day for one in (self.step, self.closing) if one is not None]
        return min((day for day in days if day is not None), default=None)

    def next_on(self, today: date) -> date | None:
        """The next day, from `today` on, on which something falls due, becomes possible or stops being safe."""
        days = [self.due_on]
        if self.step is not None:
            days += [self.step.not_before, self.step.alarm_on, self.decide_on]
        return min((day for day in days if day is not None and day >= today), default=None)

    def judgement(self) -> Judgement:
        """As much of the judgement as `render.reason` needs."""
        return Judgement(
            order_id=self.id, judged_at=self.judged_at, state=self.state, waits_for=self.waits_for, due_on=self.due_on,
            overdue_days=self.overdue_days, silent_since=self.silent_at, flagged=self.flagged, urgent=self.urgent,
            asks=self.asks, dues=(), reason=self.reason,
        )  # fmt: skip


def summary(view: OrderView, config: Config, first_run_at: datetime | None) -> Summary:
    """One order, summed up."""
    from monitor.digest.writer import is_old

    order, judgement, step = view.order, view.judgement, view.step
    zone = config.user.timezone

    def local(moment: datetime) -> date:
        return render.local_day(moment, zone)

    shown = clean(order.seller.name or order.seller.domain)
    open_ = money_open([order], {order.id: judgement})
    first_day = local(first_run_at) if first_run_at is not None else None
    quiet = first_run_at is not None and is_old(order, judgement, first_run_at, first_day)
    return Summary(
        id=order.id,
        seller=shown,
        domain=clean(order.seller.domain),
        number=render.code(order.number or ""),
        items=tuple(clean(item) for item in order.items[:6]),
        placed_on=local(order.placed_at),
        placed_at=_utc(order.placed_at),
        total=order.total or _tried(order),
        paid=order.paid,
        promised_back=order.promised_back,
        given_back=order.given_back,
        at_stake=next((amount for amount, _ in open_.values()), None),
        payment=order.payment,
        state=judgement.state,
        mood=_mood(order, judgement, quiet, step, local(judgement.judged_at)),
        waits_for=judgement.waits_for,
        due_on=judgement.due_on,
        overdue_days=judgement.overdue_days,
        silent_since=None if judgement.silent_since is None else local(judgement.silent_since),
        answered=order.last_human_word is not None,
        flagged=judgement.flagged,
        urgent=judgement.urgent,
        asks=judgement.asks,
        questions=tuple(dict.fromkeys(question.partition(":")[0] for question in order.questions)),
        reason=judgement.reason,
        judged_at=_utc(judgement.judged_at),
        silent_at=None if judgement.silent_since is None else _utc(judgement.silent_since),
        put_off_until=order.snoozed_until,
        step=None if step is None else _step(step),
        bounced=order.bounced,
        accounts=order.accounts,
        moved_on=local(max((event.at for event in order.events), default=order.placed_at)),
        closing=_closing(view, local(judgement.judged_at)),
        seller_as_read=order.seller.name
        if order.seller.name != clean(order.seller.name or order.seller.domain)
        else None,
        number_as_read=order.number if order.number != render.code(order.number or "") else None,
        tried=order.total is None and _tried(order) is not None,
    )


def _tried(order: Order) -> Money | None:
    """The sum whose payment failed, of an order of which no mail states another."""
    failed = [
        event.reading.finding.total for event in order.events if event.kind == Kind.PAYMENT_FAILED and event.reading
    ]  # fmt: skip
    return next((stated.value for stated in reversed(failed) if stated is not None), None)


def _utc(moment: datetime) -> datetime:
    """The same moment in UTC, so that equal summaries are equal in writing; one at the rim of the calendar stays."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return moment


def clean(value: str, limit: int = 80) -> str:
    """A value of a mail as a page may show it: one line, no link, no card number."""
    return render.mask_cards(render.one_line(value, limit))


def folded(value: str) -> str:
    """The form in which words are searched: NFKC, folded case, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def _step(step: Step) -> NextStep:
    return NextStep(
        step.rung, step.addressee, step.channel, step.not_before, step.last_safe_day, step.alarm_on, step.assumed,
        step.rules, step.rules_out, step.before_bill,
    )  # fmt: skip


def _closing(view: OrderView, today: date) -> Closing | None:
    """What is lost first by waiting, where that is not the next step itself."""
    if view.way is None or view.step is None:
        return None
    ahead = [
        step for step in view.way.steps
        if step.status in ("open", "waiting") and step.rung != view.step.rung
        and step.last_safe_day is not None and step.last_safe_day >= today
    ]  # fmt: skip
    first = min(ahead, key=lambda step: (step.last_safe_day or date.max, step.assumed), default=None)
    if first is None or first.last_safe_day is None:
        return None
    if view.step.last_safe_day is not None and view.step.last_safe_day <= first.last_safe_day:
        return None
    return Closing(first.rung, first.last_safe_day, first.alarm_on, first.assumed, first.before_bill)


def _mood(order: Order, judgement: Judgement, quiet: bool, step: Step | None, today: date) -> str:
    if order.suspicious:
        return "doubt"
    if order.closed_at is not None:
        return "rest"
    turned = order.letters or any(event.kind == "contact" for event in order.events)
    if judgement.flagged and turned and step is not None and step.not_before > today and not judgement.asks:
        return "wait"  # a letter was written or a call made, and the day of the next step has not come
    if judgement.flagged:
        return "old" if quiet else "act"
    if judgement.asks:
        return "ask"
    return "rest" if judgement.waits_for == "nothing" else "wait"


def row_of(found: Summary, view: OrderView, today: date) -> PageRow:
    """A summary as the store keeps it, with the columns by which it is found and sorted."""
    order, amount = view.order, found.total or found.paid
    decide_on = found.decide_on
    if found.urgent and decide_on is None:
        decide_on = found.due_on
    return PageRow(
        id=order.id,
        seller_key=order.seller.key,
        seller=folded(found.seller),
        number=found.number,
        placed_at=order.placed_at,
        moved_at=max((event.at for event in order.events), default=order.placed_at),
        state=found.state,
        mood=found.mood,
        decide_on=decide_on,
        due_on=found.due_on,
        safe_until=found.decide_on,
        next_on=found.next_on(today),
        stake_currency=found.at_stake.currency if found.at_stake else "",
        stake=int(found.at_stake.amount * STAKE) if found.at_stake else 0,
        currency=amount.currency if amount else "",
        amount=float(amount.amount) if amount else 0.0,
        words=_words(order),
        summary=_summaries().dump_json(found).decode("utf-8"),
    )


def _words(order: Order) -> str:
    """All by which an order is looked for: number, seller, goods, amounts in several ways of writing, subjects, and the
    user's own notes: what was said to whom, and under which number it is dealt with.
    """
    number = order.number or ""
    words = [number, "".join(sign for sign in number if sign.isalnum()), order.seller.name, order.seller.domain]
    words += order.items
    for amount in (order.total or _tried(order), order.paid, order.promised_back, order.given_back):
        if amount is not None:
            plain = format(amount.amount, "f")
            words += [plain, f"{amount.amount:,f}", amount.currency, render.money(amount, "ko")]
    words += [parcel.tracking_number for parcel in order.parcels]
    deeds = [event.payload for event in order.events if event.source is not Source.MAIL]
    words += [said.get(name, "") for said in deeds for name in OWN]
    words += ["".join(sign for sign in said.get("case_number", "") if sign.isalnum()) for said in deeds]
    words += [event.reading.subject for event in order.events if event.reading is not None]
    return folded(render.mask_cards(" ".join(dict.fromkeys(filter(None, words)))))[:MOST_IN_ORDER]


@cache
def _summaries() -> TypeAdapter[Summary]:
    from pydantic import TypeAdapter

    return TypeAdapter(Summary)


def load(row: PageRow) -> Summary:
    """The summary in a row."""
    return read(row.summary)


def read(kept: str) -> Summary:
    """A summary as it is kept."""
    return _summaries().validate_json(kept)
