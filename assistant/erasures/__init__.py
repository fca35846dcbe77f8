"""What is left of an erasure: a mark, by which the same is erased again where an older backup is restored.

A mark is written before anything is erased, so that neither a crash nor a backup can fall between the two. It holds no
text. A browser is known by the pseudonym that the journal has for it, which only that journal's key can make; an e-mail
address by a slow, salted hash. Whoever has the file and guesses an address can see whether it was erased: the file is
for this user alone, and marks go after `KEPT_DAYS`.

A file of them is one of plain lines, so that a copy of it can be kept where backups are not: `restore --erasures`
reads it. In a database there are rows of the same lines.
What is done with a mark, `backup` decides; that what came later than the mark stays, is a rule for all kinds.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

from filelock import FileLock
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, delete, insert, select

from corpus.catalogue.records import Tombstone
from corpus.catalogue.tables import tombstone_to_row
from corpus.errors import KnownError
from corpus.postgres import Schema
from corpus.store import Place, Store, StoreUnavailable, made

NAME = "erasures.jsonl"
MIGRATIONS = Path(__file__).parent / "migrations"
KEPT_DAYS = 1095  # a backup that is older has to be deleted, and the processing record says so

_DAY = 86_400.0

_table = Table("marks", MetaData(), Column("number", Integer, primary_key=True), Column("line", Text, nullable=False))


class ErasuresUnusable(KnownError):
    """The marks cannot be read or written. Nothing is erased then, since it might come back unmarked."""


class ErasureKind(StrEnum):
    """What was erased."""

    SESSION = "session"  # what one browser left in the journal
    EMAIL = "email"  # what came from an e-mail address
    ACCOUNT = "account"  # the person behind an account
    DOCUMENT = "document"  # a document that was purged
    WATCH = "watch"  # something that a person followed by mail


@dataclass(frozen=True)
class ErasureMark:
    """That something was erased: `receipt` is the id that the person was given, `mark` what it is known by."""

    receipt: str  # empty for a document
    at: float
    kind: ErasureKind
    mark: str
    salt: str = ""
    tombstone: Mapping[str, Any] = field(default_factory=dict)  # of a purged document, as the catalogue has it


@dataclass(frozen=True)
class Erasures:
    """The marks of an installation, in a file of lines or a schema of a database. Several processes may use them.

    Raises:
        ErasuresUnusable: from every method, when they cannot be read or written.
    """

    place: Place
    now: Callable[[], float] = time.time

    def add(self, kind: ErasureKind, what: str, *, receipt: str = "") -> ErasureMark:
        """Write a mark to the disk, before what it stands for is erased."""
        with self._changing() as marks:
            salt = self._salt(marks) if kind is ErasureKind.EMAIL else ""
            mark = hashed(what, salt) if salt else what
            made = ErasureMark(receipt or new_receipt(), self.now(), kind, mark, salt)
            marks.append(made)
        return made

    def take_in(self, marks: Iterable[ErasureMark]) -> None:
        """Have these marks too."""
        with self._changing() as known:
            own = {(one.kind, one.mark, one.at): one for one in [*known, *marks]}
            known[:] = sorted(own.values(), key=lambda one: one.at)

    def lift(self, document_id: str) -> None:
        """Forget that a document was purged."""
        with self._changing() as marks:
            marks[:] = [one for one in marks if (one.kind, one.mark) != (ErasureKind.DOCUMENT, document_id)]

    def marks(self) -> list[ErasureMark]:
        """All marks, the oldest first."""
        with self._translating_errors():
            if isinstance(self.place, Path):
                return _read(self.place)
            with closing(Store(self.place, MIGRATIONS)) as store, store.reading() as connection:
                return _rows(connection)

    def forget(self) -> int:
        """Remove the marks that are out of date; returns how many."""
        with self._translating_errors():
            if not made(self.place):
                return 0
        with self._changing() as marks:
            count = len(marks)
            marks[:] = [one for one in marks if one.at >= self.now() - KEPT_DAYS * _DAY]
            return count - len(marks)

    @contextmanager
    def _changing(self) -> Iterator[list[ErasureMark]]:
        """The marks, held against other processes; what the block makes of them is written when it ends."""
        with self._translating_errors():
            if isinstance(self.place, Path):
                with FileLock(self.place.with_name(f"{self.place.name}.lock"), timeout=30):
                    marks = _read(self.place)
                    before = list(marks)
                    yield marks
                    if marks != before:
                        write_marks(self.place, marks)
                return
            with closing(Store(self.place, MIGRATIONS)) as store, store.writing() as connection:
                marks = _rows(connection)
                yield marks
                store_marks(connection, marks)

    def _salt(self, known: Iterable[ErasureMark]) -> str:
        """One salt for all addresses, so that a restore hashes each address that it finds once."""
        return next((one.salt for one in known if one.salt), "") or secrets.token_hex(16)

    @contextmanager
    def _translating_errors(self) -> Iterator[None]:
        try:
            yield
        except StoreUnavailable as error:
            raise ErasuresUnusable(f"{error} Nothing was erased, since it could not be marked.") from error
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise ErasuresUnusable(
                f"The marks of what was erased, in {self.place}, cannot be used"
                f" ({getattr(error, 'strerror', None) or error}); nothing was erased: check the file's rights and the"
                " free space, or take it from a backup."
            ) from error


def erasures_beside(store: Place, now: Callable[[], float] = time.time) -> Erasures:
    """The marks of the installation that a store belongs to, by its place."""
    return Erasures(store.beside("erasures") if isinstance(store, Schema) else store.with_name(NAME), now)


def _read(path: Path) -> list[ErasureMark]:
    return [_mark(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def write_marks(path: Path, marks: Iterable[ErasureMark]) -> None:
    """Put a file of marks in its place, whole or not at all."""
    part = path.with_name(f"{path.name}.part-{uuid4().hex}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"{_line(one)}\n" for one in marks)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def store_marks(connection: Connection, marks: Iterable[ErasureMark]) -> None:
    """Let these be the marks of a schema, in a transaction that writes to it."""
    connection.execute(delete(_table))
    if rows := [{"line": _line(one)} for one in marks]:
        connection.execute(insert(_table), rows)


def _rows(connection: Connection) -> list[ErasureMark]:
    return [_mark(line) for line in connection.scalars(select(_table.c.line).order_by(_table.c.number))]


def new_receipt() -> str:
    """An id for a receipt."""
    return secrets.token_hex(6)


def hashed(address: str, salt: str) -> str:
    """What an e-mail address is known by. It is slow, so that guessing many addresses is."""
    plain = address.strip().casefold().encode()
    return hashlib.scrypt(plain, salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=16).hex()


def buried(tombstone: Tombstone) -> ErasureMark:
    """The mark of a document that was purged."""
    row = tombstone_to_row(replace(tombstone, traces=frozenset(), finished=True))
    return ErasureMark(
        "", datetime.fromisoformat(tombstone.at).timestamp(), ErasureKind.DOCUMENT, tombstone.document_id, "", row
    )


def read_marks(path: Path) -> list[ErasureMark]:
    """The marks in a copy of the file.

    Raises:
        ErasuresUnusable: it is no such file.
    """
    if not path.is_file():
        raise ErasuresUnusable(f"There is no file {path}; name a copy of {NAME}, or leave it out.")
    return Erasures(path).marks()


def _line(mark: ErasureMark) -> str:
    return json.dumps({name: value for name, value in asdict(mark).items() if value}, ensure_ascii=False)


def _mark(line: str) -> ErasureMark:
    row = json.loads(line)
    return ErasureMark(**{"receipt": ""} | row | {"kind": ErasureKind(row["kind"]), "at": float(row["at"])})
