"""The form by which companies send in what has worked for them: it becomes a draft that staff review and publish."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, FastAPI, Form, Request, Response

from assistant.app import App
from assistant.language.phrasing import recognise_language
from assistant.texts import TranslatedError, say
from corpus.characters import one_line, printable, slug
from corpus.documents import Access, Metadata, Stage, Version, digest
from corpus.passages import split_markdown
from corpus.vocabulary import LANGUAGES, Term
from pages.public.layout import language_of, page
from pages.shared.access import address_of
from pages.shared.middleware import guarded_site
from pages.shared.rate_limit import TooOften, sending
from pages.shared.rendering import installation

LONGEST_TITLE, LONGEST_COMPANY, LONGEST_EMAIL = 150, 120, 200  # characters
SHORTEST, LONGEST = 200, 10_000  # characters of the text
_FORM = "form"  # where such documents come from, and who the history names
_REVIEWED_WITHIN = timedelta(days=365)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_HEADING = re.compile(r"^#", re.MULTILINE)

router = APIRouter()

Typed = Annotated[str, Form()]


class PracticeRefused(TranslatedError):
    """Something in the form that has to be put right."""


_STATUS: Mapping[type, HTTPStatus] = {
    PracticeRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooOften: HTTPStatus.TOO_MANY_REQUESTS,
}


@dataclass(frozen=True)
class Practice:
    """What a company sent in."""

    title: str = ""
    text: str = ""
    company: str = ""
    market: str = ""
    area: str = ""
    email: str = ""
    agreed: bool = False

    def checked(self) -> Practice:
        """Itself, where all is there.

        Raises:
            PracticeRefused: something is missing, or too long.
        """
        faults = {
            "practice_title_bad": not 0 < len(self.title) <= LONGEST_TITLE,
            "practice_text_bad": not SHORTEST <= len(self.text) <= LONGEST,
            "practice_company_bad": not 0 < len(self.company) <= LONGEST_COMPANY,
            "practice_email_bad": len(self.email) > LONGEST_EMAIL or not _EMAIL.fullmatch(self.email),
            "practice_not_agreed": not self.agreed,
        }
        for name, fails in faults.items():
            if fails:
                raise PracticeRefused(name, shortest=SHORTEST, longest=LONGEST)
        return self


def best_practice(app: App, now: Callable[[], float] = time.monotonic) -> FastAPI:
    """The form as a site, to be mounted; anybody may use it."""
    site = guarded_site(app, page, [])
    site.include_router(router)
    site.state.sending = sending(now)
    return site


@router.get("/")
def form(request: Request, language: str = "") -> Response:
    """The form in the language of the browser, or in one that was chosen."""
    return _page(request, Practice(), language)


@router.post("/")
def send(
    request: Request,
    language: Typed = "",
    title: Typed = "",
    text: Typed = "",
    company: Typed = "",
    market: Typed = "",
    area: Typed = "",
    email: Typed = "",
    agreed: Typed = "",
    website: Typed = "",
) -> Response:
    """Make a draft of it; what fills in the field that nobody sees is a program, and is thanked all the same."""
    app = installation(request)
    vocabulary = app.vocabulary
    sent = Practice(
        title=one_line(title),
        text=printable(text).strip(),
        company=one_line(company),
        market=market if market in vocabulary.markets else "",
        area=area if area in vocabulary.areas else "",
        email=one_line(email),
        agreed=bool(agreed),
    )
    try:
        practice = sent.checked()
        request.app.state.sending.admit(address_of(request))
    except TranslatedError as problem:
        return _page(request, sent, language, problem)
    if not website:
        _keep(app, practice, language)
    return _page(request, Practice(), language, sent=True)


def _keep(app: App, practice: Practice, language: str) -> None:
    """Add it to the drafts. The address stands in a comment for staff, never in the document."""
    version = _version(practice, language if language in LANGUAGES else "en", app.journal.today())
    why = "sent in by a company"
    app.catalogue.add_version(version, split_markdown(version), origin=_FORM, stage=Stage.DRAFT, who=_FORM, why=why)
    comment = say("en", "practice_comment", company=practice.company, email=practice.email)
    app.catalogue.comment(version.document_id, comment, who=_FORM)


def _version(practice: Practice, page_language: str, today: date) -> Version:
    body = f"## {practice.title}\n{_HEADING.sub('###', practice.text)}\n"
    metadata = Metadata(
        title=practice.title,
        kind="practice",
        language=recognise_language(practice.text, page_language),
        publisher=practice.company,
        published_on=today,
        facts_as_of=today.strftime("%Y-%m"),
        review_by=today + _REVIEWED_WITHIN,
        markets=frozenset(filter(None, [practice.market])),
        areas=frozenset(filter(None, [practice.area])),
        access=Access.STAFF,  # until whoever publishes it opens it
    )
    document_id = f"best-practices/{slug(practice.title) or 'practice'}-{secrets.token_hex(3)}"
    return Version(document_id, 1, metadata, body, digest(body))


def _page(
    request: Request, practice: Practice, language: str, problem: TranslatedError | None = None, *, sent: bool = False
) -> Response:
    if language in LANGUAGES:
        request.state.language = language
    vocabulary, spoken = installation(request).vocabulary, language_of(request)

    def named(terms: dict[str, Term], all_of_them: str) -> list[tuple[str, str]]:
        return [("", say(spoken, all_of_them)), *((code, term.name(spoken)) for code, term in terms.items())]

    return page(
        request,
        "best_practice.html",
        problem,
        _STATUS.get(type(problem)),
        practice=practice,
        sent=sent,
        markets=named(dict(vocabulary.markets), "all_markets"),
        areas=named(dict(vocabulary.areas), "every_area"),
        shortest=SHORTEST,
        longest={"title": LONGEST_TITLE, "text": LONGEST, "company": LONGEST_COMPANY, "email": LONGEST_EMAIL},
    )
