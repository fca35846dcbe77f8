"""Does the evidence answer *this* question? Several signals, weighed by a small file that a command calibrates."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from pathlib import Path

from assistant.find.evidence import Evidence
from assistant.find.sections import SectionHit
from assistant.language.numerals import EAST_ASIAN
from assistant.language.quantities import fold
from assistant.understand.following import is_mere_name, own_text, turns_to_another_market
from assistant.understand.questions import Understood
from assistant.understand.refusals import refused
from assistant.understand.subject import IN_CONVERSATION, subject_model, turn_model
from corpus.mentions import mentioned
from corpus.patterns import Words, read_words
from corpus.vocabulary import vocabulary
from index.search import ANSWER, ASKED, READ_ANSWER, READ_ASKED, SENTENCE, SentenceHit

FOLDER = Path(__file__).parent
# The cosine of the nearest passage below which nothing in the library is about a question. Of the calibration
# questions, answerable ones begin at .805.
NOTHING_NEAR = 0.8
_FIRST = 6  # hits in which the market that is asked for must occur
_READ = 40  # sentences nearest to the question that are read for what it asks
_ACROSS_SCRIPTS = 0.02  # by which cosines lie lower between a question in Chinese, Japanese or Korean and our texts
_SAID = 0.88  # cosine from which a sentence says what is asked; of messages from outside the nearest reach .85
_CLOSEST = 1 / 3  # of the threshold
_NEXT = 4  # sections before which the first one lies
_WEIGHTS = {"sentence": SENTENCE, "answer": ANSWER, "asked": ASKED}  # of the cosines in a score
_TRAINED = {"read_answer": READ_ANSWER, "read_asked": READ_ASKED}  # of those by the vector trained on questions
_TRAINED_MEAN = 0.2
_AMOUNTS = ("money", "rate")  # kinds that a sentence may give although it adds that newer ones are not known
_WHEN = ("date", "duration")  # kinds that a year in the question may be about
_YEAR = re.compile(r"\b20[0-4]\d\b")
_NUMBER = re.compile(r"\d+")
_PEOPLE = {"contacts", "partners"}  # what sections on somebody to turn to tell

SIGNALS = {
    "passage": "similarity of the section's best passage",
    "sentence": "of its nearest sentence",
    "answer": "of the answer that an editor wrote for it, in whatever language comes nearest",
    "asked": "of the nearest question that it answers",
    "words": "overlap of its words with the question's",
    "background": "mean similarity of all passages looked at: what any passage on the subject has",
    "margin": "how far it lies before the next section",
    "lead": "how far it lies before the four next sections on average",
    "asked_lead": "how much nearer the questions that it answers are than those of all other sections",
    "read_answer": "similarity of its answer, as the model was trained to read questions; 0 without such a model",
    "read_asked": "likewise of the nearest question that it answers",
    "read_lead": "likewise how much nearer these are than those of all other sections",
    "reads": "log-odds that it answers, as the model reads the question over it; 0 without such a model",
    "reads_lead": "how far these lie above those of all other sections that were read",
    "aspect": "how likely the question is about what the section tells, seen from questions on other sections",
    "year": "1 when it has the years that are asked for",
    "numbers": "share of the question's numbers that it has",
    "product": "1 when it is about the kind of product named, half for one that this also is",
    "foreign": "how likely somebody asks for the way in of a product that is none of those that the library is about",
    "market": "1 when the question names a market and it is of it alone",
    "script": "1 when the question is in Chinese, Japanese or Korean, whose cosines with our texts lie lower",
    "now": "1 when the question insists on the present, the exact or the final state",
    "length": "words of the question, by ten",
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
    are the others, as they were written, and `evidence` is what to answer from. `probability` is that of its answering.
    """

    sufficiency: Sufficiency
    reason: str = ""
    missing: tuple[str, ...] = ()
    evidence: Evidence | None = None
    probability: float = 0.0


@dataclass(frozen=True)
class AskedFor:
    """A kind of thing: the words that ask for it, and the form in which a passage gives it."""

    asked: Words
    written: re.Pattern[str]


@dataclass(frozen=True)
class Asking:
    """How questions ask, from `asked.toml`."""

    kinds: Mapping[str, AskedFor]
    now: Words
    unknown: re.Pattern[str]


@cache
def asking() -> Asking:
    """The words shipped with the product."""
    tables = tomllib.loads((FOLDER / "asked.toml").read_text("utf-8"))
    return Asking(
        kinds={
            name: AskedFor(read_words(kind["asked"]), read_words(kind["written"]).pattern)
            for name, kind in tables["kinds"].items()
        },
        now=read_words(tables["now"]["asked"]),
        unknown=read_words(tables["unknown"]["written"]).pattern,
    )


