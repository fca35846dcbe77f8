"""What a question wants to know, seen from its vector: a small network trained on the questions of the library's units.

`python -m assistant.evaluation.aspects` trains it, and says how well it does on documents that it never saw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.understand.network import QuestionNetwork, read_arrays
from corpus.vocabulary import vocabulary
from index.embedding import Vectors

WEIGHTS = Path(__file__).parent / "aspects.npz"


@dataclass(frozen=True)
class AspectModel:
    """The network, and the codes of the aspects that it tells apart, in its order."""

    network: QuestionNetwork
    codes: tuple[str, ...]

    def of(self, question: Vectors) -> Mapping[str, float]:
        """How likely each aspect is what a question wants to know; none for a vector of another embedding."""
        if not self.network.reads(question):
            return {}
        return dict(zip(self.codes, map(float, self.network.probabilities(question[None])[0]), strict=True))


@cache
def aspect_model() -> AspectModel:
    """The model shipped with the product; its aspects are those of the vocabulary, in that order."""
    return AspectModel(QuestionNetwork(**read_arrays(WEIGHTS)), tuple(vocabulary().aspects))
