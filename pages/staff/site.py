"""The staff pages as one site, to be mounted."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.responses import FileResponse
from fastapi.routing import APIRoute

from assistant.app import App
from assistant.trials import Trials
from pages.access import access_of
from pages.staff import (
    accounts,
    border,
    coverage,
    document,
    documents,
    due,
    editing,
    gaps,
    home,
    intake,
    own,
    report,
    sign_in,
    sources,
    trying,
)
from pages.staff.person import Person, from_here

_STYLE = Path(__file__).parent / "staff.css"


def staff(app: App) -> FastAPI:
    """The staff pages of an installation, to be mounted at `/staff`."""
    routers = [home.router, intake.router, gaps.router, trying.router, coverage.router, report.router]
    routers += [documents.router, editing.router, document.router, due.router, sources.router]
    routers += [accounts.router, own.router, sign_in.router]
    open_paths = sign_in.OPEN_PATHS
    if app.settings.openid_issuer:
        from pages.staff import openid  # with its libraries, which nobody else needs

        routers.append(openid.router_for(app.settings))
        open_paths |= openid.OPEN_PATHS
    site = site_of(app, routers, open_paths)
    site.state.trials = Trials(app)
    return site


def site_of(app: App, routers: Iterable[APIRouter], open_paths: frozenset[str]) -> FastAPI:
    """The site made of these routers, to be mounted.

    A route is served to nobody but a `person`, except on the open paths.
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
    site.add_api_route("/staff.css", _style)
    site.state.paths = set()
    for router in routers:
        site.state.paths |= _guarded_paths(router, open_paths)
        site.include_router(router)
    border.guard(site)
    return site


def _style() -> FileResponse:
    return FileResponse(_STYLE, headers={"Cache-Control": "no-cache"})


def _guarded_paths(router: APIRouter, open_paths: frozenset[str]) -> set[str]:
    """The paths of a router, none of which was forgotten to be guarded."""
    paths = set()
    for route in router.routes:
        if not isinstance(route, APIRoute):
            raise TypeError(f"{route} is no plain route, so nobody can tell who may use it.")
        if route.path not in open_paths and not _asks_for_person(route.dependant):
            raise RuntimeError(f"The route {route.path} does not say who may use it; give it a person (person.py).")
        paths.add(route.path)
    return paths


def _asks_for_person(dependant: Dependant) -> bool:
    return isinstance(dependant.call, Person) or any(map(_asks_for_person, dependant.dependencies))
