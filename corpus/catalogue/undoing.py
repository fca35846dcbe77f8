"""The last act of a person on documents, kept so that it can be undone: what their rows held before.

It is one note a person, within the transaction of the act, and goes with the next act of that person or with any purge.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from corpus.catalogue import tables
from corpus.documents import Stage
from corpus.errors import NothingToUndo
from corpus.passages import SUMMARY

_NOTE = "last-batch/"  # and who
_OF_VERSION = ("stage", "reviewed_by", "self_reviewed")
_REWRITTEN = (tables.concerns, tables.flags)

Rows = dict[str, Any]


@dataclass(frozen=True)
class Batch:
    """What a person did last to documents: the stage to which they were moved, or another act."""

    act: str
    at: str
    documents: tuple[str, ...]


@contextmanager
def undoable(connection: Connection, document_ids: Iterable[str], *, who: str, act: str, at: str) -> Iterator[None]:
    """Keep what an act within the block changes of documents, in place of what was kept of the person before."""
    ids = sorted(set(document_ids))
    before = {key: _rows(connection, key, tables.versions.c.stage != Stage.SUPERSEDED) for key in ids}
    yield
    changed = {key: _changed(before[key], _rows(connection, key)) for key in ids}
    kept = {"act": act, "at": at, "last": _last_event(connection, ids), "before": changed}
    connection.execute(delete(tables.notes).filter_by(name=_NOTE + who))
    connection.execute(insert(tables.notes), {"name": _NOTE + who, "value": json.dumps(kept, ensure_ascii=False)})


def last_batch(connection: Connection, who: str) -> Batch | None:
    """What a person did last, if nothing has happened to any of these documents since."""
    kept = _kept(connection, who)
    return Batch(kept["act"], kept["at"], tuple(kept["before"])) if kept else None


def put_back(connection: Connection, who: str) -> Batch:
    """Put the rows back as they were before.

    Raises:
        NothingToUndo: nothing was done, or something has happened to one of the documents since.
    """
    kept = _kept(connection, who)
    if kept is None:
        raise NothingToUndo
    for key, rows in kept["before"].items():
        _put_back(connection, key, rows)
    forget_batches(connection, who)
    return Batch(kept["act"], kept["at"], tuple(kept["before"]))


def forget_batches(connection: Connection, who: str = "") -> None:
    """Forget what a person did last, or what everybody did."""
    named = tables.notes.c.name == _NOTE + who if who else tables.notes.c.name.startswith(_NOTE, autoescape=True)
    connection.execute(delete(tables.notes).where(named))


def _kept(connection: Connection, who: str) -> Rows | None:
    value = connection.scalar(select(tables.notes.c.value).filter_by(name=_NOTE + who))
    kept: Rows | None = json.loads(value) if value else None
    return kept if kept and _last_event(connection, kept["before"]) == kept["last"] else None


def _last_event(connection: Connection, ids: Iterable[str]) -> int:
    query = select(func.max(tables.history.c.id)).where(tables.history.c.document_id.in_(list(ids)))
    return int(connection.scalar(query) or 0)


def _rows(connection: Connection, key: str, *conditions: Any) -> Rows:  # noqa: ANN401 - SQLAlchemy's own
    of_document = select(tables.versions).filter_by(document_id=key).where(*conditions)
    versions = connection.execute(of_document).mappings()
    return {
        "owner": connection.scalar(select(tables.documents.c.owner).filter_by(id=key)),
        "versions": {
            str(row["number"]): {name: row[name] for name in _OF_VERSION} | {"metadata": json.loads(row["metadata"])}
            for row in versions
        },
        **{table.name: _all(connection, table, key) for table in _REWRITTEN},
    }


def _all(connection: Connection, table: Table, key: str) -> list[Rows]:
    return [dict(row) for row in connection.execute(select(table).filter_by(document_id=key)).mappings()]


def _changed(before: Rows, after: Rows) -> Rows:
    """What was before, without the fields of metadata that are as they were."""
    versions = {
        number: row
        | {
            "metadata": {
                name: value
                for name, value in row["metadata"].items()
                if value != after["versions"][number]["metadata"].get(name)
            }
        }
        for number, row in before["versions"].items()
    }
    return before | {"versions": versions}


def _put_back(connection: Connection, key: str, rows: Rows) -> None:
    connection.execute(update(tables.documents).filter_by(id=key).values(owner=rows["owner"]))
    everywhere = update(tables.versions).filter_by(document_id=key)
    connection.execute(everywhere.values(stage=Stage.SUPERSEDED))  # places are left before they are taken
    for number, row in rows["versions"].items():
        _put_version_back(connection, key, int(number), row)
    for table in _REWRITTEN:
        connection.execute(delete(table).filter_by(document_id=key))
        if rows[table.name]:
            connection.execute(insert(table), rows[table.name])


def _put_version_back(connection: Connection, key: str, number: int, row: Mapping[str, Any]) -> None:
    version = {"document_id": key, "number": number}
    values = {name: row[name] for name in _OF_VERSION}
    if row["metadata"]:
        now = json.loads(connection.scalar(select(tables.versions.c.metadata).filter_by(**version)) or "{}")
        values["metadata"] = json.dumps(now | row["metadata"], ensure_ascii=False)
    connection.execute(update(tables.versions).filter_by(**version).values(**values))
    if "language" in row["metadata"]:
        own = update(tables.passages).filter_by(document_id=key, version=number)
        connection.execute(own.where(tables.passages.c.section != SUMMARY).values(language=row["metadata"]["language"]))
