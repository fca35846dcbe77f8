"""The files that documents were read from, kept unchanged under the SHA-256 of their bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

from corpus.errors import KnownError


class OriginalUnavailable(KnownError):
    """An original cannot be kept or read."""

    retryable = True


class Originals:
    """A folder with a file for each original. Equal files are kept once.

    Raises:
        OriginalUnavailable: from every method, when the folder cannot be read or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, data: bytes) -> str:
        """Keep a file, whole or not at all; returns its digest."""
        key = hashlib.sha256(data).hexdigest()
        path = self._folder / key
        part = self._folder / f"{key}.part-{uuid4().hex}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            raise self._unavailable(error) from error
        return key

    def read(self, key: str) -> bytes:
        """The bytes of an original."""
        try:
            return (self._folder / key).read_bytes()
        except OSError as error:
            raise self._unavailable(error) from error

    def remove_all_but(self, keys: Iterable[str]) -> None:
        """Remove the files of all other originals, and what crashes left behind."""
        kept = set(keys)
        try:
            for path in self._folder.iterdir() if self._folder.exists() else ():
                if path.name not in kept:
                    path.unlink()
        except OSError as error:
            raise self._unavailable(error) from error

    def _unavailable(self, error: OSError) -> OriginalUnavailable:
        return OriginalUnavailable(
            f"The originals in {self._folder} cannot be used just now ({error.strerror});"
            " check the folder's rights and the free space on the disk, then try again."
        )
