"""Which sections of the library were found for a question, walled by the markets and products that it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.understand.questions import Understood
from assistant.understand.recognisers import Recogniser
from corpus.units import WITHIN, Unit
from index.embedding import Vectors
from index.search import Hit

_ASPECT = 0.115  # of a score, times how likely the question is about what the section tells
NO_ASPECT = 0.4  # where nobody has said what a section tells: the mean
_OWN_WORDS = ("similarity", "sentence", "words", "answer", "asked")  # parts of a score; not what its document is about

PARENTS = {"diagnostics": "devices", "software": "devices", "regenerative": "medicines"}  # what is also a ...


@dataclass(frozen=True)
class SectionHit:
    """A section, by its passages among the hits, best first, and its unit where an editor has written one.

    `inside` says whether the market and the product that the question names admit it, `aspect` how likely the question
    is about what it tells.
    """

    hits: tuple[Hit, ...]
    inside: bool
    aspect: float

    @property
    def best(self) -> Hit:
        """Its best passage."""
        return self.hits[0]

    @property
    def unit(self) -> Unit | None:
        """What an editor added to it."""
        return self.best.unit

    @property
    def place(self) -> tuple[str, str]:
        """Its document and its heading."""
        return self.best.document.id, self.heading

    @property
    def heading(self) -> str:
        """What stands above it."""
        return self.best.passage.section.partition(WITHIN)[0]

    @property
    def score(self) -> float:
        """How well it answers, by its own words and its unit's."""
        return sum(self.best.parts[name] for name in _OWN_WORDS) + _ASPECT * self.aspect


def sections_of(
    hits: Sequence[Hit], understood: Understood, question: Vectors, aspects: Recogniser
) -> tuple[SectionHit, ...]:
    """The sections of hits for a question with that vector: first those inside the walls, each best first."""
    grouped: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        grouped.setdefault((hit.document.id, hit.passage.section.partition(WITHIN)[0]), []).append(hit)
    likely = aspects.of(question)
    found = [
        SectionHit(tuple(group), admits(group[0], understood), _about(group[0].unit, likely))
        for group in grouped.values()
    ]
    return tuple(sorted(found, key=lambda section: (not section.inside, -section.score)))


def _about(unit: Unit | None, likely: Mapping[str, float]) -> float:
    if unit is None or not likely:
        return NO_ASPECT
    return sum(likely.get(aspect, 0.0) for aspect in unit.aspects)


def admits(hit: Hit, understood: Understood) -> bool:
    """Whether a passage is about a market and a product that the question names; one about all of them is."""
    markets = understood.target_markets or understood.markets
    about = hit.document.metadata.markets
    if markets and about and not markets & about:
        return False
    products = hit.unit.products if hit.unit else ()
    return not products or not understood.products or bool(with_parents(understood.products) & set(products))


def with_parents(products: frozenset[str]) -> frozenset[str]:
    """Kinds of product with those that they also are: software is a device."""
    return products | {PARENTS[product] for product in products & PARENTS.keys()}
