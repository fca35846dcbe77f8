"""Trains what tells the aspects of questions apart: `python -m assistant.evaluation.aspects [--write]`.

It learns from the questions of the library's units. First each half of the documents is left out, and the questions
of that half are told apart by what the other half taught.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from assistant.app import App, open_app
from assistant.evaluation.bank import FOLDS, BankQuestion, bank, learn_aspects
from assistant.evaluation.intervals import wilson
from assistant.settings import read_settings
from assistant.understand.aspects import WEIGHTS, AspectModel
from assistant.understand.network import write_arrays


def vectors_of(app: App, questions: list[BankQuestion]) -> NDArray[np.float32]:
    """The vectors of questions, shape (len(questions), dimension)."""
    with ThreadPoolExecutor() as pool:
        vectors = pool.map(app.search.vector, [question.text for question in questions])
        return np.array(list(vectors), dtype=np.float32)


def half_left_out(
    questions: list[BankQuestion], vectors: NDArray[np.float32], fold: int
) -> tuple[AspectModel, NDArray[np.bool_]]:
    """A model that never saw the documents of a fold, and which questions are of these."""
    held = np.array([question.fold == fold for question in questions])
    seen = [question for question in questions if question.fold != fold]
    return learn_aspects(seen, vectors[~held]), held


def main() -> None:
    """Judge, and with `--write` keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="keep the weights in the product")
    asked = parser.parse_args()
    app = open_app(read_settings())
    questions = bank()
    vectors = vectors_of(app, questions)
    for fold in range(FOLDS):
        model, held = half_left_out(questions, vectors, fold)
        first = model.network.probabilities(vectors[held]).argmax(axis=1)
        of_fold = [question for question in questions if question.fold == fold]
        right = sum(model.codes[at] in question.aspects for at, question in zip(first, of_fold, strict=True))
        part, low, high = wilson(right, len(of_fold))
        print(f"half {fold}: {part:.1%} ({low:.1%}-{high:.1%}) of {len(of_fold)} are given an aspect of their unit")
    if asked.write:
        write_arrays(WEIGHTS, learn_aspects(questions, vectors).network)
        print(f"{WEIGHTS}: {WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
