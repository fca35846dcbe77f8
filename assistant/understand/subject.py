"""What is not our subject, seen from the question itself: a small network over the embedded model's vector.

`python -m assistant.evaluation.subject` trains it, and says how well it does on what it never saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embedding import Vectors

WEIGHTS = Path(__file__).parent / "subject.npz"
# What a message may be, our subject first. The others are reasons to decline it: each has a text of its own.
KINDS = ("inside", "identity", "task", "small_talk", "treatment", "unlawful", "outside")


@dataclass(frozen=True)
class SubjectModel:
    """One hidden layer of rectified units over a question's vector, shape (dimension,), and the kinds' probabilities.

    A message is taken to be none of ours where the probability of `inside` is below `threshold`.
    """

    mean: Vectors
    hidden: NDArray[np.float32]  # (dimension, units)
    hidden_bias: Vectors
    output: NDArray[np.float32]  # (units, kinds)
    output_bias: Vectors
    threshold: float

    def probabilities(self, questions: NDArray[np.float32]) -> NDArray[np.float32]:
        """Of questions by their vectors, shape (count, dimension): shape (count, kinds)."""
        units = np.maximum((questions - self.mean) @ self.hidden + self.hidden_bias, 0)
        logits = units @ self.output + self.output_bias
        exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: NDArray[np.float32] = exponents / exponents.sum(axis=1, keepdims=True)
        return probabilities

    def reason(self, question: Vectors) -> str:
        """The reason to decline a message as not ours; empty for ours, and for a vector of another embedding."""
        if question.shape != self.mean.shape:
            return ""
        [inside, *others] = self.probabilities(question[None])[0]
        return KINDS[1 + int(np.argmax(others))] if inside < self.threshold else ""


@cache
def subject_model() -> SubjectModel:
    """The model shipped with the product."""
    with np.load(WEIGHTS, allow_pickle=False) as stored:
        arrays = {name: stored[name].astype(np.float32) for name in stored.files}
    threshold = float(arrays.pop("threshold"))
    return SubjectModel(**arrays, threshold=threshold)
