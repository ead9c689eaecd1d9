"""The rule base: what is in it, what it refuses, what it answers, and that the documents tell of it as it is.

REFUND_MONITOR_WRITE_DOCS=1 .venv/bin/python -m pytest tests/test_rights.py writes the tables of docs/laws*.md anew.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from monitor.cli import screen
from monitor.cli.failures import run
from monitor.knowledge.rights import EVENTS, FAMILIES, Period, Rights, RightsError, Rule, load_rights, stale_packs
from monitor.knowledge.rights import loading as loader
from monitor.knowledge.sellers import Shops
from monitor.types import Money

ROOT = Path(__file__).parent.parent
RIGHTS = load_rights()
RULES = list(RIGHTS.rules.values())
HANGUL = re.compile(r"[가-힣]")
TABLE = re.compile(r"(<!-- unconfirmed -->\n).*?(<!-- /unconfirmed -->)", re.DOTALL)

PACK = "[pack]\ncompiled = 2026-11-01\n"
RULE = """
[[rule]]
id = "xx-test"
jurisdiction = "XX"
category = "statute"
ground = "Test Act s. 1"
title = { ko = "시험", en = "test" }
demand = { ko = "환급", en = "refund" }
cite = { ko = "시험법 제1조", en = "section 1 of the Test Act" }
text = "demand"
payment = ["any"]
order = ["any"]
addressee = ["seller"]
channel = ["email"]
draft_mode = ["email"]
clock_start = "payment_date"
window = 7
window_unit = "calendar_days"
window_kind = "consumer_must_act_within"
source = "looked up: https://www.example.com"
source_kind = "looked up"
source_date = "2026-11-01"
uncertainty = "low"
"""
LADDER = """
[[ladder]]
id = "ladder-xx"
jurisdiction = "XX"
payment = ["credit_card"]
note = { ko = "시험", en = "test" }
"""


def own(folder: Path, text: str, pack: str = PACK) -> Rights:
    (folder / "laws").mkdir(exist_ok=True)
    (folder / "laws" / "mine.toml").write_text(pack + text, encoding="utf-8")
    return load_rights.__wrapped__(folder)  # past the cache


# -- what is in it --------------------------------------------------------------------------------------------------


def test_all_rules_and_ladders_are_there() -> None:
    assert len(RULES) == 137
    assert Counter(rule.jurisdiction for rule in RULES) == {
        "KR": 66, "INTL": 16, "US": 12, "NETWORK": 11, "UK": 10, "EU": 8, "FR": 4, "DE": 3, "JP": 3, "AU": 2,
        "CA-ON": 1, "CA-BC/QC": 1,
    }  # fmt: skip
    assert [len(ladder.steps) for ladder in RIGHTS.ladders if ladder.jurisdiction == "KR"]
    assert {ladder.id: len(ladder.steps) for ladder in RIGHTS.ladders} == {
        "ladder-kr-card-lump": 13, "ladder-kr-card-installment": 9, "ladder-kr-check-card": 8,
        "ladder-kr-transfer-escrow": 6, "ladder-kr-transfer-plain": 8, "ladder-kr-mobile": 5,
        "ladder-kr-overseas-card": 5, "ladder-kr-app-store": 4, "ladder-kr-c2c": 6, "ladder-us-credit": 10,
        "ladder-us-debit": 6, "ladder-uk-credit": 8, "ladder-uk-debit": 6, "ladder-uk-transfer": 4, "ladder-eu-card": 7,
        "ladder-eu-sdd": 4, "ladder-de": 5, "ladder-fr": 5, "ladder-jp": 4, "ladder-au": 3, "ladder-ca-on": 2,
        "overlay-paypal": 2, "overlay-marketplace": 5, "overlay-klarna": 1,
    }  # fmt: skip


def test_every_rule_has_source_date_and_uncertainty() -> None:
    assert Counter(rule.source_kind for rule in RULES) == {
        "looked up": 73,
        "mixed": 40,
        "general knowledge, verify": 24,
    }
    assert all(rule.source and rule.source_date and rule.uncertainty for rule in RULES)
    # "looked up" that names no page would be a claim without proof
    for rule in RULES:
        if rule.source_kind == "looked up":
            assert re.search(r"https?://|\.[a-z]{2,}/", rule.source), rule.id


def test_nobody_has_opened_a_live_source_yet_and_none_pretends_it() -> None:
    assert all(rule.checked_on is None for rule in RULES)


def words_of(rule: Rule) -> Iterator[tuple[str, Mapping[str, str]]]:
    yield from (("title", rule.title), ("demand", rule.demand), ("note", rule.note), ("cite", rule.cite))


def test_every_rule_speaks_korean_and_english() -> None:
    for rule in RULES:
        for name, words in words_of(rule):
            assert set(words) >= {"ko", "en"}, (rule.id, name)
            assert HANGUL.search(words["ko"]) or name == "cite", (rule.id, name)
            for language, text in words.items():
                if language != "ko":
                    assert not HANGUL.search(text), (rule.id, name, language)
                assert text == text.strip(), rule.id
                assert "  " not in text, rule.id
                assert not re.search(r"\b(None|TODO|TBD|XXX)\b", text), rule.id


def test_laws_of_germany_france_and_japan_can_be_cited_in_their_own_language() -> None:
    languages = {"DE": "de", "FR": "fr", "JP": "ja"}
    for rule in RULES:
        if rule.jurisdiction in languages:
            assert languages[rule.jurisdiction] in rule.cite, rule.id
        if rule.jurisdiction == "EU" and rule.category == "statute":
            assert {"de", "fr"} <= set(rule.cite), rule.id


def test_a_letter_cites_only_what_was_looked_up_and_leaves_little_doubt() -> None:
    for rule in RULES:
        sure = rule.source_kind != "general knowledge, verify" and rule.uncertainty != "high"
        assert rule.citable == sure
        for language in ("ko", "en", "de", "es"):
            assert bool(rule.cited(language)) == sure, rule.id
    assert sum(rule.citable for rule in RULES) == 105
    assert RIGHTS.rules["de-bgb-355-357"].cited("de") == "§§ 312g, 355, 357 BGB"
    assert "German Civil Code" in RIGHTS.rules["de-bgb-355-357"].cited("es")  # no Spanish wording: the English one
    assert RIGHTS.rules["kr-civil-544"].cited("ko") == ""


def test_what_a_step_rules_out_and_needs_is_told() -> None:
    visa = RIGHTS.rules["net-visa-13-1"]
    assert {"prov-amazon-atoz", "prov-paypal-open", "prov-etsy"} <= set(visa.rules_out)
    assert RIGHTS.rules["prov-paypal-escalate"].needs == ("prov-paypal-open",)
    for rule in RULES:  # nothing needs itself, however far round
        seen, waiting = set(), list(rule.needs)
        while waiting:
            other = waiting.pop()
            assert other != rule.id
            if other not in seen:
                seen.add(other)
                waiting += RIGHTS.rules[other].needs


def test_the_same_dispute_at_another_network_is_found() -> None:
    assert RIGHTS.counterpart("net-visa-13-1", "mastercard").id == "net-mc-4853-notprovided-date"
    assert RIGHTS.counterpart("net-visa-13-1", "mastercard", date_given=False).id == "net-mc-4853-notprovided-nodate"
    assert RIGHTS.counterpart("net-visa-13-1", "amex", date_given=False).id == "net-amex-c08"
    assert RIGHTS.counterpart("net-visa-13-1", "visa").id == "net-visa-13-1"
    assert RIGHTS.counterpart("net-visa-13-1", "").id == "net-visa-13-1"


def test_desks_and_programmes_belong_to_known_shops() -> None:
    known = set(Shops().paths)
    for rule in RULES:
        assert set(rule.sellers) <= known, rule.id
    conditions = [
        condition for ladder in RIGHTS.ladders for step in ladder.steps for condition in step.only_if
        if condition.startswith("marketplace:")
    ]  # fmt: skip
    assert {condition.partition(":")[2] for condition in conditions} <= known


def test_no_rule_links_to_the_closed_platform_of_the_eu() -> None:
    closed = RIGHTS.rules["eu-odr-closed"]
    assert closed.valid_until == date(2025, 7, 20)
    for rule in RULES:
        for link in (rule.link, *rule.more_links):
            assert not link or re.fullmatch(r"https://[a-z0-9.-]+(/[^\s()]*)?", link), rule.id
            assert "consumers/odr" not in link


def test_a_number_from_memory_is_marked() -> None:
    recalled = {rule.id for rule in RULES if rule.phone_recalled}
    assert recalled == {
        "kr-kakaopay", "kr-tosspay-payco", "kr-pg-inicis", "kr-pg-kcp", "kr-mk-11st", "kr-mk-gmarket", "kr-ecmc",
        "kr-kcdrc",
    }  # fmt: skip
    assert all(RIGHTS.rules[rule].phone for rule in recalled)


def test_every_family_of_letters_but_the_plain_ones_is_used() -> None:
    assert set(FAMILIES) - {rule.text for rule in RULES} == {"inquiry", "dispute"}


def test_every_way_to_pay_of_a_rule_and_a_ladder_has_a_name() -> None:
    for payment in RIGHTS.payments.values():
        assert HANGUL.search(payment.name["ko"])
        assert not HANGUL.search(payment.name["en"])
    for ladder in RIGHTS.ladders:
        assert set(ladder.payment) <= {*RIGHTS.payments, "any"}


# -- what it answers ------------------------------------------------------------------------------------------------


def won(amount: str) -> Money:
    return Money(Decimal(amount), "KRW")


def test_sum_and_instalments_decide_whether_a_rule_applies() -> None:
    defence = RIGHTS.rules["kr-install-16-defence"]
    assert defence.applies(won("200000"), 3) is True
    assert defence.applies(won("199999"), 3) is False
    assert defence.applies(won("200000"), 2) is False
    assert defence.applies(won("200000")) is None
    assert defence.applies(None, 3) is None
    assert defence.applies(None, 2) is False
    section_75 = RIGHTS.rules["uk-s75"]
    pounds = [section_75.applies(Money(Decimal(sum_), "GBP")) for sum_ in ("100.00", "100.01", "30000.00", "30000.01")]
    assert pounds == [False, True, True, False]
    assert section_75.applies(Money(Decimal("500.00"), "USD")) is None  # never converted
    assert RIGHTS.rules["jp-kappan-kouben"].applies(Money(Decimal(39999), "JPY")) is False


def test_a_limit_of_what_is_given_does_not_keep_a_rule_from_applying() -> None:
    assert RIGHTS.rules["kr-toss-compensation"].applies(won("900000")) is True
    assert RIGHTS.rules["kr-payment-order"].applies(won("90000000")) is True
    assert RIGHTS.rules["us-mito-30"].applies() is True


def test_prepaid_is_all_but_payment_on_delivery_or_later() -> None:
    rule = RIGHTS.rules["kr-ecom-15-1-prepaid"]
    assert rule.takes("bank_transfer")
    assert rule.takes("credit_card")
    assert not rule.takes("cod")
    assert not rule.takes("postpaid")
    assert RIGHTS.rules["kr-1372"].takes("cod")
    assert not RIGHTS.rules["kr-install-16-defence"].takes("credit_card")


def test_a_rule_is_in_force_between_its_days() -> None:
    button = RIGHTS.rules["eu-crd-11a"]
    assert not button.in_force(date(2026, 6, 18))
    assert button.in_force(date(2026, 6, 19))
    assert not RIGHTS.rules["eu-odr-closed"].in_force(date(2026, 1, 1))


def test_a_country_has_its_own_law_the_eus_where_it_is_there_and_what_holds_everywhere() -> None:
    def ids(country: str) -> set[str]:
        return {rule.id for rule in RULES if rule.concerns(country)}

    assert {"kr-1372", "net-visa-13-1", "prov-paypal-open"} <= ids("KR")
    assert {"de-bodies", "eu-crd-9", "net-visa-13-1"} <= ids("DE")
    assert "eu-crd-9" not in ids("GB") | ids("KR") | ids("US")
    assert "de-bodies" not in ids("FR")
    assert "uk-s75" in ids("GB")
    assert "ca-on-26-99" in ids("CA")


def test_rules_older_than_a_year_are_named() -> None:
    assert stale_packs(RIGHTS, date(2027, 11, 22)) == ()
    assert {pack.name for pack in stale_packs(RIGHTS, date(2027, 11, 23))} == {pack.name for pack in RIGHTS.packs}
    assert stale_packs(RIGHTS, date(2028, 2, 29))


# -- what it refuses ------------------------------------------------------------------------------------------------

FAULTS = {
    "no source": (RULE.replace('source = "looked up: https://www.example.com"\n', ""), "'source' is missing"),
    "no kind of source": (RULE.replace('source_kind = "looked up"\n', ""), "'source_kind' is missing"),
    "no uncertainty": (RULE.replace('uncertainty = "low"\n', ""), "'uncertainty' is missing"),
    "unknown uncertainty": (RULE.replace('"low"', '"tiny"'), "uncertainty = 'tiny'"),
    "unknown event": (RULE.replace('"payment_date"', '"payday"'), "clock_start = 'payday': no clock event"),
    "no unit": (RULE.replace('window_unit = "calendar_days"\n', ""), "window wants window_unit"),
    "unknown unit": (RULE.replace('"calendar_days"', '"days"'), "window wants window_unit, one of hours"),
    "window of words": (RULE.replace("window = 7", 'window = "seven"'), "window = 'seven': a whole number"),
    "negative window": (RULE.replace("window = 7", "window = -7"), "window = -7"),
    "no clock": (RULE.replace('clock_start = "payment_date"\n', ""), "a window wants clock_start"),
    "no Korean": (RULE.replace('ko = "시험", ', ""), "title.ko is missing"),
    "text that is no text": (RULE.replace('title = { ko = "시험", en = "test" }', 'title = "x"'), "title wants a text"),
    "unknown family": (RULE.replace('text = "demand"', 'text = "threat"'), "text = 'threat'"),
    "unknown key": (RULE + 'windwo = 3\n', "unknown key 'windwo'"),
    "unknown channel": (RULE.replace('["email"]', '["pigeon"]'), "channel: unknown 'pigeon'"),
    "unknown payment": (RULE.replace('payment = ["any"]', 'payment = ["shells"]'), "payment: unknown 'shells'"),
    "unknown rule needed": (RULE + 'needs = ["xx-gone"]\n', "needs: there is no rule 'xx-gone'"),
    "unknown evidence": (RULE + 'evidence = ["hearsay"]\n', "evidence: no words for 'hearsay'"),
    "amount without currency": (RULE + "amount_min = 5\n", "an amount wants amount_currency"),
    "wait without event": (RULE + 'wait = 3\nwait_unit = "calendar_days"\n', "wait wants wait_from"),
    "date as text": (RULE + 'checked_on = "2026-11-01"\n', "checked_on wants a TOML date"),
    "number as text": (RULE + "link = 5\n", "link wants a text"),
    "yes as text": (RULE + 'must_arrive = "yes"\n', "must_arrive wants true or false"),
    "unknown table": (RULE + "[[rulee]]\nid = 'x-y'\n", "unknown table 'rulee'"),
    "twice": (RULE + RULE, "xx-test: this id is given twice"),
    "no id": (RULE.replace('id = "xx-test"\n', ""), "a [[rule]] has no id"),
    "ladder without steps": (LADDER, "at least one [[ladder.step]]"),
    "unknown rule in a ladder": (LADDER + '[[ladder.step]]\nrule = "xx-gone"\n', "there is no rule 'xx-gone'"),
    "later step": (
        LADDER + '[[ladder.step]]\nrule = "kr-1372"\nafter = "kr-pg-19"\n', "neither a clock event nor an earlier step"
    ),
    "unknown condition": (
        LADDER + '[[ladder.step]]\nrule = "kr-1372"\nonly_if = ["full_moon"]\n', "only_if: unknown 'full_moon'"
    ),
    "wait of words": (
        LADDER + '[[ladder.step]]\nrule = "kr-1372"\nafter = "cancel_date"\nwait = "soon"\n', "wait = 'soon'"
    ),
    "not TOML": ("[[rule]\n", "own laws/mine.toml"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_a_faulty_file_is_refused_and_the_fault_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RightsError) as refused:
        own(tmp_path, text)
    assert message in str(refused.value)
    assert "own laws/mine.toml" in str(refused.value)


def test_a_file_without_its_day_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RightsError, match="needs `compiled`"):
        own(tmp_path, RULE, pack="")


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(RightsError) as refused:
        own(tmp_path, RULE.replace('"low"', '"tiny"').replace('"payment_date"', '"payday"'))
    assert len(str(refused.value).splitlines()) == 2


# -- the user's own folder ------------------------------------------------------------------------------------------


def test_a_rule_and_a_ladder_of_the_users_own_are_added(tmp_path: Path) -> None:
    rights = own(tmp_path, RULE + LADDER + '[[ladder.step]]\nrule = "xx-test"\n')
    assert len(rights.rules) == 138
    assert rights.rules["xx-test"].window == Period(7, "calendar_days")
    assert rights.ladder("ladder-xx").steps[0].rule == "xx-test"
    assert [pack.name for pack in rights.packs if pack.own] == ["own laws/mine.toml"]


def test_a_correction_of_the_users_replaces_only_what_it_names(tmp_path: Path) -> None:
    rights = own(tmp_path, '[[rule]]\nid = "kr-card-objection"\nwindow = 7\nwindow_unit = "calendar_days"\n')
    before, after = RIGHTS.rules["kr-card-objection"], rights.rules["kr-card-objection"]
    assert before.window == Period(14, "calendar_days")
    assert after.window == Period(7, "calendar_days")
    assert (after.title, after.source, after.safe_window) == (before.title, before.source, before.safe_window)


def test_files_of_forms_are_left_to_their_own_loader(tmp_path: Path) -> None:
    (tmp_path / "payments").mkdir()
    (tmp_path / "payments" / "forms_mine.toml").write_text("[[form]]\nid = 1\n", encoding="utf-8")
    assert len(load_rights.__wrapped__(tmp_path).rules) == 137  # past the cache


def test_an_empty_or_missing_folder_of_the_users_changes_nothing(tmp_path: Path) -> None:
    assert load_rights(tmp_path / "nowhere").rules.keys() == RIGHTS.rules.keys()


def test_the_folders_of_the_package_hold_nothing_that_is_not_read() -> None:
    for part in loader.PARTS:
        names = {f"{part}/{path.name}" for path in (loader.FOLDER / part).iterdir() if path.suffix == ".toml"}
        read = {pack.name for pack in RIGHTS.packs}
        assert {name for name in names - read if not name.startswith("payments/forms")} == set()


# -- the command ----------------------------------------------------------------------------------------------------


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in list(os.environ):
        if name.startswith(("REFUND_MONITOR", "XDG_", "LC_", "LANG")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LANG", "C.UTF-8")
    return tmp_path


def objects(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert run(["rights", "--json", *arguments]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_rights_prints_every_rule_in_force_as_json(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = objects(capsys, "--at", "2026-11-22")
    early = {"eu-odr-closed", "kr-ecom-2026-amendment"}  # closed already, and not in force yet
    assert {rule["id"] for rule in found} == set(RIGHTS.rules) - early
    for rule in found:
        assert rule["source"]
        assert rule["source_date"]
        assert rule["uncertainty"] in ("low", "medium", "high")
    assert "kr-ecom-2026-amendment" in {rule["id"] for rule in objects(capsys, "--at", "2027-02-01")}
    defence = next(rule for rule in found if rule["id"] == "kr-install-16-defence")
    assert defence["amount_min"] == "200000"
    assert defence["citable"] is True
    assert defence["ladders"] == ["ladder-kr-card-installment"]


def test_rights_can_be_narrowed_to_a_country_and_a_way_to_pay(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = {rule["id"] for rule in objects(capsys, "--country", "KR", "--payment", "credit_card_installment")}
    assert {"kr-install-16-defence", "kr-install-8-withdraw", "kr-1372"} <= found
    assert found.isdisjoint({"kr-micropay-month", "us-fcba-60", "prov-paypal-open", "net-visa-13-1"})
    british = [rule["jurisdiction"] for rule in objects(capsys, "--country", "UK")]
    assert british[0] == "UK"
    assert set(british) == {"UK", "NETWORK", "INTL"}


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ko", ("할부항변권", "출처", "법률 자문이 아닙니다")),
        ("en", ("Instalment defence", "source", "no legal advice")),
    ],
)
def test_rights_prints_a_table_with_source_and_date(
    home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    words: tuple[str, ...],
) -> None:
    monkeypatch.setenv("REFUND_MONITOR_USER__LANGUAGE", language)
    assert run(["rights", "--country", "KR", "--payment", "credit_card_installment", "--at", "2026-11-22"]) == 0
    printed = capsys.readouterr().out
    for word in (*words, "kr-install-16-defence", "https://economist.co.kr/", "2022-05-30"):
        assert word in printed, word
    assert "None" not in printed


def test_rights_lists_the_rules_where_a_terminal_is_too_narrow_for_a_table(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "console", lambda: Console(width=80))
    assert run(["rights", "--country", "KR", "--payment", "credit_card_installment", "--at", "2026-11-22"]) == 0
    printed = capsys.readouterr().out.splitlines()
    at = next(number for number, line in enumerate(printed) if line.startswith("kr-ecom-17-3-nonconform  "))
    assert printed[at + 1 : at + 4] == [
        "  you: 3 months from the delivery", "  you: 30 days from the discovery", "  (whichever ends first)",
    ]  # fmt: skip
    defence = next(number for number, line in enumerate(printed) if line.startswith("kr-install-16-defence  "))
    assert {"  from ₩200,000", "  from 3 instalments"} <= set(printed[defence : defence + 6])
    # an address stays whole, so that it can be clicked
    assert "  http://www.consumernews.co.kr/?mod=news&act=articleView&idxno=532557" in printed


def test_rights_says_when_the_rules_have_grown_old(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rights", "--country", "AU", "--at", "2028-01-01"]) == 0
    assert "laws/au.toml" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["--country", "Korea"], ["--payment", "shells"], ["--at", "soon"]])
def test_rights_refuses_what_it_does_not_know_in_plain_words(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run(["rights", *arguments]) == 2
    said = capsys.readouterr()
    assert arguments[1] in said.err
    assert said.out == ""


def test_rights_names_the_fault_in_a_file_of_the_users(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = home / ".local/share/refund-monitor/knowledge/laws"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text(PACK + RULE.replace('"low"', '"tiny"'), encoding="utf-8")
    assert run(["rights"]) == 1
    said = capsys.readouterr()
    assert "uncertainty = 'tiny'" in said.err
    assert "Traceback" not in said.err


# -- the documents --------------------------------------------------------------------------------------------------

TREATED = {
    "en": {
        "head": "| rule | why not | what the program does |\n|---|---|---|\n",
        "general knowledge, verify": "recalled, no source found",
        "high": "sources contradict each other or are missing",
        "none": "shows it as information",
        "asks": "asks for it without naming the law",
        "yours": "counts its {window} as the user's last day, with our earlier alarm",
        "seller": "takes the seller for late after {window}",
        "theirs": "takes silence for an answer after {window}",
        "wait": "waits {wait} before the step",
        "phone": "does not show its phone number as confirmed",
    },
    "ko": {
        "head": "| 규칙 | 까닭 | 프로그램이 하는 일 |\n|---|---|---|\n",
        "general knowledge, verify": "기억에 따른 것으로 출처를 찾지 못함",
        "high": "출처가 서로 다르거나 없음",
        "none": "정보로만 보여 줌",
        "asks": "법을 인용하지 않고 요청함",
        "yours": "{window}을 사용자의 마지막 날로 세고 그보다 먼저 알림",
        "seller": "{window}이 지나면 판매자가 늦은 것으로 봄",
        "theirs": "{window}이 지나도 답이 없으면 거절과 같이 봄",
        "wait": "{wait}을 기다린 뒤에 제시함",
        "phone": "전화번호를 확인된 것으로 보여 주지 않음",
    },
}
UNITS = {
    "en": {"calendar_days": "days", "business_days": "business days", "hours": "hours", "months": "months"},
    "ko": {"calendar_days": "일", "business_days": "영업일", "hours": "시간", "months": "개월"},
}


def length(period: Period, language: str) -> str:
    unit = UNITS[language][period.unit]
    return f"{period.count}{unit}" if language == "ko" else f"{period.count} {unit if period.count != 1 else unit[:-1]}"


def unconfirmed(language: str) -> str:
    """The table of rules that no letter names, and what the program does with each, out of the data alone."""
    say = TREATED[language]
    rows = []
    for rule in sorted((rule for rule in RULES if not rule.citable), key=lambda rule: rule.id):
        why = [say[key] for key in (rule.source_kind, rule.uncertainty) if key in say]
        does = [say["none"] if rule.text == "none" else say["asks"]]
        if rule.window is not None:
            kind = "yours" if rule.users_time else "seller" if rule.window_kind.startswith("seller") else "theirs"
            does.append(say[kind].format(window=length(rule.window, language)))
        if rule.wait is not None and rule.wait.count:
            does.append(say["wait"].format(wait=length(rule.wait, language)))
        if rule.phone and rule.phone_recalled:
            does.append(say["phone"])
        rows.append(f"| `{rule.id}` {rule.title[language]} | {'; '.join(why)} | {'; '.join(does)} |\n")
    return say["head"] + "".join(rows)


@pytest.mark.parametrize(("name", "language"), [("laws.md", "en"), ("laws.ko.md", "ko")])
def test_the_list_of_unconfirmed_rules_is_that_of_the_data(name: str, language: str) -> None:
    path = ROOT / "docs" / name
    text = path.read_text(encoding="utf-8")
    wanted = TABLE.sub(lambda found: found[1] + unconfirmed(language) + found[2], text)
    if os.environ.get("REFUND_MONITOR_WRITE_DOCS"):
        path.write_text(wanted, encoding="utf-8")
        text = wanted
    assert text == wanted
    assert len(re.findall(r"(?m)^\| `[a-z]+-[a-z0-9-]+` ", text)) == 32


def test_the_documents_name_every_key_of_a_rule() -> None:
    keys = loader._KEYS - {f"{name}_unit" for name in loader._PERIODS}
    for name in ("laws.md", "laws.ko.md"):
        text = (ROOT / "docs" / name).read_text(encoding="utf-8")
        named = set(re.findall(r"`([a-z_]+)`", text))
        assert keys - named == set(), name


@pytest.mark.parametrize("name", ["laws.md", "laws.ko.md"])
def test_the_examples_of_the_documents_load(name: str, tmp_path: Path) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    correction, ladder = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    corrected = own(tmp_path, correction, pack="").rules["kr-card-objection"]
    assert corrected.window == Period(7, "calendar_days")
    assert corrected.checked_on == date(2026, 12, 1)
    added = own(tmp_path, RULE.replace("xx-test", "xx-delivery") + ladder).ladder("ladder-xx-card")
    assert [step.rule for step in added.steps] == ["xx-delivery", "net-visa-13-1"]
    assert added.steps[1].parallel


def test_every_clock_event_of_a_rule_has_words_for_the_table() -> None:
    from monitor.cli.words import catalog

    for language in ("ko", "en"):
        for event in EVENTS:
            assert catalog(language)[f"rights.event.{event}"]
