"""Which sections of the library were found for a question, walled by the markets and products that it names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assistant.understand.questions import Understood
from corpus.units import WITHIN, Unit
from index.search import Hit

_ASPECT = 0.115  # of a score, times how likely the question is about what the section tells
# Of the score of a section that answers a plain question, which says nothing but market, product and aspect: for one
# that is about all kinds of product, and for each aspect that it tells beside its main one.
_GENERAL, _FURTHER = 0.05, -0.04
_PLAIN = (0.88, 0.92)  # cosines between a question and its frame, from none to all of that counting
_WHOLE_WAY = 0.1  # of the score of a section that tells the whole way, times how unlikely the question is about that
NO_ASPECT = 0.4  # where nobody has said what a section tells: the mean
_OTHER = 0.08  # of a score, times how likely the question is about a kind of product that the section does not admit
_READS = 0.04  # of a score, times the log-odds that the question is answered, as it is read over the section
# Parts of a score; not what its document is about.
_OWN_WORDS = ("similarity", "sentence", "words", "answer", "asked", "read_answer", "read_asked")

OPENING = "overview"  # the aspect of who asks how to get in
PARENTS = {"diagnostics": "devices", "software": "devices", "regenerative": "medicines"}  # what is also a ...


@dataclass(frozen=True)
class SectionHit:
    """A section, by its passages among the hits, best first, and its unit where an editor has written one.

    `inside` says whether the market and the product that the question names admit it, `aspect` how likely the question
    is about what it tells, `general` what its score has for being as general as the question, or lacks, also for being
    about another kind of product. `reads` are the log-odds that it answers, as the model reads the question over it; of
    a section that was not read those of the worst that was. `points` are the numbers of its unit's points, nearest to
    the question first.
    """

    hits: tuple[Hit, ...]
    inside: bool
    aspect: float
    general: float = 0.0
    reads: float = 0.0
    points: tuple[int, ...] = ()

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
        return (
            sum(self.best.parts.get(name, 0.0) for name in _OWN_WORDS)
            + _ASPECT * self.aspect
            + self.general
            + _READS * self.reads
        )

    @property
    def answering(self) -> str:
        """What a question is read over."""
        begins = min(self.hits, key=lambda hit: hit.passage.ordinal).passage.text
        return as_answering(self.heading, self.unit, begins)


def sections_of(
    hits: Sequence[Hit],
    understood: Understood,
    likely: Mapping[str, float],
    products: Mapping[str, float],
    plain: float,
) -> tuple[SectionHit, ...]:
    """The sections of hits, first those inside the walls, each best first.

    `likely` is what the question asks for, `products` the kind of product that it is about, where it names none, and
    `plain` its cosine to what its frame alone says.
    """
    grouped: dict[tuple[str, str], list[Hit]] = {}
    for hit in hits:
        grouped.setdefault((hit.document.id, hit.passage.section.partition(WITHIN)[0]), []).append(hit)
    found = [
        SectionHit(
            tuple(group),
            admits(group[0], understood),
            _about(group[0].unit, likely),
            _general(group[0].unit, plain) - _too_wide(group[0].unit, likely) - _of_another(group[0].unit, products),
        )
        for group in grouped.values()
    ]
    return best_first(found)


def best_first(sections: Iterable[SectionHit]) -> tuple[SectionHit, ...]:
    """Sections in the order in which they answer, first those inside the walls."""
    return tuple(sorted(sections, key=lambda section: (not section.inside, -section.score)))


def as_answering(heading: str, unit: Unit | None, begins: str) -> str:
    """What a question is read over: a section by its heading, its unit's question and answer, and how it `begins`."""
    told = (unit.question.get("en", ""), unit.answer.get("en", "")) if unit else ("", "")
    return f"{heading}. {told[0]} {told[1]} {begins}"


def _about(unit: Unit | None, likely: Mapping[str, float]) -> float:
    if unit is None or not likely:
        return NO_ASPECT
    return sum(likely.get(aspect, 0.0) for aspect in unit.aspects)


def _general(unit: Unit | None, plain: float) -> float:
    none, all_of_it = _PLAIN
    counting = min(max((plain - none) / (all_of_it - none), 0.0), 1.0)
    return counting * (_GENERAL * (not unit.products) + _FURTHER * (len(unit.aspects) - 1)) if unit else 0.0


def _too_wide(unit: Unit | None, likely: Mapping[str, float]) -> float:
    whole_way = unit is not None and {OPENING, "route"} <= set(unit.aspects)
    return _WHOLE_WAY * (1 - likely[OPENING]) if whole_way and likely else 0.0


def _of_another(unit: Unit | None, likely: Mapping[str, float]) -> float:
    about = set(unit.products) if unit else set()
    others = [share for code, share in likely.items() if not about & with_parents(frozenset({code}))]
    return _OTHER * sum(others) if about else 0.0


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
