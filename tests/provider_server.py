"""Servers on this machine that behave as providers of chat models do, by their documentation or by reports of bugs."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = dict[str, Any]
Refusing = Callable[[Body], tuple[int, Body] | None]
USAGE = {"prompt_tokens": 1500, "completion_tokens": 40, "total_tokens": 1540}
CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}


@dataclass
class Played:
    """A provider: what it refuses, how it writes, what it was asked, under which paths and headers.

    `writes` is one of the functions `in_*` below; it is given the handler and the text.
    """

    refuses: Refusing = lambda body: None
    writes: Callable[[Speaker, str], None] = lambda speaker, text: in_events(speaker, text)
    text: Callable[[Body], str] = lambda body: "A true sentence.\n"
    headers: Mapping[str, str] = field(default_factory=dict)  # of a refusal
    asked: list[Body] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    keys: list[Mapping[str, str]] = field(default_factory=list)


class Speaker(BaseHTTPRequestHandler):
    """The handler of a played provider."""

    protocol_version = "HTTP/1.1"
    played: Played

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.played.asked.append(body)
        self.played.paths.append(self.path)
        self.played.keys.append(dict(self.headers))
        with suppress(ConnectionError):
            if refused := self.played.refuses(body):
                self.whole(*refused, self.played.headers)
            else:
                self.played.writes(self, self.played.text(body))

    @property
    def body(self) -> Body:
        return self.played.asked[-1]

    def whole(self, status: int, said: object, headers: Mapping[str, str] | None = None) -> None:
        """A reply in one piece: an object as JSON, a text as a page."""
        data = said.encode() if isinstance(said, str) else json.dumps(said).encode()
        kind = "text/html" if isinstance(said, str) else "application/json"
        self.begin(status, {"Content-Type": kind, "Content-Length": str(len(data)), **(headers or {})}, close=False)
        self.wfile.write(data)

    def begin(self, status: int = 200, headers: Mapping[str, str] | None = None, *, close: bool = True) -> None:
        """The head of a reply, of a stream where nothing else is said."""
        self.send_response(status)
        for name, value in {"Content-Type": "text/event-stream", **(headers or {})}.items():
            self.send_header(name, value)
        if close:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()

    def raw(self, text: str) -> None:
        self.wfile.write(text.encode())
        self.wfile.flush()

    def event(self, more: Body, end: str = "\n\n", before: str = "data: ") -> None:
        self.raw(f"{before}{json.dumps(CHUNK | more)}{end}")

    def delta(self, delta: Body, finish: str | None = None, **form: str) -> None:
        self.event({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}, **form)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def playing(played: Played) -> Iterator[str]:
    """The address of a server that plays a provider."""
    handler = type("Speaker", (Speaker,), {"played": played})
    served = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    served.daemon_threads = True
    threading.Thread(target=served.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{served.server_port}/v1"
    finally:
        served.shutdown()
        served.server_close()


# How they write


def in_events(speaker: Speaker, text: str, *, finish: str = "stop", usage: Body | None = USAGE, **form: str) -> None:
    """As OpenAI documents it: pieces, the reason of the end, the usage where it is asked for, `[DONE]`."""
    speaker.begin()
    _pieces(speaker, text, **form)
    speaker.delta({}, finish, **form)
    if usage and (speaker.body.get("stream_options") or {}).get("include_usage"):
        speaker.event({"choices": [], "usage": usage}, **form)
    speaker.raw("data: [DONE]" + form.get("end", "\n\n"))


def _pieces(speaker: Speaker, text: str, **form: str) -> None:
    for at in range(0, len(text), 7):
        speaker.delta({"content": text[at : at + 7]}, **form)


def without_a_count(speaker: Speaker, text: str) -> None:
    in_events(speaker, text, usage=None)


def in_crlf(speaker: Speaker, text: str) -> None:
    """As some proxies send it: CRLF, no blank behind `data:`, comments first."""
    speaker.begin()
    speaker.raw(": OPENROUTER PROCESSING\r\n\r\n" * 3)
    _pieces(speaker, text, end="\r\n\r\n", before="data:")
    speaker.raw("data: [DONE]\r\n\r\n")


def in_single_lines(speaker: Speaker, text: str) -> None:
    """Without the empty lines between the events."""
    speaker.begin()
    _pieces(speaker, text, end="\n")
    speaker.raw("data: [DONE]\n")


def in_one_piece(speaker: Speaker, text: str) -> None:
    """A server that does not stream, although it is asked to."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    speaker.whole(200, {"id": "c", "object": "chat.completion", "choices": [choice], "usage": USAGE})


def compressed(speaker: Speaker, text: str) -> None:
    """With gzip, the whole of it."""
    speaker.begin(headers={"Content-Encoding": "gzip"})
    event = json.dumps(CHUNK | {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]})
    speaker.wfile.write(gzip.compress(f"data: {event}\n\ndata: [DONE]\n\n".encode()))


def in_parts(speaker: Speaker, text: str) -> None:
    """As Mistral's models that reason: the content is a list of parts, the first of them thoughts."""
    speaker.begin()
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Let me think. "}]}
    speaker.delta({"role": "assistant", "content": [thinking]})
    speaker.delta({"content": [{"type": "text", "text": text}]})
    speaker.delta({}, "stop")
    speaker.raw("data: [DONE]\n\n")


