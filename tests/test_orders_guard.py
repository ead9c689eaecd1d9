"""One order that cannot be computed: the others are shown all the same, and it itself as its mails have it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from monitor import render
from monitor.config import Config
from monitor.knowledge.forms import FormDataError
from monitor.knowledge.rights.loading import RightsError
from monitor.knowledge.words import KnowledgeError
from monitor.run import orders
from monitor.store import Store
from monitor.types import Event, Money, Source
from tests.test_seller_check import NOW, two_orders


@pytest.fixture
def filled(tmp_path: Path) -> tuple[Store, Config]:
    return two_orders(tmp_path)


@pytest.mark.parametrize("value", ["9999-12-31", "the day before yesterday"])
def test_a_word_that_breaks_the_arithmetic_takes_nothing_down(filled: tuple[Store, Config], value: str) -> None:
    store, config = filled
    first, second = orders.orders(store, config, None, NOW)
    with store.transaction():  # as an older version let it through; today it is refused when it is said
        store.append_event(
            Event("w" * 32, first.order.id, NOW, "set", Source.USER, payload={"field": "placed_at", "value": value})
        )
    with_word, other = orders.orders(store, config, None, NOW)
    assert other == second
    assert with_word.order.placed_at == first.order.placed_at and with_word.judgement.state == first.judgement.state
    assert ("word_refused" in with_word.order.questions) == (value != "9999-12-31")  # that day is passed over earlier


@pytest.mark.parametrize("fault", [KnowledgeError, RightsError, FormDataError])
def test_data_that_are_wrong_are_no_fault_of_an_order(
    filled: tuple[Store, Config], monkeypatch: pytest.MonkeyPatch, fault: type[Exception]
) -> None:
    store, config = filled

    def broken(*_: object, **__: object) -> None:
        raise fault("laws/kr.toml: a rule has no source")

    monkeypatch.setattr(orders, "ladders", broken)
    with pytest.raises(fault):
        orders.orders(store, config, None, NOW)


def test_a_sum_that_nobody_pays_is_shown_without_failing() -> None:
    absurd = Money(Decimal("9" * 40), "KRW")
    assert render.money(absurd, "ko") == "9" * 40 + " KRW"
    assert render.money(replace(absurd, amount=Decimal(10) ** 15), "ko") == "1,000,000,000,000,000원"
