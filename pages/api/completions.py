"""The assistant as a chat model: the form of chat completions that front ends such as Open WebUI and LibreChat speak.

A statement stands with the numbers of its sources, which follow with their links; the links stand as annotations too,
in the form that OpenAI gave them. Whatever a front end sets beside the messages, a temperature or an instruction to
the model, does nothing: the assistant answers from the library.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from assistant.answers import Answer, Citation, Claim
from assistant.app import App
from assistant.texts import say
from assistant.understand.questions import Question
from corpus.documents import Reader
from index.search import Filters
from pages.api.access import Asking, Telling
from pages.api.answering import ANSWER_ID, Answering, Asker, InLine, Step, sse
from pages.api.forms import SentForm, Session, Wording
from pages.api.problems import UnknownModel
from pages.shared.access import address_of
from pages.shared.captions import above_nearest, contacts, disputed, opened, origin, overdue, place, said
from pages.shared.conversation import typed
from pages.shared.rendering import installation

router = APIRouter(tags=["chat front ends"])

MODEL = "market-entry"
_EARLIER = 3  # questions that a follow-up may lean on, as in the chat
_MOST_MESSAGES = 500
_BEGINS: Mapping[str, object] = {"role": "assistant", "content": ""}
_CITED = re.compile(r"(?: \[\d+\])+$")


class TextPart(BaseModel):
    """A part of a message; what is no text is left out."""

    model_config = ConfigDict(extra="allow")

    type: str
    text: str = ""


class Message(BaseModel):
    """What somebody has said."""

    model_config = ConfigDict(extra="allow")

    role: str
    content: str | list[TextPart] | None = None

    @property
    def said(self) -> str:
        """Its text."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class StreamOptions(BaseModel):
    """What a stream tells beside the answer."""

    model_config = ConfigDict(extra="allow")

    include_usage: bool | None = None


