"""The embedded model in full precision, by torch, to train on: as it ships, and for its trainers to change.

It needs the package torch, which the product does not: `make reader` installs it beside.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as its documentation does

from index.e5.model import Tokens
from index.e5.weights import Weights

PARTS = ("qkv", "ao", "fi", "fo")  # the matrices of a layer: of attention in and out, of feed-forward in and out

Tensor = Any
Parameters = dict[str, Tensor]


class FixedLayers:
    """The layers of the model, as `index.e5.graph` has them.

    `fixed` holds for each layer its matrices, such as `qkv.w`, shape (inputs, outputs), and their biases, `qkv.b`.
    """

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self.fixed = [self._read(number) for number in range(weights.layers)]
        self._tokens = Tokens(weights)

    def begun(self, texts: Sequence[str], longest: int) -> tuple[Tensor, Tensor]:
        """What goes into the first layer, shape (texts, tokens, hidden), and where it is no padding."""
        embedded = [torch.tensor(self._tokens.embedded(self._tokens.of(text)[:longest])) for text in texts]
        states, inside = padded(embedded)
        return self.norm(states, "emb.ln"), inside

    def layer(self, states: Tensor, inside: Tensor, number: int) -> Tensor:
        """Attention and feed-forward of a layer."""
        texts, tokens, hidden = states.shape
        heads, at = self.weights.heads, f"l{number}"
        parts = self.linear(states, number, "qkv").split(hidden, -1)
        query, key, value = (part.view(texts, tokens, heads, hidden // heads).transpose(1, 2) for part in parts)
        likeness = query @ key.transpose(-1, -2) / math.sqrt(hidden // heads)  # for so few tokens faster than the fused
        mixed = likeness.masked_fill(~inside[:, None, None, :], -math.inf).softmax(-1).to(value.dtype) @ value
        mixed = self.linear(mixed.transpose(1, 2).reshape(texts, tokens, hidden), number, "ao")
        states = self.norm(states + mixed, f"{at}.aln")
        inner = F.gelu(self.linear(states, number, "fi"))
        return self.norm(states + self.linear(inner, number, "fo"), f"{at}.oln")

    def linear(self, source: Tensor, number: int, part: str) -> Tensor:
        """A product of a layer with its bias."""
        fixed = self.fixed[number]
        return F.linear(source, fixed[f"{part}.w"].T, fixed[f"{part}.b"])

    def norm(self, states: Tensor, tensor: str) -> Tensor:
        """The layer normalisation of a tensor of the file."""
        hidden = self.weights.hidden
        scale, shift = (torch.tensor(self.weights.vector(f"{tensor}.{part}", hidden)) for part in "wb")
        return F.layer_norm(states, (hidden,), scale, shift, self.weights.epsilon)

    def _read(self, number: int) -> Parameters:
        read, hidden, wide = self.weights, self.weights.hidden, self.weights.feed_forward
        at = f"l{number}"
        return {
            "qkv.w": torch.tensor(np.concatenate([read.matrix(f"{at}.{part}.w", hidden, hidden) for part in "qkv"]).T),
            "qkv.b": torch.tensor(np.concatenate([read.vector(f"{at}.{part}.b", hidden) for part in "qkv"])),
            "ao.w": torch.tensor(read.matrix(f"{at}.ao.w", hidden, hidden).T),
            "ao.b": torch.tensor(read.vector(f"{at}.ao.b", hidden)),
            "fi.w": torch.tensor(read.matrix(f"{at}.fi.w", wide, hidden).T),
            "fi.b": torch.tensor(read.vector(f"{at}.fi.b", wide)),
            "fo.w": torch.tensor(read.matrix(f"{at}.fo.w", hidden, wide).T),
            "fo.b": torch.tensor(read.vector(f"{at}.fo.b", hidden)),
        }


def padded(states: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """States in one tensor, and where they are no padding, shape (texts, tokens)."""
    lengths = torch.tensor([len(state) for state in states])
    together = torch.nn.utils.rnn.pad_sequence(list(states), batch_first=True)
    return together, torch.arange(together.shape[1])[None] < lengths[:, None]
