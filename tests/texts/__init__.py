"""Facts to write texts from: everything known, each thing missing, nothing known; and what a reader stumbles over."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import fields, replace
from datetime import date
from decimal import Decimal
from functools import cache

from monitor import draft
from monitor.draft import Earlier, Facts, Moment
from tests.cast import ME, won

TODAY = date(2026, 11, 23)
SITUATIONS = (
    *("dispatch", "delivery", "not_arrived", "part_missing", "refund_promised", "refund_cancelled", "refund_returned"),
    *("refund", "refund_withdrawn", "credit", "answer", "open"),
)
ADDRESSEE = {
    "dispute": "card_issuer",
    "marketplace_claim": "marketplace",
    "provider_dispute": "provider",
    "escrow_hold": "provider",
    "card_objection": "card_issuer",
    "chargeback": "card_issuer",
    "instalment_defence": "card_issuer",
    "setoff": "card_issuer",
    "joint_liability": "provider",
    "bank_request": "bank",
    "regulator_complaint": "regulator",
    "police_report": "police",
    "payment_order": "court",
}
"""Whom a family of texts goes to; all others go to the seller."""
FAMILIES = (
    *("inquiry", "demand", "dispute", "progress", "withdrawal", "refund_demand", "refund_reminder"),
    *("marketplace_claim", "provider_dispute", "escrow_hold", "card_objection", "chargeback", "instalment_defence"),
    *("setoff", "joint_liability", "bank_request", "certified_letter", "regulator_complaint", "police_report"),
    "payment_order",
)
TO_SELLERS = ("inquiry", "progress", "withdrawal", "refund_demand", "refund_reminder", "demand")
"""Families with letters in every language that letters are written in."""
ON_MARKETS = ("inquiry", "refund_demand", "marketplace_claim", "chargeback")
"""Families whose example was bought on a marketplace."""
CITED = {
    "ko": "전자상거래 등에서의 소비자보호에 관한 법률 제15조제3항",
    "en": "Act on Consumer Protection in Electronic Commerce (Korea), Article 15(3)",
}
ASKS = {"ko": "판매자와의 합의를 권고하여 주시기 바랍니다.", "en": "Please recommend a settlement with the seller."}


def full(family: str, what: str, language: str = "ko") -> Facts:
    """Everything known."""
    korean = language == "ko"
    return Facts(
        situation=what,
        addressee=ADDRESSEE.get(family, "seller"),
        assumed=False,
        today=TODAY,
        writer="김민지" if korean else "Minji Kim",
        writer_address="서울특별시 중구 1" if korean else "2 Sample Road, Seoul",
        writer_phone="010-0000-0000",
        account=ME,
        seller="한빛상회" if korean else "Hanbit Store",
        marketplace=("행복쇼핑" if korean else "Example Market") if family in ON_MARKETS else "",
        number="2026-1102",
        placed=date(2026, 11, 2),
        items=("무선 키보드", "USB 허브") if korean else ("Lamp 12", "USB 3 Hub"),
        more_items=2,
        amount=won(126800),
        method="신한카드 ****7890" if korean else "Visa ****7890",
        parcels=(("CJ대한통운" if korean else "DHL", "641234567893"), ("", "512345678901")),
        promised=date(2026, 11, 11),
        shipped=date(2026, 11, 5),
        delivered=date(2026, 11, 9),
        cancelled=date(2026, 11, 6),
        returned=date(2026, 11, 7),
        refund_promised=date(2026, 11, 8),
        refund=won(126800),
        given_back=won(20000) if what in ("refund", "credit") else None,
        refunded=date(2026, 11, 10) if what in ("refund", "credit") else None,
        asked=(date(2026, 11, 13), date(2026, 11, 19)),
        answered=date(2026, 11, 16),
        answer_by=date(2026, 11, 30),
        phone="1588-0000",
        timeline=(
            Moment("ordered", date(2026, 11, 2), amount=won(126800)),
            Moment("paid", date(2026, 11, 3), amount=won(126800)),
            Moment("promised_delivery", date(2026, 11, 2), until=date(2026, 11, 11)),
            Moment("shipped", date(2026, 11, 5)),
            Moment("answered", date(2026, 11, 16)),
        ),
        to_name={} if family in TO_SELLERS or family == "dispute" else {"ko": "행복쇼핑", "en": "Example Office"},
        asks=ASKS if family in ("regulator_complaint", "provider_dispute") else {},
        earlier=(
            Earlier("inquiry", date(2026, 11, 13)),
            Earlier("demand", date(2026, 11, 19), until=date(2026, 11, 22), goods=True)
            if what == "dispatch"
            else Earlier("withdrawal", date(2026, 11, 19), until=date(2026, 11, 26)),
            Earlier("inquiry", date(2026, 11, 20), role="marketplace", channel="phone", case_number="C-77"),
        ),
        citations=(CITED,),
        paid_on=date(2026, 11, 3),
        card="신한카드 ****7890" if korean else "Visa ****7890",
        issuer={"ko": "신한카드", "en": "Example Bank"} if family in ("card_objection", "instalment_defence") else {},
        instalments=6,
        payment_day=date(2026, 12, 14),
        principal=won(106800) if what in ("refund", "credit") else won(126800),
        rate=Decimal(15),
        interest_from=date(2026, 11, 25),
        interest=won(438) if what in ("refund", "credit") else won(521),
        counted_to=date(2026, 12, 4),
        total=won(140001 if family == "refund_demand" else 107238 if what in ("refund", "credit") else 127321),
        refund_due=date(2026, 11, 24),
        unpaid=won(105667),
        surcharge_percent=Decimal(10) if family == "refund_demand" else None,
        surcharge=won(12680) if family == "refund_demand" else None,
        statutory_interest=True,
        ends_contract=family == "refund_demand",
        representative="이한빛" if korean else "Han Lee",
        registration="123-45-67891",
        permit="제2026-서울강남-0001호" if korean else "2026-0001",
        seller_address="서울특별시 강남구 1" if korean else "1 Example Street, Seoul",
        seller_phone="02-0000-0000",
        seller_email="cs@hanbit.example",
        case_number="C-77",
        evidence=({"ko": "주문 확인 메일", "en": "order confirmation"}, {"ko": "결제 내역", "en": "proof of payment"}),
        further_period=True,
        withdrawn=None if what == "dispatch" else date(2026, 11, 19),
    )


EMPTY = Facts(situation="", addressee="", assumed=False, today=TODAY)
LEAVE = {"situation", "addressee", "assumed", "today", "printed"}


def poorer(facts: Facts, *, each: Collection[str] = ()) -> Iterator[tuple[str, Facts]]:
    """The facts; with all missing; and of the facts in `each` with that one missing, then with that one alone."""
    names = [field.name for field in fields(Facts) if field.name not in LEAVE]
    yield "full", facts
    bare = replace(facts, **{name: getattr(EMPTY, name) for name in names})
    yield "bare", bare
    for name in names:
        if name in each:
            yield f"without {name}", replace(facts, **{name: getattr(EMPTY, name)})
            yield f"only {name}", replace(bare, **{name: getattr(facts, name)})
    yield "assumed", replace(facts, assumed=True)
    yield "on paper", replace(facts, printed=True)
    yield "unpaid", replace(facts, paid=False)
    yield "unanswered once", replace(facts, answered=None, asked=facts.asked[:1])
    yield "no date, no promise", replace(facts, answer_by=None, promised=None, interest=None)


def read(family: str, language: str, facts: Facts) -> frozenset[str]:
    """The facts that the texts of a family look at, all being known or none: the others cannot change them."""
    _looked_at.clear()
    for _, some in poorer(facts):
        texts(family, language, _Watched(**{field.name: getattr(some, field.name) for field in fields(Facts)}))
    return frozenset(_looked_at & {field.name for field in fields(Facts)})


_looked_at: set[str] = set()


class _Watched(Facts):
    """Facts that note which of them are looked at."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> object:
        _looked_at.add(name)
        return super().__getattribute__(name)


