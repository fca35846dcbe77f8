"""The figures of a usage report, a function a section. Figures of regions are of three answers or more."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from assistant.desk.due import due
from assistant.evaluation.intervals import wilson
from assistant.journal.gaps import Gap, GapState
from assistant.journal.records import Feedback, Rating, Remembered
from corpus.documents import Document

FEWEST = 3  # answers from which on a region is reported
OTHERS = "others"  # groups that are reported together
UNSAID = "unsaid"


@dataclass(frozen=True)
class Material:
    """What a report of a period is made from."""

    first: date
    last: date
    today: date
    answers: Sequence[Remembered]
    feedback: Sequence[Feedback]
    gaps: Sequence[Gap]
    documents: Sequence[Document]

    @property
    def uses(self) -> Counter[str]:
        """How many answers rested on each document."""
        return Counter(used for answer in self.answers for used in {one.document_id for one in answer.rested})


def together(counts: Mapping[str, int]) -> frozenset[str]:
    """The groups that are too small to be reported alone: together, they are FEWEST at least and more than one.

    A single one left out could be computed from the total; the next smallest joins it.
    """
    joined: list[str] = []
    for name in sorted(counts, key=lambda name: (counts[name], name)):
        sufficient = len(joined) != 1 and sum(counts[one] for one in joined) >= FEWEST
        if counts[name] >= FEWEST and (sufficient or not joined):
            break
        joined.append(name)
    return frozenset(joined)


Figures = Iterator[tuple[str, str, float] | tuple[str, str, float, float, float]]


def _overall(material: Material) -> Figures:
    yield from _answered("", material.answers)
    if material.answers:
        yield "", "by_model", *wilson(sum(answer.by_model for answer in material.answers), len(material.answers))
        yield "", "seconds", round(median(answer.seconds for answer in material.answers), 2)


def _weeks(material: Material) -> Figures:
    weeks: dict[date, list[Remembered]] = {}
    monday = _monday(material.first)
    while monday <= material.last:
        weeks[monday] = []
        monday += timedelta(days=7)
    for answer in material.answers:
        weeks[_monday(answer.day)].append(answer)
    for monday, answers in weeks.items():
        yield from _answered(monday.isoformat(), answers)


def _homes(material: Material) -> Figures:
    homes = Counter(answer.home or UNSAID for answer in material.answers)
    small = together(homes)

    def groups(answer: Remembered) -> list[str]:
        home = answer.home or UNSAID
        return [OTHERS if home in small else home]

    yield from _by(material, groups)


def _outcomes(material: Material) -> Figures:
    for outcome, count in Counter(answer.outcome for answer in material.answers).most_common():
        yield outcome.value, "questions", count


def _statements(material: Material) -> Figures:
    shown = sum(answer.claims for answer in material.answers)
    dropped = sum(answer.dropped for answer in material.answers)
    yield "", "shown", shown
    yield "", "dropped", dropped
    if shown + dropped:
        yield "", "share_dropped", *wilson(dropped, shown + dropped)
    yield "", "notices", sum(answer.notice for answer in material.answers)


def _documents(material: Material) -> Figures:
    for document_id, count in material.uses.most_common():
        yield document_id, "answers", count


def _review(material: Material) -> Figures:
    for one in due(material.documents, material.uses, material.today):
        yield one.document.id, "answers", one.answers
        yield one.document.id, "days_overdue", one.days


def _evidence(material: Material) -> Figures:
    """How old what answers rested on was when they were given, counted once an answer and document."""
    ages: dict[str, list[float]] = defaultdict(list)
    for answer in filter(lambda answer: answer.rested, material.answers):
        months = [_months(one.facts_as_of, answer.day) for one in answer.rested]
        for group in ("", *answer.markets):
            ages[group] += months
    for group in sorted(ages):
        yield group, "median_months", round(median(ages[group]), 1)


def _feedback(material: Material) -> Figures:
    verdicts = Counter(one.verdict for one in material.feedback)
    for verdict in Rating:
        yield verdict.value, "ratings", verdicts[verdict]
    yield "", "replied", sum(one.replied_on is not None for one in material.feedback)


def _gaps(material: Material) -> Figures:
    states = Counter(gap.state for gap in material.gaps)
    for state in GapState:
        yield state.value, "gaps", states[state]


_Groups = Callable[[Remembered], Iterable[str]]


def _by(material: Material, groups: _Groups) -> Figures:
    """The answers of each group, the largest first; an answer may stand in several, or in none."""
    members: dict[str, list[Remembered]] = defaultdict(list)
    for answer in material.answers:
        for group in groups(answer):
            members[group].append(answer)
    for group in sorted(members, key=lambda group: (group in (OTHERS, UNSAID), -len(members[group]), group)):
        yield from _answered(group, members[group])


def _grouping(groups: _Groups) -> Callable[[Material], Figures]:
    return lambda material: _by(material, groups)


# The sections in their order; another one is another line.
SECTIONS: dict[str, Callable[[Material], Figures]] = {
    "overall": _overall,
    "week": _weeks,
    "home": _homes,
    "market": _grouping(lambda answer: answer.markets or [UNSAID]),
    "area": _grouping(lambda answer: answer.areas or [UNSAID]),
    "language": _grouping(lambda answer: [answer.language]),
    "door": _grouping(lambda answer: [answer.door]),
    "outcome": _outcomes,
    "statements": _statements,
    "documents": _documents,
    "review": _review,
    "evidence": _evidence,
    "feedback": _feedback,
    "gaps": _gaps,
}


def _answered(group: str, answers: Sequence[Remembered]) -> Figures:
    yield group, "questions", len(answers)
    if answers:
        yield group, "answered", *wilson(sum(not answer.outcome.declined for answer in answers), len(answers))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _months(facts_as_of: str, day: date) -> float:
    """How many months lie between what a document's facts are of (a year, month or day) and a day."""
    year, month, of_month = (int(part) for part in (*facts_as_of.split("-"), "1", "1")[:3])
    return (day - date(year, month, of_month)).days / 30.44
