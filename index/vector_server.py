"""Vectors of generations on a Chroma server.

There each has a collection, for libraries too large to be copied by every machine.

Besides `index/vectors.py` the only module that knows Chroma.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from json import JSONDecodeError
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlalchemy import Column, MetaData, String, Table, delete, select

from corpus.errors import KnownError
from corpus.postgres import Schema
from corpus.store import Store, upsert
from index.circuit_breaker import CircuitBreaker
from index.embedding import Vectors
from index.vectors import configuration, nearest_of, similarities_of

MIGRATIONS = Path(__file__).parent / "migrations" / "collections"

_MARK = "collection.txt"  # stands in place of a generation's vectors, and names the collection that holds them
_AT_ONCE = 300  # vectors in a request and ids in an answer: what Chroma Cloud takes and gives
_CLOUD = "trychroma.com"
_LONGEST_ID = 128  # bytes, there
_CONNECTING = 5.0  # seconds
_LEFT_ALONE = 5.0  # seconds after failures in a row
_SAID = 200  # characters of an answer that is no answer of Chroma
_collections = Table("collections", MetaData(), Column("generation", String, primary_key=True))


class VectorsUnavailable(KnownError):
    """The vectors on a Chroma server cannot be read or written just now."""

    retryable = True


class VectorsElsewhere(VectorsUnavailable):
    """The vectors lie on a Chroma server of which this machine was not told."""

    retryable = False


class VectorsGone(KnownError):
    """The collection of a generation is not on the Chroma server any more, or not as it was written."""

    retryable = True


class IdTooLong(KnownError):
    """The id of a passage that the Chroma server would refuse."""


def on_server(folder: Path) -> bool:
    """Whether the vectors of a generation lie on a server, by the folder where they would be."""
    return (folder / _MARK).exists()


class VectorServer:
    """A Chroma server: `https://TOKEN@HOST[:PORT][/TENANT/DATABASE]`.

    The name of a collection is written down in a schema of the installation's database before it is made, so that none
    is left behind, and none of another installation is taken for ours. Nobody waits for an answer longer than so many
    `seconds`, and a server that has failed three times in a row is left alone for a moment.

    Raises:
        VectorsUnavailable: from every method, when the server cannot be used.
        StoreUnavailable: from every method that makes or removes a collection, when the database cannot be.
    """

    def __init__(self, url: str, schema: Schema, *, seconds: float = 30.0) -> None:
        self._address = urlsplit(url)
        self._schema = schema
        self._seconds = seconds
        self._circuit = CircuitBreaker(seconds=_LEFT_ALONE)
        self._connecting = Lock()
        self._connected: Any = None

    def write(self, folder: Path, generation: str, ids: Sequence[str], vectors: Vectors) -> None:
        """Write vectors (shape (len(ids), dimension)) into a new collection; a new folder tells of it.

        Raises:
            IdTooLong: an id is longer than the server takes.
        """
        self._ensure_short(ids)
        with self._store.writing() as connection:
            row = upsert(connection, _collections).values(generation=generation)
            connection.execute(row.on_conflict_do_nothing(index_elements=["generation"]))
        with self.asked() as client:
            collection = client.create_collection(
                _name(generation), embedding_function=None, configuration=configuration(len(ids))
            )
            for start in range(0, len(ids), _AT_ONCE):
                few = slice(start, start + _AT_ONCE)
                collection.add(ids=list(ids[few]), embeddings=vectors[few])
            held = collection.count()
        if held != len(ids):
            raise VectorsUnavailable(
                f"The Chroma server holds {held} of {len(ids)} vectors; run `market-entry index build` again."
            )
        folder.mkdir()
        (folder / _MARK).write_text(_name(generation), "utf-8")

    def open(self, folder: Path) -> ServedVectors:
        """The vectors of which a folder tells.

        Raises:
            VectorsGone: the server does not hold them.
        """
        return ServedVectors(self, (folder / _MARK).read_text("utf-8"))

    def forget_all_but(self, generations: Collection[str]) -> None:
        """Remove the collections of all other generations, and those of builds that did not end."""
        with self._store.reading() as connection:
            old = set(connection.scalars(select(_collections.c.generation))).difference(generations)
        for generation in sorted(old):
            try:
                with self.asked() as client:
                    client.delete_collection(_name(generation))
            except VectorsGone:  # it was never made, or removed by somebody else
                pass
            with self._store.writing() as connection:
                connection.execute(delete(_collections).where(_collections.c.generation == generation))

    @contextmanager
    def asked(self) -> Iterator[Any]:
        """Chroma's client; what goes wrong with the server in the block is told as one of our errors."""
        if not self._circuit.admits():
            raise self._unavailable("it has failed several times just now")
        try:
            yield self._client()
        except Exception as error:
            known = self._translated(error)
            if isinstance(known, VectorsUnavailable):
                self._circuit.failed()
            else:
                self._circuit.succeeded()  # it has answered
            if known is None:
                raise
            raise known from error
        self._circuit.succeeded()

    def _client(self) -> Any:  # noqa: ANN401 - Chroma's client type is not public
        with self._connecting:
            if self._connected is None:
                self._connected = self._connect()
            return self._connected

    def _connect(self) -> Any:  # noqa: ANN401 - as above
        import chromadb  # 3 s to import
        import httpx
        from chromadb.config import DEFAULT_DATABASE, DEFAULT_TENANT, Settings
        from chromadb.errors import NotFoundError

        parts = self._address
        tenant, _, database = parts.path.strip("/").partition("/")
        secure = parts.scheme == "https"
        port = parts.port or (443 if secure else 8000)
        token = unquote(parts.username or "")
        headers = {"x-chroma-token": token} if token else {}
        patience = httpx.Timeout(self._seconds, connect=_CONNECTING)
        # Chroma's client has no patience of its own: it would wait for ever, and asks before it could be given one.
        alive = f"{parts.scheme}://{parts.hostname}:{port}/api/v2/heartbeat"
        httpx.get(alive, headers=headers, timeout=patience).raise_for_status()
        try:
            client: Any = chromadb.HttpClient(
                parts.hostname or "",
                port,
                ssl=secure,
                headers=headers,
                settings=Settings(anonymized_telemetry=False),
                tenant=tenant or DEFAULT_TENANT,
                database=database or DEFAULT_DATABASE,
            )
        except (ValueError, NotFoundError) as error:  # as it tells of a tenant or database that is not there
            raise self._unavailable(str(error)) from error
        client._server._session.timeout = patience
        return client

    def _translated(self, error: Exception) -> KnownError | None:
        """Our error for one of Chroma's; `None` for what is a defect of ours."""
        import httpx
        from chromadb.errors import ChromaError, NotFoundError

        if isinstance(error, KnownError):
            return error
        if isinstance(error, NotFoundError):
            return VectorsGone(
                "The vectors of the index are not on the Chroma server any more; the index is built again within a"
                " minute, or by `market-entry index build`."
            )
        foreign = isinstance(error, ChromaError | httpx.HTTPError | JSONDecodeError)
        of_a_proxy = type(error) is Exception  # as Chroma's client tells what is no answer of Chroma
        return self._unavailable(str(error) or type(error).__name__) if foreign or of_a_proxy else None

    def _unavailable(self, why: str) -> VectorsUnavailable:
        said = " ".join(re.sub(r"<[^>]*>", " ", why).split()).rstrip(".")[:_SAID]
        return VectorsUnavailable(
            f"The Chroma server at {self._address.hostname} cannot be used ({said}); see that it runs, and that"
            " MARKET_ENTRY_CHROMA leads there and holds its token."
        )

    def _ensure_short(self, ids: Sequence[str]) -> None:
        if not (self._address.hostname or "").endswith(_CLOUD):
            return
        for key in ids:
            if len(key.encode()) > _LONGEST_ID:
                raise IdTooLong(f"The id {key} is longer than the Chroma server takes; give the document a shorter id.")

    @cached_property
    def _store(self) -> Store:
        return Store(self._schema, MIGRATIONS)


