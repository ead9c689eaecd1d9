"""How the texts read: whatever is known or missing, in every language, and what they must never say."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from monitor import draft, render
from tests.texts import FAMILIES, SITUATIONS, TO_SELLERS, flaws, full, poorer, texts

GOLDEN = Path(__file__).parent / "golden" / "drafts"
TEMPLATES = Path(__file__).parents[1] / "templates" / "drafts"
ALL = [(family, language) for family in FAMILIES for language in draft.languages(family)]
PLAIN = ("inquiry", "demand", "dispute")


def test_every_family_is_there_in_korean_and_english_and_letters_to_sellers_in_all_languages() -> None:
    for family in FAMILIES:
        assert set(render.LANGUAGES) <= set(draft.languages(family)), family
    for family in TO_SELLERS:
        assert draft.languages(family) == render.LETTER_LANGUAGES, family


@pytest.mark.parametrize(("family", "language"), ALL)
def test_a_text_reads_well_whatever_is_missing(family: str, language: str) -> None:
    for what in SITUATIONS:
        # which fact is missing matters alike in most situations: each one alone is tried in four of them
        each = what in ("delivery", "dispatch", "refund_promised", "open")
        for name, facts in poorer(full(family, what, language), each=each):
            parts = texts(family, language, facts)
            assert {"subject", "letter"} <= set(parts)
            if language in render.LANGUAGES:
                assert {"script", "chat"} <= set(parts)
            for part, text in parts.items():
                assert not flaws(text), (what, name, part, flaws(text), text)
            assert "\n" not in parts["subject"]
            assert "\n" not in parts.get("chat", "")


@pytest.mark.parametrize(("family", "language"), ALL)
def test_the_texts_are_those_that_were_read_and_approved(family: str, language: str) -> None:
    """Golden files: REFUND_MONITOR_WRITE_GOLDEN=1 writes them, and the diff is read."""
    rendered = []
    for what in SITUATIONS if family in PLAIN and language in render.LANGUAGES else ("delivery", "refund_promised"):
        parts = texts(family, language, full(family, what, language))
        rendered.append(f"##### {what}\n{parts['subject']}\n\n{parts['letter']}\n")
    first = full(family, "delivery", language)
    bare = dict(poorer(first, each=False))["bare"]
    rendered.append(f"##### nothing known\n{texts(family, language, bare)['letter']}\n")
    parts = texts(family, language, first)
    rendered += [f"##### {name}\n{parts[name]}\n" for name in ("script", "chat", "private") if name in parts]
    path = GOLDEN / f"{family}.{language}.txt"
    text = "\n".join(rendered)
    if os.environ.get("REFUND_MONITOR_WRITE_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
