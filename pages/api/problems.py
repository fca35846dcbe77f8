"""What a program is told that cannot be answered: a problem as RFC 9457 has it, with the product's own sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field

from assistant.accounts.keys import KeyRefused
from assistant.handoff.handoffs import NoConsent
from assistant.handoff.letters import BadHandoff
from assistant.journal.journal import UnknownAnswer
from assistant.market.comparison import NothingToCompare
from assistant.market.plan import PlanNeedsMore
from assistant.texts import ComeBack, TranslatedError, say
from assistant.understand.questions import LONGEST, UnclearQuestion
from corpus.errors import (
    BadDocument,
    KnownError,
    MoveNotAllowed,
    OwnWork,
    UnknownCode,
    UnknownDocument,
    UnknownVersion,
    Unreadable,
)
from pages.shared.language import preferred
from pages.shared.middleware import ForeignForm
from pages.shared.observation import turned_away
from pages.shared.rate_limit import TooOften
from pages.shared.rendering import Statuses, status_of
from pages.shared.shown import NoSuchPage, Withdrawn

MEDIA_TYPE = "application/problem+json"
FRONT_ENDS = re.compile(r"/(?:chat/completions|models(?:/.*)?)$")  # the addresses that chat front ends ask


class UnknownModel(TranslatedError):
    """A model that is not served here."""


class ScopeLacking(TranslatedError):
    """A key that is not for this."""


class ProblemForm(BaseModel):
    """What cannot be answered, and why (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = Field(description="A sentence for people, in the language of Accept-Language.")
    code: str = Field(description="What programs compare.")
    retry_after: int = Field(0, description="The seconds to wait, where that helps.")
    errors: list[dict[str, str]] = Field([], description="Each place of a request that is not as described.")
    error: dict[str, str] = Field({}, description="The same for chat front ends, where they look for it.")


_STATUS: Statuses = {
    KeyRefused: HTTPStatus.UNAUTHORIZED,
    ScopeLacking: HTTPStatus.FORBIDDEN,
    ForeignForm: HTTPStatus.FORBIDDEN,
    NoSuchPage: HTTPStatus.NOT_FOUND,
    UnknownAnswer: HTTPStatus.NOT_FOUND,
    UnknownModel: HTTPStatus.NOT_FOUND,
    Withdrawn: HTTPStatus.GONE,
    NoConsent: HTTPStatus.CONFLICT,
    UnknownDocument: HTTPStatus.NOT_FOUND,
    UnknownVersion: HTTPStatus.NOT_FOUND,
    MoveNotAllowed: HTTPStatus.CONFLICT,
    OwnWork: HTTPStatus.CONFLICT,
    Unreadable: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadDocument: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnclearQuestion: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownCode: HTTPStatus.UNPROCESSABLE_ENTITY,
    NothingToCompare: HTTPStatus.UNPROCESSABLE_ENTITY,
    PlanNeedsMore: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadHandoff: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooOften: HTTPStatus.TOO_MANY_REQUESTS,
}
# Where a border has refused a request before anybody has read it, in words that speak of forms to people.
_SENTENCES: Mapping[int, str] = {
    HTTPStatus.LENGTH_REQUIRED: "api_length",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "api_too_large",
    HTTPStatus.UNPROCESSABLE_ENTITY: "api_unreadable",
    HTTPStatus.BAD_REQUEST: "api_unreadable",
}


# What the description says of every route.
DESCRIBED: dict[int | str, dict[str, Any]] = {
    kinds: {"description": told, "content": {MEDIA_TYPE: {"schema": ProblemForm.model_json_schema()}}}
    for kinds, told in (("4XX", "What to change, or how long to wait."), ("5XX", "Come back later."))
}


def problem_page(
    request: Request, _template: str, /, problem: KnownError | None, status: int | None = None
) -> Response:
    """The response to a request that failed; see `pages.shared.middleware.Page`."""
    assert problem is not None  # noqa: S101 - this site has no pages but of problems
    if isinstance(problem, ComeBack):
        turned_away(problem)
    return response(request, told(problem, language_of(request), status))


def unreadable(request: Request, error: Exception) -> Response:
    """The response to a request that is not as its description says; `errors` names each place."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - Starlette's type of a handler is wider
    wrong = [{"where": _pointer(one["loc"]), "what": one["msg"]} for one in error.errors()]
    problem = _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "unreadable", say(language_of(request), "api_unreadable"))
    return response(request, problem | {"errors": wrong})


def told(problem: KnownError, language: str, status: int | None = None) -> dict[str, object]:
    """A failure as a problem; `status` where it is not that of its kind."""
    if status is not None:
        sentence = say(language, _SENTENCES[status]) if status in _SENTENCES else _sentence(problem, language)
        return _problem(status, _code(HTTPStatus(status).name), sentence)
    found = _problem(status_of(problem, _STATUS), _code(type(problem).__name__), _sentence(problem, language))
    return found | ({"retry_after": problem.seconds} if isinstance(problem, ComeBack) else {})


def response(request: Request, problem: dict[str, object]) -> Response:
    """A problem as it is sent; chat front ends find its sentence where they look for it."""
    status = int(str(problem["status"]))
    headers = {}
    if "retry_after" in problem:
        headers["Retry-After"] = str(problem["retry_after"])
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if FRONT_ENDS.search(request.url.path):
        problem = for_front_ends(problem)
    return Response(json.dumps(problem, ensure_ascii=False), status, headers, MEDIA_TYPE)


def for_front_ends(problem: dict[str, object]) -> dict[str, object]:
    """A problem in which those who know OpenAI's form of an error find its sentence, too."""
    return problem | {"error": {"message": problem["detail"], "type": problem["code"], "code": problem["code"]}}


def language_of(request: Request) -> str:
    """The language in which a program wants to be told."""
    return preferred(request.headers.get("accept-language", ""))


def _problem(status: int, code: str, detail: str) -> dict[str, object]:
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code}


def _sentence(problem: KnownError, language: str) -> str:
    match problem:
        case ComeBack():
            return say(language, "api_come_back", seconds=problem.seconds)
        case UnclearQuestion():
            return say(language, "unclear", longest=LONGEST)
        case TranslatedError():
            return problem.localised(language)
    return str(problem)


def _code(name: str) -> str:
    """`TooOften` or `LENGTH_REQUIRED` as programs compare it: too-often, length-required."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", "-", name).lower()


def _pointer(place: Sequence[object]) -> str:
    """Where in a request something is: `body/after/0`."""
    return "/".join(map(str, place))
