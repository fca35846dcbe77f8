"""The Writer port, and the writer that needs no model: it quotes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from assistant.answers import Kind
from assistant.evidence import Evidence
from assistant.questions import Understood
from corpus.documents import Passage, Reader, may_quote
from corpus.passages import SUMMARY
from index.search import Hit, Sentence

MOST_WORDS = 110  # quoted, beside the short answer
_ALIKE = 0.75  # share of words; a sentence that repeats another one is left out
_FALL = 0.08  # below the best sentence, where the rest stops belonging to the answer
_OF_PASSAGE = 0.1  # how much the score of its passage counts beside a sentence's own similarity


@dataclass(frozen=True)
class Support:
    """What a draft says it rests on: a stretch of a hit's passage."""

    hit: Hit
    start: int
    end: int

    @property
    def quote(self) -> str:
        """The words themselves."""
        return self.hit.passage.text[self.start : self.end]


@dataclass(frozen=True)
class Draft:
    """A statement as written, before it is verified."""

    text: str
    kind: Kind
    language: str
    support: tuple[Support, ...]


class Writer(Protocol):
    """Writes an answer from evidence, a statement at a time."""

    def write(self, understood: Understood, evidence: Evidence) -> Iterator[Draft]:
        """The statements of the answer, in reading order."""
        ...


class QuotingWriter:
    """Answers in the library's own words: the best document's short answer, then the best sentences, in order."""

    def __init__(self, most_words: int = MOST_WORDS) -> None:
        self._most_words = most_words

    def write(self, understood: Understood, evidence: Evidence) -> Iterator[Draft]:
        """The short answer in the reader's language, where there is one, then quotations."""
        reader = understood.filters.reader
        if evidence.hits:
            yield from short_answer(evidence, understood.reader_language, reader)
        for sentence in self._choose(evidence.sentences, reader):
            yield quotation(sentence)

    def _choose(self, sentences: tuple[Sentence, ...], reader: Reader) -> list[Sentence]:
        """Sentences near the question that do not repeat each other, grouped by passage, in reading order."""
        chosen: list[Sentence] = []
        length = 0
        for sentence in sorted(sentences, key=_worth, reverse=True):
            size = len(sentence.unit.text.split())
            far = chosen and _worth(sentence) < _worth(chosen[0]) - _FALL
            if far or sentence.hit.passage.section == SUMMARY or not may_quote(sentence.hit.document, reader):
                continue
            if length + size > self._most_words and chosen:
                continue
            if any(_alike(sentence.unit.text, other.unit.text) for other in chosen):
                continue
            chosen.append(sentence)
            length += size
        order = {hit_id: at for at, hit_id in enumerate(dict.fromkeys(s.hit.passage.id for s in chosen))}
        return sorted(chosen, key=lambda sentence: (order[sentence.hit.passage.id], sentence.unit.start))


def short_answer(evidence: Evidence, language: str, reader: Reader) -> Iterator[Draft]:
    """The summary of the document that the best hits come from, in the given language or its own."""
    weight: dict[str, float] = {}
    for rank, hit in enumerate(evidence.hits[:5]):
        weight[hit.document.id] = weight.get(hit.document.id, 0.0) + hit.score / (rank + 1)
    best = max(weight, key=lambda document_id: weight[document_id])
    hit = next(hit for hit in evidence.hits if hit.document.id == best)
    metadata = hit.document.metadata
    written_in = language if language in metadata.summary else metadata.language
    if written_in not in metadata.summary or not may_quote(hit.document, reader):
        return
    text = metadata.summary[written_in]
    ordinal = list(metadata.summary).index(written_in)
    passage = Passage(hit.document.id, hit.document.version.number, ordinal, SUMMARY, text, written_in)
    yield Draft(text, Kind.SUMMARY, written_in, (Support(replace(hit, passage=passage), 0, len(text)),))


def quotation(sentence: Sentence) -> Draft:
    """A sentence as a quotation of itself."""
    unit = sentence.unit
    support = Support(sentence.hit, unit.start, unit.end)
    return Draft(unit.text, Kind.QUOTATION, sentence.hit.passage.language, (support,))


def _worth(sentence: Sentence) -> float:
    return sentence.similarity + _OF_PASSAGE * sentence.hit.score


def _alike(one: str, other: str) -> bool:
    first, second = (set(text.lower().split()) for text in (one, other))
    return len(first & second) / max(min(len(first), len(second)), 1) >= _ALIKE
