"""All that differs between SQLite and PostgreSQL: engines, upserts, locks, backup, what went wrong in plain words.

The only place with statements that one of the two does not know (the triggers of the migrations aside, which exist
in both). Everything else in this package is SQLAlchemy Core that both run.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import ColumnElement, Connection, Engine, Table, create_engine, event, func, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql.dml import Insert
from sqlmodel.sql.sqltypes import UTCDateTime

from monitor.store.words import StoreError

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

ADVISORY_KEY = 0x7265_6675_6E64  # "refund": the number under which PostgreSQL knows our locks
SENDING_KEY = ADVISORY_KEY + 1
DRIVER_ERRORS = (DBAPIError, sqlite3.Error)
FILE_MODE = 0o600
FOLDER_MODE = 0o700


# --- engines ----------------------------------------------------------------------------------------------------------


def sqlite_engine(path: Path, *, read_only: bool, busy_seconds: float) -> Engine:
    """An engine on the SQLite file `path`, which must exist: SQLite itself would create it with the umask's mode."""
    address = f"file:{quote(str(path))}?mode={'ro' if read_only else 'rw'}"
    if read_only and not os.access(path.parent, os.W_OK) and not _has_content(path.with_name(path.name + "-wal")):
        address += "&immutable=1"  # in a folder that we cannot write to, the shared memory of WAL cannot be made

    def connect() -> sqlite3.Connection:
        # isolation_level None: the driver must not open transactions of its own, `_begin` below does.
        connection = sqlite3.connect(
            address, uri=True, isolation_level=None, timeout=busy_seconds, check_same_thread=False
        )
        try:
            if not read_only and connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA cache_size = -4000")  # KiB: mails are keyed by a hash, all over the tree
            connection.execute("PRAGMA wal_autocheckpoint = 4000")  # pages: the same ones are written again and again
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, hide_parameters=True)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get("write"):
        connection.exec_driver_sql("BEGIN")
        return
    # What was sent or said must survive a power cut at once; a mail that was read can be read again.
    connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if options.get('durable') else 'NORMAL'}")
    # IMMEDIATE waits for another writer now; a deferred transaction would fail at its first write instead.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def postgresql_engine(url: str) -> Engine:
    """An engine on a PostgreSQL server; the driver (psycopg) is not among the program's own dependencies."""
    try:
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)
    except ModuleNotFoundError as missing:
        raise StoreError(
            f"The store is on PostgreSQL, but the Python package {missing.name!r} is not installed. "
            "Install psycopg into the program's environment: pip install 'psycopg[binary]'."
        ) from None


# --- statements -------------------------------------------------------------------------------------------------------


def insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that knows ON CONFLICT, in the dialect of the connection."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # it takes 30 ms to load, and few have use for it

        return postgresql.insert(table)
    return sqlite.insert(table)


def upsert(
    connection: Connection,
    table: Table,
    *,
    keep: Iterable[str] = (),
    fixed: Iterable[str] = (),
    where: ColumnElement[bool] | None = None,
) -> Insert:
    """INSERT, or on an equal primary key UPDATE of all other columns, where `where` holds of the old row.

    `keep`: columns in which a new NULL does not displace an old value; `fixed`: columns that are never updated.
    """
    return _upsert(insert(connection, table), table, keep=keep, fixed=fixed, where=where)


def _upsert(
    statement: sqlite.Insert | postgresql.Insert,
    table: Table,
    *,
    keep: Iterable[str] = (),
    fixed: Iterable[str] = (),
    where: ColumnElement[bool] | None = None,
) -> Insert:
    keys = [column.name for column in table.primary_key]
    unchanged = {*keys, *fixed}
    changes: dict[str, Any] = {}
    for column in table.columns:
        if column.name not in unchanged:
            new = statement.excluded[column.name]
            changes[column.name] = func.coalesce(new, column) if column.name in keep else new
    return statement.on_conflict_do_update(index_elements=keys, set_=changes, where=where)


def insert_new(connection: Connection, table: Table) -> Insert:
    """INSERT, or on an equal primary key nothing."""
    return _insert_new(insert(connection, table))


