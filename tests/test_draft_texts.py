"""How the texts read: whatever is known or missing, in every language, for every rule, and what they must never say."""

from __future__ import annotations

import os
import re
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest

from monitor import draft, render
from monitor.draft import Facts
from monitor.knowledge.forms import load_forms
from monitor.knowledge.rights import Rule, load_rights
from tests.texts import FAMILIES, SITUATIONS, TO_SELLERS, flaws, full, poorer, read, texts

GOLDEN = Path(__file__).parent / "golden" / "drafts"
TEMPLATES = Path(__file__).parents[1] / "templates" / "drafts"
ALL = [(family, language) for family in FAMILIES for language in draft.languages(family)]
BOTH = [(family, language) for family in FAMILIES for language in render.LANGUAGES]
PLAIN = ("inquiry", "demand", "dispute")
WITH_TEXT = [rule for rule in load_rights().rules.values() if rule.text != "none"]


def of_rule(rule: Rule, what: str, language: str) -> Facts:
    """Everything known, for the text of one rule: its addressee, its form, its article where it may be cited."""
    form = load_forms().of(rule.id)
    return replace(
        full(rule.text, what, language),
        addressee="seller" if rule.addressee[0] == "self" else "+".join(rule.addressee),
        citations=(rule.cite,) if rule.citable else (),
        to_name=form.name if form else {},
        asks=form.asks if form else {},
        evidence=tuple(load_forms().enclosures[key] for key in rule.evidence if key in load_forms().enclosures),
        further_period=rule.id in load_forms().further_period,
    )


# -- every text, whatever is known ------------------------------------------------------------------------------------


def test_every_family_is_there_in_korean_and_english_and_letters_to_sellers_in_all_languages() -> None:
    for family in FAMILIES:
        assert set(render.LANGUAGES) <= set(draft.languages(family)), family
    for family in TO_SELLERS:
        assert draft.languages(family) == render.LETTER_LANGUAGES, family


@pytest.mark.parametrize(("family", "language"), ALL)
def test_a_text_reads_well_whatever_is_missing(family: str, language: str) -> None:
    for what in SITUATIONS:
        known = full(family, what, language)
        for name, facts in poorer(known, each=read(family, language, known)):
            parts = texts(family, language, facts)
            assert {"subject", "letter"} <= set(parts)
            if language in render.LANGUAGES:
                assert {"script", "chat"} <= set(parts)
            for part, text in parts.items():
                assert not flaws(text), (what, name, part, flaws(text), text)
            assert "\n" not in parts["subject"]
            assert "\n" not in parts.get("chat", "")


def test_a_fact_that_no_text_looks_at_changes_none() -> None:
    """What the test above leaves out may be left out: tried here for one family, fact by fact."""
    known = full("card_objection", "delivery", "en")
    looked_at = read("card_objection", "en", known)
    assert {"seller", "number", "asked", "issuer"} <= looked_at and "surcharge" not in looked_at
    whole = texts("card_objection", "en", known)
    for name, facts in poorer(known, each={field.name for field in fields(Facts)} - looked_at):
        if name.startswith("without "):
            assert texts("card_objection", "en", facts) == whole, name


@pytest.mark.parametrize("rule", WITH_TEXT, ids=lambda rule: rule.id)
def test_the_text_of_every_rule_reads_well(rule: Rule) -> None:
    for language in draft.languages(rule.text):
        for what in ("dispatch", "delivery", "not_arrived", "refund_promised", "refund_cancelled", "open"):
            for name, facts in poorer(of_rule(rule, what, language)):
                for part, text in texts(rule.text, language, facts).items():
                    assert not flaws(text), (what, name, part, flaws(text), text)


# -- languages --------------------------------------------------------------------------------------------------------

HANGUL = re.compile(r"[가-힣]")
LATIN_IN_KOREAN = {  # names, units and abbreviations that Korean texts write in Latin letters
    *("mina", "example", "com", "cs", "hanbit", "USB", "CJ", "C", "KG", "NHN", "KCP", "PayPal", "Amazon", "A", "to"),
    *("z", "eBay", "Etsy", "AliExpress", "Apple", "Google", "Play", "Klarna", "JCB", "econsumer", "gov"),
    *("ARS", "ID", "G", "QX"),
}
ENGLISH = re.compile(r"(?i)\b(?:the|and|please|order|refund|seller|was|you|your|not|from|with)\b")


@pytest.mark.parametrize("family", FAMILIES)
def test_an_english_text_has_no_korean_and_a_korean_one_no_english(family: str) -> None:
    rules = [rule for rule in WITH_TEXT if rule.text == family]
    for what in SITUATIONS:
        english = [full(family, what, "en"), *(of_rule(rule, what, "en") for rule in rules)]
        korean = [full(family, what, "ko"), *(of_rule(rule, what, "ko") for rule in rules)]
        for facts in english:
            for text in texts(family, "en", facts).values():
                assert not HANGUL.search(text), HANGUL.search(text)
        for facts in korean:
            for text in texts(family, "ko", facts).values():
                for cited in facts.citations:
                    text = text.replace(cited["ko"], "")
                found = set(re.findall(r"[A-Za-z]+", text)) - LATIN_IN_KOREAN
                assert not found, (found, text)


