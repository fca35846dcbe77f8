"""A chat model at its port that says what is written down."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.app import Chat
from assistant.model.chat_model import Usage
from index.circuit_breaker import CircuitBreaker


class ScriptedModel:
    """Gives its replies in turn, in small pieces; an error is raised. `asked` are the prompts."""

    def __init__(self, *replies: str | Exception) -> None:
        self.replies = list(replies)
        self.asked: list[str] = []

    def stream(self, prompt: str) -> Iterator[str | Usage]:
        """The next reply."""
        self.asked.append(prompt)
        reply = self.replies.pop(0)
        yield Usage(calls=1)
        if isinstance(reply, Exception):
            raise reply
        yield from (reply[at : at + 9] for at in range(0, len(reply), 9))

    def as_chat(self) -> Chat:
        """The same as the chat model of an installation."""
        return Chat(self, CircuitBreaker())
