"""How much strangers may send in: people have to read it."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from assistant.attempts import network_of
from assistant.texts import TranslatedError

_AN_HOUR = 3600.0
_MOST = 5  # of one household in an hour
_MOST_OF_ALL = 50  # in an hour, whoever sends them


class TooMuchSent(TranslatedError):
    """More was sent in an hour than people can read."""


@dataclass
class Pace:
    """How much may come in: a few an hour from one household, and not too many from all together."""

    now: Callable[[], float] = time.monotonic
    _came: deque[tuple[float, str]] = field(default_factory=deque)
    _lock: Lock = field(default_factory=Lock)

    def admit(self, address: str) -> None:
        """Count one more.

        Raises:
            TooMuchSent: that would be too many; it is not counted.
        """
        network = network_of(address)
        with self._lock:
            while self._came and self._came[0][0] < self.now() - _AN_HOUR:
                self._came.popleft()
            if len(self._came) >= _MOST_OF_ALL or sum(known == network for _, known in self._came) >= _MOST:
                raise TooMuchSent("practice_too_many")
            self._came.append((self.now(), network))
