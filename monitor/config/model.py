"""The tables of the config file as frozen pydantic models: keys, defaults, ranges and forms.

In charge of which keys there are; how a value is written is `forms`' business, where it comes from `loading`'s, what a
problem is called `explain`'s. Each field's description and example end up in error messages and are checked against
`config.example.toml` and the README.
"""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, model_validator

from monitor.config import places
from monitor.config.forms import (
    Addresses,
    BaseUrl,
    Country,
    Days,
    FilePath,
    HeaderName,
    Hosts,
    InOrder,
    LastDigits,
    LowerCase,
    MailAddress,
    MonthDay,
    Networks,
    OwnIp,
    Pairs,
    Period,
    Region,
    StorePath,
    Texts,
    Threshold,
    TimeOfDay,
    Tls,
    Zone,
    fold_seller,
)
from monitor.types import Card, Expectation, Rules


class Table(BaseModel):
    """A table of the file: frozen, no key that we do not know, no value in an error message."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)


class User(Table):
    """Who the user is: his language and country decide wording and periods."""

    name: str = Field(default="", description="your name, as letters are signed", examples=["Kim Minji"])
    addresses: Addresses = Field(
        default=(), description="your own mail addresses, besides those of the accounts", examples=[["me@example.com"]]
    )
    language: Annotated[Literal["ko", "en"], LowerCase] = Field(
        default="en", description="the language that the program speaks to you: ko or en", examples=["ko"]
    )
    country: Country = Field(default="", description="the country you live in (ISO 3166-1)", examples=["KR"])
    timezone: Zone = Field(default="UTC", description="your time zone (IANA)", examples=["Asia/Seoul"])
    postal_address: str = Field(
        default="", description="your postal address, for printed letters and for forms that ask for it",
        examples=["서울특별시 중구 세종대로 110"],
    )  # fmt: skip
    phone: str = Field(
        default="", description="your phone number, for printed letters and for forms that ask for it",
        examples=["010-0000-0000"],
    )  # fmt: skip
    region: Region = Field(
        default="", description="your province or state, where laws differ within the country (ISO 3166-2)",
        examples=["CA-ON"],
    )  # fmt: skip


class PaymentCard(Table):
    """A payment card by what is printed in every receipt; its number is not wanted and is refused."""

    issuer: str = Field(default="", description="who issued it, as the mails name him", examples=["신한카드"])
    network: Annotated[
        Literal["visa", "mastercard", "amex", "jcb", "discover", "diners", "unionpay", ""], LowerCase
    ] = Field(default="", description='its network, or "" for a domestic card', examples=["visa"])
    kind: Annotated[Literal["credit", "check", "debit", "charge", ""], LowerCase] = Field(
        default="", description="credit, check, debit or charge", examples=["credit"]
    )
    last4: LastDigits = Field(default="", description="its last four digits, and no more", examples=["1234"])
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

    path: StorePath | None = Field(
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

    preset: Annotated[str, LowerCase] | None = Field(
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
    authserv_id: Annotated[str, LowerCase] | None = Field(
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
    sellers: Annotated[dict[str, Threshold], Pairs] = Field(
        default_factory=dict, description="the same for single sellers, by name or domain",
        examples=[{"coupang.com": 5}],
    )  # fmt: skip
    expectations: Annotated[dict[Expectation, Threshold], Pairs] = Field(
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

    at: TimeOfDay = Field(default=time(7, 30), description="the time of day, in your time zone", examples=["07:30"])
    to: MailAddress | None = Field(
        default=None, description="who gets it, by default your first address", examples=["me@example.com"]
    )
    via: Annotated[Literal["smtp", "file", "none"], LowerCase] = Field(
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
    listen: OwnIp = Field(
        default="127.0.0.1", description="the address of this machine that the page answers on", examples=["127.0.0.1"]
    )
    port: int = Field(default=8377, ge=1, le=65535, description="its port", examples=[8377])
    base_url: BaseUrl | None = Field(
        default=None,
        description="the address under which you open the page; links in the digest begin with it",
        examples=["https://orders.example.com"],
    )
    hosts: Hosts = Field(
        default=(), description="further names under which the page may be opened", examples=[["nas.lan"]]
    )
    insecure_http: bool = Field(
        default=False, description="true: also without TLS beyond this machine; said on every page", examples=[False]
    )
    trusted_proxies: Networks = Field(
        default=(), description="addresses of reverse proxies whose X-Forwarded headers are believed",
        examples=[["192.168.1.2"]],
    )  # fmt: skip
    user_header: HeaderName | None = Field(
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
    cards: Annotated[tuple[PaymentCard, ...], InOrder] = Field(default=())
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
        """The folder that digests are written to: by default one beside the database."""
        if self.digest.directory:
            return self.locate(self.digest.directory)
        store = self.store_path()
        return (store.parent if isinstance(store, Path) else self.data_folder()) / "digests"

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
            threshold_by_seller={fold_seller(name): days for name, days in self.silence.sellers.items()},
            threshold_by_expectation={str(key): number for key, number in self.silence.expectations.items()},
            expect={key: span for key, span in periods.items() if span is not None},
            extra_holidays=self.calendar.extra_holidays,
            cards=tuple(
                Card(card.issuer.strip(), card.network, card.kind, card.last4, card.payment_day, card.statement_day)
                for card in self.cards
            ),
            region=self.user.region,
        )
