"""What a writer writes: drafts of statements, each with what it rests on. None is shown before it is verified."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from assistant.answers import ClaimKind
from assistant.find.evidence import Evidence
from assistant.model.chat_model import Usage
from assistant.understand.questions import Understood
from index.search import Hit


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
    """A statement as written, before it is verified.

    `text` is what has to stand in its sources, and `shown` what the person reads, where that is more: a statement may
    repeat what they told of themselves.
    """

    text: str
    kind: ClaimKind
    language: str
    support: tuple[Support, ...]
    shown: str = ""


@dataclass(frozen=True)
class Gap:
    """A part of the question that a writer says the passages do not answer, in words that may be shown."""

    text: str


class Writer(Protocol):
    """Writes an answer from evidence, a statement at a time."""

    def write(self, understood: Understood, evidence: Evidence) -> Iterator[Draft | Gap | Usage]:
        """The statements of the answer, in reading order; between them what is missing, and a chat model's usage."""
        ...
