"""The kept lists of orders follow what changes: only the orders concerned, and as if all were made anew."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from monitor.config import Config
from monitor.run import corrections, orders, pages, saying, single, undoing
from monitor.run.pages import renewal
from monitor.store import Store
from tests import browser, web_sample
from tests.web_sample import NOW


class World:
    """The sample mailbox, and how many orders were judged since the last look."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        shutil.copy(web_sample._made(), folder / "store.sqlite3")
        self.config: Config = browser.settings(folder, user=web_sample.USER)
        self.store = Store.open(self.config.store_path())
        self.judged = 0
        views_of = orders.views_of

        def counted(*values: object, only: Collection[str] | None = None, **more: object) -> list[orders.OrderView]:
            views = views_of(*values, only=only, **more)  # type: ignore[arg-type]  # handed on as they came
            self.judged += len(views)
            return views

        monkeypatch.setattr(orders, "views_of", counted)

    def view(self, order_id: str) -> orders.OrderView:
        found = single.one(self.store, self.config, order_id, now=NOW)
        assert found is not None
        self.judged = 0
        return found

    def ids(self, *moods: str) -> list[str]:
        return [one.id for one in pages.find(self.store, moods=moods, limit=100)[0]]

    def rows(self) -> list[object]:
        with self.store._reading() as connection:
            listed = [
                (*row[:-1], re.sub(r'"judged_at":"[^"]*"', "", row[-1]))  # what is at rest was judged some day
                for row in connection.exec_driver_sql("SELECT * FROM page_order ORDER BY id").all()
            ]
            words = connection.exec_driver_sql(
                "SELECT identity, order_id FROM page_mail WHERE order_id != '' ORDER BY identity"
            ).all()
            drafts = connection.exec_driver_sql("SELECT id, order_id, status FROM draft ORDER BY id").all()
        return [*listed, *words, *drafts]

    def follows(self, most: int, now: datetime = NOW) -> None:
        """The renewal looks at so many orders at most, and what it leaves is what is found when all are made anew."""
        self.judged = 0
        assert pages.renew(self.store, self.config, now=now)
        assert 0 < self.judged <= most, self.judged
        assert pages.current(self.store, self.config, now=now)
        renewed = self.rows()
        orders.relink(self.store, self.config, now=now)
        pages.refresh(self.store, self.config, now=now)
        assert self.rows() == renewed


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World(tmp_path, monkeypatch)
    assert pages.current(made.store, made.config, now=NOW)
    yield made
    made.store.close()


def test_after_a_word_only_its_order_is_summed_up_anew(world: World) -> None:
    view = world.view(world.ids("act")[0])
    saying.say(world.store, world.config, view.order.id, "closed", None, now=NOW, view=view)
    world.follows(most=3)


def test_after_a_merge_only_the_two_orders_are_linked_and_summed_up(world: World) -> None:
    first, second = (world.view(one) for one in world.ids("act")[:2])
    saying.say(world.store, world.config, first.order.id, "same-as", None, now=NOW, view=first, other=second)
    assert world.judged == 0
    world.follows(most=4)
    assert len(world.ids()) == 21
    undoing.take_back(world.store, world.config, single_home(world, first), now=NOW)
    world.follows(most=4)
    assert len(world.ids()) == 22


def single_home(world: World, view: orders.OrderView) -> str:
    mail = next(event.mail for event in view.order.events if event.mail)
    home = world.store.page_home(mail)
    assert home is not None
    return home


def test_after_a_split_and_its_undoing_only_those_orders_are_summed_up(world: World) -> None:
    view = next(found for found in map(world.view, world.ids()) if len(mails(found)) > 2)
    last = mails(view)[-1]
    corrections.split(world.store, world.config, view, [last], now=NOW)
    own = world.store.page_home(last)
    assert own is not None
    world.follows(most=4)
    assert own in world.ids()
    corrections.move(world.store, world.config, world.view(view.order.id), mails(view)[-2], world.view(own), now=NOW)
    world.follows(most=4)
    undoing.take_back(world.store, world.config, single_home(world, view), now=NOW)
    world.follows(most=4)


def mails(view: orders.OrderView) -> list[str]:
    return [event.mail for event in view.order.events if event.reading is not None and event.mail]


def test_a_new_mail_renews_the_order_that_it_joins(world: World) -> None:
    view = world.view(world.ids("act")[0])
    mail = next(event.reading for event in view.order.events if event.reading is not None)
    row = next(row for row in world.store.mails() if row.identity == mail.identity)
    later = replace(mail, identity="f" * 32, message_id="later@example", received_at=NOW - timedelta(hours=1))
    with world.store.transaction():
        world.store.save_mails([replace(row, identity="f" * 32, message_id="later@example", raw_sha256=None)])
        world.store.save_readings([later])
        orders.relink(world.store, world.config, now=NOW)
    world.follows(most=4)


def test_a_new_day_renews_what_is_open_and_leaves_what_is_at_rest(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "ONE_BY_ONE", 1.0)
    resting = len(world.ids("rest"))
    assert resting > 3
    world.follows(most=len(world.ids()) - resting, now=NOW + timedelta(days=1))


def test_a_page_renews_a_few_and_says_whether_all_hold(world: World) -> None:
    tomorrow = NOW + timedelta(days=1)
    assert not pages.renew(world.store, world.config, now=tomorrow, most=2)
    assert len(world.store.page_listed().marks) > 2
    while not pages.renew(world.store, world.config, now=tomorrow, most=2):
        pass
    renewed = world.rows()
    pages.refresh(world.store, world.config, now=tomorrow)
    assert world.rows() == renewed


def test_what_changes_while_orders_are_summed_up_is_not_taken_for_done(world: World) -> None:
    one = world.ids("act")[0]
    world.store.page_mark([one])
    marks = world.store.page_listed().marks
    world.store.page_mark([one])
    world.store.page_wipe(marks)
    assert [mark.partition(":")[2] for mark in world.store.page_listed().marks] == [one]


def test_a_rebuild_renews_everything(world: World) -> None:
    world.store.rebuild_begin()
    _, everything = world.store.page_marked(world.store.page_listed().marks)
    assert everything


def test_other_settings_and_other_rules_renew_everything(world: World, tmp_path: Path) -> None:
    assert pages.current(world.store, world.config, now=NOW)
    abroad = world.config.user.model_copy(update={"country": "DE"})
    private = (world.config._path, world.config._assumed, world.config._data_home, world.config._home)
    changed = world.config.model_copy(update={"user": abroad})
    (changed._path, changed._assumed, changed._data_home, changed._home) = private
    before = world.rows()
    assert not pages.current(world.store, changed, now=NOW)
    assert pages.ensure(world.store, changed, now=NOW)
    assert world.rows() != before and pages.current(world.store, changed, now=NOW)
    pack = changed.knowledge_folder() / "laws" / "zz.toml"
    pack.parent.mkdir(parents=True)
    pack.write_text("# a rule of the user's own\n", encoding="utf-8")
    renewal._knowledge.cache_clear()  # as after a restart
    try:
        assert not pages.current(world.store, changed, now=NOW)
    finally:
        pack.unlink()
        renewal._knowledge.cache_clear()


def test_nobody_waits_for_a_large_mailbox_to_be_summed_up_for_the_first_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "FEW", 3)
    world.store.page_forget()
    world.store.page_is_built("")
    assert not pages.ensure(world.store, world.config, now=NOW)
    assert world.judged == 0
    assert pages.renew(world.store, world.config, now=NOW)  # as a pass does
    assert pages.ensure(world.store, world.config, now=NOW)
    assert len(world.ids()) == 22
