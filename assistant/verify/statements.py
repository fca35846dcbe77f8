"""A model's statement beside the sentences of the passages that it names, by their likeness in meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from assistant.find.evidence import Evidence
from assistant.language.numerals import EAST_ASIAN
from assistant.write.drafts import Draft, Support
from corpus.documents import Quotable, quotables
from corpus.passages import SUMMARY, words
from corpus.units import WITHIN
from index.embedding import EmbeddingModel, Vectors
from index.search import Hit

# Cosines of the embedded model, chosen on one half of `tests/benchmarks/statements.jsonl` and confirmed on the other.
NEAR = 0.03  # below the nearest sentence: as near, others bear the statement with it
OWN = 0.83  # of a clause and the nearest sentence, from which that sentence bears it
ACROSS_SCRIPTS = 0.03  # by which it lies lower between a Chinese, Japanese or Korean text and one in Latin letters
ALIKE = 0.95  # from which a statement is so near to a sentence that it need not be taken apart

_SHORTEST_CLAUSE = 4  # words
_IN_PARTS = 3  # sentences that are taken apart, where no whole one is near enough
_MOST_STRETCHES = 30  # of them; each costs an embedding
_MOST_JOINED = 4  # neighbouring parts of a sentence that make a stretch
_PLACES = 2  # at which a statement is taken apart; each costs two embeddings
_AND = r"(?:and|und|et|ed?|y|i|but|aber|mais|mas|ma|pero|però)"
_PARTINGS = (  # where clauses part, the surest first
    re.compile(r"[;:.]\s+|\s[–—-]\s|[；：。](?!$)"),
    re.compile(rf",\s+(?={_AND}\s)"),
    re.compile(r",\s+|[，、]"),
    re.compile(rf"\s+(?={_AND}\s)"),
)


@dataclass(frozen=True)
class Sentence:
    """A sentence of a passage, and its likeness to the statement: a cosine, lifted where the scripts differ."""

    hit: Hit
    unit: Quotable
    similarity: float
    vector: Vectors

    @property
    def head(self) -> str:
        """What it stands under: the title of the document, and the heading of the passage."""
        return f"{self.hit.document.metadata.title}. {self.hit.passage.section}."


# Where a sentence of a passage parts; said of stretches of it, so that a statement may give one of several facts.
_JOINING = (
    *("but", "while", "so", "because", "when", "unless", "if", "aber", "weil", "wenn", "mais", "car", "si"),
    *("pero", "porque", "però", "perquè", "ma", "perché", "mas"),
)
_JOINTS = re.compile(  # a number in brackets, as in 510(k), is none
    rf"[;:]\s+|\s[–—-]\s|,\s+|\s+\(|(?<!\(\w)(?<!\(\w\w)\)\s*|\s+(?=(?:{'|'.join(_JOINING)})\s)|[，；、。]"
)


@dataclass(frozen=True)
class Clause:
    """A statement or a part of it, and the sentence of its passages that is nearest to it."""

    text: str
    nearest: Sentence
    similarity: float


class Statement:
    """A draft of a model, read beside the passages that it names and the others that the model was given.

    `vectors` are those of all their sentences, by text. What costs is made on first use.
    """

    def __init__(self, draft: Draft, evidence: Evidence, model: EmbeddingModel, vectors: Mapping[str, Vectors]) -> None:
        self.text = draft.text
        self.shown = draft.shown or draft.text
        self.language = draft.language
        self._support = draft.support
        self._named = list({support.hit.passage.id: support.hit for support in draft.support}.values())
        self._evidence = evidence
        self._model = model
        self._vectors = vectors

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences of the passages that are named, nearest first."""
        return self._read(self._named)

    @cached_property
    def others(self) -> tuple[Sentence, ...]:
        """The sentences of the other passages, nearest first; short answers are left out."""
        named = {hit.passage.id for hit in self._named}
        hits = (hit for hit in self._evidence.hits if hit.passage.id not in named)
        return self._read([hit for hit in hits if hit.passage.section != SUMMARY])

    @cached_property
    def whole(self) -> Clause:
        """All of it, and the nearest sentence."""
        return Clause(self.text, self.sentences[0], self.sentences[0].similarity)

    @cached_property
    def entailed(self) -> float:
        """How likely the passages that it names say it, read together with it; 1 from a model not trained for that."""
        sections: dict[str, list[str]] = {}
        for hit in self._named:
            sections.setdefault(hit.passage.section.partition(WITHIN)[0], []).append(hit.passage.text)
        sources = ["\n".join([f"{heading}. {first}", *rest]) for heading, (first, *rest) in sections.items()]
        likely = self._model.entailed(self.text, sources)
        return 1.0 if likely is None else likely

    @cached_property
    def halves(self) -> tuple[tuple[Clause, Clause], ...]:
        """What it falls into at the surest places; nothing where it is nearly a sentence of its passages."""
        texts = [text for pair in _parted(self.text) for text in pair] if self.whole.similarity < ALIKE else []
        if not texts:
            return ()
        lifts = np.array([self._lift(sentence.hit) for sentence in self.sentences])
        similarity = self._model.passages(texts) @ np.stack([sentence.vector for sentence in self.sentences]).T + lifts
        clauses = [
            Clause(text, self.sentences[int(row.argmax())], float(row.max()))
            for text, row in zip(texts, similarity, strict=True)
        ]
        return tuple(zip(clauses[::2], clauses[1::2], strict=True))

    @cached_property
    def in_part(self) -> float:
        """The likeness of the nearest stretch: of words that were copied as bearing it, or of the nearest sentences.

        A statement may give a part of a sentence.
        """
        near = self.sentences[:_IN_PARTS]
        found = [(one.hit, text) for one in near for text in stretches(one.unit.text)][:_MOST_STRETCHES]
        found += [(one.hit, one.quote) for one in self._copied]
        if not found:
            return 0.0
        lifts = np.array([self._lift(hit) for hit, _ in found])
        return float((self._model.passages([text for _, text in found]) @ self._vector + lifts).max())

    def nearest_of(self, clause: Clause, parts: Sequence[str]) -> tuple[int, float]:
        """Which part of its nearest sentence comes nearest to a clause, and how near."""
        own, *vectors = self._model.passages([clause.text, *parts])
        likeness = np.stack(vectors) @ own + self._lift(clause.nearest.hit)
        return int(likeness.argmax()), float(likeness.max())

    def said_in(self, clause: Clause, kept: str) -> bool:
        """Whether a clause comes no less near to what is kept of its nearest sentence than to the whole sentence."""
        texts = [clause.text, kept, clause.nearest.unit.text]
        own, part, whole = self._model.passages(texts)
        return float(own @ part) >= float(own @ whole)

    @cached_property
    def copied(self) -> tuple[Sentence, ...]:
        """The sentences whose words the model copied as those that bear it."""
        return tuple(
            one
            for one in self.sentences
            for support in self._copied
            if support.hit.passage.id == one.hit.passage.id
            and support.start < one.unit.end
            and one.unit.start < support.end
        )

    @property
    def copied_words(self) -> str:
        """The words that the model copied as those that bear it; where it copied several, one after another."""
        return " ".join(one.quote for one in self._copied)

    @property
    def copied_language(self) -> str:
        """The language of the words that the model copied."""
        return next((one.hit.passage.language for one in self._copied), self.language)

    @property
    def _copied(self) -> list[Support]:
        return [one for one in self._support if len(one.quote) < len(one.hit.passage.text)]

    @cached_property
    def bearing(self) -> tuple[Sentence, ...]:
        """The sentences that bear it: the nearest, the nearest of each clause, and those copied from.

        Where nothing was copied, those that are as near as the nearest one count, too.
        """
        clauses = {id(clause.nearest) for pair in self.halves for clause in pair if clause.similarity >= self.own}
        clauses |= {id(one) for one in self.copied}
        near = 0.0 if self.copied else NEAR
        return tuple(
            one for one in self.sentences if one.similarity >= self.whole.similarity - near or id(one) in clauses
        )

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """The two clauses of a statement that joins two sentences, one nearer than the whole is; else the whole."""
        for first, last in self.halves:
            near = (
                min(first.similarity, last.similarity) >= self.own
                and max(first.similarity, last.similarity) > self.whole.similarity
            )
            if near and first.nearest is not last.nearest:
                return first, last
        return (self.whole,)

    @cached_property
    def told(self) -> str:
        """What the bearing sentences say, with what they stand under."""
        return " ".join([*dict.fromkeys(one.head for one in self.bearing), *(one.unit.text for one in self.bearing)])

    @cached_property
    def passages(self) -> str:
        """All that the passages say that it names, with what they stand under."""
        heads = dict.fromkeys(one.head for one in self.sentences)
        return " ".join([*heads, *(hit.passage.text for hit in self._named)])

    @property
    def across_scripts(self) -> bool:
        """Whether it is Chinese, Japanese or Korean and the sentence that bears it is not, or the other way round."""
        return self._lift(self.whole.nearest.hit) > 0

    @property
    def own(self) -> float:
        """From which likeness a sentence bears a clause; not lowered across scripts, where any short clause is near."""
        return OWN + ACROSS_SCRIPTS if self.across_scripts else OWN

    @property
    def nearby(self) -> list[str]:
        """The texts of the passages that do not bear it, German ones left out: names do not stand out in them."""
        bearing = {sentence.hit.passage.id for sentence in self.bearing}
        passages = (hit.passage for hit in self._evidence.hits)
        return [passage.text for passage in passages if passage.id not in bearing and passage.language != "de"]

    @property
    def translated(self) -> bool:
        """Whether it is in another language than the sentence that bears it."""
        return self.language != self.whole.nearest.hit.passage.language

    @property
    def quotes(self) -> tuple[Support, ...]:
        """The nearest sentence of each passage that bears it."""
        nearest: dict[str, Sentence] = {}
        for sentence in self.bearing:
            nearest.setdefault(sentence.hit.passage.id, sentence)
        return tuple(Support(one.hit, one.unit.start, one.unit.end) for one in nearest.values())

    @cached_property
    def _vector(self) -> Vectors:
        vector: Vectors = self._model.passages([self.text])[0]
        return vector

    def _read(self, hits: Sequence[Hit]) -> tuple[Sentence, ...]:
        read = [(hit, unit, self._vectors[unit.text]) for hit in hits for unit in quotables(hit.passage.text)]
        found = [
            Sentence(hit, unit, float(vector @ self._vector) + self._lift(hit), vector) for hit, unit, vector in read
        ]
        return tuple(sorted(found, key=lambda sentence: -sentence.similarity))

    def _lift(self, hit: Hit) -> float:
        """What is added to a cosine so that it can be held against the same bounds in all languages."""
        return ACROSS_SCRIPTS if (self.language in EAST_ASIAN) != (hit.passage.language in EAST_ASIAN) else 0.0


