"""The sources of a comparison or a plan: one entry a document, with all that is cited of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from assistant.answers import Citation, Claim
from corpus.documents import Document, Source


@dataclass(frozen=True)
class Reference:
    """A document and what is cited of it, numbered in the order in which the claims come to it."""

    n: int
    citations: tuple[Citation, ...]

    @property
    def document(self) -> Document:
        """The document that they are of."""
        return self.citations[0].document

    @property
    def overdue(self) -> bool:
        """Whether the document should have been looked at again."""
        return self.citations[0].overdue

    @property
    def places(self) -> tuple[Citation, ...]:
        """The first citation of each section that is cited."""
        return tuple({one.section: one for one in reversed(self.citations)}.values())[::-1]

    @property
    def sources(self) -> tuple[Source, ...]:
        """What the citations rest on themselves, each once."""
        return tuple(dict.fromkeys(source for one in self.citations for source in one.sources))

    def official(self, kinds: frozenset[str]) -> tuple[str, ...]:
        """The publishers of its official sources, each once."""
        return tuple(dict.fromkeys(source.publisher for source in self.sources if source.kind in kinds))


@dataclass(frozen=True)
class References:
    """The references of claims."""

    entries: tuple[Reference, ...]

    @cached_property
    def _numbers(self) -> Mapping[str, int]:
        return {entry.document.id: entry.n for entry in self.entries}

    def of(self, claim: Claim) -> tuple[int, ...]:
        """The numbers of a claim's documents."""
        return tuple(dict.fromkeys(self._numbers[citation.document.id] for citation in claim.citations))


def references(claims: Iterable[Claim]) -> References:
    """The references of claims, in reading order."""
    cited: dict[str, dict[int, Citation]] = {}
    for claim in claims:
        for citation in claim.citations:
            cited.setdefault(citation.document.id, {})[citation.n] = citation
    return References(tuple(Reference(n, tuple(found.values())) for n, found in enumerate(cited.values(), start=1)))
