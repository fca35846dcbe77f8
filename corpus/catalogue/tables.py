"""The tables of the catalogue, and how their rows become the central nouns and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import Boolean, Column, ForeignKeyConstraint, Index, Integer, LargeBinary, MetaData, String, Table, Text

from corpus.catalogue.records import Action, Concern, Event, Matter, Tombstone
from corpus.catalogue.stages import OPEN, STANDING
from corpus.documents import Access, Document, Metadata, Passage, Reuse, Source, SourceMark, Stage, Version
from corpus.units import from_fields

SCHEMA = MetaData()

documents = Table(
    "documents",
    SCHEMA,
    Column("id", String, primary_key=True),
    Column("origin", String, nullable=False),
    Column("owner", String, nullable=False),
)
versions = Table(
    "versions",
    SCHEMA,
    Column("document_id", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("stage", String, nullable=False),
    Column("metadata", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("digest", String, nullable=False),
    Column("added_at", String, nullable=False),
    Column("added_by", String, nullable=False),
    Column("reviewed_by", String),
    Column("self_reviewed", Boolean, nullable=False),
    ForeignKeyConstraint(["document_id"], ["documents.id"]),
)
# The store itself sees to it that readers never have two versions of a document, nor staff two drafts.
for name, stages in (("one_stands", STANDING), ("one_is_open", OPEN)):
    _which = versions.c.stage.in_(sorted(stages))
    Index(name, versions.c.document_id, unique=True, sqlite_where=_which, postgresql_where=_which)


def _of_version(name: str, *columns: Column[Any]) -> Table:
    """A table of what belongs to a version."""
    return Table(
        name,
        SCHEMA,
        *columns,
        ForeignKeyConstraint(["document_id", "version"], ["versions.document_id", "versions.number"]),
    )


passages = _of_version(
    "passages",
    Column("id", String, primary_key=True),
    Column("document_id", String, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("ordinal", Integer, nullable=False),
    Column("section", String, nullable=False),
    Column("page", Integer),
    Column("language", String, nullable=False),
    Column("text", Text, nullable=False),
    Column("marks", Text, nullable=False),
)
originals = _of_version(
    "originals",
    Column("document_id", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("digest", String, nullable=False, index=True),
    Column("media_type", String, nullable=False),
    Column("name", String, nullable=False),
)
comments = _of_version(
    "comments",
    Column("id", Integer, primary_key=True),
    Column("document_id", String, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("who", String, nullable=False),
    Column("at", String, nullable=False),
    Column("text", Text, nullable=False),
)
flags = _of_version(
    "flags",
    Column("document_id", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("source", String, primary_key=True),
    Column("who", String, nullable=False),
    Column("at", String, nullable=False),
    Column("note", Text, nullable=False),
)
concerns = _of_version(
    "concerns",
    Column("document_id", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("matter", String, primary_key=True),
    Column("detail", Text, nullable=False),
    Column("settled_by", String),
    Column("settled_at", String),
    Column("note", Text, nullable=False),
)
fingerprints = _of_version(  # made from the passages when it is first needed; see `corpus.intake.duplicates`
    "fingerprints",
    Column("document_id", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("words", String, nullable=False, index=True),
    Column("sketch", LargeBinary, nullable=False),
)
history = Table(  # it outlives the document
    "history",
    SCHEMA,
    Column("id", Integer, primary_key=True),
    Column("document_id", String, nullable=False, index=True),
    Column("version", Integer, nullable=False),
    Column("act", String, nullable=False),
    Column("before", String),
    Column("after", String),
    Column("who", String, nullable=False),
    Column("at", String, nullable=False),
    Column("why", Text, nullable=False),
)
tombstones = Table(
    "tombstones",
    SCHEMA,
    Column("document_id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("digests", Text, nullable=False),
    Column("traces", Text, nullable=False),
    Column("finished", Boolean, nullable=False),
    Column("who", String, nullable=False),
    Column("at", String, nullable=False),
    Column("why", Text, nullable=False),
)
notes = Table(
    "notes",
    SCHEMA,
    Column("name", String, primary_key=True),
    Column("value", String, nullable=False),
)


def metadata_to_json(metadata: Metadata) -> str:
    """As the column holds it; equal metadata gives equal text."""
    return json.dumps(asdict(metadata), ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)


@lru_cache(maxsize=4096)
def metadata_from_json(text: str) -> Metadata:
    """The metadata of a column."""
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
            "units": tuple(from_fields(unit) for unit in fields.get("units", ())),
        }
    )


def version_to_row(version: Version, stage: Stage) -> dict[str, object]:
    """The row of a version at a stage."""
    return vars(version) | {"stage": stage, "metadata": metadata_to_json(version.metadata)}


def document_from_row(row: Mapping[Any, Any]) -> Document:
    """A document from a row of `documents` joined with one of `versions`."""
    fields = {name: row[name] for column in versions.columns if (name := column.name) != "stage"}
    return Document(
        id=row["id"],
        origin=row["origin"],
        stage=Stage(row["stage"]),
        version=Version(**fields | {"metadata": metadata_from_json(row["metadata"])}),
        owner=row["owner"],
    )


def passage_to_row(passage: Passage) -> dict[str, object]:
    """The row of a passage."""
    marks = json.dumps([[mark.offset, mark.keys] for mark in passage.marks])
    return vars(passage) | {"id": passage.id, "marks": marks}


def passage_from_row(row: Mapping[Any, Any]) -> Passage:
    """A passage from its row."""
    fields = {name: row[name] for name in row if name != "id"}
    marks = tuple(SourceMark(offset, tuple(keys)) for offset, keys in json.loads(row["marks"]))
    return Passage(**fields | {"marks": marks})


def event_from_row(row: Mapping[Any, Any]) -> Event:
    """An act from its row, without the row's number."""
    return Event(**{name: row[name] for name in row if name != "id"} | {"act": Action(row["act"])})


def concern_from_row(row: Mapping[Any, Any]) -> Concern:
    """A concern from its row."""
    return Concern(**{**row, "matter": Matter(row["matter"])})


def tombstone_to_row(tombstone: Tombstone) -> dict[str, object]:
    """The row of a tombstone."""
    return vars(tombstone) | {name: json.dumps(sorted(getattr(tombstone, name))) for name in ("digests", "traces")}


def tombstone_from_row(row: Mapping[Any, Any]) -> Tombstone:
    """A tombstone from its row."""
    return Tombstone(**{**row, **{name: frozenset(json.loads(row[name])) for name in ("digests", "traces")}})
