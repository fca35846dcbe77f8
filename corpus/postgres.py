"""Stores as schemas of PostgreSQL."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cache
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError

from corpus.errors import KnownError

_OLDEST = 15
_COMPACTING = 5.0  # seconds for which the writing of a table again waits for those who read it
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_OPENING = "opening"  # the option of a connection that holds the statements with which its transactions begin
_CONNECTING = {
    "connect_timeout": 5,  # seconds
    "tcp_user_timeout": 20_000,  # milliseconds after which a server that acknowledges nothing is taken for gone
    "prepare_threshold": None,  # a pooler between us gives each transaction another session
    "application_name": "market-entry",
}


class DatabaseUnfit(KnownError):
    """A database, or this environment, in which no store can be kept."""


@dataclass(frozen=True)
class Schema:
    """The place of a store in a database: its address, as `postgresql://user:password@host/name`, and a name in it."""

    url: str = field(repr=False)  # it holds a password
    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(self.name)

    def __str__(self) -> str:
        return f"schema {self.name} of the database"

    def beside(self, name: str) -> Schema:
        """The schema of another store of the same installation."""
        return replace(self, name=name)

    @property
    def made(self) -> bool:
        """Whether a store was made here."""
        with engine(self.url).connect() as connection:
            found = connection.exec_driver_sql("SELECT to_regclass(%s)", (f"{self.name}.alembic_version",))
            return found.scalar() is not None

    def readers(self, patience: float) -> Engine:
        """Transactions that see one state and write nothing; they wait for locks so many seconds."""
        return self._transactions(f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {self._settings(patience)}")

    def writers(self, patience: float) -> Engine:
        """Transactions that follow one another, each after a wait of so many seconds at most.

        Each statement reads what is committed: beside the holder of the lock, nobody commits here. A snapshot would be
        taken by the statement that waits for the lock, and miss what was written meanwhile.
        """
        lock = f"SELECT pg_advisory_xact_lock({lock_key(self.name)})"
        return self._transactions(f"BEGIN ISOLATION LEVEL READ COMMITTED; {self._settings(patience)}; {lock}")

    def enter(self, connection: Connection, *, writes: bool) -> None:
        """Let a transaction that was begun for another schema go on in this one."""
        connection.exec_driver_sql(f"SET LOCAL search_path TO {self.name}")
        if writes:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock_key(self.name)})")

    def drop(self, connection: Connection) -> None:
        """Remove the schema with all that it holds, in a transaction that writes."""
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {self.name} CASCADE")

    def make(self, connection: Connection) -> None:
        """Make the schema where it is not there, in a transaction that writes."""
        if connection.exec_driver_sql("SELECT to_regnamespace(%s)", (self.name,)).scalar() is None:
            connection.exec_driver_sql(f"CREATE SCHEMA {self.name}")

    def settle(self, connection: Connection) -> None:
        """See that its columns are ordered by bytes, as those of a file are, and that no sample of them is kept.

        PostgreSQL would copy some values into its statistics, where they outlive their rows.
        """
        for table, columns in _unsettled(connection, self.name).items():
            changes = [f"ALTER COLUMN {column} SET STATISTICS 0" for column, _ in columns]
            changes += [f'ALTER COLUMN {column} TYPE {kind} COLLATE "C"' for column, kind in columns if kind]
            connection.exec_driver_sql(f"ALTER TABLE {table} {', '.join(changes)}")

    def compact(self) -> None:
        """Write its tables again, without what was deleted; waits a moment for who reads, since others wait too."""
        with engine(self.url).connect() as connection:
            tables = connection.exec_driver_sql(
                "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables WHERE schemaname = %s",
                (self.name,),
            ).scalars()
            names = list(tables)
            connection.exec_driver_sql(f"SET lock_timeout = {_milliseconds(_COMPACTING)}")
            try:
                for name in names:
                    connection.exec_driver_sql(f"VACUUM FULL {name}")
            finally:
                connection.exec_driver_sql("RESET lock_timeout")

    def _settings(self, patience: float) -> str:
        return f"SET LOCAL search_path TO {self.name}; SET LOCAL lock_timeout = {_milliseconds(patience)}"

    def _transactions(self, opening: str) -> Engine:
        return engine(self.url).execution_options(**{_OPENING: opening})


@cache
def engine(url: str) -> Engine:
    """The connections of this process to a database, for all its stores; without a transaction unless one is begun.

    Raises:
        DatabaseUnfit: the package for PostgreSQL is missing; on connecting, the database is of another encoding or of
            an older release.
    """
    try:
        made = create_engine(
            make_url(url).set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            pool_size=8,
            max_overflow=24,
            pool_timeout=10,
            connect_args=_CONNECTING,
        )
    except ImportError as error:
        raise DatabaseUnfit(
            "PostgreSQL needs the package psycopg; install `market-entry-assistant[postgres]`."
        ) from error
    event.listen(made, "connect", _on_connect)
    event.listen(made, "begin", _on_begin)
    return made


@contextmanager
def locked(url: str, work: str, *, waiting: bool = False, shared: bool = False) -> Iterator[Connection | None]:
    """Hold a lock of the database by a connection of its own; `None` where another holds it and we do not wait.

    Those who `share` it hold it together, and keep out who does not.
    """
    kind, key = "_shared" if shared else "", lock_key(f"alone {work}")
    with engine(url).connect() as connection:
        connection.detach()  # it ends with the block, and the lock with it, whatever becomes of it
        if waiting:
            connection.exec_driver_sql(f"SELECT pg_advisory_lock{kind}({key})")
        elif not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock{kind}({key})").scalar():
            yield None
            return
        try:
            yield connection
        finally:
            with suppress(SQLAlchemyError):  # the server would notice the end of the connection a moment later
                connection.exec_driver_sql(f"SELECT pg_advisory_unlock{kind}({key})")


class Duty:
    """A piece of work that one process of an installation does, whichever of those that ask holds its lock.

    One that is `shared` is done by several, as long as nobody does it alone.
    """

    def __init__(self, url: str, work: str, *, shared: bool = False) -> None:
        self._url = url
        self._work = work
        self._shared = shared
        self._asking = Lock()
        self._stack = ExitStack()
        self._connection: Connection | None = None

    def ours(self) -> bool:
        """Whether this process does it: it does from when nobody else holds the lock until its connection breaks."""
        with self._asking:
            try:
                if self._connection is None:
                    self._connection = self._stack.enter_context(locked(self._url, self._work, shared=self._shared))
                if self._connection is None:
                    self._stack.close()
                else:
                    self._connection.exec_driver_sql("SELECT 1")
            except SQLAlchemyError:
                self._give_up()
            return self._connection is not None

    def close(self) -> None:
        """Let another process do it."""
        with self._asking:
            self._give_up()

    def _give_up(self) -> None:
        self._connection = None
        with suppress(SQLAlchemyError):
            self._stack.close()


def lock_key(name: str) -> int:
    """The number of an advisory lock: 64 bits with a sign."""
    return int.from_bytes(hashlib.sha256(f"market-entry {name}".encode()).digest()[:8], "big", signed=True)


def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's own connection
    said = connection.info
    if said.parameter_status("server_encoding") != "UTF8":
        raise DatabaseUnfit(
            f"The database {said.dbname} is not in UTF-8; make one with `createdb --encoding UTF8 --template template0"
            f" {said.dbname}`."
        )
    if said.server_version < _OLDEST * 10_000:
        raise DatabaseUnfit(
            f"The server of the database {said.dbname} is PostgreSQL {said.server_version // 10_000};"
            f" install {_OLDEST} or newer."
        )
    connection.autocommit = True  # transactions begin where we say, see _on_begin


def _on_begin(connection: Connection) -> None:
    if opening := connection.get_execution_options().get(_OPENING):
        connection.exec_driver_sql(opening)  # one round trip


def _unsettled(connection: Connection, schema: str) -> dict[str, list[tuple[str, str]]]:
    """By table, the columns that are not settled, each with its type: empty for bytes, which have no order."""
    query = """
        SELECT quote_ident(c.relname), quote_ident(a.attname), CASE WHEN a.atttypid <> 'bytea'::regtype
               THEN format_type(a.atttypid, a.atttypmod) ELSE '' END
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        WHERE c.relnamespace = to_regnamespace(%s) AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
          AND a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'bytea'::regtype)
          AND a.attstattarget IS DISTINCT FROM 0
        ORDER BY c.relname, a.attnum
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in connection.exec_driver_sql(query, (schema,)):
        found.setdefault(table, []).append((column, kind))
    return found


def _milliseconds(seconds: float) -> int:
    return max(int(seconds * 1000), 1)  # 0 would be for ever
