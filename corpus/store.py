"""A store that several processes use at once, kept up to date by migrations."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from corpus.errors import KnownError
from corpus.postgres import Schema, locked

PATIENCE = 30.0  # seconds that a writer waits for another

Place = Path | Schema

_OF_RIGHTS = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY)


class StoreUnavailable(KnownError):
    """A store cannot be read or written just now."""

    retryable = True


class StoreDamaged(StoreUnavailable):
    """A store that holds what SQLite never wrote. Waiting does not mend it."""

    retryable = False

    def __init__(self, path: Path, why: object, mend: str = "") -> None:
        way_back = mend or f"restore a backup with `market-entry restore BACKUP --to {path.parent} --over`"
        super().__init__(f"The file {path} is damaged ({why}); {way_back}. `market-entry doctor` says what else is.")


class StoreReadOnly(StoreUnavailable):
    """A store that this user, or anybody on this disk, can read and not write. What stands in it is whole."""

    retryable = False

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The file {path} can only be read, and nothing in it is damaged: run this as the user to whom it belongs,"
            f" give that user the right to write it and its folder {path.parent}, or mount the disk to be written."
        )


class StoreTooNew(KnownError):
    """A store was written by a newer release than this one."""


class Store:
    """One SQLite file in WAL mode, or one schema of a database; a writer holds it alone, readers see one state.

    On opening it is brought to the newest schema by the Alembic migrations of a folder, in one transaction: a crash
    leaves the old schema whole, and two processes that open it at once do the work once. What is deleted is
    overwritten, in a file at once, in the log beside it by `scrub`, in a database by `compact`.

    Raises:
        StoreTooNew: on opening, when a newer release has written it.
        StoreUnavailable: from every method, when it cannot be read or written.
        StoreReadOnly: from every method that writes, when the file can only be read.
        StoreDamaged: from every method, when the file is damaged; `mend` says what to do where that is not to restore
            it.
        DatabaseUnfit: from every method, when no store can be kept in the database.
    """

    def __init__(self, place: Place, migrations: Path, *, patience: float = PATIENCE, mend: str = "") -> None:
        self._place = place
        self._mend = mend
        with translating_errors(place, mend):
            if isinstance(place, Schema):
                self._readers, self._writers = place.readers(patience), place.writers(patience)
            else:
                self._readers, self._writers = _engines(place, patience)
        with self.writing() as connection:
            migrate(connection, migrations, place)

    def close(self) -> None:
        """Give the connections back."""
        self._readers.dispose()
        self._writers.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the store."""
        with translating_errors(self._place, self._mend), self._readers.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is kept whole when the block ends, and not at all when it raises."""
        with translating_errors(self._place, self._mend), self._writers.begin() as connection:
            yield connection

    def compact(self) -> None:
        """Write the store again, so that nothing deleted can be read from the disk, neither in it nor in its log.

        A database lets go of its files and its own log with its next checkpoints.
        """
        with translating_errors(self._place, self._mend):
            if isinstance(self._place, Schema):
                self._place.compact()
                return
            with closing(self._writers.raw_connection()) as connection:
                connection.cursor().execute("VACUUM")
                (busy, *_) = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                if busy:
                    raise sqlite3.OperationalError("others are reading it")

    def scrub(self) -> None:
        """Leave nothing of what was deleted in a file's write-ahead log; waits for those who read."""
        if isinstance(self._place, Schema):
            return  # it would cost a rewriting each time: whoever keeps a database compacts it once a day
        with translating_errors(self._place, self._mend), self._writers.connect() as connection:
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")  # outside of any transaction


def made(place: Place) -> bool:
    """Whether there is a store at a place.

    Raises:
        StoreUnavailable: the database cannot be asked.
    """
    if isinstance(place, Path):
        return place.exists()
    with translating_errors(place):
        return place.made


def upsert(connection: Connection, table: Table) -> Any:  # noqa: ANN401 - of either dialect
    """An INSERT that can say what becomes of a row that is there already; it names the columns by which it is."""
    return {"sqlite": sqlite, "postgresql": postgresql}[connection.dialect.name].insert(table)


@contextmanager
def alone(beside: Place, work: str, *, waiting: bool = True) -> Iterator[bool]:
    """Hold a piece of work against all others who use the installation of a store; whether it is, where nobody waits.

    Raises:
        StoreUnavailable: the database cannot be asked.
    """
    if isinstance(beside, Schema):
        with translating_errors(beside), locked(beside.url, work, waiting=waiting) as connection:
            yield connection is not None
        return
    with ExitStack() as stack:
        try:
            stack.enter_context(FileLock(beside.with_name(f"{work}.lock"), timeout=-1 if waiting else 0))
            held = True
        except Timeout:
            held = False
        yield held


