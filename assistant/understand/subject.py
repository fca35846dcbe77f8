"""What is not our subject, seen from the question itself: small networks over the embedded model's vectors.

`python -m assistant.evaluation.subject` trains the one for messages that stand alone, and
`python -m assistant.evaluation.turns` that for those that come after others; both say how well they do on what they
never saw.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from assistant.understand.following import own_text
from assistant.understand.network import QuestionNetwork, read_arrays
from index.embedding import Vectors

WEIGHTS = Path(__file__).with_name("subject.npz")
TURNS = Path(__file__).with_name("turns.npz")
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


def turn_vector(vector: Callable[[str], Vectors], conversation: str) -> Vectors:
    """What the model of turns reads: the vectors of a message alone and in its conversation, shape (2 * dimension,).

    `conversation` is what `following.in_conversation` makes of the message.
    """
    return np.concatenate([vector(own_text(conversation)), vector(conversation)])


@cache
def subject_model() -> SubjectModel:
    """The model for messages that stand alone, as shipped with the product."""
    return _read(WEIGHTS)


@cache
def turn_model() -> SubjectModel:
    """The model for messages that come after others, as shipped; it reads what `turn_vector` makes."""
    return _read(TURNS)


def _read(path: Path) -> SubjectModel:
    arrays = read_arrays(path)
    return SubjectModel(threshold=float(arrays.pop("threshold")), network=QuestionNetwork(**arrays))
