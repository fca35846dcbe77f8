"""What the library has on a question."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.questions import Understood
from index.search import Hit, Search, Sentence

PASSAGES = 10  # found for a question
READ = 6  # of these, as many are read sentence by sentence


@dataclass(frozen=True)
class Evidence:
    """The hits of a question and their sentences, both best first.

    Where several things are asked, `parts` holds the same sentences for each, by their nearness to that thing alone.
    Searching for each thing by itself, and giving each a turn in the answer, measured worse than asking all at once.
    """

    hits: tuple[Hit, ...]
    sentences: tuple[Sentence, ...]
    parts: tuple[tuple[Sentence, ...], ...] = ()


def find(search: Search, understood: Understood) -> Evidence:
    """Look a question up."""
    findings = search.find(
        understood.text,
        language=understood.language,
        filters=understood.filters,
        preferences=understood.preferences,
        limit=PASSAGES,
    )
    sentences = search.sentences(findings.question, findings.hits[:READ])
    return Evidence(
        findings.hits,
        sentences,
        tuple(search.sentences(search.vector(part), findings.hits[:READ]) for part in understood.parts),
    )
