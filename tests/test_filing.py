"""Where a form or a call goes: its address or number with how sure it is, and never a number that nobody saw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from monitor.knowledge.rights import load_rights
from monitor.run import filing, orders, preparing
from monitor.run.filing import Way
from monitor.run.orders import OrderView
from tests import browser, web_world
from tests.post import NOW
from tests.web_world import fill, order_mail


@pytest.fixture
def page(tmp_path: Path) -> Iterator[browser.Page]:
    with browser.Page(tmp_path, language="ko", now=NOW, user=web_world.user()) as made:
        fill(made, [order_mail().replace("신용카드".encode(), "신한카드 일시불".encode())])
        yield made


@pytest.fixture
def view(page: browser.Page) -> OrderView:
    (found,) = orders.orders(page.store, page.config, None, NOW)
    assert found.draft is not None
    return found


def ways(page: browser.Page, view: OrderView, rung: str) -> list[Way]:
    rule = load_rights(None).rules[rung]
    assert view.draft is not None
    draft = replace(
        view.draft, rung=rung, addressee="+".join(rule.addressee), channel=rule.channel[0], mode="call_script"
    )
    return filing.ways(view, None, draft, page.config)


def test_a_public_body_has_its_page_and_its_number(page: browser.Page, view: OrderView) -> None:
    found = {(way.kind, way.value, way.certainty) for way in ways(page, view, "kr-1372")}
    assert {("web", "https://www.1372.go.kr", "found"), ("phone", "1372", "found")} <= found


def test_a_card_issuer_whom_the_mails_name_has_his_number_with_the_word_to_check_it(
    page: browser.Page, view: OrderView
) -> None:
    (phone,) = [way for way in ways(page, view, "kr-card-objection") if way.kind == "phone"]
    assert phone == Way("phone", "1544-7000", "verify", "신한카드")


def test_an_issuer_who_is_not_known_is_to_be_looked_up(page: browser.Page, view: OrderView) -> None:
    unknown = replace(view, order=replace(view.order, payment_method="신용카드"))
    assert not [way for way in ways(page, unknown, "kr-card-objection") if way.value]


def test_no_number_that_was_only_recalled_is_ever_shown(page: browser.Page, view: OrderView) -> None:
    recalled = {rule.id: rule for rule in load_rights(None).rules.values() if rule.phone_recalled}
    assert len(recalled) > 3
    for rule in recalled.values():
        found = ways(page, view, rule.id)
        assert rule.phone not in [way.value for way in found], rule.id
        assert filing.LOOK_UP in [way.certainty for way in found] or any(way.kind == "phone" for way in found), rule.id


def test_the_page_of_a_form_says_where_it_is_handed_in(chromium: Any, page: browser.Page, view: OrderView) -> None:
    made = preparing.prepare(page.store, page.config, view, "kr-card-objection", now=NOW)
    with page.open(chromium, f"/drafts/{made.draft.id}", size=browser.PHONE) as tab:
        tab.get_by_role("heading", name="접수하는 곳").wait_for()
        number = tab.get_by_role("link", name="1544-7000")
        assert number.get_attribute("href") == "tel:15447000"
        assert "확인해 주십시오" in tab.locator(".where").inner_text()
        assert browser.axe(tab) == [] and not browser.overflows(tab)
        browser.shot(tab, "form-where-390")


def test_a_letter_on_paper_to_card_issuer_and_seller_says_whom_to_ask_at_the_issuer(
    page: browser.Page, view: OrderView
) -> None:
    paid = replace(view, order=replace(view.order, payment="credit_card_installment", instalments=6))
    (phone,) = [way for way in ways(page, paid, "kr-install-16-defence") if way.value]
    assert phone == Way("phone", "1544-7000", "verify", "신한카드")


def test_the_command_line_says_it_too(page: browser.Page, view: OrderView, capsys: pytest.CaptureFixture[str]) -> None:
    from monitor.cli import letters

    letters.draft(page.store, page.config, view.order.id, NOW, step="kr-1372")
    told = capsys.readouterr().out
    assert "1372 ·" in told and "https://www.1372.go.kr ·" in told
