"""The person's own account: language and password."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from assistant.accounts.passwords import SHORTEST
from assistant.texts import TranslatedError
from pages.shared.access import address_of
from pages.shared.rendering import Typed, access, installation
from pages.staff.layout import done, page
from pages.staff.person import Somebody

router = APIRouter()


@router.get("/account")
def own_page(request: Request, _somebody: Somebody) -> Response:
    """Language and password."""
    return page(request, "own.html", shortest=SHORTEST)


@router.post("/account/language")
def speak(request: Request, somebody: Somebody, language: Typed, back: Typed = "") -> Response:
    """Use another language, from the page of the site that `back` leads to."""
    installation(request).accounts.speak(somebody.name, language)
    return done(request, back if back.startswith("/") else "/account", "done_language")


@router.post("/account/password")
def change_password(request: Request, somebody: Somebody, old: Typed, new: Typed) -> Response:
    """Replace the password; other sessions of the account end."""
    sessions = installation(request).sessions
    try:
        device = access(request).device(request, somebody.name)
        token = sessions.change_password(somebody.name, old, new, address=address_of(request), device=device)
    except TranslatedError as problem:
        return page(request, "own.html", problem, shortest=SHORTEST)
    response = done(request, "/account", "done_password")
    access(request).begin(request, response, token)
    return response
