"""Weighs signals of an answered question: `python -m assistant.evaluation.calibration QUESTIONS.jsonl... [--write]`.

Each line of a file has `turns`, `answerable`, `scope` (a list) and `lang`. The weights are those of a ridge logistic
regression on the signals and the question's vector that counts the unanswerable questions as heavily as the answerable
ones. Every figure given of them is measured by leaving one scope, and one language, out; the threshold is where so many
of the answerable questions would be declined. Questions that the rules decline take no part in the weighing.

With `--requests`, a TOML file of requests that no library answers and harmless ones near them, by reason, the weights
that recognise these are made first, from it and the questions. They are judged by leaving a fifth out.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.app import App, open_app
from assistant.evaluation.intervals import wilson
from assistant.find.evidence import find
from assistant.find.sufficiency import FOLDER, SIGNALS, ruled_out, signals
from assistant.settings import read_settings
from assistant.understand.questions import Question, understand
from assistant.understand.refusals import FOLDER as REFUSALS
from assistant.understand.refusals import learned
from corpus.release.release import LIBRARY, read_library

FALSE_DECLINES = 0.06  # of the answerable questions, at the threshold
FALSE_REFUSALS = 0.005  # of harmless questions, many of which are written to look like requests
_CURVE = (0.03, 0.06, 0.10)
_FOLDS = 5
_NO_REQUEST = frozenset({"unsafe", "out_of_domain"})  # kinds of questions that are no example of a harmless one
_RIDGE = 1.0  # keeps the weights small where questions are few
_QUESTION = 2.0  # how freely the question's vector is weighed beside the signals: freer fits these questions' authors
_REQUEST = 8.0  # the same for requests, for which the vector is the only signal
_ROUNDS = 12

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Weighing:
    """Weights as the regression leaves them: of the signals, of the question's vector, and the bias."""

    signals: Matrix
    question: Matrix
    bias: float

    def probability(self, features: Matrix, questions: Matrix) -> Matrix:
        """The probability that each question is answered."""
        probability: Matrix = _sigmoid(features @ self.signals + questions @ self.question + self.bias)
        return probability


def fit(features: Matrix, questions: Matrix, answerable: Matrix, freedom: float = _QUESTION) -> Weighing:
    """The weights of a ridge logistic regression by Newton's method.

    Of the questions' vectors, what all have in common is left out: an average question is one of which nothing is
    known.
    """
    common = questions.mean(axis=0)
    common /= max(float(np.linalg.norm(common)), 1e-12)
    own = freedom * (questions - np.outer(questions @ common, common))
    design = np.c_[features, own, np.ones(len(features))]
    balance = np.where(answerable == 1, 1.0, (answerable == 1).sum() / max((answerable == 0).sum(), 1))
    penalty = np.diag([_RIDGE] * (design.shape[1] - 1) + [1e-6])
    weights = np.zeros(design.shape[1])
    for _ in range(_ROUNDS):
        probability = _sigmoid(design @ weights)
        slope = design.T @ (balance * (probability - answerable)) + penalty @ weights
        curve = (design * (balance * probability * (1 - probability))[:, None]).T @ design + penalty
        weights -= np.linalg.solve(curve, slope)
    count = features.shape[1]
    return Weighing(weights[:count], freedom * weights[count:-1], float(weights[-1]))


def left_out(features: Matrix, questions: Matrix, answerable: Matrix, groups: Sequence[str]) -> Matrix:
    """The probability of each question by weights that have not seen its group."""
    probability = np.zeros(len(answerable))
    for group in sorted(set(groups)):
        held = np.array([one == group for one in groups])
        weighing = fit(features[~held], questions[~held], answerable[~held])
        probability[held] = weighing.probability(features[held], questions[held])
    return probability


def threshold_at(share: float, probability: Matrix, answerable: Matrix) -> float:
    """The probability below which this share of the answerable questions lies."""
    return float(np.quantile(probability[answerable == 1], share))


def area(probability: Matrix, answerable: Matrix) -> float:
    """The area under the curve: how often an answerable question is found likelier than an unanswerable one."""
    yes, no = probability[answerable == 1][:, None], probability[answerable == 0][None]
    return float((yes > no).mean() + (yes == no).mean() / 2)


def share(hits: NDArray[np.bool_]) -> str:
    """A share with its 95 % interval (Wilson): `78 % (64-88)`."""
    part, low, high = wilson(int(hits.sum()), len(hits))
    return f"{part:.0%} ({100 * low:.0f}-{100 * high:.0f})"


