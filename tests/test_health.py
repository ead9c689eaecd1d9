"""Rot: when a sender's mails can no longer be read, and when that is only chance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import classify, digest, health, knowledge, parse
from monitor.health import Seen, Tally
from monitor.run import digests, intake, mails, senders
from monitor.store import Store
from monitor.types import RawMail
from tests import post
from tests.post import NOW, at

OLD, NEW = NOW - timedelta(days=100), NOW - timedelta(days=10)


def some(
    read: int, mails_: int, when: object = OLD, *, purchase: bool = True, sender: str = "hanbit.example"
) -> list[Seen]:
    """So many mails, so many of them read."""
    assert hasattr(when, "tzinfo")
    return [Seen(sender, "한빛상회", when, purchase or n < read, n < read) for n in range(mails_)]


@pytest.mark.parametrize(
    ("before", "recent", "drop"),
    [
        ((8, 8), (0, 3), True),
        ((5, 5), (0, 3), True),
        ((4, 4), (0, 3), False),  # too few before
        ((8, 8), (0, 2), False),  # too few lately
        ((8, 8), (2, 3), False),  # one bad mail
        ((5, 5), (1, 3), False),
        ((20, 20), (5, 12), True),
        ((20, 20), (11, 20), False),  # fallen, but not to half
        ((2, 8), (0, 3), False),  # was never read well
        ((0, 8), (0, 8), False),
    ],
)
def test_a_drop_is_told_from_chance(before: tuple[int, int], recent: tuple[int, int], drop: bool) -> None:
    (sender,) = health.senders([*some(*before), *some(*recent, when=NEW)], NOW)
    assert (sender.before, sender.recent) == (Tally(*before), Tally(*recent))
    assert sender.dropped is drop
    assert bool(health.dropped([*some(*before), *some(*recent, when=NEW)], NOW)) is drop


def test_mails_no_longer_taken_for_purchases_count_against_who_mails_of_purchases_only() -> None:
    (sender,) = health.senders([*some(9, 10, purchase=False), *some(0, 4, NEW, purchase=False)], NOW)
    assert sender.dropped
    assert (sender.before, sender.recent) == (Tally(9, 10), Tally(0, 4))


def test_of_who_mails_other_things_too_only_purchase_mails_count() -> None:
    mixed = [*some(8, 30, purchase=False), *some(0, 9, NEW, purchase=False)]
    (sender,) = health.senders(mixed, NOW)
    assert not sender.dropped, "he may just have sent newsletters"
    assert (sender.before, sender.recent) == (Tally(8, 8), Tally(0, 0))
    (sender,) = health.senders([*mixed, *some(0, 3, NEW)], NOW)
    assert sender.dropped, "purchase mails without values"


def test_only_the_two_stretches_count_and_the_latest_name() -> None:
    ends = [NOW - health.RECENT, NOW - health.RECENT - health.BEFORE, NOW + timedelta(seconds=1)]
    (sender,) = health.senders([mail for end in ends for mail in some(1, 1, end)], NOW)
    assert (sender.before, sender.recent) == (Tally(1, 1), Tally(0, 0))
    renamed = [Seen("x.example", "Old", OLD, True, True), Seen("x.example", "New", NEW, True, True),
               Seen("x.example", "", NOW, True, True)]  # fmt: skip
    assert [sender.name for sender in health.senders(reversed(renamed), NOW)] == ["New"]


def test_what_has_dropped_comes_first() -> None:
    listed = [*some(9, 9, NEW, sender="busy.example"), *some(8, 8), *some(0, 3, NEW)]
    assert [sender.sender for sender in health.senders(listed, NOW)] == ["hanbit.example", "busy.example"]


tallies = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda pair: Tally(min(pair), max(pair)))


@given(tallies, tallies)
def test_the_chance_is_one_and_falls_as_less_can_be_read(before: Tally, recent: Tally) -> None:
    likely = health.chance(before, recent)
    assert 0 <= likely <= 1
    if recent.read:
        assert health.chance(Tally(before.read + 1, before.mails + 1), Tally(recent.read - 1, recent.mails)) <= likely


# -- from real mails ----------------------------------------------------------------------------------------------


@pytest.fixture
def rotten(tmp_path: Path) -> Iterator[Store]:
    """A shop whose mails lost order number and amount seven weeks ago, and one whose mails did not."""
    folder = tmp_path / "mails"
    folder.mkdir()
    told = []
    for n in range(8):
        told += [post.order(n, at(3 + n, month=6)), post.order(n, at(3 + n, month=6), domain="dodam-shop.co.kr")]
    for n in range(4):
        told.append(post.order(20 + n, at(2 + n), domain="dodam-shop.co.kr"))
        text = "주문해 주셔서 감사합니다.\n주문 내역은 앱에서 확인해 주세요.\n"
        told.append(
            post.mail("한빛상점 <order@hanbit-shop.co.kr>", "[한빛상점] 주문이 접수되었습니다", text, at(2 + n))
        )
    for n, content in enumerate(told):
        (folder / f"{n}.eml").write_bytes(content)
    with Store.open(tmp_path / "monitor.sqlite3") as store:
        intake.import_paths(store, post.config(), knowledge.load(), [folder], now=NOW)
        yield store


def test_the_digest_names_the_shop_whose_mails_can_no_longer_be_read(rotten: Store) -> None:
    kinds = {entry.mail.kind for entry in mails.entries(rotten, post.config(), now=NOW)}
    (sender,) = senders.dropped(rotten, NOW)
    assert (sender.sender, sender.name, sender.before) == ("hanbit-shop.co.kr", "한빛상점", Tally(8, 8)), kinds
    assert sender.recent == Tally(0, 4)
    for language, words in (("ko", "한빛상점"), ("en", "8 of 8 before, 0 of 4")):
        made = digest.digest(digests.gather(rotten, post.config(), now=NOW), language, NOW)
        assert words in made.text
        assert "refund-monitor mails --health" in made.html
    assert [one.sender for one in senders.senders(rotten, NOW)] == ["hanbit-shop.co.kr", "dodam-shop.co.kr"]


def test_what_is_marked_as_an_advert_has_the_reason_by_which_it_is_left_out(rotten: Store) -> None:
    advert = post.mail("한빛상점 <order@hanbit-shop.co.kr>", "(광고) 주문하신 분께만 드리는 쿠폰", "50% 할인", at(9))
    mail = parse.mail(RawMail("a", "", 0, 0, at(9), advert), now=NOW)
    assert classify.classify(mail, knowledge.load()).reason == senders._ADVERT
