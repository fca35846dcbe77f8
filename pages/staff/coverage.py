"""What the library covers, by market, area and topic, beside what was asked there and not answered."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request, Response

from assistant.accounts.accounts import Account, Permission
from assistant.app import App
from assistant.journal.gaps import Gap, GapState, list_gaps
from corpus.documents import Document, Stage
from corpus.mentions import mentioned
from corpus.release.coverage import cells
from pages.shared.rendering import installation
from pages.staff.layout import page
from pages.staff.person import person

router = APIRouter()

_DARKEST = 5  # documents in a cell, from which it is shaded no darker


@dataclass(frozen=True)
class CoverageCell:
    """What is filed under a topic and a market, and the open gaps there."""

    topic: str
    market: str
    documents: Sequence[Document]
    gaps: Sequence[Gap]

    @property
    def shade(self) -> int:
        """How dark it is drawn."""
        return min(len(self.documents), _DARKEST)


@dataclass(frozen=True)
class Matrix:
    """The cells, a row a topic; the last row is what has no topic, the last column what is about all markets."""

    topics: Sequence[str]
    markets: Sequence[str]
    rows: Sequence[Sequence[CoverageCell]]

    def cell(self, topic: str, market: str) -> CoverageCell | None:
        """The cell of a topic and a market."""
        return next((cell for row in self.rows for cell in row if (cell.topic, cell.market) == (topic, market)), None)


@router.get("/coverage")
def coverage_page(
    request: Request,
    _reader: Annotated[Account, person(Permission.READ_STAFF)],
    area: str = "",
    topic: str | None = None,
    market: str = "",
) -> Response:
    """The matrix, of all areas or one, and what stands behind a cell."""
    app = installation(request)
    drawn = matrix(app, list_gaps(app.journal), area)
    chosen = drawn.cell(topic, market) if topic is not None else None
    return page(request, "coverage.html", matrix=drawn, chosen=chosen, area=area, words=app.vocabulary)


def matrix(app: App, gaps: Sequence[Gap], area: str = "") -> Matrix:
    """The matrix of what is published and of the gaps that are open; of one area, or of all.

    What names no area is about all of them. A gap has the topics that its title names.
    """
    vocabulary = app.vocabulary
    published = [one for one in app.catalogue.documents(Stage.PUBLISHED) if _about(area, one.metadata.areas)]
    covered = cells((one, one.metadata) for one in published)
    lacking: dict[tuple[str, str], list[Gap]] = {}
    for gap in gaps:
        if gap.state is not GapState.CLOSED and _about(area, gap.areas):
            for topic in mentioned(gap.title, vocabulary.topics) or {""}:
                for market in gap.markets or {"": 0}:
                    lacking.setdefault((topic, market), []).append(gap)
    topics, markets = [*vocabulary.topics, ""], [*vocabulary.markets, ""]
    rows = [
        [CoverageCell(at, of, covered.get((at, of), []), lacking.get((at, of), [])) for of in markets] for at in topics
    ]
    return Matrix(topics, markets, rows)


def _about(area: str, areas: Collection[str]) -> bool:
    return not area or not areas or area in areas
