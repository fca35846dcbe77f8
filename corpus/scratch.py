"""Temporary folders that a process holds by a lock, so that what a killed one leaves behind can be told and removed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from shutil import rmtree

PREFIX = "market-entry-"


@contextmanager
def scratch_folder(what: str) -> Iterator[Path]:
    """A folder for this block alone, removed with all that is in it; `what` stands in its name."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{what}-"))
    try:
        with _held(folder):
            yield folder
    finally:
        rmtree(folder, ignore_errors=True)


def left_over() -> dict[Path, float]:
    """Those folders of this user that no process holds any more, and when somebody wrote to them last."""
    found: dict[Path, float] = {}
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError), _held(path):  # it is held, or another's, or went meanwhile
            about = path.stat()
            if about.st_uid == os.getuid():
                found[path] = about.st_mtime
    return found


def clear() -> int:
    """Remove what processes that were killed have left; returns how many folders that were."""
    gone = 0
    for path in left_over():
        with suppress(OSError), _held(path):
            rmtree(path)
            gone += 1
    return gone


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Hold a folder, as long as nobody else does; the system lets go of it when the process ends, however it does.

    Raises:
        OSError: somebody else does, or it is no folder that can be read.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        flock(descriptor, LOCK_EX | LOCK_NB)
        yield
    finally:
        os.close(descriptor)
