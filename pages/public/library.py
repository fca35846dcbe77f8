"""The library: what is in it, found by words and filters, and each document to be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from assistant.app import App
from assistant.language.phrasing import recognise_language
from assistant.texts import say
from assistant.understand.questions import LONGEST
from corpus.documents import Document, Passage, Reader, Stage, may_quote, may_read
from corpus.errors import KnownError, UnknownDocument
from corpus.vocabulary import Term
from index.search import Filters
from pages.public.layout import BadRequest, NoSuchPage, Withdrawn, language_of, page
from pages.public.reading import sections
from pages.shared.access import address_of
from pages.shared.rendering import MOST, access, installation

router = APIRouter()

_ON_A_PAGE = 20
_PASSAGES = 200  # found for a search; several may be of one document


class Sought(BaseModel):
    """What is looked for, as the form sends it; what is empty does not matter."""

    words: str = Field("", max_length=LONGEST)
    market: str = ""
    area: str = ""
    topic: str = ""
    since: str = ""
    order: str = ""
    number: int = Field(1, ge=1, le=10**6)

    @property
    def since_day(self) -> date | None:
        """The day since which a document is to be new.

        Raises:
            BadRequest: it is no day.
        """
        try:
            return date.fromisoformat(self.since) if self.since else None
        except ValueError as error:
            raise BadRequest("since_bad") from error


Found = list[tuple[Document, Passage | None]]


@router.get("/library")
def search(request: Request, sought: Annotated[Sought, Query()]) -> Response:
    """The documents that fit, best first where words are given, else the newest first."""
    request.app.state.searching.admit(address_of(request))
    app, language = installation(request), language_of(request)
    reader = access(request).reader(request)
    problem: KnownError | None = None
    found: Found = []
    try:
        with request.app.state.searches.turn():
            found = _found(app, sought, reader, language)
    except BadRequest as error:
        problem = error
    last = max(1, -(-len(found) // _ON_A_PAGE))
    number = min(sought.number, last)
    vocabulary = app.vocabulary

    def named(terms: dict[str, Term], all_of_them: str) -> list[tuple[str, str]]:
        known = sorted(((code, term.name(language)) for code, term in terms.items()), key=lambda one: one[1])
        return [("", say(language, all_of_them)), *known]

    return page(
        request,
        "library.html",
        problem,
        sought=sought,
        found=found[(number - 1) * _ON_A_PAGE : number * _ON_A_PAGE],
        count=len(found),
        number=number,
        last=last,
        longest=LONGEST,
        vocabulary=vocabulary,
        markets=named(dict(vocabulary.markets), "all_markets"),
        areas=named(dict(vocabulary.areas), "every_area"),
        topics=named(dict(vocabulary.topics), "every_topic"),
        orders=[("", say(language, "order_relevance")), ("date", say(language, "order_date"))],
    )


@router.get("/library/{document_id:path}:original")
def original(request: Request, document_id: str) -> Response:
    """The file that a document was read from, to be kept and not to be shown by the browser."""
    catalogue = installation(request).catalogue
    shown, reader = _shown(request, document_id)
    kept = catalogue.original(document_id, shown.version.number) if may_quote(shown, reader) else None
    if kept is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return Response(
        catalogue.originals.read(kept.digest),
        media_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(kept.name, safe='')}"},
    )


@router.get("/library/{document_id:path}")
def read(request: Request, document_id: str, version: Annotated[int | None, Query(ge=1, le=MOST)] = None) -> Response:
    """One document; `version` is the one that a link was made for."""
    app, language = installation(request), language_of(request)
    shown, reader = _shown(request, document_id)
    number = shown.version.number
    passages = app.catalogue.passages_of(document_id, number) if may_quote(shown, reader) else []
    return page(
        request,
        "reading.html",
        document=shown,
        said=shown.metadata,
        replaced=version if version is not None and version < number else None,
        quotable=may_quote(shown, reader),
        sections=sections(passages, shown, language),
        versions=[known for known in app.catalogue.versions(document_id) if _was_shown(known, shown)],
        original=app.catalogue.original(document_id, number) if may_quote(shown, reader) else None,
        vocabulary=app.vocabulary,
    )


def _found(app: App, sought: Sought, reader: Reader, language: str) -> Found:
    today = date.today()
    filters = Filters(frozenset(filter(None, [sought.market])), frozenset(filter(None, [sought.area])), reader)
    words = sought.words.strip()
    pairs = _by_words(app, words, filters, language, today) if words else _all(app, filters, today)
    since = sought.since_day
    found = [
        (document, passage)
        for document, passage in pairs
        if (not sought.topic or sought.topic in document.metadata.topics)
        and (since is None or document.metadata.published_on >= since)
    ]
    if words and sought.order != "date":
        return found
    return sorted(found, key=lambda pair: (-pair[0].metadata.published_on.toordinal(), pair[0].metadata.title))


def _by_words(
    app: App, words: str, filters: Filters, language: str, today: date
) -> Iterator[tuple[Document, Passage | None]]:
    """The documents that a search finds, each with its best passage where its words may be shown."""
    spoken = recognise_language(words, language)
    hits = app.search.find(words, language=spoken, today=today, filters=filters, limit=_PASSAGES).hits
    best = {hit.document.id: hit for hit in reversed(hits)}
    for document_id in dict.fromkeys(hit.document.id for hit in hits):
        hit = best[document_id]
        yield hit.document, hit.passage if may_quote(hit.document, filters.reader) else None


def _all(app: App, filters: Filters, today: date) -> Iterator[tuple[Document, Passage | None]]:
    published = app.catalogue.documents(Stage.PUBLISHED)
    return ((document, None) for document in published if filters.admits(document, today))


def _shown(request: Request, document_id: str) -> tuple[Document, Reader]:
    """A document as its readers see it, and who reads it.

    Raises:
        NoSuchPage: there is none that this reader may see.
        Withdrawn: this reader could see it once.
    """
    reader = access(request).reader(request)
    try:
        document = installation(request).catalogue.document(document_id)
    except UnknownDocument:
        raise NoSuchPage("page_unknown") from None
    if may_read(document, reader):
        return document, reader
    if document.stage is Stage.WITHDRAWN and may_read(replace(document, stage=Stage.PUBLISHED), reader):
        raise Withdrawn("withdrawn")
    raise NoSuchPage("page_unknown")


def _was_shown(known: Document, shown: Document) -> bool:
    return known.stage is Stage.SUPERSEDED and known.version.number < shown.version.number
