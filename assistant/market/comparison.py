"""Markets side by side: every cell holds verified quotations with their sources, or is said to be missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.answers import Citation, Claim, citation_json, cited
from assistant.language.quantities import fold
from assistant.language.writing import alone
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
    """A question for several markets, or no question; `product` is empty where none was named.

    A row of which the library says nothing for any of the markets is not among its rows.
    """

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
    def best(self) -> tuple[Claim, ...]:
        """The best claim of each cell that has one, in reading order."""
        return tuple(claim for row in self.rows for cell in row.cells for claim in cell.claims[:1])

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

    Without a text it is no question, and they are compared in all aspects.

    Raises:
        UnclearQuestion: there are no words in its text, or far too many.
        UnknownCode: there is no such market.
        NothingToCompare: there are fewer than two.
    """
    understood = understand(question, vocabulary) if question.text.strip() else None
    named = markets or sorted(understood.markets if understood else ())
    codes = tuple(dict.fromkeys(vocabulary.market(code).code for code in named))[:_MOST]
    if len(codes) < 2:
        raise NothingToCompare("compare_needs_markets")
    product = most_special(understood.products if understood else frozenset()) or question.profile.product
    language = understood.reader_language if understood else question.language or "en"

    def told(aspect: Aspect, code: str) -> Told:
        return fact_writer.write(aspect, product, code, question.filters.reader, language)

    def answered(asked: Understood, code: str) -> Told:
        return Told(tuple(fact_writer.answer(_inside(asked, code, vocabulary))))

    rows = [Row(ASKED, tuple(Cell(code, answered(understood, code)) for code in codes))] if understood else []
    rows += [
        Row(aspect.code, tuple(Cell(code, told(aspect, code)) for code in codes)) for aspect in _aspects(question.text)
    ]
    known = tuple(row for row in rows if any(cell.claims for cell in row.cells))
    return Comparison(understood.text if understood else "", language, product, codes, known)


def title_of(compared: Comparison, vocabulary: Vocabulary) -> str:
    """What a comparison is called: its markets."""
    names = ", ".join(alone(vocabulary.markets[code].name(compared.language)) for code in compared.markets)
    return say(compared.language, "compare_of", markets=names)


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
