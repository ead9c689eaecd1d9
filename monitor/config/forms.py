"""How single values of the settings are written: periods, lists, countries, addresses, times of day, hosts.

In charge of reading each form and of saying in plain words what would do instead (`ValueError`); which key takes which
form is `model`'s. What may be a secret or the number of a card is never repeated.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, time
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from monitor.config import places
from monitor.types import Span, Unit

_SPAN = re.compile(r"(\d{1,4})\s*([^\d\s]{1,10}(?:\s[^\d\s]{1,10})?)?")
_UNITS: Mapping[str, Unit] = {
    "": Unit.DAYS, "day": Unit.DAYS, "days": Unit.DAYS, "일": Unit.DAYS,
    "business day": Unit.BUSINESS_DAYS, "business days": Unit.BUSINESS_DAYS,
    "working day": Unit.BUSINESS_DAYS, "working days": Unit.BUSINESS_DAYS, "영업일": Unit.BUSINESS_DAYS,
    "week": Unit.WEEKS, "weeks": Unit.WEEKS, "주": Unit.WEEKS,
    "month": Unit.MONTHS, "months": Unit.MONTHS, "개월": Unit.MONTHS,
}  # fmt: skip
_TLS: Mapping[str, str] = {
    "true": "implicit", "ssl": "implicit", "tls": "implicit", "implicit": "implicit",
    "starttls": "starttls", "false": "none", "plain": "none", "none": "none",
}  # fmt: skip


def parse_span(value: object) -> Span:
    """Read "3 business days" | "10 days" | "2 weeks" | "1 month" | "3영업일" | 10 -> Span. Raises ValueError."""
    if isinstance(value, Span):
        return value
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError('must be a period such as "10 days" or "3 business days"')  # noqa: TRY004 (pydantic)
    match = _SPAN.fullmatch(" ".join(str(value).lower().split()))
    unit = _UNITS.get(match[2] or "") if match else None
    if match is None or unit is None:
        raise ValueError('must be a period such as "10 days", "3 business days" or "2 weeks"')
    if not 1 <= int(match[1]) <= 3650:
        raise ValueError("must be a period between 1 day and 10 years")
    return Span(int(match[1]), unit)


def _items(value: object) -> object:
    """A list may be given as one comma-separated text (the only form that an environment variable has)."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _pairs(value: object) -> object:
    """A table may be given as "name=number, name=number"."""
    if not isinstance(value, str):
        return value
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    if any(not equals for _, equals, _ in pairs):
        raise ValueError('must be pairs such as "coupang.com=5, 11st.co.kr=7"')
    return {name.strip(): number.strip() for name, _, number in pairs}


