"""Hands finished generations out to other machines."""

from __future__ import annotations

import hashlib
import shutil
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path, PurePosixPath
from uuid import uuid4

from sqlalchemy import Column, Connection, Integer, LargeBinary, MetaData, String, Table, delete, insert, select

from corpus.errors import KnownError
from corpus.postgres import Schema
from corpus.store import Store, StoreUnavailable, alone
from index.vector_server import VectorServer

MIGRATIONS = Path(__file__).parent / "migrations" / "shelf"
UNFINISHED = "part-"  # the beginning of the name of a folder that is being fetched

_PART = 4 * 2**20  # bytes of a file in one row, before they are packed
_KNOWN = 1.0  # seconds for which the newest generation is not asked for again
_FORM = MetaData()
_generations = Table(
    "generations",
    _FORM,
    Column("number", Integer, primary_key=True),  # in the order of publishing
    Column("name", String, nullable=False),
    Column("position", Integer, nullable=False),  # of the catalogue that it shows
)
_parts = Table(
    "parts",
    _FORM,
    Column("generation", String, primary_key=True),
    Column("path", String, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("digest", String, nullable=False),  # SHA-256 of the bytes as they were
    Column("bytes", LargeBinary, nullable=False),  # packed by zlib
)


class ShelfUnavailable(KnownError):
    """A generation cannot be put on the shelf or taken from it just now."""

    retryable = True


class Shelf:
    """The generations of an installation of several machines.

    The one to search is that of the newest catalogue, and of several the one that was published last: whoever publishes
    an older one after it changes nothing.

    Their vectors lie on a `vectors` server, where there is one, and else in their files.

    Raises:
        ShelfUnavailable: from every method, when the database cannot be used.
    """

    def __init__(self, schema: Schema, vectors: VectorServer | None = None) -> None:
        self.vectors = vectors
        self._schema = schema
        self._asked = -_KNOWN  # when `current` was last asked for
        self._current: str | None = None

    def current(self, *, anew: bool = False) -> str | None:
        """The name of the generation to search, as it was at most a second ago; `None` where there is none."""
        if anew or time.monotonic() - self._asked >= _KNOWN:
            with self._reading() as connection:
                self._current = next(iter(_names(connection)), None)
            self._asked = time.monotonic()
        return self._current

    def names(self) -> set[str]:
        """The generations on the shelf."""
        with self._reading() as connection:
            return set(_names(connection))

    def publish(self, folder: Path, name: str, position: int) -> None:
        """Put a finished generation on the shelf, whole or not at all."""
        with self._writing() as connection:
            connection.execute(insert(_generations), {"name": name, "position": position})
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                for row in _rows(path):
                    where = {"generation": name, "path": path.relative_to(folder).as_posix()}
                    connection.execute(insert(_parts), where | row)
        self._asked = -_KNOWN

    def fetch(self, name: str, folder: Path) -> None:
        """Take a generation from the shelf into a folder of its name, whole or not at all.

        Raises:
            ShelfUnavailable: it is not on the shelf any more, or not as it was put there.
        """
        part = folder / f"{UNFINISHED}{name}-{uuid4().hex[:6]}"
        try:
            with self._reading() as connection:
                parts = connection.execute(
                    select(_parts).where(_parts.c.generation == name).order_by(_parts.c.path, _parts.c.part),
                    execution_options={"yield_per": 1},
                )
                for row in parts:
                    _write(part / PurePosixPath(row.path), row.bytes, row.digest)
            if not part.exists():
                raise ShelfUnavailable(f"The index generation {name} is not handed out any more; try again.")
            if not (folder / name).exists():
                part.rename(folder / name)
        except (OSError, zlib.error) as error:
            raise ShelfUnavailable(
                f"The index generation {name} cannot be taken from the database ({error}); check the free space of"
                f" {folder}, or run `market-entry index build`."
            ) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def forget_all_but(self, kept: int) -> None:
        """Take all but so many of the newest generations from the shelf, and from the disk of the database.

        Raises:
            VectorsUnavailable: those on their server cannot be removed just now.
        """
        with self._writing() as connection:
            names = _names(connection)
            old = names[kept:]
            connection.execute(delete(_generations).where(_generations.c.name.in_(old)))
            connection.execute(delete(_parts).where(_parts.c.generation.in_(old)))
        if old:
            with self._translating_errors():
                self._store.compact()
        if self.vectors is not None:
            with self._translating_errors():
                self.vectors.forget_all_but(names[:kept])

    @contextmanager
    def building(self) -> Iterator[None]:
        """Hold the building of a generation against all other machines."""
        with self._translating_errors(), alone(self._schema, "build"):
            yield

    @cached_property
    def _store(self) -> Store:
        return Store(self._schema, MIGRATIONS)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._translating_errors(), self._store.reading() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._translating_errors(), self._store.writing() as connection:
            yield connection

    @contextmanager
    def _translating_errors(self) -> Iterator[None]:
        try:
            yield
        except StoreUnavailable as error:
            raise ShelfUnavailable(str(error)) from error


def _names(connection: Connection) -> list[str]:
    """The generations, the one to search first."""
    newest_first = _generations.c.position.desc(), _generations.c.number.desc()
    return list(connection.scalars(select(_generations.c.name).order_by(*newest_first)))


def _rows(path: Path) -> Iterator[dict[str, object]]:
    with path.open("rb") as file:
        number = 0
        while (data := file.read(_PART)) or not number:
            yield {"part": number, "digest": hashlib.sha256(data).hexdigest(), "bytes": zlib.compress(data, 1)}
            number += 1


def _write(path: Path, packed: bytes, digest: str) -> None:
    data = zlib.decompress(packed)
    if hashlib.sha256(data).hexdigest() != digest:
        raise OSError(f"{path.name} is not as it was")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(data)