@pytest.mark.parametrize("family", TO_SELLERS)
@pytest.mark.parametrize("language", ["ja", "de", "fr", "es", "zh"])
def test_a_letter_abroad_has_no_word_of_another_language(family: str, language: str) -> None:
    for what in SITUATIONS:
        known = replace(full(family, what, language), seller="", items=(), method="", parcels=(), citations=())
        known = replace(known, writer="", account="", marketplace="")
        for facts in (known, dict(poorer(known))["bare"]):
            text = "\n".join(texts(family, language, facts).values())
            assert not HANGUL.search(text)
            if language in ("ja", "zh"):
                assert set(re.findall(r"[A-Za-z]+", text)) <= {"KRW"}, text
            else:
                assert not ENGLISH.search(text), ENGLISH.search(text)
                assert not re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", text)
            if language == "zh":
                assert not re.search(r"[\u3040-\u30ff]", text)


CASUAL = re.compile(r"(?:해요|예요|에요|세요|어요|아요|네요|군요|죠|게요)(?:[.?!]|$)", re.MULTILINE)


@pytest.mark.parametrize("family", FAMILIES)
def test_korean_texts_keep_the_formal_register(family: str) -> None:
    for what in SITUATIONS:
        for text in texts(family, "ko", full(family, what)).values():
            assert not CASUAL.search(text)
            sentences = re.findall(r"[가-힣]+[.?](?=\s|$|\")", text)
            assert all(re.search(r"(?:니다|니까|시오|보관합니다)[.?]$", sentence) for sentence in sentences), sentences


@pytest.mark.parametrize("family", FAMILIES)
def test_korean_particles_fit_whatever_the_name_ends_in(family: str) -> None:
    """No particle that changes with the sound before it stands right behind a name, a number or an amount."""
    changing = re.compile(r"(?:QX|원|\d|\))(?:은|는|이|가|을|를|과|와|으로|로)(?=[\s,.])")
    for what in SITUATIONS:
        facts = replace(
            full(family, what), seller="QX", writer="QX", method="QX", card="QX", items=("QX",), case_number="QX",
            number="QX", parcels=(("QX", "QX"),), representative="QX",
        )  # fmt: skip
        for text in texts(family, "ko", facts).values():
            # a particle behind a bracket belongs to the word before it: 환불(120,000원)을, 주문한 건(주문번호 …)으로
            bare = re.sub(r"\([^()]*\)", "", text)
            assert not changing.search(bare), changing.search(bare)


# -- what is said, and what never is ----------------------------------------------------------------------------------

THREAT = re.compile(
    r"사기|소송|고소|고발|형사|민사|처벌|손해배상|책임을 묻|조치를 취하겠|강력|불이익|유감"
    r"|(?i:lawyer|attorney|\bsue\b|fraud|scam|criminal|report you|consequences|damages|otherwise I will|or else"
    r"|legal advice|legal action|Betrug|Anwalt|Anzeige|fraude|avocat|abogado|estafa|denuncia|詐欺|訴訟|诈骗|起诉|律师)"
)
LAW = re.compile(
    r"제\s?\d+조|§|\d+\s?(?:USC|CFR|BGB)|(?i:\barticles?\s\d|\bart\.\s?\d|\bs\.\s?\d|\bsection\s\d|regulation\s\d|"
    r"directive\s\d)|\bAct\b|법률|시행령|약관"
)


@pytest.mark.parametrize(("family", "language"), ALL)
def test_a_text_neither_threatens_nor_accuses_nor_advises(family: str, language: str) -> None:
    for what in SITUATIONS:
        for _, facts in poorer(full(family, what, language)):
            for text in texts(family, language, facts).values():
                assert not THREAT.search(text), THREAT.search(text)


@pytest.mark.parametrize("rule", WITH_TEXT, ids=lambda rule: rule.id)
def test_the_text_of_a_rule_neither_threatens_nor_accuses(rule: Rule) -> None:
    for language in render.LANGUAGES:
        for text in texts(
            rule.text, language, replace(of_rule(rule, "delivery", language), citations=(), to_name={})
        ).values():
            assert not THREAT.search(text), (THREAT.search(text), text)


def test_what_forms_ask_for_neither_threatens_nor_accuses() -> None:
    for form in load_forms().forms:
        for words in form.asks.values():
            assert not THREAT.search(words), (form.id, THREAT.search(words))
            assert not LAW.search(words), (form.id, LAW.search(words))
            assert words.endswith(("니다.", "."))


