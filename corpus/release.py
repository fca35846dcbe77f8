"""Brings the shipped library into a catalogue. What staff have made their own is left alone."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from corpus.catalogue import Catalogue, next_version
from corpus.documents import Document, Metadata, Passage, Stage, Version, digest
from corpus.errors import BadDocument, UnknownDocument
from corpus.formats import markdown
from corpus.front_matter import parse
from corpus.passages import SPLITTER, split

LIBRARY = Path(__file__).parent / "library"
RELEASE = "release"  # who the catalogue's history names for shipped versions

_NOTE = "release"


@dataclass(frozen=True)
class Shipped:
    """One document of a library folder, read."""

    id: str
    metadata: Metadata
    body: str
    digest: str


def read_library(folder: Path) -> list[Shipped]:
    """Every document of a library folder, sorted by id.

    Raises:
        BadDocument: one of them is not in the library's form.
    """
    return [_read(path, folder) for path in _files(folder)]


def bring_in(catalogue: Catalogue, folder: Path = LIBRARY) -> list[str]:
    """Bring new and changed documents of a library folder into the catalogue; returns their ids.

    A new document is published; a changed one becomes the next version of the one shipped before. A document
    that staff have withdrawn stays withdrawn.
    """
    release = hashlib.sha256(SPLITTER.encode())
    for path in _files(folder):
        release.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    if catalogue.note(_NOTE) == release.hexdigest():
        return []
    changed = [shipped.id for shipped in read_library(folder) if _take(catalogue, shipped)]
    catalogue.make_note(_NOTE, release.hexdigest())
    return changed


def _take(catalogue: Catalogue, shipped: Shipped) -> bool:
    try:
        document: Document | None = catalogue.document(shipped.id)
    except UnknownDocument:
        document = None
    if document is None:
        version = Version(shipped.id, 1, shipped.metadata, shipped.body, shipped.digest)
    elif document.version.digest == shipped.digest:
        version = document.version
        if catalogue.passages_of(document.id) == _passages(version):
            return False
    else:
        version = next_version(document, shipped.metadata, shipped.body, shipped.digest)
    catalogue.add_version(
        version,
        _passages(version),
        origin=f"library/{shipped.id}.md",
        stage=document.stage if document else Stage.PUBLISHED,
        who=RELEASE,
        why="shipped with the product",
    )
    return True


def _passages(version: Version) -> list[Passage]:
    return split(version, markdown.read(version.body.encode()))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.md") if path.name != "README.md")


def _read(path: Path, folder: Path) -> Shipped:
    document_id = path.relative_to(folder).with_suffix("").as_posix()
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise BadDocument(f"{document_id}: the file is not UTF-8 text; save it as UTF-8.") from error
    metadata, body = parse(text, document_id)
    return Shipped(document_id, metadata, body, digest(text))
