"""Vectors are made once a text and kept: in the home folder, and for the shipped library beside its texts."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from filelock import FileLock
from sqlalchemy import Column, LargeBinary, MetaData, String, Table, delete, select

from corpus.documents import digest
from corpus.errors import KnownError
from corpus.postgres import Schema
from corpus.store import Place, Store, StoreUnavailable, is_damage, problem_of, upsert

if TYPE_CHECKING:  # the table of stores reads this module, and commands that need no model read that
    from index.embedding import EmbeddingModel, Vectors

_BATCH = 16  # texts embedded between two commits: what a crash can cost
_MANY = 500  # digests in one query

MIGRATIONS = Path(__file__).parent / "migrations" / "vectors"  # of a database; a file has one form
_table = Table(
    "vectors",
    MetaData(),
    Column("model", String, primary_key=True),
    Column("engine", String, primary_key=True),
    Column("digest", String, primary_key=True),
    Column("vector", LargeBinary, nullable=False),
)
_TABLE = (
    "CREATE TABLE IF NOT EXISTS vectors (model TEXT, engine TEXT, digest TEXT, vector BLOB,"
    " PRIMARY KEY (model, engine, digest)) WITHOUT ROWID"
)

Row = tuple[str, str, str, bytes]  # model, engine, digest of the text, 16-bit floats

_log = logging.getLogger(__name__)


def new_file(path: Path) -> None:
    """Make an empty file of vectors."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(_TABLE)


class VectorCacheUnavailable(KnownError):
    """The vectors cannot be read or written just now."""

    retryable = True