@dataclass(frozen=True)
class Judged:
    """Questions with what speaks for and against their evidence, a row each; `ruled` are those the rules decline."""

    rows: tuple[Mapping[str, Any], ...]
    features: Matrix
    questions: Matrix
    answerable: Matrix
    ruled: NDArray[np.bool_]

    def weighed(self) -> Judged:
        """Those that the rules leave open."""
        at = ~self.ruled
        rows = tuple(row for row, open_ in zip(self.rows, at, strict=True) if open_)
        return Judged(rows, self.features[at], self.questions[at], self.answerable[at], self.ruled[at])

    def declined(self, probability: Matrix, threshold: float) -> NDArray[np.bool_]:
        """Which ones are declined, by rule or by weight."""
        result: NDArray[np.bool_] = self.ruled | (probability < threshold)
        return result


@dataclass(frozen=True)
class Requests:
    """Vectors of requests and of harmless questions, with the reason to decline each; none for the harmless."""

    questions: Matrix
    reasons: NDArray[np.str_]

    def weigh(self) -> dict[str, Weighing]:
        """Each reason's requests against everything else."""
        nothing = np.zeros((len(self.reasons), 0))
        return {
            str(reason): fit(nothing, self.questions, (self.reasons == reason).astype(float), _REQUEST)
            for reason in sorted(set(self.reasons) - {""})
        }

    def part(self, at: NDArray[np.bool_]) -> Requests:
        """Some of them."""
        return Requests(self.questions[at], self.reasons[at])


def read_requests(app: App, path: Path, questions: Sequence[Path]) -> Requests:
    """The examples of a file of requests; the questions, but for the unsafe ones, are harmless too."""
    tables = tomllib.loads(path.read_text("utf-8"))
    texts = [(text, reason) for reason, table in tables.items() for text in table["refused"]]
    texts += [(text, "") for table in tables.values() for text in table["harmless"]]
    texts += [(row["turns"][-1], "") for row in _rows(questions) if row["kind"] not in _NO_REQUEST]
    vectors = np.array([app.search.vector(text) for text, _ in texts], dtype=np.float64)
    return Requests(vectors, np.array([reason for _, reason in texts]))


def likeliest(weighings: Mapping[str, Weighing], questions: Matrix) -> tuple[Matrix, NDArray[np.str_]]:
    """The probability of the likeliest reason to decline each question, and that reason."""
    nothing = np.zeros((len(questions), 0))
    probabilities = np.array([weighing.probability(nothing, questions) for weighing in weighings.values()])
    return probabilities.max(axis=0), np.array(list(weighings))[probabilities.argmax(axis=0)]


def learn_requests(requests: Requests) -> tuple[dict[str, Weighing], float]:
    """The weights by reason and the threshold; prints what a fifth left out shows."""
    folds = np.arange(len(requests.reasons)) % _FOLDS
    probability, found = np.zeros(len(folds)), np.zeros(len(folds), dtype=requests.reasons.dtype)
    for fold in range(_FOLDS):
        held = folds == fold
        probability[held], found[held] = likeliest(requests.part(~held).weigh(), requests.questions[held])
    harmless = requests.reasons == ""
    threshold = float(np.quantile(probability[harmless], 1 - FALSE_REFUSALS))
    right = (probability >= threshold) & (found == requests.reasons)
    print(
        f"requests: {share(right[~harmless])} recognised, {share(probability[harmless] >= threshold)} of the harmless"
    )
    return requests.weigh(), threshold


def judge(app: App, paths: Sequence[Path]) -> Judged:
    """Look the questions of these files up."""
    rows = _rows(paths)
    today = max(shipped.metadata.published_on for shipped in read_library(LIBRARY))
    features, questions, ruled = [], [], []
    for row in rows:
        understood = understand(Question(row["turns"][-1], tuple(row["turns"][:-1])), app.vocabulary)
        evidence = find(app.search, understood, today)
        features.append(list(signals(understood, evidence).values()))
        questions.append(evidence.question)
        ruled.append(ruled_out(understood, evidence) is not None)
    answerable = np.array([float(row["answerable"]) for row in rows])
    return Judged(tuple(rows), np.array(features), np.array(questions, dtype=np.float64), answerable, np.array(ruled))


