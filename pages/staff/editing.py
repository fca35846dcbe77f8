"""Writing documents: a form for a new one, and for the next version of one that there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from assistant.journal.gaps import gap
from assistant.texts import say
from corpus.differences import Difference, compare
from corpus.documents import Access, Document, Metadata, Reuse, Stage, Version, digest
from corpus.errors import EditConflict, KnownError
from corpus.front_matter import render
from corpus.passages import split_edited, split_markdown
from corpus.units import ASKED_IN
from corpus.vocabulary import LANGUAGES, vocabulary
from pages.shared.rendering import MOST, installation, language_of
from pages.staff.document import path_of
from pages.staff.layout import Overtaken, done, page
from pages.staff.naming import TONGUES, Names
from pages.staff.person import Author, Filled, number_in
from pages.staff.proposals import Proposed, proposed
from pages.staff.sheet import Sheet, empty, read, sheet_of, typed
from pages.staff.unit_fields import DROPPED, BadUnit, groups, headings

router = APIRouter()

_MORE = 3  # empty rows for sources


def _began_from(form: Filled) -> int:
    """The number of the version that was before the person."""
    return number_in(form, "began_from")


Began = Annotated[int, Depends(_began_from)]


@router.get("/new-document")
def new_page(request: Request, author: Author, for_gap: Annotated[int | None, Query(ge=0, le=MOST)] = None) -> Response:
    """The form for another document; for a gap with its question as title and as the heading of a section."""
    sheet = empty(date.today(), author.language, author.cluster)
    if for_gap is not None:
        asked = gap(installation(request).journal, for_gap)
        question = " ".join(asked.title.split())
        language = asked.language or next((code for code in asked.languages if code in LANGUAGES), sheet.language)
        sheet = replace(
            sheet,
            title=question,
            body=f"## {question}\n\n" if question else "",
            language=language,
            markets=frozenset(asked.markets) & frozenset(vocabulary().markets),
            areas=frozenset(asked.areas) & frozenset(vocabulary().areas),
        )
    return _new(request, sheet)


@router.post("/new-document")
def add(request: Request, author: Author, form: Filled) -> Response:
    """Make a document, as a draft."""
    sheet = typed(form)
    if form.get("more"):
        return _new(request, sheet)
    app = installation(request)
    if asked := proposed(app, sheet, form.get("propose")):
        return _new(request, asked.sheet, asked.problem, asked)
    try:
        metadata = read(sheet, None, vocabulary())
        version = _version(app.catalogue.free_id(metadata.title, _folder(metadata)), metadata, sheet.body)
        app.catalogue.add_version(
            version,
            split_markdown(version),
            origin="staff",
            stage=Stage.DRAFT,
            who=author.name,
            why=str(form.get("why", "")).strip(),
            owner=sheet.owner if sheet.owner in vocabulary().clusters else "",
        )
    except KnownError as problem:
        return _new(request, sheet, problem)
    app.upkeep.follow()
    return done(request, path_of(version.document_id), "done_saved")


@router.get("/documents/{document_id:path}:edit")
def edit_page(request: Request, _author: Author, document_id: str) -> Response:
    """The form for the next version."""
    newest = _newest(request, document_id)
    return _edit(request, newest, sheet_of(newest.metadata, newest.version.body))


@router.post("/documents/{document_id:path}:edit")
def revise(request: Request, author: Author, document_id: str, form: Filled, began_from: Began) -> Response:
    """Keep what was typed as the document's draft, unless somebody else was quicker."""
    app, sheet = installation(request), typed(form)
    began = app.catalogue.document(document_id, began_from)
    why = str(form.get("why", ""))[:1000].strip()
    if form.get("more"):
        return _edit(request, began, sheet, why=why)
    if asked := proposed(app, sheet, form.get("propose")):
        return _edit(request, began, asked.sheet, asked.problem, why=why, asked=asked)
    try:
        version = _version(document_id, read(sheet, began.metadata, vocabulary()), sheet.body)
        before = app.catalogue.passages_of(document_id, began_from)
        app.catalogue.revise(
            version, split_edited(version, before), began_from=began_from, who=author.name, why=why, keeps_original=True
        )
    except EditConflict:
        return _edited_meanwhile(request, began, version, sheet, why)
    except KnownError as problem:
        return _edit(request, began, sheet, problem, why=why)
    app.upkeep.follow()
    return done(request, path_of(document_id), "done_saved")


def _edited_meanwhile(request: Request, began: Document, mine: Version, sheet: Sheet, why: str) -> Response:
    """The form as it was typed, beside what the other has changed; sent again, it comes after theirs."""
    theirs = _newest(request, began.id)
    problem = Overtaken(
        "edited_meanwhile", who=theirs.version.added_by, number=theirs.version.number, before=began.version.number
    )
    return _edit(
        request,
        theirs,
        sheet,
        problem,
        why=why,
        changed_by_them=compare(began.version, theirs.version),
        changed_by_saving=compare(theirs.version, mine),
    )


def _newest(request: Request, document_id: str) -> Document:
    catalogue = installation(request).catalogue
    return catalogue.draft(document_id) or catalogue.document(document_id)


def _folder(metadata: Metadata) -> str:
    """Where a new document is filed: under its market, where it has just one."""
    return next(iter(metadata.markets)) if len(metadata.markets) == 1 else "general"


def _version(document_id: str, metadata: Metadata, body: str) -> Version:
    return Version(document_id, 0, metadata, body, digest(render(metadata, body)))


def _new(request: Request, sheet: Sheet, problem: KnownError | None = None, asked: Proposed | None = None) -> Response:
    return _sheet(request, "new_document.html", sheet, problem, asked, stale=(), Access=Access, Reuse=Reuse)


def _edit(
    request: Request,
    began: Document,
    sheet: Sheet,
    problem: KnownError | None = None,
    *,
    why: str = "",
    changed_by_them: Difference | None = None,
    changed_by_saving: Difference | None = None,
    asked: Proposed | None = None,
) -> Response:
    return _sheet(
        request,
        "edit.html",
        sheet,
        problem,
        asked,
        stale={unit.section for unit in began.metadata.units if unit.stale},
        document=began,
        path=path_of(began.id),
        why=why,
        changed_by_them=changed_by_them,
        changed_by_saving=changed_by_saving,
    )


def _sheet(
    request: Request,
    template: str,
    sheet: Sheet,
    problem: KnownError | None,
    asked: Proposed | None,
    /,
    **values: object,
) -> Response:
    languages = dict.fromkeys((*LANGUAGES, sheet.language))  # a file's own language may be another one
    units = groups(sheet.units, sheet.body)
    beginning = say(language_of(request), "unit_beginning")
    filled = {group.fields.section for group in units if not group.homeless and not group.fields.empty}
    return page(
        request,
        template,
        problem,
        None,
        sheet=sheet,
        names=Names(language_of(request)),
        languages_of_text=languages,
        more=_MORE,
        units=units,
        bare=[(heading, heading or beginning) for heading in headings(sheet.body) if heading not in filled],
        opened=problem.section if isinstance(problem, BadUnit) else asked.section if asked else None,
        asked=asked,
        left_out=asked.left_out if asked else (),
        can_propose=installation(request).chat is not None,
        asked_in=ASKED_IN,
        tongues=TONGUES,
        dropped=DROPPED,
        typed_in=request.method == "POST",
        **values,
    )
