"""Weeks of use in a short time: libraries published again and again, thousands of questions, and what is then left.

Passages are drawn as `tests.drawn_library` draws them. The questions go to a server of its own process, by the way
that a browser takes: Gradio's queue, each few questions as a session of its own.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from uuid import uuid4

from assistant.app import open_app
from assistant.settings import Settings, read_settings
from corpus.catalogue.catalogue import Catalogue
from corpus.documents import Passage, Stage, Version, digest
from index.build import Index
from index.e5.model import DIMENSION, e5
from index.embedding import EmbeddingModel
from index.removal import finish_purges, purge
from index.vector_cache import VectorCache
from tests.benchmarks.scale import questions
from tests.drawn_library import Drawn, fill
from tests.endurance.promises import Promise, at_most, none_of
from tests.endurance.visitors import Ended, Visitors
from tests.serving import started

_CYCLES, _PASSAGES, _QUESTIONS = 30, 3_000, 2_000
_SHORT = (6, 200, 60)
_A_SESSION = 4  # questions
_AT_ONCE = 2
_FOUND = 10.0  # seconds of a processor
_WARM_UP = 0.25  # of the questions, until memory is measured
_WORD = "quokka{cycle}zyzzyva"  # stands in one document of each cycle, which is purged


def run(*, short: bool) -> list[Promise]:
    """Publish and build in cycles, then ask a server, and see what has grown and what is still there."""
    read_settings()
    cycles, passages, asked = _SHORT if short else (_CYCLES, _PASSAGES, _QUESTIONS)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        home = Path(folder)
        return [*_publishing(home / "drawn", cycles, passages), *_asking(home / "served", asked)]


# Publishing


def _publishing(home: Path, cycles: int, passages: int) -> Iterator[Promise]:
    """Each cycle takes the library of the last one out, publishes another one of that size, and builds the index."""
    home.mkdir()
    model = EmbeddingModel("drawn", "1", DIMENSION, Drawn(e5(home / "models").embeddings))
    catalogue = Catalogue(home / "catalogue.sqlite")
    cache = VectorCache(home / "vectors.sqlite", model)
    index = Index(home / "index", model)
    seconds, ratios = [], []
    live = 0
    for cycle in range(cycles):
        old = [one.id for one in catalogue.documents(Stage.PUBLISHED)]
        fill(catalogue, passages, first=cycle * passages)
        _publish_word(catalogue, cycle)
        started = time.process_time()  # of the processor: other work on the machine is no growth
        index.build(catalogue, cache)
        seconds.append(time.process_time() - started)
        if old:
            purge(catalogue, old, who="soak", why="another library")
            finish_purges(catalogue, index, cache)
        size = _size(home) - _size(home / "models")
        live = live or size
        ratios.append(size / live)
        print(f"cycle {cycle + 1}: build {seconds[-1]:.1f} s, {size / 2**20:.0f} MiB", file=sys.stderr, flush=True)
    third = cycles // 3
    yield at_most("processor time from publishing to being found, the longest", round(max(seconds), 1), _FOUND, " s")
    yield at_most("disk after each cycle, as multiples of the first one's", round(max(ratios), 2), 2)
    growth = median(seconds[-third:]) / median(seconds[1 : 1 + third])
    yield at_most(
        "processor time of a build in the last third, as multiples of the first third's", round(growth, 2), 1.3
    )
    catalogue.close()
    gone = [_WORD.format(cycle=cycle) for cycle in range(cycles - 1)]
    yield none_of("files that hold a purged text", _holding(home, gone))
    assert _holding(home, [_WORD.format(cycle=cycles - 1)]), "the last library is there"


def _publish_word(catalogue: Catalogue, cycle: int) -> None:
    text = f"The word of this cycle is {_WORD.format(cycle=cycle)}."
    metadata = catalogue.documents(Stage.PUBLISHED)[0].metadata
    version = Version(f"secret-{cycle}", 1, metadata, text, digest(text))
    passage = Passage(version.document_id, 1, 0, "Words", text, "en")
    catalogue.add_version(version, [passage], origin="soak", stage=Stage.PUBLISHED, who="soak", why="")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _holding(folder: Path, words: list[str]) -> list[str]:
    """The files in whose bytes one of these words stands, whatever its encoding."""
    encoded = [re.escape(word.encode(encoding)) for word in words for encoding in ("utf-8", "utf-16-le")]
    pattern = re.compile(b"|".join(encoded), re.IGNORECASE)
    files = (path for path in folder.rglob("*") if path.is_file())
    return [str(path.relative_to(folder)) for path in files if pattern.search(path.read_bytes())]


# Asking


def _asking(home: Path, count: int) -> Iterator[Promise]:
    """Ask a server of the shipped library as browsers do, and see what its process has grown by."""
    app = open_app(Settings(home=home))
    app.upkeep.make_ready(print)
    app.close()
    address, server = started(home, log=subprocess.DEVNULL)
    try:
        visitors = Visitors(address)
        asked = [text for text, _ in questions(count)]
        warm = int(count * _WARM_UP)
        failed = asyncio.run(_ask_all(visitors, asked[:warm]))
        before = resident(server.pid)
        started_at = time.perf_counter()
        failed += asyncio.run(_ask_all(visitors, asked[warm:]))
        pace = (time.perf_counter() - started_at) / max(1, count - warm)
        after = resident(server.pid)
    finally:
        server.kill()
        server.wait()
    print(f"{count} questions, {pace:.2f} s each, {before:.0f} to {after:.0f} MiB", file=sys.stderr, flush=True)
    yield none_of(f"questions of {count} that were not answered", failed)
    yield at_most(f"memory from {before:.0f} MiB after a warm-up", round(100 * (after / before - 1), 1), 5, " %")


async def _ask_all(visitors: Visitors, asked: list[str]) -> list[str]:
    """Ask all, some in a session each; returns those without an answer."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def session(mine: list[str]) -> list[str]:
        async with places:
            name = uuid4().hex[:11]
            return [text for text in mine if (await visitors.ask(text, name)).ended is not Ended.ANSWERED]

    sessions = [asked[start : start + _A_SESSION] for start in range(0, len(asked), _A_SESSION)]
    return [text for failed in await asyncio.gather(*map(session, sessions)) for text in failed]


def resident(pid: int) -> float:
    """MiB that a process holds in memory."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found
    return int(found[1]) / 1024
