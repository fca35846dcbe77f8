"""Trains a `QuestionNetwork`: by Adam on the cross entropy, three networks whose logits are averaged."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assistant.understand.network import QuestionNetwork

_NETWORKS = 3
_BATCH, _RATE, _DROPPED, _DECAY = 256, 2e-3, 0.1, 3e-5
_SCALE = 10.0  # brings the differences between vectors near 1

Matrix = NDArray[np.float32]


def trained(
    vectors: Matrix, wanted: Matrix, weights: Matrix, *, units: int, epochs: int, seed: int = 0
) -> QuestionNetwork:
    """A network that gives these vectors, shape (count, dimension), these probabilities, shape (count, kinds).

    `weights`, shape (count,), say how much each counts. The same seed gives the same network.
    """
    mean = vectors.mean(axis=0)
    scaled = (vectors - mean) * np.float32(_SCALE)
    networks = [_network(scaled, wanted, weights, units, epochs, seed + number) for number in range(_NETWORKS)]
    hidden, hidden_bias, output, output_bias = (list(parts) for parts in zip(*networks, strict=True))
    return QuestionNetwork(
        mean=mean,
        hidden=np.concatenate(hidden, axis=1) * np.float32(_SCALE),
        hidden_bias=np.concatenate(hidden_bias),
        output=np.concatenate(output) * np.float32(1 / _NETWORKS),
        output_bias=np.mean(output_bias, axis=0),
    )


def _network(vectors: Matrix, wanted: Matrix, weights: Matrix, units: int, epochs: int, seed: int) -> list[Matrix]:
    random = np.random.default_rng(seed)
    (count, dimension), kinds = vectors.shape, wanted.shape[1]
    hidden = (random.standard_normal((dimension, units)) / np.sqrt(dimension)).astype(np.float32)
    output = (random.standard_normal((units, kinds)) / np.sqrt(units)).astype(np.float32)
    parameters = [hidden, np.zeros(units, np.float32), output, np.zeros(kinds, np.float32)]
    means, squares = ([np.zeros_like(one) for one in parameters] for _ in range(2))
    step = 0
    for epoch in range(epochs):
        rate = _RATE * (1 - epoch / epochs)
        order = random.permutation(count)
        for start in range(0, count, _BATCH):
            batch = order[start : start + _BATCH]
            kept = (random.random((len(batch), units)) > _DROPPED).astype(np.float32) / (1 - _DROPPED)
            active = np.maximum(vectors[batch] @ parameters[0] + parameters[1], 0) * kept
            logits = active @ parameters[2] + parameters[3]
            exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
            error = exponents / exponents.sum(axis=1, keepdims=True) - wanted[batch]
            error *= weights[batch][:, None] / len(batch)
            back = (error @ parameters[2].T) * (active > 0) * kept
            slopes = [
                vectors[batch].T @ back + _DECAY * parameters[0],
                back.sum(axis=0),
                active.T @ error + _DECAY * parameters[2],
                error.sum(axis=0),
            ]
            step += 1
            for at, slope in enumerate(slopes):
                means[at] = 0.9 * means[at] + 0.1 * slope
                squares[at] = 0.999 * squares[at] + 0.001 * slope**2
                change = means[at] / (1 - 0.9**step) / (np.sqrt(squares[at] / (1 - 0.999**step)) + 1e-8)
                parameters[at] -= rate * change
    return parameters
