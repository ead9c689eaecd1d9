"""Failed payments: opened by mails or by hand, prepared, told of, and closed only when they are really solved."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import IntegrityError

from monitor import case, render
from monitor.case import Contacted, Movement, Opening, Refused
from monitor.case.texts import Earlier, Facts
from monitor.knowledge import payment_errors
from monitor.store import Store, StoreError
from monitor.types import Event, Money, Seller, Source, Span, Unit
from tests.commands import Run as Command
from tests.commands import at_home, runner

SEOUL = ZoneInfo("Asia/Seoul")
AT = datetime(2026, 11, 16, 14, 5, tzinfo=SEOUL)  # a Monday
TODAY = date(2026, 11, 17)
WON = Money(Decimal(5500), "KRW")
APP = Seller("cashwalk", "캐시워크", known="cashwalk", country="KR")
CARD = "4111 1111 1111 1111"  # passes the check digit of cards, belongs to nobody


def opening(**changes: object) -> Opening:
    made = Opening(
        "c1", AT, APP, (AT,), True, amount=WON, method="SKT 소액결제", payment="mobile_carrier", account="mj77"
    )
    return replace(made, **changes)


def said(kind: str, *, hours: float = 1, **payload: str) -> Event:
    return Event(f"{kind}{hours}{sorted(payload.items())}", "c1", AT + timedelta(hours=hours), kind, Source.USER,
                 payload=payload)  # fmt: skip


def moved(
    kind: str, *, minutes: float = 5, amount: Money | None = WON, order: str = "o1", number: str = ""
) -> Movement:
    return Movement(kind, AT + timedelta(minutes=minutes), amount, f"{kind}{minutes}", order, number)


def add(day: date, span: Span) -> date:
    """Business days of a week without holidays."""
    assert span.unit is Unit.BUSINESS_DAYS
    for _ in range(span.count):
        day += timedelta(days=1)
        while day.weekday() >= 5:
            day += timedelta(days=1)
    return day


def folded(
    *events: Event, movements: tuple[Movement, ...] = (), answers: tuple[Contacted, ...] = (), today: date = TODAY,
    **changes: object,
) -> case.Case:  # fmt: skip
    return case.fold(
        opening(**changes), events, movements, answers, today=today, zone=SEOUL, currency="KRW", add=add
    )  # fmt: skip


# -- what a mail tells -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("결제에 실패했습니다.\n오류 코드: E-1042", "E-1042"),
        ("오류코드 [PAY_3007] 잠시 후 다시 시도해 주세요", "PAY_3007"),
        ("응답코드(8329) 승인거절", "8329"),
        ("Decline code: INSUFFICIENT_FUNDS", "INSUFFICIENT_FUNDS"),
        ("Error code = 51", "51"),
        ("エラーコード：E203", "E203"),
        ("Error code: please see below", None),
        ("The error of 2026 is known. Reason: card declined", None),
    ],
)
def test_an_error_code_is_read_behind_its_label_and_nowhere_else(text: str, code: str | None) -> None:
    found = case.told(text).code
    assert (found.value if found else None) == code
    if found:
        assert found.value in found.quote


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("카드 유효기간이 만료되어 결제할 수 없습니다", "card_data"),
        ("Your card has expired.", "card_data"),
        ("잔액 부족으로 결제가 실패했습니다", "balance"),
        ("Insufficient funds", "balance"),
        ("소액결제 한도를 초과했습니다", "carrier_limit"),
        ("일시적인 오류가 발생했습니다. 잠시 후 다시 시도해 주세요.", "server"),
        ("앱을 업데이트한 뒤 이용해 주세요", "app_version"),
        ("네트워크 연결이 불안정합니다", "network"),
        ("The connection was lost", "network"),
    ],
)
def test_a_cause_is_named_only_with_the_words_that_say_so(text: str, cause: str) -> None:
    causes = {one.value: one.quote for one in case.told(text).causes}
    assert cause in causes
    assert causes[cause] == text


def test_a_mail_that_names_no_cause_leaves_all_of_them_open() -> None:
    assert case.told("결제가 완료되지 않았습니다.") == case.Told()


def test_every_cause_has_a_name_and_a_check_in_both_languages() -> None:
    for cause, phrases in payment_errors.load().causes:
        assert phrases
        for language in render.LANGUAGES:
            assert render.has_message(f"cause.{cause}", language)
            assert render.has_message(f"cause.{cause}.check", language)


# -- what the user may say ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        f"신한카드 {CARD}", f"{CARD} 유효기간 12/28", "4111111111111111 CVC 123", "비밀번호는 hunter22 입니다",
        "900101-1234567", "my password is hunter22, expiry date 04/29", "인증번호: 482913",
    ],
)  # fmt: skip
def test_nothing_secret_that_is_typed_is_kept(typed: str) -> None:
    kept = case.settable("message", typed, currency="KRW", zone=SEOUL)
    for secret in ("4111", "12/28", "hunter22", "1234567", "04/29", "482913", "CVC 123"):
        assert secret not in kept.replace("****1111", "")


def test_of_a_card_only_the_last_four_digits_are_taken() -> None:
    assert case.settable("last_four", CARD, currency="KRW", zone=SEOUL) == "1111"
    with pytest.raises(Refused, match=r"case\.refused\.last_four"):
        case.settable("last_four", "12", currency="KRW", zone=SEOUL)


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [("5500", "5500", "KRW"), ("5,500원", "5500", "KRW"), ("12.50 EUR", "12.50", "EUR"), ("$4.99", "4.99", "USD")],
)
def test_an_amount_is_read_as_people_type_it(text: str, amount: str, currency: str) -> None:
    assert case.settable("amount", text, currency="KRW", zone=SEOUL) == f"{amount} {currency}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amount", "much"),
        ("amount", "-3"),
        ("at", "yesterday"),
        ("charged", "perhaps"),
        ("nonsense", "1"),
        ("seller", " "),
    ],
)
def test_what_makes_no_sense_is_refused(name: str, value: str) -> None:
    with pytest.raises(Refused):
        case.settable(name, value, currency="KRW", zone=SEOUL)


def test_a_sum_without_a_currency_asks_for_one_where_no_country_says_it() -> None:
    for sum_, key in (("5500", "case.refused.currency"), ("much", "case.refused.amount")):
        with pytest.raises(Refused) as refused:
            case.settable("amount", sum_, currency="", zone=SEOUL)
        assert refused.value.key == key
    assert case.settable("amount", "5500 KRW", currency="", zone=SEOUL) == "5500 KRW"


# -- was it charged -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("movements", "word", "expected"),
    [
        ((), None, ("unknown", "")),
        ((), "no", ("no", "you")),
        ((), "yes", ("yes", "you")),
        ((), "twice", ("twice", "you")),
        ((moved("charge"),), None, ("yes", "mail")),
        ((moved("charge"),), "no", ("yes", "mail")),  # a receipt proves it
        ((moved("charge"), moved("charge", minutes=8)), None, ("yes", "mail")),  # shop and service report one charge
        ((moved("charge", number="A1"), moved("charge", minutes=8, number="A2")), None, ("twice", "mail")),
        ((moved("charge"), moved("charge", minutes=120)), None, ("twice", "mail")),
        ((moved("charge"), moved("refund", minutes=90)), None, ("refunded", "mail")),
        ((moved("charge"), moved("charge", minutes=120), moved("refund", minutes=300)), None, ("yes", "mail")),
        ((moved("refund", minutes=90),), "yes", ("refunded", "mail")),
        ((moved("confirmed"), moved("charge")), None, ("later", "mail")),
        ((moved("charge"), moved("charge", minutes=120), moved("confirmed", minutes=121)), None, ("twice", "mail")),
    ],
)
def test_whether_it_was_charged(movements: tuple[Movement, ...], word: str | None, expected: tuple[str, str]) -> None:
    assert case.charge(sorted(movements, key=lambda one: one.at), word) == expected


# -- what is missing, what comes next ----------------------------------------------------------------------------------


def test_a_case_by_hand_with_all_facts_is_ready_and_names_one_next_thing() -> None:
    one = folded(said("opened", seller="캐시워크", method="SKT 소액결제", account="mj77"))
    assert one.missing == ()
    assert (one.status, one.next) == ("ready", "contact")


def test_carrier_billing_wants_the_phone_company_and_a_card_its_last_digits() -> None:
    assert folded(method="소액결제").missing == ("carrier",)
    assert folded(method="신한카드", payment="").missing == ("card",)
    found = folded(method="신한카드 1234", payment="")
    assert (found.missing, found.issuer, found.last_four) == ((), "신한카드", "1234")
    assert folded(said("set", field="last_four", value="9876"), method="신한카드", payment="").last_four == "9876"


def test_what_is_missing_keeps_a_case_from_being_ready() -> None:
    one = folded(account="", amount=None, method="", payment="")
    assert one.missing == ("method", "amount", "account")
    assert (one.status, one.next) == ("preparing", "fill_in")


def test_an_error_code_that_was_not_shown_is_an_answer() -> None:
    item = next(i for i in folded(said("set", field="error_code", value="none")).items if i.key == "error_code")
    assert (item.done, item.required, item.source) == (True, False, "you")


def test_after_a_contact_an_answer_is_waited_for_and_then_asked_for_again() -> None:
    # asked on Mon 16: Tue 17 1, Wed 18 2, Thu 19 3
    call = said("contact", channel="phone", whom="Lee")
    waiting = folded(call, today=date(2026, 11, 19))
    assert (waiting.status, waiting.next, waiting.next_on, waiting.level) == ("waiting", "wait", date(2026, 11, 19), 1)
    late = folded(call, today=date(2026, 11, 20))
    assert (late.status, late.next, late.level) == ("late", "contact_again", 2)


def test_a_word_of_the_seller_is_an_answer_and_not_yet_a_solution() -> None:
    answered = folded(
        said("contact", channel="chat"), answers=(Contacted(AT + timedelta(days=1), "answer"),), today=date(2026, 12, 1)
    )
    assert (answered.status, answered.next, answered.open) == ("answered", "confirm", True)


def test_a_refund_seen_in_the_mails_closes_a_case_and_the_users_word_does() -> None:
    back = (moved("charge"), moved("refund", minutes=3000))
    assert folded(movements=back).status == "solved"
    assert folded(said("closed", value="solved")).status == "solved"
    assert folded(said("closed", value="lost")).status == "lost"
    assert folded(said("closed", value="solved"), said("reopened", hours=2)).status == "ready"


def test_carrier_billing_has_until_the_end_of_the_month_of_the_payment() -> None:
    assert folded().last_safe_day == date(2026, 11, 30)
    assert folded(at=datetime(2028, 2, 3, 12, tzinfo=SEOUL)).last_safe_day == date(2028, 2, 29)
    # at 23:30 in Seoul on the 31st it is still December there
    assert folded(at=datetime(2026, 12, 31, 14, 30, tzinfo=UTC)).last_safe_day == date(2026, 12, 31)
    assert folded(said("set", field="charged", value="no")).last_safe_day is None
    assert folded(method="신한카드 1234", payment="credit_card").last_safe_day is None


def test_a_failure_of_long_ago_that_only_a_mail_told_of_asks_for_nothing() -> None:
    forgotten = folded(by_hand=False, today=date(2026, 12, 20))
    assert (forgotten.status, forgotten.open, forgotten.next) == ("old", False, "nothing")
    assert folded(by_hand=False, today=date(2026, 12, 16)).open  # 30 days
    assert folded(said("set", field="account", value="mj"), by_hand=False, today=date(2026, 12, 20)).open
    assert folded(today=date(2026, 12, 20)).open  # opened by hand


def test_the_same_error_again_asks_for_more_and_another_error_does_not() -> None:
    first = folded(said("set", field="error_code", value="E-1"))
    again = replace(first, id="c2", at=AT + timedelta(days=20))
    other = replace(first, id="c3", at=AT + timedelta(days=30), error_code="E-2")
    much_later = replace(first, id="c4", at=AT + timedelta(days=400))
    stranger = replace(first, id="c5", at=AT + timedelta(days=21), seller=Seller("x", "Other"))
    found = {one.id: one for one in case.linked_repeats([first, again, other, much_later, stranger])}
    assert (found["c2"].earlier, found["c2"].level) == (("c1",), 2)
    assert found["c3"].earlier == ()
    assert found["c4"].earlier == ()
    assert found["c5"].earlier == ()


# -- texts ----------------------------------------------------------------------------------------------------------


def facts() -> Facts:
    return Facts(
        date(2026, 11, 22), "THE MOMENT", "김민지", "minji@example.com", "캐시워크", WON, "SKT 휴대폰 소액결제",
        "E-1042", "일시적인 오류", "yes", 2, True, "3.2.1", "Galaxy", "ORDER-77", 2,
        (Earlier(date(2026, 10, 1), "", "A-77001"), Earlier(date(2026, 11, 21), "phone", "")), date(2026, 11, 26),
        "A RULE", "02-123-4567", "mail", "https://help.example",
    )  # fmt: skip


def emptied(name: str) -> Facts:
    bare = Facts(date(2026, 11, 22), "THE MOMENT")
    return replace(facts(), **{name: getattr(bare, name)})


LACKING = [
    "writer", "account", "seller", "amount", "method", "error_code", "message", "charged", "screenshot", "app_version",
    "device", "order_number", "earlier", "answer_by", "cite", "phone", "page",
]  # fmt: skip


@pytest.mark.parametrize("language", render.LANGUAGES)
@pytest.mark.parametrize("charged", ["yes", "no", "twice", "unknown", "refunded", "later"])
@pytest.mark.parametrize("level", [1, 2])
def test_every_text_reads_well_with_all_facts_with_each_missing_and_with_none(
    language: str, charged: str, level: int
) -> None:
    told = [facts(), *(emptied(name) for name in LACKING), Facts(date(2026, 11, 22), "THE MOMENT")]
    for one in told:
        parts = render.blocks(
            f"drafts/payment_error/{language}.j2", language, c=replace(one, charged=charged, level=level)
        )  # fmt: skip
        assert set(parts) == {"subject", "letter", "chat", "script"}
        for text in parts.values():
            assert "THE MOMENT" in text or text == parts["subject"]
            assert not re.search(r"None|\{\{|\}\}|  |\(\)|\(\s|,\s*,|^- [^\n]*:\s*$|”\.\.|XXXX", text, re.MULTILINE), (
                text
            )
            assert not re.search(r"^-\s*$", text, re.MULTILINE), text
            if language == "en":
                bare = re.sub(r"김민지|캐시워크|SKT 휴대폰 소액결제|일시적인 오류", "", text)
                assert not re.search(r"[가-힣]", bare), bare


@pytest.mark.parametrize("language", render.LANGUAGES)
def test_the_script_has_three_parts_in_order_and_repeats_no_secret(language: str) -> None:
    one = folded(said("set", field="message", value=f"{CARD} 유효기간 12/28 비밀번호 hunter22"), method=f"카드 {CARD}")
    one = replace(one, message=f"{CARD} 유효기간 12/28 비밀번호 hunter22", error_code=CARD, account=f"mj {CARD}")
    for channel in case.CHANNELS:
        text = case.text(one, channel, language=language, timezone="Asia/Seoul", today=TODAY, writer="김민지")
        for secret in ("4111", "12/28", "hunter22"):
            assert secret not in text.body + text.subject
    script = case.text(one, "phone", language=language, timezone="Asia/Seoul", today=TODAY).body
    assert [script.index(f"[{number}.") for number in (1, 2, 3)] == sorted(
        script.index(f"[{number}.") for number in (1, 2, 3)
    )


def test_a_stronger_request_names_what_was_tried_and_asks_for_an_answer_in_writing() -> None:
    mild = render.blocks("drafts/payment_error/ko.j2", "ko", c=replace(facts(), level=1, earlier=()))["letter"]
    firm = render.blocks("drafts/payment_error/ko.j2", "ko", c=facts())["letter"]
    assert "서면" not in mild
    assert "서면" in firm
    assert "A-77001" in firm
    assert "2026년 10월 1일" in firm


def test_no_text_threatens_or_accuses() -> None:
    for language in render.LANGUAGES:
        for text in render.blocks(f"drafts/payment_error/{language}.j2", language, c=facts()).values():
            assert not re.search(r"사기|고소|고발|신고하겠|법적 조치|fraud|\bsue\b|police|legal action", text)


# -- the whole way --------------------------------------------------------------------------------------------------


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command line of a user in Seoul, at home in an empty folder."""
    user = {"COUNTRY": "KR", "TIMEZONE": "Asia/Seoul", "LANGUAGE": "ko", "NAME": "김민지",
            "ADDRESSES": "minji@example.com"}  # fmt: skip
    at_home(monkeypatch, tmp_path, **{f"REFUND_MONITOR_USER__{name}": value for name, value in user.items()})
    return runner(capsys)


