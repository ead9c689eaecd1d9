"""The tables of the config file as frozen pydantic models: keys, defaults, ranges and forms.

In charge of the shape of each value; where values come from is `loading`, what a problem is called is
`explain`. Each field's description and example end up in error messages and are checked against
`config.example.toml` and the README.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, time
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, SecretStr, model_validator

from monitor.config import places
from monitor.types import Card, Expectation, Rules, Span, Unit

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


def _folded(value: Mapping[str, int]) -> dict[str, int]:
    return {fold_seller(name): number for name, number in value.items()}


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


class Table(BaseModel):
    """A table of the file: frozen, no key that we do not know, no value in an error message."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)


class User(Table):
    """Who the user is: his language and country decide wording and periods."""

    name: str = Field(default="", description="your name, as letters are signed", examples=["Kim Minji"])
    addresses: Addresses = Field(
        default=(), description="your own mail addresses, besides those of the accounts", examples=[["me@example.com"]]
    )
    language: Annotated[Literal["ko", "en"], BeforeValidator(_lower)] = Field(
        default="en", description="the language that the program speaks to you: ko or en", examples=["ko"]
    )
    country: Annotated[str, BeforeValidator(_country)] = Field(
        default="", description="the country you live in (ISO 3166-1)", examples=["KR"]
    )
    timezone: Annotated[str, BeforeValidator(_zone)] = Field(
        default="UTC", description="your time zone (IANA)", examples=["Asia/Seoul"]
    )
    postal_address: str = Field(
        default="", description="your postal address, for printed letters and for forms that ask for it",
        examples=["서울특별시 중구 세종대로 110"],
    )  # fmt: skip
    phone: str = Field(
        default="", description="your phone number, for printed letters and for forms that ask for it",
        examples=["010-0000-0000"],
    )  # fmt: skip
    region: Annotated[str, BeforeValidator(_region)] = Field(
        default="", description="your province or state, where laws differ within the country (ISO 3166-2)",
        examples=["CA-ON"],
    )  # fmt: skip


class PaymentCard(Table):
    """A payment card by what is printed in every receipt; its number is not wanted and is refused."""

    issuer: str = Field(default="", description="who issued it, as the mails name him", examples=["신한카드"])
    network: Annotated[
        Literal["visa", "mastercard", "amex", "jcb", "discover", "diners", "unionpay", ""], BeforeValidator(_lower)
    ] = Field(default="", description='its network, or "" for a domestic card', examples=["visa"])
    kind: Annotated[Literal["credit", "check", "debit", "charge", ""], BeforeValidator(_lower)] = Field(
        default="", description="credit, check, debit or charge", examples=["credit"]
    )
    last4: Annotated[str, BeforeValidator(_last4)] = Field(
        default="", description="its last four digits, and no more", examples=["1234"]
    )
    payment_day: MonthDay | None = Field(
        default=None, description="the day of the month on which its bill is debited", examples=[14]
    )
    statement_day: MonthDay | None = Field(
        default=None, description="the day of the month on which its bill is drawn up", examples=[1]
    )

    @model_validator(mode="after")
    def _told_apart(self) -> PaymentCard:
        if not (self.issuer.strip() or self.last4):
            raise ValueError("needs an issuer or its last four digits, so that mails about it are recognised")
        return self


class Store(Table):
    """Where the program keeps what it has read."""

    path: Annotated[str, BeforeValidator(_text_path)] | None = Field(
        default=None,
        repr=False,  # an address may carry a password
        description="the database file, or a postgresql:// address",
        examples=["~/.local/share/refund-monitor/monitor.sqlite3"],
    )


class Secret(Table):
    """The ways to say where a password lies; at most one of them."""

    password_file: FilePath | None = Field(
        default=None,
        description="a file with nothing but the password",
        examples=["~/.config/refund-monitor/home.password"],
    )
    password_command: Texts = Field(
        default=(),
        description="a command that prints the password (no shell)",
        examples=[["pass", "show", "mail/home"]],
    )
    password_env: str | None = Field(
        default=None, description="the environment variable that holds the password", examples=["HOME_MAIL_PASSWORD"]
    )
    password: SecretStr | None = Field(
        default=None, description="the password itself (works, but one of the others is safer)", examples=["..."]
    )


