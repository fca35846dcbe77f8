"""One text read over others by the model's upper layers: a statement over its sources, a question over what may answer.

The lower layers read each text apart. From layer `FIRST` on every token of the one text sees that text and all the
others, which stay as the model reads them, so that they are read once for many. What the tokens come to is judged by a
small network. `entailed.npz` holds what training on statements changed, see `assistant.evaluation.entailment`, and
`answered.npz` what training on questions did, see `assistant.evaluation.answering`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.e5.weights import Floats

ENTAILED = Path(__file__).with_name("entailed.npz")
ANSWERED = Path(__file__).with_name("answered.npz")
FIRST = 4  # the first layer that is changed
HEAD = ("hidden", "hidden_bias", "output", "output_bias")
LONGEST_QUESTION, LONGEST_ANSWERING = 96, 128  # tokens that are read of a question and of what may answer it


@dataclass(frozen=True)
class Judging:
    """What training changed, and the network that judges; `mark` tells one training from another.

    `arrays` holds, by number of the layer, `4.qkv.inputs` and `4.qkv.outputs`, shapes (inputs, rank) and (rank,
    outputs), whose product is added to a matrix by which the one text is read (`qkv`, `ao`, `fi`, `fo`); `4.source.*`
    likewise for the keys and values of the others; `4.attention_bias`, shape (heads,), what is added to the likeness of
    a token of the one and one of the others. The network is `hidden`, shape (2 * hidden size, units), `hidden_bias`,
    `output` and `output_bias`.
    """

    arrays: Mapping[str, Floats]
    mark: str

    def change(self, layer: int, part: str) -> Floats:
        """What is added to a matrix, shape (inputs, outputs)."""
        change: Floats = self.arrays[f"{layer}.{part}.inputs"] @ self.arrays[f"{layer}.{part}.outputs"]
        return change


def mark_of(path: Path) -> str:
    """What tells what ships in a file from what another release shipped there."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def read_judging(path: Path) -> Judging:
    """What ships with the product, in one of the two files."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name].astype(np.float32) for name in file.files}
    return Judging(arrays, mark_of(path))
