"""Markets side by side: every cell holds verified quotations with their sources, or is said to be missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.answers import Citation, Claim, citation_json, cited
from assistant.language.quantities import fold
from assistant.market.aspects import Aspect, FactWriter, Told, aspects, most_special, told_json
from assistant.texts import TranslatedError, say
from assistant.understand.questions import Question, Understood, of_market, understand
from corpus.vocabulary import Vocabulary

ASKED = "asked"  # the row of the question itself
_MOST = 8  # markets


class NothingToCompare(TranslatedError):
    """Fewer than two markets."""


@dataclass(frozen=True)
class Cell:
    """What the library says for a market; where there are no claims, it says nothing."""

    market: str
    told: Told

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims, the best first."""
        return self.told.claims


@dataclass(frozen=True)
class Row:
    """An aspect, or `ASKED`, for each of the markets."""

    aspect: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Comparison:
    """A question for several markets; `product` is empty where none was named."""

    question: str
    language: str
    product: str
    markets: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims of all cells, in reading order."""
        return tuple(claim for row in self.rows for cell in row.cells for claim in cell.claims)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations of all cells, by number."""
        return cited(self.claims)

    @property
    def filled(self) -> tuple[int, int]:
        """How many cells hold something, and how many there are."""
        cells = [cell for row in self.rows for cell in row.cells]
        return sum(bool(cell.claims) for cell in cells), len(cells)


def compare(question: Question, markets: Sequence[str], fact_writer: FactWriter, vocabulary: Vocabulary) -> Comparison:
    """Compare markets, given by their codes or else named in the question, in the aspects that it names, or in all.

    Raises:
        UnclearQuestion: there are no words in it, or far too many.
        UnknownCode: there is no such market.
        NothingToCompare: there are fewer than two.
    """
    understood = understand(question, vocabulary)
    codes = tuple(dict.fromkeys(vocabulary.market(code).code for code in markets or sorted(understood.markets)))[:_MOST]
    if len(codes) < 2:
        raise NothingToCompare("compare_needs_markets")
    product = most_special(understood.products) or question.profile.product
    reader = question.filters.reader
    language = understood.reader_language

    def cell(aspect: Aspect, code: str) -> Cell:
        return Cell(code, fact_writer.write(aspect, product, code, reader, language))

    asked = (Cell(code, Told(tuple(fact_writer.answer(_inside(understood, code, vocabulary))))) for code in codes)
    rows = [Row(ASKED, tuple(asked))]
    rows += [Row(aspect.code, tuple(cell(aspect, code) for code in codes)) for aspect in _aspects(question.text)]
    return Comparison(understood.text, language, product, codes, tuple(rows))


def _aspects(question: str) -> list[Aspect]:
    """The aspects that a question calls by a word; all that can be called so where it calls none."""
    compared = {aspect.code: aspect.asked for aspect in aspects().values() if aspect.asked}
    called = [code for code, asked in compared.items() if asked.search(fold(question))]
    return [aspects()[code] for code in called or compared]


def _inside(understood: Understood, market: str, vocabulary: Vocabulary) -> Understood:
    """The question about one of the markets alone, with a wall around it."""
    alone = of_market(understood, market, vocabulary)
    return replace(alone, filters=replace(alone.filters, markets=alone.markets))


def to_json(comparison: Comparison) -> dict[str, object]:
    """The object that `compare --json` prints."""
    filled, cells = comparison.filled
    return {
        "question": comparison.question,
        "language": comparison.language,
        "product": comparison.product,
        "markets": list(comparison.markets),
        "rows": [
            {
                "aspect": row.aspect,
                "title": say(comparison.language, f"aspect_{row.aspect}"),
                "cells": [
                    {"market": cell.market, "claims": told_json(cell.told, comparison.product)} for cell in row.cells
                ],
            }
            for row in comparison.rows
        ],
        "filled": filled,
        "cells": cells,
        "citations": [citation_json(citation) for citation in comparison.citations],
    }
