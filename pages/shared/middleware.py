"""The border of a site: what every response carries, which requests are read, how failures are shown."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from fastapi import Depends, FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.app import App
from assistant.texts import ComeBack, TranslatedError
from corpus.errors import KnownError
from corpus.store import StoreUnavailable
from pages.shared.access import access_of
from pages.shared.observation import page_failed
from pages.shared.rendering import access

# Nothing but our own style sheets and fonts, and forms that come back to us.
POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
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

STYLES = tuple(Path(__file__).parent / f"{name}.css" for name in ("tokens", "shell", "pages"))  # of all sites

_log = logging.getLogger(__name__)


class Page(Protocol):
    """How a site makes a page of one of its templates."""

    def __call__(
        self, request: Request, template: str, /, problem: KnownError | None, status: int | None = None
    ) -> Response:
        """The page, with what went wrong."""
        ...


class ForeignForm(TranslatedError):
    """A form that was not filled in on a page of ours, or in another session."""


def guarded_site(
    app: App,
    page: Page,
    files: Iterable[Path],
    *,
    largest_of_strangers: int = _LARGEST_OF_STRANGERS,
    known: Callable[[Request], bool] | None = None,
) -> FastAPI:
    """A site of an installation without pages yet, and the border around it; its failures are shown by `page`.

    `files` are served beside it, such as its styles. Whoever is not `known`, by a session unless that is said
    otherwise, may send so many bytes.
    """
    site = FastAPI(
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # it would lead to http where a proxy does not say that people come by https
        dependencies=[Depends(from_here)],
    )
    site.state.access = access_of(app)
    site.state.installation = app
    site.state.page = page
    site.state.largest_of_strangers = largest_of_strangers
    site.state.known = known or _signed_in
    for file in files:
        site.add_api_route(f"/{file.name}", _file(file), include_in_schema=False)
    site.add_exception_handler(KnownError, _known_error)
    site.add_exception_handler(HTTPException, _http_error)
    site.add_exception_handler(RequestValidationError, _bad_form)
    site.add_middleware(_SiteMiddleware)
    return site


def from_here(request: Request) -> None:
    """Refuse what another site makes a browser send.

    Raises:
        ForeignForm: the browser says that the request comes from elsewhere.
    """
    if request.method in ("GET", "HEAD"):
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    same_host = origin is None or origin.partition("://")[2] == request.headers.get("host")
    if not (site in ("same-origin", "none") if site else same_host):
        raise ForeignForm("foreign_form")


def _file(path: Path) -> Callable[[], FileResponse]:
    return lambda: FileResponse(path, headers={"Cache-Control": "no-cache"})


def _page(request: Request, problem: KnownError, status: int | None = None) -> Response:
    page: Page = request.app.state.page
    return page(request, "error.html", problem=problem, status=status)


def _known_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, KnownError)  # noqa: S101 - Starlette's type of a handler is wider
    if isinstance(error, StoreUnavailable) or (error.retryable and not isinstance(error, ComeBack)):
        page_failed(error)
    if isinstance(error, StoreUnavailable):
        _log.warning("%s", error)  # it names files, which is for the administrator alone
        request.state.session = None  # who asks cannot be known just now
        return _page(request, TranslatedError("page_unavailable"), HTTPStatus.SERVICE_UNAVAILABLE)
    return _page(request, error)


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    sentence = _SENTENCES.get(error.status_code, "form_unreadable")
    return _page(request, TranslatedError(sentence), error.status_code)


def _bad_form(request: Request, _error: Exception) -> Response:
    return _http_error(request, HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY))


class _SiteMiddleware:
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
        except ClientDisconnect:
            raise
        except Exception as error:
            log_id = uuid4().hex[:8]
            _log.exception("a page failed, log id %s", log_id)
            page_failed(error)
            if started:
                raise
            response = await run_in_threadpool(_unexpected, request, log_id)
            await response(scope, receive, sending)


def _body_refused(request: Request) -> HTTPStatus | None:
    """Why a request's body is not read, if so: nobody but people who are known may send a large one."""
    if request.method in ("GET", "HEAD"):
        return None
    length = request.headers.get("content-length", "")
    if not length.isdecimal():
        return HTTPStatus.LENGTH_REQUIRED
    large = int(length) > request.app.state.largest_of_strangers
    if int(length) > _LARGEST or (large and not request.app.state.known(request)):
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    return None


def _signed_in(request: Request) -> bool:
    return access(request).session(request) is not None


def _unexpected(request: Request, log_id: str) -> Response:
    request.state.session = None
    problem = TranslatedError("page_failed", log_id=log_id)
    return _page(request, problem, HTTPStatus.INTERNAL_SERVER_ERROR)