def mail(
    folder: Path, name: str, subject: str, body: str, at: datetime, sender: str = "help@cashwalk.com",
    called: str = "캐시워크",
) -> Path:  # fmt: skip
    made = EmailMessage()
    made["Received"] = f"from out.example by mx.example.com with ESMTPS; {format_datetime(at)}"
    made["From"] = f'"{called}" <{sender}>'
    made["To"] = "minji@example.com"
    made["Subject"] = subject
    made["Date"] = format_datetime(at)
    made["Message-ID"] = f"<{name}@cashwalk.com>"
    made.set_content(body)
    path = folder / f"{name}.eml"
    path.write_bytes(made.as_bytes())
    return path


FAILED = """김민지 님, 결제에 실패했습니다.

상품명: 캐시 충전 5,500
결제금액: 5,500원
결제수단: 휴대폰 소액결제(SKT)
오류 코드: E-1042
일시적인 오류가 발생했습니다. 잠시 후 다시 시도해 주세요.
"""
RECEIPT = """휴대폰 소액결제가 완료되었습니다.
상점명: 캐시워크
상품명: 캐시 충전 5,500
결제금액: 5,500원
결제수단: 휴대폰 소액결제(SKT)
거래번호: 2611200098123
"""
REFUNDED = """환불이 완료되었습니다.
상점명: 캐시워크
상품명: 캐시 충전 5,500
환불금액: 5,500원
거래번호: 2611200098123
"""
NOW = datetime.now(SEOUL).replace(microsecond=0)
ERROR_AT = NOW - timedelta(hours=3)


