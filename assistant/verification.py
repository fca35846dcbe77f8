"""Checks a draft against the passages it names. Deterministic; what fails is never shown."""

from __future__ import annotations

import re

from assistant.answers import Citation, Claim, Numbering
from assistant.evidence import Evidence
from assistant.writing import Draft, Support
from corpus.passages import SUMMARY

_FIGURE = re.compile(r"\d+(?:[.,\u00a0\u202f ]\d{3})*(?:[.,]\d+)?")


def verify(draft: Draft, evidence: Evidence, numbering: Numbering) -> Claim | None:
    """The draft as a claim with its citations bound, or None if it does not stand.

    It stands when every passage it names is among the hits (or is the summary of a hit's document), its quotes
    stand there word for word, and every figure of its text stands in one of the quotes.
    """
    if not draft.support or not all(_stands(support, evidence) for support in draft.support):
        return None
    quoted = {figure for support in draft.support for figure in _figures(support.quote)}
    if not _figures(draft.text) <= quoted:
        return None
    return Claim(
        text=draft.text,
        kind=draft.kind,
        language=draft.language,
        citations=tuple(_cite(support, numbering) for support in draft.support),
    )


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


def _figures(text: str) -> set[str]:
    return {re.sub(r"\D", "", figure) for figure in _FIGURE.findall(text)}
