"""The keys by which programs ask, for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from assistant.accounts.accounts import Account, Permission
from assistant.accounts.keys import A_MINUTE, Scope
from assistant.texts import TranslatedError
from pages.shared.rendering import Numbered, Typed, installation
from pages.staff.layout import done, page
from pages.staff.person import person

router = APIRouter()

Administrator = Annotated[Account, person(Permission.MANAGE_ACCOUNTS)]


@router.get("/keys")
def list_keys(request: Request, _administrator: Administrator) -> Response:
    """The keys, and the form for another."""
    return _keys(request)


@router.post("/keys")
def add(
    request: Request,
    administrator: Administrator,
    name: Typed,
    scope: Annotated[list[Scope] | None, Form()] = None,
    account: Typed = "",
    a_minute: Annotated[int, Form()] = A_MINUTE,
) -> Response:
    """Make a key and show it: the only time, so the answer to the form itself."""
    keys = installation(request).keys
    try:
        made, token = keys.add(name, scope or (), account=account, a_minute=a_minute, who=administrator.name)
    except TranslatedError as problem:
        return _keys(request, problem, name=name, account=account, a_minute=a_minute, chosen=scope)
    return page(request, "given_key.html", key=made, secret=token)


@router.post("/keys/{number}/revoke")
def revoke(request: Request, administrator: Administrator, number: Numbered) -> Response:
    """Let a key be used no more."""
    installation(request).keys.revoke(number, who=administrator.name)
    return done(request, "/keys", "done_key_revoked")


def _keys(
    request: Request,
    problem: TranslatedError | None = None,
    *,
    name: str = "",
    account: str = "",
    a_minute: int = A_MINUTE,
    chosen: list[Scope] | None = None,
) -> Response:
    return page(
        request,
        "keys.html",
        problem,
        keys=installation(request).keys.all(),
        scopes=list(Scope),
        filled={"name": name, "account": account, "a_minute": a_minute},
        chosen=chosen or [],
    )