def stretches(text: str) -> list[str]:
    """What stands between two joints of a sentence, and neighbours of these together; not the whole of it."""
    parts = parts_of(text)
    found = {
        text[parts[first][0] : parts[last][1]].strip(" ,;:()")
        for first in range(len(parts))
        for last in range(first, min(first + _MOST_JOINED, len(parts)))
        if last - first < len(parts) - 1
    }
    return sorted((one for one in found if words(one) >= _SHORTEST_CLAUSE), key=len)


def parts_of(text: str) -> list[tuple[int, int]]:
    """Where the parts of a sentence begin and end."""
    cuts = [(0, 0), *((match.start(), match.end()) for match in _JOINTS.finditer(text)), (len(text), len(text))]
    return [(one[1], other[0]) for one, other in pairwise(cuts) if other[0] > one[1]]


def _parted(text: str) -> list[tuple[str, str]]:
    """A statement taken apart between two clauses, at the surest places, nearest to its middle."""
    found: dict[int, tuple[int, int, str, str]] = {}
    for rank, parting in enumerate(_PARTINGS):
        for match in parting.finditer(text):
            first, last = text[: match.start()], text[match.end() :]
            shorter = min(words(first), words(last))
            if shorter >= _SHORTEST_CLAUSE:
                found.setdefault(match.start(), (rank, -shorter, first, last))
    return [(first, last) for _, _, first, last in sorted(found.values())[:_PLACES]]
