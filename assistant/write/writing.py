"""The Writer port; the writer that needs no model, and the one that keeps a chat model on a short leash."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from string import Template
from typing import Protocol

from assistant.answers import ClaimKind
from assistant.find.evidence import Evidence
from assistant.model.chat_model import ChatModel, ModelUnavailable, Usage
from assistant.understand.questions import Understood
from corpus.documents import Passage, Reader, may_quote
from corpus.mentions import mentioned
from corpus.passages import SUMMARY
from corpus.vocabulary import Vocabulary
from index.search import Hit, SentenceHit

CANNOT_ANSWER = "CANNOT_ANSWER"  # what a model writes when the passages do not answer
PROMPTS = Path(__file__).parent
MOST_WORDS = 95  # quoted, beside the short answer
_ALIKE = 0.75  # share of words; a sentence that repeats another one is left out
_FALL = 0.08  # below the best sentence, where the rest stops belonging to the answer
_MOST_CHARACTERS = 6000  # of a model's answer; a long one has 1,500
_KEYS = re.compile(r"\[(P\d+(?:\s*,\s*P\d+)*)\]")
_LANGUAGE_NAMES = {
    "en": "English",
    "ca": "Catalan",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "de": "German",
    "pt": "Portuguese",
    "zh": "Chinese",
    "ja": "Japanese",
    "ko": "Korean",
}
_OF_PASSAGE = 0.3  # how much the score of its passage counts beside a sentence's own similarity


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
    kind: ClaimKind
    language: str
    support: tuple[Support, ...]


class Writer(Protocol):
    """Writes an answer from evidence, a statement at a time."""

    def write(self, understood: Understood, evidence: Evidence) -> Iterator[Draft | Usage]:
        """The statements of the answer, in reading order, and between them what a chat model was used for it."""
        ...


class QuotingWriter:
    """Answers in the library's own words: the best document's short answer, then the best sentences, in order."""

    def __init__(self, vocabulary: Vocabulary, most_words: int = MOST_WORDS) -> None:
        self._vocabulary = vocabulary
        self._most_words = most_words

    def write(self, understood: Understood, evidence: Evidence) -> Iterator[Draft]:
        """The short answer in the reader's language, where there is one, then quotations."""
        reader = understood.filters.reader
        if evidence.hits:
            yield from short_answer(evidence, understood, reader)
        for sentence in self._choose(understood, evidence, reader):
            yield quotation(sentence)

    def _choose(self, understood: Understood, evidence: Evidence, reader: Reader) -> list[SentenceHit]:
        """Sentences near the question that do not repeat each other, grouped by passage, in reading order."""
        chosen: list[SentenceHit] = []
        length = 0
        for sentence in self._quotable(understood, evidence, reader):
            size = len(sentence.unit.text.split())
            if length + size > self._most_words and chosen:
                continue
            if any(_alike(sentence.unit.text, other.unit.text) for other in chosen):
                continue
            chosen.append(sentence)
            length += size
        order = {hit_id: at for at, hit_id in enumerate(dict.fromkeys(s.hit.passage.id for s in chosen))}
        return sorted(chosen, key=lambda sentence: (order[sentence.hit.passage.id], sentence.unit.start))

    def _quotable(self, understood: Understood, evidence: Evidence, reader: Reader) -> list[SentenceHit]:
        """Those sentences that may stand in an answer, best first."""
        ranked = sorted(evidence.sentences, key=_worth, reverse=True)
        ranked = [one for one in ranked if not _is_of_other_areas(one.hit, understood.areas)] or ranked
        quotable = [one for one in ranked if self._stands_alone(one, understood.aims, reader)]
        return [one for one in quotable if _worth(one) >= _worth(quotable[0]) - _FALL]

    def _stands_alone(self, sentence: SentenceHit, asked: frozenset[str], reader: Reader) -> bool:
        """Whether a sentence may be quoted, says something by itself, and does not speak of other markets."""
        text = sentence.unit.text
        named = mentioned(text, self._vocabulary.markets)
        if _is_elsewhere(sentence.hit, asked):  # there, Europe is named as where somebody comes from
            elsewhere = not named & asked - {"europe"}
        else:
            elsewhere = bool(asked and named) and not named & asked
        leads_to_a_list = text.endswith(":")
        summary = sentence.hit.passage.section == SUMMARY
        return not (elsewhere or leads_to_a_list or summary) and may_quote(sentence.hit.document, reader)


