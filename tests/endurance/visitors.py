"""People with the chat page open, many at once: the protocol of the page without a browser."""

from __future__ import annotations

import asyncio
import json
import secrets
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx

from assistant.texts import say

_PATIENCE = 120.0  # seconds; a server that says nothing for so long hangs
_TLS = ssl.create_default_context()  # made once: nobody uses it, and each client would make its own
_NO_HEADERS: Mapping[str, str] = {}
_REFUSALS = [say("en", name) for name in ("asked_too_often", "asked_too_often_here", "too_crowded", "unreachable")]


class Ended(StrEnum):
    """How a question ended for the person."""

    ANSWERED = "answered"
    REFUSED = "refused"  # politely
    FAILED = "failed"


@dataclass(frozen=True)
class Visit:
    """One question: how it ended, and the seconds to its first statement (None: there was none) and to its end."""

    ended: Ended
    first_claim: float | None
    whole: float
    why: str = ""


@dataclass(frozen=True)
class _Event:
    """The event of the page by which a question is asked, and what goes with it besides."""

    fn_index: int
    trigger_id: int
    values: tuple[Any, ...]


class Visitors:
    """Opens the page once, and asks as many people would who have it open."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._event = _event(httpx.get(f"{address}/config", timeout=30).json())

    async def ask(self, question: str, session: str = "", *, of: str = "") -> Visit:
        """Ask as the page of a session does, and read what comes until it is over.

        `of` is the person's network address, for a server behind a proxy.
        """
        session = session or secrets.token_hex(6)
        started = time.monotonic()
        try:
            async with self._client({"X-Forwarded-For": of} if of else {}) as client:
                return await self._asked(client, question, session, started)
        except httpx.HTTPError as error:
            return Visit(Ended.FAILED, None, time.monotonic() - started, repr(error))

    def sent(self, question: str, session: str, turns: Sequence[str] = ()) -> dict[str, object]:
        """What the page sends when a question is asked after these turns."""
        event = self._event
        first, _, *others = event.values  # whether it replaces the last one, and the turns
        values = [question, first, list(turns), *others]
        return {
            "data": values,
            "fn_index": event.fn_index,
            "trigger_id": event.trigger_id,
            "session_hash": session,
        }

    async def abandon(self, question: str, turns: Sequence[str]) -> int:
        """Send a question with a conversation, and never listen; returns the status of the answer."""
        sent = self.sent(question, secrets.token_hex(6), turns)
        async with self._client() as client:
            return (await client.post("/queue/join", json=sent)).status_code

    def _client(self, headers: Mapping[str, str] = _NO_HEADERS) -> httpx.AsyncClient:
        address = f"{self._address}/gradio_api"
        return httpx.AsyncClient(base_url=address, timeout=_PATIENCE, headers=headers, verify=_TLS)

    async def _asked(self, client: httpx.AsyncClient, question: str, session: str, started: float) -> Visit:
        joined = await client.post("/queue/join", json=self.sent(question, session))
        if joined.status_code == httpx.codes.TOO_MANY_REQUESTS and joined.json()["detail"] in _REFUSALS:
            return Visit(Ended.REFUSED, None, time.monotonic() - started)
        if joined.status_code != httpx.codes.OK:
            return Visit(Ended.FAILED, None, time.monotonic() - started, f"{joined.status_code} {joined.text[:200]}")
        first: float | None = None
        ended, why = Ended.FAILED, "nothing came"
        async with client.stream("GET", "/queue/data", params={"session_hash": session}) as stream:
            async for line in stream.aiter_lines():
                if first is None and 'class=\\"claim' in line:
                    first = time.monotonic() - started
                if 'class=\\"outcome' in line:
                    ended = Ended.ANSWERED
                if any(sentence in line for sentence in _REFUSALS):
                    ended = Ended.REFUSED
                if '"msg":"process_completed"' in line:
                    done = json.loads(line.removeprefix("data: "))
                    ended, why = (ended, "") if done["success"] else (Ended.FAILED, str(done["output"]))
                    break
        return Visit(ended, first, time.monotonic() - started, why if ended is Ended.FAILED else "")


async def crowd(visitors: Visitors, questions: Sequence[str]) -> list[Visit]:
    """As many people as there are questions, all at once."""
    return list(await asyncio.gather(*(visitors.ask(question) for question in questions)))


def _event(config: dict[str, Any]) -> _Event:
    """How the page asks: with the box's text come the values that a fresh page has, in English."""
    parts = {one["id"]: one["props"] for one in config["components"]}
    named = {props["elem_id"]: number for number, props in parts.items() if props.get("elem_id")}
    asking = next(one for one in config["dependencies"] if [named["question"], "submit"] in one["targets"])
    fresh = {number: props.get("default_value", props.get("value")) for number, props in parts.items()}
    fresh[named["language"]] = "en"
    return _Event(asking["id"], named["question"], tuple(fresh[number] for number in asking["inputs"][1:]))
