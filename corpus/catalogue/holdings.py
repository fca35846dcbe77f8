"""What the catalogue holds, for those who only read it; and the queries that reading and writing share."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import chain, count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, exists, func, or_, select

from corpus.catalogue import tables
from corpus.catalogue.checklist import Check, checklist
from corpus.catalogue.concerns import concerns_of
from corpus.catalogue.originals import originals_beside
from corpus.catalogue.records import Comment, Concern, Event, Flag, Original, Tombstone
from corpus.catalogue.stages import OPEN, STANDING
from corpus.catalogue.undoing import Batch, last_batch
from corpus.documents import Document, Passage, Stage
from corpus.errors import UnknownDocument, UnknownVersion
from corpus.store import Place, Store

MIGRATIONS = Path(__file__).parent / "migrations"
POSITION = "position"

_MANY = 500  # ids in one query; SQLite takes 32,766 variables

_stands = tables.versions.alias()
IN_PLAY = tables.versions.c.stage != Stage.SUPERSEDED
SHOWN = or_(  # the version that stands, else the open one
    tables.versions.c.stage.in_(STANDING),
    tables.versions.c.stage.in_(OPEN)
    & ~exists().where(_stands.c.document_id == tables.documents.c.id, _stands.c.stage.in_(STANDING)),
)


class Holdings:
    """The documents of one installation, in one store that several processes may use at once.

    Raises:
        StoreUnavailable: from every method, when the store cannot be read or written.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self.store = Store(place, MIGRATIONS)
        self.originals = originals_beside(place)

    def close(self) -> None:
        """Give the store's connections back."""
        self.store.close()

    @property
    def position(self) -> int:
        """A number that grows with every change of what is published."""
        return int(self.note(POSITION) or 0)

    def note(self, name: str) -> str | None:
        """What was last noted under a name."""
        with self.store.reading() as connection:
            return connection.scalar(select(tables.notes.c.value).where(tables.notes.c.name == name))

    def document(self, document_id: str, number: int | None = None) -> Document:
        """The document of that id: the version that stands, else the open one; or the version of that number.

        Raises:
            UnknownDocument: there is none of that id.
            UnknownVersion: it has no version of that number.
        """
        with self.store.reading() as connection:
            return one_document(connection, document_id, number)

    def draft(self, document_id: str) -> Document | None:
        """The open version of a document, where there is one, whatever stands beside it."""
        with self.store.reading() as connection:
            found = some_documents(connection, tables.documents.c.id == document_id, tables.versions.c.stage.in_(OPEN))
        return found[0] if found else None

    def versions(self, document_id: str) -> list[Document]:
        """All versions of a document, the first one first; an empty list where there is no such document."""
        with self.store.reading() as connection:
            return some_documents(connection, tables.documents.c.id == document_id)

    def documents(self, stage: Stage | None = None) -> list[Document]:
        """All documents, as `document` shows them, or all versions that are at a stage; sorted by id."""
        with self.store.reading() as connection:
            return some_documents(connection, SHOWN if stage is None else tables.versions.c.stage == stage)

    def due(self, day: date) -> list[Document]:
        """The published documents that are overdue on a day; for a day to come, those that will be by then."""
        return [document for document in self.documents(Stage.PUBLISHED) if document.metadata.overdue(day)]

    def resting_on(self, source: str) -> list[Document]:
        """The versions in play that rest on a source: its key, its address, or a part of its title or publisher."""
        with self.store.reading() as connection:
            return resting_on(connection, source)

    def flagged(self) -> list[Document]:
        """The versions in play of which a source has changed."""
        bears = exists().where(
            tables.flags.c.document_id == tables.versions.c.document_id,
            tables.flags.c.version == tables.versions.c.number,
        )
        with self.store.reading() as connection:
            return some_documents(connection, bears, IN_PLAY)

    def passages_of(self, document_id: str, number: int | None = None) -> list[Passage]:
        """The passages of a document, as `document` shows it, or of one of its versions, in reading order."""
        with self.store.reading() as connection:
            version = one_document(connection, document_id, number).version
            return passages_of(connection, document_id, version.number)

    def published(self) -> Iterator[tuple[Passage, Document]]:
        """Every passage of every published version, with its document, sorted by document."""
        yield from self._pairs(tables.versions.c.stage == Stage.PUBLISHED)

    def in_play(self) -> Iterator[tuple[Passage, Document]]:
        """Every passage of every version that is not superseded, in the same way."""
        yield from self._pairs(IN_PLAY)

    def everything_of(self, document_id: str) -> Iterator[tuple[Passage, Document]]:
        """Every passage of every version of one document, in the same way."""
        yield from self._pairs(tables.versions.c.document_id == document_id)

    def current(self, passage_ids: Iterable[str]) -> dict[str, tuple[Passage, Document]]:
        """Those of the given passages that belong to a published version, by passage id.

        What an index holds beyond that (superseded, withdrawn, purged) is missing from the answer; the document's
        access is for `may_read` to judge.
        """
        ids = list(passage_ids)
        return {
            passage.id: (passage, document)
            for start in range(0, len(ids), _MANY)
            for passage, document in self._pairs(
                tables.versions.c.stage == Stage.PUBLISHED, tables.passages.c.id.in_(ids[start : start + _MANY])
            )
        }

    def history(self, document_id: str) -> list[Event]:
        """Every act on a document, the first one first; those on a purged document too."""
        with self.store.reading() as connection:
            return history_of(connection, document_id)

    def published_at(self) -> dict[tuple[str, int], str]:
        """When each version, by document and number, was published the last time."""
        history = tables.history.c
        query = select(history.document_id, history.version, func.max(history.at)).where(
            history.after == Stage.PUBLISHED
        )
        with self.store.reading() as connection:
            rows = connection.execute(query.group_by(history.document_id, history.version))
            return {(document_id, version): at for document_id, version, at in rows}

    def free_id(self, title: str, folder: str) -> str:
        """An id that no document has or ever had: `japan/medical-devices`, numbered where others have that title."""
        letters = unicodedata.normalize("NFKD", title.casefold()).encode("ascii", "ignore").decode()
        wanted = f"{folder}/{'-'.join(re.findall('[a-z0-9]+', letters)[:12]) or 'document'}"
        with self.store.reading() as connection:
            taken = set(connection.scalars(select(tables.history.c.document_id).distinct()))
        numbered = (f"{wanted}-{number}" for number in count(2))
        return next(name for name in chain([wanted], numbered) if name not in taken)

    def authors(self, document_id: str, number: int) -> set[str]:
        """Who had a hand in a version: whoever made one since what was published before it."""
        with self.store.reading() as connection:
            return authors_of(connection, document_id, number)

    def comments(self, document_id: str) -> list[Comment]:
        """The comments on all versions of a document, the first one first."""
        with self.store.reading() as connection:
            return [Comment(**row) for row in _rows_of(connection, tables.comments, document_id)]

    def flags(self, document_id: str) -> list[Flag]:
        """The flags that versions of a document bear."""
        with self.store.reading() as connection:
            return [Flag(**row) for row in _rows_of(connection, tables.flags, document_id)]

    def concerns(self, document_id: str, number: int) -> list[Concern]:
        """What was raised about a version, settled or not."""
        with self.store.reading() as connection:
            return concerns_of(connection, document_id, number)

    def unsettled(self) -> dict[str, list[Concern]]:
        """What is open about versions in play, by document."""
        query = (
            select(tables.concerns)
            .join(
                tables.versions,
                (tables.concerns.c.document_id == tables.versions.c.document_id)
                & (tables.concerns.c.version == tables.versions.c.number),
            )
            .where(IN_PLAY, tables.concerns.c.settled_by.is_(None))
            .order_by(*tables.concerns.primary_key)
        )
        found: dict[str, list[Concern]] = {}
        with self.store.reading() as connection:
            for row in connection.execute(query).mappings():
                found.setdefault(row["document_id"], []).append(tables.concern_from_row(row))
        return found

    def checks(self, document_id: str, number: int) -> list[Check]:
        """What a reviewer looks at before a version is published."""
        with self.store.reading() as connection:
            return checks_of(connection, document_id, number)

    def last_batch(self, who: str) -> Batch | None:
        """What a person did last to documents, as long as it can be undone."""
        with self.store.reading() as connection:
            return last_batch(connection, who)

    def original(self, document_id: str, number: int) -> Original | None:
        """The file that a version was read from, where there is one; `originals` holds its bytes."""
        with self.store.reading() as connection:
            rows = _rows_of(connection, tables.originals, document_id)
        return next((Original(**row) for row in rows if row["version"] == number), None)

    def came_as_file(self, document: Document) -> bool:
        """Whether a version is as it was read from its original, and nobody has edited it since."""
        original = self.original(document.id, document.version.number)
        return original is not None and original.digest == document.version.digest

    def tombstones(self) -> list[Tombstone]:
        """What is left of the documents that were purged."""
        with self.store.reading() as connection:
            return all_tombstones(connection)

    def _pairs(self, of_version: Any, *of_passage: Any) -> Iterator[tuple[Passage, Document]]:  # noqa: ANN401
        query = (
            select(tables.passages)
            .join(
                tables.versions,
                (tables.passages.c.document_id == tables.versions.c.document_id)
                & (tables.passages.c.version == tables.versions.c.number),
            )
            .where(of_version, *of_passage)
            .order_by(tables.passages.c.document_id, tables.passages.c.version, tables.passages.c.ordinal)
        )
        with self.store.reading() as connection:
            found = [tables.passage_from_row(row) for row in connection.execute(query).mappings()]
            ids = sorted({passage.document_id for passage in found})
            shown = {
                (document.id, document.version.number): document
                for start in range(0, len(ids), _MANY)
                for document in some_documents(
                    connection, of_version, tables.documents.c.id.in_(ids[start : start + _MANY])
                )
            }
        for passage in found:
            yield passage, shown[passage.document_id, passage.version]