def fold_seller(name: str) -> str:
    """The form in which sellers' names are compared: NFC, folded case, single spaces."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _country(value: object) -> object:
    if not isinstance(value, str):
        return value
    code = value.strip().upper()
    code = {"UK": "GB"}.get(code, code)
    if code and code not in places.known_countries():
        hint = " (for the European Union give the country you live in)" if code == "EU" else ""
        raise ValueError(f"{value!r} is not a two-letter country code of ISO 3166-1{hint}")
    return code


def _region(value: object) -> object:
    if isinstance(value, str) and value.strip():
        code = value.strip().upper()
        if not re.fullmatch(r"[A-Z]{2}-[A-Z0-9]{1,3}", code):
            raise ValueError(f"{value!r} is not a code of ISO 3166-2")
        return code
    return value


def _zone(value: object) -> object:
    if isinstance(value, str) and not places.is_zone(value):
        raise ValueError(f"{value!r} is not an IANA time zone")
    return value


def _mail_address(value: object) -> object:
    if not isinstance(value, str):
        return value
    address = value.strip().lower()
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain or any(c.isspace() or c in "<>,;" for c in address):
        raise ValueError(f"{value!r} is not a mail address")
    return address


def _tls(value: object) -> object:
    if isinstance(value, bool | str) and str(value).strip().lower() in _TLS:
        return _TLS[str(value).strip().lower()]
    return value


def _last4(value: object) -> object:
    """Four digits. A longer number is refused without being repeated: it may be that of a card."""
    text = f"{value:04d}" if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not re.fullmatch(r"(?:[0-9]{4})?", text.strip()):
        raise ValueError("must be the last four digits of the card; never its whole number")
    return text.strip()


def _card_tables(value: object) -> object:
    """The environment numbers the cards (CARDS__0__LAST4): a table of tables, to be taken in the order of its keys."""
    if isinstance(value, Mapping):
        return [value[key] for key in sorted(value, key=lambda key: (len(str(key)), str(key)))]
    return value


def _clock(value: object) -> object:
    if isinstance(value, time):
        return value
    match = re.fullmatch(r"(\d{1,2}):(\d{2})", value.strip()) if isinstance(value, str) else None
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise ValueError("must be a time of day, hours and minutes")
    return time(int(match[1]), int(match[2]))


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _path(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise ValueError("must be a path")
    return value


def _text_path(value: object) -> object:
    return str(value) if isinstance(value, Path) else _path(value)


def _ip(value: object) -> object:
    if isinstance(value, str):
        try:
            return str(ip_address(value.strip().strip("[]")))
        except ValueError:
            raise ValueError(f"{value!r} is not an IP address of this machine") from None
    return value


def _network(value: object) -> object:
    if isinstance(value, str):
        try:
            return str(ip_network(value.strip(), strict=False))
        except ValueError:
            raise ValueError(f"{value!r} is not an IP address or network") from None
    return value


_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\]")


def _host(value: object) -> object:
    if isinstance(value, str) and not _HOST.fullmatch(value.strip().lower()):
        raise ValueError(f"{value!r} is not a host name (without http:// and port)")
    return value.strip().lower() if isinstance(value, str) else value


def _base_url(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(https?)://([^/:\s]+|\[[^\]\s]+\])(:\d{1,5})?/?", value.strip().lower())
    if match is None or not _HOST.fullmatch(match[2]):
        raise ValueError("must be http:// or https:// with a host name and perhaps a port, and nothing behind it")
    return value.strip().lower().rstrip("/")


def _header(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"[A-Za-z0-9-]{1,64}", value.strip()):
        raise ValueError(f"{value!r} is not the name of an HTTP header")
    return value.strip().lower() if isinstance(value, str) else value


Period = Annotated[Span, BeforeValidator(parse_span)]
MailAddress = Annotated[str, BeforeValidator(_mail_address)]
Addresses = Annotated[tuple[MailAddress, ...], BeforeValidator(_items)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_items)]
Days = Annotated[tuple[date, ...], BeforeValidator(_items)]
Tls = Annotated[Literal["implicit", "starttls", "none"], BeforeValidator(_tls)]
FilePath = Annotated[Path, BeforeValidator(_path)]
Threshold = Annotated[int, Field(ge=1, le=60)]
MonthDay = Annotated[int, Field(ge=1, le=31)]
Country = Annotated[str, BeforeValidator(_country)]
Region = Annotated[str, BeforeValidator(_region)]
Zone = Annotated[str, BeforeValidator(_zone)]
LastDigits = Annotated[str, BeforeValidator(_last4)]
TimeOfDay = Annotated[time, BeforeValidator(_clock)]
StorePath = Annotated[str, BeforeValidator(_text_path)]
OwnIp = Annotated[str, BeforeValidator(_ip)]
Networks = Annotated[tuple[Annotated[str, BeforeValidator(_network)], ...], BeforeValidator(_items)]
Hosts = Annotated[tuple[Annotated[str, BeforeValidator(_host)], ...], BeforeValidator(_items)]
BaseUrl = Annotated[str, BeforeValidator(_base_url)]
HeaderName = Annotated[str, BeforeValidator(_header)]
LowerCase = BeforeValidator(_lower)
Pairs = BeforeValidator(_pairs)
InOrder = BeforeValidator(_card_tables)
