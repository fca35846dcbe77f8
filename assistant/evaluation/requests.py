"""Learns which requests no library answers: `python -m assistant.evaluation.requests REQUESTS.toml QUESTIONS.jsonl...`.

The TOML file has requests and harmless ones near them, by reason; the questions, but for the unsafe ones, are harmless
too (one half of them is learned from, the other judged), and so are those of the library's units. The weights are those
of a ridge logistic regression on the question's vector, judged by leaving a fifth out. With `--write` they are kept in
the product.
"""

from __future__ import annotations

import argparse
import json
import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.app import App, open_app
from assistant.evaluation.bank import bank
from assistant.evaluation.halves import JUDGED, LEARNED, half
from assistant.evaluation.intervals import wilson
from assistant.evaluation.regression import Matrix, ridge, sigmoid
from assistant.settings import read_settings
from assistant.understand.refusals import FOLDER

FALSE_REFUSALS = 0.005  # of harmless questions, many of which are written to look like requests
_FOLDS = 5
_OF_THE_BANK = 3000  # questions of units
_NO_REQUEST = frozenset({"unsafe", "out_of_domain"})  # kinds of questions that are no example of a harmless one
_FREEDOM = 8.0  # how freely the question's vector is weighed


@dataclass(frozen=True)
class Weighing:
    """Weights as the regression leaves them: of the question's vector, and the bias."""

    question: Matrix
    bias: float

    def probability(self, questions: Matrix) -> Matrix:
        """The probability that each question is such a request."""
        probability: Matrix = sigmoid(questions @ self.question + self.bias)
        return probability


def fit(questions: Matrix, requests: Matrix) -> Weighing:
    """The weights by which requests (1) are told from harmless questions (0).

    Of the questions' vectors, what all have in common is left out.
    """
    common = questions.mean(axis=0)
    common /= max(float(np.linalg.norm(common)), 1e-12)
    own = _FREEDOM * (questions - np.outer(questions @ common, common))
    weights, bias = ridge(own, requests)
    return Weighing(_FREEDOM * weights, bias)


@dataclass(frozen=True)
class Requests:
    """Vectors of requests and of harmless questions, with the reason to decline each; none for the harmless."""

    questions: Matrix
    reasons: NDArray[np.str_]

    def weigh(self) -> dict[str, Weighing]:
        """Each reason's requests against everything else."""
        return {
            str(reason): fit(self.questions, (self.reasons == reason).astype(float))
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
    texts += [(text, "") for text in harmless_questions(questions, LEARNED)]
    drawn = random.Random(1).sample(bank(), _OF_THE_BANK)  # noqa: S311 - no secret
    texts += [(question.text, "") for question in drawn]
    vectors = np.array([app.search.vector(text) for text, _ in texts], dtype=np.float64)
    return Requests(vectors, np.array([reason for _, reason in texts]))


def likeliest(weighings: Mapping[str, Weighing], questions: Matrix) -> tuple[Matrix, NDArray[np.str_]]:
    """The probability of the likeliest reason to decline each question, and that reason."""
    probabilities = np.array([weighing.probability(questions) for weighing in weighings.values()])
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


def share(hits: NDArray[np.bool_]) -> str:
    """A share with its 95 % interval (Wilson): `78 % (64-88)`."""
    part, low, high = wilson(int(hits.sum()), len(hits))
    return f"{part:.0%} ({100 * low:.0f}-{100 * high:.0f})"


def harmless_questions(paths: Sequence[Path], which: int) -> list[str]:
    """The questions of files, of one half, that are no example of a request."""
    rows = (json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines() if line.strip())
    return [
        row["question"] if "question" in row else row["turns"][-1]
        for row in rows
        if row.get("kind") not in _NO_REQUEST and half(row["id"]) == which
    ]


def main() -> None:
    """Judge, and with `--write` keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("requests", type=Path)
    parser.add_argument("questions", type=Path, nargs="+")
    parser.add_argument("--write", action="store_true", help="keep the weights in the product")
    asked = parser.parse_args()
    app = open_app(read_settings())
    app.upkeep.make_ready(print)
    weighings, threshold = learn_requests(read_requests(app, asked.requests, asked.questions))
    judged = np.array([app.search.vector(text) for text in harmless_questions(asked.questions, JUDGED)])
    print(f"questions not learned from: {share(likeliest(weighings, judged)[0] >= threshold)} refused")
    table = written_requests(weighings, threshold)
    if asked.write:
        (FOLDER / "refusals_learned.toml").write_text(table, "utf-8")


def written_requests(weighings: Mapping[str, Weighing], threshold: float) -> str:
    """The file by which the product recognises requests that no library answers."""
    lines = [
        "# Made by `python -m assistant.evaluation.requests ... --write`; see there.",
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


if __name__ == "__main__":
    main()
