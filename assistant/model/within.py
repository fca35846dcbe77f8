"""Pieces that come within a time, whatever their maker does: looks up a name, is silent, or sends what is no piece."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Generic, TypeVar

Piece = TypeVar("Piece")


class TooLate(TimeoutError):
    """A piece, or all of them, took longer than they may."""


class Within(Generic[Piece]):
    """What a function makes in a thread of its own, whose maker is left alone when the time is up.

    Args:
        make: is given a function that says whether the pieces are still wanted.
        seconds: for a piece; it may be set between two of them.
        longest: seconds for all.
    """

    def __init__(self, make: Callable[[Callable[[], bool]], Iterator[Piece]], seconds: float, longest: float) -> None:
        self.seconds = seconds
        self._make = make
        self._end = time.monotonic() + longest
        self._queue: SimpleQueue[tuple[Piece | None, BaseException | None]] = SimpleQueue()
        self._stopped = Event()

    def __iter__(self) -> Iterator[Piece]:
        """The pieces.

        Raises:
            TooLate: the time is up.
            Exception: what their maker raises.
        """
        Thread(target=self._run, name="chat model", daemon=True).start()
        try:
            while True:
                piece, error = self._next()
                if error is not None:
                    raise error
                if piece is None:
                    return
                yield piece
        finally:
            self._stopped.set()

    def _next(self) -> tuple[Piece | None, BaseException | None]:
        left = min(self.seconds, self._end - time.monotonic())
        try:
            return self._queue.get(timeout=max(left, 0.0))
        except Empty:
            raise TooLate(f"nothing more within {left:.0f} seconds") from None

    def _run(self) -> None:
        try:
            for piece in self._make(lambda: not self._stopped.is_set()):
                if self._stopped.is_set():
                    return
                self._queue.put((piece, None))
        except BaseException as error:  # noqa: BLE001 - it is raised where the pieces are awaited
            self._queue.put((None, error))
        else:
            self._queue.put((None, None))
