"""Files that are made to cost much, taken in by the real program: each costs one refusal, or the text that it has.

What is held: every file has an outcome, whoever asks stays small, workers stay within their memory and time, nothing
is left of them, and the next honest file is taken.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

from corpus.catalogue.catalogue import Catalogue
from corpus.files.sandbox import LIMITS
from corpus.intake.intake import Intake, IntakeOptions, Refused
from tests.bombs import BOMBS
from tests.endurance.promises import Promise, at_most, none_of

_SHORT = {"ten-gigabytes.zip", "nested-wide.zip", "stream-of-ten-gigabytes.pdf", "laughs.docx", "pixels.docx"}
_SECONDS = 300.0  # of a whole file on the clock, an archive's members together
_ASKING = 300.0  # MiB that the asking process may grow
_WORKER = LIMITS.memory / 2**20
_SLOW = 10.0  # seconds
_GOOD = " ".join(f"Number {number} of a good text is told here." for number in range(40))


@dataclass
class Cost:
    """What a file cost: its outcomes by kind, seconds, and the highest MiB of the asking process and of a worker."""

    name: str
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    asking: float = 0.0
    worker: float = 0.0
    failed: str = ""

    def __str__(self) -> str:
        ends = self.failed or ", ".join(f"{count} {kind}" for kind, count in self.outcomes.items())
        return f"{self.name}: {ends}; {self.seconds:.1f} s, {self.asking:.0f} and {self.worker:.0f} MiB"


def run(*, short: bool) -> list[Promise]:
    """Take in one after the other, and tell what was held; a line about each goes to stderr."""
    with tempfile.TemporaryDirectory(prefix="bombs-") as folder:
        return _taken_in(Path(folder), short=short)


def _taken_in(folder: Path, *, short: bool) -> list[Promise]:
    promises = []
    with closing(Catalogue(folder / "catalogue.sqlite")) as catalogue:
        intake = Intake(catalogue, who="ana")
        _cost(intake, _written(folder, "first.txt", f"First. {_GOOD}".encode()))  # what is imported once
        before = _memory(os.getpid())
        for kind, bombs in BOMBS.items():
            costs = [
                _cost(intake, _written(folder, name, make()))
                for name, make in bombs.items()
                if not short or name in _SHORT
            ]
            promises += list(_held(kind, costs, before))
        honest = _cost(intake, _written(folder, "last.txt", f"Last. {_GOOD[::-1]}".encode()))
        promises.append(none_of("honest files that are not taken afterwards", _not(honest, "Taken")))
        promises.append(none_of("processes that are left of workers", _left()))
    return promises


def _held(kind: str, costs: list[Cost], before: float) -> Iterator[Promise]:
    slowest = max(costs, key=lambda one: one.seconds)
    what = f"{len(costs)} bombs, {kind}"
    yield none_of(f"{what}: no outcome", [f"{one.name}: {one.failed}" for one in costs if one.failed])
    yield at_most(f"{what}: the longest ({slowest.name})", round(slowest.seconds, 1), _SECONDS, " s")
    yield at_most(f"{what}: a worker's memory", round(max(one.worker for one in costs)), _WORKER, " MiB")
    asking = max(one.asking for one in costs) - before
    yield at_most(f"{what}: what the asking process grew, from {before:.0f} MiB", round(asking), _ASKING, " MiB")


def _cost(intake: Intake, path: Path) -> Cost:
    cost = Cost(path.name)
    began = time.monotonic()
    with _watched(cost):
        try:
            for outcome in intake.add(str(path), IntakeOptions()):
                kind = type(outcome.error).__name__ if isinstance(outcome, Refused) else type(outcome).__name__
                cost.outcomes[kind] += 1
        except Exception as error:  # noqa: BLE001 - what a bomb broke is what is looked for
            cost.failed = repr(error)[:300]
    cost.seconds = time.monotonic() - began
    path.unlink()
    print(cost, file=sys.stderr, flush=True)
    return cost


@contextmanager
def _watched(cost: Cost) -> Iterator[None]:
    """Look at the memory of this process and of those below it until the block ends."""
    over = Event()

    def look() -> None:
        while not over.wait(0.1):
            cost.asking = max(cost.asking, _memory(os.getpid()))
            cost.worker = max([cost.worker, *(_memory(pid) for pid in _below(os.getpid()))])

    watch = Thread(target=look)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def _below(pid: int) -> list[int]:
    """The processes that a process started, and those that they did."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has ended
            continue
    found, more = [], [pid]
    while more:
        more = [child for child, parent in parents.items() if parent in more]
        found += more
    return found


def _memory(pid: int) -> float:
    """MiB that a process holds; none when it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
    except (OSError, IndexError):
        return 0.0


def _left() -> list[str]:
    """Workers and wardens that still live; the server that forks them does."""
    [server, *others] = sorted(_below(os.getpid()))
    return [f"{pid} beside {server}" for pid in others]


def _not(cost: Cost, kind: str) -> list[str]:
    return [] if set(cost.outcomes) == {kind} else [str(cost)]


def _written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path
