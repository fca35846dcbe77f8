"""Asking as a company would, and seeing why it is answered so; trying a draft before it is published."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from assistant.accounts.accounts import Account, Permission
from assistant.app import App
from assistant.desk.draft_trial import as_published
from assistant.desk.explanation import Explained, explain
from assistant.desk.trial_queue import Trials
from assistant.evaluation.evaluate import EvaluationQuestion
from assistant.journal.gaps import list_gaps
from assistant.texts import TranslatedError, say
from assistant.understand.questions import LONGEST, Profile, Question, UnclearQuestion
from corpus.documents import Document, Reader, Stage
from corpus.errors import UnknownDocument
from corpus.vocabulary import LANGUAGES
from index.search import Filters
from pages.shared.rendering import Typed, installation, language_of
from pages.staff.layout import done, page
from pages.staff.person import person

router = APIRouter()

Somebody = Annotated[Account, person(Permission.READ_STAFF)]
Codes = Annotated[list[str] | None, Form()]


@dataclass(frozen=True)
class Trying:
    """What was filled in."""

    question: str = ""
    language: str = ""
    reader: Reader = Reader.ANYONE
    markets: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    home: str = ""
    product: str = ""
    risk_class: str = ""
    draft: str = ""

    def asked(self) -> Question:
        """The question, as whoever is played would ask it."""
        return Question(
            self.question,
            language=self.language if self.language in LANGUAGES else None,
            filters=Filters(self.markets, self.areas, self.reader),
            profile=Profile(product=self.product, risk_class=self.risk_class, home=self.home),
        )


@router.get("/try")
def form(request: Request, _somebody: Somebody) -> Response:
    """The form, and the trials of drafts."""
    return _page(request, Trying())


@router.post("/try")
def ask(
    request: Request,
    _somebody: Somebody,
    question: Annotated[str, Form(max_length=2 * LONGEST)] = "",
    language: Typed = "",
    reader: Annotated[Reader, Form()] = Reader.ANYONE,
    markets: Codes = None,
    areas: Codes = None,
    home: Typed = "",
    product: Typed = "",
    risk_class: Typed = "",
    draft: Typed = "",
) -> Response:
    """Ask, perhaps as if a draft were published; nothing of it is remembered."""
    app = installation(request)
    vocabulary = app.vocabulary
    trying = Trying(
        question=question,
        language=language,
        reader=reader,
        markets=frozenset(markets or ()) & vocabulary.markets.keys(),
        areas=frozenset(areas or ()) & vocabulary.areas.keys(),
        home=home if home in vocabulary.clusters else "",
        product=product if product in vocabulary.products else "",
        risk_class=risk_class[:10],
        draft=draft,
    )
    try:
        with _with_draft(app, draft) as tried:
            explained = explain(tried, trying.asked())
    except UnclearQuestion:
        return _page(request, trying, problem=TranslatedError("unclear", longest=LONGEST))
    return _page(request, trying, explained)


@router.post("/try/draft")
def start(request: Request, somebody: Somebody, draft: Typed) -> Response:
    """Try a draft on the questions of the evaluation, in the background."""
    app = installation(request)
    asked = _evaluation(app)
    if not asked:
        return _page(request, Trying(draft=draft), problem=TranslatedError("nothing_to_ask"))
    _trials(request).start(_draft(app, draft), asked, who=somebody.name)
    return done(request, "/try", "done_trial_begun")


def _page(
    request: Request, trying: Trying, explained: Explained | None = None, problem: TranslatedError | None = None
) -> Response:
    app = installation(request)
    drafts = sorted(
        [*app.catalogue.documents(Stage.DRAFT), *app.catalogue.documents(Stage.IN_REVIEW)], key=lambda one: one.id
    )
    vocabulary, language = app.vocabulary, language_of(request)
    unsaid = [("", say(language, "unsaid"))]
    markets = explained.understood.markets if explained else frozenset()
    return page(
        request,
        "trying.html",
        problem,
        trying=trying,
        explained=explained,
        understood_markets=", ".join(sorted(vocabulary.markets[code].name(language) for code in markets)),
        drafts=drafts,
        drafts_named=[("", say(language, "try_published")), *((one.id, one.metadata.title) for one in drafts)],
        readers_named=[(one, say(language, f"reader_{one}")) for one in Reader],
        languages_named=[
            ("", say(language, "try_any_language")),
            *((code, say(code, "language_name")) for code in LANGUAGES),
        ],
        homes_named=unsaid + [(one.code, one.name) for one in vocabulary.clusters.values()],
        products_named=unsaid + [(code, term.name(language)) for code, term in vocabulary.products.items()],
        runs=_trials(request).runs(),
        questions=len(_evaluation(app)),
        words=vocabulary,
    )


def _evaluation(app: App) -> list[EvaluationQuestion]:
    return [EvaluationQuestion(f"gap-{one.id}", (one.wording,)) for one in list_gaps(app.journal) if one.closed_by]


def _with_draft(app: App, draft: str) -> AbstractContextManager[App]:
    if not draft:
        return nullcontext(app)
    version = _draft(app, draft).version
    return as_published(app, version, app.catalogue.passages_of(draft, version.number))


def _draft(app: App, document_id: str) -> Document:
    draft = app.catalogue.draft(document_id)
    if draft is None:
        raise UnknownDocument(document_id)
    return draft


def _trials(request: Request) -> Trials:
    found: Trials = request.app.state.trials
    return found
