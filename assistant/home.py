"""A home folder: what lies in it, which backup, restore and doctor go by, and who holds it."""

from __future__ import annotations

import errno
import logging
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from filelock import FileLock, Timeout

from assistant import erasures
from assistant.accounts import accounts
from assistant.handoff import tables as handoff_tables
from assistant.journal import tables as journal_tables
from assistant.model import budget
from corpus.catalogue import holdings
from corpus.catalogue.catalogue import Catalogue
from corpus.errors import KnownError
from corpus.release.release import bring_in
from corpus.store import StoreDamaged, problem_of
from corpus.web import links

CATALOGUE = "catalogue.sqlite"
ORIGINALS = "originals"
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
    """An SQLite file of a home; one without migrations has one form only."""

    name: str
    what: str
    migrations: Path | None
    lost: Lost


STORES = (
    StoreFile(CATALOGUE, "documents, versions and their history", holdings.MIGRATIONS, Lost.RESTORE),
    StoreFile("accounts.sqlite", "accounts and sessions", accounts.MIGRATIONS, Lost.RESTORE),
    StoreFile("handoffs.sqlite", "letters to the clusters", handoff_tables.MIGRATIONS, Lost.RESTORE),
    StoreFile("journal.sqlite", "what is remembered of answers", journal_tables.MIGRATIONS, Lost.LEAVE),
    StoreFile("budget.sqlite", "what the chat model has cost", budget.MIGRATIONS, Lost.LEAVE),
    StoreFile("links.sqlite", "what the sources' web addresses answered", links.MIGRATIONS, Lost.REMAKE),
    StoreFile("vectors.sqlite", "the vectors of texts", None, Lost.REMAKE),
)
WAYS_BACK = {
    Lost.LEAVE: "questions are answered without it: move it to another folder, and it begins anew, or restore a backup",
    Lost.REMAKE: "it is made again",
}
LINES = (erasures.NAME, BACKUPS)  # files of JSON lines that a backup takes along
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


def open_catalogue(home: Path) -> Catalogue:
    """The catalogue of a home that is ready, with the shipped library of this release in it."""
    with FileLock(home / SETUP):
        catalogue = Catalogue(home / CATALOGUE)
        bring_in(catalogue)
    return catalogue


def ensure_sound(home: Path, notice: Callable[[str], None]) -> None:
    """See that no store is damaged; `notice` is called for one without which questions are answered.

    Raises:
        HomeUnusable: the home cannot be written, which is told first: SQLite cannot look at a store without.
        StoreDamaged: people made what stands in a damaged one.
    """
    home = ready_home(home)
    for file in STORES:
        if not (home / file.name).exists() or not (problem := problem_of(home / file.name)):
            continue
        if file.lost is Lost.RESTORE:
            raise StoreDamaged(home / file.name, problem)
        notice(f"The file {home / file.name} is damaged ({problem}); {WAYS_BACK[file.lost]}.")


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
def serving_alone(home: Path, port: int) -> Iterator[None]:
    """Hold a home folder as its only server; the log says when the one before was ended from outside.

    Raises:
        AlreadyServed: another process holds it.
    """
    who = home / "serve.txt"
    with held(home):
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
