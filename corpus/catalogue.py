"""The SQL store of documents, versions, stages and passages. It is the truth; the index is made from it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    delete,
    event,
    insert,
    select,
    update,
)
from sqlalchemy.exc import DBAPIError

from corpus.documents import (
    NEXT_STAGES,
    Access,
    Document,
    Mark,
    Metadata,
    Passage,
    Reuse,
    Source,
    Stage,
    Version,
)
from corpus.errors import CatalogueUnavailable, MoveNotAllowed, UnknownDocument

_schema = MetaData()
_documents = Table(
    "documents",
    _schema,
    Column("id", String, primary_key=True),
    Column("origin", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("version", Integer, nullable=False),
)
_versions = Table(
    "versions",
    _schema,
    Column("document_id", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("metadata", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", String, nullable=False),
    Column("added_at", String, nullable=False),
    Column("added_by", String, nullable=False),
    ForeignKeyConstraint(["document_id"], ["documents.id"]),
)
_passages = Table(
    "passages",
    _schema,
    Column("id", String, primary_key=True),
    Column("document_id", String, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("section", String, nullable=False),
    Column("page", Integer),
    Column("language", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("marks", Text, nullable=False),
    ForeignKeyConstraint(["document_id", "version"], ["versions.document_id", "versions.number"]),
)
_moves = Table(
    "moves",
    _schema,
    Column("id", Integer, primary_key=True),
    Column("document_id", String, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("from_stage", String),
    Column("to_stage", String, nullable=False),
    Column("who", String, nullable=False),
    Column("at", String, nullable=False),
    Column("why", Text, nullable=False),
)
_notes = Table(
    "notes",
    _schema,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)

_POSITION = "position"
_MANY = 500  # ids in one query; SQLite takes 32,766 variables


class Catalogue:
    """The documents of one installation, in one SQLite file that several processes may use at once.

    Every write is one transaction, and raises the `position`, by which the index knows that it is out of date.

    Raises:
        CatalogueUnavailable: from every method, when the file cannot be read or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})
        event.listen(self._engine, "connect", _on_connect)
        event.listen(self._engine, "begin", _on_begin)
        with self._writing() as connection:
            _schema.create_all(connection)

    def close(self) -> None:
        """Give the file's connections back."""
        self._engine.dispose()

    # Reading

    @property
    def position(self) -> int:
        """A number that grows with every change of what is published."""
        return int(self.note(_POSITION) or 0)

    def note(self, name: str) -> str | None:
        """What was last noted under a name (see `make_note`)."""
        with self._reading() as connection:
            return connection.scalar(select(_notes.c.value).where(_notes.c.name == name))

    def document(self, document_id: str) -> Document:
        """The document of that id, at any stage.

        Raises:
            UnknownDocument: there is none.
        """
        found = list(self._select(_documents.c.id == document_id))
        if not found:
            raise UnknownDocument(document_id)
        return found[0]

    def documents(self, stage: Stage | None = None) -> list[Document]:
        """All documents, or those at a stage, sorted by id."""
        return list(self._select() if stage is None else self._select(_documents.c.stage == stage))

    def passages_of(self, document_id: str) -> list[Passage]:
        """The passages of a document's current version, in reading order."""
        return [passage for passage, _ in self._current(_documents.c.id == document_id)]

    def published(self) -> Iterator[tuple[Passage, Document]]:
        """Every passage of a published document's current version, with its document, sorted by document."""
        yield from self._current(_documents.c.stage == Stage.PUBLISHED)

    def current(self, passage_ids: Iterable[str]) -> dict[str, tuple[Passage, Document]]:
        """Those of the given passages that belong to a document's current version, by passage id.

        What an index holds beyond that (superseded, purged) is missing from the answer; the document's stage and
        access are for `may_read` to judge.
        """
        ids = list(passage_ids)
        return {
            passage.id: (passage, document)
            for start in range(0, len(ids), _MANY)
            for passage, document in self._current(_passages.c.id.in_(ids[start : start + _MANY]))
        }

    # Writing

    def add_version(
        self,
        version: Version,
        passages: Iterable[Passage],
        *,
        origin: str,
        stage: Stage,
        who: str,
        why: str,
    ) -> None:
        """Make this the document's current version, at the given stage; an older version stays restorable.

        The document is created if its id is new. A version that is already there with that number gets its
        passages anew (after a change of the splitter).
        """
        key = {"document_id": version.document_id, "number": version.number}
        with self._changing() as connection:
            before = connection.scalar(select(_documents.c.stage).where(_documents.c.id == version.document_id))
            if before is None:
                connection.execute(
                    insert(_documents),
                    {"id": version.document_id, "origin": origin, "stage": stage, "version": version.number},
                )
            else:
                connection.execute(
                    update(_documents)
                    .where(_documents.c.id == version.document_id)
                    .values(stage=stage, version=version.number)
                )
            known = connection.scalar(select(_versions.c.number).filter_by(**key))
            if known is None:
                connection.execute(
                    insert(_versions),
                    key
                    | {
                        "metadata": _metadata_to_json(version.metadata),
                        "body": version.body,
                        "digest": version.digest,
                        "added_at": _now(),
                        "added_by": who,
                    },
                )
            connection.execute(delete(_passages).filter_by(document_id=version.document_id, version=version.number))
            rows = [_passage_to_row(passage) for passage in passages]
            if rows:
                connection.execute(insert(_passages), rows)
            _record(connection, version.document_id, version.number, before, stage, who, why)

    def move(self, document_id: str, stage: Stage, *, who: str, why: str) -> None:
        """Bring a document to another stage.

        Raises:
            UnknownDocument: there is no document of that id.
            MoveNotAllowed: that stage cannot follow the present one.
        """
        with self._changing() as connection:
            row = connection.execute(select(_documents).where(_documents.c.id == document_id)).first()
            if row is None:
                raise UnknownDocument(document_id)
            before = Stage(row.stage)
            if stage not in NEXT_STAGES[before]:
                allowed = " or ".join(sorted(NEXT_STAGES[before]))
                raise MoveNotAllowed(f"'{document_id}' is {before} and cannot become {stage}; it can become {allowed}.")
            connection.execute(update(_documents).where(_documents.c.id == document_id).values(stage=stage))
            _record(connection, document_id, row.version, before, stage, who, why)

    def make_note(self, name: str, value: str) -> None:
        """Remember a value under a name."""
        with self._writing() as connection:
            _set_note(connection, name, value)

    # Inside

    def _select(self, *conditions: Any) -> Iterator[Document]:  # noqa: ANN401 - SQLAlchemy's own expressions
        query = (
            select(_documents, _versions)
            .join(
                _versions,
                (_versions.c.document_id == _documents.c.id) & (_versions.c.number == _documents.c.version),
            )
            .where(*conditions)
            .order_by(_documents.c.id)
        )
        with self._reading() as connection:
            for row in connection.execute(query).mappings():
                yield _document_from_row(row)

    def _current(self, *conditions: Any) -> Iterator[tuple[Passage, Document]]:  # noqa: ANN401
        query = (
            select(_passages)
            .join(
                _documents,
                (_passages.c.document_id == _documents.c.id) & (_passages.c.version == _documents.c.version),
            )
            .where(*conditions)
            .order_by(_passages.c.document_id, _passages.c.ordinal)
        )
        with self._reading() as connection:
            passages = [_passage_from_row(row) for row in connection.execute(query).mappings()]
        ids = sorted({passage.document_id for passage in passages})
        documents = {
            document.id: document
            for start in range(0, len(ids), _MANY)
            for document in self._select(_documents.c.id.in_(ids[start : start + _MANY]))
        }
        for passage in passages:
            document = documents.get(passage.document_id)
            if document is not None and document.version.number == passage.version:
                yield passage, document

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise self._unavailable(error) from error

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                yield connection
        except DBAPIError as error:
            raise self._unavailable(error) from error

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        with self._writing() as connection:
            yield connection
            position = connection.scalar(select(_notes.c.value).where(_notes.c.name == _POSITION))
            _set_note(connection, _POSITION, str(int(position or 0) + 1))

    def _unavailable(self, error: DBAPIError) -> CatalogueUnavailable:
        return CatalogueUnavailable(
            f"The catalogue {self._path} cannot be used just now ({error.orig});"
            " check the folder's rights and the free space on the disk, then try again."
        )


