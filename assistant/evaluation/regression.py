"""Weighs what speaks for and against something: a logistic regression whose weights stay small."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_RIDGE = 1.0  # keeps the weights small where examples are few
_ROUNDS = 12

Matrix = NDArray[np.float64]


def ridge(features: Matrix, labels: Matrix, *, balanced: bool = True) -> tuple[Matrix, float]:
    """The weights of a ridge logistic regression, and its bias, by Newton's method.

    `features` has shape (count, width), `labels` (count,) of ones and zeros. Balanced, both kinds count the same; else
    each example does, and the probabilities are those of a set with as many of each.
    """
    design = np.c_[features, np.ones(len(features))]
    even = (labels == 1).sum() / max((labels == 0).sum(), 1)
    balance = np.where(labels == 1, 1.0, even if balanced else 1.0)
    penalty = np.diag([_RIDGE] * features.shape[1] + [1e-6])
    weights = np.zeros(design.shape[1])
    for _ in range(_ROUNDS):
        probability = sigmoid(design @ weights)
        slope = design.T @ (balance * (probability - labels)) + penalty @ weights
        curve = (design * (balance * probability * (1 - probability))[:, None]).T @ design + penalty
        weights -= np.linalg.solve(curve, slope)
    return weights[:-1], float(weights[-1])


def sigmoid(total: Matrix) -> Matrix:
    """The probabilities of sums of weighted features."""
    result: Matrix = 1 / (1 + np.exp(-np.clip(total, -30, 30)))
    return result
