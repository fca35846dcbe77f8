"""Documents whose review is due, those on which most answers rested first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from corpus.documents import Document

SOON = 60  # days before a review is due


@dataclass(frozen=True)
class Due:
    """A document whose review is overdue (days above 0) or due soon, and how many answers rested on it."""

    document: Document
    days: int
    answers: int


def due(documents: Iterable[Document], uses: Mapping[str, int], today: date) -> list[Due]:
    """What is to be reviewed, the documents first on which most answers rested."""
    late = (Due(one, (today - one.metadata.review_by).days, uses.get(one.id, 0)) for one in documents)
    return sorted((one for one in late if one.days > -SOON), key=lambda one: (-one.answers, -one.days, one.document.id))
