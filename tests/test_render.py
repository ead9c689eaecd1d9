"""Catalogs, formats, and the cleaning of values from mails."""

from __future__ import annotations

import ast
import re
import string
import tomllib
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import compat32, default
from email.utils import parseaddr
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateNotFound, UndefinedError

from monitor import money, render
from monitor.types import (
    Address,
    Authentication,
    Expectation,
    Judgement,
    Kind,
    Money,
    OrderClass,
    Settlement,
    Source,
    Span,
    Unit,
)

ROOT = Path(__file__).parent.parent
CODE = sorted((ROOT / "monitor").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.j2"))
# Words that stand for a family of keys, and every value that the program can put behind them.
FAMILIES: dict[str, tuple[str, ...]] = {
    "state": (
        *("ordered", "paid", "shipped", "delivered", "refunded", "partly_refunded", "refund_promised", "cancelled"),
        *("payment_failed", "closed"),
    ),
    "waits_for": (*(e.value for e in Expectation), "nothing"),
    "asks": ("which_order", "which_value", "arrived", "refund_arrived", "paid", "payment_method"),
    "kind": tuple(k.value for k in Kind),
    "rung": ("inquiry", "demand", "dispute"),
    "channel": ("email", "web_form", "app", "chat", "phone", "letter", "fax", "visit", "info"),
    "addressee": ("seller", "marketplace", "provider", "card_issuer", "bank", "regulator", "police", "court", "self"),
    "order_class": tuple(c.value for c in OrderClass),
    "settlement": tuple(s.value for s in Settlement),
    "authentication": tuple(a.value for a in Authentication),
    "source": tuple(s.value for s in Source),
    "basis": ("promise", "user", "table"),
    "draft.status": ("ready", "locked", "discarded", "exported", "sent"),
    "ladder.status": ("open", "waiting", "done", "expired", "ruled_out"),
    "event": (
        *(
            "arrived",
            "not_arrived",
            "paid",
            "returned",
            "refunded",
            "not_an_order",
            "closed",
            "snooze",
            "same_as",
            "set",
        ),
        *("letter", "drafted", "digest", "notified"),
    ),
}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_catalog_has_the_same_keys_as_english() -> None:
    reference = set(render.catalog("en"))
    for language in render.LANGUAGES:
        assert set(render.catalog(language)) == reference, language


def test_a_message_has_the_same_placeholders_in_every_language() -> None:
    for key, english in render.catalog("en").items():
        for language in render.LANGUAGES:
            assert placeholders(render.catalog(language)[key]) == placeholders(english), (language, key)


def test_no_message_is_empty_or_has_blanks_at_its_ends() -> None:
    for language in render.LANGUAGES:
        for key, text in render.catalog(language).items():
            assert text and text == text.strip() and "\n" not in text and "  " not in text, (language, key)


def test_no_key_stands_twice_in_a_catalog_file() -> None:
    for language in render.LANGUAGES:
        # tomllib refuses a repeated key, so loading is the test.
        assert tomllib.loads((ROOT / "templates/catalog" / f"{language}.toml").read_text(encoding="utf-8"))


def test_korean_messages_are_korean_and_keep_the_formal_register() -> None:
    names = ("payment.", "digest.subject")
    for key, text in render.catalog("ko").items():
        if not key.startswith(names) and "{" not in text:
            assert re.search(r"[가-힣]", text), key
        assert not re.search(r"(?:해요|예요|에요|세요|어요|아요|네요|군요|죠)(?:[.?! ]|$)", text), key


def used_keys() -> set[str]:
    """Keys written out in the code, and in templates inside t("...")."""
    found: set[str] = set()
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                value = node.args[0].value
                if name in ("t", "message") and isinstance(value, str) and re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", value):
                    found.add(value)
                if name in ("n", "counted") and isinstance(value, str):
                    found |= {f"{value}.one", f"{value}.other"}
    for path in TEMPLATES:
        found |= set(re.findall(r"""\bt\(\s*["']([a-z_.]+[a-z_])["']""", path.read_text(encoding="utf-8")))
    return found


def test_every_key_that_code_and_templates_use_is_in_the_catalog() -> None:
    keys = used_keys()
    assert len(keys) > 25, "the search for keys finds nothing any more"
    assert keys <= set(render.catalog("en")), keys - set(render.catalog("en"))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_coded_value_has_a_name_in_every_language(family: str) -> None:
    for language in render.LANGUAGES:
        missing = [value for value in FAMILIES[family] if not render.has_message(f"{family}.{value}", language)]
        assert not missing, (language, missing)


def test_every_reason_that_the_judge_can_give_is_a_sentence_in_every_language() -> None:
    from monitor import judge

    for language in render.LANGUAGES:
        assert not [key for key in judge.REASONS if not render.has_message(key, language)]


def test_no_reason_stands_in_the_catalog_that_the_judge_cannot_give() -> None:
    from monitor import judge

    given_ = {key for key in render.catalog("en") if key.split(".")[0] in ("due", "wait", "ask", "hold", "done")}
    assert given_ == set(judge.REASONS)


def test_every_payment_class_that_a_dispute_knows_has_a_name() -> None:
    from monitor import escalate

    for payment in {*escalate.takers(), *escalate.NOT_PREPAID}:
        assert render.has_message(f"payment.{payment}")


def test_a_missing_key_or_value_is_an_error_and_never_a_hole_in_the_text() -> None:
    with pytest.raises(render.MissingMessage):
        render.message("no.such.key", "en")
    with pytest.raises(render.MissingMessage):
        render.message("digest.draft.to", "en")


def test_a_value_is_never_read_as_a_format() -> None:
    assert render.message("digest.draft.to", "en", to="{count} {0.__class__}") == "To: {count} {0.__class__}"


def test_a_language_without_a_catalog_speaks_english() -> None:
    assert [render.supported(language) for language in ("ko", "KO-kr", "de", "", None, "en_US")] == [
        "ko", "ko", "en", "en", "en", "en",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("amount", "currency", "korean", "english"),
    [
        ("126800", "KRW", "126,800원", "₩126,800"),
        ("126800.00", "KRW", "126,800원", "₩126,800"),
        ("29.99", "USD", "US$29.99", "US$29.99"),
        ("29.9", "EUR", "€29.90", "€29.90"),
        ("3000", "JPY", "JP¥3,000", "JP¥3,000"),
        ("1234.5", "CHF", "CHF 1,234.50", "CHF 1,234.50"),
        ("0.125", "USD", "US$0.125", "US$0.125"),
        ("-5", "GBP", "-£5.00", "-£5.00"),
        ("7", "XQZ", "XQZ 7.00", "XQZ 7.00"),
    ],
)
def test_money_is_written_as_its_reader_expects(amount: str, currency: str, korean: str, english: str) -> None:
    value = Money(Decimal(amount), currency)
    assert (render.money(value, "ko"), render.money(value, "en")) == (korean, english)


@given(st.decimals(min_value=0, max_value=10**9, places=2), st.sampled_from(["KRW", "USD", "EUR", "JPY"]))
def test_no_digit_of_an_amount_is_lost(amount: Decimal, currency: str) -> None:
    text = render.money(Money(amount, currency), "en")
    assert Decimal(re.sub(r"[^0-9.]", "", text)) == amount


def test_sums_never_cross_currencies() -> None:
    values = [Money(Decimal(3), "USD"), Money(Decimal(1000), "KRW"), Money(Decimal(4), "USD")]
    assert render.sums(values) == (Money(Decimal(1000), "KRW"), Money(Decimal(7), "USD"))


def test_days_are_written_with_weekday_and_without_doubt_about_the_month() -> None:
    day = date(2026, 3, 2)
    assert render.day(day, "ko") == "2026년 3월 2일 (월)"
    assert render.day(day, "en") == "Monday, 2 March 2026"
    assert render.day(day, "ko", "short") == "3월 2일 (월)"
    assert render.day(day, "en", "short") == "Mon 2 Mar"
    assert render.day(day, "ko", "plain") == "2026년 3월 2일"
    assert render.day(day, "en", "plain") == "2 March 2026"


def test_a_moment_is_shown_on_the_users_clock() -> None:
    late_evening = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
    assert render.moment(late_evening, "ko", "Asia/Seoul") == "2026년 11월 23일 (월) 00:30"
    assert render.moment(late_evening, "en", "Europe/London") == "Sun 22 Nov 2026, 15:30"
    assert render.local_day(late_evening, "Asia/Seoul") == date(2026, 11, 23)


def test_lengths_of_time_count_in_words() -> None:
    assert render.days(1, "en") == "1 day"
    assert render.days(9, "ko") == "9일"
    assert render.span(Span(3, Unit.BUSINESS_DAYS), "ko") == "3영업일"
    assert render.span(Span(1, Unit.MONTHS), "en") == "1 month"


def test_long_lists_are_cut_and_counted() -> None:
    assert render.joined(["a", "b"], "en") == "a, b"
    assert render.joined(list("abcdefg"), "ko", limit=3) == "a, b, c 외 4건"


def test_a_coded_value_that_no_catalog_knows_is_shown_as_it_is() -> None:
    assert render.word("rung", "kr-no-such-step", "ko") == "kr-no-such-step"
    assert render.word("channel", "carrier_pigeon", "en") == "carrier pigeon"


def test_a_step_of_a_ladder_is_called_by_the_title_of_its_rule() -> None:
    assert render.word("rung", "kr-naeyong", "ko") == "내용증명"
    assert render.word("rung", "kr-naeyong", "en") != "kr-naeyong"


def judged(reason: str, due_on: date | None) -> Judgement:
    return Judgement(
        "o", datetime(2026, 11, 22, tzinfo=UTC), "paid", "dispatch", due_on, 3, None, True, False, None, (), reason
    )


def test_a_reason_without_its_values_still_makes_a_sentence() -> None:
    for language in render.LANGUAGES:
        for due_on in (None, date(2026, 11, 16)):
            for key in (
                "no.such.reason",
                *(k for k in render.catalog("en") if k.split(".")[0] in ("due", "wait", "ask", "hold", "done")),
            ):
                text = render.reason(judged(key, due_on), language, "Asia/Seoul")
                assert text and "{" not in text and "None" not in text


# -- values from mails ------------------------------------------------------------------------------------------------


@given(st.text())
def test_a_cleaned_value_is_one_bounded_line_without_controls_or_markup(text: str) -> None:
    cleaned = render.one_line(text, 60)
    assert len(cleaned) <= 60
    assert cleaned == cleaned.strip() and "  " not in cleaned
    assert not any(unicodedata.category(sign)[0] == "C" or sign in "\r\n<>" for sign in cleaned)
    assert render.one_line(cleaned, 60) == cleaned


def test_markup_links_and_direction_marks_do_not_survive() -> None:
    assert render.one_line("<b>Lamp</b>\r\nBcc: all@x.example") == "Lamp Bcc: all@x.example"
    assert render.one_line("Lamp https://evil.example/x?y=1 blue") == "Lamp […] blue"
    assert render.one_line("a\u202eb\u200bc\ufeffd") == "abcd"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("4111 1111 1111 1111", "****1111"),
        ("4111111111111111", "****1111"),
        ("신한카드 1234-56**-****-7890 (일시불)", "신한카드 ****7890 (일시불)"),
        ("Visa XXXX-XXXX-XXXX-4242", "Visa ****4242"),
        ("order 2026110700123", "order 2026110700123"),
        ("tel 02-1234-5678", "tel 02-1234-5678"),
        ("box 10x20x30", "box 10x20x30"),
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),
        ("카드번호4111111111111111로 결제", "카드번호****1111로 결제"),
        ("신한카드4111-11**-****-1111입니다", "신한카드****1111입니다"),
        ("123456-7890123 4111 1111 1111 1111", "123456-7890123 ****1111"),
        ("오류 4111 1111 1111 1111 5 발생", "오류 ****1111 5 발생"),
        ("02-555-0101 4111111111111111 4111-1111-1111-1111", "02-555-0101 ****1111 ****1111"),
        ("３７８２ ８２２４６３ １０００５", "****0005"),
        ("4111.1111.1111.1111, 3782/822463/10005", "****1111, ****0005"),
        ("4111\u00a01111\u00a01111\u00a01111", "****1111"),
        ("2026.11.23 12:30 1,234,567원", "2026.11.23 12:30 1,234,567원"),
        ("PKG4111111111111111", "PKG4111111111111111"),
    ],
)
def test_card_numbers_keep_their_last_four_digits_only(text: str, masked: str) -> None:
    assert render.mask_cards(text) == masked