class ModelWriter:
    """Lets a chat model answer from the passages alone, a statement a line, each with the keys of its passages.

    Statements come as soon as they are whole. What has no key, or a key that was not given, is a draft without
    support, which no verification lets through.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    def write(self, understood: Understood, evidence: Evidence) -> Iterator[Draft | Usage]:
        """The statements of the model and its usage; none when it says that the passages do not answer.

        Raises:
            ModelUnavailable: the provider does not answer, breaks off, or writes nothing.
            ModelRefused: the provider refuses the key or the request.
        """
        readable = [hit for hit in evidence.hits if may_quote(hit.document, understood.filters.reader)]
        hits = {f"P{number}": hit for number, hit in enumerate(readable, start=1)}
        written = cannot = False
        for line in _lines(self._model.stream(answer_prompt(understood, hits))):
            if isinstance(line, Usage):
                yield line
            elif cannot:  # whatever follows is not read
                return
            elif line == CANNOT_ANSWER:
                cannot = True
            else:
                written = True
                yield _statement(line, hits, understood.language)
        if not written and not cannot:
            raise ModelUnavailable("The chat model wrote nothing.")


def answer_prompt(understood: Understood, hits: Mapping[str, Hit]) -> str:
    """The prompt of `prompts/answer.md`, filled in."""
    passages = "\n\n".join(
        f"[{key}] {hit.document.metadata.title} › {hit.passage.section}"
        f" (facts as of {hit.document.metadata.facts_as_of})\n{hit.passage.text}"
        for key, hit in hits.items()
    )
    template = Template((PROMPTS / "answer.md").read_text("utf-8"))
    return template.substitute(
        language=_LANGUAGE_NAMES[understood.language],
        cannot=CANNOT_ANSWER,
        passages=passages,
        question=understood.text,
    )


def _lines(pieces: Iterator[str | Usage]) -> Iterator[str | Usage]:
    """The lines of a stream as they become whole, and its usage; of what goes on for too long, the whole ones."""
    held = ""
    length = 0
    for piece in pieces:
        if isinstance(piece, Usage):
            yield piece
            continue
        held += piece
        length += len(piece)
        *whole, held = held.split("\n")
        yield from (line.strip() for line in whole if line.strip())
        if length > _MOST_CHARACTERS:
            return
    if held.strip():
        yield held.strip()


def _statement(line: str, hits: Mapping[str, Hit], language: str) -> Draft:
    """A line as a draft: its keys become its support, and the rest its text. An unknown key leaves no support."""
    keys = [key for group in _KEYS.findall(line) for key in re.split(r"\s*,\s*", group)]
    text = " ".join(_KEYS.sub("", line).split())
    known = all(key in hits for key in keys)
    support = tuple(Support(hits[key], 0, len(hits[key].passage.text)) for key in dict.fromkeys(keys)) if known else ()
    return Draft(text, ClaimKind.STATEMENT, language, support)


def short_answer(evidence: Evidence, understood: Understood, reader: Reader) -> Iterator[Draft]:
    """The summary of the document that the best hits come from, in the reader's language or its own.

    A document about other markets or areas than those named gives it only where there is no other.
    """
    language = understood.reader_language
    first = evidence.hits[:5]
    there = [hit for hit in first if not _is_elsewhere(hit, understood.markets)] or first
    weight: dict[str, float] = {}
    for rank, hit in enumerate([hit for hit in there if not _is_of_other_areas(hit, understood.areas)] or there):
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
    yield Draft(text, ClaimKind.SUMMARY, written_in, (Support(replace(hit, passage=passage), 0, len(text)),))


def _is_elsewhere(hit: Hit, markets: frozenset[str]) -> bool:
    about = hit.document.metadata.markets
    return bool(markets and about) and not markets & about


def _is_of_other_areas(hit: Hit, areas: frozenset[str]) -> bool:
    about = hit.document.metadata.areas
    return bool(areas and about) and not areas & about


def quotation(sentence: SentenceHit) -> Draft:
    """A sentence as a quotation of itself."""
    unit = sentence.unit
    support = Support(sentence.hit, unit.start, unit.end)
    return Draft(unit.text, ClaimKind.QUOTATION, sentence.hit.passage.language, (support,))


def _worth(sentence: SentenceHit) -> float:
    return sentence.similarity + _OF_PASSAGE * sentence.hit.score


def _alike(one: str, other: str) -> bool:
    first, second = (set(text.lower().split()) for text in (one, other))
    return len(first & second) / max(min(len(first), len(second)), 1) >= _ALIKE
