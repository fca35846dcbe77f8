"""Checks a draft against the passages it names. Deterministic; what fails is never shown."""

from __future__ import annotations

import re

from assistant.answers import Citation, Claim, Kind, Numbering
from assistant.evidence import Evidence
from assistant.figures import denies, figures, fold
from assistant.questions import mentioned
from assistant.writing import Draft, Support
from corpus.documents import Unit, units
from corpus.passages import SUMMARY
from corpus.vocabulary import Vocabulary
from index.embedding import EmbeddingModel

# Acronyms, codes and names with capitals inside: what is told apart from plain words in every language.
_NAME = re.compile(r"\b(?:[A-Z]{2,}[A-Za-z0-9-]*|[A-Z][a-z]+[A-Z]\w*|[A-Za-z]+\d[\w-]*)\b")
_MARKUP = re.compile(r"[<>]|!\[|\]\(|https?://|```|^\s*[#|]")
_LONGEST = 600  # characters of a statement
_SUPPORTED = 0.85  # cosine of a statement and the nearest sentence it rests on; unrelated ones lie about .78


class Verifier:
    """Lets a draft through as a claim, or not.

    Every draft must name passages that are among the hits (or the summary of a hit's document), and its quotes must
    stand there word for word. A statement of a model must say, besides, nothing that its passages do not: its
    figures, dates, classes, acronyms, codes and markets stand in them, the nearest sentence says about the same, and
    denies when it denies. That sentence becomes the quote of its citation.
    """

    def __init__(self, model: EmbeddingModel, vocabulary: Vocabulary) -> None:
        self._model = model
        self._vocabulary = vocabulary

    def verify(self, draft: Draft, evidence: Evidence, numbering: Numbering) -> Claim | None:
        """The draft as a claim with its citations bound, or None if it does not stand."""
        if not draft.support or not all(_stands(support, evidence) for support in draft.support):
            return None
        support = draft.support
        if draft.kind is Kind.STATEMENT:
            support = self._narrowed(draft)
            if not support:
                return None
        elif not figures(draft.text) <= figures(" ".join(one.quote for one in support)):
            return None
        citations = tuple(_cite(one, numbering) for one in support)
        return Claim(text=draft.text, kind=draft.kind, language=draft.language, citations=citations)

    def _narrowed(self, draft: Draft) -> tuple[Support, ...]:
        """The sentences that bear a model's statement, one a passage; none if it is not borne."""
        text = draft.text
        told = " ".join(_context(one) for one in draft.support)
        if _MARKUP.search(text) or len(text) > _LONGEST or not re.search(r"\w", text):
            return ()
        if not figures(text) <= figures(told):
            return ()
        if not {fold(name) for name in _NAME.findall(text)} <= set(re.findall(r"[\w-]+", fold(told))):
            return ()
        markets = self._vocabulary.markets
        if not mentioned(text, markets) - {"europe"} <= mentioned(told, markets):
            return ()
        return self._bearing(text, draft.support)

    def _bearing(self, text: str, support: tuple[Support, ...]) -> tuple[Support, ...]:
        said = self._model.passages([text])[0]
        bearing: list[tuple[float, Support, Unit]] = []
        for one in support:
            sentences = units(one.hit.passage.text)
            likeness = self._model.passages([sentence.text for sentence in sentences]) @ said
            best = int(likeness.argmax())
            bearing.append((float(likeness[best]), one, sentences[best]))
        nearest, _, sentence = max(bearing, key=lambda item: item[0])
        if nearest < _SUPPORTED or denies(text) != denies(sentence.text):
            return ()
        return tuple(Support(one.hit, unit.start, unit.end) for _, one, unit in bearing)


def _context(support: Support) -> str:
    hit = support.hit
    return f"{hit.document.metadata.title}. {hit.passage.section}. {hit.passage.text}"


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
