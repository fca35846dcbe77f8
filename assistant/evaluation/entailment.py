"""Trains what judges statements: `python -m assistant.evaluation.entailment SAID.jsonl... [--write]`.

The upper layers of the embedded model are changed, by narrow matrices, so that they read a statement on over the
section that it rests on, and a small network tells from what its tokens come to whether the section says it. It learns
from statements on sections of the library, each beside versions with one error: a line with `where` (`document ::
heading`) and either `true` and `wrong`, a list of pairs of kind and text, or `text` and `supported`. The answers of
units are seen as true of their own section, and as not said by another one of their document.

A tenth of the sections is kept back, by hash, to be judged by, and so are those of statements with `supported` of which
`assistant.evaluation.halves` says that they are judged.

It needs the package torch, which the product does not: `make reader` installs it beside. Half an hour on two quiet
processors; `--keep FILE` goes on from where it was stopped.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as its documentation does

from assistant.evaluation.halves import JUDGED, half
from assistant.evaluation.layers import PARTS, FixedLayers, Tensor, padded
from corpus.documents import Version
from corpus.passages import SUMMARY, split_markdown
from corpus.release.release import LIBRARY, read_library
from corpus.units import WITHIN
from index.e5.entailment import FILE, HEAD
from index.e5.weights import read_weights, weights_file

_FIRST = 4  # layer from which statements are read over their sources
_RANK = 32
_UNITS = 64  # of the network that judges
_RATE = 1e-3
_EPOCHS = 3
_STRENGTH = 2.0  # of a change, so that its narrow matrices stay small
_SECTIONS = 6  # a batch
_SORTED = 8  # batches of which the sections are sorted by length
_GROUPS = (2, 3)  # of a section that one batch sees: with single statements, and without
_OF_ANSWERS = 0.6  # how often an answer is seen with a section
_OWN_ANSWER, _OTHER_ANSWER = 0.7, 0.4  # how much it counts
_LONGEST_STATEMENT, _LONGEST_SOURCE = 96, 300  # tokens
_KEPT_BACK = 10  # of as many sections one is judged by
_SINGLE = -1  # the group of statements that have no versions of their own


@dataclass(frozen=True)
class Stated:
    """A statement on a section, whether the section says it, and the group of versions that it is of."""

    where: str
    text: str
    said: bool
    group: int
    weight: float = 1.0


def read_sections() -> dict[str, str]:
    """The sections of the shipped library, by document and heading, as sources are read."""
    texts: dict[str, list[str]] = defaultdict(list)
    for shipped in read_library(LIBRARY):
        version = Version(shipped.id, 1, shipped.metadata, shipped.body, shipped.digest)
        for passage in split_markdown(version):
            if passage.section != SUMMARY:
                texts[f"{shipped.id} :: {passage.section.partition(WITHIN)[0]}"].append(passage.text)
    return {where: "\n".join([f"{where.partition(' :: ')[2]}. {some[0]}", *some[1:]]) for where, some in texts.items()}


def read_statements(paths: Sequence[Path], sections: dict[str, str]) -> tuple[list[Stated], list[Stated]]:
    """The statements of files on sections that there are: those to learn from, and those that are kept back."""
    learned: list[Stated] = []
    kept: list[Stated] = []
    for group, line in enumerate(line for path in paths for line in path.read_text("utf-8").splitlines()):
        row = json.loads(line)
        where = row["where"]
        if where not in sections:
            continue  # it has another heading by now
        if "supported" in row:
            rows = [Stated(where, row["text"], row["supported"], _SINGLE)]
            back = half(where) == JUDGED or _is_kept_back(where)
        else:
            wrong = [Stated(where, text, False, group) for _, text in row["wrong"]]
            rows, back = [Stated(where, row["true"], True, group), *wrong], _is_kept_back(where)
        (kept if back else learned).extend(rows)
    return learned, kept


def read_answers(sections: dict[str, str]) -> dict[str, list[str]]:
    """The answers of units in all languages, by section."""
    return {
        where: list(unit.answer.values())
        for document in read_library(LIBRARY)
        for unit in document.metadata.units
        if (where := f"{document.id} :: {unit.section}") in sections
    }


def _is_kept_back(where: str) -> bool:
    return int(hashlib.sha256(f"d{where}".encode()).hexdigest(), 16) % _KEPT_BACK == 0


class Judge(FixedLayers):
    """The upper layers with what is trained, and the network behind them."""

    def __init__(self, sections: dict[str, str]) -> None:
        super().__init__(read_weights(weights_file()))
        self._sections = sections
        self._read_sources: dict[str, list[Tensor]] = {}
        self._read_statements: dict[str, Tensor] = {}
        hidden, heads = self.weights.hidden, self.weights.heads
        made: dict[str, Tensor] = {}
        for number in range(_FIRST, self.weights.layers):
            for part in PARTS:
                made |= _narrow(f"{number}.{part}", *self.fixed[number][f"{part}.w"].shape)
            made |= _narrow(f"{number}.source", hidden, 2 * hidden)
            made[f"{number}.attention_bias"] = torch.full((heads,), -0.5)
        made["hidden"] = torch.randn(2 * hidden, _UNITS) / math.sqrt(2 * hidden)
        made["output"] = torch.randn(_UNITS, 1) * 0.05
        made |= {"hidden_bias": torch.zeros(_UNITS), "output_bias": torch.zeros(1)}
        self.trained = {name: values.requires_grad_() for name, values in made.items()}

    def __call__(self, some: Sequence[Stated]) -> Tensor:
        """The log-odds that sections say statements, shape (len(some),)."""
        places = sorted({one.where for one in some})
        of = torch.tensor([places.index(one.where) for one in some])
        own, inside = padded([self._statement(one.text).float() for one in some])
        read = [self._source(where) for where in places]
        levels = [padded([levels[at].float() for levels in read]) for at in range(self.weights.layers - _FIRST)]
        texts, tokens, hidden = own.shape
        at = inside.flatten().nonzero()[:, 0]  # of the tokens: products are made of these alone
        states = own.reshape(-1, hidden)[at]
        for number, (source, there) in enumerate(levels, _FIRST):
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
        """A layer: statements' tokens attend to their statement and to its source, as `index.e5.graph` has it."""
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

    def _source(self, where: str) -> list[Tensor]:
        if where not in self._read_sources:
            text = f"passage: {self._sections[where]}"
            self._read_sources[where] = self._levels(text, _LONGEST_SOURCE, self.weights.layers - 1)
        return self._read_sources[where]

    def _statement(self, text: str) -> Tensor:
        if text not in self._read_statements:
            (self._read_statements[text],) = self._levels(f"query: {text}", _LONGEST_STATEMENT, _FIRST)
        return self._read_statements[text]

    def _levels(self, text: str, longest: int, last: int) -> list[Tensor]:
        """What goes into each layer from the first that is trained up to the last one, shape (tokens, hidden) each."""
        kept = []
        with torch.no_grad():
            states, inside = self.begun([text], longest)
            for number in range(last + 1):
                if number >= _FIRST:
                    kept.append(states[0].half())
                if number < last:
                    states = self.layer(states, inside, number)
        return kept

    def write(self, path: Path) -> None:
        """Keep what was trained as 16-bit floats, in the form that `index.e5.entailment` reads."""
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


