"""Does the evidence answer *this* question? Several signals, weighed by a small file that a command calibrates."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import cache
from pathlib import Path

from assistant.evidence import Evidence
from assistant.figures import fold
from assistant.questions import Understood
from index.search import Sentence

FOLDER = Path(__file__).parent
# Cosine of the nearest passage below which a question is about something else. Measured on the development questions
# about Japan and the alliance: answerable ones begin at .839, questions of other worlds end at .817.
IN_SCOPE = 0.825
_FIRST = 6  # hits in which the market that is asked for must occur
_READ = 40  # sentences nearest to the question that are read for what it asks
_GAP = 0.08  # of similarity, at which a sentence is about something else
_NONE = 0.8  # what counts as similarity where no sentence gives the thing asked for
_YEAR = re.compile(r"\b20[0-4]\d\b")


class Sufficiency(Enum):
    """Whether what was found answers the question."""

    ANSWERS = "answers"
    NEAR = "near"
    FAR = "far"
    REFUSED = "refused"


@dataclass(frozen=True)
class AskedFor:
    """A kind of thing: the words that ask for it, and the form in which a passage gives it."""

    asked: re.Pattern[str]
    written: re.Pattern[str]


@dataclass(frozen=True)
class Asking:
    """How questions ask, from `asked.toml`: for kinds of things, for the present state, for what is refused."""

    kinds: Mapping[str, AskedFor]
    now: re.Pattern[str]
    refused: tuple[re.Pattern[str], ...]


@cache
def asking() -> Asking:
    """The patterns shipped with the product."""

    def pattern(text: str) -> re.Pattern[str]:
        return re.compile(text.replace("\n", ""))

    tables = tomllib.loads((FOLDER / "asked.toml").read_text("utf-8"))
    refused = tables.pop("refused")
    now = tables.pop("now")
    return Asking(
        kinds={name: AskedFor(pattern(table["asked"]), pattern(table["written"])) for name, table in tables.items()},
        now=pattern(now["asked"]),
        refused=tuple(pattern(table["asked"]) for table in refused.values()),
    )


@dataclass(frozen=True)
class Calibration:
    """The weight of each signal, and the probability below which a question counts as unanswered."""

    weights: Mapping[str, float]
    bias: float
    threshold: float

    def probability(self, found: Mapping[str, float]) -> float:
        """How likely it is that evidence with these signals answers its question."""
        total = self.bias + sum(weight * found[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-total))


@cache
def calibration() -> Calibration:
    """The weights shipped with the product; `python -m assistant.calibration` makes them."""
    table = tomllib.loads((FOLDER / "sufficiency.toml").read_text("utf-8"))
    return Calibration(table["weights"], table["bias"], table["threshold"])


def sufficient(understood: Understood, evidence: Evidence, today: date) -> Sufficiency:
    """Judge whether the evidence answers the question.

    It is far when nothing lies near; only near when the question names a market and what was found is about others,
    or when the signals together say so.
    """
    if any(form.search(fold(understood.text)) for form in asking().refused):
        return Sufficiency.REFUSED
    if max((hit.similarity for hit in evidence.hits), default=0.0) < IN_SCOPE:
        return Sufficiency.FAR
    asked = understood.markets - {"europe"}  # where nearly everybody comes from
    if asked and not any(asked & hit.document.metadata.markets for hit in evidence.hits[:_FIRST]):
        return Sufficiency.NEAR
    weighed = calibration()
    likely = weighed.probability(signals(understood, evidence, today)) >= weighed.threshold
    return Sufficiency.ANSWERS if likely else Sufficiency.NEAR


def asks_for_a_figure(understood: Understood) -> bool:
    """Whether a question asks for a fee, a rate, a time, a day or a number."""
    question = fold(understood.text)
    return any(kind.asked.search(question) for kind in asking().kinds.values())


def signals(understood: Understood, evidence: Evidence, today: date) -> dict[str, float]:
    """What speaks for and against the evidence, each between about -2 and 2.

    similarity: of the nearest sentence; passage: of the nearest passage; agreement: the share of the first hits that
    are of one document; money, rate, other: whether the question asks for such a thing; value: the similarity of the
    nearest sentence that gives it; year: how far behind the nearest sentence comes one with the year that is asked
    for (-1 never); ahead: whether that year is still to come; now: whether the question insists on the present state.
    """
    question = fold(understood.text)
    sentences = evidence.sentences[:_READ]
    best = sentences[0].similarity if sentences else _NONE
    documents = [hit.document.id for hit in evidence.hits[:5]]
    asked = {name: kind.written for name, kind in asking().kinds.items() if kind.asked.search(question)}
    given = [_nearest(sentences, form) for form in asked.values()]
    years = _YEAR.findall(question)
    behind = [(best - _nearest(sentences, re.compile(year))) / _GAP for year in years]
    return {
        "similarity": (best - 0.86) * 20,
        "passage": (max((hit.similarity for hit in evidence.hits), default=_NONE) - 0.88) * 20,
        "agreement": max((documents.count(document) for document in documents), default=0) / 5,
        "money": float("money" in asked),
        "rate": float("rate" in asked),
        "other": float(bool(asked.keys() - {"money", "rate"})),
        "value": (min(given, default=best) - 0.86) * 20,
        "year": -min(max(behind, default=0.0), 1.0),
        "ahead": float(any(int(year) > today.year for year in years)),
        "now": float(bool(asking().now.search(question))),
    }


def _nearest(sentences: Sequence[Sentence], form: re.Pattern[str]) -> float:
    """The similarity of the nearest sentence that has a form."""
    return max((one.similarity for one in sentences if form.search(fold(one.unit.text))), default=_NONE)
