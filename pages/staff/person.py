"""How a route says who may use it.

    Author = Annotated[Account, person(Act.WRITE)]

    @router.post("/documents")
    def add(author: Author, ...) -> Response: ...

A route without such a person is not served, unless it stands among the open ones (see `site.py`).
"""

import hmac
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import FormData

from assistant.accounts.accounts import Account, Permission, may
from assistant.texts import TranslatedError
from pages.shared.middleware import ForeignForm
from pages.shared.rendering import session_of

_MOST_FIELDS = 20_000  # of a form: a long document has thirty for each of its sections


class SignInNeeded(TranslatedError):
    """Nobody is signed in, or no longer."""


class NotAllowed(TranslatedError):
    """An act that is not among those of the person's role."""


async def _form_token(request: Request) -> str:
    if request.method in ("GET", "HEAD"):
        return ""
    request.state.form = await request.form(max_fields=_MOST_FIELDS)
    return str(request.state.form.get("form_token", ""))


@dataclass(frozen=True)
class Person:
    """The account that asks, if it may; `None` for whoever is signed in."""

    act: Permission | None

    def __call__(self, request: Request, form_token: Annotated[str, Depends(_form_token)]) -> Account:
        """Let the account in.

        Raises:
            SignInNeeded: nobody is signed in.
            ForeignForm: a form does not belong to this session.
            NotAllowed: the role does not include the act.
        """
        session = session_of(request)
        if session is None:
            raise SignInNeeded("sign_in_needed")
        if request.method not in ("GET", "HEAD") and not hmac.compare_digest(
            form_token.encode(), session.form_token.encode()
        ):
            raise ForeignForm("foreign_form")
        if self.act is not None and not may(session.account, self.act):
            raise NotAllowed("not_allowed")
        return session.account


def person(act: Permission | None = None) -> Any:  # noqa: ANN401 - what FastAPI's Depends is
    """The person that a route needs: one whose role includes an act, or without one whoever is signed in."""
    return Depends(Person(act))


Somebody = Annotated[Account, person()]
Reader = Annotated[Account, person(Permission.READ_STAFF)]
Author = Annotated[Account, person(Permission.WRITE)]
Reviewer = Annotated[Account, person(Permission.REVIEW)]
Publisher = Annotated[Account, person(Permission.PUBLISH)]


def _form(request: Request, _author: Author) -> FormData:
    form: FormData = request.state.form  # read for the author's token already
    return form


Filled = Annotated[FormData, Depends(_form)]  # an author's form of many fields; those of FastAPI read short ones only


def number_in(form: FormData, name: str) -> int:
    """The number of a version in a form."""
    number = str(form.get(name, ""))
    if not re.fullmatch(r"[1-9]\d{0,17}", number, re.ASCII):
        raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY)
    return int(number)
