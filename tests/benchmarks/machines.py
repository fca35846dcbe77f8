"""Several machines on one database: what `python -m tests.benchmarks.scale --database URL --processes N` measures.

Each is a process with a folder of its own, and asks one question after the other for some seconds. Then this process,
which has built the index, publishes a document, and each tells when it searches the index that has it. The database
must be an empty one.
"""

from __future__ import annotations

import multiprocessing
import resource
import tempfile
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from assistant.settings import read_settings
from corpus.catalogue.catalogue import Catalogue
from corpus.postgres import Schema, engine
from index.build import Index
from index.e5.model import DIMENSION, e5
from index.embedding import EmbeddingModel
from index.search import Search
from index.shelf import Shelf
from index.vector_cache import VectorCache
from index.vector_server import VectorServer
from tests.benchmarks.scale import ask, questions, texts
from tests.drawn_library import Drawn, fill

ONE_MORE = 20  # passages of the document that is published


@dataclass(frozen=True)
class Place:
    """Where an installation lies: its database, the Chroma server of its vectors if there is one, and the model."""

    database: str
    chroma: str
    models: Path

    def opened(self, folder: Path) -> tuple[Catalogue, VectorCache, Index]:
        """What a machine with this folder has of it."""
        model = EmbeddingModel("drawn", "1", DIMENSION, Drawn(e5(self.models).embeddings))
        catalogue = Catalogue(Schema(self.database, "catalogue"))
        vectors = VectorServer(self.chroma, Schema(self.database, "collections")) if self.chroma else None
        shelf = Shelf(Schema(self.database, "shelf"), vectors)
        return catalogue, VectorCache(Schema(self.database, "vectors"), model), Index(folder, model, shelf)


def measure(database: str, chroma: str, size: int, processes: int, seconds: float) -> dict[str, float]:
    """Figures of so many processes that search a library of so many passages."""
    read_settings()
    with tempfile.TemporaryDirectory(prefix="machines-") as name:
        folder = Path(name)
        place = Place(database, chroma, folder / "models")
        catalogue, cache, index = place.opened(folder / "builder")
        fill(catalogue, size)
        cache.embed([text for text, _ in texts(catalogue)])
        started = time.perf_counter()
        index.build(catalogue, cache)
        built = time.perf_counter() - started
        machines = [_started(place, folder / f"machine-{number}") for number in range(processes)]
        before, started = _transactions(database), time.perf_counter()
        for machine in machines:
            machine.send(seconds)
        answered = [milliseconds for machine in machines for milliseconds in machine.recv()]
        took = time.perf_counter() - started
        transactions = _transactions(database) - before
        published = time.time()
        fill(catalogue, ONE_MORE, first=size)
        index.build(catalogue, cache)
        ended = [machine.recv() for machine in machines]
        return {
            "passages": size,
            "processes": processes,
            "build_seconds": round(built, 1),
            "searches_a_second": round(len(answered) / took, 1),
            "p50_ms": round(float(np.percentile(answered, 50)), 1),
            "p95_ms": round(float(np.percentile(answered, 95)), 1),
            "transactions_a_search": round(transactions / len(answered), 1),
            "publish_to_findable_seconds": round(max(at for at, _ in ended) - published, 1),
            "peak_mib_of_a_process": round(max(memory for _, memory in ended), 1),
            "peak_mib_of_the_builder": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        }


def _started(place: Place, folder: Path) -> Connection:
    """A machine that has answered a question and waits to be told for how long it is to ask."""
    here, there = multiprocessing.Pipe()
    multiprocessing.get_context("spawn").Process(target=_machine, args=(place, folder, there), daemon=True).start()
    here.recv()
    return here


def _machine(place: Place, folder: Path, told: Connection) -> None:
    read_settings()
    catalogue, cache, index = place.opened(folder)
    search = Search(catalogue, index, cache)
    asked = questions(2000)
    ask(search, asked[0])
    told.send("ready")
    end = time.perf_counter() + told.recv()
    answered: list[float] = []
    while time.perf_counter() < end:
        answered.append(ask(search, asked[len(answered) % len(asked)]))
    told.send(answered)
    before = index.current().manifest.name
    while index.current().manifest.name == before:
        time.sleep(0.05)
    told.send((time.time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def _transactions(database: str) -> int:
    """How many transactions the database has ended, as its statistics know a second later."""
    time.sleep(1.5)
    with engine(database).connect() as connection:
        ended = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        return int(connection.exec_driver_sql(ended).scalar() or 0)
