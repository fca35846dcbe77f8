"""Weighs the signals of an answer: `python -m assistant.evaluation.calibration QUESTIONS.jsonl... [--write]`.

The questions are those of people who did not write the library, a line each: `turns` (of which the last is asked),
`answerable`, and `where` it is answered, as `document :: heading`; turns of one `conversation` stay in one half. Each
is asked as the library is; one with a place is asked once more with all its places taken away. Found first, such a
place answers; what is found first without it does not. So a decision is learned from what a section says as well as
from what no section says. A question without a place counts as answered by what is found first where it is answerable.

The weights are learned from one half of the questions, and every figure is of the other: see `halves`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.app import App, open_app
from assistant.evaluation.halves import JUDGED, LEARNED, half
from assistant.evaluation.intervals import wilson
from assistant.evaluation.regression import Matrix, ridge, sigmoid
from assistant.find.meaning import likeliest
from assistant.find.sufficiency import FOLDER, SIGNALS, calibration, ruled_out, signals
from assistant.settings import read_settings
from assistant.understand.questions import Question
from corpus.release.release import LIBRARY, read_library
from index.search import Filters

UNDER_A_TICK = 0.19  # of the questions that the library does not answer, of those learned from
_CURVE = (0.10, 0.15, 0.20, 0.30)


@dataclass(frozen=True)
class Asked:
    """A question as it was asked once: its signals, and whether what was found first answers it.

    Without signals the walls left nothing, or no search answers it. `kind` is `answerable`, `unanswerable` or
    `removed`, where its places were taken away.
    """

    language: str
    scope: str
    half: int
    kind: str
    signals: tuple[float, ...]
    right: bool


@dataclass(frozen=True)
class Weighing:
    """Weights as the regression leaves them: of each signal, and the bias."""

    weights: Matrix
    bias: float

    def probability(self, features: Matrix) -> Matrix:
        """How likely it is that each row of signals answers its question."""
        probability: Matrix = sigmoid(features @ self.weights + self.bias)
        return probability

    def of(self, asked: Sequence[Asked]) -> Matrix:
        """How likely it is that each is answered by what was found first; 0 where nothing was."""
        found = np.array([bool(one.signals) for one in asked])
        features = np.array([one.signals or (0.0,) * len(SIGNALS) for one in asked])
        return np.where(found, self.probability(features), 0.0)


def fit(features: Matrix, right: Matrix) -> Weighing:
    """The weights by which rows of signals are found right (1) or wrong (0), all held equally small."""
    spread = features.std(axis=0) + 1e-6
    weights, bias = ridge(features / spread, right, balanced=False)
    return Weighing(weights / spread, bias)


def learned(asked: Iterable[Asked]) -> Weighing:
    """The weights that these questions teach."""
    known = [(one.signals, float(one.right)) for one in asked if one.signals]
    return fit(np.array([row for row, _ in known]), np.array([right for _, right in known]))


def ask(app: App, row: Mapping[str, Any], today: date) -> list[Asked]:
    """A question asked as the library is and, where it has a place, without that."""
    places = frozenset((document, heading) for document, _, heading in (one.partition(" :: ") for one in row["where"]))
    scope = (row.get("scope") or ["all"])[0]

    def once(kind: str, without: frozenset[tuple[str, str]]) -> Asked:
        asked = Question(row["turns"][-1], tuple(row["turns"][:-1]), filters=Filters(without=without))
        meaning = likeliest(asked, app.search, app.vocabulary, today)
        understood, evidence = meaning.understood, meaning.evidence
        first = evidence.sections[0] if evidence.sections and evidence.sections[0].inside else None
        found = first is not None and not ruled_out(understood, evidence)
        weighed = tuple(signals(understood, evidence).values()) if found else ()
        right = kind == "answerable" and (not places or (first is not None and first.place in places))
        return Asked(row["lang"], scope, half(row.get("conversation", row["id"])), kind, weighed, right)

    if not row["answerable"]:
        return [once("unanswerable", frozenset())]
    return [once("answerable", frozenset()), *([once("removed", places)] if places else [])]


def area(probability: Matrix, right: NDArray[np.bool_]) -> float:
    """The area under the curve: how often a right one is found likelier than a wrong one."""
    yes, no = probability[right][:, None], probability[~right][None]
    return float((yes > no).mean() + (yes == no).mean() / 2)


def share(part: NDArray[np.bool_]) -> str:
    """A share with its 95 % interval (Wilson): `78.0% (64-88) of 50`."""
    if part.size == 0:
        return "none"
    mean, low, high = wilson(int(part.sum()), len(part))
    return f"{mean:.1%} ({100 * low:.0f}-{100 * high:.0f}) of {len(part)}"


def report(asked: Sequence[Asked], probability: Matrix, threshold: float) -> Iterator[str]:
    """The figures of questions, in all and by language and scope."""
    right = np.array([one.right for one in asked])
    kinds = np.array([one.kind for one in asked])
    yield f"found first where there is an answer: {share(right[kinds == 'answerable'])}"
    for kind in ("unanswerable", "removed"):
        at = right | (kinds == kind)
        yield f"area under the curve, right against {kind}: {area(probability[at], right[at]):.3f}"
    for ticked in _CURVE:
        bound = float(np.quantile(probability[kinds == "unanswerable"], 1 - ticked))
        yield _told(f"at {bound:.3f}", asked, probability, bound)
    languages, scopes = ([getattr(one, name) for one in asked] for name in ("language", "scope"))
    for names in (languages, scopes):
        for name in sorted(set(names)):
            at = np.array(names) == name
            some = [one for one, member in zip(asked, at, strict=True) if member]
            yield _told(name, some, probability[at], threshold)
    for low in np.arange(0, 1, 0.2):  # how reliable a probability is
        at = (probability >= low) & (probability < low + 0.2)
        yield f"probability {low:.1f} to {low + 0.2:.1f}: right {share(right[at])}"


def _told(name: str, asked: Sequence[Asked], probability: Matrix, threshold: float) -> str:
    """How many of each kind of a group are ticked, and of the answerable how many rightly."""
    ticked = probability >= threshold
    right = np.array([one.right for one in asked])
    kinds = np.array([one.kind for one in asked])
    shares = ", ".join(f"{kind} ticked {share(ticked[kinds == kind])}" for kind in ("unanswerable", "removed"))
    rightly = share((ticked & right)[kinds == "answerable"])
    return f"{name}: answerable ticked {share(ticked[kinds == 'answerable'])}, rightly {rightly}; {shares}"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path, nargs="+", help="questions with where they are answered")
    parser.add_argument("--write", action="store_true", help="keep the weights in the product")
    options = parser.parse_args()
    app = open_app(read_settings())
    app.upkeep.build()
    today = max(shipped.metadata.published_on for shipped in read_library(LIBRARY))
    rows = [json.loads(line) for path in options.questions for line in path.read_text("utf-8").splitlines() if line]
    app.index.current()  # opened once, before threads ask
    with ThreadPoolExecutor(2) as pool:
        asked = [one for of_row in pool.map(partial(ask, app, today=today), rows) for one in of_row]
    learning, judged = ([one for one in asked if one.half == which] for which in (LEARNED, JUDGED))
    weighing = learned(learning)
    unanswerable = weighing.of([one for one in learning if one.kind == "unanswerable"])
    threshold = float(np.quantile(unanswerable, 1 - UNDER_A_TICK))
    comments = list(report(judged, weighing.of(judged), threshold))
    print("\n".join([*comments, f"threshold {threshold:.3f}"]))
    if options.write:
        (FOLDER / "sufficiency.toml").write_text(written(weighing, threshold, comments), "utf-8")
        calibration.cache_clear()


def written(weighing: Weighing, threshold: float, comments: Sequence[str]) -> str:
    """The file that the product reads."""
    return "\n".join(
        [
            "# Made by `python -m assistant.evaluation.calibration --write`; see there. On questions not learned from:",
            *(row for line in comments for row in wrap(line, 118, initial_indent="# ", subsequent_indent="#   ")),
            "",
            f"# Below it an answer is only close; {UNDER_A_TICK:.0%} of what the library does not answer lie above.",
            f"threshold = {threshold:.3f}",
            f"bias = {weighing.bias:.3f}",
            "",
            "[weights]",
            *(
                f"{name} = {weight:.3f}  # {meaning}"
                for (name, meaning), weight in zip(SIGNALS.items(), weighing.weights, strict=True)
            ),
            "",
        ]
    )


if __name__ == "__main__":
    main()