class CompletionForm(SentForm):
    """A conversation, whose last message of the user is the question. What else a front end sends does nothing."""

    model_config = ConfigDict(extra="allow")

    model: str
    messages: Annotated[list[Message], Field(min_length=1, max_length=_MOST_MESSAGES)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    session: Session = ""
    keep_wording: Wording = None


class ModelCard(BaseModel):
    """A model as front ends list it."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str


class ModelCards(BaseModel):
    """All models."""

    object: Literal["list"] = "list"
    data: list[ModelCard]


@router.get("/models", response_model=ModelCards)
def models(request: Request, _key: Telling) -> Response:
    """List the models: the assistant is one."""
    return JSONResponse({"object": "list", "data": [_card(installation(request))]})


@router.get("/models/{model}", response_model=ModelCard)
def model_card(request: Request, _key: Telling, model: str) -> Response:
    """Describe a model."""
    _ensure_ours(model)
    return JSONResponse(_card(installation(request)))


@router.post(
    "/chat/completions",
    response_model=dict[str, Any],
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def complete(request: Request, key: Asking, asked: CompletionForm) -> Response:
    """Answer the last message of a conversation; with `stream` as it is written."""
    _ensure_ours(asked.model)
    app = installation(request)
    question = question_in(asked.messages, key.reader)
    asker = Asker(f"key {key.number}", address_of(request), asked.session, asked.keep_wording)
    answering: Answering = request.app.state.answering
    if asked.stream:
        with_usage = bool(asked.stream_options and asked.stream_options.include_usage)
        chunks = _chunks(answering.steps(question, asker), app.settings.address, with_usage=with_usage)
        return await answering.sent(request, chunks)
    answer, answer_id = await answering.answer(question, asker, request.is_disconnected)
    return JSONResponse(_completion(answer, app.settings.address), headers={ANSWER_ID: answer_id})


def question_in(messages: Sequence[Message], reader: Reader) -> Question:
    """The question that a conversation ends with, with those before it that it may lean on."""
    asked = [typed(one.said).strip() for one in messages if one.role == "user"]
    *earlier, last = asked or [""]
    answers = [one.said for one in messages if one.role == "assistant"]
    lines = (line.strip().removeprefix("- ") for answer in answers for line in answer.splitlines())
    return Question(
        last,
        tuple(filter(None, earlier))[-_EARLIER:],
        Filters(reader=reader),
        may_ask_back=not (answers and _asks_back(answers[-1])),
        told=frozenset(_CITED.sub("", line) for line in lines if _CITED.search(line)),
    )


def _asks_back(answer: str) -> bool:
    """Whether an answer of ours asks something back: that stands in a line of its own."""
    return any(line.rstrip().endswith(("?", "？")) for line in answer.splitlines() if not line.startswith(("- ", "*")))


def _ensure_ours(model: str) -> None:
    if model != MODEL:
        raise UnknownModel("api_no_model", model=model, known=MODEL)


def _card(app: App) -> dict[str, object]:
    return {"id": MODEL, "object": "model", "created": 0, "owned_by": app.vocabulary.alliance.name}


def _completion(answer: Answer, address: str) -> dict[str, object]:
    content = "".join((*_claims(answer.claims), *_rest(answer, address)))
    message = {
        "role": "assistant",
        "content": content,
        "refusal": None,
        "annotations": _annotations(content, answer, address),
    }
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {**_head("chat.completion"), "choices": [choice], "usage": _usage(answer)}


def _chunks(steps: Generator[Step], address: str, *, with_usage: bool) -> Generator[str]:
    """The pieces of a streamed completion; joined they say what the whole one says."""
    head = _head("chat.completion.chunk")
    content = ""
    claims = 0

    def chunk(delta: Mapping[str, object], finished: str | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finished, "logprobs": None}
        return sse({**head, "choices": [choice]})

    def written(piece: str) -> str:
        nonlocal content
        content += piece
        return chunk({"content": piece})

    for step in steps:
        match step:
            case InLine():
                yield ": in line\n\n"
            case Claim():
                yield (chunk(_BEGINS) if not claims else "") + written(_claim(step, claims))
                claims += 1
            case Answer():
                yield "" if claims else chunk(_BEGINS)
                yield from map(written, _rest(step, address))
                yield chunk({"annotations": _annotations(content, step, address)})
                yield chunk({}, "stop")
                yield sse({**head, "choices": [], "usage": _usage(step)}) if with_usage else ""
    yield "data: [DONE]\n\n"


def _head(kind: str) -> dict[str, object]:
    return {"id": f"chatcmpl-{uuid4().hex}", "object": kind, "created": int(time.time()), "model": MODEL}


def _usage(answer: Answer) -> dict[str, int]:
    """What a chat model has read and written for it; nothing where the answer is quotations."""
    read, written = answer.usage.tokens_in, answer.usage.tokens_out
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _claims(claims: Iterable[Claim]) -> Iterator[str]:
    for number, claim in enumerate(claims):
        yield _claim(claim, number)


def _claim(claim: Claim, number: int) -> str:
    """The first statement as a paragraph, the others as points below it."""
    text = _plain(claim.text) + "".join(f" [{citation.n}]" for citation in claim.citations)
    return f"- {text}\n" if number else f"{text}\n\n"


def _rest(answer: Answer, address: str) -> Iterator[str]:
    """What follows the statements: what is asked back or missing, what is near, whom to ask, the sources."""
    language = answer.language
    if told := said(answer):
        yield f"{_plain(told)}\n\n"
    if answer.clarification:
        yield from (f"- {_plain(choice)}\n" for choice in answer.clarification.choices)
    yield from (f"\n{_plain(text)}\n" for text in (*disputed(answer), answer.notice) if text)
    yield from _part(say(language, "missing"), answer.missing)
    if answer.nearest:
        yield f"\n{_plain(above_nearest(answer))}\n\n"
        yield f"*{_plain(answer.answering)}*\n\n" if answer.answering else ""
        yield from (_claim(claim, number) for number, claim in enumerate(answer.nearest, start=1))
    whom = [
        f"[{_plain(name)}]({url}): {' '.join(filter(None, (_plain(help_), _plain(soon))))}"
        for name, url, help_, soon in contacts(answer)
    ]
    yield from _part(say(language, "contacts"), whom, plain=False)
    yield from _part(
        say(language, "sources"), [_source(one, language, address) for one in answer.citations], plain=False
    )
    yield f"\n*{say(language, 'provenance', title=say(language, 'title'))}*"


def _part(label: str, points: Iterable[str], *, plain: bool = True) -> Iterator[str]:
    found = [f"- {_plain(point) if plain else point}\n" for point in points]
    if found:
        yield f"\n**{label.rstrip(': ')}**\n\n" + "".join(found)


def _source(citation: Citation, language: str, address: str) -> str:
    """Where the words stand in the library, and the sources that they rest on."""
    where = f"[{citation.n}] [{_plain(place(citation, language))}]({address}/{opened(citation, language)})"
    rests_on = "; ".join(
        f"[{_plain(one.title)}]({one.url}), {_plain(one.publisher)}, {one.date}"
        for one in citation.sources
        if one.url.startswith(("https://", "http://"))
    )
    warning = overdue(citation, language)
    return " – ".join(filter(None, (where, origin(citation, language), rests_on, warning)))


def _annotations(content: str, answer: Answer, address: str) -> list[dict[str, object]]:
    """Each number in a text, with the place in the library where its words stand."""
    cited = {str(citation.n): citation for citation in answer.citations}
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": found.start(),
                "end_index": found.end(),
                "title": place(cited[found[1]], answer.language),
                "url": f"{address}/{opened(cited[found[1]], answer.language)}",
            },
        }
        for found in re.finditer(r"(?<=\S )\[(\d+)\](?!\()", content)
        if found[1] in cited
    ]


def _plain(text: str) -> str:
    """A text in which nothing becomes a link, a picture or an element in a front end."""
    return " ".join(text.replace("](", "] (").replace("<", "\\<").split())
