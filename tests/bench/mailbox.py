"""A mailbox to measure with: a Maildir of any size, the same for the same number of mails.

The mix is that of a private mailbox: newsletters and notices, letters, mailing lists, a few attachments, and one mail
in twenty about a purchase, in several languages, charsets and transfer encodings. Sizes are log-normal: half of the
mails are below about 8 KB, the mean is about 40 KB, half of which is owed to the two in a hundred that carry a file
of 0.2 to 2 MB.
"""

from __future__ import annotations

import base64
import json
import math
import os
import quopri
import random
import shutil
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from tests.bench import words

FORM = 6  # raise it when the generated mails change: a kept mailbox of an older form is made anew
LAST = datetime(2026, 11, 1, tzinfo=UTC)
FIRST = LAST - timedelta(days=360)
ME = "me@bench.example"

PURCHASES = 0.05
BULK_FROM_SHOPS = 0.3  # where something was bought, newsletters follow
ATTACHMENTS = 0.02
MEDIAN, SPREAD = 8_000, 1.33  # bytes, sigma of the log-normal distribution of the mails without a file
SMALLEST, LARGEST = 1_500, 400_000

LANGUAGES = (("en", 34), ("ko", 34), ("de", 10), ("ja", 10), ("fr", 6), ("es", 6))
CHARSETS = {
    "en": (("utf-8", "quoted-printable"), ("us-ascii", "7bit"), ("utf-8", "base64")),
    "ko": (("utf-8", "base64"), ("euc-kr", "base64"), ("utf-8", "quoted-printable"), ("utf-8", "8bit")),
    "ja": (("iso-2022-jp", "7bit"), ("utf-8", "base64")),
    "de": (("utf-8", "quoted-printable"), ("iso-8859-1", "quoted-printable")),
    "fr": (("utf-8", "quoted-printable"), ("iso-8859-1", "8bit")),
    "es": (("utf-8", "quoted-printable"), ("utf-8", "base64")),
}
GROWTH = {"7bit": 1.0, "8bit": 1.0, "base64": 1.37, "quoted-printable": 1.1}


@dataclass(frozen=True)
class Generated:
    """One mail: what it is, when it came, its bytes."""

    sort: str
    received_at: datetime
    content: bytes


def mails(number: int) -> Iterator[Generated]:
    """`number` mails, oldest first."""
    step = (LAST - FIRST) / max(number, 1)
    orders: list[tuple[str, words.Shop, int, list[str]]] = []
    for index in range(number):
        chance = random.Random(f"{FORM}:{index}")
        at = FIRST + step * index
        if chance.random() < PURCHASES:
            yield Generated("purchase", at, _purchase(chance, index, at, orders))
            continue
        language = chance.choices([name for name, _ in LANGUAGES], [weight for _, weight in LANGUAGES])[0]
        size = _size(chance)
        if chance.random() < ATTACHMENTS / (1 - PURCHASES):
            yield Generated("attachment", at, _with_file(chance, index, at, language, size))
            continue
        sort = chance.choices(("bulk", "letter", "list"), (66, 22, 12))[0]
        yield Generated(
            sort, at, {"bulk": _bulk, "letter": _letter, "list": _list}[sort](chance, index, at, language, size)
        )


def write(folder: Path, number: int) -> dict[str, float]:
    """Write the mailbox as a Maildir to `folder`, unless it is there already. Returns what is in it."""
    summary = folder / "summary.json"
    if summary.exists():
        kept: dict[str, float] = json.loads(summary.read_text())
        if kept.get("mails") == number and kept.get("form") == FORM:
            return kept
    shutil.rmtree(folder / "Maildir", ignore_errors=True)
    for name in ("cur", "new", "tmp"):
        (folder / "Maildir" / name).mkdir(parents=True, exist_ok=True)
    sizes: list[int] = []
    sorts: Counter[str] = Counter()
    for index, mail in enumerate(mails(number)):
        # Named as a server does that delivers: with the size, so that nobody has to read the file to tell it.
        name = f"{int(mail.received_at.timestamp())}.M{index:06d}.bench,S={len(mail.content)},W={len(mail.content)}:2,S"
        path = folder / "Maildir" / "cur" / name
        path.write_bytes(mail.content)
        os.utime(path, (mail.received_at.timestamp(),) * 2)
        sizes.append(len(mail.content))
        sorts[mail.sort] += 1
    found = {
        "form": FORM,
        "mails": number,
        "bytes": sum(sizes),
        "median": statistics.median(sizes),
        "mean": statistics.mean(sizes),
        "purchases": sorts["purchase"],
        "attachments": sorts["attachment"],
    }
    summary.write_text(json.dumps(found))
    return found


