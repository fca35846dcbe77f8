"""Vectors are made once a text and kept: in the home folder, and for the shipped library beside its texts."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock

from corpus.documents import digest
from corpus.errors import KnownError
from corpus.store import is_damage, problem_of
from index.embedding import EmbeddingModel, Vectors

_BATCH = 16  # texts embedded between two commits: what a crash can cost
_MANY = 500  # digests in one query

_TABLE = (
    "CREATE TABLE IF NOT EXISTS vectors (model TEXT, engine TEXT, digest TEXT, vector BLOB,"
    " PRIMARY KEY (model, engine, digest)) WITHOUT ROWID"
)

_log = logging.getLogger(__name__)


class VectorCacheUnavailable(KnownError):
    """The file of vectors cannot be read or written just now."""

    retryable = True


class _Damaged(Exception):
    """The file of vectors is damaged."""


class VectorCache:
    """The vectors of one embedding model, by the exact text they were made from.

    Several processes may use one file. Vectors are stored as 16-bit floats: the error in a cosine is about 1e-4.
    A damaged file is replaced by an empty one, since all that it held can be made again; `anew` says that this has
    happened.

    Raises:
        VectorCacheUnavailable: from every method, when the file cannot be read or written.
    """

    def __init__(self, path: Path, model: EmbeddingModel) -> None:
        self.anew = False
        self._path = path
        self._model = model
        self._execute(_TABLE)

    @property
    def model(self) -> EmbeddingModel:
        """The model whose vectors these are."""
        return self._model

    @property
    def empty(self) -> bool:
        """Whether there is no vector of this model."""
        query = "SELECT digest, vector FROM vectors WHERE model=? AND engine=? LIMIT 1"
        return not self._execute(query, (self._model.name, self._model.engine))

    def known(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """The vectors there are for these texts, by text, each of shape (dimension,)."""
        by_digest = {digest(text): text for text in texts}
        digests = list(by_digest)
        rows: list[tuple[str, bytes]] = []
        for start in range(0, len(digests), _MANY):
            batch = digests[start : start + _MANY]
            marks = ",".join("?" * len(batch))
            rows += self._execute(
                f"SELECT digest, vector FROM vectors WHERE model=? AND engine=? AND digest IN ({marks})",  # noqa: S608
                (self._model.name, self._model.engine, *batch),
            )
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
            self._keep(zip(digests, file["vectors"].astype(np.float32), strict=True))
        return len(digests)

    def forget(self, digests: Iterable[str]) -> None:
        """Wipe the vectors of texts, whatever model made them, from the file and its log."""
        wiped = list(digests)
        try:
            with self._connected() as connection:
                for start in range(0, len(wiped), _MANY):  # each reads the whole file
                    batch = wiped[start : start + _MANY]
                    marks = ",".join("?" * len(batch))
                    connection.execute(f"DELETE FROM vectors WHERE digest IN ({marks})", batch)  # noqa: S608
                connection.commit()
                connection.execute("VACUUM")
                (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except _Damaged:
            self._recreate()
            return
        if busy:
            raise self._unavailable("others are reading it")

    def _keep(self, vectors: Iterable[tuple[str, Vectors]]) -> None:
        identity = (self._model.name, self._model.engine)
        self._execute(
            "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?, ?)",
            many=[(*identity, key, vector.astype(np.float16).tobytes()) for key, vector in vectors],
        )

    def _execute(
        self,
        statement: str,
        values: tuple[str, ...] = (),
        many: list[tuple[str, str, str, bytes]] | None = None,
    ) -> list[tuple[str, bytes]]:
        try:
            return self._executed(statement, values, many)
        except _Damaged:
            self._recreate()
            return self._executed(statement, values, many)

    def _executed(
        self, statement: str, values: tuple[str, ...], many: list[tuple[str, str, str, bytes]] | None
    ) -> list[tuple[str, bytes]]:
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
        self.anew = True

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
