"""The connected places, for administrators: what they are, how their last run ended, and what is done with them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from assistant.accounts.accounts import Account, Permission
from corpus.connections.places import Kind
from corpus.connections.reach import check, read_reach
from corpus.errors import KnownError
from pages.shared.rendering import Numbered, Typed, installation
from pages.staff.layout import done, page
from pages.staff.person import person

router = APIRouter()

_SHOWN = 20  # entries that were left out, of one place

Administrator = Annotated[Account, person(Permission.MANAGE_ACCOUNTS)]


@router.get("/connections")
def show(request: Request, _administrator: Administrator) -> Response:
    """The connections, and the form for another."""
    return _connections(request)


@router.post("/connections")
def add(request: Request, administrator: Administrator, kind: Annotated[Kind, Form()], address: Typed) -> Response:
    """Connect a place."""
    app = installation(request)
    try:
        plain = check(kind, address, read_reach(app.settings.connections))
        app.connections.add(kind, plain, who=administrator.name)
    except KnownError as problem:
        return _connections(request, problem, kind=kind, address=address)
    return done(request, "/connections", "done_connected")


@router.post("/connections/{number}/run")
def run_now(request: Request, _administrator: Administrator, number: Numbered) -> Response:
    """Let the server run a place next, in the background."""
    installation(request).connections.change(number, wanted=True)
    return done(request, "/connections", "done_connection_wanted")


@router.post("/connections/{number}/pause")
def pause(request: Request, _administrator: Administrator, number: Numbered) -> Response:
    """Run a place no more until it is resumed."""
    installation(request).connections.change(number, paused=True)
    return done(request, "/connections", "done_connection_changed")


@router.post("/connections/{number}/resume")
def resume(request: Request, _administrator: Administrator, number: Numbered) -> Response:
    """Run a place again."""
    installation(request).connections.change(number, paused=False, wanted=True)
    return done(request, "/connections", "done_connection_changed")


@router.post("/connections/{number}/remove")
def remove(request: Request, _administrator: Administrator, number: Numbered) -> Response:
    """Connect a place no more; what came from it stays."""
    installation(request).connections.remove(number)
    return done(request, "/connections", "done_disconnected")


def _connections(
    request: Request, problem: KnownError | None = None, *, kind: Kind = Kind.FOLDER, address: str = ""
) -> Response:
    places = installation(request).connections
    found = places.all()
    errors = {
        one.number: [entry for entry in places.entries(one.number).values() if entry.problem][:_SHOWN] for one in found
    }
    return page(
        request, "connections.html", problem, places=found, errors=errors, kinds=list(Kind), kind=kind, address=address
    )
