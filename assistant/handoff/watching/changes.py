"""What has changed in the library: all of it, a market, a topic or a document, as anybody may read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from pydantic import BaseModel, ConfigDict

from assistant.language.writing import alone
from assistant.texts import say
from corpus.catalogue.catalogue import Catalogue
from corpus.differences import changed_lines
from corpus.documents import Document, Reader, Stage, may_quote, may_read
from corpus.errors import UnknownDocument
from corpus.vocabulary import Vocabulary

GENERAL = "general"  # in the place of a market: what is about none of them


class Followed(BaseModel):
    """What is followed: a document, or all of a market and topic; all of the library where nothing is said."""

    model_config = ConfigDict(frozen=True)

    document: str = ""
    market: str = ""
    topic: str = ""


@dataclass(frozen=True)
class Change:
    """A version that readers see, since when, and the one that they saw before it, where there was one."""

    document: Document
    at: datetime
    before: Document | None


@dataclass(frozen=True)
class ChangeWords:
    """What is new of a document, in words that anybody may read.

    `summary` is in `language`; `lines` are those that were taken away (`-`) and put in (`+`), in the document's own.
    """

    language: str
    summary: str
    lines: tuple[tuple[str, str], ...]


def changes_of(catalogue: Catalogue, vocabulary: Vocabulary, followed: Followed) -> Iterator[Change]:
    """What anybody may read of what is followed, the newest first."""
    published = catalogue.published_at()
    known = [
        (datetime.fromisoformat(published.get((one.id, one.version.number), one.version.added_at)), one)
        for one in _documents(catalogue, vocabulary, followed)
    ]
    for at, document in sorted(known, key=lambda pair: pair[0], reverse=True):
        yield Change(document, at.astimezone(UTC), _before(catalogue, document))


def readable(catalogue: Catalogue, document_id: str) -> bool:
    """Whether anybody may read a document of that id."""
    try:
        return may_read(catalogue.document(document_id), Reader.ANYONE)
    except UnknownDocument:
        return False


def words_of(catalogue: Catalogue, change: Change, language: str) -> ChangeWords:
    """What is new, in a language where the document is summed up in it."""
    document, summary = change.document, change.document.metadata.summary
    spoken = language if language in summary else "en"
    if not may_quote(document, Reader.ANYONE):
        return ChangeWords(spoken, "", ())
    return ChangeWords(spoken, summary.get(spoken, ""), tuple(_lines(catalogue, change)))


def name_of(catalogue: Catalogue, vocabulary: Vocabulary, followed: Followed, language: str) -> str:
    """What is followed, as people call it; empty for all of the library and for a document that nobody may read."""
    if followed.document:
        known = readable(catalogue, followed.document)
        return catalogue.document(followed.document).metadata.title if known else ""
    general = [say(language, "library_general")] if followed.market == GENERAL else []
    terms = ((followed.market, vocabulary.markets), (followed.topic, vocabulary.topics))
    return ", ".join([*general, *(alone(named[code].name(language)) for code, named in terms if code in named)])


def of_market(document: Document, market: str) -> bool:
    """Whether a document is about a market, or about none where that is asked for; empty for any."""
    markets = document.metadata.markets
    return not market or market in markets or (market == GENERAL and not markets)


def _before(catalogue: Catalogue, document: Document) -> Document | None:
    known = catalogue.versions(document.id)
    earlier = [one for one in known if one.stage is Stage.SUPERSEDED and one.version.number < document.version.number]
    return earlier[-1] if earlier else None


def _documents(catalogue: Catalogue, vocabulary: Vocabulary, followed: Followed) -> list[Document]:
    if followed.document:
        return [catalogue.document(followed.document)] if readable(catalogue, followed.document) else []
    from index.search import Filters  # with the libraries of the index, which a home does not need

    filters = Filters(frozenset({followed.market} & vocabulary.markets.keys()), frozenset(), Reader.ANYONE)
    return [
        one
        for one in catalogue.documents(Stage.PUBLISHED)
        if may_read(one, Reader.ANYONE)
        and filters.admits(one, date.today())
        and of_market(one, followed.market)
        and (not followed.topic or followed.topic in one.metadata.topics)
    ]


def _lines(catalogue: Catalogue, change: Change) -> Iterator[tuple[str, str]]:
    if change.before is None or not may_quote(replace(change.before, stage=Stage.PUBLISHED), Reader.ANYONE):
        return
    before, after = (catalogue.passages_of(one.id, one.version.number) for one in (change.before, change.document))
    for line in changed_lines(before, after):
        if line.sign in "+-":
            yield line.sign, "".join(text for text, _ in line.pieces)
