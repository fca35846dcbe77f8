"""One question of a program on its way: in its turn, answered, remembered; and how its events are sent."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain
from typing import TypeVar

from anyio import CancelScope, CapacityLimiter, to_thread
from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from assistant.answers import Answer, Claim, citation_json, claim_json, to_json
from assistant.app import App
from assistant.assistant import Event, Found
from assistant.journal.records import Door
from assistant.texts import ComeBack
from assistant.understand.questions import Question, Understood
from corpus.errors import KnownError
from pages.api.problems import for_front_ends, language_of, told
from pages.shared.admission import Admission
from pages.shared.observation import Watched, page_failed
from pages.shared.recording import Recorder

ANSWER_ID = "Market-Entry-Answer"  # the header with the id by which an answer can be rated

T = TypeVar("T")


@dataclass(frozen=True)
class InLine:
    """A question whose turn has not come."""

    ahead: int


@dataclass(frozen=True)
class AnswerId:
    """By what an answer can be rated."""

    id: str


Step = InLine | Event | AnswerId


@dataclass(frozen=True)
class Asker:
    """Who asks by a program: its key and address, the conversation, and what the person said about its wording."""

    key: str
    address: str
    session: str = ""
    consent: bool | None = None
    door: Door = Door.API


class Answering:
    """Answers the questions of programs, among those of people."""

    def __init__(self, app: App, admission: Admission, recorder: Recorder) -> None:
        self._assistant = app.assistant
        self._admission = admission
        self._recorder = recorder
        self._threads = CapacityLimiter(admission.most)  # of their own: who waits holds one

    def steps(self, question: Question, asker: Asker) -> Generator[Step]:
        """What happens to a question, in its order; the last are the answer and its id.

        Raises:
            Crowded: there is no place for it.
            UnclearQuestion: there are no words in it, or far too many.
        """
        watched = Watched(door=asker.door)
        with self._admission.place(asker.key, asker.address, program=True) as place:
            understood: Understood | None = None
            try:
                for event in chain(map(InLine, self._admission.ahead(place)), self._assistant.ask(question)):
                    if isinstance(event, InLine):
                        yield event
                        continue
                    watched.see(event)
                    understood = event if isinstance(event, Understood) else understood
                    yield event
                    if isinstance(event, Answer) and understood:
                        yield AnswerId(
                            self._recorder.remember(
                                question,
                                understood,
                                event,
                                session=asker.session,
                                consent=asker.consent,
                                door=asker.door,
                            )
                        )
            except ComeBack:
                raise
            except Exception as error:
                watched.failed(error)
                raise

    async def answer(self, question: Question, asker: Asker, gone: Callable[[], Awaitable[bool]]) -> tuple[Answer, str]:
        """The answer alone, and its id; nothing more is done for a program that has `gone`.

        Raises:
            ClientDisconnect: it has.
        """
        answer, answer_id = None, ""
        async with aclosing(each(self.steps(question, asker), self._threads)) as steps:
            async for step in steps:
                match step:
                    case Answer():
                        answer = step
                    case AnswerId():
                        answer_id = step.id
                if await gone():
                    raise ClientDisconnect
        assert answer is not None  # noqa: S101 - what `steps` promises, told to the type checker
        return answer, answer_id

    async def sent(self, request: Request, events: Generator[str]) -> EventStream:
        """A response that sends events as they come; what fails before the first is no stream yet."""
        pieces = each(_unbroken(events, language_of(request)), self._threads)
        return EventStream(_with_first(await anext(pieces), pieces))


class EventStream(StreamingResponse):
    """Server-sent events, which end as soon as nobody listens any more."""

    media_type = "text/event-stream"

    def __init__(self, pieces: AsyncGenerator[str]) -> None:
        super().__init__(pieces, headers={"X-Accel-Buffering": "no"})
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send, and give back whatever was held for it."""
        async with aclosing(self._pieces):
            await super().__call__(scope, receive, send)


async def each(things: Generator[T], threads: CapacityLimiter) -> AsyncGenerator[T]:
    """What a generator yields, each made in a thread; the generator is closed whatever happens."""
    try:
        while (thing := await to_thread.run_sync(next, things, None, limiter=threads)) is not None:
            yield thing
    finally:
        with CancelScope(shield=True):
            await to_thread.run_sync(things.close)


async def _with_first(first: T, others: AsyncGenerator[T]) -> AsyncGenerator[T]:
    async with aclosing(others):
        yield first
        async for other in others:
            yield other


def _unbroken(events: Generator[str], language: str) -> Generator[str]:
    """The events; where they fail after the first one, the last is a problem, since the status is sent already."""
    yield next(events)
    try:
        yield from events
    except KnownError as error:
        yield sse(for_front_ends(told(error, language)), "error")
    except Exception as error:
        page_failed(error)
        unfinished = KnownError("The answer could not be finished; please ask again.")
        yield sse(for_front_ends(told(unfinished, language, HTTPStatus.INTERNAL_SERVER_ERROR)), "error")
        raise


def events(steps: Iterator[Step]) -> Generator[str]:
    """The steps of a question as server-sent events, see docs/api.md."""
    for step in steps:
        match step:
            case InLine():
                yield sse({"ahead": step.ahead}, "waiting")
            case Understood():
                yield sse({"text": step.text, "language": step.reader_language}, "understood")
            case Found():
                yield sse({"passages": step.passages, "documents": step.documents}, "found")
            case Claim():
                citations = [citation_json(citation) for citation in step.citations]
                yield sse({**claim_json(step), "sources": citations}, "claim")
            case Answer():
                yield sse(to_json(step), "answer")
            case AnswerId():
                yield sse({"id": step.id}, "remembered")


def sse(data: object, name: str = "") -> str:
    """A server-sent event."""
    event = f"event: {name}\n" if name else ""
    return f"{event}data: {json.dumps(data, ensure_ascii=False)}\n\n"
