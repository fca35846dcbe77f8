"""The questions that the library's units answer, as labelled examples: what they ask, and where the answer stands."""

from __future__ import annotations

from dataclasses import dataclass

from corpus.release.release import LIBRARY, read_library


@dataclass(frozen=True)
class BankQuestion:
    """A question with the unit that answers it, by document and heading; `own` where it is the unit's own question."""

    text: str
    language: str
    document: str
    section: str
    aspects: tuple[str, ...]
    own: bool


def bank() -> list[BankQuestion]:
    """All questions of the shipped library's units."""
    found = []
    for shipped in read_library(LIBRARY):
        for unit in shipped.metadata.units:
            texts = [(language, text, True) for language, text in unit.question.items()]
            texts += [("en", text, False) for text in unit.also_asked]
            found += [
                BankQuestion(text, language, shipped.id, unit.section, unit.aspects, own)
                for language, text, own in texts
            ]
    return found
