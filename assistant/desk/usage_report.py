"""What is told of a period: how the assistant was used, how well it answered, what the library should look at.

A report is a list of figures without any person in it. Figures by region of company are told only of three answers or
more, so that no company stands alone.
"""

from __future__ import annotations

import csv
import io
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from statistics import NormalDist, median

from assistant.journal.gaps import Gap, GapState, list_gaps
from assistant.journal.journal import Feedback, Journal, Rating, Remembered
from assistant.texts import TranslatedError
from corpus.catalogue.catalogue import Catalogue
from corpus.documents import Document, Stage

FEWEST = 3  # answers that a region is told of
SOON = 60  # days before a review is due
OTHERS = "others"  # groups that are told together
UNSAID = "unsaid"

_Z = NormalDist().inv_cdf(0.975)


class BadPeriod(TranslatedError):
    """A day that is none, or a period that ends before it begins."""


@dataclass(frozen=True)
class Figure:
    """One figure: of what, for which group, and for a share its 95 % interval after Wilson."""

    section: str
    group: str
    measure: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Report:
    """The figures of a period, both days included."""

    first: date
    last: date
    figures: tuple[Figure, ...]

    def of(self, section: str, measure: str) -> list[Figure]:
        """The figures of one kind, in their order."""
        return [figure for figure in self.figures if (figure.section, figure.measure) == (section, measure)]


@dataclass(frozen=True)
class Due:
    """A document whose review is overdue (days above 0) or due soon, and how many answers rested on it."""

    document: Document
    days: int
    answers: int


@dataclass(frozen=True)
class _Material:
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


def report(journal: Journal, catalogue: Catalogue, first: date, last: date) -> Report:
    """The report of a period.

    Raises:
        StoreUnavailable: the journal cannot be read.
    """
    material = _Material(
        first=first,
        last=last,
        today=journal.today(),
        answers=journal.answers(first, last),
        feedback=[one for one in journal.feedback() if first <= one.day <= last],
        gaps=list_gaps(journal),
        documents=catalogue.documents(Stage.PUBLISHED),
    )
    return Report(
        first,
        last,
        tuple(
            Figure(section, group, measure, *values)
            for section, tell in _SECTIONS.items()
            for group, measure, *values in tell(material)
        ),
    )


def due(documents: Iterable[Document], uses: Mapping[str, int], today: date) -> list[Due]:
    """What is to be reviewed, the documents first on which most answers rested."""
    late = (Due(one, (today - one.metadata.review_by).days, uses.get(one.id, 0)) for one in documents)
    return sorted((one for one in late if one.days > -SOON), key=lambda one: (-one.answers, -one.days, one.document.id))


def to_csv(told: Report) -> str:
    """The report as one tidy table: a figure a line."""
    file = io.StringIO()
    names = [field.name for field in fields(Figure)]
    table = csv.DictWriter(file, ["first", "last", *names], lineterminator="\n")
    table.writeheader()
    for figure in told.figures:
        row = {"first": told.first, "last": told.last} | asdict(figure)
        table.writerow(row | {"group": _no_formula(figure.group)})
    return file.getvalue()


