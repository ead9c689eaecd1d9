"""What the page shows of all orders: a summary of each, made once and kept, so that no page has to judge anew.

In charge of making the summaries (`refresh`), of when they no longer hold (`current`), of searching and sorting them.
They are a cache of what `orders` says: nothing is decided by them, and a rebuild throws them away. It words nothing.
"""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING

from monitor import render
from monitor.config import Config
from monitor.digest.view import AccountState, money_open
from monitor.store.words import PageRow
from monitor.types import Judgement, Money, Order, RawMail, Source, Step

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from monitor.run.intake.summary import Progress
    from monitor.run.orders import OrderView
    from monitor.store import Store

FORM = 3
"""Raise this when summaries change their form: kept ones are made anew."""

MOODS: tuple[str, ...] = ("act", "ask", "wait", "old", "doubt", "rest")
"""What an order is to the user: something to do, a question, waiting, something to do that was late before the program
came, of doubtful origin, nothing more."""

_one_at_a_time = threading.Lock()
STAKE = 10_000  # parts of a currency's unit in which sums are kept: no currency has more than four decimals
MOST_WORDS = 3_000  # characters of a mail that can be searched
MOST_IN_ORDER = 4_000
MOST_BESIDE = 40  # open orders of the same seller that are summed up anew with one of which something was said
MOST_AT_ONCE = 3_000  # orders that are summed up while someone waits for a page


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


@dataclass(frozen=True, slots=True)
class Closing:
    """The step beside the next one that is lost first by waiting, whether it can be taken already or not."""

    rung: str
    last_safe_day: date
    alarm_on: date | None
    assumed: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """One order as lists show it. Amounts are money, days those of the user's calendar.

    `at_stake`: what was paid and is neither delivered nor given back. `silent`: whether the seller ever wrote at all
    (`answered`) and since when he has not. `reason` and `judged_at` make a sentence with `render.reason`. `closing`:
    only where it ends before the next step does.
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

    @property
    def decide_on(self) -> date | None:
        """The day from which waiting costs something: our alarm, else the last safe day itself."""
        days = [one.alarm_on or one.last_safe_day for one in (self.step, self.closing) if one is not None]
        return min((day for day in days if day is not None), default=None)

    def next_on(self, today: date) -> date | None:
        """The next day, from `today` on, on which something falls due, becomes possible or stops being safe."""
        days = [self.due_on]
        if self.step is not None:
            days += [self.step.not_before, self.decide_on]
        return min((day for day in days if day is not None and day >= today), default=None)

    def judgement(self) -> Judgement:
        """As much of the judgement as `render.reason` needs."""
        return Judgement(
            order_id=self.id, judged_at=self.judged_at, state=self.state, waits_for=self.waits_for, due_on=self.due_on,
            overdue_days=self.overdue_days, silent_since=self.silent_at, flagged=self.flagged, urgent=self.urgent,
            asks=self.asks, dues=(), reason=self.reason,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft that waits for the user's decision."""

    order_id: str
    draft_id: str
    rung: str
    status: str


# -- making them ------------------------------------------------------------------------------------------------------


def refresh(store: Store, config: Config, *, now: datetime) -> int:
    """Sum up every order as of `now`, and store the drafts of this moment; returns how many orders there are."""
    from monitor.run import digests, orders, statistics

    stamp = _stamp(store, config, now)
    views = orders.orders(store, config, None, now)
    orders.refresh_drafts(store, config, now=now, views=views)
    first = digests.first_run(store)
    day = render.local_day(now, config.user.timezone)
    rows = [_row(summary(view, config, first), view, day) for view in views]
    homes = {event.mail: view.order.id for view in views for event in view.order.events
             if event.mail and event.source is Source.MAIL}  # fmt: skip
    with store.transaction():
        store.page_fill(rows)
        store.page_mails_home(homes)
        store.page_is_built(stamp)
    statistics.keep(store, statistics.of_views(views, config, now=now))
    return len(rows)


