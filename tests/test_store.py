"""The store: what goes in comes out, whole or not at all; what the user said stays; on SQLite and on PostgreSQL."""

from __future__ import annotations

import io
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from importlib import import_module, util
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql import ClauseElement

from monitor.store import FolderState, Location, MailRow, RawRow, Store, StoreError, database, dialects, newest, tables
from monitor.store.codec import dump_draft, dump_reading, load_draft, load_reading
from monitor.types import (
    Address,
    Authentication,
    Contact,
    Draft,
    Event,
    Finding,
    Kind,
    Money,
    OrderClass,
    Reading,
    Seller,
    Settlement,
    Source,
    Span,
    Stated,
    Unit,
    Verdict,
)

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=timezone(timedelta(hours=9)))
HOUR = timedelta(hours=1)


def identity(number: int) -> str:
    return f"{number:032x}"


def mail_row(number: int, **changes: Any) -> MailRow:
    row = MailRow(
        identity=identity(number),
        message_id=f"{number}@shop.example",
        sent_at=NOON + number * HOUR,
        received_at=NOON + number * HOUR,
        counterpart_domain="shop.example",
        kind="other",
        reason="no word of a purchase in its header",
    )
    return replace(row, **changes)


def place(number: int, folder: str = "INBOX", account: str = "home", uidvalidity: int = 7) -> Location:
    return Location(account, folder, uidvalidity, number, identity(number))


def reading(number: int, **changes: Any) -> Reading:
    shop = Address("Shop", "orders@shop.example")
    found = Reading(
        identity=identity(number),
        message_id=f"{number}@shop.example",
        references=("a@shop.example", "b@shop.example"),
        sender=shop,
        reply_to=None,
        to=(Address("", "me@example.com"),),
        subject="주문이 접수되었습니다",
        sent_at=None,
        received_at=NOON + number * HOUR,
        authentication=Authentication.PASS,
        auto_submitted=False,
        verdict=Verdict(
            kind=Kind.ORDER_CONFIRMATION,
            seller=Stated(Seller("shop.example", "Shop", "shop.example"), "Shop", "header"),
            language="ko",
            reason="an order number beside an amount",
            quotes=("주문번호",),
            rivals=((Kind.SHIPPED, "no tracking number"),),
        ),
        finding=Finding(
            kind=Kind.ORDER_CONFIRMATION,
            order_number=Stated("2026-0001", "주문번호 2026-0001", "generic"),
            total=Stated(Money(Decimal("12.30"), "EUR"), "12,30 €", "generic"),
            items=(Stated("차 한 통", "차 한 통", "generic"),),
            placed_at=Stated(date(2026, 11, 20), "2026.11.20", "generic"),
            dispatch_by=Stated(Span(3, Unit.BUSINESS_DAYS), "영업일 3일 이내", "generic"),
            promised_by=Stated(date(2026, 11, 27), "11월 27일", "generic"),
            contacts=(Contact("email", "help@shop.example", "문의: help@shop.example"),),
            disagreements=(("total", (Stated("12.30 EUR", "12,30 €", "generic"),)),),
        ),
    )
    return replace(found, **changes)


def mail_event(name: str, order: str = "o1", number: int = 1, **changes: Any) -> Event:
    made = Event(name, order, NOON + number * HOUR, "order_confirmation", Source.MAIL, mail=identity(number))
    return replace(made, **changes)


def said(name: str, order: str = "o1", **changes: Any) -> Event:
    made = Event(
        id=name,
        order_id=order,
        at=NOON,
        kind="arrived",
        source=Source.USER,
        mail=identity(1),
        payload={"value": "네", "seller": "shop.example"},
        anchor_seller="shop.example",
        anchor_number="2026-0001",
    )
    return replace(made, **changes)


def draft(name: str = "d1", **changes: Any) -> Draft:
    made = Draft(
        id=name,
        order_id="o1",
        rung="inquiry",
        channel="email",
        to="help@shop.example",
        subject="주문 문의",
        body="안녕하세요,\n",
        language="ko",
        status="ready",
        rules=(),
        based_on=("e1",),
    )
    return replace(made, **changes)


# --- the two databases ------------------------------------------------------------------------------------------------

# A server and its driver are not among the project's dependencies. Where both are there, everything in `TestStore`
# runs on PostgreSQL too; where not, `TestPostgresqlByItsWords` still holds every statement to its dialect.
POSTGRESQL = shutil.which("initdb") is not None and util.find_spec("psycopg") is not None
BACKENDS = ["sqlite", "postgresql"] if POSTGRESQL else ["sqlite"]


@pytest.fixture(scope="session")
def postgresql_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = Path("/tmp") / f"refund-monitor-postgresql-{os.getpid()}"  # a socket's path has to be short
    folder.mkdir(mode=0o700)
    account: dict[str, Any] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        os.chown(folder, 65534, 65534)
        account = {"user": 65534, "group": 65534, "extra_groups": []}
    initdb = Path(shutil.which("initdb") or "").resolve()
    data = folder / "data"
    quiet: dict[str, Any] = {"check": True, "capture_output": True, "cwd": folder, **account}
    subprocess.run([initdb, "-D", data, "-U", "monitor", "-A", "trust", "-E", "UTF8", "--no-sync"], **quiet)
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    control = [initdb.with_name("pg_ctl"), "-D", data, "-w"]
    subprocess.run([*control, "-l", folder / "log", "-o", options, "start"], **quiet | {"capture_output": False})
    try:
        yield folder
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **quiet)
        shutil.rmtree(folder)


