"""A page with orders for tests of the order and draft pages: mails of invented shops, read and summed up."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from monitor import knowledge
from monitor.run import intake, pages, texts
from tests import browser, post
from tests.post import NOW, at

SHOP = "cs@hanbit-shop.co.kr"
PROOF = {"Authentication-Results": "mx.example.net; dmarc=pass header.from=hanbit-shop.co.kr"}


def order_mail(number: int = 1, when: datetime | None = None, *, html: str = "", proven: bool = True) -> bytes:
    """An order whose mail names the address that answers."""
    text = (
        f"주문해 주셔서 감사합니다.\n주문번호: 20261102-{number:04d}\n상품명: 머그컵 세트\n총 결제금액: 31,000원\n"
        f"결제수단: 신용카드\n문의: {SHOP}\n"
    )
    made = post.mail(
        "한빛상점 <order@hanbit-shop.co.kr>", "[한빛상점] 주문이 접수되었습니다", text, when or at(2),
        id_=f"order{number}@hanbit", extra=PROOF if proven else None,
    )  # fmt: skip
    if not html:
        return made
    from email import message_from_bytes, policy

    mail = message_from_bytes(made, policy=policy.SMTP)
    mail.add_alternative(html, subtype="html")  # type: ignore[attr-defined]  # an EmailMessage by its policy
    return mail.as_bytes()


def fill(page: browser.Page, mails: list[bytes], *, now: datetime = NOW) -> None:
    """Read these mails, make the drafts, sum up."""
    folder = Path(page.folder) / "mails"
    folder.mkdir(exist_ok=True)
    for place, content in enumerate(mails):
        (folder / f"{len(list(folder.iterdir())):03d}-{place}.eml").write_bytes(content)
    intake.import_paths(page.store, page.config, knowledge.load(), [folder], now=now, heard_until=now)
    texts.refresh_drafts(page.store, page.config, now=now)
    pages.refresh(page.store, page.config, now=now)


def user(language: str = "ko") -> dict[str, object]:
    """The user of these mails."""
    return {
        "name": "김민지", "addresses": [post.ME], "language": language, "country": "KR", "timezone": "Asia/Seoul",
    }  # fmt: skip
