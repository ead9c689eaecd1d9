"""The first page: what needs the user, the gravest first; the money; what was read and what was not.

In charge of gathering it from the summaries that `pages` keeps, from the outbox and from the cases of failed payments.
It judges nothing and words nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from monitor import render
from monitor.config import Config
from monitor.digest.view import AccountState
from monitor.run import cases, pages
from monitor.store.words import Outgoing
from monitor.types import Money

if TYPE_CHECKING:
    from monitor.case import Case
    from monitor.store import Store

SOON = timedelta(days=14)
PRESSING = timedelta(days=3)
"""So long before a right may end an order is to be decided on, though an answer of the seller is still awaited."""


_NOTHING_TO_DO = frozenset({"wait", "nothing"})


@dataclass(frozen=True, slots=True)
class Today:
    """The first page: what to decide, what is asked, what comes; the money; what was read and what was not."""

    act: tuple[pages.Summary, ...]
    ask: tuple[pages.Summary, ...]
    soon: tuple[pages.Summary, ...]
    old: tuple[pages.Summary, ...]
    doubt: tuple[pages.Summary, ...]
    counts: dict[str, int]  # by mood
    pressing: int  # of `act`, those that merely wait by their mood
    stake: tuple[tuple[Money, int], ...]  # of all that is open: sum and number of orders, by currency
    stake_late: tuple[tuple[Money, int], ...]  # of what is flagged
    drafts: dict[str, pages.Waiting]  # by order
    drafts_ready: int
    letters: tuple[Outgoing, ...]  # approved, and the user's word or a new approval is wanted
    cases: tuple[Case, ...]  # payments that failed, at which there is something to do now
    accounts: tuple[AccountState, ...]
    mails: int
    purchases: int
    problems: tuple[str, ...]
    judged_until: datetime | None


def today(store: Store, config: Config, *, now: datetime, limit: int = 50) -> Today:
    """What the first page shows."""
    day = render.local_day(now, config.user.timezone)
    counts = store.page_counts()["mood"]
    act, _ = pages.find(store, moods=("act",), sort="decide", limit=limit)
    late, _ = pages.find(store, moods=("old",), sort="decide", limit=limit)
    old, _ = pages.find(store, moods=("old",), sort="placed", limit=limit)
    ask, _ = pages.find(store, moods=("ask",), sort="placed", limit=limit)
    doubt, _ = pages.find(store, moods=("doubt",), sort="placed", limit=limit)
    # what was late before the program came stands with the rest as soon as waiting costs something
    pressing = [found for found in late if found.urgent or found.decide_on is not None]
    waiting, _ = pages.find(store, moods=("wait",), sort="decide", limit=limit)
    ending = [found for found in waiting if _ends_soon(found, day)]
    first = sorted((*act, *pressing, *ending), key=lambda one: _turn(one, day))
    lifted = {found.id for found in (*pressing, *ending)}
    soon = [found for row in store.page_coming(day, day + SOON, limit) if (found := pages.load(row)).id not in lifted]
    state = pages.accounts(store, config)
    looked_at, purchases = store.mails_since(now - timedelta(days=1))
    problems = [
        found.problem.message for found in store.problems()
        if not found.problem.stage.startswith(("account ", "letter "))  # told with the account, and with the letter
    ]  # fmt: skip
    stakes = store.page_stakes()
    return Today(
        act=tuple(first),
        ask=tuple(ask),
        soon=tuple(soon),
        old=tuple(found for found in old if found.id not in lifted),
        doubt=tuple(doubt),
        counts={mood: counts.get(mood, 0) for mood in pages.MOODS},
        pressing=len(ending),
        stake=_sums(stakes, ("act", "old", "ask", "wait")),
        stake_late=_sums(stakes, ("act", "old")),
        drafts=pages.waiting(store, (*first, *old, *ask)),
        drafts_ready=store.page_drafts_count(),
        letters=tuple(_letters(store)),
        cases=tuple(one for one in cases.near(store, config, now=now) if one.open and one.next not in _NOTHING_TO_DO),
        accounts=state,
        mails=looked_at,
        purchases=purchases,
        problems=tuple(problems),
        judged_until=min((a.heard_until for a in state if a.heard_until is not None), default=None),
    )


def _ends_soon(one: pages.Summary, today: date) -> bool:
    """Whether a right may end within days at an order that is overdue, whatever the seller was asked meanwhile."""
    late = one.due_on is not None and one.due_on < today
    return late and one.decide_on is not None and today <= one.decide_on <= today + PRESSING


def _turn(one: pages.Summary, today: date) -> tuple[date, date, date]:
    """By the day on which waiting costs something; what is urgent without one costs something today."""
    day = one.decide_on or date.max
    return min(day, today) if one.urgent else day, day, one.due_on or date.max


def _letters(store: Store) -> list[Outgoing]:
    """Letters that want the user's word, and those that failed and were not approved anew; the gravest first."""
    rank = {"outcome_unknown": 0, "failed": 1, "filed": 2}
    found = [row for row in store.outbox(status=rank) if row.status != "failed" or _failed_last(store, row)]
    return sorted(found, key=lambda row: (rank[row.status], row.approved_at))


def _failed_last(store: Store, row: Outgoing) -> bool:
    """Whether nothing came after it: the draft was neither approved anew nor put away."""
    draft = store.draft(row.draft_id)
    if draft is None or draft.status in ("discarded", "sent"):
        return False
    return store.outbox(draft_id=row.draft_id)[-1].id == row.id


def _sums(stakes: Iterable[tuple[str, str, int, int]], moods: Sequence[str]) -> tuple[tuple[Money, int], ...]:
    totals: dict[str, list[Any]] = defaultdict(lambda: [Decimal(0), 0])
    for mood, currency, amount, count in stakes:
        if mood in moods:
            totals[currency][0] += Decimal(amount) / pages.STAKE
            totals[currency][1] += count
    by_count = sorted(totals, key=lambda code: (-totals[code][1], code))  # what one mostly pays in comes first
    return tuple((Money(totals[code][0], code), totals[code][1]) for code in by_count)
