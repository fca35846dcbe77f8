"""What an OpenAI-compatible endpoint replies: a stream of events, or one object, read as the servers really write them.

Comments, lines that end in CRLF, several lines of one event, a usage that is summed up in every event, contents in
parts and thoughts beside them all occur; `tests/assistant/model/test_quirks.py` has one of each.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from assistant.model.chat_model import Usage
from assistant.model.parameters import refusal_of

_LONGEST = 1_000_000  # characters of one event
_THOUGHTS = ("reasoning_content", "reasoning", "content")  # the last in parts that are no text
_TEXT = frozenset({"text", "output_text"})  # the kinds of parts that are read; thoughts are not


class Nonsense(ValueError):
    """A reply that is none."""


@dataclass(frozen=True)
class Ended:
    """The model has ended, and why: `stop`, `length`, `content_filter`, `tool_calls` or what a provider calls it."""

    why: str


@dataclass(frozen=True)
class Alive:
    """Nothing to read, and yet it goes on: the model thinks, or is asked once more."""


Piece = str | Usage | Ended | Alive


def pieces_of_stream(lines: Iterable[str]) -> Iterator[Piece]:
    """The pieces of a stream of events, as they come. A usage holds for all that came before it.

    Raises:
        Nonsense: an event is no JSON object of a reply.
        Refusal: the provider tells of an error in the middle.
    """
    held = ""
    for line in lines:
        if line.startswith("data:"):
            held += line[len("data:") :].strip()
            if held == "[DONE]":
                return
            if (event := _object(held)) is not None:
                held = ""
                yield from pieces_of(event)
        elif held and not line.strip():
            raise Nonsense(held[:80])
        if len(held) > _LONGEST:
            raise Nonsense("an event without an end")
    if held:
        raise Nonsense(held[:80])


def pieces_of(event: dict[str, Any]) -> Iterator[Piece]:
    """The pieces of an event, or of a whole reply: its text, its usage, its end."""
    if event.get("error"):
        error = event["error"]
        code = error.get("code") if isinstance(error, dict) else None
        raise refusal_of(code if isinstance(code, int) else 500, json.dumps(event))
    try:
        for choice in (event.get("choices") or [])[:1]:
            said = choice.get("delta") or choice.get("message") or {}
            if text := text_of(said.get("content")):
                yield text
            elif any(said.get(name) for name in _THOUGHTS):
                yield Alive()
            if choice.get("finish_reason"):
                yield Ended(str(choice["finish_reason"]))
        if usage := event.get("usage"):
            yield Usage(tokens_in=int(usage["prompt_tokens"]), tokens_out=int(usage.get("completion_tokens") or 0))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Nonsense(type(error).__name__) from error


def text_of(content: object) -> str:
    """The text of a content, which may be a text, a list of parts, or nothing."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if part.get("type", "text") in _TEXT)
    return content if isinstance(content, str) else ""


def summed(known: Usage, said: Usage) -> Usage:
    """The usage of a call after another count: providers count from the beginning, some of them in every event."""
    return Usage(tokens_in=max(known.tokens_in, said.tokens_in), tokens_out=max(known.tokens_out, said.tokens_out))


def whole_reply(body: str) -> dict[str, Any]:
    """The reply of a server that does not stream.

    Raises:
        Nonsense: it is no JSON object.
        Refusal: it tells of an error.
    """
    if (reply := _object(body)) is None:
        raise Nonsense(body[:80])
    return reply


def _object(text: str) -> dict[str, Any] | None:
    try:
        read = json.loads(text)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None
