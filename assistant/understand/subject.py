"""What is not our subject, seen from the question itself: a small network over the embedded model's vector.

`python -m assistant.evaluation.subject` trains it, and says how well it does on what it never saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from assistant.understand.network import QuestionNetwork, read_arrays
from index.embedding import Vectors

WEIGHTS = Path(__file__).parent / "subject.npz"
# What a message may be, our subject first. The others are reasons to decline it: each has a text of its own.
KINDS = ("inside", "identity", "task", "small_talk", "thanks", "simplify", "treatment", "unlawful", "outside")
IN_CONVERSATION = frozenset({"identity", "task", "small_talk", "thanks", "simplify"})  # said in the middle of one, too
_HARDLY = 0.6  # probability of our subject below which who names a language wishes to be answered in it
_SURE = 0.4  # probability of a kind from which a message is of it although it may lean on earlier ones


@dataclass(frozen=True)
class SubjectModel:
    """The network, and the probability of `inside` below which a message is taken to be none of ours."""

    network: QuestionNetwork
    threshold: float

    def reason(self, question: Vectors) -> str:
        """The reason to decline a message as not ours; empty for ours, and for a vector of another embedding."""
        if not self.network.reads(question):
            return ""
        [inside, *others] = self.network.probabilities(question[None])[0]
        return KINDS[1 + int(np.argmax(others))] if inside < self.threshold else ""

    def hardly_inside(self, message: Vectors) -> bool:
        """Whether a message says hardly anything of our subject; never of a vector of another embedding."""
        return self.network.reads(message) and float(self.network.probabilities(message[None])[0][0]) < _HARDLY

    def aside(self, message: Vectors) -> str:
        """What a message in the middle of a conversation is that asks nothing of the library; empty for others."""
        if not self.network.reads(message):
            return ""
        probabilities = self.network.probabilities(message[None])[0]
        kind = KINDS[int(np.argmax(probabilities))]
        return kind if kind in IN_CONVERSATION and probabilities.max() >= _SURE else ""


@cache
def subject_model() -> SubjectModel:
    """The model shipped with the product."""
    arrays = read_arrays(WEIGHTS)
    return SubjectModel(threshold=float(arrays.pop("threshold")), network=QuestionNetwork(**arrays))
