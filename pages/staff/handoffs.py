"""What companies have handed over: who sees to it, and what came of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from assistant.accounts.accounts import Account, Permission
from assistant.handoff.handoffs import HandoffOutcome, HandoffStage
from assistant.handoff.letters import LetterKind
from assistant.handoff.partners import matches
from pages.shared.rendering import Numbered, Typed, installation
from pages.staff.layout import done, page
from pages.staff.person import person

router = APIRouter()

_A_PAGE = 50
_OPEN = (HandoffStage.WAITING, HandoffStage.DELIVERED, HandoffStage.TAKEN)

Reader = Annotated[Account, person(Permission.READ_STAFF)]
Author = Annotated[Account, person(Permission.WRITE)]


@router.get("/handoffs")
def list_page(
    request: Request, _reader: Reader, *, closed: bool = False, number: Annotated[int, Query(ge=1, le=10**6)] = 1
) -> Response:
    """The open ones, or the closed ones, newest first, a page at a time."""
    stages = (HandoffStage.CLOSED,) if closed else _OPEN
    found = [one for one in installation(request).handoffs.find() if one.stage in stages]
    return page(
        request,
        "handoffs.html",
        handoffs=sorted(found, key=lambda one: -one.made_at)[(number - 1) * _A_PAGE : number * _A_PAGE],
        count=len(found),
        closed=closed,
        number=number,
        last=max(1, -(-len(found) // _A_PAGE)),
        clusters=installation(request).vocabulary.clusters,
    )


@router.get("/handoffs/{number}")
def show(request: Request, _reader: Reader, number: Numbered) -> Response:
    """One of them: the letter, what was done, and for who seeks a partner others who may fit."""
    app = installation(request)
    handoff = app.handoffs.handoff(number)
    here = None if app.settings.embedding_url else app.cache.model  # nobody agreed to have it sent elsewhere
    return page(
        request,
        "handoff.html",
        handoff=handoff,
        moves=app.handoffs.history(number),
        matches=matches(app.handoffs, number, here) if handoff.draft.kind is LetterKind.PARTNER else [],
        outcomes=list(HandoffOutcome),
        clusters=app.vocabulary.clusters,
    )


@router.post("/handoffs/{number}/take")
def take(request: Request, author: Author, number: Numbered, note: Typed = "") -> Response:
    """Say that one sees to it."""
    installation(request).handoffs.take(number, who=author.name, why=note)
    return done(request, f"/handoffs/{number}", "done_handoff")


@router.post("/handoffs/{number}/close")
def close(
    request: Request, author: Author, number: Numbered, outcome: Annotated[HandoffOutcome, Form()], note: Typed = ""
) -> Response:
    """Close it with what came of it."""
    installation(request).handoffs.settle(number, outcome, who=author.name, why=note)
    return done(request, "/handoffs", "done_handoff")
