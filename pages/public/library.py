"""The library: what is in it, found by words and filters, and each document to be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field

from assistant.app import App
from assistant.handoff.watching.changes import GENERAL, of_market
from assistant.language.phrasing import recognise_language
from assistant.language.writing import alone
from assistant.texts import say
from assistant.understand.questions import LONGEST
from corpus.differences import changed_lines
from corpus.documents import Document, Passage, Reader, Stage, may_quote, may_read, quotables
from corpus.errors import KnownError
from corpus.passages import SUMMARY
from corpus.vocabulary import Term, Vocabulary
from index.search import Filters
from pages.public.layout import BadRequest, language_of, page
from pages.public.reading import sections
from pages.shared.access import address_of
from pages.shared.pictures import Numbered, PagePictures
from pages.shared.rendering import MOST, access, installation
from pages.shared.shown import shown

router = APIRouter()

_Pair = tuple[Document, Passage | None]

_ON_A_PAGE = 20
_PASSAGES = 200  # found for a search; several may be of one document
_TOPICS = 8  # shown before the others are asked for


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


@dataclass(frozen=True)
class FoundDocument:
    """A document with the passage that was found in it, and where its words may be shown a sentence on it."""

    document: Document
    passage: Passage | None
    summary: str
    language: str  # of the summary
    authority: str  # whose sources it mostly rests on, among those that speak for a state


@dataclass(frozen=True)
class Facet:
    """A choice beside the list; `count` is None where words are looked for, which find by likeness."""

    code: str
    name: str
    count: int | None


@router.get("/library")
def search(request: Request, sought: Annotated[Sought, Query()]) -> Response:
    """The documents that fit, best first where words are given, else the newest first."""
    request.app.state.searching.admit(address_of(request))
    app, language = installation(request), language_of(request)
    reader = access(request).reader(request)
    problem: KnownError | None = None
    found: list[_Pair] = []
    shelf: list[Document] = []
    try:
        with request.app.state.searches.turn():
            found, shelf = _found(app, sought, reader, language)
    except BadRequest as error:
        problem = error
    last = max(1, -(-len(found) // _ON_A_PAGE))
    number = min(sought.number, last)
    vocabulary = app.vocabulary
    topics = _topics(vocabulary, sought, shelf, language)
    return page(
        request,
        "library.html",
        problem,
        sought=sought,
        found=[
            _told(pair, reader, vocabulary, language) for pair in found[(number - 1) * _ON_A_PAGE : number * _ON_A_PAGE]
        ],
        count=len(found),
        number=number,
        last=last,
        longest=LONGEST,
        vocabulary=vocabulary,
        markets=_markets(vocabulary, sought, shelf, language),
        topics=topics[:_TOPICS],
        more_topics=topics[_TOPICS:],
        areas=[("", say(language, "every_area")), *_named(vocabulary.areas, language)],
        orders=[("", say(language, "order_relevance")), ("date", say(language, "order_date"))],
    )


@router.get("/library/{document_id:path}:original")
def original(request: Request, document_id: str) -> Response:
    """The file that a document was read from, to be kept and not to be shown by the browser."""
    catalogue = installation(request).catalogue
    document, reader = _shown(request, document_id)
    kept = catalogue.original(document_id, document.version.number) if may_quote(document, reader) else None
    if kept is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return Response(
        catalogue.originals.read(kept.digest),
        media_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(kept.name, safe='')}"},
    )


@router.get("/library/{document_id:path}:page")
def page_of_original(request: Request, document_id: str, version: Numbered, passage: Numbered) -> Response:
    """The page of the original on which a passage stands, as a picture in which it is marked."""
    request.app.state.making.admit(address_of(request))
    document, reader = _shown(request, document_id)
    if not may_quote(document, reader) or document.version.number != version:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    pictures: PagePictures = request.app.state.pictures
    return pictures.of(document, passage)


@router.get("/library/{document_id:path}")
def read(request: Request, document_id: str, version: Annotated[int | None, Query(ge=1, le=MOST)] = None) -> Response:
    """One document; `version` is the one that a link was made for."""
    app, language = installation(request), language_of(request)
    document, reader = _shown(request, document_id)
    number = document.version.number
    quotable = may_quote(document, reader)
    passages = app.catalogue.passages_of(document_id, number) if quotable else []
    earlier = [one for one in app.catalogue.versions(document_id) if _was_shown(one, document, reader)]
    replaced = next((one for one in earlier if one.version.number == version), None) if quotable else None
    return page(
        request,
        "reading.html",
        document=document,
        said=document.metadata,
        cited=version is not None,
        back=_back(request),
        replaced=version if version is not None and version < number else None,
        changes=changed_lines(app.catalogue.passages_of(document_id, version), passages) if replaced else None,
        quotable=quotable,
        sections=sections(passages, document, language),
        versions=earlier,
        followable=may_read(document, Reader.ANYONE),
        original=app.catalogue.original(document_id, number) if quotable else None,
        vocabulary=app.vocabulary,
    )


def _back(request: Request) -> str:
    """Where somebody comes from who opens what a comparison or a plan cites; nothing for the chat, which never says."""
    came = urlsplit(request.headers.get("referer", ""))
    prefix = installation(request).settings.prefix
    return f"{came.path}?{came.query}" if came.path in (f"{prefix}/compare", f"{prefix}/plan") else ""


def _found(app: App, sought: Sought, reader: Reader, language: str) -> tuple[list[_Pair], list[Document]]:
    """The documents that fit, and where no words are looked for all that there are to choose from."""
    today = date.today()
    market = frozenset({sought.market} & app.vocabulary.markets.keys())
    filters = Filters(market, frozenset(filter(None, [sought.area])), reader)
    words = sought.words.strip()
    if words:
        shelf: list[Document] = []
        pairs = list(_by_words(app, words, filters, language, today))
    else:
        everywhere = replace(filters, markets=frozenset())
        shelf = [one for one in app.catalogue.documents(Stage.PUBLISHED) if everywhere.admits(one, today)]
        pairs = [(document, None) for document in shelf]
    since = sought.since_day
    found = [
        (document, passage)
        for document, passage in pairs
        if of_market(document, sought.market)
        and (not sought.topic or sought.topic in document.metadata.topics)
        and (since is None or document.metadata.published_on >= since)
    ]
    if words and sought.order != "date":
        return found, shelf
    newest = sorted(found, key=lambda pair: (-pair[0].metadata.published_on.toordinal(), pair[0].metadata.title))
    return newest, shelf


def _told(pair: _Pair, reader: Reader, vocabulary: Vocabulary, language: str) -> FoundDocument:
    document, passage = pair
    said = document.metadata
    spoken = language if language in said.summary else "en"
    summary = said.summary.get(spoken, "") if may_quote(document, reader) else ""
    first = next((one.text for one in quotables(summary)), "")
    seen = None if passage and passage.section == SUMMARY else passage
    return FoundDocument(document, seen, first, spoken, said.publisher_of(vocabulary.authority_kinds))


def _markets(vocabulary: Vocabulary, sought: Sought, shelf: list[Document], language: str) -> list[Facet]:
    """The markets, those of the most documents first, between all of them and none."""
    of_topic = [one for one in shelf if not sought.topic or sought.topic in one.metadata.topics]

    def counted(code: str, name: str) -> Facet:
        return Facet(code, name, sum(of_market(one, code) for one in of_topic) if shelf else None)

    known = [counted(code, name) for code, name in _named(vocabulary.markets, language)]
    known.sort(key=lambda facet: -(facet.count or 0))
    return [counted("", say(language, "library_all")), *known, counted(GENERAL, say(language, "library_general"))]


def _topics(vocabulary: Vocabulary, sought: Sought, shelf: list[Document], language: str) -> list[Facet]:
    """The topics that there are, those of the most documents first."""
    names = _named(vocabulary.topics, language)
    if not shelf:
        return [Facet(code, name, None) for code, name in names]
    counts = Counter(topic for one in shelf if of_market(one, sought.market) for topic in one.metadata.topics)
    facets = [Facet(code, name, counts[code]) for code, name in names if counts[code] or code == sought.topic]
    return sorted(facets, key=lambda facet: -(facet.count or 0))


def _named(terms: Mapping[str, Term], language: str) -> list[tuple[str, str]]:
    return sorted(((code, alone(term.name(language))) for code, term in terms.items()), key=lambda one: one[1])


def _by_words(app: App, words: str, filters: Filters, language: str, today: date) -> Iterator[_Pair]:
    """The documents that a search finds, each with its best passage where its words may be shown."""
    spoken = recognise_language(words, language)
    hits = app.search.find(words, language=spoken, today=today, filters=filters, limit=_PASSAGES).hits
    best = {hit.document.id: hit for hit in reversed(hits)}
    for document_id in dict.fromkeys(hit.document.id for hit in hits):
        hit = best[document_id]
        yield hit.document, hit.passage if may_quote(hit.document, filters.reader) else None


def _shown(request: Request, document_id: str) -> tuple[Document, Reader]:
    """A document as whoever asks may see it, and on whose behalf they read."""
    reader = access(request).reader(request)
    return shown(installation(request).catalogue, document_id, reader), reader


def _was_shown(known: Document, shown: Document, reader: Reader) -> bool:
    """Whether it is a version before the one that is shown, with words that this reader could read."""
    was_read = may_quote(replace(known, stage=Stage.PUBLISHED), reader)
    return known.stage is Stage.SUPERSEDED and known.version.number < shown.version.number and was_read
