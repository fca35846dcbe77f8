"""Which sections of the library were found for a question, walled by the markets and products that it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.understand.questions import Understood
from corpus.units import WITHIN, Unit
from index.search import Hit

PARENTS = {"diagnostics": "devices", "software": "devices", "regenerative": "medicines"}  # what is also a ...


@dataclass(frozen=True)
class SectionHit:
    """A section, by its passages among the hits, best first, and its unit where an editor has written one.

    `inside` says whether the market and the product that the question names admit it.
    """

    hits: tuple[Hit, ...]
    inside: bool

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
        """How near it is by its own words; what its whole document is about does not count."""
        parts = self.best.parts
        return parts["similarity"] + parts["sentence"] + parts.get("words", 0.0) + parts.get("asked", 0.0)


def sections_of(hits: Sequence[Hit], understood: Understood) -> tuple[SectionHit, ...]:
    """The sections of hits: first those inside the walls, then the others, each best first."""
    grouped: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        grouped.setdefault((hit.document.id, hit.passage.section.partition(WITHIN)[0]), []).append(hit)
    found = [SectionHit(tuple(group), admits(group[0], understood)) for group in grouped.values()]
    return tuple(sorted(found, key=lambda section: (not section.inside, -section.score)))


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