def _no_formula(text: str) -> str:
    """A text that spreadsheets take for one; a document may be called anything."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def wilson(count: int, of: int) -> tuple[float, float, float]:
    """A share and its 95 % interval after Wilson."""
    part, spread = count / of, _Z**2 / of
    centre = (part + spread / 2) / (1 + spread)
    half = _Z * math.sqrt(part * (1 - part) / of + spread / (4 * of)) / (1 + spread)
    return round(part, 4), round(max(centre - half, 0.0), 4), round(min(centre + half, 1.0), 4)


def together(counts: Mapping[str, int]) -> frozenset[str]:
    """The groups that are too small to be told alone: told together, they are FEWEST at least and more than one.

    A single one left out could be told from the total; the next smallest joins it.
    """
    joined: list[str] = []
    for name in sorted(counts, key=lambda name: (counts[name], name)):
        enough = len(joined) != 1 and sum(counts[one] for one in joined) >= FEWEST
        if counts[name] >= FEWEST and (enough or not joined):
            break
        joined.append(name)
    return frozenset(joined)


_Told = Iterator[tuple[str, str, float] | tuple[str, str, float, float, float]]


def _overall(material: _Material) -> _Told:
    yield from _answered("", material.answers)
    if material.answers:
        yield "", "by_model", *wilson(sum(answer.by_model for answer in material.answers), len(material.answers))
        yield "", "seconds", round(median(answer.seconds for answer in material.answers), 2)


def _weeks(material: _Material) -> _Told:
    weeks: dict[date, list[Remembered]] = {}
    monday = _monday(material.first)
    while monday <= material.last:
        weeks[monday] = []
        monday += timedelta(days=7)
    for answer in material.answers:
        weeks[_monday(answer.day)].append(answer)
    for monday, answers in weeks.items():
        yield from _answered(monday.isoformat(), answers)


def _homes(material: _Material) -> _Told:
    homes = Counter(answer.home or UNSAID for answer in material.answers)
    small = together(homes)

    def told(answer: Remembered) -> list[str]:
        home = answer.home or UNSAID
        return [OTHERS if home in small else home]

    yield from _by(material, told)


def _outcomes(material: _Material) -> _Told:
    for outcome, count in Counter(answer.outcome for answer in material.answers).most_common():
        yield outcome.value, "questions", count


def _statements(material: _Material) -> _Told:
    shown = sum(answer.claims for answer in material.answers)
    dropped = sum(answer.dropped for answer in material.answers)
    yield "", "shown", shown
    yield "", "dropped", dropped
    if shown + dropped:
        yield "", "share_dropped", *wilson(dropped, shown + dropped)
    yield "", "notices", sum(answer.notice for answer in material.answers)


def _documents(material: _Material) -> _Told:
    for document_id, count in material.uses.most_common():
        yield document_id, "answers", count


def _review(material: _Material) -> _Told:
    for one in due(material.documents, material.uses, material.today):
        yield one.document.id, "answers", one.answers
        yield one.document.id, "days_overdue", one.days


def _evidence(material: _Material) -> _Told:
    """How old what answers rested on was when they were given, counted once an answer and document."""
    ages: dict[str, list[float]] = defaultdict(list)
    for answer in filter(lambda answer: answer.rested, material.answers):
        months = [_months(one.facts_as_of, answer.day) for one in answer.rested]
        for group in ("", *answer.markets):
            ages[group] += months
    for group in sorted(ages):
        yield group, "median_months", round(median(ages[group]), 1)


def _feedback(material: _Material) -> _Told:
    verdicts = Counter(one.verdict for one in material.feedback)
    for verdict in Rating:
        yield verdict.value, "ratings", verdicts[verdict]
    yield "", "replied", sum(one.replied_on is not None for one in material.feedback)


def _gaps(material: _Material) -> _Told:
    states = Counter(gap.state for gap in material.gaps)
    for state in GapState:
        yield state.value, "gaps", states[state]


_Groups = Callable[[Remembered], Iterable[str]]


def _by(material: _Material, groups: _Groups) -> _Told:
    """The answers of each group, the largest first; an answer may stand in several, or in none."""
    members: dict[str, list[Remembered]] = defaultdict(list)
    for answer in material.answers:
        for group in groups(answer):
            members[group].append(answer)
    for group in sorted(members, key=lambda group: (group in (OTHERS, UNSAID), -len(members[group]), group)):
        yield from _answered(group, members[group])


def _grouping(groups: _Groups) -> Callable[[_Material], _Told]:
    return lambda material: _by(material, groups)


# The sections in their order; another one is another line.
_SECTIONS: dict[str, Callable[[_Material], _Told]] = {
    "overall": _overall,
    "week": _weeks,
    "home": _homes,
    "market": _grouping(lambda answer: answer.markets or [UNSAID]),
    "area": _grouping(lambda answer: answer.areas or [UNSAID]),
    "language": _grouping(lambda answer: [answer.language]),
    "outcome": _outcomes,
    "statements": _statements,
    "documents": _documents,
    "review": _review,
    "evidence": _evidence,
    "feedback": _feedback,
    "gaps": _gaps,
}


def _answered(group: str, answers: Sequence[Remembered]) -> _Told:
    yield group, "questions", len(answers)
    if answers:
        yield group, "answered", *wilson(sum(not answer.outcome.declined for answer in answers), len(answers))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _months(facts_as_of: str, day: date) -> float:
    """How many months lie between what a document's facts are of (a year, month or day) and a day."""
    year, month, of_month = (int(part) for part in (*facts_as_of.split("-"), "1", "1")[:3])
    return (day - date(year, month, of_month)).days / 30.44
