"""Of Gradio's many routes, those that the chat page asks for.

The others take files from strangers, give away files, and fetch addresses for whoever asks; the page needs none of it.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from corpus.patterns import any_of

_NEEDED = re.compile(
    any_of(
        (
            r"(?:GET|HEAD) /(?:config|theme\.css|favicon\.ico|manifest\.json|robots\.txt|(?:assets|static)/.+)?",
            r"GET /gradio_api/(?:app_id|info|queue/data|heartbeat/\w+)",
            r"POST /gradio_api/(?:queue/join|cancel|reset)",
        )
    )
)
_LARGEST = 8 * 2**20  # bytes; a conversation travels with each question, and the longest that is kept has 2 million


class OnlyTheChat:
    """The layer around Gradio's own application that answers whatever the page does not ask for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on."""
        refusal = _refusal(scope) if scope["type"] == "http" else None
        try:
            if refusal is None:
                await self._app(scope, receive, send)
        except (
            LookupError,
            UnicodeError,
        ):  # so Gradio finds that an event names nothing of the page, or cannot be told
            refusal = HTTPStatus.BAD_REQUEST
        if refusal:
            await JSONResponse({"detail": refusal.phrase}, refusal)(scope, receive, send)


def _refusal(scope: Scope) -> HTTPStatus | None:
    if not _NEEDED.fullmatch(f"{scope['method']} {scope['path'].removeprefix(scope['root_path'])}"):
        return HTTPStatus.NOT_FOUND
    if scope["method"] != "POST":
        return None
    length = Headers(scope=scope).get("content-length", "")
    if not length.isdecimal():
        return HTTPStatus.LENGTH_REQUIRED
    return HTTPStatus.REQUEST_ENTITY_TOO_LARGE if int(length) > _LARGEST else None
