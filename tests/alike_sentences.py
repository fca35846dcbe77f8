"""Pairs of sentences of the shipped library that say nearly the same, and which of them would count as a dispute."""

from __future__ import annotations

import numpy as np

from assistant.answers import Citation, Dispute
from assistant.app import App
from assistant.verify.disputes import ALIKE, disputes
from corpus.documents import quotables
from corpus.passages import SUMMARY


def disputed(shipped: App, market: str = "") -> list[Dispute]:
    """The disputes among all such pairs, or among those of one market."""
    cited: list[Citation] = []
    for passage, document in shipped.catalogue.published():
        if passage.section != SUMMARY and (not market or market in document.metadata.markets):
            by_key = {source.key: source for source in document.metadata.sources}
            for unit in quotables(passage.text):
                sources = tuple(by_key[key] for key in passage.source_keys(unit.start, unit.end))
                cited.append(Citation(len(cited), passage.id, unit.text, "", None, document, sources, overdue=False))
    known = shipped.cache.embed([one.quote for one in cited])
    vectors = np.stack([known[one.quote] for one in cited])
    alike = np.argwhere(np.triu(vectors @ vectors.T, 1) >= ALIKE)
    assert len(alike) > 10
    found = [disputes([cited[one], cited[other]], known, shipped.vocabulary) for one, other in alike.tolist()]
    return [dispute for some in found for dispute in some]