class Account(Secret):
    """A mailbox to read. A preset or an address of a known provider is enough to find its servers."""

    preset: Annotated[str, BeforeValidator(_lower)] | None = Field(
        default=None, description="the mail provider; found by the address where it is not given", examples=["gmail"]
    )
    host: str | None = Field(
        default=None, description="the IMAP server, where no preset fits", examples=["imap.example.com"]
    )
    port: Annotated[int, Field(ge=1, le=65535)] | None = Field(default=None, description="its port", examples=[993])
    tls: Tls | None = Field(
        default=None, description="implicit (port 993), starttls (port 143) or none (only on this machine)",
        examples=["implicit"],
    )  # fmt: skip
    username: str | None = Field(default=None, description="the log-in name, by default the address", examples=["me"])
    address: MailAddress | None = Field(default=None, description="the mail address", examples=["me@example.com"])
    authserv_id: Annotated[str, BeforeValidator(_lower)] | None = Field(
        default=None, description="the name by which this mail server signs its Authentication-Results",
        examples=["mx.example.com"],
    )  # fmt: skip
    folders: Texts = Field(
        default=(),
        description="the folders to read, by name or role; by default all but drafts and trash",
        examples=[["INBOX", "Sent"]],
    )
    enabled: bool = Field(default=True, description="false: leave this mailbox alone", examples=[True])

    @property
    def own_address(self) -> str | None:
        """The user's address in this mailbox, from `address`, else from a log-in name that is one."""
        return self.address or (self.username.lower() if self.username and "@" in self.username else None)


class Reading(Table):
    """How much is read at once."""

    first_months: int = Field(
        default=12, ge=1, le=240, description="how many months the first pass reads back", examples=[12]
    )
    batch: int = Field(default=500, ge=1, le=1000, description="mails asked for at once", examples=[500])
    max_body_mb: int = Field(default=10, ge=1, le=100, description="larger mails are read in part", examples=[10])


class Silence(Table):
    """When a seller counts as silent, in business days since his last human word."""

    threshold: Threshold = Field(
        default=3, description="business days of silence before an order is flagged", examples=[3]
    )
    sellers: Annotated[dict[str, Threshold], BeforeValidator(_pairs)] = Field(
        default_factory=dict, description="the same for single sellers, by name or domain",
        examples=[{"coupang.com": 5}],
    )  # fmt: skip
    expectations: Annotated[dict[Expectation, Threshold], BeforeValidator(_pairs)] = Field(
        default_factory=dict, description="the same for one kind of waiting", examples=[{"refund": 5}]
    )


class Expect(Table):
    """Your own periods for what the mails state no date for; unset, the table of your country decides."""

    dispatch: Period | None = Field(
        default=None, description="until a parcel is dispatched", examples=["3 business days"]
    )
    delivery: Period | None = Field(default=None, description="from dispatch to delivery", examples=["7 business days"])
    refund: Period | None = Field(default=None, description="until a refund is made", examples=["14 days"])
    answer: Period | None = Field(default=None, description="until a letter is answered", examples=["3 business days"])


class Calendar(Table):
    """Days that the holiday tables do not know."""

    extra_holidays: Days = Field(default=(), description="holidays declared at short notice", examples=[["2027-05-03"]])


class Digest(Table):
    """The daily mail about what needs a decision."""

    at: Annotated[time, BeforeValidator(_clock)] = Field(
        default=time(7, 30), description="the time of day, in your time zone", examples=["07:30"]
    )
    to: MailAddress | None = Field(
        default=None, description="who gets it, by default your first address", examples=["me@example.com"]
    )
    via: Annotated[Literal["smtp", "file", "none"], BeforeValidator(_lower)] = Field(
        default="file", description="smtp (by mail), file (into `directory`) or none", examples=["file"]
    )
    directory: FilePath | None = Field(
        default=None, description='the folder for via = "file"', examples=["~/.local/share/refund-monitor/digests"]
    )


class Smtp(Secret):
    """The server that takes your mail. With `account`, that mailbox' provider, log-in name and password serve."""

    account: str | None = Field(default=None, description="the account whose provider and password are used",
                                examples=["home"])  # fmt: skip
    host: str | None = Field(default=None, description="the SMTP server", examples=["smtp.example.com"])
    port: Annotated[int, Field(ge=1, le=65535)] | None = Field(default=None, description="its port", examples=[465])
    tls: Tls | None = Field(
        default=None, description="implicit (port 465), starttls (port 587) or none (only on this machine)",
        examples=["implicit"],
    )  # fmt: skip
    username: str | None = Field(default=None, description="the log-in name", examples=["me@example.com"])
    sender: MailAddress | None = Field(
        default=None, description="the address in From, by default that of the account", examples=["me@example.com"]
    )


class Schedule(Table):
    """How often the service looks."""

    poll_minutes: int = Field(
        default=10, ge=1, le=1440, description="minutes between two looks at the mailboxes", examples=[10]
    )


