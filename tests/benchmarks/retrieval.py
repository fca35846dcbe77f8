"""How well and how fast a judged collection is searched: `python -m tests.benchmarks.retrieval FOLDER --split S`.

`ours`, `dense` and `lexical` use the product's own code in a temporary home. `langchain` is the pipeline of
LangChain's tutorial (RecursiveCharacterTextSplitter 1000/200, Chroma, k = 4), `llamaindex` LlamaIndex's default
(SentenceSplitter 1024/200 tokens, k = 2), both with all-MiniLM-L6-v2; they are left out where their packages are
missing (see `minilm.py`; `pip install llama-index-core`). Since a tutorial shows only k passages, its measures are
taken twice: as it is, and with k large enough for a fair ranking (`...-deep`).
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from assistant.settings import read_settings
from tests.benchmarks.collections import Collection, read_collection
from tests.benchmarks.measures import measures

_DEPTH = 100  # documents a ranking


@dataclass(frozen=True)
class Run:
    """A way to search, ready to be asked: a question to document ids, best first."""

    search: Callable[[str], Sequence[str]]
    seconds: float
    cpu: float


def product(collection: Collection, home: Path, vectors: Path | None = None) -> dict[str, Run]:
    """The product's own code: catalogue, splitting, embedding, generation, search.

    With a file of vectors, those known from an earlier run are not made again, and the indexing time is without them.
    """
    from assistant.language.phrasing import recognise_language
    from corpus.catalogue.catalogue import Catalogue
    from corpus.documents import Metadata, Section, Stage, Version
    from corpus.passages import split
    from index.build import Index, embedded
    from index.e5.model import e5
    from index.search import Search
    from index.vector_cache import VectorCache

    started, cpu = time.monotonic(), time.process_time()
    catalogue = Catalogue(home / "catalogue.sqlite")
    cache = VectorCache(vectors or home / "vectors.sqlite", e5(home / "models"))
    index = Index(home / "index", cache.model)
    today = date.today()
    for number, row in enumerate(collection.corpus):
        lines = [" ".join(line.split()) for line in row["text"].splitlines()]
        text = "\n".join(filter(None, lines))
        metadata = Metadata(
            title=row.get("title") or "",
            kind="guidance-summary",
            language=recognise_language(text[:2000]),
            publisher="benchmark",
            published_on=today,
            facts_as_of=f"{today:%Y-%m}",
            review_by=today,
        )
        version = Version(f"d{number}", 1, metadata, text, "")
        passages = split(version, [Section("", text)])
        catalogue.add_version(version, passages, origin="benchmark", stage=Stage.PUBLISHED, who="benchmark", why="")
    index.build(catalogue, cache)
    cache.embed(sorted(embedded(catalogue.in_play())))  # single sentences follow, as in the product
    spent = time.monotonic() - started, time.process_time() - cpu
    search = Search(catalogue, index, cache)
    names = {f"d{number}": str(row["_id"]) for number, row in enumerate(collection.corpus)}
    generation = index.current()

    def documents(passage_ids: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(names[passage_id.partition("@")[0]] for passage_id in passage_ids))[:_DEPTH]

    def ours(question: str) -> list[str]:
        found = search.find(question, language=recognise_language(question), today=date.today(), limit=3 * _DEPTH)
        return documents(hit.passage.id for hit in found.hits)

    def dense(question: str) -> list[str]:
        return documents(key for key, _ in generation.vectors.nearest(cache.model.query(question), 3 * _DEPTH))

    def lexical(question: str) -> list[str]:
        return documents(key for key, _ in generation.lexical.nearest(question, 3 * _DEPTH))

    def as_asked(question: str) -> list[str]:
        found = search.find(question, language=recognise_language(question), today=date.today())
        return documents(hit.passage.id for hit in found.hits)

    return {
        "ours": Run(ours, *spent),
        "dense": Run(dense, *spent),
        "lexical": Run(lexical, *spent),
        "ours-as-asked": Run(as_asked, *spent),
    }


def tutorial(
    collection: Collection, home: Path, name: str, texts: Callable[[str], list[str]], k: int
) -> dict[str, Run]:
    """A tutorial's pipeline: its splitter, MiniLM, Chroma with Euclidean distance, the k nearest."""
    import chromadb

    from tests.benchmarks.minilm import MiniLM

    started, cpu = time.monotonic(), time.process_time()
    model = MiniLM()
    chunks = [
        (str(row["_id"]), text)
        for row in collection.corpus
        for text in texts(f"{row.get('title') or ''}\n\n{row['text']}".strip())
    ]
    stored = chromadb.PersistentClient(home / name).create_collection(name, embedding_function=None)
    for start in range(0, len(chunks), 1000):
        some = chunks[start : start + 1000]
        stored.add(
            ids=[str(start + at) for at in range(len(some))],
            embeddings=np.array(model.embed_documents([text for _, text in some]), dtype=np.float32),
        )
    spent = time.monotonic() - started, time.process_time() - cpu

    def search(question: str, depth: int) -> list[str]:
        found = stored.query(
            query_embeddings=model.embed_query(question), n_results=min(depth, len(chunks)), include=[]
        )
        return list(dict.fromkeys(chunks[int(key)][0] for key in found["ids"][0]))[:_DEPTH]

    return {
        name: Run(lambda question: search(question, k), *spent),
        f"{name}-deep": Run(lambda question: search(question, 3 * _DEPTH), *spent),
    }