def batches(learned: Sequence[Stated], lengths: dict[str, int]) -> list[list[str]]:
    """The sections of all epochs in batches of like length."""
    chance = random.Random(1)  # noqa: S311 - to draw, not to hide
    places = sorted({one.where for one in learned})
    found: list[list[str]] = []
    for _ in range(_EPOCHS):
        chance.shuffle(places)
        many = _SECTIONS * _SORTED
        alike = (sorted(places[at : at + many], key=lengths.__getitem__) for at in range(0, len(places), many))
        epoch = [some[at : at + _SECTIONS] for some in alike for at in range(0, len(some), _SECTIONS)]
        chance.shuffle(epoch)
        found += epoch
    return found


def drawn(
    places: Sequence[str], by_place: dict[str, list[Stated]], answers: dict[str, list[str]], step: int
) -> list[Stated]:
    """What a batch sees of its sections: some of their groups, and now and then an answer of theirs and of others."""
    chance = random.Random(step)  # noqa: S311 - to draw, not to hide
    found: list[Stated] = []
    for where in places:
        groups = sorted({one.group for one in by_place[where]})
        most = _GROUPS[0] if _SINGLE in groups else _GROUPS[1]
        some = set(chance.sample(groups, min(len(groups), most)))
        found += [one for one in by_place[where] if one.group in some]
        if where in answers and chance.random() < _OF_ANSWERS:
            found.append(Stated(where, chance.choice(answers[where]), True, _SINGLE, _OWN_ANSWER))
        document = where.partition(" :: ")[0]
        others = [other for other in answers if other.startswith(f"{document} :: ") and other != where]
        if others and chance.random() < _OF_ANSWERS:
            text = chance.choice(answers[chance.choice(others)])
            found.append(Stated(where, text, False, _SINGLE, _OTHER_ANSWER))
    return found


