"""The upper layers of the embedded model as they are trained to read one text over others, see `index.e5.judging`.

It needs the package torch, which the product does not: `make reader` installs it beside.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as its documentation does

from assistant.evaluation.layers import PARTS, FixedLayers, Tensor, padded
from index.e5.judging import FIRST, HEAD, read_judging
from index.e5.weights import read_weights, weights_file

_RANK = 32
_UNITS = 64  # of the network that judges
_STRENGTH = 2.0  # of a change, so that its narrow matrices stay small
_WARM = 60  # steps in which the rate rises
_TOLD = 50  # steps after which is said how it goes on

Batch = TypeVar("Batch")


class Judge(FixedLayers):
    """The upper layers with what is trained, and the network behind them.

    `others` are what texts are read over, by name; of a text and of each of them so many tokens are read.
    """

    def __init__(self, others: Mapping[str, str], *, longest: tuple[int, int]) -> None:
        super().__init__(read_weights(weights_file()))
        self._others = others
        self._longest_text, self._longest_other = longest
        self._read_others: dict[str, list[Tensor]] = {}
        self._read_texts: dict[str, Tensor] = {}
        hidden, heads = self.weights.hidden, self.weights.heads
        made: dict[str, Tensor] = {}
        for number in range(FIRST, self.weights.layers):
            for part in PARTS:
                made |= _narrow(f"{number}.{part}", *self.fixed[number][f"{part}.w"].shape)
            made |= _narrow(f"{number}.source", hidden, 2 * hidden)
            made[f"{number}.attention_bias"] = torch.full((heads,), -0.5)
        made["hidden"] = torch.randn(2 * hidden, _UNITS) / math.sqrt(2 * hidden)
        made["output"] = torch.randn(_UNITS, 1) * 0.05
        made |= {"hidden_bias": torch.zeros(_UNITS), "output_bias": torch.zeros(1)}
        self.trained = {name: values.requires_grad_() for name, values in made.items()}

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> Tensor:
        """The log-odds of what it is trained to see, of texts and names of what each is read over."""
        names = sorted({name for _, name in pairs})
        of = torch.tensor([names.index(name) for _, name in pairs])
        own, inside = padded([self._text(text).float() for text, _ in pairs])
        read = [self._other(name) for name in names]
        levels = [padded([levels[at].float() for levels in read]) for at in range(self.weights.layers - FIRST)]
        texts, tokens, hidden = own.shape
        at = inside.flatten().nonzero()[:, 0]  # of the tokens: products are made of these alone
        states = own.reshape(-1, hidden)[at]
        for number, (source, there) in enumerate(levels, FIRST):
            states = self._read_on(states, at, inside, source, there, of, number)
        whole = torch.zeros(texts * tokens, hidden).index_copy(0, at, states).view(texts, tokens, hidden)
        mean = whole.sum(1) / inside.sum(1, keepdim=True)
        most = whole.masked_fill(~inside[..., None], -math.inf).max(1).values
        hidden_weight, hidden_bias, output, output_bias = (self.trained[name] for name in HEAD)
        odds = F.gelu(torch.cat([mean, most], 1) @ hidden_weight + hidden_bias) @ output + output_bias
        return odds[:, 0]

    def _read_on(
        self, states: Tensor, at: Tensor, inside: Tensor, source: Tensor, there: Tensor, of: Tensor, number: int
    ) -> Tensor:
        """A layer: a text's tokens attend to it and to what it is read over, as `index.e5.graph` has it."""
        (texts, tokens), hidden, heads = inside.shape, self.weights.hidden, self.weights.heads
        name, size = f"l{number}", hidden // heads

        def parted(values: Tensor) -> list[Tensor]:
            parts = values.split(hidden, -1)
            return [part.view(len(values), -1, heads, size).transpose(1, 2) for part in parts]

        product = self._changed(states, number, "qkv")
        query, key, value = parted(
            torch.zeros(texts * tokens, 3 * hidden).index_copy(0, at, product).view(texts, tokens, -1)
        )
        fixed = self.fixed[number]
        known = F.linear(source, fixed["qkv.w"].T[hidden:], fixed["qkv.b"][hidden:]) + self._change(
            source, number, "source"
        )
        key, value = (torch.cat([own, seen[of]], 2) for own, seen in zip((key, value), parted(known), strict=True))
        of_source = self.trained[f"{number}.attention_bias"][None, :, None, None].expand(1, heads, 1, source.shape[1])
        bias = torch.cat([torch.zeros(1, heads, 1, tokens), of_source], 3)
        seen = torch.cat([inside, there[of]], 1)[:, None, None, :]
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=bias.masked_fill(~seen, -1e9))
        mixed = mixed.transpose(1, 2).reshape(-1, hidden)[at]
        states = self.norm(states + self._changed(mixed, number, "ao"), f"{name}.aln")
        inner = F.gelu(self._changed(states, number, "fi"))
        return self.norm(states + self._changed(inner, number, "fo"), f"{name}.oln")

    def _changed(self, source: Tensor, number: int, part: str) -> Tensor:
        return self.linear(source, number, part) + self._change(source, number, part)

    def _change(self, source: Tensor, number: int, part: str) -> Tensor:
        inputs, outputs = (self.trained[f"{number}.{part}.{end}"] for end in ("inputs", "outputs"))
        return (source @ inputs * _STRENGTH) @ outputs

    def _other(self, name: str) -> list[Tensor]:
        if name not in self._read_others:
            text = f"passage: {self._others[name]}"
            self._read_others[name] = self._levels(text, self._longest_other, self.weights.layers - 1)
        return self._read_others[name]

    def _text(self, text: str) -> Tensor:
        if text not in self._read_texts:
            (self._read_texts[text],) = self._levels(f"query: {text}", self._longest_text, FIRST)
        return self._read_texts[text]

    def _levels(self, text: str, longest: int, last: int) -> list[Tensor]:
        """What goes into each layer from the first that is trained up to the last one, shape (tokens, hidden) each."""
        kept = []
        with torch.no_grad():
            states, inside = self.begun([text], longest)
            for number in range(last + 1):
                if number >= FIRST:
                    kept.append(states[0].half())
                if number < last:
                    states = self.layer(states, inside, number)
        return kept

    def begin_from(self, path: Path) -> None:
        """Begin from layers that ship with the product; the network behind them begins anew."""
        shipped = read_judging(path).arrays
        with torch.no_grad():
            for name, values in self.trained.items():
                if name not in HEAD:
                    strength = _STRENGTH if name.endswith(".inputs") else 1
                    values.copy_(torch.tensor(shipped[name] / strength))

    def write(self, path: Path) -> None:
        """Keep what was trained as 16-bit floats, in the form that `index.e5.judging` reads."""
        kept = {
            name: (values.detach().numpy() * (_STRENGTH if name.endswith(".inputs") else 1)).astype(np.float16)
            for name, values in self.trained.items()
        }
        np.savez_compressed(path, allow_pickle=False, **kept)


