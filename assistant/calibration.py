"""Weighs the signals of sufficiency: `python -m assistant.calibration QUESTIONS.jsonl [--write]`.

Each line of the file has `turns`, `answerable`, `scope` (a list) and `lang`. The weights are those of a logistic
regression that counts the unanswerable questions as heavily as the answerable ones; the threshold is where the given
share of answerable questions would be declined. Both are judged by leaving one scope, and one language, out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.app import open_app
from assistant.evidence import find
from assistant.questions import Question, understand
from assistant.settings import read_settings
from assistant.sufficiency import FOLDER, signals
from corpus.release import LIBRARY, read_library

_RIDGE = 0.5  # keeps the weights small where questions are few
_ROUNDS = 60
_FALSE_DECLINES = 0.06  # of the answerable questions, at the threshold

Matrix = NDArray[np.float64]


def fit(features: Matrix, answerable: Matrix) -> Matrix:
    """The weights of a ridge logistic regression by Newton's method, the bias last."""
    design = np.c_[features, np.ones(len(features))]
    balance = np.where(answerable == 1, 1.0, (answerable == 1).sum() / max((answerable == 0).sum(), 1))
    penalty = np.diag([_RIDGE] * features.shape[1] + [1e-6])
    weights = np.zeros(design.shape[1])
    for _ in range(_ROUNDS):
        likely = 1 / (1 + np.exp(-design @ weights))
        slope = design.T @ (balance * (likely - answerable)) + penalty @ weights
        curve = (design * (balance * likely * (1 - likely))[:, None]).T @ design + penalty
        weights -= np.linalg.solve(curve, slope)
    return weights


def left_out(features: Matrix, answerable: Matrix, groups: Sequence[str]) -> Matrix:
    """The probability of each question by weights that have not seen its group."""
    likely = np.zeros(len(answerable))
    for group in sorted(set(groups)):
        held = np.array([one == group for one in groups])
        weights = fit(features[~held], answerable[~held])
        likely[held] = 1 / (1 + np.exp(-np.c_[features[held], np.ones(held.sum())] @ weights))
    return likely


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--write", action="store_true", help="keep the weights in the product")
    asked = parser.parse_args()
    rows = [json.loads(line) for line in asked.questions.read_text("utf-8").splitlines() if line.strip()]
    app = open_app(read_settings(), print)
    app.make_ready(print)
    today = max(shipped.metadata.published_on for shipped in read_library(LIBRARY))
    found = []
    for row in rows:
        understood = understand(Question(row["turns"][-1], tuple(row["turns"][:-1])), app.vocabulary)
        found.append(signals(understood, find(app.search, understood), today))
    names = list(found[0])
    features = np.array([[signal[name] for name in names] for signal in found])
    answerable = np.array([float(row["answerable"]) for row in rows])
    weights = fit(features, answerable)
    thresholds = []
    for what, groups in (("scope", [row["scope"][0] for row in rows]), ("language", [row["lang"] for row in rows])):
        likely = left_out(features, answerable, groups)
        threshold = float(np.quantile(likely[answerable == 1], _FALSE_DECLINES))
        declined = float((likely[answerable == 0] < threshold).mean())
        thresholds.append(threshold)
        print(
            f"one {what} left out: {declined:.0%} of the unanswerable declined at {_FALSE_DECLINES:.0%} false declines"
        )
    lines = ["# Made by `python -m assistant.calibration`; see there.", f"threshold = {np.mean(thresholds):.3f}"]
    lines += [f"bias = {weights[-1]:.3f}", "", "[weights]"]
    lines += [f"{name} = {weight:.3f}" for name, weight in zip(names, weights, strict=False)]
    print("\n".join(lines))
    if asked.write:
        (FOLDER / "sufficiency.toml").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
