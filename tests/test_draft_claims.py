"""What a letter asks for: sums put together from the order, the law of the user's country and his settings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from monitor import draft
from monitor.config import Config
from monitor.draft import Claim
from monitor.knowledge.rights import load_rights
from monitor.run import claims, ladders
from monitor.types import Due, Event, Expectation, Money, Order, Source, Step
from monitor.workdays import Calendar
from tests.drafting import PLACED, SMITH, TODAY, judged, order_of

RIGHTS = load_rights()
PARIS = Config.model_validate({"user": {"country": "FR", "timezone": "Europe/Paris", "language": "en"}})
SHOP = replace(order_of().seller, key="lampe.example", name="Lampe", domain="lampe.fr", country="FR")
EURO = Money(Decimal("99.90"), "EUR")


def climb(config: Config = PARIS) -> ladders.Ladders:
    rules = config.rules()
    return ladders.Ladders(config, rules, Calendar(rules.country), ())


def cancelled(**changes: object) -> Order:
    """An order in France that the seller cancelled on 1 October; the refund fell due on the 15th."""
    values = {"seller": SHOP, "total": EURO, "paid": EURO, "cancelled_at": datetime(2026, 10, 1, tzinfo=UTC)}
    return replace(order_of(), **(values | changes))


def claimed(order: Order, due: date, **changes: object) -> tuple[Decimal | None, Money | None, Money | None]:
    owed = Due(Expectation.REFUND, PLACED, due, True, (), "table", "due.refund.table")
    found = claims.claim_of(order, replace(judged("refund"), dues=(owed,), **changes), climb())
    return found.surcharge_percent, found.surcharge, found.total


@pytest.mark.parametrize(
    ("due", "percent", "added", "total"),
    [
        (date(2026, 11, 23), None, None, None),  # due today
        (date(2026, 11, 22), 10, "9.99", "109.89"),  # 1 day late
        (date(2026, 11, 9), 10, "9.99", "109.89"),  # 14 days late
        (date(2026, 11, 8), 20, "19.98", "119.88"),  # 15
        (date(2026, 10, 24), 20, "19.98", "119.88"),  # 30
        (date(2026, 10, 23), 50, "49.95", "149.85"),  # 31
    ],
)
def test_a_late_refund_in_france_grows_by_steps(
    due: date, percent: int | None, added: str | None, total: str | None
) -> None:
    assert (TODAY - due).days in (0, 1, 14, 15, 30, 31)
    found = claimed(cancelled(), due)
    money = tuple(None if sum_ is None else Money(Decimal(sum_), "EUR") for sum_ in (added, total))
    assert found == (None if percent is None else Decimal(percent), *money)


def test_nothing_is_added_where_the_goods_came_where_nobody_ended_the_contract_and_abroad() -> None:
    due = date(2026, 11, 9)
    came = datetime(2026, 10, 5, tzinfo=UTC)
    assert claimed(cancelled(delivered_at=came), due)[1] is None
    assert claimed(cancelled(returned_at=came), due)[1] is None
    assert claimed(cancelled(cancelled_at=None), due)[1] is None
    assert claimed(cancelled(seller=replace(SHOP, country="DE")), due)[1] is None
    notice = Event("c1", "order", PLACED, "contact", Source.USER, payload={"rung": "fr-l216-7", "day": "2026-10-20"})
    ended = order_of(notice, seller=SHOP, total=EURO, paid=EURO)
    assert claimed(ended, due)[0] == 10


def test_the_french_letter_ends_the_contract_and_names_the_surcharge_with_its_article() -> None:
    rule = RIGHTS.rules["fr-l216-7"]
    step = Step("order", rule.id, "seller", "email", TODAY, rules=(rule.id,), to="sav@lampe.fr",
                answer_by=date(2026, 11, 30))  # fmt: skip
    fresh = draft.draft(step, order_of(language="fr"), judged("delivery"), user=SMITH, today=TODAY, rights=RIGHTS)
    assert "je vous notifie la résolution du contrat" in fresh.body
    claim = Claim(
        principal=EURO, refund_due=date(2026, 11, 9), surcharge_percent=Decimal(10), counted_to=TODAY,
        surcharge=Money(Decimal("9.99"), "EUR"), total=Money(Decimal("109.89"), "EUR"),
    )  # fmt: skip
    late = draft.draft(
        step, replace(order_of(language="fr"), cancelled_at=PLACED), judged("refund"), user=SMITH, today=TODAY,
        rights=RIGHTS, claim=claim,
    )  # fmt: skip
    assert "- Majoration pour remboursement tardif (10 %) : 9,99 €" in late.body
    assert "L241-4" in late.body and "109,89 €" in late.body and "résolution" not in late.body
    assert late.gloss is not None and "Surcharge for the late refund (10%): €9.99" in late.gloss


def test_german_interest_is_asked_for_without_a_rate_that_nobody_supplies() -> None:
    berlin = Config.model_validate({"user": {"country": "DE", "timezone": "Europe/Berlin", "language": "en"}})
    order = cancelled(seller=replace(SHOP, country="DE"))
    owed = Due(Expectation.REFUND, PLACED, date(2026, 11, 9), True, (), "table", "due.refund.table")
    found = claims.claim_of(order, replace(judged("refund"), dues=(owed,)), climb(berlin))
    assert (found.rate, found.interest, found.total) == (None, None, None)
    assert found.statutory_interest
    step = Step("order", "eu-crd-13", "seller", "email", TODAY, rules=("eu-crd-13",), to="info@lampe.de")
    text = draft.draft(
        step, replace(order, language="de"), judged("refund"), user=SMITH, today=TODAY, rights=RIGHTS, claim=found
    )
    assert "gesetzlichen Verzugszinsen" in text.body and " im Jahr" not in text.body
    due_today = replace(owed, due_on=TODAY)
    early = claims.claim_of(order, replace(judged("refund"), dues=(due_today,)), climb(berlin))
    assert not early.statutory_interest


@pytest.mark.parametrize(
    ("words", "korean", "english"),
    [
        ("신한카드 3개월 할부", "신한카드", "Shinhan Card"),
        ("국민카드 체크카드", "KB국민카드", "KB Kookmin Card"),
        ("Hyundai Card ****1234", "현대카드", "Hyundai Card"),
        ("Chase Visa ending in 4242", "Chase", "Chase"),
        ("Purchase order", None, None),
        ("Citizens Bank debit", None, None),
        ("Visa ending in 4242", None, None),
        ("신용카드 일시불", None, None),
        ("JCB ****1234", None, None),
        ("", None, None),
    ],
)
def test_the_card_company_is_the_one_that_the_mail_names(words: str, korean: str | None, english: str | None) -> None:
    found = claims.issuer_of(order_of(payment_method=words), climb())
    assert (found.get("ko"), found.get("en")) == (korean, english)
