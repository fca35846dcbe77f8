"""What companies have handed over: who sees to it, and what came of it.

A company has agreed that one cluster gets its letter, so nobody else is shown it: a letter to another cluster is not
there (404). Of a partner that may fit and has written to another cluster, a page says that there is one, to whom it
wrote, and the areas and markets that it has in common with the letter shown; the people of both clusters ask their
companies before they name them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from assistant.accounts.accounts import Account, Permission, may_see_letters
from assistant.app import App
from assistant.handoff.handoffs import Handoff, HandoffOutcome, HandoffStage, UnknownHandoff
from assistant.handoff.letters import LetterKind
from assistant.handoff.partners import matches
from pages.shared.rendering import Numbered, Typed, installation
from pages.staff.layout import done, page
from pages.staff.person import person

router = APIRouter()

_A_PAGE = 50
_OPEN = (HandoffStage.WAITING, HandoffStage.DELIVERED, HandoffStage.TAKEN)


@dataclass(frozen=True)
class ShownMatch:
    """A partner that may fit, as far as its own consent goes: without a `subject` where it wrote to others."""

    number: int
    cluster: str
    subject: str
    places: tuple[str, ...]  # areas and markets that both name


Reader = Annotated[Account, person(Permission.READ_STAFF)]
Author = Annotated[Account, person(Permission.WRITE)]


@router.get("/handoffs")
def list_page(
    request: Request, reader: Reader, *, closed: bool = False, number: Annotated[int, Query(ge=1, le=10**6)] = 1
) -> Response:
    """The open ones, or the closed ones, that are for the reader; newest first, a page at a time."""
    stages = (HandoffStage.CLOSED,) if closed else _OPEN
    found = [
        one
        for one in installation(request).handoffs.find()
        if one.stage in stages and may_see_letters(reader, one.draft.cluster)
    ]
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
def show(request: Request, reader: Reader, number: Numbered) -> Response:
    """One of them: the letter, what was done, and for who seeks a partner others who may fit."""
    app = installation(request)
    handoff = _seen_by(reader, app, number)
    return page(
        request,
        "handoff.html",
        handoff=handoff,
        moves=app.handoffs.history(number),
        matches=_matches(reader, app, handoff),
        outcomes=list(HandoffOutcome),
        clusters=app.vocabulary.clusters,
    )


@router.post("/handoffs/{number}/take")
def take(request: Request, author: Author, number: Numbered, note: Typed = "") -> Response:
    """Say that one sees to it."""
    _seen_by(author, installation(request), number)
    installation(request).handoffs.take(number, who=author.name, why=note)
    return done(request, f"/handoffs/{number}", "done_handoff")


@router.post("/handoffs/{number}/close")
def close(
    request: Request, author: Author, number: Numbered, outcome: Annotated[HandoffOutcome, Form()], note: Typed = ""
) -> Response:
    """Close it with what came of it."""
    _seen_by(author, installation(request), number)
    installation(request).handoffs.settle(number, outcome, who=author.name, why=note)
    return done(request, "/handoffs", "done_handoff")


def _seen_by(account: Account, app: App, number: int) -> Handoff:
    """A hand-off that is for this account.

    Raises:
        UnknownHandoff: there is none of that number, or it is for others.
    """
    handoff = app.handoffs.handoff(number)
    if not may_see_letters(account, handoff.draft.cluster):
        raise UnknownHandoff(number)
    return handoff


def _matches(reader: Account, app: App, handoff: Handoff) -> list[ShownMatch]:
    if handoff.draft.kind is not LetterKind.PARTNER:
        return []
    here = None if app.settings.embedding_url else app.cache.model  # nobody agreed to have it sent elsewhere
    areas, markets = app.vocabulary.areas, app.vocabulary.markets
    return [
        ShownMatch(
            one.handoff.number,
            one.handoff.draft.cluster,
            one.handoff.letter.subject if may_see_letters(reader, one.handoff.draft.cluster) else "",
            tuple(areas[code].name(reader.language) for code in sorted(one.areas))
            + tuple(markets[code].name(reader.language) for code in sorted(one.markets)),
        )
        for one in matches(app.handoffs, handoff.number, here)
    ]
