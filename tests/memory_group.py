"""Processes that may have so much memory together and no more: the kernel ends one of them when they want more."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOM = Path("/sys/fs/cgroup/memory")  # where the kernel's first kind of memory groups is found
_HELD = ("total_rss", "total_mapped_file")  # what processes use, beside files that are merely remembered
_RESTLESS = 2**20  # bytes more or less from one look to the next
_A_LOOK = 5  # seconds until the next


class MemoryGroup:
    """A memory group of the kernel. What a process took before it came in is not counted, so it begins inside."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def words(self) -> list[str]:
        """The words before a command by which it runs in the group from its beginning."""
        return ["/bin/sh", "-c", 'echo $$ > "$0" && exec "$@"', str(self._folder / "cgroup.procs")]

    @property
    def ended(self) -> int:
        """How many of its processes the kernel has ended for want of memory."""
        control = (self._folder / "memory.oom_control").read_text("utf-8").split()
        return int(control[control.index("oom_kill") + 1])

    def rest(self) -> None:
        """Wait until its processes want no more than they have."""
        before, used = 0, self._used()
        while abs(used - before) > _RESTLESS:
            time.sleep(_A_LOOK)
            before, used = used, self._used()

    def leave(self, mebibytes: int) -> None:
        """Let its processes have so much more than they have now."""
        self._limit(self._used() + mebibytes * 2**20)

    def _used(self) -> int:
        lines = (self._folder / "memory.stat").read_text("utf-8").splitlines()
        stat = {name: int(value) for name, value in map(str.split, lines)}
        return sum(stat[name] for name in _HELD)

    def free(self) -> None:
        """Let its processes have what there is."""
        self._limit(-1)

    def _limit(self, size: int) -> None:
        (self._folder / "memory.limit_in_bytes").write_text(str(size), "utf-8")

    def close(self) -> None:
        """Remove the group, once the last of its processes has ended."""
        while (self._folder / "cgroup.procs").read_text("utf-8"):
            time.sleep(0.05)
        self._folder.rmdir()


def why_none() -> str:
    """Why no group can be made on this machine; nothing where one can."""
    if not (ROOM / "memory.oom_control").exists():
        return "this machine has no memory groups of the first kind, or does not show them"
    return "" if os.access(ROOM, os.W_OK) else "memory groups of this machine are not ours to make"


@contextmanager
def memory_group() -> Iterator[MemoryGroup]:
    """A group that is removed in the end; its processes are to be ended before."""
    folder = ROOM / f"market-entry-test-{os.getpid()}-{time.monotonic_ns()}"
    folder.mkdir()
    group = MemoryGroup(folder)
    try:
        yield group
    finally:
        group.close()