@dataclass(frozen=True)
class Calibration:
    """The weight of each signal, and the probability below which a section counts as none that answers."""

    weights: Mapping[str, float]
    bias: float
    threshold: float

    @property
    def closest(self) -> float:
        """The probability from which what does not answer is told as near the question."""
        return self.threshold * _CLOSEST

    def probability(self, found: Mapping[str, float]) -> float:
        """How likely it is that a section with these signals answers its question."""
        total = self.bias + sum(weight * found[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-total))


@cache
def calibration() -> Calibration:
    """The weights shipped with the product; `python -m assistant.evaluation.calibration` makes them."""
    table = tomllib.loads((FOLDER / "sufficiency.toml").read_text("utf-8"))
    return Calibration(table["weights"], table["bias"], table["threshold"])


def sufficient(understood: Understood, evidence: Evidence) -> Verdict:
    """Judge whether the first section that was found answers the question, or each part of it.

    Some requests are refused whatever was found. The evidence is far when nothing lies near; only near when the
    question names a market and what was found is about others, or when the signals together say so.
    """
    ruled = ruled_out(understood, evidence)
    if ruled:
        return ruled
    probability = answering(understood, evidence)
    if understood.parts:
        each = list(zip(understood.parts, evidence.parts, strict=True))
        answered = [part for part in each if _answers(*part, evidence, whole=probability)]
        missing = tuple(part.thing for part, found in each if (part, found) not in answered)
        if answered:
            of_parts = tuple(found for _, found in answered)
            return Verdict(Sufficiency.ANSWERS, "", missing, replace(evidence, parts=of_parts), probability)
    if probability >= calibration().threshold:
        return Verdict(Sufficiency.ANSWERS, evidence=replace(evidence, parts=()), probability=probability)
    return Verdict(Sufficiency.NEAR, probability=probability)


def _answers(part: Understood, found: Evidence, evidence: Evidence, *, whole: float) -> bool:
    """Whether a part of a question is answered, by itself or by the section that answers the whole."""
    threshold = calibration().threshold
    same = bool(found.sections and evidence.sections) and found.sections[0].place == evidence.sections[0].place
    return answering(part, found) >= threshold or (whole >= threshold and same)


def answering(understood: Understood, evidence: Evidence) -> float:
    """How likely it is that the first section answers; 0 where the walls leave none, or it only tells a gap."""
    first = evidence.sections[0] if evidence.sections else None
    if first is None or not first.inside or (first.unit and first.unit.unknown):
        return 0.0
    return calibration().probability(signals(understood, evidence))


def ruled_out(understood: Understood, evidence: Evidence) -> Verdict | None:
    """The verdict on a question that needs no weighing; None for the others."""
    thanked = "thanks" if _aside(understood, evidence) == "thanks" else ""
    reason = thanked or refused(understood.text) or _outside(understood, evidence)
    reason = reason or refused(understood.text, evidence.question)
    if reason and not (reason == "small_talk" and understood.wants_contact):  # `who can help me?` is none
        return Verdict(Sufficiency.REFUSED, reason)
    if _nearest_passage(understood, evidence) < NOTHING_NEAR:
        return Verdict(Sufficiency.FAR)
    if _leads_elsewhere(understood, evidence):
        return Verdict(Sufficiency.FAR, "market")
    if strays_from_people(understood, evidence) and not understood.parts:
        return Verdict(Sufficiency.NEAR)
    asked = understood.target_markets
    if asked and not any(asked & hit.document.metadata.markets for hit in evidence.hits[:_FIRST]):
        return Verdict(Sufficiency.NEAR)
    return Verdict(Sufficiency.NEAR) if _is_of_other_years(understood, evidence) else None


def strays_from_people(understood: Understood, evidence: Evidence) -> bool:
    """Whether somebody to turn to was asked for, and the section found first tells of something else."""
    first = evidence.sections[0].unit if evidence.sections else None
    return understood.wants_contact and first is not None and _PEOPLE.isdisjoint(first.aspects)


def _aside(understood: Understood, evidence: Evidence) -> str:
    if understood.corrects:
        return ""
    if evidence.turn is None:
        return subject_model().aside(evidence.question)
    asks = turns_to_another_market(understood.in_conversation, vocabulary())
    return "" if asks else turn_model().aside(evidence.turn)


