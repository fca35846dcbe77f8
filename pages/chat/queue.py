"""Gradio's queue with an end: what waits in memory is bounded, and what nobody hears is dropped.

Gradio keeps the messages of an answer until a browser fetches them, for two thousand sessions and of whatever size: of
a page that was closed before it listened they would stay for good. It also takes whatever is posted to be a value of
the page.
"""

from __future__ import annotations

import asyncio
import ctypes
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypeGuard

import gradio as gr
from fastapi import Request
from gradio.block_function import BlockFunction
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Event, Queue
from gradio.server_messages import EventMessage, ProcessCompletedMessage, ProcessGeneratingMessage
from gradio.utils import run_coro_in_background

from assistant.accounts.attempts import network_of
from pages.shared.access import address_of
from pages.shared.admission import BACK_IN, Crowded

SESSION = re.compile(r"[0-9A-Za-z_]{1,64}")  # what Gradio's page calls itself, and nothing that a log would show
_A_LOOK = 5.0  # seconds between two looks for what nobody hears
_MESSAGES = 500  # unheard ones of a session; the largest answers have fifty
_MEMBERS = 200  # values in a list that a page sends

_network_of = lru_cache(1024)(network_of)

Full = Callable[[str, str, Sequence[tuple[str, str]]], bool]
Pushed = tuple[bool, str | list[dict[str, Any]], Literal["success", "error", "queue_full", "validator_error"]]


@dataclass(frozen=True)
class QueueLimits:
    """How much may wait, in characters and bytes, and how long nobody needs to hear it."""

    events_of_session: int = 8
    unheard_of_session: int = 4 * 2**20
    unheard: int = 48 * 2**20
    held: int = 32 * 2**20  # bodies of requests that are not answered yet
    of_one_address: float = 0.75  # of what may be held, while others wait
    unheard_seconds: float = 30.0