class ServedVectors:
    """A collection opened for reading; its methods are those of `VectorIndex`.

    Raises:
        VectorsGone: from every method, when the server does not hold it any more.
        VectorsUnavailable: from every method, when the server cannot be used.
    """

    most = _AT_ONCE  # it never finds more

    def __init__(self, server: VectorServer, name: str) -> None:
        self._server = server
        with server.asked() as client:
            self._collection = client.get_collection(name, embedding_function=None)
            self.count: int = self._collection.count()  # of passages; it never changes

    def close(self) -> None:
        """Nothing is held open: the connections are those of the server."""

    def check(self) -> None:
        """See that the server holds them all."""
        with self._server.asked():
            held = self._collection.count()
        if held != self.count:
            raise VectorsGone(
                f"The Chroma server holds {held} of {self.count} vectors; run `market-entry index build` again."
            )

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """Passage ids with their cosine similarity to the vector, nearest first; `most` of them at most."""
        with self._server.asked():
            return nearest_of(self._collection, vector, min(limit, self.count, self.most))

    def similarities(self, vector: Vectors, ids: Sequence[str]) -> dict[str, float]:
        """The cosine similarity of the vector to each of these passages that the collection holds."""
        found: dict[str, float] = {}
        with self._server.asked():
            for start in range(0, len(ids), _AT_ONCE):
                found |= similarities_of(self._collection, vector, ids[start : start + _AT_ONCE])
        return found

    def ids(self) -> set[str]:
        """The ids of all passages in the collection."""
        with self._server.asked():
            starts = range(0, self.count, _AT_ONCE)
            pages = (self._collection.get(include=[], limit=_AT_ONCE, offset=start)["ids"] for start in starts)
            return {key for page in pages for key in page}


def _name(generation: str) -> str:
    return f"market-entry-{generation}"
