"""What the library says of an aspect of a market for a kind of product: cells of comparisons, facts of plans."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from itertools import cycle
from pathlib import Path
from string import Template
from typing import Any

from assistant.answers import Claim, Numbering, claim_json
from assistant.find.evidence import Evidence, find
from assistant.find.sections import PARENTS, SectionHit
from assistant.find.sufficiency import Sufficiency, sufficient
from assistant.market.spans import unit_of
from assistant.understand.frame import Slot
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
from index.search import Hit, Search

_MOST = 2  # units of a cell
_MOST_WORDS = 60  # quoted in reply to a question as it was asked
_FALL = 0.05  # of similarity, by which a second unit may come behind the first
_FIRST = ("pathway", "cost", "time", "representative")  # what is asked first of a market
_REMEMBERED = 512  # aspects of a market and a product; all there are is about as many for each kind of reader

# By how much of similarity a unit stands behind or before others; see `Finder`.
_LATER = 0.003  # for each section before its own, since documents begin with what is general
_LAST = 8
_LESS = 0.05  # for each aspect that it tells before this one
_LESS_DIRECT = 0.03  # for each code by which the aspect is told more directly
_MORE = 0.02  # where it tells something else too
_SPECIAL = 0.03
_MANY_MARKETS = 0.03
_OWN = 0.03
_REPLIES = 0.02

_REPLY = re.compile(
    r"(?:Yes|No|Not|Only|In part|Partly|Possibly|Perhaps|Usually|Mostly|Hardly|It depends|Probably)\b(?! \d)"
)


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
    return {
        code: Aspect(
            code=code,
            units=tuple(table["units"]),
            question=Template(table["question"]),
            asked=read_words(table["asked"]) if "asked" in table else None,
            general=table.get("general", False),
        )
        for code, table in _tables()["aspects"].items()
    }


def aspect_of(code: str) -> str:
    """The aspect to which one of the vocabulary's belongs, by code; empty where it belongs to none."""
    return next((one.code for one in aspects().values() if code in one.units), "")


@cache
def _tables() -> dict[str, Any]:
    tables: dict[str, Any] = tomllib.loads((Path(__file__).parent / "aspects.toml").read_text("utf-8"))
    return tables


@dataclass(frozen=True)
class Told:
    """The claims on an aspect, the best first; `inherited` are those of them that are told of `product` alone.

    That is the kind of product that the one asked about also is: software is a device.
    """

    claims: tuple[Claim, ...] = ()
    inherited: tuple[Claim, ...] = ()
    product: str = ""


