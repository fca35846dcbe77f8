"""What staff do, by a program: in the name of the key's account, with the rights of its role as on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from assistant.accounts.accounts import Account, Permission, may
from assistant.accounts.keys import Key, Scope
from assistant.journal.gaps import gather, list_gaps
from corpus.documents import Document, Stage
from pages.api.access import key
from pages.api.forms import GivenForm
from pages.api.problems import ScopeLacking
from pages.shared.rendering import MOST, installation

router = APIRouter(tags=["curate"])

StaffKey = Annotated[Key, key(Scope.CURATE, act=Permission.READ_STAFF)]

_ACTS: Mapping[Stage, Permission] = {  # what bringing a version to a stage takes
    Stage.IN_REVIEW: Permission.WRITE,
    Stage.DRAFT: Permission.REVIEW,
    Stage.PUBLISHED: Permission.PUBLISH,
    Stage.WITHDRAWN: Permission.PUBLISH,
}


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


class HistoryForm(BaseModel):
    """All versions of a document, the first one first, and what was done to it."""

    versions: list[VersionForm]
    history: list[dict[str, Any]]


@router.get("/versions/{document_id:path}", response_model=HistoryForm)
def versions(request: Request, _key: StaffKey, document_id: str) -> Response:
    """List the versions of a document, and who did what with it, when and why."""
    catalogue = installation(request).catalogue
    catalogue.document(document_id)
    told = {
        "versions": [_version(one) for one in catalogue.versions(document_id)],
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