def called(place: Place) -> str:
    """What a place is called in a sentence."""
    return str(place) if isinstance(place, Schema) else f"file {place}"


@contextmanager
def translating_errors(place: Place, mend: str = "") -> Iterator[None]:
    """Turn what a database cannot do just now into our errors; what it should never be asked stays as it is."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, NoConnectionFree) as error:
        cause = getattr(error, "orig", error)
        if isinstance(place, Path):
            raise unusable(place, cause, mend) from error
        if not isinstance(error, (OperationalError, InterfaceError, NoConnectionFree)):
            raise
        why = " ".join(str(cause).split())
        raise StoreUnavailable(
            f"The {place} cannot be used just now ({why}); check that its server runs, and that MARKET_ENTRY_DATABASE"
            " leads there."
        ) from error


def unusable(path: Path, cause: object, mend: str = "") -> StoreUnavailable:
    """What it means that SQLite cannot use a file."""
    if is_damage(cause):
        return StoreDamaged(path, cause, mend)
    if _code(cause) == sqlite3.SQLITE_READONLY:
        return StoreReadOnly(path)
    return StoreUnavailable(
        f"The file {path} cannot be used just now ({cause}); check its rights and the free space on the disk, then try"
        " again."
    )


def is_damage(error: object) -> bool:
    """Whether what SQLite says means that the file is not what it once wrote."""
    undecodable = isinstance(error, sqlite3.OperationalError) and "decode to UTF-8" in str(error)
    return _code(error) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or undecodable


def _code(error: object) -> int:
    """The primary code of an error of SQLite; 0 where it has none."""
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF


@contextmanager
def read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to an SQLite file that brings it to no newer schema, and never writes."""
    address = f"file:{quote(str(path))}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=PATIENCE)) as connection:
        yield connection


def problem_of(path: Path) -> str:
    """What is wrong with an SQLite file, read as a whole; empty when nothing is.

    What stands in a row can be wrong without SQLite knowing: it keeps no checksums.

    Raises:
        StoreUnavailable: it cannot be looked at, since this user has not the right to or another process holds it.
    """
    try:
        with read_only(path) as connection:
            [first, *_] = connection.execute("PRAGMA integrity_check(1)").fetchall()
    except sqlite3.Error as error:
        if _code(error) in _OF_RIGHTS:
            raise unusable(path, error) from error
        return str(error)
    return "" if first == ("ok",) else str(first[0]).splitlines()[0]


def revision_of(path: Path) -> str:
    """The schema that a file has, as its migrations number it; empty where it has none yet."""
    with read_only(path) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchall():
            return ""
        rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    return str(rows[0][0]) if rows else ""


def revisions(migrations: Path) -> list[str]:
    """The schemas that this release knows, oldest first: the numbers with which the migrations' names begin."""
    return sorted(script.name.partition("_")[0] for script in (migrations / "versions").glob("[0-9]*.py"))


def _engines(path: Path, patience: float) -> tuple[Engine, Engine]:
    """The connections to a file for those who read, and for those who write."""
    if not path.exists():
        with suppress(OSError):  # which SQLite reports in its own words later
            path.touch(mode=0o600)  # for this user alone
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": patience})
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine.execution_options(writes=False), engine.execution_options(writes=True)


def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's own connection
    connection.isolation_level = None  # transactions begin where we say, see _on_begin
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=ON")


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def migrate(connection: Connection, folder: Path, place: Place) -> None:
    """Bring a store to the newest schema, in a transaction that writes to its place.

    Raises:
        StoreTooNew: a newer release has written it.
    """
    if isinstance(place, Schema):
        place.make(connection)
    known, has = revisions(folder), revision(connection)
    if has == known[-1]:
        return
    if has and has not in known:
        raise StoreTooNew(
            f"The {called(place)} was written by a newer release of the assistant; install that release, or restore a"
            " backup made before it."
        )
    from alembic.config import Config  # which takes longer to import than most commands to run
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(folder))
    environment = EnvironmentContext(Config(), scripts)
    environment.configure(connection=connection, fn=lambda revision, _context: scripts._upgrade_revs("head", revision))
    environment.run_migrations()
    if isinstance(place, Schema):
        place.settle(connection)


def revision(connection: Connection) -> str:
    """The schema of an open store; empty where it has none yet."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() or "")
