"""Taking documents in: files or a web address, what became of each, and what a person settles before publishing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Request, Response, UploadFile

from assistant.accounts.accounts import Account, Permission
from assistant.texts import TranslatedError
from corpus.catalogue.records import BY_CONFIRMING, Matter
from corpus.catalogue.stages import OPEN
from corpus.documents import Access, Metadata, Reuse
from corpus.errors import KnownError
from corpus.intake.intake import Intake, IntakeOptions, IntakeOutcome
from corpus.release.checks import unknown_codes
from corpus.scratch import scratch_folder
from corpus.vocabulary import vocabulary
from pages.shared.rendering import MOST, Typed, installation
from pages.staff.layout import done, page
from pages.staff.person import person

router = APIRouter()

_LISTED = 200  # documents of which something is open
_LONGEST_NAME = 200  # bytes of a file's name on the disk

Author = Annotated[Account, person(Permission.WRITE)]
Codes = Annotated[list[str], Form(default_factory=list)]


class BadIntake(TranslatedError):
    """A form for taking documents in, or for what they say about themselves, that was not filled in."""


@router.get("/intake")
def show(request: Request, _author: Author) -> Response:
    """The form for files and addresses, and the documents of which something is open."""
    return _start(request)


@router.post("/intake")
def add(
    request: Request,
    author: Author,
    files: Annotated[list[UploadFile], File(default_factory=list)],
    address: Typed = "",
) -> Response:
    """Take in what was sent, as drafts, and say what became of each file."""
    app = installation(request)
    confined = app.settings.require_confinement
    intake = Intake(app.catalogue, app.home, who=author.name, fetching=app.fetch, confined=confined)
    with _on_disk(files) as paths:
        places = [*map(str, paths), *filter(None, [address.strip()])]
        if not places:
            return _start(request, BadIntake("intake_nothing"))
        outcomes = [outcome for place in places for outcome in intake.add(place, IntakeOptions())]
    app.upkeep.follow()
    return page(request, "intake_done.html", outcomes=[(_kind(outcome), outcome) for outcome in outcomes])


@router.post("/intake:settle")
def settle(
    request: Request,
    author: Author,
    document_id: Typed,
    version: Annotated[int, Form(ge=1, le=MOST)],
    matter: Annotated[Matter, Form()],
    note: Typed = "",
) -> Response:
    """Let a flag stand, with a note why."""
    catalogue = installation(request).catalogue
    if not note.strip() or matter in BY_CONFIRMING:
        return _form(request, document_id, BadIntake("intake_note_needed"))
    catalogue.settle(document_id, matter, who=author.name, note=note.strip(), number=version)
    return done(request, f"/intake/{quote(document_id)}", "done_intake_settled")


@router.get("/intake/{document_id:path}")
def show_document(request: Request, _author: Author, document_id: str) -> Response:
    """What a document says about itself, to be confirmed or mended, and what else is open about it."""
    return _form(request, document_id)


@router.post("/intake/{document_id:path}")
def confirm(
    request: Request,
    author: Author,
    document_id: str,
    version: Annotated[int, Form(ge=1, le=MOST)],
    title: Typed,
    kind: Typed,
    language: Typed,
    published_on: Typed,
    facts_as_of: Typed,
    review_by: Typed,
    access: Annotated[Access, Form()],
    markets: Codes,
    areas: Codes,
    topics: Codes,
    reuse: Typed = "",
    publisher: Typed = "",
    expires_on: Typed = "",
    note: Typed = "",
) -> Response:
    """Say that this is what the document is."""
    app = installation(request)
    try:
        confirmed = replace(
            app.catalogue.document(document_id, version).metadata,
            title=_given(title),
            kind=kind,
            language=_given(language),
            publisher=publisher.strip(),
            published_on=_day(published_on),
            facts_as_of=f"{_day(facts_as_of + '-01'):%Y-%m}",
            review_by=_day(review_by),
            expires_on=_day(expires_on) if expires_on else None,
            markets=frozenset(markets),
            areas=frozenset(areas),
            topics=frozenset(topics),
            access=access,
            reuse=_reuse(reuse),
        )
        _check(confirmed)
        app.catalogue.confirm(document_id, version, confirmed, who=author.name, note=note.strip())
    except KnownError as problem:
        return _form(request, document_id, problem)
    app.upkeep.follow()
    return done(request, f"/intake/{quote(document_id)}", "done_intake_confirmed")


def _start(request: Request, problem: KnownError | None = None) -> Response:
    catalogue = installation(request).catalogue
    unsettled = catalogue.unsettled()
    drafts = {document.id: document for stage in OPEN for document in catalogue.documents(stage)}
    waiting = [(drafts[key], concerns) for key, concerns in unsettled.items() if key in drafts]
    return page(request, "intake.html", problem, waiting=waiting[:_LISTED], count=len(waiting))


def _form(request: Request, document_id: str, problem: KnownError | None = None) -> Response:
    catalogue = installation(request).catalogue
    document = catalogue.draft(document_id) or catalogue.document(document_id)
    concerns = catalogue.concerns(document_id, document.version.number)
    return page(
        request,
        "intake_document.html",
        problem,
        document=document,
        said=document.metadata,
        concerns=concerns,
        chosen=not any(one.matter is Matter.REUSE and one.settled_by is None for one in concerns),
        by_confirming=BY_CONFIRMING,
        open_stages=OPEN,
        passages=catalogue.passages_of(document_id, document.version.number)[:3],
        words=vocabulary(),
        accesses=list(Access),
        reuses=list(Reuse),
    )


@contextmanager
def _on_disk(files: list[UploadFile]) -> Iterator[list[Path]]:
    """The files that were sent, under their own names, each in a folder of its own that is removed in the end."""
    with scratch_folder("upload") as folder:
        paths = []
        for number, file in enumerate(files):
            if file.filename:
                path = folder / str(number) / _name(file.filename)
                path.parent.mkdir()
                with path.open("wb") as written:
                    shutil.copyfileobj(file.file, written)
                paths.append(path)
        yield paths


def _name(sent: str) -> str:
    """The last part of a name that a browser sent, short enough for the disk, its suffix kept."""
    name = PurePosixPath(sent.replace("\\", "/").replace("\0", "")).name or "file"
    suffix = PurePosixPath(name).suffix[:20]
    stem = name.removesuffix(suffix).encode()[: _LONGEST_NAME - len(suffix.encode())].decode("utf-8", "ignore")
    return stem + suffix


def _kind(outcome: IntakeOutcome) -> str:
    return type(outcome).__name__


def _given(text: str) -> str:
    if not text.strip():
        raise BadIntake("intake_incomplete")
    return text.strip()


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadIntake("intake_bad_day", day=text) from error


def _reuse(text: str) -> Reuse:
    if text not in list(Reuse):
        raise BadIntake("intake_reuse_needed")
    return Reuse(text)


def _check(metadata: Metadata) -> None:
    """Whether codes and dates go together as the library's style sheet asks."""
    if any(unknown_codes(metadata, vocabulary())):
        raise BadIntake("intake_incomplete")
    if (metadata.kind == "event") != (metadata.expires_on is not None):
        raise BadIntake("intake_event_ends")
