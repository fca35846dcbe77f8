"""The frame of the staff pages: layout and navigation, and what a route needs to answer with a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from markupsafe import Markup

from assistant.accounts.accounts import (
    Account,
    AccountDisabled,
    AccountExists,
    BadDetails,
    LastAdministrator,
    Permission,
    UnknownAccount,
    may,
)
from assistant.accounts.filters import BadFilter
from assistant.accounts.keys import BadKey, UnknownKey
from assistant.accounts.passwords import WeakPassword
from assistant.accounts.sessions import Session, SignInRefused, TooManyAttempts, Way
from assistant.desk.usage_report import BadPeriod
from assistant.handoff.handoffs import UnknownHandoff, WrongStage
from assistant.journal.gaps import GapNotClosed, UnknownGap
from assistant.journal.journal import UnknownAnswer
from assistant.texts import TranslatedError, say, texts
from assistant.understand.questions import Profile
from corpus.catalogue.records import Action
from corpus.catalogue.undoing import Batch
from corpus.connections.places import AlreadyConnected, UnknownPlace
from corpus.connections.reach import NotReachable
from corpus.differences import marked
from corpus.documents import Stage
from corpus.errors import (
    BadDate,
    BadDocument,
    DraftInWork,
    EditConflict,
    KnownError,
    MoveNotAllowed,
    NothingToSettle,
    NotPublished,
    NotPurged,
    OwnWork,
    UnknownCode,
    UnknownDocument,
    UnknownSource,
    UnknownVersion,
    Unreadable,
    WasPurged,
)
from pages.shared.middleware import ForeignForm
from pages.shared.navigation import FOOT, served
from pages.shared.rendering import Statuses, access, answered, common, go, installation, language_of, session_of
from pages.shared.shell import Shell, ShellLink, current, desks, environment
from pages.staff.person import NotAllowed, SignInNeeded
from pages.staff.unsaved import SAVED, SIGNED_OUT, WITH_SCRIPT, concerned

FOLDER = Path(__file__).parent

NOW = "<!-- now -->"  # in a template: what comes before is sent at once

_WRONG_ATTEMPTS = "done_wrong_attempts"
_NOTICE = "notice"  # the cookie with the name of the text that the next page begins with


class BadForm(TranslatedError):
    """A form that cannot be used as it was filled in."""


class Overtaken(TranslatedError):
    """Something that cannot be done as things stand by now."""


_STATUS: Statuses = {
    SignInNeeded: HTTPStatus.UNAUTHORIZED,
    SignInRefused: HTTPStatus.UNAUTHORIZED,
    NotAllowed: HTTPStatus.FORBIDDEN,
    ForeignForm: HTTPStatus.FORBIDDEN,
    UnknownAccount: HTTPStatus.NOT_FOUND,
    UnknownKey: HTTPStatus.NOT_FOUND,
    UnknownDocument: HTTPStatus.NOT_FOUND,
    UnknownVersion: HTTPStatus.NOT_FOUND,
    UnknownSource: HTTPStatus.NOT_FOUND,
    UnknownGap: HTTPStatus.NOT_FOUND,
    UnknownHandoff: HTTPStatus.NOT_FOUND,
    UnknownPlace: HTTPStatus.NOT_FOUND,
    AlreadyConnected: HTTPStatus.CONFLICT,
    NotReachable: HTTPStatus.UNPROCESSABLE_ENTITY,
    WrongStage: HTTPStatus.CONFLICT,
    UnknownAnswer: HTTPStatus.NOT_FOUND,
    AccountExists: HTTPStatus.CONFLICT,
    AccountDisabled: HTTPStatus.CONFLICT,
    LastAdministrator: HTTPStatus.CONFLICT,
    MoveNotAllowed: HTTPStatus.CONFLICT,
    EditConflict: HTTPStatus.CONFLICT,
    OwnWork: HTTPStatus.CONFLICT,
    NotPublished: HTTPStatus.CONFLICT,
    NothingToSettle: HTTPStatus.CONFLICT,
    DraftInWork: HTTPStatus.CONFLICT,
    WasPurged: HTTPStatus.CONFLICT,
    NotPurged: HTTPStatus.CONFLICT,
    GapNotClosed: HTTPStatus.CONFLICT,
    Overtaken: HTTPStatus.CONFLICT,
    BadForm: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadFilter: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadKey: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadDetails: HTTPStatus.UNPROCESSABLE_ENTITY,
    WeakPassword: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadDocument: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadPeriod: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadDate: HTTPStatus.UNPROCESSABLE_ENTITY,
    UnknownCode: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unreadable: HTTPStatus.UNPROCESSABLE_ENTITY,
    TooManyAttempts: HTTPStatus.TOO_MANY_REQUESTS,
}


@dataclass(frozen=True)
class StaffNavItem:
    """A part of the site, as the navigation offers it to those who may use it."""

    path: str
    text: str
    act: Permission


PARTS = (
    StaffNavItem("/", "part_home", Permission.READ_STAFF),
    StaffNavItem("/documents", "part_documents", Permission.READ_STAFF),
    StaffNavItem("/intake", "part_intake", Permission.WRITE),
    StaffNavItem("/due", "part_due", Permission.READ_STAFF),
    StaffNavItem("/sources", "part_sources", Permission.READ_STAFF),
    StaffNavItem("/gaps", "part_gaps", Permission.READ_STAFF),
    StaffNavItem("/try", "part_try", Permission.READ_STAFF),
    StaffNavItem("/handoffs", "part_handoffs", Permission.READ_STAFF),
    StaffNavItem("/coverage", "part_coverage", Permission.READ_STAFF),
    StaffNavItem("/report", "part_report", Permission.REVIEW),
    StaffNavItem("/accounts", "part_accounts", Permission.MANAGE_ACCOUNTS),
)

_templates = environment(FOLDER / "templates")
_templates.globals["now"] = Markup(NOW)  # noqa: S704 - our own
_templates.filters["marked"] = marked
_templates.filters["day"] = lambda seconds: datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")


def page(
    request: Request,
    template: str,
    /,
    problem: KnownError | None = None,
    status: int | None = None,
    **values: object,
) -> HTMLResponse:
    """A page of the site in the person's language; `values` are what its template shows.

    With a `problem`, its sentence stands on the page, above the form where there is one, and its status is the page's.
    """
    html = _templates.get_template(template).render(_shown(request, template, problem, values))
    response = answered(html, problem, status, _STATUS)
    _complete(request, template, response)
    return response


def page_as_it_comes(request: Request, template: str, /, **values: object) -> StreamingResponse:
    """The same page, sent up to each `NOW` of its template as soon as that is reached: for what takes its time."""
    chunks = _templates.get_template(template).generate(_shown(request, template, None, values))
    response = StreamingResponse(_pieces(chunks), media_type="text/html", headers={"X-Accel-Buffering": "no"})
    _complete(request, template, response)
    return response


def _pieces(chunks: Iterable[str]) -> Iterator[str]:
    held: list[str] = []
    for chunk in chunks:
        held.append(chunk)
        if NOW in chunk:
            yield "".join(held)
            held = []
    yield "".join(held)


def _complete(request: Request, template: str, response: Response) -> None:
    """Allow the script where the page has it, and drop what the page was told to begin with."""
    notice = _told(request)[0]
    if concerned(request, template, notice):
        response.headers["Content-Security-Policy"] = WITH_SCRIPT
    if notice:
        access(request).drop(request, response, _NOTICE)


def _shown(
    request: Request, template: str, problem: KnownError | None, values: Mapping[str, object]
) -> dict[str, object]:
    """What a template may show."""
    may_sign_in = "/sign-in" in request.app.state.paths
    session = session_of(request) if may_sign_in else None
    language = language_of(request)
    notice, whose = _told(request)
    return {
        **values,
        **common(request, problem),
        "person": session.account if session else None,
        "undoable": partial(undoable, request, session.account if session else None),
        "can": {act for act in Permission if may(session.account if session else None, act)},
        "token": partial(_form_token, session),
        "can_sign_out": session is not None and session.way is not Way.PROXY,
        "parts": _parts(request),
        "shell": _shell(request, language),
        "back": _inside(request) if request.method == "GET" else "",
        "may_sign_in": may_sign_in,
        "notice": _sentence(notice, language, session),
        "saved": notice in SAVED,
        "signed_out": whose if notice == SIGNED_OUT else "",
        "keeps": concerned(request, template, notice),
    }


# What can be undone: the text that says what was done, and what the role has to allow.
_UNDONE: Mapping[str, tuple[str, Permission]] = {
    Action.CONFIRMED: ("done_intake_confirmed", Permission.WRITE),
    Stage.IN_REVIEW: ("done_submitted", Permission.WRITE),
    Stage.DRAFT: ("done_returned", Permission.REVIEW),
    Stage.PUBLISHED: ("done_published", Permission.PUBLISH),
    Stage.WITHDRAWN: ("done_withdrawn", Permission.PUBLISH),
    Action.ACCESS: ("done_terms", Permission.PUBLISH),
    Action.STILL_VALID: ("done_still_valid", Permission.REVIEW),
}


def undoable(request: Request, account: Account | None) -> tuple[Batch, str] | None:
    """What a person did last to documents, with the text that says it, where they may undo it."""
    batch = installation(request).catalogue.last_batch(account.name) if account else None
    told, permission = _UNDONE[batch.act] if batch else ("", Permission.WRITE)
    return (batch, told) if batch and may(account, permission) else None


def done(request: Request, path: str, notice: str, whose: str = "") -> RedirectResponse:
    """Go on to a page of the site, which begins with a text `done_...`, about `whose` account where that counts."""
    response = go(request.scope["root_path"] + path)
    access(request).keep(request, response, _NOTICE, f"{notice}:{whose}", seconds=60)
    return response


def _told(request: Request) -> tuple[str, str]:
    """What `done` has said of this page: the name of the text, and whose account it is about."""
    notice, _, whose = request.cookies.get(access(request).cookie(_NOTICE, request), "").partition(":")
    return notice, whose


def _sentence(notice: str, language: str, session: Session | None) -> str:
    """What a page begins with; nothing for a name that is not ours, as somebody may have planted it."""
    wrong = session.wrong_attempts if session else 0
    if not notice.startswith("done_") or notice not in texts(language) or (notice == _WRONG_ATTEMPTS and not wrong):
        return ""
    return say(language, notice, count=wrong)


def _parts(request: Request) -> list[StaffNavItem]:
    session = session_of(request)
    account = session.account if session else None
    return [part for part in PARTS if part.path in request.app.state.paths and may(account, part.act)]


def _inside(request: Request) -> str:
    """The address of this page within the site."""
    path = str(request.scope["path"]).removeprefix(request.scope["root_path"])
    return f"{path}?{request.url.query}" if request.url.query else path


def _shell(request: Request, language: str) -> Shell:
    app, root = installation(request), request.scope["root_path"]
    vocabulary, prefix = app.vocabulary, app.settings.prefix
    legal = served(FOOT, request.scope["router"].routes)
    here = _inside(request).partition("?")[0]
    parts = _parts(request)
    return Shell(
        language=language,
        alliance=vocabulary.alliance,
        part=say(language, "staff"),
        home=f"{root}/" if parts else f"{prefix}/",
        tabs=tuple(ShellLink(root + one.path, say(language, one.text), current(here, one.path)) for one in parts),
        clusters=desks(vocabulary, language, Profile(), prefix),
        legal=tuple(ShellLink(f"{prefix}{one.path}?language={language}", say(language, one.text)) for one in legal),
        languages={},
    )


def _form_token(session: Session | None) -> Markup:
    """The hidden field by which a form belongs to a session."""
    return Markup('<input type="hidden" name="form_token" value="{}">').format(session.form_token if session else "")
