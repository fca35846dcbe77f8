"""The steps of a plan over the months to come: how they lie to each other, and how long each is known to take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import ceil

from assistant.language.dates import dated
from assistant.language.writing import short_month
from assistant.market.plan import Plan, Step, days_of
from assistant.texts import say

_A_MONTH = 30.4  # days
_LEAST, _MOST, _ROUND = 24, 48, 6  # months that are drawn
_SHORTEST = 0.4  # months that a bar is drawn with, so that it is seen


class Mark(StrEnum):
    """What a bar says: an authority's own clock, an estimate, that nothing is known, or a day."""

    SURE = "sure"
    WEAK = "weak"
    FREE = "free"
    EVENT = "event"


@dataclass(frozen=True)
class Bar:
    """Something drawn on a row, in months from the day of the plan; an event has no length."""

    mark: Mark
    begins: float
    lasts: float = 0.0


@dataclass(frozen=True)
class TimelineRow:
    """A step: its bars, what is written under them, and from which month on."""

    number: int
    step: Step
    bars: tuple[Bar, ...]
    text: str
    begins: float


@dataclass(frozen=True)
class Timeline:
    """So many months from the day of the plan, with the names of those at which a line is drawn."""

    language: str
    months: int
    ticks: tuple[tuple[int, str], ...]
    rows: tuple[TimelineRow, ...]

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What is drawn anywhere, for the key."""
        drawn = {bar.mark for row in self.rows for bar in row.bars}
        return tuple(mark for mark in Mark if mark in drawn)


def timeline(made: Plan) -> Timeline:
    """The time line of a plan."""
    rows = tuple(_row(made, number, step) for number, step in enumerate(made.steps, start=1))
    latest = max((bar.begins + bar.lasts for row in rows for bar in row.bars), default=0.0)
    months = min(max(_LEAST, ceil(latest / _ROUND) * _ROUND), _MOST)
    ticks = tuple((at, _tick(made, at)) for at in range(0, months, months // _ROUND))
    return Timeline(made.language, months, ticks, rows)


def _tick(made: Plan, at: int) -> str:
    years, month = divmod(made.made_on.month - 1 + at, 12)
    name = short_month(made.language, month + 1)
    return f"{name} {made.made_on.year + years}" if at == 0 or month < _LEAST // _ROUND else name


def _row(made: Plan, number: int, step: Step) -> TimelineRow:
    days = sorted({day for claim in step.claims for day in days_of(claim) if _ahead(made, day)})
    events = tuple(Bar(Mark.EVENT, (day - made.made_on).days / _A_MONTH) for day in days)
    spans = tuple(
        Bar(Mark.SURE if span.sure else Mark.WEAK, step.begins, max(span.months, _SHORTEST))
        for span in sorted(step.spans, key=lambda span: span.sure)
    )
    bars = spans or (() if events else (Bar(Mark.FREE, step.begins, step.lasts),))
    return TimelineRow(
        number, step, bars + events, "; ".join(_texts(made, step, days)), bars[0].begins if bars else events[0].begins
    )


def _ahead(made: Plan, day: date) -> bool:
    return 0 < (day - made.made_on).days < _MOST * _A_MONTH


def _texts(made: Plan, step: Step, days: list[date]) -> Iterator[str]:
    language = made.language
    for span in step.spans:
        yield f"{span.text(language)}, {span.strength(language)}"
    yield from (dated(language, day) for day in days[:2])
    if not step.spans and not days:
        yield say(language, "span_unknown")
