"""One order looked at alone: the same as among all, whatever it is called by, and without a look at the others."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import knowledge
from monitor.config import Config
from monitor.run import cases, intake, orders, output, pages, saying, sellers, single, statistics
from monitor.run.orders import OrderView
from monitor.run.unsettled import UNSETTLED
from monitor.store import Store
from tests import browser

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
MAILS = Path(__file__).parent / "mails"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store of all sample mails."""
    folder = tmp_path_factory.mktemp("filled")
    config = browser.settings(folder)
    with Store.open(config.store_path()) as store:
        intake.import_paths(store, config, knowledge.load(), [MAILS], now=NOW)
        assert len(orders.orders(store, config, None, NOW, steps=False)) > 100
    return folder


@pytest.fixture
def config(filled: Path, tmp_path: Path) -> Config:
    shutil.copytree(filled, tmp_path / "mine")
    return browser.settings(tmp_path / "mine")


@pytest.fixture
def store(config: Config) -> Iterator[Store]:
    with Store.open(config.store_path()) as opened:
        yield opened


def outcome(look: Callable[[], OrderView]) -> object:
    """What a look for an order came to: the order with all that follows, or which error."""
    try:
        return look()
    except orders.OrderAmbiguous as several:
        return [view.order.id for view in several.views]
    except orders.OrderNotFound as unknown:
        return str(unknown)


def names(views: list[OrderView]) -> set[str]:
    """All by which these orders can be called, and some by which none can."""
    found = {"", " ", "nope", "0000000000", "-"}
    for view in views:
        found |= {view.order.id, f" {view.order.id} ", *sorted(view.aliases)[:2]}
        if view.order.number:
            found |= {view.order.number, view.order.number.replace("-", " "), view.order.number.lower()}
    return found


def test_an_order_looked_at_alone_is_the_same_as_among_all_by_whatever_name(store: Store, config: Config) -> None:
    views = orders.orders(store, config, None, NOW)
    called = sorted(names(views))
    differing = [
        name
        for name in called
        if outcome(lambda name=name: single.found(store, config, name, now=NOW))  # type: ignore[misc]  # bound default
        != outcome(lambda name=name: orders.find(views, name))  # type: ignore[misc]  # bound default
    ]
    assert len(called) > 200
    assert differing == []


def test_a_number_that_the_user_gave_or_that_two_shops_share_is_found_alike(store: Store, config: Config) -> None:
    views = orders.orders(store, config, None, NOW)
    one, other, third = [view for view in views if view.order.number][:3]
    shared = str(other.order.number)
    saying.say(store, config, one.order.id, "set", f"order_number={shared}", now=NOW)
    saying.say(store, config, third.order.id, "not-an-order", None, now=NOW)
    after = orders.orders(store, config, None, NOW)
    for name in (shared, str(one.order.number), str(third.order.number), third.order.id):
        assert outcome(lambda name=name: single.found(store, config, name, now=NOW)) == outcome(  # type: ignore[misc]
            lambda name=name: orders.find(after, name)  # type: ignore[misc]  # bound default
        )
    with pytest.raises(orders.OrderAmbiguous):
        single.found(store, config, shared, now=NOW)


def test_what_is_said_of_an_order_looks_at_no_other(
    store: Store, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = orders.orders(store, config, None, NOW)
    numbers = [view.order.number for view in views]
    view = next(v for v in views if v.judgement.flagged and v.order.number and numbers.count(v.order.number) == 1)
    read: list[int] = []
    looked = Store.events_of
    monkeypatch.setattr(Store, "events_of", lambda self, ids: read.append(len(set(ids))) or looked(self, ids))
    monkeypatch.setattr(Store, "readings", lambda *_, **__: pytest.fail("all mails were read"))
    said = saying.say(store, config, str(view.order.number), "closed", None, now=NOW)
    saying.say(store, config, view.order.id, "undo", None, now=NOW)
    assert said.order_id == view.order.id
    assert max(read) < 12
    monkeypatch.undo()
    assert orders.find(orders.orders(store, config, None, NOW), view.order.id).judgement == view.judgement


def test_what_is_not_linked_yet_is_found_among_all(store: Store, config: Config) -> None:
    view = orders.orders(store, config, None, NOW)[0]
    store.set_setting(UNSETTLED, "1")
    assert single.named(store, config, view.order.id, now=NOW) is None
    assert single.found(store, config, view.order.id, now=NOW).order == view.order


def test_orders_without_their_letters_are_the_same_lines(store: Store, config: Config) -> None:
    def lines(texts: bool) -> list[object]:
        return [
            output.order_json(v.order, v.judgement, v.step, timezone=config.user.timezone, language="en")
            for v in orders.orders(store, config, None, NOW, texts=texts)
        ]

    assert lines(True) == lines(False)
    assert any(view.draft is not None for view in orders.orders(store, config, None, NOW))
    assert all(view.draft is None for view in orders.orders(store, config, None, NOW, texts=False))


def test_what_others_tell_for_an_order_is_the_same_as_among_all(store: Store, config: Config) -> None:
    written = [view.order.id for view in orders.orders(store, config, None, NOW, steps=False)][::9]
    for order_id in written[:6]:  # letters and calls of which the odds are made
        saying.say(store, config, order_id, "did", "inquiry", now=NOW, details={"by": "phone"})
    every = orders.orders(store, config, None, NOW, texts=False)
    cast = every[::7]
    assert len(cast) > 10
    for view in cast:
        few = single.beside(store, config, view, now=NOW)
        assert len(few) < len(every)
        assert sellers.seller_check(view, few, config) == sellers.seller_check(view, every, config)
        rung = view.step.rung if view.step is not None else "inquiry"
        assert statistics.odds(few, config, rung, now=NOW) == statistics.odds(every, config, rung, now=NOW)
    pages.refresh(store, config, now=NOW)
    told = cases.cases(store, config, now=NOW)
    assert told
    assert cases.near(store, config, now=NOW) == told
    linked = store.homes()
    named = next(r for r in store.readings() if r.body_mentions and not r.own and r.identity in linked)
    # that mail has its order: it is no answer to a case that has a number like one in it
    cases.contact(
        store, told[0].id, channel="phone", case_number=named.body_mentions[0], now=datetime(2024, 1, 1, tzinfo=UTC)
    )
    assert cases.near(store, config, now=NOW) == cases.cases(store, config, now=NOW)