class VectorCache:
    """The vectors of one embedding model, by the exact text they were made from, in a file or a schema of a database.

    Several processes may use one place. Vectors are stored as 16-bit floats: the error in a cosine is about 1e-4.
    A damaged file is replaced by an empty one, since all that it held can be made again; `anew` says that this has
    happened.

    Raises:
        VectorCacheUnavailable: from every method, when the place cannot be read or written.
    """

    def __init__(self, place: Place, model: EmbeddingModel) -> None:
        self.anew = False
        self._model = model
        self._rows: _Rows = _SchemaRows(place) if isinstance(place, Schema) else _FileRows(place, self._begun_anew)

    @property
    def model(self) -> EmbeddingModel:
        """The model whose vectors these are."""
        return self._model

    @property
    def empty(self) -> bool:
        """Whether there is no vector of this model."""
        return not self._rows.has(self._model)

    def known(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """The vectors there are for these texts, by text, each of shape (dimension,)."""
        by_digest = {digest(text): text for text in texts}
        digests = list(by_digest)
        rows: list[tuple[str, bytes]] = []
        for start in range(0, len(digests), _MANY):
            rows += self._rows.find(self._model, digests[start : start + _MANY])
        return {by_digest[key]: np.frombuffer(vector, dtype=np.float16).astype(np.float32) for key, vector in rows}

    def embed(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> dict[str, Vectors]:
        """The vectors of these texts, by text; those not known yet are made and kept.

        `progress` is called after each batch with how many of the missing ones are made, and how many were missing.
        """
        found = self.known(texts)
        missing = sorted({text for text in texts if text not in found}, key=len)
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            vectors = self._model.passages(batch)
            self._keep((digest(text), vector) for text, vector in zip(batch, vectors, strict=True))
            found.update(zip(batch, vectors, strict=True))
            if progress:
                progress(start + len(batch), len(missing))
        return found

    def export(self, path: Path, texts: Iterable[str]) -> int:
        """Write the vectors of these texts to a file that `take_in` reads; returns how many."""
        found = self.embed(sorted(set(texts)))
        digests = {digest(text): vector for text, vector in found.items()}
        np.savez(
            path,
            model=np.array(self._model.name),
            engine=np.array(self._model.engine),
            digests=np.array([bytes.fromhex(key) for key in sorted(digests)], dtype="V32"),
            vectors=np.stack([digests[key] for key in sorted(digests)]).astype(np.float16),
        )
        return len(digests)

    def take_in(self, path: Path) -> int:
        """Take in the vectors of an exported file; returns how many. Those of another model or engine are left."""
        with np.load(path) as file:
            if (str(file["model"]), str(file["engine"])) != (self._model.name, self._model.engine):
                return 0
            digests = [key.tobytes().hex() for key in file["digests"]]
            self._keep(zip(digests, file["vectors"], strict=True))
        return len(digests)

    def forget(self, digests: Iterable[str]) -> None:
        """Wipe the vectors of texts, whatever model made them, from the disk and the log."""
        self._rows.wipe(list(digests))

    def _keep(self, vectors: Iterable[tuple[str, Vectors]]) -> None:
        identity = (self._model.name, self._model.engine)
        self._rows.keep([(*identity, key, vector.astype(np.float16, copy=False).tobytes()) for key, vector in vectors])

    def _begun_anew(self) -> None:
        self.anew = True


class _Rows(Protocol):
    """The rows of a cache, wherever they lie."""

    def has(self, model: EmbeddingModel) -> bool:
        """Whether there is any of a model."""

    def find(self, model: EmbeddingModel, digests: Sequence[str]) -> list[tuple[str, bytes]]:
        """Those of a model with these digests, `_MANY` at most."""

    def keep(self, rows: Sequence[Row]) -> None:
        """Have these, in place of what there was."""

    def wipe(self, digests: Sequence[str]) -> None:
        """Remove those with these digests, from the disk too."""


class _SchemaRows:
    """The rows in a schema of a database."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        with self._translating_errors():
            _ = self._store

    def has(self, model: EmbeddingModel) -> bool:
        """See `_Rows`."""
        query = select(_table.c.digest).filter_by(model=model.name, engine=model.engine).limit(1)
        with self._translating_errors(), self._store.reading() as connection:
            return connection.scalar(query) is not None

    def find(self, model: EmbeddingModel, digests: Sequence[str]) -> list[tuple[str, bytes]]:
        """See `_Rows`."""
        query = select(_table.c.digest, _table.c.vector).filter_by(model=model.name, engine=model.engine)
        with self._translating_errors(), self._store.reading() as connection:
            return [(row.digest, row.vector) for row in connection.execute(query.where(_table.c.digest.in_(digests)))]

    def keep(self, rows: Sequence[Row]) -> None:
        """See `_Rows`."""
        if not rows:
            return
        named = [dict(zip(_table.columns.keys(), row, strict=True)) for row in rows]
        with self._translating_errors(), self._store.writing() as connection:
            new = upsert(connection, _table)
            replaced = new.on_conflict_do_update(
                index_elements=list(_table.primary_key), set_={"vector": new.excluded.vector}
            )
            connection.execute(replaced, named)

    def wipe(self, digests: Sequence[str]) -> None:
        """See `_Rows`."""
        with self._translating_errors():
            with self._store.writing() as connection:
                for start in range(0, len(digests), _MANY):
                    connection.execute(delete(_table).where(_table.c.digest.in_(digests[start : start + _MANY])))
            self._store.compact()

    @cached_property
    def _store(self) -> Store:
        return Store(self._schema, MIGRATIONS)

    @contextmanager
    def _translating_errors(self) -> Iterator[None]:
        try:
            yield
        except StoreUnavailable as error:
            raise VectorCacheUnavailable(str(error)) from error


class _Damaged(Exception):
    """The file of vectors is damaged."""


class _FileRows:
    """The rows in an SQLite file, which is begun anew when it is damaged."""

    def __init__(self, path: Path, begun_anew: Callable[[], None]) -> None:
        self._path = path
        self._begun_anew = begun_anew
        self._execute(_TABLE)

    def has(self, model: EmbeddingModel) -> bool:
        """See `_Rows`."""
        query = "SELECT digest, vector FROM vectors WHERE model=? AND engine=? LIMIT 1"
        return bool(self._execute(query, (model.name, model.engine)))

    def find(self, model: EmbeddingModel, digests: Sequence[str]) -> list[tuple[str, bytes]]:
        """See `_Rows`."""
        marks = ",".join("?" * len(digests))
        return self._execute(
            f"SELECT digest, vector FROM vectors WHERE model=? AND engine=? AND digest IN ({marks})",  # noqa: S608
            (model.name, model.engine, *digests),
        )

    def keep(self, rows: Sequence[Row]) -> None:
        """See `_Rows`."""
        self._execute("INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)", many=rows)

    def wipe(self, digests: Sequence[str]) -> None:
        """See `_Rows`."""
        try:
            with self._connected() as connection:
                connection.execute("PRAGMA temp_store=MEMORY")  # no trace of them in a file of their own
                connection.execute("CREATE TEMPORARY TABLE wiped (digest TEXT PRIMARY KEY)")
                connection.executemany("INSERT OR IGNORE INTO wiped VALUES (?)", [(one,) for one in digests])
                connection.execute("DELETE FROM vectors WHERE digest IN (SELECT digest FROM wiped)")  # one reading
                connection.commit()
                connection.execute("VACUUM")
                (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except _Damaged:
            self._recreate()
            return
        if busy:
            raise self._unavailable("others are reading it")

    def _execute(
        self,
        statement: str,
        values: tuple[str, ...] = (),
        many: Sequence[Row] | None = None,
    ) -> list[tuple[str, bytes]]:
        try:
            return self._executed(statement, values, many)
        except _Damaged:
            self._recreate()
            return self._executed(statement, values, many)

    def _executed(self, statement: str, values: tuple[str, ...], many: Sequence[Row] | None) -> list[tuple[str, bytes]]:
        with self._connected() as connection:
            if many is not None:
                connection.executemany(statement, many)
                return []
            return connection.execute(statement, values).fetchall()

    def _recreate(self) -> None:
        """Put an empty file in the place of a damaged one, unless another process has done so."""
        try:
            with FileLock(self._path.with_name(f"{self._path.name}.lock")):
                if problem := problem_of(self._path):
                    _log.warning("the vectors in %s are damaged (%s); they are made again", self._path, problem)
                    for path in self._path.parent.glob(f"{self._path.name}*"):
                        if path.suffix != ".lock":
                            path.unlink(missing_ok=True)
                self._executed(_TABLE, (), None)
        except (OSError, _Damaged) as error:
            raise self._unavailable(error) from error
        self._begun_anew()

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=30)) as connection, connection:
                connection.execute("PRAGMA journal_mode=WAL")
                yield connection
        except sqlite3.Error as error:
            if is_damage(error):
                raise _Damaged(error) from error
            raise self._unavailable(error) from error

    def _unavailable(self, why: object) -> VectorCacheUnavailable:
        return VectorCacheUnavailable(
            f"The vectors in {self._path} cannot be used just now ({why});"
            " check the folder's rights and the free space on the disk, then try again."
        )
