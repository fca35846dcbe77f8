"""What is left of an erasure: a mark, by which the same is erased again where an older backup is restored.

A mark is written before anything is erased, so that neither a crash nor a backup can fall between the two. It holds no
text. A browser is known by the pseudonym that the journal has for it, which only that journal's key can make; an e-mail
address by a slow, salted hash. Whoever has the file and guesses an address can see whether it was erased: the file is
for this user alone, and marks go after `KEPT_DAYS`.

The file is one of plain lines, so that a copy of it can be kept where backups are not: `restore --erasures` reads it.
What is done with a mark, `backup` decides; that what came later than the mark stays, is a rule for all kinds.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import uuid4

from filelock import FileLock

from corpus.catalogue.records import Tombstone
from corpus.catalogue.tables import tombstone_to_row
from corpus.errors import KnownError

NAME = "erasures.jsonl"
KEPT_DAYS = 1095  # a backup that is older has to be deleted, and the processing record says so

_DAY = 86_400.0


class ErasuresUnusable(KnownError):
    """The marks cannot be read or written. Nothing is erased then, since it might come back unmarked."""


class ErasureKind(StrEnum):
    """What was erased."""

    SESSION = "session"  # what one browser left in the journal
    EMAIL = "email"  # what came from an e-mail address
    ACCOUNT = "account"  # the person behind an account
    DOCUMENT = "document"  # a document that was purged


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
    """The marks of an installation. Several processes may use them at once.

    Raises:
        ErasuresUnusable: from every method, when the file cannot be read or written.
    """

    path: Path
    now: Callable[[], float] = time.time

    def add(self, kind: ErasureKind, what: str, *, receipt: str = "") -> ErasureMark:
        """Write a mark to the disk, before what it stands for is erased."""
        with self._alone():
            known = self._read()
            salt = self._salt(known) if kind is ErasureKind.EMAIL else ""
            mark = hashed(what, salt) if salt else what
            made = ErasureMark(receipt or new_receipt(), self.now(), kind, mark, salt)
            self._write([*known, made])
        return made

    def take_in(self, marks: Iterable[ErasureMark]) -> None:
        """Have these marks too."""
        with self._alone():
            own = {(one.kind, one.mark, one.at): one for one in [*self._read(), *marks]}
            self._write(sorted(own.values(), key=lambda one: one.at))

    def lift(self, document_id: str) -> None:
        """Forget that a document was purged."""
        with self._alone():
            self._write(one for one in self._read() if (one.kind, one.mark) != (ErasureKind.DOCUMENT, document_id))

    def marks(self) -> list[ErasureMark]:
        """All marks, the oldest first."""
        try:
            return self._read()
        except OSError as error:
            raise self._unusable(error) from error

    def forget(self) -> int:
        """Remove the marks that are out of date; returns how many."""
        if not self.path.exists():
            return 0
        with self._alone():
            known = self._read()
            left = [one for one in known if one.at >= self.now() - KEPT_DAYS * _DAY]
            if len(left) < len(known):
                self._write(left)
        return len(known) - len(left)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the file against other processes, and turn what goes wrong meanwhile into our errors."""
        try:
            with FileLock(self.path.with_name(f"{self.path.name}.lock"), timeout=30):
                yield
        except OSError as error:
            raise self._unusable(error.strerror or error) from error

    def _salt(self, known: Iterable[ErasureMark]) -> str:
        """One salt for all addresses, so that a restore hashes each address that it finds once."""
        return next((one.salt for one in known if one.salt), "") or secrets.token_hex(16)

    def _read(self) -> list[ErasureMark]:
        if not self.path.exists():
            return []
        try:
            return [_mark(line) for line in self.path.read_text("utf-8").splitlines()]
        except (ValueError, TypeError, KeyError) as error:
            raise self._unusable(error) from error

    def _write(self, marks: Iterable[ErasureMark]) -> None:
        """Put another file in its place, whole or not at all."""
        part = self.path.with_name(f"{self.path.name}.part-{uuid4().hex}")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.writelines(f"{_line(one)}\n" for one in marks)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path)

    def _unusable(self, error: object) -> ErasuresUnusable:
        return ErasuresUnusable(
            f"The marks of what was erased, in {self.path}, cannot be used ({error}); nothing was erased: check the"
            " file's rights and the free space, or take it from a backup."
        )


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