def _size(chance: random.Random) -> int:
    return int(min(max(MEDIAN * math.exp(chance.gauss(0, SPREAD)), SMALLEST), LARGEST))


# --- kinds of mails ---------------------------------------------------------------------------------------------------


def _bulk(chance: random.Random, index: int, at: datetime, language: str, size: int) -> bytes:
    shop = _shop(chance, language) if chance.random() < BULK_FROM_SHOPS else None
    name, domain = (shop.name, shop.domain) if shop else _variety(chance, *chance.choice(words.BULK_SENDERS[language]))
    subject = chance.choice(words.LETTERS[language])
    head = _head(chance, index, at, (name, f"news@{domain}"), subject, domain) + (
        f"List-Unsubscribe: <https://{domain}/u/{index:x}>, <mailto:leave@{domain}>\r\n"
        f"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nPrecedence: bulk\r\n"
        f"Feedback-ID: {index}:{domain}:news\r\n"
    )
    return _alternative(chance, head, language, size, lambda room: _newsletter(chance, language, domain, room))


def _letter(chance: random.Random, index: int, at: datetime, language: str, size: int) -> bytes:
    name = chance.choice(words.NAMES[language])
    domain = chance.choice(("post.example", "letterbox.example", "mail.example"))
    head = _head(chance, index, at, (name, f"p{index % 40}@{domain}"), chance.choice(words.LETTERS[language]), domain)
    size = min(size, 60_000)
    if chance.random() < 0.4:
        head += f"In-Reply-To: <{index - 1:x}.me@bench.example>\r\nReferences: <{index - 1:x}.me@bench.example>\r\n"
        return _single(chance, head, language, size, "plain", quoted=True)
    if chance.random() < 0.5:
        return _alternative(
            chance,
            head,
            language,
            size,
            lambda room: f'<div dir="auto">{_prose(chance, language, room, "<br><br>")}</div>',
        )
    return _single(chance, head, language, size, "plain")


def _list(chance: random.Random, index: int, at: datetime, language: str, size: int) -> bytes:
    name = chance.choice(words.NAMES[language])
    subject = "[parser] " + chance.choice(words.LETTERS[language])
    head = _head(
        chance,
        index,
        at,
        (name, f"{name.split()[0].lower() if name.isascii() else 'dev'}@code.example"),
        subject,
        "lists.example",
    )
    head += "List-Id: <parser.lists.example>\r\nList-Post: <mailto:parser@lists.example>\r\nPrecedence: list\r\n"
    return _single(chance, head, language, min(size, 80_000), "plain", quoted=chance.random() < 0.5)


def _with_file(chance: random.Random, index: int, at: datetime, language: str, size: int) -> bytes:
    name = chance.choice(words.NAMES[language])
    head = _head(
        chance, index, at, (name, f"p{index % 40}@post.example"), chance.choice(words.LETTERS[language]), "post.example"
    )
    body = _single(chance, "", language, min(size, 20_000), "plain")
    length = int(200_000 * 10 ** chance.random())  # 0.2 to 2 MB, evenly over the orders of magnitude
    kind, file = chance.choice(
        (("image/jpeg", "photo.jpg"), ("application/pdf", "notes.pdf"), ("application/zip", "all.zip"))
    )
    boundary = f"=_{index:x}_mixed"
    encoded = base64.encodebytes(chance.randbytes(length)).replace(b"\n", b"\r\n")
    return (
        head.encode("ascii")
        + f'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="{boundary}"\r\n\r\n--{boundary}\r\n'.encode()
        + body
        + (
            f'\r\n--{boundary}\r\nContent-Type: {kind}; name="{file}"\r\nContent-Transfer-Encoding: base64\r\n'
            f'Content-Disposition: attachment; filename="{file}"\r\n\r\n'
        ).encode()
        + encoded
        + f"\r\n--{boundary}--\r\n".encode()
    )


