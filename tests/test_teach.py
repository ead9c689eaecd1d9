"""Teaching: from one mail and what the user marks in it, to a layout that reads the seller's other mails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path

import pytest

from monitor import knowledge
from monitor.cli.failures import run
from monitor.config import load
from monitor.knowledge import Knowledge
from monitor.run import anonymize, intake, reading, taught, teaching
from monitor.run.teaching import NotTaught
from monitor.store import Store
from monitor.types import Authentication, Kind, Mail, Money, RawMail

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh_knowledge() -> Iterator[None]:
    knowledge.load.cache_clear()
    yield
    knowledge.load.cache_clear()


def raw(
    subject: str,
    text: str = "",
    html: str = "",
    sender: str = "Mond & Sohn <laden@mondundsohn.example>",
    at: str = "02",
) -> bytes:
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "Mina Park <mina@home.example>"
    message["Subject"] = subject
    message["Date"] = f"Mon, {at} Nov 2026 12:00:00 +0000"
    message["Message-ID"] = f"<{abs(hash((subject, text, html, at)))}@mondundsohn.example>"
    message.set_content(text or html, subtype="html" if html else "plain")
    return message.as_bytes()


def mail_of(content: bytes) -> Mail:
    return teaching.mail_of(content, NOW)


SLIP = "Good day Mina,\nyour slip: {number}\nIn all we ask for {total} EUR please\nSent by: {carrier}\n"
FIRST = raw("Slip 7719 for you", SLIP.format(number="7719-AK", total="34.50", carrier="Moon Post"))
SECOND = raw("Slip 8820 for you", SLIP.format(number="8820-BL", total="19.00", carrier="Star Line"), at="09")


def learnt(
    tmp_path: Path, content: bytes = FIRST, kind: Kind | None = Kind.ORDER_CONFIRMATION, **marks: list[str]
) -> Knowledge:
    lesson = teaching.learn(mail_of(content), marks, kind, knowledge.load(), folder=tmp_path, own=["Mina Park"])
    teaching.keep(lesson, tmp_path)
    knowledge.load.cache_clear()
    return knowledge.load(tmp_path)


def read(content: bytes, known: Knowledge) -> reading.Read:
    return reading.read(RawMail("t", "", 0, 0, None, content), "f", known, now=NOW)


def test_what_was_marked_in_one_mail_is_read_in_the_next(tmp_path: Path) -> None:
    known = learnt(
        tmp_path, order_number=["7719-AK"], total=["34.50 EUR"], carrier=["Moon Post"], seller=["Mond & Sohn"]
    )
    found = read(SECOND, known)
    assert found.verdict.kind is Kind.ORDER_CONFIRMATION
    assert found.verdict.seller is not None
    assert found.verdict.seller.value.name == "Mond & Sohn"
    assert found.finding is not None
    assert found.finding.order_number is not None
    assert (found.finding.order_number.value, found.finding.order_number.reader) == ("8820-BL", "layout:mondundsohn_1")
    assert found.finding.total is not None
    assert found.finding.total.value == Money(Decimal("19.00"), "EUR")
    assert found.finding.carrier is not None
    assert found.finding.carrier.value == "Star Line"


def test_without_the_lesson_these_mails_say_nothing(tmp_path: Path) -> None:
    found = read(SECOND, knowledge.load(tmp_path))
    assert found.verdict.kind is Kind.OTHER
    assert found.finding is None or found.finding.order_number is None


@pytest.mark.parametrize(
    ("text", "mark", "next_text", "want"),
    [
        ("Receipt code\nKX-100\n", "KX-100", "Receipt code\nKX-200\n", "KX-200"),  # below its label
        ("* Receipt code ... KX-100 (keep it)\n", "KX-100", "* Receipt code ... KX-205 (keep it)\n", "KX-205"),
        ("We packed KX-100 for you on 02.11.\n", "KX-100", "We packed KX-333 for you on 09.11.\n", "KX-333"),
        (
            "영수 번호표 가-100 아님\n전표 KX-100 입니다\n",
            "KX-100",
            "영수 번호표 가-200\n전표 KX-444 입니다\n",
            "KX-444",
        ),
    ],
)
def test_an_order_number_is_found_again_wherever_it_stands(
    tmp_path: Path, text: str, mark: str, next_text: str, want: str
) -> None:
    known = learnt(tmp_path, raw("Parcel news", text), order_number=[mark])
    found = read(raw("Parcel news", next_text), known).finding
    assert found is not None
    assert found.order_number is not None
    assert found.order_number.value == want


def test_other_marked_values_around_a_value_are_left_open(tmp_path: Path) -> None:
    one, other = "Taken by Moon Post, box KX-100\n", "Taken by Star Line, box KX-501\n"
    known = learnt(tmp_path, raw("Parcel news", one), order_number=["KX-100"], carrier=["Moon Post"])
    found = read(raw("Parcel news", other), known).finding
    assert found is not None
    assert found.order_number is not None
    assert found.carrier is not None
    assert (found.order_number.value, found.carrier.value) == ("KX-501", "Star Line")


def test_a_number_that_stands_only_in_the_subject_is_found_there_again(tmp_path: Path) -> None:
    known = learnt(tmp_path, raw("Parcel KX-100 is packed", "Thank you.\n"), order_number=["KX-100"])
    found = read(raw("Parcel KX-900 is packed", "Thank you.\n"), known).finding
    assert found is not None
    assert found.order_number is not None
    assert found.order_number.value == "KX-900"


BASKET = """<div class="basket"><table><tr><td class="n">Moon lamp</td><td class="p">20,00 €</td></tr>
<tr><td class="n">Star map</td><td class="p">14,50 €</td></tr></table></div><p class="pay">34,50 €</p>"""


def test_things_bought_and_an_amount_without_any_label_are_found_by_their_place_in_the_html(tmp_path: Path) -> None:
    known = learnt(tmp_path, raw("Your basket", html=BASKET), items=["Moon lamp", "Star map"], total=["34,50 €"])
    other = BASKET.replace("Moon lamp", "Comet kite").replace("Star map", "Dust brush").replace("34,50", "77,00")
    found = read(raw("Your basket", html=other), known).finding
    assert found is not None
    assert [item.value for item in found.items] == ["Comet kite", "Dust brush"]
    assert found.total is not None
    assert found.total.value == Money(Decimal("77.00"), "EUR")


def test_days_are_read_as_days(tmp_path: Path) -> None:
    known = learnt(tmp_path, raw("News", "At your door: 24 November 2026\nAsked for on 2 November 2026\n"),
                   promised_by=["24 November 2026"], placed_at=["2 November 2026"])  # fmt: skip
    found = read(raw("News", "At your door: 30 November 2026\nAsked for on 9 November 2026\n", at="09"), known).finding
    assert found is not None
    assert found.promised_by is not None
    assert found.promised_by.value == date(2026, 11, 30)
    assert found.placed_at is not None
    assert found.placed_at.value == date(2026, 11, 9)


def test_the_kind_holds_for_subjects_like_this_one_and_for_no_others(tmp_path: Path) -> None:
    known = learnt(tmp_path, order_number=["7719-AK"])
    assert read(SECOND, known).verdict.kind is Kind.ORDER_CONFIRMATION
    assert read(raw("Our autumn moons are here", "your slip: 1-AA"), known).verdict.kind is Kind.OTHER


def test_the_users_own_name_in_a_subject_does_not_bind_the_lesson_to_him(tmp_path: Path) -> None:
    lesson = teaching.learn(
        mail_of(raw("Mina Park: slip 7719", "your slip: 7719-AK")), {"order_number": ["7719-AK"]},
        Kind.ORDER_CONFIRMATION, knowledge.load(), folder=tmp_path, own=["Mina Park"],
    )  # fmt: skip
    assert "Mina" not in lesson.text


@pytest.mark.parametrize(
    ("marks", "kind", "why"),
    [
        ({"order_number": ["9999-ZZ"]}, Kind.ORDER_CONFIRMATION, "not_in_mail"),
        ({"total": ["Moon Post"]}, Kind.ORDER_CONFIRMATION, "no_value.total"),
        ({"placed_at": ["Moon Post"]}, Kind.ORDER_CONFIRMATION, "no_value.day"),
        ({"order_number": ["7719-AK"]}, None, "needs_kind"),
        ({"seller": ["Mond & Sohn"]}, None, "needs_kind"),
    ],
)
def test_what_cannot_be_learnt_is_refused(
    tmp_path: Path, marks: dict[str, list[str]], kind: Kind | None, why: str
) -> None:
    with pytest.raises(NotTaught) as refused:
        teaching.learn(mail_of(FIRST), marks, kind, knowledge.load(), folder=tmp_path)
    assert refused.value.key == why


def test_nothing_is_learnt_from_a_forged_mail_nor_applied_to_one(tmp_path: Path) -> None:
    def forged(content: bytes) -> Mail:
        mail = mail_of(content)
        return replace(mail, header=replace(mail.header, authentication=Authentication.FAIL))

    with pytest.raises(NotTaught) as refused:
        teaching.learn(forged(FIRST), {"order_number": ["7719-AK"]}, Kind.SHIPPED, knowledge.load(), folder=tmp_path)
    assert refused.value.key == "forged"
    known = learnt(tmp_path, order_number=["7719-AK"])
    before = read(SECOND, knowledge.load()).verdict
    assert taught.verdict(forged(SECOND), before, known) == before


def test_a_second_lesson_gets_the_next_number_and_the_first_goes_on_serving(tmp_path: Path) -> None:
    learnt(tmp_path, order_number=["7719-AK"])
    known = learnt(tmp_path, total=["34.50 EUR"])
    assert sorted(path.name for path in (tmp_path / "layouts").iterdir()) == [
        "mondundsohn_1.toml",
        "mondundsohn_2.toml",
    ]
    found = read(SECOND, known).finding
    assert found is not None
    assert found.total is not None
    assert found.order_number is not None
    assert (found.total.reader, found.order_number.reader) == ("layout:mondundsohn_2", "layout:mondundsohn_1")


def test_a_sample_of_a_taught_mail_hides_what_only_the_lesson_reads(tmp_path: Path) -> None:
    known = learnt(tmp_path, order_number=["7719-AK"])
    made = anonymize.sample(FIRST, known, now=NOW)
    assert (made.changed, made.left) == ((), ())
    assert b"7719-AK" not in made.content


def test_of_a_shared_mail_domain_only_the_address_is_taught(tmp_path: Path) -> None:
    one = raw("Slip 1 for you", "your slip: 7719-AK", sender="Kim <kim.shop@naver.com>")
    known = learnt(tmp_path, one, order_number=["7719-AK"])
    other = raw("Slip 2 for you", "your slip: 8820-BL", sender="Lee <lee@naver.com>")
    assert read(one, known).verdict.kind is Kind.ORDER_CONFIRMATION
    assert read(other, known).verdict.kind is Kind.OTHER


# --- with a store and at the command line ----------------------------------------------------------------------------


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("REFUND_MONITOR_USER__LANGUAGE", "en")
    monkeypatch.setenv("REFUND_MONITOR_USER__TIMEZONE", "Europe/Berlin")
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    return tmp_path


ORDER = (
    "Order confirmation\nThank you for your order.\nOrder number: {number}\n"
    "Total: {total} EUR\nIn all we ask for {all} EUR\n"
)


def shop(folder: Path) -> Path:
    mails = folder / "mails"
    mails.mkdir()
    for day, total in (("03", "10.00"), ("04", "11.00"), ("05", "12.00")):
        text = ORDER.format(number=f"A-10{day}", total=total, all=total if day != "05" else "99.00")
        if day == "04":
            text = text.partition("In all")[0]
        (mails / f"{day}.eml").write_bytes(raw(f"Your order A-10{day} is confirmed", text, at=day))
    return mails


def test_a_lesson_is_tried_on_the_older_mails_of_the_sender(environment: Path) -> None:
    config = load(None, {"XDG_DATA_HOME": str(environment / "data"), "REFUND_MONITOR_USER__TIMEZONE": "Europe/Berlin"})
    marked = raw("Your order A-77 is confirmed", ORDER.format(number="A-77", total="8.00", all="8.00"), at="10")
    with Store.open(environment / "s.sqlite3") as store:
        intake.import_paths(store, config, knowledge.load(), [shop(environment)], now=NOW)
        lesson = teaching.learn(
            mail_of(marked), {"total": ["8.00 EUR"]}, None, knowledge.load(), folder=environment / "knowledge"
        )
        # the first place of the text that reads back is the label; the trial is of the other words
        words = replace(lesson.layout.fields[0], labels=("In all we ask for",))
        lesson = replace(lesson, layout=replace(lesson.layout, fields=(words,)))
        trial = teaching.tried(lesson, store, knowledge.load(), besides="", now=NOW).trial
    assert (trial.agree, trial.disagree, trial.nothing) == (1, 1, 1)
    assert [(day.day, field) for day, field in trial.differing] == [(5, "total")]


def test_teach_keeps_the_layout_where_every_command_finds_it(
    environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = environment / "first.eml", environment / "second.eml"
    first.write_bytes(FIRST)
    second.write_bytes(SECOND)
    arguments = [
        "teach",
        str(first),
        "--kind",
        "order_confirmation",
        "--order-number",
        "7719-AK",
        "--total",
        "34.50 EUR",
    ]
    assert run([*arguments, "--dry-run"]) == 0
    assert not (environment / "data" / "refund-monitor" / "knowledge").exists()
    assert run(arguments) == 0
    kept = environment / "data" / "refund-monitor" / "knowledge" / "layouts" / "mondundsohn_1.toml"
    assert kept.stat().st_mode & 0o077 == 0
    out = capsys.readouterr().out
    assert "order number: found by “your slip”" in out
    assert str(kept) in out
    assert run(["read", str(second)]) == 0
    assert "8820-BL" in capsys.readouterr().out
    assert run(["read", "--generic-only", str(second)]) == 0
    assert "8820-BL" not in capsys.readouterr().out


def test_an_import_after_the_lesson_makes_the_order(environment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (environment / "first.eml").write_bytes(FIRST)
    mails = environment / "mails"
    mails.mkdir()
    (mails / "second.eml").write_bytes(SECOND)
    assert (
        run(["teach", str(environment / "first.eml"), "--kind", "order_confirmation", "--order-number", "7719-AK"]) == 0
    )
    assert run(["import", str(mails)]) == 0
    assert run(["orders", "--json"]) == 0
    assert '"order_number": "8820-BL"' in capsys.readouterr().out


def test_without_marks_teach_shows_what_is_read_and_what_can_be_marked(
    environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (environment / "first.eml").write_bytes(FIRST)
    assert run(["teach", str(environment / "first.eml")]) == 0
    out = capsys.readouterr().out
    assert "--order-number" in out
    assert "your slip: 7719-AK" in out


@pytest.mark.parametrize(
    ("more", "told", "status"),
    [
        (["--order-number", "Z-1"], "does not stand in this mail", 1),
        (["--kind", "gossip"], "is no kind of mail", 2),
        (["--order-number", "7719-AK"], "Say what it is with --kind", 1),
    ],
)
def test_teach_refuses_in_plain_words(
    environment: Path, capsys: pytest.CaptureFixture[str], more: list[str], told: str, status: int
) -> None:
    (environment / "first.eml").write_bytes(FIRST)
    if more[0] == "--order-number" and more[1] == "Z-1":
        more = [*more, "--kind", "shipped"]
    assert run(["teach", str(environment / "first.eml"), *more]) == status
    assert told in capsys.readouterr().err


def test_a_broken_layout_of_the_users_is_named_and_not_met_in_every_mail(
    environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = environment / "data" / "refund-monitor" / "knowledge" / "layouts"
    folder.mkdir(parents=True)
    (folder / "mond_1.toml").write_text("[recognise]\n", "utf-8")
    (environment / "first.eml").write_bytes(FIRST)
    assert run(["read", str(environment / "first.eml")]) == 1
    assert "mond_1.toml" in capsys.readouterr().err
