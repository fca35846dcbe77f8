"""The assistant as a chat model, asked by the real client of OpenAI."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletionMessageParam

from assistant.texts import say
from corpus.documents import Reader
from pages.api.completions import Message, question_in
from tests.conftest import PATIENCE
from tests.pages.api.conftest import ApiDoor

ASKED = "Does a foreign maker work through a Marketing Authorisation Holder (MAH) in Japan?"


@pytest.fixture
def chat(door: ApiDoor) -> Iterator[OpenAI]:
    with OpenAI(base_url=door.url, api_key=door.token(), max_retries=0, timeout=PATIENCE) as chat:
        yield chat


def asks(text: str) -> list[ChatCompletionMessageParam]:
    return [{"role": "system", "content": "You are a pirate."}, {"role": "user", "content": text}]


def test_an_answer_carries_numbered_citations_and_their_links(door: ApiDoor, chat: OpenAI) -> None:
    answer = chat.chat.completions.create(model="market-entry", messages=asks(ASKED), temperature=0.7)
    message = answer.choices[0].message
    text = message.content or ""
    assert text.startswith("A foreign maker works through a Marketing Authorisation Holder (MAH). [1]")
    link = f"{door.app.settings.address}/library/japan/devices?version=1&language=en"
    assert f"- [1] [Devices in Japan › What the rules ask]({link}#p" in text
    assert "[The law](https://example.org/law), Ministry, 2025-03" in text
    assert "It can be wrong" in text
    assert message.annotations
    cited = message.annotations[0].url_citation
    assert text[cited.start_index : cited.end_index] == "[1]"
    assert cited.url.startswith(link)
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage
    assert answer.usage.total_tokens == 0


def test_a_stream_says_what_the_whole_answer_says(chat: OpenAI) -> None:
    whole = chat.chat.completions.create(model="market-entry", messages=asks(ASKED))
    chunks = list(
        chat.chat.completions.create(
            model="market-entry",
            messages=asks(ASKED),
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices]
    assert "".join(pieces) == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    assert chunks[-1].usage


def test_what_the_library_does_not_say_is_not_said(chat: OpenAI) -> None:
    answer = chat.chat.completions.create(model="market-entry", messages=asks("What does a patent in Japan cost?"))
    text = answer.choices[0].message.content or ""
    assert text.startswith((say("en", "not_in_library"), say("en", "closest")))
    near, _, whom = text.partition(say("en", "contacts"))
    assert say("en", "nearest") in near
    assert "[BioM (Bavaria)](https://" in whom


def test_the_model_is_listed_and_no_other_answers(chat: OpenAI) -> None:
    assert [model.id for model in chat.models.list()] == ["market-entry"]
    assert chat.models.retrieve("market-entry").owned_by == "bioXclusters"
    with pytest.raises(openai.NotFoundError, match="market-entry"):
        chat.chat.completions.create(model="gpt-4o", messages=asks(ASKED))


def test_the_client_is_told_of_failures_in_our_words(door: ApiDoor, chat: OpenAI) -> None:
    with pytest.raises(openai.UnprocessableEntityError, match="Please ask your question in words") as refused:
        chat.chat.completions.create(model="market-entry", messages=asks("?!"))
    assert refused.value.code == "unclear-question"
    with pytest.raises(openai.UnprocessableEntityError):
        chat.chat.completions.create(model="market-entry", messages=asks("?!"), stream=True)
    with pytest.raises(openai.AuthenticationError, match="valid key"):
        chat.with_options(api_key="mek_wrong").models.list()
    slow = chat.with_options(api_key=door.token(a_minute=1))
    slow.chat.completions.create(model="market-entry", messages=asks(ASKED))
    with pytest.raises(openai.RateLimitError, match="try again in"):
        slow.chat.completions.create(model="market-entry", messages=asks(ASKED))


def test_earlier_turns_come_from_the_messages() -> None:
    told = "It takes 12 months. [1]\n\n- A holder is needed. [2] [3]\n\n**Sources**\n\n- [1] [A](https://a.example)"
    conversation = [
        Message(role="system", content="You are a pirate."),
        Message(role="user", content="Devices in Japan?"),
        Message(role="assistant", content=told),
        Message.model_validate({"role": "user", "content": [{"type": "text", "text": "And in China?"}]}),
    ]
    question = question_in(conversation, Reader.ANYONE)
    assert (question.text, question.earlier) == ("And in China?", ("Devices in Japan?",))
    assert question.told == {"It takes 12 months.", "A holder is needed."}
    assert question.may_ask_back
    asked_back = [
        *conversation[:-1],
        Message(role="assistant", content="For which market?\n\n- Japan\n"),
        conversation[-1],
    ]
    assert not question_in(asked_back, Reader.ANYONE).may_ask_back


def test_a_conversation_without_a_question_is_refused(client: httpx.Client) -> None:
    for messages in ([], [{"role": "assistant", "content": "Hello"}], [{"role": "user", "content": None}]):
        asked = client.post("/chat/completions", json={"model": "market-entry", "messages": messages})
        assert asked.status_code == 422
