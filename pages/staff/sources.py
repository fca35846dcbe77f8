"""What the documents rest on, and what to do when a source or a law has changed."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from corpus.catalogue.listing import flags_of, lines, rested_on
from corpus.errors import KnownError
from pages.shared.rendering import Typed, installation, language_of
from pages.staff.layout import BadForm, done, page
from pages.staff.naming import Names
from pages.staff.person import Author, Reader

router = APIRouter()

_A_PAGE = 50  # sources on one


@router.get("/sources")
def list_sources(
    request: Request,
    _reader: Reader,
    words: str = "",
    silent: bool = False,
    number: Annotated[int, Query(ge=1, le=10**6)] = 1,
) -> Response:
    """The sources, a page at a time; where their addresses were asked for, with what those answered."""
    app = installation(request)
    links = app.links.known()
    found = [
        rested
        for rested in rested_on(app.catalogue, words.strip())
        if not silent or (rested.source.url in links and not links[rested.source.url].fine)
    ]
    return page(
        request,
        "sources.html",
        sources=found[(number - 1) * _A_PAGE : number * _A_PAGE],
        count=len(found),
        links=links,
        words=words,
        silent=silent,
        number=number,
        last=max(1, -(-len(found) // _A_PAGE)),
    )


@router.get("/sources/named")
def show(request: Request, _reader: Reader, words: str = "") -> Response:
    """What rests on a source, or on all that are named by some words."""
    return _named(request, words.strip())


@router.post("/sources/named")
def changed(request: Request, author: Author, words: Typed = "", note: Typed = "") -> Response:
    """Flag all documents that rest on it."""
    source = words.strip()
    try:
        if not source:
            raise BadForm("source_unsaid")
        installation(request).catalogue.source_changed(source, who=author.name, note=note.strip())
    except KnownError as problem:
        return _named(request, source, note, problem)
    return done(request, f"/sources/named?{urlencode({'words': source})}", "done_source_changed")


def _named(request: Request, words: str, note: str = "", problem: KnownError | None = None) -> Response:
    catalogue = installation(request).catalogue
    found = rested_on(catalogue, words) if words else []
    resting = {document for rested in found for document in rested.documents}
    shown = [line for line in lines(catalogue) if line.id in resting]
    return page(
        request,
        "source.html",
        problem,
        words=words,
        note=note,
        sources=found,
        lines=shown,
        names=Names(language_of(request)),
        flags=flags_of(catalogue, shown),
    )
