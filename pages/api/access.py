"""How a route of the API says which keys may use it.

    Asking = Annotated[Key, key(Scope.ASK, asks=True)]

A route without such a key is not served, unless it stands among the open ones (see `site.py`).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from assistant.accounts.accounts import Permission, may
from assistant.accounts.keys import Key, KeyRefused, Keys, Scope
from pages.api.problems import ScopeLacking
from pages.shared.rate_limit import RateLimit, TooOften

INTAKE = "/intake"  # where files are brought
_A_MINUTE = 60.0
_REQUESTS = 10  # of all kinds, for each question that a key may ask
_BEARER = HTTPBearer(auto_error=False, scheme_name="key", description="A key that an administrator has made.")


class KeyPace:
    """How often each key may come: with questions, and with requests of all kinds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._questions, self._requests = RateLimit(0, _A_MINUTE, now), RateLimit(0, _A_MINUTE, now)
        self._lock = Lock()

    def admit(self, key: Key, *, asks: bool) -> None:
        """Count one more.

        Raises:
            TooOften: that would be too many; it is not counted.
        """
        whose = str(key.number)
        with self._lock:
            wait = self._requests.wait(whose, key.a_minute * _REQUESTS)
            wait = max(wait, self._questions.wait(whose, key.a_minute) if asks else 0)
            if wait:
                raise TooOften("api_come_back", wait, seconds=wait)
            self._requests.count(whose)
            if asks:
                self._questions.count(whose)


@dataclass(frozen=True)
class Gate:
    """Lets keys in."""

    keys: Keys
    pace: KeyPace

    def admit(self, token: str, scope: Scope, *, asks: bool) -> Key:
        """The key of a token that may do what belongs to a scope, now.

        Raises:
            KeyRefused: there is no valid one.
            ScopeLacking: it is for something else.
            TooOften: it comes more often than it may.
        """
        found = self.keys.used(token)
        self.pace.admit(found, asks=asks)
        if scope not in found.scopes:
            raise ScopeLacking("api_scope", scope=scope)
        return found


@dataclass(frozen=True)
class Needs:
    """The key that is sent, if it is for this; `asks` for what costs as much as a question."""

    scope: Scope
    asks: bool = False
    act: Permission | None = None  # what the key's account has to be allowed

    def __call__(self, request: Request, sent: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]) -> Key:
        """Let the key in.

        Raises:
            KeyRefused: none was sent, or none that is valid.
            ScopeLacking: it is for something else, or its account may not do this.
            TooOften: it comes more often than it may.
        """
        if sent is None:
            raise KeyRefused("key_refused")
        gate: Gate = request.app.state.gate
        found = gate.admit(sent.credentials, self.scope, asks=self.asks)
        if self.act is not None and not may(found.account, self.act):
            raise ScopeLacking("api_not_allowed")
        return found


def brings_files(gate: Gate) -> Callable[[Request], bool]:
    """Whether a request may be a large one: a file to be taken in, with a key that may do that."""

    def brings(request: Request) -> bool:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if not request.url.path.endswith(INTAKE) or kind.lower() != "bearer":
            return False
        try:
            found = gate.keys.used(token.strip())
        except KeyRefused:
            return False
        return Scope.CURATE in found.scopes and may(found.account, Permission.WRITE)

    return brings


def key(scope: Scope, *, asks: bool = False, act: Permission | None = None) -> Any:  # noqa: ANN401 - as FastAPI has it
    """The key that a route needs."""
    return Depends(Needs(scope, asks, act))


Asking = Annotated[Key, key(Scope.ASK, asks=True)]
Telling = Annotated[Key, key(Scope.ASK)]  # what belongs to questions, and costs little
Reading = Annotated[Key, key(Scope.READ)]
