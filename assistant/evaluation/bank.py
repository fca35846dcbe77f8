"""The questions that the library's units answer, as labelled examples: what they ask, and where the answer stands."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.evaluation.network import trained
from assistant.understand.aspects import AspectModel
from corpus.release.release import LIBRARY, read_library
from corpus.vocabulary import vocabulary

_UNITS, _EPOCHS = 64, 20
_WEIGHTS = (0.7, 0.2, 0.1)  # of a unit's first, second and third aspect
FOLDS = 2


@dataclass(frozen=True)
class BankQuestion:
    """A question with the unit that answers it, by document and heading; `own` where it is the unit's own question."""

    text: str
    language: str
    document: str
    section: str
    aspects: tuple[str, ...]
    own: bool

    @property
    def fold(self) -> int:
        """Which part of the library its document belongs to, so that one part can be kept from what learns."""
        return zlib.crc32(self.document.encode()) % FOLDS


def bank() -> list[BankQuestion]:
    """All questions of the shipped library's units."""
    found = []
    for shipped in read_library(LIBRARY):
        for unit in shipped.metadata.units:
            texts = [(language, text, True) for language, text in unit.question.items()]
            texts += [("en", text, False) for text in unit.also_asked]
            found += [
                BankQuestion(text, language, shipped.id, unit.section, unit.aspects, own)
                for language, text, own in texts
            ]
    return found


def learn_aspects(questions: Sequence[BankQuestion], vectors: NDArray[np.float32]) -> AspectModel:
    """What questions want to know, learned from these, whose vectors have shape (len(questions), dimension)."""
    codes = tuple(vocabulary().aspects)
    wanted = np.zeros((len(questions), len(codes)), dtype=np.float32)
    for row, question in zip(wanted, questions, strict=True):
        for aspect, weight in zip(question.aspects, _WEIGHTS, strict=False):
            row[codes.index(aspect)] += weight
    wanted /= wanted.sum(axis=1, keepdims=True)
    weights = np.ones(len(questions), dtype=np.float32)
    return AspectModel(trained(vectors, wanted, weights, units=_UNITS, epochs=_EPOCHS), codes)
