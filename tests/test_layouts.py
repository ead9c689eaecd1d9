"""Seller layouts: every file holds together with its own examples, and the engine keeps to its bounds."""

from __future__ import annotations

import re
import time
import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import knowledge, parse
from monitor.extract import extract, layouts
from monitor.extract.finding import context_of
from monitor.knowledge import KnowledgeError, layout
from monitor.knowledge.layout import FieldPattern, Layout, Layouts
from monitor.types import Address, Kind, Mail, Money, RawMail, Seller, Stated, Verdict

FILES = sorted(layout.FOLDER.glob("*.toml"))
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def mail_of(example: dict[str, Any]) -> Mail:
    message = EmailMessage()
    message["From"] = example.get("sender", "Shop <orders@shop.example>")
    message["To"] = "me@example.net"
    message["Subject"] = example["subject"]
    message["Date"] = "Mon, 02 Nov 2026 12:00:00 +0000"
    if "html" in example:
        message.set_content(example["html"], subtype="html")
    else:
        message.set_content(example["text"])
    return parse.mail(RawMail("test", "", 0, 0, None, message.as_bytes()), now=NOW)


def verdict_of(example: dict[str, Any]) -> Verdict:
    return Verdict(Kind(example["kind"]), None, example["language"], "an example")


def examples(path: Path) -> list[dict[str, Any]]:
    return list(tomllib.loads(path.read_text("utf-8"))["example"])


def plain(value: Any) -> Any:
    if isinstance(value, Money):
        return f"{value.amount} {value.currency}"
    return value.isoformat() if isinstance(value, date) else value


def found(laid: layouts.Laid) -> dict[str, Any]:
    """What a layout found, as the examples write it."""
    out: dict[str, Any] = {name: plain(stated.value) for name, stated in laid.days.items()}
    for name in ("order_number", "total", "placed_at", "payment_method", "carrier"):
        if (stated := getattr(laid, name)) is not None:
            out[name] = plain(stated.value)
    for name in ("items", "tracking_numbers"):
        if several := getattr(laid, name):
            out[name] = [stated.value for stated in several]
    return out


