"""Does the evidence answer *this* question? Several signals, weighed by a small file that a command calibrates."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path

import numpy as np

from assistant.find.evidence import Evidence
from assistant.language.numerals import EAST_ASIAN
from assistant.language.phrasing import about_ourselves, sentences
from assistant.language.quantities import fold
from assistant.understand.questions import Understood
from assistant.understand.refusals import refused
from assistant.understand.subject import subject_model
from corpus.mentions import mentioned
from corpus.patterns import Words, any_of, read_words
from corpus.vocabulary import Term, vocabulary
from index.embedding import Vectors
from index.search import SentenceHit

FOLDER = Path(__file__).parent
# Cosines of the nearest passage. Below the first, nothing in the library is about the question; a question that is
# declined and does not reach the second is about something else. Of the calibration questions, answerable ones begin
# at .805, and questions of other worlds end at .823.
NOTHING_NEAR, IN_SCOPE = 0.8, 0.825
_FIRST = 6  # hits in which the market that is asked for must occur
_READ = 40  # sentences nearest to the question that are read for what it asks
_ACROSS_SCRIPTS = 0.02  # by which cosines lie lower between a question in Chinese, Japanese or Korean and our texts
_SAID = 0.88  # cosine from which a sentence says what is asked; of messages from outside the nearest reach .85
_NONE = 0.8  # what counts as similarity where no sentence gives the thing asked for
_GAP = 0.04  # of similarity, at which a sentence is about something else
_SPEAKING = 10  # nearest sentences, of which one speaks of the country that is asked about if the library knows of it
_SURE = 0.5  # probability from which the first of several things asked is answered, though the whole question is not
_AMOUNTS = ("money", "rate")  # kinds that a sentence may give although it adds that newer ones are not known
_WHEN = ("date", "duration")  # kinds that a year in the question may be about
_YEAR = re.compile(r"\b20[0-4]\d\b")

SIGNALS = {
    "similarity": "of the nearest sentence to the question",
    "background": "mean similarity of all passages looked at: what any passage on the subject has",
    "value": "similarity of the nearest sentence that gives the kind of thing asked for: money, a rate, a time, a day",
    "unknown": "1 when the nearest sentence says that something is not known, 0 when one that only says so is far",
    "year": "0 when a sentence has the year that is asked for, -1 when none near does",
    "now": "1 when the question insists on the present, the exact or the final state",
}


class Sufficiency(Enum):
    """Whether what was found answers the question."""

    ANSWERS = "answers"
    NEAR = "near"
    FAR = "far"
    REFUSED = "refused"


@dataclass(frozen=True)
class Verdict:
    """What the evidence was judged to be; for a question that no search can answer, also why.

    The reason is `market` for a country that the library does not cover, or one of those of `refusals.toml`, such as
    `treatment`; the interface has a text for each. Where the evidence answers some of several things only, `missing`
    are the others, as they were written, and `evidence` is what to answer from.
    """

    sufficiency: Sufficiency
    reason: str = ""
    missing: tuple[str, ...] = ()
    evidence: Evidence | None = None


@dataclass(frozen=True)
class AskedFor:
    """A kind of thing: the words that ask for it, and the form in which a passage gives it."""

    asked: Words
    written: re.Pattern[str]


@dataclass(frozen=True)
class Asking:
    """How questions ask, from `asked.toml`; `into` is an expression for what stands before a country."""

    kinds: Mapping[str, AskedFor]
    now: Words
    unknown: re.Pattern[str]
    into: str


@cache
def asking() -> Asking:
    """The words shipped with the product."""
    tables = tomllib.loads((FOLDER / "asked.toml").read_text("utf-8"))
    into = tables["into"]
    return Asking(
        kinds={
            name: AskedFor(read_words(kind["asked"]), read_words(kind["written"]).pattern)
            for name, kind in tables["kinds"].items()
        },
        now=read_words(tables["now"]["asked"]),
        unknown=read_words(tables["unknown"]["written"]).pattern,
        into=rf"\b{any_of(into['asked'])}\s+{any_of(into['article'])}?",
    )


@dataclass(frozen=True)
class Calibration:
    """The weight of each signal, and the probability below which a question counts as unanswered.

    `question` weighs the question's own vector: it points to where, among the calibration questions, the library had
    the answer. What companies ask of an authority's rules it mostly has; prices, salaries and names mostly not.
    """

    weights: Mapping[str, float]
    question: Vectors
    bias: float
    threshold: float

    def probability(self, found: Mapping[str, float], question: Vectors) -> float:
        """How likely it is that evidence with these signals answers a question with this vector.

        The vector of another embedding says nothing; it counts as that of an average question.
        """
        total = self.bias + sum(weight * found[name] for name, weight in self.weights.items())
        if question.shape == self.question.shape:
            total += float(self.question @ question)
        return 1 / (1 + math.exp(-total))


@cache
def calibration() -> Calibration:
    """The weights shipped with the product; `python -m assistant.evaluation.calibration` makes them."""
    table = tomllib.loads((FOLDER / "sufficiency.toml").read_text("utf-8"))
    return Calibration(
        table["weights"], np.array(table["question"], dtype=np.float32), table["bias"], table["threshold"]
    )


def sufficient(understood: Understood, evidence: Evidence) -> Verdict:
    """Judge whether the evidence answers the question.

    Some requests are refused whatever was found. The evidence is far when nothing lies near; only near when the
    question names a market and what was found is about others, or when the signals together say so.
    """
    ruled = ruled_out(understood, evidence)
    if ruled:
        return ruled
    weighed = calibration()
    probability, *parts = (
        weighed.probability(signals(asked, found), found.question)
        for asked, found in zip((understood, *understood.parts), (evidence, *evidence.parts), strict=True)
    )
    unlikely = [at for at, part in enumerate(parts) if part < weighed.threshold]
    if probability >= weighed.threshold:
        missing = [at for at in unlikely if not _gives(understood.parts[at], evidence.parts[at])]
        things = tuple(understood.parts[at].thing for at in missing)
        return Verdict(Sufficiency.ANSWERS, missing=things if len(things) < len(parts) else (), evidence=evidence)
    # What follows the first thing asked leans on it, and cannot be judged without it.
    if parts and parts[0] >= _SURE and unlikely:
        things = tuple(part.thing for part in understood.parts[1:])
        return Verdict(Sufficiency.ANSWERS, missing=things, evidence=evidence.parts[0])
    return Verdict(Sufficiency.FAR if _nearest_passage(understood, evidence) < IN_SCOPE else Sufficiency.NEAR)


def ruled_out(understood: Understood, evidence: Evidence) -> Verdict | None:
    """The verdict on a question that needs no weighing; None for the others."""
    reason = refused(understood.text) or _outside(understood, evidence) or refused(understood.text, evidence.question)
    if reason:
        return Verdict(Sufficiency.REFUSED, reason)
    if _nearest_passage(understood, evidence) < NOTHING_NEAR:
        return Verdict(Sufficiency.FAR)
    if _leads_elsewhere(understood, evidence):
        return Verdict(Sufficiency.FAR, "market")
    asked = understood.target_markets
    if asked and not any(asked & hit.document.metadata.markets for hit in evidence.hits[:_FIRST]):
        return Verdict(Sufficiency.NEAR)
    return Verdict(Sufficiency.NEAR) if _is_of_other_years(understood, evidence) else None


def _outside(understood: Understood, evidence: Evidence) -> str:
    """The reason to decline what is not our subject.

    There is none for a reply to a question back or for what was completed by an earlier question (`It is class II`),
    nor where the library says something in nearly these words.
    """
    if not understood.may_ask_back:
        return ""
    nearest = evidence.sentences[0].similarity if evidence.sentences else 0.0
    return "" if nearest >= _SAID else subject_model().reason(evidence.question)


def _is_of_other_years(understood: Understood, evidence: Evidence) -> bool:
    """Whether an amount is asked for a year, and those that were found near are of other years."""
    question = fold(understood.text)
    wanted = set(_YEAR.findall(question))
    asked = {name: kind.written for name, kind in asking().kinds.items() if kind.asked.search(question)}
    forms = [asked[name] for name in _AMOUNTS if name in asked]
    if not wanted or not forms or any(name in asked for name in _WHEN):
        return False
    given = {year for one in evidence.sentences[:_READ] for form in forms for year in _years_of(one, form)}
    return bool(given) and not wanted & given


def _years_of(sentence: SentenceHit, amount: re.Pattern[str]) -> set[str]:
    """The years of a sentence's amounts: of each the one that stands nearest to it."""
    text = fold(sentence.unit.text)
    years = [(found.start(), found.group()) for found in _YEAR.finditer(text)]
    return {min(years, key=lambda year: abs(year[0] - found.start()))[1] for found in amount.finditer(text) if years}


