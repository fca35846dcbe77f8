"""What staff do, by a program: in the name of the key's account, with the rights of its role as on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response, UploadFile
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from assistant.accounts.accounts import Account, Permission, may
from assistant.accounts.keys import Key, Scope
from assistant.journal.gaps import gather, list_gaps
from corpus.documents import Document, Stage
from corpus.errors import BadDocument
from corpus.intake.intake import Intake, IntakeOptions, Refused
from corpus.intake.report import report
from pages.api.access import INTAKE, key
from pages.api.forms import GivenForm
from pages.api.problems import ScopeLacking
from pages.shared.rendering import MOST, installation
from pages.shared.uploads import on_disk

router = APIRouter(tags=["curate"])

AuthorKey = Annotated[Key, key(Scope.CURATE, asks=True, act=Permission.WRITE)]
StaffKey = Annotated[Key, key(Scope.CURATE, act=Permission.READ_STAFF)]

_ACTS: Mapping[Stage, Permission] = {  # what bringing a version to a stage takes
    Stage.IN_REVIEW: Permission.WRITE,
    Stage.DRAFT: Permission.REVIEW,
    Stage.PUBLISHED: Permission.PUBLISH,
    Stage.WITHDRAWN: Permission.PUBLISH,
}


_ON_A_PAGE = 50
_CONCERN = ("matter", "detail", "settled_by", "note")


class OutcomeForm(BaseModel):
    """A file that is in the catalogue: as what, and what a person has to settle before it is published, by matter."""

    name: str
    reason: str
    document_id: str
    version: int
    stage: Stage
    title: str
    open: dict[str, str] = {}


class RefusedForm(BaseModel):
    """A file that was left out, and why."""

    name: str
    reason: str
    kind: str


class IntakeForm(BaseModel):
    """What became of a file, or of each file of an archive."""

    taken: list[OutcomeForm]
    known: list[OutcomeForm]
    refused: list[RefusedForm]


class MoveForm(GivenForm):
    """Documents that are to go to a stage, all or none."""

    documents: dict[str, Annotated[int, Field(ge=1, le=MOST)] | None] = Field(
        min_length=1, max_length=1000, description="By id, each with a version's number, or null for the one in play."
    )
    stage: Stage
    why: str = Field(min_length=1, max_length=1000)
    alone: bool = Field(False, description="Whether own work is published that nobody else has reviewed.")


class VersionForm(BaseModel):
    """A version of a document, where it stands, and who made and reviewed it."""

    document_id: str
    version: int
    stage: Stage
    title: str
    added_by: str
    added_at: str
    reviewed_by: str | None
    self_reviewed: bool


class StagedForm(BaseModel):
    """The versions in a stage, those added last first."""

    count: int
    page: int
    pages: int
    versions: list[VersionForm]


class ConcernForm(BaseModel):
    """What a person has to settle before a version is published, or has settled."""

    version: int
    matter: str
    detail: str
    settled_by: str | None
    note: str


class HistoryForm(BaseModel):
    """All versions of a document, the first one first, and what was done to it."""

    versions: list[VersionForm]
    concerns: list[ConcernForm]
    history: list[dict[str, Any]]


@router.post(INTAKE, response_model=IntakeForm)
def take_in(
    request: Request,
    key: AuthorKey,
    file: UploadFile,
    document_id: Annotated[
        str, Form(max_length=200, description="The document of which it is the next version, or a new id.")
    ] = "",
) -> Response:
    """Take in a file, or all files of an archive, as drafts; at most 64 MiB.

    A file that is left out is a problem, one of an archive stands among the `refused`. What was proposed about a draft
    is confirmed by a person, on the page for taking in, before it goes to readers.
    """
    app, account = installation(request), _account(key)
    intake = Intake(app.catalogue, who=account.name, fetching=app.fetch, confined=app.settings.require_confinement)
    with request.app.state.intakes.turn(), on_disk([file]) as paths:
        options = IntakeOptions(document_id=document_id)
        outcomes = [outcome for path in paths for outcome in intake.add(str(path), options)]
    if not outcomes:
        raise BadDocument("Nothing was sent in that could be taken in; send one file, with its name.")
    if len(outcomes) == 1 and isinstance(outcomes[0], Refused):
        raise outcomes[0].error
    app.upkeep.follow()
    return JSONResponse(report(outcomes))


@router.get("/stages", response_model=StagedForm)
def staged(request: Request, _key: StaffKey, stage: Stage, page: Annotated[int, Query(ge=1, le=10**6)] = 1) -> Response:
    """List the versions in a stage, those added last first, fifty a page."""
    kept = sorted(installation(request).catalogue.documents(stage), key=lambda one: one.version.added_at, reverse=True)
    shown = kept[(page - 1) * _ON_A_PAGE : page * _ON_A_PAGE]
    pages = -(-len(kept) // _ON_A_PAGE)
    listed = [_version(one) for one in shown]
    return JSONResponse({"count": len(kept), "page": page, "pages": pages, "versions": listed})


@router.get("/versions/{document_id:path}", response_model=HistoryForm)
def versions(request: Request, _key: StaffKey, document_id: str) -> Response:
    """List the versions of a document, and who did what with it, when and why."""
    catalogue = installation(request).catalogue
    catalogue.document(document_id)
    known = catalogue.versions(document_id)
    told = {
        "versions": [_version(one) for one in known],
        "concerns": [
            {"version": one.version.number} | {name: getattr(concern, name) for name in _CONCERN}
            for one in known
            for concern in catalogue.concerns(document_id, one.version.number)
        ],
        "history": [asdict(event) for event in catalogue.history(document_id)],
    }
    return JSONResponse(jsonable_encoder(told))


@router.post("/stages", response_model=list[VersionForm])
def move(request: Request, key: StaffKey, wanted: MoveForm) -> Response:
    """Bring documents to another stage: into review, back, to readers, or away from them."""
    app, account = installation(request), _account(key)
    act = _ACTS.get(wanted.stage)
    if act is None or not may(account, act):
        raise ScopeLacking("api_not_allowed")
    app.catalogue.move_all(
        wanted.documents, wanted.stage, who=account.name, why=wanted.why.strip(), self_review=wanted.alone
    )
    app.upkeep.follow()
    moved = [app.catalogue.document(document_id, number) for document_id, number in wanted.documents.items()]
    return JSONResponse([_version(one) for one in moved])


@router.get("/gaps", response_model=list[dict[str, Any]])
def gaps(request: Request, _key: StaffKey) -> Response:
    """List what the library could not answer, as `market-entry gaps list --json`, those asked most first."""
    app = installation(request)
    gather(app.journal, app.cache.model)
    rows = [asdict(one) | {"questions": list(one.questions), "title": one.title} for one in list_gaps(app.journal)]
    return JSONResponse(jsonable_encoder(rows))


def _account(key: Key) -> Account:
    if key.account is None:
        raise ScopeLacking("api_not_allowed")
    return key.account


def _version(one: Document) -> dict[str, object]:
    return {
        "document_id": one.id,
        "version": one.version.number,
        "stage": one.stage.value,
        "title": one.metadata.title,
        "added_by": one.version.added_by,
        "added_at": one.version.added_at,
        "reviewed_by": one.version.reviewed_by,
        "self_reviewed": one.version.self_reviewed,
    }