def _purchase(
    chance: random.Random, index: int, at: datetime, orders: list[tuple[str, words.Shop, int, list[str]]]
) -> bytes:
    """The next mail of an order that is still on its way, or the first of a new one."""
    if not orders or (len(orders) < 40 and chance.random() < 0.4):
        language = chance.choices(("ko", "en", "ja", "de", "fr", "es"), (40, 30, 8, 10, 6, 6))[0]
        course = chance.choice(
            (["order", "shipped", "delivered"], ["order", "shipped"], ["order", "refund"], ["order"])
        )
        orders.append((language, _shop(chance, language), index, list(course)))
    place = chance.randrange(len(orders))
    language, shop, first, course = orders[place]
    kind = course.pop(0)
    if not course:
        orders.pop(place)
    number = shop.number.format(first)
    subject, opening = shop.kinds[kind]
    amounts = random.Random(first)
    total = amounts.randrange(8, 400) * (1000 if shop.currency == "KRW" else 100 if shop.currency == "JPY" else 1)
    item = amounts.choice(words.ITEMS[language])
    rows = [(shop.labels[0], number), (shop.labels[1], f"{at:%Y-%m-%d}"), (shop.labels[2], item)]
    rows.append((shop.labels[3], shop.money.format(total)))
    rows.append((shop.labels[4], shop.payment))
    if kind in ("shipped", "delivered"):
        rows.append((shop.labels[5], f"{amounts.randrange(10**11, 10**12)} ({shop.carrier})"))
    head = _head(chance, index, at, (shop.name, f"order@{shop.domain}"), subject.format(number=number), shop.domain)

    def html(room: int) -> str:
        table = "".join(f"<tr><th align=left>{label}</th><td>{value}</td></tr>" for label, value in rows)
        markup = ""
        if first % 5 == 0:
            about = {
                "@context": "http://schema.org",
                "@type": "Order",
                "orderNumber": number,
                "priceCurrency": shop.currency,
                "price": str(total),
                "merchant": {"@type": "Organization", "name": shop.name},
            }
            markup = f'<script type="application/ld+json">{json.dumps(about, ensure_ascii=False)}</script>'
        rest = _newsletter(chance, language, shop.domain, max(room - 2_000, 500))
        return f"<html><head>{markup}</head><body><p>{opening}</p><table>{table}</table>{rest}</body></html>"

    plain = opening + "\n\n" + "\n".join(f"{label}: {value}" for label, value in rows) + "\n\n"
    return _alternative(chance, head, language, max(_size(chance), 4_000), html, plain)


def _shop(chance: random.Random, language: str) -> words.Shop:
    shop = chance.choice(words.SHOPS[language])
    name, domain = _variety(chance, shop.name, shop.domain)
    return replace(shop, name=name, domain=domain)


def _variety(chance: random.Random, name: str, domain: str) -> tuple[str, str]:
    """One of the senders of a name: a few send much, many send little."""
    tag = words.TAGS[min(int(chance.expovariate(0.35)), len(words.TAGS) - 1)]
    return (f"{name} {tag.title()}", f"{tag}-{domain}") if tag else (name, domain)


# --- parts of mails ---------------------------------------------------------------------------------------------------


def _head(chance: random.Random, index: int, at: datetime, sender: tuple[str, str], subject: str, domain: str) -> str:
    """The header as a mailbox has it: with the way the mail came and what the receiving server said of it."""
    name, address = sender
    signature = base64.b64encode(chance.randbytes(256)).decode()
    folded = "\r\n\t".join(signature[start : start + 72] for start in range(0, len(signature), 72))
    came = format_datetime(at)
    return (
        f"Return-Path: <bounce-{index:x}@{domain}>\r\nDelivered-To: {ME}\r\n"
        f"Received: from mx.bench.example (mx.bench.example [192.0.2.{index % 250}])\r\n"
        f"\tby store.bench.example with LMTP id {chance.getrandbits(64):x}\r\n\tfor <{ME}>; {came}\r\n"
        f"Received: from out{index % 9}.{domain} (out{index % 9}.{domain} [198.51.100.{index % 250}])\r\n"
        f"\tby mx.bench.example (Postfix) with ESMTPS id {chance.getrandbits(40):X}\r\n\tfor <{ME}>; {came}\r\n"
        f"Authentication-Results: mx.bench.example;\r\n\tdkim=pass header.d={domain} header.s=s1;\r\n"
        f"\tspf=pass smtp.mailfrom={domain};\r\n\tdmarc=pass header.from={address.partition('@')[2]}\r\n"
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain}; s=s1;\r\n"
        f"\th=from:to:subject:date:message-id; bh={base64.b64encode(chance.randbytes(32)).decode()};\r\n"
        f"\tb={folded}\r\n"
        f"Message-ID: <{index:x}.{chance.getrandbits(48):x}@{domain}>\r\nDate: {came}\r\n"
        f"From: {_word(name)} <{address}>\r\nTo: <{ME}>\r\nSubject: {_word(subject)}\r\n"
        f"X-Mailer: bench {index % 7}.{index % 10}\r\n"
    )


