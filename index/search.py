"""One search: by meaning and by words, and every hit checked against the catalogue."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Protocol

import numpy as np

from corpus.catalogue.catalogue import Catalogue
from corpus.documents import Document, Passage, Quotable, Reader, may_read, quotables
from corpus.errors import KnownError
from corpus.units import WITHIN, Unit
from index.build import Generation, Index, indexed_text, sentence_text
from index.embedding import EmbeddingModel, Vectors
from index.vector_cache import VectorCache
from index.vector_server import VectorsGone

VECTORS, LEXICAL, RERANKER = "vectors", "lexical", "reranker"  # the names under which a hit tells its ranks

# A score is a cosine and what is added to it. Measured on judged collections and on the development questions;
# see "Finding" in docs/measurements.md.
WORDS = 0.025  # times the overlap of the words of question and passage, see `Lexical.nearest`
SUMMARY = 0.5  # times the similarity of the document's short answer in the question's language
SENTENCE = 0.7  # times the similarity of the passage's nearest sentence, under its heading
ANSWER = 0.75  # times that of the answer of the section's unit, in whatever language comes nearest
ASKED = 1.5  # times that of the nearest question that the unit answers
# By how much these two lie above passage and nearest sentence on average: a section without a unit has that instead.
_ANSWER_ABOVE, _ASKED_ABOVE = -0.01, 0.045
# The same two by the vector that was trained on questions, see `EmbeddingModel.asked`, and how they lie above the
# nearest sentence by it.
READ_ANSWER, READ_ASKED = 0.5, 1.0
_READ_ANSWER_ABOVE, _READ_ASKED_ABOVE = -0.02, 0.0
PREFERENCE = 0.01  # times the share of what the question names that the document is about
PRIOR = 0.005  # times how binding and how new the document is: decides between passages that fit alike
_BINDING = {"law-summary": 1.0, "guidance-summary": 0.5}  # by kind; others follow
_OLD = 5.0  # years behind the newest of the candidates, at which a document's age counts in full
_REACH = 100  # candidates taken from each list, at least
_READ = 60  # hits that are read sentence by sentence
_RERANKED = 20  # hits that a reranker reads
_OF_ONE_DOCUMENT = 5  # passages in a row of hits before those of other documents come first


_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Filters:
    """Walls the reader set: nothing outside them is shown. An empty set is no wall.

    `without` are sections, by document and heading, that are taken for not being there: whoever measures asks so what
    is said of a question whose answer is missing.
    """

    markets: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    reader: Reader = Reader.ANYONE
    without: frozenset[tuple[str, str]] = frozenset()

    def admits(self, document: Document, today: date) -> bool:
        """Whether a document may be shown; one about all markets or all areas stands inside every wall.

        An event that is over is no answer to anybody.
        """
        metadata = document.metadata
        return (
            may_read(document, self.reader)
            and not metadata.expired(today)
            and (not self.markets or not metadata.markets or bool(self.markets & metadata.markets))
            and (not self.areas or not metadata.areas or bool(self.areas & metadata.areas))
        )

    def leaves_out(self, passage: Passage) -> bool:
        """Whether a passage is of a section that is taken for not being there."""
        return (passage.document_id, passage.section.partition(WITHIN)[0]) in self.without


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
    """A passage that was found: its score, and what explains it.

    `similarity` is its cosine to the question, `overlap` how much its words overlap with the question's, `ranks` its
    places (from 1) in the lists that found it, `parts` what the score is made of.
    """

    passage: Passage
    document: Document
    score: float
    similarity: float
    overlap: float
    ranks: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, float] = field(default_factory=dict)

    @property
    def unit(self) -> Unit | None:
        """The unit of its section, where an editor has written one."""
        return self.document.metadata.unit(self.passage.section)


@dataclass(frozen=True)
class Findings:
    """The hits of a question, best first, and the question's own vector.

    `background` is the mean similarity of all passages that were looked at: what a passage has that merely deals with
    the same things.
    """

    question: Vectors
    hits: tuple[Hit, ...]
    background: float


@dataclass(frozen=True)
class SentenceHit:
    """A quotable unit of a hit, and its cosine similarity to the question."""

    hit: Hit
    unit: Quotable
    similarity: float


class Reranker(Protocol):
    """Judges texts against a question, better and slower than vectors do."""

    def relevance(self, question: str, texts: Sequence[str]) -> list[float]:
        """How well each text answers the question; greater is better, on any scale."""
        ...


class Search:
    """Searches the current generation on behalf of a reader.

    A reranker, where there is one, puts the first hits into its own order; when it fails, they keep ours.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        index: Index,
        cache: VectorCache,
        reranker: Reranker | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._index = index
        self._cache = cache
        self._reranker = reranker

    def find(
        self,
        question: str,
        *,
        language: str,
        today: date,
        filters: Filters | None = None,
        preferences: Preferences | None = None,
        limit: int = 10,
        enough: int | None = None,
        in_conversation: str = "",
    ) -> Findings:
        """The best passages for a question asked today, at most `limit`; with `enough` none is looked for further.

        The trained layers read it as it stands `in_conversation`, where something was asked before it.
        """
        look = partial(
            self._look,
            question,
            asked=self._cache.model.asked(in_conversation or question),
            language=language,
            today=today,
            filters=filters or Filters(),
            preferences=preferences or Preferences(),
            limit=limit,
            enough=enough or limit,
        )
        try:
            return look(self._index.current())
        except VectorsGone:  # a newer generation is there, and others have removed this one from its server
            return look(self._index.newest())

    @property
    def state(self) -> tuple[int, str]:
        """What is searched: as long as it is the same, a question finds the same."""
        return self._catalogue.position, self._index.current().manifest.name

    @property
    def model(self) -> EmbeddingModel:
        """The model by which it searches."""
        return self._cache.model

    def vector(self, question: str) -> Vectors:
        """The vector of a question."""
        return self._cache.model.query(question)

    @property
    def no_vector(self) -> Vectors:
        """The vector of what is looked up without a question."""
        return np.zeros(self._cache.model.dimension, dtype=np.float32)

    def sentences(self, question: Vectors, hits: Sequence[Hit]) -> tuple[SentenceHit, ...]:
        """The sentences of hits, nearest to the question first."""
        read = [(hit, unit) for hit in hits for unit in quotables(hit.passage.text)]
        texts = [sentence_text(hit.passage, unit) for hit, unit in read]
        vectors = self._cache.embed(texts)
        found = [
            SentenceHit(hit, unit, float(vectors[text] @ question))
            for (hit, unit), text in zip(read, texts, strict=True)
        ]
        return tuple(sorted(found, key=lambda sentence: -sentence.similarity))

    def whole(self, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """Hits of one section with its other passages, which come last and without a score."""
        [first, *_] = hits
        heading = first.passage.section.partition(WITHIN)[0]
        version = first.document.version.number
        found = {hit.passage.id for hit in hits}
        others = (
            Hit(passage, first.document, 0.0, 0.0, 0.0)
            for passage in self._catalogue.passages_of(first.document.id, version)
            if passage.section.partition(WITHIN)[0] == heading
            and passage.language == first.passage.language
            and passage.id not in found
        )
        return (*hits, *others)

    def similarities(self, question: Vectors, texts: Sequence[str]) -> list[float]:
        """How near texts lie to the question."""
        vectors = self._cache.embed(texts)
        return [float(vectors[text] @ question) for text in texts]

    def nearest(self, question: Vectors, texts: Sequence[str]) -> float:
        """The similarity of the nearest of texts whose vectors are known; 0 where none is."""
        return max((float(vector @ question) for vector in self._cache.known(texts).values()), default=0.0)

    def _look(
        self,
        question: str,
        generation: Generation,
        *,
        asked: Vectors | None,
        language: str,
        today: date,
        filters: Filters,
        preferences: Preferences,
        limit: int,
        enough: int,
    ) -> Findings:
        vector = self.vector(question)
        reach = max(_REACH, 4 * enough)
        while True:
            candidates = self._candidates(generation, question, vector, reach)
            admitted = {
                key: (passage, document)
                for key, (passage, document) in self._catalogue.current(candidates.similarities).items()
                if filters.admits(document, today) and not filters.leaves_out(passage)
            }
            hits = self._read(vector, self._scored(candidates, admitted, language, preferences))
            hits = self._read_as_trained(asked, hits)
            if len(hits) >= enough or reach >= generation.vectors.most:
                first = tuple(self._reranked(question, spread(hits))[:limit])
                return Findings(vector, first, background(hits))
            reach *= 4  # the walls kept too much out: look further

    def _reranked(self, question: str, hits: list[Hit]) -> list[Hit]:
        if self._reranker is None or not hits:
            return hits
        first = hits[:_RERANKED]
        try:
            scores = self._reranker.relevance(question, [indexed_text(hit.passage, hit.document) for hit in first])
        except KnownError as error:
            _log.warning("%s", error)
            return hits
        order = sorted(range(len(first)), key=lambda at: -scores[at])
        ranked = [
            replace(first[at], ranks={**first[at].ranks, RERANKER: rank}) for rank, at in enumerate(order, start=1)
        ]
        return ranked + hits[_RERANKED:]

    def _candidates(self, generation: Generation, question: str, vector: Vectors, reach: int) -> _Candidates:
        dense = generation.vectors.nearest(vector, reach)
        lexical = generation.lexical.nearest(question, reach)
        similarities = dict(dense)
        unseen = [key for key, _ in lexical if key not in similarities]
        return _Candidates(
            question=vector,
            similarities=similarities | generation.vectors.similarities(vector, unseen),
            overlaps=dict(lexical),
            ranks={
                VECTORS: {key: rank for rank, (key, _) in enumerate(dense, start=1)},
                LEXICAL: {key: rank for rank, (key, _) in enumerate(lexical, start=1)},
            },
        )

    def _scored(
        self,
        candidates: _Candidates,
        admitted: Mapping[str, tuple[Passage, Document]],
        language: str,
        preferences: Preferences,
    ) -> list[Hit]:
        """Those candidates that the catalogue still holds and the walls admit, best first."""
        votes = self._votes({document.id: document for _, document in admitted.values()}, candidates.question, language)
        newest = max((year(document) for _, document in admitted.values()), default=0.0)
        hits = []
        for key, (passage, document) in admitted.items():
            parts = {
                "similarity": candidates.similarities[key],
                "words": WORDS * candidates.overlaps.get(key, 0.0),
                "summary": SUMMARY * votes.get(document.id, 0.0),
                "named": PREFERENCE * preferences.share(document),
                "prior": PRIOR * prior(document, newest),
            }
            hits.append(
                Hit(
                    passage=passage,
                    document=document,
                    score=sum(parts.values()),
                    similarity=candidates.similarities[key],
                    overlap=candidates.overlaps.get(key, 0.0),
                    ranks={name: table[key] for name, table in candidates.ranks.items() if key in table},
                    parts=parts,
                )
            )
        return sorted(hits, key=_best_first)

    def _read(self, question: Vectors, hits: list[Hit]) -> list[Hit]:
        """The hits with their nearest sentences weighed in, and what the units of their sections answer.

        Where the vectors of sentences are not known, the passage stands for them.
        """
        read = hits[:_READ]
        units = {hit.passage.id: unit for hit in read if (unit := hit.unit)}
        sentences = self._nearest_of(
            question,
            {hit.passage.id: _sentences_of(hit) for hit in read},
        )
        answers = self._nearest_of(question, {key: list(unit.answer.values()) for key, unit in units.items()})
        asked = self._nearest_of(question, {key: unit.asked for key, unit in units.items()})
        weighed = []
        for hit in hits:
            key = hit.passage.id
            sentence = sentences.get(key, hit.similarity)
            text = (hit.similarity + sentence) / 2
            parts = {
                "sentence": SENTENCE * sentence,
                "answer": ANSWER * answers.get(key, text + _ANSWER_ABOVE),
                "asked": ASKED * asked.get(key, text + _ASKED_ABOVE),
            }
            weighed.append(replace(hit, score=hit.score + sum(parts.values()), parts={**hit.parts, **parts}))
        return sorted(weighed, key=_best_first)

    def _read_as_trained(self, asked: Vectors | None, hits: list[Hit]) -> list[Hit]:
        """The hits with what their units ask and answer weighed in as the model was trained to; else as they are."""
        if asked is None:
            return hits
        read = hits[:_READ]
        units = {hit.passage.id: unit for hit in read if (unit := hit.unit)}
        without = [hit for hit in read if hit.passage.id not in units]
        answers = self._nearest_of(asked, {key: list(unit.answer.values()) for key, unit in units.items()})
        questions = self._nearest_of(asked, {key: unit.asked for key, unit in units.items()})
        for key, near in self._nearest_of(asked, {hit.passage.id: _sentences_of(hit) for hit in without}).items():
            answers[key], questions[key] = near + _READ_ANSWER_ABOVE, near + _READ_ASKED_ABOVE
        least_answer, least_asked = min(answers.values(), default=0.0), min(questions.values(), default=0.0)
        weighed = []
        for hit in hits:
            key = hit.passage.id
            parts = {
                "read_answer": READ_ANSWER * answers.get(key, least_answer),
                "read_asked": READ_ASKED * questions.get(key, least_asked),
            }
            weighed.append(replace(hit, score=hit.score + sum(parts.values()), parts={**hit.parts, **parts}))
        return sorted(weighed, key=_best_first)

    def _nearest_of(self, question: Vectors, texts: Mapping[str, Sequence[str]]) -> dict[str, float]:
        """The similarity of the nearest text under each key, for those keys of which all vectors are known."""
        vectors = self._cache.known([text for group in texts.values() for text in group])
        return {
            key: max(float(vectors[text] @ question) for text in group)
            for key, group in texts.items()
            if group and vectors.keys() >= set(group)
        }

    def _votes(self, documents: Mapping[str, Document], question: Vectors, language: str) -> dict[str, float]:
        """The similarity of each document's short answer to the question.

        A document without one, or whose vector is not made yet, gets what the others get on average.
        """
        answers = {key: summary_in(document, language) for key, document in documents.items()}
        vectors = self._cache.known([text for text in answers.values() if text])
        votes = {key: float(vectors[text] @ question) for key, text in answers.items() if text in vectors}
        average = sum(votes.values()) / max(len(votes), 1)
        return {key: votes.get(key, average) for key in documents}


@dataclass(frozen=True)
class _Candidates:
    question: Vectors
    similarities: Mapping[str, float]
    overlaps: Mapping[str, float]
    ranks: Mapping[str, Mapping[str, int]]


def _sentences_of(hit: Hit) -> list[str]:
    return [sentence_text(hit.passage, one) for one in quotables(hit.passage.text)]


def background(hits: Sequence[Hit]) -> float:
    """The mean similarity of passages to their question."""
    return sum(hit.similarity for hit in hits) / max(len(hits), 1)


def _best_first(hit: Hit) -> tuple[float, str]:
    return -hit.score, hit.passage.id


def summary_in(document: Document, language: str) -> str:
    """A document's short answer in a language, in its own where there is none, else an empty text."""
    summary = document.metadata.summary
    return summary.get(language) or summary.get(document.metadata.language, "")


def year(document: Document) -> float:
    """When a document's facts are of, in years."""
    parts = [int(part) for part in document.metadata.facts_as_of.split("-")]
    return parts[0] + (parts[1] / 12 if len(parts) > 1 else 0.0)


def prior(document: Document, newest: float) -> float:
    """From 0 to 1: half for how binding a document is, half for how little it is older than the newest."""
    age = min(max(newest - year(document), 0.0) / _OLD, 1.0)
    return (_BINDING.get(document.metadata.kind, 0.0) + 1.0 - age) / 2


def spread(hits: list[Hit]) -> list[Hit]:
    """The hits in their order, but for those that follow `_OF_ONE_DOCUMENT` of the same document: these come last."""
    seen: Counter[str] = Counter()
    early: list[Hit] = []
    late: list[Hit] = []
    for hit in hits:
        (early if seen[hit.document.id] < _OF_ONE_DOCUMENT else late).append(hit)
        seen[hit.document.id] += 1
    return early + late
