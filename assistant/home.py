"""A home: what lies in it, which backup, restore and doctor go by, and who holds it."""

from __future__ import annotations

import errno
import logging
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from filelock import FileLock, Timeout

from assistant import erasures
from assistant.accounts import accounts
from assistant.handoff import tables as handoff_tables
from assistant.handoff.watching import watches
from assistant.journal import tables as journal_tables
from assistant.model import budget
from assistant.settings import Settings
from corpus.catalogue import holdings
from corpus.catalogue.catalogue import Catalogue
from corpus.connections import places
from corpus.errors import KnownError
from corpus.postgres import Schema, locked
from corpus.release.release import bring_in
from corpus.store import Place, StoreDamaged, alone, made, problem_of, translating_errors
from corpus.web import links
from index import vector_cache

CATALOGUE = "catalogue.sqlite"
TEXTS = "texts"  # what an administrator has written in place of what is shipped
RESTORING = "restoring"  # stands in a home while a restore has not ended
BACKUPS = "backups.jsonl"  # which backups were made, and when
BACKUP_KEY = "backup.key"  # signs backups; no backup takes it along, so that who holds one cannot sign another


class Lost(StrEnum):
    """What is done when a file is lost or damaged."""

    RESTORE = "restore"  # people made what stands in it
    LEAVE = "leave"  # nobody needs it to work
    REMAKE = "remake"  # it is made again by itself


@dataclass(frozen=True)
class StoreFile:
    """A store of a home, as the SQLite file that it is there or in a backup; one without migrations has one form."""

    name: str
    what: str
    migrations: Path | None
    lost: Lost
    of_schema: Path | None = None  # the migrations of its schema in a database, where there are others

    @property
    def in_database(self) -> Path:
        """The migrations of its schema in a database."""
        found = self.of_schema or self.migrations
        assert found is not None  # noqa: S101 - the table below has one for each
        return found


STORES = (
    StoreFile(CATALOGUE, "documents, versions and their history", holdings.MIGRATIONS, Lost.RESTORE),
    StoreFile("accounts.sqlite", "accounts and sessions", accounts.MIGRATIONS, Lost.RESTORE),
    StoreFile("handoffs.sqlite", "letters to the clusters", handoff_tables.MIGRATIONS, Lost.RESTORE),
    StoreFile("watches.sqlite", "what people follow by mail", watches.MIGRATIONS, Lost.RESTORE),
    StoreFile("connections.sqlite", "connected places, and what was met there", places.MIGRATIONS, Lost.RESTORE),
    StoreFile("journal.sqlite", "what is remembered of answers", journal_tables.MIGRATIONS, Lost.LEAVE),
    StoreFile("budget.sqlite", "what the chat model has cost", budget.MIGRATIONS, Lost.LEAVE),
    StoreFile("links.sqlite", "what the sources' web addresses answered", links.MIGRATIONS, Lost.REMAKE),
    StoreFile("vectors.sqlite", "the vectors of texts", None, Lost.REMAKE, vector_cache.MIGRATIONS),
)
WAYS_BACK = {
    Lost.LEAVE: "questions are answered without it: move it to another folder, and it begins anew, or restore a backup",
    Lost.REMAKE: "it is made again",
}
LINES = (erasures.NAME, BACKUPS)  # files of JSON lines that a backup takes along
IN_USE = "in-use"  # held by all who serve from a database together, and by a restore into it alone
SETUP = "setup.lock"  # held while what is shipped is taken in: two first starts at once
STAYING = ("serve.lock", "serve.txt", SETUP, "backup.lock", RESTORING, BACKUP_KEY)  # which no restore moves
_KEY_BYTES = 32
ASIDE = "before-"  # the beginning of a folder's name to which a restore has moved what was there

_log = logging.getLogger(__name__)


_READ_ONLY = {  # what to do, by why a folder cannot be written that is there
    errno.EROFS: "mount its disk to be written",
    errno.EACCES: "run this as the user to whom it belongs, give this user the right to write there",
}


class HomeUnusable(KnownError):
    """The home folder cannot be made or written."""


