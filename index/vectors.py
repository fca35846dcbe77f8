"""The vector index in a folder, by Chroma; it holds ids and vectors, never a text."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpus.errors import KnownError
from index.embedding import Vectors

_COLLECTION = "passages"
_BATCH = 2000  # Chroma's own limit is 5,461 rows
_USED = 20  # where hnswlib's header says how many places are used, and then how many bytes each has
_LABELS = "index_metadata.pickle"  # Chroma writes it with a graph, and takes a graph without it for a new one
_LOOKED_AT = 10_000  # vectors that a search looks at, at most; all of them cost 15 ms of a processor more than 200 do
_HNSW = {"space": "cosine", "ef_construction": 200, "max_neighbors": 32}
# Chroma keeps vectors in its log until there are so many. The first to read makes the graph of them, and writes one
# that is empty: with what it has in memory. So each batch is stored at once.
_STORED_AT_ONCE = {"sync_threshold": 1}


class UnknownChromaFormat(KnownError):
    """The installed Chroma stores vectors in another way than the one that is known here."""


def configuration(count: int) -> dict[str, dict[str, object]]:
    """How Chroma keeps a collection of so many vectors.

    The graph is another one each time, since Chroma draws it in parallel. A search of fewer vectors than there are
    would find others now and then, so it looks at all of them as long as that is cheap.
    """
    return {"hnsw": _HNSW | {"ef_search": min(max(count, 1), _LOOKED_AT)}}


def write(folder: Path, ids: Sequence[str], vectors: Vectors) -> None:
    """Write a new index of vectors (shape (len(ids), dimension)) into a folder that does not exist yet."""
    client = _open(folder)
    try:
        hnsw = configuration(len(ids))["hnsw"] | _STORED_AT_ONCE
        collection = client.create_collection(_COLLECTION, embedding_function=None, configuration={"hnsw": hnsw})
        for start in range(0, len(ids), _BATCH):
            collection.add(ids=list(ids[start : start + _BATCH]), embeddings=vectors[start : start + _BATCH])
    finally:
        client.close()
    if not _stored(folder):
        raise _unknown_format(folder)
    for header in folder.glob("*/header.bin"):
        _wipe_unused(header)


def _stored(folder: Path) -> bool:
    """Whether there is an index here that is read without a file being written."""
    graphs = [header.parent for header in folder.glob("*/header.bin")]
    return (folder / "chroma.sqlite3").exists() and all((graph / _LABELS).exists() for graph in graphs)


def _wipe_unused(header: Path) -> None:
    """Overwrite the places of a stored graph that hold no vector.

    hnswlib writes them as the system gave them: with whatever this process held in memory there before, texts too.
    """
    used, size = struct.unpack_from("<QQ", header.read_bytes(), _USED)
    for name, width in (("data_level0.bin", size), ("length.bin", 4)):
        path = header.with_name(name)
        unused = path.stat().st_size - used * width
        if unused < 0:
            raise _unknown_format(path)
        with path.open("r+b") as file:
            file.seek(used * width)
            file.write(bytes(unused))


def _unknown_format(path: Path) -> UnknownChromaFormat:
    return UnknownChromaFormat(
        f"Chroma has written {path} in a form that is not known here;"
        " install the versions of constraints.txt, then run `market-entry index build`."
    )


class VectorIndex:
    """An index opened for reading.

    Raises:
        FileNotFoundError: there is no index in the folder (Chroma itself would make an empty one), or one whose graph
            was not stored (it would be written by whoever reads it).
    """

    def __init__(self, folder: Path) -> None:
        if not _stored(folder):
            raise FileNotFoundError(folder)
        self._client = _open(folder)
        self._collection = self._client.get_collection(_COLLECTION, embedding_function=None)
        self.count: int = self._collection.count()  # of passages; it never changes
        self.most = self.count  # that it finds at once

    def close(self) -> None:
        """Close the folder."""
        self._client.close()

    def check(self) -> None:
        """Nothing: what was opened in a folder is there."""

    def nearest(self, vector: Vectors, limit: int) -> list[tuple[str, float]]:
        """Passage ids with their cosine similarity to the vector, nearest first."""
        return nearest_of(self._collection, vector, min(limit, self.count))

    def similarities(self, vector: Vectors, ids: Sequence[str]) -> dict[str, float]:
        """The cosine similarity of the vector to each of these passages that the index holds."""
        return similarities_of(self._collection, vector, ids)

    def ids(self) -> set[str]:
        """The ids of all passages in the index."""
        return set(self._collection.get(include=[])["ids"])


def nearest_of(collection: Any, vector: Vectors, limit: int) -> list[tuple[str, float]]:  # noqa: ANN401 - not public
    """Ids in a collection with their cosine similarity to the vector, nearest first; `limit` is at most its count."""
    if not limit:
        return []
    found = collection.query(query_embeddings=[vector], n_results=limit, include=["distances"])
    distances = (found["distances"] or [[]])[0]
    in_order = sorted(zip(distances, found["ids"][0], strict=True))
    return [(key, 1.0 - float(distance)) for distance, key in in_order]


def similarities_of(collection: Any, vector: Vectors, ids: Sequence[str]) -> dict[str, float]:  # noqa: ANN401 - as above
    """The cosine similarity of the vector to each of these that the collection holds."""
    if not ids:
        return {}
    found = collection.get(ids=list(ids), include=["embeddings"])
    vectors = np.asarray(found["embeddings"], dtype=np.float32).reshape(len(found["ids"]), -1)
    return dict(zip(found["ids"], (vectors @ vector).tolist(), strict=True))


def _open(folder: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202 - Chroma's client type is not public
    import chromadb  # 3 s to import
    from chromadb.config import Settings

    return chromadb.PersistentClient(folder, settings=Settings(anonymized_telemetry=False))
