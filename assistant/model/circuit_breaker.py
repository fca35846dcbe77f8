"""A chat model that is left alone for a while when it fails again and again, so that nobody waits for it in vain."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.model.chat_model import ChatModel, ModelUnavailable, Usage
from index.circuit_breaker import CircuitBreaker


class GuardedModel:
    """Another chat model, behind a circuit.

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
