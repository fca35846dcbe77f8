"""Chat models: the only place where providers are named."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, HumanMessage

from assistant.settings import Settings
from corpus.errors import KnownError

_ATTEMPTS = 1  # beyond the first, before anything has arrived
_WHOLE = 4  # times the seconds that an attempt may take: a whole text, however steadily it drips


class ModelUnavailable(KnownError):
    """The chat model does not answer, or not now; `notice` is the text by which an answer without it says so."""

    retryable = True
    notice: ClassVar[str] = "model_unavailable"


class ModelRefused(KnownError):
    """The chat model does not let us in, or does not take what we ask: an administrator has to act."""

    retryable: ClassVar[bool] = False
    notice: ClassVar[str] = "model_unavailable"


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

        Raises:
            ModelUnavailable: the provider does not answer, or breaks off.
            ModelRefused: the provider refuses the key or the request.
        """
        ...


class LangChainModel:
    """Any LangChain chat model behind the port, which has so many seconds for a whole text."""

    def __init__(self, model: BaseChatModel, name: str, longest: float) -> None:
        self._model = model
        self._name = name
        self._longest = longest

    def stream(self, prompt: str) -> Iterator[str | Usage]:
        """The call, the pieces of the text as they come, the count; errors of every provider become one of ours."""
        import openai

        yield Usage(calls=1)
        count = Usage()
        try:
            for piece in _within(self._longest, self._model.stream([HumanMessage(prompt)])):
                text = piece.text
                if text:
                    yield text
                if piece.usage_metadata:  # in one piece or in several that add up, as the provider likes
                    told = piece.usage_metadata
                    count += Usage(tokens_in=told["input_tokens"], tokens_out=told["output_tokens"])
        except (
            openai.AuthenticationError,
            openai.PermissionDeniedError,
            openai.BadRequestError,
            openai.NotFoundError,
        ) as error:
            raise ModelRefused(
                f"The chat model {self._name} refuses the request ({type(error).__name__});"
                " check MARKET_ENTRY_CHAT_URL, _MODEL and _KEY."
            ) from error
        except Exception as error:
            # A border: providers behind `init_chat_model` raise errors of their own, and servers send nonsense.
            raise ModelUnavailable(f"The chat model {self._name} does not answer ({type(error).__name__}).") from error
        if count != Usage():
            yield count + Usage(counted=1)


def _within(seconds: float, pieces: Iterator[AIMessageChunk]) -> Iterator[AIMessageChunk]:
    """The pieces as long as the whole does not take longer."""
    end = time.monotonic() + seconds
    for piece in pieces:
        if time.monotonic() > end:
            raise TimeoutError
        yield piece


def chat_model(settings: Settings) -> LangChainModel | None:
    """The chat model that the settings name, or None: then answers are quotations.

    With a URL, any OpenAI-compatible endpoint; without one, a name as `init_chat_model` takes it.
    """
    if not settings.chat_model:
        return None
    if not settings.chat_url:
        from langchain.chat_models import init_chat_model

        named = init_chat_model(settings.chat_model, temperature=0)
        return LangChainModel(named, settings.chat_model, _WHOLE * settings.chat_seconds)
    from langchain_openai import ChatOpenAI  # 4 s to import
    from pydantic import SecretStr

    model = ChatOpenAI(
        model=settings.chat_model,
        base_url=settings.chat_url,
        api_key=SecretStr(settings.chat_key.get_secret_value() or "not-needed"),
        temperature=0,
        timeout=settings.chat_seconds,
        max_retries=_ATTEMPTS,
        stream_usage=True,
    )
    return LangChainModel(model, settings.chat_model, _WHOLE * settings.chat_seconds)
