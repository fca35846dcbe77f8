"""One document: what stands and what is in work, its text, its passages, what was said and done about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Query, Request, Response

from assistant.accounts.accounts import Account, Permission
from assistant.texts import say
from corpus.catalogue.records import Action, Event
from corpus.catalogue.stages import OPEN, STANDING
from corpus.differences import compare
from corpus.documents import Access, Document, Metadata, Passage, Reuse, digest
from corpus.errors import KnownError
from corpus.passages import SUMMARY
from corpus.units import Unit
from pages.shared.markdown import rendered
from pages.shared.pictures import Numbered, PagePictures
from pages.shared.rendering import MOST, Typed, installation, language_of, session_of
from pages.staff.layout import BadForm, done, page
from pages.staff.naming import TONGUES, Names, check_text
from pages.staff.person import Author, Publisher, Reader, person

router = APIRouter()

A_YEAR = timedelta(days=365)  # over which the answers that rested on a document are counted

Administrator = Annotated[Account, person(Permission.PURGE)]
Number = Annotated[int, Form(ge=1, le=MOST)]
Chosen = Annotated[int | None, Query(ge=1, le=MOST)]

_LONGEST = 4000  # characters of a comment


@router.get("/documents/{document_id:path}:compare")
def compare_versions(
    request: Request, _reader: Reader, document_id: str, before: Chosen = None, after: Chosen = None
) -> Response:
    """What changed from one version to another: from the one that stands to the newest, unless said."""
    catalogue = installation(request).catalogue
    old = catalogue.document(document_id, before)
    new = _one(request, document_id, after)
    return page(
        request,
        "compare.html",
        document=new,
        old=old,
        versions=catalogue.versions(document_id),
        names=Names(language_of(request)),
        difference_made=compare(old.version, new.version),
    )


@router.get("/documents/{document_id:path}:original")
def original(
    request: Request, _reader: Reader, document_id: str, version: Annotated[int, Query(ge=1, le=MOST)]
) -> Response:
    """The file that a version was read from, to be kept and not to be shown by the browser."""
    catalogue = installation(request).catalogue
    found = catalogue.original(document_id, version)
    if found is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return Response(
        catalogue.originals.read(found.digest),
        media_type="application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"},
    )


@router.get("/documents/{document_id:path}:page")
def page_of_original(
    request: Request, _reader: Reader, document_id: str, version: Numbered, passage: Numbered
) -> Response:
    """The page of the original on which a passage stands, as a picture in which it is marked."""
    pictures: PagePictures = request.app.state.pictures
    return pictures.of(installation(request).catalogue.document(document_id, version), passage)


@router.post("/documents/{document_id:path}:comment")
def comment(
    request: Request,
    author: Author,
    document_id: str,
    number: Number,
    text: Annotated[str, Form(max_length=_LONGEST)] = "",
) -> Response:
    """Remark something on a version."""
    if not text.strip():
        return show_document(request, document_id, number, BadForm("comment_empty"))
    installation(request).catalogue.comment(document_id, text.strip(), who=author.name, number=number)
    return done(request, f"{path_of(document_id)}?version={number}", "done_comment")


@router.post("/documents/{document_id:path}:restore")
def restore(
    request: Request, publisher: Publisher, document_id: str, number: Number, began_from: Number, why: Typed = ""
) -> Response:
    """Make an old version the draft."""
    try:
        installation(request).catalogue.restore(
            document_id, number, began_from=began_from, who=publisher.name, why=why.strip()
        )
    except KnownError as problem:
        return show_document(request, document_id, problem=problem)
    installation(request).upkeep.follow()
    return done(request, path_of(document_id), "done_restored")


@router.post("/documents/{document_id:path}:purge")
def purge(
    request: Request, administrator: Administrator, document_id: str, typed: Typed = "", why: Typed = ""
) -> Response:
    """Remove it for good, after its id was typed."""
    if typed.strip() != document_id or not why.strip():
        return show_document(request, document_id, problem=BadForm("purge_not_confirmed"))
    installation(request).purge([document_id], who=administrator.name, why=why.strip())
    return done(request, "/documents", "done_purged")


@router.get("/documents/{document_id:path}")
def show(request: Request, _reader: Reader, document_id: str, version: Chosen = None) -> Response:
    """One document, as its newest version says it, or another one."""
    return show_document(request, document_id, version)


def path_of(document_id: str) -> str:
    """Where the page of a document is."""
    return f"/documents/{quote(document_id)}"


def show_document(
    request: Request, document_id: str, number: int | None = None, problem: KnownError | None = None
) -> Response:
    """The page of a document; with what went wrong, if something did."""
    app = installation(request)
    shown = _one(request, document_id, number)
    versions = app.catalogue.versions(document_id)
    in_work = next((known for known in versions if known.stage in OPEN), None)
    session = session_of(request)
    account = session.account if session else None
    metadata = shown.metadata
    names = Names(language_of(request))
    return page(
        request,
        "document.html",
        problem,
        document=shown,
        said=metadata,
        standing=next((known for known in versions if known.stage in STANDING), None),
        in_work=in_work,
        checks=app.catalogue.checks(document_id, in_work.version.number) if in_work else [],
        check_text=check_text,
        tip=_one(request, document_id).version.number,
        versions=versions[::-1],
        text=rendered(shown.version.body),
        passages=list(_with_units(app.catalogue.passages_of(document_id, shown.version.number), metadata)),
        tongues=TONGUES,
        original=app.catalogue.original(document_id, shown.version.number),
        flags=[flag for flag in app.catalogue.flags(document_id) if flag.version == shown.version.number],
        comments=app.catalogue.comments(document_id),
        history=[(event, _change(event, names)) for event in reversed(app.catalogue.history(document_id))],
        answers=app.journal.uses(date.today() - A_YEAR)[document_id],
        stale_summary=bool(metadata.summary_hash)
        and metadata.summary_hash != digest(metadata.summary.get("en", ""))[:12],
        own=bool(account and in_work and account.name in app.catalogue.authors(document_id, in_work.version.number)),
        today=date.today(),
        names=names,
        path=path_of(document_id),
        Access=Access,
        Reuse=Reuse,
    )


def _with_units(passages: Iterable[Passage], metadata: Metadata) -> Iterator[tuple[Passage, Unit | None]]:
    """The passages, each first one of a section with what the section answers."""
    met: set[str] = set()
    for passage in passages:
        unit = metadata.unit(passage.section) if passage.section != SUMMARY else None
        yield passage, unit if unit and unit.section not in met else None
        met |= {unit.section} if unit else set()


def _one(request: Request, document_id: str, number: int | None = None) -> Document:
    """A version, or the one that an edit begins from."""
    catalogue = installation(request).catalogue
    if number is not None:
        return catalogue.document(document_id, number)
    return catalogue.draft(document_id) or catalogue.document(document_id)


_FROM_A_VERSION = frozenset({Action.REVISED, Action.RESTORED})


def _change(event: Event, names: Names) -> str:
    """What an act changed, as people say it."""
    if event.act in _FROM_A_VERSION and event.before and event.before.isdecimal():
        return say(names.language, "from_version", number=event.before)
    return " → ".join(names.value(value) for value in (event.before, event.after) if value)
