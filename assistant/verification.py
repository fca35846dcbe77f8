"""Checks a draft against the passages it names. Deterministic; what fails is never shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from assistant.answers import Citation, Claim, Dispute, Kind, Numbering, Reason, Rejected
from assistant.denials import sense
from assistant.disputes import content_words, disputes
from assistant.evidence import Evidence
from assistant.figures import figures, fold, together
from assistant.names import missing_names
from assistant.phrasing import recognise_language
from assistant.questions import mentioned
from assistant.writing import Draft, Support
from corpus.documents import Unit, units
from corpus.passages import SUMMARY
from corpus.vocabulary import Vocabulary
from index.embedding import EmbeddingModel, Vectors
from index.search import Hit
from index.vector_cache import VectorCache

# Cosines of the embedded model, chosen on one half of `tests/benchmarks/statements.jsonl` and confirmed on the other.
SUPPORTED = 0.85  # of a statement and the nearest sentence it rests on; unrelated ones lie about .79
NEAR = 0.03  # below the nearest sentence: as near, others bear the statement with it
ELSEWHERE = 0.02  # by which a passage that is not named may come nearer than those that are
STRAY = 0.83  # of a clause and the nearest sentence: below, it may say something of its own
NEARER_WITHOUT = 0.01  # by which a statement comes nearer to its passage without a stray clause
COVERED = 0.4  # of its words and figures that stand in the bearing sentences, where the languages are the same
ALIKE = 0.95  # from which a statement is so near that no clause of it strays

_MARKUP = re.compile(r"[<>]|!\[|\]\(|https?://|```|^\s*[#|]")
_LONGEST = 600  # characters of a statement
_SHORTEST_CLAUSE = 4  # words
_CLAUSES = 2  # places at which a statement is taken apart; each costs two embeddings
# Where clauses part, the surest first.
_AND = r"(?:and|und|et|ed?|y|i|but|aber|mais|ma|pero|però)"
_PARTINGS = (
    re.compile(r"[;:.]\s+|\s[–—-]\s"),
    re.compile(rf",\s+(?={_AND}\s)"),
    re.compile(r",\s+"),
    re.compile(rf"\s+(?={_AND}\s)"),
)


class Verifier:
    """Lets a draft through as a claim, or says why not.

    Every draft must name passages that are among the hits (or the summary of a hit's document), and its quotes must
    stand there word for word. A statement of a model must say, besides, nothing that its passages do not: `_CHECKS`.
    The sentences that bear it become the quotes of its citations.
    """

    def __init__(self, cache: VectorCache, vocabulary: Vocabulary) -> None:
        self._cache = cache
        self._vocabulary = vocabulary

    def verify(self, draft: Draft, evidence: Evidence, numbering: Numbering) -> Claim | Rejected:
        """The draft as a claim with its citations bound, or as rejected."""
        if not draft.support or not all(_stands(support, evidence) for support in draft.support):
            return Rejected(draft.text, Reason.SOURCE)
        support = draft.support
        if draft.kind is Kind.STATEMENT:
            statement = Statement(draft, evidence, self._cache, self._vocabulary)
            fault = next((reason for reason, has in _CHECKS.items() if has(statement)), None)
            if fault is not None:
                return Rejected(draft.text, fault)
            support = statement.quotes
        elif not _figures_quoted(draft):
            return Rejected(draft.text, Reason.FIGURES)
        citations = tuple(_cite(one, numbering) for one in support)
        return Claim(text=draft.text, kind=draft.kind, language=draft.language, citations=citations)

    def disputes(self, claims: Sequence[Claim]) -> tuple[Dispute, ...]:
        """The pairs of citations of verified claims whose documents disagree; short answers are not compared."""
        cited = {
            citation.n: citation for claim in claims if claim.kind is not Kind.SUMMARY for citation in claim.citations
        }
        vectors = self._cache.embed([citation.quote for citation in cited.values()])
        return disputes(list(cited.values()), vectors, self._vocabulary)


@dataclass(frozen=True)
class Sentence:
    """A sentence of a passage, and its likeness to the statement: a cosine."""

    hit: Hit
    unit: Unit
    likeness: float
    vector: Vectors


@dataclass(frozen=True)
class Clause:
    """A part of a statement, and the sentence of its passages that is nearest to it."""

    text: str
    nearest: Sentence
    likeness: float


class Statement:
    """A model's statement beside the sentences of the passages that it names."""

    def __init__(self, draft: Draft, evidence: Evidence, cache: VectorCache, vocabulary: Vocabulary) -> None:
        self.text = draft.text
        self.language = draft.language
        self._draft = draft
        self._evidence = evidence
        self._cache = cache
        self._vocabulary = vocabulary

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences of the passages that are named, nearest first."""
        return self._read([support.hit for support in self._draft.support])

    @cached_property
    def others(self) -> tuple[Sentence, ...]:
        """The sentences of the other passages that the model was given, nearest first; short answers are left out."""
        named = {support.hit.passage.id for support in self._draft.support}
        return self._read(
            [hit for hit in self._evidence.hits if hit.passage.id not in named and hit.passage.section != SUMMARY]
        )

    @cached_property
    def bearing(self) -> tuple[Sentence, ...]:
        """The sentences that bear it: the nearest, those that come as near, and the nearest of each clause."""
        nearest = self.sentences[0].likeness
        clauses = {id(clause.nearest) for pair in self.clauses for clause in pair if clause.likeness >= STRAY}
        return tuple(one for one in self.sentences if one.likeness >= nearest - NEAR or id(one) in clauses)

    @cached_property
    def clauses(self) -> tuple[tuple[Clause, Clause], ...]:
        """What it falls into at the surest places; nothing where the whole is nearly a sentence of a passage."""
        pairs = _parted(self.text) if self.sentences[0].likeness < ALIKE else []
        if not pairs:
            return ()
        parts = [part for pair in pairs for part in pair]
        likeness = self._model.passages(parts) @ np.stack([sentence.vector for sentence in self.sentences]).T
        read = [
            Clause(part, self.sentences[int(row.argmax())], float(row.max()))
            for part, row in zip(parts, likeness, strict=True)
        ]
        return tuple(zip(read[::2], read[1::2], strict=True))

    @cached_property
    def told(self) -> str:
        """What the bearing sentences say, with the titles and headings that they stand under."""
        heads = dict.fromkeys(f"{one.hit.document.metadata.title}. {one.hit.passage.section}." for one in self.bearing)
        return " ".join([*heads, *(sentence.unit.text for sentence in self.bearing)])

    @property
    def quotes(self) -> tuple[Support, ...]:
        """The nearest sentence of each passage that bears the statement."""
        nearest: dict[str, Sentence] = {}
        for sentence in self.bearing:
            nearest.setdefault(sentence.hit.passage.id, sentence)
        return tuple(Support(one.hit, one.unit.start, one.unit.end) for one in nearest.values())

    def strays(self) -> bool:
        """Whether it comes nearer to its passages without one of its clauses, which no sentence there is near to."""
        whole = self.sentences[0].likeness
        return any(
            max(first.likeness, last.likeness) > whole + NEARER_WITHOUT and min(first.likeness, last.likeness) < STRAY
            for first, last in self.clauses
        )

    def uncovered(self) -> bool:
        """Whether too few of its words and figures stand in the bearing sentences, where the languages are the same."""
        if self.language != self.sentences[0].hit.passage.language:
            return False
        told = figures(self.told, self.language)
        said = content_words(self.text, self.language) | figures(self.text, self.language).said
        borne = content_words(self.told, self.language) | told.said | told.also
        return len(said & borne) < COVERED * len(said)

    def figures_differ(self) -> bool:
        """Whether it gives a figure that the bearing sentences do not, or counts something else with it."""
        told = [figures(self._head(one.hit), one.hit.document.metadata.language) for one in self.bearing]
        told += [figures(one.unit.text, one.hit.passage.language) for one in self.bearing]
        return not figures(self.text, self.language).stand_in(together(told))

    def names_differ(self) -> bool:
        """Whether it names what the bearing sentences do not."""
        nearby = [
            hit.passage.text for hit in self._evidence.hits if all(hit is not sentence.hit for sentence in self.bearing)
        ]
        missing = missing_names(
            self.text,
            self.language,
            self.told,
            translated=self.language != self.sentences[0].hit.passage.language,
            nearby=nearby,
            known=_market_words(self._vocabulary),
        )
        return bool(missing)

    def markets_differ(self) -> bool:
        """Whether it speaks of a market that the bearing sentences and their documents do not."""
        told = mentioned(self.told, self._vocabulary.markets)
        for sentence in self.bearing:
            about = sentence.hit.document.metadata.markets
            if len(about) == 1:
                told |= about
        return not mentioned(self.text, self._vocabulary.markets) <= told

    def contradicts(self) -> bool:
        """Whether it says the contrary of the nearest sentence; where two bear a clause each, of one of them."""
        whole = Clause(self.text, self.sentences[0], self.sentences[0].likeness)
        two = next((pair for pair in self.clauses if _of_two_sentences(pair, whole)), None)
        parts = two or (whole,)
        return any(
            sense(part.text, self.language).contradicts(
                sense(part.nearest.unit.text, part.nearest.hit.passage.language)
            )
            for part in parts
        )

    @property
    def _model(self) -> EmbeddingModel:
        return self._cache.model

    @cached_property
    def _vector(self) -> Vectors:
        vector: Vectors = self._model.passages([self.text])[0]
        return vector

    def _head(self, hit: Hit) -> str:
        return f"{hit.document.metadata.title}. {hit.passage.section}."

    def _read(self, hits: Sequence[Hit]) -> tuple[Sentence, ...]:
        read = [(hit, unit) for hit in hits for unit in units(hit.passage.text)]
        vectors = self._cache.embed([unit.text for _, unit in read])
        found = [
            Sentence(hit, unit, float(vectors[unit.text] @ self._vector), vectors[unit.text]) for hit, unit in read
        ]
        return tuple(sorted(found, key=lambda sentence: -sentence.likeness))


_CHECKS: Mapping[Reason, Callable[[Statement], bool]] = {
    Reason.FORM: lambda statement: (
        bool(_MARKUP.search(statement.text)) or len(statement.text) > _LONGEST or not re.search(r"\w", statement.text)
    ),
    Reason.LANGUAGE: lambda statement: recognise_language(statement.text) != statement.language,
    Reason.SUPPORT: lambda statement: (
        statement.sentences[0].likeness < SUPPORTED or statement.strays() or statement.uncovered()
    ),
    Reason.CITATION: lambda statement: (
        bool(statement.others) and statement.others[0].likeness > statement.sentences[0].likeness + ELSEWHERE
    ),
    Reason.FIGURES: Statement.figures_differ,
    Reason.NAMES: Statement.names_differ,
    Reason.MARKETS: Statement.markets_differ,
    Reason.DENIAL: Statement.contradicts,
}


def _of_two_sentences(pair: tuple[Clause, Clause], whole: Clause) -> bool:
    """Whether two clauses come from two sentences: each is near to its own, and one nearer than the whole is."""
    first, last = pair
    near = min(first.likeness, last.likeness) >= STRAY and max(first.likeness, last.likeness) > whole.likeness
    return near and first.nearest is not last.nearest


def _parted(text: str) -> list[tuple[str, str]]:
    """A statement taken apart between two clauses, at the surest places."""
    found: dict[int, tuple[int, int, str, str]] = {}
    for rank, parting in enumerate(_PARTINGS):
        for match in parting.finditer(text):
            first, last = text[: match.start()], text[match.end() :]
            shorter = min(len(first.split()), len(last.split()))
            if shorter >= _SHORTEST_CLAUSE:
                found.setdefault(match.start(), (rank, -shorter, first, last))
    return [(first, last) for _, _, first, last in sorted(found.values())[:_CLAUSES]]


def _market_words(vocabulary: Vocabulary) -> frozenset[str]:
    """The words by which markets are called, folded: they are looked for as markets, and not as names."""
    names = (name for term in vocabulary.markets.values() for name in (*term.names.values(), *term.aliases))
    return frozenset(word for name in names for word in re.findall(r"\w+", fold(name)))


def _figures_quoted(draft: Draft) -> bool:
    told = [figures(one.quote, one.hit.passage.language) for one in draft.support]
    return figures(draft.text, draft.language).stand_in(together(told))


def _stands(support: Support, evidence: Evidence) -> bool:
    passage = support.hit.passage
    if passage.section == SUMMARY:
        known = {text for hit in evidence.hits for text in hit.document.metadata.summary.values()}
        return passage.text in known
    texts = {hit.passage.id: hit.passage.text for hit in evidence.hits}
    return bool(support.quote.strip()) and support.quote in texts.get(passage.id, "")


def _cite(support: Support, numbering: Numbering) -> Citation:
    hit = support.hit
    by_key = {source.key: source for source in hit.document.metadata.sources}
    keys = hit.passage.source_keys(support.start, support.end)
    sources = tuple(by_key[key] for key in keys if key in by_key) or hit.document.metadata.sources
    return numbering.cite(hit, support.quote, sources)
