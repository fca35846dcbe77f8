"""Weighs the signals of an answer: `python -m assistant.evaluation.calibration [QUESTIONS.jsonl...] [--write]`.

The examples are the questions of the library's units, each asked twice: as the library is, and with the section that
answers it taken away. Found first, that section answers; what is found without it does not. So a decision is learned
from what a section says, and not from how a question sounds, which is the same both times. Sections that come first
beside the answering one take no part, since nobody has said whether they answer as well. Files of questions, a line
each with `turns` and `answerable`, are learned from too.

Every figure is of documents that the weights have not seen. `--unseen` names files of questions that are judged and
never learned from.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from textwrap import wrap

import numpy as np
from numpy.typing import NDArray

from assistant.app import App, open_app
from assistant.evaluation.aspects import half_left_out, vectors_of
from assistant.evaluation.bank import FOLDS, BankQuestion, bank
from assistant.evaluation.intervals import wilson
from assistant.evaluation.regression import Matrix, ridge, sigmoid
from assistant.find.evidence import Evidence, find
from assistant.find.sufficiency import FOLDER, SIGNALS, Sufficiency, calibration, signals, sufficient
from assistant.settings import read_settings
from assistant.understand.aspects import AspectModel
from assistant.understand.questions import Question, Understood, understand
from corpus.release.release import LIBRARY, read_library
from index.search import Filters, Search

UNDER_A_TICK = 0.40  # of the questions whose section was taken away; a neighbouring one answers some of them
_CURVE = (0.10, 0.20, 0.30, 0.40)


@dataclass(frozen=True)
class Asked:
    """A question as it was asked once: its signals, whether its section was there, and whether that came first.

    Without signals the walls left nothing.
    """

    question: BankQuestion
    signals: tuple[float, ...]
    removed: bool
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
    """The weights by which rows of signals are found right (1) or wrong (0)."""
    return Weighing(*ridge(features, right))


def learned(asked: Iterable[Asked], of_files: Sequence[Written] = ()) -> Weighing:
    """The weights that these questions teach."""
    rows = [(one.signals, one.right) for one in asked if one.removed or one.right]
    rows += [(one.signals, one.answerable) for one in of_files]
    known = [(signals, float(right)) for signals, right in rows if signals]
    return fit(np.array([row for row, _ in known]), np.array([right for _, right in known]))


def ask(app: App, search: Search, question: BankQuestion, aspects: AspectModel, today: date) -> list[Asked]:
    """A question asked with its section and without."""
    markets = app.catalogue.document(question.document).metadata.markets
    return [
        _ask(app, search, question, aspects, today, Filters(markets=markets, without=without))
        for without in (frozenset(), frozenset({(question.document, question.section)}))
    ]


def _ask(
    app: App, search: Search, question: BankQuestion, aspects: AspectModel, today: date, filters: Filters
) -> Asked:
    understood = understand(Question(question.text, filters=filters), app.vocabulary)
    evidence = find(search, understood, today)
    first = evidence.sections[0] if evidence.sections and evidence.sections[0].inside else None
    found = tuple(signals(understood, evidence, aspects).values()) if first else ()
    place = first.place if first else ("", "")
    return Asked(question, found, bool(filters.without), place == (question.document, question.section))


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


def _told(name: str, asked: Sequence[Asked], probability: Matrix, threshold: float) -> str:
    """The figures of a group: right and ticked with the section there, ticked without it."""
    removed = np.array([one.removed for one in asked])
    right = np.array([one.right for one in asked])
    ticked = probability >= threshold
    return (
        f"{name}: ticked {share(ticked[~removed])}, right where ticked {share(right[~removed & ticked])},"
        f" found first {share(right[~removed])}; taken away and ticked {share(ticked[removed])}"
    )


@dataclass(frozen=True)
class Written:
    """A question of a file: its signals, none where the walls left nothing, and whether the library has the answer."""

    signals: tuple[float, ...]
    answerable: bool


def written_questions(app: App, path: Path, today: date) -> list[Written]:
    """The questions of a file, looked up."""
    found = []
    for understood, evidence, answerable in _looked_up(app, path, today):
        inside = bool(evidence.sections) and evidence.sections[0].inside
        found.append(Written(tuple(signals(understood, evidence).values()) if inside else (), answerable))
    return found


def _looked_up(app: App, path: Path, today: date) -> Iterator[tuple[Understood, Evidence, bool]]:
    for line in filter(str.strip, path.read_text("utf-8").splitlines()):
        row = json.loads(line)
        understood = understand(Question(row["turns"][-1], tuple(row["turns"][:-1])), app.vocabulary)
        yield understood, find(app.search, understood, today), bool(row["answerable"])


def _judge(app: App, path: Path, today: date) -> str:
    """How many questions of a file are answered under a tick, by whether the library has the answer."""
    asked = [
        (answerable, sufficient(understood, evidence).sufficiency is Sufficiency.ANSWERS)
        for understood, evidence, answerable in _looked_up(app, path, today)
    ]
    answerable, ticked = np.array(asked, dtype=bool).T
    return f"{path.name}: answerable ticked {share(ticked[answerable])}, others ticked {share(ticked[~answerable])}"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path, nargs="*", help="further questions to learn from")
    parser.add_argument("--asked", type=int, default=3000, help="questions drawn from the library's")
    parser.add_argument("--unseen", type=Path, nargs="*", default=[], help="questions to judge and not to learn from")
    parser.add_argument("--write", action="store_true", help="keep the weights in the product")
    options = parser.parse_args()
    app = open_app(read_settings())
    app.upkeep.build()
    today = max(shipped.metadata.published_on for shipped in read_library(LIBRARY))
    questions = bank()
    vectors = vectors_of(app, questions)
    aspects = [half_left_out(questions, vectors, fold)[0] for fold in range(FOLDS)]
    drawn = random.Random(1).sample(questions, min(options.asked, len(questions)))  # noqa: S311 - no secret
    search = Search(app.catalogue, app.index, app.cache, asked=0.0)
    app.index.current()  # opened once, before threads ask
    with ThreadPoolExecutor(2) as pool:
        pairs = pool.map(partial(_of_fold, app, search, aspects, today), drawn)
        asked = [one for pair in pairs for one in pair]
    of_files = [one for path in options.questions for one in written_questions(app, path, today)]
    probability = np.zeros(len(asked))
    for fold in range(FOLDS):
        held = np.array([one.question.fold == fold for one in asked])
        weighing = learned((one for one in asked if one.question.fold != fold), of_files)
        probability[held] = weighing.of([one for one in asked if one.question.fold == fold])
    comments = _report(asked, probability)
    if options.write:
        removed = np.array([one.removed for one in asked])
        threshold = float(np.quantile(probability[removed], 1 - UNDER_A_TICK))
        (FOLDER / "sufficiency.toml").write_text(written(learned(asked, of_files), threshold, comments), "utf-8")
        calibration.cache_clear()
    for path in options.unseen:  # by the weights in the product
        print(_judge(app, path, today), flush=True)


def _of_fold(
    app: App, search: Search, aspects: Sequence[AspectModel], today: date, question: BankQuestion
) -> list[Asked]:
    return ask(app, search, question, aspects[question.fold], today)


def _report(asked: Sequence[Asked], probability: Matrix) -> list[str]:
    """Prints and returns the figures, in all and by kind of question, language and scope."""
    removed = np.array([one.removed for one in asked])
    clear = np.array([one.removed or one.right for one in asked])
    right = np.array([one.right for one in asked])
    lines = [f"area under the curve of present and taken away: {area(probability[clear], right[clear]):.3f}"]
    for ticked in _CURVE:
        threshold = float(np.quantile(probability[removed], 1 - ticked))
        lines.append(_told(f"at {threshold:.3f}", asked, probability, threshold))
    threshold = float(np.quantile(probability[removed], 1 - UNDER_A_TICK))
    groups = {
        "own question": [one.question.own for one in asked],
        "other voices": [not one.question.own for one in asked],
        **{
            code: [one.question.language == code for one in asked]
            for code in sorted({one.question.language for one in asked})
        },
        **{
            scope: [one.question.document.startswith(f"{scope}/") for one in asked]
            for scope in sorted({one.question.document.split("/")[0] for one in asked})
        },
    }
    for name, members in groups.items():
        at = np.array(members)
        some = [one for one, member in zip(asked, members, strict=True) if member]
        lines.append(_told(name, some, probability[at], threshold))
    for low in np.arange(0, 1, 0.2):  # how reliable a probability is
        at = (probability >= low) & (probability < low + 0.2) & clear
        lines.append(f"probability {low:.1f} to {low + 0.2:.1f}: right {share(right[at])}")
    print("\n".join(lines))
    return lines


def written(weighing: Weighing, threshold: float, comments: Sequence[str]) -> str:
    """The file that the product reads."""
    return "\n".join(
        [
            "# Made by `python -m assistant.evaluation.calibration --write`; see there. On documents not learned from:",
            *(row for line in comments for row in wrap(line, 118, initial_indent="# ", subsequent_indent="#   ")),
            "",
            f"# Below it an answer is only close; {UNDER_A_TICK:.0%} of the questions without their answer lie above.",
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
