"""What the library says of an aspect of a market for a kind of product: cells of comparisons, facts of plans."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from string import Template

from assistant.answers import Claim, Numbering
from assistant.find.evidence import Evidence, find
from assistant.find.sections import PARENTS, SectionHit
from assistant.find.sufficiency import Sufficiency, sufficient
from assistant.understand.questions import Understood
from assistant.verify.verification import Verifier
from assistant.write.drafts import Draft
from assistant.write.quoting_writer import QuotingWriter, answer_of
from corpus.catalogue.catalogue import Catalogue
from corpus.documents import Document, Reader, Stage, may_quote
from corpus.passages import SUMMARY
from corpus.patterns import Words, read_words
from corpus.units import WITHIN, Unit
from corpus.vocabulary import Vocabulary
from index.embedding import Vectors
from index.search import Hit, Search

_MOST = 2  # units of a cell
_MOST_WORDS = 60  # quoted in reply to a question as it was asked
_FALL = 0.05  # of similarity, by which a second unit may come behind the first
_REMEMBERED = 512  # aspects of a market and a product; all there are is about as many for each kind of reader


@dataclass(frozen=True)
class Aspect:
    """Something that is to be known of every market.

    `units` are the codes of the vocabulary's aspects by which units tell it, `question` is how the library is asked for
    it, `asked` the words by which people call it, `general` whether it is the same for all kinds of product.
    """

    code: str
    units: tuple[str, ...]
    question: Template
    asked: Words | None
    general: bool


@cache
def aspects() -> Mapping[str, Aspect]:
    """The aspects shipped with the product, by code, in the order of a table."""
    tables = tomllib.loads((Path(__file__).parent / "aspects.toml").read_text("utf-8"))
    return {
        code: Aspect(
            code=code,
            units=tuple(table["units"]),
            question=Template(table["question"]),
            asked=read_words(table["asked"]) if "asked" in table else None,
            general=table.get("general", False),
        )
        for code, table in tables.items()
    }


@dataclass(frozen=True)
class Told:
    """The units that tell an aspect, best first; `product` is the kind that they are told of, where it is another."""

    sections: tuple[SectionHit, ...] = ()
    product: str = ""


class Finder:
    """Finds the units that tell an aspect.

    What was found last is remembered as long as the library and the day are the same, since companies want to know
    the same of the same markets.
    """

    def __init__(self, search: Search, catalogue: Catalogue, vocabulary: Vocabulary) -> None:
        self.search = search
        self.vocabulary = vocabulary
        self._catalogue = catalogue
        self._remembered = lru_cache(_REMEMBERED)(self._look)

    def find(self, aspect: Aspect, product: str, market: str, reader: Reader, today: date) -> Told:
        """The units on an aspect; of the kind of product that it also is, where there is none on its own kind."""
        return self._remembered(aspect, product, market, reader, today, self.search.state)

    def _look(
        self, aspect: Aspect, product: str, market: str, reader: Reader, today: date, _state: tuple[int, str]
    ) -> Told:
        names = {
            "product": self.vocabulary.products[product].name("en") if product else "a health product",
            "market": self.vocabulary.markets[market].name("en"),
        }
        question = self.search.vector(aspect.question.substitute(names))
        telling = [
            (document, unit)
            for document in self._catalogue.documents(Stage.PUBLISHED)
            if market in document.metadata.markets
            and may_quote(document, reader)
            and not document.metadata.expired(today)
            for unit in document.metadata.units
            if set(unit.aspects) & set(aspect.units) and not unit.unknown
        ]
        for kind in dict.fromkeys((product, PARENTS.get(product, product))):
            fitting = [
                pair
                for pair in telling
                if aspect.general or not kind or not pair[1].products or kind in pair[1].products
            ]
            if fitting:
                best = self._best(aspect, kind, question, fitting)
                return Told(
                    tuple(self._section(document, unit) for document, unit in best), "" if kind == product else kind
                )
        return Told()

    def _best(
        self, aspect: Aspect, product: str, question: Vectors, telling: list[tuple[Document, Unit]]
    ) -> list[tuple[Document, Unit]]:
        """Those that are mainly about the aspect, and about this kind of product alone, and near its question."""

        def near(unit: Unit) -> float:
            return self.search.nearest(question, [unit.question.get("en", ""), unit.answer.get("en", "")])

        def rank(pair: tuple[Document, Unit]) -> float:
            unit = pair[1]
            mainly = min(
                aspect.units.index(code) + unit.aspects.index(code) for code in set(unit.aspects) & set(aspect.units)
            )
            alone = product in unit.products and len(unit.products) <= _MOST
            return near(unit) - _FALL * mainly + _FALL * alone

        ranked = sorted(telling, key=rank, reverse=True)
        return [pair for pair in ranked[:_MOST] if rank(pair) >= rank(ranked[0]) - _FALL]

    def _section(self, document: Document, unit: Unit) -> SectionHit:
        passages = self._catalogue.passages_of(document.id, document.version.number)
        hits = (
            Hit(passage, document, 0.0, 0.0, 0.0)
            for passage in passages
            if passage.section != SUMMARY and passage.section.partition(WITHIN)[0] == unit.section
        )
        return SectionHit(tuple(hits), inside=True, aspect=1.0)


class FactWriter:
    """Writes what the library says of an aspect: the answers of its units, verified."""

    def __init__(self, finder: Finder, verifier: Verifier, today: date) -> None:
        self._finder = finder
        self._verifier = verifier
        self._today = today
        self.numbering = Numbering(today)

    def write(
        self, aspect: Aspect, product: str, market: str, reader: Reader, language: str
    ) -> tuple[list[Claim], str]:
        """The claims on an aspect, in reading order; and the kind of product that they are of, where it is another.

        None where the library says nothing of it. Without a product, those on any.
        """
        told = self._finder.find(aspect, product, market, reader, self._today)
        hits = tuple(hit for section in told.sections for hit in section.hits)
        evidence = Evidence(hits, (), self._finder.search.no_vector, 0.0)
        drafts = [answer_of(section, language) for section in told.sections]
        return list(self._verified(drafts, evidence)), told.product

    def answer(self, understood: Understood) -> list[Claim]:
        """The claims on a question as it was asked; none where the library does not answer it."""
        evidence = find(self._finder.search, understood, self._today)
        verdict = sufficient(understood, evidence)
        if verdict.sufficiency is not Sufficiency.ANSWERS:
            return []
        evidence = verdict.evidence or evidence
        drafts = QuotingWriter(self._finder.vocabulary, _MOST_WORDS).write(understood, evidence)
        return list(self._verified((draft for draft in drafts if isinstance(draft, Draft)), evidence))

    def _verified(self, drafts: Iterable[Draft], evidence: Evidence) -> Iterator[Claim]:
        for draft in drafts:
            verified = self._verifier.verify(draft, evidence, self.numbering)
            if isinstance(verified, Claim):
                yield verified


def most_special(products: Set[str]) -> str:
    """Of several kinds of product that are named, the one that says most; an empty text where none is."""
    return min(products - {PARENTS[product] for product in products & PARENTS.keys()}, default="")