class BadBackupKey(KnownError):
    """The file that should hold the key of backups holds none."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"The file {path} holds no key for backups; put back the copy that you keep, or remove it: a new key is"
            " made, and `market-entry restore` then asks for --unsigned where a backup was made before."
        )


class AlreadyServed(KnownError):
    """A server works on the same home folder."""


@dataclass(frozen=True)
class Home:
    """Where an installation keeps what: a folder of this machine, and its stores there or in a database of several."""

    folder: Path
    database: str = field(default="", repr=False)  # its address, with a password

    def place(self, name: str) -> Place:
        """Where a store lies, by its name or that of its file."""
        stem = name.removesuffix(".sqlite")
        return Schema(self.database, stem) if self.database else self.folder / f"{stem}.sqlite"

    def alone(self, work: str, *, waiting: bool = True) -> AbstractContextManager[bool]:
        """Hold a piece of work against all other processes of the installation; whether it is, where nobody waits.

        Raises:
            StoreUnavailable: the database cannot be asked.
        """
        return alone(self.place("catalogue"), work, waiting=waiting)


def home_of(settings: Settings) -> Home:
    """The home of the settings, ready to be used.

    Raises:
        HomeUnusable: the folder cannot be made or written, a restore has not ended, or the folder holds records that
            the database does not.
        StoreUnavailable: the database cannot be asked.
    """
    home = Home(ready_home(settings.home), settings.database.get_secret_value())
    if not home.database:
        return home
    own = [file.name for file in STORES if file.lost is Lost.RESTORE and (home.folder / file.name).exists()]
    if own and not made(home.place("catalogue")):
        raise HomeUnusable(
            f"The home {home.folder} holds documents and accounts that the database does not; move them with"
            " `market-entry backup FILE.zip` without MARKET_ENTRY_DATABASE and `market-entry restore FILE.zip --to"
            " database` with it, or name an empty folder in MARKET_ENTRY_HOME."
        )
    return home


def ready_home(home: Path) -> Path:
    """The folder, made where it is not there, for this user alone.

    Raises:
        HomeUnusable: it cannot be made or written, or a restore into it has not ended.
    """
    home = home.expanduser().resolve()
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = home / f".probe-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
        if not (home / BACKUP_KEY).exists():
            make_backup_key(home)
    except OSError as error:
        if home.is_dir() and error.errno in _READ_ONLY:
            raise HomeUnusable(
                f"The folder {home} can only be read, and nothing in it is damaged: {_READ_ONLY[error.errno]},"
                " or set MARKET_ENTRY_HOME to a folder that can be written."
            ) from error
        raise HomeUnusable(
            f"The folder {home} cannot be written ({error.strerror}); give this user the right to,"
            " or set MARKET_ENTRY_HOME to a folder that can."
        ) from error
    if (home / RESTORING).exists():
        raise HomeUnusable(
            f"A restore into {home} has not ended; wait for it, or where it was broken off, run `market-entry restore"
            f" BACKUP --to {home} --over` again."
        )
    return home


def backup_key(home: Path) -> bytes | None:
    """The key by which this installation knows its backups; `None` where there is none yet.

    Raises:
        BadBackupKey: the file holds none.
    """
    try:
        key = bytes.fromhex((home / BACKUP_KEY).read_text("ascii"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise BadBackupKey(home / BACKUP_KEY) from error
    if len(key) != _KEY_BYTES:
        raise BadBackupKey(home / BACKUP_KEY)
    return key


def make_backup_key(home: Path) -> bytes:
    """The key of an installation, made where there is none: whole or not at all, and once.

    Raises:
        BadBackupKey: the file holds none.
    """
    known = backup_key(home)
    if known is not None:
        return known
    key = secrets.token_bytes(_KEY_BYTES)
    new = home / f".{BACKUP_KEY}-{os.getpid()}"
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(f"{key.hex()}\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(new, home / BACKUP_KEY)
    except FileExistsError:  # another process was faster
        return make_backup_key(home)
    finally:
        new.unlink()
    return key


def open_catalogue(home: Home) -> Catalogue:
    """The catalogue of a home that is ready, with the shipped library of this release in it."""
    with home.alone("setup"):
        catalogue = Catalogue(home.place(CATALOGUE))
        bring_in(catalogue)
    return catalogue


def ensure_sound(home: Home, notice: Callable[[str], None]) -> None:
    """See that no file of a store is damaged; `notice` is called for one without which questions are answered.

    Raises:
        HomeUnusable: the home cannot be written, which is told first: SQLite cannot look at a store without.
        StoreDamaged: people made what stands in a damaged one.
    """
    folder = ready_home(home.folder)
    for file in () if home.database else STORES:
        path = folder / file.name
        if not path.exists() or not (problem := problem_of(path)):
            continue
        if file.lost is Lost.RESTORE:
            raise StoreDamaged(path, problem)
        notice(f"The file {path} is damaged ({problem}); {WAYS_BACK[file.lost]}.")


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Hold a home folder against servers.

    Raises:
        AlreadyServed: one works on it.
    """
    lock = FileLock(home / "serve.lock", timeout=0)
    who = home / "serve.txt"
    try:
        lock.acquire()
    except Timeout as error:
        other = who.read_text("utf-8").strip() if who.exists() else "another process"
        raise AlreadyServed(
            f"{home} is already served by {other}; stop that server, or set MARKET_ENTRY_HOME to another folder."
        ) from error
    with lock:
        yield


@contextmanager
def in_use(home: Home) -> Iterator[None]:
    """Keep restores out of the database, where there is one, for as long as the block lasts.

    Raises:
        HomeUnusable: one is under way.
    """
    if not home.database:
        yield
        return
    with translating_errors(home.place(CATALOGUE)), locked(home.database, IN_USE, shared=True) as held_by_us:
        if held_by_us is None:
            raise HomeUnusable("A restore into the database has not ended; wait for it, and start this again.")
        yield


@contextmanager
def serving_alone(home: Home, port: int) -> Iterator[None]:
    """Hold a home's folder as its only server, and its database against restores.

    The log says when the server before was ended from outside.

    Raises:
        AlreadyServed: another process holds it.
    """
    who = home.folder / "serve.txt"
    with held(home.folder), in_use(home):
        if who.exists():
            _log.warning(
                "the server before this one (%s) did not end by itself: it was killed, as a system does that runs out"
                " of memory, or the power failed; what it had acknowledged is kept",
                who.read_text("utf-8", "replace").strip(),
            )
        who.write_text(f"process {os.getpid()} on port {port}", "utf-8")
        try:
            yield
        finally:
            who.unlink(missing_ok=True)