def tutorials(collection: Collection, home: Path) -> dict[str, Run]:
    """Those of the tutorials whose packages are there."""
    from tests.benchmarks.minilm import installed

    if not installed():
        return {}
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    langchain = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    runs = tutorial(collection, home, "langchain", langchain.split_text, 4)
    if find_spec("llama_index") is not None:
        from llama_index.core.node_parser import SentenceSplitter

        llamaindex = SentenceSplitter(chunk_size=1024, chunk_overlap=200)
        runs |= tutorial(collection, home, "llamaindex", llamaindex.split_text, 2)
    return runs


def measure(run: Run, collection: Collection) -> dict[str, float]:
    """The measures of one way to search, with its times in seconds and milliseconds."""
    rankings, times = {}, []
    for query in collection.queries:
        started = time.perf_counter()
        rankings[str(query["_id"])] = run.search(query["text"])
        times.append(1000 * (time.perf_counter() - started))
    p50, p95 = np.percentile(times, [50, 95])
    return measures(rankings, collection.grades) | {
        "index_seconds": round(run.seconds, 1),
        "index_cpu_seconds": round(run.cpu, 1),
        "query_p50_ms": round(float(p50), 1),
        "query_p95_ms": round(float(p95), 1),
    }


def sampled(collection: Collection, count: int) -> Collection:
    """The collection with only so many of its questions, the same ones each time."""
    if not 0 < count < len(collection.queries):
        return collection
    some = random.Random(0).sample(collection.queries, count)  # noqa: S311 - a sample, no secret
    return replace(collection, queries=tuple(some), grades={q["_id"]: collection.grades[q["_id"]] for q in some})


def benchmark(
    folder: Path, split: str, *, compare: bool = True, sample: int = 0, vectors: Path | None = None
) -> dict[str, dict[str, float]]:
    """All ways to search one collection, in one run."""
    collection = sampled(read_collection(folder, split), sample)
    with tempfile.TemporaryDirectory() as home:
        runs = product(collection, Path(home), vectors)
        if compare:
            runs |= tutorials(collection, Path(home))
        results = {name: measure(run, collection) for name, run in runs.items()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return results | {"process": {"peak_mib": round(peak, 1)}}


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", required=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--alone", action="store_true", help="leave the tutorials' pipelines out")
    parser.add_argument("--sample", type=int, default=0, help="ask only so many of the questions; 0 for all")
    parser.add_argument("--vectors", type=Path, help="keep the vectors in this file from run to run")
    asked = parser.parse_args(arguments)
    read_settings()
    results = benchmark(asked.folder, asked.split, compare=not asked.alone, sample=asked.sample, vectors=asked.vectors)
    show(results, as_json=asked.json)


def show(results: dict[str, dict[str, Any]], *, as_json: bool) -> None:
    """Print a table, or JSON."""
    if as_json:
        print(json.dumps(results, indent=1))
        return
    for name, values in results.items():
        print(f"{name:<16}" + "  ".join(f"{key} {value}" for key, value in values.items()))


if __name__ == "__main__":
    main()
