"""Markets side by side: the form, the table, and the table as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from assistant.export.papers import of_comparison
from assistant.language.dates import dated
from assistant.language.writing import alone, labelled
from assistant.market import aspects
from assistant.market.comparison import ASKED, Comparison, title_of
from assistant.market.digest import counted
from assistant.market.references import References, references
from assistant.texts import say
from assistant.understand.questions import LONGEST, UnclearQuestion
from corpus.errors import KnownError
from corpus.vocabulary import Vocabulary
from pages.public.layout import BadRequest, language_of, page
from pages.shared.cache import made_of
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


@dataclass(frozen=True)
class ComparisonView:
    """What the page shows of a comparison: of each cell the best claim alone.

    `facts` says for each market of when its facts are, `letter` asks for what is missing.
    """

    compared: Comparison
    title: str
    product: str
    references: References
    facts: Mapping[str, str]
    gaps: int
    letter: str


@router.get("/compare")
def show(request: Request, asked: Form) -> Response:
    """The form, and the table once it is filled in."""
    view: ComparisonView | None = None
    problem: KnownError | None = None
    vocabulary, language = installation(request).vocabulary, language_of(request)
    if not asked.nothing:
        try:
            view = _viewed(_compared(request, asked), vocabulary)
        except KnownError as error:
            if error.retryable:
                raise
            problem = error
    products = [(code, alone(one.name(language))) for code, one in vocabulary.products.items()]
    return page(
        request,
        "compare.html",
        problem,
        asked=asked,
        longest=LONGEST,
        view=view,
        chosen=view.compared.markets if view else asked.market,
        vocabulary=vocabulary,
        asked_of=aspects.asked,
        counted=counted,
        labelled=partial(labelled, language),
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


def _viewed(compared: Comparison, vocabulary: Vocabulary) -> ComparisonView:
    language = compared.language
    names = {code: vocabulary.markets[code].name(language) for code in compared.markets}
    gaps = [
        f"– {names[cell.market]}: {say(language, 'plan_gap', aspect=say(language, f'aspect_{row.aspect}'))}"
        for row in compared.rows
        for cell in row.cells
        if not cell.claims and row.aspect != ASKED
    ]
    return ComparisonView(
        compared,
        title_of(compared, vocabulary),
        vocabulary.products[compared.product].name(language) if compared.product else "",
        references(compared.best),
        {code: _facts(compared, code) for code in names},
        len(gaps),
        "\n".join(gaps)[:LONGEST],
    )


def _facts(compared: Comparison, market: str) -> str:
    """Of when the facts of a market are: a month, or the first and the last."""
    cells = (cell for row in compared.rows for cell in row.cells if cell.market == market)
    cited = (citation for cell in cells for claim in cell.claims[:1] for citation in claim.citations)
    months = sorted({citation.document.metadata.facts_as_of for citation in cited})
    return " – ".join(dated(compared.language, month) for month in dict.fromkeys(months[:1] + months[-1:]))