def test_cashwalk_from_its_mails_to_the_script_and_the_end(command: Command, tmp_path: Path) -> None:
    command("import", mail(tmp_path, "failed", "[캐시워크] 결제 실패 안내", FAILED, ERROR_AT))
    (found,) = command("case", "list", "--json").objects
    assert found["seller"] == "캐시워크"
    assert (found["amount"], found["currency"], found["payment"]) == ("5500", "KRW", "mobile_carrier")
    assert (found["error_code"], found["account"], found["causes"]) == ("E-1042", "minji@example.com", ["server"])
    assert (found["charged"], found["status"], found["missing"]) == ("unknown", "ready", [])
    assert found["by_hand"] is False
    key = found["id"]

    script = command("case", "text", key, "--channel", "phone").out
    for words in ("[1. 소개]", "[2. 상황 설명]", "[3. 정보 전달과 요청]", "E-1042", "5,500원", "SKT", "김민지",
                  "minji@example.com"):  # fmt: skip
        assert words in script
    assert "확인된 전화번호가 없습니다" in script  # none is known, and none is made up
    assert "1588" not in script

    # the receipt of the carrier's payment service: it was charged after all
    at = ERROR_AT + timedelta(minutes=2)
    command("import", mail(tmp_path, "receipt", "[소액결제] 결제 완료 안내", RECEIPT, at, "bill@danal.co.kr"))
    (found,) = command("case", "list", "--json").objects
    assert (found["id"], found["charged"], found["status"]) == (key, "yes", "ready")
    chat = command("case", "text", key, "--channel", "chat").out
    assert "금액이 청구되었으니" in chat

    command("case", "contact", key, "--channel", "chat", "--case-number", "CW-20261120-7", "--said", "확인 후 연락")
    (found,) = command("case", "list", "--json").objects
    assert (found["status"], found["next"], found["case_numbers"]) == ("waiting", "wait", ["CW-20261120-7"])

    # they say that it is done: an answer. Only the refund in the mails ends it.
    refund = mail(tmp_path, "refund", "[소액결제] 결제 취소(환불) 완료 안내", REFUNDED, NOW - timedelta(minutes=1),
                  "bill@danal.co.kr")  # fmt: skip
    command("import", refund)
    (found,) = command("case", "list", "--json").objects
    assert (found["charged"], found["status"], found["next"]) == ("refunded", "solved", "nothing")


