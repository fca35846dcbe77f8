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
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - as its documentation does

from assistant.evaluation.halves import JUDGED, half
from assistant.evaluation.judge import Judge, train
from assistant.evaluation.layers import Tensor
from corpus.documents import Version
from corpus.passages import SUMMARY, split_markdown
from corpus.release.release import LIBRARY, read_library
from corpus.units import WITHIN
from index.e5.judging import ENTAILED

_RATE = 1e-3
_EPOCHS = 3
_SECTIONS = 6  # a batch
_SORTED = 8  # batches of which the sections are sorted by length
_GROUPS = (2, 3)  # of a section that one batch sees: with single statements, and without
_OF_ANSWERS = 0.6  # how often an answer is seen with a section
_OWN_ANSWER, _OTHER_ANSWER = 0.7, 0.4  # how much it counts
_LONGEST = 96, 300  # tokens of a statement and of a source
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
    odds = judge([(one.text, one.where) for one in some])
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


def area(judge: Judge, kept: Sequence[Stated]) -> float:
    """How often a statement that is said lies above one that is not, of all pairs of those kept back."""
    some = sorted(kept, key=lambda one: one.where)
    with torch.no_grad():
        pairs = [(one.text, one.where) for one in some]
        odds = torch.cat([judge(pairs[at : at + 48]) for at in range(0, len(pairs), 48)]).numpy()
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
    sections = read_sections()
    learned, kept = read_statements(options.statements, sections)
    judge = Judge(sections, longest=_LONGEST)
    print(f"{len(learned)} statements to learn from, {len(kept)} kept back")
    by_place: dict[str, list[Stated]] = defaultdict(list)
    for one in learned:
        by_place[one.where].append(one)
    answers = read_answers(sections)
    train(
        judge,
        batches(learned, {where: len(text) for where, text in sections.items()}),
        lambda step, places: loss_of(judge, drawn(places, by_place, answers, step)),
        rate=_RATE,
        kept=options.keep,
    )
    print(f"area of those kept back: {area(judge, kept):.3f}")
    if options.write:
        judge.write(ENTAILED)


if __name__ == "__main__":
    main()
