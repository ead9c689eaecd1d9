"""The score counts right what is right, and shows that the header alone loses no purchase."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from monitor import knowledge
from tests import post
from tests.score import __main__ as score
from tests.score.figures import Figures, same
from tests.score.labelled import Labelled, Unusable, corpus, own

NOTHING: dict[str, Any] = {
    "kind": "other", "seller": None, "order_number": None, "total": None, "currency": None, "tracking_number": None,
    "payment_method": None,
}  # fmt: skip


def labelled(kind: str, also: tuple[str, ...] = (), **values: str | None) -> Labelled:
    return Labelled("one", "here", "ko", b"", kind, frozenset(also), values)


@pytest.mark.parametrize(
    ("name", "given", "want", "right"),
    [
        ("total", "12000", "12000.00", True),
        ("total", "12000", "1200", False),
        ("total", "about 12", "12", False),
        ("order_number", "ab-12 34", "AB1234", True),
        ("order_number", "AB12345", "AB1234", False),
        ("seller", "Hanbit Ltd.", "Hanbit", True),
        ("seller", "Ha", "Hanbit Trading Company of Seoul and Busan", False),
        ("payment_method", None, "Visa", False),
        ("payment_method", "Visa", None, False),
    ],
)
def test_a_value_is_right_or_it_is_not(name: str, given: str | None, want: str | None, right: bool) -> None:
    assert same(name, given, want) is right


def test_each_mail_counts_where_it_belongs() -> None:
    made = Figures()
    made.count(labelled("refund", order_number="1", total=None), NOTHING | {"kind": "refund", "order_number": "1"})
    made.count(labelled("refund", order_number="1", total=None), NOTHING | {"kind": "shipped", "total": "5"})
    made.count(labelled("refund", ("other",)), NOTHING)  # may be left alone
    made.count(labelled("refund"), NOTHING)
    made.count(labelled("other"), NOTHING)
    made.count(labelled("other"), NOTHING | {"kind": "refund"})
    made.count(labelled("other", ("refund",)), NOTHING | {"kind": "refund"})  # may be taken for one
    assert (made.found.part, made.found.whole) == (2, 3)
    assert (made.true.part, made.true.whole) == (2, 3)
    assert (made.alarms.part, made.alarms.whole) == (1, 2)
    assert (made.kinds.part, made.kinds.whole) == (1, 3)
    assert (made.recall["order_number"].part, made.recall["order_number"].whole) == (1, 2)
    assert (made.precision["total"].part, made.precision["total"].whole) == (0, 1)
    assert made.missed == ["one"]


def test_a_field_that_nobody_looked_at_is_not_counted() -> None:
    made = Figures()
    made.count(labelled("refund"), NOTHING | {"kind": "refund", "total": "5"})
    assert made.precision["total"].whole == 0


def test_a_folder_with_labels_is_scored_and_labels_without_a_mail_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.eml").write_bytes(post.order(1, post.at(2)))
    (tmp_path / "b.eml").write_bytes(post.personal(1, post.at(3)))
    labels = [
        {"file": "a.eml", "lang": "ko", "source": "written here", "kind": "order_confirmation",
         "order_number": "20261102-0001", "total": "1000", "currency": "KRW", "tracking_number": None},
        {"file": "b.eml", "lang": "ko", "source": "written here", "kind": "other"},
        {"file": "sealed.eml", "kind": "other"},
    ]  # fmt: skip
    (tmp_path / "labels.jsonl").write_text("\n".join(map(json.dumps, labels)), encoding="utf-8")
    assert score.main([str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "2 mails, 1 about purchases; 1 labels without a mail"
    (total,) = [line for line in lines if line.startswith("total recall")]
    assert total.count("100.0% (1/1)") == 2  # with layouts, and without
    assert any(line.startswith("written here") for line in lines)
    assert "  lost by the header: none" in lines


def test_a_folder_without_labels_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert score.main([str(tmp_path)]) == 1
    assert "labels.jsonl" in capsys.readouterr().err
    (tmp_path / "labels.jsonl").write_text("no json")
    with pytest.raises(Unusable):
        corpus(tmp_path)


def test_the_header_loses_no_sample_mail() -> None:
    mails = own()
    known = knowledge.load()
    every_day, whole = Figures(), Figures()
    first, second = score.read(mails, known), score.read(mails, known, header_decides=False)
    for mail in mails:
        every_day.count(mail, first[mail.name])
        whole.count(mail, second[mail.name])
    assert set(every_day.missed) == set(whole.missed)
    assert every_day.found.part > 300
