"""Asks the summaries that are kept: searched and sorted, one alone, the figures of the first page. It words nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.config import Config
from monitor.digest.view import AccountState
from monitor.run.pages.summing import Summary, folded, load

if TYPE_CHECKING:
    from monitor.store import Store


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft that waits for the user's decision."""

    order_id: str
    draft_id: str
    rung: str
    status: str


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


def waiting(store: Store, listed: Iterable[Summary]) -> dict[str, Waiting]:
    """The draft of each of these orders that waits for a decision.

    That of the next step comes before those that were prepared beside it; one that is ready before one that is locked.
    """
    steps = {one.id: one.step.rung if one.step is not None else "" for one in listed}
    found: dict[str, Waiting] = {}
    drafts = [Waiting(*values) for values in store.page_drafts(steps)]
    for draft in sorted(drafts, key=lambda draft: (draft.rung != steps[draft.order_id], draft.status != "ready")):
        found.setdefault(draft.order_id, draft)
    return found


def accounts(store: Store, config: Config) -> tuple[AccountState, ...]:
    """Each mailbox: up to when it was read, and what stands in the way."""
    from monitor.run import digests

    problems = {found.problem.stage: found.problem.message for found in store.problems()}
    return tuple(digests.accounts(store, config, problems))