class Web(Table):
    """The review page that `run` serves, and who may reach it."""

    enabled: bool = Field(default=True, description="false: `run` serves no page", examples=[True])
    listen: Annotated[str, BeforeValidator(_ip)] = Field(
        default="127.0.0.1", description="the address of this machine that the page answers on", examples=["127.0.0.1"]
    )
    port: int = Field(default=8377, ge=1, le=65535, description="its port", examples=[8377])
    base_url: Annotated[str, BeforeValidator(_base_url)] | None = Field(
        default=None,
        description="the address under which you open the page; links in the digest begin with it",
        examples=["https://orders.example.com"],
    )
    hosts: Annotated[tuple[Annotated[str, BeforeValidator(_host)], ...], BeforeValidator(_items)] = Field(
        default=(), description="further names under which the page may be opened", examples=[["nas.lan"]]
    )
    insecure_http: bool = Field(
        default=False, description="true: also without TLS beyond this machine; said on every page", examples=[False]
    )
    trusted_proxies: Annotated[tuple[Annotated[str, BeforeValidator(_network)], ...], BeforeValidator(_items)] = Field(
        default=(), description="addresses of reverse proxies whose X-Forwarded headers are believed",
        examples=[["192.168.1.2"]],
    )  # fmt: skip
    user_header: Annotated[str, BeforeValidator(_header)] | None = Field(
        default=None, description="the header in which such a proxy names who has logged in there",
        examples=["Remote-User"],
    )  # fmt: skip
    users: Texts = Field(
        default=(), description="the names in that header who may come in; by default all", examples=[["minji"]]
    )
    session_days: int = Field(
        default=30, ge=1, le=366, description="days until you have to log in again", examples=[30]
    )

    def address(self) -> str:
        """Where the page is opened, without a slash at the end: `base_url`, else this machine's own address.

        Of a page that answers on all addresses that is the loopback one: "0.0.0.0" can be opened nowhere.
        """
        listen = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.listen, self.listen)  # noqa: S104
        host = f"[{listen}]" if ":" in listen else listen
        return self.base_url or f"http://{host}:{self.port}"


class Config(Table):
    """All settings. `path` is the file that they came from (None: defaults and environment only)."""

    user: User = Field(default_factory=User)
    store: Store = Field(default_factory=Store)
    accounts: dict[str, Account] = Field(default_factory=dict)
    reading: Reading = Field(default_factory=Reading)
    silence: Silence = Field(default_factory=Silence)
    expect: Expect = Field(default_factory=Expect)
    calendar: Calendar = Field(default_factory=Calendar)
    digest: Digest = Field(default_factory=Digest)
    smtp: Smtp = Field(default_factory=Smtp)
    schedule: Schedule = Field(default_factory=Schedule)
    cards: Annotated[tuple[PaymentCard, ...], BeforeValidator(_card_tables)] = Field(default=())
    web: Web = Field(default_factory=Web)

    _path: Path | None = PrivateAttr(None)
    _assumed: tuple[str, ...] = PrivateAttr(())
    _data_home: Path | None = PrivateAttr(None)
    _home: Path | None = PrivateAttr(None)

    @property
    def path(self) -> Path | None:
        """The file that the settings came from."""
        return self._path

    @property
    def assumed(self) -> tuple[str, ...]:
        """The keys among user.language, user.country and user.timezone that were not given but derived."""
        return self._assumed

    def locate(self, path: Path) -> Path:
        """A path of the file as it is meant: ~ is the home folder, a relative one lies beside the config file."""
        if path.parts[:1] == ("~",):
            return (self._home or places.home({})).joinpath(*path.parts[1:])
        return path if path.is_absolute() or self._path is None else self._path.absolute().parent / path

    def data_folder(self) -> Path:
        """The folder for the program's own files."""
        return self._data_home or places.data_home({})

    def store_path(self) -> Path | str:
        """The database: its file, or its address where it is one (`postgresql://...`)."""
        if self.store.path and "://" in self.store.path:
            return self.store.path
        return self.locate(Path(self.store.path)) if self.store.path else self.data_folder() / "monitor.sqlite3"

    def digest_folder(self) -> Path:
        """The folder that digests are written to."""
        return self.locate(self.digest.directory) if self.digest.directory else self.data_folder() / "digests"

    def knowledge_folder(self) -> Path:
        """The user's own knowledge: `shops/` and `layouts/`, read besides the program's."""
        return self.data_folder() / places.KNOWLEDGE

    def own_addresses(self) -> frozenset[str]:
        """Every address of the user, in lower case: what comes from one of them is his own letter."""
        of_accounts = {account.own_address for account in self.accounts.values()}
        return frozenset(a for a in {*self.user.addresses, *of_accounts, self.smtp.sender} if a)

    def digest_to(self) -> str | None:
        """Who gets the digest: `digest.to`, else the first address that is known."""
        candidates = [self.digest.to, *self.user.addresses, *(a.own_address for a in self.accounts.values())]
        return next((address for address in candidates if address), None)

    def rules(self) -> Rules:
        """What the judge needs to know of the user."""
        periods = {"dispatch": self.expect.dispatch, "delivery": self.expect.delivery,
                   "refund": self.expect.refund, "answer": self.expect.answer}  # fmt: skip
        return Rules(
            country=self.user.country,
            timezone=self.user.timezone,
            threshold=self.silence.threshold,
            threshold_by_seller=_folded(self.silence.sellers),
            threshold_by_expectation={str(key): number for key, number in self.silence.expectations.items()},
            expect={key: span for key, span in periods.items() if span is not None},
            extra_holidays=self.calendar.extra_holidays,
            cards=tuple(
                Card(card.issuer.strip(), card.network, card.kind, card.last4, card.payment_day, card.statement_day)
                for card in self.cards
            ),
            region=self.user.region,
        )
