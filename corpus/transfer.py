"""Copies what stores hold from files to a database and back, row for row, so that numbers go on where they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Integer, MetaData, Table, delete, func, insert, inspect, literal_column, select, text

from corpus.postgres import Schema
from corpus.store import PATIENCE, translating_errors

_MANY = 500  # rows written at once
_VERSIONS = "alembic_version"  # the table of migrations, which each store has already


@contextmanager
def one_state(database: Schema) -> Iterator[Connection]:
    """A transaction in which every schema of a database is seen as at one moment.

    Raises:
        StoreUnavailable: the database cannot be read.
    """
    with translating_errors(database), database.readers(PATIENCE).begin() as connection:
        yield connection


def from_database(source: Connection, schema: Schema, file: Connection) -> None:
    """Copy the rows of a schema, in the transaction of `one_state`, into the file of a new store."""
    source.exec_driver_sql(f"SET LOCAL search_path TO {schema.name}")
    for table in _tables(file):
        _copy(source, file, table)
        if (column := _numbered(table)) and (last := _last_number(source, table.name, column)):
            _set_number_of_file(file, table.name, last)


def into_database(file: Connection, target: Connection) -> None:
    """Copy the rows of a file's store into a schema, in place of what it holds."""
    tables = _tables(file)
    for table in reversed(tables):
        target.execute(delete(table))
    for table in tables:
        _copy(file, target, table)
        if column := _numbered(table):
            _set_number_of_database(file, target, table, column)


def _tables(file: Connection) -> Sequence[Table]:
    """The tables of a store, those first that others refer to."""
    found = MetaData()
    found.reflect(file)
    return [table for table in found.sorted_tables if table.name != _VERSIONS]


def _copy(source: Connection, target: Connection, table: Table) -> None:
    rows = source.execution_options(yield_per=_MANY).execute(select(table).order_by(*table.primary_key)).mappings()
    for batch in rows.partitions(_MANY):
        target.execute(insert(table), [dict(row) for row in batch])


def _numbered(table: Table) -> str:
    """The column that numbers the rows of a table; empty where none does."""
    keys = list(table.primary_key)
    counts = len(keys) == 1 and isinstance(keys[0].type, Integer) and not keys[0].foreign_keys
    return keys[0].name if counts else ""


def _last_number(source: Connection, table: str, column: str) -> int:
    """The last number that a table of a schema has given; 0 where it has given none."""
    sequence = _sequence(source, table, column)
    row: Any = source.execute(
        select(literal_column("last_value"), literal_column("is_called")).select_from(text(sequence))
    ).one()
    return int(row.last_value) if row.is_called else 0


def _set_number_of_file(file: Connection, table: str, last: int) -> None:
    """Let numbers go on; a table of SQLite that gives numbers anew keeps none."""
    if not inspect(file).has_table("sqlite_sequence"):
        return
    counts = file.execute(
        text("SELECT 1 FROM sqlite_master WHERE name = :n AND sql LIKE '%AUTOINCREMENT%'"), {"n": table}
    )
    if counts.first():
        file.execute(text("DELETE FROM sqlite_sequence WHERE name = :n"), {"n": table})
        file.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:n, :last)"), {"n": table, "last": last})


def _set_number_of_database(file: Connection, target: Connection, table: Table, column: str) -> None:
    last = file.scalar(select(func.max(table.c[column]))) or 0
    if inspect(file).has_table("sqlite_sequence"):
        given = file.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :n"), {"n": table.name})
        last = max(last, int(given or 0))
    sequence = _sequence(target, table.name, column)
    target.exec_driver_sql("SELECT setval(%s::regclass, %s, %s)", (sequence, max(last, 1), last > 0))


def _sequence(connection: Connection, table: str, column: str) -> str:
    return str(connection.exec_driver_sql("SELECT pg_get_serial_sequence(%s, %s)", (table, column)).scalar())
