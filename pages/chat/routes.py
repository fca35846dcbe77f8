"""Of Gradio's many routes, those that the chat page asks for.

The others take files from strangers, give away files, and fetch addresses for whoever asks; the page needs none of it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from urllib.parse import parse_qs

from gradio.server_messages import UnexpectedErrorMessage
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.accounts.attempts import network_of
from corpus.patterns import any_of
from pages.chat.blocks import ChatBlocks
from pages.chat.queue import SESSION
from pages.shared.access import address_of
from pages.shared.admission import Crowded
from pages.shared.language import preferred
from pages.shared.observation import turned_away

_NEEDED = re.compile(
    any_of(
        (
            r"(?:GET|HEAD) /(?:config|theme\.css|favicon\.ico|manifest\.json|robots\.txt|(?:assets|static)/.+)?",
            rf"GET /gradio_api/(?:app_id|info|queue/data|heartbeat/{SESSION.pattern})",
            r"POST /gradio_api/(?:queue/join|cancel|reset)",
        )
    )
)
_PAGE = "/"
_MANIFEST, _MANIFEST_BELOW = b'href="/manifest.json"', b'href="manifest.json" '  # of one length
_EVENTS, _MESSAGES = "/gradio_api/queue/join", "/gradio_api/queue/data"
_HEARTBEATS = 0.1  # as many as streams of messages; the page opens none, as long as it has no state on the server
_STREAM = re.compile(r"/gradio_api/(?:queue/data|heartbeat/.+)")
_LARGEST = 256 * 2**10  # bytes: the largest conversation that is kept, each of its quotation marks written as two
_OF_ONE_ADDRESS = 0.75  # of the streams


class OnlyTheChat:
    """The layer around Gradio's own application that answers whatever the page does not ask for.

    It also turns away whatever there is no room for, before Gradio has spent anything on it. There are `streams` of
    messages at once at most.
    """

    def __init__(self, app: ASGIApp, page: ChatBlocks, streams: int) -> None:
        self._app = app
        self._page = page
        self._most = streams
        self._streams: Counter[tuple[bool, str]] = Counter()  # by kind and address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope["root_path"])
        refusal: Response | None = self._refused(scope, path)
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(_below(message) if path == _PAGE else message)

        if refusal is None:
            try:
                if path == _EVENTS:
                    receive = await self._with_room(scope, receive)
                with self._stream(scope, path):
                    await self._app(scope, receive, sending)
            except (LookupError, UnicodeError, HTTPException):
                # So Gradio finds that an event names nothing of the page, cannot be told, or that nothing waits for it.
                refusal = _told(HTTPStatus.BAD_REQUEST)
            except Crowded as crowded:
                turned_away(crowded)
                refusal = _come_back(crowded, scope)
            except _TooManyStreams:
                refusal = _told(HTTPStatus.TOO_MANY_REQUESTS)
        if refusal and not begun:
            await refusal(scope, receive, send)
        elif refusal:
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _refused(self, scope: Scope, path: str) -> Response | None:
        if not _NEEDED.fullmatch(f"{scope['method']} {path}"):
            return _told(HTTPStatus.NOT_FOUND)
        if path == _MESSAGES:
            sessions = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])
            return None if len(sessions) == 1 and self._page.waits(sessions[0]) else _nothing_waits()
        if scope["method"] != "POST":
            return None
        length = Headers(scope=scope).get("content-length", "")
        if not length.isdecimal():
            return _told(HTTPStatus.LENGTH_REQUIRED)
        return _told(HTTPStatus.REQUEST_ENTITY_TOO_LARGE) if int(length) > _LARGEST else None

    async def _with_room(self, scope: Scope, receive: Receive) -> Receive:
        """The rest of a request for whose event there is room.

        Raises:
            Crowded: there is none.
        """
        request = Request(scope, receive)
        messages: Iterator[Message] = iter([{"type": "http.request", "body": await request.body()}])
        match _sent(await request.body()):
            case {"session_hash": str(session), "fn_index": int(fn_index)}:
                self._page.ensure_room(session, fn_index, request)

        async def again() -> Message:
            return next(messages, None) or await receive()

        return again

    @contextmanager
    def _stream(self, scope: Scope, path: str) -> Iterator[None]:
        """The place of a stream of messages among all; an address is held to its share of them.

        Raises:
            _TooManyStreams: there is none.
        """
        if not _STREAM.fullmatch(path):
            yield
            return
        tells = path == _MESSAGES
        mine = tells, network_of(address_of(Request(scope)))
        most = self._most * (1 if tells else _HEARTBEATS)
        of_all = sum(count for (kind, _), count in self._streams.items() if kind == tells)
        if of_all >= most or self._streams[mine] >= most * _OF_ONE_ADDRESS:
            raise _TooManyStreams
        self._streams[mine] += 1
        try:
            yield
        finally:
            self._streams[mine] -= 1
            self._streams += Counter()  # without those that have none


class _TooManyStreams(Exception):
    """Somebody listens too often, or too many listen."""


def _told(status: HTTPStatus) -> Response:
    return JSONResponse({"detail": status.phrase}, status)


def _come_back(error: Crowded, scope: Scope) -> Response:
    """What Gradio's page shows until the page's script says the same in the language of the page."""
    language = preferred(Headers(scope=scope).get("accept-language", ""))
    return JSONResponse(
        {"detail": error.localised(language)}, HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(error.seconds)}
    )


def _sent(body: bytes) -> object:
    """What a page sends; what cannot be read is left to Gradio to refuse."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _below(message: Message) -> Message:
    """A piece of the page, with what Gradio would ask for at the root of the name, where we may not be."""
    return {**message, "body": message["body"].replace(_MANIFEST, _MANIFEST_BELOW)} if "body" in message else message


def _nothing_waits() -> Response:
    """What Gradio tells a page whose session it does not know, so that it loads itself anew."""
    message = UnexpectedErrorMessage(message="Nothing waits for this session.", session_not_found=True)
    return PlainTextResponse(f"data: {json.dumps(message.model_dump())}\n\n", media_type="text/event-stream")