def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's own connection
    connection.isolation_level = None  # transactions begin where we say, see _on_begin
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _on_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _record(
    connection: Connection,
    document_id: str,
    version: int,
    before: str | None,
    stage: Stage,
    who: str,
    why: str,
) -> None:
    connection.execute(
        insert(_moves),
        {
            "document_id": document_id,
            "version": version,
            "from_stage": before,
            "to_stage": stage,
            "who": who,
            "at": _now(),
            "why": why,
        },
    )


def _set_note(connection: Connection, name: str, value: str) -> None:
    changed = connection.execute(update(_notes).where(_notes.c.name == name).values(value=value))
    if not changed.rowcount:
        connection.execute(insert(_notes), {"name": name, "value": value})


def _metadata_to_json(metadata: Metadata) -> str:
    return json.dumps(asdict(metadata), ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)


@lru_cache(maxsize=4096)
def _metadata_from_json(text: str) -> Metadata:
    fields = json.loads(text)
    codes = {name: frozenset(fields[name]) for name in ("markets", "areas", "topics")}
    days = {
        name: date.fromisoformat(fields[name]) if fields[name] else None
        for name in ("published_on", "review_by", "expires_on")
    }
    return Metadata(
        **fields
        | codes
        | days
        | {
            "access": Access(fields["access"]),
            "reuse": Reuse(fields["reuse"]),
            "sources": tuple(Source(**source) for source in fields["sources"]),
        }
    )


def _document_from_row(row: Mapping[Any, Any]) -> Document:
    version = Version(
        document_id=row["document_id"],
        number=row["number"],
        metadata=_metadata_from_json(row["metadata"]),
        body=row["body"],
        digest=row["digest"],
    )
    return Document(id=row["id"], origin=row["origin"], stage=Stage(row["stage"]), version=version)


def _passage_to_row(passage: Passage) -> dict[str, object]:
    marks = json.dumps([[mark.offset, mark.keys] for mark in passage.marks])
    return {"id": passage.id} | {
        name: marks if name == "marks" else getattr(passage, name)
        for name in ("document_id", "version", "ordinal", "section", "page", "language", "text", "marks")
    }


def _passage_from_row(row: Mapping[Any, Any]) -> Passage:
    fields = {name: row[name] for name in row if name != "id"}
    marks = tuple(Mark(offset, tuple(keys)) for offset, keys in json.loads(row["marks"]))
    return Passage(**fields | {"marks": marks})


def next_version(document: Document, metadata: Metadata, body: str, digest: str) -> Version:
    """The version that follows a document's current one."""
    return replace(document.version, number=document.version.number + 1, metadata=metadata, body=body, digest=digest)