def test_cashwalk_by_hand_to_the_script_and_the_order_that_turns_up(command: Command, tmp_path: Path) -> None:
    picture = tmp_path / "screen.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 64)
    opened = command(
        "case", "open", "--seller", "캐시워크", "--at", ERROR_AT.isoformat(), "--amount", "5,500원", "--method",
        "SKT 소액결제", "--error-code", "E-1042", "--screenshot", picture,
    )  # fmt: skip
    assert opened.status == 0
    (found,) = command("case", "list", "--json").objects
    key = found["id"]
    assert (found["order_id"], found["missing"], found["status"]) == (None, ["account"], "preparing")

    refused = command("case", "text", key, "--channel", "email")
    assert refused.status == 1
    assert "계정" in refused.err

    command("case", "set", key, "account=minji77", "app_version=3.2.1")
    script = command("case", "text", key, "--channel", "phone").out
    for words in ("[1. 소개]", "minji77", "E-1042", "5,500원", "SKT 휴대폰 소액결제", "3.2.1", "캡처가 있습니다"):
        assert words in script
    letter = command("case", "text", key, "--channel", "email").out
    assert "오류 화면 캡처를 함께 보내 드립니다" in letter

    at = ERROR_AT + timedelta(minutes=2)
    command("import", mail(tmp_path, "receipt", "[소액결제] 결제 완료 안내", RECEIPT, at, "bill@danal.co.kr"))
    (order,) = command("orders", "--json").objects
    (found,) = command("case", "list", "--json").objects
    assert (found["id"], found["order_id"], found["charged"]) == (key, order["id"], "yes")
    assert f"case show {key}" in command("show", order["id"]).out


