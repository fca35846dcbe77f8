"""A provider that fails again and again is left alone, and found again when it is back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from assistant.answers import ClaimKind
from assistant.app import App, open_app
from assistant.model.chat_model import ChatModel, GuardedModel, ModelRefused, ModelUnavailable, Usage
from assistant.settings import Settings
from assistant.texts import say
from assistant.understand.questions import Question
from index.api import ApiEmbeddings, ApiReranker, EndpointUnavailable
from index.circuit_breaker import CircuitBreaker
from tests.chat_server import QUESTION, TRUE, ChatHandler, serve
from tests.conftest import Clock, free_port


class CountedHandler(ChatHandler):
    """A provider of this test's own."""

    mode: ClassVar[str] = "good"
    asked: ClassVar[list[dict[str, Any]]] = []
    reply: ClassVar[str] = f"{TRUE} [KEY]\n"


@pytest.fixture
def modelled(shipped: App) -> Iterator[App]:
    """The shipped library with a chat model whose failures nobody else has counted."""
    CountedHandler.asked.clear()
    for url in serve(CountedHandler):
        opened = open_app(Settings(home=shipped.home, chat_model="m", chat_url=url, chat_seconds=60))
        yield opened
        opened.catalogue.close()


def test_after_three_failures_answers_are_quotations_at_once_until_a_probe_succeeds(modelled: App) -> None:
    chat = modelled.chat
    assert chat is not None
    clock = Clock()
    chat.circuit.now = clock
    CountedHandler.mode = "500"
    for _ in range(3):
        modelled.assistant.answer(Question(QUESTION))
    asked = len(CountedHandler.asked)
    quoted = modelled.assistant.answer(Question(QUESTION))
    assert len(CountedHandler.asked) == asked
    assert chat.circuit.open
    assert quoted.notice == say("en", "model_unavailable")
    assert quoted.claims
    assert {claim.kind for claim in quoted.claims} <= {ClaimKind.ANSWER, ClaimKind.QUOTATION}
    clock.now += 30
    modelled.assistant.answer(Question(QUESTION))  # the probe fails
    assert len(CountedHandler.asked) > asked
    assert chat.circuit.open
    CountedHandler.mode = "good"
    assert modelled.assistant.answer(Question(QUESTION)).notice  # still left alone
    clock.now += 30
    written = modelled.assistant.answer(Question(QUESTION))
    assert [claim.text for claim in written.claims] == [TRUE]
    assert not chat.circuit.open


def test_only_one_probe_is_made_at_a_time() -> None:
    clock = Clock()
    circuit = CircuitBreaker(2, 10, clock)
    circuit.failed()
    circuit.failed()
    clock.now += 10
    assert [circuit.admits() for _ in range(3)] == [True, False, False]


class Refusing:
    """A model that takes no prompt."""

    def stream(self, prompt: str) -> Iterator[str | Usage]:
        yield Usage(calls=1)
        raise ModelRefused(prompt)


class Talking:
    """A model that goes on for ever."""

    def stream(self, prompt: str) -> Iterator[str | Usage]:
        while True:
            yield prompt


@pytest.mark.parametrize("model", [Refusing(), Talking()], ids=["refused", "left early"])
def test_what_a_single_question_can_bring_about_opens_nothing(model: ChatModel) -> None:
    circuit = CircuitBreaker(1)
    stream = GuardedModel(model, circuit).stream("a question that is not taken")
    try:
        next(stream)
        next(stream)
        stream.close()  # type: ignore[attr-defined]
    except ModelRefused:
        pass
    assert circuit.admits()
    assert not circuit.open


def test_a_model_that_is_left_alone_is_not_asked() -> None:
    circuit = CircuitBreaker(1)
    circuit.failed()
    with pytest.raises(ModelUnavailable, match="left alone"):
        next(GuardedModel(Talking(), circuit).stream("a question"))


def test_the_other_endpoints_are_left_alone_too() -> None:
    url = f"http://127.0.0.1:{free_port()}/v1"
    embeddings, reranker = ApiEmbeddings(url, "m", ""), ApiReranker(url, "m", "")
    for _ in range(3):
        with pytest.raises(EndpointUnavailable, match="does not answer"):
            embeddings.embed_query("a question")
        with pytest.raises(EndpointUnavailable, match="does not answer"):
            reranker.relevance("a question", ["a text"])
    with pytest.raises(EndpointUnavailable, match="left alone"):
        embeddings.embed_query("a question")
    with pytest.raises(EndpointUnavailable, match="left alone"):
        reranker.relevance("a question", ["a text"])