@pytest.fixture(params=BACKENDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new, empty store."""
    if request.param == "sqlite":
        return str(tmp_path / "store.db")
    folder = request.getfixturevalue("postgresql_folder")
    server = create_engine(f"postgresql+psycopg://monitor@/postgres?host={folder}", isolation_level="AUTOCOMMIT")
    name = re.sub(r"\W", "", f"t{tmp_path.name}").lower()[:50]
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE {name}"))
    server.dispose()
    return f"postgresql+psycopg://monitor@/{name}?host={folder}"


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    with Store.open(address) as opened:
        event.listen(opened._engine, "before_execute", _must_suit_postgresql)
        yield opened


def _must_suit_postgresql(connection: Connection, statement: Any, *_: Any) -> None:
    """Every statement that runs on SQLite in these tests is also put into PostgreSQL's words."""
    if isinstance(statement, ClauseElement) and not isinstance(statement, sqlite.Insert):
        statement.compile(dialect=postgresql.dialect())


class TestStore:
    """The contract: every test runs on each database that is at hand."""

    # --- mails ---

    def test_a_mail_comes_back_as_it_was_saved_in_utc(self, store: Store) -> None:
        row = mail_row(1, sent_at=None, message_id=None, candidate=True, purchase=True, kind="shipped")
        store.save_mails([row, mail_row(2)])
        assert store.mail(identity(1)) == row
        assert list(store.mails()) == [row, mail_row(2)]
        assert next(store.mails()).received_at.tzinfo is UTC

    def test_mails_are_told_by_time_and_sort(self, store: Store) -> None:
        store.save_mails([mail_row(1), mail_row(2, candidate=True), mail_row(3, candidate=True, purchase=True)])
        assert [m.identity for m in store.mails(candidate=True)] == [identity(2), identity(3)]
        assert [m.identity for m in store.mails(purchase=True)] == [identity(3)]
        assert [m.identity for m in store.mails(since=NOON + 2 * HOUR)] == [identity(2), identity(3)]
        assert [m.identity for m in store.mails(until=NOON + 2 * HOUR)] == [identity(1), identity(2)]
        assert store.count() == {"mails": 3, "purchases": 1, "readings": 0, "locations": 0}

    def test_only_mails_that_were_saved_are_known(self, store: Store) -> None:
        store.save_mails(mail_row(number) for number in range(1200))
        assert store.known(identity(number) for number in (3, 1199, 5000)) == {identity(3), identity(1199)}
        assert store.known([]) == set()
        assert store.mail(identity(5000)) is None

    def test_mails_that_were_streamed_leave_the_transaction_fit_for_writing(self, store: Store) -> None:
        store.save_mails([mail_row(1), mail_row(2)])
        with store.transaction():
            assert len(list(store.mails())) == 2
            store.save_mails([mail_row(3)])
            store.set_setting("after", "1")
        assert len(list(store.mails())) == 3

    def test_saving_a_mail_again_replaces_what_was_decided_but_keeps_the_raw_mail(self, store: Store) -> None:
        store.save_mails([mail_row(1)])
        store.save_raw([RawRow(identity(1), b"raw")])
        store.save_mails([mail_row(1, kind="shipped", reason="better", reader_version="2")])
        found = store.mail(identity(1))
        assert found is not None and found.kind == "shipped" and found.reader_version == "2"
        assert store.raw(identity(1)) == b"raw"

    def test_one_mail_has_several_places_and_is_one_mail(self, store: Store) -> None:
        store.save_mails([mail_row(1)])
        places = [place(1), Location("home", "All", 1, 4_294_967_295, identity(1)), place(1, account="work")]
        store.save_locations(places)
        store.save_locations(places)
        assert sorted(store.locations(identity(1)), key=lambda p: (p.account, p.folder)) == sorted(
            places, key=lambda p: (p.account, p.folder)
        )
        assert store.count()["mails"] == 1
        store.save_readings([reading(1)])
        assert store.accounts_by_mail() == {identity(1): ("home", "work")}

    def test_a_place_needs_its_mail_by_the_end_of_the_transaction(self, store: Store) -> None:
        with store.transaction():
            store.save_locations([place(1)])
            store.save_mails([mail_row(1)])
        with pytest.raises(StoreError):
            store.save_locations([place(2)])
        assert store.locations(identity(2)) == []

    def test_a_changed_uidvalidity_forgets_the_places_and_keeps_the_mails(self, store: Store) -> None:
        store.save_mails([mail_row(1), mail_row(2)])
        store.save_locations([place(1), place(2), place(1, uidvalidity=8), place(1, folder="Sent")])
        assert store.forget_locations("home", "INBOX", 7) == 2
        assert store.locations(identity(2)) == []
        assert [(p.folder, p.uidvalidity) for p in store.locations(identity(1))] == [("INBOX", 8), ("Sent", 7)]
        assert store.forget_locations("home", "INBOX") == 1
        assert store.count()["mails"] == 2

    def test_a_second_look_goes_to_mails_of_a_domain_that_their_header_had_ruled_out(self, store: Store) -> None:
        store.save_mails(
            [
                mail_row(1),
                mail_row(2, candidate=True),
                mail_row(3, counterpart_domain="other.example"),
                mail_row(4),
            ]
        )
        store.save_locations([place(1), place(4), place(4, folder="All")])
        found = [row.identity for row in store.ruled_out({"shop.example"}, NOON)]
        assert found == [identity(1), identity(4)]
        places = store.places(found)
        assert [len(places[one]) for one in found] == [1, 2]
        assert [row.identity for row in store.ruled_out({"shop.example"}, NOON + 2 * HOUR)] == [identity(4)]
        assert store.ruled_out(set()) == [] and store.places([identity(3)]) == {}

    def test_text_that_no_database_takes_is_repaired(self, store: Store) -> None:
        store.save_mails(
            [mail_row(1, message_id="a\0b\udcff@x", reason="주\ud800문", counterpart_domain="x\0.example")]
        )
        found = store.mail(identity(1))
        assert found is not None
        assert (found.message_id, found.reason, found.counterpart_domain) == ("ab?@x", "주?문", "x.example")
        store.save_readings([reading(1, subject="nul \0 and \udcff")])
        kept = store.reading(identity(1))
        assert kept is not None and "\udcff" not in kept.subject

    def test_moments_at_the_rim_of_the_calendar_are_kept(self, store: Store) -> None:
        first = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
        last = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-12)))
        store.save_mails([mail_row(1, sent_at=first), mail_row(2, sent_at=last)])
        assert [m.sent_at.year for m in store.mails() if m.sent_at] == [1, 9999]

    # --- raw mails and readings ---

    def test_a_raw_mail_comes_back_byte_for_byte(self, store: Store) -> None:
        content = bytes(range(256)) * 100
        store.save_mails([mail_row(1), mail_row(2), mail_row(3)])
        store.save_raw([RawRow(identity(1), content, 10_000_000, ("manual.pdf",)), RawRow(identity(2), content)])
        assert store.raw(identity(1)) == store.raw(identity(2)) == content
        assert store.left_out(identity(1)) == ("manual.pdf",)
        assert store.raw(identity(3)) is None

    def test_a_raw_mail_without_its_mail_is_refused(self, store: Store) -> None:
        with pytest.raises(StoreError):
            store.save_raw([RawRow(identity(1), b"raw")])

    def test_readings_come_back_equal_and_in_order(self, store: Store) -> None:
        store.save_mails(mail_row(number) for number in range(4))
        early = reading(3, received_at=NOON - HOUR)
        store.save_readings([reading(2), early, reading(1), reading(0, received_at=NOON + HOUR)])
        assert [r.identity for r in store.readings()] == [identity(3), identity(0), identity(1), identity(2)]
        assert store.readings()[0] == early
        assert [r.identity for r in store.readings(until=NOON + HOUR)] == [identity(3), identity(0), identity(1)]
        assert store.reading(identity(2)) == reading(2)
        assert store.reading(identity(9)) is None

    def test_purging_drops_reading_and_raw_mail_and_keeps_the_row(self, store: Store) -> None:
        store.save_mails([mail_row(1, purchase=True), mail_row(2, purchase=True)])
        store.save_raw([RawRow(identity(1), b"same"), RawRow(identity(2), b"same")])
        store.save_readings([reading(1), reading(2)])
        store.purge_readings([identity(1)])
        assert store.reading(identity(1)) is None and store.raw(identity(1)) is None
        assert store.raw(identity(2)) == b"same"
        row = store.mail(identity(1))
        assert row is not None and not row.purchase
        store.purge_readings([identity(2)])
        with store._reading() as connection:
            assert connection.scalar(text("SELECT count(*) FROM raw")) == 0

    # --- folders ---

    def test_a_folder_state_comes_back(self, store: Store) -> None:
        state = FolderState("home", "받은편지함", 4_294_967_295, 42, NOON, NOON - 24 * HOUR, NOON)
        store.set_folder_state(state)
        assert store.folder_state("home", "받은편지함") == state
        store.set_folder_state(replace(state, next_uid=43, heard_until=None))
        assert store.folder_state("home", "받은편지함") == replace(state, next_uid=43, heard_until=None)
        assert store.folder_state("home", "INBOX") is None
        assert [s.next_uid for s in store.folder_states()] == [43]
        store.forget_folder("home", "받은편지함")
        assert store.folder_states() == []

    def test_an_account_was_heard_until_the_least_read_of_its_folders(self, store: Store) -> None:
        for folder, heard in (("INBOX", NOON), ("Sent", NOON - HOUR), ("Old", NOON - 99 * HOUR), ("New", None)):
            store.set_folder_state(FolderState("home", folder, 1, 1, heard, None, NOON))
        assert store.heard_until("home", ["INBOX", "Sent"]) == NOON - HOUR
        assert store.heard_until("home", ["INBOX", "New"]) is None
        assert store.heard_until("home", ["INBOX", "Missing"]) is None
        assert store.heard_until("home") is None
        store.forget_folder("home", "New")
        assert store.heard_until("home") == NOON - 99 * HOUR
        assert store.heard_until("nobody") is None

    # --- events ---

    def test_mail_events_follow_what_linking_found_and_name_the_orders_that_changed(self, store: Store) -> None:
        store.append_event(said("s1", order="o1"))
        first = [mail_event("e1", "o1", 1), mail_event("e2", "o1", 2), mail_event("e3", "o2", 3)]
        assert store.sync_mail_events(first) == {"o1", "o2"}
        assert store.sync_mail_events(first) == set()
        moved = [first[0], replace(first[1], order_id="o3"), mail_event("e4", "o4", 4)]
        assert store.sync_mail_events(moved) == {"o1", "o2", "o3", "o4"}
        assert [(e.id, e.order_id) for e in store.events()] == [
            ("s1", "o1"),
            ("e1", "o1"),
            ("e2", "o3"),
            ("e4", "o4"),
        ]
        assert store.sync_mail_events([]) == {"o1", "o3", "o4"}
        assert [e.id for e in store.events()] == ["s1"]

    def test_events_carry_the_reading_of_their_mail(self, store: Store) -> None:
        store.save_mails([mail_row(1)])
        store.save_readings([reading(1)])
        store.sync_mail_events([mail_event("e1", "o1", 1), mail_event("e2", "o1", 2)])
        assert [e.reading for e in store.events("o1")] == [reading(1), None]

    def test_events_are_told_by_order_moment_and_source(self, store: Store) -> None:
        store.sync_mail_events([mail_event("e1", "o1", 1), mail_event("e2", "o2", 2)])
        statement = said("s1", order="o2", at=NOON + 3 * HOUR)
        store.append_event(statement)
        assert [e.id for e in store.events("o2")] == ["e2", "s1"]
        assert [e.id for e in store.events(until=NOON + 2 * HOUR)] == ["e1", "e2"]
        assert store.statements() == [statement]
        assert store.statements(until=NOON) == []

    def test_a_statement_is_recorded_once(self, store: Store) -> None:
        store.append_event(said("s1"))
        with pytest.raises(StoreError):
            store.append_event(said("s1", kind="not_arrived"))
        with pytest.raises(StoreError):
            store.sync_mail_events([mail_event("s1")])
        assert store.statements() == [said("s1")]

    def test_a_statement_can_move_to_another_order_and_nothing_else(self, store: Store) -> None:
        store.append_event(said("s1"))
        store.reattach({"s1": "o2"})
        assert store.statements() == [said("s1", order="o2")]
        with pytest.raises(StoreError, match="no event"):
            store.reattach({"missing": "o2"})

    @pytest.mark.parametrize("source", ["user", "monitor"])
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE event SET kind = 'closed'",
            "UPDATE event SET payload = '{}', order_id = 'o2'",
            "UPDATE event SET mail = NULL",
            "UPDATE event SET source = 'mail'",
            "UPDATE event SET id = 's2'",
            "UPDATE event SET anchor_number = '9'",
            "DELETE FROM event",
        ],
    )
    def test_the_database_itself_refuses_to_change_what_was_said(
        self, store: Store, source: str, statement: str
    ) -> None:
        kept = said("s1", source=Source(source))
        store.append_event(kept)
        with pytest.raises(StoreError, match="never changed"), store.transaction() as connection:
            connection.execute(text(statement))
        assert store.statements() == [kept]

    def test_a_mail_event_cannot_be_made_a_statement(self, store: Store) -> None:
        store.sync_mail_events([mail_event("e1")])
        with pytest.raises(StoreError, match="never changed"), store.transaction() as connection:
            connection.execute(text("UPDATE event SET source = 'user'"))

    def test_what_was_sent_is_never_changed(self, store: Store) -> None:
        store.remember_sent("1@me.example", "digest", NOON)
        store.remember_sent("1@me.example", "letter", NOON + HOUR, "o1", "d1")
        store.remember_sent("2@me.example", "letter", NOON + HOUR, "o1", "d1")
        assert store.own_message_ids() == {"1@me.example", "2@me.example"}
        assert [(s.kind, s.at, s.draft_id) for s in store.sent()] == [
            ("digest", NOON, None),
            ("letter", NOON + HOUR, "d1"),
        ]
        assert [s.message_id for s in store.sent("letter")] == ["2@me.example"]
        for statement in ("UPDATE sent SET kind = 'x'", "DELETE FROM sent"):
            with pytest.raises(StoreError, match="never changed"), store.transaction() as connection:
                connection.execute(text(statement))
        assert len(store.own_message_ids()) == 2

    # --- drafts, problems, settings ---

    def test_a_draft_is_rewritten_until_the_user_decides(self, store: Store) -> None:
        assert store.save_draft(draft(), NOON)
        assert store.save_draft(draft(body="Better"), NOON + HOUR)
        assert store.drafts("o1") == [draft(body="Better")]
        store.set_draft_status("d1", "exported", NOON + HOUR)
        assert not store.save_draft(draft(body="Worse"), NOON + 2 * HOUR)
        assert store.drafts() == [draft(body="Better", status="exported")]
        store.set_draft_status("d1", "sent", NOON + HOUR)
        with pytest.raises(StoreError):
            store.set_draft_status("d1", "discarded", NOON + HOUR)
        with pytest.raises(StoreError):
            store.set_draft_status("missing", "discarded", NOON)
        assert store.drafts("o2") == []

    def test_an_open_problem_is_recorded_once(self, store: Store) -> None:
        store.add_problem("parse", "cannot be read", mail=identity(1), now=NOON)
        store.add_problem("parse", "cannot be read", mail=identity(1), now=NOON + HOUR)
        store.add_problem("imap", "wrong password")
        assert [(p.problem.stage, p.problem.mail) for p in store.problems()] == [("parse", identity(1)), ("imap", None)]
        assert store.resolve_problems(NOON, stage="parse") == 1
        assert [p.problem.stage for p in store.problems()] == ["imap"]
        assert [p.resolved_at for p in store.problems(open_only=False)] == [NOON, None]
        store.add_problem("parse", "cannot be read", mail=identity(1), now=NOON)
        assert store.resolve_problems(NOON, mail=identity(1)) == 1

    def test_settings_are_set_changed_and_forgotten(self, store: Store) -> None:
        assert store.get_setting("last_digest_for") is None
        store.set_setting("last_digest_for", "2026-11-20")
        store.set_setting("last_digest_for", "2026-11-21")
        assert store.get_setting("last_digest_for") == "2026-11-21"
        store.set_setting("last_digest_for", None)
        assert store.get_setting("last_digest_for") is None

    # --- whole or not at all ---

    def test_a_transaction_that_fails_leaves_nothing(self, store: Store) -> None:
        class Stop(Exception):
            pass

        with pytest.raises(Stop), store.transaction():
            store.save_mails([mail_row(1)])
            store.save_locations([place(1)])
            with store.transaction():
                store.append_event(said("s1"))
                store.set_folder_state(FolderState("home", "INBOX", 1, 2, NOON, None, NOON))
            assert store.mail(identity(1)) is not None
            raise Stop
        assert store.count() == {"mails": 0, "purchases": 0, "readings": 0, "locations": 0}
        assert store.events() == [] and store.folder_states() == []

    def test_a_part_that_fails_takes_the_whole_away_even_if_its_error_is_swallowed(self, store: Store) -> None:
        store.append_event(said("s1"))
        with pytest.raises(StoreError, match="nothing of it was stored"), store.transaction():
            store.save_mails([mail_row(1)])
            with pytest.raises(StoreError), store.transaction():
                store.save_mails([mail_row(2)])
                store.append_event(said("s1"))
        assert list(store.mails()) == []
        store.save_mails([mail_row(3)])
        assert list(store.mails()) == [mail_row(3)]

    def test_an_error_of_the_caller_is_not_taken_for_one_of_the_store(self, store: Store) -> None:
        with pytest.raises(ConnectionResetError), store.transaction():
            raise ConnectionResetError

    def test_a_rebuild_throws_away_what_was_read_and_nothing_else(self, store: Store) -> None:
        store.save_mails([mail_row(1, kind="shipped", purchase=True, reader_version="1"), mail_row(2)])
        store.save_locations([place(1), place(2)])
        store.save_raw([RawRow(identity(1), b"raw")])
        store.save_readings([reading(1)])
        store.sync_mail_events([mail_event("e1")])
        store.append_event(said("s1"))
        store.append_event(said("s2", source=Source.MONITOR, kind="letter"))
        store.remember_sent("1@me.example", "letter", NOON)
        store.save_draft(draft(), NOON)
        store.set_setting("quiet_before", "2026-11-20")
        state = FolderState("home", "INBOX", 7, 3, NOON, None, NOON)
        store.set_folder_state(state)
        assert store.unread() == []

        assert store.rebuild_begin() == [identity(1)] == store.unread()

        assert store.readings() == []
        assert [e.id for e in store.events()] == ["s1", "s2"]
        forgotten = store.mail(identity(1))
        assert forgotten is not None and (forgotten.kind, forgotten.purchase, forgotten.reader_version) == (
            None,
            False,
            "",
        )
        assert store.mail(identity(2)) == mail_row(2)
        assert store.raw(identity(1)) == b"raw"
        assert store.locations(identity(1)) == [place(1)]
        assert store.folder_state("home", "INBOX") == state
        assert store.own_message_ids() == {"1@me.example"}
        assert store.drafts() == [draft()]
        assert store.get_setting("quiet_before") == "2026-11-20"

    def test_a_rebuild_that_is_interrupted_leaves_everything_as_it_was(self, store: Store) -> None:
        store.save_mails([mail_row(1)])
        store.save_raw([RawRow(identity(1), b"raw")])
        store.save_readings([reading(1)])
        with pytest.raises(KeyboardInterrupt), store.transaction():
            store.rebuild_begin()
            raise KeyboardInterrupt
        assert store.readings() == [reading(1)]

    def test_a_second_writer_is_refused_until_the_first_lets_go(self, store: Store, address: str) -> None:
        with Store.open(address) as other:
            with store.lock():
                with store.lock():
                    pass
                with pytest.raises(StoreError, match="Another refund-monitor"), other.lock():
                    pass
                assert other.count()["mails"] == 0
            with other.lock(), pytest.raises(StoreError), store.lock():
                pass

    def test_a_store_stays_itself_when_it_is_opened_again(self, store: Store, address: str) -> None:
        store.save_mails([mail_row(1)])
        with Store.open(address) as again:
            assert again.instance() == store.instance() and len(store.instance()) == 32
            assert again.mail(identity(1)) == mail_row(1)
        assert store.check() == []

    @pytest.mark.parametrize("ready_made", [True, False])
    def test_the_migrations_make_exactly_the_tables_that_the_code_describes(
        self, tmp_path: Path, ready_made: bool
    ) -> None:
        with (
            Store.open(tmp_path / "made.sqlite3", ready_made=ready_made) as store,
            store._engine.connect() as connection,
        ):
            # the index for searching is a virtual table of SQLite with tables of its own beneath it
            opts = {"compare_server_default": True, "include_name": lambda name, *_: not _is_search(name)}
            context = MigrationContext.configure(connection, opts=opts)
            assert compare_metadata(context, tables.metadata) == []

    def test_the_ready_made_schema_is_what_the_migrations_make(self, tmp_path: Path) -> None:
        """Where this fails after a new migration: python -m monitor.store.newest"""
        made: list[str] = []
        for ready_made in (False, True):
            path = tmp_path / f"{ready_made}.sqlite3"
            Store.open(path, ready_made=ready_made).close()
            with closing(sqlite3.connect(path)) as connection:
                made.append(newest.written(connection))
        assert made == [newest.FILE.read_text("utf-8")] * 2

    def test_without_the_ready_made_schema_of_this_revision_the_migrations_run(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = tmp_path / "newest.sql"
        now = f"revision {database.revisions()[-1]};"
        old.write_text(newest.FILE.read_text("utf-8").replace(now, "revision 0001;", 1))
        monkeypatch.setattr(newest, "FILE", old)
        with Store.open(tmp_path / "store.sqlite3") as store:
            assert store.check() == [] and len(store.instance()) == 32

    def test_rows_of_mails_have_the_order_of_their_table(self) -> None:
        assert [column.name for column in tables.mail.columns] == [field.name for field in fields(MailRow)]

    def test_a_store_from_a_newer_version_is_refused(self, store: Store, address: str) -> None:
        with store.transaction() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        store.close()
        with pytest.raises(StoreError, match="newer version"):
            Store.open(address)


def _is_search(name: str | None) -> bool:
    return (name or "").startswith(("page_search", "page_vocabulary"))


# --- PostgreSQL, where none is at hand --------------------------------------------------------------------------------


class _Words:
    """A connection that is only asked for its dialect."""

    dialect = postgresql.dialect()


class TestPostgresqlByItsWords:
    """What is not shared (upserts, migrations) can at least be put into PostgreSQL's words."""

    @pytest.mark.parametrize("table", tables.metadata.sorted_tables, ids=str)
    def test_every_upsert_has_postgresql_words(self, table: Any) -> None:
        words = str(dialects.upsert(_Words(), table).compile(dialect=postgresql.dialect()))
        assert "ON CONFLICT" in words and "DO UPDATE" in words
        assert "ON CONFLICT DO NOTHING" in str(
            dialects.insert_new(_Words(), table).compile(dialect=postgresql.dialect())
        )

    def test_every_migration_has_postgresql_words(self) -> None:
        for revision in sorted((database.MIGRATIONS / "versions").glob("[0-9]*.py")):
            words = io.StringIO()
            context = MigrationContext.configure(
                dialect_name="postgresql", opts={"as_sql": True, "output_buffer": words}
            )
            with Operations.context(context):
                import_module(f"monitor.store.migrations.versions.{revision.stem}").upgrade()
            assert "CREATE" in words.getvalue()
            assert "AUTOINCREMENT" not in words.getvalue() and "RAISE(" not in words.getvalue()


# --- readings and drafts as text --------------------------------------------------------------------------------------

words = st.text(st.characters(codec="utf-8"), max_size=20)
# A mail states its offset in hours and minutes (RFC 5322, section 3.3).
offsets = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(timezones=offsets)
spans = st.builds(Span, st.integers(0, 999), st.sampled_from(Unit))


def stated(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(Stated, values, words, st.sampled_from(["generic", "markup", "layout:x"]))


def several(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(values, max_size=2).map(tuple)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


amounts = st.decimals(allow_nan=False, allow_infinity=False)
money = st.builds(Money, amounts, st.sampled_from(["KRW", "EUR", "JPY"]))
when = maybe(stated(st.dates() | spans))
addresses = st.builds(Address, words, words)
findings = st.builds(
    Finding,
    kind=st.sampled_from(Kind),
    order_number=maybe(stated(words)),
    total=maybe(stated(money)),
    items=several(stated(words)),
    placed_at=maybe(stated(st.dates())),
    pay_by=when,
    dispatch_by=when,
    promised_by=when,
    refund_by=when,
    answer_by=when,
    settlement=maybe(stated(st.sampled_from(Settlement))),
    instalments=maybe(stated(st.integers(0, 60))),
    tracking_numbers=several(stated(words)),
    parcels=maybe(stated(st.integers(0, 9))),
    partial=maybe(stated(st.booleans())),
    order_class=maybe(stated(st.sampled_from(OrderClass))),
    contacts=several(st.builds(Contact, words, words, words)),
    disagreements=several(st.tuples(words, several(stated(words)))),
)
readings = st.builds(
    Reading,
    identity=words,
    message_id=maybe(words),
    references=several(words),
    sender=addresses,
    reply_to=maybe(addresses),
    to=several(addresses),
    subject=words,
    sent_at=maybe(moments),
    received_at=moments,
    authentication=st.sampled_from(Authentication),
    auto_submitted=st.booleans(),
    verdict=st.builds(
        Verdict,
        kind=st.sampled_from(Kind),
        seller=maybe(stated(st.builds(Seller, words, words, words, words, words))),
        language=words,
        reason=words,
        quotes=several(words),
        rivals=several(st.tuples(st.sampled_from(Kind), words)),
    ),
    finding=findings,
    own=st.booleans(),
    accounts=several(words),
    links_to=several(words),
)


@settings(deadline=None)
@given(readings)
def test_a_reading_survives_its_way_through_text(before: Reading) -> None:
    after = load_reading(dump_reading(before))
    assert after == before
    for name in ("total", "pay_by", "promised_by", "placed_at"):
        one, other = getattr(before.finding, name), getattr(after.finding, name)
        assert one is None or type(one.value) is type(other.value)
    if before.finding.total is not None and after.finding.total is not None:
        assert str(after.finding.total.value.amount) == str(before.finding.total.value.amount)


def test_a_reading_written_before_a_field_existed_is_still_read() -> None:
    older = dump_reading(reading(1)).replace(',"links_to":[]', "")
    assert "links_to" not in older and load_reading(older) == reading(1)


def test_a_draft_survives_its_way_through_text() -> None:
    full = draft(gloss="Hello", warning="address.unauthenticated", references=("a@b", "c@d"))
    assert load_draft(dump_draft(full)) == full


# --- files, disks and other processes (SQLite) ------------------------------------------------------------------------


def modes(folder: Path) -> dict[str, int]:
    return {entry.name: entry.stat().st_mode & 0o777 for entry in folder.iterdir()}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "store.db"


def child(code: str, *arguments: object, **options: Any) -> subprocess.Popen[str]:
    """Another process that runs `code` with the names of this module at hand."""
    prelude = (
        f"import sys; sys.path[:0] = {[str(Path.cwd()), str(Path(__file__).parent)]!r}; from test_store import *\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", prelude + code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def become_nobody(folder: Path) -> None:
    """Root may write anywhere, so a test about permissions goes on as nobody (with all it needs already loaded)."""
    Store.open(folder / "warm.db").close()
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everyone can get to, which the folders of pytest are not."""
    with TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_all_files_are_for_their_owner_alone(path: Path) -> None:
    previous = os.umask(0)
    try:
        with Store.open(path) as store, store.lock():
            store.save_mails([mail_row(1)])
            store.backup(path.with_name("backup.db"))
            found = modes(path.parent)
    finally:
        os.umask(previous)
    names = {"store.db", "store.db-wal", "store.db-shm", "store.db.lock", "backup.db"}
    assert found == dict.fromkeys(names, 0o600)
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_rights_that_others_had_are_taken_away(path: Path) -> None:
    Store.open(path).close()
    path.chmod(0o644)
    Store.open(path).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_backup_is_a_store_of_its_own(path: Path) -> None:
    copy = path.with_name("backup.db")
    with Store.open(path) as store:
        store.save_mails([mail_row(1)])
        store.append_event(said("s1"))
        with store.transaction():
            store.save_mails([mail_row(2)])
            with pytest.raises(StoreError, match="itself"):
                store.backup(path)
        store.backup(copy)
        store.save_mails([mail_row(3)])
        store.backup(copy)
    with Store.open(copy) as again:
        assert again.count()["mails"] == 3 and again.statements() == [said("s1")] and again.check() == []
    assert not list(path.parent.glob("*.part"))


def test_a_missing_disk_is_not_replaced_by_an_empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.store.dialects._MOUNTS", (tmp_path / "mnt",))
    with pytest.raises(StoreError, match="does not exist"):
        Store.open(tmp_path / "mnt" / "disk" / "refund" / "store.db")
    assert not (tmp_path / "mnt").exists()


def test_a_store_anywhere_else_gets_its_folders(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a" / "b" / "store.db") as store:
        assert store.count()["mails"] == 0
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_store_below_the_home_folder_gets_its_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    Store.open("~/.local/share/refund-monitor/store.db").close()
    assert (tmp_path / ".local/share/refund-monitor").stat().st_mode & 0o777 == 0o700


def test_a_store_that_is_not_there_is_not_made_for_reading(path: Path) -> None:
    for options in ({"create": False}, {"read_only": True}):
        with pytest.raises(StoreError, match="no store at"):
            Store.open(path, **options)
    assert not path.parent.exists()


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is a folder"):
        Store.open(tmp_path)


def test_a_file_below_a_file_is_no_place_for_a_store(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError):
        Store.open(tmp_path / "file" / "store.db")


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear Sir or Madam, " * 100)
    with pytest.raises(StoreError, match="not a database of refund-monitor"):
        Store.open(path)
    assert path.read_text() == "Dear Sir or Madam, " * 100


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    other = create_engine(f"sqlite:///{path}")
    with other.begin() as connection:
        connection.execute(text("CREATE TABLE photos (id INTEGER)"))
    other.dispose()
    with pytest.raises(StoreError, match="not a database of refund-monitor"):
        Store.open(path)


def test_an_unknown_kind_of_database_is_refused_without_repeating_its_password() -> None:
    with pytest.raises(StoreError) as caught:
        Store.open("mysql://me:secret@localhost/mail")
    assert "secret" not in str(caught.value)


def test_a_store_that_another_program_keeps_locked_is_named(path: Path) -> None:
    with Store.open(path) as holder, holder.transaction(), Store.open(path, busy_seconds=0.1) as other:
        assert other.count()["mails"] == 0
        with pytest.raises(StoreError, match="locked by another program"):
            other.save_mails([mail_row(1)])


def test_the_second_instance_is_told_the_process_of_the_first(path: Path) -> None:
    code = "with Store.open(sys.argv[1]) as s, s.lock():\n  print('held', flush=True); sys.stdin.read()"
    first = child(code, path, stdin=subprocess.PIPE)
    try:
        assert first.stdout is not None and first.stdout.readline() == "held\n"
        with Store.open(path) as second:
            with pytest.raises(StoreError, match=f"process {first.pid}"), second.lock():
                pass
            first.kill()
            first.wait()
            with second.lock():
                pass
    finally:
        first.kill()
        first.communicate()


def test_several_processes_can_make_the_same_store_at_once(path: Path) -> None:
    path.parent.mkdir()
    code = "s = Store.open(sys.argv[1])\ns.save_mails([mail_row(int(sys.argv[2]))])\nprint(s.instance())"
    processes = [child(code, path, number) for number in range(4)]
    outcomes = [process.communicate() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, outcomes
    assert len({out for out, _ in outcomes}) == 1
    with Store.open(path) as store:
        assert store.count()["mails"] == 4


def test_a_reader_reads_in_a_folder_that_it_cannot_write(public: Path, tmp_path: Path) -> None:
    with Store.open(public / "store.db") as store:
        store.save_mails([mail_row(1)])
    (public / "store.db").chmod(0o444)
    public.chmod(0o555)
    code = """
become_nobody(Path(sys.argv[1]))
print(Store.open(sys.argv[2], read_only=True).count()['mails'])
"""
    out, errors = child(code, tmp_path, public / "store.db").communicate()
    public.chmod(0o755)
    assert out == "1\n", errors


def test_a_reader_cannot_write(path: Path) -> None:
    Store.open(path).close()
    with Store.open(path, read_only=True) as store, pytest.raises(StoreError, match="read-only"):
        store.save_mails([mail_row(1)])


def test_a_read_only_place_is_named(public: Path, tmp_path: Path) -> None:
    Store.open(public / "store.db").close()
    (public / "store.db").chmod(0o444)
    public.chmod(0o555)
    code = """
become_nobody(Path(sys.argv[1]))
for name in sys.argv[2:]:
    try:
        Store.open(name).save_mails([mail_row(1)])
    except StoreError as error:
        print(error)
"""
    out, errors = child(code, tmp_path, public / "store.db", public / "new.db").communicate()
    public.chmod(0o755)
    assert out.count("read-only for this user") == 2, out + errors


def test_a_full_disk_is_named_and_nothing_is_half_stored(path: Path) -> None:
    with Store.open(path) as store:
        store.save_mails([mail_row(1)])
        with store._engine.connect() as connection:  # the pool hands the same connection out again
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match="is full"), store.transaction():
            store.set_folder_state(FolderState("home", "INBOX", 1, 2, NOON, None, NOON))
            store.save_mails(mail_row(number) for number in range(2, 5000))
        assert store.count()["mails"] == 1 and store.folder_states() == []


def test_a_file_that_may_not_grow_is_named_and_nothing_is_half_stored(path: Path) -> None:
    with Store.open(path) as store:
        store.save_mails([mail_row(1)])
    code = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
try:
    Store.open(sys.argv[1]).save_mails(mail_row(n) for n in range(2, 20_000))
except StoreError as error:
    print(error)
"""
    out, errors = child(code, path).communicate()
    assert "nothing was half stored" in out, errors
    with Store.open(path) as store:
        assert store.count()["mails"] == 1


def test_a_lock_that_cannot_be_written_says_so_and_is_not_kept(path: Path) -> None:
    code = """
import resource
from pathlib import Path
from monitor.store.dialects import FileLock
Path(sys.argv[1]).parent.mkdir()
ample = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, ample[1]))
try:
    FileLock(Path(sys.argv[1] + ".lock"))
except StoreError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, ample)
FileLock(Path(sys.argv[1] + ".lock"))
print("free again")
"""
    out, errors = child(code, path).communicate()
    assert "disk" in out and "free again" in out, errors


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk; two tests above stand in for it")
def test_a_small_disk_fills_up_and_says_so(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("this root may not mount; two tests above stand in for it")
    try:
        with Store.open(disk / "store.db") as store:
            store.save_mails([mail_row(1)])
            with pytest.raises(StoreError, match="is full"):
                store.save_mails(mail_row(number) for number in range(2, 20_000))
            assert store.count()["mails"] == 1
            with pytest.raises(StoreError, match="full"):
                store.backup(disk / "backup.db")
            assert not (disk / "backup.db").exists()
        Store.open(disk / "store.db").close()
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_a_process_killed_in_the_middle_of_a_write_leaves_nothing_of_it(path: Path) -> None:
    code = """
s = Store.open(sys.argv[1])
with s.transaction() as connection:
    s.save_mails(mail_row(n) for n in range(5000))
    s.save_locations(place(n) for n in range(5000))
    connection.exec_driver_sql("PRAGMA cache_spill = 1")
    s.set_folder_state(FolderState("home", "INBOX", 7, 5000, NOON, None, NOON))
    print("written", flush=True)
    sys.stdin.read()
"""
    process = child(code, path, stdin=subprocess.PIPE)
    assert process.stdout is not None and process.stdout.readline() == "written\n"
    process.kill()
    process.communicate()
    with Store.open(path) as store:
        assert store.count()["mails"] == store.count()["locations"] == 0
        assert store.folder_states() == [] and store.check() == []


def test_wherever_a_process_is_killed_cursor_and_mails_agree(path: Path) -> None:
    code = """
s = Store.open(sys.argv[1])
state = s.folder_state("home", "INBOX")
start = state.next_uid if state else 0
for at in range(start, start + 100_000, 50):
    with s.transaction():
        s.set_folder_state(FolderState("home", "INBOX", 7, at + 50, NOON, None, NOON))
        s.save_mails(mail_row(n) for n in range(at, at + 50))
        s.save_locations(place(n) for n in range(at, at + 50))
    print(at, flush=True)
"""
    reached = 0
    for lines in (1, 3, 8):
        process = child(code, path)
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        process.kill()
        process.communicate()
        with Store.open(path) as store:
            state = store.folder_state("home", "INBOX")
            assert state is not None and state.next_uid > reached
            reached = state.next_uid
            assert store.count()["mails"] == store.count()["locations"] == reached
            assert store.check() == []


def test_no_words_of_a_mail_get_into_an_error(store: Store) -> None:
    import traceback

    secret = "4111-1111-1111-1111"
    store.append_event(said("s1", payload={"value": secret}))
    with pytest.raises(StoreError) as caught:
        store.append_event(said("s1", kind=secret, payload={"value": secret}))
    assert secret not in "".join(traceback.format_exception(caught.value))
    with pytest.raises(IntegrityError) as raw, store._engine.connect() as connection:
        connection.execute(tables.setting.insert(), [{"key": secret, "value": secret}] * 2)
    assert secret not in str(raw.value) or store.place == "PostgreSQL"


# --- what the rest of the program counts on ---------------------------------------------------------------------------


def test_alembic_and_the_quick_way_know_the_same_revisions() -> None:
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    assert [r.revision for r in script.walk_revisions()][::-1] == database.revisions()


def test_importing_the_store_loads_no_database_library() -> None:
    code = "import sys, monitor.store; print({'sqlalchemy', 'sqlmodel', 'alembic'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "set()\n"


def test_opening_a_store_that_is_up_to_date_does_not_load_alembic(path: Path) -> None:
    Store.open(path).close()
    code = "import sys\nfrom monitor.store import Store\nStore.open(sys.argv[1])\nprint('alembic' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code, path], text=True) == "False\n"


def test_threads_have_transactions_of_their_own(path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with Store.open(path) as store, ThreadPoolExecutor(4) as pool:

        def work(number: int) -> None:
            with store.transaction():
                store.save_mails([mail_row(number)])
                store.save_locations([place(number)])

        list(pool.map(work, range(40)))
        assert store.count()["mails"] == store.count()["locations"] == 40