class Finder:
    """Finds the units that tell an aspect.

    Near the question, and before others what is general: early in its document, mainly about the aspect and about
    nothing else, of this kind of product itself, and readable without its question. What was found last is remembered
    as long as the library and the day are the same, since companies want to know the same of the same markets.
    """

    def __init__(self, search: Search, catalogue: Catalogue, vocabulary: Vocabulary) -> None:
        self.search = search
        self.vocabulary = vocabulary
        self._catalogue = catalogue
        self._remembered = lru_cache(_REMEMBERED)(self._look)

    def find(
        self, aspect: Aspect, product: str, market: str, reader: Reader, today: date, most: int = _MOST
    ) -> tuple[SectionHit, ...]:
        """The sections whose units tell an aspect of a product, or of the kind that it also is, best first."""
        return self._remembered(aspect, product, market, reader, today, most, self.search.state)

    def unknown(self, product: str, market: str, reader: Reader, today: date) -> Iterator[Unit]:
        """The units that tell what was looked for and not found, on a product, or on the kind that it also is."""
        kinds = {product, PARENTS.get(product, product)}
        for _, _, unit in self._units(market, reader, today):
            if unit.unknown and (not unit.products or kinds & set(unit.products)):
                yield unit

    def questions(self, product: str, markets: Sequence[str], language: str, today: date) -> tuple[str, ...]:
        """Questions that the library answers to everybody, to begin with: of a kind of product, in markets by turns.

        Without a market, those of all of them stand beside each other; without a product, those on any.
        """
        asked = (
            self.question(aspects()[code], product, market, language, today)
            for code, market in zip(_FIRST, cycle(markets or self.vocabulary.markets), strict=False)
        )
        return tuple(dict.fromkeys(filter(None, asked)))

    def question(self, aspect: Aspect, product: str, market: str, language: str, today: date) -> str:
        """The question on an aspect that the library answers to everybody; empty where it answers none."""
        units = (section.unit for section in self.find(aspect, product, market, Reader.ANYONE, today)[:1])
        return next((unit.question.get(language, "") for unit in units if unit), "")

    def _look(
        self,
        aspect: Aspect,
        product: str,
        market: str,
        reader: Reader,
        today: date,
        most: int,
        _state: tuple[int, str],
    ) -> tuple[SectionHit, ...]:
        names = {
            "product": self.vocabulary.products[product].name("en") if product else "a health product",
            "market": self.vocabulary.markets[market].name("en"),
        }
        question = self.search.vector(aspect.question.substitute(names))
        telling = [place for place in self._units(market, reader, today) if _tells(place[2], aspect)]
        if aspect.general and not telling:
            telling = [place for place in self._units("", reader, today) if _tells(place[2], aspect)]
        kinds = {product, PARENTS.get(product, product)}
        fitting = [place for place in telling if not product or not place[2].products or kinds & set(place[2].products)]
        if aspect.general:
            fitting = fitting or telling

        def rank(place: tuple[Document, int, Unit]) -> float:
            unit = place[2]
            near = self.search.nearest(question, [unit.question.get("en", ""), unit.answer.get("en", "")])
            return near + _standing(place, aspect, product)

        ranked = sorted(((rank(place), place) for place in fitting), key=lambda pair: -pair[0])
        best = [place for score, place in ranked[:most] if score >= ranked[0][0] - _FALL]
        return tuple(self._section(document, unit) for document, _, unit in best)

    def _units(self, market: str, reader: Reader, today: date) -> Iterator[tuple[Document, int, Unit]]:
        """The units of documents on a market, or without one of those on none, each with its place in its document."""
        for document in self._catalogue.documents(Stage.PUBLISHED):
            metadata = document.metadata
            about = market in metadata.markets if market else not metadata.markets
            if about and may_quote(document, reader) and not metadata.expired(today):
                for at, unit in enumerate(metadata.units):
                    yield document, at, unit

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
        self, aspect: Aspect, product: str, market: str, reader: Reader, language: str, most: int = _MOST
    ) -> Told:
        """The claims on an aspect; none where the library says nothing of it. Without a product, those on any."""
        sections = self._finder.find(aspect, product, market, reader, self._today, most)
        evidence = Evidence(tuple(hit for one in sections for hit in one.hits), (), self._finder.search.no_vector, 0.0)
        claims: list[Claim] = []
        inherited: list[Claim] = []
        for section in sections:
            told = list(self._verified([answer_of(section, language)], evidence))
            claims += told
            products = section.unit.products if section.unit else ()
            inherited += told if PARENTS.get(product) in products and product not in products else []
        return Told(tuple(claims), tuple(inherited), PARENTS[product] if inherited else "")

    def unknown(self, product: str, market: str, reader: Reader) -> Iterator[Unit]:
        """See `Finder.unknown`."""
        return self._finder.unknown(product, market, reader, self._today)

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


def _tells(unit: Unit, aspect: Aspect) -> bool:
    """Whether a unit tells an aspect; what is mainly about companies or customs tells nothing of a product."""
    apart = not aspect.general and unit.aspects[0] in _tables()["apart"]
    return not unit.unknown and not apart and not set(aspect.units).isdisjoint(unit.aspects)


def _standing(place: tuple[Document, int, Unit], aspect: Aspect, product: str) -> float:
    """How far a unit stands before others that are as near; see `Finder`."""
    document, at, unit = place
    told = set(unit.aspects) & set(aspect.units)
    beside = set(unit.aspects) - set(aspect.units)
    return (
        _OWN * (product in unit.products and PARENTS.get(product) not in unit.products)
        - _LATER * min(at, _LAST)
        - min(_LESS * unit.aspects.index(code) + _LESS_DIRECT * aspect.units.index(code) for code in told)
        - _MORE * bool(beside)
        - _SPECIAL * bool(beside & set(_tables()["special"]))
        - _REPLIES * _replies(unit)
        - _MANY_MARKETS * (len(document.metadata.markets) > 1)
    )


def _replies(unit: Unit) -> bool:
    """Whether its answer says yes or no, so that it cannot be read without the question."""
    return bool(_REPLY.match(unit.answer.get("en", "")))


def asked(claim: Claim, language: str) -> str:
    """The question to which a claim replies with yes or no; empty where it can be read without one."""
    unit = unit_of(claim)
    return unit.question.get(language, unit.question["en"]) if unit and _replies(unit) else ""


def most_special(products: Set[str]) -> str:
    """Of several kinds of product that are named, the one that says most; an empty text where none is."""
    return min(products - {PARENTS[product] for product in products & PARENTS.keys()}, default="")


def subject_of(frame: Iterable[Slot]) -> tuple[str, str]:
    """The market and the kind of product that a question was taken to be about; empty where none is known, or several.

    Of several kinds of product it is that which says most.
    """
    known = {slot.what: slot.terms.keys() for slot in frame}
    markets = known.get("markets", ())
    return next(iter(markets), "") if len(markets) == 1 else "", most_special({*known.get("products", ())})


def told_json(told: Told, product: str) -> list[dict[str, object]]:
    """The claims as the commands print them, each with the kind of product that it is told of."""
    return [
        {**claim_json(claim), "product": told.product if claim in told.inherited else product} for claim in told.claims
    ]
