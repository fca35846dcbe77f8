"""What was taken in and waits to be confirmed, as rows of one table: each editable in place, many confirmed at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import FormData

from assistant.texts import TranslatedError
from corpus.catalogue.catalogue import Catalogue
from corpus.catalogue.records import BY_CONFIRMING, Concern, Confirmation, Matter
from corpus.catalogue.stages import OPEN
from corpus.documents import Access, Document, Metadata, Passage, Reuse
from corpus.errors import KnownError
from corpus.intake.proposals import Confidence, Grades
from corpus.passages import SUMMARY
from corpus.vocabulary import vocabulary
from pages.shared.rendering import installation, language_of, sentence, spoken
from pages.staff.details import CODES, Details, details_of, grades_of, read_details, typed_details
from pages.staff.layout import BadForm, Overtaken, page
from pages.staff.naming import Names
from pages.staff.person import Author, Filled
from pages.staff.unit_fields import plain

router = APIRouter()

A_PAGE = 30  # documents
_BEGINNING = 600  # characters of a text that are shown
_LONGEST_NOTE = 1000  # characters


@dataclass(frozen=True)
class Row:
    """A document that waits, with what is open about it and what was typed."""

    document: Document
    concerns: tuple[Concern, ...]
    details: Details
    notes: Mapping[str, str] = field(default_factory=dict)  # by matter: why it may stand
    ticked: bool = False
    problem: KnownError | None = None

    @property
    def grades(self) -> Grades:
        """How sure the fields are that stand as they were proposed."""
        return grades_of(self.concerns, self.document.metadata, self.details)

    @property
    def weakness(self) -> tuple[int, int]:
        """How many fields rest on nothing, and how many are only likely."""
        grades = list(self.grades.values())
        return grades.count(Confidence.GUESS), grades.count(Confidence.LIKELY)

    @property
    def flags(self) -> list[Concern]:
        """What confirming alone does not settle."""
        return [one for one in self.concerns if one.matter not in BY_CONFIRMING]

    def metadata(self) -> Metadata:
        """What was typed.

        Raises:
            BadSheet: a field cannot be used.
        """
        return read_details(self.details, self.document.metadata, vocabulary())

    def confirmation(self) -> Confirmation:
        """What confirming it says."""
        notes = {one.matter: note for one in self.flags if (note := self.notes.get(one.matter, ""))}
        return Confirmation(self.document.id, self.document.version.number, self.metadata(), notes)


@router.post("/intake:confirm")
def confirm(request: Request, author: Author, form: Filled) -> Response:
    """Tick, fill in or confirm what was ticked; whatever was typed stands on the page again, but for what is done."""
    app = installation(request)
    rows, gone = _typed(form, waiting(app.catalogue))
    same = typed_details(form, "same_")
    rows = [replace(row, details=row.details.with_same(same)) if row.ticked else row for row in rows]
    act = form.get("act")
    if act in ("tick", "untick"):
        return _again(request, [replace(row, ticked=act == "tick") for row in rows], same=same)
    if act not in ("confirm", "submit"):
        return _again(request, rows)
    chosen, problem = _looked_through(rows)
    rows = [next((one for one in chosen if one.document.id == row.document.id), row) for row in rows]
    if problem or gone:
        return _again(request, rows, problem or Overtaken("confirm_gone", documents=", ".join(gone)))
    try:
        app.catalogue.confirm_all([row.confirmation() for row in chosen], who=author.name, submit=act == "submit")
    except KnownError as error:
        return _again(request, rows, error)
    app.upkeep.follow()
    left = [row for row in rows if not row.ticked]
    return _again(request, left, told=("confirm_submitted" if act == "submit" else "confirm_done", len(chosen)))


def waiting(catalogue: Catalogue) -> list[Row]:
    """Every document of which something is open, those first of which most rests on nothing."""
    unsettled = catalogue.unsettled()
    rows = []
    for document in (one for stage in OPEN for one in catalogue.documents(stage) if one.id in unsettled):
        concerns = tuple(one for one in unsettled[document.id] if one.version == document.version.number)
        reuse_open = any(one.matter is Matter.REUSE for one in concerns)
        rows.append(Row(document, concerns, details_of(document.metadata, reuse_open=reuse_open)))
    return sorted(
        (row for row in rows if row.concerns),
        key=lambda row: (*(-count for count in row.weakness), row.document.metadata.title.casefold()),
    )


@dataclass(frozen=True)
class Table:
    """Rows of all `count` that wait; with a `number`, that page of them."""

    rows: Sequence[Row]
    count: int
    begins: Mapping[str, Passage | None]  # by document
    number: int = 0

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.count // A_PAGE))


def table_of(catalogue: Catalogue, rows: Sequence[Row], count: int, number: int = 0) -> Table:
    """These rows, with how each text begins."""
    return Table(rows, count, {row.document.id: _beginning(catalogue, row.document) for row in rows}, number)


def intake_values(request: Request, table: Callable[[], Table], **values: object) -> dict[str, Any]:
    """What the page for taking in shows: what became of what was sent, then the table as it stands by then."""
    language = language_of(request)
    return {
        "table_now": table,
        "same": Details(),
        "told": None,
        "outcomes": (),
        "names": Names(language),
        "codes": CODES,
        "accesses": list(Access),
        "reuses": list(Reuse),
        "said_of": partial(sentence, language=language),
        "problem_in": partial(spoken, language=language),
    } | values


def _beginning(catalogue: Catalogue, document: Document) -> Passage | None:
    """The first words of a text."""
    passages = catalogue.passages_of(document.id, document.version.number)
    first = next((one for one in passages if one.section != SUMMARY), None)
    return replace(first, text=first.text[:_BEGINNING]) if first else None


def _typed(form: FormData, known: Iterable[Row]) -> tuple[list[Row], list[str]]:
    """The rows as they were typed; and the ids of those that were ticked and do not wait any more."""
    by_id = {row.document.id: row for row in known}
    rows, gone = [], []
    for number in range(A_PAGE):
        prefix = f"row_{number}_"
        document_id, ticked = str(form.get(f"{prefix}id", "")), f"{prefix}ticked" in form
        row = by_id.pop(document_id, None)
        if row:
            rows.append(replace(_as_typed(row, form, prefix), ticked=ticked))
        elif ticked:
            gone.append(document_id)
    return rows, gone


def _as_typed(row: Row, form: FormData, prefix: str) -> Row:
    """A row as it was typed; where another version has come in between, with a word on that."""
    version, began = row.document.version, str(form.get(f"{prefix}version", ""))
    overtaken = Overtaken("edited_meanwhile", who=version.added_by, number=version.number, before=began)
    notes = {
        str(one.matter): plain(str(form.get(f"{prefix}note_{one.matter}", "")))[:_LONGEST_NOTE].strip()
        for one in row.flags
    }
    return replace(
        row,
        details=typed_details(form, prefix),
        notes=notes,
        problem=overtaken if began != str(version.number) else None,
    )


def _looked_through(rows: Iterable[Row]) -> tuple[list[Row], TranslatedError | None]:
    """The rows that are ticked, each with what is wrong with it, and a sentence if something is."""
    chosen = [row if row.problem else replace(row, problem=_wrong_with(row)) for row in rows if row.ticked]
    if not chosen:
        return [], BadForm("nothing_ticked")
    wrong = sum(row.problem is not None for row in chosen)
    return chosen, BadForm("confirm_wrong", count=wrong) if wrong else None


def _wrong_with(row: Row) -> KnownError | None:
    try:
        row.metadata()
    except KnownError as error:
        return error
    return None


def _again(
    request: Request,
    rows: Sequence[Row],
    problem: KnownError | None = None,
    *,
    same: Details | None = None,
    told: tuple[str, int] | None = None,
) -> Response:
    """The table as it was typed, and as far as there is room what else waits."""
    known = waiting(installation(request).catalogue)
    shown = {row.document.id for row in rows}
    more = [row for row in known if row.document.id not in shown][: A_PAGE - len(rows)]
    table = table_of(installation(request).catalogue, [*rows, *more], len(known))
    values = intake_values(request, lambda: table, same=same or Details(), told=told)
    return page(request, "intake.html", problem, **values)