def texts(family: str, language: str, facts: Facts) -> dict[str, str]:
    """Every text of a family that there is in the language."""
    made = draft.write(family, language, facts)
    all_ = {"subject": made.subject, "letter": made.letter, "script": made.script, "chat": made.chat}
    return {name: text for name, text in (all_ | {"private": made.private}).items() if text}


_STUMBLES = (
    *("None", "  ", "\n\n\n", "{", "}", "()", "[]", "（）", "Moment(", "Earlier(", "Undefined", "Decimal("),
    *(" ,", " .", ",,", "..", "( ", " )", "。。", "，。", "、。", ",.", ":."),
)


_HEADINGS = {
    *("Order details", "Earlier messages", "What happened", "Amount claimed", "What I ask for", "Before the call"),
    *("Provisions that this request refers to", "Documents that I can provide, as far as they apply", "From", "To"),
    *("1. Introduce yourself", "2. Say what happened", "3. Give the information", "Likely questions and answers"),
    *("The seller, as stated in the seller's own mails", "After the call, write down", "Debtor", "Creditor", "Grounds"),
    "What is applied for",
}


@cache
def flaws(text: str) -> list[str]:
    """What a reader would stumble over: holes, doubled signs, headings and labels with nothing after them."""
    found = [word for word in _STUMBLES if word in text]
    lines = text.split("\n")
    for place, line in enumerate(lines):
        after = lines[place + 1] if place + 1 < len(lines) else ""
        if line != line.strip():
            found.append(f"blanks around {line!r}")
        if re.fullmatch(r"-|\d\.|- .*[:：]", line):
            found.append(f"empty point {line!r}")
        heading = re.match(r"\[[^\]]+\]", line) or line.endswith((":", "：")) or line in _HEADINGS
        salutation = line.endswith(("señores:", "客服人员："))
        if heading and not salutation and not after and len(lines) > 1:
            found.append(f"heading without text {line!r}")
        if line.startswith("- ") and place and lines[place - 1] == "":
            found.append(f"list without heading {line!r}")
    return found
