"""One search: by meaning and by words, blended, and every hit checked against the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from corpus.catalogue import Catalogue
from corpus.documents import Document, Passage, Reader, Unit, may_read, units
from index.build import Generation, Index
from index.embedding import Vectors
from index.vector_cache import VectorCache

VECTORS, LEXICAL = "vectors", "lexical"  # the names under which a hit tells its ranks

# The lexical share of a score. Words help where question and document share a language and do harm where they
# do not: equal weights took a Spanish question's R@1 from .87 to .45.
SHARE_SAME_LANGUAGE = 0.3
SHARE_OTHER_LANGUAGE = 0.1
# What a passage gains when its document's short answer, in the language of the question, lies near the question; it
# took key recall@5 on the development questions from .927 to .952.
SUMMARY_VOTE = 0.3
PREFERENCE = 0.15  # what it gains when its document is about what the question names
_REACH = 50  # candidates taken from each list, at least; the similarity at this rank counts as 0


@dataclass(frozen=True)
class Filters:
    """Walls the reader set: nothing outside them is shown. An empty set is no wall."""

    markets: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    reader: Reader = Reader.ANYONE

    def admits(self, document: Document) -> bool:
        """Whether a document may be shown; one about all markets or all areas stands inside every wall."""
        metadata = document.metadata
        return (
            may_read(document, self.reader)
            and (not self.markets or not metadata.markets or bool(self.markets & metadata.markets))
            and (not self.areas or not metadata.areas or bool(self.areas & metadata.areas))
        )


@dataclass(frozen=True)
class Preferences:
    """What the question itself names; documents about it come first, others are not shut out."""

    markets: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()

    def share(self, document: Document) -> float:
        """How far a document is about it: 0 not at all, 1 in every respect named."""
        named = [
            bool(wanted & has)
            for wanted, has in (
                (self.markets, document.metadata.markets),
                (self.areas, document.metadata.areas),
            )
            if wanted
        ]
        return sum(named) / len(named) if named else 0.0


@dataclass(frozen=True)
class Hit:
    """A passage that was found: its score, and the ranks (from 1) and similarity that explain it."""

    passage: Passage
    document: Document
    score: float
    similarity: float
    ranks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Findings:
    """The hits of a question, best first, and the question's own vector."""

    question: Vectors
    hits: tuple[Hit, ...]


@dataclass(frozen=True)
class Sentence:
    """A quotable unit of a hit, and its cosine similarity to the question."""

    hit: Hit
    unit: Unit
    similarity: float


