"""The advice of docs/advice.md: every thing that it names is in the program, and here is what it does."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from monitor import case, digest, render, sellercheck
from monitor.case import Contacted
from monitor.config.explain import keys_of
from monitor.digest import DigestInput, OpenCase
from monitor.knowledge.rights import load_rights
from monitor.run import cases
from monitor.types import Contact, Order, Seller
from tests.test_case import (
    AT,
    CARD,
    ERROR_AT,
    FAILED,
    NOW,
    REFUNDED,
    TODAY,
    WON,
    Command,
    command,
    folded,
    mail,
    moved,
    said,
)
from tests.test_evidence import mail as shop_mail

ROOT = Path(__file__).parent.parent
DOCS = {language: (ROOT / f"docs/advice{ending}.md").read_text(encoding="utf-8")
        for language, ending in (("en", ""), ("ko", ".ko"))}  # fmt: skip
ROW = re.compile(r"^\| ([AB]-\d\d) \| (.+?) \| (.+?) \|$", re.MULTILINE)
ADVICE = [f"A-{n:02d}" for n in range(1, 31)] + [f"B-{n:02d}" for n in range(1, 28)]
__all__ = ["command"]  # a fixture that the tests below ask for


def rows(language: str) -> dict[str, tuple[str, list[str]]]:
    return {one: (advice, re.findall(r"`([^`]+)`", things)) for one, advice, things in ROW.findall(DOCS[language])}


def things() -> list[tuple[str, str]]:
    return [(one, thing) for one, (_, named) in rows("en").items() for thing in named]


# -- the list -------------------------------------------------------------------------------------------------------


def test_all_57_pieces_are_there_once_in_both_languages_with_the_same_things() -> None:
    for language in DOCS:
        assert [one for one, _, _ in ROW.findall(DOCS[language])] == ADVICE
    english, korean = rows("en"), rows("ko")
    for one in ADVICE:
        assert english[one][1] == korean[one][1], one
        assert english[one][1], one
        assert re.search(r"[가-힣]", korean[one][0]), one


def test_every_thing_is_of_a_kind_that_the_tests_below_look_up() -> None:
    for one, thing in things():
        kinds = (is_command(thing), is_page(thing), is_file(thing), is_rule(thing), is_setting(thing))
        assert sum(kinds) == 1, (one, thing)


def is_command(thing: str) -> bool:
    return thing.startswith("refund-monitor ")


def is_page(thing: str) -> bool:
    return thing.startswith("/")


def is_file(thing: str) -> bool:
    return thing.startswith(("templates/", "monitor/"))


def is_rule(thing: str) -> bool:
    return re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)+", thing) is not None


def is_setting(thing: str) -> bool:
    return re.fullmatch(r"[a-z]+(?:\.(?:[a-z_]+|<name>))+", thing) is not None


def helped(words: Sequence[str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "monitor", *words, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, words
    return done.stdout


def test_every_command_and_option_that_the_advice_names_exists() -> None:
    named = {thing for _, thing in things() if is_command(thing)}
    for language in DOCS:
        named |= set(re.findall(r"`(refund-monitor [^`]+)`", DOCS[language]))
    words: dict[tuple[str, ...], set[str]] = {}
    for thing in named:
        parts = thing.split()[1:]
        verbs = tuple(part for part in parts[: 2 if parts[0] == "case" else 1] if part.islower())
        words.setdefault(verbs, set()).update(part for part in parts if part.startswith("--"))
    assert words
    for verbs, options in sorted(words.items()):
        text = helped(verbs)
        for option in options:
            assert option in text, (verbs, option)


def test_every_page_that_the_advice_names_exists() -> None:
    import monitor.web.pages as package

    modules = [import_module(f"monitor.web.pages.{found.name}") for found in iter_modules(package.__path__)]
    paths = {route.path for module in modules if hasattr(module, "router") for route in module.router.routes}
    assert len(paths) > 10
    for one, thing in things():
        if is_page(thing):
            assert thing in paths, (one, thing)


def test_every_file_rule_and_setting_that_the_advice_names_exists() -> None:
    rights = load_rights()
    known = set(rights.rules) | {ladder.id for ladder in rights.ladders}
    for one, thing in things():
        if is_file(thing):
            assert (ROOT / thing).is_file(), (one, thing)
        elif is_rule(thing):
            assert thing in known, (one, thing)
        elif is_setting(thing):
            table, *steps = thing.split(".")
            assert steps[-1] in keys_of((table, "<name>") if table == "accounts" else (table,)) or steps[-1] in keys_of(
                (table,)
            ), (one, thing)


def test_a_template_that_the_advice_names_is_there_in_both_languages() -> None:
    for one, thing in things():
        if thing.startswith("templates/drafts/"):
            assert (ROOT / thing.replace("/ko.", "/en.")).is_file(), (one, thing)


# -- what it does: payment errors -----------------------------------------------------------------------------------


def causes(text: str) -> set[str]:
    return {one.value for one in case.told(text).causes}


def test_A_01_mistyped_card_data_are_recognised_and_said_how_to_check() -> None:
    assert causes("카드번호 오류: 유효기간이 올바르지 않습니다") == {"card_data"}
    assert "tell them to nobody" in render.message("cause.card_data.check", "en")


def test_A_02_too_low_a_balance_is_recognised() -> None:
    assert causes("잔액이 부족하여 결제할 수 없습니다") == {"balance"}


def test_A_03_a_server_error_says_to_look_for_a_charge_before_trying_again() -> None:
    assert causes("시스템 점검 중입니다. 잠시 후 다시 시도해 주세요") == {"server"}
    assert "청구" in render.message("cause.server.check", "ko")


def test_A_04_an_old_app_is_recognised_and_its_version_asked_for() -> None:
    assert causes("앱을 업데이트한 뒤 다시 결제해 주세요") == {"app_version"}
    assert "app_version" in [item.key for item in folded().items]


def test_A_05_a_broken_connection_looks_for_a_double_charge() -> None:
    assert causes("네트워크 연결이 끊겼습니다") == {"network"}
    twice = folded(movements=(moved("charge", number="1"), moved("charge", minutes=9, number="2")))
    assert twice.charged == "twice"


def test_A_06_no_text_before_what_will_be_asked_is_known(command: Command) -> None:
    command("case", "open", "--seller", "캐시워크", "--amount", "5500")
    (found,) = command("case", "list", "--json").objects
    assert found["missing"] == ["method", "account"]
    assert command("case", "text", found["id"], "--channel", "chat").status == 1
    assert command("case", "text", found["id"], "--channel", "chat", "--anyway").status == 0


def test_A_07_of_a_card_only_the_issuer_and_four_digits_are_ever_kept(command: Command, tmp_path: Path) -> None:
    command(
        "case", "open", "--seller", "캐시워크", "--method", f"신한카드 {CARD}", "--amount", "5500", "--account", "m"
    )
    (found,) = command("case", "list", "--json").objects
    assert (found["method"], found["last_four"]) == ("신한카드 ****1111", "1111")
    for path in tmp_path.rglob("*.sqlite3*"):
        assert b"4111" not in path.read_bytes()
    assert "끝 네 자리 1111" in command("case", "text", found["id"], "--channel", "email").out


def test_A_08_an_error_code_in_a_mail_is_found_with_its_words() -> None:
    found = case.told(FAILED).code
    assert found is not None
    assert (found.value, found.quote) == ("E-1042", "오류 코드: E-1042")


def test_A_09_a_time_without_a_zone_is_on_the_users_clock(command: Command) -> None:
    command("case", "open", "--seller", "캐시워크", "--at", "2026-11-20T14:05")
    (found,) = command("case", "list", "--json").objects
    assert datetime.fromisoformat(str(found["at"])) == datetime(2026, 11, 20, 5, 5, tzinfo=UTC)


def test_A_10_a_receipt_of_another_amount_is_about_something_else(command: Command, tmp_path: Path) -> None:
    command("import", mail(tmp_path, "failed", "[캐시워크] 결제 실패 안내", FAILED, ERROR_AT))
    other = "상점명: 캐시워크\n결제금액: 9,900원\n결제수단: 휴대폰 소액결제(SKT)\n거래번호: 2611200098999\n"
    command("import", mail(tmp_path, "other", "[소액결제] 결제 완료 안내", other, ERROR_AT + timedelta(minutes=9),
                           "bill@danal.co.kr"))  # fmt: skip
    (found,) = command("case", "list", "--json").objects
    assert found["charged"] == "unknown"


def test_A_11_a_password_typed_beside_the_account_is_not_kept(command: Command) -> None:
    command("case", "open", "--seller", "캐시워크", "--account", "minji77 password hunter22")
    (found,) = command("case", "list", "--json").objects
    assert found["account"] == "minji77 ***"


def test_A_12_the_list_has_marks_for_what_is_there_and_what_is_missing(command: Command) -> None:
    shown = command("case", "open", "--seller", "캐시워크", "--amount", "5500").out
    assert "[x] 금액: 5,500원" in shown
    assert "[ ] 결제 수단: 없음" in shown
    assert "[-] 오류 코드: 없음" in shown


def test_A_13_the_call_script_uses_the_number_that_stands_in_the_sellers_mail() -> None:
    one = replace(folded(), contacts=(Contact("phone", "02-555-0100", "문의: 02-555-0100"),))
    from tests.browser import settings

    assert cases.phone(one, settings(Path("/nowhere"))) == ("02-555-0100", "mail")


def test_A_14_a_time_for_the_call_is_reminded_of_in_the_digest() -> None:
    call = OpenCase("c1", "캐시워크", WON, "ready", "contact", call_at=datetime(2026, 11, 23, 1, 30, tzinfo=UTC))
    made = digest.digest(DigestInput("Asia/Seoul", cases=(call,)), "ko", datetime(2026, 11, 22, tzinfo=UTC))
    assert "2026년 11월 23일 (월) 10:30" in made.text
    assert "refund-monitor case show c1" in made.text


def test_A_15_a_placeholder_is_no_number_and_none_is_made_up() -> None:
    from tests.browser import settings

    config = settings(Path("/nowhere"))
    one = replace(folded(), contacts=(Contact("phone", "1588-XXXX", "1588-XXXX"),))
    assert cases.phone(one, config) == ("", "")
    text = case.text(one, "phone", language="ko", timezone="Asia/Seoul", today=TODAY)
    assert "확인된 전화번호가 없습니다" in text.body
    assert not re.search(r"\d{4}-\d{4}", text.body)
    danal = replace(one, contacts=(), seller=Seller("danal", "다날", known="danal"))
    number, origin = cases.phone(danal, config)
    assert (bool(number), origin) == (True, "knowledge")  # shown as to be checked


def script(language: str) -> str:
    return case.text(folded(), "phone", language=language, timezone="Asia/Seoul", today=TODAY, writer="김민지").body


@pytest.mark.parametrize("language", render.LANGUAGES)
def test_A_16_the_call_begins_with_name_and_account(language: str) -> None:
    first = script(language).partition("[1.")[2].partition("[2.")[0]
    assert "김민지" in first
    assert "mj77" in first


@pytest.mark.parametrize("language", render.LANGUAGES)
def test_A_17_then_says_what_happened_when_and_how_much(language: str) -> None:
    second = script(language).partition("[2.")[2].partition("[3.")[0]
    assert render.moment(AT, language, "Asia/Seoul") in second
    assert render.money(WON, language) in second


@pytest.mark.parametrize("language", render.LANGUAGES)
def test_A_18_then_gives_the_facts_and_asks(language: str) -> None:
    third = script(language).partition("[3.")[2]
    assert "SKT" in third
    assert re.search(r"^1\. ", third, re.MULTILINE)


def test_A_19_likely_questions_have_honest_answers() -> None:
    body = script("ko")
    assert "아직 모릅니다" in body
    assert "추측으로 답하지 마십시오" in body
    assert "예, 청구되었습니다" in case.text(
        folded(said("set", field="charged", value="yes")), "phone", language="ko", timezone="Asia/Seoul", today=TODAY
    ).body  # fmt: skip


def test_A_21_the_text_for_a_chat_is_short_and_complete() -> None:
    for language in render.LANGUAGES:
        for level in (1, 2):
            one = replace(folded(said("set", field="error_code", value="E-1042")), level=level)
            body = case.text(one, "chat", language=language, timezone="Asia/Seoul", today=TODAY).body
            assert len(body) <= case.texts.CHAT_LENGTH
            assert "E-1042" in body
            assert "mj77" in body


def test_A_22_what_was_sent_starts_the_clock(command: Command) -> None:
    command("case", "open", "--seller", "캐시워크", "--amount", "5500", "--method", "SKT 소액결제", "--account", "m")
    key = command("case", "list", "--json").objects[0]["id"]
    command("case", "contact", key, "--channel", "chat", "--at", "2026-11-20T10:00")
    (found,) = command("case", "list", "--json").objects
    # Fri 20: Mon 23 1, Tue 24 2, Wed 25 3
    assert found["answer_by"] == "2026-11-25"


def test_A_23_a_seller_who_says_that_it_is_solved_does_not_close_the_case_and_a_refund_does(
    command: Command, tmp_path: Path
) -> None:
    answered = folded(said("contact", channel="chat"), answers=(Contacted(AT + timedelta(days=1), "answer"),))
    assert (answered.status, answered.next) == ("answered", "confirm")
    command("import", mail(tmp_path, "failed", "[캐시워크] 결제 실패 안내", FAILED, ERROR_AT))
    refund = mail(tmp_path, "refund", "[소액결제] 결제 취소(환불) 완료 안내", REFUNDED, NOW - timedelta(minutes=5),
                  "bill@danal.co.kr")  # fmt: skip
    command("import", refund)
    (found,) = command("case", "list", "--json").objects
    assert (found["charged"], found["status"]) == ("refunded", "solved")


def test_A_24_what_happens_again_is_asked_more_firmly_and_cites_only_what_may_be_cited() -> None:
    from tests.browser import settings

    config = settings(Path("/nowhere"))
    rule = load_rights().rules[cases.LAW]
    assert rule.citable
    first = folded(said("set", field="error_code", value="E-1"), method="카카오페이", payment="easy_pay")
    again = replace(first, id="c2", at=first.at + timedelta(days=3))
    both = case.linked_repeats([first, again])
    mild, firm = (cases.text(both, one, config, "email", now=AT, language="ko").body for one in both)
    assert rule.cited("ko") in firm
    assert rule.cited("ko") not in mild
    assert "서면" in firm


def test_A_25_a_call_is_kept_with_whom_and_what_was_said(command: Command) -> None:
    command("case", "open", "--seller", "캐시워크")
    key = command("case", "list", "--json").objects[0]["id"]
    shown = command("case", "contact", key, "--channel", "phone", "--whom", "이상담", "--said", "확인 후 연락",
                    "--case-number", "CW-100-77").out  # fmt: skip
    for words in ("전화", "이상담", "확인 후 연락", "CW-100-77"):
        assert words in shown


def test_A_26_every_case_names_exactly_one_next_thing() -> None:
    states = [
        folded(), folded(account=""), folded(said("contact", channel="chat")),
        folded(said("contact", channel="chat"), today=date(2026, 12, 1)), folded(said("closed", value="lost")),
    ]  # fmt: skip
    assert [one.next for one in states] == ["contact", "fill_in", "wait", "contact_again", "nothing"]
    for language in render.LANGUAGES:
        for one in states:
            assert render.message(f"case.next.{one.next}", language, day="x").count("?") == 0


def test_A_27_a_case_is_made_from_the_mailbox_by_itself(command: Command, tmp_path: Path) -> None:
    command("import", mail(tmp_path, "failed", "[캐시워크] 결제 실패 안내", FAILED, ERROR_AT))
    (found,) = command("case", "list", "--json").objects
    assert (found["by_hand"], found["missing"]) == (False, [])


def test_A_30_carrier_billing_has_its_own_ladder_rules_and_last_day() -> None:
    rights = load_rights()
    rungs = {step.rule for step in rights.ladder("ladder-kr-mobile").steps}
    assert {"kr-micropay-month", "kr-micropay-58", "kr-micropay-center"} <= rungs
    assert all(rights.rules[rule].takes("mobile_carrier") for rule in ("kr-micropay-month", "kr-micropay-58"))
    assert folded().last_safe_day == date(2026, 11, 30)


# -- what it does: silent sellers -----------------------------------------------------------------------------------

ORDERED = """고객님, 주문이 접수되었습니다.
주문번호: 20260907-0001
상품명: 무선 이어폰
결제금액: {total}
결제수단: {method}
"""


def silent(command: Command, folder: Path, *, method: str = "신용카드", total: str = "30,000원") -> dict[str, object]:
    """An order of Mon 7 September 2026 about which nothing came; judged on the 30th."""
    at = datetime(2026, 9, 7, 1, 0, tzinfo=UTC)
    body = ORDERED.format(method=method, total=total)
    letter = shop_mail(folder, "order", "[한빛상회] 주문이 접수되었습니다", body, at)
    command("import", "--heard-until", "2026-09-30T12:00", letter)
    (found,) = command("orders", "--json", "--at", "2026-09-30T12:00").objects
    return found


def ladder(command: Command) -> list[dict[str, object]]:
    return command("ladder", "20260907-0001", "--json", "--at", "2026-09-30T12:00").objects


def test_B_02_silence_is_noticed_and_a_letter_is_ready_at_once(command: Command, tmp_path: Path) -> None:
    found = silent(command, tmp_path)
    assert found["flagged"] is True
    (letter,) = command("drafts", "--json", "--at", "2026-09-30T12:00").objects
    assert letter["order_id"] == found["id"]
    assert "20260907-0001" in str(letter["body"])


def test_B_03_the_first_step_is_the_seller(command: Command, tmp_path: Path) -> None:
    silent(command, tmp_path)
    first = ladder(command)[0]
    assert (first["addressee"], first["status"]) == ("seller", "open")


def test_B_04_after_how_long_a_silence_something_is_done_is_the_users_choice(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent(command, tmp_path)
    # a person answers on Mon 28 September: Tue 29 is day 1, Wed 30 day 2
    words, at = "문의하신 주문은 확인 후 다시 연락드리겠습니다.", datetime(2026, 9, 28, 1, 0, tzinfo=UTC)
    answer = shop_mail(tmp_path, "answer", "Re: 주문번호 20260907-0001 문의", words, at)
    command("import", "--heard-until", "2026-09-30T12:00", answer)
    (found,) = command("orders", "--json", "--at", "2026-09-30T12:00").objects
    assert found["flagged"] is False
    monkeypatch.setenv("REFUND_MONITOR_SILENCE__THRESHOLD", "1")
    (found,) = command("orders", "--json", "--at", "2026-09-30T12:00").objects
    assert found["flagged"] is True


def test_B_05_the_ladder_leads_back_by_the_way_it_was_paid(command: Command, tmp_path: Path) -> None:
    silent(command, tmp_path)
    addressees = {str(step["addressee"]) for step in ladder(command)}
    assert "card_issuer" in addressees
    assert {"kr-card-objection", "kr-pg-19"} <= {str(step["rung"]) for step in ladder(command)}


def test_B_06_paypal_has_180_days_to_open_and_20_to_escalate() -> None:
    rules = load_rights().rules
    assert str(rules["prov-paypal-open"].window) == "180 calendar_days"
    assert str(rules["prov-paypal-escalate"].window) == "20 calendar_days"
    assert rules["prov-paypal-open"].users_time


def test_B_07_the_rules_of_a_way_of_paying_are_printed_with_their_sources(command: Command) -> None:
    printed = command("rights", "--country", "KR", "--payment", "credit_card_installment").out
    assert "kr-install-16-defence" in printed
    assert "prov-paypal-open" not in printed


def test_B_10_every_step_says_from_when_and_until_when(command: Command, tmp_path: Path) -> None:
    silent(command, tmp_path)
    steps = ladder(command)
    assert len(steps) > 5
    for step in steps:
        assert {"rung", "not_before", "last_safe_day", "alarm_on", "status", "reason"} <= step.keys()


def test_B_12_the_seller_is_looked_at_in_the_story(command: Command, tmp_path: Path) -> None:
    silent(command, tmp_path)
    shown = command("show", "20260907-0001", "--at", "2026-09-30T12:00").out
    assert "판매자 확인" in shown
    assert "사업자등록번호" in shown


def test_B_13_another_way_of_paying_has_another_ladder(command: Command, tmp_path: Path) -> None:
    silent(command, tmp_path, method="무통장입금 (입금 완료)")
    rungs = {str(step["rung"]) for step in ladder(command)}
    assert "kr-card-objection" not in rungs
    assert rungs & {"kr-bank-transfer", "kr-ecom-24-escrow", "kr-thecheat"}


def test_B_14_a_transfer_is_said_to_be_hard_to_get_back_and_a_card_to_have_a_procedure() -> None:
    def keys(payment: str) -> set[str]:
        order = Order("o", Seller("x", "X"), "1", AT, (), payment=payment)
        return {point.key for point in sellercheck.check(order, country="KR", cross_border=False).points}

    assert "bank_transfer" in keys("bank_transfer")
    assert "protected_payment" in keys("credit_card")


def test_B_17_an_order_is_found_by_its_number_its_seller_and_its_goods(command: Command, tmp_path: Path) -> None:
    from monitor.run import pages
    from monitor.store import Store
    from tests.browser import settings

    silent(command, tmp_path)
    path = next(tmp_path.rglob("monitor.sqlite3"))
    with Store.open(path) as store:
        pages.refresh(store, settings(tmp_path), now=datetime(2026, 9, 30, tzinfo=UTC))
        for words in ("20260907-0001", "한빛상회", "무선 이어폰", "30000"):
            assert pages.find(store, search=words)[1] == 1, words
        assert pages.find(store, search="no such thing")[1] == 0


def test_B_18_what_others_say_is_looked_up_by_hand_with_words_and_links(command: Command, tmp_path: Path) -> None:
    silent(command, tmp_path)
    shown = command("show", "20260907-0001", "--at", "2026-09-30T12:00").out
    assert '"한빛상회" 연락두절' in shown
    assert "https://thecheat.co.kr" in shown


def test_B_19_the_next_thing_comes_with_its_reason(command: Command, tmp_path: Path) -> None:
    found = silent(command, tmp_path)
    assert found["next_step"]
    assert found["reason"]


def test_B_25_the_story_is_calm_and_tells_the_odds_so_far(command: Command, tmp_path: Path) -> None:
    silent(command, tmp_path)
    shown = command("show", "20260907-0001", "--at", "2026-09-30T12:00").out
    assert render.message("calm.step", "ko") in shown
    assert not re.search(r"긴급|위험|당장|!!", shown)


def test_B_26_each_step_says_whether_it_is_done_open_or_waiting(command: Command, tmp_path: Path) -> None:
    silent(command, tmp_path)
    statuses = {str(step["status"]) for step in ladder(command)}
    assert "open" in statuses
    assert statuses <= {"open", "waiting", "done", "expired", "ruled_out"}
    first = str(ladder(command)[0]["rung"])
    command("say", "20260907-0001", "did", first, "--on", "2026-09-16", "--by", "email")
    assert ladder(command)[0]["status"] == "done"


def test_a_mail_that_carries_the_case_number_of_a_complaint_joins_that_order(command: Command, tmp_path: Path) -> None:
    """What stands behind B-10: the number that a body gives is watched for, whoever writes."""
    silent(command, tmp_path)
    command("say", "20260907-0001", "did", "kr-1372", "--by", "phone", "--case", "2026-0917-00123")
    subject, body = "상담 접수번호 2026-0917-00123 처리 안내", "접수하신 건을 검토하고 있습니다."
    command("import", mail(tmp_path, "case", subject, body, datetime.now(UTC), "desk@consumer.example", "상담센터"))
    shown = command("show", "20260907-0001").out
    assert "desk@consumer.example" in shown
    assert render.word("kind", "dispute_update", "ko") in shown
    assert len(command("orders", "--json").objects) == 1
