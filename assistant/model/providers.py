"""Chat models of providers: the only place where these are named."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from assistant.model.chat_model import ChatModel, ModelRefused, ModelUnavailable, Usage, messages_of
from assistant.model.endpoint import Endpoint
from assistant.model.parameters import Memory, Refusal, Wish, next_form, short
from assistant.model.within import Within
from assistant.settings import Settings

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

_WHOLE = 4  # times the seconds that an attempt may take
_FORMS = 4  # that are tried
_ROLES = {"system": "system", "user": "human", "assistant": "ai"}  # by LangChain's names
_REFUSALS = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422})  # statuses at which an administrator has to act

_log = logging.getLogger(__name__)


class LangChainModel:
    """Any LangChain chat model behind the port; what its provider refuses is left out.

    Args:
        build: makes the model, with such parameters.
        seconds: how long it may be silent; a whole text may take four times as long.
    """

    def __init__(
        self, build: Callable[[dict[str, Any]], BaseChatModel], name: str, wish: Wish, memory: Memory, seconds: float
    ) -> None:
        self._build = build
        self._name = name
        self._wish = wish
        self.memory = memory
        self._seconds = seconds

    def stream(self, prompt: str) -> Iterator[str | Usage]:
        """The call, the pieces of the text as they come, the count; errors of every provider become one of ours.

        Raises:
            ModelUnavailable: the provider does not answer, breaks off, or takes too long.
            ModelRefused: it refuses the key, the model or the text.
        """
        messages: list[Any] = [(_ROLES[message.role], message.text) for message in messages_of(prompt)]
        yield Usage(calls=1)
        count = Usage()
        try:
            for piece in Within(lambda _: self._pieces(messages), self._seconds, _WHOLE * self._seconds):
                if isinstance(piece, Usage):
                    count += piece  # LangChain's counts add up
                else:
                    yield piece
        except Exception as error:
            # A border: providers behind `init_chat_model` raise errors of their own, and servers send nonsense.
            refusal = _refusal(error)
            if refusal.status in _REFUSALS:
                raise ModelRefused(
                    f"The chat model {self._name} refuses the request ({refusal});"
                    " check MARKET_ENTRY_CHAT_URL, _MODEL and _KEY."
                ) from error
            raise ModelUnavailable(f"The chat model {self._name} does not answer ({type(error).__name__}).") from error
        if count != Usage():
            yield count + Usage(counted=1)

    def _pieces(self, messages: list[Any]) -> Iterator[str | Usage]:
        form, begun = self.memory.form, False
        for _ in range(_FORMS):
            said = form.parameters(self._wish)
            try:
                for piece in self._build(said).stream(messages):
                    if not begun:
                        self.memory.keep(form)
                        begun = True
                    yield from _read(piece)
            except Exception as error:
                other = None if begun else next_form(form, self._wish, said, _refusal(error))
                if other is None:
                    raise
                _log.warning("the chat model %s is asked %s (%s)", self._name, other, _refusal(error))
                form = other
            else:
                return
        raise TimeoutError


def chat_model(settings: Settings) -> ChatModel:
    """The chat model that the settings name.

    With a URL, any OpenAI-compatible endpoint; without one, a name as `init_chat_model` takes it.
    """
    name, seconds = settings.chat_model, settings.chat_seconds
    wish, memory = _wish(settings), memory_of(settings)
    if settings.chat_url:
        return Endpoint(settings.chat_url, name, settings.chat_key.get_secret_value(), wish, memory, seconds)
    from langchain.chat_models import init_chat_model  # a second to import

    def build(said: dict[str, Any]) -> BaseChatModel:
        model: BaseChatModel = init_chat_model(name, **said)
        return model

    build({})  # a name that means nothing is told at once
    return LangChainModel(build, name, wish, memory, seconds)


def memory_of(settings: Settings) -> Memory:
    """What is remembered of how the chat model of the settings is asked."""
    return Memory(settings.home.expanduser(), settings.chat_url, settings.chat_model, _wish(settings))


def _wish(settings: Settings) -> Wish:
    return Wish(settings.chat_temperature, settings.chat_most_tokens, settings.chat_extras)


def _read(piece: BaseMessage) -> Iterator[str | Usage]:
    """The text of a piece, and its share of the count."""
    if piece.text:
        yield str(piece.text)
    if usage := getattr(piece, "usage_metadata", None):
        yield Usage(tokens_in=usage["input_tokens"], tokens_out=usage["output_tokens"])


def _refusal(error: Exception) -> Refusal:
    """What a provider says by an error of its own client."""
    status = getattr(error, "status_code", None) or getattr(error, "code", None)
    field = getattr(error, "param", None)
    return Refusal(status if isinstance(status, int) else 0, short(str(error)), str(field or ""))
