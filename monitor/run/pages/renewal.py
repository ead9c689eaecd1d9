"""When summaries no longer hold, and making those anew that do not: of the orders concerned, or of all.

In charge of following the marks that the store sets with every change (`refresh` follows all of them, `renew` as many
as may keep somebody waiting), of the new day, and of the words of mails. They are a cache of what `orders` says:
nothing is decided by them, and a rebuild throws them away.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from monitor import link, render
from monitor.config import Config
from monitor.run.pages.summing import FORM, folded, row_of, summary
from monitor.types import RawMail, Source

if TYPE_CHECKING:
    from monitor.run.intake.summary import Progress
    from monitor.run.orders import OrderView
    from monitor.store import Store
    from monitor.store.words import PageRow

MOST_WORDS = 3_000  # characters of a mail that can be searched
MOST_BESIDE = 40  # open orders of the same seller that are summed up anew with one of which something was said
MOST_AT_ONCE = 100  # orders that are summed up while someone waits for a page: about half a second
FEW = 1_000  # so many orders in all are summed up while someone waits, once, where nothing was summed up yet
MAILS_OF_ONE = 4  # of an order, about: what nobody summed up yet is counted by its mails
ONE_BY_ONE = 0.5  # share of all orders above which it is quicker to sum up all of them

_one_at_a_time = threading.Lock()


def refresh(store: Store, config: Config, *, now: datetime) -> int:
    """Sum up every order as of `now`, and store the drafts of this moment; returns how many orders there are."""
    from monitor.run import orders, statistics, texts

    marks = store.page_listed().marks
    stamp = _stamp(store, config, now)
    views = orders.orders(store, config, None, now)
    texts.refresh_drafts(store, config, now=now, views=views)
    rows = _rows(store, config, views, now)
    homes = {event.mail: view.order.id for view in views for event in view.order.events
             if event.mail and event.source is Source.MAIL}  # fmt: skip
    with store.transaction():
        store.page_fill(rows)
        store.page_mails_home(homes)
        asked = {view.order.id: tuple(q for q in view.order.questions if link.asked(q)) for view in views}
        orders.keep_questions(store, asked)
        store.page_is_built(stamp)
        store.page_wipe(marks)
    statistics.keep(store, statistics.of_views(views, config, now=now))
    return len(rows)


def renew(store: Store, config: Config, *, now: datetime, most: int | None = None) -> bool:
    """Have the summaries follow what changed, and the drafts; only the orders concerned are looked at.

    `most`: how many at most, because somebody waits; then the most urgent ones, and nothing that takes long. Returns
    whether all summaries hold now.
    """
    with _one_at_a_time:  # several visitors, one renewal
        listed, stamp = store.page_listed(), _stamp(store, config, now)
        count = sum(store.page_counts()["mood"].values())
        if _form(listed.built) == _form(stamp) and listed.built != stamp:  # a new day: for what is open
            with store.transaction():
                store.page_mark(store.page_unsettled())
                store.page_is_built(stamp)
            listed = store.page_listed()
        concerned, everything = store.page_marked(listed.marks)
        ids = {order_id for order_id in concerned if order_id}
        if everything or _form(listed.built) != _form(stamp) or (most is None and len(ids) > ONE_BY_ONE * count):
            if most is not None and max(count, store.count()["readings"] // MAILS_OF_ONE) > FEW:
                return False
            refresh(store, config, now=now)
            return True
        chosen = ids if most is None else set(store.page_urgent_first(ids, most))
        if chosen:
            _some(store, config, chosen, now=now)
        done = chosen if chosen < ids else {*chosen, ""}
        store.page_wipe(mark for order_id in done for mark in concerned.get(order_id, ()))
        return chosen == ids


def changed(store: Store, config: Config, order_ids: Iterable[str], *, now: datetime) -> None:
    """Something was said of these orders: sum them up anew, and the open ones of the same sellers, whose silence may
    mean something else now. What else changed meanwhile waits for `renew`.
    """
    ids = set(order_ids)
    with _one_at_a_time:
        concerned, _ = store.page_marked(store.page_listed().marks)
        _some(store, config, ids, now=now)
        store.page_wipe(mark for order_id in ids for mark in concerned.get(order_id, ()))


def _some(store: Store, config: Config, ids: set[str], *, now: datetime) -> None:
    """Sum up these orders, and what lies beside them, and store their drafts."""
    from monitor.run import single, texts

    wanted = ids.union(store.page_open_with(ids, MOST_BESIDE))
    views = single.some(store, config, wanted, now=now)
    fresh = set(views) - set(store.summaries(wanted))  # their sellers are known only once they are listed
    texts.refresh_drafts(store, config, now=now, views=list(views.values()), only=wanted)
    rows = _rows(store, config, views.values(), now)
    with store.transaction():
        store.page_put(rows, gone=[order_id for order_id in wanted if order_id not in views])
        store.page_mails_moved(wanted)
    if fresh:
        beside = set(store.page_open_with(fresh, MOST_BESIDE)).union(fresh)
        views = single.some(store, config, beside, now=now)
        texts.refresh_drafts(store, config, now=now, views=list(views.values()), only=set(views))
        store.page_put(_rows(store, config, views.values(), now))


def _rows(store: Store, config: Config, views: Iterable[OrderView], now: datetime) -> list[PageRow]:
    from monitor.run import digests

    first, day = digests.first_run(store), render.local_day(now, config.user.timezone)
    return [row_of(summary(view, config, first), view, day) for view in views]


def current(store: Store, config: Config, *, now: datetime) -> bool:
    """Whether the summaries still hold: nothing was stored since, and it is still the same day."""
    listed = store.page_listed()
    return not listed.marks and listed.built == _stamp(store, config, now)


def ensure(store: Store, config: Config, *, now: datetime) -> bool:
    """Have the summaries hold, unless that takes long; whether they do. A pass of the service sees to the rest."""
    return current(store, config, now=now) or renew(store, config, now=now, most=MOST_AT_ONCE)


def _stamp(store: Store, config: Config, now: datetime) -> str:
    """Form and rules, day, and the day up to which the mailboxes were read: what all summaries rest on."""
    from monitor.run import orders

    zone = config.user.timezone
    heard = min(orders.heard_until(store, config).values(), default=now)
    days: tuple[date, ...] = (render.local_day(now, zone), render.local_day(min(heard, now), zone))
    return "/".join((f"{FORM}-{_rules(config)}", *(day.isoformat() for day in days)))


def _rules(config: Config) -> str:
    """A mark that changes with the settings and the rule base by which orders are judged."""
    accounts = sorted(name for name, account in config.accounts.items() if account.enabled)
    folder = config.knowledge_folder()
    told = repr((config.rules(), sorted(config.own_addresses()), accounts))
    return hashlib.sha256(f"{told}\0{_knowledge(folder)}".encode()).hexdigest()[:12]


@cache
def _knowledge(folder: Path) -> str:
    """The same of the data that are read once per process: those that come with the program, and the user's own."""
    from monitor import knowledge

    seen = hashlib.sha256()
    for root in (Path(knowledge.__file__).parent, folder):
        for file in sorted(root.glob("*/*.toml")):
            if file.parent.name in _JUDGED_BY:
                seen.update(f"{file.parent.name}/{file.name}\0".encode() + file.read_bytes())
    return seen.hexdigest()


_JUDGED_BY = frozenset({"laws", "payments", "rights", "shops"})
"""Folders of knowledge that decide on steps and days; the others are for reading, and a rebuild follows them."""


def _form(stamp: str) -> str:
    return stamp.partition("/")[0]


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
