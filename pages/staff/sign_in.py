"""Signing in and out: by name and password, by a one-time code, or by the word of the trusted proxy."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request, Response

from assistant.accounts.accounts import Account, Permission, may
from assistant.accounts.passwords import SHORTEST
from assistant.accounts.sessions import Way
from assistant.texts import TranslatedError
from pages.shared.access import address_of, named_by_proxy
from pages.shared.rendering import Typed, access, go, installation, session_of
from pages.staff.layout import done, page
from pages.staff.person import Somebody
from pages.staff.unsaved import SIGNED_OUT

router = APIRouter()

OPEN_PATHS = frozenset({"/sign-in", "/code"})

_HERE = re.compile(r"/(?:[\w.~%-][\w.~%:/-]*)?(?:\?[\w.~%/=&+:,-]*)?", re.ASCII)


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "") -> Response:  # noqa: A002 - the name that such addresses use
    """The form, or where the proxy has named somebody, a session at once."""
    session = session_of(request)
    if session:
        return go(_onward(request, session.account, next))
    named = named_by_proxy(request)
    if named:
        return begin(request, installation(request).sessions.sign_in_known(Way.PROXY, name=named), next)
    return _form(request, "", next)


@router.post("/sign-in")
def sign_in(request: Request, name: Typed, password: Typed, next: Typed = "") -> Response:  # noqa: A002 - as above
    """Begin a session by name and password."""
    try:
        device = access(request).device(request, name)
        token = installation(request).sessions.sign_in(name, password, address=address_of(request), device=device)
    except TranslatedError as problem:
        return _form(request, name, next, problem)
    return begin(request, token, next)


@router.post("/sign-out")
def sign_out(request: Request, somebody: Somebody) -> Response:
    """End the session."""
    response = done(request, "/sign-in", SIGNED_OUT, somebody.name)
    access(request).end(request, response)
    return response


@router.get("/code")
def code_page(request: Request) -> Response:
    """The form by which a one-time code becomes a password."""
    return page(request, "code.html", name="", shortest=SHORTEST)


@router.post("/code")
def use_code(request: Request, name: Typed, code: Typed, password: Typed) -> Response:
    """Set a password by a one-time code, and begin a session."""
    try:
        token = installation(request).sessions.use_code(
            name, code, password, address=address_of(request), device=access(request).device(request, name)
        )
    except TranslatedError as problem:
        return page(request, "code.html", problem, name=name, shortest=SHORTEST)
    return begin(request, token)


def begin(request: Request, token: str, wanted: str = "") -> Response:
    """Let the browser keep a new session, and go on to the wanted page or the first one.

    Where somebody has failed to sign in as this person, the page says so: one of ours, as the chat does not.
    """
    session = installation(request).sessions.session(token)
    onward, root = _onward(request, session.account if session else None, wanted), request.scope["root_path"]
    if session and session.wrong_attempts:
        here = onward.removeprefix(root) if onward.startswith(f"{root}/") else "/account"
        response = done(request, here, "done_wrong_attempts")
    else:
        response = go(onward)
    access(request).begin(request, response, token)
    access(request).know(request, response, token)
    return response


def _form(request: Request, name: str, wanted: str, problem: TranslatedError | None = None) -> Response:
    by_provider = bool(installation(request).settings.openid_issuer)
    return page(request, "sign_in.html", problem, name=name, next=wanted, by_provider=by_provider)


def _onward(request: Request, account: Account | None, wanted: str) -> str:
    """The wanted page, if it is one of ours; else the first one: of the staff, or for members the chat."""
    prefix = installation(request).settings.prefix
    first = f"{request.scope['root_path']}/" if may(account, Permission.READ_STAFF) else f"{prefix}/"
    return wanted if wanted.startswith(f"{prefix}/") and _HERE.fullmatch(wanted) else first