def _insert_new(statement: sqlite.Insert | postgresql.Insert) -> Insert:
    return statement.on_conflict_do_nothing()


def write_many(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], *, keep: frozenset[str] = frozenset(),
    only_new: bool = False,
) -> None:  # fmt: skip
    """`upsert` of many rows, or `insert_new`; each row names all columns, moments are in UTC.

    SQLite's driver gets the statement and plain tuples: SQLAlchemy's own way from a row to its driver takes three
    times as long as the write itself.
    """
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        statement, values = _many(table, keep, only_new)
        connection.exec_driver_sql(statement, [values(row) for row in rows])
    else:
        connection.execute(insert_new(connection, table) if only_new else upsert(connection, table, keep=keep), rows)


@cache
def _many(
    table: Table, keep: frozenset[str], only_new: bool
) -> tuple[str, Callable[[Mapping[str, Any]], tuple[Any, ...]]]:
    """The statement for SQLite, and what makes its values of a row."""
    dialect = sqlite.dialect()
    made = _insert_new(sqlite.insert(table)) if only_new else _upsert(sqlite.insert(table), table, keep=keep)
    compiled = made.compile(dialect=dialect, column_keys=[column.name for column in table.columns])
    names = tuple(compiled.positiontup or ())
    pick = itemgetter(*names)
    moments = [place for place, name in enumerate(names) if isinstance(table.columns[name].type, UTCDateTime)]

    def values(row: Mapping[str, Any]) -> tuple[Any, ...]:
        picked = list(pick(row))
        for place in moments:
            moment = picked[place]
            if moment is not None:
                picked[place] = moment.isoformat(" ", "microseconds")[:26]  # as SQLAlchemy stores it
        return tuple(picked)

    return str(compiled), values


def serialise_migrations(connection: Connection) -> None:
    """Let one process migrate at a time (SQLite's BEGIN IMMEDIATE has already seen to it)."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_KEY + 1})


# --- files ------------------------------------------------------------------------------------------------------------


_MOUNTS = (Path("/mnt"), Path("/media"), Path("/run/media"), Path("/Volumes"))


def make_file(path: Path) -> None:
    """Make an empty file that only its owner may read, and its folder (0700) where only that one is missing.

    A longer missing path is made too, but not where disks are mounted: there it rather is one that is not, and a new,
    empty store in its place would be a nasty surprise.
    """
    folder = path.parent
    if not folder.exists():
        if not folder.parent.is_dir() and any(root in folder.parents for root in _MOUNTS):
            raise StoreError(
                f"The folder {folder} for the store does not exist, nor does the one above it. Is a disk not mounted? "
                "Create the folder, or set store.path in the config to one that exists."
            )
        previous = os.umask(0o077)
        try:
            folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        finally:
            os.umask(previous)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, FILE_MODE))


def tighten(path: Path) -> None:
    """Take everyone else's rights away from a database and the files beside it, where they are ours to change."""
    for part in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        try:
            if part.stat().st_mode & 0o077:
                part.chmod(FILE_MODE)
        except (FileNotFoundError, PermissionError):
            continue


def backup_sqlite(connection: Connection, target: Path) -> None:
    """Copy the database as of now to `target` (mode 0600) while others go on reading and writing it."""
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, FILE_MODE))
    try:
        copy = sqlite3.connect(part)
        try:
            source = connection.connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, without -wal beside it
        finally:
            copy.close()
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


# --- one writer -------------------------------------------------------------------------------------------------------


