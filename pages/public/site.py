"""The pages for companies as one site, and the routes by which an application serves it."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.app import App
from pages.public import assets, changes, comparing, contact, legal, library, planning, watching
from pages.public.layout import FOLDER, page
from pages.shared.cache import ResultCache
from pages.shared.middleware import STYLES, guarded_site
from pages.shared.pictures import PagePictures
from pages.shared.rate_limit import making, sending
from pages.shared.turns import Turns

STYLE = FOLDER / "public.css"
COMPRESSED = 5  # of nine levels
_MODULES = (comparing, planning, changes, watching, library, contact, legal, assets)


def public_site(app: App) -> FastAPI:
    """The pages of an installation for companies."""
    site = guarded_site(app, page, [STYLE, *STYLES])
    site.add_middleware(GZipMiddleware, compresslevel=COMPRESSED)
    site.state.made = ResultCache(app)
    site.state.pictures = PagePictures(app)
    site.state.searches = Turns()
    site.state.making, site.state.searching, site.state.sending = making(), making(), sending()
    for module in _MODULES:
        site.include_router(module.router)
    return site


def routes_to(site: FastAPI) -> list[Route]:
    """The routes to the site; it is not mounted, since its pages stand at the root, beside others."""
    paths = [f"/{style.name}" for style in (STYLE, *STYLES)]
    paths += [route.path for module in _MODULES for route in module.router.routes if isinstance(route, APIRoute)]
    return [Route(path, endpoint=site) for path in paths]


def public(app: App) -> list[Route]:
    """The routes to an installation's pages for companies."""
    return routes_to(public_site(app))


class UnknownPages:
    """The layer around another application: of what that does not have, a browser is told by a page of the site."""

    def __init__(self, app: ASGIApp, site: FastAPI) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and answer where nothing is there."""
        if scope["type"] != "http" or not _wants_page(Request(scope)):
            await self._app(scope, receive, send)
            return
        unknown = False

        async def sending(message: Message) -> None:
            nonlocal unknown
            unknown = unknown or message.get("status") == 404
            if not unknown:
                await send(message)

        await self._app(dict(scope), receive, sending)
        if unknown:
            await self._site(scope, receive, send)


def _wants_page(request: Request) -> bool:
    return request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")
