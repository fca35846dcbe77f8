"""The person's own account: language, mails and password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from assistant.accounts.passwords import SHORTEST
from assistant.desk.arrivals import begin
from assistant.texts import TranslatedError
from corpus.errors import KnownError
from pages.shared.access import address_of
from pages.shared.rendering import Typed, access, installation
from pages.staff.layout import done, page
from pages.staff.person import Reader, Somebody

router = APIRouter()


@router.get("/account")
def own_page(request: Request, _somebody: Somebody) -> Response:
    """Language, mails and password."""
    return _own(request)


@router.post("/account/language")
def speak(request: Request, somebody: Somebody, language: Typed, back: Typed = "") -> Response:
    """Use another language, from the page of the site that `back` leads to."""
    installation(request).accounts.speak(somebody.name, language)
    return done(request, back if back.startswith("/") else "/account", "done_language")


@router.post("/account/mails")
def want_mail(request: Request, reader: Reader, wanted: Annotated[bool, Form()] = False) -> Response:
    """Say whether a mail shall tell what arrives, from now on."""
    app = installation(request)
    if wanted and not reader.wants_mail:
        begin(app, reader)
    app.accounts.want_mail(reader.name, wanted)
    return done(request, "/account", "done_mails")


@router.post("/account/password")
def change_password(request: Request, somebody: Somebody, old: Typed, new: Typed) -> Response:
    """Replace the password; other sessions of the account end."""
    sessions = installation(request).sessions
    try:
        device = access(request).device(request, somebody.name)
        token = sessions.change_password(somebody.name, old, new, address=address_of(request), device=device)
    except TranslatedError as problem:
        return _own(request, problem)
    response = done(request, "/account", "done_password")
    access(request).begin(request, response, token)
    return response


def _own(request: Request, problem: KnownError | None = None) -> Response:
    sends = bool(installation(request).settings.smtp_host)
    return page(request, "own.html", problem, shortest=SHORTEST, sends_mail=sends)
