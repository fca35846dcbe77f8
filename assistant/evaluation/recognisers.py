"""Trains what tells questions apart: `python -m assistant.evaluation.recognisers aspects QUESTIONS.jsonl... [--write]`.

Or `products` or `intents` in place of `aspects`. It learns from one half of the messages of files: a line each with
`question`, or `turns` of which the last is meant, and `aspects` (what is mainly asked first), `products` (none for
other things) or `intents` (likewise); aspects also from the questions of the library's units, which seldom say what
product they are about. It is judged on the other half.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.app import App, open_app
from assistant.evaluation.bank import bank
from assistant.evaluation.halves import JUDGED, half
from assistant.evaluation.intervals import wilson
from assistant.evaluation.network import trained
from assistant.settings import read_settings
from assistant.understand.network import write_arrays
from assistant.understand.recognisers import FOLDER, MEANT, NONE, Recogniser, codes_of, question_vector

_UNITS = {"aspects": 128, "products": 64, "intents": 64}
_EPOCHS = {"aspects": 20, "products": 30, "intents": 20}
_SHARES = (0.7, 0.2, 0.1)  # of what a question asks first, second and third
_WRITTEN = 6.0  # how much a question of a file counts beside one of a unit, of which there are more, and less alike


def vectors_of(app: App, texts: Sequence[str]) -> NDArray[np.float32]:
    """What recognisers read of questions, shape (len(texts), 2 * dimension)."""
    with ThreadPoolExecutor() as pool:
        return np.array(list(pool.map(partial(question_vector, app.search.model), texts)), dtype=np.float32)


def learn(
    what: str, labels: Sequence[Sequence[str]], vectors: NDArray[np.float32], weights: NDArray[np.float32]
) -> Recogniser:
    """A recogniser of aspects, products or intents, from questions with these labels.

    Their vectors have shape (len(labels), 2 * dimension); `weights`, shape (len(labels),), say how much each counts.
    """
    codes = codes_of(what)
    wanted = np.zeros((len(labels), len(codes)), dtype=np.float32)
    for row, of_question in zip(wanted, labels, strict=True):
        for code, share in zip(of_question, _SHARES, strict=False):
            row[codes.index(code)] += share
    wanted /= wanted.sum(axis=1, keepdims=True)
    weights = weights / weights.mean()
    return Recogniser(trained(vectors, wanted, weights, units=_UNITS[what], epochs=_EPOCHS[what]), codes)


def main() -> None:
    """Judge, and with `--write` keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("aspects", "products", "intents"))
    parser.add_argument("questions", type=Path, nargs="+")
    parser.add_argument("--write", action="store_true", help="keep the weights in the product")
    asked = parser.parse_args()
    app = open_app(read_settings())
    lines = (line for path in asked.questions for line in path.read_text("utf-8").splitlines())
    rows = [row for row in map(json.loads, lines) if row.get(asked.what, ()) is not None]  # null where nobody said
    of_units = bank() if asked.what == "aspects" else []
    texts = [*(one.text for one in of_units), *(row.get("question") or row["turns"][-1] for row in rows)]
    labels = [*(one.aspects for one in of_units), *(row.get(asked.what) or [NONE] for row in rows)]
    judged = np.array([False] * len(of_units) + [half(row["id"]) == JUDGED for row in rows])
    vectors = vectors_of(app, texts)
    weights = np.array([1.0] * len(of_units) + [_WRITTEN] * len(rows), dtype=np.float32)[~judged]
    model = learn(
        asked.what, [one for one, held in zip(labels, judged, strict=True) if not held], vectors[~judged], weights
    )
    found = model.network.probabilities(vectors[judged])
    wanted = [one for one, held in zip(labels, judged, strict=True) if held]
    for name, first in (("the likeliest", 1), ("the two likeliest", 2)):
        likeliest = np.argsort(-found)[:, :first]
        right = sum(one[0] in {model.codes[at] for at in row} for row, one in zip(likeliest, wanted, strict=True))
        part, low, high = wilson(right, len(wanted))
        print(f"of {len(wanted)} questions {part:.1%} ({low:.1%}-{high:.1%}) mainly ask for what is {name}")
    for at, code in enumerate(model.codes):
        seen, meant = found[:, at] >= MEANT, np.array([one[0] == code for one in wanted])
        if meant.any() and (~meant).any():
            print(
                f"{code}: seen in {seen[meant].mean():.1%} of {meant.sum()}, and in {seen[~meant].mean():.1%} of others"
            )
    if asked.write:
        path = FOLDER / f"{asked.what}.npz"
        write_arrays(path, model.network)
        print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
