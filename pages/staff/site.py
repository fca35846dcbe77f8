"""The staff pages as one site, to be mounted."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.datastructures import FormData

from assistant.app import App
from assistant.desk.qualifying import Qualifying
from assistant.desk.trial_queue import Trials
from pages.shared.middleware import guarded_site
from pages.shared.pictures import PagePictures
from pages.shared.rendering import go
from pages.staff import (
    accounts,
    confirming,
    connections,
    coverage,
    document,
    documents,
    due,
    editing,
    gaps,
    handoffs,
    home,
    intake,
    keys,
    model,
    own_account,
    report,
    sign_in,
    sources,
    trying,
)
from pages.staff.layout import page
from pages.staff.person import Person, SignInNeeded
from pages.staff.unit_fields import typed_texts
from pages.staff.unsaved import SCRIPT

_STYLE = Path(__file__).parent / "staff.css"


def staff(app: App) -> FastAPI:
    """The staff pages of an installation, to be mounted at `/staff`."""
    routers = [
        home.router,
        confirming.router,
        intake.router,
        gaps.router,
        handoffs.router,
        trying.router,
        coverage.router,
        report.router,
    ]
    routers += [documents.router, editing.router, document.router, due.router, sources.router]
    routers += [accounts.router, keys.router, connections.router, model.router, own_account.router, sign_in.router]
    open_paths = sign_in.OPEN_PATHS
    if app.settings.openid_issuer:
        from pages.staff import openid  # with its libraries, which nobody else needs

        routers.append(openid.router_for(app.settings))
        open_paths |= openid.OPEN_PATHS
    site = site_of(app, routers, open_paths)
    site.state.pictures = PagePictures(app)
    site.state.trials = Trials(app)
    site.state.qualifying = Qualifying(app)
    return site


def site_of(app: App, routers: Iterable[APIRouter], open_paths: frozenset[str]) -> FastAPI:
    """The site made of these routers, to be mounted.

    A route is served to nobody but a `person`, except on the open paths.
    """
    site = guarded_site(app, page, [_STYLE, SCRIPT])
    site.state.paths = set()
    for router in routers:
        site.state.paths |= _guarded_paths(router, open_paths)
        site.include_router(router)
    site.add_exception_handler(SignInNeeded, _sign_in_first)
    return site


def _sign_in_first(request: Request, error: Exception) -> Response:
    """A page is asked for again after signing in; a form cannot be, so it says what has happened.

    Whoever wrote for longer than a session lasts gets the text back.
    """
    if request.method != "GET":
        assert isinstance(error, SignInNeeded)  # noqa: S101 - as below
        form: FormData = getattr(request.state, "form", FormData())
        body = form.get("body", "")
        texts = [body if isinstance(body, str) else "", *typed_texts(form)]
        return page(request, "error.html", problem=error, typed="\n\n".join(filter(None, texts)))
    where = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    query = urlencode({"next": where})
    return go(f"{request.scope['root_path']}/sign-in?{query}")


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