class UnheardMessages(asyncio.Queue[EventMessage]):
    """The messages of a session that no browser has fetched yet."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__()
        self._now = now
        self._waiting: deque[tuple[float, int]] = deque()
        self.size = 0

    @property
    def since(self) -> float | None:
        """When the oldest of them came."""
        return self._waiting[0][0] if self._waiting else None

    def _put(self, item: EventMessage) -> None:
        if len(self._waiting) >= _MESSAGES:
            return
        size = _size(item.output) if isinstance(item, ProcessGeneratingMessage | ProcessCompletedMessage) else 0
        self.size += size
        self._waiting.append((self._now(), size))
        super()._put(item)

    def _get(self) -> EventMessage:
        self.size -= self._waiting.popleft()[1]
        return super()._get()


class BoundedQueue(Queue):
    """Refuses what is no event of the page, and more than may wait; drops what nobody hears."""

    def __init__(
        self,
        blocks: gr.Blocks,
        most: int,
        untold: float,
        full: Full,
        limits: QueueLimits = QueueLimits(),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(False, blocks.max_threads, untold, None, blocks)  # Gradio would refuse in its own words
        self._most = most
        self._full = full
        self._limits = limits
        self._now = now
        self.ANALYTICS_MAX_EVENTS = 0  # else Gradio makes a table of them after each, for a page nobody sees

    @property
    def unheard(self) -> int:
        """How much is kept for browsers that have not fetched it."""
        return sum(messages.size for messages in self._unheard().values())

    def start(self) -> None:
        """Begin to work, and to look for what nobody hears."""
        super().start()  # type: ignore[no-untyped-call]
        run_coro_in_background(self._look)

    async def push(self, body: PredictBodyInternal, request: Request, username: str | None) -> Pushed:
        """Take an event of a page.

        Returns:
            Whether it was taken, its id or why not, and the name that Gradio has for that.

        Raises:
            Crowded: there is no room for it.
        """
        if not self._known(body):
            return False, "This is no event of the page.", "error"
        self.ensure_room(str(body.session_hash), body.fn_index, request)
        body.event_data = body.oauth_token = None  # of which the page needs nothing
        self.pending_messages_per_session.setdefault(str(body.session_hash), UnheardMessages(self._now))
        return await super().push(body, request, username)

    def ensure_room(self, session: str, fn_index: int | None, request: Request) -> None:
        """Refuse an event for which there is no room; this costs little, so it is asked before Gradio reads the event.

        Raises:
            Crowded: there is none.
        """
        network = _network_of(address_of(request))
        fn = self.blocks.fns.get(fn_index) if fn_index is not None else None
        if (fn and _asks(fn) and self._no_place(session, network)) or self._crowded(session, network, _length(request)):
            raise Crowded("unreachable", BACK_IN)

    def get_events(self) -> tuple[list[Event], bool, str] | None:
        """The event whose turn it is: turns go round by address."""
        for waiting in self.event_queue_per_concurrency_id.values():
            limit = waiting.concurrency_limit
            if len(waiting.queue) > 1 and (limit is None or waiting.current_concurrency < limit):
                first = self._next(waiting.queue)
                waiting.queue.remove(first)
                waiting.queue.insert(0, first)
        return super().get_events()

    def send_message(self, event: Event, event_message: EventMessage) -> None:
        """Keep a message until it is fetched, as long as there is room for it."""
        if event.session_hash not in self.pending_messages_per_session:
            event.alive = False  # so that nothing more is made of it
            return
        super().send_message(event, event_message)
        unheard = self._unheard()
        if unheard[event.session_hash].size > self._limits.unheard_of_session:
            self._forget(event.session_hash)
        while self.unheard > self._limits.unheard:
            waiting = {session: messages.since for session, messages in unheard.items() if messages.since is not None}
            longest = min(waiting, key=lambda session: waiting[session])
            self._forget(longest)
            del unheard[longest]

    async def drop_unheard(self) -> int:
        """Let go of every session that has not fetched what was told it, and of those that wait for nothing.

        Returns:
            How many there were that had not.
        """
        dropped = 0
        late = self._now() - self._limits.unheard_seconds
        for session, messages in self._unheard().items():
            if messages.since is None:
                waits = bool(self.pending_event_ids_session.get(session))
            else:
                waits = messages.since > late
            if not waits:
                dropped += messages.since is not None
                self._forget(session)
        for session in [one for one in self.pending_event_ids_session if one not in self.pending_messages_per_session]:
            await self.clean_events(session_hash=session)
            self.pending_event_ids_session.pop(session, None)
            self.blocks.state_holder.session_data.pop(session, None)
            self.blocks.state_holder.time_last_used.pop(session, None)
        if self.server_app is not None:
            self.server_app.iterators_to_reset &= self.event_ids_to_events.keys()
        return dropped

    async def _look(self) -> None:
        while not self.stopped:
            await asyncio.sleep(_A_LOOK)
            if await self.drop_unheard():
                await asyncio.to_thread(_give_back)

    def _unheard(self) -> dict[str, UnheardMessages]:
        kept = self.pending_messages_per_session.items()
        return {session: messages for session, messages in kept if isinstance(messages, UnheardMessages)}

    def _forget(self, session: str) -> None:
        """Keep no message of a session; its events end at their next step."""
        del self.pending_messages_per_session[session]
        for event_id in self.pending_event_ids_session.setdefault(session, set()):
            if event := self.event_ids_to_events.get(event_id):
                event.alive = False

    def _next(self, waiting: list[Event]) -> Event:
        """The first of the address that has fewest events at work."""
        at_work = Counter(_network(event) for job in self.active_jobs if job for event in job)
        return min(waiting, key=lambda event: at_work[_network(event)])

    def _no_place(self, session: str, network: str) -> bool:
        asking = [(one.session_hash, _network(one)) for one in self.event_ids_to_events.values() if _asks(one.fn)]
        return self._full(session, network, asking)

    def _crowded(self, session: str, network: str, length: int) -> bool:
        """Whether there is no room for one event more; an address is held to anything only while others wait."""
        if len(self.pending_event_ids_session.get(session, ())) >= self._limits.events_of_session:
            return True
        held = [(_network(event), _length(event.request)) for event in self.event_ids_to_events.values()]
        if sum(size for _, size in held) + length > self._limits.held or len(self) >= self._most:
            return True
        if not len(self):
            return False
        share = self._limits.of_one_address
        mine = [size for whose, size in held if whose == network]
        return sum(mine) + length > share * self._limits.held or len(mine) >= share * self._most

    def _known(self, body: PredictBodyInternal) -> bool:
        """Whether this is an event of the page, with values that its parts can have."""
        fn = self.blocks.fns.get(body.fn_index) if body.fn_index is not None else None
        return (
            fn is not None
            and body.session_hash is not None
            and SESSION.fullmatch(body.session_hash) is not None
            and not body.batched
            and not body.simple_format
            and _fit(fn, body.data)
        )


def _give_back() -> None:
    """Give the system back what was freed: the C library keeps it, in pieces between what is still used."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc
    if trim:
        trim(0)


def _fit(fn: BlockFunction, values: list[object]) -> bool:
    return len(values) == len(fn.inputs) and all(
        value is None or _fits(part, value) for part, value in zip(fn.inputs, values, strict=True)
    )


def _fits(part: object, value: object) -> bool:
    """Whether a part of the page can have this value."""
    match part:
        case gr.Checkbox():
            return isinstance(value, bool)
        case gr.Radio():
            return isinstance(value, str) and value in _codes(part)
        case gr.CheckboxGroup():
            return _is_texts(value) and all(one in _codes(part) for one in value)
        case gr.BrowserState():
            return isinstance(value, str) or _is_texts(value)
    return isinstance(value, str)


def _is_texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and len(value) <= _MEMBERS and all(isinstance(one, str) for one in value)


def _codes(part: gr.Radio | gr.CheckboxGroup) -> set[object]:
    return {code for _, code in part.choices}


def _asks(fn: BlockFunction) -> bool:
    """Whether an event is a question, which waits for its place and not for its turn in Gradio's queue."""
    return fn.concurrency_limit is None


def _network(event: Event) -> str:
    return _network_of(address_of(event.request))


def _length(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0


def _size(value: object) -> int:
    """The characters in a value, roughly."""
    match value:
        case str():
            return len(value)
        case dict():
            return sum(map(_size, value.values()))
        case list() | tuple():
            return sum(map(_size, value))
    return 8
