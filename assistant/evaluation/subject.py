"""Trains what tells our subject from others: `python -m assistant.evaluation.subject MESSAGES.jsonl... [--write]`.

A line of a file has `text` (or `turns`, of which the last counts), and `kind`: `inside` for our subject, or one of the
kinds of `GROUPS`; any other kind is `outside`. `--outside` and `--inside` name files of which every line is so; of the
latter one half is learned from. Files of questions may be packed (.gz). `--unseen` names files that take no part, on
which the result is judged. Before it is trained on everything, each file of `--outside` is left out in turn, whole, and
each language once.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.app import App, open_app
from assistant.evaluation.halves import JUDGED, LEARNED, half
from assistant.evaluation.intervals import wilson
from assistant.evaluation.network import trained
from assistant.settings import read_settings
from assistant.understand.network import write_arrays
from assistant.understand.subject import KINDS, WEIGHTS, SubjectModel

THRESHOLD = 0.5  # of the probability of our subject
GROUPS = {
    "inside": "inside single multi near_miss conversation followup",
    "identity": "identity reveal",
    "task": "task write translate summarise roleplay code",
    "small_talk": "small_talk smalltalk greeting joke insult flirting nonsense emoji",
    "thanks": "thanks",
    "simplify": "simplify",
    "treatment": "health",
    "unlawful": "unlawful unsafe",
}
_KIND_OF = {kind: group for group, kinds in GROUPS.items() for kind in kinds.split()}
LEFT_OUT = frozenset({"unsure", "guarantee"})  # kinds that teach nothing: nobody can tell, or other rules decline them
_UNITS, _EPOCHS, _SMOOTHED = 96, 60, 0.01
_MOST = 800  # messages of one file of `--outside`

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Messages:
    """Messages with their vectors, kinds (as numbers of `KINDS`), files and languages."""

    texts: tuple[str, ...]
    vectors: Matrix
    kinds: NDArray[np.int_]
    files: NDArray[np.str_]
    languages: NDArray[np.str_]

    def part(self, at: NDArray[np.bool_]) -> Messages:
        """Some of them."""
        texts = tuple(text for text, wanted in zip(self.texts, at, strict=True) if wanted)
        return Messages(texts, self.vectors[at], self.kinds[at], self.files[at], self.languages[at])

    @property
    def inside(self) -> NDArray[np.bool_]:
        """Which are of our subject."""
        return np.equal(self.kinds, 0)


def read_messages(app: App, paths: Iterable[Path], kind: str = "") -> Messages:
    """The messages of files, all of one kind where that is given."""
    rows = [(path.name, *row) for path in paths for row in _rows(path, kind)]
    with ThreadPoolExecutor() as pool:
        vectors = np.array(list(pool.map(app.search.vector, [text for _, text, _, _ in rows])), dtype=np.float32)
    return Messages(
        tuple(text for _, text, _, _ in rows),
        vectors.reshape(len(rows), -1),
        np.array([KINDS.index(group) for _, _, group, _ in rows], dtype=int),
        np.array([name for name, *_ in rows]),
        np.array([language for *_, language in rows]),
    )


def train(messages: Messages, seed: int = 0, threshold: float = THRESHOLD) -> SubjectModel:
    """A model of these messages: our subject counts as much as all others together. The same seed gives the same."""
    inside = messages.inside
    weights = np.where(inside, 0.5 / inside.sum(), 0.5 / (~inside).sum()).astype(np.float32) * len(inside)
    wanted = np.full((len(inside), len(KINDS)), _SMOOTHED / (len(KINDS) - 1), dtype=np.float32)
    wanted[np.arange(len(inside)), messages.kinds] = 1 - _SMOOTHED
    network = trained(messages.vectors, wanted, weights, units=_UNITS, epochs=_EPOCHS, seed=seed)
    return SubjectModel(network, threshold)


def judged(model: SubjectModel, messages: Messages) -> str:
    """How many of ours would be declined, and how many of the others are."""
    declined = model.network.probabilities(messages.vectors)[:, 0] < model.threshold
    return ", ".join(
        f"{what} declined {_share(declined[of])}"
        for what, of in (("ours", messages.inside), ("others", ~messages.inside))
        if of.any()
    )


def _left_out(messages: Messages, groups: NDArray[np.str_], names: Sequence[str]) -> Iterator[str]:
    """Each group judged by a model that never saw it."""
    for name in names:
        held = groups == name
        yield f"{name} left out: {judged(train(messages.part(~held)), messages.part(held))}"


def _share(declined: NDArray[np.bool_]) -> str:
    part, low, high = wilson(int(declined.sum()), len(declined))
    return f"{declined.sum()} of {len(declined)}, {part:.1%} ({low:.1%}-{high:.1%})"


def _rows(path: Path, kind: str) -> list[tuple[str, str, str]]:
    """The texts of a file with kind and language; of a long file of one kind, some that lie evenly in it."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = [json.loads(line) for line in data.decode().splitlines()]
    found = {
        text.strip(): (kind or _group(row.get("kind", "")), str(row.get("lang", "")))
        for row in rows
        if (text := _text(row)).strip()
        and row.get("kind") not in LEFT_OUT
        and half(str(row.get("id", ""))) in ((LEARNED,) if kind == "inside" else (LEARNED, JUDGED))
    }
    every = list(found.items())
    some = every[:: max(len(every) // _MOST, 1)] if kind == "outside" else every
    return [(text, *of) for text, of in some]


def _group(kind: str) -> str:
    return _KIND_OF.get(kind, "outside")


def kind_of(kind: str) -> int:
    """The number among `KINDS` of a kind as files name it."""
    return KINDS.index(_group(kind))


def _text(row: dict[str, object]) -> str:
    """The message of a line, under whatever name its file has it; a question that leans on others is none."""
    turns = row.get("turns")
    if isinstance(turns, list):
        return str(turns[0]) if len(turns) == 1 else ""
    names = ("text", "question", "q", "Rewrite", "rewrite", "attack")
    return str(next((row[name] for name in names if row.get(name)), ""))


def main() -> None:
    """Judge, and with `--write` keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("messages", type=Path, nargs="+")
    parser.add_argument("--outside", type=Path, nargs="*", default=[], help="public questions on other matters")
    parser.add_argument("--inside", type=Path, nargs="*", default=[], help="questions of our subject alone")
    parser.add_argument("--unseen", type=Path, nargs="*", default=[], help="messages to judge and not to learn from")
    parser.add_argument("--left-out", action="store_true", help="leave each public file and each language out")
    parser.add_argument("--write", action="store_true", help="keep the weights in the product")
    asked = parser.parse_args()
    app = open_app(read_settings())
    app.upkeep.make_ready(print)
    parts = [read_messages(app, asked.messages)]
    parts += [read_messages(app, asked.outside, "outside")] if asked.outside else []
    parts += [read_messages(app, asked.inside, "inside")] if asked.inside else []
    everything = Messages(
        tuple(text for part in parts for text in part.texts),
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("vectors", "kinds", "files", "languages")
        ),
    )
    print(f"{everything.inside.sum()} of our subject, {(~everything.inside).sum()} of others")
    if asked.left_out:
        for line in _left_out(everything, everything.files, [path.name for path in asked.outside]):
            print(line)
        for line in _left_out(everything, everything.languages, sorted(set(everything.languages) - {""})):
            print(line)
    model = train(everything)
    for path in asked.unseen:
        print(f"{path.name}: {judged(model, read_messages(app, [path]))}")
    if asked.write:
        write_arrays(WEIGHTS, model.network, threshold=model.threshold)
        print(f"{WEIGHTS}: {WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
