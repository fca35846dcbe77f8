"""What the pages made of templates share, signed in or not: who asks, in which language, and how a page is answered."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import Form, Request
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse, RedirectResponse

from assistant.accounts.sessions import Session
from assistant.app import App
from assistant.texts import ComeBack, TranslatedError, say
from corpus.errors import KnownError
from corpus.vocabulary import LANGUAGES
from pages.shared.access import Authenticator
from pages.shared.language import preferred
from pages.shared.observation import refused

MOST = 2**63 - 1  # that the stores can count to
Numbered = Annotated[int, InPath(ge=0, le=MOST)]  # the number of a record in a path
Typed = Annotated[str, Form(max_length=1000)]  # a field of a form, of a length that people type
Statuses = Mapping[type[KnownError], HTTPStatus]


def installation(request: Request) -> App:
    """The installation that a request is for."""
    app: App = request.app.state.installation
    return app


def access(request: Request) -> Authenticator:
    """The access to it."""
    found: Authenticator = request.app.state.access
    return found


def session_of(request: Request) -> Session | None:
    """The session of a request, looked up once."""
    if not hasattr(request.state, "session"):
        request.state.session = access(request).session(request)
    session: Session | None = request.state.session
    return session


def language_of(request: Request) -> str:
    """The language that a page has chosen, else that of the person's account, or before signing in of the browser."""
    chosen: str | None = getattr(request.state, "language", None)
    if chosen:
        return chosen
    session = session_of(request)
    return session.account.language if session else preferred(request.headers.get("accept-language", ""))


def common(request: Request, problem: KnownError | None) -> dict[str, object]:
    """What every template may show."""
    language = language_of(request)
    return {
        "problem": sentence(problem, language) if problem else "",
        "problem_language": spoken(problem, language),
        "language": language,
        "languages": {code: say(code, "language_name") for code in LANGUAGES},
        "t": partial(say, language),
        "prefix": installation(request).settings.prefix,
        "root": request.scope["root_path"],
        "here": request.scope["path"],
    }


def place(request: Request) -> str:
    """The path of a page from where the server's own begin."""
    return str(request.scope["path"]).removeprefix(installation(request).settings.prefix)


def sentence(problem: KnownError, language: str) -> str:
    """What went wrong, in the person's language where it is said in that."""
    return problem.localised(language) if isinstance(problem, TranslatedError) else str(problem)


def spoken(problem: KnownError | None, language: str) -> str:
    """The language in which `sentence` says it."""
    return language if isinstance(problem, TranslatedError) else "en"


def answered(html: str, problem: KnownError | None, status: int | None, statuses: Statuses) -> HTMLResponse:
    """A page as a response: with its own status, or that of its problem."""
    response = HTMLResponse(html, status or status_of(problem, statuses))
    if isinstance(problem, ComeBack):
        response.headers["Retry-After"] = str(problem.seconds)
        refused(problem)
    return response


def go(address: str) -> RedirectResponse:
    """Go on to another page, whatever brought the person here."""
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)


def status_of(problem: KnownError | None, statuses: Statuses) -> HTTPStatus:
    """The status of a page with this problem."""
    if problem is None:
        return HTTPStatus.OK
    other = HTTPStatus.SERVICE_UNAVAILABLE if problem.retryable else HTTPStatus.BAD_REQUEST
    return next((statuses[kind] for kind in type(problem).__mro__ if kind in statuses), other)