def with_thoughts_beside(speaker: Speaker, text: str) -> None:
    """As vLLM, DeepSeek and others: thoughts in a field of their own, for longer than a pause may be."""
    speaker.begin()
    for _ in range(8):
        speaker.delta({"reasoning_content": "Let me think. ", "content": None})
        time.sleep(0.15)
    _pieces(speaker, text)
    speaker.delta({}, "stop")
    speaker.raw("data: [DONE]\n\n")


def in_thoughts_alone(speaker: Speaker, *_: object) -> None:
    """All tokens went into the thoughts."""
    speaker.begin()
    for _time in range(5):
        speaker.delta({"reasoning_content": "Let me think. ", "reasoning": "x", "content": ""})
    speaker.delta({"content": ""}, "length")
    speaker.raw("data: [DONE]\n\n")


def filtered_before(speaker: Speaker, text: str) -> None:
    """As Azure: a first event without choices says what its filter thinks of the prompt."""
    speaker.begin()
    results = [{"prompt_index": 0, "content_filter_results": {"hate": {"filtered": False}}}]
    speaker.event({"choices": [], "prompt_filter_results": results})
    _pieces(speaker, text)
    speaker.delta({}, "stop")
    speaker.raw("data: [DONE]\n\n")


def filtered_within(speaker: Speaker, text: str) -> None:
    speaker.begin()
    speaker.delta({"content": text[:20]})
    speaker.delta({}, "content_filter")
    speaker.raw("data: [DONE]\n\n")


def cut_off(speaker: Speaker, text: str) -> None:
    in_events(speaker, text, finish="length")


def failing_within(speaker: Speaker, text: str) -> None:
    """As OpenRouter: the status is 200 by then, so that the error comes as an event."""
    speaker.begin()
    _pieces(speaker, text)
    speaker.raw('data: {"error":{"message":"Provider returned error","code":502}}\n\n')


def calling_a_tool(speaker: Speaker, *_: object) -> None:
    speaker.begin()
    call = {"index": 0, "id": "a", "type": "function", "function": {"name": "search", "arguments": "{}"}}
    speaker.delta({"role": "assistant", "content": None, "tool_calls": [call]})
    speaker.delta({}, "tool_calls")
    speaker.raw("data: [DONE]\n\n")


def counting_on(speaker: Speaker, text: str) -> None:
    """As vLLM with `continuous_usage_stats`: each event has the usage up to it."""
    speaker.begin()
    for at in range(0, len(text), 7):
        choice = {"index": 0, "delta": {"content": text[at : at + 7]}, "finish_reason": None}
        usage = {"prompt_tokens": 1500, "completion_tokens": at // 7 + 1, "total_tokens": 1501 + at // 7}
        speaker.event({"choices": [choice], "usage": usage})
    speaker.delta({}, "stop")
    speaker.raw("data: [DONE]\n\n")


def lingering(speaker: Speaker, text: str) -> None:
    """The body stays open behind its end."""
    speaker.begin()
    _pieces(speaker, text)
    speaker.delta({}, "stop")
    time.sleep(30)


def alive_without_end(speaker: Speaker, *_: object) -> None:
    speaker.begin()
    for _time in range(400):
        speaker.raw(": keep-alive\n\n")
        time.sleep(0.1)


def empty_without_end(speaker: Speaker, *_: object) -> None:
    speaker.begin()
    for _time in range(400):
        speaker.delta({"content": ""})
        time.sleep(0.1)


def thinking_without_end(speaker: Speaker, *_: object) -> None:
    speaker.begin()
    for _time in range(400):
        speaker.delta({"reasoning_content": "Hm. "})
        time.sleep(0.1)


def silent(*_: object) -> None:
    time.sleep(30)


# What they refuse


def refused(status: int, message: str, **more: Any) -> tuple[int, Body]:  # noqa: ANN401 - JSON
    """A refusal in OpenAI's form."""
    return status, {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None} | more}


def reasoning_model(body: Body) -> tuple[int, Body] | None:
    """OpenAI's o-series and gpt-5, under whatever name."""
    if "max_tokens" in body:
        words = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens'"
        return refused(400, f"{words} instead.", param="max_tokens", code="unsupported_parameter")
    if body.get("temperature", 1) != 1:
        words = "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is"
        return refused(400, f"{words} supported.", param="temperature", code="unsupported_value")
    return None


def strict_about(name: str, status: int = 422) -> Refusing:
    """As Mistral and others that check a request with pydantic."""

    def refusing(body: Body) -> tuple[int, Body] | None:
        detail = [{"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted"}]
        return (status, {"object": "error", "message": {"detail": detail}}) if name in body else None

    return refusing


def naming(name: str, status: int, words: str) -> Refusing:
    """In a sentence alone."""
    return lambda body: refused(status, words) if name in body else None


def without_system(words: str, status: int = 400) -> Refusing:
    """Templates of some open models, and o1-mini, take no system message."""
    return lambda body: refused(status, words) if any(one["role"] == "system" for one in body["messages"]) else None


def always(status: int, said: object = None) -> Refusing:
    answer = said if said is not None else refused(status, "no")[1]
    return lambda body: (status, answer)  # type: ignore[return-value]
