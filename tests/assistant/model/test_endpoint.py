"""Endpoints as they are: what each refuses, how it writes, and how long it is waited for."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.model.chat_model import ChatModel, Message, ModelRefused, ModelUnavailable, Prompt, Usage
from assistant.model.parameters import REMEMBERED
from assistant.model.providers import chat_model, memory_of
from assistant.settings import BadSettings, Settings, read_settings
from tests import provider_server as play
from tests.provider_server import Played, Speaker, playing, refused

TEXT = "A foreign maker must work through a licensed MAH or a DMAH in Japan. [P1]\n"
COUNTED = Usage(counted=1, tokens_in=1500, tokens_out=40)
SECONDS = 1.0  # of an attempt
MOST = 4 * SECONDS + 1.5  # of all, whatever the server does


def model_at(url: str, home: Path, **more: object) -> tuple[ChatModel, Settings]:
    settings = Settings.model_validate(
        {"home": home, "chat_model": "m", "chat_url": url, "chat_seconds": SECONDS} | more
    )
    return chat_model(settings), settings


def said(model: ChatModel, prompt: str = "Hello") -> tuple[str, Usage]:
    """The text, and the usage."""
    pieces = list(model.stream(prompt))
    usage = sum((piece for piece in pieces if isinstance(piece, Usage)), Usage())
    return "".join(piece for piece in pieces if isinstance(piece, str)), usage


WRITING = {  # how they write, and what of it is counted
    "as documented": (play.in_events, COUNTED),
    "without a count": (play.without_a_count, Usage()),
    "CRLF and comments": (play.in_crlf, Usage()),
    "no empty lines": (play.in_single_lines, Usage()),
    "gzip": (play.compressed, Usage()),
    "in one piece": (play.in_one_piece, COUNTED),
    "content in parts": (play.in_parts, Usage()),
    "thoughts beside it": (play.with_thoughts_beside, Usage()),
    "a filter that looks at the prompt": (play.filtered_before, Usage()),
    "usage summed up in every event": (play.counting_on, Usage(counted=1, tokens_in=1500, tokens_out=11)),
    "a body left open behind its end": (play.lingering, Usage()),
    "cut off": (play.cut_off, COUNTED),
}


@pytest.mark.parametrize("writes", WRITING)
def test_a_text_is_read_however_it_is_written(tmp_path: Path, writes: str) -> None:
    way, counted = WRITING[writes]
    with playing(Played(writes=way, text=lambda body: TEXT)) as url:
        started = time.monotonic()
        assert said(model_at(url, tmp_path)[0]) == (TEXT, Usage(calls=1) + counted)
    assert time.monotonic() - started < MOST


@pytest.mark.parametrize(
    "writes",
    [play.alive_without_end, play.empty_without_end, play.thinking_without_end, play.silent],
    ids=lambda way: way.__name__,
)
def test_the_whole_time_of_an_answer_is_bounded(tmp_path: Path, writes: Callable[[Speaker, str], None]) -> None:
    with playing(Played(writes=writes)) as url:
        started = time.monotonic()
        with pytest.raises(ModelUnavailable, match="takes too long"):
            said(model_at(url, tmp_path, chat_seconds=0.25)[0])
    assert time.monotonic() - started < MOST


BREAKING: dict[str, tuple[Callable[[Speaker, str], None], type[Exception], str]] = {
    "an error in the middle": (play.failing_within, ModelUnavailable, "502.*Provider returned error"),
    "a filter in the middle": (play.filtered_within, ModelRefused, "filter"),
    "nothing but thoughts": (play.in_thoughts_alone, ModelUnavailable, "MARKET_ENTRY_CHAT_MOST_TOKENS"),
}


@pytest.mark.parametrize("writes", BREAKING)
def test_a_text_that_breaks_off_is_told_with_the_reason(tmp_path: Path, writes: str) -> None:
    way, error, words = BREAKING[writes]
    with playing(Played(writes=way, text=lambda body: TEXT)) as url, pytest.raises(error, match=words):
        said(model_at(url, tmp_path)[0])


def test_a_model_that_would_call_a_tool_has_written_nothing(tmp_path: Path) -> None:
    with playing(Played(writes=play.calling_a_tool)) as url:
        assert said(model_at(url, tmp_path)[0]) == ("", Usage(calls=1))


NO_SYSTEM = "System role not supported"
REFUSING: dict[
    str, tuple[play.Refusing, dict[str, object], set[str], set[str]]
] = {  # a provider, what the settings want of it, and what is asked of it in the end
    "temperature, by a field": (play.reasoning_model, {}, {"stream_options"}, {"temperature"}),
    "most tokens under another name": (
        play.reasoning_model,
        {"chat_most_tokens": 900, "chat_temperature": None},
        {"max_completion_tokens"},
        {"max_tokens"},
    ),
    "both of them": (
        play.reasoning_model,
        {"chat_most_tokens": 900},
        {"max_completion_tokens"},
        {"max_tokens", "temperature"},
    ),
    "stream_options, by pydantic": (play.strict_about("stream_options"), {}, {"temperature"}, {"stream_options"}),
    "stream_options, by a sentence": (
        play.naming("stream_options", 400, "Unrecognized request argument supplied: stream_options"),
        {},
        {"temperature"},
        {"stream_options"},
    ),
    "an option": (
        play.strict_about("reasoning_effort", 400),
        {"chat_options": '{"reasoning_effort": "low", "seed": 7}'},
        {"temperature", "seed"},
        {"reasoning_effort"},
    ),
    "a stream": (
        play.naming("stream", 400, "Streaming is not supported for this model"),
        {},
        {"temperature"},
        {"stream", "stream_options"},
    ),
    "something that it does not name": (
        play.naming("temperature", 400, "Invalid request"),
        {},
        set(),
        {"temperature", "stream_options"},
    ),
    "temperature, through a proxy": (
        play.naming("temperature", 400, "litellm.UnsupportedParamsError: unsupported parameters: {'temperature': 0.0}"),
        {},
        {"stream_options"},
        {"temperature"},
    ),
}


@pytest.mark.parametrize("provider", REFUSING)
def test_what_a_provider_refuses_is_left_out_named_in_the_log_and_remembered(
    tmp_path: Path, provider: str, caplog: pytest.LogCaptureFixture
) -> None:
    refuses, wanted, kept, gone = REFUSING[provider]
    played = Played(refuses=refuses, text=lambda body: TEXT)
    if "stream" in gone:
        played.writes = play.in_one_piece
    with playing(played) as url, caplog.at_level(logging.WARNING):
        model, settings = model_at(url, tmp_path, **wanted)
        assert said(model)[0] == TEXT
        assert kept <= set(played.asked[-1])
        assert not gone & set(played.asked[-1])
        tries = len(played.asked)
        assert 2 <= tries <= 4
        assert said(model)[0] == TEXT
        assert said(chat_model(settings))[0] == TEXT  # another process
        assert len(played.asked) == tries + 2
    named = gone - {"stream_options"} or gone
    assert all(name in caplog.text for name in named)
    assert named <= set(memory_of(settings).form.refused)


@pytest.mark.parametrize(
    "words",
    [
        NO_SYSTEM,
        "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
        "Developer instruction is not enabled for models/gemma-3-27b-it",
        "Conversation roles must alternate user/assistant/user/assistant/...",
    ],
)
def test_rules_that_a_model_does_not_take_by_system_stand_before_the_question(tmp_path: Path, words: str) -> None:
    played = Played(refuses=play.without_system(words), text=lambda body: TEXT)
    prompt = Prompt([Message("system", "Say the truth."), Message("user", "What is so?")])
    with playing(played) as url:
        model, _ = model_at(url, tmp_path)
        assert said(model, prompt)[0] == TEXT
        assert said(model, prompt)[0] == TEXT
    first, second, third = [[one["role"] for one in asked["messages"]] for asked in played.asked]
    assert (first, second, third) == (["system", "user"], ["user"], ["user"])
    assert played.asked[-1]["messages"][0]["content"] == "Say the truth.\n\nWhat is so?"


def test_a_template_that_fails_at_a_system_message_is_no_server_that_is_down(tmp_path: Path) -> None:
    refuses = play.without_system(f"Jinja Exception: {NO_SYSTEM}", 500)
    with playing(Played(refuses=refuses, text=lambda body: TEXT)) as url:
        prompt = Prompt([Message("system", "Say the truth."), Message("user", "What is so?")])
        assert said(model_at(url, tmp_path)[0], prompt)[0] == TEXT


FINAL = {
    "the key": (401, "Incorrect API key provided: sk-very-secret.", 1),
    "no such model": (404, "The model `m` does not exist or you do not have access to it.", 1),
    "a prompt that is too long": (400, "This model's maximum context length is 4096 tokens. Reduce the messages.", 1),
    "a filter of prompts": (400, "The response was filtered due to the prompt triggering content management policy", 1),
    "no money": (402, "Insufficient credits.", 1),
    "whatever is asked": (400, "Bad request", 3),
}


@pytest.mark.parametrize("what", FINAL)
def test_a_refusal_is_told_in_the_provider_s_own_words_without_the_key(tmp_path: Path, what: str) -> None:
    status, words, tries = FINAL[what]
    played = Played(refuses=play.always(status, refused(status, words)[1]))
    with playing(played) as url:
        model, settings = model_at(url, tmp_path, chat_key="sk-very-secret")
        with pytest.raises(ModelRefused, match="MARKET_ENTRY_CHAT_URL") as raised:
            said(model)
    assert words.replace("sk-very-secret", "…") in str(raised.value)
    assert "sk-very-secret" not in str(raised.value)
    assert len(played.asked) <= tries
    assert memory_of(settings).form.refused == {}  # nothing is learned of a request that was never taken


def test_what_a_provider_repeats_of_a_question_is_not_in_its_words(tmp_path: Path) -> None:
    body = {"error": {"message": "[{'loc': ('body', 'messages'), 'msg': 'bad', 'input': 'our secret device'}]"}}
    with playing(Played(refuses=play.always(413, body))) as url, pytest.raises(ModelRefused) as raised:
        said(model_at(url, tmp_path)[0])
    assert "secret device" not in str(raised.value)


@pytest.mark.parametrize(("after", "tries"), [("0", 2), ("0.1", 2), ("25", 1), ("Wed, 21 Oct 2099 07:28:00 GMT", 1)])
def test_a_busy_provider_is_asked_again_only_where_it_wants_to_be_left_alone_for_a_moment(
    tmp_path: Path, after: str, tries: int
) -> None:
    played = Played(refuses=play.always(429, refused(429, "Rate limit reached")[1]), headers={"Retry-After": after})
    with playing(played) as url:
        started = time.monotonic()
        with pytest.raises(ModelUnavailable, match="Rate limit reached"):
            said(model_at(url, tmp_path)[0])
    assert len(played.asked) == tries
    assert time.monotonic() - started < MOST


def test_a_provider_that_was_busy_for_a_moment_answers(tmp_path: Path) -> None:
    played = Played(text=lambda body: TEXT)
    played.refuses = lambda body: refused(503, "Loading model") if len(played.asked) == 1 else None
    with playing(played) as url:
        assert said(model_at(url, tmp_path)[0])[0] == TEXT


def test_a_spent_quota_is_a_matter_for_an_administrator(tmp_path: Path) -> None:
    body = refused(429, "You exceeded your current quota", code="insufficient_quota")[1]
    with playing(Played(refuses=play.always(429, body))) as url, pytest.raises(ModelRefused, match="quota"):
        said(model_at(url, tmp_path)[0])


def test_a_page_in_place_of_a_reply_is_told_without_its_markup(tmp_path: Path) -> None:
    page = "<html><h1>404 Not Found</h1></html>"
    with playing(Played(refuses=play.always(404, page))) as url, pytest.raises(ModelRefused, match="404 Not Found"):
        said(model_at(url, tmp_path)[0])


def test_a_deployment_of_azure_is_asked_under_its_address_with_its_version_and_key(tmp_path: Path) -> None:
    played = Played(writes=play.filtered_before, text=lambda body: TEXT)
    with playing(played) as url:
        address = f"{url.removesuffix('/v1')}/openai/deployments/ours?api-version=2024-10-21"
        assert said(model_at(address, tmp_path, chat_key="k")[0])[0] == TEXT
    assert played.paths == ["/openai/deployments/ours/chat/completions?api-version=2024-10-21"]
    assert played.keys[0]["api-key"] == "k"


def test_an_address_with_or_without_its_end_is_the_same(tmp_path: Path) -> None:
    played = Played()
    with playing(played) as url:
        for address in (url, f"{url}/", f"{url}/chat/completions"):
            said(model_at(address, tmp_path)[0])
    assert set(played.paths) == {"/v1/chat/completions"}


def test_a_stream_that_is_left_early_is_closed(tmp_path: Path) -> None:
    with playing(Played(text=lambda body: TEXT * 1000)) as url:
        left = model_at(url, tmp_path)[0].stream("Hello")
        assert [next(left), next(left)] == [Usage(calls=1), TEXT[:7]]
        left.close()  # type: ignore[attr-defined]


def test_nothing_is_remembered_where_there_is_no_home_and_a_damaged_file_is_made_again(tmp_path: Path) -> None:
    played = Played(refuses=play.reasoning_model, text=lambda body: TEXT)
    with playing(played) as url:
        nowhere, _ = model_at(url, tmp_path / "nowhere")
        assert [said(nowhere)[0], said(nowhere)[0]] == [TEXT, TEXT]
        assert len(played.asked) == 3  # the process itself remembers
        assert not (tmp_path / "nowhere").exists()
        (tmp_path / REMEMBERED).parent.mkdir()
        (tmp_path / REMEMBERED).write_text("{", "utf-8")
        model, settings = model_at(url, tmp_path)
        assert said(model)[0] == TEXT
    assert [one["ways"] for one in json.loads((tmp_path / REMEMBERED).read_bytes()).values()] == [{"temperature": 1}]
    assert str(memory_of(settings).form) == "without temperature"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("OPTIONS", "[1]", "JSON object"),
        ("OPTIONS", "{", "JSON object"),
        ("OPTIONS", '{"model": "x"}', "model is not chosen here"),
        ("TEMPERATURE", "3", "less than or equal to 2"),
        ("MOST_TOKENS", "0", "greater than or equal to 1"),
    ],
)
def test_settings_that_cannot_be_used_are_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(f"MARKET_ENTRY_CHAT_{name}", value)
    with pytest.raises(BadSettings, match=f"MARKET_ENTRY_CHAT_{name}.*{words}"):
        read_settings()


def test_a_temperature_that_is_set_to_nothing_is_not_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MARKET_ENTRY_CHAT_TEMPERATURE", "")
    played = Played()
    with playing(played) as url:
        said(chat_model(read_settings().model_copy(update={"home": tmp_path, "chat_model": "m", "chat_url": url})))
    assert "temperature" not in played.asked[0]
