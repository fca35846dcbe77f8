"""A letter to a cluster, by a program: shown as it will be sent with what is agreed to, and then sent."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from assistant.handoff.letters import LONGEST_LINE, LONGEST_TEXT, Letter, LetterDraft, LetterKind, preview
from assistant.understand.questions import LONGEST
from pages.api.access import Telling
from pages.api.forms import GivenForm, Language
from pages.api.problems import language_of
from pages.shared.access import address_of
from pages.shared.rendering import installation

router = APIRouter(prefix="/letters", tags=["ask"])


class DraftForm(GivenForm):
    """What a company hands over; longer than it may be is said by the letter's own rules."""

    kind: LetterKind = LetterKind.QUESTION
    cluster: str = Field(description="The code of the cluster that it goes to.")
    language: Language = None
    company: str = Field(max_length=2 * LONGEST_LINE)
    person: str = Field(max_length=2 * LONGEST_LINE)
    email: str = Field(max_length=2 * LONGEST_LINE)
    country: str = Field(max_length=2 * LONGEST_LINE)
    product: str = Field("", max_length=2 * LONGEST_LINE)
    areas: list[str] = Field([])
    markets: list[str] = Field([])
    message: str = Field("", max_length=2 * LONGEST_TEXT)
    question: str = Field("", max_length=LONGEST)
    offered: str = Field("", max_length=2 * LONGEST_TEXT)
    sought: str = Field("", max_length=2 * LONGEST_TEXT)


class LetterShown(GivenForm):
    """A letter, word for word."""

    subject: str
    text: str


class LetterPreview(BaseModel):
    """What the person has to see and agree to before anything is kept or sent."""

    letter: LetterShown
    consent: str


class AgreedForm(GivenForm):
    """A letter that its person has seen, and the sentence that they have agreed to, both as the preview gave them."""

    draft: DraftForm
    seen: LetterShown
    agreed: str


class LetterTaken(BaseModel):
    """A letter that is on its way; the person can name it by its number."""

    number: int
    cluster: str


@router.post("/preview", response_model=LetterPreview)
def show(request: Request, _key: Telling, filled: DraftForm) -> Response:
    """Show the letter as it will be sent, and the sentence to agree to. Nothing is kept."""
    app, draft = installation(request), _draft(filled, language_of(request))
    letter = preview(draft, app.vocabulary)
    shown = {"subject": letter.subject, "text": letter.text}
    return JSONResponse({"letter": shown, "consent": app.handoffs.consent_for(draft)})


@router.post("", response_model=LetterTaken, status_code=HTTPStatus.CREATED)
def send(request: Request, _key: Telling, sent: AgreedForm) -> Response:
    """Send a letter that its person has seen and agreed to, as the preview showed it."""
    app, draft = installation(request), _draft(sent.draft, language_of(request))
    preview(draft, app.vocabulary)  # which says what is wrong before it is counted
    request.app.state.sending.admit(address_of(request))
    handed = app.handoffs.hand_over(draft, agreed=sent.agreed, seen=Letter(sent.seen.subject, sent.seen.text))
    cluster = app.vocabulary.cluster(draft.cluster).name
    return JSONResponse({"number": handed.number, "cluster": cluster}, HTTPStatus.CREATED)


def _draft(filled: DraftForm, language: str) -> LetterDraft:
    fields = filled.model_dump() | {"language": filled.language or language, "email": filled.email.strip()}
    return LetterDraft(**fields | {"areas": frozenset(filled.areas), "markets": frozenset(filled.markets)})
