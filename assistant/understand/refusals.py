"""Requests that no library answers: they are declined whatever it holds, with the reason."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from assistant.language.quantities import fold
from corpus.patterns import Words, read_words
from index.embedding import Vectors

FOLDER = Path(__file__).parent

_ANYWHERE = 10_000  # words: more than a question may have


@dataclass(frozen=True)
class Form:
    """A way to put such a request: it has a word of each list, in a row of `within` words, and none of `unless`."""

    reason: str
    each: tuple[Words, ...]
    unless: Words
    within: int

    def fits(self, question: str) -> bool:
        """Whether a folded question is put so."""
        if not all(words.search(question) for words in self.each) or self.unless.search(question):
            return False
        said = question.split()
        near = (" ".join(said[at : at + self.within]) for at in range(max(1, len(said) - self.within + 1)))
        return any(all(words.search(text) for words in self.each) for text in near)


@dataclass(frozen=True)
class LearnedRefusals:
    """What the vectors of such requests have in common, by reason, and the probability from which one is refused."""

    questions: Mapping[str, Vectors]
    biases: Mapping[str, float]
    threshold: float

    def reason(self, question: Vectors) -> str:
        """The reason to decline a question with this vector, or nothing; the vector of another embedding tells none."""
        probabilities = {
            reason: 1 / (1 + math.exp(-float(direction @ question) - self.biases[reason]))
            for reason, direction in self.questions.items()
            if direction.shape == question.shape
        }
        best = max(probabilities, key=lambda reason: probabilities[reason], default="")
        return best if probabilities.get(best, 0.0) >= self.threshold else ""


@cache
def forms() -> tuple[Form, ...]:
    """The forms shipped with the product."""
    tables = tomllib.loads((FOLDER / "refusals.toml").read_text("utf-8"))["refused"]
    return tuple(
        Form(
            table["reason"],
            tuple(map(read_words, table["each"])),
            read_words(table.get("unless", ())),
            table.get("within", _ANYWHERE),
        )
        for table in tables
    )


@cache
def learned() -> LearnedRefusals:
    """What was learned from examples; `python -m assistant.evaluation.requests` makes it."""
    tables = tomllib.loads((FOLDER / "refusals_learned.toml").read_text("utf-8"))
    return LearnedRefusals(
        {reason: np.array(table["question"], dtype=np.float32) for reason, table in tables["reasons"].items()},
        {reason: float(table["bias"]) for reason, table in tables["reasons"].items()},
        tables["threshold"],
    )


def refused(question: str, vector: Vectors | None = None) -> str:
    """The reason why a question is declined whatever the library holds; an empty text for all others.

    Without its vector only the forms decide; with it also what was learned of such requests.
    """
    form = _form_of(fold(question))
    if form:
        return form.reason
    return "" if vector is None else learned().reason(vector)


def refusing_words(question: str) -> tuple[str, ...]:
    """The words by which a question is declined; none where it is not, or only because of its likeness to others."""
    folded = fold(question)
    form = _form_of(folded)
    return tuple(word for words in form.each for word in words.fired(folded)) if form else ()


def _form_of(folded: str) -> Form | None:
    return next((form for form in forms() if form.fits(folded)), None)