def _outside(understood: Understood, evidence: Evidence) -> str:
    """The reason to decline what is not our subject.

    There is none for a reply to a question back (`It is class II`) or a correction, nor for what was completed by what
    is stated before it. What comes after other questions is read with them; of what stands alone nothing is declined
    that the library says in nearly these words. Who names a market and a product means our subject, whatever else is
    named.
    """
    if understood.corrects:
        return ""
    if evidence.turn is not None and not understood.replies:
        said = own_text(understood.in_conversation)
        reason = "" if is_mere_name(said, vocabulary()) else turn_model().reason(evidence.turn)
        if reason in IN_CONVERSATION and turns_to_another_market(understood.in_conversation, vocabulary()):
            reason = ""
    elif understood.may_ask_back:
        said = understood.text
        nearest = evidence.sentences[0].similarity if evidence.sentences else 0.0
        reason = "" if nearest >= _SAID else subject_model().reason(evidence.question)
    else:
        return ""
    return "" if reason == "outside" and _names_both(said) else reason


def _names_both(text: str) -> bool:
    return bool(mentioned(text, vocabulary().markets) and mentioned(text, vocabulary().products))


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
    """What speaks for and against the first section, each between about -2 and 2; `SIGNALS` says what they are."""
    section, *others = evidence.sections
    lift = _lift(understood, evidence)
    best = section.best
    similarity = {"passage": best.similarity} | {name: _similarity(section, name) for name in _WEIGHTS}
    next_ones = [one.score for one in others if one.inside][:_NEXT] or [section.score]
    asked_elsewhere = max((_similarity(one, "asked") for one in others), default=similarity["asked"])
    question, text = fold(understood.text), _told(section)
    years, numbers = _YEAR.findall(question), _NUMBER.findall(question)
    return {
        **{name: (cosine + lift - 0.86) * 20 for name, cosine in similarity.items()},
        "words": best.overlap / 5,
        "background": (evidence.background + lift - 0.84) * 20,
        "margin": (section.score - next_ones[0]) * 10,
        "lead": (section.score - sum(next_ones) / len(next_ones)) * 10,
        "asked_lead": (similarity["asked"] - asked_elsewhere) * 20,
        **_as_trained(section, others),
        "reads": section.reads / 2,
        "reads_lead": (section.reads - max((one.reads for one in others), default=section.reads)) / 2,
        "aspect": section.aspect,
        "year": float(all(year in text for year in years)),
        "numbers": sum(number in text for number in numbers) / len(numbers) if numbers else 1.0,
        "product": _product(section, understood),
        "foreign": evidence.foreign,
        "market": float(bool(understood.target_markets) and len(best.document.metadata.markets) == 1),
        "script": float(understood.language in EAST_ASIAN),
        "now": float(asking().now.search(question)),
        "length": min(len(understood.text.split()) / 10, 2.0),
    }


def _as_trained(section: SectionHit, others: Sequence[SectionHit]) -> dict[str, float]:
    """The signals of the vector that was trained on questions."""
    found = [
        {name: one.best.parts[name] / weight for name, weight in _TRAINED.items() if name in one.best.parts}
        for one in (section, *others)
    ]
    if not all(found):
        return {"read_answer": 0.0, "read_asked": 0.0, "read_lead": 0.0}
    first, *rest = found
    elsewhere = max((one["read_asked"] for one in rest), default=first["read_asked"])
    levels = {name: (cosine - _TRAINED_MEAN) * 10 for name, cosine in first.items()}
    return {**levels, "read_lead": (first["read_asked"] - elsewhere) * 10}


def _similarity(section: SectionHit, part: str) -> float:
    """The cosine that a part of its score is made of."""
    return section.best.parts[part] / _WEIGHTS[part]


def _told(section: SectionHit) -> str:
    """What a section says, folded."""
    answer = section.unit.answer.get("en", "") if section.unit else ""
    return fold(" ".join([section.best.passage.section, answer, *(hit.passage.text for hit in section.hits)]))


def _product(section: SectionHit, understood: Understood) -> float:
    about = set(section.unit.products) if section.unit else set()
    return 1.0 if not understood.products or not about or understood.products & about else 0.5


def _nearest_passage(understood: Understood, evidence: Evidence) -> float:
    return max((hit.similarity for hit in evidence.hits), default=0.0) + _lift(understood, evidence)


def _lift(understood: Understood, evidence: Evidence) -> float:
    """What is added to the cosines of a question so that they can be held against the same bounds in all languages."""
    across = understood.language in EAST_ASIAN and evidence.hits and evidence.hits[0].passage.language not in EAST_ASIAN
    return _ACROSS_SCRIPTS if across else 0.0


def _leads_elsewhere(understood: Understood, evidence: Evidence) -> bool:
    """Whether a question asks about a country that the library does not cover, and the section found first does not."""
    near = _told(evidence.sections[0]) if evidence.sections else ""
    return not understood.markets and any(
        not mentioned(near, {code: vocabulary().elsewhere[code]}) for code in understood.elsewhere
    )
