"""A market-entry plan: the form, the plan, and the plan as a file."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from assistant.export.calendar import to_calendar
from assistant.export.papers import of_plan, title_of
from assistant.market.plan import Plan
from assistant.understand.questions import OUTSIDE, Profile
from corpus.errors import KnownError
from pages.public.cache import made_of
from pages.public.layout import language_of, page
from pages.shared.company import homes
from pages.shared.conversation import typed
from pages.shared.files import foot_of, kept, paper_kept
from pages.shared.rendering import access, installation

router = APIRouter()

_LONGEST_CLASS = 20  # characters


class Company(BaseModel):
    """What a company says of itself, as the form sends it."""

    market: str = ""
    product: str = ""
    risk_class: str = Field("", max_length=_LONGEST_CLASS)
    home: str = ""


Form = Annotated[Company, Query()]


@router.get("/plan")
def show(request: Request, company: Form) -> Response:
    """The form, and the plan once it is filled in."""
    made: Plan | None = None
    problem: KnownError | None = None
    if company.market or company.product:
        try:
            made = _made(request, company)
        except KnownError as error:
            if error.retryable:
                raise
            problem = error
    vocabulary, language = installation(request).vocabulary, language_of(request)
    return page(
        request,
        "plan.html",
        problem,
        company=company,
        longest_class=_LONGEST_CLASS,
        made=made,
        title=title_of(made, vocabulary) if made else "",
        vocabulary=vocabulary,
        markets=[("", "–"), *((code, one.name(language)) for code, one in vocabulary.markets.items())],
        products=[("", "–"), *((code, one.name(language)) for code, one in vocabulary.products.items())],
        regions=[(code, name) for name, code in homes(vocabulary, language)],
    )


@router.get("/plan/plan.{form}")
def take(request: Request, company: Form, form: str) -> Response:
    """The plan as a file, or its dates as one for a calendar."""
    app = installation(request)
    made = _made(request, company)
    if form == "ics":
        return kept("plan", form, to_calendar(made, title_of(made, app.vocabulary)))
    return paper_kept("plan", form, of_plan(made, app.vocabulary, foot_of(app.settings)))


def _made(request: Request, company: Company) -> Plan:
    vocabulary = installation(request).vocabulary
    profile = Profile(
        markets=frozenset({vocabulary.market(company.market).code} if company.market else ()),
        product=vocabulary.product(company.product).code if company.product else "",
        risk_class=" ".join(typed(company.risk_class).split()),
        home=company.home if company.home == OUTSIDE or not company.home else vocabulary.cluster(company.home).code,
    )
    return made_of(request).plan(profile, language_of(request), access(request).reader(request))