def test_no_template_names_a_law_by_itself() -> None:
    """Articles come from the rule base alone, so that none can stand in a text without its source."""
    for path in TEMPLATES.rglob("*.j2"):
        if path.parent.name == "payment_error":
            continue
        words = re.sub(r"\{[{%#].*?[}%#]\}", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not LAW.search(words), (path, LAW.search(words))


@pytest.mark.parametrize(("family", "language"), BOTH)
def test_a_text_names_the_article_when_it_may_and_asks_the_same_when_it_may_not(family: str, language: str) -> None:
    if family in ("inquiry", "dispute", "regulator_complaint", "police_report"):
        return  # these cite nothing
    known = full(family, "delivery", language)
    cited = known.citations[0][language]
    with_article = texts(family, language, known)["letter"]
    without = texts(family, language, replace(known, citations=()))["letter"]
    assert cited in with_article and cited not in without
    asked = [line for line in without.split("\n") if re.match(r"\d\.", line)]
    assert all(line in with_article for line in asked)


@pytest.mark.parametrize("language", render.LETTER_LANGUAGES)
def test_every_letter_with_a_day_names_it(language: str) -> None:
    plain = render.day(date(2026, 11, 30), language, "plain")
    long = render.day(date(2026, 11, 30), language)
    for family in TO_SELLERS:
        for what in SITUATIONS:
            letter = texts(family, language, full(family, what, language))["letter"]
            assert plain in letter or long in letter, (family, what)


@pytest.mark.parametrize("language", render.LETTER_LANGUAGES)
def test_later_letters_cite_the_earlier_ones_by_date(language: str) -> None:
    first, second = (render.day(date(2026, 11, day), language, "plain") for day in (13, 19))
    for family in ("demand", "refund_demand", "refund_reminder", "withdrawal", "progress"):
        facts = full(family, "delivery", language)
        letter = texts(family, language, facts)["letter"]
        assert first in letter.replace("Friday, ", "") and second in letter.replace("Thursday, ", ""), (family, letter)
        # nothing is claimed of letters that nobody wrote
        fresh = replace(facts, asked=(), answered=None, earlier=())
        assert first not in texts(family, language, fresh)["letter"].replace("Friday, ", "")


def test_a_first_letter_does_not_claim_an_earlier_one() -> None:
    claims = re.compile(
        r"다시 연락|답변을 받았|연락하였으나|연락으로 해결|연락한 기록은|not been settled with"
        r"|my messages to the seller on|I wrote|I contacted|You answered"
    )
    for family in FAMILIES:
        for language in render.LANGUAGES:
            facts = replace(full(family, "delivery", language), asked=(), answered=None, earlier=())
            letter = texts(family, language, facts)["letter"]
            assert not claims.search(letter), letter


def test_no_text_tells_the_seller_what_only_the_payment_service_needs() -> None:
    for family in TO_SELLERS:
        for language in render.LANGUAGES:
            letter = texts(family, language, full(family, "dispatch", language))["letter"]
            assert "[경과]" not in letter and "What happened" not in letter


def test_a_private_message_is_for_sellers_only_and_warns_in_no_word_of_its_own() -> None:
    for family in FAMILIES:
        for language in render.LANGUAGES:
            parts = texts(family, language, full(family, "delivery", language))
            assert ("private" in parts) == (full(family, "delivery").role == "seller")
            assert "명예훼손" not in parts.get("private", "") and "defam" not in parts.get("private", "")


def test_a_call_script_has_its_three_parts_the_questions_and_what_to_write_down() -> None:
    for family in FAMILIES:
        korean = texts(family, "ko", full(family, "delivery"))["script"]
        english = texts(family, "en", full(family, "delivery", "en"))["script"]
        headings = ("[통화 전 준비]", "[1. 본인 소개]", "[2. 상황 설명]", "[3. 알려 드릴 정보]", "[예상 질문과 답변]")
        places = [korean.index(heading) for heading in (*headings, "[통화 후 기록]")]
        assert places == sorted(places)
        headings = ("Before the call", "1. Introduce yourself", "2. Say what happened", "3. Give the information")
        places = [english.index(heading) for heading in (*headings, "Likely questions and answers", "After the call")]
        assert places == sorted(places)
        assert "주민등록번호는 말씀하지 마십시오" in korean and "Never give the full card number" in english


SHOWN = ("delivery", "refund_promised", "refund_withdrawn")


@pytest.mark.parametrize(("family", "language"), ALL)
def test_the_texts_are_those_that_were_read_and_approved(family: str, language: str) -> None:
    """Golden files: REFUND_MONITOR_WRITE_GOLDEN=1 writes them, and the diff is read."""
    rendered = []
    for what in SITUATIONS if family in PLAIN and language in render.LANGUAGES else SHOWN:
        parts = texts(family, language, full(family, what, language))
        rendered.append(f"##### {what}\n{parts['subject']}\n\n{parts['letter']}\n")
    first = full(family, "delivery", language)
    bare = dict(poorer(first))["bare"]
    rendered.append(f"##### nothing known\n{texts(family, language, bare)['letter']}\n")
    if first.role != "seller":
        rendered.append(f"##### on paper\n{texts(family, language, replace(first, printed=True))['letter']}\n")
    parts = texts(family, language, first)
    rendered += [f"##### {name}\n{parts[name]}\n" for name in ("script", "chat", "private") if name in parts]
    path = GOLDEN / f"{family}.{language}.txt"
    text = "\n".join(rendered)
    if os.environ.get("REFUND_MONITOR_WRITE_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
