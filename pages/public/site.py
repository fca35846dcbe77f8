"""The pages for companies as one site, and the routes by which an application serves it."""

from __future__ import annotations

from fastapi.routing import APIRoute
from starlette.routing import Route

from assistant.app import App
from pages.public import comparing, contact, legal, library, planning
from pages.public.cache import ResultCache
from pages.public.layout import FOLDER, page
from pages.public.turns import Turns
from pages.shared.middleware import guarded_site
from pages.shared.rate_limit import making, sending

STYLE = FOLDER / "public.css"
_MODULES = (comparing, planning, library, contact, legal)


def public(app: App) -> list[Route]:
    """The routes of an installation's pages for companies.

    They are no mount: these pages stand at the root, beside others.
    """
    site = guarded_site(app, page, [STYLE])
    site.state.made = ResultCache(app)
    site.state.searches = Turns()
    site.state.making, site.state.searching, site.state.sending = making(), making(), sending()
    for module in _MODULES:
        site.include_router(module.router)
    paths = [f"/{STYLE.name}", "/pages.css"]
    paths += [route.path for module in _MODULES for route in module.router.routes if isinstance(route, APIRoute)]
    return [Route(path, endpoint=site) for path in paths]
