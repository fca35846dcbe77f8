"""Files that somebody sends in, on the disk for as long as they are read."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from fastapi import UploadFile

from corpus.scratch import scratch_folder

_LONGEST_NAME = 200  # bytes of a file's name on the disk


@contextmanager
def on_disk(files: Iterable[UploadFile]) -> Iterator[list[Path]]:
    """The files that were sent, under their own names, each in a folder of its own that is removed in the end."""
    with scratch_folder("upload") as folder:
        paths = []
        for number, file in enumerate(files):
            if file.filename:
                path = folder / str(number) / _name(file.filename)
                path.parent.mkdir()
                with path.open("wb") as written:
                    shutil.copyfileobj(file.file, written)
                paths.append(path)
        yield paths


def _name(sent: str) -> str:
    """The last part of a name that was sent, short enough for the disk, its suffix kept."""
    name = PurePosixPath(sent.replace("\\", "/").replace("\0", "")).name
    name = "file" if name in ("", ".", "..") else name
    suffix = PurePosixPath(name).suffix[:20]
    stem = name.removesuffix(suffix).encode()[: _LONGEST_NAME - len(suffix.encode())].decode("utf-8", "ignore")
    return stem + suffix