def ways(pattern: FieldPattern) -> list[FieldPattern]:
    """A pattern with several labels as several patterns."""
    return [replace(pattern, labels=(label,)) for label in pattern.labels] or [pattern]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_layout_finds_in_its_examples_what_they_say_and_nothing_in_the_others(path: Path) -> None:
    described = layout.parse(path)
    given_examples = examples(path)
    assert any(example.get("recognised") is False or example.get("want") == {} for example in given_examples)
    for example in given_examples:
        mail = mail_of(example)
        recognised = layouts.recognises(described, mail)
        assert recognised is example.get("recognised", True), example["subject"]
        if recognised:
            page = layouts.Page(mail, context_of(mail, verdict_of(example)))
            assert found(layouts.apply(described, page)) == example["want"], example["subject"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_pattern_is_dead_each_is_hit_by_an_example(path: Path) -> None:
    described = layout.parse(path)
    pages = []
    for example in examples(path):
        mail = mail_of(example)
        if layouts.recognises(described, mail):
            pages.append(layouts.Page(mail, context_of(mail, verdict_of(example))))
    for pattern in described.fields:
        for way in ways(pattern):
            assert any(list(layouts.hits(way, page)) for page in pages), (way.name, way.labels or way.css)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_other_layout_takes_a_mail_of_this_one(path: Path) -> None:
    for example in examples(path):
        mail = mail_of(example)
        takers = {one.origin for one in Layouts() if layouts.recognises(one, mail)}
        assert takers <= {layout.parse(path).origin}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_whole_reading_of_an_example_says_which_layout_read_it_and_no_reader_contradicts(path: Path) -> None:
    for example in examples(path):
        if example.get("recognised", True) and example["want"]:
            finding = extract(mail_of(example), verdict_of(example), knowledge.load())
            readers = [s.reader for s in (finding.order_number, finding.total, *finding.tracking_numbers) if s]
            assert [name for name, _ in finding.disagreements] == example.get("contradicts", [])
            assert f"layout:{path.stem}" in readers, readers


def test_a_dozen_origins_are_described_and_each_names_the_template_that_was_seen() -> None:
    described = list(Layouts())
    assert len({one.origin for one in described}) >= 10
    assert all(any(":" in seen for seen in one.seen) for one in described)
    assert not any(one.taught or one.kinds or one.seller for one in described)


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    path.write_text(text, "utf-8")
    return path


LINDEN = """seen = ["a mail of the user's"]
[recognise]
senders = ["linden.example"]
[[field]]
name = "total"
label = ["To pay in all"]
[[field]]
name = "order_number"
label = ["Slip"]
where = "below"
"""


def linden(text: str, sender: str = "Linden <post@mail.linden.example>") -> Mail:
    return mail_of({"sender": sender, "subject": "Your order", "text": text})


ORDER = Verdict(Kind.ORDER_CONFIRMATION, Stated(Seller("linden.example", "Linden"), "Linden", "header"), "en", "a test")


def test_a_layout_of_the_users_own_folder_is_read_without_rebuild_and_speaks_last(tmp_path: Path) -> None:
    write(tmp_path / "layouts", "linden_1", LINDEN)
    known = knowledge.load(tmp_path)
    mail = linden("Total: $10.00\nTo pay in all: $12.00\nSlip\nAB-77\n")
    finding = extract(mail, ORDER, known)
    assert finding.total is not None
    assert (finding.total.value.amount, finding.total.reader) == (Decimal(12), "layout:linden_1")
    assert finding.order_number is not None
    assert finding.order_number.value == "AB-77"
    assert finding.disagreements == ()
    generic = extract(mail, ORDER, knowledge.load(tmp_path, generic_only=True))
    assert generic.total is not None
    assert (generic.total.value.amount, generic.total.reader) == (Decimal(10), "generic")


def test_a_layout_of_the_package_that_contradicts_the_text_makes_a_question(tmp_path: Path) -> None:
    write(tmp_path, "linden_1", LINDEN)
    known = replace(knowledge.load(), layouts=Layouts((tmp_path,)))
    finding = extract(linden("Total: $10.00\nTo pay in all: $12.00\n"), ORDER, known)
    assert finding.total is None
    [(field, rivals)] = finding.disagreements
    assert field == "total"
    assert [(rival.value, rival.reader) for rival in rivals] == [
        ("12.00 USD", "layout:linden_1"), ("10.00 USD", "generic"),
    ]  # fmt: skip


def test_a_layout_looks_at_mails_of_its_senders_only(tmp_path: Path) -> None:
    described = layout.parse(write(tmp_path, "linden_1", LINDEN))
    assert layouts.recognises(described, linden("Slip"))
    assert not layouts.recognises(described, linden("Slip", "Linden <post@notlinden.example>"))
    assert not layouts.recognises(described, linden("Slip", "Linden <linden.example@evil.example>"))


def test_the_newest_generation_of_a_layout_is_tried_first_and_the_older_ones_still_serve(tmp_path: Path) -> None:
    write(tmp_path, "linden_1", LINDEN)
    write(tmp_path, "linden_2", LINDEN.replace("To pay in all", "All together"))
    known = replace(knowledge.load(), layouts=Layouts((tmp_path,)))
    for label, reader in (("All together", "layout:linden_2"), ("To pay in all", "layout:linden_1")):
        finding = extract(linden(f"{label}: $12.00"), ORDER, known)
        assert finding.total is not None
        assert finding.total.reader == reader


def test_faults_of_a_layout_are_named_with_file_and_key(tmp_path: Path) -> None:
    write(tmp_path / "layouts", "linden_1", """colour = "red"
seen = []
[recognise]
senders = "linden.example"
[[field]]
name = "price"
label = ["Total"]
css = "td.total"
[[field]]
name = "total"
line = "(a+)+b"
[[field]]
name = "total"
css = "td:has(p)"
where = "above"
""")  # fmt: skip
    with pytest.raises(KnowledgeError) as wrong:
        knowledge.load(tmp_path)
    told = str(wrong.value)
    for part in ("colour: unknown key", "seen: names no mail", "recognise.senders: wants a list", "'price' is none of",
                 "one of label, css, line, subject", "without an upper bound", "no selector",
                 "where: is right"):  # fmt: skip
        assert part in told, part
    assert "linden_1.toml" in told


def test_a_layout_of_the_package_may_not_decide_over_kind_and_seller(tmp_path: Path) -> None:
    path = write(tmp_path, "linden_1", f'seller = "Linden"\n{LINDEN}')
    with pytest.raises(KnowledgeError, match="only a layout that the user taught"):
        layout.parse(path)
    assert layout.parse(path, taught=True).seller == "Linden"


@pytest.mark.parametrize(
    "pattern", [r"a*b", r"(a{1,9}){1,9}b", r"(?:ab|a{0,3}){2,5}", r"\w{0,99}\w{0,99}\w{0,99}", r"(a)\1", "(", "x" * 600]
)
def test_a_pattern_that_could_take_long_is_refused(pattern: str) -> None:
    assert layout.not_bounded(pattern)


@pytest.mark.parametrize("pattern", [r"#?([A-Z0-9-]{3,30})", r"^\d{4}-\d{2}$", r"(?:No|Nr)\.? {0,3}(\S{1,40})"])
def test_an_ordinary_pattern_is_accepted(pattern: str) -> None:
    assert layout.not_bounded(pattern) == ""


def every_pattern() -> list[Layout]:
    return [replace(one, senders=(), html=(), text=(), subject=None) for one in Layouts()]


@pytest.mark.parametrize(
    "hostile",
    ["주문번호 " * 50_000, "a" * 500_000, "\t" * 300_000, "#1" * 200_000, "Total: " + "9," * 100_000,
     ("x" * 390 + "\n") * 3000, "<div>" * 100_000, "<table><tr class=conf_body><td>1<td>2" * 20_000],
    ids=lambda text: text[:12],
)  # fmt: skip
def test_every_layout_together_reads_a_hostile_mail_within_seconds(hostile: str) -> None:
    mail = mail_of({"subject": "Order #1", "html": hostile})
    page = layouts.Page(mail, context_of(mail, ORDER))
    start = time.process_time()
    for one in every_pattern():
        layouts.apply(one, page)
    assert time.process_time() - start < 5


@given(st.text(alphabet=st.sampled_from("<>tdr/#:0123456789 \n\t주문번호Order합계₩$%,."), max_size=400))
def test_no_text_makes_a_layout_raise(text: str) -> None:
    mail = mail_of({"subject": text.replace("\n", " ").replace("\t", " "), "html": text})
    page = layouts.Page(mail, context_of(mail, ORDER))
    for one in every_pattern():
        layouts.apply(one, page)


@pytest.mark.parametrize("name", ["adding-a-seller.md", "adding-a-seller.ko.md"])
def test_the_files_that_the_guide_shows_are_accepted_and_do_what_it_says(tmp_path: Path, name: str) -> None:
    guide = (Path(__file__).parent.parent / "docs" / name).read_text("utf-8")
    identity, described = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    write(tmp_path / "shops", "moonandson", identity)
    path = write(tmp_path / "layouts", "moonandson_1", described)
    known = knowledge.load(tmp_path)
    shop = known.shops.for_sender(Address("", "post@moonandson.example"))
    assert shop is not None
    assert shop.id == "moonandson"
    fitting, other = examples(path)
    finding = extract(mail_of(fitting), verdict_of(fitting), known)
    assert finding.order_number is not None
    assert finding.order_number.reader == "layout:moonandson_1"
    page = layouts.Page(mail_of(fitting), context_of(mail_of(fitting), verdict_of(fitting)))
    assert found(layouts.apply(layout.parse(path), page)) == fitting["want"]
    assert not layouts.recognises(layout.parse(path), mail_of(other))
