"""The library for programs: search, documents, passages. MCP tools answer with the same functions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from assistant.answers import hits_json
from assistant.app import App
from assistant.language.phrasing import recognise_language
from corpus.characters import one_line
from corpus.documents import Document, Passage, Reader, Stage, may_quote
from corpus.vocabulary import LANGUAGES
from index.search import Filters
from pages.api.access import Reading
from pages.api.forms import DocumentForm, DocumentsForm, GivenForm, HitForm, PassageForm, Words
from pages.api.problems import language_of
from pages.shared.conversation import typed
from pages.shared.rendering import installation
from pages.shared.shown import NoSuchPage, shown
from pages.shared.turns import Turns

router = APIRouter(tags=["read"])

_ON_A_PAGE = 50
_MOST_HITS = 100

Code = Annotated[str, Query(max_length=100)]


class SearchForm(GivenForm):
    """What is looked for."""

    query: Words = Field(description="A question, or words to look for.")
    k: int = Field(10, ge=1, le=_MOST_HITS, description="How many passages.")
    markets: list[str] = Field([], description="Nothing but these markets, by their codes.")
    areas: list[str] = Field([], description="Nothing but these areas, by their codes.")


@router.post("/search", response_model=list[HitForm])
def search(request: Request, key: Reading, sought: SearchForm) -> Response:
    """Find passages, the best first, as `market-entry search --json` prints them."""
    app, turns = installation(request), request.app.state.searches
    return JSONResponse(found(app, turns, sought, key.reader))


@router.get("/documents", response_model=DocumentsForm)
def documents(
    request: Request,
    key: Reading,
    market: Code = "",
    area: Code = "",
    topic: Code = "",
    page: Annotated[int, Query(ge=1, le=10**6)] = 1,
) -> Response:
    """List the published documents, the newest first, fifty a page; of a market, area or topic where its code is given.

    What is about all markets or areas is among those of each.
    """
    app, language = installation(request), language_of(request)
    kept = listed(app, market, area, topic, key.reader)
    return JSONResponse(
        {
            "count": len(kept),
            "page": page,
            "pages": -(-len(kept) // _ON_A_PAGE),
            "documents": [
                document_json(app, one, language, key.reader)
                for one in kept[(page - 1) * _ON_A_PAGE : page * _ON_A_PAGE]
            ],
        }
    )


@router.get("/documents/{document_id:path}", response_model=DocumentForm)
def document(request: Request, key: Reading, document_id: str) -> Response:
    """Read a document: its sources, and its passages in order."""
    return JSONResponse(read(installation(request), document_id, language_of(request), key.reader))


@router.get("/passages/{passage_id:path}", response_model=PassageForm)
def passage(request: Request, key: Reading, passage_id: str) -> Response:
    """Read the passage that a citation names. In an address the # of its id is written %23."""
    app = installation(request)
    known = app.catalogue.current([passage_id]).get(passage_id)
    if known is None or not may_quote(known[1], key.reader):
        raise NoSuchPage("page_unknown")
    return JSONResponse(passage_json(known[0]))


def found(app: App, turns: Turns, sought: SearchForm, reader: Reader) -> list[dict[str, object]]:
    """What a search finds for a reader.

    Raises:
        UnknownCode: a market or area that there is not.
        ComputingBusy: too many search just now.
    """
    filters = Filters(
        frozenset(app.vocabulary.market(code).code for code in sought.markets),
        frozenset(app.vocabulary.area(code).code for code in sought.areas),
        reader,
    )
    words = one_line(typed(sought.query))
    if not words:
        return []
    with turns.turn():
        hits = app.search.find(
            words, language=recognise_language(words), today=date.today(), filters=filters, limit=sought.k
        ).hits
    return hits_json(hits, reader)


def listed(app: App, market: str, area: str, topic: str, reader: Reader) -> list[Document]:
    """The published documents that a reader may see, the newest first.

    Raises:
        UnknownCode: a market or area that there is not.
    """
    filters = Filters(
        frozenset({app.vocabulary.market(market).code} if market else ()),
        frozenset({app.vocabulary.area(area).code} if area else ()),
        reader,
    )
    today = date.today()
    kept = [
        one
        for one in app.catalogue.documents(Stage.PUBLISHED)
        if filters.admits(one, today) and (not topic or topic in one.metadata.topics)
    ]
    return sorted(kept, key=lambda one: (-one.metadata.published_on.toordinal(), one.id))


def read(app: App, document_id: str, language: str, reader: Reader) -> dict[str, object]:
    """A document with its sources and passages.

    Raises:
        NoSuchPage: there is none that this reader may see.
        Withdrawn: this reader could see it once.
    """
    known = shown(app.catalogue, document_id, reader)
    quotable = may_quote(known, reader)
    passages: Iterable[Passage] = app.catalogue.passages_of(known.id, known.version.number) if quotable else ()
    return {
        **document_json(app, known, language, reader),
        "sources": [vars(source) for source in known.metadata.sources],
        "passages": [passage_json(one) for one in passages],
    }


def document_json(app: App, known: Document, language: str, reader: Reader) -> dict[str, object]:
    """A document as a list shows it; `url` leads people to it."""
    said = known.metadata
    spoken = language if language in said.summary and language in LANGUAGES else "en"
    return {
        "document_id": known.id,
        "version": known.version.number,
        "title": said.title,
        "kind": said.kind,
        "language": said.language,
        "publisher": said.publisher,
        "published_on": said.published_on.isoformat(),
        "facts_as_of": said.facts_as_of,
        "review_by": said.review_by.isoformat(),
        "overdue": said.overdue(date.today()),
        "markets": sorted(said.markets),
        "areas": sorted(said.areas),
        "topics": sorted(said.topics),
        "reuse": said.reuse.value,
        "summary": said.summary.get(spoken, "") if may_quote(known, reader) else "",
        "url": f"{app.settings.address}/library/{quote(known.id)}",
    }


def passage_json(one: Passage) -> dict[str, object]:
    """A passage as it is read."""
    return {
        "passage_id": one.id,
        "section": one.section,
        "page": one.page,
        "language": one.language,
        "text": one.text,
        "sources": list(dict.fromkeys(key for mark in one.marks for key in mark.keys)),
    }