@given(
    st.integers(min_value=10**14, max_value=10**15 - 1), st.sampled_from(["", " ", "-", ".", "/"]),
    st.sampled_from(["card ", "카드", "번호:", "02-123-4567 "]), st.sampled_from([" used", "로", " 7", ", 12,000원"]),
)  # fmt: skip
def test_no_whole_card_number_survives(stem: int, separator: str, before: str, after: str) -> None:
    digits = next(f"{stem}{check}" for check in range(10) if money.passes_luhn(f"{stem}{check}"))
    written = separator.join(digits[i : i + 4] for i in range(0, 16, 4))
    masked = render.mask_cards(f"{before}{written}{after}")
    assert digits[:12] not in re.sub(r"\D", "", masked)  # what is left of it is its end, or less
    assert "****" in masked


# -- templates --------------------------------------------------------------------------------------------------------


def test_an_undefined_name_in_a_template_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render.environment().from_string("{{ nobody }}").render()


def test_pages_escape_and_letters_do_not() -> None:
    assert render.environment(html=True).from_string("{{ x }}").render(x="<b>&") == "&lt;b&gt;&amp;"
    assert render.environment().from_string("{{ x }}").render(x="<b>&") == "<b>&"


def test_a_template_name_cannot_leave_the_folder() -> None:
    with pytest.raises(TemplateNotFound):
        render.environment().get_template("../pyproject.toml")


