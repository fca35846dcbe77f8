"""Trains how the embedded model reads questions: `python -m assistant.evaluation.reading QUESTIONS.jsonl... [--write]`.

The last layers of the model are changed, by narrow matrices, so that a question comes to lie nearer to what the unit
that answers it asks and answers than to all other units, and once more than to those of its market. It learns from the
questions of the library's units, of which the one that is asked, with its translations, is taken away, and from those
of files: a line each with `where` (`document :: heading`) and `text`, or `turns` of which the last is asked. Some are
also heard after a question that has nothing to do with them. A tenth of the files' questions is kept back, by hash, to
be judged by; none of the questions that `assistant.evaluation.calibration` weighs is seen. The vectors of units stay as
they are, so a document that is taken in later is read as well.

It needs the package torch, which the product does not: `make reader` installs it beside. A quarter of an hour. With
`--further` it begins from what ships and sees all but once: for some questions more.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as its documentation does

from assistant.app import App, open_app
from assistant.evaluation.layers import PARTS, FixedLayers, Parameters, Tensor, padded
from assistant.settings import read_settings
from assistant.understand.following import in_conversation
from corpus.release.release import LIBRARY, read_library
from index.e5.trained import FILE, read_trained
from index.e5.weights import Weights, read_weights, weights_file

_LAYERS = 3  # the last ones; more of them, or all the data twice, gained nothing
_RANK = 32
_RATE = 1e-3
_EPOCHS = 3
_STRENGTH = 2.0  # of a change, so that its narrow matrices stay small
_BATCH = 64
_SORTED = 16  # batches of which the questions are sorted by length
_LONGEST = 88  # tokens of a question that is learned from
_SHARPNESS = 20.0  # of a difference in score
_ASKED, _ANSWER = 1.5, 0.75  # the weights of the two in a score, see `index.search`
_TRANSLATION = 0.5  # share of a unit's own question in other languages that is seen: they are alike
_FILES = 2.0  # how much a question of a file counts beside one of a unit
_AFTER_OTHERS = 0.15  # share of the questions that stand alone that are heard after another one
_KEPT_BACK = 10  # of as many questions of files one is judged by


@dataclass(frozen=True)
class Sample:
    """A question: its text, the number of the unit that answers it, the mark of its wording there, its market or 0."""

    text: str
    unit: int
    wording: int
    market: int
    weight: float


@dataclass(frozen=True)
class Units:
    """What the library's units ask and answer: a row a text, and for each the number of its unit.

    `wording` marks texts that say the same in several languages; `inside` tells of each unit, for each market and for
    none (0), whether a question of that market may be answered by it.
    """

    places: dict[str, int]
    asked: Tensor
    asked_of: Tensor
    wording: Tensor
    answers: Tensor
    answers_of: Tensor
    inside: Tensor

    def scores(self, questions: Tensor, wordings: Tensor) -> Tensor:
        """How well each unit answers each question, shape (questions, units); its own wording is not there."""
        near = questions @ self.asked.T
        near = near.masked_fill(self.wording[None] == wordings[:, None], -1.0)
        asked = self._best(near, self.asked_of)
        answer = self._best(questions @ self.answers.T, self.answers_of)
        return _ASKED * torch.where(asked > -1.0, asked, answer) + _ANSWER * answer

    def _best(self, near: Tensor, of: Tensor) -> Tensor:
        none = torch.full((len(near), len(self.places)), -1.0)
        return none.scatter_reduce(1, of[None].expand(len(near), -1), near, "amax")


class Layers(FixedLayers):
    """The model in full precision: its lower layers as they are, and the last ones with what is trained."""

    def __init__(self, weights: Weights, *, further: bool = False) -> None:
        super().__init__(weights)
        self._lower: dict[str, Tensor] = {}
        self.first = weights.layers - _LAYERS
        self.trained: Parameters = {}
        for number in range(self.first, weights.layers):
            for part in PARTS:
                inputs, outputs = self.fixed[number][f"{part}.w"].shape
                narrow = torch.randn(inputs, _RANK) / math.sqrt(inputs)
                self.trained[f"{number}.{part}.inputs"] = narrow.requires_grad_()
                self.trained[f"{number}.{part}.outputs"] = torch.zeros(_RANK, outputs, requires_grad=True)
        if further:
            self._begin_from_shipped()

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """The vectors of questions, shape (len(texts), hidden), of length 1."""
        missing = [text for text in texts if text not in self._lower]
        for start in range(0, len(missing), _BATCH):
            self._keep(missing[start : start + _BATCH])
        states, inside = padded([self._lower[text].float() for text in texts])
        with self._fast():
            for number in range(self.first, self.weights.layers):
                states = self.layer(states, inside, number)
        mean = (states.float() * inside[..., None]).sum(1) / inside.sum(1, keepdim=True)
        return F.normalize(mean, dim=-1)

    def linear(self, source: Tensor, number: int, part: str) -> Tensor:
        """A product of a layer with its bias, changed in those that are trained."""
        product = super().linear(source, number, part)
        if number < self.first:
            return product
        inputs, outputs = (self.trained[f"{number}.{part}.{end}"] for end in ("inputs", "outputs"))
        return product + (source @ inputs * _STRENGTH) @ outputs

    def _begin_from_shipped(self) -> None:
        with torch.no_grad():
            for name, (inputs, outputs) in read_trained().narrow.items():
                self.trained[f"{name}.inputs"].copy_(torch.tensor(inputs / _STRENGTH))
                self.trained[f"{name}.outputs"].copy_(torch.tensor(outputs))

    def _keep(self, texts: Sequence[str]) -> None:
        """Keep what the lower layers make of texts: it never changes."""
        states, inside = self.begun([f"query: {text}" for text in texts], _LONGEST)
        with torch.no_grad(), self._fast():
            for number in range(self.first):
                states = self.layer(states, inside, number)
        for text, state, length in zip(texts, states, inside.sum(1).tolist(), strict=True):
            self._lower[text] = state[:length].half().clone()

    @staticmethod
    def _fast() -> AbstractContextManager[Any]:
        """Half precision, where the processor has it; elsewhere it is slower than full."""
        halves = torch.backends.cpu.get_cpu_capability() != "AVX2"
        fast: AbstractContextManager[Any] = torch.autocast("cpu", dtype=torch.bfloat16, enabled=halves)
        return fast

    def write(self, path: Path) -> None:
        """Keep what was trained as 16-bit floats, in the form that `index.e5.trained` reads."""
        kept: Any = {
            name: (values.detach().numpy() * (_STRENGTH if name.endswith("inputs") else 1)).astype(np.float16)
            for name, values in self.trained.items()
        }
        np.savez_compressed(path, **kept)


def read_units(app: App) -> tuple[Units, list[Sample]]:
    """The units of the shipped library with their vectors, and the questions that they bring."""
    places: dict[str, int] = {}
    asked: list[tuple[str, int, int]] = []
    answers: list[tuple[str, int]] = []
    samples = []
    documents = [(document, unit) for document in read_library(LIBRARY) for unit in document.metadata.units]
    markets = ["", *sorted({code for document, _ in documents for code in document.metadata.markets})]
    inside = torch.zeros(len(documents), len(markets), dtype=torch.bool)
    chance = random.Random(1)  # noqa: S311 - to draw, not to hide
    for number, (document, unit) in enumerate(documents):
        places[f"{document.id} :: {unit.section}"] = number
        about = document.metadata.markets
        for at, code in enumerate(markets):
            inside[number, at] = not code or not about or code in about
        market = markets.index(min(about)) if len(about) == 1 else 0
        answers += [(text, number) for text in unit.answer.values()]
        for at, (language, text) in enumerate([*unit.question.items(), *(("", text) for text in unit.also_asked)]):
            wording = number * 1000 + (0 if language else at)
            asked.append((text, number, wording))
            if language in {"", "en"} or chance.random() < _TRANSLATION:
                samples.append(Sample(text, number, wording, market, 1.0))
    vectors = app.cache.known([*(text for text, *_ in asked), *(text for text, _ in answers)])

    def rows(texts: Sequence[str]) -> Tensor:
        return F.normalize(torch.tensor(np.stack([vectors[text] for text in texts])), dim=-1)

    units = Units(
        places=places,
        asked=rows([text for text, *_ in asked]),
        asked_of=torch.tensor([number for _, number, _ in asked]),
        wording=torch.tensor([wording for *_, wording in asked]),
        answers=rows([text for text, _ in answers]),
        answers_of=torch.tensor([number for _, number in answers]),
        inside=inside,
    )
    return units, samples


def read_files(paths: Sequence[Path], units: Units, of_units: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """The questions of files: those to learn from, and those that are kept back."""
    market = {sample.unit: sample.market for sample in of_units}
    learned: list[Sample] = []
    kept: list[Sample] = []
    for line in (line for path in paths for line in path.read_text("utf-8").splitlines()):
        row = json.loads(line)
        if row["where"] not in units.places:
            continue  # the section has another heading by now
        number = units.places[row["where"]]
        *before, text = row.get("turns") or [row["text"]]
        back = int(hashlib.sha256(text.encode()).hexdigest(), 16) % _KEPT_BACK == 0
        sample = Sample(in_conversation(text, before), number, -1, market.get(number, 0), _FILES)
        (kept if back else learned).append(sample)
    return learned, kept


def after_others(samples: Sequence[Sample]) -> list[Sample]:
    """A share of questions, each once more after one of the others."""
    chance = random.Random(1)  # noqa: S311 - to draw, not to hide
    some = chance.sample(samples, int(len(samples) * _AFTER_OTHERS))
    return [replace(one, text=in_conversation(one.text, [chance.choice(samples).text])) for one in some]


def loss_of(layers: Layers, units: Units, samples: Sequence[Sample]) -> Tensor:
    """How far questions are from their units, seen among all units and among those of their market."""
    scores = units.scores(layers([one.text for one in samples]), torch.tensor([one.wording for one in samples]))
    scores = scores * _SHARPNESS
    right = scores.gather(1, torch.tensor([[one.unit] for one in samples]))[:, 0]
    walled = scores.masked_fill(~_inside(units, samples), torch.finfo(scores.dtype).min)
    each = 0.5 * (scores.logsumexp(1) - right) + walled.logsumexp(1) - right
    weights = torch.tensor([one.weight for one in samples])
    return (each * weights).sum() / weights.sum()


def found_first(layers: Layers, units: Units, samples: Sequence[Sample]) -> float:
    """The share of questions of which the unit comes first among those of their market."""
    first = 0
    for start in range(0, len(samples), _BATCH):
        some = samples[start : start + _BATCH]
        with torch.no_grad():
            scores = units.scores(layers([one.text for one in some]), torch.tensor([one.wording for one in some]))
        best = scores.masked_fill(~_inside(units, some), -9.0).argmax(1)
        first += int((best == torch.tensor([one.unit for one in some])).sum())
    return first / max(len(samples), 1)


def _inside(units: Units, samples: Sequence[Sample]) -> Tensor:
    return units.inside[:, torch.tensor([one.market for one in samples])].T


def _batches(samples: list[Sample], chance: random.Random) -> Iterator[list[Sample]]:
    """All samples once, in batches of questions of like length."""
    chance.shuffle(samples)
    many = _BATCH * _SORTED
    alike = (sorted(samples[at : at + many], key=lambda one: len(one.text)) for at in range(0, len(samples), many))
    batches = [some[at : at + _BATCH] for some in alike for at in range(0, len(some), _BATCH)]
    chance.shuffle(batches)
    yield from batches


def train(layers: Layers, units: Units, samples: list[Sample], epochs: int, rate: float) -> None:
    """Train the layers, the rate falling from `rate` to nearly nothing; says how it goes on."""
    parameters = list(layers.trained.values())
    optimiser = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.01)
    chance = random.Random(1)  # noqa: S311 - to draw, not to hide
    steps = epochs * math.ceil(len(samples) / _BATCH)
    started, told, step = time.monotonic(), 0.0, 0
    for _ in range(epochs):
        for batch in _batches(samples, chance):
            falling = 0.05 + 0.95 * (1 + math.cos(math.pi * step / steps)) / 2
            for group in optimiser.param_groups:
                group["lr"] = rate * falling * min(1.0, (step + 1) / 50)
            loss = loss_of(layers, units, batch)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            told, step = told + float(loss.detach()), step + 1
            if step % 50 == 0:
                print(f"{step} of {steps}: loss {told / 50:.3f}, {time.monotonic() - started:.0f} s", flush=True)
                told = 0.0


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path, nargs="+", help="questions with where they are answered")
    parser.add_argument("--further", action="store_true", help="begin from what ships, and see all but once")
    parser.add_argument("--write", action="store_true", help="keep what was trained in the product")
    options = parser.parse_args()
    torch.manual_seed(1)
    app = open_app(read_settings())
    app.upkeep.build()
    units, of_units = read_units(app)
    of_files, kept = read_files(options.questions, units, of_units)
    layers = Layers(read_weights(weights_file()), further=options.further)
    print(f"{len(of_units)} questions of units and {len(of_files)} of files to learn from, {len(kept)} kept back")
    print(f"first of its market before, of those kept back: {found_first(layers, units, kept):.3f}")
    samples = [*of_units, *of_files, *after_others(of_files)]
    train(layers, units, samples, *((1, _RATE / 2) if options.further else (_EPOCHS, _RATE)))
    print(f"first of its market after: {found_first(layers, units, kept):.3f}")
    if options.write:
        layers.write(FILE)


if __name__ == "__main__":
    main()
