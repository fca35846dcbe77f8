"""The HTTP API as one site, to be mounted at `/api/v1`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse
from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.app import App
from pages.api import asking, completions, curating, letters, library, markets
from pages.api.access import Gate, Needs, brings_files
from pages.api.answering import Answering
from pages.api.problems import DESCRIBED, problem_page, unreadable
from pages.shared.cache import ResultCache
from pages.shared.middleware import guarded_site
from pages.shared.rate_limit import sending
from pages.shared.recording import Recorder
from pages.shared.rendering import installation
from pages.shared.shell import environment
from pages.shared.turns import Turns

PATH = "/api/v1"
_FOLDER = Path(__file__).parent
_LARGEST = 2**20  # bytes of a request: a conversation with its answers
_MODULES = (asking, markets, letters, library, completions, curating)

_templates = environment(_FOLDER / "templates")


@dataclass(frozen=True)
class ApiVersion:
    """What every response says of the version: what it is, since when another is to be used, and how long it works."""

    number: str
    deprecated: date | None = None
    ends: date | None = None

    @property
    def headers(self) -> dict[str, str]:
        """As headers: `Deprecation` by RFC 9745, `Sunset` by RFC 8594."""
        said = {"API-Version": self.number}
        if self.deprecated:
            said["Deprecation"] = f"@{int(_midnight(self.deprecated).timestamp())}"
        if self.ends:
            said["Sunset"] = format_datetime(_midnight(self.ends), usegmt=True)
        return said


VERSION = ApiVersion("1.0")


def api_site(app: App, gate: Gate, answering: Answering, recorder: Recorder) -> FastAPI:
    """The API of an installation, for the keys that a gate lets in."""
    site = guarded_site(app, problem_page, [], largest_of_strangers=_LARGEST, known=brings_files(gate))
    site.add_exception_handler(RequestValidationError, unreadable)
    site.add_middleware(GZipMiddleware, compresslevel=5)
    site.add_middleware(Versioned, version=VERSION)
    site.state.gate, site.state.answering, site.state.recorder = gate, answering, recorder
    site.state.made = ResultCache(app)
    site.state.searches, site.state.intakes = Turns(), Turns(at_once=1)
    site.state.sending = sending()
    for module in _MODULES:
        ensure_keyed(module.router)
        site.include_router(module.router, responses=DESCRIBED, generate_unique_id_function=lambda route: route.name)
    site.include_router(_described())
    return site


class Versioned:
    """The layer that says of every response which version of the API it is."""

    def __init__(self, app: ASGIApp, version: ApiVersion) -> None:
        self._app = app
        self._headers = version.headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, sending)


def ensure_keyed(router: APIRouter) -> None:
    """See that no route of a router was forgotten to say which keys may use it."""
    for route in router.routes:
        if not isinstance(route, APIRoute) or not _asks_for_key(route.dependant):
            raise RuntimeError(f"{route} does not say which keys may use it; give it one (access.py).")


def _asks_for_key(dependant: Dependant) -> bool:
    return isinstance(dependant.call, Needs) or any(map(_asks_for_key, dependant.dependencies))


def _described() -> APIRouter:
    """The routes that describe the API: as a document for programs, and as a page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json")
    def document(request: Request) -> Response:
        return JSONResponse(description(request.app))

    @router.get("/")
    def reference(request: Request) -> Response:
        app, api = installation(request), description(request.app)
        prefix = app.settings.prefix
        html = _templates.get_template("reference.html").render(api=api, prefix=prefix, root=prefix + PATH)
        return HTMLResponse(html)

    return router


def description(site: FastAPI) -> dict[str, object]:
    """The OpenAPI document of the site."""
    return get_openapi(
        title="Market-entry assistant",
        version=VERSION.number,
        summary="Ask the library of the clusters; every statement carries its sources.",
        routes=site.routes,
        servers=[{"url": site.state.installation.settings.prefix + PATH}],
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
