"""Whether sources say what a statement says, read by the model's upper layers, which were trained for that.

The lower layers read the statement and each source apart. From layer `first` on every token of the statement sees the
statement and all sources; sources stay as the model reads them, so that they are read once for many statements. What
the tokens of the statement come to is judged by a small network. `entailed.npz` holds what training changed, see
`assistant.evaluation.entailment`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.e5.weights import Floats

FILE = Path(__file__).with_name("entailed.npz")
HEAD = ("hidden", "hidden_bias", "output", "output_bias")


@dataclass(frozen=True)
class Entailment:
    """What training changed, and the network that judges; `mark` tells one training from another.

    `arrays` holds, by number of the layer, `4.qkv.inputs` and `4.qkv.outputs`, shapes (inputs, rank) and (rank,
    outputs), whose product is added to a matrix by which statements are read (`qkv`, `ao`, `fi`, `fo`); `4.source.*`
    likewise for the keys and values of sources; `4.attention_bias`, shape (heads,), what is added to the likeness of a
    token of the statement and one of a source. The network is `hidden`, shape (2 * hidden size, units), `hidden_bias`,
    `output` and `output_bias`.
    """

    arrays: Mapping[str, Floats]
    mark: str

    @property
    def first(self) -> int:
        """The first layer that is changed."""
        return min(int(name.partition(".")[0]) for name in self.arrays if name[0].isdigit())

    def change(self, layer: int, part: str) -> Floats:
        """What is added to a matrix, shape (inputs, outputs)."""
        change: Floats = self.arrays[f"{layer}.{part}.inputs"] @ self.arrays[f"{layer}.{part}.outputs"]
        return change


def read_entailment(path: Path = FILE) -> Entailment:
    """What ships with the product."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name].astype(np.float32) for name in file.files}
    return Entailment(arrays, hashlib.sha256(path.read_bytes()).hexdigest()[:8])
