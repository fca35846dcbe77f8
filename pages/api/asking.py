"""Questions, what is said of their answers, and the rights of who has asked."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from assistant.answers import to_json
from assistant.journal.journal import LONGEST_COMMENT
from assistant.journal.records import Rating
from assistant.understand.questions import Question
from corpus.documents import Reader
from corpus.vocabulary import Vocabulary
from index.search import Filters
from pages.api.access import Asking, Telling
from pages.api.answering import ANSWER_ID, Answering, Asker, events
from pages.api.forms import AnswerForm, GivenForm, Language, Session, Wording, Words
from pages.shared import company
from pages.shared.access import address_of
from pages.shared.conversation import typed
from pages.shared.recording import Recorder
from pages.shared.rendering import installation

router = APIRouter(tags=["ask"])

MOST_EARLIER = 30
_EVENTS = "text/event-stream"


class ProfileForm(GivenForm):
    """What a company says of itself; what is not of the vocabulary is left out."""

    home: str = Field("", description="The code of the cluster of its region, or `outside` for outside Europe.")
    product: str = Field("", description="The code of its kind of product.")
    risk_class: str = Field("", max_length=company.LONGEST_CLASS, description="As it is written: III, C.")
    markets: list[str] = Field([], description="Codes of the markets where it wants to go.")
    areas: list[str] = Field([], description="Codes of the areas that it works in.")


class QuestionForm(GivenForm):
    """A question."""

    question: Words = Field(description="In any language, at most 2,000 characters.")
    after: list[Words] = Field([], max_length=MOST_EARLIER, description="Earlier questions of the same person.")
    markets: list[str] = Field([], description="Nothing but these markets, by their codes.")
    areas: list[str] = Field([], description="Nothing but these areas, by their codes.")
    language: Language = None
    profile: ProfileForm = ProfileForm()
    session: Session = ""
    keep_wording: Wording = None


class FeedbackForm(GivenForm):
    """What a person says of an answer."""

    answer: str = Field(max_length=64, description=f"The id of the answer, from the header {ANSWER_ID}.")
    verdict: Rating
    comment: str = Field("", max_length=LONGEST_COMMENT)
    question: Words = Field("", description="Its question, which is not kept where it was answered.")
    keep_wording: Wording = None


class FeedbackKept(BaseModel):
    """What is kept of it: names and numbers of persons are taken out."""

    answer: str
    verdict: Rating
    comment: str


class SessionForm(GivenForm):
    """A conversation."""

    session: Annotated[str, Field(min_length=1, max_length=64)]


class Erased(BaseModel):
    """What was erased, how much of each kind, and the receipt under which that is marked."""

    receipt: str
    day: str
    erased: dict[str, int]


_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The answer; its id is in the header. With `Accept: text/event-stream` the events on the way.",
        "content": {_EVENTS: {"schema": {"type": "string"}}},
        "headers": {ANSWER_ID: {"description": "By which it can be rated.", "schema": {"type": "string"}}},
    }
}


@router.post("/ask", response_model=AnswerForm, responses=_STREAM)
async def ask(request: Request, key: Asking, asked: QuestionForm) -> Response:
    """Ask one question. The answer has the form of `market-entry ask --json`."""
    question = question_of(asked, key.reader, installation(request).vocabulary)
    asker = Asker(f"key {key.number}", address_of(request), asked.session, asked.keep_wording)
    answering: Answering = request.app.state.answering
    if _EVENTS in request.headers.get("accept", ""):
        return await answering.sent(request, events(answering.steps(question, asker)))
    answer, answer_id = await answering.answer(question, asker, request.is_disconnected)
    return JSONResponse(to_json(answer), headers={ANSWER_ID: answer_id})


@router.post("/feedback", response_model=FeedbackKept)
def rate(request: Request, _key: Telling, said: FeedbackForm) -> Response:
    """Say of an answer whether it helped, or what is wrong with it; a later word stands in place of an earlier one."""
    kept = recorder(request).rate(
        said.answer,
        said.verdict,
        comment=typed(said.comment),
        question=typed(said.question),
        consent=said.keep_wording,
    )
    return JSONResponse({"answer": kept.answer_id, "verdict": kept.verdict, "comment": kept.comment})


@router.post("/erase", response_model=Erased)
def erase(request: Request, _key: Telling, of: SessionForm) -> Response:
    """Erase all that is remembered of a conversation: the right of whoever has asked."""
    done = recorder(request).erase(typed(of.session))
    return JSONResponse({"receipt": done.id, "day": done.day.isoformat(), "erased": dict(done.erased)})


def recorder(request: Request) -> Recorder:
    """What writes to the journal."""
    found: Recorder = request.app.state.recorder
    return found


def question_of(asked: QuestionForm, reader: Reader, vocabulary: Vocabulary) -> Question:
    """The question, on behalf of a reader.

    Raises:
        UnknownCode: a market or area that there is not.
    """
    said = asked.profile
    return Question(
        typed(asked.question),
        tuple(map(typed, asked.after)),
        Filters(
            frozenset(vocabulary.market(code).code for code in asked.markets),
            frozenset(vocabulary.area(code).code for code in asked.areas),
            reader,
        ),
        asked.language,
        company.said(vocabulary, said.home, said.product, typed(said.risk_class), said.markets, said.areas),
    )
