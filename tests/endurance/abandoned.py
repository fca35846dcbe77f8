"""A thousand questions that nobody listens to, each with the longest conversation that a server reads.

They come by sessions of their own, from one address, faster than they are answered; then nothing more comes. What is
held: memory is given back, and an honest question is answered meanwhile and afterwards.
"""

from __future__ import annotations

import asyncio
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from assistant.app import open_app
from assistant.settings import Settings, read_settings
from pages.shared.conversation import MOST_TURNS, Turn, to_keep
from tests.endurance.promises import Promise, at_most, none_of
from tests.endurance.soak import resident
from tests.endurance.visitors import Ended, Visitors, crowd
from tests.serving import started

_QUESTIONS, _SHORT = 1000, 150
_CROWDS, _CROWD = 3, 100  # people who ask and listen, until memory is measured
_AT_ONCE = 8
_FORGOTTEN = 45.0  # seconds after the last of them; what nobody hears is dropped after thirty
_GROWTH = 10.0  # per cent
_QUESTION = "Do we need a local representative to sell a class II device in Japan?"
_SIZES = (60_000, 3_000)  # characters of a turn: what a server once read, and what it reads now


def run(*, short: bool) -> list[Promise]:
    """Serve, leave questions alone, and tell what was held."""
    count = _SHORT if short else _QUESTIONS
    read_settings()
    with tempfile.TemporaryDirectory(prefix="abandoned-") as folder:
        home = Path(folder)
        app = open_app(Settings(home=home))
        app.upkeep.make_ready(print)
        app.close()
        address, server = started(home, {"MARKET_ENTRY_QUESTIONS_A_MINUTE": "1000"}, log=subprocess.DEVNULL)
        try:
            return asyncio.run(_abandoned(Visitors(address), server.pid, count))
        finally:
            server.kill()
            server.wait()


async def _abandoned(visitors: Visitors, pid: int, count: int) -> list[Promise]:
    for _ in range(_CROWDS):
        await crowd(visitors, [_QUESTION] * _CROWD)  # each thread has what it needs
    before = resident(pid)
    turns = await _longest(visitors)
    places = asyncio.Semaphore(_AT_ONCE)
    refused: list[int] = []

    async def leave() -> None:
        async with places:
            while (status := await visitors.abandon(_QUESTION, turns)) != httpx.codes.OK:
                refused.append(status)
                await asyncio.sleep(0.5)

    began = time.monotonic()
    leaving = asyncio.gather(*(leave() for _ in range(count)))
    await asyncio.sleep(5)
    amid = await visitors.ask(_QUESTION)
    await leaving
    took = time.monotonic() - began
    highest = resident(pid)
    await asyncio.sleep(_FORGOTTEN)
    after = resident(pid)
    honest = await visitors.ask(_QUESTION)
    size = sum(map(len, turns)) // 1000
    print(
        f"{count} of {size} kB in {took:.0f} s, {len(refused)} refused meanwhile;"
        f" {before:.0f} MiB before, {highest:.0f} at the end, {after:.0f} afterwards;"
        f" an honest question: {amid.ended} after {amid.whole:.1f} s, {honest.ended} after {honest.whole:.1f} s",
        file=sys.stderr,
        flush=True,
    )
    growth = round(100 * (after / before - 1), 1)
    failed = [visit.why for visit in (amid, honest) if visit.ended is Ended.FAILED]
    return [
        at_most(f"memory after {count} abandoned questions, from {before:.0f} MiB", growth, _GROWTH, " %"),
        none_of("honest questions that fail amid them and afterwards", failed),
        none_of("questions that are refused afterwards", [] if honest.ended is Ended.ANSWERED else [honest.ended]),
    ]


async def _longest(visitors: Visitors) -> list[str]:
    """The longest conversation that the server reads."""
    for size in _SIZES:
        turns = [text for _ in range(MOST_TURNS) for text in to_keep([Turn(secrets.token_hex(size // 2), "en")])]
        if await visitors.abandon(_QUESTION, turns) == httpx.codes.OK:
            return turns
    raise AssertionError("no conversation is read")