def some_documents(connection: Connection, *conditions: Any) -> list[Document]:  # noqa: ANN401 - SQLAlchemy's own
    """The versions for which the conditions hold, each with its document; sorted by id and number."""
    query = (
        select(tables.documents, tables.versions)
        .join(tables.versions, tables.versions.c.document_id == tables.documents.c.id)
        .where(*conditions)
        .order_by(tables.documents.c.id, tables.versions.c.number)
    )
    return [tables.document_from_row(row) for row in connection.execute(query).mappings()]


def one_document(connection: Connection, document_id: str, number: int | None = None) -> Document:
    """See `Holdings.document`."""
    wanted = SHOWN if number is None else tables.versions.c.number == number
    found = some_documents(connection, tables.documents.c.id == document_id, wanted)
    if found:
        return found[0]
    if number is not None and some_documents(connection, tables.documents.c.id == document_id, SHOWN):
        raise UnknownVersion(document_id, number)
    raise UnknownDocument(document_id)


def resting_on(connection: Connection, source: str) -> list[Document]:
    """See `Holdings.resting_on`."""
    in_play = some_documents(connection, IN_PLAY)
    return [found for found in in_play if any(known.named(source) for known in found.metadata.sources)]


def passages_of(connection: Connection, document_id: str, number: int) -> list[Passage]:
    """The passages of a version, in reading order."""
    query = (
        select(tables.passages).filter_by(document_id=document_id, version=number).order_by(tables.passages.c.ordinal)
    )
    return [tables.passage_from_row(row) for row in connection.execute(query).mappings()]