def test_tidy_leaves_no_double_blanks_and_no_double_empty_lines() -> None:
    assert render.tidy("\n\na  b \n\n\n\n- c\n\n") == "a b\n\n- c"


def test_templates_name_every_month_and_day_by_babel_only() -> None:
    """No template formats a date by itself: a format hidden in one would not follow the reader's language."""
    for path in TEMPLATES:
        assert "strftime" not in path.read_text(encoding="utf-8"), path


# -- mails ------------------------------------------------------------------------------------------------------------

WORDS = st.lists(st.text(alphabet="가나다라주문상품 (월)[]:,.ab1é-", min_size=1, max_size=14), min_size=1, max_size=12)


@given(WORDS)
def test_a_subject_arrives_as_it_was_written_blank_by_blank(words: list[str]) -> None:
    subject = render.one_line(" ".join(words), 150)
    mail = EmailMessage(policy=render.mail_policy())
    mail["Subject"] = subject
    raw = mail.as_bytes()
    assert raw.isascii() and max(map(len, raw.split(b"\r\n"))) <= 78
    assert message_from_bytes(raw, policy=default)["Subject"] == subject


@given(WORDS)
def test_a_display_name_arrives_as_it_was_written(words: list[str]) -> None:
    name = render.one_line(" ".join(words), 60)
    mail = EmailMessage(policy=render.mail_policy())
    mail["From"] = render.mail_address(Address(name, "mina@example.com"))
    raw = mail.as_bytes()
    assert raw.isascii() and max(map(len, raw.split(b"\r\n"))) <= 78
    # Decoded by the older parser: the newer one puts a blank between two encoded words of a name (RFC 2047 6.2).
    written = message_from_bytes(raw, policy=compat32)["From"]
    shown, address = parseaddr(written)
    assert (str(make_header(decode_header(shown))), address) == (name, "mina@example.com")


@pytest.mark.parametrize(
    "email", ["", "mina", "@x.example", "mina@", "미나@x.example", "a b@x.example", "a@x\r\nBcc: b@y.example"]
)
def test_what_is_no_address_never_stands_in_a_header(email: str) -> None:
    with pytest.raises(ValueError, match="local@domain"):
        render.mail_address(Address("", email))
