"""The port of chat models. `providers` is what stands behind it, imported only where one is set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple, Protocol

from corpus.errors import KnownError
from index.circuit_breaker import CircuitBreaker


class ModelUnavailable(KnownError):
    """The chat model does not answer, or not now; `notice` is the text by which an answer without it says so."""

    retryable = True
    notice: ClassVar[str] = "model_unavailable"


class ModelRefused(KnownError):
    """The chat model does not let us in, or does not take what we ask: an administrator has to act."""

    retryable: ClassVar[bool] = False
    notice: ClassVar[str] = "model_unavailable"


class Message(NamedTuple):
    """Something that is said to a chat model: the rules, by `system`, or by the person or the model before."""

    role: Literal["system", "user", "assistant"]
    text: str


class Prompt(str):
    """A prompt of several messages, which reads as one text where nobody asks who says what."""

    messages: tuple[Message, ...]

    def __new__(cls, messages: Iterable[Message]) -> Prompt:
        """The prompt of these messages."""
        said = tuple(messages)
        prompt = super().__new__(cls, "\n\n".join(message.text for message in said))
        prompt.messages = said
        return prompt


def messages_of(prompt: str) -> tuple[Message, ...]:
    """The messages of a prompt; a text alone is what the person says."""
    return prompt.messages if isinstance(prompt, Prompt) else (Message("user", prompt),)


@dataclass(frozen=True)
class Usage:
    """How often chat models were called, and the tokens of those calls that their providers have counted.

    Providers count at the end of a stream: a call that broke off, or was left early, is not counted.
    """

    calls: int = 0
    counted: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.calls + other.calls,
            self.counted + other.counted,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
        )


class ChatModel(Protocol):
    """Writes a text to a prompt, piece by piece."""

    def stream(self, prompt: str) -> Iterator[str | Usage]:
        """The pieces of the text as they come, and what is to be added to the usage.

        Args:
            prompt: a text, or a `Prompt` of several messages.

        Raises:
            ModelUnavailable: the provider does not answer, or breaks off.
            ModelRefused: the provider refuses the key or the request.
        """
        ...


class GuardedModel:
    """Another chat model, left alone for a while when it fails again and again, so that nobody waits for it in vain.

    A refusal does not count: it comes at once, and a single question can earn it.
    """

    def __init__(self, model: ChatModel, circuit: CircuitBreaker) -> None:
        self._model = model
        self._circuit = circuit

    def stream(self, prompt: str) -> Iterator[str | Usage]:
        """What the model gives.

        Raises:
            ModelUnavailable: also while it is left alone.
        """
        if not self._circuit.admits():
            raise ModelUnavailable("The chat model has failed several times and is left alone for a while.")
        try:
            yield from self._model.stream(prompt)
        except ModelUnavailable:
            self._circuit.failed()
            raise
        except GeneratorExit:  # enough was read
            self._circuit.succeeded()
            raise
        self._circuit.succeeded()
