"""The usage report of a period: how the assistant was used, how well it answered, what the library should look at.

A report is a list of figures without any person in it. Figures by region of company are given only of three answers or
more, so that no company stands alone.
"""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass, fields
from datetime import date

from assistant.desk.usage_figures import SECTIONS, Material
from assistant.journal.gaps import list_gaps
from assistant.journal.journal import Journal
from assistant.texts import TranslatedError
from corpus.catalogue.catalogue import Catalogue
from corpus.documents import Stage


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


def report(journal: Journal, catalogue: Catalogue, first: date, last: date) -> Report:
    """The report of a period.

    Raises:
        StoreUnavailable: the journal cannot be read.
    """
    material = Material(
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
            for section, figures_of in SECTIONS.items()
            for group, measure, *values in figures_of(material)
        ),
    )


def to_csv(usage: Report) -> str:
    """The report as one tidy table: a figure a line."""
    file = io.StringIO()
    names = [field.name for field in fields(Figure)]
    table = csv.DictWriter(file, ["first", "last", *names], lineterminator="\n")
    table.writeheader()
    for figure in usage.figures:
        row = {"first": usage.first, "last": usage.last} | asdict(figure)
        table.writerow(row | {"group": _no_formula(figure.group)})
    return file.getvalue()


def _no_formula(text: str) -> str:
    """A text that spreadsheets take for one; a document may be called anything."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
