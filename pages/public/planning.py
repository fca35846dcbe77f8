"""A market-entry plan: the form, the plan, the plan as a file, and the letter that asks for what it leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from assistant.export.calendar import to_calendar
from assistant.export.papers import of_plan
from assistant.language.writing import alone, labelled
from assistant.market.aspects import asked
from assistant.market.digest import PlanDigest, counted, digest, title_of
from assistant.market.plan import Plan
from assistant.texts import say
from assistant.understand.questions import LONGEST, OUTSIDE, Profile
from corpus.errors import KnownError
from pages.public.layout import language_of, page
from pages.shared.cache import made_of
from pages.shared.company import homes
from pages.shared.conversation import typed
from pages.shared.files import foot_of, kept, paper_kept
from pages.shared.middleware import POLICY
from pages.shared.rendering import access, go, installation

router = APIRouter()

_LONGEST_CLASS = 20  # characters
_LONGEST_NOTE = 500  # characters; with one a step the form stays what strangers may send
_SCRIPT = Path(__file__).parent / "plan.js"


class Company(BaseModel):
    """What a company says of itself, as the form sends it."""

    market: str = ""
    product: str = ""
    risk_class: str = Field("", max_length=_LONGEST_CLASS)
    home: str = ""


class GapsForm(Company):
    """The points of a plan, by their place, that a company wants to ask for."""

    gap: list[int] = []


class NotesForm(Company):
    """A plan to take along, with what the company has written beside its steps, in their order."""

    note: list[Annotated[str, Field(max_length=2 * _LONGEST_NOTE)]] = []  # browsers count the end of a line once


Asked = Annotated[Company, Query()]


@router.get("/plan")
def show(request: Request, company: Asked) -> Response:
    """The form, and the plan once it is filled in."""
    view: PlanDigest | None = None
    problem: KnownError | None = None
    vocabulary, language = installation(request).vocabulary, language_of(request)
    if company.market or company.product:
        try:
            view = digest(_made(request, company), vocabulary)
        except KnownError as error:
            if error.retryable:
                raise
            problem = error
    shown = page(
        request,
        "plan.html",
        problem,
        company=company,
        longest_class=_LONGEST_CLASS,
        longest_note=_LONGEST_NOTE,
        view=view,
        vocabulary=vocabulary,
        asked_of=asked,
        counted=counted,
        labelled=partial(labelled, language),
        markets=[("", "–"), *((code, alone(one.name(language))) for code, one in vocabulary.markets.items())],
        products=[("", "–"), *((code, alone(one.name(language))) for code, one in vocabulary.products.items())],
        regions=[(code, name) for name, code in homes(vocabulary, language)],
    )
    if view:
        shown.headers["Content-Security-Policy"] = f"{POLICY}; script-src 'self'"
    return shown


@router.get("/plan.js")
def script() -> Response:
    """What keeps notes in the browser; without it they go into the files all the same."""
    return FileResponse(_SCRIPT, headers={"Cache-Control": "no-cache"})


@router.get("/plan/letter")
def ask(request: Request, wanted: Annotated[GapsForm, Query()]) -> Response:
    """The form of a letter with the points that are ticked."""
    vocabulary, language = installation(request).vocabulary, language_of(request)
    made = _made(request, wanted)
    points = [f"– {made.gaps[at]}" for at in dict.fromkeys(wanted.gap) if 0 <= at < len(made.gaps)]
    product, market = vocabulary.products[made.profile.product], vocabulary.markets[made.market]
    opening = say(language, "plan_letter", product=product.name(language), market=market.name(language))
    text = "\n".join([opening, *points])[:LONGEST]
    prefix = installation(request).settings.prefix
    return go(f"{prefix}/contact?{urlencode({'question': text, 'home': made.profile.home, 'language': language})}")


@router.get("/plan/plan.{form}")
def take(request: Request, company: Asked, form: str) -> Response:
    """The plan as a file, or its dates as one for a calendar."""
    return _taken(request, company, form)


@router.post("/plan/plan.{form}")
def take_with_notes(request: Request, noted: Annotated[NotesForm, Form()], form: str) -> Response:
    """The same with the company's notes, of which nothing is kept here."""
    return _taken(request, noted, form, noted.note)


def _taken(request: Request, company: Company, form: str, notes: Sequence[str] = ()) -> Response:
    app = installation(request)
    made = _made(request, company)
    if form == "ics":
        return kept("plan", form, to_calendar(made, title_of(made, app.vocabulary)))
    beside = [" ".join(typed(note).split()) for note in islice(notes, len(made.steps))]
    return paper_kept("plan", form, of_plan(made, app.vocabulary, foot_of(app.settings), beside))


def _made(request: Request, company: Company) -> Plan:
    vocabulary = installation(request).vocabulary
    profile = Profile(
        markets=frozenset({vocabulary.market(company.market).code} if company.market else ()),
        product=vocabulary.product(company.product).code if company.product else "",
        risk_class=" ".join(typed(company.risk_class).split()),
        home=company.home if company.home == OUTSIDE or not company.home else vocabulary.cluster(company.home).code,
    )
    return made_of(request).plan(profile, language_of(request), access(request).reader(request))
