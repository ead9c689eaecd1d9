"""A mail as phrases are looked for in it: what is left out of it, and what of it is not folded at all."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from monitor.classify.wording import Wording, without_numbers

NUMBERS = re.compile(r" (?:(?:no|nr|n|num|number|numero|nummer) )?[a-z]{0,4}\d\w{2,40}(?: \d\w{0,40}){0,6}(?= )")
WORDS = (
    "no", "n", "nummer", "order", "a", "1", "12", "123", "ab123", "abcd1234", "abcde123", "a1b2c3", "12é", "é123",
    "١٢٣", "1" * 41, "1" * 42, "",
)  # fmt: skip


@given(st.lists(st.sampled_from(WORDS), max_size=9).map(lambda words: f" {' '.join(words)} "))
def test_numbers_are_left_out_as_their_pattern_says(padded: str) -> None:
    assert without_numbers(padded) == NUMBERS.sub("", padded)


def test_a_word_for_number_goes_with_the_number_behind_it() -> None:
    assert without_numbers(" your order no 4711 0815 was shipped ") == " your order was shipped "
    assert without_numbers(" order 12 of 3 ") == " order 12 of 3 "


def test_a_korean_text_without_latin_words_is_not_folded_for_english() -> None:
    wording = Wording("주문이 완료되었습니다", "주문이 완료되었습니다", "총 결제금액\t12,000원\nUPS로 보냅니다。")
    assert wording.latin == {"12", "000", "ups"}
    assert "spaced" not in wording.__dict__
    assert Wording("ｏｒｄｅｒ", "ｏｒｄｅｒ", "주문").latin == {"order", "주문"}
