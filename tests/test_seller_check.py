"""The seller check: what mails and history say, counted signs of fraud, links with a source, and no connection."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from monitor import knowledge as knowledges
from monitor import render, sellercheck
from monitor.config import Config
from monitor.knowledge.rights import load_rights
from monitor.run import cases, orders, saying, sellers
from monitor.run.intake import files as intake
from monitor.sellercheck import Past
from monitor.store import Store
from monitor.types import Address, Authentication, Contact, Event, Money, Order, Seller, SellerIdentity, Source, Stated
from tests.test_evidence import ORDER, mail, settings

NOW = datetime(2026, 9, 30, 3, 0, tzinfo=UTC)
SHOP = Seller("hanbit.example", "한빛상회", "hanbit.example")


def told(value: str) -> Stated[str]:
    return Stated(value, value, "generic")


def order(**changes: object) -> Order:
    identity = SellerIdentity(registration=told("220-81-62517"), checksum_ok=True, permit=told("제2020-서울-1호"),
                              phone=told("02-555-0100"))  # fmt: skip
    made = Order(
        id="o", seller=SHOP, number="1", placed_at=NOW, events=(), payment="credit_card", identity=identity,
        authentication=Authentication.PASS, senders=(Address("", "order@hanbit.example"),),
    )  # fmt: skip
    return replace(made, **changes)


def points(found: Order, **options: object) -> dict[str, str]:
    check = sellercheck.check(found, **{"country": "KR", "cross_border": False, **options})
    return {point.key: point.says for point in check.points}


def signals(found: Order, **options: object) -> tuple[str, ...]:
    return sellercheck.check(found, **{"country": "KR", "cross_border": False, **options}).fraud_signals


def test_an_honest_seller_has_good_points_and_no_sign_of_fraud() -> None:
    assert points(order()) == {
        "authentication.pass": "good", "registration.right": "good", "permit.stated": "good",
        "contact.stated": "good", "protected_payment": "good", "history.none": "note",
    }  # fmt: skip
    assert signals(order()) == ()


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"authentication": Authentication.FAIL}, "authentication.fail"),
        ({"identity": SellerIdentity(registration=told("123-45-67890"), checksum_ok=False, permit=told("1"))},
         "registration.wrong"),
        ({"identity": SellerIdentity(registration=told("220-81-62517"), checksum_ok=True)}, "permit.missing"),
        ({"senders": (Address("", "hanbit77@naver.com"),)}, "free_mail"),
        ({"contacts": ((Contact("chat", "https://open.kakao.com/o/abc", "톡 주세요"), Authentication.PASS),)},
         "private_chat"),
        ({"payment": "bank_transfer", "identity": None}, "bank_transfer"),
        ({"bounced": True}, "unreachable"),
    ],
)  # fmt: skip
def test_each_sign_of_fraud_is_counted(changes: dict[str, object], key: str) -> None:
    assert key in signals(order(**changes))


def test_one_sign_is_not_enough_and_two_are() -> None:
    one = order(senders=(Address("", "hanbit77@naver.com"),))
    two = replace(one, identity=SellerIdentity(registration=told("123-45-67890"), checksum_ok=False, permit=told("1")))
    assert not sellercheck.check(one, country="KR", cross_border=False).suspicious
    assert sellercheck.check(two, country="KR", cross_border=False).suspicious


def test_what_a_mail_does_not_say_accuses_nobody() -> None:
    silent = order(identity=None, contacts=(), payment=None, authentication=Authentication.NONE)
    assert signals(silent) == ()
    assert points(silent)["registration.unstated"] == "unknown"


def test_a_known_shop_paid_by_bank_transfer_is_no_suspect() -> None:
    known = replace(SHOP, known="coupang")
    assert signals(order(seller=known, identity=None, payment="bank_transfer")) == ()


def test_sellers_abroad_need_no_korean_permit() -> None:
    abroad = order(identity=SellerIdentity(registration=told("HRB 12345")))
    assert "permit.missing" not in points(abroad, cross_border=True)
    assert "permit.missing" not in points(abroad, country="DE")


def test_earlier_orders_and_their_outcome_are_told() -> None:
    past = (Past("a", "arrived"), Past("b", "refunded"), Past("c", "late"))
    check = sellercheck.check(order(), country="KR", cross_border=False, past=past)
    (history,) = [point for point in check.points if point.key == "history"]
    assert (history.value, history.says) == ("2/3", "good")
    worse = points(order(), past=(Past("a", "lost"), Past("b", "late")))
    assert worse["history.bad"] == "bad"


def test_what_the_user_found_counts_and_his_last_word_does() -> None:
    def said(value: str, place: int) -> Event:
        return Event(f"e{place}", "o", NOW, "set", Source.USER, payload={"field": "seller_check", "value": value})

    found = order(events=(said("not_registered", 1), said("listed", 2)))
    assert set(signals(found)) == {"found.not_registered", "found.listed"}
    assert signals(order(events=(said("listed", 1), said("not_listed", 2)))) == ()


@pytest.mark.parametrize("language", render.LANGUAGES)
def test_every_point_has_a_sentence_in_both_languages(language: str) -> None:
    keys = {key for key in render.catalog("en") if key.startswith("seller.") and key.count(".") >= 2}
    for key in sorted(keys):
        assert render.has_message(key, language)
    assert "전화" in sellercheck.said(sellercheck.Point("contact.stated", "good", "phone, email"), "ko")
    for word in sellercheck.FINDINGS:
        assert render.has_message(f"seller.found.{word}", language)


def test_every_link_leads_where_the_rights_table_does_and_has_a_source() -> None:
    rules = load_rights().rules
    for link in sellercheck.load_links():
        assert link.source
        assert link.url.startswith("https://")
        assert set(link.name) == set(link.what) == {"ko", "en"}
        rule = rules[link.rule]
        assert link.url in rule.link or link.url == "https://www.consumer.go.kr", link.id


def test_links_follow_where_seller_and_user_are() -> None:
    def ids(country: str, cross_border: bool) -> set[str]:
        return {link.id for link in sellercheck.check(order(), country=country, cross_border=cross_border).links}

    assert {"ftc_registry", "thecheat", "seoul_ecc"} <= ids("KR", False)
    assert "kca_crossborder" not in ids("KR", False)
    assert {"kca_crossborder", "econsumer"} <= ids("KR", True)
    assert "thecheat" not in ids("KR", True)
    assert ids("US", False) == set()


def test_search_words_are_offered_in_the_language_of_the_sellers_name() -> None:
    assert list(sellercheck.searches("한빛상회"))[:2] == ['"한빛상회" 사기', '"한빛상회" 연락두절']
    assert next(iter(sellercheck.searches("North Store"))) == '"North Store" scam'
    assert list(sellercheck.searches("")) == []


@pytest.fixture
def filled(tmp_path: Path) -> tuple[Store, Config]:
    return two_orders(tmp_path)


def two_orders(tmp_path: Path) -> tuple[Store, Config]:
    """A store with two orders of one seller, about which nothing more came; it is `NOW`."""
    config = settings(tmp_path, "ko")
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    mail(inbox, "order", "[한빛상회] 주문이 접수되었습니다", ORDER, datetime(2026, 9, 7, 1, 0, tzinfo=UTC))
    second = ORDER.replace("20260907-0001", "20260908-0009")
    mail(inbox, "again", "[한빛상회] 주문이 접수되었습니다", second, datetime(2026, 9, 8, 1, 0, tzinfo=UTC))
    store = Store.open(config.store_path())
    intake.import_paths(store, config, knowledges.load(None), [inbox], now=NOW, heard_until=NOW)
    return store, config


def test_a_whole_check_opens_no_connection(filled: tuple[Store, Config], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    store, config = filled
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    views = orders.orders(store, config, None, NOW)
    check = sellers.seller_check(views[0], views, config)
    assert {point.key for point in check.points} >= {"authentication.pass", "registration.right", "permit.stated"}
    assert [one.order_id for one in check.past] == [views[1].order.id]
    cases.cases(store, config, now=NOW)


def test_a_seller_who_charges_in_foreign_money_is_looked_up_abroad(filled: tuple[Store, Config]) -> None:
    store, config = filled
    view = orders.orders(store, config, None, NOW)[0]

    def ids(total: Money) -> set[str]:
        changed = replace(view, order=replace(view.order, total=total, paid=None))
        return {link.id for link in sellers.seller_check(changed, (), config).links}

    assert {"thecheat"} <= ids(Money(Decimal(50_000), "KRW")) and "kca_crossborder" not in ids(Money(Decimal(1), "KRW"))
    abroad = ids(Money(Decimal("109.50"), "USD"))
    assert "kca_crossborder" in abroad and not {"thecheat", "ftc_registry"} & abroad


def _police(view: orders.OrderView) -> str:
    assert view.way is not None
    return next(step.status for step in view.way.steps if step.rung == "kr-police-ecrm")


def test_a_finding_is_said_like_any_other_word_and_opens_the_step_to_the_police(filled: tuple[Store, Config]) -> None:
    store, config = filled
    view = orders.orders(store, config, None, NOW)[0]
    for word in ("not_registered", "several_victims"):
        saying.say(store, config, view.order.id, "set", f"seller_check={word}", now=NOW)
    views = orders.orders(store, config, None, NOW)
    changed = next(one for one in views if one.order.id == view.order.id)
    assert sellers.seller_check(changed, views, config).suspicious
    assert (_police(view), _police(changed)) == ("ruled_out", "open")
    with pytest.raises(orders.StatementRefused):
        saying.say(store, config, view.order.id, "set", "seller_check=perhaps", now=NOW)
