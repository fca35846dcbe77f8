"""The border of the staff pages: what every response carries, which bodies are read, how failures are told."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.texts import TranslatedError
from corpus.errors import KnownError
from corpus.store import StoreUnavailable
from pages.staff.frame import access, go, page
from pages.staff.person import SignInNeeded

# Nothing but our own style sheet, and forms that come back to us.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none';"
        " frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",  # without one, browsers do not say where a form comes from
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_LARGEST, _LARGEST_OF_STRANGERS = 64 * 2**20, 64 * 2**10  # bytes of a request's body
_SENTENCES: Mapping[int, str] = {
    HTTPStatus.NOT_FOUND: "page_unknown",
    HTTPStatus.METHOD_NOT_ALLOWED: "page_unknown",
    HTTPStatus.LENGTH_REQUIRED: "form_unreadable",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "form_too_large",
}

_log = logging.getLogger(__name__)


def guard(site: FastAPI) -> None:
    """Put the border around a site."""
    site.add_exception_handler(SignInNeeded, _sign_in_first)
    site.add_exception_handler(KnownError, _known_error)
    site.add_exception_handler(HTTPException, _http_error)
    site.add_exception_handler(RequestValidationError, _bad_form)
    site.add_middleware(_Border)


def _sign_in_first(request: Request, error: Exception) -> Response:
    """A page is asked for again after signing in; a form cannot be, so it says what has happened.

    Whoever wrote for longer than a session lasts gets the text back.
    """
    if request.method != "GET":
        assert isinstance(error, SignInNeeded)  # noqa: S101 - as below
        typed = getattr(request.state, "form", {}).get("body", "")
        return page(request, "error.html", problem=error, typed=typed if isinstance(typed, str) else "")
    where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    query = urlencode({"next": where})
    return go(f"{request.scope['root_path']}/sign-in?{query}")


def _known_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, KnownError)  # noqa: S101 - Starlette's type of a handler is wider
    if isinstance(error, StoreUnavailable):
        request.state.session = None  # who asks cannot be known just now
    return page(request, "error.html", problem=error)


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    sentence = _SENTENCES.get(error.status_code, "form_unreadable")
    return page(request, "error.html", problem=TranslatedError(sentence), status=error.status_code)


def _bad_form(request: Request, _error: Exception) -> Response:
    return _http_error(request, HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY))


class _Border:
    """The site's own middleware: headers, the largest body that somebody may send, and what nobody foresaw."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def sending(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        request = Request(scope)
        try:
            refusal = await run_in_threadpool(_body_refused, request)
            if refusal:
                response = await run_in_threadpool(_http_error, request, HTTPException(refusal))
                await response(scope, receive, sending)
            else:
                await self._app(scope, receive, sending)
        except Exception:
            log_id = uuid4().hex[:8]
            _log.exception("a staff page failed, log id %s", log_id)
            if started:
                raise
            response = await run_in_threadpool(_unexpected, request, log_id)
            await response(scope, receive, sending)


def _body_refused(request: Request) -> HTTPStatus | None:
    """Why a request's body is not read, if so: nobody but people who are signed in may send a large one."""
    if request.method in ("GET", "HEAD"):
        return None
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        return HTTPStatus.LENGTH_REQUIRED
    large = int(length) > _LARGEST_OF_STRANGERS
    if int(length) > _LARGEST or (large and access(request).session(request) is None):
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return None


def _unexpected(request: Request, log_id: str) -> Response:
    request.state.session = None
    problem = TranslatedError("page_failed", log_id=log_id)
    return page(request, "error.html", problem=problem, status=HTTPStatus.INTERNAL_SERVER_ERROR)
