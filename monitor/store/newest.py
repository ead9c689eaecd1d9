"""The newest schema of an SQLite file, ready made: what all migrations together make of an empty file.

In charge of giving a new store its tables without loading Alembic, which costs a first command a sixth of a second and
10 MB. The migrations stay the truth: `newest.sql` is written from a store that they made (`python -m
monitor.store.newest`), a test compares the two, and where the file is of another revision the migrations run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

FILE = Path(__file__).parent / "migrations" / "newest.sql"


def statements(revision: str) -> list[str]:
    """What makes an empty file a store of this revision; nothing where the file holds another."""
    lines = FILE.read_text("utf-8").splitlines(keepends=True) if FILE.exists() else []
    if not lines or lines[0].rstrip() != _first_line(revision):
        return []
    made: list[str] = []
    waiting = ""
    for line in lines[1:]:
        waiting += line
        if sqlite3.complete_statement(waiting):  # a trigger has semicolons within
            made.append(waiting.strip().removesuffix(";"))
            waiting = ""
    return made


def written(connection: sqlite3.Connection) -> str:
    """The content of `newest.sql`, of a store that the migrations have just made."""
    (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return "\n".join([_first_line(revision), *(f"{statement};" for statement in _statements(connection)), ""])


def _first_line(revision: str) -> str:
    return f"-- revision {revision}; written by python -m monitor.store.newest"


def _statements(connection: sqlite3.Connection) -> Iterator[str]:
    kinds = {name: kind for _, name, kind, *_ in connection.execute("PRAGMA table_list")}
    # the tables behind a virtual one come with it
    made = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid")
    for name, sql in made:
        if kinds.get(name) != "shadow":
            yield "\n".join(line.rstrip() for line in sql.splitlines() if line.strip())
    for table in sorted(name for name, kind in kinds.items() if kind == "table" and not name.startswith("sqlite_")):
        for row in connection.execute(f"SELECT * FROM {table}"):  # noqa: S608 - our own tables
            if row[0] != "instance":  # of this one store
                values = connection.execute(f"SELECT {', '.join(['quote(?)'] * len(row))}", row).fetchone()
                yield f"INSERT INTO {table} VALUES ({', '.join(values)})"  # noqa: S608 - quoted by SQLite


def main() -> None:
    """Write the file anew."""
    import tempfile
    from contextlib import closing

    from monitor.store import Store

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.sqlite3"
        Store.open(path, ready_made=False).close()
        with closing(sqlite3.connect(path)) as connection:
            FILE.write_text(written(connection), "utf-8")


if __name__ == "__main__":
    main()