def _narrow(name: str, inputs: int, outputs: int) -> dict[str, Tensor]:
    return {
        f"{name}.inputs": torch.randn(inputs, _RANK) / math.sqrt(inputs),
        f"{name}.outputs": torch.zeros(_RANK, outputs),
    }


def train(
    judge: Judge,
    every: Sequence[Batch],
    loss_of: Callable[[int, Batch], Tensor],
    *,
    rate: float,
    kept: Path | None,
) -> None:
    """Train a judge on batches, numbered from 1, the rate falling from `rate` to nearly nothing.

    Says how it goes on, keeps its state in a file where that is wished, and goes on from there.
    """
    torch.set_flush_denormal(True)  # else the first steps, where nearly nothing changes, take long
    parameters = list(judge.trained.values())
    optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.01)
    begun, told, started = 0, 0.0, time.monotonic()
    if kept and kept.exists():
        before = torch.load(kept)
        begun = before["step"]
        optimiser.load_state_dict(before["optimiser"])
        with torch.no_grad():
            for name, values in before["trained"].items():
                judge.trained[name].copy_(values)
    for step, batch in list(enumerate(every, 1))[begun:]:
        falling = 0.03 + 0.97 * (1 + math.cos(math.pi * (step - 1) / len(every))) / 2
        for group in optimiser.param_groups:
            group["lr"] = rate * falling * min(1.0, step / _WARM)
        loss = loss_of(step, batch)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        told += float(loss.detach())
        if step % _TOLD == 0:
            print(f"{step} of {len(every)}: loss {told / _TOLD:.3f}, {time.monotonic() - started:.0f} s", flush=True)
            told = 0.0
            if kept:
                torch.save({"step": step, "optimiser": optimiser.state_dict(), "trained": judge.trained}, kept)
