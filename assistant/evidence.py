"""What the library has on a question, and whether that answers it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from assistant.questions import Understood
from index.search import Findings, Hit, Search, Sentence

PASSAGES = 10  # found for a question
READ = 6  # of these, as many are read sentence by sentence

# Cosine of the nearest passage below which a question is about something else. Measured on the development questions
# about Japan and the alliance: answerable ones begin at .839, questions of other worlds end at .817. It is a gate for
# the subject only: it cannot tell a near miss from an answer.
IN_SCOPE = 0.825


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
    """Judge whether the evidence answers the question.

    It is far when nothing lies near, and only near when the question names a market and what was found is about
    others.
    """
    if max((hit.similarity for hit in evidence.hits), default=0.0) < IN_SCOPE:
        return Sufficiency.FAR
    asked = understood.preferences.markets
    told = [hit.document.metadata.markets for hit in evidence.hits[:READ]]
    if asked and not any(asked & markets for markets in told):
        return Sufficiency.NEAR
    return Sufficiency.ANSWERS
