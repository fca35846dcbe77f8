"""Trains how a message is read that comes after others: `python -m assistant.evaluation.turns FOLLOWED MESSAGES...`.

FOLLOWED holds questions of our subject, a line each with `turns`, of which the last is asked, and `where` it is
answered (`document :: heading`). MESSAGES hold any others, in the form that `assistant.evaluation.subject` reads; those
that stand alone are heard after a question of FOLLOWED in their language. Two networks are trained: what kind of
message it is, and what a question wants to know, which is what the unit that answers it tells. Of the files of
`--inside`, which are of our subject, one half is learned from and the other judges, as do a tenth of FOLLOWED, by hash,
and the files of `--unseen`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from assistant.app import App, open_app
from assistant.evaluation.halves import JUDGED, LEARNED, half
from assistant.evaluation.intervals import wilson
from assistant.evaluation.recognisers import learn, vectors_of
from assistant.evaluation.subject import LEFT_OUT, Messages, judged, kind_of, train
from assistant.settings import read_settings
from assistant.understand.following import in_conversation
from assistant.understand.network import write_arrays
from assistant.understand.recognisers import FOLDER
from assistant.understand.subject import TURNS, turn_vector
from corpus.release.release import LIBRARY, read_library

THRESHOLD = 0.35  # of the probability of our subject, after a question of ours
_INSIDE = 3  # how often one of `--inside` is learned, being as short as people write
_KEPT_BACK = 10  # of as many questions one is judged by
_ASPECTS = "turn_aspects"


@dataclass(frozen=True)
class Turn:
    """A message after others: its kind as `assistant.evaluation.subject` names it, and where it is answered."""

    text: str
    earlier: tuple[str, ...]
    kind: int
    where: str
    half: int
    file: str
    language: str

    @property
    def kept_back(self) -> bool:
        """Whether it takes no part in the training, being a question of FOLLOWED."""
        return int(hashlib.sha256(self.text.encode()).hexdigest(), 16) % _KEPT_BACK == 0


def read_turns(paths: Iterable[Path], before: Sequence[Turn]) -> list[Turn]:
    """The messages of files, those that stand alone after one of `before` in their language."""
    chance = random.Random(1)  # noqa: S311 - to draw, not to hide
    return [turn for path in paths for row in _rows(path) if (turn := _turn(row, path.name, before, chance))]


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def _turn(row: dict[str, Any], file: str, before: Sequence[Turn], chance: random.Random) -> Turn | None:
    """The message of a line; none that nobody can tell, or that nothing stands before."""
    *earlier, text = row.get("turns") or [row["text"]]
    language = row.get("lang", "")
    if row.get("kind") in LEFT_OUT or not text.strip():
        return None
    if not earlier and before:
        drawn = chance.choice([one for one in before if one.language == language] or before)
        earlier = [*drawn.earlier, drawn.text]
    if not earlier:
        return None
    where = row.get("where") or ""
    kind = 0 if where or "answerable" in row else kind_of(row.get("kind", ""))
    of = half(str(row.get("conversation") or row.get("id") or text))
    return Turn(text, tuple(earlier), kind, where if isinstance(where, str) else "", of, file, language)


def messages_of(app: App, turns: Sequence[Turn]) -> Messages:
    """Turns with their vectors."""
    conversations = [in_conversation(turn.text, turn.earlier) for turn in turns]
    with ThreadPoolExecutor() as pool:
        vectors = list(pool.map(partial(turn_vector, app.search.vector), conversations))
    return Messages(
        tuple(turn.text for turn in turns),
        np.array(vectors, dtype=np.float32),
        np.array([turn.kind for turn in turns]),
        np.array([turn.file for turn in turns]),
        np.array([turn.language for turn in turns]),
    )


def _aspects(app: App, followed: Sequence[Turn], *, write: bool) -> None:
    """Train and judge what questions of FOLLOWED want to know, from how they are read in their conversation."""
    told = {f"{one.id} :: {unit.section}": unit.aspects for one in read_library(LIBRARY) for unit in one.metadata.units}
    known = [turn for turn in followed if turn.where in told]
    vectors = vectors_of(app, [in_conversation(turn.text, turn.earlier) for turn in known])
    held = np.array([turn.kept_back for turn in known])
    labels = [told[turn.where] for turn in known]
    learned = [one for one, kept in zip(labels, held, strict=True) if not kept]
    model = learn("aspects", learned, vectors[~held], np.ones(len(learned), dtype=np.float32))
    likeliest = [model.codes[at] for at in model.network.probabilities(vectors[held]).argmax(axis=1)]
    wanted = [one[0] for one, kept in zip(labels, held, strict=True) if kept]
    right = sum(one == found for one, found in zip(wanted, likeliest, strict=True))
    part, low, high = wilson(right, len(wanted))
    print(f"of {len(wanted)} questions kept back {part:.1%} ({low:.1%}-{high:.1%}) mainly ask for what is likeliest")
    if write:
        write_arrays(FOLDER / f"{_ASPECTS}.npz", model.network)


def main() -> None:
    """Judge, and with `--write` keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("followed", type=Path)
    parser.add_argument("messages", type=Path, nargs="+")
    parser.add_argument("--inside", type=Path, nargs="*", default=[], help="questions of our subject alone")
    parser.add_argument("--unseen", type=Path, nargs="*", default=[], help="messages to judge and not to learn from")
    parser.add_argument("--write", action="store_true", help="keep the weights in the product")
    asked = parser.parse_args()
    app = open_app(read_settings())
    app.upkeep.make_ready(print)
    followed = read_turns([asked.followed], [])
    kept_back = [turn for turn in followed if turn.kept_back]
    inside = [turn for turn in read_turns(asked.inside, []) if turn.half == LEARNED]
    learned = [*(turn for turn in followed if not turn.kept_back), *read_turns(asked.messages, followed)]
    learned += inside * _INSIDE
    model = train(messages_of(app, learned), threshold=THRESHOLD)
    print(f"{asked.followed.name}, kept back: {judged(model, messages_of(app, kept_back))}")
    for path in asked.inside:
        others = [turn for turn in read_turns([path], []) if turn.half == JUDGED]
        print(f"{path.name}, the other half: {judged(model, messages_of(app, others))}")
    for path in asked.unseen:
        print(f"{path.name}: {judged(model, messages_of(app, read_turns([path], followed)))}")
    if asked.write:
        write_arrays(TURNS, model.network, threshold=model.threshold)
    _aspects(app, followed, write=asked.write)


if __name__ == "__main__":
    main()
