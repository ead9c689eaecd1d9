"""Any value is corrected by the user, shown as his word, and stays so after a rebuild."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from monitor import knowledge
from monitor.run import orders
from monitor.run.rebuild import rebuild
from monitor.types import Order
from tests import browser, post, web_world
from tests.post import NOW, at
from tests.web_world import fill, order_mail


@pytest.fixture
def page(tmp_path: Path) -> Iterator[browser.Page]:
    with browser.Page(tmp_path, language="ko", now=NOW, user=web_world.user()) as made:
        fill(made, [order_mail(), post.shipped(1, at(6))])
        yield made


def order(page: browser.Page) -> Order:
    (view,) = orders.orders(page.store, page.config, None, NOW)
    return view.order


def test_goods_number_of_the_parcel_and_carrier_are_corrected_and_stay_so(chromium: Any, page: browser.Page) -> None:
    assert [parcel.tracking_number for parcel in order(page).parcels] == ["601234500001"]
    path = f"/orders/{order(page).id}"
    with page.open(chromium, path, size=browser.PHONE) as tab:
        for field, value in (
            ("items", "머그컵 두 개\n컵받침"), ("tracking_number", "601234500009"), ("carrier", "한진택배"),
        ):  # fmt: skip
            form = tab.locator(f"form:has(input[name=field][value={field}])").first
            form.locator("xpath=..").locator("summary").click()
            form.locator("[name=value]").fill(value)
            form.get_by_role("button", name="저장").click()
            tab.get_by_role("status").first.wait_for()
        assert tab.locator("#facts ~ dl .badge", has_text="직접").count() >= 3
        assert browser.axe(tab) == [] and not browser.overflows(tab)
    for _ in range(2):
        found = order(page)
        assert found.items == ("머그컵 두 개", "컵받침")
        assert [(p.tracking_number, p.carrier) for p in found.parcels] == [("601234500009", "한진택배")]
        rebuild(page.store, page.config, knowledge.load(), now=NOW)


def test_of_several_parcels_the_one_meant_gets_the_number(page: browser.Page) -> None:
    fill(page, [post.shipped(2, at(7)).replace(b"20261102-0002", b"20261102-0001")])
    client = page.client()
    numbers = [parcel.tracking_number for parcel in order(page).parcels]
    assert len(numbers) == 2
    page.post(
        client, f"/orders/{order(page).id}/say", verb="set", field="tracking_number", which=numbers[1],
        value="601234500077",
    )  # fmt: skip
    assert [parcel.tracking_number for parcel in order(page).parcels] == [numbers[0], "601234500077"]


def test_the_day_of_arrival_is_set_and_one_to_come_is_refused(page: browser.Page) -> None:
    client = page.client()
    path = f"/orders/{order(page).id}/say"
    assert page.post(client, path, verb="set", field="delivered_on", value="2026-11-28").status_code == 422
    assert page.post(client, path, verb="set", field="delivered_on", value="2026-11-10").status_code == 303
    came = order(page).delivered_at
    assert came is not None and came.date() == date(2026, 11, 10)
    assert page.post(client, path, verb="set", field="tracking_number", value="<b>1234567</b>").status_code == 422
