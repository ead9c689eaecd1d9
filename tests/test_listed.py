"""`orders` and `digest` answer from the page's lists where these hold, and say the same as when all is computed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.cli import stories
from monitor.run import corrections, digests, orders, pages, saying
from monitor.run.unsettled import UNSETTLED
from tests import browser, post, web_sample, web_world
from tests.post import NOW, at
from tests.web_world import fill, order_mail

CARD = "4111 1111 1111 1111"


@pytest.fixture(params=["sample", "odd"])
def page(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[browser.Page]:
    if request.param == "sample":
        with web_sample.page(tmp_path) as made:
            yield made
        return
    long = "아주 긴 이름의 가게 " * 12
    strange = post.mail(
        f"{long} <order@long-shop.co.kr>", "주문이 접수되었습니다",
        f"주문해 주셔서 감사합니다.\n주문번호: AB-{'7' * 20}-1\n상품명: 카드 {CARD}\n총 결제금액: 9,000원\n", at(2),
        id_="long@s",
    )  # fmt: skip
    failed = post.mail(
        "실패상점 <pay@fail-shop.co.kr>", "[실패상점] 결제 실패 안내",
        "결제에 실패했습니다.\n주문번호: 20261105-0009\n결제금액: 9,000원\n", at(8), id_="failed@f",
    )  # fmt: skip
    with browser.Page(tmp_path, language="ko", now=NOW, user=web_world.user()) as made:
        fill(
            made, [order_mail(1), order_mail(2, at(3)), post.shipped(2, at(6)), order_mail(3, at(17)), strange, failed]
        )
        yield made


def told(page: Any, capsys: pytest.CaptureFixture[str], *, as_json: bool) -> str:
    stories.orders(page.store, page.config, None, page.now(), as_json=as_json)
    return capsys.readouterr().out


def words(page: Any) -> None:
    """Some words of the user, as they come."""
    first, *rest = orders.orders(page.store, page.config, None, page.now())
    saying.say(page.store, page.config, first.order.id, "closed", "lost", now=page.now())
    for value in ("seller=" + "긴 이름 " * 30, "order_number=" + "AB-77" * 20):  # longer than a page shows them
        saying.say(page.store, page.config, first.order.id, "set", value, now=page.now())
    for view, verb in zip(rest, ("arrived", "returned", "not-arrived"), strict=False):
        saying.say(page.store, page.config, view.order.id, verb, None, now=page.now())


@pytest.mark.parametrize("spoken", [False, True])
def test_orders_say_the_same_from_the_lists_as_from_everything(
    page: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, spoken: bool
) -> None:
    if spoken:
        words(page)
    pages.renew(page.store, page.config, now=page.now())
    assert pages.listed(page.store, page.config, now=page.now()) is not None
    quick = [told(page, capsys, as_json=kind) for kind in (True, False)]
    monkeypatch.setattr(pages, "listed", lambda *_, **__: None)
    assert quick == [told(page, capsys, as_json=kind) for kind in (True, False)]
    assert quick[0].count("\n") == len(orders.orders(page.store, page.config, None, page.now())) > 4


def test_orders_from_the_lists_compute_none(
    page: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError

    pages.renew(page.store, page.config, now=page.now())
    monkeypatch.setattr(orders, "views_of", never)
    assert told(page, capsys, as_json=True)


@pytest.mark.parametrize("spoken", [False, True])
def test_a_digest_says_the_same_from_few_orders_as_from_all(
    page: Any, monkeypatch: pytest.MonkeyPatch, spoken: bool
) -> None:
    if spoken:
        words(page)
    pages.renew(page.store, page.config, now=page.now())
    few = pages.telling(page.store, page.config, now=page.now())
    assert few is not None and len(few) <= len(orders.orders(page.store, page.config, None, page.now()))
    quick = digests.preview(page.store, page.config, now=page.now())
    monkeypatch.setattr(pages, "telling", lambda *_, **__: None)
    assert quick == digests.preview(page.store, page.config, now=page.now())


def test_lists_that_do_not_hold_are_not_asked(page: Any) -> None:
    pages.renew(page.store, page.config, now=page.now())

    def asked() -> list[bool]:
        asks = (pages.listed, pages.telling)
        return [ask(page.store, page.config, now=page.now()) is not None for ask in asks]

    assert asked() == [True, True]
    view = next(v for v in orders.orders(page.store, page.config, None, page.now()) if len(v.order.events) > 1)
    mail = [event.mail for event in view.order.events if event.mail][-1]
    corrections.split(page.store, page.config, view, [mail], now=page.now())
    assert asked() == [False, False]
    pages.renew(page.store, page.config, now=page.now())
    assert page.store.get_setting(UNSETTLED) is not None and asked() == [False, False]  # a pass links the rest
    page.store.set_setting(UNSETTLED, None)
    assert asked() == [True, True]
    assert pages.listed(page.store, page.config, now=page.now() + timedelta(days=1)) is None
