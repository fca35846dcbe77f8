"""Chat models of providers: the only place where these are named."""

from __future__ import annotations

import time
from collections.abc import Iterator

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, HumanMessage

from assistant.model.chat_model import ModelRefused, ModelUnavailable, Usage
from assistant.settings import Settings

_ATTEMPTS = 1  # beyond the first, before anything has arrived
_WHOLE = 4  # times the seconds that an attempt may take: a whole text, however steadily it drips


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
                    usage = piece.usage_metadata
                    count += Usage(tokens_in=usage["input_tokens"], tokens_out=usage["output_tokens"])
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


def chat_model(settings: Settings) -> LangChainModel:
    """The chat model that the settings name.

    With a URL, any OpenAI-compatible endpoint; without one, a name as `init_chat_model` takes it.
    """
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
