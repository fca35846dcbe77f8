"""Taking documents in: files or a web address, what became of each, and what a person settles before publishing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Query, Request, Response, UploadFile

from assistant.app import App
from assistant.texts import TranslatedError
from corpus.catalogue.catalogue import Catalogue
from corpus.catalogue.records import BY_CONFIRMING, Matter
from corpus.catalogue.stages import OPEN
from corpus.documents import Access, Reuse
from corpus.errors import KnownError
from corpus.intake.intake import Intake, IntakeOptions, IntakeOutcome
from corpus.vocabulary import vocabulary
from pages.shared.rendering import MOST, Typed, installation, language_of, sentence
from pages.shared.uploads import on_disk
from pages.staff.background import InBackground
from pages.staff.confirming import A_PAGE, Table, intake_values, table_of, waiting
from pages.staff.details import CODES, Details, details_of, grades_of, read_details, typed_details, weakest_first
from pages.staff.layout import done, page, page_as_it_comes
from pages.staff.naming import Names
from pages.staff.person import Author, Filled, number_in

router = APIRouter()

_LONGEST_NOTE = 1000  # characters
_FIELDS = ("title", "publisher", "kind", "language", "published_on", "facts_as_of", "review_by", "expires_on", *CODES)


class BadIntake(TranslatedError):
    """A form for taking documents in, or for what they say about themselves, that was not filled in."""


@router.get("/intake")
def show(request: Request, _author: Author, number: Annotated[int, Query(ge=1, le=10**6)] = 1) -> Response:
    """The form for files and addresses, and the documents of which something is open, a page at a time."""
    return _start(request, number=number)


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
    intake = Intake(app.catalogue, who=author.name, fetching=app.fetch, confined=confined)
    with ExitStack() as stack:
        places = [*map(str, stack.enter_context(on_disk(files))), *filter(None, [address.strip()])]
        if not places:
            return _start(request, BadIntake("intake_nothing"))
        outcomes = InBackground(_taken_in(app, intake, places, stack.pop_all()))
    outcomes.begin()
    values = intake_values(
        request,
        lambda: _table(app.catalogue),
        outcomes=_numbered(outcomes, language_of(request)),
        sent=len(places),
    )
    return page_as_it_comes(request, "intake.html", **values)


def _taken_in(app: App, intake: Intake, places: Sequence[str], held: ExitStack) -> Iterator[IntakeOutcome]:
    """What becomes of each file; what is `held` for that is let go in the end."""
    with held:
        for place in places:
            yield from intake.add(place, IntakeOptions())
    app.upkeep.follow()


def _numbered(outcomes: Iterable[IntakeOutcome], language: str) -> Iterator[tuple[int, str, object]]:
    """The outcomes as they come, counted and with their kind; at last, if so, what kept the others from being read."""
    number = 0
    try:
        for number, outcome in enumerate(outcomes, start=1):
            yield number, type(outcome).__name__, outcome
    except KnownError as problem:
        yield number + 1, "Stopped", sentence(problem, language)


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
def confirm(request: Request, author: Author, document_id: str, form: Filled) -> Response:
    """Say that this is what the document is."""
    app, number, details = installation(request), number_in(form, "version"), typed_details(form)
    note = str(form.get("note", ""))[:_LONGEST_NOTE].strip()
    if form.get("more"):
        return _form(request, document_id, None, details, note)
    try:
        before = app.catalogue.document(document_id, number).metadata
        confirmed = read_details(details, before, vocabulary())
        app.catalogue.confirm(document_id, number, confirmed, who=author.name, note=note)
    except KnownError as problem:
        return _form(request, document_id, problem, details, note)
    app.upkeep.follow()
    return done(request, f"/intake/{quote(document_id)}", "done_intake_confirmed")


def _start(request: Request, problem: KnownError | None = None, number: int = 1) -> Response:
    table = _table(installation(request).catalogue, number)
    return page(request, "intake.html", problem, **intake_values(request, lambda: table))


def _table(catalogue: Catalogue, number: int = 1) -> Table:
    waits = waiting(catalogue)
    return table_of(catalogue, waits[(number - 1) * A_PAGE : number * A_PAGE], len(waits), number)


def _form(
    request: Request,
    document_id: str,
    problem: KnownError | None = None,
    details: Details | None = None,
    note: str = "",
) -> Response:
    """The page of a document; with the fields as they were typed, if they were."""
    catalogue = installation(request).catalogue
    document = catalogue.draft(document_id) or catalogue.document(document_id)
    concerns = catalogue.concerns(document_id, document.version.number)
    reuse_open = any(one.matter is Matter.REUSE and one.settled_by is None for one in concerns)
    said = details or details_of(document.metadata, reuse_open=reuse_open)
    grades = grades_of(concerns, document.metadata, said)
    return page(
        request,
        "intake_document.html",
        problem,
        document=document,
        said=said,
        grades=grades,
        fields=weakest_first(_FIELDS, grades),
        note=note,
        typed_in=details is not None,
        concerns=concerns,
        by_confirming=BY_CONFIRMING,
        open_stages=OPEN,
        passages=catalogue.passages_of(document_id, document.version.number)[:3],
        words=vocabulary(),
        kinds=Names(language_of(request)).terms("kinds"),
        accesses=list(Access),
        reuses=list(Reuse),
    )