def history_of(connection: Connection, document_id: str) -> list[Event]:
    """See `Holdings.history`."""
    return [tables.event_from_row(row) for row in _rows_of(connection, tables.history, document_id)]


def authors_of(connection: Connection, document_id: str, number: int) -> set[str]:
    """See `Holdings.authors`."""
    published = select(func.coalesce(func.max(tables.history.c.version), 0)).where(
        tables.history.c.document_id == document_id,
        tables.history.c.after == Stage.PUBLISHED,
        tables.history.c.version < number,
    )
    made_since = select(tables.versions.c.added_by).where(
        tables.versions.c.document_id == document_id,
        tables.versions.c.number > published.scalar_subquery(),
        tables.versions.c.number <= number,
    )
    return set(connection.scalars(made_since))


def all_tombstones(connection: Connection) -> list[Tombstone]:
    """See `Holdings.tombstones`."""
    query = select(tables.tombstones).order_by(tables.tombstones.c.at, tables.tombstones.c.document_id)
    return [tables.tombstone_from_row(row) for row in connection.execute(query).mappings()]


def checks_of(connection: Connection, document_id: str, number: int) -> list[Check]:
    """What there is to look at in a version."""
    version = one_document(connection, document_id, number).version
    originals = {row["version"]: row["digest"] for row in _rows_of(connection, tables.originals, document_id)}
    passages = passages_of(connection, document_id, number)
    return checklist(version.metadata, passages, from_file=originals.get(number) == version.digest)


def _rows_of(connection: Connection, table: Table, document_id: str) -> list[dict[str, Any]]:
    """The rows of a document in the order in which they were written, without their own ids."""
    columns = [column for column in table.columns if column.name != "id"]
    query = select(*columns).where(table.c.document_id == document_id).order_by(*table.primary_key)
    return [dict(row) for row in connection.execute(query).mappings()]
