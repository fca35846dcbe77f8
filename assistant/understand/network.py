"""A small network over a question's vector that says how likely each of some kinds is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.embedding import Vectors


@dataclass(frozen=True)
class QuestionNetwork:
    """One hidden layer of rectified units over a question's vector, shape (dimension,), and probabilities of kinds."""

    mean: Vectors
    hidden: NDArray[np.float32]  # (dimension, units)
    hidden_bias: Vectors
    output: NDArray[np.float32]  # (units, kinds)
    output_bias: Vectors

    def probabilities(self, questions: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of questions by their vectors, shape (count, dimension): shape (count, kinds)."""
        units = np.maximum((questions - self.mean) @ self.hidden + self.hidden_bias, 0)
        logits = units @ self.output + self.output_bias
        exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: NDArray[np.float32] = exponents / exponents.sum(axis=1, keepdims=True)
        return probabilities

    def reads(self, question: Vectors) -> bool:
        """Whether it was trained on the embedding that this vector is of."""
        return question.shape == self.mean.shape


def read_arrays(path: Path) -> dict[str, NDArray[np.float32]]:
    """The arrays of a file of weights, by name."""
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files if stored[name].dtype.kind == "f"}


def write_arrays(path: Path, network: QuestionNetwork, **others: float) -> None:
    """Keep a network, and numbers that go with it, as 16-bit floats."""
    kept: Any = {name: np.asarray(value, np.float16) for name, value in {**vars(network), **others}.items()}
    np.savez_compressed(path, **kept)
