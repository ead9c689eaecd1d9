"""Opening the store and writing to it whole or not at all: migrations, transactions, the one-writer lock, backup."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import BigInteger, Connection, Engine, Text, case, cast, func, inspect, select, update

from monitor.store import dialects, newest, tables
from monitor.store.words import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"
PAGE_GENERATION = "page.generation"
"""Setting: a number that grows whenever something changes on which the orders as the page lists them rest."""
PAGE_MARKS = "page.marks"
"""Setting: what changed since the orders were listed, as GENERATION:WHAT with blanks between; WHAT is the id of an
order, the event of a mail, or * for everything."""
MOST_MARKS = 60_000  # characters of marks: where more changed, everything did
BATCH = 500  # values in one IN (...), rows in one executemany: far below every limit of both databases


def revisions() -> list[str]:
    """The revisions that this version of the program knows, oldest first (told without loading Alembic)."""
    return sorted(path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def chunks(values: Iterable[str]) -> Iterator[list[str]]:
    """The distinct values in batches that fit into one statement."""
    distinct = sorted(set(values))
    for start in range(0, len(distinct), BATCH):
        yield distinct[start : start + BATCH]


class Database:
    """The part of `Store` that knows connections and nothing of mails."""

    def __init__(self, engine: Engine, place: str, path: Path | None, read_only: bool) -> None:
        self._engine = engine
        self._place = place
        self._path = path
        self._read_only = read_only
        self._thread = threading.local()
        self._lock: dialects.FileLock | dialects.AdvisoryLock | None = None
        self._lock_depth = 0

    # --- opening and closing ---

    @classmethod
    def open(
        cls, url_or_path: str | Path, *, create: bool = True, read_only: bool = False, busy_seconds: float = 10.0,
        ready_made: bool = True,
    ) -> Self:  # fmt: skip
        """Open the store and bring it up to the newest migration.

        `url_or_path`: a path of an SQLite file, or an SQLAlchemy URL (`sqlite:////path`, `postgresql://...`).
        `create`: make the file, and its folder, where missing. `busy_seconds`: how long to wait for another writer.
        `ready_made`: a new file gets its tables from `newest.sql` instead of by all migrations in turn.
        Raises StoreError where the folder is missing, the disk read-only or full, the file not a database or not
        ours, made by a newer version of the program, or locked.
        """
        address = str(url_or_path)
        path: Path | None = None
        if "://" in address and not address.startswith("sqlite"):
            if not address.startswith("postgresql"):
                raise StoreError("store.path must be a path or a postgresql:// address: nothing else can hold a store.")
            place = "PostgreSQL"  # never the address: it may carry a password
            engine = dialects.postgresql_engine(address)
        else:
            path = Path(address.partition(":///")[2] if "://" in address else address).expanduser().absolute()
            place = str(path)
            try:
                _prepare_file(path, create=create and not read_only)
            except OSError as error:
                raise dialects.explain(error, place) from None
            engine = dialects.sqlite_engine(path, read_only=read_only, busy_seconds=busy_seconds)
        store = cls(engine, place, path, read_only)
        try:
            store._migrate(ready_made)
        except BaseException:
            store.close()
            raise
        if path is not None and not read_only:
            dialects.tighten(path)
        return store

    def close(self) -> None:
        """Let go of the lock and of all connections. Closing twice is harmless."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def place(self) -> str:
        """Where the store is: the path of the file, or "PostgreSQL"."""
        return self._place

    def _migrate(self, ready_made: bool) -> None:
        known = revisions()
        with self._plainly(), self._engine.connect() as connection:
            current = _revision(connection, self._place)
        if current == known[-1]:
            return
        if current is not None and current not in known:
            raise StoreError(
                f"The store ({self._place}) was written by a newer version of refund-monitor (schema {current}; this "
                f"version knows up to {known[-1]}). Install the newer version, or restore a backup made by this one."
            )
        if self._read_only:
            raise StoreError(
                f"The store ({self._place}) was written by an older version of refund-monitor and has to be brought up "
                "to date first, which a command that only reads does not do. Run `refund-monitor scan` once."
            )
        if current is None and self._path is not None and ready_made and self._make(newest.statements(known[-1])):
            return
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        with self.transaction() as connection:
            dialects.serialise_migrations(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, "head")  # does nothing if another process was faster
            _name(connection)

    def _make(self, statements: Sequence[str]) -> bool:
        """Make the tables of an empty file; False where there is nothing to make them with, or they are there."""
        if not statements:
            return False
        with self.transaction() as connection:
            if inspect(connection).get_table_names():  # another process was faster
                return False
            for statement in statements:
                connection.exec_driver_sql(statement)
            _name(connection)
        return True

    # --- reading and writing ---

    @contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[Connection]:
        """One atomic write: all of the block is stored, or, if it raises or the process dies, nothing of it.

        Nested calls join the outer one; where one fails, the outer one fails too, even if the caller swallowed the
        error (StoreError): half a write is never stored. A transaction belongs to the thread that opened it.
        `durable`: survives a power cut from the moment of return; otherwise the last seconds may be lost, never torn.
        """
        outer: Connection | None = getattr(self._thread, "connection", None)
        if outer is not None:
            try:
                with self._plainly():
                    yield outer
            except BaseException:
                self._thread.failed = True  # no savepoint here: in SQLite it costs half as much as the write itself
                raise
            return
        with self._plainly(), self._engine.connect() as plain:
            connection = plain.execution_options(write=True, durable=durable)
            with connection.begin():
                self._thread.connection, self._thread.failed = connection, False
                try:
                    yield connection
                finally:
                    self._thread.connection = None
                if self._thread.failed:
                    raise StoreError("A part of a write to the store failed, so nothing of it was stored.")

    def _page_stale(self, connection: Connection, what: Iterable[str] = ("*",)) -> None:
        """Note that orders as the page lists them (see `stale`) no longer follow from the rest of the store.

        `what`: ids of orders or of the events of mails; by default everything.
        """
        setting = tables.setting
        more = cast(cast(setting.c.value, BigInteger) + 1, Text)
        connection.execute(update(setting).where(setting.c.key == PAGE_GENERATION).values(value=more))
        generation = connection.scalar(select(setting.c.value).where(setting.c.key == PAGE_GENERATION))
        all_, fresh = f" {generation}:*", "".join(f" {generation}:{one}" for one in sorted(set(what)))
        if len(fresh) > MOST_MARKS:
            fresh = all_
        value = case((func.length(setting.c.value) > MOST_MARKS, all_), else_=setting.c.value + fresh)
        change = update(setting).where(setting.c.key == PAGE_MARKS).values(value=value)
        if connection.execute(change).rowcount == 0:
            connection.execute(setting.insert(), {"key": PAGE_MARKS, "value": fresh})

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A connection to read from: that of the transaction around, if there is one."""
        outer: Connection | None = getattr(self._thread, "connection", None)
        if outer is not None:
            yield outer
            return
        with self._plainly(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        try:
            yield
        except dialects.DRIVER_ERRORS as error:
            # Not "from error": a driver's message may quote the values, and a traceback ends up in a log.
            raise dialects.explain(error, self._place) from None

    # --- keeping ---

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep every other process that wants to write away while the block runs; readers need no lock.

        Raises StoreError at once, naming the other process, where there is one. Nested calls join.
        """
        if self._lock is None:
            if self._path is None:
                with self._plainly():
                    self._lock = dialects.AdvisoryLock(self._engine)
            else:
                self._lock = dialects.FileLock(self._path.with_name(self._path.name + ".lock"))
        self._lock_depth += 1
        try:
            yield
        finally:
            self._lock_depth -= 1
            if self._lock_depth == 0 and self._lock is not None:
                self._lock.release()
                self._lock = None

    def backup(self, path: str | Path) -> None:
        """Write a copy of the whole store to `path` (one file, mode 0600) while the program goes on."""
        target = Path(path).expanduser().absolute()
        if self._path is None:
            raise StoreError("A store on PostgreSQL is backed up with pg_dump, not by refund-monitor.")
        if target == self._path or (target.exists() and target.samefile(self._path)):
            raise StoreError("The backup would overwrite the store itself. Name another file.")
        with self._plainly(), self._engine.connect() as connection:
            try:
                dialects.backup_sqlite(connection, target)
            except (OSError, *dialects.DRIVER_ERRORS) as error:
                raise StoreError(f"The backup failed. {dialects.explain(error, str(target))}") from None

    def check(self) -> list[str]:
        """What is wrong with the database file, one line each; an empty list if nothing is."""
        with self._reading() as connection:
            return list(dialects.quick_check(connection))

    def instance(self) -> str:
        """The id of this store (32 hex digits), made once and kept."""
        with self._reading() as connection:
            found = select(tables.setting.c.value).where(tables.setting.c.key == "instance")
            return str(connection.scalar(found))


def _prepare_file(path: Path, *, create: bool) -> None:
    if path.is_dir():
        raise StoreError(f"{path} is a folder. Set store.path to a file in it, such as {path / 'store.db'}.")
    if path.exists():
        return
    if not create:
        raise StoreError(
            f"There is no store at {path} yet. Run `refund-monitor scan` or `refund-monitor import PATH` first, "
            "or set store.path in the config to where yours is."
        )
    dialects.make_file(path)


def _name(connection: Connection) -> None:
    """Give a new store its id."""
    new = dialects.insert_new(connection, tables.setting)
    connection.execute(new, {"key": "instance", "value": uuid.uuid4().hex})


def _revision(connection: Connection, place: str) -> str | None:
    """The schema revision of the database; None if it is empty. Raises StoreError if it is another program's."""
    names = set(inspect(connection).get_table_names())
    if "alembic_version" in names:
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return None if version is None else str(version)
    if names and connection.dialect.name == "sqlite":
        raise dialects.not_ours(place)
    return None
