"""Documents with all their versions, originals and history in one file, to be read by people and by another home.

A zip of `documents/<id>@<number>.md` (front matter and body), `originals/<digest>`, and a file of JSON lines for each
table in `records/`, a line a row. The Markdown is the only place of a version's metadata and body.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Column, Connection, Table, delete, insert, select

from corpus.catalogue import tables
from corpus.catalogue.catalogue import Catalogue, raise_position, record, remove_rows
from corpus.catalogue.holdings import all_tombstones, history_of
from corpus.catalogue.originals import Originals
from corpus.catalogue.records import RELEASE, Action, Event, Tombstone
from corpus.catalogue.stages import OPEN, STANDING
from corpus.documents import Stage
from corpus.errors import KnownError
from corpus.front_matter import parse, render

_FORMAT = 1
_TABLES = (
    tables.documents,
    tables.versions,
    tables.passages,
    tables.originals,
    tables.comments,
    tables.flags,
    tables.concerns,
    tables.history,
    tables.tombstones,
)

_LATER = (tables.concerns,)  # tables that exports of earlier releases lack

Row = dict[str, Any]


class BadExport(KnownError):
    """A file that is no export, or a damaged one."""


class ExportUnwritable(KnownError):
    """The file of an export cannot be written."""


@dataclass(frozen=True)
class Imported:
    """What an import did. `conflicts` says of each document that was left out why it was.

    `purged` are documents that were purged where the export comes from and that nobody has touched here.
    """

    taken: tuple[str, ...]
    known: tuple[str, ...]
    conflicts: Mapping[str, str]
    purged: tuple[Tombstone, ...]


def export_to(path: Path, catalogue: Catalogue) -> int:
    """Write everything that the catalogue holds to a file, whole or not at all; returns how many documents."""
    part = path.with_name(f"{path.name}.part-{uuid4().hex}")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as file, catalogue.store.reading() as connection:
            rows = {table.name: _rows(connection, table) for table in _TABLES}
            for row in rows["versions"]:
                text = render(tables.metadata_from_json(row.pop("metadata")), row.pop("body"))
                file.writestr(_markdown(row), text)
            for digest in sorted({row["digest"] for row in rows["originals"]}):
                file.writestr(f"originals/{digest}", catalogue.originals.read(digest))
            for name, entries in rows.items():
                file.writestr(f"records/{name}.jsonl", "".join(_line(row) for row in entries))
            file.writestr("export.json", json.dumps({"format": _FORMAT, "documents": len(rows["documents"])}))
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ExportUnwritable(f"The file {path} cannot be written ({error.strerror}); name another one.") from error
    return len(rows["documents"])


def import_from(path: Path, catalogue: Catalogue, *, who: str) -> Imported:
    """Take in the documents of an export, with their ids, versions and history.

    A document that is here as well becomes what people made of it there, unless people have changed it here too:
    then it stays. Purged documents stay out, and `Imported.purged` are to be purged here.

    Raises:
        BadExport: the file is no export, or damaged; nothing was taken in.
    """
    try:
        file = zipfile.ZipFile(path)
        export = _Export(file)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise BadExport(
            f"The file {path} is no export of this assistant, or is damaged ({error});"
            " nothing was taken in: write it anew with `market-entry corpus export`."
        ) from error
    with file, catalogue.store.writing() as connection:
        return _take_in(connection, catalogue.originals, export, who, f"imported from {path.name}")


class _Export:
    """The rows of an export, checked, by table and document.

    Raises:
        ValueError, KeyError, TypeError: it does not have the form that `export_to` gives it.
    """

    def __init__(self, file: zipfile.ZipFile) -> None:
        if json.loads(file.read("export.json"))["format"] != _FORMAT:
            raise ValueError("it has the form of another release")
        self._file = file
        self._rows: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for table in _TABLES:
            name = f"records/{table.name}.jsonl"
            if table in _LATER and name not in file.namelist():
                continue
            for line in file.read(name).splitlines():
                row = self._complete(json.loads(line)) if table is tables.versions else json.loads(line)
                _check(table, row)
                self._rows[table.name, row["id" if table is tables.documents else "document_id"]].append(row)
        for document_id in self.ids(tables.documents):
            _check_stages(self.rows(tables.versions, document_id))
            for row in self.rows(tables.originals, document_id):
                self.original(row["digest"])

    def ids(self, table: Table) -> list[str]:
        """The documents that have rows in a table."""
        return sorted(key for name, key in self._rows if name == table.name)

    def rows(self, table: Table, document_id: str) -> list[Row]:
        """The rows of a document."""
        return self._rows.get((table.name, document_id), [])

    def history(self, document_id: str) -> list[Event]:
        """The history of a document."""
        return [tables.event_from_row(row) for row in self.rows(tables.history, document_id)]

    def original(self, digest: str) -> bytes:
        """The bytes of an original."""
        data = self._file.read(f"originals/{digest}")
        if hashlib.sha256(data).hexdigest() != digest:
            raise ValueError(f"the original {digest} has changed")
        return data

    def _complete(self, row: Row) -> Row:
        name = _markdown(row)
        metadata, body = parse(self._file.read(name).decode("utf-8"), name)
        return row | {"metadata": tables.metadata_to_json(metadata), "body": body}


def _take_in(connection: Connection, originals: Originals, export: _Export, who: str, why: str) -> Imported:
    buried = {tombstone.document_id: tombstone for tombstone in all_tombstones(connection)}
    taken: list[str] = []
    known: list[str] = []
    purged: list[Tombstone] = []
    conflicts: dict[str, str] = {}
    for document_id in export.ids(tables.documents):
        here, there = _lineage(_here(connection, document_id)), _lineage(export.history(document_id))
        if objection := _buried(export, document_id, buried.values()):
            conflicts[document_id] = objection
        elif here and (here[: len(there)] == there or _editor(there) is None):
            known.append(document_id)
        elif (editor := _editor(here)) and there[: len(here)] != here:
            conflicts[document_id] = f"{editor} has changed it here"
        else:
            _replace(connection, originals, export, document_id)
            record(connection, document_id, 0, Action.IMPORTED, None, None, who, why)
            taken.append(document_id)
    for document_id in export.ids(tables.tombstones):
        [row] = export.rows(tables.tombstones, document_id)
        here = _here(connection, document_id)
        if editor := _editor(here):
            conflicts[document_id] = f"{row['who']} purged it there, and {editor} has changed it here"
        elif here:
            purged.append(tables.tombstone_from_row(row))
        elif document_id not in buried:
            connection.execute(insert(tables.tombstones), row | {"traces": "[]", "finished": True})
            _write_rows(connection, export, tables.history, document_id)
    raise_position(connection)
    return Imported(tuple(taken), tuple(known), conflicts, tuple(purged))


def _here(connection: Connection, document_id: str) -> list[Event]:
    """The history of a document that is here."""
    known = connection.scalar(select(tables.documents.c.id).filter_by(id=document_id))
    return history_of(connection, document_id) if known else []


def _lineage(history: list[Event]) -> list[Event]:
    """What was done to a document, wherever it was. Where one lineage begins as the other, nothing can be lost."""
    return [event for event in history if event.act is not Action.IMPORTED]


def _editor(history: list[Event]) -> str | None:
    """Who of the staff did something to a document last."""
    return next((event.who for event in reversed(history) if event.who != RELEASE), None)


def _buried(export: _Export, document_id: str, tombstones: Iterable[Tombstone]) -> str | None:
    """Who purged a document here, or its text or file under another name."""
    rows = [*export.rows(tables.versions, document_id), *export.rows(tables.originals, document_id)]
    digests = {row["digest"] for row in rows}
    for tombstone in tombstones:
        if tombstone.document_id == document_id or tombstone.digests & digests:
            return f"{tombstone.who} purged it here on {tombstone.at[:10]} ({tombstone.why})"
    return None


def _replace(connection: Connection, originals: Originals, export: _Export, document_id: str) -> None:
    remove_rows(connection, document_id)
    connection.execute(delete(tables.history).filter_by(document_id=document_id))
    for table in _TABLES[:-1]:
        _write_rows(connection, export, table, document_id)
    for row in export.rows(tables.originals, document_id):
        originals.keep(export.original(row["digest"]))


def _write_rows(connection: Connection, export: _Export, table: Table, document_id: str) -> None:
    if rows := export.rows(table, document_id):
        connection.execute(insert(table), rows)


def _rows(connection: Connection, table: Table) -> list[Row]:
    return [dict(row) for row in connection.execute(select(*_columns(table)).order_by(*table.primary_key)).mappings()]


def _columns(table: Table) -> list[Column[Any]]:
    """The columns of an exported row; comments and acts are numbered again where they arrive."""
    numbered = table in (tables.comments, tables.history)
    return [column for column in table.columns if not (numbered and column.name == "id")]


def _check(table: Table, row: Row) -> None:
    """Whether a row has the columns of its table and what may stand in them."""
    columns = {column.name: column for column in _columns(table)}
    if row.keys() != columns.keys():
        raise ValueError(f"a line of {table.name} has other fields")
    for name, value in row.items():
        if not (isinstance(value, columns[name].type.python_type) or (value is None and columns[name].nullable)):
            raise TypeError(f"a line of {table.name} has '{value}' as {name}")
    if table is tables.passages:
        tables.passage_from_row(row)
    if table is tables.history:
        tables.event_from_row(row)


def _check_stages(rows: Iterable[Row]) -> None:
    found = [Stage(row["stage"]) for row in rows]
    in_places = [sum(stage in place for stage in found) for place in (STANDING, OPEN)]
    if max(in_places) > 1 or not any(in_places):
        raise ValueError(f"a document has the versions {', '.join(found)}")


def _markdown(row: Mapping[str, Any]) -> str:
    return f"documents/{row['document_id']}@{row['number']}.md"


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"
