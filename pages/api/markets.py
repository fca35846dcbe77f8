"""Markets for programs: comparisons, plans, and whom to ask."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from assistant.answers import contact_json
from assistant.market import comparison, plan
from assistant.understand.questions import LONGEST, OUTSIDE, Profile
from corpus.vocabulary import Vocabulary
from pages.api.access import Asking, Telling
from pages.api.forms import ComparisonTable, ContactForm, GivenForm, Language, PlanForm, Words
from pages.api.problems import language_of
from pages.shared.cache import ResultCache
from pages.shared.company import LONGEST_CLASS
from pages.shared.conversation import typed
from pages.shared.rendering import installation

router = APIRouter(tags=["ask"])


class CompareForm(GivenForm):
    """What is to be compared."""

    question: Words = Field("", description="A question; without one, all that companies want to know.")
    markets: list[str] = Field([], description="Codes of the markets, two at least; or the question names them.")
    product: str = Field("", description="The code of a kind of product.")
    language: Language = None


class WhomForm(GivenForm):
    """What somebody wants to know, and where they are."""

    question: Annotated[str, Field(max_length=LONGEST)] = ""
    home: str = Field("", description="The code of the cluster of their region, or `outside` for outside Europe.")
    language: Language = None


@router.post("/compare", response_model=ComparisonTable)
def compare(request: Request, key: Asking, asked: CompareForm) -> Response:
    """Compare markets. The table has the form of `market-entry compare --json`."""
    vocabulary, made = installation(request).vocabulary, results(request)
    product = vocabulary.product(asked.product).code if asked.product else ""
    language = asked.language or language_of(request)
    compared = made.comparison(typed(asked.question), asked.markets, product, language, key.reader)
    return JSONResponse(comparison.to_json(compared))


@router.get("/plan", response_model=PlanForm)
def make_plan(
    request: Request,
    key: Asking,
    market: str,
    product: str,
    risk_class: Annotated[str, Query(max_length=LONGEST_CLASS)] = "",
    home: str = "",
    language: Language = None,
) -> Response:
    """Make a market-entry plan. It has the form of `market-entry plan --json`."""
    profile = company_of(installation(request).vocabulary, market, product, risk_class, home)
    made = results(request).plan(profile, language or language_of(request), key.reader)
    return JSONResponse(plan.to_json(made))


@router.post("/contacts", response_model=list[ContactForm])
def contacts(request: Request, _key: Telling, asked: WhomForm) -> Response:
    """Say whom to turn to, the nearest first."""
    app, language = installation(request), asked.language or language_of(request)
    return JSONResponse(
        [contact_json(one, language) for one in app.contacts(typed(asked.question).strip(), asked.home, language)]
    )


def company_of(vocabulary: Vocabulary, market: str, product: str, risk_class: str, home: str) -> Profile:
    """The company that a plan is for.

    Raises:
        UnknownCode: a code that there is not.
    """
    return Profile(
        markets=frozenset({vocabulary.market(market).code}),
        product=vocabulary.product(product).code,
        risk_class=" ".join(typed(risk_class).split()),
        home=home if home in ("", OUTSIDE) else vocabulary.cluster(home).code,
    )


def results(request: Request) -> ResultCache:
    """What was compared and planned last."""
    found: ResultCache = request.app.state.made
    return found
