"""Which units of answer were found for a question, walled by the markets and products that it names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.understand.questions import Understood
from corpus.units import Unit
from index.search import Hit

_PARENTS = {"diagnostics": "devices", "software": "devices", "regenerative": "medicines"}  # what is also a ...


@dataclass(frozen=True)
class UnitHit:
    """A unit and its passages among the hits, best first; `inside` says whether the question's walls admit it."""

    unit: Unit
    hits: tuple[Hit, ...]
    inside: bool

    @property
    def best(self) -> Hit:
        """Its best passage."""
        return self.hits[0]


def units_of(hits: Sequence[Hit], understood: Understood) -> tuple[UnitHit, ...]:
    """The units of hits: first those inside the walls, then the others, each best first."""
    grouped: dict[tuple[str, str], tuple[Unit, list[Hit]]] = {}
    for hit in hits:
        if unit := hit.unit:
            grouped.setdefault((hit.document.id, unit.section), (unit, []))[1].append(hit)
    found = [UnitHit(unit, tuple(of_it), admits(of_it[0], understood)) for unit, of_it in grouped.values()]
    return tuple(sorted(found, key=lambda one: not one.inside))


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
    return products | {_PARENTS[product] for product in products & _PARENTS.keys()}