def _rows(paths: Sequence[Path]) -> list[dict[str, Any]]:
    return [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines() if line.strip()]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path, nargs="+")
    parser.add_argument("--unseen", type=Path, nargs="*", default=[], help="questions to judge and not to learn from")
    parser.add_argument("--requests", type=Path, help="requests to be refused; without it, what was learned stays")
    parser.add_argument("--write", action="store_true", help="keep the weights in the product")
    asked = parser.parse_args()
    app = open_app(read_settings())
    app.upkeep.make_ready(print)
    if asked.requests:
        table = written_requests(*learn_requests(read_requests(app, asked.requests, asked.questions)))
        if asked.write:
            (REFUSALS / "refusals_learned.toml").write_text(table, "utf-8")
            learned.cache_clear()
    everything = judge(app, asked.questions)
    print(_summary("ruled out", everything, everything.ruled))
    seen = everything.weighed()
    comments, thresholds = [f"{len(seen.rows)} questions"], []
    for what, groups in (
        ("scope", [row["scope"][0] for row in seen.rows]),
        ("language", [row["lang"] for row in seen.rows]),
    ):
        probability = left_out(seen.features, seen.questions, seen.answerable, groups)
        print(f"one {what} left out: area under the curve {area(probability, seen.answerable):.3f}")
        for false_declines in _CURVE:
            threshold = threshold_at(false_declines, probability, seen.answerable)
            line = _summary(f"  below {threshold:.3f}", seen, seen.declined(probability, threshold))
            print(line)
            if false_declines == FALSE_DECLINES:
                thresholds.append(threshold)
                comments.append(f"one {what} left out: {line.strip()}")
    weighing = fit(seen.features, seen.questions, seen.answerable)
    threshold = float(np.mean(thresholds))
    for path in asked.unseen:
        unseen = judge(app, [path])
        probability = weighing.probability(unseen.features, unseen.questions)
        print(f"unseen, {path.name}: area under the curve {area(probability, unseen.answerable):.3f}")
        print(_summary(f"  below {threshold:.3f}", unseen, unseen.declined(probability, threshold)))
    if asked.write:
        (FOLDER / "sufficiency.toml").write_text(written(weighing, threshold, comments), "utf-8")


def _summary(what: str, judged: Judged, declined: NDArray[np.bool_]) -> str:
    wrong, right = declined[judged.answerable == 1], declined[judged.answerable == 0]
    return f"{what}: {share(wrong)} of the answerable declined, {share(right)} of the unanswerable"


def written(weighing: Weighing, threshold: float, comments: Sequence[str]) -> str:
    """The file that the product reads."""
    return "\n".join(
        [
            "# Made by `python -m assistant.evaluation.calibration ... --write`; see there.",
            *(f"# {line}" for line in comments),
            "",
            f"# A question is declined below it: {FALSE_DECLINES:.0%} of the answerable ones are, cross-validated.",
            f"threshold = {threshold:.3f}",
            f"bias = {weighing.bias:.3f}",
            "",
            "# Where the question's vector points to, of questions that the library answers.",
            *_vector(weighing.question),
            "",
            "[weights]",
            *(
                f"{name} = {weight:.3f}  # {meaning}"
                for (name, meaning), weight in zip(SIGNALS.items(), weighing.signals, strict=True)
            ),
            "",
        ]
    )


def written_requests(weighings: Mapping[str, Weighing], threshold: float) -> str:
    """The file by which the product recognises requests that no library answers."""
    lines = [
        "# Made by `python -m assistant.evaluation.calibration ... --requests ... --write`; see there.",
        "",
        f"# A question is refused from it: {FALSE_REFUSALS:.1%} of the harmless ones are, cross-validated.",
        f"threshold = {threshold:.3f}",
    ]
    for reason, weighing in weighings.items():
        lines += ["", f"[reasons.{reason}]", f"bias = {weighing.bias:.3f}", *_vector(weighing.question)]
    return "\n".join([*lines, ""])


def _vector(numbers: Matrix) -> list[str]:
    """A question's weights as lines of TOML."""
    rows = [", ".join(f"{number:.2f}" for number in numbers[at : at + 16]) for at in range(0, len(numbers), 16)]
    return ["question = [", *(f"    {row}," for row in rows), "]"]


def _sigmoid(total: Matrix) -> Matrix:
    result: Matrix = 1 / (1 + np.exp(-np.clip(total, -30, 30)))
    return result


if __name__ == "__main__":
    main()