class FileLock:
    """A lock that a process holds until it lets go or dies; the file names the process for the error message."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, FILE_MODE)
        except OSError as error:
            raise explain(error, str(path)) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._file, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise second_instance(holder) from None
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, f"{os.getpid()}\n".encode("ascii"), 0)
        except OSError as error:  # a full disk
            os.close(self._file)
            raise explain(error, str(path)) from None

    def release(self) -> None:
        """Let another process have it. The file stays: removing it would let two processes lock two files."""
        os.close(self._file)


class AdvisoryLock:
    """The same on PostgreSQL: held by a connection of its own."""

    def __init__(self, engine: Engine, key: int = ADVISORY_KEY) -> None:
        self._key = key
        self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        if not self._connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
            holder = self._connection.scalar(
                text(
                    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
                    " AND (classid::bigint << 32) + objid::bigint = :key"
                ),
                {"key": key},
            )
            self._connection.close()
            raise second_instance(f"database session {holder}")

    def release(self) -> None:
        """Let another process have it."""
        self._connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": self._key})
        self._connection.close()


class SecondInstance(StoreError):
    """Another process holds the lock."""


def second_instance(holder: str) -> StoreError:
    """The error for a store that another process is writing to."""
    return SecondInstance(
        f"Another refund-monitor (process {holder}) is already working with this store. "
        "Wait until it has finished, or stop it, and try again."
    )


# --- errors -----------------------------------------------------------------------------------------------------------

_FULL = "The disk with the store ({place}) is full. Free some space and run the command again; nothing was half stored."
_READ_ONLY = (
    "The store ({place}) cannot be written: the file, its folder or the whole disk is read-only for this user. "
    "Give this user write permission, or set store.path to a folder that can be written."
)
_CANNOT_OPEN = (
    "The store ({place}) cannot be opened: the file or its folder is missing, or this user may not read it. "
    "Check the path (store.path in the config) and its permissions."
)
_NOT_OURS = (
    "The file {place} is not a database of refund-monitor. "
    "Set store.path to another file, or move this one out of the way; it was not changed."
)
_BUSY = "The store ({place}) is locked by another program. Wait until that has finished, or stop it, and try again."
_DAMAGED = (
    "The store ({place}) is damaged. Restore your last backup over it; or move it away and scan again, "
    "which reads the mails anew but loses what you told the program."
)
_DISK = (
    "The disk with the store ({place}) did not take a write or a read: a quota is used up, or the disk is failing. "
    "Check both and run the command again; nothing was half stored."
)
_REFUSED = "The store refused a change that would break its rules: {what}"

_SQLITE = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: _CANNOT_OPEN,
    sqlite3.SQLITE_NOTADB: _NOT_OURS,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_IOERR: _DISK,
}
_OS = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: _DISK,
    errno.EIO: _DISK,
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
    errno.ENOENT: _CANNOT_OPEN,
    errno.ENOTDIR: _CANNOT_OPEN,
    errno.EISDIR: _CANNOT_OPEN,
}
_POSTGRESQL = {"53100": _FULL, "25006": _READ_ONLY, "55P03": _BUSY, "42501": _READ_ONLY}


def not_ours(place: str) -> StoreError:
    """The error for a file or database that belongs to another program."""
    return StoreError(_NOT_OURS.format(place=place))


def explain(error: BaseException, place: str) -> StoreError:
    """The error in plain words. It never carries a bound value: those are parts of people's mails."""
    cause: Any = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, OSError):
        return StoreError(_OS.get(cause.errno or 0, _CANNOT_OPEN).format(place=place))
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        message = _SQLITE.get(code)
        return StoreError(message.format(place=place) if message else _REFUSED.format(what=str(cause)))
    state = getattr(cause, "sqlstate", None)
    if state in _POSTGRESQL:
        return StoreError(_POSTGRESQL[state].format(place=place))
    if state is None or state.startswith(("08", "28", "3D", "57")):
        return StoreError(
            f"The database server of the store ({place}) cannot be used: it does not answer, does not know the "
            "database, or refuses this user. Check that it runs and that store.path has the right address."
        )
    primary = getattr(getattr(cause, "diag", None), "message_primary", None)
    return StoreError(_REFUSED.format(what=primary or type(cause).__name__))


def quick_check(connection: Connection) -> Iterable[str]:
    """What SQLite finds wrong with its file, in its own words; PostgreSQL looks after itself."""
    if connection.dialect.name != "sqlite":
        return
    for (line,) in connection.exec_driver_sql("PRAGMA quick_check"):
        if line != "ok":
            yield str(line)
    for table, row, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        yield f"row {row} of {table} refers to a row of {parent} that is missing"
