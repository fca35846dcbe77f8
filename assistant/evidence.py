"""What the library has on a question, and whether that answers it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from assistant.questions import Understood
from index.search import Findings, Hit, Search, Sentence

PASSAGES = 10  # found for a question
READ = 6  # of these, as many are read sentence by sentence

# Standard deviations by which the nearest passage must stand out from the library (see Findings.margin).
IN_SCOPE = 2.0
ANSWERS = 2.4


class Sufficiency(Enum):
    """Whether what was found answers the question."""

    ANSWERS = "answers"
    NEAR = "near"
    FAR = "far"


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


def sufficient(understood: Understood, evidence: Evidence) -> Sufficiency:
    """Judge whether the evidence answers the question, by how far it stands out from the rest of the library."""
    named = bool(understood.preferences.markets or understood.clusters)
    margin = evidence.findings.margin
    if margin >= ANSWERS:
        return Sufficiency.ANSWERS
    return Sufficiency.NEAR if named or margin >= IN_SCOPE else Sufficiency.FAR
