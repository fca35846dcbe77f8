"""What the library has on a question."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.questions import Understood
from index.search import Findings, Hit, Search, Sentence

PASSAGES = 10  # found for a question
READ = 6  # of these, as many are read sentence by sentence


@dataclass(frozen=True)
class Evidence:
    """The hits of a question and their sentences, both best first, and what they were judged to be."""

    findings: Findings
    sentences: tuple[Sentence, ...]

    @property
    def hits(self) -> tuple[Hit, ...]:
        """The passages, best first."""
        return self.findings.hits


def find(search: Search, understood: Understood) -> Evidence:
    """Look a question up."""
    findings = search.find(
        understood.text,
        language=understood.language,
        filters=understood.filters,
        preferences=understood.preferences,
        limit=PASSAGES,
    )
    return Evidence(findings, search.sentences(findings, READ))
