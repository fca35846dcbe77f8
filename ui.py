"""The web door: FastAPI with staff and Gradio pages mounted, and the headers that keep a browser at home."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from threading import Event

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from uvicorn.config import STARTUP_FAILURE

from assistant.app import App, open_app
from assistant.desk.background import work_in_background
from assistant.settings import Settings
from pages.api.doors import McpDoor, ProgramDoors, program_doors
from pages.api.site import PATH
from pages.chat.embedding import embed_script, frame_ancestors
from pages.chat.feedback import feedback
from pages.chat.page import CSS, SCRIPT, THEME, chat
from pages.chat.routes import OnlyTheChat
from pages.health import health
from pages.public.assets import KEPT_BY_BROWSERS
from pages.public.best_practice import best_practice
from pages.public.site import COMPRESSED, UnknownPages, public_site, routes_to
from pages.shared.access import TrustedProxy
from pages.shared.admission import admission
from pages.shared.connections import MOST, UntilDisconnected, connections_possible, serving_config
from pages.shared.navigation import FOOT, PARTS, served
from pages.shared.prefix import BelowPrefix
from pages.shared.shell import preloads
from pages.staff.site import staff

# Gradio's own page has inline scripts and styles; everything else comes from this server or not at all.
_POLICY = "Content-Security-Policy"
_HEADERS = {
    _POLICY: (
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
        " img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:;"
        " object-src 'none'; base-uri 'self'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


_FAREWELL = (
    10  # seconds in which a server that is told to stop finishes what it answers; open pages never end by themselves
)
_NAMED_BY_CONTENT = "/assets/"  # Gradio's scripts and styles, another name for each change
_STREAMS = 0.6  # of the connections: who waits for messages leaves room for other requests


def web(app: App, connections: int = MOST) -> FastAPI:
    """The web application of an installation, for so many connections at once."""
    admitted = admission(app)
    doors = program_doors(app, admitted)
    agents = _agents(doors) if app.settings.mcp else None
    api = FastAPI(
        title="Market-entry assistant",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=agents.lifespan if agents else None,
    )

    prefix = app.settings.prefix
    headers = {**_HEADERS, _POLICY: f"{_HEADERS[_POLICY]}; {frame_ancestors(app.settings)}"}

    @api.middleware("http")
    async def guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        for name, value in headers.items():
            response.headers.setdefault(name, value)  # the staff pages have stricter ones
        if request.url.path.startswith(prefix + _NAMED_BY_CONTENT) and response.status_code == HTTPStatus.OK:
            response.headers["Cache-Control"] = KEPT_BY_BROWSERS
        return response

    api.add_middleware(UntilDisconnected)
    api.add_middleware(BelowPrefix, prefix=prefix)
    api.add_middleware(TrustedProxy, settings=app.settings)  # the last one added is the first one asked

    api.router.routes.extend(health(app, admitted).routes)

    @api.get("/chat.js")
    def script() -> FileResponse:
        return FileResponse(SCRIPT, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    if app.settings.framing_origins:
        api.get("/embed.js")(embed_script)

    @api.get("/staff")
    def staff_pages() -> RedirectResponse:
        return RedirectResponse(f"{prefix}/staff/", 308)

    @api.get(PATH)
    def reference() -> RedirectResponse:
        return RedirectResponse(f"{prefix}{PATH}/", 308)

    api.post("/feedback")(feedback(app.journal))

    @api.get("/best-practice")
    def practice_form(request: Request) -> RedirectResponse:
        return RedirectResponse(request.url.replace(scheme="", netloc="", path=f"{prefix}/best-practice/"), 308)

    api.mount("/best-practice", best_practice(app))
    pages = public_site(app)
    api.router.routes.extend(routes_to(pages))
    api.mount("/staff", staff(app))
    api.mount(PATH, doors.api)
    if agents:
        api.router.routes.append(agents.route)
    page = chat(app, admitted, served(PARTS, api.router.routes), served(FOOT, api.router.routes))
    around_the_chat = [
        Middleware(GZipMiddleware, compresslevel=COMPRESSED),  # what Gradio itself does not compress: the page
        Middleware(UnknownPages, site=pages),
        Middleware(OnlyTheChat, page=page, streams=int(connections * _STREAMS)),
    ]
    mounted: FastAPI = gr.mount_gradio_app(
        api,
        page,
        path="/",
        root_path=prefix or None,
        css_paths=list(CSS),
        head=f'{preloads(prefix)}<script type="module" src="chat.js"></script>',
        theme=THEME,
        footer_links=[],
        show_error=False,
        enable_monitoring=False,
        ssr_mode=False,
        max_file_size=1,
        app_kwargs={"middleware": around_the_chat},
        run_history=False,  # Gradio would keep questions in the browser that the person thinks deleted
    )
    return mounted


def _agents(doors: ProgramDoors) -> McpDoor:
    from pages.api.mcp_server import over_http  # with libraries that nobody else needs

    return over_http(doors)


def serve(settings: Settings, *, notice: Callable[[str], None]) -> None:
    """Serve the pages of a home that is held, until the process is stopped."""
    app = open_app(settings, serving=True)
    app.upkeep.make_ready(notice)
    app.warm_up()
    work_in_background(app, Event())
    notice(f"serving on http://{settings.host}:{settings.port}")
    most = connections_possible()
    config = serving_config(web(app, most), settings.host, settings.port, most=most, farewell=_FAREWELL)
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):  # which it has obeyed
        server.run()
    if not server.started:
        sys.exit(STARTUP_FAILURE)
