"""Work that a page shows as it goes on, and that goes on when nobody looks at the page any more."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar
from uuid import uuid4

from assistant.texts import TranslatedError
from corpus.errors import KnownError

T = TypeVar("T")

_log = logging.getLogger(__name__)


class _End:
    """Nothing more comes."""


class InBackground(Generic[T]):
    """What some work gives, piece by piece, from a thread of its own."""

    def __init__(self, work: Iterable[T]) -> None:
        self._done: SimpleQueue[T | KnownError | _End] = SimpleQueue()
        self._first: T | KnownError | _End | None = None
        Thread(target=self._work, args=(work,), name="taking in", daemon=True).start()

    def begin(self) -> None:
        """Wait for the first piece.

        Raises:
            KnownError: the work could not even begin.
        """
        self._first = self._done.get()
        if isinstance(self._first, KnownError):
            raise self._first

    def __iter__(self) -> Iterator[T]:
        """The pieces as they come, once.

        Raises:
            KnownError: the work has ended before its time.
        """
        piece = self._done.get() if self._first is None else self._first
        while not isinstance(piece, _End):
            if isinstance(piece, KnownError):
                raise piece
            yield piece
            piece = self._done.get()

    def _work(self, work: Iterable[T]) -> None:
        try:
            for piece in work:
                self._done.put(piece)
            self._done.put(_End())
        except KnownError as error:
            self._done.put(error)
        except Exception:  # noqa: BLE001 - the border of a thread: nobody else would hear of it
            log_id = uuid4().hex[:8]
            _log.exception("taking in has failed, log id %s", log_id)
            self._done.put(TranslatedError("page_failed", log_id=log_id))
