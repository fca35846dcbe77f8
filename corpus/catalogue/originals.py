"""The files that documents were read from, kept unchanged under the SHA-256 of their bytes: in a folder or a store."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from sqlalchemy import Column, Connection, Integer, LargeBinary, MetaData, String, Table, delete, select

from corpus.errors import KnownError
from corpus.postgres import Schema
from corpus.store import Place, Store, StoreUnavailable, upsert

ORIGINALS = "originals"  # the folder, or the schema
MIGRATIONS = Path(__file__).parent / "migrations_of_originals"

_PART = 4 * 2**20  # bytes of a file in one row

_parts = Table(
    "parts",
    MetaData(),
    Column("digest", String, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("bytes", LargeBinary, nullable=False),
)


class OriginalUnavailable(KnownError):
    """An original cannot be kept or read."""

    retryable = True


class Originals(Protocol):
    """The originals of an installation. Equal files are kept once.

    Raises:
        OriginalUnavailable: from every method, when they cannot be read or written.
    """

    def keep(self, data: bytes) -> str:
        """Keep a file, whole or not at all; returns its digest."""

    def read(self, key: str) -> bytes:
        """The bytes of an original."""

    def remove_all_but(self, keys: Iterable[str]) -> None:
        """Remove all other originals, and what crashes left behind."""


class FolderOriginals:
    """A folder with a file for each original; see `Originals`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, data: bytes) -> str:
        """Keep a file, whole or not at all; returns its digest."""
        key = hashlib.sha256(data).hexdigest()
        path = self._folder / key
        part = self._folder / f"{key}.part-{uuid4().hex}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            raise self._unavailable(error) from error
        return key

    def read(self, key: str) -> bytes:
        """The bytes of an original."""
        try:
            return (self._folder / key).read_bytes()
        except OSError as error:
            raise self._unavailable(error) from error

    def remove_all_but(self, keys: Iterable[str]) -> None:
        """Remove the files of all other originals, and what crashes left behind."""
        kept = set(keys)
        try:
            for path in self._folder.iterdir() if self._folder.exists() else ():
                if path.name not in kept:
                    path.unlink()
        except OSError as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: OSError) -> OriginalUnavailable:
        return OriginalUnavailable(
            f"The originals in {self._folder} cannot be used just now ({error.strerror});"
            " check the folder's rights and the free space on the disk, then try again."
        )


class StoredOriginals:
    """A schema of a database with some rows for each original; see `Originals`. It is made with the first one."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def keep(self, data: bytes) -> str:
        """Keep a file, whole or not at all; returns its digest."""
        key = hashlib.sha256(data).hexdigest()
        try:
            with self._store.writing() as connection:
                store_original(connection, key, data)
        except StoreUnavailable as error:
            raise OriginalUnavailable(str(error)) from error
        return key

    def read(self, key: str) -> bytes:
        """The bytes of an original."""
        try:
            with self._store.reading() as connection:
                found = stored_original(connection, key)
        except StoreUnavailable as error:
            raise OriginalUnavailable(str(error)) from error
        if not found:
            raise OriginalUnavailable(f"The original {key} is lost from the {self._schema}; restore a backup.")
        return found

    def remove_all_but(self, keys: Iterable[str]) -> None:
        """Remove all other originals, from the disk too."""
        try:
            with self._store.writing() as connection:
                gone = connection.execute(delete(_parts).where(_parts.c.digest.not_in(sorted(set(keys))))).rowcount
            if gone:
                self._store.compact()
        except StoreUnavailable as error:
            raise OriginalUnavailable(str(error)) from error

    @cached_property
    def _store(self) -> Store:
        return Store(self._schema, MIGRATIONS)


def store_original(connection: Connection, digest: str, data: bytes) -> None:
    """Keep an original in a transaction that writes to its schema."""
    rows = [
        {"digest": digest, "part": number, "bytes": data[start : start + _PART]}
        for number, start in enumerate(range(0, len(data), _PART))
    ]
    if rows:
        once = upsert(connection, _parts).on_conflict_do_nothing(index_elements=["digest", "part"])
        connection.execute(once, rows)


def stored_original(connection: Connection, digest: str) -> bytes:
    """The bytes of an original in a transaction that reads its schema; none where it is not there."""
    query = select(_parts.c.bytes).where(_parts.c.digest == digest).order_by(_parts.c.part)
    return b"".join(connection.scalars(query))


def originals_beside(catalogue: Place) -> Originals:
    """The originals of a catalogue, by its place."""
    if isinstance(catalogue, Schema):
        return StoredOriginals(catalogue.beside(ORIGINALS))
    return FolderOriginals(catalogue.parent / ORIGINALS)