def test_a_case_by_hand_and_the_mail_about_the_same_failure_are_one(command: Command, tmp_path: Path) -> None:
    command(
        "case", "open", "--seller", "캐시워크", "--at", ERROR_AT.isoformat(), "--amount", "5500", "--account", "mj77"
    )
    (by_hand,) = command("case", "list", "--json").objects
    command("import", mail(tmp_path, "failed", "[캐시워크] 결제 실패 안내", FAILED, ERROR_AT + timedelta(minutes=1)))
    (both,) = command("case", "list", "--json").objects
    assert both["id"] == by_hand["id"]
    assert (both["error_code"], both["account"], both["method"]) == ("E-1042", "mj77", "휴대폰 소액결제(SKT)")


def test_what_was_said_of_a_case_outlives_a_rebuild(command: Command, tmp_path: Path) -> None:
    command("import", mail(tmp_path, "failed", "[캐시워크] 결제 실패 안내", FAILED, ERROR_AT))
    key = command("case", "list", "--json").objects[0]["id"]
    command("case", "set", key, "account=mj77", "charged=twice")
    command("case", "contact", key, "--channel", "phone", "--whom", "이상담")
    before = command("case", "list", "--json").objects
    assert command("rebuild").status == 0
    assert command("case", "list", "--json").objects == before
    assert before[0]["charged"] == "twice"


