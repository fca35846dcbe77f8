"""Turns at what takes a processor for a second or more: so many at once, so many wait, the others come back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from assistant.texts import ComeBack

AT_ONCE = 2
PATIENCE = 8.0  # seconds that who waits for a turn does so
_WAITING = 8  # others at most; who waits keeps a thread from other pages


class ComputingBusy(ComeBack):
    """More is asked for than this machine can compute at once."""


class Turns:
    """Who comes first is served first; who would wait too long is told so."""

    def __init__(self, at_once: int = AT_ONCE, patience: float = PATIENCE) -> None:
        self._places, self._turns = BoundedSemaphore(at_once + _WAITING), BoundedSemaphore(at_once)
        self._patience = patience

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One of the turns.

        Raises:
            ComputingBusy: none has become free, or too many wait for one.
        """
        with self._held(self._places, 0), self._held(self._turns, self._patience):
            yield

    @contextmanager
    def _held(self, places: BoundedSemaphore, patience: float) -> Iterator[None]:
        if not places.acquire(timeout=patience):
            raise ComputingBusy("made_too_busy", self._patience)
        try:
            yield
        finally:
            places.release()