def _gives(asked: Understood, evidence: Evidence) -> bool:
    """Whether a near sentence has the form of what is asked for; what asks for no form is taken to be given."""
    found = evidence.sentences[:_READ]
    best = found[0].similarity if found else _NONE
    question = fold(asked.thing)
    forms = [kind.written for kind in asking().kinds.values() if kind.asked.search(question)]
    forms += [re.compile(year) for year in _YEAR.findall(question)]
    return all(_relative_gap(best, _nearest(found, form)) < 1 for form in forms)


def asking_words(question: str) -> dict[str, tuple[str, ...]]:
    """The words by which a question asks for kinds of things, and `now` for the present, exact or final state."""
    folded = fold(question)
    lists = {name: kind.asked for name, kind in asking().kinds.items()} | {"now": asking().now}
    return {name: words.fired(folded) for name, words in lists.items() if words.search(folded)}


def asks_for_a_figure(understood: Understood) -> bool:
    """Whether a question asks for a fee, a rate, a time, a day or a number."""
    question = fold(understood.text)
    return any(kind.asked.search(question) for kind in asking().kinds.values())


def signals(understood: Understood, evidence: Evidence) -> dict[str, float]:
    """What speaks for and against the evidence, each between about -2 and 2; `SIGNALS` says what they are."""
    question = fold(understood.text)
    nearest = evidence.sentences[:_READ]
    best = nearest[0].similarity if nearest else _NONE
    asked = {name: kind.written for name, kind in asking().kinds.items() if kind.asked.search(question)}
    given = [_nearest(nearest, form) for form in asked.values()]
    amounts = [form for name, form in asked.items() if name in _AMOUNTS]
    silent = [one for one in nearest if not any(form.search(fold(one.unit.text)) for form in amounts)]
    years = _YEAR.findall(question)
    lift = _lift(understood, evidence)
    return {
        "similarity": (best + lift - 0.86) * 20,
        "background": (evidence.background + lift - 0.84) * 20,
        "value": (min(given, default=best) + lift - 0.86) * 20,
        "unknown": 1.0 - _relative_gap(best, _nearest(silent, asking().unknown)),
        "year": -max((_relative_gap(best, _nearest(nearest, re.compile(year))) for year in years), default=0.0),
        "now": float(asking().now.search(question)),
    }


