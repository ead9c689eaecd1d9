"""The digest: what it says, what it keeps quiet, and that text and HTML say the same."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email import message_from_bytes
from email.policy import default
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import digest as daily
from monitor.digest import AccountState, DigestInput, Unread, digest, message, money_open
from monitor.types import (
    Address,
    Draft,
    Due,
    Event,
    Expectation,
    Judgement,
    Money,
    Order,
    Problem,
    Seller,
    Source,
    Step,
)

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)  # Monday 23 November, 07:30 in Seoul
TODAY = date(2026, 11, 23)
FIRST_RUN = datetime(2026, 10, 1, tzinfo=UTC)
SEOUL = "Asia/Seoul"


def won(amount: int) -> Money:
    return Money(Decimal(amount), "KRW")


def order(
    name: str,
    number: str | None,
    *,
    seller: str = "",
    paid: Money | None = None,
    placed: datetime = datetime(2026, 11, 3, 1, 0, tzinfo=UTC),
    **more: object,
) -> Order:
    events = (Event(f"{name}-1", name, placed, "order_confirmation", Source.MAIL),)
    values: dict[str, object] = {"events": events, "total": paid, "paid": paid, "accounts": ("home",)} | more
    return Order(name, Seller(name, seller or name), number, placed, **values)


def judgement(
    order_id: str,
    waits_for: str = "dispatch",
    due: date | None = date(2026, 11, 16),
    *,
    flagged: bool = False,
    urgent: bool = False,
    asks: str | None = None,
    state: str = "paid",
    reason: str = "reason.plain",
) -> Judgement:
    dues = ()
    if due is not None and waits_for != "nothing":
        dues = (Due(Expectation(waits_for), NOW - timedelta(days=20), due, flagged, (), "table", reason),)
    overdue = max((TODAY - due).days, 0) if due else 0
    silent = datetime(2026, 11, 5, 3, 0, tzinfo=UTC)
    return Judgement(order_id, NOW, state, waits_for, due, overdue, silent, flagged, urgent, asks, dues, reason)


def step(
    order_id: str, rung: str = "inquiry", addressee: str = "seller", channel: str = "email", **more: object
) -> Step:
    values: dict[str, object] = {"not_before": date(2026, 11, 20)} | more
    return Step(order_id, rung, addressee, channel, **values)


def draft(order_id: str, **more: object) -> Draft:
    values: dict[str, object] = {
        "to": "cs@hanbit.example",
        "subject": "[문의] 주문 상품 발송 일정 문의 (주문번호 2026-1103)",
        "body": "…",
        "language": "ko",
        "status": "ready",
        "rules": (),
        "based_on": (),
    } | more
    return Draft("d0123456789a", order_id, "inquiry", "email", **values)


def busy_day() -> DigestInput:
    """A day on which every section has something to say."""
    letter = Event("l1", "hill", datetime(2026, 11, 12, 2, 0, tzinfo=UTC), "own_letter", Source.MAIL)
    orders = (
        order("hanbit", "2026-1103", seller="한빛상회", paid=won(126800)),
        order(
            "north", "NS-88213", seller="North Store", paid=Money(Decimal("79.90"), "USD"), accounts=("home", "work")
        ),
        order("dodam", "D20261109", seller="도담가구 온라인몰", paid=won(389000)),
        order("book", "778120", seller="책마루", paid=won(15300)),
        order("app", None, seller="Pixel Apps", paid=Money(Decimal("4.99"), "USD")),
        order("twin", "10023", seller="둘레상점", paid=won(42000), questions=("which_value",)),
        order("hill", "H-5", seller="Hill & Sons", paid=Money(Decimal(64), "GBP"), bounced=True, letters=(letter,)),
        order("fake", "99-1", seller="배송조회센터", paid=won(900), suspicious=True),
        order("past", "2025-77", seller="옛날가게", paid=won(51000), placed=datetime(2026, 8, 3, tzinfo=UTC)),
        order("done", "555", seller="North Store", paid=Money(Decimal(10), "USD")),
    )
    judgements = (
        judgement("hanbit", flagged=True, reason="due.dispatch.table"),
        judgement("north", "refund", date(2026, 11, 13), flagged=True, urgent=True, reason="due.refund.promise"),
        judgement("dodam", "delivery", date(2026, 11, 20), asks="arrived", reason="ask.arrived"),
        judgement("book", "delivery", date(2026, 11, 25), state="shipped"),
        judgement("app", "refund", date(2026, 11, 30), state="refund_promised"),
        judgement("twin", "dispatch", date(2026, 12, 20), asks="which_value"),
        judgement("hill", "delivery", date(2026, 12, 20), state="shipped"),
        judgement("fake", flagged=False),
        judgement("past", due=date(2026, 8, 10), flagged=True, reason="due.dispatch.promise"),
        judgement("done", "nothing", None, state="delivered"),
    )
    steps = (
        step("hanbit"),
        step("north", "dispute", "provider", "web_form", not_before=TODAY + timedelta(days=2)),
        step("past"),
    )
    return DigestInput(
        timezone=SEOUL,
        orders=orders,
        judgements={each.order_id: each for each in judgements},
        steps={each.order_id: each for each in steps},
        drafts=(draft("hanbit"), replace(draft("past"), id="dpast")),
        problems=(Problem("parse", "One mail of 61 MB was too large; its attachments were not read.", "a1b2"),),
        accounts=(
            AccountState("home", "mina@example.com", NOW - timedelta(minutes=9)),
            AccountState("work", "mina@work.example", NOW - timedelta(days=2), "The password was refused."),
        ),
        looked_at=1342,
        about_purchases=11,
        not_read=1,
        first_run_at=FIRST_RUN,
        announced=frozenset({"north"}),
        holidays_known_until=date(2027, 12, 31),
        unread=(Unread("들꽃마켓", 8, 8, 0, 3, 60),),
    )


def visible(html: str) -> str:
    """What a reader sees of the HTML, blanks folded."""
    body = re.sub(r"(?s)<(style|title)[^>]*>.*?</\1>", " ", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def folded(text: str) -> str:
    return " ".join(text.split())


def every_word(made: daily.Digest) -> list[str]:
    """Each piece of text that the digest wants to say."""
    found = []
    for section in made.sections:
        found += [section.heading, section.note]
        for row in section.rows:
            found += [row.title, row.aside, *row.badges, *row.lines, *row.commands]
    return [folded(each) for each in found if each]


def keys(made: daily.Digest) -> list[str]:
    return [section.key for section in made.sections]


def rows(made: daily.Digest, key: str) -> tuple[daily.Row, ...]:
    return next((section.rows for section in made.sections if section.key == key), ())


# -- what it says -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["ko", "en"])
def test_text_and_html_say_the_same(language: str) -> None:
    made = digest(busy_day(), language, NOW)
    words = every_word(made)
    assert len(words) > 60
    text, seen = folded(made.text), visible(made.html)
    assert not [word for word in words if word not in text]
    assert not [word for word in words if word not in seen]


def test_every_part_of_the_day_has_its_section_in_order_of_need() -> None:
    expected = ["decide", "late", "soon", "questions", "bounces", "suspicious", "money", "old", "read"]
    assert keys(digest(busy_day(), "en", NOW)) == expected


def test_a_quiet_day_says_so_and_still_says_what_was_read() -> None:
    view = DigestInput(
        timezone=SEOUL, accounts=(AccountState("home", heard_until=NOW),), looked_at=3, first_run_at=FIRST_RUN
    )
    made = digest(view, "en", NOW)
    assert keys(made) == ["read"] and "Nothing needs you today." in made.text and "3 mails looked at" in made.text
    assert "nothing to decide" in made.subject


def test_the_subject_counts_decisions_and_late_orders_for_the_users_day() -> None:
    assert digest(busy_day(), "en", NOW).subject == "[refund-monitor] Mon 23 Nov: 2 decisions, 2 orders overdue"
    korean = "[refund-monitor] 11월 23일 (월): 결정할 일 2건, 기한이 지난 주문 2건"
    assert digest(busy_day(), "ko", NOW).subject == korean


def test_urgent_orders_come_first_and_only_unannounced_ones_are_new() -> None:
    late = rows(digest(busy_day(), "en", NOW), "late")
    assert [(row.title, row.badges) for row in late] == [
        ("North Store · NS-88213", ("urgent",)),
        ("한빛상회 · 2026-1103", ("new",)),
    ]


def test_what_was_overdue_before_the_first_run_is_listed_but_not_announced() -> None:
    made = digest(busy_day(), "en", NOW)
    assert [row.title for row in rows(made, "old")] == ["옛날가게 · 2025-77"]
    assert not [row for row in (*rows(made, "late"), *rows(made, "decide")) if "옛날가게" in row.title]
    assert "dpast" not in made.text, "no draft is announced for it"


def test_before_the_first_run_has_been_recorded_everything_is_old() -> None:
    made = digest(replace(busy_day(), first_run_at=None), "en", NOW)
    assert not rows(made, "late") and not rows(made, "decide")
    assert len(rows(made, "old")) == 5
    assert "new" not in [badge for section in made.sections for row in section.rows for badge in row.badges]


def test_news_brings_an_old_order_back() -> None:
    view = busy_day()
    news = Event("past-2", "past", NOW - timedelta(days=1), "seller_reply", Source.MAIL)
    orders = tuple(replace(o, events=(*o.events, news)) if o.id == "past" else o for o in view.orders)
    made = digest(replace(view, orders=orders), "en", NOW)
    assert not rows(made, "old") and "옛날가게 · 2025-77" in [row.title for row in rows(made, "late")]


def test_money_is_summed_per_currency_and_never_added_up() -> None:
    view = busy_day()
    found = money_open(view.orders, view.judgements)
    assert list(found) == ["GBP", "KRW", "USD"]
    assert found["USD"] == (Money(Decimal("84.89"), "USD"), 2)
    assert [row.title for row in rows(digest(view, "en", NOW), "money")] == ["£64.00", "₩624,100", "US$84.89"]


@pytest.mark.parametrize(
    ("changes", "waits_for", "expected"),
    [
        ({"paid": won(1000)}, "dispatch", 1000),
        ({"paid": won(1000), "promised_back": won(400)}, "refund", 400),
        ({"paid": won(1000), "given_back": won(400)}, "refund", 600),
        ({"paid": won(1000), "given_back": won(400)}, "credit", 400),
        ({"paid": won(1000), "given_back": won(1000)}, "refund", None),
        ({"paid": won(1000), "given_back": Money(Decimal(5), "USD")}, "refund", 1000),
        ({"paid": won(1000)}, "nothing", None),
        ({"paid": won(1000)}, "payment", None),
        ({"paid": None, "total": won(1000)}, "dispatch", None),
        ({"paid": won(1000), "suspicious": True}, "dispatch", None),
        ({"paid": won(1000), "closed_at": NOW}, "dispatch", None),
    ],
)
def test_open_money_is_what_was_paid_and_not_answered_for(
    changes: dict[str, object], waits_for: str, expected: int | None
) -> None:
    one = order("o", "1", **changes)
    found = money_open([one], {"o": judgement("o", waits_for, None)})
    assert found == ({} if expected is None else {"KRW": (won(expected), 1)})


def test_a_mailbox_that_was_not_read_names_the_orders_that_it_holds_back() -> None:
    made = digest(busy_day(), "en", NOW)
    [behind] = [row for row in rows(made, "read") if "not up to date" in row.badges]
    assert behind.title == "work (mina@work.example)"
    assert "The password was refused." in behind.lines
    assert "Not judged past that moment: North Store · NS-88213" in behind.lines


def test_a_mailbox_that_was_never_read_to_its_end_says_so() -> None:
    view = DigestInput(timezone=SEOUL, accounts=(AccountState("new", "me@example.com"),))
    [row] = [row for row in rows(digest(view, "en", NOW), "read") if row.title.startswith("new")]
    assert "Not read completely yet; nothing from it is judged" in row.lines


def test_a_draft_whose_day_has_not_come_or_that_is_locked_is_not_offered() -> None:
    view = busy_day()
    for change in (
        {"drafts": (replace(draft("hanbit"), status="locked"),)},
        {"steps": {"hanbit": step("hanbit", not_before=TODAY + timedelta(days=1))}},
    ):
        made = digest(replace(view, **change), "en", NOW)
        assert not [row for row in rows(made, "decide") if "한빛" in row.title]


def test_the_horizon_is_seven_days_with_both_ends() -> None:
    def soon(due: date) -> bool:
        view = DigestInput(SEOUL, (order("o", "1"),), {"o": judgement("o", due=due)}, first_run_at=FIRST_RUN)
        return bool(rows(digest(view, "en", NOW), "soon"))

    assert [soon(TODAY + timedelta(days=days)) for days in (-1, 0, 7, 8)] == [False, True, True, False]


def test_a_last_safe_day_within_the_week_is_named() -> None:
    view = busy_day()
    steps = {"north": step("north", "dispute", "card_issuer", "web_form", last_safe_day=TODAY + timedelta(days=3))}
    made = digest(replace(view, steps=steps), "en", NOW)
    assert "Last safe day for: payment dispute" in made.text and "until Thu 26 Nov at the latest" in made.text


@pytest.mark.parametrize(("language", "words"), [("en", "next payment day"), ("ko", "다음 카드 결제일 전까지")])
def test_a_card_payment_day_that_nobody_told_is_no_last_safe_day(language: str, words: str) -> None:
    one = step("north", "dispute", "card_issuer", "web_form", last_safe_day=TODAY, before_bill=True)
    plain = step("north", "dispute", "card_issuer", "web_form")
    soon = [
        len(rows(digest(replace(busy_day(), steps={"north": each}), language, NOW), "soon")) for each in (one, plain)
    ]
    made = digest(replace(busy_day(), steps={"north": one}), language, NOW)
    assert words in folded(made.text) and soon[0] == soon[1]


def test_a_draft_from_a_doubtful_address_shows_its_warning() -> None:
    warned = draft("hanbit", warning="draft.warning.unauthenticated")
    made = digest(replace(busy_day(), drafts=(warned,)), "en", NOW)
    assert "could not be confirmed" in folded(made.text)


def test_many_rows_are_cut_and_counted() -> None:
    orders = tuple(order(f"o{n:02}", str(n), paid=won(1)) for n in range(40))
    view = DigestInput(SEOUL, orders, {o.id: judgement(o.id, flagged=True) for o in orders}, first_run_at=FIRST_RUN)
    made = digest(view, "en", NOW)
    assert len(rows(made, "late")) == 13 and rows(made, "late")[-1].title == "and 28 more"
    assert "40 orders overdue" in made.subject


def test_holidays_that_end_soon_are_a_warning() -> None:
    near = replace(busy_day(), holidays_known_until=date(2026, 12, 31))
    assert "only until 31 December 2026" in digest(near, "en", NOW).text
    assert "known until 31 December 2027" in digest(busy_day(), "en", NOW).text


# -- safety -----------------------------------------------------------------------------------------------------------


def test_nothing_in_the_html_is_fetched_run_or_clicked() -> None:
    for language in ("ko", "en"):
        html = digest(busy_day(), language, NOW).html.lower()
        for forbidden in (
            "<img",
            "<script",
            "<a ",
            "<link",
            "<iframe",
            "<form",
            "url(",
            "http:",
            "https:",
            "@import",
            "src=",
        ):
            assert forbidden not in html, forbidden


def test_values_from_mails_cannot_add_markup_lines_or_links() -> None:
    nasty = "<img src=x onerror=y>\r\n\r\n== Overdue ==\r\nhttps://evil.example/login \u202etxt 4111 1111 1111 1111"
    one = order("o", nasty, seller=nasty, paid=won(5), bounced=True, questions=("which_value",))
    view = DigestInput(
        timezone=SEOUL,
        orders=(one,),
        judgements={"o": judgement("o", flagged=True)},
        drafts=(draft("o", subject=nasty, to="cs@x.example"),),
        problems=(Problem("parse", nasty),),
        accounts=(AccountState(nasty, nasty, None, nasty),),
        first_run_at=FIRST_RUN,
    )
    for language in ("ko", "en"):
        made = digest(view, language, NOW)
        assert "<img" not in made.html and "evil.example/login" not in made.html + made.text
        assert "\u202e" not in made.html + made.text
        assert made.text.count("\n== Overdue ==") == (1 if language == "en" else 0)
        assert "4111 1111" not in made.text


@given(st.text(), st.text(), st.text())
def test_whatever_a_mail_says_text_and_html_stay_equal(name: str, number: str, words: str) -> None:
    one = order("o", number, seller=name, paid=won(5))
    problems = (Problem("parse", words),)
    judged = {"o": judgement("o", flagged=True)}
    view = DigestInput(SEOUL, (one,), judged, problems=problems, first_run_at=FIRST_RUN)
    made = digest(view, "ko", NOW)
    assert not [word for word in every_word(made) if word not in folded(made.text) or word not in visible(made.html)]


# -- the mail ---------------------------------------------------------------------------------------------------------


def test_the_mail_carries_both_forms_and_is_known_as_made_by_a_machine() -> None:
    made = digest(busy_day(), "ko", NOW)
    mail = message(made, Address("미나", "mina@example.com"), Address("refund-monitor", "monitor@example.com"))
    arrived = message_from_bytes(mail.as_bytes(), policy=default)
    assert arrived.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in arrived.iter_parts()] == ["text/plain", "text/html"]
    text, html = (part.get_content().replace("\r\n", "\n") for part in arrived.iter_parts())
    assert (text, html.strip()) == (made.text, made.html.strip())
    assert arrived["Subject"] == made.subject and arrived["To"] == "미나 <mina@example.com>"
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert "<digest.refund-monitor.invalid>" in arrived["List-Id"]
    assert re.fullmatch(r"<20261122\.[0-9a-f]{16}@digest\.refund-monitor\.invalid>", arrived["Message-ID"])
    assert arrived["Date"].datetime == NOW
    assert mail.as_bytes().isascii()


def test_the_same_digest_is_always_the_same_message() -> None:
    to, sender = Address("", "mina@example.com"), Address("", "monitor@example.com")
    first, again = (message(digest(busy_day(), "ko", NOW), to, sender) for _ in range(2))
    other = message(digest(busy_day(), "ko", NOW + timedelta(days=1)), to, sender)
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("form", ["txt", "html"])
def test_the_digest_is_the_one_that_was_looked_at(language: str, form: str) -> None:
    """Golden files: REFUND_MONITOR_WRITE_GOLDEN=1 writes them, and the diff is read (the HTML in a browser)."""
    made = digest(busy_day(), language, NOW)
    path = GOLDEN / "digest" / f"busy.{language}.{form}"
    text = made.text if form == "txt" else made.html
    if os.environ.get("REFUND_MONITOR_WRITE_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
