"""The first page of the staff: what waits, what is lacking, whether all is well, how much is asked."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Response

from assistant.accounts.accounts import Account, Permission
from assistant.app import App
from assistant.desk.inbox import waiting
from assistant.desk.usage_report import report
from assistant.journal.gaps import GapState, gather, list_gaps
from pages.shared.rendering import installation
from pages.staff.coverage import matrix
from pages.staff.layout import page
from pages.staff.person import person

router = APIRouter()

_NEWEST = 5  # gaps and ratings shown
_SHOWN = 5  # of each kind that waits
_WEEKS = 12
_LATELY = timedelta(days=7)
_LITTLE = 2**30  # bytes: with less left on the disk, somebody has to look


@dataclass(frozen=True)
class Week:
    """The questions of a week: how many had an answer, and how many had none."""

    monday: date
    answered: int
    declined: int


@dataclass(frozen=True)
class Health:
    """Whether the installation is well. `silent` of `asked` answers of the last days came without their model."""

    index_current: bool
    model: str  # empty where answers quote
    asked: int
    silent: int
    gigabytes: float  # left on the disk
    enough: bool


@router.get("/")
def home(request: Request, reader: Annotated[Account, person(Permission.READ_STAFF)]) -> Response:
    """What there is to do."""
    app = installation(request)
    gather(app.journal, app.cache.model)
    gaps = list_gaps(app.journal)
    ratings = app.journal.feedback(open_only=True)
    return page(
        request,
        "home.html",
        waiting=waiting(app, reader, gaps),
        shown=_SHOWN,
        flagged=app.catalogue.flagged(),
        gaps=sorted((one for one in gaps if one.state is not GapState.CLOSED), key=lambda one: -one.id)[:_NEWEST],
        open_gaps=sum(one.state is not GapState.CLOSED for one in gaps),
        ratings=[one for one in ratings if one.verdict != "helpful"][:_NEWEST],
        health=_health(app),
        weeks=_weeks(app),
        matrix=matrix(app, gaps),
        words=app.vocabulary,
    )


def _health(app: App) -> Health:
    today = app.journal.today()
    lately = app.journal.answers(today - _LATELY, today)
    free = shutil.disk_usage(app.home).free
    return Health(
        index_current=app.index.up_to_date(app.catalogue.position),
        model=app.settings.chat_model,
        asked=len(lately),
        silent=sum(answer.notice for answer in lately) if app.settings.chat_model else 0,
        gigabytes=round(free / 2**30, 1),
        enough=free >= _LITTLE,
    )


def _weeks(app: App) -> Sequence[Week]:
    today = app.journal.today()
    usage_report = report(app.journal, app.catalogue, today - timedelta(weeks=_WEEKS - 1), today)
    shares = {figure.group: figure.value for figure in usage_report.of("week", "answered")}
    weeks = []
    for figure in usage_report.of("week", "questions"):
        answered = round(figure.value * shares.get(figure.group, 0.0))
        weeks.append(Week(date.fromisoformat(figure.group), answered, int(figure.value) - answered))
    return weeks
