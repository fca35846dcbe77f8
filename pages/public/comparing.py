"""Markets side by side: the form, the table, and the table as a file."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from assistant.export.papers import of_comparison
from assistant.market.comparison import Comparison
from assistant.texts import say
from assistant.understand.questions import LONGEST, UnclearQuestion
from corpus.errors import KnownError
from pages.public.cache import made_of
from pages.public.layout import BadRequest, language_of, page
from pages.shared.conversation import typed
from pages.shared.files import foot_of, paper_kept
from pages.shared.rendering import access, installation

router = APIRouter()


class ComparisonForm(BaseModel):
    """What is to be compared, as the form sends it."""

    question: str = ""
    market: list[str] = []
    product: str = ""

    @property
    def nothing(self) -> bool:
        """Whether the form has not been filled in yet."""
        return not self.question.strip() and not self.market


Form = Annotated[ComparisonForm, Query()]


@router.get("/compare")
def show(request: Request, asked: Form) -> Response:
    """The form, and the table once it is filled in."""
    compared: Comparison | None = None
    problem: KnownError | None = None
    if not asked.nothing:
        try:
            compared = _compared(request, asked)
        except KnownError as error:
            if error.retryable:
                raise
            problem = error
    vocabulary, language = installation(request).vocabulary, language_of(request)
    products = [(code, one.name(language)) for code, one in vocabulary.products.items()]
    return page(
        request,
        "compare.html",
        problem,
        asked=asked,
        longest=LONGEST,
        compared=compared,
        markets=vocabulary.markets,
        vocabulary=vocabulary,
        products=[("", say(language, "any_product")), *products],
    )


@router.get("/compare/comparison.{form}")
def take(request: Request, asked: Form, form: str) -> Response:
    """The table as a file."""
    app = installation(request)
    compared = _compared(request, asked)
    paper = of_comparison(compared, app.vocabulary, date.today().isoformat(), foot_of(app.settings))
    return paper_kept("comparison", form, paper)


def _compared(request: Request, asked: ComparisonForm) -> Comparison:
    reader, vocabulary = access(request).reader(request), installation(request).vocabulary
    product = vocabulary.product(asked.product).code if asked.product else ""
    try:
        return made_of(request).comparison(typed(asked.question), asked.market, product, language_of(request), reader)
    except UnclearQuestion as error:
        raise BadRequest("unclear", longest=LONGEST) from error
