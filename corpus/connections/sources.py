"""What the kinds of places have in common: they list their entries, and bring one of them at a time."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from corpus.connections.places import MetEntry
from corpus.errors import KnownError, NotFetched, TooLarge, Unreadable
from corpus.files.sandbox import LIMITS

MOST_ENTRIES = 5_000  # of a place
_SECONDS = 300  # for the bytes of one entry
_CLIMBING = ("", ".", "..")  # parts of a name that no file has


class PlaceGone(KnownError):
    """A place that does not answer, or no longer."""

    retryable = True

    def __init__(self, address: str, why: object) -> None:
        super().__init__(
            f"{address} does not answer ({why}); what was taken in stays, and the next run goes on where this one"
            " ended."
        )


class TooManyEntries(KnownError):
    """A place with more entries than are looked at."""

    def __init__(self, address: str) -> None:
        super().__init__(f"{address} has more than {MOST_ENTRIES:,} entries; connect parts of it one by one.")


@dataclass(frozen=True)
class FoundEntry:
    """A file or page of a place; what is known of its version is its `stamp`, empty where only its bytes tell."""

    name: str
    stamp: str


@dataclass(frozen=True)
class Brought:
    """What was brought: what the file is called, where it lies there, and by what to ask whether it has changed."""

    called: str
    origin: str
    url: str = ""
    etag: str = ""
    modified: str = ""


class EntrySource(Protocol):
    """A place as it can be read."""

    def entries(self, met: Mapping[str, MetEntry]) -> Iterator[FoundEntry | Unreadable]:
        """Its entries, and those that are none.

        Raises:
            PlaceGone: it does not answer.
            TooManyEntries: it has too many.
        """
        ...

    def bring(self, found: FoundEntry, met: MetEntry | None, to: Path) -> Brought | None:
        """Write an entry to a file; None where it is the one that was met.

        Raises:
            Unreadable: it cannot be had.
            PlaceGone: the place does not answer any more.
        """
        ...


def climbs(name: str) -> bool:
    """Whether a name leads out of the place that gives it, or is none."""
    return any(part in _CLIMBING for part in name.split("/")) or "\\" in name or "\0" in name


def written(pieces: Iterable[bytes], to: Path, name: str) -> None:
    """Write what comes, as long as it is not more than is read of a file, and comes in time.

    Raises:
        TooLarge, NotFetched: it is not so.
    """
    deadline, size = time.monotonic() + _SECONDS, 0
    with to.open("wb") as file:
        for piece in pieces:
            size += file.write(piece)
            if size > LIMITS.size:
                raise TooLarge(name, f"{LIMITS.size >> 20:,} MiB are read at most")
            if time.monotonic() > deadline:
                raise NotFetched(name, f"it took more than {_SECONDS} seconds")
