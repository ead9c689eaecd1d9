"""The words inside the readers' patterns: every language has those of the reference language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor.knowledge import patterns
from monitor.knowledge.patterns import Worded
from monitor.knowledge.phrases import SPACELESS
from monitor.knowledge.values import LANGUAGES
from monitor.knowledge.words import KnowledgeError

# English alone has the ambiguity that these lists take away, or writes the clock in two halves
ENGLISH_ALONE = {"bare_noun", "before_day", "card_kind", "morning", "afternoon"}
# ways of writing that languages without spaces between words do not have, such as words that stand before a noun
SPACED_ALONE = {
    "worth", "happened", "total_link", "connector", "tax_included", "of_the", "order_end", "in_money", "no_number",
    "other_numbered", "reference", "paid_via", "method_named", "card_ends", "before_digits", "applies_if", "no_reply",
    "firm_end",
    "rights_reserved", "paid_sum", "paid_sign", "paid_whom", "of_sum", "was_spent", "was_used", "at_shop",
    "own_account", "name_ends", "no_payee", "month_stem", "day_ordinal", "wrote_begins", "advertiser",
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_lists_of_the_reference_language(language: str) -> None:
    reference, own = patterns.tables("en"), patterns.tables(language)
    assert own.keys() == reference.keys()
    missing = {name for name, words in reference.items() if words and not own[name]} - ENGLISH_ALONE
    assert missing <= (SPACED_ALONE if language in SPACELESS else set())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_list_of_words_makes_a_pattern_and_holds_no_word_twice(language: str) -> None:
    for name, words in patterns.tables(language).items():
        assert len(set(words)) == len(words), name
        for word in words:
            re.compile(word)
            assert "\\" not in word and re.match(word, "") is None, (name, word)


def test_month_stems_are_twelve_in_the_order_of_the_year() -> None:
    for language in set(LANGUAGES) - SPACELESS:
        assert len(patterns.tables(language)["month_stem"]) == 12, language


def test_words_of_languages_that_write_spaces_can_be_bounded() -> None:
    kept = Worded(r"<\bkept_back_before\b>", re.IGNORECASE).re
    assert kept.search("abzüglich 4,90") and kept.search("배송비5,000원차감") and not kept.search("unless")


def test_a_blank_in_a_word_is_any_white_space() -> None:
    assert Worded("<paid_sum>").re.fullmatch("you have\u00a0paid")


def test_a_list_that_does_not_exist_is_told() -> None:
    with pytest.raises(KnowledgeError, match="no_such_list"):
        Worded("<no_such_list>").re  # noqa: B018 - compiles


def test_every_list_is_used_by_a_reader() -> None:
    monitor = Path(patterns.__file__).parents[1]
    code = "\n".join(path.read_text("utf-8") for path in monitor.rglob("*.py"))
    unused = {name for name in patterns.tables("en") if not re.search(rf"<(?:\\b)?{name}(?:\\b)?>|\"{name}\"", code)}
    assert not unused