def _word(text: str) -> str:
    """An encoded word per 12 characters, as RFC 2047 wants them short."""
    if text.isascii():
        return text
    pieces = [text[start : start + 12] for start in range(0, len(text), 12)]
    return "\r\n ".join(f"=?utf-8?B?{base64.b64encode(piece.encode()).decode()}?=" for piece in pieces)


def _prose(chance: random.Random, language: str, room: int, between: str = "\n\n") -> str:
    """Sentences of a language, about `room` bytes of UTF-8."""
    pool = words.SENTENCES[language]
    paragraphs: list[str] = []
    used = 0
    while used < room or not paragraphs:
        paragraph = " ".join(chance.choices(pool, k=chance.randint(1, 4)))
        paragraphs.append(paragraph)
        used += len(paragraph.encode()) + len(between)
    return between.join(paragraphs)


def _newsletter(chance: random.Random, language: str, domain: str, room: int) -> str:
    """What shops and papers send: tables in tables, styles everywhere, pictures that are loaded from elsewhere."""
    parts = [
        '<div style="display:none;max-height:0;overflow:hidden">' + chance.choice(words.SENTENCES[language]) + "</div>",
        '<table role="presentation" width="600" cellpadding="0" cellspacing="0" style="border-collapse:collapse">',
    ]
    used = sum(map(len, parts))
    while used < room - 200:
        key = f"{chance.getrandbits(80):x}"
        row = (
            '<tr><td style="padding:12px 24px;font-family:Arial,sans-serif;font-size:14px;line-height:20px;'
            f'color:#333333"><a href="https://{domain}/c/{key}?utm_source=mail&amp;utm_medium=news" '
            f'style="color:#0b57d0;text-decoration:none"><img src="https://img.{domain}/{key}.png" '
            'width="552" height="180" alt="" style="display:block;border:0"></a>'
            f'<p style="margin:0 0 16px">{_prose(chance, language, 200, " ")}</p></td></tr>\n'
        )
        parts.append(row)
        used += len(row.encode())
    parts.append("</table>")
    return "".join(parts)


def _part(text: str, charset: str, transfer: str, subtype: str) -> bytes:
    content = text.replace("\n", "\r\n").encode(charset, "replace" if charset != "us-ascii" else "ignore")
    if transfer == "base64":
        content = base64.encodebytes(content).replace(b"\n", b"\r\n")
    elif transfer == "quoted-printable":
        content = quopri.encodestring(content.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    head = f'Content-Type: text/{subtype}; charset="{charset}"\r\nContent-Transfer-Encoding: {transfer}\r\n\r\n'
    return head.encode() + content


def _single(chance: random.Random, head: str, language: str, size: int, subtype: str, *, quoted: bool = False) -> bytes:
    charset, transfer = chance.choice(CHARSETS[language])
    room = int((size - len(head)) / GROWTH[transfer])
    text = _prose(chance, language, room // 2 if quoted else room)
    if quoted:
        text += "\n\n> " + _prose(chance, language, room // 2).replace("\n", "\n> ")
    lines = text if transfer != "7bit" and transfer != "8bit" else _wrapped(text)
    return head.encode("ascii") + (b"MIME-Version: 1.0\r\n" if head else b"") + _part(lines, charset, transfer, subtype)


def _alternative(chance: random.Random, head: str, language: str, size: int, html: object, plain: str = "") -> bytes:
    charset, transfer = chance.choice(CHARSETS[language])
    room = int((size - len(head) - 400) / GROWTH[transfer])
    boundary = f"=_{chance.getrandbits(60):x}"
    text = plain + _prose(chance, language, max(room // 8, 100))
    assert callable(html)
    page = str(html(max(room - len(text.encode()), 600)))
    if transfer in ("7bit", "8bit"):
        text, page = _wrapped(text), page.replace("><", ">\n<")
    return b"".join(
        (
            head.encode("ascii"),
            f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'.encode(),
            f"--{boundary}\r\n".encode(),
            _part(text, charset, transfer, "plain"),
            f"\r\n--{boundary}\r\n".encode(),
            _part(page, charset, transfer, "html"),
            f"\r\n--{boundary}--\r\n".encode(),
        )
    )


def _wrapped(text: str) -> str:
    """Lines that a 7-bit or 8-bit body may have (RFC 5322: 998 bytes)."""
    return text.replace(". ", ".\n").replace("。", "。\n")
