"""The sample mailbox: data files to mails whose dates move with the day of the run.

In charge of turning `mailbox/*.toml` into RFC 5322 messages, with the headers that a receiving server would have
added. It knows nothing of what the program will find in them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import partial
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, StrictUndefined

from monitor.demo.server import Delivery

ADDRESS = "mina@demo.example"
OWNER = "김민아 <mina@demo.example>"
ZONE = ZoneInfo("Asia/Seoul")
_SERVER = "mx.demo.example"
_LOCALES = {"ko": "ko_KR", "en": "en_GB", "ja": "ja_JP", "de": "de_DE"}


def deliveries(today: date) -> list[Delivery]:
    """Every sample mail as it would have arrived, oldest first; `today` is the day of the run in `ZONE`."""
    environment = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 - the data is ours
    found = [
        _deliver(mail, today, environment)
        for path in sorted(files("monitor.demo").joinpath("mailbox").iterdir(), key=lambda entry: entry.name)
        if path.name.endswith(".toml")
        for mail in tomllib.loads(path.read_text(encoding="utf-8"))["mail"]
    ]
    return sorted(found, key=lambda delivery: delivery.received_at)


def _deliver(mail: Mapping[str, Any], today: date, environment: Environment) -> Delivery:
    moment = datetime.combine(today + timedelta(days=mail["day"]), time.fromisoformat(mail["time"]), ZONE)
    content = _broken(moment) if mail.get("broken") else _message(mail, today, moment, environment)
    return Delivery(mail.get("folder", "INBOX"), moment, content)


def _message(mail: Mapping[str, Any], today: date, moment: datetime, environment: Environment) -> bytes:
    fill = partial(_fill, environment=environment, today=today, language=mail["lang"])
    message = EmailMessage(policy=SMTP)
    own = mail.get("folder") == "Sent"
    if not own:
        message["Return-Path"] = f"<{_address(mail['from'])}>"
        message["Authentication-Results"] = _authentication(mail)
        message["Received"] = f"from out.{_domain(mail['from'])} by {_SERVER} with ESMTPS; {format_datetime(moment)}"
    message["From"] = mail["from"]
    message["To"] = mail.get("to", OWNER)
    message["Subject"] = fill(mail["subject"])
    message["Date"] = format_datetime(moment)
    message["Message-ID"] = _message_id(mail["id"])
    if "reply_to_mail" in mail:
        message["In-Reply-To"] = message["References"] = _message_id(mail["reply_to_mail"])
    for name, value in mail.get("headers", {}).items():
        message[name] = value
    charset = mail.get("charset", "utf-8")
    if "text" in mail:
        message.set_content(
            fill(mail["text"]).lstrip("\n") + "\n", charset=charset, cte="8bit" if charset == "utf-8" else None
        )
    if "html" in mail:
        html = fill(mail["html"]).lstrip("\n") + "\n"
        if "text" in mail:
            message.add_alternative(html, subtype="html", charset=charset)
        else:
            message.set_content(html, subtype="html", charset=charset, cte="quoted-printable")
    if "bounce_of" in mail:
        return _bounce(message, mail["bounce_of"])
    return message.as_bytes()


def _fill(text: str, *, environment: Environment, today: date, language: str) -> str:
    from babel.dates import format_date

    def day(offset: int) -> str:
        return format_date(today + timedelta(days=offset), format="long", locale=_LOCALES[language])

    return environment.from_string(text).render(day=day)


def _authentication(mail: Mapping[str, Any]) -> str:
    domain = _domain(mail["from"])
    if mail.get("auth") == "fail":
        return f"{_SERVER}; spf=fail smtp.mailfrom={domain}; dkim=none; dmarc=fail header.from={domain}"
    return f"{_SERVER}; spf=pass smtp.mailfrom={domain}; dkim=pass header.d={domain}; dmarc=pass header.from={domain}"


def _bounce(message: EmailMessage, letter: str) -> bytes:
    """A delivery status report as RFC 3464 has it: the text, the status, the header of the letter that came back."""
    header, _, text = message.as_bytes().partition(b"\r\n\r\n")
    kept = [line for line in header.split(b"\r\n") if not line.lower().startswith((b"content-", b"mime-version"))]
    report = _REPORT.format(server=_SERVER, letter=_message_id(letter), own=ADDRESS).replace("\n", "\r\n").encode()
    return b"\r\n".join(kept) + b"\r\n" + report.replace(b"@TEXT@", text)


_REPORT = """\
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_sample_report"

--=_sample_report
Content-Type: text/plain; charset=utf-8

@TEXT@
--=_sample_report
Content-Type: message/delivery-status

Reporting-MTA: dns; {server}

Final-Recipient: rfc822; contact@garam.example
Action: failed
Status: 5.1.1

--=_sample_report
Content-Type: text/rfc822-headers

Message-ID: {letter}
From: {own}
To: contact@garam.example

--=_sample_report--
"""


def _broken(moment: datetime) -> bytes:
    """A mail with a damaged header, an unknown charset, bad base64 and a boundary that never closes."""
    return (
        b"Received: from nowhere by mx.demo.example; " + format_datetime(moment).encode() + b"\r\n"
        b"From: =?x-unknown?B?4pi=?= <<broken@@nowhere.example\r\n"
        b"Subject: =?utf-8?B?7KO866y4?= \xc1\xd6\xb9\xae\r\n"
        b"Date: yesterday\r\n"
        b'Content-Type: multipart/mixed; boundary="never"\r\n'
        b"\r\n"
        b"--never\r\nContent-Type: text/plain; charset=x-no-such-charset\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!not base64 at all!!!\r\n"
    )


def _message_id(name: str) -> str:
    return f"<{name}@mail.demo.example>"


def _address(header: str) -> str:
    return header.rpartition("<")[2].rstrip(">")


def _domain(header: str) -> str:
    return _address(header).rpartition("@")[2]
