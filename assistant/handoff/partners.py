"""Partners are matched by areas, markets and the meaning of what one seeks and the other offers.

Vectors of such texts are personal as the texts are, and a cache keyed by text could neither find nor erase them. So
they are made when somebody looks, by the model itself and not through the vector cache, and kept nowhere. A model
behind an endpoint would be sent the texts, to which nobody has agreed: there, words alone decide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from assistant.handoff.handoffs import Handoff, Handoffs, HandoffStage
from assistant.handoff.letters import LetterKind
from index.analysis import tokens
from index.embedding import EmbeddingModel

_PLACES = 0.1  # what each shared area or market adds to the likeness of two texts


@dataclass(frozen=True)
class Match:
    """Another company that may be the partner sought, and what the two have in common."""

    handoff: Handoff
    similarity: float
    areas: frozenset[str]
    markets: frozenset[str]


def matches(store: Handoffs, number: int, model: EmbeddingModel | None) -> list[Match]:
    """Companies that may be the partner sought, the likeliest first: none with only other areas or markets.

    Without a model, shared words stand in for meaning.

    Raises:
        UnknownHandoff: there is none of that number.
    """
    seeker = store.handoff(number)
    compare = _cosine_similarity(model) if model else _word_overlap
    found: list[Match] = []
    if seeker.draft.kind is not LetterKind.PARTNER:
        return found
    for other in store.find(kind=LetterKind.PARTNER):
        one, two = seeker.draft, other.draft
        areas, markets = one.areas & two.areas, one.markets & two.markets
        apart = (one.areas and two.areas and not areas) or (one.markets and two.markets and not markets)
        if other.number == number or other.stage is HandoffStage.CLOSED or one.email == two.email or apart:
            continue
        similarity = (compare(one.sought, two.offered) + compare(two.sought, one.offered)) / 2
        found.append(Match(other, similarity, areas, markets))
    return sorted(found, key=lambda match: -match.similarity - _PLACES * len(match.areas | match.markets))


def search(store: Handoffs, text: str, model: EmbeddingModel | None) -> list[Handoff]:
    """Companies that seek a partner, first those whose offer or wish is likest to a text; as `matches` compares."""
    compare = _cosine_similarity(model) if model else _word_overlap
    seeking = [one for one in store.find(kind=LetterKind.PARTNER) if one.stage is not HandoffStage.CLOSED]
    return sorted(seeking, key=lambda one: -max(compare(text, one.draft.offered), compare(text, one.draft.sought)))


def _cosine_similarity(model: EmbeddingModel) -> Callable[[str, str], float]:
    return lambda one, two: float(model.query(one) @ model.query(two))


def _word_overlap(one: str, two: str) -> float:
    """The share of the shorter text's words that the other one has, stemmed as English where no language is known."""
    first, second = set(tokens(one, "en")), set(tokens(two, "en"))
    return len(first & second) / max(min(len(first), len(second)), 1)
