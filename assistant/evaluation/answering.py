"""Trains what reads questions over units: `python -m assistant.evaluation.answering QUESTIONS.jsonl... [--write]`.

The upper layers of the embedded model are changed, by narrow matrices, so that they read a question on over what a unit
says, and a small network tells from what its tokens come to whether the unit answers it. It begins from the layers that
judge statements, and learns from the questions that `assistant.evaluation.reading` learns from: each beside the unit
that answers it, two of the five that search finds nearest otherwise, and one of the seven after those. None of the
questions that `assistant.evaluation.calibration` weighs is seen. A twenty-fifth is kept back, by hash, to be judged by.

It needs the package torch, which the product does not: `make reader` installs it beside. An hour on two quiet
processors; `--keep FILE` goes on from where it was stopped.
"""

from __future__ import annotations

import argparse
import hashlib
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as its documentation does

from assistant.app import App, open_app
from assistant.evaluation.judge import Judge, train
from assistant.evaluation.layers import Tensor
from assistant.evaluation.reading import Sample, Units, read_files, read_units
from assistant.find.sections import as_answering
from assistant.settings import read_settings
from corpus.documents import Version
from corpus.passages import SUMMARY, split_markdown
from corpus.release.release import LIBRARY, read_library
from corpus.units import WITHIN
from index.e5.judging import ANSWERED, ENTAILED, LONGEST_ANSWERING, LONGEST_QUESTION
from index.search import ASKED, READ_ASKED

_RATE = 6e-4
_BATCH = 16
_QUESTIONS = 12_000  # that are learned from
_NEAREST = (5, 12)  # units found instead, of the first of which two are seen and of the others one
_BESIDE = 3
_KEPT_BACK = 25  # of as many questions one is judged by
_ALIKE = 40  # characters by which questions of a batch are of like length


@dataclass(frozen=True)
class Case:
    """A question with the place of the unit that answers it, and of those that search finds instead, nearest first."""

    text: str
    where: str
    instead: tuple[str, ...]


def read_cards() -> dict[str, str]:
    """What a question is read over, by the place of each unit of the shipped library."""
    cards = {}
    for shipped in read_library(LIBRARY):
        version = Version(shipped.id, 1, shipped.metadata, shipped.body, shipped.digest)
        begins: dict[str, str] = {}
        for passage in split_markdown(version):
            if passage.section != SUMMARY and passage.language == shipped.metadata.language:
                begins.setdefault(passage.section.partition(WITHIN)[0], passage.text)
        for unit in shipped.metadata.units:
            cards[f"{shipped.id} :: {unit.section}"] = as_answering(unit.section, unit, begins.get(unit.section, ""))
    return cards


def mined(app: App, units: Units, samples: Sequence[Sample]) -> list[Case]:
    """The questions with what search finds instead of their units, mostly inside the walls of their market."""
    places = list(units.places)
    model = app.search.model
    chance = random.Random(1)  # noqa: S311 - to draw, not to hide
    cases = []
    for sample in samples:
        wording = torch.tensor([sample.wording])
        scores = units.scores(torch.tensor(model.query(sample.text))[None], wording)[0]
        asked = model.asked(sample.text)
        if asked is not None:
            scores = scores + READ_ASKED / ASKED * units.scores(torch.tensor(asked)[None], wording)[0]
        if sample.market and chance.random() < 0.8:
            scores = scores.masked_fill(~units.inside[:, sample.market], -9.0)
        scores[sample.unit] = -9.0
        nearest = scores.topk(_NEAREST[1]).indices.tolist()
        cases.append(Case(sample.text, places[sample.unit], tuple(places[at] for at in nearest)))
    return cases


def batches(cases: Sequence[Case]) -> list[list[Case]]:
    """The questions in batches of one scope and like length, so that they are read over few units."""
    scopes: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        scopes[case.where.partition("/")[0]].append(case)
    found = []
    for some in scopes.values():
        some.sort(key=lambda case: (len(case.text) // _ALIKE, case.where))
        found += [some[at : at + _BATCH] for at in range(0, len(some), _BATCH)]
    random.Random(2).shuffle(found)  # noqa: S311 - to draw, not to hide
    return found


def loss_of(judge: Judge, batch: Sequence[Case], step: int) -> Tensor:
    """How far units that answer do not lie above others, and half of how wrong the judgements are by themselves."""
    chance = random.Random(step)  # noqa: S311 - to draw, not to hide
    pairs = []
    for case in batch:
        nearest, further = case.instead[: _NEAREST[0]], case.instead[_NEAREST[0] :]
        others = [*chance.sample(nearest, _BESIDE - 1), *chance.sample(further, 1)]
        pairs += [(case.text, where) for where in (case.where, *others)]
    odds = judge(pairs).view(len(batch), 1 + _BESIDE)
    right, wrong = F.softplus(-odds[:, 0]), F.softplus(odds[:, 1:]).mean(1)
    return (odds.logsumexp(1) - odds[:, 0]).mean() + 0.5 * ((right + wrong) / 2).mean()


def first(judge: Judge, kept: Sequence[Case]) -> float:
    """How often the unit that answers lies above the five that search finds instead."""
    with torch.no_grad():
        best = [
            int(judge([(case.text, where) for where in (case.where, *case.instead[: _NEAREST[0]])]).argmax())
            for case in kept
        ]
    return float(np.mean([at == 0 for at in best]))


def _is_kept_back(case: Case) -> bool:
    return int(hashlib.sha256(case.text.encode()).hexdigest(), 16) % _KEPT_BACK == 0


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path, nargs="+", help="questions with where they are answered")
    parser.add_argument("--keep", type=Path, help="keep the state here, and go on from it")
    parser.add_argument("--write", action="store_true", help="keep what was trained in the product")
    options = parser.parse_args()
    torch.manual_seed(1)
    app = open_app(read_settings())
    app.upkeep.build()
    units, of_units = read_units(app)
    of_files, others = read_files(options.questions, units, of_units)
    samples = [*of_units, *of_files, *others]
    random.Random(1).shuffle(samples)  # noqa: S311 - to draw, not to hide
    cases = mined(app, units, samples[: _QUESTIONS + _QUESTIONS // _KEPT_BACK])
    kept = [case for case in cases if _is_kept_back(case)]
    learned = [case for case in cases if not _is_kept_back(case)]
    judge = Judge(read_cards(), longest=(LONGEST_QUESTION, LONGEST_ANSWERING))
    judge.begin_from(ENTAILED)
    print(f"{len(learned)} questions to learn from, {len(kept)} kept back")
    train(judge, batches(learned), lambda step, batch: loss_of(judge, batch, step), rate=_RATE, kept=options.keep)
    print(f"above the five others, of those kept back: {first(judge, kept):.3f}")
    if options.write:
        judge.write(ANSWERED)


if __name__ == "__main__":
    main()
