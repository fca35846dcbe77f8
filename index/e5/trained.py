"""What training on questions changed in the last layers of the embedded model: a small file beside this one.

`make reader` trains it. The change of each matrix is the product of two narrow ones, so that the file is small and the
model itself stays the package's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.e5.weights import Floats

FILE = Path(__file__).with_name("asked.npz")


@dataclass(frozen=True)
class Trained:
    """The changes from layer `first` on; `mark` tells one training from another.

    `narrow` holds for each matrix, such as `9.qkv`, the two whose product is its change, shapes (inputs, rank) and
    (rank, outputs).
    """

    first: int
    narrow: Mapping[str, tuple[Floats, Floats]]
    mark: str

    def change(self, layer: int, part: str) -> Floats:
        """What is added to a matrix, shape (inputs, outputs)."""
        inputs, outputs = self.narrow[f"{layer}.{part}"]
        change: Floats = inputs @ outputs
        return change


def read_trained(path: Path = FILE) -> Trained:
    """The changes that ship with the product."""
    with np.load(path, allow_pickle=False) as file:
        names = {name.rpartition(".")[0] for name in file.files}
        narrow = {
            name: (file[f"{name}.inputs"].astype(np.float32), file[f"{name}.outputs"].astype(np.float32))
            for name in sorted(names)
        }
    first = min(int(name.partition(".")[0]) for name in narrow)
    return Trained(first, narrow, hashlib.sha256(path.read_bytes()).hexdigest()[:8])
