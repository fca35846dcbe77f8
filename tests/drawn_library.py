"""A library of any size: passages of drawn words, and vectors drawn around those of the shipped one."""

from __future__ import annotations

from datetime import date

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from assistant.app import SHIPPED_VECTORS
from corpus.catalogue.catalogue import Catalogue
from corpus.documents import Metadata, Passage, Stage, Version
from corpus.release.release import LIBRARY, read_library
from index.e5.model import DIMENSION

_OF_A_DOCUMENT = 20  # passages
_WORDS = 90  # of a passage, as in the shipped library
_RARE = 60_000  # made-up words


class Drawn(Embeddings):
    """Questions by the real model; passages drawn around the vectors of the shipped library."""

    def __init__(self, real: Embeddings) -> None:
        self._real = real
        with np.load(SHIPPED_VECTORS) as file:
            self._vectors = file["vectors"].astype(np.float32)
        self._random = np.random.default_rng(0)

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        return self._real.embed_query(text)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector near a shipped one for each text."""
        near = self._vectors[self._random.integers(len(self._vectors), size=len(texts))]
        noise = self._random.normal(scale=0.35 / DIMENSION**0.5, size=near.shape)
        vectors: list[list[float]] = (near + noise).tolist()
        return vectors


def fill(catalogue: Catalogue, size: int, *, first: int = 0) -> None:
    """Publish documents of made-up words, numbered from the first, until there are so many passages."""
    draw = np.random.default_rng(size + first)
    known = np.array(" ".join(shipped.body for shipped in read_library(LIBRARY)).split())
    metadata = Metadata(
        title="Made up",
        kind="guidance-summary",
        language="en",
        publisher="benchmark",
        published_on=date(2026, 11, 22),
        facts_as_of="2026-05",
        review_by=date(2027, 5, 11),
    )
    for number in range(first, first + size // _OF_A_DOCUMENT):
        version = Version(f"d{number}", 1, metadata, "", str(number))
        words = _words(draw, _OF_A_DOCUMENT * _WORDS, known)
        passages = [
            Passage(version.document_id, 1, at, f"Section {at}", " ".join(words[at * _WORDS : (at + 1) * _WORDS]), "en")
            for at in range(_OF_A_DOCUMENT)
        ]
        catalogue.add_version(version, passages, origin="benchmark", stage=Stage.PUBLISHED, who="b", why="")


def _words(draw: np.random.Generator, count: int, known: NDArray[np.str_]) -> list[str]:
    """Four words in five as often as the shipped library has them, the fifth a rare one that no question holds."""
    words = known[draw.integers(len(known), size=count)]
    rare = draw.random(count) < 0.2
    made_up = np.minimum(draw.zipf(1.15, size=count), _RARE)
    return [f"w{number:x}" if odd else str(word) for word, odd, number in zip(words, rare, made_up, strict=True)]
