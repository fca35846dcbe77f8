"""What can go wrong and was foreseen.

KnownError
├── BadDocument          a document that cannot be read or is not in the library's form
├── UnknownDocument      an id that the catalogue does not hold
├── UnknownCode          a market, area, topic or kind that the vocabulary does not hold
├── MoveNotAllowed       a stage that cannot follow the present one
└── CatalogueUnavailable the store cannot be read or written just now

Other rooms add their own subclasses beside what raises them. Only the two doors, the command line and the web
page, catch them.
"""

from typing import ClassVar


class KnownError(Exception):
    """A foreseen failure. Its text is one sentence for the person, saying what to do."""

    retryable: ClassVar[bool] = False


class BadDocument(KnownError):
    """A document that cannot be read or is not in the library's form."""


class UnknownDocument(KnownError):
    """An id that the catalogue does not hold."""

    def __init__(self, document_id: str) -> None:
        super().__init__(f"There is no document '{document_id}'; `market-entry corpus list` shows the ids there are.")


class UnknownCode(KnownError):
    """A market, area, topic or kind that the vocabulary does not hold."""

    def __init__(self, what: str, code: str, known: list[str]) -> None:
        super().__init__(f"There is no {what} '{code}'; choose from {', '.join(known)}.")


class MoveNotAllowed(KnownError):
    """A stage that cannot follow the present one."""


class CatalogueUnavailable(KnownError):
    """The store cannot be read or written just now."""

    retryable = True