class Search:
    """Searches the current generation on behalf of a reader."""

    def __init__(self, catalogue: Catalogue, index: Index, cache: VectorCache) -> None:
        self._catalogue = catalogue
        self._index = index
        self._cache = cache

    def find(
        self,
        question: str,
        *,
        language: str,
        filters: Filters | None = None,
        preferences: Preferences | None = None,
        limit: int = 10,
    ) -> Findings:
        """The best passages for a question, at most `limit`."""
        filters = filters or Filters()
        preferences = preferences or Preferences()
        generation = self._index.current()
        vector = self._cache.model.query(question)
        reach = max(_REACH, 4 * limit)
        while True:
            candidates = self._candidates(generation, question, vector, reach)
            hits = self._admitted(candidates, language, filters, preferences)
            if len(hits) >= limit or reach >= generation.manifest.passages:
                return Findings(vector, tuple(hits[:limit]))
            reach *= 4  # the walls kept too much out: look further

    def sentences(self, findings: Findings, among: int) -> tuple[Sentence, ...]:
        """The sentences of the first hits, nearest to the question first."""
        read = [(hit, unit) for hit in findings.hits[:among] for unit in units(hit.passage.text)]
        vectors = self._cache.embed([unit.text for _, unit in read])
        found = [Sentence(hit, unit, float(vectors[unit.text] @ findings.question)) for hit, unit in read]
        return tuple(sorted(found, key=lambda sentence: -sentence.similarity))

    def _candidates(self, generation: Generation, question: str, vector: Vectors, reach: int) -> _Candidates:
        dense = generation.vectors.nearest(vector, reach)
        lexical = generation.lexical.nearest(question, reach)
        similarities = dict(dense)
        unseen = [key for key, _ in lexical if key not in similarities]
        return _Candidates(
            question=vector,
            similarities=similarities | generation.vectors.similarities(vector, unseen),
            lexical=dict(lexical),
            ranks={
                VECTORS: {key: rank for rank, (key, _) in enumerate(dense, start=1)},
                LEXICAL: {key: rank for rank, (key, _) in enumerate(lexical, start=1)},
            },
        )

    def _admitted(
        self, candidates: _Candidates, language: str, filters: Filters, preferences: Preferences
    ) -> list[Hit]:
        """Those candidates that the catalogue still holds and the walls admit, best first."""
        admitted = {
            key: (passage, document)
            for key, (passage, document) in self._catalogue.current(candidates.similarities).items()
            if filters.admits(document)
        }
        scores = blend(
            dense={key: candidates.similarities[key] for key in admitted},
            lexical=candidates.lexical,
            shares={
                key: SHARE_SAME_LANGUAGE if passage.language == language else SHARE_OTHER_LANGUAGE
                for key, (passage, _) in admitted.items()
            },
        )
        votes = self._votes({document.id: document for _, document in admitted.values()}, candidates.question, language)
        hits = [
            Hit(
                passage=passage,
                document=document,
                score=scores[key]
                + SUMMARY_VOTE * votes.get(document.id, 0.0)
                + PREFERENCE * preferences.share(document),
                similarity=candidates.similarities[key],
                ranks={name: table[key] for name, table in candidates.ranks.items() if key in table},
            )
            for key, (passage, document) in admitted.items()
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))

    def _votes(self, documents: Mapping[str, Document], question: Vectors, language: str) -> dict[str, float]:
        """How near each document's short answer lies to the question, from 0 for the farthest to 1 for the nearest.

        A document without one, or whose vector is not made yet, gets what the others get on average.
        """
        answers = {key: summary_in(document, language) for key, document in documents.items()}
        vectors = self._cache.known([text for text in answers.values() if text])
        near = {key: float(vectors[text] @ question) for key, text in answers.items() if text in vectors}
        if not near:
            return {}
        low, high = min(near.values()), max(near.values())
        votes = {key: (similarity - low) / max(high - low, 1e-9) for key, similarity in near.items()}
        average = sum(votes.values()) / len(votes)
        return {key: votes.get(key, average) for key in documents}


@dataclass(frozen=True)
class _Candidates:
    question: Vectors
    similarities: Mapping[str, float]
    lexical: Mapping[str, float]
    ranks: Mapping[str, Mapping[str, int]]


def summary_in(document: Document, language: str) -> str:
    """A document's short answer in a language, in its own where there is none, else an empty text."""
    summary = document.metadata.summary
    return summary.get(language) or summary.get(document.metadata.language, "")


def blend(dense: Mapping[str, float], lexical: Mapping[str, float], shares: Mapping[str, float]) -> dict[str, float]:
    """One score a candidate, weighted by its lexical share; the best of both lists has 1.

    Similarities are scaled so that the one at rank 50 counts 0, BM25 scores by the best of them; a candidate that the
    words did not find counts 0 there. Candidates are the keys of `dense`.
    """
    if not dense:
        return {}
    ordered = sorted(dense.values(), reverse=True)
    high, low = ordered[0], ordered[min(_REACH, len(ordered)) - 1]
    top = max((lexical[key] for key in dense if key in lexical), default=0.0)
    return {
        key: (1 - shares[key]) * (similarity - low) / max(high - low, 1e-9)
        + shares[key] * max(lexical.get(key, 0.0), 0.0) / max(top, 1e-9)
        for key, similarity in dense.items()
    }
