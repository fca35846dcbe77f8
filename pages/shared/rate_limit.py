"""How often something may come: a moving window.

The package `limits` does this too, but measures by the wall clock, keeps a thread for what is out of date, and cannot
ask several limits before it counts for any of them.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from assistant.accounts.attempts import network_of
from assistant.texts import ComeBack

_A_MINUTE, _AN_HOUR = 60.0, 3600.0


class TooOften(ComeBack):
    """One person, or one household, asks for more than its share."""


@dataclass
class RateLimit:
    """At most so many in so many seconds, of each who comes. Whoever shares it between threads holds a lock."""

    most: int
    seconds: float
    now: Callable[[], float] = time.monotonic
    _came: deque[tuple[float, str]] = field(default_factory=deque)
    _counts: Counter[str] = field(default_factory=Counter)

    def wait(self, whose: str, most: int | None = None) -> float:
        """The seconds until they may come once more; 0 when that is now. `most` is a limit of their own."""
        self._forget()
        if self._counts[whose] < (self.most if most is None else most):
            return 0
        oldest = next(at for at, known in self._came if known == whose)
        return oldest + self.seconds - self.now()

    def count(self, whose: str) -> None:
        """They have come."""
        self._came.append((self.now(), whose))
        self._counts[whose] += 1

    def _forget(self) -> None:
        while self._came and self._came[0][0] <= self.now() - self.seconds:
            _, whose = self._came.popleft()
            self._counts[whose] -= 1
            if not self._counts[whose]:
                del self._counts[whose]


class RateLimits:
    """Lets one household through so often, and all together so often; `sentence` is shown to whoever has to wait."""

    def __init__(self, sentence: str, of_one: RateLimit, of_all: RateLimit) -> None:
        self._sentence = sentence
        self._of_one = of_one
        self._of_all = of_all
        self._lock = Lock()

    def admit(self, address: str) -> None:
        """Count one more.

        Raises:
            TooOften: that would be too many; it is not counted.
        """
        network = network_of(address)
        with self._lock:
            wait = max(self._of_one.wait(network), self._of_all.wait(""))
            if wait:
                raise TooOften(self._sentence, wait)
            self._of_one.count(network)
            self._of_all.count("")


def sending(now: Callable[[], float] = time.monotonic) -> RateLimits:
    """What strangers may send in: people have to read it."""
    return RateLimits("practice_too_many", RateLimit(5, _AN_HOUR, now), RateLimit(50, _AN_HOUR, now))


def making(now: Callable[[], float] = time.monotonic) -> RateLimits:
    """Comparisons, plans, files and previews of letters, or searches: fifty people at a fair may share an address."""
    return RateLimits("pages_too_often", RateLimit(120, _A_MINUTE, now), RateLimit(600, _A_MINUTE, now))
