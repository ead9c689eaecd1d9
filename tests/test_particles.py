"""Korean particles after names of every kind: Hangul, Latin letters, digits, brackets and quotation marks."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import render
from monitor.cli import words
from monitor.particles import resolved


@pytest.mark.parametrize(
    ("word", "object_", "by"),
    [
        ("신한카드", "신한카드를", "신한카드로"),
        ("페이팔", "페이팔을", "페이팔로"),  # ㄹ takes 로
        ("쿠팡", "쿠팡을", "쿠팡으로"),
        ("PayPal", "PayPal을", "PayPal로"),
        ("Google", "Google을", "Google로"),
        ("Amazon", "Amazon을", "Amazon으로"),
        ("eBay", "eBay를", "eBay로"),
        ("G Market", "G Market을", "G Market으로"),
        ("KT", "KT를", "KT로"),
        ("LG U+", "LG U+을(를)", "LG U+(으)로"),  # nobody can tell
        ("2026-1102", "2026-1102를", "2026-1102로"),
        ("12,000", "12,000을", "12,000으로"),
        ("1", "1을", "1로"),
        ("'PIN'", "'PIN'을", "'PIN'으로"),
        ("한빛상회(주)", "한빛상회(주)를", "한빛상회(주)로"),
        ("신용카드(해외)", "신용카드(해외)를", "신용카드(해외)로"),
        ("me@naver.com", "me@naver.com을", "me@naver.com으로"),
        ("アマゾン", "アマゾン을", "アマゾン으로"),
        ("楽天", "楽天을(를)", "楽天(으)로"),
        ("", "을(를)", "(으)로"),
    ],
)
def test_a_particle_fits_the_word_before_it(word: str, object_: str, by: str) -> None:
    assert resolved(f"{word}을(를)") == object_
    assert resolved(f"{word}(으)로 보냅니다") == f"{by} 보냅니다"


def test_every_notation_has_both_forms() -> None:
    assert resolved("달은(는) 해은(는) 달이(가) 해이(가) 달와(과) 해과(와) 달(이)라고 해(이)라고") == (
        "달은 해는 달이 해가 달과 해와 달이라고 해라고"
    )


@given(st.text(max_size=30), st.text(max_size=10))
def test_nothing_but_the_notation_is_changed(before: str, after: str) -> None:
    made = resolved(f"{before}은(는){after}")
    assert made.startswith(before[:1]) or not before
    assert (
        re.sub(r"은\(는\)|은|는", "", made) == re.sub(r"은\(는\)|은|는", "", f"{before}은(는){after}")
        or "(" in before + after
    )


def test_messages_with_a_name_in_them_carry_the_fitting_particle() -> None:
    assert render.message("condition.paid_by", "ko", value="페이팔") == "페이팔로 결제"
    assert render.message("condition.paid_by", "ko", value="신용카드 할부") == "신용카드 할부로 결제"
    words.speak("ko")
    try:
        assert words.say("draft.discarded", id="cda80e7bba2b").startswith("cda80e7bba2b를 ")
    finally:
        words.speak(None)