def changed(store: Store, config: Config, order_ids: Iterable[str], *, now: datetime) -> None:
    """Something was said of these orders: sum them up anew, and the open ones of the same sellers, whose silence may
    mean something else now. What else changed meanwhile waits for `refresh`.
    """
    from monitor.run import digests, single

    built, generation = store.page_built()
    wanted = list(dict.fromkeys(order_ids))
    known = [row.seller_key for row in map(store.page_order, wanted) if row is not None]
    beside = [other for other in store.page_open_with(known, MOST_BESIDE) if other not in wanted]
    views = single.some(store, config, [*wanted, *beside], now=now)
    first, day = digests.first_run(store), render.local_day(now, config.user.timezone)
    rows = [_row(summary(view, config, first), view, day) for view in views.values()]
    with store.transaction():
        store.page_put(rows, gone=[order_id for order_id in wanted if order_id not in views])
        if store.page_only_said(built, generation):
            store.page_is_built(f"{generation}/{built.partition('/')[2]}")


def read_words(store: Store, *, now: datetime, limit: int = 0, progress: Progress | None = None) -> int:
    """Make the words of mails searchable that are not yet; at most `limit` mails (0: all). Returns how many."""
    from monitor import parse

    missing = store.page_mails_missing()
    if limit:
        missing = missing[:limit]
    batch: dict[str, str] = {}
    for done, identity in enumerate(missing, 1):
        if progress is not None:
            progress(done, len(missing))
        content = store.raw(identity)
        words = ""
        if content is not None:
            try:
                mail = parse.mail(RawMail("", "", 0, 0, None, content), now=now)
            except Exception:  # noqa: BLE001 - a mail that can't be read again is found by its order's words only
                mail = None
            if mail is not None:
                words = folded(render.mask_cards(f"{mail.header.subject} {mail.text[: MOST_WORDS * 2]}"))[:MOST_WORDS]
        batch[identity] = words
        if len(batch) == 200:
            store.page_mails_add(batch)
            batch = {}
    store.page_mails_add(batch)
    return len(missing)


def current(store: Store, config: Config, *, now: datetime) -> bool:
    """Whether the summaries still hold: nothing was stored since, and it is still the same day."""
    built, _ = store.page_built()
    return built == _stamp(store, config, now)


def ensure(store: Store, config: Config, *, now: datetime) -> bool:
    """Have the summaries hold, unless that takes long; whether they do. A pass of the service makes all of them."""
    if current(store, config, now=now):
        return True
    if store.page_built()[0] and sum(store.page_counts()["mood"].values()) > MOST_AT_ONCE:
        return False
    with _one_at_a_time:  # several visitors, one renewal
        if not current(store, config, now=now):
            refresh(store, config, now=now)
    return True


def _stamp(store: Store, config: Config, now: datetime) -> str:
    """Generation of the store, day, form, and the day up to which the mailboxes were read: what summaries rest on."""
    from monitor.run import orders

    zone = config.user.timezone
    heard = min(orders.heard_until(store, config).values(), default=now)
    until = render.local_day(min(heard, now), zone)
    return f"{store.page_built()[1]}/{render.local_day(now, zone).isoformat()}/{FORM}/{until.isoformat()}"


def summary(view: OrderView, config: Config, first_run_at: datetime | None) -> Summary:
    """One order, summed up."""
    from monitor.digest.writer import is_old

    order, judgement, step = view.order, view.judgement, view.step
    zone = config.user.timezone

    def local(moment: datetime) -> date:
        return render.local_day(moment, zone)

    open_ = money_open([order], {order.id: judgement})
    first_day = local(first_run_at) if first_run_at is not None else None
    quiet = first_run_at is not None and is_old(order, judgement, first_run_at, first_day)
    return Summary(
        id=order.id,
        seller=clean(order.seller.name or order.seller.domain),
        domain=clean(order.seller.domain),
        number=render.code(order.number or ""),
        items=tuple(clean(item) for item in order.items[:6]),
        placed_on=local(order.placed_at),
        placed_at=order.placed_at,
        total=order.total,
        paid=order.paid,
        promised_back=order.promised_back,
        given_back=order.given_back,
        at_stake=next((amount for amount, _ in open_.values()), None),
        payment=order.payment,
        state=judgement.state,
        mood=_mood(order, judgement, quiet),
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
        judged_at=judgement.judged_at,
        silent_at=judgement.silent_since,
        put_off_until=order.snoozed_until,
        step=None if step is None else _step(step),
        bounced=order.bounced,
        accounts=order.accounts,
        moved_on=local(max((event.at for event in order.events), default=order.placed_at)),
        closing=_closing(view, local(judgement.judged_at)),
    )


