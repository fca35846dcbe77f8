"""Leaves whoever has failed several times in a row alone for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

_FAILURES = 3
_SECONDS = 30.0


@dataclass
class CircuitBreaker:
    """Closed as long as attempts succeed; open after some failures in a row, but for one probe in so many seconds."""

    failures: int = _FAILURES
    seconds: float = _SECONDS
    now: Callable[[], float] = time.monotonic
    _failed: int = 0
    _next: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    @property
    def open(self) -> bool:
        """Whether attempts are refused."""
        return self._failed >= self.failures

    def admits(self) -> bool:
        """Whether an attempt may be made now. Whoever is let in tells `succeeded` or `failed` what became of it."""
        with self._lock:
            if not self.open:
                return True
            if self.now() < self._next:
                return False
            self._next = self.now() + self.seconds
            return True

    def succeeded(self) -> None:
        """Close it."""
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        """Count a failure."""
        with self._lock:
            self._failed += 1
            self._next = self.now() + self.seconds
