"""Connections that do not get on: closed after a time, and the first to go when there are too many.

uvicorn waits for ever for the head or the body of a request, and for who does not fetch an answer. A thousand such
connections are all the files that a process may open as a rule; with a limit of its own, uvicorn would then refuse
everybody else.
"""

from __future__ import annotations

import asyncio
import resource
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from assistant.accounts.attempts import network_of

MOST = 2000  # at once
_FILES = 16384  # of a process; each connection is one, and the stores, the index and what is served are some hundred
_ROOM = 8  # a part of all that is made free at once, so that looking for it costs little


@dataclass(frozen=True)
class Deadlines:
    """Seconds that the other side has."""

    head: float = 10.0  # from the first byte, or the connection, to the end of a request's head
    body: float = 20.0  # from there to the end of its body, and a second more for so many bytes
    bytes_a_second: int = 32 * 2**10
    rest: float = 2.0  # for a body that nobody wants any more, so that the refusal arrives
    fetched: float = 30.0  # for the next piece of an answer


def connections_possible() -> int:
    """How many connections this process can have, with as many files as it may open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return min(MOST, wanted // 2)


def serving_config(
    web: FastAPI, host: str, port: int, *, most: int = MOST, deadlines: Deadlines = Deadlines(), farewell: int = 10
) -> Config:
    """How uvicorn serves the pages: for so many connections, each of which has to get on.

    A server that is told to stop has `farewell` seconds to finish what it answers.
    """
    return Config(
        web,
        host=host,
        port=port,
        http=type("Protocol", (PunctualProtocol,), {"most": most, "deadlines": deadlines}),
        ws="none",  # no page needs it, and it would leave the deadlines behind
        log_config=None,  # as all the log
        log_level="warning",
        proxy_headers=False,  # whose are believed, `TrustedProxy` decides; uvicorn would believe this whole machine
        server_header=False,
        limit_concurrency=most,
        timeout_graceful_shutdown=farewell,
    )


class UntilDisconnected:
    """The layer that ends quietly what nobody waits for any more: it is no failure of ours."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""
        with suppress(ClientDisconnect):
            await self._app(scope, receive, send)


class PunctualProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, with deadlines."""

    most = MOST
    deadlines = Deadlines()

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._ends: asyncio.TimerHandle | None = None  # while a request is not whole
        self._fetched: asyncio.TimerHandle | None = None  # while an answer is not fetched
        self._idle_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Await a request; where there is hardly any room, those that have waited longest make it."""
        super().connection_made(transport)
        self._await(self.deadlines.head)
        if len(self.connections) > self.most - self.most // _ROOM:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Await nothing any more."""
        self._settle()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; what comes after an answer is the head of the next request."""
        if self._ends is None and self._idle:
            self._await(self.deadlines.head)
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Await the body."""
        super().on_headers_complete()
        length = next((value for name, value in self.headers if name == b"content-length"), b"0")
        seconds = int(length) / self.deadlines.bytes_a_second if length.isdigit() else 0.0
        self._await(self.deadlines.body + seconds)

    def on_message_complete(self) -> None:
        """Leave the rest to the application."""
        super().on_message_complete()
        self._settle()

    def on_response_complete(self) -> None:
        """Await the next request, or for a moment the rest of one that was refused."""
        super().on_response_complete()
        self._idle_since = self.loop.time()
        if self._ends is not None:
            self._await(self.deadlines.rest)

    def pause_writing(self) -> None:
        """Await that the answer is fetched."""
        super().pause_writing()
        if self._fetched is None:
            self._fetched = self.loop.call_later(self.deadlines.fetched, self.transport.abort)

    def resume_writing(self) -> None:
        """It was."""
        super().resume_writing()
        if self._fetched is not None:
            self._fetched.cancel()
            self._fetched = None

    @property
    def _idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    @property
    def _network(self) -> str:
        return network_of(self.client[0]) if self.client else ""

    def _unsupported_upgrade_warning(self) -> None:
        """It is answered as what it is without the upgrade, and the log needs no advice."""

    def _await(self, seconds: float) -> None:
        self._settle()
        self._idle_since = self.loop.time()
        self._ends = self.loop.call_later(seconds, self._late, seconds)

    def _settle(self) -> None:
        if self._ends is not None:
            self._ends.cancel()
            self._ends = None

    def _late(self, seconds: float) -> None:
        if self.flow.read_paused:  # we do not read on
            self._await(seconds)
        else:
            self._close()

    def _close(self) -> None:
        self._settle()
        self.connections.discard(self)
        self.transport.close()

    def _make_room(self) -> None:
        """Close those that wait for the other side longest, of the address that has most of them."""
        waiting = [one for one in self.connections if isinstance(one, PunctualProtocol) and (one._ends or one._idle)]
        of_network = Counter(one._network for one in waiting)
        waiting.sort(key=lambda one: (-of_network[one._network], one._idle_since))
        for one in waiting[: self.most // _ROOM]:
            if one is not self:
                one._close()