def test_nobody_can_change_what_was_said_of_a_case(tmp_path: Path) -> None:
    with Store.open(tmp_path / "s.sqlite3") as store:
        event = Event("e1", "c1", AT, "opened", Source.USER, payload={"seller": "캐시워크"})
        store.append_case_event(event)
        with pytest.raises(StoreError):
            store.append_case_event(replace(event, kind="closed"))
        for statement in ("UPDATE case_event SET kind = 'closed'", "DELETE FROM case_event"):
            with pytest.raises((StoreError, IntegrityError)), store.transaction() as connection:
                connection.exec_driver_sql(statement)
        assert store.case_events() == [event]
        assert store.case_events("other") == []


def test_a_second_failure_of_the_same_app_asks_for_more(command: Command) -> None:
    for days in (20, 1):
        at = (NOW - timedelta(days=days)).isoformat()
        command("case", "open", "--seller", "캐시워크", "--at", at, "--amount", "5500", "--method", "SKT 소액결제",
                "--account", "mj77", "--error-code", "E-1042")  # fmt: skip
    first, second = command("case", "list", "--json").objects
    assert (first["level"], second["level"], second["earlier"]) == (1, 2, [first["id"]])
    assert "같은 문제가 반복되고 있으므로" in command("case", "text", second["id"], "--channel", "email").out
    assert "반복" not in command("case", "text", first["id"], "--channel", "email").out