def clean(value: str, limit: int = 80) -> str:
    """A value of a mail as a page may show it: one line, no link, no card number."""
    return render.mask_cards(render.one_line(value, limit))


def folded(value: str) -> str:
    """The form in which words are searched: NFKC, folded case, single blanks."""
    return " ".join(unicodedata.normalize("NFKC", value).casefold().split())


def _step(step: Step) -> NextStep:
    return NextStep(
        step.rung, step.addressee, step.channel, step.not_before, step.last_safe_day, step.alarm_on, step.assumed,
        step.rules, step.rules_out,
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
    return Closing(first.rung, first.last_safe_day, first.alarm_on, first.assumed)


def _mood(order: Order, judgement: Judgement, quiet: bool) -> str:
    if order.suspicious:
        return "doubt"
    if order.closed_at is not None:
        return "rest"
    if judgement.flagged:
        return "old" if quiet else "act"
    if judgement.asks:
        return "ask"
    return "rest" if judgement.waits_for == "nothing" else "wait"


def _row(found: Summary, view: OrderView, today: date) -> PageRow:
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
        safe_until=None if found.step is None else found.step.last_safe_day,
        next_on=found.next_on(today),
        stake_currency=found.at_stake.currency if found.at_stake else "",
        stake=int(found.at_stake.amount * STAKE) if found.at_stake else 0,
        currency=amount.currency if amount else "",
        amount=float(amount.amount) if amount else 0.0,
        words=_words(order),
        summary=_summaries().dump_json(found).decode("utf-8"),
    )


def _words(order: Order) -> str:
    """All by which an order is looked for: number, seller, goods, amounts in several ways of writing, subjects."""
    number = order.number or ""
    words = [number, "".join(sign for sign in number if sign.isalnum()), order.seller.name, order.seller.domain]
    words += order.items
    for amount in (order.total, order.paid, order.promised_back, order.given_back):
        if amount is not None:
            plain = format(amount.amount, "f")
            words += [plain, f"{amount.amount:,f}", amount.currency, render.money(amount, "ko")]
    words += [parcel.tracking_number for parcel in order.parcels]
    words += [event.reading.subject for event in order.events if event.reading is not None]
    return folded(render.mask_cards(" ".join(dict.fromkeys(filter(None, words)))))[:MOST_IN_ORDER]


@cache
def _summaries() -> TypeAdapter[Summary]:
    from pydantic import TypeAdapter

    return TypeAdapter(Summary)


def load(row: PageRow) -> Summary:
    """The summary in a row."""
    return _summaries().validate_json(row.summary)


# -- asking them ------------------------------------------------------------------------------------------------------


def find(
    store: Store, *, search: str = "", moods: Sequence[str] = (), states: Sequence[str] = (), sort: str = "placed",
    backwards: bool = False, limit: int = 50, offset: int = 0,
) -> tuple[list[Summary], int]:  # fmt: skip
    """Summaries and how many there are in all. `sort`: a key of `store.page.SORTS`."""
    rows, count = store.page_orders(
        moods=moods, states=states, search=folded(search)[:100], sort=sort, backwards=backwards, limit=limit,
        offset=offset,
    )  # fmt: skip
    return [load(row) for row in rows], count


def one(store: Store, order_id: str) -> Summary | None:
    """The summary of one order."""
    row = store.page_order(order_id)
    return None if row is None else load(row)


def waiting(store: Store, order_ids: Iterable[str]) -> dict[str, Waiting]:
    """The draft of each of these orders that waits for a decision; one that is ready before one that is locked."""
    found: dict[str, Waiting] = {}
    for values in sorted(store.page_drafts(order_ids), key=lambda values: values[3] != "ready"):
        found.setdefault(values[0], Waiting(*values))
    return found


def accounts(store: Store, config: Config) -> tuple[AccountState, ...]:
    """Each mailbox: up to when it was read, and what stands in the way."""
    from monitor.run import digests

    problems = {found.problem.stage: found.problem.message for found in store.problems()}
    return tuple(digests.accounts(store, config, problems))