def loss_of(judge: Judge, some: Sequence[Stated]) -> Tensor:
    """How wrong the judgements are, and how far versions with an error do not lie below their true one."""
    odds = judge(some)
    weights = torch.tensor([one.weight for one in some])
    each = F.binary_cross_entropy_with_logits(odds, torch.tensor([float(one.said) for one in some]), reduction="none")
    pairs = [
        (right, wrong)
        for right, one in enumerate(some)
        for wrong, other in enumerate(some)
        if one.said and not other.said and (one.where, one.group) == (other.where, other.group)
    ]
    rights, wrongs = (list(side) for side in zip(*pairs, strict=True))
    return (each * weights).sum() / weights.sum() + F.softplus(odds[wrongs] - odds[rights]).mean()


def train(
    judge: Judge, learned: Sequence[Stated], answers: dict[str, list[str]], sections: dict[str, str], kept: Path | None
) -> None:
    """Train the judge, the rate falling to nearly nothing; says how it goes on, and keeps it where that is wished."""
    by_place: dict[str, list[Stated]] = defaultdict(list)
    for one in learned:
        by_place[one.where].append(one)
    every = batches(learned, {where: len(text) for where, text in sections.items()})
    parameters = list(judge.trained.values())
    optimiser = torch.optim.AdamW(parameters, lr=_RATE, weight_decay=0.01)
    begun, told, started = 0, 0.0, time.monotonic()
    if kept and kept.exists():
        before = torch.load(kept)
        begun = before["step"]
        optimiser.load_state_dict(before["optimiser"])
        with torch.no_grad():
            for name, values in before["trained"].items():
                judge.trained[name].copy_(values)
    for step, places in list(enumerate(every, 1))[begun:]:
        falling = 0.03 + 0.97 * (1 + math.cos(math.pi * (step - 1) / len(every))) / 2
        for group in optimiser.param_groups:
            group["lr"] = _RATE * falling * min(1.0, step / 60)
        loss = loss_of(judge, drawn(places, by_place, answers, step))
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        told += float(loss.detach())
        if step % 50 == 0:
            print(f"{step} of {len(every)}: loss {told / 50:.3f}, {time.monotonic() - started:.0f} s", flush=True)
            told = 0.0
            if kept:
                torch.save({"step": step, "optimiser": optimiser.state_dict(), "trained": judge.trained}, kept)


def area(judge: Judge, kept: Sequence[Stated]) -> float:
    """How often a statement that is said lies above one that is not, of all pairs of those kept back."""
    some = sorted(kept, key=lambda one: one.where)
    with torch.no_grad():
        odds = torch.cat([judge(some[at : at + 48]) for at in range(0, len(some), 48)]).numpy()
    said = np.array([one.said for one in some])
    return float((odds[said][:, None] > odds[~said][None]).mean())


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("statements", type=Path, nargs="+", help="statements with the sections that they are on")
    parser.add_argument("--keep", type=Path, help="keep the state here, and go on from it")
    parser.add_argument("--write", action="store_true", help="keep what was trained in the product")
    options = parser.parse_args()
    torch.manual_seed(1)
    torch.set_flush_denormal(True)  # else the first steps, where nearly nothing changes, take long
    sections = read_sections()
    learned, kept = read_statements(options.statements, sections)
    judge = Judge(sections)
    print(f"{len(learned)} statements to learn from, {len(kept)} kept back")
    train(judge, learned, read_answers(sections), sections, options.keep)
    print(f"area of those kept back: {area(judge, kept):.3f}")
    if options.write:
        judge.write(FILE)


if __name__ == "__main__":
    main()
