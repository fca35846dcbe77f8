"""Following the library by mail: asked for here, confirmed and stopped by the links of the mails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, Field

from assistant.handoff.watching.changes import GENERAL, Followed
from assistant.handoff.watching.mails import PATH
from assistant.handoff.watching.watches import UNCONFIRMED_DAYS, UnknownWatch, Watch
from assistant.texts import TranslatedError
from corpus.documents import Reader
from pages.public.layout import language_of, page
from pages.shared.access import address_of
from pages.shared.rendering import installation
from pages.shared.shown import NoSuchPage, shown

router = APIRouter()

_TEMPLATE = "watch.html"


class Act(StrEnum):
    """What a person does with something that they follow."""

    CONFIRM = "confirm"
    STOP = "stop"
    STOP_ALL = "stop-all"


class AskForm(BaseModel):
    """What the form sends."""

    email: str = Field("", max_length=400)
    document: str = ""
    market: str = ""
    topic: str = ""
    website: str = ""  # which nobody sees; a program fills it in

    @property
    def followed(self) -> Followed:
        """What is to be followed."""
        return Followed(document=self.document, market=self.market, topic=self.topic)


@dataclass(frozen=True)
class ShownWatch:
    """Something that a person follows, as the page shows it."""

    number: int
    what: str
    confirmed: bool
    until: str  # in ISO form


@router.get(PATH)
def offer(request: Request, followed: Annotated[Followed, Query()]) -> Response:
    """What would be followed, and where the mails are to go.

    Raises:
        NoSuchPage, Withdrawn: there is no such thing, or no mails are sent from here.
    """
    return _offered(request, followed, _name(request, followed))


@router.post(PATH)
def ask(request: Request, filled: Annotated[AskForm, Form()]) -> Response:
    """Let a mail ask the owner of the address; what is said then does not tell whether the address is known.

    Raises:
        NoSuchPage, Withdrawn: there is no such thing, or no mails are sent from here.
    """
    app, name = installation(request), _name(request, filled.followed)
    try:
        request.app.state.sending.admit(address_of(request))
        if not filled.website:
            app.watches.ask(filled.followed, filled.email, language_of(request))
    except TranslatedError as problem:
        return _offered(request, filled.followed, name, problem, email=filled.email)
    return _offered(request, filled.followed, name, asked=True)


@router.get(f"{PATH}/{{token}}")
@router.get(f"{PATH}/{{token}}/stop")
def show(request: Request, token: str) -> Response:
    """What the owner of an address follows, who has the link from a mail.

    Raises:
        UnknownWatch: nothing is followed by that link.
    """
    return _opened(request, installation(request).watches.of_token(token))


@router.post(f"{PATH}/{{token}}")
def act(request: Request, token: str, what: Annotated[Act, Form()], number: Annotated[int, Form()] = 0) -> Response:
    """Confirm what is followed, go on with it, or stop it; `number` names one of what the person follows.

    Raises:
        UnknownWatch: nothing is followed by that link.
    """
    request.app.state.making.admit(address_of(request))
    watches, opened = installation(request).watches, installation(request).watches.of_token(token)
    if what is Act.STOP_ALL:
        return _stopped(request, opened, watches.of_address(opened.email))
    chosen = next((one for one in watches.of_address(opened.email) if one.number == number), None)
    if chosen is None:
        raise UnknownWatch("watch_unknown")
    if what is Act.STOP:
        return _stopped(request, opened, [chosen])
    return _opened(request, opened, confirmed=watches.confirm(chosen.token, language_of(request)))


@router.post(f"{PATH}/{{token}}/stop")
def stop(request: Request, token: str) -> Response:
    """Stop all that a mail came for: what a mail program sends at one click (RFC 8058).

    Raises:
        UnknownWatch: nothing is followed by that link.
    """
    request.app.state.making.admit(address_of(request))
    watches = installation(request).watches
    opened = watches.of_token(token)
    return _stopped(request, opened, watches.of_address(opened.email))


def _name(request: Request, followed: Followed) -> str:
    """What can be followed, as people call it.

    Raises:
        NoSuchPage, Withdrawn: there is no such thing, or no mails are sent from here.
    """
    app = installation(request)
    markets, topics = {"", GENERAL, *app.vocabulary.markets}, {"", *app.vocabulary.topics}
    known = followed.market in markets and followed.topic in topics
    if not (app.settings.smtp_host and known) or (followed.document and (followed.market or followed.topic)):
        raise NoSuchPage("page_unknown")
    if followed.document:
        shown(app.catalogue, followed.document, Reader.ANYONE)
    return app.watch_mails.called(followed, language_of(request))


def _offered(
    request: Request,
    followed: Followed,
    what: str,
    problem: TranslatedError | None = None,
    *,
    email: str = "",
    asked: bool = False,
) -> Response:
    return _page(request, problem, followed=followed, what=what, email=email, asked=asked)


def _opened(request: Request, opened: Watch, *, confirmed: Watch | None = None) -> Response:
    """All that the owner of the address follows; what the link is for stands first while it is not confirmed."""
    known = _known(request, opened.email)
    return _page(
        request,
        token=opened.token,
        asking=next((one for one in known if one.number == opened.number and not one.confirmed), None),
        known=known,
        confirmed=confirmed and _shown(request, confirmed),
    )


def _stopped(request: Request, opened: Watch, watches: list[Watch]) -> Response:
    """The receipt, and what the owner of the address still follows."""
    app = installation(request)
    receipt = app.watches.stop(watches)
    left = app.watches.of_address(opened.email)
    token = left[0].token if left else ""
    return _page(request, receipt=receipt, token=token, known=_known(request, opened.email))


def _page(request: Request, problem: TranslatedError | None = None, **shown: object) -> Response:
    """The page with what is shown of it; the rest is left out."""
    consent = installation(request).watches.consent_in(language_of(request))
    left_out = dict.fromkeys(("followed", "asked", "asking", "confirmed", "known", "receipt"))
    return page(request, _TEMPLATE, problem, days=UNCONFIRMED_DAYS, consent=consent, **(left_out | shown))


def _known(request: Request, email: str) -> list[ShownWatch]:
    return [_shown(request, one) for one in installation(request).watches.of_address(email)]


def _shown(request: Request, watch: Watch) -> ShownWatch:
    app = installation(request)
    until = datetime.fromtimestamp(app.watches.ends_at(watch), UTC).date().isoformat()
    what = app.watch_mails.called(watch.followed, language_of(request))
    return ShownWatch(watch.number, what, watch.confirmed, until)
