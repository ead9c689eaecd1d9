"""Orders told as mails, judged at given moments: the whole way from a message's bytes to `orders --json`."""

from __future__ import annotations

import json
import shutil
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner

from monitor.cli import app as door
from monitor.cli.commands import orders as of_orders
from monitor.run.intake import files
from monitor.store import Store
from monitor.store.words import FolderState

FOLDER = Path(__file__).parent / "stories"
ME = "me@example.com"
ITEMS = {
    "ko": "무선 이어폰",
    "en": "Wireless earphones",
    "de": "Kabellose Kopfhörer",
    "ja": "ワイヤレスイヤホン",
}
DATA = frozenset({"mails.toml", "shops.toml"})
Table = dict[str, Any]


def load(name: str) -> Table:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


MAILS, SHOPS = load("mails.toml"), load("shops.toml")


def stories() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.toml")):
        if path.name in DATA:
            continue
        file = load(path.name)
        for story in file["story"]:
            told = {**story, "settings": {**file.get("settings", {}), **story.get("settings", {})}}
            told.setdefault("shop", file.get("shop", "daon"))
            yield pytest.param(told, id=f"{path.stem}-{story['name']}")


# -- a mail as it would have come -----------------------------------------------------------------------------------


def message(story: Table, entry: Table, at: datetime) -> EmailMessage:
    shop = SHOPS[entry.get("shop", story["shop"])]
    own = entry["use"].endswith("-letter")
    person = own or entry["use"].endswith(("-reply", "-auto-reply"))
    values = {
        "number": entry.get("number", "20260907-0001"),
        "total": entry.get("total", "30,000원"),
        "item": entry.get("item", ITEMS[entry["use"][:2]]),
        "tracking": entry.get("tracking", "612345678903"),
        "extra": entry.get("extra", ""),
        "shop": shop["name"],
    }
    text = MAILS[entry["use"]]
    mail = EmailMessage()
    service = f"{'help' if person else 'order'}@{shop['domain']}"
    mail["Received"] = f"from out.{shop['domain']} by mx.example.com with ESMTPS; {format_datetime(at)}"
    if "authentication" in entry:
        mail["Authentication-Results"] = authentication(entry["authentication"], shop["domain"])
    mail["From"] = ME if own else f'"{shop["name"]}" <{service}>'
    mail["To"] = entry.get("to", service) if own else ME
    mail["Subject"] = entry.get("subject", text["subject"]).format_map(values)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{identity(story, entry)}@{'example.com' if own else shop['domain']}>"
    if "answers" in entry:
        letter = next(other for other in story["mails"] if other.get("id") == entry["answers"])
        mail["In-Reply-To"] = mail["References"] = f"<{identity(story, letter)}@example.com>"
    if "auto_submitted" in text:
        mail["Auto-Submitted"] = text["auto_submitted"]
    if text.get("list_unsubscribe"):
        mail["List-Unsubscribe"] = f"<https://{shop['domain']}/bye>"
    mail.set_content(entry.get("body", text["body"]).format_map(values).lstrip())
    return mail


def bounce(story: Table, entry: Table, at: datetime) -> Message:
    """A non-delivery report (RFC 3464) about an own letter of the story."""
    letter = next(other for other in story["mails"] if other.get("id") == entry["of"])
    sent = message(story, letter, moment(letter["at"], story))
    host, recipient = Message(), Message()
    host["Reporting-MTA"] = "dns; mx.example.com"
    recipient["Final-Recipient"], recipient["Action"], recipient["Status"] = f"rfc822; {sent['To']}", "failed", "5.1.1"
    status = MIMENonMultipart("message", "delivery-status")
    status.set_payload([host, recipient])
    mail = MIMEMultipart("report", report_type="delivery-status")
    mail["Received"] = f"from mx.example.com by mx.example.com; {format_datetime(at)}"
    mail["From"] = "Mail Delivery System <MAILER-DAEMON@mx.example.com>"
    mail["To"] = ME
    mail["Subject"] = "Undelivered Mail Returned to Sender"
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{identity(story, entry)}@mx.example.com>"
    mail["Auto-Submitted"] = "auto-replied"
    mail.attach(MIMEText("Your message could not be delivered to one or more recipients. It is attached below.\n"))
    mail.attach(status)
    mail.attach(MIMEMessage(message_from_bytes(sent.as_bytes())))
    return mail


def authentication(result: str, domain: str) -> str:
    checks = (
        f"spf={result} smtp.mailfrom={domain}",
        f"dkim={result} header.d={domain}",
        f"dmarc={result} header.from={domain}",
    )
    return "; ".join(("mx.example.com", *checks))


def identity(story: Table, entry: Table) -> str:
    return f"{story['name']}-{entry['at']}-{entry['use']}".replace(" ", "-").replace(":", "").replace("+", "")


def moment(text: str, story: Table) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(story["settings"]["USER__TIMEZONE"]))


# -- telling a story ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store that was just made: making one takes longer than all that a story does with it."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    with Store.open(path):
        pass
    return path


