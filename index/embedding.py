"""The embedding port: a LangChain `Embeddings` together with what an index must know about it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


@runtime_checkable
class AskedEmbeddings(Protocol):
    """Embeddings that were trained to find what answers a question."""

    def embed_asked(self, text: str) -> list[float]:
        """The vector of a question as it is held against what is asked and answered."""
        ...


@dataclass(frozen=True)
class Reading:
    """A text as a model read it: as it is to the model, and of each token where it stands there and its state.

    `spans` are the characters of tokens, from and up to; `states` has shape (tokens, dimension).
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    states: Vectors

    def mean(self, places: Sequence[tuple[int, int]]) -> Vectors | None:
        """The mean state of the tokens that stand in places of the text; None where the text was cut before them."""
        inside = [
            at
            for at, (start, end) in enumerate(self.spans)
            if any(start < until and end > since for since, until in places)
        ]
        mean: Vectors | None = self.states[inside].mean(axis=0) if inside else None
        return mean


@runtime_checkable
class ReadingEmbeddings(Protocol):
    """Embeddings that give the state of each token."""

    def read(self, text: str) -> Reading:
        """A question token by token."""
        ...


@runtime_checkable
class EntailingEmbeddings(Protocol):
    """Embeddings that were trained to see whether sources say what a statement says."""

    def entailed(self, statement: str, sources: Sequence[str]) -> float:
        """How likely sources together say what a statement says."""
        ...


@runtime_checkable
class AnsweringEmbeddings(Protocol):
    """Embeddings that were trained to see whether a text answers a question."""

    def answered(self, question: str, texts: Sequence[str]) -> list[float]:
        """The log-odds that each text answers the question."""
        ...


@dataclass(frozen=True)
class EmbeddingModel:
    """An embedding with its identity. Vectors of two models, or of two engines of one model, do not mix."""

    name: str
    engine: str
    dimension: int
    embeddings: Embeddings

    def query(self, text: str) -> Vectors:
        """The vector of a question, shape (dimension,), of length 1."""
        vector: Vectors = self._unit_length([self.embeddings.embed_query(clean(text))])[0]
        return vector

    def asked(self, text: str) -> Vectors | None:
        """The vector of a question as it is held against what is asked and answered, shape (dimension,), of length 1.

        None from a model that was not trained for that.
        """
        if not isinstance(self.embeddings, AskedEmbeddings):
            return None
        vector: Vectors = self._unit_length([self.embeddings.embed_asked(clean(text))])[0]
        return vector

    def read(self, text: str) -> Reading | None:
        """A question token by token; None from a model that gives no more than a vector."""
        return self.embeddings.read(clean(text)) if isinstance(self.embeddings, ReadingEmbeddings) else None

    def entailed(self, statement: str, sources: Sequence[str]) -> float | None:
        """How likely sources together say what a statement says; None from a model that was not trained for that."""
        if not isinstance(self.embeddings, EntailingEmbeddings):
            return None
        return self.embeddings.entailed(clean(statement), [clean(source) for source in sources])

    def answered(self, question: str, texts: Sequence[str]) -> list[float] | None:
        """The log-odds that each text answers the question; None from a model that was not trained for that."""
        if not isinstance(self.embeddings, AnsweringEmbeddings):
            return None
        return self.embeddings.answered(clean(question), [clean(text) for text in texts])

    def passages(self, texts: Sequence[str]) -> Vectors:
        """The vectors of texts, shape (len(texts), dimension), each of length 1."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return self._unit_length(self.embeddings.embed_documents([clean(text) for text in texts]))

    def _unit_length(self, made: list[list[float]]) -> Vectors:
        vectors = np.asarray(made, dtype=np.float32)
        lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12))
        unit: Vectors = np.divide(vectors, lengths, dtype=np.float32)
        return unit


def clean(text: str) -> str:
    """A text that is safe for any tokeniser: compatibility forms folded, no NUL, no lone surrogates."""
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFKC", text).replace("\0", " ")
