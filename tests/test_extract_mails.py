"""Mails in the manner of many shops, payment services, card issuers, carriers and stores, and what they state.

All under `mails/values` are written for this test: names, numbers and addresses are invented, wordings are the
ordinary ones of their language. Beside each mail lies what it states; null means that nothing may be found.
Read by the real `parse` and `extract`.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor import parse
from monitor.extract import extract
from monitor.knowledge.values import LANGUAGES
from monitor.types import Finding, Kind, Mail, RawMail, Span, Verdict

MAILS = sorted((Path(__file__).parent / "mails" / "values").glob("*.eml"))
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def read(path: Path) -> tuple[Mail, Finding, dict[str, Any]]:
    """A mail, its Finding and the expectation that lies beside it."""
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    mail = parse.mail(RawMail("test", "", 0, 0, None, path.read_bytes()), now=NOW)
    verdict = Verdict(Kind(expected["kind"]), None, expected["language"], "test")
    return mail, extract(mail, verdict), expected["want"]


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_what_the_machine_readable_output_has_is_the_same_where_nothing_else_is_read(path: Path) -> None:
    mail, whole, _ = read(path)
    language = json.loads(path.with_suffix(".json").read_text("utf-8"))["language"]
    brief = extract(mail, Verdict(whole.kind, None, language, "test"), brief=True)
    for name in ("order_number", "total", "items", "placed_at", "promised_by", "payment_method", "tracking_numbers",
                 "carrier", "kind"):  # fmt: skip
        assert getattr(brief, name) == getattr(whole, name)
    assert brief.contacts == ()


def plain(value: Any) -> Any:
    """A value as the expectations write it."""
    if isinstance(value, Span):
        return f"{value.count} {value.unit.value}"
    if isinstance(value, date):
        return value.isoformat()
    return getattr(value, "value", value)


def values(found: Finding) -> dict[str, Any]:
    """The values of a Finding under the names of the expectations, without quotes."""
    single = (
        "order_number", "placed_at", "pay_by", "dispatch_by", "promised_by", "refund_by", "answer_by", "settlement",
        "payment_method", "instalments", "carrier", "parcels", "partial", "order_class",
    )  # fmt: skip
    out: dict[str, Any] = {}
    for name in single:
        stated = getattr(found, name)
        out[name] = plain(stated.value) if stated is not None else None
    out["total"] = f"{found.total.value.amount} {found.total.value.currency}" if found.total else None
    out["tracking"] = [stated.value for stated in found.tracking_numbers]
    out["items"] = [stated.value for stated in found.items]
    out["payment"] = found.payment
    out["contacts"] = sorted(f"{contact.channel} {contact.value}" for contact in found.contacts)
    out["disagreements"] = [name for name, _ in found.disagreements]
    return out


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_mail_in_the_manner_of_many_sellers_is_read_right(path: Path) -> None:
    _, found, want = read(path)
    got = values(found)
    wrong = {
        name: (got[name], stated) for name, stated in ({"disagreements": []} | want).items() if got[name] != stated
    }
    assert not wrong, "\n".join(f"{name}: read {read_!r}, stated {stated!r}" for name, (read_, stated) in wrong.items())


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_every_value_has_a_quote_whose_words_stand_in_the_mail(path: Path) -> None:
    mail, found, _ = read(path)
    text = " ".join(f"{mail.header.subject} {mail.text}".split())
    quotes = [
        stated.quote
        for name in Finding.__dataclass_fields__
        for stated in [getattr(found, name)]
        if hasattr(stated, "quote") and getattr(stated, "reader", "") != "markup"
    ]
    quotes += [stated.quote for stated in (*found.items, *found.tracking_numbers)]
    for quote in quotes:
        for part in quote.split(" … "):  # a column's name and a cell of it
            assert part in text, (quote, text)


def test_there_are_mails_of_every_language_and_many_kinds() -> None:
    expected = [json.loads(path.with_suffix(".json").read_text("utf-8")) for path in MAILS]
    assert len(expected) >= 90
    assert {one["language"] for one in expected} == set(LANGUAGES)
    assert {one["kind"] for one in expected} >= {
        "order_confirmation", "payment_receipt", "payment_failed", "shipped", "delivered", "delayed", "cancellation",
        "refund", "refund_promised", "seller_reply",
    }  # fmt: skip
