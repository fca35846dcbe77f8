"""The frame of the pages for companies: navigation, the switch of languages, the links at the foot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse

from assistant.handoff.handoffs import NoConsent
from assistant.handoff.letters import BadHandoff
from assistant.handoff.watching.watches import BadWatch, UnknownWatch
from assistant.language.dates import dated
from assistant.language.writing import alone
from assistant.market import comparison, plan
from assistant.texts import TranslatedError
from assistant.understand.questions import Profile
from corpus.errors import KnownError, UnknownCode
from corpus.passages import SUMMARY
from corpus.vocabulary import LANGUAGES
from pages.shared import rendering
from pages.shared.captions import opened, quoted
from pages.shared.company import along, of_address
from pages.shared.middleware import ForeignForm
from pages.shared.navigation import FOOT, PARTS, served
from pages.shared.rate_limit import TooOften
from pages.shared.rendering import Statuses, answered, common, installation, place, status_of
from pages.shared.shell import environment, shell_for_visitors
from pages.shared.shown import NoSuchPage, Withdrawn

FOLDER = Path(__file__).parent


class BadRequest(TranslatedError):
    """A form that cannot be used as it was filled in."""


_STATUS: Statuses = {
    ForeignForm: HTTPStatus.FORBIDDEN,
    NoSuchPage: HTTPStatus.NOT_FOUND,
    Withdrawn: HTTPStatus.GONE,
    BadRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownCode: HTTPStatus.UNPROCESSABLE_ENTITY,
    comparison.NothingToCompare: HTTPStatus.UNPROCESSABLE_ENTITY,
    plan.PlanNeedsMore: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadHandoff: HTTPStatus.UNPROCESSABLE_ENTITY,
    NoConsent: HTTPStatus.CONFLICT,
    BadWatch: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownWatch: HTTPStatus.NOT_FOUND,
    TooOften: HTTPStatus.TOO_MANY_REQUESTS,
}


_templates = environment(FOLDER / "templates")
_templates.globals |= {"summary": SUMMARY, "alone": alone}


def page(
    request: Request,
    template: str,
    /,
    problem: KnownError | None = None,
    status: int | None = None,
    **values: object,
) -> HTMLResponse:
    """A page in the reader's language; `values` are what its template shows.

    With a `problem`, its sentence stands on the page, and its status is the page's.
    """
    language = language_of(request)
    routes = request.scope["router"].routes  # of the outermost application
    app, here = installation(request), place(request)
    prefix = app.settings.prefix
    company = of_address(here, request.query_params, app.vocabulary)
    html = _templates.get_template(template).render(
        values
        | common(request, problem)
        | {
            "shell": shell_for_visitors(
                app.vocabulary,
                app.settings,
                language,
                here,
                served(PARTS, routes),
                served(FOOT, routes),
                company,
                {code: _switched(request, code) for code in LANGUAGES},
            ),
            "status": status or status_of(problem, _STATUS),
            "to": _Linking(prefix, language, company),
            "opened": lambda citation, spoken: f"{prefix}/{opened(citation, spoken)}",
            "quoted": quoted,
            "dated": partial(dated, language),
            "today": date.today(),
            "mails": bool(app.settings.smtp_host),
        }
    )
    return answered(html, problem, status, _STATUS)


def language_of(request: Request) -> str:
    """The language that the address or the form names, else that of the person or the browser."""
    named = request.query_params.get("language", "")
    if named in LANGUAGES:
        request.state.language = named
    return rendering.language_of(request)


@dataclass(frozen=True)
class _Linking:
    """Makes addresses of pages in one language, with what is known of the company."""

    prefix: str
    language: str
    company: Profile

    def __call__(self, path: str, fragment: str = "", **query: object) -> str:
        named = {**along(path, self.company), **query}
        asked = [(name, value) for name, value in named.items() if value not in ("", None)]
        return f"{self.prefix}{quote(path)}?{urlencode([*asked, ('language', self.language)], doseq=True)}{fragment}"

    def kept(self, path: str) -> list[tuple[str, str]]:
        """The same as fields of a form that leads to a page."""
        known = along(path, self.company)
        named = [(name, one) for name, value in known.items() for one in ([value] if isinstance(value, str) else value)]
        return [*named, ("language", self.language)]


def _switched(request: Request, language: str) -> str:
    """This page in another language."""
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "language" and value]
    return f"?{urlencode([*asked, ('language', language)])}"
