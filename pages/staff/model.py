"""The chat model: whether it may write the answers here, and why."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response

from assistant.accounts.accounts import Account, Permission
from assistant.desk.qualifying import Qualifying, last_qualification
from pages.shared.rendering import installation
from pages.staff.layout import done, page
from pages.staff.naming import TONGUES
from pages.staff.person import person

router = APIRouter()

Administrator = Annotated[Account, person(Permission.QUALIFY)]


@router.get("/model")
def show(request: Request, _administrator: Administrator) -> Response:
    """What was last found out of it, and how far a run is."""
    app = installation(request)
    return page(
        request,
        "model.html",
        model=app.settings.chat_model,
        last=last_qualification(app),
        run=_qualifying(request).run,
        tongues=TONGUES,
    )


@router.post("/model:qualify")
def start(request: Request, administrator: Administrator) -> Response:
    """Ask it the questions, in the background."""
    if installation(request).chat is None:
        return done(request, "/model", "done_no_model")
    _qualifying(request).start(who=administrator.name)
    return done(request, "/model", "done_qualifying")


def _qualifying(request: Request) -> Qualifying:
    found: Qualifying = request.app.state.qualifying
    return found
