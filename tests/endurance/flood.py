"""A hundred questions a second for a minute from one address, each under a new session, while others ask as ever.

What is held: every one of them is answered or told to come back, people at other addresses and at the flooding one are
answered meanwhile, memory is given back, and afterwards a question is answered at once.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.app import open_app
from assistant.settings import Settings, read_settings
from tests.endurance.promises import Promise, at_most, none_of
from tests.endurance.soak import resident
from tests.endurance.visitors import Ended, Visit, Visitors, crowd
from tests.serving import started

_QUESTIONS = (
    "Do we need a local representative to sell a class II device in Japan?",
    "How long does the approval of a class III device take in Brazil?",
    "What does a 510(k) cost for a small company in the USA?",
    "Who may import a food supplement into South Korea?",
)
_FLOODING, _ELSEWHERE = "203.0.113.7", "198.51.100.{}"
_EVERY = 5.0  # seconds between two honest questions at an address
_CROWDS, _CROWD = 3, 100  # who ask until memory is measured
_FORGOTTEN = 45.0  # seconds after the last of them
_WAITING = 60.0  # seconds that an honest person waits at the flooding address
_BESIDE = 10.0  # seconds that one at another address waits
_GROWTH = 10.0  # per cent
_RECOVERED = 10.0  # seconds


@dataclass(frozen=True)
class Size:
    """How many come a second, and for how many seconds."""

    a_second: int
    seconds: int


_LONG, _SHORT = Size(100, 60), Size(30, 15)


def run(*, short: bool) -> list[Promise]:
    """Serve, flood, and tell what was held."""
    size = _SHORT if short else _LONG
    read_settings()
    with tempfile.TemporaryDirectory(prefix="flood-") as folder:
        home = Path(folder)
        app = open_app(Settings(home=home))
        app.upkeep.make_ready(print)
        app.close()
        address, server = started(home, {"MARKET_ENTRY_TRUSTED_PROXY": "127.0.0.1"}, log=subprocess.DEVNULL)
        try:
            return asyncio.run(_flooded(Visitors(address), server.pid, size))
        finally:
            server.kill()
            server.wait()


async def _flooded(visitors: Visitors, pid: int, size: Size) -> list[Promise]:
    for _ in range(_CROWDS):
        await crowd(visitors, [_QUESTIONS[0]] * _CROWD)  # each thread has what it needs
    before = resident(pid)
    over = asyncio.Event()
    beside = asyncio.create_task(_honest(visitors, over, _ELSEWHERE))
    amid = asyncio.create_task(_honest(visitors, over, _FLOODING))
    began, worked = time.monotonic(), _processor(pid)
    flood = await _flood(visitors, size)
    took, worked = time.monotonic() - began, _processor(pid) - worked
    over.set()
    highest = resident(pid)
    others, neighbours = await beside, await amid
    last = await visitors.ask(_QUESTIONS[1], of=_ELSEWHERE.format(250))
    await asyncio.sleep(_FORGOTTEN)
    after = resident(pid)
    told = Counter(visit.ended.value for visit in flood)
    print(
        f"{len(flood)} questions, the last answer after {took:.0f} s, of which {worked:.0f} s of a processor are the"
        f" server's and {time.process_time():.0f} s the senders': {dict(told)};"
        f" {before:.0f} MiB before, {highest:.0f} at the end, {after:.0f} afterwards;"
        f" others: {_seen(others)}; at the same address: {_seen(neighbours)}; afterwards {last.whole:.1f} s",
        file=sys.stderr,
        flush=True,
    )
    what = f"{size.a_second} questions a second for {size.seconds} s"
    refused = [visit.why or visit.ended for visit in others if visit.ended is not Ended.ANSWERED]
    return [
        none_of(f"{what}: neither answered nor told", _failures(flood)),
        none_of(f"{what}: questions of other addresses that are not answered ({len(others)} were asked)", refused),
        at_most(f"{what}: how long others wait at most", _longest(others), _BESIDE, " s"),
        none_of(f"{what}: honest questions at its own address that fail", _failures(neighbours)),
        at_most(f"{what}: how long those wait at most", _longest(neighbours), _WAITING, " s"),
        at_most(
            f"{what}: memory afterwards, from {before:.0f} MiB", round(100 * (after / before - 1), 1), _GROWTH, " %"
        ),
        at_most(f"{what}: a question right after it", round(last.whole, 1), _RECOVERED, " s"),
    ]


async def _flood(visitors: Visitors, size: Size) -> list[Visit]:
    """So many a second, whether or not those before them were answered."""
    asked = []
    began = time.monotonic()
    for number in range(size.a_second * size.seconds):
        question = random.choice(_QUESTIONS)  # noqa: S311 - no secret
        asked.append(asyncio.create_task(visitors.ask(question, of=_FLOODING)))
        await asyncio.sleep(max(began + number / size.a_second - time.monotonic(), 0))
    return list(await asyncio.gather(*asked))


async def _honest(visitors: Visitors, over: asyncio.Event, address: str) -> list[Visit]:
    """People who ask one after the other until it is over; who is asked to come back does."""
    visits: list[Visit] = []
    while not over.is_set():
        visits.append(await visitors.ask(random.choice(_QUESTIONS), of=address.format(len(visits))))  # noqa: S311
        await asyncio.sleep(_EVERY)
    return visits


def _processor(pid: int) -> float:
    """Seconds that a process has had of a processor: where they are few, others had them."""
    used = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[11:13]
    return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")


def _failures(visits: Sequence[Visit]) -> list[str]:
    why = Counter(visit.why for visit in visits if visit.ended is Ended.FAILED)
    return [f"{count} of {one}" for one, count in why.items()]


def _longest(visits: Sequence[Visit]) -> float:
    return round(max(visit.whole for visit in visits), 1)


def _seen(visits: Sequence[Visit]) -> str:
    told = Counter(visit.ended.value for visit in visits)
    median = np.median([visit.whole for visit in visits])
    return f"{dict(told)}, {median:.1f} s at the median, {_longest(visits)} at most"
