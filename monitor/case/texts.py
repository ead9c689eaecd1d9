"""The texts of a case: what to say on the phone, what to paste into a chat, a mail; and the list of what will be asked.

In charge of the facts that they state, each cleaned, and of the templates `drafts/payment_error/<language>.j2`. A text
states what happened and asks; what is not known is left out, never made up. At level 2 it asks for a person in charge,
the cause and an answer in writing, and names what was tried before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from monitor import render
from monitor.case.words import Case, cleaned
from monitor.types import Money

CHANNELS: tuple[str, ...] = ("phone", "chat", "email")
_BLOCK = {"phone": "script", "chat": "chat", "email": "letter"}
CHAT_LENGTH = 500
"""Characters: chat windows of shops take at least this much (ours; no source states a common limit)."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was tried before: a contact about this case (`channel`) or an earlier case (`channel` "")."""

    day: date
    channel: str
    case_number: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What the templates know; each may be missing."""

    today: date
    when: str
    writer: str = ""
    account: str = ""
    seller: str = ""
    amount: Money | None = None
    method: str = ""
    error_code: str = ""  # "none": none was shown
    message: str = ""
    charged: str = "unknown"
    attempts: int = 1
    screenshot: bool = False
    app_version: str = ""
    device: str = ""
    order_number: str = ""
    level: int = 1
    earlier: tuple[Earlier, ...] = ()
    answer_by: date | None = None
    cite: str = ""
    phone: str = ""
    phone_from: str = ""  # mail: it stands in a mail of the seller; knowledge: in the program's files, to be checked
    page: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text for one channel. `missing`: what should be known before anybody is contacted."""

    channel: str
    language: str
    subject: str
    body: str
    missing: tuple[str, ...]


def text_language(case: Case, mine: str) -> str:
    """The language of a customer centre: that of its mails, else of its country, else the user's."""
    if case.language in render.LANGUAGES:
        return case.language
    if case.seller.country == "KR":
        return "ko"
    return render.supported(mine)


def text(
    case: Case,
    channel: str,
    *,
    language: str,
    timezone: str,
    today: date,
    writer: str = "",
    answer_by: date | None = None,
    earlier: Sequence[Case] = (),
    cite: str = "",
    phone: tuple[str, str] = ("", ""),
    page: str = "",
) -> Text:
    """The text for `channel` (phone, chat, email) in `language` (ko or en).

    `earlier`: the cases that this one repeats. `cite`: the words of a rule that may be cited, "" for none. `phone`: a
    number and where it is from. Raises ValueError for another channel.
    """
    if channel not in CHANNELS:
        raise ValueError(channel)
    facts = Facts(
        today=today,
        when=render.moment(case.at, language, timezone),
        writer=render.one_line(writer, 60),
        account=cleaned(case.account, 100),
        seller=cleaned(case.seller.name, 80),
        amount=case.amount,
        method=method_line(case, language),
        error_code=cleaned(case.error_code, 40),
        message=cleaned(case.message, 160),
        charged=case.charged,
        attempts=len(case.attempts),
        screenshot=bool(case.files),
        app_version=cleaned(case.app_version, 40),
        device=cleaned(case.device, 60),
        order_number=render.code(case.order_number),
        level=case.level,
        earlier=_earlier(case, earlier, timezone),
        answer_by=answer_by,
        cite=cite,
        phone=render.one_line(phone[0], 40),
        phone_from=phone[1],
        page=render.one_line(page, 200),
    )
    parts = render.blocks(f"drafts/payment_error/{language}.j2", language, c=facts)
    body = parts[_BLOCK[channel]]
    return Text(channel, language, render.one_line(parts["subject"], 150), body, case.missing)


def method_line(case: Case, language: str) -> str:
    """How it was paid, as a stranger may be told: "신한카드 (끝 네 자리 1234)", "SKT 휴대폰 소액결제"."""
    if case.last_four:
        issuer = cleaned(case.issuer, 60) or render.word("payment", case.payment or "credit_card", language)
        return render.message("case.card", language, issuer=issuer, digits=case.last_four)
    if case.payment == "mobile_carrier":
        name = render.message("case.carrier_billing", language)
        return f"{cleaned(case.carrier, 30)} {name}".strip()
    return cleaned(case.method, 60)


def _earlier(case: Case, before: Sequence[Case], timezone: str) -> tuple[Earlier, ...]:
    found = [Earlier(render.local_day(one.at, timezone), "", ", ".join(one.case_numbers)) for one in before]
    found += [
        Earlier(render.local_day(one.at, timezone), one.channel, one.case_number)
        for one in case.contacted
        if one.channel != "answer"
    ]
    return tuple(sorted(found, key=lambda one: one.day))[-5:]
