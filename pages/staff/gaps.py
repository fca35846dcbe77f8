"""What was asked and not answered: the gaps, the questions that came of them, and what people said of answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response

from assistant.accounts.accounts import Account, Permission, Role
from assistant.answers import Outcome
from assistant.journal.gaps import (
    Gap,
    GapState,
    assign,
    close,
    ensure_answered,
    evaluation_questions,
    gap,
    gather,
    list_gaps,
)
from assistant.journal.records import Rating
from corpus.documents import Stage
from corpus.errors import KnownError
from corpus.vocabulary import LANGUAGES
from pages.shared.rendering import Numbered, Typed, installation
from pages.staff.layout import done, page
from pages.staff.person import person

router = APIRouter()

_A_PAGE = 25

# The kinds of questions that fall into gaps, with what is counted of them.
_KINDS: Mapping[str, frozenset[str]] = {
    "declined": frozenset({Outcome.NOT_IN_LIBRARY, Outcome.OUT_OF_SCOPE}),
    "partial": frozenset({Outcome.PARTIAL}),
    "rated": frozenset(set(Rating) - {Rating.HELPFUL}),
}
_STATES: Mapping[str, frozenset[GapState]] = {
    "open": frozenset({GapState.OPEN, GapState.ASSIGNED}),
    "closed": frozenset({GapState.CLOSED}),
    "": frozenset(GapState),
}

Reader = Annotated[Account, person(Permission.READ_STAFF)]
Author = Annotated[Account, person(Permission.WRITE)]
Page = Annotated[int, Query(ge=1, le=10**6)]
Wording = Annotated[str, Form(max_length=2000)]


@router.get("/gaps")
def list_page(
    request: Request,
    reader: Reader,
    market: str = "",
    language: str = "",
    kind: str = "",
    state: str = "open",
    mine: bool = False,
    number: Page = 1,
) -> Response:
    """The gaps, a page at a time, after what came since has found its place."""
    app = installation(request)
    gather(app.journal, app.cache.model)
    everything = list_gaps(app.journal)
    found = [
        one
        for one in everything
        if one.state in _STATES.get(state, frozenset())
        and (not mine or one.assignee == reader.name)
        and (not market or market in one.markets)
        and (not language or language in one.languages)
        and (not kind or _KINDS.get(kind, frozenset()) & set(one.why))
    ]
    chosen = {"market": market, "language": language, "kind": kind, "state": state} | ({"mine": "true"} if mine else {})
    return page(
        request,
        "gaps.html",
        gaps=found[(number - 1) * _A_PAGE : number * _A_PAGE],
        count=len(found),
        asked_in=sorted({code for one in everything for code in one.languages}),
        kinds=list(_KINDS),
        states=list(_STATES),
        chosen=chosen,
        query=urlencode(chosen),
        number=number,
        last=max(1, -(-len(found) // _A_PAGE)),
        words=app.vocabulary,
    )


@router.get("/gaps/questions")
def questions_page(request: Request, _reader: Reader) -> Response:
    """The questions that closed gaps gave to the evaluation."""
    app = installation(request)
    asked = [one for one in list_gaps(app.journal) if one.closed_by]
    return page(request, "gap_questions.html", gaps=asked, words=app.vocabulary)


@router.get("/gaps/questions.jsonl")
def export(request: Request, _reader: Reader) -> Response:
    """These questions as a file for `market-entry evaluate`."""
    lines = evaluation_questions(list_gaps(installation(request).journal))
    name = "attachment; filename=questions.jsonl"
    body = "".join(f"{line}\n" for line in lines)
    return Response(body, media_type="application/jsonl", headers={"Content-Disposition": name})


@router.get("/gaps/{gap_id}")
def show(request: Request, _reader: Reader, gap_id: Numbered) -> Response:
    """One gap: who asks what, and what is to be done about it."""
    return _gap(request, gap(installation(request).journal, gap_id))


@router.post("/gaps/{gap_id}/assign")
def give(
    request: Request, _author: Author, gap_id: Numbered, assignee: Typed = "", note: Typed = "", wording: Wording = ""
) -> Response:
    """Give a gap to somebody, with a note."""
    app = installation(request)
    if assignee:
        app.accounts.account(assignee)
    language = gap(app.journal, gap_id).language or "en"
    assign(app.journal, gap_id, assignee, wording=wording, language=language, note=note)
    return done(request, f"/gaps/{gap_id}", "done_gap_changed")


@router.post("/gaps/{gap_id}/close")
def fill(
    request: Request,
    author: Author,
    gap_id: Numbered,
    wording: Wording = "",
    language: Typed = "en",
    document: Typed = "",
    note: Typed = "",
) -> Response:
    """Close a gap with the document that answers it now, or without one as nothing for the library."""
    app = installation(request)
    before = gap(app.journal, gap_id)
    language = language if language in LANGUAGES else "en"
    try:
        found = app.catalogue.document(document.strip()) if document.strip() else None
        if found:
            ensure_answered(app.assistant, found, wording, language)
        close(app.journal, gap_id, found, who=author.name, wording=wording, language=language, note=note)
    except KnownError as problem:
        typed = {"wording": wording, "language": language, "document": document, "note": note}
        return _gap(request, before, typed, problem)
    return done(request, f"/gaps/{gap_id}", "done_gap_closed")


@router.get("/ratings")
def ratings_page(request: Request, _reader: Reader, number: Page = 1) -> Response:
    """What people said of answers and nobody has replied to, the newest first."""
    ratings = installation(request).journal.feedback(open_only=True)
    return page(
        request,
        "ratings.html",
        ratings=ratings[(number - 1) * _A_PAGE : number * _A_PAGE],
        count=len(ratings),
        number=number,
        last=max(1, -(-len(ratings) // _A_PAGE)),
    )


@router.post("/ratings/{answer_id}")
def reply(request: Request, author: Author, answer_id: str, note: Typed = "") -> Response:
    """Reply to the person; an empty reply only takes it off the list."""
    installation(request).journal.reply(answer_id, note.strip(), who=author.name)
    return done(request, "/ratings", "done_replied")


def _gap(
    request: Request, found: Gap, typed: Mapping[str, str] | None = None, problem: KnownError | None = None
) -> Response:
    app = installation(request)
    language = found.language or next((code for code in found.languages if code in LANGUAGES), "en")
    as_it_is = {
        "wording": found.wording,
        "language": language,
        "document": found.document_id,
        "note": found.note,
    }
    return page(
        request,
        "gap.html",
        problem,
        gap=found,
        typed=typed or as_it_is,
        staff=[one for one in app.accounts.accounts() if one.role is not Role.MEMBER and not one.disabled],
        documents=app.catalogue.documents(Stage.PUBLISHED),
        words=app.vocabulary,
    )