@pytest.mark.parametrize(
    ("called", "status"),
    [("고객지원 데스크", "answered"), ("캐시워크", "waiting")],  # the second pretends to be the shop from elsewhere
)
def test_a_mail_with_the_case_number_is_an_answer_whoever_sends_it_but_not_an_impostors(
    command: Command, tmp_path: Path, called: str, status: str
) -> None:
    command("import", mail(tmp_path, "failed", "[캐시워크] 결제 실패 안내", FAILED, ERROR_AT))
    key = command("case", "list", "--json").objects[0]["id"]
    logged = (ERROR_AT + timedelta(minutes=30)).isoformat()
    command("case", "contact", key, "--channel", "phone", "--at", logged, "--case-number", "CW-20261120-7")
    answer = "문의하신 건(CW-20261120-7)을 처리하였습니다. 확인 부탁드립니다."
    command("import", mail(tmp_path, "answer", "문의 CW-20261120-7 처리 결과", answer, NOW - timedelta(hours=1),
                           "desk@helpcenter.example", called))  # fmt: skip
    (found,) = command("case", "list", "--json").objects
    assert found["status"] == status


def test_wrong_words_are_refused_in_plain_words(command: Command) -> None:
    command("case", "open", "--seller", "캐시워크")
    key = command("case", "list", "--json").objects[0]["id"]
    for arguments, status in (
        (("case", "show", "zzzz"), 1),
        (("case", "set", key, "amount=much"), 2),
        (("case", "set", key, "amount"), 2),
        (("case", "text", key, "--channel", "fax"), 2),
        (("case", "contact", key, "--channel", "pigeon"), 2),
        (("case", "close", key, "maybe"), 2),
    ):
        done = command(*arguments)
        assert done.status == status, arguments
        assert re.search(r"[가-힣]", done.err)


def test_a_screenshot_that_is_none_opens_no_case(command: Command, tmp_path: Path) -> None:
    fake = tmp_path / "screen.png"
    fake.write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    done = command("case", "open", "--seller", "캐시워크", "--screenshot", fake)
    assert done.status == 1
    assert command("case", "list", "--json").objects == []


def test_a_case_is_shown_with_marks_causes_and_the_next_thing(command: Command, tmp_path: Path) -> None:
    command("import", mail(tmp_path, "failed", "[캐시워크] 결제 실패 안내", FAILED, ERROR_AT))
    key = command("case", "list", "--json").objects[0]["id"]
    shown = command("case", "show", key).out
    assert "[x] 오류 코드: E-1042" in shown
    assert "[-] 오류 화면 캡처" in shown
    assert "! 서버 문제" in shown
    assert "일시적인 오류가 발생했습니다" in shown
    assert "소액결제 한도" in shown  # carrier billing has a limit of its own; cards are not asked about
    assert "카드사의 승인 거절" not in shown