def _relative_gap(best: float, similarity: float) -> float:
    """How far a sentence comes behind the nearest one: 0 not at all, 1 so far that it is about something else."""
    return min((best - similarity) / _GAP, 1.0)


def _nearest(found: Sequence[SentenceHit], form: re.Pattern[str]) -> float:
    """The similarity of the nearest sentence that has a form."""
    return max((one.similarity for one in found if form.search(fold(one.unit.text))), default=_NONE)


def _nearest_passage(understood: Understood, evidence: Evidence) -> float:
    return max((hit.similarity for hit in evidence.hits), default=0.0) + _lift(understood, evidence)


def _lift(understood: Understood, evidence: Evidence) -> float:
    """What is added to the cosines of a question so that they can be held against the same bounds in all languages."""
    across = understood.language in EAST_ASIAN and evidence.hits and evidence.hits[0].passage.language not in EAST_ASIAN
    return _ACROSS_SCRIPTS if across else 0.0


def _leads_elsewhere(understood: Understood, evidence: Evidence) -> bool:
    """Whether a question is about a country that the library does not cover, and of which nothing near speaks.

    What is asked counts, and not where the company says that it comes from or also sells.
    """
    _, others = about_ourselves(understood.text, understood.language)
    asked = " ".join(sentences(others if re.search(r"\w", others) else understood.text).asking)
    if mentioned(asked, vocabulary().markets):
        return False
    near = " ".join(sentence.unit.text for sentence in evidence.sentences[:_SPEAKING])
    return any(
        _goes_to(term, asked) and not mentioned(near, {code: term}) for code, term in vocabulary().elsewhere.items()
    )


def _goes_to(term: Term, asked: str) -> bool:
    """Whether a country stands where the aim of a way does (`in India`), or its authority is named."""
    names = "|".join(re.escape(fold(name)) for name in (*term.names.values(), *term.aliases))
    return bool(re.search(rf"{asking().into}(?:{names})(?!\w)", fold(asked))) or any(
        re.search(rf"(?<!\w){re.escape(alias)}(?!\w)", asked) for alias in term.aliases if alias.isupper()
    )
