"""Copies stores from a database to files and back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Integer,
    MetaData,
    Table,
    create_engine,
    delete,
    func,
    insert,
    inspect,
    literal_column,
    select,
    text,
)

from corpus.postgres import Schema
from corpus.store import PATIENCE, Place, Store, StoreTooNew, migrate, revision, revisions, translating_errors

_MANY = 500  # rows written at once
_VERSIONS = "alembic_version"  # the table of migrations, which each store has already


@contextmanager
def one_state(schema: Schema) -> Iterator[Connection]:
    """A transaction in which every schema of a database is seen as at one moment; it begins in this one.

    Raises:
        StoreUnavailable: the database cannot be read.
    """
    with translating_errors(schema), schema.readers(PATIENCE).begin() as connection:
        yield connection


@contextmanager
def all_or_nothing(schema: Schema) -> Iterator[Connection]:
    """A transaction that changes several schemas of a database, each after `enter`; it begins in this one.

    Raises:
        StoreUnavailable: the database cannot be written.
    """
    with translating_errors(schema), schema.writers(PATIENCE).begin() as connection:
        yield connection


def copy_to_file(place: Place, migrations: Path, path: Path) -> None:
    """Copy a store, as one transaction sees it, to a new SQLite file.

    Raises:
        StoreUnavailable: it cannot be read.
        StoreTooNew: it is in a database, and another release keeps it.
    """
    if isinstance(place, Schema):
        with one_state(place) as connection:
            from_database(connection, place, migrations, path)
        return
    with closing(sqlite3.connect(place)) as store, closing(sqlite3.connect(path)) as new:
        store.backup(new)


def from_database(source: Connection, schema: Schema, migrations: Path, path: Path) -> bool:
    """Write the rows of a schema to a file, in a transaction of `one_state`; whether there is such a store.

    The file is made unless it is there, with tables and without rows.

    Raises:
        StoreTooNew: another release keeps it.
    """
    schema.enter(source, writes=False)
    if not (has := revision(source)):
        return False
    if has != revisions(migrations)[-1]:
        raise StoreTooNew(
            f"The {schema} is kept by another release of the assistant (its form is {has}); use that release."
        )
    if not path.exists():
        Store(path, migrations).close()
    with _opened(path) as file:
        for table in _tables(file):
            _copy(source, file, table)
            if (column := _numbered(table)) and (last := _last_number(source, table.name, column)):
                _set_number_of_file(file, table.name, last)
    return True


def into_database(path: Path, schema: Schema, migrations: Path, target: Connection) -> None:
    """Write the rows of a file to its schema, in place of what that holds, in a transaction of `all_or_nothing`."""
    schema.enter(target, writes=True)
    migrate(target, migrations, schema)
    with _opened(path) as file:
        tables = _tables(file)
        for table in reversed(tables):
            target.execute(delete(table))
        for table in tables:
            _copy(file, target, table)
            if column := _numbered(table):
                _set_number_of_database(file, target, table, column)


@contextmanager
def _opened(path: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{path}")
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _tables(file: Connection) -> Sequence[Table]:
    """The tables of a store, those first that others refer to."""
    found = MetaData()
    found.reflect(file)
    return [table for table in found.sorted_tables if table.name != _VERSIONS]


def _copy(source: Connection, target: Connection, table: Table) -> None:
    everything = select(table).order_by(*table.primary_key)
    rows = source.execute(everything, execution_options={"yield_per": _MANY}).mappings()
    for batch in rows.partitions(_MANY):
        target.execute(insert(table), [dict(row) for row in batch])


def _numbered(table: Table) -> str:
    """The column that numbers the rows of a table; empty where none does."""
    keys = list(table.primary_key)
    counts = len(keys) == 1 and isinstance(keys[0].type, Integer) and not keys[0].foreign_keys
    return keys[0].name if counts else ""


def _last_number(source: Connection, table: str, column: str) -> int:
    """The last number that a table of a schema has given; 0 where it has given none."""
    sequence = text(_sequence(source, table, column))
    last, is_called = literal_column("last_value", Integer), literal_column("is_called", Boolean)
    row: Any = source.execute(select(last, is_called).select_from(sequence)).one()
    return int(row.last_value) if row.is_called else 0


def _set_number_of_file(file: Connection, table: str, last: int) -> None:
    """Let numbers go on; a table of SQLite that gives numbers anew keeps none."""
    counting = text("SELECT 1 FROM sqlite_master WHERE name = :name AND sql LIKE '%AUTOINCREMENT%'")
    if file.execute(counting, {"name": table}).first():
        file.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table})
        given = {"name": table, "last": last}
        file.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), given)


def _set_number_of_database(file: Connection, target: Connection, table: Table, column: str) -> None:
    last = file.scalar(select(func.max(table.c[column]))) or 0
    if inspect(file).has_table("sqlite_sequence"):
        given = file.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
        last = max(last, int(given or 0))
    sequence = _sequence(target, table.name, column)
    target.exec_driver_sql("SELECT setval(%s::regclass, %s, %s)", (sequence, max(last, 1), last > 0))


def _sequence(connection: Connection, table: str, column: str) -> str:
    return str(connection.exec_driver_sql("SELECT pg_get_serial_sequence(%s, %s)", (table, column)).scalar())
