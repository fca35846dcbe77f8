"""What has to be looked at again: by its date, or since a source has changed; what answers rest on most comes first."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from corpus.catalogue.listing import ListedDocument, flags_of, lines
from corpus.documents import Stage
from corpus.errors import KnownError
from pages.shared.rendering import Typed, installation, language_of
from pages.staff.document import A_YEAR
from pages.staff.layout import BadForm, done, page
from pages.staff.naming import Names
from pages.staff.person import Reader, Reviewer

router = APIRouter()

WITHIN = (0, 30, 90)  # days
_A_PAGE = 100  # documents on one

Within = Annotated[int, Query(ge=0, le=3650)]
Number = Annotated[int, Query(ge=1, le=10**6)]


@router.get("/due")
def list_due(request: Request, _reader: Reader, within: Within = 30, number: Number = 1) -> Response:
    """What is due within some days, is overdue, or bears a flag."""
    return _table(request, within, number)


@router.post("/due")
def still_valid(
    request: Request,
    reviewer: Reviewer,
    ticked: Annotated[list[str], Form(default_factory=list, max_length=500)],
    until: Typed = "",
    note: Typed = "",
    within: Within = 30,
    number: Number = 1,
) -> Response:
    """Say of documents that they were looked at and hold until a day."""
    today = date.today()
    try:
        if not ticked:
            raise BadForm("nothing_ticked")
        day = _to_come(until, today)
        installation(request).catalogue.still_valid(
            ticked, until=day, today=today, who=reviewer.name, note=note.strip()
        )
    except KnownError as problem:
        return _table(request, within, number, problem, ticked=ticked, until=until, note=note)
    return done(request, f"/due?within={within}", "done_still_valid")


def _to_come(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today
    if day <= today:
        raise BadForm("day_not_to_come")
    return day


def _table(
    request: Request,
    within: int,
    number: int,
    problem: KnownError | None = None,
    *,
    ticked: list[str] | None = None,
    until: str = "",
    note: str = "",
) -> Response:
    app, today = installation(request), date.today()
    uses = app.journal.uses(today - A_YEAR)
    found = sorted(
        (line for line in lines(app.catalogue) if _is_due(line, today + timedelta(days=within))),
        key=lambda line: (-uses[line.id], line.review_by, line.id),
    )
    shown = found[(number - 1) * _A_PAGE : number * _A_PAGE]
    return page(
        request,
        "due.html",
        problem,
        lines=shown,
        flags=flags_of(app.catalogue, shown),
        uses=uses,
        count=len(found),
        number=number,
        last=max(1, -(-len(found) // _A_PAGE)),
        within=within,
        choices=WITHIN,
        ticked=frozenset(ticked or ()),
        until=until or (today + A_YEAR).isoformat(),
        note=note,
        today=today,
        names=Names(language_of(request)),
    )


def _is_due(line: ListedDocument, day: date) -> bool:
    return line.stage is Stage.PUBLISHED and (line.review_by < day or line.flagged)
