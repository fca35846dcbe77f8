"""Fifty people at once, and then five hundred.

A server of its own process quotes from the shipped library and thousands of drawn passages beside it. People ask
over the protocol of the page. They share the machine with the server, so the figures are worse than a server's alone.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import numpy as np

from assistant.app import open_app
from assistant.settings import Settings, read_settings
from index.build import embedded
from index.embedding import EmbeddingModel
from index.vector_cache import VectorCache
from tests.conftest import PATIENCE, PROJECT
from tests.drawn_library import Drawn, fill
from tests.endurance.promises import Promise, at_most, none_of
from tests.endurance.visitors import Ended, Visit, Visitors, crowd
from tests.serving import started

_QUESTIONS = PROJECT / "tests/benchmarks/questions.jsonl"
_FIRST_CLAIM = 2.0  # seconds, for nineteen in twenty
_RECOVERED = 10.0  # seconds after the crowd
_STOPPED = 20.0  # seconds
_LONGEST = 60.0  # seconds until the last of a crowd knows


@dataclass(frozen=True)
class Size:
    """How large a run is."""

    passages: int
    people: int
    every: float  # seconds between two questions of one of them
    seconds: float
    crowd: int


_LONG = Size(passages=20_000, people=50, every=20, seconds=300, crowd=500)
_SHORT = Size(passages=2_000, people=20, every=10, seconds=15, crowd=150)


def run(*, short: bool) -> list[Promise]:
    """Serve, ask, and tell what was held."""
    size = _SHORT if short else _LONG
    read_settings()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        library(home, size.passages)
        address, server = started(home, log=subprocess.DEVNULL)
        try:
            visitors = Visitors(address)
            steady = asyncio.run(_steadily(visitors, size))
            rush = asyncio.run(crowd(visitors, _questions(size.crowd)))
            return [*_steady(steady, size), *_rushed(rush), _recovered(visitors), _stopped(address, server)]
        finally:
            server.kill()
            server.wait()


def library(home: Path, passages: int) -> None:
    """Make a home with the shipped library and so many drawn passages, all their vectors known."""
    app = open_app(Settings(home=home))
    try:
        fill(app.catalogue, passages)
        model = app.cache.model
        drawn = EmbeddingModel(model.name, model.engine, model.dimension, Drawn(model.embeddings))
        VectorCache(home / "vectors.sqlite", drawn).embed(sorted(embedded(app.catalogue.in_play())))
        app.upkeep.build()
    finally:
        app.close()


async def _steadily(visitors: Visitors, size: Size) -> list[Visit]:
    """Everybody asks, waits and asks again; they do not begin at the same time."""

    async def person(number: int) -> list[Visit]:
        session, visits = secrets.token_hex(6), []
        await asyncio.sleep(size.every * number / size.people)
        end = time.monotonic() + size.seconds
        for question in _questions(int(size.seconds / size.every) + 1, number):
            due = time.monotonic() + size.every
            if due > end + size.every:
                break
            visits.append(await visitors.ask(question, session))
            await asyncio.sleep(max(due - time.monotonic(), 0))
        return visits

    everybody = await asyncio.gather(*(person(number) for number in range(size.people)))
    return [visit for visits in everybody for visit in visits]


def _steady(visits: list[Visit], size: Size) -> list[Promise]:
    firsts = [visit.first_claim for visit in visits if visit.first_claim is not None]
    people = f"{size.people} people asking every {size.every:g} s, {len(visits)} questions"
    slowest = round(float(np.percentile(firsts, 95)), 2) if firsts else float("inf")
    return [
        at_most(f"{people}: the first statement, 95th percentile", slowest, _FIRST_CLAIM, " s"),
        none_of(f"{people}: not answered", _others(visits, Ended.ANSWERED)),
    ]


def _rushed(visits: list[Visit]) -> list[Promise]:
    counts = {ended: sum(visit.ended is ended for visit in visits) for ended in Ended}
    told = f"{counts[Ended.ANSWERED]} answered, {counts[Ended.REFUSED]} asked to come back"
    longest = round(max(visit.whole for visit in visits), 1)
    return [
        none_of(f"{len(visits)} at once: neither answered nor told", _others(visits, Ended.ANSWERED, Ended.REFUSED)),
        Promise(
            f"{len(visits)} at once: some of each", told, "both", all(counts[one] for one in Ended if one != "failed")
        ),
        at_most(f"{len(visits)} at once: until the last one knows", longest, _LONGEST, " s"),
    ]


def _recovered(visitors: Visitors) -> Promise:
    """How long after a crowd a new question is answered as quickly as before it."""
    started = time.monotonic()
    while (after := time.monotonic() - started) <= 6 * _RECOVERED:
        visit = asyncio.run(visitors.ask(_questions(1)[0]))
        if visit.ended is Ended.ANSWERED and visit.whole <= _FIRST_CLAIM:
            break
        time.sleep(0.5)
    return at_most("after a crowd: until a new question is answered within 2 s", round(after, 1), _RECOVERED, " s")


def _stopped(address: str, server: subprocess.Popen[str]) -> Promise:
    """How long a server goes on that is told to stop while somebody has a page open."""
    with urlopen(f"{address}/gradio_api/heartbeat/openpage", timeout=PATIENCE) as page:  # noqa: S310 - our own address
        page.read(1)
        began = time.monotonic()
        server.terminate()
        server.wait()
    return at_most(
        "told to stop while a page is open: until it has", round(time.monotonic() - began, 1), _STOPPED, " s"
    )


def _others(visits: list[Visit], *ended: Ended) -> list[str]:
    return [f"{visit.ended}: {visit.why}" for visit in visits if visit.ended not in ended]


def _questions(count: int, seed: int = 0) -> list[str]:
    known = [json.loads(line)["text"] for line in _QUESTIONS.read_text("utf-8").splitlines()]
    return random.Random(seed).choices(known, k=count)  # noqa: S311 - a sample, no secret