class Teller:
    """Runs the commands as a user would, with the story's clock."""

    def __init__(self, story: Table, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.story = story
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        monkeypatch.setattr(of_orders, "clock", lambda: self.now)
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
            monkeypatch.setenv(name, str(folder))
        settings = {"USER__ADDRESSES": ME, "USER__LANGUAGE": "en", "STORE__PATH": str(folder / "store.db")}
        for key, value in {**settings, **story["settings"]}.items():
            monkeypatch.setenv(f"REFUND_MONITOR_{key}", value)

    def command(self, *words: str) -> str:
        result = CliRunner().invoke(door.app, list(words))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, f"{words}: {result.output}"
        return result.stdout

    def receive(self, until: datetime) -> None:
        self.now = until
        if "mailboxes" in self.story:
            self.receive_in_mailboxes()
            return
        mails = self.folder / "mails"
        mails.mkdir()
        for index, entry in enumerate(self.story["mails"]):
            at = moment(entry["at"], self.story)
            make = bounce if entry["use"] == "bounce" else message
            (mails / f"{index:03}.eml").write_bytes(make(self.story, entry, at).as_bytes())
        heard = moment(self.story["heard_until"], self.story) if "heard_until" in self.story else until
        self.command("import", str(mails), "--heard-until", heard.isoformat())

    def receive_in_mailboxes(self) -> None:
        """The mails lie in the mailboxes that the story names, each of which was read up to the moment given there.

        How they got there is the business of other tests: here they come from files under the mailbox's name.
        """
        for name, heard in self.story["mailboxes"].items():
            self.monkeypatch.setattr(files, "ACCOUNT", name)
            folder = self.folder / name
            folder.mkdir()
            for index, entry in enumerate(self.story["mails"]):
                if name in entry["in"]:
                    at = moment(entry["at"], self.story)
                    (folder / f"{index:03}.eml").write_bytes(message(self.story, entry, at).as_bytes())
            self.command("import", str(folder))
            with Store.open(self.folder / "store.db") as store, store.transaction():
                read_to = moment(heard, self.story)
                store.set_folder_state(FolderState(name, "INBOX", 1, 1, read_to, None, read_to))
        for name in self.story["mailboxes"]:
            account = f"REFUND_MONITOR_ACCOUNTS__{name.upper()}"
            self.monkeypatch.setenv(f"{account}__HOST", "imap.example.com")
            self.monkeypatch.setenv(f"{account}__ADDRESS", ME)
            self.monkeypatch.setenv(f"{account}__PASSWORD_ENV", "NOT_USED")
            self.monkeypatch.setenv(f"{account}__ENABLED", str(name not in self.story.get("off", ())).lower())

    def orders(self, at: datetime) -> list[Table]:
        return [json.loads(line) for line in self.command("orders", "--json", "--at", at.isoformat()).splitlines()]

    def order(self, entry: Table, at: datetime) -> Table:
        found = self.orders(at)
        fits = [
            order
            for order in found
            if entry.get("order", order["order_number"]) == order["order_number"]
            and ("seller" not in entry or SHOPS[entry["seller"]]["name"] == order["seller"])
        ]
        told = [(order["seller"], order["order_number"], order["state"]) for order in found]
        assert len(fits) == 1, f"{len(fits)} orders fit {entry} at {at}: {told}"
        return fits[0]

    def say(self, entry: Table, at: datetime) -> None:
        self.now = at
        self.command("say", self.order(entry, at)["id"], *entry["words"].split(" ", 1))

    def check(self, entry: Table, at: datetime) -> None:
        self.now = max(self.now, at)
        expected = {key: value for key, value in entry.items() if key not in ("at", "order", "seller", "orders", "on")}
        if "orders" in entry:
            assert len(self.orders(at)) == entry["orders"]
        if not expected:
            return
        order = self.order(entry, at)
        for key in ("silent_since", "placed_at"):
            if key in expected:
                expected[key] = moment(expected[key], self.story).isoformat()
                order[key] = datetime.fromisoformat(order[key]).isoformat()
        got = {key: "" if order[key] is None else order[key] for key in expected}
        assert got == expected, f"at {entry['at']}: {order}"


@pytest.mark.parametrize("story", list(stories()))
def test_the_story_is_judged_as_counted_by_hand(
    story: Table, tmp_path: Path, empty_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(empty_store, tmp_path / "store.db")
    teller = Teller(story, tmp_path, monkeypatch)
    turns = [(moment(entry["at"], story), teller.check, entry) for entry in story["checks"]]
    turns += [(moment(entry["at"], story), teller.say, entry) for entry in story.get("says", ())]
    turns.sort(key=lambda turn: turn[0])
    teller.receive(max(turns[-1][0], *(moment(entry["at"], story) for entry in story["mails"])) + timedelta(minutes=1))
    for at, turn, entry in turns:
        turn(entry, at)


def test_there_are_enough_stories_and_every_name_and_mail_is_used() -> None:
    told = list(stories())
    assert len(told) >= 60
    assert len({story.id for story in told}) == len(told)
    used = {entry["use"] for story in told for entry in story.values[0]["mails"]}
    assert used - {"bounce"} == set(MAILS)
