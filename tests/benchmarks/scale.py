"""How search grows with the library: `python -m tests.benchmarks.scale --sizes 1000 10000 50000 [--picture FILE]`.

With `--database URL [--chroma URL] --processes N`, that of several machines on one database: see `machines.py`.

Passages have words drawn as the shipped library has them, some made up, and vectors drawn around its own.
Questions are real and embedded by the real model; each is a whole `Search.find`.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np

from assistant.settings import read_settings
from corpus.catalogue.catalogue import Catalogue
from index.build import Index
from index.e5.model import DIMENSION, e5
from index.embedding import EmbeddingModel
from index.search import Search
from index.vector_cache import VectorCache
from tests.drawn_library import Drawn, fill

_QUESTIONS = Path(__file__).with_name("questions.jsonl")
_ARRIVALS = 10  # questions a second in the second measure


def measure(size: int) -> dict[str, float]:
    """Figures of a library of so many passages, in a process of its own."""
    read_settings()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        catalogue = Catalogue(home / "catalogue.sqlite")
        model = EmbeddingModel("drawn", "1", DIMENSION, Drawn(e5(home / "models").embeddings))
        cache = VectorCache(home / "vectors.sqlite", model)
        index = Index(home / "index", model)
        fill(catalogue, size)
        cache.embed([text for text, _ in texts(catalogue)])
        started = time.perf_counter()
        index.build(catalogue, cache)
        built = time.perf_counter() - started
        search = Search(catalogue, index, cache)
        alone = [ask(search, question) for question in questions(300)][20:]
        return {
            "passages": size,
            "build_seconds": round(built, 1),
            "index_mib": round(_size(home / "index"), 1),
            "catalogue_mib": round(_size(home, "catalogue.sqlite*"), 1),
            "p50_ms": round(float(np.percentile(alone, 50)), 1),
            "p95_ms": round(float(np.percentile(alone, 95)), 1),
            "p95_ms_at_10_a_second": round(float(np.percentile(_arriving(search), 95)), 1),
            "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        }


def texts(catalogue: Catalogue) -> list[tuple[str, str]]:
    """What is embedded for each passage, and its id."""
    from index.build import indexed_text

    return [(indexed_text(passage, document), passage.id) for passage, document in catalogue.published()]


def questions(count: int) -> list[tuple[str, str]]:
    """Real questions with their languages, drawn the same each time."""
    rows = [json.loads(line) for line in _QUESTIONS.read_text("utf-8").splitlines()]
    some = random.Random(0).choices(rows, k=count)  # noqa: S311 - a sample, no secret
    return [(row["text"], row["lang"]) for row in some]


def ask(search: Search, question: tuple[str, str], due: float | None = None) -> float:
    """Milliseconds from the moment a question was due, or is asked, to its hits."""
    started = time.perf_counter() if due is None else due
    search.find(question[0], language=question[1], today=date.today())
    return 1000 * (time.perf_counter() - started)


def _arriving(search: Search) -> list[float]:
    """Questions that arrive at a steady pace, whether or not those before are answered."""
    with ThreadPoolExecutor(8) as pool:
        start = time.perf_counter() + 0.1
        waiting = []
        for number, question in enumerate(questions(200)):
            due = start + number / _ARRIVALS
            time.sleep(max(due - time.perf_counter(), 0))
            waiting.append(pool.submit(ask, search, question, due))
        return [done.result() for done in waiting]


def _size(folder: Path, pattern: str = "**/*") -> float:
    return sum(path.stat().st_size for path in folder.glob(pattern) if path.is_file()) / 2**20


def picture(rows: list[dict[str, float]], path: Path) -> None:
    """Draw the growth; needs matplotlib."""
    import matplotlib.pyplot as plt

    sizes = [row["passages"] for row in rows]
    shown = {
        "search, ms": ("p50_ms", "p95_ms", "p95_ms_at_10_a_second"),
        "build, s": ("build_seconds",),
        "disk, MiB": ("index_mib", "catalogue_mib"),
        "peak memory, MiB": ("peak_mib",),
    }
    figure, axes = plt.subplots(1, len(shown), figsize=(14, 3.2))
    for axis, (title, names) in zip(axes, shown.items(), strict=True):
        for name in names:
            axis.plot(sizes, [row[name] for row in rows], marker="o", label=name.replace("_", " "))
        axis.set(title=title, xlabel="passages", xscale="log")
        axis.set_ylim(bottom=0)
        axis.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 50_000])
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--database", default="", help="an empty database, for several machines")
    parser.add_argument("--chroma", default="", help="the Chroma server of their vectors")
    parser.add_argument("--processes", type=int, default=1, help="how many of them ask")
    parser.add_argument("--seconds", type=float, default=30.0, help="for how long they ask")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.database:
        from tests.benchmarks.machines import measure as measure_machines  # which reads this module

        [size] = asked.sizes
        figures = measure_machines(asked.database, asked.chroma, size, asked.processes, asked.seconds)
        print(json.dumps(figures) if asked.json else "  ".join(f"{key} {value}" for key, value in figures.items()))
        return
    rows = []
    for size in asked.sizes:
        with multiprocessing.get_context("spawn").Pool(1) as alone:
            rows.append(alone.apply(measure, (size,)))
        if not asked.json:
            print("  ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
    if asked.json:
        print(json.dumps(rows, indent=1))
    if asked.picture:
        picture(rows, asked.picture)


if __name__ == "__main__":
    main()
