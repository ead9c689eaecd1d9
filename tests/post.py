"""Mails for intake tests: a few shops, one user, his friends. All names and numbers are invented."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from monitor.config import Config

ME = "minji@example.net"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def at(day: int, hour: int = 12, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def mail(
    sender: str, subject: str, text: str, when: datetime, *, to: str = ME, id_: str | None = None,
    answers: str | None = None, extra: dict[str, str] | None = None,
) -> bytes:  # fmt: skip
    made = EmailMessage()
    made["From"] = sender
    made["To"] = to
    made["Subject"] = subject
    made["Date"] = format_datetime(when)
    local = sender.rpartition("<")[2].rstrip(">")
    made["Message-ID"] = f"<{id_ or f'{when:%d%H%M%S}.{local}'}>"
    if answers:
        made["In-Reply-To"] = f"<{answers}>"
        made["References"] = f"<{answers}>"
    for name, value in (extra or {}).items():
        made[name] = value
    made.set_content(text)
    return made.as_bytes().replace(b"\n", b"\r\n")


def order(n: int, when: datetime, domain: str = "hanbit-shop.co.kr") -> bytes:
    text = (
        f"주문해 주셔서 감사합니다.\n주문번호: 20261102-{n:04d}\n상품명: 머그컵 {n}\n총 결제금액: {n},000원\n"
        "결제수단: 신용카드\n"
    )
    return mail(f"한빛상점 <order@{domain}>", "[한빛상점] 주문이 접수되었습니다", text, when, id_=f"order{n}@{domain}")


def shipped(n: int, when: datetime, domain: str = "hanbit-shop.co.kr") -> bytes:
    text = f"상품이 발송되었습니다.\n주문번호: 20261102-{n:04d}\n택배사: CJ대한통운\n운송장번호: 6012345{n:05d}\n"
    subject = "[한빛상점] 상품이 발송되었습니다"
    return mail(f"한빛상점 <order@{domain}>", subject, text, when, id_=f"shipped{n}@{domain}")


def letter(n: int, when: datetime, domain: str = "hanbit-shop.co.kr") -> bytes:
    text = f"안녕하세요.\n주문번호 20261102-{n:04d} 상품을 아직 받지 못했습니다. 언제 도착하나요?\n"
    return mail(ME, "문의드립니다", text, when, to=f"help@{domain}", id_=f"letter{n}@example.net")


def answer(n: int, when: datetime, sender: str = "cs@helpdesk-cloud.com") -> bytes:
    text = "안녕하세요. 확인 후 곧 답변드리겠습니다.\n\n담당자 드림\n"
    to = f"letter{n}@example.net"
    return mail(f"상담원 <{sender}>", "Re: 문의드립니다", text, when, answers=to, id_=f"answer{n}@{sender}")


def plain_word(when: datetime, domain: str = "hanbit-shop.co.kr", n: int = 1) -> bytes:
    """A seller's mail whose header has no word of purchases."""
    text = f"민지님, 늦어져서 죄송합니다. 20261102-{n:04d} 건은 다음 주에 나갑니다.\n"
    return mail(f"이수진 <sujin@{domain}>", "안녕하세요 민지님", text, when, id_=f"word{n}.{when:%d%H}@{domain}")


def personal(n: int, when: datetime) -> bytes:
    friend = f"friend{n % 7}"
    text = "내일 만날까?\n" * (n % 40)
    return mail(f"{friend} <{friend}@example.org>", f"점심 {n}", text, when, id_=f"p{n}@example.org")


def newsletter(n: int, when: datetime) -> bytes:
    extra = {"List-Unsubscribe": "<mailto:off@news.example.com>", "Precedence": "bulk"}
    sender, id_ = "News <news@news.example.com>", f"n{n}@news.example.com"
    return mail(sender, f"Weekly {n}", "Read this.\n" * 30, when, id_=id_, extra=extra)


def mixed(count: int, seed: int = 1) -> list[tuple[bytes, datetime]]:
    """So many mails over 40 days, one in five about a purchase."""
    dice = random.Random(seed)
    mails: list[tuple[bytes, datetime]] = []
    for n in range(count):
        when = at(1, 0) - timedelta(days=22) + timedelta(minutes=round(n * 58_000 / count))
        kind = dice.random()
        if kind < 0.12:
            mails.append((order(n, when), when))
        elif kind < 0.18:
            mails.append((shipped(dice.randrange(max(n, 1)), when), when))
        elif kind < 0.2:
            mails.append((plain_word(when, n=dice.randrange(max(n, 1))), when))
        elif kind < 0.5:
            mails.append((newsletter(n, when), when))
        else:
            mails.append((personal(n, when), when))
    return mails


def config(*mailboxes: object, store: Path | None = None, **reading: int) -> Config:
    """Settings for these mailboxes (named home, second ...), with the user's one address."""
    names = ("home", "second", "third")
    accounts = {
        name: {
            "host": "127.0.0.1", "port": box.port, "tls": "none", "username": box.name,
            "password": "secret", "address": ME,
        }
        for name, box in zip(names, mailboxes, strict=False)
    }  # fmt: skip
    return Config.model_validate(
        {
            "user": {"addresses": [ME], "language": "ko", "country": "KR", "timezone": "Asia/Seoul"},
            "store": {"path": str(store)} if store else {},
            "accounts": accounts,
            "reading": reading,
        }
    )
