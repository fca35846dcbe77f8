"""The documents as a table, and what is done with one of them or many at once: moves from stage to stage, and terms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from assistant.accounts.accounts import Account
from assistant.accounts.filters import LONGEST, BadFilter, drop_filter, keep_filter, kept_filters
from assistant.texts import say
from corpus.catalogue.listing import ALLIANCE, Wanted, chosen
from corpus.documents import Access, Reuse, Stage
from corpus.errors import KnownError, NotChecked, NothingToUndo, NotRead, OwnWork
from corpus.vocabulary import vocabulary
from pages.shared.rendering import Typed, installation, language_of, session_of
from pages.staff.document import show_document
from pages.staff.layout import BadForm, Overtaken, done, page, undoable
from pages.staff.naming import Names, check_text
from pages.staff.person import Author, Publisher, Reader, Reviewer

router = APIRouter()

_A_PAGE = 50  # documents on one

Ticked = Annotated[list[str], Form(default_factory=list, max_length=500)]  # `id@number`: the version that was seen


class Unchecked(Overtaken):
    """What is to be published has something on its checklist, and nobody has said why it may stay so."""

    def __init__(self, found: Mapping[str, Iterable[str]]) -> None:
        super().__init__("checks_open", documents="; ".join(found))
        self._found = found

    def localised(self, language: str) -> str:
        """The sentence in a language, with what there is to look at in each document."""
        said = (
            f"{document_id} ({', '.join(say(language, check_text(point)) for point in points)})"
            for document_id, points in self._found.items()
        )
        return say(language, "checks_open", documents="; ".join(said))


@dataclass(frozen=True)
class View:
    """What of the documents is looked at: a page of the table in some order, or one document."""

    wanted: Wanted
    order: str
    down: bool
    number: int
    document: str

    def query(self, **changes: object) -> str:
        """This view, or another, as the query of an address."""
        fields = asdict(self.wanted) | {"order": self.order, "down": self.down, "number": self.number} | changes
        return urlencode({name: value for name, value in fields.items() if value not in ("", False)})

    @property
    def path(self) -> str:
        """Where it is."""
        return f"/documents/{quote(self.document)}" if self.document else f"/documents?{self.query()}"

    @property
    def filter(self) -> str:
        """What of it can be kept under a name, as a query; nothing where it shows all in the usual order."""
        usual = (self.wanted, self.order, self.down) == (Wanted(), "title", False)
        return "" if usual else self.query(number="")


_EVERYTHING = View(Wanted(), "title", down=False, number=1, document="")


def _view(
    wanted: Annotated[Wanted, Depends()],
    order: str = "title",
    down: bool = False,
    number: Annotated[int, Query(ge=1, le=10**6)] = 1,
    document: str = "",
) -> View:
    return View(wanted, order, down, number, document)


Viewed = Annotated[View, Depends(_view)]


@router.get("/documents")
def list_documents(request: Request, _reader: Reader, view: Viewed) -> Response:
    """The documents, a page at a time."""
    return _table(request, view)


@router.post("/documents:keep-filter")
def keep(request: Request, reader: Reader, view: Viewed, name: Typed = "") -> Response:
    """Keep what is wanted under a name."""
    try:
        keep_filter(installation(request).accounts, reader.name, name, view.filter)
    except BadFilter as problem:
        return _table(request, view, problem, named=name)
    return done(request, view.path, "done_filter_kept")


@router.post("/documents:drop-filter")
def drop(request: Request, reader: Reader, view: Viewed, name: Typed = "") -> Response:
    """Keep a filter no longer."""
    drop_filter(installation(request).accounts, reader.name, name)
    return done(request, view.path, "done_filter_dropped")


@router.post("/documents:submit")
def submit(request: Request, author: Author, view: Viewed, ticked: Ticked, why: Typed = "") -> Response:
    """Hand drafts in for review."""
    return _move(request, author, view, ticked, Stage.IN_REVIEW, why)


@router.post("/documents:return")
def give_back(request: Request, reviewer: Reviewer, view: Viewed, ticked: Ticked, why: Typed = "") -> Response:
    """Give drafts back to those who write them, or take up again what was withdrawn."""
    return _move(request, reviewer, view, ticked, Stage.DRAFT, why)


@router.post("/documents:publish")
def publish(
    request: Request,
    publisher: Publisher,
    view: Viewed,
    ticked: Ticked,
    why: Typed = "",
    alone: Annotated[bool, Form()] = False,
) -> Response:
    """Publish what was reviewed; own work only where the person says to have reviewed it alone."""
    return _move(request, publisher, view, ticked, Stage.PUBLISHED, why, alone=alone)


@router.post("/documents:withdraw")
def withdraw(request: Request, publisher: Publisher, view: Viewed, ticked: Ticked, why: Typed = "") -> Response:
    """Take documents from readers, or give drafts up."""
    return _move(request, publisher, view, ticked, Stage.WITHDRAWN, why)


@router.post("/documents:terms")
def set_terms(
    request: Request,
    publisher: Publisher,
    view: Viewed,
    ticked: Ticked,
    access: Typed = "",
    reuse: Typed = "",
    owner: Typed = "",
    why: Typed = "",
) -> Response:
    """Say who may read, what may be done with the words, and who answers for them; what is empty stays."""
    try:
        installation(request).catalogue.set_terms(
            _numbers(ticked),
            access=next((one for one in Access if one == access), None),
            reuse=next((one for one in Reuse if one == reuse), None),
            owner="" if owner == ALLIANCE else owner if owner in vocabulary().clusters else None,
            who=publisher.name,
            why=why,
        )
    except KnownError as problem:
        return _again(request, view, problem, ticked)
    return done(request, view.path, "done_terms")


@router.post("/documents:undo")
def undo(request: Request, author: Author) -> Response:
    """Undo what the person did last to documents."""
    app = installation(request)
    try:
        batch = app.catalogue.undo(who=author.name) if undoable(request, author) else None
    except NothingToUndo:
        batch = None
    if batch is None:
        return _table(request, _EVERYTHING, Overtaken("undo_late"))
    app.upkeep.follow()
    return done(request, "/documents", "done_undone")


_DONE = {
    Stage.IN_REVIEW: "done_submitted",
    Stage.DRAFT: "done_returned",
    Stage.PUBLISHED: "done_published",
    Stage.WITHDRAWN: "done_withdrawn",
}
_WITH_REASON = frozenset({Stage.DRAFT, Stage.WITHDRAWN})


def _move(
    request: Request, who: Account, view: View, ticked: list[str], stage: Stage, why: str, *, alone: bool = False
) -> Response:
    app = installation(request)
    try:
        if stage in _WITH_REASON and not why.strip():
            raise BadForm("reason_needed")
        numbers = _numbers(ticked)
        if stage is Stage.WITHDRAWN and not view.document:
            numbers = dict.fromkeys(numbers)  # in the table, what readers see is meant, where there is something
        app.catalogue.move_all(numbers, stage, who=who.name, why=why.strip(), self_review=alone)
    except OwnWork as own:
        return _again(request, view, Overtaken("own_review", document=own.document_id), ticked)
    except NotChecked as unchecked:
        return _again(request, view, Unchecked(unchecked.found), ticked)
    except NotRead as unread:
        proposed = Overtaken("not_read", document=unread.document_id, sections=unread.sections)
        return _again(request, view, proposed, ticked)
    except KnownError as problem:
        return _again(request, view, problem, ticked)
    app.upkeep.follow()
    return done(request, view.path, _DONE[stage])


def _numbers(ticked: Iterable[str]) -> dict[str, int | None]:
    found = [re.fullmatch(r"(.+)@(\d{1,9})", name, re.DOTALL) for name in ticked]
    numbers: dict[str, int | None] = {parts[1]: int(parts[2]) for parts in found if parts}
    if not numbers:
        raise BadForm("nothing_ticked")
    return numbers


def _again(request: Request, view: View, problem: KnownError, ticked: list[str]) -> Response:
    """The page where the person was, with what went wrong."""
    if view.document:
        return show_document(request, view.document, problem=problem)
    return _table(request, view, problem, ticked)


def _table(
    request: Request, view: View, problem: KnownError | None = None, ticked: Iterable[str] = (), named: str = ""
) -> Response:
    session = session_of(request)
    today = date.today()
    found = chosen(installation(request).catalogue, view.wanted, view.order, down=view.down, today=today)
    return page(
        request,
        "documents.html",
        problem,
        lines=found[(view.number - 1) * _A_PAGE : view.number * _A_PAGE],
        count=len(found),
        last=max(1, -(-len(found) // _A_PAGE)),
        view=view,
        wanted=view.wanted,
        ticked=frozenset(ticked),
        filters=kept_filters(installation(request).accounts, session.account.name) if session else [],
        named=named,
        longest=LONGEST,
        today=today,
        names=Names(language_of(request)),
        Stage=Stage,
        Access=Access,
    )
